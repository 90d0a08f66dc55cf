"""Marks as people draw them: paths of a pen in mm from the middle of the oval, y downwards.

A stroke is an array of points (x, y, pressure); pressure 1 is that of a hand that writes normally.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Stroke = NDArray[np.float32]
Rng = np.random.Generator


@dataclass(frozen=True)
class Hand:
    """How one person writes: sizes in mm, slant in radians."""

    size: float  # height of a tick
    slant: float
    tremor: float
    bias: tuple[float, float]  # where this hand puts every mark
    spread: float  # and how far from there a single mark falls
    pressure: float
    lead: float  # length of a tick's first stroke, 0 is a mere hook
    open: float  # how wide the tick is
    curve: float
    twice: float  # how often a stroke is drawn twice
    shrink: float  # how much of the oval a filling covers


def hand(rng: Rng) -> Hand:
    return Hand(
        size=float(np.clip(rng.lognormal(np.log(5.6), 0.28), 3.0, 12.0)),
        slant=float(rng.normal(0, 0.14)),
        tremor=float(np.clip(rng.lognormal(np.log(0.07), 0.6), 0.02, 0.3)),
        bias=(float(np.clip(rng.normal(0.1, 0.7), -1.6, 1.6)), float(np.clip(rng.normal(0, 0.45), -1, 1))),
        spread=float(rng.uniform(0.2, 0.8)),
        pressure=float(np.clip(rng.normal(1.0, 0.16), 0.55, 1.4)),
        lead=float(np.clip(rng.normal(0.42, 0.2), 0.05, 0.9)),
        open=float(rng.uniform(0.75, 1.5)),
        curve=float(rng.normal(0.04, 0.05)),
        twice=float(rng.choice([0, 0, 0, 0.05, 0.3])),
        shrink=float(np.clip(rng.normal(0.92, 0.14), 0.55, 1.2)),
    )


def path(points: Any, pressure: Any = 1.0, step: float = 0.3) -> Stroke:
    """A smooth curve through the points (Catmull-Rom), a point every `step` mm or so."""
    p = np.asarray(points, np.float32)
    if len(p) == 2:
        p = np.vstack([p[0], p.mean(0), p[1]])
    ends = np.vstack([2 * p[0] - p[1], p, 2 * p[-1] - p[-2]])
    press = np.broadcast_to(np.asarray(pressure, np.float32), (len(np.atleast_1d(pressure)),))
    press = np.interp(np.linspace(0, 1, len(p)), np.linspace(0, 1, len(press)), press)
    out = []
    for i in range(len(p) - 1):
        a, b, c, d = ends[i : i + 4]
        n = max(2, int(np.hypot(*(c - b)) / step) + 1)
        t = np.linspace(0, 1, n, endpoint=False, dtype=np.float32)[:, None]
        xy = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        w = press[i] + (press[i + 1] - press[i]) * t
        out.append(np.hstack([xy, w]))
    out.append(np.array([[*p[-1], press[-1]]], np.float32))
    return np.vstack(out).astype(np.float32)


def shaken(rng: Rng, strokes: list[Stroke], one: Hand) -> list[Stroke]:
    """The same with the tremor and the slant of a hand."""
    done = []
    for stroke in strokes:
        n = len(stroke)
        knots = max(3, n // 5)
        noise = rng.normal(0, one.tremor, (2, knots))
        at = np.linspace(0, knots - 1, n)
        new = stroke.copy()
        for axis in (0, 1):
            new[:, axis] += np.interp(at, np.arange(knots), noise[axis])
        new[:, 0] -= new[:, 1] * one.slant
        new[:, 2] *= one.pressure
        done.append(new)
        if rng.random() < one.twice:
            again = new.copy()
            again[:, :2] += rng.normal(0, 0.35, 2)
            done.append(again)
    return done


# --- the kinds of marks; w and h are the oval's -----------------------------------


def tick(rng: Rng, one: Hand, w: float, h: float) -> list[Stroke]:
    s = one.size * float(np.clip(rng.normal(1, 0.14), 0.7, 1.4))
    # The turn is what people aim with: it stays near the oval, however large the tick.
    low = (rng.normal(-0.12, 0.05) * s, min(0.34 * s, h * rng.uniform(0.24, 0.42)) + rng.normal(0, 0.15))
    first = (low[0] - one.lead * 0.42 * s * one.open, low[1] - one.lead * 0.62 * s)
    end = (low[0] + 0.62 * s * one.open * rng.uniform(0.8, 1.25), low[1] - s * rng.uniform(0.85, 1.1))
    bend = one.curve + rng.normal(0, 0.03)
    middle = ((low[0] + end[0]) / 2 + bend * s, (low[1] + end[1]) / 2 + bend * s)
    fade = rng.uniform(0.35, 0.95)
    if one.lead < 0.15:  # a hook: the pen lands and turns
        points = [first, low, middle, end]
        return [path(points, [0.9, 1.2, 0.95, fade])]
    corner = [
        (low[0] - 0.05 * s * one.lead, low[1] - 0.04 * s),
        low,
        (low[0] + 0.05 * s, low[1] - 0.08 * s),
    ]
    return [path([first, *corner, middle, end], [0.8, 1.1, 1.25, 1.1, 0.95, fade])]


def tail(rng: Rng, one: Hand, w: float, h: float) -> list[Stroke]:
    """A tick whose long stroke runs over the word into the neighbour or the row above."""
    s = one.size
    low = (rng.normal(-0.8, 0.5), rng.normal(1.0, 0.4))
    reach = rng.uniform(8, 17)
    end = (low[0] + reach, low[1] - rng.uniform(2.0, 7.0))
    first = (low[0] - rng.uniform(0.3, 1.8), low[1] - rng.uniform(0.5, 2.2))
    middle = ((low[0] + end[0]) / 2, (low[1] + end[1]) / 2 + 0.12 * s)
    return [path([first, low, middle, end], [0.9, 1.25, 0.95, rng.uniform(0.25, 0.7)])]


def _zigzag(
    rng: Rng, x0: float, x1: float, w: float, h: float, gap: float, angle: float, wild: float
) -> Stroke:
    """To and fro across the ellipse w x h between x0 and x1 (shares of its half width)."""
    rx, ry = w / 2, h / 2
    c, s = np.cos(angle), np.sin(angle)
    # Distance along the direction of progress; the other axis is crossed.
    reach = np.hypot(rx * c, ry * s)
    steps = np.arange(x0 * reach, x1 * reach, gap)
    points = []
    for i, d in enumerate(steps):
        # half chord of the ellipse at distance d along (c, s)
        share = max(0.04, 1 - (d / reach) ** 2)
        half = rx * ry / reach * np.sqrt(share)
        foot = np.array([d * rx * rx * c, d * ry * ry * s]) / (reach * reach)
        side = 1 if i % 2 else -1
        end = foot + side * half * np.array([-s, c]) * rng.uniform(1 - wild, 1 + wild)
        points.append(end + rng.normal(0, 0.08 + wild * 0.3, 2))
    if len(points) < 2:
        points = [np.array([-rx / 2, 0]), np.array([rx / 2, 0])]
    return path(points, rng.uniform(0.85, 1.1), step=1.2)


def filled(rng: Rng, one: Hand, w: float, h: float) -> list[Stroke]:
    angle = rng.choice([0.0, 0.5, -0.6, 1.3]) + rng.normal(0, 0.15)
    gap = rng.uniform(0.28, 0.5)
    inner = one.shrink
    strokes = [_zigzag(rng, -0.97, 0.97, w * inner, h * inner, gap, angle, 0.06)]
    if rng.random() < 0.4:
        strokes.append(ring(rng, w * inner, h * inner, 1.05)[0])
    return strokes


def half(rng: Rng, one: Hand, w: float, h: float) -> list[Stroke]:
    a, b = ((-0.97, rng.uniform(-0.1, 0.3)), (rng.uniform(-0.3, 0.1), 0.97))[int(rng.integers(2))]
    return [
        _zigzag(
            rng, a, b, w * one.shrink, h * one.shrink, rng.uniform(0.3, 0.6), float(rng.normal(0, 0.4)), 0.1
        )
    ]


def scribble(rng: Rng, one: Hand, w: float, h: float) -> list[Stroke]:
    """Loose loops that let the paper be seen."""
    if rng.random() < 0.5:
        grow = float(rng.uniform(0.7, 1.15))
        return [
            _zigzag(
                rng, -0.9, 0.9, w * grow, h * grow, rng.uniform(0.6, 1.3), float(rng.normal(0.2, 0.4)), 0.2
            )
        ]
    turns = rng.uniform(2, 4.5)
    t = np.linspace(0, 2 * np.pi * turns, int(14 * turns))
    x = np.linspace(-w * 0.32, w * 0.32, len(t)) + np.cos(t) * w * rng.uniform(0.12, 0.25)
    y = np.sin(t) * h * rng.uniform(0.25, 0.5)
    return [path(np.stack([x, y], 1), rng.uniform(0.8, 1.1), step=0.6)]


def ring(rng: Rng, w: float, h: float, grow: float) -> list[Stroke]:
    over = rng.uniform(-0.15, 0.9)
    start = rng.uniform(-2.4, -0.6)
    t = np.linspace(start, start + 2 * np.pi + over, 26)
    swell = 1 + 0.07 * np.sin(t * 2 + rng.uniform(0, 6)) + np.linspace(0, rng.normal(0, 0.06), len(t))
    x, y = np.cos(t) * w / 2 * grow * swell, np.sin(t) * h / 2 * grow * swell
    return [path(np.stack([x, y], 1), [0.9, 1, 1, 0.8], step=0.5)]


def circle_in(rng: Rng, one: Hand, w: float, h: float) -> list[Stroke]:
    grow = float(rng.uniform(0.55, 0.95))
    return ring(rng, w * grow * rng.uniform(0.65, 1), h * grow, 1)


def circle_around(rng: Rng, one: Hand, w: float, h: float) -> list[Stroke]:
    return ring(rng, w + rng.uniform(0.2, 3.0), h + rng.uniform(0.2, 2.6), 1 + 0.02 * float(rng.normal()))


def cross(rng: Rng, one: Hand, w: float, h: float) -> list[Stroke]:
    s = float(np.clip(one.size * rng.uniform(0.6, 1.0), 2.4, 7.5))
    a, b = s * rng.uniform(0.4, 0.7), s * rng.uniform(0.38, 0.5)
    c, d = s * rng.uniform(0.4, 0.7), s * rng.uniform(0.38, 0.5)
    shift = rng.normal(0, 0.25, 2)
    return [
        path([(-a, -b), (0, rng.normal(0, 0.1)), (a, b)], [1, 1.05, 0.8]),
        path([(c + shift[0], -d), (shift[0], shift[1]), (-c + shift[0], d)], [1, 1, 0.7]),
    ]


def slash(rng: Rng, one: Hand, w: float, h: float) -> list[Stroke]:
    s = float(np.clip(one.size * rng.uniform(0.7, 1.1), 3.2, 8.0))
    lean = rng.uniform(0.15, 0.75) * (1 if rng.random() < 0.8 else -1)
    return [path([(lean * s, -s / 2), (rng.normal(0, 0.1), 0), (-lean * s, s / 2)], [1, 1, 0.7])]


def line(rng: Rng, one: Hand, w: float, h: float) -> list[Stroke]:
    a = w * rng.uniform(0.28, 0.6)
    return [path([(-a, rng.normal(0, 0.3)), (0, rng.normal(0, 0.15)), (a, rng.normal(0, 0.3))], [1, 1, 0.8])]


def dot(rng: Rng, one: Hand, w: float, h: float) -> list[Stroke]:
    """A round dot of 1.2 to 2.6 mm, turned with the pen."""
    r = rng.uniform(0.6, 1.3)
    t = np.linspace(0, 2 * np.pi * rng.uniform(2.5, 4), 30)
    grow = np.linspace(0.1, 1, 30) * r
    return [path(np.stack([np.cos(t) * grow, np.sin(t) * grow], 1), 1.1, step=0.5)]


def rest(rng: Rng, one: Hand, w: float, h: float) -> list[Stroke]:
    """The pen rested for a moment: a point, not a mark."""
    x, y = rng.normal(0, 1.2), rng.normal(0, 0.7)
    return [path([(x, y), (x + rng.normal(0, 0.1), y + rng.normal(0, 0.1))], rng.uniform(0.6, 1.0))]


def scratch(rng: Rng, one: Hand, w: float, h: float) -> list[Stroke]:
    """Heavy strokes over a mark that was a mistake."""
    grow = rng.uniform(1.0, 1.35)
    return [
        _zigzag(
            rng, -0.95, 0.95, w * grow, h * grow, rng.uniform(0.5, 1.0), float(rng.normal(0.3, 0.3)), 0.15
        )
    ]


MARKS = {
    "tick": tick,
    "tail": tail,
    "filled": filled,
    "half": half,
    "scribble": scribble,
    "circle_in": circle_in,
    "circle_around": circle_around,
    "cross": cross,
    "slash": slash,
    "line": line,
    "dot": dot,
    "rest": rest,
    "scratch": scratch,
}

# --- a few characters, as strokes on a grid of 10 by 10 -----------------------------

CHARACTERS = {
    "同": [[(1.5, 1), (1.3, 5), (1, 9.5)], [(1.5, 1), (8.5, 0.8), (8.6, 9), (7.4, 8.6)],
          [(3.2, 3), (6.8, 2.8)], [(3.5, 5), (3.6, 7.6)], [(3.5, 5), (6.6, 4.8), (6.4, 7.4), (3.7, 7.5)]],
    "意": [[(4.8, 0), (5.2, 0.9)], [(2, 1.6), (8, 1.3)], [(3.6, 2), (4, 3)], [(6.4, 1.8), (5.9, 3)],
          [(0.8, 3.4), (9.2, 3.1)], [(3, 4), (3.1, 6.8)], [(3, 4), (7, 3.9), (6.9, 6.7), (3.1, 6.8)],
          [(3.2, 5.4), (6.8, 5.3)], [(1.6, 8), (1, 9.2)], [(3.4, 7.8), (4, 9.5), (6.8, 9.4), (7, 8.4)],
          [(5, 7.4), (5.5, 8.2)], [(8, 7.4), (8.9, 8.4)]],
    "王": [[(2, 1.5), (8, 1.3)], [(2.4, 5), (7.6, 4.8)], [(5, 1.4), (5, 9)], [(1, 9), (9, 8.8)]],
    "李": [[(1, 2), (9, 1.8)], [(5, 0), (5, 5)], [(5, 2), (1.2, 5)], [(5, 2), (8.8, 4.8)],
          [(3, 5.6), (7, 5.4), (5.2, 6.8)], [(5.1, 6.8), (5.2, 9.6), (4, 9.2)], [(0.8, 7.6), (9.2, 7.4)]],
    "明": [[(1, 2), (1.1, 7.5)], [(1, 2), (4, 1.9), (3.9, 7.4), (1.1, 7.5)], [(1.1, 4.7), (3.9, 4.6)],
          [(5.6, 1), (5.4, 6), (4.4, 9.4)], [(5.6, 1), (9, 0.9), (9, 9.2), (7.8, 8.8)],
          [(5.6, 3.7), (8.8, 3.6)], [(5.5, 6.2), (8.8, 6.1)]],
    "不": [[(1, 1.5), (9, 1.3)], [(5, 1.4), (1, 6)], [(4.8, 3.6), (4.9, 9.6)], [(5.6, 4.4), (8.6, 6.4)]],
    "大": [[(1, 3.4), (9, 3.1)], [(5, 0.5), (4.6, 5), (1, 9.5)], [(5, 3.4), (6.4, 6.8), (9.4, 9.4)]],
}  # fmt: skip


def words(rng: Rng, text: str, size: float) -> list[Stroke]:
    """The characters in a row from the middle, each `size` mm high."""
    strokes = []
    x = -len(text) * size * 0.55
    for character in text:
        dx, dy, grow = x, -size / 2 + rng.normal(0, 0.25), size / 10 * rng.uniform(0.9, 1.1)
        for points in CHARACTERS[character]:
            xy = np.array(points) + rng.normal(0, 0.3, (len(points), 2))
            strokes.append(path(xy * grow + (dx, dy), [0.9, 1, 0.7]))
        x += size * 1.1
    return strokes
