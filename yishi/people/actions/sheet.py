"""Seats from an Excel sheet: checked cell by cell first, then all taken in or none."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from yishi.journal.chain import write
from yishi.papers.tables import Cell, read_xlsx
from yishi.people import rules
from yishi.people.actions.register import (
    check_person,
    check_seat,
    default_title,
    end_reasons,
    hold,
    plain_name,
    plain_phone,
)
from yishi.people.models import Person, Seat, Term
from yishi.people.words import COLUMNS, REASONS, SEXES
from yishi.web.access import require

if TYPE_CHECKING:
    from datetime import datetime

    from yishi.papers.tables import Row, Rows
    from yishi.people.models import Body, User

MOST_ROWS = 2000


@dataclass(frozen=True)
class Import:
    """What a sheet says: rows as plain JSON values, and every error by its cell."""

    rows: list[dict[str, Any]]
    errors: list[Cell]

    @property
    def is_good(self) -> bool:
        return bool(self.rows) and not self.errors


def check_sheet(body: Body, data: bytes, today: date) -> Import:
    """Read a sheet and check it against itself and the register; nothing is written."""
    read = read_xlsx(data, COLUMNS, max_rows=MOST_ROWS)
    errors = list(read.errors)
    if errors and not read.rows:
        return Import([], errors)
    rows = [_plain(row.values) for row in read.rows]
    wrong = {cell.row for cell in errors}
    errors += _twice_in_the_sheet(read, rows)
    known = _Register(body, {row["name"] for row in rows})
    for source, row in zip(read.rows, rows, strict=True):
        if source.number not in wrong:
            errors += _against_the_register(read, source, row, known, today)
    return Import(rows, sorted(errors, key=lambda cell: (cell.row, cell.column_letter)))


@transaction.atomic
def take_in(body: Body, rows: list[dict[str, Any]], *, by: User, at: datetime) -> int:
    """All rows of a checked sheet, or none; returns how many seats were made.

    Checked once more, since the register may have changed meanwhile.
    """
    require(rules.may_keep_register(by, body, at))
    if not rows:
        raise ValidationError(_("表里没有数据行。"))
    hold(body)
    known = _Register(body, {row["name"] for row in rows})
    for row in rows:
        seat = known.seat(row)
        check_person(seat.person)
        check_seat(seat, localdate(at))
        if seat.person.pk is None:
            seat.person.save()
        seat.person = seat.person  # the key is known only now
        seat.save()
    write(body.chain, "people.seats.take_in", body, by=by, at=at, number=len(rows))
    return len(rows)


class _Register:
    """What is known of the names in a sheet, asked for once."""

    def __init__(self, body: Body, names: set[str]) -> None:
        self.body = body
        self.terms = {term.number: term for term in Term.objects.filter(body=body)}
        self.reasons = end_reasons(body)
        self.persons: dict[str, list[Person]] = {}
        for person in Person.objects.filter(name__in=names).prefetch_related("seats"):
            self.persons.setdefault(person.name, []).append(person)

    def seat(self, row: dict[str, Any]) -> Seat:
        """The seat a row asks for, not saved; raises ValidationError at the field that is wrong."""
        term = self.terms.get(row["term"]) if row["term"] else None
        if row["term"] and term is None:
            raise ValidationError({"term": _("本机关没有登记第%(n)s届。") % {"n": row["term"]}})
        if bool(row["ends"]) != bool(row["reason"]):
            raise ValidationError({"reason": _("终止日期和终止原因要么都填，要么都不填。")})
        if row["reason"] and row["reason"] not in self.reasons:
            raise ValidationError({"reason": _("本机关的席位不能以这个原因终止。")})
        return Seat(
            body=self.body,
            person=self.person(row),
            term=term,
            title=row["title"] or default_title(self.body),
            district=row["district"],
            delegation=row["delegation"],
            begins=date.fromisoformat(row["begins"]),
            ends=date.fromisoformat(row["ends"]) if row["ends"] else None,
            end_reason=row["reason"],
        )

    def person(self, row: dict[str, Any]) -> Person:
        """The person of this name and phone, else a new one; of whom one cannot tell, refused."""
        same = self.persons.get(row["name"], [])
        if same and not row["phone"]:
            raise ValidationError({"name": _("库里已有同名的人。请填写手机，以便分清是不是同一个人。")})
        for person in same:
            if person.phone == row["phone"]:
                return person
            if not person.phone:
                raise ValidationError({"name": _("库里有同名而没有手机的人。请先在库里补上那人的手机。")})
        return Person(name=row["name"], sex=row["sex"], phone=row["phone"])


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """A row as JSON: names and phones tidied, choices as their keys, days as ISO text."""
    sexes = {words: value for value, words in SEXES.items()}
    reasons = {words: value for value, words in REASONS.items()}
    text = {key: str(values.get(key) or "").strip() for key in ("title", "district", "delegation")}
    return {
        **text,
        "name": plain_name(str(values.get("name") or "")),
        "sex": sexes.get(values.get("sex") or "", ""),
        "phone": plain_phone(str(values.get("phone") or "")),
        "term": values.get("term"),
        "begins": values["begins"].isoformat() if values.get("begins") else "",
        "ends": values["ends"].isoformat() if values.get("ends") else "",
        "reason": reasons.get(values.get("reason") or "", ""),
    }


def _twice_in_the_sheet(read: Rows, rows: list[dict[str, Any]]) -> list[Cell]:
    times = Counter((row["name"], row["phone"]) for row in rows if row["name"])
    return [
        read.cell(
            source,
            "name",
            f"“{row['name']}”在表里出现了{times[row['name'], row['phone']]}次。确是两人请填写各自的手机。",
            f"“{row['name']}” appears more than once. If they are two persons, give each one's phone.",
        )
        for source, row in zip(read.rows, rows, strict=True)
        if times[row["name"], row["phone"]] > 1
    ]


def _against_the_register(
    read: Rows, source: Row, row: dict[str, Any], known: _Register, today: date
) -> list[Cell]:
    try:
        seat = known.seat(row)
        check_person(seat.person)
        seat.clean_fields(exclude=["person", "body", "term"])
        check_seat(seat, today)
    except ValidationError as error:
        found = error.message_dict if hasattr(error, "error_dict") else {"name": error.messages}
        return [
            read.cell(source, field, message, message) for field, told in found.items() for message in told
        ]
    return []
