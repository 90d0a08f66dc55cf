"""Who rates the projects at the end of the year, in which meeting, and how a grade is explained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Count, Q
from django.utils.timezone import localdate

from yishi.law import pack
from yishi.law.figures import Option
from yishi.law.rule import needed
from yishi.law.sentence import GRADES_ZH, base_zh, threshold_zh
from yishi.meetings.models import Meeting
from yishi.people.models import Body
from yishi.people.rules import is_clerk, works_in
from yishi.projects.models import Call, Project, ResidentRating
from yishi.projects.rules.ledger import is_delivered

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from yishi.law.rule import PollRule
    from yishi.meetings.models import MeetingQuerySet
    from yishi.projects.models.projects import ProjectQuerySet
    from yishi.voting.models import Poll, Tally

State = Project.State
Grade = Project.Grade
PLENARY, COMMITTEE, STREET = "projects.rating", "projects.rating.committee", "projects.rating.street"
ERASED = "erased-"  # what a voice begins with when nobody can be led back to any more
GOOD = (Grade.SATISFIED, Grade.BASICALLY)


def may_see_rating(user: Any, call: Call, now: datetime) -> bool:
    return works_in(user, call.body)


def may_keep_rating(user: Any, call: Call, now: datetime) -> bool:
    """Plan the deputies' rating, read its result, open the residents' rating: the clerk of the call."""
    return is_clerk(user, call.body)


def may_read_words(user: Any, project: Project, now: datetime) -> bool:
    """What residents wrote beside their rating is unmoderated: only for the clerks of the call."""
    return is_clerk(user, project.call.body)


def may_see_project_rating(user: Any, project: Project, now: datetime) -> bool:
    return may_see_rating(user, project.call, now)


def may_rate(project: Project, now: datetime) -> bool:
    """Any resident, without an account, from the first day to the last, both included."""
    call = project.call
    if call.rating_from is None or call.rating_until is None:
        return False
    is_public = call.state == Call.State.PUBLISHED and call.candidates_at is not None
    is_rated = is_delivered(project) and project.state != State.STOPPED
    return is_public and is_rated and call.rating_from <= localdate(now) <= call.rating_until


def to_rate(call: Call) -> ProjectQuerySet:
    return Project.objects.filter(call=call).to_deliver().exclude(state=State.STOPPED)


def meetings(call: Call) -> MeetingQuerySet:
    """The meetings that may rate: of the congress, its standing committee, a street's residents' council.

    Never a rehearsal.
    """
    if call.body.kind == Body.Kind.STREET_COMMITTEE:
        council = {"body__parent": call.body, "body__kind": Body.Kind.RESIDENTS_COUNCIL}
        return Meeting.objects.real().filter(**council).select_related("body", "term")
    above = call.body.parent_id if call.body.kind == Body.Kind.STANDING_COMMITTEE else None
    near = Q(body=call.body) | Q(body__parent=call.body, body__kind=Body.Kind.STANDING_COMMITTEE)
    if above is not None:
        near |= Q(body=above)
    kinds = (*Body.CONGRESSES, Body.Kind.STANDING_COMMITTEE)
    return Meeting.objects.real().filter(near, body__kind__in=kinds).select_related("body", "term")


def rule_key(meeting: Meeting) -> str:
    """The pack's rule by which this meeting rates."""
    special = {Body.Kind.STANDING_COMMITTEE: COMMITTEE, Body.Kind.RESIDENTS_COUNCIL: STREET}
    return special.get(Body.Kind(meeting.body.kind), PLENARY)


def is_being_rated(project: Project) -> bool:
    """Whether it stands by its name on a poll whose grade was not read yet."""
    poll = project.rating_poll
    if poll is None or (poll.state == poll.State.VOID and not poll.followed_by.exists()):
        return False
    if poll.declared_at is None or project.rated_at is None:
        return True
    return project.rated_at < poll.declared_at


def least() -> int:
    """From how many ratings on shares are shown; 0 where the county says nothing."""
    said = pack.load(settings.PACK).projects.residents_rating
    return said.least if said else 0


def to_forget(call: Call, now: datetime) -> bool:
    """Whether the rating is over and who rated is not erased yet, after the call's other data were."""
    is_over = call.rating_until is not None and call.rating_until < localdate(now)
    if not is_over or call.erased_at is None:
        return False
    left = ResidentRating.objects.filter(project__call=call).exclude(voice__startswith=ERASED)
    return left.exists()


def plain(title: str) -> str:
    """A title as a ballot has it."""
    return " ".join(title.split())


def grades(tally: Tally) -> dict[str, str]:
    """{title: satisfied | basically | dissatisfied | undecided} as the outcome gives them."""
    return {one["title"]: one["grade"] for one in tally.outcome.get("grades") or []}


def reason(poll: Poll, tally: Tally, title: str) -> str:
    """Why a project has its grade: the figures and the threshold of the rule, in Chinese for the record."""
    line = next(one for one in tally.lines() if one["title"] == title)
    names = ("satisfied", "basically", "dissatisfied", "abstain")
    counted = Option(title, **{name: line.get(name, 0) for name in names})
    law, grade = poll.law, grades(tally)[title]
    base = tally.figures[{"all_members": "members"}.get(law.base, law.base)]
    figures = (
        f"满意{counted.satisfied}票、基本满意{counted.basically}票、"
        f"不满意{counted.dissatisfied}票、弃权{counted.abstain}票"
    )
    return (
        f"满意度测评{figures}；以{base_zh(law)}（{base}）为基数，"
        f"{_reached(law, counted, base, grade)}，测评为“{GRADES_ZH[grade]}”。"
    )


def _reached(law: PollRule, counted: Option, base: int, grade: str) -> str:
    over = threshold_zh(law, needed(law.threshold, base))
    if grade == Grade.SATISFIED:
        return f"满意票{over}"
    pleased = counted.satisfied + counted.basically
    together = f"满意和基本满意共{pleased}票"
    if law.threshold == "at_least_half" and 2 * pleased == base:
        return f"{together}，恰为半数，按测评办法的规定"
    return f"{together}，{'' if grade == Grade.BASICALLY else '没有'}{over}"


@dataclass(frozen=True)
class Residents:
    """What residents think of one project: how many said what; `shares` in per cent, or None for too few."""

    satisfied: int = 0
    basically: int = 0
    dissatisfied: int = 0

    @property
    def total(self) -> int:
        return self.satisfied + self.basically + self.dissatisfied

    @property
    def shares(self) -> dict[str, float] | None:
        if not self.total or self.total < least():
            return None
        return {name: 100 * getattr(self, name) / self.total for name in Grade.values}


def residents(projects: Iterable[Project]) -> dict[int, Residents]:
    """By project key; one query for all."""
    rows = ResidentRating.objects.filter(project__in=[one.pk for one in projects]).order_by()
    found: dict[int, dict[str, int]] = {}
    for row in rows.values("project", "grade").annotate(n=Count("pk")):
        found.setdefault(row["project"], {})[row["grade"]] = row["n"]
    return {key: Residents(**said) for key, said in found.items()}
