"""Who is what in which body: the predicates all other rooms' rules are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yishi.people.models import Body, Role

if TYPE_CHECKING:
    from datetime import datetime

    from yishi.people.models import Link, Person, Seat, User

Duty = Role.Duty


def holds(user: Any, body: Body | None, *duties: str) -> bool:
    """Whether the user holds one of the duties in this very body (a county role stays in the county)."""
    if not user.is_authenticated or not user.is_active:
        return False
    return any((body.pk if body else None, duty) in user.held for duty in duties)


def is_clerk(user: Any, body: Body) -> bool:
    return holds(user, body, Duty.CLERK)


def is_chair(user: Any, body: Body) -> bool:
    return holds(user, body, Duty.CHAIR)


def works_in(user: Any, body: Body) -> bool:
    """Clerk or chair of the body."""
    return holds(user, body, Duty.CLERK, Duty.CHAIR)


def is_system_administrator(user: Any, *_: Any) -> bool:
    return holds(user, None, Duty.SYSTEM)


def is_security_administrator(user: Any, *_: Any) -> bool:
    return holds(user, None, Duty.SECURITY)


def is_auditor(user: Any, *_: Any) -> bool:
    return holds(user, None, Duty.AUDITOR)


def may_see_body(user: Any, body: Body, now: datetime) -> bool:
    """The people of a body, and the administrators who set bodies up."""
    return works_in(user, body) or is_system_administrator(user) or is_security_administrator(user)


def may_keep_register(user: Any, body: Body, now: datetime) -> bool:
    """Enter, change and end seats: the body's own clerk."""
    return is_clerk(user, body)


def may_make_bodies(user: Any, now: datetime) -> bool:
    """Bodies, terms and accounts are made by the system administrator."""
    return is_system_administrator(user)


def may_grant(user: Any, now: datetime) -> bool:
    """Roles are granted and ended by the security administrator, who makes no accounts."""
    return is_security_administrator(user)


def may_make_link(user: Any, seat: Seat, now: datetime) -> bool:
    """The clerk of the body gives its deputies their way in, unless they hold duties of their own."""
    return is_clerk(user, seat.body)


def may_use_link(link: Link, now: datetime) -> bool:
    return link.user.is_active and link.is_good(now)


def may_read_journal(user: Any, chain: str, now: datetime) -> bool:
    """The auditor reads all; a body's clerk and chair read their own body's chain."""
    if is_auditor(user):
        return True
    if not user.is_authenticated or not chain.startswith("body:"):
        return False
    body = Body.objects.filter(code=chain.removeprefix("body:")).first()
    return body is not None and works_in(user, body)


def sits_in(user: Any, body: Body, now: datetime) -> Seat | None:
    """The seat this user holds in the body today, if any."""
    person: Person | None = getattr(user, "person", None) if user.is_authenticated else None
    if person is None:
        return None
    return person.seats.sitting(now.date()).filter(body=body).first()


def is_administrator(user: User) -> bool:
    return any(holds(user, None, duty) for duty in Role.ADMINISTRATORS)
