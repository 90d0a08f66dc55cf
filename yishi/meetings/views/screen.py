"""The big screen, its picture, and the page that drives it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from yishi.meetings import actions
from yishi.meetings.actions.screen import OWN
from yishi.meetings.models import Meeting, Screen
from yishi.meetings.rules import may_show_screen, may_watch, quorum
from yishi.meetings.views.frame import WHOLE, page, spoken
from yishi.meetings.words import whole_title
from yishi.web.access import allow, anyone, require

Scene = Screen.Scene
LARGEST = 2**63  # a number no row can have, and no database can be asked for


def picture(screen: Screen) -> dict[str, Any]:
    """What the template of the scene draws."""
    meeting = screen.meeting
    data = screen.data.get(screen.scene, {})
    found = {"meeting": meeting, "title": whole_title(meeting), "scene": screen.scene, "data": data}
    found["drawn_by"] = f"meetings/scenes/{screen.scene}.html"
    if screen.scene == Scene.SIGN_IN:
        numbers = meeting.voters.numbers()
        enough = quorum(meeting, numbers)
        groups = [g for g in meeting.voters.delegations() if g["name"]]
        pairs = [groups[n : n + 2] for n in range(0, len(groups), 2)] if len(groups) > 1 else []
        found |= {"numbers": numbers, "enough": enough, "sentence": spoken(enough), "pairs": pairs}
    if screen.scene == Scene.AGENDA:
        found["agenda"] = meeting.agenda.all()
    return found


@allow(anyone)
@require_safe
def screen(request: Any, meeting: int) -> HttpResponseBase:
    """The screen itself. Fifty are opened by one link (`key`), which the control page can make void."""
    key = request.GET.get("key", "")
    if not key and not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    shown = _screen(request, meeting)
    source = reverse("screen_picture", args=[meeting]) + (f"?key={key}" if key else "")
    context = {**picture(shown), "source": source, "every": 2000, "rehearsal": shown.meeting.is_rehearsal}
    return render(request, "meetings/screen.html", context)


@allow(anyone)
@require_safe
def screen_picture(request: Any, meeting: int) -> HttpResponse:
    """The picture alone; 304 after one query while nothing has changed."""
    shown = _screen(request, meeting)
    etag = f'"{meeting}.{shown.version}.{get_language()}"'
    if request.headers.get("If-None-Match") == etag:
        answer: HttpResponse = HttpResponseNotModified()
    else:
        answer = render(request, "meetings/picture.html", picture(shown))
    answer["ETag"] = etag
    answer["Cache-Control"] = "private, no-cache"
    return answer


def _screen(request: Any, meeting: int) -> Screen:
    """The screen's row in one query, for who may watch it; 404 tells strangers nothing."""
    found = None
    if meeting < LARGEST:
        found = Screen.objects.select_related("meeting__body").filter(meeting=meeting).first()
    if found is None or not may_watch(request.user, found, request.GET.get("key", ""), request.now):
        require(found is None or not request.user.is_authenticated, _("您没有进入这个页面的权限。"))
        raise Http404
    return found


@allow(may_show_screen, meeting=WHOLE)
def screen_control(request: Any, meeting: Meeting) -> HttpResponse:
    """Keys 1 to 9 and 0 pick a scene, arrows step; what is shown stands beside them."""
    shown, _new = Screen.objects.get_or_create(meeting=meeting)
    shown.meeting = meeting
    if request.method == "POST":
        try:
            actions.choose_scene(meeting, request.POST.get("scene", ""), by=request.user, at=request.now)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        return redirect("screen_control", meeting.pk)
    scenes = [
        {
            "value": scene.value,
            "label": scene.label,
            "key": str((n + 1) % 10),
            "current": scene == shown.scene,
            "ready": scene in OWN or scene in shown.data,
        }
        for n, scene in enumerate(Scene)
    ]
    ready = [s for s in scenes if s["ready"]]
    here = next((n for n, s in enumerate(ready) if s["current"]), 0)
    return page(
        request,
        "meetings/screen_control.html",
        meeting,
        _("大屏幕"),
        scenes=scenes,
        before=ready[here - 1] if here else None,
        after=ready[here + 1] if here + 1 < len(ready) else None,
        link=f"{settings.YISHI_URL}{reverse('screen', args=[meeting.pk])}?key={shown.key}",
        shown=shown,
        preview=reverse("screen", args=[meeting.pk]),
        **{k: v for k, v in picture(shown).items() if k != "meeting"},
    )


@allow(may_show_screen, meeting=WHOLE)
@require_POST
def screen_link(request: Any, meeting: Meeting) -> HttpResponse:
    """A new link; the screens opened with the old one stop."""
    actions.renew_screen_link(meeting, by=request.user, at=request.now)
    messages.success(request, _("已换新链接，旧链接作废。"))
    return redirect("screen_control", meeting.pk)
