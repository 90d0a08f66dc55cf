"""The black bars beside the rows: where each row really lies, for paper that is folded or drawn unevenly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from yishi.scan.layout import Box, Page
from yishi.scan.tone import Tone

PX: Final = 8.0
REACH: Final = 2.2  # mm a bar is looked for around its place
WHITE: Final = 0.8  # mm of paper wanted around it
SEEN: Final = 0.45  # of a full contrast between bar and paper


@dataclass(slots=True)
class Shifts:
    """Per row of the page: the place of the two bars (mm) and how far off they were found (mm)."""

    rows: dict[int, int]
    left_x: float
    right_x: float
    left: NDArray[np.float64]  # n x 2
    right: NDArray[np.float64]
    found: float  # share of the bars seen
    worst: float  # mm

    def at(self, row: int, x: float) -> tuple[float, float]:
        """dx, dy in mm for a place `x` mm from the left in a row."""
        if row not in self.rows:
            return 0.0, 0.0
        n = self.rows[row]
        share = (x - self.left_x) / (self.right_x - self.left_x) if self.right_x > self.left_x else 0.5
        dx, dy = self.left[n] * (1 - share) + self.right[n] * share
        return float(dx), float(dy)


def shifts(even: Tone, page: Page) -> Shifts:
    """Where the rows lie. A bar that is not seen is taken from those above and below."""
    rows = {row.row: n for n, row in enumerate(page.rows)}
    count = len(rows)
    found = np.full((2, count, 2), np.nan)
    xs: list[list[float]] = [[], []]
    for bar in page.timing:
        side = 0 if bar.side == "left" else 1
        if bar.row in rows:
            xs[side].append(bar.box.middle[0])
            off = _bar(even, bar.box)
            if off is not None:
                found[side, rows[bar.row]] = off
    seen = float(np.isfinite(found[:, :, 0]).mean()) if page.timing else 0.0
    worst = float(np.nanmax(np.abs(found))) if np.isfinite(found).any() else 0.0
    left, right = _filled(found[0]), _filled(found[1])
    if not np.isfinite(left).all():
        left = right.copy()
    if not np.isfinite(right).all():
        right = left.copy()
    return Shifts(
        rows,
        float(np.mean(xs[0])) if xs[0] else 0.0,
        float(np.mean(xs[1])) if xs[1] else page.width,
        np.nan_to_num(left),
        np.nan_to_num(right),
        seen,
        worst,
    )


def _bar(even: Tone, box: Box) -> tuple[float, float] | None:
    out = REACH + WHITE
    x0, y0 = round((box.x - out) * PX), round((box.y - out) * PX)
    x1, y1 = round((box.x + box.w + out) * PX), round((box.y + box.h + out) * PX)
    if x0 < 0 or y0 < 0:
        return None
    part = even.even[y0:y1, x0:x1]
    if part.shape != (y1 - y0, x1 - x0):
        return None
    size = (part.shape[1] // 2, part.shape[0] // 2)
    half = cv2.resize(part[: size[1] * 2, : size[0] * 2], size, interpolation=cv2.INTER_AREA)
    dark = np.clip(even.dark(np.asarray(half, np.uint8)), 0, 1)
    k = PX / 2
    pad = round(WHITE * k)
    w, h = round(box.w * k), round(box.h * k)
    template = np.full((h + 2 * pad, w + 2 * pad), -1.0, np.float32)
    template[pad:-pad, pad:-pad] = 1.0
    ink = template > 0
    template[ink] /= ink.sum()
    template[~ink] /= (~ink).sum()
    score = np.asarray(cv2.matchTemplate(np.ascontiguousarray(dark), template, cv2.TM_CCORR), np.float32)
    _, best, _, (x, y) = cv2.minMaxLoc(score)
    if best < SEEN:
        return None
    # The place of the bar if nothing were off, in px of the small window.
    want_x, want_y = box.x * k - x0 / 2 - pad, box.y * k - y0 / 2 - pad
    return (_peak(score[y], x) - want_x) / k, (_peak(score[:, x], y) - want_y) / k


def _peak(values: NDArray[np.float32], at: int) -> float:
    if not 0 < at < len(values) - 1:
        return float(at)
    left, middle, right = (float(values[at + step]) for step in (-1, 0, 1))
    curve = left - 2 * middle + right
    return at + (0.5 * (left - right) / curve if curve < 0 else 0.0)


def _filled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    known = np.flatnonzero(np.isfinite(values[:, 0]))
    if not len(known):
        return values
    every = np.arange(len(values))
    return np.column_stack([np.interp(every, known, values[known, axis]) for axis in (0, 1)])
