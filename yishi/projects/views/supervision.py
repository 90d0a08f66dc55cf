"""Supervision notices, inspections and changes: written, answered, sent back, settled, decided."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yishi.papers import documents
from yishi.people.forms import done, put
from yishi.projects.actions import changes as changing
from yishi.projects.actions import sheets
from yishi.projects.actions import supervision as actions
from yishi.projects.forms import delivery as forms
from yishi.projects.models import Change, Inspection, Project, Supervision
from yishi.projects.rules import delivery as rules
from yishi.projects.rules.topics import asked
from yishi.projects.views.delivery import FOUND, back, crumbs
from yishi.projects.views.reports import PROJECT, page
from yishi.projects.words import delivery as words
from yishi.web.access import allow
from yishi.web.files import CONTENT_TYPES

WHOLE = ("project__call__body__parent", "project__unit")
NOTICE = Supervision.objects.select_related(*WHOLE, "milestone")
SEEN = Inspection.objects.select_related(*WHOLE)
CHANGE = Change.objects.select_related(*WHOLE, "project__place")


# --- notices -----------------------------------------------------------------


@allow(rules.may_supervise, project=PROJECT)
def supervise(request: Any, project: Project) -> HttpResponse:
    """A notice for one project; for an overdue milestone its text is there already."""
    form = forms.SuperviseForm(
        request.POST or None, project=project, initial=_prefilled(project, request.now)
    )
    if request.method == "POST" and done(form, actions.supervise, project, by=request.user, at=request.now):
        messages.success(request, _("督办单已发出，承办单位登录后可以看到。"))
        return redirect("project_delivery", project.pk)
    return page(request, project, form, _("发督办单"), submit=_("发出"))


def _prefilled(project: Project, now: Any) -> dict[str, Any]:
    today, rule = localdate(now), asked().delivery
    until = today + timedelta(days=rule.answer_days if rule else 10)
    open_ = set(project.supervisions.exclude(state="closed").values_list("milestone", flat=True))
    late = [one for one in project.milestones.all() if one.is_overdue(today) and one.pk not in open_]
    if not late:
        return {"due_on": until}
    return {"due_on": until, "milestone": late[0], "text": words.overdue_text(late[0], today, until)}


@allow(rules.may_see_notice, supervision=NOTICE)
@require_safe
def supervision_paper(request: Any, supervision: Supervision, kind: str) -> HttpResponse:
    """督办单 on paper."""
    document = words.supervision_document(supervision)
    data = documents.pdf(document) if kind == "pdf" else documents.docx(document)
    how = "inline" if kind == "pdf" else "attachment"
    headers = {
        "Content-Disposition": f'{how}; filename="notice-{supervision.pk}.{kind}"',
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(data, content_type=CONTENT_TYPES[kind], headers=headers)


def _answer(request: Any, thing: Supervision | Inspection, title: str, note: str) -> HttpResponse:
    form = forms.AnswerForm(request.POST or None, initial={"answer": thing.answer})
    if request.method == "POST" and done(form, actions.answer, thing, by=request.user, at=request.now):
        messages.success(request, _("答复已送出。"))
        return redirect("project_delivery", thing.project_id)
    return page(request, thing.project, form, title, note=note, submit=_("送出答复"))


def _send_back(request: Any, thing: Supervision | Inspection, title: str) -> HttpResponse:
    form = forms.SendBackForm(request.POST or None)
    if request.method == "POST" and done(form, actions.send_back, thing, by=request.user, at=request.now):
        messages.success(request, _("已退回，单位要重新答复。"))
        return redirect("project_delivery", thing.project_id)
    return page(request, thing.project, form, title, note=thing.answer, submit=_("退回"))


def _close(request: Any, thing: Supervision | Inspection, title: str) -> HttpResponse:
    form = forms.CloseForm(request.POST or None)
    if request.method == "POST" and done(form, actions.close, thing, by=request.user, at=request.now):
        messages.success(request, _("已销号。"))
        return redirect("project_delivery", thing.project_id)
    return page(request, thing.project, form, title, note=thing.answer, submit=_("销号"))


@allow(rules.may_answer, supervision=NOTICE)
def supervision_answer(request: Any, supervision: Supervision) -> HttpResponse:
    return _answer(request, supervision, _("答复督办单"), supervision.text)


@allow(rules.may_settle, supervision=NOTICE)
def supervision_back(request: Any, supervision: Supervision) -> HttpResponse:
    return _send_back(request, supervision, _("退回督办单的答复"))


@allow(rules.may_settle, supervision=NOTICE)
def supervision_close(request: Any, supervision: Supervision) -> HttpResponse:
    return _close(request, supervision, _("督办单销号"))


# --- inspections -------------------------------------------------------------


@allow(rules.may_inspect, project=FOUND)
def inspect(request: Any, project: Project) -> HttpResponse:
    form = forms.InspectForm(
        request.POST or None, request.FILES or None, initial={"held_on": localdate(request.now)}
    )
    if request.method == "POST" and done(form, actions.inspect, project, by=request.user, at=request.now):
        messages.success(request, _("视察已登记。"))
        return redirect("project_delivery", project.pk)
    context = {"form": form, "project": project, "crumbs": crumbs(request, project, _("登记代表视察"))}
    return render(request, "projects/inspect.html", context)


@allow(rules.may_answer, inspection=SEEN)
def inspection_answer(request: Any, inspection: Inspection) -> HttpResponse:
    return _answer(request, inspection, _("答复视察发现的问题"), inspection.findings)


@allow(rules.may_settle, inspection=SEEN)
def inspection_back(request: Any, inspection: Inspection) -> HttpResponse:
    return _send_back(request, inspection, _("退回视察问题的答复"))


@allow(rules.may_settle, inspection=SEEN)
def inspection_close(request: Any, inspection: Inspection) -> HttpResponse:
    return _close(request, inspection, _("视察问题销号"))


# --- changes -----------------------------------------------------------------


@allow(rules.may_report, project=FOUND)
def change_ask(request: Any, project: Project) -> HttpResponse:
    """The whole sheet as it is to be; what is left as it is stays."""
    form = forms.ChangeForm(request.POST or None, call=project.call, project=project)
    if request.method == "POST" and form.is_valid():
        try:
            sheet = {**sheets.opened(sheets.of(project)), **_only_shown(form)}
            said = {"kind": Change.Kind.SHEET, "sheet": sheet, "why": form.cleaned_data["why"]}
            changing.ask_change(project, **said, by=request.user, at=request.now)
            messages.success(request, _("变更已提请，等待决定；决定之前仍按原来的项目表。"))
            return redirect("project_delivery", project.pk)
        except ValidationError as error:
            put(form, error)
    return page(request, project, form, _("提请变更"), submit=_("提请"), note=_procedure(project))


def _only_shown(form: Any) -> dict[str, Any]:
    """What stood in the form: a town that could not be chosen here is not taken away."""
    return {name: value for name, value in form.sheet.items() if name in form.fields}


@allow(rules.may_report, project=FOUND)
def change_stop(request: Any, project: Project) -> HttpResponse:
    form = forms.StopForm(request.POST or None)
    who = {"kind": Change.Kind.STOP, "by": request.user, "at": request.now}
    if request.method == "POST" and done(form, changing.ask_change, project, **who):
        messages.success(request, _("终止已提请，等待决定；决定之前照常实施。"))
        return redirect("project_delivery", project.pk)
    return page(request, project, form, _("提请终止"), submit=_("提请"), note=_procedure(project))


def _procedure(project: Project) -> str:
    """Who decides by the pack, and that this is a default where it is one."""
    rule = rules.change_rule(project.call)
    if rule is None:
        return _("县里的规则没有写项目变更由谁决定。")
    english = (get_language() or "").startswith("en")
    who, how = (rule.approver_en, rule.after_en) if english else (rule.approver_zh, rule.after_zh)
    told = _("由%(who)s决定。%(how)s（依据：%(source)s）") % {"who": who, "how": how, "source": rule.source}
    return told + (_("这是本程序的默认值，请县里确认。") if rule.known == "default" else "")


@allow(rules.may_decide_change, change=CHANGE)
def change_approve(request: Any, change: Change) -> HttpResponse:
    form = forms.ApproveForm(request.POST or None, change=change, today=localdate(request.now))
    if request.method == "POST" and done(
        form, changing.approve_change, change, by=request.user, at=request.now
    ):
        stopped = change.kind == Change.Kind.STOP
        told = _("项目已终止。") if stopped else _("变更已生效，原来的项目表保留备查。")
        messages.success(request, told)
        return redirect("project_delivery", change.project_id)
    return _decide(request, change, form, _("登记变更的决定"), _("同意变更"), "change_refuse")


@allow(rules.may_decide_change, change=CHANGE)
def change_refuse(request: Any, change: Change) -> HttpResponse:
    form = forms.RefuseChangeForm(request.POST or None, change=change, today=localdate(request.now))
    if request.method == "POST" and done(
        form, changing.refuse_change, change, by=request.user, at=request.now
    ):
        messages.success(request, _("变更没有同意，仍按原来的项目表。"))
        return redirect("project_delivery", change.project_id)
    return _decide(request, change, form, _("不同意变更"), _("不同意"), "")


def _decide(request: Any, change: Change, form: Any, title: str, submit: str, other: str) -> HttpResponse:
    project = change.project
    rows = words.differences(sheets.of(project), change.sheet) if change.sheet else []
    context = {
        "form": form,
        "title": title,
        "submit": submit,
        "project": project,
        "note": f"{change.get_kind_display()}：{change.why}",
        "procedure": _procedure(project),
        "rows": rows,
        "other": (other, change.pk, _("不同意")) if other else None,
        "back": back(project),
        "crumbs": crumbs(request, project, title),
    }
    return render(request, "projects/decide.html", context)
