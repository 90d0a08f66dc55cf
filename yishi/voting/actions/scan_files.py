"""What the scanner gave: files taken in and taken back, the folder that is watched, the blank sheet."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import secrets
import shutil
import stat
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from yishi.journal.chain import write
from yishi.scan.reasons import REASONS
from yishi.voting import apart, reader
from yishi.voting.models import Batch, Poll, ScanFile, ScanPage
from yishi.voting.rules import scans as rules
from yishi.web.access import require
from yishi.web.files import plain_name, sha256

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from yishi.scan.refs import PageRef

MOST_BYTES = 1 << 30
CHUNK = 1 << 20
SETTLED = 3  # seconds a file of the folder was not written to
CUT_OFF = 60  # seconds after which one without its end is taken all the same, and refused
TAKEN = "yishi-taken"  # where the folder's files go once they are taken in
ENDS = {b"%PDF-": b"%%EOF", b"\xff\xd8\xff": b"\xff\xd9", b"\x89PNG": b"IEND"}
State = ScanFile.State


def upload(batch: Batch, file: Any, *, by: Any, at: datetime) -> ScanFile:
    """Take in a file of the scanner (a Django File): kept as it came, every page a row before it is read.

    What cannot be read is a row too, REFUSED with its reason; so is the same file once more, in
    this poll. Raises ValidationError: too large, no room, the batch is closed or not for the scanner.
    """
    require(rules.may_scan(by, batch.poll, at))
    _open_for_files(batch)
    with _kept(batch.poll, file) as kept:
        refs = reader.listing(batch.poll, kept.path)
        return _taken_in(batch, _name(file.name), kept, refs, by=by, at=at)


@transaction.atomic
def _taken_in(
    batch: Batch, name: str, kept: Kept, refs: Sequence[PageRef], *, by: Any, at: datetime
) -> ScanFile:
    poll = batch.poll
    # Of two uploads at once of one file the second waits here and is the same file.
    Poll.objects.select_for_update(of=("self",)).get(pk=poll.pk)
    now = Batch.objects.select_for_update().get(pk=batch.pk)
    now.poll = poll
    _open_for_files(now)
    made = ScanFile(batch=now, name=name, sha256=kept.sha256, size=kept.size, at=at, by=by)
    same = ScanFile.objects.filter(batch__poll=poll, sha256=kept.sha256, withdrawn_at__isnull=True)
    if same.exclude(state=State.REFUSED).exists():
        made.reason = "same_file"
    elif all(ref.rejected for ref in refs):
        made.reason = refs[0].rejected or "unreadable"
    if made.reason:
        made.state = State.REFUSED
        made.save()
        write(
            poll.chain, "voting.scan_refused", now, by=by, at=at, file=made.pk, sha256=kept.sha256,
            reason=made.reason,
        )  # fmt: skip
        return made
    made.path = f"scans/{poll.pk}/{kept.sha256}.{refs[0].kind}"
    made.save()
    ScanPage.objects.bulk_create([_row(made, ref) for ref in refs], 200)
    write(
        poll.chain, "voting.scan_taken", now, by=by, at=at, file=made.pk, sha256=kept.sha256,
        size=kept.size, pages=len(refs),
    )  # fmt: skip
    kept.path.replace(default_storage.path(made.path))
    transaction.on_commit(partial(reader.wake, poll.pk))
    return made


def _row(file: ScanFile, ref: PageRef) -> ScanPage:
    """A page there before it is read; one that the listing refused is read already."""
    made = ScanPage(file=file, batch=file.batch, index=ref.page)
    if ref.rejected:
        made.state, made.reason = ScanPage.State.REJECTED, ref.rejected
        made.reading = {"rejected": ref.rejected, "detail": ref.detail}
    return made


def _open_for_files(batch: Batch) -> None:
    if batch.way != Batch.Way.SCAN or not batch.poll.sheet_layout:
        raise ValidationError(_("这一批不是扫描读票的。"), code="way")
    if batch.agreed_at:
        raise ValidationError(_("这一批已经核清，不能再加扫描文件。"), code="closed")


@transaction.atomic
def withdraw(file: ScanFile, *, by: Any, at: datetime, why: str) -> None:
    """The handful was scanned wrong: its pages do not count; the file stays on record.

    Pressed again, changes nothing. Raises ValidationError without a reason and once the batch is closed.
    """
    require(rules.may_settle(by, file.batch, at))
    batch = Batch.objects.select_for_update().get(pk=file.batch_id)
    now = ScanFile.objects.select_for_update().get(pk=file.pk)
    if now.withdrawn_at:
        return
    if batch.agreed_at:
        raise ValidationError(_("这一批已经核清，不能再撤回。"), code="closed")
    why = reasoned(why)
    ScanFile.objects.filter(pk=file.pk).update(withdrawn_at=at, withdrawn_by=by, withdrawn_why=why)
    pages = now.leaves.count()
    write(
        file.batch.poll.chain, "voting.scan_withdrawn", batch, by=by, at=at, why=why, file=file.pk,
        sha256=now.sha256, pages=pages,
    )  # fmt: skip


# --- the folder --------------------------------------------------------------


@transaction.atomic
def watch(batch: Batch, on: bool, *, by: Any, at: datetime) -> None:
    """Files that come into the scanner's folder go to this batch from now on, and to no other.

    Raises ValidationError where no folder is set, and for a batch that takes no files.
    """
    require(rules.may_scan(by, batch.poll, at))
    now = Batch.objects.select_for_update().get(pk=batch.pk)
    now.poll = batch.poll
    if on:
        _open_for_files(now)
        if folder() is None:
            raise ValidationError(_("没有设定扫描文件夹（YISHI_SCAN_FOLDER），请用上传。"), code="folder")
    if now.watching == on:
        return
    if on:
        Batch.objects.filter(watching=True).update(watching=False)
    Batch.objects.filter(pk=batch.pk).update(watching=on)
    batch.watching = on
    write(batch.poll.chain, "voting.scan_watched", batch, by=by, at=at, on=on)


def folder() -> Path | None:
    """Where the scanner saves its files; None where none is set or it is not there."""
    named = getattr(settings, "SCAN_FOLDER", "") or os.environ.get("YISHI_SCAN_FOLDER", "")
    found = Path(named) if named else None
    return found if found is not None and found.is_dir() else None


def take_from_folder(batch: Batch, *, by: Any, at: datetime) -> list[ScanFile]:
    """What has come into the folder and is no longer written to, in the order it was written.

    Each is moved into a folder of its own beside. Asked by two at once, one of them takes all.
    Gives nothing where the batch is not watching. Raises ValidationError as `upload` does.
    """
    require(rules.may_scan(by, batch.poll, at))
    place = folder()
    watching = Batch.objects.filter(pk=batch.pk, watching=True, agreed_at__isnull=True).exists()
    if place is None or not watching:
        return []
    found = []
    with _alone() as mine:
        for path in _settled_files(place) if mine else []:
            try:
                with path.open("rb") as opened:
                    file = File(opened, _name(os.fsencode(path.name)))
                    # Where it could not be moved away it lies there still.
                    if not _lies_here(batch, sha256(file), file.name):
                        found.append(upload(batch, file, by=by, at=at))
            except FileNotFoundError:  # taken away just now
                continue
            except PermissionError:  # not ours to read: those behind it come all the same
                _pass_over(path)
                continue
            except ValidationError as error:
                if error.code == "size":
                    _pass_over(path)
                raise
            _move_away(path)
    return found


def _lies_here(batch: Batch, digest: str, name: str | None) -> bool:
    """Taken into this poll already, under this name, and not taken back."""
    here = ScanFile.objects.filter(batch__poll=batch.poll_id, withdrawn_at__isnull=True)
    return here.filter(sha256=digest, name=name).exists()


# (size, time written) of each file when it was last looked at, and when it was first seen so.
_seen: dict[Path, tuple[tuple[int, int], float]] = {}
_passed: set[tuple[Path, tuple[int, int]]] = set()


def _settled_files(place: Path) -> list[Path]:
    """Ordinary files that two looks found unchanged, SETTLED after they were last written."""
    found, now = [], time.monotonic()
    for path in _listed(place):
        with suppress(OSError):
            told = path.lstat()
            mark = (told.st_size, told.st_mtime_ns)
            if not stat.S_ISREG(told.st_mode) or path.name.startswith((".", "~")) or (path, mark) in _passed:
                continue
            before, since = _seen.get(path, (None, now))
            if before != mark:
                _seen[path] = (mark, now)
                continue
            # A share's clock may differ from ours: what counts is also how long we have seen it so.
            old = max(now - since, min(time.time() - told.st_mtime, CUT_OFF + 1))
            if old > CUT_OFF or (old > SETTLED and _has_its_end(path)):
                found.append((told.st_mtime_ns, natural(path.name), path))
    for gone in [path for path in _seen if not path.exists()]:
        del _seen[gone]
    return [path for _written, _name, path in sorted(found)]


def _listed(place: Path) -> list[Path]:
    """A share may be away for a moment: then nothing has come."""
    try:
        return list(place.iterdir())
    except OSError:
        return []


def natural(name: str) -> list[tuple[str, int]]:
    """To sort names by: page 9 before page 10."""
    return [(text, int(digits or 0)) for text, digits in re.findall(r"(\D*)(\d*)", name)]


def _has_its_end(path: Path) -> bool:
    """Whether a PDF, JPEG or PNG is written to its end; of a TIFF nothing tells."""
    with path.open("rb") as file:
        head = file.read(8)
        file.seek(max(0, path.stat().st_size - 2048))
        tail = file.read()
    return next((end in tail for begin, end in ENDS.items() if head.startswith(begin)), True)


def _move_away(path: Path) -> None:
    """Beside, under its name; where the folder cannot be written to, it is passed over from now on."""
    try:
        there = path.parent / TAKEN
        there.mkdir(exist_ok=True)
        target = there / path.name
        path.rename(target if not target.exists() else there / f"{secrets.token_hex(4)}-{path.name}")
    except OSError:
        _pass_over(path)


def _pass_over(path: Path) -> None:
    with suppress(OSError):
        told = path.lstat()
        _passed.add((path, (told.st_size, told.st_mtime_ns)))


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether nobody else is taking from the folder just now, in this process or another."""
    lock = Path(default_storage.path("scans")) / ".folder.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True


# --- the blank sheet ---------------------------------------------------------


def calibrate(poll: Poll, file: Any, *, by: Any, at: datetime) -> dict[str, Any]:
    """A blank sheet of the printer and scanner at hand: what they leave on paper is not taken for ink.

    The newest counts, for what is read from now on. Raises ValidationError saying why it is none.
    """
    require(rules.may_calibrate(by, poll, at))
    if not poll.sheet_layout:
        raise ValidationError(_("票的版式还没有固定，请先通过票决办法。"), code="layout")
    standing = ScanFile.objects.filter(batch__poll=poll, withdrawn_at__isnull=True)
    if standing.exclude(state=State.REFUSED).exists():
        raise ValidationError(
            _("已有票扫描进来，不能再换空白票：同一次计票须用同一次校准。请先撤回各文件。"), code="begun"
        )
    with _kept(poll, file) as kept:
        with apart.Beside() as beside:
            try:
                asked = (apart.calibration, str(kept.path), poll.sheet_layout)
                _made, refused, numbers = beside.ask(*asked)
            except apart.Gone:
                refused = "machine"
        if refused:
            raise ValidationError(_in_words(refused), code=refused)
        path = f"scans/{poll.pk}/blank-{kept.sha256}"
        said = {"path": path, "sha256": kept.sha256, "pages": numbers, "at": at.isoformat()}
        with transaction.atomic():
            Poll.objects.select_for_update(of=("self",)).get(pk=poll.pk)
            Poll.objects.filter(pk=poll.pk).update(calibration=said)
            write(poll.chain, "voting.scan_calibrated", poll, by=by, at=at, sha256=kept.sha256, pages=numbers)
            kept.path.replace(default_storage.path(path))
    poll.calibration = said
    return said


def _in_words(code: str) -> str:
    english = (get_language() or "").startswith("en")
    return REASONS.get(code, REASONS["machine"])[english]


# --- keeping -----------------------------------------------------------------


@dataclass(frozen=True)
class Kept:
    """A file on our disk under a passing name, which goes unless it is given another."""

    path: Path
    sha256: str
    size: int


@contextmanager
def _kept(poll: Poll, file: Any) -> Iterator[Kept]:
    """Write the file to the private folder piece by piece. Raises ValidationError: too large, no room."""
    place = Path(default_storage.path(f"scans/{poll.pk}"))
    path = place / f".{secrets.token_hex(8)}.part"
    digest, size = hashlib.sha256(), 0
    try:
        place.mkdir(parents=True, exist_ok=True)
        file.seek(0)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            for chunk in file.chunks(CHUNK):
                size += len(chunk)
                if size > MOST_BYTES:
                    raise ValidationError(
                        _("文件超过1GB，请用200 dpi灰度重新扫描，或分成几个文件。"), code="size"
                    )
                digest.update(chunk)
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        yield Kept(path, digest.hexdigest(), size)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise ValidationError(_("服务器的磁盘满了，文件没有收下。请腾出空间再上传。"), code="full") from error
    finally:
        path.unlink(missing_ok=True)


def forget(poll_pk: int) -> None:
    """Erase the files and pictures of a poll that is no more (a rehearsal)."""
    shutil.rmtree(default_storage.path(f"scans/{poll_pk}"), ignore_errors=True)


def _name(raw: str | bytes | None) -> str:
    """As it can be shown and stored: a scanner may write its names in another code."""
    if isinstance(raw, bytes):
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            text = raw.decode("gb18030", "replace")
    else:
        text = (raw or "").encode("utf-8", "replace").decode("utf-8")
    return plain_name(text)[:200] or "scan"


def reasoned(why: str) -> str:
    """The reason without its margins. Raises ValidationError at `why` where there is none."""
    if not why.strip():
        raise ValidationError({"why": _("请写明理由。")}, code="reason")
    return why.strip()
