"""A schematic map drawn by ourselves: towns as dots with their names, projects as numbered pins."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from yishi.papers.typeset import clean

SIDE = 1000  # both ways, from the top left; what a spot or a point is given in
EDGE = 70  # room around, for what stands at the very edge
PIN = "#97191c"  # dark enough for its white number, in print and on a dark page too


@dataclass(frozen=True, slots=True)
class Town:
    """A town by its name; without x and y it takes its turn in a grid."""

    name: str
    x: int | None = None
    y: int | None = None


@dataclass(frozen=True, slots=True)
class Pin:
    """A project by its number; without a point of its own it stands beside its town."""

    label: str
    x: int | None = None
    y: int | None = None
    town: str = ""


@dataclass(frozen=True, slots=True)
class _Box:
    """A rectangle by its middle and its halves."""

    x: float
    y: float
    w: float
    h: float

    def meets(self, other: _Box) -> bool:
        return abs(self.x - other.x) < self.w + other.w and abs(self.y - other.y) < self.h + other.h

    @property
    def is_inside(self) -> bool:
        least, most = 12 - EDGE, SIDE + EDGE - 12
        return (
            least <= self.x - self.w
            and self.x + self.w <= most
            and least <= self.y - self.h
            and self.y + self.h <= most
        )


def svg(
    towns: Sequence[Town],
    pins: Sequence[Pin],
    *,
    title: str,
    note: str = "示意图，不按比例",
    size: int = 54,
) -> str:
    """The map as one `<svg>`: its user units are the 0 to 1000 of spots, so a click can be read off.

    `size` is the height of the letters in these units. A pin of no point and no known town is left
    out: the list beside the map names every project. No style attribute, no script, nothing fetched;
    what is no pin takes the colour of the text around it.
    """
    spots = dict(zip((one.name for one in towns), _spots(towns), strict=True))
    dot = size * 0.22
    taken = [_Box(x, y, dot, dot) for x, y in spots.values()]
    lines: list[str] = []
    drawn: list[str] = []
    for name, (x, y) in spots.items():
        label = _free(_beside(x, y, _width(name, size) / 2, size * 0.62, dot), taken)
        taken.append(label)
        lines += _to_label(x, y, label, dot)
        drawn += _town(name, x, y, label, dot, size)
    for pin in pins:
        point: tuple[float, float] | None = spots.get(pin.town)
        if pin.x is not None and pin.y is not None:
            point = pin.x, pin.y
        if point is None:
            continue
        radius = max(size * 0.62, _width(pin.label, size) * 0.42 + size * 0.2)
        box = _free(_around(*point, radius), taken)
        taken.append(box)
        lines += [] if (box.x, box.y) == point else [_line(*point, box.x, box.y)]
        drawn += _pin(pin.label, box, radius, size)
    foot = SIDE + EDGE + size * 1.3
    whole = f"{-EDGE} {-EDGE} {SIDE + 2 * EDGE} {SIDE + 2 * EDGE + round(size * 1.7)}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{whole}" role="img" class="map">'
        f"<title>{_text(title)}</title>"
        f'<rect x="{2 - EDGE}" y="{2 - EDGE}" width="{SIDE + 2 * EDGE - 4}" '
        f'height="{SIDE + 2 * EDGE - 4}" rx="12" fill="none" stroke="currentColor" '
        'stroke-width="2" stroke-opacity="0.45"/>'
        f'{"".join((*lines, *drawn))}<text x="{-EDGE}" y="{foot:g}" font-size="{size * 0.8:g}" '
        f'font-weight="500" fill="currentColor">{_text(note)}</text></svg>'
    )


def _spots(towns: Sequence[Town]) -> Iterator[tuple[float, float]]:
    """Where each stands: its own spot, or its cell of a grid over the whole map."""
    columns = max(1, math.ceil(math.sqrt(len(towns))))
    rows = max(1, math.ceil(len(towns) / columns))
    for place, town in enumerate(towns):
        if town.x is not None and town.y is not None:
            yield float(town.x), float(town.y)
        else:
            yield SIDE * (place % columns + 0.5) / columns, SIDE * (place // columns + 0.5) / rows


def _free(places: Iterator[_Box], taken: Sequence[_Box]) -> _Box:
    """The first place on the map that covers nothing; the first of all where there is none."""
    first = None
    for box in places:
        first = first or box
        if box.is_inside and not any(box.meets(other) for other in taken):
            return box
    assert first is not None
    return first


def _beside(x: float, y: float, w: float, h: float, dot: float) -> Iterator[_Box]:
    """Right of the dot, left, under, over, and then farther away."""
    for far in (0, 1, 2, 3):
        across, down = dot * 1.8 + w + far * h, dot + h * (1 + 2 * far)
        yield _Box(x + across, y, w, h)
        yield _Box(x - across, y, w, h)
        for sign in (1, -1):
            yield _Box(x, y + sign * down, w, h)
            yield _Box(x + across, y + sign * down, w, h)
            yield _Box(x - across, y + sign * down, w, h)


def _around(x: float, y: float, radius: float) -> Iterator[_Box]:
    """The point itself, then ever wider rings around it."""
    yield _Box(x, y, radius, radius)
    for ring in range(1, 16):
        count = 6 * ring
        for step in range(count):
            turn = 2 * math.pi * step / count - math.pi / 2
            away = radius * 1.1 * ring
            yield _Box(x + away * math.cos(turn), y + away * math.sin(turn), radius, radius)


def _to_label(x: float, y: float, label: _Box, dot: float) -> list[str]:
    """A line from the dot to a name that had to move away from it."""
    if abs(label.x - x) <= label.w + dot * 4 and abs(label.y - y) <= label.h + dot * 4:
        return []
    return [_line(x, y, label.x, label.y + (label.h if label.y < y else -label.h))]


def _town(name: str, x: float, y: float, label: _Box, dot: float, size: int) -> list[str]:
    return [
        f'<circle cx="{x:g}" cy="{y:g}" r="{dot:g}" fill="currentColor"/>',
        f'<text x="{label.x:.1f}" y="{label.y + size * 0.35:.1f}" font-size="{size}" font-weight="500" '
        f'text-anchor="middle" fill="currentColor">{_text(name)}</text>',
    ]


def _pin(label: str, box: _Box, radius: float, size: int) -> list[str]:
    return [
        f'<circle cx="{box.x:.1f}" cy="{box.y:.1f}" r="{radius:.1f}" fill="{PIN}" '
        'stroke="#ffffff" stroke-width="4"/>',
        f'<text x="{box.x:.1f}" y="{box.y + size * 0.35:.1f}" font-size="{size}" font-weight="700" '
        f'text-anchor="middle" fill="#ffffff">{_text(label)}</text>',
    ]


def _line(x: float, y: float, to_x: float, to_y: float) -> str:
    return (
        f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}" '
        'stroke="currentColor" stroke-width="3"/>'
    )


def _width(text: str, size: int) -> float:
    """About how wide the text is: a Chinese character is as wide as it is high."""
    return sum(size if ord(letter) > 0x2E7F else size * 0.6 for letter in text)


def _text(text: str) -> str:
    return escape(clean(text).replace("\n", " "))
