"""Pages where scrutineers look at pictures of ballots: rows in doubt, mosaics, whole ballots, duplicates."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from yishi.voting import crops
from yishi.voting.actions import scans as do
from yishi.voting.forms import scans as forms
from yishi.voting.rules import marking
from yishi.voting.rules import scans as rules
from yishi.voting.views.counting import about, attempt
from yishi.voting.views.scans import SCANNED, scan_crumbs
from yishi.voting.words import scans as words
from yishi.web.access import allow

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from yishi.voting.models import Batch, ScanPage

SCREEN = 120  # pieces of ballots on one screen
WHOLE_SCREEN = 12  # whole ballots


# --- rows in doubt ----------------------------------------------------------


@allow(rules.may_judge, batch=SCANNED)
def scan_doubts(request: Any, batch: Batch) -> HttpResponse:
    """Rows in doubt, each scrutineer apart, in an order of their own; rows that differ for the chief."""
    ledger = rules.ledger(batch)
    again = "mine" in request.GET
    shown = _rows_for(request.user, ledger, again)
    if request.method == "POST":
        # What was said a moment ago may be said anew: a key struck wrongly is put right at once.
        said = _rows_for(request.user, ledger, True)
        return _judged(request, batch, {_key(row): row for row in [*shown, *said]})
    if not shown and not again:
        return redirect("scan", batch=batch.pk)
    about(request, batch.poll)
    rows = _Rows(batch)
    context = {
        "poll": batch.poll,
        "batch": batch,
        "rows": [_doubt(request, rows, row, again) for row in shown[:SCREEN]],
        "keys": forms.keys_offered(batch.poll.law.kind),
        "left": len(shown),
        "again": again,
        "mine": len(_rows_for(request.user, ledger, True)),
        "crumbs": scan_crumbs(request, batch, _("我判读过的") if again else _("判读存疑栏")),
    }
    return render(request, "voting/scans/doubts.html", context)


def _rows_for(user: Any, ledger: rules.Ledger, again: bool) -> list[rules.RowStand]:
    """What is before this person, or what this person has said and may say anew."""
    if again:
        rows = [row for one in ledger.ballots for row in one.rows if user.pk in row.said]
    else:
        work = words.work(user, ledger)
        rows = [*work.rows, *work.differs]
    return shuffled(user, rows)


def shuffled(user: Any, rows: Iterable[rules.RowStand]) -> list[rules.RowStand]:
    """Another order for each person, and the same one each time: nobody reads a ballot row by row."""

    def order(row: rules.RowStand) -> str:
        return hashlib.sha256(f"{user.pk}|{_key(row)}".encode()).hexdigest()

    return sorted(rows, key=order)


def _key(row: rules.RowStand) -> str:
    return _pair_key((row.page.pk, row.row))


class _Rows:
    """What the rows of a batch are called and how large their pictures are."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.titles = [option.title for option in batch.poll.options.all()]
        pages = (batch.poll.sheet_layout or {}).get("pages", [])
        self.wide = {place.row: place for page in pages for place in crops.rows(page)}
        self.narrow = {place.row: place for page in pages for place in crops.ovals(page)}

    def title(self, row: int) -> str:
        return self.titles[row] if row < len(self.titles) else _("另选他人")

    def piece(self, page: ScanPage, row: int) -> dict[str, Any]:
        """The picture of one row: its addresses and the words that stand for it."""
        page.batch = self.batch
        name = words.page_name(page)
        where = {"page": page.pk, "row": row}
        # Of a row for a name the name is looked at too.
        named = row >= len(self.titles)
        return {
            "row_url": reverse("scan_row", kwargs=where),
            "ovals_url": reverse("scan_row" if named else "scan_ovals", kwargs=where),
            "whole_url": reverse("scan_page", kwargs={"page": page.pk}),
            "picture_url": reverse("scan_picture", kwargs={"page": page.pk}),
            "row_size": _size(self.wide.get(row), crops.WHOLE),
            "ovals_size": _size((self.wide if named else self.narrow).get(row), crops.HALF),
            "ballot": name,
            "alt": _("%(ballot)s第%(row)d栏") % {"ballot": name, "row": row + 1},
            "n": row + 1,
            "title": self.title(row),
        }


def _size(place: crops.Place | None, part: int) -> tuple[int, int] | None:
    """Width and height in pixels, so that nothing jumps while pictures come in."""
    scale = crops.PX_PER_MM / part
    return (round(place.w * scale), round(place.h * scale)) if place else None


def _pair_key(pair: tuple[int, int]) -> str:
    return f"{pair[0]}-{pair[1]}"


def _doubt(request: Any, rows: _Rows, row: rules.RowStand, again: bool) -> dict[str, Any]:
    batch = rows.batch
    offered = forms.answers_offered(batch.poll.law.kind, row)
    settles = not again and row.state == "differs" and rules.may_settle(request.user, batch, request.now)
    before = row.said.get(request.user.pk, ("", "")) if again else None
    return {
        "key": _key(row),
        **rows.piece(row.page, row.row),
        "why": words.why(row),
        "wide": row.write_in or row.why in ("name", "label"),
        "write_in": row.write_in,
        "settles": settles,
        "said": _both(row, offered) if settles else [],
        "name": before[1] if before else "",
        "choices": [
            {**one, "on": before is not None and before[0] == forms.letters(one["mark"])} for one in offered
        ],
    }


def _both(row: rules.RowStand, offered: Sequence[dict[str, str]]) -> list[str]:
    """What the two said, for the chief scrutineer; in no order of persons."""
    labels = {forms.letters(one["mark"]): one["label"] for one in offered}
    return sorted(
        labels.get(value, value) + (f"：{name}" if name else "") for value, name in row.said.values()
    )


def _judged(request: Any, batch: Batch, shown: dict[str, rules.RowStand]) -> HttpResponse:
    """One row by the keyboard (the answer is JSON), or all of a screen by the plain form."""
    by_key = "key" in request.POST
    keys = [str(request.POST["key"])] if by_key else list(shown)
    done, errors = 0, []
    for one in forms.said(request.POST, keys):
        row = shown.get(one.key)
        if row is None:
            # Said in another window meanwhile: what counts is what stands.
            continue
        settles = (
            one.settles and row.state == "differs" and rules.may_settle(request.user, batch, request.now)
        )
        row.page.batch = batch
        error = _decide(request, row.page, row.row, forms.letters(one.value), one, settles=settles)
        done += not error
        errors += error
    if by_key:
        return JsonResponse(
            {"error": " ".join(errors)} if errors else {"done": done}, status=400 if errors else 200
        )
    for text in dict.fromkeys(errors):
        messages.error(request, text)
    if done:
        messages.success(request, _("已判读%(n)d栏。") % {"n": done})
    elif not errors:
        messages.error(request, _("还没有选，请每栏选一个。"))
    return redirect("scan_doubts", batch=batch.pk)


def _decide(
    request: Any, page: ScanPage, row: int | None, value: str, said: forms.Said, *, settles: bool
) -> list[str]:
    """What was refused, as sentences; [] when it was taken."""
    try:
        do.decide(
            page,
            row,
            value,
            by=request.user,
            at=request.now,
            name=said.name,
            why=said.why,
            settles=settles,
        )
    except ValidationError as error:
        return list(error.messages)
    return []


# --- mosaics ----------------------------------------------------------------


@allow(rules.may_judge, batch=SCANNED)
def scan_mosaic(request: Any, batch: Batch, kind: str) -> HttpResponse:
    """Everything read as one mark, or as blank, side by side: what looks different strikes the eye."""
    found = next((one for one in words.kinds(batch.poll) if one[0] == kind), None)
    if found is None:
        raise Http404
    ledger = rules.ledger(batch)
    shown = _mosaic(request.user, ledger, found[1])
    if request.method == "POST":
        return _looked(request, batch, kind, {_key(row) for row in shown})
    if not shown:
        messages.success(request, _("“%(word)s”都看过了。") % {"word": found[2]})
        return redirect("scan", batch=batch.pk)
    about(request, batch.poll)
    rows = _Rows(batch)
    context = {
        "poll": batch.poll,
        "batch": batch,
        "word": found[2],
        "blank": kind == "blank",
        "rows": [{"key": _key(r), **rows.piece(r.page, r.row)} for r in shown[:SCREEN]],
        "left": len(shown),
        "screens": -(-len(shown) // SCREEN),
        "crumbs": scan_crumbs(request, batch, _("看“%(word)s”") % {"word": found[2]}),
    }
    return render(request, "voting/scans/mosaic.html", context)


def _mosaic(user: Any, ledger: rules.Ledger, letter: str) -> list[rules.RowStand]:
    """Rows read as this; blanks nobody looked at, of the others those this person has not.

    The doubtful end comes first: blanks with the most ink, marks with the least.
    """
    rows = [row for one in ledger.ballots for row in one.rows if row.read == letter]
    if letter:
        rows = [row for row in rows if not _looked_at(row, user)]
    else:
        rows = [row for row in rows if row.state == "look"]
    return sorted(shuffled(user, rows), key=lambda row: _ink(row) if letter else -_ink(row))


def _looked_at(row: rules.RowStand, user: Any) -> bool:
    return any(look.row == row.row and look.by_id == user.pk for look in row.page.looks.all())


def _ink(row: rules.RowStand) -> float:
    """The most ink in an oval of this row (mean darkness, 0 to 1)."""
    found = (one for one in row.page.reading.get("rows", []) if one["row"] == row.row)
    read: dict[str, Any] = next(found, {})
    return max((round(float(box["M"]), 3) for box in read.get("boxes", [])), default=0.0)


def _looked(request: Any, batch: Batch, kind: str, open_: set[str]) -> HttpResponse:
    """One press for a whole screen; what was pressed in another window meanwhile is let be."""
    seen = [pair for pair in forms.rows(request.POST.getlist("seen")) if _pair_key(pair) in open_]
    flagged = [pair for pair in forms.rows(request.POST.getlist("flag")) if pair in seen]
    if attempt(request, lambda: do.look(batch, seen, flagged, by=request.user, at=request.now)) and flagged:
        messages.success(request, _("标出%(n)d栏，列入存疑，由两名监票人判读。") % {"n": len(flagged)})
    return redirect("scan_mosaic", batch=batch.pk, kind=kind)


# --- whole ballots and pages not read ------------------------------------------


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
        return redirect("scan", batch=batch.pk)
    about(request, batch.poll)
    rows = _Rows(batch)
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


def _ballot_card(rows: _Rows, key: str, one: rules.BallotStand) -> dict[str, Any]:
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
            {"value": _key(row), "n": row.row + 1, "title": rows.title(row.row)}
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
        error = _decide(request, page, None, one.value, one, settles=thing.state == "differs")
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
    pairs = [_pair(batch, later, other, score, stands, mine) for later, other, score in rules.suspects(batch)]
    context = {
        "poll": batch.poll,
        "batch": batch,
        "pairs": pairs[:WHOLE_SCREEN],
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
