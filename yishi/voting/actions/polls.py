"""What happens in the hall: method and officials adopted, figures said, box sealed, opened, declared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from yishi.journal.chain import write
from yishi.journal.moves import MoveError, move
from yishi.papers.sheets import SheetError
from yishi.publishing.actions import index
from yishi.voting.actions import screen
from yishi.voting.actions.sealed import box as sealed_box
from yishi.voting.models import Figure, Override, Poll, Seal
from yishi.voting.rules import box, counting, rights, sealed_count
from yishi.voting.rules import polls as rules
from yishi.voting.rules.outcomes import hands, void_by_law
from yishi.voting.words import found, sheet
from yishi.web.access import require
from yishi.web.forget import forget

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

Kind = Figure.Kind
State = Poll.State
LARGEST = 1_000_000


@transaction.atomic
def adopt_method(
    poll: Poll, votes: Mapping[str, int] | None, *, by: Any, at: datetime, why: str = ""
) -> None:
    """The voting method was adopted; the form is fixed from now on.

    votes: {"for", "against", "abstain"} of the show of hands, checked by the law of adoption; None
    when it was adopted otherwise (by acclamation, at an earlier meeting), which `why` then says.
    Raises ValidationError when the form is not ready, figures are wrong or the majority is missed.
    """
    require(rights.may_record_method(by, poll, at))
    gates = [gate for step in rules.steps(poll, at)[:2] for gate in step.gates]
    _all_met(gate for gate in gates if gate.key != "method_adopted")
    adopted = hands(poll, "票决办法", votes, why)
    printed = printed_sheet(poll)
    move(
        poll,
        State.READY,
        chain=poll.chain,
        by=by,
        at=at,
        why=why,
        also={"method_adopted_at": at, "method_votes": adopted, "sheet_layout": printed},
        votes=adopted,
        **({"sheet": printed["hash"]} if printed else {}),
    )
    screen.method(poll, by=by, at=at)


def printed_sheet(poll: Poll) -> dict[str, Any] | None:
    """The layout that is fixed with the form: what is printed now is read later, whatever the program
    looks like then. None where nothing is scanned. Raises ValidationError when it cannot be printed."""
    try:
        return sheet.layout(poll) if poll.counting != poll.Counting.HAND else None
    except SheetError as error:
        english = (get_language() or "").startswith("en")
        why_not = error.en if english else error.zh
        raise ValidationError(_("票样印不出来：%(why)s") % {"why": why_not}) from error


@transaction.atomic
def reopen(poll: Poll, *, by: Any, at: datetime, why: str) -> None:
    """Back to the draft to change form or method, which must then be adopted anew.

    What was passed of the gates of other rooms was passed for what is changed now: it is asked again.
    """
    require(rights.may_reopen(by, poll, at))
    _reason(why)
    passed = poll.overrides.exclude(gate__in=rules.SOFT)
    gates = list(passed.values_list("gate", flat=True))
    data: dict[str, Any] = {"gates": gates} if gates else {}
    passed.delete()
    move(
        poll,
        State.DRAFT,
        chain=poll.chain,
        by=by,
        at=at,
        why=why,
        also={"method_adopted_at": None, "method_votes": {}, "sheet_layout": None, "calibration": None},
        **data,
    )


@transaction.atomic
def adopt_officials(
    poll: Poll, votes: Mapping[str, int] | None, *, by: Any, at: datetime, why: str = ""
) -> None:
    """The list of scrutineers and tellers was passed; `votes` and `why` as for the method."""
    require(rights.may_record_officials(by, poll, at))
    _all_met(gate for gate in _gates(poll, "officials", at) if gate.key != "officials_adopted")
    adopted = hands(poll, "监票、计票人员名单", votes, why)
    Poll.objects.filter(pk=poll.pk).update(officials_adopted_at=at, officials_votes=adopted)
    poll.officials_adopted_at, poll.officials_votes = at, adopted
    write(poll.chain, "voting.officials_adopted", poll, by=by, at=at, why=why, votes=adopted)


@transaction.atomic
def say(poll: Poll, kind: str, value: int, *, by: Any, at: datetime, why: str = "") -> Figure | None:
    """Write down one figure. The same figure again changes nothing; another one is a correction.

    More returned than issued makes the vote void at once, as the law says (《选举法》第四十四条).
    Raises ValidationError: a correction without its reason, a figure that cannot be.
    """
    require(rights.may_say(by, poll, kind, at))
    _locked(poll)
    if kind == Kind.RETURNED and sealed_count.sealed_in(poll):
        raise ValidationError({"value": _("纸质票已并入电子记录，收回张数不能再改。")})
    if not 0 <= value <= LARGEST:
        raise ValidationError({"value": _("请填0到%(most)s之间的整数。") % {"most": LARGEST}})
    said = box.figures(poll)
    if said.get(kind) == value:
        return None
    if kind in said and not why.strip():
        raise ValidationError(
            {
                "why": _("已登记为%(old)s。要改为%(new)s，请写明更正理由。")
                % {"old": said[kind], "new": value}
            },
            code="reason",
        )
    _possible(poll, {**said, kind: value}, kind)
    made = _figure(poll, kind, value, said.get(kind), by=by, at=at, why=why)
    now = box.totals(_read(poll))
    _void_when_too_many(poll, now, by=by, at=at)
    screen.numbers(poll, by=by, at=at)
    return made


def one_more_paper(poll: Poll, *, by: Any, at: datetime, why: str) -> None:
    """A sheet was given for a slip: one more is out, one less left over; nothing is counted twice.

    Before the papers were handed out nothing is said: the sheet is then among those handed out.
    Raises ValidationError when, as the figures stand, no sheet is left.
    """
    _locked(poll)
    said = box.figures(poll)
    if Kind.ISSUED not in said:
        return
    left = said.get(Kind.LEFT_OVER)
    if left == 0:
        raise ValidationError(_("按登记已没有剩余的表决票，请先核对剩余张数，再换。"), code="none_left")
    _figure(poll, Kind.ISSUED, said[Kind.ISSUED] + 1, said[Kind.ISSUED], by=by, at=at, why=why)
    if left is not None:
        _figure(poll, Kind.LEFT_OVER, left - 1, left, by=by, at=at, why=why)
    screen.numbers(_read(poll), by=by, at=at)


def _figure(poll: Poll, kind: str, value: int, old: int | None, *, by: Any, at: datetime, why: str) -> Figure:
    made = Figure.objects.create(poll=poll, kind=kind, value=value, at=at, by=by, why=why.strip())
    verb = "voting.figure_said" if old is None else "voting.figure_corrected"
    write(poll.chain, verb, poll, by=by, at=at, why=why, kind=kind, value=value, old=old)
    return made


def _possible(poll: Poll, said: dict[str, int], kind: str) -> None:
    if kind == Kind.ISSUED:
        present = said.get(Kind.PRESENT)
        if present is None:
            raise ValidationError({"value": _("请先清点到会人数。")})
        slips = sealed.slips if (sealed := box.electronic(poll)) else 0
        if said[kind] + slips > present:
            raise ValidationError(
                {
                    "value": _("发出%(issued)s张，不能多于实到%(present)s人。")
                    % {"issued": said[kind] + slips, "present": present}
                }
            )
    e = box.reckon(said, sealed=box.electronic(poll) or box.PAPER_ONLY, paper=poll.by_paper)
    over = (e.returned or 0) > (LARGEST if e.issued is None else e.issued)
    if poll.state == State.DECLARED and over:
        raise ValidationError(
            {"value": _("这样收回就多于发出。结果已宣布，不能在这里改为无效，请依法另行处理。")}
        )


@transaction.atomic
def count_present(poll: Poll, *, by: Any, at: datetime, why: str = "") -> None:
    """State entitled and present from the sign-in at this moment; again until voting opens.

    Once papers are out or voting is open a change needs its reason.
    """
    require(rights.may_count_present(by, poll, at))
    _locked(poll)
    numbers, said = poll.meeting.voters.numbers(), box.figures(poll)
    if not numbers["entitled"]:
        raise ValidationError(_("还没有应到名单，请先在会议里确定应到人员。"))
    now = {Kind.ENTITLED: numbers["entitled"], Kind.PRESENT: numbers["present"]}
    changed = {kind: value for kind, value in now.items() if said.get(kind) != value}
    late = Kind.ISSUED in said or poll.state != State.READY
    if changed and Kind.PRESENT in said and late and not why.strip():
        raise ValidationError({"why": _("已经发票，要改到会人数，请写明理由。")}, code="reason")
    if (issued := box.totals(poll).get(Kind.ISSUED, 0)) > numbers["present"]:
        raise ValidationError(
            _("现在实到%(present)s人，少于已发出的%(issued)s张，请核对签到。")
            % {"present": numbers["present"], "issued": issued}
        )
    for kind, value in changed.items():
        _figure(poll, kind, value, said.get(kind), by=by, at=at, why=why)


@transaction.atomic
def hand_out(
    poll: Poll, issued: int, left_over: int, replaced: int = 0, *, by: Any, at: datetime, why: str = ""
) -> None:
    """The papers are out: issued, left over and taken back for a new one, in one go."""
    for kind, value in ((Kind.ISSUED, issued), (Kind.REPLACED, replaced), (Kind.LEFT_OVER, left_over)):
        try:
            say(poll, kind, value, by=by, at=at, why=why)
        except ValidationError as error:
            if hasattr(error, "error_dict") and "value" in error.error_dict:
                raise ValidationError({str(kind): error.error_dict["value"]}) from error
            raise


@transaction.atomic
def seal(poll: Poll, *, by: Any, at: datetime) -> None:
    """This official found the box empty and sealed it; two, one of them the chief, make it sealed."""
    require(rights.may_seal(by, poll, at))
    _made, new = Seal.objects.get_or_create(poll=poll, user=by, defaults={"at": at})
    if new:
        write(poll.chain, "voting.box_sealed", poll, by=by, at=at)


@transaction.atomic
def override(poll: Poll, gate: str, *, by: Any, at: datetime, why: str) -> None:
    """Pass an unmet gate with a written reason, which is printed on the report.

    Raises ValidationError for a gate that is met, that cannot be passed, or without a reason.
    """
    require(rights.may_override(by, poll, at))
    _reason(why)
    _locked(poll)
    gates = {one.key: one for step in rules.steps(poll, at) for one in step.gates}
    if gate not in gates or not gates[gate].soft:
        raise ValidationError(_("这个条件是法律或计票的要求，不能越过。"))
    if gates[gate].passed:
        raise ValidationError(_("这个条件已经满足，不必越过。"))
    Override.objects.create(poll=poll, gate=gate, why=why.strip(), by=by, at=at)
    write(poll.chain, "voting.gate_overridden", poll, by=by, at=at, why=why, gate=gate)


@transaction.atomic
def open_poll(poll: Poll, *, by: Any, at: datetime) -> None:
    """Voting begins: all steps before must be done. Raises ValidationError saying what is missing."""
    require(rights.may_open(by, poll, at))
    _done_before(poll, "open", at)
    _all_met(_gates(poll, "open", at))
    move(poll, State.OPEN, chain=poll.chain, by=by, at=at, also={"opened_at": at})
    screen.voting(poll, by=by, at=at)


@transaction.atomic
def close_poll(poll: Poll, *, by: Any, at: datetime) -> None:
    require(rights.may_close(by, poll, at))
    move(poll, State.CLOSED, chain=poll.chain, by=by, at=at, also={"closed_at": at})
    if poll.by_phone:
        sealed_box.close(poll, by=by, at=at)
        _void_when_too_many(poll, box.totals(poll), by=by, at=at)
    screen.sealed(poll, by=by, at=at)


def _void_when_too_many(poll: Poll, said: dict[str, int], *, by: Any, at: datetime) -> None:
    """More ballots came back than were issued: void by law (《选举法》第四十四条)."""
    if poll.state == State.CLOSED and said.get(Kind.RETURNED, 0) > said.get(Kind.ISSUED, LARGEST):
        reason = void_by_law(poll, said)
        move(poll, State.VOID, chain=poll.chain, by=by, at=at, why=reason, also={"void_reason": reason})


@transaction.atomic
def void(poll: Poll, *, by: Any, at: datetime, why: str) -> None:
    """Make the vote void; it is to be repeated. What lies in the electronic box is never opened."""
    require(rights.may_void(by, poll, at))
    _reason(why)
    also = {"void_reason": why.strip()}
    move(poll, State.VOID, chain=poll.chain, by=by, at=at, why=why, also=also)
    # After the move, which ballots that are being cast wait for or see.
    if electronic := getattr(poll, "box", None):
        unopened = electronic.ballots.all().delete()[0]
        forget(electronic.ballots.model._meta.db_table)
        write(poll.chain, "voting.ballots_unopened", poll, by=by, at=at, ballots=unopened)


@transaction.atomic
def declare(poll: Poll, *, by: Any, at: datetime) -> None:
    """The chair declares the result that the chief scrutineer confirmed; again after a correction.

    Raises ValidationError while anything before is open, MoveError when it was declared already.
    """
    require(rights.may_declare(by, poll, at), _("宣布结果的人不能参加过计票或确认，请由主持人宣布。"))
    _done_before(poll, "declared", at)
    tally = poll.tallies.current()
    assert tally is not None  # the steps before are done
    if problems := box.equation(poll).problems:
        raise ValidationError(problems)
    if not counting.is_current(poll, tally):
        raise ValidationError(_("计票以后又有更正或认定，请先重新汇总。"), code="stale")
    if poll.state == State.CLOSED:
        if left := counting.open_problems(poll):
            raise ValidationError(left, code="open")
        move(
            poll,
            State.DECLARED,
            chain=poll.chain,
            by=by,
            at=at,
            also={"declared_at": at},
            tally=tally.pk,
            sentence=tally.outcome["sentence_zh"],
        )
    else:
        _declare_again(poll, tally, by=by, at=at)
    screen.result(poll, tally, by=by, at=at)


def _declare_again(poll: Poll, tally: Any, *, by: Any, at: datetime) -> None:
    if poll.declared_at is not None and tally.confirmed_at <= poll.declared_at:
        raise MoveError(_("结果已经宣布。"), code="move")
    changed = Poll.objects.filter(pk=poll.pk, declared_at=poll.declared_at).update(declared_at=at)
    if not changed:
        raise MoveError(_("刚才已有人改动了它，请刷新页面再看。"), code="stale")
    write(
        poll.chain,
        "voting.declared_again",
        poll,
        by=by,
        at=at,
        why=tally.why,
        tally=tally.pk,
        sentence=tally.outcome["sentence_zh"],
    )
    poll.declared_at = at
    if poll.published_at:
        index.put(**found.page(poll))


@transaction.atomic
def publish(poll: Poll, *, by: Any, at: datetime) -> None:
    """Show the declared result to the public."""
    require(rights.may_publish(by, poll, at))
    if not Poll.objects.filter(pk=poll.pk, published_at=None).update(published_at=at):
        raise MoveError(_("已经公布。"), code="move")
    poll.published_at = at
    write(poll.chain, "voting.published", poll, by=by, at=at)
    index.put(**found.page(poll))


@transaction.atomic
def withdraw(poll: Poll, *, by: Any, at: datetime, why: str) -> None:
    """Take the result off the public pages again, for a reason."""
    require(rights.may_publish(by, poll, at))
    _reason(why)
    if not Poll.objects.filter(pk=poll.pk, published_at__isnull=False).update(published_at=None):
        raise MoveError(_("还没有公布。"), code="move")
    poll.published_at = None
    write(poll.chain, "voting.withdrawn", poll, by=by, at=at, why=why)
    index.drop(found.address(poll))


def _gates(poll: Poll, key: str, at: datetime) -> tuple[rules.Gate, ...]:
    return next(step.gates for step in rules.steps(poll, at) if step.key == key)


def _all_met(gates: Any) -> None:
    unmet = [gate.why for gate in gates if not gate.passed]
    if unmet:
        raise ValidationError(unmet)


def _done_before(poll: Poll, key: str, at: datetime) -> None:
    missing = []
    for step in rules.steps(poll, at):
        if step.key == key:
            break
        if step.state != "done":
            whys = "".join(gate.why for gate in step.gates if not gate.passed)
            missing.append(_("“%(step)s”还没有完成。") % {"step": step.title} + whys)
    if missing:
        raise ValidationError(missing)


def _reason(why: str) -> None:
    if not why.strip():
        raise ValidationError({"why": _("请写明理由。")}, code="reason")


def _read(poll: Poll) -> Poll:
    """The poll with its records as they stand now."""
    return Poll.objects.whole().get(pk=poll.pk)


def _locked(poll: Poll) -> None:
    """Only one at a time says figures of this poll (SQLite has one writer anyhow)."""
    state = Poll.objects.select_for_update().values_list("state", flat=True).get(pk=poll.pk)
    if state != poll.state:
        raise MoveError(_("刚才已有人改动了它，请刷新页面再看。"), code="stale")
