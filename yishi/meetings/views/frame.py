"""What the pages of a meeting share: its row in one query, crumbs, the stamp of a rehearsal."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from yishi.law.quorum import Quorum
from yishi.meetings.models import Meeting

WHOLE = Meeting.objects.select_related("body", "term", "presiding")


def crumbs(meeting: Meeting, here: str = "") -> list[tuple[str, str]]:
    """From the list of meetings down to the page called `here`."""
    own = reverse("meeting", args=[meeting.pk])
    return [
        (reverse("meetings"), _("会议")),
        *([(own, meeting.title), ("", here)] if here else [("", meeting.title)]),
    ]


def page(
    request: Any, template: str, meeting: Meeting, here: str = "", status: int = 200, **context: Any
) -> HttpResponse:
    """A page of a meeting in its frame: body name, stamp of a rehearsal, crumbs."""
    request.body_name = meeting.body.short_name
    request.rehearsal = meeting.is_rehearsal
    context = {
        "meeting": meeting,
        "crumbs": crumbs(meeting, here),
        "rehearsal": meeting.is_rehearsal,
        **context,
    }
    return render(request, template, context, status=status)


def number(posted: str) -> int:
    """A row's number as it was posted; 0, which no row has, for what is none."""
    return int(posted) if posted.isdecimal() and len(posted) < 19 else 0


def spoken(enough: Quorum) -> str:
    """The sentence of the quorum in the reader's language."""
    return enough.sentence_en if (get_language() or "").startswith("en") else enough.sentence_zh
