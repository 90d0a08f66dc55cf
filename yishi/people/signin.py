"""Signing in through allauth: its messages, its journal, and what happens after five failures."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from yishi.journal.chain import SYSTEM, write
from yishi.papers.documents.printed import qr_svg
from yishi.people.models import User
from yishi.web.limits import remote

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest

LOCKED_FOR = timedelta(seconds=900)  # as in settings.ACCOUNT_RATE_LIMITS["login_failed"]


class Locked(Exception):
    """Too many failures: nothing is looked at before `opens`; the middleware shows the page 429."""

    def __init__(self, opens: datetime) -> None:
        super().__init__("too many failed sign-ins")
        self.opens = opens


class Adapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _("账号或密码不对。连续输错 5 次，这个账号将暂停登录 15 分钟。"),
        "incorrect_password": _("密码不对，请重新输入。"),
        "enter_current_password": _("请输入现在的密码。"),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: Any, **credentials: Any) -> None:
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            self._journal("people.sign_in.locked", request, credentials)
            raise Locked(request.now + LOCKED_FOR) from None

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        self._journal("people.sign_in.failed", request, credentials)

    def get_client_ip(self, request: HttpRequest) -> str:
        """Behind our own proxy everybody would else share one address, and one limit."""
        return remote(request)

    def login(self, request: Any, user: Any) -> None:
        super().login(request, user)
        write(SYSTEM, "people.sign_in", user, by=user, at=request.now)

    def logout(self, request: Any) -> None:
        user = request.user
        super().logout(request)
        write(SYSTEM, "people.sign_out", user, by=user, at=request.now)

    def set_password(self, user: Any, password: str) -> None:
        user.password_given = False
        super().set_password(user, password)
        write(SYSTEM, "people.password.changed", user, by=user, at=self.request.now)

    def add_message(
        self, request: Any, level: int, message_template: str | None = None, *args: Any, **kw: Any
    ) -> None:
        """Signing in needs no message: the desk itself shows who is in."""
        if message_template != "account/messages/logged_in.txt":
            super().add_message(request, level, message_template, *args, **kw)

    def _journal(self, verb: str, request: Any, credentials: dict[str, Any]) -> None:
        # What was typed as a name is not kept: it is often a password in the wrong field.
        user = User.objects.filter(username=credentials.get("username", "")).first()
        write(SYSTEM, verb, user or "people.user:?", by=None, at=request.now)


class CodesAdapter(DefaultMFAAdapter):
    """The second step: its words, and a QR code drawn like all others of ours."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("验证码不对。请输入验证器现在显示的 6 位数字。"),
    }

    def build_totp_svg(self, url: str) -> str:
        # As a picture of its own, and not part of a page, it must name its language.
        return qr_svg(url).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
