"""One count by scanner from the files to the confirmed tally and its report, with all that can happen."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from tests import make
from tests.make import NOW
from tests.voting.scans import deck
from tests.voting.scans.test_audits import PLAIN, chief, draw, key, settle, stand
from yishi.papers.documents import pdf
from yishi.voting.actions import counting, scans
from yishi.voting.models import Batch, Sheet
from yishi.voting.rules import counting as count
from yishi.voting.rules import scans as ledgers
from yishi.voting.views.audits import pulled
from yishi.voting.words import report

pytestmark = pytest.mark.django_db


def test_a_count_by_scanner_gives_the_votes_on_the_paper_and_tells_all_of_it() -> None:
    # The paper: 40 ballots. 30 plain; 1 blank line; 1 faint; 1 void; 1 torn, not scanned; 1 the machine
    # cannot read; 1 scanned twice; 4 that are for the second too, of which one is misread.
    poll = deck.poll(40)
    two = ["f", "f", "x"]
    ballots = [PLAIN] * 30 + [["f", "", "x"], PLAIN, ["f", "f", "f"], PLAIN, PLAIN, two, two, two, PLAIN]
    batch = deck.scanned(poll, ballots, {(32, 0): "faint"}, refused={34: "corner"}, twins={35: 30})
    chief_, watcher = (make.official(poll, name) for name in ("chief", "watcher"))

    def both(ballot: int, row: int | None, value: str) -> None:
        for one in (chief_, watcher):
            scans.decide(deck.leaf(batch, ballot), row, value, by=one, at=NOW)

    scans.look(batch, [(deck.leaf(batch, 31).pk, 1)], [], by=watcher, at=NOW)
    both(32, 0, "f")
    both(33, None, "void")
    scans.decide(deck.leaf(batch, 34), None, "hand", by=watcher, at=NOW)
    with pytest.raises(ValidationError, match="判读"):
        scans.close(batch, by=chief_, at=NOW)  # one looks like another
    both(35, None, "duplicate")
    scans.set_unscanned(batch, 1, by=chief_, at=NOW, why="撕坏，进不了扫描仪")
    scans.close(batch, by=chief_, at=NOW)
    sums = ledgers.ledger(Batch.objects.get(pk=batch.pk))
    assert (sums.read, sums.adjudicated, sums.hand, sums.unscanned, sums.box) == (36, 2, 1, 1, 40)

    rest = poll.batches.get(way=Batch.Way.REST)
    rest.poll = poll
    assert pulled(rest) == ["第1批第34张", "没有扫描或者机器认不出的一张"]
    with pytest.raises(ValidationError, match="请先办完"):
        draw(poll)
    for name in ("one", "two"):
        keying = counting.begin(rest, by=make.official(poll, name), at=NOW)
        Sheet.objects.filter(keying=keying).update(marks=PLAIN, complete=True)
        counting.finish(keying, by=keying.teller, at=NOW)

    # One void ballot; 40 members, 21 needed: the first has 39, the second 3 as the machine read it.
    found = stand(poll)
    assert (found.todo, found.whole, len(found.sheets), found.doubts) == ("draw", "", 38, 1)
    drawn = draw(poll)
    truth = {(1, n): ballots_read(n, ballots) for n in range(1, 41)}
    key(poll, truth | {(1, 40): two})
    seen = {one.number for one in stand(poll).draws[0].sheets}
    if 40 not in seen:
        draw(poll, "另一个种子九", why="代表要求再抽一次")
        key(poll, truth | {(1, 40): two})
    [check] = stand(poll).open
    assert check.pick == (1, 40, 39)  # behind the one that was scanned twice
    settle(poll, 40, two)
    if stand(poll).left:
        draw(poll, "第三个种子八", why="第1次复核发现读错的票")
        key(poll, truth | {(1, 40): two})
    assert count.open_problems(poll) == []

    tally = counting.tally(poll, by=chief(poll), at=NOW)
    assert {name: tally.figures[name] for name in ("returned", "valid", "invalid")} == {
        "returned": 40, "valid": 39, "invalid": 1,
    }  # fmt: skip
    assert [line["for"] for line in tally.figures["options"]] == [39, 4, 0]
    counting.confirm(tally, by=chief(poll), at=NOW)
    document = report.document(poll, tally)
    text = "\n".join(getattr(one, "text", "") for one in document.blocks)
    assert "清点共40张：机器读定36张，监票人判读后计入2张，转人工录入2张（其中没有扫描的1张）" in text
    assert "同一张扫了两次的1页" in text and "第1批第39张：乙，机器和判读为反对，计票人为赞成" in text
    assert pdf(document).startswith(b"%PDF") and drawn.size == 20


def ballots_read(number: int, ballots: list[list[str]]) -> list[str]:
    """What the paper of this picture says; one picture between them was refused, one shows a sheet again."""
    return ballots[number - 1 if number < 34 else number - 2]
