"""The keys of sealed voting: who makes them, who may see how far they are, the server's own key."""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.conf import settings

from yishi.ballot import ceremony
from yishi.ballot.encoding import parse
from yishi.ballot.group import Q
from yishi.people.models import User
from yishi.people.rules import is_clerk, works_in
from yishi.voting.models import Official, Poll, SealedBox, SealedSession, Trustee
from yishi.voting.rules.rights import SCRUTINEERS, may_work, presides

if TYPE_CHECKING:
    from datetime import datetime

    from yishi.meetings.models import Meeting

Hat = Official.Hat
State = Poll.State
MOST = 20  # scrutineers with keys: every one writes to every other


def server_secret(session: SealedSession) -> int:
    """The server's own key, needed beside the scrutineers' so that they cannot open a box in secret.

    It is derived from the installation's secret and the session's salt and stored nowhere: a copy
    of the database alone opens nothing, and whoever restores a backup with its settings can still
    open the boxes of its meetings.
    """
    text = f"yishi-server-key|{session.salt}"
    digest = hmac.new(settings.SECRET_KEY.encode(), text.encode(), "sha512").digest()
    return int.from_bytes(digest, "big") % Q


def context(session: SealedSession) -> str:
    """What the scrutineers' keys are derived for: another when they are made anew.

    The session's own uuid stays, since it stands on the slips that were printed.
    """
    return f"{session.uuid}-{sha256(f'yishi-keys|{session.salt}'.encode()).hexdigest()[:16]}"


# --- who holds keys ----------------------------------------------------------


def scrutineers(meeting: Meeting) -> list[User]:
    """Whoever scrutinises a vote of this meeting by phone, each once, the chief scrutineer first."""
    hats = (
        Official.objects.filter(poll__meeting=meeting, hat__in=SCRUTINEERS)
        .exclude(poll__doors=Poll.Doors.PAPER)
        .exclude(poll__state=State.VOID)
        .select_related("user__person")
    )
    ordered = sorted(hats, key=lambda one: (one.hat != Hat.CHIEF_SCRUTINEER, one.pk))
    return list({one.user_id: one.user for one in ordered}.values())


def least(size: int) -> int:
    """The fewest scrutineers that may open a box: never one alone where there are two."""
    return min(2, size)


def usual(size: int) -> int:
    """More than half."""
    return size // 2 + 1


def changed(session: SealedSession) -> bool:
    """The scrutineers are others than those the keys were begun with."""
    held = {one.user_id for one in session.keyholders.all()}
    return held != {user.pk for user in scrutineers(session.meeting)}


def any_sealed(meeting: Meeting) -> bool:
    """A box was sealed with these keys: from now on they stay."""
    return SealedBox.objects.filter(poll__meeting=meeting).exists()


def said(text: Any) -> Any:
    """A message of a scrutineer's page from the text that is kept."""
    return parse(text.encode())


def dealt(one: Trustee) -> tuple[Any, Any]:
    """The signed coefficients of a scrutineer, and the signature over all certificates."""
    coefficients, agreement = one.coefficients or ("null", "null")
    return said(coefficients), said(agreement)


def digits(session: SealedSession) -> str:
    """The six digits that every page shows, once all certificates are there; else empty."""
    holders = list(session.keyholders.all())
    if not all(one.certificate for one in holders):
        return ""
    found = [said(one.certificate) for one in holders]
    return ceremony.digits(context(session), found, [one.nonce for one in holders])


# --- who may -----------------------------------------------------------------


def may_see_sealed(user: Any, meeting: Meeting, now: datetime) -> bool:
    """Where keys, slips and boxes of a meeting stand: who works there, who presides, its scrutineers."""
    if works_in(user, meeting.body) or presides(user, meeting):
        return True
    return bool(user.is_authenticated) and (
        Official.objects.filter(poll__meeting=meeting, user=user, hat__in=SCRUTINEERS).exists()
    )


def may_start_over(user: Any, session: SealedSession, now: datetime) -> bool:
    """Make the keys anew, with other scrutineers or another number of them: the clerk."""
    meeting = session.meeting
    return is_clerk(user, meeting.body) and meeting.state != meeting.State.CLOSED


def may_see_opening(user: Any, poll: Poll, now: datetime) -> bool:
    """The page on which scrutineers open a box; who else works in the poll sees how far they are."""
    return poll.by_phone and poll.state in (State.CLOSED, State.DECLARED) and may_work(user, poll, now)
