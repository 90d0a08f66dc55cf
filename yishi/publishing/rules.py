"""Who writes, sees and downloads what a body publishes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yishi.people.models import Role
from yishi.people.rules import is_clerk, works_in

if TYPE_CHECKING:
    from datetime import datetime

    from yishi.people.models import Body
    from yishi.publishing.models import Attachment, Document


def may_publish_for(user: Any, body: Body, now: datetime) -> bool:
    """Write a document in the name of a body: its clerk."""
    return is_clerk(user, body)


def may_keep_document(user: Any, document: Document, now: datetime) -> bool:
    """Change, publish, withdraw, attach: the clerk of the body."""
    return is_clerk(user, document.body)


def may_see_document(user: Any, document: Document, now: datetime) -> bool:
    """Clerk and chair of the body, draft or not."""
    return works_in(user, document.body)


def may_list_documents(user: Any, now: datetime) -> bool:
    """Whoever is clerk or chair somewhere; they find only their own bodies' documents."""
    return bool(worked_in(user))


def worked_in(user: Any) -> list[int]:
    """The bodies whose clerk or chair the user is."""
    if not user.is_authenticated or not user.is_active:
        return []
    return [body for body, duty in user.held if body and duty in (Role.Duty.CLERK, Role.Duty.CHAIR)]


def may_keep_attachment(user: Any, attachment: Attachment, now: datetime) -> bool:
    return may_keep_document(user, attachment.document, now)


def may_download(user: Any, attachment: Attachment, now: datetime) -> bool:
    """Everybody, while its document is published and it was not withdrawn; else who works in the body."""
    if attachment.document.is_published and attachment.withdrawn_at is None:
        return True
    return works_in(user, attachment.document.body)
