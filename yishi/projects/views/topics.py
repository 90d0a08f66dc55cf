"""The clerk's pages of topics: the list, what may be the same, one topic, screening, the reserve."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from yishi.journal.models import Entry
from yishi.journal.words import say
from yishi.papers.tables import write_xlsx
from yishi.people.forms import WhyForm, done, put
from yishi.people.models import Body
from yishi.projects import grouped
from yishi.projects.actions import topics as actions
from yishi.projects.forms.topics import CarryForm, DecideForm, DeclineForm
from yishi.projects.models import Call, Project, Proposal, Topic
from yishi.projects.rules import topics as rules
from yishi.projects.views.calls import WHOLE as CALL
from yishi.projects.views.calls import crumbs as call_crumbs
from yishi.projects.words import topics as words
from yishi.web.access import allow

WHOLE = Topic.objects.select_related("call__body", "merged_into", "carried_from__call")
SAID = Proposal.objects.select_related("call__body", "topic__call__body")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PER_PAGE = 50
GROUPS_PER_PAGE = 20


def crumbs(call: Call, *more: tuple[str, str]) -> list[tuple[str, str]]:
    """The way to a page under the topics of a call; the last of `more` is the page itself."""
    if not more:
        return call_crumbs(call, _("同类事项"))
    return [*call_crumbs(call, "-")[:-1], (reverse("topics", args=[call.pk]), _("同类事项")), *more]


def of_topic(topic: Topic, here: str = "") -> list[tuple[str, str]]:
    own = ("" if not here else reverse("topic", args=[topic.pk]), topic.title)
    return crumbs(topic.call, own, *([("", here)] if here else []))


def picked(request: Any, name: str, topics: Any) -> list[Topic]:
    """The topics ticked in a form, of those that may be."""
    given = request.POST.getlist(name)
    keys = [int(one) for one in given if one.isascii() and one.isdigit() and len(one) < 16]
    return list(topics.filter(pk__in=keys))


def from_whom(topics: Any) -> dict[int, dict[str, int]]:
    """How many posts of each source every topic has; one query for all."""
    rows = (
        Proposal.objects.filter(topic__in=topics).order_by().values("topic", "source").annotate(n=Count("pk"))
    )
    found: dict[int, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row["topic"], {})[row["source"]] = row["n"]
    return found


def tabs(call: Call, only: str) -> list[dict[str, Any]]:
    rows = Topic.objects.filter(call=call).order_by().values("state").annotate(n=Count("pk"))
    number = {row["state"]: row["n"] for row in rows}
    every = {"url": "?", "label": _("全部"), "current": not only, "count": sum(number.values())}
    states = [
        {
            "url": f"?state={state}",
            "label": state.label,
            "current": only == state,
            "count": number.get(state, 0),
        }
        for state in Topic.State
    ]
    return [every, *states]


# --- the list ----------------------------------------------------------------


@allow(rules.may_see_topics, call=CALL)
@require_safe
def topics(request: Any, call: Call) -> HttpResponse:
    only = request.GET.get("state", "")
    found = WHOLE.filter(call=call)
    if only in Topic.State.values:
        found = found.filter(state=only)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    rows = list(page.object_list)
    sources = from_whom(rows)
    for row in rows:
        own = sources.get(row.pk, {})
        row.sources = [(s.label, own[s]) for s in Proposal.Source if s in own]  # type: ignore[attr-defined]
    page.object_list = rows
    context = {
        "call": call,
        "page": page,
        "tabs": tabs(call, only if only in Topic.State.values else ""),
        "undecided": rules.undecided(call),
        "keeps": rules.may_screen(request.user, call, request.now),
        "crumbs": crumbs(call),
    }
    return render(request, "projects/topics.html", context)


@allow(rules.may_see_topics, call=CALL)
@require_safe
def topics_file(request: Any, call: Call) -> HttpResponse:
    found = WHOLE.filter(call=call)
    if (only := request.GET.get("state", "")) in Topic.State.values:
        found = found.filter(state=only)
    data = write_xlsx([words.topics_sheet(call, found, from_whom(found.order_by().values("pk")))])
    name = f'attachment; filename="topics-{call.year}.xlsx"'
    return HttpResponse(
        data, content_type=XLSX, headers={"Content-Disposition": name, "Cache-Control": "private, no-store"}
    )


@allow(rules.may_screen, call=CALL)
@require_safe
def topics_alike(request: Any, call: Call) -> HttpResponse:
    """Open topics that may be the same, group by group, each with why."""
    page = Paginator(grouped.suggested(call), GROUPS_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "call": call,
        "page": page,
        "groups": grouped.explained(call, list(page.object_list)),
        "crumbs": crumbs(call, ("", _("可能是同类"))),
    }
    return render(request, "projects/topics_alike.html", context)


@allow(rules.may_screen, call=CALL)
@require_POST
def topics_decline(request: Any, call: Call) -> HttpResponse:
    """Several topics declined with the same words: those ticked in the list, then the words."""
    chosen = picked(request, "topics", WHOLE.filter(call=call))
    if not chosen:
        messages.error(request, _("请至少勾选一个事项。"))
        return redirect("topics", call.pk)
    form = DeclineForm(request.POST if "decline" in request.POST else None)
    who = {"by": request.user, "at": request.now}
    if form.is_bound and done(form, actions.decline_many, chosen, **who):
        messages.success(request, _("已答复%(n)d个事项：不列入。") % {"n": len(chosen)})
        return redirect("topics", call.pk)
    context = {"call": call, "chosen": chosen, "form": form, "crumbs": crumbs(call, ("", _("一并不列入")))}
    return render(request, "projects/topics_decline.html", context)


# --- one topic ---------------------------------------------------------------


@allow(rules.may_see_topic, topic=WHOLE)
@require_safe
def topic(request: Any, topic: Topic) -> HttpResponse:
    """Its proposals, similar topics beside it, how it was screened, and its history."""
    keeps = rules.may_screen_topic(request.user, topic, request.now)
    live = topic.state != Topic.State.MERGED
    carried = Topic.objects.filter(carried_from=topic).select_related("call").first()
    project = Project.objects.filter(topic=topic).select_related("call").first()
    context = {
        "topic": topic,
        "page": Paginator(topic.proposals.select_related("place"), PER_PAGE).get_page(
            request.GET.get("page")
        ),
        "keeps": keeps and carried is None,
        "project": project,
        "likes": grouped.beside(topic) if keeps and live and project is None else [],
        "answers": answers(topic),
        "excluded": [
            words.in_words(one) for key, one in rules.asked().exclusions.items() if key in topic.exclusions
        ],
        "fate": words.fate(topic, project),
        "merged": topic.merged.all()[:PER_PAGE],
        "more_merged": max(topic.merged.count() - PER_PAGE, 0),
        "carried": carried,
        "entries": history(topic),
        "crumbs": of_topic(topic),
    }
    return render(request, "projects/topic.html", context)


def answers(topic: Topic) -> list[dict[str, Any]]:
    """Each criterion that was answered, as the part `gates` shows it."""
    criteria = rules.asked().criteria
    return [
        {"text": words.in_words(one), **topic.criteria[key]}
        for key, one in criteria.items()
        if key in topic.criteria
    ]


def history(topic: Topic | Project) -> list[Entry]:
    entries = list(Entry.objects.about(topic).select_related("by").order_by("-pk")[:50])
    for entry in entries:
        entry.phrase = say(entry.verb)  # type: ignore[attr-defined]
    return entries


@allow(rules.may_screen_topic, topic=WHOLE)
@require_POST
def topic_merge(request: Any, topic: Topic) -> HttpResponse:
    """Put the topics ticked into this one; back to the suggestions where they were ticked there."""
    others = picked(request, "others", WHOLE.filter(call=topic.call))
    try:
        actions.merge(topic, others, by=request.user, at=request.now)
        told = _("已把%(n)d个事项并入“%(title)s”。")
        messages.success(request, told % {"n": len(others), "title": topic.title})
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    if (page := request.POST.get("back", "")).isdigit():
        return redirect(f"{reverse('topics_alike', args=[topic.call_id])}?page={page}")
    return redirect("topic", topic.pk)


@allow(rules.may_split, proposal=SAID)
def proposal_split(request: Any, proposal: Proposal) -> HttpResponse:
    source = proposal.topic
    form = WhyForm(request.POST or None)
    who = {"by": request.user, "at": request.now}
    if request.method == "POST" and done(form, actions.split, proposal, **who):
        messages.success(request, _("已拆出为单独的事项。"))
        return redirect("topic", proposal.topic_id)
    consequence = _("“%(what)s”将从“%(title)s”中拆出，单独初定。")
    context: dict[str, Any] = {"form": form, "title": _("拆出建议"), "submit": _("拆出")}
    context["consequence"] = consequence % {"what": proposal.what, "title": source.title}
    context |= {"back": reverse("topic", args=[source.pk]), "crumbs": of_topic(source, _("拆出建议"))}
    return render(request, "web/confirm.html", context)


@allow(rules.may_screen_topic, topic=WHOLE)
def topic_decide(request: Any, topic: Topic) -> HttpResponse:
    form = DecideForm(request.POST or None, topic=topic)
    if request.method == "POST" and form.is_valid():
        try:
            actions.decide(topic, **form.decision, by=request.user, at=request.now)
            messages.success(request, _("已初定：%(state)s。") % {"state": topic.get_state_display()})
            return redirect("topic", topic.pk)
        except ValidationError as error:
            put(form, error)
    context = {"topic": topic, "form": form, "crumbs": of_topic(topic, _("初定"))}
    return render(request, "projects/topic_decide.html", context)


@allow(rules.may_screen_topic, topic=WHOLE)
def topic_reconsider(request: Any, topic: Topic) -> HttpResponse:
    form = WhyForm(request.POST or None)
    who = {"by": request.user, "at": request.now}
    if request.method == "POST" and done(form, actions.reconsider, topic, **who):
        messages.success(request, _("已退回待初定。"))
        return redirect("topic", topic.pk)
    context: dict[str, Any] = {
        "form": form,
        "title": _("重新研究"),
        "submit": _("退回待初定"),
        "consequence": _("“%(title)s”将退回待初定，提出人不再看到原来的答复。") % {"title": topic.title},
    }
    context |= {"back": reverse("topic", args=[topic.pk]), "crumbs": of_topic(topic, _("重新研究"))}
    return render(request, "web/confirm.html", context)


# --- the reserve -------------------------------------------------------------


@allow(rules.may_see_reserve, body=Body)
def reserve(request: Any, body: Body) -> HttpResponse:
    """What a body holds in reserve, all years together; ticked topics go into a later call."""
    found = WHOLE.filter(call__body=body, state=Topic.State.RESERVED).select_related("carried_to__call")
    form = CarryForm(request.POST or None, calls=Call.objects.filter(body=body))
    if request.method == "POST" and form.is_valid():
        chosen = picked(request, "topics", found)
        try:
            to_call = form.cleaned_data["to_call"]
            number = actions.carry_reserve(to_call, chosen, by=request.user, at=request.now)
            messages.success(request, _("已转入%(n)d个事项。") % {"n": number})
            return redirect("topics", to_call.pk)
        except ValidationError as error:
            put(form, error)
    context = {
        "body": body,
        "form": form,
        "ticked": request.POST.getlist("topics"),
        "page": Paginator(found.order_by("-call__year", "-people", "pk"), PER_PAGE).get_page(
            request.GET.get("page")
        ),
        "keeps": rules.may_keep_reserve(request.user, body, request.now),
        "crumbs": [(reverse("calls"), _("征集")), ("", _("项目储备库"))],
    }
    return render(request, "projects/reserve.html", context)
