"""Says on every page of a demo that nothing in it is real."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yishi import demo

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponseBase

    View = Callable[[HttpRequest], HttpResponseBase]


def banner(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    def middleware(request: HttpRequest) -> HttpResponseBase:
        request.demo = demo.is_demo()  # type: ignore[attr-defined]
        return get_response(request)

    return middleware
