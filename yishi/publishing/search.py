"""Finding public pages by words: all must occur; those with all in the title first, then the newest."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import BooleanField, Count, ExpressionWrapper, Q
from django.db.models.expressions import RawSQL
from django.utils.html import format_html, format_html_join

from yishi.publishing.bigrams import Phrase, phrases
from yishi.publishing.models import Page

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.db.models import QuerySet
    from django.utils.safestring import SafeString

LONGEST = 60
BEFORE, AFTER = 30, 120  # characters of a snippet around the first hit
MOST_PHRASES = 12


@dataclass(frozen=True)
class Hit:
    """A page that was found: title and snippet with the words in <mark>."""

    address: str
    kind: str
    title: SafeString
    snippet: SafeString
    body: str
    at: datetime


def asked(text: str | None) -> str:
    """What was typed, without control characters and at most `LONGEST` characters long."""
    return " ".join("".join(c if c.isprintable() else " " for c in text or "").split())[:LONGEST].strip()


def find(query: str, kind: str = "") -> QuerySet[Page]:
    """The pages in their order; none for a query without a letter or figure."""
    wanted = phrases(query)[:MOST_PHRASES]
    if not wanted:
        return Page.objects.none()
    found = Page.objects.filter(pk__in=_keys(wanted))
    if kind:
        found = found.filter(kind=kind)
    in_title = ExpressionWrapper(Q(pk__in=_keys(wanted, title=True)), output_field=BooleanField())
    return found.alias(in_title=in_title).order_by("-in_title", "-at", "-pk")


def counts(query: str) -> dict[str, int]:
    """How many pages of each kind were found, in one query."""
    rows = find(query).order_by().values("kind").annotate(n=Count("pk"))
    return {row["kind"]: row["n"] for row in rows}


def hits(keys: Sequence[int], query: str) -> list[Hit]:
    """The pages of these keys, in this order, as they are shown; one query."""
    pages = Page.objects.select_related("body").in_bulk(keys)
    words = "".join(c if c.isalnum() else " " for c in query).split()
    return [_hit(pages[key], words) for key in keys if key in pages]


def _keys(wanted: Sequence[Phrase], *, title: bool = False) -> RawSQL:
    """The keys of the pages where all phrases occur, in the title or anywhere."""
    if connection.vendor == "sqlite":
        return _fts5(wanted, title=title)
    return _tsquery(wanted, title=title)


def _fts5(wanted: Sequence[Phrase], *, title: bool) -> RawSQL:
    # Every token in quotes, for AND, OR, NOT and NEAR are operators otherwise; it holds letters and
    # figures only, so that no quote can end it early.
    match = " AND ".join(f'"{" ".join(p.tokens)}"{" *" if p.begins else ""}' for p in wanted)
    match = f"title : ({match})" if title else match
    return RawSQL("SELECT rowid FROM publishing_words WHERE publishing_words MATCH %s", [match])


def _tsquery(wanted: Sequence[Phrase], *, title: bool) -> RawSQL:
    tokens = [
        f"'{token}'{':*' if p.begins and n == len(p.tokens) else ''}"
        for p in wanted
        for n, token in enumerate(p.tokens, 1)
    ]
    # A tsvector forgets the places of words beyond 16,383, and all but 256 places of each: so it says
    # which pages have all the pairs, and the folded text whether they stand in a row there.
    folded = "title_folded" if title else "(title_folded || ' ' || text_folded)"
    rows = [p.folded for p in wanted if len(p.tokens) > 1]
    where = [
        f"{'title' if title else 'whole'} @@ %s::tsquery",
        *[f"strpos({folded}, %s) > 0" for _row in rows],
    ]
    sql = f"SELECT page_id FROM publishing_words WHERE {' AND '.join(where)}"
    return RawSQL(sql, [" & ".join(tokens), *rows])


def _hit(page: Page, words: Sequence[str]) -> Hit:
    body = page.body.name if page.body else ""
    told = marked(snippet(page.text, words), words)
    return Hit(page.address, page.get_kind_display(), marked(page.title, words), told, body, page.at)


def snippet(text: str, words: Sequence[str]) -> str:
    """About 150 characters around the first word found, else from the beginning."""
    first = _pattern(words).search(text) if words else None
    start = max(0, first.start() - BEFORE) if first else 0
    part = text[start : start + BEFORE + AFTER]
    before = "…" if start else ""
    return f"{before}{part}{'…' if start + len(part) < len(text) else ''}"


def marked(text: str, words: Sequence[str]) -> SafeString:
    """The text, escaped, each of the words in <mark>."""
    parts: Any = enumerate(_pattern(words).split(text) if words else [text])
    return format_html_join(
        "", "{}", ((format_html("<mark>{}</mark>", p) if n % 2 else p,) for n, p in parts)
    )


def _pattern(words: Sequence[str]) -> re.Pattern[str]:
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(f"({'|'.join(re.escape(word) for word in longest_first)})", re.IGNORECASE)
