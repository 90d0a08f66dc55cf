"""The public site: what was published, for anybody to read; no name of a deputy, no account needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from yishi.portal.latest import latest
from yishi.projects.models import Call
from yishi.projects.rules.ledger import PUBLIC
from yishi.projects.words.ledger import running, standing_bars
from yishi.publishing import search as pages
from yishi.publishing.models import Document, Page
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
    documents = Document.objects.published().select_related("body")[:SHOWN]
    years, lines = running(localdate(request.now))
    context = {"results": found[:SHOWN], "more": len(found) > SHOWN, "calls": calls, "documents": documents}
    context |= {"years": years, "bars": standing_bars(lines) if lines else []}
    return render(request, "portal/home.html", context)


@allow(anyone)
@require_safe
def search(request: Any) -> HttpResponse:
    query, kind = pages.asked(request.GET.get("q")), request.GET.get("kind", "")
    kind = kind if kind in Page.Kind.values else ""
    counts = pages.counts(query)
    keys = pages.find(query, kind).values_list("pk", flat=True)
    page = Paginator(keys, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "query": query,
        "kind": kind,
        "page": page,
        "hits": pages.hits(list(page), query),
        "tabs": _tabs(query, kind, counts),
        "crumbs": [(reverse("home"), _("首页")), ("", _("查找"))],
    }
    answer = render(request, "portal/search.html", context)
    answer["X-Robots-Tag"] = "noindex"
    return answer


def _tabs(query: str, kind: str, counts: dict[str, int]) -> list[dict[str, Any]]:
    """All, then each kind of which something was found."""
    own = f"{reverse('search')}?{urlencode({'q': query})}"
    tabs = [{"url": own, "label": _("全部"), "current": not kind, "count": sum(counts.values())}]
    return tabs + [
        {"url": f"{own}&kind={k}", "label": k.label, "current": k == kind, "count": counts.get(k, 0)}
        for k in Page.Kind
        if k in counts or k == kind
    ]


@allow(anyone)
@require_safe
@cache_control(public=True, max_age=3600)
def robots(request: HttpRequest) -> HttpResponse:
    """Search engines may read what is published, its data and its feed, and nothing else."""
    lines = ["User-agent: *", f"Allow: {reverse('home')}$", f"Allow: {reverse('results')}"]
    lines += [f"Allow: {reverse(name)}" for name in ("calls_public", "documents_public", "board", "ledger")]
    lines += ["Allow: /candidates/", "Allow: /static/", "Disallow: /"]
    feeds = ("sitemap", "results_rss", "documents_rss", "ledger_rss")
    lines += [f"Sitemap: {settings.YISHI_URL}{reverse(name)}" for name in feeds]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@allow(anyone)
@require_safe
@cache_control(public=True, max_age=3600)
def sitemap(request: HttpRequest) -> HttpResponse:
    """The addresses of calls, projects, documents and results that are public, the newest first."""
    return render(request, "portal/sitemap.xml", _addresses(), content_type="application/xml")


def _addresses() -> dict[str, Any]:
    keys = Poll.objects.published().order_by("-declared_at", "-pk").values_list("pk", flat=True)[:5000]
    calls = Call.objects.published().values_list("pk", flat=True)[:1000]
    documents = Document.objects.published().newest().values_list("pk", flat=True)[:5000]
    projects = PUBLIC.order_by("-call__year", "call", "number").values_list("pk", "call")[:5000]
    names = ("home", "calls_public", "board", "ledger", "results", "documents_public")
    found = [reverse(name) for name in names]
    found += [reverse("call_public", args=[pk]) for pk in calls]
    for year in dict.fromkeys(call for _pk, call in projects):
        found += [reverse(name, args=[year]) for name in ("ledger_year", "candidates_public")]
    found += [reverse("project_public", args=[pk]) for pk, _call in projects]
    found += [reverse("poll_public", args=[pk]) for pk in keys]
    found += [reverse("document_public", args=[pk]) for pk in documents]
    return {"addresses": [f"{settings.YISHI_URL}{address}" for address in found]}
