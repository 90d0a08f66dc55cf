"""One file out and in again, while others work; and every damaged file refused untouched."""

import json
import shutil
import sqlite3
import threading
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection

from yishi.cli import Refusal, backup, main
from yishi.journal import chain
from yishi.people.models import Body

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        "postgres" in connection.settings_dict["ENGINE"] and not shutil.which("pg_dump"),
        reason="没有 pg_dump",
    ),
]


@pytest.fixture(autouse=True)
def data(tmp_path: Path, settings) -> Path:
    folder = tmp_path / "数据 data"
    (folder / "uploads" / "议题").mkdir(parents=True)
    (folder / "uploads" / "议题" / "报告.pdf").write_bytes(b"%PDF first")
    settings.DATA, settings.MEDIA_ROOT = folder, folder / "uploads"
    return folder


def body(name: str) -> Body:
    return Body.objects.create(code=name, name=name, short_name=name, kind=Body.Kind.TOWN_CONGRESS)


def names() -> set[str]:
    return set(Body.objects.values_list("name", flat=True))


def test_what_was_backed_up_comes_back(tmp_path: Path, data: Path, now: datetime):
    body("before")
    file = tmp_path / "今天 backup.yishi"
    backup.backup(file, at=now)
    body("after")
    (data / "uploads" / "议题" / "报告.pdf").write_bytes(b"changed")
    (data / "uploads" / "new.txt").write_bytes(b"new")

    backup.restore(file, at=now)

    assert names() == {"before"}
    assert (data / "uploads" / "议题" / "报告.pdf").read_bytes() == b"%PDF first"
    assert not (data / "uploads" / "new.txt").exists()


def test_the_data_before_a_restore_are_kept_and_can_be_put_back(tmp_path: Path, data: Path, now: datetime):
    file = tmp_path / "b"
    backup.backup(file, at=now)
    body("after")
    (data / "uploads" / "new.txt").write_bytes(b"new")
    before = backup.restore(file, at=now)
    assert names() == set()

    backup.restore(before, at=now + timedelta(minutes=1))

    assert names() == {"after"}
    assert (data / "uploads" / "new.txt").read_bytes() == b"new"


def test_a_restore_is_in_the_journal_and_the_journal_still_holds(tmp_path: Path, now: datetime):
    chain.write("system", "test", "system", by=None, at=now)
    file = tmp_path / "b"
    backup.backup(file, at=now)
    backup.restore(file, at=now)
    assert main(["journal", "verify"]) == 0
    assert chain.Entry.objects.first().verb == "restore"


def test_a_backup_is_one_moment_while_others_write(tmp_path: Path, now: datetime):
    """Each writer adds its pair in one transaction: no copy may hold half a pair."""
    from django.db import transaction

    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            with transaction.atomic():
                body(f"left-{number}")
                body(f"right-{number}")
            number += 1
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        files = [tmp_path / f"b{n}" for n in range(3)]
        for file in files:
            backup.backup(file, at=now)
    finally:
        stop.set()
        writer.join()
    for number, file in enumerate(files):
        backup.restore(file, at=now + timedelta(minutes=number))
        found = names()
        assert {n.replace("left", "right") for n in found if "left" in n} == {
            n for n in found if "right" in n
        }


def test_only_the_owner_can_read_the_file_and_the_key_is_not_in_it(tmp_path: Path, data: Path, now: datetime):
    (data / "secret.key").write_text("secret")
    file = tmp_path / "b"
    backup.backup(file, at=now)
    assert file.stat().st_mode & 0o077 == 0
    assert not [name for name in zipfile.ZipFile(file).namelist() if "secret" in name]


def test_an_existing_file_is_not_overwritten(tmp_path: Path, now: datetime):
    file = tmp_path / "b"
    file.write_text("mine")
    with pytest.raises(Refusal, match="已经存在"):
        backup.backup(file, at=now)
    assert file.read_text() == "mine"


def test_a_backup_that_fails_leaves_no_half_file(tmp_path: Path, now: datetime, monkeypatch):
    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup, "_copy", full)
    with pytest.raises(Refusal, match="No space left"):
        backup.backup(tmp_path / "b", at=now)
    assert [path.name for path in tmp_path.iterdir()] == ["数据 data"]


def _truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-200])


def _flip(file: Path) -> None:
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 3] ^= 0xFF
    file.write_bytes(raw)


def _empty(file: Path) -> None:
    file.write_bytes(b"")


def _foreign(file: Path) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("photo.jpg", b"")


def _rewrite(change: Callable[[dict[str, bytes], dict], None]) -> Callable[[Path], None]:
    """A well-formed zip whose members and manifest were changed."""

    def damage(file: Path) -> None:
        with zipfile.ZipFile(file) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        said = json.loads(members.pop("yishi.json"))
        change(members, said)
        with zipfile.ZipFile(file, "w") as archive:
            for name, content in members.items():
                archive.writestr(name, content)
            archive.writestr("yishi.json", json.dumps(said))

    return damage


def _database(members: dict[str, bytes]) -> str:
    return next(name for name in members if name.startswith("database"))


def _changed_member(members: dict[str, bytes], said: dict) -> None:
    members["uploads/议题/报告.pdf"] = b"%PDF other"


def _longer_than_said(members: dict[str, bytes], said: dict) -> None:
    members["uploads/议题/报告.pdf"] += b"!" * 5_000_000


def _lacks_member(members: dict[str, bytes], said: dict) -> None:
    del members["uploads/议题/报告.pdf"]


def _lacks_database(members: dict[str, bytes], said: dict) -> None:
    name = _database(members)
    del members[name], said["files"][name]


def _climbs_out(members: dict[str, bytes], said: dict) -> None:
    old = "uploads/议题/报告.pdf"
    members["uploads/../../escaped"] = members.pop(old)
    said["files"]["uploads/../../escaped"] = said["files"].pop(old)


def _newer(members: dict[str, bytes], said: dict) -> None:
    said["migrations"].append("voting.9999_the_future")


def _newer_format(members: dict[str, bytes], said: dict) -> None:
    said["version"] = 2


def _other_database(members: dict[str, bytes], said: dict) -> None:
    said["database"] = "oracle"


def _no_list(members: dict[str, bytes], said: dict) -> None:
    del said["files"]


def _negative(members: dict[str, bytes], said: dict) -> None:
    said["files"][_database(members)]["size"] = -1


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (_truncate, "不是完整的备份文件"),
        (_flip, "备份文件"),
        (_empty, "不是完整的备份文件"),
        (_foreign, "不是议事的备份文件"),
        (_rewrite(_changed_member), "与清单不符"),
        (_rewrite(_longer_than_said), "与清单不符"),
        (_rewrite(_lacks_member), "与清单不符"),
        (_rewrite(_lacks_database), "没有数据库"),
        (_rewrite(_climbs_out), "不该有的文件"),
        (_rewrite(_newer), "先升级"),
        (_rewrite(_newer_format), "先升级"),
        (_rewrite(_other_database), "不能互相恢复"),
        (_rewrite(_no_list), "清单不全"),
        (_rewrite(_negative), "不是完整的备份文件"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_file_that_is_not_sound_is_refused_and_nothing_changes(
    tmp_path: Path, data: Path, now: datetime, damage: Callable[[Path], None], words: str
):
    file = tmp_path / "b"
    backup.backup(file, at=now)
    damage(file)
    body("kept")
    with pytest.raises(Refusal, match=words):
        backup.restore(file, at=now)
    assert names() == {"kept"}
    assert sorted(path.name for path in data.iterdir()) == ["uploads"]
    assert (data / "uploads" / "议题" / "报告.pdf").read_bytes() == b"%PDF first"


def test_a_missing_file_is_named(tmp_path: Path, now: datetime, capsys):
    assert main(["restore", str(tmp_path / "nothing")]) == 1
    assert "nothing" in capsys.readouterr().err


def test_no_room_on_the_disk_is_said_before_anything_is_unpacked(tmp_path: Path, now: datetime, monkeypatch):
    file = tmp_path / "b"
    backup.backup(file, at=now)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=10))
    with pytest.raises(Refusal, match="磁盘空间不够"):
        backup.restore(file, at=now)


def test_uploads_go_back_when_the_database_cannot_be_loaded(
    tmp_path: Path, data: Path, now: datetime, monkeypatch
):
    file = tmp_path / "b"
    backup.backup(file, at=now)
    (data / "uploads" / "new.txt").write_bytes(b"new")

    def fail(_source: Path) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(backup, "_load", fail)
    with pytest.raises(sqlite3.OperationalError):
        backup.restore(file, at=now)
    assert (data / "uploads" / "new.txt").read_bytes() == b"new"


@pytest.mark.skipif(connection.vendor != "sqlite", reason="只看 SQLite 文件")
def test_a_backup_whose_database_is_not_one_is_refused(tmp_path: Path, now: datetime):
    file = tmp_path / "b"
    backup.backup(file, at=now)

    def change(members: dict[str, bytes], said: dict) -> None:
        import hashlib

        content = b"not a database at all" * 100
        members["database.sqlite3"] = content
        said["files"]["database.sqlite3"] = {
            "size": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }

    _rewrite(change)(file)
    with pytest.raises(Refusal, match="数据库已损坏"):
        backup.restore(file, at=now)
