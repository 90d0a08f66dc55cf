"""What one person has to do, as lines in four heaps: overdue, today, to come, waiting for others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import pgettext

from yishi.desk import audit, calls, deputy, meetings, polls, projects
from yishi.people.models import Body
from yishi.people.rules import Duty

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from yishi.desk.line import Line

HEAPS = ("overdue", "today", "to_come", "waiting")


@dataclass(frozen=True)
class Desk:
    """Lines by heap; `duties` says in words what this person is; `deputy` is true for a mere deputy."""

    overdue: list[Line] = field(default_factory=list)
    today: list[Line] = field(default_factory=list)
    to_come: list[Line] = field(default_factory=list)
    waiting: list[Line] = field(default_factory=list)
    duties: list[str] = field(default_factory=list)
    deputy: bool = False


def desk_of(user: Any, now: datetime) -> Desk:
    """Everything that concerns this user; the number of queries does not grow with what there is."""
    held = [(body, duty) for body, duty in user.held if body is not None]
    bodies = {body for body, _duty in held}
    votes, officiates = polls.lines(user, bodies, now)
    own = [*deputy.lines(user, now), *audit.lines(user, now)]
    prepared = [*meetings.lines(user, bodies, now), *calls.lines(user, bodies, now)]
    heaps = _heaps([*own, *prepared, *projects.lines(user, now), *votes])
    return Desk(
        **heaps,
        duties=_duties(user),
        deputy=user.person_id is not None and not user.held and not officiates,
    )


def _heaps(lines: Iterable[Line]) -> dict[str, list[Line]]:
    """By heap, what comes first first; the votes of today before all else."""
    found: dict[str, list[Line]] = {heap: [] for heap in HEAPS}
    for line in lines:
        found[line.heap].append(line)
    for heap in found.values():
        heap.sort(key=lambda line: (line.rank, line.at is None, line.at))
    return found


def _duties(user: Any) -> list[str]:
    """「桥头镇人大 经办人员」, the administrators without a body."""
    names = {body.pk: body.short_name or body.name for body in _bodies(user)}
    words = {str(duty): label for duty, label in Duty.choices}
    held = sorted(user.held, key=lambda pair: (pair[0] is None, names.get(pair[0], ""), pair[1]))
    found = [f"{names[body]} {words[duty]}" if body else str(words[duty]) for body, duty in held]
    if user.person_id is not None and not found:
        found.append(pgettext("身份", "代表"))
    return found


def _bodies(user: Any) -> Iterable[Body]:
    wanted = [body for body, _duty in user.held if body is not None]
    return Body.objects.filter(pk__in=wanted) if wanted else ()
