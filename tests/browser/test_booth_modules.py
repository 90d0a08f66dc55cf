"""The booth's own modules in a browser: they must agree with yishi/ballot to the last byte."""

from __future__ import annotations

import base64
import functools
import json
import subprocess
import threading
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as configured

from yishi import voting
from yishi.ballot import archive, credentials, group, tally, trustees
from yishi.ballot.archive import Member
from yishi.ballot.audit import open_with
from yishi.ballot.checking import Checker
from yishi.ballot.elections import Election, Question, new_uuid
from yishi.ballot.encoding import compact
from yishi.ballot.record import Record
from yishi.ballot.sealing import seal, tracker
from yishi.ballot.verify import verify
from yishi.web.storage import Static

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from playwright.sync_api import Browser, Page

SAMPLES = Path(__file__).parents[1] / "ballot" / "data"
ORACLE = Path(__file__).parents[3] / "shared" / "tools" / "belenios-tool"
WORKER = "/static/booth/record-worker.js"

# `run(module, what, argument)` in the page; `{"$bytes": base64}` becomes bytes, BigInt a text.
RUN = """async ([module, what, argument]) => {
  const revive = (_, value) => value && value.$bytes ? Uint8Array.from(atob(value.$bytes), (c) => c.charCodeAt(0)) : value;
  const plain = (_, value) => typeof value === "bigint" ? value.toString() : value;
  const parts = await import(module);
  const call = (0, eval)(what);
  try {
    return JSON.stringify({ value: await call(parts, JSON.parse(argument, revive)) }, plain);
  } catch (error) {
    return JSON.stringify({ fault: error.name, where: String(error.where ?? error.stack) });
  }
}"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_line: Any) -> None:
        pass


def serving(folder: Path) -> Iterator[str]:
    """The address of a server of plain files: no database, so the tests here are quick."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The modules as they are written, under the addresses of the live site."""
    yield from serving(Path(voting.__file__).parent)


@pytest.fixture(scope="module")
def sheet(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture
def booth(sheet: Page, site: str) -> Callable[..., Any]:
    """`booth("seal", "(m, a) => …", argument)`: what the function gives, run with the module and the
    argument in a page of the server; {"fault", "where"} when it throws."""
    if not sheet.url.startswith("http"):
        sheet.goto(f"{site}/static/booth/supported.js")

    def call(module: str, what: str, argument: Any = None) -> Any:
        address = module if "/" in module else f"/static/booth/{module}.js"
        answer = json.loads(sheet.evaluate(RUN, [address, what, json.dumps(argument)]))
        return answer["value"] if "value" in answer else answer

    return call


def raw(content: bytes) -> dict[str, str]:
    return {"$bytes": base64.b64encode(content).decode()}


def bel(members: Sequence[Member]) -> bytes:
    return archive.opening(1) + b"".join(archive.member(*member, 1) for member in members)


def read(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def checked(booth: Callable[..., Any], content: bytes, **expected: Any) -> Any:
    return booth("record", "(m, a) => m.checkRecord(a[0], a[1])", [raw(content), expected])


# --- codes, points, ballots -----------------------------------------------------


def test_codes_and_keys_are_those_of_the_server(booth: Callable[..., Any]) -> None:
    codes = [credentials.new_code() for _n in range(5)]
    uuid = new_uuid()
    keys = booth("credentials", "(m, a) => a[1].map((code) => m.publicKey(a[0], code))", [uuid, codes])
    assert keys == [credentials.public(uuid, code) for code in codes]

    made = booth("credentials", "(m) => Array.from({length: 50}, m.newCode)")
    assert len(set(made)) == 50
    assert [credentials.clean_code(code) for code in made] == made


def test_what_is_typed_is_cleaned_as_on_the_server(booth: Callable[..., Any]) -> None:
    code = credentials.new_code()
    wrong = code[:-1] + ("2" if code[-1] != "2" else "3")
    typed = [
        f" {code.replace('-', ' ')}\n",
        code.replace("-", "－"),
        wrong,
        code[:-1],
        "",
        "０" * 22,
        "0" * 22,
    ]
    clean = "(m, a) => a.map((text) => { try { return m.cleanCode(text); } catch { return null; } })"

    def python(text: str) -> str | None:
        try:
            return credentials.clean_code(text)
        except credentials.BadCode:
            return None

    assert booth("credentials", clean, typed) == list(map(python, typed))


def test_quick_points_are_those_of_the_library(booth: Callable[..., Any]) -> None:
    odd = ["0" * 63 + "1", "8" + "0" * 62 + "1", "0" * 64, "8" + "0" * 63, "f" * 64, "7" + "f" * 61 + "ec"]
    odd += ["7" + "f" * 61 + end for end in ("ed", "ee", "ff")] + ["F" * 64, "0" * 63, "", None]
    random = [sha256(bytes([n])).hexdigest() for n in range(60)]
    quick = """async (m, a) => {
      const { ed25519 } = await import("/static/booth/vendor/noble-curves/ed25519.js");
      const slow = (text) => {
        try {
          const bytes = Uint8Array.from(text.match(/../g).reverse(), (pair) => parseInt(pair, 16));
          return /^[0-9a-f]{64}$/.test(text) && ed25519.Point.fromBytes(bytes);
        } catch { return null; }
      };
      const show = (point) => [...point.toBytes()].reverse().map((byte) => byte.toString(16).padStart(2, "0")).join("");
      const good = a.filter((text) => Boolean(m.readPoint(text)) && m.showPoint(m.readPoint(text)) === text);
      const same = a.filter((text) => Boolean(slow(text)));
      const sum = m.point();
      let total = ed25519.Point.ZERO;
      for (const text of good) { m.addPoints(sum, sum, m.readPoint(text)); total = total.add(slow(text)); }
      const [p, q] = good.slice(-2);
      const [x, y] = [2n ** 252n - 1n, 3n ** 150n];
      const two = m.twoPowers(m.sixteen(m.readPoint(p)), x, m.sixteen(m.readPoint(q)), y);
      return [good, same, m.showPoint(sum), show(total), m.showPoint(two), show(slow(p).multiplyUnsafe(x).add(slow(q).multiplyUnsafe(y)))];
    }"""
    good, same, total, expected, two, both = booth("points", quick, odd + random)
    assert good == same
    assert 20 < len(good) < 60
    assert (total, two) == (expected, both)


def election(*questions: Question, key: bytes | None = None) -> Election:
    return Election(new_uuid(), "县人民代表大会", "表决", key or group.g_power(12345), questions)


SEAL = """async (m, [election, code, ballots]) => {
  const prepared = await m.prepare(election);
  return ballots.map((choices) => m.seal(prepared, code, choices));
}"""


def test_ballots_of_the_browser_pass_the_check(booth: Callable[..., Any]) -> None:
    code = credentials.new_code()
    seats = election(Question("选举委员", tuple(f"候选人{n}" for n in range(15)), 0, 15))
    each = election(*(Question(f"项目{n}", ("赞成", "反对", "弃权"), 1, 1) for n in range(4)))
    some = election(Question("选两至三名", ("甲", "乙", "丙", "丁"), 2, 3))
    for of, ballots in (
        (seats, [[[0] * 15], [[1] * 15], [[1, 0, 0] * 5]]),
        (each, [[[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]]]),
        (some, [[[1, 0, 0, 1]], [[1, 1, 1, 0]]]),
    ):
        checker = Checker(of)
        sealed = booth("seal", SEAL, [of.raw.decode(), code, ballots])
        for choices, one in zip(ballots, sealed, strict=True):
            found = checker.check(one["raw"].encode())
            assert found.credential == one["credential"] == credentials.public(of.uuid, code)
            assert found.tracker == one["tracker"] == tracker(one["raw"].encode())
            opened = open_with(of, one["raw"].encode(), one["randomness"])
            assert [list(row) for row in opened] == choices


@pytest.mark.parametrize("choices", [[[1, 1, 1]], [[0, 0, 0]], [[1, 0]], [[2, 0, 0]], [], [[1, 0, 0]] * 2])
def test_what_the_question_does_not_allow_is_not_sealed(
    booth: Callable[..., Any], choices: list[list[int]]
) -> None:
    of = election(Question("选一至两名", ("甲", "乙", "丙"), 1, 2))
    sealed = booth("seal", SEAL, [of.raw.decode(), credentials.new_code(), [choices]])
    assert sealed["fault"] == "BadChoice"


# --- a scrutineer's seat ----------------------------------------------------------

SEAT = """(m, a) => {
  const seat = new m.Seat(a.seat);
  const secret = a.shares && seat.decryptionKey(a.coefexps, a.certs, a.shares);
  return {
    certificate: seat.certificate(), nonce: seat.nonce(), coefexps: seat.coefexps(),
    commitment: m.commitment(seat.certificate(), seat.nonce()),
    ...(a.certs && { agreement: seat.agreement(a.certs), shares: seat.shares(a.certs), digits: m.digits(a.seat.context, a.certs, a.nonces) }),
    ...(secret && { secret, key: seat.verificationKey(secret), own: seat.own(secret) }),
  };
}"""


def places(size: int, threshold: int) -> list[dict[str, Any]]:
    context = new_uuid()
    return [
        {"context": context, "index": i, "size": size, "threshold": threshold, "code": credentials.new_code()}
        for i in range(1, size + 1)
    ]


def received(shares: list[list[dict[str, Any]]], j: int) -> list[dict[str, Any] | None]:
    return [next((share for share in row if share["to"] == j), None) for row in shares]


def ceremony(booth: Callable[..., Any], seats: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """All rounds, every seat in the browser: what SEAT gives for each at the end."""
    first = [booth("trustee", SEAT, {"seat": seat}) for seat in seats]
    told = {
        "certs": [one["certificate"] for one in first],
        "nonces": [one["nonce"] for one in first],
        "coefexps": [one["coefexps"] for one in first],
    }
    second = [booth("trustee", SEAT, {"seat": seat, **told}) for seat in seats]
    shares = [one["shares"] for one in second]
    return [
        booth("trustee", SEAT, {"seat": seat, **told, "shares": received(shares, seat["index"])})
        for seat in seats
    ]


def test_a_seat_in_the_browser_is_the_seat_on_the_server(booth: Callable[..., Any]) -> None:
    seats = places(3, 2)
    found = ceremony(booth, seats)
    certs, coefexps = [one["certificate"] for one in found], [one["coefexps"] for one in found]
    nonces = [one["nonce"] for one in found]
    for place, one in zip(seats, found, strict=True):
        seat = trustees.Seat(**place)
        secret = seat.decryption_key(
            coefexps, certs, received([each["shares"] for each in found], place["index"])
        )
        assert one == {
            "certificate": seat.certificate(),
            "nonce": seat.nonce(),
            "coefexps": seat.coefexps(),
            "commitment": trustees.commitment(seat.certificate(), seat.nonce()),
            "agreement": seat.agreement(certs),
            "shares": seat.shares(certs),
            "digits": trustees.digits(place["context"], certs, nonces),
            "secret": str(secret),
            "key": seat.verification_key(secret),
            "own": {
                "publicKey": seat.verification_key(secret)["public_key"],
                "certificate": seat.certificate(),
                "coefexps": seat.coefexps(),
            },
        }


def test_a_seat_finds_who_lies(booth: Callable[..., Any]) -> None:
    seats = places(3, 2)
    found = ceremony(booth, seats)
    told: dict[str, Any] = {
        "seat": seats[0],
        **{
            key: [one[name] for one in found]
            for key, name in (("certs", "certificate"), ("coefexps", "coefexps"))
        },
        "nonces": [one["nonce"] for one in found],
        "shares": received([one["shares"] for one in found], 1),
        "commitments": [one["commitment"] for one in found],
    }
    bad = json.loads(json.dumps(told))
    bad["shares"][2]["data"] = bad["shares"][1]["data"]
    assert booth("trustee", SEAT, bad) == {"fault": "BadShare", "where": "trustee 3"}

    check = "(m, a) => m.checkCertificates(new m.Seat(a.seat), a.certs, a.nonces, a.commitments) ?? 1"
    assert booth("trustee", check, told) == 1
    other = trustees.Seat(**(seats[1] | {"code": credentials.new_code()}))
    bad["certs"][1] = other.certificate()
    assert booth("trustee", check, bad) == {"fault": "BadCommitment", "where": "trustee 2"}
    mine = trustees.Seat(**(seats[0] | {"code": credentials.new_code()}))
    bad = told | {"certs": [mine.certificate(), *told["certs"][1:]]}
    bad["commitments"] = [trustees.commitment(bad["certs"][0], bad["nonces"][0]), *told["commitments"][1:]]
    assert booth("trustee", check, bad) == {"fault": "BadCommitment", "where": "trustee 1"}


# --- the record -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "counted"),
    [("basic-20", 20), ("threshold-blank-revote-20", 20), ("yes-no-abstain-threshold-60", 60)],
)
def test_records_of_another_program_are_right_in_a_worker(
    booth: Callable[..., Any], name: str, counted: int
) -> None:
    content = read(f"{name}.bel")
    check = "(m, a) => m.checkOff(a[0], a[1], {minimum: a[2]})"
    found = booth("record-check", check, [WORKER, raw(content), counted])
    assert found["counted"] == counted
    assert found["slips"] == counted
    events = [member for member in archive.read(BytesIO(content)) if member.is_event]
    assert found["head"] == {"height": len(events) - 1, "hash": events[-1].hash}
    expected = {"minimum": counted + 1}
    assert booth(
        "record-check", "(m, a) => m.checkOff(a[0], a[1], a[2])", [WORKER, raw(content), expected]
    ) == {
        "fault": "TooFewBallots",
        "where": f"event {len(events) - len(found['decrypted']) - 2}",
    }


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


# --- all together -------------------------------------------------------------------

DECRYPT = """async (m, a) => {
  const seat = new m.Seat(a.seat);
  const secret = BigInt(a.secret);
  const { checkOff } = await import("/static/booth/record-check.js");
  const record = await checkOff(a.worker, a.bytes, { minimum: 4, uuid: a.uuid, own: seat.own(secret) });
  return { owner: record.owner, share: await seat.decrypt(record.fingerprint, record.tally, secret) };
}"""


def test_a_whole_election_made_in_browsers_verifies(booth: Callable[..., Any], tmp_path: Path) -> None:
    seats = places(3, 2)
    found = ceremony(booth, seats)
    server = trustees.new_secret()
    parts = [[one[name] for one in found] for name in ("certificate", "coefexps", "agreement", "key")]
    listed = compact([trustees.single(server), trustees.pedersen(2, *parts)])
    questions = [
        Question("项目一", ("赞成", "反对", "弃权"), 1, 1),
        Question("选两名", ("甲", "乙", "丙"), 0, 2),
    ]
    of = election(*questions, key=trustees.check(listed).election_key)
    codes = booth("credentials", "(m) => Array.from({length: 5}, m.newCode)")

    record, checker = Record(), Checker(of)
    members = record.setup(
        of.raw, listed, credentials.listing(credentials.public(of.uuid, code) for code in codes)
    )
    cast = []
    for code, choices in zip(codes[:4], ([1, 0, 0], [1, 0, 0], [0, 0, 1], [0, 1, 0]), strict=True):
        (one,) = booth("seal", SEAL, [of.raw.decode(), code, [[choices, [1, 0, 1]]]])
        members += record.ballot(one["raw"].encode())
        cast.append((checker.check(one["raw"].encode()).ciphertexts, 1))
    members += record.end()
    product = tally.encrypted_tally(of, cast)
    members += record.encrypted_tally(product, num_tallied=4, total_weight=4)

    shares = {1: tally.partial(of, product, server)}
    for i in (2, 0):  # the third and the first scrutineer
        content = raw(bel(members))
        argument = {"seat": seats[i], "secret": found[i]["secret"], "bytes": content, "uuid": of.uuid}
        share = booth("trustee", DECRYPT, argument | {"worker": WORKER})
        assert share["owner"] == i + 2
        seat = trustees.Seat(**seats[i])
        assert share["share"].encode() == tally.partial(of, product, int(found[i]["secret"]), seat.scalar)
        shares[i + 2] = share["share"].encode()
    for owner, share in shares.items():
        members += record.partial(owner, share)
    result = tally.open_tally(of, trustees.check(listed), product, shares, 4)
    members += record.result(result)

    assert json.loads(result) == {"result": [[2, 1, 1], [4, 0, 4]]}
    verify(BytesIO(bel(members)))
    (tmp_path / f"{of.uuid}.bel").write_bytes(bel(members))
    if not ORACLE.exists():
        pytest.skip("没有 ../shared/tools/belenios-tool：只由我们自己的程序核对过")
    told = subprocess.run(
        [ORACLE, "election", "verify", "--dir", tmp_path], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    assert "all checks passed" in told.stderr + told.stdout


# --- how the files are served -------------------------------------------------------


@pytest.fixture(scope="module")
def collected() -> Iterator[str]:
    """What `collectstatic` made, with the hashed names."""
    yield from serving(Path(configured.STATIC_ROOT))


def test_modules_find_each_other_under_their_hashed_names(
    booth: Callable[..., Any], collected: str, sheet: Page
) -> None:
    asked: list[str] = []
    sheet.on("request", lambda request: asked.append(request.url))
    storage = Static()

    def name(file: str) -> str:
        return f"/{storage.stored_name(file)}"

    sheet.goto(collected + name("booth/supported.js"))
    found = booth(
        name("booth/record-check.js"),
        "(m, a) => m.checkOff(a[0], a[1])",
        [name("booth/record-worker.js"), raw(read("basic-20.bel"))],
    )
    assert found["counted"] == 20
    for each in ("seal", "trustee"):
        assert booth(name(f"booth/{each}.js"), "(m) => Object.keys(m)")
    drawn = booth(name("booth/vendor/qr/qr.js"), "(m) => m.default('https://example.org', 'svg')")
    assert drawn.startswith("<svg")
    scripts = [url for url in asked if url.endswith(".js")]
    assert len(scripts) > 15
    assert all(len(url.split(".")[-2]) == 12 for url in scripts)
    sheet.goto("about:blank")


def test_this_browser_is_supported(sheet: Page, site: str) -> None:
    sheet.goto(f"{site}/static/booth/supported.js")
    sheet.add_script_tag(url="/static/booth/supported.js")
    assert sheet.evaluate("supported()") is True
    sheet.evaluate("delete String.prototype.replaceAll")
    assert sheet.evaluate("supported()") is False
    sheet.goto("about:blank")
