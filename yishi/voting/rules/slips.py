"""Slips at the desk: for which votes they still count, which doors are offered, whether all took one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Q

from yishi.meetings.models import Voter
from yishi.voting.models import Poll, SealedBox
from yishi.voting.rules.sealed import SlipNumbers, slips

if TYPE_CHECKING:
    from yishi.meetings.models import Meeting
    from yishi.voting.models import SealedSession

State = Poll.State
MOST = 2000  # slips in one lot
HERE = Q(attendance__in=Voter.HERE)


def unsealed(session: SealedSession) -> list[str]:
    """The reserved uuids whose box is not sealed yet, in order: slips are made and struck for these."""
    boxes = SealedBox.objects.filter(poll__meeting=session.meeting_id)
    sealed = set(boxes.values_list("uuid", flat=True))
    return [uuid for uuid in session.uuids if uuid not in sealed]


def under_way(session: SealedSession) -> bool:
    """A box is sealed and its vote not closed: a door given back now could vote twice."""
    boxes = SealedBox.objects.filter(poll__meeting=session.meeting_id)
    return boxes.filter(poll__state__in=[State.READY, State.OPEN]).exists()


def paper_offered(meeting: Meeting) -> bool:
    """Whether a deputy may take paper instead of a slip: where a vote has both doors, or none is planned.

    A vote on paper alone gives everybody a sheet, with or without a slip, and asks for no door.
    """
    doors = set(meeting.polls.exclude(state=State.VOID).values_list("doors", flat=True))
    return Poll.Doors.BOTH in doors or Poll.Doors.PHONE not in doors


def paper_instead(poll: Poll) -> bool:
    """Whether a slip can be exchanged for a sheet in this vote: there is a paper box, also after a failure.

    Before who presides goes on with paper a sheet would lie in no box and the slip be dead.
    """
    return poll.by_paper


@dataclass(frozen=True)
class DeskNumbers:
    """`without`: here and took no door yet; `away`: not here any more and holds one."""

    present: int
    without: int
    away: int
    slips: SlipNumbers

    @property
    def even(self) -> bool:
        """Signed in = slips out + papers out, person by person."""
        return not self.without and not self.away


def desk(session: SealedSession) -> DeskNumbers:
    """Four queries."""
    found = session.meeting.voters.aggregate(
        present=Count("pk", filter=HERE),
        without=Count("pk", filter=HERE & Q(draw__isnull=True)),
        away=Count("pk", filter=~HERE & Q(draw__isnull=False)),
    )
    return DeskNumbers(**found, slips=slips(session))
