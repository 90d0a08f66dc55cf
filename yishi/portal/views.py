"""The public site: what was published, for anybody to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render

from yishi.web.access import allow, anyone

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@allow(anyone)
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/home.html")
