"""The figures of one vote and what came out of it."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

Next = Literal["none", "second_ballot", "further_election", "repeat"]
Reason = Literal["no_quorum", "returned_over_issued"]
GradeWord = Literal["satisfied", "basically", "dissatisfied", "undecided"]


@dataclass(frozen=True)
class Body:
    """应到 and 实到. In an electoral district: voters registered, and voters who took part."""

    members: int
    present: int


@dataclass(frozen=True)
class Ballots:
    """发出, 收回, 无效. A show of hands: issued = returned = present."""

    issued: int
    returned: int
    invalid: int = 0

    @property
    def valid(self) -> int:
        return self.returned - self.invalid


@dataclass(frozen=True)
class Option:
    """One line of the tally. Grades use the three grades and abstain; all else the first four."""

    title: str
    for_: int = 0
    against: int = 0
    abstain: int = 0
    not_pressed: int = 0
    satisfied: int = 0
    basically: int = 0
    dissatisfied: int = 0
    write_in: bool = False

    @property
    def total(self) -> int:
        return (
            self.for_ + self.against + self.abstain + self.not_pressed
            + self.satisfied + self.basically + self.dissatisfied
        )  # fmt: skip


@dataclass(frozen=True)
class Grade:
    """`satisfied_rate`: satisfied over the base, four decimals, half up; None where base is 0."""

    title: str
    grade: GradeWord
    satisfied_rate: float | None


@dataclass(frozen=True)
class Outcome:
    """What the vote decided. In a void vote nothing is decided, so that the lists are empty.

    adopted: in order of votes; where votes are equal and all have a place, in ballot order.
    vacant: places left empty because too few reached the threshold.
    open: places which only a second ballot among the tied can settle; not counted as vacant.
    base, needed: the number the majority is reckoned from, and the votes that reach it.
    """

    valid: bool
    reason: Reason | None
    adopted: tuple[str, ...] = ()
    not_adopted: tuple[str, ...] = ()
    tied: tuple[str, ...] = ()
    vacant: int = 0
    next: Next = "none"
    sentence_zh: str = ""
    sentence_en: str = ""
    articles: tuple[str, ...] = ()
    grades: tuple[Grade, ...] | None = None
    open: int = 0
    base: int = 0
    needed: int = 0

    def to_json(self) -> dict[str, Any]:
        """The output of `yishi decide`; `grades` only for that kind."""
        names = "valid reason adopted not_adopted tied vacant next sentence_zh sentence_en articles"
        data = {name: getattr(self, name) for name in names.split()}
        data = {k: list(v) if isinstance(v, tuple) else v for k, v in data.items()}
        if self.grades is not None:
            data["grades"] = [asdict(grade) for grade in self.grades]
        return data
