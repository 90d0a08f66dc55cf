"""One page read: picture and layout in, votes and doubts out. A refusal is told, never thrown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from yishi.scan.calibrate import Calibration
    from yishi.scan.layout import Layout
    from yishi.scan.pages import Picture


@dataclass(frozen=True, slots=True)
class BoxReading:
    """What lies in one oval: A and F in mm2, M as a share of the way from paper to black."""

    option: str
    A: float
    M: float
    F: float
    cls: str  # mark | blank | doubt


@dataclass(frozen=True, slots=True)
class RowReading:
    """What a row says: an option, or nothing (`why` blank), or a doubt with its reason and a guess."""

    row: int
    option: str | None
    doubt: bool
    why: str
    confidence: float
    boxes: tuple[BoxReading, ...]
    name_ink: float  # mm2 of ink in the name cell
    guess: str | None = None


@dataclass(frozen=True, slots=True)
class Ink:
    """Ink where nothing is to be written: a box in mm and its area in mm2."""

    x: float
    y: float
    w: float
    h: float
    area: float


@dataclass(slots=True)
class PageReading:
    """One page. `grey` is the canonical picture (8 px/mm) for crops; it is not in the JSON."""

    rejected: str | None = None
    detail: str = ""
    page: int | None = None
    rotation: float = 0.0
    scale: float | None = None
    warnings: tuple[str, ...] = ()
    rows: tuple[RowReading, ...] = ()
    elsewhere: float = 0.0
    elsewhere_boxes: tuple[Ink, ...] = ()
    grey: NDArray[np.uint8] | None = field(default=None, repr=False)

    def to_json(self) -> dict[str, Any]:
        """Plain data for a file, without the picture."""
        return {
            "rejected": self.rejected,
            "detail": self.detail,
            "page": self.page,
            "rotation": round(self.rotation, 2),
            "scale": None if self.scale is None else round(self.scale, 4),
            "warnings": list(self.warnings),
            "rows": [_row_json(row) for row in self.rows],
            "elsewhere": round(self.elsewhere, 2),
            "elsewhere_boxes": [
                {"x_mm": ink.x, "y_mm": ink.y, "w_mm": ink.w, "h_mm": ink.h, "area_mm2": ink.area}
                for ink in self.elsewhere_boxes
            ],
        }


def _row_json(row: RowReading) -> dict[str, Any]:
    return {
        "row": row.row,
        "option": row.option,
        "doubt": row.doubt,
        "why": row.why,
        "confidence": round(row.confidence, 3),
        "guess": row.guess,
        "name_ink": round(row.name_ink, 2),
        "boxes": [
            {
                "option": box.option,
                "A": round(box.A, 3),
                "M": round(box.M, 4),
                "F": round(box.F, 3),
                "class": box.cls,
            }
            for box in row.boxes
        ],
    }


def read(picture: Picture, layout: Layout, calibration: Calibration | None = None) -> PageReading:
    """Read one page. A page that cannot be read comes back with its reason in `rejected`."""
    raise NotImplementedError
