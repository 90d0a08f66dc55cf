"""The places of a sheet as plain JSON, for whoever reads it: all in mm from the upper left corner."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from yishi.papers.sheets.form import CHOICES, SheetForm
from yishi.papers.sheets.layout import layout
from yishi.papers.sheets.lines import MM, ink
from yishi.papers.sheets.plan import Box, Layout, Page, Text
from yishi.papers.typeset import clean

CODE_PREFIX = "YS1"


def layout_json(form: SheetForm) -> dict[str, Any]:
    """The layout of a form as JSON-like data; the same form always gives the same.

    Raises SheetError if the form cannot be printed. Keys: docs/sheets.md.
    """
    return plain(form, layout(form))


def plain(form: SheetForm, plan: Layout) -> dict[str, Any]:
    """The plan of a form as JSON-like data, with its hash and what the code on each page says."""
    found: dict[str, Any] = {
        "form": plan.form,
        "kind": form.kind,
        "size": form.size,
        "seats": form.seats if form.kind in ("choose_up_to", "elect") else None,
        "columns": [clean(word) for word in plan.columns],
        "options": [clean(option.title).strip() for option in form.options],
        "pages": [_page(form, plan, page) for page in plan.pages],
    }
    found["hash"] = layout_hash(found)
    for page in found["pages"]:
        page["code"]["text"] = f"{CODE_PREFIX}:{plan.form}:{found['hash']}:{page['number']}"
    return found


def layout_hash(raw: Mapping[str, Any]) -> str:
    """Eight hex digits of SHA-256 over the layout without its hash and without the code texts."""
    pages = [
        {**page, "code": {key: value for key, value in page["code"].items() if key != "text"}}
        for page in raw["pages"]
    ]
    bare = {**{key: value for key, value in raw.items() if key != "hash"}, "pages": pages}
    text = json.dumps(bare, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _page(form: SheetForm, plan: Layout, page: Page) -> dict[str, Any]:
    table, choices = page.table, CHOICES[form.kind]
    return {
        "number": page.number,
        "of": len(plan.pages),
        "width_mm": _mm(plan.width),
        "height_mm": _mm(plan.height),
        "tags": [
            {"id": mark.id, "corner": mark.corner, **_at(mark.x, mark.y), "size_mm": _mm(mark.size)}
            for mark in page.marks
        ],
        "code": _box(page.code),
        "timing": [
            {"row": bar.row, "side": bar.side, **_box(Box(bar.x, bar.y, bar.w, bar.h))} for bar in page.bars
        ],
        "rows": [
            {
                "row": row.index,
                "y_mm": _mm(row.y),
                "h_mm": _mm(row.h),
                "write_in": row.option is None,
                "name": _box(row.name),
                "words": [_box(ink(text)) for text in page.texts if _within(text, row.name)],
            }
            for row in page.rows
        ],
        "boxes": [
            {
                "row": oval.row,
                "option": choices[oval.column],
                **_box(Box(oval.x, oval.y, oval.w, oval.h)),
                "label": _box(oval.label),
            }
            for oval in page.ovals
        ],
        "printed": [
            _box(ink(text))
            for text in page.texts
            if text.y < table.y - 0.01 or text.y > table.y + table.h - 0.01
        ],
        "seal": _seal(page),
        "table": _box(table),
        "lines": [
            {
                **{f"{name}_mm": _mm(getattr(line, name)) for name in ("x1", "y1", "x2", "y2")},
                "width_mm": _mm(line.width * MM),
            }
            for line in page.lines
        ],
    }


def _within(text: Text, cell: Box) -> bool:
    """Whether a line stands in this cell: around it whoever reads the sheet may find handwriting."""
    x, y = text.x + 0.01, text.y + text.h / 2
    return cell.x <= x < cell.x + cell.w and cell.y <= y < cell.y + cell.h


def _seal(page: Page) -> dict[str, float] | None:
    if page.seal is None:
        return None
    x, y, diameter = page.seal
    return _box(Box(x - diameter / 2, y - diameter / 2, diameter, diameter))


def _box(box: Box) -> dict[str, float]:
    return {**_at(box.x, box.y), "w_mm": _mm(box.w), "h_mm": _mm(box.h)}


def _at(x: float, y: float) -> dict[str, float]:
    return {"x_mm": _mm(x), "y_mm": _mm(y)}


def _mm(value: float) -> float:
    """To a thousandth of a millimetre: the same on every machine."""
    return round(float(value), 3)
