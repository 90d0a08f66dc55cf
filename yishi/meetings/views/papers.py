"""Papers of a meeting to take away: PDF, Word, Excel, cards."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yishi.meetings import words
from yishi.meetings.models import Meeting
from yishi.meetings.rules import may_work
from yishi.meetings.views.frame import WHOLE
from yishi.papers import documents, tables
from yishi.papers.cards import cards_pdf
from yishi.web.access import allow
from yishi.web.files import CONTENT_TYPES

DOCUMENTS = {"notice": words.notice, "attendance": words.attendance_list, "minutes": words.minutes}
NAMES = {"notice": "会议通知", "attendance": "出席名单", "minutes": "会议纪要"}


def download(data: bytes, kind: str, name: str) -> HttpResponse:
    """A file to save, with its Chinese name."""
    answer = HttpResponse(data, content_type=CONTENT_TYPES[kind])
    answer["Content-Disposition"] = (
        f"attachment; filename=\"paper.{kind}\"; filename*=UTF-8''{quote(name)}.{kind}"
    )
    answer["Cache-Control"] = "no-store"
    return answer


@allow(may_work, meeting=WHOLE)
@require_safe
def meeting_paper(request: Any, meeting: Meeting, name: str, kind: str) -> HttpResponse:
    """Notice, attendance list or minutes, as PDF or Word."""
    if name not in DOCUMENTS or kind not in ("pdf", "docx"):
        raise Http404
    document = DOCUMENTS[name](meeting)
    data = documents.pdf(document) if kind == "pdf" else documents.docx(document)
    return download(data, kind, NAMES[name])


@allow(may_work, meeting=WHOLE)
@require_safe
def attendance_xlsx(request: Any, meeting: Meeting) -> HttpResponse:
    return download(tables.write_xlsx([words.attendance_sheet(meeting)]), "xlsx", "出席情况")


@allow(may_work, meeting=WHOLE)
@require_safe
def delivery_xlsx(request: Any, meeting: Meeting) -> HttpResponse:
    return download(tables.write_xlsx(words.delivery_sheets(meeting)), "xlsx", "送达记录")


@allow(may_work, meeting=WHOLE)
@require_safe
def sign_in_cards(request: Any, meeting: Meeting) -> HttpResponse:
    """Cards with each voter's own code, to be cut apart and handed out."""
    url = settings.YISHI_URL + reverse("code_use", args=["-"]).removesuffix("-/")
    printed = words.cards(meeting, url)
    if not printed:
        messages.error(request, _("还没有应到名单，请先生成应到名单。"))
        return redirect("entitled", meeting.pk)
    heading = words.whole_title(meeting)
    return download(cards_pdf(printed, heading=heading, stamp=meeting.stamp), "pdf", "签到卡")
