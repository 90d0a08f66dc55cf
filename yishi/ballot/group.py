"""The group Ed25519 over PyNaCl: points, scalars, the hash into scalars. The reference arithmetic.

A point is its 32 bytes as in RFC 8032; its text is the 64 lower-case hex digits of these bytes
reversed. A scalar is an int, 0 <= x < Q; its text is the decimal number. Written multiplicatively
as in the specification: `mul` is the group operation, `power` the repeated one.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING

from nacl import bindings as nacl

from yishi.ballot.errors import BadPoint, BadScalar

if TYPE_CHECKING:
    from collections.abc import Iterable

Q = 2**252 + 27742317777372353535851937790883648493
P = 2**255 - 19
IDENTITY = bytes([1]) + bytes(31)
HEX = re.compile(r"[0-9a-f]{64}")
DECIMAL = re.compile(r"0|[1-9][0-9]{0,76}")


def parse_point(text: object) -> bytes:
    """A point of the prime-order subgroup, the identity included. Raises BadPoint."""
    point = read_point(text)
    if not is_point(point):
        raise BadPoint(detail=str(text))
    return point


def read_point(text: object) -> bytes:
    """Only the 32 bytes: whether they are a point `Powers.many` asks, for all of a ballot at once."""
    if not isinstance(text, str) or not HEX.fullmatch(text):
        raise BadPoint(detail=str(text)[:80])
    return bytes.fromhex(text)[::-1]


def is_point(point: bytes) -> bool:
    """Canonical, on the curve, in the subgroup of prime order (the identity is)."""
    return point == IDENTITY or nacl.crypto_core_ed25519_is_valid_point(point)


def show_point(point: bytes) -> str:
    return point[::-1].hex()


def parse_scalar(text: object) -> int:
    """Raises BadScalar for anything but a plain decimal string below Q."""
    if not isinstance(text, str) or not DECIMAL.fullmatch(text) or (value := int(text)) >= Q:
        raise BadScalar(detail=str(text)[:80])
    return value


def mul(one: bytes, two: bytes) -> bytes:
    return nacl.crypto_core_ed25519_add(one, two)


def div(one: bytes, two: bytes) -> bytes:
    return nacl.crypto_core_ed25519_sub(one, two)


def product(points: Iterable[bytes]) -> bytes:
    found = IDENTITY
    for point in points:
        found = mul(found, point)
    return found


def power(point: bytes, exponent: int) -> bytes:
    """point^exponent; the exponent is taken mod Q."""
    exponent %= Q
    if not exponent or point == IDENTITY:
        return IDENTITY
    return nacl.crypto_scalarmult_ed25519_noclamp(exponent.to_bytes(32, "little"), point)


def g_power(exponent: int) -> bytes:
    """g^exponent for the base point g of RFC 8032."""
    exponent %= Q
    if not exponent:
        return IDENTITY
    return nacl.crypto_scalarmult_ed25519_base_noclamp(exponent.to_bytes(32, "little"))


def challenge(prefix: str, points: Iterable[bytes]) -> int:
    """H(prefix, P1..Pn): SHA-256 of the prefix and the points joined by commas, mod Q."""
    text = prefix + ",".join(map(show_point, points))
    return int.from_bytes(sha256(text.encode()).digest(), "big") % Q


# A point, or several that stand for their product.
Base = bytes | tuple[bytes, ...]
Job = tuple[int, int, Base, int]


class Powers:
    """Products g^a y^b P^c for one election key y: what all proofs of a ballot are checked with.

    `many` takes (a, b, P, c) and gives one point each, in order. P is a point, or a tuple of points
    for their product. Every point given is checked as `is_point` does (so that whoever reads a
    ballot needs only `read_point`): raises BadPoint. This is the seam that the C extension takes
    over (`yishi.ballot.fast.powers(y)` gives whichever there is); both give the same bytes.
    """

    def __init__(self, y: bytes) -> None:
        self.y = y

    def many(self, jobs: Iterable[Job]) -> list[bytes]:
        jobs = list(jobs)
        bases = dict.fromkeys(base for _a, _b, base, _c in jobs)
        points = dict.fromkeys(point for base in bases for point in parts(base))
        for point in points:
            if not is_point(point):
                raise BadPoint(detail=show_point(point))
        whole = {base: base if isinstance(base, bytes) else product(base) for base in bases}
        return [self._one(a, b, whole[base], c) for a, b, base, c in jobs]

    def product(self, points: Iterable[bytes]) -> bytes:
        """The product of points already checked."""
        return product(points)

    def _one(self, a: int, b: int, point: bytes, c: int) -> bytes:
        found = power(point, c)
        if a % Q:
            found = mul(found, g_power(a))
        if b % Q:
            found = mul(found, power(self.y, b))
        return found


def parts(base: Base) -> tuple[bytes, ...]:
    return (base,) if isinstance(base, bytes) else base
