"""Plain builders for the tests of the law."""

from dataclasses import replace
from typing import Any

from yishi.law.decide import Ballots, Body, Option
from yishi.law.rule import PollRule


def rule(kind: str = "approve_each", **given: Any) -> PollRule:
    """A rule as it comes from JSON; all members, more than half, no quorum unless said."""
    plain = {"base": "all_members", "threshold": "more_than_half", "quorum": "none"}
    return PollRule.from_json({"kind": kind, **plain, **given})


def hall(members: int, present: int | None = None) -> Body:
    return Body(members, members if present is None else present)


def box(n: int, invalid: int = 0) -> Ballots:
    return Ballots(n, n, invalid)


def lines(valid: int, **votes: int) -> list[Option]:
    """Options by title with their votes for; the rest of the valid ballots against."""
    return [Option(title, for_=n, against=valid - n) for title, n in votes.items()]


def with_(option: Option, **changes: Any) -> Option:
    return replace(option, **changes)
