import itertools
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ballot.votes import Keys, new_vote, steps
from yishi.ballot import errors, tally, trustees
from yishi.ballot.checking import Checker
from yishi.ballot.elections import Election, Question, new_uuid
from yishi.ballot.encoding import compact
from yishi.ballot.group import IDENTITY, Q, g_power, mul, power

QUESTIONS = (Question("甲", ("是", "否"), 0, 2), Question("乙", ("丙",), 1, 1, blank=True))
KEY = g_power(4711)
ELECTION = Election(new_uuid(), "会", "", KEY, QUESTIONS)


def _sealed(bits: list[int], r: int) -> tally.Ciphertexts:
    pairs = [(g_power(r + n), mul(power(KEY, r + n), g_power(bit))) for n, bit in enumerate(bits)]
    return (tuple(pairs[:2]), tuple(pairs[2:]))


BALLOTS = [_sealed([n & 1, n >> 1 & 1, 0, 1], 100 * n + 7) for n in range(6)]


@settings(max_examples=30, deadline=None)
@given(st.permutations(range(6)), st.lists(st.integers(1, 5), min_size=6, max_size=6), st.integers(0, 6))
def test_a_tally_does_not_depend_on_the_order_nor_on_the_portions(order, weights, cut):
    pairs = list(zip(BALLOTS, weights, strict=True))
    shuffled = [pairs[n] for n in order]
    expected = tally.encrypted_tally(ELECTION, pairs)
    assert tally.encrypted_tally(ELECTION, shuffled) == expected
    in_two = tally.Tally(ELECTION)
    in_two.add(shuffled[:cut])
    in_two.add(shuffled[cut:])
    assert tally.show_tally(in_two.ciphertexts) == expected


def test_a_weight_counts_a_ballot_that_many_times():
    weighted = tally.encrypted_tally(ELECTION, [(BALLOTS[3], 3)])
    assert weighted == tally.encrypted_tally(ELECTION, [(BALLOTS[3], 1)] * 3)


def test_no_ballot_at_all_has_a_tally_and_a_result():
    raw = tally.encrypted_tally(ELECTION, [])
    assert tally.parse_tally(ELECTION, raw)[0] == ((IDENTITY, IDENTITY),) * 2
    listed = [trustees.single(4711)]
    part = tally.partial(ELECTION, raw, 4711)
    opened = tally.open_tally(ELECTION, trustees.check(listed), raw, {1: part}, 0)
    assert opened == b'{"result":[[0,0],[0,0]]}'


def test_any_who_are_enough_open_the_same_result_and_fewer_open_none():
    vote = new_vote(Keys().single().pedersen(3, 5), voters=3)
    ballots = [vote.ballot(n, [[1, 0] if n else [0, 1]]) for n in range(3)]
    done = steps(vote, ballots, owners=[1, 2, 3, 4])
    encrypted = done[5][1]
    found = trustees.check(vote.keys.raw)
    parts = {o: tally.partial(vote.election, encrypted, s) for o, s in vote.keys.secrets.items()}
    for three in itertools.permutations((2, 3, 4, 5, 6), 3):
        chosen = {owner: parts[owner] for owner in (*three[:1], 1, *three[1:])}
        assert tally.open_tally(vote.election, found, encrypted, chosen, 3) == b'{"result":[[2,1]]}'
    for few in ([1, 2, 3], [2, 3, 4, 5, 6], []):
        with pytest.raises(errors.TooFewDecryptions):
            tally.open_tally(vote.election, found, encrypted, {o: parts[o] for o in few}, 3)


def test_a_partial_decryption_is_checked_and_its_fault_has_a_place():
    raw = tally.encrypted_tally(ELECTION, [(ballot, 1) for ballot in BALLOTS])
    pairs = tally.parse_tally(ELECTION, raw)
    good = tally.partial(ELECTION, raw, 4711)
    factors = tally.check_partial(ELECTION, pairs, KEY, good)
    assert factors[1][0] == power(pairs[1][0][0], 4711)
    for path, change, name in (
        (("decryption_factors", 1, 0), lambda _text: "01" + "00" * 31, "BadPoint"),
        (("decryption_factors", 1, 0), lambda _text: "00" * 31 + "01", "BadDecryptionProof"),
        (("decryption_proofs", 1, 0, "response"), lambda t: str((int(t) + 1) % Q), "BadDecryptionProof"),
        (("decryption_proofs", 1, 0, "challenge"), lambda t: str(int(t) + Q), "BadScalar"),
        (("decryption_proofs", 1, 0), lambda p: {"response": p["response"]}, "BadFields"),
    ):
        value = json.loads(good)
        inner = value
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = change(inner[path[-1]])
        with pytest.raises(errors.Fault) as refused:
            tally.check_partial(ELECTION, pairs, KEY, compact(value))
        assert (refused.value.name, refused.value.where) == (name, "question 2 choice 1")
    with pytest.raises(errors.BadDecryptionProof):
        tally.check_partial(ELECTION, pairs, g_power(4712), good)


def test_a_trustee_who_opens_another_tally_is_refused():
    raw = tally.encrypted_tally(ELECTION, [(ballot, 1) for ballot in BALLOTS])
    other = tally.partial(ELECTION, tally.encrypted_tally(ELECTION, [(BALLOTS[0], 1)]), 4711)
    with pytest.raises(errors.BadDecryptionProof):
        tally.check_partial(ELECTION, tally.parse_tally(ELECTION, raw), KEY, other)


@pytest.mark.parametrize("number", [0, 1, 2, 315, 316, 317, 99_999, 100_000])
def test_a_number_is_found_up_to_the_weight_of_all_ballots(number):
    assert LOGARITHM.of(g_power(number)) == number


def test_beyond_the_weight_of_all_ballots_there_is_no_number():
    for most in (0, 1, 5, 10):
        with pytest.raises(errors.WrongResult):
            tally.Logarithm(most).of(g_power(most + 1))
    with pytest.raises(errors.WrongResult):
        tally.Logarithm(10**12)


LOGARITHM = tally.Logarithm(100_000)


@pytest.mark.parametrize("raw", [b"[]", b"{}", b"[[],[]]", b'[[{"alpha":"1","beta":"2"}],[]]', b"[1,2]"])
def test_what_is_no_tally_of_this_election_is_refused(raw):
    with pytest.raises(errors.BadFields):
        tally.parse_tally(ELECTION, raw)


def test_what_checking_gives_can_be_tallied():
    vote = new_vote(Keys().single(), voters=2)
    checker = Checker(vote.election)
    ballots = [(checker.check(vote.ballot(n, [[1, 0]])).ciphertexts, 1) for n in range(2)]
    raw = tally.encrypted_tally(vote.election, ballots)
    part = tally.partial(vote.election, raw, vote.keys.secrets[1])
    found = trustees.check(vote.keys.raw)
    assert tally.open_tally(vote.election, found, raw, {1: part}, 2) == b'{"result":[[2,0]]}'
