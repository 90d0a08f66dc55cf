"""The check by hand beside the machine: drawn in the open, keyed by tellers, settled paper in hand."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from yishi.journal.chain import write
from yishi.voting.actions import screen
from yishi.voting.actions.counting import lawful, reason
from yishi.voting.models import Audit, Batch, Poll, Ruling
from yishi.voting.rules import audits as rules
from yishi.voting.rules import counting, scans
from yishi.web.access import require

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime


@transaction.atomic
def draw(
    poll: Poll, seed: str, *, ledger: str, by: Any, at: datetime, why: str = "", whole: bool = False
) -> Audit:
    """Draw the sheets that tellers key beside the machine, and lay them out in batches (抽票).

    `ledger`: the hash on the page when the seed was said; a draw adds to those before and replaces none.
    `whole`: all others are checked though nothing asks for it; no seed then. Raises ValidationError at the
    field: the readings are not closed or were changed since, nothing is left, the seed is too short or was
    used, no reason for a second draw or for checking all.
    """
    require(scans.may_audit(by, poll, at))
    Poll.objects.select_for_update(of=("self",)).get(pk=poll.pk)
    stand = counting.progress(poll).check
    assert stand is not None  # as may_audit says
    _drawable(stand)
    if ledger != stand.ledger:
        raise ValidationError(_("读票结果刚有变动，请刷新页面，重新报种子。"), code="stale")
    why = reason(why) if stand.draws or (whole and not stand.whole) else ""
    whole = whole or bool(stand.whole)
    seed = "" if whole else _seed(stand, seed)
    picks = stand.left if whole else rules.drawn(seed, ledger, stand.left, stand.size)
    made = Audit.objects.create(
        poll=poll,
        number=len(stand.draws) + 1,
        seed=seed,
        ledger=ledger,
        size=len(picks),
        whole=whole,
        why=why,
        by=by,
        at=at,
    )
    batches = _lay_out(made, picks)
    said = rules.as_data(rules.AuditStand(made, tuple(picks), tuple(batches), ()))
    write(poll.chain, "voting.audit_drawn", made, by=by, at=at, why=why, number=made.number, **said)
    return made


def _drawable(stand: rules.Standing) -> None:
    """Raises ValidationError saying what comes first."""
    refused = {
        "wait": _("请先办完各批读票、转人工的票和存疑票，再抽票复核。"),
        "key": _("抽出的票还没有录完，录完再看要不要再抽。"),
        "settle": _("请先认定与读票不一致的票，再看要不要再抽。"),
    }
    if stand.todo in refused:
        raise ValidationError(refused[stand.todo], code=stand.todo)
    if not stand.left:
        raise ValidationError(_("机器读的票已全部复核，不必再抽。"), code="done")


def _seed(stand: rules.Standing, typed: str) -> str:
    seed = rules.seed_of(typed)
    if not rules.SHORTEST_SEED <= len(seed) <= rules.LONGEST_SEED or not seed.isprintable():
        raise ValidationError(
            {
                "seed": _("种子要当众报出，%(least)d到%(most)d个字。")
                % {"least": rules.SHORTEST_SEED, "most": rules.LONGEST_SEED}
            }
        )
    if any(one.audit.seed == seed for one in stand.draws):
        raise ValidationError({"seed": _("这个种子用过了，请当众另报一个。")})
    return seed


def _lay_out(audit: Audit, picks: Sequence[rules.Pick]) -> list[Batch]:
    """In the order of the piles; where all are checked a pile stays together."""
    poll = audit.poll
    piles: Iterable[list[rules.Pick]] = [list(picks)]
    if audit.whole:
        piles = [list(pile) for _batch, pile in groupby(picks, key=lambda one: one.batch)]
    most = max(1, poll.batch_size)
    parts = [pile[i : i + most] for pile in piles for i in range(0, len(pile), most)]
    first = max(poll.batches.values_list("number", flat=True), default=0) + 1
    made = [
        Batch(
            poll=poll,
            number=first + i,
            size=len(part),
            way=Batch.Way.AUDIT,
            audit=audit,
            picked=[[one.batch, one.number] for one in part],
        )
        for i, part in enumerate(parts)
    ]
    return Batch.objects.bulk_create(made)


@transaction.atomic
def settle(
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
    """The chief scrutineer says, paper in hand, what a sheet is that machine and tellers read differently.

    `batch`, `number`: the sheet as the machine has it. A later ruling replaces an earlier one, which stays.
    Raises ValidationError where nothing differs, without a reason, and for marks that cannot be valid.
    """
    poll = batch.poll
    require(counting.may_rule(by, poll, at))
    Batch.objects.select_for_update().get(pk=batch.pk)
    stand = counting.progress(poll).check
    found = [one for one in stand.checks if one.case.batch.pk == batch.pk] if stand else []
    check = next((one for one in found if one.pick.number == number and not one.same), None)
    if check is None:
        raise ValidationError(_("这张票人工复核与读票一致，不需要认定。"))
    why = reason(why)
    said = {"marks": list(marks), "write_ins": list(write_ins)}
    if decision == Ruling.Decision.VALID:
        said = lawful(poll, marks, write_ins)
    made = Ruling.objects.create(
        batch=batch, number=number, decision=decision, reason_code=rules.REASON, why=why, by=by, at=at, **said
    )
    write(
        poll.chain,
        "voting.audit_settled",
        batch,
        by=by,
        at=at,
        why=why,
        number=number,
        decision=decision,
        audit=check.audit,
        replaces=check.ruling.pk if check.ruling else None,
    )
    screen.counting(poll, by=by, at=at, take=False)
    return made
