"""Ink around the ovals: what hangs together with a mark, and what nobody can account for.

Looked at twice at 4 px/mm: what is clearly ink, to see which strokes hang together, and what is faint, to
be sure that a row read as empty is empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from yishi.scan.layout import Box, Oval, Page
from yishi.scan.marks import BLANK, Ink
from yishi.scan.timing import Shifts
from yishi.scan.tone import Tone

Grey = NDArray[np.uint8]
Real = NDArray[np.float32]
Mask = NDArray[np.bool_]
Place = tuple[slice, slice]

K: Final = 4.0  # px/mm looked at
DARK: Final = 0.28
FAINT: Final = 0.10  # after smoothing
# mm kept clear around a printed line or outline, for what is dark and for what is faint
CLEAR, CLEAR_FAINT = 0.3, 0.65
GAP: Final = 1.0  # mm on both sides of a gap that print tears into a stroke
PASSING: Final = 0.3  # mm2 of another mark's stroke close to an oval
NEAR: Final = 1.2  # mm around a mark's own stroke where faint ink is its own
RING: Final = 3.6  # mm across, more than its oval
LABEL_PAD: Final = 0.5  # mm
LEAST_SHOWN: Final = 0.15  # of the rows: the word as it is printed, whoever writes over it
WRITTEN_OVER: Final = 0.15  # mm2 that half of the rows show over a word and some do not
# Mean darkness of a word's place: printed words come to 0.13-0.20, seldom 0.26, a blot over one to 0.35;
# a tick over one makes it this much darker.
SOLID, MORE_THAN_WORDS = 0.29, 0.035
FEW_ROWS: Final = 4  # with fewer the words of a column cannot be compared by their middle


@dataclass(slots=True)
class Around:
    """mm2. By row: ink of no mark (`beside`), faint ink of no mark (`faint`). By oval, in the page's order:
    ink on its word of no mark, ink outside hanging together with its own (`spill`), ink that its strokes
    have inside other ovals (`shared`)."""

    beside: dict[int, float] = field(default_factory=dict)
    faint: dict[int, float] = field(default_factory=dict)
    labels: list[float] = field(default_factory=list)
    spill: list[float] = field(default_factory=list)
    shared: list[float] = field(default_factory=list)
    joined: list[int] = field(default_factory=list)  # how many ovals its stroke has ink in
    same_row: list[bool] = field(default_factory=list)  # whether that other oval is of the same row
    passed: list[bool] = field(default_factory=list)  # whether a stroke of a mark passes close by
    far: list[float] = field(default_factory=list)  # ink in the half turned away from that other oval


@dataclass(slots=True)
class _Field:
    """The part of the page that holds the ovals; places within it in px."""

    page: Page
    shifts: Shifts
    ovals: list[Oval]
    dark: Real
    x: int
    y: int
    labels: list[Place | None] = field(default_factory=list)  # of every oval's word

    def place(self, box: Box, row: int, pad: float = 0.0) -> Place:
        """Rows and columns of a box; boxes of one size give parts of one size."""
        dx, dy = self.shifts.at(row, box.middle[0])
        y, x = round((box.y - pad + dy) * K) - self.y, round((box.x - pad + dx) * K) - self.x
        h, w = round((box.h + 2 * pad) * K), round((box.w + 2 * pad) * K)
        return slice(max(0, y), max(0, y + h)), slice(max(0, x), max(0, x + w))


def around(even: Tone, page: Page, shifts: Shifts, inks: Sequence[Ink], printed: Mask | None) -> Around:
    """`inks`: of all ovals of the page in order, offsets in px of 8 px/mm against the layout's own places.

    `printed`: what a blank sheet shows at 4 px/mm (fattened), where one was read.
    """
    seen = _field(even, page, shifts)
    known = (
        printed[seen.y : seen.y + seen.dark.shape[0], seen.x : seen.x + seen.dark.shape[1]]
        if (printed is not None)
        else None
    )
    owners = _owners(seen, inks)
    smooth = cv2.blur(seen.dark, (3, 3))
    noise = 1.4826 * float(np.median(np.abs(smooth)))
    strong = _free(seen, seen.dark, DARK, CLEAR, inks, known)
    weak = _free(seen, np.asarray(smooth, np.float32), max(FAINT, 6 * noise), CLEAR_FAINT, inks, known)
    out = Around()
    words = _through_words(seen)
    region = _strokes(out, seen, strong, strong | words, owners, inks)
    excused = strong & region
    loose = _without_specks(strong & ~excused & (owners == 0))
    side = 2 * round(NEAR * K) + 1
    own = cv2.dilate(excused.astype(np.uint8), np.ones((side, side), np.uint8)) > 0
    faint = _without_specks(weak & ~own & (owners == 0))
    for row in page.rows:
        band = seen.place(Box(seen.x / K, row.y, seen.dark.shape[1] / K, row.h), row.row)[0]
        out.beside[row.row] = float(loose[band].sum()) / K**2
        out.faint[row.row] = float(faint[band].sum()) / K**2
    for oval in seen.ovals:
        place = seen.place(oval.box, oval.row, NEAR)
        out.passed.append(float((excused[place] & (owners[place] == 0)).sum()) / K**2 >= PASSING)
    out.labels = [float(loose[place].sum()) / K**2 if place else 0.0 for place in seen.labels]
    return out


def _field(even: Tone, page: Page, shifts: Shifts) -> _Field:
    ovals = [oval for row in page.rows for oval in row.ovals]
    boxes = [oval.box for oval in ovals] + [oval.label for oval in ovals if oval.label]
    left = min(box.x for box in boxes) - 2.5
    right = max(box.x + box.w for box in boxes) + 3.0
    if page.table:
        right = max(right, page.table.x + page.table.w - 0.3)
    top = min(row.y for row in page.rows)
    end = max(row.y + row.h for row in page.rows)
    x, y = max(0, round(left * K)), max(0, round(top * K))
    part = even.even[2 * y : 2 * round(end * K), 2 * x : 2 * round(right * K)]
    size = (part.shape[1] // 2, part.shape[0] // 2)
    half = cv2.resize(part[: 2 * size[1], : 2 * size[0]], size, interpolation=cv2.INTER_AREA)
    seen = _Field(page, shifts, ovals, even.dark(np.asarray(half, np.uint8)), x, y)
    seen.labels = [seen.place(oval.label, oval.row, LABEL_PAD) if oval.label else None for oval in ovals]
    return seen


def _middle(seen: _Field, oval: Oval, ink: Ink) -> tuple[float, float]:
    x, y = oval.box.middle
    return (x + ink.dx / (2 * K)) * K - seen.x, (y + ink.dy / (2 * K)) * K - seen.y


def _owners(seen: _Field, inks: Sequence[Ink]) -> NDArray[np.int32]:
    """The number (from 1) of the oval that each pixel is inside of."""
    owners = np.zeros(seen.dark.shape, np.int32)
    for n, (oval, ink) in enumerate(zip(seen.ovals, inks, strict=True), 1):
        # A ring belongs to the oval it is drawn around.
        more = RING if ink.ring else -0.3
        _ellipse(owners, _middle(seen, oval, ink), oval.box.w + more, oval.box.h + more, n)
    return owners


def _free(
    seen: _Field, dark: Real, cut: float, clear: float, inks: Sequence[Ink], known: Mask | None
) -> Mask:
    """Where it is darker than `cut` and nothing is printed."""
    px = (dark > cut).astype(np.uint8)
    for place, over in zip(seen.labels, _over_words(seen, dark, cut), strict=True):
        if place:
            target = px[place]
            target[:] = 0
            if over is not None:
                h, w = (min(target.shape[axis], over.shape[axis]) for axis in (0, 1))
                target[:h, :w] = over[:h, :w]
    _clear_lines(seen, px, clear)
    for oval, ink in zip(seen.ovals, inks, strict=True):
        thick = round((0.28 + 2 * clear) * K)
        _ellipse(px, _middle(seen, oval, ink), oval.box.w, oval.box.h, 0, thick)
    if known is not None:
        px[known[: px.shape[0], : px.shape[1]]] = 0
    return px > 0


def _clear_lines(seen: _Field, px: Grey, clear: float) -> None:
    """Printed lines go with the rows: a level one may lie a little aslant, an upright one in pieces."""
    middles = np.array([row.y + row.h / 2 for row in seen.page.rows])
    for line in seen.page.lines:
        level = abs(line.y1 - line.y2) < abs(line.x1 - line.x2)
        ys = [(line.y1 + line.y2) / 2] * 2 if level else [line.y1, line.y2]
        ends = []
        for x, y, near in ((line.x1, line.y1, ys[0]), (line.x2, line.y2, ys[1])):
            row = seen.page.rows[int(np.argmin(np.abs(middles - near)))]
            dx, dy = seen.shifts.at(row.row, x)
            ends.append(
                (round(((x + dx) * K - seen.x - 0.5) * 16), round(((y + dy) * K - seen.y - 0.5) * 16))
            )
        cv2.line(px, ends[0], ends[1], 0, max(1, round((line.width + 2 * clear) * K)), cv2.LINE_8, 4)


def _over_words(seen: _Field, dark: Real, cut: float, fatten: bool = True) -> list[Mask | None]:
    """What lies over the word beside each oval: against the same word in the other rows."""
    out: list[Mask | None] = [None] * len(seen.ovals)
    groups: dict[tuple[str, int, int], list[int]] = {}
    for n, oval in enumerate(seen.ovals):
        if oval.label:
            groups.setdefault((oval.option, round(oval.label.w * 10), round(oval.label.h * 10)), []).append(n)
    for which in groups.values():
        if len(which) < 2:
            continue
        places = [place for place in (seen.labels[n] for n in which) if place]
        cuts = [dark[place] for place in places]
        height, width = (min(piece.shape[axis] for piece in cuts) for axis in (0, 1))
        words = np.stack([piece[:height, :width] for piece in cuts])
        many = len(which) >= FEW_ROWS
        solid = SOLID
        usual = np.partition(words, len(which) // 2, axis=0)[len(which) // 2] if many else words.min(axis=0)
        if many:
            # Whoever marks words instead of ovals marks most of a column, never twice alike: then the
            # word as it is printed is what nearly all rows show.
            least = round(LEAST_SHOWN * (len(which) - 1))
            low = np.partition(words, least, axis=0)[least]
            more = usual - cv2.dilate(low, np.ones((3, 3), np.uint8)) > cut
            written = float(more.sum()) / K**2 >= WRITTEN_OVER
            usual = low if written else usual
            solid = float(np.clip(low, 0, 1).mean()) + MORE_THAN_WORDS if written else SOLID
        side = (3 if many else 5) if fatten else 1
        fat = np.maximum(cv2.dilate(usual, np.ones((side, side), np.uint8)), 0)
        over = words - fat > cut
        black = np.clip(words, 0, 1).mean(axis=(1, 2))
        for place, n in enumerate(which):
            # No word is as black as a blot: then all of it is ink.
            out[n] = words[place] > cut if many and black[place] > solid else over[place]
    return out


def _ellipse(
    px: NDArray[np.uint8] | NDArray[np.int32],
    middle: tuple[float, float],
    w: float,
    h: float,
    value: int,
    thick: int = -1,
) -> None:
    at = (round((middle[0] - 0.5) * 16), round((middle[1] - 0.5) * 16))
    axes = (round(w / 2 * K * 16), round(h / 2 * K * 16))
    cv2.ellipse(px, at, axes, 0, 0, 360, value, thick, cv2.LINE_8, 4)


def _strokes(
    out: Around, seen: _Field, strong: Mask, bridged: Mask, owners: NDArray[np.int32], inks: Sequence[Ink]
) -> Mask:
    """Fills all lists but `labels`; gives the place of what hangs together with a mark."""
    side = 2 * round(GAP * K) + 1
    joined = cv2.dilate(bridged.astype(np.uint8), np.ones((side, side), np.uint8))
    count, names = cv2.connectedComponents(joined, connectivity=8)
    ovals = len(inks)
    pairs = np.asarray(names, np.intp)[strong] * (ovals + 1) + owners[strong]
    held = np.bincount(pairs, minlength=count * (ovals + 1)).reshape(count, ovals + 1) / K**2
    out.spill, out.shared, out.joined = [0.0] * ovals, [0.0] * ovals, [1] * ovals
    out.far, out.same_row = [ink.A for ink in inks], [False] * ovals
    excused = np.zeros(count, bool)
    inside = held[:, 1:]
    for n, ink in enumerate(inks):
        if ink.cls == BLANK:
            continue
        pieces = np.flatnonzero(inside[:, n] >= 0.15)
        excused[pieces] = True
        mine = inside[pieces, n]
        # What hangs together with several marks is theirs in equal parts.
        out.spill[n] = float((held[pieces, 0] / np.maximum(1, (inside[pieces] >= 0.15).sum(axis=1))).sum())
        if len(pieces):
            main = pieces[int(np.argmax(mine))]
            others = inside[main].copy()
            others[n] = 0.0
            out.shared[n] = float(others.max(initial=0.0))
            out.joined[n] = int((inside[main] >= 0.15).sum())
            if out.shared[n] > 0:
                other = int(np.argmax(others))
                out.far[n] = _far_half(owners, strong, n, other)
                out.same_row[n] = seen.ovals[other].row == seen.ovals[n].row
    excused[0] = False
    return np.asarray(excused[names], bool)


def _far_half(owners: NDArray[np.int32], strong: Mask, own: int, other: int) -> float:
    """mm2 of ink in the half of an oval that is turned away from another one."""
    ys, xs = np.nonzero(owners == own + 1)
    there = np.argwhere(owners == other + 1).mean(axis=0)
    middle = np.array([ys.mean(), xs.mean()])
    way = there - middle
    away = (ys - middle[0]) * way[0] + (xs - middle[1]) * way[1] < 0
    return float(strong[ys[away], xs[away]].sum()) / K**2


def _through_words(seen: _Field) -> Mask:
    """Ink over the words, more than most rows have there: a stroke goes on through them."""
    out = np.zeros(seen.dark.shape, bool)
    for place, over in zip(seen.labels, _over_words(seen, seen.dark, DARK / 2, fatten=False), strict=True):
        if place and over is not None:
            target = out[place]
            h, w = (min(target.shape[axis], over.shape[axis]) for axis in (0, 1))
            target[:h, :w] |= over[:h, :w]
    return out


def _without_specks(loose: Mask) -> Mask:
    """Without pieces of up to 3 px."""
    count, names, stats, _ = cv2.connectedComponentsWithStats(loose.astype(np.uint8), connectivity=8)
    keep = stats[:count, cv2.CC_STAT_AREA] > 3
    keep[0] = False
    return np.asarray(keep[names], bool)
