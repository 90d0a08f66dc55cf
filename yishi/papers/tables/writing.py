"""Rows written as an .xlsx workbook, where text stays text."""

import io
import re
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from yishi.papers.tables.content import Sheet, Value
from yishi.papers.typeset import clean


def write_xlsx(sheets: Sequence[Sheet]) -> bytes:
    """The workbook. Text is always text: `=1+1` or a link stands there as it was typed."""
    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    import xlsxwriter  # on first use: 8 MB of memory for each worker

    with xlsxwriter.Workbook(out, options) as book:
        # No clock in the file: the same rows give the same bytes.
        book.set_properties({"created": datetime(2000, 1, 1)})
        base = {"font_name": "等线", "font_size": 11, "valign": "vcenter"}
        formats = {
            "header": book.add_format(
                {**base, "bold": True, "bg_color": "#F2F2F2", "border": 1, "text_wrap": True}
            ),
            "text": book.add_format({**base, "num_format": "@", "text_wrap": True}),
            "integer": book.add_format({**base, "num_format": "0"}),
            "number": book.add_format({**base, "num_format": "General"}),
            "date": book.add_format({**base, "num_format": "yyyy-mm-dd", "align": "left"}),
        }
        taken: set[str] = set()
        for sheet in sheets or [Sheet("Sheet1", ())]:
            name = _sheet_name(sheet.name, taken)
            _write(book.add_worksheet(name), sheet, formats)
    return out.getvalue()


def _write(page: Any, sheet: Sheet, formats: dict[str, Any]) -> None:
    for x, column in enumerate(sheet.columns):
        # A column formatted as text keeps leading zeros of what is typed there later.
        page.set_column(x, x, column.width, formats[column.kind])
        page.write_string(0, x, column.title, formats["header"])
        if column.help:
            page.write_comment(0, x, column.help)
        if column.choices and len(",".join(column.choices)) <= 255:
            page.data_validation(1, x, 5000, x, {"validate": "list", "source": list(column.choices)})
    for y, row in enumerate(sheet.rows, 1):
        for x, column in enumerate(sheet.columns):
            _write_cell(page, y, x, row.get(column.name), formats[column.kind], formats)
    page.freeze_panes(1, 0)
    page.repeat_rows(0)
    page.set_paper(9)
    page.fit_to_pages(1, 0)


def _write_cell(page: Any, y: int, x: int, value: Value, look: Any, formats: dict[str, Any]) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool | str):
        page.write_string(y, x, clean(str(value))[:32_767], look)
    elif isinstance(value, datetime):
        page.write_string(y, x, f"{value:%Y-%m-%d %H:%M}", look)
    elif isinstance(value, date):
        page.write_datetime(y, x, datetime.combine(value, time()), formats["date"])
    else:
        page.write_number(y, x, value, look)


def _sheet_name(name: str, taken: set[str]) -> str:
    """A name Excel allows: no []:*?/\\ , at most 31 characters, no two alike."""
    plain = re.sub(r"[\[\]:*?/\\]", "", clean(name).replace("\n", " ")).strip("' ")[:31] or "Sheet"
    tried, number = plain, 1
    while tried.casefold() in taken:
        number += 1
        tried = f"{plain[: 30 - len(str(number))]}_{number}"
    taken.add(tried.casefold())
    return tried
