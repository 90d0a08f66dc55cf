"""Accounts and roles: made by the system administrator, granted by the security administrator."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from yishi.journal.chain import SYSTEM, write
from yishi.people import rules
from yishi.people.models import Role, User
from yishi.web.access import require

if TYPE_CHECKING:
    from datetime import datetime

    from yishi.people.models import Body, Person

# Letters and digits that nobody mistakes for another when copying from a slip of paper.
LETTERS = "abcdefghjkmnpqrstuvwxyz"
DIGITS = "23456789"


def initial_password() -> str:
    """Three groups such as `kfwm-7429-xqpr`: 57 bits, easy to dictate."""

    def pick(letters: str) -> str:
        return "".join(secrets.choice(letters) for _place in range(4))

    return f"{pick(LETTERS)}-{pick(DIGITS)}-{pick(LETTERS)}-{pick(DIGITS)}"


@transaction.atomic
def add_user(*, username: str, name: str, by: User, at: datetime, email: str = "") -> tuple[User, str]:
    """A new account without any role, and its initial password, which is kept nowhere."""
    require(rules.may_make_accounts(by, at))
    word = initial_password()
    user = User(username=username.strip(), name=name.strip(), email=email, password_given=True)
    user.set_password(word)
    user.full_clean()
    user.save()
    write(SYSTEM, "people.user.add", user, by=by, at=at)
    return user, word


@transaction.atomic
def change_user(user: User, *, name: str, email: str, by: User, at: datetime) -> None:
    require(rules.may_change_account(by, user, at))
    changed = [field for field, value in (("name", name), ("email", email)) if getattr(user, field) != value]
    user.name, user.email = name.strip(), email
    user.full_clean()
    user.save(update_fields=["name", "email"])
    if changed:
        write(SYSTEM, "people.user.change", user, by=by, at=at, fields=changed)


@transaction.atomic
def reset_password(user: User, *, by: User, at: datetime) -> str:
    """A new initial password for somebody who lost theirs; all their sessions end."""
    require(
        rules.may_change_account(by, user, at),
        _("三员的密码只能由本人更改，或在服务器上用命令行重设。") if rules.is_administrator(user) else "",
    )
    word = initial_password()
    user.set_password(word)
    user.password_given = True
    user.save(update_fields=["password", "password_given"])
    write(SYSTEM, "people.user.password", user, by=by, at=at)
    return word


@transaction.atomic
def stop_user(user: User, *, why: str, by: User, at: datetime) -> None:
    """Close an account: signed in or not, nothing can be done with it from now on."""
    require(rules.may_change_account(by, user, at))
    if not why.strip():
        raise ValidationError({"why": _("请写明理由。")})
    if not User.objects.filter(pk=user.pk, is_active=True).update(is_active=False):
        raise ValidationError(_("这个账号已经停用。"))
    user.is_active = False
    user.links.live(at).update(revoked=at)
    write(SYSTEM, "people.user.stop", user, by=by, at=at, why=why)


@transaction.atomic
def start_user(user: User, *, why: str, by: User, at: datetime) -> None:
    require(rules.may_change_account(by, user, at))
    if not why.strip():
        raise ValidationError({"why": _("请写明理由。")})
    if not User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
        raise ValidationError(_("这个账号没有停用。"))
    user.is_active = True
    write(SYSTEM, "people.user.start", user, by=by, at=at, why=why)


@transaction.atomic
def tie(user: User, person: Person, *, by: User, at: datetime) -> None:
    """Say that this account is this person's, so that they see their meetings with it."""
    require(rules.may_change_account(by, user, at))
    if user.person_id is not None or User.objects.filter(person=person).exists():
        raise ValidationError(_("账号或人员已有对应，不能再对应。"))
    user.person = person
    user.save(update_fields=["person"])
    write(SYSTEM, "people.user.tie", user, by=by, at=at, person=person.pk)


@transaction.atomic
def grant(user: User, duty: str, body: Body | None, *, by: User, at: datetime) -> Role:
    """Give a role; never to oneself, and no two of the three administrators' (三员分立)."""
    require(rules.may_grant(by, at))
    require(user.pk != by.pk, _("不能给自己授予角色。"))
    if duty not in Role.Duty.values:
        raise ValidationError({"duty": _("请从所列角色中选一项。")})
    administers = duty in Role.ADMINISTRATORS
    if administers and body is not None:
        raise ValidationError({"body": _("管理员角色不属于任何机关，请不要选机关。")})
    if not administers and body is None:
        raise ValidationError({"body": _("请选择在哪个机关任此角色。")})
    if not user.is_active:
        raise ValidationError(_("这个账号已停用，请先启用。"))
    held = user.roles.filter(ended__isnull=True)
    if held.filter(body=body, duty=duty).exists():
        raise ValidationError({"duty": _("已有这个角色。")})
    if administers and held.filter(duty__in=Role.ADMINISTRATORS).exists():
        raise ValidationError({"duty": _("系统、安全、审计三员须分立，不能由一人兼任。")})
    try:
        with transaction.atomic():
            role = Role.objects.create(user=user, body=body, duty=duty, begun=at)
    except IntegrityError:
        raise ValidationError(_("刚才已有人改动了它，请刷新页面再看。"), code="stale") from None
    # Whoever holds a duty comes in by password, so open links must not outlive the grant.
    user.links.live(at).update(revoked=at)
    _journal_role("people.role.grant", role, by, at)
    return role


@transaction.atomic
def end_role(role: Role, *, why: str, by: User, at: datetime) -> None:
    """Take a role back; never from oneself, so that nobody leaves the house without its guard."""
    require(rules.may_grant(by, at))
    require(role.user_id != by.pk, _("不能收回自己的角色。"))
    if not why.strip():
        raise ValidationError({"why": _("请写明理由。")})
    if not Role.objects.filter(pk=role.pk, ended__isnull=True).update(ended=at):
        raise ValidationError(_("这个角色已经收回。"))
    role.ended = at
    _journal_role("people.role.end", role, by, at, why)


def _journal_role(verb: str, role: Role, by: User, at: datetime, why: str = "") -> None:
    """In the chain of the body, whose people it concerns, and in the system's."""
    code = role.body.code if role.body else ""
    for chain in {SYSTEM, role.body.chain if role.body else SYSTEM}:
        write(chain, verb, role.user, by=by, at=at, why=why, duty=role.duty, body=code)
