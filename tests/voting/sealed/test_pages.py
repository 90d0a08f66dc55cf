"""Every page of a vote by phone at each of its states, for those who work in it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import make
from tests.make import NOW
from tests.voting.sealed.hall import Hall, hall
from yishi.papers.documents import docx
from yishi.voting.actions import counting, polls
from yishi.voting.words import report

pytestmark = pytest.mark.django_db
FIRST = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]


def get(made: Hall, name: str, page: str, **where: Any) -> str:
    answer = make.client(made.user(name)).get(reverse(page, kwargs=where or {"poll": made.poll.pk}))
    assert answer.status_code == 200, (page, answer.status_code)
    content = answer.getvalue() if answer.streaming else answer.content
    return content.decode(errors="replace")


def everywhere(made: Hall) -> None:
    for name in ("chair", "clerk", "chief"):
        get(made, name, "chair")
        get(made, name, "poll")
        assert "/desk" in reverse("desk") and get(made, name, "polls", meeting=made.poll.meeting_id)
        assert make.client(made.user(name)).get(reverse("desk")).status_code == 200


def test_the_pages_stand_at_every_state_of_a_vote_by_phone_alone() -> None:
    made = hall(slips=3, upto="ready")
    everywhere(made)
    assert "封电子票箱" in get(made, "chief", "chair")
    made = hall(slips=3)
    everywhere(made)
    made.cast([FIRST] * 2)
    assert made.box.uuid not in get(made, "chair", "chair")
    polls.close_poll(made.fresh(), by=made.user("chair"), at=NOW)
    everywhere(made)
    assert "打开电子票箱" in get(made, "chief", "chair")
    get(made, "chief", "counting")
    assert get(made, "chief", "sealed_record").startswith("BELENIOS")
    made.give("chief", "watcher")
    everywhere(made)
    get(made, "chief", "tally")
    tally = made.fresh().tallies.current()
    assert tally is not None
    counting.confirm(tally, by=made.user("chief"), at=NOW)
    everywhere(made)
    polls.declare(made.fresh(), by=made.user("chair"), at=NOW)
    assert make.client().get(reverse("record_public", args=[made.poll.pk])).status_code == 404
    polls.publish(made.fresh(), by=made.user("clerk"), at=NOW)
    everywhere(made)
    public = make.client()
    assert "自己核验" in public.get(reverse("poll_public", args=[made.poll.pk])).content.decode()
    assert public.get(reverse("record_public", args=[made.poll.pk])).getvalue() == made.record()
    assert docx(report.document(made.fresh(), tally))


def test_a_scrutineer_s_desk_leads_to_the_own_key_until_it_is_compared() -> None:
    made = hall(slips=2, upto="ready")
    holder = made.session.keyholders.get(user=made.user("chief"))
    desk = make.client(made.user("chief"))
    assert "生成我的监票人密钥" not in desk.get(reverse("desk")).content.decode()
    made.session.keyholders.update(agreed_at=None)
    made.session.trustees = ""
    made.session.save()
    assert reverse("key_page", args=[holder.pk]) in desk.get(reverse("desk")).content.decode()


def test_with_both_doors_the_papers_out_begin_with_those_who_took_paper() -> None:
    made = hall("both", slips=4, papers=3, upto="ready")
    made.poll.figures.filter(kind__in=("issued", "left_over", "replaced")).delete()
    page = get(made, "clerk", "chair")
    assert 'name="issued" value="3"' in page and 'name="left_over" value="2"' in page


def test_more_paper_back_than_was_out_is_no_void_vote_while_both_doors_together_are_not_too_many() -> None:
    made = hall("both", slips=4, papers=3)
    polls.close_poll(made.fresh(), by=made.user("chair"), at=NOW)
    client = make.client(made.user("clerk"))
    url = reverse("chair_do", args=[made.poll.pk, "returned"])
    assert "本次投票无效" in client.post(url, {"value": "8"}).content.decode()
    assert client.post(url, {"value": "4"}).status_code == 302
    assert made.fresh().state == "closed" and made.fresh().figures.filter(kind="returned", value=4).exists()


def test_the_record_is_not_for_strangers_before_it_is_published_and_for_nobody_before_the_close() -> None:
    made = hall(slips=2)
    url = reverse("sealed_record", args=[made.poll.pk])
    assert make.client(made.user("chief")).get(url).status_code == 403
    polls.close_poll(made.fresh(), by=made.user("chair"), at=NOW)
    assert make.client(made.user("chief")).get(url).status_code == 200
    assert make.client(make.user("stranger")).get(url).status_code == 403
    assert make.client().get(url).status_code == 302


def test_where_votes_stand_is_read_in_as_many_queries_for_four_phone_votes_as_for_two() -> None:
    made = hall(slips=2)
    client = make.client(made.user("clerk"))

    def asked(address: str) -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as found:
            client.get(address)
        return len(found)

    pages = (reverse("polls", args=[made.poll.meeting_id]), reverse("desk"))
    make.poll(made.poll.meeting, doors="phone")
    two = [asked(page) for page in pages]
    for _more in range(2):
        make.poll(made.poll.meeting, doors="phone")
    assert [asked(page) for page in pages] == two


@pytest.mark.parametrize("name", ["ballots_deputies", "ballots_scrutineers", "ballots_sceptic"])
def test_the_words_for_deputies_scrutineers_and_the_sceptic_are_public_in_both_languages(name: str) -> None:
    client = make.client()
    chinese = client.get(reverse(name)).content.decode()
    english = client.get(reverse(name), HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert "用手机投票" in chinese and "Voting by phone" in english
