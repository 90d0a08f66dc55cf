"""A livelihood project from candidate to score: its sheet in all versions, what was said of it, its state."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yishi.meetings.models import Material, Meeting
from yishi.people.models import Body, Seat
from yishi.projects.models.calls import Call, Topic
from yishi.voting.models import Poll

# What stands on a candidate's sheet; a version keeps all of it.
SHEET = (
    "title",
    "content",
    "where",
    "place",
    "x",
    "y",
    "cost",
    "funds",
    "unit",
    "starts_on",
    "ends_on",
)


class CommitteeReview(models.Model):
    """A standing committee deliberated a county's candidates before the congress votes on them.

    《浙江省各级人大常委会讨论决定重大事项的规定》第四条第三款.
    """

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="reviews")
    meeting = models.ForeignKey(
        Meeting, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("会议")
    )
    held_on = models.DateField(_("审议日期"))
    text = models.TextField(_("审议意见"))
    at = models.DateTimeField(_("登记时间"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["held_on", "pk"]

    @property
    def chain(self) -> str:
        return self.call.chain


class ProjectQuerySet(models.QuerySet["Project"]):
    def whole(self) -> ProjectQuerySet:
        return self.select_related("call__body", "topic", "place", "unit", "review", "poll", "rating_poll")

    def with_delivery(self) -> ProjectQuerySet:
        """With what says how far each is, in a constant number of queries."""
        return self.whole().prefetch_related("milestones", "reports")

    def candidates(self) -> ProjectQuerySet:
        """Those that are to be voted on."""
        return self.filter(state=Project.State.CANDIDATE)

    def running(self) -> ProjectQuerySet:
        """Those that are to be delivered: adopted, not yet completed, stopped or closed."""
        return self.filter(state=Project.State.ADOPTED)

    def to_deliver(self) -> ProjectQuerySet:
        """All that were ever adopted, whatever became of them since."""
        return self.filter(state__in=Project.DELIVERED)

    def public(self) -> ProjectQuerySet:
        """What residents may read: candidates once they were published, and all that followed."""
        return self.filter(call__candidates_at__isnull=False)

    def of_unit(self, bodies: Any) -> ProjectQuerySet:
        return self.filter(unit__in=bodies)


class Project(models.Model):
    """One livelihood project (民生实事项目): the sheet as it stands, its state, its vote and its score.

    `cost` is in fen. `x` and `y` (0 to 1000, from the top left) are its place on the county's own
    schematic map; without them it stands at its town's spot. How many asked for it is counted by
    its topic. A street's project is recommended by its council and adopted when the Party working
    committee has confirmed it (《浙江省街道人大工作条例》第十七条).
    """

    class State(models.TextChoices):
        CANDIDATE = "candidate", _("候选")
        RECOMMENDED = "recommended", _("票选推荐")
        ADOPTED = "adopted", _("实施中")
        NOT_ADOPTED = "not_adopted", _("未入选")
        WITHDRAWN = "withdrawn", _("退出候选")
        COMPLETED = "completed", _("已完工")
        CLOSED = "closed", _("已办结")
        STOPPED = "stopped", _("已终止")

    class Grade(models.TextChoices):
        SATISFIED = "satisfied", _("满意")
        BASICALLY = "basically", _("基本满意")
        DISSATISFIED = "dissatisfied", _("不满意")

    DELIVERED = (State.ADOPTED, State.COMPLETED, State.CLOSED, State.STOPPED)
    MOVES = {
        State.CANDIDATE: {State.ADOPTED, State.RECOMMENDED, State.NOT_ADOPTED, State.WITHDRAWN},
        State.WITHDRAWN: {State.CANDIDATE},
        # A result may be corrected and read again while nothing was reported yet.
        State.NOT_ADOPTED: {State.ADOPTED, State.RECOMMENDED},
        State.RECOMMENDED: {State.ADOPTED, State.NOT_ADOPTED},
        State.ADOPTED: {State.COMPLETED, State.STOPPED, State.NOT_ADOPTED},
        # Back again: found unfinished by an inspection, or rated unsatisfied.
        State.COMPLETED: {State.ADOPTED, State.CLOSED},
        State.CLOSED: {State.ADOPTED},
        State.STOPPED: set(),
    }

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="projects")
    topic = models.OneToOneField(
        Topic, null=True, blank=True, on_delete=models.PROTECT, related_name="project"
    )
    number = models.PositiveSmallIntegerField(_("编号"))
    title = models.CharField(_("项目名称"), max_length=80)
    content = models.TextField(_("建设内容"), blank=True)
    where = models.CharField(_("地点"), max_length=80, blank=True)
    place = models.ForeignKey(
        Body,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("乡镇、街道"),
    )
    x = models.PositiveSmallIntegerField(null=True, blank=True)
    y = models.PositiveSmallIntegerField(null=True, blank=True)
    cost = models.BigIntegerField(_("投资"), null=True, blank=True)
    funds = models.CharField(_("资金来源"), max_length=200, blank=True)
    unit = models.ForeignKey(
        Body, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("责任单位")
    )
    starts_on = models.DateField(_("开工日期"), null=True, blank=True)
    ends_on = models.DateField(_("完成日期"), null=True, blank=True)
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.CANDIDATE)
    reason = models.TextField(_("退出、未入选、终止的原因"), blank=True)
    review = models.ForeignKey(
        CommitteeReview, null=True, blank=True, on_delete=models.PROTECT, related_name="projects"
    )
    poll = models.ForeignKey(Poll, null=True, blank=True, on_delete=models.PROTECT, related_name="projects")
    adopted_at = models.DateTimeField(_("票决通过时间"), null=True, blank=True)
    confirmed_on = models.DateField(_("街道党工委确认日期"), null=True, blank=True)
    confirmed_by = models.CharField(_("确认的会议或者文号"), max_length=120, blank=True)
    completed_on = models.DateField(_("完工日期"), null=True, blank=True)
    rating_poll = models.ForeignKey(
        Poll, null=True, blank=True, on_delete=models.PROTECT, related_name="rated_projects"
    )
    grade = models.CharField(_("满意度测评结果"), max_length=12, choices=Grade, blank=True)
    rated_at = models.DateTimeField(_("测评时间"), null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        ordering = ["call", "number", "pk"]
        indexes = [models.Index(fields=["state", "call"], name="projects_project_list")]
        constraints = [
            models.UniqueConstraint(fields=["call", "number"], name="projects_project_number_once"),
            models.UniqueConstraint(fields=["call", "title"], name="projects_project_title_once"),
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "candidate",
                        "recommended",
                        "adopted",
                        "not_adopted",
                        "withdrawn",
                        "completed",
                        "closed",
                        "stopped",
                    ]
                ),
                name="projects_project_state",
            ),
            models.CheckConstraint(
                condition=Q(starts_on__isnull=True)
                | Q(ends_on__isnull=True)
                | Q(ends_on__gte=models.F("starts_on")),
                name="projects_project_ends_later",
            ),
            models.CheckConstraint(
                condition=Q(cost__isnull=True) | Q(cost__gte=0), name="projects_project_cost"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def chain(self) -> str:
        return self.call.chain

    @property
    def people(self) -> int:
        """How many people asked for it."""
        return self.topic.people if self.topic is not None else 0


class Version(models.Model):
    """The whole sheet as it stood (候选项目表的一稿): number 1 when put forward, one more for each change.

    sheet: every name of `SHEET`, JSON-like: money in fen, days as 2026-12-31, bodies by their key.
    `approved` says who agreed to a change after the vote.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField(_("稿次"))
    sheet = models.JSONField()
    why = models.TextField(_("修改理由"), blank=True)
    approved = models.CharField(_("同意修改的机关和日期"), max_length=160, blank=True)
    at = models.DateTimeField(_("时间"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["project", "number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="projects_version_number_once")
        ]


class Booklet(models.Model):
    """The candidates' sheets as one paper of a meeting (候选项目材料), and which versions stood in it.

    versions: {"<project key>": number of its version}.
    """

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="booklets")
    material = models.OneToOneField(Material, on_delete=models.PROTECT, related_name="+")
    versions = models.JSONField()
    at = models.DateTimeField(_("时间"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["at", "pk"]


class Explanation(models.Model):
    """The head of government explained the candidates in plenary (政府负责人作说明)."""

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="explanations")
    meeting = models.ForeignKey(
        Meeting, on_delete=models.PROTECT, related_name="explanations", verbose_name=_("会议")
    )
    speaker = models.CharField(_("说明人"), max_length=60)
    post = models.CharField(_("职务"), max_length=60)
    held_at = models.DateTimeField(_("说明时间"))
    text = models.TextField(_("说明要点"))
    at = models.DateTimeField(_("登记时间"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["held_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["call", "meeting"], name="projects_explanation_once")]

    @property
    def chain(self) -> str:
        return self.call.chain


class Comment(models.Model):
    """What a deputy or a delegation said of the candidates (审议意见), and the answer to it.

    `version` is the new version of the sheet that came of it, where one did.
    """

    class State(models.TextChoices):
        OPEN = "open", _("待答复")
        ANSWERED = "answered", _("已答复")
        NOTED = "noted", _("已记录备查")

    MOVES = {
        State.OPEN: {State.ANSWERED, State.NOTED},
        State.ANSWERED: {State.OPEN},
        State.NOTED: {State.OPEN},
    }

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="comments")
    project = models.ForeignKey(
        Project,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="comments",
        verbose_name=_("候选项目"),
    )
    meeting = models.ForeignKey(
        Meeting, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("会议")
    )
    seat = models.ForeignKey(Seat, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    who = models.CharField(_("代表或者代表团"), max_length=60)
    text = models.TextField(_("审议意见"), max_length=2000)
    at = models.DateTimeField(_("提出时间"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.OPEN)
    answer = models.TextField(_("答复"), max_length=2000, blank=True)
    answered_at = models.DateTimeField(_("答复时间"), null=True, blank=True)
    version = models.ForeignKey(
        Version, null=True, blank=True, on_delete=models.PROTECT, related_name="comments"
    )

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["open", "answered", "noted"]), name="projects_comment_state"
            )
        ]

    @property
    def chain(self) -> str:
        return self.call.chain


class Spot(models.Model):
    """Where a town or street stands on the county's schematic map (示意图), 0 to 1000 from the top left."""

    body = models.OneToOneField(Body, on_delete=models.CASCADE, related_name="spot")
    x = models.PositiveSmallIntegerField()
    y = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(x__lte=1000, y__lte=1000), name="projects_spot_on_the_map")
        ]


class Landmark(models.Model):
    """What is drawn on a body's schematic map so that one finds one's way (地标): a school, a village.

    `x` and `y` are 0 to 1000 from the top left, as those of a spot.
    """

    body = models.ForeignKey(Body, on_delete=models.CASCADE, related_name="landmarks")
    name = models.CharField(_("地标"), max_length=12)
    x = models.PositiveSmallIntegerField()
    y = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["body", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["body", "name"], name="projects_landmark_name_once"),
            models.CheckConstraint(
                condition=Q(x__lte=1000, y__lte=1000), name="projects_landmark_on_the_map"
            ),
        ]
