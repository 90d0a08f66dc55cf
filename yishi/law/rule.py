"""One rule of voting as plain data: what is voted, by whom, and what decides."""

from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal, get_args

from yishi.law.errors import InputError

Kind = Literal["approve_each", "choose_up_to", "grades", "elect"]
Base = Literal["all_members", "present", "issued", "returned", "valid"]
Threshold = Literal["more_than_half", "at_least_half", "two_thirds", "one_third", "most_votes"]
QuorumWord = Literal["two_thirds", "more_than_half", "none"]
Known = Literal["law", "practice", "default"]

LARGEST = 1_000_000_000  # more than any electorate; a longer number is a slip of the finger


@dataclass(frozen=True)
class Words:
    """What the sentence calls the voters, the matter and its success."""

    voters_zh: str = "代表"
    unit_zh: str = "名"
    all_zh: str = "全体代表"
    present_zh: str = "到会代表"
    voters_en: str = "deputies"
    matter_zh: str = "项目"
    count_zh: str = "个"
    matter_en: str = "project"
    matters_en: str = "projects"
    ballot_zh: str = "表决票"
    ballots_en: str = "ballots"
    for_zh: str = "同意票"
    won_zh: str = "通过"
    won_en: str = "adopted"
    lost_zh: str = "未通过"
    lost_en: str = "not adopted"
    after_zh: str = ""
    after_en: str = ""


PERSONS = Words(
    matter_zh="候选人",
    count_zh="名",
    matter_en="candidate",
    matters_en="candidates",
    ballot_zh="选票",
    for_zh="赞成票",
    won_zh="当选",
    won_en="elected",
    lost_zh="未当选",
    lost_en="not elected",
)
RATED = Words(matter_zh="对象", matter_en="subject", matters_en="subjects", ballot_zh="测评票")


@dataclass(frozen=True)
class PollRule:
    """How a poll is counted and what decides it. Frozen into the poll with `to_json()`.

    kind: `approve_each` for/against/abstain on every option; `choose_up_to` ticks, at most `seats`;
    `grades` satisfied/basically/dissatisfied; `elect` persons, at most `seats` for.
    seats: places to fill; None = every option that reaches the threshold.
    limit: may one ballot of `approve_each` be for more options than there are seats.
    overvote: two marks on one line void the line or the whole ballot.
    tie / short: what follows a tie at the cut / too few over the threshold.
    second / further: the threshold in a second ballot among the tied / a further election.
    write_ins: `against` = as many other persons as candidates voted against (另选他人).
    exact_half, dissatisfied: see `decide.grade`.
    """

    kind: Kind
    base: Base
    threshold: Threshold
    quorum: QuorumWord = "none"
    seats: int | None = None
    blank: Literal["abstain", "invalid"] = "abstain"
    overvote: Literal["ballot", "line"] = "line"
    limit: Literal["seats", "none"] = "none"
    tie: Literal["second_ballot", "vacant"] = "second_ballot"
    short: Literal["vacant", "further_election", "repeat"] = "vacant"
    second: Threshold = "most_votes"
    further: Threshold = "more_than_half"
    further_short: Literal["vacant", "further_election", "repeat"] = "further_election"
    write_ins: Literal["no", "against", "yes"] = "no"
    write_in_excess: Literal["doubtful", "invalid"] = "doubtful"
    exact_half: Literal["basically", "dissatisfied", "undecided"] = "basically"
    dissatisfied: Literal["remainder", "threshold"] = "threshold"
    key: str = ""
    article: str = ""
    article_quorum: str = ""
    article_void: str = ""
    article_over: str = ""
    article_tie: str = ""
    article_short: str = ""
    date: str = ""
    known: Known = "default"
    note_zh: str = ""
    note_en: str = ""
    words: Words = field(default_factory=Words)

    @property
    def most(self) -> int | None:
        """The most options one ballot may be for; None = no limit."""
        limited = self.kind in ("choose_up_to", "elect") or self.limit == "seats"
        return self.seats if limited else None

    def with_seats(self, seats: int | None) -> "PollRule":
        return replace(self, seats=seats)

    def second_ballot(self, seats: int) -> "PollRule":
        """The rule for voting again among the tied for the `seats` still open."""
        return replace(self, seats=seats, threshold=self.second, article=self.article_tie)

    def further_election(self, seats: int) -> "PollRule":
        """The rule for electing the `seats` left empty (另行选举)."""
        return replace(
            self,
            seats=seats,
            threshold=self.further,
            short=self.further_short,
            article=self.article_short or self.article,
        )

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: object, at: str = "rule") -> "PollRule":
        """Raises InputError naming the field. Only kind, base, threshold and quorum are required
        (grades: threshold defaults to at least half)."""
        given = table(data, at, [f.name for f in fields(cls)])
        kind = word(given, "kind", KINDS, at)
        values: dict[str, Any] = {"kind": kind}
        values["words"] = _words(given.get("words"), kind, f"{at}.words")
        if kind == "elect":
            values["short"] = "further_election"
        if kind == "grades":
            given.setdefault("threshold", "at_least_half")
        for name, allowed in CHOICES.items():
            if name in given or name in ("base", "threshold", "quorum"):
                values[name] = word(given, name, allowed, at)
        for name in TEXTS:
            if given.get(name) is not None:
                values[name] = text(given, name, at)
        values["seats"] = _seats(given, kind, at)
        return cls(**values)


KINDS: tuple[str, ...] = get_args(Kind)
CHOICES: dict[str, tuple[str, ...]] = {
    f.name: get_args(f.type) for f in fields(PollRule) if get_args(f.type) and f.name != "seats"
}
TEXTS = [f.name for f in fields(PollRule) if f.type is str]


@dataclass(frozen=True)
class QuorumRule:
    """How many must be there for the meeting to be held."""

    threshold: QuorumWord
    article: str = ""
    date: str = ""
    known: Known = "default"
    note_zh: str = ""
    note_en: str = ""
    words: Words = field(default_factory=Words)
    key: str = ""


def reached(votes: int, threshold: Threshold | QuorumWord, base: int) -> bool:
    """Exact in integers: half of 327 is passed by 164. Nobody passes without a vote."""
    return votes >= needed(threshold, base)


def needed(threshold: Threshold | QuorumWord, base: int) -> int:
    """The least number that reaches the threshold; at least 1 (a quorum of none: 0).

    "以上" takes in the number named (民法典第一千二百五十九条): two thirds of 327 are 218.
    """
    match threshold:
        case "more_than_half":
            return base // 2 + 1
        case "at_least_half":
            return max(1, (base + 1) // 2)
        case "two_thirds":
            return max(1, (2 * base + 2) // 3)
        case "one_third":
            return max(1, (base + 2) // 3)
        case "most_votes":
            return 1
        case "none":
            return 0


def table(data: object, at: str, allowed: list[str]) -> dict[str, Any]:
    """A JSON object with no unknown names in it, as a copy. Raises InputError."""
    if not isinstance(data, dict):
        raise InputError(at, "应为一个对象{…}", "must be an object {…}")
    for name in data:
        if name not in allowed:
            names = ", ".join(allowed)
            raise InputError(
                f"{at}.{shown(name)}".lstrip("."),
                f"不认识的字段，可用：{names}",
                f"unknown field; use {names}",
            )
    return dict(data)


def word(given: dict[str, Any], name: str, allowed: tuple[str, ...], at: str) -> str:
    value = given.get(name)
    if value is None:
        raise missing(f"{at}.{name}")
    if not isinstance(value, str) or value not in allowed:
        words = " | ".join(allowed)
        raise InputError(f"{at}.{name}", f"不认识“{shown(value)}”，应为：{words}", f"must be one of {words}")
    return value


def text(given: dict[str, Any], name: str, at: str, longest: int = 2000) -> str:
    """One line of text that can be printed. Raises InputError."""
    value = given.get(name)
    if value is None:
        raise missing(f"{at}.{name}")
    if not isinstance(value, str):
        raise InputError(f"{at}.{name}", "应为文字", "must be text")
    if len(value) > longest:
        raise InputError(f"{at}.{name}", f"不得超过{longest}字", f"at most {longest} characters")
    if any(ord(c) < 32 or 0xD800 <= ord(c) <= 0xDFFF or c in "\x7f\u2028\u2029" for c in value):
        raise InputError(f"{at}.{name}", "不得含换行或控制字符", "no line breaks or control characters")
    return value


def whole(given: dict[str, Any], name: str, at: str, least: int = 0) -> int:
    """A whole number from `least` on; true, 3.0 and "3" are refused. Raises InputError."""
    value = given.get(name)
    if value is None:
        raise missing(f"{at}.{name}")
    return count(value, f"{at}.{name}", least)


def count(value: object, at: str, least: int = 0) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(at, "应为整数（不加引号、不带小数）", "must be a whole number")
    if value < least:
        raise InputError(at, f"不得小于{least}", f"must be at least {least}")
    if value > LARGEST:
        raise InputError(at, f"不得大于{LARGEST}", f"must be at most {LARGEST}")
    return value


def missing(at: str) -> InputError:
    return InputError(at, "缺少此项，请填写", "is missing; please give it")


def shown(value: object) -> str:
    """A wrong word as it may be repeated in a message: short, on one line, printable."""
    return ascii(value)[:40] if not str(value).isprintable() else str(value)[:40]


def _seats(given: dict[str, Any], kind: str, at: str) -> int | None:
    if given.get("seats") is None:
        if kind in ("choose_up_to", "elect"):
            raise missing(f"{at}.seats")
        return None
    return count(given["seats"], f"{at}.seats", least=1)


def _words(data: object, kind: str, at: str) -> Words:
    plain = {"elect": PERSONS, "grades": RATED}.get(kind, Words())
    if data is None:
        return plain
    given = table(data, at, [f.name for f in fields(Words)])
    return replace(plain, **{name: text(given, name, at) for name in given})
