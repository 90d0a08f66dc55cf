"""`yishi sheet`: both files are written or a sentence names what is wrong."""

import json
import os
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from yishi.papers.sheets.command import main

GOOD: dict[str, Any] = {
    "title": "民生实事项目表决票",
    "body": "桥头镇第十八届人民代表大会第三次会议",
    "kind": "approve_each",
    "options": ["小学扩建", {"title": "卫生院设备", "detail": "概算120万元"}, "公交首末站"],
    "size": "A4",
}


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("YISHI_LANG", "zh")
    return tmp_path


def asked(desk: Path, form: Any, *more: str) -> int:
    raw = form if isinstance(form, bytes) else json.dumps(form).encode()
    (desk / "form.json").write_bytes(raw)
    return main(["form.json", "--pdf", "out.pdf", "--layout", "out.json", *more])


def refused(desk: Path, form: Any, capsys: Any) -> str:
    """What is said in Chinese; nothing is written and the English is English."""
    assert asked(desk, form) == 1
    zh = capsys.readouterr().err
    os.environ["YISHI_LANG"] = "en"  # the desk puts it back
    assert asked(desk, form) == 1
    en = capsys.readouterr().err
    assert en.removeprefix("✗ ").isascii()
    assert [file.name for file in desk.iterdir()] == ["form.json"]
    return zh


def test_a_form_becomes_sheets_and_a_layout(desk, capsys):
    assert asked(desk, GOOD, "--copies", "3") == 0
    assert len(pypdfium2.PdfDocument(desk / "out.pdf")) == 3
    plan = json.loads((desk / "out.json").read_text(encoding="utf-8"))
    assert len(plan["pages"][0]["boxes"]) == 9
    said = capsys.readouterr().out
    assert plan["form"] in said
    assert "3 行" in said
    assert sorted(file.name for file in desk.iterdir()) == ["form.json", "out.json", "out.pdf"]


def test_it_speaks_english_where_english_is_spoken(desk, capsys, monkeypatch):
    monkeypatch.setenv("YISHI_LANG", "en")
    assert asked(desk, GOOD) == 0
    assert "3 rows" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("kind", "seats", "boxes"), [("choose_up_to", 2, 3), ("grades", None, 12), ("elect", 2, 11)]
)
def test_every_kind_can_be_asked(desk, kind, seats, boxes):
    assert asked(desk, {**GOOD, "kind": kind, "seats": seats, "size": "A5", "code": "K7QM2XPA"}) == 0
    plan = json.loads((desk / "out.json").read_text(encoding="utf-8"))
    assert (plan["form"], plan["size"], plan["seats"]) == ("K7QM2XPA", "A5", seats)
    assert sum(len(page["boxes"]) for page in plan["pages"]) == boxes


def test_a_byte_order_mark_is_no_matter(desk):
    assert asked(desk, b"\xef\xbb\xbf" + json.dumps(GOOD).encode()) == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "vote"}, "kind"),
        ({"kind": ["approve_each"]}, "kind"),
        ({"kind": None}, "kind"),
        ({"title": None}, "title"),
        ({"title": " "}, "title"),
        ({"title": 5}, "title"),
        ({"title": "长" * 3000}, "title"),
        ({"body": ""}, "body"),
        ({"body": False}, "body"),
        ({"options": []}, "options"),
        ({"options": "一"}, "options"),
        ({"options": {"title": "一"}}, "options"),
        ({"options": ["一", 2]}, "options[1]"),
        ({"options": [["一"]]}, "options[0]"),
        ({"options": [{"detail": "一"}]}, "options[0].title"),
        ({"options": [{"title": "一", "detail": 1}]}, "options[0].detail"),
        ({"options": [{"title": "一", "price": 1}]}, "options[0].price"),
        ({"options": [""]}, "options"),
        ({"options": ["一"] * 201}, "options"),
        ({"size": "A3"}, "size"),
        ({"size": 4}, "size"),
        ({"kind": "choose_up_to"}, "seats"),
        ({"kind": "elect", "seats": 0}, "seats"),
        ({"kind": "elect", "seats": "2"}, "seats"),
        ({"kind": "elect", "seats": 2.5}, "seats"),
        ({"kind": "elect", "seats": True}, "seats"),
        ({"kind": "elect", "seats": 10**30}, "seats"),
        ({"kind": "elect", "seats": 60}, "write_ins"),
        ({"write_ins": -1}, "write_ins"),
        ({"write_ins": 51}, "write_ins"),
        ({"code": "abc"}, "code"),
        ({"lang": "fr"}, "lang"),
        ({"instructions": "说明"}, "instructions"),
        ({"instructions": [1]}, "instructions[0]"),
        ({"instructions": ["说明" * 900]}, "instructions"),
        ({"serial": 1}, "serial"),
    ],
)
def test_what_is_wrong_in_the_form_is_named(desk, capsys, change, field):
    said = refused(desk, {**GOOD, **change}, capsys)
    assert said.startswith(f"✗ form.json：{field}：")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "不是JSON"),
        (b"{", "第1行第2列"),
        (b"\xff\xfe{}", "UTF-8"),
        (b"[]", "对象"),
        (b"null", "对象"),
        (b'{"title": "a", "title": "b"}', "title：写了两次"),
        (b"[" * 200_000, "嵌套太深"),
        (b"1" * 5_000, "数字太大"),
        (b" " * 2_000_001, "2 MB"),
        (b'{"\\u0007\\n": 1}', "没有这一项"),
    ],
)
def test_what_is_no_form_is_refused_in_one_line(desk, capsys, raw, said):
    found = refused(desk, raw, capsys)
    assert said in found
    assert found.count("\n") == 1


def test_lone_halves_of_characters_are_left_out(desk):
    assert asked(desk, {**GOOD, "options": ["甲\ud800乙"], "title": "票\udfff"}) == 0
    assert json.loads((desk / "out.json").read_text(encoding="utf-8"))["options"] == ["甲乙"]


@pytest.mark.parametrize("name", ["nobody.json", ".", "x" * 300])
def test_a_file_that_is_not_there_is_wrongly_asked(desk, capsys, name):
    assert main([name, "--pdf", "out.pdf", "--layout", "out.json"]) == 2
    assert "读不了文件" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["form.json"],
        ["form.json", "--pdf", "out.pdf"],
        ["form.json", "--pdf", "same", "--layout", "same"],
        ["form.json", "--pdf", "form.json", "--layout", "out.json"],
        *(
            ["form.json", "--pdf", "out.pdf", "--layout", "out.json", "--copies", copies]
            for copies in ("0", "-1", "20001", "viele", "٣", "1" * 5_000)
        ),
    ],
)
def test_a_senseless_question_is_wrongly_asked(desk, capsys, words):
    (desk / "form.json").write_text(json.dumps(GOOD))
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert json.loads((desk / "form.json").read_text()) == GOOD


@pytest.mark.parametrize(
    ("pdf", "layout"), [("no/out.pdf", "out.json"), ("out.pdf", "no/out.json"), ("folder", "out.json")]
)
def test_where_nothing_can_be_written_nothing_is_left_behind(desk, capsys, pdf, layout):
    (desk / "form.json").write_text(json.dumps(GOOD))
    (desk / "folder").mkdir()
    assert main(["form.json", "--pdf", pdf, "--layout", layout]) == 1
    assert capsys.readouterr().err.startswith("✗ form.json：")
    assert sorted(file.name for file in desk.iterdir()) == ["folder", "form.json"]
    assert not any((desk / "folder").iterdir())


def test_the_files_of_before_stand_where_the_new_ones_are_refused(desk):
    assert asked(desk, GOOD) == 0
    before = (desk / "out.pdf").read_bytes()
    assert asked(desk, {**GOOD, "options": []}) == 1
    assert (desk / "out.pdf").read_bytes() == before
