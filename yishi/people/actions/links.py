"""One-time links by which deputies come in without a password (一次性登录链接)."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from yishi.journal.chain import SYSTEM, write
from yishi.people import rules
from yishi.people.models import Link, Seat, User
from yishi.web.access import require

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from yishi.people.models import Body

DAYS = 7
MOST_DAYS = 30


def digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


@transaction.atomic
def make_link(seat: Seat, *, by: User, at: datetime, days: int = DAYS) -> tuple[Link, str]:
    """A link for the holder of a seat, and its code, which is kept nowhere; older ones are void."""
    require(rules.may_make_link(by, seat, at))
    if not 1 <= days <= MOST_DAYS:
        raise ValidationError({"days": _("有效期应为 1 至 %(n)s 天。") % {"n": MOST_DAYS}})
    if why_not := rules.why_no_link(by, seat, localdate(at)):
        raise ValidationError(why_not)
    user = _account(seat, by, at)
    user.links.live(at).update(revoked=at)
    code = secrets.token_urlsafe(24)
    link = Link.objects.create(
        user=user, digest=digest(code), made=at, made_by=by, expires=at + timedelta(days=days)
    )
    write(seat.body.chain, "people.link.make", seat, by=by, at=at, link=link.pk, days=days)
    return link, code


@transaction.atomic
def make_links(
    body: Body, seats: Iterable[Seat], *, by: User, at: datetime, days: int = DAYS
) -> list[tuple[Seat, str]]:
    """Codes for many seats of one body at once; whoever must use a password is passed over."""
    made = []
    for seat in seats:
        if seat.body_id == body.pk and not rules.why_no_link(by, seat, localdate(at)):
            made.append((seat, make_link(seat, by=by, at=at, days=days)[1]))
    return made


@transaction.atomic
def revoke_link(link: Link, seat: Seat, *, by: User, at: datetime) -> None:
    """Make a link useless, for instance when its card was lost."""
    require(rules.may_make_link(by, seat, at) and link.user.person_id == seat.person_id)
    if not Link.objects.live(at).filter(pk=link.pk).update(revoked=at):
        raise ValidationError(_("这个链接已经用过、过期或作废。"))
    write(seat.body.chain, "people.link.revoke", seat, by=by, at=at, link=link.pk)


@transaction.atomic
def use_link(link: Link, *, at: datetime) -> User:
    """Close the link and return whom to sign in; raises ValidationError when it is no longer good."""
    stale = ValidationError(_("这个链接已经用过、过期或作废，请向本机关工作人员再要一个。"))
    if not rules.may_use_link(link, at):
        raise stale
    # A compare-and-swap: of two presses at once one comes in.
    if not Link.objects.live(at).filter(pk=link.pk).update(used=at):
        raise stale
    write(SYSTEM, "people.link.use", link.user, by=link.user, at=at, link=link.pk)
    return link.user


def _account(seat: Seat, by: User, at: datetime) -> User:
    """The person's account; one without a password is made when there is none."""
    person = seat.person
    user = User.objects.filter(person=person).first()
    if user is None:
        user = User.objects.create_user(f"deputy-{person.pk}", None, name=person.name, person=person)
        write(seat.body.chain, "people.user.add", user, by=by, at=at)
    return user
