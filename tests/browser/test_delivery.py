"""The month's report on a phone, counted in taps and fields; every page of the delivery, at both sizes."""

import io
import re
from datetime import date, timedelta

import pytest
from django.utils.timezone import localdate
from PIL import Image

from tests import make
from tests.browser.test_people import enter, faults
from yishi.people.models import Body
from yishi.projects.models import Inspection, Milestone, Project, Report, Slip, Supervision

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def project():
    """Under way since last month, reported then, with a milestone to be reached this month."""
    county = make.body(Body.Kind.COUNTY_CONGRESS, "永嘉县人民代表大会")
    unit = make.body(Body.Kind.DEPARTMENT, "永嘉县建设局")
    make.clerk(unit, "unit", password=make.PASSWORD, name="周科长")
    body = make.clerk(county, "clerk", password=make.PASSWORD, name="何经办")
    today = localdate()
    last = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    year = {"year": last.year, "candidates_at": make.NOW}
    found = make.project(
        make.call(county, **year),
        state="adopted",
        unit=unit,
        starts_on=last,
        ends_on=today + timedelta(days=200),
    )
    make.milestone(found, "完成招标", due_on=today + timedelta(days=5), percent=30)
    make.milestone(found, "竣工验收", due_on=today + timedelta(days=190), percent=100)
    Report.objects.create(project=found, month=last, percent=12, text="进场。", at=make.NOW, by=body)
    return found


def photo():
    out = io.BytesIO()
    Image.new("RGB", (900, 600), "green").save(out, "JPEG")
    return {"name": "工地.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def fits(page, size):
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_the_months_report_is_two_taps_away_and_asks_for_a_number_and_a_sentence(open_browser, project):
    page = open_browser(viewport=PHONE)
    enter(page, "unit")
    page.goto("/projects/units/")
    assert faults(page) == []
    fits(page, PHONE)
    page.get_by_role("link", name=re.compile("报送.*月进展")).click()  # tap 1
    page.wait_for_url(re.compile("/report/"))
    assert faults(page) == []
    fits(page, PHONE)
    form = page.locator("main form")
    # On the screen: percent, text, two stages to tick, photos. Folded away: trouble and money.
    fields = [one for one in form.locator("input, textarea, select").all() if one.is_visible()]
    names = [one.get_attribute("name") for one in fields]
    assert names == ["percent", "text", "milestones_done", "milestones_done", "photos"]
    assert form.locator("button").count() == 1
    assert page.get_by_label("完成了百分之几").input_value() == "12"
    month = page.get_by_role("heading", level=1).inner_text()
    assert f"{localdate().month}月" in month or f"{localdate().year}年" in month
    # What has to be typed: one number, one sentence; ticks and photos are taps.
    page.get_by_label("完成了百分之几").fill("35")
    page.get_by_label("本月做了什么").fill("招标完成，施工队进场。")
    page.get_by_label("完成招标").check()
    page.get_by_label("照片").set_input_files([photo(), photo()])
    page.get_by_role("button", name="报送").click()  # tap 2
    page.wait_for_url(re.compile(r"/projects/delivery/\d+/$"))
    assert page.get_by_text("进展已报送").is_visible()
    made = Report.objects.order_by("-month").first()
    assert (made.percent, made.photos.count()) == (35, 2)
    assert Milestone.objects.get(title="完成招标").done_on == localdate()
    shown = page.locator(".photos img").first
    shown.scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('.photos img').naturalWidth > 0")
    assert faults(page) == []
    fits(page, PHONE)


def test_an_error_keeps_what_was_typed_and_says_that_the_photos_are_lost(open_browser, project):
    page = open_browser(viewport=PHONE)
    enter(page, "unit")
    page.goto(f"/projects/delivery/{project.pk}/report/")
    page.get_by_label("完成了百分之几").fill("5")
    page.get_by_label("本月做了什么").fill("洪水冲了围挡。")
    page.get_by_label("照片").set_input_files([photo()])
    page.get_by_role("button", name="报送").click()
    page.get_by_role("alert").wait_for()
    assert page.get_by_label("完成了百分之几").input_value() == "5"
    assert page.get_by_label("本月做了什么").input_value() == "洪水冲了围挡。"
    assert page.get_by_text("照片要重新选一次").is_visible()
    # The field that is asked for is unfolded.
    page.get_by_label("困难和问题").fill("返工半个月。")
    assert faults(page) == []
    page.get_by_role("button", name="报送").click()
    page.wait_for_url(re.compile(r"/projects/delivery/\d+/$"))


def test_the_report_works_without_javascript(open_browser, project):
    page = open_browser(viewport=PHONE, java_script_enabled=False)
    enter(page, "unit")
    page.goto(f"/projects/delivery/{project.pk}/report/")
    page.get_by_label("本月做了什么").fill("继续施工。")
    page.get_by_text("有困难要反映").click()
    page.get_by_label("已用资金").fill("12.5")
    page.get_by_role("button", name="报送").click()
    assert page.get_by_text("进展已报送").is_visible()
    assert Report.objects.order_by("-month").first().spent == 12_500_000


def test_every_page_of_the_delivery_is_accessible_at_a_desk_and_on_a_phone(open_browser, project):
    by = make.user()
    late = make.milestone(project, "围挡", due_on=date(2025, 1, 1), percent=5)
    who = {"at": make.NOW, "by": by}
    slip = Slip.objects.create(
        milestone=late, due_before=date(2025, 1, 1), due_after=date(2025, 2, 1), why="下雨", **who
    )
    notice = Supervision.objects.create(project=project, number=1, text="请说明", due_on=localdate(), **who)
    seen = Inspection.objects.create(
        project=project, held_on=localdate(), deputies="林代表", text="看了", findings="破损", **who
    )
    change = project.changes.create(sheet={**project.versions.get().sheet, "cost": 1}, why="涨价", **who)
    own = f"/projects/delivery/{project.pk}/"
    ours = ["/projects/units/", own, f"{own}report/", f"{own}milestones/", f"{own}complete/", f"{own}change/"]
    ours += [f"{own}stop/", f"/projects/milestones/{late.pk}/slip/"]
    ours += [f"/projects/supervisions/{notice.pk}/answer/", f"/projects/inspections/{seen.pk}/answer/"]
    theirs = [f"/projects/calls/{project.call_id}/delivery/", own, f"{own}supervise/", f"{own}inspect/"]
    theirs += [f"/projects/slips/{slip.pk}/accept/", f"/projects/slips/{slip.pk}/refuse/"]
    theirs += [f"/projects/supervisions/{notice.pk}/close/", f"/projects/inspections/{seen.pk}/back/"]
    theirs += [f"/projects/changes/{change.pk}/approve/", f"/projects/changes/{change.pk}/refuse/"]
    for size in ({"width": 1280, "height": 900}, PHONE):
        for user, pages in (("unit", ours), ("clerk", theirs)):
            page = open_browser(viewport=size)
            enter(page, user)
            for address in pages:
                page.goto(address)
                assert faults(page) == [], f"{address} {size['width']}"
                fits(page, size)
            page.context.close()


def test_the_five_states_stand_out_in_the_dark_too(open_browser, project):
    for n, state in enumerate(("completed", "stopped")):
        make.project(project.call, f"项目{n}", state=state, unit=project.unit)
    make.milestone(make.project(project.call, "逾期的", state="adopted"), due_on=date(2025, 1, 1))
    Project.objects.filter(title="项目0").update(completed_on=date(2026, 1, 1))
    page = open_browser(viewport=PHONE, color_scheme="dark")
    enter(page, "clerk")
    page.goto(f"/projects/calls/{project.call_id}/delivery/")
    for word in ("已逾期", "临近节点", "已完成", "已终止"):
        assert page.locator(".chip", has_text=word).first.is_visible()
    assert faults(page) == []
