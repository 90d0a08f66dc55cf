"""Text in lines: how wide it is, and where it breaks."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from yishi.papers.sheets.plan import Box, Text
from yishi.papers.typeset import clean

MM = 25.4 / 72  # one point
_COMMON = re.compile("[ -~·×√　-〕一-鿿！-～]*")
# How wide the Latin letters of Noto Sans SC are at most, in ems.
LATIN = (
    (" ", 0.25),
    ("ijlI|',.:;", 0.3),
    ("!-f()[]{}/\\tr", 0.4),
    ('acegksvxyz0123456789*?"#$+<=>^~_', 0.57),
    ("bdhnopqu", 0.62),
    ("mwMW@%", 0.95),
)
NOT_LAST = "（《“‘〈〔【("
NOT_FIRST = "，。；：、！？）》”’〉】〕%,.;:!?)"


def text_width(text: str, size: float) -> float:
    """The width of a line in mm, rather too much than too little."""
    return sum(map(_ems, text)) * size * MM


@lru_cache(maxsize=8192)
def _ems(character: str) -> float:
    if unicodedata.combining(character):
        return 0.0
    if unicodedata.east_asian_width(character) in "WFA":
        return 1.0
    for letters, ems in LATIN:
        if character in letters:
            return ems
    return 0.77 if character.isupper() else 0.65


def surely_fits(text: Text) -> bool:
    """Whether the line needs no measuring by the typesetter, which takes its time: it is common text."""
    return _COMMON.fullmatch(text.text) is not None and text_width(text.text, text.size) < 0.9 * text.w


def ink(text: Text) -> Box:
    """Where the letters of a line stand within its box, with half a millimetre to spare."""
    w = min(text.w, text_width(text.text, text.size) + 1)
    h = min(text.h, text.size * MM * 1.2)
    x = text.x + {"left": 0.0, "center": (text.w - w) / 2, "right": text.w - w}[text.align]
    if text.align == "left" and w < text.w:
        x -= 0.5
    return Box(x, text.y + (text.h - h) / 2, w, h)


@lru_cache(maxsize=4096)
def broken(text: str, size: float, width: float) -> tuple[str, ...]:
    """The text in lines no wider than `width` mm; words and numbers stay whole where they can.

    No closing mark begins a line, no opening one ends it.
    """
    lines, line = [], ""
    for character in clean(text).replace("\n", "　").strip():
        if line and character not in NOT_FIRST and text_width(line + character, size) > width:
            cut = _cut(line, character)
            lines.append(line[:cut].rstrip())
            line = line[cut:].lstrip()
        line += character if line or character != " " else ""
    return (*lines, line)


def _cut(line: str, character: str) -> int:
    """Where to break a full line before `character`: before the word it goes on with, if not too long."""
    cut = len(line)
    if character.isascii() and character != " ":
        while cut and line[cut - 1].isascii() and line[cut - 1] != " ":
            cut -= 1
    while cut and line[cut - 1] in NOT_LAST:
        cut -= 1
    return cut if cut > len(line) // 3 else len(line)


def balanced(text: str, size: float, width: float) -> tuple[str, ...]:
    """As many lines as `broken` makes, but of about the same length: no single character is left over."""
    lines = broken(text, size, width)
    while len(lines) > 1 and width > size:
        width -= 1.0
        closer = broken(text, size, width)
        if len(closer) > len(lines):
            break
        lines = closer
    return lines
