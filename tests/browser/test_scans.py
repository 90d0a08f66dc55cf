"""Scrutineers at their machines: doubts by the keyboard, a mosaic, the whole batch, a page that lives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests import make
from tests.make import NOW
from tests.voting.scans import deck, drawn
from tests.web.test_in_a_browser import violations
from yishi.voting.actions import scans as do
from yishi.voting.models import Poll, ScanDecision
from yishi.voting.rules import scans as rules

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from yishi.voting.models import Batch

pytestmark = pytest.mark.django_db(transaction=True)
PAGES = ("", "doubts/", "mosaic/blank/", "mosaic/for/", "whole/", "duplicates/", "close/", "hand/")
TITLES = ("枫溪镇中心幼儿园扩建", "楠溪江沿线绿道提升", "农村饮用水达标提标")


@pytest.fixture
def seat(open_browser: Any, live_server: Any) -> Callable[..., Page]:
    """`seat(poll, "chief")`: this official's own browser, signed in."""

    def sit(poll: Poll, name: str, **options: Any) -> Page:
        page = open_browser(**options)
        value = make.client(make.official(poll, name)).cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": value, "url": live_server.url}])
        return page

    return sit


def batch_of(
    ballots: list[list[str]], doubts: dict[tuple[int, int], str] | None = None, **more: Any
) -> Batch:
    batch = deck.scanned(deck.poll(len(ballots), options=TITLES, seats=3), ballots, doubts, **more)
    drawn.pictures(batch)
    return batch


def open_doubts(page: Page, batch: Batch) -> None:
    page.goto(f"/voting/batches/{batch.pk}/scan/doubts/")
    page.wait_for_selector("html[data-scans=ready]")


def saved(page: Page, n: int) -> None:
    page.locator(".scan-doubt.saved").nth(n - 1).wait_for()


def press(page: Page, keys: str) -> None:
    for key in keys.split():
        page.keyboard.press(key)


def test_doubts_are_decided_with_one_hand_and_each_is_saved_at_once(seat: Any) -> None:
    batch = batch_of(
        [["f", "a", "x"], ["f", "f", "a"], ["a", "x", "f"]],
        {(1, 0): "faint", (2, 1): "cross", (3, 2): "beside"},
    )
    page = seat(batch.poll, "watcher")
    open_doubts(page, batch)
    order = page.eval_on_selector_all(".scan-doubt", "all => all.map(one => one.dataset.key)")
    press(page, "1 Enter 0 Enter")
    saved(page, 2)
    assert page.text_content("#left") == "1"
    said = dict(ScanDecision.objects.values_list("page_id", "value"))
    assert [said[int(key.split("-")[0])] for key in order[:2]] == ["f", ""]
    press(page, "- 2 Enter")  # the row before, put right
    saved(page, 2)
    press(page, "5 Enter")
    saved(page, 3)
    assert list(ScanDecision.objects.values_list("value", flat=True))[-1] == "fa"
    press(page, "Enter")
    page.wait_for_url(f"**/voting/batches/{batch.pk}/scan/")
    page.wait_for_selector("text=等另一位监票人")


def test_without_the_server_what_was_decided_waits_and_is_saved_when_it_is_back(seat: Any) -> None:
    batch = batch_of([["f", "a", "x"]], {(1, 0): "faint"})
    page = seat(batch.poll, "watcher")
    open_doubts(page, batch)
    page.route("**/doubts/", lambda route: route.abort())
    press(page, "Enter")
    assert "请先选一个" in page.text_content(".scan-saved")
    press(page, "3 Enter")
    page.wait_for_selector("#note:not(:empty)")
    assert not ScanDecision.objects.exists()
    page.unroute("**/doubts/")
    page.wait_for_selector(".scan-doubt.saved")
    assert ScanDecision.objects.get().value == "x"
    page.problems[:] = [line for line in page.problems if "ERR_FAILED" not in line]


def test_the_whole_ballot_is_one_key_away_and_escape_leads_back(seat: Any) -> None:
    batch = batch_of([["f", "a", "x"]], {(1, 0): "faint"})
    page = seat(batch.poll, "chief")
    open_doubts(page, batch)
    press(page, "*")
    page.wait_for_selector("#sheet img[src*='whole.jpg']")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.querySelector('#sheet img').naturalWidth") > 1000
    press(page, "Escape 1 Enter")
    page.wait_for_selector(".scan-doubt.saved")


def test_the_chief_settles_with_the_reason_typed_between(seat: Any) -> None:
    batch = batch_of([["f", "a", "x"]], {(1, 0): "faint"})
    deck.said(batch, 1, 0, "f", "chief")
    deck.said(batch, 1, 0, "a", "watcher")
    page = seat(batch.poll, "chief")
    open_doubts(page, batch)
    press(page, "2")
    page.keyboard.type("看原票是反对 1")
    press(page, "Enter")
    page.wait_for_selector(".scan-doubt.saved")
    assert rules.ledger(batch).ballots[0].rows[0].letters == "a"


def test_what_was_decided_is_changed_and_only_that_is_sent(seat: Any) -> None:
    batch = batch_of([["f", "a", "x"], ["f", "f", "a"]], {(1, 0): "faint", (2, 1): "cross"})
    deck.said(batch, 1, 0, "f", "watcher")
    deck.said(batch, 2, 1, "f", "watcher")
    page = seat(batch.poll, "watcher")
    page.goto(f"/voting/batches/{batch.pk}/scan/doubts/?mine=1")
    page.wait_for_selector("html[data-scans=ready]")
    press(page, "Enter 3 Enter")
    saved(page, 1)
    assert page.text_content("#left") == "2"
    assert ScanDecision.objects.count() == 3
    assert list(ScanDecision.objects.values_list("value", flat=True))[-1] == "x"


def test_a_mosaic_is_walked_with_the_arrows_and_flagged_with_the_space_bar(seat: Any) -> None:
    batch = batch_of([["", "", "f"]] * 6)
    page = seat(batch.poll, "watcher")
    page.goto(f"/voting/batches/{batch.pk}/scan/mosaic/blank/")
    page.wait_for_selector("html[data-scans=ready]")
    assert page.text_content("#confirm") == "都看过，无误"
    press(page, "ArrowDown ArrowRight Enter Space")
    assert page.text_content("#confirm") == "标出 1 栏存疑，其余无误"
    press(page, "ArrowDown ArrowDown ArrowDown ArrowDown ArrowDown")
    for picture in page.locator(".scan-piece img").all():
        picture.evaluate("(picture) => picture.decode()")
    press(page, "Enter")
    page.wait_for_selector("text=标出1栏，列入存疑")
    ledger = rules.ledger(batch)
    assert (ledger.look, ledger.doubts) == (0, 1)


def test_a_mosaic_is_not_confirmed_while_a_picture_has_not_come(seat: Any) -> None:
    batch = batch_of([["", "", "f"]] * 2)
    page = seat(batch.poll, "watcher")
    held: list[Any] = []
    page.route("**/ovals/0.jpg*", lambda route: held.append(route))
    page.goto(f"/voting/batches/{batch.pk}/scan/mosaic/blank/", wait_until="domcontentloaded")
    page.wait_for_selector("html[data-scans=ready]")
    page.click("#confirm")
    page.wait_for_selector("text=这一栏的图还没有显示出来")
    assert held and rules.ledger(batch).look == 4
    for one in held:
        one.continue_()
    for picture in page.locator(".scan-piece img").all():
        picture.evaluate("(picture) => picture.decode()")
    page.click("#confirm")
    page.wait_for_url(f"**/voting/batches/{batch.pk}/scan/")
    assert rules.ledger(batch).look == 0


def test_a_batch_page_goes_on_by_itself_when_something_else_is_to_be_done(seat: Any) -> None:
    batch = batch_of([["f", "a", "x"]])
    page = seat(batch.poll, "watcher")
    page.goto(f"/voting/batches/{batch.pk}/scan/")
    page.wait_for_selector("#now[data-step=wait_close]")
    do.close(batch, by=make.official(batch.poll, "chief"), at=NOW)
    page.wait_for_selector("#now[data-step=closed]", timeout=15_000)


def test_it_all_goes_without_javascript(seat: Any) -> None:
    batch = batch_of([["f", "a", ""], ["f", "x", "f"]], {(1, 0): "faint"})
    for name in ("watcher", "chief"):
        page = seat(batch.poll, name, java_script_enabled=False)
        page.goto(f"/voting/batches/{batch.pk}/scan/")
        page.click("#next")
        page.locator(".scan-marks .mark").first.click()
        page.click("#done")
        page.wait_for_url(f"**/voting/batches/{batch.pk}/scan/")
    page.goto(f"/voting/batches/{batch.pk}/scan/mosaic/blank/")
    page.click("#confirm")
    page.wait_for_url(f"**/voting/batches/{batch.pk}/scan/")
    page.click("#next")
    page.click("main button.primary")
    page.wait_for_selector("text=这一批已经核清")


def busy() -> Batch:
    return batch_of(
        [["f", "a", ""], ["f", "x", "f"], ["", "a", "f"], ["f", "f", "a"], ["f", "f", "a"], ["x", "f", "a"]],
        {(1, 0): "faint", (2, 1): "cross", (6, 1): "beside"},
        refused={3: "not_a_ballot", 5: "blank", 6: "blank"},
        elsewhere=[4],
        twins={5: 4},
    )


@pytest.mark.parametrize(("width", "theme"), [(320, "dark"), (390, "light"), (768, "light"), (1280, "dark")])
def test_every_page_is_accessible_and_fits(seat: Any, live_server: Any, width: int, theme: str) -> None:
    batch = busy()
    deck.said(batch, 2, 1, "f", "watcher")
    deck.said(batch, 2, 1, "a", "chief")
    page = seat(batch.poll, "chief", viewport={"width": width, "height": 800}, bypass_csp=True)
    page.context.add_cookies([{"name": "look", "value": f"{theme}.medium", "url": live_server.url}])
    for where in (
        f"/voting/{batch.poll_id}/scans/",
        *(f"/voting/batches/{batch.pk}/scan/{more}" for more in PAGES),
        f"/voting/scans/pages/{deck.leaf(batch, 1).pk}/",
        f"/voting/{batch.poll_id}/counting/",
    ):
        page.goto(where)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), where
        for summary in page.locator("main details > summary").all():
            summary.click()
        assert violations(page) == [], where
