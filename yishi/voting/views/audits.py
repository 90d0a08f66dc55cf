"""Pages of the check by hand: how it stands, the draw, what differs and how it is settled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from yishi.voting.actions import audits as do
from yishi.voting.forms import audits as forms
from yishi.voting.forms import counting as counting_forms
from yishi.voting.models import Batch, Official, Poll, Sheet
from yishi.voting.rules import audits as rules
from yishi.voting.rules import counting, scans
from yishi.voting.rules.rights import hat
from yishi.voting.views.counting import BATCHES, about, blame, crumbs
from yishi.voting.views.frame import POLLS
from yishi.web.access import allow

if TYPE_CHECKING:
    from collections.abc import Iterable

# Their sheets lie in the piles of other batches.
ELSEWHERE = (Batch.Way.AUDIT, Batch.Way.REST)
# Their sheets lie in the piles of other batches.
ELSEWHERE = (Batch.Way.AUDIT, Batch.Way.REST)
COUNTED = POLLS.prefetch_related("options", "officials", "figures")


def may_see_audits(user: Any, poll: Poll, now: Any) -> bool:
    """How the check stands, no mark of any sheet: whoever works in a poll that is read by the machine."""
    return poll.by_machine and counting.may_see_count(user, poll, now)


@allow(may_see_audits, poll=COUNTED)
def audits(request: Any, poll: Poll) -> HttpResponse:
    return _page(request, poll)


@allow(may_see_audits, poll=COUNTED)
def audits_live(request: Any, poll: Poll) -> HttpResponse:
    found = _about(request, poll)
    if request.GET.get("step", "") != found["stand"].todo:
        # There is something else to do now: the whole page, with its form.
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "voting/audits/live.html", found)


@require_POST
@allow(scans.may_audit, poll=COUNTED)
def audit_draw(request: Any, poll: Poll) -> HttpResponse:
    """The seed that was said; refused, it stands where it was typed."""
    stand = _standing(poll)
    whole = bool(stand.whole) or "whole" in request.POST
    form: forms.DrawForm | forms.WholeForm
    form = forms.WholeForm(request.POST, stand=stand) if whole else forms.DrawForm(request.POST, stand=stand)
    if form.is_valid():
        typed = form.cleaned_data
        try:
            made = do.draw(
                poll,
                typed.get("seed", ""),
                ledger=typed["ledger"],
                by=request.user,
                at=request.now,
                why=typed.get("why", ""),
                whole=whole,
            )
        except ValidationError as error:
            blame(form, error)
        else:
            messages.success(request, _("已抽%(n)d张，请计票人取票录入。") % {"n": made.size})
            return redirect("audits", poll=poll.pk)
    return _page(request, poll, form)


def _page(request: Any, poll: Poll, form: forms.DrawForm | forms.WholeForm | None = None) -> HttpResponse:
    found = _about(request, poll)
    stand: rules.Standing = found["stand"]
    draws = stand.left and stand.todo in ("draw", "again", "done")
    if draws and scans.may_audit(request.user, poll, request.now):
        initial = {"ledger": stand.ledger, "why": _reason(stand)}
        whole = forms.WholeForm(stand=stand, initial={**initial, "whole": True}, auto_id="all_%s")
        found["form"] = whole if stand.whole else forms.DrawForm(stand=stand, initial=initial)
        found["all_form"] = None if stand.whole else whole
        if form is not None:
            found["all_form" if isinstance(form, forms.WholeForm) and not stand.whole else "form"] = form
    return render(request, "voting/audits/all.html", found, status=400 if form and form.errors else 200)


def _reason(stand: rules.Standing) -> str:
    """The reason for another draw where the count itself asks for it."""
    last = stand.draws[-1].audit.number if stand.draws else 0
    if stand.todo == "again":
        return _("第%(n)d次复核发现读错的票") % {"n": last}
    return _("差距不大于存疑栏数") if stand.todo == "draw" and stand.whole and last else ""


def _standing(poll: Poll) -> rules.Standing:
    found = counting.progress(poll).check
    assert found is not None  # every rule here asks for a poll that is read by the machine
    return found


def _about(request: Any, poll: Poll) -> dict[str, Any]:
    about(request, poll)
    progress = counting.progress(poll)
    stand, user = progress.check, request.user
    assert stand is not None
    states = {one.batch.pk: one for one in progress.batches}
    judges = counting.may_see_rulings(user, poll, request.now)
    return {
        "poll": poll,
        "stand": stand,
        "todo": _todo(stand),
        "figures": _figures(stand, judges),
        "draws": [_draw(draw, states, user) for draw in reversed(stand.draws)],
        "differences": [_difference(one) for one in stand.checks if not one.same] if judges else [],
        "judges": judges,
        "may_rule": counting.may_rule(user, poll, request.now),
        "is_teller": hat(user, poll) == Official.Hat.TELLER,
        "called": _called(progress.batches) if judges else [],
        "crumbs": crumbs(request, poll, _("人工复核"), live=True),
    }


def _todo(stand: rules.Standing) -> str:
    """What is to be done now, in one sentence."""
    said = rules.problems(stand)
    if said:
        return said[0]
    return {
        "wait": _("先办完各批读票、转人工的票和存疑票，再抽票。"),
        "key": _("请计票人取出抽中的票，各自录入。"),
        "done": _("人工复核已经完成，可以汇总。"),
    }[stand.todo]


def _figures(stand: rules.Standing, judges: bool) -> list[dict[str, Any]]:
    checked = len(stand.checks)
    found = [
        {"label": _("机器读的票"), "value": len(stand.sheets)},
        {"label": _("存疑栏数"), "value": stand.doubts},
        {"label": _("已复核"), "value": checked},
        {"label": _("不一致"), "value": sum(not one.same for one in stand.checks)},
    ]
    if judges and stand.todo != "wait":
        # How near the result is: for whoever sees the ballots anyway.
        found.insert(2, {"label": _("最小差距（栏）"), "value": stand.margin})
    return found


def _draw(draw: rules.AuditStand, states: dict[int, counting.BatchState], user: Any) -> dict[str, Any]:
    rows = [
        {
            "batch": batch,
            "piles": listed(pick for pick in draw.sheets if [pick.batch, pick.number] in batch.picked),
            "word": _word(batch, states[batch.pk]),
            "kind": "ok" if batch.agreed_at else "now",
            "mine": states[batch.pk].held_by(user),
        }
        for batch in draw.batches
    ]
    return {"audit": draw.audit, "rows": rows, "differences": len(draw.differences), "done": draw.is_done}


def _word(batch: Batch, state: counting.BatchState) -> str:
    words = {
        "waiting": _("待录入"),
        "keying": _("录入中"),
        "differs": _("两位计票人不一致，重录"),
        "called": _("请总监票人认定"),
        "agreed": _("已录完"),
    }
    return words[state.state]


def listed(picks: Iterable[rules.Pick]) -> list[tuple[int, str]]:
    """(batch number, "3、17、22") in the order of the piles; a run is written 3—9."""
    piles: dict[int, list[int]] = {}
    for one in picks:
        piles.setdefault(one.batch, []).append(one.place)
    return [(batch, "、".join(rules.runs(places))) for batch, places in piles.items()]


def _called(states: Iterable[counting.BatchState]) -> list[dict[str, Any]]:
    """Sheets of the check on which two tellers differed three times: settled there, as in any batch."""
    found = []
    for one in states:
        if one.batch.way == Batch.Way.AUDIT and one.state == "called":
            ruled = {ruling.number for ruling in one.batch.rulings.all()}
            open_ = sorted(n for n in map(int, one.batch.differences) if n not in ruled)
            found += [{"batch": one.batch, "number": n, "sheet": one.batch.picked[n - 1]} for n in open_]
    return found


def _difference(check: rules.Check) -> dict[str, Any]:
    return {
        "check": check,
        "pages": [page.pk for page in check.pages],
        "kind": "warn" if check.open else "bad" if check.misread else "ok",
        "word": _("待认定") if check.open else _("机器读错") if check.misread else _("机器读得对"),
    }


# --- one sheet ----------------------------------------------------------------


def may_settle_check(user: Any, batch: Batch, now: Any) -> bool:
    return batch.way == Batch.Way.SCAN and counting.may_rule(user, batch.poll, now)


SCANNED = BATCHES.prefetch_related("poll__options", "poll__officials", "poll__figures")


@allow(may_settle_check, batch=SCANNED)
def audit_settle(request: Any, batch: Batch, number: int) -> HttpResponse:
    """Both readings, the picture, and what the sheet is after all."""
    poll = batch.poll
    found = (one for one in _standing(poll).checks if one.batch.pk == batch.pk and not one.same)
    check = next((one for one in found if one.pick.number == number), None)
    if check is None:
        raise Http404
    titles = [option.title for option in poll.options.all()]
    form = forms.SettleForm(
        request.POST if request.method == "POST" else None, check=check, titles=titles, kind=poll.law.kind
    )
    if form.is_valid():
        try:
            do.settle(
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
            said = {"b": batch.number, "n": check.pick.place}
            messages.success(request, _("已认定第%(b)d批第%(n)d张。") % said)
            return redirect("audits", poll=poll.pk)
    about(request, poll)
    context = {
        "poll": poll,
        "batch": batch,
        "check": check,
        "form": form,
        "rows": _rows(poll, check, titles),
        "doubts": [str(Sheet.Doubt(one[2]).label) if one[2] else "" for one in (check.machine, check.people)],
        "back": reverse("audits", args=[poll.pk]),
        "crumbs": crumbs(request, poll, _("认定复核不一致的票"), live=True),
    }
    return render(request, "voting/audits/settle.html", context)


def _rows(poll: Poll, check: rules.Check, titles: list[str]) -> list[tuple[int, str, str, str, bool]]:
    """(n, title, as the machine has it, as the tellers have it, whether they differ)."""
    words = {one["mark"]: one["label"] for one in counting_forms.marks_offered(poll.law.kind)}
    differ = forms.differing(check, poll.law.kind, len(titles))

    def said(marks: list[str], i: int) -> str:
        mark = rules.plain(poll.law.kind, marks)[i] if i < len(marks) else ""
        return words.get(mark or counting_forms.BLANK, mark)

    one, two = check.machine[0], check.people[0]
    return [(i + 1, title, said(one, i), said(two, i), i in differ) for i, title in enumerate(titles)]


# --- which paper --------------------------------------------------------------


def pulled(batch: Batch) -> list[str]:
    """What each sheet of this batch is called where it lies: "第2批第17张"; empty for a batch of its own."""
    if batch.way not in ELSEWHERE:
        return []
    found = [_("第%(b)d批第%(n)d张") % {"b": one, "n": place} for one, place in _places(batch)]
    return [*found, *[_("没有扫描或者机器认不出的一张")] * (batch.size - len(found))]


def piles(batch: Batch) -> list[str]:
    """The same pile by pile, to take them out by: "第2批：第3、17、22张"."""
    if batch.way not in ELSEWHERE:
        return []
    found = _places(batch)
    said = [
        _("第%(b)d批：第%(n)s张") % {"b": one, "n": numbers}
        for one, numbers in listed(rules.Pick(one, place, place) for one, place in found)
    ]
    left = batch.size - len(found)
    return [*said, *([_("没有扫描或者机器认不出的%(n)d张") % {"n": left}] if left else [])]


def _places(batch: Batch) -> list[tuple[int, int]]:
    sources = batch.poll.batches.filter(number__in=rules.sources(batch))
    return rules.pulled(batch, rules.places(scans.ledgers(batch.poll, sources).values()))
