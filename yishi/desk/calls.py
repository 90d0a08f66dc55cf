"""The lines of the calls: to publish, running, and personal data to erase on its day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from yishi.desk.line import Line, by_day
from yishi.people.rules import is_clerk
from yishi.projects.models import Call, Topic

if TYPE_CHECKING:
    from datetime import datetime

State = Call.State


def lines(user: Any, bodies: Iterable[int], now: datetime) -> Iterator[Line]:
    """One line for each call of these bodies that wants something; one query."""
    if not bodies:
        return
    waiting = Count("topics", filter=Q(topics__state=Topic.State.OPEN))
    calls = Call.objects.of(bodies).filter(erased_at__isnull=True).exclude(state=State.WITHDRAWN)
    for call in calls.annotate(undecided=waiting):
        if is_clerk(user, call.body):
            yield from _of(call, call.undecided, now)


def _of(call: Call, undecided: int, now: datetime) -> Iterator[Line]:
    today = localdate(now)
    about = f"{call.body.short_name or call.body.name} · {call.title}"
    page = reverse("call", args=[call.pk])
    days = (call.closes_on - today).days
    if call.state == State.DRAFT:
        begins = (call.opens_on - today).days
        heap = "overdue" if begins < 0 else "today" if begins <= 7 else "to_come"
        due = _("应于%(n)d天前发布") % {"n": -begins} if begins < 0 else ""
        yield Line(heap, _("发布征集公告"), about, page, due)
    elif call.erase_on <= today:
        heap = "overdue" if call.erase_on < today else "today"
        yield Line(heap, _("删除征集的个人信息"), about, page, by_day((call.erase_on - today).days))
    elif days < 0 and undecided:
        word = _("初定征集到的%(n)d个事项") % {"n": undecided}
        yield Line("today", word, about, reverse("topics", args=[call.pk]), at=now)
    elif days >= 0 and call.opens_on <= today:
        yield Line("to_come", _("正在征集（%(n)d个事项）") % {"n": undecided}, about, page, by_day(days))
