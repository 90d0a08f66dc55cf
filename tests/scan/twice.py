"""One paper scanned as often as wanted, and papers of different voters who chose the very same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.scan.synth import pens, scanners
from tests.scan.synth import strokes as draw
from tests.scan.synth.paper import Face, plan, printed
from tests.scan.synth.voters import Filled, Voter, fill
from yishi.scan.layout import parse
from yishi.scan.pages import Picture
from yishi.scan.register import register

Pixels = NDArray[np.uint8]
PX = scanners.PROFILES["feeder200"].px


def paper(seed: int, form: str = "a4", habit: str = "", pen: str = "gel 0.5", rows: int = 99) -> Pixels:
    """A sheet on which a voter wrote; with a `habit` (tick, filled, …) 赞成 in the first `rows` rows."""
    rng = np.random.default_rng([seed, 5])
    face = Face(form, 1)
    page: dict[str, Any] = face.page
    sheet = printed(form, 1, PX).copy()
    if habit:
        held = pens.nib(rng, pen)
        filled = Filled([], [], held)
        voter = Voter(rng, held, draw.hand(rng), habit, habit, 0.0, 0.0, False, page, filled)
        for row in page["rows"][:rows]:
            voter.mark(next(box for box in page["boxes"] if box["row"] == row["row"]), habit)
    else:
        filled = fill(rng, page, face.kind)
    for drawing in filled.drawings:
        pens.lay(sheet, pens.draw(rng, drawing.strokes, filled.held, drawing.at, PX), filled.held.grey)
    return sheet


def scanned(sheet: Pixels, seed: int, *, turned: bool = False, profile: str = "feeder200") -> Picture:
    """Another `seed`: another skew, noise, tone."""
    how = replace(scanners.PROFILES[profile], px=PX)
    grey, _matrix = scanners.scan(np.random.default_rng([seed, 6]), sheet, how)
    if turned:
        grey = np.ascontiguousarray(grey[::-1, ::-1])
    if grey.ndim == 3:
        grey = np.asarray(cv2.cvtColor(grey, cv2.COLOR_RGB2GRAY), np.uint8)
    return Picture(grey, None, float(how.dpi))


def canonical(picture: Picture, form: str = "a4") -> Pixels:
    """As `reading` hands it on."""
    return register(picture, parse(plan(form))).grey
