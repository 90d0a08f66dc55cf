"""The sheet of a project: written as a whole, every version kept."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max

from yishi.journal.chain import write
from yishi.people.models import Body
from yishi.projects.models import SHEET, Project, Version

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

DAYS = ("starts_on", "ends_on")
BODIES = ("place", "unit")


def kept(values: Mapping[str, Any]) -> dict[str, Any]:
    """A sheet as a version keeps it: days as text, bodies by their key; every name of SHEET."""
    found: dict[str, Any] = {name: values.get(name) for name in SHEET}
    for name in DAYS:
        found[name] = found[name] and found[name].isoformat()
    for name in BODIES:
        found[name] = found[name] and found[name].pk
    return found


def opened(sheet: Mapping[str, Any]) -> dict[str, Any]:
    """A kept sheet as values of the model again; a body that is gone is None."""
    found: dict[str, Any] = {name: sheet.get(name) for name in SHEET}
    for name in DAYS:
        found[name] = date.fromisoformat(found[name]) if found[name] else None
    for name in BODIES:
        found[name] = Body.objects.filter(pk=found[name]).first() if found[name] else None
    return found


def of(project: Project) -> dict[str, Any]:
    """The sheet as it stands, as a version keeps it."""
    return kept({name: getattr(project, name) for name in SHEET})


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The names in which two kept sheets differ, in the order of the sheet."""
    return [name for name in SHEET if before.get(name) != after.get(name)]


@transaction.atomic
def rewrite(
    project: Project, values: Mapping[str, Any], *, why: str, approved: str = "", by: Any, at: datetime
) -> Version | None:
    """Make these values the sheet and keep them as a new version; None where nothing differs.

    Who may is asked by the action that calls this one: nobody calls it from a view.
    Raises ValidationError (full_clean) at the field.
    """
    held = Project.objects.select_for_update().get(pk=project.pk)
    before, after = of(held), kept(values)
    names = changed(before, after)
    last = held.versions.aggregate(last=Max("number"))["last"] or 0
    if not names and last:
        return None
    for name in SHEET:
        setattr(project, name, values.get(name))
    project.full_clean(exclude=["call", "topic", "poll", "rating_poll", "review"])
    project.save(update_fields=SHEET)
    version = Version.objects.create(
        project=project, number=last + 1, sheet=after, why=why.strip(), approved=approved, at=at, by=by
    )
    data: dict[str, Any] = {"number": version.number, "changes": names}
    write(project.chain, "projects.sheet_changed", project, by=by, at=at, why=why.strip(), **data)
    return version
