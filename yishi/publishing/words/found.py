"""A document as it stands in the index of everything public."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse

from yishi.publishing import html
from yishi.publishing.models import Document, Page

if TYPE_CHECKING:
    from collections.abc import Iterator


def address(document: Document) -> str:
    return reverse("document_public", args=[document.pk])


def page(document: Document) -> dict[str, Any]:
    """What `index.put` takes: title, and kind, source, text and names of the files."""
    files = [attachment.title for attachment in document.attachments.current()]
    text = " ".join([html.plain(document.text), document.source, *files, document.body.name])
    return {
        "address": address(document),
        "kind": Page.Kind.DOCUMENT,
        "title": document.title,
        "text": text,
        "body": document.body,
        "at": document.published_at,
    }


def pages() -> Iterator[dict[str, Any]]:
    """Every published document (settings.INDEXED)."""
    for document in Document.objects.published().select_related("body").iterator(chunk_size=200):
        yield page(document)
