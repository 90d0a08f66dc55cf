"""Two tellers at their own machines: number pad only, saved key by key, resumed, compared, settled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests import make
from tests.make import NOW
from tests.web.test_in_a_browser import violations
from yishi.voting.actions import counting as do
from yishi.voting.models import Poll, Sheet

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

pytestmark = pytest.mark.django_db(transaction=True)
TITLES = ("枫溪镇中心幼儿园扩建", "楠溪江沿线绿道提升", "农村饮用水达标提标", "镇卫生院中医馆建设")


@pytest.fixture
def seat(open_browser: Any, live_server: Any) -> Callable[..., Page]:
    """`seat(poll, "one")`: this official's own browser, signed in."""

    def sit(poll: Poll, name: str, **options: Any) -> Page:
        page = open_browser(**options)
        value = make.client(make.official(poll, name)).cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": value, "url": live_server.url}])
        return page

    return sit


def saved(page: Page) -> None:
    page.wait_for_selector("#saved[data-state=saved], #saved[data-state=all]")


def start(page: Page, batch: Any) -> None:
    page.goto(f"/voting/batches/{batch.pk}/")
    page.keyboard.press("Enter")
    page.wait_for_selector("html[data-keypad=ready]")


def press(page: Page, keys: str) -> None:
    for key in keys.split():
        page.keyboard.press(key)


def laid(returned: int = 3, **fields: Any) -> tuple[Poll, Any]:
    poll = make.returned(returned, **{"options": TITLES, **fields})
    (batch,) = do.lay_out(poll, by=make.official(poll, "clerk"), at=NOW)
    return poll, batch


def test_a_teller_keys_with_one_hand_and_nothing_saved_is_lost(seat: Any) -> None:
    poll, batch = laid()
    page = seat(poll, "one")
    start(page, batch)
    press(page, "1 2 3 0 Enter")  # for, against, abstain, blank
    press(page, "1 1 2")
    saved(page)
    assert page.text_content("#number b") == "2"
    page.close(run_before_unload=False)

    again = seat(poll, "one")
    again.goto(f"/voting/batches/{batch.pk}/")
    again.wait_for_selector("html[data-keypad=ready]")
    assert again.text_content("#number b") == "2"
    assert again.locator(".line.now").get_attribute("data-line") == "4"
    press(again, ". . 3 + Enter 5 1 1 2 Enter")  # undo two, then the rest as before; two marks on a line
    saved(again)
    sheets = [(s.marks, s.complete) for s in Sheet.objects.order_by("number")]
    assert sheets == [
        (["f", "a", "x", ""], True),
        (["f", "x", "x", "x"], True),
        (["fa", "f", "f", "a"], True),
    ]
    press(again, "Enter")
    again.wait_for_selector("text=还没有第二位计票人")


def test_too_many_choices_and_doubt_are_said_as_they_are_keyed(seat: Any) -> None:
    poll, batch = laid(2)
    page = seat(poll, "one")
    start(page, batch)
    press(page, "1 1 1")
    page.wait_for_selector("#verdict:visible")
    assert "此票选了3项，超过2项，按规定无效" in page.text_content("#verdict")
    press(page, "0 Enter")
    page.wait_for_selector("#previous:visible")
    press(page, "1 Enter")
    assert "空白的栏请按 0" in page.text_content("#saved")
    press(page, "0 0 0 / 2 Enter")
    saved(page)
    assert Sheet.objects.get(number=2).doubt == "outside"


def test_a_difference_is_keyed_again_until_both_agree(seat: Any) -> None:
    poll, batch = laid(2)
    pages = [seat(poll, name) for name in ("one", "two")]
    for page, last in zip(pages, "12", strict=True):
        start(page, batch)
        press(page, f"1 + Enter 3 3 3 {last} Enter")
        page.wait_for_selector("#saved[data-state=all]")
        press(page, "Enter")
    pages[1].wait_for_selector("text=请取出这几张")
    assert "留意第4栏" in pages[1].text_content("#again")
    pages[0].wait_for_selector("text=请取出这几张")  # the waiting page finds out by itself
    for page in pages:
        page.wait_for_selector("html[data-keypad=ready]")
        assert page.text_content("#number b") == "2"
        press(page, "3 3 3 1 Enter")
        page.wait_for_selector("#saved[data-state=all]")
        press(page, "Enter")
    pages[1].wait_for_selector("text=两位计票人录入一致")
    pages[0].wait_for_selector("text=两位计票人录入一致")


def test_without_the_server_keys_wait_and_are_saved_when_it_is_back(seat: Any) -> None:
    poll, batch = laid(2)
    page = seat(poll, "one")
    start(page, batch)
    page.route("**/sheets/**", lambda route: route.abort())
    press(page, "1 2")
    page.wait_for_selector("#saved[data-state=unsaved]")
    assert "还没有保存" in page.text_content("#saved")
    press(page, "3 0")
    page.unroute("**/sheets/**")
    saved(page)
    assert Sheet.objects.get(number=1).marks == ["f", "a", "x", ""]
    page.problems[:] = [line for line in page.problems if "ERR_FAILED" not in line]


def test_the_same_sheet_in_two_windows_is_noticed(seat: Any) -> None:
    poll, batch = laid(2)
    page, other = seat(poll, "one"), seat(poll, "one")
    start(page, batch)
    other.goto(f"/voting/batches/{batch.pk}/")
    other.wait_for_selector("html[data-keypad=ready]")
    press(page, "1 2")
    saved(page)
    press(other, "3")
    other.wait_for_selector("#saved[data-state=note]")
    assert "别的窗口" in other.text_content("#saved")
    assert Sheet.objects.get(number=1).marks == ["f", "a"]
    other.problems[:] = [line for line in other.problems if "409" not in line]


def test_names_written_in_are_typed_after_the_star(seat: Any) -> None:
    poll, batch = laid(1, options=("张安邦", "李承德"), rule_key="election.officials")
    page = seat(poll, "one")
    start(page, batch)
    press(page, "2 1 *")
    page.keyboard.type("王恩泰")
    press(page, "Enter Enter")
    page.wait_for_selector("#saved[data-state=all]")
    sheet = Sheet.objects.get()
    assert (sheet.marks, sheet.write_ins, sheet.complete) == (["a", "f"], ["王恩泰"], True)


def test_every_page_of_the_count_fits_a_phone(seat: Any) -> None:
    poll, batch = laid(2, rule_key="projects.street.recommendation")
    phone = {"viewport": {"width": 320, "height": 640}}
    teller, chief = seat(poll, "one", **phone), seat(poll, "chief", **phone)
    start(teller, batch)
    press(teller, "1 0 1 0 / 1 Enter")
    for page, where in (
        (teller, f"/voting/batches/{batch.pk}/"),
        (chief, f"/voting/{poll.pk}/counting/"),
        (chief, f"/voting/{poll.pk}/rulings/"),
        (chief, f"/voting/{poll.pk}/tally/"),
    ):
        page.goto(where)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, where


def test_the_pages_of_the_count_are_accessible(seat: Any) -> None:
    poll, batch = laid(2)
    options = {"viewport": {"width": 1280, "height": 800}, "bypass_csp": True}
    teller, chief = seat(poll, "one", **options), seat(poll, "chief", **options)
    teller.goto(f"/voting/batches/{batch.pk}/")
    assert violations(teller) == []
    start(teller, batch)
    press(teller, "1 1 1 0 / 2")
    saved(teller)
    assert violations(teller) == []
    for where in ("counting", "rulings", "tally"):
        chief.goto(f"/voting/{poll.pk}/{where}/")
        assert violations(chief) == [], where
