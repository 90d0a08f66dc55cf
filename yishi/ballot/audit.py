"""Check or cast (验票): whether a ballot holds what the voter chose, told from its random numbers.

The booth shows them only for a ballot that is then thrown away, so nobody can prove a vote by this.

    python -m yishi.ballot.audit FILE
    FILE: {"election": text, "ballot": text, "randomness": [[decimal text per choice] per question]}

prints the answers that the ballot holds. Exit 0; 1 where it does not open; 2 where FILE is not such.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from yishi.ballot.checking import Checker
from yishi.ballot.elections import Election
from yishi.ballot.encoding import items, printable
from yishi.ballot.errors import DoesNotOpen, Fault
from yishi.ballot.group import g_power, mul, parse_scalar, power

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from yishi.ballot.checking import Ciphertext


def open_with(election: Election, raw: bytes, randomness: object) -> list[list[int]]:
    """What was chosen, as `sealing.seal` was given it; `randomness` as it gave it.

    Raises what `Checker.check` raises of the ballot, BadFields or BadScalar of the randomness, and
    DoesNotOpen with the choice that it does not fit.
    """
    ciphertexts = Checker(election).check(raw).ciphertexts
    return [
        [
            _bit(election.public_key, pair, parse_scalar(r), f"question {question} choice {choice}")
            for choice, (pair, r) in enumerate(zip(pairs, items(exponents, len(pairs)), strict=True), 1)
        ]
        for question, (pairs, exponents) in enumerate(
            zip(ciphertexts, items(randomness, len(ciphertexts)), strict=True), 1
        )
    ]


def _bit(y: bytes, pair: Ciphertext, r: int, where: str) -> int:
    alpha, beta = pair
    hidden = power(y, r)
    for bit in (0, 1):
        if (alpha, beta) == (g_power(r), mul(hidden, g_power(bit))):
            return bit
    raise DoesNotOpen(where)


def in_words(election: Election, choices: Sequence[Sequence[int]]) -> Iterator[str]:
    """A line for each question and each answer chosen."""
    for question, bits in zip(election.questions, choices, strict=True):
        yield question.question
        chosen = [answer for answer, bit in zip(question.answers, question.counted(bits), strict=True) if bit]
        if not chosen:
            chosen = ["（空白）blank" if question.blank and bits[0] else "（一项未选）none"]
        yield from (f"  {answer}" for answer in chosen)


def main(words: list[str]) -> int:
    if len(words) != 1:
        print("python -m yishi.ballot.audit FILE", file=sys.stderr)
        return 2
    try:
        given = json.loads(Path(words[0]).read_bytes())
        raw, ballot, randomness = given["election"].encode(), given["ballot"].encode(), given["randomness"]
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        print(f"读不出这份验票文件 / not a file of a ballot to be checked: {error!r}", file=sys.stderr)
        return 2
    try:
        election = Election.parse(raw)
        choices = open_with(election, ballot, randomness)
    except Fault as fault:
        print(printable(str(fault)), file=sys.stderr)
        return 1
    print(printable("\n".join([election.name, *in_words(election, choices)])))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
