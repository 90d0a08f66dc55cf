"""The deputy's pages, for a phone: my meetings, papers, sign-in."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import segno
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from yishi.meetings import actions
from yishi.meetings.models import Delivery, Material, Meeting, Voter
from yishi.meetings.rules import may_attend, may_list, may_read_material, voter_of
from yishi.meetings.views.frame import WHOLE, page
from yishi.web import files
from yishi.web.access import Refused, allow, signed_in

PAPER = Material.objects.select_related("meeting__body", "meeting__term")


@allow(signed_in)
def my_meetings(request: Any) -> HttpResponse:
    found = Voter.objects.mine(request.user)
    unread = set(Material.objects.unread(request.user).values_list("meeting_id", flat=True))
    shown = Paginator(found, 20).get_page(request.GET.get("page"))
    return render(request, "meetings/my_meetings.html", {"page": shown, "unread": unread})


def deputy_page(request: Any, meeting: Meeting) -> HttpResponse:
    """Agenda and papers of one meeting, each paper with whether this deputy has opened it."""
    voter = voter_of(request.user, meeting)
    papers = list(meeting.materials.current())
    opened = dict(Delivery.objects.filter(voter=voter).values_list("material_id", "at"))
    for paper in papers:
        paper.opened = opened.get(paper.pk)  # type: ignore[attr-defined]
    return page(
        request,
        "meetings/deputy.html",
        meeting,
        voter=voter,
        papers=papers,
        agenda=list(meeting.agenda.all()),
        # What the rooms above offer a deputy in this meeting: [(address, word)].
        links=[
            link
            for path in settings.MEETING_LINKS
            for link in import_string(path)(request.user, meeting, request.now)
        ],
    )


@allow(may_attend, meeting=WHOLE)
def sign_in(request: Any, meeting: Meeting) -> HttpResponse:
    """One big button while sign-in is open; afterwards it says that all is done."""
    voter = voter_of(request.user, meeting)
    assert voter is not None  # may_attend
    if request.method == "POST":
        try:
            actions.sign_in(voter, Voter.How.SELF, by=request.user, at=request.now)
        except (ValidationError, Refused) as error:
            messages.error(request, " ".join(getattr(error, "messages", [str(error)])))
        return redirect("sign_in", meeting.pk)
    return page(request, "meetings/sign_in.html", meeting, _("签到"), voter=voter)


@allow(may_attend, meeting=WHOLE)
def my_qr(request: Any, meeting: Meeting) -> HttpResponse:
    """The deputy's own code to show at the door, as SVG."""
    voter = voter_of(request.user, meeting)
    assert voter is not None
    return svg(code_url(voter))


def code_url(voter: Voter) -> str:
    """What stands in a voter's own QR code."""
    return settings.YISHI_URL + reverse("code_use", args=[voter.code])


def svg(text: str) -> HttpResponse:
    """A QR code with its quiet border, black on white in light and dark."""
    out = BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="svg", border=4, omitsize=True, light="#fff")
    return HttpResponse(out.getvalue(), content_type="image/svg+xml")


@allow(signed_in)
def code_use(request: Any, code: str) -> HttpResponse:
    """Where a voter's QR code leads: the deputy to the sign-in page, the clerk to one button."""
    found = Voter.objects.select_related("meeting__body", "seat__person")
    voter = get_object_or_404(found, code=code)
    if may_list(request.user, voter.meeting, request.now):
        return page(request, "meetings/code.html", voter.meeting, _("签到"), voter=voter)
    if request.user.person_id == voter.seat.person_id:
        return redirect("sign_in", voter.meeting_id)
    raise Refused(_("这是别人的签到码。"))


@allow(may_read_material, material=PAPER)
@require_GET
def material_file(request: Any, material: Material) -> HttpResponseBase:
    """The file itself; opened by the deputy in person, it is delivered."""
    try:
        file = material.file.open("rb")
    except FileNotFoundError:
        messages.error(request, _("文件不在服务器上了，请告诉会务人员重新上传。"))
        return redirect("meeting", material.meeting_id)
    voter = voter_of(request.user, material.meeting)
    if voter:
        actions.deliver(material, voter, by=request.user, at=request.now)
    return FileResponse(
        file,
        as_attachment=material.content_type not in files.SHOWN,
        filename=material.filename,
        content_type=material.content_type,
        headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"},
    )
