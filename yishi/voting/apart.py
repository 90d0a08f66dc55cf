"""What needs the libraries of pictures, in a process of its own. No Django and no database.

A broken file may end such a process; the server and its pages go on.
"""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yishi.voting.pool import _begin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from yishi.scan.calibrate import Calibration

SECONDS = 300
MOST_BLANKS = 8  # pages of a blank sheet: a form has one or two


def started() -> ProcessPoolExecutor:
    """One such process; it ends with the `with` around it, and with the server."""
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(1, context, initializer=_begin)


def alike(marks: Sequence[tuple[int, bytes]]) -> list[tuple[int, int, float]]:
    """Pages (by key) that look like the same paper scanned twice, and how alike."""
    from yishi.scan.likeness import likely_twice

    return [(one, other, round(float(score), 3)) for one, other, score in likely_twice(list(marks))]


def calibration(path: str, layout: dict[str, Any]) -> tuple[Calibration | None, str, list[int]]:
    """From a scan of a blank sheet: (calibration, a code of `scan.reasons` or "", pages of the form)."""
    from yishi.scan import pages
    from yishi.scan.calibrate import calibrate
    from yishi.scan.layout import parse
    from yishi.scan.reasons import Rejected

    found = pages.listing(Path(path))
    refused = next((one.rejected for one in found if one.rejected), None)
    if refused:
        return None, refused, []
    if len(found) > MOST_BLANKS:
        return None, "too_many_pages", []
    made = None
    numbers: list[int] = []
    try:
        pictures = []
        for one in found:
            pictures.append(pages.picture(Path(path), one.page, one.kind))
        made = calibrate(pictures, parse(layout))
        numbers = sorted(made.pages)
    except Rejected as rejected:
        return None, rejected.code, []
    return made, "", numbers
