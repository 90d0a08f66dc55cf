"""The clock jumps back in the middle of things: nothing is lost, nothing opens again, the order stays."""

import time
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from tests import make
from tests.make import NOW
from tests.stories import hall as story
from yishi.journal.chain import verify
from yishi.journal.models import Entry
from yishi.meetings import actions as meetings
from yishi.meetings.models import Meeting, Voter
from yishi.voting.actions import polls
from yishi.voting.models import Poll
from yishi.web.limits import limit

pytestmark = pytest.mark.django_db
BACK = timedelta(hours=3)


class Jumping(story.Hall):
    """A hall whose clock is set back three hours at every tick from the sixth on, then goes on."""

    def tick(self):
        at = super().tick()
        return at - BACK if self.minutes > 5 else at


def jumping(**numbers):
    told = story.hall(**numbers)
    told.__class__ = Jumping
    return told


def test_a_vote_in_which_the_clock_jumps_back_comes_to_its_result():
    told = jumping(deputies=9, present=9)
    poll = story.planned(told, ["甲", "乙", "丙"], 2)
    story.adopted(told, poll)
    story.voted(told, poll, 9, 9)
    story.counted(told, poll, story.ballots([7, 6, 2], 9))
    assert "甲" in story.declared(told, poll)
    assert list(verify()) == []


def test_the_journal_keeps_the_order_in_which_things_happened():
    told = jumping(deputies=9, present=9)
    story.planned(told, ["甲", "乙", "丙"], 2)
    entries = list(Entry.objects.of(told.town.chain).order_by("number"))
    assert [entry.number for entry in entries] == list(range(1, len(entries) + 1))
    times = [entry.at for entry in entries]
    assert times != sorted(times)  # the clock did jump
    page = make.client(told.clerk).get("/journal/")
    shown = [line["entry"].number for line in page.context["lines"]]
    assert shown == sorted(shown, reverse=True)


def test_a_figure_said_after_the_jump_is_the_one_that_counts():
    told = jumping(deputies=9, present=9)
    poll = story.planned(told, ["甲", "乙", "丙"], 2)
    story.adopted(told, poll)
    story.voted(told, poll, 9, 8)
    polls.say(poll, "returned", 9, by=told.clerk, at=NOW - BACK, why="漏数一张")
    assert poll.figures.filter(kind="returned").last().value == 9
    story.counted(told, poll, story.ballots([7, 6, 2], 9))
    assert poll.tallies.current().figures["returned"] == 9


def test_a_sign_in_before_and_after_the_jump_counts_once_and_late_stays_by_the_clock():
    meeting = make.meeting(state=Meeting.State.CALLED)
    clerk = make.clerk(meeting.body)
    meetings.open_sign_in(meeting, by=clerk, at=NOW)
    first, second = list(meeting.voters.select_related("meeting__body", "seat__person"))[:2]
    assert meetings.sign_in(first, "list", by=clerk, at=NOW)
    assert not meetings.sign_in(first, "list", by=clerk, at=NOW - BACK)
    assert meetings.sign_in(second, "list", by=clerk, at=NOW - BACK)
    meetings.leave(second, by=clerk, at=NOW - 2 * BACK)
    meetings.sign_in(second, "list", by=clerk, at=NOW)
    assert meeting.voters.numbers()["present"] == 2
    assert Voter.objects.get(pk=second.pk).left_at is None


def test_a_meeting_closed_after_the_jump_is_closed():
    meeting = make.meeting(state=Meeting.State.CALLED)
    clerk = make.clerk(meeting.body)
    meetings.open_meeting(meeting, by=clerk, at=NOW, why="到齐了")
    meetings.close_meeting(meeting, by=clerk, at=NOW - BACK)
    with pytest.raises(ValidationError):
        meetings.open_sign_in(meeting, by=clerk, at=NOW)
    minutes = make.client(clerk).get(f"/meetings/{meeting.pk}/papers/minutes.docx")
    assert minutes.status_code == 200


def test_a_limit_used_up_is_not_given_again_by_setting_the_clock_back():
    now = timezone.now()
    assert all(limit("x", 600, 5, now) for _ in range(5)) and not limit("x", 600, 5, now)
    assert limit("x", 600, 5, now - BACK)  # another window, with its own five
    assert not limit("x", 600, 5, now)


def test_five_failed_sign_ins_hold_while_the_clock_jumps(monkeypatch):
    """allauth keeps the times of failures: those in the future must not be forgotten."""
    make.user("wang", password=make.PASSWORD)
    client = make.client()
    for _ in range(5):
        client.post("/account/login/", {"login": "wang", "password": "wrong-wrong"})
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() - 600)
    answer = client.post("/account/login/", {"login": "wang", "password": make.PASSWORD})
    assert answer.status_code == 429


def test_an_account_gets_out_of_no_session_by_a_clock_set_back():
    client = make.client(make.clerk(make.body()))
    client.get("/meetings/")
    session = client.session
    session["seen"] = (timezone.now() + timedelta(days=2)).timestamp()
    session.save()
    assert client.get("/meetings/").status_code == 302
    assert client.get("/meetings/").url.startswith("/account/login/")


def test_a_result_published_before_the_jump_stays_published():
    told = story.hall(deputies=9, present=9)
    poll = story.planned(told, ["甲", "乙", "丙"], 2)
    story.adopted(told, poll)
    story.voted(told, poll, 9, 9)
    story.counted(told, poll, story.ballots([7, 6, 2], 9))
    story.declared(told, poll)
    polls.publish(poll, by=told.clerk, at=timezone.now() + timedelta(days=30))
    assert Poll.objects.published().count() == 1
    assert make.client().get(f"/results/{poll.pk}/").status_code == 200
