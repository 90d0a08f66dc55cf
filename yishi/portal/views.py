"""The public site: what was published, for anybody to read; no name of a deputy, no account needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from yishi.portal.latest import latest
from yishi.voting.models import Poll
from yishi.web.access import allow, anyone

if TYPE_CHECKING:
    from django.http import HttpRequest

SHOWN = 6


@allow(anyone)
@require_safe
def home(request: Any) -> HttpResponse:
    found = latest(SHOWN + 1)
    context = {"results": found[:SHOWN], "more": len(found) > SHOWN}
    return render(request, "portal/home.html", context)


@allow(anyone)
@require_safe
@cache_control(public=True, max_age=3600)
def robots(request: HttpRequest) -> HttpResponse:
    """Search engines may read what is published and nothing else."""
    lines = ["User-agent: *", f"Allow: {reverse('home')}$", f"Allow: {reverse('results')}"]
    lines += ["Allow: /static/", "Disallow: /", f"Sitemap: {settings.YISHI_URL}{reverse('sitemap')}"]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@allow(anyone)
@require_safe
@cache_control(public=True, max_age=3600)
def sitemap(request: HttpRequest) -> HttpResponse:
    """The addresses of the published results, the newest first, for search engines."""
    return render(request, "portal/sitemap.xml", _addresses(), content_type="application/xml")


def _addresses() -> dict[str, Any]:
    keys = Poll.objects.published().order_by("-declared_at", "-pk").values_list("pk", flat=True)[:5000]
    pages = [reverse("home"), reverse("results"), *(reverse("poll_public", args=[pk]) for pk in keys)]
    return {"addresses": [f"{settings.YISHI_URL}{page}" for page in pages]}
