"""The pages of the check by hand: the draw in the open, the sheets to take, what differs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.urls import reverse

from tests import make
from tests.voting.scans import deck
from tests.voting.scans.test_audits import PLAIN, SEED, draw, key, read, settle, stand
from yishi.voting.models import Audit, Batch, Poll, Ruling

pytestmark = pytest.mark.django_db


def as_(poll: Poll, name: str) -> Any:
    return make.client(make.official(poll, name))


def page(poll: Poll, name: str = "chief") -> Any:
    return as_(poll, name).get(reverse("audits", args=[poll.pk]))


def test_the_chief_sees_the_hash_and_draws_with_the_seed_that_was_said() -> None:
    poll = read(30)
    text = page(poll).content.decode()
    assert stand(poll).ledger in text and "抽 20 张" in text
    sent = {"ledger": stand(poll).ledger, "seed": SEED}
    answer = as_(poll, "chief").post(reverse("audit_draw", args=[poll.pk]), sent, follow=True)
    assert Audit.objects.get().seed == SEED
    text = answer.content.decode()
    assert "已抽20张，请计票人取票录入。" in text and SEED in text


def test_a_seed_refused_stands_where_it_was_typed_with_the_reason_at_its_field() -> None:
    poll = read(30)
    sent = {"ledger": stand(poll).ledger, "seed": "12345"}
    answer = as_(poll, "chief").post(reverse("audit_draw", args=[poll.pk]), sent)
    text = answer.content.decode()
    assert answer.status_code == 400 and "12345" in text and "种子要当众报出" in text
    assert not Audit.objects.exists()


def test_where_all_are_checked_no_seed_is_asked_and_the_reason_is_said() -> None:
    poll = read(5, counting="both")
    text = page(poll).content.decode()
    assert "票决办法定了全部复核" in text and 'name="seed"' not in text
    as_(poll, "chief").post(reverse("audit_draw", args=[poll.pk]), {"ledger": stand(poll).ledger})
    assert Audit.objects.get().whole
    near = read(24, members=44, doubts=2)
    assert "再有 2 栏读得不同，结果就会变；存疑的有 2 栏" in page(near).content.decode()


def test_all_others_may_be_checked_from_the_page() -> None:
    poll = read(25)
    sent = {"ledger": stand(poll).ledger, "whole": "True", "why": ""}
    url = reverse("audit_draw", args=[poll.pk])
    assert as_(poll, "chief").post(url, sent).context["all_form"].errors["why"]
    as_(poll, "chief").post(url, {**sent, "why": "代表要求"})
    assert Audit.objects.get().whole


@pytest.mark.parametrize("name", ["watcher", "one", "caller", "clerk", "chair"])
def test_others_see_how_it_stands_and_draw_nothing(name: str) -> None:
    poll = read(8)
    answer = page(poll, name)
    assert answer.status_code == 200 and 'name="ledger"' not in answer.content.decode()
    sent = {"ledger": stand(poll).ledger, "seed": SEED}
    assert as_(poll, name).post(reverse("audit_draw", args=[poll.pk]), sent).status_code == 403
    assert not Audit.objects.exists()


def test_a_poll_counted_by_hand_has_no_such_page() -> None:
    assert page(make.returned(3)).status_code == 403


def test_tellers_are_told_which_sheets_to_take_from_which_pile_and_nothing_else() -> None:
    poll = read(45, size=15)
    draw(poll)
    batch = poll.batches.filter(way=Batch.Way.AUDIT).first()
    assert batch is not None
    first, number = batch.picked[0]
    client = as_(poll, "one")
    text = client.get(reverse("keying", args=[batch.pk])).content.decode()
    assert f"第{first}批：第{number}" in text and "取出处夹一张纸条" in text
    client.post(reverse("begin_keying", args=[batch.pk]))
    answer = client.get(reverse("keying", args=[batch.pk]))
    assert f'<b id="pulled">第{first}批第{number}张</b>' in answer.content.decode()
    data = json.loads(answer.context["data_json"])
    assert data["pulled"][0] == f"第{first}批第{number}张" and len(data["pulled"]) == batch.size
    assert not any(one["marks"] for one in data["sheets"])
    assert "第1批：第" in page(poll, "one").content.decode()


def test_the_place_in_the_pile_is_said_where_a_sheet_before_it_was_scanned_twice() -> None:
    poll = deck.poll(3)
    batch = deck.scanned(poll, [PLAIN] * 4)
    deck.said(batch, 2, None, "duplicate")
    Batch.objects.filter(pk=batch.pk).update(agreed_at=make.NOW)
    draw(poll)
    beside = poll.batches.get(way=Batch.Way.AUDIT)
    assert beside.picked == [[1, 1], [1, 3], [1, 4]]
    text = as_(poll, "one").get(reverse("keying", args=[beside.pk])).content.decode()
    assert "第1批：第1—3张" in text
    as_(poll, "one").post(reverse("begin_keying", args=[beside.pk]))
    answer = as_(poll, "one").get(reverse("keying", args=[beside.pk]))
    assert json.loads(answer.context["data_json"])["pulled"] == ["第1批第1张", "第1批第2张", "第1批第3张"]


def test_a_batch_of_its_own_has_no_other_paper() -> None:
    poll = make.returned(2)
    from yishi.voting.actions import counting

    batch = counting.lay_out(poll, by=make.official(poll, "chief"), at=make.NOW)[0]
    assert "取出处夹一张纸条" not in as_(poll, "one").get(reverse("keying", args=[batch.pk])).content.decode()


def differing(n: int = 25) -> tuple[Poll, int]:
    poll = read(n)
    draw(poll)
    number = stand(poll).draws[0].sheets[2].number
    key(poll, {(1, number): ["x", "a", "x"]})
    return poll, number


def test_the_chief_sees_both_readings_of_what_differs_and_must_look_before_choosing() -> None:
    poll, number = differing()
    url = reverse("audit_settle", args=[deck.leaf(poll.batches.get(number=1), number).batch_id, number])
    assert url in page(poll).content.decode()
    client = as_(poll, "chief")
    answer = client.get(url)
    rows = answer.context["rows"]
    assert [row[2:] for row in rows] == [
        ("赞成", "弃权", True),
        ("反对", "反对", False),
        ("弃权", "弃权", False),
    ]
    sent = {"decision": "valid", "mark-1": "", "mark-2": "a", "mark-3": "x", "why": "对照原票"}
    assert "请对照原票选一项" in client.post(url, sent).content.decode() and not Ruling.objects.exists()
    assert client.post(url, {**sent, "mark-1": "x"}).url == reverse("audits", args=[poll.pk])
    ruling = Ruling.objects.get()
    assert (ruling.marks, ruling.reason_code, ruling.why) == (["x", "a", "x"], "audit", "对照原票")
    assert "机器读错" in page(poll).content.decode() and "再抽5张" in page(poll).content.decode()


def test_a_void_ruling_needs_no_marks() -> None:
    poll, number = differing()
    url = reverse("audit_settle", args=[poll.batches.get(number=1).pk, number])
    as_(poll, "chief").post(url, {"decision": "invalid", "mark-2": "a", "mark-3": "x", "why": "写有姓名"})
    assert Ruling.objects.get().decision == "invalid"


def test_a_sheet_that_does_not_differ_has_no_page_and_others_may_not_settle() -> None:
    poll, number = differing()
    batch = poll.batches.get(number=1).pk
    other = next(one.number for one in stand(poll).draws[0].sheets if one.number != number)
    assert as_(poll, "chief").get(reverse("audit_settle", args=[batch, other])).status_code == 404
    for name in ("watcher", "one", "clerk", "chair"):
        assert as_(poll, name).get(reverse("audit_settle", args=[batch, number])).status_code == 403


def test_tellers_and_the_clerk_see_no_mark_and_no_difference() -> None:
    poll, _number = differing()
    for name in ("one", "clerk", "chair"):
        assert "与读票不一致的" not in page(poll, name).content.decode()
    assert "与读票不一致的" in page(poll, "watcher").content.decode()


def test_the_live_part_sends_the_page_anew_when_there_is_something_else_to_do() -> None:
    poll, number = differing()
    client, url = as_(poll, "chief"), reverse("audits_live", args=[poll.pk])
    assert client.get(url + "?step=settle").status_code == 200
    assert client.get(url + "?step=key").headers["HX-Refresh"] == "true"
    settle(poll, number, PLAIN)
    assert "机器读得对" in client.get(url + "?step=done").content.decode()
    assert "再抽一次" in page(poll).content.decode()


def test_the_page_takes_the_same_queries_for_any_number_of_sheets_and_draws() -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    taken = []
    for n, size in ((21, 50), (44, 22)):
        poll = read(n, size=size)
        draw(poll)
        key(poll)
        with CaptureQueriesContext(connection) as queries:
            page(poll)
        taken.append(len(queries))
    assert taken[0] == taken[1] < 50


def test_the_overview_leads_to_the_check_once_the_other_batches_are_done() -> None:
    url = "/audit/"
    poll = deck.poll(4)
    deck.scanned(poll, [PLAIN] * 4)
    counting_page = reverse("counting", args=[poll.pk])
    assert url not in as_(poll, "chief").get(counting_page).content.decode()
    Batch.objects.filter(poll=poll).update(agreed_at=make.NOW)
    text = as_(poll, "chief").get(counting_page).content.decode()
    assert f'class="button primary" href="{reverse("audits", args=[poll.pk])}"' in text
    assert text.count("button primary") == 1
    draw(poll)
    key(poll)
    text = as_(poll, "chief").get(counting_page).content.decode()
    assert url in text and text.count("button primary") == 1
