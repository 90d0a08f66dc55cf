"""Rooms above may ask for more before a poll opens; where none does, voting is what it was."""

import pytest
from django.core.exceptions import ValidationError

from tests import make
from tests.make import NOW
from yishi.voting.actions import polls, setup
from yishi.voting.models import Poll
from yishi.voting.rules import polls as rules
from yishi.voting.words import report

pytestmark = pytest.mark.django_db

ASKED = []


def hard(poll, now):
    """A gate of a room above, which nobody may pass."""
    ASKED.append(poll.pk)
    yield rules.Gate("above_hard", "上面的条件", False, "还差一步。", "某条")


def soft(poll, now):
    yield rules.Gate("above_soft", "可以越过的条件", False, "还差一步。", soft=True)


@pytest.fixture
def poll():
    return make.hall("sealed")


def fresh(poll):
    return Poll.objects.whole().get(pk=poll.pk)


def above(settings, *names):
    settings.POLL_GATES = [f"tests.voting.test_asked_from_above.{name}" for name in names]
    ASKED.clear()


def test_with_nobody_above_the_poll_opens_as_before(settings, poll):
    above(settings)
    opening = next(one for one in rules.steps(fresh(poll), NOW) if one.key == "open")
    assert [gate.key for gate in opening.gates] == ["quorum"] and opening.state == "now"
    polls.open_poll(fresh(poll), by=make.official(poll, "chair"), at=NOW)


def test_a_hard_gate_blocks_and_cannot_be_passed(settings, poll):
    above(settings, "hard")
    chair = make.official(poll, "chair")
    opening = next(one for one in rules.steps(fresh(poll), NOW) if one.key == "open")
    assert opening.state == "blocked"
    with pytest.raises(ValidationError, match="还差一步"):
        polls.open_poll(fresh(poll), by=chair, at=NOW)
    with pytest.raises(ValidationError, match="不能越过"):
        polls.override(fresh(poll), "above_hard", by=chair, at=NOW, why="急")


def test_a_soft_gate_is_passed_with_a_reason_that_the_report_prints_by_its_text(settings, poll):
    above(settings, "soft")
    chair = make.official(poll, "chair")
    with pytest.raises(ValidationError):
        polls.open_poll(fresh(poll), by=chair, at=NOW)
    polls.override(fresh(poll), "above_soft", by=chair, at=NOW, why="大会同意")
    polls.open_poll(fresh(poll), by=chair, at=NOW)
    polls.close_poll(fresh(poll), by=chair, at=NOW)
    polls.say(fresh(poll), "returned", 5, by=make.official(poll, "clerk"), at=NOW)
    tally = make.counted(fresh(poll), [["f", "f", "a"]] * 5)
    assert any(
        "决定在“可以越过的条件”未满足时继续，理由：大会同意" in one
        for one in report.remarks(fresh(poll), tally)
    )


def test_our_own_gates_are_soft_or_hard_as_they_were(settings, poll):
    above(settings)
    kinds = {gate.key: gate.soft for step in rules.steps(fresh(poll), NOW) for gate in step.gates}
    assert {key for key, is_soft in kinds.items() if is_soft} == {
        "officials_adopted", "printed", "printed_balance", "sealed",
    }  # fmt: skip


def test_where_a_poll_stands_asks_nobody_above(settings, poll):
    above(settings, "hard")
    assert rules.step(fresh(poll)) == "open" and ASKED == []
    rules.steps(fresh(poll), NOW)
    assert [poll.pk] == ASKED


def test_once_open_nobody_is_asked(settings):
    above(settings, "hard")
    poll = make.returned(1)
    rules.steps(fresh(poll), NOW)
    assert ASKED == []


def test_a_poll_that_something_above_points_to_is_not_dropped():
    poll = make.hall("form")
    make.project(title="电梯", poll=poll)
    clerk = make.official(poll, "clerk")
    with pytest.raises(ValidationError, match="先在那里解除"):
        setup.drop(fresh(poll), by=clerk, at=NOW, why="不用了")
    poll.projects.update(poll=None)
    setup.drop(fresh(poll), by=clerk, at=NOW, why="不用了")
    assert not Poll.objects.filter(pk=poll.pk).exists()
