"""Accounts and roles: three administrators apart, nobody grants to himself, every pair tried."""

from itertools import product

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from tests import make
from yishi.journal.models import Entry
from yishi.people import actions, rules
from yishi.people.models import Role, User
from yishi.web.access import Refused

pytestmark = pytest.mark.django_db

NOW = make.NOW
ADMINISTRATORS = ("system", "security", "auditor")
DUTIES = (*ADMINISTRATORS, "clerk", "chair")


@pytest.fixture
def town():
    return make.body()


def place(duty, town):
    return None if duty in ADMINISTRATORS else town


def everybody(town):
    return {duty: make.user(duty, (duty, place(duty, town))) for duty in DUTIES}


@pytest.mark.parametrize("who", DUTIES)
def test_only_the_system_administrator_makes_accounts(town, who):
    by = everybody(town)[who]
    if who != "system":
        with pytest.raises(Refused):
            actions.add_user(username="new", name="新人", by=by, at=NOW)
        return
    user, word = actions.add_user(username="new", name="新人", by=by, at=NOW)
    assert user.check_password(word) and user.password_given and not user.held
    assert word not in str(list(Entry.objects.values()))


@pytest.mark.parametrize(("who", "duty"), list(product(DUTIES, DUTIES)))
def test_only_the_security_administrator_grants(town, who, duty):
    by = everybody(town)[who]
    other = make.user("other")
    if who == "security":
        actions.grant(other, duty, place(duty, town), by=by, at=NOW)
        assert User.objects.get(pk=other.pk).held == {(place(duty, town) and town.pk, duty)}
    else:
        with pytest.raises(Refused):
            actions.grant(other, duty, place(duty, town), by=by, at=NOW)
        assert not other.roles.exists()


@pytest.mark.parametrize(("one", "other"), list(product(DUTIES, DUTIES)))
def test_nobody_holds_two_of_the_three(town, one, other):
    user = make.user("user", (one, place(one, town)))
    guard = make.user("guard", ("security", None))
    refused = one == other or {one, other} <= set(ADMINISTRATORS)
    if refused:
        with pytest.raises(ValidationError):
            actions.grant(user, other, place(other, town), by=guard, at=NOW)
    else:
        actions.grant(user, other, place(other, town), by=guard, at=NOW)
    assert user.roles.count() == (1 if refused else 2)


def test_even_behind_the_actions_the_database_keeps_the_three_apart():
    user = make.user("user", ("system", None))
    with pytest.raises(IntegrityError), transaction.atomic():
        Role.objects.create(user=user, duty="auditor", begun=NOW)


@pytest.mark.parametrize("duty", DUTIES)
def test_nobody_grants_to_himself_or_takes_from_himself(town, duty):
    guard = make.user("guard", ("security", None))
    with pytest.raises(Refused):
        actions.grant(guard, duty, place(duty, town), by=guard, at=NOW)
    with pytest.raises(Refused):
        actions.end_role(guard.roles.get(), why="理由", by=guard, at=NOW)
    assert guard.roles.filter(ended__isnull=True).count() == 1


def test_a_role_stands_in_its_place(town):
    guard = make.user("guard", ("security", None))
    user = make.user("user")
    for duty, body in (("clerk", None), ("auditor", town), ("king", town)):
        with pytest.raises(ValidationError):
            actions.grant(user, duty, body, by=guard, at=NOW)
    assert not user.roles.exists()


def test_a_role_taken_back_is_gone_at_once_and_may_be_given_again(town):
    guard = make.user("guard", ("security", None))
    clerk = make.clerk(town)
    role = clerk.roles.get()
    with pytest.raises(ValidationError, match="理由"):
        actions.end_role(role, why="", by=guard, at=NOW)
    actions.end_role(role, why="调离", by=guard, at=NOW)
    assert not rules.is_clerk(User.objects.get(pk=clerk.pk), town)
    with pytest.raises(ValidationError, match="已经收回"):
        actions.end_role(role, why="调离", by=guard, at=NOW)
    actions.grant(clerk, "clerk", town, by=guard, at=NOW)
    chains = set(Entry.objects.filter(verb="people.role.end").values_list("chain__name", flat=True))
    assert chains == {"system", town.chain}


def test_a_county_role_does_not_act_in_a_town(town):
    county = make.body(kind="county_congress")
    clerk = make.clerk(county)
    town.parent = county
    town.save()
    assert rules.is_clerk(clerk, county) and not rules.is_clerk(clerk, town)


@pytest.mark.parametrize("who", DUTIES)
def test_passwords_are_reset_and_accounts_closed_by_the_system_administrator_alone(town, who):
    by = everybody(town)[who]
    user = make.user("user", password=make.PASSWORD)
    if who != "system":
        for act in (
            lambda: actions.reset_password(user, by=by, at=NOW),
            lambda: actions.stop_user(user, why="理由", by=by, at=NOW),
            lambda: actions.start_user(user, why="理由", by=by, at=NOW),
            lambda: actions.tie(user, make.person(), by=by, at=NOW),
            lambda: actions.change_user(user, name="甲", email="", by=by, at=NOW),
        ):
            with pytest.raises(Refused):
                act()
        return
    word = actions.reset_password(user, by=by, at=NOW)
    assert user.check_password(word) and not user.check_password(make.PASSWORD)
    actions.stop_user(user, why="离职", by=by, at=NOW)
    with pytest.raises(ValidationError):
        actions.stop_user(user, why="离职", by=by, at=NOW)
    actions.start_user(user, why="返岗", by=by, at=NOW)
    actions.tie(user, make.person(), by=by, at=NOW)
    with pytest.raises(ValidationError):
        actions.tie(user, make.person(), by=by, at=NOW)


@pytest.mark.parametrize("duty", ADMINISTRATORS)
def test_the_system_administrator_cannot_become_another_administrator(town, duty):
    people = everybody(town)
    target = make.user("target", (duty, None))
    for act in (
        lambda: actions.reset_password(target, by=people["system"], at=NOW),
        lambda: actions.stop_user(target, why="理由", by=people["system"], at=NOW),
    ):
        with pytest.raises(Refused):
            act()


def test_an_initial_password_is_shown_once_and_every_one_is_another():
    client = make.client(make.user("s", ("system", None)))
    page = client.post(reverse("user_add"), {"username": "new.clerk", "name": "新人"})
    assert page.status_code == 200 and "no-store" in page["Cache-Control"]
    word = page.context["word"]
    user = User.objects.get(username="new.clerk")
    assert user.check_password(word)
    assert word not in client.get(reverse("user", args=[user.pk])).content.decode()
    words = {actions.accounts.initial_password() for _n in range(200)}
    assert len(words) == 200


def test_a_name_taken_is_said_at_the_field_and_nothing_is_lost():
    make.user("taken")
    client = make.client(make.user("s", ("system", None)))
    page = client.post(reverse("user_add"), {"username": "taken", "name": "新人甲"}).content.decode()
    assert "已有同名账号" in page and "新人甲" in page


def test_roles_are_granted_on_the_page(town):
    client = make.client(make.user("guard", ("security", None)))
    user = make.user("user")
    address = reverse("role_add", args=[user.pk])
    page = client.post(address, {"duty": "clerk"}).content.decode()
    assert "请选择在哪个机关" in page
    assert client.post(address, {"duty": "clerk", "body": town.pk}).status_code == 302
    assert user.roles.get().body == town


def test_the_list_of_accounts_asks_as_much_for_three_as_for_forty(town, django_assert_max_num_queries):
    client = make.client(make.user("guard", ("security", None)))
    for _n in range(40):
        make.clerk(town)
    client.get(reverse("users"))
    with django_assert_max_num_queries(8):
        assert len(client.get(reverse("users")).context["page"].object_list) == 41
