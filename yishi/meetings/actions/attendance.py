"""Who is entitled, who is here, who came late, left, or is on leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from yishi.journal.chain import write
from yishi.journal.moves import MoveError, move
from yishi.meetings.actions.meeting import day, hold
from yishi.meetings.actions.screen import touch
from yishi.meetings.models import Meeting, Voter
from yishi.meetings.rules import may_list, may_prepare, may_preside, may_sign_in
from yishi.people.models import Seat
from yishi.web.access import require

if TYPE_CHECKING:
    from datetime import date, datetime

At = Voter.Attendance


class Entitled(NamedTuple):
    """How the entitled list changed."""

    added: int
    removed: int


@transaction.atomic
def entitle(meeting: Meeting, *, by: Any, at: datetime, on: date | None = None, why: str = "") -> Entitled:
    """Make the entitled list (应到) from the seats sitting on a day, by default the day of the meeting.

    Run again, it adds and removes those who changed; a reason is needed once the meeting is open
    (ValidationError). Raises ValidationError when nobody sits in the body on that day, or when the
    meeting is closed.
    """
    require(may_prepare(by, meeting, at))
    hold(meeting)
    if meeting.state == Meeting.State.CLOSED:
        raise ValidationError(_("会议已闭会，应到名单不能再改。"))
    seats = set(
        Seat.objects.sitting(on or day(meeting.starts_at))
        .filter(body=meeting.body)
        .values_list("pk", flat=True)
    )
    if not seats:
        raise ValidationError(_("“%(body)s”在这一天没有在任代表，请先登记代表。") % {"body": meeting.body})
    now = set(meeting.voters.values_list("seat_id", flat=True))
    added, removed = sorted(seats - now), sorted(now - seats)
    if not added and not removed:
        return Entitled(0, 0)
    if meeting.state == Meeting.State.OPEN and not why.strip():
        raise ValidationError(_("会议已经开始，变动应到名单请写明理由。"), code="open")
    Voter.objects.bulk_create(Voter(meeting=meeting, seat_id=seat) for seat in added)
    meeting.voters.filter(seat_id__in=removed).delete()
    write(
        meeting.chain,
        "meetings.entitled",
        meeting,
        by=by,
        at=at,
        why=why.strip(),
        added=added,
        removed=removed,
    )
    touch(meeting)
    return Entitled(len(added), len(removed))


@transaction.atomic
def open_sign_in(meeting: Meeting, *, by: Any, at: datetime) -> None:
    """Open sign-in, or open it again; pressed twice, the first time stays."""
    require(may_preside(by, meeting, at))
    hold(meeting)
    if meeting.state == Meeting.State.CLOSED:
        raise ValidationError(_("会议已闭会，不能再开始签到。"))
    if not meeting.voters.exists():
        raise ValidationError(_("还没有应到名单，请先生成应到名单。"))
    if meeting.sign_in_is_open:
        return
    meeting.sign_in_opened = meeting.sign_in_opened or at
    meeting.sign_in_closed = None
    meeting.save(update_fields=["sign_in_opened", "sign_in_closed"])
    write(meeting.chain, "meetings.sign_in_opened", meeting, by=by, at=at)
    touch(meeting)


@transaction.atomic
def close_sign_in(meeting: Meeting, *, by: Any, at: datetime) -> None:
    """Close sign-in by phone; a clerk may still list those who come late."""
    require(may_preside(by, meeting, at))
    changed = Meeting.objects.filter(
        pk=meeting.pk, sign_in_opened__isnull=False, sign_in_closed__isnull=True
    ).update(sign_in_closed=at)
    if changed:
        meeting.sign_in_closed = at
        write(meeting.chain, "meetings.sign_in_closed", meeting, by=by, at=at)
        touch(meeting)


@transaction.atomic
def sign_in(voter: Voter, how: str, *, by: Any, at: datetime) -> bool:
    """Note that a voter is here; False when they already were (double press, double scan).

    SELF: the deputy in person while sign-in is open. CODE and LIST: the clerk, from the opening
    of sign-in until the meeting is closed. Whoever comes when the meeting has begun is late.
    """
    own = how == Voter.How.SELF
    require(
        may_sign_in(by, voter, at) if own else may_list(by, voter.meeting, at), _closed(voter) if own else ""
    )
    meeting = voter.meeting
    if voter.is_here:
        return False
    if meeting.sign_in_opened is None or meeting.state == Meeting.State.CLOSED:
        raise ValidationError(_("现在不在签到时间，请先开始签到。"), code="closed")
    came_back = voter.attendance == At.LEFT
    arrived = (voter.arrived_at if came_back else None) or at
    late = meeting.state == Meeting.State.OPEN and arrived > meeting.starts_at
    also = {"arrived_at": arrived, "left_at": None, "how": how, "note": ""}
    try:
        _move(voter, At.LATE if late else At.PRESENT, by=by, at=at, also=also, how=how)
    except MoveError:
        voter.refresh_from_db(fields=["attendance", "arrived_at", "left_at", "how", "note"])
        if not voter.is_here:
            raise
        return False
    return True


def _closed(voter: Voter) -> str:
    if voter.meeting.sign_in_opened is None:
        return _("签到还没有开始，请到会场后再签到。")
    if not voter.meeting.sign_in_is_open:
        return _("签到已经结束，请找会务人员签到。")
    return _("只能由本人签到。")


@transaction.atomic
def undo_sign_in(voter: Voter, *, by: Any, at: datetime, why: str) -> None:
    """Take a wrong sign-in back. Raises ValidationError without a reason."""
    require(may_list(by, voter.meeting, at))
    if not why.strip():
        raise ValidationError(_("请写明为什么撤销签到。"))
    also = {"arrived_at": None, "left_at": None, "how": "", "note": ""}
    _move(voter, At.EXPECTED, by=by, at=at, why=why.strip(), also=also)


@transaction.atomic
def leave(voter: Voter, *, by: Any, at: datetime, why: str = "") -> None:
    """Note that somebody left before the end: no longer present."""
    require(may_list(by, voter.meeting, at))
    _move(voter, At.LEFT, by=by, at=at, why=why.strip(), also={"left_at": at, "note": why.strip()[:120]})


@transaction.atomic
def grant_leave(voter: Voter, *, by: Any, at: datetime, why: str) -> None:
    """Note leave of absence. Raises ValidationError without a reason."""
    require(may_list(by, voter.meeting, at))
    if not why.strip():
        raise ValidationError(_("请写明请假理由。"))
    _move(voter, At.ON_LEAVE, by=by, at=at, why=why.strip(), also={"note": why.strip()[:120]})


def _move(
    voter: Voter, to: str, *, by: Any, at: datetime, also: dict[str, Any], why: str = "", **data: Any
) -> None:
    move(voter, to, chain=voter.chain, by=by, at=at, why=why, field="attendance", also=also, **data)
    touch(voter.meeting)
