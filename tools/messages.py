"""The English catalogue without GNU gettext: Chinese strings in the sources, English in part files.

    python tools/messages.py update    把 parts/*.json 合成 django.po 和 django.mo
    python tools/messages.py check     说出每一条缺的、多的、占位不符的、没有标记的
    python tools/messages.py missing   列出还没有译文的字符串（JSON，可直接填写）

A part file is `{"中文": "English"}`; a plural has `["one", "many"]`; a string with a context has
the key `context|中文`.
"""

import ast
import io
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import write_po
from django.conf import settings
from django.template.base import Lexer, TokenType
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "yishi"
ENGLISH = Path("locale/en")
# A page that must stand without Django's help holds both languages itself, and says so.
BOTH_LANGUAGES = "{# both languages #}"
TEMPLATES = (".html", ".txt", ".svg", ".xml")

PLAIN = {"_", "gettext", "gettext_lazy", "gettext_noop"}
PLURAL = {"ngettext", "ngettext_lazy"}
CONTEXT = {"pgettext", "pgettext_lazy"}
CONTEXT_PLURAL = {"npgettext", "npgettext_lazy"}

CHINESE = re.compile(r"[\u3400-\u9fff]")
PLACEHOLDER = re.compile(r"%\(\w+\)[-#0-9.]*[a-z]|%[sd]|\{\w*\}")
# What templatize() writes for a template: calls with the strings as Python literals.
CALL = re.compile(r"\b(_|n?p?gettext)\(")
LITERAL = re.compile(r"""\s*u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\s*,?""", re.S)


@dataclass(frozen=True)
class Message:
    """One string to translate; `many` for plurals, `context` where one word has two meanings."""

    one: str
    many: str = ""
    context: str = ""

    @property
    def key(self) -> str:
        return f"{self.context}|{self.one}" if self.context else self.one


@dataclass
class Found:
    """Every message with the places it stands in, and what is wrong in the sources."""

    places: dict[Message, list[str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def add(self, message: Message, place: str) -> None:
        self.places.setdefault(message, []).append(place)


def scan(sources: Path = SOURCES) -> Found:
    found = Found()
    for path in sorted(sources.rglob("*")):
        name = path.relative_to(sources.parent).as_posix()
        if path.suffix == ".py" and "migrations" not in path.parts:
            _scan_python(path.read_text("utf-8"), name, found)
        elif path.suffix in TEMPLATES and "templates" in path.parts:
            _scan_template(path.read_text("utf-8"), name, found)
    return found


def _scan_python(source: str, name: str, found: Found) -> None:
    for node in ast.walk(ast.parse(source, name)):
        if not isinstance(node, ast.Call):
            continue
        function = getattr(node.func, "id", getattr(node.func, "attr", ""))
        place = f"{name}:{node.lineno}"
        if function in PLAIN and any(isinstance(arg, ast.JoinedStr) for arg in node.args):
            found.faults.append(f"{place}: 要翻译的字符串不能是 f-string")
        strings = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
        _add(function, [text for text in strings if isinstance(text, str)], place, found)


def _add(function: str, strings: list[str], place: str, found: Found) -> None:
    if function in PLAIN and strings:
        found.add(Message(strings[0]), place)
    elif function in PLURAL and len(strings) >= 2:
        found.add(Message(strings[0], strings[1]), place)
    elif function in CONTEXT and len(strings) >= 2:
        found.add(Message(strings[1], context=strings[0]), place)
    elif function in CONTEXT_PLURAL and len(strings) >= 3:
        found.add(Message(strings[1], strings[2], strings[0]), place)


def _scan_template(source: str, name: str, found: Found) -> None:
    calls = templatize(source, origin=name)
    for call in CALL.finditer(calls):
        place = f"{name}:{calls.count(chr(10), 0, call.start()) + 1}"
        _add(call[1], list(_literals(calls, call.end())), place, found)
    if BOTH_LANGUAGES in source:
        return
    skipped = None
    for token in Lexer(source).tokenize():
        word = (token.contents.split() or [""])[0]
        if token.token_type == TokenType.BLOCK:
            if skipped is None and word in ("blocktranslate", "blocktrans", "comment"):
                skipped = f"end{word}"
            elif word == skipped:
                skipped = None
        elif token.token_type == TokenType.TEXT and skipped is None:
            text = re.sub(r"<!--.*?-->", "", token.contents, flags=re.S)
            if CHINESE.search(text):
                line = next(line for line in text.splitlines() if CHINESE.search(line)).strip()
                found.faults.append(f"{name}:{token.lineno}: 没有放进翻译标签：{line[:60]}")


def _literals(text: str, at: int) -> Iterator[str]:
    while literal := LITERAL.match(text, at):
        yield ast.literal_eval(literal[1])
        at = literal.end()


# --- translations ------------------------------------------------------------

Parts = dict[str, str | list[str]]


def parts(sources: Path = SOURCES) -> tuple[Parts, list[str]]:
    """All part files together, and the strings that two of them translate differently."""
    together: Parts = {}
    faults = []
    for path in sorted((sources / ENGLISH / "parts").glob("*.json")):
        try:
            part = json.loads(path.read_text("utf-8"))
        except ValueError as error:
            faults.append(f"{path.name}: 不是合格的 JSON：{error}")
            continue
        for key, text in part.items():
            if together.setdefault(key, text) != text:
                faults.append(f"{path.name}: “{key}”与别的文件译法不同：{text} / {together[key]}")
    return together, faults


def faults(found: Found, texts: Parts) -> list[str]:
    """Everything that keeps the catalogue from being complete and right, each with its place."""
    wrong = list(found.faults)
    for message, places in found.places.items():
        text = texts.get(message.key)
        if not text or not all(text):
            wrong.append(f"{places[0]}: 没有英文：{message.key}")
        elif isinstance(text, list) != bool(message.many):
            wrong.append(f"{places[0]}: 单复数不符：{message.key}")
        else:
            wrong += _placeholders(message, text, places[0])
    keys = {message.key for message in found.places}
    return wrong + [f"parts: 没有用到：{key}" for key in texts if key not in keys]


def _placeholders(message: Message, text: str | list[str], place: str) -> Iterator[str]:
    wanted = set(PLACEHOLDER.findall(message.many or message.one))
    for form in [text] if isinstance(text, str) else text[-1:]:
        if set(PLACEHOLDER.findall(form)) != wanted:
            yield f"{place}: 占位不符：{message.key} → {form}"
    if isinstance(text, list) and set(PLACEHOLDER.findall(text[0])) - wanted:
        yield f"{place}: 占位不符：{message.key} → {text[0]}"


def catalogue(found: Found, texts: Parts) -> tuple[bytes, bytes]:
    """The .po and the .mo; the same sources always give the same bytes."""
    date = datetime(2026, 1, 1, tzinfo=UTC)
    catalog = Catalog(
        "en",
        project="yishi",
        version="1",
        creation_date=date,
        revision_date=date,
        fuzzy=False,
        header_comment="# English for Yishi; made by tools/messages.py from parts/*.json.",
        last_translator="the maintainers",
        language_team="English",
        msgid_bugs_address="",
    )
    for message in sorted(found.places, key=lambda message: message.key):
        text = texts.get(message.key)
        if not text:
            continue
        many = isinstance(text, list)
        catalog.add(
            (message.one, message.many) if message.many else message.one,
            tuple(text) if many else text,
            locations=sorted({(place.rpartition(":")[0], 0) for place in found.places[message]}),
            context=message.context or None,
        )
    po, mo = io.BytesIO(), io.BytesIO()
    # Without line numbers, so that a moved line changes nothing here.
    write_po(po, catalog, width=0, include_lineno=False)
    write_mo(mo, catalog)
    return po.getvalue(), mo.getvalue()


def main(argv: list[str]) -> int:
    if not settings.configured:
        settings.configure(USE_I18N=True)
    command = argv[0] if argv else ""
    found, (texts, wrong) = scan(), parts()
    po, mo = catalogue(found, texts)
    folder = SOURCES / ENGLISH / "LC_MESSAGES"
    if command == "update":
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "django.po").write_bytes(po)
        (folder / "django.mo").write_bytes(mo)
        print(f"{len(found.places)}条")
        return 0
    if command == "missing":
        lacking = {m.key: ["", ""] if m.many else "" for m in found.places if m.key not in texts}
        print(json.dumps(lacking, ensure_ascii=False, indent=1))
        return 0
    if command != "check":
        print(__doc__)
        return 2
    wrong += faults(found, texts)
    for name, data in (("django.po", po), ("django.mo", mo)):
        if not (folder / name).is_file() or (folder / name).read_bytes() != data:
            wrong.append(f"{name}: 不是最新：请运行 python tools/messages.py update")
    print("\n".join(wrong) or f"{len(found.places)}条，齐全")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
