"""Pages for what went wrong: plain words, the right status, no secrets."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_a_missing_page_says_what_to_do(client):
    page = client.get("/nowhere")
    assert page.status_code == 404 and "核对网址" in page.content.decode()


def test_a_refusal_gives_its_reason(client):
    page = client.get("/refuses")
    assert page.status_code == 403 and "您不是监票人。" in page.content.decode()


def test_what_was_suspicious_is_not_told(client):
    page = client.get("/suspects")
    assert page.status_code == 400 and "secret detail" not in page.content.decode()


def test_what_broke_is_not_told():
    page = Client(raise_request_exception=False).get("/breaks")
    text = page.content.decode()
    assert page.status_code == 500 and "系统出错" in text and "secret detail" not in text


def test_a_stale_form_is_explained():
    page = Client(enforce_csrf_checks=True).post("/tries")
    assert page.status_code == 403 and "放得太久" in page.content.decode()


def test_the_longest_address_that_fits_is_the_current_one(client):
    html = client.get("/style").content.decode()
    assert '<a href="/style" aria-current="page">' in html
    assert '<a href="/" aria-current="page">' not in html
