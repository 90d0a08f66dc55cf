"""What is typed about candidates: a change and its reason, order, places, review, booklet, the map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yishi.meetings.models import Meeting
from yishi.projects.actions.spots import LANDMARKS
from yishi.projects.forms.sheets import SheetForm, point_field
from yishi.projects.models import Project
from yishi.projects.words.calls import place_name
from yishi.web.fields import CountInput, DayInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from yishi.people.models import Body
    from yishi.projects.models import Landmark, Spot


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


class MapForm(forms.Form):
    """Two numbers for every town, both empty takes it off its place; a name and two for every landmark.

    `points` and `marks` are what the action takes. A landmark without a name is left out.
    """

    def __init__(
        self,
        *args: Any,
        towns: Iterable[Body],
        spots: Mapping[int, Spot],
        landmarks: Iterable[Landmark],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.towns = list(towns)
        for town in self.towns:
            self._add(f"{town.pk}", place_name(town), spots.get(town.pk))
        stood = dict(enumerate(landmarks))
        for n in range(LANDMARKS):
            one, told = stood.get(n), _("地标%(n)d") % {"n": n + 1}
            self.fields[f"name_{n}"] = forms.CharField(
                label=told, max_length=12, required=False, initial=one.name if one else ""
            )
            self._add(f"mark_{n}", told, one)

    def _add(self, key: str, name: str, initial: Spot | Landmark | None) -> None:
        for axis, words in (("x", _("%(town)s：从左")), ("y", _("%(town)s：从上"))):
            field = point_field(words % {"town": name})
            field.initial = getattr(initial, axis, None)
            self.fields[f"{axis}_{key}"] = field

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        for town in self.towns:
            self._check(typed, f"{town.pk}", may_lack=True)
        for n in range(LANDMARKS):
            if typed.get(f"name_{n}"):
                self._check(typed, f"mark_{n}", may_lack=False)
        return typed

    def _check(self, typed: dict[str, Any], key: str, *, may_lack: bool) -> None:
        names = [f"x_{key}", f"y_{key}"]
        lacking = [name for name in names if typed.get(name) is None]
        if not lacking or set(names) & set(self.errors) or (may_lack and len(lacking) == 2):
            return
        told = _("两个数要一起填，或者都不填。") if may_lack else _("写明地标在图上的位置，或者删去名称。")
        self.add_error(lacking[0], told)

    @property
    def points(self) -> dict[int, tuple[int, int] | None]:
        typed = self.cleaned_data
        pairs = {town.pk: (typed[f"x_{town.pk}"], typed[f"y_{town.pk}"]) for town in self.towns}
        return {key: None if pair[0] is None else pair for key, pair in pairs.items()}

    @property
    def marks(self) -> list[tuple[str, int, int]]:
        typed = self.cleaned_data
        return [
            (typed[f"name_{n}"], typed[f"x_mark_{n}"], typed[f"y_mark_{n}"])
            for n in range(LANDMARKS)
            if typed[f"name_{n}"]
        ]

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [
            {"name": place_name(town), "x": self[f"x_{town.pk}"], "y": self[f"y_{town.pk}"]}
            for town in self.towns
        ]

    @property
    def mark_rows(self) -> list[dict[str, Any]]:
        return [
            {"name": self[f"name_{n}"], "x": self[f"x_mark_{n}"], "y": self[f"y_mark_{n}"]}
            for n in range(LANDMARKS)
        ]
