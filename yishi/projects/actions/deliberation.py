"""The candidates deliberated: the explanation, what deputies said, the answers and the changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from yishi.journal.chain import write
from yishi.journal.moves import move
from yishi.projects.actions.candidates import whole_once_published
from yishi.projects.actions.sheets import rewrite
from yishi.projects.models import Call, Comment, Explanation, Project
from yishi.projects.rules import deliberation as rules
from yishi.projects.rules.candidates import is_being_voted, votes_here
from yishi.web.access import require

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from yishi.meetings.models import Meeting
    from yishi.people.models import Seat

State = Comment.State
SAID = ("speaker", "post", "held_at", "text")
LONGEST = 2000


# --- the explanation ---------------------------------------------------------


@transaction.atomic
def explain(
    call: Call,
    meeting: Meeting,
    speaker: str,
    post: str,
    held_at: datetime,
    text: str,
    *,
    by: Any,
    at: datetime,
    why: str = "",
) -> Explanation:
    """Record who explained the candidates in a meeting; again for the same meeting is a correction.

    A correction needs its reason, and the journal keeps what stood before. Raises ValidationError at
    the field.
    """
    require(rules.may_record(by, call, at))
    _meets_here(call, meeting)
    said = {"speaker": speaker.strip(), "post": post.strip(), "held_at": held_at, "text": text.strip()}
    if wrong := {name: _("请填写这一项。") for name in ("speaker", "post", "text") if not said[name]}:
        raise ValidationError(wrong)
    if held_at > at:
        raise ValidationError({"held_at": _("说明时间还没有到，请在说明以后登记。")})
    if localdate(held_at) < localdate(meeting.starts_at):
        raise ValidationError({"held_at": _("说明时间早于会议开始的日期。")})
    # One at a time, so that two who record it at once are told that it is there.
    Call.objects.select_for_update().get(pk=call.pk)
    old = Explanation.objects.filter(call=call, meeting=meeting).first()
    if old is None:
        made = Explanation.objects.create(call=call, meeting=meeting, at=at, by=by, **said)
        data: dict[str, Any] = {
            "meeting": meeting.pk,
            "speaker": made.speaker,
            "held_at": held_at.isoformat(),
        }
        write(call.chain, "projects.explained", made, by=by, at=at, **data)
        return made
    return _corrected(old, said, by=by, at=at, why=why.strip())


def _corrected(old: Explanation, said: dict[str, Any], *, by: Any, at: datetime, why: str) -> Explanation:
    before = {name: getattr(old, name) for name in SAID if getattr(old, name) != said[name]}
    if not before:
        return old
    if not why:
        raise ValidationError({"why": _("已经登记过。要更正，请写明理由。")}, code="reason")
    for name in before:
        setattr(old, name, said[name])
    old.save(update_fields=list(before))
    kept = {name: value.isoformat() if name == "held_at" else value for name, value in before.items()}
    write(old.chain, "projects.explanation_corrected", old, by=by, at=at, why=why, before=kept)
    return old


def _meets_here(call: Call, meeting: Meeting) -> None:
    if meeting.is_rehearsal or not votes_here(call, meeting):
        raise ValidationError({"meeting": _("请选择票决候选项目的机关的正式会议。")})


# --- what was said -----------------------------------------------------------


@transaction.atomic
def comment(
    call: Call,
    project: Project | None,
    meeting: Meeting | None,
    who: str,
    text: str,
    *,
    seat: Seat | None = None,
    by: Any,
    at: datetime,
) -> Comment:
    """Write down what a deputy or a delegation said of one candidate, or of all of them.

    By the clerk, who says `who`; with `seat` by the deputy in person, whose name then stands.
    """
    if seat is None:
        require(rules.may_record(by, call, at))
    else:
        own = rules.own_seat(by, call, at)
        require(own is not None and own.pk == seat.pk and rules.may_comment(by, call, at))
        who = seat.person.name
    if meeting is not None:
        _meets_here(call, meeting)
    who, text = who.strip(), text.strip()
    if not who:
        raise ValidationError({"who": _("请写明是哪位代表或者哪个代表团的意见。")})
    if len(who) > 60:
        raise ValidationError({"who": _("最多%(most)d字。") % {"most": 60}})
    _sayable("text", text, _("请写审议意见。"))
    if project is not None and (project.call_id != call.pk or project.state != Project.State.CANDIDATE):
        raise ValidationError({"project": _("请从这次的候选项目里选择。")})
    if project is None and not call.projects.candidates().exists():
        raise ValidationError(_("还没有候选项目。"))
    made = Comment.objects.create(
        call=call, project=project, meeting=meeting, seat=seat, who=who, text=text, at=at, by=by
    )
    write(
        call.chain,
        "projects.commented",
        made,
        by=by,
        at=at,
        project=project.pk if project else None,
        seat=seat.pk if seat else None,
    )
    return made


def _sayable(name: str, text: str, empty: str) -> None:
    if not text:
        raise ValidationError({name: empty})
    if len(text) > LONGEST:
        told = _("最多%(most)d字，现在有%(length)d字，请缩短。")
        raise ValidationError({name: told % {"most": LONGEST, "length": len(text)}})


# --- the answer --------------------------------------------------------------


@transaction.atomic
def answer(comment: Comment, text: str, *, by: Any, at: datetime) -> None:
    """Answer a comment in words; the deputy who made it reads them."""
    require(rules.may_answer(by, comment, at))
    _sayable("text", text.strip(), _("请写答复。"))
    also = {"answer": text.strip(), "answered_at": at}
    move(comment, State.ANSWERED, chain=comment.chain, by=by, at=at, also=also)


@transaction.atomic
def note(comment: Comment, text: str = "", *, by: Any, at: datetime) -> None:
    """Put a comment on record without an answer that changes anything; words may go with it."""
    require(rules.may_answer(by, comment, at))
    if text.strip():
        _sayable("text", text.strip(), "")
    also = {"answer": text.strip(), "answered_at": at}
    move(comment, State.NOTED, chain=comment.chain, by=by, at=at, also=also)


@transaction.atomic
def reopen(comment: Comment, why: str, *, by: Any, at: datetime) -> None:
    """Take an answer back to answer anew; the journal keeps the old one. A changed sheet stays changed."""
    require(rules.may_answer(by, comment, at))
    if not why.strip():
        raise ValidationError({"why": _("请写明理由。")}, code="reason")
    also = {"answer": "", "answered_at": None}
    said = comment.answer
    move(comment, State.OPEN, chain=comment.chain, by=by, at=at, why=why.strip(), also=also, said=said)


@transaction.atomic
def amend(comment: Comment, sheet: Mapping[str, Any], why: str, *, by: Any, at: datetime) -> None:
    """Change the project's sheet because of a comment: the new version is tied to it and answers it.

    Raises ValidationError at the field, or where nothing was changed or the ballot is fixed.
    """
    require(rules.may_answer(by, comment, at))
    project = comment.project
    if project is None:
        raise ValidationError(_("这条意见不是对某一个项目的，请直接答复。"))
    held = Project.objects.select_for_update(of=("self",)).select_related("poll").get(pk=project.pk)
    if held.state != Project.State.CANDIDATE:
        raise ValidationError(_("只有候选项目可以在审议中修改。"))
    if is_being_voted(held):
        raise ValidationError(_("票面已随票决办法通过，不能再改项目表；要改，请先退回修改。"))
    if not why.strip():
        raise ValidationError({"why": _("请写明修改的理由。")}, code="reason")
    version = rewrite(project, sheet, why=why, by=by, at=at)
    if version is None:
        raise ValidationError(_("项目表没有改动。不用修改的，请直接答复。"))
    whole_once_published(project)
    # Kept as the answer, so that it is not in the language of the page.
    told = f"已修改项目表（第{version.number}稿）：{why.strip()}"
    also = {"answer": told[:LONGEST], "answered_at": at, "version": version}
    move(comment, State.ANSWERED, chain=comment.chain, by=by, at=at, also=also, version=version.number)
