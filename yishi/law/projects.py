"""What a county asks of a project before it comes to the vote: the `[projects]` table of its pack."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, get_args

from yishi.law.rule import Known

if TYPE_CHECKING:
    from yishi.law.reading import Reader

SOURCE = ("source", "date", "known")
KNOWN: tuple[str, ...] = get_args(Known)
KEY = re.compile(r"[a-z][a-z_]*")
TABLES = ["criteria", "exclusions", "numbers", "committee_first", "delivery", "changes", "residents_rating"]
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MONTH_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")


@dataclass(frozen=True)
class Criterion:
    """One of the questions that a project must answer well to be shortlisted."""

    key: str
    title_zh: str
    title_en: str
    question_zh: str
    question_en: str
    source: str
    known: Known
    date: str = ""


@dataclass(frozen=True)
class Exclusion:
    """A kind of matter that is not put to the vote as a livelihood project."""

    key: str
    title_zh: str
    title_en: str
    source: str
    known: Known
    date: str = ""


@dataclass(frozen=True)
class Usual:
    """How many projects a year towns usually decide; other numbers are only remarked on."""

    least: int
    most: int
    source: str
    known: Known
    date: str = ""


@dataclass(frozen=True)
class Surplus:
    """How many candidates over the places (in per cent) are usual; fewer are only warned of."""

    percent: int
    source: str
    known: Known
    date: str = ""


@dataclass(frozen=True)
class CommitteeFirst:
    """The kinds of body whose candidates go before the Standing Committee first."""

    bodies: tuple[str, ...]
    source: str
    known: Known
    date: str = ""


@dataclass(frozen=True)
class Delivery:
    """Days of the delivery: the month's report is due on `report_day`, a milestone is near `warn_days`
    before its day, a supervision notice is answered within `answer_days`; a report more than
    `behind_percent` (of the whole) behind the plan is remarked on; work ends by `complete_by`
    (month-day) of the year."""

    report_day: int
    warn_days: int
    answer_days: int
    behind_percent: int
    complete_by: str
    source: str
    known: Known
    date: str = ""


@dataclass(frozen=True)
class ChangeRule:
    """Who agrees to the change of an adopted project, by the kind of body that called."""

    approver_zh: str
    approver_en: str
    after_zh: str
    after_en: str
    source: str
    known: Known
    date: str = ""


@dataclass(frozen=True)
class ResidentsRating:
    """From how many ratings on the shares of the residents' rating are shown."""

    least: int
    source: str
    known: Known
    date: str = ""


@dataclass(frozen=True)
class Numbers:
    usual: Usual | None = None
    surplus_percent: Surplus | None = None


@dataclass(frozen=True)
class ProjectRules:
    criteria: Mapping[str, Criterion] = field(default_factory=lambda: MappingProxyType({}))
    exclusions: Mapping[str, Exclusion] = field(default_factory=lambda: MappingProxyType({}))
    numbers: Numbers = Numbers()
    committee_first: CommitteeFirst | None = None
    delivery: Delivery | None = None
    changes: Mapping[str, ChangeRule] = field(default_factory=lambda: MappingProxyType({}))
    residents_rating: ResidentsRating | None = None

    def committee_goes_first(self, kind: str) -> bool:
        return self.committee_first is not None and kind in self.committee_first.bodies


class Reading:
    """Reads the table with the help of the pack's own reader, which says where it stumbles."""

    def __init__(self, pack: Reader) -> None:
        self.pack = pack

    def rules(self) -> ProjectRules:
        top = self.table("projects", self.pack.data.get("projects", {}))
        self.pack.only("projects", top, TABLES)
        numbers = self.table("projects.numbers", top.get("numbers", {}))
        self.pack.only("projects.numbers", numbers, ["usual", "surplus_percent"])
        first, delivery, rating = (
            top.get(name) for name in ("committee_first", "delivery", "residents_rating")
        )
        return ProjectRules(
            MappingProxyType({k: self.criterion(k, t) for k, t in self.each("criteria", top)}),
            MappingProxyType({k: self.exclusion(k, t) for k, t in self.each("exclusions", top)}),
            Numbers(
                self.usual(numbers["usual"]) if "usual" in numbers else None,
                self.surplus(numbers["surplus_percent"]) if "surplus_percent" in numbers else None,
            ),
            None if first is None else self.first(first),
            None if delivery is None else self.delivery(delivery),
            MappingProxyType({k: self.change(k, t) for k, t in self.each("changes", top)}),
            None if rating is None else self.residents(rating),
        )

    def criterion(self, key: str, table: dict[str, Any]) -> Criterion:
        texts = ["title_zh", "title_en", "question_zh", "question_en"]
        at = f"projects.criteria.{key}"
        return Criterion(key=key, **self.read(at, table, texts))

    def exclusion(self, key: str, table: dict[str, Any]) -> Exclusion:
        return Exclusion(key=key, **self.read(f"projects.exclusions.{key}", table, ["title_zh", "title_en"]))

    def usual(self, value: Any) -> Usual:
        at = "projects.numbers.usual"
        table = self.table(at, value)
        least, most = self.whole(at, table, "least", 1, 1000), self.whole(at, table, "most", 1, 1000)
        if most < least:
            raise self.pack.wrong(at, "most", "不能小于 least", "must not be less than `least`")
        return Usual(least, most, **self.read(at, table, [], ["least", "most"]))

    def surplus(self, value: Any) -> Surplus:
        at = "projects.numbers.surplus_percent"
        table = self.table(at, value)
        percent = self.whole(at, table, "percent", 0, 1000)
        return Surplus(percent, **self.read(at, table, [], ["percent"]))

    def first(self, value: Any) -> CommitteeFirst:
        at = "projects.committee_first"
        table = self.table(at, value)
        bodies = table.get("bodies")
        if not isinstance(bodies, list) or not all(isinstance(one, str) and one for one in bodies):
            raise self.pack.wrong(at, "bodies", "应为一列文字", "must be a list of texts")
        return CommitteeFirst(tuple(bodies), **self.read(at, table, [], ["bodies"]))

    def delivery(self, value: Any) -> Delivery:
        at = "projects.delivery"
        table = self.table(at, value)
        report = self.whole(at, table, "report_day", 1, 28)
        warn = self.whole(at, table, "warn_days", 1, 365)
        answer = self.whole(at, table, "answer_days", 1, 365)
        behind = self.whole(at, table, "behind_percent", 0, 100)
        numbers = ["report_day", "warn_days", "answer_days", "behind_percent"]
        found = self.read(at, table, ["complete_by"], numbers)
        if not _MONTH_DAY.fullmatch(found["complete_by"]):
            raise self.pack.wrong(at, "complete_by", "应为“月-日”，如12-31", "must be text like 12-31")
        return Delivery(report, warn, answer, behind, **found)

    def change(self, key: str, table: dict[str, Any]) -> ChangeRule:
        texts = ["approver_zh", "approver_en", "after_zh", "after_en"]
        return ChangeRule(**self.read(f"projects.changes.{key}", table, texts))

    def residents(self, value: Any) -> ResidentsRating:
        at = "projects.residents_rating"
        table = self.table(at, value)
        least = self.whole(at, table, "least", 1, 100000)
        return ResidentsRating(least, **self.read(at, table, [], ["least"]))

    def each(self, name: str, top: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
        at = f"projects.{name}"
        found = self.table(at, top.get(name, {}))
        for key in found:
            if not KEY.fullmatch(key):
                raise self.pack.wrong(at, key, "应为小写字母和下划线", "must be of a-z and _")
        return [(key, self.table(f"{at}.{key}", table)) for key, table in found.items()]

    def table(self, at: str, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.pack.wrong(at, "", "应为表", "must be a table")
        return value

    def whole(self, at: str, table: dict[str, Any], name: str, least: int, most: int) -> int:
        value = table.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            told = (f"应为{least}到{most}之间的整数", f"must be a whole number from {least} to {most}")
            raise self.pack.wrong(at, name, *told)
        return value

    def read(
        self, at: str, table: dict[str, Any], texts: list[str], others: list[str] | None = None
    ) -> dict[str, Any]:
        """The texts of an entry and where it is from; nothing is said without its source."""
        self.pack.only(at, table, [*texts, *(others or []), *SOURCE])
        found = {name: self.pack.text(at, table, name) for name in (*texts, "source", "known")}
        found["date"] = self.pack.text(at, table, "date", "")
        if found["known"] not in KNOWN:
            raise self.pack.wrong(at, "known", f"应为{KNOWN}之一", f"must be one of {KNOWN}")
        wanted = [*texts, "source", *(["date"] if found["known"] == "law" else [])]
        for name in wanted:
            if not found[name].strip():
                raise self.pack.wrong(at, name, "缺少此项", "is missing")
        if found["date"] and not _DATE.fullmatch(found["date"]):
            raise self.pack.wrong(at, "date", "应为“年-月-日”", "must be text like 2022-03-11")
        return found
