"""Who is what in which body: the predicates all other rooms' rules are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.mfa.utils import is_mfa_enabled
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from yishi.journal.chain import SYSTEM
from yishi.people.models import Body, Role, User

if TYPE_CHECKING:
    from datetime import date, datetime

    from yishi.people.models import BodyQuerySet, Link, Person, Seat

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


def is_system_administrator(user: Any, *things: Any) -> bool:
    return holds(user, None, Duty.SYSTEM)


def is_security_administrator(user: Any, *things: Any) -> bool:
    return holds(user, None, Duty.SECURITY)


def is_auditor(user: Any, *things: Any) -> bool:
    return holds(user, None, Duty.AUDITOR)


def bodies_of(user: Any) -> BodyQuerySet:
    """The bodies a user may see: their own, or all for those who set bodies up."""
    if is_system_administrator(user) or is_security_administrator(user):
        return Body.objects.all()
    held = user.held if user.is_authenticated and user.is_active else ()
    return Body.objects.filter(pk__in=[body for body, _duty in held if body is not None])


def may_list_bodies(user: Any, now: datetime) -> bool:
    return is_system_administrator(user) or is_security_administrator(user) or bool(bodies_of(user))


def may_see_body(user: Any, body: Body, now: datetime) -> bool:
    """The people of a body, and the administrators who set bodies up."""
    return works_in(user, body) or is_system_administrator(user) or is_security_administrator(user)


def may_keep_register(user: Any, body: Body, now: datetime) -> bool:
    """Enter, change and end seats: the body's own clerk."""
    return is_clerk(user, body)


def may_make_bodies(user: Any, now: datetime) -> bool:
    """Bodies and their terms are made by the system administrator."""
    return is_system_administrator(user)


def may_see_seat(user: Any, seat: Seat, now: datetime) -> bool:
    """The clerk and the chair of the body: personal data is no business of administrators."""
    return works_in(user, seat.body)


def may_change_seat(user: Any, seat: Seat, now: datetime) -> bool:
    return may_keep_register(user, seat.body, now)


def may_list_users(user: Any, now: datetime) -> bool:
    return is_system_administrator(user) or is_security_administrator(user)


def may_see_user(user: Any, other: User, now: datetime) -> bool:
    return may_list_users(user, now)


def may_make_accounts(user: Any, now: datetime) -> bool:
    return is_system_administrator(user)


def may_change_account(user: Any, other: User, now: datetime) -> bool:
    """The system administrator; not another administrator's, or one could become the other."""
    return is_system_administrator(user) and not is_administrator(other)


def may_end_role(user: Any, role: Role, now: datetime) -> bool:
    return is_security_administrator(user) and role.user_id != user.pk


def may_grant(user: Any, now: datetime) -> bool:
    """Roles are granted and ended by the security administrator, who makes no accounts."""
    return is_security_administrator(user)


def may_make_link(user: Any, seat: Seat, now: datetime) -> bool:
    """The clerk of the body gives its deputies their way in."""
    return is_clerk(user, seat.body)


def may_make_links(user: Any, body: Body, now: datetime) -> bool:
    return is_clerk(user, body)


def keeper(user: Any, seat: Seat, today: date) -> Body | None:
    """The body whose clerk alone may act for this person; None when this user may.

    The body that registered the person first, or one above it: the clerk of any other could add a
    seat for somebody known and then come in, or rename them, in their stead.
    """
    first = seat.person.seats.held(today).order_by("pk").select_related("body").first()
    if first is None or seat.body.is_over(first.body) or is_clerk(user, first.body):
        return None
    return first.body


def why_no_link(user: Any, seat: Seat, today: date) -> str:
    """Why this user may make no link for the holder of this seat; "" when they may."""
    if seat.standing(today) != "sitting":
        return _("只能给在任的人生成登录链接。")
    if body := keeper(user, seat, today):
        return _("此人由%(body)s登记，登录链接请由该机关的工作人员生成。") % {"body": body.name}
    account = User.objects.filter(person=seat.person_id).first()
    if account is None:
        return ""
    if not account.is_active:
        return _("此人的账号已停用。")
    return "" if _only_a_deputy(account) else _("此人另有职责或启用了两步验证，请用账号和密码登录。")


def _only_a_deputy(user: User) -> bool:
    """A clerk or an administrator is never let in by a slip of paper."""
    return not user.roles.filter(ended__isnull=True).exists() and not is_mfa_enabled(user)


def may_use_link(link: Link, now: datetime) -> bool:
    return link.user.is_active and link.is_good(now) and _only_a_deputy(link.user)


def has_password(user: Any, *things: Any) -> bool:
    """Password and second step are for those who sign in by password, not by a link."""
    return bool(user.is_authenticated and user.has_usable_password())


def may_open_journal(user: Any, now: datetime) -> bool:
    return is_auditor(user) or any(chain for chain in chains_of(user))


def chains_of(user: Any) -> list[str]:
    """The chains a clerk or chair reads: those of their own bodies."""
    if not user.is_authenticated or not user.is_active:
        return []
    own = [body for body, duty in user.held if body is not None and duty in (Duty.CLERK, Duty.CHAIR)]
    return [body.chain for body in Body.objects.filter(pk__in=own)]


def may_read_journal(user: Any, chain: str, now: datetime) -> bool:
    """The auditor reads all; a body's clerk and chair read their own body's chain."""
    if is_auditor(user):
        return True
    return chain != SYSTEM and chain in chains_of(user)


def sits_in(user: Any, body: Body, now: datetime) -> Seat | None:
    """The seat this user holds in the body today, if any."""
    person: Person | None = getattr(user, "person", None) if user.is_authenticated else None
    if person is None:
        return None
    return person.seats.sitting(localdate(now)).filter(body=body).first()


def is_administrator(user: User) -> bool:
    return any(holds(user, None, duty) for duty in Role.ADMINISTRATORS)
