"""Supervision notices and inspections: issued or recorded, answered, sent back, closed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from yishi.journal.chain import write
from yishi.journal.moves import move
from yishi.projects.actions.delivery import add_photos, clean_photos
from yishi.projects.models import Call, Inspection, Milestone, Project, Supervision
from yishi.projects.rules.delivery import (
    may_answer,
    may_inspect,
    may_settle,
    may_supervise,
    may_supervise_overdue,
    unwatched,
)
from yishi.projects.rules.topics import asked
from yishi.projects.words.delivery import overdue_text
from yishi.web.access import require

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from django.core.files import File

Notice = Supervision | Inspection


# --- supervision notices -----------------------------------------------------


@transaction.atomic
def supervise(
    project: Project, *, text: str, due_on: date, milestone: Milestone | None = None, by: Any, at: datetime
) -> Supervision:
    """Issue the next notice of a project to its unit; one milestone has one open notice at most."""
    require(may_supervise(by, project, at))
    Project.objects.select_for_update().get(pk=project.pk)
    wrong: dict[str, str] = {}
    if not 1 <= len(text.strip()) <= 1000:
        wrong["text"] = _("请写明督办什么，不超过1000字。")
    if due_on < localdate(at):
        wrong["due_on"] = _("答复期限不能早于今天。")
    if milestone and milestone.project_id != project.pk:
        wrong["milestone"] = _("请从这个项目的节点里选。")
    elif milestone and milestone.supervisions.exclude(state=Supervision.State.CLOSED).exists():
        wrong["milestone"] = _("这个节点已有督办单没有销号。")
    if wrong:
        raise ValidationError(wrong)
    last = project.supervisions.aggregate(last=Max("number"))["last"] or 0
    notice = Supervision.objects.create(
        project=project, milestone=milestone, number=last + 1, text=text.strip(), due_on=due_on, at=at, by=by
    )
    data: dict[str, Any] = {"number": notice.number, "due_on": str(due_on)}
    write(project.chain, "projects.supervised", notice, by=by, at=at, **data)
    return notice


@transaction.atomic
def supervise_overdue(call: Call, *, by: Any, at: datetime) -> list[Supervision]:
    """One notice for every milestone that is overdue and has none open; its text is written here."""
    require(may_supervise_overdue(by, call, at))
    rules = asked().delivery
    if rules is None:
        raise ValidationError(_("县里的规则没有写答复期限，请逐个发督办单。"))
    Call.objects.select_for_update(of=("self",)).get(pk=call.pk)
    today = localdate(at)
    until = today + timedelta(days=rules.answer_days)
    found = [one for one in unwatched(call, today) if may_supervise(by, one.project, at)]
    return [
        supervise(
            one.project, text=overdue_text(one, today, until), due_on=until, milestone=one, by=by, at=at
        )
        for one in found
    ]


# --- inspections -------------------------------------------------------------


@transaction.atomic
def inspect(
    project: Project,
    *,
    held_on: date,
    deputies: str,
    text: str,
    findings: str = "",
    due_on: date | None = None,
    photos: Iterable[File[bytes]] = (),
    by: Any,
    at: datetime,
) -> Inspection:
    """Record what deputies saw. Findings are to be answered by a day; without any it is closed at once."""
    require(may_inspect(by, project, at))
    wrong: dict[str, str] = {}
    if held_on > localdate(at):
        wrong["held_on"] = _("视察日期不能晚于今天。")
    for name, value, most in (("deputies", deputies, 300), ("text", text, 2000)):
        if not 1 <= len(value.strip()) <= most:
            wrong[name] = _("请填写这一项，不超过%(most)d字。") % {"most": most}
    if len(findings.strip()) > 2000:
        wrong["findings"] = _("最多%(most)d字，请缩短。") % {"most": 2000}
    if findings.strip() and (due_on is None or due_on < held_on):
        wrong["due_on"] = _("有问题要整改的，请写整改期限，不早于视察日期。")
    if wrong:
        raise ValidationError(wrong)
    files = clean_photos(photos)
    open_, closed = Inspection.State.OPEN, Inspection.State.CLOSED
    has = bool(findings.strip())
    made = Inspection.objects.create(
        project=project,
        held_on=held_on,
        deputies=deputies.strip(),
        text=text.strip(),
        findings=findings.strip(),
        due_on=due_on if has else None,
        state=open_ if has else closed,
        closed_at=None if has else at,
        at=at,
        by=by,
    )
    add_photos(project, files, inspection=made, by=by, at=at)
    write(project.chain, "projects.inspected", made, by=by, at=at, held_on=str(held_on), findings=has)
    return made


# --- both: answered, sent back, closed ---------------------------------------


@transaction.atomic
def answer(thing: Notice, *, answer: str, by: Any, at: datetime) -> None:
    """The unit's answer to a notice or to findings."""
    require(may_answer(by, thing, at))
    most = 1000 if isinstance(thing, Supervision) else 2000
    if not 1 <= len(answer.strip()) <= most:
        raise ValidationError({"answer": _("请写答复，不超过%(most)d字。") % {"most": most}})
    also = {"answer": answer.strip(), "answered_at": at}
    move(thing, thing.State.ANSWERED, chain=thing.chain, by=by, at=at, also=also)


@transaction.atomic
def send_back(thing: Notice, *, why: str, due_on: date | None = None, by: Any, at: datetime) -> None:
    """The answer will not do: to be answered again, by a new day where one is named.

    What was answered stays in the journal, and in the field to be improved.
    """
    require(may_settle(by, thing, at))
    if not why.strip():
        raise ValidationError({"why": _("请写明为什么退回。")})
    if due_on and due_on < localdate(at):
        raise ValidationError({"due_on": _("答复期限不能早于今天。")})
    to = Supervision.State.ISSUED if isinstance(thing, Supervision) else Inspection.State.OPEN
    also: dict[str, Any] = {"answered_at": None, **({"due_on": due_on} if due_on else {})}
    data = {"answer": thing.answer}
    move(thing, to, chain=thing.chain, by=by, at=at, why=why.strip(), also=also, **data)


@transaction.atomic
def close(thing: Notice, *, closing: str, by: Any, at: datetime) -> None:
    """Close a notice or an inspection, and say what it came to (销号)."""
    require(may_settle(by, thing, at))
    if not closing.strip():
        raise ValidationError({"closing": _("请写明办到什么程度、为什么销号。")})
    also: dict[str, Any] = {"closed_at": at}
    if isinstance(thing, Supervision):
        also["closing"] = closing.strip()
    move(thing, thing.State.CLOSED, chain=thing.chain, by=by, at=at, why=closing.strip(), also=also)
