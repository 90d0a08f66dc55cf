"""A hall that votes by phone: keys of its scrutineers, slips in hand, ballots as phones seal them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests import make
from tests.make import NOW
from yishi.ballot import credentials, elections, tally, trustees
from yishi.ballot.ceremony import Keyholder, commitment, pedersen
from yishi.ballot.elections import Election
from yishi.ballot.encoding import compact
from yishi.meetings.models import Voter
from yishi.voting.actions import polls as do
from yishi.voting.actions.sealed import box as electronic
from yishi.voting.models import CastBallot, Draw, Poll, SealedBox, SealedSession, SlipLot, Trustee
from yishi.voting.rules import sealed_count
from yishi.voting.rules.sealed_keys import context, server_secret
from yishi.voting.words import method

if TYPE_CHECKING:
    from collections.abc import Sequence

PAGE = "ab" * 32
VOTES = 3  # election uuids reserved


@dataclass
class Hall:
    """`holders` and `keys`: the scrutineers' ceremony by name; `codes`: the slips that were drawn."""

    poll: Poll
    session: SealedSession
    holders: dict[str, Keyholder]
    keys: dict[str, int]
    codes: list[str] = field(default_factory=list)

    @property
    def box(self) -> SealedBox:
        return SealedBox.objects.get(poll=self.poll)

    def user(self, name: str) -> Any:
        return make.official(self.poll, name)

    def fresh(self) -> Poll:
        return Poll.objects.whole().get(pk=self.poll.pk)

    def cast(self, choices: Sequence[Sequence[Sequence[int]]]) -> list[bytes]:
        """One ballot for each, by the slips in order, put into the box without the server's checks."""
        box = self.box
        made = []
        for code, chosen in zip(self.codes, choices, strict=False):
            raw = make.sealed_ballot(box, code, [list(row) for row in chosen])
            put(box, credentials.public(box.uuid, code), raw)
            made.append(raw)
        return made

    def share(self, name: str) -> str:
        """The scrutineer's part of the opening, as the page makes it."""
        election = Election.parse(self.box.election.encode())
        return tally.partial(election, electronic.encrypted_tally(self.box), self.keys[name]).decode()

    def give(self, *names: str) -> None:
        for name in names:
            electronic.give_share(self.fresh(), self.share(name), by=self.user(name), at=NOW)

    def record(self) -> bytes:
        return b"".join(electronic.record_bytes(self.box))


def put(box: SealedBox, credential: str, raw: bytes, turn: int = 1) -> CastBallot:
    from yishi.ballot.sealing import tracker

    return CastBallot.objects.create(
        box=box, credential=credential, turn=turn, tracker=tracker(raw), content=raw.decode()
    )


def hall(
    doors: str = "phone",
    slips: int = 6,
    papers: int = 0,
    upto: str = "open",
    options: tuple[str, ...] = ("甲", "乙", "丙"),
    rule_key: str = "projects.town.vote",
    scrutineers: tuple[str, ...] = ("chief", "watcher", "third"),
    threshold: int = 2,
    **fields: Any,
) -> Hall:
    """upto: ready (all but the box), boxed, open."""
    poll = make.poll(make.meeting(deputies=0), options, rule_key, doors=doors, **fields)
    meeting, n = poll.meeting, poll.pk
    present = make.voters(meeting, slips + papers, Voter.Attendance.PRESENT)
    by, to = make.clerk(meeting.body, f"clerk-{n}"), make.chair(meeting.body, f"chair-{n}")
    hats = {name: "scrutineer" for name in scrutineers} | {"chief": "chief_scrutineer"}
    if poll.by_paper:
        hats |= {"one": "teller", "two": "teller"}
    for name, hat in hats.items():
        make.Official.objects.create(poll=poll, user=make.user(f"{name}-{n}"), hat=hat)
    poll.method_text = method.draft(poll)
    poll.save()
    hands = {"for": len(present)}
    do.adopt_method(poll, hands, by=to, at=NOW)
    do.adopt_officials(poll, hands, by=to, at=NOW)
    session = SealedSession.objects.create(
        meeting=meeting, uuid=elections.new_uuid(), salt="salt", threshold=threshold, at=NOW,
        uuids=[elections.new_uuid() for _ in range(VOTES)],
    )  # fmt: skip
    made = Hall(poll, session, {}, {})
    ceremony(made, scrutineers)
    drawn(made, present[:slips], by)
    Draw.objects.bulk_create(Draw(session=session, voter=v, door="paper", by=by) for v in present[slips:])
    if poll.by_paper:
        do.say(poll, "printed", papers + 2, by=by, at=NOW)
    do.count_present(poll, by=by, at=NOW)
    if poll.by_paper:
        do.hand_out(poll, papers, 2, by=by, at=NOW)
        for name in ("chief", "watcher"):
            do.seal(poll, by=made.user(name), at=NOW)
    made.poll = made.fresh()
    if len(present) < 10:
        do.override(made.poll, "few", by=to, at=NOW, why="人少，代表同意")
    if upto in ("boxed", "open"):
        electronic.seal_box(made.fresh(), page_hash=PAGE, by=made.user("chief"), at=NOW)
    if upto == "open":
        do.open_poll(made.fresh(), by=to, at=NOW)
    made.poll = made.fresh()
    return made


def ceremony(made: Hall, names: Sequence[str]) -> None:
    """Keys t of m and the server's, as the scrutineers' pages would make them."""
    session, size = made.session, len(names)
    t = session.threshold
    for i, name in enumerate(names, start=1):
        made.holders[name] = Keyholder(context(session), i, size, t, credentials.new_code())
    holders = list(made.holders.values())
    certs, rows = (
        [holder.certificate() for holder in holders],
        [holder.coefexps() for holder in holders],
    )
    shares = [{share["to"]: share for share in holder.shares(certs)} for holder in holders]
    for name, holder in made.holders.items():
        mine = [shares[i].get(holder.index) for i in range(size)]
        made.keys[name] = holder.decryption_key(rows, certs, mine)
    proofs = [holder.verification_key(made.keys[name]) for name, holder in made.holders.items()]
    agreed = [holder.agreement(certs) for holder in holders]
    block = pedersen(t, certs, rows, agreed, proofs)
    session.trustees = compact([trustees.single(server_secret(session)), block]).decode()
    session.save()
    Trustee.objects.bulk_create(
        Trustee(
            session=session, index=holder.index, user=made.user(name), nonce=holder.nonce(), agreed_at=NOW,
            commitment=commitment(certs[i], holder.nonce()), certificate=_text(certs[i]),
            coefficients=[_text(rows[i]), _text(agreed[i])],
            shares=[_text(share) for share in shares[i].values()], verification=_text(proofs[i]),
        )
        for i, (name, holder) in enumerate(made.holders.items())
    )  # fmt: skip


def _text(message: Any) -> str:
    """As it was signed: the server keeps texts, since a database may reorder JSON."""
    return compact(message).decode()


def drawn(made: Hall, voters: Sequence[Voter], by: Any) -> None:
    session = made.session
    made.codes = [credentials.new_code() for _ in voters]
    listings = {uuid: sorted(credentials.public(uuid, code) for code in made.codes) for uuid in session.uuids}
    SlipLot.objects.create(session=session, size=len(voters), listings=listings, at=NOW, by=by)
    Draw.objects.bulk_create(Draw(session=session, voter=voter, door="slip", by=by) for voter in voters)


def questions(made: Hall) -> int:
    return len(sealed_count.questions(made.poll))
