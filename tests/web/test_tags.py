"""Dates, money, strokes, bars and pages."""

from datetime import UTC, date, datetime

import pytest
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from yishi.web.templatetags import web


def draw(source: str, **context: object) -> str:
    return Template("{% load web %}" + source).render(Context(context))


def test_a_day_is_written_as_in_official_papers():
    assert web.zhdate(date(2019, 11, 27)) == "2019年11月27日"
    assert web.zhdate(None) == ""


def test_a_moment_is_told_in_local_time():
    late = datetime(2019, 11, 26, 17, 5, tzinfo=UTC)  # 1:05 of the next day in China
    assert web.zhmoment(late) == "2019年11月27日 1:05"


def test_english_pages_have_english_days():
    with translation.override("en"):
        assert web.zhdate(date(2019, 11, 27)) == "27 November 2019"


@pytest.mark.parametrize(
    ("fen", "unit", "text"),
    [
        (0, "", "0.00元"),
        (123456, "", "1,234.56元"),
        (-5, "", "-0.05元"),
        (1234567890, "万", "1,234.57万元"),
        (50, "万", "0万元"),
        (120_000_000, "万", "120万元"),
        (5000, "万", "0.01万元"),
        (None, "万", ""),
    ],
)
def test_money_comes_from_whole_fen(fen, unit, text):
    assert web.yuan(fen, unit) == text


@given(st.integers(0, 400))
def test_every_vote_is_one_stroke(n):
    html = web.strokes(n)
    assert html.count("M") == n
    assert f'aria-label="{n} 票"' in html


def test_the_strokes_are_written_in_order():
    assert web.STROKES[0] in web.strokes(1) and web.STROKES[1] not in web.strokes(1)
    assert all(stroke in web.strokes(5) for stroke in web.STROKES)


def test_bars_show_their_number_and_never_leave_the_track():
    rows = [{"label": "饮用水", "n": 303, "text": "303 票"}, {"label": "书房", "n": 0}]
    html = draw("{% bars rows most=100 need=164 need_text='过半数' %}", rows=rows)
    assert "303 票" in html and "过半数" in html
    assert 'width="1000"' in html and 'class="bar" width="0"' in html
    assert "style=" not in html


def test_bars_of_nothing_are_drawn():
    assert "<figure" in draw("{% bars rows %}", rows=[])
    assert "<figure" in draw("{% bars rows %}", rows=[{"label": "无", "n": 0}])


def test_pages_keep_the_filters():
    page = Paginator(range(100), 10).get_page(3)
    request = RequestFactory().get("/", {"body": "桥头", "page": "3"})
    html = draw("{% paginate page %}", page=page, request=request)
    assert "?body=%E6%A1%A5%E5%A4%B4&amp;page=4" in html
    assert html.count('aria-current="page"') == 1


def test_a_single_page_has_no_links():
    page = Paginator(range(5), 10).get_page(1)
    assert "<nav" not in draw("{% paginate page %}", page=page, request=RequestFactory().get("/"))


def test_a_status_is_a_word():
    assert web.chip("ok", "<b>") == '<span class="chip ok">&lt;b&gt;</span>'
