"""Excel goes out and comes back the same; whatever else comes is refused where it is wrong."""

import io
import re
import zipfile
from datetime import date, datetime

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from yishi.papers.tables import Column, Rows, Sheet, letter, opening, read_xlsx, write_xlsx
from yishi.papers.typeset import clean

COLUMNS = (
    Column("姓名", "name", required=True),
    Column("性别", "sex", choices=("男", "女")),
    Column("票数", "votes", "integer"),
    Column("生效日期", "since", "date"),
    Column("金额", "amount", "number"),
)
ROWS = (
    {"name": "欧阳堃喆", "sex": "女", "votes": 314, "since": date(2026, 3, 10), "amount": 1.5},
    {"name": "=1+1", "sex": None, "votes": 0, "since": None, "amount": -2.0},
    {"name": "0012", "sex": "男", "votes": None, "since": None, "amount": None},
)


def workbook(*rows: tuple[object, ...], header: tuple[str, ...] = ("姓名", "性别", "票数")) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet()
        for y, row in enumerate((header, *rows)):
            for x, value in enumerate(row):
                page.write(y, x, value)
    return out.getvalue()


def repacked(data: bytes, **members: bytes) -> bytes:
    """The workbook with members replaced or added; `__` in a name stands for a slash."""
    out = io.BytesIO()
    new = {name.replace("__", "/").replace("_xml", ".xml"): text for name, text in members.items()}
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack:
        for member in old.namelist():
            pack.writestr(member, new.pop(member, old.read(member)))
        for name, text in new.items():
            pack.writestr(name, text)
    return out.getvalue()


def sheet_xml(body: str) -> bytes:
    return (
        '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{body}</sheetData></worksheet>"
    ).encode()


def only_error(read: Rows) -> tuple[str, str]:
    assert len(read.errors) == 1
    assert read.errors[0].message_en
    return read.errors[0].place, read.errors[0].message_zh


def test_what_goes_out_comes_back_the_same():
    read = read_xlsx(write_xlsx([Sheet("代表名单", COLUMNS, ROWS)]), COLUMNS)
    assert read.errors == ()
    assert [row.values for row in read.rows] == list(ROWS)
    assert [row.number for row in read.rows] == [2, 3, 4]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=50), min_size=1, max_size=5))
def test_any_text_comes_back_as_text_without_what_cannot_be_printed(words):
    column = Column("内容", "text")
    read = read_xlsx(write_xlsx([Sheet("表", [column], [{"text": word} for word in words])]), [column])
    cleaned = [clean(word).strip() for word in words]
    expected = [word for word in cleaned if word]
    if expected:
        assert [row.values["text"] for row in read.rows] == expected
        assert read.errors == ()


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "{=1}", "http://a.cn", "0012", "1e5", "\t=1"]
)
def test_no_text_becomes_a_formula_a_link_or_a_number(text):
    data = write_xlsx([Sheet("表", [Column("内容")], [{"内容": text}])])
    with zipfile.ZipFile(io.BytesIO(data)) as pack:
        page = pack.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in page
        assert "hyperlink" not in page
        assert re.search(r'<c r="A2" s="\d+" t="s">', page)
    assert read_xlsx(data, [Column("内容")]).rows[0].values["内容"] == text.strip()


def test_the_same_rows_give_the_same_bytes():
    assert write_xlsx([Sheet("表", COLUMNS, ROWS)]) == write_xlsx([Sheet("表", COLUMNS, ROWS)])


def test_sheet_names_excel_does_not_take_are_made_to_fit():
    sheets = [
        Sheet("代表[团]/一:*?", COLUMNS),
        Sheet("代表团一", COLUMNS),
        Sheet("长" * 50, ()),
        Sheet("", ()),
    ]
    with zipfile.ZipFile(io.BytesIO(write_xlsx(sheets))) as pack:
        book = pack.read("xl/workbook.xml").decode()
    for name in ("代表团一", "代表团一_2", "长" * 31, "Sheet"):
        assert f'name="{name}"' in book


def test_the_header_may_be_in_any_order_below_a_title():
    data = workbook(("姓名", "票数", "备注", "性别"), ("张三", 5, "不读", "男"), header=("桥头镇代表名单",))
    read = read_xlsx(data, COLUMNS)
    assert read.errors == ()
    assert read.rows[0].number == 3
    assert read.rows[0].values == {"name": "张三", "sex": "男", "votes": 5, "since": None, "amount": None}
    assert read.letters == {"name": "A", "votes": "B", "sex": "D"}


def test_a_header_with_a_star_or_spaces_is_still_the_header():
    assert read_xlsx(workbook(("张三", "男"), header=(" 姓 名*", "性别")), COLUMNS).errors == ()


def test_a_missing_column_is_named():
    place, message = only_error(read_xlsx(workbook(("男", 5), header=("性别", "票数")), COLUMNS))
    assert place == ""
    assert "姓名" in message


def test_a_foreign_table_is_refused():
    place, message = only_error(read_xlsx(workbook(("x", 5), header=("甲", "乙")), COLUMNS))
    assert place == ""
    assert "表头缺少" in message


def test_a_column_twice_is_refused_at_its_second_place():
    read = read_xlsx(workbook(("张三", "李四"), header=("姓名", "姓名")), COLUMNS)
    assert only_error(read)[0] == "B1"


def test_every_wrong_cell_is_named_and_the_right_ones_are_not():
    data = write_xlsx(
        [Sheet("表", [Column(c.title, c.key) for c in COLUMNS], [
            {"name": "张三", "sex": "男", "votes": "12", "since": "2026年3月1日", "amount": "1,200.5"},
            {"name": "", "sex": "未知", "votes": "3.5", "since": "2026-02-30", "amount": "多"},
        ])]
    )  # fmt: skip
    read = read_xlsx(data, COLUMNS)
    assert [error.place for error in read.errors] == ["A3", "B3", "C3", "D3", "E3"]
    assert read.rows[0].values == {
        "name": "张三", "sex": "男", "votes": 12, "since": date(2026, 3, 1), "amount": 1200.5,
    }  # fmt: skip


@pytest.mark.parametrize("typed", ["2026-03-01", "2026/3/1", "2026.3.1", "2026年3月1日", "20260301"])
def test_dates_are_read_as_people_type_them(typed):
    data = workbook((typed,), header=("生效日期",))
    read = read_xlsx(data, [Column("生效日期", "since", "date")])
    assert read.rows[0].values == {"since": date(2026, 3, 1)}


def test_a_caller_may_add_an_error_at_a_cell():
    read = read_xlsx(workbook(("张三", "男", 1)), COLUMNS)
    assert read.cell(read.rows[0], "sex", "重复", "twice").place == "B2"


def test_a_number_typed_as_a_name_stays_whole():
    assert read_xlsx(workbook((13800001111, "男")), COLUMNS).rows[0].values["name"] == "13800001111"


def test_empty_rows_are_passed_over():
    read = read_xlsx(workbook(("张三",), (), ("",), ("李四",)), COLUMNS)
    assert [row.number for row in read.rows] == [2, 5]


def test_a_table_without_rows_says_so():
    assert "没有数据行" in only_error(read_xlsx(workbook(), COLUMNS))[1]


def test_too_many_rows_are_refused_and_as_many_as_allowed_are_not():
    assert read_xlsx(workbook(*[("张三",)] * 10), COLUMNS, max_rows=10).errors == ()
    for count in (11, 30):
        read = read_xlsx(workbook(*[("张三",)] * count), COLUMNS, max_rows=10)
        assert "10行" in only_error(read)[1]


def test_errors_end_somewhere():
    read = read_xlsx(workbook(*[("张三", "未知")] * 400), COLUMNS)
    assert len(read.errors) == 100


def test_a_text_too_long_is_refused_at_its_cell():
    assert only_error(read_xlsx(workbook(("长" * 5001,)), COLUMNS))[0] == "A2"


def test_a_formula_is_refused_by_its_cell():
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["姓名", "性别", "票数"])
        page.write_row(1, 0, ["张三", "男"])
        page.write_formula(1, 2, "=SUM(1,2)", None, 3)
    place, message = only_error(read_xlsx(out.getvalue(), COLUMNS))
    assert place == "C2"
    assert "公式" in message


def test_a_formula_on_a_further_sheet_is_no_concern():
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.add_worksheet().write_column(0, 0, ["姓名", "张三"])
        book.add_worksheet().write_formula(0, 0, "=1+1", None, 2)
    assert read_xlsx(out.getvalue(), COLUMNS).errors == ()


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_csv_is_read_in_the_codecs_of_china(codec, mark):
    data = f"姓名{mark}性别\r\n欧阳堃喆{mark}女\r\n".encode(codec)
    assert read_xlsx(data, COLUMNS).rows[0].values["name"] == "欧阳堃喆"


def test_a_formula_in_csv_is_refused_by_its_cell():
    assert only_error(read_xlsx("姓名,票数\n张三,=1+1\n".encode(), COLUMNS))[0] == "B2"


def test_a_csv_with_open_quotes_is_refused():
    assert "引号" in only_error(read_xlsx('姓名,性别\n"张三,男'.encode(), COLUMNS))[1]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"%PDF-1.7 ...",
        b"<html><table>",
        b"{}",
        b"\x89PNG\r\n\x1a\n\x00\x00",
        b"\x00" * 100,
        bytes(range(256)),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600,
        b"PK\x03\x04 broken",
        b"\n\n\n",
    ],
    ids=range(10),
)
def test_what_is_no_table_is_refused_whole(data):
    read = read_xlsx(data, COLUMNS)
    assert only_error(read)[0] == ""
    assert read.rows == ()


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 6000), st.binary(min_size=1, max_size=4))
def test_a_damaged_workbook_is_read_right_or_refused(place, bits):
    good = workbook(("张三", "男", 5))
    place %= len(good)
    read = read_xlsx(good[:place] + bits + good[place + len(bits) :], COLUMNS)
    assert read.errors or read.rows[0].values["name"] == "张三"


def test_a_workbook_cut_short_is_refused():
    good = workbook(("张三", "男", 5))
    assert "另存为" in only_error(read_xlsx(good[: len(good) // 2], COLUMNS))[1]


def test_a_zip_that_is_no_workbook_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as pack:
        pack.writestr("a.txt", "x")
    assert "不是完好的" in only_error(read_xlsx(out.getvalue(), COLUMNS))[1]


def test_a_workbook_that_unpacks_to_too_much_is_not_opened(monkeypatch):
    bomb = repacked(workbook(("张三",)), xl__media__big_xml=b"0" * 61_000_000)
    assert len(bomb) < 200_000
    monkeypatch.setattr(opening, "_check_cells", None)
    assert "太大" in only_error(read_xlsx(bomb, COLUMNS))[1]


def test_a_workbook_of_very_many_members_is_not_opened():
    members = {f"xl__x{number}_xml": b"" for number in range(310)}
    assert "太大" in only_error(read_xlsx(repacked(workbook(("张三",)), **members), COLUMNS))[1]


def test_a_file_too_large_is_refused_unread():
    assert "太大" in only_error(read_xlsx(b"PK" + bytes(10_000_001), COLUMNS))[1]


def test_a_cell_at_the_far_end_of_the_sheet_is_refused():
    far = sheet_xml('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    data = repacked(workbook(("张三",)), xl__worksheets__sheet1_xml=far)
    assert "列" in only_error(read_xlsx(data, COLUMNS))[1]


def test_a_far_cell_is_found_in_a_sheet_by_another_name():
    far = sheet_xml('<row r="1"><c r="XFD1"><v>1</v></c></row>')
    data = repacked(workbook(("张三",)), xl__pictures__a=far)
    assert "列" in only_error(read_xlsx(data, COLUMNS))[1]


def test_entities_in_a_sheet_are_refused():
    sheet = sheet_xml('<row r="1"><c r="A1" t="inlineStr"><is><t>&x;</t></is></c></row>')
    evil = sheet.replace(b"?><", b'?><!DOCTYPE a [<!ENTITY x "boom">]><', 1)
    data = repacked(workbook(("张三",)), xl__worksheets__sheet1_xml=evil)
    assert "不是完好的" in only_error(read_xlsx(data, COLUMNS))[1]


def test_entities_in_the_shared_strings_are_refused():
    data = workbook(("张三",))
    with zipfile.ZipFile(io.BytesIO(data)) as pack:
        strings = pack.read("xl/sharedStrings.xml")
    evil = strings.replace(b"<sst", b'<!DOCTYPE a [<!ENTITY x "boom">]><sst', 1)
    read = read_xlsx(repacked(data, xl__sharedStrings_xml=evil), COLUMNS)
    assert "不是完好的" in only_error(read)[1]


def test_a_moment_is_written_with_its_time():
    data = write_xlsx([Sheet("表", [Column("时间")], [{"时间": datetime(2026, 3, 10, 9, 5)}])])
    assert read_xlsx(data, [Column("时间")]).rows[0].values["时间"] == "2026-03-10 09:05"


def test_letters_count_as_excel_does():
    assert [letter(index) for index in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
