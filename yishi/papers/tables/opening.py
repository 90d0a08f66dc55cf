"""A file from outside opened with suspicion: what it is, how large it unpacks, what it hides."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from typing import IO, Any
from xml.etree.ElementTree import Element, iterparse

import python_calamine

from yishi.papers.tables.content import Refused, letter

MOST_BYTES = 10_000_000  # of the file as sent
MOST_UNPACKED = 60_000_000  # of what an .xlsx declares to hold
MOST_MEMBERS = 300
MOST_COLUMNS = 200
MOST_NAMES = 100_000  # elements of a workbook, which names its sheets, and of their relations
MOST_DEPTH = 40  # a sheet needs a dozen


def grid(data: bytes, most: int) -> list[list[Any]]:
    """All cells of the first sheet, rows equally long. Raises Refused for the whole file."""
    if not data:
        raise Refused("文件是空的。", "The file is empty.")
    if len(data) > MOST_BYTES:
        size = MOST_BYTES // 1_000_000
        raise Refused(f"文件太大，最多{size} MB。", f"The file is too large; at most {size} MB.")
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
    except Refused:
        raise
    except Exception as error:  # calamine has a dozen errors, and all mean the same here
        raise Refused(
            "文件已损坏或带密码，打不开。请用 Excel 或 WPS 另存为 .xlsx 再试。",
            "The file is damaged or locked. Save it again as .xlsx and try once more.",
        ) from error
    return rows


def _too_large(most: int) -> Refused:
    return Refused(
        f"表格超出{most - 10}行或{MOST_COLUMNS}列，请删去多余内容或分成几份。",
        f"The table has more than {most - 10} rows or {MOST_COLUMNS} columns.",
    )


def _check_zip(data: bytes, most: int) -> None:
    """Refuse what is not a workbook, would unpack to too much, or has a formula in its first sheet.

    Sizes are judged as declared before anything is unpacked; then every member is unpacked once
    in pieces, and a member that holds more than it declares fails its checksum.
    """
    damaged = Refused(
        "这个文件不是完好的 Excel 文件（.xlsx）。请另存为 .xlsx 再试。",
        "This is not an intact Excel file (.xlsx). Save it again as .xlsx and try once more.",
    )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as pack:
            members = pack.infolist()
            unpacked = sum(member.file_size for member in members)
            if len(members) > MOST_MEMBERS or unpacked > MOST_UNPACKED:
                raise Refused("文件解压后太大，不予打开。", "The file unpacks to too much; it is not opened.")
            if any(member.flag_bits & 1 for member in members):
                raise damaged
            names = {member.filename for member in members}
            if "[Content_Types].xml" not in names or "xl/workbook.xml" not in names:
                raise damaged
            for member in members:
                _read_through(pack, member)
            first = _first_sheet(pack)
            for name in names:
                _check_cells(pack, name, most, formulas=name == first)
    except Refused:
        raise
    except Exception as error:  # of zipfile, zlib, lzma, expat: all mean the same here
        raise damaged from error


def _read_through(pack: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Unpack a member in pieces, which checks its checksum, and keep none of it."""
    with pack.open(member) as stream:
        first = stream.read(4096)
        if b"<!DOCTYPE" in first or b"<!ENTITY" in first:
            raise ValueError(f"document type in {member.filename}")
        while stream.read(1 << 20):
            pass


def _first_sheet(pack: zipfile.ZipFile) -> str:
    """The member that holds the first sheet, as the workbook and its relations say."""
    with pack.open("xl/workbook.xml") as stream:
        sheets = (e for e, _depth in _elements(stream, MOST_NAMES) if e.tag.rpartition("}")[2] == "sheet")
        first = next(sheets, None)
    named = {key.rpartition("}")[2]: value for key, value in first.items()} if first is not None else {}
    with pack.open("xl/_rels/workbook.xml.rels") as stream:
        targets = {e.get("Id"): e.get("Target") or "" for e, _depth in _elements(stream, MOST_NAMES)}
    target = targets.get(named.get("id"), "")
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _check_cells(pack: zipfile.ZipFile, name: str, most: int, *, formulas: bool) -> None:
    """Walk the cells of a sheet without keeping them: a far cell is refused, and any formula.

    A single cell at XFD1048576 would make the reader lay out seventeen thousand million. Any
    member may be a sheet, whatever it is called, so the root element decides.
    """
    with pack.open(name) as stream:
        if not stream.read(64).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
            return
    row = x = 0
    with pack.open(name) as stream:
        for element, depth in _elements(stream, 3 * most * MOST_COLUMNS):  # row, cell, value
            tag = element.tag.rpartition("}")[2]
            if depth == 1 and tag != "worksheet":
                return
            if tag == "row":
                row, x = int(element.get("r") or row + 1), -1
            elif tag == "c":
                row, x = _place(element.get("r"), row, x + 1)
            elif tag in ("v", "is") and (row > most or x >= MOST_COLUMNS):
                raise _too_large(most)
            elif tag == "f" and formulas:
                where = f"{letter(x)}{row}"
                raise Refused(
                    f"{where}是公式。请把公式改为数值（复制后选择性粘贴“数值”）再上传。",
                    f"{where} holds a formula. Paste it as a value and send the file again.",
                    row,
                    letter(x),
                )


def _elements(stream: IO[bytes], most: int) -> Iterator[tuple[Element, int]]:
    """Each element as it opens, with its depth from 1; what has closed is forgotten.

    Fifty kilobytes can unpack to millions of elements, side by side or one in another: ValueError.
    """
    path: list[Element] = []
    number = 0
    for event, element in iterparse(stream, events=("start", "end")):
        if event == "end":
            path.pop()
            if path:
                del path[-1][-1]
            continue
        path.append(element)
        number += 1
        if number > most or len(path) > MOST_DEPTH:
            raise ValueError("too many elements")
        yield element, len(path)


def _place(reference: str | None, row: int, x: int) -> tuple[int, int]:
    found = re.fullmatch(r"([A-Z]{1,3})([0-9]{1,7})", reference or "")
    if not found:
        return row, x
    index = 0
    for character in found[1]:
        index = index * 26 + ord(character) - 64
    return int(found[2]), index - 1


def _csv(data: bytes, most: int) -> list[list[Any]]:
    unknown = Refused(
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
        raise Refused(
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
                raise Refused(
                    f"{letter(x)}{y}是公式。请改为数值再上传。",
                    f"{letter(x)}{y} holds a formula. Make it a value and send the file again.",
                    y,
                    letter(x),
                )
        cells.extend([""] * (width - len(cells)))
    return rows
