"""Pages where scrutineers look at rows of ballots: those in doubt, and mosaics."""

from __future__ import annotations

import hashlib
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
from yishi.voting.rules import scans as rules
from yishi.voting.views.counting import about, attempt
from yishi.voting.views.scans import SCANNED, scan_crumbs
from yishi.voting.words import scans as words
from yishi.web.access import allow

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from yishi.voting.models import Batch, ScanPage

SCREEN = 120  # pieces of ballots on one screen


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
        return _judged(request, batch, {row_key(row): row for row in [*shown, *said]})
    if not shown and not again:
        return redirect("batch_scan", batch=batch.pk)
    about(request, batch.poll)
    rows = Rows(batch)
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
        return hashlib.sha256(f"{user.pk}|{row_key(row)}".encode()).hexdigest()

    return sorted(rows, key=order)


def row_key(row: rules.RowStand) -> str:
    return _pair_key((row.page.pk, row.row))


class Rows:
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


def _doubt(request: Any, rows: Rows, row: rules.RowStand, again: bool) -> dict[str, Any]:
    batch = rows.batch
    offered = forms.answers_offered(batch.poll.law.kind, row)
    settles = not again and row.state == "differs" and rules.may_settle(request.user, batch, request.now)
    before = row.said.get(request.user.pk, ("", "")) if again else None
    return {
        "key": row_key(row),
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
        error = decide(request, row.page, row.row, forms.letters(one.value), one, settles=settles)
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


def decide(
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
        return _looked(request, batch, kind, {row_key(row) for row in shown})
    if not shown:
        messages.success(request, _("“%(word)s”都看过了。") % {"word": found[2]})
        return redirect("batch_scan", batch=batch.pk)
    about(request, batch.poll)
    rows = Rows(batch)
    context = {
        "poll": batch.poll,
        "batch": batch,
        "word": found[2],
        "blank": kind == "blank",
        "rows": [{"key": row_key(r), **rows.piece(r.page, r.row)} for r in shown[:SCREEN]],
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
