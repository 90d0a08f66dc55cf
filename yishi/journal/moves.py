"""The one way to change a decided state: a compare-and-swap that writes the journal with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from yishi.journal.chain import write

if TYPE_CHECKING:
    from datetime import datetime


class MoveError(ValidationError):
    """The state does not lead there, or somebody else moved it at the same moment."""


def move(
    thing: models.Model,
    to: str,
    *,
    chain: str,
    by: Any,
    at: datetime,
    why: str = "",
    field: str = "state",
    also: dict[str, Any] | None = None,
    **data: Any,
) -> None:
    """Move `thing.state` to `to` by its `MOVES` table and write the journal, in one transaction.

    `also` holds other fields that change in the same statement. Raises MoveError when MOVES does
    not lead there or when the row no longer stands where this copy says (two clerks at once).
    """
    model = type(thing)
    now_at = getattr(thing, field)
    moves: dict[str, set[str]] = model.MOVES  # type: ignore[attr-defined]
    if to not in moves.get(now_at, set()):
        raise MoveError(
            _("现在是“%(now)s”，不能改为“%(to)s”。")
            % {"now": _state_name(model, field, now_at), "to": _state_name(model, field, to)},
            code="move",
        )
    with transaction.atomic():
        changed = model._default_manager.filter(pk=thing.pk, **{field: now_at}).update(
            **{field: to, **(also or {})}
        )
        if not changed:
            raise MoveError(_("刚才已有人改动了它，请刷新页面再看。"), code="stale")
        write(
            chain,
            f"{model._meta.label_lower}.{to}",
            thing,
            by=by,
            at=at,
            why=why,
            **{"from": now_at, "to": to, **data},
        )
    for name, value in {field: to, **(also or {})}.items():
        setattr(thing, name, value)


def _state_name(model: type[models.Model], field: str, value: str) -> str:
    choices: list[tuple[Any, Any]] = getattr(model._meta.get_field(field), "flatchoices", [])
    return str(dict(choices).get(value, value))
