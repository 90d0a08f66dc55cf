"""A page is laid on its layout however it was scanned, or refused with the reason."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scan.drawn import Sheet, layout
from yishi.scan.layout import parse
from yishi.scan.pages import Picture
from yishi.scan.reasons import Rejected
from yishi.scan.register import register

PLAN = layout(rows=6)
LAYOUT = parse(PLAN)


@pytest.fixture(scope="module")
def sheet():
    return Sheet(PLAN)


def wiped(sheet, corners, value=255):
    px = sheet.pixels().copy()
    for tag in PLAN["pages"][0]["tags"]:
        if tag["corner"] in corners:
            x, y, end_x, end_y = (
                round(v * sheet.ppm) for v in (tag["x_mm"], tag["y_mm"], tag["x_mm"] + 9, tag["y_mm"] + 9)
            )
            px[max(0, y - 4) : end_y + 4, max(0, x - 4) : end_x + 4] = value
    return Picture(np.ascontiguousarray(px[:, :, 0]), None, sheet.dpi)


def refused(picture, plan=LAYOUT):
    with pytest.raises(Rejected) as refusal:
        register(picture, plan)
    return refusal.value


def true_to(there, sheet):
    """The canonical picture shows the timing bars where the layout has them."""
    for bar in PLAN["pages"][0]["timing"]:
        x, y = (bar["x_mm"] + bar["w_mm"] / 2) * 8, (bar["y_mm"] + bar["h_mm"] / 2) * 8
        assert there.grey[round(y) - 2 : round(y) + 2, round(x) - 8 : round(x) + 8].mean() < 90
        assert there.grey[round(y) - 16 : round(y) - 10, round(x) - 8 : round(x) + 8].mean() > 180


@pytest.mark.parametrize("degrees", [0, 1.5, -2.9, 90, 178.5, 180, 270])
def test_a_sheet_is_laid_upright_however_it_was_fed(sheet, degrees):
    there = register(sheet.picture(degrees, noise=3), LAYOUT)
    assert there.page.number == 1
    assert abs((there.rotation - degrees + 180) % 360 - 180) < 0.2
    assert there.residual < 0.2
    true_to(there, sheet)


@pytest.mark.parametrize("dpi", [150, 300])
def test_a_sheet_is_read_in_other_resolutions(dpi):
    sheet = Sheet(PLAN, dpi=dpi)
    true_to(register(sheet.picture(noise=2), LAYOUT), sheet)


@settings(max_examples=8, deadline=None)
@given(degrees=st.floats(-3, 3), scale=st.floats(0.985, 1.015), dx=st.floats(-4, 4), dy=st.floats(-4, 4))
def test_turned_shifted_and_a_little_scaled_is_still_true(degrees, scale, dx, dy):
    sheet = _sheet()
    px = sheet.pixels()[:, :, 0]
    turn = cv2.getRotationMatrix2D((px.shape[1] / 2, px.shape[0] / 2), degrees, scale)
    turn[:, 2] += (dx, dy)
    moved = cv2.warpAffine(px, turn, (px.shape[1], px.shape[0]), borderValue=255)
    there = register(Picture(np.asarray(moved, np.uint8), None, sheet.dpi), LAYOUT)
    assert there.scale_x == pytest.approx(scale, abs=0.002)
    true_to(there, sheet)


_drawn = []


def _sheet():
    if not _drawn:
        _drawn.append(Sheet(PLAN))
    return _drawn[0]


def test_a_photo_from_aslant_is_made_flat(sheet):
    px = sheet.pixels()[:, :, 0]
    h, w = px.shape
    target = np.float32([[60, 90], [w - 10, 40], [w - 70, h - 30], [20, h - 90]])
    warp = cv2.getPerspectiveTransform(np.float32([[0, 0], [w, 0], [w, h], [0, h]]), target)
    photo = cv2.warpPerspective(px, warp, (w, h), borderValue=90)
    there = register(Picture(np.asarray(photo, np.uint8), None, None), LAYOUT)
    assert there.scale_x is None
    true_to(there, sheet)


def test_a_torn_corner_is_read_by_the_other_three_and_told(sheet):
    for corner in ("tl", "tr", "bl", "br"):
        there = register(wiped(sheet, {corner}), LAYOUT)
        assert "corner" in there.warnings
        true_to(there, sheet)


def test_two_torn_corners_are_refused_and_so_are_three(sheet):
    assert refused(wiped(sheet, {"tl", "br"})).code == "corner"
    assert refused(wiped(sheet, {"tl", "br", "tr"})).code == "corner"


def test_a_blank_page_and_a_letter_are_told_from_ballots():
    empty = np.full((2339, 1654), 250, np.uint8)
    assert refused(Picture(empty, None, 200)).code == "blank"
    letter = empty.copy()
    for line in range(30):
        cv2.putText(letter, "Dear sir, this is no ballot", (150, 200 + 60 * line), 0, 1.5, 20, 3)
    assert refused(Picture(letter, None, 200)).code == "not_a_ballot"
    noisy = np.clip(empty + np.random.default_rng(1).normal(0, 5, empty.shape), 0, 255).astype(np.uint8)
    assert refused(Picture(noisy, None, 200)).code == "blank"


def test_another_form_and_another_version_are_refused_by_name(sheet):
    other = parse(layout(rows=6, form="ZZZZZZZ9"))
    refusal = refused(sheet.picture(), other)
    assert refusal.code == "other_form" and "K7QM2XPA" in refusal.detail
    assert refused(sheet.picture(), parse(layout(rows=6, version="00000000"))).code == "other_version"


def test_a_blotted_code_is_told_and_the_sheet_read(sheet):
    px = sheet.pixels()[:, :, 0].copy()
    code = PLAN["pages"][0]["code"]
    x, y = round(code["x_mm"] * sheet.ppm), round(code["y_mm"] * sheet.ppm)
    px[y : y + 100, x : x + 100] = 20
    there = register(Picture(px, None, 200), LAYOUT)
    assert "code" in there.warnings


@pytest.mark.parametrize("size", [0.94, 0.96, 1.05])
def test_a_print_scaled_to_fit_the_page_is_refused_with_its_percent(sheet, size):
    px = sheet.pixels()[:, :, 0]
    turn = cv2.getRotationMatrix2D((px.shape[1] / 2, px.shape[0] / 2), 0, size)
    shrunk = np.asarray(cv2.warpAffine(px, turn, (px.shape[1], px.shape[0]), borderValue=255), np.uint8)
    for dpi in (200, None):
        refusal = refused(Picture(shrunk, None, dpi))
        assert refusal.code == "scale" and f"{100 * size:.0f}" in refusal.detail


def test_a_fine_picture_made_too_small_is_refused_for_its_resolution(sheet):
    small = cv2.resize(sheet.picture().grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    assert refused(Picture(np.asarray(small, np.uint8), None, 100)).code == "resolution"
    tiny = cv2.resize(small, None, fx=0.3, fy=0.3, interpolation=cv2.INTER_AREA)
    assert refused(Picture(np.asarray(tiny, np.uint8), None, None)).code == "resolution"


def test_streaks_of_the_feeder_are_bridged_and_told(sheet):
    picture = sheet.picture(noise=2)
    for x, level in ((400, 30), (905, 120), (907, 110), (110, 0)):
        picture.grey[:, x : x + 2] = np.minimum(picture.grey[:, x : x + 2], level)
    there = register(picture, LAYOUT)
    assert "streaks" in there.warnings
    true_to(there, sheet)


def test_a_bilevel_scan_is_told(sheet):
    grey = sheet.picture().grey
    assert "bilevel" not in register(sheet.picture(), LAYOUT).warnings
    two = np.where(grey > 128, 255, 0).astype(np.uint8)
    assert "bilevel" in register(Picture(two, None, 200), LAYOUT).warnings
