"""The list of meetings, one meeting with its next step, and its facts."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from yishi.meetings import actions
from yishi.meetings.forms import MeetingForm, ReasonForm
from yishi.meetings.models import Meeting
from yishi.meetings.rules import QUORUMS, may_plan, may_prepare, may_preside, may_see, quorum, voter_of
from yishi.meetings.views.deputy import deputy_page
from yishi.meetings.views.frame import WHOLE, page, spoken
from yishi.people.models import Body
from yishi.people.rules import Duty, is_clerk, works_in
from yishi.web.access import allow, signed_in

State = Meeting.State


@allow(signed_in)
def meetings(request: Any) -> HttpResponse:
    mine = {body for body, duty in request.user.held if duty in (Duty.CLERK, Duty.CHAIR)}
    if not mine:
        return redirect("my_meetings")
    found = Meeting.objects.of(mine)
    bodies = Body.objects.filter(pk__in=[b for b, duty in request.user.held if duty == Duty.CLERK])
    shown = Paginator(found, 20).get_page(request.GET.get("page"))
    return render(
        request,
        "meetings/meetings.html",
        {"page": shown, "bodies": bodies, "crumbs": [("", _("会议"))], "many": len(mine) > 1},
    )


@allow(may_plan, body=Body)
def meeting_new(request: Any, body: Body) -> HttpResponse:
    first = {"quorum": QUORUMS.get(Body.Kind(body.kind), "presidium")}
    form = MeetingForm(request.POST or None, body=body, initial=first)
    if request.method == "POST" and form.is_valid():
        facts = {name: form.cleaned_data[name] for name in form.Meta.fields}
        made = actions.plan(body, **facts, by=request.user, at=request.now)
        messages.success(request, _("会议已建立，接着安排议程和应到名单。"))
        return redirect("meeting", made.pk)
    return render(
        request,
        "web/form.html",
        {"form": form, "title": _("新会议"), "note": body.name, "back": reverse("meetings")},
    )


@allow(may_prepare, meeting=WHOLE)
def meeting_change(request: Any, meeting: Meeting) -> HttpResponse:
    form = MeetingForm(
        request.POST or None, body=meeting.body, instance=meeting, initial={"revision": meeting.revision}
    )
    if request.method == "POST" and form.is_valid():
        facts = {name: form.cleaned_data[name] for name in form.Meta.fields}
        stored = WHOLE.get(pk=meeting.pk)
        try:
            actions.change(
                stored, **facts, revision=form.cleaned_data["revision"], by=request.user, at=request.now
            )
            messages.success(request, _("已保存。"))
            return redirect("meeting", meeting.pk)
        except ValidationError as error:
            form.add_error(None, error)
            form.data = {**request.POST.dict(), "revision": str(stored.revision)}
    back = reverse("meeting", args=[meeting.pk])
    title = _("修改会议信息")
    return page(request, "web/form.html", meeting, title, form=form, title=title, back=back)


@allow(may_see, meeting=WHOLE)
def meeting(request: Any, meeting: Meeting) -> HttpResponse:
    """The clerk's and chair's page says what is next; the deputy's is for a phone."""
    if not works_in(request.user, meeting.body):
        return deputy_page(request, meeting)
    numbers = meeting.voters.numbers()
    enough = quorum(meeting, numbers)
    agenda = list(meeting.agenda.all())
    papers = meeting.materials.current().count()
    steps = _steps(meeting, len(agenda), numbers["entitled"], papers)
    return page(
        request,
        "meetings/meeting.html",
        meeting,
        numbers=numbers,
        enough=enough,
        sentence=spoken(enough),
        agenda=agenda,
        papers=papers,
        steps=steps,
        next=_next(meeting, len(agenda), numbers["entitled"], papers),
        clerk=is_clerk(request.user, meeting.body),
        own=voter_of(request.user, meeting),
    )


def _steps(meeting: Meeting, agenda: int, entitled: int, papers: int) -> list[dict[str, str]]:
    done = [
        (_("议程"), bool(agenda), _("%(n)d 项") % {"n": agenda}),
        (_("应到名单"), bool(entitled), _("%(n)d 人") % {"n": entitled}),
        (_("会议材料"), bool(papers), _("%(n)d 份") % {"n": papers}),
        (_("会议通知"), meeting.state != State.PLANNED, ""),
        (_("签到"), meeting.sign_in_opened is not None, _("正在签到") if meeting.sign_in_is_open else ""),
        (_("宣布开会"), meeting.state in (State.OPEN, State.CLOSED), ""),
        (_("宣布闭会"), meeting.state == State.CLOSED, ""),
    ]
    current = next((n for n, (_title, ok, _note) in enumerate(done) if not ok), len(done))
    return [
        {
            "title": title,
            "state": "done" if ok else "now" if n == current else "later",
            "note": note if ok else "",
        }
        for n, (title, ok, note) in enumerate(done)
    ]


def _next(meeting: Meeting, agenda: int, entitled: int, papers: int) -> dict[str, str] | None:
    """The one button of the page: a place to go, or a verb to post."""
    if meeting.state == State.PLANNED:
        if not agenda:
            return {"url": reverse("agenda", args=[meeting.pk]), "label": _("安排议程")}
        if not entitled:
            return {"url": reverse("entitled", args=[meeting.pk]), "label": _("生成应到名单")}
        if not papers:
            return {"url": reverse("materials", args=[meeting.pk]), "label": _("上传会议材料")}
        return {"verb": "call", "label": _("发出通知")}
    if meeting.state == State.CALLED and meeting.sign_in_opened is None:
        return {"verb": "open_sign_in", "label": _("现在开始签到")}
    if meeting.state == State.CALLED:
        return {"verb": "open_meeting", "label": _("宣布开会")}
    if meeting.state == State.OPEN:
        return {"verb": "close_meeting", "label": _("宣布闭会")}
    return None


VERBS = {
    "call": actions.call,
    "open_meeting": actions.open_meeting,
    "close_meeting": actions.close_meeting,
    "open_sign_in": actions.open_sign_in,
    "close_sign_in": actions.close_sign_in,
}
REASONED = ("late", "quorum")


@allow(may_preside, meeting=WHOLE)
@require_POST
def meeting_step(request: Any, meeting: Meeting) -> HttpResponse:
    """One step of the meeting; one that wants a reason asks for it on a page of its own."""
    verb = request.POST.get("verb", "")
    if verb not in VERBS:
        return redirect("meeting", meeting.pk)
    why = request.POST.get("why", "").strip()
    reason = {"why": why} if why and verb in ("call", "open_meeting", "close_meeting") else {}
    try:
        VERBS[verb](meeting, by=request.user, at=request.now, **reason)
    except ValidationError as error:
        if getattr(error, "code", "") in REASONED:
            return _ask_reason(request, meeting, verb, error)
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("已办理：%(state)s。") % {"state": _said(meeting, verb)})
    return redirect(reverse("attendance" if "sign_in" in verb else "meeting", args=[meeting.pk]))


def _said(meeting: Meeting, verb: str) -> str:
    words = {
        "call": _("会议通知已发出"),
        "open_meeting": _("会议已开始"),
        "close_meeting": _("会议已闭会"),
        "open_sign_in": _("签到已开始"),
        "close_sign_in": _("签到已结束"),
    }
    return words[verb]


def _ask_reason(request: HttpRequest, meeting: Meeting, verb: str, error: ValidationError) -> HttpResponse:
    labels = {"call": _("说明理由，发出通知"), "open_meeting": _("说明理由，宣布开会")}
    return page(
        request,
        "web/confirm.html",
        meeting,
        labels[verb],
        status=422,
        form=ReasonForm(initial={"verb": verb}),
        title=labels[verb],
        submit=labels[verb],
        consequence=" ".join(error.messages),
        back=reverse("meeting", args=[meeting.pk]),
    )
