"""Pens: how broad, how dark, of what colour, and how their line breaks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.scan.synth.strokes import Rng, Stroke

FINE = 32  # pixels per mm in which strokes are drawn: 813 dpi
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Pen:
    """`width` mm from ... to; `cover` is how much paper it hides; `rgb` of the ink."""

    width: tuple[float, float]
    cover: tuple[float, float]
    rgb: tuple[int, int, int]
    grain: str

    @property
    def grey(self) -> float:
        r, g, b = self.rgb
        return 0.299 * r + 0.587 * g + 0.114 * b


PENS = {
    "gel 0.5": Pen((0.33, 0.45), (0.90, 1.0), (34, 33, 38), "gel"),
    "gel 0.7": Pen((0.48, 0.65), (0.92, 1.0), (32, 32, 36), "gel"),
    "blue gel": Pen((0.34, 0.55), (0.85, 0.98), (42, 56, 140), "gel"),
    "ballpoint": Pen((0.24, 0.42), (0.60, 0.92), (46, 62, 150), "ball"),
    "pencil": Pen((0.35, 0.75), (0.40, 0.78), (72, 72, 76), "pencil"),
    "marker": Pen((1.1, 2.0), (0.90, 1.0), (30, 30, 34), "felt"),
    "red": Pen((0.34, 0.55), (0.80, 0.97), (200, 44, 48), "gel"),
}
SUPPLIED = {"gel 0.5": 0.6, "gel 0.7": 0.4}
MIXED = {
    "gel 0.5": 0.28, "gel 0.7": 0.14, "blue gel": 0.18, "ballpoint": 0.20,
    "pencil": 0.09, "marker": 0.08, "red": 0.03,
}  # fmt: skip
MIXES = {"supplied": SUPPLIED, "mixed": MIXED}


@dataclass(frozen=True)
class Nib:
    """The pen one voter holds."""

    name: str
    width: float
    cover: float
    grain: str
    grey: float
    rgb: tuple[float, float, float]


def nib(rng: Rng, name: str) -> Nib:
    pen = PENS[name]
    tone = rng.normal(0, 5)
    rgb = tuple(float(np.clip(c + tone, 8, 235)) for c in pen.rgb)
    return Nib(name, rng.uniform(*pen.width), rng.uniform(*pen.cover), pen.grain, pen.grey + tone, rgb)  # type: ignore[arg-type]


@cache
def grains(px: int) -> dict[str, Floats]:
    """Textures of 48 mm at `px` pixels per mm: what share of the ink reaches the paper."""
    rng = np.random.default_rng(7)
    side = 48 * px

    def noise(mm: float) -> Floats:
        sigma = max(0.35, mm * px)
        field = cv2.GaussianBlur(rng.normal(0, 1, (side, side)).astype(np.float32), (0, 0), sigma)
        return np.asarray(field / field.std(), np.float32)

    fine, middle, broad = noise(0.05), noise(0.12), noise(0.5)
    return {
        "gel": np.clip(1.0 + 0.05 * middle - 0.9 * (middle + broad > 3.9), 0, 1),
        "ball": np.clip(0.92 + 0.16 * fine + 0.12 * middle - 0.75 * (middle + 0.8 * broad > 2.6), 0, 1),
        "pencil": np.clip(0.62 + 0.42 * fine + 0.14 * middle, 0, 1),
        "felt": np.clip(0.97 + 0.03 * broad, 0, 1),
    }


@dataclass(frozen=True)
class Patch:
    """Ink on a part of the page: its upper left pixel and the share of paper hidden, 0..1."""

    x: int
    y: int
    alpha: Floats


def draw(rng: Rng, strokes: list[Stroke], held: Nib, at: tuple[float, float], px: int) -> Patch:
    """The strokes at a place of the page in mm, for a page of `px` pixels per mm."""
    points = np.vstack(strokes)
    pad = held.width * 1.5 + 0.6
    x0 = int(np.floor((points[:, 0].min() + at[0] - pad) * px))
    y0 = int(np.floor((points[:, 1].min() + at[1] - pad) * px))
    x1 = int(np.ceil((points[:, 0].max() + at[0] + pad) * px))
    y1 = int(np.ceil((points[:, 1].max() + at[1] + pad) * px))
    fine = np.zeros(((y1 - y0) * FINE // px, (x1 - x0) * FINE // px), np.uint8)
    offset = np.array([at[0] - x0 / px, at[1] - y0 / px])
    firm = 0.10 if held.grain in ("gel", "felt") else 0.45  # how much pressure is seen as darkness
    for stroke in strokes:
        xy = np.rint((stroke[:, :2] + offset) * FINE * 16).astype(np.int32)
        force = (stroke[1:, 2] + stroke[:-1, 2]) / 2
        broad = np.maximum(1, np.rint(held.width * FINE * (0.45 + 0.55 * force))).astype(int).tolist()
        dark = np.clip(255 * held.cover * (1 - firm + firm * force), 20, 255)
        ends = xy.tolist()
        order = np.argsort(dark, kind="stable").tolist() if held.grain != "gel" else range(len(force))
        tones = dark.tolist()
        for i in order:
            cv2.line(fine, ends[i], ends[i + 1], tones[i], broad[i], cv2.LINE_AA, 4)
    small = cv2.resize(fine, (x1 - x0, y1 - y0), interpolation=cv2.INTER_AREA)
    alpha = small.astype(np.float32) * np.float32(1 / 255)
    grain = grains(px)[held.grain]
    gx, gy = int(rng.integers(0, 8 * px)), int(rng.integers(0, 8 * px))
    piece = grain[gy : gy + alpha.shape[0], gx : gx + alpha.shape[1]]
    alpha[: piece.shape[0], : piece.shape[1]] *= piece
    return Patch(x0, y0, cv2.GaussianBlur(alpha, (3, 3), 0.6))


def lay(page: NDArray[np.uint8], patch: Patch, tone: float | tuple[float, float, float]) -> None:
    """The ink onto the page, in place."""
    height, width = page.shape[:2]
    x0, y0 = max(patch.x, 0), max(patch.y, 0)
    x1 = min(patch.x + patch.alpha.shape[1], width)
    y1 = min(patch.y + patch.alpha.shape[0], height)
    if x1 <= x0 or y1 <= y0:
        return
    alpha = patch.alpha[y0 - patch.y : y1 - patch.y, x0 - patch.x : x1 - patch.x]
    under = page[y0:y1, x0:x1]
    if page.ndim == 3:
        alpha = alpha[:, :, None]
    # Ink over print does not make the print lighter.
    ink = np.minimum(under, np.asarray(tone, np.float32))
    under[:] = np.rint(under + (ink - under) * alpha).astype(np.uint8)
