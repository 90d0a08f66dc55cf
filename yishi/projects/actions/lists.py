"""A list of proposals, from Excel or pasted: read and checked cell by cell, nothing written."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError

from yishi.papers.tables import Cell, read_xlsx
from yishi.projects.actions.proposals import check_said, tidy
from yishi.projects.rules.calls import places
from yishi.projects.words.calls import COLUMNS, HAND_SOURCES, place_name

if TYPE_CHECKING:
    from yishi.papers.tables import Row, Rows
    from yishi.projects.models import Call

MOST_ROWS = 2000


@dataclass(frozen=True)
class Read:
    """What a list says: rows as plain JSON values, and every error by its cell."""

    rows: list[dict[str, Any]]
    errors: list[Cell]

    @property
    def is_good(self) -> bool:
        return bool(self.rows) and not self.errors


def check_list(call: Call, data: bytes, *, shift: int = 0) -> Read:
    """Read an .xlsx, .xls or .csv; `shift` is how many lines were put before those of the sender."""
    read = read_xlsx(data, COLUMNS, max_rows=MOST_ROWS)
    errors = list(read.errors)
    wrong = {cell.row for cell in errors}
    known: dict[str, int] = {}
    for body in places(call):
        known |= {body.name: body.pk, body.short_name: body.pk, place_name(body): body.pk}
    by_words = {words: key for key, words in HAND_SOURCES.items()}
    rows = []
    for source in read.rows:
        if source.number in wrong:
            continue
        errors += _faults(read, source, known)
        values = source.values
        people = values.get("people")
        row = {**tidy(values), "source": by_words[str(values["source"])], "people": people or 1}
        rows.append({**row, "place": known.get(str(values.get("place") or ""))})
    errors = [Cell(max(c.row - shift, 0), c.column_letter, c.message_zh, c.message_en) for c in errors]
    return Read(rows, sorted(errors, key=lambda cell: (cell.row, cell.column_letter)))


def check_pasted(call: Call, text: str) -> Read:
    """Lines copied from a table, by tabs or commas; without a header the columns stand in our order."""
    lines = [line for line in text.replace("\r\n", "\n").split("\n") if line.strip()]
    delimiter = "\t" if any("\t" in line for line in lines) else ","
    try:
        cells = list(csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        message = "读不懂这些行，请从表格里复制。", "These lines cannot be read; copy them from a table."
        return Read([], [Cell(0, "", *message)])
    titles = {column.title for column in COLUMNS}
    has_header = bool(cells) and len(titles & {cell.strip() for cell in cells[0]}) >= 2
    out = io.StringIO()
    csv.writer(out).writerows(cells if has_header else [[c.title for c in COLUMNS], *cells])
    return check_list(call, out.getvalue().encode(), shift=0 if has_header else 1)


def _faults(read: Rows, row: Row, known: dict[str, int]) -> list[Cell]:
    found = []
    place = str(row.values.get("place") or "")
    if place and place not in known:
        told = f"“{place[:20]}”不是这次征集的乡镇、街道。", f"“{place[:20]}” is no town of this call."
        found.append(read.cell(row, "place", *told))
    try:
        people = row.values.get("people")
        check_said(tidy(row.values), 1 if people is None else int(people))  # type: ignore[arg-type]
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            found += [read.cell(row, name, message, message) for message in messages]
    return found
