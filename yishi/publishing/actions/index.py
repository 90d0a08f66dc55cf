"""The index of all public pages: the rooms above put pages in and drop them, in their own transaction.

No rule is asked here: who may publish was asked by the action that publishes. Nothing is journalled,
since the index follows from what those actions wrote; `rebuild` makes it anew from the rooms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import import_string

from yishi.publishing import bigrams
from yishi.publishing.models import Page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from yishi.people.models import Body


@transaction.atomic
def put(
    address: str, *, kind: str, title: str, text: str = "", body: Body | None = None, at: datetime
) -> Page:
    """A public page is new or has changed; `text` is plain, `at` says how new it is."""
    said = {"kind": kind, "title": title[:200], "text": text.replace("\0", ""), "body": body, "at": at}
    page, _new = Page.objects.update_or_create(address=address, defaults=said)
    _forget(page.pk)
    _remember(page)
    return page


@transaction.atomic
def drop(address: str) -> None:
    """A page is public no longer."""
    for page in Page.objects.filter(address=address):
        _forget(page.pk)
        page.delete()


@transaction.atomic
def rebuild() -> int:
    """Ask every room of settings.INDEXED for its public pages and index them anew; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM publishing_words")
    Page.objects.all().delete()
    number = 0
    for said in _pages():
        put(**said)
        number += 1
    return number


def fill() -> int:
    """Rebuild where nothing is indexed yet (an installation from before there was an index)."""
    return 0 if Page.objects.exists() else rebuild()


def _pages() -> Iterator[dict[str, Any]]:
    for path in settings.INDEXED:
        yield from import_string(path)()


def _forget(key: int) -> None:
    column = "rowid" if connection.vendor == "sqlite" else "page_id"
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM publishing_words WHERE {column} = %s", [key])


def _remember(page: Page) -> None:
    title, text = bigrams.tokens(page.title), bigrams.tokens(page.text)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "INSERT INTO publishing_words (rowid, title, text) VALUES (%s, %s, %s)",
                [page.pk, " ".join(title), " ".join(text)],
            )
            return
        cursor.execute(
            "INSERT INTO publishing_words (page_id, title, whole, title_folded, text_folded)"
            " VALUES (%s, array_to_tsvector(%s::text[]), array_to_tsvector(%s::text[]), %s, %s)",
            [
                page.pk,
                sorted(set(title)),
                sorted({*title, *text}),
                bigrams.folded(page.title),
                bigrams.folded(page.text),
            ],
        )
