"""Ballot sheets: plain data in, a page drawn from a layout in millimetres out.

Nothing on a sheet singles out a ballot: all copies are the very same page. The marks a scanner
needs (corners, bars, code) say which form and page it is, and stand where `layout_json` says.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any

import pypdfium2

from yishi.papers import typeset
from yishi.papers.sheets import tags
from yishi.papers.sheets.form import Option, SheetError, SheetForm, columns, form_code, instructions
from yishi.papers.sheets.layout import layout
from yishi.papers.sheets.lines import surely_fits
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
    "sheets_pdf",
]

MOST_COPIES = 20_000
AT_ONCE = 40  # forms in one run of the typesetter: about 100 MB
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
    one = _printed([form])
    return one if copies == 1 else _bound([one], copies)


def sheets_pdf(forms: Sequence[SheetForm]) -> bytes:
    """One sheet of each form, one after the other; many forms in a third of the time they take singly.

    Raises SheetError naming the field, ValueError if there are no forms.
    """
    if not forms:
        raise ValueError("no forms to print")
    parts = [_printed(forms[at : at + AT_ONCE]) for at in range(0, len(forms), AT_ONCE)]
    return parts[0] if len(parts) == 1 else _bound(parts, 1)


def _printed(forms: Sequence[SheetForm]) -> bytes:
    return typeset.compile("sheet.typ", {"pages": [page for form in forms for page in _drawn(form)]})


def _bound(parts: Sequence[bytes], copies: int) -> bytes:
    """The parts one after the other, each so many times, its pages drawn once and referred to."""
    with _pdfium, pypdfium2.PdfDocument.new() as target:
        for part in parts:
            with pypdfium2.PdfDocument(part) as source:
                target.import_pages(source, list(range(len(source))) * copies)
        out = BytesIO()
        target.save(out)
        return out.getvalue()


def _drawn(form: SheetForm) -> Iterator[dict[str, Any]]:
    """What the template draws: the pages of the plan, with their marks and codes as drawings."""
    plan = layout(form)
    for page, told in zip(plan.pages, plain(form, plan)["pages"], strict=True):
        drawings = [_drawing(mark.x, mark.y, mark.size, tags.tag_svg(mark.id)) for mark in page.marks]
        code = tags.svg(tags.code(told["code"]["text"]))
        drawings.append(_drawing(page.code.x, page.code.y, page.code.w, code))
        yield {
            "width": plan.width,
            "height": plan.height,
            "lang": form.lang,
            "drawings": drawings,
            "bars": [_fields(bar, "x", "y", "w", "h") for bar in page.bars],
            "seal": page.seal,
            "lines": [_fields(line, "x1", "y1", "x2", "y2", "width") for line in page.lines],
            "ovals": [_fields(oval, "x", "y", "w", "h") for oval in page.ovals],
            "texts": [
                {
                    **_fields(text, "x", "y", "w", "h", "text", "size", "align", "bold", "pale"),
                    "sure": surely_fits(text),
                }
                for text in page.texts
            ],
        }


def _fields(thing: object, *names: str) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in names}


def _drawing(x: float, y: float, side: float, svg: str) -> dict[str, Any]:
    return {"x": x, "y": y, "side": side, "svg": svg}
