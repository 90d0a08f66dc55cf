"""One vote from beginning to end in browsers: keys, slips, paper and phones, opened and checked."""

from __future__ import annotations

import io
import os
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests import make
from tests.browser.test_booth import answer, begin, cast, check, plain_booth  # noqa: F401 (a fixture)
from tests.browser.test_keys import enter, screen  # noqa: F401 (a fixture)
from tests.make import NOW
from yishi.ballot import verify
from yishi.meetings.models import Voter
from yishi.voting.actions import counting, polls
from yishi.voting.models import Poll, SealedBox, SealedSession
from yishi.voting.rules.sealed_count import election_of
from yishi.voting.words import method

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

pytestmark = pytest.mark.django_db(transaction=True)
WIDE = {"viewport": {"width": 1280, "height": 900}}
TITLES = ("枫溪镇中心幼儿园扩建", "楠溪江沿线绿道提升", "农村饮用水达标提标")
HATS = {"chief": "chief_scrutineer", "watcher": "scrutineer", "one": "teller", "two": "teller"}


def shot(page: Page, name: str) -> None:
    """A picture to look at, where SHOTS names a folder."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/phone-vote-{name}.png", full_page=True)


def ready() -> Poll:
    """Method and officials adopted, ten deputies here; nothing yet of keys, slips or paper."""
    town = make.body(name="枫溪镇人民代表大会")
    meeting = make.meeting(town, deputies=0, title="第十七届人民代表大会第五次会议", state="open")
    make.voters(meeting, 10, Voter.Attendance.PRESENT)
    poll = make.poll(meeting, TITLES, doors="both")
    for name, hat in HATS.items():
        user = make.user(f"{name}-{poll.pk}", name=name)
        make.Official.objects.create(poll=poll, user=user, hat=hat)
    chair = make.chair(town, f"chair-{poll.pk}")
    make.clerk(town, f"clerk-{poll.pk}")
    poll.method_text = method.draft(poll)
    poll.save()
    polls.adopt_method(poll, {"for": 10}, by=chair, at=NOW)
    polls.adopt_officials(poll, {"for": 10}, by=chair, at=NOW)
    return poll


def keys(enter: Callable[..., Page], poll: Poll, clerk: Page) -> dict[str, Page]:  # noqa: F811
    clerk.goto(f"/meetings/{poll.meeting_id}/sealed/")
    clerk.get_by_role("button", name="安排", exact=True).click()
    session = SealedSession.objects.get()
    phones = {
        one.user.username.split("-")[0]: enter(one.user, f"/sealed/keys/{one.pk}/")
        for one in session.keyholders.select_related("user")
    }
    for phone in phones.values():
        phone.click("text=生成我的密钥")
    for phone in phones.values():
        screen(phone, "digits")
        phone.click("text=六位数一致")
        screen(phone, "done")
    return phones


def slips(clerk: Page, session: SealedSession, n: int) -> list[str]:
    """Made and printed with the cable pulled; the codes are read off the paper."""
    clerk.goto(f"/sealed/{session.pk}/desk/make/")
    clerk.context.set_offline(True)
    clerk.get_by_label("张数").fill(str(n))
    clerk.get_by_role("button", name="制作", exact=True).click()
    clerk.get_by_role("heading", name=f"已制作 {n} 张").wait_for()
    clerk.evaluate("window.print = () => {}")
    clerk.get_by_role("button", name="打印").click()
    printed = clerk.locator(".slip-code").evaluate_all("all => all.map(one => one.textContent)")
    clerk.get_by_label("已点清，每张都印得清楚").check()
    clerk.get_by_role("button", name="印好了，忘掉投票码").click()
    clerk.context.set_offline(False)
    clerk.get_by_role("button", name="登记公开名单").click()
    clerk.get_by_text(f"现在共印制{n}张").wait_for()
    return [re.sub(r"[^0-9A-Za-z-]", "", code) for code in printed]


def drawn(clerk: Page, session: SealedSession, spare: str) -> None:
    """Eight take a slip, two paper; the one left over is struck."""
    clerk.goto(f"/sealed/{session.pk}/desk/")
    for n, voter in enumerate(session.meeting.voters.present().select_related("seat__person")):
        name, door = voter.seat.person.name, "领纸质票" if n > 7 else "领投票码"
        clerk.get_by_role("button", name=f"{door} {name}").click()
        clerk.get_by_text(f"{name}已领").wait_for()
    clerk.goto(f"/sealed/{session.pk}/desk/strike/")
    clerk.get_by_label("扫投票码").fill(spare)
    clerk.keyboard.press("Enter")
    clerk.get_by_text("已注销第1张。").wait_for()


def press(page: Page, poll: Poll, name: str) -> None:
    page.goto(f"/voting/{poll.pk}/chair/")
    page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_load_state()


def test_ten_deputies_vote_on_phones_and_paper_and_anybody_can_check_it(
    enter: Any,  # noqa: F811
    open_browser: Any,
) -> None:
    poll = ready()

    def who(name: str) -> Any:
        return make.official(poll, name)

    clerk = enter(who("clerk"), f"/voting/{poll.pk}/chair/", **WIDE)
    assert "监票人密钥" in clerk.text_content("#hall h2")
    phones = keys(enter, poll, clerk)
    session = SealedSession.objects.get()
    codes = slips(clerk, session, 9)
    drawn(clerk, session, codes.pop())

    polls.say(poll, "printed", 4, by=who("clerk"), at=NOW)
    press(clerk, poll, "按签到清点到会人数")
    polls.hand_out(poll, 2, 2, by=who("clerk"), at=NOW)
    for name in ("chief", "watcher"):
        press(phones[name], poll, "票箱是空的，已当众加封")
    phones["chief"].goto(f"/voting/{poll.pk}/chair/")
    shot(phones["chief"], "chief-boxes")
    press(phones["chief"], poll, "封电子票箱")
    chair = enter(who("chair"), f"/voting/{poll.pk}/chair/", **WIDE)
    press(chair, poll, "开始投票")
    box = SealedBox.objects.get()
    assert election_of(box).fingerprint in chair.text_content("#ebox")
    shot(chair, "chair-open")

    receipts = []
    for n, code in enumerate(codes[:7]):
        booth = open_browser(viewport={"width": 390, "height": 844})
        booth.goto(f"/booth/#{session.uuid}.{code}")
        begin(booth)
        answer(booth, "001" if n < 5 else "100")
        check(booth)
        receipts.append(cast(booth))
        booth.context.close()
    press(chair, poll, "投票截止")
    polls.say(Poll.objects.get(), "returned", 2, by=who("clerk"), at=NOW)
    (batch,) = counting.lay_out(Poll.objects.get(), by=who("chief"), at=NOW)
    for name in ("one", "two"):
        keying = counting.begin(batch, by=who(name), at=NOW)
        for number, marks in enumerate((["f", "a", "f"], ["f", "f", "f"]), start=1):
            counting.key(keying, number, marks=marks, revision=1, complete=True, by=who(name), at=NOW)
        counting.finish(keying, by=who(name), at=NOW)

    press(phones["chief"], poll, "纸质票已核对，并入电子记录")
    for phone in phones.values():
        phone.goto(f"/sealed/open/{poll.pk}/")
        screen(phone, "checked")
        assert "8 张" in phone.text_content("#counted")
        phone.click("text=打开我的一份")
    for phone in phones.values():
        screen(phone, "counted")
    tally = Poll.objects.get().tallies.current()
    assert tally is not None and tally.figures["valid"] == 8 and tally.figures["invalid"] == 1
    assert [line["for"] for line in tally.lines()] == [6, 7, 3]
    counting.confirm(tally, by=who("chief"), at=NOW)
    press(chair, poll, "宣布结果")
    press(clerk, poll, "公布结果")

    public = open_browser(**WIDE)
    public.goto(f"/results/{poll.pk}/")
    with public.expect_download() as download:
        public.get_by_role("link", name="下载投票记录").click()
    report = verify.verify(io.BytesIO(download.value.path().read_bytes()))
    assert report.counted == 8 and report.last_hash in public.text_content("main")
    assert report.election.fingerprint in public.text_content("main")
    assert len(set(receipts)) == 7
    shot(public, "public")
    chair.goto(f"/voting/{poll.pk}/chair/")
    shot(chair, "chair-done")
    clerk.goto(f"/meetings/{poll.meeting_id}/sealed/")
    shot(clerk, "session")
    if folder := os.environ.get("SHOTS"):
        from yishi.papers.documents import pdf
        from yishi.voting.words import report as paper

        with open(f"{folder}/report.pdf", "wb") as file:
            file.write(pdf(paper.document(Poll.objects.get(), tally)))
