"""`yishi read-sheets`: an entry for every page of every file, what it tells, how it refuses and ends."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.scan import drawn
from tests.scan.files import image, many, saved, scanned, sheet
from tests.scan.test_bad_files import LOCKED
from yishi.cli import main as yishi
from yishi.scan import command, report
from yishi.scan.command import Progress, _hash, main
from yishi.scan.layout import parse
from yishi.scan.reasons import REASONS

PLAN = drawn.layout(3)
PLAN["options"] = ["第一项", "第二项", "一个长得在一行里写不下的第三项，因为它要说的事情实在太多太多太多"]
PLAN["hash"] = _hash(PLAN)
for _page in PLAN["pages"]:
    _page["code"]["text"] = f"YS1:{PLAN['form']}:{PLAN['hash']}:{_page['number']}"


@pytest.fixture(autouse=True)
def chinese(monkeypatch):
    monkeypatch.setenv("YISHI_LANG", "zh")


@pytest.fixture(scope="module")
def raw() -> bytes:
    """Three ballots: for, against, and one with two marks in its first row."""
    pages = []
    for option in ("for", "against", "for"):
        one = drawn.Sheet(PLAN, dpi=150)
        for row in range(3):
            one.tick(row, option, size=0.9 + 0.05 * len(pages), dx=0.2 * len(pages))
        if len(pages) == 2:
            one.fill(0, "against")
        pages.append(image(one.picture(noise=2, seed=len(pages)).grey))
    return scanned(pages)


@pytest.fixture
def ask(tmp_path, raw):
    (tmp_path / "layout.json").write_text(json.dumps(PLAN), "utf-8")
    (tmp_path / "ballots.pdf").write_bytes(raw)

    def run(*files: object, more: tuple[object, ...] = (), out: object = tmp_path / "out.json") -> int:
        words = [
            "--layout",
            tmp_path / "layout.json",
            *(files or (tmp_path / "ballots.pdf",)),
            "--json",
            out,
            *more,
        ]
        return main([str(word) for word in words])

    return run


def entries(tmp_path: Path) -> list[dict]:
    return json.loads((tmp_path / "out.json").read_text("utf-8"))


def test_every_row_is_a_vote_a_blank_or_a_doubt(ask, tmp_path, capsys):
    assert ask(more=("--jobs", 1)) == 0
    found = entries(tmp_path)
    assert [(one["page"], one["rejected"], len(one["rows"])) for one in found] == [
        (n, None, 3) for n in (1, 2, 3)
    ]
    assert [row["option"] for row in found[0]["rows"]] == ["for"] * 3
    assert {"row", "option", "doubt", "why", "confidence"} <= set(found[0]["rows"][0])
    doubt = found[2]["rows"][0]
    assert (doubt["option"], doubt["doubt"], doubt["why"]) == (None, True, "two_marks")
    assert len({one["sha256"] for one in found}) == 1
    told = capsys.readouterr().out
    assert "1 个文件，3 页：读出 3 页，未读 0 页" in told
    assert "9 行，其中 1 行待人判定" in told
    assert "1 × 一行有两处以上标记" in told
    line = next(line for line in told.splitlines() if "第一项" in line)
    assert line.split() == ["1", "第一项", "1", "1", "0", "0", "1"]
    assert "须经人核对" in told


def test_every_page_of_every_file_has_an_entry_and_a_reason(ask, tmp_path, raw, capsys):
    files = {
        "copy.pdf": raw,
        "back.png": saved(np.full((1754, 1240), 250, np.uint8), "PNG"),
        "letter.png": saved(sheet(1240, 1754), "PNG"),
        "empty.pdf": b"",
        "text.pdf": "同意".encode() * 99,
        "locked.pdf": scanned([image(sheet())], trailer=LOCKED),
        "many.pdf": many(2003),
        "coarse.jpg": saved(sheet(420, 595), "JPEG"),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    given = [tmp_path / "ballots.pdf", *(tmp_path / name for name in files)]
    assert ask(*given, more=("--jobs", 1)) == 0
    found = entries(tmp_path)
    codes: dict[str, list[str | None]] = {}
    for one in found:
        codes.setdefault(Path(one["file"]).name, []).append(one["rejected"])
    assert codes == {
        "ballots.pdf": [None] * 3,
        "copy.pdf": ["same_file"] * 3,
        "back.png": ["blank"],
        "letter.png": ["not_a_ballot"],
        "empty.pdf": ["empty_file"],
        "text.pdf": ["kind"],
        "locked.pdf": ["password"],
        "many.pdf": ["too_many_pages"] * 2003,
        "coarse.jpg": ["resolution"],
    }
    copies = [one for one in found if one["rejected"] == "same_file"]
    assert {one["same_as"] for one in copies} == {str(tmp_path / "ballots.pdf")}
    told = capsys.readouterr().out
    for code in {code for ones in codes.values() for code in ones if code}:
        assert REASONS[code][0] in told
    assert "第6页 …" in told


def test_a_file_that_is_not_there_has_an_entry_and_the_end_says_so(ask, tmp_path):
    assert ask(tmp_path / "ballots.pdf", tmp_path / "missing.pdf", tmp_path, more=("--jobs", 1)) == 1
    assert [one["rejected"] for one in entries(tmp_path)] == [None] * 3 + ["not_a_file"] * 2


def test_a_paper_scanned_twice_is_told_on_both_pages(ask, tmp_path, capsys):
    again = drawn.Sheet(PLAN, dpi=150)
    for row in range(3):
        again.tick(row, "for", size=0.9)
    (tmp_path / "again.png").write_bytes(saved(again.picture(degrees=180.4, noise=3, seed=9).grey, "PNG"))
    assert ask(tmp_path / "ballots.pdf", tmp_path / "again.png", more=("--jobs", 2)) == 0
    found = entries(tmp_path)
    assert [(one["file"], one["page"]) for one in found[0]["twice"]] == [(str(tmp_path / "again.png"), 1)]
    assert [one["page"] for one in found[3]["twice"]] == [1]
    assert "twice" not in found[1]
    assert "1 对像是同一张纸扫了两次" in capsys.readouterr().out


def test_a_blank_sheet_of_the_printer_and_scanner_is_used(ask, tmp_path, capsys):
    blank = drawn.Sheet(PLAN, dpi=150)
    (tmp_path / "blank.png").write_bytes(saved(blank.picture(noise=2).grey, "PNG"))
    assert ask(more=("--calibrate", tmp_path / "blank.png", "--jobs", 1)) == 0
    assert [row["option"] for row in entries(tmp_path)[1]["rows"]] == ["against"] * 3
    (tmp_path / "out.json").unlink()
    (tmp_path / "letter.png").write_bytes(saved(sheet(1240, 1754), "PNG"))
    for name, code in (("letter.png", "not_a_ballot"), ("missing.png", "not_a_file")):
        assert ask(more=("--calibrate", tmp_path / name)) == 1
        assert REASONS[code][0] in capsys.readouterr().err
    assert not (tmp_path / "out.json").exists()


# --- refused -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw_layout", "code", "words"),
    [
        (None, 2, "读不了版式文件"),
        (b"{", 1, "不是 yishi sheet 写的版式文件"),
        (b"\xff\xfe", 1, "不是 yishi sheet 写的版式文件"),
        (b"[]", 1, "layout"),
        (b'{"form": "K7QM2XPA"}', 1, "pages"),
        (b"[" * 100_000, 1, "不是 yishi sheet 写的版式文件"),
        (json.dumps({**PLAN, "seats": 4}).encode(), 1, "被改动过"),
    ],
)
def test_a_layout_that_is_none_is_refused(ask, tmp_path, capsys, raw_layout, code, words):
    (tmp_path / "layout.json").unlink()
    if raw_layout is not None:
        (tmp_path / "layout.json").write_bytes(raw_layout)
    assert ask() == code
    told = capsys.readouterr()
    assert words in told.err and told.err.startswith("✗") and told.out == ""
    assert not (tmp_path / "out.json").exists()


def test_the_hash_of_a_layout_is_that_of_the_printer():
    from tests.scan.synth import plan

    for form in ("a4", "elect", "long"):
        assert _hash(json.loads(json.dumps(plan(form)))) == plan(form)["hash"]


def test_a_place_that_cannot_be_written_is_refused_before_reading(ask, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(command, "Readers", None)
    for place in (tmp_path / "nowhere" / "out.json", tmp_path):
        assert ask(out=place) == 1
        assert "写不了" in capsys.readouterr().err


def test_what_is_read_is_not_overwritten(ask, tmp_path, raw):
    for name in ("ballots.pdf", "layout.json"):
        with pytest.raises(SystemExit) as ended:
            ask(out=tmp_path / name)
        assert ended.value.code == 2
    assert (tmp_path / "ballots.pdf").read_bytes() == raw


@pytest.mark.parametrize(
    "words", [[], ["--jobs", "0"], ["--jobs", "many"], ["--json", "a"], ["--layout", "a", "b"]]
)
def test_wrongly_asked(words):
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2


def test_english(ask, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("YISHI_LANG", "en")
    assert ask(more=("--jobs", 1)) == 0
    told = capsys.readouterr().out
    assert "1 files, 3 pages: 3 read, 0 not read" in told
    assert "more than one mark" in told
    assert ask(out=tmp_path) == 1
    assert "cannot write" in capsys.readouterr().err


# --- how it ends -------------------------------------------------------------


def test_it_is_a_command_of_yishi(tmp_path, capsys):
    assert yishi(["read-sheets", "--layout", str(tmp_path / "no"), "a", "--json", str(tmp_path / "b")]) == 2
    assert "读不了版式文件" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="signals are of POSIX")
def test_ctrl_c_ends_cleanly_and_leaves_no_file_and_no_process(tmp_path):
    (tmp_path / "layout.json").write_text(json.dumps(PLAN), "utf-8")
    (tmp_path / "many.pdf").write_bytes(many(1900))
    words = ["--layout", "layout.json", "many.pdf", "--json", "out.json", "--jobs", "1"]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    running = subprocess.Popen(
        [sys.executable, "-m", "yishi.cli", "read-sheets", *words],
        cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    until = time.monotonic() + 60
    while len(list(tmp_path.iterdir())) < 3 and time.monotonic() < until:  # the half-written file
        time.sleep(0.05)
    # Only once it reads: in the second in which its processes start the signal may be theirs alone.
    assert running.stderr is not None
    running.stderr.readline()
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does: to all of them
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert out == b"" and b"Traceback" not in err
    assert "已中断" in err.decode()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["layout.json", "many.pdf"]
    while time.monotonic() < until and alive(running.pid):
        time.sleep(0.05)
    assert not alive(running.pid)


def alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_progress_is_a_bar_on_a_terminal_and_lines_elsewhere(monkeypatch):
    for terminal, wanted in ((True, "\r[##"), (False, "100 / 400\n200 / 400\n")):
        stream = io.StringIO()
        stream.isatty = lambda terminal=terminal: terminal
        monkeypatch.setattr(sys, "stderr", stream)
        progress = Progress()
        for done in range(1, 201):
            progress(done, 400)
        progress.clear()
        assert wanted in stream.getvalue()


def test_the_name_of_a_file_does_not_steer_the_terminal():
    summary = report.Summary()
    summary.add({"file": "a\x1b[2J\n伪造", "page": 1, "rejected": "blank"})
    lines = list(report.report(summary, parse(PLAN), [], lambda zh, _en: zh))
    shown = command._printable("\n".join(line.replace("\n", " ") for line in lines))
    assert "\x1b" not in shown and "\n伪造" not in shown
