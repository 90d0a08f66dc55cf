"""Counting sheet by sheet: who may, where tellers differ, what is open, what the law makes of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from yishi.law.count import Count, Reading, count, settle
from yishi.law.decide import base_of, decide
from yishi.law.errors import InputError
from yishi.law.figures import Ballots, Body, Option, Outcome
from yishi.people.rules import is_clerk
from yishi.voting.models import Batch, Keying, Official, Poll, Ruling, Sheet, Tally
from yishi.voting.rules import audits, scans, sealed_count
from yishi.voting.rules.box import Equation, equation, is_stale
from yishi.voting.rules.marking import read_sheet, verdict
from yishi.voting.rules.rights import SCRUTINEERS, hat, may_work

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from yishi.law.rule import PollRule

Hat = Official.Hat
State = Poll.State
# Sheets out of the box: what is left of such a batch, and what is checked beside it, lies in it already.
OWN = (Batch.Way.HAND, Batch.Way.SCAN)
CALL_CHIEF = 3  # comparisons that differed, after which the chief scrutineer settles the sheets
LONGEST_NAME = 40
MOST_NAMES = 20


# --- who may ---------------------------------------------------------------


def may_see_count(user: Any, poll: Poll, now: datetime) -> bool:
    """How far the count is: everybody who works in this poll. It shows no mark of any sheet."""
    return may_work(user, poll, now)


def may_lay_out(user: Any, poll: Poll, now: datetime) -> bool:
    return poll.state == State.CLOSED and _counts_for(user, poll) and not sealed_count.sealed_in(poll)


def may_key(user: Any, batch: Batch, now: datetime) -> bool:
    keyed = batch.way != Batch.Way.SCAN
    return keyed and batch.poll.state == State.CLOSED and hat(user, batch.poll) == Hat.TELLER


def may_wait(user: Any, batch: Batch, now: datetime) -> bool:
    """A teller's page may stay open when the count is over: it is no refusal to be journalled."""
    return hat(user, batch.poll) == Hat.TELLER


def may_resize(user: Any, batch: Batch, now: datetime) -> bool:
    """How many sheets a batch holds; those checked beside the machine were drawn and are what they are."""
    mine = hat(user, batch.poll) == Hat.CHIEF_SCRUTINEER and batch.way != Batch.Way.AUDIT
    return batch.poll.state == State.CLOSED and mine and not sealed_count.sealed_in(batch.poll)


def may_see_rulings(user: Any, poll: Poll, now: datetime) -> bool:
    """Scrutineers see doubtful sheets with the marks of both; tellers never, since they still key."""
    return poll.state in (State.CLOSED, State.DECLARED) and hat(user, poll) in SCRUTINEERS


def may_rule(user: Any, poll: Poll, now: datetime) -> bool:
    """Doubtful sheets are settled by the chief scrutineer alone, until they are sealed into a record."""
    if sealed_count.sealed_in(poll):
        return False
    return poll.state in (State.CLOSED, State.DECLARED) and hat(user, poll) == Hat.CHIEF_SCRUTINEER


def may_tally(user: Any, poll: Poll, now: datetime) -> bool:
    """Scrutineers and the clerk; once declared only the chief scrutineer, to correct."""
    if poll.state == State.DECLARED:
        return hat(user, poll) == Hat.CHIEF_SCRUTINEER
    return poll.state == State.CLOSED and _counts_for(user, poll)


def may_confirm(user: Any, poll: Poll, now: datetime) -> bool:
    return poll.state in (State.CLOSED, State.DECLARED) and hat(user, poll) == Hat.CHIEF_SCRUTINEER


def _counts_for(user: Any, poll: Poll) -> bool:
    return hat(user, poll) in SCRUTINEERS or is_clerk(user, poll.meeting.body)


# --- a batch and the whole count -------------------------------------------


@dataclass(frozen=True)
class Case:
    """One sheet on which both tellers are done: their marks, what it is by law, and the ruling.

    `one` and `two` are (marks, write_ins, doubt) as each teller keyed it. `reading` takes the
    ruling into account; its valid is None while the chief scrutineer has still to settle it.
    """

    batch: Batch
    number: int
    one: tuple[list[str], list[str], str]
    two: tuple[list[str], list[str], str]
    before: Reading
    reading: Reading
    ruling: Ruling | None = None

    @property
    def waits(self) -> bool:
        return self.reading.valid is None

    @property
    def odd(self) -> bool:
        """Something for the chief scrutineer to look at."""
        return self.before.valid is not True or self.ruling is not None


@dataclass(frozen=True)
class BatchState:
    """One batch on the overview. state: waiting | keying | differs | called | reading | agreed.

    tellers: (place, name, sheets complete, finished) of those who hold it now.
    """

    batch: Batch
    state: str
    tellers: tuple[tuple[int, str, int, bool], ...]
    doubtful: int = 0

    def held_by(self, user: Any) -> bool:
        return any(keying.teller_id == user.pk for keying in held(self.batch))


@dataclass(frozen=True)
class Progress:
    batches: tuple[BatchState, ...]
    equation: Equation
    sheets: int  # in all batches
    agreed: int  # sheets of batches agreed
    doubtful: int  # waiting for the chief scrutineer
    check: audits.Standing | None = None  # beside the machine, where it reads


def held(batch: Batch) -> list[Keying]:
    """The keyings that count: at most two, in order of place (none that was taken over)."""
    return [keying for keying in batch.keyings.all() if keying.left_at is None]


def laid(poll: Poll, *, checks: bool = False) -> list[Batch]:
    """All batches with keyings, tellers and rulings; sheets only where `cases` needs them.

    `checks`: also those that are counted beside the machine, which add nothing to the count.
    """
    batches = list(poll.batches.prefetch_related("keyings__teller", "rulings"))
    batches = [batch for batch in batches if checks or batch.way != Batch.Way.AUDIT]
    for batch in batches:
        batch.poll = poll
    return batches


def cases(
    poll: Poll, batches: Iterable[Batch] | None = None, read: Mapping[int, scans.Ledger] | None = None
) -> list[Case]:
    """Every sheet that is agreed on or left to the chief scrutineer, in order of batch and number.

    A batch not agreed gives only the sheets that differed CALL_CHIEF times; one read by the machine
    gives what is settled of it, once it is closed. `read`: the ledgers of those, where they are at hand.
    """
    batches = [b for b in (laid(poll) if batches is None else batches) if is_open_to_chief(b)]
    read_by_machine = closed_ledgers(poll, batches) if read is None else read
    law, titles = poll.law, [option.title for option in poll.options.all()]
    sheets: dict[int, dict[int, Sheet]] = defaultdict(dict)
    ids = [keying.pk for batch in batches for keying in held(batch)]
    for sheet in Sheet.objects.filter(keying__in=ids):
        sheets[sheet.keying_id][sheet.number] = sheet
    found = []
    for batch in batches:
        rulings = {ruling.number: ruling for ruling in batch.rulings.all()}
        if batch.pk in read_by_machine:
            found += _scanned(law, titles, read_by_machine[batch.pk], rulings)
            continue
        one, two = (sheets[keying.pk] for keying in held(batch))
        # What differed stays with the chief scrutineer, also after it was ruled and agreed.
        for number in range(1, batch.size + 1):
            differs = str(number) in batch.differences
            if batch.agreed_at or differs:
                pair = (one[number], two[number])
                found.append(_case(law, titles, batch, number, pair, differs, rulings.get(number)))
    return found


def closed_ledgers(poll: Poll, batches: Iterable[Batch]) -> dict[int, scans.Ledger]:
    """The ledgers of the batches that were read by the machine and closed, by key."""
    read = [batch for batch in batches if batch.way == Batch.Way.SCAN and batch.agreed_at]
    return scans.ledgers(poll, read) if read else {}


def is_begun(batch: Batch) -> bool:
    """Whether anybody has done anything with it: then dividing the sheets again leaves it alone."""
    done = batch.agreed_at is not None or batch.unscanned > 0
    return done or any(of.exists() for of in (batch.keyings, batch.files, batch.rests))


def is_open_to_chief(batch: Batch) -> bool:
    return batch.agreed_at is not None or (bool(batch.differences) and batch.rounds >= CALL_CHIEF)


def _case(
    law: PollRule,
    titles: Sequence[str],
    batch: Batch,
    number: int,
    pair: tuple[Sheet, Sheet],
    differs: bool,
    ruling: Ruling | None,
) -> Case:
    if differs:
        one, two = (_last_compared(sheet) for sheet in pair)
        before = replace(read_sheet(law, titles, one[0]), valid=None, reason_code="differs")
        text = ("两位计票人核对不一致", "the two tellers do not agree")
        before = replace(before, reason_zh=text[0], reason_en=text[1], article="")
    else:
        one, two = ((s.marks, s.write_ins, s.doubt) for s in pair)
        before = verdict(law, titles, pair[0])
    return Case(batch, number, one, two, before, _ruled(law, titles, before, ruling), ruling)


def _scanned(
    law: PollRule, titles: Sequence[str], ledger: scans.Ledger, rulings: dict[int, Ruling]
) -> list[Case]:
    """What the machine read and people settled, as if both tellers had keyed it."""
    found = []
    for one in ledger.ballots:
        if one.is_settled and one.reading is not None:
            said = (one.marks, one.write_ins, one.doubt)
            ruling = rulings.get(one.number)
            after = _ruled(law, titles, one.reading, ruling)
            found.append(Case(ledger.batch, one.number, said, said, one.reading, after, ruling))
    return found


def _last_compared(sheet: Sheet) -> tuple[list[str], list[str], str]:
    last = sheet.earlier[-1] if sheet.earlier else vars(sheet)
    return last["marks"], last["write_ins"], last["doubt"]


def _ruled(law: PollRule, titles: Sequence[str], before: Reading, ruling: Ruling | None) -> Reading:
    if ruling is None:
        return before
    if ruling.decision == Ruling.Decision.INVALID:
        return settle(before, False)
    return settle(read_sheet(law, titles, ruling.marks, ruling.write_ins), True)


def progress(poll: Poll) -> Progress:
    """Where every batch stands; a constant number of queries."""
    batches = laid(poll, checks=True)
    done: dict[int, int] = defaultdict(int)
    ids = [keying.pk for batch in batches for keying in held(batch)]
    for pk in Sheet.objects.filter(keying__in=ids, complete=True).values_list("keying_id", flat=True):
        done[pk] += 1
    waiting: dict[int, int] = defaultdict(int)
    read = closed_ledgers(poll, batches)
    found = cases(poll, batches, read)
    for case in found:
        # What is beside the count is compared with the machine: its doubts are settled there.
        beside = case.batch.way == Batch.Way.AUDIT and case.batch.agreed_at is not None
        waiting[case.batch.pk] += case.waits and not beside
    states = tuple(
        BatchState(
            batch,
            _state(batch),
            tuple((k.place, str(k.teller), done[k.pk], k.finished_at is not None) for k in held(batch)),
            waiting[batch.pk],
        )
        for batch in batches
    )
    own = [batch for batch in batches if batch.way in OWN]
    rests = sum(batch.size for batch in batches if batch.way == Batch.Way.REST and not batch.agreed_at)
    said = equation(poll)
    made = Progress(
        states,
        said,
        sheets=sum(batch.size for batch in own),
        agreed=sum(batch.size for batch in own if batch.agreed_at) - rests,
        doubtful=sum(waiting.values()),
    )
    if not poll.by_machine:
        return made
    own_states = tuple(one for one in states if one.batch.way != Batch.Way.AUDIT)
    ready = not paper_problems(replace(made, batches=own_states))
    near = _margin(poll, said, found) if ready and not poll.by_phone else None
    return replace(made, check=audits.standing(poll, batches, read, found, near, ready))


def _margin(poll: Poll, said: Equation, found: Sequence[Case]) -> int | None:
    """How many rows read otherwise would change the result; None where there is none yet."""
    n, titles = len(poll.options.all()), [option.title for option in poll.options.all()]
    own = (c.reading for c in found if c.batch.agreed_at and c.batch.way != Batch.Way.AUDIT)
    counted = count(poll.law, n, own)
    try:
        body, ballots, options = _basis(said, counted, titles)
        decided = decide(poll.law, body, ballots, options)
    except InputError:
        return None
    return audits.margin(poll.law, base_of(poll.law, body, ballots), options, decided)


def _basis(said: Equation, counted: Count, titles: Sequence[str]) -> tuple[Body, Ballots, list[Option]]:
    """What the law is asked with. Raises InputError while sheets are open."""
    options = counted.options(titles)
    body = Body(said.entitled or 0, said.present or 0)
    return body, Ballots(said.issued or 0, said.returned or 0, counted.invalid), options


def _state(batch: Batch) -> str:
    if batch.agreed_at:
        return "agreed"
    if batch.differences:
        return "called" if batch.rounds >= CALL_CHIEF else "differs"
    if batch.way == Batch.Way.SCAN:
        return "reading"
    return "keying" if held(batch) else "waiting"


def open_problems(poll: Poll) -> list[str]:
    """What still stands between this poll and its tally, as sentences; empty when nothing does."""
    return problems(poll, progress(poll))


def problems(poll: Poll, stand: Progress) -> list[str]:
    found = paper_problems(stand) if poll.by_paper else list(stand.equation.problems)
    return found or (sealed_count.problems(poll) if poll.by_phone else [])


def paper_problems(stand: Progress) -> list[str]:
    """What is still open with the sheets alone."""
    e = stand.equation
    if e.paper_returned is None:
        return [_("还没有登记收回票数。")]
    found = list(e.problems)
    if not stand.batches and e.paper_returned:
        found.append(_("还没有分批。"))
    elif stand.sheets != e.paper_returned:
        found.append(
            _("各批合计%(sheets)d张，收回%(returned)d张，请核对张数。")
            % {"sheets": stand.sheets, "returned": e.paper_returned}
        )
    for one in stand.batches:
        if one.state in ("differs", "called"):
            text = (
                _("第%(n)d批核对%(rounds)d次仍不一致，请总监票人认定。")
                if one.state == "called"
                else _("第%(n)d批核对不一致，正在重新录入。")
            )
            found.append(text % {"n": one.batch.number, "rounds": one.batch.rounds})
    reading = sum(one.state == "reading" for one in stand.batches)
    if reading:
        found.append(_("还有%(n)d批扫描没有核清。") % {"n": reading})
    left = sum(one.state in ("waiting", "keying") for one in stand.batches)
    if left:
        found.append(_("还有%(n)d批没有录入完。") % {"n": left})
    settled = sum(one.doubtful for one in stand.batches if one.state == "agreed")
    if settled:
        found.append(_("还有%(n)d张存疑票等总监票人认定。") % {"n": settled})
    return found + (audits.problems(stand.check) if stand.check else [])


# --- the tally -------------------------------------------------------------


def total(poll: Poll, batches: Iterable[Batch] | None = None) -> Count:
    """Add up what is agreed so far."""
    n = len(poll.options.all())
    return count(poll.law, n, (case.reading for case in cases(poll, batches) if case.batch.agreed_at))


def outcome(poll: Poll) -> tuple[dict[str, Any], Outcome]:
    """The figures of the tally and what they decide. Raises InputError, also while sheets are open."""
    titles = [option.title for option in poll.options.all()]
    counted, said = total(poll), equation(poll)
    if poll.by_phone and poll.box.cast is not None:
        counted = sealed_count.total(poll, poll.box, counted)
    body, ballots, options = _basis(said, counted, titles)
    graded = ("satisfied", "basically", "dissatisfied", "abstain")
    names = {"grades": graded, "choose_up_to": ("for_",)}.get(poll.law.kind, ("for_", "against", "abstain"))
    lines = [
        {
            "title": option.title,
            **{name.strip("_"): getattr(option, name) for name in names},
            **({"write_in": True} if option.write_in else {}),
        }
        for option in options
    ]
    for line, of in zip(lines, counted.lines, strict=False):
        if poll.law.kind != "choose_up_to":
            line["void"] = of.void
    figures = {
        "members": body.members,
        "present": body.present,
        "issued": ballots.issued,
        "returned": ballots.returned,
        "valid": counted.valid,
        "invalid": counted.invalid,
        "options": lines,
    }
    return figures, decide(poll.law, body, ballots, options)


def is_current(poll: Poll, tally: Tally) -> bool:
    """Nothing was ruled or corrected since: figures and sheets still give this very tally."""
    return not is_stale(poll, tally) and outcome(poll)[0] == tally.figures
