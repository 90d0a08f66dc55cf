"""Seats by Excel: the same columns both ways, errors by cell, nothing half taken in."""

import io
from datetime import date

import pytest
import xlsxwriter
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import make
from yishi.papers.tables import write_xlsx
from yishi.people import actions
from yishi.people.models import Person, Seat
from yishi.people.words import COLUMNS, seats_sheet
from yishi.web.access import Refused

pytestmark = pytest.mark.django_db

TODAY = make.NOW.date()
HEADER = [column.title for column in COLUMNS]


@pytest.fixture
def town():
    return make.body()


def xlsx(*rows, header=HEADER):
    """A sheet with these rows: each a dict by title, or a list of cells."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, header)
        for y, row in enumerate(rows, 1):
            cells = [row.get(title, "") for title in header] if isinstance(row, dict) else row
            page.write_row(y, 0, cells)
    return out.getvalue()


def line(name="林文清", **fields):
    return {"姓名": name, "开始": "2022-01-10", **fields}


def faults(town, *rows):
    return {(cell.place, cell.message_zh) for cell in actions.check_sheet(town, xlsx(*rows), TODAY).errors}


def take(town, data):
    clerk = make.clerk(town)
    return actions.take_in(town, actions.check_sheet(town, data, TODAY).rows, by=clerk, at=make.NOW)


def test_what_goes_out_comes_in_the_same():
    one, other = make.body(), make.body(kind="standing_committee")
    term, _same = make.term(one), make.term(other)
    for n in range(12):
        make.seat(
            one,
            make.person(sex="female" if n % 2 else "", phone=f"138000000{n:02}" if n % 3 else ""),
            term=term if n % 4 else None,
            district=f"第{n}选区",
            delegation="=SUM(A1)",
        )
    make.seat(one, ends=date(2024, 1, 2), end_reason="moved", title="=cmd|'/c calc'!A1")
    out = write_xlsx([seats_sheet(one, Seat.objects.of(one))])
    read = actions.check_sheet(one, out, TODAY)
    assert len(read.rows) == 13
    shown = [(s.person.name, s.district, s.delegation, s.title, s.ends) for s in Seat.objects.of(one)]
    assert [(r["name"], r["district"], r["delegation"], r["title"]) for r in read.rows] == [
        row[:4] for row in shown
    ]
    # The very same people again: every one is found in the register.
    assert {cell.row for cell in read.errors} == set(range(2, 15))


def test_a_good_sheet_is_taken_in_whole(town):
    make.term(town)
    data = xlsx(
        line("林 文清", 性别="女", 手机="138-0000-0001", 选区="第1选区", 代表团="一团", 届次=17),
        line("王本民", 终止="2024-03-01", 终止原因="辞职被接受"),
    )
    assert take(town, data) == 2
    first, second = Seat.objects.order_by("pk").select_related("person")
    assert (first.person.name, first.person.phone, first.term.number) == ("林文清", "13800000001", 17)
    assert (first.title, second.standing(TODAY), second.end_reason) == ("代表", "ended", "resigned")


@pytest.mark.parametrize(
    ("fields", "place", "words"),
    [
        ({"姓名": ""}, "A2", "不能为空"),
        ({"姓名": "王1"}, "A2", "字符"),
        ({"性别": "男女"}, "B2", "可选范围"),
        ({"手机": "电话"}, "C2", "手机号"),
        ({"选区": "甲" * 61}, "E2", "60"),
        ({"届次": "十七"}, "G2", "整数"),
        ({"届次": 99}, "G2", "第99届"),
        ({"开始": "去年"}, "H2", "日期"),
        ({"开始": ""}, "H2", "不能为空"),
        ({"开始": "2030-01-01"}, "H2", "提前"),
        ({"终止": "2021-01-01", "终止原因": "去世"}, "I2", "早于"),
        ({"终止": "2024-01-01"}, "J2", "都填"),
        ({"终止原因": "去世"}, "J2", "都填"),
        ({"终止": "2024-01-01", "终止原因": "不再担任（非代表席位）"}, "J2", "这个原因"),
    ],
)
def test_an_error_is_said_at_its_cell_and_nothing_is_taken_in(town, fields, place, words):
    found = faults(town, line(**fields) if "姓名" not in fields else {**line(), **fields})
    assert [at for at, told in found if words in told] == [place], found
    assert not Seat.objects.exists() and not Person.objects.exists()


def test_a_name_twice_in_the_sheet_is_found_on_both_rows(town):
    found = faults(town, line(), line("王本民"), line())
    assert {place for place, told in found if "2次" in told} == {"A2", "A4"}
    assert not faults(town, line(手机="13800000001"), line(手机="13800000002"))


def test_somebody_in_the_register_is_found(town):
    make.seat(town, make.person("林文清", phone="13800000001"))
    assert any("同名" in told for _at, told in faults(town, line()))
    assert any("不能重复" in told for _at, told in faults(town, line(手机="13800000001")))
    assert not faults(town, line(手机="13800000002"))


def test_the_same_person_of_another_body_gets_a_seat_and_no_double(town):
    known = make.person("林文清", phone="13800000001")
    make.seat(make.body(kind="residents_council"), known)
    take(town, xlsx(line(手机="13800000001")))
    assert Person.objects.get() == known and known.seats.count() == 2


def test_one_bad_row_keeps_all_rows_out(town):
    rows = actions.check_sheet(town, xlsx(line(), line("王本民")), TODAY).rows
    make.seat(town, make.person("王本民"))
    with pytest.raises(ValidationError):
        actions.take_in(town, rows, by=make.clerk(town), at=make.NOW)
    assert Seat.objects.count() == 1


def test_only_the_bodys_clerk_takes_in(town):
    rows = actions.check_sheet(town, xlsx(line()), TODAY).rows
    for who in (make.clerk(make.body()), make.chair(town)):
        with pytest.raises(Refused):
            actions.take_in(town, rows, by=who, at=make.NOW)


@pytest.mark.parametrize(
    "data",
    [b"", b"%PDF-1.7 not a table", b"PK\x03\x04 damaged", xlsx(line())[:900], "<html>表".encode()],
)
def test_wrong_and_damaged_files_are_refused_in_plain_words(town, data):
    client = make.client(make.clerk(town))
    file = SimpleUploadedFile("名单.xlsx", data)
    page = client.post(reverse("seats_import", args=[town.pk]), {"file": file})
    assert page.status_code == 200 and 'role="alert"' in page.content.decode()
    assert not Seat.objects.exists()


def test_a_formula_is_refused_by_its_cell(town):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, HEADER)
        page.write_row(1, 0, ["林文清", "", "", "", "", "", "", "2022-01-10"])
        page.write_formula(1, 4, '=HYPERLINK("http://example.org")')
    [error] = actions.check_sheet(town, out.getvalue(), TODAY).errors
    assert "E2" in error.message_zh and "公式" in error.message_zh


def test_the_page_shows_first_and_writes_only_when_told(town):
    client = make.client(make.clerk(town))
    blank = client.get(reverse("seats_blank", args=[town.pk]))
    assert blank.content.startswith(b"PK")
    file = SimpleUploadedFile("a.xlsx", xlsx(line(), line("王本民")))
    page = client.post(reverse("seats_import", args=[town.pk]), {"file": file})
    assert "可以导入 2 行" in page.content.decode() and not Seat.objects.exists()
    confirm, sealed = reverse("seats_take_in", args=[town.pk]), page.context["sealed"]
    assert client.post(confirm, {"rows": sealed + "x"}).url.endswith("/import/")
    assert make.client(make.clerk(town)).post(confirm, {"rows": sealed}).url.endswith("/import/")
    assert not Seat.objects.exists()
    client.post(confirm, {"rows": sealed})
    client.post(confirm, {"rows": sealed})  # pressed twice
    assert Seat.objects.count() == 2


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.text(max_size=12), min_size=10, max_size=10), max_size=4))
def test_whatever_is_in_the_cells_is_answered_and_never_breaks(town, cells):
    rows = [row for row in cells if not any("\x00" in cell for cell in row)]
    text = "\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    data = (",".join(HEADER) + "\n" + text).encode("utf-8", "replace")
    read = actions.check_sheet(town, data, TODAY)
    assert read.is_good or read.errors
