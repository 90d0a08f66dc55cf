"""An adopted project being delivered: milestones, reports, slips, notices, inspections, changes, ratings."""

from __future__ import annotations

import secrets
from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yishi.meetings.models import Meeting
from yishi.projects.models.projects import Project


def picture_path(_photo: Any, filename: str) -> str:
    return f"projects/{secrets.token_hex(16)}.{filename.rsplit('.', 1)[-1].lower()}"


class Milestone(models.Model):
    """A stage of the work (节点) with its day and how far the project then is, in per cent of the whole.

    `due_on` is the day that counts now; a slip that was accepted moved it, and keeps the day before.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="milestones")
    title = models.CharField(_("节点"), max_length=80)
    due_on = models.DateField(_("应完成日期"))
    percent = models.PositiveSmallIntegerField(_("累计进度"))
    done_on = models.DateField(_("实际完成日期"), null=True, blank=True)

    class Meta:
        ordering = ["project", "due_on", "percent", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(percent__gte=1, percent__lte=100), name="projects_milestone_percent"
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def chain(self) -> str:
        return self.project.chain

    def is_overdue(self, today: date) -> bool:
        return self.done_on is None and self.due_on < today


class Report(models.Model):
    """The unit's report of one month (月报): how far, what was spent (fen), what stands in the way.

    `month` is the first day of the month. A corrected report stays in the journal as it was.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="reports")
    month = models.DateField(_("月份"))
    percent = models.PositiveSmallIntegerField(_("进度"))
    spent = models.BigIntegerField(_("已用资金"), null=True, blank=True)
    text = models.TextField(_("本月进展"), max_length=1000)
    trouble = models.TextField(_("困难和问题"), max_length=1000, blank=True)
    at = models.DateTimeField(_("报送时间"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["project", "-month"]
        constraints = [
            models.UniqueConstraint(fields=["project", "month"], name="projects_report_once_a_month"),
            models.CheckConstraint(condition=Q(percent__lte=100), name="projects_report_percent"),
            models.CheckConstraint(
                condition=Q(spent__isnull=True) | Q(spent__gte=0), name="projects_report_spent"
            ),
        ]

    @property
    def chain(self) -> str:
        return self.project.chain


class Slip(models.Model):
    """A unit asks to move the day of a milestone (申请延期): why, to when, and who accepted it."""

    class State(models.TextChoices):
        ASKED = "asked", _("待同意")
        ACCEPTED = "accepted", _("已同意")
        REFUSED = "refused", _("未同意")

    MOVES = {State.ASKED: {State.ACCEPTED, State.REFUSED}, State.ACCEPTED: set(), State.REFUSED: set()}

    milestone = models.ForeignKey(Milestone, on_delete=models.PROTECT, related_name="slips")
    due_before = models.DateField(_("原定日期"))
    due_after = models.DateField(_("申请延至"))
    why = models.TextField(_("延期理由"), max_length=1000)
    at = models.DateTimeField(_("申请时间"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.ASKED)
    accepted_by = models.CharField(_("由谁同意"), max_length=120, blank=True)
    said = models.TextField(_("意见"), blank=True)
    decided_at = models.DateTimeField(_("决定时间"), null=True, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["asked", "accepted", "refused"]), name="projects_slip_state"
            ),
            models.CheckConstraint(
                condition=Q(due_after__gt=models.F("due_before")), name="projects_slip_later"
            ),
            models.UniqueConstraint(
                fields=["milestone"], condition=Q(state="asked"), name="projects_slip_one_at_a_time"
            ),
        ]

    @property
    def chain(self) -> str:
        return self.milestone.chain


class Supervision(models.Model):
    """A supervision notice (督办单) to the unit, with the day by which it answers."""

    class State(models.TextChoices):
        ISSUED = "issued", _("待答复")
        ANSWERED = "answered", _("已答复")
        CLOSED = "closed", _("已销号")

    MOVES = {
        State.ISSUED: {State.ANSWERED, State.CLOSED},
        State.ANSWERED: {State.ISSUED, State.CLOSED},
        State.CLOSED: set(),
    }

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="supervisions")
    milestone = models.ForeignKey(
        Milestone, null=True, blank=True, on_delete=models.PROTECT, related_name="supervisions"
    )
    number = models.PositiveSmallIntegerField(_("编号"))
    text = models.TextField(_("督办事项"), max_length=1000)
    due_on = models.DateField(_("答复期限"))
    at = models.DateTimeField(_("发出时间"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.ISSUED)
    answer = models.TextField(_("答复"), max_length=1000, blank=True)
    answered_at = models.DateTimeField(_("答复时间"), null=True, blank=True)
    closed_at = models.DateTimeField(_("销号时间"), null=True, blank=True)
    closing = models.TextField(_("销号说明"), blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["issued", "answered", "closed"]), name="projects_supervision_state"
            ),
            models.UniqueConstraint(fields=["project", "number"], name="projects_supervision_number_once"),
        ]

    @property
    def chain(self) -> str:
        return self.project.chain


class Inspection(models.Model):
    """Deputies looked at the work (代表视察): who went, what they found, and the unit's answer.

    No finding to answer: closed at once.
    """

    class State(models.TextChoices):
        OPEN = "open", _("待整改答复")
        ANSWERED = "answered", _("已答复")
        CLOSED = "closed", _("已销号")

    MOVES = {
        State.OPEN: {State.ANSWERED, State.CLOSED},
        State.ANSWERED: {State.OPEN, State.CLOSED},
        State.CLOSED: set(),
    }

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="inspections")
    held_on = models.DateField(_("视察日期"))
    deputies = models.CharField(_("参加视察的代表"), max_length=300)
    text = models.TextField(_("视察情况"), max_length=2000)
    findings = models.TextField(_("发现的问题"), max_length=2000, blank=True)
    due_on = models.DateField(_("整改期限"), null=True, blank=True)
    at = models.DateTimeField(_("登记时间"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.OPEN)
    answer = models.TextField(_("整改答复"), max_length=2000, blank=True)
    answered_at = models.DateTimeField(_("答复时间"), null=True, blank=True)
    closed_at = models.DateTimeField(_("销号时间"), null=True, blank=True)

    class Meta:
        ordering = ["-held_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["open", "answered", "closed"]), name="projects_inspection_state"
            )
        ]

    @property
    def chain(self) -> str:
        return self.project.chain


class Change(models.Model):
    """A government asks to change or to stop an adopted project (项目变更), and who agreed.

    sheet: the whole sheet as it is to be (see `Version`); empty where the project is to be stopped.
    """

    class Kind(models.TextChoices):
        SHEET = "sheet", _("变更内容")
        STOP = "stop", _("终止实施")

    class State(models.TextChoices):
        ASKED = "asked", _("待审查")
        APPROVED = "approved", _("已同意")
        REFUSED = "refused", _("未同意")

    MOVES = {State.ASKED: {State.APPROVED, State.REFUSED}, State.APPROVED: set(), State.REFUSED: set()}

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField(_("类别"), max_length=8, choices=Kind, default=Kind.SHEET)
    sheet = models.JSONField(default=dict)
    why = models.TextField(_("变更理由"), max_length=2000)
    at = models.DateTimeField(_("提请时间"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.ASKED)
    meeting = models.ForeignKey(
        Meeting, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("会议")
    )
    decided_on = models.DateField(_("决定日期"), null=True, blank=True)
    decided_by = models.CharField(_("作出决定的机关、会议"), max_length=120, blank=True)
    said = models.TextField(_("决定意见"), blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["asked", "approved", "refused"]), name="projects_change_state"
            ),
            models.UniqueConstraint(
                fields=["project"], condition=Q(state="asked"), name="projects_change_one_at_a_time"
            ),
        ]

    @property
    def chain(self) -> str:
        return self.project.chain


class Photo(models.Model):
    """A picture of the work, without the place and the camera that were written in it."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="photos")
    report = models.ForeignKey(Report, null=True, blank=True, on_delete=models.PROTECT, related_name="photos")
    inspection = models.ForeignKey(
        Inspection, null=True, blank=True, on_delete=models.PROTECT, related_name="photos"
    )
    file = models.ImageField(_("照片"), upload_to=picture_path)
    caption = models.CharField(_("说明"), max_length=80, blank=True)
    at = models.DateTimeField(_("时间"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["at", "pk"]


class ResidentRating(models.Model):
    """What one resident thinks of a finished project (群众评价); one voice, one rating.

    `voice` (64 hex digits) stands for who spoke without saying who; erased with the call's other data.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="ratings")
    grade = models.CharField(_("评价"), max_length=12, choices=Project.Grade)
    text = models.CharField(_("想说的话"), max_length=300, blank=True)
    voice = models.CharField(max_length=64)
    at = models.DateTimeField(_("时间"))

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["project", "voice"], name="projects_rating_one_voice"),
            models.CheckConstraint(
                condition=Q(grade__in=["satisfied", "basically", "dissatisfied"]),
                name="projects_rating_grade",
            ),
        ]
