"""One line of the desk: what to do, where, by when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from datetime import datetime

    from yishi.meetings.models import Meeting


@dataclass(frozen=True)
class Line:
    """heap: overdue | today | to_come | waiting. `rank`: 0 in the hall now, 1 else. `due`: in words."""

    heap: str
    do: str
    about: str
    url: str
    due: str = ""
    at: datetime | None = None
    rank: int = 1
    rehearsal: bool = False


def of_meeting(
    meeting: Meeting, heap: str, do: str, url: str, about: str = "", due: str = "", rank: int = 1
) -> Line:
    """A line about a meeting; a rehearsal says so."""
    where = f"{meeting.body.short_name or meeting.body.name} · {about or meeting.title}"
    return Line(heap, do, where, url, due, meeting.starts_at, rank, meeting.is_rehearsal)


def by_day(days: int) -> str:
    """`days` from today until the last day: 今天是最后一天, 还有3天, 已过2天."""
    if days < 0:
        return _("已过期%(n)d天") % {"n": -days}
    return _("今天是最后一天") if days == 0 else _("还有%(n)d天") % {"n": days}
