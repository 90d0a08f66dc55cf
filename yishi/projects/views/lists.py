"""Proposals out and in as Excel, pasted lists, and the poster and form on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from yishi.papers.documents import pdf
from yishi.papers.posters import poster_pdf
from yishi.papers.tables import write_xlsx
from yishi.projects.actions import lists
from yishi.projects.actions import proposals as actions
from yishi.projects.forms.calls import ListForm, ProposalsFilter
from yishi.projects.models import Call
from yishi.projects.rules import calls as rules
from yishi.projects.views.calls import WHOLE, chosen, crumbs
from yishi.projects.words import calls as words
from yishi.web.access import allow

if TYPE_CHECKING:
    from yishi.projects.actions.lists import Read

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KEPT = 3600  # seconds a checked list may wait for its confirmation


def _file(data: bytes, name: str, content_type: str = XLSX) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return HttpResponse(data, content_type=content_type, headers=headers)


@allow(rules.may_see_call, call=WHOLE)
@require_safe
def proposals_file(request: Any, call: Call) -> HttpResponse:
    """The list as it is filtered; with names and phones only for who may read them."""
    found = chosen(call, ProposalsFilter(request.GET or None))
    reads = rules.may_read_contact(request.user, call, request.now)
    sheet = words.proposals_sheet(call, found, contacts=reads)
    return _file(write_xlsx([sheet]), f"proposals-{call.year}.xlsx")


@allow(rules.may_keep_call, call=WHOLE)
@require_safe
def proposals_blank(request: Any, call: Call) -> HttpResponse:
    return _file(write_xlsx([words.blank_sheet(call)]), "proposals-blank.xlsx")


@allow(rules.may_keep_call, call=WHOLE)
def proposals_import(request: Any, call: Call) -> HttpResponse:
    """A file or pasted lines, then the preview: every row, or every error by its cell."""
    form = ListForm(request.POST or None, request.FILES or None)
    context = {"call": call, "form": form, "crumbs": crumbs(call, _("导入建议"))}
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        file = typed.get("file")
        read = lists.check_list(call, file.read()) if file else lists.check_pasted(call, typed["pasted"])
        context |= _preview(request, call, read)
    return render(request, "projects/proposals_import.html", context)


def _preview(request: Any, call: Call, read: Read) -> dict[str, Any]:
    english = (get_language() or "").startswith("en")
    towns = {body.pk: words.place_name(body) for body in rules.places(call)}
    rows = []
    for row in read.rows[:200]:
        shown = {**row, "source": words.SOURCES[row["source"]], "place": towns.get(row["place"], "")}
        rows.append([(column.title, shown[column.name]) for column in words.COLUMNS])
    return {
        "read": read,
        "columns": words.COLUMNS,
        "rows": rows,
        "errors": [(cell.place, cell.message_en if english else cell.message_zh) for cell in read.errors],
        "sealed": signing.dumps(read.rows, salt=_salt(request, call), compress=True) if read.is_good else "",
    }


@allow(rules.may_keep_call, call=WHOLE)
@require_POST
def proposals_take_in(request: Any, call: Call) -> HttpResponse:
    """Take in what the preview showed; it comes back sealed, so that nothing else can be slipped in."""
    try:
        rows = signing.loads(request.POST.get("rows", ""), salt=_salt(request, call), max_age=KEPT)
        taken = actions.take_in(call, rows, by=request.user, at=request.now)
    except signing.BadSignature:
        messages.error(request, _("预览已过期，请重新上传文件。"))
    except ValidationError as error:
        messages.error(request, _("没有导入任何一行：%(why)s") % {"why": " ".join(error.messages)})
    else:
        told = _("已导入%(new)d条建议；%(known)d条以前已经登记过，没有重复登记。")
        messages.success(request, told % {"new": taken.new, "known": taken.known})
        return redirect("proposals", call.pk)
    return redirect("proposals_import", call.pk)


def _salt(request: Any, call: Call) -> str:
    return f"projects.import.{call.pk}.{request.user.pk}"


@allow(rules.may_see_call, call=WHOLE)
@require_safe
def call_poster(request: Any, call: Call) -> HttpResponse:
    """The poster with the code of the public page."""
    address = settings.YISHI_URL + reverse("call_public", args=[call.pk])
    return _file(poster_pdf(words.poster(call, address)), f"poster-{call.year}.pdf", "application/pdf")


@allow(rules.may_see_call, call=WHOLE)
@require_safe
def call_form(request: Any, call: Call) -> HttpResponse:
    return _file(pdf(words.paper_form(call)), f"form-{call.year}.pdf", "application/pdf")
