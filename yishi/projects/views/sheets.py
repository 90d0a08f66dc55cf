"""One candidate: its sheet with the map, its versions side by side, changed, taken out, put back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yishi.people.forms import WhyForm, done, put
from yishi.people.rules import works_in
from yishi.projects.actions import candidates as actions
from yishi.projects.forms.candidates import ChangeForm, WithdrawForm
from yishi.projects.models import Project, Version
from yishi.projects.rules import candidates as rules
from yishi.projects.views.candidates import crumbs
from yishi.projects.views.topics import history
from yishi.projects.words import candidates as words
from yishi.web.access import allow

WHOLE = Project.objects.whole().select_related("call__body__parent__parent", "review__meeting")
State = Project.State


def of_project(project: Project, here: str = "") -> list[tuple[str, str]]:
    own = ("" if not here else reverse("candidate", args=[project.pk]), project.title)
    return crumbs(project.call, own, *([("", here)] if here else []))


@allow(rules.may_see_project, project=WHOLE)
@require_safe
def candidate(request: Any, project: Project) -> HttpResponse:
    keeps = rules.may_keep_project(request.user, project, request.now)
    stands = project.state == State.CANDIDATE and not rules.is_being_voted(project)
    context = {
        "project": project,
        "call": project.call,
        "rows": words.sheet_rows(project),
        "lacks": rules.missing(project) if project.state == State.CANDIDATE else [],
        "waits": rules.awaits_committee(project),
        "map": words.map_of(project.call, [project]),
        "versions": _versions(project),
        "changes_it": keeps and stands,
        "puts_back": keeps and project.state == State.WITHDRAWN,
        "sees_topic": works_in(request.user, project.call.body),
        "entries": history(project),
        "crumbs": of_project(project),
    }
    return render(request, "projects/candidate.html", context)


def _versions(project: Project) -> list[Version]:
    """The newest first, each with the names of what it changed."""
    found = list(project.versions.select_related("by").order_by("number"))
    before: dict[str, Any] = {}
    for one in found:
        names = [name for name in one.sheet if one.sheet.get(name) != before.get(name)]
        one.changed = words.changes(names) if before else ""  # type: ignore[attr-defined]
        before = one.sheet
    return found[::-1]


@allow(rules.may_keep_project, project=WHOLE)
def candidate_change(request: Any, project: Project) -> HttpResponse:
    form = ChangeForm(request.POST or None, call=project.call, project=project)
    if request.method == "POST" and form.is_valid():
        said = (form.sheet, form.cleaned_data["why"])
        try:
            made = actions.change_sheet(project, *said, by=request.user, at=request.now)
            told = _("已保存为第%(n)d稿。") % {"n": made.number} if made else _("没有改动。")
            messages.success(request, told)
            return redirect("candidate", project.pk)
        except ValidationError as error:
            put(form, error)
    context = {"call": project.call, "form": form, "title": _("修改项目表"), "note": project.title}
    context |= {
        "map": words.map_of(project.call, [project]) or words.map_of(project.call),
        "back": reverse("candidate", args=[project.pk]),
        "crumbs": of_project(project, _("修改项目表")),
    }
    return render(request, "projects/candidate_form.html", context)


@allow(rules.may_keep_project, project=WHOLE)
def candidate_withdraw(request: Any, project: Project) -> HttpResponse:
    form = WithdrawForm(request.POST or None)
    who = {"by": request.user, "at": request.now}
    if request.method == "POST" and done(form, actions.withdraw, project, **who):
        messages.success(request, _("“%(title)s”已退出候选。") % {"title": project.title})
        return redirect("candidates", project.call_id)
    context: dict[str, Any] = {"form": form, "title": _("退出候选"), "submit": _("退出候选")}
    context["consequence"] = _("“%(title)s”将不再是候选项目，项目表和各稿都保留。") % {"title": project.title}
    context |= {"back": reverse("candidate", args=[project.pk]), "crumbs": of_project(project, _("退出候选"))}
    return render(request, "web/confirm.html", context)


@allow(rules.may_keep_project, project=WHOLE)
def candidate_put_back(request: Any, project: Project) -> HttpResponse:
    form = WhyForm(request.POST or None)
    who = {"by": request.user, "at": request.now}
    if request.method == "POST" and done(form, actions.put_back, project, **who):
        messages.success(request, _("“%(title)s”已重新列为候选。") % {"title": project.title})
        return redirect("candidate", project.pk)
    context = {"form": form, "title": _("重新列为候选"), "note": project.title, "submit": _("重新列为候选")}
    context |= {
        "back": reverse("candidate", args=[project.pk]),
        "crumbs": of_project(project, _("重新列为候选")),
    }
    return render(request, "web/form.html", context)


@allow(rules.may_see_project, project=WHOLE)
@require_safe
def candidate_versions(request: Any, project: Project) -> HttpResponse:
    """Two versions side by side; without a choice the last one beside the one before it."""
    found = {one.number: one for one in project.versions.select_related("by").order_by("number")}
    last = max(found)
    new = found.get(_number(request.GET.get("new")), found[last])
    old = found.get(_number(request.GET.get("old")), found.get(new.number - 1, new))
    context = {
        "project": project,
        "call": project.call,
        "versions": list(found.values()),
        "old": old,
        "new": new,
        "rows": words.compared(old, new),
        "crumbs": of_project(project, _("各稿对照")),
    }
    return render(request, "projects/candidate_versions.html", context)


def _number(typed: str | None) -> int:
    return int(typed) if typed and typed.isascii() and typed.isdigit() and len(typed) < 6 else 0
