"""Creases: lines of shade from edge to edge of the paper, evened out before ink is looked for.

A crease shows in both margins, where nothing is printed and nobody writes; a pen's line does not.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from yishi.scan.tone import Tone

Grey = NDArray[np.uint8]
Real = NDArray[np.float32]

PX: Final = 8  # px/mm
MARGIN: Final = (2.5, 7.3)  # mm from the edge: outside the corner marks
LEAST: Final = 0.025  # darkness
NOISE: Final = 6.0
ASLANT: Final = 3.5  # mm between the two margins at most
HALF: Final = 1.8  # mm of shade on either side
ALONG: Final = 13  # mm over which the shade is taken to be alike
DEEPEST: Final = 0.38  # what is darker is no shade
MOST: Final = 6


def evened(even: Tone) -> int:
    """Takes the creases out of `even`, in place; how many there were."""
    down = _lines(even, even.even)
    across = _lines(even, even.even.T)
    if len(down) + len(across) > MOST:
        return 0
    for left, right in down:
        _even(even, even.even, left, right)
    turned = even.even.T
    for left, right in across:
        _even(even, turned, left, right)
    return len(down) + len(across)


def _lines(even: Tone, px: Grey) -> list[tuple[float, float]]:
    """Level creases: their y (px) in the middle of the left and of the right margin."""
    start, end = (round(mm * PX) for mm in MARGIN)
    left = _peaks(even, px[:, start:end])
    right = _peaks(even, px[:, -end:-start])
    pairs = []
    for y in left:
        near = [other for other in right if abs(other - y) <= ASLANT * PX]
        if near:
            other = min(near, key=lambda value: abs(value - y))
            right.remove(other)
            pairs.append((float(y), float(other)))
    return pairs


def _peaks(even: Tone, strip: Grey) -> list[int]:
    profile = even.dark(strip[:, ::2]).mean(axis=1).astype(np.float32)
    soft = cv2.GaussianBlur(profile[:, None], (1, 5), 1.0)[:, 0]
    around = cv2.blur(profile[:, None], (1, 15 * PX))[:, 0]
    high = soft - around
    noise = 1.4826 * float(np.median(np.abs(high - np.median(high))))
    least = max(LEAST, NOISE * noise)
    edge = round(9 * PX)
    found: list[int] = []
    for y in np.argsort(high)[::-1][:200]:
        if high[y] < least or len(found) >= MOST:
            break
        if edge < y < len(high) - edge and all(abs(int(y) - other) > 3 * PX for other in found):
            found.append(int(y))
    return found


def _even(even: Tone, px: Grey, left: float, right: float) -> None:
    width = px.shape[1]
    margin = sum(MARGIN) / 2 * PX
    xs = np.arange(width)
    ys = np.rint(left + (right - left) * (xs - margin) / (width - 2 * margin)).astype(int)
    offsets = np.arange(-round(HALF * PX), round(HALF * PX) + 1)
    at = np.clip(ys[None] + offsets[:, None], 0, px.shape[0] - 1)
    band = px[at, xs[None]]
    dark = even.dark(band[:, ::PX])
    half = ALONG // 2
    shade = np.median(
        sliding_window_view(np.pad(dark, ((0, 0), (half, half)), "edge"), ALONG, axis=1), axis=2
    )
    shade = np.where(shade > DEEPEST, 0, shade).astype(np.float32)
    full = cv2.resize(shade, (width, len(offsets)), interpolation=cv2.INTER_LINEAR)
    lighter = band + np.asarray(full) * (even.paper - even.black)
    px[at, xs[None]] = np.clip(np.rint(lighter), 0, 255).astype(np.uint8)
