"""Ways in that somebody might try: by another's link, a code in a log, a forged address, an old session."""

import logging
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import OperationalError
from django.utils import timezone

from tests import make
from tests.make import NOW
from yishi.journal.models import Entry
from yishi.people import actions
from yishi.people.models import Body, Link

pytestmark = pytest.mark.django_db


@pytest.fixture
def towns():
    """A county with two towns under it."""
    county = make.body(Body.Kind.COUNTY_CONGRESS, name="青溪县人民代表大会")
    return county, make.body(parent=county), make.body(parent=county)


def link(seat, by):
    return actions.make_link(seat, by=by, at=timezone.now())


# --- another's deputy ---------------------------------------------------------


def test_a_clerk_cannot_seat_somebody_elses_deputy_and_come_in_as_them(towns):
    """The council below adds the county's deputy by name, and would then hold a link to the county."""
    county, town, _other = towns
    deputy = make.seat(county)
    council = make.body(Body.Kind.RESIDENTS_COUNCIL, parent=town)
    clerk = make.clerk(council)
    borrowed = actions.add_seat(council, person=deputy.person, begins=make.BEGUN, by=clerk, at=NOW)
    with pytest.raises(ValidationError, match="由该机关的工作人员生成"):
        link(borrowed, clerk)
    assert actions.make_links(council, [borrowed], by=clerk, at=timezone.now()) == []
    assert not Link.objects.exists()
    page = make.client(clerk).get(f"/seats/{borrowed.pk}/").content.decode()
    assert "由该机关的工作人员生成" in page and f'"/seats/{borrowed.pk}/link/"' not in page


def test_the_body_that_registered_somebody_and_those_above_it_give_the_link(towns):
    county, town, _other = towns
    first = make.seat(town)
    above = make.seat(county, first.person)
    assert link(first, make.clerk(town))
    assert link(above, make.clerk(county))


def test_the_clerk_of_both_bodies_gives_the_link_in_either(towns):
    _county, town, _other = towns
    presidium = make.body(Body.Kind.PRESIDIUM, parent=town)
    first = make.seat(town)
    second = make.seat(presidium, first.person)
    assert link(second, make.user("", ("clerk", town), ("clerk", presidium)))


def test_a_clerk_cannot_rename_somebody_elses_deputy(towns):
    county, town, _other = towns
    deputy = make.seat(county, make.person("王小明"))
    council = make.body(Body.Kind.RESIDENTS_COUNCIL, parent=town)
    clerk = make.clerk(council)
    borrowed = make.seat(council, deputy.person)
    with pytest.raises(ValidationError, match="请由该机关的工作人员改"):
        actions.change_seat(borrowed, name="王大明", by=clerk, at=NOW)
    actions.change_seat(borrowed, title="召集人", name="王小明", by=clerk, at=NOW)
    deputy.person.refresh_from_db()
    borrowed.refresh_from_db()
    assert (deputy.person.name, borrowed.title) == ("王小明", "召集人")
    actions.change_seat(deputy, name="王大明", by=make.clerk(county), at=NOW)


# --- one-time links -----------------------------------------------------------


def test_a_server_that_breaks_while_a_link_is_used_writes_no_code_into_its_log(towns, monkeypatch, caplog):
    """The link is still good then, and whoever reads the log would come in by it."""
    county, *_ = towns
    _made, code = link(make.seat(county), make.clerk(county))

    def broken(*args, **kwargs):
        raise OperationalError("database is locked")

    monkeypatch.setattr("yishi.people.actions.use_link", broken)
    client = make.client()
    client.raise_request_exception = False
    with caplog.at_level(logging.DEBUG):
        assert client.post(f"/in/{code}/").status_code == 500
    assert "in/<str:code>/" in caplog.text
    assert code not in caplog.text.replace("\n", "")


def test_whatever_else_looks_at_a_link_uses_nothing_up(towns):
    county, *_ = towns
    made, code = link(make.seat(county), make.clerk(county))
    for method in ("get", "head", "options", "put", "delete", "patch", "trace"):
        getattr(make.client(), method)(f"/in/{code}/")
    robots = ("WeChat", "Slackbot-LinkExpanding 1.0", "facebookexternalhit/1.1")
    for robot in robots:
        assert make.client().get(f"/in/{code}/", HTTP_USER_AGENT=robot).status_code == 200
    assert Link.objects.get(pk=made.pk).used is None


def test_a_link_is_pressed_only_on_its_own_page(towns):
    """Another site cannot sign a visitor in as somebody: the press carries the page's token."""
    from django.test import Client

    county, *_ = towns
    made, code = link(make.seat(county), make.clerk(county))
    assert Client(enforce_csrf_checks=True).post(f"/in/{code}/").status_code == 403
    assert Link.objects.get(pk=made.pk).used is None


def test_the_page_of_a_link_sends_its_address_to_no_other_site(towns):
    county, *_ = towns
    _made, code = link(make.seat(county), make.clerk(county))
    page = make.client().get(f"/in/{code}/")
    assert page["Referrer-Policy"] == "same-origin" and "no-store" in page["Cache-Control"]
    text = page.content.decode()
    assert "http://" not in text.replace("http://www.w3.org", "") and "https://" not in text


@pytest.mark.parametrize(
    "away", ["//evil.example", "https://evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_nobody_is_sent_off_the_site_after_signing_in(away):
    make.user("wang", password=make.PASSWORD)
    client = make.client()
    form = {"login": "wang", "password": make.PASSWORD, "next": away}
    answer = client.post(f"/account/login/?next={away}", form)
    assert answer.status_code == 302 and answer.url == "/desk/"


# --- sessions and limits ------------------------------------------------------


def test_signing_in_gives_a_new_session(towns):
    county, *_ = towns
    make.user("wang", password=make.PASSWORD)
    _made, code = link(make.seat(county), make.clerk(county))
    for way in (
        lambda c: c.post("/account/login/", {"login": "wang", "password": make.PASSWORD}),
        lambda c: c.post(f"/in/{code}/"),
    ):
        client = make.client()
        planted = client.session
        planted["planted"] = True
        planted.save()
        client.cookies["sessionid"] = planted.session_key
        assert way(client).status_code == 302
        assert client.cookies["sessionid"].value != planted.session_key


def test_a_session_that_was_signed_out_opens_nothing_again():
    client = make.client(make.clerk(make.body()))
    old = client.cookies["sessionid"].value
    client.post("/account/logout/")
    again = make.client()
    again.cookies["sessionid"] = old
    assert again.get("/desk/").status_code == 302


def test_behind_our_proxy_one_guesser_does_not_lock_everybody_out(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # thirty tries, quickly
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    make.user("wang", password=make.PASSWORD)
    client = make.client()
    guesser = {"HTTP_X_FORWARDED_FOR": "203.0.113.9", "REMOTE_ADDR": "127.0.0.1"}
    answers = [
        client.post(
            "/account/login/", {"login": f"who-{n}", "password": "wrong-wrong"}, **guesser
        ).status_code
        for n in range(31)
    ]
    assert answers[0] == 200 and answers[-1] == 429
    mine = {"HTTP_X_FORWARDED_FOR": "203.0.113.9, 198.51.100.7", "REMOTE_ADDR": "127.0.0.1"}
    form = {"login": "wang", "password": make.PASSWORD}
    assert client.post("/account/login/", form, **mine).status_code == 302


def test_a_deputy_without_a_password_is_refused_plainly_at_the_pages_of_passwords(towns):
    """And cannot set up a second step, which would shut out their own links."""
    county, *_ = towns
    _made, code = link(make.seat(county), make.clerk(county))
    client = make.client()
    client.post(f"/in/{code}/")
    pages = ("password/", "confirm/", "2fa/", "2fa/totp/activate/", "2fa/codes/", "2fa/reauthenticate/")
    for page in pages:
        assert client.get(f"/account/{page}").status_code == 403, page


def test_nothing_typed_in_a_failed_sign_in_is_kept(caplog):
    with caplog.at_level(logging.DEBUG):
        make.client().post("/account/login/", {"login": "my-secret-word", "password": "other-secret"})
    assert "secret" not in caplog.text
    kept = [f"{e.thing} {e.why} {e.data}" for e in Entry.objects.all()]
    assert kept and "secret" not in " ".join(kept)


# --- the clock ----------------------------------------------------------------


def test_a_clock_that_jumped_back_opens_no_used_or_void_link(towns):
    county, *_ = towns
    clerk = make.clerk(county)
    seat = make.seat(county)
    void, _code = actions.make_link(seat, by=clerk, at=NOW)
    used, _code = actions.make_link(seat, by=clerk, at=NOW)
    actions.use_link(used, at=NOW + timedelta(hours=1))
    for one in (void, used):
        fresh = Link.objects.get(pk=one.pk)
        with pytest.raises(ValidationError):
            actions.use_link(fresh, at=NOW - timedelta(days=3))
