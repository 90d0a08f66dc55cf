"""The published documents as a feed (RSS 2.0)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.utils.feedgenerator import Rss201rev2Feed

from yishi.publishing import html

if TYPE_CHECKING:
    from collections.abc import Iterable

    from yishi.publishing.models import Document

# What XML 1.0 cannot hold, not even escaped.
NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]+")
SHORT = 200


def rss(documents: Iterable[tuple[Document, str]], page: str, own: str) -> str:
    """`documents`: each with the address of its page; `page`: the list that the feed tells of."""
    feed = Rss201rev2Feed(
        title="公告文件", link=page, description="人大机关发布的公告、讲话、文件和工作动态",
        language="zh-CN", feed_url=own,
    )  # fmt: skip
    for document, address in documents:
        feed.add_item(
            title=NOT_XML.sub(" ", document.title),
            link=address,
            description=NOT_XML.sub(" ", f"{document.body.name}：{html.plain(document.text)[:SHORT]}"),
            pubdate=document.published_at,
            unique_id=address,
            unique_id_is_permalink=True,
        )
    return feed.writeString("utf-8")
