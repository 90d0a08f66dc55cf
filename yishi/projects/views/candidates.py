"""The clerk's pages of a call's candidates: the list, putting forward, order, places, review, publishing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yishi.meetings.models import Meeting
from yishi.people.forms import done, put
from yishi.projects.actions import candidates as actions
from yishi.projects.forms.candidates import OrderForm, ReviewForm, SeatsForm
from yishi.projects.forms.sheets import SheetForm
from yishi.projects.models import Call, CommitteeReview, Project, Topic
from yishi.projects.rules import candidates as rules
from yishi.projects.views.calls import WHOLE as CALL
from yishi.projects.views.calls import crumbs as call_crumbs
from yishi.projects.views.topics import picked
from yishi.projects.words import candidates as words
from yishi.web.access import allow

PER_PAGE = 50
State = Project.State


def crumbs(call: Call, *more: tuple[str, str]) -> list[tuple[str, str]]:
    """The way to a page under the candidates; the last of `more` is the page itself."""
    if not more:
        return call_crumbs(call, _("候选项目"))
    return [*call_crumbs(call, "-")[:-1], (reverse("candidates", args=[call.pk]), _("候选项目")), *more]


def all_of(call: Call) -> list[Project]:
    """The candidates of a call, those withdrawn too, each with what it lacks; one query."""
    found = list(call.projects.whole().order_by("number"))
    first = rules.goes_to_committee(call)
    for one in found:
        one.call = call
        one.lacks = rules.missing(one)  # type: ignore[attr-defined]
        one.waits = first and one.review_id is None  # type: ignore[attr-defined]
    return found


@allow(rules.may_see_candidates, call=CALL)
@require_safe
def candidates(request: Any, call: Call) -> HttpResponse:
    found = all_of(call)
    standing = [one for one in found if one.state != State.WITHDRAWN]
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    first = rules.goes_to_committee(call)
    context = {
        "call": call,
        "page": page,
        "standing": standing,
        "remarks": words.remarks(call, len(standing)),
        "shortlisted": _to_pick(call).count(),
        "next": _next(call, standing),
        "gap": next((one for one in standing if one.lacks), None),  # type: ignore[attr-defined]
        "first": first,
        "reviews": CommitteeReview.objects.filter(call=call).select_related("meeting") if first else [],
        "booklets": call.booklets.select_related("material__meeting").order_by("-pk"),
        "map": words.map_of(call, page.object_list),
        "drawable": rules.has_map(call.body),
        "keeps": rules.may_keep_candidates(request.user, call, request.now),
        "reviews_too": first and rules.may_review(request.user, call, request.now),
        "source": words.committee_source() if first else "",
        "crumbs": crumbs(call),
    }
    return render(request, "projects/candidates.html", context)


def _to_pick(call: Call) -> Any:
    return Topic.objects.filter(call=call, state=Topic.State.SHORTLISTED, project=None)


def _next(call: Call, standing: list[Any]) -> str:
    """The one step that is due: pick, fill, review, seats, publish or booklet."""
    if not standing:
        return "pick"
    if any(one.lacks for one in standing):
        return "fill"
    if any(one.waits for one in standing):
        return "review"
    if call.seats is None:
        return "seats"
    return "booklet" if call.candidates_at else "publish"


# --- put forward -------------------------------------------------------------


@allow(rules.may_keep_candidates, call=CALL)
def candidates_pick(request: Any, call: Call) -> HttpResponse:
    """Shortlisted topics that are no candidates yet: ticked, they become candidates."""
    found = _to_pick(call)
    if request.method == "POST":
        try:
            chosen = picked(request, "topics", found)
            made = actions.put_forward_topics(call, chosen, by=request.user, at=request.now)
            messages.success(request, _("已列为候选项目：%(n)d项。请逐项填写项目表。") % {"n": len(made)})
            return redirect("candidates", call.pk)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
    context = {
        "call": call,
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "ticked": request.POST.getlist("topics"),
        "crumbs": crumbs(call, ("", _("从初定事项里选"))),
    }
    return render(request, "projects/candidates_pick.html", context)


@allow(rules.may_keep_candidates, call=CALL)
def candidate_new(request: Any, call: Call) -> HttpResponse:
    """The government's own proposal."""
    form = SheetForm(request.POST or None, call=call)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.put_forward(call, **form.sheet, by=request.user, at=request.now)
            return redirect("candidate", made.pk)
        except ValidationError as error:
            put(form, error)
    context = {"call": call, "form": form, "title": _("政府提出的候选项目"), "submit": _("提出")}
    context |= {
        "map": words.map_of(call),
        "note": _("征集里没有、政府自己提出的项目；不全的以后再填。"),
        "back": reverse("candidates", args=[call.pk]),
        "crumbs": crumbs(call, ("", _("政府提出的候选项目"))),
    }
    return render(request, "projects/candidate_form.html", context)


# --- order and places --------------------------------------------------------


@allow(rules.may_keep_candidates, call=CALL)
def candidates_order(request: Any, call: Call) -> HttpResponse:
    form = OrderForm(request.POST or None, projects=call.projects.order_by("number"))
    if request.method == "POST" and form.is_valid():
        try:
            actions.order(call, form.numbers, by=request.user, at=request.now)
            return redirect("candidates", call.pk)
        except ValidationError as error:
            put(form, error)
    context = {
        "form": form,
        "title": _("候选项目编号"),
        "note": _("票面和材料都按编号排列；公布或者送达后不能再改。"),
        "back": reverse("candidates", args=[call.pk]),
        "crumbs": crumbs(call, ("", _("候选项目编号"))),
    }
    return render(request, "web/form.html", context)


@allow(rules.may_keep_candidates, call=CALL)
def candidates_seats(request: Any, call: Call) -> HttpResponse:
    form = SeatsForm(request.POST or None, initial={"seats": call.seats})
    if request.method == "POST" and done(form, actions.set_seats, call, by=request.user, at=request.now):
        for told in words.remarks(call, call.projects.candidates().count()):
            messages.warning(request, told)
        return redirect("candidates", call.pk)
    context = {
        "form": form,
        "title": _("拟选项目数"),
        "note": words.usual(),
        "back": reverse("candidates", args=[call.pk]),
        "crumbs": crumbs(call, ("", _("拟选项目数"))),
    }
    return render(request, "web/form.html", context)


# --- the standing committee, the public --------------------------------------


@allow(rules.may_review, call=CALL)
def candidates_review(request: Any, call: Call) -> HttpResponse:
    """Record what the standing committee said of these candidates."""
    if not rules.goes_to_committee(call):
        messages.error(request, _("只有县的候选项目先经常委会审议。"))
        return redirect("candidates", call.pk)
    form = ReviewForm(
        request.POST or None,
        projects=call.projects.candidates().order_by("number"),
        meetings=Meeting.objects.real().filter(body__in=rules.committees(call)),
        initial={"held_on": localdate(request.now)},
    )
    if request.method == "POST" and form.is_valid():
        typed = dict(form.cleaned_data)
        try:
            actions.review(call, typed.pop("projects"), **typed, by=request.user, at=request.now)
            messages.success(request, _("已登记常委会的审议意见。"))
            return redirect("candidates", call.pk)
        except ValidationError as error:
            put(form, error)
    context = {
        "form": form,
        "title": _("登记常委会审议"),
        "note": words.committee_source(),
        "back": reverse("candidates", args=[call.pk]),
        "crumbs": crumbs(call, ("", _("登记常委会审议"))),
    }
    return render(request, "web/form.html", context)


@allow(rules.may_keep_candidates, call=CALL)
def candidates_publish(request: Any, call: Call) -> HttpResponse:
    """Asked once: from then on residents read the candidates, and numbers stay."""
    wrong: list[str] = []
    if request.method == "POST":
        try:
            actions.publish_candidates(call, by=request.user, at=request.now)
            messages.success(request, _("候选项目已公布，群众现在可以看到。"))
            return redirect("candidates", call.pk)
        except ValidationError as error:
            wrong = error.messages
    standing = [one for one in all_of(call) if one.state == State.CANDIDATE]
    context = {
        "call": call,
        "standing": standing,
        "wrong": wrong,
        "shortlisted": _to_pick(call).count(),
        "crumbs": crumbs(call, ("", _("公布候选项目"))),
    }
    return render(request, "projects/candidates_publish.html", context)
