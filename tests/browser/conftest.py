"""Browser tests: static files straight from the rooms, since the test server knows no hashed names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.booth import caller, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

VOTING = Path(__file__).parents[2] / "yishi" / "voting"


@pytest.fixture(autouse=True)
def plain_static_files(settings: Any) -> None:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}


@pytest.fixture(scope="session")
def module_site() -> Iterator[str]:
    """The booth's modules as they are written, under the addresses of the live site."""
    yield from serving(VOTING)


@pytest.fixture(scope="session")
def collected(static_files: None) -> Iterator[str]:
    """What `collectstatic` made, with the hashed names."""
    from django.conf import settings

    yield from serving(Path(settings.STATIC_ROOT))


@pytest.fixture(scope="module")
def sheet(browser: Browser) -> Iterator[Page]:
    """One page for the tests of modules."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture
def booth(sheet: Page, module_site: str) -> Callable[..., Any]:
    """A page with the booth's modules: see `tests.browser.booth.caller`."""
    if not sheet.url.startswith(module_site):
        sheet.goto(f"{module_site}/static/booth/supported.js")
    return caller(sheet)
