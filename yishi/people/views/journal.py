"""The journal as people read it: filtered, by page, on paper, and proved by the auditor."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.paginator import Paginator
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import make_aware
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from yishi.journal.chain import SYSTEM
from yishi.journal.models import Chain, Entry
from yishi.journal.words import VERBS, name, say
from yishi.people import actions, rules
from yishi.people.forms import JournalFilter
from yishi.people.models import Body, Role, User
from yishi.web.access import allow, require

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpResponse

    from yishi.journal.models import EntryQuerySet

PER_PAGE = 50
ON_PAPER = 1000
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2999, 12, 31)
NOTHING: tuple[Any, ...] = ("", None, {}, [])


@allow(rules.may_open_journal)
def journal(request: Any) -> HttpResponse:
    form, entries, chains = _asked(request)
    page = Paginator(entries, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "lines": _lines(page.object_list, chains),
        "audits": rules.is_auditor(request.user),
        "query": request.GET.urlencode(),
    }
    return render(request, "people/journal.html", context)


@allow(rules.may_open_journal)
def journal_print(request: Any) -> HttpResponse:
    _form, entries, chains = _asked(request)
    number = entries.count()
    context = {
        "lines": _lines(entries[:ON_PAPER], chains),
        "number": number,
        "most": ON_PAPER,
        "now": request.now,
    }
    return render(request, "people/journal_print.html", context)


@allow(rules.is_auditor)
@require_POST
def journal_verify(request: Any) -> HttpResponse:
    faults = actions.verify_journal(by=request.user, at=request.now)
    english = (get_language() or "").startswith("en")
    names = _readable(request.user)
    context = {
        "faults": [(names.get(f.chain, f.chain), f.number, f.en if english else f.zh) for f in faults],
        "number": Entry.objects.count(),
        "chains": Chain.objects.count(),
        "crumbs": [(reverse("journal"), _("日志")), ("", _("核验"))],
    }
    return render(request, "people/journal_verify.html", context)


def _asked(request: Any) -> tuple[JournalFilter, EntryQuerySet, dict[str, str]]:
    """The filter, what it finds, and the chains this person may read with their names."""
    names = _readable(request.user)
    form = JournalFilter(
        request.GET,
        chains=list(names.items()),
        people=_people(names, request.GET.get("by", "")),
        verbs=sorted(_verbs().items(), key=lambda pair: pair[1]),
    )
    form.is_valid()
    asked = form.cleaned_data
    if chain := request.GET.get("chain"):
        require(rules.may_read_journal(request.user, chain, request.now))
    entries = Entry.objects.select_related("by", "chain").between(
        _midnight(asked.get("first")), _midnight(asked.get("last"), after=1)
    )
    if not rules.is_auditor(request.user) or asked.get("chain"):
        entries = entries.filter(chain__name__in=[asked["chain"]] if asked.get("chain") else list(names))
    if asked.get("by"):
        entries = entries.filter(by=asked["by"])
    if asked.get("verb"):
        entries = entries.filter(verb=asked["verb"])
    if asked.get("thing"):
        entries = entries.filter(thing=asked["thing"])
    return form, entries, names


def _readable(user: User) -> dict[str, str]:
    """Chain name -> what it is called; the auditor's are all."""
    bodies = {body.chain: body.short_name for body in Body.objects.all()}
    if rules.is_auditor(user):
        return {SYSTEM: _("系统"), **bodies}
    own = [body for body, duty in user.held if body is not None]
    return {b.chain: b.short_name for b in Body.objects.filter(pk__in=own)}


def _people(chains: Iterable[str], asked: str) -> list[tuple[Any, str]]:
    """Who may be asked for: holders of a role in these bodies; a name in an address would be told."""
    codes = [chain.removeprefix("body:") for chain in chains]
    held = Role.objects.filter(body__code__in=codes) | Role.objects.filter(body__isnull=True)
    found = User.objects.filter(pk__in=held.values("user"))
    if asked.isdecimal() and len(asked) < 19:
        found = found | User.objects.filter(pk=int(asked))
    return [(user.pk, f"{user.name} · {user.username}") for user in found.order_by("username")]


def _verbs() -> dict[str, str]:
    return {verb: say(verb) for verb in VERBS}


def _midnight(day: date | None, after: int = 0) -> datetime | None:
    if day is None:
        return None
    day = min(max(day, FIRST_DAY), LAST_DAY)  # at the ends of time no time zone can be reckoned
    return make_aware(datetime.combine(day + timedelta(days=after), time()))


def _lines(entries: Iterable[Entry], chains: dict[str, str]) -> list[dict[str, Any]]:
    """Entries as sentences: who did what to which thing; one query for each kind of thing."""
    found = list(entries)
    names = _names({entry.thing for entry in found})
    return [
        {
            "entry": entry,
            "who": str(entry.by) if entry.by else _("系统"),
            "what": say(entry.verb),
            "thing": names.get(entry.thing, entry.thing),
            "chain": chains.get(entry.chain.name, entry.chain.name),
            "data": [(name(key), _text(value)) for key, value in entry.data.items() if value not in NOTHING],
        }
        for entry in found
    ]


def _names(things: set[str]) -> dict[str, str]:
    wanted: dict[str, list[int]] = {}
    for thing in things:
        label, _colon, pk = thing.partition(":")
        if pk.isdecimal() and "." in label:
            wanted.setdefault(label, []).append(int(pk))
    names = {}
    for label, keys in wanted.items():
        try:
            model = apps.get_model(label)
        except (LookupError, ValueError):
            continue
        kind = model._meta.verbose_name
        # Without names select_related follows what is never null: all that our __str__ needs.
        for row in model._default_manager.filter(pk__in=keys).select_related():
            names[f"{label}:{row.pk}"] = str(row) if "__str__" in vars(model) else f"{kind} {row.pk}"
    return names


def _text(value: Any) -> str:
    if isinstance(value, dict):
        colon = pgettext("标点", "：")
        said = (f"{name(key)}{colon}{_text(inner)}" for key, inner in value.items())
        return pgettext("标点", "；").join(said)
    if isinstance(value, list):
        return " → ".join(_text(inner) for inner in value)
    return str(value)
