"""What is typed about candidates: a change and its reason, order, places, review, booklet, the map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yishi.meetings.models import Meeting
from yishi.projects.forms.sheets import SheetForm, point_field
from yishi.projects.models import Project
from yishi.projects.words.calls import place_name
from yishi.web.fields import CountInput, DayInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from yishi.people.models import Body
    from yishi.projects.models import Spot


class ChangeForm(SheetForm):
    """A sheet to change, with the reason."""

    why = forms.CharField(
        label=_("修改理由"),
        max_length=500,
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("项目表送审、公布或者送达代表后，修改须写明理由。"),
    )


class WithdrawForm(forms.Form):
    why = forms.CharField(
        label=_("退出的原因"),
        max_length=500,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("群众会看到这段话，提出人查回执时也会看到。"),
    )


class OrderForm(forms.Form):
    """A number for every project; `numbers` is what the action takes."""

    def __init__(self, *args: Any, projects: Iterable[Project], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.projects = list(projects)
        for one in self.projects:
            self.fields[f"number_{one.pk}"] = forms.IntegerField(
                label=one.title, initial=one.number, min_value=1, max_value=9999, widget=CountInput
            )

    @property
    def numbers(self) -> dict[int, int]:
        return {one.pk: self.cleaned_data[f"number_{one.pk}"] for one in self.projects}


class SeatsForm(forms.Form):
    seats = forms.IntegerField(label=_("拟选项目数"), widget=CountInput, min_value=1, max_value=1000)


class ReviewForm(forms.Form):
    projects = forms.ModelMultipleChoiceField(
        Project.objects.none(), label=_("审议的候选项目"), widget=forms.CheckboxSelectMultiple
    )
    held_on = forms.DateField(label=_("审议日期"), widget=DayInput)
    meeting = forms.ModelChoiceField(
        Meeting.objects.none(),
        label=_("常委会会议"),
        required=False,
        empty_label=_("不在系统里"),
    )
    text = forms.CharField(
        label=_("审议意见"),
        max_length=5000,
        widget=forms.Textarea({"rows": 5}),
        help_text=_("会印在送代表的候选项目材料前面。"),
    )

    def __init__(self, *args: Any, projects: Any, meetings: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["projects"].queryset = projects  # type: ignore[attr-defined]
        self.fields["projects"].initial = [one.pk for one in projects if one.review_id is None]
        self.fields["meeting"].queryset = meetings  # type: ignore[attr-defined]


class BookletForm(forms.Form):
    meeting = forms.ModelChoiceField(Meeting.objects.none(), label=_("哪次会议"), empty_label=_("请选择"))
    why = forms.CharField(
        label=_("修改了什么"),
        max_length=500,
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("这次会议已送达过一稿的，须写明；上一稿同时撤回。"),
    )

    def __init__(self, *args: Any, meetings: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["meeting"].queryset = meetings  # type: ignore[attr-defined]
        if len(meetings) == 1:
            self.fields["meeting"].initial = meetings[0]


class SpotsForm(forms.Form):
    """Two numbers for every town; both empty takes it off its place. `points` is what the action takes."""

    def __init__(self, *args: Any, towns: Iterable[Body], spots: Mapping[int, Spot], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.towns = list(towns)
        for town in self.towns:
            spot = spots.get(town.pk)
            for axis, words in (("x", _("%(town)s：从左")), ("y", _("%(town)s：从上"))):
                field = point_field(words % {"town": place_name(town)})
                field.initial = getattr(spot, axis, None)
                self.fields[f"{axis}_{town.pk}"] = field

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        for town in self.towns:
            x, y = typed.get(f"x_{town.pk}"), typed.get(f"y_{town.pk}")
            names = {f"x_{town.pk}", f"y_{town.pk}"}
            if (x is None) != (y is None) and not names & set(self.errors):
                self.add_error(f"{'x' if x is None else 'y'}_{town.pk}", _("两个数要一起填，或者都不填。"))
        return typed

    @property
    def points(self) -> dict[int, tuple[int, int] | None]:
        typed = self.cleaned_data
        pairs = {town.pk: (typed[f"x_{town.pk}"], typed[f"y_{town.pk}"]) for town in self.towns}
        return {key: None if pair[0] is None else pair for key, pair in pairs.items()}

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [
            {"name": place_name(town), "x": self[f"x_{town.pk}"], "y": self[f"y_{town.pk}"]}
            for town in self.towns
        ]
