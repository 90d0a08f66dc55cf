"""What the papers of delivery say: the supervision notice, its text, the list as Excel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.timezone import localtime
from django.utils.translation import override

from yishi.papers.documents import Block, Document, Heading, Paragraph, Signatures, Table, date_text
from yishi.papers.tables import Column, Sheet
from yishi.people.models import Body
from yishi.projects.models import SHEET, Project
from yishi.projects.rules.delivery import last_report, next_due, planned, standing
from yishi.projects.words.candidates import label, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from yishi.projects.models import Call, Milestone, Supervision

with override("zh-hans"):  # the sheet is Chinese whoever asks for it
    STATES = {value: str(words) for value, words in Project.State.choices}

COLUMNS = (
    Column("编号", "number", kind="integer", width=8),
    Column("项目", "title", width=36),
    Column("责任单位", "unit", width=24),
    Column("进展", "standing", width=14),
    Column("说明", "why", width=48),
    Column("已报进度（%）", "percent", kind="integer", width=14),
    Column("计划进度（%）", "plan", kind="integer", width=14),
    Column("最近月报", "month", width=14),
    Column("下一个节点", "stage", width=30),
    Column("节点日期", "stage_on", kind="date", width=14),
    Column("完成日期", "ends_on", kind="date", width=14),
    Column("状态", "state", width=12),
)


def overdue_text(milestone: Milestone, today: date, answer_by: date) -> str:
    """What a notice says when the program writes it: which project, which stage, how late, by when."""
    project, days = milestone.project, (today - milestone.due_on).days
    return (
        f"{project.call.year}年民生实事项目“{project.title}”的节点“{milestone.title}”"
        f"（累计进度{milestone.percent}%）应于{date_text(milestone.due_on)}完成，"
        f"截至{date_text(today)}已超过{days}天，没有报告完成，也没有经同意延期。"
        f"请查明原因，采取措施，并在{date_text(answer_by)}前（含当日）书面答复：目前进度、逾期原因、补救措施和新的完成时间。"
    )


def supervision_name(notice: Supervision) -> str:
    """How the file and the page call it; no number of the county's own files (发文字号) is invented."""
    return f"督办单{notice.project.number}-{notice.number}"


def supervision_document(notice: Supervision) -> Document:
    """督办单: from whom, to whom, what, by when, and room to answer by hand."""
    project = notice.project
    rows = [
        ["编号", f"项目{project.number}第{notice.number}号"],
        ["督办机关", project.call.body.name],
        ["承办单位", project.unit.name if project.unit else "（未定）"],
        ["项目", f"{project.call.year}年民生实事项目第{project.number}项：{project.title}"],
        ["节点", _stage(notice.milestone)],
        ["答复期限", date_text(notice.due_on)],
    ]
    blocks: list[Block] = [
        Table([], rows, widths=(1, 4)),
        Heading("一、督办事项"),
        Paragraph(notice.text),
        # Who issued it signs what they wrote, not the answer below.
        Paragraph(project.call.body.name, align="right"),
        Paragraph(_day(notice.at), align="right"),
        Heading("二、承办单位答复"),
        *(
            [Paragraph(notice.answer), Paragraph(f"（{_day(notice.answered_at)}答复）", align="right")]
            if notice.answer
            else [Table([], [["\u3000"]] * 3)]
        ),
        Signatures(["承办单位负责人", "答复日期"]),
    ]
    if notice.closing:
        blocks += [Heading("三、销号"), Paragraph(f"{notice.closing}（{_day(notice.closed_at)}销号）")]
    return Document(title="民生实事项目督办单", blocks=blocks)


def _stage(milestone: Milestone | None) -> str:
    return f"{milestone.title}（应于{date_text(milestone.due_on)}完成）" if milestone else "—"


def _day(moment: Any) -> str:
    return date_text(localtime(moment).date()) if moment else ""


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, str]]:
    """The lines in which two kept sheets differ: {label, old, new}."""
    names = [name for name in SHEET if before.get(name) != after.get(name)]
    keys = {sheet.get(name) for sheet in (before, after) for name in ("place", "unit")}
    bodies = Body.objects.in_bulk([key for key in keys if isinstance(key, int)])
    old, new = shown(before, bodies), shown(after, bodies)
    return [{"label": label(name), "old": old[name], "new": new[name]} for name in names]


def delivery_sheet(call: Call, projects: Iterable[Project], today: date) -> Sheet:
    """Every project with its state and why; from what `with_delivery` fetched."""
    with override("zh-hans"):
        rows = [_row(one, today) for one in projects]
    return Sheet(f"{call.year}年实施进展", COLUMNS, rows)


def _row(project: Project, today: date) -> dict[str, Any]:
    told, last, stage = standing(project, today), last_report(project), next_due(project)
    return {
        "number": project.number,
        "title": project.title,
        "unit": project.unit.name if project.unit else "",
        "standing": told.word,
        "why": told.why,
        "percent": last.percent if last else None,
        "plan": planned(project, today),
        "month": f"{last.month.year}年{last.month.month}月" if last else "",
        "stage": stage.title if stage else "",
        "stage_on": stage.due_on if stage else None,
        "ends_on": project.ends_on,
        "state": STATES[project.state],
    }
