"""What one reading process does: list a file, read a page, keep its picture. Never raises for a page."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from yishi.scan import pages, reading
from yishi.scan.calibrate import Calibration, calibrate
from yishi.scan.layout import Layout
from yishi.scan.likeness import fingerprint
from yishi.scan.pages import PageRef, Source
from yishi.scan.reading import PageReading
from yishi.scan.reasons import Rejected

KEPT_SIDE, KEPT_QUALITY = 2400, 80

cv2.setNumThreads(1)


class Reader:
    """Holds the file of the last page open: the next page is mostly in it."""

    def __init__(self, layout: Layout, calibration: Calibration | None, keep: Path | None) -> None:
        self._layout, self._calibration, self._keep = layout, calibration, keep
        self._pages = {page.number: page for page in layout.pages}
        self._source: Source | None = None

    def listing(self, path: Path) -> list[PageRef]:
        return pages.listing(path)

    def read(self, ref: PageRef) -> tuple[dict[str, Any], bytes, Path | None]:
        """The reading as JSON, the fingerprint, the picture kept. What went wrong is in the first."""
        found, raw = PageReading(), None
        try:
            picture = self._from(ref).picture(ref.page)
            raw = picture.grey
            found = reading.read(picture, self._layout, self._calibration)
            mark = self._fingerprint(found)
        except Rejected as rejected:
            found, mark = PageReading(rejected=rejected.code, detail=rejected.detail), b""
        except Exception as error:  # ours, or a library's: this page is counted by hand
            words = f"{type(error).__name__}: {error}"[:300]
            found, mark = PageReading(rejected="machine", detail=words), b""
        shown = found.grey if found.grey is not None else raw
        return found.to_json(), mark, self._kept(ref, shown)

    def _from(self, ref: PageRef) -> Source:
        if self._source is None or self._source.path != ref.file:
            if self._source is not None:
                self._source.close()
                self._source = None
            self._source = Source(ref.file, ref.kind)
        return self._source

    def _fingerprint(self, found: PageReading) -> bytes:
        if found.rejected or found.grey is None or found.page not in self._pages:
            return b""
        return fingerprint(found.grey, self._pages[found.page])

    def _kept(self, ref: PageRef, shown: NDArray[np.uint8] | None) -> Path | None:
        """Also of a page that was rejected: people look at it. Written whole or not at all."""
        if self._keep is None or shown is None:
            return None
        factor = KEPT_SIDE / max(shown.shape)
        if factor < 1:
            shown = np.asarray(cv2.resize(shown, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA))
        done, data = cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, KEPT_QUALITY])
        if not done:
            return None
        path = self._keep / f"{ref.sha256[:16]}-{ref.page:05d}.jpg"
        half = path.with_suffix(f".{os.getpid()}")
        try:
            half.write_bytes(data.tobytes())
            half.replace(path)
        except OSError:
            half.unlink(missing_ok=True)
            return None
        return path


def calibration(path: Path, layout: Layout) -> tuple[Calibration | None, str]:
    """From a scan of a blank sheet, white backs left out; else (None, the code of REASONS that says why)."""
    found, why = Calibration(), ""
    for ref in pages.listing(path):
        try:
            if ref.rejected:
                raise Rejected(ref.rejected, ref.detail)
            picture = pages.picture(path, ref.page, ref.kind)
            rows = reading.read(picture, layout).rows
            if any(row.option or (row.doubt and row.why != "bilevel") for row in rows):
                raise Rejected("not_blank", f"page {ref.page}")
            found.pages.update(calibrate([picture], layout).pages)
        except Rejected as rejected:
            why = rejected.code if rejected.code == "not_blank" else why or rejected.code
    # What was marked on a blank sheet would be taken for print: no sheet of it counts then.
    return (found, "") if found.pages and why != "not_blank" else (None, why)
