"""What is new in the ledger as a feed (RSS 2.0), in Chinese: candidates, votes, completions, grades."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.feedgenerator import Rss201rev2Feed
from django.utils.timezone import get_current_timezone
from django.utils.translation import override

from yishi.projects.models import Call, Project
from yishi.projects.rules import ledger as rules

if TYPE_CHECKING:
    from collections.abc import Iterator

# What XML 1.0 cannot hold, not even escaped.
NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]+")
MOST = 30


@dataclass(frozen=True)
class Event:
    key: str
    address: str
    title: str
    text: str
    at: datetime


def events() -> list[Event]:
    """The newest events, four queries."""
    found = [*_published(), *_adopted(), *_completed(), *_rated()]
    return sorted(found, key=lambda one: one.at, reverse=True)[:MOST]


def _published() -> Iterator[Event]:
    calls = Call.objects.published().filter(candidates_at__isnull=False).select_related("body")
    for call in calls.order_by("-candidates_at", "-pk")[:MOST]:
        assert call.candidates_at is not None
        address = reverse("candidates_public", args=[call.pk])
        title = f"{call.year}年民生实事候选项目公布"
        yield Event("candidates", address, title, call.body.name, call.candidates_at)


def _adopted() -> Iterator[Event]:
    found = rules.PUBLIC.to_deliver().filter(rules.REVEALED, adopted_at__isnull=False)
    for project in found.order_by("-adopted_at", "-pk")[:MOST]:
        at = project.poll.published_at if project.poll else project.adopted_at
        assert at is not None
        yield _event("adopted", project, "票决通过，开始实施", at)


def _completed() -> Iterator[Event]:
    done = (Project.State.COMPLETED, Project.State.CLOSED)
    found = rules.PUBLIC.filter(rules.REVEALED, state__in=done, completed_on__isnull=False)
    for project in found.order_by("-completed_on", "-pk")[:MOST]:
        assert project.completed_on is not None
        at = datetime.combine(project.completed_on, time(), get_current_timezone())
        yield _event("completed", project, "已完工", at)


def _rated() -> Iterator[Event]:
    found = rules.PUBLIC.filter(rules.RATED, rated_at__isnull=False)
    for project in found.order_by("-rating_poll__published_at", "-pk")[:MOST]:
        grade = rules.public_grade(project)
        if grade and project.rating_poll and project.rating_poll.published_at:
            with override("zh-hans"):
                word = str(Project.Grade(grade).label)
            yield _event("rated", project, f"代表测评：{word}", project.rating_poll.published_at)


def _event(key: str, project: Project, said: str, at: datetime) -> Event:
    address = reverse("project_public", args=[project.pk])
    call = project.call
    return Event(key, address, f"{project.title}：{said}", f"{call.body.name}{call.year}年民生实事项目", at)


def rss(site: str, page: str, own: str) -> str:
    """`page`: what the feed tells of; `own`: its own address."""
    feed = Rss201rev2Feed(
        title="民生实事项目台账",
        link=site + page,
        description="候选项目公布、票决通过、完工和满意度测评",
        language="zh-CN",
        feed_url=site + own,
    )
    for one in events():
        feed.add_item(
            title=_xml(one.title),
            link=site + one.address,
            description=_xml(one.text),
            pubdate=one.at,
            unique_id=f"{site}{one.address}#{one.key}",
            unique_id_is_permalink=False,
        )
    return feed.writeString("utf-8")


def _xml(text: str) -> str:
    return NOT_XML.sub(" ", text)
