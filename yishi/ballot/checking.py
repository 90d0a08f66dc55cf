"""Whether a ballot is one of this election, allowed and signed: all that can be told from outside.

    {"election_uuid","election_hash","credential","answers":[answer],"signature":{"hash","proof"}}
    answer: {"choices":[{"alpha","beta"}],"individual_proofs":[[proof,proof]],"overall_proof":[proof],
             "blank_proof"?:[proof,proof]}
    proof:  {"challenge","response"}

A choice m is (alpha, beta) = (g^r, y^r g^m). That one of several pairs has the value M which goes
with it is proved by a challenge c and a response r for each: A = g^r alpha^c, B = y^r (beta/g^M)^c,
and the challenges add up to the hash of all A and B.

Whether a credential is on the list, and which of its ballots counts, is for the caller to know.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from yishi.ballot import fast
from yishi.ballot.encoding import fields, fingerprint, items, parse
from yishi.ballot.errors import BadProof, BadSignature, Fault, WrongElection
from yishi.ballot.group import Q, parse_scalar, read_point, show_point

if TYPE_CHECKING:
    from yishi.ballot.elections import Election, Question
    from yishi.ballot.group import Base, Job, Powers

    Pair = tuple[Base, Base]

Ciphertext = tuple[bytes, bytes]  # alpha, beta

SIGNATURE = b',"signature":'


class Ballot(NamedTuple):
    """A ballot that was found right. `ciphertexts[question][choice]` is (alpha, beta)."""

    credential: str
    ciphertexts: tuple[tuple[Ciphertext, ...], ...]
    tracker: str


class Checker:
    """Checks ballots of one election; what it prepares (a table of powers) serves all of them."""

    def __init__(self, election: Election, powers: Powers | None = None) -> None:
        self.election = election
        self.powers = powers or fast.powers(election.public_key)

    def check(self, raw: bytes) -> Ballot:
        """The ballot. Raises BadJson, BadFields, WrongElection, BadPoint, BadScalar, BadProof or
        BadSignature, each with its place where there is one.
        """
        uuid, phi, credential, answers, signature = fields(
            parse(raw), "election_uuid", "election_hash", "credential", "answers", "signature"
        )
        if uuid != self.election.uuid or phi != self.election.fingerprint:
            raise WrongElection(detail=f"{uuid} {phi}"[:80])
        digest, proof = fields(signature, "hash", "proof")
        # The signature is the last field: what it signs are the bytes before it.
        if digest != fingerprint(raw[: raw.rindex(SIGNATURE)] + b"}"):
            raise BadSignature("hash")

        signer = read_point(credential)
        proofs = _Proofs(f"{phi}|{credential}")
        questions = self.election.questions
        ciphertexts = tuple(
            proofs.read_answer(f"question {number}", question, answer)
            for number, (question, answer) in enumerate(
                zip(questions, items(answers, len(questions)), strict=True), 1
            )
        )
        c, r = _scalars(proof)
        *found, promise = map(show_point, self.powers.many([*proofs.jobs, (r, 0, signer, c)]))
        proofs.judge(found)
        if _hash(f"sig|{digest}|{promise}") != c:
            raise BadSignature("proof")
        return Ballot(credential, ciphertexts, fingerprint(raw))


class _Claim(NamedTuple):
    """The challenges add up to `total`; the points of the jobs from `start` to `end` must hash to it."""

    where: str
    prefix: str
    total: int
    start: int
    end: int
    heads: int  # so many of the points belong to what is claimed, the others to its proof


class _Proofs:
    """All that a ballot claims, gathered first so that its arithmetic is one call."""

    def __init__(self, start: str) -> None:
        self.start = start  # S0, what every hash of the ballot begins with
        self.jobs: list[Job] = []
        self._claims: list[_Claim] = []

    def read_answer(self, where: str, question: Question, value: object) -> tuple[Ciphertext, ...]:
        try:
            choices, individual, overall, *blank = fields(
                value,
                *("choices", "individual_proofs", "overall_proof"),
                *(["blank_proof"] if question.blank else []),
            )
            texts = [fields(choice, "alpha", "beta") for choice in items(choices, question.width)]
            pairs = [(read_point(alpha), read_point(beta)) for alpha, beta in texts]
            names = [f"{alpha},{beta}" for alpha, beta in texts]
            for number, (pair, name, proof) in enumerate(
                zip(pairs, names, items(individual, len(pairs)), strict=True), 1
            ):
                prefix = f"prove|{self.start}|{name}|"
                self._claim(f"{where} choice {number}", prefix, [(pair, 0), (pair, 1)], proof)

            alphas, betas = zip(*question.counted(pairs), strict=True)
            total: Pair = (alphas, betas)
            whole = f"{self.start}|{','.join(names)}|"
            allowed = question.allowed(pairs, total)
            if question.blank:
                self._claim(f"{where} overall", f"bproof1|{whole}", allowed, overall)
                both = [(pairs[0], 0), (total, 0)]
                self._claim(f"{where} blank", f"bproof0|{whole}", both, blank[0])
            else:
                self._claim(f"{where} overall", f"prove|{whole}", allowed, overall, heads=total)
        except Fault as fault:
            raise fault if fault.where else fault.at(where) from None
        return tuple(pairs)

    def _claim(
        self,
        where: str,
        prefix: str,
        allowed: list[tuple[Pair, int]],
        proofs: object,
        heads: Pair | tuple[()] = (),
    ) -> None:
        """One of the pairs has the value beside it; the hash begins with `prefix` and the `heads`."""
        start, total = len(self.jobs), 0
        self.jobs += [(0, 0, head, 1) for head in heads]
        for ((alpha, beta), value), proof in zip(allowed, items(proofs, len(allowed)), strict=True):
            c, r = _scalars(proof)
            self.jobs += [(r, 0, alpha, c), (-value * c % Q, r, beta, c)]
            total += c
        self._claims.append(_Claim(where, prefix, total % Q, start, len(self.jobs), len(heads)))

    def judge(self, points: list[str]) -> None:
        """Given the points of all jobs. Raises BadProof with the first that does not hold."""
        for claim in self._claims:
            mine = points[claim.start : claim.end]
            heads, promises = ",".join(mine[: claim.heads]), ",".join(mine[claim.heads :])
            text = f"{claim.prefix}{heads}|{promises}" if heads else claim.prefix + promises
            if _hash(text) != claim.total:
                raise BadProof(claim.where)


def _scalars(proof: Any) -> tuple[int, int]:
    challenge, response = fields(proof, "challenge", "response")
    return parse_scalar(challenge), parse_scalar(response)


def _hash(text: str) -> int:
    """`group.challenge` of points that are texts already."""
    return int.from_bytes(sha256(text.encode()).digest(), "big") % Q
