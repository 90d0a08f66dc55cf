"""The board of delivery for everybody: how all adopted projects stand, by body, year and state."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yishi.people.models import Body
from yishi.projects.forms.board import BoardFilter
from yishi.projects.rules import ledger as rules
from yishi.projects.rules.delivery import next_due
from yishi.projects.words import ledger as words
from yishi.web.access import allow, anyone

PER_PAGE = 25


@allow(anyone)
@require_safe
def board(request: Any) -> HttpResponse:
    """Without a year chosen, the years in which work is still going on."""
    today = localdate(request.now)
    years, running = rules.years()
    bodies = Body.objects.filter(pk__in=rules.DELIVERED.order_by().values("call__body"))
    form = BoardFilter(request.GET or None, years=years, bodies=bodies)
    asked = form.cleaned_data if form.is_valid() else {}
    found = rules.DELIVERED.filter(call__year__in=[int(asked["year"])] if asked.get("year") else running)
    if body := asked.get("body"):
        found = found.filter(call__body=body)
    lines = [
        words.line(one, today) for one in found.order_by("-call__year", "call__body__place", "call", "number")
    ]
    chosen = [one for one in lines if not asked.get("state") or _key(one) == asked["state"]]
    rows = [(one, next_due(one.project)) for one in chosen]
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "bars": words.standing_bars(lines) if lines else [],
        "is_filtered": any(asked.values()),
        "years": [int(asked["year"])] if asked.get("year") else running,
        "crumbs": [(reverse("home"), _("首页")), ("", _("民生实事进展"))],
    }
    return render(request, "projects/board.html", context)


def _key(line: words.Line) -> str:
    return line.standing.key if line.standing else ""
