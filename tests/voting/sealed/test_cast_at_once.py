"""Ballots that come in the moment of the close, and twice at once: in or not in, and told so truly."""

from __future__ import annotations

import random
import time

import pytest

from tests import make
from tests.make import NOW
from tests.voting.sealed.hall import hall
from tests.voting.test_counting_at_once import at_once
from yishi.ballot import credentials
from yishi.voting import pool
from yishi.voting.actions import polls
from yishi.voting.actions.sealed import cast as do
from yishi.voting.models import CastBallot, SealedBox

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def here(monkeypatch):
    monkeypatch.setattr(pool, "check", pool.verdict)


def fresh(box):
    return SealedBox.objects.select_related("poll").get(pk=box.pk)


@pytest.mark.parametrize("seed", range(3))
def test_what_comes_in_the_moment_of_the_close_is_in_the_record_or_was_told_that_it_is_not(seed):
    made = hall(slips=8)
    box, dice = made.box, random.Random(seed)
    ballots = [make.sealed_ballot(box, code) for code in made.codes]

    def cast(raw, wait):
        time.sleep(wait)
        return do.cast(fresh(box), raw)

    def close():
        time.sleep(0.03)
        polls.close_poll(made.fresh(), by=made.user("chair"), at=NOW)

    waits = [dice.uniform(0, 0.06) for _raw in ballots]
    *said, closed = at_once(
        *(lambda raw=raw, wait=wait: cast(raw, wait) for raw, wait in zip(ballots, waits, strict=True)), close
    )
    assert closed is None
    recorded = set(box.entries.values_list("content", flat=True))
    for raw, receipt in zip(ballots, said, strict=True):
        assert receipt.state in ("in", "closed"), receipt
        assert (raw.decode() in recorded) == (receipt.state == "in")
    assert fresh(box).cast == [one.state for one in said].count("in")
    assert not CastBallot.objects.exists()
    # Sent again, each is told the same.
    assert [do.cast(fresh(box), raw).state for raw in ballots] == [one.state for one in said]


def test_a_double_tap_at_once_is_one_ballot():
    box, codes = make.sealed_box()
    raw = make.sealed_ballot(box, codes[0])
    said = at_once(*[lambda: do.cast(fresh(box), raw)] * 4)
    assert said == [do.Receipt("in", do.number(raw), True)] * 4
    assert CastBallot.objects.count() == 1


def test_two_phones_with_one_slip_at_once_are_told_of_the_same_ballot():
    box, codes = make.sealed_box()
    raws = [make.sealed_ballot(box, codes[0]) for _ in range(3)]
    said = at_once(*(lambda raw=raw: do.cast(fresh(box), raw) for raw in raws))
    assert {one.state for one in said} == {"in"} and len({one.tracker for one in said}) == 1
    assert [one.mine for one in said].count(True) == 1
    assert CastBallot.objects.get().credential == credentials.public(box.uuid, codes[0])


def test_votes_changed_at_once_each_have_a_turn():
    box, codes = make.sealed_box(make.poll(doors="phone", state="open", revote=True))
    raws = [make.sealed_ballot(box, codes[0]) for _ in range(3)]
    said = at_once(*(lambda raw=raw: do.cast(fresh(box), raw) for raw in raws))
    assert all(one.state == "in" and one.mine for one in said)
    assert sorted(box.ballots.values_list("turn", flat=True)) == [1, 2, 3]
