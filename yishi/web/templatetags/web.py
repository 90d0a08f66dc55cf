"""Tags and filters of the frame: Chinese dates, money, 正 strokes, bars, pages."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from django import template
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.core.paginator import Page
    from django.template import Context

register = template.Library()

# The five strokes of 正 in the order of writing, on a field of 24 by 24.
STROKES = ("M4 4.5H20", "M12 4.5V20", "M12 12H18.5", "M6.5 11V20", "M3 20H21")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@register.filter
def zhdate(value: date | datetime | None) -> str:
    """2019年11月27日 (27 November 2019 on English pages); a moment is taken in local time."""
    if value is None:
        return ""
    day = _local(value)
    if _english():
        return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
    return f"{day.year}年{day.month}月{day.day}日"


@register.filter
def zhtime(value: datetime | None) -> str:
    """9:05, local time."""
    if value is None:
        return ""
    moment = _local(value)
    return f"{moment.hour}:{moment.minute:02d}"


@register.filter
def zhmoment(value: datetime | None) -> str:
    """2019年11月27日 9:05."""
    return f"{zhdate(value)} {zhtime(value)}" if value else ""


@register.filter
def yuan(fen: int | None, unit: str = "") -> str:
    """Money from whole fen: 1,234.50元; with unit "万" 12.35万元, 12万元 (rounded half up)."""
    if fen is None:
        return ""
    amount = Decimal(fen) / 100
    if unit == "万" and not _english():
        return f"{_two_places(amount / 10_000).removesuffix('.00')}万元"
    return f"CNY {_two_places(amount)}" if _english() else f"{_two_places(amount)}元"


@register.simple_tag
def strokes(n: int) -> SafeString:
    """`n` votes as 正 strokes, drawn (fonts lack the parts of 正); the number is there to be read out."""
    groups = [5] * (n // 5) + ([n % 5] if n % 5 else [])
    drawn = format_html_join(
        "", '<svg viewBox="0 0 24 24"><path d="{}"/></svg>', (("".join(STROKES[:k]),) for k in groups)
    )
    label = _("%(n)d 票") % {"n": n}
    return format_html('<span class="strokes" role="img" aria-label="{}">{}</span>', label, drawn)


@register.inclusion_tag("web/parts/bars.html")
def bars(
    rows: Iterable[dict[str, Any]],
    caption: str = "",
    most: int | None = None,
    need: int | None = None,
    need_text: str = "",
) -> dict[str, Any]:
    """Bars with their table. Row: {label, n, text, soft, kind}; `most`: the full width, `need`: a mark."""
    rows = list(rows)
    full = max([most or 0, need or 0, 1, *(row["n"] for row in rows)])
    return {
        "rows": [
            {**row, "text": row.get("text", row["n"]), "width": row["n"] * 1000 // full} for row in rows
        ],
        "caption": caption,
        "need": need,
        "need_at": (need or 0) * 1000 // full,
        "need_text": need_text,
    }


@register.inclusion_tag("web/parts/pages.html", takes_context=True)
def paginate(context: Context, page: Page[Any], name: str = "page") -> dict[str, Any]:
    """Links to the pages of a list; what else stands in the address (filters) is kept."""
    query = context["request"].GET.copy() if "request" in context else None

    def address(number: int) -> str:
        if query is None:
            return f"?{name}={number}"
        query[name] = str(number)
        return f"?{query.urlencode()}"

    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    links = [{"number": n, "url": address(n) if isinstance(n, int) else ""} for n in numbers]
    return {
        "page": page,
        "links": links,
        "previous": address(page.number - 1),
        "next": address(page.number + 1),
    }


@register.simple_tag
def chip(kind: str, word: str) -> SafeString:
    """A status: kind is ok, now, warn, bad, info or "" (quiet); the word says it, the shape repeats it."""
    return format_html('<span class="chip {}">{}</span>', kind, word)


def _local(value: Any) -> Any:
    return timezone.localtime(value) if isinstance(value, datetime) else value


def _english() -> bool:
    return (get_language() or "").startswith("en")


def _two_places(amount: Decimal) -> str:
    return f"{amount.quantize(Decimal('0.01'), ROUND_HALF_UP):,}"
