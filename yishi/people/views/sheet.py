"""Seats out as Excel and in again, with a preview that takes in nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from yishi.papers.tables import write_xlsx
from yishi.people import actions, rules
from yishi.people.forms import SeatsFilter, UploadForm
from yishi.people.models import Body
from yishi.people.views.register import chosen_seats
from yishi.people.words import COLUMNS, REASONS, SEXES, seats_sheet
from yishi.web.access import allow

if TYPE_CHECKING:
    from yishi.people.actions import Import

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KEPT = 3600  # seconds a checked sheet may wait for its confirmation


def _may_export(user: Any, body: Body, now: Any) -> bool:
    return rules.works_in(user, body)


@allow(_may_export, body=Body)
def seats_file(request: Any, body: Body) -> HttpResponse:
    form = SeatsFilter(request.GET or None, body=body)
    form.is_valid()
    chosen = {"standing": "all", **getattr(form, "cleaned_data", {})}
    found = chosen_seats(body, chosen, localdate(request.now))
    return _file(write_xlsx([seats_sheet(body, found)]), f"seats-{body.code}.xlsx")


@allow(rules.may_keep_register, body=Body)
def seats_blank(request: Any, body: Body) -> HttpResponse:
    return _file(write_xlsx([seats_sheet(body, ())]), "seats-blank.xlsx")


def _file(data: bytes, name: str) -> HttpResponse:
    return HttpResponse(
        data, content_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@allow(rules.may_keep_register, body=Body)
def seats_import(request: Any, body: Body) -> HttpResponse:
    """Upload, then the preview: every row, or every error by its cell."""
    form = UploadForm(request.POST or None, request.FILES or None)
    context = {
        "body": body,
        "form": form,
        "crumbs": [
            (reverse("bodies"), _("机关")),
            (reverse("body", args=[body.pk]), body.short_name),
            (reverse("seats", args=[body.pk]), _("席位")),
            ("", _("导入")),
        ],
    }
    if request.method == "POST" and form.is_valid():
        read = actions.check_sheet(body, form.cleaned_data["file"].read(), localdate(request.now))
        context |= _preview(request, body, read)
    return render(request, "people/seats_import.html", context)


def _preview(request: Any, body: Body, read: Import) -> dict[str, Any]:
    english = (get_language() or "").startswith("en")
    columns = [(column.name, column.title) for column in COLUMNS]
    rows = []
    for row in read.rows[:200]:
        shown = {**row, "sex": SEXES.get(row["sex"], ""), "reason": REASONS.get(row["reason"], "")}
        rows.append([(title, shown[name] if shown[name] is not None else "") for name, title in columns])
    return {
        "read": read,
        "columns": columns,
        "rows": rows,
        "errors": [(cell.place, cell.message_en if english else cell.message_zh) for cell in read.errors],
        "sealed": signing.dumps(read.rows, salt=_salt(request, body), compress=True) if read.is_good else "",
    }


@allow(rules.may_keep_register, body=Body)
@require_POST
def seats_take_in(request: Any, body: Body) -> HttpResponse:
    """Take in what the preview showed; it comes back sealed, so that nothing else can be slipped in."""
    try:
        rows = signing.loads(request.POST.get("rows", ""), salt=_salt(request, body), max_age=KEPT)
        number = actions.take_in(body, rows, by=request.user, at=request.now)
    except signing.BadSignature:
        messages.error(request, _("预览已过期，请重新上传文件。"))
    except ValidationError as error:
        messages.error(request, _("没有导入任何一行：%(why)s") % {"why": " ".join(error.messages)})
    else:
        messages.success(request, _("已导入 %(n)s 个席位。") % {"n": number})
        return redirect("seats", body=body.pk)
    return redirect("seats_import", body=body.pk)


def _salt(request: Any, body: Body) -> str:
    return f"people.import.{body.pk}.{request.user.pk}"
