"""One-time links: the clerk makes, prints and revokes them; the deputy comes in by one press."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from yishi.papers.cards import cards_pdf
from yishi.papers.documents.printed import qr_svg
from yishi.people import actions, rules
from yishi.people.forms import LinksForm, put
from yishi.people.models import Body, Link, Seat
from yishi.people.views.register import SEATS
from yishi.people.words import link_cards
from yishi.web.access import allow, anyone
from yishi.web.errors import too_many
from yishi.web.limits import limit, opens, remote

if TYPE_CHECKING:
    from collections.abc import Iterable

MISSES, WINDOW = 20, 600  # codes that do not exist, for one address in so many seconds


# --- the clerk's side --------------------------------------------------------


@allow(rules.may_make_links, body=Body)
@never_cache
def links(request: Any, body: Body) -> HttpResponse:
    """Links for all sitting deputies of a body, as cards to print or as a list on the screen."""
    form = LinksForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        seats = Seat.objects.of(body).sitting(localdate(request.now))
        days = form.cleaned_data["days"]
        made = actions.make_links(body, seats, by=request.user, at=request.now, days=days)
        if made:
            return _hand_out(request, body, made, days)
        form.add_error(None, _("没有可以用链接登录的人：先登记席位；另有职责的人用账号和密码登录。"))
    context = {
        "form": form,
        "body": body,
        "crumbs": [
            (reverse("bodies"), _("机关")),
            (reverse("body", args=[body.pk]), body.short_name),
            ("", _("登录链接")),
        ],
    }
    return render(request, "people/links.html", context)


@allow(rules.may_make_link, seat=SEATS)
@never_cache
@require_POST
def link_make(request: Any, seat: Seat) -> HttpResponse:
    form = LinksForm({"days": request.POST.get("days", actions.DAYS)})
    if form.is_valid():
        days = form.cleaned_data["days"]
        try:
            _link, code = actions.make_link(seat, by=request.user, at=request.now, days=days)
            return _hand_out(request, seat.body, [(seat, code)], days)
        except ValidationError as error:
            put(form, error)
    messages.error(request, " ".join(str(told) for field in form.errors.values() for told in field))
    return redirect("seat", seat=seat.pk)


def _hand_out(request: Any, body: Body, made: Iterable[tuple[Seat, str]], days: int) -> HttpResponse:
    """The codes, this once: as cards when asked for, else on the screen."""
    expires = localtime(request.now) + timedelta(days=days)
    addressed = [(seat, settings.YISHI_URL + reverse("link_use", args=[code])) for seat, code in made]
    if "cards" in request.POST:
        pdf = cards_pdf(link_cards(addressed, expires), heading=body.name)
        name = f"links-{body.code}.pdf"
        return HttpResponse(
            pdf,
            content_type="application/pdf",
            headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
        )
    one = len(addressed) == 1
    context = {
        "body": body,
        "made": addressed,
        "expires": expires,
        "svg": qr_svg(addressed[0][1]) if one else "",
        "back": reverse("seat", args=[addressed[0][0].pk]) if one else reverse("seats", args=[body.pk]),
    }
    return render(request, "people/links_made.html", context)


def _may_revoke(user: Any, seat: Seat, link: Link, now: Any) -> bool:
    return rules.may_make_link(user, seat, now)


@allow(_may_revoke, seat=SEATS, link=Link.objects.select_related("user"))
@require_POST
def link_revoke(request: Any, seat: Seat, link: Link) -> HttpResponse:
    try:
        actions.revoke_link(link, seat, by=request.user, at=request.now)
        messages.success(request, _("链接已作废。"))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("seat", seat=seat.pk)


# --- the deputy's side -------------------------------------------------------


@sensitive_variables("code")
@allow(anyone)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def link_use(request: Any, code: str) -> HttpResponse:
    """GET shows whose link it is and one button; only POST uses it up, so that a preview cannot."""
    link = Link.objects.filter(digest=actions.digest(code)).select_related("user").first()
    if link is None and not limit(f"link:{remote(request)}", WINDOW, MISSES, request.now):
        return too_many(request, opens(WINDOW, request.now), request.now)
    if link is None or not rules.may_use_link(link, request.now):
        return _closed(request)
    if request.method != "POST":
        return render(request, "people/link_use.html", {"link": link})
    try:
        user = actions.use_link(link, at=request.now)
    except ValidationError:
        return _closed(request)
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return redirect(settings.LOGIN_REDIRECT_URL)


def _closed(request: Any) -> HttpResponse:
    return render(request, "people/link_closed.html", status=410)
