"""The booth: its page, which is the same for everybody, and what it asks the server.

No sign-in, no session, no cookie: nothing here reads `request.user`, and the first middleware has
taken away what a visitor could be known by. Votes and boxes are named by uuids.
"""

from __future__ import annotations

import json
import logging
import time
import traceback
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import conditional_page, require_POST, require_safe

from yishi.meetings.models import Meeting
from yishi.voting import pool
from yishi.voting.actions.sealed import cast as box_
from yishi.voting.models import Poll, SealedBox, SealedSession
from yishi.voting.views.sealed import page
from yishi.voting.words.booth import both
from yishi.web.access import allow, anyone

if TYPE_CHECKING:
    from collections.abc import Callable

    from yishi.voting.actions.sealed.cast import Receipt

log = logging.getLogger(__name__)

LARGEST = 1024 * 1024  # bytes that are read at all
NEWS = 1.0  # seconds for which what was read is told again
MEETINGS = 50  # that a server process keeps at once
BOXES = SealedBox.objects.select_related("poll")
PAPER = Poll.Doors.PAPER
LIVE = (Poll.State.READY, Poll.State.OPEN)
SHOWN = (*LIVE, Poll.State.CLOSED, Poll.State.DECLARED, Poll.State.VOID)

# Session -> when its votes were read, and the JSON; public all of it.
_news: dict[str, tuple[float, bytes]] = {}


def answers(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answers are never stored anywhere, and a fault of ours leaves its kind and place in the log, no more.

    What an exception says can hold what was sent: a database names the row that it refused.
    """

    @wraps(view)
    def guarded(request: Any, **kwargs: Any) -> HttpResponse:
        try:
            answer = view(request, **kwargs)
        except Http404:
            raise
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            log.error("booth: %s, %s:%s", type(error).__name__, place.filename, place.lineno)
            answer = JsonResponse({"state": "again", "text": both("again")}, status=503)
        answer["Cache-Control"] = "no-store"
        return answer

    return guarded


@answers
@allow(anyone)
@require_safe
def booth(request: Any, language: str) -> HttpResponse:
    return HttpResponse(page.page(language), content_type="text/html; charset=utf-8")


@answers
@allow(anyone)
@require_safe
def booth_files(request: Any) -> HttpResponse:
    """What the booth consists of, as sha256sum writes it; the hash of this list is on the wall."""
    return HttpResponse(page.files(), content_type="text/plain; charset=utf-8")


@answers
@allow(anyone)
@require_safe
def booth_sessions(request: Any) -> HttpResponse:
    """Which meetings vote by phone now: for who types a code, since a code names no meeting."""
    found = SealedSession.objects.exclude(meeting__state=Meeting.State.CLOSED).select_related("meeting__body")
    found = found.filter(
        meeting__polls__in=Poll.objects.filter(state__in=LIVE).exclude(doors=PAPER)
    ).distinct()
    titles = [{"uuid": one.uuid, "title": _title(one.meeting)} for one in found.order_by("pk")]
    return JsonResponse({"sessions": titles})


def _title(meeting: Meeting) -> str:
    return f"{meeting.body.name}{meeting.title}"


@answers
@conditional_page
@allow(anyone)
@require_safe
def booth_votes(request: Any, session_uuid: str) -> HttpResponse:
    """The votes of a meeting by phone, as far as they were arranged, in their order.

    Four hundred phones look for news every three seconds: they are answered with what was read
    within the last second.
    """
    now = time.monotonic()
    read, said = _news.get(session_uuid, (0.0, b""))
    if not said or now - read >= NEWS:
        said = json.dumps(_votes(session_uuid), ensure_ascii=False).encode()
        if len(_news) > MEETINGS:
            _news.clear()
        _news[session_uuid] = (now, said)
    return HttpResponse(said, content_type="application/json")


def _votes(session_uuid: str) -> dict[str, Any]:
    known = SealedSession.objects.select_related("meeting__body")
    meeting = get_object_or_404(known, uuid=session_uuid).meeting
    polls = Poll.objects.filter(meeting=meeting, state__in=SHOWN).exclude(doors=PAPER)
    polls = polls.select_related("box").prefetch_related("options").order_by("place", "pk")
    said = {"meeting": _title(meeting), "rehearsal": meeting.rehearsal_of_id is not None, "language": "zh"}
    return {**said, "votes": [_vote(poll) for poll in polls]}


def _vote(poll: Poll) -> dict[str, Any]:
    box, law, state = getattr(poll, "box", None), poll.law, box_.standing(poll)
    if box and state == "open":
        pool.prepare(box.election)
    return {
        "uuid": box and box.uuid,
        "title": poll.title,
        "state": state,
        "election": box.election if box and state != "waiting" else None,
        "kind": law.kind,
        "options": [{"title": one.title, "detail": one.detail} for one in poll.options.all()],
        "most": law.most,
        "revote": poll.revote,
    }


@csrf_exempt  # nobody is signed in here whom another site could act for
@answers
@allow(anyone)
@require_POST
def booth_cast(request: Any, box_uuid: str) -> HttpResponse:
    """The raw ballot in, a receipt out (200), or why not (409)."""
    found, sent = get_object_or_404(BOXES, uuid=box_uuid), _sent(request)
    return _told(box_.Receipt("bad") if sent is None else box_.cast(found, sent))


@csrf_exempt  # nobody is signed in here whom another site could act for
@answers
@allow(anyone)
@require_POST
def booth_status(request: Any, box_uuid: str) -> HttpResponse:
    """{"credential"} in; whether a ballot of it lies in the box, at any time."""
    found, sent = get_object_or_404(BOXES, uuid=box_uuid), _sent(request)
    try:
        asked = json.loads(sent or b"")
    except (ValueError, RecursionError):
        asked = None
    return _told(box_.status(found, asked.get("credential") if isinstance(asked, dict) else None))


def _sent(request: Any) -> bytes | None:
    """The body; None for one that is not read at all."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    return request.body if length.isdecimal() and int(length) <= LARGEST else None


def _told(receipt: Receipt) -> HttpResponse:
    said: dict[str, Any] = {"state": receipt.state, "text": both(receipt.why or receipt.state)}
    if receipt.state == "in":
        said |= {"tracker": receipt.tracker, "mine": receipt.mine}
    return JsonResponse(said, status=200 if receipt.state in ("in", "open") else 409)
