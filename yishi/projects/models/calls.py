"""A year's call of a body, what was proposed in it, and the topics that say the same."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from yishi.people.models import Body

if TYPE_CHECKING:
    from datetime import datetime

# Without the letters and figures that people confuse on paper and by telephone.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def new_receipt() -> str:
    """A receipt number that cannot be guessed: three groups of four, 31^12 of them."""
    drawn = "".join(secrets.choice(ALPHABET) for _n in range(12))
    return f"{drawn[:4]}-{drawn[4:8]}-{drawn[8:]}"


def photo_path(_proposal: Any, filename: str) -> str:
    return f"proposals/{secrets.token_hex(16)}.{filename.rsplit('.', 1)[-1].lower()}"


class CallQuerySet(models.QuerySet["Call"]):
    def published(self) -> CallQuerySet:
        return self.filter(state=Call.State.PUBLISHED)

    def open(self, now: datetime) -> CallQuerySet:
        """Those in which residents may propose today, the first to close first."""
        today = localdate(now)
        found = self.published().filter(opens_on__lte=today, closes_on__gte=today)
        return found.select_related("body").order_by("closes_on", "pk")

    def of(self, bodies: Any) -> CallQuerySet:
        return self.filter(body__in=bodies).select_related("body")

    def to_erase(self, now: datetime) -> CallQuerySet:
        """Calls whose personal data is due to be erased."""
        return self.filter(erased_at__isnull=True, erase_on__lte=localdate(now))


class Call(models.Model):
    """A body's call for livelihood projects of one year (征集); the root of all of that year."""

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
        Body, on_delete=models.PROTECT, related_name="calls", verbose_name=_("机关、组织")
    )
    year = models.PositiveSmallIntegerField(_("年度"))
    title = models.CharField(_("征集名称"), max_length=120)
    text = models.TextField(_("征集说明"), blank=True)
    opens_on = models.DateField(_("开始日期"))
    closes_on = models.DateField(_("截止日期"))
    erase_on = models.DateField(_("个人信息删除日期"))
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.DRAFT)
    published_at = models.DateTimeField(_("发布时间"), null=True, blank=True)
    erased_at = models.DateTimeField(_("个人信息已删除"), null=True, blank=True)
    seats = models.PositiveSmallIntegerField(_("拟选项目数"), null=True, blank=True)
    candidates_at = models.DateTimeField(_("候选项目公布时间"), null=True, blank=True)
    rating_from = models.DateField(_("群众评价开始"), null=True, blank=True)
    rating_until = models.DateField(_("群众评价截止"), null=True, blank=True)

    objects = CallQuerySet.as_manager()

    class Meta:
        ordering = ["-year", "body__place", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["body", "year"], name="projects_call_once_a_year"),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "published", "withdrawn"]), name="projects_call_state"
            ),
            models.CheckConstraint(
                condition=Q(closes_on__gte=models.F("opens_on")) & Q(erase_on__gt=models.F("closes_on")),
                name="projects_call_days_in_order",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def chain(self) -> str:
        return self.body.chain

    def is_open(self, now: datetime) -> bool:
        """Whether residents may propose: published, from the first day to the last, both included."""
        return self.state == self.State.PUBLISHED and self.opens_on <= localdate(now) <= self.closes_on


class Topic(models.Model):
    """What one or several people asked for in the same matter (同类事项), and what was decided on it.

    Every proposal stands in one topic, a new one of its own until a person merges it. `posts` and
    `people` count its proposals and the people behind them. `criteria`: {"key": {"met": bool,
    "why": str}}, `exclusions`: the keys that apply.
    """

    class State(models.TextChoices):
        OPEN = "open", _("待初定")
        SHORTLISTED = "shortlisted", _("列入候选")
        RESERVED = "reserved", _("列入储备")
        DECLINED = "declined", _("不列入")
        MERGED = "merged", _("已并入同类")

    DECIDED = (State.SHORTLISTED, State.RESERVED, State.DECLINED)
    MOVES = {
        State.OPEN: {State.SHORTLISTED, State.RESERVED, State.DECLINED, State.MERGED},
        State.SHORTLISTED: {State.OPEN, State.RESERVED, State.DECLINED},
        State.RESERVED: {State.OPEN, State.SHORTLISTED, State.DECLINED},
        State.DECLINED: {State.OPEN, State.SHORTLISTED, State.RESERVED},
        State.MERGED: {State.OPEN},
    }

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="topics")
    title = models.CharField(_("事项"), max_length=80)
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.OPEN)
    posts = models.PositiveIntegerField(_("条数"), default=0)
    people = models.PositiveIntegerField(_("人数"), default=0)
    criteria = models.JSONField(default=dict, blank=True)
    exclusions = models.JSONField(default=list, blank=True)
    reason = models.TextField(_("答复提出人的话"), blank=True)
    decided_at = models.DateTimeField(_("初定时间"), null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged"
    )
    carried_from = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="carried_to"
    )

    class Meta:
        ordering = ["-people", "pk"]
        indexes = [models.Index(fields=["call", "state", "-people"], name="projects_topic_list")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["open", "shortlisted", "reserved", "declined", "merged"]),
                name="projects_topic_state",
            ),
            models.CheckConstraint(
                condition=Q(state="merged", merged_into__isnull=False)
                | ~Q(state="merged") & Q(merged_into__isnull=True),
                name="projects_topic_merged_into_what",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def chain(self) -> str:
        return self.call.chain


class Proposal(models.Model):
    """One thing that one person asked for (征集到的建议项目), with its receipt.

    `voice` (64 hex digits) stands for who spoke without saying who: equal for posts of one person.
    `people` is how many speak in it (a station may hand in one for twelve people).
    """

    class Source(models.TextChoices):
        RESIDENT = "resident", _("群众网上提出")
        IN_PERSON = "in_person", _("群众当面提出")
        DEPUTY = "deputy", _("人大代表")
        STATION = "station", _("代表联络站")
        DEPARTMENT = "department", _("政府部门")

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="proposals")
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="proposals")
    receipt = models.CharField(_("回执号"), max_length=14, unique=True, default=new_receipt)
    source = models.CharField(_("来源"), max_length=12, choices=Source)
    what = models.CharField(_("希望办什么事"), max_length=80)
    where = models.CharField(_("在什么地方"), max_length=80)
    why = models.TextField(_("为什么要办"), max_length=2000, blank=True)
    place = models.ForeignKey(
        Body,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("乡镇、街道"),
    )
    photo = models.ImageField(_("照片"), upload_to=photo_path, blank=True)
    people = models.PositiveIntegerField(_("人数"), default=1)
    voice = models.CharField(max_length=64, db_index=True)
    at = models.DateTimeField(_("提出时间"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["call", "-at"], name="projects_proposal_list")]

    def __str__(self) -> str:
        return self.what

    @property
    def chain(self) -> str:
        return self.call.chain


class Contact(models.Model):
    """How to answer the person behind a proposal: only for the clerks of the call, erased on its date."""

    proposal = models.OneToOneField(Proposal, on_delete=models.CASCADE, related_name="contact")
    name = models.CharField(_("称呼"), max_length=40, blank=True)
    phone = models.CharField(_("电话"), max_length=40, blank=True)
