"""Checked sheets from a table taken in: candidates changed by their number, new ones put forward."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from yishi.projects.actions.candidates import change_sheet, put_forward
from yishi.projects.actions.sheets import opened
from yishi.projects.rules.candidates import may_keep_candidates
from yishi.web.access import require

if TYPE_CHECKING:
    from datetime import datetime

    from yishi.projects.models import Call


@dataclass(frozen=True)
class TakenIn:
    """How many were put forward and how many changed."""

    new: int
    changed: int


@transaction.atomic
def take_in_sheets(
    call: Call, rows: list[dict[str, Any]], why: str = "", *, by: Any, at: datetime
) -> TakenIn:
    """All rows of a checked list or none: {number: of a candidate or None, sheet: as a version keeps it}.

    Raises ValidationError, naming the project, where a row will not do.
    """
    require(may_keep_candidates(by, call, at))
    if not rows:
        raise ValidationError(_("表里没有数据行。"))
    standing = {one.number: one for one in call.projects.candidates().whole()}
    new = changed = 0
    for row in rows:
        sheet = opened(row["sheet"])
        try:
            if row["number"] is None:
                put_forward(call, **sheet, by=by, at=at)
                new += 1
            elif row["number"] in standing:
                changed += change_sheet(standing[row["number"]], sheet, why, by=by, at=at) is not None
            else:
                raise ValidationError(_("没有这个编号的候选项目，请重新导出。"))
        except ValidationError as error:
            told = _("“%(title)s”：%(why)s")
            given = {"title": sheet["title"], "why": " ".join(error.messages)}
            raise ValidationError(told % given) from error
    return TakenIn(new, changed)
