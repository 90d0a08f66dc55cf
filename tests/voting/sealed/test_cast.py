"""A ballot into the box: what is taken in, what is refused and with which words, once and never twice."""

import json

import pytest

from tests import make
from yishi.ballot import credentials
from yishi.voting import pool
from yishi.voting.actions.sealed import cast as do
from yishi.voting.models import CastBallot, ExchangedSlip, Poll, RecordEntry, SealedBox

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def here(monkeypatch):
    """Verified in this process; that processes of their own do it too is tested beside."""
    monkeypatch.setattr(pool, "check", pool.verdict)


def fresh(box):
    return SealedBox.objects.select_related("poll").get(pk=box.pk)


def put(box, state):
    Poll.objects.filter(pk=box.poll_id).update(state=state)
    return fresh(box)


def count(box):
    return CastBallot.objects.filter(box=box).count()


def test_a_ballot_is_taken_in_whole_under_its_number():
    box, codes = make.sealed_box()
    raw = make.sealed_ballot(box, codes[0])
    said = do.cast(box, raw)
    assert (said.state, said.mine, said.tracker) == ("in", True, do.number(raw))
    lying = CastBallot.objects.get()
    assert lying.content.encode() == raw and lying.turn == 1
    assert lying.credential == credentials.public(box.uuid, codes[0])


def test_the_same_bytes_again_change_nothing_and_are_answered_alike():
    box, codes = make.sealed_box()
    raw = make.sealed_ballot(box, codes[0])
    assert do.cast(box, raw) == do.cast(box, raw) == do.cast(fresh(box), raw)
    assert count(box) == 1


def test_a_second_ballot_of_a_slip_is_told_which_one_lies_there():
    box, codes = make.sealed_box()
    first, second = (make.sealed_ballot(box, codes[0]) for _ in range(2))
    do.cast(box, first)
    said = do.cast(box, second)
    assert (said.state, said.mine, said.tracker) == ("in", False, do.number(first))
    assert count(box) == 1


def test_where_votes_may_be_changed_the_next_turn_counts_and_an_old_one_sent_again_does_not():
    box, codes = make.sealed_box(make.poll(doors="phone", state="open", revote=True))
    first, second = (make.sealed_ballot(box, codes[0]) for _ in range(2))
    assert do.cast(box, first).mine and do.cast(box, second).mine
    assert list(box.ballots.order_by("turn").values_list("turn", "tracker")) == [
        (1, do.number(first)),
        (2, do.number(second)),
    ]
    again = do.cast(box, first)
    assert (again.state, again.mine, again.tracker) == ("in", False, do.number(second))
    assert count(box) == 2
    late = do.cast(put(box, "closed"), make.sealed_ballot(box, codes[0]))
    assert (late.state, late.mine, late.tracker) == ("in", False, do.number(second))
    assert count(box) == 2


@pytest.mark.parametrize(
    ("state", "said"),
    [("ready", "waiting"), ("closed", "closed"), ("declared", "closed"), ("void", "closed")],
)
def test_a_box_that_is_not_open_takes_nothing(state, said):
    box, codes = make.sealed_box()
    raw = make.sealed_ballot(box, codes[0])
    assert do.cast(put(box, state), raw).state == said
    assert count(box) == 0


def test_whose_ballot_was_in_before_the_close_learns_so_after_it():
    box, codes = make.sealed_box()
    raw = make.sealed_ballot(box, codes[0])
    do.cast(box, raw)
    said = do.cast(put(box, "closed"), raw)
    assert said.state == "in" and said.mine


def test_and_when_the_ballot_has_gone_into_the_record():
    box, codes = make.sealed_box()
    raw, other = (make.sealed_ballot(box, codes[0]) for _ in range(2))
    do.cast(box, raw)
    box.ballots.all().delete()
    RecordEntry.objects.create(box=box, place=1, name="x.data.json", content=raw.decode())
    box = put(box, "closed")
    public = credentials.public(box.uuid, codes[0])
    assert do.cast(box, raw) == do.Receipt("in", do.number(raw), True)
    assert do.cast(box, other) == do.Receipt("in", do.number(raw), False)
    assert do.status(box, public) == do.Receipt("in", do.number(raw), False)
    assert do.status(box, credentials.public(box.uuid, codes[1])).state == "closed"


def test_who_makes_up_credentials_does_not_have_the_record_of_a_closed_box_searched(
    django_assert_num_queries,
):
    box, _codes = make.sealed_box()
    box = put(box, "closed")
    with django_assert_num_queries(1):  # what lies in the box, by its index
        assert do.status(box, "ab" * 32).state == "unknown_slip"


def test_a_box_closed_while_the_ballot_was_being_verified_takes_nothing(monkeypatch):
    box, codes = make.sealed_box()

    def check(election, raw):
        put(box, "closed")
        return pool.verdict(election, raw)

    monkeypatch.setattr(pool, "check", check)
    assert do.cast(box, make.sealed_ballot(box, codes[0])).state == "closed"
    assert count(box) == 0


def test_a_slip_exchanged_while_the_ballot_was_being_verified_takes_nothing(monkeypatch):
    box, codes = make.sealed_box()
    public = credentials.public(box.uuid, codes[0])

    def check(election, raw):
        ExchangedSlip.objects.create(box=box, credential=public)
        return pool.verdict(election, raw)

    monkeypatch.setattr(pool, "check", check)
    assert do.cast(box, make.sealed_ballot(box, codes[0])).state == "exchanged"
    assert count(box) == 0


def test_a_slip_that_got_paper_instead_casts_no_more():
    box, codes = make.sealed_box()
    ExchangedSlip.objects.create(box=box, credential=credentials.public(box.uuid, codes[0]))
    assert do.cast(box, make.sealed_ballot(box, codes[0])).state == "exchanged"
    assert do.cast(box, make.sealed_ballot(box, codes[1])).state == "in"


def test_a_slip_that_is_not_in_the_list_casts_nothing():
    """Of another session, struck, or made up: the list of the box knows none of them."""
    box, _codes = make.sealed_box()
    _other, codes = make.sealed_box()
    for code in (codes[0], credentials.new_code()):
        assert do.cast(box, make.sealed_ballot(box, code)).state == "unknown_slip"
    assert count(box) == 0


def test_a_ballot_of_another_vote_is_not_taken_for_this_one():
    box, codes = make.sealed_box()
    other, others = make.sealed_box()
    said = do.cast(box, make.sealed_ballot(other, others[0]))
    assert (said.state, said.why) == ("bad", "other_vote")
    # The same slip, the same meeting, another vote: its uuid changed to fit, all else as it was.
    ballot = json.loads(make.sealed_ballot(other, others[0]))
    ballot["election_uuid"] = box.uuid
    ballot["credential"] = credentials.public(box.uuid, codes[0])
    assert do.cast(box, compact(ballot)).state == "bad"
    assert CastBallot.objects.count() == 0


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def test_a_ballot_copied_under_another_slip_is_refused():
    box, codes = make.sealed_box()
    raw = make.sealed_ballot(box, codes[0])
    do.cast(box, raw)
    mine, theirs = (credentials.public(box.uuid, code) for code in codes[:2])
    assert do.cast(box, raw.replace(mine.encode(), theirs.encode())).state == "bad"
    assert count(box) == 1


@pytest.mark.parametrize(
    "spoil",
    [
        lambda raw: raw[:-20],
        lambda raw: raw + b" ",
        lambda raw: b" " + raw,
        lambda raw: raw.replace(b'"response":"', b'"response":"1', 1),
        lambda raw: raw.replace(b'"alpha":"', b'"alpha":"f', 1),
        lambda raw: raw[:-1] + b',"extra":1}',
        lambda raw: raw[:-1] + b',"credential":"' + b"0" * 64 + b'"}',
    ],
)
def test_a_ballot_that_does_not_prove_itself_is_refused(spoil):
    box, codes = make.sealed_box()
    assert do.cast(box, spoil(make.sealed_ballot(box, codes[0]))).state in ("bad", "unknown_slip")
    assert count(box) == 0


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"null", b"[]", b"{}", b"1", b'"x"', b"\xff\xfe", b"[" * 5000, b'{"credential":1}',
        b'{"election_uuid":[],"credential":{}}', b"9" * 3000, b"NaN", b"{" + b" " * 200_000 + b"}",
    ],
)  # fmt: skip
def test_what_is_no_ballot_is_refused_before_anything_is_computed(raw, monkeypatch):
    box, _codes = make.sealed_box()
    monkeypatch.setattr(pool, "check", None)
    assert do.cast(box, raw).state == "bad"


@pytest.mark.parametrize("credential", [None, 1, [], "", "0" * 63, "G" * 64, "0" * 65, '","'])
def test_what_is_no_credential_has_no_status(credential):
    box, _codes = make.sealed_box()
    assert do.status(box, credential).state == "bad"


def test_the_status_of_a_slip_says_what_became_of_it():
    box, codes = make.sealed_box()
    first, second, third = (credentials.public(box.uuid, code) for code in codes[:3])
    raw = make.sealed_ballot(box, codes[0])
    do.cast(box, raw)
    ExchangedSlip.objects.create(box=box, credential=second)
    assert do.status(box, first) == do.Receipt("in", do.number(raw))
    assert do.status(box, second).state == "exchanged"
    assert do.status(box, third).state == "open"
    assert do.status(box, "0" * 64).state == "unknown_slip"
    assert do.status(put(box, "ready"), third).state == "waiting"


def test_the_largest_ballot_fits_and_little_more_does():
    for rule, options in (("projects.town.vote", 15), ("projects.town.vote", 1)):
        box, codes = make.sealed_box(
            make.poll(options=tuple(map(str, range(options))), rule_key=rule, doors="phone", state="open")
        )
        size = len(make.sealed_ballot(box, codes[0]))
        assert size < do.largest(box.election) < 2 * size + 3000


def test_no_line_is_written_about_a_ballot(caplog):
    box, codes = make.sealed_box()
    entries = RecordEntry.objects.count()
    do.cast(box, make.sealed_ballot(box, codes[0]))
    do.cast(box, b"{}")
    from yishi.journal.models import Entry

    assert not caplog.records and RecordEntry.objects.count() == entries
    assert not Entry.objects.filter(verb__contains="cast").exists()
