"""Precision and recall on the labelled pairs; run as a module, it shows the slips of the tuning half."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from yishi.alike import THRESHOLD, Finder, Text

PAIRS = Path(__file__).with_name("pairs.tsv")


class Pair(NamedTuple):
    same: bool
    a: Text
    b: Text


def pairs(half: str) -> list[Pair]:
    """Lines count from one: even ones to tune with, odd ones to report."""
    found = []
    for n, line in enumerate(PAIRS.read_text("utf-8").splitlines(), start=1):
        if (n % 2 == 0) == (half == "tuning"):
            same, what_a, where_a, what_b, where_b, block_a, block_b = line.split("\t")
            a, b = Text(2 * n, what_a, where_a, "", block_a), Text(2 * n + 1, what_b, where_b, "", block_b)
            found.append(Pair(same == "1", a, b))
    return found


def scores(half: str) -> list[tuple[Pair, float]]:
    """What each pair gets in a finder that holds every text of the half."""
    chosen = pairs(half)
    finder = Finder(text for pair in chosen for text in (pair.a, pair.b))
    found = []
    for pair in chosen:
        matches = finder.find(pair.a, most=len(finder), at_least=0.0)
        found.append((pair, next((match.score for match in matches if match.key == pair.b.key), 0.0)))
    return found


def precision_and_recall(half: str, at_least: float = THRESHOLD) -> tuple[float, float]:
    found = scores(half)
    hits = sum(pair.same for pair, score in found if score >= at_least)
    said = sum(score >= at_least for _pair, score in found)
    return hits / said, hits / sum(pair.same for pair, _score in found)


if __name__ == "__main__":
    for pair, score in scores("tuning"):
        if pair.same != (score >= THRESHOLD):
            texts = [f"{text.what} @{text.where} [{text.block}]" for text in (pair.a, pair.b)]
            print(int(pair.same), f"{score:.2f}", " | ".join(texts))
    for half in ("tuning", "reporting"):
        print(half, "precision {:.3f}, recall {:.3f}".format(*precision_and_recall(half)))
