"""The first reading of a record: the file, the chain of events and its grammar, the trustees, who voted
and whose ballot is the last. No proof of a ballot is looked at here, and none is kept in memory.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from yishi.ballot import archive, credentials, tally, trustees
from yishi.ballot.elections import Election
from yishi.ballot.encoding import fields, parse
from yishi.ballot.errors import (
    BadFields,
    BrokenChain,
    Fault,
    MissingData,
    RepeatedBallot,
    StrayMember,
    TooFewDecryptions,
    UnknownCredential,
    WrongCount,
    WrongKey,
    WrongOrder,
    WrongOwner,
    place,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from yishi.ballot.archive import Member
    from yishi.ballot.tally import Ciphertexts
    from yishi.ballot.trustees import Trustees

# What comes after what: event -> (states before it, state after it, how many data it has).
EMPTY, OPEN, CLOSED, TALLIED, COUNTED = "empty", "open", "closed", "tallied", "counted"
EVENTS = {
    "Setup": (EMPTY, OPEN, 4),
    "Ballot": (OPEN, OPEN, 1),
    "EndBallots": (OPEN, CLOSED, 0),
    "EncryptedTally": (CLOSED, TALLIED, 2),
    "PartialDecryption": (TALLIED, TALLIED, 2),
    "Result": (TALLIED, COUNTED, 1),
}
MOST_DATA = max(count for _before, _after, count in EVENTS.values())

CREDENTIAL = re.compile(rb'\{"election_uuid":"[^"]*","election_hash":"[^"]*","credential":"([0-9a-f]{64})"')


@dataclass
class Report:
    """What a record says that was found right. `result[question][choice]` only at the end."""

    election: Election
    trustees: Trustees
    state: str = OPEN
    height: int = 0
    last_hash: str = ""
    credentials: int = 0
    weight: int = 0  # of all credentials
    ballots: int = 0  # in the record, those replaced by a later one too
    counted: int = 0
    counted_weight: int = 0
    decrypted_by: list[int] = field(default_factory=list)
    result: list[list[int]] | None = None

    def plain(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "state": self.state,
            "title": self.election.name,
            "description": self.election.description,
            "uuid": self.election.uuid,
            "fingerprint": self.election.fingerprint,
            "last_hash": self.last_hash,
            "height": self.height,
            "credentials": self.credentials,
            "weight": self.weight,
            "ballots": self.ballots,
            "counted": self.counted,
            "counted_weight": self.counted_weight,
            "turnout": round(self.turnout, 6),
            "trustees": [
                {"threshold": 1, "members": 1}
                if isinstance(group, trustees.Single)
                else {"threshold": group.threshold, "members": len(group.keys)}
                for group in self.trustees.groups
            ],
            "decrypted_by": self.decrypted_by,
            "questions": [self._question(number) for number in range(len(self.election.questions))],
        }

    @property
    def turnout(self) -> float:
        return self.counted / self.credentials if self.credentials else 0.0

    def _question(self, number: int) -> dict[str, Any]:
        question = self.election.questions[number]
        found: dict[str, Any] = {"question": question.question, "answers": list(question.answers)}
        if self.result is not None:
            votes = self.result[number]
            found["votes"] = list(question.counted(votes))
            if question.blank:
                found["blank"] = votes[0]
        return found


class Reading:
    """What the first reading keeps."""

    def __init__(self, election: Election, found: Trustees, weights: dict[str, int]) -> None:
        self.report = Report(election, found, credentials=len(weights), weight=sum(weights.values()))
        self.weights = weights
        self.last: dict[str, int] = {}  # credential -> number of its last ballot
        self.seen: set[bytes] = set()
        self.digest = sha256()  # of the hashes of all ballots: the second reading must meet the same
        self.tally: Ciphertexts | None = None
        self.partials: dict[int, bytes] = {}
        self.result: bytes | None = None


def read(stream: BinaryIO) -> Reading:
    record: Reading | None = None
    state, height, last_hash = EMPTY, -1, ""
    pending: list[Member] = []
    members = archive.read(stream)
    next(members)
    for member in members:
        if not member.is_event:
            pending.append(member)
            if len(pending) > MOST_DATA:
                raise StrayMember(f"after event {height}", detail=pending[0].name)
            continue
        height += 1
        where = f"event {height}"
        try:
            kind = _event(member.content, height, last_hash, pending)
            where += f" {kind}"
            before, after, _count = EVENTS[kind]
            if state != before:
                raise WrongOrder(detail=state)
            if record is None:
                record = _setup(pending)
            else:
                STEPS[kind](record, pending)
        except Fault as fault:
            raise fault.at(where) from None
        state, last_hash = after, member.hash
        pending = []
    if pending:
        raise StrayMember(f"after event {height}", detail=pending[0].name)
    if record is None:
        raise WrongOrder("event 0", detail="no Setup")
    report = record.report
    report.state, report.height, report.last_hash = state, height, last_hash
    return record


def _event(content: bytes, height: int, parent: str, pending: list[Member]) -> str:
    """The type of an event whose form, place in the chain and data are right."""
    value = parse(content)
    kind = value.get("type") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in EVENTS:
        raise BadFields(detail=f"type {kind}"[:80])
    count = EVENTS[kind][2]
    names = ["height", "type", *(["payload"] if count else [])]
    if height:
        names.insert(0, "parent")
    fields(value, *names)
    if type(value["height"]) is not int or value["height"] != height:
        raise BrokenChain(detail=f"height {value['height']}"[:80])
    if value.get("parent", "") != parent:
        raise BrokenChain(detail="parent")
    if len(pending) > count:
        raise StrayMember(detail=pending[0].name)
    if len(pending) < count or (count and pending[-1].hash != value["payload"]):
        raise MissingData
    return kind


def _setup(pending: list[Member]) -> Reading:
    names = ("election", "trustees", "credentials")
    parts = dict(zip(names, pending, strict=False))
    for name, named in zip(names, fields(parse(pending[3].content), *names), strict=True):
        if parts[name].hash != named:
            raise MissingData(name)
    with place("election"):
        election = Election.parse(parts["election"].content)
    with place("trustees"):
        found = trustees.check(parts["trustees"].content)
        if found.election_key != election.public_key:
            raise WrongKey("public_key")
    with place("credentials"):
        weights = credentials.parse_listing(parts["credentials"].content)
    return Reading(election, found, weights)


def _ballot(record: Reading, pending: list[Member]) -> None:
    raw = pending[0].content
    found = CREDENTIAL.match(raw)
    if not found:
        raise BadFields(detail="credential")
    credential = found[1].decode()
    if credential not in record.weights:
        raise UnknownCredential(detail=credential)
    digest = bytes.fromhex(pending[0].hash)
    if digest in record.seen:
        raise RepeatedBallot(detail=credential)
    record.seen.add(digest)
    record.digest.update(digest)
    record.last[credential] = record.report.ballots
    record.report.ballots += 1


def _end(record: Reading, _pending: list[Member]) -> None:
    record.seen.clear()


def _tally(record: Reading, pending: list[Member]) -> None:
    numbers = fields(parse(pending[1].content), "num_tallied", "total_weight", "encrypted_tally")
    if numbers[2] != pending[0].hash:
        raise MissingData("encrypted_tally")
    counted, weight = sums(record)
    if not _is(numbers[0], counted) or not _is(numbers[1], weight):
        raise WrongCount(detail=f"{numbers[0]}, {numbers[1]} / {counted}, {weight}"[:80])
    record.tally = tally.parse_tally(record.report.election, pending[0].content)


def sums(record: Reading) -> tuple[int, int]:
    """How many ballots count, and their weight."""
    return len(record.last), sum(record.weights[credential] for credential in record.last)


def _partial(record: Reading, pending: list[Member]) -> None:
    owner, payload = fields(parse(pending[1].content), "owner", "payload")
    if payload != pending[0].hash:
        raise MissingData("payload")
    if type(owner) is not int or not 1 <= owner <= len(record.report.trustees.owners):
        raise WrongOwner(detail=str(owner)[:80])
    if owner in record.partials:
        raise WrongOwner(detail=str(owner))
    record.partials[owner] = pending[0].content


def _result(record: Reading, pending: list[Member]) -> None:
    record.result = pending[0].content
    if not tally.enough(record.report.trustees, record.partials):
        raise TooFewDecryptions(detail=", ".join(map(str, record.partials)))


STEPS: dict[str, Callable[[Reading, list[Member]], None]] = {
    "Ballot": _ballot,
    "EndBallots": _end,
    "EncryptedTally": _tally,
    "PartialDecryption": _partial,
    "Result": _result,
}


def _is(value: object, number: int) -> bool:
    """Whether it is this number and not only equal to it, as true is to 1."""
    return type(value) is int and value == number
