"""Red ink over the ovals: a seal is no vote, however dark it comes out in the red channel."""

import cv2
import numpy as np
import pytest

from yishi.papers.sheets import Option, SheetForm, layout_json, sheet_pdf
from yishi.scan.layout import parse
from yishi.scan.picture import picture
from yishi.scan.reading import PageReading, read

FORM = SheetForm(
    "民生实事项目票决", "桥头镇人民代表大会", "approve_each", [Option(f"第{n}项") for n in range(1, 7)]
)
MM = 200 / 25.4


@pytest.fixture(scope="module")
def sheet():
    import pypdfium2

    with pypdfium2.PdfDocument(sheet_pdf(FORM)) as document:
        return np.array(document[0].render(scale=200 / 72).to_pil().convert("RGB"))


def middle(row: int, option: str) -> tuple[int, int]:
    box = next(
        one for one in layout_json(FORM)["pages"][0]["boxes"] if (one["row"], one["option"]) == (row, option)
    )
    return round((box["x_mm"] + box["w_mm"] / 2) * MM), round((box["y_mm"] + box["h_mm"] / 2) * MM)


def scanned(pixels: np.ndarray) -> PageReading:
    return read(picture(pixels, (200, 200)), parse(layout_json(FORM)))


@pytest.mark.parametrize("red", [(225, 60, 60), (200, 30, 40), (150, 20, 30)])
def test_a_red_seal_over_an_oval_is_for_people(sheet, red):
    pixels = sheet.copy()
    x, y = middle(2, "for")
    cv2.circle(pixels, (x - 130, y), 140, red, 22, cv2.LINE_AA)
    row = scanned(pixels).rows[2]
    assert (row.option, row.doubt, row.why) == (None, True, "red")


def test_a_black_mark_beside_a_touch_of_red_stays_a_vote(sheet):
    pixels = sheet.copy()
    x, y = middle(2, "for")
    cv2.ellipse(pixels, (x, y), (22, 13), 0, 0, 360, (30, 30, 30), -1, cv2.LINE_AA)
    cv2.line(pixels, (x + 26, y - 60), (x + 26, y + 60), (220, 50, 50), 6)
    assert scanned(pixels).rows[2].option == "for"


def test_a_seal_where_nothing_is_marked_disturbs_no_row(sheet):
    pixels = sheet.copy()
    cv2.circle(pixels, (700, 400), 120, (210, 40, 40), 14, cv2.LINE_AA)
    said = scanned(pixels)
    assert said.rejected is None and not any(row.doubt for row in said.rows)
