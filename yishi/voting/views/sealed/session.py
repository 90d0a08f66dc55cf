"""Where the keys, slips and boxes of a meeting stand; the scrutineer's own page of keys and its messages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from yishi.people.forms import done
from yishi.voting.actions.sealed import session as do
from yishi.voting.forms.sealed import StartOverForm, ThresholdForm
from yishi.voting.models import SealedSession, Trustee
from yishi.voting.rules import sealed
from yishi.voting.rules import sealed_keys as rules
from yishi.voting.rules.slips import desk
from yishi.voting.views.frame import MEETINGS, meeting_crumbs, page
from yishi.voting.words.keys import boxes, holders, key_state, progress
from yishi.web.access import allow

if TYPE_CHECKING:
    from collections.abc import Callable

    from yishi.meetings.models import Meeting

SESSIONS = SealedSession.objects.select_related("meeting__body", "meeting__term", "meeting__presiding")
TRUSTEES = Trustee.objects.select_related(
    "session__meeting__body", "session__meeting__term", "session__meeting__presiding", "user__person"
)


# --- the overview ------------------------------------------------------------


@allow(rules.may_see_sealed, meeting=MEETINGS)
def sealed_session(request: Any, meeting: Meeting) -> HttpResponse:
    """The checklist of a meeting's sealed voting; the clerk arranges it here."""
    session = _session(meeting)
    may = sealed.may_arrange(request.user, meeting, request.now)
    form = None
    if session is None and may:
        size = len(rules.scrutineers(meeting))
        form = ThresholdForm(request.POST or None, initial={"threshold": rules.usual(size)})
        if request.method == "POST" and done(form, do.arrange, meeting, by=request.user, at=request.now):
            messages.success(request, _("已安排。请监票人各自打开自己的页面，生成密钥。"))
            return redirect("sealed_session", meeting.pk)
    context: dict[str, Any] = {"form": form, "people": rules.scrutineers(meeting) if session is None else []}
    context |= _standing(request, meeting, session)
    return page(request, "voting/sealed/session.html", meeting, _("密封投票"), **context)


@allow(rules.may_see_sealed, meeting=MEETINGS)
@require_safe
def sealed_session_live(request: Any, meeting: Meeting) -> HttpResponse:
    """The part that htmx asks for anew."""
    context = {"meeting": meeting, **_standing(request, meeting, _session(meeting))}
    return render(request, "voting/sealed/session_live.html", context)


def _session(meeting: Meeting) -> SealedSession | None:
    return SESSIONS.prefetch_related("keyholders__user__person").filter(meeting=meeting).first()


def _standing(request: Any, meeting: Meeting, session: SealedSession | None) -> dict[str, Any]:
    user, now = request.user, request.now
    found: dict[str, Any] = {"session": session, "boxes": boxes(meeting, session, user)}
    if session is None:
        return found
    stage, stand = sealed.stage(session), desk(session)
    return {
        **found,
        "stage": stage,
        "made": bool(session.trustees),
        "progress": progress(session),
        "holders": holders(session, user),
        "digits": rules.digits(session) if session.trustees else "",
        "changed": rules.changed(session),
        "stand": stand,
        "slips": stand.slips,
        "paper": any(row["poll"].by_paper for row in found["boxes"]),
        "may_desk": sealed.may_desk(user, session, now),
        "may_start_over": rules.may_start_over(user, session, now) and not rules.any_sealed(meeting),
    }


@allow(rules.may_start_over, session=SESSIONS)
def sealed_start_over(request: Any, session: SealedSession) -> HttpResponse:
    """All keys anew, also with another threshold or after the scrutineers changed."""
    form = StartOverForm(request.POST or None, session=session)
    if request.method == "POST" and done(form, do.start_over, session, by=request.user, at=request.now):
        messages.success(request, _("密钥已清除，请监票人重新生成。"))
        return redirect("sealed_session", session.meeting_id)
    context: dict[str, Any] = {
        "title": _("重新生成密钥"),
        "consequence": _("已生成的密钥和备份都会作废，监票人要重新生成、重新核对。投票码不受影响。"),
        "submit": _("重新开始"),
        "back": reverse("sealed_session", args=[session.meeting_id]),
        "form": form,
        "crumbs": _crumbs(request, session.meeting, _("重新生成密钥")),
    }
    return page(request, "web/confirm.html", session.meeting, **context)


def _crumbs(request: Any, meeting: Meeting, here: str) -> list[tuple[str, str]]:
    own = reverse("sealed_session", args=[meeting.pk])
    return [*meeting_crumbs(request.user, meeting), (own, _("密封投票")), ("", here)]


# --- a scrutineer's keys -----------------------------------------------------


@never_cache
@allow(sealed.may_hold, trustee=TRUSTEES)
def key_page(request: Any, trustee: Trustee) -> HttpResponse:
    """Two taps; all that is secret stays in the browser."""
    meeting = trustee.session.meeting
    context: dict[str, Any] = {"trustee": trustee, "crumbs": _crumbs(request, meeting, _("我的密钥"))}
    return page(request, "voting/sealed/key.html", meeting, **context)


@never_cache
@allow(sealed.may_hold, trustee=TRUSTEES)
@require_safe
def key_json(request: Any, trustee: Trustee) -> JsonResponse:
    return JsonResponse(key_state(trustee))


SAYS: dict[str, tuple[Callable[..., None], tuple[str, ...]]] = {
    "commit": (do.commit, ("commitment",)),
    "reveal": (do.reveal, ("certificate", "nonce")),
    "deal": (do.deal, ("coefficients", "agreement", "shares")),
    "verify": (do.verify, ("verification",)),
    "agree": (do.agree, ("digits",)),
}


@require_POST
@allow(sealed.may_hold, trustee=TRUSTEES)
def key_send(request: Any, trustee: Trustee) -> JsonResponse:
    """One message of the ceremony, `{"say": …, …}`; answers the new state, or {error, code} with 409."""
    try:
        sent = json.loads(request.body)
        act, names = SAYS[sent["say"]]
        said = [sent[name] for name in names]
    except (ValueError, KeyError, TypeError, RecursionError):
        return JsonResponse({"error": _("发来的内容不完整，请刷新页面再试。"), "code": "form"}, status=400)
    try:
        act(trustee, *said, by=request.user, at=request.now)
    except ValidationError as error:
        return JsonResponse({"error": " ".join(error.messages), "code": error.code or ""}, status=409)
    return JsonResponse(key_state(get_object_or_404(TRUSTEES, pk=trustee.pk)))
