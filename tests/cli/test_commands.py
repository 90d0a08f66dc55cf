"""The commands as such: their words, their exit codes, the law without a database."""

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from yishi import __version__
from yishi.cli import doctor, main, serve
from yishi.journal import chain
from yishi.journal.models import Entry

ROOT = Path(__file__).resolve().parent.parent.parent
QUESTION = {
    "rule": {"kind": "approve_each", "seats": None, "base": "all_members"}
    | {"threshold": "more_than_half", "quorum": "two_thirds"},
    "body": {"members": 9, "present": 8},
    "ballots": {"issued": 8, "returned": 8, "invalid": 0},
    "options": [{"title": "修桥", "for": 6, "against": 1, "abstain": 1}],
}


def test_decide_answers_where_nothing_is_set_up(tmp_path: Path):
    file = tmp_path / "question.json"
    file.write_text(json.dumps(QUESTION))
    env = {k: v for k, v in os.environ.items() if not k.startswith(("YISHI_", "DJANGO_"))}
    env |= {"PYTHONPATH": str(ROOT), "YISHI_DATA": "/nowhere"}
    command = [sys.executable, "-m", "yishi.cli", "decide", str(file)]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["adopted"] == ["修桥"]


def test_decide_refuses_with_its_own_code(tmp_path: Path, capsys):
    assert main(["decide", str(tmp_path / "nothing.json")]) == 2


def test_without_a_key_every_command_says_how_to_get_one(tmp_path: Path):
    env = {k: v for k, v in os.environ.items() if not k.startswith(("YISHI_", "DJANGO_"))}
    env |= {"PYTHONPATH": str(ROOT), "YISHI_DATA": str(tmp_path)}
    command = [sys.executable, "-m", "yishi.cli", "doctor"]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 1
    assert "YISHI_SECRET_KEY" in done.stderr and "Traceback" not in done.stderr


def test_the_version_and_the_commands_are_told(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0 and __version__ in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        main(["conquer"])
    assert ended.value.code == 2


@pytest.mark.django_db(transaction=True)
def test_the_journal_is_proved_and_a_changed_entry_is_found(now: datetime, capsys):
    chain.write("system", "one", "thing", by=None, at=now)
    entry = chain.write("system", "two", "thing", by=None, at=now)
    assert main(["journal", "verify"]) == 0
    assert "2条" in capsys.readouterr().out
    with connection.cursor() as cursor:
        cursor.execute("UPDATE journal_entry SET verb = 'other' WHERE id = %s", [entry.pk])
    assert main(["journal", "verify"]) == 1
    assert "第2条" in capsys.readouterr().out
    assert main(["journal", "verify", "body:nowhere"]) == 1


@pytest.mark.django_db(transaction=True)
def test_english_is_spoken_where_asked(monkeypatch, capsys):
    monkeypatch.setenv("YISHI_LANG", "en")
    assert main(["journal", "verify"]) == 0
    assert "journal is whole" in capsys.readouterr().out
    monkeypatch.setenv("YISHI_LANG", "zh")
    main(["journal", "verify"])
    assert "日志完整" in capsys.readouterr().out


# --- doctor ------------------------------------------------------------------


def levels(check) -> list[str]:
    return [level for level, _words in check()]


@pytest.mark.django_db(transaction=True)
def test_a_sound_installation_passes(capsys, settings, tmp_path: Path):
    tmp_path.chmod(0o700)
    settings.DATA = tmp_path
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "可以使用" in out and "✗" not in out
    assert len([line for line in out.splitlines() if line[:1] in "✓!"]) == len(doctor.CHECKS)


@pytest.mark.django_db(transaction=True)
def test_one_fault_fails_and_says_what_to_do(capsys, monkeypatch):
    monkeypatch.setattr(serve, "pending", lambda: ["voting.0002_more"])
    assert main(["doctor"]) == 1
    assert "请运行 yishi migrate" in capsys.readouterr().out


def test_what_is_wrong_with_the_settings_is_found(settings, tmp_path: Path):
    assert levels(doctor.debug) == ["✓"]
    settings.DEBUG = True
    assert levels(doctor.debug) == ["✗"]

    assert levels(doctor.secret_key) == ["✓"]
    settings.SECRET_KEY = "secret"
    assert levels(doctor.secret_key) == ["✗"]

    settings.YISHI_URL, settings.HTTPS = "https://yishi.example", False
    assert levels(doctor.address) == ["✗"]
    settings.HTTPS = True
    assert levels(doctor.address) == ["✓"]
    settings.YISHI_URL, settings.HTTPS = "http://192.168.1.9:8000", False
    assert levels(doctor.address) == ["!"]


def test_a_key_that_others_can_read_is_found(settings, tmp_path: Path, monkeypatch):
    monkeypatch.delenv("YISHI_SECRET_KEY")
    settings.DATA = tmp_path
    file = tmp_path / "secret.key"
    file.write_text("x")
    file.chmod(0o600)
    assert levels(doctor.secret_key) == ["✓"]
    file.chmod(0o644)
    assert levels(doctor.secret_key) == ["✗"]


def test_the_data_folder_must_be_there_and_ours(settings, tmp_path: Path):
    tmp_path.chmod(0o700)
    settings.DATA = tmp_path
    assert levels(doctor.folder) == ["✓"]
    tmp_path.chmod(0o755)
    assert levels(doctor.folder) == ["!"]
    settings.DATA = tmp_path / "nowhere"
    assert levels(doctor.folder) == ["✗"]


def test_little_room_on_the_disk_is_told_in_two_steps(settings, tmp_path: Path, monkeypatch):
    settings.DATA = tmp_path
    usage = doctor.shutil.disk_usage(tmp_path)
    for free, level in ((5e9, "✓"), (1e9, "!"), (1e8, "✗")):
        monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _p, free=free: usage._replace(free=free))
        assert levels(doctor.disk) == [level]


@pytest.mark.django_db
def test_a_clock_before_the_last_entry_is_found():
    chain.write("system", "past", "thing", by=None, at=timezone.now() - timedelta(hours=1))
    assert levels(doctor.clock) == ["✓"]
    chain.write("system", "future", "thing", by=None, at=timezone.now() + timedelta(hours=1))
    assert levels(doctor.clock) == ["✗"]
    assert Entry.objects.count() == 2


def test_mail_is_tried_only_where_it_is_set_up(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert levels(doctor.mail) == ["!"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert levels(doctor.mail) == ["✗"]


@pytest.mark.django_db
def test_the_digest_on_a_signed_report_shows_a_journal_that_was_reckoned_anew(now: datetime, capsys):
    chain.write("body:a", "people.body.add", "one", by=None, at=now)
    printed = Entry.objects.get().digest
    assert main(["journal", "verify", "--anchor", printed]) == 0
    with connection.cursor() as cursor:
        cursor.execute("UPDATE journal_entry SET verb = 'people.body.change'")
    entry = Entry.objects.select_related("chain").get()
    anew = entry.computed_digest()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE journal_entry SET digest = %s", [anew])
        cursor.execute("UPDATE journal_chain SET digest = %s", [anew])
    assert main(["journal", "verify"]) == 0
    assert main(["journal", "verify", "--anchor", printed]) == 1
    assert "被改写过" in capsys.readouterr().out
