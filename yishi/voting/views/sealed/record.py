"""The record of a sealed vote as a file, for everybody once it is published, before for those who open it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404, StreamingHttpResponse
from django.views.decorators.http import require_safe

from yishi.voting.actions.sealed.box import record_bytes
from yishi.voting.models import Poll
from yishi.voting.rules import sealed, sealed_count
from yishi.voting.views.frame import POLLS
from yishi.web.access import allow, anyone

if TYPE_CHECKING:
    from django.http.response import HttpResponseBase

    from yishi.voting.models import SealedBox


@allow(anyone, poll=Poll.objects.published().whole())
@require_safe
def record_public(request: Any, poll: Poll) -> HttpResponseBase:
    return _file(poll)


@allow(sealed.may_read_record, poll=POLLS)
@require_safe
def record(request: Any, poll: Poll) -> HttpResponseBase:
    """For the scrutineers' pages, from the close on."""
    return _file(poll)


def _file(poll: Poll) -> StreamingHttpResponse:
    box: SealedBox | None = getattr(poll, "box", None)
    if box is None or sealed_count.stage(box) == "voting":
        raise Http404
    answer = StreamingHttpResponse(record_bytes(box), content_type="application/x-tar")
    answer["Content-Disposition"] = f'attachment; filename="{box.uuid}.bel"'
    answer["Cache-Control"] = "no-store"
    return answer
