"""Who puts candidates to the vote, reads the declared result back and records a street's confirmation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from yishi.people.models import Body
from yishi.people.rules import is_clerk
from yishi.projects.models import Project
from yishi.projects.rules.candidates import congress_of, may_see_candidates
from yishi.projects.rules.gates import same
from yishi.voting.models import Poll
from yishi.voting.rules import box, outcomes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from yishi.projects.models import Call

Kind = Body.Kind
State = Project.State
RULES = {
    Kind.COUNTY_CONGRESS: "projects.county.vote",
    Kind.TOWN_CONGRESS: "projects.town.vote",
    Kind.STREET_COMMITTEE: "projects.street.recommendation",
}
# What a result that is read again may still move.
READ = (State.CANDIDATE, State.RECOMMENDED, State.ADOPTED, State.NOT_ADOPTED)


def may_see_vote(user: Any, call: Call, now: datetime) -> bool:
    return may_see_candidates(user, call, now)


def may_put_to_vote(user: Any, call: Call, now: datetime) -> bool:
    """Make the ballot, read the result back: the clerk of the body that called."""
    return is_clerk(user, call.body)


def may_confirm(user: Any, call: Call, now: datetime) -> bool:
    """A street's Party working committee confirms; the clerk of the street committee records it."""
    return is_street(call) and is_clerk(user, call.body)


def may_confirm_project(user: Any, project: Project, now: datetime) -> bool:
    return may_confirm(user, project.call, now)


def is_street(call: Call) -> bool:
    return call.body.kind == Kind.STREET_COMMITTEE


def rule_key(call: Call) -> str:
    """The pack's rule by which this call's candidates are voted on."""
    # A committee whose congress is not set up has no meeting to vote in, and is told so there.
    return RULES.get(Kind(congress_of(call).kind), RULES[Kind.COUNTY_CONGRESS])


def root_of(poll: Poll) -> Poll:
    """The ballot on which the projects stand: this one, or the nearest of those that it follows."""
    while poll.previous is not None and not Project.objects.filter(poll=poll).exists():
        poll = poll.previous
    return poll


def ballots(root: Poll) -> list[Poll]:
    """The ballot on which the projects stand and those that followed it."""
    found = [root]
    while (after := found[-1].followed_by.order_by("-pk").first()) is not None:
        found.append(after)
    return found


def polls_of(call: Call) -> list[Poll]:
    """The ballots on which this call's projects stand."""
    keys = Project.objects.filter(call=call, poll__isnull=False).values("poll")
    return list(Poll.objects.whole().filter(pk__in=keys).order_by("pk"))


def odd_titles(poll: Poll, projects: Iterable[Project]) -> list[str]:
    """Titles that stand on the ballot or on a sheet, but not on both."""
    on_paper = {option.title for option in poll.options.all()}
    return sorted(on_paper ^ {same(one.title) for one in projects})


@dataclass
class Result:
    """What the declared ballots decided, by title as the ballot has it.

    won: when it was declared; lost: why, in Chinese, for the record; pending: to be voted on again.
    """

    won: dict[str, datetime] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)
    pending: set[str] = field(default_factory=set)
    declared: bool = False
    stale: bool = False


def result(root: Poll) -> Result:
    """All ballots from the first one read together; `stale`: a correction waits to be declared."""
    found = Result(pending={option.title for option in root.options.all()})
    for poll in ballots(root):
        if poll.state == Poll.State.VOID:
            continue
        if poll.state != Poll.State.DECLARED:
            break
        tally = box.declared(poll)
        newest = box.newest(poll)
        if tally is None or newest is None or newest.pk != tally.pk or box.is_stale(poll, tally):
            found.stale = True
            break
        _read(found, poll, tally)
    return found


def _read(found: Result, poll: Poll, tally: Any) -> None:
    assert poll.declared_at is not None  # it has a declared tally
    follows = outcomes.follow(poll, tally)
    again = set(follows[2]) if follows else set()
    votes = {line["title"]: line for line in tally.lines()}
    for option in poll.options.all():
        title = option.title
        found.pending.discard(title)
        if title in tally.outcome["adopted"]:
            found.won[title] = poll.declared_at
        elif title in again:
            found.pending.add(title)
        else:
            found.lost[title] = _said(votes.get(title, {}), tally.outcome["sentence_zh"])
    found.declared = True


def differs(project: Project, found: Result) -> bool:
    """Whether reading the result would move this project."""
    title, moved = same(project.title), project.adopted_at is not None
    if title in found.pending:
        return project.state != State.CANDIDATE and moved
    return project.state == State.CANDIDATE or (title in found.won) != moved


VOTES = (("for", "同意"), ("against", "反对"), ("abstain", "弃权"))


def _said(line: dict[str, Any], sentence: str) -> str:
    """Its votes and the sentence of the outcome, as the record keeps them."""
    counted = "，".join(f"{word}{line[name]}票" for name, word in VOTES if name in line)
    return f"{counted}。{sentence}" if counted else sentence
