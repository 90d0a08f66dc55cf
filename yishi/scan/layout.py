"""The layout of a form as `papers/` wrote it: what is printed where, in mm from the upper left corner."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

CORNERS: Final = ("tl", "tr", "bl", "br")
TAG_GROUPS: Final = 146  # of the 587 tags of 36h11: 4 corners x 146
LEAST_TAGS: Final = 3
PREFIX: Final = "YS1"


class LayoutError(ValueError):
    """The layout is not one of ours; `key` names the place at fault."""

    def __init__(self, key: str, why: str) -> None:
        super().__init__(f"{key}: {why}")
        self.key = key


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in mm from the page's upper left corner."""

    x: float
    y: float
    w: float
    h: float

    @property
    def middle(self) -> tuple[float, float]:
        return self.x + self.w / 2, self.y + self.h / 2


@dataclass(frozen=True, slots=True)
class Tag:
    """A corner mark: the outer edge of its black square, in mm."""

    id: int
    corner: str
    x: float
    y: float
    size: float

    @property
    def points(self) -> tuple[tuple[float, float], ...]:
        """Its corners clockwise from the upper left, as the detector gives them."""
        x, y, end_x, end_y = self.x, self.y, self.x + self.size, self.y + self.size
        return (x, y), (end_x, y), (end_x, end_y), (x, end_y)


@dataclass(frozen=True, slots=True)
class Code:
    """The QR code: where it is and what it says."""

    box: Box
    text: str


@dataclass(frozen=True, slots=True)
class Timing:
    """A black bar beside a row; `side` is left or right."""

    row: int
    side: str
    box: Box


@dataclass(frozen=True, slots=True)
class Oval:
    """A place to mark and the word printed beside it."""

    row: int
    option: str
    box: Box
    label: Box | None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the form; `row` counts over all pages."""

    row: int
    y: float
    h: float
    write_in: bool
    name: Box | None
    words: tuple[Box, ...]  # what is printed in the name cell
    ovals: tuple[Oval, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A printed rule, in mm."""

    x1: float
    y1: float
    x2: float
    y2: float
    width: float


@dataclass(frozen=True, slots=True)
class Page:
    """All that is printed on one page."""

    number: int
    of: int
    width: float
    height: float
    tags: tuple[Tag, ...]
    code: Code | None
    timing: tuple[Timing, ...]
    rows: tuple[Row, ...]
    printed: tuple[Box, ...]
    seal: Box | None
    table: Box | None
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """Every page of one form."""

    form: str
    hash: str
    kind: str
    size: str
    seats: int | None
    columns: tuple[str, ...]
    options: tuple[str, ...]
    pages: tuple[Page, ...]

    def page_of(self, tags: Iterable[int] = (), code: str = "") -> Page | None:
        """The page these corner marks or this code belong to; None: of another form, or too few marks."""
        if code:
            return next((page for page in self.pages if page.code and page.code.text == code), None)
        seen = set(tags)
        best = max(self.pages, key=lambda page: len(seen & {tag.id for tag in page.tags}))
        return best if len(seen & {tag.id for tag in best.tags}) >= LEAST_TAGS else None


def tag_id(form: str, page: int, corner: int) -> int:
    """The number of the corner mark `corner` (0..3: tl, tr, bl, br) on a page of a form."""
    digest = hashlib.sha256(f"{form}|{page}|{corner}".encode()).hexdigest()
    return 4 * (int(digest[:8], 16) % TAG_GROUPS) + corner


def parse(raw: Mapping[str, Any]) -> Layout:
    """A layout from its JSON. Raises LayoutError naming the key that is missing or wrong."""
    if not isinstance(raw, Mapping):
        raise LayoutError("layout", "not an object")
    form = _text(raw, "form", "")
    pages = tuple(_page(page, f"pages[{at}]") for at, page in enumerate(_list(raw, "pages", "")))
    if not pages:
        raise LayoutError("pages", "no page")
    seats = raw.get("seats")
    if seats is not None and (not isinstance(seats, int) or isinstance(seats, bool)):
        raise LayoutError("seats", "not a whole number")
    return Layout(
        form=form,
        hash=_text(raw, "hash", "") if "hash" in raw else "",
        kind=_text(raw, "kind", "") if "kind" in raw else "",
        size=_text(raw, "size", "") if "size" in raw else "",
        seats=seats,
        columns=_texts(raw, "columns"),
        options=_texts(raw, "options"),
        pages=pages,
    )


def _page(raw: Mapping[str, Any], where: str) -> Page:
    number = _whole(raw, "number", where)
    ovals: dict[int, list[Oval]] = {}
    for at, box in enumerate(_list(raw, "boxes", where)):
        place = f"{where}.boxes[{at}]"
        oval = Oval(
            _whole(box, "row", place),
            _text(box, "option", place),
            _box(box, place),
            _optional(box, "label", place),
        )
        ovals.setdefault(oval.row, []).append(oval)
    return Page(
        number=number,
        of=_whole(raw, "of", where) if "of" in raw else number,
        width=_number(raw, "width_mm", where, positive=True),
        height=_number(raw, "height_mm", where, positive=True),
        tags=_tags(raw, where),
        code=_code(raw, where),
        timing=tuple(
            Timing(_whole(bar, "row", place), _text(bar, "side", place), _box(bar, place))
            for place, bar in _each(raw, "timing", where)
        ),
        rows=_rows(raw, where, ovals),
        printed=tuple(_box(box, place) for place, box in _each(raw, "printed", where)),
        seal=_optional(raw, "seal", where),
        table=_optional(raw, "table", where),
        lines=tuple(
            Line(*(_number(line, f"{key}_mm", place) for key in ("x1", "y1", "x2", "y2", "width")))
            for place, line in _each(raw, "lines", where)
        ),
    )


def _tags(raw: Mapping[str, Any], where: str) -> tuple[Tag, ...]:
    tags = tuple(
        Tag(
            _whole(tag, "id", place),
            _text(tag, "corner", place),
            _number(tag, "x_mm", place),
            _number(tag, "y_mm", place),
            _number(tag, "size_mm", place, positive=True),
        )
        for place, tag in _each(raw, "tags", where)
    )
    if sorted(tag.corner for tag in tags) != sorted(CORNERS):
        raise LayoutError(f"{where}.tags", "one corner mark in each of tl, tr, bl, br is wanted")
    return tags


def _code(raw: Mapping[str, Any], where: str) -> Code | None:
    if raw.get("code") is None:
        return None
    place = f"{where}.code"
    code = raw["code"]
    if not isinstance(code, Mapping):
        raise LayoutError(place, "not an object")
    return Code(_box(code, place), _text(code, "text", place))


def _rows(raw: Mapping[str, Any], where: str, ovals: dict[int, list[Oval]]) -> tuple[Row, ...]:
    rows = tuple(
        Row(
            _whole(row, "row", place),
            _number(row, "y_mm", place),
            _number(row, "h_mm", place, positive=True),
            bool(row.get("write_in", False)),
            _optional(row, "name", place),
            tuple(_box(box, at) for at, box in _each(row, "words", place)) if "words" in row else (),
            tuple(ovals.pop(row["row"], ())),
        )
        for place, row in _each(raw, "rows", where)
    )
    if ovals:
        raise LayoutError(f"{where}.boxes", f"row {min(ovals)} is not on the page")
    if not rows or not all(row.ovals for row in rows):
        raise LayoutError(f"{where}.rows", "a row without a place to mark")
    return rows


def _optional(raw: Mapping[str, Any], key: str, where: str) -> Box | None:
    if raw.get(key) is None:
        return None
    if not isinstance(raw[key], Mapping):
        raise LayoutError(f"{where}.{key}", "not an object")
    return _box(raw[key], f"{where}.{key}")


def _box(raw: Mapping[str, Any], where: str) -> Box:
    return Box(
        _number(raw, "x_mm", where),
        _number(raw, "y_mm", where),
        _number(raw, "w_mm", where, positive=True),
        _number(raw, "h_mm", where, positive=True),
    )


def _each(raw: Mapping[str, Any], key: str, where: str) -> Sequence[tuple[str, Mapping[str, Any]]]:
    return [(f"{where}.{key}[{at}]", item) for at, item in enumerate(_list(raw, key, where))]


def _list(raw: Mapping[str, Any], key: str, where: str) -> list[Any]:
    value = raw.get(key)
    if not isinstance(value, list):
        raise LayoutError(_join(where, key), "not a list")
    for at, item in enumerate(value):
        if not isinstance(item, Mapping):
            raise LayoutError(f"{_join(where, key)}[{at}]", "not an object")
    return value


def _texts(raw: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = raw.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise LayoutError(key, "not a list of texts")
    return tuple(value)


def _text(raw: Mapping[str, Any], key: str, where: str) -> str:
    value = raw.get(key)
    if not isinstance(value, str) or not value:
        raise LayoutError(_join(where, key), "not a text")
    return value


def _whole(raw: Mapping[str, Any], key: str, where: str) -> int:
    value = raw.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 100_000:
        raise LayoutError(_join(where, key), "not a whole number")
    return value


def _number(raw: Mapping[str, Any], key: str, where: str, *, positive: bool = False) -> float:
    value = raw.get(key)
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) <= 2000:
        raise LayoutError(_join(where, key), "not a number of mm")
    if positive and value <= 0:
        raise LayoutError(_join(where, key), "not more than 0")
    return float(value)


def _join(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key
