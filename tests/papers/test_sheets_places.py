"""What the layout of a sheet says is what is printed, and a machine finds its way on it."""

import hashlib
import json
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import pypdfium2
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from yishi.papers.sheets import (
    Option,
    SheetError,
    SheetForm,
    layout_hash,
    layout_json,
    sheet_pdf,
    sheets_pdf,
    tags,
)

BODY = "永嘉县桥头镇第十八届人民代表大会第三次会议"
DOTS = 300 / 25.4  # pixels a mm
FORM = SheetForm(
    "民生实事项目表决票", BODY, "approve_each", [Option("桥头镇中心小学扩建工程", "概算120万元")]
)


def of(rows: int, **changes: Any) -> SheetForm:
    options = [
        Option(f"第{n}项：桥头镇中心小学扩建工程", "概算120万元" if n % 2 else "") for n in range(1, rows + 1)
    ]
    return replace(FORM, options=options, **changes)


PRINTED = {
    "A4, 20 rows": of(20),
    "A5, 10 rows": of(10, size="A5"),
    "A4, grades": of(7, kind="grades"),
    "A5, grades, stamped": of(4, kind="grades", size="A5", stamp="演练"),
    "A4, 60 rows, choose": of(60, kind="choose_up_to", seats=20),
    "A4, election in English": of(5, kind="elect", seats=3, lang="en", page_note="Second round"),
    "A5, election, stamped": of(3, kind="elect", seats=1, size="A5", stamp="演练"),
    "A4, no seal": of(3, seal=False),
}
every_print = pytest.mark.parametrize("name", PRINTED)


@cache
def pages(name: str) -> list[tuple[dict[str, Any], np.ndarray]]:
    """Each page's layout and its picture, 0 is black."""
    form = PRINTED[name]
    with pypdfium2.PdfDocument(sheet_pdf(form)) as pdf:
        pictures = [page.render(scale=300 / 72, grayscale=True).to_numpy().squeeze().copy() for page in pdf]
    return list(zip(layout_json(form)["pages"], pictures, strict=True))


def box(thing: dict[str, float]) -> tuple[float, float, float, float]:
    """Left, top, right, bottom in mm."""
    w, h = thing.get("w_mm", thing.get("size_mm", 0)), thing.get("h_mm", thing.get("size_mm", 0))
    return thing["x_mm"], thing["y_mm"], thing["x_mm"] + w, thing["y_mm"] + h


def pixels(around: tuple[float, ...], more: float) -> list[int]:
    """The edges in pixels of a box and so many mm around it."""
    return [round((edge + side * more) * DOTS) for edge, side in zip(around, (-1, -1, 1, 1), strict=True)]


def ink(picture: np.ndarray, around: tuple[float, ...], more: float) -> tuple[float, ...] | None:
    """The edges in mm of what is dark in a box and so many mm around it."""
    left, top, right, bottom = pixels(around, more)
    ys, xs = np.nonzero(picture[top:bottom, left:right] < 128)
    if not len(xs):
        return None
    edges = (left + xs.min(), top + ys.min(), left + xs.max() + 1, top + ys.max() + 1)
    return tuple(edge / DOTS for edge in edges)


def stands(picture: np.ndarray, told: tuple[float, ...], more: float, line: float = 0.0) -> bool:
    """Whether what is printed fills the box told, a stroke `line` mm wide on its edge, to 0.2 mm."""
    found = ink(picture, told, more)
    half = line / 2
    wanted = (told[0] - half, told[1] - half, told[2] + half, told[3] + half)
    return found is not None and all(abs(a - b) <= 0.2 for a, b in zip(found, wanted, strict=True))


@every_print
def test_ovals_marks_bars_and_code_stand_where_the_layout_says(name):
    for page, picture in pages(name):
        sides = (page["height_mm"], page["width_mm"])
        assert all(abs(a - b * DOTS) < 2 for a, b in zip(picture.shape, sides, strict=True))
        assert all(stands(picture, box(mark), 1) for mark in page["tags"])
        assert all(stands(picture, box(bar), 0.5) for bar in page["timing"])
        assert stands(picture, box(page["code"]), 1.5)
        assert all(stands(picture, box(oval), 0.6, 0.8 * 25.4 / 72) for oval in page["boxes"])


@every_print
def test_the_corner_marks_tell_form_and_page_to_a_detector(name):
    family = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h11)
    detector = cv2.aruco.ArucoDetector(family)
    for page, picture in pages(name):
        corners, ids, _ = detector.detectMarkers(picture)
        found = {
            int(id_): corner.reshape(4, 2) / DOTS for id_, corner in zip(ids.flatten(), corners, strict=True)
        }
        assert sorted(found) == sorted(mark["id"] for mark in page["tags"])
        for mark in page["tags"]:
            left, top, right, bottom = box(mark)
            wanted = [(left, top), (right, top), (right, bottom), (left, bottom)]
            assert np.abs(found[mark["id"]] - np.array(wanted)).max() <= 0.2


@every_print
def test_the_code_is_read_and_says_the_form_the_layout_and_the_page(name):
    plan = layout_json(PRINTED[name])
    for page, picture in pages(name):
        small = cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        (found,) = zxingcpp.read_barcodes(small)
        assert found.text == page["code"]["text"] == f"YS1:{plan['form']}:{plan['hash']}:{page['number']}"
        assert found.ec_level == "H"


@every_print
def test_nothing_is_printed_but_what_the_layout_names(name):
    for page, picture in pages(name):
        rest = picture.copy()
        table = page["table"]
        named = [*page["tags"], *page["timing"], page["code"], *page["printed"], table]
        named += [page["seal"]] if page["seal"] else []
        # The frame of the stamp is named among the lines.
        rules = [
            {"x_mm": min(rule["x1_mm"], rule["x2_mm"]), "y_mm": min(rule["y1_mm"], rule["y2_mm"]),
             "w_mm": abs(rule["x2_mm"] - rule["x1_mm"]), "h_mm": abs(rule["y2_mm"] - rule["y1_mm"])}
            for rule in page["lines"]
        ]  # fmt: skip
        for thing in (*named, *rules):
            left, top, right, bottom = pixels(box(thing), 0.4)
            rest[top:bottom, left:right] = 255
        assert (rest > 250).all()
        # In the columns of the ovals: the ovals, their words and the rules.
        start = min(oval["x_mm"] for oval in page["boxes"]) - 1
        first = min(row["y_mm"] for row in page["rows"])
        cells = picture.copy()
        for thing in (*page["boxes"], *(oval["label"] for oval in page["boxes"]), *rules):
            left, top, right, bottom = pixels(box(thing), 0.3)
            cells[top:bottom, left:right] = 255
        right, bottom = box(table)[2:]
        part = cells[
            round(first * DOTS) : round(bottom * DOTS), round(start * DOTS) : round((right - 0.5) * DOTS)
        ]
        assert (part > 250).all()


@every_print
def test_the_ovals_and_the_fields_for_names_are_white(name):
    for page, picture in pages(name):
        for oval in page["boxes"]:
            middle_x, middle_y = oval["x_mm"] + oval["w_mm"] / 2, oval["y_mm"] + oval["h_mm"] / 2
            part = picture[
                round((middle_y - 1.5) * DOTS) : round((middle_y + 1.5) * DOTS),
                round((middle_x - 2.4) * DOTS) : round((middle_x + 2.4) * DOTS),
            ]
            assert (part == 255).all()
            assert ink(picture, box(oval["label"]), 0) is not None
        for row in page["rows"]:
            if row["write_in"]:
                assert ink(picture, box(row["name"]), 0) is None
                assert row["name"]["w_mm"] > 20
            else:
                assert ink(picture, box(row["name"]), 0) is not None


def test_the_stamp_of_a_rehearsal_leaves_the_table_as_it_is():
    plain, stamped = of(12, code="K7QM2XPA"), of(12, code="K7QM2XPA", stamp="演练")
    table = layout_json(plain)["pages"][0]["table"]
    assert table == layout_json(stamped)["pages"][0]["table"]
    left, top, right, bottom = (round(edge * 8) for edge in box(table))
    parts = []
    for form in (plain, stamped):
        picture = pypdfium2.PdfDocument(sheet_pdf(form))[0].render(scale=8 * 25.4 / 72, grayscale=True)
        parts.append(picture.to_numpy().squeeze()[top - 4 : bottom + 4, left - 4 : right + 4].copy())
    assert (parts[0] == parts[1]).all()


forms = st.builds(
    of,
    st.integers(1, 60),
    kind=st.sampled_from(["approve_each", "choose_up_to", "grades", "elect"]),
    size=st.sampled_from(["A4", "A5"]),
    lang=st.sampled_from(["zh", "en"]),
    seats=st.integers(1, 5),
    title=st.sampled_from(["选票", "关于2027年度民生实事项目候选项目征求意见情况的表决票（第二轮）"]),
    stamp=st.sampled_from(["", "演练"]),
    page_note=st.sampled_from(["", "第二轮"]),
    seal=st.booleans(),
)


def touch(one: tuple[float, ...], other: tuple[float, ...], apart: float) -> bool:
    """Whether two boxes are less than so many mm apart."""
    return (
        one[0] - apart < other[2]
        and other[0] - apart < one[2]
        and one[1] - apart < other[3]
        and other[1] - apart < one[3]
    )


def middle_in(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    x, y = (one[0] + one[2]) / 2, (one[1] + one[3]) / 2
    return other[0] < x < other[2] and other[1] < y < other[3]


@settings(max_examples=25, deadline=None)
@given(forms)
def test_nothing_touches_anything_whatever_the_form(form):
    plan = layout_json(form)
    rows = [row["row"] for page in plan["pages"] for row in page["rows"]]
    assert rows == list(range(len(form.options) + (form.kind == "elect") * form.seats))
    for page in plan["pages"]:
        marks, bars, code, table = page["tags"], page["timing"], page["code"], page["table"]
        assert [(mark["corner"], mark["size_mm"]) for mark in marks] == [
            (corner, 9) for corner in ("tl", "tr", "bl", "br")
        ]
        edges = {0: (8, 8), 1: (page["width_mm"] - 17, 8), 2: (8, page["height_mm"] - 17)}
        assert all((marks[at]["x_mm"], marks[at]["y_mm"]) == place for at, place in edges.items())
        assert [(bar["row"], bar["side"]) for bar in bars] == [
            (row["row"], side) for row in page["rows"] for side in ("left", "right")
        ]
        printed, seal = page["printed"], [page["seal"]] if page["seal"] else []
        things = [*bars, *printed, *seal, code, table]
        # One module of white around a corner mark, four around the code.
        assert not any(touch(box(mark), box(thing), 9 / 8) for mark in marks for thing in things)
        near = [thing for thing in things if thing is not code]
        assert not any(touch(box(code), box(thing), 4 * code["w_mm"] / 29) for thing in near)
        assert not any(touch(box(table), box(thing), 1) for thing in (*bars, *seal))
        assert not any(touch(box(table), box(thing), 0.3) for thing in printed)
        if page["seal"]:
            ring = box(page["seal"])
            others = [text for text in map(box, printed) if not middle_in(text, ring)]
            assert len(others) == len(printed) - 1
            assert not any(touch(ring, text, 0) for text in others)
        for oval, other in pairwise(page["boxes"]):
            assert not touch(box(oval), box(other), 1)
        for oval in page["boxes"]:
            left, top, right, bottom = box(oval)
            assert (oval["w_mm"], oval["h_mm"]) == (8, 5.2)
            row = next(row for row in page["rows"] if row["row"] == oval["row"])
            assert top - row["y_mm"] > 1.2
            assert row["y_mm"] + row["h_mm"] - bottom > 1.2
            upright = [rule for rule in page["lines"] if rule["x1_mm"] == rule["x2_mm"]]
            upright = [rule for rule in upright if rule["y1_mm"] >= table["y_mm"]]
            assert not any(left - 1.2 < rule["x1_mm"] < right + 1.2 for rule in upright)
            assert not touch(box(oval), box(oval["label"]), 0)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("approve_each", ["for", "against", "abstain"]),
        ("choose_up_to", ["choice"]),
        ("grades", ["satisfied", "basically", "dissatisfied", "abstain"]),
        ("elect", ["for", "against", "abstain"]),
    ],
)
def test_the_layout_names_what_each_oval_says(kind, options):
    plan = layout_json(of(4, kind=kind, seats=2, write_ins=0))
    for row in range(4):
        boxes = [oval for oval in plan["pages"][0]["boxes"] if oval["row"] == row]
        assert [oval["option"] for oval in boxes] == options
        assert [oval["x_mm"] for oval in boxes] == sorted(oval["x_mm"] for oval in boxes)
    assert plan["kind"] == kind
    assert plan["seats"] == (2 if kind in ("choose_up_to", "elect") else None)
    assert len(plan["columns"]) == len(options)
    assert len(plan["options"]) == 4


@pytest.mark.parametrize(("kind", "option"), [("elect", "for"), ("choose_up_to", "choice")])
def test_a_row_to_write_in_has_one_oval_and_room_for_a_name(kind, option):
    page = layout_json(of(2, kind=kind, seats=2, write_ins=2))["pages"][0]
    assert [row["write_in"] for row in page["rows"]] == [False, False, True, True]
    assert [oval["option"] for oval in page["boxes"] if oval["row"] >= 2] == [option, option]


def test_grades_have_nobody_to_write_in():
    with pytest.raises(SheetError) as refused:
        layout_json(of(2, kind="grades", write_ins=1))
    assert refused.value.field == "write_ins"


def test_the_layout_is_plain_json_and_the_same_for_the_same_form():
    form = of(25, kind="elect", seats=3)
    again = replace(form, options=tuple(form.options))
    assert json.dumps(layout_json(form)) == json.dumps(layout_json(again))
    assert json.loads(json.dumps(layout_json(form))) == layout_json(form)
    assert sheet_pdf(form) == sheet_pdf(again)


def test_another_word_is_another_form_and_another_place_another_layout():
    plan = layout_json(of(3))
    assert layout_json(of(3, body="另一次会议"))["form"] != plan["form"]
    assert layout_json(of(3, stamp="演练"))["form"] != plan["form"]
    one, other = (layout_json(of(rows, code="K7QM2XPA")) for rows in (3, 4))
    assert one["form"] == other["form"] == "K7QM2XPA"
    assert one["hash"] != other["hash"]


def test_the_hash_is_over_the_layout_without_itself_and_the_code_texts():
    plan = layout_json(of(25))
    assert layout_hash(plan) == plan["hash"]
    bare = json.loads(json.dumps(plan))
    del bare["hash"]
    for page in bare["pages"]:
        del page["code"]["text"]
    text = json.dumps(bare, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest()[:8] == plan["hash"]


@pytest.mark.parametrize(
    "code", ["K7QM2XP", "K7QM2XPA1", "k7qm2xpa", "K7QM2XPI", "K7QM2XPU", "K7QM2XP:", "　" * 8]
)
def test_a_code_that_cannot_be_told_is_refused(code):
    with pytest.raises(SheetError) as refused:
        layout_json(of(3, code=code))
    assert refused.value.field == "code"


def test_a_row_higher_than_a_page_is_refused():
    with pytest.raises(SheetError) as refused:
        layout_json(replace(FORM, size="A5", options=[Option("长" * 120, "细" * 300)]))
    assert refused.value.field == "options"


def test_the_numbers_of_the_corner_marks_come_from_form_and_page():
    for page in layout_json(of(45, code="K7QM2XPA"))["pages"]:
        for corner, mark in enumerate(page["tags"]):
            digest = hashlib.sha256(f"K7QM2XPA|{page['number']}|{corner}".encode()).hexdigest()
            assert mark["id"] == 4 * (int(digest[:8], 16) % 146) + corner


def test_the_table_of_corner_marks_is_the_family_of_the_detector():
    family = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h11)
    for number in range(587):
        drawn = cv2.aruco.generateImageMarker(family, number, 8) == 0
        assert (np.array(tags.tag(number)) == drawn).all()


def test_an_outline_goes_round_every_black_module_and_no_other():
    modules = [[True, False, True], [False, True, False], [True, True, True]]
    assert sum(len(path) for path in tags.outlines(modules)) >= 4
    area = 0
    for path in tags.outlines(modules):
        area += sum(x * v - u * y for (x, y), (u, v) in zip(path, [*path[1:], path[0]], strict=True))
    assert area / 2 == 6


def test_sheets_of_many_forms_are_set_one_after_the_other(monkeypatch):
    monkeypatch.setattr("yishi.papers.sheets.AT_ONCE", 2)
    many = [of(3, title="甲票"), of(21, title="乙票"), of(2, title="丙票", size="A5")]
    with pypdfium2.PdfDocument(sheets_pdf(many)) as pdf:
        texts = [page.get_textpage().get_text_range() for page in pdf]
        sizes = [round(page.get_width()) for page in pdf]
    assert [next(word for word in ("甲票", "乙票", "丙票") if word in text) for text in texts] == [
        "甲票", "乙票", "乙票", "丙票",
    ]  # fmt: skip
    assert sizes == [595, 595, 595, 420]
    with pytest.raises(ValueError, match="no forms"):
        sheets_pdf([])


def test_the_code_is_told_to_be_the_same_on_every_sheet():
    text = pypdfium2.PdfDocument(sheet_pdf(of(3, code="K7QM2XPA")))[0].get_textpage().get_text_range()
    assert "票样K7QM2XPA（每张相同）" in text
