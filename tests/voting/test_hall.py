"""A vote in the hall, step by step: what each step needs, what is refused, what the box adds up to."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from tests import make
from tests.make import NOW
from yishi.journal.moves import MoveError
from yishi.meetings.models import Voter
from yishi.voting.actions import after, counting, polls, rehearsal, setup
from yishi.voting.models import Figure, Poll, Tally
from yishi.voting.rules import box
from yishi.voting.rules import polls as rules
from yishi.web.access import Refused

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(minutes=30)
FOR_TWO = [["f", "f", "a"]] * 5


def fresh(poll: Poll) -> Poll:
    return Poll.objects.whole().get(pk=poll.pk)


def gates(poll: Poll, key: str) -> dict[str, rules.Gate]:
    step = next(one for one in rules.steps(fresh(poll), NOW) if one.key == key)
    return {gate.key: gate for gate in step.gates}


def away(poll: Poll, how_many: int) -> None:
    """So many have left the hall."""
    gone = poll.meeting.voters.values_list("pk", flat=True)[:how_many]
    poll.meeting.voters.filter(pk__in=list(gone)).update(attendance=Voter.Attendance.LEFT)


def declared(ballots: list[list[str]] = FOR_TWO, **fields: object) -> Poll:
    poll = make.hall("returned", **fields)
    make.counted(poll, ballots)
    polls.declare(fresh(poll), by=make.official(poll, "chair"), at=NOW)
    return fresh(poll)


@pytest.mark.parametrize(
    ("done", "then"),
    [
        ("form", "method"),
        ("method", "officials"),
        ("officials", "printed"),
        ("printed", "quorum"),
        ("quorum", "issued"),
        ("issued", "sealed"),
        ("sealed", "open"),
        ("open", "closed"),
        ("closed", "returned"),
        ("returned", "counted"),
    ],
)
def test_each_step_leads_to_the_next(done: str, then: str) -> None:
    assert rules.step(fresh(make.hall(done))) == then


def test_from_the_count_to_the_public_page() -> None:
    poll = make.hall("returned")
    tally = make.counted(poll, FOR_TWO)
    assert rules.step(fresh(poll)) == "declared"
    polls.declare(fresh(poll), by=make.official(poll, "chair"), at=NOW)
    assert rules.step(fresh(poll)) == "published"
    polls.publish(fresh(poll), by=make.official(poll, "clerk"), at=NOW)
    assert rules.step(fresh(poll)) == "done"
    assert tally.outcome["adopted"] == ["甲", "乙"]


def test_only_one_step_is_now_and_the_later_ones_wait() -> None:
    states = [step.state for step in rules.steps(fresh(make.hall("printed")), NOW)]
    assert states == ["done"] * 4 + ["now"] + ["later"] * 9


def test_a_form_without_options_cannot_be_adopted() -> None:
    poll = make.hall("form", options=())
    with pytest.raises(ValidationError, match="选项"):
        polls.adopt_method(poll, {"for": 5}, by=make.official(poll, "chair"), at=NOW)


def test_more_places_than_options_cannot_be_adopted() -> None:
    poll = make.hall("form", options=("甲",), seats=2)
    with pytest.raises(ValidationError, match="应选2"):
        polls.adopt_method(poll, {"for": 5}, by=make.official(poll, "chair"), at=NOW)


def test_a_method_short_of_half_of_all_members_is_not_adopted() -> None:
    poll = make.hall("form")
    chair = make.official(poll, "chair")
    with pytest.raises(ValidationError, match="没有通过"):
        polls.adopt_method(poll, {"for": 3, "against": 2}, by=chair, at=NOW)
    polls.adopt_method(poll, {"for": 4, "against": 1}, by=chair, at=NOW)
    assert fresh(poll).state == Poll.State.READY
    assert fresh(poll).method_votes["for"] == 4


def test_more_hands_than_people_are_refused() -> None:
    poll = make.hall("form")
    with pytest.raises(ValidationError, match="多于实到5人"):
        polls.adopt_method(poll, {"for": 6}, by=make.official(poll, "chair"), at=NOW)


def test_a_method_adopted_otherwise_says_how() -> None:
    poll = make.hall("form")
    chair = make.official(poll, "chair")
    with pytest.raises(ValidationError, match="写明"):
        polls.adopt_method(poll, None, by=chair, at=NOW)
    polls.adopt_method(poll, None, by=chair, at=NOW, why="第一次全体会议已通过")
    assert fresh(poll).method_votes == {"otherwise": "第一次全体会议已通过"}


def test_voting_does_not_open_before_everything_is_done_and_says_what_is_missing() -> None:
    poll = make.hall("quorum")
    with pytest.raises(ValidationError) as error:
        polls.open_poll(poll, by=make.official(poll, "chair"), at=NOW)
    assert "发票" in str(error.value) and "票箱" in str(error.value)
    assert fresh(poll).state == Poll.State.READY


def test_without_a_quorum_the_gate_stays_shut_and_names_the_article() -> None:
    poll = make.hall("printed", entitled=9, present=9)
    away(poll, 4)
    polls.count_present(poll, by=make.official(poll, "clerk"), at=NOW)
    gate = gates(poll, "quorum")["quorum"]
    assert not gate.passed and gate.article == "《组织法》第十四条" and "尚差1" in gate.why
    with pytest.raises(ValidationError, match="不能越过"):
        polls.override(poll, "quorum", by=make.official(poll, "chair"), at=NOW, why="来不及了")


def test_late_deputies_make_the_quorum_when_the_roll_is_called_again() -> None:
    poll = make.hall("printed", entitled=9, present=9)
    clerk = make.official(poll, "clerk")
    away(poll, 4)
    polls.count_present(poll, by=clerk, at=NOW)
    assert rules.step(fresh(poll)) == "quorum"
    poll.meeting.voters.update(attendance=Voter.Attendance.PRESENT)
    polls.count_present(poll, by=clerk, at=LATER)
    assert rules.step(fresh(poll)) == "issued"
    assert box.figure(fresh(poll), "present") == 9


def test_the_number_present_cannot_change_unsaid_once_papers_are_out() -> None:
    poll = make.hall("issued")
    clerk = make.official(poll, "clerk")
    poll.meeting.voters.filter(attendance="expected").update(attendance=Voter.Attendance.LATE)
    with pytest.raises(ValidationError, match="写明理由"):
        polls.count_present(poll, by=clerk, at=LATER)
    polls.count_present(poll, by=clerk, at=LATER, why="一人迟到")
    assert box.figure(fresh(poll), "present") == 6


def test_no_more_papers_than_people() -> None:
    poll = make.hall("quorum")
    clerk = make.official(poll, "clerk")
    with pytest.raises(ValidationError) as error:
        polls.hand_out(poll, 6, 2, by=clerk, at=NOW)
    assert "issued" in error.value.error_dict
    assert box.figure(fresh(poll), "issued") is None
    polls.hand_out(poll, 5, 3, by=clerk, at=NOW)
    assert rules.step(fresh(poll)) == "sealed"


def test_papers_that_do_not_add_up_stop_the_vote_until_corrected_or_overridden() -> None:
    poll = make.hall("quorum")
    clerk, chair = make.official(poll, "clerk"), make.official(poll, "chair")
    polls.hand_out(poll, 5, 1, by=clerk, at=NOW)
    assert rules.step(fresh(poll)) == "issued"
    assert "印制8张" in gates(poll, "issued")["printed_balance"].why
    assert box.equation(fresh(poll)).problems
    with pytest.raises(ValidationError, match="理由"):
        polls.override(poll, "printed_balance", by=chair, at=NOW, why=" ")
    with pytest.raises(Refused):
        polls.override(poll, "printed_balance", by=clerk, at=NOW, why="两张印坏")
    polls.override(poll, "printed_balance", by=chair, at=NOW, why="两张印坏，当众销毁")
    assert rules.step(fresh(poll)) == "sealed"
    assert not box.equation(fresh(poll)).problems


def test_a_gate_that_is_met_is_not_overridden() -> None:
    poll = make.hall("issued")
    with pytest.raises(ValidationError, match="已经满足"):
        polls.override(poll, "printed_balance", by=make.official(poll, "chair"), at=NOW, why="无")


def test_the_box_is_sealed_by_two_of_whom_one_is_the_chief() -> None:
    poll = make.hall("issued")
    polls.seal(poll, by=make.official(poll, "watcher"), at=NOW)
    polls.seal(poll, by=make.official(poll, "watcher"), at=NOW)
    assert rules.step(fresh(poll)) == "sealed"
    for name in ("one", "caller", "clerk", "chair"):
        with pytest.raises(Refused):
            polls.seal(poll, by=make.official(poll, name), at=NOW)
    polls.seal(poll, by=make.official(poll, "chief"), at=NOW)
    assert rules.step(fresh(poll)) == "open"


def test_a_figure_is_corrected_with_its_reason_and_the_old_one_stays() -> None:
    poll = make.hall("printed")
    clerk = make.official(poll, "clerk")
    assert polls.say(poll, "printed", 8, by=clerk, at=NOW) is None
    with pytest.raises(ValidationError, match="更正理由"):
        polls.say(poll, "printed", 9, by=clerk, at=NOW)
    polls.say(poll, "printed", 9, by=clerk, at=LATER, why="漏数一张")
    said = list(poll.figures.filter(kind="printed").values_list("value", "why"))
    assert said == [(8, ""), (9, "漏数一张")]
    assert box.figure(fresh(poll), "printed") == 9


@pytest.mark.parametrize("value", [-1, 1_000_001])
def test_a_figure_that_cannot_be_is_refused(value: int) -> None:
    poll = make.hall("officials")
    with pytest.raises(ValidationError, match="0到"):
        polls.say(poll, "printed", value, by=make.official(poll, "clerk"), at=NOW)


def test_more_returned_than_issued_is_void_at_once_and_can_be_repeated() -> None:
    poll = make.hall("closed")
    polls.say(poll, "returned", 6, by=make.official(poll, "watcher"), at=NOW)
    poll = fresh(poll)
    assert poll.state == Poll.State.VOID and rules.step(poll) == "void"
    assert "收回多于发出" in poll.void_reason and "第四十四条" in poll.void_reason
    again = after.set_up_next(poll, by=make.official(poll, "chair"), at=LATER)
    assert (again.state, again.after, again.previous) == ("ready", "repeat", poll)
    assert [o.title for o in again.options.all()] == ["甲", "乙", "丙"]
    assert again.officials.count() == poll.officials.count()
    assert rules.step(fresh(again)) == "printed"
    with pytest.raises(ValidationError, match="已经建好"):
        after.set_up_next(poll, by=make.official(poll, "chair"), at=LATER)


def test_as_many_returned_as_issued_is_no_void_vote() -> None:
    poll = make.hall("returned")
    assert fresh(poll).state == Poll.State.CLOSED
    assert box.equation(fresh(poll)).balanced


def test_a_vote_is_made_void_only_with_a_reason_and_by_who_presides() -> None:
    poll = make.hall("open")
    with pytest.raises(ValidationError, match="理由"):
        polls.void(poll, by=make.official(poll, "chair"), at=NOW, why="")
    with pytest.raises(Refused):
        polls.void(poll, by=make.official(poll, "clerk"), at=NOW, why="停电")
    polls.void(poll, by=make.official(poll, "chair"), at=NOW, why="停电")
    assert fresh(poll).void_reason == "停电"


def test_two_who_press_open_at_once_open_it_once() -> None:
    poll = make.hall("sealed")
    chair = make.official(poll, "chair")
    other = fresh(poll)
    polls.open_poll(poll, by=chair, at=NOW)
    with pytest.raises(MoveError, match="刚才"):
        polls.open_poll(other, by=chair, at=NOW)


def test_who_counted_does_not_declare() -> None:
    poll = make.hall("returned")
    make.counted(poll, FOR_TWO)
    chief = make.official(poll, "chief")
    make.Role.objects.create(user=chief, body=poll.meeting.body, duty="chair", begun=NOW)
    with pytest.raises(Refused):
        polls.declare(fresh(poll), by=make.User.objects.get(pk=chief.pk), at=NOW)
    with pytest.raises(Refused):
        polls.declare(fresh(poll), by=make.official(poll, "clerk"), at=NOW)
    polls.declare(fresh(poll), by=make.official(poll, "chair"), at=NOW)


def test_nothing_is_declared_before_the_chief_scrutineer_confirmed() -> None:
    poll = make.hall("returned")
    tally = make.counted(poll, FOR_TWO)
    Tally.objects.filter(pk=tally.pk).update(confirmed_at=None, confirmed_by=None)
    with pytest.raises(ValidationError, match="总监票人确认"):
        polls.declare(fresh(poll), by=make.official(poll, "chair"), at=NOW)


def test_a_result_is_declared_once() -> None:
    poll = declared()
    with pytest.raises(MoveError):
        polls.declare(poll, by=make.official(poll, "chair"), at=LATER)


def test_a_figure_corrected_after_the_tally_stops_the_declaration_until_it_is_made_anew() -> None:
    poll = make.hall("returned")
    make.counted(poll, FOR_TWO)
    poll.meeting.voters.update(attendance=Voter.Attendance.PRESENT)
    polls.count_present(fresh(poll), by=make.official(poll, "clerk"), at=LATER, why="漏签一人")
    assert rules.step(fresh(poll)) == "counted"
    chair, chief = make.official(poll, "chair"), make.official(poll, "chief")
    with pytest.raises(ValidationError, match="计票"):
        polls.declare(fresh(poll), by=chair, at=LATER)
    counting.confirm(counting.tally(fresh(poll), by=chief, at=LATER, why="漏签一人"), by=chief, at=LATER)
    polls.declare(fresh(poll), by=chair, at=LATER)
    assert box.declared(fresh(poll)).figures["present"] == 6


def test_a_correction_after_the_declaration_is_shown_only_when_declared_again() -> None:
    poll = declared()
    chief, chair = make.official(poll, "chief"), make.official(poll, "chair")
    first = box.declared(poll)
    with pytest.raises(Refused):
        polls.say(poll, "issued", 4, by=make.official(poll, "clerk"), at=LATER, why="错")
    with pytest.raises(ValidationError, match="多于发出"):
        polls.say(poll, "issued", 4, by=chief, at=LATER, why="错")
    poll.meeting.voters.update(attendance=Voter.Attendance.PRESENT)
    Figure.objects.create(poll=poll, kind="present", value=6, at=LATER, by=chief, why="漏签一人")
    polls.say(poll, "issued", 6, by=chief, at=LATER, why="少登记一张")
    polls.say(poll, "left_over", 2, by=chief, at=LATER, why="少登记一张")
    tally = counting.tally(fresh(poll), by=chief, at=LATER, why="更正发出票数")
    counting.confirm(tally, by=chief, at=LATER)
    assert box.declared(fresh(poll)) == first
    assert rules.step(fresh(poll)) == "declared"
    polls.declare(fresh(poll), by=chair, at=LATER)
    assert box.declared(fresh(poll)) == tally
    assert tally.replaces == first and poll.tallies.count() == 2


def test_places_left_in_an_election_go_to_a_further_election_in_draft() -> None:
    many = dict(entitled=6, present=6, seats=2, rule_key="election.officials")
    poll = make.hall("returned", **many)
    make.counted(poll, [["f", "f", "a"]] * 2 + [["f", "a", "f"]] * 2 + [["f", "x", "x"]] * 2)
    polls.declare(fresh(poll), by=make.official(poll, "chair"), at=NOW)
    outcome = box.declared(fresh(poll)).outcome
    assert outcome["next"] == "further_election"
    further = after.set_up_next(fresh(poll), by=make.official(poll, "clerk"), at=LATER)
    assert (further.state, further.seats, further.after) == ("draft", 1, "further_election")
    assert [o.title for o in further.options.all()] == ["乙", "丙"]


def test_a_tie_leads_to_a_second_ballot_among_the_tied_for_the_places_left() -> None:
    poll = make.hall(
        "returned",
        options=("甲", "乙"),
        entitled=3,
        present=3,
        seats=1,
        rule={**make.pack.load("zhejiang").polls["projects.town.vote"].to_json(), "limit": "none"},
    )
    make.counted(poll, [["f", "f"]] * 2 + [["a", "a"]])
    polls.declare(fresh(poll), by=make.official(poll, "chair"), at=NOW)
    assert box.declared(fresh(poll)).outcome["tied"] == ["甲", "乙"]
    second = after.set_up_next(fresh(poll), by=make.official(poll, "chair"), at=LATER)
    assert (second.state, second.after, second.seats) == ("ready", "second_ballot", 1)
    assert second.law.threshold == "most_votes" and second.previous_id == poll.pk
    assert rules.step(fresh(second)) == "printed"


def test_nothing_follows_a_settled_vote() -> None:
    poll = declared()
    with pytest.raises(ValidationError, match="没有下一轮"):
        after.set_up_next(poll, by=make.official(poll, "chair"), at=LATER)


def test_publishing_and_taking_back_with_a_reason() -> None:
    poll = declared()
    clerk = make.official(poll, "clerk")
    polls.publish(poll, by=clerk, at=NOW)
    with pytest.raises(MoveError):
        polls.publish(fresh(poll), by=clerk, at=NOW)
    with pytest.raises(ValidationError, match="理由"):
        polls.withdraw(fresh(poll), by=clerk, at=NOW, why="")
    polls.withdraw(fresh(poll), by=clerk, at=NOW, why="公告有误")
    assert not Poll.objects.published().exists()


def test_a_rehearsal_copies_form_and_people_and_is_wiped_without_a_trace_in_the_real_meeting() -> None:
    poll = declared()
    clerk = make.official(poll, "clerk")
    copy = rehearsal.rehearse(poll.meeting, by=clerk, at=LATER)
    made = copy.polls.get()
    assert copy.is_rehearsal and made.state == Poll.State.DRAFT
    assert made.options.count() == 3 and made.officials.count() == 5 and not made.figures.exists()
    with pytest.raises(ValidationError, match="正式会议"):
        rehearsal.wipe(poll.meeting, by=clerk, at=LATER)
    rehearsal.wipe(copy, by=clerk, at=LATER)
    assert not Poll.objects.filter(pk=made.pk).exists()
    assert Poll.objects.filter(pk=poll.pk).exists()


def test_a_rehearsed_result_is_never_published() -> None:
    poll = declared()
    Poll.objects.filter(pk=poll.pk)
    poll.meeting.rehearsal_of = make.meeting(poll.meeting.body)
    poll.meeting.save()
    with pytest.raises(Refused):
        polls.publish(fresh(poll), by=make.official(poll, "clerk"), at=LATER)


def test_once_adopted_the_form_is_fixed_until_it_is_reopened_with_a_reason() -> None:
    poll = make.hall("officials")
    clerk = make.official(poll, "clerk")
    with pytest.raises(Refused):
        setup.set_options(poll, ["丁"], by=clerk, at=NOW)
    with pytest.raises(ValidationError, match="理由"):
        polls.reopen(poll, by=clerk, at=NOW, why="")
    polls.reopen(poll, by=clerk, at=NOW, why="漏印一项")
    setup.set_options(fresh(poll), ["丁", "戊"], by=clerk, at=NOW)
    assert rules.step(fresh(poll)) == "method"


def test_it_cannot_be_reopened_with_papers_in_the_hall() -> None:
    poll = make.hall("issued")
    with pytest.raises(Refused):
        polls.reopen(fresh(poll), by=make.official(poll, "clerk"), at=NOW, why="改一改")
