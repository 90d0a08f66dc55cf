"""A resident proposes on a phone and reads the receipt; the clerk's pages, on a phone and at a desk."""

import io
import re

import pytest
from PIL import Image

from tests import make
from tests.browser.test_people import enter, faults
from yishi.people.models import Body
from yishi.projects.models import Proposal

pytestmark = pytest.mark.django_db(transaction=True)

DAYS = {"opens_on": "2020-01-01", "closes_on": "2099-01-01", "erase_on": "2099-06-01"}
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def call():
    county = make.body(Body.Kind.COUNTY_CONGRESS, "永嘉县人民代表大会")
    make.body(Body.Kind.TOWN_CONGRESS, "枫溪镇人民代表大会", county)
    make.clerk(county, "clerk", password=make.PASSWORD, name="何经办")
    return make.call(county, text="请说说您的想法。", **DAYS)


def photo():
    out = io.BytesIO()
    Image.new("RGB", (900, 600), "green").save(out, "JPEG")
    return {"name": "路.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def test_a_resident_proposes_on_a_phone_and_finds_the_receipt_again(open_browser, call):
    make.proposal(call, "老小区加装电梯", people=6, where="枫溪村")
    page = open_browser(viewport=PHONE)
    sent = []
    page.on(
        "request", lambda one: sent.append((one.url, one.post_data or "")) if "similar" in one.url else None
    )
    page.goto("/calls/")
    assert faults(page) == []
    page.get_by_role("link", name=call.title).click()
    assert faults(page) == []
    page.get_by_role("link", name="我要提建议").click()
    assert not page.get_by_label("这一栏请留空").is_visible() or (
        page.locator("#id_website").bounding_box()["x"] < 0
    )
    page.get_by_label("称呼").fill("林阿婆")
    page.get_by_label("为什么要办").fill("老人下楼难")
    page.get_by_label("在什么地方").fill("枫溪村")
    page.get_by_label("希望办什么事").press_sequentially("小区加装电梯")
    page.get_by_text("已有6人提过类似的").wait_for()
    page.get_by_label("乡镇、街道").select_option(label="枫溪镇")
    page.get_by_label("照片").set_input_files(photo())
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.wait_for_timeout(2500)  # nobody fills this in within three seconds
    page.get_by_role("button", name="提交").click()
    page.wait_for_url(re.compile("/receipts/"))
    made = Proposal.objects.get(what="小区加装电梯")
    # Before pressing: what, where and which town, in no address; nothing of who it is.
    assert sent and all("?" not in url and 'name="what"' in body for url, body in sent)
    assert not any(
        f'name="{name}"' in body for _url, body in sent for name in ("name", "phone", "photo", "why")
    )
    assert page.get_by_text(made.receipt).first.is_visible() and made.photo
    assert faults(page) == []
    assert "林阿婆" not in page.content()
    page.goto("/receipts/")
    assert faults(page) == []
    page.get_by_label("回执号").fill(made.receipt.lower().replace("-", " "))
    page.get_by_role("button", name="查询").click()
    page.wait_for_url(re.compile(made.receipt))


def test_what_is_wrong_is_said_and_what_was_typed_stays(open_browser, call):
    page = open_browser(viewport=PHONE)
    page.goto(f"/calls/{call.pk}/propose/")
    page.get_by_label("希望办什么事").fill("长" * 81)
    page.get_by_role("button", name="提交").click()
    page.get_by_role("alert").get_by_text("现在有81字").wait_for()
    assert page.get_by_label("希望办什么事").input_value() == "长" * 81
    assert faults(page) == []


def test_every_page_of_the_clerk_is_accessible_at_a_desk_and_on_a_phone(open_browser, call):
    said = make.proposal(call, name="林阿婆", phone="13800000001")
    own = f"/projects/calls/{call.pk}/"
    pages = ["/projects/calls/", own, f"{own}change/", f"{own}withdraw/", f"{own}erase/", f"{own}hand-in/"]
    pages += [f"{own}proposals/", f"{own}import/", f"/projects/proposals/{said.pk}/"]
    for size in ({"width": 1280, "height": 900}, PHONE):
        page = open_browser(viewport=size)
        enter(page, "clerk")
        for address in pages:
            page.goto(address)
            assert faults(page) == [], f"{address} {size['width']}"
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= size["width"], f"{address} {size['width']}"
        page.context.close()
