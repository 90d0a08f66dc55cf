"""Pages read in processes of their own, in order. One that dies or never ends costs its page and no other.

Files are listed there too: what a broken PDF does to the library that opens it must not reach the caller.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from multiprocessing import connection
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from yishi.scan.refs import PageRef, digest

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

    from yishi.scan.calibrate import Calibration
    from yishi.scan.layout import Layout

PAGE_SECONDS = 60.0
LIST_SECONDS = 600.0  # gigabytes are hashed
START_SECONDS = 120.0
TRIES = 2  # a process killed for want of memory was perhaps not killed by its page
MOST_STARTS = 3  # in vain, one after the other
MOST_BYTES = 2_000_000_000  # of memory in one process

Task = tuple[str, Any]


@dataclass(frozen=True)
class PageResult:
    """One page: `reading` as `PageReading.to_json()`; `kept` is its picture, when pictures are kept."""

    index: int  # in what was asked for, from 0
    ref: PageRef
    reading: dict[str, Any]
    fingerprint: bytes = b""
    kept: Path | None = None

    @property
    def rejected(self) -> str | None:
        code = self.reading.get("rejected")
        return None if code is None else str(code)


def read_file(
    path: Path,
    layout: Layout,
    *,
    jobs: int | None = None,
    calibration: Calibration | None = None,
    keep: Path | None = None,
) -> Iterator[PageResult]:
    """Every page of one file in order. Raises nothing for what is in the file."""
    with Readers(layout, jobs=jobs, calibration=calibration, keep=keep) as readers:
        yield from readers.read(readers.listing([path]))


class Readers:
    """Processes that list files and read pages; as many as processors where `jobs` says nothing.

    `keep`: a folder that takes the picture of each page as a JPEG.
    """

    def __init__(
        self,
        layout: Layout,
        *,
        jobs: int | None = None,
        calibration: Calibration | None = None,
        keep: Path | None = None,
    ) -> None:
        self._jobs = max(1, jobs or os.cpu_count() or 1)
        self._given = (layout, calibration, keep)
        self._workers: list[_Worker] = []
        self._in_vain = 0

    def __enter__(self) -> Readers:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: Any, trace: TracebackType | None) -> None:
        self.close()

    def listing(self, paths: Sequence[Path]) -> list[PageRef]:
        """Every page of every file, in order. A file like one before it is not read again: same_file."""
        tasks = [("list", path) for path in paths]
        found = list(self._answers(tasks, LIST_SECONDS, _unlisted))
        return _without_copies(ref for refs in found for ref in refs)

    def read(self, refs: Sequence[PageRef]) -> Iterator[PageResult]:
        """In the order of `refs`. A page that is already rejected costs nothing."""
        wanted = [("read", ref) for ref in refs if ref.rejected is None]
        answers = self._answers(
            wanted, PAGE_SECONDS, lambda _task, why: (_refusal("machine", why), b"", None)
        )
        for index, ref in enumerate(refs):
            if ref.rejected is not None:
                yield PageResult(index, ref, _refusal(ref.rejected, ref.detail))
            else:
                reading, fingerprint, kept = next(answers)
                yield PageResult(index, ref, reading, fingerprint, kept)

    def close(self) -> None:
        for worker in self._workers:
            worker.end()
        self._workers.clear()

    def _answers(
        self, tasks: Sequence[Task], seconds: float, failed: Callable[[Task, str], Any]
    ) -> Iterator[Any]:
        """One answer for each task, in their order."""
        waiting = deque((number, 1) for number in range(len(tasks)))
        done: dict[int, Any] = {}
        self._in_vain = 0
        try:
            for number in range(len(tasks)):
                while number not in done:
                    self._hand_out(waiting, tasks, seconds)
                    if not self._workers:
                        done[number] = failed(tasks[number], "no process could be started")
                        waiting = deque(one for one in waiting if one[0] != number)
                        break
                    for worker, answer, died in self._heard():
                        at, tries = worker.task
                        worker.task = IDLE
                        if at < 0:
                            continue
                        if died and tries < TRIES and died != "time":
                            waiting.appendleft((at, tries + 1))
                        else:
                            done[at] = failed(tasks[at], f"ended: {died}") if died else answer
                yield done.pop(number)
        finally:
            for worker in [one for one in self._workers if one.task != IDLE]:
                self._dismiss(worker)

    def _hand_out(self, waiting: deque[tuple[int, int]], tasks: Sequence[Task], seconds: float) -> None:
        wanted = min(self._jobs, len(waiting) + sum(worker.task != IDLE for worker in self._workers))
        while len(self._workers) < wanted and self._in_vain < MOST_STARTS:
            self._workers.append(_Worker(self._given))
        for worker in self._workers:
            if waiting and worker.ready and worker.task == IDLE:
                worker.give(waiting.popleft(), tasks, seconds)

    def _heard(self) -> list[tuple[_Worker, Any, str]]:
        """Wait until something is told, ends or takes too long: who, the answer, why it died."""
        soonest = min(worker.until for worker in self._workers)
        lines: list[Any] = [worker.line for worker in self._workers]
        ready = connection.wait(lines, min(max(0.0, soonest - time.monotonic()), LIST_SECONDS))
        heard: list[tuple[_Worker, Any, str]] = []
        for worker in list(self._workers):
            if worker.line in ready:
                try:
                    answer = worker.line.recv()
                except (EOFError, OSError):
                    self._in_vain += not worker.ready
                    self._dismiss(worker)
                    heard.append((worker, None, f"exit {worker.process.exitcode}"))
                    continue
                if worker.ready:
                    heard.append((worker, answer, ""))
                worker.ready, worker.until = True, float("inf")
                self._in_vain = 0
            elif worker.until <= time.monotonic():
                self._in_vain += not worker.ready
                self._dismiss(worker)
                heard.append((worker, None, "time"))
        return heard

    def _dismiss(self, worker: _Worker) -> None:
        worker.end()
        self._workers.remove(worker)


IDLE = (-1, 0)


@dataclass(eq=False)
class _Worker:
    """A process and the line to it. `task` is the number of its task and how often it was tried."""

    given: tuple[Any, ...]
    task: tuple[int, int] = IDLE
    ready: bool = False
    until: float = field(default_factory=lambda: time.monotonic() + START_SECONDS)

    def __post_init__(self) -> None:
        # Not forked: a caller with threads would leave their locks behind.
        context = multiprocessing.get_context("spawn")
        self.line, theirs = context.Pipe()
        self.process: SpawnProcess = context.Process(target=_work, args=(theirs, *self.given), daemon=True)
        with unheard():
            self.process.start()
        theirs.close()

    def give(self, task: tuple[int, int], tasks: Sequence[Task], seconds: float) -> None:
        self.task, self.until = task, time.monotonic() + seconds
        with suppress(OSError):  # dead just now: heard of when its line is read
            self.line.send(tasks[task[0]])

    def end(self) -> None:
        self.line.close()
        self.process.kill()
        self.process.join()


@contextmanager
def unheard() -> Iterator[None]:
    """A process begun meanwhile does not hear Ctrl-C, not even while it starts; the caller hears it after."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _unlisted(task: Task, why: str) -> list[PageRef]:
    return [PageRef(task[1], 1, digest(task[1]), "", "machine", why)]


def _unread(_task: Task, why: str) -> tuple[dict[str, Any], bytes, None]:
    return _refusal("machine", why), b"", None


def _without_copies(refs: Iterable[PageRef]) -> list[PageRef]:
    first: dict[str, tuple[int, Path]] = {}
    found, file, given = [], None, 0
    for ref in refs:
        if ref.page == 1 or ref.file != file:
            file, given = ref.file, given + 1
        original = first.setdefault(ref.sha256, (given, ref.file)) if ref.sha256 else (given, ref.file)
        if original[0] != given and ref.rejected is None:
            ref = replace(ref, rejected="same_file", detail=str(original[1]))
        found.append(ref)
    return found


def _refusal(code: str, detail: str) -> dict[str, Any]:
    from yishi.scan.reading import PageReading

    return PageReading(rejected=code, detail=detail).to_json()


# --- in the processes --------------------------------------------------------


def _work(line: Any, layout: Layout, calibration: Calibration | None, keep: Path | None) -> None:
    """Answer one task after the other until the caller is gone."""
    begin()
    from yishi.scan.reader import Reader

    reader = Reader(layout, calibration, keep)
    line.send(None)  # ready
    while True:
        try:
            name, what = line.recv()
        except (EOFError, OSError):
            return
        line.send(reader.listing(what) if name == "list" else reader.read(what))


def begin() -> None:
    """Leave Ctrl-C to the caller, end with it even when it was killed, take one processor, bounded memory."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = "1"
    with suppress(ImportError, OSError, ValueError):  # not on Windows
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (MOST_BYTES, resource.getrlimit(resource.RLIMIT_DATA)[1]))
    # libtiff and PDFium write their complaints straight to the terminal.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)


def _end_with_parent() -> None:
    parent: Any = multiprocessing.parent_process()
    connection.wait([parent.sentinel])
    os._exit(0)
