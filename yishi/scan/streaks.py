"""Lines that dirt on the glass of a feeder draws over the whole picture, bridged from both sides."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]

EVERY: Final = 8  # rows looked at
WIDE: Final = 21  # px of the neighbourhood compared with
LEAST: Final = 7  # grey levels
WIDEST: Final = 12  # px; what is wider is no streak
MOST: Final = 24  # streaks; with more it is a picture, not dirt


def bridged(grey: Grey) -> tuple[Grey, int]:
    """The picture without streaks (a new one if there were any), and how many there were.

    A streak runs through the upper and the lower margin and nearly everything between, so no rule, no
    frame and no pen is taken for one.
    """
    down = _streaks(grey)
    across = _streaks(np.ascontiguousarray(grey[:, ::EVERY].T), 1)
    if len(down) + len(across) in (0, *range(MOST + 1, 10_000)):
        return grey, 0
    grey = grey.copy()
    for start, end in down:
        _bridge(grey, start, end)
    turned = grey.T
    for start, end in across:
        _bridge(turned, start, end)
    return grey, len(down) + len(across)


def _streaks(grey: Grey, every: int = EVERY) -> list[tuple[int, int]]:
    rows = np.ascontiguousarray(grey[::every])
    around = cv2.blur(rows, (WIDE, 1))
    darker = cv2.subtract(around, rows) > LEAST
    lighter = cv2.subtract(rows, around) > LEAST
    # Nine rows of ten, and the margins: a table's rule ends before them.
    margin = max(2, len(rows) // 40)
    dark = _through(darker, margin)
    # Beside a dark streak even paper is lighter than its surroundings.
    near = np.convolve(dark, np.ones(WIDE + 4), "same") > 0
    columns = np.flatnonzero(dark | (_through(lighter, margin) & ~near))
    if not len(columns):
        return []
    groups = np.split(columns, np.flatnonzero(np.diff(columns) > 2) + 1)
    width = grey.shape[1]
    spans = [(int(group[0]), int(group[-1]) + 1) for group in groups]
    return [(a, b) for a, b in spans if b - a <= WIDEST and a > WIDE and b < width - WIDE]


def _through(deep: NDArray[np.bool_], margin: int) -> NDArray[np.bool_]:
    """Columns that differ in all but a tenth of the rows, also of those at either end."""
    whole = deep.mean(axis=0) >= 0.9
    ends = (deep[:margin].mean(axis=0) >= 0.9) & (deep[-margin:].mean(axis=0) >= 0.9)
    return np.asarray(whole & ends)


def _bridge(grey: Grey, start: int, end: int) -> None:
    start, end = start - 2, end + 2
    left = grey[:, start - 1].astype(np.float32)
    right = grey[:, end].astype(np.float32)
    share = (np.arange(start, end) - start + 1) / (end - start + 1)
    grey[:, start:end] = (left[:, None] * (1 - share) + right[:, None] * share + 0.5).astype(np.uint8)
