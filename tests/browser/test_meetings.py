"""A meeting in the browser: the clerk's pages, the deputy's phone, the scanner, the hall's screen."""

import os
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.base import ContentFile

from tests import make
from tests.make import NOW
from yishi.meetings import actions
from yishi.meetings.models import Meeting, Screen, Voter

pytestmark = pytest.mark.django_db(transaction=True)
AXE = Path(__file__).with_name("axe.min.js")
PHONE = {"viewport": {"width": 390, "height": 844}}
WIDE = {"viewport": {"width": 1280, "height": 800}}


def sign_in(page, user):
    """The browser of this user, signed in by its cookie."""
    cookie = make.client(user).cookies[settings.SESSION_COOKIE_NAME]
    url = page.evaluate("location.origin") if page.url.startswith("http") else None
    page.context.add_cookies(
        [{"name": cookie.key, "value": cookie.value, "url": url or page.base}]  # type: ignore[attr-defined]
    )


@pytest.fixture
def enter(open_browser, live_server):
    def opened(user, **options):
        page = open_browser(**options)
        page.base = live_server.url
        sign_in(page, user)
        return page

    return opened


@pytest.fixture
def hall():
    """A congress of forty in four delegations, called, with agenda and papers, sign-in open."""
    town = make.body(name="枫溪镇人民代表大会")
    meeting = make.meeting(town, deputies=0, title="第十七届人民代表大会第五次会议", place="镇政府三楼会堂")
    for n in range(40):
        seat = make.seat(town, delegation=f"第{'一二三四'[n % 4]}代表团", district=f"第{n + 1}选区")
        Voter.objects.create(meeting=meeting, seat=seat)
    clerk = make.clerk(town)
    points = ["听取和审议镇人民政府工作报告", "审查和批准2026年预算", "票决2026年民生实事项目"]
    actions.add_items(meeting, points, by=clerk, at=NOW)
    pdf = b"%PDF-1.7\n%%EOF\n"
    actions.add_material(meeting, ContentFile(pdf, name="政府工作报告.pdf"), by=clerk, at=NOW)
    actions.add_material(meeting, ContentFile(pdf, name="民生实事候选项目.pdf"), by=clerk, at=NOW)
    Meeting.objects.filter(pk=meeting.pk).update(state="called", called_at=NOW)
    meeting.refresh_from_db()
    actions.open_sign_in(meeting, by=clerk, at=NOW)
    actions.show(meeting, "welcome", by=clerk, at=NOW)
    for voter in meeting.voters.select_related("meeting__body", "seat__person")[:23]:
        actions.sign_in(voter, "list", by=clerk, at=NOW)
    return meeting, clerk


def good(page, name):
    """No WCAG A/AA violation, nothing wider than the window; a picture where SHOTS says."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']})")["violations"]
    assert not found, name + "".join(f"\n{v['id']}: {v['nodes'][0]['html'][:160]}" for v in found)


@pytest.mark.parametrize("options", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_pages_of_the_clerk_are_sound_on_desk_and_phone(enter, hall, options):
    meeting, clerk = hall
    page = enter(clerk, **options)
    size = options["viewport"]["width"]
    paper, voter = meeting.materials.first(), meeting.voters.first()
    for name, path in {
        "meetings": "",
        "new": f"new/{meeting.body_id}/",
        "meeting": f"{meeting.pk}/",
        "change": f"{meeting.pk}/change/",
        "agenda": f"{meeting.pk}/agenda/",
        "entitled": f"{meeting.pk}/entitled/",
        "materials": f"{meeting.pk}/materials/",
        "material": f"../materials/{paper.pk}/",
        "attendance": f"{meeting.pk}/attendance/",
        "scan": f"{meeting.pk}/attendance/scan/",
        "wall": f"{meeting.pk}/attendance/wall/",
        "voter": f"../voters/{voter.pk}/",
        "control": f"{meeting.pk}/screen/",
    }.items():
        page.goto(f"/meetings/{path}")
        good(page, f"{name}-{size}")


def test_a_deputy_reads_and_signs_in_on_a_phone(enter, hall):
    meeting, _clerk = hall
    waiting = meeting.voters.filter(attendance="expected").select_related("seat__person").first()
    page = enter(make.deputy_user(waiting.seat), **PHONE)
    page.goto("/meetings/mine/")
    good(page, "mine-390")
    page.get_by_role("link", name=meeting.title).click()
    good(page, "deputy-390")
    page.get_by_role("link", name="去签到").click()
    good(page, "button-390")
    page.get_by_role("button", name="签到").click()
    page.get_by_text("签到已完成").wait_for()
    good(page, "done-390")
    waiting.refresh_from_db()
    assert waiting.how == "self"


def test_a_scanner_types_and_the_page_is_ready_for_the_next(enter, hall):
    meeting, clerk = hall
    page = enter(clerk, **WIDE)
    page.goto(f"/meetings/{meeting.pk}/attendance/scan/")
    for voter in meeting.voters.filter(attendance="expected").select_related("seat__person")[:2]:
        page.keyboard.type(f"http://yishi.example/s/{voter.code}/")
        page.keyboard.press("Enter")
        page.get_by_role("status").get_by_text(voter.seat.person.name).wait_for()
    good(page, "scanned-1280")
    assert meeting.voters.present().count() == 25


def test_the_numbers_follow_what_another_door_does(enter, hall):
    meeting, clerk = hall
    page = enter(clerk, **WIDE)
    page.goto(f"/meetings/{meeting.pk}/attendance/")
    assert page.locator("#numbers").get_by_text("23", exact=True).count()
    for voter in meeting.voters.filter(attendance="expected").select_related("meeting__body", "seat__person")[
        :6
    ]:
        actions.sign_in(voter, "list", by=clerk, at=NOW)
    page.locator("#numbers").get_by_text("达到法定人数", exact=True).wait_for()


SCENES = {
    "method": {
        "title": "2026年民生实事项目票决办法",
        "points": ["全体代表过半数赞成始得通过", "无记名投票", "设总监票人1名、监票人2名"],
    },
    "voting": {"title": "民生实事项目票决", "entitled": 327, "present": 314, "issued": 314},
    "sealed": {"title": "民生实事项目票决", "entitled": 327, "present": 314, "issued": 314, "returned": 314},
    "counting": {
        "title": "民生实事项目票决",
        "rows": [{"title": f"城乡公园建设第{n}期", "strokes": 3 * n + 7} for n in range(6)],
        "counted": 61,
    },
    "result": {
        "title": "民生实事项目票决",
        "sentence": "应到代表327名，实到314名，5个项目通过。",
        "figures": [
            {"label": w, "value": v}
            for w, v in (
                ("应到", 327),
                ("实到", 314),
                ("发出", 314),
                ("收回", 314),
                ("有效", 312),
                ("无效", 2),
            )
        ],
        "rows": [
            {
                "place": n + 1,
                "title": f"城乡公园建设第{n}期",
                "for": 300 - 40 * n,
                "against": 5,
                "abstain": 4,
                "adopted": n < 5,
            }
            for n in range(7)
        ],
    },
    "adopted": {
        "title": "民生实事项目票决",
        "rows": [{"place": n + 1, "title": f"城乡公园建设第{n}期", "for": 300 - 40 * n} for n in range(5)],
    },
}


def test_the_hall_screen_follows_keys_and_keeps_its_picture_when_the_net_is_cut(enter, open_browser, hall):
    meeting, clerk = hall
    key = Screen.objects.get(meeting=meeting).key
    wall = open_browser(viewport={"width": 1920, "height": 1080})
    wall.goto(f"/screen/{meeting.pk}/?key={key}")
    wall.locator("[data-state=welcome]").wait_for()
    control = enter(clerk, **WIDE)
    control.goto(f"/meetings/{meeting.pk}/screen/")
    control.keyboard.press("2")
    wall.locator("[data-state=sign_in]").wait_for()
    control.get_by_role("button", name="签到", exact=False).and_(control.locator("[aria-current]")).wait_for()
    control.keyboard.press("ArrowRight")
    wall.locator("[data-state=agenda]").wait_for()
    wall.context.set_offline(True)
    control.keyboard.press("1")
    wall.locator("#lost").wait_for()
    assert wall.locator("[data-state=agenda]").is_visible()
    wall.problems.clear()  # the cut itself is told on the console
    wall.context.set_offline(False)
    wall.locator("[data-state=welcome]").wait_for()
    wall.problems.clear()


def test_every_scene_fits_a_screen_of_the_hall_and_is_read_from_far(open_browser, hall):
    meeting, clerk = hall
    key = Screen.objects.get(meeting=meeting).key
    wall = open_browser(viewport={"width": 1920, "height": 1080})
    for scene in Screen.Scene.values:
        actions.show(meeting, scene, SCENES.get(scene), by=clerk, at=NOW)
        wall.goto(f"/screen/{meeting.pk}/?key={key}")
        if folder := os.environ.get("SHOTS"):
            wall.screenshot(path=f"{folder}/screen-{scene}.png")
        assert wall.evaluate("document.documentElement.scrollWidth <= innerWidth"), scene
        smallest = wall.evaluate(
            "Math.min(...[...document.querySelectorAll('.picture *')].filter(e => e.offsetHeight &&"
            " [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))"
            ".map(e => parseFloat(getComputedStyle(e).lineHeight) || 1e6), 1e6)"
        )
        assert smallest >= 54, f"{scene}: a line of {smallest} px of 1080"
