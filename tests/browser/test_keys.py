"""Scrutineers make their keys on three phones by two taps each, keep a backup, and open the box with it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings

from tests import make
from tests.make import NOW
from tests.voting.sealed import ring
from tests.voting.sealed.hall import Hall, hall
from tests.web.test_in_a_browser import violations
from yishi.ballot import ceremony, trustees
from yishi.ballot.encoding import compact
from yishi.voting.actions import polls
from yishi.voting.models import RecordEntry, SealedSession, Trustee
from yishi.voting.rules import sealed, sealed_count, sealed_keys

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
CODE = re.compile(r"\w{5}-\w{6}-\w{5}-\w{6}")


@pytest.fixture
def enter(open_browser: Any, live_server: Any) -> Callable[..., Page]:
    """`enter(user, address)`: this person's own phone, signed in, at this address."""

    def opened(user: Any, address: str, **options: Any) -> Page:
        page: Page = open_browser(**{**PHONE, **options})
        cookie = make.client(user).cookies[settings.SESSION_COOKIE_NAME]
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        page.goto(address)
        return page

    return opened


def screen(page: Page, name: str) -> None:
    page.wait_for_selector(f"[data-screen={name}]:not([hidden])")


def fits(page: Page) -> None:
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["viewport"]["width"]


def address(one: Trustee) -> str:
    return f"/sealed/keys/{one.pk}/"


def test_three_scrutineers_make_keys_by_two_taps_each_and_one_restores_his(enter: Any) -> None:
    made = ring.arranged(3, 2)
    holders = made.holders()
    phones = [enter(one.user, address(one)) for one in holders]
    screen(phones[0], "start")
    fits(phones[0])
    for phone in phones[:2]:
        phone.click("text=生成我的密钥")
    phones[0].wait_for_selector("text=3人中2人已就位")
    fits(phones[0])
    phones[1].reload()  # whoever leaves and comes back goes on where he was
    phones[2].click("text=生成我的密钥")
    for phone in phones:
        screen(phone, "digits")
    shown = [phone.text_content("[data-screen=digits] [data-is=digits]") for phone in phones]
    made.session.refresh_from_db()
    assert shown == [sealed_keys.digits(made.session)] * 3
    fits(phones[0])
    for phone in phones:
        phone.click("text=六位数一致")
        screen(phone, "done")
    phones[0].wait_for_selector("text=全部监票人都已核对")
    fits(phones[0])
    assert sealed.stage(made.session) == "ready"
    assert len(trustees.check(made.session.trustees.encode()).owners) == 4

    phones[0].click("[data-do=backup]")
    screen(phones[0], "backup")
    fits(phones[0])
    code = phones[0].text_content("#code")
    assert CODE.fullmatch(code) and len(phones[0].get_attribute("#qr path", "d")) > 1000
    phones[0].emulate_media(media="print")
    assert phones[0].is_visible("#code") and not phones[0].is_visible("text=返回")
    kept = json.dumps(list(SealedSession.objects.values()) + list(Trustee.objects.values()), default=str)
    assert code not in kept and code.replace("-", "") not in kept

    tablet = enter(holders[0].user, address(holders[0]))
    screen(tablet, "restore")
    fits(tablet)
    other = phones[1].evaluate("JSON.parse(localStorage[Object.keys(localStorage)[0]]).code")
    for typed, said in (("123", "有字符输错了"), (other, "不是您这次会议的备份")):
        tablet.fill("#restore-code", typed)
        tablet.click("[data-screen=restore] button")
        assert said in tablet.text_content("#restore-error")
    tablet.fill("#restore-code", code.replace("-", " "))
    tablet.click("[data-screen=restore] button")
    screen(tablet, "done")
    scanned = enter(holders[0].user, f"{address(holders[0])}#{code}")
    screen(scanned, "restore")
    assert code not in scanned.url and scanned.input_value("#restore-code") == code


def test_the_page_of_the_meeting_follows_and_says_when_scrutineers_changed(enter: Any) -> None:
    made = ring.arranged(2)
    poll = made.session.meeting.polls.get()
    desk = enter(ring.clerk(poll), f"/meetings/{poll.meeting_id}/sealed/")
    assert desk.text_content("main").count("等待打开页面") == 2
    fits(desk)
    made.commit(1)
    desk.wait_for_selector("text=2 人中 1 人已就位")
    phone = enter(made.one(2).user, address(made.one(2)))
    late = make.user("late", name="后来的")
    ring.Official.objects.create(poll=poll, user=late, hat="scrutineer")
    desk.wait_for_selector("text=监票人名单改过")
    phone.wait_for_selector("#stop:has-text('监票人名单改过')")
    fits(phone)


def test_a_browser_that_keeps_nothing_says_so_before_the_key_is_made(open_browser: Any, enter: Any) -> None:
    one = ring.arranged(1).one(1)
    page = enter(one.user, "/desk/")
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new Error('private'); }})"
    )
    page.goto(address(one))
    screen(page, "start")
    assert page.is_visible("#no-storage")
    page.click("text=生成我的密钥")
    screen(page, "digits")


def test_other_certificates_than_those_first_seen_stop_the_page(enter: Any) -> None:
    made = ring.arranged(2)
    phone = enter(made.one(1).user, address(made.one(1)))
    phone.click("text=生成我的密钥")
    screen(phone, "busy")
    made.commit(2)
    made.reveal(2)
    while not made.one(1).coefficients:
        phone.wait_for_timeout(100)
    # The server shows another certificate for the second scrutineer than the one it showed before.
    false = ceremony.Keyholder(made.session.uuid, 2, 2, 2, made.codes[1])
    Trustee.objects.filter(session=made.session, index=2).update(
        certificate=compact(false.certificate()).decode(),
        nonce=false.nonce(),
        commitment=ceremony.commitment(false.certificate(), false.nonce()),
    )
    phone.wait_for_selector("#stop:has-text('先前看到的不一样')")
    phone.reload()
    phone.wait_for_selector("#stop:has-text('先前看到的不一样')")
    assert phone.get_attribute("[data-screen=digits]", "hidden") is not None


# --- opening -----------------------------------------------------------------


def closed(**fields: Any) -> Hall:
    """A hall whose box is closed with four ballots, its keys kept as the pages send them."""
    made = hall(slips=5, **fields)
    certs = [holder.certificate() for holder in made.holders.values()]
    for name, holder in made.holders.items():
        Trustee.objects.filter(session=made.session, index=holder.index).update(
            commitment=ceremony.commitment(holder.certificate(), holder.nonce()),
            certificate=text(holder.certificate()),
            nonce=holder.nonce(),
            coefficients=[text(holder.coefexps()), text(holder.agreement(certs))],
            shares=[text(share) for share in holder.shares(certs)],
            verification=text(holder.verification_key(made.keys[name])),
        )
    one, other = [[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[0, 1, 0], [1, 0, 0], [0, 0, 1]]
    made.cast([one] * 3 + [other])
    polls.close_poll(made.fresh(), by=made.user("chair"), at=NOW)
    return made


def text(value: Any) -> str:
    return compact(value).decode()


def opening(enter: Any, made: Hall, name: str, **options: Any) -> Page:
    """The opening page on a device that got its key back from the backup."""
    page: Page = enter(made.user(name), f"/sealed/open/{made.poll.pk}/", **options)
    screen(page, "restore")
    page.fill("#restore-code", made.holders[name].code)
    page.click("[data-screen=restore] button")
    return page


def test_two_of_three_check_the_record_and_open_the_box(enter: Any) -> None:
    made = closed()
    chief = opening(enter, made, "chief")
    screen(chief, "checked")
    assert "票箱里 4 张，与收回的 4 张一致" in chief.text_content("#counted")
    fits(chief)
    shown = chief.text_content("#closing")
    assert len(shown) == 9
    chief.click("text=打开我的一份")
    screen(chief, "given")
    assert "已交 1 / 需要 2" in chief.text_content("#given")
    fits(chief)
    third = opening(enter, made, "third")
    screen(third, "checked")
    assert third.text_content("#closing") == shown  # though a share was added meanwhile
    third.click("text=打开我的一份")
    screen(third, "counted")
    screen(chief, "counted")
    fits(chief)
    assert sealed_count.stage(made.box) == "counted"
    tally = made.fresh().tallies.current()
    assert [line["for"] for line in tally.lines()] == [3, 1, 0]


@pytest.mark.parametrize(
    ("fault", "said"),
    [("removed", "记录被改动过"), ("fewer", "票箱里的票比收回的少"), ("more", "OtherNumber")],
)
def test_a_record_that_is_not_right_is_not_opened(enter: Any, fault: str, said: str) -> None:
    made = closed()
    if fault == "removed":
        ballot = RecordEntry.objects.filter(box=made.box, content__contains='"type":"Ballot"').first()
        ballot.delete()
    else:
        made.box.__class__.objects.update(cast=5 if fault == "fewer" else 3)
    page = opening(enter, made, "chief")
    screen(page, "fault")
    assert said in page.text_content("[data-screen=fault]")
    fits(page)
    assert sealed_count.owners(made.box) == []


def test_who_has_no_key_sees_how_far_the_others_are(enter: Any) -> None:
    made = closed()
    page = enter(made.user("clerk"), f"/sealed/open/{made.poll.pk}/")
    assert "您没有这次会议的密钥" in page.text_content("main")
    assert "已交 0 / 需要 2" in page.text_content("main")
    fits(page)
