"""What is said of the deliberation: the comments as Excel, in Chinese whoever asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.timezone import localtime
from django.utils.translation import override

from yishi.papers.tables import Column, Sheet
from yishi.projects.models import Comment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from yishi.projects.models import Call

with override("zh-hans"):
    STATES = {value: str(words) for value, words in Comment.State.choices}
COLUMNS = [
    Column("候选项目", "project", width=32),
    Column("代表或者代表团", "who", width=18),
    Column("审议意见", "text", width=48),
    Column("提出日期", "day", kind="date", width=14),
    Column("会议", "meeting", width=28),
    Column("状态", "state", width=14),
    Column("答复", "answer", width=48),
    Column("答复日期", "answered", kind="date", width=14),
    Column("修改为第几稿", "version", kind="integer", width=12),
]


def comments_sheet(call: Call, comments: Iterable[Comment]) -> Sheet:
    return Sheet(f"{call.year}年候选项目审议意见", COLUMNS, [_row(one) for one in comments])


def _row(comment: Comment) -> dict[str, Any]:
    return {
        "project": comment.project.title if comment.project else "全部候选项目",
        "who": comment.who,
        "text": comment.text,
        "day": localtime(comment.at).date(),
        "meeting": comment.meeting.title if comment.meeting else "",
        "state": STATES[comment.state],
        "answer": comment.answer,
        "answered": localtime(comment.answered_at).date() if comment.answered_at else None,
        "version": comment.version.number if comment.version else None,
    }
