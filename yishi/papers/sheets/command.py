"""`yishi sheet FORM.json`: ballot sheets as PDF, and where everything stands on them as JSON."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from yishi.papers.sheets import MOST_COPIES, Option, SheetError, SheetForm, layout_json, sheet_pdf
from yishi.papers.sheets.form import CHOICES

DONE, REFUSED, WRONG = 0, 1, 2
LARGEST = 2_000_000  # bytes of FORM.json
LONGEST = 2_000  # characters of one text; what fits the sheet is checked where it is laid out
TEXTS = ("title", "body", "kind", "size", "code", "lang", "stamp", "page_note", "option_word")
NUMBERS = ("seats", "write_ins")
LISTS = ("options", "instructions")
NEEDED = ("title", "body", "kind", "options")
ALLOWED = {
    "kind": tuple(CHOICES),
    "size": ("A4", "A5"),
    "lang": ("zh", "en"),
}


class CannotRead(SheetError):
    """The file named on the command line is not there or not to be read."""


def main(argv: Sequence[str]) -> int:
    """0: both files are written; 1: the form or a place to write is refused; 2: wrongly asked."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that knows no Chinese
            stream.reconfigure(errors="backslashreplace")
    parser = _parser()
    options = parser.parse_args(argv)
    files = [options.form, options.pdf, options.layout]
    if len({os.path.realpath(file) for file in files}) < len(files):
        parser.error(_said("三个文件必须各不相同", "the three files must be different"))
    try:
        form = read(options.form)
        pdf, places = sheet_pdf(form, options.copies), layout_json(form)
        text = json.dumps(places, ensure_ascii=False, indent=1) + "\n"
        _write({options.pdf: pdf, options.layout: text.encode()})
    except SheetError as error:
        field = f"{error.field}{_said('：', ': ')}" if error.field else ""
        print(f"✗ {options.form}{_said('：', ': ')}{field}{_said(error.zh, error.en)}", file=sys.stderr)
        return WRONG if isinstance(error, CannotRead) else REFUSED
    except KeyboardInterrupt:
        return 130
    rows = sum(len(page["rows"]) for page in places["pages"])
    pages, code = len(places["pages"]), places["form"]
    _print(
        _said(
            f"✓ 票样 {code}：{rows} 行，每份 {pages} 页，共 {options.copies} 份",
            f"✓ form {code}: {rows} rows, {pages} pages a sheet, {options.copies} sheets",
        )
    )
    _print(f"  {options.pdf}\n  {options.layout}")
    return DONE


def read(path: Path) -> SheetForm:
    """The form that a JSON file asks for. Raises SheetError naming the field (or none: the file)."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(LARGEST + 1)
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        why = getattr(error, "strerror", None) or type(error).__name__
        raise CannotRead("", f"读不了文件（{why}）", f"the file cannot be read ({why})") from None
    if len(raw) > LARGEST:
        _refuse("", "文件超过2 MB", "the file is larger than 2 MB")
    try:
        given = json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_once)
    except SheetError:
        raise
    except UnicodeDecodeError:
        _refuse("", "不是UTF-8编码", "not UTF-8")
    except json.JSONDecodeError as error:
        _refuse(
            "",
            f"不是JSON（第{error.lineno}行第{error.colno}列）",
            f"not JSON (line {error.lineno} column {error.colno})",
        )
    except RecursionError:
        _refuse("", "嵌套太深", "nested too deeply")
    except ValueError:  # a whole number of thousands of digits
        _refuse("", "数字太大", "a number is too large")
    return form_from(given)


def form_from(given: Any) -> SheetForm:
    """A form from JSON-like data. Raises SheetError naming the field that is missing or wrong."""
    if not isinstance(given, Mapping):
        _refuse("", "应为一个对象{…}", "must be an object {...}")
    known = (*TEXTS, *NUMBERS, *LISTS)
    for key in given:
        if key not in known:
            _refuse(
                _shown(key), f"没有这一项；可用：{'、'.join(known)}", f"unknown; known: {', '.join(known)}"
            )
    for key in NEEDED:
        if given.get(key) is None:
            _refuse(key, "缺少这一项", "is missing")
    values: dict[str, Any] = {}
    for key in (key for key in known if given.get(key) is not None):
        values[key] = _value(key, given[key])
    if not values["body"].strip():
        _refuse("body", "请填写会议或机关的名称。", "Give the name of the meeting or body.")
    return SheetForm(**values)


def _value(key: str, value: Any) -> Any:
    if key in NUMBERS:
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 1_000_000:
            _refuse(key, "应为整数", "must be a whole number")
        return value
    if key in LISTS:
        if not isinstance(value, list):
            _refuse(key, "应为一列[…]", "must be a list [...]")
        read_one = _option if key == "options" else _text
        return tuple(read_one(f"{key}[{at}]", item) for at, item in enumerate(value))
    text = _text(key, value)
    if key in ALLOWED and text not in ALLOWED[key]:
        known = ALLOWED[key]
        _refuse(key, f"应为 {'、'.join(known)} 之一", f"must be one of {', '.join(known)}")
    return text


def _option(where: str, value: Any) -> Option:
    if isinstance(value, str):
        return Option(_text(where, value))
    if not isinstance(value, Mapping):
        _refuse(where, "应为文字或{…}", "must be a text or {...}")
    for key in value:
        if key not in ("title", "detail"):
            _refuse(
                f"{where}.{_shown(key)}", "没有这一项；可用：title、detail", "unknown; known: title, detail"
            )
    if value.get("title") is None:
        _refuse(f"{where}.title", "缺少这一项", "is missing")
    detail = value.get("detail")
    return Option(
        _text(f"{where}.title", value["title"]), _text(f"{where}.detail", "" if detail is None else detail)
    )


def _text(where: str, value: Any) -> str:
    if not isinstance(value, str):
        _refuse(where, "应为文字", "must be a text")
    if len(value) > LONGEST:
        _refuse(where, f"超过{LONGEST}字", f"longer than {LONGEST} characters")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object without the same key twice: of two readings we do not choose one."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        _refuse(_shown(twice), "写了两次", "stands there twice")
    return found


def _refuse(field: str, zh: str, en: str) -> NoReturn:
    raise SheetError(field, zh, en)


def _shown(key: str) -> str:
    """A key as it was typed, on one short line."""
    return json.dumps(key, ensure_ascii=True)[1:-1][:60]


def _write(files: Mapping[Path, bytes]) -> None:
    """Both files or neither: each is written beside its place and then put there."""
    waiting: list[tuple[Path, Path]] = []
    file = Path()
    try:
        for file, data in files.items():
            if file.is_dir():
                _refuse("", f"{file}：这是一个文件夹", f"{file}: this is a folder")
            handle, name = tempfile.mkstemp(prefix=f".{file.name[:40]}.", dir=file.parent)
            waiting.append((Path(name), file))
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
            Path(name).chmod(0o666 & ~_umask())
        for new, file in waiting:
            new.replace(file)
    except OSError as error:
        why = error.strerror or type(error).__name__
        _refuse("", f"写不了 {file}（{why}）", f"cannot write {file} ({why})")
    finally:
        for new, _ in waiting:
            new.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _parser() -> argparse.ArgumentParser:
    text = _said(
        "由一份 JSON 印制表决票，并给出票面各处的位置", "print ballot sheets, and say what is where on them"
    )
    parser = argparse.ArgumentParser(prog="yishi sheet", description=text)
    parser.add_argument("form", type=Path, metavar="FORM.json")
    parser.add_argument("--pdf", type=Path, required=True, metavar="OUT.pdf", help=_said("票", "the sheets"))
    parser.add_argument(
        "--layout", type=Path, required=True, metavar="OUT.json", help=_said("位置", "the places")
    )
    parser.add_argument(
        "--copies", type=_copies, default=1, metavar="N", help=_said("份数", "how many sheets")
    )
    return parser


def _copies(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= MOST_COPIES:
        raise argparse.ArgumentTypeError(f"1–{MOST_COPIES}")
    return int(text)


def _print(text: str) -> None:
    try:
        print(text, flush=True)
    except BrokenPipeError:  # `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _said(zh: str, en: str) -> str:
    wish = os.environ.get("YISHI_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return en if wish.lower().startswith("en") else zh
