"""Who must open a vote together: single keys, and t of m made in a ceremony (Pedersen).

The list of trustees is `[["Single", TPK], ["Pedersen", {...}], ...]`; owners are numbered from 1 over
all of them, each member of a Pedersen group with a number of its own. The key of the election is the
product of the single keys and of every member's first coefficient.

How t of m scrutineers make their keys is in `ceremony.py`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from yishi.ballot.encoding import compact, fields, items, parse
from yishi.ballot.errors import BadProofOfKey, BadTrustees, BadTrusteeSignature, WrongKey, place
from yishi.ballot.group import (
    IDENTITY,
    Q,
    challenge,
    g_power,
    mul,
    parse_point,
    parse_scalar,
    power,
    product,
    show_point,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

GROUP = "Ed25519"
MOST = 100  # trustees in one list: beyond any hall, and it bounds what a hostile file can ask for

# What draws the nonce of a proof from a label that says all that is proved.
Nonce = Callable[[str], int]


# --- what a list says ------------------------------------------------------


@dataclass(frozen=True)
class Single:
    """One key, always needed."""

    key: bytes


@dataclass(frozen=True)
class Pedersen:
    """Any `threshold` of the members; `keys`: their verification keys; `coefficients[i][k]`: A_ik."""

    threshold: int
    keys: tuple[bytes, ...]
    coefficients: tuple[tuple[bytes, ...], ...]


@dataclass(frozen=True)
class Trustees:
    """A list whose every proof and signature has been checked."""

    groups: tuple[Single | Pedersen, ...]

    @property
    def owners(self) -> tuple[bytes, ...]:
        """The key that proves each owner's decryption: owner n is at n - 1."""
        found: list[bytes] = []
        for group in self.groups:
            found += [group.key] if isinstance(group, Single) else group.keys
        return tuple(found)

    @property
    def election_key(self) -> bytes:
        keys: list[bytes] = []
        for group in self.groups:
            keys += [group.key] if isinstance(group, Single) else [row[0] for row in group.coefficients]
        return product(keys)


def check(raw: bytes | list[Any]) -> Trustees:
    """The trustees of a list. Raises BadTrustees, BadProofOfKey, BadTrusteeSignature, WrongKey, and
    BadJson, BadFields, BadPoint, BadScalar, with the trustee named."""
    value = items(parse(raw) if isinstance(raw, bytes) else raw)
    if not value:
        raise BadTrustees
    groups: list[Single | Pedersen] = []
    for number, item in enumerate(value, 1):
        with place(f"trustees {number}"):
            groups.append(_group(item))
            if len(Trustees(tuple(groups)).owners) > MOST:
                raise BadTrustees(detail=f"> {MOST}")
    found = Trustees(tuple(groups))
    if found.election_key == IDENTITY:
        raise WrongKey(detail="1")
    return found


def _group(item: Any) -> Single | Pedersen:
    kind, value = items(item, 2)
    if kind == "Single":
        return Single(_key(value, signed=False)[0])
    if kind == "Pedersen":
        return _pedersen(value)
    raise BadTrustees(detail=str(kind)[:40])


def _pedersen(value: Any) -> Pedersen:
    threshold, certs, coefexps, signatures, tpks = fields(
        value, "threshold", "certs", "coefexps", "signatures", "verification_keys"
    )
    size = len(items(certs))
    for part in (coefexps, signatures, tpks):
        items(part, size)
    if type(threshold) is not int or not 1 <= threshold <= size <= MOST:
        raise BadTrustees(detail=f"{threshold} / {size}"[:80])
    signers: list[bytes] = []
    for index, sm in enumerate(certs, 1):
        with place(f"certificate {index}"):
            signers.append(check_certificate(sm, size=size, threshold=threshold, index=index).verification)
    rows: list[tuple[bytes, ...]] = []
    for index, (sm, proof, signer) in enumerate(zip(coefexps, signatures, signers, strict=True), 1):
        with place(f"coefficients {index}"):
            rows.append(check_coefexps(sm, signer, threshold=threshold))
            check_agreement(proof, signer, certs, rows[-1])
    keys: list[bytes] = []
    sums = _sums(rows)
    for index, (tpk, signer) in enumerate(zip(tpks, signers, strict=True), 1):
        with place(f"verification key {index}"):
            key, signature = _key(tpk, signed=True)
            _check_signature(show_point(key), signature, signer)
            if key != value_at(sums, index):
                raise WrongKey
            keys.append(key)
    return Pedersen(threshold, tuple(keys), tuple(rows))


@dataclass(frozen=True)
class Certificate:
    size: int
    threshold: int
    index: int
    verification: bytes
    encryption: bytes


def check_certificate(sm: Any, *, size: int, threshold: int, index: int) -> Certificate:
    """One trustee's keys for signing and for receiving shares, signed by itself."""
    message, signature = _signed(sm)
    context, verification, encryption = fields(_inner(message), "context", "verification", "encryption")
    wanted = {"group": GROUP, "size": size, "threshold": threshold, "index": index}
    if compact(context) != compact(wanted):
        raise BadTrustees(detail="context")
    found = Certificate(size, threshold, index, _nonzero(verification), _nonzero(encryption))
    _check_signature(message, signature, found.verification)
    return found


def check_coefexps(sm: Any, signer: bytes, *, threshold: int) -> tuple[bytes, ...]:
    """A_i0 … A_i(t-1), signed by trustee i."""
    message, signature = _signed(sm)
    (points,) = fields(_inner(message), "coefexps")
    found = tuple(map(parse_point, items(points, threshold)))
    _check_signature(message, signature, signer)
    return found


def check_agreement(proof: Any, signer: bytes, certs: Sequence[Any], row: Sequence[bytes]) -> None:
    """`signatures[i]`: trustee i saw these certificates when it made its coefficients."""
    _check_signature(agreed(certs, row), proof, signer)


def agreed(certs: Sequence[Any], row: Sequence[bytes]) -> str:
    text: bytes = compact({"certs": list(certs), "coefexps": list(map(show_point, row))})
    return f"certs_sig|{text.decode()}"


def public_share(rows: Sequence[Sequence[bytes]], j: int) -> bytes:
    """prod_i prod_k A_ik^(j^k): the key of member j that nobody had to be asked for."""
    return value_at(_sums(rows), j)


def _sums(rows: Sequence[Sequence[bytes]]) -> list[bytes]:
    """prod_i A_ik for each k."""
    return [product(column) for column in zip(*rows, strict=True)]


def value_at(row: Sequence[bytes], j: int) -> bytes:
    """g^f(j) from g^coefficients, by Horner's rule."""
    found = IDENTITY
    for point in reversed(row):
        found = mul(power(found, j), point)
    return found


# --- proofs ----------------------------------------------------------------


def prove(prefix: str, secret: int, nonce: Nonce | None = None) -> dict[str, str]:
    """Knowledge of `secret`, bound to the text `prefix`: challenge H(prefix, g^w), response w - x c.

    `nonce` draws w from a label; it must never give the same w for two different labels.
    """
    w = nonce(f"w|{prefix}") if nonce else 1 + secrets.randbelow(Q - 1)
    found = challenge(prefix, [g_power(w)])
    return {"challenge": str(found), "response": str((w - secret * found) % Q)}


def proves(prefix: str, key: bytes, proof: Any) -> bool:
    """Raises BadFields, BadScalar for what has not the form of a proof."""
    found, response = map(parse_scalar, fields(proof, "challenge", "response"))
    return challenge(prefix, [mul(g_power(response), power(key, found))]) == found


def sign(message: str, secret: int, nonce: Nonce | None = None) -> dict[str, str]:
    return prove(f"sigmsg|{message}|", secret, nonce)


def _check_signature(message: str, proof: Any, signer: bytes) -> None:
    if not proves(f"sigmsg|{message}|", signer, proof):
        raise BadTrusteeSignature


def public_key(secret: int, nonce: Nonce | None = None) -> dict[str, Any]:
    """TPK: g^secret with the proof that somebody knows the secret."""
    key = show_point(g_power(secret))
    return {"pok": prove(f"pok|{GROUP}|{key}|", secret, nonce), "public_key": key}


def new_secret() -> int:
    return 1 + secrets.randbelow(Q - 1)


def single(secret: int) -> list[Any]:
    """The list's entry for one key that is always needed."""
    return ["Single", public_key(secret)]


def _key(value: Any, *, signed: bool) -> tuple[bytes, Any]:
    pok, text, *signature = fields(value, "pok", "public_key", *(["signature"] if signed else []))
    key = _nonzero(text)
    if not proves(f"pok|{GROUP}|{text}|", key, pok):
        raise BadProofOfKey
    return key, signature[0] if signed else None


# --- forms -----------------------------------------------------------------


def _signed(sm: Any) -> tuple[str, Any]:
    message, signature = fields(sm, "message", "signature")
    if not isinstance(message, str):
        raise BadTrustees(detail="message")
    return message, signature


def _inner(message: str) -> Any:
    try:
        return parse(message.encode())
    except UnicodeEncodeError:
        raise BadTrustees(detail="message") from None


def _nonzero(text: Any) -> bytes:
    """A key: the identity is nobody's."""
    point = parse_point(text)
    if point == IDENTITY:
        raise WrongKey(detail="1")
    return point
