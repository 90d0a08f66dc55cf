"""The time of a request, the end of idle sessions, default deny, and refusals in the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from yishi.journal.chain import SYSTEM, write
from yishi.people.signin import Locked
from yishi.web.access import Refused, to_sign_in
from yishi.web.errors import too_many

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponseBase

SEEN_EVERY = 60  # seconds between notes of "still here": a note is a write
# Where somebody with an initial password may go before changing it.
BEFORE_CHANGE = {"account_change_password", "account_logout", "account_reauthenticate", "web:preferences"}


def idle(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Stamp `request.now` and end a session that lay idle longer than SESSION_IDLE_SECONDS."""

    def middleware(request: Any) -> HttpResponseBase:
        request.now = timezone.now()
        if request.session.get("_auth_user_id"):
            stamp = request.now.timestamp()
            seen = request.session.get("seen", stamp)
            # abs: a clock that jumped back must not keep a session alive for ever.
            if abs(stamp - seen) > settings.SESSION_IDLE_SECONDS:
                _close(request)
                return to_sign_in(request)
            # A page that looks by itself for news is not somebody who is there.
            by_hand = request.method != "GET" or "HX-Request" not in request.headers
            if "seen" not in request.session or (by_hand and abs(stamp - seen) > SEEN_EVERY):
                request.session["seen"] = stamp
        return get_response(request)

    return middleware


def _close(request: Any) -> None:
    user = request.user
    logout(request)
    if user.is_authenticated:
        write(SYSTEM, "people.idle_out", user, by=user, at=request.now)
    messages.info(request, _("您有一段时间没有操作，为安全已自动退出，请重新登录。"))


class access:
    """Refuse any view that does not say who may enter it; journal each refusal."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> HttpResponseBase | None:
        if not hasattr(view, "allowed"):
            raise Refused("这个页面没有说明谁可以进入。")
        asked = request.resolver_match.view_name
        if getattr(request.user, "password_given", False) and asked not in BEFORE_CHANGE:
            messages.info(request, _("您用的是初始密码，请先改成自己的密码。"))
            return redirect("account_change_password")
        return None

    def process_exception(self, request: Any, exception: Exception) -> HttpResponseBase | None:
        if isinstance(exception, Locked):
            return too_many(request, exception.opens, request.now)
        if not isinstance(exception, Refused):
            return None
        if request.user.is_authenticated:
            match = request.resolver_match
            write(
                SYSTEM,
                "people.refused",
                match.view_name if match else "?",
                by=request.user,
                at=request.now,
                method=request.method,
                things={k: v for k, v in match.kwargs.items() if isinstance(v, int)} if match else {},
            )
        return render(request, "403.html", {"reason": str(exception)}, status=403)
