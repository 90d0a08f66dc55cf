"""Documents for the public with their attachments, and one row for each public page that is found."""

from __future__ import annotations

import secrets
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yishi.people.models import Body


class DocumentQuerySet(models.QuerySet["Document"]):
    def published(self) -> DocumentQuerySet:
        return self.filter(state=Document.State.PUBLISHED)

    def of(self, bodies: Any) -> DocumentQuerySet:
        return self.filter(body__in=bodies).select_related("body")

    def newest(self) -> DocumentQuerySet:
        """As they were published, whatever day they bear."""
        return self.order_by("-published_at", "-pk")


class Document(models.Model):
    """What a body tells the public (公告、讲话、文件、工作动态). `text` is cleaned HTML (publishing.html)."""

    class Kind(models.TextChoices):
        ANNOUNCEMENT = "announcement", _("公告")
        SPEECH = "speech", _("讲话")
        DOCUMENT = "document", _("文件")
        NEWS = "news", _("工作动态")

    class State(models.TextChoices):
        DRAFT = "draft", _("草拟")
        PUBLISHED = "published", _("已发布")
        WITHDRAWN = "withdrawn", _("已撤回")

    MOVES = {
        State.DRAFT: {State.PUBLISHED},
        State.PUBLISHED: {State.WITHDRAWN},
        State.WITHDRAWN: {State.PUBLISHED},
    }

    body = models.ForeignKey(
        Body, on_delete=models.PROTECT, related_name="documents", verbose_name=_("机关、组织")
    )
    kind = models.CharField(_("类别"), max_length=12, choices=Kind, default=Kind.ANNOUNCEMENT)
    title = models.CharField(_("标题"), max_length=120)
    text = models.TextField(_("正文"), blank=True)
    source = models.CharField(_("来源、讲话人"), max_length=80, blank=True)
    dated = models.DateField(_("日期"))
    top = models.BooleanField(_("置顶"), default=False)
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.DRAFT)
    published_at = models.DateTimeField(_("发布时间"), null=True, blank=True)
    changed_at = models.DateTimeField(_("发布后修改"), null=True, blank=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering = ["-top", "-dated", "-pk"]
        indexes = [models.Index(fields=["state", "-top", "-dated", "-id"], name="publishing_document_list")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "published", "withdrawn"]), name="publishing_document_state"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def chain(self) -> str:
        return self.body.chain

    @property
    def is_published(self) -> bool:
        return self.state == self.State.PUBLISHED


def attachment_path(_attachment: Any, filename: str) -> str:
    """Uploads are stored under a random name: the original name is kept in the row only."""
    return f"attachments/{secrets.token_hex(16)}.{filename.rsplit('.', 1)[-1].lower()}"


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def current(self) -> AttachmentQuerySet:
        return self.filter(withdrawn_at__isnull=True)


class Attachment(models.Model):
    """A file beside a document (附件); a withdrawn one is kept and no longer shown to the public."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="attachments")
    title = models.CharField(_("附件名称"), max_length=120)
    file = models.FileField(_("文件"), upload_to=attachment_path)
    filename = models.CharField(_("文件名"), max_length=160)
    content_type = models.CharField(max_length=80)
    size = models.PositiveIntegerField(_("大小"))
    sha256 = models.CharField(max_length=64)
    added_at = models.DateTimeField(_("加入时间"))
    withdrawn_at = models.DateTimeField(_("撤下时间"), null=True, blank=True)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.title

    @property
    def suffix(self) -> str:
        """PDF, DOCX: which program opens it."""
        return self.filename.rsplit(".", 1)[-1].upper()


class Page(models.Model):
    """One public page as it is found by words (可查找的网页); written by `publishing.actions.index` alone.

    `text` is plain; `at` says how new it is. The words themselves are in a table of the database's own
    full-text search (migration 0002), under the key of this row.
    """

    class Kind(models.TextChoices):
        RESULT = "result", _("表决结果")
        CALL = "call", _("项目征集")
        PROJECT = "project", _("民生实事项目")
        DOCUMENT = "document", _("公告文件")

    address = models.CharField(_("网址"), max_length=200, unique=True)
    kind = models.CharField(_("类别"), max_length=12, choices=Kind)
    title = models.CharField(_("标题"), max_length=200)
    body = models.ForeignKey(
        Body, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("机关、组织")
    )
    at = models.DateTimeField(_("时间"))
    # The last column: sorting thousands of rows by `at` must not read past their texts.
    text = models.TextField(_("正文"), blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["-at", "-id"], name="publishing_page_newest")]

    def __str__(self) -> str:
        return self.title
