"""What others proposed already, found while somebody types; each worker keeps its own index."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from django.db.models import Count, Max

from yishi.alike import Finder, Text
from yishi.projects.models import Proposal
from yishi.projects.words.calls import place_name

if TYPE_CHECKING:
    from yishi.people.models import Body
    from yishi.projects.models import Call, Topic

MOST_CALLS = 4  # kept in one worker
MOST_SHOWN = 5


@dataclass
class _Kept:
    finder: Finder = field(default_factory=Finder)
    count: int = 0
    last: int = 0


_kept: dict[int, _Kept] = {}
_lock = Lock()


@dataclass(frozen=True)
class Said:
    """What others said: how many people, and the titles of their topics."""

    people: int
    titles: list[str]


def similar(call: Call, what: str, where: str, place: Body | None = None) -> Said:
    with _lock:
        text = Text(0, what[:80], where[:80], block=place_name(place))
        keys = [match.key for match in _finder(call).find(text, most=3 * MOST_SHOWN)]
    rows = Proposal.objects.filter(pk__in=keys).select_related("topic__merged_into")
    by_key = {row.pk: row for row in rows}
    topics: dict[int, Topic] = {}
    for key in keys:
        if row := by_key.get(key):
            lead = row.topic.merged_into or row.topic
            topics.setdefault(lead.pk, lead)
    return Said(
        sum(topic.people for topic in topics.values()),
        [public(topic.title) for topic in list(topics.values())[:MOST_SHOWN]],
    )


def public(title: str) -> str:
    """A title others may read: a number long enough to be somebody's phone is left out."""
    return re.sub(r"\d(?:[- ]?\d){6,}", "……", title)


def _finder(call: Call) -> Finder:
    """The index of a call, brought up to date by what came since."""
    now = Proposal.objects.filter(call=call).aggregate(count=Count("pk"), last=Max("pk"))
    kept = _kept.pop(call.pk, None) or _Kept()
    if (kept.count, kept.last) != (now["count"], now["last"] or 0):
        new = list(_texts(call, kept.last))
        if kept.count + len(new) != now["count"]:
            kept, new = _Kept(), list(_texts(call, 0))
        for text in new:
            kept.finder.add(text)
        kept.count, kept.last = kept.count + len(new), max([kept.last, *(text.key for text in new)])
    _kept[call.pk] = kept
    while len(_kept) > MOST_CALLS:
        del _kept[next(iter(_kept))]
    return kept.finder


def _texts(call: Call, after: int) -> list[Text]:
    rows = Proposal.objects.filter(call=call, pk__gt=after).select_related("place").order_by("pk")
    return [Text(row.pk, row.what, row.where, row.why, place_name(row.place)) for row in rows]
