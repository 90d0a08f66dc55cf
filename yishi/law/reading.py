"""Reading the tables of one pack file, and saying where it stumbles."""

from typing import Any

from yishi.law.errors import PackError


class Reader:
    """`file`: its name, for what is said of it; `data`: all its tables."""

    def __init__(self, file: str, data: dict[str, Any]) -> None:
        self.file = file
        self.data = data

    def wrong(self, table: str, key: str, zh: str, en: str) -> PackError:
        return PackError(self.file, table, key, zh, en)

    def only(self, at: str, table: dict[str, Any], allowed: list[str]) -> None:
        for name in table:
            if name not in allowed:
                raise self.wrong(at, name, "不认识的键", "unknown key")

    def text(self, at: str, table: dict[str, Any], name: str, default: str | None = None) -> str:
        value = table.get(name, default)
        if value is None:
            raise self.wrong(at, name, "缺少此项", "is missing")
        if not isinstance(value, str):
            raise self.wrong(at, name, "应为文字", "must be text")
        return value

    def texts(self, at: str, table: dict[str, Any], name: str) -> tuple[str, ...]:
        value = table.get(name)
        if not isinstance(value, list) or not value or not all(isinstance(v, str) for v in value):
            raise self.wrong(at, name, "应为一列文字", "must be a list of texts")
        return tuple(value)
