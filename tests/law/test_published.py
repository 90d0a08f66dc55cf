"""The published results come out as they were published (facts_votes.json, publishers named)."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.law.build import box, hall, rule
from yishi.law.decide import Ballots, Body, Option, decide
from yishi.law.pack import load
from yishi.law.quorum import quorum

FACTS: dict[str, dict[str, Any]] = {
    record["id"]: record
    for record in json.loads(Path(__file__).with_name("facts_votes.json").read_text("utf-8"))["records"]
}


def approved(item: dict[str, Any]) -> Option:
    return Option(
        item["title"],
        for_=item["approve"],
        against=item["oppose"],
        abstain=item["abstain"] or 0,
    )


def rated(item: dict[str, Any]) -> Option:
    grades = {name: item[name] for name in ("satisfied", "basically", "dissatisfied")}
    return Option(item["title"], **grades)


@pytest.mark.parametrize("name", ["suixi-beipo-2019", "qingtian-zhenbu-2017", "dongyang-2017"])
def test_projects_with_published_figures_pass_or_fail_as_published(name: str) -> None:
    """The size of the body was not published; those counted stand for it."""
    items = FACTS[name]["items"]
    options = [approved(item) for item in items]
    voters = max(option.total for option in options)
    outcome = decide(rule(), hall(voters), box(voters), options)
    assert set(outcome.adopted) == {item["title"] for item in items if item["passed"]}
    assert set(outcome.not_adopted) == {item["title"] for item in items if not item["passed"]}


@pytest.mark.parametrize(("name", "least"), [("lishui-2025", 218), ("wencheng-2019", 130)])
def test_published_sessions_had_their_quorum(name: str, least: int) -> None:
    record = FACTS[name]
    result = quorum(load().quorums["congress"], record["deputies_total"], record["deputies_present"])
    assert (result.met, result.needed) == (True, least)


def test_lishui_2025_314_issued_and_returned_is_a_valid_vote_of_ten_projects() -> None:
    record = FACTS["lishui-2025"]
    ballots = Ballots(record["ballots_issued"], record["ballots_returned"])
    body = Body(record["deputies_total"], record["deputies_present"])
    options = [Option(f"项目{n}", for_=164 + n, against=150 - n) for n in range(12)]
    how = load().choose({"projects.over_choice": "none"}).polls["projects.county.vote"]
    outcome = decide(how.with_seats(record["selected"]), body, ballots, options)
    assert (outcome.valid, outcome.needed, len(outcome.adopted)) == (True, 164, 10)
    assert outcome.adopted[0] == "项目11"


def test_zhenhai_2022_every_project_was_rated_satisfied() -> None:
    """29 took part; the size of the committee was not published, so those present are the base."""
    record = FACTS["zhenhai-2022"]
    how = load().choose({"rating.base": "present"}).polls["projects.rating.committee"]
    n = record["voters_present"]
    outcome = decide(how, hall(n), box(n), [rated(item) for item in record["items"]])
    assert outcome.grades is not None and len(outcome.grades) == 8
    assert {grade.grade for grade in outcome.grades} == {"satisfied"}


def test_zhanyi_2019_the_rates_are_those_published() -> None:
    record = FACTS["zhanyi-2019"]
    body, ballots = hall(28), Ballots(record["ballots_issued"], record["ballots_returned"])
    how = rule("grades", base="returned", threshold="at_least_half")
    outcome = decide(how, body, ballots, [rated(item) for item in record["items"]])
    assert outcome.grades is not None and len(outcome.grades) == 7
    for grade, item in zip(outcome.grades, record["items"], strict=True):
        assert grade.satisfied_rate is not None
        assert round(grade.satisfied_rate * 100, 2) == item["satisfied_pct"]
