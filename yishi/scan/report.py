"""What was read from scanned sheets, for people: how many pages, what is in doubt, the votes as proposed."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from yishi.scan.layout import Layout
from yishi.scan.reasons import REASONS

Said = Callable[[str, str], str]
Where = tuple[str, int]  # file, page

WORDS = {
    "for": ("赞成", "for"),
    "against": ("反对", "against"),
    "abstain": ("弃权", "abstain"),
    "choice": ("选择", "chosen"),
    "satisfied": ("满意", "satisfied"),
    "basically": ("基本满意", "basically"),
    "dissatisfied": ("不满意", "dissatisfied"),
    "blank": ("空白", "blank"),
    "doubt": ("待定", "in doubt"),
}
MOST_NAMED = 6  # pages named in one line
TITLE_WIDTH = 40  # columns of a terminal


@dataclass
class Summary:
    """Counted while the pages come in; holds numbers and names of pages only."""

    files: set[str] = field(default_factory=set)
    pages: int = 0
    read: Counter[int] = field(default_factory=Counter)  # by page of the form
    rejected: dict[str, list[Where]] = field(default_factory=lambda: defaultdict(list))
    rows: int = 0
    doubts: Counter[str] = field(default_factory=Counter)
    votes: dict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    warnings: Counter[str] = field(default_factory=Counter)
    written: list[Where] = field(default_factory=list)  # ink where nothing is to be written

    def add(self, entry: dict[str, Any]) -> None:
        """One entry of the JSON."""
        where = (str(entry["file"]), int(entry["page"]))
        self.files.add(where[0])
        self.pages += 1
        if entry["rejected"]:
            self.rejected[entry["rejected"]].append(where)
            return
        self.read[entry["form_page"] or 0] += 1
        self.warnings.update(entry["warnings"])
        if entry["elsewhere_boxes"]:
            self.written.append(where)
        for row in entry["rows"]:
            self.rows += 1
            said = "doubt" if row["doubt"] else row["option"] or "blank"
            self.votes[row["row"]][said] += 1
            if row["doubt"]:
                self.doubts[row["why"]] += 1


def report(
    summary: Summary, layout: Layout, twice: Sequence[tuple[Where, Where, float]], said: Said
) -> Iterable[str]:
    """Its lines."""
    read, files = summary.read.total(), len(summary.files)
    yield said(
        f"✓ {files} 个文件，{summary.pages} 页：读出 {read} 页，未读 {summary.pages - read} 页",
        f"✓ {files} files, {summary.pages} pages: {read} read, {summary.pages - read} not read",
    )
    if len(layout.pages) > 1 and read:
        parts = [
            said(f"第{number}页 {count}", f"page {number}: {count}")
            for number, count in sorted(summary.read.items())
        ]
        yield "  " + said("票的各页：", "of the form, ") + said("，", ", ").join(parts)
    for code, pages in sorted(summary.rejected.items(), key=lambda item: -len(item[1])):
        yield f"  ✗ {len(pages)} × {said(*REASONS[code])}"
        yield f"      {_named(pages, said)}"
    yield from _doubts(summary, said)
    yield from _votes(summary, layout, said)
    if summary.written:
        yield said(
            f"  {len(summary.written)} 页在不该写字的地方有墨迹（可能写了姓名）：",
            f"  {len(summary.written)} pages have ink where nothing is to be written (perhaps a name): ",
        ) + _named(summary.written, said)
    if twice:
        yield said(
            f"  {len(twice)} 对像是同一张纸扫了两次：",
            f"  {len(twice)} pairs look like one paper scanned twice:",
        )
        for one, other, score in twice[:20]:
            yield f"      {_page(one, said)} = {_page(other, said)} ({score:.2f})"
        if len(twice) > 20:
            yield "      …"
    yield said("  以上由机器提出，须经人核对。", "  Proposed by the machine; people confirm it.")


def _doubts(summary: Summary, said: Said) -> Iterable[str]:
    from yishi.scan.rows import WHY  # only now: it brings the pictures' library

    total = summary.doubts.total()
    share = 100 * total / max(summary.rows, 1)
    yield said(
        f"  {summary.rows} 行，其中 {total} 行待人判定（{share:.1f}%）",
        f"  {summary.rows} rows, {total} of them for people to decide ({share:.1f} %)",
    )
    for why, count in summary.doubts.most_common():
        yield f"      {count} × {said(*WHY.get(why, (why, why)))}"


def _votes(summary: Summary, layout: Layout, said: Said) -> Iterable[str]:
    seen = {
        option for page in layout.pages for row in page.rows for option in (oval.option for oval in row.ovals)
    }
    columns = [option for option in WORDS if option in seen] + ["blank", "doubt"]
    heads = [said(*WORDS[option]) for option in columns]
    rows = [(row.row, row.write_in) for page in layout.pages for row in page.rows]
    if not summary.rows:
        return
    widths = [max(_width(head), 6) for head in heads]
    yield (
        "  "
        + _left("", TITLE_WIDTH)
        + "".join("  " + _right(head, width) for head, width in zip(heads, widths, strict=True))
    )
    for number, write_in in rows:
        title = layout.options[number] if number < len(layout.options) else ""
        if write_in or not title:
            title = said("另选他人", "written in") if write_in else str(number + 1)
        counts = summary.votes.get(number, Counter())
        cells = "".join(
            "  " + _right(str(counts[option]), width) for option, width in zip(columns, widths, strict=True)
        )
        yield "  " + _left(f"{number + 1} {title}", TITLE_WIDTH) + cells


def _named(pages: Sequence[Where], said: Said) -> str:
    shown = said("、", ", ").join(_page(page, said) for page in pages[:MOST_NAMED])
    return shown + (" …" if len(pages) > MOST_NAMED else "")


def _page(page: Where, said: Said) -> str:
    return said(f"{page[0]} 第{page[1]}页", f"{page[0]} page {page[1]}")


def _width(text: str) -> int:
    """Columns of a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def _left(text: str, width: int) -> str:
    if _width(text) > width:
        while _width(text) > width - 1:
            text = text[:-1]
        text += "…" if _width(text) < width else ""
    return text + " " * (width - _width(text))


def _right(text: str, width: int) -> str:
    return " " * (width - _width(text)) + text
