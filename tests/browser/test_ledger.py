"""The public ledger on a phone and at a desk: accessible, light, from nowhere else, without scripts."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image

from tests import make
from tests.browser.test_people import faults
from tests.projects.test_ledger import public_pages, whole
from yishi.people.models import Body
from yishi.projects.models import Photo, Project, Report, ResidentRating, Spot

pytestmark = pytest.mark.django_db(transaction=True)

SIZES = [
    {"viewport": {"width": 1280, "height": 900}},
    {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2},
    {"viewport": {"width": 320, "height": 640}, "color_scheme": "dark"},
]
# What a thumb must hit; a link in a sentence is read, not pressed (WCAG 2.5.8).
SMALL = """() => [...document.querySelectorAll("main a, main button, main input, main select, main summary")]
  .filter(e => e.offsetParent && getComputedStyle(e).display !== "inline" && e.type !== "hidden")
  .filter(e => !e.closest("label") && !e.closest(".nobody") && !e.closest("svg"))
  .filter(e => e.getBoundingClientRect().height < 44).map(e => e.outerHTML.slice(0, 120))"""
HEAD = """() => ({lang: document.documentElement.lang, title: document.title,
  h1: document.querySelectorAll("h1").length,
  description: document.querySelector("meta[name=description]")?.content || "",
  viewport: document.querySelector("meta[name=viewport]")?.content || "",
  images: [...document.images].map(e => [e.alt, e.naturalWidth]),
  wide: document.documentElement.scrollWidth > innerWidth})"""


def picture() -> ContentFile[bytes]:
    out = io.BytesIO()
    Image.new("RGB", (800, 600), (90, 130, 90)).save(out, "JPEG")
    return ContentFile(out.getvalue(), name="photo.jpg")


@pytest.fixture
def project() -> Project:
    """A county of some towns and projects, one of them with its whole story, open to be rated."""
    county = make.body(Body.Kind.COUNTY_CONGRESS, "枫溪县人民代表大会", short_name="枫溪县人大")
    today = timezone.localdate()
    call = make.call(county, candidates_at=make.NOW, title="2026年民生实事项目征集公告", seats=6)
    type(call).objects.update(rating_from=today, rating_until=today + timedelta(days=9))
    made = whole(call)
    titles = ("镇中心小学至溪口村道路改造", "农贸市场改造", "建两处公共厕所", "社区食堂", "山区饮水管网")
    for n, (title, town) in enumerate(
        zip(titles, ("桥头镇", "溪口镇", "岩坦镇", "沙头镇", "大若岩镇"), strict=True)
    ):
        place = make.body(Body.Kind.TOWN_CONGRESS, f"{town}人民代表大会", county)
        Spot.objects.create(body=place, x=120 + 170 * n, y=200 + 450 * (n % 2))
        one = make.project(call, title, state="adopted", place=place, starts_on=today - timedelta(days=60))
        make.milestone(one, "主体完工", due_on=today + timedelta(days=30 * n - 20), percent=60)
    make.topic(
        call, "建一座跨江大桥", state="declined", people=41, reason="属于重大工程，已报县发展改革局研究。"
    )
    make.topic(
        call, "村口装路灯", state="reserved", people=9, reason="这次没有列入，放进储备库，明年优先研究。"
    )
    who = {"at": make.NOW, "by": make.user()}
    report = Report.objects.create(project=made, month=date(2026, 5, 1), percent=60, text="主体封顶。", **who)
    Photo.objects.create(project=made, report=report, file=picture(), caption="主体封顶", **who)
    for n in range(6):
        ResidentRating.objects.create(project=made, grade="satisfied", voice=f"{n + 1:064x}", at=make.NOW)
    Photo.objects.exclude(caption="主体封顶").delete()
    return Project.objects.get(pk=made.pk)


@pytest.mark.parametrize("size", SIZES, ids=["desk", "phone", "small and dark"])
def test_every_public_page_is_accessible_light_and_from_here(
    open_browser: Any, live_server: Any, project: Project, size: dict[str, Any]
) -> None:
    page = open_browser(**size)
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    for address in [*public_pages(project.call, project), f"/rate/{project.pk}/"]:
        answer = page.goto(address)
        assert answer.status == 200 and len(answer.body()) < 60_000, address
        # A lazy picture is fetched when somebody comes near it.
        page.evaluate("Promise.all([...document.images].map(e => ((e.loading = 'eager'), e.decode())))")
        assert faults(page) == [], address
        is_phone = size["viewport"]["width"] < 500
        assert not is_phone or page.evaluate(SMALL) == [], address
        head = page.evaluate(HEAD)
        assert head["lang"] == "zh-hans" and head["h1"] == 1 and 5 < len(head["title"]) < 120, (address, head)
        assert head["description"], address
        assert "width=device-width" in head["viewport"] and not head["wide"], address
        assert all(alt and width for alt, width in head["images"]), (address, head["images"])
    hosts = {urlsplit(one).netloc for one in asked}
    assert hosts == {urlsplit(live_server.url).netloc}


def test_a_resident_finds_a_project_and_rates_it_by_thumb(open_browser: Any, project: Project) -> None:
    page = open_browser(**SIZES[1])
    page.goto("/board/")
    page.locator("#id_state").select_option(label="已完成")
    page.get_by_role("button", name="筛选").click()
    page.get_by_role("link", name=project.title).click()
    page.get_by_role("link", name="评一评", exact=True).click()
    page.get_by_text("不满意", exact=True).click()
    page.get_by_label("想说的话").fill("电梯常停")
    page.wait_for_timeout(3200)  # nobody reads and answers within three seconds
    page.get_by_role("button", name="提交").click()
    page.wait_for_url(re.compile("/ledger/projects/"))
    assert page.get_by_text("谢谢，您的评价已经记下").is_visible()
    said = ResidentRating.objects.get(grade="dissatisfied")
    assert said.text == "电梯常停" and "电梯常停" not in page.content()


def test_everything_is_read_without_scripts(open_browser: Any, project: Project) -> None:
    page = open_browser(java_script_enabled=False)
    page.goto("/ledger/")
    page.get_by_role("link", name=project.call.body.name).click()
    page.get_by_role("link", name=project.title).click()
    page.get_by_role("navigation", name="经过").get_by_role("link", name="票决").click()
    assert page.get_by_role("heading", name="票决", exact=True).is_visible()
    assert page.get_by_text("赞成 2 · 反对 1 · 弃权 0").is_visible()


def test_on_paper_the_story_is_whole_and_has_no_buttons(open_browser: Any, project: Project) -> None:
    page = open_browser()
    page.goto(f"/ledger/projects/{project.pk}/?all=1")
    page.emulate_media(media="print")
    assert page.locator(".page-tools").is_hidden() and page.locator("header.top").is_hidden()
    assert page.get_by_text("主体封顶。").is_visible() and page.locator("main .map-frame svg").is_visible()


def test_the_clerks_pages_of_the_rating_are_accessible(
    open_browser: Any, live_server: Any, project: Project
) -> None:
    clerk = make.clerk(project.call.body)
    meeting = make.meeting(project.call.body)
    value = make.client(clerk).cookies["sessionid"].value
    for size in SIZES[:2]:
        page = open_browser(**size)
        page.context.add_cookies([{"name": "sessionid", "value": value, "url": live_server.url}])
        own = f"/projects/calls/{project.call_id}/rating/"
        for address in (own, f"{own}plan/", f"{own}open/", f"/projects/{project.pk}/ratings/"):
            page.goto(address)
            assert faults(page) == [], address
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
    assert meeting.title
