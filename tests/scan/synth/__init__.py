"""Synthetic voters and scanners: the same seed gives the same picture and the same truth.

Seeds below 1,000,000 are for tuning: whoever changes a threshold looks at these. Seeds from 1,000,000
are for reporting only (`bench/sheets.py`, `test_figures.py`): nobody tunes on them.

Pictures are made as they come about: the sheet that `papers/` prints, strokes of a pen in 813 dpi laid
on it, the paper folded or stamped, then the scanner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.scan.synth import pens, scanners
from tests.scan.synth.paper import FORMS, Face, plan, printed
from tests.scan.synth.voters import Filled, Truth, fill

TUNING, REPORTING = 0, 1_000_000
Pixels = NDArray[np.uint8]


@dataclass
class Sheet:
    """A scanned page and what it says. `matrix` leads from mm of the page to pixels."""

    seed: int
    face: Face
    profile: str
    grey: Pixels
    colour: Pixels | None
    dpi: float | None
    truths: list[Truth]
    filled: Filled
    matrix: NDArray[np.float64]

    @property
    def page(self) -> dict[str, Any]:
        return self.face.page

    def crop(self, row: int, margin: float = 2.0) -> Pixels:
        """The row as it was scanned, turned upright, 8 px per mm."""
        mine = next(one for one in self.page["rows"] if one["row"] == row)
        width = self.page["width_mm"]
        x, y, h = 4.0, mine["y_mm"] - margin, mine["h_mm"] + 2 * margin
        back = np.array([[1 / 8, 0, x], [0, 1 / 8, y], [0, 0, 1]])
        source = self.colour if self.colour is not None else self.grey
        size = (int((width - 8) * 8), int(h * 8))
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return np.asarray(cv2.warpPerspective(source, self.matrix @ back, size, flags=flags), np.uint8)


_page: dict[tuple[int, ...], Pixels] = {}


def _copy(source: Pixels, shape: tuple[int, ...]) -> Pixels:
    """A copy in a buffer that is used again: fresh memory costs more than the copying."""
    target = _page.setdefault(shape, np.empty(shape, np.uint8))
    if len(shape) == 3:
        cv2.merge([source] * 3, target)
    else:
        np.copyto(target, source)
    return target


def make(
    seed: int,
    profile: str = "feeder200",
    form: str = "a4",
    mix: str = "mixed",
    *,
    odd: bool = True,
    number: int = 1,
    blank: bool = False,
    corners: str = "",
    upright: bool = False,
) -> Sheet:
    """One page filled in by one voter and scanned; `blank` leaves it as it was printed.

    With the `corners` of another program (see `paper.printed`) everything else is the same picture, but
    never upside down.
    """
    how, face = scanners.PROFILES[profile], Face(form, number)
    rng = np.random.default_rng([seed, 20261124])
    page = face.page
    toner = int(rng.integers(1, 4)) if rng.random() < how.weak else 0
    clean = printed(form, number, how.px, toner, corners)
    paper = _copy(clean, (*clean.shape, 3) if how.colour else clean.shape)
    filled = fill(rng, page, face.kind, mix, odd)
    if blank:
        filled.truths = [Truth(one.row, "blank", None, "", "") for one in filled.truths]
        filled.drawings, filled.written = [], None
    tone = filled.held.rgb if how.colour else filled.held.grey
    for drawing in filled.drawings:
        pens.lay(paper, pens.draw(rng, drawing.strokes, filled.held, drawing.at, how.px), tone)
    _stamp(rng, paper, page, how)
    scanners.specks(rng, paper, how.px)
    if rng.random() < how.fold:
        scanners.folded(rng, paper, how.px, page["boxes"])
    picture, matrix = scanners.scan(rng, paper, how, upright=bool(corners) or upright)
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) if picture.ndim == 3 else picture
    dpi = None if how.phone else float(how.dpi)
    colour = picture if picture.ndim == 3 else None
    return Sheet(seed, face, profile, np.asarray(grey, np.uint8), colour, dpi, filled.truths, filled, matrix)


def _stamp(rng: np.random.Generator, paper: Pixels, page: dict[str, Any], how: scanners.Profile) -> None:
    seal, table = page["seal"], page["table"]
    if how.seal == "table":
        x = rng.uniform(table["x_mm"] + 30, table["x_mm"] + table["w_mm"] - 20)
        y = rng.uniform(table["y_mm"] + 20, table["y_mm"] + table["h_mm"] - 20)
        scanners.sealed(rng, paper, how.px, x, y, 40.0)
    elif how.seal == "place" and seal and rng.random() < 0.6:
        x, y = seal["x_mm"] + seal["w_mm"] / 2, seal["y_mm"] + seal["h_mm"] / 2
        dx, dy = rng.normal(0, 1.2, 2)
        scanners.sealed(rng, paper, how.px, x + dx, y + dy, seal["w_mm"])


__all__ = ["FORMS", "REPORTING", "TUNING", "Sheet", "make", "plan"]
