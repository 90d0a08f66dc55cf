"""The sheet of a project: written as a whole, every version kept."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from yishi.journal.chain import write
from yishi.people.models import Body
from yishi.projects.models import SHEET, Project, Version
from yishi.projects.rules.calls import places
from yishi.projects.words.ledger import to_index

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


def check(project: Project, values: Mapping[str, Any]) -> None:
    """Refuse, at its field, what the sheet of this project cannot say."""
    wrong: dict[str, str] = {}
    title = (values.get("title") or "").strip()
    if not title:
        wrong["title"] = _("请写项目名称。")
    elif Project.objects.filter(call=project.call_id, title=title).exclude(pk=project.pk).exists():
        wrong["title"] = _("这一年已有同名的项目。")
    for name in DAYS:
        if (day := values.get(name)) and not 2000 <= day.year <= 2101:
            wrong[name] = _("年份不对，请检查日期。")
    begins, ends = values.get("starts_on"), values.get("ends_on")
    if begins and ends and ends < begins:
        wrong["ends_on"] = _("完成日期不能早于开工日期。")
    point = (values.get("x"), values.get("y"))
    if (point[0] is None) != (point[1] is None):
        wrong["y" if point[1] is None else "x"] = _("地图上的位置要两个数一起填。")
    if any(one is not None and not 0 <= one <= 1000 for one in point):
        wrong["x"] = _("地图上的位置应在0到1000之间。")
    place = values.get("place")
    if place is not None and not places(project.call).filter(pk=place.pk).exists():
        wrong["place"] = _("请从这次征集的乡镇、街道里选。")
    if wrong:
        raise ValidationError(wrong)


@transaction.atomic
def rewrite(
    project: Project, values: Mapping[str, Any], *, why: str, approved: str = "", by: Any, at: datetime
) -> Version | None:
    """Make these values the sheet and keep them as a new version; None where nothing differs.

    Who may is asked by the action that calls this one: nobody calls it from a view.
    Raises ValidationError (`check`, full_clean) at the field.
    """
    check(project, values)
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
    to_index(project)
    return version
