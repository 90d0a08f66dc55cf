"""Ballot sheets: nothing singles out a ballot, and every oval stands where the layout says."""

from dataclasses import replace
from itertools import pairwise

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yishi.papers.sheets import (
    Layout,
    Option,
    SheetError,
    SheetForm,
    columns,
    instructions,
    layout,
    sheet_pdf,
)

BODY = "永嘉县桥头镇第十八届人民代表大会第三次会议"
PROJECTS = SheetForm(
    "民生实事项目表决票", BODY, "approve_each", [Option(f"项目{n}", "概算120万元") for n in range(12)]
)
ELECTION = SheetForm(
    "选票", BODY, "elect", [Option("欧阳堃喆"), Option("王翀"), Option("李犇骉")], seats=2, size="A5"
)


def opened(data: bytes) -> pypdfium2.PdfDocument:
    return pypdfium2.PdfDocument(data)


def with_options(count: int, **changes: object) -> SheetForm:
    return replace(PROJECTS, options=[Option(f"项目{n}") for n in range(count)], **changes)


def pictures(data: bytes) -> list[bytes]:
    """The pixels of every page."""
    return [page.render(scale=1).to_pil().tobytes() for page in opened(data)]


def test_all_copies_draw_the_very_same_page():
    data = sheet_pdf(PROJECTS, 5)
    assert len(opened(data)) == 5
    assert len(set(pictures(data))) == 1
    texts = {page.get_textpage().get_text_range() for page in opened(data)}
    assert len(texts) == 1


def test_four_hundred_copies_are_as_small_as_one_and_a_list_of_pages():
    one, many = sheet_pdf(PROJECTS), sheet_pdf(PROJECTS, 400)
    assert len(opened(many)) == 400
    assert len(many) < len(one) + 400 * 400


def test_no_copy_is_numbered():
    text = opened(sheet_pdf(PROJECTS, 3))[2].get_textpage().get_text_range()
    assert "页" not in text


@pytest.mark.parametrize("copies", [0, -1, 20_001])
def test_a_senseless_number_of_copies_is_refused(copies):
    with pytest.raises(SheetError) as refused:
        sheet_pdf(PROJECTS, copies)
    assert refused.value.field == "copies"


@pytest.mark.parametrize(("size", "most"), [("A4", 20), ("A5", 10)])
def test_rows_beyond_the_page_go_on_another(size, most):
    assert len(layout(with_options(most, size=size)).pages) == 1
    more = layout(with_options(most + 1, size=size))
    assert len(more.pages) == 2
    assert abs(len(more.pages[0].rows) - len(more.pages[1].rows)) <= 1


def test_pages_of_one_sheet_are_told_apart_and_copies_stay_together():
    data = sheet_pdf(with_options(21), 2)
    first, second, third, fourth = (page.get_textpage().get_text_range() for page in opened(data))
    assert "第1页" in first
    assert "第2页" in second
    assert (first, second) == (third, fourth)


@pytest.mark.parametrize(
    ("kind", "ovals"), [("approve_each", 3), ("choose_up_to", 1), ("grades", 4), ("elect", 3)]
)
@pytest.mark.parametrize("size", ["A4", "A5"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_kind_has_its_ovals_in_every_row(kind, ovals, size, lang):
    form = replace(PROJECTS, kind=kind, seats=2, size=size, lang=lang, write_ins=0)
    if (kind, size, lang) == ("approve_each", "A5", "zh"):
        assert columns(form) == ("赞成", "反对", "弃权")
    rows: dict[int, list[int]] = {}
    for page in layout(form).pages:
        for oval in page.ovals:
            rows.setdefault(oval.row, []).append(oval.column)
    assert rows == {row: list(range(ovals)) for row in range(12)}


def test_an_election_has_a_row_to_write_in_for_each_seat():
    rows = layout(ELECTION).pages[0].rows
    assert [row.option for row in rows] == [0, 1, 2, None, None]
    ovals = [oval.column for oval in layout(ELECTION).pages[0].ovals if oval.row >= 3]
    assert ovals == [0, 0]
    text = opened(sheet_pdf(ELECTION))[0].get_textpage().get_text_range()
    assert text.count("另选他人") >= 2


def test_a_vote_on_projects_has_no_row_to_write_in():
    assert all(row.option is not None for row in layout(PROJECTS).pages[0].rows)


def inside(plan: Layout) -> bool:
    return all(
        box.x >= 17 and box.x + box.w <= plan.width - 17 and box.y >= 15 and box.y + box.h <= plan.height - 5
        for page in plan.pages
        for box in (*page.ovals, *page.texts)
    )


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.builds(
            Option,
            st.text(min_size=1, max_size=120).filter(lambda text: any(c.isalnum() for c in text)),
            st.text(max_size=300),
        ),
        min_size=1,
        max_size=30,
    ),
    st.sampled_from(["A4", "A5"]),
    st.sampled_from(["approve_each", "choose_up_to", "grades", "elect"]),
)
def test_no_two_rows_or_ovals_touch_whatever_the_options(options, size, kind):
    plan = layout(SheetForm("票", BODY, kind, options, seats=1, size=size))
    assert inside(plan)
    assert [row.index for page in plan.pages for row in page.rows] == list(
        range(len(options) + (kind == "elect"))
    )
    for page in plan.pages:
        for above, below in pairwise(page.rows):
            assert abs(above.y + above.h - below.y) < 1e-6
        for row in page.rows:
            assert row.h >= 10
            mine = [oval for oval in page.ovals if oval.row == row.index]
            assert all(row.y + 0.3 < oval.y and oval.y + oval.h < row.y + row.h - 0.3 for oval in mine)
            for left, right in pairwise(mine):
                assert left.x + left.w < right.x


def test_the_seal_stands_outside_the_table():
    for form in (PROJECTS, ELECTION):
        page = layout(form).pages[0]
        assert page.seal is not None
        _, y, diameter = page.seal
        assert y + diameter / 2 < min(line.y1 for line in page.lines)


def test_the_ovals_are_drawn_where_the_layout_says():
    page = opened(sheet_pdf(PROJECTS))[0]
    scale = 8 * 25.4 / 72
    picture = page.render(scale=scale).to_pil().convert("L")
    for oval in layout(PROJECTS).pages[0].ovals:
        y = round((oval.y + oval.h / 2) * 8)
        for x in (oval.x, oval.x + oval.w):
            near = [picture.getpixel((round(x * 8) + step, y)) for step in range(-2, 3)]
            assert min(near) < 100
        assert picture.getpixel((round((oval.x + oval.w / 2) * 8), y)) > 200


def test_the_rehearsal_is_stamped_and_the_vote_is_not():
    assert "演练" in opened(sheet_pdf(replace(PROJECTS, stamp="演练")))[0].get_textpage().get_text_range()
    assert "演练" not in opened(sheet_pdf(PROJECTS))[0].get_textpage().get_text_range()


def test_the_instructions_say_how_many_and_never_to_alter():
    chosen = replace(PROJECTS, kind="choose_up_to", seats=10)
    assert "从下列12项中最多选10项" in instructions(chosen)[0]
    assert any("不要涂改" in line and "不得写姓名" in line for line in instructions(PROJECTS))
    assert instructions(replace(PROJECTS, instructions=("听主持人说明。",))) == ("听主持人说明。",)


@pytest.mark.parametrize(
    ("form", "field"),
    [
        (replace(PROJECTS, title=" "), "title"),
        (replace(PROJECTS, options=[]), "options"),
        (replace(PROJECTS, options=[Option(" ")]), "options"),
        (replace(PROJECTS, options=[Option("\x00")]), "options"),
        (replace(PROJECTS, options=[Option("长" * 121)]), "options"),
        (replace(PROJECTS, options=[Option("长", "细" * 301)]), "options"),
        (with_options(201), "options"),
        (replace(PROJECTS, kind="choose_up_to"), "seats"),
        (replace(ELECTION, seats=0), "seats"),
        (replace(ELECTION, write_ins=51), "write_ins"),
        (replace(PROJECTS, columns=("甲",) * 6), "columns"),
        (replace(PROJECTS, columns=("很长很长很长很长很长的词",) * 3, size="A5"), "columns"),
        (replace(PROJECTS, instructions=("说明" * 900,)), "instructions"),
    ],
)
def test_a_form_that_cannot_be_printed_names_the_field_in_both_languages(form, field):
    with pytest.raises(SheetError) as refused:
        sheet_pdf(form)
    assert refused.value.field == field
    assert refused.value.zh
    assert refused.value.en.isascii()


@pytest.mark.parametrize(
    "text", ['#eval("1")', "<script>", "😀 שלום \u202e", "a" * 120, "\x01甲\ud800", "] } $ * _"]
)
def test_hostile_titles_are_only_text(text):
    form = replace(PROJECTS, title=text, body=text, options=[Option(text, text)], page_note=text)
    assert len(opened(sheet_pdf(form, 2))) == 2


def test_the_fonts_are_embedded_in_copies_too():
    page = opened(sheet_pdf(PROJECTS, 3))[2]
    fonts = [
        pypdfium2.raw.FPDFTextObj_GetFont(item)
        for item in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT])
    ]
    assert fonts
    assert all(pypdfium2.raw.FPDFFont_GetIsEmbedded(font) == 1 for font in fonts)
