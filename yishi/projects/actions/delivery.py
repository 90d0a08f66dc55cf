"""An adopted project carried out: its plan, the month's report, days that slip, its completion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from yishi.journal.chain import write
from yishi.journal.moves import MoveError, move
from yishi.projects.actions.proposals import plain, plain_lines
from yishi.projects.models import Milestone, Photo, Project, Report, Slip
from yishi.projects.photos import stripped
from yishi.projects.rules.delivery import (
    may_ask_slip,
    may_decide_slip,
    may_remove_photo,
    may_reopen,
    may_report,
    month_end,
)
from yishi.web.access import require

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from django.core.files import File

    from yishi.projects.models import Inspection

MOST_STAGES = 40
MOST_PHOTOS = 9
MOST_MONEY = 10**14  # fen: 100,000,000 万元, what a sheet takes too
FIGURES = ("percent", "spent", "text", "trouble")
Row = dict[str, Any]


# --- the plan ----------------------------------------------------------------


@transaction.atomic
def set_milestones(project: Project, rows: Sequence[Row], *, by: Any, at: datetime) -> None:
    """Write the plan: {"key": pk or None, "title", "due_on", "percent"}, in any order.

    The first plan is free. After that no milestone goes away and no day moves back but by a slip;
    what lies beyond a new last day of the project must come before it.
    """
    require(may_report(by, project, at))
    _held(project)
    # Read again, since the page may have fetched them before somebody else wrote.
    kept = {one.pk: one for one in Milestone.objects.filter(project=project)}
    rows = sorted(rows, key=lambda row: (row["due_on"], row["percent"]))
    _check_plan(project, rows)
    _check_kept(project, kept, rows)
    before = [_stage(one.title, one.due_on, one.percent) for one in kept.values()]
    for row in rows:
        one = kept.get(row.get("key") or 0) or Milestone(project=project)
        one.title, one.due_on, one.percent = plain(row["title"]), row["due_on"], row["percent"]
        one.save()
    after = [_stage(plain(row["title"]), row["due_on"], row["percent"]) for row in rows]
    if before != after:
        write(project.chain, "projects.milestones_set", project, by=by, at=at, before=before, after=after)


def _stage(title: str, due_on: date, percent: int) -> list[Any]:
    return [title, due_on.isoformat(), percent]


def _check_plan(project: Project, rows: Sequence[Row]) -> None:
    if project.ends_on is None:
        raise ValidationError(_("项目表里还没有完成日期，请先补上。"))
    if not rows:
        raise ValidationError(_("请至少写一个节点。"))
    if len(rows) > MOST_STAGES:
        raise ValidationError(_("节点最多%(most)d个。") % {"most": MOST_STAGES})
    wrong, percent = [], 0
    for row in rows:
        named = {"title": plain(row["title"])}
        if not 1 <= len(named["title"]) <= 80:
            wrong.append(_("节点的名称请写1到80字。"))
        if not percent < row["percent"] <= 100:
            wrong.append(_("“%(title)s”：累计进度要比前一个节点高，最多100。") % named)
        if project.starts_on and row["due_on"] < project.starts_on:
            wrong.append(_("“%(title)s”：日期早于项目的开工日期。") % named)
        if row["due_on"] > project.ends_on:
            wrong.append(_("“%(title)s”：日期晚于项目的完成日期，完成日期只能通过项目变更推后。") % named)
        percent = row["percent"]
    if percent != 100:
        wrong.append(_("最后一个节点的累计进度要写100。"))
    first = (project.starts_on or rows[0]["due_on"]).year
    have = {row["due_on"].year for row in rows}
    for year in range(first, project.ends_on.year + 1):
        if year not in have:
            wrong.append(_("跨年度的项目每年都要有节点，还缺%(year)d年的。") % {"year": year})
    if wrong:
        raise ValidationError(wrong)


def _check_kept(project: Project, kept: dict[int, Milestone], rows: Sequence[Row]) -> None:
    by_key = {row["key"]: row for row in rows if row.get("key")}
    if not set(by_key) <= set(kept) or len(by_key) < sum(bool(row.get("key")) for row in rows):
        raise ValidationError(_("这些节点不是这个项目的，请刷新页面再填。"))
    wrong = []
    for key, one in kept.items():
        row, named = by_key.get(key), {"title": one.title}
        if row is None:
            wrong.append(_("“%(title)s”：计划定下后，节点不能去掉。") % named)
        elif one.done_on and (row["due_on"], row["percent"]) != (one.due_on, one.percent):
            wrong.append(_("“%(title)s”：已经完成的节点不能再改。") % named)
        elif row["due_on"] > one.due_on:
            wrong.append(_("“%(title)s”：日期推后要申请延期。") % named)
    if wrong:
        raise ValidationError(wrong)


# --- the month's report ------------------------------------------------------


@transaction.atomic
def report(
    project: Project,
    *,
    month: date,
    percent: int,
    text: str,
    spent: int | None = None,
    trouble: str = "",
    photos: Iterable[File[bytes]] = (),
    milestones_done: Iterable[Milestone] = (),
    why: str = "",
    by: Any,
    at: datetime,
) -> Report:
    """Report how far it is in a month (any day of it); the same month again is a correction, which
    needs a reason and leaves what stood before in the journal.

    spent: fen since the beginning. Refused at its field: a month to come or before the project, less
    than the month before without saying what stands in the way, a stage that is further than that.
    """
    require(may_report(by, project, at))
    _held(project)
    month, stages = month.replace(day=1), list(milestones_done)
    earlier = project.reports.filter(month=month).first()
    said = {"percent": percent, "spent": spent, "text": plain_lines(text), "trouble": plain_lines(trouble)}
    _check_month(project, month, at)
    _check_said(project, month, said, stages)
    if earlier and not why.strip():
        raise ValidationError({"why": _("这个月已经报过，请写明更正的理由。")})
    files = clean_photos(photos, kept=earlier.photos.count() if earlier else 0)
    if earlier is None:
        made = Report.objects.create(project=project, month=month, **said, at=at, by=by)
        write(project.chain, "projects.reported", project, by=by, at=at, month=str(month), percent=percent)
    else:
        made = earlier
        before = {name: getattr(made, name) for name in FIGURES}
        for name, value in {**said, "at": at, "by": by}.items():
            setattr(made, name, value)
        made.save()
        data = {"month": str(month), "percent": percent, "before": before}
        write(project.chain, "projects.report_corrected", project, by=by, at=at, why=why.strip(), **data)
    add_photos(project, files, report=made, by=by, at=at)
    day = min(localdate(at), month_end(month))
    Milestone.objects.filter(pk__in=[one.pk for one in stages], done_on=None).update(done_on=day)
    for one in stages:
        write(project.chain, "projects.milestone_reached", one, by=by, at=at, day=str(day))
    return made


def _check_month(project: Project, month: date, at: datetime) -> None:
    if month > localdate(at):
        raise ValidationError({"month": _("还没有到这个月。")})
    begins = [day for day in (project.starts_on, project.adopted_at and localdate(project.adopted_at)) if day]
    if begins and month_end(month) < min(begins):
        raise ValidationError({"month": _("这个月项目还没有开始。")})


def _check_said(project: Project, month: date, said: dict[str, Any], stages: list[Milestone]) -> None:
    wrong: dict[str, str] = {}
    percent, text, trouble, spent = (said[name] for name in ("percent", "text", "trouble", "spent"))
    for name, words in (("text", text), ("trouble", trouble)):
        if len(words) > 1000:
            told = _("最多%(most)d字，现在有%(length)d字，请缩短。")
            wrong[name] = told % {"most": 1000, "length": len(words)}
    if not text:
        wrong["text"] = _("请写一句本月做了什么。")
    if not 0 <= percent <= 100:
        wrong["percent"] = _("进度请写0到100之间的整数。")
    others = list(project.reports.exclude(month=month))
    before = max((one for one in others if one.month < month), key=lambda one: one.month, default=None)
    after = min((one for one in others if one.month > month), key=lambda one: one.month, default=None)
    if before and percent < before.percent and not trouble:
        told = _("进度比上次报的%(percent)d%%低，请在这里说明为什么。")
        wrong["trouble"] = told % {"percent": before.percent}
    if after and percent > after.percent and not after.trouble:
        told = _("后面一个月报的是%(percent)d%%，这个月不能更高。")
        wrong["percent"] = told % {"percent": after.percent}
    if spent is not None and not 0 <= spent <= MOST_MONEY:
        wrong["spent"] = _("已用资金的数不对，请检查。")
    for one in stages:
        if one.project_id != project.pk or one.done_on:
            wrong["milestones_done"] = _("请从这个项目没有完成的节点里选。")
        elif one.percent > percent:
            told = _("“%(title)s”要到%(percent)d%%才算完成，请核对进度。")
            wrong["milestones_done"] = told % {"title": one.title, "percent": one.percent}
    if wrong:
        raise ValidationError(wrong)


def clean_photos(photos: Iterable[File[bytes]], kept: int = 0) -> list[Any]:
    """Every photo as nothing but a picture; refused at `photos`, before anything is written."""
    found = list(photos)
    if len(found) + kept > MOST_PHOTOS:
        told = _("照片最多%(most)d张，现在有%(n)d张。") % {"most": MOST_PHOTOS, "n": len(found) + kept}
        raise ValidationError({"photos": told})
    try:
        return [stripped(one) for one in found]
    except ValidationError as error:
        raise ValidationError({"photos": error.error_dict["photo"]}) from error


def add_photos(
    project: Project,
    files: Sequence[Any],
    *,
    report: Report | None = None,
    inspection: Inspection | None = None,
    by: Any,
    at: datetime,
) -> None:
    """Keep cleaned photos beside a report or an inspection; the action that calls asked who may."""
    for file in files:
        Photo.objects.create(project=project, report=report, inspection=inspection, file=file, at=at, by=by)


@transaction.atomic
def remove_photo(photo: Photo, *, why: str, by: Any, at: datetime) -> None:
    """Take a picture away for good, such as one with somebody's face; the journal keeps that and why."""
    require(may_remove_photo(by, photo, at))
    if not why.strip():
        raise ValidationError({"why": _("请写明理由。")})
    project, data = photo.project, {"things": photo.pk}
    write(project.chain, "projects.photo_removed", project, by=by, at=at, why=why.strip(), **data)
    storage, name = photo.file.storage, str(photo.file.name)
    photo.delete()
    # Only once the row is gone for certain: a file without a row is nobody's loss, the other way it is.
    transaction.on_commit(lambda: storage.delete(name))


@transaction.atomic
def undo_milestone(milestone: Milestone, *, why: str, by: Any, at: datetime) -> None:
    """A stage that was ticked is not reached after all."""
    require(may_report(by, milestone.project, at))
    _held(milestone.project)
    if not why.strip():
        raise ValidationError({"why": _("请写明理由。")})
    day = milestone.done_on
    if day is None or not Milestone.objects.filter(pk=milestone.pk, done_on=day).update(done_on=None):
        raise MoveError(_("刚才已有人改动了它，请刷新页面再看。"), code="stale")
    milestone.done_on = None
    data = {"day": str(day)}
    write(milestone.chain, "projects.milestone_undone", milestone, by=by, at=at, why=why.strip(), **data)


# --- the end -----------------------------------------------------------------


@transaction.atomic
def complete(project: Project, *, on: date, why: str, by: Any, at: datetime) -> None:
    """All stages reached, all of it reported: finished on a day. `why`: how it was accepted (验收)."""
    require(may_report(by, project, at))
    _held(project)
    wrong: dict[str, str] = {}
    if on > localdate(at):
        wrong["on"] = _("完工日期不能晚于今天。")
    elif project.starts_on and on < project.starts_on:
        wrong["on"] = _("完工日期不能早于开工日期。")
    if not why.strip():
        wrong["why"] = _("请写明怎样验收的。")
    if wrong:
        raise ValidationError(wrong)
    stages, last = list(Milestone.objects.filter(project=project)), project.reports.order_by("-month").first()
    if not stages or any(one.done_on is None for one in stages):
        raise ValidationError(_("还有节点没有完成，不能完工。"))
    if last is None or last.percent < 100:
        raise ValidationError(_("最近一次月报的进度还不到100%，不能完工。"))
    also = {"completed_on": on}
    move(project, Project.State.COMPLETED, chain=project.chain, by=by, at=at, why=why.strip(), also=also)


@transaction.atomic
def reopen(project: Project, *, why: str, by: Any, at: datetime) -> None:
    """Back to work: found unfinished by an inspection, or rated unsatisfied."""
    require(may_reopen(by, project, at))
    if not why.strip():
        raise ValidationError({"why": _("请写明理由。")})
    also = {"completed_on": None}
    move(project, Project.State.ADOPTED, chain=project.chain, by=by, at=at, why=why.strip(), also=also)


# --- days that slip ----------------------------------------------------------


@transaction.atomic
def ask_slip(milestone: Milestone, *, to: date, why: str, by: Any, at: datetime) -> Slip:
    """Ask to put off a milestone's day, with the reason; at most to the project's last day."""
    require(may_ask_slip(by, milestone, at))
    project = milestone.project
    _held(project)
    if milestone.done_on:
        raise ValidationError(_("这个节点已经完成，不用延期。"))
    if milestone.slips.filter(state=Slip.State.ASKED).exists():
        raise ValidationError(_("这个节点已有延期申请在等待决定。"))
    _check_later(milestone, to)
    if not why.strip():
        raise ValidationError({"why": _("请写明为什么要延期。")})
    slip = Slip(milestone=milestone, due_before=milestone.due_on, due_after=to, why=why.strip(), at=at, by=by)
    slip.save()
    data = {"before": str(milestone.due_on), "to": str(to)}
    write(project.chain, "projects.slip_asked", slip, by=by, at=at, why=slip.why, **data)
    return slip


def _check_later(milestone: Milestone, to: date) -> None:
    if to <= milestone.due_on:
        raise ValidationError({"to": _("要晚于原定日期。")})
    ends_on = milestone.project.ends_on
    if ends_on and to > ends_on:
        raise ValidationError({"to": _("晚于项目的完成日期，要提请项目变更，不能只延这个节点。")})
    following = milestone.project.milestones.filter(percent__gt=milestone.percent, due_on__lt=to).first()
    if following:
        told = _("晚于下一个节点“%(title)s”，请先申请那个节点延期。") % {"title": following.title}
        raise ValidationError({"to": told})


@transaction.atomic
def accept_slip(slip: Slip, *, accepted_by: str, said: str = "", by: Any, at: datetime) -> None:
    """Who accepted it is written down, and the day that counts is the new one."""
    require(may_decide_slip(by, slip, at))
    if not accepted_by.strip():
        raise ValidationError({"accepted_by": _("请写明由谁同意。")})
    held = (
        Milestone.objects.select_for_update().select_related("project__call__body").get(pk=slip.milestone_id)
    )
    if held.done_on or held.due_on != slip.due_before:
        raise ValidationError(_("申请之后节点已有改动，请不同意这次申请，由单位重新申请。"))
    try:
        _check_later(held, slip.due_after)
    except ValidationError as error:
        raise ValidationError(error.messages) from error
    also = {"accepted_by": accepted_by.strip(), "said": said.strip(), "decided_at": at}
    data: dict[str, Any] = {
        "before": str(slip.due_before),
        "due_on": str(slip.due_after),
        "milestone": held.pk,
    }
    move(slip, Slip.State.ACCEPTED, chain=slip.chain, by=by, at=at, why=said.strip(), also=also, **data)
    Milestone.objects.filter(pk=held.pk).update(due_on=slip.due_after)
    slip.milestone.due_on = slip.due_after


@transaction.atomic
def refuse_slip(slip: Slip, *, said: str, by: Any, at: datetime) -> None:
    require(may_decide_slip(by, slip, at))
    if not said.strip():
        raise ValidationError({"said": _("请写明为什么不同意。")})
    also = {"said": said.strip(), "decided_at": at}
    move(slip, Slip.State.REFUSED, chain=slip.chain, by=by, at=at, why=said.strip(), also=also)


def _held(project: Project) -> None:
    """Keep the project from others; refused where this copy of it is out of date."""
    if Project.objects.select_for_update().get(pk=project.pk).state != project.state:
        raise MoveError(_("刚才已有人改动了它，请刷新页面再看。"), code="stale")
