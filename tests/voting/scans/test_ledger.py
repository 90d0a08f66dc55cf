"""The ledger of a batch: what is settled, what is open, and whether it agrees with the box."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import make
from tests.make import NOW
from tests.voting.scans import deck
from yishi.voting.actions import counting
from yishi.voting.models import Batch, Poll, ScanFile, ScanLook, ScanPage
from yishi.voting.rules import scans as rules

pytestmark = pytest.mark.django_db

PLAIN = ["f", "a", "x"]


def states(batch: Batch) -> list[str]:
    return [one.state for one in rules.ledger(batch).ballots]


def test_a_plain_batch_is_read_and_has_no_problems() -> None:
    batch = deck.scanned(deck.poll(3), [PLAIN, ["f", "f", "x"], ["a", "a", "a"]])
    ledger = rules.ledger(batch)
    assert (ledger.box, ledger.read, ledger.accounted, ledger.problems) == (3, 3, 3, [])
    assert ledger.ballots[1].marks == ["f", "f", "x"]


def test_a_batch_nobody_scanned_says_so() -> None:
    assert rules.ledger(deck.batch(deck.poll(3))).problems == ["这一批还没有扫描。"]


def test_a_blank_row_waits_until_somebody_has_looked() -> None:
    batch = deck.scanned(deck.poll(1), [["f", "", "x"]])
    ledger = rules.ledger(batch)
    assert (ledger.look, ledger.read) == (1, 0) and ledger.problems == ["还有1栏空白没有人看过。"]
    deck.look_at_blanks(batch)
    assert rules.ledger(batch).problems == [] and rules.ledger(batch).ballots[0].marks == ["f", "", "x"]


def test_a_row_in_doubt_waits_for_two_and_where_they_differ_for_the_chief() -> None:
    batch = deck.scanned(deck.poll(1), [PLAIN], {(1, 1): "faint"})
    assert states(batch) == ["open"] and rules.ledger(batch).doubts == 1
    deck.said(batch, 1, 1, "a", "watcher")
    assert states(batch) == ["open"]
    deck.said(batch, 1, 1, "f", "chief")
    assert states(batch) == ["differs"]
    deck.said(batch, 1, 1, "a", "chief")
    ledger = rules.ledger(batch)
    assert ledger.problems == [] and (ledger.adjudicated, ledger.read) == (1, 0)
    assert ledger.ballots[0].marks == PLAIN


def test_what_was_flagged_in_a_mosaic_is_in_doubt_and_the_reading_no_longer_counts() -> None:
    batch = deck.scanned(deck.poll(1), [PLAIN])
    ScanLook.objects.create(
        page=deck.leaf(batch, 1), row=0, flagged=True, by=make.official(batch.poll, "chief"), at=NOW
    )
    (row, *_others) = rules.ledger(batch).ballots[0].rows
    assert (row.state, row.read, row.why) == ("open", None, "flagged")


def test_overvotes_make_the_ballot_void_only_when_two_have_said_so() -> None:
    batch = deck.scanned(deck.poll(1), [["fa", "fa", "fa"]])
    for row in range(3):
        deck.said(batch, 1, row, "fa")
    (ballot,) = rules.ledger(batch).ballots
    assert (ballot.state, ballot.proposed) == ("open", "void")
    deck.said(batch, 1, None, "void")
    (ballot,) = rules.ledger(batch).ballots
    assert ballot.state == "adjudicated" and ballot.reading is not None and ballot.reading.valid is False


def test_a_valid_said_of_other_marks_says_nothing_of_a_ballot_that_is_void_now() -> None:
    batch = deck.scanned(deck.poll(1), [PLAIN], elsewhere=[1])
    deck.said(batch, 1, None, "valid")
    assert states(batch) == ["adjudicated"]
    for row in range(3):
        deck.said(batch, 1, row, "fa")
    assert states(batch) == ["open"]


def test_ink_where_nothing_is_written_is_said_by_two_to_be_nothing_or_goes_to_the_chief() -> None:
    batch = deck.scanned(deck.poll(2), [PLAIN, PLAIN], elsewhere=[1, 2])
    assert [one.proposed for one in rules.ledger(batch).ballots] == ["signed", "signed"]
    deck.said(batch, 1, None, "valid")
    deck.said(batch, 2, None, "torn", "chief")
    deck.said(batch, 2, None, "signed", "watcher")
    one, two = rules.ledger(batch).ballots
    assert one.is_settled and one.reading is not None and one.reading.valid is True
    assert two.is_settled and two.doubt and two.reading is not None and two.reading.valid is None


def test_a_refused_page_goes_to_the_hand_by_one_and_is_left_out_by_two() -> None:
    poll = deck.poll(2)
    batch = deck.scanned(poll, [PLAIN], refused={1: "corner", 3: "blank"})
    ledger = rules.ledger(batch)
    assert [(one.page.index, one.proposed) for one in ledger.pages] == [(1, "hand"), (3, "not_a_ballot")]
    assert (ledger.open, ledger.difference) == (2, 0)
    deck.said(batch, 1, None, "hand", "watcher")
    blank = batch.leaves.get(reason="blank")
    for name in ("chief", "watcher"):
        assert rules.ledger(batch).problems == ["还有1张待两名监票人判读。"]
        blank.decisions.create(value="not_a_ballot", by=make.official(poll, name), at=NOW)
    ledger = rules.ledger(batch)
    assert (ledger.problems, ledger.hand, ledger.read, ledger.excluded) == ([], 1, 1, 1)
    assert rules.to_the_hand(ledger) == [1]


def test_one_who_would_leave_out_a_ballot_that_was_read_holds_it_until_another_has_spoken() -> None:
    batch = deck.scanned(deck.poll(1), [PLAIN])
    deck.said(batch, 1, None, "not_a_ballot", "watcher")
    assert states(batch) == ["open"]
    deck.said(batch, 1, None, "ballot", "chief")
    assert states(batch) == ["differs"]
    deck.said(batch, 1, None, "ballot", "watcher")
    assert rules.ledger(batch).problems == []


def test_a_page_that_looks_like_another_waits_although_the_sums_agree() -> None:
    """One sheet fed double and another scanned twice: the sums agree, a vote would be lost."""
    batch = deck.scanned(deck.poll(3), [PLAIN, ["a", "a", "a"], PLAIN], twins={3: 1})
    ledger = rules.ledger(batch)
    assert (ledger.difference, ledger.open) == (0, 1)
    assert [(one.page.ballot, one.proposed) for one in ledger.pages] == [(3, "duplicate")]
    assert [(a.ballot, b.ballot) for a, b, _score in rules.suspects(batch)] == [(3, 1)]
    deck.said(batch, 3, None, "duplicate")
    ledger = rules.ledger(batch)
    assert ledger.duplicates == 1 and "差1张" in ledger.problems[0]


def test_a_page_that_looks_like_another_is_a_ballot_when_two_say_so() -> None:
    batch = deck.scanned(deck.poll(2), [PLAIN, PLAIN], twins={2: 1})
    deck.said(batch, 2, None, "ballot")
    assert rules.ledger(batch).problems == []


def test_where_both_of_two_alike_are_left_out_the_batch_does_not_close() -> None:
    batch = deck.scanned(deck.poll(1), [PLAIN, PLAIN], twins={2: 1})
    Batch.objects.filter(pk=batch.pk).update(unscanned=1)
    batch.refresh_from_db()
    for number in (1, 2):
        deck.said(batch, number, None, "duplicate")
    (problem,) = rules.ledger(batch).problems
    assert "第1、2张互为重复" in problem


def test_a_twin_in_a_file_taken_back_or_left_out_makes_no_suspicion() -> None:
    poll = deck.poll(2, batch_size=1)
    first = deck.scanned(poll, [PLAIN])
    other = deck.leaf(first, 1)
    second = deck.scanned(poll, [PLAIN])
    page = deck.leaf(second, 1)
    page.reading["twins"] = [[other.pk, 0.9]]
    page.save()
    assert states(second) == ["open"]
    deck.said(first, 1, None, "duplicate")
    assert states(second) == ["read"]
    ScanFile.objects.filter(batch=first).update(withdrawn_at=NOW)
    assert states(second) == ["read"] and rules.suspects(second) == []


def test_too_few_and_too_many_pictures_are_told_while_other_things_are_open() -> None:
    poll = deck.poll(2)
    batch = deck.scanned(poll, [PLAIN], {(1, 0): "faint"})
    assert "差1张" in rules.ledger(batch).problems[-1]
    deck.scanned(poll, [PLAIN, PLAIN], into=batch)
    assert "多1张" in rules.ledger(batch).problems[-1]


def test_numbers_go_on_from_file_to_file_and_not_from_one_taken_back() -> None:
    poll = deck.poll(5)
    batch = deck.scanned(poll, [PLAIN, PLAIN])
    deck.scanned(poll, [PLAIN], into=batch)
    ScanFile.objects.filter(batch=batch).order_by("pk")[1:2].get()
    assert rules.last_number(batch) == 3
    ScanFile.objects.filter(pk=batch.files.last().pk).update(withdrawn_at=NOW)
    assert rules.last_number(batch) == 2
    ledger = rules.ledger(batch)
    assert (ledger.withdrawn, ledger.images) == (1, 2)


def test_while_a_file_is_read_the_batch_waits_and_says_nothing_else() -> None:
    batch = deck.scanned(deck.poll(2), [PLAIN])
    file = ScanFile.objects.create(
        batch=batch, name="b.pdf", sha256="b", size=1, state="reading", at=NOW,
        by=make.official(batch.poll, "clerk"),
    )  # fmt: skip
    assert rules.ledger(batch).problems == ["还有1页没有读完。"]
    ScanPage.objects.bulk_create([ScanPage(file=file, batch=batch, index=n) for n in (1, 2, 3)])
    assert rules.ledger(batch).waiting == 3
    ScanFile.objects.filter(pk=file.pk).update(state="refused", reason="not_a_file")
    assert rules.ledger(batch).waiting == 0


def test_a_form_of_two_pages_lacking_one_goes_to_the_hand() -> None:
    poll = deck.poll(2)
    poll.sheet_layout["pages"].append({**poll.sheet_layout["pages"][0], "number": 2})
    poll.save()
    batch = deck.scanned(poll, [PLAIN] * 4)
    ScanPage.objects.filter(index=2).update(ballot=1, side=2, reading={"rows": []})
    ScanPage.objects.filter(index=3).update(ballot=2)
    ScanPage.objects.filter(index=4).update(
        ballot=None, side=None, state="rejected", reason="corner", reading={}
    )
    assert states(batch) == ["read", "hand"]
    ledger = rules.ledger(batch)
    assert (ledger.read, ledger.hand, ledger.difference) == (1, 1, 0)


@pytest.mark.parametrize(
    "sides", [[2, 1, 2, 1, 2, 1], [1, 2, 1, 1, 2, 2], [1, 2, 2, 1, 1, 2], [1, 1, 1, 2, 2, 2], [1, 2, 1]]
)
def test_a_file_of_two_page_forms_out_of_its_order_makes_no_ballot_and_closes_no_batch(
    sides: list[int],
) -> None:
    batch = deck.two_pages(sides, 3)
    ledger = rules.ledger(batch)
    assert set(states(batch)) == {"hand"} and ledger.read == 0
    assert len(ledger.problems) == 1 and "前后页的顺序不对" in ledger.problems[0]
    # Nothing that is said of single pages heals it.
    for ballot in {one.number for one in ledger.ballots}:
        deck.said(batch, ballot, None, "not_a_ballot")
    assert "前后页的顺序不对" in rules.ledger(batch).problems[0]


def test_of_two_page_forms_a_paper_too_few_is_not_healed_by_another_file() -> None:
    batch = deck.two_pages([1, 2, 1, 2], 3)
    (problem,) = rules.ledger(batch).problems
    assert "前后页可能出自两张票" in problem
    deck.more_pages(batch, [1, 2])
    (problem,) = rules.ledger(batch).problems
    assert "只能是一个扫描文件" in problem
    assert rules.ledger(deck.two_pages([1, 2, 1, 2], 2)).problems == []


def test_pages_are_put_together_to_ballots_and_never_out_of_two_papers() -> None:
    unread = rules.UNREAD
    assert rules.places([1, None, 1, 1], 1) == [1, None, 2, 3]
    assert rules.places([1, unread, 1], 1) == [1, 2, 3]
    assert rules.places([1, 2, 1, 2], 2) == [1, 1, 2, 2]
    assert rules.places([1, None, 2, None], 2) == [1, None, 1, None]
    # 1/1, 1/2 torn, 2/1 torn, 2/2: the two that are left are of two papers.
    assert rules.places([1, unread, unread, 2], 2) == [1, None, None, 2]
    assert rules.places([1, 1, 2], 2) == [1, 2, 2]
    assert rules.places([2, 1, 2], 2) == [1, 2, 2]


def test_the_ledgers_of_many_batches_take_as_many_queries_as_of_one() -> None:
    poll = deck.poll(6, batch_size=1)
    counts = []
    for _n in range(3):
        for _m in range(2 if counts else 1):
            batch = deck.scanned(poll, [["f", "", "x"]], {(1, 0): "faint"}, looked=True)
            deck.said(batch, 1, 0, "f")
        fresh = Poll.objects.get(pk=poll.pk)
        batches = counting.rules.laid(fresh)
        with CaptureQueriesContext(connection) as queries:
            assert len(rules.ledgers(fresh, batches)) == len(batches)
        counts.append(len(queries))
    assert counts[0] == counts[1] == counts[2]
