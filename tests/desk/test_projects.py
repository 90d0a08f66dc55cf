"""The desk and the projects: what the body's clerk, the unit and the deputy find, and nobody else."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import make
from yishi.desk.lines import HEAPS, desk_of
from yishi.people.models import User
from yishi.projects.models import Call, Change, Comment, Inspection, Report, Slip, Supervision, Topic

pytestmark = pytest.mark.django_db
TODAY = make.NOW.date()
SOON = TODAY + timedelta(days=30)


def found(user, now=make.NOW):
    desk = desk_of(User.objects.get(pk=user.pk), now)
    return {heap: [line.do for line in getattr(desk, heap)] for heap in HEAPS if getattr(desk, heap)}


def closed(kind="town_congress", **fields):
    """A call that is over, its candidates public, and the clerk of its body."""
    call = make.call(
        make.body(kind),
        opens_on=date(2025, 10, 1),
        closes_on=date(2025, 11, 1),
        candidates_at=make.NOW,
        **fields,
    )
    return call, make.clerk(call.body)


def under_way(**fields):
    """An adopted project that has reported this month, with the clerks of the body and of the unit."""
    call, clerk = closed()
    project = make.project(call, state="adopted", **fields)
    unit = make.clerk(project.unit)
    Report.objects.create(
        project=project, month=date(2026, 1, 1), percent=5, text="进场", at=make.NOW, by=unit
    )
    return project, clerk, unit


def test_shortlisted_matters_wait_for_their_sheets_once_the_call_is_closed():
    call, clerk = closed()
    topic = make.topic(call, state=Topic.State.SHORTLISTED)
    assert found(clerk) == {"today": ["把列入候选的1个事项填成项目表"]}
    make.project(call, topic=topic)
    assert found(clerk) == {}


def test_candidates_are_published_and_a_countys_go_before_the_committee_first():
    call, clerk = closed()
    make.project(call)
    Call.objects.filter(pk=call.pk).update(candidates_at=None)
    assert found(clerk) == {"today": ["公布1个候选项目"]}
    county, its_clerk = closed("county_congress")
    make.project(county)
    assert found(its_clerk) == {"today": ["提请常委会审议候选项目"]}


def test_a_comment_waits_for_the_clerk_and_for_the_unit_that_is_asked():
    call, clerk = closed()
    project = make.project(call)
    unit = make.clerk(project.unit)
    made = Comment.objects.create(
        call=call, project=project, who="林代表", text="加高护栏", at=make.NOW, by=clerk
    )
    assert found(clerk) == {"today": ["答复1条审议意见"]} and found(unit) == {"today": ["答复审议意见"]}
    Comment.objects.filter(pk=made.pk).update(state="answered")
    assert found(clerk) == {} and found(unit) == {}


def test_a_declared_result_is_read_back_once_and_again_after_a_second_ballot():
    call, clerk = closed()
    poll = make.poll(state="declared", declared_at=make.NOW)
    first, second = make.project(call, "甲", poll=poll), make.project(call, "乙", poll=poll)
    assert found(clerk) == {"today": ["按票决结果确定实施项目"]}
    type(first).objects.filter(pk=first.pk).update(state="not_adopted")
    assert found(clerk) == {}
    make.poll(poll.meeting, previous=poll, after="second_ballot", state="declared", declared_at=make.NOW)
    assert found(clerk) == {"today": ["按票决结果确定实施项目"]}
    type(second).objects.filter(pk=second.pk).update(state="adopted")
    assert found(clerk) == {}


def test_the_result_of_a_repeat_of_a_void_vote_is_read_back():
    call, clerk = closed()
    void = make.poll(state="void")
    make.project(call, "甲", poll=void)
    assert found(clerk) == {}
    make.poll(void.meeting, previous=void, after="repeat", state="declared", declared_at=make.NOW)
    assert found(clerk) == {"today": ["按票决结果确定实施项目"]}


def test_what_a_street_recommends_waits_for_the_party_working_committee():
    call, clerk = closed("street_committee")
    make.project(call, state="recommended")
    assert found(clerk) == {"today": ["登记街道党工委对1个项目的确认"]}


@pytest.mark.parametrize("day, heap", [(10, "to_come"), (20, "today"), (26, "overdue")])
def test_the_months_report_is_due_on_the_day_of_the_pack(day, heap):
    call, _clerk = closed()
    project = make.project(call, state="adopted", starts_on=date(2025, 12, 1))
    unit = make.clerk(project.unit)
    assert found(unit, make.NOW.replace(day=day)) == {heap: ["报送1月进展"]}
    Report.objects.create(
        project=project, month=date(2026, 1, 1), percent=5, text="进场", at=make.NOW, by=unit
    )
    assert found(unit) == {}


def test_a_project_that_has_not_begun_reports_nothing():
    call, _clerk = closed()
    project = make.project(call, state="adopted", starts_on=SOON)
    assert found(make.clerk(project.unit)) == {}


def test_an_overdue_milestone_stands_with_the_unit_and_asks_the_clerk_for_a_notice_once():
    project, clerk, unit = under_way()
    stage = make.milestone(project, due_on=TODAY - timedelta(days=3))
    assert found(unit) == {"overdue": ["节点：完成主体施工"]}
    assert found(clerk) == {"overdue": ["对1个逾期节点发督办单"]}
    notice = Supervision.objects.create(
        project=project, milestone=stage, number=1, text="催办", due_on=SOON, at=make.NOW, by=clerk
    )
    assert found(clerk) == {} and found(unit)["today"] == ["答复督办单"]
    Supervision.objects.filter(pk=notice.pk).update(state="answered")
    assert found(clerk) == {"today": ["核查督办单的答复（1份）"]}


def test_slips_changes_and_findings_go_between_the_unit_and_the_clerk():
    project, clerk, unit = under_way()
    stage = make.milestone(project, due_on=SOON)
    who = {"at": make.NOW, "by": unit}
    Slip.objects.create(milestone=stage, due_before=SOON, due_after=SOON + timedelta(days=9), why="雨", **who)
    Change.objects.create(project=project, sheet={}, why="改线", **who)
    look = Inspection.objects.create(
        project=project, held_on=TODAY, deputies="林代表", text="看了", findings="缺灯", due_on=SOON, **who
    )
    assert found(clerk) == {"today": ["答复1项延期申请", "办理1项项目变更"]}
    assert found(unit) == {"today": ["答复视察发现的问题"], "waiting": ["延期申请等待同意"]}
    Inspection.objects.filter(pk=look.pk).update(state="answered")
    assert "核查视察整改的答复（1份）" in found(clerk)["today"]
    type(project).objects.filter(pk=project.pk).update(state="completed")
    assert found(clerk) == {"today": ["核查视察整改的答复（1份）"]}


def test_a_declared_rating_is_read_back():
    project, clerk, _unit = under_way()
    poll = make.poll(rule_key="projects.rating", seats=None, state="declared", declared_at=make.NOW)
    type(project).objects.filter(pk=project.pk).update(rating_poll=poll)
    assert found(clerk) == {"today": ["读取1个项目的满意度测评结果"]}
    type(project).objects.filter(pk=project.pk).update(rated_at=make.NOW)
    assert found(clerk) == {}


def test_a_deputy_may_speak_on_published_candidates_until_voting_opens():
    call, _clerk = closed()
    poll = make.poll()
    make.project(call, poll=poll)
    deputy = make.deputy_user(make.seat(call.body))
    assert found(deputy) == {"to_come": ["对候选项目提意见"]}
    type(poll).objects.filter(pk=poll.pk).update(opened_at=make.NOW)
    assert found(deputy) == {}


def test_nobody_of_another_body_or_unit_finds_any_of_it():
    project, _clerk, _unit = under_way()
    make.milestone(project, due_on=TODAY - timedelta(days=3))
    others = (make.clerk(make.body()), make.clerk(make.body("department")), make.deputy_user(make.seat()))
    for user in (*others, make.chair(project.unit)):
        assert found(user) == {}


def test_the_queries_of_the_desk_do_not_grow_with_projects():
    project, clerk, unit = under_way()

    def queries(user):
        fresh = User.objects.get(pk=user.pk)
        with CaptureQueriesContext(connection) as asked:
            desk_of(fresh, make.NOW)
        return len(asked)

    make.milestone(project, due_on=TODAY - timedelta(days=3))
    few = queries(clerk), queries(unit)
    for n in range(6):
        more = make.project(project.call, f"项目{n}", state="adopted", unit=project.unit)
        make.milestone(more, due_on=TODAY - timedelta(days=3))
        Supervision.objects.create(project=more, number=1, text="催办", due_on=SOON, at=make.NOW, by=clerk)
    assert (queries(clerk), queries(unit)) == few
