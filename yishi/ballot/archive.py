"""The file of a vote, `<uuid>.bel`: a plain tar of an old style that only ever grows at its end.

Every byte of it follows from the members' contents and one timestamp, so a reader builds each
header anew and compares. The first member is called BELENIOS and holds the timestamp; each other
is called by the SHA-256 of its content. There is no end mark.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from yishi.ballot.encoding import compact, hexdigest
from yishi.ballot.errors import BadHeader, BadName, BadPadding, NotAnArchive, TooLarge, Truncated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

BLOCK = 512
OPENING = "BELENIOS"
DATA, EVENT = ".data.json", ".event.json"
LIMIT = 64 * 2**20  # bytes of one member; the list of credentials of 100 000 voters has 7 MB

NAME = re.compile(rb"[0-9a-f]{64}\.(?:data|event)\.json")
SIZE = re.compile(rb"[0-7]{11}\0")
STAMP = re.compile(rb'\{"version":1,"timestamp":"(0|[1-9][0-9]{0,9})"\}')


class Member(NamedTuple):
    """A name as it stands in the archive, and the content. `data` and `event` give them their names."""

    name: str
    content: bytes

    @property
    def hash(self) -> str:
        """SHA-256 of the content as events name it; of the opening its whole name."""
        return self.name.partition(".")[0]

    @property
    def is_event(self) -> bool:
        return self.name.endswith(EVENT)


def data(content: bytes) -> Member:
    return Member(hexdigest(content) + DATA, content)


def event(content: bytes) -> Member:
    return Member(hexdigest(content) + EVENT, content)


def opening(timestamp: int) -> bytes:
    """The first bytes of an archive; `timestamp` in seconds since 1970 is that of all its members."""
    return member(OPENING, compact({"version": 1, "timestamp": str(timestamp)}), timestamp)


def member(name: str, content: bytes, timestamp: int) -> bytes:
    """The bytes to be appended for one member. `name` must be the right one: see `data` and `event`."""
    return header(name, len(content), timestamp) + content + bytes(-len(content) % BLOCK)


def header(name: str, size: int, timestamp: int) -> bytes:
    """The 512 bytes before a content."""
    block = bytearray(BLOCK)
    block[: len(name)] = name.encode()
    block[100:124] = b"0000644\0" + b"0000000\0" * 2
    block[124:148] = b"%011o\0%011o\0" % (size, timestamp)
    block[148:157] = b" " * 8 + b"0"
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def read(stream: BinaryIO) -> Iterator[Member]:
    """All members in order, the opening first, one in memory at a time.

    Raises NotAnArchive where it does not even start as one, else Truncated, TooLarge, BadHeader,
    BadPadding or BadName with the number of the member (the opening is 0). What the members say
    and whether events fit together is not looked at.
    """
    first = _take(stream, BLOCK)
    if len(first) < BLOCK or not first.startswith(OPENING.encode() + b"\0"):
        raise NotAnArchive
    content = _content(stream, first, "member 0")
    found = STAMP.fullmatch(content)
    if not found:
        raise NotAnArchive(detail="version, timestamp")
    timestamp = int(found[1])
    if first != header(OPENING, len(content), timestamp):
        raise BadHeader("member 0")
    yield Member(OPENING, content)

    number = 0
    while block := _take(stream, BLOCK):
        number += 1
        where = f"member {number}"
        name = block[:100].rstrip(b"\0")
        if not NAME.fullmatch(name):
            raise Truncated(where) if len(block) < BLOCK else BadHeader(where, detail="name")
        content = _content(stream, block, where)
        found_member = Member(name.decode(), content)
        if block != header(found_member.name, len(content), timestamp):
            raise BadHeader(where)
        if found_member.hash != hexdigest(content):
            raise BadName(where, detail=found_member.name)
        yield found_member


def _content(stream: BinaryIO, block: bytes, where: str) -> bytes:
    if len(block) < BLOCK:
        raise Truncated(where)
    if not SIZE.fullmatch(block[124:136]):
        raise BadHeader(where, detail="size")
    size = int(block[124:135], 8)
    if size > LIMIT:
        raise TooLarge(where, detail=str(size))
    rest = -size % BLOCK
    whole = _take(stream, size + rest)
    if len(whole) < size + rest:
        raise Truncated(where)
    if any(whole[size:]):
        raise BadPadding(where)
    return whole[:size]


def _take(stream: BinaryIO, count: int) -> bytes:
    """`count` bytes, fewer only at the end; a socket or a pipe gives them in pieces."""
    pieces = []
    while count and (piece := stream.read(count)):
        pieces.append(piece)
        count -= len(piece)
    return b"".join(pieces)
