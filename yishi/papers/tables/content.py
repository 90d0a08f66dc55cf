"""Columns, rows and errors of a table, the same whether it goes out or comes in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Value = str | int | float | date | None
Kind = Literal["text", "integer", "number", "date"]


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


class Refused(Exception):
    """Why a cell, or with row 0 the whole file, is not taken; ends in `Rows.errors`."""

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
