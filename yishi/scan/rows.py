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
# So much more outside its oval than in it: words, or meant for what is beside.
MOSTLY_OUTSIDE: Final = 2.4
MUCH, MUCH_OUTSIDE = 8.0, 2.0  # mm2, and then less is enough
# A strong mark that another touches is its own if it also lies in the half turned away from that one.
OWN_A, OWN_PART, OWN_FAR, OWN_JOINED = 3.6, 0.5, 0.25, 5
# Smaller ones do if most of them lies there.
MUCH_SHARED: Final = 12.0  # mm2 outside: not two ticks that touch, but one thing over both
MOSTLY_A, MOSTLY_PART, MOSTLY_FAR = 2.6, 0.7, 0.6
# The end of a stroke whose mark is elsewhere: mm2, and how much more the mark has
VISITOR_A, VISITOR_PART = 1.8, 2.0
# In these a cross says what the place says.
NO: Final = ("against", "dissatisfied")
NEAR: Final = 0.8  # ink close outside an oval of a row that is otherwise empty
EMPTY_RIM: Final = 0.03
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
    "bilevel": ("黑白扫描，淡的标记可能已丢失", "scanned in black and white: a faint mark may be lost"),
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
    plain: tuple[float, ...] = ()  # dark ink that is not red
    beside: float = 0.0
    labels: tuple[float, ...] = ()
    name: float = 0.0
    spill: tuple[float, ...] = ()
    shared: tuple[float, ...] = ()
    joined: tuple[int, ...] = ()
    far: tuple[float, ...] = ()
    same_row: tuple[bool, ...] = ()
    passed: tuple[bool, ...] = ()  # whether a stroke of another mark passes close by
    bilevel: bool = False
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
    if why:
        guess = max(range(len(facts.ovals)), key=lambda n: _ink(facts.ovals[n]))
        seen = facts.ovals[guess].cls != BLANK
        return Verdict(None, True, why, 0.0, facts.options[guess] if seen else None)
    marks, _ = _standing(facts)
    if not marks:
        return Verdict(None, False, "blank", min(_sure_blank(ink) for ink in facts.ovals))
    (mark,) = marks
    others = [_sure_blank(ink) for ink in facts.ovals if ink.cls == BLANK]
    sure = min([_sure_mark(facts.ovals[mark]), *others])
    return Verdict(facts.options[mark], False, "", sure)


def _doubt(facts: Facts) -> str:
    marks, unsure = _standing(facts)
    # A seal over an oval is dark in the red channel too: what counts is ink that is not red.
    if any(area >= RED and _at(facts.plain, n) < MARK_A for n, area in enumerate(facts.red)):
        return "red"
    if any(ink.lost and ink.cls == DOUBT for ink in facts.ovals):
        return "row"
    if len(marks) > 1:
        return "two_marks"
    if any(facts.crosses[n] and facts.options[n] not in NO for n in marks):
        return "cross"
    if facts.write_in and (marks or unsure or facts.name >= WRITTEN):
        return "write_in"
    if unsure:
        return "second" if marks else "faint"
    for n in marks:
        area = facts.ovals[n].A
        if _at(facts.shared, n) >= max(SHARED, SHARED_PART * area) and not _own(facts, n):
            return "shared"
        if _at(facts.spill, n) > SPILL:
            return "scratched"
        outside = _at(facts.spill, n)
        factor = MOSTLY_OUTSIDE if outside < MUCH else MUCH_OUTSIDE
        if outside > factor * area and not facts.ovals[n].ring:
            return "beside"
    if not facts.write_in and facts.name >= NAME:
        return "name"
    if any(area >= LABEL for area in facts.labels):
        return "label"
    if facts.beside >= (BESIDE if marks else BESIDE_BLANK):
        return "beside"
    if marks:
        return ""
    if facts.bilevel:
        return "bilevel"
    # A ring that hangs together with that of another row: no row without ink has so dark a rim.
    if any(ink.rim >= EMPTY_RIM for ink in facts.ovals):
        return "traces"
    passed = facts.passed or (False,) * len(facts.ovals)
    if any(ink.near >= NEAR and not by for ink, by in zip(facts.ovals, passed, strict=True)):
        return "traces"
    return "traces" if facts.faint + sum(ink.A for ink in facts.ovals) >= TRACES else ""


def _standing(facts: Facts) -> tuple[list[int], list[int]]:
    """Ovals with a mark, and those nobody can be sure of; where one other stands, without mere visitors."""
    marks = [n for n, ink in enumerate(facts.ovals) if ink.cls == MARK]
    unsure = [n for n, ink in enumerate(facts.ovals) if ink.cls == DOUBT]
    own = [n for n in (*marks, *unsure) if not _visitor(facts, n)]
    if len(own) == 1:
        return [n for n in marks if n in own], [n for n in unsure if n in own]
    return marks, unsure


def _visitor(facts: Facts, n: int) -> bool:
    """Whether the ink in an oval is only the end of a stroke whose mark lies in another."""
    area, other = facts.ovals[n].A, _at(facts.shared, n)
    if facts.ovals[n].cls == BLANK or n >= len(facts.same_row) or facts.same_row[n]:
        return False
    return area <= VISITOR_A and other >= max(SHARED, VISITOR_PART * area)


def _own(facts: Facts, n: int) -> bool:
    """Whether an oval that shares a stroke with another surely has a mark of its own."""
    area = facts.ovals[n].A
    if facts.ovals[n].ring:  # closed around this oval and no other
        return True
    if _at(facts.spill, n) > MUCH_SHARED:
        return False
    if n < len(facts.far) and area >= MOSTLY_A and facts.far[n] >= MOSTLY_FAR * area:
        return area >= MOSTLY_PART * _at(facts.shared, n) and facts.joined[n] <= OWN_JOINED
    return (
        area >= OWN_A
        and area >= OWN_PART * _at(facts.shared, n)
        and n < len(facts.far)
        and facts.far[n] >= OWN_FAR * area
        and facts.joined[n] <= OWN_JOINED
    )


def _at(areas: tuple[float, ...], n: int) -> float:
    return areas[n] if n < len(areas) else 0.0


def _ink(ink: Ink) -> float:
    return max(ink.A / MARK_A, ink.M / MARK_M, 0.3 * ink.F / MARK_A)


def _sure_mark(ink: Ink) -> float:
    if ink.ring:
        return 0.5
    return round(min(1.0, 0.5 * max(ink.A / MARK_A, ink.M / MARK_M)), 3)


def _sure_blank(ink: Ink) -> float:
    return round(max(0.0, 1 - 0.5 * max(ink.A / BLANK_A, ink.F / BLANK_F)), 3)
