"""Who records the deliberation of the candidates, who speaks in it, and who answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.timezone import localdate

from yishi.meetings.models import Delivery, Meeting
from yishi.people.models import Body
from yishi.people.rules import is_clerk
from yishi.projects.models import Booklet, Call, Project
from yishi.projects.rules.candidates import is_being_voted, may_see_candidates, voting_bodies

if TYPE_CHECKING:
    from datetime import datetime

    from yishi.meetings.models import MeetingQuerySet
    from yishi.people.models import Seat
    from yishi.projects.models import Comment
    from yishi.projects.models.calls import CallQuerySet

Kind = Body.Kind


def may_see_deliberation(user: Any, call: Call, now: datetime) -> bool:
    """Those who see the candidates, and the units that answer for one of them."""
    return may_see_candidates(user, call, now) or _answers_for(user, call)


def _answers_for(user: Any, call: Call) -> bool:
    if not user.is_authenticated or not user.is_active:
        return False
    bodies = [body for body, _duty in user.held if body is not None]
    return bool(bodies) and Project.objects.filter(call=call, unit__in=bodies).exists()


def may_record(user: Any, call: Call, now: datetime) -> bool:
    """Write down the explanation and what was said: the clerk of the body that called, or that votes."""
    if is_clerk(user, call.body):
        return True
    return user.is_authenticated and any(is_clerk(user, body) for body in voting_bodies(call))


def own_seat(user: Any, call: Call, now: datetime) -> Seat | None:
    """The seat of this user in the body that votes on the call's candidates."""
    person = getattr(user, "person", None) if user.is_authenticated and user.is_active else None
    if person is None:
        return None
    return person.seats.sitting(localdate(now)).filter(body__in=voting_bodies(call)).first()


def may_comment(user: Any, call: Call, now: datetime) -> bool:
    """From the phone: a deputy of the body that votes, from the candidates' paper until voting opens."""
    seat = own_seat(user, call, now)
    return seat is not None and not voting_has_begun(call) and _are_known(call, seat)


def may_read_own(user: Any, call: Call, now: datetime) -> bool:
    """Find one's own comments and their answers: also when voting has begun and nothing can be added."""
    seat = own_seat(user, call, now)
    return seat is not None and _are_known(call, seat)


def _are_known(call: Call, seat: Seat) -> bool:
    """Whether the candidates were published, or their paper reached this deputy."""
    if call.candidates_at is not None:
        return True
    papers = Booklet.objects.filter(call=call).values("material")
    return Delivery.objects.filter(material__in=papers, voter__seat=seat).exists()


def voting_has_begun(call: Call) -> bool:
    return Project.objects.filter(call=call, poll__opened_at__isnull=False).exists()


def meetings_of(call: Call) -> MeetingQuerySet:
    """The real meetings in which this call's candidates may be explained, discussed and voted on."""
    return Meeting.objects.real().filter(body__in=voting_bodies(call)).select_related("body", "term")


def may_see_comment(user: Any, comment: Comment, now: datetime) -> bool:
    return may_see_candidates(user, comment.call, now) or may_answer(user, comment, now)


def may_answer(user: Any, comment: Comment, now: datetime) -> bool:
    """The clerk of the body that called, or the clerk of the unit that will build the project."""
    if is_clerk(user, comment.call.body):
        return True
    project = comment.project
    return project is not None and project.unit is not None and is_clerk(user, project.unit)


def may_amend(user: Any, comment: Comment, now: datetime) -> bool:
    """Change the sheet because of it: while the project is a candidate and its ballot not adopted."""
    project = comment.project
    if project is None or project.state != Project.State.CANDIDATE or is_being_voted(project):
        return False
    return comment.state == comment.State.OPEN and may_answer(user, comment, now)


def calls_to_comment(user: Any, now: datetime) -> CallQuerySet:
    """The calls on whose candidates this deputy may speak now; one query."""
    if not user.is_authenticated or user.person_id is None:
        return Call.objects.none()
    own = user.person.seats.sitting(localdate(now)).values("body")
    votes = (
        Q(body__in=own)
        | Q(body__kind=Kind.STREET_COMMITTEE, body__children__in=own)
        | Q(body__kind=Kind.STANDING_COMMITTEE, body__parent__in=own)
    )
    begun = Project.objects.filter(poll__opened_at__isnull=False).values("call")
    waiting = Project.objects.candidates().values("call")
    reached = Q(booklets__material__deliveries__voter__seat__person=user.person_id)
    found = Call.objects.filter(votes, reached | Q(candidates_at__isnull=False), pk__in=waiting)
    return found.exclude(pk__in=begun).select_related("body").distinct()
