"""`yishi secrecy-check` finds nothing where all is well, and every link that somebody plants."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from contextlib import closing
from itertools import permutations
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection

from tests.make import NOW
from tests.voting.sealed.hall import Hall, hall
from yishi.ballot import credentials
from yishi.cli import main
from yishi.journal.chain import write
from yishi.voting.actions import polls as do
from yishi.voting.models import CastBallot, ExchangedSlip, RecordEntry, SealedBox
from yishi.voting.rules.secrecy import Attempt, attempts, disk, order, tables
from yishi.voting.rules.secrecy.needles import Needles, needles

if TYPE_CHECKING:
    from pathlib import Path

FIRST = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
SECOND = [[0, 1, 0], [1, 0, 0], [0, 0, 1]]
TRACKER = "aB3" + "x" * 40
OTHER = "c/D" + "y" * 40
CREDENTIAL = "0f" * 32


@pytest.fixture
def made(db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hall:
    monkeypatch.setattr(settings, "DATA", tmp_path)
    if connection.vendor != "sqlite":
        # Tests that were rolled back leave dead rows.
        monkeypatch.setattr(order, "not_wiped", str)
    made = hall(slips=3, scrutineers=("chief", "watcher"), threshold=1)
    made.cast([FIRST, SECOND])
    return made


def found(made: Hall, **more: list[Path]) -> dict[str, Attempt]:
    return {one.key: one for one in attempts(made.poll.meeting, **more) if one.found}


# --- all is well -----------------------------------------------------------------


def test_an_open_box_and_a_closed_one_say_of_nobody_what_was_voted(
    made: Hall, capsys: pytest.CaptureFixture[str]
) -> None:
    assert found(made) == {}
    do.close_poll(made.fresh(), by=made.user("chair"), at=NOW)
    made.give("chief")
    assert main(["secrecy-check", str(made.poll.meeting_id)]) == 0
    said = capsys.readouterr().out
    assert "✗" not in said and said.count("✓") == said.count(" / ") + 1
    assert RecordEntry.objects.exists() and not CastBallot.objects.exists()


def test_what_remains_while_the_box_is_open_is_told(made: Hall, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["secrecy-check", str(made.poll.meeting_id)]) == 0
    assert "票箱里还有2张票" in capsys.readouterr().out


def test_a_wrong_meeting_is_told_by_the_exit_code(made: Hall, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["secrecy-check", "999999"]) == 2
    assert "没有这次会议" in capsys.readouterr().out


def test_folders_that_are_not_there_are_refused(
    made: Hall, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["secrecy-check", str(made.poll.meeting_id), "--logs", str(tmp_path / "none")]) == 1
    assert "none" in capsys.readouterr().err


# --- the plan of the tables --------------------------------------------------------


def test_ballots_have_no_time_and_no_person() -> None:
    """Who adds a column here says who voted what: read docs/ballots.md first."""
    for model, names in ((CastBallot, "voting_castballot"), (ExchangedSlip, "voting_exchangedslip")):
        columns = {field.column for field in model._meta.concrete_fields}
        assert columns == tables.BALLOT[names]
        assert {f.related_model for f in model._meta.get_fields() if f.is_relation} == {SealedBox}


def test_a_column_more_and_a_time_are_found() -> None:
    columns = {
        "voting_castballot": {**dict.fromkeys(tables.BALLOT["voting_castballot"], "text"), "at": "datetime"}
    }
    assert tables.unexpected(columns) == ["voting_castballot.at"] == tables.times(columns)


def test_a_way_from_a_person_to_a_ballot_is_found_and_not_the_one_through_the_box() -> None:
    edges = {("voting_castballot", "voting_sealedbox"), ("voting_sealedbox", "voting_poll")}
    edges |= {("voting_draw", "voting_sealedsession"), ("voting_draw", "meetings_voter")}
    assert tables.paths(edges) == []
    beside = {("notes", "meetings_voter"), ("notes", "voting_castballot")}
    assert tables.paths(edges | beside) == ["meetings_voter – notes – voting_castballot"]


# --- planted -------------------------------------------------------------------------


def test_a_journal_entry_with_a_tracker_is_found_with_its_time(
    made: Hall, capsys: pytest.CaptureFixture[str]
) -> None:
    cast = CastBallot.objects.all()[0]
    write(made.poll.chain, "voting.said", made.poll, by=None, at=NOW, number=cast.tracker)
    assert set(found(made)) == {"tracker", "times"}
    assert main(["secrecy-check", str(made.poll.meeting_id), "--json"]) == 1
    said = capsys.readouterr().out
    assert json.loads(said)["found"] == 2
    assert cast.tracker not in said and cast.credential not in said


def test_a_journal_entry_about_a_ballot_is_found(made: Hall) -> None:
    write(made.poll.chain, "voting.said", CastBallot.objects.all()[0], by=None, at=NOW)
    assert {"key", "times"} == set(found(made))


@pytest.mark.parametrize("bare", [False, True], ids=["printed", "without its dashes"])
def test_a_session_with_a_code_is_found(made: Hall, bare: bool) -> None:
    store = SessionStore()
    store["code"] = made.codes[0].replace("-", "") if bare else made.codes[0]
    store["long"] = "so long that it is kept compressed " * 9
    store.save()
    assert found(made)["code"].found == {"django_session.session_data": 1}


def test_a_session_with_another_word_of_22_characters_is_not_a_slip(made: Hall) -> None:
    store = SessionStore()
    store["code"] = credentials.new_code().replace("-", "")
    store.save()
    assert found(made) == {}


def test_a_table_that_notes_when_a_ballot_came_is_found(made: Hall) -> None:
    cast = CastBallot.objects.all()[0]
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE noted (id integer PRIMARY KEY, at timestamp, ballot bigint)")
        cursor.execute("INSERT INTO noted VALUES (1, NULL, %s)", [cast.pk])
    assert found(made)["times"].found == {"noted.ballot": 1}


def test_a_trigger_on_the_ballots_is_found(made: Hall) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the trigger is written for SQLite")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TRIGGER spy AFTER INSERT ON voting_castballot BEGIN SELECT 1; END")
    assert set(found(made)) == {"triggers"}


def test_counted_keys_an_unsorted_list_and_a_lone_slip_are_found(made: Hall) -> None:
    CastBallot.objects.all()[0].delete()
    CastBallot.objects.create(pk=7, box=made.box, credential=CREDENTIAL, tracker=TRACKER, content="{}")
    lot = made.session.lots.get()
    uuid = made.session.uuids[0]
    lot.listings[uuid] = next(
        list(one) for one in permutations(lot.listings[uuid]) if not order.is_sorted(one)
    )
    lot.size = 1
    lot.save()
    assert set(found(made)) == {"keys", "list_order", "lone_slips"}


def test_a_record_in_another_order_is_found(made: Hall) -> None:
    do.close_poll(made.fresh(), by=made.user("chair"), at=NOW)
    assert order.unsorted(made.poll.meeting) == 0
    one, other = RecordEntry.objects.filter(content__startswith='{"election_uuid"').order_by("place")
    one.content, other.content = other.content, one.content
    one.save()
    other.save()
    assert "record_order" in found(made)


# --- files -----------------------------------------------------------------------------


def test_logs_with_a_credential_and_with_an_address_of_the_booth_are_found(
    made: Hall, tmp_path: Path
) -> None:
    logs = tmp_path / "proxy"
    logs.mkdir()
    (logs / "access.log").write_text(
        "127.0.0.1 GET /booth/ 200\n192.168.1.7 GET /desk/ Chrome/120.0.0.0 200\n"
    )
    assert found(made) == {}
    (logs / "access.log").write_text('192.168.1.7 - - "POST /booth/x/cast HTTP/1.1" 200\n')
    (logs / "app.log").write_text(f"stored {CastBallot.objects.all()[0].credential}\n")
    assert len(found(made)["logs"].found) == 2
    settings.DATA.joinpath("proxy").rename(tmp_path.parent / f"{tmp_path.name}-logs")
    assert found(made) == {}
    assert "logs" in found(made, logs=[tmp_path.parent / f"{tmp_path.name}-logs"])


def test_a_backup_with_a_credential_in_a_wrong_table_is_found(made: Hall, tmp_path: Path) -> None:
    file = tmp_path / "day.zip"
    archived(file, tmp_path, [("meetings_voter", "note", "nothing")])
    assert found(made) == {}
    file.unlink()
    archived(file, tmp_path, [("meetings_voter", "note", CastBallot.objects.all()[0].credential)])
    assert list(found(made)["backups"].found) == [f"{file}: meetings_voter.note: credential"]


def archived(file: Path, folder: Path, rows: list[tuple[str, str, str]]) -> None:
    database = folder / "copy"
    with closing(sqlite3.connect(database)) as copy, copy:
        for table, column, value in rows:
            copy.execute(f"CREATE TABLE {table} (id integer PRIMARY KEY, {column} text)")
            copy.execute(f"INSERT INTO {table} VALUES (1, ?)", [value])
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("yishi.json", "{}")
        archive.write(database, "database.sqlite3")
    database.unlink()


def test_a_dump_taken_while_the_box_was_open_keeps_its_order() -> None:
    lines = [
        "COPY public.meetings_voter (id, note) FROM stdin;\n", f"1\t{CREDENTIAL}\n", "\\.\n",
        "COPY public.voting_castballot (id, box_id, credential, turn, tracker, content) FROM stdin;\n",
        f"5\t1\t{CREDENTIAL}\t1\t{TRACKER}\t{{}}\n", f"6\t1\t{CREDENTIAL}\t1\t{OTHER}\t{{}}\n", "\\.\n",
    ]  # fmt: skip
    wanted = Needles(frozenset({CREDENTIAL}), frozenset({TRACKER, OTHER}), closed=frozenset({TRACKER}))
    hits = [(hit.kind, hit.where) for hit in disk.dumped(lines, wanted)]
    assert hits == [("credential", "meetings_voter.note"), ("order", "voting_castballot")]


@pytest.mark.parametrize("wiped", [True, False])
def test_deleted_ballots_are_found_in_the_file_unless_they_are_wiped(tmp_path: Path, wiped: bool) -> None:
    path = tmp_path / "one.sqlite3"
    with closing(sqlite3.connect(path)) as base, base:
        base.execute(f"PRAGMA secure_delete={int(wiped)}")
        base.execute(
            "CREATE TABLE cast_ballot (id integer PRIMARY KEY, name text, tracker text, content text)"
        )
        for tracker in (TRACKER, OTHER):
            base.execute(
                "INSERT INTO cast_ballot VALUES (NULL, ?, ?, ?)", [CREDENTIAL, tracker, "{}" + "z" * 9000]
            )
        base.commit()
        base.execute("DELETE FROM cast_ballot")
    left = disk.beside(path, Needles(closed=frozenset({TRACKER, OTHER})))
    assert sum(left.values()) == (0 if wiped else 2)


def test_the_log_of_writes_keeps_ballots_until_it_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "one.sqlite3"
    with closing(sqlite3.connect(path)) as base:
        base.execute("PRAGMA journal_mode=WAL")
        base.execute("PRAGMA secure_delete=ON")
        base.execute("CREATE TABLE cast_ballot (id integer PRIMARY KEY, tracker text)")
        base.execute("INSERT INTO cast_ballot VALUES (1, ?)", [TRACKER])
        base.commit()
        base.execute("DELETE FROM cast_ballot")
        base.commit()
        wanted = Needles(closed=frozenset({TRACKER}))
        assert disk.beside(path, wanted) == {"wal": 1}
        base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert not disk.beside(path, wanted)


def test_the_database_wipes_what_it_deletes(db: None) -> None:
    assert order.not_wiped() == "" or connection.vendor != "sqlite"


def test_needles_are_found_without_anything_between_them(made: Hall) -> None:
    wanted, cast = needles(made.poll.meeting), CastBallot.objects.all()[0]
    assert wanted.kinds(f"a{cast.credential}{cast.tracker}z") == {"credential", "tracker"}
    assert wanted.kinds(cast.credential.upper()) == {"credential"}
    assert wanted.kinds(cast.tracker.replace("+", "-").replace("/", "_")) == {"tracker"}
    assert wanted.kinds(cast.credential[1:] + cast.tracker[1:]) == set()


@pytest.mark.django_db(transaction=True)
def test_once_the_record_is_made_no_file_tells_the_order_of_casting() -> None:
    made = hall(slips=3, scrutineers=("chief", "watcher"), threshold=1)
    made.cast([FIRST, SECOND])
    do.close_poll(made.fresh(), by=made.user("chair"), at=NOW)
    path, wanted = disk.live(), needles(made.poll.meeting)
    assert len(wanted.closed) == 2 and order.not_wiped() == ""
    assert path is None or not disk.beside(path, wanted)
