"""A small slice of the figures of `bench/sheets.py`: other seeds of the same voters and scanners."""

from __future__ import annotations

import numpy as np
import pytest

from tests.scan import synth
from tests.scan.synth.judge import Tally, judge
from tests.scan.synth.run import Task, by_profile
from tests.scan.synth.voters import Truth

FIRST = synth.REPORTING + 1_000_000
EACH = {
    "feeder200": 16,
    "feeder150": 5,
    "skewed200": 5,
    "dirty200": 4,
    "folded200": 4,
    "seal200": 4,
    "phone": 1,
}
FORMS = ("a5", "choose", "grades", "elect", "long")


@pytest.fixture(scope="module")
def found() -> dict[str, Tally]:
    tasks = [
        Task(FIRST + 1000 * at + number, profile)
        for at, (profile, sheets) in enumerate(EACH.items())
        for number in range(sheets)
    ]
    tasks += [Task(FIRST + 500_000 + at, "feeder200", form, "supplied") for at, form in enumerate(FORMS)]
    return by_profile(tasks)


def test_no_mark_that_was_meant_is_read_as_another_or_lost(found: dict[str, Tally]) -> None:
    assert [one for tally in found.values() for one in tally.bad if one[2].kind != "odd"] == []


def test_a_feeder_has_no_sheet_rejected(found: dict[str, Tally]) -> None:
    feeders = [tally for profile, tally in found.items() if profile != "phone"]
    assert [one for tally in feeders for one in tally.refused] == []


def test_few_ticks_and_fillings_go_to_people(found: dict[str, Tally]) -> None:
    """A few hundred rows: one voter with a habit of his own would tell nothing, the marks asked for do."""
    tally = found["feeder200"]
    asked = tally.count(mark="tick") + tally.count(mark="filled")
    doubts = tally.count("doubt", mark="tick") + tally.count("doubt", mark="filled")
    assert doubts / asked < 0.05


def test_the_same_seed_gives_the_same_picture_and_another_one_another() -> None:
    first, again, other = (synth.make(seed) for seed in (7, 7, 8))
    assert first.truths == again.truths
    assert np.array_equal(first.grey, again.grey)
    assert not np.array_equal(first.grey, other.grey)


@pytest.mark.parametrize("form", [*synth.FORMS])
def test_every_row_has_its_truth(form: str) -> None:
    for number, page in enumerate(synth.plan(form)["pages"], 1):
        sheet = synth.make(11, form=form, number=number)
        assert sorted(truth.row for truth in sheet.truths) == [row["row"] for row in page["rows"]]


@pytest.mark.parametrize(
    "kind, option, read, doubt, outcome",
    [
        ("vote", "for", "for", False, "right"),
        ("vote", "for", None, True, "doubt"),
        ("vote", "for", "against", False, "error"),
        ("vote", "for", None, False, "error"),
        ("blank", None, None, False, "right"),
        ("blank", None, "for", False, "error"),
        ("rest", None, None, True, "doubt"),
        ("odd", None, None, True, "right"),
        ("odd", None, None, False, "missed"),
        ("odd", None, "for", False, "missed"),
    ],
)
def test_a_reading_is_right_doubtful_or_an_error(
    kind: str, option: str | None, read: str | None, doubt: bool, outcome: str
) -> None:
    assert judge(Truth(0, kind, option, "tick", "gel 0.5"), read, doubt) == outcome
