"""`{% stages call "vote" %}`: the year of a call from stage to stage, on each of its pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import template
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from yishi.people.rules import works_in

if TYPE_CHECKING:
    from yishi.projects.models import Call

register = template.Library()
# These are for the body that called; who votes and who deliberates sees the rest.
OWN = ("call", "topics", "rating")
STAGES = {
    "call": gettext_lazy("征集"),
    "topics": gettext_lazy("初定"),
    "candidates": pgettext_lazy("阶段", "候选"),
    "deliberation": gettext_lazy("审议"),
    "vote": gettext_lazy("票决"),
    "call_delivery": gettext_lazy("实施"),
    "rating": pgettext_lazy("阶段", "评价"),
}


@register.inclusion_tag("web/parts/tabs.html", takes_context=True)
def stages(context: dict[str, Any], call: Call, here: str) -> dict[str, Any]:
    """The stages of a year as tabs, `here` the current one, and the public ledger at the end."""
    own = works_in(context["request"].user, call.body)
    shown = [name for name in STAGES if own or name not in OWN]
    tabs = [
        {"url": reverse(name, args=[call.pk]), "label": STAGES[name], "current": name == here, "count": None}
        for name in shown
    ]
    if call.candidates_at:
        url = reverse("ledger_year", args=[call.pk])
        tabs.append({"url": url, "label": _("台账"), "current": False, "count": None})
    return {"tabs": tabs, "tabs_label": _("阶段")}
