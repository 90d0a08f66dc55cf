"""The same paper scanned twice is found by what the pen did; strangers who chose the same are not."""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np
import pytest

from tests.scan import twice
from tests.scan.synth import plan
from yishi.scan.layout import parse
from yishi.scan.likeness import MOST_BYTES, fingerprint, likely_twice

FORM = "a5"
PAGE = parse(plan(FORM)).pages[0]
PEOPLE = 6


@cache
def scans(habit: str, pen: str = "gel 0.5", rows: int = 99) -> list[tuple[tuple[int, int], bytes]]:
    """PEOPLE papers with the same rows marked 赞成, each scanned twice, the second time upside down."""
    found = []
    for person in range(PEOPLE):
        sheet = twice.paper(person, FORM, habit, pen, rows)
        for time in (0, 1):
            picture = twice.scanned(sheet, 10 * person + time, turned=time == 1)
            found.append(((person, time), fingerprint(twice.canonical(picture, FORM), PAGE)))
    return found


def pairs(marks):
    return {frozenset((one, other)) for one, other, _score in likely_twice(marks)}


TWICE = {frozenset(((person, 0), (person, 1))) for person in range(PEOPLE)}


@pytest.mark.parametrize(
    ("habit", "pen"),
    [("tick", "gel 0.5"), ("filled", "gel 0.7"), ("circle_in", "ballpoint"), ("tick", "pencil")],
)
def test_papers_scanned_twice_are_found_and_those_who_chose_alike_are_not_one(habit, pen):
    assert pairs(scans(habit, pen)) == TWICE


def test_three_marks_are_enough():
    assert pairs(scans("tick", rows=3)) == TWICE


def test_the_likeliest_pair_comes_first():
    found = likely_twice(scans("tick"))
    assert [score for *_pair, score in found] == sorted((score for *_pair, score in found), reverse=True)
    assert all(0.6 < score <= 1.0 for *_pair, score in found)


def test_a_paper_scanned_three_times_is_three_pairs():
    sheet = twice.paper(1, FORM, "tick")
    marks = [(n, fingerprint(twice.canonical(twice.scanned(sheet, n), FORM), PAGE)) for n in range(3)]
    assert {(one, other) for one, other, _score in likely_twice(marks)} == {(0, 1), (0, 2), (1, 2)}


def test_sheets_without_a_mark_are_never_twice():
    sheet = twice.paper(3, FORM, "tick", rows=0)
    marks = [(n, fingerprint(twice.canonical(twice.scanned(sheet, n), FORM), PAGE)) for n in range(2)]
    assert [mark for _key, mark in marks] == [b"", b""]
    assert likely_twice(marks) == []


def test_a_fingerprint_is_small_and_the_same_each_time():
    picture = twice.canonical(twice.scanned(twice.paper(1, FORM, "filled", "marker"), 1), FORM)
    black = np.full_like(picture, 0)
    black[::5, ::7] = 255
    for one in (picture, black):
        mark = fingerprint(one, PAGE)
        assert len(mark) <= MOST_BYTES
        assert mark == fingerprint(one, PAGE)


def test_pages_of_different_number_are_not_compared():
    one = scans("tick")[0][1]
    other = one[:3] + bytes([one[3] + 1]) + one[4:]
    assert likely_twice([("a", one), ("b", other)]) == []
    assert [pair[:2] for pair in likely_twice([("a", one), ("b", one)])] == [("a", "b")]


def test_only_pairs_with_a_new_page_are_looked_for_and_they_are_the_same_pairs():
    marks = [*scans("tick"), *scans("filled", "gel 0.7")]
    marks = [(n, mark) for n, (_key, mark) in enumerate(marks)]
    every = likely_twice(marks)
    for new in ({1}, {0, 1, 7}, {n for n, _mark in marks}, set()):
        found = likely_twice(marks, new)
        wanted = [pair for pair in every if new & set(pair[:2])]
        assert {pair[:2] for pair in found} == {pair[:2] for pair in wanted}
        scores = {pair[:2]: pair[2] for pair in every}
        assert all(abs(score - scores[one, other]) <= 0.001 for one, other, score in found)


def test_no_fingerprints_no_pairs():
    assert likely_twice([]) == []
    assert likely_twice([("a", b"")]) == []


def test_what_a_few_rows_have_in_common_is_not_enough():
    """The very same strokes in two of five rows: as alike as two strangers can be."""
    marks = [(("few", *key), mark) for key, mark in scans("tick", rows=2)]
    marks += [(("all", *key), mark) for key, mark in scans("tick")]
    wanted = {
        frozenset(((name, person, 0), (name, person, 1)))
        for name, person in itertools.product(("few", "all"), range(PEOPLE))
    }
    assert pairs(marks) == wanted
