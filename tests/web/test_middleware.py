"""Headers of every answer, and what is refused before it is read."""

import re
from pathlib import Path

import pytest

import yishi.web

pytestmark = pytest.mark.django_db


def test_every_answer_carries_the_security_headers(client):
    page = client.get("/style")
    policy = page["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert page["X-Frame-Options"] == "DENY" and page["X-Content-Type-Options"] == "nosniff"
    assert page["Referrer-Policy"] == page["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=(self)" in page["Permissions-Policy"]


def test_a_signed_in_page_stays_in_no_cache_and_a_public_one_may(client, django_user_model):
    assert not client.get("/style").has_header("Cache-Control")
    client.force_login(django_user_model.objects.create_user("wang", "a-Long-word-9", name="王甲"))
    assert client.get("/style")["Cache-Control"] == "no-store"


def test_an_upload_over_the_limit_is_refused_before_it_is_read(client, settings):
    page = client.post("/tries", CONTENT_LENGTH=str(settings.MAX_UPLOAD + 2 * 1024 * 1024))
    assert page.status_code == 413 and "20 MB" in page.content.decode()


def test_a_larger_one_is_read_where_a_scanner_sends_it_and_only_of_whom_is_signed_in(
    client, settings, django_user_model
):
    settings.LARGE_UPLOADS = [(r"/tries", 50 * 1024 * 1024)]
    size = {"content_type": "text/plain", "CONTENT_LENGTH": str(40 * 1024 * 1024)}
    assert client.post("/tries", **size).status_code == 413
    client.cookies[settings.SESSION_COOKIE_NAME] = "nobody"
    assert client.post("/tries", **size).status_code == 413
    client.force_login(django_user_model.objects.create_user("wang", "a-Long-word-9", name="王甲"))
    assert client.post("/tries", **size).status_code == 200
    assert client.post("/style", **size).status_code == 413
    beyond = client.post("/tries", CONTENT_LENGTH=str(60 * 1024 * 1024))
    assert beyond.status_code == 413 and "50 MB" in beyond.content.decode()


def test_an_upload_within_the_limit_is_read(client):
    assert client.post("/tries", {"a": "1"}).status_code == 200


def test_a_nonsense_length_is_no_error_of_ours(client):
    assert client.post("/tries", CONTENT_LENGTH="abc").status_code < 500


def test_a_form_that_is_too_long_gets_the_same_page(client):
    page = client.post("/tries", "a=" + "x" * 3_000_000, "application/x-www-form-urlencoded")
    assert page.status_code == 413 and "没有保存" in page.content.decode()


def test_no_template_has_inline_script_or_style():
    for file in Path(yishi.web.__file__).parent.rglob("templates/**/*.html"):
        source = file.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle\s*=|\son[a-z]+\s*=|<style|javascript:|https?://", source), file.name
        assert not re.search(r"<script(?![^>]*\ssrc=)", source), file.name
