"""The deputy's pages, for a phone: which candidate to speak on, the words, and what was answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yishi.meetings.models import Meeting
from yishi.people.forms import done
from yishi.projects.actions import deliberation as actions
from yishi.projects.forms.deliberation import SayForm
from yishi.projects.models import Call, Comment, Project
from yishi.projects.rules import deliberation as rules
from yishi.projects.rules.candidates import votes_here
from yishi.projects.views.calls import WHOLE as CALL
from yishi.projects.views.deliberation import chips
from yishi.web.access import allow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from yishi.people.models import Seat

PROJECT = Project.objects.whole()


def may_speak_on(user: Any, project: Project, now: Any) -> bool:
    return rules.may_comment(user, project.call, now)


def links(user: Any, meeting: Meeting, now: datetime) -> Iterator[tuple[str, str]]:
    """settings.MEETING_LINKS: the way from a meeting to a word on its candidates."""
    if not meeting.is_rehearsal:
        for call in rules.calls_to_comment(user, now):
            if votes_here(call, meeting):
                yield reverse("comment", args=[call.pk]), _("对候选项目提意见")


@allow(rules.may_read_own, call=CALL)
@require_safe
def comment(request: Any, call: Call) -> HttpResponse:
    """The candidates to choose from, and this deputy's own comments with their answers."""
    seat = rules.own_seat(request.user, call, request.now)
    own = list(Comment.objects.filter(call=call, seat=seat).select_related("project", "version"))
    for one in own:
        one.chip = chips(one.state)  # type: ignore[attr-defined]
    context = {
        "call": call,
        "projects": call.projects.candidates(),
        "own": own,
        "speaks": rules.may_comment(request.user, call, request.now),
    }
    return render(request, "projects/comment.html", context)


@allow(rules.may_comment, call=CALL)
def comment_all(request: Any, call: Call) -> HttpResponse:
    """A word on the candidates as a whole."""
    return _say(request, call, None)


@allow(may_speak_on, project=PROJECT)
def comment_on(request: Any, project: Project) -> HttpResponse:
    """A word on one candidate, below its sheet."""
    if project.state != Project.State.CANDIDATE:
        raise Http404
    return _say(request, project.call, project)


def _say(request: Any, call: Call, project: Project | None) -> HttpResponse:
    seat = rules.own_seat(request.user, call, request.now)
    assert seat is not None  # may_comment
    form = SayForm(request.POST or None)
    who = {"seat": seat, "by": request.user, "at": request.now}
    about = {"project": project, "meeting": _meeting(call, seat), "who": seat.person.name}
    if request.method == "POST" and done(form, actions.comment, call, **about, **who):
        messages.success(request, _("意见已提交，答复会显示在这个页面。"))
        return redirect("comment", call.pk)
    return render(request, "projects/comment_on.html", {"call": call, "project": project, "form": form})


def _meeting(call: Call, seat: Seat) -> Meeting | None:
    """The meeting this deputy has before them: the next one called or open."""
    states = (Meeting.State.CALLED, Meeting.State.OPEN)
    found = rules.meetings_of(call).filter(state__in=states, voters__seat=seat)
    return found.order_by("starts_at").first()
