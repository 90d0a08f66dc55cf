"""All texts at once: the groups that say the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from yishi.alike.finder import THRESHOLD, Counts, Index, Text, Vector, nearness, score
from yishi.alike.words import Said


def groups(texts: Iterable[Text], at_least: float = THRESHOLD) -> list[list[int]]:
    """Groups of two and more keys, each alike to its first, largest group first.

    The first of a group leads it and alone is compared with later texts: A like B and B like C put
    no C beside A, and the work grows with the texts and not with their pairs.
    """
    return groups_of({text.key: text.read() for text in texts}, at_least)


def groups_of(kept: Mapping[int, Said], at_least: float = THRESHOLD) -> list[list[int]]:
    """The same for texts that were read already, as `Finder.said` gives them."""
    counts = Counts()
    for said in kept.values():
        counts.change(said, 1)
    leads = Index()
    vectors: dict[int, Vector] = {}
    members: dict[int, list[int]] = {}
    for key, said in kept.items():
        vector = counts.vector(said)
        best, lead = at_least, None
        for other in leads.near(said, vector):
            value = score(vector, vectors[other], nearness(said, leads.said[other]))
            if value > best or (value == best and lead is None):
                best, lead = value, other
        if lead is None:
            leads.put(key, said)
            vectors[key] = vector
            members[key] = [key]
        else:
            members[lead].append(key)
    found = [group for group in members.values() if len(group) > 1]
    # sort() keeps the order of arrival among equals.
    found.sort(key=lambda group: -len(group))
    return found
