"""`yishi decide FILE.json`: the outcome of a vote from its figures, without a database."""

import json
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from yishi.law import pack
from yishi.law.decide import decide
from yishi.law.errors import InputError
from yishi.law.figures import Ballots, Body, Option, Outcome
from yishi.law.rule import LARGEST, PollRule, missing, shown, table, text, whole

LARGEST_FILE = 5_000_000  # bytes
USAGE = """用法：yishi decide FILE.json    （“-”为标准输入）
由一次表决的数字得出结果：是否有效、谁通过或当选、票数相等、空缺、下一步、结论与条文。
usage: yishi decide FILE.json    ("-" reads standard input)
Says what a vote decided from its figures. Exit 0: decided (also a void vote); 2: wrong input.
"""


def main(argv: Sequence[str]) -> int:
    """`argv`: the words after `decide`. Prints the outcome as JSON; 2 for input that is wrong."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")
    if list(argv) in (["-h"], ["--help"]):
        print(USAGE, end="")
        return 0
    if len(argv) != 1:
        print(USAGE, end="", file=sys.stderr)
        return 2
    try:
        outcome = run(_bytes(argv[0]))
    except InputError as error:
        print(f"{error.field}：{error.message_zh}", file=sys.stderr)
        print(f"{error.field}: {error.message_en}", file=sys.stderr)
        return 2
    print(json.dumps(outcome.to_json(), ensure_ascii=False, indent=2))
    return 0


def run(raw: bytes) -> Outcome:
    """From the bytes of the file to the outcome. Raises InputError."""
    data = parse(raw)
    if not isinstance(data, dict):
        raise InputError("file", "应为一个对象{…}", "must be an object {…}")
    given = table(data, "", ["rule", "body", "ballots", "options"])
    for name in ("rule", "body", "ballots", "options"):
        if given.get(name) is None:
            raise missing(name)
    rule = _rule(given["rule"])
    figures = table(given["body"], "body", ["members", "present"])
    body = Body(*(whole(figures, name, "body") for name in ("members", "present")))
    figures = table(given["ballots"], "ballots", ["issued", "returned", "invalid"])
    ballots = Ballots(*(whole(figures, name, "ballots") for name in ("issued", "returned", "invalid")))
    if not isinstance(given["options"], list):
        raise InputError("options", "应为一列[…]", "must be a list […]")
    options = [_option(rule, one, f"options[{i}]") for i, one in enumerate(given["options"])]
    return decide(rule, body, ballots, options)


def parse(raw: bytes) -> Any:
    """JSON as people make it (a leading BOM is allowed), refusing what has two readings."""
    if len(raw) > LARGEST_FILE:
        raise InputError("file", "文件超过5 MB", "is larger than 5 MB")
    try:
        return json.loads(
            raw.decode("utf-8-sig"),
            object_pairs_hook=_once,
            parse_constant=_no_number,
            parse_int=_integer,
        )
    except UnicodeDecodeError as error:
        raise InputError("file", "不是 UTF-8 编码", "is not UTF-8") from error
    except RecursionError as error:
        raise InputError("file", "嵌套太深", "is nested too deeply") from error
    except json.JSONDecodeError as error:
        where_zh = f"第{error.lineno}行第{error.colno}列"
        where_en = f"line {error.lineno} column {error.colno}"
        raise InputError(
            "file", f"不是有效的 JSON（{where_zh}）", f"is not JSON ({where_en}: {error.msg})"
        ) from error


def _bytes(path: str) -> bytes:
    try:
        if path == "-":
            return sys.stdin.buffer.read(LARGEST_FILE + 1)
        with open(path, "rb") as file:
            return file.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise InputError("file", f"文件读不出来：{shown(path)}", f"cannot be read: {why}") from error


def _rule(data: object) -> PollRule:
    rule = PollRule.from_json(data)
    named = isinstance(data, dict) and any(k == "words" or k.startswith("article") for k in data)
    return rule if named else pack.load().like(rule)


def _option(rule: PollRule, data: object, at: str) -> Option:
    counts = ["for", "against", "abstain"]
    required = ["for"] if rule.kind == "choose_up_to" else counts
    if rule.kind == "grades":
        counts = required = ["satisfied", "basically", "dissatisfied", "abstain"]
    given = table(data, at, ["title", *counts, "not_pressed", "write_in"])
    write_in = given.get("write_in", False)
    if not isinstance(write_in, bool) or (write_in and rule.kind != "elect"):
        raise InputError(f"{at}.write_in", "只用于选举，应为 true 或 false", "only when electing")
    if write_in:
        required = ["for"]
    values = {
        name if name != "for" else "for_": whole(given, name, at)
        for name in [*counts, "not_pressed"]
        if name in required or given.get(name) is not None
    }
    return Option(text(given, "title", at, longest=500), write_in=write_in, **values)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in pairs:
        if name in made:
            raise InputError(shown(name), "同一字段写了两次", "is given twice")
        made[name] = value
    return made


def _integer(digits: str) -> int:
    """Longer than any electorate: still a number, so that the field itself can refuse it."""
    return int(digits) if len(digits) <= 12 else LARGEST + 1


def _no_number(name: str) -> NoReturn:
    raise InputError("file", f"{name}不是数", f"{name} is not a number")
