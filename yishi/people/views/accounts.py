"""Accounts and their roles: the pages of the system and the security administrator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from yishi.people import actions, rules
from yishi.people.forms import NewUserForm, RoleForm, UserForm, WhyForm, done, put
from yishi.people.models import Person, Role, User
from yishi.web.access import allow

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

PER_PAGE = 50
HELD = Prefetch("roles", Role.objects.filter(ended__isnull=True).select_related("body"), to_attr="now_held")


@allow(rules.may_list_users)
def users(request: Any) -> HttpResponse:
    """Those who hold a role first: a county has thousands of deputies and a hundred clerks."""
    kind = request.GET.get("kind", "")
    found = User.objects.order_by("username").prefetch_related(HELD)
    with_role = Role.objects.filter(ended__isnull=True).values("user")
    if kind == "deputies":
        found = found.exclude(pk__in=with_role).filter(person__isnull=False)
    elif kind == "none":
        found = found.exclude(pk__in=with_role).filter(person__isnull=True)
    else:
        found = found.filter(pk__in=with_role)
    kinds = (("", _("有角色")), ("none", _("无角色")), ("deputies", _("代表")))
    context = {
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "tabs": [{"url": f"?kind={k}", "label": label, "current": k == kind} for k, label in kinds],
        "makes": rules.may_make_accounts(request.user, request.now),
    }
    return render(request, "people/users.html", context)


@allow(rules.may_make_accounts)
@never_cache
def user_add(request: Any) -> HttpResponse:
    form = NewUserForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made, word = actions.add_user(**form.cleaned_data, by=request.user, at=request.now)
        except ValidationError as error:
            put(form, error)
        else:
            return _show_word(request, made, word)
    return _form(request, form, _("新建账号"), reverse("users"))


@allow(rules.may_see_user, account=User)
def user(request: Any, account: User) -> HttpResponse:
    """The account; `account`, since `user` is whoever looks."""
    changes = rules.may_change_account(request.user, account, request.now)
    alike = []
    if changes and account.person_id is None:
        alike = list(
            Person.objects.filter(name=account.name, user__isnull=True).prefetch_related("seats__body")[:10]
        )
    context = {
        "account": account,
        "roles": account.roles.order_by("ended", "pk").select_related("body"),
        "grants": rules.may_grant(request.user, request.now) and request.user.pk != account.pk,
        "changes": changes,
        "administers": rules.is_administrator(account),
        "alike": alike,
        "crumbs": [(reverse("users"), _("账号")), ("", account.username)],
    }
    return render(request, "people/user.html", context)


@allow(rules.may_change_account, account=User)
def user_change(request: Any, account: User) -> HttpResponse:
    form = UserForm(request.POST or None, initial={"name": account.name, "email": account.email})
    if request.method == "POST" and done(form, actions.change_user, account, by=request.user, at=request.now):
        return redirect("user", account=account.pk)
    return _form(request, form, _("修改账号"), _page(account))


@allow(rules.may_change_account, account=User)
@never_cache
def user_password(request: Any, account: User) -> HttpResponse:
    if request.method == "POST":
        word = actions.reset_password(account, by=request.user, at=request.now)
        return _show_word(request, account, word)
    what = _("原密码立即失效，此人的登录全部退出。新的初始密码只显示一次。")
    return _form(request, None, _("重设密码"), _page(account), consequence=what)


@allow(rules.may_change_account, account=User)
def user_stop(request: Any, account: User) -> HttpResponse:
    what = _("停用后，此人不能登录，已登录的立即失效。可以再启用。")
    return _with_reason(request, account, actions.stop_user, _("停用账号"), what)


@allow(rules.may_change_account, account=User)
def user_start(request: Any, account: User) -> HttpResponse:
    what = _("启用后，此人可以用原来的密码登录，原有角色照旧。")
    return _with_reason(request, account, actions.start_user, _("启用账号"), what)


def _with_reason(request: Any, account: User, act: Any, title: str, consequence: str) -> HttpResponse:
    form = WhyForm(request.POST or None)
    if request.method == "POST" and done(form, act, account, by=request.user, at=request.now):
        return redirect("user", account=account.pk)
    return _form(request, form, title, _page(account), consequence=consequence)


def _may_tie(user: Any, account: User, person: Person, now: Any) -> bool:
    return rules.may_change_account(user, account, now)


@allow(_may_tie, account=User, person=Person)
@require_POST
def user_tie(request: Any, account: User, person: Person) -> HttpResponse:
    try:
        actions.tie(account, person, by=request.user, at=request.now)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("user", account=account.pk)


def _may_grant_to(user: Any, account: User, now: Any) -> bool:
    return rules.may_grant(user, now) and user.pk != account.pk


@allow(_may_grant_to, account=User)
def role_add(request: Any, account: User) -> HttpResponse:
    form = RoleForm(request.POST or None)
    if request.method == "POST" and done(form, actions.grant, account, by=request.user, at=request.now):
        return redirect("user", account=account.pk)
    title = _("给%(name)s授予角色") % {"name": account.name}
    return _form(request, form, title, _page(account), submit=_("授予"))


@allow(rules.may_end_role, role=Role.objects.select_related("user", "body"))
def role_end(request: Any, role: Role) -> HttpResponse:
    form = WhyForm(request.POST or None)
    if request.method == "POST" and done(form, actions.end_role, role, by=request.user, at=request.now):
        return redirect("user", account=role.user_id)
    what = _("收回后，%(name)s立即不再是%(duty)s。") % {"name": role.user, "duty": role.get_duty_display()}
    return _form(request, form, _("收回角色"), _page(role.user), consequence=what)


def account_links(request: Any) -> list[tuple[str, str]]:
    """What the menu of the signed-in person offers: settings.ACCOUNT_NAV."""
    if not rules.has_password(request.user):
        return []
    return [(reverse("account_change_password"), _("更改密码")), (reverse("mfa_index"), _("两步验证"))]


def _page(account: User) -> str:
    return reverse("user", args=[account.pk])


def _show_word(request: HttpRequest, account: User, word: str) -> HttpResponse:
    return render(request, "people/user_word.html", {"account": account, "word": word})


def _form(request: HttpRequest, form: Any, title: str, back: str, **context: Any) -> HttpResponse:
    crumbs = [(reverse("users"), _("账号")), ("", title)]
    context = {"form": form, "title": title, "back": back, "crumbs": crumbs, "submit": title, **context}
    template = "web/confirm.html" if "consequence" in context else "web/form.html"
    return render(request, template, context)
