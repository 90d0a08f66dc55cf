"""Excel out and in by the same columns; what comes in is refused cell by cell, never guessed."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Literal
from xml.etree.ElementTree import ParseError, iterparse

import python_calamine
import xlsxwriter

from yishi.papers.typeset import clean

Value = str | int | float | date | None
Kind = Literal["text", "integer", "number", "date"]

MOST_BYTES = 10_000_000  # of the file as sent
MOST_UNPACKED = 60_000_000  # of what an .xlsx declares to hold
MOST_MEMBERS = 300
MOST_COLUMNS = 200
LONGEST_CELL = 5_000
MOST_ERRORS = 100


@dataclass(frozen=True, slots=True)
class Column:
    """A column, the same out and in: `title` is the header, `key` names it in rows.

    `width` is in characters; `choices` are the words allowed; `help` is a note at the header.
    """

    title: str
    key: str = ""
    kind: Kind = "text"
    required: bool = False
    width: float = 16
    choices: Sequence[str] = ()
    help: str = ""

    @property
    def name(self) -> str:
        return self.key or self.title


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet to write: each row maps a column's name to its value."""

    name: str
    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Value]] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """An error at a cell. Row as Excel counts it; row 0: the whole file; column "": the row."""

    row: int
    column_letter: str
    message_zh: str
    message_en: str

    @property
    def place(self) -> str:
        """B7, or the row's number, or empty for the whole file."""
        return f"{self.column_letter}{self.row or ''}"


@dataclass(frozen=True, slots=True)
class Row:
    """One row read: its number in the file and its values by the column's name."""

    number: int
    values: dict[str, Value]


@dataclass(frozen=True, slots=True)
class Rows:
    """What was read. With any error nothing should be taken in; errors stop at MOST_ERRORS."""

    rows: tuple[Row, ...] = ()
    errors: tuple[Cell, ...] = ()
    letters: dict[str, str] = field(default_factory=dict)

    def cell(self, row: Row, name: str, zh: str, en: str) -> Cell:
        """An error of the caller's at the cell of this row and column."""
        return Cell(row.number, self.letters.get(name, ""), zh, en)


class _Refused(Exception):
    def __init__(self, zh: str, en: str, row: int = 0, column: str = "") -> None:
        super().__init__(zh)
        self.cell = Cell(row, column, zh, en)


def letter(index: int) -> str:
    """The letters of a column, from 0: A, B ... Z, AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


# --- out ---------------------------------------------------------------------------------------


def write_xlsx(sheets: Sequence[Sheet]) -> bytes:
    """The workbook. Text is always text: `=1+1` or a link stands there as it was typed."""
    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
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
    if isinstance(value, bool) or isinstance(value, str):
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


# --- in ----------------------------------------------------------------------------------------


def read_xlsx(data: bytes, columns: Sequence[Column], *, max_rows: int = 5000) -> Rows:
    """The rows of the first sheet of an .xlsx, .xls or .csv (UTF-8 or GB 18030) by its header.

    The file is judged by its content, not its name. The header may be in any order, below up to
    five lines of titles; columns of other names are left alone; empty rows are passed over.
    Never raises for what is in the file: whatever is wrong is in `errors`.
    """
    try:
        grid = _grid(data, max_rows + 10)
        start, places = _header(grid, columns)
    except _Refused as refused:
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
            except _Refused as refused:
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
        raise _Refused(
            f"表头缺少：{'、'.join(missing)}。请用下载的模板填写，不要改动表头。",
            f"Missing in the header: {', '.join(missing)}. Use the template; keep its header.",
        )
    titles = [_plain_title(cell) for cell in grid[y]]
    for column in columns:
        if titles.count(_plain_title(column.title)) > 1:
            x = len(titles) - 1 - titles[::-1].index(_plain_title(column.title))
            raise _Refused(
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
    """The cell as the column's kind; _Refused says what is wanted instead."""
    text = _text(cell)
    if not text:
        if column.required:
            raise _Refused(f"“{column.title}”不能为空。", f"“{column.title}” must not be empty.")
        return None
    if len(text) > LONGEST_CELL:
        raise _Refused(f"内容太长，最多{LONGEST_CELL}字。", f"Too long; at most {LONGEST_CELL} characters.")
    if column.choices and text not in column.choices:
        words = "、".join(column.choices)
        raise _Refused(f"“{text[:20]}”不在可选范围：{words}。", f"Not one of: {words}.")
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
        raise _Refused(f"“{text[:20]}”不是整数。", f"“{text[:20]}” is not a whole number.")
    raise _Refused(f"“{text[:20]}”不是数字。", f"“{text[:20]}” is not a number.")


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
    raise _Refused(
        f"“{text[:20]}”不是日期，请写成2026-03-10。", f"“{text[:20]}” is not a date like 2026-03-10."
    )


# --- the file ----------------------------------------------------------------------------------


def _grid(data: bytes, most: int) -> list[list[Any]]:
    """All cells of the first sheet, rows equally long. Raises _Refused for the whole file."""
    if not data:
        raise _Refused("文件是空的。", "The file is empty.")
    if len(data) > MOST_BYTES:
        size = MOST_BYTES // 1_000_000
        raise _Refused(f"文件太大，最多{size} MB。", f"The file is too large; at most {size} MB.")
    if data.startswith(b"PK"):
        _check_zip(data, most)
        return _calamine(data, most)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        return _calamine(data, most)
    return _csv(data, most)


def _calamine(data: bytes, most: int) -> list[list[Any]]:
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        page = book.get_sheet_by_index(0)
        height, width = page.total_height, page.total_width
        if width > MOST_COLUMNS or height > most:
            raise _too_large(most)
        rows = page.to_python(skip_empty_area=False)
    except _Refused:
        raise
    except Exception as error:  # calamine has a dozen errors, and all mean the same here
        raise _Refused(
            "文件已损坏或带密码，打不开。请用 Excel 或 WPS 另存为 .xlsx 再试。",
            "The file is damaged or locked. Save it again as .xlsx and try once more.",
        ) from error
    return rows


def _too_large(most: int) -> _Refused:
    return _Refused(
        f"表格超出{most - 10}行或{MOST_COLUMNS}列，请删去多余内容或分成几份。",
        f"The table has more than {most - 10} rows or {MOST_COLUMNS} columns.",
    )


def _check_zip(data: bytes, most: int) -> None:
    """Refuse what is not a workbook, would unpack to too much, or has a formula in it.

    Sizes are judged as declared before anything is unpacked; then every member is unpacked once
    in pieces, and a member that holds more than it declares fails its checksum.
    """
    damaged = _Refused(
        "这个文件不是完好的 Excel 文件（.xlsx）。请另存为 .xlsx 再试。",
        "This is not an intact Excel file (.xlsx). Save it again as .xlsx and try once more.",
    )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as pack:
            members = pack.infolist()
            unpacked = sum(member.file_size for member in members)
            if len(members) > MOST_MEMBERS or unpacked > MOST_UNPACKED:
                raise _Refused(
                    "文件解压后太大，不予打开。", "The file unpacks to too much; it is not opened."
                )
            if any(member.flag_bits & 1 for member in members):
                raise damaged
            names = {member.filename for member in members}
            if "[Content_Types].xml" not in names or "xl/workbook.xml" not in names:
                raise damaged
            if pack.testzip() is not None:
                raise damaged
            for member in members:
                if member.filename.startswith("xl/worksheets/") and member.filename.endswith("xml"):
                    _check_cells(pack, member.filename, most)
    except _Refused:
        raise
    except (zipfile.BadZipFile, ParseError, OSError, ValueError, NotImplementedError) as error:
        raise damaged from error
    except Exception as error:  # zlib and lzma errors of a member
        raise damaged from error


def _check_cells(pack: zipfile.ZipFile, name: str, most: int) -> None:
    """Walk the cells of one sheet without keeping them: a formula or a far cell is refused.

    A single cell at XFD1048576 would make the reader lay out seventeen thousand million.
    """
    with pack.open(name) as stream:
        if b"<!" in stream.read(4096).replace(b"<!--", b""):
            raise ValueError("document type in a sheet")
    row = x = 0
    with pack.open(name) as stream:
        for event, element in iterparse(stream, events=("start", "end")):
            tag = element.tag.rpartition("}")[2]
            if event == "start":
                if tag == "row":
                    row, x = int(element.get("r") or row + 1), -1
                elif tag == "c":
                    row, x = _place(element.get("r"), row, x + 1)
                continue
            if tag == "f":
                where = f"{letter(x)}{row}"
                raise _Refused(
                    f"{where}是公式。请把公式改为数值（复制后选择性粘贴“数值”）再上传。",
                    f"{where} holds a formula. Paste it as a value and send the file again.",
                    row,
                    letter(x),
                )
            if tag == "c" and len(element) and (row > most or x >= MOST_COLUMNS):
                raise _too_large(most)
            if tag == "row":
                element.clear()


def _place(reference: str | None, row: int, x: int) -> tuple[int, int]:
    found = re.fullmatch(r"([A-Z]{1,3})([0-9]{1,7})", reference or "")
    if not found:
        return row, x
    index = 0
    for character in found[1]:
        index = index * 26 + ord(character) - 64
    return int(found[2]), index - 1


def _csv(data: bytes, most: int) -> list[list[Any]]:
    unknown = _Refused(
        "只收 Excel（.xlsx、.xls）或 CSV 文件。", "Only Excel (.xlsx, .xls) or CSV files are taken."
    )
    text = None
    for codec in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(codec)
            break
        except UnicodeDecodeError:
            continue
    if text is None or re.search("[\x00-\x08\x0e-\x1f]", text) or text.lstrip()[:1] in "<{%":
        raise unknown
    first = text.lstrip("\r\n").split("\n", 1)[0]
    mark = max(",\t;", key=first.count)
    rows: list[list[Any]] = []
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True):
            if len(rows) >= most or len(cells) > MOST_COLUMNS:
                raise _too_large(most)
            rows.append(list(cells))
    except csv.Error as error:
        raise _Refused(
            f"CSV 第{len(rows) + 1}行读不懂，请检查引号。",
            f"Line {len(rows) + 1} of the CSV cannot be read; check its quotes.",
            len(rows) + 1,
        ) from error
    width = max(map(len, rows), default=0)
    if width < 1:
        raise unknown
    for y, cells in enumerate(rows, 1):
        for x, cell in enumerate(cells):
            if cell.startswith("=") and len(cell) > 1:
                raise _Refused(
                    f"{letter(x)}{y}是公式。请改为数值再上传。",
                    f"{letter(x)}{y} holds a formula. Make it a value and send the file again.",
                    y,
                    letter(x),
                )
        cells.extend([""] * (width - len(cells)))
    return rows
