"""The pages in a file, and the picture of one: PDF, TIFF, JPEG, PNG. What is given may be hostile."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class PageRef:
    """One page of a file, known before it is read.

    `page` from 1; `sha256` of the whole file (64 hex digits, "" where it could not be opened); `kind` is
    "pdf", "tiff", "jpeg", "png" or "". `rejected` is set where it is known beforehand that it is not read.
    """

    file: Path
    page: int
    sha256: str
    kind: str
    rejected: str | None = None
    detail: str = ""


@dataclass(frozen=True)
class Picture:
    """A page as it was scanned. `dpi` is what the file says, None where it says nothing."""

    grey: Pixels  # height x width, 0 black, 255 white
    colour: Pixels | None = None  # height x width x 3, red green blue; None where there is no colour
    dpi: float | None = None
