"""What the booth asks and is answered: no session, no cookie, no word about who asked."""

import json
import logging
from hashlib import sha256

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests import make
from yishi.ballot import credentials
from yishi.voting import pool
from yishi.voting.models import CastBallot, Poll, SealedSession
from yishi.voting.views.sealed import booth, page

pytestmark = pytest.mark.django_db
PREPARED: list[str] = []


@pytest.fixture(autouse=True)
def here(monkeypatch):
    """Verified in this process, and news are read every time."""
    monkeypatch.setattr(pool, "check", pool.verdict)
    monkeypatch.setattr(pool, "prepare", PREPARED.append)
    monkeypatch.setattr(booth, "NEWS", 0)
    PREPARED.clear()


def post(box, verb, body, **extra):
    return Client(enforce_csrf_checks=True).post(
        f"/booth/{box.uuid}/{verb}", body, content_type="application/json", **extra
    )


def votes(box):
    session = SealedSession.objects.get(meeting=box.poll.meeting_id)
    return Client().get(f"/booth/{session.uuid}/votes.json")


def test_a_ballot_goes_in_without_token_or_cookie_and_its_status_is_told():
    box, codes = make.sealed_box()
    public = credentials.public(box.uuid, codes[0])
    assert post(box, "status", json.dumps({"credential": public})).json()["state"] == "open"
    answer = post(box, "cast", make.sealed_ballot(box, codes[0]))
    said = answer.json()
    assert answer.status_code == 200 and said["state"] == "in" and said["mine"] is True
    told = post(box, "status", json.dumps({"credential": public})).json()
    assert told["state"] == "in" and told["tracker"] == said["tracker"]


def test_a_refusal_says_why_in_both_languages():
    box, _codes = make.sealed_box()
    _box, codes = make.sealed_box()
    answer = post(box, "cast", make.sealed_ballot(box, codes[0]))
    assert answer.status_code == 409 and answer.json()["state"] == "unknown_slip"
    text = answer.json()["text"]
    assert "投票码" in text["zh"] and "slip" in text["en"] and text["zh"] != text["en"]


@pytest.mark.parametrize("verb", ["cast", "status"])
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 9000])
def test_nonsense_is_refused_and_nothing_breaks(verb, body):
    box, _codes = make.sealed_box()
    answer = post(box, verb, body)
    assert answer.status_code == 409 and answer.json()["state"] == "bad"


@pytest.mark.parametrize("verb", ["cast", "status"])
def test_a_giant_body_is_not_read(verb):
    box, _codes = make.sealed_box()
    answer = post(box, verb, b"x" * (1024 * 1024 + 1))
    assert answer.status_code == 409 and answer.json()["state"] == "bad"


def test_a_box_that_is_not_there_is_not_found():
    assert Client().post("/booth/NoSuchBox11111/cast", b"{}", content_type="x/y").status_code == 404
    assert Client().get("/booth/NoSuchMeeting1/votes.json").status_code == 404


@pytest.mark.parametrize("verb", ["cast", "status"])
def test_a_box_is_only_posted_to(verb):
    box, _codes = make.sealed_box()
    assert Client().get(f"/booth/{box.uuid}/{verb}").status_code == 405


def test_the_votes_of_a_meeting_by_phone_in_their_order():
    box, _codes = make.sealed_box()
    meeting = box.poll.meeting
    make.poll(meeting, title="还没有封箱", doors="phone", state="ready", place=2)
    make.poll(meeting, title="纸质", state="open", place=3)
    make.poll(meeting, title="草拟", doors="phone", place=4)
    first, second = votes(box).json()["votes"]
    assert [box.election] == PREPARED
    assert first["uuid"] == box.uuid and first["state"] == "open" and first["election"] == box.election
    assert [one["title"] for one in first["options"]] == ["甲", "乙", "丙"]
    assert (second["title"], second["state"], second["uuid"]) == ("还没有封箱", "waiting", None)
    assert second["election"] is None


def test_a_sealed_box_that_is_not_open_yet_shows_no_election():
    box, _codes = make.sealed_box()
    Poll.objects.filter(pk=box.poll_id).update(state="ready")
    assert votes(box).json()["votes"][0]["election"] is None and not PREPARED
    Poll.objects.filter(pk=box.poll_id).update(state="closed")
    assert votes(box).json()["votes"][0]["state"] == "closed"


def test_phones_that_look_for_news_are_answered_shortly_and_with_few_queries(django_assert_num_queries):
    box, _codes = make.sealed_box()
    for place in (2, 3, 4):
        make.poll(box.poll.meeting, doors="phone", state="ready", place=place)
    session = SealedSession.objects.get()
    client = Client()
    address = f"/booth/{session.uuid}/votes.json"
    client.get(address)
    with django_assert_num_queries(3):
        answer = client.get(address)
    again = client.get(address, headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304
    Poll.objects.filter(pk=box.poll_id).update(state="closed")
    assert client.get(address, headers={"If-None-Match": answer["ETag"]}).status_code == 200


def test_four_hundred_phones_are_told_at_once_what_one_of_them_was(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(booth, "NEWS", 3600)
    box, _codes = make.sealed_box()
    first = votes(box)
    with django_assert_num_queries(0):
        again = Client().get(first.wsgi_request.path)
    assert again.content == first.content


def test_who_types_a_code_finds_the_meetings_that_vote_by_phone_now():
    box, _codes = make.sealed_box()
    over, _codes = make.sealed_box()
    Poll.objects.filter(pk=over.poll_id).update(state="closed")
    make.poll(over.poll.meeting, state="open")  # on paper
    shown = Client().get("/booth/sessions.json").json()["sessions"]
    assert [one["uuid"] for one in shown] == [box.poll.meeting.sealed.uuid]
    assert box.poll.meeting.body.name in shown[0]["title"]


# --- secrecy -----------------------------------------------------------------


def signed_in():
    return make.client(make.user())


def test_who_is_signed_in_is_not_known_in_the_booth_and_gets_no_cookie(django_assert_num_queries):
    box, codes = make.sealed_box()
    client = signed_in()
    client.cookies["django_language"] = "en"
    ours = Client()
    for address in ("/booth/", "/booth/files.txt"):
        theirs = client.get(address, REMOTE_ADDR="10.1.2.3", HTTP_X_FORWARDED_FOR="10.1.2.3")
        assert theirs.content == ours.get(address).content
        assert not theirs.cookies and theirs["Cache-Control"] == "no-store"
        request = theirs.wsgi_request
        assert not request.COOKIES and not request.session.session_key
        assert not request.user.is_authenticated
        assert "REMOTE_ADDR" not in request.META and "HTTP_X_FORWARDED_FOR" not in request.META
    answer = client.post(f"/booth/{box.uuid}/cast", make.sealed_ballot(box, codes[0]), content_type="x/y")
    assert answer.json()["state"] == "in" and not answer.cookies
    assert answer["Cache-Control"] == "no-store" and answer.wsgi_request.META.get("REMOTE_ADDR") is None


def test_elsewhere_cookies_are_as_ever():
    answer = signed_in().get("/desk/")
    assert answer.status_code == 200 and answer.wsgi_request.user.is_authenticated


def test_no_cookie_goes_out_even_with_a_fault_of_the_frame():
    answer = signed_in().get("/booth/nothing-here")
    assert answer.status_code == 404 and not answer.cookies


def test_a_fault_of_ours_is_asked_again_and_leaves_nothing_of_the_ballot_in_the_log(monkeypatch, caplog):
    box, codes = make.sealed_box()
    raw = make.sealed_ballot(box, codes[0])

    def broken(election, raw):
        raise RuntimeError(f"Key (credential)=({raw.decode()}) already exists")

    monkeypatch.setattr(pool, "check", broken)
    with caplog.at_level(logging.DEBUG):
        answer = post(box, "cast", raw)
    assert answer.status_code == 503 and answer.json()["state"] == "again"
    said = "\n".join(
        logging.Formatter().format(one)
        for one in caplog.records
        if one.name.startswith(("yishi", "django.r"))
    )
    assert "RuntimeError" in said and credentials.public(box.uuid, codes[0]) not in said
    assert CastBallot.objects.count() == 0


def test_no_answer_of_the_booth_says_a_word_in_the_log(caplog):
    box, codes = make.sealed_box()
    credential = credentials.public(box.uuid, codes[0])
    with caplog.at_level(logging.INFO):
        post(box, "cast", make.sealed_ballot(box, codes[0]))
        post(box, "cast", b"{}")
        post(box, "status", json.dumps({"credential": credential}))
    said = "\n".join(logging.Formatter().format(one) for one in caplog.records)
    assert credential not in said and codes[0] not in said


# --- the page and its hash ---------------------------------------------------


@pytest.mark.parametrize(("address", "language"), [("/booth/", "zh-Hans"), ("/booth/en/", "en")])
def test_the_page_is_the_same_bytes_for_everybody(address, language):
    answer = Client().get(address, headers={"Accept-Language": "fr"})
    assert answer.content == signed_in().get(address, headers={"Accept-Language": "en"}).content
    text = answer.content.decode()
    assert "csrf" not in text and "nonce" not in text
    assert f'lang="{language}"'.lower() in text.lower() or 'lang="zh-hans"' in text


def test_the_list_names_every_script_and_style_with_the_hash_of_what_is_served(settings):
    client = Client()
    listed = client.get(reverse("booth_files")).content
    names = set()
    for line in listed.decode().splitlines():
        digest, name = line.split("  ")
        names.add(name)
        if name.startswith("static/"):
            served = (settings.STATIC_ROOT / name.removeprefix("static/")).read_bytes()
        else:
            served = client.get("/" + name.removesuffix("index.html")).content
        assert sha256(served).hexdigest() == digest, name
    assert {"booth/index.html", "booth/en/index.html"} < names
    html = client.get("/booth/").content.decode()
    loaded = {word for word in html.replace("'", '"').split('"') if word.endswith((".js", ".css"))}
    assert loaded and {address.lstrip("/") for address in loaded} <= names
    assert page.page_hash() == sha256(listed).hexdigest()


def test_the_hash_holds_over_restarts():
    first = page.files()
    page._files.cache_clear()
    page._page.cache_clear()
    assert page.files() == first


def test_the_middleware_stands_before_all_others():
    assert settings.MIDDLEWARE[0] == "yishi.voting.middleware.booth"
