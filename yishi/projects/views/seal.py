"""Telling a machine from a person without a riddle: how long a form was open, and a field nobody sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core import signing
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from datetime import datetime

QUICKEST, LONGEST = 3, 24 * 3600  # seconds between drawing the form and sending it


def not_yet(request: Any, salt: str) -> str:
    """Why a machine may have sent this; a person presses once more and loses nothing."""
    age = _age(request.POST.get("seal", ""), salt, request.now)
    if request.POST.get("website") or age is None or not QUICKEST <= age <= LONGEST:
        return _("为防止机器自动提交，请再按一次“提交”。您写的内容都还在；选过照片的请重新选一次。")
    return ""


def _age(seal: str, salt: str, now: datetime) -> float | None:
    """Seconds since the form was drawn; None for what is no seal of ours."""
    try:
        drawn = signing.loads(seal, salt=salt)
    except signing.BadSignature:
        return None
    return now.timestamp() - drawn if isinstance(drawn, int | float) else None


def drawn(request: Any, salt: str) -> str:
    """The seal of a form; drawn again it keeps a good one, so that pressing once more is enough."""
    old, now = request.POST.get("seal", ""), request.now
    age = _age(old, salt, now) if old else None
    if age is not None and 0 <= age <= LONGEST:
        return str(old)
    at = now.timestamp() - (QUICKEST if request.method == "POST" else 0)
    return signing.dumps(at, salt=salt)
