"""Hands that do the same odd thing in every row: what most ovals show is not print for that."""

import cv2
import numpy as np
import pypdfium2
import pytest

from yishi.papers.sheets import Option, SheetForm, layout_json, sheet_pdf
from yishi.scan.layout import parse
from yishi.scan.picture import picture
from yishi.scan.reading import PageReading, read

MM = 200 / 25.4


def form(kind: str) -> SheetForm:
    options = [Option(f"第{n}项工程") for n in range(1, 13)]
    return SheetForm(
        "民生实事项目推荐", "桥头镇", kind, options, seats=12 if kind == "choose_up_to" else None
    )


def drawn(kind: str, draw) -> PageReading:
    """Every row in its first oval, as `draw(page, box, dice)` does it."""
    of, dice = form(kind), np.random.default_rng(3)
    with pypdfium2.PdfDocument(sheet_pdf(of)) as document:
        page = np.array(document[0].render(scale=200 / 72).to_pil().convert("L"))
    raw, done = layout_json(of), set()
    for box in raw["pages"][0]["boxes"]:
        if box["row"] not in done:
            done.add(box["row"])
            draw(page, box, dice)
    noisy = page * 0.93 + 10 + dice.normal(0, 3, page.shape)
    return read(picture(np.clip(noisy, 0, 255).astype(np.uint8), (200, 200)), parse(raw))


def ring(pad: float):
    def draw(page, box, dice):
        x, y = box["x_mm"] + 4 + dice.normal(0, 0.2), box["y_mm"] + 2.6 + dice.normal(0, 0.15)
        size = round((4 + pad) * MM), round((2.6 + pad) * MM)
        cv2.ellipse(page, (round(x * MM), round(y * MM)), size, dice.normal(0, 3), 0, 355, 30, 4, cv2.LINE_AA)

    return draw


def word(filled: bool):
    def draw(page, box, dice):
        label = box["label"]
        x = (label["x_mm"] + label["w_mm"] / 2 + dice.normal(0, 0.3)) * MM
        y = (label["y_mm"] + label["h_mm"] / 2 + dice.normal(0, 0.3)) * MM
        if filled:
            cv2.ellipse(page, (round(x), round(y)), (24, 13), 0, 0, 360, 40, -1, cv2.LINE_AA)
        else:
            corners = [(x - MM, y), (x - 0.3 * MM, y + 1.2 * MM), (x + 1.6 * MM, y - 1.8 * MM)]
            cv2.polylines(page, [np.array(corners).round().astype(int)], False, 35, 4, cv2.LINE_AA)

    return draw


@pytest.mark.parametrize("kind", ["approve_each", "choose_up_to"])
@pytest.mark.parametrize("pad", [0.2, 0.5, 0.9, 1.4])
def test_whoever_rings_every_choice_is_not_read_as_blank(kind, pad):
    for row in drawn(kind, ring(pad)).rows:
        assert row.doubt or row.option in ("for", "choice"), (row.row, row.why)


@pytest.mark.parametrize("kind", ["approve_each", "choose_up_to", "grades"])
@pytest.mark.parametrize("filled", [False, True])
def test_whoever_marks_the_words_instead_of_the_ovals_is_for_people(kind, filled):
    assert all(row.doubt for row in drawn(kind, word(filled)).rows)


def test_a_marked_sheet_is_no_blank_one(tmp_path):
    from PIL import Image

    from yishi.scan.reader import calibration

    of = form("approve_each")
    with pypdfium2.PdfDocument(sheet_pdf(of)) as document:
        page = document[0].render(scale=200 / 72).to_pil().convert("L")
    page.save(tmp_path / "blank.png", dpi=(200, 200))
    assert calibration(tmp_path / "blank.png", parse(layout_json(of)))[1] == ""
    marked = np.array(page)
    ring(0.2)(marked, layout_json(of)["pages"][0]["boxes"][4], np.random.default_rng(1))
    Image.fromarray(marked).save(tmp_path / "marked.png", dpi=(200, 200))
    assert calibration(tmp_path / "marked.png", parse(layout_json(of))) == (None, "not_blank")
