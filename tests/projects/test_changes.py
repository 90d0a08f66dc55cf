"""An adopted project changed or stopped: who asks, who decides, and the old sheet that is kept."""

from datetime import date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from tests import make
from yishi.projects.actions import changes as actions
from yishi.projects.actions import delivery, sheets
from yishi.projects.forms.sheets import SheetForm
from yishi.projects.models import SHEET, Change, Project
from yishi.projects.rules.delivery import beyond
from yishi.web.access import Refused

pytestmark = pytest.mark.django_db

AT = make.NOW + timedelta(days=10)
DAY = date(2026, 1, 28)


@pytest.fixture
def project():
    return make.project(state="adopted")


@pytest.fixture
def unit(project):
    return make.clerk(project.unit)


@pytest.fixture
def body(project):
    return make.clerk(project.call.body)


def values(project, **other):
    return {**{name: getattr(project, name) for name in SHEET}, **other}


def ask(project, by, kind="sheet", why="管线要改迁", **other):
    sheet = values(project, **(other or {"cost": 1_500_000_00})) if kind == "sheet" else None
    return actions.ask_change(project, kind=kind, sheet=sheet, why=why, by=by, at=make.NOW)


def approve(change, by, **said):
    said = {"decided_on": DAY, "decided_by": "枫溪镇人大主席团第三次会议", **said}
    return actions.approve_change(change, **said, by=by, at=AT)


def refuse(change, by, **said):
    said = {"decided_on": DAY, "decided_by": "主席团", "said": "理由不充分", **said}
    return actions.refuse_change(change, **said, by=by, at=AT)


def test_a_change_is_decided_as_the_pack_says_and_keeps_the_old_version(project, unit, body):
    change = ask(project, unit)
    assert Project.objects.get(pk=project.pk).cost == 1_200_000_00
    approve(change, body)
    project.refresh_from_db()
    assert project.cost == 1_500_000_00
    old, new = project.versions.all()
    assert (old.sheet["cost"], new.sheet["cost"]) == (1_200_000_00, 1_500_000_00)
    assert new.approved == "枫溪镇人大主席团第三次会议，2026年1月28日" and new.why == "管线要改迁"
    change.refresh_from_db()
    assert (change.state, change.decided_on) == ("approved", DAY)


def test_the_name_stays_while_it_stands_on_a_ballot_of_the_rating(project, unit, body):
    change = ask(project, unit, title="道路改造二期")
    poll = make.poll(make.meeting(project.call.body), (project.title,), "projects.rating", seats=None)
    Project.objects.filter(pk=project.pk).update(rating_poll=poll)
    with pytest.raises(ValidationError, match="满意度测评票"):
        approve(Change.objects.get(pk=change.pk), body)
    poll.state, poll.declared_at = "declared", make.NOW
    poll.save()
    Project.objects.filter(pk=project.pk).update(rated_at=make.NOW)
    approve(Change.objects.get(pk=change.pk), body)
    assert Project.objects.get(pk=project.pk).title == "道路改造二期"


def test_what_was_asked_of_a_finished_project_waits_for_nobody(project, unit, body):
    ask(project, unit)
    address = reverse("call_delivery", args=[project.call_id])
    browser = make.client(body)
    page = browser.get(address)
    assert page.context["asked"] == 1 and list(page.context["waiting"]) == [project]
    Project.objects.filter(pk=project.pk).update(state="completed")
    page = browser.get(address)
    assert page.context["asked"] == 0 and not page.context["waiting"]


def test_a_project_is_stopped_with_its_reason_and_its_sheet_stays(project, unit, body):
    change = ask(project, unit, kind="stop", why="规划调整")
    approve(change, body)
    project.refresh_from_db()
    assert (project.state, project.reason, project.versions.count()) == ("stopped", "规划调整", 1)


def test_the_unit_asks_and_does_not_decide_and_a_stranger_does_neither(project, unit, body):
    for by in (make.clerk(make.project(state="adopted").unit), make.chair(project.unit), make.user()):
        with pytest.raises(Refused):
            ask(project, by)
    change = ask(project, unit)
    both = make.user("both", ("clerk", project.call.body), ("clerk", project.unit))
    for by in (unit, both, make.clerk(make.body()), make.user()):
        with pytest.raises(Refused):
            approve(change, by)
        with pytest.raises(Refused):
            refuse(change, by)
    refuse(change, make.chair(project.call.body))
    approve(ask(project, body), body)


@pytest.mark.parametrize("state", [s for s in Project.State if s != "adopted"])
def test_only_a_project_under_way_is_changed(state):
    project = make.project(state=state)
    with pytest.raises(Refused):
        ask(project, make.clerk(project.unit))


@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("cost", {"cost": None}),
        ("unit", {"unit": None}),
        ("ends_on", {"ends_on": None}),
        ("content", {"content": ""}),
        ("ends_on", {"ends_on": date(2026, 2, 1)}),
        ("title", {"title": " "}),
    ],
)
def test_what_was_promised_is_not_left_out_of_the_new_sheet(project, unit, field, other):
    with pytest.raises(ValidationError) as refused:
        ask(project, unit, **other)
    assert list(refused.value.message_dict) == [field]
    assert not Change.objects.exists()


def test_a_change_needs_a_reason_and_something_that_differs_and_comes_alone(project, unit):
    for why in (" ", "长" * 2001):
        with pytest.raises(ValidationError) as refused:
            ask(project, unit, why=why)
        assert list(refused.value.message_dict) == ["why"]
    with pytest.raises(ValidationError, match="没有任何改动"):
        ask(project, unit, cost=project.cost)
    ask(project, unit)
    with pytest.raises(ValidationError, match="等待审查"):
        ask(project, unit, kind="stop")


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("decided_on", {"decided_on": date(2026, 1, 31)}),
        ("decided_on", {"decided_on": date(2026, 1, 19)}),
        ("decided_by", {"decided_by": " "}),
        ("decided_by", {"decided_by": "长" * 121}),
    ],
)
def test_a_decision_without_its_day_or_its_body_is_refused_at_its_field(project, unit, body, field, said):
    change = ask(project, unit)
    for decide in (approve, refuse):
        with pytest.raises(ValidationError) as refused:
            decide(change, body, **said)
        assert list(refused.value.message_dict) == [field]


def test_the_meeting_is_one_of_those_who_decide(project, unit, body):
    change = ask(project, unit)
    with pytest.raises(ValidationError) as refused:
        approve(change, body, meeting=make.meeting())
    assert list(refused.value.message_dict) == ["meeting"]
    presidium = make.body("presidium", "主席团", project.call.body)
    held = make.meeting(presidium)
    approve(change, body, meeting=held)
    assert Change.objects.get().meeting == held


def test_a_refusal_says_why(project, unit, body):
    change = ask(project, unit)
    with pytest.raises(ValidationError) as refused:
        refuse(change, body, said=" ")
    assert list(refused.value.message_dict) == ["said"]
    refuse(change, body)
    assert project.versions.count() == 1


@pytest.mark.parametrize("state", Change.State)
@pytest.mark.parametrize("decide", [approve, refuse])
def test_a_change_is_decided_once(project, unit, body, state, decide):
    change = ask(project, unit)
    Change.objects.filter(pk=change.pk).update(state=state)
    change.refresh_from_db()
    if state == "asked":
        decide(change, body)
    else:
        with pytest.raises(ValidationError):
            decide(change, body)


def test_a_title_taken_in_the_meantime_undoes_the_decision(project, unit, body):
    change = ask(project, unit, title="新的名称")
    make.project(project.call, "新的名称", state="adopted")
    with pytest.raises(ValidationError):
        approve(change, body)
    assert Change.objects.get(pk=change.pk).state == "asked"


def test_milestones_after_a_new_last_day_are_said_and_must_come_before_it(project, unit, body):
    stage = make.milestone(project, "竣工", due_on=date(2026, 11, 30), percent=100)
    approve(ask(project, unit, ends_on=date(2026, 9, 30)), body)
    held = Project.objects.with_delivery().get(pk=project.pk)
    assert beyond(held) == [stage]
    page = make.client(unit).get(reverse("project_delivery", args=[project.pk])).content.decode()
    assert "调整节点日期" in page and "晚于新的完成日期" in page
    row = {"key": stage.pk, "title": "竣工", "percent": 100}
    at = datetime(2026, 2, 1, 9, tzinfo=make.NOW.tzinfo)
    with pytest.raises(ValidationError):
        delivery.set_milestones(held, [{**row, "due_on": date(2026, 11, 30)}], by=unit, at=at)
    delivery.set_milestones(held, [{**row, "due_on": date(2026, 9, 30)}], by=unit, at=at)
    assert beyond(Project.objects.with_delivery().get(pk=project.pk)) == []


def test_the_pages_name_who_decides_with_the_source_and_that_it_is_a_default(project, unit, body):
    ours, theirs = make.client(unit), make.client(body)
    page = ours.get(reverse("change_ask", args=[project.pk])).content.decode()
    assert "乡镇人大主席团" in page and "默认值" in page
    form = SheetForm(None, call=project.call, project=project)
    typed = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    typed |= {"cost": "150", "why": ""}
    typed = {k: v.isoformat() if isinstance(v, date) else getattr(v, "pk", v) for k, v in typed.items()}
    lost = ours.post(reverse("change_ask", args=[project.pk]), typed).content.decode()
    assert 'value="150"' in lost
    assert ours.post(reverse("change_ask", args=[project.pk]), {**typed, "why": "涨价"}).status_code == 302
    change = Change.objects.get()
    assert sheets.opened(change.sheet)["cost"] == 150 * 1_000_000
    shown = theirs.get(reverse("change_approve", args=[change.pk])).content.decode()
    assert 'value="乡镇人大主席团"' in shown and "须由县里确认" in shown and "150万元" in shown
    assert ours.get(reverse("change_approve", args=[change.pk])).status_code == 403
    assert theirs.get(reverse("change_refuse", args=[change.pk])).status_code == 200
    day = project.adopted_at.date().isoformat()
    sent = {"decided_on": day, "decided_by": "主席团"}
    assert theirs.post(reverse("change_approve", args=[change.pk]), sent).status_code == 302
    assert ours.get(reverse("change_stop", args=[project.pk])).status_code == 200
    assert ours.post(reverse("change_stop", args=[project.pk]), {"why": "不办了"}).status_code == 302
    stop = Change.objects.get(state="asked")
    sent |= {"said": "继续办"}
    assert theirs.post(reverse("change_refuse", args=[stop.pk]), sent).status_code == 302
    whole = theirs.get(reverse("project_delivery", args=[project.pk])).content.decode()
    assert "继续办" in whole and "第2稿" in whole
