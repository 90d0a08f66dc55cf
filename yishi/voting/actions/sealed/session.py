"""Sealed voting of a meeting arranged, and the scrutineers' keys made: what their pages send, checked.

No secret comes here. Messages are kept as the very text that was signed: a database may put the
fields of a JSON object in another order.
"""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from yishi.ballot import ceremony, trustees
from yishi.ballot.elections import new_uuid
from yishi.ballot.encoding import compact
from yishi.ballot.errors import Fault
from yishi.ballot.group import parse_point
from yishi.journal.chain import write
from yishi.meetings.models import Meeting
from yishi.voting.models import Poll, SealedSession, Trustee
from yishi.voting.rules import sealed
from yishi.voting.rules import sealed_keys as rules
from yishi.web.access import require

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from yishi.people.models import User

SPARE = 6  # votes that may still come: a repeat, a second ballot, a matter added in the hall
COMMITMENT = re.compile(r"[0-9a-f]{64}")
NONCE = re.compile(r"[0-9a-f]{32}")
BLANK: dict[str, Any] = {
    "commitment": "",
    "certificate": None,
    "nonce": "",
    "coefficients": None,
    "shares": [],
    "verification": None,
    "agreed_at": None,
}
APART = 1000  # lifts the old numbers out of the way of the new ones


# --- arranged ----------------------------------------------------------------


@transaction.atomic
def arrange(meeting: Meeting, threshold: int | None = None, *, by: Any, at: datetime) -> SealedSession:
    """Sealed voting for a meeting: its scrutineers get keys, `threshold` of whom open a box.

    Without `threshold` more than half of them. Raises ValidationError: arranged already, no vote by
    phone, no scrutineers, a threshold that cannot be.
    """
    require(sealed.may_arrange(by, meeting, at))
    Meeting.objects.select_for_update().get(pk=meeting.pk)
    if SealedSession.objects.filter(meeting=meeting).exists():
        raise ValidationError(_("这次会议已经安排过密封投票。"))
    polls = meeting.polls.exclude(doors=Poll.Doors.PAPER).exclude(state=Poll.State.VOID).count()
    if not polls:
        raise ValidationError(_("请先把要用手机投票的表决事项的投票方式设为“手机密封票”。"))
    users = _scrutineers(meeting)
    session = SealedSession.objects.create(
        meeting=meeting,
        uuid=new_uuid(),
        uuids=[new_uuid() for _n in range(polls + SPARE)],
        salt=secrets.token_hex(32),
        threshold=_threshold(threshold, len(users)),
        at=at,
    )
    _seat(session, users)
    data: dict[str, Any] = {"users": [user.pk for user in users], "threshold": session.threshold}
    write(session.chain, "voting.sealed_arranged", meeting, by=by, at=at, **data)
    return session


@transaction.atomic
def start_over(
    session: SealedSession, threshold: int | None = None, *, by: Any, at: datetime, why: str = ""
) -> None:
    """All keys anew, with the scrutineers as they are now. What was made before opens nothing any more.

    The salt is another and with it `rules.context`; the uuid stays: slips with it may be printed.
    Without `threshold` the number stays where it still can. Raises ValidationError: a box was sealed
    with these keys, no reason although somebody has begun.
    """
    require(rules.may_start_over(by, session, at))
    held = SealedSession.objects.select_for_update().get(pk=session.pk)
    if rules.any_sealed(session.meeting):
        raise ValidationError(_("已有电子票箱用这些密钥封好，不能再换密钥。"), code="sealed")
    if not why.strip() and any(one.commitment for one in held.keyholders.all()):
        raise ValidationError({"why": _("已有监票人生成了密钥，重新开始请写明理由。")}, code="reason")
    users = _scrutineers(session.meeting)
    if threshold is None:
        threshold = held.threshold if rules.least(len(users)) <= held.threshold <= len(users) else None
    session.salt, session.trustees = secrets.token_hex(32), ""
    session.threshold, session.at = _threshold(threshold, len(users)), at
    session.save(update_fields=["salt", "trustees", "threshold", "at"])
    _seat(session, users)
    data: dict[str, Any] = {"users": [user.pk for user in users], "threshold": session.threshold}
    write(session.chain, "voting.keys_started_over", session.meeting, by=by, at=at, why=why.strip(), **data)


def set_threshold(session: SealedSession, threshold: int, *, by: Any, at: datetime, why: str = "") -> None:
    """Another number of scrutineers that open a box: it is part of every key, so all are made anew."""
    start_over(session, threshold, by=by, at=at, why=why)


def _scrutineers(meeting: Meeting) -> list[User]:
    users = rules.scrutineers(meeting)
    if not users:
        raise ValidationError(_("手机投票的表决事项还没有监票人，请先提名监票人。"))
    if len(users) > rules.MOST:
        raise ValidationError(_("监票人最多%(most)d名。") % {"most": rules.MOST})
    return users


def _threshold(asked: int | None, size: int) -> int:
    asked = rules.usual(size) if asked is None else asked
    if not rules.least(size) <= asked <= size:
        said = {"size": size, "least": rules.least(size)}
        text = _("监票人共%(size)d名，开箱所需人数要在%(least)d和%(size)d之间。")
        raise ValidationError({"threshold": text % said})
    return asked


def _seat(session: SealedSession, users: Sequence[User]) -> None:
    """A blank place for each, in order. Rows stay, so that a page left open finds its own again."""
    session.keyholders.exclude(user__in=users).delete()
    session.keyholders.update(index=F("index") + APART)
    for index, user in enumerate(users, start=1):
        Trustee.objects.update_or_create(session=session, user=user, defaults={**BLANK, "index": index})


# --- keys --------------------------------------------------------------------


@transaction.atomic
def commit(trustee: Trustee, commitment: str, *, by: Any, at: datetime) -> None:
    """First message: bound to a certificate that the others do not see yet."""
    round_ = _Round(trustee, by, at)
    if not isinstance(commitment, str) or not COMMITMENT.fullmatch(commitment):
        raise _bad()
    if round_.keeps(commitment=commitment):
        write(round_.chain, "voting.key_begun", round_.thing, by=by, at=at, index=round_.one.index)


@transaction.atomic
def reveal(trustee: Trustee, certificate: Any, nonce: str, *, by: Any, at: datetime) -> None:
    """The certificate that was committed to, once everybody has committed."""
    round_ = _Round(trustee, by, at)
    if not isinstance(nonce, str) or not NONCE.fullmatch(nonce):
        raise _bad()
    kept = {"certificate": _text(certificate), "nonce": nonce}
    if round_.has(**kept):
        return
    round_.reached("reveal")
    one, session = round_.one, round_.session
    place = {"size": len(round_.holders), "threshold": session.threshold, "index": one.index}
    with _Checked():
        trustees.check_certificate(certificate, **place)
        if ceremony.commitment(certificate, nonce) != one.commitment:
            raise _bad()
    round_.keeps(**kept)


@transaction.atomic
def deal(trustee: Trustee, coefficients: Any, agreement: Any, shares: Any, *, by: Any, at: datetime) -> None:
    """The signed coefficients, the signature over all certificates, and a share for each of the others.

    A share can be read only by whom it is for, whose page says so when it does not fit.
    """
    round_ = _Round(trustee, by, at)
    kept = {"coefficients": [_text(coefficients), _text(agreement)], "shares": _shares(shares)}
    if round_.has(**kept):
        return
    round_.reached("deal")
    signer = round_.signers()[round_.one.index - 1]
    with _Checked():
        row = trustees.check_coefexps(coefficients, signer, threshold=round_.session.threshold)
        trustees.check_agreement(agreement, signer, round_.certificates(), row)
        for share in shares:
            parse_point(share["alpha"])
    if [share["to"] for share in shares] != round_.others():
        raise _bad()
    round_.keeps(**kept)


@transaction.atomic
def verify(trustee: Trustee, verification: Any, *, by: Any, at: datetime) -> None:
    """The public key of this scrutineer's own key; with the last one the keys of the meeting are made."""
    round_ = _Round(trustee, by, at)
    kept = {"verification": _text(verification)}
    if round_.has(**kept):
        return
    round_.reached("verify")
    signers, index = round_.signers(), round_.one.index
    with _Checked():
        rows = [
            trustees.check_coefexps(rules.dealt(one)[0], signer, threshold=round_.session.threshold)
            for one, signer in zip(round_.holders, signers, strict=True)
        ]
        text = verification["public_key"]
        right = (
            list(verification) == ["pok", "public_key", "signature"]
            and parse_point(text) == (key := trustees.public_share(rows, index))
            and trustees.proves(f"pok|{trustees.GROUP}|{text}|", key, verification["pok"])
            and trustees.proves(f"sigmsg|{text}|", signers[index - 1], verification["signature"])
        )
    if not right:
        raise _bad()
    round_.keeps(**kept)
    if all(one.verification for one in round_.holders):
        _finish(round_)


def _finish(round_: _Round) -> None:
    """The list of all keys, the server's first, checked as anybody will check it."""
    session, holders = round_.session, round_.holders
    made = ceremony.pedersen(
        session.threshold,
        round_.certificates(),
        [rules.dealt(one)[0] for one in holders],
        [rules.dealt(one)[1] for one in holders],
        [rules.said(one.verification) for one in holders],
    )
    raw = compact([trustees.single(rules.server_secret(session)), made])
    with _Checked():
        trustees.check(raw)
    session.trustees = raw.decode()
    session.save(update_fields=["trustees"])
    data: dict[str, Any] = {"size": len(holders), "threshold": session.threshold}
    write(session.chain, "voting.keys_made", session.meeting, by=round_.by, at=round_.at, **data)


@transaction.atomic
def agree(trustee: Trustee, digits: str, *, by: Any, at: datetime) -> None:
    """The six digits were read out and all were alike; `digits`: those this page shows."""
    round_ = _Round(trustee, by, at)
    if not round_.session.trustees:
        raise _early()
    if digits != rules.digits(round_.session):
        raise ValidationError(_("六位数不一致，请工作人员在密封投票页面重新生成密钥。"), code="digits")
    if round_.one.agreed_at is None:
        round_.keeps(agreed_at=at)
        write(round_.chain, "voting.key_agreed", round_.thing, by=by, at=at, index=round_.one.index)


class _Round:
    """One message of one scrutineer: the session locked, everything read anew.

    Raises Refused for anybody but the scrutineer, ValidationError when the scrutineers changed.
    """

    def __init__(self, trustee: Trustee, by: Any, at: datetime) -> None:
        require(sealed.may_hold(by, trustee, at))
        self.by, self.at = by, at
        sessions = SealedSession.objects.select_for_update(of=("self",)).select_related("meeting")
        self.session = sessions.get(pk=trustee.session_id)
        self.holders = list(self.session.keyholders.all())
        found = [one for one in self.holders if one.pk == trustee.pk]
        # Once the keys are made, whether they suffice is asked of each vote.
        if not found or (not self.session.trustees and rules.changed(self.session)):
            raise ValidationError(_("监票人名单改过，请工作人员在密封投票页面重新生成密钥。"), code="changed")
        self.one = found[0]
        self.chain, self.thing = self.session.chain, self.session.meeting

    def has(self, **said: Any) -> bool:
        """Whether this was sent before, by a page that did not hear the answer."""
        held = {name: getattr(self.one, name) for name in said}
        if any(held.values()) and held != said:
            raise ValidationError(
                _("这把密钥已在另一台设备上开始生成。请用那台设备，或用备份恢复。"), code="other"
            )
        return held == said and any(held.values())

    def keeps(self, **said: Any) -> bool:
        if self.has(**said):
            return False
        for name, value in said.items():
            setattr(self.one, name, value)
        self.one.save(update_fields=list(said))
        return True

    def reached(self, stage: str) -> None:
        order = ("commit", "reveal", "deal", "verify", "compare", "ready")
        now = sealed.stage(self.session)
        if order.index(now) < order.index(stage):
            raise _early()

    def others(self) -> list[int]:
        return [one.index for one in self.holders if one.index != self.one.index]

    def certificates(self) -> list[Any]:
        return [rules.said(one.certificate) for one in self.holders]

    def signers(self) -> list[bytes]:
        size, threshold = len(self.holders), self.session.threshold
        return [
            trustees.check_certificate(found, size=size, threshold=threshold, index=index).verification
            for index, found in enumerate(self.certificates(), start=1)
        ]


class _Checked:
    """Turns what the checks find into a plain refusal."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: Any, error: BaseException | None, _trace: Any) -> None:
        if isinstance(error, (Fault, KeyError, TypeError)):
            raise _bad() from error


def _bad() -> ValidationError:
    return ValidationError(_("这台设备发来的内容没有通过核验。请刷新页面再试。"), code="bad")


def _early() -> ValidationError:
    return ValidationError(_("还要等其他监票人。"), code="early")


def _text(value: Any) -> str:
    """The very text that was signed."""
    try:
        return compact(value).decode()
    except (Fault, ValueError) as error:
        raise _bad() from error


def _shares(shares: Any) -> list[str]:
    right = isinstance(shares, list) and all(
        isinstance(share, dict)
        and list(share) == ["to", "alpha", "data"]
        and type(share["to"]) is int
        and isinstance(share["data"], str)
        and COMMITMENT.fullmatch(share["data"])
        for share in shares
    )
    if not right:
        raise _bad()
    return [_text(share) for share in shares]
