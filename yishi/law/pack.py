"""The county pack: every rule that differs from place to place, read from TOML and checked."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

from yishi.law import rule as rules
from yishi.law.errors import InputError, PackError
from yishi.law.projects import ProjectRules, Reading
from yishi.law.reading import Reader
from yishi.law.rule import Known, PollRule, QuorumRule, QuorumWord, Words

PACKS = Path(__file__).parent / "packs"
KNOWN: tuple[str, ...] = get_args(Known)
TABLES = ("words", "quorums", "polls", "notice_days", "choices", "projects")
SOURCE = ("article", "date", "known", "note_zh", "note_en")
ARTICLES = tuple(name for name in rules.TEXTS if name.startswith("article"))
VOTERS = ("voters_zh", "unit_zh", "all_zh", "present_zh", "voters_en")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class NoticeRule:
    """So many days before the day itself at the latest; reckoned by `dates.latest`."""

    days: int
    article: str = ""
    date: str = ""
    known: Known = "default"
    note_zh: str = ""
    note_en: str = ""
    key: str = ""


@dataclass(frozen=True)
class Choice:
    """A point the law leaves open: a setting of the county, shown with its note.

    sets: what it changes, as (poll key, field of PollRule).
    """

    key: str
    title_zh: str
    title_en: str
    default: str
    allowed: tuple[str, ...]
    sets: tuple[tuple[str, str], ...]
    note_zh: str
    note_en: str


@dataclass(frozen=True)
class Pack:
    name: str
    polls: Mapping[str, PollRule]
    quorums: Mapping[str, QuorumRule]
    notice_days: Mapping[str, NoticeRule]
    choices: Mapping[str, Choice]
    words: Mapping[str, Words] = field(default_factory=dict)
    projects: ProjectRules = field(default_factory=ProjectRules)

    def choose(self, chosen: Mapping[str, str]) -> "Pack":
        """The same pack with the county's settings in place of the defaults.

        Raises InputError at `choices.<key>`.
        """
        polls = dict(self.polls)
        for key, value in chosen.items():
            choice = self.choices.get(key)
            at = f"choices.{key}"
            if choice is None:
                raise InputError(at, "没有这项设置", "no such setting")
            if value not in choice.allowed:
                words = " | ".join(choice.allowed)
                raise InputError(at, f"应为：{words}", f"must be one of {words}")
            for poll, name in choice.sets:
                change: dict[str, Any] = {name: value}
                polls[poll] = replace(polls[poll], **change)
        return replace(self, polls=MappingProxyType(polls))

    def open_points(self, poll: str) -> list[Choice]:
        """The settings that bear on this poll, to be shown beside it."""
        return [c for c in self.choices.values() if any(p == poll for p, _ in c.sets)]

    def like(self, rule: PollRule) -> PollRule:
        """The rule with articles and the name of the voters lent, where it came without any.

        Lends what the law itself says where base, threshold and quorum are the same; a rule of the
        same kind before another. A rating is no resolution: grades lend from no other kind.
        """
        lenders = [
            poll
            for poll in self.polls.values()
            if poll.known == "law"
            and (poll.base, poll.threshold, poll.quorum) == (rule.base, rule.threshold, rule.quorum)
            and (poll.kind == rule.kind or rule.kind != "grades")
        ]
        lenders.sort(key=lambda poll: poll.kind != rule.kind)
        if lenders:
            poll = lenders[0]
            lent: dict[str, Any] = {name: getattr(poll, name) for name in ARTICLES}
            named: dict[str, Any] = {name: getattr(poll.words, name) for name in VOTERS}
            return replace(rule, **lent, words=replace(rule.words, **named))
        congress = self.quorums.get("congress")
        if congress is None or congress.threshold != rule.quorum:
            return rule
        return replace(rule, article_quorum=congress.article)


def load(source: str | Path = "zhejiang") -> Pack:
    """A pack by its name (of those shipped) or by the path of a TOML file.

    A file may say `based_on = "zhejiang"` and give only what differs.
    Raises PackError saying file, table and key.
    """
    if isinstance(source, str) and re.fullmatch(r"[a-z0-9_-]+", source):
        return _shipped(source)
    return _pack(Path(source))


@cache
def _shipped(name: str) -> Pack:
    return _pack(PACKS / f"{name}.toml")


def _pack(path: Path) -> Pack:
    data = _read(path, path.name)
    if "based_on" in data:
        base = data.pop("based_on")
        if not isinstance(base, str) or not re.fullmatch(r"[a-z0-9_-]+", base):
            raise PackError(path.name, "", "based_on", "应为自带包的名称", "name a shipped pack")
        below = _read(PACKS / f"{base}.toml", path.name)
        if "based_on" in below:
            raise PackError(path.name, "", "based_on", "只能有一层", "only one level is allowed")
        data = _laid_over(below, data)
    return _Checked(path.name, data).pack()


def _read(path: Path, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise PackError(file, "", "", "文件读不出来", f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise PackError(file, "", "", "不是 UTF-8 编码", "is not UTF-8") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise PackError(file, "", "", f"不是有效的 TOML：{error}", f"not TOML: {error}") from error


def _laid_over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for name, value in above.items():
        old = merged.get(name)
        both = isinstance(old, dict) and isinstance(value, dict)
        merged[name] = _laid_over(old, value) if both and old is not None else value
    return merged


class _Checked(Reader):
    """Reads the tables of one file in order of dependence."""

    def pack(self) -> Pack:
        for name in self.data:
            if name not in ("name", *TABLES):
                raise self.wrong("", name, "不认识的表", "unknown table")
        title = self.data.get("name")
        if not isinstance(title, str) or not title:
            raise self.wrong("", "name", "缺少名称", "is missing")
        self.words = {k: self.word_set(k, t) for k, t in self.tables("words")}
        self.quorums = {k: self.quorum(k, t) for k, t in self.tables("quorums")}
        self.polls = {k: self.poll(k, t) for k, t in self.tables("polls")}
        notices = {k: self.notice(k, t) for k, t in self.tables("notice_days")}
        choices = {k: self.choice(k, t) for k, t in self.tables("choices")}
        return Pack(
            title,
            MappingProxyType(self.polls),
            MappingProxyType(self.quorums),
            MappingProxyType(notices),
            MappingProxyType(choices),
            MappingProxyType(self.words),
            Reading(self).rules(),
        )

    def tables(self, name: str) -> list[tuple[str, dict[str, Any]]]:
        found = self.data.get(name, {})
        if not isinstance(found, dict):
            raise self.wrong(name, "", "应为表", "must be a table")
        for key, table in found.items():
            if not isinstance(table, dict):
                raise self.wrong(name, key, "应为表", "must be a table")
        return list(found.items())

    def word_set(self, key: str, table: dict[str, Any]) -> Words:
        at = f"words.{key}"
        names = [f.name for f in fields(Words)]
        self.only(at, table, names)
        return Words(**{name: self.text(at, table, name) for name in table})

    def quorum(self, key: str, table: dict[str, Any]) -> QuorumRule:
        at = f"quorums.{key}"
        self.only(at, table, ["threshold", "words", *SOURCE])
        threshold = self.text(at, table, "threshold")
        if threshold not in get_args(QuorumWord):
            raise self.wrong(at, "threshold", "不认识的字", f"unknown word {threshold!r}")
        return QuorumRule(
            threshold,  # type: ignore[arg-type]  # checked in the line above
            words=self.lent(at, table),
            key=key,
            **self.source(at, table),
        )

    def poll(self, key: str, table: dict[str, Any]) -> PollRule:
        at = f"polls.{key}"
        called = self.text(at, table, "quorum")
        if called not in self.quorums:
            raise self.wrong(at, "quorum", f"没有“{called}”这一法定人数", f"no quorum {called!r}")
        self.source(at, table)
        plain = {k: v for k, v in table.items() if k not in ("quorum", "words", "key")}
        given = {**plain, "quorum": self.quorums[called].threshold, "key": key}
        given.setdefault("article_quorum", self.quorums[called].article)
        if given.get("kind") in ("choose_up_to", "elect"):
            given.setdefault("seats", 1)
        try:
            made = PollRule.from_json(given, at)
        except InputError as error:
            where = error.field.removeprefix(f"{at}.")
            raise self.wrong(at, where, error.message_zh, error.message_en) from error
        seats = None if "seats" not in table else made.seats
        return replace(made, seats=seats, words=self.lent(at, table))

    def notice(self, key: str, table: dict[str, Any]) -> NoticeRule:
        at = f"notice_days.{key}"
        self.only(at, table, ["days", *SOURCE])
        try:
            days = rules.whole(table, "days", at)
        except InputError as error:
            raise self.wrong(at, "days", error.message_zh, error.message_en) from error
        return NoticeRule(days, key=key, **self.source(at, table))

    def choice(self, key: str, table: dict[str, Any]) -> Choice:
        at = f"choices.{key}"
        texts = ["title_zh", "title_en", "default", "note_zh", "note_en"]
        self.only(at, table, [*texts, "allowed", "sets"])
        given = {name: self.text(at, table, name) for name in texts}
        allowed = self.texts(at, table, "allowed")
        if given["default"] not in allowed:
            raise self.wrong(at, "default", "不在 allowed 之中", "is not one of `allowed`")
        sets = tuple(self.target(at, one, given["default"]) for one in self.texts(at, table, "sets"))
        for poll, name in sets:
            for value in allowed:
                if value not in rules.CHOICES[name]:
                    raise self.wrong(
                        at, "allowed", f"{name}不能是“{value}”", f"{name} of {poll} is not {value!r}"
                    )
        return Choice(key=key, allowed=allowed, sets=sets, **given)

    def target(self, at: str, one: str, default: str) -> tuple[str, str]:
        poll, _, name = one.rpartition(".")
        if poll not in self.polls or name not in rules.CHOICES:
            raise self.wrong(at, "sets", f"没有“{one}”", f"no such rule {one!r}")
        if getattr(self.polls[poll], name) != default:
            raise self.wrong(at, "default", f"与{one}不一致", f"differs from {one}")
        return poll, name

    def source(self, at: str, table: dict[str, Any]) -> dict[str, Any]:
        """Article, date, what kind of knowledge it is, and notes. Law needs its article and date;
        what is not law must say so in a note."""
        found = {name: self.text(at, table, name, "") for name in SOURCE}
        if found["known"] not in KNOWN:
            raise self.wrong(at, "known", f"应为{KNOWN}之一", f"must be one of {KNOWN}")
        wanted = ("article", "date") if found["known"] == "law" else ("note_zh", "note_en")
        for name in wanted:
            if not found[name]:
                raise self.wrong(at, name, "缺少此项", "is missing")
        if found["date"] and not _DATE.fullmatch(found["date"]):
            raise self.wrong(at, "date", "应为“年-月-日”", "must be text like 2022-03-11")
        return found

    def lent(self, at: str, table: dict[str, Any]) -> Words:
        name = self.text(at, table, "words")
        if name not in self.words:
            raise self.wrong(at, "words", f"没有“{name}”这组用语", f"no words {name!r}")
        return self.words[name]
