"""Who puts candidates forward and keeps their sheets, what is missing, and whose turn comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q

from yishi.people.models import Body
from yishi.people.rules import is_clerk, works_in
from yishi.projects.models import Project
from yishi.projects.rules.calls import CALLING, map_owner, towns_of
from yishi.projects.rules.topics import asked
from yishi.voting.models import Poll

if TYPE_CHECKING:
    from datetime import datetime

    from yishi.meetings.models import Meeting
    from yishi.people.models import BodyQuerySet
    from yishi.projects.models import Call

Kind = Body.Kind
UNITS = (Kind.DEPARTMENT, Kind.GOVERNMENT)
# Without these nobody can judge a project; place and point only help to find it.
NEEDED = ("content", "where", "cost", "funds", "unit", "starts_on", "ends_on")

FREE = (Poll.State.DRAFT, Poll.State.VOID)  # polls that hold no sheet fast


# --- the bodies of a call ----------------------------------------------------


def units(call: Call) -> BodyQuerySet:
    """Who may be made responsible for a project: governments and their departments."""
    return Body.objects.filter(kind__in=UNITS)


def congress_of(call: Call) -> Body:
    """The body of the call, or the congress whose standing committee called."""
    body = call.body
    return body.parent if body.kind == Kind.STANDING_COMMITTEE and body.parent else body


def voting_bodies(call: Call) -> BodyQuerySet:
    """Whose meetings vote on the candidates: the congress, or a street's residents' council."""
    body = congress_of(call)
    if body.kind == Kind.STREET_COMMITTEE:
        return Body.objects.filter(parent=body, kind=Kind.RESIDENTS_COUNCIL)
    return Body.objects.filter(pk=body.pk, kind__in=Body.CONGRESSES)


def committees(call: Call) -> BodyQuerySet:
    """The standing committees that deliberate the candidates first; none where the pack asks none."""
    if not goes_to_committee(call):
        return Body.objects.none()
    return Body.objects.filter(Q(parent=congress_of(call)) | Q(pk=call.body_id), kind=Kind.STANDING_COMMITTEE)


# --- who may -----------------------------------------------------------------


def may_see_candidates(user: Any, call: Call, now: datetime) -> bool:
    """Clerks and chairs of the body that called, of the standing committee and of who votes."""
    if works_in(user, call.body):
        return True
    if not user.is_authenticated:
        return False
    others = [*committees(call), *voting_bodies(call)]
    return any(works_in(user, body) for body in others)


def may_see_project(user: Any, project: Project, now: datetime) -> bool:
    return may_see_candidates(user, project.call, now)


def may_keep_candidates(user: Any, call: Call, now: datetime) -> bool:
    """Put forward, order, publish: the clerk of the body that called."""
    return is_clerk(user, call.body)


def may_keep_project(user: Any, project: Project, now: datetime) -> bool:
    return may_keep_candidates(user, project.call, now)


def may_review(user: Any, call: Call, now: datetime) -> bool:
    """Record what the standing committee said: its clerk, or the clerk of the body that called."""
    return is_clerk(user, call.body) or any(is_clerk(user, body) for body in committees(call))


def may_keep_map(user: Any, body: Body, now: datetime) -> bool:
    """Say where the towns stand on the map: the clerk of a body that calls."""
    return body.kind in CALLING and is_clerk(user, body)


# --- facts -------------------------------------------------------------------


def missing(project: Project) -> list[str]:
    """What a sheet still lacks before it may be published, in the words of its fields."""
    lacking = (name for name in NEEDED if getattr(project, name) in (None, ""))
    return [str(Project._meta.get_field(name).verbose_name) for name in lacking]  # type: ignore[union-attr]


def has_map(body: Body) -> bool:
    """Whether its map shows anything by which one finds one's way: towns or landmarks."""
    return towns_of(body).exists() or map_owner(body).landmarks.exists()


def goes_to_committee(call: Call) -> bool:
    """Whether the standing committee deliberates this call's candidates before the congress does.

    《浙江省各级人大常委会讨论决定重大事项的规定》第四条第三款, by the county's pack.
    """
    return asked().committee_goes_first(congress_of(call).kind)


def awaits_committee(project: Project) -> bool:
    """Whether the standing committee has still to deliberate it."""
    return project.review_id is None and goes_to_committee(project.call)


def is_being_voted(project: Project) -> bool:
    """Whether it stands on a ballot that is no longer a draft; a void one that is repeated is such."""
    poll = project.poll
    if poll is None:
        return False
    return poll.state not in FREE or (poll.state == Poll.State.VOID and poll.followed_by.exists())


def on_ballots(call: Call) -> bool:
    """Whether candidates of the call stand on such a ballot."""
    fixed = ~Q(poll__state__in=FREE) | Q(poll__followed_by__isnull=False)
    return call.projects.exclude(poll=None).filter(fixed).exists()


def votes_here(call: Call, meeting: Meeting) -> bool:
    """Whether a meeting is one in which this call's candidates are voted on."""
    return voting_bodies(call).filter(pk=meeting.body_id).exists()
