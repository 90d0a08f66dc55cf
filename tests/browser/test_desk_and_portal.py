"""Desk and public pages in a browser: accessible, at 320 px without scrolling sideways, without scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests import make
from tests.portal.test_portal import published
from tests.web.test_in_a_browser import violations
from yishi.meetings.models import Meeting

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.django_db(transaction=True)
SIZES = [
    {"viewport": {"width": 1280, "height": 800}},
    {"viewport": {"width": 320, "height": 640}, "color_scheme": "dark"},
]


def stands(page: Page, address: str) -> None:
    page.goto(address)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address


@pytest.mark.parametrize("size", SIZES, ids=["desk", "phone in the dark"])
def test_the_public_pages_are_accessible(open_browser: Any, size: dict[str, Any]) -> None:
    poll = published("镇中心小学至溪口村道路两侧人行道、路灯和排水沟改造提升项目票决")
    page = open_browser(**size)
    for address in ("/", "/results/", f"/results/{poll.pk}/"):
        stands(page, address)


@pytest.mark.parametrize("size", SIZES, ids=["desk", "phone in the dark"])
def test_the_desk_is_accessible_and_each_line_is_one_link(
    open_browser: Any, live_server: Any, size: dict[str, Any]
) -> None:
    poll = make.hall("sealed")
    Meeting.objects.update(state=Meeting.State.OPEN)
    for name in ("chair", "one"):
        page = open_browser(**size)
        value = make.client(make.official(poll, name)).cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": value, "url": live_server.url}])
        stands(page, "/desk/")
        lines = page.locator(".heap li")
        assert lines.count() >= 1 and lines.count() == page.locator(".heap li a").count()
        page.locator(".heap.today a, .heap.waiting a").first.click()
        page.wait_for_url(f"**/voting/{poll.pk}/chair/")


def test_the_public_pages_read_without_javascript_and_the_whole_card_opens_the_result(
    open_browser: Any,
) -> None:
    poll = published()
    page = open_browser(java_script_enabled=False)
    page.goto("/")
    page.locator("article.result .equation").click(force=True)
    page.wait_for_url(f"**/results/{poll.pk}/")
    assert "修路" in page.locator("main").inner_text()
