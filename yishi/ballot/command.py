"""`yishi verify FILE.bel`: what was found, in words or as JSON. Standard library and this room only."""

from __future__ import annotations

import argparse
import json
import os
import sys
from concurrent.futures import BrokenExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yishi.ballot.encoding import printable
from yishi.ballot.errors import Fault, NotAnArchive
from yishi.ballot.reading import CLOSED, COUNTED, OPEN, TALLIED, Report
from yishi.ballot.trustees import Single
from yishi.ballot.verify import verify

if TYPE_CHECKING:
    from collections.abc import Sequence

RIGHT, WRONG, CANNOT = 0, 1, 2
MOST_JOBS = 256

STATES = {
    OPEN: "投票尚未截止 / the box is still open",
    CLOSED: "投票已截止，尚未合计 / the box is closed, nothing is tallied yet",
    TALLIED: "已合计，尚未开出结果 / tallied, not opened yet",
    COUNTED: "已有结果 / the result is there",
}


def main(argv: Sequence[str]) -> int:
    """0: right; 1: the first fault is named; 2: not a record of a vote, or not to be read."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that knows no Chinese
            stream.reconfigure(errors="backslashreplace")
    options = _parser().parse_args(argv)
    progress = _Bar() if sys.stderr.isatty() else None
    try:
        with options.file.open("rb") as stream:
            report = verify(stream, jobs=options.jobs, progress=progress)
    except Fault as fault:
        code = CANNOT if isinstance(fault, NotAnArchive) else WRONG
        text = f"{fault.text_zh} / {fault.text_en}"
        return _refused(options, code, fault.name, fault.where, text, fault.detail)
    except IsADirectoryError:
        return _refused(options, CANNOT, "CannotRead", "", "这是一个文件夹 / this is a folder")
    except OSError as error:
        why = f"{error.strerror or type(error).__name__}"
        return _refused(options, CANNOT, "CannotRead", "", f"读不了文件 / the file cannot be read: {why}")
    except BrokenExecutor:
        return _refused(
            options, CANNOT, "CannotRun", "", "一个核验进程意外中止 / a process of --jobs has ended"
        )
    except KeyboardInterrupt:
        return 130
    finally:
        if progress:
            progress.clear()
    _print(json.dumps({"ok": True, **report.plain()}, ensure_ascii=False) if options.json else words(report))
    return RIGHT


def _parser() -> argparse.ArgumentParser:
    text = "核验一次投票的完整记录 / verify the whole record of a vote"
    parser = argparse.ArgumentParser(prog="yishi verify", description=text)
    parser.add_argument("file", type=Path, metavar="FILE.bel")
    parser.add_argument("--json", action="store_true", help="供程序读取 / for programs")
    parser.add_argument("--jobs", type=_jobs, default=1, metavar="N", help="进程数 / processes")
    return parser


def _jobs(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= MOST_JOBS:
        raise argparse.ArgumentTypeError(f"1–{MOST_JOBS}")
    return int(text)


def _refused(options: Any, code: int, name: str, where: str, text: str, detail: str = "") -> int:
    if options.json:
        found = {"ok": False, "fault": name, "where": where, "text": text, "detail": detail}
        _print(json.dumps(found, ensure_ascii=False))
    else:
        place = f"\n  位置 where：{where}" if where else ""
        place += f"\n  细节 detail：{detail}" if detail else ""
        print(printable(f"✗ {options.file}：{text}\n  {name}{place}"), file=sys.stderr)
    return code


def words(report: Report) -> str:
    """The summary for people, one line each in Chinese and English."""
    replaced = report.ballots - report.counted
    votes = f"{report.counted}"
    if report.counted_weight != report.counted:
        votes += f"，权重 weight {report.counted_weight} / {report.weight}"
    if replaced:
        votes += f"（另有 {replaced} 张已被后投的票取代 / {replaced} more replaced by a later one）"
    lines = [
        f"✓ {report.election.name}",
        f"  状态 state：{STATES[report.state]}",
        f"  名单上的投票码 credentials：{report.credentials}",
        f"  计入的票 votes：{votes}",
        f"  投票率 turnout：{report.turnout:.1%}",
        f"  开箱密钥 trustees：{_who(report)}",
        f"  已打开 decrypted by：{', '.join(map(str, report.decrypted_by)) or '—'}",
        f"  封箱校验值 fingerprint：{report.election.fingerprint}",
        f"  记录末条校验值 last hash：{report.last_hash}",
    ]
    for number, question in enumerate(report.plain()["questions"], 1):
        lines.append(f"  问题 question {number}：{question['question']}")
        for answer, count in zip(question["answers"], question.get("votes", ()), strict=False):
            lines.append(f"    {answer}：{count}")
        if "blank" in question:
            lines.append(f"    （空白票 blank）：{question['blank']}")
    lines.append(
        "  每张票的证明和签名、合计、解密和结果均已核验 / every proof, signature, sum and opening was checked"
        if report.state == COUNTED
        else "  已有的部分均已核验，记录尚未完结 / all that is there was checked; the record is not complete"
    )
    # A name with a line break must not write lines of its own.
    return printable("\n".join(line.replace("\n", " ") for line in lines))


def _who(report: Report) -> str:
    singles = sum(isinstance(group, Single) for group in report.trustees.groups)
    parts = [f"{singles} 把必需的密钥 keys always needed"] if singles else []
    for group in report.trustees.groups:
        if not isinstance(group, Single):
            size, wanted = len(group.keys), group.threshold
            parts.append(f"{size} 把中任意 {wanted} 把 any {wanted} of {size}")
    return " + ".join(parts)


def _print(text: str) -> None:
    try:
        print(text, flush=True)
    except BrokenPipeError:  # `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Bar:
    """How far it is, on a terminal."""

    WIDTH = 30

    def __call__(self, done: int, total: int) -> None:
        full = self.WIDTH * done // max(total, 1)
        sys.stderr.write(f"\r[{'#' * full}{'.' * (self.WIDTH - full)}] {done} / {total}")
        sys.stderr.flush()

    def clear(self) -> None:
        sys.stderr.write("\r" + " " * (self.WIDTH + 30) + "\r")
        sys.stderr.flush()
