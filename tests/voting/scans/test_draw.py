"""The draw and the margin, as pure functions: a fixed example, and the law asked about every near result."""

from __future__ import annotations

import contextlib
import hashlib
import io
import re
from dataclasses import replace
from itertools import combinations_with_replacement, product
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from yishi.law.decide import base_of, decide
from yishi.law.figures import Ballots, Body, Option
from yishi.law.rule import PollRule
from yishi.voting.rules.audits import Pick, drawn, margin, sample, seed_of, weight

LEDGER = "5f2c0d9b7a61e4830c9b1d7e2a4f68b30d1c5e9a7b3f2d8c6e4a0b9c8d7e6f51"
SHEETS = [Pick(batch, number, number) for batch in (1, 2) for number in range(1, 31)]


# --- the draw ---------------------------------------------------------------


def test_the_fixed_example_of_the_documentation() -> None:
    found = drawn("桥头3141592", LEDGER, SHEETS, 20)
    assert {b: [s.place for s in found if s.batch == b] for b in (1, 2)} == {
        1: [2, 3, 7, 9, 10, 12, 22, 24, 26, 28, 29, 30],
        2: [3, 9, 10, 12, 20, 23, 25, 26],
    }


def test_a_stranger_draws_the_same_with_nothing_but_sha256() -> None:
    lines = []
    for batch, _number, place in SHEETS:
        text = f"桥头3141592|{LEDGER}|{batch}|{place}"
        lines.append((hashlib.sha256(text.encode()).hexdigest(), batch, place))
    strange = sorted((batch, place) for _hash, batch, place in sorted(lines)[:20])
    assert strange == [(one.batch, one.place) for one in drawn("桥头3141592", LEDGER, SHEETS, 20)]


picks = st.sets(st.tuples(st.integers(1, 9), st.integers(1, 60)), min_size=1, max_size=120)


@given(st.text(min_size=6, max_size=60), picks, st.integers(1, 120))
def test_the_draw_depends_on_seed_ledger_and_sheets_alone(
    seed: str, at: set[tuple[int, int]], n: int
) -> None:
    sheets = [Pick(batch, place, place) for batch, place in at]
    found = drawn(seed, LEDGER, sheets, n)
    assert found == drawn(seed, LEDGER, sorted(sheets, reverse=True), n)
    assert found == sorted(set(found)) and set(found) <= set(sheets)
    assert len(found) == min(n, len(sheets))


@given(picks, st.integers(1, 60))
def test_more_sheets_are_the_same_ones_and_more(at: set[tuple[int, int]], n: int) -> None:
    sheets = [Pick(batch, place, place) for batch, place in at]
    assert set(drawn("同一个种子", LEDGER, sheets, n)) <= set(drawn("同一个种子", LEDGER, sheets, n + 5))


def test_another_seed_or_another_ledger_draws_other_sheets() -> None:
    first = drawn("桥头3141592", LEDGER, SHEETS, 20)
    assert first != drawn("桥头3141593", LEDGER, SHEETS, 20)
    assert first != drawn("桥头3141592", LEDGER[::-1], SHEETS, 20)


def test_every_sheet_is_drawn_as_often_as_another() -> None:
    times = dict.fromkeys(SHEETS, 0)
    for n in range(1500):
        for one in drawn(f"种子{n}", LEDGER, SHEETS, 20):
            times[one] += 1
    # Mean 500, standard deviation 18: six of them.
    assert all(390 < n < 610 for n in times.values())


def test_parts_of_the_text_cannot_be_shifted_into_each_other() -> None:
    assert weight("甲", LEDGER, 1, 23) != weight("甲", LEDGER, 12, 3)


@pytest.mark.parametrize(
    ("sheets", "size"),
    [(0, 0), (1, 1), (19, 19), (20, 20), (21, 20), (200, 20), (201, 21), (205, 21), (400, 40)],
)
def test_one_in_ten_at_least_twenty_never_more_than_there_are(sheets: int, size: int) -> None:
    assert sample(sheets) == size


def test_spaces_around_a_seed_do_not_count() -> None:
    assert seed_of("  三 一四\t一五九 ") == "三 一四 一五九"


# --- the margin ---------------------------------------------------------------

EACH = PollRule(kind="approve_each", base="all_members", threshold="more_than_half")
PLACES = replace(EACH, seats=2)
GRADES = PollRule(kind="grades", base="returned", threshold="at_least_half", seats=None)


def decided(law: PollRule, n: int, votes: list[int]) -> tuple[object, int]:
    """What these votes for the options decide with n ballots, and the margin."""
    options = [Option(f"第{i}项", for_=v, against=n - v) for i, v in enumerate(votes, start=1)]
    body, ballots = Body(n, n), Ballots(n, n)
    outcome = decide(law, body, ballots, options)
    return _what(outcome), margin(law, base_of(law, body, ballots), options, outcome)


def _what(outcome: object) -> object:
    """The outcome without its sentence and without the order by votes."""
    names = ("valid", "reason", "vacant", "open", "next", "grades")
    sets = ("adopted", "not_adopted", "tied")
    return (*(getattr(outcome, n) for n in names), *(frozenset(getattr(outcome, s)) for s in sets))


@pytest.mark.parametrize(
    ("law", "n", "votes", "rows"),
    [
        (EACH, 10, [6, 0], 1),  # six of ten are needed: one less and it fails
        (EACH, 10, [8, 2], 3),
        (EACH, 10, [10, 4], 2),  # two more and the other is adopted too
        (PLACES, 20, [18, 15, 12, 3], 3),  # the third is level with the second
        (PLACES, 20, [18, 11, 4, 3], 1),  # the second falls below eleven
        (PLACES, 20, [18, 15, 15], 1),  # a tie is broken by one
        (PLACES, 20, [18, 9, 5], 2),  # a place is empty: the second needs two more
        (PLACES, 20, [3, 2, 1], 8),
        (replace(PLACES, threshold="most_votes"), 20, [9, 7, 4], 3),
        (replace(PLACES, kind="elect", write_ins="against"), 20, [20, 20], 10),
    ],
)
def test_the_margin_of_known_results(law: PollRule, n: int, votes: list[int], rows: int) -> None:
    assert decided(law, n, votes)[1] == rows


laws = st.sampled_from(
    [
        replace(law, threshold=threshold, seats=seats)
        for law in (EACH, replace(EACH, tie="vacant"), replace(EACH, short="repeat"))
        for threshold in ("more_than_half", "at_least_half", "two_thirds", "most_votes")
        for seats in (None, 1, 2, 3)
    ]
)


@given(laws, st.integers(4, 12), st.data())
def test_fewer_rows_than_the_margin_never_change_what_the_law_says(
    law: PollRule, n: int, data: st.DataObject
) -> None:
    votes = data.draw(st.lists(st.integers(0, n), min_size=3, max_size=4))
    before, near = decided(law, n, votes)
    assume(near <= 4)
    assert not any(_what_else(law, n, votes, before, near - 1))
    # And so many rows do: it is the least number, not just a safe one.
    assert any(_what_else(law, n, votes, before, near))


def _what_else(law: PollRule, n: int, votes: list[int], before: object, rows: int):
    """Whether the outcome is another one, for every way to read `rows` rows otherwise."""
    steps = [(i, d) for i in range(len(votes)) for d in (1, -1)]
    for chosen in combinations_with_replacement(steps, rows):
        now = list(votes)
        for i, d in chosen:
            now[i] += d
        if all(0 <= v <= n for v in now):
            yield decided(law, n, now)[0] != before


grades = st.sampled_from(
    [
        replace(GRADES, threshold=threshold, exact_half=half, dissatisfied=rest)
        for threshold in ("at_least_half", "more_than_half")
        for half in ("basically", "dissatisfied", "undecided")
        for rest in ("remainder", "threshold")
    ]
)


@given(grades, st.integers(3, 9), st.data())
def test_fewer_rows_than_the_margin_never_change_a_grade(law: PollRule, n: int, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.tuples(*[st.integers(0, n)] * 3)))
    counts = [cuts[0], cuts[1] - cuts[0], cuts[2] - cuts[1], n - cuts[2]]
    before, near = graded(law, n, counts)
    assume(near <= 4)
    for rows in range(near):
        assert all(grade == before for grade, _near in _others(law, n, counts, rows))


def graded(law: PollRule, n: int, counts: list[int]) -> tuple[object, int]:
    one = Option("甲", satisfied=counts[0], basically=counts[1], dissatisfied=counts[2], abstain=counts[3])
    outcome = decide(law, Body(n, n), Ballots(n, n), [one])
    return outcome.grades[0].grade, margin(law, n, [one], outcome)


def _others(law: PollRule, n: int, counts: list[int], rows: int):
    moves = [(a, b) for a, b in product(range(4), repeat=2) if a != b]
    for chosen in combinations_with_replacement(moves, rows):
        now = list(counts)
        for a, b in chosen:
            now[a] -= 1
            now[b] += 1
        if all(v >= 0 for v in now):
            yield graded(law, n, now)


@pytest.mark.parametrize(
    ("counts", "rows"),
    [
        ([12, 4, 2, 2], 3),  # satisfied by ten of twenty: three less and it is only basically
        ([8, 6, 4, 2], 2),  # two more and it is satisfied
        ([2, 7, 11, 0], 1),  # nine of twenty are pleased: one more
        ([2, 8, 9, 1], 1),
    ],
)
def test_the_margin_of_grades(counts: list[int], rows: int) -> None:
    assert graded(replace(GRADES, base="returned"), 20, counts)[1] == rows


def test_the_lines_in_the_documentation_draw_what_it_says() -> None:
    text = (Path(__file__).parents[3] / "docs" / "sheets.md").read_text("utf-8")
    code = re.search(r"```python\n(import hashlib.+?)```", text, re.S)
    said = re.search(r"gives batch 1: (.+?) and batch 2: (.+?)\.", text)
    assert code is not None and said is not None
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(code[1], {})
    expected = [(b, int(n)) for b, numbers in enumerate(said.groups(), start=1) for n in numbers.split(", ")]
    assert out.getvalue().strip() == str(expected)
    assert expected == [(one.batch, one.place) for one in drawn("桥头3141592", LEDGER, SHEETS, 20)]
