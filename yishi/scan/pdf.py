"""Pages of a PDF, by PDFium: the scanner's own picture where a page is one, else the page rendered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium

from yishi.scan.picture import LEAST_SIDE, Picture, Pixels, admit, picture
from yishi.scan.reasons import Rejected

DPI = 200
FINEST = 300  # when the page is rendered from finer pictures
COVERS = 0.8  # of the page's area: the picture is the page
MOST_OBJECTS = 20_000  # looked through for pictures

JPEG_END = b"\xff\xd9"

Matrix = tuple[float, float, float, float, float, float]


def document(path: Path) -> Any:
    """Open it. Raises Rejected: password, truncated, unreadable."""
    try:
        return pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", 0) in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
            raise Rejected("password") from None
        raise Rejected("unreadable" if _ends(path) else "truncated", str(error)) from None


def _ends(path: Path) -> bool:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 4096))
        return b"%%EOF" in file.read()


def page_picture(pdf: Any, number: int) -> Picture:
    """Page `number` (from 1). Raises Rejected."""
    try:
        page = pdf[number - 1]
        try:
            only = _only_picture(page)
            pixels, dpi = only or _rendered(page)
        finally:
            page.close()
        if pixels.min() == pixels.max() and not (only and pixels.min() == 255):
            # PDFium leaves out a picture it cannot decode, without a word; a white back is a picture.
            raise Rejected("unreadable", "nothing is to be seen")
        return picture(pixels, dpi)
    except Rejected:
        raise
    except MemoryError as error:
        raise Rejected("too_large", str(error)) from None
    except Exception as error:  # whatever PDFium and its wrapping find wrong
        raise Rejected("unreadable", f"{type(error).__name__}: {error}"[:300]) from None


def _only_picture(page: Any) -> tuple[Pixels, tuple[float, float]] | None:
    """The embedded picture, turned as the page shows it, where nothing else is visible on the page."""
    shown = [one for one in page.get_objects(max_depth=1) if not _invisible(one)]
    if len(shown) != 1 or not isinstance(shown[0], pypdfium2.PdfImage):
        return None
    image = shown[0]
    a, b, c, d, _e, _f = matrix = image.get_matrix().get()
    width, height = image.get_px_size()
    admit(width, height)
    upright = abs(b) + abs(c) < 0.01 * (abs(a) + abs(d))
    lying = abs(a) + abs(d) < 0.01 * (abs(b) + abs(c))
    left, bottom, right, top = page.get_bbox()
    covers = abs(a * d - b * c) > COVERS * abs((right - left) * (top - bottom))
    plain = not pdfium.FPDFPageObj_HasTransparency(image)
    if not ((upright or lying) and covers and plain):
        return None
    if image.get_metadata().colorspace == pdfium.FPDF_COLORSPACE_UNKNOWN:
        return None  # a stencil: black or white depends on what is painted through it
    if image.get_filters()[-1:] == ["DCTDecode"] and JPEG_END not in bytes(image.get_data())[-1024:]:
        raise Rejected("truncated", "a picture without its end")
    pixels = _colours(image.get_bitmap())
    length, breadth = float(np.hypot(a, b)), float(np.hypot(c, d))
    dpi = (pixels.shape[1] * 72 / length, pixels.shape[0] * 72 / breadth)
    pixels, swapped = _turned(pixels, matrix, page.get_rotation())
    return pixels, (dpi[1], dpi[0]) if swapped else dpi


def _invisible(one: Any) -> bool:
    """The text that scanners lay under their pictures for searching."""
    return bool(
        one.type == pdfium.FPDF_PAGEOBJ_TEXT
        and pdfium.FPDFTextObj_GetTextRenderMode(one) == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE
    )


def _colours(bitmap: Any) -> Pixels:
    """A copy: height x width, or x 3 in red, green, blue."""
    pixels = bitmap.to_numpy()
    if bitmap.mode == "L":
        return np.array(pixels.reshape(pixels.shape[:2]), np.uint8)
    return np.ascontiguousarray(pixels[:, :, 2::-1], np.uint8)


def _turned(pixels: Pixels, matrix: Matrix, rotation: int) -> tuple[Pixels, bool]:
    """As the page shows it: `matrix` puts the picture on the page, which is turned clockwise by degrees."""
    a, b, c, d, _e, _f = matrix
    for _quarter in range(rotation // 90 % 4):
        a, b, c, d = b, -a, d, -c
    if abs(a) >= abs(b):
        return pixels[:: -1 if d < 0 else 1, :: -1 if a < 0 else 1], False
    swapped = pixels.swapaxes(0, 1)
    return swapped[:: -1 if b > 0 else 1, :: -1 if c > 0 else 1], True


def _rendered(page: Any) -> tuple[Pixels, tuple[float, float]]:
    width, height = page.get_size()
    dpi = _resolution(page)
    if not (width > 0 and height > 0):
        raise Rejected("unreadable", f"{width} x {height}")
    size = round(width * dpi / 72), round(height * dpi / 72)
    admit(max(size[0], LEAST_SIDE), max(size[1], 1))  # a page has no pixels of its own: never too coarse
    return _colours(page.render(scale=dpi / 72, may_draw_forms=False)), (dpi, dpi)


def _resolution(page: Any) -> float:
    """That of the finest picture on the page between DPI and FINEST. Raises Rejected for a bomb."""
    finest = 0.0
    objects = page.get_objects(filter=(pdfium.FPDF_PAGEOBJ_IMAGE,), max_depth=5)
    for count, image in enumerate(objects):
        if count > MOST_OBJECTS:
            raise Rejected("too_large", "objects")
        across, down = image.get_px_size()
        admit(max(across, LEAST_SIDE), down)
        a, b, _c, _d, _e, _f = image.get_matrix().get()
        finest = max(finest, across * 72 / (float(np.hypot(a, b)) or 1.0))
    return min(max(finest, DPI), FINEST)
