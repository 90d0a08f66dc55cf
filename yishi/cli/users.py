"""Accounts from the machine itself: the first administrators, a lost password, a role."""

import getpass
import sys
from argparse import Namespace

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from yishi.cli import Refusal
from yishi.journal.chain import SYSTEM, write
from yishi.people.models import Body, Role, User


def add(options: Namespace) -> int:
    if User.objects.filter(username=options.username).exists():
        raise Refusal(_("已有账号“%(name)s”。") % {"name": options.username})
    user = User(username=options.username, name=options.name)
    word = _ask_password(user)
    try:
        user.set_password(word)
        user.full_clean()
    except ValidationError as error:
        raise Refusal(" ".join(error.messages)) from None
    with transaction.atomic():
        user.save()
        _journal("people.user.add", user)
    print(_("✓ 已新建账号“%(name)s”。") % {"name": user.username})
    return 0


def password(options: Namespace) -> int:
    user = _user(options.username)
    user.set_password(_ask_password(user))
    with transaction.atomic():
        user.save(update_fields=["password"])
        _journal("people.user.password", user)
    print(_("✓ “%(name)s”的密码已改，原来的登录已失效。") % {"name": user.username})
    return 0


def listing(options: Namespace) -> int:
    for user in User.objects.order_by("username").prefetch_related("roles__body"):
        held = [role for role in user.roles.all() if role.ended is None]
        words = "、".join(
            role.get_duty_display() + (f"（{role.body.short_name}）" if role.body else "") for role in held
        )
        off = "" if user.is_active else _("（已停用）")
        print(f"{user.username:<20}{user.name}{off}  {words}")
    return 0


def role(options: Namespace) -> int:
    """Grant or end a role; nobody holds two of the three administrators' roles (三员分立)."""
    user = _user(options.username)
    if options.duty not in Role.Duty.values:
        raise Refusal(_("角色只能是：%(names)s。") % {"names": "、".join(Role.Duty.values)})
    administers = options.duty in Role.ADMINISTRATORS
    if administers == bool(options.body):
        raise Refusal(
            _("管理员角色不属于任何机关：请去掉 --body。") if administers else _("请用 --body 写明机关代号。")
        )
    body = Body.objects.filter(code=options.body).first() if options.body else None
    if options.body and body is None:
        raise Refusal(_("没有代号为“%(code)s”的机关。") % {"code": options.body})
    held = user.roles.filter(ended__isnull=True)
    same = held.filter(body=body, duty=options.duty)
    at = timezone.now()
    if options.end:
        with transaction.atomic():
            if not same.update(ended=at):
                raise Refusal(_("“%(name)s”没有这个角色。") % {"name": user.username})
            _journal("people.role.end", user, body, duty=options.duty)
        print(_("✓ 已收回。"))
        return 0
    if same.exists():
        raise Refusal(_("“%(name)s”已有这个角色。") % {"name": user.username})
    if administers and held.filter(duty__in=Role.ADMINISTRATORS).exists():
        raise Refusal(_("系统、安全、审计三员须分立，不能由一人兼任。"))
    with transaction.atomic():
        Role.objects.create(user=user, body=body, duty=options.duty, begun=at)
        # Whoever holds a duty comes in by password: open links must not outlive the grant.
        user.links.filter(used=None, revoked=None).update(revoked=at)
        _journal("people.role.grant", user, body, duty=options.duty)
    print(_("✓ 已授予。"))
    return 0


def _user(username: str) -> User:
    user = User.objects.filter(username=username).first()
    if user is None:
        raise Refusal(_("没有账号“%(name)s”。") % {"name": username})
    return user


def _journal(verb: str, user: User, body: Body | None = None, **data: str) -> None:
    """In the system's chain, and in the body's where it concerns one; by nobody signed in."""
    data["machine_user"] = getpass.getuser()
    if body:
        data["body"] = body.code
    for chain in (SYSTEM, body.chain) if body else (SYSTEM,):
        why = "在服务器上用命令行操作"
        write(chain, verb, user, by=None, at=timezone.now(), why=why, **data)


def _ask_password(user: User) -> str:
    """Twice from the terminal, or one line from a pipe; never from the command line."""
    if sys.stdin.isatty():
        word = getpass.getpass(_("密码："))
        if word != getpass.getpass(_("再输一次：")):
            raise Refusal(_("两次输入的密码不同。"))
    else:
        word = sys.stdin.readline().rstrip("\n")
    try:
        validate_password(word, user)
    except ValidationError as error:
        raise Refusal(" ".join(error.messages)) from None
    return word
