"""The year-end rating: a resident's page without an account, and the clerk's pages of a year."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from yishi.papers.posters import poster_pdf
from yishi.people.forms import WhyForm, done, put
from yishi.projects.actions import rating as actions
from yishi.projects.forms.rating import OpenForm, PlanForm, RateForm
from yishi.projects.models import Call, Project, ResidentRating
from yishi.projects.rules import rating as rules
from yishi.projects.rules.ledger import PUBLIC
from yishi.projects.views.calls import WHOLE as CALL
from yishi.projects.views.calls import crumbs
from yishi.projects.views.seal import drawn, not_yet
from yishi.projects.words import rating as words
from yishi.voting.models import Poll
from yishi.web.access import allow, anyone
from yishi.web.limits import limited, remote

PROJECT = Project.objects.whole()
SEAL = "projects.rate"
PER_PAGE = 50


# --- residents ---------------------------------------------------------------


@allow(anyone, project=PUBLIC)
@limited("rate-hour", 40, 3600)
@limited("rate-minute", 10, 60)
def rate(request: Any, project: Project) -> HttpResponse:
    """Three large choices and a line; the same voice again changes its rating."""
    if not rules.may_rate(project, request.now):
        return redirect("project_public", project.pk)
    form = RateForm(request.POST or None, initial={"grade": request.GET.get("grade", "")})
    again = ""
    if request.method == "POST" and form.is_valid():
        again = not_yet(request, SEAL)
        if not again and _rated(request, project, form):
            messages.success(request, _("谢谢，您的评价已经记下。想改的话，再评一次就行。"))
            return redirect(reverse("project_public", args=[project.pk]) + "#rating")
    context = {"project": project, "form": form, "again": again, "seal": drawn(request, SEAL)}
    context["crumbs"] = [(reverse("project_public", args=[project.pk]), project.title), ("", _("评一评"))]
    return render(request, "projects/rate.html", context)


def _rated(request: Any, project: Project, form: RateForm) -> bool:
    browser = request.headers.get("User-Agent", "")[:300]
    voice_of = f"address:{remote(request)}|{browser}"
    try:
        actions.rate(project, **form.cleaned_data, voice_of=voice_of, at=request.now)
    except ValidationError as error:
        put(form, error)
        return False
    return True


# --- the clerk ---------------------------------------------------------------


@allow(rules.may_see_rating, call=CALL)
@require_safe
def rating(request: Any, call: Call) -> HttpResponse:
    projects = list(rules.to_rate(call).whole().order_by("number"))
    said = rules.residents(projects)
    context = {
        "call": call,
        "rows": [(one, said.get(one.pk, rules.Residents())) for one in projects],
        "polls": words.polls(projects),
        "keeps": rules.may_keep_rating(request.user, call, request.now),
        "forgets": rules.to_forget(call, request.now),
        "crumbs": crumbs(call, _("年终评价")),
    }
    return render(request, "projects/rating.html", context)


@allow(rules.may_keep_rating, call=CALL)
def rating_plan(request: Any, call: Call) -> HttpResponse:
    form = PlanForm(request.POST or None, call=call)
    if request.method == "POST" and form.is_valid():
        try:
            poll = actions.plan_rating(call, *form.chosen(), by=request.user, at=request.now)
        except ValidationError as error:
            put(form, error)
        else:
            messages.success(request, _("满意度测评已列入会议，票面和办法在会议的表决里准备。"))
            return redirect("poll", poll.pk)
    back = reverse("rating", args=[call.pk])
    context: dict[str, Any] = {"form": form, "title": _("安排满意度测评"), "back": back}
    context |= {"submit": _("列入会议"), "crumbs": crumbs(call, _("安排满意度测评"))}
    return render(request, "web/form.html", context)


@allow(rules.may_keep_rating, call=CALL)
@require_POST
def rating_read(request: Any, call: Call, poll: int) -> HttpResponse:
    found = Poll.objects.whole().filter(pk=poll, rated_projects__call=call).first()
    if found is None:
        raise Http404
    last = words.last_of(found)
    try:
        number = actions.read_rating(last, by=request.user, at=request.now)
        told = _("已读取%(n)d个项目的测评结果。") if number else _("测评结果没有变化。")
        messages.success(request, told % {"n": number} if number else told)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("rating", call.pk)


@allow(rules.may_keep_rating, call=CALL)
def rating_drop(request: Any, call: Call, poll: int) -> HttpResponse:
    found = Poll.objects.whole().filter(pk=poll, rated_projects__call=call).first()
    if found is None:
        raise Http404
    form = WhyForm(request.POST or None)
    who = {"by": request.user, "at": request.now}
    if request.method == "POST" and done(form, actions.drop_rating, call, found, **who):
        messages.success(request, _("测评已撤下，可以重新安排。"))
        return redirect("rating", call.pk)
    context: dict[str, Any] = {"form": form, "title": _("撤下测评"), "submit": _("撤下")}
    context |= {"consequence": _("这次测评连同票面草稿一起撤下，项目可以重新安排测评。")}
    context |= {"back": reverse("rating", args=[call.pk]), "crumbs": crumbs(call, _("撤下测评"))}
    return render(request, "web/confirm.html", context)


@allow(rules.may_keep_rating, call=CALL)
def rating_open(request: Any, call: Call) -> HttpResponse:
    initial = {"rating_from": call.rating_from, "rating_until": call.rating_until}
    form = OpenForm(request.POST or None, initial=initial)
    if request.method == "POST" and done(form, actions.open_rating, call, by=request.user, at=request.now):
        messages.success(request, _("群众评价的时间已定，可以打印二维码贴到项目现场。"))
        return redirect("rating", call.pk)
    back = reverse("rating", args=[call.pk])
    context = {"form": form, "title": _("开放群众评价"), "back": back}
    context["crumbs"] = crumbs(call, _("开放群众评价"))
    return render(request, "web/form.html", context)


@allow(rules.may_keep_rating, call=CALL)
@require_POST
def rating_forget(request: Any, call: Call) -> HttpResponse:
    try:
        actions.forget_voices(call, by=request.user, at=request.now)
        messages.success(request, _("评价人的标记已删除，评价保留。"))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("rating", call.pk)


@allow(rules.may_read_words, project=PROJECT)
@require_safe
def ratings(request: Any, project: Project) -> HttpResponse:
    """What residents wrote; unmoderated, so for the clerks alone."""
    found = ResidentRating.objects.filter(project=project).exclude(text="")
    own = reverse("rating", args=[project.call_id])
    context = {
        "project": project,
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "crumbs": [*crumbs(project.call, "-")[:-1], (own, _("年终评价")), ("", project.title)],
    }
    return render(request, "projects/ratings.html", context)


@allow(rules.may_see_project_rating, project=PROJECT)
@require_safe
def rating_poster(request: Any, project: Project) -> HttpResponse:
    """The poster for the site of the work, with the code of the page where residents rate it."""
    if project.call.rating_from is None or not rules.to_rate(project.call).filter(pk=project.pk).exists():
        raise Http404
    address = settings.YISHI_URL + reverse("rate", args=[project.pk])
    headers = {
        "Content-Disposition": f'attachment; filename="rate-{project.pk}.pdf"',
        "Cache-Control": "private, no-store",
    }
    data = poster_pdf(words.poster(project, address))
    return HttpResponse(data, content_type="application/pdf", headers=headers)
