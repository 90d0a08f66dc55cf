"""Topics of a call that may be the same: suggested to the clerk with why, never merged by itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from yishi.alike import Finder, Text, groups
from yishi.projects.models import Proposal, Topic
from yishi.projects.words.calls import place_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from yishi.projects.models import Call

MOST_BESIDE = 5
MOST_CALLS = 4  # whose open topics are kept read in one worker


@dataclass
class _Kept:
    """The open topics of a call, read; `marks` tells (by title and first receipt) what has changed."""

    finder: Finder = field(default_factory=Finder)
    marks: dict[int, tuple[str, str]] = field(default_factory=dict)


_kept: dict[int, _Kept] = {}
_lock = Lock()


@dataclass(frozen=True)
class Like:
    """A topic that may say the same as another, the words both share, and where it is."""

    topic: Topic
    where: str
    shared: tuple[str, ...] = ()
    same_place: bool = False


@dataclass(frozen=True)
class Group:
    lead: Like
    others: list[Like]


def texts(call: Call, only: Iterable[int] | None = None) -> dict[int, Text]:
    """The first proposal of each open topic, those with the most people first, under the topic's key."""
    topics = Topic.objects.filter(call=call, state=Topic.State.OPEN).order_by("-people", "pk")
    rows = Proposal.objects.filter(topic__call=call, topic__state=Topic.State.OPEN)
    if only is not None:
        topics, rows = topics.filter(pk__in=only), rows.filter(topic__in=only)
    first: dict[int, Proposal] = {}
    for row in rows.select_related("place").order_by("pk"):
        first.setdefault(row.topic_id, row)
    return {topic.pk: _text(topic, first.get(topic.pk)) for topic in topics}


def _text(topic: Topic, row: Proposal | None) -> Text:
    if row is None:
        return Text(topic.pk, topic.title)
    return Text(topic.pk, topic.title, row.where, row.why, place_name(row.place))


def suggested(known: dict[int, Text]) -> list[list[int]]:
    """Keys of topics that may be the same; the first of each group has the most people."""
    return groups(known.values())


def explained(found: Sequence[list[int]], known: dict[int, Text]) -> list[Group]:
    """The groups of one page, with why each member is taken for the same as the first."""
    topics = Topic.objects.select_related("call__body").in_bulk([key for group in found for key in group])
    made = []
    for keys in found:
        finder = Finder(known[key] for key in keys)
        why = {match.key: match for match in finder.find(known[keys[0]], most=len(keys), at_least=0.0)}
        likes = [
            Like(
                topics[key],
                known[key].where,
                why[key].shared if key in why else (),
                key in why and why[key].same_place,
            )
            for key in keys
            if key in topics
        ]
        made.append(Group(likes[0], likes[1:]))
    return made


def beside(topic: Topic) -> list[Like]:
    """Open topics of the same call that may say the same as this one."""
    rows = Proposal.objects.filter(topic=topic).select_related("place")
    own = _text(topic, rows.order_by("pk").first())
    with _lock:
        matches = _finder(topic.call).find(own, most=MOST_BESIDE)
    keys = [match.key for match in matches]
    known, topics = texts(topic.call, keys), Topic.objects.in_bulk(keys)
    return [
        Like(topics[match.key], known[match.key].where, match.shared, match.same_place)
        for match in matches
        if match.key in known
    ]


def _finder(call: Call) -> Finder:
    """The open topics of a call, brought up to date by what changed since; the caller holds the lock."""
    kept = _kept.pop(call.pk, None) or _Kept()
    rows = Topic.objects.filter(call=call, state=Topic.State.OPEN)
    firsts = Proposal.objects.filter(topic__call=call, topic__state=Topic.State.OPEN).order_by("-pk")
    receipts = dict(firsts.values_list("topic_id", "receipt"))
    now = {key: (title, receipts.get(key, "")) for key, title in rows.order_by().values_list("pk", "title")}
    for key in kept.marks.keys() - now.keys():
        kept.finder.remove(key)
    new = [key for key, mark in now.items() if kept.marks.get(key) != mark]
    if new:
        for text in texts(call, new if len(new) < 500 else None).values():
            if text.key in now:
                kept.finder.add(text)
    kept.marks = now
    _kept[call.pk] = kept
    while len(_kept) > MOST_CALLS:
        del _kept[next(iter(_kept))]
    return kept.finder
