"""Whatever is on the sheets: two tellers who key what is there come to the count of an independent hand."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import make
from tests.make import NOW
from tests.voting.test_counting import counted, key_all, tally_of
from yishi.voting.actions import counting as do
from yishi.voting.models import Poll

pytestmark = pytest.mark.django_db

TITLES = ("甲", "乙", "丙", "丁")
KINDS = {
    "approve": ("projects.town.vote", "fax", 2, {}),
    "approve, no limit": ("projects.town.vote", "fax", 2, {"limit": "none"}),
    "approve, two marks void the sheet": ("projects.town.vote", "fax", 2, {"overvote": "ballot"}),
    "ticks": ("projects.street.recommendation", "f", 3, {}),
    "grades": ("projects.rating", "sbdx", None, {}),
    "elect": ("election.officials", "fax", 2, {"write_ins": "yes"}),
}
FIGURES = {
    "f": "for",
    "a": "against",
    "x": "abstain",
    "s": "satisfied",
    "b": "basically",
    "d": "dissatisfied",
}


def by_hand(sheets: list[list[str]], kind: str) -> tuple[int, int, list[Counter[str]]]:
    """(valid, invalid, figures of each line), told without `law`: the rules as a teller knows them."""
    _key, _letters, most, more = KINDS[kind]
    lines = [Counter[str]() for _ in TITLES]
    valid = invalid = 0
    for marks in sheets:
        two = [len(mark) > 1 for mark in marks]
        chosen = marks.count("f")
        limited = most is not None and more.get("limit") != "none" and kind != "grades"
        blank_counts = kind != "grades"
        read = [t or (mark == "" and not blank_counts) for t, mark in zip(two, marks, strict=True)]
        if (more.get("overvote") == "ballot" and any(two)) or (limited and chosen > most) or all(read):
            invalid += 1
            continue
        valid += 1
        for line, mark, void in zip(lines, marks, read, strict=True):
            if not void and (mark or kind != "ticks"):
                line[FIGURES[mark or "x"]] += 1
    return valid, invalid, lines


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_tally_is_that_of_an_independent_hand(kind: str, data: Any) -> None:
    key, letters, seats, more = KINDS[kind]
    mark = st.sampled_from([*letters, ""] + ([letters[:2]] if len(letters) > 1 else []))
    sheet = st.lists(mark, min_size=len(TITLES), max_size=len(TITLES))
    sheets = data.draw(st.lists(sheet, min_size=1, max_size=12))
    size = data.draw(st.integers(1, 6))
    poll = make.returned(len(sheets), TITLES, key, seats=seats, batch_size=size)
    Poll.objects.filter(pk=poll.pk).update(rule={**poll.rule, **more})
    poll = Poll.objects.get(pk=poll.pk)
    ballots: list[Any] = [(marks, [], "") for marks in sheets]
    slip = data.draw(st.none() | st.integers(0, len(sheets) - 1))
    other = list(ballots)
    if slip is not None:
        other[slip] = ([letters[0] if sheets[slip][0] != letters[0] else "", *sheets[slip][1:]], [], "")
    counted(poll, ballots, other)
    for batch in poll.batches.filter(agreed_at__isnull=True):
        # Keyed again by both, now as it is on the paper.
        first = sum(b.size for b in poll.batches.all() if b.number < batch.number)
        again = {int(number) for number in batch.differences}
        for keying in batch.keyings.all():
            key_all(keying, ballots[first : first + batch.size], only=again)
            do.finish(keying, by=keying.teller, at=NOW)
    figures = tally_of(poll).figures
    valid, invalid, lines = by_hand(sheets, kind)
    assert (figures["valid"], figures["invalid"]) == (valid, invalid)
    names = set(FIGURES.values())
    for line, expected in zip(figures["options"], lines, strict=True):
        assert {k: v for k, v in line.items() if k in names and v} == dict(expected)
