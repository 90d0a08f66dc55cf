"""Language, theme and text size: kept without an account, never a way off the site."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_theme_and_size_are_kept_in_a_cookie(client):
    client.post("/preferences", {"theme": "dark", "next": "/style"})
    client.post("/preferences", {"size": "large"})
    html = client.get("/style").content.decode()
    assert 'data-theme="dark"' in html and 'data-size="large"' in html


def test_language_is_kept(client):
    client.post("/preferences", {"language": "en"})
    assert '<html lang="en"' in client.get("/style").content.decode()


def test_one_goes_back_to_the_page_one_came_from(client):
    assert (
        client.post("/preferences", {"size": "small", "next": "/style?tab=due"})["Location"]
        == "/style?tab=due"
    )


@pytest.mark.parametrize(
    "away", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil", ""]
)
def test_no_one_is_sent_off_the_site(client, away):
    assert client.post("/preferences", {"size": "small", "next": away})["Location"] == "/"


@pytest.mark.parametrize("cookie", ["x.y", "dark", ".", "dark.huge", '"><script>.large', "a" * 4000])
def test_a_damaged_cookie_is_the_default_and_no_error(client, cookie):
    client.cookies["look"] = cookie
    html = client.get("/style").content.decode()
    assert 'data-theme="auto"' in html and 'data-size="medium"' in html


def test_an_unknown_choice_is_left_alone(client):
    client.post("/preferences", {"theme": "dark"})
    client.post("/preferences", {"theme": "<pink>"})
    assert 'data-theme="dark"' in client.get("/style").content.decode()


def test_reading_the_address_changes_nothing(client):
    assert client.get("/preferences").status_code == 405


def test_another_site_cannot_post_it():
    assert Client(enforce_csrf_checks=True).post("/preferences", {"theme": "dark"}).status_code == 403


def test_a_user_finds_the_look_on_another_machine(django_user_model):
    user = django_user_model.objects.create_user("wang", "a-Long-word-9", name="王甲")
    first, second = Client(), Client()
    first.force_login(user)
    first.post("/preferences", {"theme": "dark", "size": "large"})
    first.post("/preferences", {"language": "en"})
    second.force_login(user)
    html = second.get("/style").content.decode()
    assert '<html lang="en" data-theme="dark" data-size="large"' in html
    assert '<html lang="zh-hans" data-theme="auto"' in Client().get("/style").content.decode()
