"""What is typed at the check by hand: a seed, what a sheet is after all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yishi.voting.forms.counting import RulingForm
from yishi.voting.rules import audits as rules

if TYPE_CHECKING:
    from yishi.voting.rules.audits import Check


class WholeForm(forms.Form):
    """All others are checked, no seed: because it must be so, or because the meeting wants it.

    `ledger` is what was on the page.
    """

    ledger = forms.CharField(widget=forms.HiddenInput, max_length=64)
    whole = forms.BooleanField(widget=forms.HiddenInput, required=False)
    why = forms.CharField(
        label=_("理由"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, stand: rules.Standing, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["why"].required = bool(stand.draws) or not stand.whole
        if not self.fields["why"].required:
            del self.fields["why"]


class DrawForm(forms.Form):
    """`ledger` is what was on the page when the seed was said."""

    ledger = forms.CharField(widget=forms.HiddenInput, max_length=64)
    seed = forms.CharField(
        label=_("种子"),
        max_length=rules.LONGEST_SEED,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("请几位代表当众各报一个数字，连起来照录，至少6个字；会印在计票报告单上。"),
    )
    why = forms.CharField(label=_("再抽一次的理由"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, stand: rules.Standing, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not stand.draws:
            del self.fields["why"]


class SettleForm(RulingForm):
    """As a ruling; where the two readings differ nothing is chosen beforehand."""

    def __init__(self, *args: Any, check: Check, titles: list[str], kind: str, **kwargs: Any) -> None:
        super().__init__(*args, case=check.case, titles=titles, kind=kind, **kwargs)
        for i in differing(check, kind, len(titles)):
            field: Any = self.fields[f"mark-{i + 1}"]
            field.choices = [("", _("请看原票")), *field.choices]
            field.initial = ""
            # A void ballot is none of these.
            field.required = self.data.get("decision") != "invalid"
            field.error_messages["required"] = _("请对照原票选一项。")


def differing(check: Check, kind: str, lines: int) -> list[int]:
    """The rows, from 0, where machine and people read otherwise."""
    one, two = (rules.plain(kind, [*said[0], *[""] * (lines - len(said[0]))]) for said in _both(check))
    return [i for i in range(lines) if one[i] != two[i]]


def _both(check: Check) -> tuple[rules.Said, rules.Said]:
    return check.machine, check.people
