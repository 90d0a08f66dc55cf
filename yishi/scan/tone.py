"""What is paper and what is ink on a canonical picture: every place is measured against the paper around."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Real = NDArray[np.float32]

LEVEL: Final = 200  # where paper lies in an evened picture
WIDEST_MM: Final = 13.0  # no mark is wider both ways; what is wider is a shadow
LEAST_CONTRAST: Final = 0.3  # of paper; a fainter print is measured as if it had this


@dataclass(slots=True)
class Tone:
    """An evened picture: paper is `paper` everywhere (about 200), printed black `black`."""

    even: Grey
    paper: float
    black: float

    def dark(self, part: Grey) -> Real:
        """How dark, 0 paper .. 1 black, of a part of `even`; noise makes it less than 0 at places."""
        return (self.paper - part.astype(np.float32)) / np.float32(self.paper - self.black)

    def cut(self, dark: float) -> float:
        """The level of `even` below which a pixel is darker than `dark`."""
        return self.paper - dark * (self.paper - self.black)


def tone(grey: Grey, px_per_mm: float, black: list[tuple[int, int, int, int]] | None = None) -> Tone:
    """`black`: places x0, y0, x1, y1 in px that hold printed black (corner marks)."""
    small = np.asarray(cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
    light = cv2.dilate(small, np.ones((3, 3), np.uint8))
    step = max(1, round(px_per_mm / 2))
    coarse = cv2.resize(
        light, (max(1, light.shape[1] // step), max(1, light.shape[0] // step)), interpolation=cv2.INTER_AREA
    )
    side = max(3, round(WIDEST_MM * px_per_mm / (2 * step))) | 1
    closed = cv2.morphologyEx(coarse, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8))
    smooth = cv2.blur(closed, (3, 3))
    smooth = np.maximum(smooth, 24)
    around = cv2.resize(smooth, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_LINEAR)
    even = np.asarray(cv2.divide(grey, around, scale=LEVEL), np.uint8)
    paper = _paper(even[::4, ::4])
    return Tone(even, paper, _black(even, paper, black or []))


def _paper(sample: Grey) -> float:
    """The middle of the paper's own pixels: most of a page is paper, whatever else is on it."""
    counts = np.bincount(sample.ravel(), minlength=256).astype(np.float64)
    counts[255] = 0.0 if counts[:255].sum() else counts[255]
    smooth = np.convolve(counts, np.ones(5) / 5, "same")
    peak = int(np.argmax(smooth[100:])) + 100
    near = np.arange(max(0, peak - 12), min(256, peak + 13))
    weight = counts[near]
    return float((near * weight).sum() / weight.sum()) if weight.sum() else float(LEVEL)


def _black(even: Grey, paper: float, places: list[tuple[int, int, int, int]]) -> float:
    darkest = [
        float(np.percentile(even[y0:y1, x0:x1], 20)) for x0, y0, x1, y1 in places if even[y0:y1, x0:x1].size
    ]
    black = float(np.median(darkest)) if darkest else float(np.percentile(even[::4, ::4], 0.5))
    return min(max(black, 0.0), paper * (1 - LEAST_CONTRAST))
