"""A scrutineer opens the electronic box: the record is checked in the browser, then the share is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from yishi.voting.actions.sealed import box as do
from yishi.voting.models import Poll, Trustee
from yishi.voting.rules import counting, sealed_count
from yishi.voting.rules.sealed import may_decrypt
from yishi.voting.rules.sealed_keys import may_see_opening
from yishi.voting.views.frame import POLLS, page
from yishi.web.access import allow

if TYPE_CHECKING:
    from yishi.voting.models import SealedBox


@never_cache
@allow(may_see_opening, poll=POLLS)
def open_page(request: Any, poll: Poll) -> HttpResponse:
    """Checks first, then one tap; a scrutineer without a key sees how far the others are."""
    trustee = Trustee.objects.filter(session__meeting=poll.meeting_id, user=request.user).first()
    context: dict[str, Any] = {"trustee": trustee, "state": _state(poll, trustee), "by_paper": poll.by_paper}
    return page(request, "voting/sealed/open.html", poll, _("打开电子票箱"), **context)


@never_cache
@allow(may_see_opening, poll=POLLS)
@require_safe
def open_json(request: Any, poll: Poll) -> JsonResponse:
    trustee = Trustee.objects.filter(session__meeting=poll.meeting_id, user=request.user).first()
    return JsonResponse(_state(poll, trustee))


@require_POST
@allow(may_decrypt, poll=POLLS)
def open_share(request: Any, poll: Poll) -> JsonResponse:
    """The body is the share as the page made it; answers the new state, or {error} with 409."""
    trustee = Trustee.objects.filter(session__meeting=poll.meeting_id, user=request.user).first()
    try:
        do.give_share(poll, request.body.decode(), by=request.user, at=request.now)
    except UnicodeDecodeError:
        return JsonResponse({"error": _("发来的内容不完整，请刷新页面再试。")}, status=400)
    except ValidationError as error:
        return JsonResponse({"error": " ".join(error.messages)}, status=409)
    return JsonResponse(_state(poll, trustee))


def _state(poll: Poll, trustee: Trustee | None) -> dict[str, Any]:
    """{stage: waiting | voting | opening | counted, given, need, mine, uuid, cast, papers, expected}.

    `expected`: ballots that the record must count: cast by phone, and valid ones of paper.
    """
    box: SealedBox | None = getattr(poll, "box", None)
    if box is None:
        return {"stage": "waiting", "given": 0, "need": 0, "mine": False}
    stage = sealed_count.stage(box)
    given = set(sealed_count.owners(box)) - {do.SERVER} if stage != "voting" else set()
    papers = 0
    if poll.by_paper and stage != "voting":
        papers = sum(bool(case.reading.valid) for case in counting.cases(poll))
    return {
        "stage": stage,
        "given": len(given),
        "need": poll.meeting.sealed.threshold,
        "mine": trustee is not None and do.SERVER + trustee.index in given,
        "uuid": box.uuid,
        "cast": box.cast or 0,
        "papers": papers,
        "expected": (box.cast or 0) + papers,
    }
