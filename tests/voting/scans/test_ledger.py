"""The ledger of a batch: what is settled, what is open, and whether it agrees with the box."""

from __future__ import annotations

import pytest

from tests.voting.scans import deck
from yishi.voting.rules import scans as rules

pytestmark = pytest.mark.django_db


def test_a_plain_batch_is_read_and_has_no_problems() -> None:
    poll = deck.poll(3)
    batch = deck.scanned(poll, [["f", "a", "x"], ["f", "f", "x"], ["a", "a", "a"]])
    ledger = rules.ledger(batch)
    assert (ledger.box, ledger.read, ledger.accounted, ledger.problems) == (3, 3, 3, [])
