"""Files: logs, backups, and what lies in a SQLite file beside its rows."""

from __future__ import annotations

import gzip
import logging
import re
import shutil
import sqlite3
import subprocess
import tempfile
import zipfile
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import IO, TYPE_CHECKING

from django.conf import settings
from django.db import connection

from yishi.voting.rules.secrecy import tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from yishi.voting.rules.secrecy.needles import Needles
    from yishi.voting.rules.secrecy.tables import Hit

PIECE, LAP = 1 << 20, 512
BOOTH = re.compile(r"[^\n]{0,400}/booth/[^\n]{0,400}")
ADDRESS = re.compile(
    r"(?<![\d./])(?!127\.|0\.0\.0\.0)(?:\d{1,3}\.){3}\d{1,3}(?![\d.])"
    r"|(?<![0-9A-Za-z:])(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{1,4}(?![0-9A-Za-z:])"
    r"|(?<![0-9A-Za-z:])(?:[0-9a-f]{1,4}:){1,6}:[0-9a-f]{1,4}"
)


def pieces(source: IO[bytes]) -> Iterator[str]:
    """The whole as text, each piece with the end of the one before it."""
    tail = b""
    while piece := source.read(PIECE):
        yield (tail + piece).decode("latin-1")
        tail = piece[-LAP:]


def kinds_in(source: IO[bytes], needles: Needles) -> set[str]:
    """Which needles a file holds, and "address" where a line about the booth holds one."""
    found: set[str] = set()
    for text in pieces(source):
        found |= needles.kinds(text)
        if any(ADDRESS.search(line) for line in BOOTH.findall(text)):
            found.add("address")
    return found - {"key"}


def logs(folders: Iterable[Path], needles: Needles) -> Counter[str]:
    """File -> how many kinds of traces it holds; the database, backups and the record are left out."""
    found: Counter[str] = Counter()
    for path in _files([Path(settings.DATA), *folders], _log_files()):
        if path.suffix == ".bel" or is_backup(path) or _is_database(path):
            continue
        try:
            with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as source:
                kinds = kinds_in(source, needles)  # type: ignore[arg-type]
        except OSError:  # taken away meanwhile, or no gzip at all
            continue
        for kind in sorted(kinds):
            found[f"{path}: {kind}"] += 1
    return found


def _log_files() -> list[Path]:
    """Files that the program itself is set to write its log to."""
    loggers = [logging.getLogger(), *map(logging.getLogger, logging.root.manager.loggerDict)]
    named = {getattr(one, "baseFilename", None) for logger in loggers for one in logger.handlers}
    return [Path(name) for name in named if name]


def _files(folders: Iterable[Path], more: Iterable[Path] = ()) -> list[Path]:
    static = Path(settings.STATIC_ROOT)
    found = {path for folder in folders for path in ([folder] if folder.is_file() else folder.rglob("*"))}
    found |= set(more)
    return sorted(p for p in found if p.is_file() and not p.is_symlink() and static not in p.parents)


def _is_database(path: Path) -> bool:
    with path.open("rb") as source:
        head = source.read(16)
    return head.startswith(b"SQLite format 3") or path.name.endswith(("-wal", "-shm"))


# --- beside the rows -----------------------------------------------------------


def beside(path: Path, needles: Needles) -> Counter[str]:
    """Ballots of closed boxes that still lie in the file or its log of writes, in the order of casting.

    Their rows are gone and the record does not name a tracker in this form: what is found lies in
    free pages ("free"), in the slack of others ("slack"), or in the log ("wal").
    """
    places: dict[str, set[str]] = {"free": set(), "slack": set(), "wal": set()}
    if not needles.closed or not path.is_file():
        return Counter()
    free, size = _free(path)
    with path.open("rb") as source:
        number = 0
        while page := source.read(size):  # a tracker stands near the head of its row, never over a seam
            number += 1
            places["free" if number in free else "slack"] |= needles.closed_in(page.decode("latin-1"))
    wal = path.with_name(path.name + "-wal")
    if wal.is_file():
        with wal.open("rb") as source:
            places["wal"].update(*map(needles.closed_in, pieces(source)))
    return +Counter({place: len(some) for place, some in places.items()})


def _free(path: Path) -> tuple[set[int], int]:
    """Numbers of the free pages, from 1, and the size of a page."""
    with path.open("rb") as source:
        head = source.read(100)
        size = int.from_bytes(head[16:18], "big")
        size = 65536 if size == 1 else size or 4096
        free: set[int] = set()
        trunk = int.from_bytes(head[32:36], "big")
        while trunk and trunk not in free:
            free.add(trunk)
            source.seek((trunk - 1) * size)
            page = source.read(size)
            count = int.from_bytes(page[4:8], "big")
            free |= {
                int.from_bytes(page[8 + 4 * i : 12 + 4 * i], "big") for i in range(min(count, size // 4 - 2))
            }
            trunk = int.from_bytes(page[:4], "big")
    return free, size


def live() -> Path | None:
    """The file of our own database, where it is one."""
    if connection.vendor != "sqlite":
        return None
    path = Path(str(connection.settings_dict["NAME"]))
    return path if path.is_file() else None


# --- backups -------------------------------------------------------------------


def is_backup(path: Path) -> bool:
    """A file that `yishi backup` made."""
    if not zipfile.is_zipfile(path):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return "yishi.json" in archive.namelist()
    except (zipfile.BadZipFile, OSError):
        return False


def backups(folders: Iterable[Path]) -> list[Path]:
    return [path for path in _files([Path(settings.DATA), *folders]) if is_backup(path)]


def in_backup(path: Path, needles: Needles) -> tuple[Counter[str], bool]:
    """(place in the backup -> how many, whether all of it could be read)."""
    found: Counter[str] = Counter()
    whole = True
    with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory(prefix=".secrecy-") as folder:
        for name in archive.namelist():
            if name == "yishi.json":
                continue
            if not name.startswith("database."):
                with archive.open(name) as source:
                    found.update(f"{name}: {kind}" for kind in sorted(kinds_in(source, needles)))
                continue
            target = Path(folder) / "database"
            with archive.open(name) as source, target.open("wb") as out:
                shutil.copyfileobj(source, out)
            if name.endswith(".sqlite3"):
                found.update(_in_sqlite(target, needles))
            else:
                read = _in_dump(target, needles)
                whole = read is not None
                found.update(read or {})
    return found, whole


def _in_sqlite(path: Path, needles: Needles) -> Counter[str]:
    found: Counter[str] = Counter()
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as copy:
        copy.text_factory = lambda raw: raw.decode("utf-8", "replace")
        for hit, n in tables.search(copy.cursor(), "sqlite", needles).items():
            found[f"{hit.where}: {hit.kind}"] += n
    # A copy made while a box was open keeps its rows where they came to lie: in the order of casting.
    if n := max(beside(path, needles).values(), default=0):
        found["voting_castballot: order"] += n
    return found


def _in_dump(path: Path, needles: Needles) -> Counter[str] | None:
    """The rows of a PostgreSQL dump; None where `pg_restore` cannot be had."""
    program = shutil.which("pg_restore")
    if program is None:
        return None
    command = [program, "--data-only", "--file", "-", str(path)]
    hits: Counter[Hit] = Counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, errors="replace") as running:
        assert running.stdout is not None
        hits.update(dumped(running.stdout, needles))
    if running.returncode:
        return None
    found: Counter[str] = Counter()
    for hit, n in hits.items():
        found[f"{hit.where}: {hit.kind}"] += n
    return found


COPY = re.compile(r'COPY (?:\w+\.)?"?(\w+)"? \(([^)]*)\) FROM stdin;')


def dumped(lines: Iterable[str], needles: Needles) -> Iterator[Hit]:
    """What the lines of a dump hold where it does not belong; ballots of closed boxes belong nowhere."""
    table, names = "", [""]
    for line in lines:
        if head := COPY.match(line):
            table, names = head[1], [name.strip(' "') for name in head[2].split(",")]
        elif line.startswith("\\."):
            table = ""
        elif table == "voting_castballot" and needles.closed_in(line):
            yield tables.Hit("order", table, timed=False)
        elif table:
            yield from tables.in_row(table, zip(names, line.rstrip("\n").split("\t"), strict=False), needles)
