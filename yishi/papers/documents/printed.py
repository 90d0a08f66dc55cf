"""The document as PDF, with its fonts inside."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import segno

from yishi.papers import typeset
from yishi.papers.documents.content import QR, Block, Document, Table, date_text, measures


def pdf(document: Document) -> bytes:
    """The PDF of the document; the same document gives the same bytes."""
    data = {
        **asdict(document),
        "date": date_text(document.date, document.lang),
        "blocks": [_plain(block) for block in document.blocks],
        "measures": asdict(measures(document)),
    }
    return typeset.compile("document.typ", data, system_fonts=True)


def _plain(block: Block) -> dict[str, Any]:
    plain = {"kind": type(block).__name__, **asdict(block)}
    if isinstance(block, Table):
        plain |= table(block)
    if isinstance(block, QR):
        plain["svg"] = qr_svg(block.text)
    return plain


def table(block: Table) -> dict[str, Any]:
    """The table with every row, width and alignment as long as it has columns."""
    count = block.columns
    align = [*(block.align or ()), *["left"] * count][:count]
    widths = [*(block.widths or ()), *[1.0] * count][:count]
    return {
        "columns": count,
        "header": [*block.header, *[""] * count][:count] if any(block.header) else [],
        "rows": [[*row, *[""] * count][:count] for row in block.rows],
        "align": align,
        "widths": widths,
    }


def qr_svg(text: str) -> str:
    """The QR code of a text as SVG without a border; ValueError if it is too long for one."""
    try:
        code = segno.make(text or " ", error="m", micro=False)
    except segno.DataOverflowError as error:
        raise ValueError(f"text of {len(text)} characters does not fit a QR code") from error
    return str(code.svg_inline(border=0, omitsize=True))
