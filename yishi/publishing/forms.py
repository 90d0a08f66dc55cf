"""What is typed about a document, and the file put beside it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yishi.publishing.models import Document
from yishi.web.fields import DayInput


class DocumentForm(forms.Form):
    kind = forms.ChoiceField(label=_("类别"), choices=Document.Kind.choices)
    title = forms.CharField(label=_("标题"), max_length=120)
    source = forms.CharField(
        label=_("来源、讲话人"),
        max_length=80,
        required=False,
        help_text=_("例如：县人大常委会办公室。讲话写职务和姓名。"),
    )
    dated = forms.DateField(label=_("日期"), widget=DayInput, help_text=_("文件落款或讲话的日期"))
    text = forms.CharField(
        label=_("正文"),
        max_length=400_000,
        widget=forms.Textarea({"rows": 18}),
        help_text=_(
            "直接写，或者从 Word 粘贴：空行分段，没有空行时每行一段；“一、”“（一）”开头的短行成为标题。"
            "也可以粘贴 HTML。不要写身份证号、电话、住址等个人信息：发布后任何人都能看到。"
        ),
    )
    top = forms.BooleanField(label=_("置顶"), required=False, help_text=_("排在列表最前面"))


class ChangeForm(DocumentForm):
    """As above; what is public already is changed for a reason."""

    why = forms.CharField(
        label=_("修改理由"),
        max_length=500,
        error_messages={"required": _("已经发布，修改请写明理由。")},
        widget=forms.Textarea({"rows": 2}),
        help_text=_("记入日志；公开页面会写明修改日期。"),
    )

    def __init__(self, *args: Any, document: Document, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not document.is_published:
            del self.fields["why"]


class AttachForm(forms.Form):
    file = forms.FileField(
        label=_("文件"),
        help_text=_("PDF、Word(.docx)、Excel(.xlsx)、图片或文本，不超过20MB。"),
        allow_empty_file=True,
    )
    title = forms.CharField(
        label=_("附件名称"), max_length=120, required=False, help_text=_("不填就用文件名。")
    )
