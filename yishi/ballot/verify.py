"""Whether a whole record of a vote is right: `yishi verify FILE.bel`, `python -m yishi.ballot.verify`.

The record is read twice: first the file, the chain of events, the trustees, who voted and whose
ballot is the last; then every proof and signature of every ballot, in several processes where asked,
and their product. Then the opening and the result. One ballot is in memory at a time, of the others
only who cast them. A record that ends earlier is right as far as it goes; its state says how far.
"""

from __future__ import annotations

import signal
import sys
from collections import deque
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from yishi.ballot import archive, tally
from yishi.ballot.checking import Checker
from yishi.ballot.elections import Election
from yishi.ballot.encoding import fields, items, parse
from yishi.ballot.errors import (
    Fault,
    Unreadable,
    WrongElection,
    WrongResult,
    WrongTally,
    place,
)
from yishi.ballot.group import g_power
from yishi.ballot.reading import CREDENTIAL, Reading, Report, read, sums

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from yishi.ballot.tally import Ciphertexts, Factors

    Progress = Callable[[int, int], None]

CHUNK = 32  # ballots handed out at once
AHEAD = 4  # chunks per process that are read before they are wanted


def verify(stream: BinaryIO, *, jobs: int = 1, progress: Progress | None = None) -> Report:
    """Verify the record in a file open for reading from its start. It must be seekable.

    `progress(done, all)` counts ballots. Raises the first Fault found, with its place.
    """
    try:
        start = stream.tell()
        record = read(stream)
        stream.seek(start)
        product = _product(record, stream, jobs=jobs, progress=progress)
        with place("EncryptedTally"):
            if record.tally is not None and record.tally != product:
                raise WrongTally
        _open(record)
        return record.report
    except Fault:
        raise
    except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError, MemoryError) as error:
        # No such way is known; what somebody made on purpose must still not end in a traceback.
        raise Unreadable(detail=type(error).__name__) from error


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


def _product(record: Reading, stream: BinaryIO, *, jobs: int, progress: Progress | None) -> Ciphertexts:
    """Check all ballots and give the product of those that count."""
    report = record.report
    report.counted, report.counted_weight = sums(record)
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


def _chunks(record: Reading, stream: BinaryIO) -> Iterator[list[_Cast]]:
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


def _open(record: Reading) -> None:
    report = record.report
    if record.tally is None:
        return
    owners = report.trustees.owners
    parts: dict[int, Factors] = {}
    for owner, raw in record.partials.items():
        with place(f"PartialDecryption {owner}"):
            parts[owner] = tally.check_partial(report.election, record.tally, owners[owner - 1], raw)
    report.decrypted_by = list(parts)
    if record.result is None:
        return
    with place("Result"):
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
