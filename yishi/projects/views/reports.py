"""What a unit does: the plan, the month's report, asking for another day, the end; and who decides on it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from yishi.people.forms import WhyForm, done
from yishi.projects.actions import delivery as actions
from yishi.projects.forms import delivery as forms
from yishi.projects.models import Milestone, Photo, Project, Slip
from yishi.projects.rules import delivery as rules
from yishi.projects.views.delivery import FOUND, back, crumbs
from yishi.web.access import allow
from yishi.web.templatetags.web import zhdate

STAGE = Milestone.objects.select_related("project__call__body__parent", "project__unit")
SLIP = Slip.objects.select_related("milestone__project__call__body__parent", "milestone__project__unit")
PROJECT = FOUND.prefetch_related("milestones", "reports")


def month_of(asked: str, project: Project, today: date) -> date:
    """The month in the address (2026-03), or the one that is due, or this one."""
    try:
        return date.fromisoformat(f"{asked}-01")
    except ValueError:
        return rules.unreported(project, today) or today.replace(day=1)


@allow(rules.may_report, project=PROJECT)
def report_new(request: Any, project: Project) -> HttpResponse:
    """The month's report: prefilled, so that a number and a sentence are all there is to type."""
    today = localdate(request.now)
    month = month_of(request.GET.get("month", ""), project, today)
    every = {report.month: report for report in project.reports.all()}
    last = max((one for one in every.values() if one.month < month), key=lambda one: one.month, default=None)
    form = forms.ReportForm(
        request.POST or None,
        request.FILES or None,
        project=project,
        last=last,
        earlier=every.get(month),
    )
    who = {"by": request.user, "at": request.now}
    if request.method == "POST" and done(form, actions.report, project, month=month, **who):
        messages.success(request, _("%(month)d月的进展已报送。") % {"month": month.month})
        return redirect("project_delivery", project.pk)
    context = {
        "project": project,
        "month": month,
        "earlier": every.get(month),
        "last": last,
        "form": form,
        "months": _months(project, month, today),
        "crumbs": crumbs(request, project, _("月报")),
    }
    return render(request, "projects/report.html", context)


def _months(project: Project, month: date, today: date) -> list[date]:
    """The month before and this month, where they are not the one on the page."""
    this = today.replace(day=1)
    before = rules.month_before(this)
    return [one for one in (before, this) if one != month]


@allow(rules.may_report, project=PROJECT)
def milestones(request: Any, project: Project) -> HttpResponse:
    formset = forms.stages_form(project, request.POST or None)
    if request.method == "POST" and formset.is_valid():
        try:
            rows = forms.typed_stages(formset)
            actions.set_milestones(project, rows, by=request.user, at=request.now)
            messages.success(request, _("实施计划已保存。"))
            return redirect("project_delivery", project.pk)
        except ValidationError as error:
            formset.non_form_errors().extend(error.messages)
    context = {"project": project, "formset": formset, "crumbs": crumbs(request, project, _("实施计划"))}
    return render(request, "projects/milestones.html", context)


def page(request: Any, project: Project, form: Any, title: str, **more: Any) -> HttpResponse:
    context = {"form": form, "title": title, "note": project.title, "back": back(project)}
    return render(request, "web/form.html", {**context, "crumbs": crumbs(request, project, title), **more})


@allow(rules.may_report, project=PROJECT)
def project_complete(request: Any, project: Project) -> HttpResponse:
    form = forms.CompleteForm(request.POST or None, initial={"on": localdate(request.now)})
    if request.method == "POST" and done(form, actions.complete, project, by=request.user, at=request.now):
        messages.success(request, _("项目已登记完工。"))
        return redirect("project_delivery", project.pk)
    return page(request, project, form, _("登记完工"))


@allow(rules.may_reopen, project=FOUND)
def project_reopen(request: Any, project: Project) -> HttpResponse:
    form = WhyForm(request.POST or None)
    if request.method == "POST" and done(form, actions.reopen, project, by=request.user, at=request.now):
        messages.success(request, _("项目已退回实施。"))
        return redirect("project_delivery", project.pk)
    consequence = _("项目回到“实施中”，单位要继续报送月报。")
    more = {"title": _("退回实施"), "submit": _("退回实施"), "consequence": consequence, "form": form}
    context = {**more, "back": back(project), "crumbs": crumbs(request, project, _("退回实施"))}
    return render(request, "web/confirm.html", context)


@allow(rules.may_remove_photo, photo=Photo.objects.select_related("project__call__body", "project__unit"))
def photo_remove(request: Any, photo: Photo) -> HttpResponse:
    form = WhyForm(request.POST or None)
    who = {"by": request.user, "at": request.now}
    if request.method == "POST" and done(form, actions.remove_photo, photo, **who):
        messages.success(request, _("照片已去掉。"))
        return redirect("project_delivery", photo.project_id)
    return page(request, photo.project, form, _("去掉这张照片"), note=_("照片文件将删除，不能恢复。"))


@allow(rules.may_ask_slip, milestone=STAGE)
def milestone_undo(request: Any, milestone: Milestone) -> HttpResponse:
    form = WhyForm(request.POST or None)
    who = {"by": request.user, "at": request.now}
    if request.method == "POST" and done(form, actions.undo_milestone, milestone, **who):
        return redirect("project_delivery", milestone.project_id)
    title = _("“%(title)s”其实没有完成") % {"title": milestone.title}
    return page(request, milestone.project, form, title)


@allow(rules.may_ask_slip, milestone=STAGE)
def slip_ask(request: Any, milestone: Milestone) -> HttpResponse:
    form = forms.SlipForm(request.POST or None)
    who = {"by": request.user, "at": request.now}
    if request.method == "POST" and done(form, actions.ask_slip, milestone, **who):
        messages.success(request, _("延期申请已提出，等待同意；同意之前仍按原定日期。"))
        return redirect("project_delivery", milestone.project_id)
    told = _("节点“%(title)s”，原定%(day)s。") % {"title": milestone.title, "day": zhdate(milestone.due_on)}
    return page(request, milestone.project, form, _("申请延期"), note=told, submit=_("提出申请"))


@allow(rules.may_decide_slip, slip=SLIP)
def slip_accept(request: Any, slip: Slip) -> HttpResponse:
    form = forms.AcceptSlipForm(request.POST or None)
    who = {"by": request.user, "at": request.now}
    if request.method == "POST" and done(form, actions.accept_slip, slip, **who):
        messages.success(request, _("已同意延期，节点按新的日期。"))
        return redirect("project_delivery", slip.milestone.project_id)
    more = {"note": _said(slip), "submit": _("同意延期"), "other": ("slip_refuse", slip.pk, _("不同意"))}
    return _decide(request, slip.milestone.project, form, _("延期申请"), **more)


@allow(rules.may_decide_slip, slip=SLIP)
def slip_refuse(request: Any, slip: Slip) -> HttpResponse:
    form = forms.RefuseForm(request.POST or None)
    who = {"by": request.user, "at": request.now}
    if request.method == "POST" and done(form, actions.refuse_slip, slip, **who):
        messages.success(request, _("没有同意延期，节点仍按原定日期。"))
        return redirect("project_delivery", slip.milestone.project_id)
    return page(request, slip.milestone.project, form, _("不同意延期"), note=_said(slip), submit=_("不同意"))


def _decide(request: Any, project: Project, form: Any, title: str, **more: Any) -> HttpResponse:
    context = {"form": form, "title": title, "back": back(project), "crumbs": crumbs(request, project, title)}
    return render(request, "projects/decide.html", {**context, "project": project, **more})


def _said(slip: Slip) -> str:
    told = _("节点“%(title)s”由%(before)s延至%(after)s。理由：%(why)s")
    days = {"before": zhdate(slip.due_before), "after": zhdate(slip.due_after)}
    return told % {"title": slip.milestone.title, "why": slip.why, **days}
