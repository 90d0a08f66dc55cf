"""What is typed about the rating: the deputies' poll, the residents' days, a resident's own words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from yishi.law import pack
from yishi.meetings.models import Meeting
from yishi.projects.actions.rating import LONGEST_TEXT
from yishi.projects.forms.calls import Wish
from yishi.projects.models import Project
from yishi.projects.rules import rating as rules
from yishi.voting.rules.wording import choice_value
from yishi.web.fields import DayInput

if TYPE_CHECKING:
    from yishi.projects.models import Call


class MeetingField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.body.name} · {obj.title}"


class TickedField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.title}（{obj.get_state_display()}）"


class PlanForm(forms.Form):
    """Which projects are rated in which meeting, and the county's answers to the open points of the rule."""

    meeting = MeetingField(None, label=_("会议"), empty_label=None, widget=forms.RadioSelect)
    projects = TickedField(None, label=_("项目"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, call: Call, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        meetings = rules.meetings(call).exclude(state=Meeting.State.CLOSED).order_by("starts_at")
        self.fields["meeting"].queryset = meetings  # type: ignore[attr-defined]
        self.fields["projects"].queryset = rules.to_rate(call).order_by("number")  # type: ignore[attr-defined]
        self.fields["projects"].initial = list(rules.to_rate(call))
        english = (get_language() or "").startswith("en")
        self.points = {
            f"choice-{n}": p for n, p in enumerate(pack.load(settings.PACK).open_points(rules.PLENARY))
        }
        for name, point in self.points.items():
            self.fields[name] = forms.ChoiceField(
                label=point.title_en if english else point.title_zh,
                choices=[(value, choice_value(value)) for value in point.allowed],
                initial=point.default,
                help_text=point.note_en if english else point.note_zh,
                widget=forms.RadioSelect,
            )

    @property
    def choices(self) -> dict[str, str]:
        return {point.key: self.cleaned_data[name] for name, point in self.points.items()}

    def chosen(self) -> tuple[Meeting, list[Project], dict[str, str]]:
        return self.cleaned_data["meeting"], list(self.cleaned_data["projects"]), self.choices


class OpenForm(forms.Form):
    rating_from = forms.DateField(label=_("开始日期"), widget=DayInput)
    rating_until = forms.DateField(label=_("截止日期"), widget=DayInput, help_text=_("这一天也可以评"))


class RateForm(forms.Form):
    """What a resident thinks of a project: one of three, and a line where they like."""

    grade = forms.ChoiceField(
        label=_("您觉得这个项目办得怎么样"),
        choices=Project.Grade.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("请选一项。")},
    )
    text = Wish(
        most=LONGEST_TEXT,
        label=_("想说的话"),
        required=False,
        help_text=_("可以不写；只有工作人员能看到，请不要写姓名和电话。"),
    )
