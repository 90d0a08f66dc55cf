"""What of the projects is public: from the day the candidates are, and a result when it is published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from yishi.projects.models import Call, Project

if TYPE_CHECKING:
    from yishi.voting.models import Poll

State = Project.State
PUBLIC = (
    Project.objects.public()
    .filter(call__state=Call.State.PUBLISHED)
    .select_related(
        "call__body__parent",
        "topic",
        "place",
        "unit",
        "review__meeting__body",
        "poll__meeting__body",
        "rating_poll__meeting__body",
    )
)
# What was decided may be told: there was no vote in here, or its result is published.
REVEALED = Q(poll__isnull=True) | Q(
    poll__published_at__isnull=False, poll__meeting__rehearsal_of__isnull=True
)
DELIVERED = PUBLIC.to_deliver().filter(REVEALED).prefetch_related("milestones", "reports")
RATED = Q(rating_poll__published_at__isnull=False, rating_poll__meeting__rehearsal_of__isnull=True)


def is_published(poll: Poll | None) -> bool:
    """Whether everybody may read the result (the poll with its meeting)."""
    return poll is not None and poll.published_at is not None and poll.meeting.rehearsal_of_id is None


def is_revealed(project: Project) -> bool:
    return project.poll is None or is_published(project.poll)


def public_state(project: Project) -> str:
    """The state as everybody may know it: a candidate until the vote's result is published."""
    return project.state if is_revealed(project) else State.CANDIDATE


def public_grade(project: Project) -> str:
    """The deputies' grade, where its vote is published and it was read from that vote; else ""."""
    poll = project.rating_poll
    if poll is None or not is_published(poll) or project.rated_at is None or poll.declared_at is None:
        return ""
    return project.grade if project.rated_at >= poll.declared_at else ""


def is_open_delivery(project: Project) -> bool:
    """Whether everybody may follow its delivery: the call is public, and so is that it was adopted."""
    call = project.call
    is_public = call.candidates_at is not None and call.state == Call.State.PUBLISHED
    return is_public and is_delivered(project)


def is_delivered(project: Project) -> bool:
    """Whether its delivery is public: adopted once, and everybody may know it."""
    return public_state(project) in Project.DELIVERED


def years() -> tuple[list[int], list[int]]:
    """Every year with adopted projects, and those to look at first: the newest, and where work goes on."""
    rows = DELIVERED.order_by("-call__year").values_list("call__year", "state").distinct()
    found: dict[int, set[str]] = {}
    for year, state in rows:
        found.setdefault(year, set()).add(state)
    every = list(found)
    return every, [year for year in every if year == every[0] or State.ADOPTED in found[year]]
