"""The booth on a phone: whatever happens, the voter learns whether the ballot is in the box."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests import make
from tests.browser.test_in_english import chinese
from tests.web.test_in_a_browser import violations
from yishi.ballot import audit, credentials
from yishi.ballot.elections import Election
from yishi.voting import pool
from yishi.voting.models import CastBallot, ExchangedSlip, Poll, SealedSession
from yishi.voting.views.sealed import page as booth_page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page, Route

    from yishi.voting.models import SealedBox

pytestmark = pytest.mark.django_db(transaction=True)
TITLES = ("枫溪镇中心幼儿园扩建", "楠溪江沿线绿道提升", "农村饮用水达标提标", "镇卫生院中医馆建设")
TICKS = "projects.street.recommendation"
GRADES = "projects.rating"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
# What the person must never have to read.
CRYPTOGRAPHY = re.compile("加密|密文|密钥|公钥|私钥|签名|哈希|证明|encrypt|cipher|hash|signature|proof", re.I)


@pytest.fixture(autouse=True)
def plain_booth(plain_static_files: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The page with plain names of its files, and ballots checked without workers of their own."""
    monkeypatch.setattr(pool, "check", pool.verdict)
    forget()
    yield
    forget()


def forget() -> None:
    booth_page._page.cache_clear()
    booth_page._files.cache_clear()


@pytest.fixture
def scan(open_browser: Any) -> Callable[..., Page]:
    """`scan(box, code)`: a phone that has read the QR of a slip."""

    def opened(
        box: SealedBox, code: str, page: Page | None = None, language: str = "", **options: Any
    ) -> Page:
        page = page or open_browser(**{**PHONE, **options})
        page.goto(f"/booth/{language}#{session(box)}.{code}")
        page.wait_for_selector("html[data-booth=started]")
        return page

    return opened


def session(box: SealedBox) -> str:
    return SealedSession.objects.get(meeting=box.poll.meeting_id).uuid


def a_box(rule_key: str = TICKS, **fields: Any) -> tuple[SealedBox, list[str]]:
    return make.sealed_box(
        make.poll(None, TITLES, rule_key, doors="phone", state=Poll.State.OPEN, opened_at=make.NOW, **fields)
    )


def on(page: Page, screen: str) -> None:
    page.wait_for_selector(f"[data-screen={screen}]:visible")


def begin(page: Page) -> None:
    page.locator("#votes .primary:visible, #next .primary:visible").click()
    on(page, "ballot")


def tick(page: Page, *rows: int) -> None:
    for row in rows:
        page.locator("#rows input").nth(row).check()


def answer(page: Page, marks: str) -> None:
    """One digit for each line: which answer it gets."""
    for row, mark in enumerate(marks):
        page.locator("#rows fieldset").nth(row).locator("input").nth(int(mark)).check()


def check(page: Page) -> None:
    page.click("[data-do=check]")
    on(page, "check")
    receipt_of(page, "#check-receipt")


def receipt_of(page: Page, place: str) -> str:
    number = page.locator(place, has_text=re.compile(r"^\S{8}$"))
    number.wait_for()
    return str(number.text_content())


def cast(page: Page) -> str:
    """The receipt number at the end."""
    page.click("#cast")
    on(page, "in")
    return str(page.text_content("#in-receipt"))


def look(page: Page) -> None:
    """Ask the server now, not in three seconds."""
    page.evaluate("dispatchEvent(new Event('online'))")


def expect(page: Page, *said: str) -> None:
    """These lines of the console are meant to be there."""
    problems: list[str] = page.problems  # type: ignore[attr-defined]
    problems[:] = [line for line in problems if not any(part in line for part in said)]


# --- voting ------------------------------------------------------------------


def test_from_the_slip_to_the_box_and_back_and_forth_it_is_one_ballot(scan: Any) -> None:
    box, codes = a_box()
    page = scan(box, codes[0])
    assert "#" not in page.url and codes[0] not in page.content()
    begin(page)
    assert "最多选2项" in page.text_content("#ballot-how")
    tick(page, 0, 2)
    assert page.text_content("#progress") == "已选 2 / 最多 2"
    check(page)
    assert page.locator("#back li").all_inner_texts() == ["1\n" + TITLES[0], "3\n" + TITLES[2]]
    page.go_back()
    on(page, "ballot")
    assert page.locator("#rows :checked").count() == 2
    page.reload()
    on(page, "ballot")
    assert page.locator("#rows :checked").count() == 2
    check(page)
    receipt = cast(page)
    assert page.text_content("#main h1:visible") == "已入箱"
    ballot = CastBallot.objects.get()
    assert ballot.tracker.startswith(receipt) and len(receipt) == 8
    for step in (page.go_back, page.go_back, page.go_forward, page.reload):
        step()
        page.wait_for_selector("html[data-booth=started]")
        page.wait_for_selector("[data-screen]:visible")
        assert page.locator("[data-screen=ballot]:visible, [data-screen=check]:visible").count() == 0
    kept = page.evaluate("JSON.stringify({...sessionStorage})")
    assert "draft" not in kept and "pending" not in kept
    assert page.locator("#rows li, #back li").count() == 0  # nothing of the choice is left in the page
    assert CastBallot.objects.count() == 1


def test_a_rule_with_a_limit_is_held_at_once_and_the_ballot_holds_what_was_chosen(scan: Any) -> None:
    box, codes = a_box("projects.town.vote")
    page = scan(box, codes[0])
    begin(page)
    assert "“赞成”最多2项" in page.text_content("#ballot-how")
    answer(page, "001")
    page.locator("#rows fieldset").nth(3).locator("input").nth(0).click()
    assert "已经选满了" in page.locator("#rows .error:visible").text_content()
    assert page.locator("#rows fieldset").nth(3).locator(":checked").count() == 0
    assert page.text_content("#progress") == "还有1项没有选 · 赞成 2 / 最多 2"
    page.click("[data-do=check]")
    assert page.locator("#rows .error:visible").text_content() == "这一项还没有选。"
    answer(page, "0012")
    check(page)
    assert [text.split("\n")[-1] for text in page.locator("#back li").all_inner_texts()] == [
        *("赞成", "赞成", "反对", "弃权"),
    ]
    shown = page.text_content("#check-receipt")
    page.click("[data-do=audit]")
    on(page, "audit")
    assert page.text_content("#audit-receipt") == shown
    assert page.locator("#audit-file:visible, #audit-text:visible").count() == 0
    page.click("[data-screen=audit] [data-do=back]")
    on(page, "check")
    receipt_of(page, "#check-receipt")
    assert page.text_content("#check-receipt") != shown
    receipt = cast(page)
    page.click("#audit-open summary")
    assert page.text_content("#audit-of") == shown
    with page.expect_download() as download:
        page.click("#audit-file")
    file = json.loads(download.value.path().read_text("utf-8"))
    assert file == json.loads(page.input_value("#audit-text"))
    election = Election.parse(file["election"].encode())
    assert file["election"] == box.election
    chosen = audit.open_with(election, file["ballot"].encode(), file["randomness"])
    assert chosen == [[1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
    assert receipt != shown and CastBallot.objects.get().content != file["ballot"]


def test_grades_are_asked_for_every_line(scan: Any) -> None:
    box, codes = a_box(GRADES)
    page = scan(box, codes[0])
    begin(page)
    page.click("[data-do=check]")
    assert page.locator("#rows .error:visible").count() == 4
    answer(page, "0123")
    assert page.text_content("#progress") == "每一项都选好了"
    check(page)
    cast(page)
    assert CastBallot.objects.count() == 1


def test_one_too_many_is_refused_at_once_and_nothing_chosen_is_said_plainly(scan: Any) -> None:
    box, codes = a_box()
    page = scan(box, codes[0])
    begin(page)
    check(page)
    assert "您一项也没有选" in page.text_content("#check-summary")
    page.click("[data-screen=check] [data-do=back]")
    on(page, "ballot")
    tick(page, 0, 1)
    page.locator("#rows input").nth(2).click()
    assert "已经选满了" in page.locator("#rows .error:visible").text_content()
    assert not page.locator("#rows input").nth(2).is_checked()


def test_two_taps_are_one_vote(scan: Any) -> None:
    box, codes = a_box()
    page = scan(box, codes[0])
    sent = []
    page.on("request", lambda request: sent.append(request.url) if request.url.endswith("/cast") else None)
    begin(page)
    tick(page, 1)
    check(page)
    page.dblclick("#cast")
    on(page, "in")
    assert len(sent) == 1 and CastBallot.objects.count() == 1


def test_votes_appear_when_they_open_and_the_next_one_follows(scan: Any) -> None:
    box, codes = a_box()
    Poll.objects.update(state=Poll.State.READY)
    page = scan(box, codes[0])
    assert "还没有开始" in page.text_content("#wait-lead")
    assert box.poll.meeting.title in page.text_content("#meeting")
    assert page.locator("#rehearsal:visible").count() == 0
    Poll.objects.update(state=Poll.State.OPEN)
    look(page)
    begin(page)
    tick(page, 1)
    check(page)
    cast(page)
    assert "请在这一页等候下一项投票" in page.text_content("#next")
    second = make.poll(box.poll.meeting, TITLES, TICKS, doors="phone", state=Poll.State.OPEN, title="第二项")
    other, _codes = make.sealed_box(second)
    listing = json.dumps([credentials.public(other.uuid, codes[0])], separators=(",", ":"))
    type(other).objects.filter(pk=other.pk).update(listing=listing)
    look(page)
    page.wait_for_selector("#next .primary")
    begin(page)
    assert page.text_content("#ballot-title") == "第二项"


def test_a_vote_may_be_changed_where_the_method_says_so(scan: Any) -> None:
    box, codes = a_box(revote=True)
    page = scan(box, codes[0])
    receipts = []
    begin(page)
    for row in (0, 1):
        tick(page, row)
        check(page)
        receipts.append(cast(page))
        if row == 0:
            page.click("#revote")
            on(page, "ballot")
            assert page.locator("#rows :checked").count() == 0
    assert len(set(receipts)) == 2
    assert sorted(CastBallot.objects.values_list("turn", flat=True)) == [1, 2]


# --- what goes wrong -----------------------------------------------------------


def lose_answers(page: Page) -> None:
    """The ballot arrives, its answer does not."""

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/cast", lose)


def test_when_the_answer_is_lost_the_same_ballot_is_sent_until_it_is_certain(scan: Any) -> None:
    box, codes = a_box()
    page = scan(box, codes[0])
    begin(page)
    tick(page, 1)
    check(page)
    lose_answers(page)
    page.click("#cast")
    on(page, "sending")
    page.wait_for_selector("#sending-why:text('网络不通')")
    assert "请不要关闭这一页" in page.text_content("[data-screen=sending]")
    page.go_back()
    on(page, "sending")
    page.unroute("**/cast")
    on(page, "in")
    assert CastBallot.objects.get().tracker.startswith(page.text_content("#in-receipt"))
    expect(page, "ERR_FAILED")


def test_a_reload_before_the_answer_still_ends_in_certainty(scan: Any) -> None:
    box, codes = a_box()
    page = scan(box, codes[0])
    begin(page)
    tick(page, 1)
    check(page)
    page.route("**/cast", lambda route: route.abort())
    page.click("#cast")
    on(page, "sending")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    on(page, "sending")
    assert CastBallot.objects.count() == 0
    page.unroute("**/cast")
    on(page, "in")
    assert CastBallot.objects.get().tracker.startswith(page.text_content("#in-receipt"))
    expect(page, "ERR_FAILED")


def test_it_arrived_before_the_close_and_the_voter_learns_it_after(scan: Any) -> None:
    box, codes = a_box()
    page = scan(box, codes[0])
    begin(page)
    tick(page, 1)
    check(page)
    lose_answers(page)
    page.click("#cast")
    page.wait_for_selector("#sending-why:text('网络不通')")
    Poll.objects.update(state=Poll.State.CLOSED)
    page.unroute("**/cast")
    on(page, "in")
    expect(page, "ERR_FAILED", "409")


def test_a_box_that_closes_under_the_pen_is_said_before_and_after_the_button(scan: Any) -> None:
    box, codes = a_box()
    page, late = scan(box, codes[0]), scan(box, codes[1])
    for one in (page, late):
        begin(one)
        tick(one, 1)
    check(late)
    Poll.objects.update(state=Poll.State.CLOSED)
    late.click("#cast")
    look(page)
    for one in (page, late):
        on(one, "stop")
        assert one.text_content("#stop-title") == "投票已经截止"
        assert "没有投出" in one.text_content("#stop-text")
        expect(one, "409")
    assert CastBallot.objects.count() == 0


def test_a_slip_that_has_voted_is_told_so_with_its_receipt(scan: Any) -> None:
    box, codes = a_box()
    page, thief = scan(box, codes[0]), scan(box, codes[0])
    for one in (page, thief):
        begin(one)
        tick(one, 1)
        check(one)
    receipt = cast(thief)
    page.click("#cast")
    on(page, "stop")
    assert page.text_content("#stop-title") == "这张投票码已投过票"
    assert page.text_content("#stop-receipt") == receipt
    again = scan(box, codes[0])
    again.wait_for_selector("#votes li")
    assert again.locator("#votes .chip").text_content() == "已入箱"
    assert again.locator("#votes .primary").count() == 0
    again.locator("#votes button:visible").click()
    on(again, "stop")
    assert again.text_content("#stop-receipt") == receipt
    assert CastBallot.objects.count() == 1


def test_slips_that_may_not_vote_are_sent_to_the_desk(scan: Any) -> None:
    box, codes = a_box()
    _other, strange = a_box(title="别的会议")
    ExchangedSlip.objects.create(box=box, credential=credentials.public(box.uuid, codes[1]))
    page = scan(box, strange[0])
    on(page, "stop")
    assert page.text_content("#stop-title") == "这张投票码不能投这一项"
    assert "领票台" in page.text_content("#stop-text")
    swapped = scan(box, codes[1])
    swapped.wait_for_selector("#votes li")
    assert "已换成纸质票" in swapped.locator("#votes").text_content()
    assert swapped.text_content("#wait-lead") == "正在投票，但这张投票码不能投。"
    nowhere = scan(box, codes[0])
    nowhere.goto(f"/booth/#NoSuchMeeting1.{codes[0]}")
    on(nowhere, "stop")
    assert nowhere.text_content("#stop-title") == "找不到这次会议的投票"
    for one in (page, swapped, nowhere):
        expect(one, "409", "404")


def test_a_code_is_typed_and_its_mistakes_are_said_at_the_field(open_browser: Any) -> None:
    _box, codes = a_box()
    page = open_browser(**PHONE)
    page.goto("/booth/")
    on(page, "code")
    page.fill("#code", "abc0")
    assert "没有“0”" in page.text_content("#code-error")
    page.fill("#code", codes[0][:9])
    page.click("#code-form button")
    assert "还差14个" in page.text_content("#code-error")
    last = "2" if codes[0][-1] == "1" else "1"
    page.fill("#code", codes[0][:-1] + last)
    page.click("#code-form button")
    assert "有字符输错了" in page.text_content("#code-error")
    assert page.evaluate("document.activeElement.id") == "code"
    page.fill("#code", f" {codes[0].replace('-', '')} ")
    page.click("#code-form button")
    page.wait_for_selector("#votes .primary")
    page.goto(f"/booth/#{session(_box)}.{codes[0][:-1]}{last}")
    on(page, "code")
    assert "二维码没有读完整" in page.text_content("#code-error")


def test_who_types_a_code_where_two_meetings_vote_says_which(open_browser: Any) -> None:
    box, codes = a_box()
    a_box(title="别的会议")
    page = open_browser(**PHONE)
    page.goto("/booth/")
    page.wait_for_selector("#sessions:visible")
    page.fill("#code", codes[0])
    page.click("#code-form button")
    assert page.text_content("#code-error") == "请先选您参加的会议。"
    page.locator(f"#sessions input[value='{session(box)}']").check()
    page.click("#code-form button")
    begin(page)
    assert page.text_content("#ballot-title") == box.poll.title


def test_a_shared_tablet_forgets_the_slip(scan: Any) -> None:
    box, codes = a_box()
    page = scan(box, codes[0], viewport={"width": 1024, "height": 768})
    begin(page)
    tick(page, 1)
    check(page)
    cast(page)
    page.click("[data-screen=in] [data-do=next-person]")
    on(page, "code")
    assert codes[0] not in page.evaluate("JSON.stringify({...sessionStorage})")
    page.go_back()
    on(page, "code")
    scan(box, codes[1], page)
    begin(page)
    assert page.locator("#rows :checked").count() == 0


def test_a_cut_line_is_said_and_mends_itself(scan: Any) -> None:
    box, codes = a_box()
    page = scan(box, codes[0])
    page.context.set_offline(True)
    page.wait_for_selector("#offline:visible")
    begin(page)
    tick(page, 1)
    check(page)
    page.context.set_offline(False)
    page.wait_for_selector("#offline", state="hidden")
    cast(page)
    expect(page, "ERR_INTERNET_DISCONNECTED")


def test_a_browser_that_cannot_vote_says_so_before_and_offers_paper(open_browser: Any) -> None:
    old = open_browser(**PHONE)
    old.add_init_script("delete window.BigInt")
    bare = open_browser(java_script_enabled=False, **PHONE)
    broken = open_browser(**PHONE)
    broken.route("**/booth/seal.js", lambda route: route.fulfill(status=404, body=""))
    for page in (old, bare, broken):
        page.goto("/booth/")
        page.wait_for_selector("text=这台设备上不能投票")
        assert "换一张纸质票" in page.locator("main").inner_text()
        assert page.locator("[data-screen]:visible").count() == 0
    expect(broken, "404")


# --- for everybody ---------------------------------------------------------------


def test_in_english_nothing_is_chinese_but_what_was_typed_and_the_ballot_stays(scan: Any) -> None:
    box, codes = a_box("projects.town.vote")
    meeting = box.poll.meeting
    data = [*TITLES, box.poll.title, f"{meeting.body.name}{meeting.title}"]
    page = scan(box, codes[0])
    begin(page)
    answer(page, "01")
    page.click("#language")
    page.wait_for_url(re.compile("/booth/en/"))
    on(page, "wait")
    assert chinese(page, data) == []
    page.click("text=Continue the ballot")
    assert page.locator("#rows :checked").count() == 2
    assert "For" in page.text_content("#rows")
    answer(page, "0112")
    check(page)
    assert chinese(page, data) == []
    assert cast(page) and page.text_content("[data-screen=in] h1") == "In the box"
    assert chinese(page, data) == []


@pytest.mark.parametrize(("theme", "width"), [("light", 390), ("dark", 320)])
def test_every_screen_fits_is_accessible_and_has_no_word_of_cryptography(
    scan: Any, theme: str, width: int
) -> None:
    box, codes = a_box(GRADES)
    page = scan(box, codes[0], viewport={"width": width, "height": 740}, bypass_csp=True, color_scheme=theme)

    def sound(screen: str) -> None:
        on(page, screen)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, screen
        assert violations(page) == [], screen
        words = page.locator("main").inner_text()
        assert not CRYPTOGRAPHY.search(words), screen
        assert page.locator("h1:visible").count() == 1
        assert page.evaluate("document.activeElement.tagName") == "H1", screen
        low = page.evaluate(
            "() => [...document.querySelectorAll('main :is(button, a, label)')].filter("
            "e => e.offsetParent && !e.htmlFor && e.getBoundingClientRect().height < 48)"
            ".map(e => e.outerHTML)"
        )
        assert low == [], screen

    sound("wait")
    begin(page)
    sound("ballot")
    page.click("[data-do=check]")
    page.wait_for_selector(".booth-row.wrong")
    assert violations(page) == []
    answer(page, "0123")
    check(page)
    sound("check")
    cast(page)
    sound("in")
    page.click("[data-screen=in] [data-do=next-person]")
    sound("code")
