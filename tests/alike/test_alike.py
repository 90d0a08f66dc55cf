"""Finding and grouping of texts that say the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.alike import proposals
from yishi.alike import THRESHOLD, Finder, Text, grouping, groups, groups_of
from yishi.alike.finder import score
from yishi.alike.words import read

LAMPS = [
    Text(1, "增设路灯", "岩头镇苍坡村村口", "老人夜里摔过跤", "岩头镇"),
    Text(2, "村里一到夜里黑漆漆，请装几盏灯", "苍坡村", block="岩头镇"),
    Text(3, "增设路灯", "芙蓉村", block="岩头镇"),
    Text(4, "苍坡村口没处停车", "苍坡村", block="岩头镇"),
]


def keys(finder: Finder, text: Text) -> list[int]:
    return [match.key for match in finder.find(text)]


def test_another_wording_of_the_same_wish_is_found_with_its_reasons() -> None:
    (match,) = Finder(LAMPS).find(LAMPS[0])
    assert match.key == 2
    assert match.shared[0] == "路灯"
    assert match.same_place
    assert THRESHOLD <= match.score <= 1


def test_the_same_wish_at_another_village_or_in_another_township_is_not_the_same() -> None:
    finder = Finder([Text(1, "增设路灯", "上村", block="碧莲镇")])
    assert keys(finder, Text(2, "增设路灯", "上村", block="碧莲")) == [1]
    assert keys(finder, Text(2, "增设路灯", "上村", block="云岭乡")) == []
    assert keys(finder, Text(2, "增设路灯", "下村", block="碧莲镇")) == []
    assert keys(finder, Text(2, "增设路灯", "云岭乡上村")) == []


def test_a_wish_without_a_place_is_found_but_not_as_at_the_same_place() -> None:
    (match,) = Finder([LAMPS[0]]).find(Text(9, "安装路灯"))
    assert not match.same_place


def test_what_weighs_more_than_where_and_where_more_than_why() -> None:
    lamp = Finder([Text(1, "增设路灯", "苍坡村")])
    (said,) = lamp.find(Text(2, "路灯不亮", "苍坡村"), at_least=0)
    (reason,) = lamp.find(Text(2, "修公厕", "苍坡村", "旁边连路灯都没有"), at_least=0)
    assert said.score > THRESHOLD > reason.score
    assert read("公厕", "公厕").weights["公厕"] > read("", "公厕").weights["公厕"]
    assert read("", "公厕边").weights["公厕"] > read("", "", "护栏").weights["护栏"] * 0.3


def test_what_was_removed_is_not_found_and_what_is_added_again_replaces() -> None:
    finder = Finder(LAMPS)
    finder.remove(2)
    finder.remove(99)
    assert len(finder) == 3
    assert keys(finder, LAMPS[0]) == []
    finder.add(Text(4, "装路灯", "苍坡村", block="岩头镇"))
    assert len(finder) == 3
    assert keys(finder, LAMPS[0]) == [4]


def test_no_more_are_given_than_asked_for_best_first() -> None:
    finder = Finder(Text(n, "增设路灯" + "，方便出行" * (n % 3), "苍坡村") for n in range(20))
    found = finder.find(Text(99, "增设路灯", "苍坡村"), most=3)
    assert len(found) == 3
    assert [match.score for match in found] == sorted((match.score for match in found), reverse=True)
    assert finder.find(Text(99, "增设路灯", "苍坡村"), most=0) == []


def test_groups_hold_what_is_alike_and_leave_out_what_is_alone() -> None:
    assert groups(LAMPS) == [[1, 2]]
    assert groups([]) == []


def test_texts_read_already_are_grouped_as_those_read_now_in_the_order_asked_for() -> None:
    texts = proposals(200)
    finder = Finder(texts)
    assert groups_of(finder.said(text.key for text in texts)) == groups(texts)
    assert groups_of(Finder(LAMPS).said([2, 1, 99])) == [[2, 1]]


def test_a_part_of_a_finder_knows_its_own_texts_alone() -> None:
    part = Finder(LAMPS).part([2, 3, 99])
    assert len(part) == 2 and keys(part, LAMPS[0]) == [2]
    assert [match.shared for match in part.find(LAMPS[0])] == [
        match.shared for match in Finder(LAMPS[1:3]).find(LAMPS[0])
    ]


def test_a_group_is_alike_to_its_lead_and_does_not_chain() -> None:
    lamp, both, toilet = Text(1, "装路灯"), Text(2, "装路灯、修公厕"), Text(3, "修公厕")
    found = groups([lamp, both, toilet])
    assert found == [[1, 2]]


def test_the_same_texts_give_the_same_groups() -> None:
    texts = proposals(500)
    assert groups(texts) == groups(list(texts))


@pytest.mark.parametrize(
    "odd", ["", " ", "😀😀", "。！？", "\ud800", "\x00", "㙍", "𠮷", "村", "路" * 50, "ﷺ" * 300]
)
def test_odd_texts_are_read_without_harm(odd: str) -> None:
    finder = Finder([Text(1, odd, odd, odd, odd), *LAMPS[1:]])
    assert 1 in keys(finder, Text(5, odd, odd, odd, odd)) or not read(odd, odd, odd, odd).weights
    finder.remove(1)
    assert len(finder) == 3 and 1 not in keys(finder, Text(5, odd, odd, odd, odd))
    assert groups([Text(1, odd, odd), Text(2, odd, odd)]) in ([[1, 2]], [])


def test_rare_characters_and_full_width_forms_are_understood() -> None:
    finder = Finder([Text(1, "㙍头村装ＷｉＦｉ"), Text(2, "增设路灯", "𠮷祥村")])
    assert keys(finder, Text(3, "开通免费wifi😀", "㙍头村")) == [1]
    assert keys(finder, Text(3, "路灯！！！", "𠮷祥")) == [2]


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("配灭火器（应界坑村）", {("village", "界坑")}),
        ("没人修（上村）", {("village", "上")}),
        ("建议把孤山村到兆潭村的路修好", {("village", "孤山"), ("village", "兆潭")}),
        ("望江路与环城西路交叉口", {("road", "望江"), ("road", "城西")}),
        ("改造老旧小区，村里的路、农村公路、我村小学", set()),
    ],
)
def test_names_of_places_are_read_and_general_words_are_no_names(text: str, places: set[object]) -> None:
    assert read(text).places == places


def test_of_a_very_long_text_only_the_beginning_is_read() -> None:
    long, short = "苍坡村增设路灯" * 3000, "苍坡村增设路灯" * 30
    assert read(long, why="黑" * 20_000) == read(short, why="黑" * 400)
    finder = Finder(Text(n, long, why="黑" * 20_000) for n in range(50))
    assert len(finder.find(Text(99, "装路灯", "苍坡村"))) == 5


def test_a_text_is_compared_with_a_few_and_not_with_all(monkeypatch) -> None:
    seen = []
    monkeypatch.setattr(grouping, "score", lambda *pair: seen.append(1) or score(*pair))
    groups(proposals(4000))
    # Of eight million pairs; how time grows is measured in bench/alike.py.
    assert 0 < len(seen) < 2 * 4000


WORDS = st.lists(
    st.sampled_from(
        ["路灯", "苍坡村", "停车", "上村", "修", "岩头镇", "公厕", "望江路", "，", "𠮷", "老人", "的"]
    )
    | st.text(max_size=5),
    max_size=8,
).map("".join)
TEXTS = st.builds(Text, st.integers(0, 30), WORDS, WORDS, WORDS, st.sampled_from(["", "岩头镇", "枫林镇"]))


@settings(deadline=None, max_examples=60)
@given(st.lists(TEXTS, max_size=12), TEXTS)
def test_nothing_typed_breaks_it_and_no_text_finds_itself(texts: list[Text], asked: Text) -> None:
    finder = Finder(texts)
    assert len(finder) == len({text.key for text in texts})
    for text in (*texts, asked):
        for match in finder.find(text, at_least=0.0):
            assert match.key != text.key
            assert 0 <= match.score <= 1
            assert len(match.shared) <= 6
    found = groups(texts)
    assert all(len(group) > 1 for group in found)
    members = [key for group in found for key in group]
    assert len(members) == len(set(members))
    for text in texts:
        finder.remove(text.key)
    assert len(finder) == 0
    assert finder.find(asked, at_least=0.0) == []
