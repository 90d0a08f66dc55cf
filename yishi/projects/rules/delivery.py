"""How far a project is and in which of five states it stands; who reports, supervises and decides."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from yishi.people.models import Body, Role
from yishi.people.rules import is_clerk, works_in
from yishi.projects.models import Milestone, Project, Supervision
from yishi.projects.rules.candidates import UNITS, congress_of, may_see_candidates
from yishi.projects.rules.ledger import is_open_delivery
from yishi.projects.rules.topics import asked
from yishi.web.templatetags.web import zhdate

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from yishi.law.projects import ChangeRule
    from yishi.people.models import BodyQuerySet
    from yishi.projects.models import Call, Change, Inspection, Photo, Report, Slip

State = Project.State
WORDS = {
    "late": gettext_lazy("已逾期"),
    "near": gettext_lazy("临近节点"),
    "on_time": gettext_lazy("正常推进"),
    "not_begun": gettext_lazy("未开工"),
    "done": pgettext_lazy("进展", "已完成"),
    "stopped": gettext_lazy("已终止"),
}
# Each with a colour of its own and a shape of its own (`.chip` in parts.css); the word says it.
CHIPS = {"late": "bad", "near": "warn", "on_time": "info", "not_begun": "", "done": "ok", "stopped": ""}


@dataclass(frozen=True)
class Standing:
    """One of the five states (or stopped), its word and why it is so; `{% chip it.chip it.word %}`."""

    key: str
    word: str
    why: str

    @property
    def chip(self) -> str:
        return CHIPS[self.key]


# --- how far -----------------------------------------------------------------


def standing(project: Project, today: date) -> Standing:
    """In which state the delivery stands today, from the milestones and reports that were prefetched."""
    key, why = _standing(project, today)
    return Standing(key, str(WORDS[key]), why)


def _standing(project: Project, today: date) -> tuple[str, str]:
    if project.state == State.STOPPED:
        return "stopped", project.reason
    if project.state in (State.COMPLETED, State.CLOSED):
        day = project.completed_on
        return "done", _("%(day)s完工。") % {"day": zhdate(day)} if day else ""
    if told := _overdue(project, today):
        return "late", " ".join(told)
    if not begun(project, today):
        day = project.starts_on
        return "not_begun", _("计划%(day)s开工。") % {"day": zhdate(day)} if day else _("还没有定开工日期。")
    if told := [*_near(project, today), *_unreported(project, today), *_behind(project)]:
        return "near", " ".join(told)
    last, plan = last_report(project), planned(project, today)
    figures = {"percent": last.percent if last else 0, "plan": plan or 0}
    return "on_time", _("已报进度%(percent)d%%，按计划现在约为%(plan)d%%。") % figures


def begun(project: Project, today: date) -> bool:
    started = project.starts_on is not None and project.starts_on <= today
    return started or last_report(project) is not None


def last_report(project: Project) -> Report | None:
    """The report of the latest month."""
    return max(project.reports.all(), key=lambda report: report.month, default=None)


def planned(project: Project, day: date) -> int | None:
    """How far the plan is on a day, in per cent: a line from milestone to milestone; None without one."""
    stages = sorted((stage.due_on, stage.percent) for stage in project.milestones.all())
    if project.ends_on and (not stages or stages[-1][1] < 100):
        stages.append((max(project.ends_on, stages[-1][0]) if stages else project.ends_on, 100))
    if not stages or project.starts_on is None:
        return None
    since, before = project.starts_on, 0
    if day < since:
        return 0
    for until, percent in stages:
        if day < until:
            return before + max(percent - before, 0) * (day - since).days // (until - since).days
        since, before = max(since, until), max(before, percent)
    return before


def _overdue(project: Project, today: date) -> list[str]:
    told = [
        _("“%(title)s”应于%(day)s完成，%(late)s。")
        % {"title": one.title, "day": zhdate(one.due_on), "late": days_over(one.due_on, today)}
        for one in project.milestones.all()
        if one.is_overdue(today)
    ]
    if not told and project.ends_on and project.ends_on < today:
        late = days_over(project.ends_on, today)
        told = [_("项目应于%(day)s完成，%(late)s。") % {"day": zhdate(project.ends_on), "late": late}]
    return told


def days_over(due_on: date, today: date) -> str:
    n = (today - due_on).days
    return ngettext("已超过%(n)d天", "已超过%(n)d天", n) % {"n": n}


def _near(project: Project, today: date) -> list[str]:
    rules = asked().delivery
    until = today + timedelta(days=rules.warn_days if rules else 0)
    dues = [(one.due_on, one.title) for one in project.milestones.all() if one.done_on is None]
    if not dues and project.ends_on:
        dues = [(project.ends_on, _("全部完成"))]
    return [
        _("“%(title)s”应于%(day)s完成。") % {"title": title, "day": zhdate(due_on)}
        for due_on, title in sorted(dues)
        if due_on <= until
    ]


def _unreported(project: Project, today: date) -> list[str]:
    month = unreported(project, today)
    return (
        [_("%(year)d年%(month)d月的月报还没有报。") % {"year": month.year, "month": month.month}]
        if month
        else []
    )


def unreported(project: Project, today: date) -> date | None:
    """The month (its first day) whose report was due and is not there."""
    rules = asked().delivery
    if rules is None or project.starts_on is None:
        return None
    from_day = project.starts_on
    if project.adopted_at is not None:
        from_day = max(from_day, localdate(project.adopted_at))
    first = from_day.replace(day=1)
    if from_day.day > rules.report_day:
        first = next_month(first)
    due = today.replace(day=1)
    if today.day <= rules.report_day:
        due = month_before(due)
    last = last_report(project)
    return due if due >= first and (last is None or last.month < due) else None


def _behind(project: Project) -> list[str]:
    """Against the plan as it was when reported: time that passed since is no lag."""
    last = last_report(project)
    if last is None:
        return []
    plan = planned(project, min(localdate(last.at), month_end(last.month)))
    rules = asked().delivery
    # The plan between two milestones is a line that nobody promised: a small lag is no news.
    if plan is None or rules is None or last.percent + rules.behind_percent >= plan:
        return []
    figures = {"percent": last.percent, "plan": plan}
    return [_("已报进度%(percent)d%%，当时按计划应约为%(plan)d%%。") % figures]


def month_end(month: date) -> date:
    return month.replace(day=monthrange(month.year, month.month)[1])


def next_month(month: date) -> date:
    return month_end(month) + timedelta(days=1)


def month_before(month: date) -> date:
    return (month - timedelta(days=1)).replace(day=1)


def next_due(project: Project) -> Milestone | None:
    """The milestone to be reached next."""
    return min(
        (one for one in project.milestones.all() if one.done_on is None),
        key=lambda one: (one.due_on, one.percent),
        default=None,
    )


def beyond(project: Project) -> list[Milestone]:
    """Milestones that a new last day of the project has left behind: they must come before it."""
    ends_on = project.ends_on
    return [one for one in project.milestones.all() if ends_on and not one.done_on and one.due_on > ends_on]


def unwatched(call: Call, today: date) -> QuerySet[Milestone]:
    """Milestones of a call that are overdue and have no notice still open."""
    overdue = Milestone.objects.filter(project__call=call, project__state=State.ADOPTED)
    overdue = overdue.filter(done_on=None, due_on__lt=today)
    watched = Supervision.objects.filter(milestone=OuterRef("pk")).exclude(state=Supervision.State.CLOSED)
    found = overdue.filter(~Exists(watched)).select_related("project__call__body", "project__unit")
    return found.order_by("project__number", "due_on", "pk")


def deciding_bodies(call: Call) -> BodyQuerySet:
    """Whose meeting may decide a change: the congress, and what stands directly under it."""
    body = congress_of(call)
    kinds = (Body.Kind.STANDING_COMMITTEE, Body.Kind.PRESIDIUM, Body.Kind.RESIDENTS_COUNCIL)
    return Body.objects.filter(Q(pk=body.pk) | Q(pk=call.body_id) | Q(parent=body, kind__in=kinds))


def change_rule(call: Call) -> ChangeRule | None:
    """Who agrees to the change of an adopted project, as the pack says for this kind of body."""
    return asked().changes.get(call.body.kind)


# --- who may -----------------------------------------------------------------


def units_of(user: Any) -> list[int]:
    """The bodies whose clerk the user is: which of them carry out projects, the projects say."""
    if not user.is_authenticated or not user.is_active:
        return []
    return [body for body, duty in user.held if body and duty == Role.Duty.CLERK]


def may_list_units(user: Any, now: datetime) -> bool:
    """Whoever is a clerk somewhere; they find only what their own bodies carry out."""
    return bool(units_of(user))


def is_of_unit(user: Any, project: Project) -> bool:
    unit = project.unit
    return unit is not None and unit.kind in UNITS and is_clerk(user, unit)


def is_of_body(user: Any, project: Project) -> bool:
    """Clerk or chair of the body that called, and not of the unit: nobody lets their own work pass."""
    return works_in(user, project.call.body) and not is_of_unit(user, project)


def may_see_delivery(user: Any, project: Project, now: datetime) -> bool:
    if project.state not in Project.DELIVERED:
        return False
    if project.unit is not None and works_in(user, project.unit):
        return True
    return may_see_candidates(user, project.call, now)


def may_list_delivery(user: Any, call: Call, now: datetime) -> bool:
    return may_see_candidates(user, call, now)


def may_report(user: Any, project: Project, now: datetime) -> bool:
    """Plan, report, ask: the unit's clerk, or the clerk of the body that called in their stead."""
    if project.state != State.ADOPTED:
        return False
    return is_of_unit(user, project) or is_clerk(user, project.call.body)


def may_reopen(user: Any, project: Project, now: datetime) -> bool:
    return project.state in (State.COMPLETED, State.CLOSED) and is_of_body(user, project)


def may_supervise(user: Any, project: Project, now: datetime) -> bool:
    return project.state == State.ADOPTED and is_of_body(user, project)


def may_supervise_overdue(user: Any, call: Call, now: datetime) -> bool:
    return works_in(user, call.body)


def may_inspect(user: Any, project: Project, now: datetime) -> bool:
    """Record what deputies saw, also of what is already finished."""
    inspected = project.state in (State.ADOPTED, State.COMPLETED, State.CLOSED)
    return inspected and is_clerk(user, project.call.body) and not is_of_unit(user, project)


def may_ask_slip(user: Any, milestone: Milestone, now: datetime) -> bool:
    return may_report(user, milestone.project, now)


def may_decide_slip(user: Any, slip: Slip, now: datetime) -> bool:
    project = slip.milestone.project
    return project.state == State.ADOPTED and is_of_body(user, project)


def may_decide_change(user: Any, change: Change, now: datetime) -> bool:
    return change.project.state == State.ADOPTED and is_of_body(user, change.project)


def may_see_notice(user: Any, thing: Supervision | Inspection, now: datetime) -> bool:
    return may_see_delivery(user, thing.project, now)


def may_answer(user: Any, thing: Supervision | Inspection, now: datetime) -> bool:
    """The unit answers, whatever became of the project since; or the body's clerk for them."""
    project = thing.project
    return is_of_unit(user, project) or is_clerk(user, project.call.body)


def may_settle(user: Any, thing: Supervision | Inspection, now: datetime) -> bool:
    """Send an answer back or close the matter."""
    return is_of_body(user, thing.project)


def may_see_photo(user: Any, photo: Photo, now: datetime) -> bool:
    """Everybody once the delivery is public; before that who sees it in their work."""
    return is_open_delivery(photo.project) or may_see_delivery(user, photo.project, now)


def may_remove_photo(user: Any, photo: Photo, now: datetime) -> bool:
    """The unit's clerk or the clerk of the body that called, whatever became of the project."""
    return is_of_unit(user, photo.project) or is_clerk(user, photo.project.call.body)
