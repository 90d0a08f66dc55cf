"""A whole count read by the machine, from the handful on the table to the figures; one that fails midway."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import ValidationError

from tests import make
from tests.make import NOW
from tests.voting.scans import deck, feeder
from yishi.journal.chain import verify
from yishi.law.count import count
from yishi.voting import reader
from yishi.voting.actions import counting
from yishi.voting.actions import scans as do
from yishi.voting.models import Batch, Poll, ScanPage
from yishi.voting.rules import counting as counting_rules
from yishi.voting.rules import marking
from yishi.voting.rules import scans as rules

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db

# The twelve ballots as they lie in the box, in their order.
TRUTH = [
    ["f", "f", "a"],
    ["f", "a", "x"],
    ["a", "a", "a"],
    ["f", "f", "x"],  # 4: a faint mark on line 2
    ["f", "", "a"],  # 5: a line left blank
    ["fa", "fa", "fa"],  # 6: two marks on every line: void
    ["f", "f", "f"],  # 7: torn, the machine does not read it
    ["x", "f", "a"],
    ["f", "f", "a"],  # 9: sticks to the one before and is not scanned at first
    ["a", "f", "f"],  # 10: scanned twice
    ["f", "x", "a"],  # 11: a name is written on it
    ["a", "f", "x"],
]


@pytest.fixture(autouse=True)
def scanner(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "uploads"
    feeder.installed(monkeypatch)


def fed(batch: Batch, *pages: Any) -> None:
    by = make.official(batch.poll, "one")
    reader.read_now(do.upload(batch, feeder.stack(*pages), by=by, at=NOW), jobs=0)


def sheet(number: int, **also: Any) -> Any:
    return feeder.page(*TRUTH[number - 1], hand=f"voter {number}", **also)


def both(batch: Batch, ballot: int, row: int | None, value: str) -> None:
    for name in ("watcher", "chief"):
        do.decide(deck.leaf(batch, ballot), row, value, by=make.official(batch.poll, name), at=NOW)


def problems(batch: Batch) -> list[str]:
    return rules.ledger(Batch.objects.whole().get(pk=batch.pk)).problems


def keyed(batch: Batch, ballots: list[list[str]]) -> None:
    """Two tellers key a batch alike."""
    for name in ("one", "two"):
        teller = make.official(batch.poll, name)
        keying = counting.begin(batch, by=teller, at=NOW)
        for number, marks in enumerate(ballots, start=1):
            counting.key(keying, number, marks=marks, revision=1, complete=True, by=teller, at=NOW)
        counting.finish(keying, by=teller, at=NOW)


def counts_as(poll: Poll, ballots: list[list[str]]) -> None:
    """What is agreed so far gives the very figures of these ballots."""
    titles = [option.title for option in poll.options.all()]
    truth = count(poll.law, 3, (marking.read_sheet(poll.law, titles, marks) for marks in ballots))
    found = counting_rules.total(Poll.objects.get(pk=poll.pk))
    assert (found.valid, found.invalid, found.lines) == (truth.valid, truth.invalid, truth.lines)


def test_twelve_ballots_come_out_as_they_were_marked() -> None:
    poll = deck.poll(12)
    batch = deck.batch(poll)
    chief, watcher = make.official(poll, "chief"), make.official(poll, "watcher")
    fed(
        batch,
        sheet(1), sheet(2), sheet(3), sheet(4, row1="faint"), sheet(5), feeder.page(reason="blank"),
        sheet(6), feeder.page(reason="corner"), sheet(8), sheet(10), sheet(10), sheet(11, ink=True),
        sheet(12),
    )  # fmt: skip
    # Twelve pictures of eleven ballots: one was seen twice and one not at all, and the sums hide it.
    ledger = rules.ledger(batch)
    assert (ledger.box, ledger.images, ledger.difference) == (12, 12, 0)
    assert [(one.ballot, other.ballot) for one, other, _score in rules.suspects(batch)] == [(10, 9)]
    with pytest.raises(ValidationError):
        do.close(batch, by=chief, at=NOW)

    # Doubts: each says for himself, on one row they differ and the chief settles with the paper in hand.
    do.decide(deck.leaf(batch, 4), 1, "f", by=watcher, at=NOW)
    do.decide(deck.leaf(batch, 4), 1, "", by=chief, at=NOW)
    do.decide(deck.leaf(batch, 4), 1, "f", by=chief, at=NOW, settles=True, why="看原票，有淡墨")
    for row in range(3):
        both(batch, 6, row, "fa")
    # The mosaic of blank rows, and whole ballots.
    blank = [(row.page.pk, row.row) for one in ledger.ballots for row in one.rows if row.state == "look"]
    assert len(blank) == 1
    do.look(batch, blank, [], by=watcher, at=NOW)
    both(batch, 6, None, "void")
    both(batch, 11, None, "signed")
    # Pages that were not read, and the one that looks like another.
    do.decide(deck.leaf(batch, 7), None, "hand", by=watcher, at=NOW)
    backs = list(ScanPage.objects.filter(reason="blank"))
    for by in (watcher, chief):
        do.decide_all(backs, "not_a_ballot", by=by, at=NOW)
    assert problems(batch) == ["还有1张待两名监票人判读。"]
    both(batch, 10, None, "duplicate")
    assert "清点12张，图像只有11张" in problems(batch)[0]
    # Number 9 is found between two others and scanned by itself.
    fed(batch, sheet(9))
    assert problems(batch) == []

    closed = do.close(batch, by=chief, at=NOW)
    rest = poll.batches.get(way="rest")
    assert (rest.size, rest.picked) == (1, [7])
    said = rules.ledger(closed)
    assert said.read + said.adjudicated + said.hand + said.unscanned == said.box == 12
    rest.poll = poll
    keyed(rest, [TRUTH[6]])
    # The ballot with a name is the chief scrutineer's to settle, as any doubtful sheet.
    assert "1张存疑票等总监票人认定" in "".join(counting_rules.open_problems(poll))
    counting.rule(batch, 11, "invalid", by=chief, at=NOW, why="写有投票人姓名")
    counts_as(poll, [marks for n, marks in enumerate(TRUTH, start=1) if n != 11] + [["fa"] * 3])
    assert list(verify()) == []


def test_the_machine_fails_half_way_and_the_tellers_finish(monkeypatch: pytest.MonkeyPatch) -> None:
    poll = deck.poll(8)
    batch = deck.batch(poll)
    chief = make.official(poll, "chief")
    order = [1, 2, 3, 4, 8, 9, 10, 12]
    file = do.upload(
        batch, feeder.stack(*[sheet(n) if n != 4 else sheet(n, row1="faint") for n in order]),
        by=make.official(poll, "clerk"), at=NOW,
    )  # fmt: skip

    def power_cut(index: int) -> None:
        if index == 6:
            raise KeyboardInterrupt

    feeder.installed(monkeypatch, power_cut)
    monkeypatch.setattr(reader, "MOST", 1)
    with pytest.raises(KeyboardInterrupt):
        reader.read_now(file, jobs=0)
    assert problems(batch) == ["还有3页没有读完。"]
    do.to_hand(batch, by=chief, at=NOW, why="电脑坏了，换不了")
    assert problems(batch) == []
    do.close(batch, by=chief, at=NOW)
    rest = poll.batches.get(way="rest")
    # In a file not read to its end nobody has looked for papers scanned twice: none of it counts.
    assert (rest.size, rest.picked) == (8, [])
    rest.poll = poll
    keyed(rest, [TRUTH[n - 1] for n in order])
    counts_as(poll, [TRUTH[n - 1] for n in order])
    assert list(verify()) == []
