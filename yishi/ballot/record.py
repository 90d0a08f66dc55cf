"""The chain of events of a vote, written only at its end.

    Setup Ballot* EndBallots EncryptedTally PartialDecryption* Result

Each step gives the members to append, the data before the event that refers to them. Nothing is
checked here: `checking` has looked at each ballot before, `verify` looks at the whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from yishi.ballot import archive
from yishi.ballot.encoding import compact

if TYPE_CHECKING:
    from yishi.ballot.archive import Member


class Record:
    """Where the chain stands. `head`: height and hash of its last event, None before the Setup.

    `Record((12, "5bca…"))` goes on from there; after each step `head` is that of its event.
    """

    def __init__(self, head: tuple[int, str] | None = None) -> None:
        self.head = head

    def setup(self, election: bytes, trustees: bytes, credentials: bytes) -> list[Member]:
        parts = {"election": election, "trustees": trustees, "credentials": credentials}
        members = {name: archive.data(content) for name, content in parts.items()}
        names = compact({name: member.hash for name, member in members.items()})
        return self._event("Setup", *members.values(), archive.data(names))

    def ballot(self, raw: bytes) -> list[Member]:
        return self._event("Ballot", archive.data(raw))

    def end(self) -> list[Member]:
        """The box is closed."""
        return self._event("EndBallots")

    def encrypted_tally(self, raw: bytes, *, num_tallied: int, total_weight: int) -> list[Member]:
        tally = archive.data(raw)
        numbers = {"num_tallied": num_tallied, "total_weight": total_weight, "encrypted_tally": tally.hash}
        return self._event("EncryptedTally", tally, archive.data(compact(numbers)))

    def partial(self, owner: int, raw: bytes) -> list[Member]:
        """`owner`: the trustee's number from 1, over single keys and members alike."""
        factors = archive.data(raw)
        named = archive.data(compact({"owner": owner, "payload": factors.hash}))
        return self._event("PartialDecryption", factors, named)

    def result(self, raw: bytes) -> list[Member]:
        return self._event("Result", archive.data(raw))

    def _event(self, kind: str, *data: Member) -> list[Member]:
        height = self.head[0] + 1 if self.head else 0
        event = archive.event(
            compact(
                {
                    **({"parent": self.head[1]} if self.head else {}),
                    "height": height,
                    "type": kind,
                    **({"payload": data[-1].hash} if data else {}),
                }
            )
        )
        self.head = height, event.hash
        return [*data, event]
