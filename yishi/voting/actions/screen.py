"""The big screen follows the vote: each step pushes its scene."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yishi.meetings.actions.screen import show
from yishi.meetings.models import Screen
from yishi.voting.models import Figure, Poll
from yishi.voting.rules import counting as count
from yishi.voting.rules.box import totals
from yishi.voting.rules.outcomes import result_rows
from yishi.voting.rules.sealed_count import election_of

if TYPE_CHECKING:
    from datetime import datetime

    from yishi.voting.models import Tally

Scene = Screen.Scene
Kind = Figure.Kind
LABELS = (
    ("应到", "members"),
    ("实到", "present"),
    ("发出", "issued"),
    ("收回", "returned"),
    ("有效", "valid"),
    ("无效", "invalid"),
)


def method(poll: Poll, *, by: Any, at: datetime) -> None:
    points = [line.strip() for line in poll.method_text.splitlines() if line.strip()]
    # Offered, not forced: what the hall sees at this moment is the chair's to choose.
    show(
        poll.meeting,
        Scene.METHOD,
        {"title": poll.title, "points": points[:60]},
        by=by,
        at=at,
        take=False,
    )


def voting(poll: Poll, *, by: Any, at: datetime) -> None:
    show(poll.meeting, Scene.VOTING, _numbers(poll), by=by, at=at)


def sealed(poll: Poll, *, by: Any, at: datetime) -> None:
    said = totals(poll)
    show(
        poll.meeting,
        Scene.SEALED,
        {**_numbers(poll), "returned": said.get(Kind.RETURNED)},
        by=by,
        at=at,
    )


def numbers(poll: Poll, *, by: Any, at: datetime) -> None:
    """A figure changed: what is being shown changes with it."""
    if poll.state == Poll.State.OPEN:
        voting(poll, by=by, at=at)
    elif poll.state == Poll.State.CLOSED and not poll.batches.exists():
        sealed(poll, by=by, at=at)


def counting(poll: Poll, *, by: Any, at: datetime, take: bool = True) -> None:
    """How far the count is; with open counting (公开唱票) also the 正 strokes of each option.

    Only batches on which both tellers agree are drawn: running strokes of the first teller would
    show the second what he is to find by himself.
    """
    batches = count.laid(poll)
    agreed = [batch for batch in batches if batch.agreed_at]
    rows = []
    if poll.open_count:
        lines = count.total(poll, agreed).lines
        rows = [
            {"title": option.title, "strokes": line.for_ or line.satisfied}
            for option, line in zip(poll.options.all(), lines, strict=True)
        ]
    counted, of = (sum(batch.size for batch in some) for some in (agreed, batches))
    data = {"title": poll.title, "rows": rows, "counted": counted, "of": of}
    show(poll.meeting, Scene.COUNTING, data, by=by, at=at, take=take)


def result(poll: Poll, tally: Tally, *, by: Any, at: datetime) -> None:
    """The result, and behind it the list of what was adopted."""
    rows = result_rows(poll, tally)
    votes = {row["title"]: row.get("for") for row in rows}
    adopted = [
        {"place": place, "title": title, "for": votes.get(title)}
        for place, title in enumerate(tally.outcome["adopted"], start=1)
    ]
    show(poll.meeting, Scene.ADOPTED, {"title": poll.title, "rows": adopted}, by=by, at=at, take=False)
    data = {
        "title": poll.title,
        "sentence": tally.outcome["sentence_zh"],
        "figures": [{"label": label, "value": tally.figures[name]} for label, name in LABELS],
        "rows": rows,
    }
    show(poll.meeting, Scene.RESULT, data, by=by, at=at)


def _numbers(poll: Poll) -> dict[str, Any]:
    said = totals(poll)
    return {
        "title": poll.title,
        "entitled": said.get(Kind.ENTITLED),
        "present": said.get(Kind.PRESENT),
        "issued": said.get(Kind.ISSUED),
        "checks": _checks(poll),
    }


def _checks(poll: Poll) -> list[dict[str, str]]:
    """What whoever checks the record later compares: the voter's page and the sealed box."""
    sealed_box = getattr(poll, "box", None) if poll.by_phone else None
    if sealed_box is None:
        return []
    election = election_of(sealed_box)
    page = election.description.rpartition("sha256:")[2]
    return [
        {"label": "投票页校验值", "value": page},
        {"label": "封箱校验值", "value": election.fingerprint},
    ]
