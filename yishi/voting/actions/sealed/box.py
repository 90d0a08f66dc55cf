"""The electronic box: sealed with its Setup, put together at the close, opened by the scrutineers.

Everything that is written here is public in the end: the record is the archive that anybody can
verify with `yishi verify`.
"""

from __future__ import annotations

import hmac
import json
import secrets
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from yishi.ballot import archive, credentials, tally, trustees
from yishi.ballot.elections import Election
from yishi.ballot.errors import Fault
from yishi.ballot.record import Record
from yishi.ballot.sealing import seal, tracker
from yishi.journal.chain import write
from yishi.journal.moves import MoveError
from yishi.voting.actions import counting
from yishi.voting.models import CastBallot, Figure, Poll, RecordEntry, SealedBox, SealedSession
from yishi.voting.rules import box as figures
from yishi.voting.rules import counting as count
from yishi.voting.rules import polls as steps
from yishi.voting.rules import sealed, sealed_count
from yishi.voting.rules.rights import may_go_on_with_paper
from yishi.voting.rules.sealed_keys import server_secret
from yishi.web.access import require
from yishi.web.forget import forget

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from yishi.ballot.archive import Member

SERVER = 1  # the owner number of the server's own key


@transaction.atomic
def seal_box(poll: Poll, *, page_hash: str, by: Any, at: datetime) -> SealedBox:
    """Write the Setup: the questions, the keys, the list of slips out; from now on nothing can change.

    page_hash: SHA-256 of the voter's page as it is served, which goes into the election's
    description. A slip that was lost cannot be struck: it stays in the list when who presides passed
    that with a reason, and a vote cast with it is one more than were issued, which voids the vote.
    Raises ValidationError naming every step that is not done.
    """
    require(sealed.may_seal_box(by, poll, at))
    Poll.objects.select_for_update(of=("self",)).get(pk=poll.pk)
    if SealedBox.objects.filter(poll=poll).exists():
        raise ValidationError(_("电子票箱已经封好。"))
    # Whoever makes keys anew, or makes, strikes or draws slips at this moment waits, or was before;
    # what was read before may be out of date, and a box sealed with old keys opens never.
    SealedSession.objects.select_for_update().filter(meeting=poll.meeting_id).first()
    poll.refresh_from_db()
    require(sealed.may_seal_box(by, poll, at))
    _ready(poll, at)
    session = poll.meeting.sealed
    uuid = _next_uuid(session)
    slips, out = sealed.live(session, uuid), sealed.slips(session).out
    papers = _papers(poll, len(slips))
    listing = credentials.listing([*slips, *(_paper(session, uuid, n)[1] for n in range(papers))])
    election = Election(
        uuid=uuid,
        name=f"{poll.meeting.body.name}{poll.meeting.title}",
        description=f"{poll.title}；投票页校验值 sha256:{page_hash}",
        public_key=trustees.check(session.trustees.encode()).election_key,
        questions=tuple(sealed_count.questions(poll)),
    )
    box = SealedBox.objects.create(
        poll=poll,
        uuid=uuid,
        election=election.raw.decode(),
        trustees=session.trustees,
        listing=listing.decode(),
        slips=out,
        papers=papers,
        sealed_at=at,
    )
    _append(box, Record(None).setup(election.raw, session.trustees.encode(), listing))
    data: dict[str, Any] = {"slips": out, "papers": papers, "fingerprint": election.fingerprint}
    if len(slips) != out:
        data["missing"] = len(slips) - out
    write(poll.chain, "voting.box_sealed_electronic", poll, by=by, at=at, **data)
    return box


def _ready(poll: Poll, at: datetime) -> None:
    missing = []
    for step in steps.steps(poll, at):
        gates = [gate for gate in step.gates if not gate.passed and gate.key != "boxed"]
        if step.key == "boxed":
            missing += [gate.why for gate in gates]
            break
        if step.state != "done":
            missing.append(_("“%(step)s”还没有完成。") % {"step": step.title} + "".join(g.why for g in gates))
    if missing:
        raise ValidationError(missing)


def _next_uuid(session: SealedSession) -> str:
    used = set(SealedBox.objects.filter(poll__meeting=session.meeting_id).values_list("uuid", flat=True))
    left = [uuid for uuid in session.uuids if uuid not in used]
    if not left:
        raise ValidationError(_("为这次会议预备的手机投票次数已用完，其余事项请用纸质票。"))
    return left[0]


def _papers(poll: Poll, slips: int) -> int:
    """How many paper ballots can be sealed: those printed, or one for every slip should phones fail."""
    if poll.by_paper:
        return figures.figure(poll, Figure.Kind.PRINTED) or 0
    return slips if poll.failure == Poll.Failure.PAPER else 0


def _paper(session: SealedSession, uuid: str, n: int) -> tuple[int, str]:
    """Secret and public credential of the n-th paper ballot, derived and stored nowhere.

    The server seals what two tellers keyed and so holds these: how many there are is public, the
    paper itself stays for a recount.
    """
    key = server_secret(session).to_bytes(32, "big")
    code = hmac.new(key, f"yishi-paper|{uuid}|{n}".encode(), "sha256").hexdigest()
    return credentials.secret(uuid, code), credentials.public(uuid, code)


@transaction.atomic
def go_on_with_paper(poll: Poll, *, by: Any, at: datetime, why: str) -> None:
    """The phones fail: whoever has not voted takes paper instead of the slip (the rule set beforehand).

    Ballots in the electronic box stand. The steps of paper (print, hand out, box) open up.
    """
    require(may_go_on_with_paper(by, poll, at))
    if not why.strip():
        raise ValidationError({"why": _("请写明理由。")}, code="reason")
    changed = Poll.objects.filter(pk=poll.pk, doors=Poll.Doors.PHONE).update(doors=Poll.Doors.BOTH)
    if not changed:
        raise MoveError(_("刚才已有人改动了它，请刷新页面再看。"), code="stale")
    poll.doors = Poll.Doors.BOTH
    write(poll.chain, "voting.went_on_with_paper", poll, by=by, at=at, why=why)


@transaction.atomic
def close(poll: Poll, *, by: Any, at: datetime) -> None:
    """The vote was closed: how many voted by phone is said; without paper the record is made at once."""
    box = SealedBox.objects.select_for_update().get(poll=poll)
    box.cast = box.ballots.values("credential").distinct().count()
    box.save(update_fields=["cast"])
    poll.box = box
    write(poll.chain, "voting.phones_closed", poll, by=by, at=at, cast=box.cast)
    if not poll.by_paper:
        _put_together(poll, box, by=by, at=at)


@transaction.atomic
def open_record(poll: Poll, *, by: Any, at: datetime) -> SealedBox:
    """Seal the paper ballots as they were counted among the others and close the record.

    Raises ValidationError while a sheet is open. Pressed again, changes nothing.
    """
    require(sealed.may_open_box(by, poll, at))
    box = SealedBox.objects.select_for_update().get(poll=poll)
    if sealed_count.stage(box) == "voting":
        if poll.by_paper and (open_ := count.paper_problems(count.progress(poll))):
            raise ValidationError(open_)
        _put_together(poll, box, by=by, at=at)
    return box


def _put_together(poll: Poll, box: SealedBox, *, by: Any, at: datetime) -> None:
    """Ballot events in the order of their trackers, so that the record tells no order; then the tally.

    A voter's earlier ballots stay before the last one, which counts.
    """
    election = Election.parse(box.election.encode())
    cast = list(box.ballots.order_by("credential", "turn").values_list("credential", "tracker", "content"))
    last = {credential: tracked for credential, tracked, _raw in cast}
    cast.sort(key=lambda one: last[one[0]])  # stable: turns stay in order
    ballots = [(last[credential], raw.encode()) for credential, _tracker, raw in cast]
    ballots += [(tracker(raw), raw) for raw in _paper_ballots(poll, box, election)]
    ballots.sort(key=lambda one: one[0])
    record = _record(box)
    members: list[Member] = []
    counted: dict[str, tally.Ciphertexts] = {}
    for _tracked, raw in ballots:
        members += record.ballot(raw)
        credential, ciphertexts = _read(raw)
        counted[credential] = ciphertexts  # the last one of a credential counts
    summed, n = tally.encrypted_tally(election, [(one, 1) for one in counted.values()]), len(counted)
    _append(box, [*members, *record.end(), *record.encrypted_tally(summed, num_tallied=n, total_weight=n)])
    box.ballots.all().delete()
    forget(CastBallot._meta.db_table)
    data: dict[str, Any] = {"cast": box.cast, "record": n, "last": sealed_count.last_hash(box)}
    write(poll.chain, "voting.record_closed", poll, by=by, at=at, **data)


def _read(raw: bytes) -> tuple[str, tally.Ciphertexts]:
    """Credential and ciphertexts of a ballot that was checked when it was accepted."""
    ballot = json.loads(raw)

    def point(text: str) -> bytes:
        return bytes.fromhex(text)[::-1]

    rows = (answer["choices"] for answer in ballot["answers"])
    pairs = tuple(tuple((point(one["alpha"]), point(one["beta"])) for one in row) for row in rows)
    return ballot["credential"], pairs


def _paper_ballots(poll: Poll, box: SealedBox, election: Election) -> Iterator[bytes]:
    """Every valid paper ballot sealed under one of the paper credentials, drawn at random."""
    if not poll.by_paper:
        return
    session = poll.meeting.sealed
    valid = [case.reading for case in count.cases(poll) if case.reading.valid]
    if len(valid) > box.papers:
        raise ValidationError(
            _("有效纸质票%(n)d张，多于封箱时登记的印制张数%(k)d。") % {"n": len(valid), "k": box.papers}
        )
    numbers = secrets.SystemRandom().sample(range(box.papers), len(valid))
    for n, reading in zip(numbers, valid, strict=True):
        secret, _public = _paper(session, box.uuid, n)
        yield seal(election, secret, sealed_count.choices(poll, reading)).raw


# --- opening -----------------------------------------------------------------


@transaction.atomic
def give_share(poll: Poll, raw: str, *, by: Any, at: datetime) -> int:
    """A scrutineer's share of the opening; with the last one needed the result is there.

    raw: the partial decryption as the scrutineer's page made it. Returns how many scrutineers have
    given theirs. The same scrutineer again changes nothing. Raises ValidationError for a share that
    does not prove itself.
    """
    require(sealed.may_decrypt(by, poll, at))
    box = SealedBox.objects.select_for_update().get(poll=poll)
    session = poll.meeting.sealed
    holder = session.keyholders.filter(user=by).first()
    if holder is None:
        raise ValidationError(_("您没有这次会议的密钥。"))
    if sealed_count.stage(box) == "voting":
        raise ValidationError(_("电子记录还没有合成，请稍候。"))
    owner = SERVER + holder.index
    given = set(sealed_count.owners(box))
    if owner in given or sealed_count.stage(box) == "counted":
        return len(given - {SERVER})
    _share(box, owner, raw.encode())
    write(poll.chain, "voting.share_given", poll, by=by, at=at, owner=owner)
    given.add(owner)
    if len(given - {SERVER}) >= session.threshold:
        _open(poll, box, session, by=by, at=at)
    return len(given - {SERVER})


def _share(box: SealedBox, owner: int, raw: bytes) -> None:
    election = Election.parse(box.election.encode())
    keys = trustees.check(box.trustees.encode())
    pairs = tally.parse_tally(election, encrypted_tally(box))
    try:
        tally.check_partial(election, pairs, keys.owners[owner - 1], raw)
    except Fault as fault:
        raise ValidationError(_("这一份没有通过核验：%(why)s") % {"why": fault}) from fault
    _append(box, _record(box).partial(owner, raw))


def _open(poll: Poll, box: SealedBox, session: SealedSession, *, by: Any, at: datetime) -> None:
    """The server's own share, the result, and the tally that stands on it."""
    election = Election.parse(box.election.encode())
    summed = encrypted_tally(box)
    _share(box, SERVER, tally.partial(election, summed, server_secret(session)))
    keys = trustees.check(box.trustees.encode())
    weight = sealed_count.counted(box)
    result = tally.open_tally(election, keys, summed, _partials(box), weight)
    _append(box, _record(box).result(result))
    write(poll.chain, "voting.box_opened", poll, by=by, at=at, last=sealed_count.last_hash(box))
    if not count.open_problems(poll):
        counting.tally(poll, by=by, at=at)


def encrypted_tally(box: SealedBox) -> bytes:
    """The encrypted tally as the record has it."""
    return sealed_count.data_before(box, "EncryptedTally", 2).encode()


def _partials(box: SealedBox) -> dict[int, bytes]:
    """owner -> raw factors, from the record."""
    entries = list(box.entries.order_by("-place")[: 3 * 40 + 5])[::-1]
    found = {}
    for factors, owned, event in zip(entries, entries[1:], entries[2:], strict=False):
        is_event = event.name.endswith(sealed_count.EVENT)
        if is_event and json.loads(event.content)["type"] == "PartialDecryption":
            found[json.loads(owned.content)["owner"]] = factors.content.encode()
    return found


# --- the record ----------------------------------------------------------------


def _record(box: SealedBox) -> Record:
    return Record(sealed_count.head(box))


def _append(box: SealedBox, members: Iterable[Member]) -> None:
    last = box.entries.order_by("-place").values_list("place", flat=True).first()
    first = 0 if last is None else last + 1
    RecordEntry.objects.bulk_create(
        RecordEntry(box=box, place=place, name=member.name, content=member.content.decode())
        for place, member in enumerate(members, start=first)
    )


def record_bytes(box: SealedBox) -> Iterator[bytes]:
    """The record as the archive `<uuid>.bel`, piece by piece."""
    stamp = int(box.sealed_at.timestamp())
    yield archive.opening(stamp)
    for name, content in box.entries.values_list("name", "content").iterator(chunk_size=500):
        yield archive.member(name, content.encode(), stamp)
