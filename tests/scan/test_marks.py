"""The mark core on drawn pictures: every band, at other resolutions, with a blank to take away."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yishi.scan.marks import BLANK, DOUBT, MARK, Box, band, measure
from yishi.scan.marks_command import main

PPM = 200 / 25.4
PLACES = [(90 + 130 * (n % 4), 80 + 90 * (n // 4)) for n in range(16)]


def picture(ppm=PPM, line=0.28):
    """16 empty ovals of 8 x 5.2 mm and their boxes; all places scale with the resolution."""
    k = ppm / PPM
    grey = np.full((round(460 * k), round(620 * k)), 255, np.uint8)
    boxes = []
    for x, y in PLACES:
        box = Box(x * k, y * k, 8 * ppm, 5.2 * ppm)
        axes = (round(box.w * 8), round(box.h * 8))
        at = (round((box.x - 0.5) * 16), round((box.y - 0.5) * 16))
        cv2.ellipse(grey, at, axes, 0, 0, 360, 0, max(1, round(line * ppm)), cv2.LINE_AA, 4)
        boxes.append(box)
    return grey, boxes


def stroke(grey, box, points, mm=0.5, ink=40, ppm=PPM):
    path = np.array([((box.x + x * ppm) * 16, (box.y + y * ppm) * 16) for x, y in points], np.int32)
    cv2.polylines(grey, [path], False, ink, max(1, round(mm * ppm)), cv2.LINE_AA, 4)


TICK = [(-2, 0), (-0.6, 1.6), (2.4, -1.6)]


@pytest.mark.parametrize("dpi", [150, 200, 300])
def test_a_tick_is_a_mark_and_its_neighbours_are_blank(dpi):
    ppm = dpi / 25.4
    grey, boxes = picture(ppm)
    stroke(grey, boxes[5], TICK, ppm=ppm)
    inks = measure(grey, boxes, ppm)
    assert inks[5].cls == MARK and inks[5].A > 2
    assert {ink.cls for n, ink in enumerate(inks) if n != 5} == {BLANK}


def test_a_dot_is_a_doubt_and_a_filled_oval_is_full():
    grey, boxes = picture()
    stroke(grey, boxes[3], [(0, 0), (0.1, 0)], 1.0)
    cv2.ellipse(grey, (round(boxes[4].x), round(boxes[4].y)), (28, 18), 0, 0, 360, 40, -1)
    inks = measure(grey, boxes, PPM)
    assert inks[3].cls == DOUBT
    assert inks[4].cls == MARK and inks[4].fill > 0.9


def test_a_light_but_long_stroke_is_a_mark_and_a_shade_is_a_doubt():
    grey, boxes = picture()
    stroke(grey, boxes[1], TICK, 0.4, 150)
    stroke(grey, boxes[2], TICK, 0.9, 215)
    inks = measure(grey, boxes, PPM)
    assert inks[1].cls == MARK
    assert inks[2].cls == DOUBT


def test_a_fold_through_an_oval_is_no_mark():
    grey, boxes = picture()
    y = round(boxes[8].y)
    grey[y - 3 : y + 3] = (grey[y - 3 : y + 3] * 0.8).astype(np.uint8)
    assert MARK not in {ink.cls for ink in measure(grey, boxes, PPM)}


def test_a_ring_drawn_on_the_outline_is_not_blank():
    grey, boxes = picture()
    cv2.ellipse(grey, (round(boxes[6].x), round(boxes[6].y)), (34, 23), 0, 0, 360, 40, 4, cv2.LINE_AA)
    assert measure(grey, boxes, PPM)[6].cls != BLANK


def test_what_the_blank_shows_is_taken_away():
    blank, boxes = picture()
    stroke(blank, boxes[7], TICK, 0.7)
    marked = blank.copy()
    stroke(marked, boxes[9], TICK, 0.7)
    assert measure(marked, boxes, PPM)[7].cls == MARK
    inks = measure(marked, boxes, PPM, blank=blank)
    assert inks[7].cls == BLANK and inks[9].cls == MARK


@settings(max_examples=12, deadline=None)
@given(dx=st.floats(-3.5, 3.5), dy=st.floats(-3.5, 3.5), paper=st.integers(150, 255), noise=st.floats(0, 6))
def test_ovals_are_found_some_pixels_off_on_any_paper(dx, dy, paper, noise):
    grey, boxes = picture()
    stroke(grey, boxes[5], TICK)
    rng = np.random.default_rng(1)
    grey = np.clip(grey * (paper / 255) + rng.normal(0, noise, grey.shape), 0, 255).astype(np.uint8)
    off = [Box(box.x - dx, box.y - dy, box.w, box.h) for box in boxes]
    inks = measure(grey, off, PPM)
    assert inks[5].cls == MARK
    assert {ink.cls for n, ink in enumerate(inks) if n != 5} == {BLANK}
    assert abs(inks[0].dx - dx) < 1.2 and abs(inks[0].dy - dy) < 1.2


def test_the_bands_meet_where_the_design_says():
    assert band(2.0, 0.0, 0.0) == MARK
    assert band(0.0, 0.085, 0.0) == MARK
    assert band(1.99, 0.0849, 9.0) == DOUBT
    assert band(0.29, 0.013, 0.34) == BLANK
    assert band(0.30, 0.0, 0.0) == band(0.0, 0.014, 0.0) == band(0.0, 0.0, 0.35) == DOUBT


def test_no_boxes_are_no_answer_and_a_box_off_the_picture_is_for_people():
    grey, boxes = picture()
    assert measure(grey, [], PPM) == []
    assert measure(grey, [Box(-500, 9000, 63, 41), *boxes], PPM)[0].cls == DOUBT


def test_the_command_writes_what_it_measured(tmp_path, capsys):
    import json

    grey, boxes = picture()
    stroke(grey, boxes[5], TICK)
    cv2.imwrite(str(tmp_path / "p.png"), grey)
    plain = [{"x": b.x, "y": b.y, "w": b.w, "h": b.h, "option": f"o{n}"} for n, b in enumerate(boxes)]
    (tmp_path / "b.json").write_text(json.dumps(plain))
    asked = [str(tmp_path / "p.png"), "--boxes", str(tmp_path / "b.json"), "--json", str(tmp_path / "o.json")]
    assert main([*asked, "--dpi", "200"]) == 0
    found = json.loads((tmp_path / "o.json").read_text())
    assert found[5]["class"] == MARK and found[5]["option"] == "o5"
    pages = {"dpi": 200, "pages": [{"file": "p.png", "ovals": plain}, {"file": "q.png", "ovals": []}]}
    (tmp_path / "b.json").write_text(json.dumps(pages))
    assert main(asked) == 0
    assert json.loads((tmp_path / "o.json").read_text()) == found


@pytest.mark.parametrize(
    "boxes",
    ["[", "5", '{"pages": []}', '[{"x": 1}]', '[{"x": 1, "y": 1, "w": 1e9, "h": 5}]', '{"pages": [5]}'],
)
def test_the_command_names_what_is_wrong_with_the_boxes(tmp_path, capsys, boxes):
    cv2.imwrite(str(tmp_path / "p.png"), picture()[0])
    (tmp_path / "b.json").write_text(boxes)
    asked = [str(tmp_path / "p.png"), "--boxes", str(tmp_path / "b.json"), "--json", str(tmp_path / "o.json")]
    assert main(asked) == 1
    assert "✗" in capsys.readouterr().err
    assert not (tmp_path / "o.json").exists()


def test_the_command_refuses_a_picture_it_cannot_open(tmp_path, capsys):
    (tmp_path / "b.json").write_text("[]")
    (tmp_path / "p.png").write_bytes(b"no picture")
    for name in ("p.png", "none.png"):
        asked = [
            str(tmp_path / name),
            "--boxes",
            str(tmp_path / "b.json"),
            "--json",
            str(tmp_path / "o.json"),
        ]
        assert main(asked) == 1
        assert "✗" in capsys.readouterr().err
