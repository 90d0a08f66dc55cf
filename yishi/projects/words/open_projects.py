"""The projects of a year as open data; docs/open-data.md says what each key means.

A key keeps its name and meaning within a `version`; the table and the JSON have the same columns.
"""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.timezone import localdate

from yishi.projects.rules import ledger as rules
from yishi.projects.rules.delivery import standing
from yishi.projects.rules.rating import Residents
from yishi.projects.words.calls import place_name
from yishi.projects.words.ledger import progress
from yishi.voting.words.open_data import cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime

    from yishi.projects.models import Call, Project

COLUMNS = {
    "number": "编号",
    "title": "项目名称",
    "year": "年度",
    "body": "机关",
    "content": "建设内容",
    "town": "乡镇街道",
    "where": "地点",
    "cost_yuan": "投资（元）",
    "funds": "资金来源",
    "unit": "责任单位",
    "starts_on": "开工日期",
    "ends_on": "完成日期",
    "posts": "建议条数",
    "people": "提出人数",
    "state": "状态",
    "adopted_on": "票决通过日期",
    "confirmed_on": "街道确认日期",
    "standing": "进展",
    "progress_percent": "进度（%）",
    "completed_on": "完工日期",
    "grade": "代表测评",
    "residents_satisfied": "群众满意",
    "residents_basically": "群众基本满意",
    "residents_dissatisfied": "群众不满意",
    "url": "网页",
    "vote_url": "表决结果",
}


def open_data(
    call: Call,
    projects: Iterable[Project],
    said: Mapping[int, Residents],
    today: date,
    url: Any,
) -> dict[str, Any]:
    """Plain data of the public projects; `url(name, key)` gives a whole address."""
    return {
        "version": 1,
        "url": url("ledger_year", call.pk),
        "title": call.title,
        "body": call.body.name,
        "year": call.year,
        "projects": [_row(one, said.get(one.pk, Residents()), today, url) for one in projects],
    }


def _row(project: Project, said: Residents, today: date, url: Any) -> dict[str, Any]:
    is_delivered = rules.is_delivered(project)
    grade = rules.public_grade(project)
    is_done = is_delivered and project.state in (project.State.COMPLETED, project.State.CLOSED)
    is_voted = rules.is_published(project.poll)
    return {
        "number": project.number,
        "title": project.title,
        "year": project.call.year,
        "body": project.call.body.name,
        "content": project.content,
        "town": place_name(project.place),
        "where": project.where,
        "cost_yuan": None if project.cost is None else f"{Decimal(project.cost) / 100:.2f}",
        "funds": project.funds,
        "unit": project.unit.name if project.unit else "",
        "starts_on": _day(project.starts_on),
        "ends_on": _day(project.ends_on),
        "posts": project.topic.posts if project.topic else 0,
        "people": project.people,
        "state": rules.public_state(project),
        "adopted_on": _day(_local(project.adopted_at)) if is_delivered else None,
        "confirmed_on": _day(project.confirmed_on) if is_delivered else None,
        "standing": standing(project, today).key if is_delivered else None,
        "progress_percent": progress(project) if is_delivered else None,
        "completed_on": _day(project.completed_on) if is_done else None,
        "grade": grade or None,
        "residents_satisfied": said.satisfied,
        "residents_basically": said.basically,
        "residents_dissatisfied": said.dissatisfied,
        "url": url("project_public", project.pk),
        "vote_url": url("poll_public", project.poll_id) if is_voted else None,
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _local(at: datetime | None) -> date | None:
    return localdate(at) if at else None


def as_csv(data: dict[str, Any]) -> bytes:
    """One line for each project, with the same values as the JSON; opens in Excel and WPS."""
    out = io.StringIO()
    write = csv.writer(out).writerow
    write(COLUMNS.values())
    for one in data["projects"]:
        write([cell(one[name]) for name in COLUMNS])
    return out.getvalue().encode("utf-8-sig")
