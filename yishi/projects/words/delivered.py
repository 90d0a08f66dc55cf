"""What happened while a project was carried out, month by month, for everybody."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from yishi.projects.words.candidates import wan
from yishi.web.templatetags.web import zhdate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yishi.projects.models import Photo, Project


@dataclass
class Entry:
    """What happened on a day: facts are (term, value), rows (term, old, new), chip (kind, word)."""

    title: str
    day: date
    text: str = ""
    facts: list[tuple[str, str]] = field(default_factory=list)
    rows: list[tuple[str, str, str]] = field(default_factory=list)
    photos: list[Photo] = field(default_factory=list)
    chip: tuple[str, str] | None = None
    link: tuple[str, str] | None = None

    @property
    def when(self) -> str:
        return "" if self.day == date.min else zhdate(self.day)


def day_of(when: Any) -> date:
    """The local day of a moment or day; the beginning of time where it is not known."""
    if when is None:
        return date.min
    return localdate(when) if isinstance(when, datetime) else when


def delivered(project: Project) -> list[Entry]:
    """Reports, slips, notices, inspections, changes and completion, the oldest first.

    What a unit asked for is told once it was decided. Everything was prefetched.
    """
    found = [
        *_reports(project),
        *_slips(project),
        *_notices(project),
        *_inspections(project),
        *_changes(project),
        *_ends(project),
        *_pictures(project),
    ]
    return sorted(found, key=lambda one: one.day)


def _reports(project: Project) -> Iterator[Entry]:
    for report in reversed(project.reports.all()):  # the oldest first also where days are equal
        facts = [(_("进度"), f"{report.percent}%")]
        if report.spent is not None:
            facts.append((_("已用资金"), wan(report.spent)))
        if report.trouble:
            facts.append((_("困难和问题"), report.trouble))
        title = _("%(year)d年%(month)d月的月报") % {"year": report.month.year, "month": report.month.month}
        photos = [one for one in project.photos.all() if one.report_id == report.pk]
        yield Entry(title, localdate(report.at), text=report.text, facts=facts, photos=photos)


def _slips(project: Project) -> Iterator[Entry]:
    for stage in project.milestones.all():
        for slip in stage.slips.all():
            if slip.state == slip.State.ASKED:
                continue
            days = {"a": zhdate(slip.due_before), "b": zhdate(slip.due_after)}
            facts = [(_("延期"), _("%(a)s → %(b)s") % days), (_("理由"), slip.why)]
            if slip.accepted_by:
                facts.append((_("由谁决定"), slip.accepted_by))
            if slip.said:
                facts.append((_("意见"), slip.said))
            kind = "warn" if slip.state == slip.State.ACCEPTED else "bad"
            title = _("“%(title)s”申请延期") % {"title": stage.title}
            chip = (kind, str(slip.get_state_display()))
            yield Entry(title, day_of(slip.decided_at or slip.at), facts=facts, chip=chip)


def _notices(project: Project) -> Iterator[Entry]:
    for notice in project.supervisions.all():
        facts = [(_("答复期限"), zhdate(notice.due_on))]
        if notice.answer:
            facts.append((_("答复"), notice.answer))
        if notice.closing:
            facts.append((_("销号说明"), notice.closing))
        title = _("第%(n)d号督办单") % {"n": notice.number}
        chip = ("ok" if notice.state == notice.State.CLOSED else "warn", str(notice.get_state_display()))
        yield Entry(title, localdate(notice.at), text=notice.text, facts=facts, chip=chip)


def _inspections(project: Project) -> Iterator[Entry]:
    for seen in project.inspections.all():
        facts = [(_("参加视察的代表"), seen.deputies)]
        if seen.findings:
            facts.append((_("发现的问题"), seen.findings))
        if seen.answer:
            facts.append((_("整改答复"), seen.answer))
        chip = ("ok" if seen.state == seen.State.CLOSED else "warn", str(seen.get_state_display()))
        photos = [one for one in project.photos.all() if one.inspection_id == seen.pk]
        yield Entry(_("代表视察"), seen.held_on, text=seen.text, facts=facts, photos=photos, chip=chip)


def _changes(project: Project) -> Iterator[Entry]:
    for change in project.changes.all():
        if change.state == change.State.ASKED:
            continue
        facts = [(_("理由"), change.why)]
        for label, value in ((_("由谁决定"), change.decided_by), (_("决定意见"), change.said)):
            if value:
                facts.append((label, value))
        kind = "ok" if change.state == change.State.APPROVED else "bad"
        title = _("项目变更：%(kind)s") % {"kind": change.get_kind_display()}
        chip = (kind, str(change.get_state_display()))
        yield Entry(title, day_of(change.decided_on or change.at), facts=facts, chip=chip)


def _ends(project: Project) -> Iterator[Entry]:
    if project.completed_on:
        # One that was rated unsatisfied keeps the day on which its completion was reported, and goes on.
        is_done = project.state in (project.State.COMPLETED, project.State.CLOSED)
        chip = ("ok", _("已完工")) if is_done else ("warn", _("测评后继续办理"))
        yield Entry(_("报告完工"), project.completed_on, chip=chip)
    for stage in project.milestones.all():
        if stage.done_on:
            facts = [(_("应完成日期"), zhdate(stage.due_on)), (_("累计进度"), f"{stage.percent}%")]
            title = _("完成节点：%(title)s") % {"title": stage.title}
            yield Entry(title, stage.done_on, facts=facts, chip=("ok", _("已完成")))


def _pictures(project: Project) -> Iterator[Entry]:
    """Pictures that belong to no report and no inspection, those of one day together."""
    days: dict[date, list[Photo]] = {}
    for photo in project.photos.all():
        if photo.report_id is None and photo.inspection_id is None:
            days.setdefault(localdate(photo.at), []).append(photo)
    for day, photos in days.items():
        yield Entry(_("现场照片"), day, photos=photos)
