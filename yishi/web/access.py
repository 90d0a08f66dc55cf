"""Who may enter a view and who may do an action; refused is said plainly and journalled."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, resolve_url
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db import models
    from django.http import HttpRequest, HttpResponseBase


class Refused(PermissionDenied):
    """This person may not do this now; the middleware journals it and shows a plain page (403)."""


def require(may: bool, why_not: str = "") -> None:
    """First line of every action: raise Refused unless the predicate held."""
    if not may:
        raise Refused(why_not or _("您没有办理这件事的权限。"))


def anyone(user: Any, *things: Any) -> bool:
    """The public may enter."""
    return True


def signed_in(user: Any, *things: Any) -> bool:
    return bool(user.is_authenticated)


def to_sign_in(request: HttpRequest) -> HttpResponseBase:
    """To the sign-in page and back again; a part of a page that htmx asked for takes the page along."""
    if "HX-Request" in request.headers:
        return HttpResponse(headers={"HX-Redirect": resolve_url(settings.LOGIN_URL)})
    return redirect_to_login(request.get_full_path())


def allow(
    rule: Callable[..., bool], **things: type[models.Model] | models.QuerySet[Any]
) -> Callable[..., Any]:
    """Say who may enter a view: `@allow(may_see, poll=Poll)`.

    Each thing named is fetched by the URL's keyword of the same name (404 when there is none) and
    handed to the view in its place; then `rule(user, *things, now)` must hold. A visitor who is
    not signed in is sent to sign in, a user without the right is Refused.
    """

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
            for name, source in things.items():
                kwargs[name] = get_object_or_404(source, pk=kwargs[name])
            found = [kwargs[name] for name in things]
            if not rule(request.user, *found, request.now):  # type: ignore[attr-defined]
                if not request.user.is_authenticated:
                    return to_sign_in(request)
                raise Refused(_("您没有进入这个页面的权限。"))
            return view(request, **kwargs)

        guarded.allowed = rule  # type: ignore[attr-defined]
        return guarded

    return decorate
