"""The slip desk (领票台): doors taken at sign-in, slips made offline, leftovers struck, slips exchanged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yishi.meetings.views.frame import number
from yishi.people.forms import WhyForm, done
from yishi.people.order import initials
from yishi.voting.actions.sealed import slips as do
from yishi.voting.forms.slips import ExchangeForm, LotForm, StrikeForm
from yishi.voting.models import Draw, Poll, SealedBox, SealedSession
from yishi.voting.rules.sealed import may_desk
from yishi.voting.rules.sealed import slips as slip_numbers
from yishi.voting.rules.slips import MOST, desk, paper_instead, paper_offered, unsealed
from yishi.voting.views.frame import page
from yishi.voting.words.slips import booth, slip
from yishi.web.access import allow

if TYPE_CHECKING:
    from django import forms

    from yishi.meetings.models import Voter

SESSIONS = SealedSession.objects.select_related("meeting__body", "meeting__term", "meeting__presiding")
Door = Draw.Door
State = Poll.State


def _page(request: Any, template: str, session: SealedSession, tab: str, **context: Any) -> HttpResponse:
    tabs = {
        "slip_desk": _("签到领票"),
        "slip_make": _("制作投票码"),
        "slip_strike": _("注销剩余"),
        "slip_exchange": _("换纸质票"),
    }
    shown = [
        {"url": reverse(name, args=[session.pk]), "label": label, "current": name == tab}
        for name, label in tabs.items()
    ]
    return page(
        request,
        f"voting/sealed/{template}.html",
        session.meeting,
        _("领票台"),
        session=session,
        tabs=shown,
        tabs_label=_("领票台"),
        **context,
    )


# --- doors -------------------------------------------------------------------


@allow(may_desk, session=SESSIONS)
def slip_desk(request: Any, session: SealedSession) -> HttpResponse:
    """Who is here, with two buttons each; search by name, initials or delegation."""
    asked = request.GET.get("q", "").strip()
    if request.method == "POST":
        return _tap(request, session)
    doors = dict(session.draws.values_list("voter_id", "door"))
    only = request.GET.get("only", "")
    rows = [
        {"voter": voter, "door": doors.get(voter.pk, ""), "name": Door(doors[voter.pk]).label}
        if voter.pk in doors
        else {"voter": voter, "door": ""}
        for voter in session.meeting.voters.in_order()
        if (voter.is_here or voter.pk in doors) and _fits(voter, asked)
    ]
    shown = [row for row in rows if not only or only == (row["door"] or "none")]
    return _page(
        request,
        "desk",
        session,
        "slip_desk",
        page=Paginator(shown, 50).get_page(request.GET.get("page")),
        q=asked,
        only=only,
        choices=[("none", _("还没领")), *Door.choices],
        **_standing(session),
    )


def _standing(session: SealedSession) -> dict[str, Any]:
    stand = desk(session)
    paper = paper_offered(session.meeting)
    return {"stand": stand, "paper": paper, "papers": stand.slips.papers if paper else None}


def _fits(voter: Voter, asked: str) -> bool:
    name = voter.seat.person.name
    return (
        asked in name or asked in voter.seat.delegation or initials(name).startswith(asked.upper())
        if asked
        else True
    )


def _tap(request: Any, session: SealedSession) -> HttpResponse:
    door = next((door for door in Door.values if door in request.POST), Door.SLIP)
    voters = session.meeting.voters.named()
    voter = get_object_or_404(voters, pk=number(request.POST.get(door, "")))
    said = {"name": voter, "door": Door(door).label}
    try:
        new = do.draw(session, voter, door, by=request.user, at=request.now)
        if new:
            messages.success(request, _("%(name)s已领%(door)s。") % said)
        else:
            messages.info(request, _("%(name)s此前已经领过%(door)s。") % said)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("slip_desk", session.pk)


@allow(may_desk, session=SESSIONS)
@require_safe
def slip_numbers_live(request: Any, session: SealedSession) -> HttpResponse:
    """The live part on top of the desk."""
    context = {"session": session, "meeting": session.meeting, **_standing(session)}
    return render(request, "voting/sealed/desk_numbers.html", context)


@allow(may_desk, session=SESSIONS)
def slip_back(request: Any, session: SealedSession, voter: int) -> HttpResponse:
    """A door given back, with a reason; a slip must then be struck."""
    found = get_object_or_404(session.draws.select_related("voter__seat__person"), voter=voter)
    form = WhyForm(request.POST or None)
    if request.method == "POST" and done(
        form, do.undraw, session, found.voter, by=request.user, at=request.now
    ):
        messages.success(request, _("%(name)s的领票已退回。") % {"name": found.voter})
        if found.door == Door.SLIP:
            messages.warning(request, _("请现在就注销退回的这张投票码。"))
            return redirect("slip_strike", session.pk)
        return redirect("slip_desk", session.pk)
    said = {"name": found.voter, "door": found.get_door_display()}
    note = _("退回的投票码要当场收回，接着在“注销剩余”里注销。") if found.door == Door.SLIP else ""
    return page(
        request,
        "web/form.html",
        session.meeting,
        _("领票台"),
        form=form,
        title=_("%(name)s退回%(door)s") % said,
        note=note,
        submit=_("退回"),
        back=reverse("slip_desk", args=[session.pk]),
    )


# --- made --------------------------------------------------------------------


@allow(may_desk, session=SESSIONS)
def slip_make(request: Any, session: SealedSession) -> HttpResponse:
    """Slips are made and printed in the page itself; only their public list is posted, as a file."""
    form = LotForm(request.POST or None, request.FILES or None, session=session)
    if request.method == "POST":
        kept = done(form, _add_lot, session, by=request.user, at=request.now)
        numbers = slip_numbers(session)
        said = _("公开名单已登记，现在共印制%(n)d张。") % {"n": numbers.printed}
        if "application/json" in request.headers.get("Accept", ""):
            return JsonResponse(
                {"state": "done" if kept else "refused", "text": said if kept else _told(form)}
            )
        if kept:
            messages.success(request, said)
            return redirect("slip_make", session.pk)
    numbers = slip_numbers(session)
    entitled = session.meeting.voters.count()
    return _page(
        request,
        "make",
        session,
        "slip_make",
        form=form,
        uuids=" ".join(unsealed(session)),
        booth=booth(),
        slip=slip(session),
        lots=session.lots.select_related("by").defer("listings"),
        numbers=numbers,
        most=MOST,
        # A few more than voters: a code may be spoilt in the printer.
        suggested=min(max(entitled + 5 - numbers.printed + numbers.struck, 1), MOST),
    )


@allow(may_desk, session=SESSIONS)
def slip_discard(request: Any, session: SealedSession, lot: int) -> HttpResponse:
    """A whole batch whose paper was spoilt, with a reason."""
    found = get_object_or_404(session.lots.select_related("session__meeting__body"), pk=lot)
    form = WhyForm(request.POST or None)
    if request.method == "POST" and done(form, do.discard, found, by=request.user, at=request.now):
        messages.success(request, _("整批已作废，请重新制作。"))
        return redirect("slip_make", session.pk)
    return page(
        request,
        "web/form.html",
        session.meeting,
        _("领票台"),
        form=form,
        title=_("整批作废：%(n)d张") % {"n": found.size},
        note=_(
            "只在这一批的纸一张也没有发出去、全部收在手里或者已经毁掉时才作废：作废以后，这一批都不能投票。"
        ),
        submit=_("整批作废"),
        back=reverse("slip_make", args=[session.pk]),
    )


def _still(session: SealedSession, listings: dict[str, list[str]]) -> dict[str, list[str]]:
    """Without votes sealed since the page was loaded: these slips simply do not count there."""
    sealed = set(session.uuids) - set(unsealed(session))
    return {uuid: publics for uuid, publics in listings.items() if uuid not in sealed}


def _add_lot(session: SealedSession, listings: dict[str, list[str]], *, by: Any, at: Any) -> object:
    return do.add_lot(session, _still(session, listings), by=by, at=at)


def _strike(session: SealedSession, listings: dict[str, list[str]], why: str, *, by: Any, at: Any) -> object:
    return do.strike(session, _still(session, listings), by=by, at=at, why=why)


def _told(form: forms.Form) -> str:
    return " ".join(str(error) for errors in form.errors.values() for error in errors)


# --- struck, exchanged -------------------------------------------------------


@allow(may_desk, session=SESSIONS)
def slip_strike(request: Any, session: SealedSession) -> HttpResponse:
    """Leftovers scanned one by one; the page derives their public keys and posts only these."""
    if request.method == "POST":
        form = StrikeForm(request.POST)
        struck = done(form, _strike, session, by=request.user, at=request.now)
        numbers = slip_numbers(session)
        said = _("已注销第%(n)d张。") % {"n": numbers.struck} if struck else _told(form)
        state = "done" if struck else "refused"
        return JsonResponse({"state": state, "text": said, "struck": numbers.struck, "left": numbers.left})
    return _page(
        request,
        "strike",
        session,
        "slip_strike",
        numbers=slip_numbers(session),
        uuids=" ".join(unsealed(session)),
    )


@allow(may_desk, session=SESSIONS)
def slip_exchange(request: Any, session: SealedSession) -> HttpResponse:
    """During a vote: whether this slip has a ballot in the box, and if not, a sheet for it."""
    boxes = SealedBox.objects.select_related("poll__meeting__body", "poll__meeting__sealed").filter(
        poll__meeting=session.meeting_id, poll__state__in=[State.READY, State.OPEN]
    )
    if request.method == "POST":
        return _exchanged(request, ExchangeForm(request.POST), boxes)
    offered = [box for box in boxes.order_by("poll__place") if paper_instead(box.poll)]
    return _page(request, "exchange", session, "slip_exchange", boxes=offered)


def _exchanged(request: Any, form: ExchangeForm, boxes: Any) -> JsonResponse:
    """{state: free | done | in | exchanged | unknown | closed | paper, text}."""
    if not form.is_valid():
        return JsonResponse({"state": "unknown", "text": do.told("unknown")})
    box = boxes.filter(uuid=form.cleaned_data["box"]).first()
    if box is None:
        return JsonResponse({"state": "closed", "text": _("这项表决已经截止，不能再换。")})
    credential = form.cleaned_data["credential"]
    if not form.cleaned_data["sure"]:
        found = do.standing(box, credential)
        return JsonResponse({"state": found, "text": do.told(found)})
    try:
        do.exchange(box, credential, by=request.user, at=request.now)
    except ValidationError as error:
        return JsonResponse({"state": str(error.code), "text": " ".join(error.messages)})
    return JsonResponse(
        {"state": "done", "text": _("已换，请发给一张纸质票。这张投票码在本项表决中不能再用。")}
    )
