"""The newest published results as the front page tells them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Prefetch
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from yishi.law.sentence import GRADES_EN, GRADES_ZH
from yishi.voting.models import Poll, Tally
from yishi.voting.rules import outcomes

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True)
class Result:
    """One published result.

    lines: (title, votes or grade), the adopted in order of votes; `more`: how many are left out.
    """

    pk: int
    title: str
    body: str
    meeting: str
    declared_at: datetime
    figures: dict[str, int]
    lines: list[tuple[str, str]]
    more: int
    graded: bool


def latest(how_many: int, names: int = 6) -> list[Result]:
    """In three queries; a correction that was not declared again is not told."""
    confirmed = Tally.objects.filter(confirmed_at__isnull=False).order_by("pk")
    polls = Poll.objects.published().whole()
    polls = polls.prefetch_related("options", Prefetch("tallies", queryset=confirmed))
    found = [(poll, _declared(poll)) for poll in polls.order_by("-declared_at", "-pk")[:how_many]]
    return [_result(poll, tally, names) for poll, tally in found if tally is not None]


def _declared(poll: Poll) -> Tally | None:
    """The newest tally confirmed when the result was declared, of those fetched already."""
    at = poll.declared_at
    fitting = [t for t in poll.tallies.all() if at and t.confirmed_at and t.confirmed_at <= at]
    return fitting[-1] if fitting else None


def _result(poll: Poll, tally: Tally, names: int) -> Result:
    rows = outcomes.result_rows(poll, tally)
    words = GRADES_EN if (get_language() or "").startswith("en") else GRADES_ZH
    graded = any("grade" in row for row in rows)
    lines = (
        [(row["title"], words[row["grade"]]) for row in rows]
        if graded
        else [(row["title"], _("%(n)d票") % {"n": row["for"]}) for row in rows if row["adopted"]]
    )
    assert poll.declared_at is not None  # _declared
    return Result(
        poll.pk,
        poll.title,
        poll.meeting.body.name,
        poll.meeting.title,
        poll.declared_at,
        tally.figures,
        lines[:names],
        max(0, len(lines) - names),
        graded,
    )
