"""The clerk makes candidates of shortlisted topics, publishes them and delivers the booklet."""

import pytest

from tests import make
from tests.browser.test_people import enter, faults
from yishi.people.models import Body
from yishi.projects.models import Call, Project, Spot

pytestmark = pytest.mark.django_db(transaction=True)

SIZES = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1280, "height": 900}}


@pytest.fixture
def call():
    town = make.body(Body.Kind.TOWN_CONGRESS, "枫溪镇人民代表大会")
    make.body(Body.Kind.DEPARTMENT, "枫溪镇建设办", town)
    make.clerk(town, "clerk", password=make.PASSWORD, name="何经办")
    made = make.call(town)
    for title in ("老小区加装电梯", "修枫溪桥"):
        topic = make.topic(made, title, state="shortlisted", people=12, posts=1)
        make.proposal(topic=topic, people=12, where="枫溪村")
    make.meeting(town, state="called", title="枫溪镇第十七届人民代表大会第五次会议")
    return made


def heard(page):
    """What the console says of errors, from now on."""
    told = []
    page.on("console", lambda one: told.append(one.text) if one.type == "error" else None)
    page.on("pageerror", lambda error: told.append(str(error)))
    return told


def fits(page, size):
    assert faults(page) == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], page.url


@pytest.mark.parametrize("name", SIZES)
def test_from_shortlisted_topics_to_published_candidates_and_the_booklet(open_browser, call, name):
    size = SIZES[name]
    page = open_browser(viewport=size)
    told = heard(page)
    enter(page, "clerk")
    page.goto(f"/projects/calls/{call.pk}/")
    page.get_by_role("link", name="候选项目").first.click()
    fits(page, size)
    page.get_by_role("link", name="从初定事项里选").click()
    for box in page.get_by_role("checkbox").all():
        box.check()
    fits(page, size)
    page.get_by_role("button", name="列为候选项目").click()
    page.get_by_text("已列为候选项目：2项").wait_for()
    fits(page, size)
    for one in Project.objects.all():
        page.goto(f"/projects/candidates/{one.pk}/change/")
        page.get_by_label("建设内容").fill("为群众办的实事，写清数量。")
        page.get_by_label("投资（万元）").fill("120.5")
        page.get_by_label("资金来源").fill("镇财政")
        page.get_by_label("责任单位").select_option(label="枫溪镇建设办")
        page.get_by_label("开工日期").fill("2026-03-01")
        page.get_by_label("完成日期").fill("2026-11-30")
        page.get_by_label("地图上从左").fill("300")
        page.get_by_label("地图上从上").fill("700")
        fits(page, size)
        page.get_by_role("button", name="保存").click()
        page.get_by_text("已保存为第2稿").wait_for()
        fits(page, size)
    page.goto(f"/projects/candidates/{one.pk}/versions/")
    fits(page, size)
    page.goto(f"/projects/calls/{call.pk}/candidates/")
    page.get_by_role("link", name="填拟选项目数").click()
    page.get_by_label("拟选项目数").fill("1")
    fits(page, size)
    page.get_by_role("button", name="保存").click()
    page.get_by_text("一年通常选3至5项").first.wait_for()
    page.get_by_role("link", name="公布候选项目").click()
    fits(page, size)
    page.get_by_role("button", name="公布").click()
    page.get_by_text("候选项目已公布").wait_for()
    fits(page, size)
    page.get_by_role("link", name="送代表的材料").first.click()
    fits(page, size)
    page.get_by_role("button", name="加入会议材料").click()
    page.get_by_text("已加入").wait_for()
    assert Call.objects.get(pk=call.pk).booklets.count() == 1
    assert told == []


@pytest.mark.parametrize("name", SIZES)
def test_the_other_pages_are_accessible_and_fit(open_browser, call, name):
    size = SIZES[name]
    make.project(call, "甲"), make.project(call, "乙", state="withdrawn", reason="用地没有落实")
    page = open_browser(viewport=size)
    told = heard(page)
    enter(page, "clerk")
    own, one = f"/projects/calls/{call.pk}", Project.objects.get(title="甲").pk
    out = Project.objects.get(title="乙").pk
    pages = [f"{own}/candidates/{last}" for last in ("", "new/", "order/", "import/", "seats/")]
    pages += [f"/projects/candidates/{one}/", f"/projects/candidates/{one}/withdraw/"]
    pages += [f"/projects/candidates/{out}/", f"/projects/candidates/{out}/put-back/", f"{own}/booklet/"]
    for address in pages:
        page.goto(address)
        fits(page, size)
    assert told == []


def test_a_click_on_the_map_fills_the_numbers_of_one_town_after_the_other(open_browser):
    county = make.body(Body.Kind.COUNTY_CONGRESS, "永嘉县人民代表大会")
    towns = [make.body(parent=county, name=f"{name}镇人民代表大会") for name in ("枫溪", "桥头")]
    make.body(Body.Kind.STANDING_COMMITTEE, "永嘉县人大常委会", county)
    make.clerk(county, "clerk", password=make.PASSWORD)
    make.project(make.call(county), "甲")
    for size in SIZES.values():
        page = open_browser(viewport=size)
        told = heard(page)
        enter(page, "clerk")
        page.goto(f"/projects/calls/{Call.objects.get().pk}/candidates/review/")
        fits(page, size)
        page.goto(f"/projects/bodies/{county.pk}/map/")
        fits(page, size)
        box = page.locator(".map-frame svg").bounding_box()
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        assert abs(int(page.locator(f"#id_x_{towns[0].pk}").input_value()) - 500) < 5
        page.mouse.click(box["x"] + 5, box["y"] + 5)
        assert page.locator(f"#id_y_{towns[1].pk}").input_value() == "0"
        fits(page, size)
        page.get_by_role("button", name="保存").click()
        page.get_by_text("已保存").wait_for()
        assert Spot.objects.count() == 2 and told == []
        page.context.close()
