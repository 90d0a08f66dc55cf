"""Pages of a TIFF, JPEG or PNG, by Pillow, which is told which of the three it is and tries no other."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from yishi.scan.picture import FINE, Picture, Pixels, admit, picture
from yishi.scan.reasons import Rejected

FORMATS = {"tiff": "TIFF", "jpeg": "JPEG", "png": "PNG"}
ORIENTATION = 0x0112
STRIPS, STRIP_BYTES, TILES, TILE_BYTES = 273, 279, 324, 325
# What a strip or a picture without its end looks like in Pillow's words.
CUT = ("truncated", "unexpected end", "eof", "not enough data")
MOST_MEMORY = 400_000_000  # bytes of one picture as Pillow holds it


class Frames:
    """A file held open, since finding the tenth page of a TIFF walks past nine."""

    def __init__(self, path: Path, kind: str) -> None:
        """Raises Rejected. `kind` is a key of FORMATS."""
        self._kind = kind
        self._file = path.open("rb")
        self._size = path.stat().st_size
        try:
            with _quiet():
                self._image: Any = Image.open(self._file, formats=[FORMATS[kind]])
        except Rejected:
            self._file.close()
            raise

    def picture(self, number: int) -> Picture:
        """Page `number` (from 1). Raises Rejected."""
        with _quiet():
            image = self._image
            if self._kind == "tiff":
                image.seek(number - 1)
            admit(*image.size)
            if image.size[0] * image.size[1] * _bytes(image.mode) > MOST_MEMORY:
                raise Rejected("too_large", f"{image.size} {image.mode}")
            if self._kind == "tiff":
                self._whole()
            if self._kind == "jpeg":
                image.draft(None, _halved(image.size))
            dpi = _dpi(image)
            orientation = _orientation(image)
            pixels = _plain(image)
        if self._kind != "tiff":  # which Pillow turns while it decodes
            pixels = _upright(pixels, orientation)
        if dpi and orientation >= 5:
            dpi = dpi[1], dpi[0]
        return picture(pixels, dpi)

    def close(self) -> None:
        self._image.close()
        self._file.close()

    def _whole(self) -> None:
        """Looked at beforehand: libtiff gives black where a strip is missing, without a word."""
        tags = self._image.tag_v2
        across, down = tags[256], tags[257]  # as stored: Pillow tells the size turned upright
        if TILES in tags:
            starts, counts = _list(tags.get(TILES)), _list(tags.get(TILE_BYTES))
            wanted = -(-across // max(tags.get(322, across), 1)) * -(-down // max(tags.get(323, down), 1))
        else:
            starts, counts = _list(tags.get(STRIPS)), _list(tags.get(STRIP_BYTES))
            wanted = -(-down // max(tags.get(278, down), 1))
        if min(len(starts), len(counts)) < wanted or 0 in counts or 0 in starts:
            raise Rejected("truncated", "strips without a place")
        if any(start + count > self._size for start, count in zip(starts, counts, strict=False)):
            raise Rejected("truncated", "strips beyond the end")


@contextmanager
def _quiet() -> Iterator[None]:
    """Whatever Pillow says of a broken picture becomes a Rejected; its warnings are for programmers."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Rejected:
        raise
    except Image.DecompressionBombError as error:
        raise Rejected("too_large", str(error)) from None
    except MemoryError as error:
        raise Rejected("too_large", str(error)) from None
    except Exception as error:
        words = f"{type(error).__name__}: {error}"[:300]
        code = "truncated" if any(word in words.lower() for word in CUT) else "unreadable"
        raise Rejected(code, words) from None


def _list(value: Any) -> tuple[int, ...]:
    return () if value is None else tuple(value) if isinstance(value, tuple) else (value,)


def _bytes(mode: str) -> int:
    return 1 if mode in ("1", "L", "P") else 2 if mode in ("I;16", "LA", "I;16B") else 4


def _halved(size: tuple[int, int]) -> tuple[int, int]:
    """A JPEG twice too fine is decoded at half the size: libjpeg keeps at least what is asked."""
    factor = max(max(size) // FINE, 1)
    return size[0] // factor, size[1] // factor


def _dpi(image: Any) -> tuple[float, float] | None:
    given = image.info.get("dpi")
    try:
        across, down = (float(one) for one in given)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    scale = getattr(image, "decoderconfig", ())  # a JPEG drafted smaller
    factor = scale[0] if image.format in ("JPEG", "MPO") and scale and scale[0] else 1
    return across / factor, down / factor


def _orientation(image: Any) -> int:
    value = image.getexif().get(ORIENTATION, 1)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _plain(image: Any) -> Pixels:
    """Decode: height x width, or x 3 in red, green, blue; on white where it is see-through."""
    image.load()
    mode = image.mode
    if mode.startswith("I;16"):
        return np.asarray(np.asarray(image).astype(np.uint16) >> 8, np.uint8)
    if mode == "I":
        return np.asarray(np.clip(np.asarray(image), 0, 65535) >> 8, np.uint8)
    if mode == "F":
        raise Rejected("unreadable", "floating point")
    if mode in ("LA", "PA", "La", "RGBA", "RGBa") or "transparency" in image.info:
        layered = image.convert("RGBA")
        white = Image.new("RGBA", layered.size, "white")
        white.alpha_composite(layered)
        return np.asarray(white.convert("RGB"), np.uint8)
    if mode in ("1", "L"):
        return np.asarray(image.convert("L"), np.uint8)
    return np.asarray(image.convert("RGB"), np.uint8)


def _upright(pixels: Pixels, orientation: int) -> Pixels:
    """Undo an EXIF orientation (1 to 8)."""
    if orientation >= 5:
        pixels = pixels.swapaxes(0, 1)
    mirrored = orientation in (2, 3, 6, 7)
    overturned = orientation in (3, 4, 7, 8)
    return pixels[:: -1 if overturned else 1, :: -1 if mirrored else 1]


# --- the pages of a TIFF -----------------------------------------------------


def tiff_pages(file: BinaryIO, most: int) -> tuple[int, str | None]:
    """How many pages (at most `most` + 1), and why no further one is found ("truncated", "unreadable")."""
    size = file.seek(0, 2)
    try:
        big, order, place = _header(file)
    except struct.error:
        return 0, "truncated"
    if order is None:
        return 0, "unreadable"
    seen: set[int] = set()
    count_size, entry, next_size = (8, 20, 8) if big else (2, 12, 4)
    while place:
        if place in seen:
            return len(seen), "unreadable"
        file.seek(min(place, size))
        try:
            entries = _number(file, order, count_size)
            file.seek(place + count_size + entries * entry)
            following = _number(file, order, next_size)
        except (struct.error, OverflowError, OSError):
            return len(seen), "truncated"
        seen.add(place)
        if len(seen) > most:
            break
        place = following
    return len(seen), None if seen else "unreadable"


def _header(file: BinaryIO) -> tuple[bool, str | None, int]:
    file.seek(0)
    order = {b"II": "<", b"MM": ">"}.get(file.read(2))
    if order is None:
        return False, None, 0
    version = _number(file, order, 2)
    if version == 43:
        file.seek(8)
        return True, order, _number(file, order, 8)
    return False, order if version == 42 else None, _number(file, order, 4)


def _number(file: BinaryIO, order: str, size: int) -> int:
    letter = {2: "H", 4: "I", 8: "Q"}[size]
    return int(struct.unpack(order + letter, file.read(size))[0])
