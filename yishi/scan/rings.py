"""What is drawn close around an oval: a ring is no ink inside it, but the oval is not blank either."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Real = NDArray[np.float32]
Mask = NDArray[np.bool_]

OUTSIDE: Final = (-1.75, -0.4)  # mm from the outline, less than 0 outside: where a ring is looked for
WITHIN: Final = (0.4, 1.2)
SECTORS: Final = 24
MOST_OPEN: Final = 2  # sectors of a ring without ink
LEAST_OUTSIDE: Final = 12  # sectors in which it runs outside
THICKER: Final = 0.12
LEAST_PX: Final = 4
PRINTED: Final = 0.8  # what is dark in a fifth of the ovals is print


def around(soft: Real, depth: Real, paper: Real, cut: float, px_per_mm: float) -> tuple[Real, Mask]:
    """For each patch: mm2 of ink close outside its oval, and whether it closes a ring around it.

    `soft`: n x height x width, smoothed darkness; `depth`: mm inside the outline; `paper`: n; `cut`: what is
    darker than the paper by this is ink.
    """
    count = len(soft)
    outside = (depth > OUTSIDE[0]) & (depth < OUTSIDE[1])
    within = (depth > WITHIN[0]) & (depth < WITHIN[1])
    zone = outside | within
    ink = soft[:, zone] - paper[:, None] > cut
    # Words beside the ovals differ from column to column, so that most ovals do not show each of them.
    shown = np.partition(soft[:, zone], int(PRINTED * (count - 1)), axis=0)[int(PRINTED * (count - 1))]
    free = shown < cut
    ink &= free[None]
    sector, out = _sectors(depth)[zone], outside[zone]
    line = (depth >= OUTSIDE[1]) & (depth <= WITHIN[0])
    on_line, which = soft[:, line] - paper[:, None], _sectors(depth)[line]
    seen = np.zeros((count, SECTORS), bool)
    beyond = np.zeros((count, SECTORS), bool)
    known = np.zeros(SECTORS, bool)
    for n in range(SECTORS):
        here = sector == n
        known[n] = free[here].mean() > 0.5
        # Where it runs on the printed line, that is darker than in other ovals.
        dark = on_line[:, which == n].mean(axis=1)
        seen[:, n] = (ink[:, here].sum(axis=1) >= LEAST_PX) | (dark - np.median(dark) > THICKER)
        beyond[:, n] = ink[:, here & out].sum(axis=1) >= LEAST_PX
    rings = (~seen[:, known]).sum(axis=1) <= MOST_OPEN
    rings &= (beyond[:, known].sum(axis=1) >= LEAST_OUTSIDE) & (int(known.sum()) >= SECTORS - 6)
    area = ink[:, out].sum(axis=1) / px_per_mm**2
    return area.astype(np.float32), rings


def _sectors(depth: Real) -> NDArray[np.intp]:
    """Which of the sectors around the middle of a patch each pixel lies in."""
    half_h, half_w = (depth.shape[0] - 1) / 2, (depth.shape[1] - 1) / 2
    y, x = np.mgrid[-half_h : half_h + 1, -half_w : half_w + 1]
    turn = np.arctan2(y * half_w / half_h, x) / (2 * np.pi) + 0.5
    return np.asarray((turn * SECTORS).astype(np.intp) % SECTORS)
