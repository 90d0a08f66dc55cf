"""Ballots read by a machine: files, a row for every page, what people decided, what was checked by hand.

Nothing here knows a voter: a page is a place in a handful of paper, as `Sheet` is.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yishi.voting.models.polls import Batch, Poll


class ScanFile(models.Model):
    """One file of the scanner (扫描文件), kept as it came.

    `name` as it was called, `path` of the original in the private folder, `pages` once they are listed;
    `seen_at`: the last sign of whoever reads it, so that another may go on when he is gone;
    `reason`: a code of `scan.reasons` when the whole file was refused. `withdrawn_at`: its pages
    do not count, since the handful was scanned anew.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("等待读票")
        READING = "reading", _("正在读票")
        READ = "read", _("已读")
        REFUSED = "refused", _("不能读")

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(_("文件名"), max_length=200)
    path = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField(_("字节"))
    state = models.CharField(_("状态"), max_length=8, choices=State, default=State.WAITING)
    reason = models.CharField(_("原因"), max_length=24, blank=True)
    at = models.DateTimeField(_("时间"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    seen_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("撤回"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_why = models.TextField(_("撤回理由"), blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "reading", "read", "refused"]), name="voting_scanfile_state"
            )
        ]

    @property
    def chain(self) -> str:
        return self.batch.poll.chain


class ScanPage(models.Model):
    """One page of one file, there before it is read (扫描页).

    `index` in the file from 1. `ballot`: its place among the ballots of the batch, `side`: which
    page of the form; both None for what is no page of a ballot of this poll. `reason`: a code of
    `scan.reasons`. `reading`: what `scan` said of it ({"rows", "warnings", "elsewhere", …}).
    `picture`: the straightened page in the private folder, for crops.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("等待读票")
        READ = "read", _("已读")
        REJECTED = "rejected", _("机器不能读")

    file = models.ForeignKey(ScanFile, on_delete=models.CASCADE, related_name="leaves")
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="leaves")
    index = models.PositiveIntegerField(_("第几页"))
    state = models.CharField(_("状态"), max_length=8, choices=State, default=State.WAITING)
    reason = models.CharField(_("原因"), max_length=24, blank=True)
    ballot = models.PositiveIntegerField(_("第几张"), null=True, blank=True)
    side = models.PositiveSmallIntegerField(_("票的第几页"), null=True, blank=True)
    reading: Any = models.JSONField(default=dict, blank=True)
    likeness = models.BinaryField(default=b"", blank=True)
    picture = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["file", "index"]
        constraints = [
            models.UniqueConstraint(fields=["file", "index"], name="voting_scanpage_once"),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "read", "rejected"]), name="voting_scanpage_state"
            ),
        ]


class ScanLook(models.Model):
    """Somebody looked at one row in a mosaic and found it as the machine had read it, or flagged it."""

    page = models.ForeignKey(ScanPage, on_delete=models.CASCADE, related_name="looks")
    row = models.PositiveSmallIntegerField(_("第几栏"))
    flagged = models.BooleanField(_("存疑"), default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("时间"))

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["page", "row", "by"], name="voting_scanlook_once")]


class ScanDecision(models.Model):
    """What one scrutineer says of a row, of a ballot, or of a page the machine could not read (判读).

    Append-only; of one person the newest counts. Two who agree settle it; where two differ the
    chief scrutineer does (`settles`).

    - a row (`row` set): `value` is its marks as law.count's letters ("" blank), `name` who is written in
    - a ballot (`row` None, `value` "valid", "void", or a `Sheet.Doubt`): said at its first page
    - the fate of a page (`value` "hand", "not_a_ballot", "duplicate"): counted by hand, or left out
    """

    page = models.ForeignKey(ScanPage, on_delete=models.CASCADE, related_name="decisions")
    row = models.PositiveSmallIntegerField(_("第几栏"), null=True, blank=True)
    value = models.CharField(_("判读"), max_length=24, blank=True)
    name = models.CharField(pgettext_lazy("人", "姓名"), max_length=40, blank=True)
    settles = models.BooleanField(_("总监票人认定"), default=False)
    why = models.TextField(_("理由"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("时间"))

    class Meta:
        ordering = ["pk"]


class Audit(models.Model):
    """One draw of ballots that are counted by hand beside the machine (人工复核).

    `seed`: said aloud and typed in the open, "" when all are checked; `ledger`: the hash of all
    readings it was drawn over, so that nobody knew beforehand which would be drawn. Its batches
    are `Batch.audit`.
    """

    poll = models.ForeignKey(Poll, on_delete=models.CASCADE, related_name="audits")
    number = models.PositiveSmallIntegerField(_("第几次"))
    seed = models.CharField(_("种子"), max_length=60, blank=True)
    ledger = models.CharField(max_length=64)
    size = models.PositiveIntegerField(_("张数"))
    whole = models.BooleanField(_("全部复核"), default=False)
    why = models.TextField(_("理由"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("时间"))

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["poll", "number"], name="voting_audit_number_once")]
