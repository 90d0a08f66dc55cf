"""Ink outside the ovals: beside them, over the words, in the name cells, and elsewhere on the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from yishi.scan.layout import Box, Page
from yishi.scan.marks import BLANK, Ink
from yishi.scan.timing import Shifts
from yishi.scan.tone import Tone

Grey = NDArray[np.uint8]
Mask = NDArray[np.bool_]

K: Final = 4.0  # px/mm looked at
DARK: Final = 0.30
LINE: Final = 0.45  # mm kept clear on both sides of a printed line
LABEL_PAD: Final = 0.5  # mm
EDGE: Final = 6.0  # mm of the page's edge where shadows and hands lie
LEAST_AREA, LEAST_LENGTH = 1.5, 2.5  # mm2 and mm of what is told as ink elsewhere
STRIKE_MM, RUN_MM, RUN_SHARE = 9.5, 3.0, 0.55


@dataclass(slots=True)
class Strays:
    """mm2 by row, and by oval (in the order of page.rows and their ovals) for labels and spill."""

    beside: dict[int, float] = field(default_factory=dict)
    name: dict[int, float] = field(default_factory=dict)
    labels: list[float] = field(default_factory=list)
    spill: list[float] = field(default_factory=list)
    elsewhere: list[tuple[float, float, float, float, float]] = field(default_factory=list)  # x y w h mm, mm2


def strays(even: Tone, page: Page, shifts: Shifts, inks: Sequence[Ink], printed: Mask | None) -> Strays:
    """`inks`: of all ovals of the page in order, offsets in px of 8 px/mm against the layout's own places.

    `printed`: what a blank sheet shows at 4 px/mm (fattened), where one was read; then writing over print
    and in the name cells is seen too.
    """
    size = (even.even.shape[1] // 2, even.even.shape[0] // 2)
    small = np.asarray(cv2.resize(even.even, size, interpolation=cv2.INTER_AREA), np.uint8)
    ink = small < even.cut(DARK)
    out = Strays()
    out.elsewhere = _elsewhere(ink, page, printed)
    _names(out, ink, page, shifts, printed)
    _opinions(out, small, even, ink, page, shifts, inks, printed)
    return out


def _part(box: Box, pad: float = 0.0, dx: float = 0.0, dy: float = 0.0) -> tuple[slice, slice]:
    """Rows and columns of a box; boxes of one size give parts of one size."""
    y, x = round((box.y - pad + dy) * K), round((box.x - pad + dx) * K)
    y_end, x_end = y + round((box.h + 2 * pad) * K), x + round((box.w + 2 * pad) * K)
    return slice(max(0, y), max(0, y_end)), slice(max(0, x), max(0, x_end))


def _elsewhere(ink: Mask, page: Page, printed: Mask | None) -> list[tuple[float, float, float, float, float]]:
    free = ink.copy()
    edge = round(EDGE * K)
    free[:edge] = free[-edge:] = False
    free[:, :edge] = free[:, -edge:] = False
    for tag in page.tags:
        free[_part(Box(tag.x, tag.y, tag.size, tag.size), 1.5)] = False
    for bar in page.timing:
        free[_part(bar.box, 2.5)] = False
    if page.code:
        free[_part(page.code.box, 2.0)] = False
    if page.seal:
        free[_part(page.seal, 2.0)] = False
    if page.table:
        free[_part(page.table, 1.2)] = False
    if printed is not None:
        free &= ~printed[: free.shape[0], : free.shape[1]]
    else:
        for box in page.printed:
            free[_part(box, 1.0)] = False
    joined = cv2.dilate(free.astype(np.uint8), np.ones((3, 3), np.uint8))
    count, names, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    if count == 1:
        return []
    areas = np.bincount(names.ravel()[free.ravel()], minlength=count) / K**2
    found = []
    for n in range(1, count):
        x, y, w, h = (float(stats[n, at]) / K for at in range(4))
        long, short = max(w, h), min(w, h)
        fold = long > 0.5 * page.width and short < 4.0
        if areas[n] >= LEAST_AREA and long >= LEAST_LENGTH and not fold:
            found.append((round(x, 1), round(y, 1), round(w, 1), round(h, 1), round(float(areas[n]), 2)))
    return found


def _names(out: Strays, ink: Mask, page: Page, shifts: Shifts, printed: Mask | None) -> None:
    write_ins = [row for row in page.rows if row.write_in and row.name]
    cells = {}
    for row in page.rows:
        if row.name is None:
            continue
        dx, dy = shifts.at(row.row, row.name.middle[0])
        part = _part(row.name, -0.7, dx, dy)
        cell = ink[part]
        if printed is not None:
            area = float((cell & ~printed[part]).sum()) / K**2
        elif row.write_in:
            cells[row.row] = cell
            continue
        else:
            area = _struck(cell)
        out.name[row.row] = area
    if not cells:
        return
    # What every write-in row shows is print; with one row only what lies right of the printed word.
    shape = tuple(min(cell.shape[axis] for cell in cells.values()) for axis in (0, 1))
    common = np.logical_and.reduce([cell[: shape[0], : shape[1]] for cell in cells.values()])
    fat = cv2.dilate(common.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    for row in write_ins:
        cell = cells[row.row][: shape[0], : shape[1]]
        rest = cell & ~fat if len(cells) > 1 else cell[:, round(16 * K) :]
        out.name[row.row] = float(rest.sum()) / K**2


def _struck(cell: Mask) -> float:
    """mm2 of a line drawn through printed words; 0 where there is only print."""
    px = cell.astype(np.uint8)
    count, names, stats, _ = cv2.connectedComponentsWithStats(px, connectivity=8)
    area = 0.0
    for n in range(1, count):
        x, y, w, h, size = (int(value) for value in stats[n])
        if w < STRIKE_MM * K:
            continue
        piece = (names[y : y + h, x : x + w] == n).astype(np.uint8)
        runs = cv2.morphologyEx(piece, cv2.MORPH_OPEN, np.ones((1, round(RUN_MM * K)), np.uint8))
        if float(runs.any(axis=0).mean()) >= RUN_SHARE:
            area += size / K**2
    return area


def _opinions(
    out: Strays,
    small: Grey,
    even: Tone,
    ink: Mask,
    page: Page,
    shifts: Shifts,
    inks: Sequence[Ink],
    printed: Mask | None,
) -> None:
    ovals = [oval for row in page.rows for oval in row.ovals]
    area = _opinion_area(page)
    part = _part(area)
    free = ink[part].copy()
    oy, ox = part[0].start, part[1].start
    for line in page.lines:
        _drop_line(free, line.x1, line.y1, line.x2, line.y2, line.width, page, shifts, (ox, oy))
    owners = np.zeros(free.shape, np.int32)
    extra = _label_ink(small, even, page, shifts)
    label_parts: list[tuple[slice, slice] | None] = []
    for oval, over in zip(ovals, extra, strict=True):
        if oval.label is None:
            label_parts.append(None)
            continue
        rows, columns = _part(oval.label, LABEL_PAD, *shifts.at(oval.row, oval.label.middle[0]))
        place = (
            slice(max(0, rows.start - oy), rows.stop - oy),
            slice(max(0, columns.start - ox), columns.stop - ox),
        )
        target = free[place]
        target[:] = False
        if over is not None:
            h, w = (min(target.shape[axis], over.shape[axis]) for axis in (0, 1))
            target[:h, :w] = over[:h, :w]
        label_parts.append(place)
    if printed is not None:
        free &= ~printed[part][: free.shape[0], : free.shape[1]]
    ring = np.zeros(free.shape, np.uint8)
    for n, (oval, found) in enumerate(zip(ovals, inks, strict=True), 1):
        middle_x, middle_y = oval.box.middle
        middle = ((middle_x + found.dx / 8) * K - ox, (middle_y + found.dy / 8) * K - oy)
        _ellipse(owners, middle, oval.box.w - 0.3, oval.box.h - 0.3, n)
        _ellipse(ring, middle, oval.box.w, oval.box.h, 1, thick=round(1.0 * K))
    # The outline hides what lies on it: strokes are carried over the gap.
    free &= ring == 0
    closed = cv2.morphologyEx(free.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    count, names = cv2.connectedComponents(closed | free.astype(np.uint8), connectivity=8)
    out.spill, excused = _touching(names, count, owners, free, inks)
    loose = free & ~excused[names] & (owners == 0)
    for row in page.rows:
        _, dy = shifts.at(row.row, area.middle[0])
        top, end = round((row.y + dy) * K) - oy, round((row.y + row.h + dy) * K) - oy
        out.beside[row.row] = _solid(loose[max(0, top) : max(0, end)])
    out.labels = [float(loose[place].sum()) / K**2 if place else 0.0 for place in label_parts]


def _solid(loose: Mask) -> float:
    """mm2 without single specks."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(loose.astype(np.uint8), connectivity=8)
    sizes = stats[1:count, cv2.CC_STAT_AREA]
    return float(sizes[sizes > 3].sum()) / K**2


def _opinion_area(page: Page) -> Box:
    boxes = [oval.box for row in page.rows for oval in row.ovals]
    boxes += [oval.label for row in page.rows for oval in row.ovals if oval.label]
    left = min(box.x for box in boxes) - 2.0
    right = max(box.x + box.w for box in boxes) + 3.0
    if page.table:
        right = max(right, page.table.x + page.table.w - 0.5)
    top = min(row.y for row in page.rows)
    end = max(row.y + row.h for row in page.rows)
    return Box(left, top, right - left, end - top)


def _drop_line(
    free: Mask,
    x1: float,
    y1: float,
    x2: float,
    y2: float,
    width: float,
    page: Page,
    shifts: Shifts,
    origin: tuple[int, int],
) -> None:
    """Clears a printed line; it goes with the rows, so a level one may lie a little aslant."""
    near = min(page.rows, key=lambda row: abs(row.y + row.h / 2 - (y1 + y2) / 2))
    top = min(page.rows, key=lambda row: abs(row.y + row.h / 2 - min(y1, y2)))
    last = min(page.rows, key=lambda row: abs(row.y + row.h / 2 - max(y1, y2)))
    level = abs(y1 - y2) < abs(x1 - x2)
    first, second = (near, near) if level else (top, last)
    ends = []
    for (x, y), row in (((x1, y1), first), ((x2, y2), second)):
        dx, dy = shifts.at(row.row, x)
        ends.append((round(((x + dx) * K - origin[0]) * 16), round(((y + dy) * K - origin[1]) * 16)))
    px = free.view(np.uint8)
    cv2.line(px, ends[0], ends[1], 0, max(1, round((width + 2 * LINE) * K)), cv2.LINE_8, 4)


def _label_ink(small: Grey, even: Tone, page: Page, shifts: Shifts) -> list[Mask | None]:
    """What lies over the word beside each oval: against the same word in the other rows."""
    ovals = [oval for row in page.rows for oval in row.ovals]
    out: list[Mask | None] = [None] * len(ovals)
    groups: dict[tuple[str, int, int], list[int]] = {}
    for n, oval in enumerate(ovals):
        if oval.label:
            groups.setdefault((oval.option, round(oval.label.w * 10), round(oval.label.h * 10)), []).append(n)
    for which in groups.values():
        if len(which) < 2:
            continue
        cut = []
        for n in which:
            label = ovals[n].label
            assert label is not None
            rows, columns = _part(label, LABEL_PAD, *shifts.at(ovals[n].row, label.middle[0]))
            cut.append(small[rows, columns])
        height, width = (min(piece.shape[axis] for piece in cut) for axis in (0, 1))
        dark = even.dark(np.stack([piece[:height, :width] for piece in cut]))
        at = len(which) // 2 if len(which) >= 4 else 0
        usual = np.partition(dark, at, axis=0)[at]
        fat = (
            cv2.dilate(usual, np.ones((3, 3), np.uint8))
            if len(which) >= 4
            else cv2.dilate(usual, np.ones((5, 5), np.uint8))
        )
        over = (dark - np.maximum(fat, 0)) > DARK
        for place, n in enumerate(which):
            out[n] = over[place]
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


def _touching(
    names: NDArray[np.int32], count: int, owners: NDArray[np.int32], free: Mask, inks: Sequence[Ink]
) -> tuple[list[float], Mask]:
    """Ink outside of an oval that hangs together with its mark: mm2 by oval, and which pieces these are."""
    spill = [0.0] * len(inks)
    excused = np.zeros(count, bool)
    held = free & (owners > 0)
    pairs = np.unique(np.stack([names[held], owners[held]]), axis=1) if held.any() else np.zeros((2, 0), int)
    outside = np.bincount(names[free & (owners == 0)], minlength=count) / K**2
    for piece, owner in pairs.T:
        if piece and inks[owner - 1].cls != BLANK:
            excused[piece] = True
            spill[owner - 1] += float(outside[piece])
    return spill, excused
