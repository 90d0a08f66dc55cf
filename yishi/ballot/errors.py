"""Everything that can be wrong with a sealed ballot or a record, each by its name."""

from __future__ import annotations


class Fault(Exception):
    """What is wrong and where. `text_zh`, `text_en`: a sentence each; `where`: "event 12", "question 2 …".

    The subclass is the name of the fault: `type(fault).__name__` is what `--json` prints.
    """

    text_zh = "记录有误"
    text_en = "the record is wrong"

    def __init__(self, where: str = "", *, detail: str = "") -> None:
        super().__init__(where, detail)
        self.where = where
        self.detail = detail

    @property
    def name(self) -> str:
        return type(self).__name__

    def at(self, where: str) -> Fault:
        """The same fault with the outer place named first."""
        self.where = f"{where}: {self.where}" if self.where else where
        return self

    def __str__(self) -> str:
        rest = "".join(f" ({part})" for part in (self.where, self.detail) if part)
        return f"{self.name}: {self.text_zh} / {self.text_en}{rest}"


class NotAnArchive(Fault):
    text_zh, text_en = "这不是投票记录文件（.bel）", "this is not a record of a vote (.bel)"


class BadPoint(Fault):
    text_zh, text_en = "不是群中规范的点", "not a canonical point of the group"


class BadScalar(Fault):
    text_zh, text_en = "不是规范的标量", "not a canonical scalar"


class BadJson(Fault):
    text_zh, text_en = "不是规范的 JSON", "not canonical JSON"
