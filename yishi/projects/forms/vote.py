"""What is typed when candidates are put to the vote, and when a street's result is confirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from yishi.law import pack
from yishi.meetings.models import Meeting
from yishi.projects.forms.calls import Wish
from yishi.projects.forms.deliberation import MeetingField
from yishi.projects.models import Project
from yishi.projects.rules.vote import rule_key
from yishi.voting.models import Poll
from yishi.voting.rules.wording import choice_value
from yishi.web.fields import CountInput, DayInput

if TYPE_CHECKING:
    from yishi.projects.models import Call


class BallotForm(forms.Form):
    """Where and on what the vote is; the rule and the number of places follow from the call."""

    meeting = MeetingField(Meeting.objects.none(), label=_("在哪次会议上票决"))
    title = Wish(most=120, label=_("票决名称"), help_text=_("印在票上，例如：2026年民生实事项目票决"))
    projects = forms.ModelMultipleChoiceField(
        Project.objects.none(), label=_("列上票面的候选项目"), widget=forms.CheckboxSelectMultiple
    )
    size = forms.ChoiceField(
        label=_("纸张"), choices=Poll.Size.choices, widget=forms.RadioSelect, initial=Poll.Size.A4
    )
    colour = Wish(most=12, label=_("表决票颜色"), required=False, help_text=_("例如：浅红；不用可以不填"))
    batch_size = forms.IntegerField(
        label=_("每批张数"), min_value=1, max_value=500, initial=50, widget=CountInput
    )
    open_count = forms.BooleanField(label=_("公开唱票（大屏显示正字）"), required=False)

    def __init__(self, *args: Any, call: Call, meetings: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["meeting"].queryset = meetings  # type: ignore[attr-defined]
        waiting = call.projects.candidates()
        self.fields["projects"].queryset = waiting  # type: ignore[attr-defined]
        self.fields["projects"].initial = [one.pk for one in waiting]
        english = (get_language() or "").startswith("en")
        points = pack.load(settings.PACK).open_points(rule_key(call))
        self.points = {f"choice-{n}": point for n, point in enumerate(points)}
        for name, point in self.points.items():
            self.fields[name] = forms.ChoiceField(
                label=point.title_en if english else point.title_zh,
                choices=[(value, choice_value(value)) for value in point.allowed],
                initial=point.default,
                help_text=point.note_en if english else point.note_zh,
                widget=forms.RadioSelect,
            )

    @property
    def planned(self) -> dict[str, Any]:
        """What `actions.vote.put_to_vote` takes beside the call."""
        typed = {name: value for name, value in self.cleaned_data.items() if name not in self.points}
        answers = {point.key: self.cleaned_data[name] for name, point in self.points.items()}
        return {**typed, "choices": answers}


class ConfirmForm(forms.Form):
    projects = forms.ModelMultipleChoiceField(
        Project.objects.none(), label=_("确认的项目"), widget=forms.CheckboxSelectMultiple
    )
    on = forms.DateField(label=_("确认日期"), widget=DayInput)
    paper = Wish(most=120, label=_("确认的会议或者文号"), help_text=_("例如：街道党工委第8次会议"))

    def __init__(self, *args: Any, call: Call, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        waiting = call.projects.filter(state=Project.State.RECOMMENDED).select_related("call__body")
        self.fields["projects"].queryset = waiting  # type: ignore[attr-defined]
        self.fields["projects"].initial = [one.pk for one in waiting]
