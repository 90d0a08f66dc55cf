"""The register: bodies and their terms, seats that begin and end for a reason, offices."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from yishi.journal.chain import write
from yishi.people import rules
from yishi.people.models import Body, Office, Person, Seat, Term
from yishi.web.access import require

if TYPE_CHECKING:
    from datetime import datetime

    from yishi.people.models import User

AHEAD = timedelta(days=366)  # a seat may be entered before it begins, not years before
PERSONAL = ("name", "sex", "phone")


# --- bodies and terms --------------------------------------------------------


@transaction.atomic
def add_body(
    *,
    code: str,
    name: str,
    kind: str,
    by: User,
    at: datetime,
    short_name: str = "",
    parent: Body | None = None,
    place: int = 0,
) -> Body:
    require(rules.may_make_bodies(by, at))
    body = Body(
        code=code, name=name, short_name=short_name or name[:40], kind=kind, parent=parent, place=place
    )
    body.full_clean()
    body.save()
    write(body.chain, "people.body.add", body, by=by, at=at, name=name, kind=kind)
    return body


@transaction.atomic
def change_body(body: Body, *, by: User, at: datetime, why: str = "", **fields: Any) -> None:
    """Change name, short_name, kind, parent or place; the code stays, the journal hangs on it."""
    require(rules.may_make_bodies(by, at))
    above = fields.get("parent")
    while above is not None:
        if above.pk == body.pk:
            raise ValidationError({"parent": _("上级不能是它自己或它的下级。")})
        above = above.parent
    if not fields.get("short_name", "named"):
        fields["short_name"] = fields.get("name", body.name)[:40]
    changes = _set(body, fields)
    body.full_clean()
    if changes:
        body.save()
        write(body.chain, "people.body.change", body, by=by, at=at, why=why, changes=changes)


@transaction.atomic
def add_term(
    body: Body, *, number: int, begins: date, by: User, at: datetime, ends: date | None = None
) -> Term:
    require(rules.may_make_bodies(by, at) or rules.may_keep_register(by, body, at))
    term = Term(body=body, number=number, begins=begins, ends=ends)
    _check_term(term)
    term.save()
    write(body.chain, "people.term.add", term, by=by, at=at, number=number, begins=str(begins))
    return term


@transaction.atomic
def change_term(
    term: Term, *, begins: date, ends: date | None, by: User, at: datetime, why: str = ""
) -> None:
    body = term.body
    require(rules.may_make_bodies(by, at) or rules.may_keep_register(by, body, at))
    changes = _set(term, {"begins": begins, "ends": ends})
    _check_term(term)
    if changes:
        term.save()
        write(body.chain, "people.term.change", term, by=by, at=at, why=why, changes=changes)


def _check_term(term: Term) -> None:
    if term.ends is not None and term.ends <= term.begins:
        raise ValidationError({"ends": _("届满日期应在开始日期之后。")})
    same = Term.objects.filter(body=term.body_id, number=term.number).exclude(pk=term.pk)
    if same.exists():
        raise ValidationError({"number": _("已有第%(n)s届。") % {"n": term.number}})


# --- seats -------------------------------------------------------------------


def hold(body: Body) -> None:
    """Let two clerks of one body write its seats one after the other, the second seeing the first's."""
    Body.objects.select_for_update().get(pk=body.pk)


@transaction.atomic
def add_seat(
    body: Body,
    *,
    begins: date,
    by: User,
    at: datetime,
    name: str = "",
    person: Person | None = None,
    sex: str = "",
    phone: str = "",
    title: str = "",
    district: str = "",
    delegation: str = "",
    term: Term | None = None,
) -> Seat:
    """A seat for `person`, or for a new person of this name; the person may not sit here already."""
    require(rules.may_keep_register(by, body, at))
    hold(body)
    if person is None:
        person = Person(name=plain_name(name), sex=sex, phone=plain_phone(phone))
        check_person(person)
        person.save()
    seat = Seat(
        body=body,
        person=person,
        term=term,
        title=title.strip() or default_title(body),
        district=district.strip(),
        delegation=delegation.strip(),
        begins=begins,
    )
    check_seat(seat, localdate(at))
    seat.save()
    write(body.chain, "people.seat.add", seat, by=by, at=at, begins=str(begins))
    return seat


@transaction.atomic
def change_seat(seat: Seat, *, by: User, at: datetime, why: str = "", **fields: Any) -> None:
    """Change the person's name, sex, phone, or the seat's title, district, delegation, term, begins.

    The journal keeps which personal data changed, not the data.
    """
    require(rules.may_keep_register(by, seat.body, at))
    person = seat.person
    personal = {key: fields.pop(key) for key in PERSONAL if key in fields}
    if "name" in personal:
        personal["name"] = plain_name(personal["name"])
    if "phone" in personal:
        personal["phone"] = plain_phone(personal["phone"])
    told = sorted(key for key, value in personal.items() if getattr(person, key) != value)
    if told and (body := rules.keeper(by, seat, localdate(at))):
        why_not = _("此人由%(body)s登记，请由该机关的工作人员改。") % {"body": body.name}
        raise ValidationError({told[0]: why_not})
    _set(person, personal)
    changes = _set(seat, {k: v.strip() if isinstance(v, str) else v for k, v in fields.items()})
    seat.title = seat.title or default_title(seat.body)
    check_person(person)
    check_seat(seat, localdate(at))
    if told:
        person.save()
    if changes:
        seat.save()
    if told or changes:
        write(
            seat.body.chain,
            "people.seat.change",
            seat,
            by=by,
            at=at,
            why=why,
            changes=changes,
            personal=told,
        )


@transaction.atomic
def end_seat(seat: Seat, *, ends: date, reason: str, by: User, at: datetime, why: str = "") -> None:
    """End a seat for one of the reasons of 《代表法》第六十二条; the day it ends is no longer sat."""
    require(rules.may_keep_register(by, seat.body, at))
    if reason not in end_reasons(seat.body):
        raise ValidationError({"reason": _("请从所列原因中选一项。")})
    if ends < seat.begins:
        raise ValidationError({"ends": _("终止日期不能早于开始日期。")})
    if ends > localdate(at) and reason != Seat.End.TERM:
        raise ValidationError({"ends": _("终止日期不能晚于今天；任期届满可以预先登记。")})
    _swap(seat, {"ends__isnull": True}, ends=ends, end_reason=reason)
    write(seat.body.chain, "people.seat.end", seat, by=by, at=at, why=why, ends=str(ends), reason=reason)


@transaction.atomic
def reopen_seat(seat: Seat, *, why: str, by: User, at: datetime) -> None:
    """Take back an end that was entered by mistake, with the reason."""
    require(rules.may_keep_register(by, seat.body, at))
    _need(why)
    before = {"ends": str(seat.ends), "reason": seat.end_reason}
    open_again = Seat(person=seat.person, body=seat.body, term=seat.term, begins=seat.begins, pk=seat.pk)
    check_seat(open_again, localdate(at))
    _swap(seat, {"ends__isnull": False}, ends=None, end_reason="")
    write(seat.body.chain, "people.seat.reopen", seat, by=by, at=at, why=why, before=before)


@transaction.atomic
def suspend_seat(seat: Seat, *, why: str, by: User, at: datetime) -> None:
    """Suspend a deputy from office (《代表法》第六十一条) until restored."""
    require(rules.may_keep_register(by, seat.body, at))
    _need(why)
    _swap(seat, {"suspended": False, "ends__isnull": True}, suspended=True)
    write(seat.body.chain, "people.seat.suspend", seat, by=by, at=at, why=why)


@transaction.atomic
def restore_seat(seat: Seat, *, why: str, by: User, at: datetime) -> None:
    require(rules.may_keep_register(by, seat.body, at))
    _need(why)
    _swap(seat, {"suspended": True}, suspended=False)
    write(seat.body.chain, "people.seat.restore", seat, by=by, at=at, why=why)


def check_seat(seat: Seat, today: date) -> None:
    """Raise ValidationError where dates, term or another seat of the person stand against it."""
    body, term = seat.body, seat.term
    if seat.begins > today + AHEAD:
        raise ValidationError({"begins": _("开始日期太远：最多提前一年登记。")})
    if seat.ends is not None and seat.ends < seat.begins:
        raise ValidationError({"ends": _("终止日期不能早于开始日期。")})
    if term is not None and term.body_id != body.pk:
        raise ValidationError({"term": _("这一届不是本机关的。")})
    if term is not None and (seat.begins < term.begins or (term.ends and seat.begins >= term.ends)):
        raise ValidationError({"begins": _("开始日期不在所选的这一届之内。")})
    if seat.person.pk is None:
        return
    others = Seat.objects.filter(person=seat.person).exclude(pk=seat.pk)
    others = others.between(seat.begins, seat.ends).select_related("body")
    for other in others:
        if other.body_id == body.pk:
            raise ValidationError(
                {"begins": _("%(name)s在这段时间已有本机关的席位，不能重复。") % {"name": seat.person.name}}
            )
        if body.is_congress and other.body.is_congress and not _above_or_below(body, other.body):
            raise ValidationError(
                _("%(name)s已是%(body)s的代表：不得同时担任两个无隶属关系的行政区域的代表（《选举法》）。")
                % {"name": seat.person.name, "body": other.body.name}
            )


def end_reasons(body: Body) -> dict[str, str]:
    """The reasons a seat in this body may end for, value and words."""
    only = [Seat.End.LEFT]
    if not body.is_congress:
        only = [Seat.End.ABSENT, Seat.End.ORDERED_TO_RESIGN]
    return {value: str(words) for value, words in Seat.End.choices if value not in only}


def default_title(body: Body) -> str:
    return "代表" if body.is_congress else "成员"


def plain_name(name: str) -> str:
    """王 芳 -> 王芳: the spaces that line up names of two characters in a table are no part of them."""
    return re.sub(r"(?<=[\u2e80-\U0003ffff])\s+(?=[\u2e80-\U0003ffff])", "", " ".join(name.split()))


def plain_phone(phone: str) -> str:
    return re.sub(r"[\s\-－—()（）]", "", phone)


def check_person(person: Person) -> None:
    if not person.name:
        raise ValidationError({"name": _("请填写姓名。")})
    if len(person.name) > 40 or re.search(r"[<>0-9@#%&*=\x00-\x1f]", person.name):
        raise ValidationError({"name": _("姓名里有不该有的字符，或超过 40 字。")})
    if person.phone and not re.fullmatch(r"\+?[0-9]{7,15}", person.phone):
        raise ValidationError({"phone": _("手机号应为 7 至 15 位数字。")})


def _above_or_below(one: Body, other: Body) -> bool:
    return one.pk in _line(other) or other.pk in _line(one)


def _line(body: Body) -> set[int]:
    found: set[int] = set()
    above: Body | None = body
    while above is not None and above.pk not in found:
        found.add(above.pk)
        above = above.parent
    return found


# --- offices -----------------------------------------------------------------


@transaction.atomic
def add_office(
    body: Body,
    *,
    post: str,
    begins: date,
    by: User,
    at: datetime,
    person: Person | None = None,
    name: str = "",
) -> Office:
    """A post for `person`, or for a new person of this name (who then holds no seat)."""
    require(rules.may_keep_register(by, body, at))
    if begins > localdate(at) + AHEAD:
        raise ValidationError({"begins": _("开始日期太远：最多提前一年登记。")})
    if person is None:
        person = Person(name=plain_name(name))
        check_person(person)
        person.save()
    same = Office.objects.filter(person=person, body=body, post=post)
    if same.filter(Q(ends__isnull=True) | Q(ends__gt=begins)).exists():
        raise ValidationError({"post": _("%(name)s已任此职。") % {"name": person.name}})
    office = Office.objects.create(person=person, body=body, post=post, begins=begins)
    write(body.chain, "people.office.add", office, by=by, at=at, post=post, begins=str(begins))
    return office


@transaction.atomic
def end_office(office: Office, *, ends: date, why: str, by: User, at: datetime) -> None:
    require(rules.may_keep_register(by, office.body, at))
    _need(why)
    if not office.begins <= ends <= localdate(at):
        raise ValidationError({"ends": _("终止日期应在任职之后，且不晚于今天。")})
    _swap(office, {"ends__isnull": True}, ends=ends)
    write(office.body.chain, "people.office.end", office, by=by, at=at, why=why, ends=str(ends))


# --- what they share ---------------------------------------------------------


def _set(thing: models.Model, fields: dict[str, Any]) -> dict[str, list[str]]:
    """Set the fields and return what changed: name -> [before, after] as text."""
    changes = {}
    for name, value in fields.items():
        before = getattr(thing, name)
        if before != value:
            changes[name] = ["" if v is None else str(v) for v in (before, value)]
            setattr(thing, name, value)
    return changes


def _swap(thing: models.Model, stands: dict[str, Any], **fields: Any) -> None:
    """Change the row only while it still stands so: two clerks may press at once."""
    found = type(thing)._default_manager.filter(pk=thing.pk, **stands)
    if not found.update(**fields):
        raise ValidationError(_("刚才已有人改动了它，请刷新页面再看。"), code="stale")
    for name, value in fields.items():
        setattr(thing, name, value)


def _need(why: str) -> None:
    if not why.strip():
        raise ValidationError({"why": _("请写明理由。")})
