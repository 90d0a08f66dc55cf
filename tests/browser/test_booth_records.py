"""What a scrutineer's page checks before it decrypts: good records pass, each forgery has its name."""

from __future__ import annotations

import json
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.booth import WORKER, bel, election, raw, read
from yishi.ballot import archive, credentials, group, tally, trustees
from yishi.ballot.checking import Checker
from yishi.ballot.elections import Election, Question, new_uuid
from yishi.ballot.encoding import compact, fingerprint
from yishi.ballot.errors import Fault
from yishi.ballot.record import Record
from yishi.ballot.sealing import seal
from yishi.ballot.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


def checked(booth: Callable[..., Any], content: bytes, **expected: Any) -> Any:
    return booth("record", "(m, a) => m.checkRecord(a[0], a[1])", [raw(content), expected])


@pytest.mark.parametrize(
    ("name", "counted"),
    [("basic-20", 20), ("yes-no-abstain-threshold-60", 60)],
)
def test_records_of_another_program_are_right_in_a_worker(
    booth: Callable[..., Any], name: str, counted: int
) -> None:
    content = read(f"{name}.bel")
    check = "(m, a) => m.inWorker(a[0], a[1], {minimum: a[2]})"
    found = booth("record-check", check, [WORKER, raw(content), counted])
    assert found["counted"] == counted
    assert found["slips"] == counted
    events = [member for member in archive.read(BytesIO(content)) if member.is_event]
    assert found["head"] == {"height": len(events) - 1, "hash": events[-1].hash}
    height = len(events) - len(found["decrypted"]) - 2
    refused = booth("record-check", check, [WORKER, raw(content), counted + 1])
    assert refused == {"fault": "TooFewBallots", "where": f"event {height}"}


def test_a_record_with_a_blank_bit_is_none_of_ours(booth: Callable[..., Any]) -> None:
    assert checked(booth, read("threshold-blank-revote-20.bel")) == {"fault": "BadElection", "where": "blank"}


def test_a_ballot_made_of_another_one_s_ciphertexts_is_not_decrypted(booth: Callable[..., Any]) -> None:
    """The sums and the signature are right; only the proofs tell, and its opening would tell a vote."""
    secret = trustees.new_secret()
    keys = compact([trustees.single(secret)])
    of = Election(new_uuid(), "n", "d", group.g_power(secret), (Question("q", ("a", "b"), 0, 2),))
    codes = [credentials.new_code() for _ in range(3)]
    secrets = [credentials.secret(of.uuid, code) for code in codes]
    victim, other = (seal(of, one, [[1, bit]]).raw for one, bit in zip(secrets, (0, 1), strict=False))
    evil = json.loads(seal(of, secrets[2], [[0, 0]]).raw)
    for mine, theirs in zip(
        evil["answers"][0]["choices"], json.loads(victim)["answers"][0]["choices"], strict=True
    ):
        mine |= {
            name: group.show_point(group.power(group.parse_point(theirs[name]), 1000)) for name in theirs
        }
    del evil["signature"]
    digest = fingerprint(compact(evil))
    evil["signature"] = {"hash": digest, "proof": trustees.prove(f"sig|{digest}|", secrets[2])}
    record, rows = Record(), []
    listing = credentials.listing(credentials.public(of.uuid, code) for code in codes)
    members = record.setup(of.raw, keys, listing)
    for ballot in (victim, other, compact(evil)):
        members += record.ballot(ballot)
        choices = json.loads(ballot)["answers"][0]["choices"]
        row = tuple((group.parse_point(one["alpha"]), group.parse_point(one["beta"])) for one in choices)
        rows.append(((row,), 1))
    members += record.end()
    members += record.encrypted_tally(tally.encrypted_tally(of, rows), num_tallied=3, total_weight=3)
    assert checked(booth, bel(members))["fault"] == "BadProof"


def test_without_a_worker_the_page_checks_itself(booth: Callable[..., Any]) -> None:
    found = booth("record-check", "(m, a) => m.checkOff('/static/none.js', a)", raw(read("basic-20.bel")))
    assert found["counted"] == 20


@pytest.mark.parametrize("name", ["cheat-tally", "flipped-proof"])
def test_forged_records_of_another_program_are_refused(booth: Callable[..., Any], name: str) -> None:
    assert checked(booth, read(f"bad/{name}.bel"))["fault"] in {"BadSignature", "WrongTally", "BadListing"}


class Small:
    """An election of two slips with one trustee, its record in pieces to be forged."""

    def __init__(self) -> None:
        self.x = 4711
        self.codes = [credentials.new_code() for _n in range(2)]
        self.election = election(Question("表决", ("赞成", "反对"), 0, 1), key=group.g_power(self.x))
        self.trustees = compact([trustees.single(self.x)])
        self.slips = [credentials.public(self.election.uuid, code) for code in self.codes]
        self.listing = credentials.listing(self.slips)
        self.ballots = [self.ballot(0, [1, 0]), self.ballot(1, [1, 0]), self.ballot(0, [0, 1])]

    def ballot(self, slip: int, bits: list[int], of: Election | None = None) -> bytes:
        code = self.codes[slip]
        return seal(of or self.election, credentials.secret(self.election.uuid, code), [bits]).raw

    def tally(self, ballots: Sequence[bytes]) -> bytes:
        last = {json.loads(one)["credential"]: one for one in ballots}
        read = [Checker(self.election).check(one).ciphertexts for one in last.values()]
        return tally.encrypted_tally(self.election, [(one, 1) for one in read])

    def record(self, **other: Any) -> bytes:
        """All right but for what `other` says."""
        ballots = other.get("ballots", self.ballots)
        record = Record()
        members = record.setup(
            other.get("election", self.election.raw),
            other.get("trustees", self.trustees),
            other.get("listing", self.listing),
        )
        for one in ballots:
            members += record.ballot(one)
        for _n in range(other.get("ends", 1)):
            members += record.end()
        product = other.get("tally") or self.tally(self.ballots)
        counted = other.get("counted", 2)
        members += record.encrypted_tally(product, num_tallied=counted, total_weight=counted)
        return bel(members)


def test_a_small_record_is_right(booth: Callable[..., Any]) -> None:
    small = Small()
    found = checked(booth, small.record(), uuid=small.election.uuid, minimum=2)
    assert (found["slips"], found["ballots"], found["counted"], found["decrypted"]) == (2, 3, 2, [])
    assert found["fingerprint"] == small.election.fingerprint
    assert found["tally"] == json.loads(small.tally(small.ballots))
    assert found["owners"] == [group.show_point(group.g_power(small.x))]


def forgeries(small: Small) -> Iterator[tuple[str, bytes]]:
    """What the fault is called, and the record."""
    good = small.record()
    one, two, three = small.ballots
    yield "WrongTally", small.record(tally=small.tally([one, two]))  # the ballot that was replaced
    yield "WrongTally", small.record(tally=small.tally([two]))
    yield "WrongCount", small.record(counted=3)
    yield "RepeatedBallot", small.record(ballots=[*small.ballots, one])
    yield "WrongOrder", small.record(ends=2)
    yield "Incomplete", bel(list(archive.read(BytesIO(good)))[1:-4])
    yield "Truncated", good[:-512]
    yield "BadListing", small.record(listing=compact(json.loads(small.listing)[::-1]))
    yield "BadListing", small.record(listing=compact([small.slips[0]] * 2))
    yield "UnknownCredential", small.record(listing=credentials.listing(small.slips[1:]))
    yield "WrongKey", small.record(trustees=compact([trustees.single(small.x + 1)]))
    ((_single, key),) = json.loads(small.trustees)
    key["pok"]["response"] = "1"
    yield "BadProofOfKey", small.record(trustees=compact([["Single", key]]))
    other = Election(small.election.uuid, "另一次", "", small.election.public_key, small.election.questions)
    yield "WrongElection", small.record(ballots=[small.ballot(0, [1, 0], other), two, three])
    stolen = three.replace(small.slips[0].encode(), small.slips[1].encode())
    yield "BadSignature", small.record(ballots=[one, two, stolen])
    off = json.loads(three)["answers"][0]["choices"][0]["alpha"]
    yield "BadSignature", small.record(ballots=[one, two, three.replace(off.encode(), b"2".zfill(64))])
    yield "BadJson", small.record(ballots=[one, two, three.replace(b'{"election', b'{ "election')])
    members = list(archive.read(BytesIO(good)))[1:]
    yield "StrayMember", bel([archive.data(b"[]"), *members])
    yield "BadName", good.replace(b'"num_tallied":2', b'"num_tallied":3')
    flipped = next(m for m in members if m.is_event and b'"height":2' in m.content)
    parent = json.loads(flipped.content)["parent"].encode()
    event = archive.event(flipped.content.replace(parent, parent[::-1]))
    yield "BrokenChain", bel([event if m == flipped else m for m in members])


def test_every_forgery_is_refused_by_its_name(booth: Callable[..., Any]) -> None:
    for fault, content in forgeries(Small()):
        assert checked(booth, content).get("fault") == fault
        if fault != "Incomplete":  # a vote that is still open is in order, only not to be decrypted
            with pytest.raises(Fault):
                verify(BytesIO(content))


def test_a_record_that_is_not_the_expected_one_is_refused(booth: Callable[..., Any]) -> None:
    small = Small()
    good = small.record()
    events = [member for member in archive.read(BytesIO(good)) if member.is_event]
    seen = {"height": 2, "hash": events[2].hash}
    assert checked(booth, good, head=seen)["counted"] == 2
    assert checked(booth, good, head=seen | {"hash": "0" * 64})["fault"] == "BrokenChain"
    assert checked(booth, good, head={"height": 99, "hash": events[2].hash})["fault"] == "Incomplete"
    assert checked(booth, good, uuid=new_uuid())["fault"] == "WrongElection"
    assert checked(booth, good, minimum=3)["fault"] == "TooFewBallots"
    own = {"publicKey": small.slips[0], "certificate": {}, "coefexps": {}}
    assert checked(booth, good, own=own)["fault"] == "WrongKey"
