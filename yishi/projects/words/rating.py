"""What the rating says: the poster at the site, what a poll waits for, how grades are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from yishi.papers.documents import date_text
from yishi.papers.posters import Poster
from yishi.projects.models import Project
from yishi.voting.models import Poll

if TYPE_CHECKING:
    from collections.abc import Iterable

    from yishi.projects.rules.rating import Residents

CHIPS = {
    Project.Grade.SATISFIED: "ok",
    Project.Grade.BASICALLY: "info",
    Project.Grade.DISSATISFIED: "bad",
}


def poster(project: Project, address: str) -> Poster:
    """For the fence of the site: what is asked, until when, and the code that leads to the page."""
    call = project.call
    assert call.rating_from is not None and call.rating_until is not None
    return Poster(
        title="这件实事办得怎么样？",
        line=project.title,
        text=project.content,
        when=f"{date_text(call.rating_from)}至{date_text(call.rating_until)}",
        qr_text=address,
        caption="扫码评一评，不用注册",
        address=address,
        notes=("满意、基本满意、不满意，选一项就行；想改可以再评一次。", "不问姓名和电话。"),
        issuer=call.body.name,
        more="……（全文扫码可见）",
    )


def last_of(poll: Poll) -> Poll:
    """The poll that counts: a void one is stood for by its repeat."""
    while (
        after := poll.followed_by.select_related("meeting__body", "previous").order_by("-pk").first()
    ) is not None:
        poll = after
    return poll


def polls(projects: Iterable[Project]) -> list[tuple[Poll, Poll, str]]:
    """The polls that rate these projects: as planned, the one that counts, and what is to be done next."""
    rated: dict[int, list[Project]] = {}
    planned: dict[int, Poll] = {}
    for one in projects:
        if one.rating_poll is not None:
            planned[one.rating_poll.pk] = one.rating_poll
            rated.setdefault(one.rating_poll.pk, []).append(one)
    return [(poll, last := last_of(poll), _waits_for(last, rated[key])) for key, poll in planned.items()]


def _waits_for(poll: Poll, projects: Iterable[Project]) -> str:
    if poll.state == Poll.State.VOID:
        return _("这次测评已作废。")
    if poll.state != Poll.State.DECLARED or poll.declared_at is None:
        return _("还没有宣布结果。")
    declared = poll.declared_at
    if all(one.rated_at is not None and one.rated_at >= declared for one in projects):
        return ""
    return _("结果已宣布，请读取。")


def shares(said: Residents) -> list[dict[str, Any]]:
    """The three grades as bars: how many, and the share where there are enough."""
    per = said.shares
    return [
        {
            "label": grade.label,
            "n": getattr(said, grade),
            "text": f"{getattr(said, grade)}（{per[grade]:.0f}%）" if per else getattr(said, grade),
            "soft": grade == Project.Grade.DISSATISFIED,
        }
        for grade in Project.Grade
    ]
