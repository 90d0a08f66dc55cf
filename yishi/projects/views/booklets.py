"""The booklet of candidates, their table out and in as Excel, and where towns stand on the map."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from yishi.meetings.models import Meeting
from yishi.papers.documents import docx, pdf
from yishi.papers.tables import write_xlsx
from yishi.people.forms import done, put
from yishi.people.models import Body
from yishi.people.rules import is_clerk
from yishi.projects.actions import booklets as actions
from yishi.projects.actions import spots
from yishi.projects.actions.sheet_lists import take_in_sheets
from yishi.projects.forms.candidates import BookletForm, MapForm
from yishi.projects.forms.sheet_lists import SheetListForm, read_list
from yishi.projects.models import Call, Spot
from yishi.projects.rules import candidates as rules
from yishi.projects.rules.calls import map_owner, towns_of
from yishi.projects.views.calls import WHOLE as CALL
from yishi.projects.views.candidates import crumbs
from yishi.projects.words import candidates as words
from yishi.projects.words.booklet import booklet
from yishi.web.access import allow

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
KEPT = 3600  # seconds a checked list may wait for its confirmation


def _file(data: bytes, name: str, content_type: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return HttpResponse(data, content_type=content_type, headers=headers)


@allow(rules.may_see_candidates, call=CALL)
@require_safe
def booklet_paper(request: Any, call: Call, kind: str) -> HttpResponse:
    """The booklet as it would be delivered now, in the language of the page, gaps left empty."""
    found = list(call.projects.candidates().whole().order_by("number"))
    paper = booklet(call, found, on=localdate(request.now))
    if kind == "docx":
        return _file(docx(paper), f"candidates-{call.year}.docx", DOCX)
    return _file(pdf(paper), f"candidates-{call.year}.pdf", "application/pdf")


@allow(rules.may_see_candidates, call=CALL)
@require_safe
def candidates_file(request: Any, call: Call) -> HttpResponse:
    sheet = words.candidates_sheet(call, call.projects.whole().order_by("number"))
    return _file(write_xlsx([sheet]), f"candidates-{call.year}.xlsx", XLSX)


@allow(rules.may_keep_candidates, call=CALL)
def candidates_import(request: Any, call: Call) -> HttpResponse:
    """A file, then the preview: every row, or every error by its cell; nothing is written yet."""
    form = SheetListForm(request.POST or None, request.FILES or None)
    context = {"call": call, "form": form, "crumbs": crumbs(call, ("", _("从 Excel 导入")))}
    if request.method == "POST" and form.is_valid():
        read = read_list(call, form.cleaned_data["file"].read())
        kept = {"rows": read.rows, "why": form.cleaned_data["why"]}
        english = (get_language() or "").startswith("en")
        told = [(cell.place, cell.message_en if english else cell.message_zh) for cell in read.errors]
        context |= {"read": read, "errors": told, "rows": words.previewed(read.rows)}
        if read.is_good:
            context["sealed"] = signing.dumps(kept, salt=_salt(request, call), compress=True)
    return render(request, "projects/candidates_import.html", context)


@allow(rules.may_keep_candidates, call=CALL)
@require_POST
def candidates_take_in(request: Any, call: Call) -> HttpResponse:
    """Take in what the preview showed; it comes back sealed, so that nothing else can be slipped in."""
    try:
        kept = signing.loads(request.POST.get("rows", ""), salt=_salt(request, call), max_age=KEPT)
        taken = take_in_sheets(call, kept["rows"], kept["why"], by=request.user, at=request.now)
    except signing.BadSignature:
        messages.error(request, _("预览已过期，请重新上传文件。"))
    except ValidationError as error:
        messages.error(request, _("没有导入任何一行：%(why)s") % {"why": " ".join(error.messages)})
    else:
        told = _("新列候选项目%(new)d项，修改%(changed)d项。")
        messages.success(request, told % {"new": taken.new, "changed": taken.changed})
        return redirect("candidates", call.pk)
    return redirect("candidates_import", call.pk)


def _salt(request: Any, call: Call) -> str:
    return f"projects.sheets.{call.pk}.{request.user.pk}"


def _meetings(user: Any, call: Call) -> Any:
    """Meetings to come of who votes on the candidates, of bodies whose clerk this user is."""
    bodies = [body for body in rules.voting_bodies(call) if is_clerk(user, body)]
    return Meeting.objects.real().filter(body__in=bodies).exclude(state=Meeting.State.CLOSED)


@allow(rules.may_see_candidates, call=CALL)
def booklet_deliver(request: Any, call: Call) -> HttpResponse:
    """Which meeting gets the booklet; its receipts then stand with the meeting's papers."""
    form = BookletForm(request.POST or None, meetings=_meetings(request.user, call))
    who = {"by": request.user, "at": request.now}
    if request.method == "POST" and done(form, _deliver, call, **who):
        meeting = form.cleaned_data["meeting"]
        messages.success(request, _("候选项目材料已加入“%(title)s”的会议材料。") % {"title": meeting.title})
        return redirect("candidates", call.pk)
    context = {
        "call": call,
        "form": form,
        "any": form.fields["meeting"].queryset.exists(),  # type: ignore[attr-defined]
        "booklets": call.booklets.select_related("material__meeting").order_by("-pk"),
        "voters": rules.voting_bodies(call),
        "crumbs": crumbs(call, ("", _("送代表的材料"))),
    }
    return render(request, "projects/booklet.html", context)


def _deliver(call: Call, *, meeting: Meeting, why: str, by: Any, at: Any) -> None:
    actions.deliver_booklet(call, meeting, why=why, by=by, at=at)


@allow(rules.may_keep_map, body=Body.objects.select_related("parent"))
def body_map(request: Any, body: Body) -> HttpResponse:
    """Where towns and landmarks stand on the schematic map: two numbers each, or a click on the drawing."""
    towns = list(towns_of(body))
    known = {one.body_id: one for one in Spot.objects.filter(body__in=towns)}
    landmarks = map_owner(body).landmarks.all()
    form = MapForm(request.POST or None, towns=towns, spots=known, landmarks=landmarks)
    if request.method == "POST" and form.is_valid():
        try:
            spots.set_map(body, form.points, form.marks, by=request.user, at=request.now)
            messages.success(request, _("已保存示意图上的位置。"))
            return redirect("body_map", body.pk)
        except ValidationError as error:
            put(form, error)
    context = {
        "body": body,
        "form": form,
        "map": words.drawn(body, blank=True),
        "crumbs": [(reverse("calls"), _("征集")), ("", _("示意图"))],
    }
    return render(request, "projects/body_map.html", context)
