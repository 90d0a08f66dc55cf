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
FAINT, SHARE = 0.14, 0.45  # of light ink: a share of its darkest, and no less than this
MOST_FILL: Final = 0.62  # of the inside: a filled oval has no strokes


_ANGLE = np.arange(ANGLES) * (2 * np.pi / ANGLES)
_CIRCLES = [  # dy, dx in px of every point looked at, radius by radius
    (np.rint(radius * K * np.sin(_ANGLE)).astype(int), np.rint(radius * K * np.cos(_ANGLE)).astype(int))
    for radius in RADII
]
_PAD = int(max(RADII) * K) + 2


def crosses(dark: Real, outline: Mask, inside: Mask) -> list[bool]:
    """For each patch (n x height x width, 8 px/mm, 0 paper .. 1 ink), whether its ink is a cross."""
    height, width = outline.shape
    size = (width // 2, height // 2)
    ring = cv2.resize(outline.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.25
    inner = cv2.resize(inside.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.75
    found = []
    for patch in dark:
        small = np.asarray(cv2.resize(patch, size, interpolation=cv2.INTER_AREA), np.float32)
        inside_ink = small[inner]
        darkest = float(np.partition(inside_ink, -12)[-12:].mean()) if inside_ink.size > 12 else 1.0
        found.append(_drawn(small > min(INK, max(FAINT, SHARE * darkest)), ring, inner))
    return found


def _drawn(ink: Mask, ring: Mask, inner: Mask) -> bool:
    return float(ink[inner].mean()) <= MOST_FILL and _cross(_carried(ink, ring), inner)


def _carried(ink: Mask, ring: Mask) -> Mask:
    """The printed line is not ink; a stroke through it is carried over the gap."""
    without = ink & ~ring
    closed = cv2.morphologyEx(without.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)) > 0
    return without | (closed & ring)


def _cross(ink: Mask, inner: Mask) -> bool:
    ys, xs = np.nonzero(ink & inner)
    if len(ys) < 8:
        return False
    wide = np.pad(ink, _PAD)
    base = (ys + _PAD) * wide.shape[1] + xs + _PAD
    flat = wide.ravel()
    before: list[int] = []
    for radius, (dy, dx) in zip(RADII, _CIRCLES, strict=True):
        seen = flat[base[:, None] + (dy * wide.shape[1] + dx)[None]]
        starts = (seen[:, 1:] & ~seen[:, :-1]).sum(axis=1) + (seen[:, 0] & ~seen[:, -1])
        four = np.flatnonzero((starts == 4) & (seen.mean(axis=1) < 0.75))
        good = [int(at) for at in four if _arms_cross(wide, ys[at] + _PAD, xs[at] + _PAD, radius, seen[at])]
        # The same junction seen at two neighbouring radii.
        if set(good) & set(before):
            return True
        before = good
    return False


def _arms_cross(wide: Mask, y: int, x: int, radius: float, seen: Mask) -> bool:
    """Whether the four runs of ink on a circle lie opposite one another, each joined to the middle."""
    first = int(np.argmin(seen))
    turned = np.concatenate([seen[first:], seen[:first]])
    edges = np.flatnonzero(turned[1:] != turned[:-1]) + 1
    if len(edges) % 2:
        edges = np.append(edges, ANGLES)
    arms = (edges[::2] + edges[1::2] - 1) / 2 + first
    half = ANGLES / 2
    if any(abs(abs(arms[n + 2] - arms[n]) - half) > ANGLES * 0.1 for n in (0, 1)):
        return False
    step = np.arange(1, int(radius * K))
    if not len(step):
        return True
    angle = arms[:, None] * (2 * np.pi / ANGLES)
    on = wide[np.rint(y + step * np.sin(angle)).astype(int), np.rint(x + step * np.cos(angle)).astype(int)]
    return bool((on.mean(axis=1) >= 0.8).all())
