"""The page on which a scrutineer opens the electronic box: who may, what it is told, what it may send."""

import json

import pytest
from django.urls import reverse

from tests import make
from tests.make import NOW
from tests.voting.sealed.hall import hall
from yishi.voting.actions import polls as do
from yishi.voting.models import Official, Trustee
from yishi.voting.rules import sealed_count

pytestmark = pytest.mark.django_db
ONE = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]


def closed(**fields):
    made = hall(slips=4, **fields)
    made.cast([ONE] * 3)
    do.close_poll(made.fresh(), by=made.user("chair"), at=NOW)
    return made


def ask(made, user, name="open_json"):
    return make.client(user).get(reverse(name, args=[made.poll.pk]))


def give(made, user, body):
    url = reverse("open_share", args=[made.poll.pk])
    return make.client(user).post(url, body, "application/json")


def test_before_the_close_there_is_nothing_to_open():
    made = hall(slips=4)
    for name in ("open_page", "open_json"):
        assert ask(made, made.user("chief"), name).status_code == 403
    do.close_poll(made.fresh(), by=made.user("chair"), at=NOW)
    assert ask(made, made.user("chief"), "open_page").status_code == 200


def test_whoever_works_in_the_vote_looks_and_only_scrutineers_give_a_share():
    made = closed()
    teller = make.user("teller")
    Official.objects.create(poll=made.poll, user=teller, hat="teller")
    for user in (teller, made.user("clerk"), made.user("chair")):
        assert "您没有这次会议的密钥" in ask(made, user, "open_page").content.decode()
        assert give(made, user, made.share("chief")).status_code == 403
    assert ask(made, make.clerk(make.body(name="别处"), "elsewhere"), "open_page").status_code == 403
    assert give(made, made.user("chief"), made.share("chief")).json()["given"] == 1


def test_what_must_lie_in_the_record_is_told():
    made = closed()
    state = ask(made, made.user("chief")).json()
    assert state == {
        "stage": "opening", "given": 0, "need": 2, "mine": False, "uuid": made.box.uuid,
        "cast": 3, "papers": 0, "expected": 3,
    }  # fmt: skip
    made.give("chief")
    assert ask(made, made.user("chief")).json()["mine"] is True
    assert ask(made, made.user("third")).json()["mine"] is False
    made.give("third")
    assert ask(made, made.user("watcher")).json()["stage"] == "counted"


def test_with_paper_beside_it_waits_until_the_paper_is_sealed_in():
    made = closed(doors="both", papers=3)
    state = ask(made, made.user("chief")).json()
    assert state["stage"] == "voting" and state["expected"] == 3
    assert give(made, made.user("chief"), "{}").status_code == 409
    assert "纸质票核对以后才能开箱" in ask(made, made.user("chief"), "open_page").content.decode()


@pytest.mark.parametrize(
    "forge",
    [
        lambda made: made.share("third"),  # another's
        lambda made: made.share("chief").replace("1", "2", 1),
        lambda made: json.dumps(json.loads(made.share("chief"))),  # not as it was signed
        lambda made: "",
        lambda made: "null",
        lambda made: '{"decryption_factors":[],"decryption_proofs":[]}',
        lambda made: "[" * 9000,
    ],
)
def test_a_share_that_does_not_prove_itself_is_refused_and_changes_nothing(forge):
    made = closed()
    answer = give(made, made.user("chief"), forge(made))
    assert answer.status_code == 409 and answer.json()["error"]
    assert sealed_count.owners(made.box) == []
    assert give(made, made.user("chief"), made.share("chief")).status_code == 200


def test_bytes_that_are_no_text_are_refused():
    made = closed()
    assert give(made, made.user("chief"), b"\xff\xfe").status_code == 400


def test_a_scrutineer_without_a_key_is_told_so():
    made = closed()
    Trustee.objects.filter(user=made.user("third")).delete()
    assert "您没有这次会议的密钥" in ask(made, made.user("third"), "open_page").content.decode()
    assert give(made, made.user("third"), made.share("third")).status_code == 409


def test_the_page_stays_readable_when_the_result_is_declared():
    made = closed()
    made.give("chief", "watcher")
    type(made.poll).objects.filter(pk=made.poll.pk).update(state="declared", declared_at=NOW)
    assert ask(made, made.user("chief")).json()["stage"] == "counted"
    assert give(made, made.user("third"), made.share("third")).status_code == 403
