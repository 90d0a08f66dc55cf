"""What is sent in about scanned ballots: files, judgements key by key or a screen at a time, reasons."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yishi.voting.forms.counting import BLANK, Reason, marks_offered
from yishi.web.fields import CountInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.http import QueryDict

    from yishi.voting.rules.scans import RowStand

ACCEPT = ".pdf,.tif,.tiff,.jpg,.jpeg,.png"
MOST_FILES = 200
LONGEST_NAME, LONGEST_WHY = 40, 500


class Files(forms.FileInput):
    """Several files at once: a scanner that writes one picture a page gives many."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """A list of files, at least one."""

    widget = Files

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = (data if isinstance(data, list) else [data]) or [None]
        if len(given) > MOST_FILES:
            raise forms.ValidationError(_("一次最多选%(n)d个文件，请分几次上传。") % {"n": MOST_FILES})
        return [super(FilesField, self).clean(one, initial) for one in given]


class Upload(forms.Form):
    given = FilesField(
        label=gettext_lazy("扫描仪存下的文件"),
        help_text=gettext_lazy("PDF、TIFF、JPEG 或 PNG，可以一次选几个；200 dpi、灰度。"),
        widget=Files(attrs={"accept": ACCEPT}),
        # An empty file gets its own row with its reason: it is an answer, not a slip of the hand.
        allow_empty_file=True,
        error_messages={"required": gettext_lazy("请先选中扫描仪存下的文件。")},
    )


class BlankSheet(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("一张空白票的扫描件"),
        help_text=gettext_lazy("用会场的打印机印一张，不填写，用会场的扫描仪扫描。"),
        widget=forms.FileInput(attrs={"accept": ACCEPT}),
        error_messages={"required": gettext_lazy("请先选中扫描仪存下的文件。")},
    )


class Unscanned(Reason):
    n = forms.IntegerField(
        label=gettext_lazy("没有扫描、直接转人工的张数"),
        min_value=0,
        max_value=500,
        widget=CountInput,
        help_text=gettext_lazy("撕坏、卷角进不了扫描仪的票，抽出来单独放好，由两位计票人录入。"),
    )
    field_order = ("n", "why")


class Fate(forms.Form):
    """What becomes of one page, said on its own page."""

    fate = forms.ChoiceField(label=gettext_lazy("这一张"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["fate"]
        field.choices = choices


@dataclass(frozen=True)
class Said:
    """One judgement as it came in: `key` names the row ("12-3"), the ballot or the page ("12")."""

    key: str
    value: str
    name: str = ""
    why: str = ""
    settles: bool = False


def answers_offered(kind: str, row: RowStand) -> list[dict[str, str]]:
    """The keys of one row in doubt; a row for a name is either used or not."""
    if row.write_in:
        return [
            {"key": "1", "mark": "f", "label": _("另选了人")},
            {"key": "0", "mark": BLANK, "label": _("空白")},
        ]
    return marks_offered(kind)


def keys_offered(kind: str) -> list[dict[str, str]]:
    """All keys of a page of doubts, for the line that explains them."""
    return marks_offered(kind)


def letters(mark: str) -> str:
    """A radio's value as the marks of law.count."""
    return "" if mark == BLANK else mark


def said(post: QueryDict, keys: Iterable[str]) -> Iterator[Said]:
    """What was judged on a screen, in the order shown; rows passed over are left for later."""
    for key in keys:
        value = str(post.get(f"say-{key}", ""))
        if value:
            name = str(post.get(f"name-{key}", "")).strip()[:LONGEST_NAME]
            why = str(post.get(f"why-{key}", "")).strip()[:LONGEST_WHY]
            yield Said(key, value, name, why, settles=f"settle-{key}" in post)


def rows(values: Iterable[str]) -> list[tuple[int, int]]:
    """(page, row) from the values of a mosaic; what is none is left out."""
    found = []
    for value in values:
        match = re.fullmatch(r"([0-9]{1,15})-([0-9]{1,4})", value)
        if match:
            found.append((int(match[1]), int(match[2])))
    return found
