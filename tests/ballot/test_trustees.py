import copy
import json

import pytest

from tests.ballot.votes import DATA, Keys, ceremony, finish
from yishi.ballot import archive, errors, tally, trustees
from yishi.ballot.ceremony import Keyholder, commitment, digits
from yishi.ballot.encoding import compact
from yishi.ballot.group import IDENTITY, Q, g_power, show_point

SAMPLES = ["basic-20", "threshold-blank-revote-20", "yes-no-abstain-threshold-60"]


@pytest.fixture(scope="module")
def keys() -> Keys:
    return Keys().single().pedersen(2, 3)


@pytest.mark.parametrize("name", SAMPLES)
def test_trustees_of_another_program_are_right_and_make_the_key_of_its_election(name):
    with (DATA / f"{name}.bel").open("rb") as stream:
        _opening, election, listed = (next(found) for found in [archive.read(stream)] * 3)
    found = trustees.check(listed.content)
    assert show_point(found.election_key) == json.loads(election.content)["public_key"]


@pytest.mark.parametrize(("threshold", "size"), [(1, 1), (2, 2), (2, 3), (3, 5), (5, 5)])
def test_a_ceremony_gives_keys_that_hold(threshold, size):
    entry, secrets = finish(ceremony(threshold, size))
    found = trustees.check([entry])
    assert list(found.owners) == [g_power(secret) for secret in secrets]


def test_the_same_code_gives_the_same_key_again_and_another_keyring_another():
    holder = ceremony(2, 2)[0]
    again = Keyholder("keyring", 1, 2, 2, holder.code)
    assert again.certificate() == holder.certificate() and again.coefexps() == holder.coefexps()
    other = Keyholder("another", 1, 2, 2, holder.code)
    assert other.certificate() != holder.certificate() and other.coefexps() != holder.coefexps()


def test_a_share_that_does_not_fit_names_its_sender():
    holders = ceremony(2, 3)
    certs, coefexps = [s.certificate() for s in holders], [s.coefexps() for s in holders]
    to_first = [None, holders[1].shares(certs)[0], holders[2].shares(certs)[0]]
    assert holders[0].decryption_key(coefexps, certs, to_first)
    good = to_first[2]
    for bad in (
        good | {"data": f"{int(good['data'], 16) ^ 1:064x}"},
        good | {"alpha": show_point(g_power(5))},
        good | {"to": 2},
        good | {"data": "00"},
        to_first[1],
    ):
        with pytest.raises(errors.BadShare) as refused:
            holders[0].decryption_key(coefexps, certs, [*to_first[:2], bad])
        assert refused.value.where == "trustee 3"


def test_six_digits_are_the_same_for_all_and_others_for_other_certificates():
    holders = ceremony(2, 3)
    certs, nonces = [s.certificate() for s in holders], [s.nonce() for s in holders]
    shown = digits("keyring", certs, nonces)
    assert len(shown) == 6 and shown.isdigit()
    assert digits("keyring", certs, nonces) == shown
    others = [ceremony(2, 3)[0].certificate(), *certs[1:]]
    assert digits("keyring", others, nonces) != shown
    assert commitment(certs[0], nonces[0]) != commitment(certs[1], nonces[0])


def _bent(keys: Keys, path: list, change) -> list:
    listed = copy.deepcopy(keys.listed)
    inner = listed
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = change(inner[path[-1]])
    assert listed != keys.listed
    return listed


def _next(text: str) -> str:
    return str((int(text) + 1) % Q)


def _inner(name, change):
    """Changes a field of a signed message, which its signature then does not fit."""

    def bend(text):
        value = json.loads(text)
        value[name] = change(value[name])
        return compact(value).decode()

    return bend


P = [1, 1]
CASES = [
    ([0, 1, "pok", "challenge"], _next, "BadProofOfKey"),
    ([0, 1, "pok", "response"], _next, "BadProofOfKey"),
    ([0, 1, "pok", "response"], lambda text: str(int(text) + Q), "BadScalar"),
    ([0, 1, "public_key"], lambda _text: show_point(g_power(7)), "BadProofOfKey"),
    ([0, 1, "public_key"], lambda _text: show_point(IDENTITY), "WrongKey"),
    ([0, 1, "public_key"], lambda text: text.upper(), "BadPoint"),
    ([0, 1, "public_key"], lambda _text: "00" * 32, "BadPoint"),  # of order 4
    ([0, 0], lambda _text: "Double", "BadTrustees"),
    ([0], lambda item: [*item, 1], "BadFields"),
    ([*P, "threshold"], lambda _number: 3, "BadTrustees"),
    ([*P, "threshold"], lambda _number: 0, "BadTrustees"),
    ([*P, "threshold"], lambda _number: 4, "BadTrustees"),
    ([*P, "threshold"], lambda _number: "2", "BadTrustees"),
    ([*P, "certs"], lambda items: items[::-1], "BadTrustees"),
    ([*P, "certs"], lambda items: items[:2], "BadFields"),
    ([*P, "certs", 1, "signature", "response"], _next, "BadTrusteeSignature"),
    (
        [*P, "certs", 1, "message"],
        _inner("encryption", lambda _text: show_point(g_power(9))),
        "BadTrusteeSignature",
    ),
    (
        [*P, "certs", 1, "message"],
        _inner("context", lambda value: value | {"group": "Ed448"}),
        "BadTrustees",
    ),
    ([*P, "certs", 1, "message"], lambda text: text + " ", "BadJson"),
    ([*P, "certs", 1, "message"], lambda _text: "\ud800", "BadTrustees"),
    ([*P, "coefexps"], lambda items: items[::-1], "BadTrusteeSignature"),
    ([*P, "coefexps", 0, "signature", "challenge"], _next, "BadTrusteeSignature"),
    (
        [*P, "coefexps", 0, "message"],
        _inner("coefexps", lambda points: points[::-1]),
        "BadTrusteeSignature",
    ),
    ([*P, "coefexps", 0, "message"], _inner("coefexps", lambda points: points[:1]), "BadFields"),
    ([*P, "signatures", 2, "response"], _next, "BadTrusteeSignature"),
    ([*P, "signatures"], lambda items: items[::-1], "BadTrusteeSignature"),
    ([*P, "verification_keys"], lambda items: items[::-1], "BadTrusteeSignature"),
    ([*P, "verification_keys", 0, "pok", "challenge"], _next, "BadProofOfKey"),
    ([*P, "verification_keys", 0, "signature", "challenge"], _next, "BadTrusteeSignature"),
]


@pytest.mark.parametrize(("path", "change", "name"), CASES)
def test_whatever_is_bent_in_a_list_of_trustees_is_named(keys, path, change, name):
    with pytest.raises(errors.Fault) as refused:
        trustees.check(_bent(keys, path, change))
    assert refused.value.name == name
    assert refused.value.where.startswith(f"trustees {path[0] + 1}")


def test_a_key_that_the_coefficients_do_not_give_is_refused_though_all_is_signed(keys):
    """Somebody who wants to open alone publishes another verification key, proved and signed."""
    holders = ceremony(2, 3)
    entry, _secrets = finish(holders)
    entry[1]["verification_keys"][1] = holders[1].verification_key(trustees.new_secret())
    with pytest.raises(errors.WrongKey) as refused:
        trustees.check([entry])
    assert refused.value.where == "trustees 1: verification key 2"


def test_two_keys_that_cancel_out_are_no_key_of_an_election():
    secret = trustees.new_secret()
    with pytest.raises(errors.WrongKey):
        trustees.check([trustees.single(secret), trustees.single(Q - secret)])


@pytest.mark.parametrize("raw", [b"[]", b"{}", b"1", b'[["Single"]]', b"[", b'[["Single",1]]', b"\xff"])
def test_what_is_no_list_of_trustees_is_refused(raw):
    with pytest.raises(errors.Fault):
        trustees.check(raw)


def test_owners_are_numbered_over_keys_and_members_alike():
    keys = Keys().single().pedersen(1, 2).single()
    found = trustees.check(keys.raw)
    assert list(found.owners) == [g_power(keys.secrets[owner]) for owner in (1, 2, 3, 4)]
    assert not tally.enough(found, [1, 4]) and not tally.enough(found, [2, 4])
    assert tally.enough(found, [1, 3, 4]) and tally.enough(found, [4, 2, 1, 3])


def test_more_trustees_than_any_hall_has_are_refused_before_they_cost_time():
    one = trustees.single(trustees.new_secret())
    with pytest.raises(errors.BadTrustees) as refused:
        trustees.check([one] * 5000)
    assert refused.value.where == "trustees 101"
