"""Pieces of a picture: where they are cut, at which size, and that a mark beside its row is in them."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageDraw

from yishi.papers.sheets import Option, SheetForm, layout_json
from yishi.voting import crops

FORM = SheetForm("表决票", "代表大会", "approve_each", [Option(f"项目{n}") for n in range(1, 13)])


@pytest.fixture(scope="module")
def page() -> dict[str, Any]:
    return layout_json(FORM)["pages"][0]


def picture(page: dict[str, Any], kind: str = "JPEG", row: int = 3, below: float = 0) -> bytes:
    """A white page with a black stroke amid the first oval of a row, or so many mm below its row."""
    px = crops.PX_PER_MM
    image = Image.new("L", (round(page["width_mm"] * px), round(page["height_mm"] * px)), 255)
    box = next(one for one in page["boxes"] if one["row"] == row)
    top = (
        box["y_mm"] + box["h_mm"] / 2
        if not below
        else page["rows"][row]["y_mm"] + page["rows"][row]["h_mm"] + below
    )
    x, y = box["x_mm"] * px, top * px
    ImageDraw.Draw(image).rectangle((x, y, x + box["w_mm"] * px, y + 8), fill=0)
    data = BytesIO()
    image.save(data, kind, **({"quality": 90} if kind == "JPEG" else {}))
    return data.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data)).convert("L")


def dark(data: bytes) -> bool:
    return float(opened(data).getextrema()[0]) < 80  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_the_mark_is_in_its_row_and_in_no_other(page: dict[str, Any], kind: str) -> None:
    data = picture(page, kind)
    for cut, places in ((crops.small, crops.ovals(page)), (crops.large, crops.rows(page))):
        pieces = cut(f"{kind}-{cut.__name__}", places, lambda _name: data)
        assert sorted(pieces) == list(range(12))
        assert [row for row in pieces if dark(pieces[row])] == [3]


def test_a_mark_below_its_row_is_seen_where_one_looks_closely(page: dict[str, Any]) -> None:
    data = picture(page, below=2)
    for n, places in enumerate((crops.rows(page), crops.ovals(page, crops.ABOVE))):
        assert dark(crops.large(f"below-{n}", places, lambda _name: data)[3])


def test_a_mosaic_is_cut_at_half_the_size(page: dict[str, Any]) -> None:
    data = picture(page)
    place = crops.ovals(page)[3]
    piece = opened(crops.small("half", crops.ovals(page), lambda _name: data)[3])
    assert abs(piece.width - place.w * crops.PX_PER_MM / 2) <= 1
    assert opened(crops.shrunk(data)).size == (840, 1188)


def test_a_picture_is_opened_once_for_all_its_rows(page: dict[str, Any]) -> None:
    data, times = picture(page), []

    def read(name: str) -> bytes:
        times.append(name)
        return data

    for _row in range(5):
        crops.small("once", crops.ovals(page), read)
    assert times == ["once"]


def test_a_picture_smaller_than_its_layout_gives_what_there_is(page: dict[str, Any]) -> None:
    data = BytesIO()
    Image.new("L", (100, 100), 255).save(data, "JPEG")
    pieces = crops.large("tiny", crops.rows(page), lambda _name: data.getvalue())
    assert all(opened(piece).size[0] >= 1 for piece in pieces.values())
