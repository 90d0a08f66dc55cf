"""Finding published results by words: every word in a title, an option, the meeting or the body."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q
from django.utils.html import format_html, format_html_join

from yishi.voting.models import Option, Poll

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.db.models import QuerySet
    from django.utils.safestring import SafeString

LONGEST = 60
FIELDS = ("title", "meeting__title", "meeting__body__name", "meeting__body__short_name")


@dataclass(frozen=True)
class Hit:
    pk: int
    title: SafeString
    source: SafeString
    declared_at: datetime | None
    options: list[SafeString]


def asked(text: str | None) -> str:
    """What was typed, without control characters and at most `LONGEST` characters long."""
    return " ".join("".join(c if c.isprintable() else " " for c in text or "").split())[:LONGEST].strip()


def find(query: str) -> QuerySet[Poll]:
    """The newest first; nothing for an empty query."""
    found = Poll.objects.published().whole().prefetch_related("options")
    for word in query.split():
        option = Option.objects.filter(poll=OuterRef("pk"), title__icontains=word)
        said = Q(Exists(option))
        for field in FIELDS:
            said |= Q(**{f"{field}__icontains": word})
        found = found.filter(said)
    return found.order_by("-declared_at", "-pk") if query else found.none()


def hit(poll: Poll, query: str) -> Hit:
    """One result with the words marked; of its options those that hold one of them."""
    words = query.split()
    lower = [word.lower() for word in words]
    options = [one.title for one in poll.options.all() if any(w in one.title.lower() for w in lower)]
    source = f"{poll.meeting.body.name} · {poll.meeting.title}"
    told = [marked(title, words) for title in options]
    return Hit(poll.pk, marked(poll.title, words), marked(source, words), poll.declared_at, told)


def marked(text: str, words: Sequence[str]) -> SafeString:
    """The text, escaped, each of the words in <mark>."""
    longest_first = sorted(words, key=len, reverse=True)
    pattern = re.compile(f"({'|'.join(re.escape(word) for word in longest_first)})", re.IGNORECASE)
    parts = enumerate(pattern.split(text) if words else [text])
    return format_html_join(
        "", "{}", ((format_html("<mark>{}</mark>", p) if n % 2 else p,) for n, p in parts)
    )
