"""Where the towns and streets of a body stand on its schematic map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from yishi.journal.chain import write
from yishi.projects.models import Spot
from yishi.projects.rules.calls import towns_of
from yishi.projects.rules.candidates import may_keep_map
from yishi.web.access import require

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from yishi.people.models import Body

MOST = 1000


@transaction.atomic
def set_spots(body: Body, points: Mapping[int, tuple[int, int] | None], *, by: Any, at: datetime) -> None:
    """Set the spots of towns by their key; None takes a spot away, what is not named stays."""
    require(may_keep_map(by, body, at))
    known = {town.pk for town in towns_of(body)}
    if set(points) - known:
        raise ValidationError(_("只能标注本机关下面的乡镇、街道。"))
    if any(point and not all(0 <= one <= MOST for one in point) for point in points.values()):
        raise ValidationError(_("地图上的位置应在0到1000之间。"))
    for key, point in points.items():
        if point is None:
            Spot.objects.filter(body=key).delete()
        else:
            Spot.objects.update_or_create(body_id=key, defaults={"x": point[0], "y": point[1]})
    spots = {str(key): point for key, point in points.items()}
    write(body.chain, "projects.spots_set", body, by=by, at=at, spots=spots)
