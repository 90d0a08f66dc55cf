"""What the clerk prepares: agenda, entitled list, papers with their proof of delivery."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from yishi.meetings import actions
from yishi.meetings.forms import AgendaForm, MaterialForm, ReasonForm
from yishi.meetings.models import AgendaItem, Material, Meeting
from yishi.meetings.rules import may_prepare, may_work
from yishi.meetings.views.deputy import PAPER
from yishi.meetings.views.frame import WHOLE, number, page
from yishi.people.rules import is_clerk
from yishi.web.access import allow


@allow(may_work, meeting=WHOLE)
def agenda(request: Any, meeting: Meeting) -> HttpResponse:
    form = AgendaForm(request.POST if "titles" in request.POST else None)
    try:
        if "titles" in request.POST and form.is_valid():
            titles = form.cleaned_data["titles"].splitlines()
            actions.add_items(meeting, titles, by=request.user, at=request.now)
            return redirect("agenda", meeting.pk)
        if request.method == "POST" and "titles" not in request.POST:
            _change_item(request, meeting)
            return redirect("agenda", meeting.pk)
    except ValidationError as error:
        form.add_error("titles", error) if form.is_bound else messages.error(
            request, " ".join(error.messages)
        )
    items = list(meeting.agenda.all())
    clerk = is_clerk(request.user, meeting.body)
    return page(request, "meetings/agenda.html", meeting, _("议程"), form=form, items=items, clerk=clerk)


def _change_item(request: Any, meeting: Meeting) -> None:
    """One button of a row: up, down, done, reopen or drop, with the number of the point."""
    verb = next((v for v in ("up", "down", "done", "reopen", "drop") if v in request.POST), None)
    item = get_object_or_404(AgendaItem, meeting=meeting, pk=number(request.POST.get(verb or "", "")))
    item.meeting = meeting
    who = {"by": request.user, "at": request.now}
    match verb:
        case "up" | "down":
            actions.place_item(item, item.place + (1 if verb == "down" else -1), **who)
        case "done":
            actions.finish_item(item, **who)
        case "reopen":
            actions.reopen_item(item, **who)
        case "drop":
            actions.drop_item(item, **who)


@allow(may_work, meeting=WHOLE)
def entitled(request: Any, meeting: Meeting) -> HttpResponse:
    """The list of those entitled, made from the register."""
    form = ReasonForm()
    if request.method == "POST":
        try:
            why = request.POST.get("why", "")
            changed = actions.entitle(meeting, by=request.user, at=request.now, why=why)
        except ValidationError as error:
            form = ReasonForm({"why": request.POST.get("why", "")})
            form.full_clean()
            form.errors.pop("why", None)
            form.add_error("why" if error.code == "open" else None, error)
        else:
            words = {"added": changed.added, "removed": changed.removed}
            messages.success(request, _("应到名单已更新：增加%(added)d人，减少%(removed)d人。") % words)
            return redirect("entitled", meeting.pk)
    shown = Paginator(meeting.voters.in_order(), 50).get_page(request.GET.get("page"))
    clerk = is_clerk(request.user, meeting.body)
    return page(request, "meetings/entitled.html", meeting, _("应到名单"), page=shown, form=form, clerk=clerk)


@allow(may_work, meeting=WHOLE)
def materials(request: Any, meeting: Meeting) -> HttpResponse:
    """Papers with how many have each; adding one."""
    form = MaterialForm(request.POST or None, request.FILES or None, meeting=meeting)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            actions.add_material(
                meeting,
                typed["file"],
                title=typed["title"],
                agenda_item=typed["agenda_item"],
                by=request.user,
                at=request.now,
            )
            messages.success(request, _("材料已加入，代表可以在自己的页面打开。"))
            return redirect("materials", meeting.pk)
        except ValidationError as error:
            form.add_error("file", error)
    return page(
        request,
        "meetings/materials.html",
        meeting,
        _("会议材料"),
        form=form,
        papers=meeting.materials.annotate(have=Count("deliveries")).select_related("agenda_item"),
        entitled=meeting.voters.count(),
        clerk=is_clerk(request.user, meeting.body),
    )


def may_work_on(user: Any, material: Material, now: Any) -> bool:
    return may_work(user, material.meeting, now)


@allow(may_work_on, material=PAPER)
def material(request: Any, material: Material) -> HttpResponse:
    """Proof of delivery of one paper: who has it, since when and how; ticking those handed one."""
    meeting = material.meeting
    if request.method == "POST":
        _hand_over(request, material)
        return redirect(request.get_full_path())
    proofs = {d.voter_id: d for d in material.deliveries.select_related("by")}
    voters = meeting.voters.in_order()
    for voter in voters:
        voter.proof = proofs.get(voter.pk)  # type: ignore[attr-defined]
    waiting = [v for v in voters if v.pk not in proofs]
    only = request.GET.get("only", "")
    shown = Paginator(waiting if only == "waiting" else voters, 50).get_page(request.GET.get("page"))
    return page(
        request,
        "meetings/material.html",
        meeting,
        material.title,
        material=material,
        page=shown,
        waiting=len(waiting),
        have=len(voters) - len(waiting),
        tabs=[
            {"url": "?", "label": _("全部"), "current": not only, "count": len(voters)},
            {"url": "?only=waiting", "label": _("未送达"), "current": bool(only), "count": len(waiting)},
        ],
        clerk=is_clerk(request.user, meeting.body),
    )


def _hand_over(request: Any, material: Material) -> None:
    voters = material.meeting.voters.all()
    if "all" not in request.POST:
        voters = voters.filter(pk=number(request.POST.get("voter", "")))
    handed = actions.deliver_on_paper(material, voters, by=request.user, at=request.now)
    messages.success(request, _("已记录纸质送达%(n)d人。") % {"n": handed})


def may_change(user: Any, material: Material, now: Any) -> bool:
    return may_prepare(user, material.meeting, now)


@allow(may_change, material=PAPER)
def material_withdraw(request: Any, material: Material) -> HttpResponse:
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.withdraw_material(material, by=request.user, at=request.now, why=form.cleaned_data["why"])
        messages.success(request, _("材料已撤回。"))
        return redirect("materials", material.meeting_id)
    return page(
        request,
        "web/confirm.html",
        material.meeting,
        _("撤回材料"),
        form=form,
        title=_("撤回材料"),
        submit=_("撤回"),
        consequence=_("代表将不能再打开“%(title)s”；文件和送达记录保留。") % {"title": material.title},
        back=reverse("materials", args=[material.meeting_id]),
    )
