"""A document drafted, changed, published, withdrawn; files put beside it and taken off again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from yishi.journal.chain import write
from yishi.journal.moves import MoveError, move
from yishi.publishing import html
from yishi.publishing.actions import index
from yishi.publishing.models import Attachment, Document
from yishi.publishing.rules import may_keep_attachment, may_keep_document, may_publish_for
from yishi.publishing.words.found import address, page
from yishi.web import files
from yishi.web.access import require

if TYPE_CHECKING:
    from datetime import date, datetime

    from django.core.files import File

    from yishi.people.models import Body

FIELDS = ("kind", "title", "source", "dated", "text", "top")
LONGEST = 100_000
MOST_FILES = 30


@transaction.atomic
def draft(
    body: Body,
    *,
    kind: str,
    title: str,
    text: str,
    source: str = "",
    dated: date,
    top: bool = False,
    by: Any,
    at: datetime,
) -> Document:
    """A new draft; `text` is HTML or plain text as typed, and is cleaned. ValidationError at the field."""
    require(may_publish_for(by, body, at))
    document = Document(body=body)
    _say(document, kind=kind, title=title, text=html.clean(text), source=source, dated=dated, top=top)
    document.save()
    write(body.chain, "publishing.drafted", document, by=by, at=at, name=document.title)
    return document


@transaction.atomic
def change(document: Document, *, by: Any, at: datetime, why: str = "", **typed: Any) -> None:
    """Change what is said. What the public has read already needs a reason, and its page says when."""
    require(may_keep_document(by, document, at))
    _held(document)
    before = {name: getattr(document, name) for name in FIELDS}
    if "text" in typed:
        typed["text"] = html.clean(typed["text"])
    _say(document, **{name: typed.get(name, before[name]) for name in FIELDS})
    changes = [name for name in FIELDS if getattr(document, name) != before[name]]
    if not changes:
        return
    if document.is_published:
        if not why.strip():
            raise ValidationError({"why": _("已经发布，修改请写明理由。")}, code="reason")
        if changes != ["top"]:
            document.changed_at = at
    document.save(update_fields=[*changes, "changed_at"])
    write(document.chain, "publishing.changed", document, by=by, at=at, why=why.strip(), changes=changes)
    if document.is_published:
        index.put(**page(document))


def _say(document: Document, **said: Any) -> None:
    for name, value in said.items():
        setattr(document, name, value.strip() if isinstance(value, str) else value)
    if not html.plain(document.text):
        raise ValidationError({"text": _("请写正文；只有附件的，也请写一两句说明是什么。")})
    if len(document.text) > LONGEST:
        raise ValidationError({"text": _("正文太长，请把长的部分作为附件。")})
    if not 1900 <= document.dated.year <= 2100:
        raise ValidationError({"dated": _("年份不对，请检查日期。")})
    document.clean_fields(exclude=["body"])


@transaction.atomic
def publish(document: Document, *, by: Any, at: datetime) -> None:
    require(may_keep_document(by, document, at))
    _held(document)
    also = {"published_at": at, "changed_at": None}
    move(document, Document.State.PUBLISHED, chain=document.chain, by=by, at=at, also=also)
    index.put(**page(document))


@transaction.atomic
def withdraw(document: Document, *, by: Any, at: datetime, why: str) -> None:
    """Take a document off the public pages; it stays with its files. Refused without a reason."""
    require(may_keep_document(by, document, at))
    if not why.strip():
        raise ValidationError({"why": _("请写明撤回的理由。")})
    move(document, Document.State.WITHDRAWN, chain=document.chain, by=by, at=at, why=why.strip())
    index.drop(address(document))


@transaction.atomic
def attach(document: Document, file: File[bytes], *, title: str = "", by: Any, at: datetime) -> Attachment:
    """Put a file beside a document, stored under a random name.

    Raises ValidationError at `file` (codes of `web.files.check`) for what is too large, empty,
    damaged, or not what its name says.
    """
    require(may_keep_document(by, document, at))
    _held(document)
    if len(title) > 120:
        raise ValidationError({"title": _("附件名称最多120字。")})
    if document.attachments.current().count() >= MOST_FILES:
        raise ValidationError({"file": _("附件太多了，请合并成几份。")})
    name = files.plain_name(file.name or "")
    try:
        kind = files.check(file, name)
    except ValidationError as error:
        raise ValidationError({"file": error}) from error
    made = Attachment(
        document=document,
        title=title.strip() or name.rsplit(".", 1)[0][:120],
        filename=name,
        content_type=files.CONTENT_TYPES[kind],
        size=file.size,
        sha256=files.sha256(file),
        added_at=at,
    )
    made.file.save(f"attachment.{kind}", file, save=False)
    made.save()
    said: dict[str, Any] = {"attachment": made.pk, "name": made.title, "sha256": made.sha256}
    write(document.chain, "publishing.attached", document, by=by, at=at, **said)
    if document.is_published:
        index.put(**page(document))
    return made


@transaction.atomic
def detach(attachment: Attachment, *, by: Any, at: datetime, why: str) -> None:
    """Show a file no longer; it is kept. Raises ValidationError without a reason."""
    require(may_keep_attachment(by, attachment, at))
    if not why.strip():
        raise ValidationError({"why": _("请写明撤下的理由。")})
    current = Attachment.objects.current().filter(pk=attachment.pk)
    if not current.update(withdrawn_at=at):
        raise MoveError(_("这个附件已经撤下。"), code="move")
    attachment.withdrawn_at = at
    document = attachment.document
    said: dict[str, Any] = {"attachment": attachment.pk, "name": attachment.title}
    write(document.chain, "publishing.detached", document, by=by, at=at, why=why.strip(), **said)
    if document.is_published:
        index.put(**page(document))


def _held(document: Document) -> None:
    """Nobody publishes or changes it at the same moment: what is indexed is what is read."""
    state = Document.objects.select_for_update().values_list("state", flat=True).get(pk=document.pk)
    if state != document.state:
        raise MoveError(_("刚才已有人改动了它，请刷新页面再看。"), code="stale")
