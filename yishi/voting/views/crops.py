"""Pictures of ballots and of their rows: for scrutineers alone, kept by no browser."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from yishi.voting import crops
from yishi.voting.actions import scans as do
from yishi.voting.forms import scans as forms
from yishi.voting.models import ScanPage
from yishi.voting.rules import scans as rules
from yishi.voting.views.counting import about, attempt
from yishi.voting.views.scans import scan_crumbs
from yishi.voting.words import scans as words
from yishi.web.access import allow

if TYPE_CHECKING:
    from collections.abc import Callable

PAGES = ScanPage.objects.select_related("file", "batch__poll__meeting__body").defer("likeness", "reading")
HEADERS = {"Cache-Control": "private, no-store", "Content-Disposition": "inline"}


def may_see(user: Any, page: ScanPage, now: Any) -> bool:
    return rules.may_see_ballots(user, page.batch.poll, now)


@allow(may_see, page=PAGES)
def scan_row(request: Any, page: ScanPage, row: int) -> HttpResponse:
    """One row over the whole width of the sheet, as it was scanned."""
    return _piece(page, row, crops.rows, crops.large)


@allow(may_see, page=PAGES)
def scan_ovals(request: Any, page: ScanPage, row: int) -> HttpResponse:
    """Of one row only where it is marked, small; `?close`: as it was scanned."""
    if "close" in request.GET:
        return _piece(page, row, partial(crops.ovals, above=crops.ABOVE), crops.large)
    return _piece(page, row, crops.ovals, crops.small)


@allow(may_see, page=PAGES)
def scan_picture(request: Any, page: ScanPage) -> HttpResponse:
    """The whole page: straightened, or as it was scanned where it could not be read. `?full`: not shrunk."""
    if not page.picture:
        raise Http404
    data = _read(page.picture)
    return _jpeg(data if "full" in request.GET else crops.shrunk(data))


@allow(may_see, page=PAGES)
def scan_page(request: Any, page: ScanPage) -> HttpResponse:
    """The whole page to look at closely; a scrutineer may say that it does not count as it was read."""
    about(request, page.batch.poll)
    name = words.page_name(page)
    form = forms.Fate(request.POST if request.method == "POST" else None, choices=_fates(page))
    if form.is_valid():
        act = partial(do.decide, page, None, form.cleaned_data["fate"], by=request.user, at=request.now)
        if attempt(request, act):
            messages.success(request, _("您的意见记下了。"))
            return redirect("batch_scan", batch=page.batch_id)
    context = {
        "poll": page.batch.poll,
        "page": page,
        "name": name,
        "reason": words.reason(page.reason) if page.reason else "",
        "form": form,
        "may_judge": rules.may_judge(request.user, page.batch, request.now),
        "crumbs": scan_crumbs(request, page.batch, name),
    }
    return render(request, "voting/scans/page.html", context)


def _fates(page: ScanPage) -> list[tuple[str, str]]:
    return words.fates(readable=page.state == ScanPage.State.READ)


def _piece(page: ScanPage, row: int, places: Callable[..., Any], cut: Callable[..., Any]) -> HttpResponse:
    layout = page.batch.poll.sheet_layout or {}
    side = next((one for one in layout.get("pages", []) if one["number"] == page.side), None)
    if not page.picture or side is None:
        raise Http404
    pieces = cut(page.picture, places(side), _read)
    if row not in pieces:
        raise Http404
    return _jpeg(pieces[row])


def _read(picture: str) -> bytes:
    try:
        with default_storage.open(picture) as file:
            return file.read()
    except FileNotFoundError:
        raise Http404 from None


def _jpeg(data: bytes) -> HttpResponse:
    return HttpResponse(data, content_type="image/jpeg", headers=HEADERS)
