"""The agenda: points added, put in order, done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from yishi.journal.chain import write
from yishi.meetings.actions.screen import touch
from yishi.meetings.models import AgendaItem, Meeting
from yishi.meetings.rules import may_prepare, may_preside
from yishi.web.access import require

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

LONGEST = 200


@transaction.atomic
def add_items(meeting: Meeting, titles: Iterable[str], *, by: Any, at: datetime) -> list[AgendaItem]:
    """Add points at the end. Raises ValidationError for none, or for one that is too long."""
    require(may_prepare(by, meeting, at))
    titles = [title.strip() for title in titles if title.strip()]
    if not titles:
        raise ValidationError(_("请写明议程，一行一项。"))
    for title in titles:
        if len(title) > LONGEST:
            raise ValidationError(_("“%(start)s……”太长，每项最多200字。") % {"start": title[:12]})
    last = meeting.agenda.count()
    added = [
        AgendaItem.objects.create(meeting=meeting, place=n, title=t) for n, t in enumerate(titles, last + 1)
    ]
    _number(meeting)
    write(meeting.chain, "meetings.agenda_added", meeting, by=by, at=at, titles=titles)
    return added


@transaction.atomic
def place_item(item: AgendaItem, place: int, *, by: Any, at: datetime) -> None:
    """Put a point at a place, counted from 1; the others close up."""
    require(may_prepare(by, item.meeting, at))
    others = list(item.meeting.agenda.exclude(pk=item.pk))
    others.insert(max(place - 1, 0), item)
    _number(item.meeting, others)
    write(item.meeting.chain, "meetings.agenda_placed", item, by=by, at=at, place=place)


@transaction.atomic
def drop_item(item: AgendaItem, *, by: Any, at: datetime) -> None:
    """Take a point off the agenda. Raises ValidationError when it was already done."""
    require(may_prepare(by, item.meeting, at))
    if item.done_at:
        raise ValidationError(_("“%(title)s”已经完成，不能删去。") % {"title": item.title})
    write(item.meeting.chain, "meetings.agenda_dropped", item, by=by, at=at, title=item.title)
    meeting = item.meeting
    item.delete()
    _number(meeting)


@transaction.atomic
def finish_item(item: AgendaItem, *, by: Any, at: datetime) -> None:
    """Note that a point is done; pressed twice, the first time stays."""
    require(may_preside(by, item.meeting, at))
    if AgendaItem.objects.filter(pk=item.pk, done_at__isnull=True).update(done_at=at):
        item.done_at = at
        write(item.meeting.chain, "meetings.agenda_done", item, by=by, at=at)
        touch(item.meeting)


@transaction.atomic
def reopen_item(item: AgendaItem, *, by: Any, at: datetime) -> None:
    require(may_preside(by, item.meeting, at))
    if AgendaItem.objects.filter(pk=item.pk, done_at__isnull=False).update(done_at=None):
        item.done_at = None
        write(item.meeting.chain, "meetings.agenda_reopened", item, by=by, at=at)
        touch(item.meeting)


def _number(meeting: Meeting, items: list[AgendaItem] | None = None) -> None:
    for place, item in enumerate(items if items is not None else list(meeting.agenda.all()), 1):
        item.place = place
        item.save(update_fields=["place"])
    touch(meeting)
