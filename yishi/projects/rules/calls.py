"""Who calls for projects, who hands proposals in, who reads how to reach the people behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.timezone import localdate

from yishi.people.models import Body, Role
from yishi.people.rules import is_clerk, works_in
from yishi.projects.models import Proposal

if TYPE_CHECKING:
    from datetime import datetime

    from yishi.people.models import BodyQuerySet
    from yishi.projects.models import Call

Kind = Body.Kind
Source = Proposal.Source
CALLING = (*Body.CONGRESSES, Kind.STANDING_COMMITTEE, Kind.STREET_COMMITTEE)
PLACES = (Kind.TOWN_CONGRESS, Kind.STREET_COMMITTEE)


def may_call(user: Any, body: Body, now: datetime) -> bool:
    """Begin a year: the clerk of a congress, its standing committee or a street committee."""
    return body.kind in CALLING and is_clerk(user, body)


def may_keep_call(user: Any, call: Call, now: datetime) -> bool:
    return is_clerk(user, call.body)


def may_see_call(user: Any, call: Call, now: datetime) -> bool:
    return works_in(user, call.body)


def may_list_calls(user: Any, now: datetime) -> bool:
    """Whoever is clerk or chair somewhere; they find only their own bodies' calls."""
    return user.is_authenticated and bool(worked_in(user))


def worked_in(user: Any) -> list[int]:
    """The bodies whose clerk or chair the user is."""
    if not user.is_authenticated or not user.is_active:
        return []
    return [body for body, duty in user.held if body and duty in (Role.Duty.CLERK, Role.Duty.CHAIR)]


def may_read_contact(user: Any, call: Call, now: datetime) -> bool:
    """Name and phone of a resident: the clerks who answer them, and nobody else."""
    return is_clerk(user, call.body)


def may_see_proposal(user: Any, proposal: Proposal, now: datetime) -> bool:
    return may_see_call(user, proposal.call, now)


def may_propose(user: Any, call: Call, now: datetime) -> bool:
    """Anybody, without an account, while the call is open."""
    return call.is_open(now)


def takes_late(call: Call, now: datetime) -> bool:
    """Whether what came on paper may still be entered: until the personal data is erased."""
    has_begun = call.state == call.State.PUBLISHED and call.opens_on <= localdate(now)
    return has_begun and call.erased_at is None and localdate(now) < call.erase_on


def sources(user: Any, call: Call, now: datetime) -> list[Source]:
    """For whom this user may hand proposals in now."""
    if not user.is_authenticated or not user.is_active:
        return []
    if is_clerk(user, call.body):
        every = [Source.IN_PERSON, Source.DEPUTY, Source.STATION, Source.DEPARTMENT]
        return every if takes_late(call, now) else []
    if not call.is_open(now):
        return []
    found = [Source.DEPUTY] if _is_deputy_of(user, call, now) else []
    clerk_of = [body for body, duty in user.held if body and duty == Role.Duty.CLERK]
    if clerk_of and Body.objects.under(_above(call.body)[-1]).filter(pk__in=clerk_of).exists():
        found += [Source.STATION, Source.DEPARTMENT]
    return found


def may_hand_in(user: Any, call: Call, now: datetime) -> bool:
    return bool(sources(user, call, now))


def _is_deputy_of(user: Any, call: Call, now: datetime) -> bool:
    """Whether the user sits in the body, in one above it or in one below it."""
    if user.person_id is None:
        return False
    ground = _ground(call)
    bodies = [body.pk for body in _above(call.body)]
    bodies += Body.objects.under(ground).values_list("pk", flat=True)
    return bool(user.person.seats.sitting(localdate(now)).filter(body__in=bodies).exists())


def _ground(call: Call) -> Body:
    """The body under which the call's towns stand: a standing committee's are its congress's."""
    return map_owner(call.body)


def map_owner(body: Body) -> Body:
    """Whose map a body draws on: its own, and a standing committee its congress's."""
    return body.parent if body.kind == Kind.STANDING_COMMITTEE and body.parent else body


def _above(body: Body) -> list[Body]:
    found = [body]
    while (above := found[-1].parent) is not None and above not in found:
        found.append(above)
    return found


def places(call: Call) -> BodyQuerySet:
    """The towns and streets one may name in a proposal; none where the call is a town's own."""
    return towns_of(call.body)


def towns_of(body: Body) -> BodyQuerySet:
    """The towns and streets under a body that calls."""
    return Body.objects.under(map_owner(body)).filter(kind__in=PLACES).exclude(pk=body.pk)
