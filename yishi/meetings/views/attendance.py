"""Attendance at the door: by list, by scanner, late and leave, live numbers, cards, the wall's code."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yishi.meetings import actions
from yishi.meetings.forms import CodeForm, ReasonForm
from yishi.meetings.models import Meeting, Voter
from yishi.meetings.rules import may_list, may_work, quorum
from yishi.meetings.views.deputy import svg
from yishi.meetings.views.frame import WHOLE, number, page, spoken
from yishi.people.order import initials
from yishi.people.rules import is_clerk
from yishi.web.access import allow

At = Voter.Attendance
SHOWN = {At.EXPECTED: "", At.PRESENT: "ok", At.LATE: "warn", At.LEFT: "bad", At.ON_LEAVE: "info"}


def standing(meeting: Meeting) -> dict[str, Any]:
    """Numbers and quorum as they are now: two figures, one sentence with its article."""
    numbers = meeting.voters.numbers()
    enough = quorum(meeting, numbers)
    figures = [
        {"label": _("应到"), "value": numbers["entitled"]},
        {"label": _("实到"), "value": numbers["present"], "accent": True},
        {"label": _("未到"), "value": numbers["expected"]},
        {"label": _("请假"), "value": numbers["on_leave"]},
        {"label": _("迟到"), "value": numbers["late"]},
        {"label": _("已离会"), "value": numbers["left"]},
    ]
    return {"figures": figures, "enough": enough, "sentence": spoken(enough)}


@allow(may_work, meeting=WHOLE)
def attendance(request: Any, meeting: Meeting) -> HttpResponse:
    """The list to tap: search by name, initials or delegation; one button signs somebody in."""
    asked = request.GET.get("q", "").strip()
    if request.method == "POST":
        return _tap(request, meeting, asked)
    voters = [v for v in meeting.voters.in_order() if _fits(v, asked)]
    only = request.GET.get("only", "")
    if only:
        voters = [v for v in voters if v.attendance == only]
    shown = Paginator(voters, 50).get_page(request.GET.get("page"))
    for voter in shown:
        voter.chip = SHOWN[At(voter.attendance)]  # type: ignore[attr-defined]
    return page(
        request,
        "meetings/attendance.html",
        meeting,
        _("签到"),
        **standing(meeting),
        page=shown,
        q=asked,
        only=only,
        choices=At.choices,
        clerk=is_clerk(request.user, meeting.body),
    )


def _fits(voter: Voter, asked: str) -> bool:
    name = voter.seat.person.name
    return (
        not asked
        or asked in name
        or asked in voter.seat.delegation
        or initials(name).startswith(asked.upper())
    )


def _tap(request: Any, meeting: Meeting, asked: str) -> HttpResponse:
    voter = get_object_or_404(meeting.voters.named(), pk=number(request.POST.get("voter", "")))
    voter.meeting = meeting
    try:
        new = actions.sign_in(voter, Voter.How.LIST, by=request.user, at=request.now)
        said = _("%(name)s已签到。") if new else _("%(name)s此前已经签到。")
        (messages.success if new else messages.info)(request, said % {"name": voter})
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    back = reverse("attendance", args=[meeting.pk])
    only = request.GET.get("only", "")
    return redirect(f"{back}?{urlencode({'only': only})}" if only else back)


@allow(may_work, meeting=WHOLE)
@require_safe
def attendance_numbers(request: Any, meeting: Meeting) -> HttpResponse:
    """The live part of the attendance page."""
    return render(request, "meetings/numbers.html", {"meeting": meeting, **standing(meeting)})


@allow(may_list, meeting=WHOLE)
def scan(request: Any, meeting: Meeting) -> HttpResponse:
    """A field that a scanner types into; big confirmation, ready for the next."""
    form = CodeForm(request.POST or None)
    answer: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        answer = _scanned(request, meeting, form.cleaned_data["code"])
        form = CodeForm()
    return page(
        request, "meetings/scan.html", meeting, _("扫码签到"), form=form, answer=answer, **standing(meeting)
    )


def _scanned(request: Any, meeting: Meeting, typed: str) -> dict[str, Any]:
    """kind (ok, warn, bad) and what to say; the code may stand alone or at the end of its address."""
    code = typed.strip().rstrip("/").rsplit("/", 1)[-1]
    voter = Voter.objects.select_related("seat__person", "meeting__body").filter(code=code).first()
    if voter is None:
        return {
            "kind": "bad",
            "title": _("不认识这个码"),
            "text": _("请用本次会议的签到码，或在名单上签到。"),
        }
    if voter.meeting_id != meeting.pk:
        return {
            "kind": "bad",
            "title": _("这是另一次会议的签到码"),
            "text": _("没有签到。请在名单上查找本人。"),
        }
    voter.meeting = meeting
    try:
        new = actions.sign_in(voter, Voter.How.CODE, by=request.user, at=request.now)
    except ValidationError as error:
        return {"kind": "bad", "title": _("没有签到"), "text": " ".join(error.messages)}
    kind, text = ("ok", _("已签到")) if new else ("warn", _("此前已经签到，不重复计数"))
    return {"kind": kind, "title": voter.seat.person.name, "text": text, "line": voter.seat.delegation}


LISTED = Voter.objects.select_related("meeting__body", "meeting__term", "seat__person")


def may_list_voter(user: Any, voter: Voter, now: Any) -> bool:
    return may_list(user, voter.meeting, now)


@allow(may_list_voter, voter=LISTED)
def voter(request: Any, voter: Voter) -> HttpResponse:
    """Leave, left, or a wrong sign-in taken back, with its reason."""
    verbs = {"leave": actions.leave, "grant_leave": actions.grant_leave, "undo": actions.undo_sign_in}
    form = ReasonForm(request.POST or None)
    verb = request.POST.get("verb", "")
    if request.method == "POST" and verb in verbs and form.is_valid():
        try:
            verbs[verb](voter, by=request.user, at=request.now, why=form.cleaned_data["why"])
        except ValidationError as error:
            form.add_error(None, error)
        else:
            said = {"name": voter, "state": voter.get_attendance_display()}
            messages.success(request, _("%(name)s：%(state)s。") % said)
            return redirect("attendance", voter.meeting_id)
    return page(request, "meetings/voter.html", voter.meeting, str(voter), voter=voter, form=form)


@allow(may_work, meeting=WHOLE)
def wall(request: Any, meeting: Meeting) -> HttpResponse:
    """A sheet for the wall of the hall with the code of the sign-in page."""
    return page(
        request, "meetings/wall.html", meeting, _("会场签到码"), back=reverse("attendance", args=[meeting.pk])
    )


@allow(may_work, meeting=WHOLE)
def wall_qr(request: Any, meeting: Meeting) -> HttpResponse:
    return svg(settings.YISHI_URL + reverse("sign_in", args=[meeting.pk]))
