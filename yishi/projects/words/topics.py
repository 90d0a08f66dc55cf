"""What is said of topics: the rules in the reader's language, their fate, the list as Excel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.timezone import localtime
from django.utils.translation import get_language

from yishi.papers.tables import Column, Sheet
from yishi.projects.rules.topics import asked
from yishi.projects.words.calls import SOURCES, STATES, became
from yishi.projects.words.candidates import became_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from yishi.projects.models import Call, Project, Topic

MET = {True: "符合", False: "不符合"}


def in_words(one: Any, name: str = "title") -> str:
    """A text of the pack in the language of the page."""
    english = (get_language() or "").startswith("en")
    return str(getattr(one, f"{name}_{'en' if english else 'zh'}"))


def fate(topic: Topic, project: Project | None = None) -> str:
    """What became of a proposal in this topic, and why, in a sentence for who made it.

    project: what the topic was put forward as, if it was.
    """
    lead = topic.merged_into or topic
    return (became_of(project) if project else "") or f"{became(lead)}{lead.reason}"


def topics_sheet(call: Call, topics: Iterable[Topic], sources: dict[int, dict[str, int]]) -> Sheet:
    """The topics with how many came from whom, every criterion and exclusion, and the answer."""
    rules = asked()
    columns = [
        Column("事项", "title", width=36),
        Column("办理状态", "state", width=14),
        Column("条数", "posts", kind="integer", width=8),
        Column("人数", "people", kind="integer", width=8),
        *(Column(words, f"from_{key}", kind="integer", width=14) for key, words in SOURCES.items()),
        *(Column(one.title_zh, f"is_{key}", width=24) for key, one in rules.criteria.items()),
        Column("不宜列入的情形", "exclusions", width=28),
        Column("答复提出人的话", "reason", width=40),
        Column("初定日期", "decided", kind="date", width=14),
        Column("并入", "merged_into", width=30),
    ]
    return Sheet(f"{call.year}年同类事项", columns, [_row(one, sources.get(one.pk, {})) for one in topics])


def _row(topic: Topic, sources: dict[str, int]) -> dict[str, Any]:
    rules = asked()
    excluded = (rules.exclusions[key].title_zh for key in topic.exclusions if key in rules.exclusions)
    return {
        "title": topic.title,
        "state": STATES[topic.state],
        "posts": topic.posts,
        "people": topic.people,
        **{f"from_{key}": sources.get(key, 0) for key in SOURCES},
        **{f"is_{key}": _answer(topic.criteria.get(key)) for key in rules.criteria},
        "exclusions": "、".join(excluded),
        "reason": topic.reason,
        "decided": localtime(topic.decided_at).date() if topic.decided_at else None,
        "merged_into": topic.merged_into.title if topic.merged_into else "",
    }


def _answer(given: dict[str, Any] | None) -> str:
    if not given:
        return ""
    return "：".join(filter(None, (MET[bool(given["met"])], given["why"])))
