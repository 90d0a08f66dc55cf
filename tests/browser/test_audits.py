"""The check by hand in a browser: the draw on the chief's page, the paper to take on the teller's keypad."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from tests import make
from tests.make import NOW
from tests.voting.scans import deck
from tests.web.test_in_a_browser import violations
from yishi.voting.models import Audit, Batch, Poll

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

pytestmark = pytest.mark.django_db(transaction=True)
TITLES = ("枫溪镇中心幼儿园扩建", "楠溪江沿线绿道提升", "农村饮用水达标提标")
PLAIN = ["f", "a", "x"]


@pytest.fixture
def seat(open_browser: Any, live_server: Any) -> Callable[..., Page]:
    """`seat(poll, "chief")`: this official's own browser, signed in."""

    def sit(poll: Poll, name: str, **options: Any) -> Page:
        page = open_browser(**options)
        value = make.client(make.official(poll, name)).cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": value, "url": live_server.url}])
        return page

    return sit


def shot(page: Page, name: str) -> None:
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def closed(n: int, size: int) -> Poll:
    poll = deck.poll(n, options=TITLES, batch_size=size)
    for start in range(0, n, size):
        batch = deck.scanned(poll, [PLAIN] * min(size, n - start))
        Batch.objects.filter(pk=batch.pk).update(agreed_at=NOW)
    return poll


def test_the_chief_draws_and_a_teller_sees_the_next_paper_with_every_sheet(seat: Callable[..., Page]) -> None:
    poll = closed(26, 13)
    page = seat(poll, "chief")
    page.goto(f"/voting/{poll.pk}/audit/")
    assert violations(page) == []
    shot(page, "draw")
    page.get_by_label("种子").fill("314159")
    page.get_by_role("button", name="抽 20 张").click()
    page.get_by_text("已抽20张").wait_for()
    assert violations(page) == []
    shot(page, "drawn")

    batch = Audit.objects.get().batches.order_by("number")[0]
    teller = seat(poll, "one")
    teller.goto(f"/voting/batches/{batch.pk}/")
    shot(teller, "begin")
    teller.keyboard.press("Enter")
    papers = [f"第{one}批第{number}张" for one, number in batch.picked]
    teller.locator("#pulled").get_by_text(papers[0], exact=True).wait_for()
    shot(teller, "key")
    for key in ("1", "2", "3", "Enter"):
        teller.keyboard.press(key)
    teller.locator("#pulled").get_by_text(papers[1], exact=True).wait_for()
    teller.keyboard.press("-")
    teller.locator("#pulled").get_by_text(papers[0], exact=True).wait_for()
    assert violations(teller) == []


def test_the_chief_rules_beside_both_readings(seat: Callable[..., Page]) -> None:
    from tests.voting.scans.test_audits import draw, key, stand

    poll = closed(8, 8)
    draw(poll)
    key(poll, {(1, 3): ["x", "a", "x"]})
    page = seat(poll, "chief")
    page.goto(f"/voting/{poll.pk}/audit/")
    shot(page, "differs")
    page.get_by_role("link", name="对照原票认定").click()
    assert violations(page) == []
    shot(page, "settle")
    page.get_by_label("有效").check()
    page.get_by_label("1 枫溪镇中心幼儿园扩建").select_option("弃权")
    page.get_by_label("理由").fill("对照原票")
    page.get_by_role("button", name="作出认定").click()
    page.get_by_text("机器读错").wait_for()
    assert stand(poll).checks[2].misread and stand(poll).todo == "done"
    shot(page, "settled")
