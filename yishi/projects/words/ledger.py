"""A year in figures: what became of what was proposed and voted; and a project in the index of all pages."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from yishi.projects.models import Project, Proposal, Topic
from yishi.projects.rules import ledger as rules
from yishi.projects.rules.delivery import CHIPS as STANDING_CHIPS
from yishi.projects.rules.delivery import WORDS, last_report, standing
from yishi.projects.words.calls import place_name
from yishi.projects.words.rating import CHIPS
from yishi.publishing.actions import index
from yishi.publishing.models import Page

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from yishi.projects.models import Call
    from yishi.projects.rules.delivery import Standing

State = Project.State
STATE_CHIPS = {
    State.CANDIDATE: "now",
    State.RECOMMENDED: "info",
    State.ADOPTED: "info",
    State.COMPLETED: "ok",
    State.CLOSED: "ok",
}


@dataclass(frozen=True)
class Line:
    """A project in a list of the public: its state as everybody may know it, how far, its grade."""

    project: Project
    state: tuple[str, str]
    standing: Standing | None
    percent: int | None
    grade: tuple[str, str] | None

    @property
    def place(self) -> str:
        return place_name(self.project.place)


def line(project: Project, today: date) -> Line:
    """No query: milestones and reports were prefetched."""
    state = rules.public_state(project)
    grade = rules.public_grade(project)
    is_delivered = rules.is_delivered(project)
    return Line(
        project,
        (STATE_CHIPS.get(State(state), ""), str(State(state).label)),
        standing(project, today) if is_delivered else None,
        progress(project) if is_delivered else None,
        (CHIPS[Project.Grade(grade)], str(Project.Grade(grade).label)) if grade else None,
    )


def progress(project: Project) -> int:
    """Per cent of the whole: what the last report or the last finished milestone says."""
    if project.state in (State.COMPLETED, State.CLOSED):
        return 100
    last = last_report(project)
    done = [one.percent for one in project.milestones.all() if one.done_on]
    return max([last.percent if last else 0, *done])


# --- a year --------------------------------------------------------------------


@dataclass(frozen=True)
class Year:
    """How many of what in one call; `bars` is the way from the first wish to the grade."""

    facts: list[tuple[str, str]]
    bars: list[dict[str, Any]]


def year(call: Call, lines: Sequence[Line]) -> Year:
    """Two queries: the proposals, the topics by state."""
    said = Proposal.objects.filter(call=call).count()
    rows = Topic.objects.filter(call=call).order_by().values("state").annotate(n=Count("pk"), p=Sum("people"))
    number = {row["state"]: row["n"] for row in rows}
    people = sum(row["p"] or 0 for row in rows if row["state"] != Topic.State.MERGED)
    topics = sum(n for state, n in number.items() if state != Topic.State.MERGED)
    states = Counter(rules.public_state(one.project) for one in lines)
    adopted = sum(states[state] for state in Project.DELIVERED)
    done = states[State.COMPLETED] + states[State.CLOSED]
    grades = Counter(one.grade[1] for one in lines if one.grade)
    shortlisted = number.get(Topic.State.SHORTLISTED, 0)
    facts = [
        (_("收到建议"), _("%(n)d条，%(people)d人") % {"n": said, "people": people}),
        (_("归并为事项"), _("%(n)d个") % {"n": topics}),
        (_("初定结果"), _words((state.label, number.get(state, 0)) for state in Topic.State)),
        (_("候选项目"), _("%(n)d个") % {"n": len(lines)}),
        (_("项目现状"), _words((state.label, states[state]) for state in State)),
        (_("进展"), _words(_standings(lines))),
        (_("代表测评"), _words((grade.label, grades[str(grade.label)]) for grade in Project.Grade)),
    ]
    good = len([one for one in lines if rules.public_grade(one.project) in ("satisfied", "basically")])
    steps = [
        (_("收到建议（条）"), said),
        (_("归并为事项"), topics),
        (_("初定列入候选"), shortlisted),
        (_("提请票决"), len(lines) - states[State.WITHDRAWN]),
        (_("票决通过"), adopted),
        (_("已完成"), done),
        (_("测评为满意、基本满意"), good),
    ]
    return Year([(k, v) for k, v in facts if v], [{"label": label, "n": n} for label, n in steps])


def _words(pairs: Iterable[tuple[Any, int]]) -> str:
    return "，".join(f"{word} {n}" for word, n in pairs if n)


def _standings(lines: Sequence[Line]) -> list[tuple[str, int]]:
    found = Counter(one.standing.key for one in lines if one.standing)
    return [(str(word), found[key]) for key, word in WORDS.items()]


def running(today: date) -> tuple[list[int], list[Line]]:
    """The years in which work goes on, and all their delivered projects, the newest year first."""
    _every, years = rules.years()
    found = rules.DELIVERED.filter(call__year__in=years)
    found = found.order_by("-call__year", "call__body__place", "call", "number")
    return years, [line(one, today) for one in found]


def standing_bars(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """The states of the delivery as bars, each in the colour of its chip; stopped where there is one."""
    found = zip(WORDS, _standings(lines), strict=True)
    return [
        {"label": word, "n": n, "soft": not STANDING_CHIPS[key], "kind": STANDING_CHIPS[key]}
        for key, (word, n) in found
        if n or key != "stopped"
    ]


# --- the index -----------------------------------------------------------------


def page(project: Project) -> dict[str, Any]:
    """What `index.put` takes."""
    towns = place_name(project.place)
    unit = project.unit.name if project.unit else ""
    return {
        "address": reverse("project_public", args=[project.pk]),
        "kind": Page.Kind.PROJECT,
        "title": project.title,
        "text": " ".join(filter(None, (project.content, project.where, towns, unit, project.call.body.name))),
        "body": project.call.body,
        "at": project.adopted_at
        if rules.is_delivered(project) and project.adopted_at
        else project.call.candidates_at,
    }


def pages() -> Iterator[dict[str, Any]]:
    """Every public project (settings.INDEXED)."""
    for project in rules.PUBLIC.all():
        yield page(project)


def index_call(call: Call) -> None:
    """The same for every project of a call that was published or withdrawn."""
    for project in Project.objects.filter(call=call):
        to_index(project)


def to_index(project: Project) -> None:
    """Put the page of a project into the index, or take it out where it is not public."""
    found = rules.PUBLIC.filter(pk=project.pk).first()
    if found is None:
        index.drop(reverse("project_public", args=[project.pk]))
    else:
        index.put(**page(found))
