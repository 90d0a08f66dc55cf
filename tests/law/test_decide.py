"""What a vote decides: validity, majority, order, ties, places left, next step."""

import pytest

from tests.law.build import box, hall, lines, rule
from yishi.law.decide import Ballots, Body, InputError, Option, decide
from yishi.law.pack import load


def test_half_of_327_is_passed_by_164_and_not_by_163() -> None:
    outcome = decide(rule(), hall(327, 314), box(314), lines(314, 甲=164, 乙=163))
    assert outcome.adopted == ("甲",)
    assert outcome.not_adopted == ("乙",)
    assert (outcome.base, outcome.needed) == (327, 164)


@pytest.mark.parametrize(
    ("threshold", "base", "passes"),
    [
        ("more_than_half", 10, 6),
        ("more_than_half", 11, 6),
        ("at_least_half", 10, 5),
        ("at_least_half", 11, 6),
        ("two_thirds", 9, 6),
        ("two_thirds", 10, 7),
        ("two_thirds", 11, 8),
        ("one_third", 9, 3),
        ("one_third", 10, 4),
    ],
)
def test_the_threshold_is_met_exactly_there_and_not_one_vote_below(
    threshold: str, base: int, passes: int
) -> None:
    how = rule(threshold=threshold)
    assert decide(how, hall(base), box(base), lines(base, 甲=passes)).adopted == ("甲",)
    assert decide(how, hall(base), box(base), lines(base, 甲=passes - 1)).adopted == ()


@pytest.mark.parametrize(
    ("base", "passes"),
    [("all_members", 51), ("present", 46), ("issued", 41), ("returned", 36), ("valid", 31)],
)
@pytest.mark.parametrize("kind", ["approve_each", "choose_up_to", "elect"])
def test_every_base_gives_its_own_half_in_every_kind(kind: str, base: str, passes: int) -> None:
    body, ballots = Body(100, 90), Ballots(80, 70, 10)
    how = rule(kind, base=base, seats=1)
    assert decide(how, body, ballots, lines(60, 甲=passes)).adopted == ("甲",)
    assert decide(how, body, ballots, lines(60, 甲=passes - 1)).adopted == ()


def test_without_seats_every_option_over_half_is_adopted_in_order_of_votes() -> None:
    outcome = decide(rule(), hall(10), box(10), lines(10, 甲=6, 乙=9, 丙=5, 丁=10))
    assert outcome.adopted == ("丁", "乙", "甲")
    assert outcome.not_adopted == ("丙",)
    assert (outcome.vacant, outcome.next) == (0, "none")


def test_with_seats_only_the_most_voted_over_half_are_adopted() -> None:
    outcome = decide(rule(seats=2), hall(10), box(10), lines(10, 甲=7, 乙=9, 丙=8, 丁=2))
    assert outcome.adopted == ("乙", "丙")
    assert outcome.not_adopted == ("甲", "丁")


def test_a_tie_at_the_cut_elects_nobody_among_the_tied() -> None:
    votes = {"甲": 8, "乙": 6, "丙": 6}
    for order in ("甲乙丙", "丙乙甲", "乙甲丙"):
        options = lines(10, **{title: votes[title] for title in order})
        outcome = decide(rule("elect", seats=2), hall(10), box(10), options)
        assert outcome.adopted == ("甲",)
        assert set(outcome.tied) == {"乙", "丙"}
        assert (outcome.open, outcome.vacant, outcome.next) == (1, 0, "second_ballot")


def test_equal_votes_that_all_have_a_place_are_no_tie() -> None:
    outcome = decide(rule(seats=3), hall(10), box(10), lines(10, 甲=8, 乙=8, 丙=8, 丁=7))
    assert outcome.adopted == ("甲", "乙", "丙")
    assert outcome.tied == ()


def test_a_tie_below_the_threshold_is_no_tie() -> None:
    outcome = decide(rule(seats=1), hall(10), box(10), lines(10, 甲=5, 乙=5))
    assert (outcome.tied, outcome.not_adopted, outcome.vacant) == ((), ("甲", "乙"), 1)


def test_where_the_county_says_so_a_tie_leaves_the_place_empty() -> None:
    outcome = decide(rule(seats=1, tie="vacant"), hall(9), box(9), lines(9, 甲=8, 乙=8))
    assert outcome.tied == ("甲", "乙")
    assert (outcome.vacant, outcome.next) == (1, "none")
    assert "空缺1个名额" in outcome.sentence_zh
    how = rule("elect", seats=2, tie="vacant", article_short="《组织法》第二十九条")
    person = decide(how, hall(9), box(9), lines(9, 甲=8, 乙=5, 丙=5))
    assert (person.adopted, person.vacant, person.next) == (("甲",), 1, "none")
    assert person.articles == ()


def test_persons_short_of_half_leave_places_for_a_further_election() -> None:
    outcome = decide(rule("elect", seats=2), hall(10), box(10), lines(10, 甲=8, 乙=4))
    assert outcome.adopted == ("甲",)
    assert (outcome.vacant, outcome.next) == (1, "further_election")


def test_projects_short_of_half_leave_places_empty_unless_the_county_repeats() -> None:
    options = lines(10, 甲=8, 乙=4)
    assert decide(rule(seats=2), hall(10), box(10), options).next == "none"
    again = decide(rule(seats=2, short="repeat"), hall(10), box(10), options)
    assert (again.vacant, again.next) == (1, "repeat")


def test_more_places_than_options_are_left_empty() -> None:
    outcome = decide(rule("elect", seats=3), hall(10), box(10), lines(10, 甲=8, 乙=7))
    assert outcome.adopted == ("甲", "乙")
    assert (outcome.vacant, outcome.next) == (1, "further_election")


def test_too_few_present_is_a_void_vote_to_be_repeated() -> None:
    how = rule(quorum="two_thirds")
    outcome = decide(how, hall(327, 217), box(217), lines(217, 甲=217))
    assert (outcome.valid, outcome.reason, outcome.next) == (False, "no_quorum", "repeat")
    assert outcome.adopted == outcome.not_adopted == outcome.tied == ()
    assert decide(how, hall(327, 218), box(218), lines(218, 甲=218)).valid


def test_the_quorum_is_of_those_present_however_few_took_a_ballot() -> None:
    outcome = decide(rule(quorum="two_thirds"), hall(9, 6), box(5), lines(5, 甲=5))
    assert (outcome.valid, outcome.adopted) == (True, ("甲",))


def test_half_the_voters_of_a_district_are_not_more_than_half() -> None:
    how = load().polls["election.deputies"].with_seats(1)
    void = decide(how, hall(2000, 1000), box(1000), lines(1000, 甲=900))
    assert void.reason == "no_quorum"
    assert decide(how, hall(2000, 1001), box(1001), lines(1001, 甲=900)).adopted == ("甲",)


def test_more_ballots_back_than_issued_void_the_vote_and_fewer_do_not() -> None:
    void = decide(rule(), hall(20), Ballots(10, 11), lines(11, 甲=11))
    assert (void.valid, void.reason, void.next) == (False, "returned_over_issued", "repeat")
    assert void.adopted == ()
    assert decide(rule(), hall(20), Ballots(10, 9), lines(9, 甲=9)).valid


def test_nobody_is_adopted_without_a_vote() -> None:
    for threshold in ("more_than_half", "at_least_half", "two_thirds", "most_votes"):
        how = rule(base="returned", threshold=threshold)
        outcome = decide(how, hall(10, 5), box(0), lines(0, 甲=0))
        assert outcome.adopted == ()


def test_a_second_ballot_is_won_by_most_votes_and_a_new_tie_is_voted_again() -> None:
    first = load().polls["election.officials"].with_seats(2)
    outcome = decide(first, hall(10), box(10), lines(10, 甲=8, 乙=6, 丙=6))
    second = first.second_ballot(outcome.open)
    assert decide(second, hall(10), box(10), lines(10, 乙=4, 丙=3)).adopted == ("乙",)
    again = decide(second, hall(10), box(10), lines(10, 乙=4, 丙=4))
    assert (again.adopted, again.next) == ((), "second_ballot")


def test_a_further_election_of_deputies_asks_a_third_and_is_the_last() -> None:
    first = load().polls["election.deputies"].with_seats(2)
    body = hall(12, 9)
    outcome = decide(first, body, box(9), lines(9, 甲=5, 乙=4))
    assert (outcome.adopted, outcome.next) == (("甲",), "further_election")
    further = first.further_election(outcome.vacant)
    assert decide(further, body, box(9), lines(9, 乙=3, 丙=2)).adopted == ("乙",)
    last = decide(further, body, box(9), lines(9, 乙=2, 丙=1))
    assert (last.adopted, last.vacant, last.next) == ((), 1, "none")


def test_not_pressed_is_a_fourth_count() -> None:
    option = Option("甲", for_=2639, against=160, abstain=57, not_pressed=16)
    outcome = decide(rule(base="present"), hall(2987, 2872), box(2872), [option])
    assert outcome.adopted == ("甲",)
    assert "未按16票" in outcome.sentence_zh


@pytest.mark.parametrize(
    ("counts", "rate", "expected"),
    [
        ((15, 0, 14, 0), 0.5172, "satisfied"),
        ((14, 1, 14, 0), 0.4828, "basically"),
        ((5, 5, 15, 4), 0.1724, "dissatisfied"),
        ((5, 5, 10, 9), 0.1724, "undecided"),
    ],
)
def test_grades_by_what_reaches_half(counts: tuple[int, int, int, int], rate: float, expected: str) -> None:
    sat, bas, dis, abst = counts
    option = Option("甲", satisfied=sat, basically=bas, dissatisfied=dis, abstain=abst)
    outcome = decide(rule("grades", threshold="at_least_half"), hall(29), box(29), [option])
    assert outcome.grades is not None
    assert (outcome.grades[0].grade, outcome.grades[0].satisfied_rate) == (expected, rate)
    remainder = rule("grades", threshold="at_least_half", dissatisfied="remainder")
    grades = decide(remainder, hall(29), box(29), [option]).grades
    assert grades is not None
    assert grades[0].grade == ("dissatisfied" if expected == "undecided" else expected)


@pytest.mark.parametrize("setting", ["basically", "dissatisfied", "undecided"])
def test_exactly_half_for_the_two_upper_grades_is_a_setting(setting: str) -> None:
    pack = load().choose({"rating.exact_half": setting})
    how = pack.polls["projects.rating"]
    halves = Option("甲", satisfied=9, basically=1, dissatisfied=10)
    grades = decide(how, hall(20), box(20), [halves]).grades
    assert grades is not None and grades[0].grade == setting
    more = Option("甲", satisfied=9, basically=2, dissatisfied=9)
    grades = decide(how, hall(20), box(20), [more]).grades
    assert grades is not None and grades[0].grade == "basically"


def test_exactly_half_satisfied_is_satisfied_and_with_more_than_half_asked_it_is_not() -> None:
    option = Option("甲", satisfied=10, dissatisfied=10)
    for threshold, expected in (("at_least_half", "satisfied"), ("more_than_half", "undecided")):
        grades = decide(rule("grades", threshold=threshold), hall(20), box(20), [option]).grades
        assert grades is not None and grades[0].grade == expected


def test_a_void_rating_grades_nothing() -> None:
    how = load().polls["appraisal.grades"]
    outcome = decide(how, hall(20, 10), box(10), [Option("甲", satisfied=10)])
    assert outcome.grades is not None and outcome.grades[0].grade == "undecided"
    assert (outcome.valid, outcome.next) == (False, "repeat")


def test_the_rate_is_rounded_half_up() -> None:
    how = rule("grades", base="returned")
    for satisfied, of, rate in ((1, 32, 0.0313), (25, 28, 0.8929), (2, 3, 0.6667), (3, 3, 1.0)):
        grades = decide(how, hall(of), box(of), [Option("甲", satisfied=satisfied)]).grades
        assert grades is not None and grades[0].satisfied_rate == rate
    grades = decide(how, hall(5), box(0), [Option("甲")]).grades
    assert grades is not None and grades[0].satisfied_rate is None


@pytest.mark.parametrize(
    ("field", "body", "ballots"),
    [
        ("body.members", Body(0, 0), Ballots(0, 0)),
        ("body.members", Body(-1, 0), Ballots(0, 0)),
        ("body.present", Body(10, 11), Ballots(0, 0)),
        ("body.present", Body(10, -1), Ballots(0, 0)),
        ("ballots.issued", Body(10, 9), Ballots(10, 9)),
        ("ballots.issued", Body(10, 9), Ballots(-1, 0)),
        ("ballots.returned", Body(10, 9), Ballots(9, -1)),
        ("ballots.invalid", Body(10, 9), Ballots(9, 8, 9)),
        ("ballots.invalid", Body(10, 9), Ballots(9, 8, -1)),
        ("body.present", Body(10, True), Ballots(0, 0)),
        ("body.members", Body(10**10, 0), Ballots(0, 0)),
    ],
)
def test_impossible_figures_are_refused_at_their_field(field: str, body: Body, ballots: Ballots) -> None:
    with pytest.raises(InputError) as refused:
        decide(rule(), body, ballots, [Option("甲")])
    assert refused.value.field == field
    assert refused.value.message_zh and refused.value.message_en


def test_one_line_cannot_have_more_votes_than_valid_ballots() -> None:
    full = [Option("甲", for_=8), Option("乙", for_=5, against=2, abstain=1)]
    assert decide(rule(), hall(10), box(10, 2), full).valid
    over = [Option("甲", for_=8), Option("乙", for_=5, against=3, abstain=1)]
    with pytest.raises(InputError) as refused:
        decide(rule(), hall(10), box(10, 2), over)
    assert refused.value.field == "options[1]"


def test_a_line_short_of_the_valid_ballots_is_said_or_refused_as_the_rule_is() -> None:
    short = [Option("甲", for_=8, against=1)]
    said = decide(rule(), hall(10), box(10), short)
    assert "未计入的：甲1票" in said.sentence_zh and "甲 1" in said.sentence_en
    with pytest.raises(InputError) as refused:
        decide(rule(overvote="ballot", blank="abstain"), hall(10), box(10), short)
    assert refused.value.field == "options[0]"
    assert decide(rule(overvote="ballot", blank="invalid"), hall(10), box(10), short).valid


@pytest.mark.parametrize("kind", ["choose_up_to", "elect"])
def test_all_votes_together_cannot_pass_what_the_ballots_can_give(kind: str) -> None:
    how = rule(kind, seats=2)
    assert decide(how, hall(10), box(10), lines(10, 甲=10, 乙=10, 丙=0)).valid
    with pytest.raises(InputError) as refused:
        decide(how, hall(10), box(10), lines(10, 甲=10, 乙=10, 丙=1))
    assert refused.value.field == "options"


def test_approving_each_has_no_such_limit_unless_the_rule_sets_it() -> None:
    options = lines(10, 甲=10, 乙=10, 丙=10)
    assert decide(rule(seats=2), hall(10), box(10), options).tied == ("甲", "乙", "丙")
    with pytest.raises(InputError):
        decide(rule(seats=2, limit="seats"), hall(10), box(10), options)


@pytest.mark.parametrize(
    ("kind", "option", "field"),
    [
        ("approve_each", Option("甲", satisfied=1), "options[0].satisfied"),
        ("grades", Option("甲", for_=1), "options[0].for"),
        ("approve_each", Option("甲", for_=-1), "options[0].for"),
        ("approve_each", Option("甲", not_pressed=-1), "options[0].not_pressed"),
        ("approve_each", Option("  "), "options[0].title"),
    ],
)
def test_a_wrong_line_is_refused_at_its_field(kind: str, option: Option, field: str) -> None:
    with pytest.raises(InputError) as refused:
        decide(rule(kind), hall(10), box(10), [option])
    assert refused.value.field == field


def test_no_options_two_of_one_name_and_no_seats_are_refused() -> None:
    with pytest.raises(InputError, match="options"):
        decide(rule(), hall(10), box(10), [])
    with pytest.raises(InputError) as refused:
        decide(rule(), hall(10), box(10), [Option("甲"), Option("甲 ")])
    assert refused.value.field == "options[1].title"
    with pytest.raises(InputError) as refused:
        decide(rule().with_seats(0), hall(10), box(10), [Option("甲")])
    assert refused.value.field == "rule.seats"
    with pytest.raises(InputError) as refused:
        decide(load().polls["election.officials"], hall(10), box(10), [Option("甲")])
    assert refused.value.field == "rule.seats"
