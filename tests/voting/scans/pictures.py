"""The poll's own sheets printed, marked by hand and scanned: what a real scanner's file would hold."""

from __future__ import annotations

import random
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pypdfium2
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from yishi.papers.sheets import sheet_pdf
from yishi.voting.rules.scans import LETTERS
from yishi.voting.words import sheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from yishi.voting.models import Poll

DPI = 200
PX = DPI / 25.4


def printed(of: Poll) -> list[Image.Image]:
    """Every page of one blank sheet, grey."""
    with pypdfium2.PdfDocument(sheet_pdf(sheet.form(of))) as document:
        return [page.render(scale=DPI / 72, grayscale=True).to_pil().convert("L") for page in document]


def marked(of: Poll, letters: Sequence[str], seed: int) -> Image.Image:
    """A sheet of one page, marked by the hand `seed`: letters of each row, "" for none."""
    page, dice = printed(of)[0], random.Random(seed)
    draw = ImageDraw.Draw(page)
    for box in of.sheet_layout["pages"][0]["boxes"]:  # type: ignore[index]
        if LETTERS[box["option"]] in letters[box["row"]]:
            _tick(draw, dice, box)
    return page


def _tick(draw: ImageDraw.ImageDraw, dice: random.Random, box: dict[str, Any]) -> None:
    """Down and up again, as nobody does it twice."""
    points = [
        (
            (box["x_mm"] + box["w_mm"] * x + dice.uniform(-0.7, 0.7)) * PX,
            (box["y_mm"] + box["h_mm"] * y + dice.uniform(-0.5, 0.5)) * PX,
        )
        for x, y in ((0.2, 0.5), (0.4, 0.85), (0.85, 0.1))
    ]
    draw.line(points, fill=30, width=round(0.6 * PX), joint="curve")


def file(pages: Sequence[Image.Image], name: str = "scan.tif") -> SimpleUploadedFile:
    """The pages in one TIFF."""
    out = BytesIO()
    first, *others = pages
    first.save(out, "TIFF", save_all=True, append_images=others, compression="tiff_deflate", dpi=(DPI, DPI))
    return SimpleUploadedFile(name, out.getvalue())
