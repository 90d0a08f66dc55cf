"""Sealing a ballot: encrypt every choice and prove, without opening it, that it is allowed.

What is secret here goes through libsodium only, which takes a time that does not tell it. The
shapes and what is proved are in `checking`.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, NamedTuple

from yishi.ballot.encoding import compact, fingerprint
from yishi.ballot.errors import BadChoice
from yishi.ballot.group import Q, challenge, g_power, mul, power, show_point

if TYPE_CHECKING:
    from collections.abc import Sequence

    from yishi.ballot.elections import Election, Question


class Sealed(NamedTuple):
    """A ballot to be cast, and for "check or cast" the r of every choice as decimal text.

    Who has `randomness` can open the ballot: it is shown only for one that is thrown away.
    """

    raw: bytes
    randomness: list[list[str]]


def seal(election: Election, secret: int, choices: Sequence[Sequence[int]]) -> Sealed:
    """The ballot of the credential g^secret. `choices[question][choice]` is 1 for chosen, else 0.

    A question with `blank` has its blank bit before the answers. Raises BadChoice, with the
    question, for what `Question.permits` does not.
    """
    _refuse(election, choices)
    credential = show_point(g_power(secret))
    start = f"{election.fingerprint}|{credential}"
    answers, randomness = [], []
    for question, bits in zip(election.questions, choices, strict=True):
        marks = [_Mark.make(election.public_key, bit) for bit in bits]
        answers.append(_answer(election.public_key, start, question, marks))
        randomness.append([str(mark.r) for mark in marks])
    ballot: dict[str, Any] = {
        "election_uuid": election.uuid,
        "election_hash": election.fingerprint,
        "credential": credential,
        "answers": answers,
    }
    digest = fingerprint(compact(ballot))
    w = _random()
    c = challenge(f"sig|{digest}|", [g_power(w)])
    ballot["signature"] = {"hash": digest, "proof": _proof(c, w - secret * c)}
    return Sealed(compact(ballot), randomness)


def tracker(raw: bytes) -> str:
    """What a voter finds the ballot by: its fingerprint."""
    return fingerprint(raw)


class _Mark(NamedTuple):
    """A value that is encrypted, and the exponent that it is encrypted with."""

    value: int
    r: int
    alpha: bytes
    beta: bytes

    @classmethod
    def make(cls, y: bytes, value: int) -> _Mark:
        r = _random()
        return cls(value, r, g_power(r), mul(power(y, r), g_power(value)))

    def __add__(self, other: object) -> _Mark:
        """The product of both encrypts the sum of both."""
        assert isinstance(other, _Mark)
        return _Mark(
            self.value + other.value,
            (self.r + other.r) % Q,
            mul(self.alpha, other.alpha),
            mul(self.beta, other.beta),
        )

    @property
    def text(self) -> str:
        return f"{show_point(self.alpha)},{show_point(self.beta)}"


def _refuse(election: Election, choices: Sequence[Sequence[int]]) -> None:
    if len(choices) != len(election.questions):
        raise BadChoice(detail=f"{len(choices)} != {len(election.questions)}")
    for number, (question, bits) in enumerate(zip(election.questions, choices, strict=True), 1):
        if not question.permits(bits):
            raise BadChoice(f"question {number}")


def _answer(y: bytes, start: str, question: Question, marks: list[_Mark]) -> dict[str, Any]:
    first, *others = question.counted(marks)
    total = sum(others, first)
    whole = f"{start}|{','.join(mark.text for mark in marks)}|"
    allowed = question.allowed(marks, total)
    answer: dict[str, Any] = {
        "choices": [{"alpha": show_point(mark.alpha), "beta": show_point(mark.beta)} for mark in marks],
        "individual_proofs": [
            _prove(y, f"prove|{start}|{mark.text}|", [(mark, 0), (mark, 1)]) for mark in marks
        ],
    }
    if question.blank:
        answer["overall_proof"] = _prove(y, f"bproof1|{whole}", allowed)
        answer["blank_proof"] = _prove(y, f"bproof0|{whole}", [(marks[0], 0), (total, 0)])
    else:
        answer["overall_proof"] = _prove(y, f"prove|{whole}{total.text}|", allowed)
    return answer


def _prove(y: bytes, prefix: str, allowed: list[tuple[_Mark, int]]) -> list[dict[str, str]]:
    """That one of the marks has the value beside it, without saying which.

    For one that has, A = g^t and B = y^t. For the others the challenge c is random beforehand; as r
    is known, A = g^s alpha^c = g^t with s = t - r c, and B = y^s (beta / g^M)^c = y^t g^((m - M) c).
    All are computed alike; for the true one (m - M) c is 0.
    """
    true = next(number for number, (mark, value) in enumerate(allowed) if mark.value == value)
    exponents = [_random() for _one in allowed]
    challenges = [0 if number == true else _random() for number in range(len(allowed))]
    points = []
    for (mark, value), t, c in zip(allowed, exponents, challenges, strict=True):
        points += [g_power(t), mul(power(y, t), g_power((mark.value - value) * c))]
    challenges[true] = (challenge(prefix, points) - sum(challenges)) % Q
    return [
        _proof(c, t - mark.r * c) for (mark, _value), t, c in zip(allowed, exponents, challenges, strict=True)
    ]


def _proof(c: int, response: int) -> dict[str, str]:
    return {"challenge": str(c), "response": str(response % Q)}


def _random() -> int:
    return secrets.randbelow(Q)
