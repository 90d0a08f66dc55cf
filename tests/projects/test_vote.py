"""The vote on candidates: the ballot made, the declared result read back, a street's confirmation."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import make
from tests.make import NOW
from tests.projects import hall
from yishi.journal.models import Entry
from yishi.journal.moves import MoveError
from yishi.people.models import Body, User
from yishi.projects.actions import candidates
from yishi.projects.actions import vote as do
from yishi.projects.actions.sheets import of as sheet_of
from yishi.projects.actions.sheets import opened, rewrite
from yishi.projects.models import CommitteeReview, Project, Report
from yishi.projects.rules import ledger
from yishi.projects.rules import vote as rules
from yishi.projects.rules.ballot import detail
from yishi.voting.actions import after, counting, polls, rehearsal, setup
from yishi.voting.models import Poll
from yishi.web.access import Refused

pytestmark = pytest.mark.django_db

WON = [["f", "f", "a"]] * 5
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def call():
    return hall.candidates()


@pytest.fixture
def clerk(call):
    return make.clerk(call.body)


@pytest.fixture
def meeting(call):
    return make.meeting(call.body)


def fresh(poll):
    return Poll.objects.whole().get(pk=poll.pk)


def put(call, meeting, by, projects=None, **fields):
    fields.setdefault("title", "2026年民生实事项目票决")
    return do.put_to_vote(call, meeting, projects or call.projects.all(), by=by, at=NOW, **fields)


def states(call):
    return dict(call.projects.values_list("title", "state"))


def counted(call, ballots=WON, **fields):
    """A ballot on the candidates, all of it done but for the declaration."""
    poll = hall.ballot(call, **fields)
    hall.ready(call, poll)
    chair = make.official(poll, "chair")
    polls.open_poll(fresh(poll), by=chair, at=NOW)
    polls.close_poll(fresh(poll), by=chair, at=NOW)
    polls.say(fresh(poll), "returned", len(ballots), by=make.official(poll, "clerk"), at=NOW)
    make.counted(fresh(poll), ballots)
    return fresh(poll)


def declared(call, ballots=WON, **fields):
    poll = counted(call, ballots, **fields)
    polls.declare(poll, by=make.official(poll, "chair"), at=NOW)
    return fresh(poll)


def read(poll, at=NOW):
    return do.adopt(fresh(poll), by=make.official(poll, "clerk"), at=at)


def second_ballot(first, ballots):
    """The ballot among the tied, declared."""
    poll = after.set_up_next(fresh(first), by=make.official(first, "clerk"), at=NOW)
    accounts = {
        name: make.official(first, name) for name in ("clerk", "chair", "chief", "watcher", "one", "two")
    }
    who = {"at": NOW}
    n = len(ballots)
    polls.say(fresh(poll), "printed", n + 1, by=accounts["clerk"], **who)
    polls.count_present(fresh(poll), by=accounts["clerk"], **who)
    polls.hand_out(fresh(poll), n, 1, by=accounts["clerk"], **who)
    for name in ("chief", "watcher"):
        polls.seal(fresh(poll), by=accounts[name], **who)
    polls.open_poll(fresh(poll), by=accounts["chair"], **who)
    polls.close_poll(fresh(poll), by=accounts["chair"], **who)
    polls.say(fresh(poll), "returned", n, by=accounts["clerk"], **who)
    left = iter(ballots)
    for batch in counting.lay_out(fresh(poll), by=accounts["chief"], **who):
        batch.poll = fresh(poll)
        sheets = [next(left) for _sheet in range(batch.size)]
        for name in ("one", "two"):
            keying = counting.begin(batch, by=accounts[name], **who)
            for number, marks in enumerate(sheets, start=1):
                counting.key(keying, number, marks=marks, revision=1, complete=True, by=accounts[name], **who)
            counting.finish(keying, by=accounts[name], **who)
    counting.confirm(counting.tally(fresh(poll), by=accounts["chief"], **who), by=accounts["chief"], **who)
    polls.declare(fresh(poll), by=accounts["chair"], **who)
    return fresh(poll)


# --- the ballot --------------------------------------------------------------


def test_the_ballot_has_every_candidate_in_order_with_its_detail(call, clerk, meeting):
    poll = put(call, meeting, clerk)
    assert (poll.rule_key, poll.seats, poll.state) == ("projects.town.vote", 2, "draft")
    lines = list(poll.options.values_list("title", "detail"))
    assert [title for title, _detail in lines] == ["甲", "乙", "丙"]
    assert lines[0][1] == "为六层以上老小区加装电梯30台；枫溪村；投资120万元；2026年11月30日前完成"
    assert set(call.projects.values_list("poll", flat=True)) == {poll.pk}
    assert Entry.objects.get(verb="projects.put_to_vote").data["poll"] == poll.pk


def test_a_detail_is_cut_to_what_the_ballot_holds_and_keeps_cost_and_day():
    project = make.project(content="长" * 1000, where="村" * 80)
    cut = detail(project)
    assert len(cut) == 300 and "…；" in cut and cut.endswith("投资120万元；2026年11月30日前完成")


def test_the_countys_answers_to_open_points_go_into_the_rule(call, clerk, meeting):
    poll = put(call, meeting, clerk, choices={"projects.over_choice": "none"})
    assert poll.rule["limit"] == "none"


def test_some_of_the_candidates_may_be_put(call, clerk, meeting):
    poll = put(call, meeting, clerk, list(call.projects.all()[:2]))
    assert poll.options.count() == 2 and call.projects.last().poll is None


def test_the_body_that_votes_votes(call, clerk, meeting):
    copy = make.meeting(call.body, rehearsal_of=meeting)
    closed = make.meeting(call.body, state="closed")
    for wrong in (make.meeting(), copy, closed):
        with pytest.raises(ValidationError) as refused:
            put(call, wrong, clerk)
        assert set(refused.value.error_dict) == {"meeting"}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"cost": None}, "还缺：投资"),
        ({"content": ""}, "还缺：建设内容"),
        ({"state": Project.State.WITHDRAWN}, "不是候选项目"),
    ],
)
def test_a_candidate_that_is_not_ready_is_named(call, clerk, meeting, fields, told):
    call.projects.filter(title="乙").update(**fields)
    with pytest.raises(ValidationError) as refused:
        put(call, meeting, clerk)
    said = " ".join(refused.value.message_dict["projects"])
    assert "“乙”" in said and told in said and not Poll.objects.exists()


def test_a_candidate_stands_on_one_ballot_only(call, clerk, meeting):
    first = put(call, meeting, clerk)
    with pytest.raises(ValidationError, match="已列入"):
        put(call, meeting, clerk)
    Poll.objects.filter(pk=first.pk).update(state="void")
    put(call, meeting, clerk)


def test_without_places_or_candidates_there_is_no_ballot(call, clerk, meeting):
    call.seats = None
    call.save()
    with pytest.raises(ValidationError, match="拟选项目数"):
        put(call, meeting, clerk)
    with pytest.raises(ValidationError):
        put(call, meeting, clerk, [make.project()])


def test_only_the_clerk_of_the_call_who_is_clerk_where_it_is_voted_puts_to_vote(call, meeting):
    for who in (make.chair(call.body), make.clerk(make.body()), make.user()):
        with pytest.raises(Refused):
            put(call, meeting, who)


def test_a_countys_candidates_wait_for_the_committee():
    county = make.body(Body.Kind.COUNTY_CONGRESS)
    call = hall.candidates(of=county)
    clerk, meeting = make.clerk(county), make.meeting(county)
    with pytest.raises(ValidationError, match="常委会"):
        put(call, meeting, clerk)
    review = CommitteeReview.objects.create(call=call, held_on=NOW.date(), text="同意", at=NOW, by=clerk)
    call.projects.update(review=review)
    assert put(call, meeting, clerk).rule_key == "projects.county.vote"


def test_a_street_recommends_in_its_council_and_needs_its_clerk():
    street = make.body(Body.Kind.STREET_COMMITTEE)
    council = make.body(Body.Kind.RESIDENTS_COUNCIL, parent=street)
    call, meeting = hall.candidates(of=street), make.meeting(council)
    with pytest.raises(ValidationError, match="没有这个角色"):
        put(call, meeting, make.clerk(street))
    both = make.user("", ("clerk", street), ("clerk", council))
    assert put(call, meeting, both).rule_key == "projects.street.recommendation"


def test_a_draft_follows_the_sheets_when_it_is_renewed(call, clerk, meeting):
    poll = put(call, meeting, clerk)
    one = call.projects.first()
    rewrite(one, {**opened(sheet_of(one)), "title": "甲项目"}, why="改名", by=clerk, at=NOW)
    do.renew_ballot(fresh(poll), by=clerk, at=NOW)
    assert poll.options.first().title == "甲项目"
    Poll.objects.filter(pk=poll.pk).update(state="ready")
    with pytest.raises(ValidationError):
        do.renew_ballot(fresh(poll), by=clerk, at=NOW)


def test_projects_are_taken_off_a_draft_with_a_reason_and_then_it_can_be_dropped(call, clerk, meeting):
    poll = put(call, meeting, clerk)
    with pytest.raises(ValidationError, match="先在那里解除"):
        setup.drop(fresh(poll), by=clerk, at=NOW, why="换一次会议")
    with pytest.raises(ValidationError):
        do.take_off(fresh(poll), " ", by=clerk, at=NOW)
    do.take_off(fresh(poll), "换一次会议", by=clerk, at=NOW)
    setup.drop(fresh(poll), by=clerk, at=NOW, why="换一次会议")
    put(call, meeting, clerk)


def test_nobody_takes_them_off_an_adopted_ballot(call, clerk, meeting):
    poll = fresh(put(call, meeting, clerk))
    Poll.objects.filter(pk=poll.pk).update(state="ready")
    with pytest.raises(ValidationError):
        do.take_off(fresh(poll), "不要了", by=clerk, at=NOW)
    with pytest.raises(ValidationError):  # fetched before the method was adopted
        do.take_off(poll, "不要了", by=clerk, at=NOW)
    assert call.projects.filter(poll=poll).count() == 3


def test_a_committee_without_its_congress_is_told_that_there_is_no_meeting():
    alone = make.body(Body.Kind.STANDING_COMMITTEE)
    call = hall.candidates(of=alone)
    page = text(make.client(make.clerk(alone)).get(url("vote_new", call.pk)))
    assert "还没有可以票决的会议" in page


# --- the result --------------------------------------------------------------


def test_the_declared_result_adopts_some_and_says_why_not_the_others(call):
    poll = declared(call)
    moved = read(poll)
    assert len(moved) == 3
    assert states(call) == {"甲": "adopted", "乙": "adopted", "丙": "not_adopted"}
    won, lost = call.projects.get(title="甲"), call.projects.get(title="丙")
    assert won.adopted_at == NOW and won.reason == ""
    assert lost.adopted_at is None and lost.reason.startswith("同意0票，反对5票，弃权0票。")
    assert "应到" in lost.reason


def test_before_the_declaration_nothing_is_read(call):
    poll = counted(call)
    with pytest.raises(ValidationError, match="还没有宣布"):
        read(poll)
    assert set(states(call).values()) == {"candidate"}


def test_read_twice_changes_nothing(call):
    poll = declared(call)
    read(poll)
    with pytest.raises(ValidationError) as refused:
        read(poll)
    assert refused.value.code == "same"


def test_only_the_clerk_of_the_call_reads_it(call):
    poll = declared(call)
    for name in ("chair", "chief", "one"):
        with pytest.raises(Refused):
            do.adopt(fresh(poll), by=make.official(poll, name), at=NOW)


def test_titles_that_do_not_match_are_named_and_nothing_moves(call):
    poll = declared(call)
    call.projects.filter(title="甲").update(title="别的名称")
    with pytest.raises(ValidationError) as refused:
        read(poll)
    told = " ".join(refused.value.messages)
    assert "“甲”" in told and "“别的名称”" in told
    assert set(states(call).values()) == {"candidate"}


def test_a_void_vote_adopts_nothing(call):
    poll = counted(call)
    polls.void(poll, by=make.official(poll, "chair"), at=NOW, why="票箱被打开过")
    with pytest.raises(ValidationError, match="作废"):
        read(poll)


def test_while_a_void_vote_is_repeated_no_sheet_changes_and_nothing_leaves(call):
    poll = counted(call)
    clerk, one = make.official(poll, "clerk"), call.projects.first()
    polls.void(poll, by=make.official(poll, "chair"), at=NOW, why="票箱被打开过")
    one = Project.objects.get(pk=one.pk)
    free = {**opened(sheet_of(one)), "funds": "镇财政"}
    assert candidates.change_sheet(one, free, "作废后修改", by=clerk, at=NOW)
    after.set_up_next(fresh(poll), by=clerk, at=NOW)
    one = Project.objects.get(pk=one.pk)
    for act in (
        lambda: candidates.change_sheet(one, {**free, "title": "乙二"}, "改名", by=clerk, at=NOW),
        lambda: candidates.withdraw(one, why="用地没有落实，今年办不了", by=clerk, at=NOW),
        lambda: candidates.set_seats(call, seats=1, by=clerk, at=NOW),
        lambda: candidates.put_forward(call, title="新的项目", by=clerk, at=NOW),
    ):
        with pytest.raises(ValidationError):
            act()
    assert call.projects.filter(poll=poll).count() == 3


def test_a_rehearsal_adopts_nothing(call):
    poll = declared(call)
    copy = rehearsal.rehearse(poll.meeting, by=make.official(poll, "clerk"), at=NOW)
    practice = copy.polls.get()
    with pytest.raises(ValidationError):
        do.adopt(fresh(practice), by=make.official(poll, "clerk"), at=NOW)
    call.projects.update(poll=practice)
    with pytest.raises(ValidationError, match="演练"):
        do.adopt(fresh(practice), by=make.official(poll, "clerk"), at=NOW)


def test_a_poll_on_something_else_adopts_nothing():
    poll = make.returned(1)
    with pytest.raises(ValidationError):
        do.adopt(fresh(poll), by=make.official(poll, "clerk"), at=NOW)


def equal():
    """A town of five in which all vote for 甲 and for both others: three places would be needed."""
    call = hall.candidates(seats=2)
    # No limit on a ballot, or nobody could give both of the last two the same majority.
    poll = hall.ballot(call)
    Poll.objects.filter(pk=poll.pk).update(rule={**poll.rule, "limit": "none"})
    hall.ready(call, poll)
    chair = make.official(poll, "chair")
    polls.open_poll(fresh(poll), by=chair, at=NOW)
    polls.close_poll(fresh(poll), by=chair, at=NOW)
    polls.say(fresh(poll), "returned", 5, by=make.official(poll, "clerk"), at=NOW)
    make.counted(fresh(poll), [["f", "f", "f"]] * 4 + [["f", "a", "a"]])
    polls.declare(fresh(poll), by=chair, at=NOW)
    return call, fresh(poll)


def test_equal_votes_stay_candidates_until_the_second_ballot_is_declared():
    call, poll = equal()
    read(poll)
    assert states(call) == {"甲": "adopted", "乙": "candidate", "丙": "candidate"}
    with pytest.raises(ValidationError):
        read(poll)
    second_ballot(poll, [["a", "f"]] * 5)
    read(poll)
    assert states(call) == {"甲": "adopted", "乙": "not_adopted", "丙": "adopted"}


def test_what_a_repeat_of_a_void_vote_adopts_is_public_once_the_repeat_is_published(call):
    void = counted(call)
    clerk, chair = make.official(void, "clerk"), make.official(void, "chair")
    polls.void(void, by=chair, at=NOW, why="票箱被打开过")
    repeat = second_ballot(void, WON)
    read(void)
    assert states(call) == {"甲": "adopted", "乙": "adopted", "丙": "not_adopted"}
    assert set(call.projects.values_list("poll", flat=True)) == {repeat.pk}
    one = ledger.PUBLIC.get(title="甲", call=call)
    assert ledger.public_state(one) == "candidate"
    polls.publish(fresh(repeat), by=clerk, at=NOW)
    one = ledger.PUBLIC.get(title="甲", call=call)
    assert ledger.public_state(one) == "adopted" and ledger.is_open_delivery(one)
    with pytest.raises(ValidationError) as refused:
        do.adopt(fresh(repeat), by=clerk, at=NOW)
    assert refused.value.code == "same"
    page = make.client(clerk).get(reverse("vote", args=[call.pk]))
    assert page.status_code == 200 and [b["root"].pk for b in page.context["ballots"]] == [repeat.pk]


def test_the_result_may_be_read_from_the_second_ballot_too():
    call, poll = equal()
    second = second_ballot(poll, [["f", "a"]] * 5)
    do.adopt(second, by=make.official(poll, "clerk"), at=NOW)
    assert states(call) == {"甲": "adopted", "乙": "adopted", "丙": "not_adopted"}


def recount(poll, by, outcome_titles):
    """A corrected tally that decides otherwise, confirmed but not declared yet."""
    old = poll.tallies.current()
    outcome = {**old.outcome, "adopted": outcome_titles[0], "not_adopted": outcome_titles[1]}
    return poll.tallies.create(
        figures=old.figures, outcome=outcome, at=LATER, by=by, why="一批票算错",
        replaces=old, confirmed_by=by, confirmed_at=LATER,
    )  # fmt: skip


def test_a_correction_is_read_only_after_it_was_declared(call):
    poll = declared(call)
    read(poll)
    recount(poll, make.official(poll, "chief"), (["甲", "丙"], ["乙"]))
    with pytest.raises(ValidationError) as refused:
        read(poll)
    assert refused.value.code == "stale"
    Poll.objects.filter(pk=poll.pk).update(declared_at=LATER)
    moved = read(poll, at=LATER)
    assert {one.title for one in moved} >= {"乙", "丙"}
    assert states(call) == {"甲": "adopted", "乙": "not_adopted", "丙": "adopted"}
    assert call.projects.get(title="丙").reason == ""


def test_what_was_reported_on_is_not_moved_by_a_correction(call):
    poll = declared(call)
    read(poll)
    loser = call.projects.get(title="乙")
    Report.objects.create(
        project=loser, month=date(2026, 2, 1), percent=5, text="开工", at=NOW, by=make.user()
    )
    recount(poll, make.official(poll, "chief"), (["甲", "丙"], ["乙"]))
    Poll.objects.filter(pk=poll.pk).update(declared_at=LATER)
    with pytest.raises(ValidationError, match="“乙”"):
        read(poll, at=LATER)
    assert states(call) == {"甲": "adopted", "乙": "adopted", "丙": "not_adopted"}


# --- a street's confirmation -------------------------------------------------


@pytest.fixture
def street():
    """A street whose council recommended 甲 and 乙, read back."""
    call = hall.candidates()
    poll = declared(call, [["f", "f", ""]] * 5, rule_key="projects.street.recommendation")
    committee = make.body(Body.Kind.STREET_COMMITTEE)
    Body.objects.filter(pk=poll.meeting.body_id).update(kind="residents_council", parent=committee)
    call.body = committee
    call.save()
    do.adopt(fresh(poll), by=make.clerk(committee, f"street-{call.pk}"), at=NOW)
    return call


def street_clerk(call):
    return User.objects.get(username=f"street-{call.pk}")


def recommended(call):
    return list(call.projects.filter(state="recommended").select_related("call__body"))


def test_a_street_only_recommends(street):
    assert states(street) == {"甲": "recommended", "乙": "recommended", "丙": "not_adopted"}


def test_what_is_confirmed_is_adopted_with_day_and_paper(street):
    assert (
        do.confirm(recommended(street), NOW.date(), "党工委第3次会议", by=street_clerk(street), at=NOW) == 2
    )
    one = street.projects.get(title="甲")
    assert (one.state, one.confirmed_on, one.confirmed_by) == ("adopted", NOW.date(), "党工委第3次会议")
    with pytest.raises(ValidationError):
        do.confirm([one], NOW.date(), "再一次", by=street_clerk(street), at=NOW)


def test_what_is_not_confirmed_keeps_its_reason_and_is_not_read_back(street):
    one = street.projects.select_related("call__body").get(title="乙")
    clerk = street_clerk(street)
    with pytest.raises(ValidationError):
        do.not_confirm(one, " ", by=clerk, at=NOW)
    do.not_confirm(one, "土地没有落实", by=clerk, at=NOW)
    assert street.projects.get(title="乙").reason == "土地没有落实"
    with pytest.raises(ValidationError):
        do.adopt(fresh(one.poll), by=clerk, at=NOW)
    assert street.projects.get(title="乙").state == "not_adopted"
    with pytest.raises(ValidationError):
        do.not_confirm(one, "再一次", by=clerk, at=NOW)


@pytest.mark.parametrize(
    ("on", "paper", "field"),
    [
        (date(2026, 1, 19), "党工委会议", "on"),
        (date(2026, 1, 21), "党工委会议", "on"),
        (date(2026, 1, 20), " ", "paper"),
        (date(2026, 1, 20), "长" * 121, "paper"),
    ],
)
def test_a_confirmation_is_of_a_day_after_the_vote_and_by_a_paper(street, on, paper, field):
    with pytest.raises(ValidationError) as refused:
        do.confirm(recommended(street), on, paper, by=street_clerk(street), at=NOW)
    assert set(refused.value.error_dict) == {field} and len(recommended(street)) == 2


def test_only_the_streets_own_clerk_records_the_confirmation(street):
    for who in (make.chair(street.body), make.clerk(make.body()), make.user()):
        with pytest.raises(Refused):
            do.confirm(recommended(street), NOW.date(), "党工委会议", by=who, at=NOW)
        with pytest.raises(Refused):
            do.not_confirm(recommended(street)[0], "不同意", by=who, at=NOW)


def test_a_town_needs_nobodys_confirmation(call, clerk):
    project = call.projects.first()
    assert not rules.may_confirm(clerk, call, NOW)
    with pytest.raises(Refused):
        do.confirm([project], NOW.date(), "会议", by=clerk, at=NOW)


@pytest.mark.parametrize("state", [s for s in Project.State if s != "recommended"])
def test_nothing_but_a_recommendation_is_confirmed(street, state):
    one = street.projects.select_related("call__body").get(title="甲")
    Project.objects.filter(pk=one.pk).update(state=state)
    one.state = state
    for act in (
        lambda who: do.confirm([one], NOW.date(), "会议", by=who, at=NOW),
        lambda who: do.not_confirm(one, "不同意", by=who, at=NOW),
    ):
        with pytest.raises((ValidationError, MoveError)):
            act(street_clerk(street))


# --- pages -------------------------------------------------------------------


def url(name, *args):
    return reverse(name, args=args)


def text(response):
    assert response.status_code == 200
    return response.content.decode()


def test_the_page_leads_from_no_ballot_to_the_ballot(call, clerk, meeting):
    browser = make.client(clerk)
    assert "3个候选项目还没有列上票面" in text(browser.get(url("vote", call.pk)))
    page = text(browser.get(url("vote_new", call.pk)))
    assert "应选2个，从3个候选项目中产生" in page and "赞成的项目多于应选数" in page
    typed = {"meeting": meeting.pk, "title": "票决", "size": "A4", "batch_size": 50, "choice-0": "none"}
    refused = browser.post(url("vote_new", call.pk), typed)
    assert refused.context["form"].errors and not Poll.objects.exists()
    keys = [one.pk for one in call.projects.all()]
    done = browser.post(url("vote_new", call.pk), {**typed, "projects": keys, **extra(refused)})
    poll = Poll.objects.get()
    assert done.url == url("poll", poll.pk)
    assert "会议材料里还没有候选项目材料" in text(browser.get(url("vote", call.pk)))


def extra(answer):
    """The answers to the open points as the form has them."""
    form = answer.context["form"]
    return {name: form.fields[name].initial for name in form.points}


def test_an_incomplete_candidate_is_named_on_the_page_and_in_the_form(call, clerk, meeting):
    call.projects.filter(title="乙").update(cost=None)
    browser = make.client(clerk)
    assert "还缺" in text(browser.get(url("vote", call.pk)))
    page = browser.get(url("vote_new", call.pk))
    typed = {"meeting": meeting.pk, "title": "票决", "size": "A4", "batch_size": 50, **extra(page)}
    typed["projects"] = [one.pk for one in call.projects.all()]
    assert "“乙”还缺：投资" in text(browser.post(url("vote_new", call.pk), typed))


def test_the_result_is_read_back_by_one_button(call):
    poll = declared(call)
    browser = make.client(make.official(poll, "clerk"))
    page = text(browser.get(url("vote", call.pk)))
    assert "按宣布的结果确定项目" in page and "2个项目通过" in page
    browser.post(url("vote_read", poll.pk))
    assert states(call)["甲"] == "adopted"
    page = text(browser.get(url("vote", call.pk)))
    assert url("vote_read", poll.pk) not in page and "同意0票" in page


def test_the_chair_sees_and_presses_nothing(call):
    poll = declared(call)
    browser = make.client(make.official(poll, "chair"))
    assert "按宣布的结果确定项目" not in text(browser.get(url("vote", call.pk)))
    assert browser.post(url("vote_read", poll.pk)).status_code == 403


def test_a_draft_is_renewed_and_taken_back_on_the_page(call, clerk, meeting):
    poll = put(call, meeting, clerk)
    browser = make.client(clerk)
    one = call.projects.first()
    rewrite(one, {**opened(sheet_of(one)), "title": "甲项目"}, why="改名", by=clerk, at=NOW)
    assert "票面与项目表的名称不一致" in text(browser.get(url("vote", call.pk)))
    browser.post(url("vote_renew", poll.pk))
    assert poll.options.first().title == "甲项目"
    browser.post(url("vote_take_off", poll.pk), {"why": "换一次会议"})
    assert not call.projects.filter(poll__isnull=False).exists()


def test_a_street_confirms_on_the_page(street):
    browser = make.client(street_clerk(street))
    page = text(browser.get(url("vote", street.pk)))
    assert "街道党工委确认" in page
    second = street.projects.get(title="乙")
    browser.post(url("vote_not_confirm", second.pk), {"why": "土地没有落实"})
    typed = {"projects": [street.projects.get(title="甲").pk], "on": "2026-01-20", "paper": ""}
    assert browser.post(url("vote_confirm", street.pk), typed).context["form"].errors
    done = browser.post(url("vote_confirm", street.pk), {**typed, "paper": "党工委第3次会议"})
    assert done.status_code == 302
    assert states(street) == {"甲": "adopted", "乙": "not_adopted", "丙": "not_adopted"}
    assert "党工委第3次会议" in text(browser.get(url("vote", street.pk)))


def test_the_page_offers_the_reserve_for_what_was_not_adopted(call):
    topic = make.topic(call, "丙事项", state="shortlisted")
    call.projects.filter(title="丙").update(topic=topic)
    poll = declared(call)
    read(poll)
    page = text(make.client(make.official(poll, "clerk")).get(url("vote", call.pk)))
    assert url("topic", topic.pk) in page and "列入储备" in page


def test_the_page_costs_the_same_for_many_projects(call):
    poll = declared(call)
    read(poll)
    browser = make.client(make.official(poll, "clerk"))

    def cost():
        with CaptureQueriesContext(connection) as found:
            assert browser.get(url("vote", call.pk)).status_code == 200
        return len(found)

    browser.get(url("vote", call.pk))
    before = cost()
    for n in range(20):
        make.project(call, f"项目{n}")
    assert cost() == before
