"""What stands at the foot of a public page: the letter that sends its address on."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from django import template
from django.conf import settings
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from django.template import Context

register = template.Library()


@register.simple_tag(takes_context=True)
def mail_address(context: Context, title: str = "") -> str:
    """A mailto: link without an addressee: the page's title as subject, title and address as text."""
    crumbs = context.get("crumbs") or [("", _("议事"))]
    name = str(title or crumbs[-1][1])
    text = f"{name}\r\n{settings.YISHI_URL}{context['request'].get_full_path()}"
    return f"mailto:?subject={quote(name, safe='')}&body={quote(text, safe='')}"
