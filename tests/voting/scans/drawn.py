"""Plain drawings in the place of straightened pictures: enough for pages that only show them."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image, ImageDraw

from yishi.voting import crops

if TYPE_CHECKING:
    from yishi.voting.models import Batch, ScanPage


def pictures(of: Batch) -> None:
    """Give every page of this batch a picture drawn from the layout and what was read."""
    sides = {one["number"]: one for one in (of.poll.sheet_layout or {})["pages"]}
    for page in of.leaves.all():
        page.picture = f"scans/{of.poll_id}/pages/{page.pk}.jpg"
        default_storage.save(page.picture, ContentFile(_jpeg(page, sides[page.side or 1])))
        page.save(update_fields=["picture"])


def _jpeg(page: ScanPage, layout: dict[str, Any]) -> bytes:
    px = crops.PX_PER_MM
    image = Image.new("L", (round(layout["width_mm"] * px), round(layout["height_mm"] * px)), 250)
    draw = ImageDraw.Draw(image)
    marked = {
        (row["row"], box["option"]): box["class"] != "blank"
        for row in page.reading.get("rows", [])
        for box in row["boxes"]
    }
    for box in layout["boxes"]:
        x, y, w, h = (box[f"{name}_mm"] * px for name in "xywh")
        draw.ellipse((x, y, x + w, y + h), outline=60, width=3)
        if marked.get((box["row"], box["option"])):
            draw.line((x + w * 0.2, y + h * 0.5, x + w * 0.45, y + h * 0.9, x + w, y - h * 0.2), 10, 6)
    for line in layout["lines"]:
        draw.line([line[f"{name}_mm"] * px for name in ("x1", "y1", "x2", "y2")], 80, 2)
    data = BytesIO()
    image.save(data, "JPEG", quality=80)
    return data.getvalue()
