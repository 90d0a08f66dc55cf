"""Whether a whole record of a vote is right: `yishi verify FILE.bel`, `python -m yishi.ballot.verify`.

The record is read twice: first the file, the chain of events, the trustees, who voted and whose
ballot is the last; then every proof and signature of every ballot, in several processes where asked,
and their product. Then the opening and the result. One ballot is in memory at a time, of the others
only who cast them. A record that ends earlier is right as far as it goes; its state says how far.
"""

from __future__ import annotations

import re
import signal
import sys
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from yishi.ballot import archive, credentials, tally, trustees
from yishi.ballot.checking import Checker
from yishi.ballot.elections import Election
from yishi.ballot.encoding import fields, items, parse
from yishi.ballot.errors import (
    BadFields,
    BrokenChain,
    Fault,
    MissingData,
    RepeatedBallot,
    StrayMember,
    TooFewDecryptions,
    UnknownCredential,
    Unreadable,
    WrongCount,
    WrongElection,
    WrongKey,
    WrongOrder,
    WrongOwner,
    WrongResult,
    WrongTally,
)
from yishi.ballot.group import g_power

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from yishi.ballot.archive import Member
    from yishi.ballot.tally import Ciphertexts, Factors
    from yishi.ballot.trustees import Trustees

    Progress = Callable[[int, int], None]

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

CHUNK = 32  # ballots handed out at once
AHEAD = 4  # chunks per process that are read before they are wanted


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


def verify(stream: BinaryIO, *, jobs: int = 1, progress: Progress | None = None) -> Report:
    """Verify the record in a file open for reading from its start. It must be seekable.

    `progress(done, all)` counts ballots. Raises the first Fault found, with its place.
    """
    try:
        start = stream.tell()
        record = _read(stream)
        stream.seek(start)
        product = _product(record, stream, jobs=jobs, progress=progress)
        with _place("EncryptedTally"):
            if record.tally is not None and record.tally != product:
                raise WrongTally
        _open(record)
        return record.report
    except Fault:
        raise
    except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError, MemoryError) as error:
        # No such way is known; what somebody made on purpose must still not end in a traceback.
        raise Unreadable(detail=type(error).__name__) from error


@contextmanager
def _place(where: str) -> Iterator[None]:
    try:
        yield
    except Fault as fault:
        raise fault.at(where) from None


# --- first reading ----------------------------------------------------------


class _Record:
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


def _read(stream: BinaryIO) -> _Record:
    record: _Record | None = None
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


def _setup(pending: list[Member]) -> _Record:
    names = ("election", "trustees", "credentials")
    parts = dict(zip(names, pending, strict=False))
    for name, named in zip(names, fields(parse(pending[3].content), *names), strict=True):
        if parts[name].hash != named:
            raise MissingData(name)
    with _place("election"):
        election = Election.parse(parts["election"].content)
    with _place("trustees"):
        found = trustees.check(parts["trustees"].content)
        if found.election_key != election.public_key:
            raise WrongKey("public_key")
    with _place("credentials"):
        weights = credentials.parse_listing(parts["credentials"].content)
    return _Record(election, found, weights)


def _ballot(record: _Record, pending: list[Member]) -> None:
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


def _end(record: _Record, _pending: list[Member]) -> None:
    record.seen.clear()


def _tally(record: _Record, pending: list[Member]) -> None:
    numbers = fields(parse(pending[1].content), "num_tallied", "total_weight", "encrypted_tally")
    if numbers[2] != pending[0].hash:
        raise MissingData("encrypted_tally")
    counted, weight = _sums(record)
    if not _is(numbers[0], counted) or not _is(numbers[1], weight):
        raise WrongCount(detail=f"{numbers[0]}, {numbers[1]} / {counted}, {weight}"[:80])
    record.tally = tally.parse_tally(record.report.election, pending[0].content)


def _sums(record: _Record) -> tuple[int, int]:
    """How many ballots count, and their weight."""
    return len(record.last), sum(record.weights[credential] for credential in record.last)


def _partial(record: _Record, pending: list[Member]) -> None:
    owner, payload = fields(parse(pending[1].content), "owner", "payload")
    if payload != pending[0].hash:
        raise MissingData("payload")
    if type(owner) is not int or not 1 <= owner <= len(record.report.trustees.owners):
        raise WrongOwner(detail=str(owner)[:80])
    if owner in record.partials:
        raise WrongOwner(detail=str(owner))
    record.partials[owner] = pending[0].content


def _result(record: _Record, pending: list[Member]) -> None:
    record.result = pending[0].content
    if not tally.enough(record.report.trustees, record.partials):
        raise TooFewDecryptions(detail=", ".join(map(str, record.partials)))


STEPS: dict[str, Callable[[_Record, list[Member]], None]] = {
    "Ballot": _ballot,
    "EndBallots": _end,
    "EncryptedTally": _tally,
    "PartialDecryption": _partial,
    "Result": _result,
}


def _is(value: object, number: int) -> bool:
    """Whether it is this number and not only equal to it, as true is to 1."""
    return type(value) is int and value == number


# --- second reading: every proof --------------------------------------------


class _Cast(NamedTuple):
    """A ballot to be checked; `weight` 0: a later one of the same credential counts."""

    height: int
    raw: bytes
    credential: str
    weight: int


class _Chunk(NamedTuple):
    """What came of a chunk: the product of those that count, or the first fault."""

    size: int
    product: Ciphertexts | None
    fault: tuple[type[Fault], str, str] | None


def _product(record: _Record, stream: BinaryIO, *, jobs: int, progress: Progress | None) -> Ciphertexts:
    """Check all ballots and give the product of those that count."""
    report = record.report
    report.counted, report.counted_weight = _sums(record)
    whole = tally.Tally(report.election)
    done = 0
    for chunk in _checked(
        report.election, _chunks(record, stream), jobs=min(jobs, 1 + report.ballots // CHUNK)
    ):
        if chunk.fault:
            kind, where, detail = chunk.fault
            raise kind(where, detail=detail)
        if chunk.product:
            whole.add([(chunk.product, 1)])
        done += chunk.size
        if progress:
            progress(done, report.ballots)
    return whole.ciphertexts


def _chunks(record: _Record, stream: BinaryIO) -> Iterator[list[_Cast]]:
    chunk: list[_Cast] = []
    digest = sha256()
    for number, raw in enumerate(_ballots(stream, record.report.ballots)):
        digest.update(sha256(raw).digest())
        found = CREDENTIAL.match(raw)
        credential = found[1].decode() if found else ""
        counts = record.last.get(credential) == number
        chunk.append(_Cast(number + 1, raw, credential, record.weights[credential] if counts else 0))
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    yield chunk
    if digest.digest() != record.digest.digest():
        raise Unreadable(detail="the file has changed")


def _ballots(stream: BinaryIO, count: int) -> Iterator[bytes]:
    """The ballots' bytes: after the opening and the Setup with its four data they are every other one."""
    for number, member in enumerate(archive.read(stream)):
        if number >= 6 + 2 * count:
            return
        if number >= 6 and number % 2 == 0:
            yield member.content


def _checked(election: Election, chunks: Iterator[list[_Cast]], *, jobs: int) -> Iterator[_Chunk]:
    if jobs == 1:
        checker = Checker(election)
        yield from (_check(checker, chunk) for chunk in chunks)
        return
    from concurrent.futures import Future, ProcessPoolExecutor
    from multiprocessing import get_context

    # Spawned: a fork of a process with threads is not safe, and Windows has none.
    context = get_context("spawn")
    with ProcessPoolExecutor(jobs, context, _start, (election.raw,)) as pool:
        waiting: deque[Future[_Chunk]] = deque()
        try:
            for chunk in chunks:
                waiting.append(pool.submit(_work, chunk))
                if len(waiting) >= jobs * AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


_checker: Checker | None = None  # in a process of the pool


def _start(election: bytes) -> None:
    global _checker
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process hears it and ends the others
    _checker = Checker(Election.parse(election))


def _work(chunk: list[_Cast]) -> _Chunk:
    if _checker is None:
        raise RuntimeError("not started")
    return _check(_checker, chunk)


def _check(checker: Checker, chunk: list[_Cast]) -> _Chunk:
    counting = []
    for cast in chunk:
        try:
            ballot = checker.check(cast.raw)
            if ballot.credential != cast.credential:
                raise WrongElection(detail="credential")
        except Fault as fault:
            fault.at(f"event {cast.height} Ballot")
            return _Chunk(len(chunk), None, (type(fault), fault.where, fault.detail))
        if cast.weight:
            counting.append((ballot.ciphertexts, cast.weight))
    product = tally.Tally(checker.election)
    product.add(counting)
    return _Chunk(len(chunk), product.ciphertexts, None)


# --- the opening ------------------------------------------------------------


def _open(record: _Record) -> None:
    report = record.report
    if record.tally is None:
        return
    owners = report.trustees.owners
    parts: dict[int, Factors] = {}
    for owner, raw in record.partials.items():
        with _place(f"PartialDecryption {owner}"):
            parts[owner] = tally.check_partial(report.election, record.tally, owners[owner - 1], raw)
    report.decrypted_by = list(parts)
    if record.result is None:
        return
    with _place("Result"):
        (rows,) = fields(parse(record.result), "result")
        points = tally.opened(record.tally, tally.combine(report.trustees, parts))
        widths = tally.widths(report.election)
        for q, (row, width) in enumerate(zip(items(rows, len(widths)), widths, strict=True), 1):
            for c, number in enumerate(items(row, width), 1):
                if type(number) is not int or not 0 <= number <= report.counted_weight:
                    raise WrongResult(f"question {q} choice {c}", detail=str(number)[:40])
                if g_power(number) != points[q - 1][c - 1]:
                    raise WrongResult(f"question {q} choice {c}", detail=str(number))
        report.result = rows


# --- the command ------------------------------------------------------------


def main(argv: list[str] | None = None) -> int:
    from yishi.ballot.command import main as command

    return command(sys.argv[1:] if argv is None else argv)


if __name__ == "__main__":
    sys.exit(main())
