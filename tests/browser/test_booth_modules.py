"""The booth's own modules in a browser: they must agree with yishi/ballot to the last byte."""

from __future__ import annotations

import json
import subprocess
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.booth import WORKER, bel, caller, election, raw, read
from yishi.ballot import credentials, tally, trustees
from yishi.ballot.audit import open_with
from yishi.ballot.ceremony import Keyholder, commitment, digits, pedersen
from yishi.ballot.checking import Checker
from yishi.ballot.elections import Question, new_uuid
from yishi.ballot.encoding import compact
from yishi.ballot.errors import BadCode
from yishi.ballot.record import Record
from yishi.ballot.sealing import tracker
from yishi.ballot.verify import verify
from yishi.web.storage import Static

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

ORACLE = Path(__file__).parents[3] / "shared" / "tools" / "belenios-tool"


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
        except BadCode:
            return None

    assert booth("credentials", clean, typed) == list(map(python, typed))


def test_quick_points_are_those_of_the_library(booth: Callable[..., Any]) -> None:
    odd: list[str | None] = [
        "0" * 63 + "1",
        "8" + "0" * 62 + "1",
        "0" * 64,
        "8" + "0" * 63,
        "f" * 64,
        "7" + "f" * 61 + "ec",
    ]
    odd += ["7" + "f" * 61 + end for end in ("ed", "ee", "ff")] + ["F" * 64, "0" * 63, "", None]
    random: list[str | None] = [sha256(bytes([n])).hexdigest() for n in range(60)]
    quick = """async (m, a) => {
      const { ed25519 } = await import("/static/booth/vendor/noble-curves/ed25519.js");
      const slow = (text) => {
        try {
          const bytes = Uint8Array.from(text.match(/../g).reverse(), (pair) => parseInt(pair, 16));
          return /^[0-9a-f]{64}$/.test(text) && ed25519.Point.fromBytes(bytes);
        } catch { return null; }
      };
      const digits = (byte) => byte.toString(16).padStart(2, "0");
      const show = (point) => [...point.toBytes()].reverse().map(digits).join("");
      const good = a.filter((text) => Boolean(m.readPoint(text)) && m.showPoint(m.readPoint(text)) === text);
      const same = a.filter((text) => Boolean(slow(text)));
      const sum = m.point();
      let total = ed25519.Point.ZERO;
      for (const text of good) { m.addPoints(sum, sum, m.readPoint(text)); total = total.add(slow(text)); }
      const [p, q] = good.slice(-2);
      const [x, y] = [2n ** 252n - 1n, 3n ** 150n];
      const two = m.twoPowers(m.sixteen(m.readPoint(p)), x, m.sixteen(m.readPoint(q)), y);
      const both = m.twoPowers(m.sixteen(m.readPoint(p)), x, m.sixteen(m.readPoint(q)), y);
      const slowBoth = slow(p).multiplyUnsafe(x).add(slow(q).multiplyUnsafe(y));
      return [good, same, m.showPoint(sum), show(total), m.showPoint(both), show(slowBoth)];
    }"""
    good, same, total, expected, two, both = booth("points", quick, odd + random)
    assert good == same
    assert 20 < len(good) < 60
    assert (total, two) == (expected, both)


def test_products_at_the_bounds_are_exact(booth: Callable[..., Any]) -> None:
    exact = """(m) => {
      const p = 2n ** 255n - 19n;
      const value = (a) => a.reduceRight((sum, limb) => sum * 2n ** 24n + BigInt(limb), 0n);
      const same = (a, b) => (value(a) - b) % p === 0n;
      const limit = Math.floor(2 ** 23.1);
      const bad = [];
      for (let turn = 0; turn < 400; turn += 1) {
        const sign = (i) => (turn < 2 ? 1 - 2 * turn : ((turn * 7 + i * 5) ** 2 % 11 < 6 ? 1 : -1));
        const size = (i) => (turn < 40 ? 1 : ((turn * 31 + i * 17) % 101) / 100);
        const a = m.number().map((_, i) => Math.floor(4 * limit * size(i)) * sign(i));
        const b = m.number().map((_, i) => Math.floor(2 * limit * size(i + 3)) * sign(i * 3 + 1));
        const [out, inverse] = [m.number(), m.number()];
        m.multiply(out, a, b);
        const small = out.every((limb) => Math.abs(limb) <= limit);
        if (!small || !same(out, value(a) * value(b))) bad.push(["multiply", turn]);
        m.square(out, b);
        if (!same(out, value(b) ** 2n)) bad.push(["square", turn]);
        m.invert(inverse, out);
        m.multiply(out, out, inverse);
        if (!m.isZero(b.slice()) && m.toHex(out) !== "1".padStart(64, "0")) bad.push(["invert", turn]);
        const whole = ((value(a) % p) + p) % p;
        if (m.toHex(a) !== whole.toString(16).padStart(64, "0")) bad.push(["toHex", turn]);
      }
      for (const near of [0n, 1n, 18n, 19n, 20n]) {
        for (const big of [near, p - near, p - 1n]) {
          const shown = m.toHex(m.fromBig(big));
          if (BigInt("0x" + shown) !== big % p) bad.push(["edge", String(big)]);
        }
      }
      return bad;
    }"""
    assert booth("field", exact) == []


SEAL = """async (m, [election, code, ballots]) => {
  const prepared = await m.prepare(election);
  return ballots.map((choices) => m.seal(prepared, code, choices));
}"""


def test_ballots_of_the_browser_pass_the_check(booth: Callable[..., Any]) -> None:
    code = credentials.new_code()
    holders = election(Question("选举委员", tuple(f"候选人{n}" for n in range(15)), 0, 15))
    each = election(*(Question(f"项目{n}", ("赞成", "反对", "弃权"), 1, 1) for n in range(4)))
    some = election(Question("选两至三名", ("甲", "乙", "丙", "丁"), 2, 3))
    for of, ballots in (
        (holders, [[[0] * 15], [[1] * 15], [[1, 0, 0] * 5]]),
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


def test_nothing_is_sealed_for_a_key_that_opens_to_everybody(booth: Callable[..., Any]) -> None:
    of = election(Question("表决", ("赞成",), 0, 1)).raw.decode()
    key = json.loads(of)["public_key"]
    assert booth("seal", "(m, a) => m.prepare(a)", of.replace(key, "1".zfill(64)))["fault"] == "BadElection"
    assert booth("seal", "(m, a) => m.prepare(a)", of.replace(key, "2".zfill(64)))["fault"] == "BadPoint"
    blank = of.replace('"min"', '"blank":true,"min"')
    assert booth("seal", "(m, a) => m.prepare(a)", blank)["fault"] == "BadElection"


# --- a scrutineer's holder ----------------------------------------------------------

SEAT = """(m, a) => {
  const holder = new m.Keyholder(a.holder);
  const secret = a.shares && holder.decryptionKey(a.coefexps, a.certs, a.shares);
  return {
    certificate: holder.certificate(), nonce: holder.nonce(), coefexps: holder.coefexps(),
    commitment: m.commitment(holder.certificate(), holder.nonce()),
    ...(a.certs && {
      agreement: holder.agreement(a.certs), shares: holder.shares(a.certs),
      digits: m.digits(a.holder.context, a.certs, a.nonces),
    }),
    ...(secret && { secret, key: holder.verificationKey(secret), own: holder.own(secret) }),
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


def ceremony(booth: Callable[..., Any], holders: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """All rounds, every holder in the browser: what SEAT gives for each at the end."""
    first = [booth("trustee", SEAT, {"holder": holder}) for holder in holders]
    told = {
        "certs": [one["certificate"] for one in first],
        "nonces": [one["nonce"] for one in first],
        "coefexps": [one["coefexps"] for one in first],
    }
    second = [booth("trustee", SEAT, {"holder": holder, **told}) for holder in holders]
    shares = [one["shares"] for one in second]
    return [
        booth("trustee", SEAT, {"holder": holder, **told, "shares": received(shares, holder["index"])})
        for holder in holders
    ]


def test_a_seat_in_the_browser_is_the_seat_on_the_server(booth: Callable[..., Any]) -> None:
    holders = places(3, 2)
    found = ceremony(booth, holders)
    certs, coefexps = [one["certificate"] for one in found], [one["coefexps"] for one in found]
    nonces = [one["nonce"] for one in found]
    for place, one in zip(holders, found, strict=True):
        holder = Keyholder(**place)
        secret = holder.decryption_key(
            coefexps, certs, received([each["shares"] for each in found], place["index"])
        )
        assert one == {
            "certificate": holder.certificate(),
            "nonce": holder.nonce(),
            "coefexps": holder.coefexps(),
            "commitment": commitment(holder.certificate(), holder.nonce()),
            "agreement": holder.agreement(certs),
            "shares": holder.shares(certs),
            "digits": digits(place["context"], certs, nonces),
            "secret": str(secret),
            "key": holder.verification_key(secret),
            "own": {
                "publicKey": holder.verification_key(secret)["public_key"],
                "certificate": holder.certificate(),
                "coefexps": holder.coefexps(),
            },
        }


def test_a_seat_finds_who_lies(booth: Callable[..., Any]) -> None:
    holders = places(3, 2)
    found = ceremony(booth, holders)
    told: dict[str, Any] = {
        "holder": holders[0],
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

    check = "(m, a) => m.checkCertificates(new m.Keyholder(a.holder), a.certs, a.nonces, a.commitments) ?? 1"
    assert booth("trustee", check, told) == 1
    other = Keyholder(**(holders[1] | {"code": credentials.new_code()}))
    bad["certs"][1] = other.certificate()
    assert booth("trustee", check, bad) == {"fault": "BadCommitment", "where": "trustee 2"}
    mine = Keyholder(**(holders[0] | {"code": credentials.new_code()}))
    bad = told | {"certs": [mine.certificate(), *told["certs"][1:]]}
    bad["commitments"] = [commitment(bad["certs"][0], bad["nonces"][0]), *told["commitments"][1:]]
    assert booth("trustee", check, bad) == {"fault": "BadCommitment", "where": "trustee 1"}


# --- all together -------------------------------------------------------------------

DECRYPT = """async (m, a) => {
  const holder = new m.Keyholder(a.holder);
  const secret = BigInt(a.secret);
  const { checkOff } = await import("/static/booth/record-check.js");
  const record = await checkOff(a.worker, a.bytes, { minimum: 4, uuid: a.uuid, own: holder.own(secret) });
  return { owner: record.owner, share: await holder.decrypt(record.fingerprint, record.tally, secret) };
}"""


def test_a_whole_election_made_in_browsers_verifies(booth: Callable[..., Any], tmp_path: Path) -> None:
    holders = places(3, 2)
    found = ceremony(booth, holders)
    server = trustees.new_secret()
    parts = [[one[name] for one in found] for name in ("certificate", "coefexps", "agreement", "key")]
    listed = compact([trustees.single(server), pedersen(2, *parts)])
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
        argument = {
            "holder": holders[i],
            "secret": found[i]["secret"],
            "bytes": content,
            "uuid": of.uuid,
        }
        share = booth("trustee", DECRYPT, argument | {"worker": WORKER})
        assert share["owner"] == i + 2
        holder = Keyholder(**holders[i])
        assert share["share"].encode() == tally.partial(of, product, int(found[i]["secret"]), holder.scalar)
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


def test_modules_find_each_other_under_their_hashed_names(collected: str, sheet: Page) -> None:
    booth = caller(sheet)
    asked: list[str] = []
    sheet.on("request", lambda request: asked.append(request.url))
    storage = Static()

    def name(file: str) -> str:
        return f"/{storage.stored_name(file)}"

    sheet.goto(collected + name("booth/supported.js"))
    found = booth(
        name("booth/record-check.js"),
        "(m, a) => m.inWorker(a[0], a[1])",
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


def test_this_browser_is_supported(sheet: Page, module_site: str) -> None:
    sheet.goto(f"{module_site}/static/booth/supported.js")
    sheet.add_script_tag(url="/static/booth/supported.js")
    assert sheet.evaluate("supported()") is True
    sheet.evaluate("delete String.prototype.replaceAll")
    assert sheet.evaluate("supported()") is False
    sheet.goto("about:blank")
