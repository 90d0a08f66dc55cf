"""What is printed on every slip, the same on each: only the code and its QR differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from yishi.voting.models import SealedSession

NAME = "投票码"
SCAN = "手机扫码投票，本次会议各项手机表决都用这一张。"
TYPE = "扫不了码：手机浏览器打开 %s 输入这22个字符，分大小写。"
KEEP = "不记名。请勿给他人看，会议结束前请勿丢弃。"


def booth() -> str:
    """The address of the booth as deputies' phones see it."""
    return f"{settings.YISHI_URL}/booth/"


def slip(session: SealedSession) -> dict[str, str]:
    """body, meeting, stamp (of a rehearsal), name, scan, type, keep; always in Chinese, as all papers."""
    meeting = session.meeting
    return {
        "body": meeting.body.name,
        "meeting": meeting.title,
        "stamp": meeting.stamp,
        "name": NAME,
        "scan": SCAN,
        "type": TYPE % booth(),
        "keep": KEEP,
    }
