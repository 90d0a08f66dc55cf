"""The records in `data/`, read once: see `data/README.md`."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from yishi.ballot import archive
from yishi.ballot.archive import Member
from yishi.ballot.elections import Election

DATA = Path(__file__).with_name("data")
GOOD = ("basic-20", "threshold-blank-revote-20", "yes-no-abstain-threshold-60")
BAD = ("bad/cheat-tally", "bad/flipped-proof")


def path(name: str) -> Path:
    return DATA / f"{name}.bel"


@cache
def members(name: str) -> list[Member]:
    with path(name).open("rb") as stream:
        return list(archive.read(stream))


def election(name: str) -> Election:
    return Election.parse(members(name)[1].content)


def ballots(name: str) -> list[bytes]:
    return [each.content for each in members(name) if each.content.startswith(b'{"election_uuid"')]


@cache
def material() -> Any:
    """The keys and codes that made basic-20."""
    return json.loads((DATA / "basic-20.test-material.json").read_bytes())
