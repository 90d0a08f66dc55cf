"""How paper is counted goes along: into a rehearsal and its wiping, into the ballot that follows."""

from __future__ import annotations

import pytest

from tests import make
from tests.make import NOW
from tests.voting.scans.test_audits import draw, key, read
from yishi.voting.actions import after, rehearsal
from yishi.voting.models import Audit, Batch, Poll, ScanPage

pytestmark = pytest.mark.django_db


def test_a_rehearsal_counts_as_the_meeting_will_and_is_wiped_with_all_that_was_read() -> None:
    poll = make.hall("form", counting="scan")
    clerk = make.official(poll, "clerk")
    copy = rehearsal.rehearse(poll.meeting, by=clerk, at=NOW)
    assert copy.polls.get().counting == "scan"
    scanned = read(8)
    draw(scanned)
    key(scanned)
    scanned.meeting.rehearsal_of = make.meeting(scanned.meeting.body)
    scanned.meeting.save()
    rehearsal.wipe(scanned.meeting, by=make.official(scanned, "clerk"), at=NOW)
    assert not Poll.objects.filter(pk=scanned.pk).exists()
    assert not (ScanPage.objects.exists() or Audit.objects.exists() or Batch.objects.exists())


def test_a_repeat_is_counted_the_same_way_on_a_sheet_of_its_own() -> None:
    poll = make.hall("closed", counting="both")
    Poll.objects.filter(pk=poll.pk).update(state="void", void_reason="收回多于发出")
    poll.refresh_from_db()
    made = after.set_up_next(poll, by=make.official(poll, "clerk"), at=NOW)
    assert made.counting == "both" and made.by_machine
    assert made.state == "ready" and made.sheet_layout["form"] != poll.sheet_layout["form"]
