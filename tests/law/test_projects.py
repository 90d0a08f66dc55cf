"""The screening rules of the pack: what is asked of a project, and where that is from."""

from pathlib import Path

import pytest

from tests.law.test_pack import MINIMAL, write
from yishi.law.articles import english
from yishi.law.errors import PackError
from yishi.law.pack import load

RULES = load().projects
TEXT = (Path(__file__).parents[2] / "docs" / "law.md").read_text("utf-8")
CRITERION = """
[projects.criteria.benefit]
title_zh = "普惠性"
title_en = "Benefit"
question_zh = "问？"
question_en = "Ask?"
source = "某县办法"
known = "practice"
"""


def test_the_default_pack_has_the_four_criteria_in_order_and_the_exclusions() -> None:
    assert [c.title_zh for c in RULES.criteria.values()] == ["普惠性", "可行性", "可操作性", "可控性"]
    assert list(RULES.exclusions) == [
        "major_construction",
        "major_industry",
        "unsecured",
        "burden",
        "assigned",
    ]


def test_every_entry_says_where_it_is_from_and_none_cites_articles_that_we_do_not_have() -> None:
    numbers = (RULES.numbers.usual, RULES.numbers.surplus_percent, RULES.committee_first)
    numbers = (*numbers, RULES.delivery, RULES.residents_rating, *RULES.changes.values())
    for one in (*RULES.criteria.values(), *RULES.exclusions.values(), *numbers):
        assert one is not None and one.source
        assert "民生实事项目人大代表票决制规定" not in one.source
        assert one.known != "law" or one.date


def test_numbers_and_who_goes_before_the_committee_first() -> None:
    usual, surplus = RULES.numbers.usual, RULES.numbers.surplus_percent
    assert usual and (usual.least, usual.most, usual.known) == (3, 5, "practice")
    assert surplus and (surplus.percent, surplus.known) == (20, "default")
    assert RULES.committee_goes_first("county_congress")
    assert not RULES.committee_goes_first("town_congress")


def test_days_of_delivery_and_who_agrees_to_a_change() -> None:
    days = RULES.delivery
    assert days and (days.report_day, days.warn_days, days.answer_days, days.behind_percent) == (
        25,
        15,
        10,
        10,
    )
    assert days.complete_by == "12-31" and days.known == "default"
    assert RULES.changes["county_congress"].approver_zh == "县人大常委会"
    assert all(one.known == "default" for one in RULES.changes.values())
    assert RULES.residents_rating and RULES.residents_rating.least == 5


def test_every_criterion_and_exclusion_is_in_the_page() -> None:
    for one in (*RULES.criteria.values(), *RULES.exclusions.values()):
        assert f"`{one.key}` {one.title_zh}" in TEXT


def test_a_pack_without_the_table_asks_nothing(tmp_path: Path) -> None:
    rules = load(write(tmp_path, MINIMAL)).projects
    assert (dict(rules.criteria), dict(rules.exclusions), rules.committee_first) == ({}, {}, None)
    assert not rules.committee_goes_first("county_congress")


def test_a_county_overrides_one_entry_and_keeps_the_others(tmp_path: Path) -> None:
    own = """
name = "某县"
based_on = "zhejiang"
[projects.criteria.benefit]
question_zh = "是否多数村民受益？"
[projects.committee_first]
bodies = []
known = "practice"
source = "本县办法"
"""
    rules = load(write(tmp_path, own)).projects
    assert rules.criteria["benefit"].question_zh == "是否多数村民受益？"
    assert rules.criteria["benefit"].title_zh == "普惠性" and len(rules.criteria) == 4
    assert not rules.committee_goes_first("county_congress")


@pytest.mark.parametrize(
    ("text", "table", "key"),
    [
        ("[projects]\ncriteria = 3", "projects.criteria", ""),
        ("[projects]\nother = 3", "projects", "other"),
        ("[projects.criteria]\nbenefit = 1", "projects.criteria.benefit", ""),
        (CRITERION.replace("benefit]", "Be-nefit]"), "projects.criteria", "Be-nefit"),
        (CRITERION + "colour = 'red'", "projects.criteria.benefit", "colour"),
        (CRITERION.replace('"普惠性"', "3"), "projects.criteria.benefit", "title_zh"),
        (CRITERION.replace('"普惠性"', '" "'), "projects.criteria.benefit", "title_zh"),
        (CRITERION.replace("source", "# source"), "projects.criteria.benefit", "source"),
        (CRITERION.replace('"practice"', '"law"'), "projects.criteria.benefit", "date"),
        (CRITERION.replace('"practice"', '"hearsay"'), "projects.criteria.benefit", "known"),
        (CRITERION + 'date = "2019"', "projects.criteria.benefit", "date"),
        ("[projects.exclusions.big]\nknown = 'law'", "projects.exclusions.big", "title_zh"),
        ("[projects.numbers]\nfew = 1", "projects.numbers", "few"),
        ("[projects.numbers.usual]\nleast = 0\nmost = 3", "projects.numbers.usual", "least"),
        ("[projects.numbers.usual]\nleast = 3\nmost = true", "projects.numbers.usual", "most"),
        ("[projects.numbers.usual]\nleast = 5\nmost = 3", "projects.numbers.usual", "most"),
        (
            "[projects.numbers.surplus_percent]\npercent = 2.5",
            "projects.numbers.surplus_percent",
            "percent",
        ),
        ("[projects.delivery]\nreport_day = 31", "projects.delivery", "report_day"),
        (
            "[projects.delivery]\nreport_day = 25\nwarn_days = 1\nanswer_days = 1\nbehind_percent = 5\n"
            "complete_by = '13-01'\nsource = 'x'\nknown = 'default'",
            "projects.delivery",
            "complete_by",
        ),
        (
            "[projects.changes.town_congress]\napprover_zh = 'x'",
            "projects.changes.town_congress",
            "approver_en",
        ),
        ("[projects.residents_rating]\nleast = 0", "projects.residents_rating", "least"),
        ("[projects.committee_first]\nbodies = 'all'", "projects.committee_first", "bodies"),
        ("[projects.committee_first]\nbodies = []", "projects.committee_first", "source"),
    ],
)
def test_a_faulty_entry_is_refused_with_file_table_and_key(
    tmp_path: Path, text: str, table: str, key: str
) -> None:
    with pytest.raises(PackError) as refused:
        load(write(tmp_path, MINIMAL + text))
    assert (refused.value.file, refused.value.table, refused.value.key) == ("county.toml", table, key)


def test_projects_that_is_no_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="projects"):
        load(write(tmp_path, MINIMAL.replace('name = "某县"', 'name = "某县"\nprojects = 1')))


def test_the_source_of_the_committee_is_said_in_english_with_its_paragraph() -> None:
    assert RULES.committee_first is not None
    said = english(RULES.committee_first.source)
    assert said == "Article 4, paragraph 3, of the Zhejiang Provisions on Deciding Major Matters"
