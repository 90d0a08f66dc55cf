"""Ballots as the machine read them, put straight into the rows: a batch with its file, no pictures.

`letters` are law.count's: "f a x" (for, against, abstain), "s b d x", "" blank, "fa" two marks.
"""

from __future__ import annotations

import hashlib
from itertools import count
from typing import TYPE_CHECKING, Any

from tests import make
from tests.make import NOW
from yishi.voting.actions import counting
from yishi.voting.models import Batch, Poll, ScanDecision, ScanFile, ScanLook, ScanPage
from yishi.voting.rules import scans as rules
from yishi.voting.words import sheet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_number = count(1)


def poll(returned: int, counting: str = "scan", **fields: Any) -> Poll:
    """A poll closed with so many ballots counted back, read by the machine; officials of `make.returned`."""
    made = make.returned(returned, counting=counting, **fields)
    made.sheet_layout = sheet.layout(made)
    made.save()
    return made


def batch(of: Poll) -> Batch:
    """The first batch of the poll that has no file yet; batches are laid out when there are none."""
    counting.lay_out(of, by=make.official(of, "clerk"), at=NOW)
    found = of.batches.filter(way=Batch.Way.SCAN, files__isnull=True).first()
    assert found is not None, "every batch has been scanned"
    found.poll = of
    return found


def scanned(
    of: Poll,
    ballots: Sequence[Sequence[str]],
    doubts: Mapping[tuple[int, int], str] | None = None,
    *,
    into: Batch | None = None,
    refused: Mapping[int, str] | None = None,
    elsewhere: Iterable[int] = (),
    twins: Mapping[int, int] | None = None,
    looked: bool = False,
) -> Batch:
    """A batch with one more file, read: `ballots` are the letters of each row of each ballot.

    doubts: (ballot, row) -> why, from 1 and from 0. refused: page of the file (from 1) -> reason, put
    between the ballots; one that is surely paper (`rules.PAPER`) has a number. elsewhere: ballots with
    ink where nothing is written. twins: ballot -> the ballot it looks like. looked: every blank row was seen.
    Pages are those of a form of one page, numbered after what the batch has.
    """
    made = into or batch(of)
    refused, doubts, elsewhere = dict(refused or {}), dict(doubts or {}), set(elsewhere)
    file = ScanFile.objects.create(
        batch=made, name=f"扫描{next(_number)}.pdf", sha256=hashlib.sha256(b"%d" % next(_number)).hexdigest(),
        size=1000, state=ScanFile.State.READ, at=NOW, by=make.official(of, "clerk"),
    )  # fmt: skip
    first = rules.last_number(made)
    pages, index, number, left = [], 0, first, list(ballots)
    while left or refused:
        index += 1
        reason = refused.pop(index, "")
        if not reason and not left:
            raise AssertionError(f"no page {min(refused)}: there are no more ballots")
        numbered = not reason or reason in rules.PAPER
        number += numbered
        one = {} if reason else reading(of, left.pop(0), number - first, doubts, elsewhere)
        pages.append(
            ScanPage(
                file=file,
                batch=made,
                index=index,
                reason=reason,
                reading=one,
                state=ScanPage.State.REJECTED if reason else ScanPage.State.READ,
                ballot=number if numbered else None,
                side=None if reason else 1,
            )
        )
    ScanPage.objects.bulk_create(pages)
    for later, earlier in (twins or {}).items():
        page, other = (leaf(made, n) for n in (later, earlier))
        page.reading["twins"] = [[other.pk, 0.99]]
        page.save()
    if looked:
        look_at_blanks(made)
    return made


def two_pages(sides: list[int], box: int) -> Batch:
    """A batch of forms of two pages with one file, its pages of these sides."""
    of = poll(box)
    of.sheet_layout["pages"].append({**of.sheet_layout["pages"][0], "number": 2})
    of.save()
    made = batch(of)
    more_pages(made, sides)
    return made


def more_pages(into: Batch, sides: list[int]) -> None:
    """One more file of forms of two pages."""
    first = rules.last_number(into)
    scanned(into.poll, [["f", "a", "x"]] * len(sides), into=into)
    pages = list(into.leaves.order_by("-pk")[: len(sides)])[::-1]
    for page, side, place in zip(pages, sides, rules.places(sides, 2), strict=True):
        page.side, page.ballot = side, first + (place or 0)
        page.reading = page.reading if side == 1 else {"rows": []}
        page.save()


def reading(
    of: Poll, letters: Sequence[str], ballot: int, doubts: Mapping[tuple[int, int], str], ink: set[int]
) -> dict[str, Any]:
    """A page as `scan.reading.PageReading.to_json` gives it."""
    names = {letter: name for name, letter in rules.LETTERS.items() if name != "choice"}
    if of.law.kind == "choose_up_to":
        names = {"f": "choice"}
    rows = []
    for row, marked in enumerate(letters):
        why = doubts.get((ballot, row)) or ("two_marks" if len(marked) > 1 else "")
        option = names[marked] if marked and not why else None
        rows.append(
            {
                "row": row,
                "option": option,
                "doubt": bool(why),
                "guess": names.get(marked) if why else None,
                "why": why or ("" if marked else "blank"),
                "confidence": 0.4 if why else 0.99,
                "name_ink": 0.0,
                "boxes": [
                    {
                        "option": name,
                        "A": 20.0 * (letter in marked),
                        "M": 0.4 * (letter in marked),
                        "F": 0.0,
                        "class": "mark" if letter in marked else "blank",
                    }
                    for letter, name in names.items()
                ],
            }
        )
    area = 9.0 if ballot in ink else 0.0
    place = [{"x_mm": 20.0, "y_mm": 250.0, "w_mm": 12.0, "h_mm": 6.0, "area_mm2": area}] if area else []
    return {
        "rejected": None, "detail": "", "page": 1, "rotation": 0.0, "scale": 1.0, "warnings": [],
        "rows": rows, "elsewhere": area, "elsewhere_boxes": place,
    }  # fmt: skip


# --- what people do with it ------------------------------------------------


def leaf(of: Batch, ballot: int) -> ScanPage:
    """The (first) page of this ballot, of a file that stands."""
    found = of.leaves.filter(ballot=ballot, file__withdrawn_at__isnull=True).order_by("side").first()
    assert found is not None
    found.batch, found.file.batch = of, of
    return found


def look_at_blanks(of: Batch, name: str = "watcher") -> None:
    """Every row read as blank was looked at; rows made directly."""
    by = make.official(of.poll, name)
    for page in of.leaves.filter(state=ScanPage.State.READ):
        for one in page.reading["rows"]:
            if not one["doubt"] and not one["option"]:
                ScanLook.objects.get_or_create(page=page, row=one["row"], by=by, defaults={"at": NOW})


def said(of: Batch, ballot: int, row: int | None, value: str, *names: str, name: str = "") -> None:
    """Each of these officials (both scrutineers when none is named) said this; rows made directly."""
    for official in names or ("chief", "watcher"):
        ScanDecision.objects.create(
            page=leaf(of, ballot),
            row=row,
            value=value,
            name=name,
            by=make.official(of.poll, official),
            at=NOW,
        )
