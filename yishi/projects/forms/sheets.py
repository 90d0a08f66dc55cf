"""What is typed on a project's sheet (项目表): money in 万元, the place also as a point on the map."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from yishi.people.models import Body
from yishi.projects.forms.calls import PlaceField, Wish
from yishi.projects.models import SHEET
from yishi.projects.rules.calls import places
from yishi.projects.rules.candidates import units
from yishi.web.fields import CountInput, DayInput

if TYPE_CHECKING:
    from yishi.projects.models import Call, Project

FEN = 1_000_000  # in 万元
FINEST = 6  # decimals of 万元: the fen
DEAREST = 100_000_000  # 万元


class WanField(forms.DecimalField):
    """Money typed in 万元 (120, 1,200.5), given as whole fen; finer than a fen is refused."""

    widget = forms.TextInput({"inputmode": "decimal", "autocomplete": "off"})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=DEAREST, **kwargs)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = value.replace(",", "").replace("，", "").replace(" ", "").removesuffix("万元")
        return super().to_python(value)

    def clean(self, value: Any) -> Any:
        amount = super().clean(value)
        if amount is None:
            return None
        if amount != round(amount, FINEST):
            raise ValidationError(_now("最细到分，即万元后最多六位小数。"), code="finer")
        return int(amount * FEN)

    def prepare_value(self, value: Any) -> Any:
        """Fen of a sheet as 万元; what was typed stays as it was typed."""
        if isinstance(value, int) and not isinstance(value, bool):
            return f"{(Decimal(value) / FEN).normalize():f}"
        return value


def point_field(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, widget=CountInput, min_value=0, max_value=1000, required=False)


class SheetForm(forms.Form):
    """A whole sheet; `sheet` is what `actions.sheets.rewrite` and the actions above it take.

    With a project its sheet stands in the fields. Only the title must be there: a sheet is filled
    in bit by bit, and what is missing is asked for when the candidates are published.
    """

    title = Wish(most=80, label=_("项目名称"), help_text=_("例如：老小区加装电梯30台"))
    content = Wish(
        most=2000,
        label=_("建设内容"),
        required=False,
        widget=forms.Textarea({"rows": 5}),
        help_text=_("办什么、办多少、办到什么程度，数字写清楚。"),
    )
    where = Wish(most=80, label=_("地点"), required=False, help_text=_("例如：枫溪村文化礼堂旁"))
    place = PlaceField(Body.objects.none(), label=_("乡镇、街道"), required=False, empty_label=_("不选"))
    x = point_field(_("地图上从左"))
    y = point_field(_("地图上从上"))
    cost = WanField(label=_("投资（万元）"), required=False, help_text=_("例如：120 或者 120.5"))
    funds = Wish(
        most=200, label=_("资金来源"), required=False, help_text=_("例如：县财政80万元，业主自筹40万元")
    )
    unit = forms.ModelChoiceField(
        Body.objects.none(), label=_("责任单位"), required=False, empty_label=_("还没有定")
    )
    starts_on = forms.DateField(label=_("开工日期"), widget=DayInput, required=False)
    ends_on = forms.DateField(label=_("完成日期"), widget=DayInput, required=False)
    field_order = SHEET

    def __init__(self, *args: Any, call: Call, project: Project | None = None, **kwargs: Any) -> None:
        if project is not None:
            initial = {name: getattr(project, name) for name in SHEET}
            kwargs["initial"] = {**initial, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        towns = places(call)
        self.fields["place"].queryset = towns  # type: ignore[attr-defined]
        self.fields["unit"].queryset = units(call)  # type: ignore[attr-defined]
        if not towns:
            del self.fields["place"]

    @property
    def sheet(self) -> dict[str, Any]:
        """The values by the names of `SHEET`: cost in fen, empty text as "", else None."""
        return {name: self.cleaned_data.get(name) for name in SHEET}
