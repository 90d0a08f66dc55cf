"""Where a poll stands: its officials, its quorum, its steps and their gates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from yishi.law.quorum import Quorum, quorum
from yishi.law.rule import QuorumRule
from yishi.voting.models import Figure, Official, Poll, Tally
from yishi.voting.rules import box, counting
from yishi.voting.rules.sealed_gates import sealed_gates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

Kind = Figure.Kind
Hat = Official.Hat
State = Poll.State

KEYS = (
    "form",
    "method",
    "officials",
    "keys",
    "printed",
    "quorum",
    "slips",
    "issued",
    "sealed",
    "boxed",
    "open",
    "closed",
    "returned",
    "counted",
    "confirmed",
    "declared",
    "published",
)
# Which of our own gates may be passed with a written reason. The law's own (quorum, no more papers
# than people) and what makes the count a count are not among them.
SOFT = frozenset({"officials_adopted", "printed", "printed_balance", "sealed", "everybody", "few", "slips"})
PHONE = frozenset({"keys", "slips", "boxed"})
PAPER = frozenset({"printed", "issued", "sealed", "returned"})
NONE: tuple[bool, list[Any]] = (True, [])
TELLERS = 2  # each batch is keyed by two, apart
SEALERS = 2


@dataclass(frozen=True)
class Gate:
    """One condition of a step. `overridden`: the written reason with which it was passed unmet.

    `soft`: it may be passed with such a reason.
    """

    key: str
    text: str
    met: bool
    why: str = ""
    article: str = ""
    overridden: str = ""
    soft: bool = False

    @property
    def passed(self) -> bool:
        return self.met or bool(self.overridden)


@dataclass(frozen=True)
class Step:
    """One step of the chair's page. state: done | now | later | blocked."""

    key: str
    title: str
    state: str
    gates: tuple[Gate, ...] = ()

    @property
    def may_go_on(self) -> bool:
        return all(gate.passed for gate in self.gates)


def quorum_rule(poll: Poll) -> QuorumRule:
    """The quorum as this poll's own rule has it, so that the hall and `decide` say the same."""
    law = poll.law
    return QuorumRule(law.quorum, article=law.article_quorum, words=law.words)


def quorum_now(poll: Poll) -> Quorum | None:
    """The quorum from the sign-in at this moment; None while nobody is entitled."""
    numbers = poll.meeting.voters.numbers()
    if not numbers["entitled"]:
        return None
    return quorum(quorum_rule(poll), numbers["entitled"], numbers["present"])


def is_candidate(user: Any, poll: Poll) -> bool:
    """Named on the ballot, as a person or, where persons are elected, by the same name."""
    names = poll.law.kind == "elect" or poll.rule_key.startswith("appointment")
    return any(
        (option.person_id is not None and option.person_id == user.person_id)
        or (names and "".join(option.title.split()) == user.name)
        for option in poll.options.all()
    )


def step(poll: Poll) -> str:
    """The key of the step the poll is at: one of KEYS, `void`, or `done` when all is published."""
    return reached(poll, _steps(poll, None, light=True))


def reached(poll: Poll, steps: list[Step]) -> str:
    """The same from steps at hand."""
    if poll.state == State.VOID:
        return "void"
    return next((one.key for one in steps if one.state != "done"), "done")


def steps(poll: Poll, now: datetime) -> list[Step]:
    """All steps with their gates; the first not done is `now`, or `blocked` by an unmet gate."""
    return _steps(poll, quorum_now(poll), told=above(poll, now))


def above(poll: Poll, now: datetime) -> list[Gate]:
    """What the rooms above ask for before this poll opens; nothing once it was opened."""
    if poll.state not in (State.DRAFT, State.READY):
        return []
    passed = {one.gate: one.why for one in poll.overrides.all()}
    return [replace(gate, overridden=passed.get(gate.key, gate.overridden)) for gate in told(poll, now)]


def told(poll: Poll, now: datetime) -> list[Gate]:
    """The gates of the rooms above, which are not known here.

    `settings.POLL_GATES` names functions (dotted path) `(poll, now) -> iterable of Gate`. The text
    of such a gate says what is wanted whatever the state is, since papers name it by its text; its
    `why` says what is lacking now.
    """
    return [gate for asks in _asked(tuple(settings.POLL_GATES)) for gate in asks(poll, now)]


@lru_cache
def _asked(paths: tuple[str, ...]) -> list[Callable[[Poll, datetime], Iterable[Gate]]]:
    return [import_string(path) for path in paths]


# These are blocked by what others have to do first; the other gates say what is left of the step itself.
WAITS = ("quorum", "open", "counted", "confirmed", "declared")


def _steps(
    poll: Poll, present: Quorum | None, *, told: Iterable[Gate] = (), light: bool = False
) -> list[Step]:
    found = []
    reached = poll.state == State.VOID
    left_out = (frozenset() if poll.by_phone else PHONE) | (frozenset() if poll.by_paper else PAPER)
    for key, done, gates in _table(poll, present, told, light):
        if key in left_out:
            continue
        state = "done" if done else "later"
        if not done and not reached:
            reached = True
            state = "now"
            if key in WAITS and not all(gate.passed for gate in gates):
                state = "blocked"
        found.append(Step(key, title(key), state, tuple(gates)))
    return found


def title(key: str) -> str:
    """What a step is called."""
    return {
        "form": _("票面与规则"),
        "method": _("票决办法通过"),
        "officials": _("监票、计票人员"),
        "keys": _("监票人密钥"),
        "slips": _("领投票码"),
        "boxed": _("封电子票箱"),
        "printed": _("印制表决票"),
        "quorum": _("清点到会人数"),
        "issued": _("发票"),
        "sealed": _("检查票箱并加封"),
        "open": _("开始投票"),
        "closed": _("投票截止"),
        "returned": _("清点收回票数"),
        "counted": _("计票"),
        "confirmed": _("总监票人确认"),
        "declared": _("宣布结果"),
        "published": _("公布"),
        "void": _("作废"),
        "done": _("全部完成"),
    }[key]


def _table(
    poll: Poll, present: Quorum | None, told: Iterable[Gate], light: bool
) -> list[tuple[str, bool, list[Gate]]]:
    """(key, done, gates) in the order of the hall; `light` leaves out what asks the sheets."""
    said = box.figures(poll)
    passed = {one.gate: one.why for one in poll.overrides.all()}
    hats = [one.hat for one in poll.officials.all()]
    tally = box.newest(poll)
    fresh = tally is not None and not box.is_stale(poll, tally)

    def gate(key: str, text: str, met: bool, why: str = "", article: str = "") -> Gate:
        return Gate(key, text, met, "" if met else why, article, passed.get(key, ""), key in SOFT)

    form = _form_gates(poll, gate)
    officials = _official_gates(poll, hats, gate)
    issued = _issued_gates(poll, said, passed, gate)
    sealed = [_seal_gate(poll, gate)]
    roll = _quorum_gate(poll, said, present, gate)
    stated = said.get(Kind.PRESENT) is not None and _stated(poll, said).met
    printed = [gate("printed", _("已登记印制张数"), Kind.PRINTED in said, _("请填印制张数。"))]
    counting = poll.state == State.CLOSED and not light
    counted = _count_gates(poll, gate) if counting else []
    by_phone = sealed_gates(poll, gate, light) if poll.by_phone else {}
    confirmed = fresh and tally is not None and tally.confirmed_at is not None
    return [
        ("form", all(g.met for g in form), form),
        ("method", poll.method_adopted_at is not None, _method_gates(poll, gate)),
        ("officials", all(g.passed for g in officials), officials),
        ("keys", *by_phone.get("keys", NONE)),
        ("printed", printed[0].passed, printed),
        ("quorum", stated, [roll]),
        ("slips", *by_phone.get("slips", NONE)),
        ("issued", Kind.ISSUED in said and all(g.passed for g in issued), issued),
        ("sealed", sealed[0].passed, sealed),
        ("boxed", *by_phone.get("boxed", NONE)),
        ("open", poll.opened_at is not None, [roll, *told]),
        ("closed", poll.closed_at is not None, []),
        ("returned", Kind.RETURNED in said, []),
        ("counted", fresh, counted),
        ("confirmed", confirmed, []),
        ("declared", _is_declared(poll, tally), []),
        ("published", poll.published_at is not None, []),
    ]


def _form_gates(poll: Poll, gate: Any) -> list[Gate]:
    options, law = len(poll.options.all()), poll.law
    gates = [
        gate("options", _("票上有选项"), options > 0, _("请先填写选项，一行一个。")),
    ]
    if poll.seats is not None:
        enough = options >= poll.seats
        why = _("应选%(n)s，票上只有%(m)s。") % {"n": poll.seats, "m": options}
        gates.append(gate("seats", _("选项不少于应选数"), enough, why))
    elif law.kind in ("choose_up_to", "elect"):
        gates.append(gate("seats", _("已填应选数"), False, _("请填写应选数。")))
    return gates


def method_fits(poll: Poll) -> bool:
    """The method speaks of slips where phones vote, of the scanner where it reads, and only there."""
    return _doors_fit(poll) and _counting_fits(poll)


def _doors_fit(poll: Poll) -> bool:
    return ("投票码" in poll.method_text) == poll.by_phone


def _counting_fits(poll: Poll) -> bool:
    return ("扫描读票" in poll.method_text) == poll.by_machine


def _method_gates(poll: Poll, gate: Any) -> list[Gate]:
    return [
        gate("method_text", _("票决办法已起草"), bool(poll.method_text.strip()), _("请先起草票决办法。")),
        gate(
            "method_doors",
            _("票决办法与投票方式一致"),
            _doors_fit(poll),
            _("投票方式改过：用手机投票的，票决办法要写明投票码；不用的，不能写。请改票决办法。"),
        ),
        gate(
            "method_counting",
            _("票决办法与计票方式一致"),
            _counting_fits(poll),
            _("计票方式改过：扫描读票的，票决办法要写明“扫描读票”；人工计票的，不能写。请改票决办法。"),
        ),
        gate(
            "method_adopted",
            _("票决办法已由会议通过"),
            poll.method_adopted_at is not None,
            _("投票前须先通过票决办法：登记举手表决的票数。"),
        ),
    ]


def _official_gates(poll: Poll, hats: list[str], gate: Any) -> list[Gate]:
    chief, watch = hats.count(Hat.CHIEF_SCRUTINEER), hats.count(Hat.SCRUTINEER)
    return [
        gate("chief", _("总监票人1名"), chief == 1, _("请指定总监票人。")),
        gate("scrutineers", _("监票人至少1名"), watch >= 1, _("请指定监票人。")),
        *(
            [
                gate(
                    "tellers",
                    _("计票人至少2名，各自录入"),
                    hats.count(Hat.TELLER) >= TELLERS,
                    _("请指定两名以上计票人。"),
                )
            ]
            if poll.by_paper
            else []
        ),
        gate(
            "officials_adopted",
            _("名单已由会议通过"),
            poll.officials_adopted_at is not None,
            _("请登记举手表决的票数。"),
        ),
    ]


def _stated(poll: Poll, said: dict[str, int]) -> Quorum:
    return quorum(quorum_rule(poll), said[Kind.ENTITLED], said[Kind.PRESENT])


def _quorum_gate(poll: Poll, said: dict[str, int], present: Quorum | None, gate: Any) -> Gate:
    """The number that was stated; the live sign-in until one is stated that is enough."""
    found = _stated(poll, said) if Kind.PRESENT in said else present
    if found is not None and not found.met and present is not None:
        found = present
    text = _("到会人数达到法定人数")
    if found is None:
        return gate("quorum", text, False, _("还没有应到名单，请先在会议里确定应到人员。"))
    return gate("quorum", text, found.met, found.sentence_zh, found.article)


def _issued_gates(poll: Poll, said: dict[str, int], passed: dict[str, str], gate: Any) -> list[Gate]:
    sealed = box.electronic(poll) if poll.by_phone else None
    e = box.reckon(said, sealed=sealed or box.PAPER_ONLY)
    over = e.issued is not None and e.present is not None and e.issued > e.present
    gates = [gate("issued", _("发出不多于实到"), not over, _("发出的票多于到会人数，请核对后更正。"))]
    if e.paper_issued is not None and "printed" not in passed:
        off = box.off_print(e)
        if e.left_over is None:
            off = _("请登记剩余张数。")
        gates.append(gate("printed_balance", _("印制＝发出＋换票收回＋剩余"), not off, off))
    return gates


def _seal_gate(poll: Poll, gate: Any) -> Gate:
    sealers = [one.user_id for one in poll.seals.all()]
    chief = [one.user_id for one in poll.officials.all() if one.hat == Hat.CHIEF_SCRUTINEER]
    why = _("须总监票人和一名监票人各自登录确认，已有%(n)s人确认。") % {"n": len(sealers)}
    met = len(sealers) >= SEALERS and bool(set(chief) & set(sealers))
    return gate("sealed", _("票箱已当众检查为空并加封，两人确认"), met, why)


def _count_gates(poll: Poll, gate: Any) -> list[Gate]:
    problems = counting.open_problems(poll)
    return [gate("counted", _("各批核对一致，存疑票已认定"), not problems, "".join(problems))]


def _is_declared(poll: Poll, tally: Tally | None) -> bool:
    if poll.declared_at is None or tally is None or tally.confirmed_at is None:
        return False
    return tally.confirmed_at <= poll.declared_at
