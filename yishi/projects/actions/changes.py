"""An adopted project changed or stopped: asked for by who carries it out, agreed to as the pack says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from yishi.journal.chain import write
from yishi.journal.moves import move
from yishi.papers.documents import date_text
from yishi.projects.actions import sheets
from yishi.projects.models import Change, Project
from yishi.projects.rules.candidates import NEEDED
from yishi.projects.rules.delivery import deciding_bodies, may_decide_change, may_report
from yishi.projects.rules.rating import is_being_rated
from yishi.web.access import require

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from yishi.meetings.models import Meeting

Kind = Change.Kind


@transaction.atomic
def ask_change(
    project: Project,
    *,
    kind: str,
    sheet: Mapping[str, Any] | None = None,
    why: str,
    by: Any,
    at: datetime,
) -> Change:
    """Ask to change the sheet (`sheet`: the values as `SheetForm.sheet` gives them) or to stop."""
    require(may_report(by, project, at))
    Project.objects.select_for_update().get(pk=project.pk)
    if project.changes.filter(state=Change.State.ASKED).exists():
        raise ValidationError(_("已有一项变更在等待审查，决定后再提。"))
    if not 1 <= len(why.strip()) <= 2000:
        raise ValidationError({"why": _("请写明变更的理由，不超过2000字。")})
    kept: dict[str, Any] = {}
    if kind == Kind.SHEET:
        _check_sheet(project, sheet or {})
        kept = sheets.kept(sheet or {})
        if not sheets.changed(sheets.of(project), kept):
            raise ValidationError(_("项目表没有任何改动。"))
    change = Change.objects.create(project=project, kind=kind, sheet=kept, why=why.strip(), at=at, by=by)
    names = sheets.changed(sheets.of(project), kept) if kept else []
    data = {"kind": change.kind, "changes": names}
    write(project.chain, "projects.change_asked", change, by=by, at=at, why=change.why, **data)
    return change


def _check_sheet(project: Project, values: Mapping[str, Any]) -> None:
    """What an adopted project promised may be otherwise, but not left out."""
    wrong = {name: _("已经票决的项目不能空着这一项。") for name in NEEDED if values.get(name) in (None, "")}
    if wrong:
        raise ValidationError(wrong)
    if values.get("title") != project.title and is_being_rated(project):
        raise ValidationError({"title": _("它已列上满意度测评票，读取测评结果以后才能改名称。")})
    sheets.check(project, values)


@transaction.atomic
def approve_change(
    change: Change,
    *,
    decided_on: date,
    decided_by: str,
    said: str = "",
    meeting: Meeting | None = None,
    by: Any,
    at: datetime,
) -> None:
    """Write down who agreed and when; the sheet becomes a new version, or the project is stopped."""
    require(may_decide_change(by, change, at))
    _check_decision(change, decided_on, decided_by, meeting, at)
    also = {"decided_on": decided_on, "decided_by": decided_by.strip(), "said": said.strip()}
    also["meeting"] = meeting
    project, chain = change.project, change.chain
    data = {"decided_on": str(decided_on), "decided_by": decided_by.strip()}
    move(change, Change.State.APPROVED, chain=chain, by=by, at=at, why=said.strip(), also=also, **data)
    if change.kind == Kind.STOP:
        stopped = {"reason": change.why}
        move(project, Project.State.STOPPED, chain=chain, by=by, at=at, why=change.why, also=stopped)
        return
    values = sheets.opened(change.sheet)
    try:
        _check_sheet(project, values)
        approved = f"{decided_by.strip()}，{date_text(decided_on)}"
        sheets.rewrite(project, values, why=change.why, approved=approved, by=by, at=at)
    except ValidationError as error:
        raise ValidationError(error.messages) from error  # the sheet has no field on this page


def _check_decision(
    change: Change, decided_on: date, decided_by: str, meeting: Meeting | None, at: datetime
) -> None:
    wrong: dict[str, str] = {}
    if decided_on > localdate(at):
        wrong["decided_on"] = _("决定日期不能晚于今天。")
    elif (adopted := change.project.adopted_at) and decided_on < localdate(adopted):
        wrong["decided_on"] = _("决定日期不能早于票决通过的日期。")
    if not 1 <= len(decided_by.strip()) <= 120:
        wrong["decided_by"] = _("请写明由哪个机关、哪次会议决定，不超过120字。")
    if meeting and not deciding_bodies(change.project.call).filter(pk=meeting.body_id).exists():
        wrong["meeting"] = _("请选择有权决定的机关的会议。")
    if wrong:
        raise ValidationError(wrong)


@transaction.atomic
def refuse_change(
    change: Change, *, decided_on: date, decided_by: str, said: str, by: Any, at: datetime
) -> None:
    """Not agreed to: the sheet stays as it was voted."""
    require(may_decide_change(by, change, at))
    _check_decision(change, decided_on, decided_by, None, at)
    if not said.strip():
        raise ValidationError({"said": _("请写明为什么不同意。")})
    also = {"decided_on": decided_on, "decided_by": decided_by.strip(), "said": said.strip()}
    data = {"decided_on": str(decided_on), "decided_by": decided_by.strip()}
    move(change, Change.State.REFUSED, chain=change.chain, by=by, at=at, why=said.strip(), also=also, **data)
