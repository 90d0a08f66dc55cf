"""Ballots read by the machine: who may, what is settled of each, the ledger of a batch.

The machine proposes; nothing in doubt counts until two scrutineers agree on it, or the chief scrutineer
settles it. Every page is a row, and a batch closes only when its rows and the hand count agree.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Max, Prefetch, prefetch_related_objects
from django.utils.translation import gettext as _

from yishi.people.rules import is_clerk
from yishi.voting.models import Batch, Official, Poll, ScanFile, ScanPage
from yishi.voting.rules import sealed_count
from yishi.voting.rules.rights import SCRUTINEERS, hat
from yishi.voting.rules.stands import (
    AGREE,
    DUPLICATE,
    FATES,
    HAND,
    KEEP,
    LETTERS,
    NO_BALLOT,
    OTHER,
    PAPER,
    UNREAD,
    VALID,
    VOID,
    BallotStand,
    Form,
    PageStand,
    RowStand,
    answers,
    ballot_stand,
    by_marks,
    in_order,
    is_verdict,
    page_stand,
    places,
    side_of,
    verdicts,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

Hat = Official.Hat
State = Poll.State
Way = Batch.Way

__all__ = [
    "AGREE",
    "DUPLICATE",
    "FATES",
    "HAND",
    "KEEP",
    "LETTERS",
    "NO_BALLOT",
    "OTHER",
    "PAPER",
    "UNREAD",
    "VALID",
    "VOID",
    "BallotStand",
    "Ledger",
    "PageStand",
    "RowStand",
    "answers",
    "by_marks",
    "is_verdict",
    "places",
    "side_of",
    "verdicts",
]


# --- who may ---------------------------------------------------------------


def may_scan(user: Any, poll: Poll, now: datetime) -> bool:
    """Bring in what the scanner gave: scrutineers, tellers and the clerk while votes are counted."""
    return _counts(poll) and (hat(user, poll) is not None or is_clerk(user, poll.meeting.body))


def may_see_scans(user: Any, poll: Poll, now: datetime) -> bool:
    """The ledger: pages, states and sums, no mark of any ballot."""
    stands = poll.by_machine and poll.state in (State.CLOSED, State.DECLARED)
    return stands and (hat(user, poll) is not None or is_clerk(user, poll.meeting.body))


def may_calibrate(user: Any, poll: Poll, now: datetime) -> bool:
    """A blank sheet may be scanned before the voting too; not by those who check the machine by hand."""
    early = poll.by_machine and poll.state in (State.READY, State.OPEN, State.CLOSED)
    return early and (hat(user, poll) in SCRUTINEERS or is_clerk(user, poll.meeting.body))


def may_see_ballots(user: Any, poll: Poll, now: datetime) -> bool:
    """Pictures of ballots: scrutineers only. A teller who saw them would not key a check on his own."""
    stands = poll.by_machine and poll.state in (State.CLOSED, State.DECLARED)
    return stands and hat(user, poll) in SCRUTINEERS


def may_judge(user: Any, batch: Batch, now: datetime) -> bool:
    """Say what a doubtful row or ballot is, until its batch is closed."""
    stands = batch.way == Way.SCAN and batch.agreed_at is None
    return _counts(batch.poll) and stands and hat(user, batch.poll) in SCRUTINEERS


def may_settle(user: Any, batch: Batch, now: datetime) -> bool:
    """Where two scrutineers differ, and what of a whole batch: the chief scrutineer."""
    return may_judge(user, batch, now) and hat(user, batch.poll) == Hat.CHIEF_SCRUTINEER


def may_close(user: Any, batch: Batch, now: datetime) -> bool:
    """Say that a batch agrees: the chief scrutineer. Pressed again it is no refusal."""
    return _counts(batch.poll) and batch.way == Way.SCAN and hat(user, batch.poll) == Hat.CHIEF_SCRUTINEER


def may_audit(user: Any, poll: Poll, now: datetime) -> bool:
    """Draw what is checked by hand: the chief scrutineer, in the open."""
    return _counts(poll) and hat(user, poll) == Hat.CHIEF_SCRUTINEER


def _counts(poll: Poll) -> bool:
    return poll.by_machine and poll.state == State.CLOSED and not sealed_count.sealed_in(poll)


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
    files: int = 0  # that stand
    disordered: tuple[str, ...] = ()  # names of files whose pages are not in the order of the form

    @property
    def is_proved(self) -> bool:
        """That no ballot is made of two papers: one file, in the form's order, with as many as were counted.

        Two papers that went through at once give the front of one and the back of the other.
        """
        if sides(self.batch.poll) == 1 or not self.files:
            return True
        return self.files == 1 and not self.disordered and self.difference <= 0

    @property
    def accounted(self) -> int:
        return self.read + self.adjudicated + self.hand + self.unscanned

    @property
    def images(self) -> int:
        """Ballots that have a picture, whatever became of them; what nobody has told yet is one too."""
        loose = sum(one.page.ballot is None and (one.fate or one.proposed) == HAND for one in self.pages)
        own = sum(not one.is_out for one in self.ballots)
        return own + (loose if sides(self.batch.poll) == 1 else 0)

    @property
    def difference(self) -> int:
        """Ballots counted by hand, less pictures: above 0 a sheet was not seen (fed double)."""
        return self.box - self.images - self.unscanned

    @property
    def both_out(self) -> list[int]:
        """Ballots left out as seen twice although nothing that looks like them counts."""
        alike: dict[int, set[int]] = defaultdict(set)
        for page in (page for one in self.ballots for page in one.pages):
            for pk, _score in page.reading.get("twins", []):
                alike[page.pk].add(pk)
                alike[pk].add(page.pk)
        gone = {page.pk for one in self.ballots if one.state == "duplicate" for page in one.pages}
        found = []
        for one in self.ballots:
            others = {pk for page in one.pages for pk in alike[page.pk]}
            if one.state == "duplicate" and others and others <= gone:
                found.append(one.number)
        return found

    @property
    def problems(self) -> list[str]:
        return list(_problems(self))


def ledger(batch: Batch) -> Ledger:
    """How the batch stands; a constant number of queries. `batch.poll` with its options."""
    return ledgers(batch.poll, [batch])[batch.pk]


# What was said of many pages, without a manager made for each.
_TOLD = (Prefetch("decisions", to_attr="all_said"), Prefetch("looks", to_attr="all_looks"))


def ledgers(poll: Poll, batches: Iterable[Batch]) -> dict[int, Ledger]:
    """The ledger of each batch read by the machine, by its key; a constant number of queries."""
    batches = [batch for batch in batches if batch.way == Way.SCAN]
    prefetch_related_objects([poll], "options")
    pages = ScanPage.objects.filter(batch__in=batches).select_related("file")
    pages = pages.defer("likeness").prefetch_related(*_TOLD)
    by_batch: dict[int, list[ScanPage]] = defaultdict(list)
    for page in pages:
        by_batch[page.batch_id].append(page)
    unfinished, chief = _unfinished(batches), _chief(poll)
    suspected = _suspected([page for page in pages if _live(page)], chief)
    form = Form(poll.law, [option.title for option in poll.options.all()], sides(poll))
    return {
        batch.pk: _ledger(poll, form, batch, by_batch[batch.pk], unfinished[batch.pk], suspected, chief)
        for batch in batches
    }


def sides(poll: Poll) -> int:
    """How many pages one ballot has."""
    return len((poll.sheet_layout or {}).get("pages", [])) or 1


def last_number(batch: Batch) -> int:
    """The highest number of a ballot whose file stands: the next file goes on from it."""
    standing = ScanPage.objects.filter(batch=batch, file__withdrawn_at__isnull=True)
    return standing.aggregate(last=Max("ballot"))["last"] or 0


def _chief(poll: Poll) -> int | None:
    return next((o.user_id for o in poll.officials.all() if o.hat == Hat.CHIEF_SCRUTINEER), None)


def _unfinished(batches: Sequence[Batch]) -> dict[int, set[int]]:
    """Files that are still read, by batch: their pages have no number yet."""
    found: dict[int, set[int]] = defaultdict(set)
    files = ScanFile.objects.filter(
        batch__in=batches,
        withdrawn_at__isnull=True,
        state__in=(ScanFile.State.WAITING, ScanFile.State.READING),
    )
    for batch, pk in files.values_list("batch_id", "pk"):
        found[batch].add(pk)
    return found


def _live(page: ScanPage) -> bool:
    return page.file.withdrawn_at is None and page.file.state != ScanFile.State.REFUSED


def _suspected(pages: Sequence[ScanPage], chief: int | None) -> set[int]:
    """Pages that look like another that counts, which may be of a batch not asked for."""
    twins = {page.pk: {pk for pk, _score in page.reading.get("twins", [])} for page in pages}
    beyond = {pk for others in twins.values() for pk in others} - set(twins)
    others = ScanPage.objects.filter(pk__in=beyond).select_related("file").defer("likeness")
    known = [*pages, *(others.prefetch_related(_TOLD[0]) if beyond else [])]
    counts = set()
    for page in known:
        one = page_stand(page, chief, suspected=False)
        if _live(page) and (one is None or one.fate not in (NO_BALLOT, DUPLICATE)):
            counts.add(page.pk)
    return {pk for pk, alike in twins.items() if alike & counts}


def _ledger(
    poll: Poll,
    form: Form,
    batch: Batch,
    pages: Sequence[ScanPage],
    files: set[int],
    suspected: set[int],
    chief: int | None,
) -> Ledger:
    batch.poll = poll
    live = [page for page in pages if _live(page)]
    found = [page_stand(page, chief, suspected=page.pk in suspected) for page in live]
    odd = {one.page.pk: one for one in found if one is not None}
    disordered = _disordered(live, files, form.sides)
    groups: dict[int, list[ScanPage]] = defaultdict(list)
    for page in live:
        if page.ballot is not None:
            groups[page.ballot].append(page)
    ballots = tuple(
        BallotStand(batch, number, tuple(group), (), "hand", [], [])
        if group[0].file_id in disordered
        else ballot_stand(form, batch, number, group, odd, chief)
        for number, group in sorted(groups.items())
    )
    states = [one.state for one in ballots]
    # A page without a number is told of once its file is read to the end.
    loose = [one for one in odd.values() if one.page.ballot is None and one.page.file_id not in files]
    waiting = {page.pk: page.file_id for page in live if page.state == page.State.WAITING}
    return Ledger(
        batch=batch,
        box=batch.size,
        rows=len(pages),
        waiting=len(waiting) + len(files - set(waiting.values())),
        read=states.count("read"),
        adjudicated=states.count("adjudicated"),
        # A lone page of a form of several is part of a ballot that lacks it, which is counted there.
        hand=states.count("hand") + (sum(one.fate == HAND for one in loose) if form.sides == 1 else 0),
        unscanned=batch.unscanned,
        excluded=sum(one.fate == NO_BALLOT for one in odd.values()),
        duplicates=sum(one.fate == DUPLICATE for one in odd.values()),
        withdrawn=len(pages) - len(live),
        look=sum(row.state == "look" for one in ballots for row in one.rows),
        open=states.count("open") + sum(one.state == "open" for one in loose),
        differs=states.count("differs") + sum(one.state == "differs" for one in loose),
        doubts=sum(row.read is None for one in ballots for row in one.rows),
        ballots=ballots,
        pages=tuple(odd.values()),
        files=len({page.file_id for page in live}),
        disordered=tuple(disordered.values()),
    )


def _disordered(live: Sequence[ScanPage], unfinished: set[int], of: int) -> dict[int, str]:
    """Files with a form's pages out of their order, and their names: nobody knows whose page is whose."""
    if of == 1:
        return {}
    by_file: dict[int, list[ScanPage]] = defaultdict(list)
    for page in sorted(live, key=lambda one: one.index):
        if page.file_id not in unfinished:
            by_file[page.file_id].append(page)
    return {
        pk: pages[0].file.name
        for pk, pages in by_file.items()
        if not in_order([side_of(page, of) for page in pages], of)
    }


def _problems(of: Ledger) -> Iterable[str]:
    if not of.rows and not of.unscanned:
        yield _("这一批还没有扫描。")
        return
    if of.waiting:
        yield _("还有%(n)d页没有读完。") % {"n": of.waiting}
        return
    if sides(of.batch.poll) > 1 and not of.is_proved:
        yield _unproved(of)
        return
    if of.look:
        yield _("还有%(n)d栏空白没有人看过。") % {"n": of.look}
    if of.open:
        yield _("还有%(n)d张待两名监票人判读。") % {"n": of.open}
    if of.differs:
        yield _("有%(n)d张两人判读不一致，请总监票人认定。") % {"n": of.differs}
    if of.difference > 0:
        yield _(
            "清点%(box)d张，图像只有%(n)d张，差%(less)d张：可能一次进了两张，请找出补扫，或整批撤回重扫。"
        ) % {"box": of.box, "n": of.box - of.difference, "less": of.difference}
    if of.difference < 0:
        yield _(
            "清点%(box)d张，图像有%(n)d张，多%(more)d张：可能有的票扫了两次，请在“疑似重复”里确认，或改正张数。"
        ) % {"box": of.box, "n": of.box - of.difference, "more": -of.difference}
    if of.both_out:
        listed = "、".join(map(str, of.both_out))
        yield _("第%(n)s张互为重复，却全都剔除了，请保留其中一张。") % {"n": listed}


def _unproved(of: Ledger) -> str:
    """Of a form of several pages: why its pages may be of two papers, and what to do."""
    if of.disordered:
        return _(
            "“%(name)s”里前后页的顺序不对，不能确定哪两页是一张票，这个文件一张也不计：请撤回它，理齐这一批，正面朝同一边，重新扫描。"
        ) % {"name": of.disordered[0]}
    if of.files > 1:
        return _("票有几页的，一批只能是一个扫描文件，现在有%(n)d个：请全部撤回，整批一次重扫。") % {
            "n": of.files
        }
    return _(
        "清点%(box)d张，图像只有%(n)d张，差%(less)d张：可能一次进了两张，前后页可能出自两张票，请撤回文件，整批重扫。"
    ) % {"box": of.box, "n": of.box - of.difference, "less": of.difference}


# --- pages in their order, and those that look alike ------------------------


def suspects(batch: Batch) -> list[tuple[ScanPage, ScanPage, float]]:
    """Pages of this batch that look like an earlier one of the poll: (page, the other, how alike).

    Found when their file was read. Only of files that stand; the other may be of another batch.
    """
    standing = ScanPage.objects.filter(file__withdrawn_at__isnull=True).select_related("file", "batch")
    standing = standing.defer("likeness")
    later = [page for page in standing.filter(batch=batch) if page.reading.get("twins")]
    others = standing.in_bulk({pk for page in later for pk, _score in page.reading["twins"]})
    return [
        (page, others[pk], score) for page in later for pk, score in page.reading["twins"] if pk in others
    ]


def to_the_hand(of: Ledger) -> list[int]:
    """The numbers of the ballots that are counted by hand; those without a picture have none."""
    return [one.number for one in of.ballots if one.state == "hand"]
