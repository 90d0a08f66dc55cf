"""Chinese names in the orders people expect: by strokes of the surname, by pinyin; Chinese numerals."""

import re
from bisect import bisect_right
from functools import cache
from pathlib import Path

from yishi.law import articles

_NUMERALS = re.compile("[一二三四五六七八九十百]+")
_DIGITS = "〇一二三四五六七八九"
# Surnames that are read otherwise than the character alone: sorted as a character read like them.
_SURNAMES = str.maketrans("单曾解仇区查朴任华缪翟冼", "善增谢求欧扎瓢人话妙宅显")


@cache
def _ranks(kind: str) -> dict[str, int]:
    text = (Path(__file__).parent / f"{kind}.txt").read_text(encoding="utf-8")
    return {character: rank for rank, character in enumerate(text.replace("\n", ""))}


def _key(kind: str, name: str) -> str:
    """Four hex digits a character, so that plain text comparison in the database sorts rightly."""
    ranks = _ranks(kind)
    unknown = 0xF000  # characters outside the table come last, in code point order
    return "".join(
        f"{ranks.get(c, unknown + (ord(c) & 0xFFF)):04x}" for c in name.replace("·", "") if not c.isspace()
    )[:200]


def strokes(name: str) -> str:
    """Key for 姓名笔画排序."""
    return _key("strokes", name)


def pinyin(name: str) -> str:
    """Key for 拼音排序."""
    return _key("pinyin", name[:1].translate(_SURNAMES) + name[1:])


# The first character of the table for each letter that begins a syllable.
_FIRSTS = "吖丷嚓咑妸发旮哈丌咔垃呣拏喔妑七呥仨他屲夕丫帀"
_LETTERS = "ABCDEFGHJKLMNOPQRSTWXYZ"


def initials(name: str) -> str:
    """林文清 -> LWQ: what is typed to find a name; other characters stand as capitals."""
    ranks = _ranks("pinyin")
    starts = [0, *(ranks[first] for first in _FIRSTS[1:])]
    read = name[:1].translate(_SURNAMES) + name[1:]
    return "".join(
        _LETTERS[bisect_right(starts, ranks[character]) - 1] if character in ranks else character.upper()
        for character in read
    )


def delegation(name: str) -> str:
    """Key by which 第二代表团 stands before 第三 and 第十 before 第十一."""
    return _NUMERALS.sub(lambda found: f"{articles.number(found[0]):04d}", name)


def numeral(n: int) -> str:
    """17 -> 十七, 105 -> 一百〇五 (1 to 999)."""
    if n < 10:
        return _DIGITS[n]
    if n < 100:
        tens, ones = divmod(n, 10)
        return ("" if tens == 1 else _DIGITS[tens]) + "十" + (_DIGITS[ones] if ones else "")
    hundreds, rest = divmod(n, 100)
    head = _DIGITS[hundreds] + "百"
    if not rest:
        return head
    return head + ("〇" + _DIGITS[rest] if rest < 10 else ("一" if rest < 20 else "") + numeral(rest))
