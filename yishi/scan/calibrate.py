"""What a blank sheet of the actual printer and scanner shows, so that it is not taken for ink."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from yishi.scan.layout import Layout
from yishi.scan.marks import Box
from yishi.scan.pages import Picture
from yishi.scan.register import PX_PER_MM, register
from yishi.scan.strays import DARK, K
from yishi.scan.timing import shifts
from yishi.scan.tone import Tone, tone

FAT_MM: Final = 0.6  # print may lie so far off from sheet to sheet


@dataclass(slots=True)
class Blank:
    """One page: its evened picture with the ovals' places, and where print is (4 px/mm, fattened)."""

    tone: Tone
    boxes: list[Box]
    printed: NDArray[np.bool_]

    @property
    def empty(self) -> tuple[Tone, list[Box]]:
        return self.tone, self.boxes


@dataclass(slots=True)
class Calibration:
    """Blank pages by page number; pages that were not given are read without."""

    pages: dict[int, Blank] = field(default_factory=dict)


def calibrate(pictures: Iterable[Picture], layout: Layout) -> Calibration:
    """From a blank sheet of the printer and scanner used. Raises Rejected for a page of another form."""
    from yishi.scan.reading import placed, tag_places

    pages = {}
    for picture in pictures:
        there = register(picture, layout)
        even = tone(there.grey, PX_PER_MM, tag_places(there.page))
        boxes = placed(there.page, shifts(even, there.page))
        size = (even.even.shape[1] // 2, even.even.shape[0] // 2)
        small = np.asarray(cv2.resize(even.even, size, interpolation=cv2.INTER_AREA), np.uint8)
        print_ = (small < even.cut(DARK * 0.8)).astype(np.uint8)
        side = 2 * round(FAT_MM * K) + 1
        fat = cv2.dilate(print_, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))
        pages[there.page.number] = Blank(even, boxes, fat > 0)
    return Calibration(pages)
