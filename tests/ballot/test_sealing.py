"""What is sealed passes the check and opens as it was chosen; whatever was tampered with is refused."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ballot import samples
from yishi.ballot import audit
from yishi.ballot.checking import Checker
from yishi.ballot.elections import Election, Question
from yishi.ballot.encoding import compact, fingerprint, parse
from yishi.ballot.errors import (
    BadChoice,
    BadFields,
    BadJson,
    BadPoint,
    BadProof,
    BadScalar,
    BadSignature,
    DoesNotOpen,
    Fault,
    WrongElection,
)
from yishi.ballot.group import IDENTITY, P, Powers, Q, challenge, g_power, mul, parse_point, show_point
from yishi.ballot.sealing import Sealed, seal, tracker

KEY, SECRET = g_power(7), 12345
CREDENTIAL = show_point(g_power(SECRET))
QUESTIONS = (
    Question("通过决议？", ("赞成", "反对", "弃权"), 1, 1),
    Question("选至多一人", ("甲", "乙"), 1, 1, blank=True),
)
ELECTION = Election("1" * 14, "会议", "说明", KEY, QUESTIONS)
CHECKER = Checker(ELECTION)
CHOICES = [[0, 1, 0], [0, 0, 1]]
SEALED = seal(ELECTION, SECRET, CHOICES)


# --- ballots of another program ----------------------------------------------


@pytest.mark.parametrize("name", samples.GOOD)
def test_every_ballot_of_another_program_is_right(name: str):
    election = samples.election(name)
    checker = Checker(election)
    for raw in samples.ballots(name):
        assert compact(json.loads(raw)) == raw
        ballot = checker.check(raw)
        assert ballot.tracker == tracker(raw) == fingerprint(raw)
        assert ballot.credential == parse(raw)["credential"]
        assert [len(pairs) for pairs in ballot.ciphertexts] == [each.width for each in election.questions]


@pytest.mark.parametrize("name", samples.GOOD)
def test_pynacl_and_the_arithmetic_in_use_find_the_same(name: str):
    election, raw = samples.election(name), samples.ballots(name)[0]
    assert Checker(election, Powers(election.public_key)).check(raw) == Checker(election).check(raw)


def test_a_flipped_bit_in_a_record_of_another_program_is_found():
    checker = Checker(samples.election("bad/flipped-proof"))
    wrong = 0
    for raw in samples.ballots("bad/flipped-proof"):
        try:
            checker.check(raw)
        except BadSignature:
            wrong += 1
    assert wrong == 1


def test_all_powers_of_a_ballot_are_asked_for_at_once():
    class Counting(Powers):
        calls = 0

        def many(self, jobs: Any) -> list[bytes]:
            self.calls += 1
            return super().many(jobs)

    powers = Counting(KEY)
    Checker(ELECTION, powers).check(SEALED.raw)
    assert powers.calls == 1


# --- sealing and opening -----------------------------------------------------


@st.composite
def votes(draw: st.DrawFn) -> tuple[Election, list[list[int]]]:
    questions, choices = [], []
    for _n in range(draw(st.integers(1, 2))):
        count = draw(st.integers(1, 3))
        bits = draw(st.lists(st.integers(0, 1), min_size=count, max_size=count))
        blank = draw(st.booleans())
        is_blank = blank and draw(st.booleans())
        minimum = draw(st.integers(0, count if is_blank else sum(bits)))
        maximum = draw(st.integers(max(minimum, 0 if is_blank else sum(bits)), count))
        questions.append(Question("?", tuple("甲乙丙"[:count]), minimum, maximum, blank))
        choices.append(([int(is_blank)] if blank else []) + ([0] * count if is_blank else bits))
    return Election("1" * 14, "", "", g_power(draw(st.integers(1, Q - 1))), tuple(questions)), choices


@settings(max_examples=25, deadline=None)
@given(votes(), st.integers(1, Q - 1))
def test_what_is_sealed_is_right_and_opens_as_it_was_chosen(vote: Any, secret: int):
    election, choices = vote
    sealed = seal(election, secret, choices)
    assert Checker(election).check(sealed.raw).credential == show_point(g_power(secret))
    assert audit.open_with(election, sealed.raw, sealed.randomness) == choices


def test_the_same_choices_are_sealed_differently_each_time():
    again = seal(ELECTION, SECRET, CHOICES)
    assert again.raw != SEALED.raw and again.randomness != SEALED.randomness
    one, two = (CHECKER.check(each.raw).ciphertexts for each in (again, SEALED))
    assert not set(one[0]) & set(two[0])


@pytest.mark.parametrize(
    "choices",
    [
        [],
        [[0, 1, 0]],
        [[0, 1, 0], [0, 0, 1], [1]],
        [[0, 0, 0], [0, 0, 1]],
        [[1, 1, 0], [0, 0, 1]],
        [[0, 1], [0, 0, 1]],
        [[0, 1, 0, 0], [0, 0, 1]],
        [[0, 2, -1], [0, 0, 1]],
        [[0, 1, 0], [0, 0, 0]],
        [[0, 1, 0], [0, 1, 1]],
        [[0, 1, 0], [1, 0, 1]],
        [[0, 1, 0], [0, 1]],
    ],
)
def test_what_a_question_does_not_allow_is_not_sealed(choices: list[list[int]]):
    with pytest.raises(BadChoice):
        seal(ELECTION, SECRET, choices)


# --- tampering ---------------------------------------------------------------


def changed(change: Callable[[Any], Any], secret: int = SECRET, sealed: Sealed = SEALED) -> bytes:
    """The ballot with something changed, signed anew with a right signature of `secret`."""
    ballot = copy.deepcopy(parse(sealed.raw))
    change(ballot)
    ballot.pop("signature", None)
    digest = fingerprint(compact(ballot))
    c = challenge(f"sig|{digest}|", [g_power(99)])
    response = (99 - secret * c) % Q
    proof = {"challenge": str(c), "response": str(response)}
    return compact(ballot | {"signature": {"hash": digest, "proof": proof}})


def put(*place: Any, to: Any) -> Callable[[Any], None]:
    """Sets what stands at a place; `to` may be a function of what stood there."""

    def change(ballot: Any) -> None:
        for key in place[:-1]:
            ballot = ballot[key]
        ballot[place[-1]] = to(ballot[place[-1]]) if callable(to) else to

    return change


def test_signed_anew_without_a_change_it_is_right():
    assert CHECKER.check(changed(lambda ballot: None)).credential == CREDENTIAL


def _reordered(value: Any) -> Any:
    return dict(reversed(value.items()))


def _of_order_two(text: str) -> str:
    return show_point(mul(parse_point(text), (P - 1).to_bytes(32, "little")))


ALPHA = ("answers", 0, "choices", 0, "alpha")
BETA = ("answers", 0, "choices", 0, "beta")
C = ("answers", 0, "individual_proofs", 0, 0, "challenge")
TAMPERED: dict[str, tuple[type[Fault], Callable[[Any], None]]] = {
    "another uuid": (WrongElection, put("election_uuid", to="2" * 14)),
    "another fingerprint": (WrongElection, put("election_hash", to=fingerprint(b""))),
    "uuid missing": (BadFields, lambda ballot: ballot.pop("election_uuid")),
    "an answer fewer": (BadFields, put("answers", to=lambda answers: answers[:1])),
    "an answer more": (BadFields, put("answers", to=lambda answers: [*answers, answers[0]])),
    "answers no list": (BadFields, put("answers", to=None)),
    "answer no object": (BadFields, put("answers", 0, to=[])),
    "fields in another order": (BadFields, put("answers", 0, to=_reordered)),
    "fields of a choice in another order": (BadFields, put(*ALPHA[:-1], to=_reordered)),
    "fields of a proof in another order": (BadFields, put(*C[:-1], to=_reordered)),
    "another field": (BadFields, put("answers", 0, "extra", to=1)),
    "a choice fewer": (BadFields, put("answers", 0, "choices", to=lambda some: some[:-1])),
    "a choice more": (BadFields, put("answers", 0, "choices", to=lambda some: [*some, some[0]])),
    "a proof fewer": (BadFields, put("answers", 0, "individual_proofs", to=lambda some: some[:-1])),
    "a part of a proof fewer": (BadFields, put(*C[:-2], to=lambda some: some[:-1])),
    "a part of a proof more": (BadFields, put(*C[:-2], to=lambda some: [*some, some[0]])),
    "an overall proof of more": (
        BadFields,
        put("answers", 0, "overall_proof", to=lambda some: [*some, some[0]]),
    ),
    "an empty overall proof": (BadFields, put("answers", 0, "overall_proof", to=[])),
    "a blank proof without blank": (BadFields, put("answers", 0, "blank_proof", to=[])),
    "no blank proof with blank": (BadFields, lambda ballot: ballot["answers"][1].pop("blank_proof")),
    "half a blank proof": (BadFields, put("answers", 1, "blank_proof", to=lambda some: some[:1])),
    "capitals": (BadPoint, put(*ALPHA, to=str.upper)),
    "alpha short": (BadPoint, put(*ALPHA, to=lambda text: text[2:])),
    "alpha a number": (BadPoint, put(*ALPHA, to=1)),
    "alpha no point": (BadPoint, put(*ALPHA, to="00" * 32)),
    "alpha in a coset": (BadPoint, put(*ALPHA, to=_of_order_two)),
    "beta in a coset": (BadPoint, put(*BETA, to=_of_order_two)),
    "an identity that is not canonical": (
        BadPoint,
        put(*ALPHA, to=show_point((P + 1).to_bytes(32, "little"))),
    ),
    "credential in a coset": (BadPoint, put("credential", to=_of_order_two)),
    "credential a list": (BadPoint, put("credential", to=[])),
    "scalar plus Q": (BadScalar, put(*C, to=lambda text: str(int(text) + Q))),
    "scalar with noughts": (BadScalar, put(*C, to=lambda text: "0" + text)),
    "scalar with a sign": (BadScalar, put(*C, to=lambda text: "-" + text)),
    "scalar in other digits": (BadScalar, put(*C, to="１")),
    "scalar a number": (BadScalar, put(*C, to=int)),
    "another alpha": (BadProof, put(*ALPHA, to=show_point(g_power(5)))),
    "an identity": (BadProof, put(*ALPHA, to=show_point(IDENTITY))),
    "one vote more": (BadProof, put(*BETA, to=lambda text: show_point(mul(parse_point(text), g_power(1))))),
    "choices in another order": (BadProof, put("answers", 0, "choices", to=lambda some: some[::-1])),
    "another's ballot": (BadProof, put("credential", to=show_point(g_power(6)))),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_what_was_tampered_with_and_signed_is_refused_by_its_name(name: str):
    fault, change = TAMPERED[name]
    secret = 6 if name == "another's ballot" else SECRET
    with pytest.raises(Fault) as caught:
        CHECKER.check(changed(change, secret))
    assert type(caught.value) is fault


def _scalars(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [place] if place and place[-1] in ("challenge", "response") else []
    return found + [each for key, part in inner for each in _scalars(part, (*place, key))]


def test_every_number_of_every_proof_counts():
    places = _scalars(parse(SEALED.raw)["answers"])
    # 3 + 3 proofs of two parts, 1 of one, and with blank 2 and 2: two numbers each.
    assert len(places) == 2 * (6 * 2 + 1 + 2 + 2)
    wheres = set()
    for place in places:
        with pytest.raises(BadProof) as caught:
            raw = changed(put("answers", *place, to=lambda text: str((int(text) + 1) % Q)))
            CHECKER.check(raw)
        wheres.add(caught.value.where)
    assert wheres == {
        *(f"question {question} choice {choice}" for question in (1, 2) for choice in (1, 2, 3)),
        "question 1 overall",
        "question 2 overall",
        "question 2 blank",
    }


UNSIGNED: dict[str, tuple[type[Fault], Callable[[Any], None]]] = {
    "hash": (BadSignature, put("signature", "hash", to=fingerprint(b""))),
    "challenge": (BadSignature, put("signature", "proof", "challenge", to="5")),
    "response": (BadSignature, put("signature", "proof", "response", to="5")),
    "unsigned change": (BadSignature, put(*ALPHA, to=show_point(g_power(5)))),
    "another signer": (BadSignature, put("credential", to=show_point(g_power(6)))),
    "signature first": (BadFields, lambda ballot: ballot.update(answers=ballot.pop("answers"))),
    "no signature": (BadFields, lambda ballot: ballot.pop("signature")),
    "signature in another order": (BadFields, put("signature", to=_reordered)),
    "response too large": (BadScalar, put("signature", "proof", "response", to=str(Q))),
}


@pytest.mark.parametrize("name", UNSIGNED)
def test_a_signature_that_does_not_fit_is_refused(name: str):
    fault, change = UNSIGNED[name]
    ballot = parse(SEALED.raw)
    change(ballot)
    with pytest.raises(Fault) as caught:
        CHECKER.check(compact(ballot))
    assert type(caught.value) is fault


@pytest.mark.parametrize(
    "raw", [b"", b"[]x", SEALED.raw + b"\n", SEALED.raw[:-1], SEALED.raw.replace(b":", b": ", 1)]
)
def test_another_spelling_is_refused(raw: bytes):
    with pytest.raises(BadJson):
        CHECKER.check(raw)


@pytest.mark.parametrize("raw", [b"[]", b"null", b"{}", b'"text"', b"1"])
def test_what_is_no_ballot_at_all_is_refused(raw: bytes):
    with pytest.raises(BadFields):
        CHECKER.check(raw)


@pytest.mark.parametrize(
    "bits, allowed", [([1, 1], (0, 1)), ([0, 0], (1, 2)), ([1, 1], (2, 2)), ([1, 0], (0, 1))]
)
def test_no_proof_of_a_wider_range_passes_for_a_narrower_one(bits: list[int], allowed: tuple[int, int]):
    """Whoever lets a question allow more than it does has no proof of what it allows."""

    def election(minimum: int, maximum: int) -> Election:
        return Election("1" * 14, "", "", KEY, (Question("?", ("甲", "乙"), minimum, maximum),))

    strict, loose = election(*allowed), election(0, 2)
    vars(loose)["fingerprint"] = strict.fingerprint  # so that the hashes are those of the strict one
    minimum, maximum = allowed
    part = put("answers", 0, "overall_proof", to=lambda some: some[minimum : maximum + 1])
    raw = changed(part, sealed=seal(loose, SECRET, [bits]))
    with pytest.raises(BadProof) as caught:
        Checker(strict).check(raw)
    assert caught.value.where == "question 1 overall"


# --- check or cast -----------------------------------------------------------


@pytest.mark.parametrize(
    "fault, change",
    [
        (DoesNotOpen, put(0, 0, to="5")),
        (DoesNotOpen, put(1, 2, to=lambda text: str((int(text) + 1) % Q))),
        (DoesNotOpen, put(0, to=lambda some: some[::-1])),
        (BadScalar, put(0, 0, to=str(Q))),
        (BadScalar, put(0, 0, to=5)),
        (BadFields, put(0, to=lambda some: some[:-1])),
        (BadFields, lambda randomness: randomness.pop()),
        (BadFields, put(0, to=None)),
    ],
)
def test_other_random_numbers_do_not_open_it(fault: type[Fault], change: Callable[[Any], None]):
    randomness = copy.deepcopy(SEALED.randomness)
    change(randomness)
    with pytest.raises(Fault) as caught:
        audit.open_with(ELECTION, SEALED.raw, randomness)
    assert type(caught.value) is fault


def test_a_ballot_that_is_not_right_is_not_opened():
    with pytest.raises(BadProof):
        audit.open_with(ELECTION, changed(put(*C, to="5")), SEALED.randomness)


def _file(folder: Path, sealed: Sealed, **changes: Any) -> str:
    texts = {
        "election": ELECTION.raw.decode(),
        "ballot": sealed.raw.decode(),
        "randomness": sealed.randomness,
    }
    file = folder / "ballot.json"
    file.write_text(json.dumps(texts | changes), "utf-8")
    return str(file)


@pytest.mark.parametrize("bits, answer", [([0, 0, 1], "乙"), ([1, 0, 0], "（空白）blank")])
def test_the_command_says_what_a_ballot_holds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], bits: list[int], answer: str
):
    sealed = seal(ELECTION, SECRET, [[0, 1, 0], bits])
    assert audit.main([_file(tmp_path, sealed)]) == 0
    assert capsys.readouterr().out == f"会议\n通过决议？\n  反对\n选至多一人\n  {answer}\n"


def test_the_command_says_where_nothing_was_chosen():
    empty = Election("1" * 14, "", "", KEY, (Question("?", ("甲",), 0, 1),))
    assert list(audit.in_words(empty, [[0]])) == ["?", "  （一项未选）none"]


def test_what_was_written_into_an_election_does_not_steer_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    election = Election("1" * 14, "\x1b[2J会议", "", KEY, QUESTIONS)
    sealed = seal(election, SECRET, CHOICES)
    assert audit.main([_file(tmp_path, sealed, election=election.raw.decode())]) == 0
    assert capsys.readouterr().out.startswith("\ufffd[2J会议\n")


def test_the_command_says_what_does_not_open_and_what_is_no_such_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert audit.main([_file(tmp_path, SEALED, randomness=[["5"] * 3, ["5"] * 3])]) == 1
    assert "DoesNotOpen" in capsys.readouterr().err
    for changes in ({"ballot": 1}, {"election": "\ud83d"}):
        assert audit.main([_file(tmp_path, SEALED, **changes)]) == 2
    (tmp_path / "ballot.json").write_bytes(b"[1]")
    assert audit.main([str(tmp_path / "ballot.json")]) == 2
    assert audit.main([str(tmp_path / "nothing.json")]) == audit.main([]) == 2
