"""Bodies in their tree, a body's page, its seats and offices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from yishi.journal.models import Entry
from yishi.journal.words import say
from yishi.people import actions, rules
from yishi.people.forms import (
    BodyForm,
    EndForm,
    EndOfficeForm,
    NewBodyForm,
    NewSeatForm,
    OfficeForm,
    SeatForm,
    SeatsFilter,
    TermChangeForm,
    TermForm,
    WhyForm,
    done,
)
from yishi.people.models import Body, Link, Office, Seat, Term
from yishi.web.access import allow

if TYPE_CHECKING:
    from datetime import date

    from django.http import HttpRequest, HttpResponse

    from yishi.people.models import SeatQuerySet

PER_PAGE = 50
CHIPS = {"sitting": "ok", "suspended": "warn", "ended": "", "to_come": "info"}


# --- bodies ------------------------------------------------------------------


@allow(rules.may_list_bodies)
def bodies(request: Any) -> HttpResponse:
    today = localdate(request.now)
    sitting = Q(seats__begins__lte=today, seats__suspended=False) & (
        Q(seats__ends__isnull=True) | Q(seats__ends__gt=today)
    )
    found = rules.bodies_of(request.user).annotate(sitting=Count("seats", filter=sitting))
    context = {
        "tree": _tree(list(found)),
        "may_make": rules.may_make_bodies(request.user, request.now),
    }
    return render(request, "people/bodies.html", context)


def _tree(found: list[Any]) -> list[Any]:
    """The bodies without a parent among those found, each with its `below`."""
    by_pk = {body.pk: body for body in found}
    roots: list[Any] = []
    for body in found:
        body.below = []
    for body in found:
        above = by_pk.get(body.parent_id)
        (above.below if above else roots).append(body)
    return roots


@allow(rules.may_make_bodies)
def body_add(request: Any) -> HttpResponse:
    form = NewBodyForm(request.POST or None)
    if request.method == "POST" and done(form, actions.add_body, by=request.user, at=request.now):
        messages.success(request, _("已新增“%(name)s”。") % {"name": form.cleaned_data["name"]})
        return redirect("bodies")
    return _form(request, form, _("新增机关"), reverse("bodies"), crumbs=_crumbs())


def _may_change_body(user: Any, body: Body, now: Any) -> bool:
    return rules.may_make_bodies(user, now)


@allow(_may_change_body, body=Body)
def body_change(request: Any, body: Body) -> HttpResponse:
    start = {name: getattr(body, name) for name in BodyForm.base_fields}
    form = BodyForm(request.POST or None, initial=start)
    back = reverse("body", args=[body.pk])
    if request.method == "POST" and done(form, actions.change_body, body, by=request.user, at=request.now):
        return redirect(back)
    return _form(request, form, _("修改机关"), back, crumbs=_crumbs(body))


@allow(rules.may_see_body, body=Body)
def body(request: Any, body: Body) -> HttpResponse:
    today = localdate(request.now)
    seats = body.seats.all()
    context = {
        "body": body,
        "crumbs": [*_crumbs(), ("", body.short_name)],
        "terms": body.terms.all(),
        "offices": body.offices.held(today).select_related("person"),
        "roles": body.roles.filter(ended__isnull=True).select_related("user"),
        "figures": [
            {"label": _("在任"), "value": seats.sitting(today).count()},
            {"label": _("暂停"), "value": seats.held(today).filter(suspended=True).count()},
            {"label": _("已终止"), "value": seats.ended(today).count()},
        ],
        "keeps": rules.may_keep_register(request.user, body, request.now),
        "makes": rules.may_make_bodies(request.user, request.now),
        "reads_journal": rules.may_read_journal(request.user, body.chain, request.now),
    }
    request.body_name = body.short_name
    return render(request, "people/body.html", context)


def _may_keep_terms(user: Any, body: Body, now: Any) -> bool:
    return rules.may_make_bodies(user, now) or rules.may_keep_register(user, body, now)


@allow(_may_keep_terms, body=Body)
def term_add(request: Any, body: Body) -> HttpResponse:
    form = TermForm(request.POST or None)
    back = reverse("body", args=[body.pk])
    if request.method == "POST" and done(form, actions.add_term, body, by=request.user, at=request.now):
        return redirect(back)
    return _form(request, form, _("新增届次"), back, crumbs=_crumbs(body))


def _may_change_term(user: Any, term: Term, now: Any) -> bool:
    return _may_keep_terms(user, term.body, now)


@allow(_may_change_term, term=Term.objects.select_related("body"))
def term_change(request: Any, term: Term) -> HttpResponse:
    form = TermChangeForm(request.POST or None, initial={"begins": term.begins, "ends": term.ends})
    back = reverse("body", args=[term.body_id])
    if request.method == "POST" and done(form, actions.change_term, term, by=request.user, at=request.now):
        return redirect(back)
    return _form(request, form, str(term), back, crumbs=_crumbs(term.body))


# --- seats -------------------------------------------------------------------


@allow(rules.may_see_body, body=Body)
def seats(request: Any, body: Body) -> HttpResponse:
    form = SeatsFilter(request.GET or None, body=body)
    form.is_valid()
    today = localdate(request.now)
    found = chosen_seats(body, getattr(form, "cleaned_data", {}), today)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    words = {**SeatsFilter.STANDINGS, "to_come": _("未开始")}
    for seat in page.object_list:
        standing = seat.standing(today)
        seat.chip, seat.word = CHIPS[standing], words[standing]  # type: ignore[attr-defined]
    context = {
        "body": body,
        "form": form,
        "page": page,
        "crumbs": [*_crumbs(body), ("", _("席位"))],
        "keeps": rules.may_keep_register(request.user, body, request.now),
        "reads": rules.works_in(request.user, body),
    }
    request.body_name = body.short_name
    return render(request, "people/seats.html", context)


def chosen_seats(body: Body, chosen: dict[str, Any], today: date) -> SeatQuerySet:
    """The seats of a body that a filter asks for, in its order; sitting ones unless it says else."""
    found = Seat.objects.of(body)
    standing = chosen.get("standing") or "sitting"
    if standing == "sitting":
        found = found.sitting(today)
    elif standing == "suspended":
        found = found.held(today).filter(suspended=True)
    elif standing == "ended":
        found = found.ended(today)
    for name in ("delegation", "district"):
        if chosen.get(name):
            found = found.filter(**{name: chosen[name]})
    by = "person__by_pinyin" if chosen.get("order") == "pinyin" else "person__by_strokes"
    return found.order_by(by, "pk")


@allow(rules.may_keep_register, body=Body)
def seat_add(request: Any, body: Body) -> HttpResponse:
    start = {"term": body.terms.first(), "begins": localdate(request.now)}
    form = NewSeatForm(request.POST or None, initial=start, body=body)
    back = reverse("seats", args=[body.pk])
    if request.method == "POST" and done(form, actions.add_seat, body, by=request.user, at=request.now):
        messages.success(request, _("已新增一个席位。"))
        return redirect(back)
    return _form(request, form, _("新增席位"), back, crumbs=_crumbs(body, seats=True))


SEATS = Seat.objects.select_related("person", "body", "term")


@allow(rules.may_see_seat, seat=SEATS)
def seat(request: Any, seat: Seat) -> HttpResponse:
    today = localdate(request.now)
    standing = seat.standing(today)
    entries = list(Entry.objects.about(seat).select_related("by").order_by("-pk")[:20])
    for entry in entries:
        entry.phrase = say(entry.verb)  # type: ignore[attr-defined]
    keeps = rules.may_keep_register(request.user, seat.body, request.now)
    context = {
        "seat": seat,
        "standing": standing,
        "chip": CHIPS[standing],
        "word": {**SeatsFilter.STANDINGS, "to_come": _("未开始")}[standing],
        "entries": entries,
        "keeps": keeps,
        "links": Link.objects.live(request.now).filter(user__person=seat.person_id) if keeps else [],
        "why_no_link": rules.why_no_link(request.user, seat, today) if keeps else "",
        "crumbs": [*_crumbs(seat.body, seats=True), ("", seat.person.name)],
    }
    request.body_name = seat.body.short_name
    return render(request, "people/seat.html", context)


@allow(rules.may_change_seat, seat=SEATS)
def seat_change(request: Any, seat: Seat) -> HttpResponse:
    start = {name: getattr(seat, name) for name in ("title", "district", "delegation", "term", "begins")}
    start |= {name: getattr(seat.person, name) for name in ("name", "sex", "phone")}
    form = SeatForm(request.POST or None, initial=start, body=seat.body)
    if request.method == "POST" and done(form, actions.change_seat, seat, by=request.user, at=request.now):
        return redirect("seat", seat=seat.pk)
    return _seat_form(request, form, _("修改席位"), seat)


@allow(rules.may_change_seat, seat=SEATS)
def seat_end(request: Any, seat: Seat) -> HttpResponse:
    form = EndForm(request.POST or None, body=seat.body, initial={"ends": localdate(request.now)})
    if request.method == "POST" and done(form, actions.end_seat, seat, by=request.user, at=request.now):
        messages.success(request, _("席位已终止。如系误登，可在本页撤销。"))
        return redirect("seat", seat=seat.pk)
    what = _("终止后，%(name)s不再列入应到名单。") % {"name": seat.person.name}
    return _seat_form(request, form, _("终止席位"), seat, consequence=what)


@allow(rules.may_change_seat, seat=SEATS)
def seat_reopen(request: Any, seat: Seat) -> HttpResponse:
    what = _("撤销后，席位如同没有终止过；日志保留这次终止和撤销的理由。")
    return _with_reason(request, seat, actions.reopen_seat, _("撤销终止"), what)


@allow(rules.may_change_seat, seat=SEATS)
def seat_suspend(request: Any, seat: Seat) -> HttpResponse:
    what = _("暂停期间不列入应到名单，恢复后照旧（《代表法》第六十一条）。")
    return _with_reason(request, seat, actions.suspend_seat, _("暂停执行代表职务"), what)


@allow(rules.may_change_seat, seat=SEATS)
def seat_restore(request: Any, seat: Seat) -> HttpResponse:
    what = _("恢复后，重新列入应到名单。")
    return _with_reason(request, seat, actions.restore_seat, _("恢复执行代表职务"), what)


def _with_reason(request: Any, seat: Seat, act: Any, title: str, consequence: str) -> HttpResponse:
    form = WhyForm(request.POST or None)
    if request.method == "POST" and done(form, act, seat, by=request.user, at=request.now):
        return redirect("seat", seat=seat.pk)
    return _seat_form(request, form, title, seat, consequence=consequence)


# --- offices -----------------------------------------------------------------


@allow(rules.may_keep_register, body=Body)
def office_add(request: Any, body: Body) -> HttpResponse:
    form = OfficeForm(request.POST or None, body=body, initial={"begins": localdate(request.now)})
    back = reverse("body", args=[body.pk])
    if request.method == "POST" and done(form, actions.add_office, body, by=request.user, at=request.now):
        return redirect(back)
    return _form(request, form, _("新增任职"), back, crumbs=_crumbs(body))


def _may_change_office(user: Any, office: Office, now: Any) -> bool:
    return rules.may_keep_register(user, office.body, now)


@allow(_may_change_office, office=Office.objects.select_related("person", "body"))
def office_end(request: Any, office: Office) -> HttpResponse:
    form = EndOfficeForm(request.POST or None, initial={"ends": localdate(request.now)})
    back = reverse("body", args=[office.body_id])
    if request.method == "POST" and done(form, actions.end_office, office, by=request.user, at=request.now):
        return redirect(back)
    return _form(request, form, _("终止任职：%(who)s") % {"who": office}, back, crumbs=_crumbs(office.body))


# --- what they share ---------------------------------------------------------


def _crumbs(body: Body | None = None, *, seats: bool = False) -> list[tuple[str, str]]:
    found = [(reverse("bodies"), _("机关"))]
    if body is not None:
        found.append((reverse("body", args=[body.pk]), body.short_name))
    if body is not None and seats:
        found.append((reverse("seats", args=[body.pk]), _("席位")))
    return found


def _form(
    request: HttpRequest, form: Any, title: str, back: str, crumbs: list[tuple[str, str]], **context: Any
) -> HttpResponse:
    context |= {"form": form, "title": title, "back": back, "crumbs": [*crumbs, ("", title)]}
    template = "web/confirm.html" if "consequence" in context else "web/form.html"
    return render(request, template, context)


def _seat_form(request: HttpRequest, form: Any, title: str, seat: Seat, **context: Any) -> HttpResponse:
    crumbs = [*_crumbs(seat.body, seats=True), (reverse("seat", args=[seat.pk]), seat.person.name)]
    back = reverse("seat", args=[seat.pk])
    submit = title if "consequence" in context else _("保存")
    return _form(request, form, title, back, crumbs, submit=submit, **context)
