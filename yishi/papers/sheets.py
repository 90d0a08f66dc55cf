"""Ballot sheets: the layout in millimetres, and the page drawn from it.

Nothing on a sheet singles out a ballot: all copies are the same page. The place of a mark
decides, not its shape; more rows go on a further page, never into smaller print.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from io import BytesIO
from typing import Literal

import pypdfium2

from yishi.papers import typeset

Kind = Literal["approve_each", "choose_up_to", "grades", "elect"]
Size = Literal["A4", "A5"]
Lang = Literal["zh", "en"]

MM = 25.4 / 72  # one point
MOST_OPTIONS, LONGEST_TITLE, LONGEST_DETAIL, MOST_COPIES = 200, 120, 300, 20_000


class SheetError(ValueError):
    """The sheet cannot be printed as asked; `field` names the field of the form at fault."""

    def __init__(self, field: str, zh: str, en: str) -> None:
        super().__init__(zh)
        self.field, self.zh, self.en = field, zh, en


@dataclass(frozen=True, slots=True)
class Option:
    """One line to vote on; `detail` (cost, place, post) stands small beneath the title."""

    title: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SheetForm:
    """What a sheet asks. `seats` is the n of "choose at most n" and of an election.

    Empty `instructions` and `columns` take the words usual for the kind; `write_ins` are the
    rows 另选他人 (by default, in an election, one for each seat). `page_note` stands at the foot.
    """

    title: str
    body: str
    kind: Kind
    options: Sequence[Option]
    seats: int | None = None
    size: Size = "A4"
    instructions: Sequence[str] = ()
    stamp: str = ""
    columns: Sequence[str] = ()
    write_ins: int | None = None
    option_word: str = ""
    page_note: str = ""
    lang: Lang = "zh"
    seal: bool = True


@dataclass(frozen=True, slots=True)
class Text:
    """One printed line, in a box of mm from the upper left corner of the page; size in points."""

    x: float
    y: float
    w: float
    h: float
    text: str
    size: float
    align: Literal["left", "center", "right"] = "left"
    bold: bool = False
    pale: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A rule from (x1, y1) to (x2, y2), all in mm; the width in points."""

    x1: float
    y1: float
    x2: float
    y2: float
    width: float = 0.5


@dataclass(frozen=True, slots=True)
class Oval:
    """A place to mark: its box in mm, the row of the form and the column it speaks for."""

    x: float
    y: float
    w: float
    h: float
    row: int
    column: int


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `option` is the index in the form, None for a write-in; y and h in mm."""

    index: int
    option: int | None
    y: float
    h: float


@dataclass(frozen=True, slots=True)
class Page:
    """All that is drawn on one page."""

    number: int
    rows: tuple[Row, ...]
    ovals: tuple[Oval, ...]
    texts: tuple[Text, ...]
    lines: tuple[Line, ...]
    seal: tuple[float, float, float] | None  # middle and diameter, mm


@dataclass(frozen=True, slots=True)
class Layout:
    """Every page of a form in millimetres: what is printed and, later, what is read."""

    width: float
    height: float
    columns: tuple[str, ...]
    pages: tuple[Page, ...]


@dataclass(frozen=True, slots=True)
class _Paper:
    width: float
    height: float
    left: float  # of what is printed; outside it is kept for corner and timing marks
    seal: float
    title: float  # points
    small: float  # points, of the instructions
    rows: int


PAPERS = {
    "A4": _Paper(210, 297, 20, 40, 20, 11.5, 20),
    "A5": _Paper(148, 210, 19, 32, 16, 10, 10),
}
PITCH, HEADER, OVAL_W, OVAL_H = 10.0, 8.0, 8.0, 5.2
NAME, DETAIL, WORD = 12.5, 8.5, 9.5
TOP, FOOT = 17.0, 12.0
NUMBER_W, PAD = 9.0, 2.0

WORDS = {
    "zh": {
        "approve_each": ("赞成", "反对", "弃权"),
        "choose_up_to": ("同意",),
        "grades": ("满意", "基本满意", "不满意", "弃权"),
        "elect": ("赞成", "反对", "弃权"),
        "option": "表决事项",
        "person": "候选人",
        "number": "序号",
        "opinion": "意见",
        "write_in": "另选他人",
        "seal": "（加盖印章处）",
        "page": "第{n}页　共{of}页",
    },
    "en": {
        "approve_each": ("For", "Against", "Abstain"),
        "choose_up_to": ("Choose",),
        "grades": ("Satisfied", "Basically", "Dissatisfied", "Abstain"),
        "elect": ("For", "Against", "Abstain"),
        "option": "Item",
        "person": "Candidate",
        "number": "No.",
        "opinion": "Opinion",
        "write_in": "Write-in",
        "seal": "(seal)",
        "page": "Page {n} of {of}",
    },
}


def instructions(form: SheetForm) -> tuple[str, ...]:
    """The instructions printed on the sheet: the form's own, or those usual for its kind."""
    if form.instructions:
        return tuple(form.instructions)
    zh = form.lang == "zh"
    every = (
        ("以所在椭圆为准：在椭圆内涂满或画√。", "填错当场换票，不要涂改；不得写姓名。")
        if zh
        else (
            "The oval marked counts: fill it in or tick inside it.",
            "Made a mistake? Ask for a new sheet; do not alter this one. Do not write your name.",
        )
    )
    seats = form.seats or 0
    if form.kind == "choose_up_to":
        first = (
            f"从下列{len(form.options)}项中最多选{seats}项；多选的，整张票无效。"
            if zh
            else f"Choose at most {seats} of {len(form.options)}; with more the ballot is void."
        )
        return (first, *every)
    each = "每行只选一个。" if zh else "Choose only one in each row."
    if form.kind == "elect":
        count = f"应选{seats}名。" if zh else f"{seats} to be elected."
        other = (
            "反对某候选人的，可以另选他人：写明姓名并在其后椭圆内涂满或画√；弃权的不得另选。"
            if zh
            else "If you vote against a candidate you may write in another person and mark the oval."
        )
        return (count + ("" if zh else " ") + each, *every, *((other,) if _write_ins(form) else ()))
    return (each, *every)


def columns(form: SheetForm) -> tuple[str, ...]:
    """The words beside the ovals of a row, from left to right."""
    return tuple(form.columns) or tuple(WORDS[form.lang][form.kind])


def layout(form: SheetForm) -> Layout:
    """Where everything stands, in mm. Raises SheetError if the form cannot be printed."""
    _check(form)
    paper = PAPERS[form.size]
    heights = [_row_height(form, index) for index in range(_rows(form))]
    start = _head_height(form)
    room = paper.height - FOOT - start - HEADER
    groups = _paginate(heights, room, paper.rows)
    # The same number of pages, filled alike: no page with one forgotten row on it.
    even = _paginate(heights, room, math.ceil(len(heights) / len(groups)))
    groups = even if len(even) == len(groups) else groups
    pages = tuple(
        _page(form, number, len(groups), group, heights, start) for number, group in enumerate(groups, 1)
    )
    return Layout(paper.width, paper.height, columns(form), pages)


def sheet_pdf(form: SheetForm, copies: int = 1) -> bytes:
    """`copies` sheets, page after page; every copy draws the very same content.

    Raises SheetError naming the field. One sheet is set; the rest are references to it, so that
    400 copies take as long and as much room as one.
    """
    if not 1 <= copies <= MOST_COPIES:
        raise SheetError(
            "copies",
            f"份数应在1到{MOST_COPIES}之间。",
            f"The number of copies must be between 1 and {MOST_COPIES}.",
        )
    plan = layout(form)
    one = typeset.compile("sheet.typ", {**asdict(plan), "stamp": form.stamp, "lang": form.lang})
    if copies == 1:
        return one
    source = pypdfium2.PdfDocument(one)
    target = pypdfium2.PdfDocument.new()
    try:
        target.import_pages(source, list(range(len(plan.pages))) * copies)
        out = BytesIO()
        target.save(out)
        return out.getvalue()
    finally:
        target.close()
        source.close()


def _check(form: SheetForm) -> None:
    def refuse(field: str, zh: str, en: str) -> None:
        raise SheetError(field, zh, en)

    if not form.title.strip():
        refuse("title", "请填写票的名称。", "Give the sheet a title.")
    if not form.options:
        refuse("options", "至少要有一个选项。", "There must be at least one option.")
    if len(form.options) > MOST_OPTIONS:
        refuse("options", f"选项不能超过{MOST_OPTIONS}个。", f"At most {MOST_OPTIONS} options.")
    for number, option in enumerate(form.options, 1):
        if not typeset.clean(option.title).strip():
            refuse("options", f"第{number}项没有名称。", f"Option {number} has no title.")
        if len(option.title) > LONGEST_TITLE or len(option.detail) > LONGEST_DETAIL:
            refuse(
                "options",
                f"第{number}项太长：名称不超过{LONGEST_TITLE}字，说明不超过{LONGEST_DETAIL}字。",
                f"Option {number} is too long: {LONGEST_TITLE} characters for the title, "
                f"{LONGEST_DETAIL} for the detail.",
            )
    if form.kind in ("choose_up_to", "elect") and not 1 <= (form.seats or 0) <= MOST_OPTIONS:
        refuse("seats", "请填写应选数（至少为1）。", "Say how many may be chosen (at least 1).")
    if _write_ins(form) > 50 or _write_ins(form) < 0:
        refuse("write_ins", "另选他人最多50行。", "At most 50 write-in rows.")
    if len(columns(form)) > 5:
        refuse("columns", "一行最多5个椭圆。", "At most 5 ovals in a row.")
    if _name_width(form) < 22:
        refuse("columns", "意见一栏太宽，请改用A4。", "The columns are too wide; use A4.")
    if _head_height(form) > PAPERS[form.size].height / 2:
        refuse("instructions", "票面说明太长，请缩短。", "The instructions are too long.")


def _write_ins(form: SheetForm) -> int:
    if form.write_ins is not None:
        return form.write_ins
    return (form.seats or 0) if form.kind == "elect" else 0


def _rows(form: SheetForm) -> int:
    return len(form.options) + _write_ins(form)


def _width(text: str, size: float) -> float:
    """The width of a line in mm, rather too much than too little."""
    ems = 0.0
    for character in text:
        if unicodedata.combining(character):
            continue
        if unicodedata.east_asian_width(character) in "WFA":
            ems += 1
        else:
            ems += 0.72 if character.isupper() or character in "mw@%" else 0.57
    return ems * size * MM


def _broken(text: str, size: float, width: float) -> list[str]:
    """The text in lines no wider than `width` mm: Latin at spaces where it can be, never a mark first."""
    lines, line = [], ""
    for character in (
        " ".join(typeset.clean(text).split()) if text.isascii() else typeset.clean(text).replace("\n", "　")
    ):
        if line and _width(line + character, size) > width and character not in "，。；：、！？）》”":
            cut = line.rfind(" ")
            if cut > len(line) // 2 and character.isascii() and character.isalnum():
                lines.append(line[:cut])
                line = line[cut + 1 :]
            else:
                lines.append(line.rstrip())
                line = ""
        if line or character != " ":
            line += character
    return [*lines, line] if line else lines or [""]


def _stacked(form: SheetForm) -> bool:
    """Whether the words stand under the ovals: four abreast leave A5 no room for the names."""
    return form.size == "A5" and len(columns(form)) > 3


def _column_widths(form: SheetForm) -> list[float]:
    if _stacked(form):
        return [max(OVAL_W, _width(word, DETAIL)) + PAD for word in columns(form)]
    return [OVAL_W + 1 + _width(word, WORD) + 2 * PAD for word in columns(form)]


def _name_width(form: SheetForm) -> float:
    paper = PAPERS[form.size]
    return paper.width - 2 * paper.left - NUMBER_W - sum(_column_widths(form))


def _option_lines(form: SheetForm, index: int) -> tuple[list[str], list[str]]:
    option, width = form.options[index], _name_width(form) - 2 * PAD
    detail = _broken(option.detail, DETAIL, width) if option.detail.strip() else []
    return _broken(option.title, NAME, width), detail


def _row_height(form: SheetForm, index: int) -> float:
    least = PITCH + 2 if _stacked(form) else PITCH
    if index >= len(form.options):
        return least
    titles, details = _option_lines(form, index)
    need = len(titles) * NAME * MM * 1.2 + len(details) * DETAIL * MM * 1.25 + 1.6
    return max(least, math.ceil(need))


def _paginate(heights: list[float], room: float, most: int) -> list[range]:
    """Rows by page: as many as fit in `room` mm, at most `most`."""
    groups, first, used = [], 0, 0.0
    for index, height in enumerate(heights):
        if index > first and (used + height > room + 1e-6 or index - first >= most):
            groups.append(range(first, index))
            first, used = index, 0.0
        used += height
    groups.append(range(first, len(heights)))
    return groups


def _head(form: SheetForm) -> tuple[list[Text], float]:
    """The body, the title and the instructions, and the y beneath them."""
    paper = PAPERS[form.size]
    full = paper.width - 2 * paper.left
    texts, y = [], TOP
    for size, bold, text in ((13.0, False, form.body), (paper.title, True, form.title)):
        for line in _broken(text, size, full) if text.strip() else []:
            height = size * MM * 1.25
            texts.append(Text(paper.left, y, full, height, line, size, "center", bold))
            y += height
        y += 1.0
    y += 2.0
    width = full - (paper.seal + 4 if form.seal else 0)
    # The circle of the seal begins a little above the instructions, beside the title's foot.
    seal_end = y + paper.seal - 4 if form.seal else 0.0
    for number, paragraph in enumerate(instructions(form), 1):
        for part, line in enumerate(_broken(paragraph, paper.small, width - 6)):
            height = paper.small * MM * 1.35
            if part == 0:
                texts.append(Text(paper.left, y, 6, height, f"{number}.", paper.small))
            texts.append(Text(paper.left + 6, y, width - 6, height, line, paper.small))
            y += height
        y += 0.6
    return texts, max(y, seal_end) + 3


def _head_height(form: SheetForm) -> float:
    return _head(form)[1]


def _page(form: SheetForm, number: int, of: int, group: range, heights: list[float], start: float) -> Page:
    paper, words = PAPERS[form.size], WORDS[form.lang]
    left, right = paper.left, paper.width - paper.left
    name_w = _name_width(form)
    edges = [left, left + NUMBER_W, left + NUMBER_W + name_w, right]
    option_word = form.option_word or str(words["person" if form.kind == "elect" else "option"])
    texts = [*_head(form)[0]]
    for x, end, word in zip(edges, edges[1:], (words["number"], option_word, words["opinion"]), strict=False):
        texts.append(Text(x, start, end - x, HEADER, str(word), 10.5, "center", True))
    y = start + HEADER
    lines = [Line(left, start, right, start, 0.9), Line(left, y, right, y)]
    rows, ovals = [], []
    for index in group:
        option = index if index < len(form.options) else None
        rows.append(Row(index, option, y, heights[index]))
        texts += _row_texts(form, index, edges[0], edges[1], y, heights[index])
        for oval, word in _row_ovals(form, index, edges[2], y, heights[index]):
            ovals.append(oval)
            texts.append(word)
        y += heights[index]
        lines.append(Line(left, y, right, y, 0.9 if index == group[-1] else 0.4))
    lines += [Line(x, start, x, y, 0.9 if x in (left, right) else 0.4) for x in edges]
    foot = paper.height - FOOT + 1
    if of > 1:
        page = str(words["page"]).format(n=number, of=of)
        texts.append(Text(left, foot, right - left, 5, page, 9, "center"))
    if form.page_note:
        texts.append(Text(left, foot, right - left, 5, form.page_note, 8, "left", pale=True))
    seal = None
    if form.seal:
        middle = start - 3 - paper.seal / 2
        seal = (right - paper.seal / 2, middle, paper.seal)
        texts.append(
            Text(
                right - paper.seal, middle - 2.5, paper.seal, 5, str(words["seal"]), 8, "center",
                pale=True,
            )
        )  # fmt: skip
    return Page(number, tuple(rows), tuple(ovals), tuple(texts), tuple(lines), seal)


def _row_texts(form: SheetForm, index: int, x: float, name_x: float, y: float, h: float) -> Iterator[Text]:
    width = _name_width(form) - 2 * PAD
    if index >= len(form.options):
        word = str(WORDS[form.lang]["write_in"])
        yield Text(name_x + PAD, y, width, h, word, DETAIL, pale=True)
        return
    yield Text(x, y, NUMBER_W, h, str(index + 1), 10.5, "center")
    titles, details = _option_lines(form, index)
    title_h, detail_h = NAME * MM * 1.2, DETAIL * MM * 1.25
    top = y + (h - len(titles) * title_h - len(details) * detail_h) / 2
    for line in titles:
        yield Text(name_x + PAD, top, width, title_h, line, NAME)
        top += title_h
    for line in details:
        yield Text(name_x + PAD, top, width, detail_h, line, DETAIL, pale=True)
        top += detail_h


def _row_ovals(form: SheetForm, index: int, x: float, y: float, h: float) -> Iterator[tuple[Oval, Text]]:
    write_in = index >= len(form.options)
    top = y + (h - OVAL_H) / 2
    for column, (word, width) in enumerate(zip(columns(form), _column_widths(form), strict=True)):
        # A person written in is chosen by being written: there is nothing to be against.
        if write_in and column:
            return
        if _stacked(form):
            oval = Oval(x + (width - OVAL_W) / 2, top - 2, OVAL_W, OVAL_H, index, column)
            yield oval, Text(x, top + OVAL_H - 1.6, width, 4, word, DETAIL, "center")
        else:
            oval = Oval(x + PAD, top, OVAL_W, OVAL_H, index, column)
            label_x = x + PAD + OVAL_W + 1
            yield oval, Text(label_x, y, width - OVAL_W - 1 - PAD, h, word, WORD)
        x += width
