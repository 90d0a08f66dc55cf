"""A published result as it stands in the index of everything public."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse

from yishi.publishing.models import Page
from yishi.voting.models import Poll
from yishi.voting.rules import box

if TYPE_CHECKING:
    from collections.abc import Iterator


def address(poll: Poll) -> str:
    return reverse("poll_public", args=[poll.pk])


def page(poll: Poll) -> dict[str, Any]:
    """What `index.put` takes: meeting, body, options and the sentence that was declared."""
    tally = box.declared(poll)
    said = [tally.outcome["sentence_zh"], tally.outcome["sentence_en"]] if tally else []
    options = [option.title for option in poll.options.all()]
    return {
        "address": address(poll),
        "kind": Page.Kind.RESULT,
        "title": poll.title,
        "text": " ".join([poll.meeting.body.name, poll.meeting.title, *options, *said]),
        "body": poll.meeting.body,
        "at": poll.declared_at,
    }


def pages() -> Iterator[dict[str, Any]]:
    """Every published result (settings.INDEXED)."""
    for poll in Poll.objects.published().whole().prefetch_related("options").iterator(chunk_size=200):
        if poll.declared_at:
            yield page(poll)
