"""Text as words to be found: Chinese in pairs of characters, other letters and figures as whole words.

A database splits text at spaces and knows no Chinese words. Two characters side by side are the
smallest thing that is looked for; a longer word is its pairs in a row. The last character of a run
stands alone too, so that one character is found as the beginning of a pair or as an end.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from itertools import groupby

LONGEST = 60  # characters of one word; a longer one is found by its beginning
MOST = 60_000  # characters of one text: PostgreSQL takes 1 MB of words for a row


@dataclass(frozen=True)
class Phrase:
    """What stands side by side: `tokens` in a row, the last of them a beginning only if `begins`.

    `folded` is how it looks in the folded text.
    """

    tokens: tuple[str, ...]
    folded: str
    begins: bool


def folded(text: str) -> str:
    """Small letters, one width, only letters and figures; a space between runs: `2026 年度民生`."""
    return " ".join(_runs(text))


def tokens(text: str) -> list[str]:
    """Every token of a text in its order: `道路ABC` gives 道路, 路, abc."""
    return [token for run in _runs(text) for token in _tokens(run)]


def phrases(query: str) -> list[Phrase]:
    """What must all be found: one phrase for each stretch of letters and figures in the query."""
    found = []
    for stretch in "".join(c if c.isalnum() else " " for c in _plain(query)).split():
        runs = _runs(stretch)
        *before, last = runs
        row = [token for run in before for token in _tokens(run)]
        whole = _tokens(last)
        if _is_chinese(last[0]) and len(last) > 1:
            whole = whole[:-1]
        begins = _is_chinese(last[0]) and len(last) == 1
        found.append(Phrase((*row, *whole), " ".join(runs), begins))
    return list(dict.fromkeys(found))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text[:MOST]).casefold()


def _runs(text: str) -> list[str]:
    """Stretches of one sort: Chinese (Japanese, Korean) characters, or other letters and figures."""
    stretches = groupby(_plain(text), lambda c: (c.isalnum(), _is_chinese(c)))
    return [
        run if chinese else run[:LONGEST]
        for (counts, chinese), letters in stretches
        if counts and (run := "".join(letters))
    ]


def _tokens(run: str) -> list[str]:
    if not _is_chinese(run[0]):
        return [run]
    return [run[n : n + 2] for n in range(len(run))]


def _is_chinese(character: str) -> bool:
    return character >= "\u2e80"
