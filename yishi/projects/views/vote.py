"""The vote on the candidates: what is lacking, the ballot, the result read back, the confirmation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from yishi.meetings.models import Meeting
from yishi.people.forms import WhyForm, done, put
from yishi.projects.actions import vote as actions
from yishi.projects.forms.vote import BallotForm, ConfirmForm
from yishi.projects.models import Call, Project
from yishi.projects.rules import vote as rules
from yishi.projects.rules.candidates import awaits_committee, missing
from yishi.projects.rules.deliberation import meetings_of
from yishi.projects.rules.gates import same
from yishi.projects.views.calls import WHOLE as CALL
from yishi.projects.views.calls import crumbs as call_crumbs
from yishi.voting.models import Poll
from yishi.voting.rules import polls as voting
from yishi.voting.rules.box import declared
from yishi.voting.rules.rights import may_work
from yishi.voting.views.frame import sentence
from yishi.web.access import allow

if TYPE_CHECKING:
    from collections.abc import Callable

PROJECT = Project.objects.whole()
CHIPS = {
    "candidate": "",
    "recommended": "info",
    "adopted": "ok",
    "not_adopted": "",
    "withdrawn": "",
    "completed": "ok",
    "closed": "ok",
    "stopped": "bad",
}


def crumbs(call: Call, here: str = "") -> list[tuple[str, str]]:
    above = call_crumbs(call, "-")[:-1]
    own = ("" if not here else reverse("vote", args=[call.pk]), _("票决"))
    return [*above, own, *([("", here)] if here else [])]


def _call_of(poll: Poll) -> Call | None:
    first = Project.objects.filter(poll=rules.root_of(poll)).select_related("call__body__parent").first()
    return first.call if first else None


def may_keep_poll(user: Any, poll: Poll, now: Any) -> bool:
    call = _call_of(poll)
    return call is not None and rules.may_put_to_vote(user, call, now)


@allow(rules.may_see_vote, call=CALL)
@require_safe
def vote(request: Any, call: Call) -> HttpResponse:
    """Where the vote on this call's candidates stands, and the one next thing to do."""
    projects = list(PROJECT.filter(call=call).exclude(state=Project.State.WITHDRAWN))
    for one in projects:
        one.call = call
        one.chip = CHIPS[one.state]  # type: ignore[attr-defined]
        one.lacking = missing(one)  # type: ignore[attr-defined]
    keeps = rules.may_put_to_vote(request.user, call, request.now)
    waiting = [one for one in projects if one.state == Project.State.CANDIDATE]
    context = {
        "call": call,
        "projects": projects,
        "candidates": waiting,
        "ballots": [_ballot(request, poll, projects) for poll in rules.polls_of(call)],
        "to_put": [one for one in waiting if one.poll is None or one.poll.state == Poll.State.VOID],
        "not_ready": [one for one in waiting if missing(one) or awaits_committee(one)],
        "recommended": [one for one in projects if one.state == Project.State.RECOMMENDED],
        "street": rules.is_street(call),
        "keeps": keeps,
        "confirms": rules.may_confirm(request.user, call, request.now),
        "crumbs": crumbs(call),
    }
    return render(request, "projects/vote.html", context)


def _ballot(request: Any, root: Poll, projects: list[Project]) -> dict[str, Any]:
    """One ballot with those that followed it: gates, result, and whether the result was read back."""
    all_ballots = rules.ballots(root)
    last, found = all_ballots[-1], rules.result(root)
    tied = [one for one in projects if one.poll_id == root.pk]
    tally = declared(last)
    return {
        "root": root,
        "last": last,
        "is_draft": root.state == Poll.State.DRAFT,
        "opens": may_work(request.user, last, request.now),
        "gates": voting.above(last, request.now),
        "odd": rules.odd_titles(root, tied),
        "sentence": sentence(tally.outcome) if tally else "",
        "follows": len(all_ballots) > 1,
        "stale": found.stale,
        "pending": sorted(found.pending) if found.declared else [],
        "lines": [_line(one, found) for one in tied] if found.declared else [],
        "to_read": found.declared and any(rules.differs(one, found) for one in tied),
    }


def _line(project: Project, found: rules.Result) -> dict[str, Any]:
    title = same(project.title)
    word = _("入选") if title in found.won else _("待再次投票") if title in found.pending else _("未入选")
    return {"project": project, "word": word, "kind": "ok" if title in found.won else ""}


@allow(rules.may_put_to_vote, call=CALL)
def vote_new(request: Any, call: Call) -> HttpResponse:
    """Make the ballot: which meeting, which candidates, the county's answers to open points."""
    meetings = meetings_of(call).exclude(state=Meeting.State.CLOSED).order_by("starts_at")
    initial = {"title": _("%(year)s年民生实事项目票决") % {"year": call.year}, "meeting": meetings.first()}
    form = BallotForm(request.POST or None, call=call, meetings=meetings, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            poll = actions.put_to_vote(call, **form.planned, by=request.user, at=request.now)
            messages.success(request, _("票已建好，请核对票面，再起草票决办法。"))
            return redirect("poll", poll.pk)
        except ValidationError as error:
            put(form, error)
    note = "" if meetings else _("还没有可以票决的会议，请先在“会议”里筹备。")
    seats = _("应选%(n)d个，从%(m)d个候选项目中产生。")
    numbers = {"n": call.seats or 0, "m": call.projects.candidates().count()}
    context: dict[str, Any] = {"form": form, "title": _("建立票决"), "submit": _("建立")}
    context |= {
        "note": note or (seats % numbers if call.seats else ""),
        "crumbs": crumbs(call, _("建立票决")),
    }
    return render(request, "web/form.html", context | {"back": reverse("vote", args=[call.pk])})


def _press(request: Any, poll: Poll, act: Callable[..., Any], told: str) -> HttpResponse:
    call = _call_of(poll)
    assert call is not None  # may_keep_poll
    try:
        act(poll, by=request.user, at=request.now)
        messages.success(request, told)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("vote", call.pk)


@allow(may_keep_poll, poll=Poll.objects.whole())
@require_POST
def vote_read(request: Any, poll: Poll) -> HttpResponse:
    """Move the projects to what was declared."""
    return _press(request, poll, actions.adopt, _("已按宣布的结果确定项目。"))


@allow(may_keep_poll, poll=Poll.objects.whole())
@require_POST
def vote_renew(request: Any, poll: Poll) -> HttpResponse:
    """Write the sheets as they now stand on the ballot."""
    return _press(request, poll, actions.renew_ballot, _("票面已按项目表更新。"))


@allow(may_keep_poll, poll=Poll.objects.whole())
def vote_take_off(request: Any, poll: Poll) -> HttpResponse:
    call = _call_of(poll)
    assert call is not None  # may_keep_poll
    form = WhyForm(request.POST or None)
    who = {"by": request.user, "at": request.now}
    if request.method == "POST" and done(form, actions.take_off, poll, **who):
        messages.success(request, _("候选项目已从票面撤下，可以删除这个表决事项，或者重新建立票决。"))
        return redirect("vote", call.pk)
    title = _("撤下候选项目")
    consequence = _("“%(title)s”不再对应这些候选项目，它的结果也不会用来确定项目。") % {"title": poll.title}
    context = {"form": form, "title": title, "submit": title, "consequence": consequence}
    context |= {"back": reverse("vote", args=[call.pk]), "crumbs": crumbs(call, title)}
    return render(request, "web/confirm.html", context)


# --- a street's confirmation -------------------------------------------------


@allow(rules.may_confirm, call=CALL)
def vote_confirm(request: Any, call: Call) -> HttpResponse:
    form = ConfirmForm(request.POST or None, call=call, initial={"on": localdate(request.now)})
    who = {"by": request.user, "at": request.now}
    if request.method == "POST" and done(form, actions.confirm, **who):
        messages.success(request, _("已登记街道党工委的确认。"))
        return redirect("vote", call.pk)
    title = _("登记街道党工委的确认")
    context: dict[str, Any] = {"form": form, "title": title, "back": reverse("vote", args=[call.pk])}
    context |= {"note": _("《浙江省街道人大工作条例》第十七条"), "crumbs": crumbs(call, title)}
    return render(request, "web/form.html", context)


@allow(rules.may_confirm_project, project=PROJECT)
def vote_not_confirm(request: Any, project: Project) -> HttpResponse:
    form = WhyForm(request.POST or None)
    who = {"by": request.user, "at": request.now}
    if request.method == "POST" and done(form, actions.not_confirm, project, **who):
        messages.success(request, _("已登记。"))
        return redirect("vote", project.call_id)
    title = _("街道党工委没有确认")
    consequence = _("“%(title)s”将列为未入选，理由会公开。") % {"title": project.title}
    context = {"form": form, "title": title, "submit": _("登记"), "consequence": consequence}
    context |= {"back": reverse("vote", args=[project.call_id]), "crumbs": crumbs(project.call, title)}
    return render(request, "web/confirm.html", context)
