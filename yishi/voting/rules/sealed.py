"""Sealed voting: who may, how many slips are where, how far the keys are, what can be sealed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Sum
from django.utils.translation import gettext as _

from yishi.people.rules import is_clerk
from yishi.voting.models import CastBallot, Draw, Official, Poll, SealedBox, SealedSession, Trustee
from yishi.voting.rules.rights import SCRUTINEERS, hat, may_work

if TYPE_CHECKING:
    from datetime import datetime

    from yishi.law.rule import PollRule
    from yishi.meetings.models import Meeting

State = Poll.State
Door = Draw.Door
FEW = 10  # voters in all, below which a unanimous result tells how everyone voted


# --- who may ---------------------------------------------------------------


def may_arrange(user: Any, meeting: Meeting, now: datetime) -> bool:
    """Arrange sealed voting for a meeting: the clerk, while it is not over."""
    return is_clerk(user, meeting.body) and meeting.state != meeting.State.CLOSED


def may_hold(user: Any, trustee: Trustee, now: datetime) -> bool:
    """A scrutineer's own page of keys, nobody else's."""
    return bool(user.is_authenticated) and trustee.user_id == user.pk


def may_desk(user: Any, session: SealedSession, now: datetime) -> bool:
    """The slip desk (领票台): the body's clerks, and officials of a vote of this meeting.

    Two persons sit there; the page says so.
    """
    if session.meeting.state == session.meeting.State.CLOSED or not user.is_authenticated:
        return False
    named = Official.objects.filter(poll__meeting=session.meeting_id, user=user)
    return is_clerk(user, session.meeting.body) or named.exists()


def may_seal_box(user: Any, poll: Poll, now: datetime) -> bool:
    """Write the Setup and seal the electronic box: scrutineers, or the clerk."""
    mine = hat(user, poll) in SCRUTINEERS or is_clerk(user, poll.meeting.body)
    return poll.state == State.READY and poll.by_phone and mine


def may_open_box(user: Any, poll: Poll, now: datetime) -> bool:
    """Put together the record after the close, so that the scrutineers can open it."""
    return poll.state == State.CLOSED and poll.by_phone and may_work(user, poll, now)


def may_decrypt(user: Any, poll: Poll, now: datetime) -> bool:
    """Give one's share of the opening: a scrutineer of this poll, after the close."""
    return poll.state == State.CLOSED and hat(user, poll) in SCRUTINEERS


def may_read_record(user: Any, poll: Poll, now: datetime) -> bool:
    """The record before it is published: whoever works in the poll, once the box is closed."""
    return poll.state in (State.CLOSED, State.DECLARED) and poll.by_phone and may_work(user, poll, now)


# --- slips -----------------------------------------------------------------


@dataclass(frozen=True)
class SlipNumbers:
    """Where the slips of a session are; `left` = printed - struck - out, 0 when sealed."""

    printed: int
    struck: int
    out: int
    papers: int

    @property
    def left(self) -> int:
        return self.printed - self.struck - self.out


def slips(session: SealedSession) -> SlipNumbers:
    """Four numbers in three queries."""
    printed = session.lots.aggregate(n=Sum("size"))["n"] or 0
    struck = session.struck.aggregate(n=Sum("count"))["n"] or 0
    doors = list(session.draws.values_list("door", flat=True))
    return SlipNumbers(printed, struck, doors.count(Door.SLIP), doors.count(Door.PAPER))


def live(session: SealedSession, uuid: str) -> list[str]:
    """The public credentials of the slips that are not struck, for one vote."""
    found: set[str] = set()
    for lot in session.lots.all():
        found |= set(lot.listings.get(uuid, ()))
    for struck in session.struck.all():
        found -= set(struck.listings.get(uuid, ()))
    return sorted(found)


# --- keys ------------------------------------------------------------------


def stage(session: SealedSession) -> str:
    """commit | reveal | deal | verify | compare | ready: what the slowest scrutineer still has to send."""
    holders = list(session.keyholders.all())
    if not all(one.commitment for one in holders):
        return "commit"
    if not all(one.certificate for one in holders):
        return "reveal"
    if not all(one.coefficients for one in holders):
        return "deal"
    if not all(one.verification for one in holders):
        return "verify"
    return "ready" if session.trustees and all(one.agreed_at for one in holders) else "compare"


# --- what can be sealed ----------------------------------------------------


def unfit(law: PollRule) -> str:
    """Why this rule cannot be voted on sealed; empty when it can."""
    if law.kind == "elect":
        return _("选举可以另选他人，须在票上写姓名，只能用纸质票。")
    return ""


def lies_in(box: SealedBox, credential: str) -> CastBallot | None:
    """The last ballot of this credential in the open box."""
    return box.ballots.filter(credential=credential).order_by("-turn").first()
