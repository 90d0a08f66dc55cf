"""The chair's page in a browser: the way of a vote by its one button; every page passes axe."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from tests import make
from tests.make import NOW
from tests.web.test_in_a_browser import violations
from yishi.voting.actions import polls
from yishi.voting.models import Poll

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.django_db(transaction=True)
TITLES = (
    "枫溪镇中心幼儿园扩建工程",
    "楠溪江沿线绿道提升工程",
    "农村饮用水达标提标工程",
    "镇卫生院中医馆建设",
    "溪口村至下垟村公路拓宽工程",
    "老旧小区加装电梯",
)
PHONE = {"viewport": {"width": 390, "height": 844}}
DESK = {"viewport": {"width": 1280, "height": 900}}


@pytest.fixture
def seat(open_browser: Any, live_server: Any) -> Any:
    """`seat(poll, "chair")`: this person's own browser, signed in."""

    def sit(poll: Poll, name: str, **options: Any) -> Page:
        page = open_browser(**options)
        value = make.client(make.official(poll, name)).cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": value, "url": live_server.url}])
        return page

    return sit


def picture(page: Page, name: str) -> None:
    """A picture to look at, where YISHI_PICTURES names a folder."""
    if folder := os.environ.get("YISHI_PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def chair_page(page: Page, poll: Poll) -> None:
    page.goto(f"/voting/{poll.pk}/chair/")


def go_on(page: Page) -> None:
    with page.expect_navigation():
        page.locator("#hall button.primary").click()


def test_the_hall_from_the_show_of_hands_to_the_sealed_box_and_the_open_vote(seat: Any) -> None:
    poll = make.hall("form", options=TITLES, seats=5, entitled=51, present=47)
    chair, clerk = seat(poll, "chair", **DESK), seat(poll, "clerk", **DESK)
    chair_page(chair, poll)
    picture(chair, "chair-method")
    chair.get_by_label("赞成（举手）").fill("47")
    go_on(chair)
    chair.get_by_label("赞成（举手）").fill("47")
    go_on(chair)
    chair_page(clerk, poll)
    clerk.get_by_label("印制张数").fill("55")
    go_on(clerk)
    picture(clerk, "chair-quorum")
    go_on(clerk)
    assert clerk.get_by_label("发出").input_value() == "47"
    assert clerk.get_by_label("剩余").input_value() == "8"
    picture(clerk, "chair-issued")
    go_on(clerk)
    # The chair's page came along by itself.
    chair.wait_for_selector("[data-step=sealed]", timeout=10_000)
    picture(chair, "chair-sealed")
    for name in ("chief", "watcher"):
        official = seat(poll, name, **PHONE)
        chair_page(official, poll)
        picture(official, f"chair-seal-{name}-phone")
        go_on(official)
    chair.wait_for_selector("[data-step=open]", timeout=10_000)
    picture(chair, "chair-open")
    go_on(chair)
    assert Poll.objects.get(pk=poll.pk).state == "open"
    chair.keyboard.press("PageDown")
    chair.wait_for_selector("[data-step=returned]")
    assert Poll.objects.get(pk=poll.pk).state == "closed"


def ended(**fields: Any) -> Poll:
    poll = make.hall("returned", options=TITLES, seats=5, entitled=9, present=8, **fields)
    marks = [["f", "f", "f", "f", "f", "a"]] * 5 + [["f", "a", "f", "x", "f", "f"]] * 3
    make.counted(poll, marks)
    return poll


def test_the_result_is_declared_published_and_read_by_the_public(seat: Any, open_browser: Any) -> None:
    poll = ended()
    chair = seat(poll, "chair", **DESK)
    chair_page(chair, poll)
    picture(chair, "chair-declare")
    go_on(chair)
    go_on(chair)
    picture(chair, "chair-done")
    public = open_browser(**PHONE)
    public.goto(f"/results/{poll.pk}/")
    picture(public, "public-phone")
    assert "项目通过" in public.inner_text(".sentence")
    assert violations(public) == []
    public.goto("/results/")
    picture(public, "results-phone")


def test_more_back_than_out_is_asked_again_and_then_void_with_its_repeat_ready(seat: Any) -> None:
    poll = make.hall("closed", options=TITLES, seats=5)
    page = seat(poll, "watcher", **DESK)
    chair_page(page, poll)
    page.get_by_label("收回张数").fill("6")
    go_on(page)
    assert page.locator(".field.wrong").count()
    picture(page, "chair-over")
    go_on(page)
    picture(page, "chair-void")
    assert "收回多于发出" in page.inner_text("#hall")
    chair = seat(poll, "chair", **DESK)
    chair_page(chair, poll)
    go_on(chair)
    assert chair.locator("[data-step=printed]").count() == 1


@pytest.mark.parametrize("options", [PHONE, DESK], ids=["phone", "desk"])
def test_every_page_of_the_clerk_passes_axe(seat: Any, options: dict[str, Any]) -> None:
    poll = make.hall("form", options=TITLES, seats=5)
    page = seat(poll, "clerk", **options)
    n, meeting, size = poll.pk, poll.meeting_id, options["viewport"]["width"]
    pages = {
        "polls": f"/meetings/{meeting}/polls/",
        "new": f"/meetings/{meeting}/polls/new/",
        "poll": f"/polls/{n}/",
        "change": f"/polls/{n}/change/",
        "options": f"/polls/{n}/options/",
        "method": f"/polls/{n}/method/",
        "officials": f"/polls/{n}/officials/",
        "drop": f"/polls/{n}/drop/",
        "chair": f"/voting/{n}/chair/",
    }
    found = {}
    for name, url in pages.items():
        page.goto(url)
        picture(page, f"{name}-{size}")
        if bad := violations(page):
            found[name] = bad
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wide, f"{name} is wider than the window"
    assert found == {}


def test_the_page_of_a_correction_and_an_overridden_gate_passes_axe(seat: Any) -> None:
    poll = make.hall("issued", options=TITLES, seats=5)
    polls.say(poll, "printed", 9, by=make.official(poll, "clerk"), at=NOW, why="漏数一张")
    page = seat(poll, "chair", **DESK)
    chair_page(page, poll)
    page.get_by_text("没有满足也要继续").first.click()
    picture(page, "chair-gate")
    assert violations(page) == []
    page.get_by_label("理由").first.fill("一张印坏，当众销毁")
    with page.expect_navigation():
        page.locator("button.danger").first.click()
    assert poll.overrides.get().why == "一张印坏，当众销毁"
