"""Scrutineers whose pages make their keys: a meeting with a vote by phone, and every message in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests import make
from tests.make import NOW
from yishi.ballot import credentials
from yishi.ballot.ceremony import Keyholder, commitment
from yishi.voting.actions.sealed import session as do
from yishi.voting.models import Official, Poll, SealedSession, Trustee
from yishi.voting.rules import sealed_keys

if TYPE_CHECKING:
    from collections.abc import Callable

    from yishi.people.models import User

Hat = Official.Hat


def meeting(scrutineers: int = 3, doors: str = "phone", **fields: Any) -> Poll:
    """A poll by phone with a chief scrutineer and others: `chief`, `s2`, `s3` …, and `clerk`, `chair`."""
    poll = make.poll(make.meeting(deputies=3), doors=doors, **fields)
    n = poll.pk
    make.clerk(poll.meeting.body, f"clerk-{n}")
    make.chair(poll.meeting.body, f"chair-{n}")
    # The chief is named last and comes first all the same.
    for i in range(scrutineers, 0, -1):
        name, hat = (f"s{i}", Hat.SCRUTINEER) if i > 1 else ("chief", Hat.CHIEF_SCRUTINEER)
        Official.objects.create(poll=poll, user=make.user(f"{name}-{n}"), hat=hat)
    return poll


@dataclass
class Ring:
    """The pages of all scrutineers of an arranged session."""

    session: SealedSession
    codes: dict[int, str] = field(default_factory=dict)
    known: dict[Any, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.codes = {one.index: credentials.new_code() for one in self.holders()}

    def holders(self) -> list[Trustee]:
        return list(self.session.keyholders.select_related("user", "session__meeting__body"))

    def one(self, index: int) -> Trustee:
        return self.session.keyholders.select_related("user", "session__meeting__body").get(index=index)

    def keyholder(self, index: int) -> Keyholder:
        self.session.refresh_from_db()
        context = sealed_keys.context(self.session)
        return Keyholder(context, index, len(self.codes), self.session.threshold, self.codes[index])

    def who(self, index: int) -> dict[str, Any]:
        return {"by": self.one(index).user, "at": NOW}

    def certificates(self) -> list[Any]:
        return self._once(
            "certificates", lambda: [self.keyholder(index).certificate() for index in self.codes]
        )

    def commit(self, *indices: int) -> None:
        for i in indices or self.codes:
            said = commitment(self.certificates()[i - 1], self.keyholder(i).nonce())
            do.commit(self.one(i), said, **self.who(i))

    def reveal(self, *indices: int) -> None:
        for i in indices or self.codes:
            certificate = self.certificates()[i - 1]
            do.reveal(self.one(i), certificate, self.keyholder(i).nonce(), **self.who(i))

    def dealt(self, index: int) -> tuple[Any, Any, Any]:
        return self._once(("dealt", index), lambda: self._deal(index))

    def _deal(self, index: int) -> tuple[Any, Any, Any]:
        holder, certs = self.keyholder(index), self.certificates()
        return holder.coefexps(), holder.agreement(certs), holder.shares(certs)

    def _once(self, what: Any, make: Callable[[], Any]) -> Any:
        """All comes from the codes: the same codes give the same messages."""
        key = (what, self.session.salt, tuple(self.codes.values()))
        if key not in self.known:
            self.known[key] = make()
        return self.known[key]

    def deal(self, *indices: int) -> None:
        for i in indices or self.codes:
            do.deal(self.one(i), *self.dealt(i), **self.who(i))

    def verification(self, index: int) -> dict[str, Any]:
        return self._once(("verification", index), lambda: self._verification(index))

    def _verification(self, index: int) -> dict[str, Any]:
        dealt = [self.dealt(i) for i in self.codes]
        shares = [next((one for one in row[2] if one["to"] == index), None) for row in dealt]
        holder = self.keyholder(index)
        secret = holder.decryption_key([row[0] for row in dealt], self.certificates(), shares)
        return holder.verification_key(secret)

    def verify(self, *indices: int) -> None:
        for i in indices or self.codes:
            do.verify(self.one(i), self.verification(i), **self.who(i))

    def agree(self, *indices: int) -> None:
        self.session.refresh_from_db()
        for i in indices or self.codes:
            do.agree(self.one(i), sealed_keys.digits(self.session), **self.who(i))

    def upto(self, stage: str) -> Ring:
        """All that comes before this stage."""
        for name, step in (
            ("commit", self.commit), ("reveal", self.reveal), ("deal", self.deal), ("verify", self.verify),
            ("compare", self.agree),
        ):  # fmt: skip
            if name == stage:
                break
            step()
        self.session.refresh_from_db()
        return self


def arranged(scrutineers: int = 3, threshold: int | None = None, **fields: Any) -> Ring:
    poll = meeting(scrutineers, **fields)
    return Ring(do.arrange(poll.meeting, threshold, by=clerk(poll), at=NOW))


def clerk(poll: Poll) -> User:
    return make.official(poll, "clerk")
