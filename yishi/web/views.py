"""Preferences without an account, and the page that shows every component."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from yishi.web import look
from yishi.web.access import allow, anyone
from yishi.web.samples import SampleForm, sample

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@allow(anyone)
@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Keep what was chosen and go back to the page the person came from, never off this site."""
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        back = "/"
    response = HttpResponseRedirect(back)
    chosen = {
        name: value
        for name, choices in look.CHOICES.items()
        if (value := request.POST.get(name, "")) in choices
    }
    look.keep(request, response, chosen)
    return response


@allow(anyone)
def style(request: HttpRequest) -> HttpResponse:
    form = SampleForm(request.POST or None)
    form.is_valid()
    page = Paginator(range(1, 301), 20).get_page(request.GET.get("page", 4))
    context: dict[str, Any] = {"form": form, "page": page, **sample()}
    return render(request, "web/style.html", {**context, "crumbs": [("/", "首页"), ("", "组件")]})


@allow(anyone)
def style_screen(request: HttpRequest) -> HttpResponse:
    """The big screen with sample content; `?fragment=1` is what the screen asks for again."""
    template = "web/style_screen_fragment.html" if "fragment" in request.GET else "web/style_screen.html"
    return render(request, template, {**sample(), "source": request.path + "?fragment=1"})
