"""Who may see, prepare and run a meeting, and whether enough are there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.crypto import constant_time_compare

from yishi.law import pack
from yishi.law.quorum import Quorum
from yishi.law.quorum import quorum as reckon
from yishi.meetings.models import Meeting, Voter
from yishi.people.models import Body
from yishi.people.rules import is_clerk, works_in

if TYPE_CHECKING:
    from datetime import datetime

    from yishi.law.pack import NoticeRule
    from yishi.meetings.models import Material, Screen

Kind = Body.Kind
# The key of the pack's quorum and of its notice days, by the kind of body.
QUORUMS = {
    Kind.COUNTY_CONGRESS: "congress",
    Kind.TOWN_CONGRESS: "congress",
    Kind.STANDING_COMMITTEE: "standing_committee",
    Kind.RESIDENTS_COUNCIL: "street_council",
}
NOTICES = {
    Kind.COUNTY_CONGRESS: "congress.county",
    Kind.TOWN_CONGRESS: "congress.town",
    Kind.STANDING_COMMITTEE: "standing_committee",
    Kind.RESIDENTS_COUNCIL: "street_council",
}


def voter_of(user: Any, meeting: Meeting) -> Voter | None:
    """This user's own place in the meeting, if entitled."""
    person = getattr(user, "person_id", None) if user.is_authenticated and user.is_active else None
    if person is None:
        return None
    found = meeting.voters.select_related("seat__person").filter(seat__person_id=person).first()
    if found:
        found.meeting = meeting
    return found


def may_plan(user: Any, body: Body, now: datetime) -> bool:
    return is_clerk(user, body)


def may_prepare(user: Any, meeting: Meeting, now: datetime) -> bool:
    """Agenda, entitled list, materials, notice, rehearsal: the clerk of the body."""
    return is_clerk(user, meeting.body)


def may_see(user: Any, meeting: Meeting, now: datetime) -> bool:
    """Clerk and chair of the body; an entitled deputy once the meeting is called."""
    return works_in(user, meeting.body) or may_attend(user, meeting, now)


def may_attend(user: Any, meeting: Meeting, now: datetime) -> bool:
    """The deputy's own pages: entitled, and the meeting was called."""
    return meeting.state != Meeting.State.PLANNED and voter_of(user, meeting) is not None


def may_preside(user: Any, meeting: Meeting, now: datetime) -> bool:
    """Open and close the meeting and its sign-in: clerk or chair."""
    return works_in(user, meeting.body)


def may_work(user: Any, meeting: Meeting, now: datetime) -> bool:
    """The pages of those who prepare and run the meeting: clerk or chair of the body."""
    return works_in(user, meeting.body)


def may_list(user: Any, meeting: Meeting, now: datetime) -> bool:
    """Sign others in, by list or by scanner, note leave and who left: the clerk."""
    return is_clerk(user, meeting.body)


def may_sign_in(user: Any, voter: Voter, now: datetime) -> bool:
    """By phone: the deputy in person, while sign-in is open."""
    return is_self(user, voter) and voter.meeting.sign_in_is_open


def is_self(user: Any, voter: Voter) -> bool:
    return bool(user.is_authenticated and user.is_active and user.person_id == voter.seat.person_id)


def may_read_material(user: Any, material: Material, now: datetime) -> bool:
    """Those who work in the body; the entitled once the meeting is called, unless it was withdrawn."""
    if works_in(user, material.meeting.body):
        return True
    return material.withdrawn_at is None and may_attend(user, material.meeting, now)


def may_show_screen(user: Any, meeting: Meeting, now: datetime) -> bool:
    """Drive the big screen and open it on a hall computer: clerk or chair."""
    return works_in(user, meeting.body)


def may_watch(user: Any, screen: Screen, key: str, now: datetime) -> bool:
    """See the big screen: with its link, which can be made void, or signed in as clerk or chair."""
    return bool(key and constant_time_compare(key, screen.key)) or works_in(user, screen.meeting.body)


def quorum(meeting: Meeting, numbers: dict[str, int] | None = None) -> Quorum:
    """Enough there, with sentence and article; `numbers` as of VoterQuerySet.numbers, if at hand.

    A meeting without an entitled list has no quorum.
    """
    numbers = numbers or meeting.voters.numbers()
    rule = pack.load(settings.PACK).quorums[meeting.quorum]
    if not numbers["entitled"]:
        return Quorum(
            False,
            0,
            0,
            0,
            rule.article,
            "还没有应到名单，不能开会。",
            "There is no list of those entitled yet.",
        )
    return reckon(rule, numbers["entitled"], numbers["present"])


def notice_rule(meeting: Meeting) -> NoticeRule | None:
    """How many days before the meeting its notice must be out, by the county pack."""
    key = NOTICES.get(Kind(meeting.body.kind))
    return pack.load(settings.PACK).notice_days.get(f"{key}.notice") if key else None


def papers_rule(meeting: Meeting) -> NoticeRule | None:
    """How many days before the meeting its papers must be delivered, by the county pack."""
    key = NOTICES.get(Kind(meeting.body.kind))
    return pack.load(settings.PACK).notice_days.get(f"{key}.papers") if key else None
