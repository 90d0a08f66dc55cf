"""The black and white marks of a sheet: corner marks (AprilTag 36h11) and the code of the form (QR).

The bits of the corner marks are a checked-in table that `tools/corner_marks.py` made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path

import segno

CORNERS = ("tl", "tr", "bl", "br")
GROUPS = 146  # four corners times 146 marks: 584 of the 587 of the family
TAG_MODULES = 8
CODE_VERSION, CODE_MODULES = 3, 29  # 24 bytes at level H
_TABLE = Path(__file__).with_name("36h11.txt")

Modules = Sequence[Sequence[bool]]  # rows of modules, True is black
Outline = list[tuple[int, int]]  # points in modules


def tag_id(form: str, page: int, corner: int) -> int:
    """The number of the mark in a corner (0 to 3: tl, tr, bl, br) of a page (from 1) of a form.

    Three of the four marks tell form and page even where the code is blotted.
    """
    digest = hashlib.sha256(f"{form}|{page}|{corner}".encode()).hexdigest()
    return 4 * (int(digest[:8], 16) % GROUPS) + corner


def tag(number: int) -> list[list[bool]]:
    """The 8 x 8 modules of a corner mark, its black border included."""
    bits = f"{int(_table()[number], 16):036b}"
    inside = [[bit == "0" for bit in bits[at : at + 6]] for at in range(0, 36, 6)]
    border = [True] * TAG_MODULES
    return [border, *([True, *row, True] for row in inside), border]


def code(text: str) -> list[list[bool]]:
    """The 29 x 29 modules of the QR code of a text of at most 24 bytes, level H."""
    made = segno.make_qr(text, error="h", version=CODE_VERSION, boost_error=False, mode="byte")
    return [[bool(module) for module in row] for row in made.matrix]


def outlines(modules: Modules) -> list[Outline]:
    """The outlines of the black parts, closed and in modules; holes run the other way round.

    One outline rather than a square for each module: no viewer shows seams between them.
    """
    edges: dict[tuple[int, int], list[tuple[int, int]]] = {}
    size = len(modules[0])
    white = [False] * (size + 2)
    padded = [white, *([False, *row, False] for row in modules), white]
    for y in range(len(modules)):
        above, row, below = padded[y : y + 3]
        for x in range(size):
            if not row[x + 1]:
                continue
            if not above[x + 1]:
                edges.setdefault((x, y), []).append((x + 1, y))
            if not row[x + 2]:
                edges.setdefault((x + 1, y), []).append((x + 1, y + 1))
            if not below[x + 1]:
                edges.setdefault((x + 1, y + 1), []).append((x, y + 1))
            if not row[x]:
                edges.setdefault((x, y + 1), []).append((x, y))
    found = []
    while edges:
        start = next(iter(edges))
        path, here = [start], _next(edges, start)
        while here != start:
            path.append(here)
            here = _next(edges, here)
        found.append(_corners(path))
    return found


@cache
def tag_svg(number: int) -> str:
    """A corner mark as a drawing."""
    return svg(tag(number))


def svg(modules: Modules) -> str:
    """The modules as a drawing, one unit each."""
    side = len(modules)
    path = "".join("M" + "L".join(f"{x} {y}" for x, y in points) + "Z" for points in outlines(modules))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{side}" height="{side}" '
        f'viewBox="0 0 {side} {side}"><path fill-rule="evenodd" d="{path}"/></svg>'
    )


def _next(edges: dict[tuple[int, int], list[tuple[int, int]]], point: tuple[int, int]) -> tuple[int, int]:
    end = edges[point].pop()
    if not edges[point]:
        del edges[point]
    return end


def _corners(path: Outline) -> Outline:
    """The path without the points on its straight parts."""
    return [
        (x, y)
        for (before_x, before_y), (x, y), (after_x, after_y) in zip(
            [path[-1], *path[:-1]], path, [*path[1:], path[0]], strict=True
        )
        if (x - before_x) * (after_y - y) != (y - before_y) * (after_x - x)
    ]


@lru_cache(maxsize=1)
def _table() -> tuple[str, ...]:
    return tuple(_TABLE.read_text(encoding="ascii").split())
