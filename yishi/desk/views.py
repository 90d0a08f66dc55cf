"""What each signed-in person must do today."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render

from yishi.web.access import allow, signed_in

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@allow(signed_in)
def desk(request: HttpRequest) -> HttpResponse:
    return render(request, "desk/desk.html")
