"""What is typed when candidates are deliberated: the explanation, what was said, the answer, the change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yishi.meetings.models import Meeting
from yishi.projects.forms.calls import Wish
from yishi.projects.forms.sheets import SheetForm
from yishi.projects.models import Project
from yishi.web.fields import MomentInput

if TYPE_CHECKING:
    from yishi.projects.models import Call

MOST = 2000


class MeetingField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.body.short_name or obj.body.name} · {obj.title}"


class ExplainForm(forms.Form):
    meeting = MeetingField(Meeting.objects.none(), label=_("会议"))
    speaker = Wish(most=60, label=_("说明人"), help_text=_("例如：政府负责人的姓名"))
    post = Wish(most=60, label=_("职务"), help_text=_("例如：镇长"))
    held_at = forms.DateTimeField(
        label=_("说明时间"), widget=MomentInput, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
    )
    text = Wish(
        most=5000,
        label=_("说明要点"),
        widget=forms.Textarea({"rows": 6}),
        help_text=_("怎样征集、怎样筛选、为什么提这些项目。"),
    )

    def __init__(self, *args: Any, meetings: Any, corrects: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["meeting"].queryset = meetings  # type: ignore[attr-defined]
        self.fields["why"] = Wish(
            most=500,
            label=_("更正理由"),
            required=False,
            help_text=_("更正已登记的说明时填写。") if corrects else "",
        )
        if not corrects:
            self.fields["why"].widget = forms.HiddenInput()


class CommentForm(forms.Form):
    """What the clerk writes down for a deputy or a delegation."""

    project = forms.ModelChoiceField(
        Project.objects.none(), label=_("候选项目"), required=False, empty_label=_("全部候选项目")
    )
    meeting = MeetingField(
        Meeting.objects.none(), label=_("会议"), required=False, empty_label=_("不在会议上")
    )
    who = Wish(most=60, label=_("代表或者代表团"), help_text=_("例如：第二代表团"))
    text = Wish(most=MOST, label=_("审议意见"), widget=forms.Textarea({"rows": 6}))

    def __init__(self, *args: Any, call: Call, meetings: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["project"].queryset = call.projects.candidates()  # type: ignore[attr-defined]
        self.fields["meeting"].queryset = meetings  # type: ignore[attr-defined]


class SayForm(forms.Form):
    """What a deputy says from the phone: the words and nothing else."""

    text = Wish(
        most=MOST,
        label=_("您的意见"),
        widget=forms.Textarea({"rows": 8}),
        help_text=_("哪里要改、为什么、怎么改。提交后由经办人员或者责任单位答复。"),
    )


class AnswerForm(forms.Form):
    text = Wish(
        most=MOST,
        label=_("答复"),
        widget=forms.Textarea({"rows": 6}),
        help_text=_("提出意见的代表会看到这段话。"),
    )


class NoteForm(forms.Form):
    text = Wish(
        most=MOST,
        label=_("说明"),
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("可以不填；填了，提出意见的代表会看到。"),
    )


class AmendForm(SheetForm):
    """The whole sheet, and why it is changed."""

    why = Wish(most=500, label=_("修改的理由"), widget=forms.Textarea({"rows": 3}))
