"""Ballots read by the machine, action by action: every refusal beside its permission."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from tests import make
from tests.make import NOW
from tests.voting.scans import deck, feeder
from tests.voting.scans.deck import more_pages, two_pages
from yishi.journal.chain import verify
from yishi.journal.models import Entry
from yishi.voting import apart, reader
from yishi.voting.actions import counting, rehearsal, scan_files
from yishi.voting.actions import scans as do
from yishi.voting.models import Batch, Poll, ScanDecision, ScanFile, ScanLook, ScanPage
from yishi.voting.rules import scans as rules
from yishi.web.access import Refused

pytestmark = pytest.mark.django_db

PLAIN = ["f", "a", "x"]


@pytest.fixture(autouse=True)
def scanner(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "uploads"
    feeder.installed(monkeypatch)


def upload(
    batch: Batch, *pages: Any, by: str = "clerk", name: str = "扫描.pdf", cut: bool = False
) -> ScanFile:
    return do.upload(
        batch, feeder.stack(*pages, name=name, cut=cut), by=make.official(batch.poll, by), at=NOW
    )


def fed(batch: Batch, *pages: Any) -> ScanFile:
    """Uploaded and read."""
    file = upload(batch, *pages)
    reader.read_now(file, jobs=0)
    return file


def says(batch: Batch, ballot: int, row: int | None, value: str, who: str, **more: Any) -> ScanDecision:
    by = make.official(batch.poll, who)
    return do.decide(deck.leaf(batch, ballot), row, value, by=by, at=NOW, **more)


def code(raised: pytest.ExceptionInfo[ValidationError]) -> str:
    error = raised.value
    if hasattr(error, "error_dict"):
        return next(iter(error.error_dict))
    return getattr(error, "code", None) or error.error_list[0].code or ""


def stored(poll: Poll) -> list[str]:
    folder = Path(default_storage.path(f"scans/{poll.pk}"))
    return sorted(path.name for path in folder.rglob("*") if path.is_file()) if folder.exists() else []


# --- files ------------------------------------------------------------------


def test_every_page_of_a_file_is_a_row_before_it_is_read() -> None:
    poll = deck.poll(3)
    file = upload(deck.batch(poll), feeder.page(*PLAIN), feeder.page(*PLAIN), cut=True)
    assert (file.state, file.size > 0, len(file.sha256)) == ("waiting", True, 64)
    assert list(file.leaves.values_list("index", "state", "reason")) == [
        (1, "waiting", ""), (2, "waiting", ""), (3, "rejected", "truncated"),
    ]  # fmt: skip
    assert stored(poll) == [f"{file.sha256}.pdf"] and file.path == f"scans/{poll.pk}/{file.sha256}.pdf"
    entry = Entry.objects.get(verb="voting.scan_taken")
    assert entry.data == {"file": file.pk, "sha256": file.sha256, "size": file.size, "pages": 3}


def test_tellers_scrutineers_and_the_clerk_bring_files_and_nobody_else() -> None:
    batch = deck.batch(deck.poll(9))
    for n, name in enumerate(("clerk", "one", "watcher", "chief", "caller")):
        assert upload(batch, feeder.page(*PLAIN, hand=f"{n}"), by=name).state == "waiting"
    with pytest.raises(Refused):
        upload(batch, feeder.page(*PLAIN), by="chair")
    Poll.objects.update(state="declared")
    batch.poll.refresh_from_db()
    with pytest.raises(Refused):
        upload(batch, feeder.page(*PLAIN))


def test_the_same_file_again_is_a_row_that_says_so_and_its_pages_are_not_read_twice() -> None:
    poll = deck.poll(4, batch_size=2)
    first, second = counting.lay_out(poll, by=make.official(poll, "clerk"), at=NOW)
    one = upload(first, feeder.page(*PLAIN))
    again = upload(second, feeder.page(*PLAIN), name="别的名字.pdf")
    assert (again.state, again.reason, again.leaves.count(), again.path) == ("refused", "same_file", 0, "")
    # Taken back from the wrong batch, it may be given to the right one.
    do.withdraw(one, by=make.official(poll, "chief"), at=NOW, why="放错了批次")
    assert upload(second, feeder.page(*PLAIN)).state == "waiting"
    assert len(stored(poll)) == 1


def test_what_is_no_scan_is_a_row_with_its_reason_and_is_not_kept() -> None:
    poll = deck.poll(4)
    batch = deck.batch(poll)
    for raw, reason in ((b"PK\x03\x04 docx", "kind"), (b"", "empty_file")):
        file = do.upload(batch, SimpleUploadedFile("票.pdf", raw), by=make.official(poll, "clerk"), at=NOW)
        assert (file.state, file.reason, file.path, file.leaves.count()) == ("refused", reason, "", 0)
    assert stored(poll) == []
    assert rules.ledger(batch).problems == ["这一批还没有扫描。"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\扫描\\a\x00\r\nb.pdf", "ab.pdf"),
        ("\udcff.pdf", "pdf"),
        ("票" * 300 + ".pdf", "票" * 156 + ".pdf"),
        ("..", "scan"),
        ("扫描".encode("gb18030"), "扫描"),
    ],
)  # fmt: skip
def test_a_hostile_name_is_only_shown_and_never_a_path(given: str | bytes, kept: str) -> None:
    found = scan_files._name(given)
    assert found == kept if len(kept) < 100 else (len(found) <= 200 and found.endswith(".pdf"))
    found.encode()


def test_a_file_that_is_too_large_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    poll = deck.poll(1)
    monkeypatch.setattr(scan_files, "MOST_BYTES", 10)
    with pytest.raises(ValidationError) as raised:
        upload(deck.batch(poll), feeder.page(*PLAIN))
    assert code(raised) == "size" and stored(poll) == [] and not ScanFile.objects.exists()


def test_a_full_disk_is_said_and_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    poll = deck.poll(1)

    def full(_fd: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(scan_files.os, "fsync", full)
    with pytest.raises(ValidationError) as raised:
        upload(deck.batch(poll), feeder.page(*PLAIN))
    assert code(raised) == "full" and stored(poll) == [] and not ScanFile.objects.exists()


def test_no_file_comes_to_a_batch_that_is_keyed_or_closed() -> None:
    poll = deck.poll(1)
    batch = deck.batch(poll)
    fed(batch, feeder.page(*PLAIN))
    do.close(batch, by=make.official(poll, "chief"), at=NOW)
    with pytest.raises(ValidationError) as raised:
        upload(batch, feeder.page("a", "a", "a"))
    assert code(raised) == "closed"
    batch.way, batch.agreed_at = Batch.Way.HAND, None
    with pytest.raises(ValidationError) as raised:
        upload(batch, feeder.page("a", "a", "a"))
    assert code(raised) == "way"


def test_the_chief_takes_a_file_back_with_a_reason_and_its_pages_do_not_count() -> None:
    poll = deck.poll(1)
    batch = deck.batch(poll)
    file = fed(batch, feeder.page(*PLAIN))
    chief, watcher = make.official(poll, "chief"), make.official(poll, "watcher")
    with pytest.raises(Refused):
        do.withdraw(file, by=watcher, at=NOW, why="重扫")
    with pytest.raises(ValidationError) as raised:
        do.withdraw(file, by=chief, at=NOW, why=" ")
    assert code(raised) == "why"
    for _time in range(2):
        do.withdraw(file, by=chief, at=NOW, why="进纸歪了，重扫")
    assert Entry.objects.filter(verb="voting.scan_withdrawn").count() == 1
    assert rules.ledger(batch).withdrawn == 1
    again = fed(batch, feeder.page(*PLAIN, hand="anew"))
    assert again.leaves.get().ballot == 1
    do.close(batch, by=chief, at=NOW)
    batch.refresh_from_db()
    with pytest.raises((Refused, ValidationError)):
        do.withdraw(ScanFile.objects.get(pk=again.pk), by=chief, at=NOW, why="重扫")


def test_a_rehearsal_that_is_wiped_takes_its_files_along(
    django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    poll = deck.poll(2)
    fed(deck.batch(poll), feeder.page(*PLAIN))
    assert stored(poll)
    meeting = poll.meeting
    meeting.rehearsal_of = make.meeting(meeting.body)
    meeting.save()
    number = poll.pk
    with django_capture_on_commit_callbacks(execute=True):
        rehearsal.wipe(meeting, by=make.official(poll, "clerk"), at=NOW)
    poll.pk = number
    assert stored(poll) == [] and not ScanFile.objects.exists()


# --- the folder -------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "scanner"
    place.mkdir()
    monkeypatch.setenv("YISHI_SCAN_FOLDER", str(place))
    return place


def saved(folder: Path, name: str | bytes, *pages: Any, old: int = 100) -> None:
    path = os.path.join(os.fsencode(folder), name if isinstance(name, bytes) else name.encode())
    with open(path, "wb") as file:
        file.write(feeder.stack(*pages).read())
    told = os.stat(path)
    os.utime(path, (told.st_atime - old, told.st_mtime - old))


def test_files_that_have_settled_in_the_folder_are_taken_once_and_put_aside(folder: Path) -> None:
    poll = deck.poll(3)
    batch, by = deck.batch(poll), make.official(poll, "clerk")
    saved(folder, "1.pdf", feeder.page(*PLAIN, hand="1"))
    saved(folder, "扫描2.pdf".encode("gb18030"), feeder.page(*PLAIN, hand="2"))
    (folder / ".tmp").write_text("{}")
    (folder / "link.pdf").symlink_to("/etc/passwd")
    assert do.take_from_folder(batch, by=by, at=NOW) == []
    do.watch(batch, True, by=by, at=NOW)
    assert do.take_from_folder(batch, by=by, at=NOW) == [], "each is looked at twice"
    found = do.take_from_folder(batch, by=by, at=NOW)
    assert [file.name for file in found] == ["1.pdf", "扫描2.pdf"]
    assert do.take_from_folder(batch, by=by, at=NOW) == []
    assert sorted(os.listdir(folder)) == [".tmp", "link.pdf", "yishi-taken"]
    assert len(os.listdir(folder / "yishi-taken")) == 2 and ScanFile.objects.count() == 2


def test_files_of_one_moment_come_in_the_order_of_their_numbers(folder: Path) -> None:
    poll = deck.poll(3)
    batch, by = deck.batch(poll), make.official(poll, "clerk")
    do.watch(batch, True, by=by, at=NOW)
    for n in (10, 9, 1, 11):
        saved(folder, f"p{n}.pdf", feeder.page(*PLAIN, hand=f"{n}"))
        os.utime(folder / f"p{n}.pdf", (1_000_000_000,) * 2)
    do.take_from_folder(batch, by=by, at=NOW)
    found = do.take_from_folder(batch, by=by, at=NOW)
    assert [file.name for file in found] == ["p1.pdf", "p9.pdf", "p10.pdf", "p11.pdf"]


def test_a_share_that_is_away_gives_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    poll = deck.poll(3)
    batch, by = deck.batch(poll), make.official(poll, "clerk")
    do.watch(batch, True, by=by, at=NOW)

    def away(_self: Path) -> None:
        raise OSError(errno.EIO, "away")

    monkeypatch.setattr(Path, "iterdir", away)
    assert do.take_from_folder(batch, by=by, at=NOW) == []


def test_a_file_still_written_to_is_left_alone(folder: Path) -> None:
    poll = deck.poll(3)
    batch, by = deck.batch(poll), make.official(poll, "clerk")
    do.watch(batch, True, by=by, at=NOW)
    saved(folder, "1.pdf", feeder.page(*PLAIN), old=0)
    for n in range(3):
        assert do.take_from_folder(batch, by=by, at=NOW) == []
        saved(folder, "1.pdf", *[feeder.page(*PLAIN)] * (n + 2), old=100 + n)
    (folder / "2.pdf").write_bytes(b"%PDF-1.7 half of it")
    os.utime(folder / "2.pdf", (os.stat(folder).st_mtime - 10,) * 2)
    assert do.take_from_folder(batch, by=by, at=NOW) == []
    assert [file.name for file in do.take_from_folder(batch, by=by, at=NOW)] == ["1.pdf"]
    assert (folder / "2.pdf").exists(), "it has no end yet"


def test_a_folder_that_cannot_be_written_to_gives_each_file_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    poll = deck.poll(3)
    batch, by = deck.batch(poll), make.official(poll, "clerk")
    do.watch(batch, True, by=by, at=NOW)
    saved(folder, "1.pdf", feeder.page(*PLAIN))
    monkeypatch.setattr(scan_files, "TAKEN", "no/such/place")
    taken = [len(do.take_from_folder(batch, by=by, at=NOW)) for _n in range(5)]
    assert taken == [0, 1, 0, 0, 0] and ScanFile.objects.count() == 1
    scan_files._passed.clear()  # the server was started again
    assert do.take_from_folder(batch, by=by, at=NOW) == [] and ScanFile.objects.count() == 1


def test_one_batch_watches_at_a_time_and_none_without_a_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    poll = deck.poll(4, batch_size=2)
    first, second = counting.lay_out(poll, by=make.official(poll, "clerk"), at=NOW)
    by = make.official(poll, "one")
    do.watch(first, True, by=by, at=NOW)
    do.watch(second, True, by=by, at=NOW)
    do.watch(second, True, by=by, at=NOW)
    assert list(poll.batches.filter(watching=True)) == [second]
    assert Entry.objects.filter(verb="voting.scan_watched").count() == 2
    do.watch(second, False, by=by, at=NOW)
    assert not poll.batches.filter(watching=True).exists()
    monkeypatch.delenv("YISHI_SCAN_FOLDER")
    with pytest.raises(ValidationError) as raised:
        do.watch(second, True, by=by, at=NOW)
    assert code(raised) == "folder"
    with pytest.raises(Refused):
        do.watch(second, False, by=make.official(poll, "chair"), at=NOW)


# --- the blank sheet --------------------------------------------------------


def test_a_blank_sheet_is_what_it_says_or_is_refused_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart.Beside, "ask", lambda _self, what, *given: what(*given))
    poll = deck.poll(1)
    clerk = make.official(poll, "clerk")
    with pytest.raises(ValidationError) as raised:
        do.calibrate(poll, SimpleUploadedFile("a.pdf", b"%PDF-1.7 nothing"), by=clerk, at=NOW)
    assert code(raised) in ("truncated", "unreadable") and stored(poll) == []

    def dies(*_given: Any) -> None:
        raise apart.Gone

    with monkeypatch.context() as broken:
        broken.setattr(apart, "calibration", dies)
        with pytest.raises(ValidationError) as raised:
            do.calibrate(poll, SimpleUploadedFile("a.pdf", b"%PDF-1.7 kills"), by=clerk, at=NOW)
        assert code(raised) == "machine"
    monkeypatch.setattr(apart, "calibration", lambda *_given: (object(), "", [1]))
    said = do.calibrate(poll, SimpleUploadedFile("a.pdf", b"%PDF-1.7 blank"), by=clerk, at=NOW)
    poll.refresh_from_db()
    assert poll.calibration == said and stored(poll) == [f"blank-{said['sha256']}"]
    assert Entry.objects.get(verb="voting.scan_calibrated").data == {"sha256": said["sha256"], "pages": [1]}
    with pytest.raises(Refused):
        do.calibrate(poll, SimpleUploadedFile("a.pdf", b"x"), by=make.official(poll, "chair"), at=NOW)
    Poll.objects.update(state="declared")
    poll.refresh_from_db()
    with pytest.raises(Refused):
        do.calibrate(poll, SimpleUploadedFile("a.pdf", b"x"), by=clerk, at=NOW)


# --- judging ----------------------------------------------------------------


def test_two_scrutineers_judge_apart_and_the_same_again_is_the_same() -> None:
    poll = deck.poll(1)
    batch = deck.scanned(poll, [PLAIN], {(1, 1): "faint"})
    first = says(batch, 1, 1, "a", "watcher")
    assert says(batch, 1, 1, "a", "watcher") == first and ScanDecision.objects.count() == 1
    assert rules.ledger(batch).open == 1, "one person twice is one person"
    says(batch, 1, 1, "a", "chief")
    assert rules.ledger(batch).problems == []
    entry = Entry.objects.filter(verb="voting.scan_decided").last()
    assert entry is not None and entry.data == {"page": first.page_id, "row": 1}
    for name in ("one", "caller", "clerk", "chair"):
        with pytest.raises(Refused):
            says(batch, 1, 1, "a", name)


def test_of_one_person_the_newest_counts_and_what_was_said_before_stays() -> None:
    batch = deck.scanned(deck.poll(1), [PLAIN], {(1, 1): "faint"})
    for value in ("f", "a", "f"):
        says(batch, 1, 1, value, "watcher")
    says(batch, 1, 1, "f", "chief")
    assert rules.ledger(batch).ballots[0].marks == ["f", "f", "x"]
    assert ScanDecision.objects.count() == 4


def test_where_two_differ_the_chief_settles_with_a_reason_and_only_there() -> None:
    batch = deck.scanned(deck.poll(1), [PLAIN], {(1, 1): "faint"})
    says(batch, 1, 1, "a", "watcher")
    with pytest.raises(ValidationError) as raised:
        says(batch, 1, 1, "a", "chief", settles=True, why="看原票")
    assert code(raised) == "settles", "alone he settles nothing"
    says(batch, 1, 1, "x", "chief")
    with pytest.raises(ValidationError) as raised:
        says(batch, 1, 1, "a", "chief", settles=True)
    assert code(raised) == "why"
    with pytest.raises(Refused):
        says(batch, 1, 1, "a", "watcher", settles=True, why="看原票")
    says(batch, 1, 1, "a", "chief", settles=True, why="看原票，是反对")
    assert rules.ledger(batch).ballots[0].marks == PLAIN
    with pytest.raises(ValidationError) as raised:
        says(batch, 1, 1, "x", "watcher")
    assert code(raised) == "settled"
    says(batch, 1, 1, "f", "chief", settles=True, why="再看原票，是赞成")
    assert rules.ledger(batch).ballots[0].marks == ["f", "f", "x"]
    assert Entry.objects.filter(verb="voting.scan_settled").count() == 2


@pytest.mark.parametrize(
    ("row", "value", "more", "why"),
    [
        (7, "f", {}, "page"),
        (1, "s", {}, "value"),
        (1, "hand", {}, "value"),
        (1, "f", {"name": "王五"}, "name"),
        (None, "f", {}, "value"),
        (None, "void", {}, "value"),
        (None, "valid", {"name": "王五"}, "name"),
    ],
)
def test_what_cannot_be_is_refused(row: int | None, value: str, more: dict[str, str], why: str) -> None:
    batch = deck.scanned(deck.poll(1), [PLAIN])
    with pytest.raises(ValidationError) as raised:
        says(batch, 1, row, value, "chief", **more)
    assert code(raised) == why and not ScanDecision.objects.exists()


def test_a_ballot_is_spoken_of_only_when_its_rows_are_settled() -> None:
    batch = deck.scanned(deck.poll(1), [PLAIN], {(1, 1): "faint"}, elsewhere=[1])
    with pytest.raises(ValidationError) as raised:
        says(batch, 1, None, "valid", "chief")
    assert code(raised) == "rows"
    for name in ("chief", "watcher"):
        says(batch, 1, 1, "a", name)
    for name in ("chief", "watcher"):
        says(batch, 1, None, "valid", name)
    assert rules.ledger(batch).problems == []
    # Somebody sees only now that it is torn: again it takes two, or the chief.
    says(batch, 1, None, "torn", "watcher")
    assert rules.ledger(batch).differs == 1
    says(batch, 1, None, "torn", "chief")
    assert rules.ledger(batch).problems == [] and rules.ledger(batch).ballots[0].doubt == "torn"
    says(batch, 1, None, "valid", "chief")
    says(batch, 1, None, "signed", "chief", settles=True, why="名字")
    assert rules.ledger(batch).ballots[0].doubt == "signed"


def test_a_written_in_name_is_read_by_people_and_stays_out_of_the_journal() -> None:
    poll = deck.poll(1, options=("张安邦", "李承德"), rule_key="election.officials", seats=1)
    batch = deck.scanned(poll, [["a", "a", "f"]])
    assert rules.ledger(batch).open == 1, "the machine reads no names"
    with pytest.raises(ValidationError) as raised:
        says(batch, 1, 2, "", "chief", name="王 五")
    assert code(raised) == "name"
    with pytest.raises(ValidationError) as raised:
        says(batch, 1, 2, "a", "chief")
    assert code(raised) == "value"
    for name, typed in (("chief", "王 五"), ("watcher", "王五")):
        says(batch, 1, 2, "f", name, name=typed)
    (ballot,) = rules.ledger(batch).ballots
    assert ballot.is_settled and ballot.write_ins == ["王五"]
    assert "王五" not in str(list(Entry.objects.values_list("data", flat=True)))


def test_nothing_is_said_of_a_page_taken_back_closed_or_not_read_yet() -> None:
    poll = deck.poll(1)
    batch = deck.batch(poll)
    file = upload(batch, feeder.page(*PLAIN))
    chief = make.official(poll, "chief")
    page = file.leaves.get()
    with pytest.raises(ValidationError) as raised:
        do.decide(page, 0, "f", by=chief, at=NOW)
    assert code(raised) == "reading"
    reader.read_now(file, jobs=0)
    do.withdraw(file, by=chief, at=NOW, why="重扫")
    with pytest.raises(ValidationError) as raised:
        do.decide(page, 0, "f", by=chief, at=NOW)
    assert code(raised) == "withdrawn"
    again = fed(batch, feeder.page(*PLAIN, hand="2"))
    stale = again.leaves.get()
    stale.batch = Batch.objects.get(pk=batch.pk)
    stale.batch.poll = poll
    do.close(batch, by=chief, at=NOW)
    with pytest.raises(ValidationError) as raised:
        do.decide(stale, 0, "f", by=chief, at=NOW)
    assert code(raised) == "closed"
    with pytest.raises(Refused):
        do.decide(ScanPage.objects.get(pk=stale.pk), 0, "f", by=chief, at=NOW)


def test_many_blank_backs_are_left_out_by_two_in_one_press_each() -> None:
    poll = deck.poll(2)
    batch = deck.scanned(poll, [PLAIN, PLAIN], refused={2: "blank", 4: "blank"})
    backs = list(batch.leaves.filter(reason="blank"))
    for name in ("chief", "watcher"):
        assert do.decide_all(backs, "not_a_ballot", by=make.official(poll, name), at=NOW) == 2
    assert rules.ledger(batch).problems == []
    with pytest.raises(ValidationError) as raised:
        do.decide(backs[0], None, "ballot", by=make.official(poll, "chief"), at=NOW)
    assert code(raised) == "value", "what was not read is no ballot by its reading"


# --- mosaics ----------------------------------------------------------------


def test_a_screen_is_confirmed_in_one_press_and_a_flag_stays() -> None:
    poll = deck.poll(2)
    batch = deck.scanned(poll, [["f", "", "x"], ["f", "a", ""]])
    one, two = (deck.leaf(batch, n).pk for n in (1, 2))
    watcher, chief = make.official(poll, "watcher"), make.official(poll, "chief")
    assert do.look(batch, [(one, 1), (two, 2)], [(two, 1)], by=watcher, at=NOW) == 1
    assert (rules.ledger(batch).look, rules.ledger(batch).open) == (0, 1)
    assert do.look(batch, [(one, 1), (two, 2), (two, 1)], [], by=watcher, at=NOW) == 0
    assert ScanLook.objects.get(page=two, row=1).flagged, "seen again it is still in doubt"
    assert do.look(batch, [], [(one, 1)], by=watcher, at=NOW) == 1
    assert Entry.objects.filter(verb="voting.scan_looked").count() == 2
    with pytest.raises(Refused):
        do.look(batch, [(one, 1)], [], by=make.official(poll, "one"), at=NOW)
    with pytest.raises(ValidationError) as raised:
        do.look(batch, [(one, 9)], [], by=chief, at=NOW)
    assert code(raised) == "page"


def test_a_screen_of_another_batch_or_of_pages_taken_back_changes_nothing() -> None:
    poll = deck.poll(2, batch_size=1)
    first, second = deck.scanned(poll, [["", "a", "x"]]), deck.scanned(poll, [["", "a", "x"]])
    by = make.official(poll, "chief")
    page = deck.leaf(second, 1).pk
    with pytest.raises(ValidationError):
        do.look(first, [(page, 0)], [], by=by, at=NOW)
    do.withdraw(second.files.get(), by=by, at=NOW, why="重扫")
    assert do.look(second, [(page, 0)], [(page, 1)], by=by, at=NOW) == 0
    assert not ScanLook.objects.exists()


def test_what_was_settled_before_a_row_was_flagged_stays_settled() -> None:
    poll = deck.poll(1)
    batch = deck.scanned(poll, [PLAIN], {(1, 1): "faint"})
    for name in ("chief", "watcher"):
        says(batch, 1, 1, "a", name)
    do.look(batch, [], [(deck.leaf(batch, 1).pk, 1)], by=make.official(poll, "watcher"), at=NOW)
    assert rules.ledger(batch).problems == []


# --- closing ----------------------------------------------------------------


def test_the_chief_closes_a_batch_that_agrees_and_the_rest_is_a_batch_to_key() -> None:
    poll = deck.poll(4)
    batch = deck.scanned(poll, [PLAIN, PLAIN], refused={2: "corner"})
    chief = make.official(poll, "chief")
    with pytest.raises(Refused):
        do.close(batch, by=make.official(poll, "watcher"), at=NOW)
    with pytest.raises(ValidationError) as raised:
        do.close(batch, by=chief, at=NOW)
    assert len(raised.value.messages) == 2
    says(batch, 2, None, "hand", "watcher")
    with pytest.raises(Refused):
        do.set_unscanned(batch, 1, by=make.official(poll, "watcher"), at=NOW, why="太软")
    for n in (-1, 5):
        with pytest.raises(ValidationError) as raised:
            do.set_unscanned(batch, n, by=chief, at=NOW, why="太软")
        assert code(raised) == "n"
    do.set_unscanned(batch, 1, by=chief, at=NOW, why="纸太软，进不了扫描仪")
    closed = do.close(batch, by=chief, at=NOW)
    assert do.close(batch, by=chief, at=NOW).agreed_at == closed.agreed_at == NOW
    rest = poll.batches.get(way="rest")
    assert (rest.size, rest.picked, rest.source_id, rest.number) == (2, [2], batch.pk, 2)
    sums = Entry.objects.get(verb="voting.scan_closed").data
    assert (sums["box"], sums["read"], sums["hand"], sums["unscanned"]) == (4, 2, 1, 1)
    assert list(verify()) == []


def test_a_plain_batch_closes_without_a_rest() -> None:
    batch = deck.scanned(deck.poll(2), [PLAIN, PLAIN])
    do.close(batch, by=make.official(batch.poll, "chief"), at=NOW)
    assert not Batch.objects.filter(way="rest").exists()
    assert counting.rules.total(batch.poll).valid == 2


def test_a_number_put_right_after_scanning_is_what_the_ledger_is_held_to() -> None:
    poll = deck.poll(3)
    batch = deck.scanned(poll, [PLAIN, PLAIN])
    chief = make.official(poll, "chief")
    with pytest.raises(ValidationError):
        do.close(batch, by=chief, at=NOW)
    counting.resize(batch, 2, by=chief, at=NOW, why="清点错了一张")
    assert do.close(batch, by=chief, at=NOW).agreed_at


def test_a_rest_of_another_size_changes_the_batch_it_lies_in_and_the_sums_say_so() -> None:
    poll = deck.poll(3)
    batch = deck.scanned(poll, [PLAIN], refused={2: "corner"})
    chief = make.official(poll, "chief")
    says(batch, 2, None, "hand", "chief")
    do.set_unscanned(batch, 1, by=chief, at=NOW, why="太软")
    do.close(batch, by=chief, at=NOW)
    rest = poll.batches.get(way="rest")
    rest.poll = poll
    counting.resize(rest, 3, by=chief, at=NOW, why="里面还夹着一张")
    batch.refresh_from_db()
    assert (batch.size, batch.unscanned) == (4, 2) and rules.ledger(batch).problems == []
    assert "各批合计4张，收回3张" in "".join(counting.rules.open_problems(poll))
    with pytest.raises(ValidationError) as raised:
        counting.resize(Batch.objects.get(pk=rest.pk), 0, by=chief, at=NOW, why="少了")
    assert code(raised) == "size"
    rest.refresh_from_db()
    counting.resize(rest, 1, by=chief, at=NOW, why="数错了")
    batch.refresh_from_db()
    assert (batch.size, batch.unscanned) == (2, 0)


def test_when_the_machine_fails_what_is_settled_is_kept_and_the_rest_goes_to_the_hand() -> None:
    poll = deck.poll(6)
    batch = deck.scanned(poll, [PLAIN, PLAIN, ["f", "", "x"]], {(2, 0): "faint"}, refused={4: "blank"})
    file = upload(batch, feeder.page(*PLAIN), feeder.page(*PLAIN), feeder.page(*PLAIN))
    ScanFile.objects.filter(pk=file.pk).update(state="reading", seen_at=NOW)
    page = file.leaves.first()
    assert page is not None
    ScanPage.objects.filter(pk=page.pk).update(state="read", side=1, reading=deck.leaf(batch, 1).reading)
    chief = make.official(poll, "chief")
    with pytest.raises(Refused):
        do.to_hand(batch, by=make.official(poll, "watcher"), at=NOW, why="坏了")
    with pytest.raises(ValidationError) as raised:
        do.to_hand(batch, by=chief, at=NOW, why="")
    assert code(raised) == "why"
    do.to_hand(batch, by=chief, at=NOW, why="扫描仪坏了")
    ledger = rules.ledger(Batch.objects.whole().get(pk=batch.pk))
    assert (ledger.problems, ledger.read, ledger.hand, ledger.unscanned) == ([], 1, 2, 3)
    assert rules.to_the_hand(ledger) == [2, 3]
    do.close(batch, by=chief, at=NOW)
    rest = poll.batches.get(way="rest")
    assert (rest.size, rest.picked) == (5, [2, 3])


def test_the_rest_does_not_go_to_the_hand_before_the_suspected_duplicates_are_settled() -> None:
    poll = deck.poll(6)
    batch = deck.scanned(poll, [PLAIN] * 5, twins={4: 1, 5: 2})
    chief = make.official(poll, "chief")
    says(batch, 4, None, "duplicate", "chief")
    says(batch, 4, None, "duplicate", "watcher")
    says(batch, 5, None, "duplicate", "watcher")
    with pytest.raises(ValidationError) as raised:
        do.to_hand(batch, by=chief, at=NOW, why="坏了")
    assert code(raised) == "twins" and "1张" in raised.value.messages[0]
    says(batch, 5, None, "duplicate", "chief")
    do.to_hand(batch, by=chief, at=NOW, why="坏了")
    do.close(batch, by=chief, at=NOW)
    rest = poll.batches.get(way="rest")
    assert (rest.size, rest.picked) == (3, [])


def test_of_a_form_of_two_pages_no_sheet_is_called_unscanned_once_a_file_is_there() -> None:
    batch = two_pages([1, 2, 1, 2], 3)
    chief = make.official(batch.poll, "chief")
    with pytest.raises(ValidationError) as raised:
        do.set_unscanned(batch, 1, by=chief, at=NOW, why="一次进了两张")
    assert code(raised) == "pages"
    file = ScanFile.objects.get(batch=batch)
    do.withdraw(file, by=chief, at=NOW, why="重扫")
    do.set_unscanned(batch, 1, by=chief, at=NOW, why="一张撕坏了")
    more_pages(batch, [1, 2, 1, 2])
    do.close(batch, by=chief, at=NOW)
    assert batch.poll.batches.get(way="rest").size == 1


@pytest.mark.parametrize("sides", [[1, 2, 1, 2], [2, 1, 2, 1, 2, 1]])
def test_of_a_form_of_two_pages_all_goes_to_the_hand_where_the_count_does_not_prove_it(
    sides: list[int],
) -> None:
    batch = two_pages(sides, 3)
    chief = make.official(batch.poll, "chief")
    do.to_hand(batch, by=chief, at=NOW, why="扫描仪坏了")
    do.close(batch, by=chief, at=NOW)
    rest = batch.poll.batches.get(way="rest")
    assert (rest.size, rest.picked) == (3, [])


def test_of_a_form_of_two_pages_what_is_settled_is_kept_where_the_count_proves_it() -> None:
    batch = two_pages([1, 2, 1, 2], 2)
    page = deck.leaf(batch, 2)
    page.reading["rows"][0].update(doubt=True, option=None, why="faint")
    page.save()
    do.to_hand(batch, by=make.official(batch.poll, "chief"), at=NOW, why="扫描仪坏了")
    ledger = rules.ledger(Batch.objects.whole().get(pk=batch.pk))
    assert (ledger.read, ledger.hand, ledger.unscanned, ledger.problems) == (1, 1, 0, [])


def test_more_pictures_than_ballots_are_not_sent_to_the_hand() -> None:
    batch = deck.scanned(deck.poll(1), [PLAIN, PLAIN])
    with pytest.raises(ValidationError) as raised:
        do.to_hand(batch, by=make.official(batch.poll, "chief"), at=NOW, why="坏了")
    assert code(raised) == "more" and not ScanDecision.objects.exists()
