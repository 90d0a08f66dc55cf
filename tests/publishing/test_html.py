"""What is typed or pasted becomes plain, safe HTML; typed text becomes paragraphs and headings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yishi.publishing.html import as_typed, clean, plain, shown


def test_blank_lines_part_paragraphs_and_without_them_each_line_is_one():
    assert clean("甲\n乙\n\n丙") == "<p>甲<br>乙</p>\n<p>丙</p>"
    assert clean("　　甲\r\n　　乙") == "<p>甲</p>\n<p>乙</p>"


def test_short_numbered_lines_are_headings_and_sentences_are_not():
    assert clean("一、总体要求\n（一）征集\n二、各乡镇要抓好落实。") == (
        "<h2>一、总体要求</h2>\n<h3>（一）征集</h3>\n<p>二、各乡镇要抓好落实。</p>"
    )


def test_bare_signs_of_a_typed_text_are_kept_as_text():
    assert clean("a < b & c > d") == "<p>a &lt; b &amp; c &gt; d</p>"


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [
        ("<p>甲<script>alert(1)</script></p>", "<p>甲</p>"),
        ('<p onclick="x" style="color:red" class="MsoNormal" id="a">甲</p>', "<p>甲</p>"),
        ('<p>甲<img src="x" onerror="alert(1)"></p>', "<p>甲</p>"),
        ('<p><a href="javascript:alert(1)">甲</a></p>', '<p><a rel="noopener">甲</a></p>'),
        ('<p><a href="data:text/html,x">甲</a></p>', '<p><a rel="noopener">甲</a></p>'),
        ("<p>甲<svg><style><img src=x onerror=alert(1)></style></svg></p>", "<p>甲</p>"),
        ("<p>甲<!-- [if gte mso 9]><xml>x</xml><![endif] --></p>", "<p>甲</p>"),
        ("<iframe src=x></iframe><p>甲</p>", "<p>甲</p>"),
        ("<p>\0甲<o:p></o:p></p>", "<p>甲</p>"),
    ],
)
def test_nothing_that_acts_or_decorates_is_kept(pasted, kept):
    assert clean(pasted) == kept


def test_what_carries_meaning_is_kept():
    assert clean('<p><a href="https://a.cn/?x=1">甲</a> <a href="/results/">乙</a></p>') == (
        '<p><a href="https://a.cn/?x=1" rel="noopener">甲</a> <a href="/results/" rel="noopener">乙</a></p>'
    )
    assert (
        clean("<h1>甲</h1><div><b>乙</b><i>丙</i></div>")
        == "<h2>甲</h2><p><strong>乙</strong><em>丙</em></p>"
    )
    table = '<table><tbody><tr><th>甲</th><td colspan="2">乙</td></tr></tbody></table>'
    assert clean(table) == table
    assert clean("<ol><li>甲</li></ol><blockquote>乙</blockquote>").startswith("<ol><li>甲</li></ol>")


def test_empty_paragraphs_of_word_are_thrown_away():
    assert clean("<p>甲</p><p><b>&nbsp;</b></p><p>　</p>") == "<p>甲</p>"


@given(st.text(alphabet=st.sampled_from("甲乙 <>/&\"'=pbai\n\r\t一、（）scriptonlodh2&;#"), max_size=80))
def test_whatever_is_typed_is_clean_and_stays_as_it_is_when_saved_again(typed):
    once = clean(typed)
    assert "<script" not in once and clean(once) == once
    assert clean(as_typed(once)) == once


def test_a_plain_text_is_shown_again_as_it_was_typed_and_a_table_as_html():
    typed = "一、总体要求\n\n甲\n乙\n\n丙"
    assert as_typed(clean(typed)) == typed
    table = "<table><tbody><tr><td>甲</td></tr></tbody></table>"
    assert as_typed(clean(table)) == table


def test_the_words_alone_are_taken_for_the_index():
    assert plain("<h2>一、总</h2><p>a &lt; <strong>b</strong>c<br>丁</p>") == "一、总 a < bc 丁"


def test_a_table_can_be_scrolled_with_the_keyboard():
    table = "<table><tbody><tr><td>甲</td></tr></tbody></table>"
    assert shown(clean(table)) == (
        f'<div class="table-wrap" tabindex="0" role="region" aria-label="表格">{table}</div>'
    )
