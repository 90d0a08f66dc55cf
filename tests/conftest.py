"""Fixtures every test may ask for: a fixed moment, and a browser that fails on any page error."""

import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Debian's Chromium as root and without a display; it must never call home.
ARGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")


@pytest.fixture
def now() -> datetime:
    """A fixed, aware moment: a working morning in Zhejiang."""
    return datetime(2026, 3, 10, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture(autouse=True)
def chinese() -> Iterator[None]:
    """Every test begins in Chinese, whatever language a page before it was asked for."""
    from django.utils import translation

    with translation.override("zh-hans"):
        yield


@pytest.fixture(scope="session", autouse=True)
def static_files() -> None:
    """The real static files under their hashed names, so that pages are tested as they are."""
    from django.core.management import call_command

    call_command("collectstatic", interactive=False, verbosity=0)


def chromium() -> str | None:
    """The path of a Chromium on this machine (`YISHI_CHROMIUM` first), or None."""
    named = os.environ.get("YISHI_CHROMIUM")
    return named or next(filter(None, map(shutil.which, CHROMIUM)), None)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Browser"]:
    """One Chromium for the whole run, drawing Chinese with the fonts we ship."""
    program = chromium()
    if program is None:
        pytest.skip("没有找到 Chromium（apt-get install chromium，或设 YISHI_CHROMIUM）")
    sync_api = pytest.importorskip("playwright.sync_api", reason="没有安装 playwright")
    # The sync API runs an event loop in this thread, and Django refuses the ORM beside one.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    fonts = _font_config(tmp_path_factory.mktemp("fonts"))
    env = {**os.environ, **({"FONTCONFIG_FILE": str(fonts)} if fonts else {})}
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=list(ARGS), env=env)
        yield opened
        opened.close()


def _font_config(folder: Path) -> Path | None:
    try:
        from yishi.papers import fonts
    except ImportError:
        return None
    file = folder / "fonts.conf"
    file.write_text(
        f"<?xml version='1.0'?><fontconfig><dir>{fonts.folder()}</dir>"
        f"<include ignore_missing='yes'>/etc/fonts/fonts.conf</include>"
        f"<cachedir>{folder}</cachedir></fontconfig>",
        encoding="utf-8",
    )
    return file


@pytest.fixture
def open_browser(browser: "Browser", live_server) -> Iterator:
    """`open_browser(**options) -> Page`: another person at another machine (own cookies).

    Every page fails the test, at its end, on a console error, an uncaught error, or a violation
    of the content security policy. A test that expects such a line says so by removing it
    from `page.problems`.
    """
    contexts: list[BrowserContext] = []
    pages: list[Page] = []

    def open_page(**options: object) -> "Page":
        settings = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai", **options}
        context = browser.new_context(base_url=live_server.url, **settings)  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        _listen(page)
        pages.append(page)
        return page

    yield open_page
    problems = [problem for page in pages for problem in page.problems]  # type: ignore[attr-defined]
    for context in contexts:
        context.close()
    assert not problems, "网页有错：\n" + "\n".join(problems)


def _listen(page: "Page") -> None:
    problems: list[str] = []
    page.problems = problems  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: problems.append(f"{page.url}: {error}"))
    page.on(
        "console",
        lambda line: (
            problems.append(f"{page.url}: {line.text}")
            if line.type == "error" or "Content Security Policy" in line.text
            else None
        ),
    )


@pytest.fixture
def page(open_browser) -> "Page":
    """A page in Chinese at the live server; relative addresses work: `page.goto("/")`."""
    return open_browser()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a browser, and keep it in one worker: one live server, one Chromium."""
    for item in items:
        if {"browser", "open_browser", "page"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.browser)
