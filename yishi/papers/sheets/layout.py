"""Where everything stands on a sheet, in millimetres, and what cannot be printed.

The place of a mark decides, not its shape; more rows go on a further page, never into smaller
print. The outer 17 mm belong to the marks a reader finds the sheet by: one in each corner, and a
black bar on both sides of every row.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from yishi.papers.sheets.form import (
    CHOICES,
    CODE_LENGTH,
    CODE_LETTERS,
    WORDS,
    SheetError,
    SheetForm,
    columns,
    form_code,
    instructions,
    write_in_rows,
)
from yishi.papers.sheets.lines import MM, balanced, broken, ink, text_width
from yishi.papers.sheets.plan import Bar, Box, Layout, Line, Mark, Oval, Page, Row, Text
from yishi.papers.sheets.tags import CODE_MODULES, CORNERS, tag_id
from yishi.papers.typeset import clean

MOST_OPTIONS, LONGEST_TITLE, LONGEST_DETAIL = 200, 120, 300


@dataclass(frozen=True, slots=True)
class _Paper:
    width: float
    height: float
    left: float  # of what is printed; outside it is kept for corner and timing marks
    seal: float
    title: float  # points
    small: float  # points, of the instructions
    module: float  # of the code of the form
    rows: int


PAPERS = {
    "A4": _Paper(210, 297, 20, 40, 20, 11.5, 0.6, 20),
    "A5": _Paper(148, 210, 19, 32, 16, 10, 0.5, 10),
}
PITCH, HEADER, OVAL_W, OVAL_H = 10.0, 8.0, 8.0, 5.2
NAME, DETAIL, WORD = 12.5, 8.5, 9.5
MARK, MARK_AT, QUIET = 9.0, 8.0, 1.5  # corner marks, from the edges, white around them
BAR_W, BAR_H, BAR_AT = 5.0, 1.6, 10.0
# Beneath the table there is room for the foot, and the lowest bar keeps off the corner marks.
TOP, FOOT = 15.0, MARK_AT + MARK + QUIET + BAR_H / 2 - PITCH / 2
MOST_WIDER = 3.0  # a row grows where the page has room, for the pen
STAMP, STAMP_AT, STAMP_H = 14.0, 5.5, 7.5  # points; mm
CODE_GAP = 3.5  # between the code of the form and the instructions
NUMBER_W, PAD = 9.0, 2.0


def layout(form: SheetForm) -> Layout:
    """Where everything stands, in mm. Raises SheetError if the form cannot be printed."""
    _check(form)
    paper = PAPERS[form.size]
    heights = [_row_height(form, index) for index in range(len(form.options) + write_in_rows(form))]
    start = _head_height(form)
    room = paper.height - FOOT - start - HEADER
    if max(heights) > room:
        number = heights.index(max(heights)) + 1
        raise SheetError(
            "options", f"第{number}项太长，一页放不下。", f"Option {number} is too long for a page."
        )
    groups = _paginate(heights, room, paper.rows)
    # The same number of pages, filled alike: no page with one forgotten row on it.
    even = _paginate(heights, room, math.ceil(len(heights) / len(groups)))
    groups = even if len(even) == len(groups) else groups
    spare = min((room - sum(heights[at] for at in group)) / len(group) for group in groups)
    wider = max(0.0, math.floor(min(spare, MOST_WIDER) * 10) / 10)
    heights = [height + wider for height in heights]
    pages = tuple(
        _page(form, number, len(groups), group, heights, start) for number, group in enumerate(groups, 1)
    )
    return Layout(form_code(form), paper.width, paper.height, columns(form), pages)


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
        if not clean(option.title).strip():
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
    if write_in_rows(form) > 50 or write_in_rows(form) < 0:
        refuse("write_ins", "另选他人最多50行。", "At most 50 write-in rows.")
    if form.kind == "grades" and write_in_rows(form):
        refuse("write_ins", "评议票没有另选他人。", "There is nobody to write in where grades are given.")
    if len(columns(form)) != (wanted := len(CHOICES[form.kind])):
        refuse("columns", f"这种票每行应有{wanted}个意见。", f"This kind has {wanted} opinions in a row.")
    if form.code and (len(form.code) != CODE_LENGTH or not set(form.code) <= set(CODE_LETTERS)):
        refuse(
            "code",
            f"票样代号应为{CODE_LENGTH}位数字和大写字母（不用I、L、O、U）。",
            f"The code must be {CODE_LENGTH} digits and capital letters without I, L, O, U.",
        )
    if _name_width(form) < 22:
        refuse("columns", "意见一栏太宽，请改用A4。", "The columns are too wide; use A4.")
    if _head_height(form) > PAPERS[form.size].height * 0.6:
        refuse("instructions", "票面的标题和说明太长，请缩短。", "Title and instructions are too long.")


def _stacked(form: SheetForm) -> bool:
    """Whether the words stand under the ovals: four abreast leave A5 no room for the names."""
    return form.size == "A5" and len(columns(form)) > 3


def _column_widths(form: SheetForm) -> list[float]:
    if _stacked(form):
        return [max(OVAL_W, text_width(word, DETAIL)) + PAD + 1 for word in columns(form)]
    return [OVAL_W + 1 + text_width(word, WORD) + 2 * _gap(form) for word in columns(form)]


def _gap(form: SheetForm) -> float:
    """White before each oval and after its word, mm."""
    return 3.0 if form.size == "A4" and len(columns(form)) < 4 else PAD


def _name_width(form: SheetForm) -> float:
    paper = PAPERS[form.size]
    return paper.width - 2 * paper.left - NUMBER_W - sum(_column_widths(form))


def _option_lines(form: SheetForm, index: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    option, width = form.options[index], _name_width(form) - 2 * PAD
    detail = broken(option.detail, DETAIL, width) if option.detail.strip() else ()
    return balanced(option.title, NAME, width), detail


def _row_height(form: SheetForm, index: int) -> float:
    least = PITCH + 2 if _stacked(form) else PITCH
    if index >= len(form.options):
        return least
    titles, details = _option_lines(form, index)
    need = len(titles) * NAME * MM * 1.2 + len(details) * DETAIL * MM * 1.2 + 1.0
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


def _head(form: SheetForm) -> tuple[list[Text], Box, float]:
    """The body, the title and the instructions; the code beside them; the y beneath all."""
    paper = PAPERS[form.size]
    full = paper.width - 2 * paper.left
    texts: list[Text] = []
    if form.stamp:
        # Above and in the seal, never over the table: a pale stamp there is ink to a scanner.
        texts.append(Text(paper.left, STAMP_AT, full, STAMP_H, form.stamp, STAMP, "center", True))
    y = TOP
    for size, bold, text in ((13.0, False, form.body), (paper.title, True, form.title)):
        for line in filter(None, balanced(text, size, full)):
            height = size * MM * 1.25
            texts.append(Text(paper.left, y, full, height, line, size, "center", bold))
            y += height
        y += 1.0
    y += 2.0
    side = CODE_MODULES * paper.module
    code = Box(paper.left, y, side, side)
    x = paper.left + side + CODE_GAP
    width = full - side - CODE_GAP - (paper.seal + 4 if form.seal else 0)
    # The circle of the seal begins a little above the instructions, under the title.
    end = y + (paper.seal - 3 if form.seal else side)
    for number, paragraph in enumerate(instructions(form), 1):
        for part, line in enumerate(broken(paragraph, paper.small, width - 6)):
            height = paper.small * MM * 1.35
            if part == 0:
                texts.append(Text(x, y, 6, height, f"{number}.", paper.small))
            texts.append(Text(x + 6, y, width - 6, height, line, paper.small))
            y += height
        y += 0.6
    return texts, code, max(y, end) + 3


def _head_height(form: SheetForm) -> float:
    return _head(form)[2]


def _page(form: SheetForm, number: int, of: int, group: range, heights: list[float], start: float) -> Page:
    paper, words = PAPERS[form.size], WORDS[form.lang]
    left, right = paper.left, paper.width - paper.left
    name_w = _name_width(form)
    edges = [left, left + NUMBER_W, left + NUMBER_W + name_w, right]
    option_word = form.option_word or words["person" if form.kind == "elect" else "option"]
    texts, code, _ = _head(form)
    for x, end, word in zip(edges, edges[1:], (words["number"], option_word, words["opinion"]), strict=False):
        texts.append(Text(x, start, end - x, HEADER, word, 10.5, "center", True))
    y = start + HEADER
    lines = [Line(left, start, right, start, 0.9), Line(left, y, right, y)]
    rows: list[Row] = []
    ovals: list[Oval] = []
    for index in group:
        option = index if index < len(form.options) else None
        rows.append(
            Row(index, option, y, heights[index], _name_box(form, index, edges[1], y, heights[index]))
        )
        texts += _row_texts(form, index, edges[0], edges[1], y, heights[index])
        for oval, label in _row_ovals(form, index, edges[2], y, heights[index]):
            ovals.append(oval)
            texts.append(label)
        y += heights[index]
        lines.append(Line(left, y, right, y, 0.9 if index == group[-1] else 0.4))
    lines += [Line(x, start, x, y, 0.9 if x in (left, right) else 0.4) for x in edges]
    if form.stamp:
        lines += _frame(paper, min(right - left, text_width(form.stamp, STAMP) + 8))
    texts += _foot(form, number, of)
    seal = None
    if form.seal:
        middle = (code.y - 3 + start - 3) / 2  # of what is between the title and the table
        seal = (right - paper.seal / 2, middle, paper.seal)
        x = right - paper.seal
        if form.stamp:
            texts.append(Text(x + 2, middle - 5, paper.seal - 4, 10, form.stamp, 20, "center", True, True))
        else:
            texts.append(Text(x, middle - 2.5, paper.seal, 5, words["seal"], 8, "center", pale=True))
    return Page(
        number,
        tuple(rows),
        tuple(ovals),
        tuple(texts),
        tuple(lines),
        seal,
        Box(left, start, right - left, y - start),
        _marks(form, number),
        tuple(_bars(paper, rows)),
        code,
    )


def _foot(form: SheetForm, number: int, of: int) -> Iterator[Text]:
    """The note at the left, the page in the middle where there are several, the code at the right."""
    paper, words = PAPERS[form.size], WORDS[form.lang]
    left, full, y = paper.left, paper.width - 2 * paper.left, paper.height - FOOT + 1.5
    middle = 0.0
    if of > 1:
        page = words["page"].format(n=number, of=of)
        middle = text_width(page, 9) + 4
        yield Text(left + (full - middle) / 2, y, middle, 5, page, 9, "center")
    code = words["code"].format(code=form_code(form))
    code_w = min(text_width(code, 7.5), (full - middle) / 2)
    yield Text(left + full - code_w, y, code_w, 5, code, 7.5, "right", pale=True)
    if form.page_note:
        note_w = (full - middle) / 2 if middle else full - code_w - 4
        yield Text(left, y, note_w, 5, form.page_note, 7.5, pale=True)


def _frame(paper: _Paper, w: float) -> list[Line]:
    """The frame of the stamp at the head of the page."""
    left, right = (paper.width - w) / 2, (paper.width + w) / 2
    top, bottom = STAMP_AT, STAMP_AT + STAMP_H
    corners = ((left, top), (right, top), (right, bottom), (left, bottom), (left, top))
    return [Line(*start, *end, 1.2) for start, end in pairwise(corners)]


def _marks(form: SheetForm, page: int) -> tuple[Mark, ...]:
    paper, code = PAPERS[form.size], form_code(form)
    far_x, far_y = paper.width - MARK_AT - MARK, paper.height - MARK_AT - MARK
    places = ((MARK_AT, MARK_AT), (far_x, MARK_AT), (MARK_AT, far_y), (far_x, far_y))
    return tuple(
        Mark(tag_id(code, page, corner), CORNERS[corner], x, y, MARK) for corner, (x, y) in enumerate(places)
    )


def _bars(paper: _Paper, rows: list[Row]) -> Iterator[Bar]:
    for row in rows:
        y = row.y + row.h / 2 - BAR_H / 2
        yield Bar(row.index, "left", BAR_AT, y, BAR_W, BAR_H)
        yield Bar(row.index, "right", paper.width - BAR_AT - BAR_W, y, BAR_W, BAR_H)


def _name_box(form: SheetForm, index: int, x: float, y: float, h: float) -> Box:
    word = 0.0
    if index >= len(form.options):
        word = PAD + text_width(WORDS[form.lang]["write_in"], DETAIL) + 1
    return Box(x + word + 0.5, y + 0.5, _name_width(form) - word - 1, h - 1)


def _row_texts(form: SheetForm, index: int, x: float, name_x: float, y: float, h: float) -> Iterator[Text]:
    width = _name_width(form) - 2 * PAD
    if index >= len(form.options):
        word = WORDS[form.lang]["write_in"]
        yield Text(name_x + PAD, y, width, h, word, DETAIL, pale=True)
        return
    yield Text(x, y, NUMBER_W, h, str(index + 1), 10.5, "center")
    titles, details = _option_lines(form, index)
    title_h, detail_h = NAME * MM * 1.2, DETAIL * MM * 1.2
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
            oval_x, oval_y = x + (width - OVAL_W) / 2, top - 2
            label = Text(x, top + OVAL_H - 1.6, width, 4, word, DETAIL, "center")
        else:
            oval_x, oval_y = x + _gap(form), top
            label_w = width - OVAL_W - 1 - _gap(form)
            label = Text(oval_x + OVAL_W + 1, y + h / 2 - 2.2, label_w, 4.4, word, WORD)
        yield Oval(oval_x, oval_y, OVAL_W, OVAL_H, index, column, ink(label)), label
        x += width
