"""What is typed while a project is carried out; the month's report fits on a phone's screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yishi.meetings.models import Meeting
from yishi.people.models import Body
from yishi.projects.forms.calls import Wish
from yishi.projects.forms.sheets import SheetForm, WanField
from yishi.projects.models import Milestone
from yishi.projects.rules.candidates import NEEDED
from yishi.projects.rules.delivery import WORDS, change_rule, deciding_bodies
from yishi.web.fields import CountInput, DayInput

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from yishi.projects.models import Call, Change, Project, Report

PHOTOS = {"accept": "image/jpeg,image/png,image/webp"}


def lines(rows: int = 3) -> forms.Textarea:
    return forms.Textarea({"rows": rows})


class PhotosInput(forms.FileInput):
    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """Several photos, taken with the camera or chosen; what they are is judged by the action."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=PhotosInput(PHOTOS), required=False, allow_empty_file=True, **kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        found = data if isinstance(data, (list, tuple)) else [data] if data else []
        return [super(PhotosField, self).clean(one, initial) for one in found]


class StagesField(forms.ModelMultipleChoiceField):
    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.title}（{obj.percent}%）"


# --- the month's report ------------------------------------------------------


class ReportForm(forms.Form):
    """Prefilled with what was said last; `earlier` is the same month's report that is corrected.

    A stage that nobody has reached is offered to be ticked; no field is asked for that has no answer.
    """

    percent = forms.IntegerField(
        label=_("完成了百分之几"),
        widget=CountInput,
        min_value=0,
        max_value=100,
        help_text=_("累计进度，0到100"),
    )
    text = Wish(most=1000, label=_("本月做了什么"), widget=lines(), help_text=_("一两句话就行"))
    milestones_done = StagesField(Milestone.objects.none(), label=_("这些节点完成了"), required=False)
    photos = PhotosField(
        label=_("照片"), help_text=_("最多9张，每张不超过10MB；拍摄地点和时间会去掉。请不要拍到别人的脸。")
    )
    trouble = Wish(most=1000, label=_("困难和问题"), required=False, widget=lines())
    spent = WanField(label=_("已用资金（万元）"), required=False, help_text=_("开工以来一共用了多少"))
    why = Wish(most=500, label=_("更正的理由"), widget=lines(2))
    # Asked for only by who has something to say: they lie folded away.
    RARE = ("trouble", "spent")

    def __init__(
        self, *args: Any, project: Project, last: Report | None, earlier: Report | None, **kwargs: Any
    ) -> None:
        known = earlier or last
        initial: dict[str, Any] = {"percent": known.percent if known else 0}
        if known:
            initial["spent"] = known.spent
        if earlier:
            initial |= {"text": earlier.text, "trouble": earlier.trouble}
        super().__init__(*args, **{"initial": initial, **kwargs})
        open_ = Milestone.objects.filter(project=project, done_on=None)
        self.fields["milestones_done"].queryset = open_  # type: ignore[attr-defined]
        if not any(one.done_on is None for one in project.milestones.all()):
            del self.fields["milestones_done"]
        if earlier is None:
            del self.fields["why"]

    def often(self) -> list[Any]:
        return [field for field in self if field.name not in self.RARE]

    def rare(self) -> list[Any]:
        return [self[name] for name in self.RARE]

    def has_rare(self) -> bool:
        """Whether something stands in the fields that lie folded away, or is wrong with them."""
        said = bool(self["trouble"].value())
        return said or any(self[name].errors for name in self.RARE)


# --- the plan ----------------------------------------------------------------


class StageForm(forms.Form):
    key = forms.IntegerField(widget=forms.HiddenInput, required=False)
    title = Wish(most=80, label=_("节点"))
    due_on = forms.DateField(label=_("应完成日期"), widget=DayInput)
    percent = forms.IntegerField(label=_("累计进度（%）"), widget=CountInput, min_value=1, max_value=100)


def stages_form(project: Project, data: Any = None) -> Any:
    """A row for every milestone there is, and some empty ones; done ones are only shown."""
    stages: Sequence[Milestone] = list(project.milestones.all())
    initial = [{"key": s.pk, "title": s.title, "due_on": s.due_on, "percent": s.percent} for s in stages]
    made = forms.formset_factory(StageForm, extra=3 if stages else 6, max_num=60)
    found = made(data, initial=initial, prefix="stage")
    for form, stage in zip(found.forms, stages, strict=False):
        form.fields["due_on"].disabled = form.fields["percent"].disabled = stage.done_on is not None
    return found


def typed_stages(formset: Any) -> list[dict[str, Any]]:
    """The rows that are filled in, as `set_milestones` takes them."""
    return [form.cleaned_data for form in formset.forms if form.cleaned_data.get("title")]


class SlipForm(forms.Form):
    to = forms.DateField(label=_("申请延至"), widget=DayInput)
    why = Wish(most=1000, label=_("延期理由"), widget=lines())


class AcceptSlipForm(forms.Form):
    accepted_by = Wish(
        most=120, label=_("由谁同意"), help_text=_("机关、会议或者负责人，例如：镇人大主席团会议")
    )
    said = Wish(most=1000, label=_("意见"), required=False, widget=lines(2))


class RefuseForm(forms.Form):
    said = Wish(most=1000, label=_("为什么不同意"), widget=lines())


class CompleteForm(forms.Form):
    on = forms.DateField(label=_("完工日期"), widget=DayInput)
    why = Wish(most=500, label=_("怎样验收的"), widget=lines(), help_text=_("谁验收、哪一天、结果怎样"))


# --- notices and inspections -------------------------------------------------


class SuperviseForm(forms.Form):
    milestone = forms.ModelChoiceField(
        Milestone.objects.none(), label=_("节点"), required=False, empty_label=_("不针对某个节点")
    )
    text = Wish(most=1000, label=_("督办事项"), widget=lines(5))
    due_on = forms.DateField(label=_("答复期限"), widget=DayInput)

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        open_ = Milestone.objects.filter(project=project, done_on=None)
        self.fields["milestone"].queryset = open_  # type: ignore[attr-defined]


class AnswerForm(forms.Form):
    answer = Wish(most=2000, label=_("答复"), widget=lines(5))


class SendBackForm(forms.Form):
    why = Wish(most=500, label=_("为什么退回"), widget=lines())
    due_on = forms.DateField(label=_("新的期限"), widget=DayInput, required=False)


class CloseForm(forms.Form):
    closing = Wish(most=500, label=_("销号说明"), widget=lines(), help_text=_("办到什么程度、怎样核实的"))


class InspectForm(forms.Form):
    held_on = forms.DateField(label=_("视察日期"), widget=DayInput)
    deputies = Wish(most=300, label=_("参加视察的代表"), help_text=_("姓名会随视察情况公开"))
    text = Wish(most=2000, label=_("视察情况"), widget=lines(4))
    findings = Wish(
        most=2000,
        label=_("发现的问题"),
        required=False,
        widget=lines(),
        help_text=_("没有问题就不填，视察登记后即办结。"),
    )
    due_on = forms.DateField(
        label=_("整改期限"), widget=DayInput, required=False, help_text=_("有问题时填写")
    )
    photos = PhotosField(label=_("照片"), help_text=_("最多9张，每张不超过10MB；拍摄地点和时间会去掉。"))


# --- changes -----------------------------------------------------------------


class ChangeForm(SheetForm):
    """The sheet as it is to be, and why."""

    why = Wish(most=2000, label=_("变更理由"), widget=lines(4))
    field_order = ("why", *SheetForm.field_order)  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in NEEDED:  # what was voted on cannot be left out any more
            self.fields[name].required = True


class StopForm(forms.Form):
    why = Wish(most=2000, label=_("为什么终止"), widget=lines(4))


class ApproveForm(forms.Form):
    """Who decided: prefilled with whom the pack names for this kind of body."""

    decided_on = forms.DateField(label=_("决定日期"), widget=DayInput)
    decided_by = Wish(most=120, label=_("作出决定的机关、会议"))
    meeting = forms.ModelChoiceField(
        Meeting.objects.none(), label=_("会议"), required=False, empty_label=_("不在本系统里")
    )
    said = Wish(most=2000, label=_("决定意见"), required=False, widget=lines())

    def __init__(self, *args: Any, change: Change, today: date, **kwargs: Any) -> None:
        call = change.project.call
        rule = change_rule(call)
        initial = {"decided_on": today, "decided_by": rule.approver_zh if rule else ""}
        super().__init__(*args, **{"initial": initial, **kwargs})
        bodies = deciding_bodies(call)
        if "meeting" in self.fields:
            held = Meeting.objects.real().filter(body__in=bodies).order_by("-starts_at")
            self.fields["meeting"].queryset = held  # type: ignore[attr-defined]


class RefuseChangeForm(ApproveForm):
    meeting = None  # type: ignore[assignment]
    said = Wish(most=2000, label=_("为什么不同意"), widget=lines())


class DeliveryFilter(forms.Form):
    standing = forms.ChoiceField(label=_("进展"), required=False, choices=[("", _("全部")), *WORDS.items()])
    unit = forms.ModelChoiceField(
        Body.objects.none(), label=_("责任单位"), required=False, empty_label=_("全部")
    )

    def __init__(self, *args: Any, call: Call, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = Body.objects.filter(pk__in=call.projects.to_deliver().values("unit"))
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]
