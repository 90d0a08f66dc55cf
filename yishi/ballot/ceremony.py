"""How t of m scrutineers make keys that only together open a vote (Pedersen).

Everything a scrutineer's device holds derives from one code (`Keyholder`), so that the code on
paper is the backup of the key. The same numbers come out of `static/booth/trustee.js`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256, sha512
from typing import TYPE_CHECKING, Any

from yishi.ballot.encoding import compact, fields
from yishi.ballot.errors import BadShare, place
from yishi.ballot.group import Q, g_power, parse_point, power, show_point
from yishi.ballot.trustees import (
    GROUP,
    agreed,
    check_certificate,
    check_coefexps,
    public_key,
    sign,
    value_at,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

SHARE = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Keyholder:
    """One scrutineer's place in the ceremony of a keyring: all derived from `code`.

    `context`: the keyring's uuid; `index`: 1 to `size`. Rounds: 0 `commitment(certificate, nonce)`,
    1 the certificate and its nonce, 2 `coefexps`, `agreement` and `shares`, 3 `verification_key`.
    """

    context: str
    index: int
    size: int
    threshold: int
    code: str

    def scalar(self, label: str) -> int:
        text = f"yishi-trustee|{self.context}|{label}|{self.code}"
        return int.from_bytes(sha512(text.encode()).digest(), "big") % Q

    @property
    def coefficients(self) -> list[int]:
        return [self.scalar(f"coef|{k}") for k in range(self.threshold)]

    def certificate(self) -> dict[str, Any]:
        message = {
            "context": {
                "group": GROUP,
                "size": self.size,
                "threshold": self.threshold,
                "index": self.index,
            },
            "verification": show_point(g_power(self.scalar("sign"))),
            "encryption": show_point(g_power(self.scalar("decrypt"))),
        }
        return self._signed(compact(message).decode())

    def nonce(self) -> str:
        """32 hexadecimal digits that blind the commitment; also from the code."""
        return sha256(f"yishi-nonce|{self.context}|{self.code}".encode()).hexdigest()[:32]

    def coefexps(self) -> dict[str, Any]:
        return self._signed(compact({"coefexps": list(map(show_point, self._row()))}).decode())

    def agreement(self, certs: Sequence[Any]) -> dict[str, str]:
        """`signatures[index]`."""
        return sign(agreed(certs, self._row()), self.scalar("sign"), self.scalar)

    def shares(self, certs: Sequence[Any]) -> list[dict[str, Any]]:
        """What the server relays: f_index(j) for every other j, only for j to read."""
        return [self._share(j, certs[j - 1]) for j in range(1, self.size + 1) if j != self.index]

    def _share(self, j: int, cert: Any) -> dict[str, Any]:
        to = check_certificate(cert, size=self.size, threshold=self.threshold, index=j)
        e = self.scalar(f"e|{j}")
        alpha = show_point(g_power(e))
        mask = self._mask(self.index, j, alpha, power(to.encryption, e))
        plain = _evaluate(self.coefficients, j).to_bytes(32, "big")
        return {"to": j, "alpha": alpha, "data": _xor(plain, mask).hex()}

    def decryption_key(self, coefexps: Sequence[Any], certs: Sequence[Any], shares: Sequence[Any]) -> int:
        """sum_i f_i(index). `shares[i - 1]`: what i sent to this keyholder, anything at its own place.

        Raises BadShare with the trustee who sent what does not fit its own coefficients.
        """
        total = _evaluate(self.coefficients, self.index)
        for i in range(1, self.size + 1):
            if i == self.index:
                continue
            with place(f"trustee {i}"):
                cert = check_certificate(certs[i - 1], size=self.size, threshold=self.threshold, index=i)
                row = check_coefexps(coefexps[i - 1], cert.verification, threshold=self.threshold)
                total += self._opened(i, shares[i - 1], row)
        return total % Q

    def _opened(self, i: int, share: Any, row: Sequence[bytes]) -> int:
        to, alpha, data = fields(share, "to", "alpha", "data")
        if to != self.index or not isinstance(data, str) or not SHARE.fullmatch(data):
            raise BadShare
        mask = self._mask(i, self.index, alpha, power(parse_point(alpha), self.scalar("decrypt")))
        found = int.from_bytes(_xor(bytes.fromhex(data), mask), "big")
        if found >= Q or g_power(found) != value_at(row, self.index):
            raise BadShare
        return found

    def verification_key(self, secret: int) -> dict[str, Any]:
        """TPK of the decryption key, signed with the keyholder's own signing key."""
        tpk = public_key(secret, self.scalar)
        return tpk | {"signature": sign(tpk["public_key"], self.scalar("sign"), self.scalar)}

    def _row(self) -> list[bytes]:
        return list(map(g_power, self.coefficients))

    def _signed(self, message: str) -> dict[str, Any]:
        return {"message": message, "signature": sign(message, self.scalar("sign"), self.scalar)}

    def _mask(self, i: int, j: int, alpha: str, shared: bytes) -> bytes:
        text = f"yishi-share|{self.context}|{i}|{j}|{alpha}|{show_point(shared)}"
        return sha256(text.encode()).digest()


def pedersen(
    threshold: int,
    certs: Sequence[Any],
    coefexps: Sequence[Any],
    agreements: Sequence[Any],
    verification_keys: Sequence[Any],
) -> list[Any]:
    """The list's entry for a finished ceremony, unchecked."""
    return [
        "Pedersen",
        {
            "threshold": threshold,
            "certs": list(certs),
            "coefexps": list(coefexps),
            "signatures": list(agreements),
            "verification_keys": list(verification_keys),
        },
    ]


def commitment(cert: Any, nonce: str) -> str:
    """Round 0: nobody chooses its certificate after it has seen another's."""
    return sha256(compact(cert) + b"|" + nonce.encode()).hexdigest()


def digits(context: str, certs: Sequence[Any], nonces: Sequence[str]) -> str:
    """Six digits that every page must show alike, to be compared aloud."""
    parts = [f"yishi-digits|{context}", *(compact(cert).decode() for cert in certs), *nonces]
    found = int.from_bytes(sha256("|".join(parts).encode()).digest(), "big")
    return f"{found % 10**6:06d}"


def _evaluate(coefficients: Sequence[int], at: int) -> int:
    found = 0
    for coefficient in reversed(coefficients):
        found = (found * at + coefficient) % Q
    return found


def _xor(one: bytes, two: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, two, strict=True))
