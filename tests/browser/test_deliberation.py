"""A deputy speaks on a candidate from the phone; the clerk answers, and the vote says what is lacking."""

import re

import pytest

from tests import make
from tests.browser.test_people import enter, faults
from tests.projects import hall
from yishi.projects.models import Comment

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def call():
    made = hall.candidates(("老小区加装电梯", "村道路灯"), seats=1)
    make.clerk(made.body, "clerk", password=make.PASSWORD, name="何经办")
    return made


def test_a_deputy_speaks_on_a_phone_and_the_clerk_answers(open_browser, call):
    meeting = make.meeting(call.body, deputies=1, state="called")
    seat = meeting.voters.get().seat
    make.deputy_user(seat, "deputy", password=make.PASSWORD)
    phone = open_browser(viewport=PHONE)
    enter(phone, "deputy")
    phone.goto(f"/meetings/{meeting.pk}/")
    assert faults(phone) == []
    phone.get_by_role("link", name="对候选项目提意见").click()
    phone.wait_for_url(re.compile("/comment/"))
    assert faults(phone) == []
    phone.get_by_role("link", name="老小区加装电梯").click()
    phone.get_by_label("您的意见").wait_for()
    assert faults(phone) == []
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    phone.get_by_role("button", name="提交意见").click()
    phone.get_by_label("您的意见").wait_for()
    assert faults(phone) == [] and not Comment.objects.exists()
    phone.get_by_label("您的意见").fill("电梯应优先装在老人多的楼。")
    phone.get_by_role("button", name="提交意见").click()
    phone.get_by_text("您提过的意见").wait_for()
    assert faults(phone) == []

    desk = open_browser()
    enter(desk, "clerk")
    desk.goto(f"/projects/calls/{call.pk}/deliberation/")
    assert faults(desk) == []
    desk.get_by_role("link", name="电梯应优先装在老人多的楼。").click()
    desk.get_by_role("textbox", name="答复").fill("已写入建设内容。")
    assert faults(desk) == []
    desk.get_by_role("button", name="答复").click()
    desk.get_by_text("已答复。").wait_for()
    assert faults(desk) == [] and Comment.objects.get().state == "answered"
    phone.reload()
    phone.get_by_text("已写入建设内容。").wait_for()
    assert faults(phone) == []


def test_the_pages_of_deliberation_and_vote_have_no_fault(open_browser, call):
    meeting = make.meeting(call.body, deputies=2)
    hall.explained(call, meeting)
    said = hall.comment(call, call.projects.first())
    page = open_browser()
    enter(page, "clerk")
    base = f"/projects/calls/{call.pk}"
    for way in ("deliberation/", "deliberation/print/", "deliberation/explain/", "deliberation/add/"):
        page.goto(f"{base}/{way}")
        assert faults(page) == [], way
    for way in ("", "note/", "amend/"):
        page.goto(f"/projects/comments/{said.pk}/{way}")
        assert faults(page) == [], way
    page.goto(f"{base}/vote/")
    assert faults(page) == []
    page.get_by_role("link", name="建立票决").click()
    page.get_by_label("票决名称").wait_for()
    assert faults(page) == []
    page.get_by_role("button", name="建立").click()
    page.wait_for_url(re.compile("/polls/"))
    page.goto(f"{base}/vote/")
    page.get_by_text("会议材料里还没有候选项目材料").wait_for()
    assert faults(page) == []
    page.set_viewport_size(PHONE)
    page.goto(f"{base}/vote/")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
