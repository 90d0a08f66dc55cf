"""A session with candidates, for the tests of deliberation and vote: built directly, never by a page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests import make
from tests.make import NOW
from yishi.meetings.models import Delivery, Material, Meeting
from yishi.projects.models import Booklet, Call, Comment, Explanation, Project
from yishi.voting.models import Poll

EARLY = NOW - timedelta(days=3)


def candidates(titles: tuple[str, ...] = ("甲", "乙", "丙"), seats: int = 2, **fields: Any) -> Call:
    """A town's call with published candidates, so many of which are to be chosen."""
    call = make.call(seats=seats, candidates_at=EARLY, **fields)
    for title in titles:
        make.project(call, title)
    return call


def booklet(meeting: Meeting, call: Call, at: Any = EARLY, reached: Any = EARLY) -> Booklet:
    """The candidates as they stand as a paper of the meeting, delivered to all (reached=None: to nobody)."""
    by = make.user()
    material = Material.objects.create(
        meeting=meeting, title="候选项目", filename="a.pdf", content_type="application/pdf", size=1,
        sha256="0" * 64, added_at=at,
    )  # fmt: skip
    versions = {str(one.pk): one.versions.last().number for one in call.projects.all()}
    made = Booklet.objects.create(call=call, material=material, versions=versions, at=at, by=by)
    if reached is not None:
        deliver(made, reached)
    return made


def deliver(of: Booklet, at: Any, seats: Any = None) -> None:
    voters = of.material.meeting.voters.all() if seats is None else seats
    Delivery.objects.bulk_create(
        Delivery(material=of.material, voter=v, how="paper", at=at, by=of.by) for v in voters
    )


def explained(call: Call, meeting: Meeting) -> Explanation:
    return Explanation.objects.create(
        call=call,
        meeting=meeting,
        speaker="林镇长",
        post="镇长",
        held_at=NOW,
        text="说明",
        at=NOW,
        by=make.user(),
    )


def comment(of: Call, project: Project | None = None, **fields: Any) -> Comment:
    fields = {"who": "第一代表团", "text": "投资偏高", "at": NOW, "by": make.user(), **fields}
    return Comment.objects.create(call=of, project=project, **fields)


def ballot(call: Call, rule_key: str = "projects.town.vote", step: str = "sealed", **fields: Any) -> Any:
    """A poll on all candidates brought to a step, in a meeting of a town that then is the call's."""
    titles = tuple(one.title for one in call.projects.order_by("number"))
    poll = make.hall(step, titles, rule_key, seats=call.seats, **fields)
    Meeting.objects.filter(pk=poll.meeting_id).update(state="open")
    call.body = poll.meeting.body
    call.save()
    call.projects.update(poll=poll)
    return Poll.objects.whole().get(pk=poll.pk)


def ready(call: Call, poll: Any) -> None:
    """All that the gates ask for."""
    booklet(poll.meeting, call)
    explained(call, poll.meeting)
