"""Pages of the count: overview, doubtful sheets, the tally and its confirmation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from yishi.voting.actions import counting as do
from yishi.voting.forms import counting as forms
from yishi.voting.models import Batch, Official, Poll, Sheet
from yishi.voting.rules import counting as rules
from yishi.voting.rules import marking, reading, scans
from yishi.voting.rules.outcomes import result_rows
from yishi.voting.rules.rights import hat
from yishi.voting.views.frame import POLLS, english, meeting_crumbs, sentence
from yishi.web.access import allow

if TYPE_CHECKING:
    from collections.abc import Callable

Hat = Official.Hat
BATCHES = Batch.objects.whole()
STATES = {
    "waiting": "",
    "keying": "now",
    "reading": "now",
    "differs": "bad",
    "called": "bad",
    "agreed": "ok",
}


# --- overview --------------------------------------------------------------


@allow(rules.may_see_count, poll=POLLS)
def overview(request: HttpRequest, poll: Poll) -> HttpResponse:
    return render(request, "voting/counting/overview.html", _overview(request, poll))


@allow(rules.may_see_count, poll=POLLS)
def overview_live(request: HttpRequest, poll: Poll) -> HttpResponse:
    return render(request, "voting/counting/overview_live.html", _overview(request, poll))


def _overview(request: Any, poll: Poll) -> dict[str, Any]:
    about(request, poll)
    stand = rules.progress(poll)
    user, now = request.user, request.now
    tally = poll.tallies.current()
    e = stand.equation
    figures = [
        {"label": _("应到"), "value": e.entitled},
        {"label": _("实到"), "value": e.present},
        {"label": _("发出"), "value": e.issued},
        {"label": _("收回"), "value": e.returned},
        {"label": _("有效"), "value": e.valid},
        {"label": _("无效"), "value": e.invalid},
    ]
    found = rules.problems(poll, stand)
    pages = reading.pages_read(poll) if poll.by_machine else {}
    return {
        "poll": poll,
        "stand": stand,
        "figures": figures,
        "problems": found,
        "tally": tally,
        "rows": [_batch_row(request, one, pages.get(one.batch.pk)) for one in stand.batches],
        "may_scan": scans.may_see_scans(user, poll, now),
        "hat": hat(user, poll),
        "is_teller": hat(user, poll) == Hat.TELLER,
        "may_lay_out": rules.may_lay_out(user, poll, now) and stand.sheets != (e.paper_returned or 0),
        "may_tally": rules.may_tally(user, poll, now) and not found,
        "may_confirm": rules.may_confirm(user, poll, now),
        "may_see_rulings": rules.may_see_rulings(user, poll, now),
        "crumbs": crumbs(request, poll, _("计票")),
    }


def _batch_row(request: Any, one: rules.BatchState, pages: tuple[int, int] | None = None) -> dict[str, Any]:
    """`pages`: of a batch that is scanned, how many are read of how many."""
    scanned = one.batch.way == Batch.Way.SCAN
    words = {
        "waiting": _("待录入"),
        "keying": _("录入中"),
        "reading": _("正在核清") if pages else _("待扫描"),
        "differs": _("不一致，重录"),
        "called": _("请总监票人认定"),
        "agreed": _("已核清") if scanned else _("已一致"),
    }
    return {
        "batch": one.batch,
        "scanned": scanned,
        "pages": pages,
        "tellers": one.tellers,
        "kind": "" if scanned and not pages and one.state == "reading" else STATES[one.state],
        "word": words[one.state],
        "doubtful": one.doubtful,
        "mine": one.held_by(request.user),
        "open": one.state != "agreed" and (one.held_by(request.user) or len(one.tellers) < 2),
        "agreed": one.state == "agreed",
        "resizable": one.state != "agreed" and rules.may_resize(request.user, one.batch, request.now),
    }


@require_POST
@allow(rules.may_lay_out, poll=POLLS)
def lay_out(request: Any, poll: Poll) -> HttpResponse:
    attempt(request, lambda: do.lay_out(poll, by=request.user, at=request.now))
    return redirect("counting", poll=poll.pk)


@allow(rules.may_resize, batch=BATCHES)
def resize(request: Any, batch: Batch) -> HttpResponse:
    form = forms.Size(request.POST if request.method == "POST" else None, initial={"size": batch.size})
    back = reverse("counting", kwargs={"poll": batch.poll.pk})

    def act(said: dict[str, Any]) -> None:
        do.resize(batch, said["size"], by=request.user, at=request.now, why=said["why"])

    title = _("改正第%(n)d批的张数") % {"n": batch.number}
    return form_page(request, form, act, back, title, batch.poll)


# --- doubtful sheets -------------------------------------------------------


@allow(rules.may_see_rulings, poll=POLLS)
def rulings(request: Any, poll: Poll) -> HttpResponse:
    about(request, poll)
    found = [case for case in rules.cases(poll) if case.odd]
    return render(
        request,
        "voting/counting/rulings.html",
        {
            "poll": poll,
            "rows": [_case_row(poll, case) for case in sorted(found, key=lambda case: not case.waits)],
            "may_rule": rules.may_rule(request.user, poll, request.now),
            "crumbs": crumbs(request, poll, _("存疑票、无效票"), live=True),
        },
    )


def _case_row(poll: Poll, case: rules.Case) -> dict[str, Any]:
    kinds = {True: ("ok", _("有效")), False: ("bad", _("无效")), None: ("warn", _("待认定"))}
    kind, word = kinds[case.reading.valid]
    return {"case": case, "kind": kind, "word": word, "reason": marking.reason(case.before)}


def _may_rule_here(user: Any, batch: Batch, now: Any) -> bool:
    return rules.may_rule(user, batch.poll, now)


@allow(_may_rule_here, batch=BATCHES)
def ruling(request: Any, batch: Batch, number: int) -> HttpResponse:
    poll = batch.poll
    case = next((c for c in rules.cases(poll, [batch]) if c.number == number and c.odd), None)
    if case is None:
        raise Http404
    about(request, poll)
    titles = [option.title for option in poll.options.all()]
    form = forms.RulingForm(
        request.POST if request.method == "POST" else None, case=case, titles=titles, kind=poll.law.kind
    )
    if form.is_valid():
        try:
            do.rule(
                batch,
                number,
                form.cleaned_data["decision"],
                marks=form.marks(),
                write_ins=form.names(),
                why=form.cleaned_data["why"],
                by=request.user,
                at=request.now,
            )
        except ValidationError as error:
            blame(form, error)
        else:
            messages.success(request, _("已认定第%(b)d批第%(n)d张。") % {"b": batch.number, "n": number})
            return redirect("rulings", poll=poll.pk)
    context = {"form": form, "titles": titles, "crumbs": crumbs(request, poll, _("认定"), live=True)}
    return render(
        request, "voting/counting/ruling.html", {**context, **_case_page(poll, batch, case, titles)}
    )


def _case_page(poll: Poll, batch: Batch, case: rules.Case, titles: list[str]) -> dict[str, Any]:
    words = {one["mark"]: one["label"] for one in forms.marks_offered(poll.law.kind)}

    def said(marks: list[str], i: int) -> str:
        return words[marks[i] or forms.BLANK] if i < len(marks) else "—"

    rows = [(i + 1, title, said(case.one[0], i), said(case.two[0], i)) for i, title in enumerate(titles)]
    doubts = [str(Sheet.Doubt(one[2]).label) if one[2] else "" for one in (case.one, case.two)]
    return {
        "poll": poll,
        "batch": batch,
        "case": case,
        "rows": rows,
        "doubts": doubts,
        "reason": marking.reason(case.before),
        "note": poll.law.note_en if english() else poll.law.note_zh,
        "earlier": batch.rulings.filter(number=case.number).select_related("by").order_by("-pk"),
        # A ballot that was scanned is looked at again as it was scanned.
        "leaves": batch.leaves.filter(ballot=case.number, file__withdrawn_at__isnull=True).exclude(picture="")
        if batch.way == Batch.Way.SCAN
        else [],
    }


# --- the tally -------------------------------------------------------------


@allow(rules.may_see_count, poll=POLLS)
def tally(request: Any, poll: Poll) -> HttpResponse:
    """The tally as it stands, made anew with a reason, confirmed by the chief scrutineer."""
    about(request, poll)
    form = forms.Reason(request.POST if request.method == "POST" else None)
    form.fields["why"].required = False
    if request.method == "POST" and form.is_valid():
        try:
            do.tally(poll, by=request.user, at=request.now, why=form.cleaned_data["why"])
        except ValidationError as error:
            blame(form, error)
        else:
            messages.success(request, _("已汇总。"))
            return redirect("tally", poll=poll.pk)
    found = poll.tallies.current()
    problems = rules.open_problems(poll)
    fresh = found is not None and not problems and rules.is_current(poll, found)
    context = {
        "poll": poll,
        "tally": found,
        "sentence": sentence(found.outcome) if found else "",
        "rows": result_rows(poll, found) if found else [],
        "grades": poll.law.kind == "grades",
        "ticks": poll.law.kind == "choose_up_to",
        "earlier": poll.tallies.select_related("by").order_by("-pk")[1:],
        "problems": problems,
        "fresh": fresh,
        "form": form,
        "may_tally": rules.may_tally(request.user, poll, request.now) and not problems and not fresh,
        "may_confirm": fresh and rules.may_confirm(request.user, poll, request.now),
        "crumbs": crumbs(request, poll, _("计票结果"), live=True),
    }
    return render(request, "voting/counting/tally.html", context)


@require_POST
@allow(rules.may_confirm, poll=POLLS)
def confirm(request: Any, poll: Poll) -> HttpResponse:
    """Confirms the very tally that was on the page; a newer one is not confirmed unseen."""
    asked = request.POST.get("tally", "")
    found = poll.tallies.filter(pk=asked).first() if asked.isdecimal() and len(asked) < 18 else None
    if found is None:
        raise Http404
    found.poll = poll
    if attempt(request, lambda: do.confirm(found, by=request.user, at=request.now)):
        messages.success(request, _("总监票人已确认计票结果。"))
    return redirect("tally", poll=poll.pk)


# --- what the pages share --------------------------------------------------


def about(request: Any, poll: Poll) -> None:
    request.body_name = poll.meeting.body.short_name
    request.rehearsal = poll.meeting.is_rehearsal


def crumbs(request: Any, poll: Poll, label: str, live: bool = False) -> list[tuple[str, str]]:
    found = [
        *meeting_crumbs(request.user, poll.meeting),
        (reverse("chair", kwargs={"poll": poll.pk}), poll.title),
    ]
    if live:
        found.append((reverse("counting", kwargs={"poll": poll.pk}), _("计票")))
    return [*found, ("", label)]


def attempt(request: Any, act: Callable[[], Any]) -> bool:
    """Do it, or say why not as a message."""
    try:
        act()
    except ValidationError as error:
        for text in error.messages:
            messages.error(request, text)
        return False
    return True


def blame(form: Any, error: ValidationError) -> None:
    """The action's refusal at its field, where the form has that field."""
    if hasattr(error, "error_dict"):
        for name, errors in error.error_dict.items():
            form.add_error(name if name in form.fields else None, errors)
    else:
        form.add_error(None, error)


def form_page(
    request: Any,
    form: Any,
    act: Callable[[dict[str, Any]], None],
    back: str,
    title: str,
    poll: Poll,
    note: str = "",
) -> HttpResponse:
    about(request, poll)
    if form.is_valid():
        try:
            act(form.cleaned_data)
        except ValidationError as error:
            blame(form, error)
        else:
            return redirect(back)
    context = {"form": form, "title": title, "back": back, "note": note, "submit": _("确定")}
    return render(request, "web/form.html", {**context, "crumbs": crumbs(request, poll, title, live=True)})
