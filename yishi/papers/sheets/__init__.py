"""Ballot sheets: plain data in, a page drawn from a layout in millimetres out.

Nothing on a sheet singles out a ballot: all copies are the very same page.
"""

from __future__ import annotations

import threading
from dataclasses import asdict
from io import BytesIO

import pypdfium2

from yishi.papers import typeset
from yishi.papers.sheets.form import Option, SheetError, SheetForm, columns, instructions
from yishi.papers.sheets.layout import Layout, Line, Oval, Page, Row, Text, layout

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
    "instructions",
    "layout",
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
    one = typeset.compile("sheet.typ", {**asdict(plan), "stamp": form.stamp, "lang": form.lang})
    if copies == 1:
        return one
    with _pdfium, pypdfium2.PdfDocument(one) as source, pypdfium2.PdfDocument.new() as target:
        target.import_pages(source, list(range(len(plan.pages))) * copies)
        out = BytesIO()
        target.save(out)
        return out.getvalue()
