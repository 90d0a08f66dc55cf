"""Addresses for the tests of the frame alone: no room above it is needed."""

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path

from yishi.web import errors, views
from yishi.web.access import allow, anyone
from yishi.web.limits import limited

QUIET: dict[str, object] = {"silent": False, "n": 303, "asked": 0}


@allow(anyone)
@limited("try", 2, 600)
def tries(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(len(request.POST)))


@allow(anyone)
def refuses(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied("您不是监票人。")


@allow(anyone)
def suspects(request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation("secret detail")


@allow(anyone)
def breaks(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("secret detail")


@allow(anyone)
def fragment(request: HttpRequest) -> HttpResponse:
    """A picture that changes with QUIET["n"], and can fall silent like a cut line."""
    QUIET["asked"] = int(str(QUIET["asked"])) + 1
    if QUIET["silent"]:
        return HttpResponse(status=503)
    tag = f'"{QUIET["n"]}"'
    if request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=304)
    rows = "".join(f"<li>第{i}名 {QUIET['n']}</li>" for i in range(1, 31))
    picture = f'<section class="picture" data-state="a"><h1>{QUIET["n"]}</h1>'
    return HttpResponse(f'{picture}<ol class="picture-list">{rows}</ol></section>', headers={"ETag": tag})


@allow(anyone)
def big_screen(request: HttpRequest) -> HttpResponse:
    return render(request, "web/screen.html", {"source": "/fragment", "every": 200})


def nav(request: HttpRequest) -> list[tuple[str, str]]:
    return [("/", "首页"), ("/style", "组件"), ("/style/screen", "大屏幕")]


urlpatterns = [
    path("", include("yishi.web.urls")),
    path("style", views.style),
    path("style/screen", views.style_screen, name="style_screen"),
    path("tries", tries),
    path("refuses", refuses),
    path("suspects", suspects),
    path("breaks", breaks),
    path("fragment", fragment),
    path("screen", big_screen),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.broken
