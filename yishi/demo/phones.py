"""A vote by phone in the demo: keys, slips and ballots made here as the devices would make them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from yishi.ballot import ceremony, credentials, tally
from yishi.ballot.elections import Election
from yishi.ballot.sealing import seal, tracker
from yishi.voting.actions import counting, polls
from yishi.voting.actions.sealed import box as electronic
from yishi.voting.actions.sealed import session as keys
from yishi.voting.actions.sealed import slips
from yishi.voting.models import CastBallot, Draw, Poll, SealedBox
from yishi.voting.rules.sealed_keys import context, digits
from yishi.voting.views.sealed.page import page_hash

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from yishi.people.models import User
    from yishi.voting.models import SealedSession

MINUTE = timedelta(minutes=1)
KEYED = ("chief_scrutineer", "scrutineer")


def held_by_phone(
    poll: Poll, clerk: User, crew: dict[str, User], ballots: Sequence[Sequence[str]], at: datetime
) -> datetime:
    """From the show of hands to the published record; gives the time it was declared. Ticks only."""
    chair, n = crew["chair"], len(ballots)
    hands = {"for": n, "against": 0, "abstain": 0}
    polls.adopt_method(poll, hands, by=chair, at=at)
    polls.adopt_officials(poll, hands, by=chair, at=at + MINUTE)
    session = keys.arrange(poll.meeting, 2, by=clerk, at=at + 2 * MINUTE)
    secrets = _ceremony(session, crew, at + 3 * MINUTE)
    polls.count_present(poll, by=clerk, at=at + 5 * MINUTE)
    codes = _slips(session, clerk, at + 6 * MINUTE)
    electronic.seal_box(_read(poll), page_hash=page_hash(), by=crew["scrutineer"], at=at + 9 * MINUTE)
    polls.open_poll(_read(poll), by=chair, at=at + 10 * MINUTE)
    _cast(SealedBox.objects.get(poll=poll), codes, ballots)
    polls.close_poll(_read(poll), by=chair, at=at + 20 * MINUTE)
    for name in KEYED:
        box = SealedBox.objects.get(poll=poll)
        election = Election.parse(box.election.encode())
        share = tally.partial(election, electronic.encrypted_tally(box), secrets[name]).decode()
        electronic.give_share(_read(poll), share, by=crew[name], at=at + 22 * MINUTE)
    counted = _read(poll).tallies.current()
    assert counted is not None
    counting.confirm(counted, by=crew["chief_scrutineer"], at=at + 25 * MINUTE)
    polls.declare(_read(poll), by=chair, at=at + 28 * MINUTE)
    polls.publish(_read(poll), by=clerk, at=at + 30 * MINUTE)
    poll.refresh_from_db()
    return at + 35 * MINUTE


def _read(poll: Poll) -> Poll:
    return Poll.objects.whole().get(pk=poll.pk)


def _ceremony(session: SealedSession, crew: dict[str, User], at: datetime) -> dict[str, int]:
    """Both scrutineers' keys; what their pages keep for themselves is given back and stored nowhere."""
    places = {one.user_id: one for one in session.keyholders.all()}
    who = {name: places[crew[name].pk] for name in KEYED}
    size, t = len(places), session.threshold
    holders = {
        name: ceremony.Keyholder(context(session), one.index, size, t, credentials.new_code())
        for name, one in who.items()
    }
    order = sorted(holders.values(), key=lambda holder: holder.index)
    certs, rows = (
        [holder.certificate() for holder in order],
        [holder.coefexps() for holder in order],
    )
    shares = [{share["to"]: share for share in holder.shares(certs)} for holder in order]
    for name, holder in holders.items():
        sent = ceremony.commitment(holder.certificate(), holder.nonce())
        keys.commit(who[name], sent, by=crew[name], at=at)
    for name, holder in holders.items():
        keys.reveal(who[name], holder.certificate(), holder.nonce(), by=crew[name], at=at)
    for name, holder in holders.items():
        mine = list(shares[holder.index - 1].values())
        keys.deal(who[name], holder.coefexps(), holder.agreement(certs), mine, by=crew[name], at=at)
    found = {}
    for name, holder in holders.items():
        found[name] = holder.decryption_key(rows, certs, [row.get(holder.index) for row in shares])
        keys.verify(who[name], holder.verification_key(found[name]), by=crew[name], at=at)
    session.refresh_from_db()
    for name in holders:
        keys.agree(who[name], digits(session), by=crew[name], at=at + MINUTE)
    return found


def _slips(session: SealedSession, clerk: User, at: datetime) -> list[str]:
    """One for each present, drawn."""
    voters = list(session.meeting.voters.present())
    codes = [credentials.new_code() for _voter in voters]
    listings = {uuid: sorted(credentials.public(uuid, code) for code in codes) for uuid in session.uuids}
    slips.add_lot(session, listings, by=clerk, at=at)
    for voter in voters:
        slips.draw(session, voter, Draw.Door.SLIP, by=clerk, at=at + MINUTE)
    return codes


def _cast(box: SealedBox, codes: Sequence[str], ballots: Sequence[Sequence[str]]) -> None:
    """Put into the box directly: a ballot is cast in a transaction of its own, the demo is built in one."""
    election = Election.parse(box.election.encode())
    for code, marks in zip(codes, ballots, strict=True):
        raw = seal(election, credentials.secret(box.uuid, code), [[int(mark == "f") for mark in marks]]).raw
        credential = credentials.public(box.uuid, code)
        CastBallot.objects.create(box=box, credential=credential, tracker=tracker(raw), content=raw.decode())
