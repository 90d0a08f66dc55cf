"""One file with the database and the uploads, made while the server runs, and read back.

The file is a zip: `yishi.json` (the manifest: version, time, migrations, and size and SHA-256 of
every other member), `database.sqlite3` or `database.dump`, and `uploads/…`. The secret key is not
in it: keep that apart. Whoever has the file has the data; it is readable by its owner only.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import zipfile
import zlib
from argparse import Namespace
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any, Protocol

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone
from django.utils.translation import gettext as _

from yishi import __version__
from yishi.cli import Refusal
from yishi.journal import chain

FORMAT = "yishi-backup"
FORMAT_VERSION = 1
MANIFEST = "yishi.json"
MANIFEST_LIMIT = 64 * 1024 * 1024
PIECE = 1024 * 1024
# All that zipfile, zlib and json say of damaged or hostile input.
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)
MEMBERS = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}


@dataclass(frozen=True)
class Member:
    """Size in bytes and SHA-256 (hex) of one member of the file."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What the file says of itself; `made` is an ISO time with its zone."""

    yishi: str
    made: str
    database: str
    migrations: list[str]
    files: dict[str, Member]


def backup_command(options: Namespace) -> int:
    manifest = backup(options.file, at=timezone.now())
    size = options.file.stat().st_size / 1e6
    print(
        _("✓ 已备份到 %(file)s：%(n)s个文件，%(size).1f MB。密钥不在其中，请另行保管。")
        % {"file": options.file, "n": len(manifest.files), "size": size}
    )
    return 0


def restore_command(options: Namespace) -> int:
    before = restore(options.file, at=timezone.now())
    print(_("✓ 已恢复。恢复前的数据在 %(file)s。") % {"file": before})
    return 0


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


# --- making ------------------------------------------------------------------


def backup(file: Path, *, at: datetime) -> Manifest:
    """Write the file in full or not at all; refuses to overwrite.

    First the database, then the uploads: rows are written after their file, so that every file
    the copied database speaks of is there.
    """
    if file.exists():
        raise Refusal(_("%(file)s 已经存在：请换一个文件名。") % {"file": file})
    if not file.absolute().parent.is_dir():
        raise Refusal(_("文件夹 %(folder)s 不存在。") % {"folder": file.absolute().parent})
    try:
        with tempfile.TemporaryDirectory(prefix=".yishi-", dir=file.absolute().parent) as folder:
            manifest = _write(Path(folder), at)
            done = Path(folder) / "backup"
            done.chmod(0o600)
            done.replace(file)
    except OSError as error:
        raise Refusal(
            _("备份没有写成：%(why)s。请检查磁盘空间和权限；原有数据没有改动。")
            % {"why": error.strerror or error}
        ) from error
    return manifest


def _write(folder: Path, at: datetime) -> Manifest:
    name = MEMBERS[_vendor()]
    _dump(folder / name)
    files: dict[str, Member] = {}
    with (folder / "backup").open("wb") as out:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            files[name] = _add(archive, folder / name, name)
            (folder / name).unlink()
            for path in _uploads():
                inside = "uploads/" + path.relative_to(settings.MEDIA_ROOT).as_posix()
                try:
                    files[inside] = _add(archive, path, inside)
                except FileNotFoundError:  # taken away meanwhile: no row speaks of it any more
                    continue
            manifest = Manifest(__version__, at.isoformat(), _vendor(), _applied(), files)
            said = {"format": FORMAT, "version": FORMAT_VERSION, **asdict(manifest)}
            archive.writestr(MANIFEST, json.dumps(said, ensure_ascii=False, indent=1))
        out.flush()
        os.fsync(out.fileno())
    return manifest


def _uploads() -> Iterator[Path]:
    root = Path(settings.MEDIA_ROOT)
    return (path for path in sorted(root.rglob("*")) if path.is_file() and not path.is_symlink())


def _add(archive: zipfile.ZipFile, path: Path, name: str) -> Member:
    with path.open("rb") as source, archive.open(name, "w", force_zip64=True) as target:
        return _copy(source, target)


def _copy(source: Readable, target: IO[bytes]) -> Member:
    digest, size = hashlib.sha256(), 0
    while piece := source.read(PIECE):
        digest.update(piece)
        size += len(piece)
        target.write(piece)
    return Member(size, digest.hexdigest())


def _vendor() -> str:
    return connection.vendor


def _applied() -> list[str]:
    """Our own migrations in this database; those of libraries may be squashed by their authors."""
    ours = {app.label for app in apps.get_app_configs() if app.name.startswith("yishi.")}
    applied = MigrationLoader(connection).applied_migrations
    return sorted(f"{app}.{name}" for app, name in applied if app in ours)


def _dump(target: Path) -> None:
    """A consistent copy of the live database; writers go on meanwhile."""
    if _vendor() == "sqlite":
        with (
            closing(sqlite3.connect(_live_sqlite(), timeout=60)) as live,
            closing(sqlite3.connect(target)) as copy,
        ):
            live.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
        return
    _postgres("pg_dump", "--format=custom", "--no-owner", "--no-acl", "--file", str(target))


def _live_sqlite() -> str:
    return str(connection.settings_dict["NAME"])


def _postgres(program: str, *args: str) -> None:
    found = shutil.which(program)
    if found is None:
        raise Refusal(_("没有 %(program)s：请安装 postgresql-client。") % {"program": program})
    said = connection.settings_dict
    env = {**os.environ, "PGPASSWORD": str(said["PASSWORD"])}
    where = ["--dbname", str(said["NAME"])]
    for option, value in (
        ("--host", said["HOST"]),
        ("--port", said["PORT"]),
        ("--username", said["USER"]),
    ):
        where += [option, str(value)] if value else []
    done = subprocess.run([found, *where, *args], env=env, capture_output=True, text=True)
    if done.returncode:
        raise Refusal(
            _("%(program)s 没有成功：%(why)s") % {"program": program, "why": done.stderr.strip()[-1000:]}
        )


# --- reading back ------------------------------------------------------------


def restore(file: Path, *, at: datetime) -> Path:
    """Put back what the file holds; returns the file with the data as they were before.

    Everything is read, checked and unpacked beside the data before anything is touched. The
    database is then replaced in one transaction, so that a running server sees the old one or
    the new one. A backup of an earlier version is brought to this one afterwards.
    """
    data = Path(settings.DATA)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=data) as name:
        staged = Path(name)
        manifest = unpack(file, staged)
        before = data / f"before-restore-{at:%Y%m%d-%H%M%S}.yishi"
        backup(before, at=at)
        with _uploads_swapped(staged):
            _load(staged / MEMBERS[manifest.database])
    connection.close()
    call_command("migrate", interactive=False, verbosity=0)
    with file.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").hexdigest()
    chain.write("system", "restore", "system", by=None, at=at, sha256=digest, made=manifest.made)
    return before


@contextmanager
def _uploads_swapped(staged: Path) -> Iterator[None]:
    """The staged uploads in the place of the old ones, and back again if the database fails."""
    place, old, new = Path(settings.MEDIA_ROOT), staged / "old", staged / "uploads"
    new.mkdir(exist_ok=True)
    place.mkdir(parents=True, exist_ok=True)
    place.rename(old)
    new.rename(place)
    try:
        yield
    except BaseException:
        place.rename(new)
        old.rename(place)
        raise


def _load(source: Path) -> None:
    if _vendor() == "sqlite":
        with (
            closing(sqlite3.connect(source)) as copy,
            closing(sqlite3.connect(_live_sqlite(), timeout=60)) as live,
        ):
            copy.backup(live)
        return
    options = ("--clean", "--if-exists", "--single-transaction", "--no-owner", "--no-acl")
    _postgres("pg_restore", *options, str(source))


def unpack(file: Path, folder: Path) -> Manifest:
    """Unpack a sound backup into an empty folder, or refuse, saying what is wrong with it."""
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = _manifest(archive)
            _check_room(manifest, folder)
            for name, promised in manifest.files.items():
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                with archive.open(name) as source, target.open("xb") as out:
                    if _copy(_Limited(source, promised.size), out) != promised:
                        raise Refusal(
                            _("备份文件已损坏：%(name)s 与清单不符。没有改动任何数据。") % {"name": name}
                        )
    except FileNotFoundError:
        raise Refusal(_("没有 %(file)s 这个文件。") % {"file": file}) from None
    except BROKEN as error:
        raise Refusal(
            _("%(file)s 不是完整的备份文件（%(why)s）。没有改动任何数据。") % {"file": file, "why": error}
        ) from error
    except OSError as error:
        raise Refusal(
            _("读不了 %(file)s：%(why)s。") % {"file": file, "why": error.strerror or error}
        ) from error
    _check_database(folder / MEMBERS[manifest.database], manifest.database)
    return manifest


class _Limited:
    """A reader that stops one piece past what was promised, whatever the zip unpacks to."""

    def __init__(self, source: IO[bytes], size: int) -> None:
        self.source, self.left = source, size + 1

    def read(self, size: int, /) -> bytes:
        piece = self.source.read(min(size, self.left))
        self.left -= len(piece)
        return piece


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    names = [info.filename for info in archive.infolist()]
    if MANIFEST not in names or archive.getinfo(MANIFEST).file_size > MANIFEST_LIMIT:
        raise Refusal(_("这不是议事的备份文件。没有改动任何数据。"))
    said: Any = json.loads(archive.read(MANIFEST))
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise Refusal(_("这不是议事的备份文件。没有改动任何数据。"))
    manifest = _read_manifest(said)
    if sorted(names) != sorted([MANIFEST, *manifest.files]):
        raise Refusal(_("备份文件已损坏：内容与清单不符。没有改动任何数据。"))
    _check_fits(said, manifest)
    return manifest


def _read_manifest(said: dict[str, Any]) -> Manifest:
    try:
        files = {str(k): Member(int(v["size"]), str(v["sha256"])) for k, v in said["files"].items()}
        migrations = [str(name) for name in said["migrations"]]
        if any(member.size < 0 for member in files.values()):
            raise ValueError("size")
        return Manifest(str(said["yishi"]), str(said["made"]), str(said["database"]), migrations, files)
    except (KeyError, TypeError, AttributeError) as error:
        raise Refusal(_("备份文件已损坏：清单不全。没有改动任何数据。")) from error


def _check_fits(said: dict[str, Any], manifest: Manifest) -> None:
    """Refuse what a newer version made, what another kind of database made, and foreign paths."""
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    newer = said.get("version") != FORMAT_VERSION or set(manifest.migrations) - known
    if newer:
        raise Refusal(
            _("这份备份来自更新的版本 %(theirs)s，这里是 %(ours)s：请先升级。没有改动任何数据。")
            % {"theirs": manifest.yishi, "ours": __version__}
        )
    if manifest.database != _vendor():
        raise Refusal(
            _("这份备份来自 %(theirs)s，这里是 %(ours)s：不能互相恢复。没有改动任何数据。")
            % {"theirs": manifest.database, "ours": _vendor()}
        )
    allowed = {MEMBERS[manifest.database]}
    for name in manifest.files:
        path = PurePosixPath(name)
        inside = path.parts[:1] == ("uploads",) and len(path.parts) > 1 and ".." not in path.parts
        if (name not in allowed and not inside) or "\\" in name or str(path) != name:
            raise Refusal(_("备份文件里有不该有的文件。没有改动任何数据。"))
    if MEMBERS[manifest.database] not in manifest.files:
        raise Refusal(_("备份文件里没有数据库。没有改动任何数据。"))


def _check_room(manifest: Manifest, folder: Path) -> None:
    # Unpacked once, and the copy of the data as they are now.
    needed = 2 * sum(member.size for member in manifest.files.values())
    if shutil.disk_usage(folder).free < needed:
        raise Refusal(_("磁盘空间不够：需要 %(n).0f MB。没有改动任何数据。") % {"n": needed / 1e6})


def _check_database(file: Path, kind: str) -> None:
    if kind != "sqlite":
        return
    try:
        with closing(sqlite3.connect(file)) as copy:
            sound = copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            copy.execute("SELECT count(*) FROM django_migrations")
    except sqlite3.DatabaseError:
        sound = False
    if not sound:
        raise Refusal(_("备份里的数据库已损坏。没有改动任何数据。"))
