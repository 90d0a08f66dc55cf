"""Excel out and in by the same columns; what comes in is refused cell by cell, never guessed."""

from yishi.papers.tables.content import Cell, Column, Row, Rows, Sheet, Value, letter
from yishi.papers.tables.reading import read_xlsx
from yishi.papers.tables.writing import write_xlsx

__all__ = [
    "Cell",
    "Column",
    "Row",
    "Rows",
    "Sheet",
    "Value",
    "letter",
    "read_xlsx",
    "write_xlsx",
]
