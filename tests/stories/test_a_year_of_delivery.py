"""Two adopted projects through their year, by the pages alone: one ends well, one goes on unsatisfied."""

from datetime import date, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from tests import make
from tests.projects.test_proposals import picture
from tests.stories.test_project_to_vote import (  # noqa: F401  (clock is a fixture)
    clock,
    convened,
    counted,
    folk,
    opened,
    papers_out,
    prepared,
)
from yishi.journal.chain import verify
from yishi.projects.models import Change, Inspection, Project, Slip, Supervision
from yishi.voting.models import Poll

pytestmark = pytest.mark.django_db

STAGES = (("进场施工", "2026-05-31", 30), ("主体完工", "2026-08-31", 70), ("竣工验收", "2026-11-30", 100))


def plan(people, project: Project) -> None:
    typed = {"stage-TOTAL_FORMS": 3, "stage-INITIAL_FORMS": 0}
    for n, (title, due_on, percent) in enumerate(STAGES):
        typed |= {f"stage-{n}-title": title, f"stage-{n}-due_on": due_on, f"stage-{n}-percent": percent}
    people.press("unit", "milestones", project.pk, **typed)


def reports(people, project: Project, percent: int, text: str, **also) -> None:
    people.press("unit", "report_new", project.pk, percent=percent, text=text, **also)


def stage(project: Project, title: str):
    return project.milestones.get(title=title)


def test_a_year_of_delivery(clock, settings):  # noqa: F811
    settings.SESSION_IDLE_SECONDS = settings.SESSION_COOKIE_AGE = 10**8  # a year and more
    town = make.body(name="枫溪镇人民代表大会")
    people, unit = folk(town, town, 6)
    people.browsers["unit"] = make.client(make.clerk(unit))
    people.browsers["stranger"] = make.client(make.clerk(make.body("department")))
    call = make.call(town, candidates_at=make.NOW, seats=2)
    lift, lamps = (
        make.project(call, title, state="adopted", unit=unit, starts_on=date(2026, 3, 1))
        for title in ("老小区加装电梯", "村道路灯")
    )

    # The unit plans and reports from the phone; nobody of another unit does.
    clock.to(3, 2)
    for project in (lift, lamps):
        plan(people, project)
    assert people.browsers["stranger"].get(reverse("report_new", args=[lift.pk])).status_code == 403
    assert "老小区加装电梯" in people.read("unit", "unit_projects")
    clock.to(3, 24)
    reports(people, lift, 10, "设计完成。", photos=SimpleUploadedFile("a.jpg", picture()))
    reports(people, lamps, 5, "设计完成。")
    assert lift.photos.count() == 1

    # A day slips with a reason and with who accepted it; the other one is overdue and noticed.
    clock.to(5, 20)
    reports(people, lift, 30, "进场。", milestones_done=[stage(lift, "进场施工").pk])
    people.press("unit", "slip_ask", stage(lamps, "进场施工").pk, to="2026-06-30", why="等灯杆到货")
    slip = Slip.objects.get()
    people.press("clerk", "slip_accept", slip.pk, accepted_by="镇人大主席团会议", said="同意")
    assert stage(lamps, "进场施工").due_on == date(2026, 6, 30)
    clock.to(7, 6)
    assert "已逾期" in people.read("resident", "board")
    people.press("clerk", "supervise_overdue", call.pk)
    notice = Supervision.objects.get()
    assert notice.project == lamps and "已超过6天" in people.read("clerk", "project_delivery", lamps.pk)
    people.press("unit", "supervision_answer", notice.pk, answer="灯杆已到，本月完成。")
    people.press("clerk", "supervision_back", notice.pk, why="写明哪一天", due_on="2026-07-12")
    people.press("unit", "supervision_answer", notice.pk, answer="7月20日完成。")
    reports(people, lamps, 40, "灯杆到齐。", milestones_done=[stage(lamps, "进场施工").pk])
    people.press("clerk", "supervision_close", notice.pk, closing="已进场")

    # Deputies look, a finding is answered; a change keeps the old sheet.
    typed = {"held_on": "2026-07-06", "deputies": "林代表、陈代表", "text": "看了两处。"}
    people.press("clerk", "inspect", lift.pk, findings="围挡缺一段", due_on="2026-07-20", **typed)
    finding = Inspection.objects.get()
    people.press("unit", "inspection_answer", finding.pk, answer="已补。")
    people.press("clerk", "inspection_close", finding.pk, closing="已核实")
    sheet = {
        "title": lamps.title,
        "content": "装灯300盏",
        "where": lamps.where,
        "cost": "90",
        "funds": "镇财政",
    }
    days = {"starts_on": "2026-03-01", "ends_on": "2026-11-30", "unit": unit.pk}
    people.press("unit", "change_ask", lamps.pk, why="道路改线", **sheet, **days)
    change = Change.objects.get()
    decided = {"decided_on": "2026-07-06", "decided_by": "镇人大主席团第4次会议", "said": "同意"}
    people.press("clerk", "change_approve", change.pk, **decided)
    lamps.refresh_from_db()
    assert (lamps.content, lamps.versions.count()) == ("装灯300盏", 2)

    # Both are finished and told.
    clock.to(11, 20)
    for project in (lift, lamps):
        left = [one.pk for one in project.milestones.filter(done_on=None)]
        reports(people, project, 100, "竣工。", milestones_done=left)
        people.press("unit", "project_complete", project.pk, on="2026-11-20", why="镇里组织验收合格")
    days = {"rating_from": "2026-11-21", "rating_until": "2026-12-20"}
    people.press("clerk", "rating_open", call.pk, **days)
    clock.to(11, 22)
    assert "满意" in people.read("resident", "rate", lift.pk)

    # The deputies rate: what is unsatisfied goes on, and the page says why.
    meeting = convened(people, town, "congress")
    page = people.browsers["clerk"].get(reverse("rating_plan", args=[call.pk]))
    answers = {name: point.default for name, point in page.context["form"].points.items()}
    keys = [lift.pk, lamps.pk]
    people.press("clerk", "rating_plan", call.pk, meeting=meeting.pk, projects=keys, **answers)
    clock.at = datetime(2027, 2, 10, 9, tzinfo=clock.at.tzinfo)
    opened(people, meeting)
    poll = Poll.objects.get()
    prepared(people, poll, 6)
    papers_out(people, poll, 6)
    people.press("chair", "chair_do", poll.pk, "open")
    counted(people, poll, [["s", "d"]] * 5 + [["b", "d"]])
    people.press("clerk", "rating_read", call.pk, poll.pk)
    lift.refresh_from_db()
    lamps.refresh_from_db()
    assert (lift.state, lift.grade) == ("closed", "satisfied")
    assert (lamps.state, lamps.grade) == ("adopted", "dissatisfied") and "不满意" in lamps.reason
    people.press("clerk", "chair_do", poll.pk, "published")

    # Residents read the whole story; the journal holds.
    story = people.read("resident", "project_public", lamps.pk)
    for told in (
        "等灯杆到货",
        "镇人大主席团会议",
        "7月20日完成。",
        "道路改线",
        "镇人大主席团第4次会议",
        "装灯300盏",
        "不满意",
    ):
        assert told in story
    assert "围挡缺一段" in people.read("resident", "project_public", lift.pk)
    year = people.read("resident", "ledger_year", call.pk)
    assert lift.title in year and lamps.title in year
    reports(people, lamps, 100, "重新检修，更换18盏。")
    people.press(
        "unit", "project_complete", lamps.pk, on=str(timezone.localdate(clock.at)), why="代表到场验收"
    )
    assert Project.objects.get(pk=lamps.pk).state == "completed"
    assert list(verify()) == []
