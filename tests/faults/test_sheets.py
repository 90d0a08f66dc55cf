"""Hostile Excel files at the import page: refused in plain words, cheaply, and nothing taken in."""

import io
import resource
import time
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from python_calamine import CalamineWorkbook

from tests import make
from yishi.papers.tables import Column, Sheet, write_xlsx
from yishi.people.models import Person, Seat
from yishi.people.words import COLUMNS

pytestmark = pytest.mark.django_db

HEADER = [column.title for column in COLUMNS]
BOOK = (
    b'<workbook xmlns:r="r"><sheets><sheet name="a" r:id="r1"/></sheets>%s</workbook>',
    b"<worksheet>%s</worksheet>",
)


def row(name="王小明", **also):
    return {"name": name, "begins": "2022-01-10", **also}


def xlsx(*rows, columns=COLUMNS):
    """A sheet as a person would have it: all cells text."""
    plain = [Column(column.title, column.name) for column in columns]
    return write_xlsx([Sheet("代表", plain, list(rows))])


def crafted(workbook=b"", sheet=b"", **members):
    """A package written by hand, as no Excel would."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr("[Content_Types].xml", "<Types/>")
        pack.writestr("xl/workbook.xml", BOOK[0] % workbook)
        pack.writestr("xl/_rels/workbook.xml.rels", '<R><R Id="r1" Target="worksheets/s.xml"/></R>')
        pack.writestr("xl/worksheets/s.xml", BOOK[1] % sheet)
        for name, data in members.items():
            pack.writestr(name, data)
    return out.getvalue()


def upload(data, name="代表.xlsx"):
    """What the page answers to this file, with the number of seats it left behind."""
    town = make.body()
    client = make.client(make.clerk(town))
    file = SimpleUploadedFile(name, data, "application/octet-stream")
    answer = client.post(f"/bodies/{town.pk}/seats/import/", {"file": file})
    assert answer.status_code == 200
    assert not Seat.objects.filter(body=town).exists()
    return answer


def refused(answer):
    """The errors the page shows; none of them offers to take the sheet in."""
    read = answer.context["read"]
    assert read.errors and not answer.context["sealed"]
    page = answer.content.decode()
    assert all(cell.message_zh in page for cell in read.errors)
    return read.errors


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"MZ\x90\x00" + b"\x00" * 900, "代表.xlsx"),
        (b"%PDF-1.7\n%%EOF", "代表.xlsx"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 99, "代表.xlsx"),
        (b"<html><script>alert(1)</script></html>", "代表.csv"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 512, "代表.xls"),
        (b"PK\x03\x04", "代表.xlsx"),
        (b"\x00" * 64, "代表.csv"),
        ("姓名\n".encode("utf-16"), "代表.csv"),
    ],
)
def test_what_is_no_table_is_refused_whatever_its_name(data, name):
    (only,) = refused(upload(data, name))
    assert only.row == 0 or only.place


def test_no_file_at_all_is_said_at_the_field():
    town = make.body()
    answer = make.client(make.clerk(town)).post(
        f"/bodies/{town.pk}/seats/import/", {"csrfmiddlewaretoken": ""}
    )
    assert answer.status_code == 200 and answer.context["form"].errors["file"]


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.999])
def test_a_sheet_cut_off_on_its_way_is_refused_whole(kept):
    data = xlsx(*[row(f"王小{n}", phone=f"1380000{n:04}") for n in range(300)])
    refused(upload(data[: int(len(data) * kept)]))


def test_a_sheet_with_one_bit_turned_is_refused_or_read_as_it_was():
    data = bytearray(xlsx(row(phone="13800000001")))
    for place in range(30, len(data), max(1, len(data) // 40)):
        turned = bytearray(data)
        turned[place] ^= 0x10
        answer = upload(bytes(turned))
        read = answer.context["read"]
        assert read.errors or [r["name"] for r in read.rows] == ["王小明"]


@pytest.mark.parametrize("formula", ["=1+1", "=HYPERLINK(A1)", '=cmd|"/c calc"!A1'])
def test_a_formula_in_a_csv_is_refused_by_its_cell(formula):
    text = "姓名,开始\n王小明,2022-01-10\n" + '"' + formula.replace('"', '""') + '",2022-01-10\n'
    (only,) = refused(upload(text.encode(), "代表.csv"))
    assert only.place == "A3" and "公式" in only.message_zh


def test_what_looks_like_a_formula_goes_out_as_text():
    """A name or delegation that begins with = + - @ is text in the file that leaves the house."""
    town = make.body()
    evil = ("=1+1", "+1", "-1", "@SUM(A1)", '=cmd|"/c calc"!A1')
    for n, word in enumerate(evil):
        make.seat(town, make.person(f"王小{n}"), delegation=word, district=word)
    answer = make.client(make.clerk(town)).get(f"/bodies/{town.pk}/seats/file/")
    cells = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert {line[HEADER.index("代表团")] for line in cells[1:]} == set(evil)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as pack:
        sheets = [pack.read(name) for name in pack.namelist() if name.startswith("xl/worksheets/s")]
    assert sheets and all(b"<f>" not in sheet and b"<f " not in sheet for sheet in sheets)


@pytest.mark.parametrize(
    "bomb",
    [
        {"workbook": b"<a/>" * 14_000_000},
        {"sheet": b"<a>" * 8_000_000 + b"</a>" * 8_000_000},
        {"sheet": b"<sheetData>" + b"<c/>" * 13_000_000 + b"</sheetData>"},
        {"sheet": b'<sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'},
        {"xl/media/a.bin": b"\x00" * 70_000_000},
        {f"xl/{n}.xml": b"" for n in range(400)},
        {"xl/a.xml": b"<!--" + b" " * 5000 + b'--><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'},
    ],
    ids=["flat", "deep", "cells", "far", "large", "many", "entity"],
)
def test_a_bomb_of_a_few_kilobytes_costs_neither_memory_nor_time(bomb):
    data = crafted(**bomb)
    assert len(data) < 100_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    refused(upload(data))
    assert time.process_time() - began < 20  # a slow machine; without the limits it is minutes
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150 * 1024  # KB


def test_a_sheet_that_was_shown_cannot_be_changed_replayed_or_used_elsewhere():
    town, other = make.body(), make.body()
    clerk = make.clerk(town)
    client = make.client(clerk)
    file = SimpleUploadedFile("代表.xlsx", xlsx(row(phone="13800000001")))
    sealed = client.post(f"/bodies/{town.pk}/seats/import/", {"file": file}).context["sealed"]
    confirm = f"/bodies/{town.pk}/seats/import/confirm/"
    changed = sealed[:-1] + ("A" if sealed[-1] != "A" else "B")
    assert client.post(confirm, {"rows": changed}).url.endswith("/import/")
    other_clerk = make.client(make.clerk(other))
    assert other_clerk.post(f"/bodies/{other.pk}/seats/import/confirm/", {"rows": sealed}).status_code == 302
    assert not Seat.objects.exists()
    client.post(confirm, {"rows": sealed})
    client.post(confirm, {"rows": sealed})
    assert Seat.objects.count() == Person.objects.count() == 1
