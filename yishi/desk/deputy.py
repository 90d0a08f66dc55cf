"""The deputy's own lines: papers to read, sign-in that is open, meetings to come, candidates to speak on."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from yishi.desk.line import Line, of_meeting
from yishi.meetings.models import Material, Meeting, Voter
from yishi.projects.rules.deliberation import calls_to_comment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime


def lines(user: Any, now: datetime) -> Iterator[Line]:
    """What this deputy has to do in meetings that were called and are not over."""
    if user.person_id is None:
        return
    unread = Counter(Material.objects.unread(user).values_list("meeting_id", flat=True))
    for voter in Voter.objects.mine(user).exclude(meeting__state=Meeting.State.CLOSED):
        yield from _of(voter, unread[voter.meeting_id], now)
    for call in calls_to_comment(user, now):
        about = f"{call.body.short_name or call.body.name} · {call.title}"
        page = reverse("comment", args=[call.pk])
        yield Line("to_come", _("对候选项目提意见"), about, page, _("投票开始以前"), at=now)


def _of(voter: Voter, unread: int, now: datetime) -> Iterator[Line]:
    meeting = voter.meeting
    page = reverse("meeting", args=[meeting.pk])
    signs_in = meeting.sign_in_is_open and not voter.is_here and voter.attendance != Voter.Attendance.LEFT
    if signs_in:
        yield of_meeting(meeting, "today", _("签到"), reverse("sign_in", args=[meeting.pk]), rank=0)
    if unread:
        yield of_meeting(meeting, "today", _("阅读会议材料（%(n)d份未看）") % {"n": unread}, page)
    elif not signs_in:
        here = meeting.state == Meeting.State.OPEN or localdate(meeting.starts_at) <= localdate(now)
        word = _("会议：查看议程和材料")
        yield of_meeting(meeting, "today" if here else "to_come", word, page, due=starts(meeting, now))


def starts(meeting: Meeting, now: datetime) -> str:
    """How far off the meeting is: 今天, 明天, 5天后."""
    days = (localdate(meeting.starts_at) - localdate(now)).days
    if days <= 0:
        return _("开会中") if meeting.state == Meeting.State.OPEN else _("今天开会") if days == 0 else ""
    return _("明天开会") if days == 1 else _("%(n)d天后开会") % {"n": days}
