"""A schematic map drawn by ourselves: towns as dots, landmarks as squares, projects as numbered pins."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from yishi.papers.typeset import clean

SIDE = 1000  # both ways, from the top left; what a spot or a point is given in
EDGE = 70  # room around, for what stands at the very edge
QUIET = 0.8  # letters of a landmark beside those of a town
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
class Mark:
    """A landmark: a school, a river, a village; drawn quieter than towns."""

    name: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class _Box:
    """A rectangle by its middle and its halves."""

    x: float
    y: float
    w: float
    h: float

    def shared(self, other: _Box) -> float:
        """The area both cover."""
        across = self.w + other.w - abs(self.x - other.x)
        down = self.h + other.h - abs(self.y - other.y)
        return across * down if across > 0 and down > 0 else 0

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
    towns: Sequence[Town], pins: Sequence[Pin], marks: Sequence[Mark] = (), *, title: str, size: int = 54
) -> str:
    """The map as one `<svg>`: its user units are the 0 to 1000 of spots, so a click can be read off.

    `size` is the height of the letters in these units; where names would cover each other they are
    made smaller. A pin of no point and no known town is left out: the list beside the map names every
    project. No style attribute, no script, nothing fetched; what is no pin takes the colour of the
    text around it.
    """
    for share in (1, 0.85, 0.7, 0.55):
        drawn, covered = _drawn(towns, pins, marks, size * share)
        if not covered:
            break
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{-EDGE} {-EDGE} {SIDE + 2 * EDGE} '
        f'{SIDE + 2 * EDGE}" role="img" class="map"><title>{_text(title)}</title>'
        f'<rect x="{2 - EDGE}" y="{2 - EDGE}" width="{SIDE + 2 * EDGE - 4}" '
        f'height="{SIDE + 2 * EDGE - 4}" rx="12" fill="none" stroke="currentColor" '
        f'stroke-width="2" stroke-opacity="0.45"/>{"".join(drawn)}</svg>'
    )


def _drawn(
    towns: Sequence[Town], pins: Sequence[Pin], marks: Sequence[Mark], size: float
) -> tuple[list[str], bool]:
    """What stands in the frame, and whether something had to cover something else.

    Dots stand where they are, then pins of their own point, then names, then the pins of towns: what
    comes later gives way.
    """
    spots = dict(zip((one.name for one in towns), _spots(towns), strict=True))
    dot, small = size * 0.22, size * QUIET
    taken = [_Box(x, y, dot, dot) for x, y in spots.values()]
    taken += [_Box(one.x, one.y, dot * 0.8, dot * 0.8) for one in marks]
    dots = len(taken)
    lines: list[str] = []
    own: dict[int, tuple[float, float]] = {
        n: (one.x, one.y) for n, one in enumerate(pins) if one.x is not None and one.y is not None
    }
    by_town = {n: spots[one.town] for n, one in enumerate(pins) if n not in own and one.town in spots}

    def put(places: Iterator[_Box]) -> _Box:
        taken.append(_free(places, taken))
        return taken[-1]

    def put_pins(points: dict[int, tuple[float, float]]) -> dict[int, str]:
        found = {}
        for n, point in points.items():
            radius = max(size * 0.62, _width(pins[n].label, size) * 0.42 + size * 0.2)
            box = put(_around(*point, radius))
            if (box.x, box.y) != point:
                lines.append(_line(*point, box.x, box.y))
            found[n] = _pin(pins[n].label, box, radius, size)
        return found

    def named(name: str, x: float, y: float, letters: float, point: str, weight: int) -> str:
        half = _width(name, letters) / 2 + letters * 0.12
        label = put(_beside(x, y, half, letters * 0.62, dot))
        lines.extend(_to_label(x, y, label, dot))
        return point + _name(name, label, letters, weight)

    drawn_pins = put_pins(own)
    named_towns = [
        named(name, x, y, size, f'<circle cx="{x:g}" cy="{y:g}" r="{dot:g}" fill="currentColor"/>', 500)
        for name, (x, y) in spots.items()
    ]
    named_marks = [named(one.name, one.x, one.y, small, _square(one, dot), 400) for one in marks]
    drawn_pins |= put_pins(by_town)
    covered = any(
        box.shared(other) > 0.01 or not box.is_inside
        for n, box in enumerate(taken[dots:], dots)
        for other in taken[:n]
    )
    return [*lines, *named_marks, *named_towns, *(text for _n, text in sorted(drawn_pins.items()))], covered


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
    """The first place on the map that covers nothing, or the one that covers least."""
    least: tuple[float, _Box] | None = None
    for box in places:
        if not box.is_inside:
            continue
        covers = sum(box.shared(other) for other in taken)
        if not covers:
            return box
        if least is None or covers < least[0]:
            least = covers, box
    return least[1] if least else _Box(SIDE / 2, SIDE / 2, box.w, box.h)


def _beside(x: float, y: float, w: float, h: float, dot: float) -> Iterator[_Box]:
    """Right of the dot, left, over, under, at its corners, and then farther and farther away."""
    right, over = dot * 1.6 + w, dot * 1.4 + h
    for across, down in ((right, 0.0), (-right, 0.0), (0.0, -over), (0.0, over)):
        yield _Box(x + across, y + down, w, h)
    for across, down in ((right, -over), (right, over), (-right, -over), (-right, over)):
        yield _Box(x + across, y + down, w, h)
    for ring in range(1, math.ceil(SIDE / h)):
        for step in range(16):
            turn = math.pi * step / 8
            yield _Box(x + (right + h * ring) * math.cos(turn), y + (over + h * ring) * math.sin(turn), w, h)


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
    nearest = (
        min(max(x, label.x - label.w), label.x + label.w),
        min(max(y, label.y - label.h), label.y + label.h),
    )
    return [_line(x, y, *nearest)]


def _name(name: str, label: _Box, letters: float, weight: int) -> str:
    return (
        f'<text x="{label.x:.1f}" y="{label.y + letters * 0.35:.1f}" font-size="{letters:g}" '
        f'font-weight="{weight}" text-anchor="middle" fill="currentColor">{_text(name)}</text>'
    )


def _square(one: Mark, dot: float) -> str:
    side = dot * 1.3
    return (
        f'<rect x="{one.x - side / 2:g}" y="{one.y - side / 2:g}" width="{side:g}" height="{side:g}" '
        'fill="none" stroke="currentColor" stroke-width="4"/>'
    )


def _pin(label: str, box: _Box, radius: float, size: float) -> str:
    return (
        f'<circle cx="{box.x:.1f}" cy="{box.y:.1f}" r="{radius:.1f}" fill="{PIN}" '
        'stroke="#ffffff" stroke-width="4"/>'
        f'<text x="{box.x:.1f}" y="{box.y + size * 0.35:.1f}" font-size="{size:g}" font-weight="700" '
        f'text-anchor="middle" fill="#ffffff">{_text(label)}</text>'
    )


def _line(x: float, y: float, to_x: float, to_y: float) -> str:
    return (
        f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}" '
        'stroke="currentColor" stroke-width="3"/>'
    )


def _width(text: str, size: float) -> float:
    """About how wide the text is: a Chinese character is as wide as it is high."""
    return sum(size if ord(letter) > 0x2E7F else size * 0.6 for letter in text)


def _text(text: str) -> str:
    return escape(clean(text).replace("\n", " "))
