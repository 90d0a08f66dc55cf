"""A layout is taken as it was written, or refused with the key at fault."""

import copy

import pytest

from tests.scan.drawn import layout
from yishi.scan.layout import LayoutError, parse, tag_id


def test_a_layout_is_read_with_its_rows_and_ovals():
    plan = parse(layout(rows=3, pages=2))
    assert [page.number for page in plan.pages] == [1, 2]
    assert [row.row for row in plan.pages[1].rows] == [3, 4, 5]
    assert [oval.option for oval in plan.pages[0].rows[0].ovals] == ["for", "against", "abstain"]


def test_three_of_four_corner_marks_say_which_page_it_is():
    plan = parse(layout(pages=2))
    tags = [tag_id(plan.form, 2, corner) for corner in range(4)]
    assert plan.page_of(tags).number == 2
    assert plan.page_of(tags[:3]).number == 2
    assert plan.page_of(tags[:2]) is None
    assert plan.page_of(tag_id("OTHERFRM", 2, corner) for corner in range(4)) is None


def test_the_code_says_which_page_it_is_and_a_foreign_one_says_nothing():
    plan = parse(layout(pages=2))
    assert plan.page_of(code="YS1:K7QM2XPA:1f3a9c02:2").number == 2
    assert plan.page_of(code="YS1:OTHERFRM:1f3a9c02:2") is None


@pytest.mark.parametrize(
    ("place", "value", "key"),
    [
        (("form",), "", "form"),
        (("form",), 5, "form"),
        (("pages",), {}, "pages"),
        (("pages",), [], "pages"),
        (("pages", 0), 5, "pages[0]"),
        (("pages", 0, "width_mm"), "210", "pages[0].width_mm"),
        (("pages", 0, "width_mm"), -1, "pages[0].width_mm"),
        (("pages", 0, "width_mm"), float("nan"), "pages[0].width_mm"),
        (("pages", 0, "width_mm"), float("inf"), "pages[0].width_mm"),
        (("pages", 0, "tags"), [], "pages[0].tags"),
        (("pages", 0, "code"), [], "pages[0].code"),
        (("pages", 0, "code", "text"), None, "pages[0].code.text"),
        (("pages", 0, "timing", 3, "row"), True, "pages[0].timing[3].row"),
        (("pages", 0, "rows", 1, "h_mm"), 0, "pages[0].rows[1].h_mm"),
        (("pages", 0, "rows", 1, "name"), 7, "pages[0].rows[1].name"),
        (("pages", 0, "rows", 1, "words"), 7, "pages[0].rows[1].words"),
        (("pages", 0, "rows"), [], "pages[0].boxes"),
        (("pages", 0, "boxes"), [], "pages[0].rows"),
        (("pages", 0, "boxes", 0, "row"), 99, "pages[0].boxes"),
        (("pages", 0, "boxes", 0, "x_mm"), None, "pages[0].boxes[0].x_mm"),
        (("pages", 0, "lines", 0, "width_mm"), "thin", "pages[0].lines[0].width_mm"),
        (("seats",), "five", "seats"),
        (("options",), [1], "options"),
    ],
)
def test_a_wrong_layout_is_refused_and_the_key_named(place, value, key):
    raw = copy.deepcopy(layout(rows=3))
    target = raw
    for step in place[:-1]:
        target = target[step]
    target[place[-1]] = value
    with pytest.raises(LayoutError) as refusal:
        parse(raw)
    assert refusal.value.key.startswith(key)


@pytest.mark.parametrize("raw", [None, [], "layout", 5])
def test_what_is_no_object_is_no_layout(raw):
    with pytest.raises(LayoutError):
        parse(raw)
