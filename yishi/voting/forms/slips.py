"""What the slip desk sends: public lists of slips made or struck, one slip to exchange. Never a code."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from yishi.voting.models import SealedSession

PUBLIC = re.compile(r"[0-9a-f]{64}")
LARGEST = 8 * 1024 * 1024  # bytes: 2,000 slips for 50 votes


def listings(said: Any) -> dict[str, list[str]]:
    """{uuid: [64 hex, …]} from parsed JSON. Raises ValidationError for anything else."""
    if not isinstance(said, dict) or not said:
        raise ValidationError(_broken())
    for publics in said.values():
        if not isinstance(publics, list) or not all(
            isinstance(public, str) and PUBLIC.fullmatch(public) for public in publics
        ):
            raise ValidationError(_broken())
    return said


def _broken() -> str:
    return _("这不是公开名单文件，或文件有损坏。请选“存成文件”时存下的那个文件。")


class LotForm(forms.Form):
    """The file that the page makes, `{"session": uuid, "listings": {…}}`; it posts the same one itself."""

    listings = forms.FileField(
        label=gettext_lazy("公开名单文件"),
        help_text=gettext_lazy("没有网络时存下的文件，以 .json 结尾；里面没有投票码。"),
        widget=forms.ClearableFileInput(attrs={"accept": ".json,application/json"}),
    )

    def __init__(self, *args: Any, session: SealedSession, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.session = session

    def clean_listings(self) -> dict[str, list[str]]:
        file = self.cleaned_data["listings"]
        if file.size > LARGEST:
            raise ValidationError(_broken())
        try:
            said = json.loads(file.read())
        except (ValueError, RecursionError):
            raise ValidationError(_broken()) from None
        if not isinstance(said, dict):
            raise ValidationError(_broken())
        found = listings(said.get("listings"))
        if said.get("session") != self.session.uuid:
            raise ValidationError(_("这是另一次会议的公开名单，没有登记。"))
        return found


class StrikeForm(forms.Form):
    """`listings` as JSON text."""

    listings = forms.CharField(max_length=100_000)
    why = forms.CharField(max_length=500, required=False)

    def clean_listings(self) -> dict[str, list[str]]:
        try:
            return listings(json.loads(self.cleaned_data["listings"]))
        except (ValueError, RecursionError):
            raise ValidationError(_broken()) from None


class ExchangeForm(forms.Form):
    """`sure`: not only asked for, but done."""

    box = forms.CharField(max_length=24)
    credential = forms.RegexField(PUBLIC)
    sure = forms.BooleanField(required=False)
