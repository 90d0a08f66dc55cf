"""A poll from its form to its declared outcome: papers, box, batches keyed twice, tally."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yishi.law.rule import PollRule
from yishi.meetings.models import Meeting
from yishi.people.models import Person


class PollQuerySet(models.QuerySet["Poll"]):
    def whole(self) -> PollQuerySet:
        return self.select_related("meeting__body", "meeting__term", "meeting__presiding", "previous")

    def with_records(self) -> PollQuerySet:
        """With all that says where a poll stands, in a constant number of queries."""
        # The long texts of an electronic box say nothing of where it stands.
        boxes = apps.get_model("voting", "SealedBox").objects.defer("election", "trustees", "listing")
        return self.prefetch_related(
            "options",
            "officials",
            "figures",
            "seals",
            "overrides",
            "tallies",
            models.Prefetch("box", boxes),
            "box__exchanged",
            "meeting__sealed",
        )

    def published(self) -> PollQuerySet:
        return self.filter(published_at__isnull=False, meeting__rehearsal_of__isnull=True)


class Poll(models.Model):
    """One matter put to the vote (表决事项) under one rule of the county pack, frozen in `rule`.

    `sheet_layout`: where everything stands on the sheet as it was fixed with the method, for whoever
    reads it; `calibration`: what a blank sheet of the printer and scanner at hand looks like.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("草拟")
        READY = "ready", _("票决办法已通过")
        OPEN = "open", _("投票中")
        CLOSED = "closed", pgettext_lazy("状态", "投票截止")
        DECLARED = "declared", _("结果已宣布")
        VOID = "void", _("作废")

    MOVES = {
        State.DRAFT: {State.READY},
        State.READY: {State.OPEN, State.DRAFT},
        State.OPEN: {State.CLOSED, State.VOID},
        State.CLOSED: {State.DECLARED, State.VOID},
        State.DECLARED: set(),
        State.VOID: set(),
    }

    class After(models.TextChoices):
        SECOND_BALLOT = "second_ballot", _("再次投票")
        FURTHER_ELECTION = "further_election", _("另行选举")
        REPEAT = "repeat", _("重新投票")

    class Size(models.TextChoices):
        A4 = "A4", "A4"
        A5 = "A5", "A5"

    class Doors(models.TextChoices):
        PAPER = "paper", _("纸质票")
        PHONE = "phone", _("手机密封票")
        BOTH = "both", _("纸质票和手机密封票并用")

    class Failure(models.TextChoices):
        REPEAT = "repeat", _("本次投票作废，用原投票码重新投票")
        PAPER = "paper", _("改投纸质票，已入箱的电子票有效")

    class Counting(models.TextChoices):
        HAND = "hand", _("人工计票")
        SCAN = "scan", _("扫描读票，抽样人工复核")
        BOTH = "both", _("扫描读票，全部人工复核")

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="polls")
    place = models.PositiveSmallIntegerField(_("次序"), default=1)
    title = models.CharField(pgettext_lazy("名称", "表决事项"), max_length=120)
    rule_key = models.CharField(_("规则"), max_length=60)
    rule = models.JSONField(default=dict)
    seats = models.PositiveSmallIntegerField(_("应选数"), null=True, blank=True)
    size = models.CharField(_("纸张"), max_length=2, choices=Size, default=Size.A4)
    colour = models.CharField(_("表决票颜色"), max_length=12, blank=True)
    batch_size = models.PositiveSmallIntegerField(_("每批张数"), default=50)
    open_count = models.BooleanField(_("公开唱票（大屏显示正字）"), default=False)
    doors = models.CharField(_("投票方式"), max_length=8, choices=Doors, default=Doors.PAPER)
    failure = models.CharField(_("手机投票中断时"), max_length=8, choices=Failure, default=Failure.REPEAT)
    counting = models.CharField(_("计票方式"), max_length=4, choices=Counting, default=Counting.HAND)
    revote = models.BooleanField(_("投票截止前可以改投"), default=False)
    sheet_layout = models.JSONField(null=True, blank=True)
    calibration = models.JSONField(null=True, blank=True)
    method_text = models.TextField(_("票决办法"), blank=True)
    method_adopted_at = models.DateTimeField(_("票决办法通过时间"), null=True, blank=True)
    method_votes = models.JSONField(default=dict, blank=True)
    officials_adopted_at = models.DateTimeField(_("监票、计票人员名单通过时间"), null=True, blank=True)
    officials_votes = models.JSONField(default=dict, blank=True)
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.DRAFT)
    opened_at = models.DateTimeField(_("投票开始"), null=True, blank=True)
    closed_at = models.DateTimeField(_("投票截止"), null=True, blank=True)
    declared_at = models.DateTimeField(_("宣布时间"), null=True, blank=True)
    published_at = models.DateTimeField(_("公布时间"), null=True, blank=True)
    void_reason = models.TextField(_("作废理由"), blank=True)
    previous = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="followed_by"
    )
    after = models.CharField(max_length=20, choices=After, blank=True)

    objects = PollQuerySet.as_manager()

    class Meta:
        ordering = ["meeting", "place", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "ready", "open", "closed", "declared", "void"]),
                name="voting_poll_state",
            ),
            models.CheckConstraint(
                condition=Q(previous__isnull=True, after="") | Q(previous__isnull=False) & ~Q(after=""),
                name="voting_poll_after_what",
            ),
            models.CheckConstraint(
                condition=Q(doors__in=["paper", "phone", "both"]), name="voting_poll_doors"
            ),
            models.CheckConstraint(condition=Q(failure__in=["repeat", "paper"]), name="voting_poll_failure"),
            models.CheckConstraint(
                condition=Q(counting__in=["hand", "scan", "both"]), name="voting_poll_counting"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def chain(self) -> str:
        return self.meeting.chain

    @property
    def by_phone(self) -> bool:
        return self.doors != self.Doors.PAPER

    @property
    def by_paper(self) -> bool:
        return self.doors != self.Doors.PHONE

    @property
    def by_machine(self) -> bool:
        return self.by_paper and self.counting != self.Counting.HAND

    @property
    def law(self) -> PollRule:
        """The frozen rule for this poll's places; raises InputError when the stored JSON is not one."""
        return PollRule.from_json({**self.rule, "seats": self.seats})


class Option(models.Model):
    """A project, person or object to vote on (选项), in the order of the ballot."""

    poll = models.ForeignKey(Poll, on_delete=models.CASCADE, related_name="options")
    place = models.PositiveSmallIntegerField(_("次序"))
    title = models.CharField(_("名称"), max_length=120)
    detail = models.CharField(_("说明（内容、地点、投资、完成时间）"), max_length=300, blank=True)
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["place", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["poll", "place"], name="voting_option_place_once"),
            models.UniqueConstraint(fields=["poll", "title"], name="voting_option_title_once"),
        ]

    def __str__(self) -> str:
        return self.title


class Official(models.Model):
    """Who scrutinises and counts this poll: one person, one hat, never a candidate."""

    class Hat(models.TextChoices):
        CHIEF_SCRUTINEER = "chief_scrutineer", _("总监票人")
        SCRUTINEER = "scrutineer", _("监票人")
        TELLER = "teller", _("计票人")
        CALLER = "caller", _("唱票人")

    poll = models.ForeignKey(Poll, on_delete=models.CASCADE, related_name="officials")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    hat = models.CharField(_("职责"), max_length=20, choices=Hat)

    class Meta:
        ordering = ["hat", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["poll", "user"], name="voting_official_one_hat"),
            models.UniqueConstraint(
                fields=["poll"],
                condition=Q(hat="chief_scrutineer"),
                name="voting_official_one_chief",
            ),
        ]


class Figure(models.Model):
    """One number of the equation as it was said at one moment; the newest of a kind counts.

    Entitled and present (应到、实到) are taken from the sign-in at the moment they are stated.

    Append-only: a correction is a new figure with its reason, and the old one stays.
    """

    class Kind(models.TextChoices):
        ENTITLED = "entitled", _("应到")
        PRESENT = "present", _("实到")
        PRINTED = "printed", _("印制")
        ISSUED = "issued", _("发出")
        REPLACED = "replaced", _("换票收回")
        LEFT_OVER = "left_over", _("剩余")
        RETURNED = "returned", _("收回")

    poll = models.ForeignKey(Poll, on_delete=models.CASCADE, related_name="figures")
    kind = models.CharField(_("项目"), max_length=12, choices=Kind)
    value = models.PositiveIntegerField(_("数量"))
    at = models.DateTimeField(_("时间"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    why = models.TextField(_("更正理由"), blank=True)

    class Meta:
        ordering = ["pk"]


class Seal(models.Model):
    """The box was found empty and sealed by this official; two make it sealed (检查票箱并加封)."""

    poll = models.ForeignKey(Poll, on_delete=models.CASCADE, related_name="seals")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("时间"))

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["poll", "user"], name="voting_seal_once")]


class Override(models.Model):
    """A gate that was not met and passed all the same, with the reason that is printed."""

    poll = models.ForeignKey(Poll, on_delete=models.CASCADE, related_name="overrides")
    gate = models.CharField(max_length=40)
    why = models.TextField(_("理由"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("时间"))

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["poll", "gate"], name="voting_override_once")]


class BatchQuerySet(models.QuerySet["Batch"]):
    def whole(self) -> BatchQuerySet:
        return self.select_related("poll__meeting__body")


class Batch(models.Model):
    """A handful of sheets counted together (一批); `agreed_at` when both tellers keyed the same.

    `differences`: what the last comparison found, {"7": [2, 5]}: sheet -> lines, [] where naming
    a line would tell the other's mark. `way`: keyed by tellers; read by the machine, and then
    `size` was counted by hand before; the rest of such a batch (`source`) that the machine could not
    read; or checked by hand beside the machine (`audit`). `picked`: which sheets these are, numbers
    in `source`, or [batch number, number]. `unscanned`: sheets left to the hand without a picture.
    """

    class Way(models.TextChoices):
        HAND = "hand", _("人工计票")
        SCAN = "scan", _("扫描读票")
        REST = "rest", _("转人工")
        AUDIT = "audit", _("人工复核")

    poll = models.ForeignKey(Poll, on_delete=models.CASCADE, related_name="batches")
    way = models.CharField(_("方式"), max_length=5, choices=Way, default=Way.HAND)
    source = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE, related_name="rests")
    audit = models.ForeignKey(
        "voting.Audit", null=True, blank=True, on_delete=models.CASCADE, related_name="batches"
    )
    picked = models.JSONField(default=list, blank=True)
    unscanned = models.PositiveSmallIntegerField(_("没有扫描的张数"), default=0)
    watching = models.BooleanField(default=False)
    number = models.PositiveSmallIntegerField(_("批号"))
    size = models.PositiveSmallIntegerField(_("张数"))
    rounds = models.PositiveSmallIntegerField(_("核对次数"), default=0)
    differences = models.JSONField(default=dict, blank=True)
    agreed_at = models.DateTimeField(_("核对一致"), null=True, blank=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["poll", "number"], name="voting_batch_number_once"),
            models.CheckConstraint(
                condition=Q(way__in=["hand", "scan", "rest", "audit"]), name="voting_batch_way"
            ),
        ]

    def __str__(self) -> str:
        return _("第%(n)d批") % {"n": self.number}


class Keying(models.Model):
    """One teller's own keying of one batch, never shown to the other.

    `place` 1 or 2: which of the two. `left_at`: another teller took the place over, and why.
    """

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="keyings")
    teller = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField(_("开始"))
    place = models.PositiveSmallIntegerField(_("第几位"))
    finished_at = models.DateTimeField(_("完成"), null=True, blank=True)
    left_at = models.DateTimeField(_("换人"), null=True, blank=True)
    left_why = models.TextField(_("换人理由"), blank=True)

    class Meta:
        ordering = ["place", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "teller"], name="voting_keying_once"),
            models.UniqueConstraint(
                fields=["batch", "place"], condition=Q(left_at__isnull=True), name="voting_keying_place_once"
            ),
            models.CheckConstraint(condition=Q(place__in=[1, 2]), name="voting_keying_first_or_second"),
        ]


class Sheet(models.Model):
    """One paper ballot as one teller keyed it: `marks` is a list with the marks of each line.

    Marks are law.count's letters (f a x / s b d, several letters for several marks, "" for
    blank). While a sheet is being keyed `marks` ends at the line reached. `number` is the place
    in the handful on the table, nothing that is on the paper. `earlier`: what was keyed before
    each comparison that differed.
    """

    class Doubt(models.TextChoices):
        UNCLEAR = "unclear", _("符号辨认不清")
        OUTSIDE = "outside", _("划在栏外或两栏之间")
        SIGNED = "signed", _("写有姓名或其他记号")
        TORN = "torn", _("破损或涂改")
        FOREIGN = "foreign", _("不是这次的表决票")
        OTHER = "other", _("其他")

    keying = models.ForeignKey(Keying, on_delete=models.CASCADE, related_name="sheets")
    number = models.PositiveSmallIntegerField(_("第几张"))
    marks = models.JSONField(default=list)
    write_ins = models.JSONField(default=list)
    doubt = models.CharField(_("存疑"), max_length=24, choices=Doubt, blank=True)
    earlier = models.JSONField(default=list)
    revision = models.PositiveIntegerField(default=0)
    complete = models.BooleanField(default=False)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["keying", "number"], name="voting_sheet_once")]


class Ruling(models.Model):
    """The chief scrutineer's decision on one doubtful sheet (认定存疑票); the newest counts."""

    class Decision(models.TextChoices):
        VALID = "valid", _("有效")
        INVALID = "invalid", _("无效")

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="rulings")
    number = models.PositiveSmallIntegerField(_("第几张"))
    decision = models.CharField(_("认定"), max_length=8, choices=Decision)
    marks = models.JSONField(default=list)
    write_ins = models.JSONField(default=list)
    reason_code = models.CharField(_("依据"), max_length=24, blank=True)
    why = models.TextField(_("理由"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("时间"))

    class Meta:
        ordering = ["pk"]


class TallyQuerySet(models.QuerySet["Tally"]):
    def current(self) -> Tally | None:
        return self.order_by("-pk").first()


class Tally(models.Model):
    """The count of a poll and the outcome by law (计票结果); a correction is a new tally.

    `figures`: {"members","present","issued","returned","valid","invalid",
    "options":[{"title","for","against","abstain"…}]}; `outcome`: law.decide's JSON.
    """

    poll = models.ForeignKey(Poll, on_delete=models.CASCADE, related_name="tallies")
    figures = models.JSONField()
    outcome = models.JSONField()
    at = models.DateTimeField(_("时间"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    why = models.TextField(_("更正理由"), blank=True)
    replaces = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    confirmed_at = models.DateTimeField(_("总监票人确认时间"), null=True, blank=True)

    objects = TallyQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def lines(self) -> list[dict[str, Any]]:
        return list(self.figures["options"])
