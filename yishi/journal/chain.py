"""Writing to the journal and proving that nothing in it was changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import models, transaction

from yishi.journal.models import START, Chain, Entry, label

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

SYSTEM = "system"


def write(
    chain: str,
    verb: str,
    thing: models.Model | str,
    *,
    by: Any,
    at: datetime,
    why: str = "",
    **data: Any,
) -> Entry:
    """Append one entry in the caller's transaction; `by` is the user, None for the system itself.

    `data` must be JSON and must hold no personal data beyond what the record itself needs.
    """
    with transaction.atomic():
        # The compare-and-swap on the head keeps two writers of one chain apart on any database.
        Chain.objects.get_or_create(name=chain)
        head = Chain.objects.select_for_update().get(name=chain)
        entry = Entry(
            chain=head,
            number=head.length + 1,
            at=at,
            by_id=getattr(by, "pk", None),
            verb=verb,
            thing=thing if isinstance(thing, str) else label(thing),
            why=why,
            data=data,
            previous=head.digest,
        )
        entry.digest = entry.computed_digest()
        entry.save(force_insert=True)
        Chain.objects.filter(pk=head.pk).update(length=entry.number, digest=entry.digest)
    return entry


@dataclass(frozen=True)
class Fault:
    """One place where a chain does not hold."""

    chain: str
    number: int
    zh: str
    en: str


def verify(chain: str | None = None) -> Iterator[Fault]:
    """Walk one chain, or all, and yield every fault: changed, removed, reordered, added."""
    names = Chain.objects.order_by("name").values_list("name", flat=True)
    for name in list(names.filter(name=chain) if chain else names):
        # The head is read before its entries: what is written while we look lies beyond it.
        head = Chain.objects.get(name=name)
        number, digest = 0, START
        entries = Entry.objects.filter(chain=head, number__lte=head.length).order_by("number")
        for entry in entries.iterator(chunk_size=2000):
            entry.chain = head
            number += 1
            if entry.number != number:
                yield Fault(
                    head.name,
                    number,
                    f"缺第{number}条至第{entry.number - 1}条",
                    f"entries {number} to {entry.number - 1} are missing",
                )
                number = entry.number
            elif entry.previous != digest:
                yield Fault(
                    head.name,
                    number,
                    f"第{number}条与前一条不相接",
                    f"entry {number} does not follow the one before",
                )
            if entry.digest != entry.computed_digest():
                yield Fault(head.name, number, f"第{number}条内容被改动", f"entry {number} was changed")
            digest = entry.digest
        if (number, digest) != (head.length, head.digest):
            yield Fault(
                head.name,
                head.length,
                f"链尾应为第{head.length}条,实为第{number}条",
                f"the chain should end at entry {head.length} and ends at {number}",
            )
        yield from _beyond(head)


def _beyond(head: Chain) -> Iterator[Fault]:
    """Entries after the end of their chain, which nobody wrote through `write`."""
    last = Entry.objects.filter(chain=head).aggregate(last=models.Max("number"))["last"] or 0
    head.refresh_from_db()  # read after the entries: by now it counts whatever was written
    if last > head.length:
        yield Fault(
            head.name,
            head.length,
            f"链尾应为第{head.length}条,实为第{last}条",
            f"the chain should end at entry {head.length} and ends at {last}",
        )
