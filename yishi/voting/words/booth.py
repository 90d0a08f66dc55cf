"""What the booth is answered, in both languages at once: its page is the same bytes for everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import translation
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Mapping

WHY: Mapping[str, Any] = {
    "in": _("这个投票码的票已经在票箱里。"),
    "open": _("这个投票码还没有投票。"),
    "waiting": _("这次投票还没有开始。票没有入箱，请等主持人宣布开始。"),
    "closed": _("这次投票已经截止，票没有入箱。"),
    "unknown_slip": _("这个投票码不能用于这次投票：可能是别的会议的，或者已经注销。请到领票台。"),
    "exchanged": _("这个投票码已经换领纸质票，请用纸质票投票。"),
    "bad": _("收到的票不完整或不正确，没有入箱。请重新打开投票页再投，仍不行请到领票台。"),
    "other_vote": _("这张票是另一项表决的，没有入箱。请重新打开投票页再投。"),
    "again": _("系统这一刻没有办成，请稍等再试。票是否入箱，请看投票页上的回执。"),
}


def both(key: str) -> dict[str, str]:
    """{"zh", "en"}"""
    said = {}
    for name, language in (("zh", "zh-hans"), ("en", "en")):
        with translation.override(language):
            said[name] = str(WHY[key])
    return said
