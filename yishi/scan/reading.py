"""One page read: picture and layout in, votes and doubts out. A refusal is told, never thrown."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from yishi.scan.cross import crosses
from yishi.scan.folds import evened
from yishi.scan.marks import DARK, Box, Measured, measured
from yishi.scan.marks import Ink as Mark
from yishi.scan.opinions import around
from yishi.scan.reasons import Rejected
from yishi.scan.register import BILEVEL, PX_PER_MM, RED_SHIFT, Registered, register
from yishi.scan.rows import Facts, decide
from yishi.scan.strays import strays
from yishi.scan.timing import Shifts, shifts
from yishi.scan.tone import Tone, tone

if TYPE_CHECKING:
    from yishi.scan.calibrate import Calibration
    from yishi.scan.layout import Layout, Oval, Page
    from yishi.scan.pages import Picture

LEAST_BARS: Final = 0.5  # share of the timing marks that must be seen


# Our outlines of 0.8 points come to 0.20-0.26 of a rim on the scans seen, a ring drawn on them to 0.45.
LINE: Final = 0.32


@dataclass(frozen=True, slots=True)
class BoxReading:
    """What lies in one oval: A and F in mm2, M as a share of the way from paper to black."""

    option: str
    A: float
    M: float
    F: float
    cls: str  # mark | blank | doubt


@dataclass(frozen=True, slots=True)
class RowReading:
    """What a row says: an option, or nothing (`why` blank), or a doubt with its reason and a guess."""

    row: int
    option: str | None
    doubt: bool
    why: str
    confidence: float
    boxes: tuple[BoxReading, ...]
    name_ink: float  # mm2 of ink in the name cell
    guess: str | None = None


@dataclass(frozen=True, slots=True)
class Stray:
    """Ink where nothing is to be written: a box in mm and its area in mm2."""

    x: float
    y: float
    w: float
    h: float
    area: float


@dataclass(slots=True)
class PageReading:
    """One page. `grey` is the canonical picture (8 px/mm) for crops; it is not in the JSON."""

    rejected: str | None = None
    detail: str = ""
    page: int | None = None
    rotation: float = 0.0
    scale: float | None = None
    warnings: tuple[str, ...] = ()
    rows: tuple[RowReading, ...] = ()
    elsewhere: float = 0.0
    elsewhere_boxes: tuple[Stray, ...] = ()
    grey: NDArray[np.uint8] | None = field(default=None, repr=False)

    def to_json(self) -> dict[str, Any]:
        """Plain data for a file, without the picture."""
        return {
            "rejected": self.rejected,
            "detail": self.detail,
            "page": self.page,
            "rotation": round(self.rotation, 2),
            "scale": None if self.scale is None else round(self.scale, 4),
            "warnings": list(self.warnings),
            "rows": [_row_json(row) for row in self.rows],
            "elsewhere": round(self.elsewhere, 2),
            "elsewhere_boxes": [
                {"x_mm": ink.x, "y_mm": ink.y, "w_mm": ink.w, "h_mm": ink.h, "area_mm2": ink.area}
                for ink in self.elsewhere_boxes
            ],
        }


def _row_json(row: RowReading) -> dict[str, Any]:
    return {
        "row": row.row,
        "option": row.option,
        "doubt": row.doubt,
        "why": row.why,
        "confidence": round(row.confidence, 3),
        "guess": row.guess,
        "name_ink": round(row.name_ink, 2),
        "boxes": [
            {
                "option": box.option,
                "A": round(box.A, 3),
                "M": round(box.M, 4),
                "F": round(box.F, 3),
                "class": box.cls,
            }
            for box in row.boxes
        ],
    }


def read(picture: Picture, layout: Layout, calibration: Calibration | None = None) -> PageReading:
    """Read one page. A page that cannot be read comes back with its reason in `rejected`."""
    try:
        there = register(picture, layout)
        return _read(there, calibration)
    except Rejected as refusal:
        return PageReading(rejected=refusal.code, detail=refusal.detail)


def _read(there: Registered, calibration: Calibration | None) -> PageReading:
    page = there.page
    even = tone(there.grey, PX_PER_MM, tag_places(page))
    folded = evened(even)
    moved = shifts(even, page)
    if page.timing and moved.found < LEAST_BARS:
        raise Rejected("distorted", f"{moved.found:.0%} of the timing marks")
    known = calibration.pages.get(page.number) if calibration else None
    boxes = placed(page, moved)
    ovals = measured(even, boxes, empty=known.empty if known else None, line=LINE)
    shapes = _crosses(ovals)
    # From here on offsets are against the layout's own places.
    inks = [
        _from_layout(ink, box, oval) for ink, box, oval in zip(ovals.inks, boxes, _ovals(page), strict=True)
    ]
    printed = known.printed if known else None
    near = around(even, page, moved, inks, printed)
    stray = strays(even, page, moved, printed)
    red, plain = _red(there, even, page, inks)
    rows, at = [], 0
    for row in page.rows:
        own = slice(at, at + len(row.ovals))
        at += len(row.ovals)
        facts = Facts(
            options=tuple(oval.option for oval in row.ovals),
            ovals=tuple(inks[own]),
            crosses=tuple(shapes[own]),
            red=tuple(red[own]),
            plain=tuple(plain[own]),
            beside=near.beside[row.row],
            faint=near.faint[row.row],
            labels=tuple(near.labels[own]),
            name=stray.name.get(row.row, 0.0),
            spill=tuple(near.spill[own]),
            shared=tuple(near.shared[own]),
            joined=tuple(near.joined[own]),
            far=tuple(near.far[own]),
            same_row=tuple(near.same_row[own]),
            passed=tuple(near.passed[own]),
            bilevel=BILEVEL in there.warnings,
            write_in=row.write_in,
        )
        rows.append(_row(row.row, facts))
    places = tuple(Stray(*place) for place in stray.elsewhere)
    sides = (there.scale_x, there.scale_y)
    return PageReading(
        page=page.number,
        rotation=there.rotation,
        scale=math.sqrt(sides[0] * sides[1]) if sides[0] and sides[1] else None,
        warnings=(*there.warnings, *(("folded",) if folded else ())),
        rows=tuple(rows),
        elsewhere=sum(place.area for place in places),
        elsewhere_boxes=places,
        grey=there.grey,
    )


def _row(row: int, facts: Facts) -> RowReading:
    verdict = decide(facts)
    boxes = tuple(
        BoxReading(option, ink.A, ink.M, ink.F, ink.cls)
        for option, ink in zip(facts.options, facts.ovals, strict=True)
    )
    return RowReading(
        row, verdict.option, verdict.doubt, verdict.why, verdict.confidence, boxes, facts.name, verdict.guess
    )


def _ovals(page: Page) -> list[Oval]:
    return [oval for row in page.rows for oval in row.ovals]


def placed(page: Page, moved: Shifts) -> list[Box]:
    """Where the ovals are expected, in px of the canonical picture."""
    boxes = []
    for oval in _ovals(page):
        x, y = oval.box.middle
        dx, dy = moved.at(oval.row, x)
        boxes.append(
            Box((x + dx) * PX_PER_MM, (y + dy) * PX_PER_MM, oval.box.w * PX_PER_MM, oval.box.h * PX_PER_MM)
        )
    return boxes


def tag_places(page: Page) -> list[tuple[int, int, int, int]]:
    return [
        (
            round(tag.x * PX_PER_MM),
            round(tag.y * PX_PER_MM),
            round((tag.x + tag.size) * PX_PER_MM),
            round((tag.y + tag.size) * PX_PER_MM),
        )
        for tag in page.tags
    ]


def _from_layout(ink: Mark, box: Box, oval: Oval) -> Mark:
    x, y = oval.box.middle
    return replace(ink, dx=ink.dx + box.x - x * PX_PER_MM, dy=ink.dy + box.y - y * PX_PER_MM)


def _crosses(ovals: Measured) -> list[bool]:
    found = [False] * len(ovals.inks)
    for patch in ovals.patches:
        marked = [n for n, which in enumerate(patch.which) if ovals.inks[which].cls != "blank"]
        for n, cross in zip(marked, crosses(patch.dark[marked], patch.outline, patch.inside), strict=True):
            found[patch.which[n]] = cross
    return found


def _red(there: Registered, even: Tone, page: Page, inks: list[Mark]) -> tuple[list[float], list[float]]:
    """mm2 of red in each oval, and of dark ink that is not red, where the picture has colour."""
    if there.red is None:
        return [0.0] * len(inks), [0.0] * len(inks)
    red, plain = [], []
    cut = even.cut(DARK)
    for oval, ink in zip(_ovals(page), inks, strict=True):
        x, y = oval.box.middle
        x, y = x * PX_PER_MM + ink.dx, y * PX_PER_MM + ink.dy
        half_w, half_h = (oval.box.w - 1.2) / 2 * PX_PER_MM, (oval.box.h - 1.2) / 2 * PX_PER_MM
        inside = (
            slice(max(0, round(y - half_h)), round(y + half_h)),
            slice(max(0, round(x - half_w)), round(x + half_w)),
        )
        y_grid, x_grid = np.ogrid[inside]
        within = ((x_grid + 0.5 - x) / half_w) ** 2 + ((y_grid + 0.5 - y) / half_h) ** 2 <= 1
        stained = (there.red[inside] > RED_SHIFT) & within
        red.append(float(np.count_nonzero(stained)) / PX_PER_MM**2)
        dark = (even.even[inside] < cut) & ~stained & within
        plain.append(float(np.count_nonzero(dark)) / PX_PER_MM**2)
    return red, plain
