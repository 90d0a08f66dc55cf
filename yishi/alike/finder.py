"""Texts kept by their words, and those found that say what another says."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from yishi.alike.words import OTHER, Said, read

# Chosen on the even lines of tests/alike/pairs.tsv.
THRESHOLD: Final = 0.55
# So many texts are looked at for one; rare words come first, so that those left out share only common ones.
MOST_LOOKED: Final = 400
MOST_SHARED: Final = 6
# Where one of two names no place, that they mean the same place is only likely.
PLACE_UNKNOWN: Final = 0.9
# Both name one, on different levels (an estate, a road): the road may pass the estate, but seldom does.
PLACE_OTHER: Final = 0.45

Vector = dict[str, float]


@dataclass(frozen=True)
class Text:
    """A proposal: what is wished for, where, why; block is the township, "" where unknown."""

    key: int
    what: str
    where: str = ""
    why: str = ""
    block: str = ""

    def read(self) -> Said:
        return read(self.what, self.where, self.why, self.block)


@dataclass(frozen=True)
class Match:
    """A text that says the same, with the words that made it think so, weightiest first."""

    key: int
    score: float
    shared: tuple[str, ...]
    same_place: bool


class Counts:
    """How many texts hold a word, and what the word weighs for it."""

    def __init__(self) -> None:
        self.texts = 0
        self.of: Counter[str] = Counter()

    def change(self, said: Said, by: int) -> None:
        self.texts += by
        for word in said.weights:
            self.of[word] += by
            if not self.of[word]:
                del self.of[word]

    def rarity(self, word: str) -> float:
        """Between 0.6 and 1.5: undamped, one odd word would outweigh the thing that is wished for."""
        size = self.texts + 20
        return 0.6 + 0.9 * math.log(size / (self.of[word] + 1)) / math.log(size)

    def vector(self, said: Said) -> Vector:
        found = {word: weight * self.rarity(word) for word, weight in said.weights.items()}
        length = math.sqrt(sum(weight * weight for weight in found.values()))
        return {word: weight / length for word, weight in found.items()}


def conflict(a: Said, b: Said) -> bool:
    """Two townships, or two names on one level (two villages, two roads): not the same place."""
    if a.town and b.town and a.town != b.town:
        return True
    if not a.places or not b.places or (not a.places.isdisjoint(b.places) and len(a.places) == 1):
        return False
    return any(
        (mine := a.at(level)) and (theirs := b.at(level)) and mine.isdisjoint(theirs)
        for level in {level for level, _name in a.places}
    )


class Index:
    """Who holds a word, by township and village, so that only texts that may be alike are looked at."""

    def __init__(self) -> None:
        self.said: dict[int, Said] = {}
        # township -> word -> village ("" where none is named) -> keys in order of arrival
        self._holds: dict[str, dict[str, dict[str, dict[int, None]]]] = {}

    def put(self, key: int, said: Said) -> None:
        self.said[key] = said
        words = self._holds.setdefault(said.town, {})
        for word in _telling(said):
            cells = words.setdefault(word, {})
            for village in said.at("village") or ("",):
                cells.setdefault(village, {})[key] = None

    def drop(self, key: int) -> Said:
        said = self.said.pop(key)
        words = self._holds[said.town]
        for word in _telling(said):
            cells = words[word]
            for village in said.at("village") or ("",):
                del cells[village][key]
                if not cells[village]:
                    del cells[village]
            if not cells:
                del words[word]
        return said

    def near(self, said: Said, vector: Vector, skip: int | None = None) -> Iterator[int]:
        """Keys that share a telling word and do not conflict, at most MOST_LOOKED of those looked at."""
        seen: set[int] = set() if skip is None else {skip}
        looked = 0
        words = sorted(_telling(said), key=lambda word: (-vector[word], word))
        towns = sorted({said.town, ""}, reverse=True) if said.town else list(self._holds)
        villages = said.at("village")
        for word in words:
            for town in towns:
                cells = self._holds.get(town, {}).get(word, {})
                for village in (*sorted(villages), "") if villages else list(cells):
                    for key in cells.get(village, ()):
                        if key in seen:
                            continue
                        seen.add(key)
                        looked += 1
                        if not conflict(said, self.said[key]):
                            yield key
                        if looked >= MOST_LOOKED:
                            return


def _telling(said: Said) -> list[str]:
    """The words a text is kept by: its heaviest six, and no bare act (修, 建) where there is another."""
    heavy = [word for word, weight in said.weights.items() if weight >= OTHER * 0.4] or list(said.weights)
    return sorted(heavy, key=lambda word: (-said.weights[word], word))[:6]


def same_place(a: Said, b: Said) -> bool:
    return not a.places.isdisjoint(b.places)


def nearness(a: Said, b: Said) -> float:
    if same_place(a, b):
        return 1.0
    return PLACE_OTHER if a.places and b.places else PLACE_UNKNOWN


def score(a: Vector, b: Vector, nearness: float) -> float:
    if len(b) < len(a):
        a, b = b, a
    # Sorted by nothing: the order of a dict is the order of the text, and so the same every time.
    total = sum(weight * b[word] for word, weight in a.items() if word in b)
    return min(1.0, total * nearness)


def shared(a: Vector, b: Vector) -> tuple[str, ...]:
    both = {word: weight * b[word] for word, weight in a.items() if word in b}
    return tuple(sorted(both, key=lambda word: (-both[word], word))[:MOST_SHARED])


class Finder:
    """Keeps texts and finds those that say what a text says."""

    def __init__(self, texts: Iterable[Text] = ()) -> None:
        self._index = Index()
        self._counts = Counts()
        self._vectors: dict[int, Vector] = {}
        for text in texts:
            self.add(text)

    def __len__(self) -> int:
        return len(self._index.said)

    def add(self, text: Text) -> None:
        """A text under a key that is known takes the other's place."""
        self.remove(text.key)
        self._put(text.key, text.read())

    def _put(self, key: int, said: Said) -> None:
        self._index.put(key, said)
        self._counts.change(said, 1)
        self._vectors.clear()

    def remove(self, key: int) -> None:
        if key in self._index.said:
            self._counts.change(self._index.drop(key), -1)
            self._vectors.clear()

    def said(self, keys: Iterable[int]) -> dict[int, Said]:
        """What was read of these texts, in this order; a key that is unknown is left out."""
        return {key: self._index.said[key] for key in keys if key in self._index.said}

    def part(self, keys: Iterable[int]) -> Finder:
        """A finder of these texts alone, none of them read again."""
        made = Finder()
        for key, said in self.said(keys).items():
            made._put(key, said)
        return made

    def find(self, text: Text, most: int = 5, at_least: float = THRESHOLD) -> list[Match]:
        """Best first, never the text itself; the text need not have been added."""
        said = text.read()
        vector = self._counts.vector(said)
        found = []
        for key in self._index.near(said, vector, skip=text.key):
            other = self._vector(key)
            same = same_place(said, self._index.said[key])
            value = score(vector, other, nearness(said, self._index.said[key]))
            if value >= at_least:
                found.append((value, key, other, same))
        found.sort(key=lambda one: (-one[0], one[1]))
        return [
            Match(key, value, shared(vector, other), same)
            for value, key, other, same in found[: max(most, 0)]
        ]

    def _vector(self, key: int) -> Vector:
        if key not in self._vectors:
            self._vectors[key] = self._counts.vector(self._index.said[key])
        return self._vectors[key]
