"""What the pages of keys say: how far each scrutineer and each electronic box is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from yishi.voting.models import Poll, RecordEntry
from yishi.voting.rules import sealed
from yishi.voting.rules import sealed_keys as rules
from yishi.voting.rules.rights import SCRUTINEERS, hat

if TYPE_CHECKING:
    from yishi.meetings.models import Meeting
    from yishi.voting.models import SealedSession, Trustee

State = Poll.State


def holders(session: SealedSession, user: Any) -> list[dict[str, Any]]:
    """Each scrutineer with a word for how far the key is."""
    return [
        {"holder": one, "mine": one.user_id == user.pk, **_word(session, one)}
        for one in session.keyholders.all()
    ]


def _word(session: SealedSession, one: Trustee) -> dict[str, str]:
    if one.agreed_at:
        return {"kind": "ok", "word": _("已核对")}
    if session.trustees:
        return {"kind": "warn", "word": _("已生成，等待核对")}
    if one.commitment:
        return {"kind": "now", "word": _("正在生成")}
    return {"kind": "", "word": _("等待打开页面")}


def progress(session: SealedSession) -> dict[str, int]:
    """How many scrutineers have begun, and have compared, of how many."""
    every = list(session.keyholders.all())
    return {
        "size": len(every),
        "begun": sum(bool(one.commitment) for one in every),
        "agreed": sum(bool(one.agreed_at) for one in every),
    }


def boxes(meeting: Meeting, session: SealedSession | None, user: Any) -> list[dict[str, Any]]:
    """Each vote by phone with the state of its box; three queries beside those of the polls."""
    polls = list(meeting.polls.with_records().exclude(doors=Poll.Doors.PAPER))
    said: dict[int, Any] = {
        row["box__poll"]: row
        for row in RecordEntry.objects.filter(
            box__poll__in=[one.pk for one in polls if one.state in (State.CLOSED, State.DECLARED)],
            name__endswith=".event.json",
        )
        .values("box__poll")
        .annotate(
            closed=Count("pk", filter=_of("EncryptedTally")),
            shares=Count("pk", filter=_of("PartialDecryption")),
            counted=Count("pk", filter=_of("Result")),
        )
        .order_by()
    }
    need = session.threshold if session else 0
    rows = []
    for poll in polls:
        poll.meeting = meeting
        kind, word = _box(poll, said.get(poll.pk), need)
        opens = poll.state == State.CLOSED and bool(said.get(poll.pk, {}).get("closed"))
        mine = opens and hat(user, poll) in SCRUTINEERS
        rows.append({"poll": poll, "kind": kind, "word": word, "may_open": mine})
    return rows


def _of(kind: str) -> Q:
    return Q(content__contains=f'"type":"{kind}"')


def _box(poll: Poll, said: dict[str, int] | None, need: int) -> tuple[str, str]:
    """Kind of the chip and its word."""
    if poll.state == State.VOID:
        return "bad", _("作废")
    if getattr(poll, "box", None) is None:
        return "", _("票箱未封")
    if poll.state == State.READY:
        return "info", _("票箱已封")
    if poll.state == State.OPEN:
        return "now", _("投票中")
    if said and said["counted"]:
        return "ok", _("票箱已打开")
    if said and said["closed"]:
        return "warn", _("已截止，等监票人开箱：%(n)d / %(need)d") % {"n": said["shares"], "need": need}
    return "now", _("已截止，正在合成记录")


# --- what a scrutineer's page asks -------------------------------------------


def key_state(trustee: Trustee) -> dict[str, Any]:
    """How far the keys are, and what the others sent that this scrutineer may see.

    {context, index, size, threshold, stage, begun, agreed, mine: {commitment, agreed}, changed,
    commitments, certificates, nonces, coefficients, shares, names}. Messages are the texts as they
    were signed; certificates only once all are bound to theirs, `shares` are those for this one.
    """
    session = trustee.session
    every = list(session.keyholders.select_related("user__person"))
    mine = next(one for one in every if one.pk == trustee.pk)
    open_ = all(one.certificate for one in every)
    dealt = all(one.coefficients for one in every)
    return {
        "context": rules.context(session),
        "index": mine.index,
        "size": len(every),
        "threshold": session.threshold,
        "stage": sealed.stage(session),
        "names": [str(one.user) for one in every],
        "begun": sum(bool(one.commitment) for one in every),
        "agreed": sum(bool(one.agreed_at) for one in every),
        "mine": {"commitment": mine.commitment, "agreed": bool(mine.agreed_at)},
        "sent": {
            "reveal": bool(mine.certificate),
            "deal": bool(mine.coefficients),
            "verify": bool(mine.verification),
        },
        "changed": not session.trustees and rules.changed(session),
        "commitments": [one.commitment for one in every],
        "certificates": [one.certificate for one in every] if open_ else [],
        "nonces": [one.nonce for one in every] if open_ else [],
        "coefficients": [one.coefficients and one.coefficients[0] for one in every] if dealt else [],
        "shares": [_share(one, mine.index) for one in every] if dealt else [],
    }


def _share(one: Trustee, to: int) -> str:
    """What `one` sent to number `to`; "null" at its own place."""
    return next((text for text in one.shares if rules.said(text)["to"] == to), "null")
