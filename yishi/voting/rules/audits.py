"""The check by hand beside the machine (人工复核): which sheets, what they show, whether it is enough.

Sheets are drawn over readings that can no longer change, by a seed said aloud, so that nobody knew beforehand
which they would be and everybody can draw them again: see docs/sheets.md, "The draw".
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from django.utils.translation import gettext as _

from yishi.law.rule import needed
from yishi.voting.models import Batch, Poll, Ruling
from yishi.voting.rules.marking import plain
from yishi.voting.rules.scans import HAND, sides

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from yishi.law.figures import Option, Outcome
    from yishi.law.rule import PollRule
    from yishi.voting.models import Audit, ScanPage
    from yishi.voting.rules.counting import Case
    from yishi.voting.rules.scans import Ledger

LEAST = 20
REASON = "audit"  # of a ruling that settled what machine and tellers read otherwise
SHARE = 10  # one sheet in ten
SHORTEST_SEED = 6
LONGEST_SEED = 60
# Pictures that are no sheet of their own in the pile.
NO_SHEET = ("duplicate", "excluded")

Said = tuple[list[str], list[str], str]  # marks, names written in, doubt: as a teller keys a sheet


class Pick(NamedTuple):
    """One sheet: its batch, the number of its picture there, its place in the pile of paper."""

    batch: int
    number: int
    place: int


# --- the draw ---------------------------------------------------------------


def frame(ledgers: Iterable[Ledger]) -> list[Pick]:
    """The sheets that count as the machine and two people read them, in the order of the piles.

    A sheet scanned twice has two pictures and one place in its pile; one that was sent to the hand keeps its
    place, and is not checked again.
    """
    found = []
    for ledger in sorted(ledgers, key=lambda one: one.batch.number):
        here = _places(ledger)
        found += [Pick(ledger.batch.number, b.number, here[b.number]) for b in ledger.ballots if b.is_settled]
    return found


def places(ledgers: Iterable[Ledger]) -> dict[tuple[int, int], int]:
    """The place in the pile of every picture, by (batch number, picture)."""
    return {(one.batch.number, number): place for one in ledgers for number, place in _places(one).items()}


def _places(ledger: Ledger) -> dict[int, int]:
    """By picture, for one batch. What nobody could read and two say is a ballot lies in the pile too."""
    found = [(_at(one.pages[0]), one.number) for one in ledger.ballots if one.state not in NO_SHEET]
    if sides(ledger.batch.poll) == 1:
        loose = (one.page for one in ledger.pages if one.page.ballot is None and one.fate == HAND)
        found += [(_at(page), 0) for page in loose]
    return {number: place for place, (_at_page, number) in enumerate(sorted(found), start=1) if number}


def _at(page: ScanPage) -> tuple[int, int]:
    return page.file_id, page.index


def digest(ledgers: Iterable[Ledger]) -> str:
    """sha256 over the scanner's files and all that was read and decided, as it stands; hex."""
    said = [
        [
            one.batch.number,
            sorted({page.file.sha256 for ballot in one.ballots for page in ballot.pages}),
            [[b.number, b.marks, b.write_ins, b.doubt] for b in one.ballots if b.is_settled],
        ]
        for one in sorted(ledgers, key=lambda one: one.batch.number)
    ]
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def seed_of(typed: str) -> str:
    """The seed as it is hashed and printed: no spaces around, one within."""
    return " ".join(typed.split())


def weight(seed: str, ledger: str, batch: int, place: int) -> str:
    """What puts a sheet in its place among all: sha256("seed|ledger|batch|place") in hex."""
    return hashlib.sha256(f"{seed}|{ledger}|{batch}|{place}".encode()).hexdigest()


def drawn(seed: str, ledger: str, sheets: Iterable[Pick], size: int) -> list[Pick]:
    """The `size` sheets with the least weight, in the order of the piles."""
    order = sorted(sheets, key=lambda one: weight(seed, ledger, one.batch, one.place))
    return sorted(order[:size])


def sample(sheets: int) -> int:
    """How many are drawn from so many: one in ten, at least 20, never more than there are."""
    return min(sheets, max(LEAST, -(-sheets // SHARE)))


# --- how near the result is ---------------------------------------------------


def margin(law: PollRule, base: int, options: Sequence[Option], outcome: Outcome) -> int:
    """The least number of rows that would have to be read otherwise for another outcome; at least 1.

    One row moves the figure by which an option is judged by one vote at most, also where it makes the
    whole ballot void or valid (then the threshold may move too, the same way or not at all). So the margin
    is the smallest distance of a figure from a cut: the number needed, the vote of the last one chosen, the
    grade above or below. `outcome`: what the law made of these `options`.
    """
    need = needed(law.threshold, base)
    if law.kind == "grades":
        return min(min(_grade_distances(law, base, need, one)) for one in options)
    votes = {one.title: one.for_ for one in options}
    if outcome.tied:
        return 1
    won = [votes[title] for title in outcome.adopted]
    lost = [votes[title] for title in outcome.not_adopted]
    if law.write_ins != "no":
        lost.append(0)  # a name that nobody wrote
    if law.seats is not None and len(won) >= law.seats:
        # Another takes a place once it is level with the last one chosen, who is over the threshold.
        level = min(won)
        return max(1, min([level - need + 1, *(level - one for one in lost)]))
    return max(1, min([*(one - need + 1 for one in won), *(need - one for one in lost)], default=1))


def _grade_distances(law: PollRule, base: int, need: int, one: Option) -> list[int]:
    pleased = one.satisfied + one.basically
    found = [_to_cut(one.satisfied, need), _to_cut(pleased, need)]
    if law.dissatisfied == "threshold":
        found.append(_to_cut(one.dissatisfied, need))
    if law.threshold == "at_least_half" and base % 2 == 0 and law.exact_half != "basically":
        found.append(max(1, abs(pleased - base // 2)))
    return found


def _to_cut(votes: int, need: int) -> int:
    return votes - need + 1 if votes >= need else need - votes


# --- what the check shows -----------------------------------------------------


@dataclass(frozen=True)
class Check:
    """One sheet that was drawn and keyed by two tellers.

    `machine`, `people`: what each made of it; `same`: whether they say the same of it. `ruling`: how the
    chief scrutineer settled a difference. `misread`: the paper says otherwise than the machine; else the
    tellers took another sheet, or slipped. `case`: the sheet as it counts.
    """

    audit: int
    pick: Pick
    batch: Batch
    machine: Said
    people: Said
    same: bool
    misread: bool
    case: Case
    ruling: Ruling | None = None
    pages: tuple[ScanPage, ...] = ()

    @property
    def open(self) -> bool:
        return not self.same and self.ruling is None


@dataclass(frozen=True)
class AuditStand:
    """One draw: its sheets in the order of the piles, the batches that tellers key of it."""

    audit: Audit
    sheets: tuple[Pick, ...]
    batches: tuple[Batch, ...]
    checks: tuple[Check, ...]

    @property
    def is_done(self) -> bool:
        return all(one.agreed_at for one in self.batches)

    @property
    def differences(self) -> list[Check]:
        return [one for one in self.checks if not one.same]


@dataclass(frozen=True)
class Standing:
    """How far the check is. `sheets`: all that may be drawn; `margin`: None while nobody knows the result.

    todo: wait (for the other batches) | draw | again (a sheet was misread) | key | settle | done.
    whole: why all are checked (method | margin | unknown), "" where a sample is enough.
    """

    sheets: tuple[Pick, ...]
    ledger: str
    doubts: int
    margin: int | None
    whole: str
    draws: tuple[AuditStand, ...]
    todo: str

    @property
    def left(self) -> list[Pick]:
        """What was not drawn yet."""
        gone = {pick[:2] for draw in self.draws for pick in draw.sheets}
        return [one for one in self.sheets if one[:2] not in gone]

    @property
    def size(self) -> int:
        """How many the next draw takes."""
        left = len(self.left)
        return left if self.whole else min(left, sample(len(self.sheets)))

    @property
    def checks(self) -> list[Check]:
        return [check for draw in self.draws for check in draw.checks]

    @property
    def open(self) -> list[Check]:
        return [one for one in self.checks if one.open]


def standing(
    poll: Poll,
    batches: Sequence[Batch],
    ledgers: Mapping[int, Ledger],
    cases: Sequence[Case],
    near: int | None,
    ready: bool,
) -> Standing:
    """Where the check of this poll stands, from what the count has at hand; one query.

    batches, cases: all of the poll; ledgers: of its closed batches; near: the margin; ready: nothing else
    of the paper is open.
    """
    sheets = tuple(frame(ledgers.values()))
    doubts = sum(one.doubts for one in ledgers.values())
    pictures = {(one.batch.number, b.number): b.pages for one in ledgers.values() for b in one.ballots}
    draws = tuple(_draws(poll, batches, cases, sheets, pictures))
    whole = _whole(poll, doubts, near)
    found = Standing(sheets, digest(ledgers.values()), doubts, near, whole, draws, "done")
    # Once the result was declared nothing is drawn any more.
    return replace(found, todo=_todo(found, ready)) if poll.state == Poll.State.CLOSED else found


def _whole(poll: Poll, doubts: int, near: int | None) -> str:
    if poll.counting == Poll.Counting.BOTH:
        return "method"
    if near is None:
        return "unknown"
    return "margin" if near <= doubts else ""


def _todo(of: Standing, ready: bool) -> str:
    if any(not draw.is_done for draw in of.draws):
        return "key"
    if of.open:
        return "settle"
    if not ready:
        return "wait"
    if not of.left:
        return "done"
    if of.whole or not of.draws or of.draws[-1].audit.ledger != of.ledger:
        return "draw"
    return "again" if any(check.misread for check in of.draws[-1].checks) else "done"


def _draws(
    poll: Poll,
    batches: Sequence[Batch],
    cases: Sequence[Case],
    sheets: Sequence[Pick],
    pictures: Mapping[tuple[int, int], tuple[ScanPage, ...]],
) -> Iterable[AuditStand]:
    by_number = {batch.number: batch for batch in batches}
    known = {one[:2]: one for one in sheets}
    by_sheet = {(case.batch.number, case.number): case for case in cases}
    audits = list(poll.audits.all()) if any(one.way == Batch.Way.AUDIT for one in batches) else []
    for audit in audits:
        own = tuple(one for one in batches if one.audit_id == audit.pk)
        picks = [known[batch, number] for one in own for batch, number in one.picked]
        checks = []
        for one in own if picks else ():
            for place, (batch, number) in enumerate(one.picked, start=1):
                if one.agreed_at:
                    pair = by_sheet[one.number, place], by_sheet[batch, number]
                    pick = known[batch, number]
                    check = _check(poll, audit, pick, by_number[batch], one, *pair)
                    checks.append(replace(check, pages=pictures[batch, number]))
        yield AuditStand(audit, tuple(picks), own, tuple(checks))


def _check(
    poll: Poll, audit: Audit, pick: Pick, batch: Batch, beside: Batch, keyed: Case, read: Case
) -> Check:
    kind, people, machine = poll.law.kind, _keyed(keyed), read.one
    if keyed.ruling is not None and keyed.ruling.decision == Ruling.Decision.INVALID:
        same = read.reading.valid is False
    else:
        same = alike(kind, people, machine)
    ruling = read.ruling
    if ruling is not None and beside.agreed_at is not None and ruling.at < beside.agreed_at:
        ruling = None  # it was settled as doubtful before, without the check
    misread = not same and (ruling is None or not _as_read(kind, ruling, read))
    return Check(audit.number, pick, batch, machine, people, same, misread, read, ruling)


def _keyed(case: Case) -> Said:
    """As both tellers keyed it, or as the chief scrutineer settled it where they differed."""
    if case.ruling is not None and case.ruling.decision == Ruling.Decision.VALID:
        return case.ruling.marks, case.ruling.write_ins, ""
    return case.one


def alike(kind: str, one: Said, two: Said) -> bool:
    """Whether the two say the same of a sheet; both in doubt is the same, as with two tellers."""
    if one[2] or two[2]:
        return bool(one[2]) == bool(two[2])
    return plain(kind, one[0]) == plain(kind, two[0]) and sorted(one[1]) == sorted(two[1])


def _as_read(kind: str, ruling: Ruling, case: Case) -> bool:
    """The chief scrutineer found on the paper what the machine had read."""
    if ruling.decision == Ruling.Decision.INVALID:
        return case.before.valid is not True
    return alike(kind, (ruling.marks, ruling.write_ins, ""), case.one)


# --- words -------------------------------------------------------------------


def problems(of: Standing) -> list[str]:
    """What the check still wants before the tally, as sentences."""
    n = of.size
    match of.todo:
        case "draw" if of.whole and of.draws:
            return [_("差距不大于存疑栏数，其余%(n)d张也要人工复核：请总监票人抽票。") % {"n": n}]
        case "draw":
            return [_("读票还要人工复核%(n)d张：请总监票人抽票。") % {"n": n}]
        case "again":
            return [_("人工复核发现读错的票，须再抽%(n)d张复核。") % {"n": n}]
        case "settle":
            return [_("人工复核有%(n)d张与读票不一致，请总监票人认定。") % {"n": len(of.open)}]
    return []


def runs(numbers: Sequence[int]) -> list[str]:
    """`["3", "5—9"]` for 3, 5, 6, 7, 8, 9."""
    found: list[list[int]] = []
    for n in numbers:
        if found and n == found[-1][-1] + 1:
            found[-1].append(n)
        else:
            found.append([n])
    long = {True: "{}—{}", False: "{}、{}"}
    return [long[len(r) > 2].format(r[0], r[-1]) if len(r) > 1 else str(r[0]) for r in found]


def sources(batch: Batch) -> set[int]:
    """The numbers of the batches in whose piles the sheets of this one lie."""
    return {one for one, _number in pulled(batch)}


def pulled(batch: Batch, places: Mapping[tuple[int, int], int] | None = None) -> list[tuple[int, int]]:
    """Which sheets of which pile the sheets of this batch are: (batch number, place), in its order.

    For what is checked, and for what the machine left to the hand; empty for all others, and there is
    none for a sheet that had no picture. `places`: of pictures that are not in the place of their number.
    """
    if batch.way == Batch.Way.AUDIT:
        found = [(int(one), int(number)) for one, number in batch.picked]
    elif batch.way == Batch.Way.REST and batch.source is not None:
        found = [(batch.source.number, int(number)) for number in batch.picked]
    else:
        found = []
    return [(one, (places or {}).get((one, number), number)) for one, number in found]


def as_data(of: AuditStand) -> dict[str, Any]:
    """What the journal keeps of a draw: all that somebody needs to draw it again."""
    sheets: dict[str, list[int]] = {}
    for one in of.sheets:
        sheets.setdefault(str(one.batch), []).append(one.place)
    return {
        "seed": of.audit.seed,
        "ledger": of.audit.ledger,
        "size": of.audit.size,
        "whole": of.audit.whole,
        "sheets": sheets,
    }
