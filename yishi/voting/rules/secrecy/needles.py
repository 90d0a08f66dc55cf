"""What is looked for: all that names a ballot or a slip of one meeting, in whatever text or bytes."""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.core import signing

from yishi.ballot import credentials
from yishi.ballot.encoding import ALPHABET
from yishi.ballot.errors import BadCode
from yishi.ballot.sealing import tracker
from yishi.voting.models import CastBallot, ExchangedSlip, SealedBox
from yishi.voting.rules.sealed_count import EVENT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yishi.meetings.models import Meeting

SMALL = 1 << 40  # one random key of 63 bits in eight million is less
HEX, HASH = 64, 43  # characters of a credential, of a tracker
RUN = re.compile(rf"[A-Za-z0-9+/_-]{{{HASH},}}")
KEY = re.compile(r"(?<!\d)\d{13,19}(?!\d)")
SIGN = f"[{ALPHABET}]"
PRINTED = re.compile(f"(?<![A-Za-z0-9]){SIGN}{{5}}-{SIGN}{{6}}-{SIGN}{{5}}-{SIGN}{{6}}(?![A-Za-z0-9])")
BARE = re.compile(f"(?<![A-Za-z0-9+/_=-]){SIGN}{{22}}(?![A-Za-z0-9+/_=-])")
PLAIN = str.maketrans("-_", "+/")
BASE64 = re.compile(r"[A-Za-z0-9+/_\s-]{16,}={0,2}")


@dataclass(frozen=True)
class Needles:
    """`hashes`: trackers in hexadecimal; `keys`: primary keys of ballots in the box; `closed`: the
    trackers of boxes whose record is made; `uuid`, `slips`: one election, to try codes on.
    """

    credentials: frozenset[str] = frozenset()
    trackers: frozenset[str] = frozenset()
    hashes: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()
    closed: frozenset[str] = frozenset()
    uuid: str = ""
    slips: frozenset[str] = field(default=frozenset())

    def kinds(self, text: str) -> set[str]:
        """Which of credential, tracker, key, code stand in the text."""
        found = {kind for run in RUN.findall(text) for kind in self._in(run)}
        if self.keys and any(number in self.keys for number in KEY.findall(text)):
            found.add("key")
        printed = any(_is_code(one) for one in PRINTED.findall(text))
        # Without its dashes one in 53 of any 22 characters would pass: only slips of this meeting count.
        if printed or any(_is_code(one) and self._is_slip(one) for one in BARE.findall(text)):
            found.add("code")
        return found

    def closed_in(self, text: str) -> set[str]:
        """The ballots of closed boxes that stand in the text by their trackers."""
        return {part for run in RUN.findall(text) for part in _parts(run, HASH) if part in self.closed}

    def _in(self, run: str) -> Iterator[str]:
        plain = run.translate(PLAIN) if "-" in run or "_" in run else run
        if any(part in self.trackers for part in _parts(plain, HASH)):
            yield "tracker"
        lower = run.lower() if len(run) >= HEX else ""
        for part in _parts(lower, HEX):
            if part in self.credentials:
                yield "credential"
            elif part in self.hashes:
                yield "tracker"

    def _is_slip(self, code: str) -> bool:
        return credentials.public(self.uuid, credentials.clean_code(code)) in self.slips


def _parts(run: str, size: int) -> Iterator[str]:
    """Every piece of this size: columns may stand side by side without anything between."""
    return (run[i : i + size] for i in range(len(run) - size + 1))


def _is_code(text: str) -> bool:
    try:
        credentials.clean_code(text)
    except BadCode:
        return False
    return True


def needles(meeting: Meeting) -> Needles:
    """All of a meeting that has sealed voting."""
    session = meeting.sealed
    slips = [lot.listings for lot in session.lots.all()] + [cut.listings for cut in session.struck.all()]
    names = {public for listings in slips for publics in listings.values() for public in publics}
    boxes = list(SealedBox.objects.filter(poll__meeting=meeting))
    for box in boxes:
        names |= {entry.partition(",")[0] for entry in json.loads(box.listing)}
    names |= set(ExchangedSlip.objects.filter(box__in=boxes).values_list("credential", flat=True))
    cast = list(CastBallot.objects.filter(box__in=boxes).values_list("pk", "credential", "tracker"))
    closed = {number for box in boxes for _name, number in recorded(box)}
    trackers = closed | {number for _pk, _name, number in cast}
    uuid = next(iter(session.uuids), "")
    return Needles(
        credentials=frozenset(names | {name for _pk, name, _number in cast}),
        trackers=frozenset(trackers),
        hashes=frozenset(base64.b64decode(number + "=").hex() for number in trackers),
        keys=frozenset(str(pk) for pk, _name, _number in cast if pk >= SMALL),
        closed=frozenset(closed - {number for _pk, _name, number in cast}),
        uuid=uuid,
        slips=frozenset(public for listings in slips for public in listings.get(uuid, ())),
    )


def recorded(box: SealedBox) -> Iterator[tuple[str, str]]:
    """(credential, tracker) of every ballot in the record, in its order."""
    before = ""
    for name, content in box.entries.values_list("name", "content").iterator(chunk_size=500):
        if name.endswith(EVENT) and json.loads(content)["type"] == "Ballot":
            yield json.loads(before)["credential"], tracker(before.encode())
        before = content


def unfold(value: Any) -> Iterator[str]:
    """A value of a column as text, and what lies folded in it: sessions, counters, blobs."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        text = bytes(value).decode("latin-1")
    elif isinstance(value, (dict, list)):
        text = json.dumps(value)
    else:
        text = str(value)
    yield text
    head = text.partition(":")[0]
    if BASE64.fullmatch(head.removeprefix(".")):
        try:
            raw = signing.b64_decode(
                "".join(head.removeprefix(".").rstrip("=").split()).translate(_SAFE).encode()
            )
            yield (zlib.decompress(raw) if text.startswith(".") else raw).decode("latin-1")
        except (binascii.Error, ValueError, zlib.error):
            return


_SAFE = str.maketrans("+/", "-_")
