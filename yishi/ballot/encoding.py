"""The one way each thing is written: compact JSON, fingerprints, characters that nobody mistakes."""

from __future__ import annotations

import json
import secrets
from base64 import b64encode
from hashlib import sha256
from typing import Any

from yishi.ballot.errors import BadFields, BadJson

# Base 58: without 0, O, I and l.
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def compact(value: object) -> bytes:
    """JSON without blanks, UTF-8 unescaped, fields in the order of the dict.

    The same bytes as `JSON.stringify` in a browser gives. Raises BadJson for half a character.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise BadJson(detail=str(error)) from None


def parse(raw: bytes) -> Any:
    """What `compact` wrote. Raises BadJson for every other spelling: blanks, escapes, a key twice."""
    try:
        value = json.loads(raw.decode())
        if compact(value) == raw:
            return value
    except (ValueError, RecursionError) as error:
        raise BadJson(detail=str(error)[:80]) from None
    raise BadJson(detail="not compact")


def fields(value: object, *names: str) -> tuple[Any, ...]:
    """The values of an object with exactly these fields in this order. Raises BadFields."""
    if not isinstance(value, dict) or tuple(value) != names:
        raise BadFields(detail=f"{', '.join(value) if isinstance(value, dict) else value!r}"[:80])
    return tuple(value.values())


def items(value: object, count: int | None = None) -> list[Any]:
    """The list that it must be, of `count` items where that is given. Raises BadFields."""
    if not isinstance(value, list) or count not in (None, len(value)):
        raise BadFields(detail=f"{len(value)} != {count}" if isinstance(value, list) else repr(value)[:80])
    return value


def hexdigest(raw: bytes) -> str:
    """SHA-256 as 64 hex digits: what members of an archive are called by."""
    return sha256(raw).hexdigest()


def fingerprint(raw: bytes) -> str:
    """SHA-256 as 43 characters of base64 without padding: of an election, a ballot (its tracker)."""
    return b64encode(sha256(raw).digest()).decode().rstrip("=")


def random_text(length: int) -> str:
    """Random characters of the alphabet, all equally likely."""
    return "".join(secrets.choice(ALPHABET) for _n in range(length))


def printable(text: str) -> str:
    """For a terminal, which must not be steered by what somebody wrote into an election."""
    return "".join(char if char.isprintable() or char == "\n" else "\ufffd" for char in text)
