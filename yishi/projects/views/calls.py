"""The clerk's pages of a call: planned, published, what came in; a deputy hands in here too."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Count, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce, TruncDate
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from yishi.people.forms import WhyForm, done, put
from yishi.people.models import Body
from yishi.people.rules import is_clerk
from yishi.projects.actions import calls as actions
from yishi.projects.actions import proposals as saying
from yishi.projects.forms.calls import CallForm, HandInForm, ProposalsFilter
from yishi.projects.models import Call, Proposal
from yishi.projects.rules import calls as rules
from yishi.projects.rules.candidates import UNITS
from yishi.projects.words.calls import place_name
from yishi.web.access import allow

WHOLE = Call.objects.select_related("body__parent__parent")
SAID = Proposal.objects.select_related("call__body", "topic__merged_into", "place", "contact", "by")
PER_PAGE = 50


def crumbs(call: Call, here: str = "") -> list[tuple[str, str]]:
    own = reverse("call", args=[call.pk])
    last = [(own, call.title), ("", here)] if here else [("", call.title)]
    return [(reverse("calls"), _("征集")), *last]


@allow(rules.may_list_calls)
@require_safe
def calls(request: Any) -> HttpResponse:
    bodies = list(Body.objects.filter(pk__in=rules.worked_in(request.user)))
    builds = [body for body in bodies if body.kind in UNITS and is_clerk(request.user, body)]
    if builds and builds == bodies:
        return redirect("unit_projects")
    # Counted for the calls of one page, not for all years together.
    rows = Proposal.objects.filter(call=OuterRef("pk")).order_by().values("call")
    received = Coalesce(Subquery(rows.annotate(n=Count("pk")).values("n")), 0)
    found = Call.objects.of(bodies).annotate(received=received).order_by("-year", "body__place", "pk")
    context = {
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "bodies": [body for body in bodies if rules.may_call(request.user, body, request.now)],
        "many": len(bodies) > 1,
        "builds": builds,
    }
    return render(request, "projects/calls.html", context)


@allow(rules.may_call, body=Body)
def call_new(request: Any, body: Body) -> HttpResponse:
    form = CallForm(request.POST or None, initial={"year": localdate(request.now).year + 1})
    if request.method == "POST" and done(form, actions.plan_call, body, by=request.user, at=request.now):
        messages.success(request, _("征集已建好，核对后再发布。"))
        return redirect("calls")
    context = {"form": form, "title": _("新征集"), "note": body.name, "back": reverse("calls")}
    return render(request, "web/form.html", context)


@allow(rules.may_keep_call, call=WHOLE)
def call_change(request: Any, call: Call) -> HttpResponse:
    form = CallForm(request.POST or None, initial={name: getattr(call, name) for name in actions.FIELDS})
    if request.method == "POST" and done(form, actions.change_call, call, by=request.user, at=request.now):
        return redirect("call", call.pk)
    back = reverse("call", args=[call.pk])
    context = {"form": form, "title": _("修改征集"), "back": back, "crumbs": crumbs(call, _("修改"))}
    return render(request, "web/form.html", context)


@allow(rules.may_see_call, call=WHOLE)
@require_safe
def call(request: Any, call: Call) -> HttpResponse:
    """How much came from whom and on which day, and what can be done now."""
    rows = Proposal.objects.filter(call=call)
    by_source = {row["source"]: row for row in _counted(rows, "source")}
    days = _counted(rows.annotate(day=TruncDate("at")), "day").order_by("-day")[:60]
    context = {
        "call": call,
        "is_open": call.is_open(request.now),
        "keeps": rules.may_keep_call(request.user, call, request.now),
        "hands_in": rules.may_hand_in(request.user, call, request.now),
        "sources": [(s.label, by_source.get(s, {"n": 0, "people": 0})) for s in Proposal.Source],
        "total": sum(row["n"] for row in by_source.values()),
        "days": [{"label": row["day"].isoformat(), "n": row["n"]} for row in days],
        "is_due": call.erased_at is None and call.erase_on <= localdate(request.now),
        "crumbs": crumbs(call),
    }
    return render(request, "projects/call.html", context)


def _counted(rows: Any, field: str) -> Any:
    return rows.order_by().values(field).annotate(n=Count("pk"), people=Sum("people"))


@allow(rules.may_keep_call, call=WHOLE)
@require_POST
def call_publish(request: Any, call: Call) -> HttpResponse:
    try:
        actions.publish_call(call, by=request.user, at=request.now)
        messages.success(request, _("征集已发布，群众现在可以看到。"))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("call", call.pk)


@allow(rules.may_keep_call, call=WHOLE)
def call_withdraw(request: Any, call: Call) -> HttpResponse:
    form = WhyForm(request.POST or None)
    if request.method == "POST" and done(form, actions.withdraw_call, call, by=request.user, at=request.now):
        messages.success(request, _("征集已撤回。"))
        return redirect("call", call.pk)
    consequence = _("群众将看不到这次征集，也不能再提；已经提出的保留，回执仍可查询。")
    context: dict[str, Any] = {
        "form": form,
        "title": _("撤回征集"),
        "submit": _("撤回"),
        "consequence": consequence,
    }
    context |= {"back": reverse("call", args=[call.pk]), "crumbs": crumbs(call, _("撤回"))}
    return render(request, "web/confirm.html", context)


@allow(rules.may_keep_call, call=WHOLE)
def call_erase(request: Any, call: Call) -> HttpResponse:
    if request.method == "POST":
        try:
            number = actions.erase(call, by=request.user, at=request.now)
            messages.success(request, _("已删除%(n)d人的称呼和电话。") % {"n": number})
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        return redirect("call", call.pk)
    consequence = _("所有提出人的称呼和电话将被删除，不能恢复；建议的内容、照片和回执保留。")
    context: dict[str, Any] = {"title": _("删除个人信息"), "submit": _("删除"), "consequence": consequence}
    context |= {"back": reverse("call", args=[call.pk]), "crumbs": crumbs(call, _("删除个人信息"))}
    return render(request, "web/confirm.html", context)


@allow(rules.may_hand_in, call=WHOLE)
def hand_in(request: Any, call: Call) -> HttpResponse:
    """A deputy for themselves, or a clerk for those who came in person."""
    form = HandInForm(
        request.POST or None, request.FILES or None, call=call, user=request.user, now=request.now
    )
    if request.method == "POST" and form.is_valid():
        try:
            said = saying.propose(call, **form.cleaned_data, by=request.user, at=request.now)
            return redirect("receipt_public", said.receipt)
        except ValidationError as error:
            put(form, error)
    sees = rules.may_see_call(request.user, call, request.now)
    context = {"call": call, "form": form, "crumbs": crumbs(call, _("提出建议")) if sees else []}
    return render(request, "projects/hand_in.html", context)


@allow(rules.may_see_call, call=WHOLE)
@require_safe
def proposals(request: Any, call: Call) -> HttpResponse:
    form = ProposalsFilter(request.GET or None)
    found = chosen(call, form)
    context = {
        "call": call,
        "form": form,
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "keeps": rules.may_keep_call(request.user, call, request.now),
        "crumbs": crumbs(call, _("建议")),
    }
    return render(request, "projects/proposals.html", context)


def chosen(call: Call, form: ProposalsFilter) -> Any:
    """The proposals of a call that fit what was asked for."""
    asked = form.cleaned_data if form.is_valid() else {}
    found = SAID.filter(call=call)
    if asked.get("source"):
        found = found.filter(source=asked["source"])
    if asked.get("state"):
        found = found.filter(topic__state=asked["state"])
    if words := asked.get("q", "").strip():
        fields = ("what", "where", "why", "receipt")
        query = Q()
        for field in fields:
            query |= Q(**{f"{field}__icontains": words})
        found = found.filter(query)
    return found


@allow(rules.may_see_proposal, proposal=SAID)
@require_safe
def proposal(request: Any, proposal: Proposal) -> HttpResponse:
    reads = rules.may_read_contact(request.user, proposal.call, request.now)
    context = {
        "said": proposal,
        "call": proposal.call,
        "reads": reads,
        "contact": getattr(proposal, "contact", None) if reads else None,
        "place": place_name(proposal.place),
        "crumbs": [
            *crumbs(proposal.call, _("建议"))[:-1],
            (reverse("proposals", args=[proposal.call_id]), _("建议")),
            ("", proposal.receipt),
        ],
    }
    return render(request, "projects/proposal.html", context)


@allow(rules.may_see_proposal, proposal=SAID)
@require_safe
def proposal_photo(request: Any, proposal: Proposal) -> HttpResponseBase:
    if not proposal.photo:
        raise Http404
    try:
        file = proposal.photo.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    headers = {"Cache-Control": "private, no-store"}
    return FileResponse(file, filename="photo.jpg", content_type="image/jpeg", headers=headers)
