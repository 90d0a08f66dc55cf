"""The laws relied on, by the short names used in rules, and how an article is said in English."""

import re
from typing import NamedTuple


class Law(NamedTuple):
    """`date`: the day the version relied on was adopted or amended (ISO)."""

    full_zh: str
    en: str
    date: str


LAWS: dict[str, Law] = {
    "组织法": Law("中华人民共和国地方各级人民代表大会和地方各级人民政府组织法", "Organic Law", "2022-03-11"),
    "选举法": Law(
        "中华人民共和国全国人民代表大会和地方各级人民代表大会选举法", "Electoral Law", "2020-10-17"
    ),
    "代表法": Law("中华人民共和国全国人民代表大会和地方各级人民代表大会代表法", "Deputies Law", "2025-03-11"),
    "浙江省县、乡两级人大代表选举实施细则": Law(
        "浙江省县、乡两级人民代表大会代表选举实施细则",
        "Zhejiang Rules on Electing County and Township Deputies",
        "2021-03-26",
    ),
    "浙江省乡镇人民代表大会工作条例": Law(
        "浙江省乡镇人民代表大会工作条例",
        "Zhejiang Regulations on Township Congresses",
        "2016-10-01",
    ),
    "浙江省街道人大工作条例": Law(
        "浙江省街道人大工作条例", "Zhejiang Regulations on Street Congress Work", "2020-01-01"
    ),
    "浙江省预算审查监督条例": Law(
        "浙江省预算审查监督条例", "Zhejiang Regulations on Budget Review", "2016-12-01"
    ),
    "浙江省各级人大常委会讨论决定重大事项的规定": Law(
        "浙江省各级人民代表大会常务委员会讨论决定重大事项的规定",
        "Zhejiang Provisions on Deciding Major Matters",
        "2018-07-27",
    ),
    "浙江省人大常委会任免条例": Law(
        "浙江省人民代表大会常务委员会任免国家机关工作人员条例",
        "Zhejiang Regulations on Appointment and Removal",
        "2018-05-31",
    ),
}

_ARTICLE = re.compile(
    r"(?P<like>参照)?《(?P<law>[^》]+)》第(?P<n>[零一二三四五六七八九十百]+)条"
    r"(?:第(?P<p>[一二三四五六七八九十]+)款)?"
)
_DIGITS = "零一二三四五六七八九"


def number(text: str) -> int:
    """`二十五` -> 25. Article numbers only, so up to 999."""
    total = digit = 0
    for sign in text:
        if sign in "十百":
            total += (digit or 1) * (10 if sign == "十" else 100)
            digit = 0
        else:
            digit = _DIGITS.index(sign)
    return total + digit


def english(article: str) -> str:
    """`《组织法》第二十五条` -> `Article 25 of the Organic Law`; what is not known stays Chinese."""

    def say(match: re.Match[str]) -> str:
        law = LAWS.get(match["law"])
        if law is None:
            return match[0]
        like = "by analogy, " if match["like"] else ""
        paragraph = f", paragraph {number(match['p'])}," if match["p"] else ""
        return f"{like}Article {number(match['n'])}{paragraph} of the {law.en}"

    return _ARTICLE.sub(say, article).replace("、", " and ")
