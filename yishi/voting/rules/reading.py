"""How far the machine has read, in one query: for pages that many look at while it goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Q

from yishi.voting.models import Batch, ScanFile, ScanPage

if TYPE_CHECKING:
    from yishi.voting.models import Poll


@dataclass(frozen=True)
class HowFar:
    """Of a poll: batches scanned and closed, pages read of those there are."""

    batches: int
    closed: int
    done: int
    pages: int


def pages_read(poll: Poll) -> dict[int, tuple[int, int]]:
    """Of each batch that has pages: how many are read, and how many there are."""
    standing = ScanPage.objects.filter(batch__poll=poll, file__withdrawn_at__isnull=True)
    standing = standing.exclude(file__state=ScanFile.State.REFUSED).order_by()
    waiting = Count("pk", filter=Q(state=ScanPage.State.WAITING))
    counted = standing.values("batch").annotate(all=Count("pk"), waiting=waiting)
    return {row["batch"]: (row["all"] - row["waiting"], row["all"]) for row in counted}


def how_far(poll: Poll) -> HowFar:
    """Two queries."""
    batches = poll.batches.filter(way=Batch.Way.SCAN)
    agreed = [at is not None for at in batches.values_list("agreed_at", flat=True)]
    found = pages_read(poll).values()
    return HowFar(len(agreed), sum(agreed), sum(done for done, _all in found), sum(n for _done, n in found))
