"""Who may do what with a poll, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yishi.people.rules import is_chair, is_clerk, works_in
from yishi.voting.models import Figure, Keying, Official, Poll, SealedBox

if TYPE_CHECKING:
    from datetime import datetime

    from yishi.meetings.models import Meeting

Hat = Official.Hat
Kind = Figure.Kind
State = Poll.State
SCRUTINEERS = (Hat.CHIEF_SCRUTINEER, Hat.SCRUTINEER)
BEFORE = (State.DRAFT, State.READY)
# In which states a figure can be said or corrected.
WHEN = {
    Kind.ENTITLED: (State.READY, State.OPEN, State.CLOSED),
    Kind.PRESENT: (State.READY, State.OPEN, State.CLOSED),
    Kind.PRINTED: (State.DRAFT, State.READY, State.OPEN, State.CLOSED, State.DECLARED),
    Kind.ISSUED: (State.READY, State.OPEN, State.CLOSED, State.DECLARED),
    Kind.REPLACED: (State.READY, State.OPEN, State.CLOSED, State.DECLARED),
    Kind.LEFT_OVER: (State.READY, State.OPEN, State.CLOSED, State.DECLARED),
    Kind.RETURNED: (State.CLOSED, State.DECLARED),
}


def hat(user: Any, poll: Poll) -> str | None:
    """The hat this user wears in this poll."""
    if not user.is_authenticated:
        return None
    return next((one.hat for one in poll.officials.all() if one.user_id == user.pk), None)


def presides(user: Any, meeting: Meeting) -> bool:
    """The chair of the body, or the person named to preside over this meeting."""
    if not user.is_authenticated or not user.is_active:
        return False
    return is_chair(user, meeting.body) or (
        meeting.presiding_id is not None and meeting.presiding_id == user.person_id
    )


def may_see_polls(user: Any, meeting: Meeting, now: datetime) -> bool:
    """The clerk, the chair, who presides, and whoever wears a hat in one of the meeting's polls."""
    return (
        works_in(user, meeting.body)
        or presides(user, meeting)
        or (user.is_authenticated and Official.objects.filter(poll__meeting=meeting, user=user).exists())
    )


def may_work(user: Any, poll: Poll, now: datetime) -> bool:
    """See the poll and the chair's page."""
    return works_in(user, poll.meeting.body) or presides(user, poll.meeting) or hat(user, poll) is not None


def may_plan(user: Any, meeting: Meeting, now: datetime) -> bool:
    """Put a matter to the vote in this meeting: the clerk, while it is not over."""
    return is_clerk(user, meeting.body) and meeting.state != meeting.State.CLOSED


def may_prepare(user: Any, poll: Poll, now: datetime) -> bool:
    return is_clerk(user, poll.meeting.body)


def may_change(user: Any, poll: Poll, now: datetime) -> bool:
    """Form, options and rule are fixed once the method has been adopted."""
    return may_prepare(user, poll, now) and poll.state == State.DRAFT


def may_reopen(user: Any, poll: Poll, now: datetime) -> bool:
    """Back to the draft, while no paper has been handed out and no electronic box is sealed.

    The box holds the questions as they were: changed ones would be given its votes by their places.
    """
    issued = any(said.kind == Kind.ISSUED for said in poll.figures.all())
    if not may_prepare(user, poll, now) or poll.state != State.READY or issued:
        return False
    return not SealedBox.objects.filter(poll=poll.pk).exists()


def may_name_officials(user: Any, poll: Poll, now: datetime) -> bool:
    """The clerk before voting; while it goes on and is counted, who presides may add a teller."""
    if poll.state in BEFORE:
        # Whoever holds a key of a sealed box stays: fewer might not be able to open it.
        return may_prepare(user, poll, now) and not (poll.by_phone and hasattr(poll, "box"))
    return presides(user, poll.meeting) and poll.state in (State.OPEN, State.CLOSED)


def may_record_method(user: Any, poll: Poll, now: datetime) -> bool:
    """Write down how the show of hands on the method went."""
    return (may_prepare(user, poll, now) or presides(user, poll.meeting)) and poll.state == State.DRAFT


def may_record_officials(user: Any, poll: Poll, now: datetime) -> bool:
    return (may_prepare(user, poll, now) or presides(user, poll.meeting)) and poll.state in BEFORE


def may_say(user: Any, poll: Poll, kind: str, now: datetime) -> bool:
    """Figures are said by the clerk or a scrutineer; after the declaration by the chief scrutineer."""
    if poll.state not in WHEN[Kind(kind)]:
        return False
    if poll.state == State.DECLARED:
        return hat(user, poll) == Hat.CHIEF_SCRUTINEER
    return is_clerk(user, poll.meeting.body) or hat(user, poll) in SCRUTINEERS


def may_count_present(user: Any, poll: Poll, now: datetime) -> bool:
    return may_say(user, poll, Kind.PRESENT, now) or (
        presides(user, poll.meeting) and poll.state in WHEN[Kind.PRESENT]
    )


def may_seal(user: Any, poll: Poll, now: datetime) -> bool:
    """Before voting; a paper box that is brought in when the phones fail also while it goes on."""
    late = poll.state == State.OPEN and poll.by_phone
    return (poll.state == State.READY or late) and hat(user, poll) in SCRUTINEERS


def may_open(user: Any, poll: Poll, now: datetime) -> bool:
    return presides(user, poll.meeting) and poll.state == State.READY


def may_close(user: Any, poll: Poll, now: datetime) -> bool:
    return presides(user, poll.meeting) and poll.state == State.OPEN


def may_go_on_with_paper(user: Any, poll: Poll, now: datetime) -> bool:
    """Only where the failure rule, fixed before the opening, says so."""
    fixed = poll.doors == Poll.Doors.PHONE and poll.failure == Poll.Failure.PAPER
    return fixed and poll.state == State.OPEN and presides(user, poll.meeting)


def may_void(user: Any, poll: Poll, now: datetime) -> bool:
    return presides(user, poll.meeting) and poll.state in (State.OPEN, State.CLOSED)


def may_override(user: Any, poll: Poll, now: datetime) -> bool:
    """Pass an unmet gate, with a reason: who presides, before anything is declared."""
    return presides(user, poll.meeting) and poll.state not in (State.DECLARED, State.VOID)


def counted(user: Any, poll: Poll) -> bool:
    """Took part in the count: keyed a batch, made or confirmed a tally, wears a hat of the count."""
    hats = (Hat.TELLER, Hat.CHIEF_SCRUTINEER, Hat.SCRUTINEER, Hat.CALLER)
    return (
        hat(user, poll) in hats
        or any(user.pk in (one.by_id, one.confirmed_by_id) for one in poll.tallies.all())
        or Keying.objects.filter(batch__poll=poll, teller=user).exists()
    )


def may_declare(user: Any, poll: Poll, now: datetime) -> bool:
    """Two pairs of eyes: the one who presides, who has had no part in the count."""
    stands = poll.state in (State.CLOSED, State.DECLARED)
    return stands and presides(user, poll.meeting) and not counted(user, poll)


def may_publish(user: Any, poll: Poll, now: datetime) -> bool:
    """Show the result to the public: never that of a rehearsal."""
    allowed = may_prepare(user, poll, now) or presides(user, poll.meeting)
    return allowed and poll.state == State.DECLARED and not poll.meeting.is_rehearsal


def may_follow(user: Any, poll: Poll, now: datetime) -> bool:
    """Set up what comes after: a repeat, a second ballot, a further election."""
    allowed = may_prepare(user, poll, now) or presides(user, poll.meeting)
    return allowed and poll.state in (State.VOID, State.DECLARED)


def may_rehearse(user: Any, meeting: Meeting, now: datetime) -> bool:
    return is_clerk(user, meeting.body)
