"""The frame in Chromium: no CSP violation, accessible, no sideways scrolling, a screen that holds on."""

from pathlib import Path

import pytest

from tests.web.addresses import QUIET

AXE = Path(__file__).parents[1] / "browser/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

pytestmark = pytest.mark.django_db(transaction=True)


def violations(page) -> list[str]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("rules => axe.run({runOnly: rules})", RULES)["violations"]
    return [f"{v['id']}: {node['html'][:120]}" for v in found for node in v["nodes"]]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("width", "size"), [(320, "large"), (390, "medium"), (1280, "medium")])
def test_every_component_is_accessible_and_fits(open_browser, live_server, theme, width, size):
    page = open_browser(viewport={"width": width, "height": 800}, bypass_csp=True)
    page.context.add_cookies([{"name": "look", "value": f"{theme}.{size}", "url": live_server.url}])
    page.goto("/style")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert violations(page) == []


def test_targets_are_at_least_48_pixels_high(page):
    page.goto("/style")
    low = page.evaluate(
        """() => [...document.querySelectorAll(
          "main .button, main input, main select, .key, .nav a, summary")]
        .filter(e => e.offsetParent && !["checkbox", "radio", "hidden"].includes(e.type))
        .filter(e => e.getBoundingClientRect().height < 48).map(e => e.outerHTML.slice(0, 90))"""
    )
    assert low == []


def test_a_refused_form_moves_to_the_summary_and_links_to_the_field(page):
    page.goto("/style")
    page.locator("form.card button.primary").click()
    page.wait_for_selector("#form-errors")
    assert page.evaluate("document.activeElement.id") == "form-errors"
    page.locator("#form-errors a").first.click()
    assert page.evaluate("document.activeElement.id") == "id_title"


def test_the_look_changes_without_javascript(open_browser):
    page = open_browser(java_script_enabled=False)
    page.goto("/style")
    page.locator(".menu:not(.nav-small) summary").click()
    page.get_by_role("button", name="深色").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"


def test_htmx_swaps_under_the_strict_policy_without_eval_or_own_styles(page):
    """`page` fails at its end on any violation; here htmx is made to work once."""
    page.goto("/style")
    page.evaluate(
        """() => { const button = document.createElement("button");
        button.id = "swap"; button.textContent = "换"; button.setAttribute("hx-get", "/fragment");
        button.setAttribute("hx-target", "#main"); document.querySelector("main").append(button);
        htmx.process(button); }"""
    )
    page.locator("#swap").click()
    page.wait_for_selector("#main .picture h1")
    assert page.evaluate("document.adoptedStyleSheets.length") == 0
    assert page.evaluate("document.querySelectorAll('style, [style]').length") == 0


def test_a_post_by_htmx_carries_the_csrf_token(page):
    page.goto("/style")
    page.evaluate(
        """() => { const button = document.createElement("button");
        button.id = "send"; button.setAttribute("hx-post", "/tries");
        document.querySelector("main").append(button);
        htmx.process(button); }"""
    )
    with page.expect_response("**/tries") as answer:
        page.locator("#send").click()
    assert answer.value.status == 200


def test_a_form_is_sent_once_however_often_the_button_is_pressed(page):
    page.goto("/style")
    prevented = page.evaluate(
        """() => { const form = document.querySelector("form.card"); const seen = [];
        window.addEventListener("submit", e => { seen.push(e.defaultPrevented); e.preventDefault(); });
        form.requestSubmit(); form.requestSubmit(); return seen; }"""
    )
    assert prevented == [False, True]


def test_a_key_presses_its_button_but_not_while_someone_types(page):
    page.goto("/style")
    page.evaluate(
        """() => { const b = document.querySelector(".button.big"); b.dataset.key = "PageDown";
        window.pressed = 0;
        b.addEventListener("click", () => window.pressed++); }"""
    )
    page.keyboard.press("PageDown")
    page.locator("#id_title").focus()
    page.keyboard.press("PageDown")
    assert page.evaluate("window.pressed") == 1


def test_a_table_folds_into_cards_on_a_phone(open_browser):
    page = open_browser(viewport={"width": 320, "height": 700})
    page.goto("/style")
    label = page.evaluate("getComputedStyle(document.querySelector('td[data-label]'), '::before').content")
    assert label == '"承办单位"'


@pytest.fixture
def line():
    """The line to the server, which a test may cut."""
    QUIET.update(silent=False, n=303, asked=0)
    yield QUIET
    QUIET.update(silent=False, n=303, asked=0)


def test_the_big_screen_follows_and_keeps_its_picture_when_the_line_is_cut(page, line):
    page.goto("/screen")
    page.wait_for_selector("h1:text('303')")
    line["n"] = 304
    page.wait_for_selector("h1:text('304')")
    line["silent"] = True
    page.wait_for_selector("#lost:not([hidden])")
    assert page.locator("h1").inner_text() == "304"
    line.update(silent=False, n=305)
    page.wait_for_selector("h1:text('305')")
    page.wait_for_selector("#lost", state="hidden")
    page.problems[:] = [problem for problem in page.problems if "503" not in problem]


def test_a_long_list_turns_pages_by_keyboard_and_loses_no_row(open_browser, line):
    page = open_browser(viewport={"width": 1920, "height": 1080})
    page.goto("/screen")
    page.wait_for_selector("#page-mark:not([hidden])")
    seen: list[str] = []
    pages = int(page.locator("#page-mark").inner_text().split("/")[1])
    for _ in range(pages):
        seen += page.locator("li:visible").all_inner_texts()
        page.keyboard.press("PageDown")
    assert len(seen) == len(set(seen)) == 30


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1280, 720), (1024, 768), (3840, 1080)])
def test_a_line_on_the_big_screen_is_at_least_a_twentieth_of_the_height(open_browser, width, height):
    page = open_browser(viewport={"width": width, "height": height})
    page.goto("/style/screen")
    low = page.evaluate(
        """() => [...document.querySelectorAll(".picture *")]
        .filter(e => e.children.length === 0 && e.offsetParent && e.textContent.trim())
        .filter(e => parseFloat(getComputedStyle(e).lineHeight) < innerHeight * 0.05)
        .map(e => e.textContent)"""
    )
    assert low == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
