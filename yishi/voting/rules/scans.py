"""Ballots read by the machine: who may, what is settled of each, the ledger of a batch.

The machine proposes; nothing in doubt counts until two scrutineers agree on it, or the chief scrutineer
settles it. Every page is a row, and a batch closes only when its rows and the hand count agree.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import Max
from django.utils.translation import gettext as _

from yishi.law.count import MARKS
from yishi.people.rules import is_clerk
from yishi.voting.models import Batch, Official, Poll, ScanDecision, ScanFile, ScanPage, Sheet
from yishi.voting.rules import sealed_count
from yishi.voting.rules.marking import doubted, read_sheet
from yishi.voting.rules.rights import SCRUTINEERS, hat

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from yishi.law.count import Reading

Hat = Official.Hat
State = Poll.State
Way = Batch.Way
HAND, NO_BALLOT, DUPLICATE = FATES = ("hand", "not_a_ballot", "duplicate")
VALID, VOID = "valid", "void"
AGREE = 2
# The options of a layout as the marks of law.count.
LETTERS = {
    "for": "f",
    "choice": "f",
    "against": "a",
    "abstain": "x",
    "satisfied": "s",
    "basically": "b",
    "dissatisfied": "d",
}
# A page that was refused for one of these is surely some paper of this poll: it goes to the hand.
PAPER = frozenset({"corner", "scale", "resolution", "distorted", "machine"})


# --- who may ---------------------------------------------------------------


def may_scan(user: Any, poll: Poll, now: datetime) -> bool:
    """Bring in what the scanner gave: scrutineers, tellers and the clerk while votes are counted."""
    return _counts(poll) and (hat(user, poll) is not None or is_clerk(user, poll.meeting.body))


def may_see_scans(user: Any, poll: Poll, now: datetime) -> bool:
    """The ledger: pages, states and sums, no mark of any ballot."""
    stands = poll.by_machine and poll.state in (State.CLOSED, State.DECLARED)
    return stands and (hat(user, poll) is not None or is_clerk(user, poll.meeting.body))


def may_calibrate(user: Any, poll: Poll, now: datetime) -> bool:
    """A blank sheet may be scanned before the voting too."""
    early = poll.by_machine and poll.state in (State.READY, State.OPEN, State.CLOSED)
    return early and (hat(user, poll) is not None or is_clerk(user, poll.meeting.body))


def may_see_ballots(user: Any, poll: Poll, now: datetime) -> bool:
    """Pictures of ballots: scrutineers only. A teller who saw them would not key a check on his own."""
    stands = poll.by_machine and poll.state in (State.CLOSED, State.DECLARED)
    return stands and hat(user, poll) in SCRUTINEERS


def may_judge(user: Any, batch: Batch, now: datetime) -> bool:
    """Say what a doubtful row or ballot is, until its batch is closed."""
    return _counts(batch.poll) and batch.agreed_at is None and hat(user, batch.poll) in SCRUTINEERS


def may_settle(user: Any, batch: Batch, now: datetime) -> bool:
    """Where two scrutineers differ, and what of a whole batch: the chief scrutineer."""
    return may_judge(user, batch, now) and hat(user, batch.poll) == Hat.CHIEF_SCRUTINEER


def may_audit(user: Any, poll: Poll, now: datetime) -> bool:
    """Draw what is checked by hand: the chief scrutineer, in the open."""
    return _counts(poll) and hat(user, poll) == Hat.CHIEF_SCRUTINEER


def _counts(poll: Poll) -> bool:
    return poll.by_machine and poll.state == State.CLOSED and not sealed_count.sealed_in(poll)


# --- one row, one ballot ----------------------------------------------------


@dataclass(frozen=True)
class RowStand:
    """One row of one ballot. `letters` and `name`: what counts, None while it is open.

    `read`: what the machine read ("" blank), None where it is in doubt; `why`: the doubt. `state`:
    read | look (blank, nobody looked yet) | open (in doubt) | differs (for the chief) | adjudicated.
    `said`: user pk -> (value, name), the newest of each.
    """

    page: ScanPage
    row: int
    write_in: bool
    read: str | None
    why: str
    state: str
    letters: str | None
    name: str = ""
    said: dict[int, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class BallotStand:
    """One ballot of a batch, all its pages. state: read | look | open | differs | adjudicated | hand.

    `marks` and `write_ins` are there once every row is settled. `proposed`: why the whole ballot
    may be void or doubtful (`void` for what the law says, else a Sheet.Doubt), "" where nothing
    speaks against it; it counts once `verdict` ("valid", "void", a Sheet.Doubt) is settled.
    """

    batch: Batch
    number: int
    pages: tuple[ScanPage, ...]
    rows: tuple[RowStand, ...]
    state: str
    marks: list[str]
    write_ins: list[str]
    proposed: str = ""
    verdict: str = ""
    reading: Reading | None = None
    said: dict[int, tuple[str, str]] = field(default_factory=dict)

    @property
    def doubt(self) -> str:
        """As a teller would have put it down: "" for a plain sheet."""
        return self.verdict if self.verdict in Sheet.Doubt.values else ""

    @property
    def is_settled(self) -> bool:
        return self.state in ("read", "adjudicated")


@dataclass(frozen=True)
class PageStand:
    """A page that is no readable page of a ballot. `fate`: one of FATES, "" while it is open.

    `proposed`: what the machine takes it for.
    """

    page: ScanPage
    proposed: str
    fate: str
    state: str  # open | differs | settled
    said: dict[int, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Ledger:
    """The sums of a batch. `box`: counted by hand before; `rows`: all pages of all files.

    read + adjudicated + hand + unscanned = box when it may close; `excluded` are blank backs and
    other paper, `duplicates` confirmed, `withdrawn` pages of files taken back.
    """

    batch: Batch
    box: int
    rows: int
    waiting: int
    read: int
    adjudicated: int
    hand: int
    unscanned: int
    excluded: int
    duplicates: int
    withdrawn: int
    look: int
    open: int
    differs: int
    doubts: int
    ballots: tuple[BallotStand, ...]
    pages: tuple[PageStand, ...]

    @property
    def accounted(self) -> int:
        return self.read + self.adjudicated + self.hand + self.unscanned

    @property
    def images(self) -> int:
        """Ballots that have a picture, whatever became of them; what nobody has told yet is one too."""
        out = ("duplicate", "excluded")
        loose = sum(one.page.ballot is None and one.fate in ("", HAND) for one in self.pages)
        return sum(one.state not in out for one in self.ballots) + (
            loose if sides(self.batch.poll) == 1 else 0
        )

    @property
    def difference(self) -> int:
        """Ballots counted by hand, less pictures: above 0 a sheet was not seen (fed double)."""
        return self.box - self.images - self.unscanned

    @property
    def problems(self) -> list[str]:
        return list(_problems(self))


def ledger(batch: Batch) -> Ledger:
    """How the batch stands; a constant number of queries. `batch.poll` with its options."""
    return ledgers(batch.poll, [batch])[batch.pk]


def ledgers(poll: Poll, batches: Iterable[Batch]) -> dict[int, Ledger]:
    """The ledger of each batch read by the machine, by its key; a constant number of queries."""
    batches = [batch for batch in batches if batch.way == Way.SCAN]
    pages = ScanPage.objects.filter(batch__in=batches).select_related("file")
    pages = pages.defer("likeness").prefetch_related("looks", "decisions")
    by_batch: dict[int, list[ScanPage]] = defaultdict(list)
    for page in pages:
        by_batch[page.batch_id].append(page)
    waiting = _unlisted(batches)
    chief = _chief(poll)
    return {b.pk: _ledger(poll, b, by_batch[b.pk], waiting.get(b.pk, 0), chief) for b in batches}


def sides(poll: Poll) -> int:
    """How many pages one ballot has."""
    return len((poll.sheet_layout or {}).get("pages", [])) or 1


def last_number(batch: Batch) -> int:
    """The highest number of a ballot whose file stands: the next file goes on from it."""
    standing = ScanPage.objects.filter(batch=batch, file__withdrawn_at__isnull=True)
    return standing.aggregate(last=Max("ballot"))["last"] or 0


def _unlisted(batches: Sequence[Batch]) -> dict[int, int]:
    """Files whose pages are not rows yet, by batch."""
    found: dict[int, int] = defaultdict(int)
    open_files = ScanFile.objects.filter(
        batch__in=batches, withdrawn_at__isnull=True, state__in=("waiting", "reading")
    )
    for pk in open_files.values_list("batch_id", flat=True):
        found[pk] += 1
    return found


def _chief(poll: Poll) -> int | None:
    return next((o.user_id for o in poll.officials.all() if o.hat == Hat.CHIEF_SCRUTINEER), None)


def _ledger(poll: Poll, batch: Batch, pages: Sequence[ScanPage], files: int, chief: int | None) -> Ledger:
    batch.poll = poll
    live = [page for page in pages if page.file.withdrawn_at is None]
    fates = [_fate(page, chief) for page in live if page.state == page.State.REJECTED or _has_fate(page)]
    gone = {one.page.pk: one.fate for one in fates if one.fate}
    groups: dict[int, list[ScanPage]] = defaultdict(list)
    for page in live:
        if page.ballot is not None:
            groups[page.ballot].append(page)
    ballots = tuple(
        _ballot(poll, batch, number, group, gone, chief) for number, group in sorted(groups.items())
    )
    states = [one.state for one in ballots]
    doubts = [row for one in ballots for row in one.rows if row.read is None]
    loose = [one for one in fates if one.page.ballot is None]
    return Ledger(
        batch=batch,
        box=batch.size,
        rows=len(pages),
        waiting=sum(page.state == page.State.WAITING for page in live) + files,
        read=states.count("read"),
        adjudicated=states.count("adjudicated"),
        # A lone page of a form of several is part of a ballot that lacks it, which is counted there.
        hand=states.count("hand") + (sum(one.fate == HAND for one in loose) if sides(poll) == 1 else 0),
        unscanned=batch.unscanned,
        excluded=sum(one.fate == NO_BALLOT for one in fates),
        duplicates=sum(one.fate == DUPLICATE for one in fates),
        withdrawn=len(pages) - len(live),
        look=sum(row.state == "look" for one in ballots for row in one.rows),
        open=states.count("open") + sum(one.state == "open" for one in loose),
        differs=states.count("differs") + sum(one.state == "differs" for one in loose),
        doubts=len(doubts),
        ballots=ballots,
        pages=tuple(fates),
    )


def _has_fate(page: ScanPage) -> bool:
    return any(said.row is None and said.value in FATES for said in page.decisions.all())


def _fate(page: ScanPage, chief: int | None) -> PageStand:
    """To the hand one scrutineer may send it; to leave a picture out takes two."""
    said = [one for one in page.decisions.all() if one.row is None and one.value in FATES]
    proposed = HAND if page.reason in PAPER or page.ballot is not None else NO_BALLOT
    newest = _newest(said)
    if any(value == HAND for value, _name in newest.values()) and not any(o.settles for o in said):
        return PageStand(page, proposed, HAND, "settled", newest)
    settled, state = _settled(said, chief)
    return PageStand(page, proposed, settled[0] if settled else "", state, newest)


def _newest(said: Iterable[ScanDecision]) -> dict[int, tuple[str, str]]:
    return {one.by_id: (one.value, one.name) for one in said}


def _settled(said: Sequence[ScanDecision], chief: int | None) -> tuple[tuple[str, str] | None, str]:
    """(what was settled or None, open | differs | settled)."""
    last = next((one for one in reversed(said) if one.settles and one.by_id == chief), None)
    if last is not None:
        return (last.value, last.name), "settled"
    newest = _newest(said)
    values = set(newest.values())
    if len(values) > 1:
        return None, "differs"
    if len(newest) >= AGREE:
        return values.pop(), "settled"
    return None, "open"


def _row(page: ScanPage, one: dict[str, Any], n_options: int, chief: int | None) -> RowStand:
    row = one["row"]
    said = [d for d in page.decisions.all() if d.row == row]
    looks = [look for look in page.looks.all() if look.row == row]
    flagged = any(look.flagged for look in looks)
    read = None if one["doubt"] else LETTERS[one["option"]] if one["option"] else ""
    write_in = row >= n_options
    # A name cannot be read by the machine: whatever is marked or written there is for people.
    doubtful = read is None or flagged or bool(said) or (write_in and read != "")
    why = one.get("why") or "" if read is None else "flagged" if flagged else "name" if doubtful else ""
    common = (page, row, write_in, None if doubtful else read, why)
    if not doubtful:
        state = "look" if read == "" and not looks else "read"
        return RowStand(*common, state=state, letters=read)
    settled, state = _settled(said, chief)
    if settled is None:
        return RowStand(*common, state=state, letters=None, said=_newest(said))
    return RowStand(*common, "adjudicated", settled[0], settled[1], _newest(said))


def _ballot(
    poll: Poll, batch: Batch, number: int, pages: list[ScanPage], gone: dict[int, str], chief: int | None
) -> BallotStand:
    law, titles = poll.law, [option.title for option in poll.options.all()]
    fate = next((gone[page.pk] for page in pages if page.pk in gone), "")
    if fate:
        state = {HAND: "hand", NO_BALLOT: "excluded", DUPLICATE: "duplicate"}[fate]
        return BallotStand(batch, number, tuple(pages), (), state, [], [])
    if any(page.state == page.State.REJECTED for page in pages):
        return BallotStand(batch, number, tuple(pages), (), "open", [], [])
    if sorted(page.side or 0 for page in pages) != list(range(1, sides(poll) + 1)):
        return BallotStand(batch, number, tuple(pages), (), "hand", [], [])
    rows = tuple(
        sorted(
            (_row(page, one, len(titles), chief) for page in pages for one in page.reading.get("rows", [])),
            key=lambda one: one.row,
        )
    )
    said = [d for page in pages for d in page.decisions.all() if d.row is None and d.value not in FATES]
    states = {row.state for row in rows}
    worst = next((s for s in ("differs", "open", "look") if s in states), "")
    if worst:
        return BallotStand(batch, number, tuple(pages), rows, worst, [], [], said=_newest(said))
    marks = [row.letters or "" for row in rows if not row.write_in]
    names = [row.name for row in rows if row.write_in and row.letters]
    reading = read_sheet(law, titles, marks, names)
    proposed = _proposed(pages, reading)
    verdict, state = "", "adjudicated" if "adjudicated" in states else "read"
    if proposed or said:
        settled, stand = _settled(said, chief)
        verdict, state = (settled[0], "adjudicated") if settled else ("", stand)
    if verdict in Sheet.Doubt.values:
        reading = doubted(law, reading, verdict)
    return BallotStand(
        batch, number, tuple(pages), rows, state, marks, names, proposed, verdict, reading, _newest(said)
    )


def _proposed(pages: Sequence[ScanPage], reading: Reading) -> str:
    """What two people must say of the whole ballot before it counts; the law's own doubts go to the chief."""
    if reading.valid is False:
        return VOID
    if any(page.reading.get("elsewhere") for page in pages):
        return Sheet.Doubt.SIGNED.value
    return ""


def answers(law_kind: str) -> list[str]:
    """What a row can be decided to be: one mark, none, or two."""
    letters = list(MARKS[law_kind])
    return [*letters, "", *([letters[0] + letters[1]] if len(letters) > 1 else [])]


def _problems(of: Ledger) -> Iterable[str]:
    if of.waiting:
        yield _("还有%(n)d页没有读完。") % {"n": of.waiting}
    if of.look:
        yield _("还有%(n)d栏空白没有人看过。") % {"n": of.look}
    if of.open:
        yield _("还有%(n)d张待两名监票人判读。") % {"n": of.open}
    if of.differs:
        yield _("有%(n)d张两人判读不一致，请总监票人认定。") % {"n": of.differs}
    if of.waiting or of.open or of.differs:
        return
    if of.accounted < of.box:
        yield _(
            "清点%(box)d张，图像只有%(n)d张，差%(less)d张：可能一次进了两张，请找出补扫，或整批撤回重扫。"
        ) % {
            "box": of.box,
            "n": of.accounted,
            "less": of.box - of.accounted,
        }
    if of.accounted > of.box:
        yield _(
            "清点%(box)d张，图像有%(n)d张，多%(more)d张：可能有的票扫了两次，请在“疑似重复”里确认，或改正张数。"
        ) % {
            "box": of.box,
            "n": of.accounted,
            "more": of.accounted - of.box,
        }


def places(found_sides: Sequence[int | None], of: int) -> list[int | None]:
    """Which ballot each page belongs to, counting from 1, for a form of `of` pages.

    `found_sides`: the page of the form, None for what is no page of a ballot. A ballot is a run of pages 1 to
    `of`; a page out of turn begins another ballot, which then lacks pages.
    """
    found: list[int | None] = []
    ballot, last = 0, of
    for side in found_sides:
        if side is None:
            found.append(None)
            continue
        if side != last + 1:
            ballot += 1
        found.append(ballot)
        last = side
    return found
