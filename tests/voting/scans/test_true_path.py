"""Sheets printed, marked, scanned, uploaded, read by the real processes and closed: the whole way once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from tests import make
from tests.make import NOW
from tests.voting.scans import deck, pictures
from yishi.voting import reader
from yishi.voting.actions import scans as do
from yishi.voting.models import Batch
from yishi.voting.rules import counting, marking
from yishi.voting.rules import scans as rules

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db(transaction=True)

BALLOTS = [["f", "a", "x"], ["f", "f", "a"], ["a", "", "f"], ["f", "a", "x"]]


def test_paper_comes_out_of_the_machine_as_it_was_marked(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "uploads"
    poll = deck.poll(4)
    batch = deck.batch(poll)
    clerk, chief, watcher = (make.official(poll, name) for name in ("clerk", "chief", "watcher"))

    said = do.calibrate(poll, pictures.file(pictures.printed(poll)), by=clerk, at=NOW)
    assert said["pages"] == [1]

    sheets = [pictures.marked(poll, letters, seed) for seed, letters in enumerate(BALLOTS)]
    back = Image.new("L", sheets[0].size, 250)
    turned = sheets[1].rotate(180)
    file = do.upload(batch, pictures.file([sheets[0], back, turned, sheets[2], sheets[3]]), by=clerk, at=NOW)
    assert file.leaves.count() == 5
    thread = reader._thread
    assert thread is not None, "the upload woke the reader"
    thread.join(60)
    file.refresh_from_db()
    assert (file.state, file.reason) == ("read", "")
    pages = list(file.leaves.order_by("index"))
    assert [(page.reason, page.ballot) for page in pages] == [
        ("", 1), ("blank", None), ("", 2), ("", 3), ("", 4),
    ]  # fmt: skip
    with default_storage.open(pages[0].picture) as kept, Image.open(kept) as picture:
        assert picture.size[0] > 1000

    # The same paper once more, by mistake: it is found by its writing, not by its choices.
    again = do.upload(batch, pictures.file([sheets[0]]), by=clerk, at=NOW)
    if reader._thread is not None:
        reader._thread.join(60)
    again.refresh_from_db()
    (twin,) = again.leaves.all()
    assert [pk for pk, _score in twin.reading["twins"]] == [pages[0].pk]

    for by in (chief, watcher):
        do.decide(twin, None, "duplicate", by=by, at=NOW)
        do.decide(pages[1], None, "not_a_ballot", by=by, at=NOW)
    do.look(batch, [(pages[3].pk, 1)], [], by=watcher, at=NOW)
    ledger = rules.ledger(Batch.objects.whole().get(pk=batch.pk))
    assert [one.marks for one in ledger.ballots if not one.is_out] == BALLOTS, ledger.problems
    do.close(batch, by=chief, at=NOW)
    titles = [option.title for option in poll.options.all()]
    truth = counting.count(poll.law, 3, [marking.read_sheet(poll.law, titles, marks) for marks in BALLOTS])
    assert counting.total(poll).lines == truth.lines
