"""What needs the libraries of pictures, in a process of its own. No Django and no database.

A broken file may end such a process; the server and its pages go on.
"""

from __future__ import annotations

import multiprocessing
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yishi.voting.pool import _begin

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from yishi.scan.calibrate import Calibration

SECONDS = 120.0
MOST_BLANKS = 8  # pages of a blank sheet: a form has one or two


class Gone(Exception):
    """The process died, or gave no answer in time; it is ended."""


class Beside:
    """One such process, begun when first asked; it ends with the `with` around it, and with the server."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._line: Any = None
        self._process: Any = None

    def __enter__(self) -> Beside:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def ask(self, what: Callable[..., Any], *given: Any) -> Any:
        """What this function of the module gives. Raises Gone, and what the function raised."""
        if self._process is None:
            # Not forked: the server has threads, and a copy of it would hold its database lines.
            context = multiprocessing.get_context("spawn")
            self._line, theirs = context.Pipe()
            self._process = context.Process(target=_answer, args=(theirs,), daemon=True)
            self._process.start()
            theirs.close()
        try:
            self._line.send((what, given))
            if not self._line.poll(self._seconds):
                raise EOFError
            fault, answer = self._line.recv()
        except (EOFError, OSError) as error:
            self.close()
            raise Gone from error
        if fault is not None:
            raise fault
        return answer

    def close(self) -> None:
        """Also one that never ends by itself."""
        if self._process is not None:
            self._line.close()
            self._process.kill()
            self._process.join()
        self._process = self._line = None


def _answer(line: Any) -> None:
    _begin()
    with suppress(EOFError, OSError):
        while True:
            what, given = line.recv()
            try:
                line.send((None, what(*given)))
            except Exception as error:  # as words: what was raised may not pass between processes
                line.send((RuntimeError(f"{type(error).__name__}: {error}"[:300]), None))


def alike(marks: Sequence[tuple[int, bytes]], new: Collection[int]) -> list[tuple[int, int, float]]:
    """Pages (by key) that look like the same paper scanned twice, one of them `new`, and how alike."""
    from yishi.scan.likeness import likely_twice

    return [(one, other, round(float(score), 3)) for one, other, score in likely_twice(marks, new)]


def calibration(path: str, layout: dict[str, Any]) -> tuple[Calibration | None, str, list[int]]:
    """From a scan of a blank sheet: (calibration, a code of `scan.reasons` or "", pages of the form)."""
    from yishi.scan import pages
    from yishi.scan.layout import parse
    from yishi.scan.reader import calibration as blank

    found = pages.listing(Path(path))
    refused = next((one.rejected for one in found if one.rejected), None)
    if refused:
        return None, refused, []
    if len(found) > MOST_BLANKS:
        return None, "too_many_pages", []
    made, why = blank(Path(path), parse(layout))
    return made, why, sorted(made.pages) if made else []
