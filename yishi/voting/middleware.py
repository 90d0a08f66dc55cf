"""Nothing that a voter in the booth could be known by gets past the first door."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponseBase

    Answer = Callable[[HttpRequest], HttpResponseBase]

BOOTH = "/booth/"
# What the server or a proxy says of who asks, and what a browser says of itself.
KNOWN_BY = (
    *("REMOTE_ADDR", "REMOTE_HOST", "REMOTE_PORT", "REMOTE_USER", "HTTP_FORWARDED", "HTTP_VIA"),
    *("HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_X_CLIENT_IP", "HTTP_TRUE_CLIENT_IP"),
    *("HTTP_CF_CONNECTING_IP", "HTTP_X_REQUEST_ID", "HTTP_TRACEPARENT", "HTTP_AUTHORIZATION"),
    *("HTTP_COOKIE", "HTTP_USER_AGENT", "HTTP_ACCEPT_LANGUAGE", "HTTP_REFERER"),
)


def booth(get_response: Answer) -> Answer:
    """Stands in front of all others: under /booth/ no cookie and no address comes in, no cookie goes out."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(BOOTH):
            return get_response(request)
        for name in KNOWN_BY:
            request.META.pop(name, None)
        response = get_response(request)
        response.cookies.clear()
        return response

    return middleware
