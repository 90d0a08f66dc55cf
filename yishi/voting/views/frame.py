"""What the pages of a vote share: the poll in one query, crumbs, the stamp of a rehearsal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from yishi.law.articles import english as article_english
from yishi.meetings.models import Meeting
from yishi.papers import documents
from yishi.people.rules import works_in
from yishi.voting.models import Poll

if TYPE_CHECKING:
    from yishi.law.figures import Outcome
    from yishi.papers.documents import Document

POLLS = Poll.objects.whole()
MEETINGS = Meeting.objects.select_related("body", "term", "presiding")
TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


def english() -> bool:
    return (get_language() or "").startswith("en")


def sentence(outcome: dict[str, Any] | Outcome) -> str:
    """The outcome in the reader's language."""
    name = "sentence_en" if english() else "sentence_zh"
    return outcome[name] if isinstance(outcome, dict) else getattr(outcome, name)


def article_here(article: str) -> str:
    """An article of law in the reader's language; empty where the rule names none."""
    return article_english(article) if english() and article else article


def meeting_crumbs(user: Any, meeting: Meeting) -> list[tuple[str, str]]:
    return [
        # A teller from outside has no page of the meeting itself.
        (reverse("meeting", args=[meeting.pk]) if works_in(user, meeting.body) else "", meeting.title),
        (reverse("polls", args=[meeting.pk]), _("表决事项")),
    ]


def page(
    request: Any,
    template: str,
    thing: Poll | Meeting,
    here: str = "",
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    """A page of a poll, or of a meeting's polls; `here` is the last crumb below the poll."""
    poll = thing if isinstance(thing, Poll) else None
    meeting = thing.meeting if isinstance(thing, Poll) else thing
    request.body_name = meeting.body.short_name
    request.rehearsal = meeting.is_rehearsal
    crumbs = meeting_crumbs(request.user, meeting)
    if poll is not None:
        own = reverse("poll", args=[poll.pk])
        crumbs += [(own, poll.title), ("", here)] if here else [("", poll.title)]
    else:
        crumbs = [crumbs[0], (crumbs[1][0] if here else "", _("表决事项")), *([("", here)] if here else [])]
    context = {
        "poll": poll,
        "meeting": meeting,
        "crumbs": crumbs,
        "rehearsal": meeting.is_rehearsal,
    } | context
    return render(request, template, context, status=status)


def download(document: Document, kind: str, name: str) -> HttpResponse:
    """The document as a file; PDFs open in the browser."""
    data = documents.pdf(document) if kind == "pdf" else documents.docx(document)
    return file(data, kind, name)


def file(data: bytes, kind: str, name: str) -> HttpResponse:
    answer = HttpResponse(data, content_type=TYPES[kind])
    how = "inline" if kind == "pdf" else "attachment"
    encoded = f"UTF-8''{quote(name)}.{kind}"
    answer["Content-Disposition"] = f'{how}; filename="paper.{kind}"; filename*={encoded}'
    answer["Cache-Control"] = "no-store"
    return answer
