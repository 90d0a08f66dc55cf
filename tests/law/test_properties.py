"""What holds for every vote, whatever the figures."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.law.build import rule
from yishi.law.decide import Ballots, Body, Option, Outcome, decide
from yishi.law.rule import CHOICES, PollRule, needed

BASES = st.sampled_from(CHOICES["base"])
THRESHOLDS = st.sampled_from(CHOICES["threshold"])
Vote = tuple[PollRule, Body, Ballots, list[Option]]


@st.composite
def votes(draw: st.DrawFn, most: int = 60) -> Vote:
    members = draw(st.integers(1, most))
    present = draw(st.integers(0, members))
    issued = draw(st.integers(0, present))
    returned = draw(st.integers(0, issued + 1))
    invalid = draw(st.integers(0, returned))
    valid = returned - invalid
    how = rule(
        base=draw(BASES),
        threshold=draw(THRESHOLDS),
        quorum=draw(st.sampled_from(CHOICES["quorum"])),
        seats=draw(st.none() | st.integers(1, 6)),
        tie=draw(st.sampled_from(CHOICES["tie"])),
        short=draw(st.sampled_from(CHOICES["short"])),
    )
    counts = draw(st.lists(st.integers(0, valid), min_size=1, max_size=8))
    options = [Option(f"项{i}", for_=n, against=valid - n) for i, n in enumerate(counts)]
    return how, Body(members, present), Ballots(issued, returned, invalid), options


def sets(outcome: Outcome) -> tuple[set[str], set[str], set[str]]:
    return set(outcome.adopted), set(outcome.not_adopted), set(outcome.tied)


@given(votes(), st.randoms())
def test_the_order_of_entry_changes_nothing(vote: Vote, chance: object) -> None:
    how, body, ballots, options = vote
    shuffled = sorted(options, key=lambda _: chance.random())  # type: ignore[attr-defined]
    one, two = decide(how, body, ballots, options), decide(how, body, ballots, shuffled)
    assert sets(one) == sets(two)
    assert (one.vacant, one.open, one.next) == (two.vacant, two.open, two.next)


@given(votes())
def test_every_option_of_a_valid_vote_is_in_exactly_one_list(vote: Vote) -> None:
    outcome = decide(*vote)
    listed = [*outcome.adopted, *outcome.not_adopted, *outcome.tied]
    if outcome.valid:
        assert sorted(listed) == sorted(option.title for option in vote[3])
    else:
        assert listed == [] and outcome.next == "repeat"


@given(votes())
def test_the_places_add_up(vote: Vote) -> None:
    outcome = decide(*vote)
    seats = vote[0].seats
    if outcome.valid and seats is not None:
        assert len(outcome.adopted) + outcome.vacant + outcome.open == seats
        assert bool(outcome.open) == (outcome.next == "second_ballot")
        assert not outcome.open or len(outcome.tied) > outcome.open


@given(votes(), st.integers(0, 7))
def test_one_more_vote_for_an_option_never_takes_it_away(vote: Vote, which: int) -> None:
    how, body, ballots, options = vote
    i = which % len(options)
    option = options[i]
    if option.against == 0:
        return
    more = replace(option, for_=option.for_ + 1, against=option.against - 1)
    before = decide(how, body, ballots, options)
    after = decide(how, body, ballots, [*options[:i], more, *options[i + 1 :]])
    if option.title in before.adopted:
        assert option.title in after.adopted
    if option.title in before.tied and how.tie == "second_ballot":
        assert option.title not in after.not_adopted


@given(votes())
def test_nobody_with_fewer_votes_stands_before_one_with_more(vote: Vote) -> None:
    outcome = decide(*vote)
    votes_of = {option.title: option.for_ for option in vote[3]}
    won = [votes_of[title] for title in outcome.adopted]
    assert won == sorted(won, reverse=True)
    below = [votes_of[title] for title in (*outcome.tied, *outcome.not_adopted)]
    assert not won or not below or min(won) >= max(below)
    assert all(n >= outcome.needed for n in won)


@given(st.integers(1, 10**9))
def test_more_than_half_is_exact_for_odd_and_even_bodies(members: int) -> None:
    least = needed("more_than_half", members)
    assert 2 * least > members >= 2 * (least - 1)
    half = needed("at_least_half", members)
    assert 2 * half >= members > 2 * (half - 1)
    thirds = needed("two_thirds", members)
    assert 3 * thirds >= 2 * members > 3 * (thirds - 1)
    third = needed("one_third", members)
    assert 3 * third >= members > 3 * (third - 1)


@given(votes())
def test_both_sentences_name_every_option_of_a_valid_vote(vote: Vote) -> None:
    outcome = decide(*vote)
    assert outcome.sentence_zh.endswith("。") and outcome.sentence_en.endswith(".")
    assert not set(outcome.sentence_zh) & set(",;:()")
    if outcome.valid:
        for option in vote[3]:
            assert option.title in outcome.sentence_zh and option.title in outcome.sentence_en


@st.composite
def ratings(draw: st.DrawFn) -> Vote:
    n = draw(st.integers(1, 60))
    cuts = sorted(draw(st.lists(st.integers(0, n), min_size=3, max_size=3)))
    parts = [cuts[0], cuts[1] - cuts[0], cuts[2] - cuts[1], n - cuts[2]]
    names = ("satisfied", "basically", "dissatisfied", "abstain")
    how = rule(
        "grades",
        base=draw(BASES),
        threshold=draw(st.sampled_from(("at_least_half", "more_than_half", "two_thirds"))),
        exact_half=draw(st.sampled_from(CHOICES["exact_half"])),
        dissatisfied=draw(st.sampled_from(CHOICES["dissatisfied"])),
    )
    body = Body(n + draw(st.integers(0, 20)), n)
    return how, body, Ballots(n, n), [Option("甲", **dict(zip(names, parts, strict=True)))]


@given(ratings())
def test_moving_a_vote_up_never_lowers_the_grade(vote: Vote) -> None:
    how, body, ballots, (option,) = vote
    if not option.dissatisfied:
        return
    order = ["dissatisfied", "undecided", "basically", "satisfied"]
    better = replace(option, dissatisfied=option.dissatisfied - 1, satisfied=option.satisfied + 1)
    before, after = decide(*vote).grades, decide(how, body, ballots, [better]).grades
    assert before is not None and after is not None
    assert order.index(after[0].grade) >= order.index(before[0].grade)
