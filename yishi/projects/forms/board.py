"""What the board of delivery is filtered by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yishi.people.models import Body
from yishi.projects.rules.delivery import WORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from yishi.people.models import BodyQuerySet


class BoardFilter(forms.Form):
    year = forms.ChoiceField(label=_("年度"), required=False)
    body = forms.ModelChoiceField(
        Body.objects.none(), label=_("机关、组织"), required=False, empty_label=_("全部")
    )
    state = forms.ChoiceField(label=_("进展"), required=False, choices=[("", _("全部")), *WORDS.items()])

    def __init__(self, *args: Any, years: Sequence[int], bodies: BodyQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shown = [(str(year), str(year)) for year in years]
        self.fields["year"].choices = [("", _("正在实施的年度")), *shown]  # type: ignore[attr-defined]
        self.fields["body"].queryset = bodies  # type: ignore[attr-defined]
