"""The lines of a count: a batch to key, doubtful ballots to settle, a tally to make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _

from yishi.desk.line import Line, of_meeting
from yishi.people.rules import is_clerk
from yishi.voting.models import Batch, Official, Poll
from yishi.voting.rules import audits, scans, sealed, sealed_count
from yishi.voting.rules import counting as rules
from yishi.voting.rules.rights import hat
from yishi.voting.words import scans as words

if TYPE_CHECKING:
    from datetime import datetime

Hat = Official.Hat
may_confirm = rules.may_confirm


def line(user: Any, poll: Poll, now: datetime) -> Line:
    """What is next for this user in a vote that is being counted."""
    if poll.by_phone and (not poll.by_paper or sealed_count.sealed_in(poll)):
        heap, word, url = _opening(user, poll, now)
        return of_meeting(poll.meeting, heap, word, url, about=poll.title, rank=0)
    batches = rules.laid(poll, checks=True)
    if hat(user, poll) == Hat.TELLER:
        heap, word, url = _teller(user, poll, batches)
    else:
        own = [one for one in batches if one.way != Batch.Way.AUDIT]
        heap, word, url = _scans(user, poll, own, now) or _others(user, poll, own, now)
    return of_meeting(poll.meeting, heap, word, url, about=poll.title, rank=0)


def _opening(user: Any, poll: Poll, now: datetime) -> tuple[str, str, str]:
    """The electronic box: every scrutineer who has not opened a share yet, until enough have."""
    if sealed_count.stage(poll.box) == "counted":
        if rules.may_tally(user, poll, now):
            return "today", _("生成计票结果"), reverse("tally", args=[poll.pk])
        return "waiting", _("等生成计票结果"), reverse("chair", args=[poll.pk])
    mine = poll.meeting.sealed.keyholders.filter(user=user).values_list("index", flat=True).first()
    if mine and sealed.may_decrypt(user, poll, now) and 1 + mine not in sealed_count.owners(poll.box):
        return "today", _("打开电子票箱"), reverse("open_page", args=[poll.pk])
    return "waiting", _("等监票人打开电子票箱"), reverse("chair", args=[poll.pk])


def _teller(user: Any, poll: Poll, batches: list[Batch]) -> tuple[str, str, str]:
    """The batch in hand, else the first that wants a second or a first teller."""
    open_ones = [one for one in batches if one.agreed_at is None and one.way != Batch.Way.SCAN]
    in_hand = [b for b in open_ones for k in rules.held(b) if k.teller_id == user.pk and not k.finished_at]
    free = [
        b
        for b in open_ones
        if len(rules.held(b)) < 2 and all(k.teller_id != user.pk for k in b.keyings.all())
    ]
    for batch in in_hand:
        word = _("第%(n)d批核对不一致，请再看一遍") if batch.differences else _("继续录入第%(n)d批")
        return "today", word % {"n": batch.number}, reverse("keying", args=[batch.pk])
    for batch in sorted(free, key=lambda b: (-len(rules.held(b)), b.number)):
        return "today", _("录入第%(n)d批") % {"n": batch.number}, reverse("keying", args=[batch.pk])
    return _wait(poll, batches)


def _scans(user: Any, poll: Poll, batches: list[Batch], now: datetime) -> tuple[str, str, str] | None:
    """Batches read by the machine: the first with something to do for this user; None when all are closed."""
    left = [one for one in batches if one.way == Batch.Way.SCAN and one.agreed_at is None]
    if not left or not scans.may_see_scans(user, poll, now):
        return None
    ledgers = scans.ledgers(poll, left)
    for batch in left:
        step = words.following(user, ledgers[batch.pk])
        if step.key not in words.WAITING:
            word = _("%(batch)s：%(sentence)s") % {"batch": batch, "sentence": step.sentence.rstrip("。.")}
            return "today", word, words.address(step, batch) or reverse("batch_scan", args=[batch.pk])
    return "waiting", _("还有%(n)d批扫描没有核清") % {"n": len(left)}, reverse("scans", args=[poll.pk])


def _check(user: Any, poll: Poll) -> tuple[str, str, str] | None:
    """What the check beside the machine wants of the chief scrutineer."""
    if not poll.by_machine or hat(user, poll) != Hat.CHIEF_SCRUTINEER:
        return None
    check = rules.progress(poll).check
    found = audits.problems(check) if check else []
    return ("today", found[0].rstrip("。."), reverse("audits", args=[poll.pk])) if found else None


def _others(user: Any, poll: Poll, batches: list[Batch], now: datetime) -> tuple[str, str, str]:
    page = reverse("counting", args=[poll.pk])
    lays_out = rules.may_lay_out(user, poll, now)
    if not batches:
        return ("today", _("把收回的票分批"), page) if lays_out else _wait(poll, batches)
    if hat(user, poll) == Hat.CHIEF_SCRUTINEER and any(rules.is_open_to_chief(b) for b in batches):
        doubtful = sum(case.waits for case in rules.cases(poll, batches))
        if doubtful:
            word = _("认定%(n)d张存疑票") % {"n": doubtful}
            return "today", word, reverse("rulings", args=[poll.pk])
    done = all(batch.agreed_at for batch in batches)
    if done and (wanted := _check(user, poll)):
        return wanted
    if done and lays_out and (hat(user, poll) or is_clerk(user, poll.meeting.body)):
        if poll.by_phone:
            return "today", _("纸质票已核对，并入电子记录"), reverse("chair", args=[poll.pk])
        if not rules.open_problems(poll):
            return "today", _("生成计票结果"), reverse("tally", args=[poll.pk])
        return "today", _("计票还有问题要处理"), page
    return _wait(poll, batches)


def _wait(poll: Poll, batches: list[Batch]) -> tuple[str, str, str]:
    agreed = sum(batch.agreed_at is not None for batch in batches)
    word = _("计票中：%(all)d批中%(n)d批已核对一致") % {"all": len(batches), "n": agreed}
    return "waiting", word if batches else _("等收回的票分批"), reverse("counting", args=[poll.pk])
