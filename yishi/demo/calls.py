"""The demo county calls for next year's projects, and people answer: residents, deputies, stations."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils.timezone import localdate

from yishi.projects.actions.calls import plan_call, publish_call
from yishi.projects.actions.proposals import propose
from yishi.projects.models import Proposal

if TYPE_CHECKING:
    from datetime import datetime

    from yishi.people.models import Body, User

ONLINE = Proposal.Source.RESIDENT


def running_call(
    congress: Body, clerk: User, towns: dict[str, Body], spec: dict[str, Any], at: datetime
) -> None:
    """A call that began twelve days ago, one proposal a day; what came on paper the clerk entered."""
    begun = at - timedelta(days=12)
    first = localdate(begun)
    year = localdate(at).year + 1
    call = plan_call(
        congress,
        year=year,
        title=f"{year}年度民生实事项目征集公告",
        text=spec["text"].strip(),
        opens_on=first,
        closes_on=first + timedelta(days=30),
        erase_on=first + timedelta(days=395),
        by=clerk,
        at=begun,
    )
    publish_call(call, by=clerk, at=begun)
    for n, (place, what, where, why, source, people) in enumerate(spec["proposals"]):
        propose(
            call,
            source=source,
            what=what,
            where=where,
            why=why,
            place=towns[place],
            people=people,
            voice_of=f"demo-{n}",
            by=None if source == ONLINE else clerk,
            at=begun + timedelta(days=n, hours=1),
        )
