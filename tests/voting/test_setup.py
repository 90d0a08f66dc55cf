"""Setting a poll up: rule and options, who may wear a hat, order, and what is fixed."""

import pytest
from django.core.exceptions import ValidationError

from tests import make
from tests.make import NOW
from yishi.journal.models import Entry
from yishi.voting.actions import setup
from yishi.voting.models import Poll
from yishi.web.access import Refused

pytestmark = pytest.mark.django_db


def planned(meeting=None, **fields):
    meeting = meeting or make.meeting()
    by = fields.pop("by", None) or make.clerk(meeting.body)
    given = {"title": "项目票决", "rule_key": "projects.town.vote", "seats": 2, "options": ["甲", "乙", "丙"]}
    return setup.plan(meeting, **{**given, **fields}, by=by, at=NOW)


def test_a_poll_freezes_the_rule_of_the_pack_with_its_places() -> None:
    poll = planned()
    assert (poll.law.kind, poll.law.seats, poll.law.article_quorum) == (
        "approve_each",
        2,
        "《组织法》第十四条",
    )
    assert [option.title for option in poll.options.all()] == ["甲", "乙", "丙"]
    assert Entry.objects.about(poll).filter(verb="voting.planned").exists()


def test_only_the_clerk_of_the_body_plans() -> None:
    meeting = make.meeting()
    for other in (make.chair(meeting.body), make.clerk(make.body()), make.user()):
        with pytest.raises(Refused):
            planned(meeting, by=other)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title": " "}, "title"),
        ({"rule_key": "no.such.rule"}, "rule_key"),
        ({"rule_key": "method.adoption"}, "rule_key"),
        ({"rule_key": "election.officials", "seats": None}, "seats"),
        ({"rule_key": "projects.rating", "seats": 2}, "seats"),
        ({"seats": 0}, "seats"),
        ({"options": ["甲", "甲"]}, "options"),
        ({"options": ["甲", ""]}, "options"),
        ({"options": ["甲" * 121]}, "options"),
        ({"options": [("甲", "说" * 301)]}, "options"),
        ({"options": [str(n) for n in range(201)]}, "options"),
        ({"size": "A3"}, "size"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_kept(wrong: dict, field: str) -> None:
    from django.db import transaction

    with pytest.raises(ValidationError) as error, transaction.atomic():
        planned(**wrong)
    assert field in error.value.error_dict
    assert not Poll.objects.exists()


def test_the_county_answers_the_points_the_law_leaves_open() -> None:
    poll = planned(choices={"projects.over_choice": "none"})
    assert poll.law.most is None and setup.chosen(poll)["projects.over_choice"] == "none"
    clerk = make.clerk(poll.meeting.body)
    setup.change(poll, choices={"projects.over_choice": "seats"}, seats=1, by=clerk, at=NOW)
    assert poll.law.most == 1
    with pytest.raises(ValidationError):
        setup.change(poll, choices={"projects.over_choice": "sometimes"}, by=clerk, at=NOW)


def test_a_title_with_spaces_twice_is_the_same_title() -> None:
    with pytest.raises(ValidationError, match="同名"):
        planned(options=["甲 路", "甲  路"])


def test_the_order_of_polls_changes_by_one_place() -> None:
    meeting = make.meeting()
    clerk = make.clerk(meeting.body)
    first, second = planned(meeting, by=clerk), planned(meeting, by=clerk, title="人事")
    setup.move_poll(second, -1, by=clerk, at=NOW)
    assert list(meeting.polls.values_list("title", flat=True)) == ["人事", "项目票决"]
    setup.move_poll(second, -1, by=clerk, at=NOW)
    setup.move_poll(first, 5, by=clerk, at=NOW)
    assert list(meeting.polls.values_list("title", flat=True)) == ["人事", "项目票决"]


def test_a_draft_is_dropped_with_a_reason_and_the_journal_keeps_its_name() -> None:
    poll = planned()
    clerk = make.clerk(poll.meeting.body)
    with pytest.raises(ValidationError, match="理由"):
        setup.drop(poll, by=clerk, at=NOW, why=" ")
    setup.drop(poll, by=clerk, at=NOW, why="改到下次会议")
    assert not Poll.objects.exists()
    assert Entry.objects.get(verb="voting.dropped").data["title"] == "项目票决"


def test_an_adopted_poll_is_not_dropped() -> None:
    poll = make.hall("method")
    with pytest.raises(Refused):
        setup.drop(poll, by=make.official(poll, "clerk"), at=NOW, why="算了")


def name(poll: Poll, user: make.User, hat: str = "teller", why: str = "", by: str = "clerk"):
    return setup.name_official(poll, user, hat, by=make.official(poll, by), at=NOW, why=why)


def test_one_person_wears_one_hat() -> None:
    poll = make.hall("form")
    with pytest.raises(ValidationError, match="只能担任一项"):
        name(poll, make.official(poll, "caller"), "teller")
    assert name(poll, make.user(), "teller").hat == "teller"


def test_there_is_one_chief_scrutineer() -> None:
    poll = make.hall("form")
    with pytest.raises(ValidationError, match="只能有一名"):
        name(poll, make.user(), "chief_scrutineer")


def test_a_candidate_is_no_official_by_person_or_by_name() -> None:
    poll = make.hall("form", options=("周海燕", "郑 立"), rule_key="election.officials")
    person = make.person("郑立")
    poll.options.filter(title="郑 立").update(person=person)
    for candidate in (
        make.user(person=person, name="另一名字"),
        make.user(name="周海燕"),
    ):
        with pytest.raises(ValidationError, match="候选人"):
            name(poll, candidate, "scrutineer")
    name(poll, make.user(name="郑立民"), "scrutineer")


def test_who_presides_or_administers_counts_no_votes() -> None:
    poll = make.hall("form")
    for user in (make.official(poll, "chair"), make.user("boss", ("system", None))):
        with pytest.raises(ValidationError):
            name(poll, user, "teller")
    gone = make.user(is_active=False)
    with pytest.raises(ValidationError):
        name(poll, gone, "teller")


def test_a_changed_list_must_be_passed_again() -> None:
    poll = make.hall("officials")
    assert poll.officials_adopted_at
    one = poll.officials.get(user=make.official(poll, "caller"))
    one.poll = poll
    setup.remove_official(one, by=make.official(poll, "clerk"), at=NOW)
    assert Poll.objects.get(pk=poll.pk).officials_adopted_at is None


def test_during_the_count_a_teller_may_be_added_with_a_reason_by_who_presides() -> None:
    poll = make.hall("returned")
    for hat, why in (("teller", ""), ("scrutineer", "换人")):
        with pytest.raises(ValidationError):
            name(poll, make.user(), hat, why=why, by="chair")
    with pytest.raises(Refused):
        name(poll, make.user(), "teller", why="身体不适", by="clerk")
    assert name(poll, make.user(), "teller", why="身体不适", by="chair")
    assert Poll.objects.get(pk=poll.pk).officials_adopted_at


def test_who_sealed_the_box_stays_on_the_list() -> None:
    poll = make.hall("sealed")
    one = poll.officials.get(user=make.official(poll, "watcher"))
    one.poll = poll
    with pytest.raises(ValidationError, match="封箱"):
        setup.remove_official(one, by=make.official(poll, "clerk"), at=NOW)


def test_an_empty_method_is_refused() -> None:
    poll = planned()
    clerk = make.clerk(poll.meeting.body)
    with pytest.raises(ValidationError):
        setup.draft_method(poll, "  \n ", by=clerk, at=NOW)
    setup.draft_method(poll, "第一条　甲\r\n第二条　乙", by=clerk, at=NOW)
    assert poll.method_text == "第一条　甲\n第二条　乙"


def test_the_method_goes_among_the_papers_of_the_meeting_once_and_only_by_the_clerk() -> None:
    poll = make.poll()
    clerk = make.clerk(poll.meeting.body)
    with pytest.raises(ValidationError):
        setup.hand_over_method(poll, by=clerk, at=NOW)
    setup.draft_method(poll, "第一条　制定本办法。", by=clerk, at=NOW)
    with pytest.raises(Refused):
        setup.hand_over_method(poll, by=make.chair(poll.meeting.body), at=NOW)
    setup.hand_over_method(poll, by=clerk, at=NOW)
    setup.hand_over_method(poll, by=clerk, at=NOW)
    papers = poll.meeting.materials.all()
    assert [(paper.title, paper.withdrawn_at is not None) for paper in papers] == [
        ("民生实事项目票决办法", True),
        ("民生实事项目票决办法", False),
    ]
    browser = make.client(clerk)
    answer = browser.post(f"/polls/{poll.pk}/method/paper/")
    assert answer.url == f"/meetings/{poll.meeting_id}/materials/"
    assert poll.meeting.materials.current().count() == 1
