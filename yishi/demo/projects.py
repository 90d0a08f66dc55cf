"""The demo's livelihood projects: what people asked for, the candidates, and how they are carried out."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.core.files.base import ContentFile
from django.utils.timezone import localdate
from PIL import Image, ImageDraw

from yishi.projects.actions import delivery, supervision
from yishi.projects.actions.calls import plan_call, publish_call
from yishi.projects.actions.candidates import publish_candidates, put_forward, set_seats
from yishi.projects.actions.deliberation import answer, comment, explain, note
from yishi.projects.actions.proposals import propose
from yishi.projects.actions.rating import open_rating, rate
from yishi.projects.actions.topics import decide
from yishi.projects.models import Project, Proposal, Topic
from yishi.projects.rules.delivery import next_month, planned
from yishi.projects.rules.topics import asked

if TYPE_CHECKING:
    from yishi.meetings.models import Meeting
    from yishi.people.models import Body, User
    from yishi.projects.models import Call

DAY = timedelta(days=1)
# (share of the days, percent, what)
STAGES = ((0.15, 10, "完成设计和招标"), (0.4, 40, "进场施工"), (0.8, 80, "主体完工"), (1.0, 100, "竣工验收"))
MET = "资金、用地已落实，一年内能办成，群众普遍受益。"
SAID = (
    "完成施工图设计，招标公告已发布。",
    "施工队伍进场，材料已到现场。",
    "主体施工按计划推进。",
    "正在收尾，准备验收。",
)


def candidates(
    body: Body, unit: Body, clerk: User, spec: dict[str, Any], year: int, starts: datetime
) -> Call:
    """From the call a hundred days before the meeting to the candidates published twenty days before it."""
    begun = starts - 100 * DAY
    call = plan_call(
        body,
        year=year,
        title=f"{year}年度民生实事项目征集公告",
        text="请提出您希望办的实事：办什么、在哪里、为什么。以下为演示数据，不是真实项目。",
        opens_on=localdate(begun),
        closes_on=localdate(begun + 40 * DAY),
        erase_on=localdate(begun + 700 * DAY),
        by=clerk,
        at=begun,
    )
    publish_call(call, by=clerk, at=begun)
    for n, one in enumerate(spec["candidates"]):
        topic = _asked(call, clerk, one["title"], one["where"], one["asked"], begun + (n + 1) * DAY)
        _screen(topic, Topic.State.SHORTLISTED, "", "", clerk, starts - 50 * DAY)
        put_forward(call, topic=topic, **_sheet(one, unit, starts), by=clerk, at=starts - 45 * DAY)
    for n, (what, where, people, fate, reason) in enumerate(spec["other"]):
        topic = _asked(call, clerk, what, where, people, begun + (20 + n) * DAY)
        to = Topic.State.RESERVED if fate == "reserved" else Topic.State.DECLINED
        _screen(topic, to, fate, reason, clerk, starts - 50 * DAY)
    set_seats(call, seats=spec["seats"], by=clerk, at=starts - 40 * DAY)
    publish_candidates(call, by=clerk, at=starts - 20 * DAY)
    return call


def _asked(call: Call, clerk: User, what: str, where: str, people: int, at: datetime) -> Topic:
    """Some said it at the station, one more on the net."""
    said = propose(
        call, source=Proposal.Source.STATION, what=what, where=where, people=people, by=clerk, at=at,
        voice_of=f"demo-{call.pk}-{what}",
    )  # fmt: skip
    return said.topic


def _screen(topic: Topic, to: str, fate: str, reason: str, clerk: User, at: datetime) -> None:
    rules = asked()
    criteria = {key: {"met": True, "why": MET} for key in rules.criteria} if not fate else {}
    exclusions = [fate] if fate in rules.exclusions else []
    decide(topic, to, criteria=criteria, exclusions=exclusions, reason=reason, by=clerk, at=at)


def _sheet(one: dict[str, Any], unit: Body, starts: datetime) -> dict[str, Any]:
    first = localdate(starts) + 7 * DAY
    return {
        "title": one["title"],
        "content": one["content"],
        "where": one["where"],
        "x": one["at"][0],
        "y": one["at"][1],
        "cost": one["wan"] * 1_000_000,
        "funds": one["funds"],
        "unit": unit,
        "starts_on": first,
        "ends_on": first + one["days"] * DAY,
    }


def deliberated(call: Call, meeting: Meeting, clerk: User, spec: dict[str, Any], at: datetime) -> None:
    """The head of government explained; what the delegations said was answered or noted."""
    text = "候选项目来自公开征集，按四项标准初定；资金和用地已逐项落实，年内可以完成。"
    explain(call, meeting, "周镇远（演示）", "行政首长", at, text, by=clerk, at=at)
    by_title = {one.title: one for one in call.projects.all()}
    for who, title, said, answered in spec["comments"]:
        made = comment(call, by_title[title], meeting, who, said, by=clerk, at=at)
        if answered:
            answer(made, answered, by=clerk, at=at)
        else:
            note(made, by=clerk, at=at)


# --- carried out -------------------------------------------------------------


def planned_stages(project: Project, by: User, at: datetime) -> None:
    """Four stages; the first one in the year in which the work begins."""
    assert project.starts_on and project.ends_on
    days = (project.ends_on - project.starts_on).days
    rows: list[dict[str, Any]] = []
    for share, percent, title in STAGES:
        due = project.starts_on + timedelta(days=int(days * share))
        if not rows:
            due = min(due, date(project.starts_on.year, 12, 31))
        rows.append({"title": title, "due_on": due, "percent": percent})
    delivery.set_milestones(project, rows, by=by, at=at)


def carried_out(project: Project, unit: User, pace: float, until: datetime) -> None:
    """A report on the 24th of every month up to now, ahead of the plan or behind it as `pace` says."""
    assert project.starts_on
    month, n = project.starts_on.replace(day=1), 0
    while month <= localdate(until):
        at = datetime.combine(month.replace(day=24), until.timetz())
        if localdate(at) >= project.starts_on and at <= until:
            done = min(100, int((planned(project, localdate(at)) or 0) * pace))
            _report(project, unit, done, n, at)
            n += 1
        month = next_month(month)


def _report(project: Project, unit: User, percent: int, n: int, at: datetime) -> None:
    reached = [one for one in project.milestones.filter(done_on=None) if one.percent <= percent]
    delivery.report(
        project,
        month=localdate(at),
        percent=percent,
        text=SAID[min(percent // 30, 3)],
        spent=(project.cost or 0) * percent // 100,
        photos=[picture(percent)] if n % 2 == 0 else [],
        milestones_done=reached,
        by=unit,
        at=at,
    )


def picture(percent: int) -> ContentFile[bytes]:
    """A drawing in place of a photo: a house that grows with the work."""
    drawn = Image.new("RGB", (960, 640), "#dfe9f0")
    pen = ImageDraw.Draw(drawn)
    pen.rectangle((0, 520, 960, 640), fill="#8f9a83")
    top = 520 - 4 * max(percent, 5)
    pen.rectangle((300, top, 660, 520), fill="#c9b79c", outline="#6b5d4a", width=4)
    for y in range(500, top + 30, -60):
        for x in range(330, 640, 80):
            pen.rectangle((x, y - 34, x + 44, y), fill="#5d7285")
    if percent < 100:
        pen.line((720, 520, 720, 80), fill="#b5762a", width=12)
        pen.line((480, 100, 860, 100), fill="#b5762a", width=12)
    out = BytesIO()
    drawn.save(out, "PNG")
    return ContentFile(out.getvalue(), name="site.png")


def finished(project: Project, unit: User, at: datetime) -> None:
    """What was left is done and accepted."""
    done = {one.percent for one in project.milestones.filter(done_on=None)}
    if done:
        _report(project, unit, 100, 1, at)
    delivery.complete(project, on=localdate(at), why="经单位自查和代表现场验收合格。", by=unit, at=at)


def watched(call: Call, clerk: User, unit: User, at: datetime) -> None:
    """Overdue stages got their notices; one was answered, deputies went to see, a day was put off."""
    notices = supervision.supervise_overdue(call, by=clerk, at=at - 6 * DAY)
    if notices:
        told = "食堂选址调整耽误了工期，已确定新址，增加施工人员，下月底前完成主体。"
        supervision.answer(notices[0], answer=told, by=unit, at=at - 3 * DAY)
    running = list(call.projects.running().order_by("number"))
    supervision.inspect(
        running[0],
        held_on=localdate(at - 20 * DAY),
        deputies="居民议事会成员6名（演示）",
        text="看了3个加装点，施工围挡规范，居民反映噪声可以接受。",
        findings="1处加装点夜间照明不足。",
        due_on=localdate(at + 5 * DAY),
        by=clerk,
        at=at - 20 * DAY,
    )
    last = running[-1].milestones.filter(done_on=None).first()
    if last is not None and running[-1].ends_on and last.due_on < running[-1].ends_on:
        to = min(last.due_on + 20 * DAY, running[-1].ends_on)
        later = running[-1].milestones.filter(percent__gt=last.percent).order_by("due_on").first()
        to = min(to, later.due_on) if later else to
        delivery.ask_slip(last, to=to, why="道路管线施工交叉，需等燃气管道完工。", by=unit, at=at - 2 * DAY)


def rated_by_residents(call: Call, clerk: User, spec: dict[str, Any], begins: datetime) -> None:
    """Twenty days in which people said what they think of what was finished."""
    open_rating(
        call,
        rating_from=localdate(begins),
        rating_until=localdate(begins + 20 * DAY),
        by=clerk,
        at=begins,
    )
    grades = Project.Grade
    for one in spec["candidates"]:
        project = call.projects.select_related("call__body").get(title=one["title"])
        for grade, number in zip(
            (grades.SATISFIED, grades.BASICALLY, grades.DISSATISFIED), one.get("residents", ()), strict=False
        ):
            for n in range(number):
                rate(project, grade=grade, voice_of=f"demo-{grade}-{n}", at=begins + DAY)
