"""A meeting of a body: agenda, who is entitled, papers delivered, who is present, the big screen."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from yishi.people import order
from yishi.people.models import Body, Person, Seat, Term

if TYPE_CHECKING:
    from datetime import datetime


class MeetingQuerySet(models.QuerySet["Meeting"]):
    def real(self) -> MeetingQuerySet:
        return self.filter(rehearsal_of__isnull=True)

    def to_come(self, now: datetime) -> MeetingQuerySet:
        return self.exclude(state=Meeting.State.CLOSED).order_by("starts_at")

    def of(self, bodies: Any) -> MeetingQuerySet:
        return self.filter(body__in=bodies).select_related("body", "term")


class Meeting(models.Model):
    """One sitting with one sign-in: a plenary of a congress session, or a meeting of a committee."""

    class State(models.TextChoices):
        PLANNED = "planned", _("筹备中")
        CALLED = "called", _("已通知")
        OPEN = "open", _("开会中")
        CLOSED = "closed", _("已闭会")

    MOVES = {
        State.PLANNED: {State.CALLED, State.OPEN},
        State.CALLED: {State.OPEN, State.PLANNED},
        State.OPEN: {State.CLOSED},
        State.CLOSED: {State.OPEN},
    }

    body = models.ForeignKey(
        Body, on_delete=models.PROTECT, related_name="meetings", verbose_name=_("机关、组织")
    )
    term = models.ForeignKey(Term, null=True, blank=True, on_delete=models.PROTECT, verbose_name=_("届"))
    title = models.CharField(_("会议名称"), max_length=120)
    starts_at = models.DateTimeField(_("开始时间"), db_index=True)
    place = models.CharField(_("地点"), max_length=80, blank=True)
    presiding = models.ForeignKey(
        Person,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("主持人"),
    )
    quorum = models.CharField(_("法定人数"), max_length=40, default="congress")
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.PLANNED)
    sign_in_opened = models.DateTimeField(_("签到开始"), null=True, blank=True)
    sign_in_closed = models.DateTimeField(_("签到结束"), null=True, blank=True)
    called_at = models.DateTimeField(_("通知时间"), null=True, blank=True)
    opened_at = models.DateTimeField(_("开会时间"), null=True, blank=True)
    closed_at = models.DateTimeField(_("闭会时间"), null=True, blank=True)
    revision = models.PositiveIntegerField(default=0)
    rehearsal_of = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="rehearsals",
        verbose_name=_("演练自"),
    )

    objects = MeetingQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["planned", "called", "open", "closed"]),
                name="meetings_meeting_state",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_rehearsal(self) -> bool:
        return self.rehearsal_of_id is not None

    @property
    def stamp(self) -> str:
        """What is stamped on every screen and paper of a rehearsal."""
        return "演练" if self.is_rehearsal else ""

    @property
    def chain(self) -> str:
        return self.body.chain

    @property
    def sign_in_is_open(self) -> bool:
        return (
            self.sign_in_opened is not None
            and self.sign_in_closed is None
            and self.state != self.State.CLOSED
        )


class AgendaItem(models.Model):
    """One point of the agenda (议程)."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="agenda")
    place = models.PositiveSmallIntegerField(_("次序"))
    title = models.CharField(_("议程"), max_length=200)
    done_at = models.DateTimeField(_("完成时间"), null=True, blank=True)

    class Meta:
        ordering = ["place", "pk"]

    def __str__(self) -> str:
        return self.title


class VoterQuerySet(models.QuerySet["Voter"]):
    def named(self) -> VoterQuerySet:
        return self.select_related("seat__person")

    def in_order(self) -> list[Voter]:
        """With their names, by number of the delegation, in it by strokes of the surname."""
        key = order.delegation
        return sorted(self.named(), key=lambda v: (key(v.seat.delegation), v.seat.person.by_strokes, v.pk))

    def mine(self, user: Any) -> VoterQuerySet:
        """This deputy's own places in meetings that were called, the next one first."""
        return (
            self.filter(seat__person__user=user.pk)
            .exclude(meeting__state=Meeting.State.PLANNED)
            .select_related("meeting__body", "meeting__term", "seat__person")
            .order_by("-meeting__starts_at")
        )

    def delegations(self) -> list[dict[str, Any]]:
        """name, entitled and present of each delegation, in one query."""
        found = (
            self.order_by("seat__delegation")
            .values(name=models.F("seat__delegation"))
            .annotate(entitled=Count("pk"), present=Count("pk", filter=Q(attendance__in=Voter.HERE)))
        )
        return sorted(found, key=lambda group: order.delegation(group["name"]))

    def unserved(self) -> VoterQuerySet:
        """Those whom at least one current paper of their meeting has not reached."""
        reached = Delivery.objects.filter(material=OuterRef("pk"), voter=OuterRef(OuterRef("pk")))
        papers = Material.objects.current().filter(meeting=OuterRef("meeting"))
        return self.filter(Exists(papers.exclude(Exists(reached))))

    def present(self) -> VoterQuerySet:
        return self.filter(attendance__in=Voter.HERE)

    def numbers(self) -> dict[str, int]:
        """entitled, present, late, left, on leave, not yet here: one query."""
        return self.aggregate(
            entitled=Count("pk"),
            present=Count("pk", filter=Q(attendance__in=Voter.HERE)),
            late=Count("pk", filter=Q(attendance=Voter.Attendance.LATE)),
            left=Count("pk", filter=Q(attendance=Voter.Attendance.LEFT)),
            on_leave=Count("pk", filter=Q(attendance=Voter.Attendance.ON_LEAVE)),
            expected=Count("pk", filter=Q(attendance=Voter.Attendance.EXPECTED)),
        )


def new_code() -> str:
    """The code in a voter's own sign-in QR: says nothing about the person."""
    return secrets.token_urlsafe(12)


class Voter(models.Model):
    """Somebody entitled to vote in this meeting (应到) and whether they are here (实到)."""

    class Attendance(models.TextChoices):
        EXPECTED = "expected", _("未到")
        PRESENT = "present", _("已到")
        LATE = "late", _("迟到")
        LEFT = "left", _("已离会")
        ON_LEAVE = "on_leave", _("请假")

    class How(models.TextChoices):
        CODE = "code", _("扫码签到")
        LIST = "list", _("名单签到")
        SELF = "self", _("本人手机签到")

    HERE = (Attendance.PRESENT, Attendance.LATE)
    MOVES = {
        Attendance.EXPECTED: {Attendance.PRESENT, Attendance.LATE, Attendance.ON_LEAVE},
        Attendance.ON_LEAVE: {Attendance.PRESENT, Attendance.LATE, Attendance.EXPECTED},
        Attendance.PRESENT: {Attendance.LEFT, Attendance.EXPECTED},
        Attendance.LATE: {Attendance.LEFT, Attendance.EXPECTED},
        Attendance.LEFT: {Attendance.PRESENT, Attendance.LATE},
    }

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="voters")
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="+")
    attendance = models.CharField(_("出席"), max_length=12, choices=Attendance, default=Attendance.EXPECTED)
    arrived_at = models.DateTimeField(_("到会时间"), null=True, blank=True)
    left_at = models.DateTimeField(_("离会时间"), null=True, blank=True)
    how = models.CharField(_("签到方式"), max_length=8, choices=How, blank=True)
    note = models.CharField(_("请假、离会理由"), max_length=120, blank=True)
    code = models.CharField(max_length=24, unique=True, default=new_code)

    objects = VoterQuerySet.as_manager()

    class Meta:
        ordering = ["seat__delegation", "seat__person__by_strokes", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "seat"], name="meetings_voter_once"),
            models.CheckConstraint(
                condition=Q(attendance__in=["expected", "present", "late", "left", "on_leave"]),
                name="meetings_voter_attendance",
            ),
        ]

    def __str__(self) -> str:
        return self.seat.person.name

    @property
    def is_here(self) -> bool:
        return self.attendance in self.HERE

    @property
    def chain(self) -> str:
        return self.meeting.chain


def material_path(material: Material, filename: str) -> str:
    """Uploads are stored under a random name: the original name is kept in the row only."""
    suffix = filename.rsplit(".", 1)[-1].lower()
    return f"materials/{secrets.token_hex(16)}.{suffix}"


class MaterialQuerySet(models.QuerySet["Material"]):
    def current(self) -> MaterialQuerySet:
        return self.filter(withdrawn_at__isnull=True)

    def unread(self, user: Any) -> MaterialQuerySet:
        """Papers of this deputy's meetings to come that were not yet delivered to this deputy."""
        return (
            self.current()
            .filter(meeting__voters__seat__person__user=user.pk)
            .exclude(meeting__state__in=[Meeting.State.PLANNED, Meeting.State.CLOSED])
            .exclude(deliveries__voter__seat__person__user=user.pk)
            .select_related("meeting")
        )


class Material(models.Model):
    """A paper for the deputies, delivered in advance (会议材料)."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="materials")
    agenda_item = models.ForeignKey(AgendaItem, null=True, blank=True, on_delete=models.SET_NULL)
    title = models.CharField(_("材料名称"), max_length=120)
    file = models.FileField(_("文件"), upload_to=material_path)
    filename = models.CharField(_("文件名"), max_length=160)
    content_type = models.CharField(max_length=80)
    size = models.PositiveIntegerField(_("大小"))
    sha256 = models.CharField(max_length=64)
    added_at = models.DateTimeField(_("加入时间"))
    withdrawn_at = models.DateTimeField(_("撤回时间"), null=True, blank=True)

    objects = MaterialQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.title


class Delivery(models.Model):
    """Proof that one voter was given one material: when, how, by whom (送达)."""

    class How(models.TextChoices):
        SCREEN = "screen", _("本人在屏幕上打开")
        PAPER = "paper", _("纸质送达")

    material = models.ForeignKey(Material, on_delete=models.CASCADE, related_name="deliveries")
    voter = models.ForeignKey(Voter, on_delete=models.CASCADE, related_name="deliveries")
    how = models.CharField(_("送达方式"), max_length=8, choices=How)
    at = models.DateTimeField(_("时间"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["at"]
        constraints = [models.UniqueConstraint(fields=["material", "voter"], name="meetings_delivery_once")]


class Screen(models.Model):
    """What the big screen of a meeting shows: a scene by name, and for each scene its plain data.

    The rooms above push data down (`meetings.actions.show`); 50 screens then read one row.
    `version` grows whenever the picture may have changed; `key` opens the screen without signing in.
    """

    class Scene(models.TextChoices):
        WELCOME = "welcome", _("会标")
        SIGN_IN = "sign_in", _("签到")
        AGENDA = "agenda", _("议程")
        METHOD = "method", _("票决办法")
        VOTING = "voting", _("投票中")
        SEALED = "sealed", _("票箱已封")
        COUNTING = "counting", _("计票中")
        RESULT = "result", _("结果")
        ADOPTED = "adopted", _("通过名单")
        BLANK = "blank", _("黑屏")

    meeting = models.OneToOneField(Meeting, on_delete=models.CASCADE, related_name="screen")
    scene = models.CharField(max_length=12, choices=Scene, default=Scene.WELCOME)
    data = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=0)
    at = models.DateTimeField(null=True)
    key = models.CharField(max_length=24, default=new_code)
