"""Ballots read by the machine: two scrutineers judge, the chief settles, a batch closes when all agrees."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from yishi.journal.chain import write
from yishi.voting.actions import screen
from yishi.voting.actions.scan_files import (
    calibrate,
    folder,
    reasoned,
    take_from_folder,
    upload,
    watch,
    withdraw,
)
from yishi.voting.models import Batch, ScanDecision, ScanFile, ScanLook, ScanPage
from yishi.voting.rules import scans as rules
from yishi.voting.rules.counting import LONGEST_NAME
from yishi.web.access import require

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

__all__ = [
    "calibrate",
    "close",
    "decide",
    "decide_all",
    "folder",
    "look",
    "set_unscanned",
    "take_from_folder",
    "to_hand",
    "upload",
    "watch",
    "withdraw",
]


@transaction.atomic
def decide(
    page: ScanPage,
    row: int | None,
    value: str,
    *,
    by: Any,
    at: datetime,
    name: str = "",
    why: str = "",
    settles: bool = False,
) -> ScanDecision:
    """What one scrutineer says of a row, or (`row` None) of a whole ballot or what becomes of a page.

    `value`: see ScanDecision, and "ballot": this page counts as it was read. The same again is the same.
    `settles`: the chief scrutineer, where two differ, with a reason. Raises ValidationError: batch
    closed, file taken back, a value that cannot be.
    """
    require((rules.may_settle if settles else rules.may_judge)(by, page.batch, at))
    batch = _locked(page.batch)
    now = _standing(page, batch)
    if row is not None:
        name = _row_said(batch, now, row, value, name)
    elif name:
        raise ValidationError(_("只有另选他人的栏可以填姓名。"), code="name")
    elif value not in (*rules.FATES, rules.KEEP):
        now = _ballot_said(batch, now, value)
    elif value == rules.KEEP and now.state != ScanPage.State.READ:
        raise ValidationError(_("这一页机器没有读出来，不能照读出的计。"), code="value")
    why = reasoned(why) if settles else why.strip()
    said = _said_before(now, row, value)
    mine = next((one for one in reversed(said) if one.by_id == by.pk), None)
    if mine is not None and (mine.value, mine.name, mine.settles) == (value, name, settles):
        return mine
    if not settles and any(one.settles for one in said):
        raise ValidationError(_("总监票人已经认定。"), code="settled")
    if settles and not any(one.settles for one in said) and _state(batch, now, row, value) != "differs":
        raise ValidationError(_("两名监票人判读不一致时才由总监票人认定。"), code="settles")
    made = ScanDecision.objects.create(
        page=now, row=row, value=value, name=name, settles=settles, why=why, by=by, at=at
    )
    # What one said stays out of the journal while the other has to say it too, and may read the journal;
    # the closing attests all of it. A name written in is a mark of the ballot and stays out for good.
    write(
        batch.poll.chain, "voting.scan_settled" if settles else "voting.scan_decided", batch, by=by, at=at,
        why=why, page=now.pk, row=row, **({"value": value} if settles else {}),
    )  # fmt: skip
    return made


@transaction.atomic
def decide_all(pages: Iterable[ScanPage], value: str, *, by: Any, at: datetime, why: str = "") -> int:
    """Say the same of many pages (blank backs, say): how many. As `decide`, all or none."""
    return len([decide(page, None, value, by=by, at=at, why=why) for page in pages])


@transaction.atomic
def look(
    batch: Batch,
    seen: Sequence[tuple[int, int]],
    flagged: Sequence[tuple[int, int]],
    *,
    by: Any,
    at: datetime,
) -> int:
    """One screen of a mosaic looked through: (page, row) found as read, and those put in doubt.

    Gives how many were put in doubt. What was flagged stays so when it is seen again. Raises
    ValidationError for a page of another batch, and once the batch is closed; a page taken back
    meanwhile is passed over.
    """
    require(rules.may_judge(by, batch, at))
    batch = _locked(batch)
    _not_closed(batch)
    asked = dict.fromkeys(map(tuple, seen), False) | dict.fromkeys(map(tuple, flagged), True)
    pages = batch.leaves.select_related("file").defer("likeness").in_bulk({pk for pk, _row in asked})
    for pk, row in asked:
        if pk not in pages or not (_is_standing(pages[pk]) is False or _row_of(pages[pk], row)):
            raise ValidationError(_("没有这一页或这一栏，请刷新页面再看。"), code="page")
    wanted = {key: flag for key, flag in asked.items() if _is_standing(pages[key[0]])}
    mine = {(one.page_id, one.row): one for one in ScanLook.objects.filter(page__in=pages, by=by)}
    fresh = [
        ScanLook(page_id=pk, row=row, flagged=flag, by=by, at=at)
        for (pk, row), flag in wanted.items()
        if (pk, row) not in mine
    ]
    ScanLook.objects.bulk_create(fresh, 200)
    raised = [mine[key] for key, flag in wanted.items() if flag and key in mine and not mine[key].flagged]
    for one in raised:
        one.flagged = True
    ScanLook.objects.bulk_update(raised, ["flagged"])
    put = [[one.page_id, one.row] for one in (*fresh, *raised) if one.flagged]
    if fresh or raised:
        write(batch.poll.chain, "voting.scan_looked", batch, by=by, at=at, rows=len(wanted), flagged=put)
    return len(put)


@transaction.atomic
def set_unscanned(batch: Batch, n: int, *, by: Any, at: datetime, why: str) -> None:
    """So many sheets have no picture and are counted by hand (torn, too soft for the scanner).

    Of a form of several pages they are named before it is scanned: a picture that lacks may be of two
    papers that went through at once. Raises ValidationError else, and for a number that cannot be.
    """
    require(rules.may_settle(by, batch, at))
    now = _locked(batch)
    _not_closed(now)
    why = reasoned(why)
    if not 0 <= n <= now.size:
        raise ValidationError({"n": _("请填0到%(most)d之间的整数。") % {"most": now.size}})
    if n == now.unscanned:
        return
    if n > now.unscanned and rules.sides(now.poll) > 1 and rules.ledger(now).files:
        raise ValidationError(
            _(
                "票有几页的，没有扫描的张数要在扫描前登记：少了图像，前后页可能出自两张票，请撤回文件，登记后重扫。"
            ),
            code="pages",
        )
    Batch.objects.filter(pk=batch.pk).update(unscanned=n)
    batch.unscanned = n
    write(batch.poll.chain, "voting.scan_unscanned", batch, by=by, at=at, why=why, old=now.unscanned, new=n)


@transaction.atomic
def to_hand(batch: Batch, *, by: Any, at: datetime, why: str) -> Batch:
    """The machine fails: what is settled is kept, all else of this batch is counted by hand.

    A file not read to its end is withdrawn: nobody has looked in it for papers scanned twice. Of a form of
    several pages all files are, where the count does not prove that no ballot is made of two papers. Raises
    ValidationError where duplicates are suspected and not settled, or more is settled than the box held.
    """
    require(rules.may_settle(by, batch, at))
    now = _locked(batch)
    _not_closed(now)
    why = reasoned(why)
    for file in now.files.filter(
        state__in=(ScanFile.State.WAITING, ScanFile.State.READING), withdrawn_at__isnull=True
    ):
        withdraw(file, by=by, at=at, why=why)
    ledger = rules.ledger(now)
    if not ledger.is_proved:
        for file in now.files.filter(state=ScanFile.State.READ, withdrawn_at__isnull=True):
            withdraw(file, by=by, at=at, why=why)
        ledger = rules.ledger(now)
    # The second picture of a paper that counts is no ballot for the tellers.
    if twins := sum(one.proposed == rules.DUPLICATE and not one.fate for one in ledger.pages):
        raise ValidationError(
            _("还有%(n)d张疑似重复没有确认，请先由两名监票人确认，再转人工。") % {"n": twins}, code="twins"
        )
    said = _all_settled(now, ledger, by, at, why)
    ledger = rules.ledger(_again(now, unscanned=0))
    left = ledger.box - ledger.accounted
    if left < 0:
        raise ValidationError(
            _("图像比清点的张数多%(n)d张，请先确认疑似重复或撤回文件，再转人工。") % {"n": -left},
            code="more",
        )
    Batch.objects.filter(pk=now.pk).update(unscanned=left, watching=False)
    write(
        now.poll.chain, "voting.scan_to_hand", now, by=by, at=at, why=why, pages=said,
        kept=ledger.read + ledger.adjudicated, hand=ledger.hand, unscanned=left,
    )  # fmt: skip
    batch.unscanned, batch.watching = left, False
    return _again(now)


def _all_settled(batch: Batch, of: rules.Ledger, by: Any, at: datetime, why: str) -> list[int]:
    """Everything open, by the chief scrutineer: ballots to the hand, other pages left out. Their keys."""
    fates = {
        one.pages[0].pk: rules.HAND
        for one in of.ballots
        if not (one.is_settled or one.is_out or one.state == "hand")
    }
    for stand in of.pages:
        if not stand.fate and stand.page.ballot is None:
            hand = stand.proposed == rules.HAND and rules.sides(batch.poll) == 1
            fates[stand.page.pk] = rules.HAND if hand else rules.NO_BALLOT
    ScanDecision.objects.bulk_create(
        ScanDecision(page_id=pk, value=fate, settles=True, why=why, by=by, at=at)
        for pk, fate in fates.items()
    )
    return sorted(fates)


@transaction.atomic
def close(batch: Batch, *, by: Any, at: datetime) -> Batch:
    """The chief scrutineer closes a batch whose ledger agrees; what is left for the hand is another batch.

    Pressed again, changes nothing. Raises ValidationError with everything that is open.
    """
    require(rules.may_close(by, batch, at))
    now = _locked(batch)
    if now.agreed_at:
        return now
    ledger = rules.ledger(now)
    if found := ledger.problems:
        raise ValidationError(found, code="open")
    now.agreed_at, now.watching = at, False
    now.save(update_fields=["agreed_at", "watching"])
    by_hand = ledger.hand + ledger.unscanned
    sums = {
        name: getattr(ledger, name)
        for name in ("box", "read", "adjudicated", "hand", "unscanned", "excluded", "duplicates", "withdrawn")
    }
    write(now.poll.chain, "voting.scan_closed", now, by=by, at=at, decisions=_digest(now), **sums)
    if by_hand:
        last = max(now.poll.batches.values_list("number", flat=True))
        rest = Batch.objects.create(
            poll=now.poll, number=last + 1, size=by_hand, way=Batch.Way.REST, source=now,
            picked=rules.to_the_hand(ledger),
        )  # fmt: skip
        write(now.poll.chain, "voting.scan_rest", rest, by=by, at=at, source=now.number, sheets=by_hand)
    screen.counting(now.poll, by=by, at=at, take=False)
    return now


def _digest(batch: Batch) -> str:
    """SHA-256 over everything that was said of this batch, in order."""
    said = ScanDecision.objects.filter(page__batch=batch).order_by("pk")
    rows = list(said.values_list("page", "row", "value", "name", "settles", "by"))
    return hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()


# --- what is said ------------------------------------------------------------


def _row_said(batch: Batch, page: ScanPage, row: int, value: str, name: str) -> str:
    """The name as it is stored. Raises ValidationError for what a row cannot be."""
    if not _row_of(page, row):
        raise ValidationError(_("没有这一页或这一栏，请刷新页面再看。"), code="page")
    write_in = row >= len(batch.poll.options.all())
    letters = rules.answers(batch.poll.law.kind)
    if value not in (letters[0], "") if write_in else value not in letters:
        raise ValidationError(_("这一栏不能这样判读。"), code="value")
    plain = (" " if name.isascii() else "").join(name.split())
    if len(plain) > LONGEST_NAME:
        raise ValidationError({"name": _("姓名不超过%(n)d字。") % {"n": LONGEST_NAME}})
    if plain and not (write_in and value):
        raise ValidationError({"name": _("只有另选他人并已选中的栏可以填姓名。")}, code="name")
    return plain


def _ballot_said(batch: Batch, page: ScanPage, value: str) -> ScanPage:
    """The page at which a whole ballot is spoken of. Raises ValidationError for what it cannot be."""
    stand = next((one for one in rules.ledger(batch).ballots if one.number == page.ballot), None)
    if stand is None or stand.reading is None:
        raise ValidationError(_("这张票还有栏没有判读完，请先判读各栏。"), code="rows")
    if value not in rules.verdicts(rules.by_marks(batch.poll, stand)):
        raise ValidationError(_("这张票不能这样认定：各栏的判读已经决定它有效或无效。"), code="value")
    return stand.pages[0]


def _said_before(page: ScanPage, row: int | None, value: str) -> list[ScanDecision]:
    """All that was said of the same row, ballot, or page, oldest first."""
    said = list(page.decisions.filter(row=row))
    if row is not None:
        return said
    return [one for one in said if rules.is_verdict(one) == (value not in (*rules.FATES, rules.KEEP))]


def _state(batch: Batch, page: ScanPage, row: int | None, value: str) -> str:
    """How what is asked about stands: "differs" where two said different things."""
    ledger = rules.ledger(batch)
    if row is not None:
        stands = (one for ballot in ledger.ballots for one in ballot.rows)
        return next((one.state for one in stands if (one.page.pk, one.row) == (page.pk, row)), "")
    if value in (*rules.FATES, rules.KEEP):
        return next((one.state for one in ledger.pages if one.page.pk == page.pk), "")
    return next((one.state for one in ledger.ballots if one.number == page.ballot), "")


# --- rows as they stand now --------------------------------------------------


def _locked(batch: Batch) -> Batch:
    """The batch as it stands now, held until the transaction ends."""
    found = Batch.objects.select_for_update().get(pk=batch.pk)
    found.poll = batch.poll
    return found


def _again(batch: Batch, **fields: Any) -> Batch:
    if fields:
        Batch.objects.filter(pk=batch.pk).update(**fields)
    found = Batch.objects.get(pk=batch.pk)
    found.poll = batch.poll
    return found


def _not_closed(batch: Batch) -> None:
    if batch.agreed_at:
        raise ValidationError(_("这一批已经核清，不能再改。"), code="closed")


def _standing(page: ScanPage, batch: Batch) -> ScanPage:
    """The page as it stands now. Raises ValidationError where nothing can be said of it."""
    _not_closed(batch)
    now = ScanPage.objects.select_related("file").defer("likeness").get(pk=page.pk)
    now.batch = batch
    if now.file.withdrawn_at:
        raise ValidationError(_("这一页所在的文件已经撤回。"), code="withdrawn")
    if not _is_standing(now):
        raise ValidationError(_("这个文件还没有读完，请稍候。"), code="reading")
    return now


def _is_standing(page: ScanPage) -> bool:
    return page.file.withdrawn_at is None and page.file.state == ScanFile.State.READ


def _row_of(page: ScanPage, row: int) -> dict[str, Any] | None:
    return next((one for one in page.reading.get("rows", []) if one["row"] == row), None)
