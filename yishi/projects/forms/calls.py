"""What is typed about a call, and what residents, deputies and clerks propose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from yishi.papers.typeset import clean
from yishi.people.models import Body
from yishi.projects.actions.proposals import LONGEST
from yishi.projects.models import Proposal, Topic
from yishi.projects.rules.calls import places, sources
from yishi.projects.words.calls import place_name
from yishi.web.fields import CodeInput, CountInput, DayInput

if TYPE_CHECKING:
    from yishi.projects.models import Call


class Wish(forms.CharField):
    """Text as it was typed: what is too long is refused and shown again, never cut by the browser."""

    def __init__(self, *, most: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.most = most

    def to_python(self, value: Any) -> str:
        return str(super().to_python(clean(value) if isinstance(value, str) else value))

    def validate(self, value: str) -> None:
        super().validate(value)
        if (length := len(value)) > self.most:
            told = _now("最多%(most)d字，现在有%(length)d字，请缩短。")
            raise ValidationError(told % {"most": self.most, "length": length})


class PlaceField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return place_name(obj)


class CallForm(forms.Form):
    year = forms.IntegerField(label=_("年度"), widget=CountInput, min_value=2000, max_value=2100)
    title = forms.CharField(
        label=_("征集名称"), max_length=120, help_text=_("例如：2027年民生实事项目征集公告")
    )
    text = forms.CharField(
        label=_("征集说明"),
        max_length=5000,
        required=False,
        widget=forms.Textarea({"rows": 8}),
        help_text=_("征集什么、不征集什么，群众能看懂的话。"),
    )
    opens_on = forms.DateField(label=_("开始日期"), widget=DayInput)
    closes_on = forms.DateField(label=_("截止日期"), widget=DayInput, help_text=_("这一天也可以提"))
    erase_on = forms.DateField(
        label=_("个人信息删除日期"),
        widget=DayInput,
        help_text=_("提出人的称呼和电话保留到这一天；发布后只能提前。"),
    )


class ProposeForm(forms.Form):
    """What a resident says. `call` decides which towns there are to choose from."""

    what = Wish(most=LONGEST["what"], label=_("希望办什么事"), help_text=_("一句话，例如：给老小区加装电梯"))
    where = Wish(most=LONGEST["where"], label=_("在什么地方"), help_text=_("例如：枫溪村文化礼堂旁"))
    why = Wish(
        most=LONGEST["why"],
        label=_("为什么要办"),
        required=False,
        widget=forms.Textarea({"rows": 5}),
        help_text=_("谁有困难、有多少人、现在怎样。"),
    )
    place = PlaceField(Body.objects.none(), label=_("乡镇、街道"), required=False, empty_label=_("不选"))
    photo = forms.FileField(
        label=_("照片"),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput({"accept": "image/jpeg,image/png,image/webp"}),
        help_text=_("一张，不超过10MB；照片里的拍摄地点和时间会去掉。请不要拍到别人的脸。"),
    )
    name = Wish(
        most=LONGEST["name"],
        label=_("称呼"),
        required=False,
        widget=forms.TextInput({"autocomplete": "name"}),
    )
    phone = Wish(
        most=LONGEST["phone"],
        label=_("电话"),
        required=False,
        widget=forms.TextInput({"inputmode": "tel", "autocomplete": "tel"}),
    )

    def __init__(self, *args: Any, call: Call, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        towns = places(call)
        self.fields["place"].queryset = towns  # type: ignore[attr-defined]
        if not towns:
            del self.fields["place"]


class HandInForm(ProposeForm):
    """What a deputy says, or a clerk for those who came in person, a station or a department."""

    source = forms.ChoiceField(label=_("来源"), widget=forms.RadioSelect)
    people = forms.IntegerField(label=_("人数"), widget=CountInput, initial=1, min_value=1, max_value=100_000)
    field_order = ["source", "what", "where", "why", "place", "people", "photo", "name", "phone"]

    def __init__(self, *args: Any, call: Call, user: Any, now: Any, **kwargs: Any) -> None:
        super().__init__(*args, call=call, **kwargs)
        may = [(source.value, source.label) for source in sources(user, call, now)]
        self.fields["source"].choices = may  # type: ignore[attr-defined]
        if may:
            self.fields["source"].initial = may[0][0]


class FindForm(forms.Form):
    receipt = forms.CharField(
        label=_("回执号"), max_length=60, widget=CodeInput({"autocapitalize": "characters"})
    )


class ListForm(forms.Form):
    """A list of proposals: a file, or lines pasted from a table."""

    file = forms.FileField(
        label=_("Excel 文件"),
        required=False,
        allow_empty_file=True,
        help_text=_("按模板填写的 .xlsx、.xls 或 .csv，不超过 10 MB、2000 行"),
        widget=forms.FileInput({"accept": ".xlsx,.xls,.csv"}),
    )
    pasted = forms.CharField(
        label=_("或者粘贴"),
        required=False,
        max_length=1_000_000,
        widget=forms.Textarea({"rows": 6}),
        help_text=_("从表格里复制的行，列用制表符或逗号分开，次序和模板一样。"),
    )

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if not self.errors and bool(typed.get("file")) == bool(typed.get("pasted", "").strip()):
            raise ValidationError(_now("请选一个文件，或者粘贴几行，二者选一。"))
        return typed


class ProposalsFilter(forms.Form):
    source = forms.ChoiceField(
        label=_("来源"), required=False, choices=[("", _("全部")), *Proposal.Source.choices]
    )
    state = forms.ChoiceField(
        label=_("办理状态"), required=False, choices=[("", _("全部")), *Topic.State.choices]
    )
    q = forms.CharField(label=_("文字或回执号"), required=False, max_length=80)
