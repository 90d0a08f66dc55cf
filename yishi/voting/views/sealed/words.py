"""What voting by phone promises and what it does not: for deputies, for scrutineers, for the sceptic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yishi.web.access import allow, anyone

if TYPE_CHECKING:
    from django.http import HttpResponse


@allow(anyone)
@require_safe
def deputies(request: Any) -> HttpResponse:
    return _page(request, "deputies", _("用手机投票：给代表"))


@allow(anyone)
@require_safe
def scrutineers(request: Any) -> HttpResponse:
    return _page(request, "scrutineers", _("用手机投票：给监票人"))


@allow(anyone)
@require_safe
def sceptic(request: Any) -> HttpResponse:
    return _page(request, "sceptic", _("用手机投票：不相信的人怎样核验"))


def _page(request: Any, name: str, title: str) -> HttpResponse:
    crumbs = [("/", _("首页")), ("", title)]
    return render(request, f"voting/sealed/words_{name}.html", {"title": title, "crumbs": crumbs})
