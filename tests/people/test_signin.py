"""Signing in by password, the second step, lock-out, initial passwords, idle sessions; all journalled."""

from datetime import timedelta

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from tests import make
from yishi.journal.models import Entry

pytestmark = pytest.mark.django_db

LOGIN = {"login": "clerk", "password": make.PASSWORD}


def verbs():
    return list(Entry.objects.order_by("pk").values_list("verb", flat=True))


def sign_in(client, **said):
    return client.post(reverse("account_login"), {**LOGIN, **said})


def test_the_right_password_leads_to_the_desk_and_signing_out_leads_home():
    user = make.user("clerk", password=make.PASSWORD)
    client = make.client()
    assert sign_in(client).url == reverse("desk")
    assert client.post(reverse("account_logout")).url == reverse("home")
    assert verbs() == ["people.sign_in", "people.sign_out"]
    assert {entry.by for entry in Entry.objects.all()} == {user}


def test_a_wrong_password_is_said_plainly_and_journalled_without_what_was_typed():
    user = make.user("clerk", password=make.PASSWORD)
    client = make.client()
    page = sign_in(client, password="not this one")
    assert "账号或密码不对" in page.content.decode()
    sign_in(client, login="secret-typed-as-name")
    first, second = Entry.objects.order_by("pk")
    assert (first.thing, second.thing) == (f"people.user:{user.pk}", "people.user:?")
    assert "secret" not in str([(e.thing, e.data, e.why) for e in (first, second)])


def test_after_five_failures_even_the_right_password_waits_and_is_told_until_when():
    make.user("clerk", password=make.PASSWORD)
    client = make.client()
    for _try in range(5):
        assert sign_in(client, password="wrong").status_code == 200
    page = sign_in(client)
    assert page.status_code == 429
    assert 0 < int(page["Retry-After"]) <= 900
    assert "15 分钟" in page.content.decode()
    assert verbs() == ["people.sign_in.failed"] * 5 + ["people.sign_in.locked"]
    # Another account at the same desk is not locked with it.
    make.user("other", password=make.PASSWORD)
    assert sign_in(client, login="other").status_code == 302


def test_a_closed_account_does_not_come_in():
    make.user("clerk", password=make.PASSWORD, is_active=False)
    client = make.client()
    sign_in(client)
    assert client.get(reverse("desk")).status_code == 302
    assert "people.sign_in" not in verbs()


def test_an_account_closed_while_signed_in_is_out_at_once():
    user = make.user("clerk")
    client = make.client(user)
    assert client.get(reverse("desk")).status_code == 200
    type(user).objects.filter(pk=user.pk).update(is_active=False)
    assert client.get(reverse("desk")).status_code == 302


def test_an_initial_password_opens_nothing_but_the_page_to_change_it():
    user = make.user("clerk", password=make.PASSWORD, password_given=True)
    client = make.client(user)
    change = reverse("account_change_password")
    assert client.get(reverse("desk")).url == change
    new = "nan-xi-jiang-2026"
    client.post(change, {"oldpassword": make.PASSWORD, "password1": new, "password2": new})
    user.refresh_from_db()
    assert not user.password_given and user.check_password(new)
    assert client.get(reverse("desk")).status_code == 200
    assert "people.password.changed" in verbs()


@pytest.mark.parametrize("bad", ["short", "12345678901", "password123"])
def test_a_weak_password_is_refused(bad):
    user = make.user("clerk", password=make.PASSWORD)
    said = {"oldpassword": make.PASSWORD, "password1": bad, "password2": bad}
    assert make.client(user).post(reverse("account_change_password"), said).status_code == 200
    user.refresh_from_db()
    assert user.check_password(make.PASSWORD)


def test_with_the_second_step_a_password_alone_is_not_enough():
    user = make.user("clerk", password=make.PASSWORD)
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(user, secret)
    client = make.client()
    assert sign_in(client).url.startswith(reverse("mfa_authenticate"))
    assert client.get(reverse("desk")).status_code == 302
    assert "验证码不对" in client.post(reverse("mfa_authenticate"), {"code": "000000"}).content.decode()
    assert verbs() == ["people.sign_in.failed"]
    code = totp.format_hotp_value(totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time()))))
    client.post(reverse("mfa_authenticate"), {"code": code})
    assert client.get(reverse("desk")).status_code == 200


def test_the_second_step_is_set_up_by_a_code_that_the_policy_lets_through():
    client = make.client()
    make.user("clerk", password=make.PASSWORD)
    sign_in(client)
    confirm = client.get(reverse("mfa_activate_totp")).url
    assert confirm.startswith(reverse("account_reauthenticate"))
    assert client.get(confirm).status_code == 200
    client.post(confirm, {"password": make.PASSWORD})
    page = client.get(reverse("mfa_activate_totp")).content.decode()
    assert 'src="data:image/svg+xml;base64,' in page
    secret = client.session["mfa.totp.secret"]
    code = totp.format_hotp_value(totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time()))))
    answer = client.post(reverse("mfa_activate_totp"), {"code": code})
    assert answer.url == reverse("mfa_view_recovery_codes")
    assert client.get(answer.url).status_code == 200
    assert client.get(reverse("mfa_index")).status_code == 200


@pytest.mark.parametrize("minutes", [61, -61])
def test_a_session_ends_after_an_idle_hour_also_when_the_clock_jumped(minutes):
    client = make.client(make.user("clerk"))
    client.get(reverse("desk"))
    session = client.session
    session["seen"] = timezone.now().timestamp() - timedelta(minutes=minutes).total_seconds()
    session.save()
    answer = client.get(reverse("desk"), follow=True)
    assert "已自动退出" in answer.content.decode()
    assert verbs() == ["people.idle_out"]
    assert client.get(reverse("desk")).status_code == 302


@pytest.mark.parametrize("minutes", [59, -30])
def test_a_session_lives_on_within_the_hour(minutes):
    client = make.client(make.user("clerk"))
    client.get(reverse("desk"))
    session = client.session
    session["seen"] = timezone.now().timestamp() - timedelta(minutes=minutes).total_seconds()
    session.save()
    assert client.get(reverse("desk")).status_code == 200
    assert abs(client.session["seen"] - timezone.now().timestamp()) < 10


def test_a_page_that_looks_for_news_by_itself_keeps_no_session_alive():
    client = make.client(make.user("clerk"))
    client.get(reverse("desk"))
    session = client.session
    session["seen"] = seen = timezone.now().timestamp() - 30 * 60
    session.save()
    client.get(reverse("desk"), headers={"HX-Request": "true"})
    assert client.session["seen"] == seen
    client.get(reverse("desk"))
    assert client.session["seen"] > seen


def test_a_part_of_a_page_takes_the_whole_page_to_the_sign_in():
    answer = make.client().get(reverse("desk"), headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (200, reverse("account_login"))


def test_nobody_signs_up():
    assert make.client().get("/account/signup/").status_code == 404
    assert settings.ACCOUNT_ADAPTER.endswith("Adapter")


def test_a_refusal_is_journalled_with_who_and_what():
    town = make.body()
    user = make.clerk(make.body())
    assert make.client(user).get(reverse("seats", args=[town.pk])).status_code == 403
    entry = Entry.objects.get(verb="people.refused")
    assert (entry.by, entry.thing, entry.data["things"]) == (user, "seats", {"body": town.pk})
