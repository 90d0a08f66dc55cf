"""The code of a slip, and the keys that it has: another one in every vote, and nobody sees that they
are of one slip.

A code is 22 characters of base 58, `XXXXX-XXXXXX-XXXXX-XXXXXX`. The last of ours is a check; other
programs draw it at random, and `secret` takes their codes too.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING

from yishi.ballot.encoding import ALPHABET, compact, items, parse, random_text
from yishi.ballot.errors import BadCode, BadListing
from yishi.ballot.group import IDENTITY, Q, g_power, parse_point, show_point

if TYPE_CHECKING:
    from collections.abc import Iterable

LENGTH = 22
BARE = re.compile(f"[{ALPHABET}]{{{LENGTH}}}")
# What people and keyboards put between characters: blanks and dashes of all kinds.
BETWEEN = re.compile(r"[\s\u200b\ufeff\-‐-―−－]")
ENTRY = re.compile(r"([0-9a-f]{64})(?:,([1-9][0-9]{0,8}))?")


def new_code() -> str:
    """A new code: 123 random bits."""
    bare = random_text(LENGTH - 1)
    return _dashed(bare + _check(bare))


def clean_code(text: str) -> str:
    """The code as it was printed, from what was typed or scanned: blanks and dashes do not matter,
    capitals do. Raises BadCode, of mistyped ones for about 52 in 53.
    """
    bare = BETWEEN.sub("", text)
    if not BARE.fullmatch(bare) or bare[-1] != _check(bare[:-1]):
        raise BadCode
    return _dashed(bare)


def secret(uuid: str, code: str) -> int:
    """The secret exponent of a clean code in the election `uuid`."""
    halves = (sha256(f"derive_credential|{uuid}|{half}|{code}".encode()).hexdigest() for half in (0, 1))
    return int("".join(halves), 16) % Q


def public(uuid: str, code: str) -> str:
    """The text of g^secret: what stands in the public list and on the ballot."""
    return show_point(g_power(secret(uuid, code)))


def listing(publics: Iterable[str]) -> bytes:
    """The public list, each with the weight 1. Raises BadListing where one comes twice."""
    texts = list(publics)
    if len(set(texts)) < len(texts):
        raise BadListing(detail="twice")
    return compact(sorted(texts, key=_order))


def parse_listing(raw: bytes) -> dict[str, int]:
    """Public credential -> weight, in the order of the list.

    Raises BadJson, BadPoint, or BadListing where it is not sorted, has one twice, or a weight is
    not written as it must be (a weight of 1 is left out).
    """
    found: dict[str, int] = {}
    last = b""
    for number, text in enumerate(items(parse(raw)), 1):
        entry = ENTRY.fullmatch(text) if isinstance(text, str) else None
        if not entry or entry[2] == "1":
            raise BadListing(f"credential {number}", detail=str(text)[:80])
        point = parse_point(entry[1])
        # The secret of the identity is 0: everybody could vote with it.
        if point <= last or point == IDENTITY:
            raise BadListing(f"credential {number}", detail=entry[1])
        last = point
        found[entry[1]] = int(entry[2] or 1)
    return found


def _order(text: str) -> bytes:
    return bytes.fromhex(text)[::-1]


def _dashed(bare: str) -> str:
    return "-".join((bare[:5], bare[5:11], bare[11:16], bare[16:]))


def _check(text: str) -> str:
    """53 less the number, in base 58, modulo 53."""
    rest = 0
    for character in text:
        rest = (rest * 58 + ALPHABET.index(character)) % 53
    return ALPHABET[53 - rest]
