"""The demo county: built through the actions, true to its facts, built once, wiped and built again."""

import pytest
from django.db import transaction
from django.test import override_settings

from tests import make
from yishi import demo
from yishi.demo.county import FACTS
from yishi.journal.chain import verify
from yishi.meetings.models import Meeting
from yishi.people.models import Body, User
from yishi.projects.models import Call, Project, Proposal, Slip, Supervision
from yishi.projects.rules.delivery import standing
from yishi.projects.words.candidates import map_of
from yishi.publishing.models import Document, Page
from yishi.publishing.search import find
from yishi.voting.models import Poll
from yishi.voting.rules import polls as rules

QUICK = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker):
    """Built once for the tests that only look at it, and rolled back after them."""
    # Forty accounts: the slow hashing is proven elsewhere.
    with django_db_blocker.unblock(), transaction.atomic(), override_settings(PASSWORD_HASHERS=QUICK):
        demo.build(make.NOW)
        yield
        transaction.set_rollback(True)
    demo.is_demo.cache_clear()


def test_all_towns_and_streets_of_the_facts_are_there(built):
    names = set(Body.objects.values_list("name", flat=True))
    assert len(FACTS["towns"]) + len(FACTS["streets"]) == 19
    for _key, town in FACTS["towns"]:
        assert f"{town}人民代表大会" in names
    for _key, street in FACTS["streets"]:
        assert {f"{street}人大工作委员会", f"{street}居民议事会"} <= names


def test_the_candidates_of_every_call_stand_on_a_map_with_landmarks(built):
    for key, marks in FACTS["landmarks"].items():
        body = Body.objects.get(code=key)
        for call in body.calls.exclude(candidates_at=None):
            drawing = map_of(call, call.projects.all())
            assert all(f">{name}<" in drawing for name, _x, _y in marks)
            assert all(f">{project.number}<" in drawing for project in call.projects.all())


def test_one_poll_waits_for_the_hall_and_the_others_are_published(built):
    ready = Poll.objects.get(meeting__body__code="qiaotou")
    assert (ready.options.count(), ready.seats) == (6, 5)
    assert rules.step(ready) == "method"
    declared = Poll.objects.filter(meeting__body__code="yantou").order_by("declared_at")
    assert [poll.published_at is not None for poll in declared] == [True, True, True]
    before, chosen, rated = (poll.tallies.current().outcome for poll in declared)
    assert len(before["adopted"]) == 3 and len(chosen["adopted"]) == 5 and chosen["valid"]
    assert [one["grade"] for one in rated["grades"]] == ["satisfied", "satisfied", "basically"]


def test_the_figures_of_the_demo_are_those_written_in_its_file(built):
    poll = Poll.objects.filter(meeting__body__code="yantou").order_by("declared_at")[1]
    said = {line["title"]: (line["for"], line["against"]) for line in poll.tallies.current().lines()}
    assert said == {one["title"]: (one["for"], one["against"]) for one in FACTS["declared"]["candidates"]}


def test_nothing_but_the_hall_keeps_the_ready_poll_from_opening(built):
    """The papers came in time, the candidates were explained, what was said is answered."""
    opening = next(
        s for s in rules.steps(Poll.objects.get(meeting__body__code="qiaotou"), make.NOW) if s.key == "open"
    )
    assert [gate.key for gate in opening.gates if not gate.met] == []


def test_last_years_projects_are_finished_and_rated_and_this_years_are_under_way(built):
    before, now = Call.objects.filter(body__code="yantou").order_by("year")
    assert set(before.projects.values_list("state", "grade")) == {
        ("closed", "satisfied"),
        ("closed", "basically"),
        ("not_adopted", ""),
    }
    assert now.projects.running().count() == 5


def test_a_streets_projects_stand_in_all_the_five_states_but_one(built):
    found = Project.objects.with_delivery().filter(call__body__code="oubei").to_deliver()
    assert {standing(one, make.NOW.date()).key for one in found} >= {"done", "late"}
    assert Supervision.objects.filter(project__in=found, state="answered").count() == 1
    assert Slip.objects.filter(milestone__project__in=found, state="asked").count() == 1


def test_the_hall_of_the_ready_meeting_has_its_quorum(built):
    meeting = Meeting.objects.get(body__code="qiaotou")
    numbers = meeting.voters.numbers()
    assert (numbers["entitled"], numbers["present"]) == (63, 58)
    assert meeting.state == "open" and meeting.sign_in_is_open


def test_documents_are_published_and_all_that_is_public_is_found(built):
    assert {document.kind for document in Document.objects.published()} == set(Document.Kind.values)
    (told,) = find("建议表")
    assert told.kind == "document" and find("票决").count() == 4
    assert {page.kind for page in Page.objects.all()} >= {"result", "call", "document"}


def test_the_journal_of_the_demo_holds(built):
    assert list(verify()) == []


def test_every_listed_account_signs_in_with_the_demo_password(built):
    for account in demo.accounts():
        assert User.objects.get(username=account.username).check_password(account.password)


@pytest.mark.django_db
@override_settings(PASSWORD_HASHERS=QUICK)
def test_an_empty_house_is_no_demo_and_a_built_one_is():
    demo.is_demo.cache_clear()
    assert demo.is_empty() and not demo.is_demo()
    demo.build(make.NOW)
    assert not demo.is_empty() and demo.is_demo()
    demo.is_demo.cache_clear()


@pytest.mark.django_db(transaction=True)
@override_settings(PASSWORD_HASHERS=QUICK)
def test_a_wiped_demo_is_empty_and_can_be_built_again():
    demo.build(make.NOW)
    demo.wipe()
    assert demo.is_empty() and not demo.is_demo()
    demo.build(make.NOW)
    assert Poll.objects.count() == 5
    demo.is_demo.cache_clear()


def test_the_county_calls_for_projects_and_every_proposal_of_the_file_is_there(built):
    call = Call.objects.get(body__code="yongjia")
    assert call.is_open(make.NOW) and call.year == 2027
    assert call.proposals.count() == call.topics.count() == len(FACTS["call"]["proposals"])
    assert set(call.proposals.values_list("source", flat=True)) == set(Proposal.Source.values)
