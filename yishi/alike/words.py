"""A short text read: its words with their weight, and the places it names."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Final

import rjieba

from yishi.alike.synonyms import ACT_OF, BESIDE, NOT_NAMES, SETTING_OF, STOP, THING_OF

# What comes after is letter, story or mistake; cut, so that one long text costs no more than another.
LONGEST: Final = {"what": 200, "where": 80, "why": 300}
FIELD: Final = {"what": 1.0, "where": 0.4, "why": 0.25}
THING, SETTING, OTHER, ACT = 3.0, 0.7, 0.7, 0.25

SUFFIXES: Final = {
    "village": ("自然村", "新村", "社区", "村"),
    "road": ("大道", "大街", "路", "街", "巷", "弄"),
    "estate": ("小区", "花园", "花苑", "公寓", "家园", "佳园", "苑", "府"),
    "site": (
        "中心小学",
        "小学",
        "中学",
        "幼儿园",
        "人民医院",
        "医院",
        "卫生院",
        "农贸市场",
        "菜市场",
        "大桥",
    ),
    "town": ("街道", "镇", "乡"),
}
_LEVEL: Final = sorted(
    ((suffix, level) for level, suffixes in SUFFIXES.items() for suffix in suffixes),
    key=lambda pair: -len(pair[0]),
)
_SIDES: Final = frozenset("上下前后里外中东西南北大小老新")
# 上村 and 下村 are villages; 老村 and 新村 may be any.
_NAMED_BY_SIDE: Final = frozenset("上下前后东西南北")
_TOWN: Final = re.compile(r"^(?:\w{2,3}县)?([\u3400-\u9fff\U00020000-\U000323af]{2,3}?)(?:镇|乡|街道)")
_NO_NAME_STARTS: Final = frozenset("在到从去往把给向请修建设我本各全每该这那")
_NO_NAME_ENDS: Final = frozenset("边旁里外侧面处端角前后段")
_WORD: Final = re.compile(r"[\w+-]+")
# Left alone, the cutter makes a word of 村修 in 渠口村修路灯.
_AFTER_VILLAGE: Final = re.compile(
    r"(?<=[\u3400-\u9fff])(村|社区|小区)(?!道(?!路)|[口里头民庄委级落校镇居部]|医(?![疗院])|干部)"
)
_HAN: Final = re.compile(r"[\u3007\u3400-\u9fff\U00020000-\U000323af]+")


@dataclass(frozen=True)
class Said:
    """A text as it is compared."""

    weights: dict[str, float]
    # (level, the last two characters of the name): what stands before them is often a slip of the cutting.
    places: frozenset[tuple[str, str]]
    town: str

    def at(self, level: str) -> frozenset[str]:
        return frozenset(name for one, name in self.places if one == level)


@cache
def _cutter() -> rjieba.Jieba:
    found = rjieba.Jieba()
    for words in (THING_OF, SETTING_OF):
        for word in words:
            # A single character glued by force would tear other words apart.
            if len(word) > 1:
                found.add_word(word, 20000, "n")
    return found


def clean(text: str, longest: int) -> str:
    """One form for full-width, half-width and capital letters; bounded before and after, as NFKC may grow."""
    return unicodedata.normalize("NFKC", text[:longest]).casefold()[:longest]


def cut(text: str) -> list[str]:
    """Its words; "" where a mark parts them, so that no name is put together across one."""
    # A lone surrogate is no text for a library written in Rust.
    text = text.encode("utf-8", "ignore").decode("utf-8")
    text = _AFTER_VILLAGE.sub(r"\1 ", text)
    return [token if _WORD.fullmatch(token) else "" for token in _cutter().cut(text) if token != " "]


def town_of(block: str) -> str:
    """岩头 and 岩头镇 are one township."""
    name = clean(block, LONGEST["where"]).strip()
    for suffix in SUFFIXES["town"]:
        if name.endswith(suffix) and len(name) > len(suffix) + 1:
            return name[: -len(suffix)]
    return name


def read(what: str, where: str = "", why: str = "", block: str = "") -> Said:
    weights: dict[str, float] = {}
    places: set[tuple[str, str]] = set()
    towns: list[str] = []
    for field, text in (("what", what), ("where", where), ("why", why)):
        text = clean(text, LONGEST[field])
        if field == "where" and (named := _TOWN.match(text)) and named[1] not in NOT_NAMES:
            towns.append(named[1])
            text = text[named.end() :]
        tokens = cut(text)
        taken: set[int] = set()
        # Why tells of others' places too ("as they have in …"); only what and where locate.
        if field != "why":
            for level, name, used in _places(tokens):
                taken.update(used)
                if level != "town":
                    places.add((level, name[-2:]))
        if field == "where" and not places and _bare(tokens):
            places.add(("village", "".join(tokens)[-2:]))
            taken.update(range(len(tokens)))
        for n, token in enumerate(tokens):
            if not token or n in taken:
                continue
            following = tokens[n + 1] if n + 1 < len(tokens) else ""
            word, weight = _meaning(token, following)
            # "Behind the school" in where makes no school of it.
            weight = (min(weight, SETTING) if field == "where" else weight) * FIELD[field]
            if word and weight > weights.get(word, 0):
                weights[word] = weight
    return Said(weights, frozenset(places), town_of(block) or (towns[0] if towns else ""))


def _meaning(token: str, following: str) -> tuple[str, float]:
    """What a token becomes, and what it weighs; "" for a word that says nothing."""
    if token in THING_OF:
        return THING_OF[token], SETTING if following in BESIDE else THING
    if token in ACT_OF:
        return ACT_OF[token], ACT
    if token in STOP or token.isdecimal():
        return "", 0
    if token in SETTING_OF:
        return SETTING_OF[token], SETTING
    return token, OTHER if len(token) > 1 else OTHER / 2


def _known(token: str) -> bool:
    return token in STOP or token in ACT_OF or token in SETTING_OF or token in THING_OF


def _heads(tokens: list[str], n: int, name: str) -> bool:
    """May this token stand before the one character that the cutter left of a name?"""
    token, first = tokens[n], n == 0 or not tokens[n - 1]
    if not _HAN.fullmatch(token) or token.endswith(SUFFIXES["town"]):
        return False
    if first and len(token) == 1 and token not in _NO_NAME_STARTS:
        # At the very beginning 和 joins nothing: 和二村.
        return True
    return token in _SIDES or (not _known(token) and (first or len(token) == 1 or name in _SIDES))


def _bare(tokens: list[str]) -> bool:
    """A name said without its 村: 苍坡."""
    name = "".join(tokens)
    return (
        1 < len(name) < 5
        and bool(_HAN.fullmatch(name))
        and name[-1] not in _NO_NAME_ENDS
        and not any(len(token) > 1 and (_known(token) or token in BESIDE) for token in tokens)
    )


def _places(tokens: list[str]) -> list[tuple[str, str, set[int]]]:
    found = []
    for n, token in enumerate(tokens):
        if token in THING_OF and not token.endswith(SUFFIXES["site"]):
            continue
        for suffix, level in _LEVEL:
            if not token.endswith(suffix):
                continue
            name, used = token[: -len(suffix)], {n}
            if not name or (len(name) == 1 and n and _heads(tokens, n - 1, name)):
                # The cutter leaves rare names in pieces: 㙍 头村, 大元 下村.
                front, more = _before(tokens, n, level)
                name, used = front + name, used | more
            real = (name not in STOP and name not in NOT_NAMES) or (
                level == "village" and name in _NAMED_BY_SIDE
            )
            if name and real and _HAN.fullmatch(name):
                found.append((level, name, used))
            break
    return found


def _before(tokens: list[str], n: int, level: str) -> tuple[str, set[int]]:
    """The name in front of a bare 村 or 路, which the cutter may have left in pieces."""
    name, used = "", {n}
    for k in range(n - 1, -1, -1):
        token = tokens[k]
        if not name and level == "village" and token in _NAMED_BY_SIDE and len(tokens[n]) == 1:
            name, used = token, used | {k}
            continue
        # A first piece of one character may be any word (下, 上); alone it is no name.
        if not _heads(tokens, k, name or tokens[n][0]) and (_known(token) or not _HAN.fullmatch(token)):
            break
        if len(name) + len(token) > 4 or any(token.endswith(suffix) for suffix, _level in _LEVEL):
            break
        name, used = token + name, used | {k}
        if len(name) > 1:
            break
    return name, used
