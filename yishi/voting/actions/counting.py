"""The hand count: batches laid out, keyed by two apart, compared, doubts settled, tallied, confirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from yishi.journal.chain import write
from yishi.law.errors import InputError
from yishi.voting.actions import screen
from yishi.voting.models import Batch, Keying, Poll, Ruling, Sheet, Tally
from yishi.voting.rules import counting as rules
from yishi.voting.rules import marking
from yishi.voting.rules.box import equation
from yishi.voting.rules.outcomes import in_words
from yishi.web.access import require

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

PLACES = (1, 2)
LARGEST_BATCH = 500


class Stale(ValidationError):
    """The sheet was changed elsewhere meanwhile; `sheet` is what is stored."""

    def __init__(self, sheet: Sheet) -> None:
        super().__init__(_("这张票刚在别的窗口改动过，已显示保存的内容，请核对后继续。"), code="stale")
        self.sheet = sheet


@transaction.atomic
def lay_out(poll: Poll, *, by: Any, at: datetime) -> list[Batch]:
    """Divide the ballots returned into batches of `batch_size`, the last one smaller.

    Again after the number returned was corrected: batches begun stay, the others are made anew.
    Raises ValidationError while nothing was returned, or when more is begun than was returned.
    """
    require(rules.may_lay_out(by, poll, at))
    Poll.objects.select_for_update(of=("self",)).get(pk=poll.pk)
    said = equation(poll)
    if said.paper_returned is None or said.problems:
        raise ValidationError(said.problems or [_("请先登记收回票数。")])
    batches = list(poll.batches.filter(way__in=rules.OWN))
    if batches and sum(batch.size for batch in batches) == said.paper_returned:
        return batches
    begun = [batch for batch in batches if rules.is_begun(batch)]
    left = said.paper_returned - sum(batch.size for batch in begun)
    if left < 0:
        raise ValidationError(
            _("已开始的各批共%(begun)d张，多于收回%(returned)d张，请总监票人先改正各批张数。")
            % {"begun": said.paper_returned - left, "returned": said.paper_returned}
        )
    poll.batches.filter(way__in=rules.OWN).exclude(pk__in=[batch.pk for batch in begun]).delete()
    first = max(poll.batches.values_list("number", flat=True), default=0) + 1
    size = max(1, poll.batch_size)
    sizes = [size] * (left // size) + ([left % size] if left % size else [])
    way = Batch.Way.SCAN if poll.by_machine else Batch.Way.HAND
    made = [Batch(poll=poll, number=first + i, size=n, way=way) for i, n in enumerate(sizes)]
    Batch.objects.bulk_create(made)
    write(poll.chain, "voting.batches", poll, by=by, at=at, returned=said.paper_returned, sizes=sizes)
    screen.counting(poll, by=by, at=at)
    return list(poll.batches.all())


@transaction.atomic
def resize(batch: Batch, size: int, *, by: Any, at: datetime, why: str) -> None:
    """The batch holds another number of sheets than was thought (总监票人改正张数).

    Raises ValidationError: no reason, already agreed, or sheets beyond `size` were keyed.
    """
    require(rules.may_resize(by, batch, at))
    batch = _locked(batch)
    why = reason(why)
    if batch.agreed_at:
        raise ValidationError(_("这一批已核对一致，不能再改张数。"))
    if not 1 <= size <= LARGEST_BATCH:
        raise ValidationError({"size": _("请填1到%(most)d之间的整数。") % {"most": LARGEST_BATCH}})
    if size == batch.size:
        return
    keyings = rules.held(batch)
    beyond = Sheet.objects.filter(keying__in=keyings, number__gt=size)
    if beyond.exclude(revision=0).exists():
        raise ValidationError({"size": _("第%(n)d张之后已有录入，不能少于它。") % {"n": size}})
    beyond.delete()
    extra = [_sheets(keying, batch.size + 1, size) for keying in keyings]
    Sheet.objects.bulk_create([sheet for sheets in extra for sheet in sheets])
    batch.keyings.filter(left_at__isnull=True).update(finished_at=None)
    if batch.source is not None:
        _lies_in(batch.source, size - batch.size, by=by, at=at, why=why)
    Batch.objects.filter(pk=batch.pk).update(size=size)
    write(batch.poll.chain, "voting.batch_resized", batch, by=by, at=at, why=why, old=batch.size, new=size)


def _lies_in(source: Batch, more: int, *, by: Any, at: datetime, why: str) -> None:
    """What a scanned batch left to the hand is part of it: it holds so many more, without a picture."""
    if source.unscanned + more < 0:
        least = sum(source.rests.values_list("size", flat=True)) - source.unscanned
        raise ValidationError({"size": _("有%(n)d张是看着图像转人工的，不能少于它。") % {"n": least}})
    Batch.objects.filter(pk=source.pk).update(
        size=models.F("size") + more, unscanned=models.F("unscanned") + more
    )
    write(
        source.poll.chain, "voting.batch_resized", source, by=by, at=at, why=why, old=source.size,
        new=source.size + more,
    )  # fmt: skip


@transaction.atomic
def begin(batch: Batch, *, by: Any, at: datetime) -> Keying:
    """This teller takes the batch: the first place or the second. Asked again, gives the same.

    Raises ValidationError when two others have it.
    """
    require(rules.may_key(by, batch, at))
    batch = _locked(batch)
    mine = Keying.objects.filter(batch=batch, teller=by).first()
    if mine is not None:
        if mine.left_at:
            raise ValidationError(_("这一批已由别的计票人接替您录入。"))
        return mine
    taken = {keying.place for keying in rules.held(batch)}
    free = [place for place in PLACES if place not in taken]
    if not free or batch.agreed_at:
        raise ValidationError(_("这一批已有两位计票人，请录入别的批次。"))
    keying = _keying(batch, free[0], by, at)
    write(batch.poll.chain, "voting.keying_begun", batch, by=by, at=at, place=free[0])
    return keying


@transaction.atomic
def take_over(keying: Keying, *, by: Any, at: datetime, why: str) -> Keying:
    """A third teller takes one place over and keys the whole batch anew; the old keying stays on record."""
    require(rules.may_key(by, keying.batch, at))
    batch = _locked(keying.batch)
    why = reason(why)
    if batch.agreed_at:
        raise ValidationError(_("这一批已核对一致，不必接替。"))
    if batch.keyings.filter(teller=by).exists():
        raise ValidationError(_("您已录入过这一批，请由另一位计票人接替。"))
    left = Keying.objects.filter(pk=keying.pk, left_at__isnull=True).update(left_at=at, left_why=why)
    if not left:
        raise ValidationError(_("刚才已有人接替，请刷新页面再看。"), code="stale")
    made = _keying(batch, keying.place, by, at)
    write(
        batch.poll.chain,
        "voting.keying_taken_over",
        batch,
        by=by,
        at=at,
        why=why,
        place=keying.place,
        instead_of=keying.teller_id,
    )
    return made


@transaction.atomic
def key(
    keying: Keying,
    number: int,
    *,
    marks: Sequence[str],
    revision: int,
    by: Any,
    at: datetime,
    write_ins: Sequence[str] = (),
    doubt: str = "",
    complete: bool = False,
) -> Sheet:
    """Save one sheet as it stands after one key. Durable when this returns; not journalled.

    revision: one more than the stored one. The same message again is answered as the first time;
    an older or a foreign one changes nothing and raises Stale. Raises ValidationError for marks
    that cannot be, and once the batch was handed in.
    """
    require(keying.teller_id == by.pk and rules.may_key(by, keying.batch, at))
    now = Keying.objects.select_for_update().get(pk=keying.pk)
    if now.left_at:
        raise ValidationError(_("这一批已由别的计票人接替您录入。"), code="left")
    said = _cleaned(keying.batch.poll, marks, write_ins, doubt, complete)
    stored = Sheet.objects.filter(keying=now, number=number).first()
    if stored is None:
        raise ValidationError(_("这一批没有第%(n)d张。") % {"n": number})
    if stored.revision == revision and all(getattr(stored, k) == v for k, v in said.items()):
        return stored
    if now.finished_at:
        raise ValidationError(_("这一批已交核对，不能再改。"), code="finished")
    if stored.revision != revision - 1:
        raise Stale(stored)
    for name, value in {**said, "revision": revision}.items():
        setattr(stored, name, value)
    stored.save(update_fields=[*said, "revision"])
    return stored


@transaction.atomic
def finish(keying: Keying, *, by: Any, at: datetime) -> Batch:
    """Hand the batch in; when the other teller has too, the two are compared at once.

    Pressed again, changes nothing. Raises ValidationError naming the sheets not complete.
    """
    require(keying.teller_id == by.pk and rules.may_key(by, keying.batch, at))
    batch = _locked(keying.batch)
    now = Keying.objects.select_for_update().get(pk=keying.pk)
    if now.finished_at:
        return batch
    if now.left_at:
        raise ValidationError(_("这一批已由别的计票人接替您录入。"), code="left")
    missing = list(now.sheets.filter(complete=False).values_list("number", flat=True))
    if missing:
        listed = "、".join(map(str, missing[:10])) + ("…" if len(missing) > 10 else "")
        raise ValidationError(_("还有没录完的票：第%(n)s张。") % {"n": listed}, code="incomplete")
    now.finished_at = at
    now.save(update_fields=["finished_at"])
    write(batch.poll.chain, "voting.keying_finished", batch, by=by, at=at, place=now.place, sheets=batch.size)
    batch = _locked(batch)
    if len(rules.held(batch)) == len(PLACES) and all(k.finished_at for k in rules.held(batch)):
        compare(batch, by=by, at=at)
    return batch


@transaction.atomic
def compare(batch: Batch, *, by: Any, at: datetime) -> bool:
    """Lay the two keyings side by side: agreed, or both tellers key anew the sheets that differ.

    What was keyed is kept in `Sheet.earlier`; the journal names sheets, never marks.
    """
    require(rules.may_key(by, batch, at))
    one, two = rules.held(batch)
    if batch.agreed_at or not (one.finished_at and two.finished_at):
        raise ValidationError(_("两位计票人都交核对后才能比对。"))
    kind = batch.poll.law.kind
    pairs = list(zip(one.sheets.all(), two.sheets.all(), strict=True))
    ruled = set(batch.rulings.values_list("number", flat=True))
    differ = [(a, b) for a, b in pairs if not marking.same(a, b) and a.number not in ruled]
    batch.rounds += 1
    if not differ:
        batch.differences = {str(a.number): [] for a, b in pairs if not marking.same(a, b)}
        _agree(batch, by=by, at=at)
        return True
    batch.differences = {str(a.number): marking.differing_lines(kind, a, b) for a, b in differ}
    batch.save(update_fields=["rounds", "differences"])
    for sheet in (sheet for pair in differ for sheet in pair):
        sheet.earlier.append({"marks": sheet.marks, "write_ins": sheet.write_ins, "doubt": sheet.doubt})
        sheet.marks, sheet.write_ins, sheet.doubt = [], [], ""
        sheet.complete = False
        sheet.revision += 1
        sheet.save()
    batch.keyings.filter(left_at__isnull=True).update(finished_at=None)
    numbers = [a.number for a, b in differ]
    write(batch.poll.chain, "voting.batch_differs", batch, by=by, at=at, sheets=numbers, round=batch.rounds)
    return False


@transaction.atomic
def rule(
    batch: Batch,
    number: int,
    decision: str,
    *,
    by: Any,
    at: datetime,
    why: str,
    marks: Sequence[str] = (),
    write_ins: Sequence[str] = (),
) -> Ruling:
    """The chief scrutineer settles one sheet (认定); a later ruling replaces an earlier one, which stays.

    `valid` says as which marks, and these must be valid by the rule. Raises ValidationError.
    """
    poll = batch.poll
    require(rules.may_rule(by, poll, at))
    batch = _locked(batch)
    case = next((c for c in rules.cases(poll, [batch]) if c.number == number and c.odd), None)
    if case is None:
        raise ValidationError(_("这张票两位计票人录入一致且有效，不需要认定。"))
    why = reason(why)
    said = {"marks": list(marks), "write_ins": list(write_ins)}
    if decision == Ruling.Decision.VALID:
        said = lawful(poll, marks, write_ins)
    made = Ruling.objects.create(
        batch=batch,
        number=number,
        decision=decision,
        reason_code=case.before.reason_code,
        why=why,
        by=by,
        at=at,
        **said,
    )
    replaces = case.ruling.pk if case.ruling else None
    write(
        poll.chain,
        "voting.ruled",
        batch,
        by=by,
        at=at,
        why=why,
        number=number,
        decision=decision,
        replaces=replaces,
    )
    ruled = set(batch.rulings.values_list("number", flat=True)) | {number}
    if batch.agreed_at is None and set(map(int, batch.differences)) <= ruled:
        batch.keyings.filter(left_at__isnull=True).update(finished_at=at)
        _agree(batch, by=by, at=at)
    elif batch.agreed_at:
        screen.counting(poll, by=by, at=at, take=False)
    return made


@transaction.atomic
def tally(poll: Poll, *, by: Any, at: datetime, why: str = "") -> Tally:
    """Add up all batches and say what the law makes of it. The same count again gives the same tally.

    A correction is a new tally that replaces the old one and needs its reason. Raises
    ValidationError with everything that still stands in the way.
    """
    require(rules.may_tally(by, poll, at))
    Poll.objects.select_for_update(of=("self",)).get(pk=poll.pk)
    if found := rules.open_problems(poll):
        raise ValidationError(found, code="open")
    try:
        figures, outcome = rules.outcome(poll)
    except InputError as error:
        raise ValidationError(in_words(error)) from error
    before = poll.tallies.current()
    if before is not None and before.figures == figures:
        return before
    if before is not None and not why.strip():
        raise ValidationError({"why": _("计票结果与上一次不同，请写明更正理由。")}, code="reason")
    said = {name: getattr(outcome, name) for name in ("base", "needed", "open")}
    made = Tally.objects.create(
        poll=poll,
        figures=figures,
        outcome={**outcome.to_json(), **said},
        at=at,
        by=by,
        why=why.strip() if before is not None else "",
        replaces=before,
    )
    write(
        poll.chain,
        "voting.tallied",
        made,
        by=by,
        at=at,
        why=made.why,
        figures=figures,
        replaces=before.pk if before else None,
    )
    return made


@transaction.atomic
def confirm(tally: Tally, *, by: Any, at: datetime) -> Tally:
    """The chief scrutineer confirms the tally as it stands. Pressed again, changes nothing.

    Raises ValidationError when a newer tally exists or something was corrected since.
    """
    poll = tally.poll
    require(rules.may_confirm(by, poll, at))
    Poll.objects.select_for_update(of=("self",)).get(pk=poll.pk)
    current = poll.tallies.current()
    if current is None or current.pk != tally.pk or not rules.is_current(poll, tally):
        raise ValidationError(_("计票以后又有更正或认定，请先重新汇总。"), code="stale")
    # A further draw of the check by hand may have been begun after the tally.
    if poll.state == Poll.State.CLOSED and (found := rules.open_problems(poll)):
        raise ValidationError(found, code="open")
    if Tally.objects.filter(pk=tally.pk, confirmed_at__isnull=True).update(confirmed_by=by, confirmed_at=at):
        write(poll.chain, "voting.tally_confirmed", tally, by=by, at=at)
    tally.refresh_from_db()
    return tally


def _locked(batch: Batch) -> Batch:
    """The batch as it stands now, held until the transaction ends."""
    found = Batch.objects.select_for_update().get(pk=batch.pk)
    found.poll = batch.poll
    return found


def _keying(batch: Batch, place: int, by: Any, at: datetime) -> Keying:
    keying = Keying.objects.create(batch=batch, teller=by, place=place, begun_at=at)
    Sheet.objects.bulk_create(_sheets(keying, 1, batch.size))
    return keying


def _sheets(keying: Keying, first: int, last: int) -> list[Sheet]:
    return [Sheet(keying=keying, number=n) for n in range(first, last + 1)]


def _agree(batch: Batch, *, by: Any, at: datetime) -> None:
    batch.agreed_at = at
    batch.save(update_fields=["rounds", "differences", "agreed_at"])
    write(batch.poll.chain, "voting.batch_agreed", batch, by=by, at=at, rounds=batch.rounds)
    screen.counting(batch.poll, by=by, at=at, take=False)


def reason(why: str) -> str:
    """The reason as it is kept. Raises ValidationError at `why` without one."""
    if not why.strip():
        raise ValidationError({"why": _("请写明理由。")}, code="reason")
    return why.strip()


def _cleaned(
    poll: Poll, marks: Sequence[str], write_ins: Sequence[str], doubt: str, complete: bool
) -> dict[str, Any]:
    """What is stored of one sheet. Raises ValidationError saying what to do."""
    titles = [option.title for option in poll.options.all()]
    if len(marks) > len(titles) or (complete and len(marks) < len(titles)):
        raise ValidationError(_("还有栏没有录入，空白的栏请按0。"), code="lines")
    # 王 恩泰 and 王恩泰 are one person; names in Latin letters keep their spaces.
    names = [(" " if name.isascii() else "").join(name.split()) for name in write_ins]
    if len(names) > rules.MOST_NAMES or any(len(name) > rules.LONGEST_NAME for name in names):
        raise ValidationError(
            _("另写的姓名至多%(n)d个，每个不超过%(most)d字。")
            % {"n": rules.MOST_NAMES, "most": rules.LONGEST_NAME}
        )
    if doubt and doubt not in Sheet.Doubt.values:
        raise ValidationError(_("请从所列的存疑理由中选一项。"))
    law = poll.law
    if names and law.kind != "elect":
        raise ValidationError(_("本次表决票没有另选他人一栏；票上另写了姓名的，请按存疑处理。"))
    try:
        marking.read_sheet(law, titles, marks, names)
    except InputError as error:
        raise ValidationError(in_words(error)) from error
    return {
        "marks": marking.plain(law.kind, marks),
        "write_ins": names,
        "doubt": doubt,
        "complete": complete,
    }


def lawful(poll: Poll, marks: Sequence[str], write_ins: Sequence[str]) -> dict[str, Any]:
    """Marks as which a sheet can be valid: the chief scrutineer too is bound by the rule."""
    cleaned = _cleaned(poll, marks, write_ins, "", complete=True)
    titles = [option.title for option in poll.options.all()]
    reading = marking.read_sheet(poll.law, titles, cleaned["marks"], cleaned["write_ins"])
    if reading.valid is False:
        raise ValidationError(
            _("这样认定仍属无效：%(reason)s。") % {"reason": marking.reason(reading)}, code="void"
        )
    return {"marks": cleaned["marks"], "write_ins": cleaned["write_ins"]}
