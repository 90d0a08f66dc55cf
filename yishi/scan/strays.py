"""Ink where the ballot asks for none: in the name cells, and elsewhere on the page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from yishi.scan.layout import Box, Page
from yishi.scan.timing import Shifts
from yishi.scan.tone import Tone

Grey = NDArray[np.uint8]
Mask = NDArray[np.bool_]

K: Final = 4.0  # px/mm looked at
DARK: Final = 0.30
EDGE_PX, ENTERING_MM = 3, 5.0  # a tick begun left of its oval reaches so far into the name cell
WORD_PAD: Final = 0.5  # mm kept clear around printed words
EDGE: Final = 6.0  # mm of the page's edge where shadows and hands lie
LEAST_AREA, LEAST_LENGTH = 1.5, 2.5  # mm2 and mm of what is told as ink elsewhere
STRIKE_MM, RUN_MM, RUN_SHARE = 9.5, 3.0, 0.55


@dataclass(slots=True)
class Strays:
    """`name`: mm2 by row; `elsewhere`: x, y, w, h in mm and mm2."""

    name: dict[int, float] = field(default_factory=dict)
    elsewhere: list[tuple[float, float, float, float, float]] = field(default_factory=list)


def strays(even: Tone, page: Page, shifts: Shifts, printed: Mask | None) -> Strays:
    """`printed`: what a blank sheet shows at 4 px/mm (fattened), where one was read: then writing over
    print is seen too.
    """
    size = (even.even.shape[1] // 2, even.even.shape[0] // 2)
    small = np.asarray(cv2.resize(even.even, size, interpolation=cv2.INTER_AREA), np.uint8)
    ink = small < even.cut(DARK)
    return Strays(_names(ink, page, shifts, printed), _elsewhere(ink, page, printed))


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
    if not free.any():
        return []
    # Half as fine: what hangs together, at a quarter of the work.
    height, width = (side // 2 * 2 for side in free.shape)
    quads = free[:height, :width].astype(np.uint8).reshape(height // 2, 2, width // 2, 2).sum(axis=(1, 3))
    joined = cv2.dilate((quads > 0).astype(np.uint8), np.ones((3, 3), np.uint8))
    count, names, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    areas = np.bincount(names.ravel(), weights=quads.ravel(), minlength=count) / K**2
    found = []
    for n in range(1, count):
        x, y, w, h = (float(stats[n, at]) * 2 / K for at in range(4))
        long, short = max(w, h), min(w, h)
        fold = long > 0.5 * page.width and short < 4.0
        if areas[n] >= LEAST_AREA and long >= LEAST_LENGTH and not fold:
            found.append((round(x, 1), round(y, 1), round(w, 1), round(h, 1), round(float(areas[n]), 2)))
    return found


def _names(ink: Mask, page: Page, shifts: Shifts, printed: Mask | None) -> dict[int, float]:
    out = {}
    for row in page.rows:
        if row.name is None:
            continue
        dx, dy = shifts.at(row.row, row.name.middle[0])
        part = _part(row.name, -0.4, dx, dy)
        cell = ink[part]
        if printed is not None:
            out[row.row] = _area(cell & ~printed[part])
            continue
        free = cell.copy()
        for word in row.words:
            rows, columns = _part(word, WORD_PAD, dx, dy)
            y, x = part[0].start, part[1].start
            free[
                max(0, rows.start - y) : max(0, rows.stop - y), max(0, columns.start - x) : columns.stop - x
            ] = False
        # Where the words' places are not known, only a line through them can be told from print.
        out[row.row] = _area(free) if row.words or row.write_in else 0.0
        if not row.write_in:
            out[row.row] = max(out[row.row], _struck(cell))
    return out


def _area(ink: Mask) -> float:
    """mm2 without specks of up to 4 px, and without what comes in from the ovals at its right."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    sizes, starts = stats[1:count, cv2.CC_STAT_AREA], stats[1:count, cv2.CC_STAT_LEFT]
    ends = starts + stats[1:count, cv2.CC_STAT_WIDTH]
    width = ink.shape[1]
    entering = (ends >= width - EDGE_PX) & (starts > width - ENTERING_MM * K)
    return float(sizes[(sizes > 4) & ~entering].sum()) / K**2


def _struck(cell: Mask) -> float:
    """mm2 of a line drawn through printed words; 0 where there is only print."""
    px = cell.astype(np.uint8)
    count, names, stats, _ = cv2.connectedComponentsWithStats(px, connectivity=8)
    area = 0.0
    for n in 1 + np.flatnonzero(stats[1:count, cv2.CC_STAT_WIDTH] >= STRIKE_MM * K):
        x, y, w, h, size = (int(value) for value in stats[n])
        piece = (names[y : y + h, x : x + w] == n).astype(np.uint8)
        runs = cv2.morphologyEx(piece, cv2.MORPH_OPEN, np.ones((1, round(RUN_MM * K)), np.uint8))
        if float(runs.any(axis=0).mean()) >= RUN_SHARE:
            area += size / K**2
    return area
