"""The public site: what was published, for anybody to read; no name of a deputy, no account needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from yishi.portal.latest import latest
from yishi.portal.search import asked, find, hit
from yishi.projects.models import Call
from yishi.voting.models import Poll
from yishi.web.access import allow, anyone

if TYPE_CHECKING:
    from django.http import HttpRequest

SHOWN = 6
PER_PAGE = 20


@allow(anyone)
@require_safe
def home(request: Any) -> HttpResponse:
    found = latest(SHOWN + 1)
    calls = Call.objects.open(request.now)[:SHOWN]
    context = {"results": found[:SHOWN], "more": len(found) > SHOWN, "calls": calls}
    return render(request, "portal/home.html", context)


@allow(anyone)
@require_safe
def search(request: Any) -> HttpResponse:
    query = asked(request.GET.get("q"))
    page = Paginator(find(query), PER_PAGE).get_page(request.GET.get("page"))
    context = {"query": query, "page": page, "hits": [hit(poll, query) for poll in page]}
    crumbs = [(reverse("home"), _("首页")), ("", _("查找表决结果"))]
    answer = render(request, "portal/search.html", {**context, "crumbs": crumbs})
    answer["X-Robots-Tag"] = "noindex"
    return answer


@allow(anyone)
@require_safe
@cache_control(public=True, max_age=3600)
def robots(request: HttpRequest) -> HttpResponse:
    """Search engines may read what is published, its data and its feed, and nothing else."""
    lines = ["User-agent: *", f"Allow: {reverse('home')}$", f"Allow: {reverse('results')}"]
    lines += [f"Allow: {reverse('calls_public')}", "Allow: /static/", "Disallow: /"]
    lines += [f"Sitemap: {settings.YISHI_URL}{reverse(name)}" for name in ("sitemap", "results_rss")]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@allow(anyone)
@require_safe
@cache_control(public=True, max_age=3600)
def sitemap(request: HttpRequest) -> HttpResponse:
    """The addresses of calls and published results, the newest first, for search engines."""
    return render(request, "portal/sitemap.xml", _addresses(), content_type="application/xml")


def _addresses() -> dict[str, Any]:
    keys = Poll.objects.published().order_by("-declared_at", "-pk").values_list("pk", flat=True)[:5000]
    calls = Call.objects.published().values_list("pk", flat=True)[:1000]
    pages = [reverse(name) for name in ("home", "calls_public", "results")]
    pages += [reverse("call_public", args=[pk]) for pk in calls]
    pages += [reverse("poll_public", args=[pk]) for pk in keys]
    return {"addresses": [f"{settings.YISHI_URL}{page}" for page in pages]}
