"""Pages where scrutineers look at whole ballots: not read, perhaps void or marked, perhaps scanned twice."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from yishi.voting.actions import scans as do
from yishi.voting.forms import scans as forms
from yishi.voting.rules import marking
from yishi.voting.rules import scans as rules
from yishi.voting.views.counting import about, attempt
from yishi.voting.views.judging import Rows, decide, row_key
from yishi.voting.views.scans import SCANNED, scan_crumbs
from yishi.voting.words import scans as words
from yishi.web.access import allow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from yishi.voting.models import Batch, ScanPage

WHOLE_SCREEN = 12  # whole ballots on one screen


@allow(rules.may_judge, batch=SCANNED)
def scan_whole(request: Any, batch: Batch) -> HttpResponse:
    """Pages the machine could not read, ballots that may be void or bear a mark."""
    work = words.work(request.user, rules.ledger(batch))
    blanks = [] if "each" in request.GET else [one for one in work.pages if one.page.reason == "blank"]
    blanks = blanks if len(blanks) > 1 else []
    pages = {f"p{one.page.pk}": one for one in work.pages if one not in blanks}
    ballots = {f"b{one.pages[0].pk}": one for one in work.ballots}
    if request.method == "POST":
        return _told(request, batch, pages, ballots, blanks)
    if not work.pages and not ballots:
        return redirect("batch_scan", batch=batch.pk)
    about(request, batch.poll)
    rows = Rows(batch)
    things = [_page_card(batch, key, one) for key, one in pages.items()]
    things += [_ballot_card(rows, key, one) for key, one in ballots.items()]
    context = {
        "poll": batch.poll,
        "batch": batch,
        "things": things[:WHOLE_SCREEN],
        "blanks": [{"pk": one.page.pk, **_named(batch, one.page)} for one in blanks],
        "blank_left": len(blanks),
        "left": len(things) + len(blanks),
        "crumbs": scan_crumbs(request, batch, _("整张确认")),
    }
    return render(request, "voting/scans/whole.html", context)


def _named(batch: Batch, page: ScanPage) -> dict[str, str]:
    page.batch = batch
    return _sheet(page)


def _page_card(batch: Batch, key: str, one: rules.PageStand) -> dict[str, Any]:
    one.page.batch = batch
    choices = words.fates(readable=one.proposed == rules.KEEP)
    labels = dict(choices)
    return {
        "key": key,
        "pages": [_sheet(one.page)],
        "heading": words.page_name(one.page),
        "why": words.reason(one.page.reason) if one.page.reason else _("有监票人说这一页不该照读出的计。"),
        "choices": choices,
        "settles": one.state == "differs",
        "said": sorted(str(labels.get(value, value)) for value, _name in one.said.values()),
        "rows": [],
    }


def _ballot_card(rows: Rows, key: str, one: rules.BallotStand) -> dict[str, Any]:
    for page in one.pages:
        page.batch = rows.batch
    choices = words.verdicts(one)
    law = rows.batch.poll.law
    void = one.reading is not None and one.proposed == rules.VOID
    return {
        "key": key,
        "pages": [_sheet(page) for page in one.pages],
        "heading": _("第%(n)d张") % {"n": one.number},
        "why": marking.warning(law, one.reading) if void and one.reading else _unwanted(one),
        "choices": choices,
        "settles": one.state == "differs",
        "said": sorted(str(dict(choices).get(value, value)) for value, _name in one.said.values()),
        # A row misread is put right as a row: flagged, it goes to two people like any doubt.
        "rows": [
            {"value": row_key(row), "n": row.row + 1, "title": rows.title(row.row)}
            for row in one.rows
            if row.read is not None
        ],
    }


def _unwanted(one: rules.BallotStand) -> str:
    if one.proposed:
        return _("表格以外有墨迹，可能写有姓名或其他记号。")
    return _("有监票人说这一页不该照读出的计。")


def _sheet(page: ScanPage) -> dict[str, str]:
    return {
        # A page that broke while it was opened has none.
        "url": reverse("scan_picture", kwargs={"page": page.pk}) if page.picture else "",
        "full": reverse("scan_page", kwargs={"page": page.pk}),
        "alt": words.page_name(page),
    }


def _told(
    request: Any,
    batch: Batch,
    pages: dict[str, rules.PageStand],
    ballots: dict[str, rules.BallotStand],
    blanks: Sequence[rules.PageStand],
) -> HttpResponse:
    also = _misread(request, batch, ballots)
    if blanks and request.POST.get("blanks") == rules.NO_BALLOT:
        for one in blanks:
            one.page.batch = batch
        leaves = [one.page for one in blanks if str(one.page.pk) in request.POST.getlist("blank")]
        act = partial(do.decide_all, leaves, rules.NO_BALLOT, by=request.user, at=request.now)
        if attempt(request, act):
            messages.success(request, _("已确认%(n)d页空白页不计。") % {"n": len(leaves)})
            also += len(leaves)
    _say_all(request, batch, {**pages, **ballots}, also=also)
    return redirect("scan_whole", batch=batch.pk)


def _say_all(request: Any, batch: Batch, shown: dict[str, Any], also: int = 0) -> None:
    """What was said of whole ballots and pages on one screen; `also`: something else was done there."""
    done, errors = 0, []
    for one in forms.said(request.POST, shown):
        thing = shown[one.key]
        page = thing.page if isinstance(thing, rules.PageStand) else thing.pages[0]
        page.batch = batch
        error = decide(request, page, None, one.value, one, settles=thing.state == "differs")
        done += not error
        errors += error
    for text in dict.fromkeys(errors):
        messages.error(request, text)
    if done:
        messages.success(request, _("已确认%(n)d张。") % {"n": done})
    elif not errors and not also:
        messages.error(request, _("还没有选，请每张选一个。"))


def _misread(request: Any, batch: Batch, ballots: dict[str, rules.BallotStand]) -> int:
    """Rows that the machine has read wrongly go back to be judged."""
    known = {(row.page.pk, row.row) for one in ballots.values() for row in one.rows}
    flagged = [pair for pair in forms.rows(request.POST.getlist("flag")) if pair in known]
    if flagged and attempt(
        request, lambda: do.look(batch, flagged, flagged, by=request.user, at=request.now)
    ):
        messages.success(request, _("标出%(n)d栏，列入存疑，由两名监票人判读。") % {"n": len(flagged)})
    return len(flagged)


# --- scanned twice ------------------------------------------------------------


@allow(rules.may_judge, batch=SCANNED)
def scan_duplicates(request: Any, batch: Batch) -> HttpResponse:
    """Pictures that look like the same paper, side by side; two say of each whether it is."""
    ledger = rules.ledger(batch)
    mine = {f"t{one.page.pk}": one for one in words.work(request.user, ledger).twins}
    if request.method == "POST":
        _say_all(request, batch, mine)
        return redirect("scan_duplicates", batch=batch.pk)
    about(request, batch.poll)
    stands = {one.page.pk: one for one in ledger.pages}
    # What waits for me comes first: a handful scanned twice has more pairs than a screen.
    found = sorted(rules.suspects(batch), key=lambda one: f"t{one[0].pk}" not in mine)
    pairs = [_pair(batch, *one, stands, mine) for one in found[:WHOLE_SCREEN]]
    context = {
        "poll": batch.poll,
        "batch": batch,
        "pairs": pairs,
        "mine": len(mine),
        "crumbs": scan_crumbs(request, batch, _("疑似重复")),
    }
    return render(request, "voting/scans/duplicates.html", context)


def _pair(
    batch: Batch,
    later: ScanPage,
    other: ScanPage,
    score: float,
    stands: dict[int, rules.PageStand],
    mine: dict[str, rules.PageStand],
) -> dict[str, Any]:
    later.batch = batch
    other.batch.poll = batch.poll
    key, stand = f"t{later.pk}", stands.get(later.pk)
    labels = dict(words.twins())
    return {
        "key": key,
        "later": _sheet(later),
        "other": _sheet(other),
        "where": "" if other.batch_id == batch.pk else str(other.batch),
        "percent": round(score * 100),
        "choices": words.twins() if key in mine else [],
        "settles": key in mine and mine[key].state == "differs",
        "said": sorted(str(labels.get(value, value)) for value, _name in mine[key].said.values())
        if key in mine
        else [],
        "settled": str(labels.get(stand.fate, "")) if stand else str(labels[rules.KEEP]),
    }
