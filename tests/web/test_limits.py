"""Rate limits: counted by our own table, told in plain words."""

from datetime import timedelta

import pytest

from yishi.web.limits import limit, opens, remote
from yishi.web.models import Counter

pytestmark = pytest.mark.django_db


def test_the_nth_try_passes_and_the_next_does_not(now):
    assert [limit("login:wang", 60, 3, now) for _ in range(4)] == [True, True, True, False]


def test_the_next_window_begins_anew(now):
    assert limit("a", 60, 1, now) and not limit("a", 60, 1, now)
    assert limit("a", 60, 1, opens(60, now))


def test_one_does_not_pay_for_another(now):
    assert limit("login:a", 60, 1, now)
    assert limit("login:b", 60, 1, now)


def test_a_clock_that_jumps_back_opens_nothing_that_was_used_up(now):
    assert limit("a", 60, 1, now)
    limit("a", 60, 1, now + timedelta(hours=1))
    assert not limit("a", 60, 1, now)


def test_the_table_does_not_tell_who(now):
    limit("login:王甲", 60, 1, now)
    assert "王" not in Counter.objects.get().key and len(Counter.objects.get().key) == 64


def test_old_rows_are_swept(now):
    limit("a", 60, 1, now - timedelta(days=3))
    limit("b", 60, 1, now)
    assert Counter.objects.count() == 1


def test_a_view_over_the_limit_says_when_to_try_again(client):
    assert [client.post("/tries").status_code for _ in range(3)] == [200, 200, 429]
    page = client.post("/tries")
    assert 1 <= int(page["Retry-After"]) <= 600
    assert "分钟后" in page.content.decode()


def test_reading_is_not_counted(client):
    assert {client.get("/tries").status_code for _ in range(5)} == {200}


def test_each_address_is_counted_alone(client):
    for _ in range(3):
        client.post("/tries", REMOTE_ADDR="10.0.0.1")
    assert client.post("/tries", REMOTE_ADDR="10.0.0.1").status_code == 429
    assert client.post("/tries", REMOTE_ADDR="10.0.0.2").status_code == 200


def test_a_forwarded_address_is_believed_only_from_our_own_proxy(client, settings):
    for i in range(3):
        client.post("/tries", headers={"X-Forwarded-For": f"1.1.1.{i}"})
    assert client.post("/tries", headers={"X-Forwarded-For": "9.9.9.9"}).status_code == 429
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    for i in range(3):  # what stands before the last entry is the client's invention
        last = client.post("/tries", headers={"X-Forwarded-For": f"1.1.1.{i}, 8.8.8.8"})
    assert last.status_code == 429


@pytest.mark.parametrize(
    ("address", "seen"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("2409:8a28:1:2::5", "2409:8a28:1:2::"),
        ("2409:8a28:1:2:ffff:1:2:3", "2409:8a28:1:2::"),
        ("2409:8a28:1:3::5", "2409:8a28:1:3::"),
        ("fe80::1%eth0", "fe80::"),
        ("unix:", "unix:"),
        ("", ""),
    ],
)
def test_who_has_a_whole_network_of_addresses_is_one(rf, address, seen):
    assert remote(rf.get("/", REMOTE_ADDR=address)) == seen
