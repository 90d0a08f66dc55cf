"""The year-end rating: the deputies' by a poll and what its result means, the residents'."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import CharField, F, Value
from django.db.models.functions import Cast, Concat
from django.utils.crypto import salted_hmac
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from yishi.journal.chain import write
from yishi.journal.moves import move
from yishi.projects.actions.proposals import plain
from yishi.projects.models import Call, Project, ResidentRating
from yishi.projects.rules import rating as rules
from yishi.voting.actions import setup
from yishi.voting.models import Poll
from yishi.voting.rules.box import declared
from yishi.web.access import require

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from yishi.meetings.models import Meeting
    from yishi.voting.models import Tally

State = Project.State
Grade = Project.Grade
LONGEST_TEXT = 300
# From where a project stands to where its grade puts it.
WAYS: dict[tuple[str, str], tuple[State, ...]] = {
    (State.COMPLETED, State.CLOSED): (State.CLOSED,),
    (State.COMPLETED, State.ADOPTED): (State.ADOPTED,),
    (State.CLOSED, State.ADOPTED): (State.ADOPTED,),
    (State.CLOSED, State.COMPLETED): (State.ADOPTED, State.COMPLETED),
    (State.ADOPTED, State.COMPLETED): (State.COMPLETED,),
    (State.ADOPTED, State.CLOSED): (State.COMPLETED, State.CLOSED),
}


# --- deputies ----------------------------------------------------------------


@transaction.atomic
def plan_rating(
    call: Call,
    meeting: Meeting,
    projects: Sequence[Project],
    choices: Mapping[str, str] | None = None,
    *,
    by: Any,
    at: datetime,
) -> Poll:
    """A poll of grades on these projects in this meeting, in draft, by the pack's rule for the meeting.

    choices: the county's answers to the rule's open points. Raises ValidationError at `meeting` or
    `projects`.
    """
    require(rules.may_keep_rating(by, call, at))
    if not rules.meetings(call).filter(pk=meeting.pk).exists():
        told = _("测评在本级人民代表大会、县人大常委会或者街道居民议事会的会议上进行，不能用演练的会议。")
        raise ValidationError({"meeting": told})
    keys = [one.pk for one in projects]
    held = list(rules.to_rate(call).filter(pk__in=keys).select_for_update().order_by("number"))
    if not held or len(held) != len(set(keys)):
        raise ValidationError({"projects": _("请选择票决通过、没有终止的项目。")})
    polls = Poll.objects.in_bulk([one.rating_poll_id for one in held if one.rating_poll_id])
    if busy := [one.title for one in held if _is_waiting(one, polls.get(one.rating_poll_id or 0))]:
        told = _("已列入另一次测评，还没有读取结果：%(titles)s")
        raise ValidationError({"projects": told % {"titles": "、".join(busy)}})
    # Printed on Chinese papers, so that it is not in the language of the page.
    title = f"{call.year}年民生实事项目满意度测评"
    names = [one.title for one in held]
    poll = setup.plan(
        meeting,
        title=title,
        rule_key=rules.rule_key(meeting),
        options=names,
        choices=choices,
        by=by,
        at=at,
    )
    Project.objects.filter(pk__in=keys).update(rating_poll=poll)
    write(call.chain, "projects.rating_planned", call, by=by, at=at, poll=poll.pk, number=len(held))
    return poll


@transaction.atomic
def drop_rating(call: Call, poll: Poll, *, by: Any, at: datetime, why: str) -> None:
    """Take a rating back while its poll is a draft: the projects are free again, the poll is dropped.

    Raises ValidationError where the poll is no draft any more, or at `why`.
    """
    require(rules.may_keep_rating(by, call, at))
    held = list(Project.objects.filter(call=call, rating_poll=poll).select_for_update())
    if not held or poll.state != Poll.State.DRAFT:
        raise ValidationError(_("这次测评已过草拟阶段，不能撤下。"))
    for one in held:
        Project.objects.filter(pk=one.pk).update(rating_poll=_earlier(one, poll))
    write(call.chain, "projects.rating_dropped", call, by=by, at=at, why=why.strip(), number=len(held))
    setup.drop(poll, by=by, at=at, why=why)


def _earlier(project: Project, poll: Poll) -> Poll | None:
    """The poll from which the grade that it has was read."""
    if project.rated_at is None:
        return None
    keys = (rules.PLENARY, rules.COMMITTEE)
    found = Poll.objects.filter(rule_key__in=keys, options__title=rules.plain(project.title))
    found = found.filter(meeting__in=rules.meetings(project.call), declared_at__lte=project.rated_at)
    return found.exclude(pk=poll.pk).order_by("-declared_at").first()


def _is_waiting(project: Project, poll: Poll | None) -> bool:
    """Whether the poll that names it may still give it a grade."""
    if poll is None or poll.state == Poll.State.VOID:
        return False
    if poll.declared_at is None or project.rated_at is None:
        return True
    return project.rated_at < poll.declared_at


@transaction.atomic
def read_rating(poll: Poll, *, by: Any, at: datetime) -> int:
    """Take the declared grades over, also a corrected one; returns how many projects changed.

    Satisfied and basically satisfied close what is completed; a dissatisfied one goes on, with the
    reason in words; undecided leaves it as it stands. Raises ValidationError where there is no
    grade to read.
    """
    projects = _rated(poll)
    require(bool(projects) and all(rules.may_keep_rating(by, one.call, at) for one in projects))
    tally = _declared(poll)
    grades = rules.grades(tally)
    titles = {rules.plain(one.title): one for one in projects}
    if missing := set(grades) ^ set(titles):
        told = _("测评票和项目对不上：%(titles)s")
        raise ValidationError(told % {"titles": "、".join(sorted(missing))})
    return sum(_take(titles[title], poll, tally, title, by, at) for title in titles)


def _rated(poll: Poll) -> list[Project]:
    """The projects on a poll; a repeat of a void one stands for it."""
    named: Poll | None = poll
    while named is not None:
        found = Project.objects.filter(rating_poll=named).select_related("call__body").select_for_update()
        if projects := list(found.order_by("pk")):
            return projects
        named = named.previous
    return []


def _declared(poll: Poll) -> Tally:
    if poll.meeting.rehearsal_of_id is not None:
        raise ValidationError(_("这是演练，结果不能读取。"))
    if poll.state == Poll.State.VOID:
        raise ValidationError(_("这次测评已作废，请重新测评后再读取。"))
    tally = declared(poll) if poll.state == Poll.State.DECLARED else None
    if tally is None:
        raise ValidationError(_("测评结果还没有宣布。"))
    if not tally.outcome["valid"]:
        raise ValidationError(_("这次测评无效，没有等次：%(why)s") % {"why": tally.outcome["sentence_zh"]})
    return tally


def _take(project: Project, poll: Poll, tally: Tally, title: str, by: Any, at: datetime) -> bool:
    given = rules.grades(tally)[title]
    grade = given if given in Grade.values else ""
    was_read = project.rated_at is not None and project.rating_poll_id == poll.pk
    newer = project.rated_at is None or poll.declared_at is None or project.rated_at < poll.declared_at
    if was_read and project.grade == grade and not newer:
        return False
    why = rules.reason(poll, tally, title)
    to = _to(project, grade)
    said = {"grade": grade, "rated_at": at, "rating_poll": poll}
    said["reason"] = why if grade == Grade.DISSATISFIED else ""
    for step in WAYS.get((project.state, to), ()):
        move(project, step, chain=project.chain, by=by, at=at, why=why, grade=given)
    Project.objects.filter(pk=project.pk).update(**said)
    write(project.chain, "projects.rated", project, by=by, at=at, why=why, grade=given, poll=poll.pk)
    return True


def _to(project: Project, grade: str) -> str:
    """Where the grade puts a project.

    One that an earlier reading sent back, and that was complete, is complete again when a correction
    says so.
    """
    sent_back = project.state == State.ADOPTED and project.grade == Grade.DISSATISFIED
    is_done = project.state in (State.COMPLETED, State.CLOSED) or (sent_back and project.completed_on)
    if not is_done:
        return project.state
    if grade == Grade.DISSATISFIED:
        return State.ADOPTED
    return State.CLOSED if grade in rules.GOOD else State.COMPLETED


# --- residents ---------------------------------------------------------------


@transaction.atomic
def open_rating(call: Call, *, rating_from: date, rating_until: date, by: Any, at: datetime) -> None:
    """Say from when until when residents rate. Raises ValidationError at the field."""
    require(rules.may_keep_rating(by, call, at))
    held = Call.objects.select_for_update().get(pk=call.pk)
    if held.candidates_at is None or not rules.to_rate(held).exists():
        raise ValidationError(_("有了公布的、票决通过的项目，群众才能评价。"))
    for name, day in (("rating_from", rating_from), ("rating_until", rating_until)):
        if not 2000 <= day.year <= 2101:
            raise ValidationError({name: _("年份不对，请检查日期。")})
    if rating_until < rating_from:
        raise ValidationError({"rating_until": _("截止日期不能早于开始日期。")})
    if rating_until < localdate(at):
        raise ValidationError({"rating_until": _("截止日期已经过了。")})
    if held.erased_at is None and rating_until >= held.erase_on:
        told = _("评价要在个人信息删除日期以前结束，或者在删除以后再开始。")
        raise ValidationError({"rating_until": told})
    if ResidentRating.objects.filter(project__call=held, voice__startswith=rules.ERASED).exists():
        raise ValidationError(_("评价人的标记已经删除，再开放就会有人评两次，不能再开放。"))
    Call.objects.filter(pk=call.pk).update(rating_from=rating_from, rating_until=rating_until)
    call.rating_from, call.rating_until = rating_from, rating_until
    days = {"begins": rating_from.isoformat(), "ends": rating_until.isoformat()}
    write(call.chain, "projects.rating_opened", call, by=by, at=at, **days)


def voice(project: Project, voice_of: str) -> str:
    """Who speaks, without saying who; the same person on another project is another voice."""
    return salted_hmac("yishi.projects.rating", f"{project.pk}:{voice_of}", algorithm="sha256").hexdigest()


@transaction.atomic
def rate(project: Project, *, grade: str, text: str = "", voice_of: str, at: datetime) -> ResidentRating:
    """One resident's grade; the same voice again changes it. Raises ValidationError at the field."""
    require(rules.may_rate(project, at), _("现在不能评价这个项目。"))
    if grade not in Grade.values:
        raise ValidationError({"grade": _("请选一项。")})
    words = plain(text)
    if (length := len(words)) > LONGEST_TEXT:
        told = _("最多%(most)d字，现在有%(length)d字，请缩短。")
        raise ValidationError({"text": told % {"most": LONGEST_TEXT, "length": length}})
    said = {"grade": grade, "text": words, "at": at}
    spoken = voice(project, voice_of)
    row, new = ResidentRating.objects.update_or_create(project=project, voice=spoken, defaults=said)
    verb = "projects.resident_rated" if new else "projects.resident_rated_again"
    write(project.chain, verb, project, by=None, at=at)
    return row


@transaction.atomic
def forget_voices(call: Call, *, by: Any, at: datetime) -> int:
    """Erase who rated, once the rating is over; what was said stays. Returns how many."""
    require(rules.may_keep_rating(by, call, at))
    if call.rating_until is None or localdate(at) <= call.rating_until:
        raise ValidationError(_("评价结束后才能删除评价人的标记。"))
    number = blank_voices(call)
    write(call.chain, "projects.rating_erased", call, by=by, at=at, number=number)
    return number


def blank_voices(call: Call) -> int:
    """Replace every voice by its row's number, which says nothing and stays one of a kind."""
    rows = ResidentRating.objects.filter(project__call=call).exclude(voice__startswith=rules.ERASED)
    return rows.update(voice=Concat(Value(rules.ERASED), Cast(F("pk"), CharField())))
