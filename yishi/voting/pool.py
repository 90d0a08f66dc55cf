"""Ballots are verified in processes of their own: a page must not wait behind arithmetic.

Each server process starts its own pool when a phone asks for an open vote. No Django and no database in the
workers: they are given public data and answer with a `Verdict`.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from functools import lru_cache
from multiprocessing import connection
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from yishi.ballot.checking import Checker

SECONDS = 30  # for one ballot, waiting for a free worker included

_lock = threading.Lock()
_pool: ProcessPoolExecutor | None = None
_prepared: set[str] = set()


class Verdict(NamedTuple):
    """What the checker said: credential and tracker, or the name of the fault and never its details."""

    credential: str = ""
    tracker: str = ""
    fault: str = ""


def check(election: str, raw: bytes) -> Verdict:
    """Verify a ballot wholly for the election of this raw text.

    Begun anew once when the workers died (killed for memory, say). Raises TimeoutError, and
    BrokenProcessPool when they die again.
    """
    try:
        return _ask(election, raw)
    except BrokenProcessPool:
        return _ask(election, raw)


def prepare(election: str) -> None:
    """Start the workers and their tables while the first voters still read; waits for nothing."""
    pool = _started()
    with _lock:
        if election in _prepared:
            return
        _prepared.add(election)
    try:
        for _worker in range(_workers()):
            pool.submit(_warm, election)
    except RuntimeError:  # broken just now: the first ballot begins anew
        _forget(pool)


def _ask(election: str, raw: bytes) -> Verdict:
    pool = _started()
    try:
        asked = pool.submit(verdict, election, raw)
        try:
            return asked.result(SECONDS)
        finally:
            asked.cancel()  # does nothing once it runs; when nobody waits any more it is not begun
    except BrokenProcessPool:
        _forget(pool)
        raise


def _started() -> ProcessPoolExecutor:
    global _pool
    with _lock:
        if _pool is None:
            # Not forked: the server has threads, and a copy of it would hold its database lines.
            context = multiprocessing.get_context("spawn")
            _pool = ProcessPoolExecutor(_workers(), context, initializer=_begin)
        return _pool


def _workers() -> int:
    return os.cpu_count() or 1


def _forget(pool: ProcessPoolExecutor) -> None:
    """Let go of a broken pool, once for all threads that found it broken."""
    global _pool
    with _lock:
        if _pool is pool:
            _pool = None
            _prepared.clear()
    pool.shutdown(wait=False, cancel_futures=True)


# --- in the workers ----------------------------------------------------------


def _begin() -> None:
    """Leave Ctrl-C to the server, and end with it even when it was killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent: Any = multiprocessing.parent_process()
    connection.wait([parent.sentinel])
    os._exit(0)


def _warm(election: str) -> None:
    """What is wrong with an election, its first ballot tells."""
    with suppress(Exception):
        _checker(election)


def verdict(election: str, raw: bytes) -> Verdict:
    """Never raises for what stands in a ballot: a fault does not pass between processes, its name does."""
    from yishi.ballot.errors import Fault

    checker = _checker(election)
    try:
        ballot = checker.check(raw)
    except (Fault, ValueError, TypeError, LookupError, ArithmeticError, RecursionError) as error:
        return Verdict(fault=type(error).__name__)
    return Verdict(ballot.credential, ballot.tracker)


@lru_cache(maxsize=8)
def _checker(election: str) -> Checker:
    """With its tables of powers, which take longer to build than a ballot to check."""
    from yishi.ballot.checking import Checker
    from yishi.ballot.elections import Election

    return Checker(Election.parse(election.encode()))
