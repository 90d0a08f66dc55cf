"""One-time links: bound to one person, used once, by POST only, expiring, revocable, told to nobody."""

import logging
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from tests import make
from yishi.journal.models import Entry
from yishi.people import actions
from yishi.people.models import Link, User
from yishi.web.access import Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return make.body()


def made(town, seat=None, at=None, **kw):
    seat = seat or make.seat(town)
    clerk = User.objects.filter(username="clerk").first() or make.clerk(town, "clerk")
    link, code = actions.make_link(seat, by=clerk, at=at or timezone.now(), **kw)
    return link, reverse("link_use", args=[code]), code


def test_looking_uses_nothing_up_and_one_press_comes_in(town):
    link, address, _code = made(town)
    client = make.client()
    for _look in range(3):
        page = client.get(address)
        assert page.status_code == 200 and str(link.user.name) in page.content.decode()
    assert page["Cache-Control"].find("no-store") >= 0 and page["Referrer-Policy"] == "same-origin"
    answer = client.post(address)
    assert answer.url == reverse("desk")
    assert client.get(answer.url).wsgi_request.user == link.user
    assert Entry.objects.get(verb="people.link.use").by == link.user


def test_a_link_works_once(town):
    _link, address, _code = made(town)
    assert make.client().post(address).status_code == 302
    again = make.client()
    assert again.get(address).status_code == 410
    assert again.post(address).status_code == 410
    assert again.get(reverse("desk")).status_code == 302


def test_an_expired_link_is_closed(town):
    _link, address, _code = made(town, at=timezone.now() - timedelta(days=7, minutes=1))
    assert make.client().post(address).status_code == 410


def test_a_link_of_six_days_is_open(town):
    _link, address, _code = made(town, at=timezone.now() - timedelta(days=6))
    assert make.client().post(address).status_code == 302


def test_a_revoked_link_is_closed_and_only_the_clerk_of_the_body_revokes(town):
    seat = make.seat(town)
    link, address, _code = made(town, seat)
    stranger = make.clerk(make.body())
    with pytest.raises(Refused):
        actions.revoke_link(link, seat, by=stranger, at=timezone.now())
    actions.revoke_link(link, seat, by=User.objects.get(username="clerk"), at=timezone.now())
    assert make.client().post(address).status_code == 410


def test_a_new_link_makes_the_older_one_void(town):
    seat = make.seat(town)
    _one, first, _code = made(town, seat)
    _two, second, _code = made(town, seat)
    assert make.client().post(first).status_code == 410
    assert make.client().post(second).status_code == 302


def test_the_code_is_kept_nowhere(town, caplog):
    with caplog.at_level(logging.DEBUG):
        _link, address, code = made(town)
        make.client().get(address)
        make.client().post(address)
        make.client().post(address)
    assert code not in str(Link.objects.values())
    assert code not in str(list(Entry.objects.values()))
    assert code not in caplog.text
    assert len(code) >= 32


@pytest.mark.parametrize("duty", ["clerk", "chair", "system", "security", "auditor"])
def test_whoever_holds_a_duty_is_never_let_in_by_a_link(town, duty):
    seat = make.seat(town)
    link, address, _code = made(town, seat)
    role_of = None if duty in ("system", "security", "auditor") else town
    guard = make.user("guard", ("security", None))
    actions.grant(link.user, duty, role_of, by=guard, at=timezone.now())
    assert make.client().post(address).status_code == 410
    with pytest.raises(ValidationError, match="另有职责"):
        made(town, seat)


def test_a_link_already_open_is_closed_by_a_role_written_behind_the_actions(town):
    link, address, _code = made(town)
    make.Role.objects.create(user=link.user, body=town, duty="clerk", begun=make.NOW)
    assert make.client().post(address).status_code == 410


def test_a_stopped_account_has_no_way_in(town):
    seat = make.seat(town)
    link, address, _code = made(town, seat)
    actions.stop_user(link.user, why="遗失", by=make.user("s", ("system", None)), at=timezone.now())
    assert make.client().post(address).status_code == 410
    with pytest.raises(ValidationError, match="停用"):
        made(town, seat)


def test_only_a_sitting_deputy_gets_a_link(town):
    for fields in (
        {"suspended": True},
        {"begins": timezone.now().date() + timedelta(days=3)},
        {"ends": make.BEGUN, "end_reason": "death"},
    ):
        with pytest.raises(ValidationError, match="在任"):
            made(town, make.seat(town, **fields))


def test_the_clerk_of_another_town_makes_none(town):
    with pytest.raises(Refused):
        actions.make_link(make.seat(town), by=make.clerk(make.body()), at=make.NOW)


@pytest.mark.parametrize("days", [0, 31])
def test_a_link_lasts_one_to_thirty_days(town, days):
    with pytest.raises(ValidationError):
        made(town, days=days)


def test_guessing_codes_is_stopped_but_a_good_link_from_the_same_hall_is_not(town):
    _link, address, _code = made(town)
    client = make.client()
    guess = [client.get(reverse("link_use", args=[f"guess-{n}"])).status_code for n in range(25)]
    assert guess[0] == 410 and guess[-1] == 429
    assert client.get(address).status_code == 200


def test_all_links_of_a_body_at_once_as_cards_or_on_the_screen(town):
    make.seats(town, 3)
    make.seat(town, make.clerk(town, person=make.person("张三")).person)
    client = make.client(make.clerk(town, "clerk"))
    pdf = client.post(reverse("links", args=[town.pk]), {"days": 7, "cards": 1})
    assert pdf.content.startswith(b"%PDF") and "no-store" in pdf["Cache-Control"]
    page = client.post(reverse("links", args=[town.pk]), {"days": 7}).content.decode()
    assert page.count("/in/") == 3 and "张三" not in page
    assert Link.objects.live(timezone.now()).count() == 3


def test_coming_in_by_link_ends_the_session_of_whoever_sat_there_before(town):
    link, address, _code = made(town)
    client = make.client(make.user("before"))
    client.post(address)
    assert client.get(reverse("desk")).wsgi_request.user == link.user
