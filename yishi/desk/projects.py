"""The lines of the livelihood projects: for the body's clerk and for the unit that builds."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from yishi.desk.line import Line, by_day
from yishi.people.rules import Duty
from yishi.projects.models import (
    Call,
    Change,
    Comment,
    Inspection,
    Milestone,
    Project,
    Report,
    Slip,
    Supervision,
    Topic,
)
from yishi.projects.rules.topics import asked
from yishi.voting.models import Poll

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

State = Project.State


def lines(user: Any, now: datetime) -> Iterator[Line]:
    """What the clerk's own bodies and units want done; no more queries for more projects."""
    clerk_of = [body for body, duty in user.held if body is not None and duty == Duty.CLERK]
    if clerk_of:
        yield from _of_bodies(clerk_of, now)
        yield from _of_units(clerk_of, now)


def _about(call: Call) -> str:
    what = _("%(year)d年民生实事项目") % {"year": call.year}
    return f"{call.body.short_name or call.body.name} · {what}"


# --- the body that called ----------------------------------------------------


def _of_bodies(bodies: list[int], now: datetime) -> Iterator[Line]:
    calls = {call.pk: call for call in Call.objects.of(bodies)}
    if not calls:
        return
    for call, line in (*_before_the_vote(calls, now), *_after_the_vote(calls, now)):
        heap, do, page, due = line
        yield Line(heap, do, _about(call), page, due, at=now)


Told = tuple[Call, tuple[str, str, str, str]]


def _counted(rows: Any, key: str) -> Counter[int]:
    return Counter(rows.values_list(key, flat=True))


def _before_the_vote(calls: dict[int, Call], now: datetime) -> Iterator[Told]:
    chosen = Topic.objects.filter(call__in=calls, state=Topic.State.SHORTLISTED, project=None)
    drafts = _counted(chosen.filter(call__closes_on__lt=localdate(now)), "call")
    said = _counted(Comment.objects.filter(call__in=calls, state=Comment.State.OPEN), "call")
    first = asked().committee_goes_first
    waiting: dict[int, list[Project]] = {}
    for one in Project.objects.filter(call__in=calls, state=State.CANDIDATE):
        waiting.setdefault(one.call_id, []).append(one)
    unread = set(_to_read(calls))
    recommended = _counted(Project.objects.filter(call__in=calls, state=State.RECOMMENDED), "call")
    for pk, call in calls.items():
        candidates, own = reverse("candidates", args=[pk]), waiting.get(pk, [])
        if drafts[pk]:
            word = _("把列入候选的%(n)d个事项填成项目表") % {"n": drafts[pk]}
            yield call, ("today", word, candidates, "")
        if own and first(call.body.kind) and any(one.review_id is None for one in own):
            yield call, ("today", _("提请常委会审议候选项目"), candidates, "")
        elif own and call.candidates_at is None:
            yield call, ("today", _("公布%(n)d个候选项目") % {"n": len(own)}, candidates, "")
        if said[pk]:
            word = _("答复%(n)d条审议意见") % {"n": said[pk]}
            yield call, ("today", word, reverse("deliberation", args=[pk]), "")
        if pk in unread:
            yield call, ("today", _("按票决结果确定实施项目"), reverse("vote", args=[pk]), "")
        if recommended[pk]:
            word = _("登记街道党工委对%(n)d个项目的确认") % {"n": recommended[pk]}
            yield call, ("today", word, reverse("vote", args=[pk]), "")


def _to_read(calls: dict[int, Call]) -> Any:
    """Calls whose declared result was not read back yet, the first ballot's or that of one after it."""
    moved = Project.objects.filter(poll=OuterRef("poll")).exclude(
        state__in=[State.CANDIDATE, State.WITHDRAWN]
    )
    second = Poll.objects.filter(previous=OuterRef("poll"), state=Poll.State.DECLARED)
    repeated = Q(poll__state=Poll.State.VOID, poll__followed_by__state=Poll.State.DECLARED)
    waiting = Project.objects.filter(call__in=calls, state=State.CANDIDATE)
    waiting = waiting.filter(Q(poll__state=Poll.State.DECLARED) | repeated)
    return waiting.filter(~Exists(moved) | Exists(second)).values_list("call", flat=True)


def _after_the_vote(calls: dict[int, Call], now: datetime) -> Iterator[Told]:
    today = localdate(now)
    running = {"project__state": State.ADOPTED, "project__call__in": calls}
    noticed = Supervision.objects.filter(milestone=OuterRef("pk")).exclude(state=Supervision.State.CLOSED)
    late = Milestone.objects.filter(**running, done_on=None, due_on__lt=today).exclude(Exists(noticed))
    answered = Supervision.objects.filter(project__call__in=calls, state=Supervision.State.ANSWERED)
    looked = Inspection.objects.filter(project__call__in=calls, state=Inspection.State.ANSWERED)
    # Of what is finished or stopped nothing can be decided any more.
    going = Project.objects.filter(call__in=calls).running()
    slips = Slip.objects.filter(milestone__project__in=going, state=Slip.State.ASKED)
    changes = Change.objects.filter(project__in=going, state=Change.State.ASKED)
    graded = Project.objects.filter(
        call__in=calls, rating_poll__state=Poll.State.DECLARED, rated_at=None, state__in=Project.DELIVERED
    )
    found = (
        (_counted(late, "project__call"), "overdue", _("对%(n)d个逾期节点发督办单")),
        (_counted(slips, "milestone__project__call"), "today", _("答复%(n)d项延期申请")),
        (_counted(changes, "project__call"), "today", _("办理%(n)d项项目变更")),
        (_counted(answered, "project__call"), "today", _("核查督办单的答复（%(n)d份）")),
        (_counted(looked, "project__call"), "today", _("核查视察整改的答复（%(n)d份）")),
        (_counted(graded, "call"), "today", _("读取%(n)d个项目的满意度测评结果")),
    )
    for number, heap, word in found:
        for pk in number:
            page = "rating" if number is found[-1][0] else "call_delivery"
            yield calls[pk], (heap, word % {"n": number[pk]}, reverse(page, args=[pk]), "")


# --- the unit that builds ----------------------------------------------------


def _of_units(bodies: list[int], now: datetime) -> Iterator[Line]:
    """Comments on its candidates, the month's report, milestones due, notices and findings to answer."""
    today = localdate(now)
    said = Comment.objects.filter(project__unit__in=bodies, state=Comment.State.OPEN)
    for comment in said.exclude(call__body__in=bodies).select_related("project__call"):
        page = reverse("comment_said", args=[comment.pk])
        assert comment.project is not None  # by the query
        yield _line("today", _("答复审议意见"), comment.project, "", page)
    month = today.replace(day=1)
    has_report = Report.objects.filter(project=OuterRef("pk"), month=month)
    running = Project.objects.of_unit(bodies).running().select_related("call__body", "unit")
    running = running.annotate(is_reported=Exists(has_report)).prefetch_related("milestones")
    projects = list(running)
    if not projects:
        return
    notices = Supervision.objects.filter(project__in=projects, state=Supervision.State.ISSUED)
    findings = Inspection.objects.filter(project__in=projects, state=Inspection.State.OPEN)
    for project in projects:
        yield from _of_project(project, today)
    by_key = {project.pk: project for project in projects}
    for found, word in ((notices, _("答复督办单")), (findings, _("答复视察发现的问题"))):
        for pk, due_on in found.values_list("project", "due_on"):
            days = (due_on - today).days if due_on else None
            heap = "overdue" if days is not None and days < 0 else "today"
            yield _line(heap, word, by_key[pk], by_day(days) if days is not None else "")
    asked_for = Q(milestone__project__in=projects, state=Slip.State.ASKED)
    for pk in Slip.objects.filter(asked_for).values_list("milestone__project", flat=True):
        yield _line("waiting", _("延期申请等待同意"), by_key[pk], "")


def _of_project(project: Project, today: date) -> Iterator[Line]:
    rule = asked().delivery
    if rule is None:
        return
    begun = project.starts_on is None or project.starts_on <= today
    if begun and not project.is_reported:  # type: ignore[attr-defined]
        left = rule.report_day - today.day
        heap = "overdue" if left < 0 else "today" if left <= 7 else "to_come"
        word = _("报送%(n)d月进展") % {"n": today.month}
        yield _line(heap, word, project, by_day(left), reverse("report_new", args=[project.pk]))
    for stage in project.milestones.all():
        if stage.done_on is None and stage.due_on <= today + timedelta(days=rule.warn_days):
            left = (stage.due_on - today).days
            heap = "overdue" if left < 0 else "today" if left == 0 else "to_come"
            yield _line(heap, _("节点：%(title)s") % {"title": stage.title}, project, by_day(left))


def _line(heap: str, do: str, project: Project, due: str, page: str = "") -> Line:
    page = page or reverse("project_delivery", args=[project.pk])
    return Line(heap, do, f"{project.call.year} · {project.title}", page, due)
