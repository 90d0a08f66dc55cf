"""The candidates put to the vote, the declared result read back, a street's confirmation recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from yishi.journal.chain import write
from yishi.journal.moves import move
from yishi.projects.models import Project
from yishi.projects.rules import vote as rules
from yishi.projects.rules.ballot import detail
from yishi.projects.rules.candidates import awaits_committee, missing, votes_here
from yishi.voting.actions import setup
from yishi.voting.models import Poll
from yishi.voting.rules.rights import may_plan
from yishi.web.access import require

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime

    from yishi.meetings.models import Meeting
    from yishi.projects.models import Call

State = Project.State


# --- the ballot --------------------------------------------------------------


@transaction.atomic
def put_to_vote(
    call: Call,
    meeting: Meeting,
    projects: Iterable[Project],
    *,
    title: str,
    choices: Mapping[str, str] | None = None,
    by: Any,
    at: datetime,
    **details: Any,
) -> Poll:
    """A poll in draft on these candidates, in the order of their numbers, for the call's places.

    The rule follows from the kind of body; choices: the county's answers to its open points;
    details: size, colour, batch_size, open_count. Raises ValidationError naming what is missing.
    """
    require(rules.may_put_to_vote(by, call, at))
    _where(call, meeting, by, at)
    keys = [one.pk for one in projects]
    held = list(Project.objects.select_for_update().filter(pk__in=keys, call=call).order_by("number"))
    if not keys or len(held) != len(set(keys)):
        raise ValidationError({"projects": _("请从这次的候选项目里选择。")})
    for one in held:
        one.call = call
    if problems := [told for one in held for told in _not_ready(one)]:
        raise ValidationError({"projects": problems})
    if call.seats is None:
        raise ValidationError({"projects": _("还没有定拟选项目数，请先在候选项目页填写。")})
    poll = setup.plan(
        meeting,
        title=title,
        rule_key=rules.rule_key(call),
        seats=call.seats,
        options=[(one.title, detail(one)) for one in held],
        choices=choices,
        by=by,
        at=at,
        **details,
    )
    Project.objects.filter(pk__in=keys).update(poll=poll)
    write(call.chain, "projects.put_to_vote", call, by=by, at=at, poll=poll.pk, projects=keys)
    return poll


def _where(call: Call, meeting: Meeting, by: Any, at: datetime) -> None:
    if meeting.is_rehearsal or not votes_here(call, meeting):
        raise ValidationError({"meeting": _("请选择票决候选项目的机关的正式会议。")})
    if meeting.state == meeting.State.CLOSED:
        raise ValidationError({"meeting": _("这次会议已经闭会。")})
    if not may_plan(by, meeting, at):
        told = _("表决事项由%(body)s的经办人员建立，您没有这个角色。")
        raise ValidationError({"meeting": told % {"body": meeting.body.name}})


def _not_ready(project: Project) -> Iterable[str]:
    """Why this candidate cannot be put on a ballot."""
    named = {"title": project.title}
    if project.state != State.CANDIDATE:
        yield _("“%(title)s”不是候选项目。") % named
        return
    poll = project.poll
    if poll is not None and (poll.state != Poll.State.VOID or poll.followed_by.exists()):
        yield _("“%(title)s”已列入“%(poll)s”。") % {**named, "poll": poll.title}
    if lacking := missing(project):
        yield _("“%(title)s”还缺：%(what)s。") % {**named, "what": "、".join(lacking)}
    if awaits_committee(project):
        yield _("“%(title)s”还没有经常委会审议。") % named


@transaction.atomic
def renew_ballot(poll: Poll, *, by: Any, at: datetime) -> None:
    """Write the sheets, and the number of places, as they now stand on a ballot that is still a draft."""
    held = _tied(poll)
    require(rules.may_put_to_vote(by, held[0].call, at))
    if poll.state != Poll.State.DRAFT:
        raise ValidationError(_("票面已随票决办法通过，要改，请先退回修改。"))
    standing = [one for one in held if one.state == State.CANDIDATE]
    setup.set_options(poll, [(one.title, detail(one)) for one in standing], by=by, at=at)
    if poll.previous_id is None and poll.seats != held[0].call.seats:
        setup.change(poll, seats=held[0].call.seats, by=by, at=at)


@transaction.atomic
def take_off(poll: Poll, why: str, *, by: Any, at: datetime) -> None:
    """Take the projects off a ballot that is still a draft, which may then be dropped."""
    held = _tied(poll)
    call = held[0].call
    require(rules.may_put_to_vote(by, call, at))
    if not why.strip():
        raise ValidationError({"why": _("请写明理由。")}, code="reason")
    # Held: projects taken off while the method is adopted would leave a ballot that asks for nothing.
    if not Poll.objects.select_for_update().filter(pk=poll.pk, state=Poll.State.DRAFT).exists():
        raise ValidationError(_("票面已随票决办法通过，要改，请先退回修改。"))
    keys = [one.pk for one in held]
    Project.objects.filter(pk__in=keys).update(poll=None)
    write(call.chain, "projects.taken_off", call, by=by, at=at, why=why.strip(), poll=poll.pk, projects=keys)


def _tied(poll: Poll) -> list[Project]:
    found = Project.objects.select_for_update(of=("self",)).select_related("call__body")
    held = list(found.filter(poll=poll).order_by("number"))
    if not held:
        raise ValidationError(_("这个表决事项不是对候选项目的。"))
    return held


# --- the result --------------------------------------------------------------


@transaction.atomic
def adopt(poll: Poll, *, by: Any, at: datetime) -> list[Project]:
    """Move every project of a declared ballot to what was decided; gives those that moved.

    All ballots that follow each other are read together: what goes to a second ballot stays a
    candidate until that one is declared. After a correction that was declared it may be read again,
    while none of the projects it moves has been reported on. Raises ValidationError, naming titles.
    """
    root = rules.root_of(poll)
    held = _tied(root)
    call = held[0].call
    require(rules.may_put_to_vote(by, call, at))
    if root.meeting.is_rehearsal:
        raise ValidationError(_("演练的结果不算数。"))
    found = rules.result(root)
    if found.stale:
        raise ValidationError(_("计票结果更正后还没有再次宣布，请先由主持人宣布。"), code="stale")
    if not found.declared:
        void = root.state == Poll.State.VOID
        raise ValidationError(_("投票已作废，请重新投票。") if void else _("结果还没有宣布。"))
    standing = [one for one in held if one.state != State.WITHDRAWN]
    if odd := rules.odd_titles(root, standing):
        names = "、".join(f"“{title}”" for title in odd)
        raise ValidationError(_("票面与项目表的名称不一致：%(names)s。") % {"names": names})
    moved = [one for one in standing if _settle(one, found, by=by, at=at)]
    if not moved:
        raise ValidationError(_("项目的状态与票决结果一致，没有要改的。"), code="same")
    # From now on they stand on the ballot that counted: it is what will be published.
    counts = next(one for one in rules.ballots(root) if one.state != Poll.State.VOID)
    Project.objects.filter(poll=root).update(poll=counts)
    data: dict[str, Any] = {"poll": counts.pk, "projects": [one.pk for one in moved]}
    write(call.chain, "projects.result_read", call, by=by, at=at, **data)
    return moved


def _settle(project: Project, found: rules.Result, *, by: Any, at: datetime) -> bool:
    """Move one project where the result says otherwise than its state; whether it moved."""
    title, street = rules.same(project.title), rules.is_street(project.call)
    if title in found.won:
        to: str = State.RECOMMENDED if street else State.ADOPTED
        also: dict[str, Any] = {"adopted_at": found.won[title], "reason": ""}
        # A street's project that was confirmed, or was not, has gone past the recommendation.
        past = street and project.adopted_at is not None and project.state != State.RECOMMENDED
        if past or project.state == to:
            return False
    else:
        pending = title in found.pending
        if pending and project.state == State.CANDIDATE:
            return False
        why = "票数相等，等待再次投票。" if pending else found.lost[title]
        if project.state == State.NOT_ADOPTED and project.reason == why and project.adopted_at is None:
            return False
        to = State.NOT_ADOPTED
        also = {"adopted_at": None, "reason": why, "confirmed_on": None, "confirmed_by": ""}
    _unreported(project)
    if project.state == to:
        Project.objects.filter(pk=project.pk).update(**also)
        write(project.chain, "projects.reason_changed", project, by=by, at=at, before=project.reason)
        return True
    move(project, to, chain=project.chain, by=by, at=at, why=also["reason"], also=also)
    return True


def _unreported(project: Project) -> None:
    """Refuse to move what is already being delivered and reported on."""
    if project.state not in rules.READ or project.reports.exists():
        told = _("“%(title)s”已经开始报送进展，不能再按票决结果改动，请按项目变更办理。")
        raise ValidationError(told % {"title": project.title})


# --- a street's confirmation -------------------------------------------------


@transaction.atomic
def confirm(projects: Iterable[Project], on: date, paper: str, *, by: Any, at: datetime) -> int:
    """The Party working committee confirmed what the council recommended: by which meeting or paper.

    《浙江省街道人大工作条例》第十七条. All of them or none; returns how many.
    """
    held = list(projects)
    require(bool(held) and all(rules.may_confirm(by, one.call, at) for one in held))
    if not paper.strip():
        raise ValidationError({"paper": _("请写明确认的会议或者文号。")})
    if len(paper.strip()) > 120:
        raise ValidationError({"paper": _("最多%(most)d字。") % {"most": 120}})
    if on > localdate(at):
        raise ValidationError({"on": _("确认日期还没有到。")})
    for one in held:
        if one.adopted_at is not None and on < localdate(one.adopted_at):
            raise ValidationError({"on": _("确认日期早于票选推荐的日期。")})
        also = {"confirmed_on": on, "confirmed_by": paper.strip()}
        if one.state != State.RECOMMENDED:
            raise ValidationError(_("“%(title)s”没有等待确认。") % {"title": one.title})
        move(one, State.ADOPTED, chain=one.chain, by=by, at=at, also=also, paper=paper.strip(), on=str(on))
    return len(held)


@transaction.atomic
def not_confirm(project: Project, why: str, *, by: Any, at: datetime) -> None:
    """The Party working committee did not confirm it: the reason stands with the project."""
    require(rules.may_confirm(by, project.call, at))
    if not why.strip():
        raise ValidationError({"why": _("请写明理由。")}, code="reason")
    if project.state != State.RECOMMENDED:
        raise ValidationError(_("“%(title)s”没有等待确认。") % {"title": project.title})
    also = {"reason": why.strip()}
    move(project, State.NOT_ADOPTED, chain=project.chain, by=by, at=at, why=why.strip(), also=also)
