"""Names by strokes, by pinyin, by initials; Chinese numerals."""

import pytest

from yishi.people import order


def test_by_strokes_the_surname_with_fewer_strokes_comes_first():
    assert sorted(["张三", "丁四", "王五", "安六"], key=order.strokes) == ["丁四", "王五", "安六", "张三"]


def test_by_pinyin_a_surname_is_read_as_a_surname():
    # 单 as Shan, 曾 as Zeng, not as dan and ceng.
    assert sorted(["单一", "赵一", "安一", "曾一"], key=order.pinyin) == ["安一", "单一", "曾一", "赵一"]


def test_a_character_outside_the_table_comes_last():
    assert sorted(["\U00020000一", "龚一"], key=order.strokes)[-1] == "\U00020000一"


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("林文清", "LWQ"),
        ("欧阳恩泰", "OYET"),
        ("单安邦", "SAB"),
        ("仇博远", "QBY"),
        ("陈德福", "CDF"),
        ("高海嘉", "GHJ"),
        ("孔民宁", "KMN"),
        ("潘仁思", "PRS"),
        ("徐亚子", "XYZ"),
        ("王a三", "WAS"),
        ("", ""),
    ],
)
def test_a_name_is_found_by_its_initials(name, letters):
    assert order.initials(name) == letters


@pytest.mark.parametrize(
    ("n", "words"), [(7, "七"), (10, "十"), (17, "十七"), (20, "二十"), (105, "一百〇五"), (110, "一百一十")]
)
def test_numerals(n, words):
    assert order.numeral(n) == words
