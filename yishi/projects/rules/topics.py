"""Who screens the topics of a call, what is asked of them, and how many are still undecided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Count, Max

from yishi.law import pack
from yishi.people.rules import is_clerk, works_in
from yishi.projects.models import Proposal, Topic

if TYPE_CHECKING:
    from datetime import datetime

    from yishi.law.projects import ProjectRules
    from yishi.people.models import Body
    from yishi.projects.models import Call

LEAST_REASON = 10  # characters: a word like 不行 answers nobody


def asked() -> ProjectRules:
    """What the county's pack asks of a project."""
    return pack.load(settings.PACK).projects


def may_see_topics(user: Any, call: Call, now: datetime) -> bool:
    return works_in(user, call.body)


def may_screen(user: Any, call: Call, now: datetime) -> bool:
    """Merge, split and decide: the clerk of the body that called."""
    return is_clerk(user, call.body)


def may_see_topic(user: Any, topic: Topic, now: datetime) -> bool:
    return may_see_topics(user, topic.call, now)


def may_screen_topic(user: Any, topic: Topic, now: datetime) -> bool:
    return may_screen(user, topic.call, now)


def may_split(user: Any, proposal: Proposal, now: datetime) -> bool:
    return may_screen(user, proposal.call, now)


def may_see_reserve(user: Any, body: Body, now: datetime) -> bool:
    return works_in(user, body)


def may_keep_reserve(user: Any, body: Body, now: datetime) -> bool:
    return is_clerk(user, body)


def undecided(call: Call) -> int:
    """How many topics of a call still wait to be screened."""
    return Topic.objects.filter(call=call, state=Topic.State.OPEN).count()


def counted(topic: Topic) -> dict[str, int]:
    """Posts, and the people behind them: one voice counts once, with the most it ever spoke for."""
    voices = (
        Proposal.objects.filter(topic=topic)
        .order_by()
        .values("voice")
        .annotate(n=Count("pk"), most=Max("people"))
    )
    rows = list(voices)
    return {"posts": sum(row["n"] for row in rows), "people": sum(row["most"] for row in rows)}
