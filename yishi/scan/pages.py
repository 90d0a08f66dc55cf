"""The pages in a file, each known before it is read, and the picture of one. What is given may be hostile.

The content decides what a file is, never its name. No other program is started. Nothing but Rejected is
raised for what is in a file.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from yishi.scan import pdf
from yishi.scan.picture import Picture, Pixels
from yishi.scan.raster import Frames, tiff_pages
from yishi.scan.reasons import Rejected
from yishi.scan.refs import PageRef, digest_of, opened

__all__ = ["MOST_LISTED", "MOST_PAGES", "PageRef", "Picture", "Pixels", "Source", "listing", "picture"]

MOST_PAGES = 2_000  # read in one file
MOST_LISTED = 20_000  # a file that says it has more gets one entry for the rest
HEAD = 1024
RENEWED = 32  # pages: PDFium keeps what it once parsed

BEGINNINGS = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
)
# Named only so that the refusal can say what was given.
OTHERS = (
    (b"PK\x03\x04", "ZIP (docx, xlsx)"),
    (b"\xd0\xcf\x11\xe0", "doc, xls"),
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"RIFF", "WebP"),
    (b"\0\0\0\x0cjP", "JPEG 2000"),
    (b"<", "HTML, XML"),
)


def listing(path: Path) -> list[PageRef]:
    """Every page of the file, at least one. Never raises for what is there or is not."""
    try:
        with opened(path) as file:
            digest, kind = digest_of(file), ""
            try:
                kind = _kind(file)
                count, end = _count(path, file, kind)
            except Rejected as rejected:
                return [PageRef(path, 1, digest, kind, rejected.code, rejected.detail)]
    except Rejected as rejected:
        return [PageRef(path, 1, "", "", rejected.code, rejected.detail)]
    except OSError as error:
        return [PageRef(path, 1, "", "", "not_a_file", str(error))]
    if count > MOST_PAGES:
        # The whole file: split and given again, pages already read would be there twice.
        detail = f"{count}"
        last = min(count, MOST_LISTED)
        return [PageRef(path, one, digest, kind, "too_many_pages", detail) for one in range(1, last + 1)]
    pages = [PageRef(path, one, digest, kind) for one in range(1, count + 1)]
    if end:
        pages.append(PageRef(path, count + 1, digest, kind, end, "no further page is found"))
    return pages


def picture(path: Path, page: int, kind: str | None = None) -> Picture:
    """One page (from 1). Raises Rejected."""
    with Source(path, kind) as source:
        return source.picture(page)


class Source:
    """A file held open while its pages are read one after the other."""

    def __init__(self, path: Path, kind: str | None = None) -> None:
        """Raises Rejected. `kind` as `listing` found it; looked at again where it is not given."""
        self.path = path
        self._frames: Frames | None = None
        self._pdf: Any = None
        self._read = 0
        with opened(path) as file:
            self.kind = kind or _kind(file)
        if self.kind != "pdf":
            self._frames = Frames(path, self.kind)

    def picture(self, page: int) -> Picture:
        """Page `page` (from 1). Raises Rejected."""
        if page < 1:
            raise Rejected("unreadable", f"page {page}")
        if self._frames is not None:
            return self._frames.picture(page)
        if self._pdf is None or self._read >= RENEWED:
            self.close()
            self._pdf = pdf.document(self.path)
        self._read += 1
        return pdf.page_picture(self._pdf, page)

    def close(self) -> None:
        if self._frames is not None:
            self._frames.close()
        if self._pdf is not None:
            self._pdf.close()
        self._pdf, self._read = None, 0

    def __enter__(self) -> Source:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: Any, trace: TracebackType | None) -> None:
        self.close()


def _kind(file: BinaryIO) -> str:
    file.seek(0)
    head = file.read(HEAD)
    if not head:
        raise Rejected("empty_file")
    for beginning, kind in BEGINNINGS:
        if head.startswith(beginning):
            return kind
    if b"%PDF-" in head:
        return "pdf"
    names = [name for beginning, name in OTHERS if head.startswith(beginning)]
    raise Rejected("kind", names[0] if names else "")


def _count(path: Path, file: BinaryIO, kind: str) -> tuple[int, str | None]:
    """How many pages, and why no further one is found where the file breaks off. Raises Rejected."""
    if kind == "tiff":
        return tiff_pages(file, MOST_LISTED)
    if kind != "pdf":
        return 1, None
    opened = pdf.document(path)
    try:
        count = len(opened)
    finally:
        opened.close()
    if count < 1:
        raise Rejected("unreadable", "no pages")
    return count, None
