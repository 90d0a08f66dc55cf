"""Two press at the same moment on a year's projects: one ballot, one plan, one notice, one decision."""

from datetime import date

import pytest

from tests import make
from tests.faults.test_two_at_once import at_once, one_told
from tests.make import NOW
from tests.projects import hall
from yishi.projects.actions import booklets, changes, delivery, rating, supervision, vote
from yishi.projects.models import (
    Call,
    Change,
    Milestone,
    Project,
    Report,
    ResidentRating,
    Slip,
    Supervision,
)
from yishi.voting.models import Poll

pytestmark = pytest.mark.django_db(transaction=True)

LATER = NOW.replace(month=4)


def call_of(key):
    return Call.objects.select_related("body__parent").get(pk=key)


def project_of(key):
    return Project.objects.with_delivery().get(pk=key)


@pytest.fixture
def under_way():
    project = make.project(state="adopted")
    return project, make.clerk(project.call.body), make.clerk(project.unit)


def test_candidates_stand_on_one_ballot_and_in_one_booklet():
    call = hall.candidates()
    clerk, meeting = make.clerk(call.body), make.meeting(call.body)
    who = {"by": clerk, "at": NOW}
    projects = list(call.projects.all())
    put = [lambda: vote.put_to_vote(call_of(call.pk), meeting, projects, title="票决", **who)] * 2
    assert "已列入" in one_told(at_once(*put))
    assert Poll.objects.count() == 1
    deliver = [lambda: booklets.deliver_booklet(call_of(call.pk), meeting, **who)] * 2
    assert "没有改动" in one_told(at_once(*deliver))
    assert call.booklets.count() == 1


def test_a_plan_and_a_month_are_written_once(under_way):
    project, _clerk, unit = under_way
    rows = [{"title": "竣工", "due_on": date(2026, 11, 30), "percent": 100}]
    copies = [project_of(project.pk), project_of(project.pk)]  # both fetched before either was written
    plan = [lambda p=one: delivery.set_milestones(p, rows, by=unit, at=NOW) for one in copies]
    assert "节点不能去掉" in one_told(at_once(*plan))
    assert Milestone.objects.count() == 1
    said = {"month": date(2026, 3, 1), "percent": 5, "text": "开工", "by": unit, "at": LATER}
    report = [lambda: delivery.report(project_of(project.pk), **said)] * 2
    assert "已经报过" in one_told(at_once(*report))
    assert Report.objects.count() == 1


def test_a_milestone_has_one_notice_and_a_slip_one_decision(under_way):
    project, clerk, unit = under_way
    stage = make.milestone(project, due_on=date(2026, 1, 2))
    body = {"by": clerk, "at": NOW}
    found = at_once(
        lambda: supervision.supervise_overdue(call_of(project.call_id), **body),
        lambda: supervision.supervise_overdue(call_of(project.call_id), **body),
    )
    assert sorted(len(one) for one in found) == [0, 1] and Supervision.objects.count() == 1
    asked = {"to": date(2026, 8, 1), "why": "雨", "by": unit, "at": NOW}
    ask = [lambda: delivery.ask_slip(Milestone.objects.get(pk=stage.pk), **asked)] * 2
    assert "等待决定" in one_told(at_once(*ask))
    slip = Slip.objects.get()
    one_told(
        at_once(
            lambda: delivery.accept_slip(Slip.objects.get(pk=slip.pk), accepted_by="主席团", **body),
            lambda: delivery.refuse_slip(Slip.objects.get(pk=slip.pk), said="不行", **body),
        )
    )


def test_a_change_is_asked_once_and_decided_once(under_way):
    project, clerk, unit = under_way
    asked = {"kind": "stop", "why": "规划调整", "by": unit, "at": NOW}
    one_told(at_once(*[lambda: changes.ask_change(project_of(project.pk), **asked)] * 2))
    whole = Change.objects.select_related("project__call__body", "project__unit")
    first, second = whole.get(), whole.get()  # both fetched before either was decided
    decided = {"decided_on": NOW.date(), "decided_by": "主席团", "by": clerk, "at": NOW}
    one_told(
        at_once(
            lambda: changes.approve_change(first, **decided),
            lambda: changes.refuse_change(second, said="不行", **decided),
        )
    )
    state = Change.objects.get().state
    assert (state, project_of(project.pk).state) in {("approved", "stopped"), ("refused", "adopted")}


def test_projects_stand_on_one_rating_and_one_voice_is_one(under_way):
    project, clerk, _unit = under_way
    meeting = make.meeting(project.call.body)
    plan = [lambda: rating.plan_rating(call_of(project.call_id), meeting, [project], by=clerk, at=NOW)] * 2
    assert "已列入另一次测评" in one_told(at_once(*plan))
    Call.objects.update(rating_from=NOW.date(), rating_until=NOW.date())
    said = {"grade": "satisfied", "voice_of": "同一个人", "at": NOW}
    found = at_once(*[lambda: rating.rate(project_of(project.pk), **said)] * 3)
    assert all(isinstance(one, ResidentRating) for one in found), found
    assert ResidentRating.objects.count() == 1
