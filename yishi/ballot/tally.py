"""From sealed ballots to the result: the product, each trustee's part of its opening, the numbers.

Everywhere `[question][choice]`, with the bit of `blank` first where a question has one.
"""

from __future__ import annotations

import secrets
from math import isqrt
from typing import TYPE_CHECKING

from yishi.ballot.encoding import compact, fields, items, parse
from yishi.ballot.errors import BadDecryptionProof, TooFewDecryptions, WrongResult, place
from yishi.ballot.fast import powers
from yishi.ballot.group import (
    IDENTITY,
    Q,
    challenge,
    div,
    g_power,
    mul,
    parse_point,
    parse_scalar,
    power,
    product,
    show_point,
)
from yishi.ballot.trustees import Nonce, Single

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from yishi.ballot.elections import Election
    from yishi.ballot.trustees import Trustees

Pair = tuple[bytes, bytes]  # alpha, beta
Ciphertexts = tuple[tuple[Pair, ...], ...]
Factors = tuple[tuple[bytes, ...], ...]

MOST = 10**9  # the greatest weight of all ballots whose result is looked for: 32 000 steps each way


def widths(election: Election) -> list[int]:
    """How many ciphertexts each question has."""
    return [question.width for question in election.questions]


# --- the encrypted tally ----------------------------------------------------


class Tally:
    """A running product of ballots. Every point given must have been checked."""

    def __init__(self, election: Election) -> None:
        self._powers = powers(election.public_key)
        self.ciphertexts: Ciphertexts = tuple(((IDENTITY, IDENTITY),) * width for width in widths(election))

    def add(self, ballots: Iterable[tuple[Ciphertexts, int]]) -> None:
        """Ballots with their weights, any number at once: the more the cheaper each."""
        sets = [_weighted(ciphertexts, weight) for ciphertexts, weight in ballots]
        self.ciphertexts = tuple(
            tuple(self._column([one[q][c] for one in (self.ciphertexts, *sets)]) for c in range(len(row)))
            for q, row in enumerate(self.ciphertexts)
        )

    def _column(self, pairs: Sequence[Pair]) -> Pair:
        alphas, betas = zip(*pairs, strict=True)
        return self._powers.product(alphas), self._powers.product(betas)


def _weighted(ciphertexts: Ciphertexts, weight: int) -> Ciphertexts:
    if weight == 1:
        return ciphertexts
    return tuple(
        tuple((power(alpha, weight), power(beta, weight)) for alpha, beta in row) for row in ciphertexts
    )


def encrypted_tally(election: Election, ballots: Iterable[tuple[Ciphertexts, int]]) -> bytes:
    """What is published of all counted ballots, each with its weight. None at all is a tally too."""
    tally = Tally(election)
    tally.add(ballots)
    return show_tally(tally.ciphertexts)


def show_tally(ciphertexts: Ciphertexts) -> bytes:
    return compact(
        [
            [{"alpha": show_point(alpha), "beta": show_point(beta)} for alpha, beta in row]
            for row in ciphertexts
        ]
    )


def parse_tally(election: Election, raw: bytes) -> Ciphertexts:
    """Raises BadJson, BadFields, BadPoint."""
    rows = _rows(election, parse(raw))
    return tuple(
        tuple(
            (parse_point(alpha), parse_point(beta)) for alpha, beta in (fields(pair, *PAIR) for pair in row)
        )
        for row in rows
    )


PAIR = ("alpha", "beta")


def _rows(election: Election, value: object) -> list[list[object]]:
    sizes = widths(election)
    return [items(row, size) for row, size in zip(items(value, len(sizes)), sizes, strict=True)]


# --- one trustee's part -----------------------------------------------------


def partial(election: Election, tally: bytes, secret: int, nonce: Nonce | None = None) -> bytes:
    """A trustee's part of the opening of this encrypted tally, with its proofs.

    Look at the record first (`verify`): whoever opens any ciphertext that is handed to it opens a
    single ballot for whoever asks.
    """
    prefix = _prefix(election, g_power(secret))
    rows = parse_tally(election, tally)
    proofs = [[_proof(prefix, alpha, secret, nonce) for alpha, _beta in row] for row in rows]
    factors = [[show_point(power(alpha, secret)) for alpha, _beta in row] for row in rows]
    return compact({"decryption_factors": factors, "decryption_proofs": proofs})


def _prefix(election: Election, key: bytes) -> str:
    return f"decrypt|{election.fingerprint}|{show_point(key)}|"


def _proof(prefix: str, alpha: bytes, secret: int, nonce: Nonce | None) -> dict[str, str]:
    w = nonce(f"w|{prefix}{show_point(alpha)}") if nonce else 1 + secrets.randbelow(Q - 1)
    found = challenge(prefix, [g_power(w), power(alpha, w)])
    return {"challenge": str(found), "response": str((w - secret * found) % Q)}


def check_partial(election: Election, tally: Ciphertexts, key: bytes, raw: bytes) -> Factors:
    """The factors of the trustee with this key.

    Raises BadDecryptionProof with question and answer, BadJson, BadFields, BadPoint, BadScalar.
    """
    shown, proofs = fields(parse(raw), "decryption_factors", "decryption_proofs")
    prefix = _prefix(election, key)
    found = []
    rows = zip(tally, _rows(election, shown), _rows(election, proofs), strict=True)
    for q, row in enumerate(rows, 1):
        factors = []
        for c, ((alpha, _beta), text, proof) in enumerate(zip(*row, strict=True), 1):
            with place(f"question {q} choice {c}"):
                factors.append(_checked(prefix, key, alpha, text, proof))
        found.append(tuple(factors))
    return tuple(found)


def _checked(prefix: str, key: bytes, alpha: bytes, text: object, proof: object) -> bytes:
    factor = parse_point(text)
    given, response = map(parse_scalar, fields(proof, "challenge", "response"))
    one = mul(g_power(response), power(key, given))
    two = mul(power(alpha, response), power(factor, given))
    if challenge(prefix, [one, two]) != given:
        raise BadDecryptionProof
    return factor


# --- the result -------------------------------------------------------------


def enough(trustees: Trustees, owners: Iterable[int]) -> bool:
    """Whether these owners can open a tally together."""
    return _weights(trustees, list(owners)) is not None


def combine(trustees: Trustees, parts: Mapping[int, Factors]) -> Factors:
    """alpha^(secret key of the election), from checked factors by owner, in the order they came.

    All single keys, and of each Pedersen group the first `threshold`. Raises TooFewDecryptions.
    """
    weights = _weights(trustees, list(parts))
    if weights is None:
        raise TooFewDecryptions(detail=", ".join(map(str, parts)))
    chosen = [(parts[owner], weight) for owner, weight in weights.items()]
    shape = next(iter(parts.values()))
    return tuple(
        tuple(
            product(power(factors[q][c], weight) for factors, weight in chosen) for c in range(len(shape[q]))
        )
        for q in range(len(shape))
    )


def _weights(trustees: Trustees, owners: Sequence[int]) -> dict[int, int] | None:
    """The owners that count, each with the exponent of its factor; None where they are too few."""
    found: dict[int, int] = {}
    before = 0
    for group in trustees.groups:
        if isinstance(group, Single):
            size, threshold = 1, 1
        else:
            size, threshold = len(group.keys), group.threshold
        members = [owner - before for owner in owners if before < owner <= before + size][:threshold]
        if len(members) < threshold:
            return None
        found |= {before + j: _lagrange(members, j) for j in members}
        before += size
    return found


def _lagrange(members: Sequence[int], j: int) -> int:
    """prod k / (k - j) over the other members, mod Q: the weight of the value at j for the value at 0."""
    found = 1
    for k in members:
        if k != j:
            found = found * k * pow(k - j, -1, Q) % Q
    return found


def opened(tally: Ciphertexts, factors: Factors) -> Factors:
    """g^number for each choice."""
    return tuple(
        tuple(div(beta, factor) for (_alpha, beta), factor in zip(row, line, strict=True))
        for row, line in zip(tally, factors, strict=True)
    )


def numbers(points: Factors, total_weight: int) -> list[list[int]]:
    """The numbers behind `opened`, each from 0 to `total_weight`. Raises WrongResult where there is none."""
    search = Logarithm(total_weight)
    return [[search.of(point) for point in row] for row in points]


def result(numbers: Sequence[Sequence[int]]) -> bytes:
    return compact({"result": [list(row) for row in numbers]})


def open_tally(
    election: Election, trustees: Trustees, tally: bytes, parts: Mapping[int, bytes], total_weight: int
) -> bytes:
    """The result from the raw partial decryptions by owner, each checked first."""
    pairs = parse_tally(election, tally)
    owners = trustees.owners
    factors: dict[int, Factors] = {}
    for owner, raw in parts.items():
        with place(f"trustee {owner}"):
            factors[owner] = check_partial(election, pairs, owners[owner - 1], raw)
    return result(numbers(opened(pairs, combine(trustees, factors)), total_weight))


class Logarithm:
    """Finds m in g^m for 0 <= m <= `most`: about sqrt(most) steps to prepare, as many at most for each."""

    def __init__(self, most: int) -> None:
        if most > MOST:
            raise WrongResult(detail=f"{most} > {MOST}")
        self.most = most
        self.width = isqrt(most) + 1
        self._small: dict[bytes, int] = {}
        point, step = IDENTITY, g_power(1)
        for number in range(self.width):
            self._small[point] = number
            point = mul(point, step)
        self._giant = point  # g^width

    def of(self, point: bytes) -> int:
        for giant in range(self.most // self.width + 1):
            number = self._small.get(point)
            if number is not None and giant * self.width + number <= self.most:
                return giant * self.width + number
            point = div(point, self._giant)
        raise WrongResult(detail=f"> {self.most}")
