"""Whether a mark is a cross: two strokes through one another. Only ever a veto, never a vote."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Real = NDArray[np.float32]
Mask = NDArray[np.bool_]

K: Final = 4.0  # px/mm looked at
RADII: Final = (0.6, 0.85, 1.1, 1.4, 1.75, 2.1)  # mm
ANGLES: Final = 48
INK: Final = 0.3
MOST_FILL: Final = 0.62  # of the inside: a filled oval has no strokes
AGREE: Final = 2  # neighbouring radii that must see four arms


def crosses(dark: Real, outline: Mask, inside: Mask) -> list[bool]:
    """For each patch (n x height x width, 8 px/mm, 0 paper .. 1 ink), whether its ink is a cross."""
    if not len(dark):
        return []
    found = []
    height, width = outline.shape
    size = (width // 2, height // 2)
    ring = cv2.resize(outline.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.25
    inner = cv2.resize(inside.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.75
    for patch in dark:
        small = cv2.resize(np.ascontiguousarray(patch), size, interpolation=cv2.INTER_AREA)
        found.append(_cross(np.asarray(small, np.float32), ring, inner))
    return found


def _cross(small: Real, ring: Mask, inner: Mask) -> bool:
    ink = small > INK
    if ink[inner].mean() > MOST_FILL:
        return False
    # The printed line is not ink; a stroke through it is carried over the gap.
    without = ink & ~ring
    closed = cv2.morphologyEx(without.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)) > 0
    ink = without | (closed & ring)
    ys, xs = np.nonzero(ink & inner)
    if len(ys) < 8:
        return False
    pad = int(max(RADII) * K) + 2
    wide = np.pad(ink, pad)
    angles = np.arange(ANGLES) * (2 * np.pi / ANGLES)
    cos, sin = np.cos(angles), np.sin(angles)
    good = np.zeros((len(RADII), len(ys)), bool)
    for n, radius in enumerate(RADII):
        seen = _around(wide, ys, xs, pad, radius, cos, sin)
        four = np.flatnonzero((seen & ~np.roll(seen, 1, axis=1)).sum(axis=1) == 4)
        four = four[seen[four].mean(axis=1) < 0.75]
        for at in four:
            if _opposite(seen[at]) and _joined(wide, ys[at] + pad, xs[at] + pad, radius, seen[at]):
                good[n, at] = True
    # A junction seen at one radius from a pixel and at the next from the same or one beside it.
    both = good[:-1] & good[1:]
    return bool(both.any())


def _around(
    wide: Mask, ys: NDArray[np.intp], xs: NDArray[np.intp], pad: int, radius: float, cos: Real, sin: Real
) -> Mask:
    y = np.rint(ys[:, None] + pad + radius * K * sin[None]).astype(int)
    x = np.rint(xs[:, None] + pad + radius * K * cos[None]).astype(int)
    return np.asarray(wide[y, x], bool)


def _arms(seen: Mask) -> NDArray[np.float64]:
    """The middle angle (in steps) of each run of ink on the circle."""
    turned = np.roll(seen, -int(np.argmin(seen)))
    starts = np.flatnonzero(turned & ~np.roll(turned, 1))
    ends = np.flatnonzero(~turned & np.roll(turned, 1))
    ends = ends[ends > 0] if len(ends) and ends[0] == 0 and len(ends) > len(starts) else ends
    ends = np.sort(np.where(ends == 0, len(seen), ends))
    return (starts + ends - 1) / 2.0 + int(np.argmin(seen))


def _opposite(seen: Mask) -> bool:
    arms = _arms(seen)
    if len(arms) != 4:
        return False
    half = ANGLES / 2
    return all(abs(abs(arms[n + 2] - arms[n]) - half) <= ANGLES * 0.1 for n in (0, 1))


def _joined(wide: Mask, y: int, x: int, radius: float, seen: Mask) -> bool:
    """Whether every arm is ink all the way from the middle."""
    angle = _arms(seen)[:, None] * (2 * np.pi / ANGLES)
    step = np.arange(1, int(radius * K))[None]
    if not step.size:
        return True
    on = wide[np.rint(y + step * np.sin(angle)).astype(int), np.rint(x + step * np.cos(angle)).astype(int)]
    return bool((on.mean(axis=1) >= 0.8).all())
