"""Enough present, and papers out in time."""

from datetime import date

import pytest

from yishi.law.dates import days_before, in_time, latest
from yishi.law.errors import InputError
from yishi.law.pack import load
from yishi.law.quorum import quorum
from yishi.law.rule import QuorumRule

PACK = load()
DAY = date(2026, 3, 10)


@pytest.mark.parametrize(
    ("body", "members", "least"),
    [
        ("congress", 327, 218),
        ("congress", 60, 40),
        ("congress", 61, 41),
        ("standing_committee", 29, 15),
        ("standing_committee", 30, 16),
        ("street_council", 33, 17),
    ],
)
def test_a_body_may_meet_from_its_quorum_on_and_not_below(body: str, members: int, least: int) -> None:
    rule = PACK.quorums[body]
    enough, few = quorum(rule, members, least), quorum(rule, members, least - 1)
    assert (enough.met, enough.needed) == (True, least)
    assert not few.met
    assert "尚差1名" in few.sentence_zh and "1 short of" in few.sentence_en
    assert rule.article in enough.sentence_zh


def test_the_quorum_names_its_article() -> None:
    result = quorum(PACK.quorums["congress"], 327, 314)
    assert result.article == "《组织法》第十四条"
    assert result.sentence_zh == (
        "应到代表327名，实到314名，达到法定人数218名，可以开会（根据《组织法》第十四条）。"
    )
    assert "Article 14 of the Organic Law" in result.sentence_en


def test_without_a_quorum_any_number_will_do() -> None:
    result = quorum(QuorumRule("none"), 10, 0)
    assert (result.met, result.needed) == (True, 0)


@pytest.mark.parametrize(
    ("members", "present", "field"), [(0, 0, "members"), (5, -1, "present"), (5, 6, "present")]
)
def test_impossible_attendance_is_refused(members: int, present: int, field: str) -> None:
    with pytest.raises(InputError) as refused:
        quorum(PACK.quorums["congress"], members, present)
    assert refused.value.field == field


def test_seven_days_before_is_that_day_or_earlier() -> None:
    rule = PACK.notice_days["congress.town.notice"]
    assert latest(rule, DAY) == date(2026, 3, 3)
    assert in_time(rule, date(2026, 3, 3), DAY)
    assert not in_time(rule, date(2026, 3, 4), DAY)


def test_a_county_may_ask_for_seven_clear_days() -> None:
    rule = PACK.notice_days["congress.town.notice"]
    assert latest(rule, DAY, "clear") == date(2026, 3, 2)
    assert not in_time(rule, date(2026, 3, 3), DAY, "clear")


def test_days_are_reckoned_over_the_end_of_february_and_refused_when_negative() -> None:
    assert days_before(date(2028, 3, 1), 1) == date(2028, 2, 29)
    assert days_before(DAY, 0) == DAY
    with pytest.raises(InputError):
        days_before(DAY, -1)
    with pytest.raises(InputError):
        days_before(date(1, 1, 2), 5)
