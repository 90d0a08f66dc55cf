"""The booklet of candidates made and delivered as a paper of the meeting that votes on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Max
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import override

from yishi.journal.chain import write
from yishi.meetings.actions import add_material, withdraw_material
from yishi.meetings.rules import may_prepare
from yishi.papers.documents import pdf
from yishi.projects.actions.candidates import require_ready
from yishi.projects.models import Booklet, Call, Version
from yishi.projects.rules.candidates import votes_here
from yishi.projects.words.booklet import booklet, title
from yishi.web.access import require

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from yishi.meetings.models import Meeting
    from yishi.projects.models import Project


def standing_in(projects: Sequence[Project]) -> dict[str, int]:
    """{"key of the project": number of its version}, as a booklet keeps it."""
    rows = Version.objects.filter(project__in=projects).order_by().values_list("project")
    return {str(key): number for key, number in rows.annotate(last=Max("number"))}


def current(call: Call, meeting: Meeting) -> Booklet | None:
    """The booklet that holds in a meeting: the last one delivered and not withdrawn."""
    found = call.booklets.filter(material__meeting=meeting, material__withdrawn_at=None)
    return found.select_related("material").last()


@transaction.atomic
def deliver_booklet(call: Call, meeting: Meeting, *, why: str = "", by: Any, at: datetime) -> Booklet:
    """Make the booklet a paper of the meeting, in Chinese, its receipts kept there like any paper's.

    Where the meeting has one already, the new one is called 修改稿 and the former is withdrawn with
    the reason. Refused while a sheet has a gap, without the committee's review, and unchanged.
    """
    require(may_prepare(by, meeting, at))
    held = Call.objects.select_for_update(of=("self",)).select_related("body__parent").get(pk=call.pk)
    if meeting.rehearsal_of_id or meeting.state == meeting.State.CLOSED or not votes_here(held, meeting):
        raise ValidationError({"meeting": _("请选表决这些项目的机关的、还没有闭会的会议。")})
    found = require_ready(held)
    versions = standing_in(found)
    former = current(held, meeting)
    if former is not None and former.versions == versions:
        raise ValidationError(_("自上次送达后候选项目没有改动，不用再送。"))
    if former is not None and not why.strip():
        raise ValidationError({"why": _("代表已收到上一稿，请写明修改了什么。")})
    again = former is not None
    with override("zh-hans"):
        name = title(held, again)
        paper = booklet(held, found, on=localdate(at), again=again)
    file = ContentFile(pdf(paper), name=f"{name}.pdf")
    if former is not None:
        withdraw_material(former.material, why=why, by=by, at=at)
    material = add_material(meeting, file, title=name, by=by, at=at)
    made = Booklet.objects.create(call=held, material=material, versions=versions, at=at, by=by)
    data = {"meeting": meeting.pk, "versions": versions, "number": len(found)}
    write(held.chain, "projects.booklet_delivered", call, by=by, at=at, why=why.strip(), **data)
    return made
