"""The slip desk in the browser: made offline, printed, drawn, struck, exchanged; no code ever leaves it."""

import io
import json
import os
import re
from pathlib import Path

import pypdfium2
import pytest

from tests import make
from tests.browser.test_meetings import good, sign_in
from tests.make import NOW
from yishi.ballot import credentials, elections
from yishi.meetings import actions
from yishi.meetings.models import Voter
from yishi.voting.actions.sealed import slips as do
from yishi.voting.models import Draw, ExchangedSlip, Poll, SealedBox, SealedSession, SlipLot, StruckSlip

zxingcpp = pytest.importorskip("zxingcpp")
pytestmark = pytest.mark.django_db(transaction=True)
WIDE = {"viewport": {"width": 1280, "height": 800}}


@pytest.fixture
def session():
    """A congress of six, five here, with a vote by both doors and three votes reserved."""
    town = make.body(name="枫溪镇人民代表大会")
    meeting = make.meeting(town, deputies=0, title="枫溪镇第十七届人民代表大会第五次会议", state="open")
    make.voters(meeting, 5, Voter.Attendance.PRESENT)
    make.voters(meeting, 1)
    make.poll(meeting, doors="both")
    return SealedSession.objects.create(
        meeting=meeting, uuid=elections.new_uuid(), salt="salt", threshold=1, at=NOW,
        uuids=[elections.new_uuid() for _ in range(3)],
    )  # fmt: skip


@pytest.fixture
def desk(open_browser, live_server, session):
    """The clerk's browser at the desk; `page.sent` is every address and body that left it."""
    pages = []

    def opened(rest=""):
        page = open_browser(**WIDE)
        pages.append(page)
        page.base = live_server.url
        sign_in(page, make.clerk(session.meeting.body))
        page.sent = []
        page.on("request", lambda one: page.sent.append(one.url + "\n" + (one.post_data or "")))
        page.goto(f"/sealed/{session.pk}/desk/{rest}")
        return page

    yield opened
    for page in pages:  # without network the browser asks in vain for its icon
        page.problems[:] = [one for one in page.problems if "ERR_INTERNET_DISCONNECTED" not in one]


def printed(page):
    """The pages of the print view as pictures."""
    data = page.pdf(prefer_css_page_size=True)
    if folder := os.environ.get("SHOTS"):
        Path(folder, "slips.pdf").write_bytes(data)
    return [one.render(scale=150 / 72).to_pil() for one in pypdfium2.PdfDocument(io.BytesIO(data))]


def read(pictures):
    """What a phone reads in the QR codes, page by page."""
    return [[one.text for one in zxingcpp.read_barcodes(picture)] for picture in pictures]


def told_nothing(page, codes):
    """No code was sent, in one piece or in any of its groups of six."""
    sent = "\n".join(page.sent)
    for code in codes:
        assert code not in sent and code.replace("-", "") not in sent
        assert not [group for group in code.split("-")[1::2] if group in sent]


def make_offline(page, n):
    page.context.set_offline(True)
    page.get_by_label("张数").fill(str(n))
    page.get_by_role("button", name="制作", exact=True).click()
    page.get_by_role("heading", name=f"已制作 {n} 张").wait_for()
    page.evaluate("window.print = () => { window.wasPrinted = true }")
    page.get_by_role("button", name="打印").click()
    assert page.evaluate("window.wasPrinted")


def test_slips_are_made_and_printed_without_network_and_only_their_public_keys_are_sent(desk, session):
    page = desk("make/")
    good(page, "slips-make-1280")
    page.get_by_label("张数").fill("5000")
    page.get_by_role("button", name="制作", exact=True).click()
    page.get_by_text("请填 1 到 2000 之间的张数。").wait_for()
    make_offline(page, 19)
    pictures = printed(page)
    pages = read(pictures)
    assert [len(some) for some in pages] == [8, 8, 3]
    texts = [text for some in pages for text in some]
    start = f"/booth/#{session.uuid}."
    codes = [text.split(start)[1] for text in texts]
    assert len(set(codes)) == 19 and all(credentials.clean_code(code) == code for code in codes)
    assert not [code for code in codes if code[:5] in page.inner_text("main")]

    forget = page.get_by_role("button", name="印好了，忘掉投票码")
    assert forget.is_disabled()
    page.get_by_label("已点清，每张都印得清楚").check()
    forget.click()
    good(page, "slips-keep-1280")
    assert not [code for code in codes if code[:5] in page.content()]
    page.get_by_role("button", name="登记公开名单").click()
    page.get_by_text("没有送到。请检查网线").wait_for()
    page.context.set_offline(False)
    page.get_by_role("button", name="登记公开名单").click()
    page.get_by_text("公开名单已登记，现在共印制19张。").wait_for()

    lot = SlipLot.objects.get()
    assert lot.size == 19 and list(lot.listings) == session.uuids
    for uuid in session.uuids:
        assert lot.listings[uuid] == sorted(credentials.public(uuid, code) for code in codes)
    told_nothing(page, codes)


def test_nothing_differs_between_two_slips_but_the_code(desk):
    page = desk("make/")
    make_offline(page, 3)
    page.emulate_media(media="print")
    slips = page.locator(".slip").evaluate_all("""all => all.map(one => {
        const copy = one.cloneNode(true);
        copy.querySelector("path").remove();
        copy.querySelectorAll(".slip-code span").forEach(part => { part.textContent = ""; });
        return copy.outerHTML;
    })""")
    assert len(slips) == 3 and len(set(slips)) == 1
    assert "枫溪镇人民代表大会" in slips[0] and "第五次会议" in slips[0]
    page.emulate_media(media="screen")


def test_nobody_leaves_the_page_by_mistake_while_it_holds_codes(desk):
    page = desk("make/")
    make_offline(page, 1)
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.locator("body").click()
    page.close(run_before_unload=True)
    page.wait_for_timeout(200)
    assert asked == ["beforeunload"]


def test_the_public_list_goes_by_a_file_where_there_is_no_network(desk, session, tmp_path):
    page = desk("make/")
    make_offline(page, 2)
    page.get_by_label("已点清，每张都印得清楚").check()
    page.get_by_role("button", name="印好了，忘掉投票码").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="存成文件").click()
    kept = tmp_path / download.value.suggested_filename
    download.value.save_as(kept)
    assert kept.name == "投票码公开名单-2.json"
    page.get_by_text("已存成文件。").wait_for()
    assert set(json.loads(kept.read_text())) == {"session", "listings"}
    page.context.set_offline(False)
    page.reload()
    page.get_by_label("公开名单文件").set_input_files(kept)
    page.get_by_role("button", name="上传").click()
    page.get_by_text("公开名单已登记，现在共印制2张。").wait_for()
    assert SlipLot.objects.get().size == 2


def lot(session, n):
    codes = [credentials.new_code() for _ in range(n)]
    lists = {uuid: sorted(credentials.public(uuid, code) for code in codes) for uuid in session.uuids}
    do.add_lot(session, lists, by=make.clerk(session.meeting.body), at=NOW)
    return codes


def test_a_door_is_taken_by_one_tap_and_the_sum_turns_even(desk, session):
    lot(session, 6)
    page = desk()
    good(page, "slips-desk-1280")
    for n, voter in enumerate(session.meeting.voters.present().select_related("seat__person")):
        name = voter.seat.person.name
        page.get_by_label("姓名、拼音首字母或代表团").fill(name)
        page.keyboard.press("Enter")
        page.get_by_role("button", name=f"{'领纸质票' if n == 4 else '领投票码'} {name}").click()
        page.get_by_text(f"{name}已领").wait_for()
    assert "签到 5 = 投票码 4 + 纸票 1" in re.sub(r"\s+", " ", page.inner_text("#desk-numbers"))
    page.set_viewport_size({"width": 390, "height": 844})
    good(page, "slips-drawn-390")
    page.get_by_role("link", name="退回").first.click()
    page.get_by_label("理由").fill("手机没电")
    page.get_by_role("button", name="退回").click()
    page.get_by_text("请现在就注销退回的这张投票码。").wait_for()
    assert Draw.objects.count() == 4


def scan(page, text):
    page.get_by_label("扫投票码").fill(text)
    page.keyboard.press("Enter")


def test_leftovers_are_struck_by_scanning_and_each_wrong_code_is_told_why(desk, session):
    codes = lot(session, 3)
    page = desk("strike/")
    scan(page, f"{page.base}/booth/#{session.uuid}.{codes[0]}")
    page.get_by_text("已注销第1张。").wait_for()
    scan(page, codes[1].replace("-", " "))
    page.get_by_text("已注销第2张。").wait_for()
    assert page.locator('[data-number="left"]').inner_text() == "1"
    swapped = codes[2].swapcase()
    for typed, told in {
        codes[0]: "这张投票码已经注销过",
        f"{page.base}/booth/#{elections.new_uuid()}.{codes[2]}": "这是另一次会议的投票码。",
        credentials.new_code(): "这不是本次会议的投票码",
        codes[2][:-1]: "没有读全",
        "中文": "请把输入法切换到英文",
        codes[2][:-1] + ("1" if codes[2][-1] != "1" else "2"): "有字符输错",
    }.items():
        scan(page, typed)
        page.get_by_text(told).wait_for()
    good(page, "slips-wrong-1280")
    scan(page, codes[2])
    page.get_by_text("已注销第3张。").wait_for()
    assert page.locator('[data-number="left"]').inner_text() == "0"
    assert sum(one.count for one in StruckSlip.objects.all()) == 3
    told_nothing(page, [*codes, swapped])


def test_a_slip_is_exchanged_after_the_desk_saw_that_the_box_has_no_ballot_of_it(desk, session):
    codes = lot(session, 2)
    poll = session.meeting.polls.get()
    Poll.objects.update(state="open", opened_at=NOW)
    uuid = session.uuids[0]
    publics = [credentials.public(uuid, code) for code in codes]
    box = SealedBox.objects.create(
        poll=poll, uuid=uuid, election="{}", trustees="[]", slips=2, sealed_at=NOW,
        listing=credentials.listing(publics).decode(),
    )  # fmt: skip
    box.ballots.create(credential=publics[1], tracker="t", content="{}")
    page = desk("exchange/")
    sure = page.get_by_role("button", name="换发纸质票")
    scan(page, codes[1])
    page.get_by_text("这张投票码的票已经在票箱里").wait_for()
    assert sure.is_hidden()
    scan(page, codes[0])
    page.get_by_text("可以换领纸质票").wait_for()
    good(page, "slips-free-1280")
    page.keyboard.press("Enter")  # of a scanner that sends it twice
    page.get_by_text("没有读全").wait_for()
    assert sure.is_hidden() and not ExchangedSlip.objects.exists()
    scan(page, codes[0])
    sure.click()
    page.get_by_text("已换，请发给一张纸质票。").wait_for()
    assert ExchangedSlip.objects.get().credential == publics[0]
    scan(page, codes[0])
    page.get_by_text("已经换过纸质票").wait_for()
    told_nothing(page, codes)


def test_the_wall_shows_the_sum_and_nothing_runs_over(open_browser, live_server, session):
    lot(session, 6)
    clerk = make.clerk(session.meeting.body)
    voters = list(session.meeting.voters.present())
    for voter in voters:
        do.draw(session, voter, "paper" if voter == voters[0] else "slip", by=clerk, at=NOW)
    actions.show(session.meeting, "sign_in", by=clerk, at=NOW)
    page = open_browser(viewport={"width": 1920, "height": 1080})
    page.base = live_server.url
    sign_in(page, clerk)
    page.goto(f"/screen/{session.meeting.pk}/")
    line = page.locator(".picture-doors")
    assert re.sub(r"\s+", " ", line.inner_text()) == "签到 5 = 投票码 4 + 纸票 1"
    assert line.evaluate("one => parseFloat(getComputedStyle(one).fontSize)") >= 1080 * 0.05
    assert page.evaluate("document.querySelector('.picture').scrollHeight <= innerHeight")
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/slips-wall.png")
