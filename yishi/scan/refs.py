"""A page of a file before it is read. Apart, so that who only waits for pages loads no pictures' library."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from yishi.scan.reasons import Rejected

CHUNK = 1 << 20


@dataclass(frozen=True)
class PageRef:
    """One page of a file, known before it is read.

    `page` from 1; `sha256` of the whole file (64 hex digits, "" where it could not be opened); `kind` is
    "pdf", "tiff", "jpeg", "png" or "". `rejected` (a key of REASONS) where it is known that it is not read.
    """

    file: Path
    page: int
    sha256: str
    kind: str
    rejected: str | None = None
    detail: str = ""


def opened(path: Path) -> BinaryIO:
    """An ordinary file. Raises Rejected (not_a_file); does not wait for a pipe's other end."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except (OSError, ValueError) as error:  # the second for a name that cannot be one
        raise Rejected("not_a_file", str(error)) from None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise Rejected("not_a_file", "no ordinary file")
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def digest_of(file: BinaryIO) -> str:
    """SHA-256 of the whole, as 64 hex digits. Raises OSError."""
    digest = hashlib.sha256()
    file.seek(0)
    while chunk := file.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def digest(path: Path) -> str:
    """SHA-256 of a file, "" where it cannot be read."""
    try:
        with opened(path) as file:
            return digest_of(file)
    except (Rejected, OSError):
        return ""
