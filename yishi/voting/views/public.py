"""What the public sees: published results, one by one; nothing that is not published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yishi.law.articles import english as article_english
from yishi.law.sentence import GRADES_EN, GRADES_ZH
from yishi.voting.models import Poll
from yishi.voting.rules import box, outcomes, sealed_count
from yishi.voting.views.frame import english, sentence
from yishi.voting.words import feed, open_data
from yishi.web.access import allow, anyone
from yishi.web.templatetags.web import zhdate

if TYPE_CHECKING:
    from yishi.voting.models import Tally

PUBLISHED = Poll.objects.published().whole()


@allow(anyone)
@require_safe
def results(request: Any) -> HttpResponse:
    found = PUBLISHED.order_by("-declared_at", "-pk")
    shown = Paginator(found, 20).get_page(request.GET.get("page"))
    rows = [
        {"poll": poll, "body": poll.meeting.body.name, "date": zhdate(poll.declared_at)} for poll in shown
    ]
    context = {"page": shown, "rows": rows, "crumbs": [("/", _("首页")), ("", _("表决结果"))]}
    return render(request, "voting/results.html", context)


@allow(anyone)
@require_safe
def results_rss(request: Any) -> HttpResponse:
    site = settings.YISHI_URL
    polls = PUBLISHED.order_by("-published_at", "-pk")[:30]
    told = [(poll, site + reverse("poll_public", args=[poll.pk])) for poll in polls]
    text = feed.rss(told, site + reverse("results"), site + reverse("results_rss"))
    return HttpResponse(text, content_type="application/rss+xml; charset=utf-8")


@allow(anyone, poll=PUBLISHED)
@require_safe
def poll_public(request: Any, poll: Poll) -> HttpResponse:
    tally = box.declared(poll)
    if tally is None:
        raise Http404
    request.body_name = poll.meeting.body.short_name
    context = {
        "poll": poll,
        **shown(poll, tally),
        "corrected": tally.why if tally.replaces_id else "",
        "has_projects": open_data.has_projects(poll),
        "record": _record(poll),
        "crumbs": [("/", _("首页")), ("/results/", _("表决结果")), ("", poll.title)],
    }
    return render(request, "voting/public.html", context)


@allow(anyone, poll=PUBLISHED)
@require_safe
def result_csv(request: Any, poll: Poll) -> HttpResponse:
    data = open_data.as_csv(_data(poll))
    return _file(HttpResponse(data, content_type="text/csv; charset=utf-8"), poll, "csv")


@allow(anyone, poll=PUBLISHED)
@require_safe
def result_json(request: Any, poll: Poll) -> HttpResponse:
    data = open_data.as_json(_data(poll))
    return HttpResponse(data, content_type="application/json")


@allow(anyone, poll=PUBLISHED)
@require_safe
def result_pb(request: Any, poll: Poll) -> HttpResponse:
    if not open_data.has_projects(poll):
        raise Http404
    data = open_data.as_pb(_data(poll))
    return _file(HttpResponse(data, content_type="text/plain; charset=utf-8"), poll, "pb")


def _record(poll: Poll) -> dict[str, Any] | None:
    """What is compared with the signed report when the record of a sealed vote is checked."""
    electronic = getattr(poll, "box", None) if poll.by_phone else None
    if electronic is None or sealed_count.stage(electronic) != "counted":
        return None
    return {
        "box": electronic,
        "fingerprint": sealed_count.election_of(electronic).fingerprint,
        "last": sealed_count.last_hash(electronic),
    }


def _data(poll: Poll) -> dict[str, Any]:
    tally = box.declared(poll)
    if tally is None:
        raise Http404
    return open_data.open_data(poll, tally, settings.YISHI_URL + reverse("poll_public", args=[poll.pk]))


def _file(answer: HttpResponse, poll: Poll, kind: str) -> HttpResponse:
    answer["Content-Disposition"] = f'attachment; filename="result-{poll.pk}.{kind}"'
    return answer


def shown(poll: Poll, tally: Tally) -> dict[str, Any]:
    """One tally as pages show it: sentence, figures, lines, articles."""
    law, rows = poll.law, outcomes.result_rows(poll, tally)
    columns = {
        "grades": (
            ("satisfied", _("满意")),
            ("basically", _("基本满意")),
            ("dissatisfied", _("不满意")),
            ("abstain", _("弃权")),
        ),
        "choose_up_to": (("for", _("得票")),),
    }.get(law.kind, (("for", _("赞成")), ("against", _("反对")), ("abstain", _("弃权"))))
    if law.kind == "grades":
        # Published beside the votes wherever satisfaction is voted on.
        columns = (*columns, ("rate", _("满意率")))
    for row in rows:
        rate = row.get("satisfied_rate")
        row["rate"] = "—" if rate is None else f"{rate:.2%}"
        row["cells"] = [(label, row.get(name, 0)) for name, label in columns]
        row["chip"], row["result"] = _result(law, row)
    names = ("members", "present", "issued", "returned", "valid", "invalid")
    labels = (_("应到"), _("实到"), _("发出"), _("收回"), _("有效"), _("无效"))
    articles = tally.outcome["articles"]
    return {
        "tally": tally,
        "sentence": sentence(tally.outcome),
        "figures": [
            {"label": label, "value": tally.figures[name]} for label, name in zip(labels, names, strict=True)
        ],
        "columns": [label for _name, label in columns],
        "rows": rows,
        "bars": [
            {"label": row["title"], "n": row.get("for", row.get("satisfied", 0)), "soft": not row["adopted"]}
            for row in rows
        ],
        "articles": [article_english(a) for a in articles] if english() else articles,
    }


def _result(law: Any, row: dict[str, Any]) -> tuple[str, str]:
    if "grade" in row:
        kind = {"satisfied": "ok", "basically": "info", "dissatisfied": "bad"}.get(row["grade"], "warn")
        return kind, (GRADES_EN if english() else GRADES_ZH)[row["grade"]]
    if row["tied"]:
        return "warn", _("票数相等")
    won, lost = (law.words.won_en, law.words.lost_en) if english() else (law.words.won_zh, law.words.lost_zh)
    return ("ok", won) if row["adopted"] else ("", lost)
