"""The clerk's and the chair's lines: a meeting to prepare, papers to deliver, a meeting to open or close."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from yishi.desk.deputy import starts
from yishi.desk.line import Line, by_day, of_meeting
from yishi.law.dates import latest
from yishi.meetings.models import AgendaItem, Material, Meeting, Voter
from yishi.meetings.rules import notice_rule, papers_rule
from yishi.people.rules import is_clerk

if TYPE_CHECKING:
    from datetime import datetime

    from yishi.law.pack import NoticeRule

State = Meeting.State
SOON = 3  # days before the last day from which a preparation stands under "today"


@dataclass(frozen=True)
class Stand:
    """How far one meeting is prepared."""

    agenda: int
    entitled: int
    papers: int
    unserved: int
    expected: int


def lines(user: Any, bodies: Iterable[int], now: datetime) -> Iterator[Line]:
    """Lines of all meetings not over of these bodies."""
    if not bodies:
        return
    found = list(Meeting.objects.of(bodies).to_come(now))
    stands = _stands(found)
    for meeting in found:
        yield from _of(user, meeting, stands[meeting.pk], now)


def _stands(meetings: list[Meeting]) -> dict[int, Stand]:
    """Five counts for each meeting in five queries."""
    keys = [meeting.pk for meeting in meetings]
    voters = Voter.objects.filter(meeting__in=keys)
    counted = [
        _by_meeting(rows)
        for rows in (
            AgendaItem.objects.filter(meeting__in=keys),
            voters,
            Material.objects.current().filter(meeting__in=keys),
            voters.unserved(),
            voters.filter(attendance=Voter.Attendance.EXPECTED),
        )
    ]
    return {key: Stand(*(numbers.get(key, 0) for numbers in counted)) for key in keys}


def _by_meeting(rows: Any) -> dict[int, int]:
    return dict(rows.order_by().values("meeting").annotate(n=Count("pk")).values_list("meeting", "n"))


def _of(user: Any, meeting: Meeting, stand: Stand, now: datetime) -> Iterator[Line]:
    clerk = is_clerk(user, meeting.body)
    if meeting.state == State.PLANNED:
        yield _preparing(meeting, stand, clerk, now)
    elif meeting.state == State.CALLED:
        if clerk and stand.unserved:
            yield _serving(meeting, stand, now)
        yield _opening(meeting, now)
    if meeting.sign_in_is_open and stand.expected and meeting.state != State.PLANNED:
        url = reverse("attendance", args=[meeting.pk])
        yield of_meeting(meeting, "waiting", _("还有%(n)d人没有签到") % {"n": stand.expected}, url, rank=0)
    if meeting.state == State.OPEN and localdate(meeting.starts_at) < localdate(now):
        url = reverse("meeting", args=[meeting.pk])
        yield of_meeting(meeting, "overdue", _("会议还没有宣布闭会"), url)


def _preparing(meeting: Meeting, stand: Stand, clerk: bool, now: datetime) -> Line:
    """The one next thing until the notice is out."""
    name, word = (
        ("agenda", _("安排议程"))
        if not stand.agenda
        else ("entitled", _("生成应到名单"))
        if not stand.entitled
        else ("materials", _("加入会议材料"))
        if not stand.papers
        else ("meeting", _("发出会议通知"))
    )
    heap, due = _when(notice_rule(meeting), meeting, now)
    if not clerk:
        heap, word = "waiting", _("等经办人员：%(what)s") % {"what": word}
    return of_meeting(meeting, heap, word, reverse(name, args=[meeting.pk]), due=due)


def _serving(meeting: Meeting, stand: Stand, now: datetime) -> Line:
    heap, due = _when(papers_rule(meeting), meeting, now)
    word = _("送达材料：还有%(n)d人没有收全") % {"n": stand.unserved}
    return of_meeting(meeting, heap, word, reverse("materials", args=[meeting.pk]), due=due)


def _opening(meeting: Meeting, now: datetime) -> Line:
    days = (localdate(meeting.starts_at) - localdate(now)).days
    url = reverse("meeting", args=[meeting.pk])
    if days > 0:
        return of_meeting(meeting, "to_come", _("准备开会"), url, due=starts(meeting, now))
    word = _("宣布开会") if meeting.sign_in_opened else _("开始签到")
    heap = "today" if days == 0 else "overdue"
    return of_meeting(meeting, heap, word, url, due=starts(meeting, now) or by_day(days), rank=0)


def _when(rule: NoticeRule | None, meeting: Meeting, now: datetime) -> tuple[str, str]:
    """(heap, due in words) by the last day of the county pack; the day of the meeting where it has none."""
    day = localdate(meeting.starts_at)
    left = ((latest(rule, day) if rule else day) - localdate(now)).days
    return ("overdue" if left < 0 else "today" if left <= SOON else "to_come"), by_day(left)
