"""Ballot sheets: plain data in, a page drawn from a layout in millimetres out.

Nothing on a sheet singles out a ballot: all copies are the very same page. The marks a scanner
needs (corners, bars, code) say which form and page it is, and stand where `layout_json` says.
"""

from __future__ import annotations

import threading
from dataclasses import asdict
from io import BytesIO
from typing import Any

import pypdfium2

from yishi.papers import typeset
from yishi.papers.sheets import tags
from yishi.papers.sheets.form import Option, SheetError, SheetForm, columns, form_code, instructions
from yishi.papers.sheets.layout import layout
from yishi.papers.sheets.places import layout_hash, layout_json, plain
from yishi.papers.sheets.plan import Layout, Line, Oval, Page, Row, Text

__all__ = [
    "Layout",
    "Line",
    "Option",
    "Oval",
    "Page",
    "Row",
    "SheetError",
    "SheetForm",
    "Text",
    "columns",
    "form_code",
    "instructions",
    "layout",
    "layout_hash",
    "layout_json",
    "sheet_pdf",
]

MOST_COPIES = 20_000
_pdfium = threading.Lock()  # PDFium knows only one thread at a time


def sheet_pdf(form: SheetForm, copies: int = 1) -> bytes:
    """`copies` sheets, page after page; every copy draws the very same content.

    Raises SheetError naming the field. One sheet is set; the rest are references to it, so that
    400 copies take as long and as much room as one.
    """
    if not 1 <= copies <= MOST_COPIES:
        raise SheetError(
            "copies",
            f"份数应在1到{MOST_COPIES}之间。",
            f"The number of copies must be between 1 and {MOST_COPIES}.",
        )
    plan = layout(form)
    one = typeset.compile("sheet.typ", _drawn(form, plan))
    if copies == 1:
        return one
    with _pdfium, pypdfium2.PdfDocument(one) as source, pypdfium2.PdfDocument.new() as target:
        target.import_pages(source, list(range(len(plan.pages))) * copies)
        out = BytesIO()
        target.save(out)
        return out.getvalue()


def _drawn(form: SheetForm, plan: Layout) -> dict[str, Any]:
    """What the template draws: the plan, with the outlines of its marks and codes."""
    pages = []
    for page, told in zip(plan.pages, plain(form, plan)["pages"], strict=True):
        shapes = [
            _shape(mark.x, mark.y, mark.size / tags.TAG_MODULES, tags.tag(mark.id)) for mark in page.marks
        ]
        module = page.code.w / tags.CODE_MODULES
        shapes.append(_shape(page.code.x, page.code.y, module, tags.code(told["code"]["text"])))
        pages.append({**asdict(page), "shapes": shapes})
    return {"width": plan.width, "height": plan.height, "lang": form.lang, "pages": pages}


def _shape(x: float, y: float, unit: float, modules: tags.Modules) -> dict[str, Any]:
    return {"x": x, "y": y, "unit": unit, "outlines": tags.outlines(modules)}
