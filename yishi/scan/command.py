"""`yishi read-sheets --layout LAYOUT.json FILES... --json OUT.json`: votes and doubts from scanned sheets."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yishi.scan.layout import Layout, LayoutError, parse
from yishi.scan.likeness import likely_twice
from yishi.scan.reasons import REASONS
from yishi.scan.report import Summary, Where, report
from yishi.scan.work import PageResult, Readers, begin, unheard

if TYPE_CHECKING:
    from yishi.scan.calibrate import Calibration

DONE, REFUSED, WRONG = 0, 1, 2
MOST_JOBS = 256
LARGEST = 20_000_000  # bytes of a layout


class Stop(Exception):
    """What is wrong and what to do about it, Chinese and English; the command ends with `code`."""

    def __init__(self, code: int, zh: str, en: str) -> None:
        super().__init__(zh, en)
        self.code, self.zh, self.en = code, zh, en


def main(argv: Sequence[str]) -> int:
    """0: every page has its entry; 1: refused, or a file cannot be opened; 2: wrongly asked."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that knows no Chinese
            stream.reconfigure(errors="backslashreplace")
    parser = _parser()
    options = parser.parse_args(argv)
    given = [*options.files, options.layout, *([options.calibrate] if options.calibrate else [])]
    if os.path.realpath(options.json) in map(os.path.realpath, given):
        parser.error(_said("--json 会覆盖一个要读的文件", "--json would overwrite a file that is read"))
    progress = Progress()
    try:
        return _run(options, progress)
    except Stop as stop:
        progress.clear()
        print(_printable(f"✗ {_said(stop.zh, stop.en)}"), file=sys.stderr)
        return stop.code
    except KeyboardInterrupt:
        progress.clear()
        print(_said("已中断，没有写结果。", "Stopped; nothing was written."), file=sys.stderr)
        return 130


def _run(options: Any, progress: Progress) -> int:
    layout = _layout(options.layout)
    with Output(options.json) as out:
        calibration = _calibration(options.calibrate, layout) if options.calibrate else None
        summary, marks, entries = Summary(), [], []
        with Readers(layout, jobs=options.jobs, calibration=calibration) as readers:
            refs = readers.listing(options.files)
            for result in readers.read(refs):
                entry = _entry(result)
                summary.add(entry)
                # As text: thousands of pages would take much memory as objects.
                entries.append(json.dumps(entry, ensure_ascii=False))
                if result.fingerprint:
                    marks.append((result.index, result.fingerprint))
                progress(len(entries), len(refs))
        progress.clear()
        twice = likely_twice(marks)
        out.write(_joined(entries, twice))
    where: list[Where] = [(str(ref.file), ref.page) for ref in refs]
    pairs = [(where[one], where[other], score) for one, other, score in twice]
    lines = list(report(summary, layout, pairs, _said))
    lines.append(_said(f"  结果写在 {options.json}", f"  Written to {options.json}"))
    _print(_printable("\n".join(line.replace("\n", " ") for line in lines)))
    return REFUSED if "not_a_file" in summary.rejected else DONE


def _parser() -> argparse.ArgumentParser:
    text = (
        "读扫描的表决票，给出每页每行的结果或疑问 / read scanned ballot sheets: votes and doubts, row by row"
    )
    parser = argparse.ArgumentParser(prog="yishi read-sheets", description=text)
    parser.add_argument("files", type=Path, nargs="+", metavar="FILES", help="PDF, TIFF, JPEG, PNG")
    add = parser.add_argument
    add("--layout", type=Path, required=True, metavar="LAYOUT.json", help="印票时的版式 / as printed")
    add("--json", type=Path, required=True, metavar="OUT.json", help="结果 / the result")
    add(
        "--calibrate",
        type=Path,
        metavar="BLANK",
        help="同机印、同机扫的空白票 / a blank sheet, scanned alike",
    )
    add("--jobs", type=_jobs, default=None, metavar="N", help="进程数 / processes")
    return parser


def _jobs(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= MOST_JOBS:
        raise argparse.ArgumentTypeError(f"1–{MOST_JOBS}")
    return int(text)


def _layout(path: Path) -> Layout:
    try:
        with path.open("rb") as stream:
            raw = stream.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        raise Stop(
            WRONG, f"读不了版式文件 {path}（{why}）", f"the layout {path} cannot be read ({why})"
        ) from None
    try:
        if len(raw) > LARGEST:
            raise LayoutError("layout", "too large")
        given = json.loads(raw.decode("utf-8-sig"))
        found = parse(given)
    except (LayoutError, ValueError, RecursionError) as error:
        why = f"{error}"[:200] if isinstance(error, LayoutError) else type(error).__name__
        raise Stop(
            REFUSED,
            f"{path} 不是 yishi sheet 写的版式文件（{why}）。请用印这批票时的 --layout 文件。",
            f"{path} is no layout written by `yishi sheet` ({why}). Use the --layout file these sheets "
            "were printed with.",
        ) from None
    if found.hash and found.hash != _hash(given):
        raise Stop(
            REFUSED,
            f"{path} 写成以后被改动过，与印出的票对不上。请用印这批票时的原文件。",
            f"{path} was changed after it was written and does not fit the printed sheets. "
            "Use the file as it was written.",
        )
    return found


def _hash(given: Any) -> str:
    """As `papers/` makes it: over all but the hash itself and what the codes say, which holds it."""
    pages = [
        {**page, "code": {key: value for key, value in (page.get("code") or {}).items() if key != "text"}}
        for page in given["pages"]
    ]
    bare = {**{key: value for key, value in given.items() if key != "hash"}, "pages": pages}
    text = json.dumps(bare, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:8]


def _calibration(path: Path, layout: Layout) -> Calibration:
    from yishi.scan.reader import calibration

    # In a process of its own, as every file from outside.
    try:
        with ProcessPoolExecutor(1, get_context("spawn"), initializer=begin) as pool:
            with unheard():
                asked = pool.submit(calibration, path, layout)
            found, code = asked.result()
    except BrokenExecutor:
        found, code = None, "machine"
    if found is None:
        zh, en = REASONS[code]
        raise Stop(REFUSED, f"空白票 {path} 用不了：{zh}", f"The blank sheet {path} is of no use. {en}")
    return found


def _entry(result: PageResult) -> dict[str, Any]:
    """What the issue names first, then what else was seen."""
    ref, reading = result.ref, dict(result.reading)
    entry = {
        "file": str(ref.file),
        "page": ref.page,
        "sha256": ref.sha256,
        "rejected": reading.pop("rejected"),
        "rows": reading.pop("rows"),
        "form_page": reading.pop("page"),
    }
    if entry["rejected"] == "same_file":
        entry["same_as"] = reading.get("detail")
    return {**entry, **reading}


def _joined(entries: Sequence[str], twice: Sequence[tuple[int, int, float]]) -> str:
    """One JSON; a page that looks like another of these says which: `twice`."""
    others: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for one, other, score in twice:
        others[one].append((other, score))
        others[other].append((one, score))
    texts = list(entries)
    for number, alike in others.items():
        entry = json.loads(entries[number])
        entry["twice"] = []
        for other, score in alike:
            page = json.loads(entries[other])
            entry["twice"].append({"file": page["file"], "page": page["page"], "score": score})
        texts[number] = json.dumps(entry, ensure_ascii=False)
    return "[\n" + ",\n".join(texts) + "\n]\n"


class Output:
    """A file that is there whole or not at all, and known to be writable before hours of work."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Output:
        try:
            if self._path.is_dir():
                raise IsADirectoryError(21, _said("这是一个文件夹", "this is a folder"))
            handle, name = tempfile.mkstemp(prefix=f".{self._path.name[:40]}.", dir=self._path.parent)
            os.close(handle)
        except (OSError, ValueError) as error:
            raise self._refused(error) from None
        self._half = Path(name)
        return self

    def write(self, text: str) -> None:
        try:
            self._half.write_text(text, "utf-8", errors="backslashreplace")
            mask = os.umask(0)
            os.umask(mask)
            self._half.chmod(0o666 & ~mask)
            self._half.replace(self._path)
        except OSError as error:
            raise self._refused(error) from None

    def __exit__(self, *_about: object) -> None:
        self._half.unlink(missing_ok=True)

    def _refused(self, error: Exception) -> Stop:
        why = getattr(error, "strerror", None) or type(error).__name__
        return Stop(REFUSED, f"写不了 {self._path}（{why}）", f"cannot write {self._path} ({why})")


class Progress:
    """A bar on a terminal; elsewhere a line now and then."""

    WIDTH, EVERY = 30, 100

    def __init__(self) -> None:
        self._bar = sys.stderr.isatty()

    def __call__(self, done: int, total: int) -> None:
        if self._bar:
            full = self.WIDTH * done // max(total, 1)
            sys.stderr.write(f"\r[{'#' * full}{'.' * (self.WIDTH - full)}] {done} / {total}")
        elif done % self.EVERY == 0:
            sys.stderr.write(f"{done} / {total}\n")
        sys.stderr.flush()

    def clear(self) -> None:
        if self._bar:
            sys.stderr.write("\r" + " " * (self.WIDTH + 30) + "\r")
            sys.stderr.flush()


def _said(zh: str, en: str) -> str:
    """`YISHI_LANG` (zh or en), else the terminal's own; Chinese where it says nothing."""
    wish = os.environ.get("YISHI_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return en if wish.lower().startswith("en") else zh


def _printable(text: str) -> str:
    """For a terminal, which must not be steered by the name of a file."""
    return "".join(char if char.isprintable() or char == "\n" else "\ufffd" for char in text)


def _print(text: str) -> None:
    try:
        print(text, flush=True)
    except BrokenPipeError:  # `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
