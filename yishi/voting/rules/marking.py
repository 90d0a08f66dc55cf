"""What one sheet says by law, and where two readings of it differ."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from yishi.law.articles import english as article_english
from yishi.law.count import MARKS, Reading, because, read
from yishi.voting.models import Sheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from yishi.law.rule import PollRule

# Two marks on one line; which two makes no difference in law.
TWO = {kind: letters[:2] for kind, letters in MARKS.items() if len(letters) > 1}


def plain(kind: str, marks: Sequence[str]) -> list[str]:
    """Marks in their one way of writing: several marks on a line are one thing."""
    return [TWO.get(kind, mark[0]) if len(set(mark)) > 1 else mark[:1] for mark in marks]


def read_sheet(
    law: PollRule, titles: Sequence[str], marks: Sequence[str], write_ins: Sequence[str] = ()
) -> Reading:
    """The sheet by the rule; lines not reached yet count as blank. Raises InputError."""
    marks = [*marks, *[""] * (len(titles) - len(marks))]
    reading = read(law, len(titles), marks, write_ins)
    listed = {"".join(title.split()) for title in titles}
    if reading.valid and any("".join(name.split()) in listed for name in reading.write_ins):
        return because(reading, None, "write_in_unclear", "")
    return reading


def verdict(law: PollRule, titles: Sequence[str], sheet: Sheet) -> Reading:
    """One teller's sheet: what he put in doubt is doubtful, all else is as the rule reads it."""
    reading = read_sheet(law, titles, sheet.marks, sheet.write_ins)
    return doubted(law, reading, sheet.doubt) if sheet.doubt else reading


def doubted(law: PollRule, reading: Reading, doubt: str) -> Reading:
    label = str(Sheet.Doubt(doubt).label)
    return replace(
        reading,
        valid=None,
        reason_code=doubt,
        reason_zh=label,
        reason_en=label,
        article=law.article_void,
    )


def reason(reading: Reading) -> str:
    """Why the sheet is not simply valid, in the language of the page, with its article."""
    english = (get_language() or "").startswith("en")
    return _with(reading.reason_en if english else reading.reason_zh, reading.article)


def _with(text: str, article: str) -> str:
    """The text with its article in brackets, in the language of the page."""
    if not article:
        return text
    english = (get_language() or "").startswith("en")
    return f"{text} ({article_english(article)})" if english else f"{text}（{article}）"


def warning(law: PollRule, reading: Reading) -> str:
    """What a teller is told while keying: "" for a plain valid sheet."""
    if reading.reason_code == "too_many":
        chosen = reading.lines.count("f") + len(reading.write_ins)
        text = _("此票选了%(n)d项，超过%(most)d项，按规定无效。") % {"n": chosen, "most": law.most}
    elif reading.valid:
        void = [str(i) for i, line in enumerate(reading.lines, start=1) if line == "void"]
        return _("有效；第%(lines)s栏不计入。") % {"lines": "、".join(void)} if void else ""
    else:
        text = _("无效：") if reading.valid is False else _("存疑，待总监票人认定：")
        return text + reason(reading)
    return _with(text, reading.article)


def same(one: Sheet, two: Sheet) -> bool:
    """Whether two tellers say the same of one sheet.

    Both in doubt is the same, whatever marks they took it for: the chief scrutineer sees both.
    """
    if one.doubt or two.doubt:
        return bool(one.doubt) == bool(two.doubt)
    return one.marks == two.marks and sorted(one.write_ins) == sorted(two.write_ins)


def differing_lines(kind: str, one: Sheet, two: Sheet) -> list[int]:
    """Lines to look at again. With ticks only, naming the line would tell the other's mark."""
    if kind == "choose_up_to" or one.doubt or two.doubt:
        return []
    pairs = zip(one.marks, two.marks, strict=True)
    return [i for i, (a, b) in enumerate(pairs, start=1) if a != b]
