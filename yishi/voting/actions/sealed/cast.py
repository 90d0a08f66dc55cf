"""A sealed ballot into the box: whole, verified and on the disk before anybody is told so.

Nobody signs in here: the ballot's own signature, under a credential of the list, is the right to
cast it. No time, address or user is kept, and nothing is journalled one by one: the record of the
box, written at its close, is the account of what lay in it.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.db import transaction

from yishi.ballot.elections import Election
from yishi.voting import pool
from yishi.voting.models import CastBallot, Poll
from yishi.voting.rules.sealed import lies_in

if TYPE_CHECKING:
    from yishi.voting.models import SealedBox

State = Poll.State
CREDENTIAL = re.compile(r"[0-9a-f]{64}")
# The most bytes that a proof, a choice with its two proofs, and the rest of a ballot take.
PROOF, CHOICE, REST = 220, 800, 1500


@dataclass(frozen=True)
class Receipt:
    """What became of it.

    state: `in`: a ballot of this slip lies in the box; `tracker` is its number, and `mine` says
    whether it is this one. `open`: none yet (only `status`). Else why not: `waiting` or `closed`
    (the box), `unknown_slip` or `exchanged` (the slip), `bad` (the ballot). `why`: a key of
    words.booth, finer than the state.
    """

    state: str
    tracker: str = ""
    mine: bool = False
    why: str = ""


def cast(box: SealedBox, raw: bytes) -> Receipt:
    """Take in a ballot of this box. The same bytes again change nothing and are answered alike.

    What costs least is asked first. `raw`: the ballot's JSON as the phone sealed it.
    """
    told = _read(box, raw)
    if isinstance(told, Receipt):
        return told
    tracker = number(raw)
    refused = _refused(box, box.poll, told, tracker)
    if refused is not None:
        return refused
    said = pool.check(box.election, raw)
    if said.fault or (said.credential, said.tracker) != (told, tracker):
        return Receipt("bad")
    return _store(box, told, tracker, raw.decode())


def status(box: SealedBox, credential: Any) -> Receipt:
    """Whether a ballot of this credential lies in the box, at any time; else why it could not, or `open`."""
    if not isinstance(credential, str) or not CREDENTIAL.fullmatch(credential):
        return Receipt("bad")
    state = standing(box.poll)
    return _last(box, state, credential) or _slip(box, credential) or Receipt(state)


def standing(poll: Poll) -> str:
    """waiting | open | closed, as the booth shows it."""
    if poll.state == State.OPEN:
        return "open"
    return "waiting" if poll.state in (State.DRAFT, State.READY) else "closed"


def number(raw: bytes) -> str:
    """The tracker of a ballot (回执号)."""
    return b64encode(sha256(raw).digest()).decode().rstrip("=")


# --- what lies in the box ----------------------------------------------------


def _last(box: SealedBox, state: str, credential: str, tracker: str = "") -> Receipt | None:
    """The ballot of this credential that counts; after the close it is found in the record."""
    last = lies_in(box, credential)
    if last is not None:
        return Receipt("in", last.tracker, last.tracker == tracker)
    # Who makes up credentials does not have the whole record searched.
    if state != "closed" or not _listed(box, credential):
        return None
    said = f'"credential":"{credential}"'
    entry = box.entries.filter(content__contains=said).order_by("-place").first()
    if entry is None:
        return None
    in_record = number(entry.content.encode())
    return Receipt("in", in_record, in_record == tracker)


# --- refusals, before anything is computed -----------------------------------


def _read(box: SealedBox, raw: bytes) -> str | Receipt:
    """The credential a ballot names, or why it cannot be one of this box."""
    if len(raw) > largest(box.election):
        return Receipt("bad")
    try:
        ballot = json.loads(raw.decode())
        credential, uuid = ballot["credential"], ballot["election_uuid"]
    except (ValueError, RecursionError, TypeError, LookupError):
        return Receipt("bad")
    if uuid != box.uuid:
        return Receipt("bad", why="other_vote")
    if not isinstance(credential, str) or not CREDENTIAL.fullmatch(credential):
        return Receipt("bad")
    return credential


@lru_cache(maxsize=8)
def largest(election: str) -> int:
    """Bytes that no ballot of this election exceeds."""
    size = REST
    for question in Election.parse(election.encode()).questions:
        choices = len(question.answers) + question.blank
        sums = question.maximum - question.minimum + 1
        size += choices * CHOICE + (sums + 4) * PROOF
    return size


def _refused(box: SealedBox, poll: Poll, credential: str, tracker: str) -> Receipt | None:
    """What an honest ballot is answered that need not be taken in: it lies there, or may not.

    The same bytes may come twice, since a phone sends again when it got no answer. A ballot that
    its voter has replaced since is not the one that counts, and is not said to be.
    """
    state = standing(poll)
    last = _last(box, state, credential, tracker)
    if last is not None:
        changes = poll.revote and state == "open" and not box.ballots.filter(tracker=tracker).exists()
        return None if changes else last
    return Receipt(state) if state != "open" else _slip(box, credential)


def _slip(box: SealedBox, credential: str) -> Receipt | None:
    """Why this slip may not vote here: struck slips are not in the list, others never were."""
    if not _listed(box, credential):
        return Receipt("unknown_slip")
    return Receipt("exchanged") if box.exchanged.filter(credential=credential).exists() else None


def _listed(box: SealedBox, credential: str) -> bool:
    # 64 hex digits and a quote before them: nothing else in the list can look like it.
    return f'"{credential}' in box.listing


# --- into the box ------------------------------------------------------------


@transaction.atomic(durable=True)
def _store(box: SealedBox, credential: str, tracker: str, content: str) -> Receipt:
    """Asked again under the poll's lock: a close, an exchange or the same slip may have come meanwhile.

    SQLite has one writer at a time, so that whoever closes waits, or has closed; elsewhere the row
    is locked. No constraint is left to find a double: what a database says of it would be in its log.
    """
    poll = Poll.objects.select_for_update(no_key=True).get(pk=box.poll_id)
    refused = _refused(box, poll, credential, tracker)
    if refused is not None:
        return refused
    last = lies_in(box, credential) if poll.revote else None
    turn = last.turn + 1 if last else 1
    CastBallot.objects.create(box=box, credential=credential, turn=turn, tracker=tracker, content=content)
    return Receipt("in", tracker, mine=True)
