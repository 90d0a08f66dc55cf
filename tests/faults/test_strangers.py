"""Somebody of another town, or of no town, at every address of ours: nothing opens, nothing changes."""

import pytest
from django.apps import apps
from django.conf import settings

from tests import make
from tests.faults.town import addresses, let_go, town
from yishi.journal.models import Entry
from yishi.people.models import Role

pytestmark = pytest.mark.django_db

# Where the public may go: signing in and out, what is published, how pages look.
PUBLIC = {
    "home",
    "results",
    "results_rss",
    "search",
    "robots",
    "sitemap",
    "calls_public",
    "call_public",
    "propose",
    "similar_said",
    "receipt_find",
    "receipt_public",
    "ledger",
    "ledger_rss",
    "ledger_year",
    "ledger_csv",
    "ledger_json",
    "project_public",
    "candidates_public",
    "candidates_pdf",
    "board",
    "rate",
    "documents_public",
    "documents_rss",
    "ballots_deputies",
    "ballots_scrutineers",
    "ballots_sceptic",
    "booth",
    "booth_en",
    "booth_files",
    "booth_sessions",
    "booth_votes",
    "booth_cast",
    "booth_status",
    "web:preferences",
    "link_use",
    "account_login",
    "account_inactive",
    "account_logout",
    "mfa_authenticate",
}
# Where everybody signed in may go: what they find there is their own.
OWN = {
    "desk",
    "my_meetings",
    "meetings",
    "account_change_password",
    "account_reauthenticate",
    "mfa_index",
    "mfa_reauthenticate",
    "mfa_activate_totp",
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_download_recovery_codes",
}
# Posted to without a token: in the booth nobody is signed in whom another site could act for.
WITHOUT_TOKEN = {"booth_cast", "booth_status"}
# Where a clerk may go in any town, and finds only their own town there.
CLERKS = {"bodies", "journal", "journal_print", "calls", "documents", "unit_projects"}
PASSING = ("people.counter", "web.counter", "sessions.session", "journal.chain", "journal.entry")


def rows():
    """Every row of every table, but those that a visit itself leaves behind."""
    found = {}
    for model in apps.get_models():
        if model._meta.label_lower not in PASSING and model._meta.label_lower != "people.user":
            found[model._meta.label] = list(model._default_manager.order_by("pk").values())
    return found


@pytest.fixture
def ours():
    return town()


STRANGERS = {
    "a deputy of another town": lambda: make.deputy_user(make.meeting(state="called").voters.first().seat),
    "the clerk of another town": lambda: make.clerk(make.body()),
    "the chair of another town": lambda: make.chair(make.body()),
    "a teller of another town": lambda: make.official(make.returned(1), "one"),
    "somebody without any role": lambda: make.user(),
}


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("who", STRANGERS)
def test_who_belongs_elsewhere_opens_nothing_of_ours(ours, who, method):
    stranger = STRANGERS[who]()
    client = make.client(stranger)
    before = rows()
    told = ours.seat.person.name
    wrong = []
    for name, address in addresses(ours):
        if name in PUBLIC | OWN:
            continue
        answer = getattr(client, method)(address)
        own_list = name in CLERKS and answer.status_code in (200, 405)
        if not own_list and answer.status_code not in (403, 404, 405):
            wrong.append((name, address, answer.status_code))
        if not answer.streaming and told in answer.content.decode("utf-8", "replace"):
            wrong.append((name, address, "tells a name"))
    assert wrong == []
    assert rows() == before
    refused = Entry.objects.filter(verb="people.refused", by=stranger)
    assert refused.count() > 50 and not refused.exclude(data__method=method.upper()).exists()


@pytest.mark.parametrize("method", ["get", "post"])
def test_who_is_not_signed_in_is_sent_to_sign_in(ours, method):
    client = make.client()
    before = rows()
    wrong = []
    for name, address in addresses(ours):
        if name in PUBLIC:
            continue
        answer = getattr(client, method)(address)
        signs_in = answer.status_code == 302 and answer.url.startswith("/account/login/?next=/")
        if not signs_in and answer.status_code not in (404, 405):
            wrong.append((name, address, answer.status_code))
    assert wrong == []
    assert rows() == before


def test_what_is_public_is_public_on_purpose(ours):
    """A view that says `anyone` is one of the few above, or looks at a key of its own."""
    from tests.faults.town import patterns
    from yishi.web.access import anyone

    open_to_all = {name for name, p in patterns() if getattr(p.callback, "allowed", None) is anyone}
    assert open_to_all == PUBLIC | {
        "document_public",
        "poll_public",
        "result_csv",
        "result_json",
        "result_pb",
        "record_public",
        "screen",
        "screen_picture",
    }


@pytest.mark.parametrize("duty", Role.ADMINISTRATORS)
def test_an_administrator_sees_no_meeting_and_no_vote(ours, duty):
    client = make.client(make.user("", (duty, None)))
    for name, address in addresses(ours):
        if address.startswith(("/meetings/1", "/polls/", "/voting/", "/materials/", "/voters/", "/seats/")):
            assert client.get(address).status_code in (403, 404, 405), name


def test_a_deputy_of_the_town_opens_only_what_is_for_deputies(ours):
    client = make.client(ours.deputy)
    opened = set()
    for name, address in addresses(ours):
        if name in PUBLIC | OWN:
            continue
        answer = client.get(address)
        let_go(answer)
        assert answer.status_code < 500, (name, answer.status_code)
        if answer.status_code < 400:
            opened.add(name)
    assert opened == {"meeting", "sign_in", "my_qr", "material_file", "code_use", "hand_in"}


def test_a_role_in_another_town_adds_nothing_at_home(ours):
    """A deputy here who is the clerk elsewhere stays a deputy here."""
    Role.objects.create(user=ours.deputy, body=make.body(), duty="clerk", begun=make.NOW)
    client = make.client(ours.deputy)
    assert client.get(f"/meetings/{ours.meeting.pk}/attendance/").status_code == 403
    assert client.get(f"/polls/{ours.poll.pk}/").status_code == 403
    assert client.get(f"/materials/{ours.paper.pk}/").status_code == 403


def test_the_key_of_one_screen_opens_no_other(ours):
    other = town()
    key = other.meeting.screen.key
    for address in (f"/screen/{ours.meeting.pk}/", f"/screen/{ours.meeting.pk}/picture/"):
        assert make.client().get(f"{address}?key={key}").status_code == 404
        assert make.client().get(f"{address}?key={ours.meeting.screen.key}").status_code == 200


def test_every_post_needs_the_token_of_its_own_page(ours):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(ours.clerk, backend=settings.AUTHENTICATION_BACKENDS[0])
    before = rows()
    for name, address in addresses(ours):
        if name not in WITHOUT_TOKEN:
            assert client.post(address).status_code == 403, name
    assert rows() == before
