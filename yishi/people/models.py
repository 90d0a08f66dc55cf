"""Bodies and their terms, persons and the seats and offices they hold, users and their roles."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from yishi.people import order

if TYPE_CHECKING:
    from datetime import datetime


class BodyQuerySet(models.QuerySet["Body"]):
    def under(self, body: Body) -> BodyQuerySet:
        """The body itself and all below it (three levels are all there are in a county)."""
        return self.filter(Q(pk=body.pk) | Q(parent=body) | Q(parent__parent=body))


class Body(models.Model):
    """A congress, committee, presidium, council, government or department, in one tree (机关、组织)."""

    class Kind(models.TextChoices):
        COUNTY_CONGRESS = "county_congress", _("县人民代表大会")
        STANDING_COMMITTEE = "standing_committee", _("县人大常委会")
        TOWN_CONGRESS = "town_congress", _("乡镇人民代表大会")
        PRESIDIUM = "presidium", _("主席团")
        STREET_COMMITTEE = "street_committee", _("街道人大工委")
        RESIDENTS_COUNCIL = "residents_council", _("居民议事会")
        OFFICE = "office", _("人大工作机构")
        GOVERNMENT = "government", _("人民政府、街道办事处")
        DEPARTMENT = "department", _("政府部门")

    CONGRESSES = (Kind.COUNTY_CONGRESS, Kind.TOWN_CONGRESS)

    code = models.SlugField(_("代号"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=80)
    short_name = models.CharField(_("简称"), max_length=40)
    kind = models.CharField(_("类别"), max_length=24, choices=Kind)
    parent = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="children",
        verbose_name=_("上级"),
    )
    place = models.PositiveSmallIntegerField(_("排列"), default=0)

    objects = BodyQuerySet.as_manager()

    class Meta:
        ordering = ["place", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(pk=models.F("parent")), name="people_body_not_own_parent")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_congress(self) -> bool:
        return self.kind in self.CONGRESSES

    def is_over(self, other: Body) -> bool:
        """Whether it is the other body or stands above it in the tree."""
        seen, above = set(), other
        while above is not None and above.pk not in seen:
            if above.pk == self.pk:
                return True
            seen.add(above.pk)
            above = above.parent  # type: ignore[assignment]
        return False

    @property
    def chain(self) -> str:
        """The journal chain of this body."""
        return f"body:{self.code}"


class Term(models.Model):
    """A term of a body (届)."""

    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="terms")
    number = models.PositiveSmallIntegerField(_("届次"))
    begins = models.DateField(_("开始"))
    ends = models.DateField(_("届满"), null=True, blank=True)

    class Meta:
        ordering = ["body", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["body", "number"], name="people_term_once"),
            models.CheckConstraint(
                condition=Q(ends__isnull=True) | Q(ends__gt=models.F("begins")),
                name="people_term_ends_later",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.body.name}第{order.numeral(self.number)}届"


class Sex(models.TextChoices):
    FEMALE = "female", _("女")
    MALE = "male", _("男")


class Person(models.Model):
    """Somebody who holds a seat or an office; sorted by surname strokes or by pinyin."""

    name = models.CharField(_("姓名"), max_length=40)
    sex = models.CharField(_("性别"), max_length=8, choices=Sex, blank=True)
    phone = models.CharField(_("手机"), max_length=20, blank=True)
    by_strokes = models.CharField(max_length=200, editable=False, db_index=True)
    by_pinyin = models.CharField(max_length=200, editable=False, db_index=True)

    class Meta:
        ordering = ["by_strokes", "pk"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.by_strokes, self.by_pinyin = order.strokes(self.name), order.pinyin(self.name)
        super().save(*args, **kwargs)


class SeatQuerySet(models.QuerySet["Seat"]):
    def held(self, on: date) -> SeatQuerySet:
        """Seats not ended on a day, whether begun, suspended or not."""
        return self.filter(Q(ends__isnull=True) | Q(ends__gt=on))

    def ended(self, on: date) -> SeatQuerySet:
        return self.filter(ends__lte=on)

    def between(self, begins: date, ends: date | None) -> SeatQuerySet:
        """Seats whose time meets the time from `begins` up to, not including, `ends`."""
        found = self.held(begins)
        return found if ends is None else found.filter(begins__lt=ends)

    def sitting(self, on: date) -> SeatQuerySet:
        """Seats held on a day: begun, not ended, the deputy not suspended."""
        return self.filter(begins__lte=on, suspended=False).filter(Q(ends__isnull=True) | Q(ends__gt=on))

    def of(self, body: Body) -> SeatQuerySet:
        return self.filter(body=body).select_related("person", "body", "term")


class Seat(models.Model):
    """The seat of a deputy or a voting member in one body for one term, with its beginning and end.

    End for a reason: 《代表法》第六十二条(代表资格终止); suspension: 第六十一条(暂停执行代表职务).
    """

    class End(models.TextChoices):
        MOVED = "moved", _("迁出或者调离本行政区域")
        RESIGNED = "resigned", _("辞职被接受")
        ORDERED_TO_RESIGN = "ordered_to_resign", _("责令辞职被接受")
        ABSENT = "absent", _("未经批准两次不出席会议")
        RECALLED = "recalled", _("被罢免")
        NATIONALITY = "nationality", _("丧失中华人民共和国国籍")
        RIGHTS = "rights", _("被剥夺政治权利")
        CAPACITY = "capacity", _("丧失行为能力")
        DEATH = "death", _("去世")
        TERM = "term", _("任期届满")
        LEFT = "left", _("不再担任（非代表席位）")

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="seats")
    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="seats")
    term = models.ForeignKey(Term, null=True, blank=True, on_delete=models.PROTECT, related_name="seats")
    title = models.CharField(_("身份"), max_length=40, default="代表")
    district = models.CharField(_("选区"), max_length=60, blank=True)
    delegation = models.CharField(_("代表团"), max_length=60, blank=True)
    begins = models.DateField(_("开始"))
    ends = models.DateField(_("终止"), null=True, blank=True)
    end_reason = models.CharField(_("终止原因"), max_length=24, choices=End, blank=True)
    suspended = models.BooleanField(_("暂停执行代表职务"), default=False)

    objects = SeatQuerySet.as_manager()

    class Meta:
        ordering = ["delegation", "person__by_strokes", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "body"],
                condition=Q(ends__isnull=True),
                name="people_seat_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(ends__isnull=True) | ~Q(end_reason=""),
                name="people_seat_ends_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(ends__isnull=True) | Q(ends__gte=models.F("begins")),
                name="people_seat_ends_later",
            ),
        ]

    def __str__(self) -> str:
        return self.person.name

    def standing(self, on: date) -> str:
        """`to_come`, `sitting`, `suspended` or `ended` on a day; computed, never stored."""
        if self.ends is not None and self.ends <= on:
            return "ended"
        if self.suspended:
            return "suspended"
        return "sitting" if self.begins <= on else "to_come"


class OfficeQuerySet(models.QuerySet["Office"]):
    def held(self, on: date) -> OfficeQuerySet:
        return self.filter(begins__lte=on).filter(Q(ends__isnull=True) | Q(ends__gt=on))


class Office(models.Model):
    """A post somebody holds in a body (chair, director, head of government); no vote by itself."""

    class Post(models.TextChoices):
        CHAIR = "chair", _("主席、主任")
        VICE_CHAIR = "vice_chair", _("副主席、副主任")
        SECRETARY = "secretary", _("秘书长")
        MEMBER = "member", _("委员、成员")
        HEAD = "head", _("行政首长")
        LEADER = "leader", _("代表团团长")

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="offices")
    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="offices")
    post = models.CharField(_("职务"), max_length=16, choices=Post)
    begins = models.DateField(_("开始"))
    ends = models.DateField(_("终止"), null=True, blank=True)

    objects = OfficeQuerySet.as_manager()

    class Meta:
        ordering = ["body", "post", "person__by_strokes"]

    def __str__(self) -> str:
        return f"{self.person.name} {self.get_post_display()}"


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(username=username, **fields)
        user.set_password(password)  # None: an unusable password, for those who only use links
        user.save()
        return user


class User(AbstractBaseUser):
    """Somebody who can sign in; the person, if this is a deputy or an office-holder."""

    username = models.CharField(
        _("账号"),
        max_length=60,
        unique=True,
        error_messages={"unique": _("已有同名账号，请换一个。")},
    )
    name = models.CharField(_("姓名"), max_length=40)
    email = models.EmailField(_("邮箱"), blank=True)
    person = models.OneToOneField(
        Person,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="user",
        verbose_name=_("代表或任职人员"),
    )
    is_active = models.BooleanField(_("启用"), default=True)
    password_given = models.BooleanField(_("初始密码，登录后须更改"), default=False)
    preferences = models.JSONField(default=dict, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    objects = UserManager()
    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    def __str__(self) -> str:
        return self.name or self.username

    @cached_property
    def held(self) -> frozenset[tuple[int | None, str]]:
        """(body, duty) pairs of the roles held now; one query for a request."""
        return frozenset(self.roles.filter(ended__isnull=True).values_list("body_id", "duty"))


class Role(models.Model):
    """What a user may do in one body; the three administrators act for the installation (三员分立)."""

    class Duty(models.TextChoices):
        CLERK = "clerk", _("经办人员")
        CHAIR = "chair", _("主席、主任")
        SYSTEM = "system", _("系统管理员")
        SECURITY = "security", _("安全管理员")
        AUDITOR = "auditor", _("审计员")

    ADMINISTRATORS = (Duty.SYSTEM, Duty.SECURITY, Duty.AUDITOR)

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="roles")
    body = models.ForeignKey(Body, null=True, blank=True, on_delete=models.PROTECT, related_name="roles")
    duty = models.CharField(_("角色"), max_length=12, choices=Duty)
    begun = models.DateTimeField(_("开始"))
    ended = models.DateTimeField(_("结束"), null=True, blank=True)

    class Meta:
        ordering = ["body", "duty", "user"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "body", "duty"],
                condition=Q(ended__isnull=True),
                name="people_role_once_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(ended__isnull=True, duty__in=["system", "security", "auditor"]),
                name="people_role_administrators_apart",
            ),
            models.CheckConstraint(
                condition=Q(duty__in=["system", "security", "auditor"], body__isnull=True)
                | Q(duty__in=["clerk", "chair"], body__isnull=False),
                name="people_role_in_its_place",
            ),
        ]


class LinkQuerySet(models.QuerySet["Link"]):
    def live(self, now: datetime) -> LinkQuerySet:
        """Links that would still let somebody in."""
        return self.filter(used__isnull=True, revoked__isnull=True, expires__gt=now)


class Link(models.Model):
    """A one-time way in for a deputy: bound to the person, expiring, revocable (一次性登录链接).

    Only the SHA-256 of the code is kept; `used` closes it, and the browser that used it stays
    signed in until its session ends.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="links")
    digest = models.CharField(max_length=64, unique=True)
    made = models.DateTimeField(_("生成时间"))
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    expires = models.DateTimeField(_("有效期至"))
    used = models.DateTimeField(_("使用时间"), null=True, blank=True)
    revoked = models.DateTimeField(_("作废时间"), null=True, blank=True)

    objects = LinkQuerySet.as_manager()

    class Meta:
        ordering = ["-made"]

    def is_good(self, now: datetime) -> bool:
        return self.used is None and self.revoked is None and now < self.expires
