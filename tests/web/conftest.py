"""The frame by itself: its own addresses and navigation."""

import pytest
from django.urls import clear_url_caches


@pytest.fixture(autouse=True)
def alone(settings):
    settings.ROOT_URLCONF = "tests.web.addresses"
    settings.NAV = "tests.web.addresses.nav"
    settings.ACCOUNT_NAV = ""
    settings.CSRF_FAILURE_VIEW = "yishi.web.errors.csrf_failure"
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    clear_url_caches()
    yield
    clear_url_caches()
