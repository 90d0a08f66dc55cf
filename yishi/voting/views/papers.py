"""The papers of a vote as files: PDF to print, Word to edit, the ballot sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yishi.meetings import words as meeting_words
from yishi.papers.sheets import SheetError, sheet_pdf
from yishi.voting.models import Poll
from yishi.voting.rules import box, rights
from yishi.voting.views.frame import MEETINGS, POLLS, TYPES, download, english, file, page
from yishi.voting.words import method, report, results, script, sheet
from yishi.web.access import allow

if TYPE_CHECKING:
    from django.http import HttpResponse

    from yishi.meetings.models import Meeting
    from yishi.papers.documents import Document

COPIES = 2000


@allow(rights.may_work, poll=POLLS)
@require_safe
def poll_paper(request: Any, poll: Poll, name: str, kind: str) -> HttpResponse:
    """method, officials, script, report, announcement, announcement-en; 404 before there is a tally."""
    if kind not in TYPES:
        raise Http404
    return download(_document(poll, name), kind, f"{_name(poll, name)}-{poll.pk}")


def _document(poll: Poll, name: str) -> Document:
    match name:
        case "method":
            return method.document(poll)
        case "officials":
            return results.officials(poll)
        case "script":
            return script.document(poll)
    tally = poll.tallies.current() if name == "report" else box.declared(poll)
    if tally is None:
        raise Http404
    match name:
        case "report":
            return report.document(poll, tally)
        case "announcement":
            return results.announcement(poll, tally)
        case "announcement-en":
            return results.announcement(poll, tally, "en")
    raise Http404


def _name(poll: Poll, name: str) -> str:
    names = {"officials": "名单", "script": "主持词", "report": "计票报告单", "announcement": "公告"}
    return method.name(poll) if name == "method" else names.get(name, name)


@allow(rights.may_work, poll=POLLS)
@require_safe
def poll_sheet(request: Any, poll: Poll) -> HttpResponse:
    """The ballot sheet: one to look at, or `?copies=` to print."""
    try:
        copies = min(max(int(request.GET.get("copies", "1")), 1), COPIES)
    except ValueError:
        copies = 1
    try:
        data = sheet_pdf(sheet.form(poll), copies)
    except SheetError as error:
        said = error.en if english() else error.zh
        return page(request, "voting/no_sheet.html", poll, _("票样"), status=409, said=said)
    return file(data, "pdf", f"表决票-{poll.pk}")


@allow(rights.may_see_polls, meeting=MEETINGS)
@require_safe
def polls_minutes(request: Any, meeting: Meeting, kind: str) -> HttpResponse:
    """The minutes of the meeting with what its polls decided."""
    if kind not in TYPES:
        raise Http404
    document = meeting_words.minutes(meeting, extra=results.minutes(meeting))
    return download(document, kind, f"会议纪要-{meeting.pk}")
