"""A schematic map drawn by ourselves: towns as dots, landmarks as squares, projects as numbered pins."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from yishi.papers.typeset import clean

SIDE = 1000  # both ways, from the top left; what a spot or a point is given in
EDGE = 70  # room around, for what stands at the very edge
SHARES = (1, 0.85, 0.75, 0.6)  # of the letters asked for, until every name stands by its dot
CLEAR = 1.6  # of a dot: how much room is kept around it
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
        """The area both cover; what only touches shares nothing, whatever rounding says."""
        across = self.w + other.w - abs(self.x - other.x)
        down = self.h + other.h - abs(self.y - other.y)
        return across * down if min(across, down) > 1e-6 else 0

    @property
    def is_inside(self) -> bool:
        least, most = 20 - EDGE, SIDE + EDGE - 20
        return (
            least <= self.x - self.w
            and self.x + self.w <= most
            and least <= self.y - self.h
            and self.y + self.h <= most
        )


@dataclass(frozen=True, slots=True)
class _Name:
    """A town or landmark to be named; `size` is the height of its letters, `dot` half of its dot."""

    text: str
    x: float
    y: float
    size: float
    dot: float
    is_town: bool

    @property
    def half(self) -> float:
        return _width(self.text, self.size) / 2 + self.size * 0.12

    @property
    def high(self) -> float:
        return self.size * 0.62


def svg(
    towns: Sequence[Town], pins: Sequence[Pin], marks: Sequence[Mark] = (), *, title: str, size: int = 54
) -> str:
    """The map as one `<svg>`: its user units are the 0 to 1000 of spots, so a click can be read off.

    `size` is the height of the letters in these units; where names would cover each other they are
    made smaller. A pin of no point and no known town is left out: the list beside the map names every
    project. No style attribute, no script, nothing fetched; what is no pin takes the colour of the
    text around it.
    """
    drawings = []
    for share in SHARES:
        drawings.append(_drawn(towns, pins, marks, size * share))
        if not drawings[-1][0]:
            break
    drawn = min(drawings, key=lambda one: one[0])[1]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{-EDGE} {-EDGE} {SIDE + 2 * EDGE} '
        f'{SIDE + 2 * EDGE}" role="img" class="map"><title>{_text(title)}</title>'
        f'<rect x="{2 - EDGE}" y="{2 - EDGE}" width="{SIDE + 2 * EDGE - 4}" '
        f'height="{SIDE + 2 * EDGE - 4}" rx="12" fill="none" stroke="currentColor" '
        f'stroke-width="2" stroke-opacity="0.45"/>{"".join(drawn)}</svg>'
    )


def _drawn(
    towns: Sequence[Town], pins: Sequence[Pin], marks: Sequence[Mark], size: float
) -> tuple[tuple[bool, bool], list[str]]:
    """What stands in the frame; before it whether something covers something, and is far from its dot.

    Dots stand where they are, then pins of their own point, then names, then the pins of towns: what
    comes later gives way.
    """
    spots = dict(zip((one.name for one in towns), _spots(towns), strict=True))
    dot, small = size * 0.22, size * QUIET
    own: dict[int, tuple[float, float]] = {
        n: (one.x, one.y) for n, one in enumerate(pins) if one.x is not None and one.y is not None
    }
    of_towns = {n: spots[one.town] for n, one in enumerate(pins) if n not in own and one.town in spots}
    radii = [max(size * 0.62, _width(one.label, size) * 0.42 + size * 0.2) for one in pins]
    named = [
        *(_Name(name, x, y, size, dot, True) for name, (x, y) in spots.items()),
        *(_Name(one.name, one.x, one.y, small, dot, False) for one in marks),
    ]
    dots = [_Box(one.x, one.y, dot, dot) for one in named]
    stood = _put_pins(own, radii, dots)
    labels, is_far = _put_names(
        named, [*(_Box(b.x, b.y, dot * CLEAR, dot * CLEAR) for b in dots), *stood.values()]
    )
    stood |= _put_pins(of_towns, radii, [*dots, *stood.values(), *labels])
    found = [*dots, *labels, *stood.values()]
    covers = any(
        box.shared(other) for n, box in enumerate(found[len(dots) :], len(dots)) for other in found[:n]
    )
    points = own | of_towns
    lines = [_to_pin(*points[n], box) for n, box in stood.items()]
    lines += [_to_label(one, box) for one, box in zip(named, labels, strict=True)]
    texts = [_point(one) + _label(one, box) for one, box in zip(named, labels, strict=True)]
    texts += [_pin(pins[n].label, stood[n], size) for n in sorted(stood)]
    return (covers, is_far), [*lines, *texts]


def _put_pins(
    points: Mapping[int, tuple[float, float]], radii: Sequence[float], taken: Sequence[_Box]
) -> dict[int, _Box]:
    found: dict[int, _Box] = {}
    for n, point in points.items():
        found[n] = _free(_around(*point, radii[n]), [*taken, *found.values()])
    return found


def _put_names(named: Sequence[_Name], taken: Sequence[_Box]) -> tuple[list[_Box], bool]:
    """A box for every name, in order, and whether one had to go far from its dot.

    The name with the fewest places left comes first and takes the first place that leaves the others enough.
    """
    left = {
        n: [box for box in _beside(one) if box.is_inside and not any(box.shared(other) for other in taken)]
        for n, one in enumerate(named)
    }
    found: dict[int, _Box] = {}
    while any(left.values()):
        n = min((n for n in left if left[n]), key=lambda n: len(left[n]))
        own = left.pop(n)
        found[n] = best = min(own, key=lambda box: _pressed(box, left.values()))
        left = {m: [box for box in boxes if not box.shared(best)] for m, boxes in left.items()}
    for n in left:
        found[n] = _free(_away(named[n]), [*taken, *found.values()])
    return [found[n] for n in range(len(named))], bool(left)


def _pressed(box: _Box, others: Iterable[Sequence[_Box]]) -> int:
    """How many others would have hardly a place left."""
    return sum(sum(not box.shared(other) for other in places) < 3 for places in others)


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


def _beside(one: _Name) -> Iterator[_Box]:
    """Right of the dot, left, over, under, at its corners."""
    right, over = one.dot * CLEAR + one.half, one.dot * CLEAR + one.high
    aside = one.half * 0.6
    for across, down in (
        *((right, 0.0), (-right, 0.0), (0.0, -over), (0.0, over)),
        *((right, -over), (right, over), (-right, -over), (-right, over)),
        *((aside, -over), (aside, over), (-aside, -over), (-aside, over)),
    ):
        yield _Box(one.x + across, one.y + down, one.half, one.high)


def _away(one: _Name) -> Iterator[_Box]:
    """Ever wider rings around the dot."""
    for ring in range(1, math.ceil(SIDE / one.high)):
        for step in range(16):
            turn = math.pi * step / 8
            across, down = one.half + one.high * ring, one.high * (1 + ring)
            yield _Box(one.x + across * math.cos(turn), one.y + down * math.sin(turn), one.half, one.high)


def _around(x: float, y: float, radius: float) -> Iterator[_Box]:
    """The point itself, then ever wider rings around it."""
    yield _Box(x, y, radius, radius)
    for ring in range(1, 16):
        count = 6 * ring
        for step in range(count):
            turn = 2 * math.pi * step / count - math.pi / 2
            away = radius * 1.1 * ring
            yield _Box(x + away * math.cos(turn), y + away * math.sin(turn), radius, radius)


def _to_pin(x: float, y: float, box: _Box) -> str:
    return "" if (box.x, box.y) == (x, y) else _line(x, y, box.x, box.y)


def _to_label(one: _Name, label: _Box) -> str:
    """A line from the dot to a name that had to move away from it."""
    x = min(max(one.x, label.x - label.w), label.x + label.w)
    y = min(max(one.y, label.y - label.h), label.y + label.h)
    return "" if math.hypot(x - one.x, y - one.y) < one.dot * 3 else _line(one.x, one.y, x, y)


def _label(one: _Name, label: _Box) -> str:
    return (
        f'<text x="{label.x:.1f}" y="{label.y + one.size * 0.35:.1f}" font-size="{one.size:g}" '
        f'font-weight="500" text-anchor="middle" fill="currentColor">{_text(one.text)}</text>'
    )


def _point(one: _Name) -> str:
    """A dot for a town, a square for a landmark."""
    if one.is_town:
        return f'<circle cx="{one.x:g}" cy="{one.y:g}" r="{one.dot:g}" fill="currentColor"/>'
    side = one.dot * 1.3
    return (
        f'<rect x="{one.x - side / 2:g}" y="{one.y - side / 2:g}" width="{side:g}" height="{side:g}" '
        'fill="none" stroke="currentColor" stroke-width="4"/>'
    )


def _pin(label: str, box: _Box, size: float) -> str:
    return (
        f'<circle cx="{box.x:.1f}" cy="{box.y:.1f}" r="{box.w:.1f}" fill="{PIN}" '
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
