"""Files of the scanner are read behind the pages: a thread of the server, pictures in processes of their own.

The rows are the truth: what waits is read by whoever finds it. A file is held by its `seen_at`, renewed while
it is read; one whose reader was not seen for STALE is anybody's, and only its waiting pages are read again.
The pen is taken for moments, never while a page is read. One file of a poll at a time, so that of two pages
that look alike one is always the later.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from yishi.journal.chain import write
from yishi.scan.layout import parse
from yishi.scan.refs import PageRef
from yishi.voting import apart
from yishi.voting.models import Batch, Poll, ScanFile, ScanPage
from yishi.voting.rules import scans as rules

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from yishi.scan.work import PageResult, Readers

log = logging.getLogger("yishi.voting.reader")
STALE = timedelta(seconds=30)
BEAT = 8  # seconds between two signs of life
EVERY, MOST = 1.0, 40  # seconds, pages: what is read is stored so often
TRIES = 3  # of one file in one server process
State = ScanFile.State

_lock = threading.Lock()
_thread: threading.Thread | None = None
_again = False
_failed: Counter[int] = Counter()


# --- the thread --------------------------------------------------------------


def wake(poll_pk: int | None = None) -> None:
    """Start reading what waits, or go on with what somebody left; at once done when there is nothing."""
    global _thread, _again
    with _lock:
        if _thread is not None and _thread.is_alive():
            _again = True
            return
        _thread, _again = None, False
        if not _free(poll_pk, timezone.now()).exists():
            return
        _thread = threading.Thread(target=_run, name="scan-reader", daemon=True)
        _thread.start()


def _run() -> None:
    global _thread, _again
    with Desk() as desk:
        while True:
            try:
                file = take()
                if file is not None:
                    _try(file, desk)
                    continue
            except Exception:  # the database is locked or full: who looks next begins anew
                log.exception("reading stopped")
            finally:
                connection.close()
            with _lock:
                if not _again:
                    _thread = None
                    return
                _again = False


def _try(file: ScanFile, desk: Desk) -> None:
    """Read a file; one that fails again and again is refused, so that people hear of it."""
    try:
        read(file, desk)
    except Exception:
        _failed[file.pk] += 1
        log.exception("file %s could not be read", file.pk)
        desk.clear()
        if _failed[file.pk] >= TRIES:
            refuse(file, "machine")


def _free(poll_pk: int | None, now: datetime) -> QuerySet[ScanFile]:
    """Files nobody reads, of polls of which nobody reads a file."""
    stale = now - STALE
    busy = ScanFile.objects.filter(state=State.READING, seen_at__gte=stale, withdrawn_at__isnull=True)
    left = Q(state=State.WAITING) | Q(state=State.READING, seen_at__lt=stale)
    found = ScanFile.objects.filter(
        left, withdrawn_at__isnull=True, batch__agreed_at__isnull=True, batch__poll__state=Poll.State.CLOSED
    )
    if poll_pk is not None:
        found = found.filter(batch__poll=poll_pk)
    return found.exclude(batch__poll__in=busy.values("batch__poll")).order_by("pk")


def take(poll_pk: int | None = None) -> ScanFile | None:
    """The next file, held by us from now on; None when there is none."""
    now = timezone.now()
    if not _free(poll_pk, now).exists():
        return None
    with transaction.atomic():
        found = _free(poll_pk, now).select_related("batch__poll__meeting").first()
        if found is None:
            return None
        # Two processes that saw the same: the second waits here and then finds the poll busy.
        Poll.objects.select_for_update(of=("self",)).get(pk=found.batch.poll_id)
        if not _free(poll_pk, now).filter(pk=found.pk).exists():
            return None
        ScanFile.objects.filter(pk=found.pk).update(state=State.READING, seen_at=now)
        return found


@contextmanager
def _beating(file: ScanFile) -> Iterator[None]:
    """Say that somebody reads this file, also while its first page is slow."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(BEAT):
            try:
                ScanFile.objects.filter(pk=file.pk, state=State.READING).update(seen_at=timezone.now())
            except Exception:
                log.exception("no sign of life of file %s", file.pk)
            finally:
                connection.close()

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


# --- one file ----------------------------------------------------------------


def read_now(file: ScanFile, *, jobs: int | None = None) -> None:
    """Read a file here and now, for tests and figures; jobs=0: in this very process."""
    ScanFile.objects.filter(pk=file.pk, state=State.WAITING).update(
        state=State.READING, seen_at=timezone.now()
    )
    with Desk(jobs) as desk:
        read(file, desk)
    file.refresh_from_db()


def read(file: ScanFile, desk: Desk) -> None:
    """Read the pages of this file that wait, and number its ballots. `file.state` is READING."""
    poll = file.batch.poll
    if not default_storage.exists(file.path):
        refuse(file, "not_a_file")
        return
    path = Path(default_storage.path(file.path))
    kind = path.suffix.lstrip(".")
    waiting = list(file.leaves.filter(state=ScanPage.State.WAITING).only("pk", "index", "file"))
    refs = [PageRef(path, page.index, file.sha256, kind) for page in waiting]
    done: list[ScanPage] = []
    last = time.monotonic()
    with _beating(file):
        for page, result in zip(waiting, desk.results(poll, refs), strict=True):
            done.append(_filled(page, result))
            if len(done) >= MOST or time.monotonic() - last > EVERY:
                if not _store(file, done):
                    return
                done, last = [], time.monotonic()
        if _store(file, done):
            finish(file, desk)


def _filled(page: ScanPage, result: PageResult) -> ScanPage:
    """The row of a page with what was read of it. A page nobody could look at is not read."""
    said = dict(result.reading)
    if result.rejected is None and result.kept is None:
        said = {"rejected": "machine", "detail": "the picture could not be kept"}
    page.reason = said.get("rejected") or ""
    page.state = ScanPage.State.REJECTED if page.reason else ScanPage.State.READ
    page.reading = said
    page.side = None if page.reason else said["page"]
    page.likeness = b"" if page.reason else result.fingerprint
    page.picture = str(result.kept.relative_to(default_storage.path(""))) if result.kept else ""
    return page


@transaction.atomic
def _store(file: ScanFile, pages: Sequence[ScanPage]) -> bool:
    """False when the file was withdrawn, or given up, meanwhile."""
    now = ScanFile.objects.select_for_update().get(pk=file.pk)
    if now.state != State.READING or now.withdrawn_at:
        return False
    ScanPage.objects.bulk_update(pages, ["state", "reason", "reading", "side", "likeness", "picture"], 50)
    ScanFile.objects.filter(pk=file.pk).update(seen_at=timezone.now())
    return True


def finish(file: ScanFile, desk: Desk) -> None:
    """All pages are read: which look like others is found, its ballots get their numbers."""
    twins = _twins(file, desk)
    with transaction.atomic():
        batch = Batch.objects.select_for_update().get(pk=file.batch_id)
        now = ScanFile.objects.select_for_update().get(pk=file.pk)
        waits = now.leaves.filter(state=ScanPage.State.WAITING).exists()
        if now.state != State.READING or now.withdrawn_at or waits:
            return
        pages = list(now.leaves.order_by("index").defer("likeness"))
        number(file.batch.poll, batch, pages)
        ScanPage.objects.bulk_update(pages, ["ballot"], 200)
        alike = [page for page in pages if page.pk in twins]
        for page in alike:
            page.reading["twins"] = twins[page.pk]
        ScanPage.objects.bulk_update(alike, ["reading"], 50)
        ScanFile.objects.filter(pk=file.pk).update(state=State.READ, seen_at=timezone.now())
        refused = Counter(page.reason for page in pages if page.reason)
        write(
            file.batch.poll.chain, "voting.scan_read", batch, by=None, at=timezone.now(), file=file.pk,
            sha256=file.sha256, pages=len(pages), refused=dict(refused),
        )  # fmt: skip


def number(poll: Poll, batch: Batch, pages: Sequence[ScanPage]) -> None:
    """Give the pages of one file, in order, the numbers of their ballots; not stored yet.

    A page that waits has none: nobody knows whether it is a ballot.
    """
    of, first = rules.sides(poll), rules.last_number(batch)
    found = rules.places([rules.side_of(page, of) for page in pages], of)
    for page, place in zip(pages, found, strict=True):
        page.ballot = None if place is None else first + place


def _twins(file: ScanFile, desk: Desk) -> dict[int, list[list[Any]]]:
    """Of the pages of this file: which earlier pages of the poll they look like, and how much."""
    standing = ScanPage.objects.filter(
        Q(file=file) | Q(file__state=State.READ, file__withdrawn_at__isnull=True),
        batch__poll=file.batch.poll_id,
        state=ScanPage.State.READ,
    ).exclude(likeness=b"")
    rows = list(standing.order_by("file", "index").values_list("pk", "file_id", "likeness"))
    order = {pk: place for place, (pk, _file, _mark) in enumerate(rows)}
    mine = {pk for pk, of, _mark in rows if of == file.pk}
    found: dict[int, list[list[Any]]] = {}
    if not mine:
        return found
    for one, other, score in desk.alike([(pk, bytes(mark)) for pk, _file, mark in rows], mine):
        # A file with an older key may be read later: of two files this one is the later.
        later, earlier = sorted((one, other), key=lambda pk: (pk in mine, order[pk]), reverse=True)
        if later in mine:
            found.setdefault(later, []).append([earlier, score])
    return found


@transaction.atomic
def refuse(file: ScanFile, reason: str) -> None:
    """The whole file cannot be read: none of its pages counts, it may be brought in anew."""
    changed = ScanFile.objects.filter(pk=file.pk, state__in=(State.WAITING, State.READING))
    if changed.update(state=State.REFUSED, reason=reason):
        write(
            file.batch.poll.chain, "voting.scan_refused", file.batch, by=None, at=timezone.now(),
            file=file.pk, reason=reason,
        )  # fmt: skip


# --- the processes -----------------------------------------------------------


@dataclass
class Desk:
    """The processes that read, kept from one file to the next of the same poll. jobs=0: none, read here."""

    jobs: int | None = None

    def __post_init__(self) -> None:
        self._readers: Readers | None = None
        self._apart: apart.Beside | None = None
        self._of: Any = None
        self._stack = ExitStack()

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *error: object) -> None:
        self.clear()

    def clear(self) -> None:
        """End them; they begin anew when they are wanted."""
        self._readers = self._apart = self._of = None
        self._stack.close()
        self._stack = ExitStack()

    def results(self, poll: Poll, refs: Sequence[PageRef]) -> Iterable[PageResult]:
        """The pages in their order. Raises nothing for what is in a file."""
        if not refs:
            return ()
        keep = Path(default_storage.path(f"scans/{poll.pk}/pages"))
        keep.mkdir(parents=True, exist_ok=True)
        layout = parse(poll.sheet_layout or {})
        if self.jobs == 0:
            return self._here(poll, refs, keep)
        of = (poll.pk, (poll.calibration or {}).get("sha256"))
        if self._of != of:
            self.clear()
            from yishi.scan.work import Readers

            blank = self._calibration(poll)
            self._readers = self._stack.enter_context(
                Readers(layout, jobs=self.jobs, calibration=blank, keep=keep)
            )
            self._of = of
        assert self._readers is not None
        return self._readers.read(refs)

    def alike(self, marks: Sequence[tuple[int, bytes]], new: Collection[int]) -> list[tuple[int, int, float]]:
        if len(marks) < 2:
            return []
        if self.jobs == 0:
            return apart.alike(marks, new)
        return list(self._beside().ask(apart.alike, marks, new))

    def _here(self, poll: Poll, refs: Sequence[PageRef], keep: Path) -> Iterator[PageResult]:
        from yishi.scan.reader import Reader
        from yishi.scan.work import PageResult

        reader = Reader(parse(poll.sheet_layout or {}), self._calibration(poll), keep)
        for index, ref in enumerate(refs):
            yield PageResult(index, ref, *reader.read(ref))

    def _calibration(self, poll: Poll) -> Any:
        """What the blank sheet showed, worked out anew from its file; None without one."""
        said = poll.calibration or {}
        if not said or not default_storage.exists(said["path"]):
            return None
        asked = (default_storage.path(said["path"]), poll.sheet_layout or {})
        if self.jobs == 0:
            return apart.calibration(*asked)[0]
        return self._beside().ask(apart.calibration, *asked)[0]

    def _beside(self) -> apart.Beside:
        if self._apart is None:
            self._apart = self._stack.enter_context(apart.Beside())
        return self._apart


@dataclass
class Lister:
    """One process that lists files, kept while they come one after the other: a scanner may give 200."""

    idle: float = 30  # seconds after which it ends

    def __post_init__(self) -> None:
        self._busy = threading.Lock()
        self._readers: Readers | None = None
        self._end: threading.Timer | None = None

    def listing(self, poll: Poll, path: Path) -> list[PageRef]:
        from yishi.scan.work import Readers

        with self._busy:
            if self._end is not None:
                self._end.cancel()
            if self._readers is None:
                self._readers = Readers(parse(poll.sheet_layout or {}), jobs=1)
            try:
                return self._readers.listing([path])
            finally:
                self._end = threading.Timer(self.idle, self.close)
                self._end.daemon = True
                self._end.start()

    def close(self) -> None:
        with self._busy:
            if self._readers is not None:
                self._readers.close()
            self._readers = None


_lister = Lister()


def listing(poll: Poll, path: Path) -> list[PageRef]:
    """Every page of a file, in a process of its own: a broken PDF must not reach the server."""
    return _lister.listing(poll, path)
