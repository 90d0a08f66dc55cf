"""Reading behind the pages: begun, broken off, begun anew, twice at once; the rows are the truth."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from tests import make
from tests.make import NOW
from tests.voting.scans import deck, feeder
from tests.voting.test_counting_at_once import at_once
from yishi.journal.models import Entry
from yishi.voting import reader
from yishi.voting.actions import counting
from yishi.voting.actions import scans as do
from yishi.voting.models import Batch, Poll, ScanFile, ScanPage
from yishi.voting.rules import scans as rules

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.django_db(transaction=True)

PLAIN = feeder.page("f", "a", "x")


@pytest.fixture(autouse=True)
def scanner(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> Iterator[None]:
    """No pictures; and no thread but where a test wakes one."""
    settings.MEDIA_ROOT = tmp_path / "uploads"
    feeder.installed(monkeypatch)
    monkeypatch.setattr("yishi.voting.actions.scan_files.reader.wake", lambda _poll: None)
    monkeypatch.setattr(reader, "EVERY", 0)
    reader._failed.clear()
    yield
    done()


@pytest.fixture
def wake(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.undo()
    return reader.wake


def done(seconds: float = 20) -> None:
    """Wait until the thread has ended."""
    thread = reader._thread
    if thread is not None:
        thread.join(seconds)
    assert reader._thread is None


def upload(batch: Batch, *pages: Any, cut: bool = False) -> ScanFile:
    file = do.upload(batch, feeder.stack(*pages, cut=cut), by=make.official(batch.poll, "clerk"), at=NOW)
    file.batch = batch
    return file


def numbers(file: ScanFile) -> list[int | None]:
    return list(file.leaves.order_by("index").values_list("ballot", flat=True))


def later(monkeypatch: pytest.MonkeyPatch, seconds: int) -> None:
    """The clock of the reader is so much later."""
    real = timezone.now
    monkeypatch.setattr(reader.timezone, "now", lambda: real() + timedelta(seconds=seconds))


def test_a_file_is_read_and_its_ballots_numbered_after_those_before_it() -> None:
    batch = deck.batch(deck.poll(9))
    first = upload(batch, PLAIN, feeder.page(reason="blank"), feeder.page(reason="corner"), PLAIN, cut=True)
    second = upload(batch, PLAIN, PLAIN)
    for file in (first, second):
        reader.read_now(file, jobs=0)
        assert file.state == "read"
    assert numbers(first) == [1, None, 2, 3, None] and numbers(second) == [4, 5]
    page = first.leaves.get(index=1)
    assert (page.side, page.state, page.reading["rows"][1]["option"]) == (1, "read", "against")
    assert page.picture.startswith(f"scans/{batch.poll_id}/pages/")
    entry = Entry.objects.get(verb="voting.scan_read", data__file=first.pk)
    assert entry.data["refused"] == {"blank": 1, "corner": 1, "truncated": 1}


def test_a_page_scanned_twice_in_this_poll_is_named_once_and_of_the_later_file() -> None:
    poll = deck.poll(4, batch_size=2)
    one, two = counting.lay_out(poll, by=make.official(poll, "clerk"), at=NOW)
    one.poll = two.poll = poll
    mine = feeder.page("f", "a", "x", hand="mine")
    first, second = upload(one, mine, PLAIN), upload(two, mine, mine)
    # Read in the other order: the file read last is the later one.
    for file in (second, first):
        reader.read_now(file, jobs=0)
    a, b = second.leaves.order_by("index")
    c = first.leaves.get(index=1)
    assert "twins" not in a.reading and b.reading["twins"] == [[a.pk, 0.9]]
    assert sorted(c.reading["twins"]) == [[a.pk, 0.9], [b.pk, 0.9]]
    assert {(x.pk, y.pk) for x, y, _score in rules.suspects(one)} == {(c.pk, a.pk), (c.pk, b.pk)}


def test_after_a_crash_only_what_waits_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = deck.batch(deck.poll(4))
    file = upload(batch, PLAIN, PLAIN, PLAIN, PLAIN)
    asked: list[int] = []

    def dies(index: int) -> None:
        asked.append(index)
        if index == 3 and len(asked) == 3:
            raise KeyboardInterrupt

    feeder.installed(monkeypatch, dies)
    with pytest.raises(KeyboardInterrupt):
        reader.read_now(file, jobs=0)
    file.refresh_from_db()
    assert file.state == "reading" and numbers(file) == [None] * 4
    assert file.leaves.filter(state="read").count() == 2
    assert rules.ledger(batch).problems == ["还有2页没有读完。"]
    assert reader.take() is None, "somebody may be reading it"
    later(monkeypatch, 31)
    taken = reader.take()
    assert taken == file
    with reader.Desk(0) as desk:
        reader.read(taken, desk)
    assert asked == [1, 2, 3, 3, 4] and numbers(file) == [1, 2, 3, 4]


def test_a_crash_between_the_last_page_and_the_numbers_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = deck.batch(deck.poll(2))
    file = upload(batch, PLAIN, PLAIN)

    def dies(*_given: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(reader, "finish", dies)
        with pytest.raises(KeyboardInterrupt):
            reader.read_now(file, jobs=0)
    assert rules.ledger(batch).waiting == 1, "nothing closes before its ballots have numbers"
    later(monkeypatch, 31)
    taken = reader.take()
    assert taken is not None
    with reader.Desk(0) as desk:
        reader.read(taken, desk)
    assert numbers(file) == [1, 2]


def test_the_thread_reads_what_waits_and_ends(wake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    feeder.installed(monkeypatch)
    monkeypatch.setattr("yishi.voting.actions.scan_files.reader.wake", lambda _poll: None)
    batch = deck.batch(deck.poll(4))
    files = [upload(batch, PLAIN, PLAIN), upload(batch, PLAIN, feeder.page("a", "a", "a"))]
    monkeypatch.undo()
    feeder.installed(monkeypatch)
    for _time in range(3):
        wake(batch.poll_id)
    done()
    assert [numbers(file) for file in files] == [[1, 2], [3, 4]]
    wake(batch.poll_id)
    assert reader._thread is None, "nothing waits"


def test_a_file_brought_in_while_another_is_read_is_read_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    batch = deck.batch(deck.poll(4))
    begun, go = threading.Event(), threading.Event()

    def waits(_index: int) -> None:
        begun.set()
        assert go.wait(10)

    feeder.installed(monkeypatch, waits)
    first = upload(batch, PLAIN)
    assert begun.wait(10), "the upload itself wakes the reader"
    second = upload(batch, PLAIN, PLAIN)
    assert rules.ledger(batch).waiting == 3
    with transaction.atomic():  # the pen is free while a page is read
        Poll.objects.select_for_update().get(pk=batch.poll_id)
    go.set()
    done()
    assert numbers(first) == [1] and numbers(second) == [2, 3]


def test_two_processes_never_read_files_of_one_poll_at_once() -> None:
    poll = deck.poll(4)
    batch = deck.batch(poll)
    upload(batch, PLAIN)
    upload(batch, PLAIN, PLAIN)
    found = at_once(reader.take, reader.take, reader.take)
    assert sum(isinstance(one, ScanFile) for one in found) == 1, found
    assert ScanFile.objects.filter(state="reading").count() == 1
    other = deck.batch(deck.poll(1))
    mine = upload(other, PLAIN)
    assert reader.take() == mine, "another poll does not wait"


def test_one_file_uploaded_twice_at_once_is_taken_once() -> None:
    poll = deck.poll(4)
    batch = deck.batch(poll)
    copies = [Batch.objects.whole().get(pk=batch.pk) for _ in range(3)]
    found = at_once(*[lambda b=b: upload(b, PLAIN, PLAIN) for b in copies])
    assert sorted(file.reason for file in found) == ["", "same_file", "same_file"], found
    assert ScanPage.objects.count() == 2
    kept = [p.name for p in Path(default_storage.path(f"scans/{poll.pk}")).iterdir()]
    assert kept == [f"{found[0].sha256}.pdf"]


def test_a_file_taken_back_while_it_is_read_is_read_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = deck.batch(deck.poll(4))
    file = upload(batch, *[PLAIN] * 4)
    asked: list[int] = []

    def taken_back(index: int) -> None:
        asked.append(index)
        if index == 2:
            do.withdraw(file, by=make.official(batch.poll, "chief"), at=NOW, why="放反了")

    feeder.installed(monkeypatch, taken_back)
    reader.read_now(file, jobs=0)
    assert asked == [1, 2] and file.state == "reading" and numbers(file) == [None] * 4
    later(monkeypatch, 60)
    assert reader.take() is None
    assert rules.ledger(batch).waiting == 0 and rules.last_number(batch) == 0


def test_when_the_rest_goes_to_the_hand_while_it_is_read_the_reader_changes_nothing_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    batch = deck.batch(deck.poll(3))
    file = upload(batch, *[PLAIN] * 3)

    def given_up(index: int) -> None:
        if index == 3:
            do.to_hand(batch, by=make.official(batch.poll, "chief"), at=NOW, why="太慢")

    feeder.installed(monkeypatch, given_up)
    reader.read_now(file, jobs=0)
    ledger = rules.ledger(Batch.objects.whole().get(pk=batch.pk))
    assert (ledger.read, ledger.unscanned, ledger.problems) == (0, 3, [])
    assert file.withdrawn_at == NOW and numbers(file) == [None] * 3


def test_a_file_given_up_half_way_counts_nothing_as_nobody_looked_for_papers_scanned_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    batch = deck.batch(deck.poll(6))
    hands = [feeder.page("f", "a", "x", hand=f"v{n}") for n in range(6)]
    first = do.upload(batch, feeder.stack(*hands[:3]), by=make.official(batch.poll, "clerk"), at=NOW)
    reader.read_now(first, jobs=0)
    again = do.upload(batch, feeder.stack(*hands), by=make.official(batch.poll, "clerk"), at=NOW)
    monkeypatch.setattr(reader, "MOST", 1)

    def given_up(index: int) -> None:
        if index == 4:
            do.to_hand(batch, by=make.official(batch.poll, "chief"), at=NOW, why="坏了")

    feeder.installed(monkeypatch, given_up)
    reader.read_now(again, jobs=0)
    ledger = rules.ledger(Batch.objects.whole().get(pk=batch.pk))
    assert (ledger.read, ledger.hand, ledger.unscanned, ledger.problems) == (3, 0, 3, [])


def test_a_file_gone_from_the_disk_is_refused_and_may_be_given_again() -> None:
    batch = deck.batch(deck.poll(1))
    file = upload(batch, PLAIN)
    Path(default_storage.path(file.path)).unlink()
    reader.read_now(file, jobs=0)
    assert (file.state, file.reason) == ("refused", "not_a_file")
    assert rules.ledger(batch).waiting == 0
    again = upload(batch, PLAIN)
    reader.read_now(again, jobs=0)
    assert rules.ledger(batch).problems == []


def test_a_file_that_fails_again_and_again_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = deck.batch(deck.poll(1))
    file = upload(batch, PLAIN)

    def fails(_index: int) -> None:
        raise OSError("disk")

    feeder.installed(monkeypatch, fails)
    for time_ in range(reader.TRIES):
        later(monkeypatch, 31 * time_)
        taken = reader.take()
        assert taken is not None
        with reader.Desk(0) as desk:
            reader._try(taken, desk)
    file.refresh_from_db()
    assert (file.state, file.reason) == ("refused", "machine")
    assert Entry.objects.get(verb="voting.scan_refused").data["reason"] == "machine"


def test_a_page_whose_picture_could_not_be_kept_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody could look at it: a vote nobody can check does not count."""
    from dataclasses import replace

    batch = deck.batch(deck.poll(1))
    file = upload(batch, PLAIN)
    results = reader.Desk.results
    monkeypatch.setattr(
        reader.Desk, "results", lambda *given: (replace(one, kept=None) for one in results(*given))
    )
    reader.read_now(file, jobs=0)
    page = file.leaves.get()
    assert (page.state, page.reason, page.ballot) == ("rejected", "machine", 1)


def test_a_slow_page_gives_a_sign_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = deck.batch(deck.poll(1))
    file = upload(batch, PLAIN)
    monkeypatch.setattr(reader, "BEAT", 0.02)
    first: list[Any] = []

    def slow(_index: int) -> None:
        first.append(ScanFile.objects.get(pk=file.pk).seen_at)
        until = time.monotonic() + 10
        while ScanFile.objects.get(pk=file.pk).seen_at == first[0] and time.monotonic() < until:
            time.sleep(0.01)
        first.append(ScanFile.objects.get(pk=file.pk).seen_at)

    feeder.installed(monkeypatch, slow)
    reader.read_now(file, jobs=0)
    assert first[1] > first[0]


def test_a_batch_that_is_closed_or_a_poll_that_is_void_is_read_no_further() -> None:
    batch = deck.batch(deck.poll(1))
    upload(batch, PLAIN)
    Poll.objects.update(state="void")
    assert reader.take() is None
    Poll.objects.update(state="closed")
    assert reader.take() is not None


def test_a_batch_closed_at_the_moment_of_a_decision_has_it_or_refuses_it() -> None:
    poll = deck.poll(1)
    batch = deck.scanned(poll, [["f", "a", "x"]])
    page = deck.leaf(batch, 1)
    chief, watcher = make.official(poll, "chief"), make.official(poll, "watcher")
    copy = Batch.objects.whole().get(pk=batch.pk)
    closed, decided = at_once(
        lambda: do.close(copy, by=chief, at=NOW), lambda: do.decide(page, 0, "a", by=watcher, at=NOW)
    )
    batch.refresh_from_db()
    # One row said to be otherwise is open: either the batch was closed before, or it is not closed.
    assert isinstance(closed, ValidationError) is (batch.agreed_at is None)
    assert isinstance(decided, ValidationError) is (batch.agreed_at is not None)


def test_the_server_imports_no_library_of_pictures() -> None:
    import subprocess
    import sys

    code = (
        "import os, sys, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'yishi.settings'; django.setup();"
        "import yishi.urls, yishi.voting.reader, yishi.voting.actions.scans;"
        "sys.exit('cv2' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=120).returncode == 0


def test_files_that_come_one_after_the_other_are_listed_by_one_process(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.undo()
    poll = deck.poll(1)
    lister = reader.Lister(idle=3600)
    good, bad = tmp_path / "a", tmp_path / "b"
    good.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    bad.write_bytes(b"%PDF-1.7 nothing")
    try:
        assert [(ref.page, ref.kind, ref.rejected) for ref in lister.listing(poll, good)] == [
            (1, "png", None)
        ]
        assert lister._readers is not None
        (worker,) = lister._readers._workers
        assert lister.listing(poll, bad)[0].rejected
        assert lister._readers._workers == [worker]
        worker.process.kill()
        worker.process.join()
        assert lister.listing(poll, good)[0].kind == "png", "one that died is begun anew"
    finally:
        lister.close()
    assert lister._readers is None
