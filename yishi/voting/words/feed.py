"""The published results as a feed (RSS 2.0), in Chinese: what was decided where, no person's name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.feedgenerator import Rss201rev2Feed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from yishi.voting.models import Poll

# What XML 1.0 cannot hold, not even escaped.
NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]+")


def rss(polls: Iterable[tuple[Poll, str]], page: str, own: str) -> str:
    """`polls`: each with the address of its page; `page`: the list that the feed tells of."""
    feed = Rss201rev2Feed(
        title="表决结果公布",
        link=page,
        description="人民代表大会及其常务委员会会议宣布并公布的表决结果",
        language="zh-CN",
        feed_url=own,
    )
    for poll, address in polls:
        at = timezone.localtime(poll.declared_at)
        body, meeting = poll.meeting.body.name, poll.meeting.title
        said = f"{body}{meeting}，{at.year}年{at.month}月{at.day}日宣布"
        feed.add_item(
            title=_xml(poll.title),
            link=address,
            description=_xml(said),
            pubdate=poll.published_at,
            unique_id=address,
            unique_id_is_permalink=True,
        )
    return feed.writeString("utf-8")


def _xml(text: str) -> str:
    return NOT_XML.sub(" ", text)
