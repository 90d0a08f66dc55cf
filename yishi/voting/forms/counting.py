"""What is typed at the count: one sheet, a ruling, a reason."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yishi.law.count import MARKS
from yishi.voting.models import Batch, Keying, Ruling
from yishi.voting.rules import counting as rules
from yishi.voting.rules.marking import TWO
from yishi.web.fields import CountInput

if TYPE_CHECKING:
    from django.http import HttpRequest, QueryDict

BLANK = "-"  # a radio that says "blank"; no radio at all: not reached yet
LABELS = {
    "f": gettext_lazy("赞成"),
    "a": gettext_lazy("反对"),
    "x": gettext_lazy("弃权"),
    "s": gettext_lazy("满意"),
    "b": gettext_lazy("基本满意"),
    "d": gettext_lazy("不满意"),
}


def marks_offered(kind: str) -> list[dict[str, str]]:
    """The keys of one line, in the order of the number pad: [{key, mark, label}]."""
    if kind == "choose_up_to":
        return [
            {"key": "1", "mark": "f", "label": _("选中")},
            {"key": "0", "mark": BLANK, "label": _("未选")},
        ]
    letters = MARKS[kind]
    offered = [{"key": str(i), "mark": m, "label": str(LABELS[m])} for i, m in enumerate(letters, start=1)]
    offered.append({"key": "0", "mark": BLANK, "label": _("空白")})
    offered.append({"key": "5", "mark": TWO[kind], "label": _("划了两种以上")})
    return offered


@dataclass
class Typed:
    """One sheet as it came in; `gaps` are lines passed over (a plain form can leave some)."""

    marks: list[str]
    write_ins: list[str]
    doubt: str
    complete: bool
    revision: int
    gaps: list[int]


def names(text: str) -> list[str]:
    """Names written in, parted by 、 ， , or ；."""
    return [name for name in re.split(r"[、，,；;\n]+", text) if name.strip()]


def typed(post: QueryDict, lines: int) -> Typed:
    """From the plain form of one sheet."""
    said = [str(post.get(f"mark-{i}", "")) for i in range(1, lines + 1)]
    gaps = [i for i, mark in enumerate(said, start=1) if not mark]
    revision = str(post.get("revision", ""))
    return Typed(
        marks=["" if mark == BLANK else mark for mark in said],
        write_ins=names(str(post.get("write_ins", ""))),
        doubt=str(post.get("doubt", "")),
        complete=True,
        revision=int(revision) if re.fullmatch(r"[0-9]{1,9}", revision) else 0,
        gaps=gaps,
    )


def from_keypad(request: HttpRequest) -> Typed | None:
    """From the keypad's message; None when it is not one."""
    try:
        said = json.loads(request.body)
        made = Typed(
            said["marks"], said["write_ins"], said["doubt"], said["complete"], said["revision"], gaps=[]
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    texts = (
        isinstance(value, list) and all(isinstance(one, str) and len(one) <= 200 for one in value)
        for value in (made.marks, made.write_ins)
    )
    plain = isinstance(made.doubt, str) and isinstance(made.complete, bool) and type(made.revision) is int
    return made if plain and all(texts) and 0 < made.revision < 1_000_000_000 else None


class Reason(forms.Form):
    why = forms.CharField(
        label=gettext_lazy("理由"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class TakeOver(Reason):
    keying = forms.ModelChoiceField(
        Keying.objects.none(), label=gettext_lazy("接替哪一位"), widget=forms.RadioSelect, empty_label=None
    )
    field_order = ("keying", "why")

    def __init__(self, *args: Any, batch: Batch, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["keying"]
        field.queryset = batch.keyings.filter(left_at__isnull=True).select_related("teller")
        field.label_from_instance = lambda keying: str(keying.teller)


class Size(Reason):
    size = forms.IntegerField(label=gettext_lazy("实际张数"), min_value=1, widget=CountInput)
    field_order = ("size", "why")


class RulingForm(Reason):
    """The decision and, for a valid sheet, what it counts as on each line."""

    decision = forms.ChoiceField(
        label=gettext_lazy("认定"), choices=Ruling.Decision.choices, widget=forms.RadioSelect
    )
    field_order = ("decision", "why")

    def __init__(self, *args: Any, case: rules.Case, titles: list[str], kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(o["mark"], o["label"]) for o in marks_offered(kind) if o["key"] != "5"]
        before = case.ruling.marks if case.ruling and case.ruling.marks else case.one[0]
        for i, title in enumerate(titles):
            mark = before[i] if i < len(before) else ""
            self.fields[f"mark-{i + 1}"] = forms.ChoiceField(
                label=f"{i + 1} {title}", choices=choices, initial=mark or BLANK
            )
        if kind == "elect":
            said = case.ruling.write_ins if case.ruling else case.one[1]
            self.fields["write_ins"] = forms.CharField(
                label=gettext_lazy("另选他人"), initial="、".join(said), required=False, max_length=400
            )
        self.order_fields(["decision", *[f for f in self.fields if f not in ("decision", "why")], "why"])

    def marks(self) -> list[str]:
        said = [self.cleaned_data[name] for name in self.fields if name.startswith("mark-")]
        return ["" if mark in ("", BLANK) else mark for mark in said]

    def names(self) -> list[str]:
        return names(self.cleaned_data.get("write_ins", ""))
