"""What a vote on projects asks for before it opens: each gate beside the state in which it is met."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from tests import make
from tests.make import NOW
from tests.projects import hall
from yishi.journal.models import Entry
from yishi.people.models import Body
from yishi.projects.actions import vote
from yishi.projects.actions.sheets import of as sheet_of
from yishi.projects.actions.sheets import opened, rewrite
from yishi.projects.models import CommitteeReview, Project
from yishi.projects.rules import gates as rules
from yishi.projects.rules.ballot import detail
from yishi.voting.actions import after, polls, rehearsal
from yishi.voting.models import Poll
from yishi.voting.rules import polls as voting
from yishi.voting.words import report
from yishi.web.access import Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def call():
    return hall.candidates()


@pytest.fixture
def poll(call):
    return hall.ballot(call)


def asked(poll, at=NOW):
    fresh = Poll.objects.whole().get(pk=poll.pk)
    return {gate.key.removeprefix("projects_"): gate for gate in rules.gates(fresh, at)}


def unmet(poll):
    return {key for key, gate in asked(poll).items() if not gate.met}


def fresh(poll):
    return Poll.objects.whole().get(pk=poll.pk)


def opens(poll):
    polls.open_poll(fresh(poll), by=make.official(poll, "chair"), at=NOW)


def amended(project, **changes):
    values = {**opened(sheet_of(project)), **changes}
    return rewrite(project, values, why="审议后修改", by=make.user(), at=NOW)


def test_a_poll_on_no_projects_is_asked_for_nothing():
    assert list(rules.gates(make.poll(), NOW)) == []
    assert voting.told(make.poll(), NOW) == []


def test_with_everything_done_the_chair_opens(call, poll):
    hall.ready(call, poll)
    assert unmet(poll) == set()
    assert set(asked(poll)) == {"papers", "newest", "explained", "answered", "ballot"}
    opens(poll)
    assert fresh(poll).state == "open"


def test_with_nothing_done_it_does_not_open_and_is_told_what_to_do(poll):
    with pytest.raises(ValidationError) as refused:
        opens(poll)
    told = " ".join(refused.value.messages)
    assert "会议材料里还没有候选项目材料" in told and "登记说明人" in told
    assert fresh(poll).state == "ready"


def test_only_the_chair_passes_what_may_be_passed(poll):
    soft = {key for key, gate in asked(poll).items() if gate.soft}
    assert soft == {"papers", "explained", "answered"}  # "newest" stands only where there are papers
    with pytest.raises(Refused):
        polls.override(fresh(poll), "projects_papers", by=make.official(poll, "clerk"), at=NOW, why="来不及")
    chair = make.official(poll, "chair")
    for key in ("papers", "explained"):
        with pytest.raises(ValidationError):
            polls.override(fresh(poll), f"projects_{key}", by=chair, at=NOW, why=" ")
        polls.override(fresh(poll), f"projects_{key}", by=chair, at=NOW, why="大会同意当场印发")
    with pytest.raises(ValidationError):
        polls.override(fresh(poll), "projects_answered", by=chair, at=NOW, why="没有意见")  # it is met
    opens(poll)


def test_what_was_passed_for_one_ballot_is_asked_again_when_the_ballot_is_drafted_anew(call):
    poll = hall.ballot(call, step="quorum")
    chair = make.official(poll, "chair")
    hall.explained(call, poll.meeting)
    polls.override(fresh(poll), "projects_papers", by=chair, at=NOW, why="大会同意当场印发")
    polls.reopen(fresh(poll), by=make.official(poll, "clerk"), at=NOW, why="改票面")
    assert not asked(poll)["papers"].passed
    assert Entry.objects.filter(verb="voting.poll.draft").last().data["gates"] == ["projects_papers"]


def test_a_passed_gate_is_printed_by_its_name_in_chinese(call, poll):
    chair = make.official(poll, "chair")
    for key in ("papers", "explained"):
        polls.override(fresh(poll), f"projects_{key}", by=chair, at=NOW, why="大会同意当场印发")
    opens(poll)
    polls.close_poll(fresh(poll), by=chair, at=NOW)
    polls.say(fresh(poll), "returned", 5, by=make.official(poll, "clerk"), at=NOW)
    tally = make.counted(fresh(poll), [["f", "f", "a"]] * 5)
    with translation.override("en"):
        told = " ".join(report.remarks(fresh(poll), tally))
    assert "“候选项目材料已按时送达全体应到人员”未满足时继续，理由：大会同意当场印发" in told
    assert "“已向会议作候选项目的说明”" in told and "projects_" not in told


# --- the papers --------------------------------------------------------------


def test_papers_reach_everybody_a_day_before(call, poll):
    hall.explained(call, poll.meeting)
    made = hall.booklet(poll.meeting, call, reached=None)
    voters = list(poll.meeting.voters.all())
    hall.deliver(made, NOW - timedelta(days=1), voters[:3])
    hall.deliver(made, NOW, voters[3:4])
    gate = asked(poll)["papers"]
    assert not gate.met
    assert "应到6人，按时收到3人，收到晚了1人，没有收到2人" in gate.why and "2026年1月19日" in gate.why
    assert "第二十条" in gate.article
    assert "2人没有收到" in asked(poll)["newest"].why


@pytest.mark.parametrize(("days", "met"), [(2, True), (1, True), (0, False)])
def test_the_day_before_is_in_time_and_the_day_itself_is_late(call, poll, days, met):
    hall.booklet(poll.meeting, call, reached=NOW - timedelta(days=days))
    assert asked(poll)["papers"].met is met


def test_days_are_those_of_zhejiang_not_of_greenwich(call, poll):
    late_evening = NOW.replace(hour=23, minute=59) - timedelta(days=1)
    hall.booklet(poll.meeting, call, reached=late_evening)
    assert asked(poll)["papers"].met
    early = hall.candidates()
    other = hall.ballot(early)
    hall.booklet(other.meeting, early, reached=NOW.replace(hour=0, minute=1))
    assert not asked(other)["papers"].met


def test_papers_of_an_earlier_meeting_of_the_session_count_and_of_an_older_session_do_not(call, poll):
    here = poll.meeting
    before = make.meeting(here.body, deputies=0, term=here.term, starts_at=NOW - timedelta(days=1))
    for voter in here.voters.all():
        before.voters.create(seat=voter.seat)
    old = make.meeting(here.body, deputies=0, term=here.term, starts_at=NOW - timedelta(days=300))
    hall.booklet(old, call, reached=None)
    assert "会议材料里" in asked(poll)["papers"].why
    hall.booklet(before, call, reached=NOW - timedelta(days=2))
    assert asked(poll)["papers"].met


def test_a_changed_sheet_asks_for_a_new_paper_which_may_come_on_the_day(call, poll):
    hall.ready(call, poll)
    project = call.projects.first()
    amended(project, content="改为加装20台")
    assert unmet(poll) == {"newest"}
    assert "材料不是最新稿" in asked(poll)["newest"].why and "“甲”" in asked(poll)["newest"].why
    new = hall.booklet(poll.meeting, call, at=NOW, reached=None)
    assert "还有6人没有收到" in asked(poll)["newest"].why
    hall.deliver(new, NOW)
    assert unmet(poll) == set()


def test_a_paper_with_a_candidate_that_left_since_is_not_the_newest(call, poll):
    hall.ready(call, poll)
    call.projects.filter(title="丙").update(state=Project.State.WITHDRAWN, poll=None)
    gate = asked(poll)["newest"]
    assert not gate.met and "“丙”" in gate.why


def test_a_withdrawn_paper_is_not_the_newest(call, poll):
    hall.ready(call, poll)
    material = call.booklets.get().material
    material.withdrawn_at = NOW
    material.save()
    assert "已撤回" in asked(poll)["newest"].why


# --- explanation, comments, committee, ballot ---------------------------------


def test_an_explanation_in_the_session_counts_and_one_of_another_call_does_not(call, poll):
    here = poll.meeting
    hall.explained(make.call(here.body, year=2025), here)
    assert not asked(poll)["explained"].met
    before = make.meeting(here.body, deputies=0, term=here.term, starts_at=NOW - timedelta(days=1))
    hall.explained(call, before)
    assert asked(poll)["explained"].met


@pytest.mark.parametrize(("state", "met"), [("open", False), ("answered", True), ("noted", True)])
def test_every_comment_is_answered_or_noted(call, poll, state, met):
    hall.comment(call, call.projects.first(), state=state)
    gate = asked(poll)["answered"]
    assert gate.met is met and ("还有1条" in gate.why) is not met


def test_a_countys_candidates_go_before_the_committee_first():
    county = make.body(Body.Kind.COUNTY_CONGRESS)
    call = hall.candidates()
    poll = hall.ballot(call, "projects.county.vote")
    Body.objects.filter(pk=poll.meeting.body_id).update(kind=county.kind)
    gate = asked(poll)["committee"]
    assert not gate.met and "3个项目" in gate.why and "第四条第三款" in gate.article
    review = CommitteeReview.objects.create(
        call=call, held_on=NOW.date(), text="同意", at=NOW, by=make.user()
    )
    call.projects.update(review=review)
    assert asked(poll)["committee"].met


def test_that_the_committee_comes_first_is_the_law_and_cannot_be_passed(call, poll):
    Body.objects.filter(pk=poll.meeting.body_id).update(kind=Body.Kind.COUNTY_CONGRESS)
    assert not asked(poll)["committee"].soft and asked(poll)["answered"].soft
    chair = make.official(poll, "chair")
    with pytest.raises(ValidationError, match="不能越过"):
        polls.override(fresh(poll), "projects_committee", by=chair, at=NOW, why="来不及")


def test_the_ballot_has_the_places_of_the_call_and_cannot_be_passed(call, poll):
    type(call).objects.filter(pk=call.pk).update(seats=1)
    gate = asked(poll)["ballot"]
    assert not gate.met and not gate.soft and "应选2个" in gate.why and "拟选1个" in gate.why


def test_a_ballot_in_draft_is_brought_up_to_the_places_of_the_call(call):
    poll = hall.ballot(call, step="form")
    type(call).objects.filter(pk=call.pk).update(seats=1)
    vote.renew_ballot(fresh(poll), by=make.official(poll, "clerk"), at=NOW)
    assert fresh(poll).seats == 1 and asked(poll)["ballot"].met


def test_the_ballot_names_the_projects_as_their_sheets_do(call, poll):
    assert asked(poll)["ballot"].met
    amended(call.projects.first(), title="甲项目")
    gate = asked(poll)["ballot"]
    assert not gate.met and "“甲”" in gate.why and "“甲项目”" in gate.why


def test_two_names_that_changed_places_are_seen_by_what_the_ballot_says_of_them(call, poll):
    first, second, _third = call.projects.order_by("number")
    for option, one in zip(poll.options.all(), call.projects.order_by("number"), strict=True):
        option.detail = detail(one)
        option.save()
    assert asked(poll)["ballot"].met
    amended(second, cost=2_000_000_00)
    assert "“乙”" in asked(poll)["ballot"].why
    amended(second, cost=first.cost)
    assert asked(poll)["ballot"].met
    amended(second, title="换", content="新建停车场一处")
    amended(first, title="乙")
    amended(second, title="甲")
    gate = asked(poll)["ballot"]
    assert not gate.met and "“甲”" in gate.why


def test_a_repeat_names_the_projects_as_their_sheets_do_too(call, poll):
    hall.ready(call, poll)
    Poll.objects.filter(pk=poll.pk).update(state="void")
    second = after.set_up_next(fresh(poll), by=make.official(poll, "chair"), at=NOW)
    assert asked(second)["ballot"].met
    amended(call.projects.first(), title="甲项目")
    assert "“甲项目”" in asked(second)["ballot"].why


def test_a_withdrawn_candidate_left_on_the_ballot_is_named(call, poll):
    call.projects.filter(title="丙").update(state=Project.State.WITHDRAWN)
    assert "“丙”" in asked(poll)["ballot"].why


# --- second ballots, rehearsals, cost ----------------------------------------


def test_what_was_passed_for_the_first_ballot_stays_passed_for_the_second(call, poll):
    chair = make.official(poll, "chair")
    hall.booklet(poll.meeting, call)
    polls.override(fresh(poll), "projects_explained", by=chair, at=NOW, why="书面说明")
    opens(poll)
    polls.close_poll(fresh(poll), by=chair, at=NOW)
    polls.say(fresh(poll), "returned", 5, by=make.official(poll, "clerk"), at=NOW)
    make.counted(fresh(poll), [["f", "f", "a"]] * 3 + [["f", "a", "f"]] * 2)
    polls.declare(fresh(poll), by=chair, at=NOW)
    Poll.objects.filter(pk=poll.pk).update(state="void")
    second = after.set_up_next(fresh(poll), by=chair, at=NOW)
    found = asked(second)
    assert found["explained"].passed and found["explained"].overridden == "书面说明"
    assert all(gate.passed for gate in found.values())


def test_an_old_paper_passed_for_a_void_vote_is_asked_again_for_its_repeat(call, poll):
    hall.ready(call, poll)
    amended(call.projects.first(), cost=2_000_000_00)
    chair = make.official(poll, "chair")
    polls.override(fresh(poll), "projects_newest", by=chair, at=NOW, why="只改了投资")
    Poll.objects.filter(pk=poll.pk).update(state="void")
    second = after.set_up_next(fresh(poll), by=chair, at=NOW)
    assert not asked(second)["newest"].passed


def test_a_rehearsal_of_a_vote_on_projects_is_asked_for_nothing(poll):
    copy = rehearsal.rehearse(poll.meeting, by=make.official(poll, "clerk"), at=NOW)
    assert asked(copy.polls.get()) == {}


def test_once_open_nothing_is_asked_again(call, poll):
    hall.ready(call, poll)
    opens(poll)
    hall.comment(call)
    assert voting.above(fresh(poll), NOW) == []


def test_the_gates_cost_the_same_for_many_projects_and_voters(call, poll):
    hall.ready(call, poll)

    def cost():
        with CaptureQueriesContext(connection) as found:
            assert len(asked(poll)) == 5
        return len(found)

    before = cost()
    for n in range(20):
        make.project(call, f"项目{n}", poll=poll)
    make.voters(poll.meeting, 20)
    hall.booklet(poll.meeting, call)
    assert cost() == before


def test_a_list_of_polls_asks_no_gate(call, poll):
    browser = make.client(make.official(poll, "clerk"))
    with CaptureQueriesContext(connection) as found:
        assert browser.get(f"/meetings/{poll.meeting_id}/polls/").status_code == 200
    assert not any("projects_" in query["sql"] for query in found)


# --- the chair's page --------------------------------------------------------


def test_the_chairs_page_shows_from_the_start_what_is_lacking(call):
    poll = hall.ballot(call, step="form")
    page = make.client(make.official(poll, "chair")).get(f"/voting/{poll.pk}/chair/").content.decode()
    assert "开始投票以前" in page and "会议材料里还没有候选项目材料" in page


def test_the_chair_passes_a_gate_on_the_page_with_a_reason(call, poll):
    hall.booklet(poll.meeting, call)
    browser = make.client(make.official(poll, "chair"))
    address = f"/voting/{poll.pk}/chair/"
    page = browser.get(address).content.decode()
    assert "没有满足也要继续：已向会议作候选项目的说明" in page and ">开始投票</button>" not in page
    browser.post(f"/voting/{poll.pk}/override/projects_explained/", {"why": "已书面说明"})
    assert ">开始投票</button>" in browser.get(address).content.decode()
    browser.post(f"{address}open/")
    assert fresh(poll).state == "open"
