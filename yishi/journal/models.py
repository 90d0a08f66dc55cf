"""Entries of the journal: one hash chain for each body, appended to and never changed."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from datetime import datetime

START = "0" * 64


class Chain(models.Model):
    """The head of one chain: how many entries it holds and the digest of the last."""

    name = models.CharField(max_length=80, unique=True)
    length = models.PositiveIntegerField(default=0)
    digest = models.CharField(max_length=64, default=START)


class EntryQuerySet(models.QuerySet["Entry"]):
    def of(self, chain: str) -> EntryQuerySet:
        return self.filter(chain__name=chain)

    def about(self, thing: models.Model) -> EntryQuerySet:
        """What happened to one thing, oldest first."""
        return self.filter(thing=label(thing)).order_by("pk")

    def between(self, first: datetime | None, last: datetime | None) -> EntryQuerySet:
        found = self if first is None else self.filter(at__gte=first)
        return found if last is None else found.filter(at__lt=last)

    def update(self, **kwargs: Any) -> int:
        raise TypeError("日志只能追加,不能修改。")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise TypeError("日志只能追加,不能删除。")


class Entry(models.Model):
    """Who did what to which thing, when and why; chained to the entry before it.

    `digest` = SHA-256 over the digest before it and the canonical JSON of all other fields, so an
    entry changed, removed or put in another place is found by `journal.chain.verify`.
    """

    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="entries")
    number = models.PositiveIntegerField(_("序号"))
    at = models.DateTimeField(_("时间"), db_index=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("何人"),
    )
    verb = models.CharField(_("事项"), max_length=60, db_index=True)
    thing = models.CharField(_("对象"), max_length=80, db_index=True)
    why = models.TextField(_("理由"), blank=True)
    data = models.JSONField(_("内容"), default=dict)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    objects = EntryQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["chain", "number"], name="journal_entry_once"),
        ]

    def computed_digest(self) -> str:
        """SHA-256 (64 hex digits) of what this entry says, with the digest before it."""
        said = {
            "chain": self.chain.name,
            "number": self.number,
            "at": self.at.timestamp().hex(),
            "by": self.by_id,
            "verb": self.verb,
            "thing": self.thing,
            "why": self.why,
            "data": self.data,
            "previous": self.previous,
        }
        text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("日志只能追加,不能修改。")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("日志只能追加,不能删除。")


def label(thing: models.Model) -> str:
    """`voting.poll:12`, the name a thing has in the journal."""
    return f"{thing._meta.label_lower}:{thing.pk}"
