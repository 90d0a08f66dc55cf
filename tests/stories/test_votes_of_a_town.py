"""Whole votes told from start to end: chosen, tied, void and repeated, corrected, rehearsed."""

import pytest
from django.core.exceptions import ValidationError

from tests.stories import hall as tell
from yishi.journal.chain import verify
from yishi.journal.models import Entry
from yishi.meetings import actions as meetings
from yishi.meetings.models import Meeting
from yishi.voting.actions import after, counting, polls, rehearsal
from yishi.voting.models import Figure, Poll
from yishi.voting.rules import polls as rules
from yishi.web.access import Refused

pytestmark = pytest.mark.django_db

SIX = ["人行道改造", "避灾点提升", "学校接送区", "公厕改造", "照料中心", "健身步道"]


def test_a_town_chooses_five_projects_of_six_and_publishes_them():
    h = tell.hall(deputies=60, present=55)
    poll = tell.planned(h, SIX, seats=5)
    tell.adopted(h, poll)
    tell.voted(h, poll, issued=55, returned=55)
    tell.counted(h, poll, tell.ballots([50, 49, 45, 40, 38, 33], 55))
    sentence = tell.declared(h, poll)
    assert "应到代表60名，实到55名" in sentence
    assert "发出表决票55张，收回55张，有效55张" in sentence
    outcome = poll.tallies.current().outcome
    assert outcome["adopted"] == SIX[:5]
    # 33 votes are over half of all 60, but there are only five places.
    assert outcome["not_adopted"] == ["健身步道"]
    assert rules.step(poll) == "published"
    polls.publish(poll, by=h.clerk, at=h.tick())
    assert rules.step(poll) == "done"
    assert list(Poll.objects.published()) == [poll]
    assert list(verify()) == []


def test_a_tie_at_the_cut_is_voted_again_among_the_tied_only():
    h = tell.hall(deputies=60, present=55)
    poll = tell.planned(h, SIX, seats=5)
    tell.adopted(h, poll)
    tell.voted(h, poll, issued=55, returned=55)
    tell.counted(h, poll, tell.ballots([50, 49, 45, 44, 35, 35], 55))
    tell.declared(h, poll)
    first = poll.tallies.current().outcome
    assert first["adopted"] == SIX[:4]
    assert set(first["tied"]) == set(SIX[4:]) and first["next"] == "second_ballot"

    second = after.set_up_next(poll, by=h.clerk, at=h.tick())
    assert (second.previous, second.after, second.seats) == (poll, "second_ballot", 1)
    assert [option.title for option in second.options.all()] == SIX[4:]
    tell.voted(h, second, issued=55, returned=54)
    tell.counted(h, second, tell.ballots([20, 34], 54))
    tell.declared(h, second)
    assert second.tallies.current().outcome["adopted"] == ["健身步道"]


def test_more_papers_back_than_given_out_make_the_vote_void_and_it_is_repeated():
    h = tell.hall()
    poll = tell.planned(h, SIX, seats=5)
    tell.adopted(h, poll)
    tell.voted(h, poll, issued=55, returned=56)
    poll.refresh_from_db()
    assert poll.state == "void" and "56" in poll.void_reason
    with pytest.raises((Refused, ValidationError)):
        counting.lay_out(poll, by=h.clerk, at=h.tick())
    again = after.set_up_next(poll, by=h.clerk, at=h.tick())
    assert again.after == "repeat" and [o.title for o in again.options.all()] == SIX
    tell.voted(h, again, issued=55, returned=55)
    tell.counted(h, again, tell.ballots([50, 49, 45, 40, 38, 10], 55))
    assert "5个项目通过" in tell.declared(h, again)


def test_a_figure_corrected_after_the_count_keeps_the_old_one_and_is_declared_anew():
    h = tell.hall()
    poll = tell.planned(h, SIX, seats=5)
    tell.adopted(h, poll)
    tell.voted(h, poll, issued=54, returned=54)
    tell.counted(h, poll, tell.ballots([50, 49, 45, 40, 38, 10], 54))
    tell.declared(h, poll)
    old = poll.tallies.current()
    chief = h.officials["chief"]
    with pytest.raises(ValidationError):
        polls.say(poll, Figure.Kind.ISSUED, 55, by=chief, at=h.tick())
    polls.say(poll, Figure.Kind.ISSUED, 55, by=chief, at=h.tick(), why="发票处补报1张")
    polls.say(poll, Figure.Kind.LEFT_OVER, 4, by=chief, at=h.tick(), why="发票处补报1张")
    new = tell.confirmed(h, poll, why="发出票数更正")
    assert "发出表决票55张，收回54张" in tell.declared(h, poll)
    assert new.replaces == old and old.figures["issued"] == 54
    assert [f.value for f in poll.figures.filter(kind="issued")] == [54, 55]
    assert Entry.objects.filter(verb="voting.figure_corrected", why="发票处补报1张").count() == 2


def test_whoever_counted_does_not_declare():
    h = tell.hall()
    poll = tell.planned(h, SIX, seats=5)
    tell.adopted(h, poll)
    tell.voted(h, poll, issued=55, returned=55)
    tell.counted(h, poll, tell.ballots([50, 49, 45, 40, 38, 10], 55))
    for who in (*h.officials.values(), h.clerk):
        with pytest.raises(Refused):
            polls.declare(poll, by=who, at=h.tick())
    tell.declared(h, poll)


def test_a_rehearsal_goes_the_whole_way_and_leaves_nothing_behind():
    h = tell.hall()
    poll = tell.planned(h, SIX, seats=5)
    copy = rehearsal.rehearse(h.meeting, by=h.clerk, at=h.tick())
    practice = copy.polls.get()
    assert copy.stamp == "演练" and practice.pk != poll.pk
    meetings.open_sign_in(copy, by=h.clerk, at=h.tick())
    for voter in list(copy.voters.all())[:50]:
        meetings.sign_in(voter, "list", by=h.clerk, at=h.tick())
    tell.adopted(h, practice)
    tell.voted(h, practice, issued=50, returned=50)
    tell.counted(h, practice, tell.ballots([45, 44, 43, 42, 41, 3], 50))
    tell.declared(h, practice)
    with pytest.raises(Refused):
        polls.publish(practice, by=h.clerk, at=h.tick())
    rehearsal.wipe(copy, by=h.clerk, at=h.tick())
    assert list(Meeting.objects.all()) == [h.meeting]
    assert list(Poll.objects.all()) == [poll]
    assert list(verify()) == []
