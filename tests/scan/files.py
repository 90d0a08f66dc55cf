"""Small files to read: PDFs written by hand, since what is wrong with them must be just that."""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]


def sheet(width: int = 620, height: int = 877, shade: int = 235) -> Pixels:
    """Grey, with a black block in the upper left and a grey one in the upper right corner."""
    pixels = np.full((height, width), shade, np.uint8)
    pixels[40:140, 40:100] = 0
    pixels[40:140, width - 100 : width - 40] = 128
    return pixels


def corners(pixels: Pixels) -> str:
    """Which corner holds the black and which the grey block: "tl tr" for one that lies as it should."""
    height, width = pixels.shape[:2]
    places = {
        "tl": pixels[60:90, 60:90],
        "tr": pixels[60:90, width - 90 : width - 60],
        "bl": pixels[height - 90 : height - 60, 60:90],
        "br": pixels[height - 90 : height - 60, width - 90 : width - 60],
    }
    shades = {name: float(block.mean()) for name, block in places.items()}
    black = [name for name, shade in shades.items() if shade < 30]
    grey = [name for name, shade in shades.items() if 100 < shade < 160]
    return " ".join(black + grey)


def saved(pixels: Pixels | Image.Image, kind: str, **options: Any) -> bytes:
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def tiff(pages: Sequence[Pixels | Image.Image], **options: Any) -> bytes:
    images = [one if isinstance(one, Image.Image) else Image.fromarray(one) for one in pages]
    return saved(images[0], "TIFF", save_all=True, append_images=images[1:], **options)


# --- PDF ---------------------------------------------------------------------


def pdf(objects: Sequence[bytes], trailer: bytes = b"") -> bytes:
    """A PDF of these objects, the first of which is the catalogue."""
    out, places = bytearray(b"%PDF-1.5\n"), []
    for number, one in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + one + b"\nendobj\n"
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + rows
    end = b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n"
    return bytes(out) + table + end % (len(objects) + 1, trailer, len(out))


def stream(about: bytes, data: bytes) -> bytes:
    return b"<<%s/Length %d>>stream\n" % (about, len(data)) + data + b"\nendstream"


def image(pixels: Pixels, extra: bytes = b"") -> bytes:
    """An image object of grey, RGB or CMYK pixels."""
    space = {1: b"Gray", 3: b"RGB", 4: b"CMYK"}[1 if pixels.ndim == 2 else pixels.shape[2]]
    about = b"/Type/XObject/Subtype/Image/Width %d/Height %d" % (pixels.shape[1], pixels.shape[0])
    about += b"/BitsPerComponent 8/ColorSpace/Device" + space + b"/Filter/FlateDecode" + extra
    return stream(about, zlib.compress(pixels.tobytes()))


def jpeg_image(pixels: Pixels) -> bytes:
    space = b"Gray" if pixels.ndim == 2 else b"RGB"
    about = b"/Type/XObject/Subtype/Image/Width %d/Height %d" % (pixels.shape[1], pixels.shape[0])
    about += b"/BitsPerComponent 8/ColorSpace/Device" + space + b"/Filter/DCTDecode"
    return stream(about, saved(pixels, "JPEG", quality=90))


def scanned(
    images: Sequence[bytes],
    *,
    place: bytes = b"595 0 0 842 0 0",
    more: bytes = b"",
    page: bytes = b"",
    trailer: bytes = b"",
    box: bytes = b"0 0 595 842",
) -> bytes:
    """A PDF with one of these image objects on each page, put there by the matrix `place`."""
    count = len(images)
    kids = b" ".join(b"%d 0 R" % (3 + 3 * at) for at in range(count))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[" + kids + b"]/Count %d>>" % count,
    ]
    for at, one in enumerate(images):
        about = b"<</Type/Page/Parent 2 0 R/MediaBox[%s]%s/Contents %d 0 R" % (box, page, 4 + 3 * at)
        font = b"/Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>"
        objects.append(about + b"/Resources<</XObject<</I %d 0 R>>%s>>>>" % (5 + 3 * at, font))
        objects.append(stream(b"", b"q " + place + b" cm /I Do Q " + more))
        objects.append(one)
    return pdf(objects, trailer)


def many(count: int, said: int | None = None) -> bytes:
    """`count` empty pages; the file says it has `said`."""
    kids = b" ".join(b"%d 0 R" % (3 + at) for at in range(count))
    objects = [b"<</Type/Catalog/Pages 2 0 R>>"]
    objects.append(b"<</Type/Pages/Kids[" + kids + b"]/Count %d>>" % (said or count))
    objects += [b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>"] * count
    return pdf(objects)
