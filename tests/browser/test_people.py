"""The register, accounts, signing in and the journal as people use them, in a browser."""

import re
from pathlib import Path

import pytest
from allauth.mfa.totp.internal import auth as totp

from tests import make
from yishi.papers.tables import write_xlsx
from yishi.people.models import Body, Person, Seat
from yishi.people.words import COLUMNS, seats_sheet

pytestmark = pytest.mark.django_db(transaction=True)

AXE = (Path(__file__).parent / "axe.min.js").read_text("utf-8")


def enter(page, username):
    page.goto("/account/login/")
    page.get_by_label("用户名").or_(page.get_by_label("账号")).first.fill(username)
    page.get_by_label("密码", exact=False).first.fill(make.PASSWORD)
    page.get_by_role("button", name="登录", exact=True).last.click()
    page.wait_for_url(re.compile("/desk/"))


def faults(page):
    """What axe finds against WCAG 2.2 AA; run by the tool, so that the page's policy stays strict."""
    page.evaluate(AXE)
    tags = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]
    found = page.evaluate("tags => axe.run({runOnly: tags}).then(r => r.violations)", tags)
    return [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found]


def county():
    above = make.body(Body.Kind.COUNTY_CONGRESS, "永嘉县人民代表大会")
    town = make.body(Body.Kind.TOWN_CONGRESS, "枫溪镇人民代表大会", above, short_name="枫溪镇人大")
    make.body(Body.Kind.PRESIDIUM, "枫溪镇人民代表大会主席团", town)
    make.body(Body.Kind.STREET_COMMITTEE, "北城街道人大工委", above)
    term = make.term(town)
    for n in range(24):
        make.seat(town, term=term, delegation=f"第{n % 4 + 1}代表团", district=f"第{n % 9 + 1}选区")
    make.office(town, town.seats.first().person)
    make.clerk(town, "clerk", password=make.PASSWORD, name="何经办")
    return town


def test_every_page_of_the_room_is_accessible_at_a_desk_and_on_a_phone(open_browser):
    town = county()
    make.user("guard", ("security", None), password=make.PASSWORD)
    make.user("admin", ("system", None), password=make.PASSWORD)
    make.user("auditor", ("auditor", None), password=make.PASSWORD)
    seat = Seat.objects.first()
    account = make.user("somebody")
    pages = {
        "clerk": [
            "/bodies/",
            f"/bodies/{town.pk}/",
            f"/bodies/{town.pk}/seats/",
            f"/bodies/{town.pk}/seats/new/",
            f"/bodies/{town.pk}/seats/import/",
            f"/bodies/{town.pk}/links/",
            f"/seats/{seat.pk}/",
            f"/seats/{seat.pk}/end/",
            "/journal/",
            "/account/password/",
            "/account/2fa/",
        ],
        "guard": ["/users/", f"/users/{account.pk}/", f"/users/{account.pk}/roles/new/"],
        "admin": ["/bodies/new/", "/users/new/"],
        "auditor": ["/journal/", "/journal/print/"],
    }
    for size in ({"width": 1280, "height": 900}, {"width": 390, "height": 844}):
        for username, addresses in pages.items():
            page = open_browser(viewport=size)
            enter(page, username)
            for address in addresses:
                page.goto(address)
                assert faults(page) == [], f"{address} {size['width']}"
                width = page.evaluate("document.documentElement.scrollWidth")
                assert width <= size["width"], f"{address} {size['width']}"
            page.context.close()


def test_a_clerk_imports_an_excel_and_sees_first_what_it_would_do(page, tmp_path):
    town = county()
    other = make.body()
    for n in range(3):
        make.seat(other, make.person(f"新来{'甲乙丙'[n]}"))
    sheet = tmp_path / "名单.xlsx"
    out = seats_sheet(town, Seat.objects.of(other))
    sheet.write_bytes(write_xlsx([out]))
    bad = tmp_path / "错.xlsx"
    rows = [{**row, "name": "" if n == 1 else row["name"] + "氏"} for n, row in enumerate(out.rows)]
    bad.write_bytes(write_xlsx([type(out)("错", COLUMNS, rows)]))
    enter(page, "clerk")
    page.goto(f"/bodies/{town.pk}/seats/import/")
    page.get_by_label("Excel 文件").set_input_files(bad)
    page.get_by_role("button", name="上传并核对").click()
    assert page.get_by_role("alert").get_by_text("A3").is_visible()
    assert town.seats.count() == 24
    Seat.objects.filter(body=other).delete()
    Person.objects.filter(name__startswith="新来").delete()
    page.get_by_label("Excel 文件").set_input_files(sheet)
    page.get_by_role("button", name="上传并核对").click()
    page.get_by_text("可以导入 3 行").wait_for()
    assert town.seats.count() == 24
    page.get_by_role("button", name="全部导入").click()
    page.get_by_text("已导入 3 个席位").wait_for()
    assert town.seats.count() == 27


def test_a_deputy_comes_in_by_a_link_with_one_press(open_browser, live_server, settings):
    town = county()
    settings.YISHI_URL = live_server.url
    clerk = open_browser()
    enter(clerk, "clerk")
    clerk.goto(f"/seats/{town.seats.first().pk}/")
    clerk.get_by_role("button", name="生成新链接").click()
    address = clerk.locator(".code").inner_text()
    assert clerk.locator(".qr svg").is_visible()
    phone = open_browser(viewport={"width": 390, "height": 844})
    phone.goto(address)
    assert faults(phone) == []
    phone.get_by_role("button", name="是本人，登录").click()
    phone.wait_for_url(re.compile("/desk/"))
    assert "/in/" not in phone.url


def test_two_step_sign_in_is_set_up_and_used(open_browser):
    make.user("clerk", ("clerk", make.body()), password=make.PASSWORD)
    page = open_browser()
    enter(page, "clerk")
    page.goto("/account/2fa/")
    page.get_by_role("link", name="启用两步验证").click()
    page.locator("input[type=password]").fill(make.PASSWORD)
    page.get_by_role("button", name="确认").click()
    image = page.get_by_alt_text("验证器二维码")
    assert image.evaluate("i => i.complete && i.naturalWidth > 0")
    assert faults(page) == []
    page.get_by_text("不能扫码").click()
    secret = page.locator(".code").inner_text().strip()
    counter = next(iter(totp.yield_hotp_counters_from_time()))
    page.locator("input[name=code]").fill(totp.format_hotp_value(totp.hotp_value(secret, counter)))
    page.get_by_role("button", name="启用", exact=True).click()
    page.get_by_text("还有 10 个没有用过").wait_for()
    assert page.locator("li.code").count() == 10


def test_words_are_english_for_who_wants_them(open_browser):
    town = county()
    page = open_browser(locale="en-GB")
    page.goto("/account/login/")
    page.locator("input[name=login]").fill("clerk")
    page.locator("input[name=password]").fill(make.PASSWORD)
    page.locator("main button").click()
    page.wait_for_url(re.compile("/desk/"))
    page.goto(f"/bodies/{town.pk}/seats/")
    assert page.get_by_role("link", name="Import from Excel").is_visible()
