"""A clerk publishes a document with a file, and anybody finds it by a word and saves the file."""

import re

import pytest

from tests import make
from tests.browser.test_people import enter, faults
from yishi.people.models import Body
from yishi.publishing.actions import documents

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = {"width": 390, "height": 844}
PDF = b"%PDF-1.7\nhello\n%%EOF\n"


@pytest.fixture
def county():
    made = make.body(Body.Kind.COUNTY_CONGRESS, "永嘉县人民代表大会")
    make.clerk(made, "clerk", password=make.PASSWORD, name="何经办")
    return made


def test_from_typing_to_being_found_with_its_file(open_browser, county):
    page = open_browser()
    enter(page, "clerk")
    page.get_by_role("link", name="公告文件").first.click()
    assert faults(page) == []
    page.get_by_role("link", name="新公告文件").click()
    page.get_by_label("标题").fill("关于整治楠溪江岸线的公告")
    page.get_by_label("正文").fill("一、范围\n\n从大若岩镇到沙头镇。\n\n二、时间\n\n十月底前。")
    page.get_by_label("日期").fill("")
    page.get_by_role("button", name="保存草稿").click()
    page.get_by_role("alert").first.wait_for()
    assert "从大若岩镇到沙头镇。" in page.get_by_label("正文").input_value()
    assert faults(page) == []
    page.get_by_label("日期").fill("2026-10-08")
    page.get_by_role("button", name="保存草稿").click()
    page.get_by_role("heading", name="一、范围").wait_for()
    assert faults(page) == []
    page.get_by_role("link", name="加入附件").first.click()
    assert faults(page) == []
    page.get_by_label("文件", exact=True).set_input_files(
        {"name": "岸线图.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    page.get_by_role("button", name="上传").click()
    page.get_by_role("link", name="岸线图").first.wait_for()
    page.get_by_role("button", name="发布").click()
    page.get_by_text("任何人现在都可以看到").wait_for()
    assert faults(page) == []

    reader = open_browser(viewport=PHONE, accept_downloads=True)
    reader.goto("/")
    assert faults(reader) == []
    reader.get_by_label("查找公开内容").fill("岸线 沙头")
    reader.get_by_role("button", name="查找").click()
    reader.get_by_role("status").get_by_text("找到 1 项").wait_for()
    assert reader.locator("mark").first.inner_text() == "岸线"
    assert faults(reader) == []
    reader.get_by_role("link", name=re.compile("楠溪江")).click()
    reader.wait_for_url(re.compile("/documents/"))
    assert faults(reader) == []
    assert reader.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    with reader.expect_download() as got:
        reader.get_by_role("link", name="岸线图").click()
    assert got.value.suggested_filename == "岸线图.pdf"
    reader.goto("/documents/")
    assert faults(reader) == []


def test_the_other_pages_are_accessible_and_a_wide_table_stays_within_a_phone(open_browser, county):
    clerk = county.roles.get().user
    cells = "".join(f"<td>第{n}列的内容比较长</td>" for n in range(12))
    text = f"<p>前</p><table><tr>{cells}</tr></table><ul><li>甲</li></ul><blockquote>乙</blockquote>"
    made = documents.draft(
        county, kind="document", title="一" * 60, text=text, dated=make.NOW.date(), by=clerk, at=make.NOW
    )
    documents.publish(made, by=clerk, at=make.NOW)
    page = open_browser(viewport=PHONE)
    enter(page, "clerk")
    own = f"/publishing/{made.pk}/"
    for address in (
        "/publishing/", own, f"{own}change/", f"{own}withdraw/", f"{own}attach/",
        f"/documents/{made.pk}/", "/documents/?kind=news", "/search/", "/search/?q=没有",
    ):  # fmt: skip
        page.goto(address)
        assert faults(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], address
