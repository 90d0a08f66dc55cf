"""Rehearsing a meeting with its polls, and wiping the rehearsal."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from yishi.journal.chain import write
from yishi.meetings.actions.meeting import copy_as_rehearsal, wipe_rehearsal
from yishi.meetings.models import Meeting
from yishi.voting.actions.scan_files import forget
from yishi.voting.models import Official, Option, Poll
from yishi.voting.rules import rights
from yishi.web.access import require

if TYPE_CHECKING:
    from datetime import datetime

COPIED = (
    "title",
    "rule_key",
    "rule",
    "seats",
    "size",
    "colour",
    "batch_size",
    "open_count",
    "counting",
    "method_text",
)


@transaction.atomic
def rehearse(meeting: Meeting, *, by: Any, at: datetime) -> Meeting:
    """A copy of the meeting with its polls as drafts, options and officials; no figure, no vote."""
    require(rights.may_rehearse(by, meeting, at))
    copy = copy_as_rehearsal(meeting, by=by, at=at)
    polls = meeting.polls.filter(previous=None).prefetch_related("options", "officials")
    for place, poll in enumerate(polls, start=1):
        made = Poll.objects.create(
            meeting=copy, place=place, **{name: getattr(poll, name) for name in COPIED}
        )
        Option.objects.bulk_create(
            Option(poll=made, place=o.place, title=o.title, detail=o.detail, person_id=o.person_id)
            for o in poll.options.all()
        )
        Official.objects.bulk_create(
            Official(poll=made, user_id=o.user_id, hat=o.hat) for o in poll.officials.all()
        )
    return copy


@transaction.atomic
def wipe(meeting: Meeting, *, by: Any, at: datetime) -> None:
    """Delete a rehearsal with its polls; a real meeting is never deleted."""
    require(rights.may_rehearse(by, meeting, at))
    if not meeting.is_rehearsal:
        raise ValidationError(_("这是正式会议，不能清除。"))
    # What follows points to what went before, and a corrected tally to the one it replaces.
    for poll in meeting.polls.order_by("-pk"):
        for tally in poll.tallies.order_by("-pk"):
            tally.delete()
        write(poll.chain, "voting.rehearsal_wiped", poll, by=by, at=at)
        transaction.on_commit(partial(forget, poll.pk))
        poll.delete()
    wipe_rehearsal(meeting, by=by, at=at)
