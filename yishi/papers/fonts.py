"""The free fonts we ship, unpacked once into a folder that typst and browsers can read."""

from __future__ import annotations

import hashlib
import lzma
import os
import tempfile
from pathlib import Path

PACKED = Path(__file__).with_name("fonts")


class FontsDamaged(Exception):
    """A packed font is missing or does not match its checksum: the installation is broken."""


def folder(into: Path | None = None) -> Path:
    """The folder with the `.ttf` files, unpacked there first if need be (about 1 s, 27 MB).

    `into` defaults to `$YISHI_DATA/fonts`, then to the user's cache folder. Two processes may
    do this at once: every file appears whole or not at all. Raises FontsDamaged, OSError.
    """
    sums = (PACKED / "SHA256SUMS").read_bytes()
    target = (into or _cache()) / hashlib.sha256(sums).hexdigest()[:12]
    target.mkdir(parents=True, exist_ok=True)
    for line in sums.decode().splitlines():
        digest, size, name = line.split()
        file = target / name
        if not (file.is_file() and file.stat().st_size == int(size)):
            _unpack(name, digest, file)
    return target


def _unpack(name: str, digest: str, file: Path) -> None:
    try:
        font = lzma.decompress((PACKED / f"{name}.xz").read_bytes())
    except (FileNotFoundError, lzma.LZMAError) as error:
        raise FontsDamaged(f"{name}.xz: {error}") from error
    if hashlib.sha256(font).hexdigest() != digest:
        raise FontsDamaged(f"{name}.xz: checksum differs")
    handle, draft = tempfile.mkstemp(dir=file.parent, prefix=f".{name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(font)
        os.chmod(draft, 0o644)
        os.replace(draft, file)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def _cache() -> Path:
    if data := os.environ.get("YISHI_DATA"):
        return Path(data) / "fonts"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "yishi" / "fonts"
