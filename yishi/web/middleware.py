"""What every answer carries (security headers, no-store for the signed-in), and what is too big to read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import translation

from yishi.web import look
from yishi.web.errors import too_big

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponseBase

    Answer = Callable[[HttpRequest], HttpResponseBase]

# The camera is for reading sheets and cards on our own pages; nothing else is ever asked for.
PERMISSIONS = (
    "camera=(self), microphone=(), geolocation=(), payment=(), usb=(), serial=(),"
    " midi=(), display-capture=(), accelerometer=(), gyroscope=(), magnetometer=()"
)
HEADERS = {
    "Permissions-Policy": PERMISSIONS,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
SLACK = 1024 * 1024  # bytes of a form around its file


def frame(get_response: Answer) -> Answer:
    """Outermost of ours: sizes, headers, no-store."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = _refuse_size(request) or get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        # A shared computer's back button must not show a signed-in page to the next person.
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    return middleware


def language(get_response: Answer) -> Answer:
    """After the user is known: their own language, on a machine where none was chosen yet."""

    def middleware(request: Any) -> HttpResponseBase:
        wanted = look.kept(request).get("language")
        if wanted in look.LANGUAGES and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            translation.activate(wanted)
            request.LANGUAGE_CODE = translation.get_language()
        return get_response(request)

    return middleware


def large(get_response: Answer) -> Answer:
    """After the user is known: a file above MAX_UPLOAD is read of nobody who is not signed in."""

    def middleware(request: Any) -> HttpResponseBase:
        if _size(request) > settings.MAX_UPLOAD + SLACK and not request.user.is_authenticated:
            return too_big(request, settings.MAX_UPLOAD // SLACK)
        return get_response(request)

    return middleware


def _refuse_size(request: Any) -> HttpResponseBase | None:
    """413 before the body is read: an upload over its limit in bytes never touches the disk."""
    most = settings.MAX_UPLOAD
    if settings.SESSION_COOKIE_NAME in request.COOKIES:
        most = next((n for place, n in settings.LARGE_UPLOADS if re.fullmatch(place, request.path)), most)
    if _size(request) <= most + SLACK:
        return None
    with translation.override(translation.get_language_from_request(request)):
        return too_big(request, most // SLACK)


def _size(request: Any) -> int:
    length = request.META.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isdigit() else 0
