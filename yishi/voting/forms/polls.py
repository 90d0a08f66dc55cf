"""What is typed about a poll; what it means is judged by the actions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.functional import lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from yishi.law import pack
from yishi.voting.actions.setup import chosen
from yishi.voting.models import Figure, Official, Poll
from yishi.voting.rules.wording import choice_value, rule_title
from yishi.web.fields import CodeInput, CountInput

if TYPE_CHECKING:
    from collections.abc import Iterable

COUNT = forms.IntegerField


SHAPE = ["doors", "failure", "revote", "counting", "size", "colour", "batch_size", "open_count"]


def put(form: forms.BaseForm, error: ValidationError) -> None:
    """The complaint of an action beside what was typed: at its field where the form has it."""
    found = error.error_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: [error]}
    for name, errors in found.items():
        for one in errors:
            form.add_error(name if name in form.fields else None, one)


def count(label: Any, *, required: bool = True, help_text: Any = "") -> COUNT:
    """A whole number from 0 on, typed on a digits keyboard."""
    return COUNT(label=label, required=required, min_value=0, widget=CountInput(), help_text=help_text)


def rule_choices() -> Iterable[tuple[str, str]]:
    polls = pack.load(settings.PACK).polls
    return [(key, rule_title(key, rule)) for key, rule in polls.items() if not key.startswith("method.")]


class PollForm(forms.ModelForm):
    """A new poll: matter, rule of the pack, places, and the options one a line."""

    rule_key = forms.ChoiceField(
        label=_("表决规则"), choices=lazy(rule_choices, list), widget=forms.RadioSelect
    )
    seats = forms.IntegerField(
        label=_("应选数"),
        required=False,
        min_value=1,
        widget=CountInput(),
        help_text=_("从中选几个；逐项表决、不限数目的，和测评，请留空。"),
    )
    batch_size = forms.IntegerField(
        label=_("每批张数"), min_value=1, max_value=500, initial=50, widget=CountInput()
    )

    class Meta:
        model = Poll
        fields = ["title", "rule_key", "seats", *SHAPE]
        help_texts = {
            "title": _("印在票上，例如：2026年民生实事项目票决"),
            "colour": _("同一次会议有几种票时，用颜色区分，例如：浅红"),
            "doors": _("手机密封票：代表凭签到时抽取的投票码在手机上投票，结果人人可以核验。"),
            "failure": _("只用于手机投票；开始投票前定下，写进票决办法。"),
            "revote": _("只用于手机投票；票决办法允许时才选，以最后一次为准。"),
            "counting": _(
                "只用于纸质票。扫描读票时，机器看不准的由两名监票人判读，读出的再由计票人人工复核；写进票决办法。"
            ),
        }
        widgets = {name: forms.RadioSelect for name in ("size", "doors", "failure", "counting")}

    options = forms.CharField(
        label=_("选项"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("一行一个，可以从 Excel 复制两列粘贴：名称、说明。以后可以再改。"),
    )

    def clean_options(self) -> list[tuple[str, str]]:
        return lines(self.cleaned_data["options"])


class ChangeForm(PollForm):
    """The same while the poll is a draft, with the answers to the rule's open points."""

    rule_key = None  # type: ignore[assignment]
    options = None  # type: ignore[assignment]

    class Meta(PollForm.Meta):
        fields = ["title", "seats", *SHAPE]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        poll: Poll = self.instance
        answers, english = chosen(poll), (get_language() or "").startswith("en")
        # A second ballot keeps the answers of the first.
        points = [] if poll.previous_id else pack.load(settings.PACK).open_points(poll.rule_key)
        self.points = {f"choice-{n}": point for n, point in enumerate(points)}
        for name, point in self.points.items():
            self.fields[name] = forms.ChoiceField(
                label=point.title_en if english else point.title_zh,
                choices=[(value, choice_value(value)) for value in point.allowed],
                initial=answers.get(point.key, point.default),
                help_text=point.note_en if english else point.note_zh,
                widget=forms.RadioSelect,
            )

    def clean_options(self) -> list[tuple[str, str]]:
        return []

    def choices(self) -> dict[str, str]:
        return {point.key: self.cleaned_data[name] for name, point in self.points.items()}


class OptionsForm(forms.Form):
    options = forms.CharField(
        label=_("选项"),
        widget=forms.Textarea(attrs={"rows": 16}),
        help_text=_("一行一个，次序就是票上的次序；名称与说明之间用制表符（从 Excel 粘贴两列即可）或“｜”。"),
    )

    def clean_options(self) -> list[tuple[str, str]]:
        return lines(self.cleaned_data["options"])


class MethodForm(forms.Form):
    method_text = forms.CharField(
        label=_("票决办法"),
        widget=forms.Textarea(attrs={"rows": 24}),
        help_text=_("已按这次表决的规则起草，一行一条，可以修改。"),
    )


class HandsForm(forms.Form):
    """A show of hands; or how else it was passed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["for"] = count(_("赞成（举手）"), required=False)
        self.fields["against"] = count(_("反对（举手）"), required=False)
        self.fields["abstain"] = count(_("弃权（举手）"), required=False)
        self.fields["why"] = forms.CharField(
            label=_("没有逐一清点的，写明怎样通过"),
            required=False,
            max_length=200,
            help_text=_("例如：鼓掌通过；第一次全体会议已通过"),
        )

    def votes(self) -> dict[str, int] | None:
        """The figures; None when none was typed."""
        typed = {name: self.cleaned_data.get(name) for name in ("for", "against", "abstain")}
        if typed["for"] is None:
            return None
        return {name: value or 0 for name, value in typed.items()}


class OfficialForm(forms.Form):
    hat = forms.ChoiceField(label=_("职责"), choices=Official.Hat.choices, widget=forms.RadioSelect)
    user = forms.CharField(
        label=_("账号"),
        max_length=60,
        widget=CodeInput(attrs={"list": "accounts"}),
        help_text=_("从列表中选，或输入对方登录用的账号。"),
    )

    def __init__(self, *args: Any, late: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if late:
            self.fields["why"] = forms.CharField(label=_("增加的理由"), max_length=200)


class ValueForm(forms.Form):
    """One figure of the box."""

    value = forms.IntegerField(label=_("张数"), min_value=0, max_value=1_000_000, widget=CountInput())
    why = forms.CharField(
        label=_("更正理由"), required=False, max_length=200, help_text=_("第一次登记不必填。")
    )
    sure = forms.BooleanField(required=False, widget=forms.HiddenInput)


class PrintedForm(ValueForm):
    why = None  # type: ignore[assignment]
    value = forms.IntegerField(label=_("印制张数"), min_value=0, max_value=1_000_000, widget=CountInput())


class ReturnedForm(ValueForm):
    why = None  # type: ignore[assignment]
    value = forms.IntegerField(
        label=_("收回张数（手工清点）"), min_value=0, max_value=1_000_000, widget=CountInput()
    )


class IssueForm(forms.Form):
    issued = count(_("发出"))
    left_over = count(_("剩余"))
    replaced = count(_("换票收回"), required=False, help_text=_("填错后交回、换发新票的张数；没有填0。"))


class CorrectForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("哪一项"),
        choices=[(kind.value, kind.label) for kind in Figure.Kind if kind not in ("entitled", "present")],
    )
    value = forms.IntegerField(label=_("更正为"), min_value=0, max_value=1_000_000, widget=CountInput())
    why = forms.CharField(label=_("理由"), max_length=200)


class ReasonForm(forms.Form):
    why = forms.CharField(label=_("理由"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class NoForm(forms.Form):
    """Nothing to type: one button."""


def lines(text: str) -> list[tuple[str, str]]:
    """(title, detail) of each line that is not empty."""
    found = []
    for line in text.splitlines():
        if line.strip():
            title, *rest = re.split(r"\t|｜", line.strip(), maxsplit=1)
            found.append((title.strip(), rest[0].replace("\t", " ").strip() if rest else ""))
    return found
