"""What is typed about a meeting: its facts, agenda, papers, reasons, codes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from yishi.law import pack
from yishi.meetings.models import AgendaItem, Meeting
from yishi.people.models import Body, Person
from yishi.web.fields import CodeInput, MomentInput


def quorum_choices() -> list[tuple[str, str]]:
    """The quorums of the county pack, each with its note."""
    english = (get_language() or "").startswith("en")
    rules = pack.load(settings.PACK).quorums
    return [(key, rule.note_en if english else rule.note_zh) for key, rule in rules.items()]


class MeetingForm(forms.ModelForm):
    """`revision` is the state the form was drawn from, so that two clerks do not overwrite each other."""

    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)
    quorum = forms.ChoiceField(label=_("法定人数"), choices=quorum_choices, widget=forms.RadioSelect)

    class Meta:
        model = Meeting
        fields = ["title", "starts_at", "place", "presiding", "quorum"]
        widgets = {"starts_at": MomentInput}
        help_texts = {"title": _("例如：第十七届人民代表大会第五次会议")}

    def __init__(self, *args: Any, body: Body, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = Person.objects.filter(offices__body=body) | Person.objects.filter(seats__body=body)
        self.fields["presiding"].queryset = people.distinct()  # type: ignore[attr-defined]

    def clean_starts_at(self) -> datetime:
        starts_at: datetime = self.cleaned_data["starts_at"]
        if not 1954 <= starts_at.year <= 2100:
            raise ValidationError(_("年份不对，请检查开始时间。"))
        return starts_at


class AgendaForm(forms.Form):
    titles = forms.CharField(
        label=_("加入议程"), help_text=_("一行一项，可以一次粘贴多行。"), widget=forms.Textarea({"rows": 4})
    )


class MaterialForm(forms.Form):
    file = forms.FileField(
        label=_("文件"),
        help_text=_("PDF、Word(.docx)、Excel(.xlsx)、图片或文本，不超过20MB。"),
        allow_empty_file=True,
    )
    title = forms.CharField(
        label=_("材料名称"), max_length=120, required=False, help_text=_("不填就用文件名。")
    )
    agenda_item = forms.ModelChoiceField(AgendaItem.objects.none(), label=_("对应议程"), required=False)

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agenda_item"].queryset = meeting.agenda.all()  # type: ignore[attr-defined]


class ReasonForm(forms.Form):
    """A written reason for one verb."""

    why = forms.CharField(label=_("理由"), max_length=300, widget=forms.Textarea({"rows": 3}))
    verb = forms.CharField(widget=forms.HiddenInput, required=False)


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("签到码"),
        max_length=200,
        widget=CodeInput({"data-focus": "", "autofocus": ""}),
        help_text=_("把光标留在这里，用扫码枪扫代表的签到码。"),
    )
