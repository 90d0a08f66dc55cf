"""Reading one ballot and counting many."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.law.build import box, hall, rule
from yishi.law.count import count, read, settle
from yishi.law.decide import InputError, decide
from yishi.law.pack import load


def test_one_mark_on_each_line_is_a_valid_ballot() -> None:
    reading = read(rule(), 3, ["f", "a", "x"])
    assert (reading.valid, reading.lines, reading.reason_code) == (True, ("f", "a", "x"), "")


def test_a_blank_line_abstains_or_is_void_as_the_rule_says() -> None:
    assert read(rule(), 2, ["f", ""]).lines == ("f", "x")
    assert read(rule(blank="invalid"), 2, ["f", ""]).lines == ("f", "void")


def test_a_blank_ballot_abstains_or_is_void_as_the_rule_says() -> None:
    assert read(rule(), 2, ["", ""]).valid is True
    void = read(rule(blank="invalid"), 2, ["", ""])
    assert (void.valid, void.reason_code) == (False, "nothing_to_count")
    ticks = rule("choose_up_to", seats=2)
    assert read(ticks, 2, ["", ""]).valid is True
    strict = rule("choose_up_to", seats=2, blank="invalid")
    assert read(strict, 2, ["", ""]).valid is False
    assert read(strict, 2, ["f", ""]).valid is True


def test_two_marks_on_one_line_void_the_line_or_the_ballot_as_the_rule_says() -> None:
    line = read(rule(overvote="line"), 2, ["fa", "f"])
    assert (line.valid, line.lines) == (True, ("void", "f"))
    ballot = read(rule(overvote="ballot"), 2, ["fa", "f"])
    assert (ballot.valid, ballot.reason_code) == (False, "overvote")
    assert read(rule(overvote="ballot"), 2, ["ff", "f"]).valid is True


def test_more_than_n_chosen_voids_the_ballot_and_n_do_not() -> None:
    how = load().polls["projects.town.vote"].with_seats(2)
    assert read(how, 3, ["f", "f", "a"]).valid is True
    void = read(how, 3, ["f", "f", "f"])
    assert (void.valid, void.reason_code) == (False, "too_many")
    assert void.article == "参照《选举法》第四十四条"
    assert "应选数2" in void.reason_zh and "the 2 allowed" in void.reason_en
    free = load().choose({"projects.over_choice": "none"}).polls["projects.town.vote"]
    assert read(free.with_seats(2), 3, ["f", "f", "f"]).valid is True


def test_a_written_in_person_counts_against_n() -> None:
    how = load().polls["election.officials"].with_seats(2)
    assert read(how, 3, ["f", "a", ""], ["王某"]).valid is True
    assert read(how, 3, ["f", "f", "a"], ["王某"]).reason_code == "too_many"


def test_a_write_in_needs_an_against_and_is_otherwise_doubtful_or_invalid() -> None:
    how = load().polls["election.deputies"].with_seats(2)
    assert read(how, 2, ["a", ""], ["王某"]).valid is True
    doubt = read(how, 2, ["f", ""], ["王某"])
    assert (doubt.valid, doubt.reason_code) == (None, "write_in_excess")
    strict = load().choose({"election.write_in": "invalid"}).polls["election.deputies"]
    assert read(strict.with_seats(2), 2, ["f", ""], ["王某"]).valid is False
    free = rule("elect", seats=2, write_ins="yes")
    assert read(free, 2, ["f", ""], ["王某"]).valid is True


def test_a_name_written_where_none_may_be_or_twice_is_doubtful() -> None:
    assert read(rule(), 1, ["f"], ["王某"]).reason_code == "write_in_not_allowed"
    how = rule("elect", seats=3, write_ins="yes")
    for names in (["王某", "王某 "], [" "]):
        doubt = read(how, 2, ["a", "a"], names)
        assert (doubt.valid, doubt.reason_code) == (None, "write_in_unclear")


def test_the_chief_scrutineer_settles_a_doubt_but_not_against_the_law() -> None:
    how = load().polls["election.deputies"].with_seats(1)
    doubt = read(how, 2, ["", ""], ["王某"])
    assert settle(doubt, True).valid is True
    assert settle(doubt, False).reason_code == "settled_invalid"
    with pytest.raises(InputError, match="不能认定为有效"):
        settle(read(how, 2, ["f", "f"]), True)
    assert settle(read(how, 2, ["f", "f"]), False).valid is False


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("approve_each", "fax", "s"),
        ("elect", "fax", "b"),
        ("choose_up_to", "f", "a"),
        ("grades", "sbdx", "f"),
    ],
)
def test_only_the_marks_of_the_kind_are_known(kind: str, good: str, bad: str) -> None:
    how = rule(kind, seats=1)
    for mark in good:
        assert read(how, 1, [mark]).lines == (mark,)
    with pytest.raises(InputError) as refused:
        read(how, 1, [bad])
    assert refused.value.field == "marks[0]"


def test_a_ballot_with_a_line_too_few_is_refused() -> None:
    with pytest.raises(InputError) as refused:
        read(rule(), 2, ["f"])
    assert refused.value.field == "marks"
    with pytest.raises(InputError) as refused:
        count(rule(), 2, [read(rule(), 1, ["f"])])
    assert refused.value.field == "readings[0]"


def test_two_grades_or_none_void_the_line() -> None:
    how = load().polls["appraisal.grades"]
    assert read(how, 3, ["s", "sb", ""]).lines == ("s", "void", "void")
    assert read(how, 1, ["sd"]).reason_code == "nothing_to_count"


def test_counting_adds_up_lines_ballots_and_names() -> None:
    how = load().polls["election.officials"].with_seats(2)
    marks = [("f", "a", ["王某"]), ("f", "f", []), ("fa", "", []), ("f", "", ["李某"])]
    readings = [read(how, 2, [one, two], names) for one, two, names in marks]
    total = count(how, 2, readings)
    assert (total.valid, total.invalid, total.doubtful) == (3, 0, 1)
    assert (total.lines[0].for_, total.lines[0].void, total.lines[1].abstain) == (2, 1, 1)
    assert total.write_ins == (("王某", 1),)
    with pytest.raises(InputError, match="存疑"):
        total.options(["甲", "乙"])


def test_what_is_counted_can_be_decided() -> None:
    how = load().polls["election.officials"].with_seats(1)
    readings = [read(how, 2, ["f", "a"])] * 6 + [read(how, 2, ["a", "a"], ["王某"])] * 2
    readings += [read(how, 2, ["f", "f"])]
    total = count(how, 2, readings)
    assert (total.valid, total.invalid) == (8, 1)
    options = total.options(["甲", "乙"])
    assert options[2].write_in and options[2].for_ == 2
    outcome = decide(how, hall(9), box(9, total.invalid), options)
    assert outcome.adopted == ("甲",)
    with pytest.raises(InputError):
        total.options(["甲"])


MARK = st.sampled_from(["f", "a", "x", "", "fa"])


@given(st.lists(st.lists(MARK, min_size=3, max_size=3), max_size=40), st.integers(1, 3))
def test_every_line_of_every_valid_ballot_is_in_one_figure(ballots: list[list[str]], seats: int) -> None:
    for overvote in ("line", "ballot"):
        how = rule("elect", seats=seats, overvote=overvote)
        total = count(how, 3, [read(how, 3, marks) for marks in ballots])
        assert total.valid + total.invalid + total.doubtful == len(ballots)
        for line in total.lines:
            assert line.for_ + line.against + line.abstain + line.void == total.valid
        assert sum(line.for_ for line in total.lines) <= seats * total.valid
