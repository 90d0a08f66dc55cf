"""What every page knows: navigation, body, look, where to sign in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.module_loading import import_string

from yishi.web import look

if TYPE_CHECKING:
    from django.http import HttpRequest


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context of the frame.

    The rooms above are not known here: `settings.NAV` and `settings.ACCOUNT_NAV` name functions
    (dotted path) `(request) -> iterable of (url, label)`. `request.body_name` and
    `request.rehearsal`, where a view or a middleware has set them, are shown in the header.
    """
    seen = look.read(request)
    return {
        "look": seen,
        "preferences": SimpleLazyObject(lambda: look.groups(seen)),
        "nav": SimpleLazyObject(lambda: links("NAV", request)),
        "account_links": SimpleLazyObject(lambda: links("ACCOUNT_NAV", request)),
        "body_name": getattr(request, "body_name", ""),
        "rehearsal": getattr(request, "rehearsal", False),
        "sign_in_url": address(settings.LOGIN_URL),
        "sign_out_url": address("account_logout"),
    }


def links(setting: str, request: HttpRequest) -> list[dict[str, Any]]:
    """The links that the function named by the setting gives; the longest that fits is current."""
    source = getattr(settings, setting, None)
    # A request refused before the session was read has no user, and is offered nothing.
    found = list(import_string(source)(request)) if source and hasattr(request, "user") else []
    fitting = [url for url, _label in found if _within(request.path, url)]
    current = max(fitting, key=len, default=None)
    return [{"url": url, "label": label, "current": url == current} for url, label in found]


def address(name: str) -> str:
    """The URL of that name, or "" where this installation has none (tests, a bare frame)."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return name if name.startswith("/") else ""


def _within(path: str, url: str) -> bool:
    return path == url or (url != "/" and path.startswith(url.rstrip("/") + "/"))
