"""The ledger for everybody: the years, one year, the whole story of one project, the candidates, the data."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yishi.papers.documents import pdf
from yishi.projects.models import Call, Project, Topic
from yishi.projects.rules import ledger as rules
from yishi.projects.rules import rating as ratings
from yishi.projects.words import ledger as words
from yishi.projects.words import ledger_feed, open_projects
from yishi.projects.words import story as stories
from yishi.projects.words.booklet import booklet
from yishi.projects.words.candidates import map_of
from yishi.projects.words.rating import shares
from yishi.voting.words.open_data import as_json
from yishi.web.access import allow, anyone
from yishi.web.errors import too_many
from yishi.web.limits import limit, opens, remote

CALL = Call.objects.published().select_related("body__parent__parent")
CANDIDATES = CALL.filter(candidates_at__isnull=False)
FAR = rules.PUBLIC.prefetch_related("milestones", "reports")
STORY = rules.PUBLIC.prefetch_related(
    "versions",
    "comments__version",
    "call__explanations__meeting",
    "milestones__slips",
    "reports",
    "photos",
    "supervisions",
    "inspections",
    "changes",
)
CALLS_PER_PAGE, PER_PAGE, TOPICS_PER_PAGE, ENTRIES_PER_PAGE = 40, 30, 10, 15
PAPERS = (10, 60)  # papers made for one address: times, seconds


def crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [(reverse("home"), _("首页")), (reverse("ledger"), _("民生实事台账")), *more]


@allow(anyone)
@require_safe
def ledger(request: Any) -> HttpResponse:
    """The years, each with its bodies, the newest first."""
    public = Q(candidates_at__isnull=False)
    found = CALL.filter(opens_on__lte=localdate(request.now)).annotate(n=Count("projects", filter=public))
    page = Paginator(found.order_by("-year", "body__place", "pk"), CALLS_PER_PAGE).get_page(
        request.GET.get("page")
    )
    context = {"page": page, "crumbs": [*crumbs()[:1], ("", _("民生实事台账"))]}
    return render(request, "projects/ledger.html", context)


@allow(anyone, call=CALL)
@require_safe
def ledger_year(request: Any, call: Call) -> HttpResponse:
    """What became of what was proposed and voted; lists of topics once the candidates are published."""
    today = localdate(request.now)
    lines = [words.line(one, today) for one in FAR.filter(call=call).order_by("number")]
    topics = Topic.objects.filter(call=call).order_by("-people", "pk")
    if call.candidates_at is None:
        topics = topics.none()
    context = {
        "call": call,
        "year": words.year(call, lines),
        "standings": words.standing_bars(lines) if any(one.standing for one in lines) else [],
        "page": Paginator(lines, PER_PAGE).get_page(request.GET.get("page")),
        "declined": _topics(request, topics.filter(state=Topic.State.DECLINED), "declined"),
        "reserved": _topics(request, topics.filter(state=Topic.State.RESERVED), "reserved"),
        "crumbs": crumbs(("", call.title)),
    }
    return render(request, "projects/ledger_year.html", context)


def _topics(request: Any, found: Any, name: str) -> Any:
    page = Paginator(found, TOPICS_PER_PAGE).get_page(request.GET.get(name))
    page.object_list = [
        (stories.public(one.title), one.people, stories.public(one.reason)) for one in page.object_list
    ]
    return page


@allow(anyone, project=STORY)
@require_safe
def project_public(request: Any, project: Project) -> HttpResponse:
    """The whole story; long stages by pages, `?all=1` for the printer."""
    today = localdate(request.now)
    size = 10_000 if request.GET.get("all") else ENTRIES_PER_PAGE
    told = []
    for stage in stories.story(project):
        told.append((stage, Paginator(stage.entries, size).get_page(request.GET.get(stage.key))))
    said = ratings.residents([project]).get(project.pk, ratings.Residents())
    line = words.line(project, today)
    context = {
        "project": project,
        "line": line,
        "sheet": stories.sheet(project),
        "stages": told,
        "milestones": list(project.milestones.all()) if line.standing else [],
        "graded": stories.graded(project),
        "said": said,
        "shares": shares(said) if said.total else [],
        "least": ratings.least() if said.total and not said.shares else 0,
        "rates": ratings.may_rate(project, request.now),
        "grades": Project.Grade.choices,
        "map": map_of(project.call, [project]) if project.place or project.x is not None else "",
        "has_more": not request.GET.get("all") and any(page.has_other_pages() for _stage, page in told),
        "crumbs": crumbs(
            (reverse("ledger_year", args=[project.call_id]), project.call.title), ("", project.title)
        ),
    }
    return render(request, "projects/project_public.html", context)


@allow(anyone, call=CANDIDATES)
@require_safe
def candidates_public(request: Any, call: Call) -> HttpResponse:
    """The published candidates: a list with its map, what each costs, who does it and until when."""
    today = localdate(request.now)
    projects = _candidates(call)
    context = {
        "call": call,
        "page": Paginator([words.line(one, today) for one in projects], PER_PAGE).get_page(
            request.GET.get("page")
        ),
        "map": map_of(call, projects),
        "crumbs": crumbs((reverse("ledger_year", args=[call.pk]), call.title), ("", _("候选项目"))),
    }
    return render(request, "projects/candidates_public.html", context)


@allow(anyone, call=CANDIDATES)
@require_safe
def candidates_pdf(request: Any, call: Call) -> HttpResponse:
    """The same as one paper to print; made anew each time, so not too often for one address."""
    times, seconds = PAPERS
    if not limit(f"candidates-pdf:{remote(request)}", seconds, times, request.now):
        return too_many(request, opens(seconds, request.now), request.now)
    data = pdf(booklet(call, _candidates(call)))
    headers = {"Content-Disposition": f'attachment; filename="candidates-{call.year}-{call.pk}.pdf"'}
    return HttpResponse(data, content_type="application/pdf", headers=headers)


def _candidates(call: Call) -> list[Project]:
    return list(FAR.filter(call=call).exclude(state=Project.State.WITHDRAWN).order_by("number"))


@allow(anyone)
@require_safe
def ledger_rss(request: Any) -> HttpResponse:
    text = ledger_feed.rss(settings.YISHI_URL, reverse("ledger"), reverse("ledger_rss"))
    return HttpResponse(text, content_type="application/rss+xml; charset=utf-8")


@allow(anyone, call=CANDIDATES)
@require_safe
def ledger_csv(request: Any, call: Call) -> HttpResponse:
    answer = HttpResponse(open_projects.as_csv(_data(request, call)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="projects-{call.year}-{call.pk}.csv"'
    return answer


@allow(anyone, call=CANDIDATES)
@require_safe
def ledger_json(request: Any, call: Call) -> HttpResponse:
    return HttpResponse(as_json(_data(request, call)), content_type="application/json")


def _data(request: Any, call: Call) -> dict[str, Any]:
    projects = list(FAR.filter(call=call).order_by("number"))

    def url(name: str, key: int) -> str:
        return str(settings.YISHI_URL) + reverse(name, args=[key])

    said = ratings.residents(projects)
    return open_projects.open_data(call, projects, said, localdate(request.now), url)
