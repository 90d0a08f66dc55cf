"""Setting a poll up: matter, rule, options, method, officials; all of it fixed once adopted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Max, ProtectedError
from django.utils.translation import gettext as _

from yishi.journal.chain import write
from yishi.journal.moves import MoveError
from yishi.law import pack
from yishi.law.errors import InputError
from yishi.meetings.actions import add_material, withdraw_material
from yishi.meetings.models import Meeting
from yishi.papers.documents import pdf
from yishi.people.models import User
from yishi.people.rules import is_administrator
from yishi.voting.actions import screen
from yishi.voting.models import Official, Option, Poll
from yishi.voting.rules import polls as rules
from yishi.voting.rules import rights, sealed
from yishi.voting.rules.outcomes import in_words
from yishi.voting.words import method
from yishi.web.access import require

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from yishi.law.rule import PollRule
    from yishi.people.models import Person

State = Poll.State
MOST_OPTIONS = 200
LIMITS = {"title": 120, "detail": 300}
DETAILS = (
    "title",
    "seats",
    "size",
    "colour",
    "batch_size",
    "open_count",
    "doors",
    "failure",
    "revote",
    "counting",
)


@transaction.atomic
def plan(
    meeting: Meeting,
    *,
    title: str,
    rule_key: str,
    seats: int | None = None,
    options: Sequence[str | tuple[str, str]] = (),
    choices: Mapping[str, str] | None = None,
    by: Any,
    at: datetime,
    **details: Any,
) -> Poll:
    """A new poll in draft, the last of its meeting.

    options: titles, or (title, detail); choices: the county's answers to the rule's open points;
    details: size, colour, batch_size, open_count, doors, failure, revote, counting.
    Raises ValidationError at the field.
    """
    require(rights.may_plan(by, meeting, at))
    Meeting.objects.select_for_update().get(pk=meeting.pk)
    last = meeting.polls.aggregate(last=Max("place"))["last"] or 0
    poll = Poll(meeting=meeting, place=last + 1, title=title.strip(), rule_key=rule_key, seats=seats)
    for name, value in details.items():
        setattr(poll, name, value)
    poll.rule = frozen(rule_key, seats, choices or {}).to_json()
    _doors(poll)
    poll.full_clean(exclude=["meeting", "previous"])
    poll.save(force_insert=True)
    write(poll.chain, "voting.planned", poll, by=by, at=at, title=poll.title, rule=rule_key, seats=seats)
    if options:
        set_options(poll, options, by=by, at=at)
    return poll


def _doors(poll: Poll) -> None:
    """Phones only where the rule can be sealed and every ballot proves that it is lawful."""
    if poll.by_phone and (why := sealed.unfit(poll.law)):
        raise ValidationError({"doors": why})


def frozen(rule_key: str, seats: int | None, choices: Mapping[str, str]) -> PollRule:
    """The pack's rule with the county's answers and the places, to be kept in the poll."""
    found = pack.load(settings.PACK)
    if rule_key not in found.polls or rule_key.startswith("method."):
        raise ValidationError({"rule_key": _("规则包里没有这条规则，请另选。")})
    try:
        rule = found.choose(choices).polls[rule_key]
    except InputError as error:
        raise ValidationError(in_words(error)) from error
    if rule.kind in ("choose_up_to", "elect") and not seats:
        raise ValidationError({"seats": _("请填写应选数（至少为1）。")})
    if seats is not None and seats < 1:
        raise ValidationError({"seats": _("应选数至少为1；逐项表决、不限数目的请留空。")})
    if rule.kind == "grades" and seats is not None:
        raise ValidationError({"seats": _("测评没有应选数，请留空。")})
    return rule.with_seats(seats)


@transaction.atomic
def change(
    poll: Poll,
    *,
    choices: Mapping[str, str] | None = None,
    by: Any,
    at: datetime,
    **details: Any,
) -> None:
    """Change what DETAILS names, or the answers to open points.

    A method that is still the program's own draft is drafted anew.
    """
    require(rights.may_change(by, poll, at))
    unknown = set(details) - set(DETAILS)
    if unknown:
        raise TypeError(f"cannot change {unknown}")
    _draft(poll)
    before, own_draft = {name: getattr(poll, name) for name in details}, method.draft(poll)
    for name, value in details.items():
        setattr(poll, name, value.strip() if isinstance(value, str) else value)
    # A second ballot and a further election vote by a rule of their own: it is kept as it is.
    if poll.previous_id is None:
        answers = chosen(poll) if choices is None else choices
        poll.rule = frozen(poll.rule_key, poll.seats, answers).to_json()
    _doors(poll)
    poll.full_clean(exclude=["meeting", "previous"])
    if poll.method_text == own_draft:
        poll.method_text = method.draft(poll)
    poll.save(update_fields=[*details, "rule", "method_text"])
    changed = {name: getattr(poll, name) for name in details if before[name] != getattr(poll, name)}
    write(poll.chain, "voting.changed", poll, by=by, at=at, **changed)


def chosen(poll: Poll) -> dict[str, str]:
    """The answers to the rule's open points, as they are frozen in the poll."""
    return {
        choice.key: poll.rule[name]
        for choice in pack.load(settings.PACK).open_points(poll.rule_key)
        for key, name in choice.sets
        if key == poll.rule_key and name in poll.rule
    }


@transaction.atomic
def set_options(
    poll: Poll,
    lines: Sequence[str | tuple[str, str]],
    *,
    people: Mapping[str, Person] | None = None,
    by: Any,
    at: datetime,
) -> None:
    """The options of the ballot in this order; `people`: who stands behind a title.

    Raises ValidationError at `options`, naming the line.
    """
    require(rights.may_change(by, poll, at))
    _draft(poll)
    pairs = [(line, "") if isinstance(line, str) else line for line in lines]
    pairs = [(" ".join(title.split()), " ".join(detail.split())) for title, detail in pairs]
    if problems := list(_line_problems(pairs)):
        raise ValidationError({"options": problems})
    known = {o.title: o.person for o in poll.options.select_related("person")} | dict(people or {})
    poll.options.all().delete()
    Option.objects.bulk_create(
        Option(poll=poll, place=place, title=title, detail=detail, person=known.get(title))
        for place, (title, detail) in enumerate(pairs, start=1)
    )
    write(poll.chain, "voting.options_set", poll, by=by, at=at, titles=[title for title, _detail in pairs])


def _line_problems(pairs: Sequence[tuple[str, str]]) -> Any:
    if len(pairs) > MOST_OPTIONS:
        yield _("选项最多%(most)s个。") % {"most": MOST_OPTIONS}
    seen: dict[str, int] = {}
    for number, (title, detail) in enumerate(pairs, start=1):
        if not title:
            yield _("第%(n)s行没有名称。") % {"n": number}
        elif title in seen:
            yield _("第%(n)s行与第%(m)s行同名，请区分。") % {"n": number, "m": seen[title]}
        seen.setdefault(title, number)
        if len(title) > LIMITS["title"]:
            yield _("第%(n)s行名称超过%(most)s字。") % {"n": number, "most": LIMITS["title"]}
        if len(detail) > LIMITS["detail"]:
            yield _("第%(n)s行说明超过%(most)s字。") % {"n": number, "most": LIMITS["detail"]}


@transaction.atomic
def move_poll(poll: Poll, step: int, *, by: Any, at: datetime) -> None:
    """Earlier (-1) or later (+1) in the order of its meeting."""
    require(rights.may_prepare(by, poll, at))
    polls = list(poll.meeting.polls.select_for_update().order_by("place", "pk"))
    here = next(i for i, one in enumerate(polls) if one.pk == poll.pk)
    there = min(max(here + step, 0), len(polls) - 1)
    polls.insert(there, polls.pop(here))
    for place, one in enumerate(polls, start=1):
        one.place = place
    Poll.objects.bulk_update(polls, ["place"])
    write(poll.chain, "voting.order_changed", poll, by=by, at=at, place=there + 1)


@transaction.atomic
def drop(poll: Poll, *, by: Any, at: datetime, why: str) -> None:
    """Take a draft away again; the journal keeps its name. Never after the method was adopted."""
    require(rights.may_change(by, poll, at))
    if not why.strip():
        raise ValidationError({"why": _("请写明理由。")}, code="reason")
    _draft(poll)
    if poll.figures.exists() or poll.seals.exists():
        raise ValidationError(_("已登记了数字，不能删除。"))
    write(poll.chain, "voting.dropped", poll, by=by, at=at, why=why, title=poll.title)
    try:
        poll.delete()
    except ProtectedError:
        raise ValidationError(_("别处还引用着这个表决事项，请先在那里解除。"), code="tied") from None


@transaction.atomic
def draft_method(poll: Poll, text: str, *, by: Any, at: datetime) -> None:
    """The text of the voting method that the meeting is to adopt."""
    require(rights.may_change(by, poll, at))
    _draft(poll)
    poll.method_text = text.replace("\r\n", "\n").strip()
    if not poll.method_text:
        raise ValidationError({"method_text": _("请写票决办法。")})
    poll.save(update_fields=["method_text"])
    write(poll.chain, "voting.method_drafted", poll, by=by, at=at)
    screen.method(poll, by=by, at=at)


@transaction.atomic
def hand_over_method(poll: Poll, *, by: Any, at: datetime) -> None:
    """Put the method as it stands among the meeting's papers for the deputies; an older copy is withdrawn.

    Raises ValidationError while it is not drafted.
    """
    require(rights.may_prepare(by, poll, at))
    if not poll.method_text.strip():
        raise ValidationError(_("请先起草票决办法。"))
    title = method.name(poll)[:120]
    for old in poll.meeting.materials.current().filter(title=title):
        withdraw_material(old, by=by, at=at, why=_("票决办法有新稿"))
    file = ContentFile(pdf(method.document(poll)), name=f"{title}.pdf")
    add_material(poll.meeting, file, title=title, by=by, at=at)


@transaction.atomic
def name_official(poll: Poll, user: User, hat: str, *, by: Any, at: datetime, why: str = "") -> Official:
    """Give a user a hat: one hat each, no candidate, no administrator, nobody who declares.

    Before voting the list must then be passed (again); later only more tellers, with a reason.
    Raises ValidationError at `user`.
    """
    require(rights.may_name_officials(by, poll, at))
    # One at a time, so that two who name at once are told and not broken off.
    Poll.objects.select_for_update().get(pk=poll.pk)
    late = poll.state not in rights.BEFORE
    if late and (hat != Official.Hat.TELLER or not why.strip()):
        raise ValidationError({"hat": _("投票开始后只能增加计票人，并须写明理由。")}, code="reason")
    if not user.is_active or is_administrator(user):
        raise ValidationError({"user": _("这个账号不能担任监票、计票人员。")})
    if rules.is_candidate(user, poll):
        raise ValidationError({"user": _("候选人不能担任监票、计票人员。")})
    if rights.presides(user, poll.meeting):
        raise ValidationError({"user": _("主持人要宣布结果，不能同时监票、计票。")})
    if poll.officials.filter(user=user).exists():
        raise ValidationError({"user": _("一人只能担任一项，他已在名单中。")})
    chief = Official.Hat.CHIEF_SCRUTINEER
    if hat == chief and poll.officials.filter(hat=chief).exists():
        raise ValidationError({"user": _("总监票人只能有一名，请先把原来的移出。")})
    made = Official.objects.create(poll=poll, user=user, hat=hat)
    if not late:
        _not_passed(poll)
    write(poll.chain, "voting.official_named", poll, by=by, at=at, why=why, user=user.pk, hat=hat)
    return made


@transaction.atomic
def remove_official(official: Official, *, by: Any, at: datetime) -> None:
    """Take a hat away before voting; the list must then be passed again."""
    poll = official.poll
    require(rights.may_name_officials(by, poll, at) and poll.state in rights.BEFORE)
    if poll.seals.filter(user=official.user).exists():
        raise ValidationError(_("他已确认封箱，不能移出。"))
    write(poll.chain, "voting.official_removed", poll, by=by, at=at, user=official.user_id, hat=official.hat)
    official.delete()
    _not_passed(poll)


def _not_passed(poll: Poll) -> None:
    Poll.objects.filter(pk=poll.pk).update(officials_adopted_at=None, officials_votes={})
    poll.officials_adopted_at, poll.officials_votes = None, {}


def _draft(poll: Poll) -> None:
    """Hold the poll in draft until the end of this transaction."""
    if not Poll.objects.select_for_update().filter(pk=poll.pk, state=State.DRAFT).exists():
        raise MoveError(_("刚才已有人改动了它，请刷新页面再看。"), code="stale")
