"""What is voted on, as it is hashed and published: questions with their answers, and the key."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from yishi.ballot.encoding import ALPHABET, compact, fields, fingerprint, items, parse, random_text
from yishi.ballot.errors import BadElection, BadFields
from yishi.ballot.group import IDENTITY, parse_point, show_point

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")

UUID = re.compile(f"[{ALPHABET}]{{14,64}}")


@dataclass(frozen=True)
class Question:
    """One question. `minimum` to `maximum` of its answers may be chosen.

    A ballot has one bit per answer, and with `blank` one more before them: it says that nothing
    was chosen on purpose, which is then allowed whatever `minimum` is.
    Raises BadElection where that cannot be.
    """

    question: str
    answers: tuple[str, ...]
    minimum: int
    maximum: int
    blank: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "answers", tuple(self.answers))
        if not 0 <= self.minimum <= self.maximum <= len(self.answers) or not self.answers:
            raise BadElection(detail=f"{self.minimum}..{self.maximum} of {len(self.answers)}")

    @property
    def width(self) -> int:
        """How many bits a ballot has for it."""
        return len(self.answers) + self.blank

    def counted(self, bits: Sequence[T]) -> Sequence[T]:
        """Those that belong to answers."""
        return bits[1:] if self.blank else bits

    def allowed(self, bits: Sequence[T], total: T) -> list[tuple[T, int]]:
        """What the overall proof says: one of these has that value. `total` is the sum of the counted."""
        sums = [(total, value) for value in range(self.minimum, self.maximum + 1)]
        return [(bits[0], 1), *sums] if self.blank else sums

    def permits(self, bits: Sequence[int]) -> bool:
        """Whether these bits can be sealed."""
        if len(bits) != self.width or any(bit not in (0, 1) for bit in bits):
            return False
        total = sum(self.counted(bits))
        if self.blank and bits[0]:
            return total == 0
        return self.minimum <= total <= self.maximum

    def _plain(self) -> dict[str, Any]:
        return {
            "answers": self.answers,
            **({"blank": True} if self.blank else {}),
            "min": self.minimum,
            "max": self.maximum,
            "question": self.question,
        }

    @classmethod
    def _read(cls, value: object) -> Question:
        blank = isinstance(value, dict) and "blank" in value
        answers, *_blank, minimum, maximum, question = fields(
            value, "answers", *(["blank"] if blank else []), "min", "max", "question"
        )
        if not all(type(number) is int for number in (minimum, maximum)):
            raise BadElection(detail="min, max")
        texts = [_text(answer) for answer in items(answers)]
        return cls(_text(question), tuple(texts), minimum, maximum, blank)


@dataclass(frozen=True)
class Election:
    """An election. Equal ones have the same bytes. Raises BadElection where it cannot be."""

    uuid: str
    name: str
    description: str
    public_key: bytes
    questions: tuple[Question, ...]
    administrator: str = ""
    credential_authority: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "questions", tuple(self.questions))
        if not UUID.fullmatch(self.uuid):
            raise BadElection("uuid", detail=self.uuid[:80])
        if not self.questions:
            raise BadElection("questions")
        if self.public_key == IDENTITY:  # with this key everybody could open every ballot
            raise BadElection("public_key")

    @cached_property
    def raw(self) -> bytes:
        """The bytes that are hashed and published."""
        return compact(
            {
                "version": 1,
                "description": self.description,
                "name": self.name,
                "group": "Ed25519",
                "public_key": show_point(self.public_key),
                "questions": [question._plain() for question in self.questions],
                "uuid": self.uuid,
                **({"administrator": self.administrator} if self.administrator else {}),
                **({"credential_authority": self.credential_authority} if self.credential_authority else {}),
            }
        )

    @cached_property
    def fingerprint(self) -> str:
        return fingerprint(self.raw)

    @classmethod
    def parse(cls, raw: bytes) -> Election:
        """The election with exactly these bytes. Raises BadJson, BadFields, BadPoint or BadElection.

        Only version 1, the group Ed25519 and questions of answers to be chosen are known here.
        """
        value = parse(raw)
        if not isinstance(value, dict):
            raise BadFields(detail="election")
        extra = [name for name in ("administrator", "credential_authority") if name in value]
        version, description, name, group, key, questions, uuid, *_extra = fields(
            value, "version", "description", "name", "group", "public_key", "questions", "uuid", *extra
        )
        if version != 1 or group != "Ed25519":
            raise BadElection(detail=f"version {version}, group {group}"[:80])
        found = cls(
            _text(uuid),
            _text(name),
            _text(description),
            parse_point(key),
            tuple(Question._read(question) for question in items(questions)),
            *(_text(value.get(name, "")) for name in ("administrator", "credential_authority")),
        )
        if found.raw != raw:  # "blank": false, an empty administrator
            raise BadElection(detail="not its own bytes")
        return found


def new_uuid() -> str:
    """The name of an election: 82 random bits."""
    return random_text(14)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise BadElection(detail=repr(value)[:80])
    return value
