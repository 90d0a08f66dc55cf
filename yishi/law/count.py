"""Reading one ballot as it was marked, and counting many."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from yishi.law.errors import InputError
from yishi.law.figures import Option
from yishi.law.rule import PollRule

MARKS = {"approve_each": "fax", "elect": "fax", "choose_up_to": "f", "grades": "sbdx"}
VOID = "void"

# What the chief scrutineer reads: code -> (Chinese, English). `{}` takes the place's limit.
REASONS = {
    "too_many": (
        "选择的数目多于应选数{}，整张票作废",
        "more choices than the {} allowed: the whole ballot is void",
    ),
    "overvote": (
        "同一栏划了两种以上意见，整张票作废",
        "more than one mark on one line: the whole ballot is void",
    ),
    "nothing_to_count": (
        "没有一栏可以计入，作废",
        "no line can be counted: the ballot is void",
    ),
    "write_in_not_allowed": (
        "本次投票不能另选他人，票上另写了姓名，请总监票人认定",
        "a name is written in, but this vote allows none: for the chief scrutineer to settle",
    ),
    "write_in_unclear": (
        "另选他人的姓名空缺或重复，请总监票人认定",
        "a written-in name is empty or repeated: for the chief scrutineer to settle",
    ),
    "write_in_excess": (
        "另选的人数多于反对的候选人数",
        "more persons written in than candidates voted against",
    ),
    "settled_valid": ("经总监票人认定有效", "settled as valid by the chief scrutineer"),
    "settled_invalid": ("经总监票人认定无效", "settled as invalid by the chief scrutineer"),
}


@dataclass(frozen=True)
class Reading:
    """One ballot. valid: True, False, or None = doubtful, for the chief scrutineer.

    lines: per option `f a x` (for, against, abstain), `s b d x` (grades) or `void`; kept also where
    the ballot is not valid, so that a ruling can count them.
    """

    valid: bool | None
    lines: tuple[str, ...]
    write_ins: tuple[str, ...] = ()
    reason_code: str = ""
    reason_zh: str = ""
    reason_en: str = ""
    article: str = ""


@dataclass(frozen=True)
class Line:
    """The figures of one option; `void` lines of valid ballots went to no count."""

    for_: int = 0
    against: int = 0
    abstain: int = 0
    satisfied: int = 0
    basically: int = 0
    dissatisfied: int = 0
    void: int = 0


@dataclass(frozen=True)
class Count:
    """Many ballots. write_ins: (name, votes), most votes first."""

    valid: int
    invalid: int
    doubtful: int
    lines: tuple[Line, ...]
    write_ins: tuple[tuple[str, int], ...] = ()

    def options(self, titles: Sequence[str]) -> list[Option]:
        """For `decide`. Raises InputError while doubtful ballots are unsettled."""
        if self.doubtful:
            raise InputError(
                "ballots",
                f"还有{self.doubtful}张存疑票未认定",
                f"{self.doubtful} doubtful ballots are not settled",
            )
        if len(titles) != len(self.lines):
            raise InputError("titles", "数目与选项不符", "not as many as there are options")
        made = [
            Option(
                title,
                for_=line.for_,
                against=line.against,
                abstain=line.abstain,
                satisfied=line.satisfied,
                basically=line.basically,
                dissatisfied=line.dissatisfied,
            )
            for title, line in zip(titles, self.lines, strict=True)
        ]
        return made + [Option(name, for_=votes, write_in=True) for name, votes in self.write_ins]


def read(rule: PollRule, n_options: int, marks: Sequence[str], write_ins: Sequence[str] = ()) -> Reading:
    """One ballot by the rule.

    marks: per line the marks made, `""` for none, `"fa"` for two. Raises InputError at
    `marks[i]` for a mark this kind of poll does not know.
    """
    if len(marks) != n_options:
        raise InputError(
            "marks",
            f"应有{n_options}栏，实有{len(marks)}栏",
            f"{n_options} lines expected, {len(marks)} given",
        )
    lines = tuple(_line(rule, mark, f"marks[{i}]") for i, mark in enumerate(marks))
    names = tuple(name.strip() for name in write_ins)
    plain = Reading(True, lines, names)
    chosen = lines.count("f") + len(names)
    if rule.overvote == "ballot" and any(len(set(mark)) > 1 for mark in marks):
        return because(plain, False, "overvote", "")
    if rule.most is not None and chosen > rule.most:
        return because(plain, False, "too_many", rule.article_over, rule.most)
    if names and rule.write_ins == "no":
        return because(plain, None, "write_in_not_allowed", "")
    if not all(names) or len(set(names)) < len(names):
        return because(plain, None, "write_in_unclear", "")
    if rule.write_ins == "against" and len(names) > lines.count("a"):
        doubt = None if rule.write_in_excess == "doubtful" else False
        return because(plain, doubt, "write_in_excess", "")
    unmarked = rule.kind == "choose_up_to" and rule.blank == "invalid" and not any(marks)
    if not names and (unmarked or all(line == VOID for line in lines)):
        return because(plain, False, "nothing_to_count", "")
    return plain


def because(
    reading: Reading, valid: bool | None, code: str, article: str, limit: int | None = None
) -> Reading:
    """The reading with its verdict and the words for it."""
    zh, en = (text.format(limit) for text in REASONS[code])
    return replace(reading, valid=valid, reason_code=code, reason_zh=zh, reason_en=en, article=article)


def settle(reading: Reading, valid: bool) -> Reading:
    """The chief scrutineer's ruling on a doubtful or void ballot (认定).

    Raises InputError where the law leaves nothing to rule: for more than there are places.
    """
    if valid and reading.reason_code == "too_many":
        raise InputError(
            "valid",
            f"{reading.reason_zh}，不能认定为有效",
            f"{reading.reason_en}; it cannot be ruled valid",
        )
    return because(reading, valid, "settled_valid" if valid else "settled_invalid", "")


def count(rule: PollRule, n_options: int, readings: Iterable[Reading]) -> Count:
    """Add up. Doubtful ballots go to no figure but their own."""
    seen = Counter[bool | None]()
    tallies = [Counter[str]() for _ in range(n_options)]
    names = Counter[str]()
    for i, reading in enumerate(readings):
        if len(reading.lines) != n_options:
            raise InputError(f"readings[{i}]", "栏数不符", "wrong number of lines")
        seen[reading.valid] += 1
        if reading.valid:
            names.update(reading.write_ins)
            for tally, line in zip(tallies, reading.lines, strict=True):
                tally[line] += 1
    written = sorted(names.items(), key=lambda item: (-item[1], item[0]))
    return Count(seen[True], seen[False], seen[None], tuple(map(_figures, tallies)), tuple(written))


def _line(rule: PollRule, mark: str, at: str) -> str:
    known = MARKS[rule.kind]
    if any(sign not in known for sign in mark):
        raise InputError(at, f"只认识标记“{known}”", f"only the marks {known!r} are known")
    if len(set(mark)) > 1:
        return VOID
    if mark:
        return mark[0]
    if rule.kind == "choose_up_to":
        return ""
    return "x" if rule.blank == "abstain" else VOID


def _figures(tally: Counter[str]) -> Line:
    return Line(
        for_=tally["f"],
        against=tally["a"],
        abstain=tally["x"],
        satisfied=tally["s"],
        basically=tally["b"],
        dissatisfied=tally["d"],
        void=tally[VOID],
    )
