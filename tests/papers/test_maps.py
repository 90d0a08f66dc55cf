"""The schematic map: every town and pin is on it, nothing covers anything, nothing can break out of it."""

import io
import re
from itertools import combinations
from xml.etree import ElementTree

import docx as office
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from yishi.papers.documents import Document, Drawing, Heading, PageBreak, Paragraph, docx, pdf
from yishi.papers.maps import Mark, Pin, Town, svg
from yishi.papers.typeset import png

NAMES = ["枫溪镇", "桥头镇", "岩头镇", "大若岩镇", "碧莲镇", "巽宅镇", "南城街道", "北城街道"]
TOWNS = [Town(name) for name in NAMES]
SPACE = "{http://www.w3.org/2000/svg}"


def drawn(towns, pins=(), marks=(), **more):
    return ElementTree.fromstring(svg(towns, pins, marks, title="候选项目示意图", **more))


def boxes(root):
    """Of every text: its box as (left, top, right, bottom)."""
    found = []
    for one in root.iter(f"{SPACE}text"):
        x, y, size = (float(one.get(name)) for name in ("x", "y", "font-size"))
        half = len(one.text) * size / 2
        found.append((x - half, y - size * 0.9, x + half, y + size * 0.15))
    return found


def points(root):
    """Of every dot and square that is no frame: its box."""
    for one in root.iter(f"{SPACE}circle"):
        x, y, r = (float(one.get(name)) for name in ("cx", "cy", "r"))
        yield x - r, y - r, x + r, y + r
    for one in list(root.iter(f"{SPACE}rect"))[1:]:
        x, y, w, h = (float(one.get(name)) for name in ("x", "y", "width", "height"))
        yield x, y, x + w, y + h


def holds(root, box):
    left, top, width, height = map(float, root.get("viewBox").split())
    return left <= box[0] and top <= box[1] and box[2] <= left + width and box[3] <= top + height


def apart(one, other):
    return one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


def test_every_town_every_landmark_and_every_pin_stands_on_the_map_with_its_title():
    marks = [Mark("镇政府", 500, 510), Mark("小学", 300, 300)]
    root = drawn(TOWNS, [Pin("1", 10, 990), Pin("2", town="枫溪镇")], marks)
    words = [one.text for one in root.iter(f"{SPACE}text")]
    assert words == [*NAMES, "镇政府", "小学", "1", "2"]
    assert root.get("role") == "img"
    assert root[0].tag == f"{SPACE}title" and root[0].text == "候选项目示意图"


def test_the_units_of_the_drawing_are_those_of_spots_so_that_a_click_can_be_read_off():
    root = drawn([Town("枫溪镇", 0, 1000)])
    left, top, width, height = map(float, root.get("viewBox").split())
    assert left < 0 and top < 0 and left + width > 1000 and top + height > 1000
    dot = next(root.iter(f"{SPACE}circle"))
    assert (dot.get("cx"), dot.get("cy")) == ("0", "1000")


def test_towns_without_a_spot_take_their_turn_in_a_grid_row_by_row():
    dots = [(float(one.get("cx")), float(one.get("cy"))) for one in drawn(TOWNS).iter(f"{SPACE}circle")]
    assert len(set(dots)) == len(TOWNS)
    assert dots == sorted(dots, key=lambda dot: (dot[1], dot[0]))


def test_names_and_pins_do_not_cover_each_other_where_towns_stand_close():
    towns = [Town(name, 480 + 12 * n, 500 + 5 * n) for n, name in enumerate(NAMES)]
    pins = [Pin(str(n), town=name) for n, name in enumerate(NAMES, start=1)]
    found = boxes(drawn(towns, pins))
    assert len(found) == 16
    assert all(apart(one, other) for one, other in combinations(found, 2))


def test_a_pin_of_no_point_and_no_known_town_is_left_to_the_list():
    assert "9" not in [one.text for one in drawn(TOWNS, [Pin("9", town="无此镇")]).iter(f"{SPACE}text")]


def test_the_empty_map_is_a_map():
    assert drawn([]).get("role") == "img"


GRID = st.tuples(st.integers(0, 20), st.integers(0, 20)).map(lambda spot: (spot[0] * 50, spot[1] * 50))
SPOTS = st.lists(GRID, unique=True, max_size=25)


@settings(max_examples=60, deadline=None)
@given(SPOTS, st.lists(st.text("镇村街道小学卫生院老桥", min_size=2, max_size=6), min_size=25, max_size=25))
def test_no_name_covers_another_or_a_dot_and_all_stay_inside_the_frame(spots, names):
    towns = [
        Town(name + "甲乙丙丁戊"[n // 5] + "甲乙丙丁戊"[n % 5], x, y)
        for n, (name, (x, y)) in enumerate(zip(names, spots, strict=False))
    ]
    half = len(towns) // 2
    marks = [Mark(one.name, one.x, one.y) for one in towns[half:]]
    for root in (drawn(towns), drawn(towns[:half], marks=marks)):
        found = boxes(root)
        assert all(apart(one, other) for one, other in combinations(found, 2))
        assert all(apart(one, dot) for one in found for dot in points(root))
        assert all(holds(root, one) for one in found)


@pytest.mark.parametrize("x", [0, 130, 333, 700, 1000])
@pytest.mark.parametrize("y", [0, 17, 501, 1000])
def test_the_first_place_of_a_name_is_right_of_its_dot_and_at_the_edge_left_of_it(x, y):
    root = drawn([], marks=[Mark("桥头镇", x, y)])
    found = next(root.iter(f"{SPACE}text"))
    assert (float(found.get("x")) > x) == (x < 1000) and abs(float(found.get("y")) - y) < 30


def test_the_letters_keep_the_size_asked_for_where_there_is_room():
    assert {one.get("font-size") for one in drawn(TOWNS, size=40).iter(f"{SPACE}text")} == {"40"}


def test_a_pin_of_its_own_point_stands_there_and_the_name_gives_way():
    root = drawn([Town("桥头镇", 500, 500)], [Pin("1", 600, 500)], [Mark("小学", 560, 400)])
    pin = list(root.iter(f"{SPACE}circle"))[-1]
    assert (pin.get("cx"), pin.get("cy")) == ("600.0", "500.0")
    assert all(apart(one, other) for one, other in combinations(boxes(root), 2))


@pytest.mark.parametrize("text", ['"><script>alert(1)</script>', "a&b]]>", "\x00\ud800\u202e桥", "两\n行"])
def test_whatever_a_town_is_called_stays_text(text):
    root = drawn([Town(text, 5, 5)], [Pin(text, 6, 6)], [Mark(text, 7, 7)])
    assert {one.tag for one in root.iter()} <= {
        f"{SPACE}{n}" for n in ("svg", "title", "rect", "circle", "text", "line")
    }


def test_nothing_in_it_is_refused_by_the_security_policy_or_fetched():
    text = svg(TOWNS, [Pin("1", 5, 5)], [Mark("小学", 9, 9)], title="图")
    assert not re.search(r"style|class=\"(?!map\")|href|url\(|on\w+=|<script", text)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 1000)), max_size=25),
    st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 1000)), max_size=25),
)
def test_any_towns_and_pins_give_a_well_formed_map_that_holds_them_all(spots, points):
    towns = [Town(f"第{n}镇", x, y) for n, (x, y) in enumerate(spots)]
    root = drawn(towns, [Pin(str(n), x, y) for n, (x, y) in enumerate(points)])
    assert len(list(root.iter(f"{SPACE}circle"))) == len(spots) + len(points)


def test_the_same_map_is_the_same_text():
    assert svg(TOWNS, [Pin("1", 5, 5)], title="图") == svg(TOWNS, [Pin("1", 5, 5)], title="图")


# --- on paper ----------------------------------------------------------------

PAPER = Document(
    "候选项目", blocks=[Drawing(svg(TOWNS, [Pin("1", 5, 5)], title="图"), "图一", 100, "八个镇")]
)


def test_a_drawing_is_printed_with_its_caption_and_its_towns_as_text():
    page = pypdfium2.PdfDocument(pdf(PAPER))[0]
    text = page.get_textpage().get_text_range()
    assert "图一" in text
    darkest = page.render(scale=1).to_pil().convert("L").getextrema()[0]
    assert darkest < 80


def test_a_drawing_stands_in_the_word_file_as_a_picture_with_words_for_who_cannot_see_it():
    paper = office.Document(io.BytesIO(docx(PAPER)))
    assert len(paper.inline_shapes) == 1
    assert paper.inline_shapes[0]._inline.docPr.get("descr") == "八个镇"
    assert any("图一" in one.text for one in paper.paragraphs)


def test_a_drawing_becomes_a_picture_of_the_width_asked_for():
    picture = Image.open(io.BytesIO(png(svg(TOWNS, [], title="图"), 100, dots=254)))
    assert abs(picture.width - 1000) <= 2 and picture.height > picture.width * 0.9


def test_a_heading_after_a_page_break_begins_the_page_and_no_empty_line_stands_above_it():
    blocks = [Paragraph("目录"), PageBreak(), Heading("1．甲"), PageBreak(), Paragraph("附件")]
    paper = office.Document(io.BytesIO(docx(Document("候选项目", blocks=blocks))))
    heading = next(one for one in paper.paragraphs if one.text == "1．甲")
    assert heading.paragraph_format.page_break_before
    assert paper.element.xml.count('w:type="page"') == 1
