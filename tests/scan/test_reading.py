"""From a picture to votes and doubts: what people draw, and what becomes of it in a scanner."""

import json

import cv2
import numpy as np
import pytest

from tests.scan.drawn import Sheet, layout
from yishi.scan.layout import parse
from yishi.scan.pages import Picture
from yishi.scan.reading import read

PLAN = layout(rows=10)
LAYOUT = parse(PLAN)


def rows(sheet, **how):
    reading = read(sheet.picture(**how), LAYOUT)
    assert reading.rejected is None
    return reading.rows


def test_an_unmarked_sheet_is_blank_in_every_row_with_noise_and_without():
    for noise in (0, 5):
        assert {(row.option, row.doubt, row.why) for row in rows(Sheet(PLAN), noise=noise)} == {
            (None, False, "blank")
        }


@pytest.mark.parametrize("degrees", [0, 2.5, 90, 180])
@pytest.mark.parametrize("noise", [0, 4])
def test_ticks_and_fillings_are_votes_where_they_stand(degrees, noise):
    sheet = Sheet(PLAN)
    for row in range(9):
        option = ("for", "against", "abstain")[row % 3]
        if row < 5:
            sheet.tick(row, option, size=0.8 + 0.1 * row)
        else:
            sheet.fill(row, option)
    found = rows(sheet, degrees=degrees, noise=noise)
    assert [row.option for row in found] == ["for", "against", "abstain"] * 3 + [None]
    assert not any(row.doubt for row in found)


def drawn(draw):
    sheet = Sheet(PLAN)
    draw(sheet)
    return rows(sheet, noise=3, degrees=0.7)[4]


def ring(sheet):
    x, y = sheet.oval(4, "against")
    sheet.ring(x - 5, y - 3.6, 10, 7.2, 0.5, (30, 30, 30))


def struck(sheet):
    y = PLAN["pages"][0]["rows"][4]["y_mm"]
    sheet.tick(4, "for")
    sheet.line([(31, y + 5.4), (62, y + 5.0)], 0.5)


def scribbled(sheet):
    x, y = sheet.oval(4, "for")
    sheet.line([(x - 6 + 0.4 * n, y + (4.5 if n % 2 else -4.5)) for n in range(30)], 0.6)


def word(sheet):
    x, y = sheet.oval(4, "against")
    sheet.line([(x + 5, y + 1.9), (x + 13, y - 2.1)], 0.5)


def both(sheet):
    sheet.tick(4, "for")
    sheet.tick(4, "abstain")


@pytest.mark.parametrize(
    ("draw", "why"),
    [
        (both, {"two_marks"}),
        (lambda sheet: sheet.dot(4, "for", 0.9), {"faint"}),
        (lambda sheet: (sheet.tick(4, "for"), sheet.dot(4, "against", 0.9)), {"second"}),
        (lambda sheet: sheet.cross(4, "for"), {"cross"}),
        (lambda sheet: sheet.cross(4, "for", mm=0.3, ink=(150, 150, 150)), {"cross", "faint"}),
        (lambda sheet: sheet.tick(4, "for", dx=15.0), {"beside", "label"}),
        (struck, {"name"}),
        (scribbled, {"scratched", "shared", "beside"}),
        (word, {"label"}),
        (lambda sheet: sheet.tick(4, "for", mm=0.9, ink=(225, 225, 225)), {"faint", "traces"}),
    ],
)
def test_what_is_not_one_clear_mark_is_left_to_people(draw, why):
    found = drawn(draw)
    assert found.doubt and found.option is None
    assert found.why in why


def test_a_closed_ring_around_one_oval_is_its_vote_and_half_a_ring_is_a_doubt():
    assert drawn(ring).option == "against"

    def half(sheet):
        ring(sheet)
        x, y = sheet.oval(4, "against")
        sheet.box(x - 7, y - 4.4, 6.0, 8.4, (255, 255, 255))
        sheet.ring(x - 4, y - 2.6, 8, 5.2)

    assert drawn(half).doubt

    def two(sheet):
        ring(sheet)
        sheet.tick(4, "for")

    assert drawn(two).why == "two_marks"


def test_a_clear_cross_in_the_oval_against_is_against():
    assert drawn(lambda sheet: sheet.cross(4, "against")).option == "against"


def test_a_long_tail_is_part_of_its_tick():
    sheet = Sheet(PLAN)
    for row in (3, 4, 5):
        x, y = sheet.oval(row, "for")
        sheet.line([(x - 2, y - 0.4), (x - 0.4, y + 1.8), (x + 6.5, y - 6)], 0.5)
    found = rows(sheet, noise=3)
    assert [found[row].option for row in (3, 4, 5)] == ["for"] * 3
    assert found[2].why == "blank"


def test_a_name_on_the_ballot_is_found_where_nothing_is_to_be_written():
    sheet = Sheet(PLAN)
    assert read(sheet.picture(noise=3), LAYOUT).elsewhere == 0
    sheet.word(60, 210, "ZHANG SAN", 5)
    found = read(sheet.picture(1.0, noise=3), LAYOUT)
    assert found.elsewhere > 10
    assert all(55 < ink.x < 130 and 195 < ink.y < 215 for ink in found.elsewhere_boxes)


def test_a_write_in_is_left_to_people_and_an_empty_one_is_blank():
    plan = layout(rows=6, write_ins=2)
    sheet = Sheet(plan)
    name = plan["pages"][0]["rows"][4]["name"]
    for row in plan["pages"][0]["rows"][4:]:
        row["name"] = {**name, "y_mm": row["name"]["y_mm"], "x_mm": 60, "w_mm": 41}
    sheet.word(66, name["y_mm"] + 6.5, "WANG WU", 4)
    sheet.tick(4, "for")
    found = read(sheet.picture(noise=2), parse(plan)).rows
    assert found[4].why == "write_in"
    assert found[5].why == "blank"


def test_a_red_pen_and_a_seal_are_told_from_ink():
    sheet = Sheet(PLAN)
    sheet.tick(2, "for", mm=0.6, ink=(225, 40, 40))
    sheet.tick(4, "against")
    x, y = sheet.oval(4, "against")
    sheet.ring(x - 15, y - 15, 30, 30, 1.2, (235, 60, 60))
    found = read(sheet.picture(noise=2, colour=True), LAYOUT)
    assert found.rows[2].doubt and found.rows[2].why == "red"
    assert found.rows[4].option == "against"
    assert "red" in found.warnings


def test_a_shadow_over_half_the_sheet_makes_no_ink():
    sheet = Sheet(PLAN)
    sheet.tick(6, "for")
    picture = sheet.picture(noise=2)
    shade = np.linspace(1.0, 0.55, picture.grey.shape[1])
    shade[900:] *= 0.75
    dark = Picture((picture.grey * shade[None]).astype(np.uint8), None, 200.0)
    found = read(dark, LAYOUT).rows
    assert found[6].option == "for"
    assert [row.row for row in found if row.why != "blank"] == [6]


def test_low_contrast_and_jpeg_are_read():
    sheet = Sheet(PLAN)
    sheet.tick(6, "for")
    grey = (120 + 0.4 * sheet.picture(noise=2).grey.astype(np.float32)).astype(np.uint8)
    packed = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, 40])[1]
    found = read(Picture(np.asarray(cv2.imdecode(packed, 0), np.uint8), None, 200.0), LAYOUT).rows
    assert found[6].option == "for"
    assert sum(row.option is not None for row in found) == 1


def test_a_bilevel_scan_gives_votes_but_no_certain_blanks():
    sheet = Sheet(PLAN)
    sheet.fill(1, "for")
    two = np.where(sheet.picture().grey > 128, 255, 0).astype(np.uint8)
    found = read(Picture(two, None, 200.0), LAYOUT)
    assert found.rows[1].option == "for"
    assert {row.why for row in found.rows if row.row != 1} == {"bilevel"}


def test_timing_marks_lead_to_rows_of_a_creased_sheet():
    sheet = Sheet(PLAN)
    for row in range(10):
        sheet.tick(row, "for")
    grey = sheet.picture(noise=2).grey
    ys, xs = np.indices(grey.shape, np.float32)
    bent = ys + 9 * np.sin(ys / grey.shape[0] * 9).astype(np.float32)
    creased = cv2.remap(grey, xs, bent, cv2.INTER_LINEAR, borderValue=255)
    found = read(Picture(np.asarray(creased, np.uint8), None, 200.0), LAYOUT)
    assert found.rejected is None
    assert [row.option for row in found.rows] == ["for"] * 10


def test_without_timing_marks_a_sheet_is_refused_as_distorted():
    sheet = Sheet(PLAN)
    for bar in PLAN["pages"][0]["timing"]:
        sheet.box(bar["x_mm"] - 1, bar["y_mm"] - 1, bar["w_mm"] + 2, bar["h_mm"] + 2, (255, 255, 255))
    assert read(sheet.picture(), LAYOUT).rejected == "distorted"


def test_a_refusal_is_told_and_not_thrown():
    reading = read(Picture(np.full((2339, 1654), 255, np.uint8), None, 200.0), LAYOUT)
    assert (reading.rejected, reading.page, reading.rows) == ("blank", None, ())
    assert json.loads(json.dumps(reading.to_json()))["rejected"] == "blank"


def test_a_reading_is_plain_data_without_its_picture():
    sheet = Sheet(PLAN)
    sheet.tick(0, "for")
    reading = read(sheet.picture(), LAYOUT)
    raw = json.loads(json.dumps(reading.to_json(), allow_nan=False))
    assert raw["page"] == 1 and raw["rows"][0]["option"] == "for"
    assert raw["rows"][0]["boxes"][0]["class"] == "mark"
    assert reading.grey is not None and "grey" not in raw
