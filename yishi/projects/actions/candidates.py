"""Candidates put forward, their sheets changed, taken out and put back, ordered, reviewed, published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Max
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from yishi.journal.chain import write
from yishi.journal.moves import MoveError, move
from yishi.projects.actions.sheets import check, rewrite
from yishi.projects.models import SHEET, Call, CommitteeReview, Project, Topic
from yishi.projects.rules.candidates import (
    awaits_committee,
    committees,
    goes_to_committee,
    is_being_voted,
    may_keep_candidates,
    may_keep_project,
    may_review,
    missing,
    on_ballots,
)
from yishi.projects.rules.topics import LEAST_REASON
from yishi.projects.words.candidates import committee_source, lacking, prefilled
from yishi.projects.words.ledger import index_call
from yishi.web.access import require

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime

    from yishi.meetings.models import Meeting
    from yishi.projects.models import Version

State = Project.State
BEFORE_THE_VOTE = (State.CANDIDATE, State.WITHDRAWN)
ASIDE = 10_000  # added to every number while numbers change places


# --- put forward -------------------------------------------------------------


@transaction.atomic
def put_forward(call: Call, *, topic: Topic | None = None, by: Any, at: datetime, **sheet: Any) -> Project:
    """Make a candidate, numbered next, its sheet the first version; from a shortlisted topic, once.

    Without a topic it is the government's own proposal. What is not given is left empty.
    Raises ValidationError at the field.
    """
    require(may_keep_candidates(by, call, at))
    held = Call.objects.select_for_update(of=("self",)).select_related("body__parent").get(pk=call.pk)
    _still_open(held)
    if topic is not None:
        _not_yet(held, topic)
    last = held.projects.aggregate(last=Max("number"))["last"] or 0
    made = Project(call=held, topic=topic, number=last + 1, title=str(sheet.get("title") or "").strip())
    values = {**_empty(), **sheet, "title": made.title}
    check(made, values)
    made.save()
    data: dict[str, Any] = {"name": made.title, "number": made.number}
    data |= {} if topic is None else {"topic": topic.pk}
    write(held.chain, "projects.put_forward", made, by=by, at=at, **data)
    rewrite(made, values, why="", by=by, at=at)
    whole_once_published(made)
    return made


def _empty() -> dict[str, Any]:
    texts = ("title", "content", "where", "funds")
    return {name: "" if name in texts else None for name in SHEET}


def _not_yet(call: Call, topic: Topic) -> None:
    held = Topic.objects.select_for_update().get(pk=topic.pk)
    if held.call_id != call.pk or held.state != Topic.State.SHORTLISTED:
        raise ValidationError(_("只能从初定列入候选的事项里提出。"))
    if Project.objects.filter(topic=held).exists():
        raise ValidationError(_("“%(title)s”已经列为候选项目。") % {"title": held.title})


def _still_open(call: Call) -> None:
    """Refuse one more candidate where the call is not public, or its candidates went before the voters."""
    if call.state != Call.State.PUBLISHED:
        raise ValidationError(_("征集还没有发布，或者已经撤回，不能提出候选项目。"))
    voted = call.projects.exclude(state__in=BEFORE_THE_VOTE).exists()
    if voted or on_ballots(call):
        raise ValidationError(_("这一年的候选项目已经付表决，不能再增加。"))
    if call.candidates_at and goes_to_committee(call):
        raise ValidationError(_("候选项目已经公布；县的候选项目须先经常委会审议，不能再直接增加。"))


@transaction.atomic
def put_forward_topics(call: Call, topics: Iterable[Topic], *, by: Any, at: datetime) -> list[Project]:
    """Several shortlisted topics at once, all or none; title, place and where from what people said."""
    require(may_keep_candidates(by, call, at))
    chosen = list(topics)
    if not chosen:
        raise ValidationError(_("请至少勾选一个事项。"))
    return [put_forward(call, topic=one, **prefilled(call, one), by=by, at=at) for one in chosen]


# --- the sheet ---------------------------------------------------------------


def needs_reason(project: Project) -> bool:
    """Whether somebody has read the sheet already, so that a change must be explained."""
    if project.review_id or project.call.candidates_at:
        return True
    return any(str(project.pk) in one.versions for one in project.call.booklets.all())


@transaction.atomic
def change_sheet(
    project: Project, sheet: Mapping[str, Any], why: str = "", *, by: Any, at: datetime
) -> Version | None:
    """Change a candidate's sheet; the reason is asked once it was reviewed, published or in a booklet.

    None where nothing differs. Raises ValidationError at the field.
    """
    require(may_keep_project(by, project, at))
    _changeable(project)
    if needs_reason(project) and not why.strip():
        raise ValidationError({"why": _("候选项目表已送审或者公布，请写明修改的理由。")})
    version = rewrite(project, sheet, why=why, by=by, at=at)
    whole_once_published(project)
    return version


def _changeable(project: Project) -> None:
    """Refuse what is no candidate any more, what is on the ballot, and an old copy of the row."""
    held = Project.objects.select_for_update(of=("self",)).select_related("poll").get(pk=project.pk)
    if held.state != project.state:
        raise MoveError(_("刚才已有人改动了它，请刷新页面再看。"), code="stale")
    if held.state != State.CANDIDATE:
        told = _("它现在是“%(state)s”，项目表不能再这样修改。")
        raise ValidationError(told % {"state": held.get_state_display()})
    if is_being_voted(held):
        raise ValidationError(_("它所在的表决已过草拟阶段，不能再改动。"))


def whole_once_published(project: Project) -> None:
    """Refuse a gap in the sheet of a candidate that residents read already."""
    if project.call.candidates_at and (names := missing(project)):
        told = _("候选项目已经公布，项目表不能缺项，还缺：%(names)s。")
        raise ValidationError(told % {"names": "、".join(names)})


# --- taken out, put back -----------------------------------------------------


@transaction.atomic
def withdraw(project: Project, *, why: str, by: Any, at: datetime) -> None:
    """Take a candidate out (退出候选); the reason is for the public and those who asked for it."""
    require(may_keep_project(by, project, at))
    if len(why.strip()) < LEAST_REASON:
        told = _("请用群众看得懂的话写明退出的原因，至少%(n)d个字。")
        raise ValidationError({"why": told % {"n": LEAST_REASON}})
    _changeable(project)
    also: dict[str, Any] = {"reason": why.strip(), "poll": None}
    move(project, State.WITHDRAWN, chain=project.chain, by=by, at=at, why=why.strip(), also=also)


@transaction.atomic
def put_back(project: Project, *, why: str, by: Any, at: datetime) -> None:
    """Make a withdrawn one a candidate again, while the candidates are not yet on the ballot."""
    require(may_keep_project(by, project, at))
    if not why.strip():
        raise ValidationError({"why": _("请写明重新列入的理由。")})
    whole_once_published(project)
    if project.call.candidates_at and awaits_committee(project):
        raise ValidationError(_("候选项目已经公布；它没有经过常委会审议，不能再列入。"))
    if on_ballots(project.call):
        raise ValidationError(_("这一年的候选项目已经付表决，不能再增加。"))
    move(project, State.CANDIDATE, chain=project.chain, by=by, at=at, why=why.strip(), also={"reason": ""})


# --- order and number of places ----------------------------------------------


@transaction.atomic
def order(call: Call, numbers: Mapping[int, int], *, by: Any, at: datetime) -> None:
    """Number the candidates anew: {"key of the project": number} for all of them, each number once."""
    require(may_keep_candidates(by, call, at))
    held = {one.pk: one for one in Project.objects.select_for_update().filter(call=call)}
    if call.candidates_at or call.booklets.exists():
        raise ValidationError(_("候选项目已经公布或者送达，编号不能再改。"))
    if set(numbers) != set(held):
        raise MoveError(_("刚才已有人改动了它，请刷新页面再看。"), code="stale")
    wanted = list(numbers.values())
    if len(set(wanted)) != len(wanted) or any(not 1 <= number < ASIDE for number in wanted):
        raise ValidationError(_("每个项目一个编号，从1起，不能重复。"))
    if all(held[key].number == number for key, number in numbers.items()):
        return
    Project.objects.filter(call=call).update(number=F("number") + ASIDE)
    for key, number in numbers.items():
        Project.objects.filter(pk=key).update(number=number)
    written = {str(key): number for key, number in numbers.items()}
    write(call.chain, "projects.candidates_ordered", call, by=by, at=at, numbers=written)


@transaction.atomic
def set_seats(call: Call, *, seats: int, by: Any, at: datetime) -> None:
    """Say how many projects are to be chosen; unusual numbers are remarked on (`words`), not refused."""
    require(may_keep_candidates(by, call, at))
    if seats < 1:
        raise ValidationError({"seats": _("至少选一项。")})
    if on_ballots(call):
        raise ValidationError({"seats": _("表决已过草拟阶段，应选数不能再改。")})
    Call.objects.filter(pk=call.pk).update(seats=seats)
    write(call.chain, "projects.seats_set", call, by=by, at=at, number=seats, before=call.seats)
    call.seats = seats


# --- the standing committee, the public --------------------------------------


@transaction.atomic
def review(
    call: Call,
    projects: Iterable[Project],
    *,
    held_on: date,
    text: str,
    meeting: Meeting | None = None,
    by: Any,
    at: datetime,
) -> CommitteeReview:
    """Record that the standing committee deliberated these candidates, and what it said of them.

    《浙江省各级人大常委会讨论决定重大事项的规定》第四条第三款. Raises ValidationError at the field.
    """
    require(may_review(by, call, at))
    chosen = list(projects)
    if not goes_to_committee(call):
        raise ValidationError(_("只有县的候选项目先经常委会审议。"))
    if not chosen or any(one.call_id != call.pk or one.state != State.CANDIDATE for one in chosen):
        raise ValidationError({"projects": _("请勾选常委会审议过的候选项目。")})
    if held_on > localdate(at):
        raise ValidationError({"held_on": _("审议日期还没有到。")})
    if not text.strip():
        raise ValidationError({"text": _("请写明审议意见。")})
    if meeting is not None and not committees(call).filter(pk=meeting.body_id).exists():
        raise ValidationError({"meeting": _("这不是常委会的会议。")})
    made = CommitteeReview.objects.create(
        call=call, meeting=meeting, held_on=held_on, text=text.strip(), at=at, by=by
    )
    for one in chosen:
        one.review = made
    Project.objects.filter(pk__in=[one.pk for one in chosen]).update(review=made)
    passed = [one.pk for one in chosen]
    write(
        call.chain,
        "projects.committee_reviewed",
        made,
        by=by,
        at=at,
        day=held_on.isoformat(),
        projects=passed,
    )
    return made


def require_ready(call: Call) -> list[Project]:
    """The candidates in their order; ValidationError naming each that lacks something, if any does."""
    found = list(call.projects.candidates().whole().order_by("number"))
    if not found:
        raise ValidationError(_("还没有候选项目。"))
    wrong = [lacking(one, names) for one in found if (names := missing(one))]
    if waiting := [f"{one.number}. {one.title}" for one in found if awaits_committee(one)]:
        told = _("%(rule)s还没有审议的：%(titles)s")
        wrong.append(told % {"rule": committee_source(), "titles": "；".join(waiting)})
    if wrong:
        raise ValidationError([ValidationError(one) for one in wrong])
    return found


@transaction.atomic
def publish_candidates(call: Call, *, by: Any, at: datetime) -> None:
    """Let residents read the candidates. Refused, with what is missing, while a sheet has a gap."""
    require(may_keep_candidates(by, call, at))
    held = Call.objects.select_for_update().get(pk=call.pk)
    if held.candidates_at:
        raise ValidationError(_("候选项目已经公布。"))
    _published(held)
    found = require_ready(call)
    Call.objects.filter(pk=call.pk).update(candidates_at=at)
    call.candidates_at = at
    write(call.chain, "projects.candidates_published", call, by=by, at=at, number=len(found))
    index_call(call)


def _published(call: Call) -> None:
    if call.state != Call.State.PUBLISHED:
        raise ValidationError(_("征集还没有发布，或者已经撤回。"))
