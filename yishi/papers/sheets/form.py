"""What a ballot sheet asks, in plain data, and the fixed words printed on it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

Kind = Literal["approve_each", "choose_up_to", "grades", "elect"]
Size = Literal["A4", "A5"]
Lang = Literal["zh", "en"]


class SheetError(ValueError):
    """The sheet cannot be printed as asked; `field` names the field of the form at fault."""

    def __init__(self, field: str, zh: str, en: str) -> None:
        super().__init__(zh)
        self.field, self.zh, self.en = field, zh, en


@dataclass(frozen=True, slots=True)
class Option:
    """One line to vote on; `detail` (cost, place, post) stands small beneath the title."""

    title: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SheetForm:
    """What a sheet asks. `seats` is the n of "choose at most n" and of an election.

    Empty `instructions` and `columns` take the words usual for the kind; `write_ins` are the
    rows 另选他人 (by default, in an election, one for each seat). `page_note` stands at the foot.
    `code` names the form, never a ballot: eight of CODE_LETTERS, or made from the content.
    """

    title: str
    body: str
    kind: Kind
    options: Sequence[Option]
    seats: int | None = None
    size: Size = "A4"
    instructions: Sequence[str] = ()
    stamp: str = ""
    columns: Sequence[str] = ()
    write_ins: int | None = None
    option_word: str = ""
    page_note: str = ""
    lang: Lang = "zh"
    seal: bool = True
    code: str = ""


CODE_LETTERS, CODE_LENGTH = "0123456789ABCDEFGHJKMNPQRSTVWXYZ", 8  # Crockford's base 32
# What an oval says, from left to right; a row to write in has only the first.
CHOICES: dict[Kind, tuple[str, ...]] = {
    "approve_each": ("for", "against", "abstain"),
    "choose_up_to": ("choice",),
    "grades": ("satisfied", "basically", "dissatisfied", "abstain"),
    "elect": ("for", "against", "abstain"),
}

COLUMNS: dict[Lang, dict[Kind, tuple[str, ...]]] = {
    "zh": {
        "approve_each": ("赞成", "反对", "弃权"),
        "choose_up_to": ("同意",),
        "grades": ("满意", "基本满意", "不满意", "弃权"),
        "elect": ("赞成", "反对", "弃权"),
    },
    "en": {
        "approve_each": ("For", "Against", "Abstain"),
        "choose_up_to": ("Choose",),
        "grades": ("Satisfied", "Basically", "Dissatisfied", "Abstain"),
        "elect": ("For", "Against", "Abstain"),
    },
}
WORDS: dict[Lang, dict[str, str]] = {
    "zh": {
        "option": "表决事项",
        "person": "候选人",
        "number": "序号",
        "opinion": "意见",
        "write_in": "另选他人",
        "seal": "（加盖印章处）",
        "page": "第{n}页　共{of}页",
        "code": "票样{code}（每张相同）",
    },
    "en": {
        "option": "Item",
        "person": "Candidate",
        "number": "No.",
        "opinion": "Opinion",
        "write_in": "Write-in",
        "seal": "(seal)",
        "page": "Page {n} of {of}",
        "code": "Form {code}, same on all",
    },
}


def instructions(form: SheetForm) -> tuple[str, ...]:
    """The instructions printed on the sheet: the form's own, or those usual for its kind."""
    if form.instructions:
        return tuple(form.instructions)
    zh = form.lang == "zh"
    every = (
        ("以所在椭圆为准：在椭圆内涂满或画√。", "填错当场换票，不要涂改；不得写姓名。")
        if zh
        else (
            "The oval marked counts: fill it in or tick inside it.",
            "Made a mistake? Ask for a new sheet; do not alter this one. Do not write your name.",
        )
    )
    seats = form.seats or 0
    if form.kind == "choose_up_to":
        first = (
            f"从下列{len(form.options)}项中最多选{seats}项；多选的，整张票无效。"
            if zh
            else f"Choose at most {seats} of {len(form.options)}; with more the ballot is void."
        )
        return (first, *every)
    each = "每行只选一个。" if zh else "Choose only one in each row."
    if form.kind == "elect":
        count = f"应选{seats}名。" if zh else f"{seats} to be elected."
        other = (
            "反对某候选人的，可以另选他人：写明姓名并在其后椭圆内涂满或画√；弃权的不得另选。"
            if zh
            else "If you vote against a candidate you may write in another person and mark the oval."
        )
        return (count + ("" if zh else " ") + each, *every, *((other,) if write_in_rows(form) else ()))
    return (each, *every)


def columns(form: SheetForm) -> tuple[str, ...]:
    """The words beside the ovals of a row, from left to right."""
    return tuple(form.columns) or COLUMNS[form.lang][form.kind]


def write_in_rows(form: SheetForm) -> int:
    """How many rows 另选他人 the sheet has."""
    if form.write_ins is not None:
        return form.write_ins
    return (form.seats or 0) if form.kind == "elect" else 0


def form_code(form: SheetForm) -> str:
    """The eight characters that name the form: its own, or made from all that it says."""
    if form.code:
        return form.code
    said = {
        **asdict(form),
        "options": [[option.title, option.detail] for option in form.options],
        "instructions": instructions(form),
        "columns": columns(form),
        "write_ins": write_in_rows(form),
    }
    text = json.dumps(said, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:5], "big")
    letters = [CODE_LETTERS[number >> 5 * place & 31] for place in range(CODE_LENGTH)]
    return "".join(reversed(letters))
