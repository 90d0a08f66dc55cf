"""Pieces of a ballot's straightened picture, as small JPEGs; no Django and no database.

A screen of a mosaic shows 120 pieces of perhaps fifty ballots: a picture is opened once for all its
rows, at half its size, and the pieces are kept for the requests that follow.
"""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PX_PER_MM = 8  # of a straightened picture
# Around what is shown, mm: a mark that strays out of its row must be seen; in a mosaic rows stand close.
BESIDE, ABOVE, CLOSE = 2.0, 4.0, 1.0
HALF, WHOLE = 2, 1
QUALITY = 80


class Place(NamedTuple):
    """A piece of a page in mm, and the row it shows."""

    row: int
    x: float
    y: float
    w: float
    h: float


def rows(page: Mapping[str, Any]) -> tuple[Place, ...]:
    """Every row of this page of a layout, over the whole width of its table."""
    table = page["table"]
    left, wide = table["x_mm"] - BESIDE, table["w_mm"] + 2 * BESIDE
    return tuple(
        Place(one["row"], left, one["y_mm"] - ABOVE, wide, one["h_mm"] + 2 * ABOVE) for one in page["rows"]
    )


def ovals(page: Mapping[str, Any], above: float = CLOSE) -> tuple[Place, ...]:
    """Of every row only where it is marked: the ovals with the words beside them; `above` and below in mm."""
    found = []
    for one in page["rows"]:
        boxes = [box for box in page["boxes"] if box["row"] == one["row"]]
        parts = [part for box in boxes for part in (box, box.get("label")) if part]
        left = min(part["x_mm"] for part in parts) - BESIDE
        right = max(part["x_mm"] + part["w_mm"] for part in parts) + BESIDE
        found.append(Place(one["row"], left, one["y_mm"] - above, right - left, one["h_mm"] + 2 * above))
    return tuple(found)


@lru_cache(maxsize=512)
def small(picture: str, places: tuple[Place, ...], read: Callable[[str], bytes]) -> dict[int, bytes]:
    """The rows of a mosaic, at half size: about 3 kB a piece, so some 30 MB when all are kept."""
    return _pieces(read(picture), places, HALF)


@lru_cache(maxsize=64)
def large(picture: str, places: tuple[Place, ...], read: Callable[[str], bytes]) -> dict[int, bytes]:
    """The rows as they were scanned, for looking closely."""
    return _pieces(read(picture), places, WHOLE)


def shrunk(data: bytes) -> bytes:
    """The whole page at half its size."""
    with Image.open(BytesIO(data)) as image:
        image.draft("L", (image.width // HALF, image.height // HALF))
        return _jpeg(image.convert("L"))


def _pieces(data: bytes, places: tuple[Place, ...], part: int) -> dict[int, bytes]:
    with Image.open(BytesIO(data)) as image:
        image.draft("L", (image.width // part, image.height // part))
        grey = image.convert("L")
    # `draft` is a wish: a picture that is no JPEG stays as large as it is.
    scale = PX_PER_MM / part if image.format == "JPEG" else PX_PER_MM
    return {place.row: _jpeg(grey.crop(_pixels(place, scale, grey.size))) for place in places}


def _pixels(place: Place, scale: float, size: tuple[int, int]) -> tuple[int, int, int, int]:
    width, height = size
    left, top = (min(max(round(at * scale), 0), most - 1) for at, most in zip(place[1:3], size, strict=True))
    right = min(max(round((place.x + place.w) * scale), left + 1), width)
    bottom = min(max(round((place.y + place.h) * scale), top + 1), height)
    return left, top, right, bottom


def _jpeg(image: Image.Image) -> bytes:
    found = BytesIO()
    image.save(found, "JPEG", quality=QUALITY)
    return found.getvalue()
