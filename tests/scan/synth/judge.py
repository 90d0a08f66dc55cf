"""What a reading of a synthetic sheet is worth: right, a doubt, or an error nobody would see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.scan.synth import Sheet
from tests.scan.synth.voters import Truth

NAMED = 2.0  # mm2 of ink outside the table that must at least be reported where a name was written


def judge(truth: Truth, option: str | None, doubt: bool) -> str:
    """right | doubt | error | missed (an odd row that was read as if it were plain)."""
    if truth.kind == "odd":
        return "right" if doubt else "missed"
    if doubt:
        return "doubt"
    return "right" if option == truth.option else "error"


@dataclass
class Tally:
    """Sheets and rows that were judged; `rows` by (kind, mark, pen, outcome, why)."""

    sheets: int = 0
    boxes: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    rows: Counter[tuple[str, str, str, str, str]] = field(default_factory=Counter)
    names: Counter[str] = field(default_factory=Counter)  # names written outside the table: seen, missed
    false_names: int = 0  # sheets without one that were said to have ink there
    made_s: float = 0.0  # CPU of making the pictures
    read_s: float = 0.0  # and of reading them
    refused: list[tuple[Any, str, str]] = field(default_factory=list)
    bad: list[tuple[Any, ...]] = field(default_factory=list)  # task, row, truth, reading of what is wrong

    def add(self, other: Tally) -> None:
        self.sheets += other.sheets
        self.boxes += other.boxes
        self.rejected += other.rejected
        self.rows += other.rows
        self.names += other.names
        self.false_names += other.false_names
        self.made_s += other.made_s
        self.read_s += other.read_s
        self.bad += other.bad
        self.refused += other.refused

    def count(
        self, outcome: str = "", kinds: Iterable[str] = (), pens: Iterable[str] = (), mark: str = ""
    ) -> int:
        kinds, pens = set(kinds), set(pens)
        return sum(
            n
            for (kind, drawn, pen, found, _why), n in self.rows.items()
            if (not outcome or found == outcome)
            and (not kinds or kind in kinds)
            and (not pens or pen in pens)
            and (not mark or drawn == mark)
        )

    @property
    def errors(self) -> int:
        return self.count("error")

    @property
    def missed(self) -> int:
        return self.count("missed")

    @property
    def review(self) -> float:
        """Percent of all rows that go to people, odd ones too."""
        doubts = self.count("doubt") + self.count("right", ["odd"])
        return 100 * doubts / max(1, self.count())

    @property
    def doubts(self) -> float:
        """Percent of the rows that are not odd which go to people all the same."""
        plain = ["vote", "blank", "rest"]
        return 100 * self.count("doubt", plain) / max(1, self.count(kinds=plain))


def weigh(sheet: Sheet, reading: Any, task: Any = None) -> Tally:
    """The tally of one sheet; `reading` is a `yishi.scan.reading.PageReading`."""
    tally = Tally(sheets=1, boxes=len(sheet.page["boxes"]))
    if reading.rejected:
        tally.rejected[reading.rejected] += 1
        tally.refused.append((task, reading.rejected, reading.detail))
        return tally
    rows = {row.row: row for row in reading.rows}
    for truth in sheet.truths:
        row = rows[truth.row]
        outcome = judge(truth, row.option, row.doubt)
        why = row.why if row.doubt else ""
        tally.rows[truth.kind, truth.mark, truth.pen, outcome, why] += 1
        if outcome in ("error", "missed"):
            tally.bad.append((task, truth.row, truth, row))
    seen = reading.elsewhere >= NAMED
    if sheet.filled.written:
        tally.names["seen" if seen else "missed"] += 1
    elif seen:
        tally.false_names += 1
    return tally
