"""A visitor who chose English reads English: what is Chinese on the page is what people wrote."""

import re
from datetime import timedelta

import pytest

from tests import make
from yishi.voting.actions import polls
from yishi.voting.models import Poll

pytestmark = pytest.mark.django_db(transaction=True)

OPTIONS = ("修建村道", "改造水厂", "增设路灯")
HAN = re.compile("[\u3400-\u9fff\u3001-\u303f\uff01-\uff5e]+")
# What a reader sees or hears: texts and spoken names. `lang` marks what is meant to stay Chinese.
SAID = """() => {
  const own = node => !node.closest('body [lang|="zh"], script, style, [hidden]');
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const said = [document.title];
  while (walker.nextNode())
    if (own(walker.currentNode.parentElement)) said.push(walker.currentNode.data);
  for (const name of ['aria-label', 'title', 'placeholder', 'alt', 'data-label'])
    for (const node of document.querySelectorAll(`[${name}]`))
      if (own(node)) said.push(node.getAttribute(name));
  return said;
}"""


def published():
    """One published vote, and every name in it that was typed in by somebody."""
    poll = make.hall("returned", OPTIONS, title="民生实事项目票决")
    make.counted(poll, [["f", "f", "a"]] * 4 + [["f", "a", "a"]])
    poll.refresh_from_db()
    polls.declare(poll, by=make.official(poll, "chair"), at=make.NOW + timedelta(minutes=1))
    poll.refresh_from_db()
    polls.publish(poll, by=make.official(poll, "clerk"), at=make.NOW + timedelta(minutes=2))
    poll = Poll.objects.get(pk=poll.pk)
    meeting, body = poll.meeting, poll.meeting.body
    return poll, [*OPTIONS, poll.title, meeting.title, meeting.place, body.name, body.short_name]


def english_page(open_browser, **options):
    page = open_browser(locale="en-GB", **options)
    page.goto("/")
    page.context.add_cookies([{"name": "django_language", "value": "en", "url": page.url}])
    return page


def chinese(page, data=()):
    """The Chinese that is left on the page once what people wrote is taken away."""
    texts = "\n".join(page.evaluate(SAID))
    for name in sorted(filter(None, data), key=len, reverse=True):
        texts = texts.replace(name, "")
    return HAN.findall(texts)


def test_the_front_page_is_english_and_the_results_stand_as_they_were_written(open_browser):
    poll, data = published()
    page = english_page(open_browser)
    page.goto("/")
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.get_by_text("6 entitled · 5 present · 5 returned · 5 valid").is_visible()
    assert chinese(page, data) == []
    page.get_by_role("link", name=poll.title).click()
    assert page.get_by_text("Returned", exact=True).is_visible()
    assert page.locator(".sentence").inner_text().startswith("Of 6 ")
    assert chinese(page, data) == []
    page.goto("/results/")
    assert page.get_by_role("heading", name="Results").is_visible()
    assert chinese(page, data) == []


def test_what_is_left_in_chinese_would_be_found(open_browser):
    _poll, data = published()
    page = open_browser()
    page.goto("/")
    assert "最近公布" in chinese(page, data)


def test_signing_in_is_english_and_so_is_what_it_says_of_a_wrong_password(open_browser):
    user = make.user("reader", password=make.PASSWORD)
    page = english_page(open_browser)
    page.goto("/account/login/")
    assert chinese(page) == []
    page.get_by_label("Account").fill("reader")
    page.get_by_label("Password", exact=True).fill("something else")
    page.get_by_role("button", name="Sign in").click()
    # The page is on its way when the click has answered.
    page.locator("main .error, main [role=alert]").first.wait_for()
    assert chinese(page) == []
    page.get_by_label("Password", exact=True).fill(make.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile("/desk/"))
    assert page.get_by_role("heading", name="Good day").is_visible()
    assert chinese(page, [user.name]) == []


@pytest.mark.parametrize("width", [360, 1280])
def test_no_word_of_english_makes_a_page_wider_than_the_screen(open_browser, width):
    poll, _data = published()
    page = english_page(open_browser, viewport={"width": width, "height": 800})
    for address in ("/", "/results/", f"/results/{poll.pk}/", "/account/login/"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
