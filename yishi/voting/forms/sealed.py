"""How many scrutineers open a box, and why keys are made anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yishi.web.fields import CountInput

if TYPE_CHECKING:
    from yishi.voting.models import SealedSession


class ThresholdForm(forms.Form):
    threshold = forms.IntegerField(
        label=_("开箱所需监票人数"),
        widget=CountInput,
        min_value=1,
        max_value=99,
        help_text=_("投票截止后，要有这么多名监票人到场才能打开电子票箱；一般取过半数。"),
    )


class StartOverForm(ThresholdForm):
    why = forms.CharField(
        label=_("理由"), widget=forms.Textarea(attrs={"rows": 2}), max_length=500, required=False
    )

    def __init__(self, *args: Any, session: SealedSession, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"threshold": session.threshold})
        super().__init__(*args, **kwargs)
