"""The picture of a page: grey, the colours only where there are any, and nothing finer than needed."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from yishi.scan.reasons import Rejected

Pixels = NDArray[np.uint8]

MOST_PIXELS = 52_000_000  # before decoding: A4 at 600 dpi has 35 million, a telephone's picture 50
MOST_SIDE = 20_000
LEAST_SIDE = 600  # of the longer side: A5 at 72 dpi
FINE = 3508  # the longer side of A4 at 300 dpi; twice as fine is made half as fine
LARGEST_INCHES = 20  # beyond A3: the resolution in the file is a placeholder (a camera writes 72)

# One page in colour: this part of its pixels is further than this from grey.
COLOURED = 40
COLOURED_PART = 0.0002


@dataclass(frozen=True)
class Picture:
    """A page as it was scanned. `dpi` is what the file says, None where it says nothing of use."""

    grey: Pixels  # height x width, 0 black, 255 white
    colour: Pixels | None = None  # height x width x 3, red green blue; None where there is no colour
    dpi: float | None = None


def admit(width: int, height: int) -> None:
    """Called before anything is decoded. Raises Rejected: too_large, resolution, unreadable."""
    if width <= 0 or height <= 0:
        raise Rejected("unreadable", f"{width} x {height}")
    if width > MOST_SIDE or height > MOST_SIDE or width * height > MOST_PIXELS:
        raise Rejected("too_large", f"{width} x {height}")
    if max(width, height) < LEAST_SIDE:
        raise Rejected("resolution", f"{width} x {height}")


def picture(pixels: Pixels, dpi: tuple[float, float] | None = None) -> Picture:
    """From decoded pixels (height x width, or x 3 in red, green, blue), `dpi` across and down."""
    across, down = _believed(pixels, dpi)
    pixels, across, down = _square(pixels, across, down)
    factor = max(pixels.shape[:2]) // FINE
    if factor > 1:
        height, width = pixels.shape[0] // factor, pixels.shape[1] // factor
        cut = pixels[: height * factor, : width * factor]
        pixels = np.asarray(cv2.resize(cut, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    resolution = round(across / factor if factor > 1 else across, 2) or None
    if pixels.ndim == 2:
        return Picture(np.ascontiguousarray(pixels), None, resolution)
    grey = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    return Picture(grey, np.ascontiguousarray(pixels) if _coloured(pixels) else None, resolution)


def _believed(pixels: Pixels, dpi: tuple[float, float] | None) -> tuple[float, float]:
    """The resolution, (0, 0) where the file says none or one that makes the paper larger than any."""
    if dpi is None or not all(1 < one < 5000 for one in dpi):
        return 0.0, 0.0
    height, width = pixels.shape[:2]
    if max(width / dpi[0], height / dpi[1]) > LARGEST_INCHES:
        return 0.0, 0.0
    return dpi


def _square(pixels: Pixels, across: float, down: float) -> tuple[Pixels, float, float]:
    """Fax machines scan 204 x 98 dpi: the coarser direction is stretched."""
    if not across or 0.9 < across / down < 1.1:
        return pixels, across, down
    finer = max(across, down)
    width, height = round(pixels.shape[1] * finer / across), round(pixels.shape[0] * finer / down)
    if width > MOST_SIDE or height > MOST_SIDE or width * height > MOST_PIXELS:
        return pixels, across, down
    stretched = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(stretched, np.uint8), finer, finer


def _coloured(pixels: Pixels) -> bool:
    """Looked for at a quarter of the size: what the JPEG puts at the edges of black is no colour."""
    size = (max(1, pixels.shape[1] // 4), max(1, pixels.shape[0] // 4))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    spread = small.max(axis=2).astype(np.int16) - small.min(axis=2)
    return bool((spread > COLOURED).mean() > COLOURED_PART)
