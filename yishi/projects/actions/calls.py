"""A call planned, published and withdrawn, and what it knows of persons erased on its day."""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from yishi.journal.chain import write
from yishi.journal.moves import move
from yishi.projects.actions.rating import blank_voices
from yishi.projects.models import Call, Contact, Proposal
from yishi.projects.rules.calls import may_call, may_keep_call
from yishi.projects.words import found
from yishi.projects.words.ledger import index_call
from yishi.publishing.actions import index
from yishi.web.access import require

if TYPE_CHECKING:
    from datetime import date, datetime

    from yishi.people.models import Body

FIELDS = ("year", "title", "text", "opens_on", "closes_on", "erase_on")


@transaction.atomic
def plan_call(
    body: Body,
    *,
    year: int,
    title: str,
    text: str = "",
    opens_on: date,
    closes_on: date,
    erase_on: date,
    by: Any,
    at: datetime,
) -> Call:
    """Draft the call of a year. Raises ValidationError at the field that is wrong."""
    require(may_call(by, body, at))
    call = Call(body=body, year=year, title=title.strip(), text=text.strip())
    call.opens_on, call.closes_on, call.erase_on = opens_on, closes_on, erase_on
    _check(call)
    call.save()
    write(body.chain, "projects.call_planned", call, by=by, at=at, name=call.title, year=call.year)
    return call


@transaction.atomic
def change_call(call: Call, *, by: Any, at: datetime, **typed: Any) -> None:
    """Change what is said; the day of erasure that people were told is not put off."""
    require(may_keep_call(by, call, at))
    if call.erased_at:
        raise ValidationError(_("个人信息已经删除，这次征集不能再修改。"))
    before = {name: getattr(call, name) for name in FIELDS}
    if call.state != Call.State.DRAFT and typed.get("erase_on", call.erase_on) > call.erase_on:
        raise ValidationError({"erase_on": _("已经告知群众的删除日期只能提前，不能推后。")})
    for name in FIELDS:
        value = typed.get(name, before[name])
        setattr(call, name, value.strip() if isinstance(value, str) else value)
    _check(call)
    changes = [name for name in FIELDS if getattr(call, name) != before[name]]
    if changes:
        call.save(update_fields=changes)
        write(call.chain, "projects.call_changed", call, by=by, at=at, changes=changes)
        if call.state == Call.State.PUBLISHED:
            index.put(**found.call_page(call))


def _check(call: Call) -> None:
    if not 2000 <= call.year <= 2100:
        raise ValidationError({"year": _("年度请写四位数字，例如2026。")})
    for day in ("opens_on", "closes_on", "erase_on"):
        if not 2000 <= getattr(call, day).year <= 2101:
            raise ValidationError({day: _("年份不对，请检查日期。")})
    if call.closes_on < call.opens_on:
        raise ValidationError({"closes_on": _("截止日期不能早于开始日期。")})
    if call.erase_on <= call.closes_on:
        raise ValidationError({"erase_on": _("删除日期要晚于截止日期。")})
    if call.rating_until and not call.erased_at and call.erase_on <= call.rating_until:
        raise ValidationError({"erase_on": _("删除日期要晚于群众评价的截止日期。")})
    if Call.objects.filter(body=call.body, year=call.year).exclude(pk=call.pk).exists():
        raise ValidationError({"year": _("这一年度已经有征集了。")})
    call.clean_fields(exclude=["body"])


@transaction.atomic
def publish_call(call: Call, *, by: Any, at: datetime) -> None:
    require(may_keep_call(by, call, at))
    if localdate(at) > call.closes_on:
        raise ValidationError(_("截止日期已经过了，请先修改日期再发布。"))
    move(call, Call.State.PUBLISHED, chain=call.chain, by=by, at=at, also={"published_at": at})
    index.put(**found.call_page(call))
    index_call(call)


@transaction.atomic
def withdraw_call(call: Call, *, by: Any, at: datetime, why: str) -> None:
    """Take a call off the public pages; what was proposed stays. Refused without a reason."""
    require(may_keep_call(by, call, at))
    if not why.strip():
        raise ValidationError({"why": _("请写明撤回的理由。")})
    move(call, Call.State.WITHDRAWN, chain=call.chain, by=by, at=at, why=why.strip())
    index.drop(found.call_address(call))
    index_call(call)


@transaction.atomic
def erase(call: Call, *, by: Any, at: datetime) -> int:
    """Erase names, phones, residents' accounts and who rated from the day of erasure on; returns how many.

    Equal voices stay equal, under a key that is thrown away: nobody can lead them back to a phone.
    """
    require(may_keep_call(by, call, at))
    held = Call.objects.select_for_update().get(pk=call.pk)
    if held.erased_at:
        raise ValidationError(_("个人信息已经删除过了。"))
    if localdate(at) < held.erase_on:
        raise ValidationError(_("还没有到个人信息删除日期。"))
    erased, _by_model = Contact.objects.filter(proposal__call=call).delete()
    # A resident who happened to be signed in is as unknown from now on as all others.
    Proposal.objects.filter(call=call, source=Proposal.Source.RESIDENT).update(by=None)
    _redraw_voices(call)
    blank_voices(call)
    Call.objects.filter(pk=call.pk).update(erased_at=at)
    call.erased_at = at
    write(call.chain, "projects.call_erased", call, by=by, at=at, number=erased)
    return erased


def _redraw_voices(call: Call) -> None:
    key = secrets.token_bytes(32)
    rows = list(Proposal.objects.filter(call=call).only("pk", "voice"))
    for row in rows:
        row.voice = hmac.new(key, row.voice.encode(), "sha256").hexdigest()
    Proposal.objects.bulk_update(rows, ["voice"], batch_size=400)
