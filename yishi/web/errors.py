"""Pages for what went wrong: in plain words, with what to do next, and never with a trace.

`yishi.urls` names them as handler400 (`bad_request`), handler403 (`forbidden`), handler404
(`not_found`), handler500 (`broken`); the settings name `csrf_failure` as CSRF_FAILURE_VIEW.
"""

from __future__ import annotations

import errno
import math
import sys
from typing import TYPE_CHECKING, Any

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import OperationalError
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest

TOO_BIG = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400, also for SuspiciousOperation: what was suspicious is not told."""
    if isinstance(exception, TOO_BIG):
        return too_big(request)
    return _page(request, "400.html", 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, "403.html", 403, reason=str(exception or ""))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The usual cause is a page left open since an earlier sign-in; the technical one is not shown."""
    return _page(request, "csrf.html", 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, "404.html", 404)


def too_big(request: HttpRequest, megabytes: int | None = None) -> HttpResponse:
    return _page(request, "413.html", 413, megabytes=megabytes)


def too_many(request: HttpRequest, opens: datetime, now: datetime) -> HttpResponse:
    """429: `opens` is when trying again makes sense."""
    wait = max(1, math.ceil((opens - now).total_seconds()))
    minutes = math.ceil(wait / 60)
    page = _page(request, "429.html", 429, opens=timezone.localtime(opens), minutes=minutes)
    page["Retry-After"] = str(wait)
    return page


def broken(request: HttpRequest) -> HttpResponse:
    """500, or 507 for a full disk: drawn without context, since the context may be what broke."""
    if is_full(sys.exc_info()[1]):
        return HttpResponse(render_to_string("507.html"), status=507)
    return HttpResponse(render_to_string("500.html"), status=500)


def is_full(error: BaseException | None) -> bool:
    """Whether the disk was full: SQLite, PostgreSQL (53100) and the file system each say it otherwise."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    if not isinstance(error, OperationalError):
        return False
    return "disk is full" in str(error) or getattr(error.__cause__, "sqlstate", "") == "53100"


def _page(request: HttpRequest, template: str, status: int, **context: Any) -> HttpResponse:
    return render(request, template, context, status=status)
