"""The register as an Excel sheet, the same columns out and in, and the cards with deputies' links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import override

from yishi.papers.cards import Card
from yishi.papers.tables import Column, Sheet
from yishi.people.models import Seat, Sex

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from yishi.papers.tables import Value
    from yishi.people.models import Body

with override("zh-hans"):  # the sheet is Chinese whoever asks for it
    SEXES = {value: str(words) for value, words in Sex.choices}
    REASONS = {value: str(words) for value, words in Seat.End.choices}

COLUMNS = (
    Column("姓名", "name", required=True, width=14),
    Column("性别", "sex", choices=tuple(SEXES.values()), width=8),
    Column("手机", "phone", width=16, help="同名时用来分清是不是同一个人"),
    Column("身份", "title", width=12, help="不填：人民代表大会为代表，其他为成员"),
    Column("选区", "district", width=20),
    Column("代表团", "delegation", width=20),
    Column("届次", "term", kind="integer", width=8, help="只写数字，例如17"),
    Column("开始", "begins", kind="date", required=True, width=14, help="例如2022-01-10"),
    Column("终止", "ends", kind="date", width=14),
    Column("终止原因", "reason", choices=tuple(REASONS.values()), width=24),
)


def seats_sheet(body: Body, seats: Iterable[Seat]) -> Sheet:
    """The seats as they would be read in again; without seats it is the blank to fill in."""
    return Sheet(body.short_name, COLUMNS, [_row(seat) for seat in seats])


def _row(seat: Seat) -> dict[str, Value]:
    return {
        "name": seat.person.name,
        "sex": SEXES.get(seat.person.sex, ""),
        "phone": seat.person.phone,
        "title": seat.title,
        "district": seat.district,
        "delegation": seat.delegation,
        "term": seat.term.number if seat.term else None,
        "begins": seat.begins,
        "ends": seat.ends,
        "reason": REASONS.get(seat.end_reason, ""),
    }


def link_cards(made: Iterable[tuple[Seat, str]], expires: datetime) -> list[Card]:
    """Cards to cut apart and hand out; `made` is seats with the full address of their link."""
    until = f"{expires.month}月{expires.day}日前扫码登录，只能用一次"
    return [Card(seat.person.name, seat.delegation or seat.title, address, until) for seat, address in made]
