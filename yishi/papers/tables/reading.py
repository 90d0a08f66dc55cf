"""Rows read by their header, and refused cell by cell where they do not fit their column."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from yishi.papers.tables.content import Cell, Column, Kind, Refused, Row, Rows, Value, letter
from yishi.papers.tables.opening import grid as open_grid
from yishi.papers.typeset import clean

LONGEST_CELL = 5_000
MOST_ERRORS = 100


def read_xlsx(data: bytes, columns: Sequence[Column], *, max_rows: int = 5000) -> Rows:
    """The rows of the first sheet of an .xlsx, .xls or .csv (UTF-8 or GB 18030) by its header.

    The file is judged by its content, not its name. The header may be in any order, below up to
    five lines of titles; columns of other names are left alone; empty rows are passed over.
    Never raises for what is in the file: whatever is wrong is in `errors`.
    """
    try:
        grid = open_grid(data, max_rows + 10)
        start, places = _header(grid, columns)
    except Refused as refused:
        return Rows(errors=(refused.cell,))
    letters = {name: letter(x) for name, x in places.items()}
    rows: list[Row] = []
    errors: list[Cell] = []
    for number, cells in enumerate(grid[start + 1 :], start + 2):
        if not any(_text(cell) for cell in cells):
            continue
        if len(rows) == max_rows:
            errors.append(
                Cell(
                    number,
                    "",
                    f"超过{max_rows}行，请分成几份文件。",
                    f"More than {max_rows} rows; split the file.",
                )
            )
            break
        values: dict[str, Value] = {}
        for column in columns:
            x = places.get(column.name)
            try:
                values[column.name] = _value(cells[x] if x is not None else None, column)
            except Refused as refused:
                told = refused.cell
                errors.append(Cell(number, letters.get(column.name, ""), told.message_zh, told.message_en))
        rows.append(Row(number, values))
        if len(errors) >= MOST_ERRORS:
            break
    if not rows and not errors:
        errors.append(Cell(0, "", "表里没有数据行。", "The table has no rows."))
    return Rows(tuple(rows), tuple(errors), letters)


def _header(grid: list[list[Any]], columns: Sequence[Column]) -> tuple[int, dict[str, int]]:
    """The row of the header and each column's place; of several likely rows the fullest."""
    best: tuple[int, dict[str, int]] = (0, {})
    for y, cells in enumerate(grid[:6]):
        titles = [_plain_title(cell) for cell in cells]
        places = {
            column.name: titles.index(_plain_title(column.title))
            for column in columns
            if _plain_title(column.title) in titles
        }
        if len(places) > len(best[1]):
            best = (y, places)
    y, places = best
    missing = [
        column.title for column in columns if column.name not in places and (column.required or not places)
    ]
    if missing or not places:
        raise Refused(
            f"表头缺少：{'、'.join(missing)}。请用下载的模板填写，不要改动表头。",
            f"Missing in the header: {', '.join(missing)}. Use the template; keep its header.",
        )
    titles = [_plain_title(cell) for cell in grid[y]]
    for column in columns:
        if titles.count(_plain_title(column.title)) > 1:
            x = len(titles) - 1 - titles[::-1].index(_plain_title(column.title))
            raise Refused(
                f"表头“{column.title}”出现了不止一次。",
                f"The header “{column.title}” appears more than once.",
                y + 1,
                letter(x),
            )
    return y, places


def _plain_title(cell: Any) -> str:
    return re.sub(r"[\s*＊]+", "", _text(cell)).casefold()


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    return clean(str(cell)).strip()


def _value(cell: Any, column: Column) -> Value:
    """The cell as the column's kind; Refused says what is wanted instead."""
    text = _text(cell)
    if not text:
        if column.required:
            raise Refused(f"“{column.title}”不能为空。", f"“{column.title}” must not be empty.")
        return None
    if len(text) > LONGEST_CELL:
        raise Refused(f"内容太长，最多{LONGEST_CELL}字。", f"Too long; at most {LONGEST_CELL} characters.")
    if column.choices and text not in column.choices:
        words = "、".join(column.choices)
        raise Refused(f"“{text[:20]}”不在可选范围：{words}。", f"Not one of: {words}.")
    if column.kind == "text":
        return text
    if column.kind == "date":
        return _date(cell, text)
    return _number(text, column.kind)


def _number(text: str, kind: Kind) -> int | float:
    plain = text.replace(",", "").replace("，", "")
    if kind == "integer" and re.fullmatch(r"[+-]?[0-9]{1,15}", plain):
        return int(plain)
    if kind == "number" and re.fullmatch(r"[+-]?[0-9]{1,15}(\.[0-9]{1,10})?", plain):
        return float(plain)
    if kind == "integer":
        raise Refused(f"“{text[:20]}”不是整数。", f"“{text[:20]}” is not a whole number.")
    raise Refused(f"“{text[:20]}”不是数字。", f"“{text[:20]}” is not a number.")


def _date(cell: Any, text: str) -> date:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    found = re.fullmatch(r"(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?", text)
    found = found or re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text)
    try:
        if found:
            return date(*map(int, found.groups()))
    except ValueError:
        pass
    raise Refused(
        f"“{text[:20]}”不是日期，请写成2026-03-10。", f"“{text[:20]}” is not a date like 2026-03-10."
    )
