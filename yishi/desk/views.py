"""The page on which everybody begins: what is to be done, and by when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yishi.desk.lines import desk_of
from yishi.web.access import allow, signed_in
from yishi.web.templatetags.web import zhdate

if TYPE_CHECKING:
    from django.http import HttpResponse


@allow(signed_in)
@require_safe
def desk(request: Any) -> HttpResponse:
    found = desk_of(request.user, request.now)
    heaps = [
        {"key": key, "title": title, "lines": getattr(found, key)}
        for key, title in (
            ("overdue", _("已经逾期")),
            ("today", _("今天要办")),
            ("to_come", _("接下来")),
            ("waiting", _("等待他人")),
        )
    ]
    context = {
        "heaps": [heap for heap in heaps if heap["lines"]],
        "free": not found.overdue and not found.today,
        "duties": found.duties,
        "deputy": found.deputy,
        "today": zhdate(request.now),
    }
    return render(request, "desk/desk.html", context)
