"""Whole votes made by the program, small ones, step by step so that a test can bend any step."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from yishi.ballot import archive, credentials, tally, trustees
from yishi.ballot.archive import Member
from yishi.ballot.ceremony import Keyholder, pedersen
from yishi.ballot.checking import Checker
from yishi.ballot.elections import Election, Question, new_uuid
from yishi.ballot.encoding import compact, fingerprint
from yishi.ballot.record import Record
from yishi.ballot.sealing import seal

DATA = Path(__file__).parent / "data"
STAMP = 1795490106
YES_NO = Question("通过决议", ("赞成", "反对"), 1, 1)


@dataclass
class Keys:
    """A list of trustees with every secret: `secrets[owner]`."""

    listed: list[Any] = field(default_factory=list)
    secrets: dict[int, int] = field(default_factory=dict)

    def single(self) -> Keys:
        secret = trustees.new_secret()
        self.listed.append(trustees.single(secret))
        self.secrets[len(self.secrets) + 1] = secret
        return self

    def pedersen(self, threshold: int, size: int) -> Keys:
        holders = ceremony(threshold, size)
        entry, secrets = finish(holders)
        self.listed.append(entry)
        for secret in secrets:
            self.secrets[len(self.secrets) + 1] = secret
        return self

    @property
    def raw(self) -> bytes:
        return compact(self.listed)


def ceremony(threshold: int, size: int, context: str = "keyring") -> list[Keyholder]:
    return [
        Keyholder(context, index, size, threshold, credentials.new_code()) for index in range(1, size + 1)
    ]


def finish(holders: Sequence[Keyholder]) -> tuple[list[Any], list[int]]:
    """All rounds of a ceremony: the entry of the list, and each holder's decryption key."""
    certs = [holder.certificate() for holder in holders]
    coefexps = [holder.coefexps() for holder in holders]
    sent = [{share["to"]: share for share in holder.shares(certs)} for holder in holders]
    secrets = [
        holder.decryption_key(coefexps, certs, [row.get(holder.index) for row in sent]) for holder in holders
    ]
    entry = pedersen(
        holders[0].threshold,
        certs,
        coefexps,
        [holder.agreement(certs) for holder in holders],
        [holder.verification_key(secret) for holder, secret in zip(holders, secrets, strict=True)],
    )
    return entry, secrets


@dataclass
class Vote:
    keys: Keys
    election: Election
    codes: list[str]
    weights: list[int]

    @property
    def publics(self) -> list[str]:
        return [credentials.public(self.election.uuid, code) for code in self.codes]

    @property
    def listing(self) -> bytes:
        by_public = dict(zip(self.publics, self.weights, strict=True))
        bare = json.loads(credentials.listing(by_public))
        return compact([one if by_public[one] == 1 else f"{one},{by_public[one]}" for one in bare])

    def secret(self, voter: int) -> int:
        return credentials.secret(self.election.uuid, self.codes[voter])

    def ballot(self, voter: int, choices: Sequence[Sequence[int]]) -> bytes:
        return seal(self.election, self.secret(voter), choices).raw


def new_vote(
    keys: Keys | None = None,
    questions: Sequence[Question] = (YES_NO,),
    voters: int = 4,
    weights: Sequence[int] = (),
) -> Vote:
    keys = keys or Keys().single().pedersen(2, 2)
    key = trustees.check(keys.raw).election_key
    election = Election(new_uuid(), "某镇人代会", "", key, tuple(questions))
    codes = [credentials.new_code() for _n in range(voters)]
    return Vote(keys, election, codes, list(weights) or [1] * voters)


# A step: its event and the data whose hashes its payload names.
Step = tuple[Any, ...]


def steps(vote: Vote, ballots: Sequence[bytes], owners: Iterable[int] | None = None) -> list[Step]:
    """The whole record, opened by these owners, all of them where nothing is said."""
    weights = dict(zip(vote.publics, vote.weights, strict=True))
    checker = Checker(vote.election)
    last = {ballot.credential: ballot for ballot in map(checker.check, ballots)}
    counted = [(ballot.ciphertexts, weights[name]) for name, ballot in last.items()]
    total = sum(weight for _ciphertexts, weight in counted)
    encrypted = tally.encrypted_tally(vote.election, counted)
    parts = {
        owner: tally.partial(vote.election, encrypted, vote.keys.secrets[owner])
        for owner in (vote.keys.secrets if owners is None else owners)
    }
    found = trustees.check(vote.keys.raw)
    return [
        ("setup", vote.election.raw, vote.keys.raw, vote.listing),
        *(("ballot", raw) for raw in ballots),
        ("end",),
        ("encrypted_tally", encrypted, len(counted), total),
        *(("partial", owner, raw) for owner, raw in parts.items()),
        ("result", tally.open_tally(vote.election, found, encrypted, parts, total)),
    ]


def members(wanted: Iterable[Step]) -> list[Member]:
    """The chain anew, so that every hash is right."""
    record = Record()
    found: list[Member] = []
    for name, *given in wanted:
        if name == "encrypted_tally":
            raw, counted, total = given
            found += record.encrypted_tally(raw, num_tallied=counted, total_weight=total)
        else:
            found += getattr(record, name)(*given)
    return found


def written(found: Iterable[Member], stamp: int = STAMP) -> bytes:
    return archive.opening(stamp) + b"".join(archive.member(*member, stamp) for member in found)


def signed_anew(vote: Vote, ballot: dict[str, Any]) -> bytes:
    """A ballot that was bent, under a right signature where its credential is one of ours."""
    body = {name: part for name, part in ballot.items() if name != "signature"}
    digest = fingerprint(compact(body))
    secrets = {public: vote.secret(n) for n, public in enumerate(vote.publics)}
    secret = secrets.get(body["credential"], 1)
    proof = trustees.prove(f"sig|{digest}|", secret)
    return compact(body | {"signature": {"hash": digest, "proof": proof}})
