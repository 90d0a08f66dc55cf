"""Sealed voting arranged and the keys made: every refusal beside its permission, no message out of turn."""

import json

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import make
from tests.make import NOW
from tests.voting.sealed.ring import Ring, arranged, clerk, meeting
from yishi.ballot import ceremony, credentials, trustees
from yishi.journal.models import Entry
from yishi.voting.actions.sealed import session as do
from yishi.voting.models import Official, Poll, SealedSession
from yishi.voting.rules import sealed
from yishi.voting.rules import sealed_keys as rules
from yishi.web.access import Refused

pytestmark = pytest.mark.django_db


def poll_of(ring):
    return ring.session.meeting.polls.first()


def verbs():
    return list(Entry.objects.filter(verb__startswith="voting.").values_list("verb", flat=True))


def codes(found):
    return [error.code for error in found.value.error_list]


# --- arranged ----------------------------------------------------------------


def test_the_clerk_arranges_it_with_each_scrutineer_once_and_the_chief_first():
    first = meeting(3)
    chief = make.official(first, "chief")
    second = make.poll(first.meeting, doors="both", title="第二项")
    on_paper = make.poll(first.meeting, title="第三项")
    Official.objects.create(poll=second, user=chief, hat="scrutineer")
    Official.objects.create(poll=on_paper, user=make.user("paper"), hat="scrutineer")
    session = do.arrange(first.meeting, by=clerk(first), at=NOW)
    names = [one.user.username.split("-")[0] for one in session.keyholders.all()]
    assert names[0] == "chief" and sorted(names) == ["chief", "s2", "s3"]
    assert session.threshold == 2 and len(set(session.uuids)) == 2 + do.SPARE
    assert sealed.stage(session) == "commit" and verbs() == ["voting.sealed_arranged"]
    with pytest.raises(ValidationError, match="已经安排过"):
        do.arrange(first.meeting, by=clerk(first), at=NOW)


@pytest.mark.parametrize("name", ["chair", "chief", "s2"])
def test_nobody_but_the_clerk_arranges_it(name):
    poll = meeting()
    with pytest.raises(Refused):
        do.arrange(poll.meeting, by=make.official(poll, name), at=NOW)


def test_without_a_vote_by_phone_or_without_scrutineers_it_is_not_arranged():
    on_paper = meeting(2, doors="paper")
    with pytest.raises(ValidationError, match="手机密封票"):
        do.arrange(on_paper.meeting, by=clerk(on_paper), at=NOW)
    nobody = meeting(0)
    with pytest.raises(ValidationError, match="提名监票人"):
        do.arrange(nobody.meeting, by=clerk(nobody), at=NOW)


@pytest.mark.parametrize(
    ("size", "usual", "good", "bad"),
    [(1, 1, [1], [0, 2]), (2, 2, [2], [1, 3]), (3, 2, [2, 3], [1, 4]), (5, 3, [2, 5], [1, 6])],
)
def test_one_alone_never_opens_a_box_where_there_are_two(size, usual, good, bad):
    assert arranged(size).session.threshold == usual
    for threshold in good:
        assert arranged(size, threshold).session.threshold == threshold
    for threshold in bad:
        with pytest.raises(ValidationError) as found:
            arranged(size, threshold)
        assert "threshold" in found.value.error_dict


# --- the ceremony ------------------------------------------------------------


@pytest.mark.parametrize(("size", "threshold"), [(1, 1), (2, 2), (3, 2), (4, 3)])
def test_keys_are_made_and_checked_by_anybody(size, threshold):
    ring = arranged(size, threshold).upto("ready")
    made = trustees.check(ring.session.trustees.encode())
    assert len(made.owners) == 1 + size and made.groups[1].threshold == threshold
    assert sealed.stage(ring.session) == "ready" and len(rules.digits(ring.session)) == 6
    assert verbs().count("voting.keys_made") == 1 and verbs().count("voting.key_agreed") == size


def test_the_stage_is_that_of_the_slowest():
    ring = arranged(3)
    for stage, step in (
        ("commit", ring.commit), ("reveal", ring.reveal), ("deal", ring.deal), ("verify", ring.verify),
        ("compare", ring.agree),
    ):  # fmt: skip
        assert sealed.stage(ring.session) == stage
        step(1)
        assert sealed.stage(ring.session) == stage
        step(2, 3)
    ring.session.refresh_from_db()
    assert sealed.stage(ring.session) == "ready"


def test_no_message_is_taken_before_its_turn():
    ring = arranged(3)
    ring.commit(1, 2)
    for act in (ring.reveal, ring.deal):
        with pytest.raises(ValidationError) as found:
            act(1)
        assert codes(found) == ["early"]
    ring.commit(3)
    ring.reveal(1, 2)
    with pytest.raises(ValidationError) as found:
        ring.deal(1)
    assert codes(found) == ["early"]
    ring.reveal(3)
    ring.deal(1, 2)
    with pytest.raises(ValidationError) as found:
        ring.verify(1)
    assert codes(found) == ["early"]
    with pytest.raises(ValidationError) as found:
        ring.agree(1)
    assert codes(found) == ["early"]


def test_a_message_sent_twice_counts_once_and_another_one_is_refused():
    ring = arranged(2).upto("ready")
    written = Entry.objects.count()
    for step in (ring.commit, ring.reveal, ring.deal, ring.verify, ring.agree):
        step()
    assert Entry.objects.count() == written
    ring.codes[1] = credentials.new_code()
    for step in (ring.commit, ring.reveal, ring.deal, ring.verify):
        with pytest.raises(ValidationError) as found:
            step(1)
        assert codes(found) == ["other"]


def test_nobody_sends_for_another():
    ring = arranged(2)
    holder = ring.keyholder(1)
    said = ceremony.commitment(holder.certificate(), holder.nonce())
    for user in (ring.one(2).user, clerk(poll_of(ring)), make.official(poll_of(ring), "chair")):
        with pytest.raises(Refused):
            do.commit(ring.one(1), said, by=user, at=NOW)
    ring.commit(1)
    assert ring.one(1).commitment == said


@pytest.mark.parametrize("said", ["", "a" * 63, "A" * 64, "g" * 64, None, ["a" * 64]])
def test_what_is_no_commitment_is_refused(said):
    ring = arranged(2)
    with pytest.raises(ValidationError) as found:
        do.commit(ring.one(1), said, **ring.who(1))
    assert codes(found) == ["bad"]


def test_a_certificate_must_be_the_one_committed_to_and_its_own():
    ring = arranged(3).upto("reveal")
    one, who = ring.one(1), ring.who(1)
    own, nonce = ring.keyholder(1).certificate(), ring.keyholder(1).nonce()
    other = ceremony.Keyholder(ring.session.uuid, 1, 3, 2, credentials.new_code())
    unsigned = own | {"signature": other.certificate()["signature"]}
    forged = [
        (other.certificate(), other.nonce()),  # not committed to
        (own, "0" * 32),
        (own, "short"),
        (ring.keyholder(2).certificate(), nonce),  # another's place
        (unsigned, nonce),
        ({"message": own["message"]}, nonce),
        ("text", nonce),
        (None, nonce),
    ]
    for certificate, said in forged:
        with pytest.raises(ValidationError) as found:
            do.reveal(one, certificate, said, **who)
        assert codes(found) == ["bad"], certificate
    ring.reveal()
    assert sealed.stage(ring.session) == "deal"


def test_a_certificate_for_another_threshold_is_refused_although_it_was_committed_to():
    ring = arranged(3)
    wrong = ceremony.Keyholder(ring.session.uuid, 1, 3, 3, ring.codes[1])
    said = ceremony.commitment(wrong.certificate(), wrong.nonce())
    do.commit(ring.one(1), said, **ring.who(1))
    ring.commit(2, 3)
    with pytest.raises(ValidationError) as found:
        do.reveal(ring.one(1), wrong.certificate(), wrong.nonce(), **ring.who(1))
    assert codes(found) == ["bad"]


def test_coefficients_must_be_signed_over_these_certificates_with_a_share_for_each_other():
    ring = arranged(3).upto("deal")
    row, agreement, shares = ring.dealt(1)
    theirs = ring.dealt(2)
    stranger = ceremony.Keyholder(ring.session.uuid, 1, 3, 2, credentials.new_code())
    forged = [
        (theirs[0], agreement, shares),
        (row, theirs[1], shares),
        (row, ring.keyholder(1).agreement(ring.certificates()[::-1]), shares),
        (stranger.coefexps(), stranger.agreement(ring.certificates()), shares),
        (row, agreement, shares[:1]),
        (row, agreement, shares + shares[:1]),
        (row, agreement, theirs[2]),
        (row, agreement, [shares[0] | {"to": 9}, shares[1]]),
        (row, agreement, [shares[0] | {"data": "0"}, shares[1]]),
        (row, agreement, [shares[0] | {"alpha": "f" * 64}, shares[1]]),
        (row, agreement, [shares[0] | {"more": 1}, shares[1]]),
        (row, agreement, None),
        (None, None, shares),
    ]
    for said in forged:
        with pytest.raises(ValidationError) as found:
            do.deal(ring.one(1), *said, **ring.who(1))
        assert codes(found) == ["bad"], said
    ring.deal()
    assert sealed.stage(ring.session) == "verify"


def test_a_key_must_be_the_one_that_the_coefficients_give():
    ring = arranged(3).upto("verify")
    right = ring.verification(1)
    stranger = ring.keyholder(1).verification_key(12345)
    forged = [
        stranger,
        ring.verification(2),
        right | {"pok": stranger["pok"]},
        right | {"signature": stranger["signature"]},
        {name: right[name] for name in ("public_key", "pok", "signature")},
        right | {"more": 1},
        {"pok": right["pok"], "public_key": right["public_key"]},
        [],
        None,
    ]
    for said in forged:
        with pytest.raises(ValidationError) as found:
            do.verify(ring.one(1), said, **ring.who(1))
        assert codes(found) == ["bad"], said
    ring.verify()
    assert sealed.stage(ring.session) == "compare"


def test_six_digits_that_differ_are_not_agreed_to():
    ring = arranged(2).upto("compare")
    digits = rules.digits(ring.session)
    wrong = "000000" if digits != "000000" else "000001"
    for said in (wrong, "", None):
        with pytest.raises(ValidationError) as found:
            do.agree(ring.one(1), said, **ring.who(1))
        assert codes(found) == ["digits"]
    ring.agree(1)
    assert ring.one(1).agreed_at == NOW and sealed.stage(ring.session) == "compare"


def test_the_servers_key_is_stored_nowhere_and_another_one_in_every_session(settings):
    one, two = arranged(1).upto("ready"), arranged(1).upto("ready")
    secret = rules.server_secret(one.session)
    assert trustees.check(one.session.trustees.encode()).groups[0].key == trustees.g_power(secret)
    assert secret != rules.server_secret(two.session)
    assert str(secret) not in json.dumps(list(SealedSession.objects.values()), default=str)
    settings.SECRET_KEY = "another installation"
    assert secret != rules.server_secret(one.session)


# --- started over ------------------------------------------------------------


def test_changed_scrutineers_stop_the_ceremony_until_it_is_started_over():
    ring = arranged(2)
    ring.commit(1)
    poll = poll_of(ring)
    Official.objects.create(poll=poll, user=make.user("late"), hat="scrutineer")
    with pytest.raises(ValidationError) as found:
        ring.commit(2)
    assert codes(found) == ["changed"]
    slips, before = ring.session.uuid, rules.context(ring.session)
    with pytest.raises(ValidationError) as found:
        do.start_over(ring.session, by=clerk(poll), at=NOW)
    assert "why" in found.value.error_dict
    do.start_over(ring.session, by=clerk(poll), at=NOW, why="增加一名监票人")
    again = Ring(ring.session)
    ring.session.refresh_from_db()
    # What is printed on the slips stays, what the keys are derived for does not.
    assert ring.session.uuid == slips and rules.context(ring.session) != before
    assert len(again.codes) == 3 and again.session.threshold == 2
    assert not any(one.commitment for one in again.holders())
    again.upto("ready")
    assert sealed.stage(again.session) == "ready"
    assert Entry.objects.get(verb="voting.keys_started_over").why == "增加一名监票人"


def test_a_scrutineer_who_left_has_no_part_any_more():
    ring = arranged(3)
    gone, poll = ring.one(2), poll_of(ring)
    poll.officials.filter(user=gone.user).delete()
    do.start_over(ring.session, by=clerk(poll), at=NOW)
    assert [one.index for one in ring.holders()] == [1, 2] and ring.session.threshold == 2
    with pytest.raises(ValidationError) as found:
        do.commit(gone, "a" * 64, by=gone.user, at=NOW)
    assert codes(found) == ["changed"]


def test_another_threshold_makes_all_keys_anew():
    ring = arranged(3).upto("ready")
    do.set_threshold(ring.session, 3, by=clerk(poll_of(ring)), at=NOW, why="三名都在")
    ring.session.refresh_from_db()
    assert ring.session.threshold == 3 and ring.session.trustees == ""
    assert sealed.stage(ring.session) == "commit"
    with pytest.raises(ValidationError):
        do.set_threshold(ring.session, 4, by=clerk(poll_of(ring)), at=NOW)


def test_only_the_clerk_starts_over_and_never_once_a_box_is_sealed():
    ring = arranged(2)
    poll = poll_of(ring)
    for user in (make.official(poll, "chair"), ring.one(1).user):
        with pytest.raises(Refused):
            do.start_over(ring.session, by=user, at=NOW)
    do.start_over(ring.session, by=clerk(poll), at=NOW)
    Poll.objects.filter(pk=poll.pk).update(state="open", opened_at=NOW)
    poll.refresh_from_db()
    make.sealed_box(poll)
    with pytest.raises(ValidationError) as found:
        do.start_over(ring.session, by=clerk(poll), at=NOW, why="想换")
    assert codes(found) == ["sealed"]


# --- pages -------------------------------------------------------------------


def page(user, name, *args):
    return make.client(user).get(reverse(name, args=args))


def test_clerk_presiding_and_scrutineers_see_the_overview_and_nobody_else():
    ring = arranged(2)
    poll, meeting_ = poll_of(ring), ring.session.meeting
    for name in ("clerk", "chair", "chief", "s2"):
        answer = page(make.official(poll, name), "sealed_session", meeting_.pk)
        assert answer.status_code == 200 and "等待打开页面" in answer.content.decode()
    teller = make.user("teller")
    Official.objects.create(poll=poll, user=teller, hat="teller")
    for user in (teller, make.clerk(make.body(name="别处"), "elsewhere")):
        assert page(user, "sealed_session", meeting_.pk).status_code == 403


def test_the_clerk_arranges_on_the_page_and_a_wrong_number_is_told_at_the_field():
    poll = meeting(3)
    client, url = make.client(clerk(poll)), reverse("sealed_session", args=[poll.meeting_id])
    assert 'value="2"' in client.get(url).content.decode()
    assert "要在2和3之间" in client.post(url, {"threshold": "1"}).content.decode()
    assert client.post(url, {"threshold": "3"}).status_code == 302
    assert SealedSession.objects.get().threshold == 3
    assert make.client(make.official(poll, "chief")).post(url, {"threshold": "2"}).status_code == 200
    assert SealedSession.objects.get().threshold == 3


def test_the_overview_shows_each_stage_in_words():
    ring = arranged(2)
    user, meeting_ = clerk(poll_of(ring)), ring.session.meeting

    def text():
        return page(user, "sealed_session_live", meeting_.pk).content.decode()

    ring.commit(1)
    assert "正在生成" in text() and "等待打开页面" in text()
    ring.commit(2)
    ring.reveal()
    ring.deal()
    ring.verify()
    ring.agree(1)
    ring.session.refresh_from_db()
    found = text()
    assert "已核对" in found and "等待核对" in found and rules.digits(ring.session) in found
    ring.agree(2)
    assert "已备好" in text()


def test_the_clerk_starts_over_on_a_page_and_scrutineers_do_not():
    ring = arranged(2)
    ring.commit(1)
    poll, url = poll_of(ring), reverse("sealed_start_over", args=[ring.session.pk])
    assert page(ring.one(1).user, "sealed_start_over", ring.session.pk).status_code == 403
    client = make.client(clerk(poll))
    assert "请写明理由" in client.post(url, {"threshold": "2"}).content.decode()
    assert client.post(url, {"threshold": "2", "why": "手机换了"}).status_code == 302
    assert not ring.one(1).commitment


def test_a_scrutineers_page_and_messages_are_for_nobody_else():
    ring = arranged(2)
    mine, other = ring.one(1), ring.one(2).user
    assert page(mine.user, "key_page", mine.pk).status_code == 200
    for user in (other, clerk(poll_of(ring))):
        for name in ("key_page", "key_json"):
            assert page(user, name, mine.pk).status_code == 403
        sent = make.client(user).post(reverse("key_send", args=[mine.pk]), "{}", "application/json")
        assert sent.status_code == 403


def test_messages_go_through_the_page_and_what_the_others_sent_comes_back():
    ring = arranged(2).upto("compare")
    state = page(ring.one(1).user, "key_json", ring.one(1).pk).json()
    assert state["stage"] == "compare" and state["sent"] == {"reveal": True, "deal": True, "verify": True}
    assert json.loads(state["certificates"][1]) == ring.keyholder(2).certificate()
    assert state["shares"][0] == "null" and json.loads(state["shares"][1])["to"] == 1
    assert "data" not in json.dumps([state["coefficients"], state["certificates"]])
    said = {"say": "agree", "digits": rules.digits(ring.session)}
    url = reverse("key_send", args=[ring.one(1).pk])
    answer = make.client(ring.one(1).user).post(url, said, "application/json")
    assert answer.json()["mine"]["agreed"] is True


def test_certificates_are_hidden_until_everybody_is_bound_to_one():
    ring = arranged(2)
    ring.commit()
    ring.reveal(1)
    state = page(ring.one(2).user, "key_json", ring.one(2).pk).json()
    assert state["certificates"] == [] and state["nonces"] == [] and state["shares"] == []


@pytest.mark.parametrize(
    "body",
    ["", "null", "[]", "{}", '{"say":"fly"}', '{"say":["commit"]}', '{"say":"commit"}', "{", "[" * 9000],
)
def test_a_message_that_is_none_is_answered_plainly(body):
    ring = arranged(1)
    url = reverse("key_send", args=[ring.one(1).pk])
    answer = make.client(ring.one(1).user).post(url, body, "application/json")
    assert answer.status_code == 400 and answer.json()["error"]


def test_a_refused_message_says_why():
    ring = arranged(2)
    url = reverse("key_send", args=[ring.one(1).pk])
    said = {"say": "agree", "digits": "000000"}
    answer = make.client(ring.one(1).user).post(url, said, "application/json")
    assert answer.status_code == 409 and answer.json()["code"] == "early"


def test_the_overview_asks_the_database_as_often_for_many_as_for_few():
    counts = []
    for scrutineers, votes in ((2, 1), (6, 5)):
        ring = arranged(scrutineers)
        poll = poll_of(ring)
        for n in range(votes - 1):
            make.poll(poll.meeting, doors="phone", title=f"第{n}项")
        for one in poll.meeting.polls.all():
            Poll.objects.filter(pk=one.pk).update(state="closed", opened_at=NOW, closed_at=NOW)
        ring.upto("ready")
        client = make.client(clerk(poll))
        url = reverse("sealed_session_live", args=[poll.meeting_id])
        client.get(url)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert client.get(url).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_the_list_of_polls_leads_to_it_when_one_is_by_phone():
    by_phone, on_paper = meeting(2), meeting(2, doors="paper")
    for poll, shown in ((by_phone, True), (on_paper, False)):
        text = page(clerk(poll), "polls", poll.meeting_id).content.decode()
        assert (reverse("sealed_session", args=[poll.meeting_id]) in text) is shown
