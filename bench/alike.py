"""Grouping of proposals at county scale, and what others take for it.

The peers are no dependencies of the project; to see them beside ours:
`.venv/bin/pip install scikit-learn datasketch`. Without them they are skipped, with the reason.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

from yishi.alike import Finder, Text, groups

WORDINGS = Path(__file__).parents[1] / "tests/alike/wordings.txt"
SEED = 7
NAMES = "苍坡芙蓉渡港枫林孤山溪西岸南陈梅坦龙头包岙水云白泉上坳石桥金竹东皋黄山前李新塘后屿双溪"
TOWNS = 22
FIND = 200


def proposals(count: int) -> list[Text]:
    """Wishes at some 900 villages of 22 townships, worded as in the labelled set, with a few more words."""
    dice = random.Random(SEED)
    wishes = [
        wish
        for line in WORDINGS.read_text("utf-8").splitlines()
        if line and not line.startswith("#")
        for pair in line.split(" | ")
        for wish in pair.split(" ")[::2]
    ]
    villages = [(f"第{n % TOWNS}镇", "".join(dice.sample(NAMES, 2)) + "村") for n in range(900)]
    before = ("", "希望", "建议", "请政府", "恳请尽快", "多年来大家都盼望")
    after = ("", "，老人孩子都受益", "，方便大家出行", "，已经反映过好几次了", "，涉及两百多户人家")
    found = []
    for key in range(count):
        town, village = dice.choice(villages)
        what = dice.choice(before) + dice.choice(wishes) + dice.choice(after)
        found.append(Text(key, what, village, block=town if dice.random() < 0.9 else ""))
    return found


def took(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def grouping(count: int) -> float:
    texts = proposals(count)
    return took(lambda: groups(texts))


def finding(count: int) -> float:
    """The mean of one search in so many, in seconds."""
    texts = proposals(count)
    finder = Finder(texts)
    for text in texts[:FIND]:
        finder.find(text)
    return took(lambda: [finder.find(text) for text in texts[FIND : 2 * FIND]]) / FIND


def pairwise(count: int) -> float | None:
    """scikit-learn: character n-grams, every text against every other."""
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
    except ImportError as error:
        print(f"- scikit-learn is skipped: {error}", file=sys.stderr)
        return None
    lines = [f"{text.where}{text.what}" for text in proposals(count)]

    def work() -> None:
        table = TfidfVectorizer(analyzer="char", ngram_range=(1, 3)).fit_transform(lines)
        for start in range(0, count, 1000):
            ((table[start : start + 1000] @ table.T) >= 0.55).nonzero()

    return took(work)


def minhash(count: int) -> float | None:
    """datasketch: MinHash of character pairs, locality-sensitive hashing."""
    try:
        from datasketch import MinHash, MinHashLSH
    except ImportError as error:
        print(f"- datasketch is skipped: {error}", file=sys.stderr)
        return None
    lines = [f"{text.where}{text.what}" for text in proposals(count)]

    def work() -> None:
        index = MinHashLSH(threshold=0.5, num_perm=128)
        for n, line in enumerate(lines):
            sketch = MinHash(num_perm=128)
            sketch.update_batch([line[k : k + 2].encode() for k in range(len(line) - 1)])
            index.query(sketch)
            index.insert(n, sketch)

    return took(work)
