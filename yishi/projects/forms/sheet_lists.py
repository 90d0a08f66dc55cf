"""Sheets of candidates from Excel: every row is read by the form of one sheet, errors by their cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yishi.papers.tables import Cell, read_xlsx
from yishi.projects.actions.lists import Read
from yishi.projects.actions.sheets import kept
from yishi.projects.forms.sheets import SheetForm
from yishi.projects.models import Project
from yishi.projects.rules.calls import places
from yishi.projects.rules.candidates import units
from yishi.projects.words.calls import place_name
from yishi.projects.words.candidates import COLUMNS

if TYPE_CHECKING:
    from yishi.papers.tables import Row, Rows
    from yishi.people.models import Body
    from yishi.projects.models import Call

MOST_ROWS = 300


class SheetListForm(forms.Form):
    file = forms.FileField(
        label=_("Excel 文件"),
        allow_empty_file=True,
        help_text=_("先导出，改好再导入：有编号的改那一项，没有编号的是新项目。"),
        widget=forms.FileInput({"accept": ".xlsx,.xls,.csv"}),
    )
    why = forms.CharField(
        label=_("修改理由"),
        max_length=500,
        required=False,
        help_text=_("项目表送审、公布或者送达代表后，修改须写明理由。"),
    )


def read_list(call: Call, data: bytes) -> Read:
    """Rows as JSON values {number: of a candidate or None, sheet: as a version keeps it}, and errors."""
    read = read_xlsx(data, COLUMNS, max_rows=MOST_ROWS)
    errors = list(read.errors)
    wrong = {cell.row for cell in errors}
    towns, known_units = _named(places(call)), _named(units(call))
    standing = {one.number: one for one in Project.objects.filter(call=call).candidates().whole()}
    rows, seen = [], set()
    for source in read.rows:
        if source.number in wrong:
            continue
        number = source.values.get("number")
        if number is not None and (number not in standing or number in seen):
            told = "没有这个编号的候选项目，或者重复了。", "There is no such candidate, or it stands twice."
            errors.append(read.cell(source, "number", *told))
            continue
        seen.add(number)
        town = str(source.values.get("place") or "")
        if town and town not in towns:
            told = f"“{town[:20]}”不是这次征集的乡镇、街道。", f"“{town[:20]}” is no town of this call."
            errors.append(read.cell(source, "place", *told))
            continue
        form = SheetForm(_typed(source, towns, known_units), call=call)
        if form.is_valid():
            rows.append({"number": number, "sheet": kept(form.sheet)})
        else:
            errors += _cells(read, source, form)
    return Read(rows, sorted(errors, key=lambda cell: (cell.row, cell.column_letter)))


def _named(bodies: Any) -> dict[str, Body]:
    found: dict[str, Body] = {}
    for one in bodies:
        found |= {one.name: one, one.short_name: one, place_name(one): one}
    return found


def _typed(source: Row, towns: dict[str, Body], known_units: dict[str, Body]) -> dict[str, Any]:
    """The row as the form is typed into; a name that is no body's stays, to be refused there."""
    typed = {name: "" if value is None else str(value) for name, value in source.values.items()}
    for name, known in (("place", towns), ("unit", known_units)):
        if text := typed.get(name):
            typed[name] = str(known[text].pk) if text in known else text
    return typed


def _cells(read: Rows, source: Row, form: SheetForm) -> list[Cell]:
    return [
        read.cell(source, name, str(message), str(message))
        for name, told in form.errors.items()
        for message in told
    ]
