"""How a person likes to see the pages: language, theme, text size; no account needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

COOKIE = "look"
YEAR = 365 * 24 * 3600  # seconds

THEMES = {
    "auto": gettext_lazy("随系统"),
    "light": gettext_lazy("浅色"),
    "dark": gettext_lazy("深色"),
}
SIZES = {
    "small": pgettext_lazy("字号", "小"),
    "medium": pgettext_lazy("字号", "中"),
    "large": pgettext_lazy("字号", "大"),
}
# Each language names itself, so that a person who cannot read this page finds the way out.
LANGUAGES = {"zh-hans": "中文", "en": "English"}
CHOICES: dict[str, dict[str, Any]] = {"language": LANGUAGES, "theme": THEMES, "size": SIZES}


class Look(NamedTuple):
    theme: str = "auto"
    size: str = "medium"


def read(request: HttpRequest) -> Look:
    """The look from the cookie, else from the signed-in user, else the default; never an error."""
    theme, _dot, size = request.COOKIES.get(COOKIE, "").partition(".")
    if theme not in THEMES or size not in SIZES:
        mine = kept(request)
        theme, size = mine.get("theme", ""), mine.get("size", "")
    return Look(theme if theme in THEMES else "auto", size if size in SIZES else "medium")


def keep(request: HttpRequest, response: HttpResponse, chosen: dict[str, str]) -> None:
    """Write what was chosen into cookies of a year and, where there is a user, beside the user.

    `chosen` holds only names and values of CHOICES.
    """
    secure = settings.SESSION_COOKIE_SECURE
    if language := chosen.get("language"):
        name = settings.LANGUAGE_COOKIE_NAME
        response.set_cookie(name, language, max_age=YEAR, secure=secure, httponly=True, samesite="Lax")
    look = read(request)._replace(**{k: v for k, v in chosen.items() if k != "language"})
    response.set_cookie(
        COOKIE, f"{look.theme}.{look.size}", max_age=YEAR, secure=secure, httponly=True, samesite="Lax"
    )
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated and hasattr(user, "preferences"):
        user.preferences = {**(user.preferences or {}), **chosen}
        user.save(update_fields=["preferences"])


def groups(look: Look) -> list[dict[str, object]]:
    """The choices as the menu draws them, the present one marked."""
    present = {"language": get_language() or "zh-hans", "theme": look.theme, "size": look.size}
    labels = {"language": _("语言"), "theme": _("颜色"), "size": _("字号")}
    return [
        {
            "name": name,
            "label": labels[name],
            "choices": [
                {
                    "value": value,
                    "label": label,
                    "chosen": value == present[name],
                    "lang": value if name == "language" else "",
                }
                for value, label in choices.items()
            ],
        }
        for name, choices in CHOICES.items()
    ]


def kept(request: HttpRequest) -> dict[str, str]:
    """What the signed-in user chose earlier, {} where there is none."""
    # Without a session cookie nobody is signed in: the session table need not be asked.
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return {}
    mine = getattr(getattr(request, "user", None), "preferences", None)
    return mine if isinstance(mine, dict) else {}
