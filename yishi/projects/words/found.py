"""A published call as it stands in the index of everything public."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse

from yishi.projects.models import Call
from yishi.publishing.models import Page

if TYPE_CHECKING:
    from collections.abc import Iterator


def call_address(call: Call) -> str:
    return reverse("call_public", args=[call.pk])


def call_page(call: Call) -> dict[str, Any]:
    """What `index.put` takes."""
    return {
        "address": call_address(call),
        "kind": Page.Kind.CALL,
        "title": call.title,
        "text": f"{call.text} {call.body.name}",
        "body": call.body,
        "at": call.published_at,
    }


def call_pages() -> Iterator[dict[str, Any]]:
    """Every published call (settings.INDEXED)."""
    for call in Call.objects.published().select_related("body"):
        yield call_page(call)
