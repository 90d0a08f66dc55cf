"""Search and the row of tools in a browser: accessible, large enough for a thumb, also without scripts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.test_desk_and_portal import SIZES, stands
from tests.portal.test_portal import published

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("size", SIZES, ids=["desk", "phone in the dark"])
def test_search_and_tools_are_accessible(open_browser: Any, size: dict[str, Any]) -> None:
    poll = published("镇中心小学至溪口村道路改造提升项目票决")
    page = open_browser(**size)
    for address in ("/search/", "/search/?q=道路 修路", "/search/?q=没有", "/", f"/results/{poll.pk}/"):
        stands(page, address)
        low = page.evaluate(
            """() => [...document.querySelectorAll("main .button, main input")].filter(e => e.offsetParent)
            .filter(e => e.getBoundingClientRect().height < 48).map(e => e.outerHTML)"""
        )
        assert low == [], address


def test_a_result_is_found_from_the_front_page_by_keyboard(open_browser: Any) -> None:
    poll = published("道路改造票决")
    page = open_browser()
    page.goto("/")
    page.get_by_label("查找公开内容").fill("道路")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=*")
    assert page.locator("mark").first.inner_text() == "道路"
    page.locator(".hits a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/results/{poll.pk}/")


def test_only_a_window_that_a_script_opened_offers_to_close(open_browser: Any) -> None:
    published()
    page = open_browser()
    page.goto("/results/")
    assert page.get_by_role("button", name="打印本页").is_visible()
    assert page.get_by_role("button", name="关闭").is_hidden()
    assert page.get_by_role("navigation", name="本页").get_by_role("link", name="回到首页").is_visible()
    with page.expect_popup() as opened:
        page.evaluate("void window.open('/results/')")
    small = opened.value
    small.wait_for_load_state()
    assert small.get_by_role("navigation", name="本页").get_by_role("link", name="回到首页").is_hidden()
    small.get_by_role("button", name="关闭").focus()
    # The window may be gone before a click in it has answered: the first window waits instead.
    with small.expect_event("close"):
        small.evaluate("setTimeout(() => document.activeElement.click())")


def test_on_paper_there_are_no_tools(open_browser: Any) -> None:
    poll = published()
    page = open_browser()
    page.goto(f"/results/{poll.pk}/")
    page.emulate_media(media="print")
    assert page.locator(".page-tools").is_hidden() and page.locator("main h1").is_visible()


def test_without_scripts_search_letter_and_way_back_remain(open_browser: Any) -> None:
    published("道路改造票决")
    page = open_browser(java_script_enabled=False)
    page.goto("/")
    page.get_by_label("查找公开内容").fill("道路")
    page.get_by_role("button", name="查找").click()
    page.wait_for_url("**/search/?q=*")
    tools = page.locator(".page-tools")
    assert [one.strip() for one in tools.locator("a:visible, button:visible").all_inner_texts()] == [
        "用邮件转发",
        "返回顶部",
        "回到首页",
    ]
    tools.get_by_role("link", name="回到首页").click()
    page.wait_for_url(lambda url: url.endswith("/"))
