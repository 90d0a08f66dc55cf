"""Topics of a call that may be the same: suggested to the clerk with why, never merged by itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from django.db.models import Min

from yishi.alike import Finder, Match, Text, groups_of
from yishi.projects.models import Proposal, Topic
from yishi.projects.words.calls import place_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from yishi.projects.models import Call

MOST_BESIDE = 5
MOST_CALLS = 4  # whose open topics are kept read in one worker


@dataclass
class _Kept:
    """The open topics of a call, read; `marks` tells (by title and first receipt) what has changed.

    `marks` stand in the order of the topics' people; `groups` is None until it is asked for.
    """

    finder: Finder = field(default_factory=Finder)
    marks: dict[int, tuple[str, str]] = field(default_factory=dict)
    groups: list[list[int]] | None = None


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
    # One row for each topic, where one topic may hold hundreds.
    firsts = rows.order_by().values("topic").annotate(first=Min("pk")).values("first")
    first = {row.topic_id: row for row in Proposal.objects.filter(pk__in=firsts).select_related("place")}
    return {topic.pk: _text(topic, first.get(topic.pk)) for topic in topics}


def _text(topic: Topic, row: Proposal | None) -> Text:
    if row is None:
        return Text(topic.pk, topic.title)
    return Text(topic.pk, topic.title, row.where, row.why, place_name(row.place))


def suggested(call: Call) -> list[list[int]]:
    """Keys of open topics that may be the same; the first of each group has the most people."""
    with _lock:
        kept = _current(call)
        if kept.groups is None:
            kept.groups = groups_of(kept.finder.said(kept.marks))
        return kept.groups


def explained(call: Call, found: Sequence[list[int]]) -> list[Group]:
    """The groups of one page, with why each member is taken for the same as the first."""
    keys = [key for group in found for key in group]
    topics, known = Topic.objects.select_related("call__body").in_bulk(keys), texts(call, keys)
    with _lock:
        kept = _kept.get(call.pk)
        finder = kept.finder.part(keys) if kept else Finder(known.values())
    made = []
    for group in found:
        # What was decided meanwhile is left out.
        if len(here := [key for key in group if key in known]) > 1:
            matches = finder.part(here).find(known[here[0]], most=len(here), at_least=0.0)
            why = {match.key: match for match in matches}
            likes = [_like(topics[key], known[key], why.get(key)) for key in here]
            made.append(Group(likes[0], likes[1:]))
    return made


def _like(topic: Topic, text: Text, match: Match | None) -> Like:
    return Like(topic, text.where, match.shared, match.same_place) if match else Like(topic, text.where)


def beside(topic: Topic) -> list[Like]:
    """Open topics of the same call that may say the same as this one."""
    rows = Proposal.objects.filter(topic=topic).select_related("place")
    own = _text(topic, rows.order_by("pk").first())
    with _lock:
        matches = _current(topic.call).finder.find(own, most=MOST_BESIDE)
    keys = [match.key for match in matches]
    known, topics = texts(topic.call, keys), Topic.objects.in_bulk(keys)
    return [_like(topics[match.key], known[match.key], match) for match in matches if match.key in known]


def _current(call: Call) -> _Kept:
    """The open topics of a call, brought up to date by what changed since; the caller holds the lock."""
    kept = _kept.pop(call.pk, None) or _Kept()
    rows = Topic.objects.filter(call=call, state=Topic.State.OPEN)
    firsts = Proposal.objects.filter(topic__call=call, topic__state=Topic.State.OPEN).order_by("-pk")
    receipts = dict(firsts.values_list("topic_id", "receipt"))
    topics = rows.order_by("-people", "pk").values_list("pk", "title")
    now = {key: (title, receipts.get(key, "")) for key, title in topics}
    for key in kept.marks.keys() - now.keys():
        kept.finder.remove(key)
    new = [key for key, mark in now.items() if kept.marks.get(key) != mark]
    if new:
        for text in texts(call, new if len(new) < 500 else None).values():
            if text.key in now:
                kept.finder.add(text)
    if list(now.items()) != list(kept.marks.items()):
        kept.marks, kept.groups = now, None
    _kept[call.pk] = kept
    while len(_kept) > MOST_CALLS:
        del _kept[next(iter(_kept))]
    return kept
