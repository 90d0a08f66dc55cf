"""Two thousand records, each bent in one place with the chain made right around it: none passes.

A vote of four ballots over two questions, one voter twice. What may be done to a record without
making it wrong (another order of ballots of different voters or of trustees, an end cut off after
an event) is not among it.
"""

from __future__ import annotations

import copy
import io
import json
import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from tests.ballot.votes import Keys, Step, Vote, members, new_vote, signed_anew, steps, written
from yishi.ballot import archive, errors
from yishi.ballot.elections import Question
from yishi.ballot.encoding import compact
from yishi.ballot.fast import REFUSED
from yishi.ballot.group import Q, g_power, mul, parse_point, show_point
from yishi.ballot.verify import verify

COUNT = 2000
QUESTIONS = (Question("甲", ("是", "否"), 1, 1), Question("乙", ("丙",), 0, 1, blank=True))
SCALARS = ("challenge", "response")
POINTS = ("alpha", "beta", "public_key", "credential", "verification", "encryption")

Dice = random.Random
Bend = Callable[[Dice, Vote, list[Step]], bytes]


@pytest.fixture(scope="module")
def vote() -> Vote:
    return new_vote(Keys().single().pedersen(1, 1), QUESTIONS, voters=4)


@pytest.fixture(scope="module")
def whole(vote) -> list[Step]:
    bits = [[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[1, 0], [0, 0]]]
    ballots = [vote.ballot(n, bits[n]) for n in range(3)]
    return steps(vote, [*ballots, vote.ballot(0, bits[1])])


def _rebuilt(wanted: list[Step]) -> bytes:
    return written(members(wanted))


# --- places in JSON -------------------------------------------------------------


def _leaves(value: Any, keys: tuple[str, ...], path: tuple = ()) -> list[tuple]:
    """The paths of strings under these names, and of those in lists of plain strings."""
    found: list[tuple] = []
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, part in pairs:
        if isinstance(part, dict | list):
            found += _leaves(part, keys, (*path, key))
        elif isinstance(part, str) and (key in keys or (isinstance(key, int) and "listed" in keys)):
            found.append((*path, key))
    return found


def _set(value: Any, path: tuple, new: Any) -> Any:
    value = copy.deepcopy(value)
    inner = value
    for key in path[:-1]:
        inner = inner[key]
    assert inner[path[-1]] != new
    inner[path[-1]] = new
    return value


def _get(value: Any, path: tuple) -> Any:
    for key in path:
        value = value[key]
    return value


def _scalar(dice: Dice, text: str) -> str:
    number = int(text)
    return dice.choice(
        [
            str(number ^ 1 << dice.randrange(252)),
            str((number + dice.choice([1, -1])) % Q),
            str(Q - number),
            str(number + Q),
            str(-number),
            "0" + text,
            text + " ",
            hex(number),
            str(Q),
            str(2**256),
            "",
        ]
    )


def _point(dice: Dice, text: str) -> str:
    """Another point, or what is none: see `fast.REFUSED` (small order, not canonical, off the curve)."""
    bad = dice.choice(REFUSED)
    flipped = bytearray.fromhex(text)
    flipped[dice.randrange(32)] ^= 1 << dice.randrange(8)
    choices = [
        flipped.hex(),
        bad[::-1].hex(),
        show_point(g_power(dice.randrange(Q))),
        text.upper() if text.upper() != text else text[:-1],
        text[::-1],
        text + "00",
        "",
    ]
    with suppress(errors.BadPoint):
        # On the curve, outside the subgroup: the point and one of order 4.
        choices.append(show_point(mul(parse_point(text), REFUSED[0])))
    return dice.choice([one for one in choices if one != text])


# Each raw part that holds JSON: its step, and where in the step.
PARTS = {"setup": (1, 2, 3), "ballot": (1,), "encrypted_tally": (1,), "partial": (2,), "result": (1,)}


def _bent_part(dice: Dice, vote: Vote, wanted: list[Step], names: tuple[str, ...], change: Any) -> bytes:
    """A string of one of these names bent in a step drawn at random."""
    places = []
    for at, step in enumerate(wanted):
        for slot in PARTS.get(step[0], ()):
            value = json.loads(step[slot])
            places += [(at, slot, path) for path in _leaves(value, names)]
    # First the step, so that the many strings of ballots do not take all.
    at = dice.choice(sorted({place[0] for place in places}))
    at, slot, path = dice.choice([place for place in places if place[0] == at])
    value = json.loads(wanted[at][slot])
    value = _set(value, path, change(dice, _get(value, path)))
    raw = compact(value)
    if wanted[at][0] == "ballot" and path[0] == "answers" and dice.random() < 0.7:
        raw = signed_anew(vote, value)
    step = list(wanted[at])
    step[slot] = raw
    return _rebuilt([*wanted[:at], tuple(step), *wanted[at + 1 :]])


def scalar_bent(dice: Dice, vote: Vote, wanted: list[Step]) -> bytes:
    return _bent_part(dice, vote, wanted, SCALARS, _scalar)


def point_bent(dice: Dice, vote: Vote, wanted: list[Step]) -> bytes:
    return _bent_part(dice, vote, wanted, POINTS, _point)


def factor_or_credential_bent(dice: Dice, vote: Vote, wanted: list[Step]) -> bytes:
    at, slot, path = dice.choice(
        [(0, 3, (n,)) for n in range(3)]  # the fourth did not vote
        + [
            (at, 2, ("decryption_factors", 0, c))
            for at, step in enumerate(wanted)
            if step[0] == "partial"
            for c in (0, 1)
        ]
    )
    value = json.loads(wanted[at][slot])
    if at == 0:
        voted = {json.loads(step[1])["credential"] for step in wanted if step[0] == "ballot"}
        path = (value.index(sorted(voted)[path[0]]),)
    step = list(wanted[at])
    step[slot] = compact(_set(value, path, _point(dice, _get(value, path))))
    return _rebuilt([*wanted[:at], tuple(step), *wanted[at + 1 :]])


def signed_message_bent(dice: Dice, _vote: Vote, wanted: list[Step]) -> bytes:
    listed = json.loads(wanted[0][2])
    group = listed[1][1]
    message = dice.choice([group["certs"][0], group["coefexps"][0]])
    text = message["message"]
    at = dice.randrange(len(text))
    message["message"] = text[:at] + dice.choice("0123456789abcdef:,") + text[at + dice.randrange(2) :]
    if message["message"] == text:
        message["message"] = text + " "
    return _rebuilt([("setup", wanted[0][1], compact(listed), wanted[0][3]), *wanted[1:]])


def count_bent(dice: Dice, _vote: Vote, wanted: list[Step]) -> bytes:
    kind = dice.choice(["encrypted_tally", "partial", "result"])
    at = dice.choice([n for n, step in enumerate(wanted) if step[0] == kind])
    step = list(wanted[at])
    if kind == "result":
        value = json.loads(step[1])
        q = dice.randrange(2)
        value["result"][q][dice.randrange(2)] += dice.choice([1, -1, 2, Q, 0.5, 10**30])
        step[1] = compact(value)
    else:
        slot = dice.choice([2, 3]) if kind == "encrypted_tally" else 1
        step[slot] = dice.choice([step[slot] + 1, -1, 0, 99, str(step[slot]), None, True, 10**40, 2.0])
        if step[slot] == wanted[at][slot]:
            step[slot] = [step[slot]]
    return _rebuilt([*wanted[:at], tuple(step), *wanted[at + 1 :]])


def event_removed(dice: Dice, _vote: Vote, wanted: list[Step]) -> bytes:
    # Not the last. The first ballot of the voter who voted twice does not count: without it the
    # record is another, and right.
    at = dice.choice([n for n in range(len(wanted) - 1) if n != 1])
    return _rebuilt(wanted[:at] + wanted[at + 1 :])


def event_repeated(dice: Dice, _vote: Vote, wanted: list[Step]) -> bytes:
    at, to = dice.randrange(len(wanted)), dice.randrange(len(wanted) + 1)
    return _rebuilt([*wanted[:to], wanted[at], *wanted[to:]])


def events_reordered(dice: Dice, _vote: Vote, wanted: list[Step]) -> bytes:
    """Two of different kinds change places, or the two ballots of one voter."""
    one, two = dice.choice(
        [(1, 4)]
        + [
            (a, b)
            for a in range(len(wanted))
            for b in range(a + 1, len(wanted))
            if wanted[a][0] != wanted[b][0]
        ]
    )
    found = list(wanted)
    found[one], found[two] = found[two], found[one]
    return _rebuilt(found)


def members_moved(dice: Dice, _vote: Vote, wanted: list[Step]) -> bytes:
    """Members as they are, one of them left out, repeated or moved."""
    found = members(wanted)
    at = dice.randrange(len(found) - 1)
    what = dice.choice(["out", "again", "moved"])
    if what == "again":
        return written([*found[: at + 1], found[at], *found[at + 1 :]])
    moved = found.pop(at)
    if what == "moved":
        found.insert(dice.choice([n for n in range(len(found) + 1) if n != at]), moved)
    return written(found)


def event_bent(dice: Dice, _vote: Vote, wanted: list[Step]) -> bytes:
    """One field of an event; the events after it refer to it by its new hash."""
    found = members(wanted)
    events = [n for n, member in enumerate(found) if member.is_event]
    at = dice.choice(events)
    value = json.loads(found[at].content)
    field = dice.choice(list(value))
    new: Any = {
        "height": dice.choice([value["height"] + 1, -1, str(value["height"]), True, None, 2.5]),
        "type": dice.choice(
            [t for t in ("Setup", "Ballot", "EndBallots", "Result", 5) if t != value["type"]]
        ),
    }.get(field, dice.choice(["0" * 64, "", None, found[0].hash, [], found[at].hash]))
    drop = dice.random() < 0.25
    value = {key: new if key == field else old for key, old in value.items() if not (drop and key == field)}
    last = archive.event(compact(value))
    assert last != found[at]
    found[at] = last
    for n in events[events.index(at) + 1 :]:
        later = json.loads(found[n].content)
        found[n] = last = archive.event(compact(later | {"parent": last.hash}))
    return written(found)


def spelling_changed(dice: Dice, _vote: Vote, wanted: list[Step]) -> bytes:
    """The same JSON in other bytes."""
    at = dice.choice([n for n, step in enumerate(wanted) if step[0] in PARTS])
    slot = dice.choice(PARTS[wanted[at][0]])
    raw: bytes = wanted[at][slot]
    value = json.loads(raw)
    new = dice.choice(
        [
            raw + b"\n",
            b" " + raw,
            raw.replace(b":", b": ", 1) if b":" in raw else raw + b" ",
            json.dumps(value, indent=1).encode(),
            b"\xef\xbb\xbf" + raw,
            raw[:-1],
            raw + raw,
            raw[:-1] + b"," + raw[-1:],
            b'{"a":1,"a":1}',
            b"[" * 5000,
            b"9" * 5000,
            b"\xff\xfe",
            b"",
        ]
    )
    step = list(wanted[at])
    step[slot] = new
    return _rebuilt([*wanted[:at], tuple(step), *wanted[at + 1 :]])


def shape_changed(dice: Dice, vote: Vote, wanted: list[Step]) -> bytes:
    """A part of a JSON left out, repeated, or of another type."""
    at = dice.choice([n for n, step in enumerate(wanted) if step[0] in PARTS])
    slot = dice.choice([s for s in PARTS[wanted[at][0]] if (at, s) != (0, 3)])
    value = json.loads(wanted[at][slot])
    before = copy.deepcopy(value)
    inner: Any = value
    while True:
        key = dice.choice(list(inner) if isinstance(inner, dict) else range(len(inner)))
        if not isinstance(inner[key], dict | list) or not inner[key] or dice.random() < 0.3:
            break
        inner = inner[key]
    what = dice.choice(["out", "type", "more"])
    if what == "out":
        del inner[key]
    elif what == "type":
        inner[key] = dice.choice([None, True, 1, -1, 1.5, "x", [], {}, "\U0001f600", [[]], {"a": {}}])
    elif isinstance(inner, dict):
        inner["more"] = 1
    else:
        inner.insert(key, inner[key])
    if compact(value) == compact(before):
        inner[key] = "another"
    step = list(wanted[at])
    step[slot] = compact(value)
    if wanted[at][0] == "ballot" and value.get("answers") != before["answers"] and "credential" in value:
        step[slot] = signed_anew(vote, value)
    return _rebuilt([*wanted[:at], tuple(step), *wanted[at + 1 :]])


def byte_flipped(dice: Dice, _vote: Vote, wanted: list[Step]) -> bytes:
    """Anywhere in the file, and nothing made to fit."""
    raw = bytearray(_rebuilt(wanted))
    raw[dice.randrange(len(raw))] ^= 1 << dice.randrange(8)
    return bytes(raw)


def cut_off(dice: Dice, _vote: Vote, wanted: list[Step]) -> bytes:
    """Not where a member ends: there it may be an earlier state."""
    raw = _rebuilt(wanted)
    return raw[: dice.choice([n for n in range(1, len(raw), 7) if n % 512])]


BENDS: tuple[Bend, ...] = (
    *(scalar_bent, point_bent) * 4,
    factor_or_credential_bent,
    signed_message_bent,
    *(count_bent, event_removed, event_repeated, events_reordered, members_moved, event_bent),
    *(spelling_changed, shape_changed, shape_changed, byte_flipped, cut_off),
)


def test_two_thousand_bent_records_are_all_refused(vote, whole):
    right = _rebuilt(whole)
    assert verify(io.BytesIO(right)).result == [[1, 2], [2, 0]]
    dice = random.Random(20261124)
    names: Counter[str] = Counter()
    for number in range(COUNT):
        bend = BENDS[number % len(BENDS)]
        raw = bend(dice, vote, whole)
        assert raw != right, (number, bend.__name__)
        try:
            report = verify(io.BytesIO(raw))
        except errors.Fault as fault:
            names[fault.name] += 1
            assert fault.name != "Unreadable", (number, bend.__name__, fault)
        else:
            pytest.fail(f"{number} {bend.__name__} passed: {report.plain()}")
    assert names.total() == COUNT
    # That they fail for their own reasons and not all at the first gate.
    wanted = {
        *("BadPoint", "BadScalar", "BadJson", "BadFields", "BadProof", "BadSignature", "BadHeader"),
        *("BadName", "BadProofOfKey", "BadTrusteeSignature", "BadDecryptionProof", "BrokenChain"),
        *("WrongOrder", "StrayMember", "MissingData", "UnknownCredential", "RepeatedBallot", "Truncated"),
        *("WrongTally", "WrongCount", "WrongOwner", "WrongResult", "TooFewDecryptions", "BadPadding"),
    }
    assert wanted <= set(names), wanted - set(names)
