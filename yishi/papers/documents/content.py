"""What a document is made of: frozen blocks of plain text, and the measures of its page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

Align = Literal["left", "center", "right"]
Lang = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1 (黑体, 一、), 2 (楷体, （一）) or 3 (仿宋加粗, 1.); numbers are in the text."""

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; newlines in the text start a new one. `indent`: two characters in Chinese."""

    text: str
    indent: bool = True
    bold: bool = False
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class Table:
    """A ruled table. `widths` are shares (1, 3, 1.5) of the type area, `align` one word a column.

    A row shorter than the widest is filled with empty cells. The header returns on every page.
    """

    header: Sequence[str]
    rows: Sequence[Sequence[str]] = ()
    widths: Sequence[float] | None = None
    align: Sequence[Align] | None = None
    repeat_header: bool = True
    caption: str = ""

    @property
    def columns(self) -> int:
        return max([len(self.header), *map(len, self.rows)])


@dataclass(frozen=True, slots=True)
class Signatures:
    """Lines to sign by hand, two side by side, each with its label (总监票人)."""

    labels: Sequence[str]


@dataclass(frozen=True, slots=True)
class Quote:
    """Text quoted from a law or a decision (楷体, set in)."""

    text: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """Words for the chair to say: large, with a bar beside them."""

    text: str


@dataclass(frozen=True, slots=True)
class Spacer:
    """Empty lines of body text."""

    lines: float = 1


@dataclass(frozen=True, slots=True)
class PageBreak:
    """What follows begins a new page (no second one if it does already)."""


@dataclass(frozen=True, slots=True)
class QR:
    """A QR code of `size` mm, in the middle, with a caption beneath."""

    text: str
    caption: str = ""
    size: float = 40


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing of ours as SVG (`papers.maps`), `width` mm wide, in the middle, with a caption beneath.

    `alt` says in words what it shows.
    """

    svg: str
    caption: str = ""
    width: float = 120
    alt: str = ""


Block = Heading | Paragraph | Table | Signatures | Quote | Spoken | Spacer | PageBreak | QR | Drawing


@dataclass(frozen=True, slots=True)
class Document:
    """A whole document. `large`: print that can be read standing, at arm's length (主持词).

    `number` is the 发文字号; `issuer` and `date` sign at the end; `stamp` (演练) lies large and
    pale behind every page; `page_footer` is a small line at the foot of every page.
    """

    title: str
    subtitle: str = ""
    blocks: Sequence[Block] = ()
    stamp: str = ""
    issuer: str = ""
    date: date | None = None
    lang: Lang = "zh"
    number: str = ""
    page_footer: str = ""
    large: bool = False


@dataclass(frozen=True, slots=True)
class Measures:
    """Lengths of a page: margins in mm; type sizes, line pitch and tracking in points."""

    top: float = 37
    right: float = 26
    bottom: float = 35
    left: float = 28
    body: float = 16
    pitch: float = 28.95
    title: float = 22
    spoken: float = 18
    table: float = 12
    small: float = 10.5
    tracking: float = -0.22


# GB/T 9704-2012: 版心 156 mm × 225 mm, 每面 22 行, 每行 28 个字. Sixteen points make 28 characters
# 448 pt, 6 pt more than 156 mm: the tracking takes that back.
STANDARD = Measures()
ENGLISH = Measures(body=12, pitch=19, title=20, spoken=15, table=10.5, small=9, tracking=0)
LARGE = Measures(22, 20, 22, 24, 22, 37, 30, 26, 16, 12, 0)
LARGE_ENGLISH = Measures(22, 20, 22, 24, 18, 29, 26, 22, 14, 11, 0)


def measures(document: Document) -> Measures:
    """The measures for the document's language and print."""
    if document.lang == "en":
        return LARGE_ENGLISH if document.large else ENGLISH
    return LARGE if document.large else STANDARD


def date_text(day: date | None, lang: Lang = "zh") -> str:
    """2019年11月27日, or 27 November 2019; empty without a day."""
    if day is None:
        return ""
    if lang == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    month = (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    )[day.month - 1]
    return f"{day.day} {month} {day.year}"
