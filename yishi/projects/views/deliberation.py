"""The deliberation: what was explained, what was said of each candidate, and the answers."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yishi.journal.models import Entry
from yishi.journal.words import say
from yishi.papers.tables import write_xlsx
from yishi.people.forms import WhyForm, done
from yishi.projects.actions import deliberation as actions
from yishi.projects.forms import deliberation as forms
from yishi.projects.models import Call, Comment, Explanation
from yishi.projects.rules import deliberation as rules
from yishi.projects.rules.candidates import may_see_candidates
from yishi.projects.views.calls import WHOLE as CALL
from yishi.projects.views.calls import crumbs as call_crumbs
from yishi.projects.words import deliberation as words
from yishi.web.access import allow

SAID = Comment.objects.select_related(
    "call__body__parent", "project__unit", "project__poll", "project__call__body", "meeting", "version"
)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PER_PAGE = 50
MOST = 2000  # on one print


def crumbs(request: Any, call: Call, *more: tuple[str, str]) -> list[tuple[str, str]]:
    """The way to a page under the deliberation; a unit's clerk has no page of the call itself."""
    own = [(reverse("deliberation", args=[call.pk]) if more else "", _("审议")), *more]
    above = call_crumbs(call, "-")[:-1] if may_see_candidates(request.user, call, request.now) else []
    return [*above, *own]


def chips(state: str) -> str:
    return {"open": "warn", "answered": "ok", "noted": "info"}[state]


def groups(comments: Any) -> list[dict[str, Any]]:
    """Comments in the order given, those of one project together; of all candidates first."""
    found: dict[int, dict[str, Any]] = {}
    for one in comments:
        one.chip = chips(one.state)
        group = found.setdefault(one.project_id or 0, {"project": one.project, "comments": []})
        group["comments"].append(one)
    return list(found.values())


def in_order(call: Call) -> Any:
    return SAID.filter(call=call).order_by("project__number", "at", "pk")


def numbers(call: Call) -> dict[str, int]:
    states = {state.value: Count("pk", filter=Q(state=state)) for state in Comment.State}
    return Comment.objects.filter(call=call).aggregate(total=Count("pk"), **states)


@allow(rules.may_see_deliberation, call=CALL)
@require_safe
def deliberation(request: Any, call: Call) -> HttpResponse:
    """The explanation, and the comments by project with their state."""
    only = request.GET.get("state", "")
    number, found = numbers(call), in_order(call)
    if only in Comment.State.values:
        found = found.filter(state=only)
    else:
        only = ""
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    every = {"url": "?", "label": _("全部"), "current": not only, "count": number["total"]}
    states = [
        {"url": f"?state={s}", "label": s.label, "current": only == s, "count": number[s]}
        for s in Comment.State
    ]
    context = {
        "call": call,
        "explanations": Explanation.objects.filter(call=call).select_related("meeting"),
        "page": page,
        "groups": groups(page.object_list),
        "tabs": [every, *states],
        "open": number["open"],
        "total": number["total"],
        "records": rules.may_record(request.user, call, request.now),
        "works": may_see_candidates(request.user, call, request.now),
        "crumbs": crumbs(request, call),
    }
    return render(request, "projects/deliberation.html", context)


@allow(rules.may_see_deliberation, call=CALL)
@require_safe
def deliberation_print(request: Any, call: Call) -> HttpResponse:
    context = {
        "call": call,
        "explanations": Explanation.objects.filter(call=call).select_related("meeting"),
        "groups": groups(in_order(call)[:MOST]),
        "total": numbers(call)["total"],
        "now": request.now,
    }
    return render(request, "projects/deliberation_print.html", context)


@allow(rules.may_see_deliberation, call=CALL)
@require_safe
def deliberation_file(request: Any, call: Call) -> HttpResponse:
    data = write_xlsx([words.comments_sheet(call, in_order(call))])
    name = f'attachment; filename="comments-{call.year}.xlsx"'
    return HttpResponse(
        data, content_type=XLSX, headers={"Content-Disposition": name, "Cache-Control": "private, no-store"}
    )


# --- the clerk records -------------------------------------------------------


@allow(rules.may_record, call=CALL)
def explain(request: Any, call: Call) -> HttpResponse:
    """Who explained the candidates, when and what; again for the same meeting is a correction."""
    meetings = rules.meetings_of(call)
    before = Explanation.objects.filter(call=call).select_related("meeting").last()
    first = meetings.first()
    initial = (
        {name: getattr(before, name) for name in ("meeting", *actions.SAID)}
        if before
        else {"meeting": first, "held_at": localtime(request.now)}
    )
    form = forms.ExplainForm(
        request.POST or None, meetings=meetings, corrects=before is not None, initial=initial
    )
    who = {"by": request.user, "at": request.now}
    if request.method == "POST" and done(form, actions.explain, call, **who):
        messages.success(request, _("已登记。"))
        return redirect("deliberation", call.pk)
    note = "" if first else _("还没有票决候选项目的会议，请先在“会议”里筹备。")
    context: dict[str, Any] = {"form": form, "title": _("登记候选项目的说明"), "note": note}
    context |= {
        "back": reverse("deliberation", args=[call.pk]),
        "crumbs": crumbs(request, call, ("", _("登记说明"))),
    }
    return render(request, "web/form.html", context)


@allow(rules.may_record, call=CALL)
def comment_add(request: Any, call: Call) -> HttpResponse:
    """The clerk writes down what a deputy or a delegation said."""
    meetings = rules.meetings_of(call)
    form = forms.CommentForm(request.POST or None, call=call, meetings=meetings)
    who = {"by": request.user, "at": request.now}
    if request.method == "POST" and done(form, actions.comment, call, **who):
        messages.success(request, _("已登记这条审议意见。"))
        return redirect("deliberation", call.pk)
    context = {
        "form": form,
        "title": _("登记审议意见"),
        "back": reverse("deliberation", args=[call.pk]),
        "crumbs": crumbs(request, call, ("", _("登记审议意见"))),
    }
    return render(request, "web/form.html", context)


# --- the answer --------------------------------------------------------------


def _of(request: Any, comment: Comment, here: str = "") -> dict[str, Any]:
    """What every page of one comment has in its frame."""
    own = reverse("comment_said", args=[comment.pk])
    more = [(own, _("审议意见")), ("", here)] if here else [("", _("审议意见"))]
    return {"comment": comment, "back": own, "crumbs": crumbs(request, comment.call, *more)}


@allow(rules.may_see_comment, comment=SAID)
def comment_said(request: Any, comment: Comment) -> HttpResponse:
    """One comment and its answer; who answers finds the field here."""
    answers = rules.may_answer(request.user, comment, request.now)
    form = forms.AnswerForm(request.POST or None)
    who = {"by": request.user, "at": request.now}
    if request.method == "POST" and done(form, actions.answer, comment, **who):
        messages.success(request, _("已答复。"))
        return redirect("deliberation", comment.call_id)
    entries = list(Entry.objects.about(comment).select_related("by").order_by("-pk")[:50])
    for entry in entries:
        entry.phrase = say(entry.verb)  # type: ignore[attr-defined]
    context = {
        "form": form,
        "chip": chips(comment.state),
        "answers": answers,
        "amends": rules.may_amend(request.user, comment, request.now),
        "entries": entries,
        "works": may_see_candidates(request.user, comment.call, request.now),
        **_of(request, comment),
    }
    return render(request, "projects/comment_said.html", context)


@allow(rules.may_answer, comment=SAID)
def comment_note(request: Any, comment: Comment) -> HttpResponse:
    form = forms.NoteForm(request.POST or None)
    who = {"by": request.user, "at": request.now}
    if request.method == "POST" and done(form, actions.note, comment, **who):
        messages.success(request, _("已记录备查。"))
        return redirect("deliberation", comment.call_id)
    title = _("记录备查")
    context = {"form": form, "title": title, "submit": title, "note": comment.text}
    return render(request, "web/form.html", context | _of(request, comment, title))


@allow(rules.may_answer, comment=SAID)
def comment_reopen(request: Any, comment: Comment) -> HttpResponse:
    form = WhyForm(request.POST or None)
    who = {"by": request.user, "at": request.now}
    if request.method == "POST" and done(form, actions.reopen, comment, **who):
        messages.success(request, _("已退回待答复。"))
        return redirect("comment_said", comment.pk)
    title = _("重新答复")
    consequence = _("这条意见将退回待答复，代表不再看到原来的答复；日志里留有原来的答复。")
    context = {"form": form, "title": title, "submit": title, "consequence": consequence}
    return render(request, "web/confirm.html", context | _of(request, comment, title))


@allow(rules.may_amend, comment=SAID)
def comment_amend(request: Any, comment: Comment) -> HttpResponse:
    """Change the sheet because of the comment: the new version answers it."""
    project = comment.project
    assert project is not None  # may_amend
    form = forms.AmendForm(request.POST or None, call=comment.call, project=project)

    def change(*, why: str, by: Any, at: Any, **_sheet: Any) -> None:
        actions.amend(comment, form.sheet, why, by=by, at=at)

    if request.method == "POST" and done(form, change, by=request.user, at=request.now):
        messages.success(request, _("项目表已修改，意见已答复。"))
        return redirect("deliberation", comment.call_id)
    title = _("修改项目表")
    context = {"form": form, "title": title, "submit": _("保存为新的一稿"), "note": comment.text}
    return render(request, "web/form.html", context | _of(request, comment, title))
