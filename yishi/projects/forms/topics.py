"""What is typed when topics are screened: the answers to each criterion, and the words to proposers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yishi.projects.models import Call, Topic
from yishi.projects.rules.topics import asked
from yishi.projects.words.topics import in_words

REASON = _("提出人会看到这段话。请用一两句话写明原因，不用公文套话。")


def reason_field(required: bool) -> forms.CharField:
    return forms.CharField(
        label=_("答复提出人的话"),
        max_length=2000,
        required=required,
        widget=forms.Textarea({"rows": 4}),
        help_text=REASON,
    )


def exclusions_field() -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=_("不宜列入的情形"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(key, in_words(one)) for key, one in asked().exclusions.items()],
        help_text=_("有其中一种，就不能列入候选。"),
    )


class DecideForm(forms.Form):
    """A decision with an answer to every criterion of the pack; `decision` is what the action takes."""

    to = forms.ChoiceField(
        label=_("初定意见"),
        widget=forms.RadioSelect,
        choices=[(state.value, state.label) for state in Topic.DECIDED],
    )

    def __init__(self, *args: Any, topic: Topic, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for key, one in asked().criteria.items():
            before = topic.criteria.get(key, {})
            initial = {True: "yes", False: "no"}.get(before.get("met"), "")
            self.fields[f"{key}_met"] = forms.ChoiceField(
                label=in_words(one),
                help_text=in_words(one, "question"),
                choices=[("yes", _("符合")), ("no", _("不符合"))],
                widget=forms.RadioSelect,
                required=False,
                initial=initial,
            )
            self.fields[f"{key}_why"] = forms.CharField(
                label=_("%(what)s：为什么") % {"what": in_words(one)},
                max_length=500,
                required=False,
                initial=before.get("why", ""),
            )
        self.fields["exclusions"] = exclusions_field()
        self.fields["exclusions"].initial = topic.exclusions
        self.fields["reason"] = reason_field(required=False)
        self.fields["reason"].initial = topic.reason

    @property
    def decision(self) -> dict[str, Any]:
        typed = self.cleaned_data
        answered = {
            key: {"met": typed[f"{key}_met"] == "yes", "why": typed[f"{key}_why"]}
            for key in asked().criteria
            if typed[f"{key}_met"]
        }
        said = {name: typed[name] for name in ("to", "exclusions", "reason")}
        return {"criteria": answered, **said}


class DeclineForm(forms.Form):
    """One answer for several topics."""

    unmet = forms.MultipleChoiceField(
        label=_("不符合的标准"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(key, in_words(one)) for key, one in asked().criteria.items()]
        self.fields["unmet"].choices = choices  # type: ignore[attr-defined]
        self.fields["exclusions"] = exclusions_field()
        self.fields["reason"] = reason_field(required=True)


class CarryForm(forms.Form):
    to_call = forms.ModelChoiceField(Call.objects.none(), label=_("转入哪一年度的征集"))

    def __init__(self, *args: Any, calls: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to_call"].queryset = calls  # type: ignore[attr-defined]
