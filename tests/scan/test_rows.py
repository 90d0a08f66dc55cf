"""The policy of the house: one unmistakable mark is a vote, no ink is a blank, all else is for people."""

import dataclasses

import pytest

from yishi.scan.marks import BLANK, DOUBT, MARK, Ink
from yishi.scan.rows import WHY, Facts, decide

OPTIONS = ("for", "against", "abstain")
TICK = Ink(4.0, 0.13, 7.0, MARK, 0, 0)
NONE = Ink(0.0, 0.001, 0.0, BLANK, 0, 0)
SPECK = Ink(0.6, 0.02, 1.2, DOUBT, 0, 0)
NO = (False, False, False)


def facts(*ovals, **more):
    ovals = ovals or (TICK, NONE, NONE)
    return Facts(OPTIONS, ovals, more.pop("crosses", NO), **more)


def test_one_mark_and_two_blanks_are_a_vote():
    for place, option in enumerate(OPTIONS):
        ovals = [NONE, NONE, NONE]
        ovals[place] = TICK
        said = decide(facts(*ovals))
        assert (said.option, said.doubt, said.why) == (option, False, "")
        assert said.confidence > 0.8


def test_three_blanks_are_a_blank_and_no_doubt():
    said = decide(facts(NONE, NONE, NONE))
    assert (said.option, said.doubt, said.why) == (None, False, "blank")


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        (facts(TICK, TICK, NONE), "two_marks"),
        (facts(TICK, NONE, SPECK), "second"),
        (facts(NONE, SPECK, NONE), "faint"),
        (facts(crosses=(True, False, False)), "cross"),
        (facts(NONE, NONE, TICK, crosses=(False, False, True)), "cross"),
        (facts(beside=0.9), "beside"),
        (facts(NONE, NONE, NONE, beside=0.6), "beside"),
        (facts(NONE, NONE, NONE, faint=1.2), "traces"),
        (facts(NONE, NONE, NONE, bilevel=True), "bilevel"),
        (facts(labels=(0.0, 0.0, 0.7)), "label"),
        (facts(name=2.0), "name"),
        (facts(NONE, NONE, NONE, name=2.0), "name"),
        (facts(spill=(30.0, 0.0, 0.0)), "scratched"),
        (facts(NONE, NONE, NONE, red=(2.0, 0.0, 0.0)), "red"),
        (facts(red=(0.0, 2.0, 0.0)), "red"),
        (facts(shared=(3.0, 0.0, 0.0), far=(0.0, 0.0, 0.0), joined=(2, 1, 1)), "shared"),
        (facts(TICK, NONE, NONE, write_in=True), "write_in"),
        (facts(NONE, NONE, NONE, write_in=True, name=9.0), "write_in"),
    ],
)
def test_what_is_not_one_clear_mark_is_a_doubt_with_its_reason(seen, why):
    said = decide(seen)
    assert (said.option, said.doubt, said.why) == (None, True, why)
    assert why in WHY


@pytest.mark.parametrize(
    "seen",
    [
        facts(beside=0.7),  # a speck of dirt
        facts(labels=(0.5, 0.0, 0.0)),
        facts(name=1.0),
        facts(spill=(6.0, 0.0, 0.0)),  # the tail of a tick
        facts(red=(3.0, 0.0, 0.0), plain=(3.5, 0.0, 0.0)),  # a seal over a clear mark
        facts(bilevel=True),
        facts(NONE, TICK, NONE, crosses=(False, True, False)),  # the place says the same
    ],
)
def test_what_does_not_touch_a_clear_mark_leaves_it_a_vote(seen):
    assert decide(seen).option is not None


def test_an_empty_write_in_row_is_a_blank():
    assert decide(facts(NONE, NONE, NONE, write_in=True)).why == "blank"


def test_a_tail_from_another_row_takes_no_vote_away_and_makes_none():
    tail = Ink(1.2, 0.04, 2.2, MARK, 0, 0)
    reach = {"shared": (0.0, 5.0, 0.0), "same_row": NO, "far": (4.0, 0.0, 0.0), "joined": (1, 2, 1)}
    assert decide(facts(TICK, tail, NONE, **reach)).option == "for"
    assert decide(facts(NONE, tail, NONE, **reach)).doubt
    same = {**reach, "same_row": (False, True, False)}
    assert decide(facts(TICK, tail, NONE, **same)).why == "two_marks"


def test_a_strong_mark_that_another_row_touches_is_its_own():
    strong = Ink(6.0, 0.2, 9.0, MARK, 0, 0)
    reach = {"shared": (6.0, 0.0, 0.0), "joined": (2, 1, 1)}
    assert decide(facts(strong, NONE, NONE, far=(3.0, 0.0, 0.0), **reach)).option == "for"
    assert decide(facts(strong, NONE, NONE, far=(0.4, 0.0, 0.0), **reach)).why == "shared"


def test_a_doubt_says_what_it_looks_like_and_never_votes():
    said = decide(facts(NONE, SPECK, NONE))
    assert said.guess == "against"
    assert decide(facts(NONE, NONE, NONE, beside=3.0)).guess is None
    assert dataclasses.replace(said).option is None
