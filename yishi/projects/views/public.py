"""Pages for everybody, without an account: the calls, proposing, the receipt and what became of it."""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from yishi.people.forms import put
from yishi.projects.actions import proposals as actions
from yishi.projects.forms.calls import FindForm, ProposeForm
from yishi.projects.models import Call, Proposal
from yishi.projects.models.calls import ALPHABET
from yishi.projects.rules.calls import places, sources
from yishi.projects.rules.ledger import PUBLIC as PROJECTS
from yishi.projects.similar import public, similar
from yishi.projects.views.seal import drawn, not_yet
from yishi.projects.words.calls import became, place_name
from yishi.projects.words.candidates import became_of
from yishi.web.access import allow, anyone
from yishi.web.limits import limit, limited, remote

PUBLISHED = Call.objects.published().select_related("body__parent__parent")
SEAL = "projects.propose"
TYPED = (60, 60)  # asking for what is similar: times, seconds


@allow(anyone)
@require_safe
def calls_public(request: Any) -> HttpResponse:
    today = localdate(request.now)
    begun = Call.objects.published().filter(opens_on__lte=today).select_related("body")
    context = {
        "open": begun.filter(closes_on__gte=today),
        "closed": begun.filter(closes_on__lt=today)[:20],
        "crumbs": [(reverse("home"), _("首页")), ("", _("民生实事项目征集"))],
    }
    return render(request, "projects/calls_public.html", context)


@allow(anyone, call=PUBLISHED)
@require_safe
def call_public(request: Any, call: Call) -> HttpResponse:
    context = {
        "call": call,
        "is_open": call.is_open(request.now),
        "hands_in": bool(sources(request.user, call, request.now)),
        "crumbs": _crumbs(call),
    }
    return render(request, "projects/call_public.html", context)


def _crumbs(call: Call, here: str = "") -> list[tuple[str, str]]:
    own = (reverse("call_public", args=[call.pk]), call.title)
    calls = (reverse("calls_public"), _("民生实事项目征集"))
    return [calls, own, ("", here)] if here else [calls, ("", call.title)]


@allow(anyone, call=PUBLISHED)
@limited("propose-hour", 20, 3600)
@limited("propose-minute", 5, 60)
def propose(request: Any, call: Call) -> HttpResponse:
    if not call.is_open(request.now):
        return redirect("call_public", call.pk)
    form = ProposeForm(request.POST or None, request.FILES or None, call=call)
    again = ""
    if request.method == "POST" and form.is_valid():
        again = not_yet(request, SEAL)
        said = None if again else _say(request, call, form)
        if said:
            return redirect("receipt_public", said.receipt)
    context = {"call": call, "form": form, "again": again, "seal": drawn(request, SEAL)}
    context["crumbs"] = _crumbs(call, _("提建议"))
    return render(request, "projects/propose.html", context)


def _say(request: Any, call: Call, form: ProposeForm) -> Proposal | None:
    who = {"by": request.user if request.user.is_authenticated else None, "at": request.now}
    typed = form.cleaned_data
    try:
        return actions.propose(
            call, source=Proposal.Source.RESIDENT, voice_of=f"address:{remote(request)}", **typed, **who
        )
    except ValidationError as error:
        put(form, error)
        return None


@allow(anyone, call=PUBLISHED)
@require_POST
def similar_said(request: Any, call: Call) -> HttpResponse:
    """What others said, by the titles of their topics; a fragment that htmx puts below the fields.

    Posted, though it changes nothing: what somebody is typing belongs in no address and no log.
    """
    times, seconds = TYPED
    if not limit(f"similar:{remote(request)}", seconds, times, request.now):
        return HttpResponse(status=429)
    what, where = (actions.plain(request.POST.get(name, "")) for name in ("what", "where"))
    town = request.POST.get("place", "")
    place = places(call).filter(pk=int(town)).first() if re.fullmatch(r"[0-9]{1,18}", town) else None
    found = similar(call, what, where, place) if len(what) > 1 and call.is_open(request.now) else None
    return render(request, "projects/parts/similar.html", {"found": found})


@allow(anyone)
@limited("receipt", 20, 60)
def receipt_find(request: Any) -> HttpResponse:
    form = FindForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        receipt = plain_receipt(form.cleaned_data["receipt"])
        if Proposal.objects.filter(receipt=receipt).exists():
            return redirect("receipt_public", receipt)
        form.add_error("receipt", _("没有这个回执号，请对照回执再输一次。"))
    crumbs = [(reverse("home"), _("首页")), ("", _("查询回执"))]
    return render(request, "projects/receipt_find.html", {"form": form, "crumbs": crumbs})


def plain_receipt(typed: str) -> str:
    """A receipt number as it stands in the record, however it was typed."""
    found = "".join(letter for letter in typed.upper() if letter in ALPHABET)[:12]
    return "-".join((found[:4], found[4:8], found[8:]))


@allow(anyone)
@require_safe
def receipt_public(request: Any, receipt: str) -> HttpResponse:
    found = Proposal.objects.select_related("call__body", "place", "topic__merged_into__merged_into")
    said = get_object_or_404(found, receipt=plain_receipt(receipt))
    lead = said.topic
    while lead.merged_into is not None:
        lead = lead.merged_into
    others = max(lead.people - said.people, 0)
    project = PROJECTS.filter(topic=lead).first()
    context = {"said": said, "lead": lead, "title": public(lead.title)}
    context |= {"project": project, "became": became_of(project) if project else became(lead)}
    context |= {"others": others, "place": place_name(said.place)}
    answer = render(request, "projects/receipt.html", context)
    answer["Cache-Control"] = "no-store"
    answer["X-Robots-Tag"] = "noindex"
    return answer
