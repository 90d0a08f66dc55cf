"""What a row says. Exactly one unmistakable mark is a vote; no ink is a blank; all else is for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from yishi.scan.marks import BLANK, BLANK_A, BLANK_F, DOUBT, MARK, MARK_A, MARK_M, Ink

# mm2 of ink that matters outside the ovals
BESIDE: Final = 0.8
BESIDE_BLANK: Final = 0.5  # where the row is otherwise empty
LABEL: Final = 0.6
NAME: Final = 1.5
RED: Final = 0.4
SPILL: Final = 22.0  # of one mark, outside its oval: scratched out
WRITTEN: Final = 3.0  # a name written in
# A stroke with more than this in another oval, or this part of what it has here, may be meant for either.
SHARED, SHARED_PART = 0.5, 0.35
# Most of a stroke outside its oval, and little in it: it may be meant for what is beside.
MOSTLY_OUTSIDE, SURE_A = 2.5, 3.0
TRACES: Final = 1.0  # faint ink about a row that is otherwise empty

WHY: Final = {
    "": ("", ""),
    "blank": ("空白", "blank"),
    "two_marks": ("一行有两处以上标记", "more than one mark"),
    "faint": ("标记太轻或太小", "a mark too faint or too small"),
    "second": ("另一椭圆内也有墨迹", "ink in another oval too"),
    "cross": ("椭圆内画的是×", "a cross in an oval"),
    "scratched": ("标记被涂改，或远远超出椭圆", "scratched out, or far beyond the oval"),
    "shared": ("一笔跨到另一椭圆", "a stroke that reaches into another oval"),
    "traces": ("有很淡的痕迹", "very faint traces"),
    "beside": ("椭圆以外有墨迹", "ink beside the ovals"),
    "label": ("文字上有墨迹", "ink over a word"),
    "name": ("名称一栏有墨迹", "ink in the name cell"),
    "write_in": ("另选他人一栏有填写", "something written in"),
    "red": ("有红色墨迹", "red ink"),
    "row": ("这一行看不清（折痕、遮挡）", "the row cannot be seen well"),
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What was seen in one row; areas in mm2. `ovals` in the order of the layout."""

    options: tuple[str, ...]
    ovals: tuple[Ink, ...]
    crosses: tuple[bool, ...]
    red: tuple[float, ...] = ()
    beside: float = 0.0
    labels: tuple[float, ...] = ()
    name: float = 0.0
    spill: tuple[float, ...] = ()
    shared: tuple[float, ...] = ()
    faint: float = 0.0
    write_in: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """`option` is set for a vote only; `guess` is what a doubt looks like, to help those who settle it."""

    option: str | None
    doubt: bool
    why: str
    confidence: float
    guess: str | None = None


def decide(facts: Facts) -> Verdict:
    """The policy of the house: any reason to doubt comes before the vote."""
    why = _doubt(facts)
    marks = [n for n, ink in enumerate(facts.ovals) if ink.cls == MARK]
    if why:
        guess = max(range(len(facts.ovals)), key=lambda n: _ink(facts.ovals[n]))
        seen = facts.ovals[guess].cls != BLANK
        return Verdict(None, True, why, 0.0, facts.options[guess] if seen else None)
    if not marks:
        return Verdict(None, False, "blank", min(_sure_blank(ink) for ink in facts.ovals))
    (mark,) = marks
    sure = min(_sure_mark(ink) if n == mark else _sure_blank(ink) for n, ink in enumerate(facts.ovals))
    return Verdict(facts.options[mark], False, "", sure)


def _doubt(facts: Facts) -> str:
    marks = [n for n, ink in enumerate(facts.ovals) if ink.cls == MARK]
    unsure = [n for n, ink in enumerate(facts.ovals) if ink.cls == DOUBT]
    if any(area >= RED and n not in marks for n, area in enumerate(facts.red)):
        return "red"
    if len(marks) > 1:
        return "two_marks"
    if marks and any(facts.crosses[n] for n in marks):
        return "cross"
    if facts.write_in and (marks or unsure or facts.name >= WRITTEN):
        return "write_in"
    if unsure:
        return "second" if marks else "faint"
    for n in marks:
        area = facts.ovals[n].A
        if _at(facts.shared, n) >= max(SHARED, SHARED_PART * area):
            return "shared"
        if _at(facts.spill, n) > SPILL:
            return "scratched"
        if _at(facts.spill, n) > MOSTLY_OUTSIDE * area and area < SURE_A:
            return "beside"
    if not facts.write_in and facts.name >= NAME:
        return "name"
    if any(area >= LABEL for area in facts.labels):
        return "label"
    if facts.beside >= (BESIDE if marks else BESIDE_BLANK):
        return "beside"
    traces = facts.faint + sum(ink.A for ink in facts.ovals)
    return "traces" if not marks and traces >= TRACES else ""


def _at(areas: tuple[float, ...], n: int) -> float:
    return areas[n] if n < len(areas) else 0.0


def _ink(ink: Ink) -> float:
    return max(ink.A / MARK_A, ink.M / MARK_M, 0.3 * ink.F / MARK_A)


def _sure_mark(ink: Ink) -> float:
    return round(min(1.0, 0.5 * max(ink.A / MARK_A, ink.M / MARK_M)), 3)


def _sure_blank(ink: Ink) -> float:
    return round(max(0.0, 1 - 0.5 * max(ink.A / BLANK_A, ink.F / BLANK_F)), 3)
