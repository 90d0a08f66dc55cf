"""What is drawn on a sheet, as plain data: everything in mm from the upper left corner of the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Align = Literal["left", "center", "right"]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in mm from the upper left corner of the page."""

    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A corner mark: its black square in mm, and its number."""

    id: int
    corner: str
    x: float
    y: float
    size: float


@dataclass(frozen=True, slots=True)
class Bar:
    """The timing mark on one side of a row, at the row's middle; mm."""

    row: int
    side: Literal["left", "right"]
    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True, slots=True)
class Text:
    """One printed line, in a box of mm from the upper left corner of the page; size in points."""

    x: float
    y: float
    w: float
    h: float
    text: str
    size: float
    align: Align = "left"
    bold: bool = False
    pale: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A rule from (x1, y1) to (x2, y2), all in mm; the width in points."""

    x1: float
    y1: float
    x2: float
    y2: float
    width: float = 0.5


@dataclass(frozen=True, slots=True)
class Oval:
    """A place to mark: its box in mm, the row of the form and the column it speaks for; its word."""

    x: float
    y: float
    w: float
    h: float
    row: int
    column: int
    label: Box


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `option` is the index in the form, None for a write-in; y and h in mm.

    `name` is the cell of the name; in a write-in, what is free to write a name in.
    """

    index: int
    option: int | None
    y: float
    h: float
    name: Box


@dataclass(frozen=True, slots=True)
class Page:
    """All that is drawn on one page."""

    number: int
    rows: tuple[Row, ...]
    ovals: tuple[Oval, ...]
    texts: tuple[Text, ...]
    lines: tuple[Line, ...]
    seal: tuple[float, float, float] | None  # middle and diameter, mm
    table: Box
    marks: tuple[Mark, ...]
    bars: tuple[Bar, ...]
    code: Box


@dataclass(frozen=True, slots=True)
class Layout:
    """Every page of a form in millimetres: what is printed and, later, what is read.

    `form` is the code of the form, on every page of every copy.
    """

    form: str
    width: float
    height: float
    columns: tuple[str, ...]
    pages: tuple[Page, ...]
