"""The lines of votes: whose step it is; to those who wait, whom they wait for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from yishi.desk import counting
from yishi.desk.line import Line, of_meeting
from yishi.meetings.models import Meeting
from yishi.voting.models import Figure, Official, Poll
from yishi.voting.rules import box, outcomes, rights, sealed
from yishi.voting.rules import polls as rules

if TYPE_CHECKING:
    from datetime import datetime

    May = Callable[[Any, Poll, datetime], bool]

State = Poll.State
Kind = Figure.Kind
Hat = Official.Hat
SOON = 3  # days before the meeting from which its papers stand under "today"
IN_HALL = (Meeting.State.OPEN, Meeting.State.CLOSED)


def lines(user: Any, bodies: Iterable[int], now: datetime) -> tuple[list[Line], bool]:
    """A line for each vote this user works in that is not done; whether the user wears a hat in one."""
    found = _of(user, bodies)
    made = [line for poll in found for line in [_line(user, poll, now)] if line is not None]
    return made, any(rights.hat(user, poll) for poll in found)


def _of(user: Any, bodies: Iterable[int]) -> list[Poll]:
    """Votes of these bodies, or in which the user wears a hat or presides, that still want something."""
    mine = Q(meeting__body__in=bodies) | Q(officials__user=user)
    if user.person_id is not None:
        mine |= Q(meeting__presiding=user.person_id)
    open_ones = Q(published_at__isnull=True) | ~Q(meeting__state=Meeting.State.CLOSED)
    over = Q(state=State.VOID, meeting__state=Meeting.State.CLOSED)
    keys = Poll.objects.filter(mine, open_ones).exclude(over).values("pk")
    whole = Poll.objects.whole().with_records().prefetch_related("followed_by")
    return list(whole.filter(pk__in=keys).order_by("meeting__starts_at", "place"))


def _line(user: Any, poll: Poll, now: datetime) -> Line | None:
    if poll.state in (State.VOID, State.DECLARED) and (line := _next(user, poll, now)):
        return line
    step = rules.step(poll)
    if step in ("void", "done") or (step == "published" and poll.meeting.is_rehearsal):
        return None
    if step == "counted":
        return counting.line(user, poll, now)
    drafting = step in ("form", "method") and not poll.method_text.strip()
    if poll.state == State.DRAFT and not drafting and poll.meeting.state not in IN_HALL:
        # The hall is not open: what comes first is a line of the meeting.
        return None
    if step == "keys" and (own := _own_key(user, poll)):
        return of_meeting(poll.meeting, "today", _("生成我的监票人密钥"), own, about=poll.title, rank=0)
    word, who, name, may = _step(step, poll)
    url = reverse(name, args=[poll.pk])
    if may(user, poll, now):
        heap = "today" if poll.meeting.state in IN_HALL or _is_soon(poll, now) else "to_come"
        return of_meeting(poll.meeting, heap, word, url, about=poll.title, rank=0)
    # Those who cannot do the step are sent where they can see how far it is.
    url = reverse("chair", args=[poll.pk])
    word = _("等%(who)s：%(what)s") % {"who": who, "what": word}
    return of_meeting(poll.meeting, "waiting", word, url, about=poll.title, rank=0)


def _own_key(user: Any, poll: Poll) -> str:
    """Where this scrutineer makes or compares the key; empty when that is done, or not yet arranged."""
    session = getattr(poll.meeting, "sealed", None)
    if session is None or rights.hat(user, poll) not in rights.SCRUTINEERS:
        return ""
    mine = session.keyholders.filter(user=user, agreed_at=None).first()
    return reverse("key_page", args=[mine.pk]) if mine else ""


def _is_soon(poll: Poll, now: datetime) -> bool:
    return (poll.meeting.starts_at - now).days <= SOON


def _next(user: Any, poll: Poll, now: datetime) -> Line | None:
    """A vote that was void or left places open, and nothing set up to follow it."""
    if poll.followed_by.all() or poll.meeting.state == Meeting.State.CLOSED:
        return None
    follows = outcomes.follow(poll, box.newest(poll))
    if follows is None or not rights.may_follow(user, poll, now):
        return None
    word = _("安排%(what)s") % {"what": Poll.After(follows[0]).label}
    url = reverse("poll" if rights.may_prepare(user, poll, now) else "chair", args=[poll.pk])
    return of_meeting(poll.meeting, "today", word, url, about=poll.title, rank=0)


def _step(step: str, poll: Poll) -> tuple[str, str, str, May]:
    """(what to do, who does it, name of the page, predicate) at a step that is not the count."""
    if step == "method" and not poll.method_text.strip():
        return _("起草票决办法"), _clerk(), "poll_method", rights.may_change
    if step == "officials" and not _all_named(poll):
        return _("指定监票、计票人员"), _clerk(), "poll_officials", rights.may_name_officials
    return {
        "form": (_("填写票面与规则"), _clerk(), "poll", rights.may_change),
        "method": (_("登记票决办法的通过"), _clerk(), "chair", rights.may_record_method),
        "officials": (_("登记监票、计票人员名单的通过"), _clerk(), "chair", rights.may_record_officials),
        "keys": (_("安排密封投票，监票人生成密钥"), _clerk(), "chair", rights.may_prepare),
        "slips": (_("发投票码，注销剩余，封电子票箱"), _clerk(), "chair", rights.may_prepare),
        "boxed": (_("封电子票箱"), pgettext("等", "监票人"), "chair", sealed.may_seal_box),
        "printed": (_("印制表决票，登记张数"), _clerk(), "chair", _says(Kind.PRINTED)),
        "quorum": (_("清点到会人数"), _clerk(), "chair", rights.may_count_present),
        "issued": (_("发票，登记发出张数"), _clerk(), "chair", _says(Kind.ISSUED)),
        "sealed": (_("检查票箱并加封"), pgettext("等", "监票人"), "chair", _seals),
        "open": (_("宣布开始投票"), pgettext("等", "主持人"), "chair", rights.may_open),
        "closed": (_("宣布投票截止"), pgettext("等", "主持人"), "chair", rights.may_close),
        "returned": (_("清点收回的票"), _clerk(), "chair", _says(Kind.RETURNED)),
        "confirmed": (_("确认计票结果"), pgettext("等", "总监票人"), "tally", counting.may_confirm),
        "declared": (_("宣布结果"), pgettext("等", "主持人"), "chair", _declares),
        "published": (_("公布结果"), _clerk(), "chair", rights.may_publish),
    }[step]


def _clerk() -> str:
    return pgettext("等", "经办人员")


def _says(kind: str) -> May:
    return lambda user, poll, now: rights.may_say(user, poll, kind, now)


def _seals(user: Any, poll: Poll, now: datetime) -> bool:
    return rights.may_seal(user, poll, now) and all(one.user_id != user.pk for one in poll.seals.all())


def _declares(user: Any, poll: Poll, now: datetime) -> bool:
    """Presides and wears no hat; the page itself looks further (`may_declare`)."""
    return rights.presides(user, poll.meeting) and rights.hat(user, poll) is None


def _all_named(poll: Poll) -> bool:
    """All hats are given: what is left is that the meeting passes the list."""
    hats = [one.hat for one in poll.officials.all()]
    named = hats.count(Hat.CHIEF_SCRUTINEER) == 1 and Hat.SCRUTINEER in hats
    return named and (hats.count(Hat.TELLER) >= rules.TELLERS or not poll.by_paper)
