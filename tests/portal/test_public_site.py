"""The feed of published results and what stands at the foot of each public page."""

from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.utils.html import escape

from tests import make
from tests.portal.test_portal import published, text
from yishi.voting.actions import polls
from yishi.voting.models import Poll

pytestmark = pytest.mark.django_db


def items():
    answer = make.client().get("/results/rss.xml", headers={"accept-language": "en", "host": "localhost"})
    assert answer.status_code == 200 and answer["Content-Type"].startswith("application/rss+xml")
    return list(ElementTree.fromstring(answer.content).iter("item"))


def test_the_feed_tells_of_published_results_by_the_address_of_the_site():
    assert items() == []
    poll = published("民生<实事>票决")
    (item,) = items()
    assert item.findtext("title") == "民生<实事>票决"
    assert item.findtext("link") == f"{settings.YISHI_URL}/results/{poll.pk}/"
    assert "宣布" in item.findtext("description") and poll.meeting.body.name in item.findtext("description")
    polls.withdraw(poll, by=make.official(poll, "clerk"), at=make.NOW, why="附件有误")
    assert items() == []


def test_a_title_that_xml_cannot_hold_breaks_no_feed():
    poll = published()
    Poll.objects.filter(pk=poll.pk).update(title="民生\x0b票决")
    assert [item.findtext("title") for item in items()] == ["民生 票决"]


def test_front_page_list_and_result_name_the_feed_in_their_head():
    poll = published()
    for address in ("/", "/results/", f"/results/{poll.pk}/"):
        head = text(address).split("</head>")[0]
        assert 'type="application/rss+xml"' in head and 'href="/results/rss.xml"' in head


def test_each_public_page_can_be_printed_sent_on_and_left():
    poll = published("道路 & 桥梁？票决")
    for address in ("/", "/results/", f"/results/{poll.pk}/", "/search/?q=道路"):
        page = text(address)
        assert "data-print hidden" in page and 'href="#top"' in page and "data-close hidden" in page
        assert ("data-else-close" in page) == (address != "/")


def test_the_letter_carries_title_and_address():
    poll = published("道路 & 桥梁？票决")
    page = text(f"/results/{poll.pk}/")
    letter = page.split('href="mailto:')[1].split('"')[0].replace("&amp;", "&")
    said = parse_qs(urlsplit(f"mailto:{letter}").query)
    assert said["subject"] == ["道路 & 桥梁？票决"]
    assert said["body"] == [f"道路 & 桥梁？票决\r\n{settings.YISHI_URL}/results/{poll.pk}/"]
    assert "+" not in letter and escape(poll.title) in page


def test_search_engines_are_told_of_the_feed_and_not_of_the_search():
    published()
    robots = text("/robots.txt")
    assert f"Sitemap: {settings.YISHI_URL}/results/rss.xml" in robots
    assert "Allow: /results/" in robots and "/search" not in robots and "/search" not in text("/sitemap.xml")


def test_full_public_pages_stay_light():
    poll = published(
        "镇中心小学至溪口村道路改造票决", tuple(f"改造提升农村饮用水工程第{n}期" for n in range(3))
    )
    for n in range(2, 25):
        twin = Poll.objects.get(pk=poll.pk)
        tally, options = poll.tallies.get(), list(poll.options.all())
        twin.pk, twin.title, twin.place = None, f"{poll.title}{n}", n
        twin.save()
        for option in options:
            option.pk, option.poll = None, twin
            option.save()
        tally.pk, tally.poll = None, twin
        tally.save()
    for address in ("/", "/results/", f"/results/{poll.pk}/", "/search/?q=道路 改造"):
        answer = make.client().get(address)
        assert answer.status_code == 200 and len(answer.content) < 60_000
        assert "sessionid" not in answer.cookies
