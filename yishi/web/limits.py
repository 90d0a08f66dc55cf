"""Rate limits from our own counter table, the same for all workers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import wraps
from ipaddress import IPv6Address
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac

from yishi.web.errors import too_many
from yishi.web.models import Counter

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

KEPT = timedelta(days=1)  # the longest window; older rows are swept


def limit(key: str, per: int, n: int, now: datetime) -> bool:
    """Count one more try of `key` in the present window of `per` seconds; True while it is within `n`.

    Windows stand at fixed times, so that twice `n` may pass around a boundary. The key is stored
    as HMAC: the table tells neither name nor address.
    """
    hidden = salted_hmac("yishi.web.limits", key, algorithm="sha256").hexdigest()
    start = window(per, now)
    with transaction.atomic():
        row, new = Counter.objects.get_or_create(key=hidden, window=start)
        Counter.objects.filter(pk=row.pk).update(n=F("n") + 1)
        row.refresh_from_db(fields=["n"])
        if new:
            Counter.objects.filter(window__lt=now - KEPT).delete()
    return row.n <= n


def window(per: int, now: datetime) -> datetime:
    """The start of the window of `per` seconds in which `now` lies."""
    stamp = int(now.timestamp())
    return datetime.fromtimestamp(stamp - stamp % per, tz=UTC)


def opens(per: int, now: datetime) -> datetime:
    """When the next window begins, and trying again makes sense."""
    return window(per, now) + timedelta(seconds=per)


def limited(
    name: str, n: int, seconds: int, who: Callable[[HttpRequest], str] | None = None
) -> Callable[..., Any]:
    """Let a view be posted to at most `n` times in `seconds` by one address (or what `who` says).

    Reading is not counted. What is over gets the page 429, which says when to try again.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def counted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method in ("GET", "HEAD", "OPTIONS"):
                return view(request, *args, **kwargs)
            now = getattr(request, "now", None) or timezone.now()
            tried_by = (who or remote)(request)
            if not limit(f"{name}:{tried_by}", seconds, n, now):
                return too_many(request, opens(seconds, now), now)
            return view(request, *args, **kwargs)

        return counted

    return decorate


def remote(request: HttpRequest) -> str:
    """The address the request came from; behind our own proxy, the one that the proxy saw.

    Only the last entry of X-Forwarded-For is the proxy's: those before it are what a client says.
    Of IPv6 it is the first address of its network (/64): one subscriber has 2^64 of them.
    """
    found = str(request.META.get("REMOTE_ADDR", ""))
    if settings.SECURE_PROXY_SSL_HEADER and (seen := request.headers.get("X-Forwarded-For")):
        found = seen.rpartition(",")[2].strip()
    try:
        address = IPv6Address(found)
    except ValueError:
        return found
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Address(int(address) >> 64 << 64))
