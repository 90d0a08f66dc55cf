"""Voters: what each row is meant to say, and how it is drawn.

Truth of a row:
  vote    one option was meant and marked in its oval: that option, or a doubt; anything else is an error
  blank   nothing was drawn: blank, or a doubt
  odd     nobody can say without people: only a doubt is right
  rest    the pen only rested: blank or a doubt
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.scan.synth import strokes as draw
from tests.scan.synth.pens import MIXES, Nib, nib
from tests.scan.synth.strokes import Hand, Rng, Stroke

# What people use, most of them the same for the whole sheet. The shares are an assumption (the sheet
# asks for a tick or a filling); the figures are told by mark, so that others can weigh them anew.
HABITS = {
    "tick": 0.61, "filled": 0.16, "half": 0.03, "scribble": 0.06, "circle_in": 0.03, "circle_around": 0.02,
    "cross": 0.01, "slash": 0.02, "line": 0.01, "dot": 0.02, "tail": 0.03,
}  # fmt: skip
ODD = {
    "two": 0.16, "scratched": 0.2, "between": 0.12, "label": 0.13, "beside": 0.08, "words": 0.07,
    "named": 0.06, "named+mark": 0.06, "cross_for": 0.12,
}  # fmt: skip


@dataclass(frozen=True)
class Truth:
    """A row: `kind` as above, what was drawn, and with which pen."""

    row: int
    kind: str
    option: str | None
    mark: str
    pen: str


@dataclass
class Drawing:
    """Strokes at a place on the page, mm."""

    at: tuple[float, float]
    strokes: list[Stroke]


@dataclass
class Filled:
    """A page as one voter filled it in. `written` is a name on the sheet outside the table, mm."""

    truths: list[Truth]
    drawings: list[Drawing]
    held: Nib
    written: tuple[float, float] | None = None


def _pick(rng: Rng, weights: dict[str, float]) -> str:
    names = list(weights)
    p = np.array([weights[name] for name in names])
    return str(rng.choice(names, p=p / p.sum()))


@dataclass
class Voter:
    """One person: a pen, a hand, habits."""

    rng: Rng
    held: Nib
    hand: Hand
    habit: str
    other: str  # used now and then
    blank: float
    odd: float
    crosses: bool  # √ for yes and × for no
    page: dict[str, Any]
    out: Filled

    def mark(self, box: dict[str, Any], kind: str, dx: float = 0.0, dy: float = 0.0) -> None:
        """Draw a mark in an oval, off its middle by this hand's bias and (dx, dy)."""
        rng, one = self.rng, self.hand
        still = 0.35 if kind in ("filled", "half", "circle_around", "scratch") else 1.0
        off = np.array(one.bias) * still + rng.normal(0, one.spread * still, 2) * (1, 0.7)
        off = np.clip(off, (-2.4, -1.4), (2.4, 1.4)) + np.array((dx, dy))
        made = draw.MARKS[kind](rng, one, box["w_mm"], box["h_mm"])
        x, y = box["x_mm"] + box["w_mm"] / 2, box["y_mm"] + box["h_mm"] / 2
        self.out.drawings.append(Drawing((x + float(off[0]), y + float(off[1])), draw.shaken(rng, made, one)))

    def write(self, text: str, size: float, x: float, y: float) -> None:
        made = draw.words(self.rng, text, size)
        self.out.drawings.append(Drawing((x, y), draw.shaken(self.rng, made, self.hand)))

    def told(self, row: int, kind: str, option: str | None, mark: str) -> None:
        self.out.truths.append(Truth(row, kind, option, mark, self.held.name))


def fill(rng: Rng, page: dict[str, Any], kind: str, mix: str = "mixed", odd: bool = True) -> Filled:
    """One page of a layout filled in by one voter. `odd` False: only rows that mean one thing."""
    held = nib(rng, _pick(rng, MIXES[mix]))
    out = Filled([], [], held)
    careless = rng.random() < 0.12
    habit = _pick(rng, HABITS)
    voter = Voter(
        rng, held, draw.hand(rng), habit, _pick(rng, HABITS),
        blank=float(rng.choice([0.02, 0.08, 0.3])),
        odd=(0.10 if careless else 0.006) if odd else 0.0,
        crosses=habit == "cross" or rng.random() < 0.02,
        page=page, out=out,
    )  # fmt: skip
    if kind == "choose_up_to":
        voter.blank = float(rng.uniform(0.4, 0.8))
    boxes: dict[int, list[dict[str, Any]]] = {}
    for box in page["boxes"]:
        boxes.setdefault(box["row"], []).append(box)
    sweep = odd and len(boxes) > 3 and rng.random() < 0.003
    taken = -1
    for row in page["rows"]:
        number = row["row"]
        if number == taken:
            continue
        if sweep:
            voter.told(number, "vote", boxes[number][0]["option"], "sweep")
        elif row["write_in"]:
            _write_in(voter, row, boxes[number])
        elif rng.random() < voter.odd and (done := _odd(voter, row, boxes)) is not None:
            taken = done
        else:
            _plain(voter, number, boxes[number])
    if sweep:
        _sweep(voter, boxes)
    if odd and rng.random() < 0.01:
        _sign(voter)
    return out


def _plain(voter: Voter, row: int, boxes: list[dict[str, Any]]) -> None:
    rng = voter.rng
    if rng.random() < voter.blank:
        if rng.random() < 0.01 and voter.held.name != "marker":
            voter.mark(boxes[int(rng.integers(len(boxes)))], "rest")
            return voter.told(row, "rest", None, "rest")
        return voter.told(row, "blank", None, "")
    shares = {1: [1.0], 3: [0.68, 0.2, 0.12], 4: [0.4, 0.3, 0.15, 0.15]}.get(len(boxes))
    at = int(rng.choice(len(boxes), p=shares))
    box = boxes[at]
    kind = voter.other if rng.random() < 0.04 else voter.habit
    if voter.crosses:
        kind = "cross" if box["option"] in ("against", "dissatisfied") else "tick"
    if kind == "cross" and box["option"] in ("for", "choice", "satisfied"):
        kind = "tick"
    voter.mark(box, kind)
    if rng.random() < 0.003 and len(boxes) > 1 and voter.held.name != "marker":
        voter.mark(boxes[(at + 1) % len(boxes)], "rest")
        kind += "+rest"
    voter.told(row, "vote", box["option"], kind)


def _odd(voter: Voter, row: dict[str, Any], boxes: dict[int, list[dict[str, Any]]]) -> int | None:
    """An odd row; the number of the next row where that was used too, else -1. None: not possible here."""
    rng, number = voter.rng, row["row"]
    mine = boxes[number]
    kind = _pick(rng, ODD)
    habit = voter.habit if voter.habit != "cross" else "tick"
    at = int(rng.integers(len(mine)))
    box, last = mine[at], -1
    if kind in ("two", "scratched"):
        if len(mine) < 2:
            return None
        second = mine[(at + 1 + int(rng.integers(len(mine) - 1))) % len(mine)]
        voter.mark(box, habit)
        if kind == "scratched":
            voter.mark(box, "scratch")
        voter.mark(second, habit)
    elif kind == "between":
        below = boxes.get(number + 1)
        if not below or len(below) != len(mine) or any(r["write_in"] for r in voter.page["rows"]):
            return None
        gap = below[at]["y_mm"] - box["y_mm"]
        # Square on the rule between two rows: each half means the row above as much as the one below.
        shape = str(rng.choice(["slash", "circle_in", "filled", "dot"]))
        for truth_row in (number, number + 1):
            touched = shape != "dot"
            voter.told(truth_row, "odd" if touched else "rest", None, "between " + shape)
        made = draw.MARKS[shape](rng, voter.hand, box["w_mm"], gap * 0.95)
        x, y = box["x_mm"] + box["w_mm"] / 2, box["y_mm"] + box["h_mm"] / 2 + gap / 2
        if shape == "slash":
            made = [draw.path([(1.5, -gap * 0.52), (0, 0), (-1.5, gap * 0.52)])]
        voter.out.drawings.append(Drawing((x, y), draw.shaken(rng, made, voter.hand)))
        return int(number) + 1
    elif kind == "label":
        label = box["label"]
        shape = str(rng.choice(["tick", "circle_around", "slash", "scribble"]))
        middle = {"x_mm": label["x_mm"] + label["w_mm"] / 2 - 3.4, "y_mm": box["y_mm"], "w_mm": 6.8}
        voter.mark({**middle, "h_mm": box["h_mm"]}, shape)
    elif kind == "beside":
        name = row["name"]
        edge = {"x_mm": name["x_mm"] + name["w_mm"] * rng.uniform(0.55, 0.8), "y_mm": box["y_mm"]}
        voter.mark({**edge, "w_mm": 6.0, "h_mm": box["h_mm"]}, "tick")
    elif kind == "words":
        text = str(rng.choice(["同意", "不同意"]))
        voter.write(text, rng.uniform(5.0, 7.0), mine[0]["x_mm"] + 11, box["y_mm"] + box["h_mm"] / 2)
    elif kind in ("named", "named+mark"):
        name = row["name"]
        x = name["x_mm"] + name["w_mm"] - rng.uniform(10, 14)
        voter.write(str(rng.choice(["李明", "王大明", "李王"])), rng.uniform(4.2, 6), x, box["y_mm"] + 2.6)
        if kind == "named+mark":
            voter.mark(box, habit)
    elif kind == "cross_for":
        if mine[0]["option"] != "for":
            return None
        voter.mark(mine[0], "cross")
    voter.told(number, "odd", None, kind)
    return last


def _write_in(voter: Voter, row: dict[str, Any], boxes: list[dict[str, Any]]) -> None:
    """Whoever is written in is for people to read: any ink in the row must be a doubt."""
    if voter.rng.random() < 0.7:
        return voter.told(row["row"], "blank", None, "")
    name = row["name"]
    middle = name["y_mm"] + name["h_mm"] / 2
    voter.write("李明", voter.rng.uniform(4.5, 6), name["x_mm"] + name["w_mm"] * 0.6, middle)
    if voter.rng.random() < 0.85:
        voter.mark(boxes[0], "tick")
    voter.told(row["row"], "odd", None, "write_in")


def _sweep(voter: Voter, boxes: dict[int, list[dict[str, Any]]]) -> None:
    """One long stroke down the first column: meant for every row."""
    first = [mine[0] for mine in boxes.values()]
    x = first[0]["x_mm"] + first[0]["w_mm"] / 2
    top, end = first[0]["y_mm"], first[-1]["y_mm"] + first[-1]["h_mm"]
    y = np.linspace(top, end, 12)
    points = np.stack([np.cumsum(voter.rng.normal(0, 0.3, 12)), y - top], 1)
    made = draw.shaken(voter.rng, [draw.path(points, 1.0, step=1.0)], voter.hand)
    for stroke in made:
        stroke[:, 0] += voter.hand.slant * stroke[:, 1]  # straight down, whatever the hand's slant
    voter.out.drawings.append(Drawing((x, top), made))


def _sign(voter: Voter) -> None:
    """A name on the sheet: in the head or under the table."""
    table, page = voter.page["table"], voter.page
    below = table["y_mm"] + table["h_mm"] + 7
    free = below < page["height_mm"] - 18
    x = voter.rng.uniform(45, page["width_mm"] - 60)
    y = below if free else table["y_mm"] - 8
    voter.write(str(voter.rng.choice(["李明", "王大明", "李大"])), voter.rng.uniform(5, 8), x, y)
    voter.out.written = (float(x), float(y))
