"""Pages read in processes of their own: in order, a dead one costs its page, nothing is left running."""

from __future__ import annotations

import os
import signal
import time
from multiprocessing import active_children
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.scan import drawn
from tests.scan.files import image, saved, scanned, sheet
from yishi.scan import work
from yishi.scan.layout import parse
from yishi.scan.reader import Reader
from yishi.scan.work import PageResult, Readers, read_file

PLAN = drawn.layout(3)


@pytest.fixture(scope="module")
def ballot() -> bytes:
    """A PDF of three ballots and, between them, a page that is none."""
    pages = []
    for option in ("for", "against", "abstain"):
        one = drawn.Sheet(PLAN, dpi=150)
        for row in range(3):
            one.fill(row, option)
        pages.append(image(one.picture().grey))
    pages.insert(1, image(sheet(1240, 1754)))
    return scanned(pages)


@pytest.fixture
def file(ballot, tmp_path) -> Path:
    path = tmp_path / "票.pdf"
    path.write_bytes(ballot)
    return path


def options(results: list[PageResult]) -> list[str | None]:
    return [one.reading["rows"][0]["option"] if one.reading["rows"] else one.rejected for one in results]


@pytest.fixture
def started_before():
    """What other tests of this worker have running: the pool of the sealed ballots."""
    return set(active_children())


def test_pages_come_in_their_order_with_votes_reasons_and_pictures(file, tmp_path, started_before):
    keep = tmp_path / "kept"
    keep.mkdir()
    results = list(read_file(file, parse(PLAN), jobs=2, keep=keep))
    assert [one.ref.page for one in results] == [1, 2, 3, 4]
    assert options(results) == ["for", "not_a_ballot", "against", "abstain"]
    assert [bool(one.fingerprint) for one in results] == [True, False, True, True]
    # The page that is no ballot is kept too: people look at it.
    assert all(one.kept and one.kept.read_bytes().startswith(b"\xff\xd8") for one in results)
    assert len(list(keep.iterdir())) == 4
    assert not set(active_children()) - started_before


def test_one_process_says_the_same_as_two_and_a_picture_that_cannot_be_kept_is_not(file, tmp_path):
    results = list(read_file(file, parse(PLAN), jobs=1, keep=tmp_path / "nowhere"))
    assert options(results) == ["for", "not_a_ballot", "against", "abstain"]
    assert [one.kept for one in results] == [None] * 4


def test_a_file_given_twice_is_read_once(file, tmp_path):
    copy, other = tmp_path / "copy.pdf", tmp_path / "other.png"
    copy.write_bytes(file.read_bytes())
    other.write_bytes(saved(sheet(300, 400), "PNG"))
    with Readers(parse(PLAN), jobs=1) as readers:
        refs = readers.listing([file, other, copy, file, tmp_path])
        assert [(one.file, one.page) for one in refs] == [
            *((file, n) for n in (1, 2, 3, 4)), (other, 1), *((copy, n) for n in (1, 2, 3, 4)),
            *((file, n) for n in (1, 2, 3, 4)), (tmp_path, 1),
        ]  # fmt: skip
        assert [one.rejected for one in refs] == [None] * 5 + ["same_file"] * 8 + ["not_a_file"]
        assert refs[6].detail == str(file)
        results = list(readers.read(refs[4:]))
    assert [one.rejected for one in results] == ["resolution"] + ["same_file"] * 8 + ["not_a_file"]


def test_a_killed_process_costs_nothing_when_another_try_reads_its_page(file):
    with Readers(parse(PLAN), jobs=2) as readers:
        refs = readers.listing([file])
        found = []
        for one in readers.read(refs):
            found.append(one)
            if len(found) == 1:
                for worker in list(readers._workers):
                    os.kill(worker.process.pid, signal.SIGKILL)
    assert options(found) == ["for", "not_a_ballot", "against", "abstain"]


# --- without pictures: what the pool does with processes that die ------------


class Dying:
    """In place of a reader: page 2 ends its process, page 3 never ends, page 4 fails."""

    def __init__(self, layout, calibration, keep):
        pass

    def listing(self, path):
        os._exit(7)

    def read(self, ref):
        if ref.page == 2:
            os._exit(7)
        while ref.page == 3:
            time.sleep(0.1)
        return {"rejected": None, "page": ref.page}, b"", None


def _dying(line, *given):
    """Stands for `work._work` in the process."""
    import yishi.scan.reader

    yishi.scan.reader.Reader = Dying
    ORIGINAL(line, *given)


def _stillborn(_line, *_given):
    os._exit(3)


ORIGINAL = work._work


def test_a_page_that_ends_its_process_or_never_ends_is_the_only_one_lost(monkeypatch, file, started_before):
    monkeypatch.setattr(work, "_work", _dying)
    monkeypatch.setattr(work, "PAGE_SECONDS", 2.0)
    refs = [work.PageRef(file, page, "00", "pdf") for page in range(1, 7)]
    with Readers(parse(PLAN), jobs=2) as readers:
        results = list(readers.read(refs))
    assert [one.rejected for one in results] == [None, "machine", "machine", None, None, None]
    assert [one.reading["page"] for one in results if not one.rejected] == [1, 4, 5, 6]
    assert "time" in results[2].reading["detail"]
    assert not set(active_children()) - started_before


def test_a_file_that_ends_the_process_listing_it_still_has_its_entry(monkeypatch, file):
    monkeypatch.setattr(work, "_work", _dying)
    with Readers(parse(PLAN), jobs=1) as readers:
        found = readers.listing([file])
    assert [(one.page, one.rejected) for one in found] == [(1, "machine")]
    assert len(found[0].sha256) == 64


def test_where_no_process_can_be_started_every_page_is_told_so(monkeypatch, file):
    monkeypatch.setattr(work, "_work", _stillborn)
    refs = [work.PageRef(file, page, "00", "pdf") for page in range(1, 4)]
    with Readers(parse(PLAN), jobs=1) as readers:
        assert [one.rejected for one in readers.read(refs)] == ["machine"] * 3


def test_whoever_stops_listening_leaves_nothing_running(monkeypatch, file, started_before):
    monkeypatch.setattr(work, "_work", _dying)
    refs = [work.PageRef(file, page, "00", "pdf") for page in (1, 3, 3)]
    with Readers(parse(PLAN), jobs=2) as readers:
        pages = readers.read(refs)
        next(pages)
        pages.close()
    assert not set(active_children()) - started_before


# --- what a reading process does with one page -------------------------------


def test_an_error_of_ours_is_a_page_counted_by_hand(monkeypatch, file):
    def broken(*_given):
        raise ZeroDivisionError("no such thing")

    monkeypatch.setattr("yishi.scan.reading.read", broken)
    found, mark, kept = Reader(parse(PLAN), None, None).read(work.PageRef(file, 1, "00", "pdf"))
    assert (found["rejected"], mark, kept) == ("machine", b"", None)
    assert found["detail"] == "ZeroDivisionError: no such thing"


def test_a_file_that_went_away_is_named(tmp_path):
    ref = work.PageRef(tmp_path / "gone.pdf", 1, "00", "pdf")
    assert Reader(parse(PLAN), None, None).read(ref)[0]["rejected"] == "not_a_file"


def test_a_rejected_page_has_the_words_of_one():
    result = PageResult(0, work.PageRef(Path("a"), 1, "", "", "kind"), {"rejected": "kind"})
    assert result.rejected == "kind"
    assert PageResult(0, SimpleNamespace(), {}).rejected is None
