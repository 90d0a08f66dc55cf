"""Where the towns and streets of a body stand on its schematic map, and its landmarks."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from yishi.journal.chain import write
from yishi.projects.models import Landmark, Spot
from yishi.projects.rules.calls import map_owner, towns_of
from yishi.projects.rules.candidates import may_keep_map
from yishi.web.access import require

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from yishi.people.models import Body

MOST = 1000
LANDMARKS = 20  # more than these nobody can read


@transaction.atomic
def set_map(
    body: Body,
    points: Mapping[int, tuple[int, int] | None],
    landmarks: Sequence[tuple[str, int, int]],
    *,
    by: Any,
    at: datetime,
) -> None:
    """Both at once, or neither; what a body does not have is left alone."""
    require(may_keep_map(by, body, at))
    if points:
        set_spots(body, points, by=by, at=at)
    set_landmarks(body, landmarks, by=by, at=at)


@transaction.atomic
def set_spots(body: Body, points: Mapping[int, tuple[int, int] | None], *, by: Any, at: datetime) -> None:
    """Set the spots of towns by their key; None takes a spot away, what is not named stays."""
    require(may_keep_map(by, body, at))
    known = {town.pk for town in towns_of(body)}
    if set(points) - known:
        raise ValidationError(_("只能标注本机关下面的乡镇、街道。"))
    if not all(_is_on_map(*point) for point in points.values() if point):
        raise ValidationError(_("地图上的位置应在0到1000之间。"))
    for key, point in points.items():
        if point is None:
            Spot.objects.filter(body=key).delete()
        else:
            Spot.objects.update_or_create(body_id=key, defaults={"x": point[0], "y": point[1]})
    spots = {str(key): point for key, point in points.items()}
    write(body.chain, "projects.spots_set", body, by=by, at=at, spots=spots)


@transaction.atomic
def set_landmarks(body: Body, landmarks: Sequence[tuple[str, int, int]], *, by: Any, at: datetime) -> None:
    """Make these (name, x, y) the landmarks of the map, in this order; no entry where nothing changes."""
    require(may_keep_map(by, body, at))
    owner = map_owner(body)
    wanted = [(name.strip(), x, y) for name, x, y in landmarks]
    _check(wanted)
    if wanted == list(owner.landmarks.values_list("name", "x", "y")):
        return
    owner.landmarks.all().delete()
    Landmark.objects.bulk_create(Landmark(body=owner, name=name, x=x, y=y) for name, x, y in wanted)
    write(body.chain, "projects.landmarks_set", body, by=by, at=at, landmarks=wanted)


def _check(landmarks: Sequence[tuple[str, int, int]]) -> None:
    if len(landmarks) > LANDMARKS:
        raise ValidationError(_("地标最多%(n)d个。") % {"n": LANDMARKS})
    most = Landmark._meta.get_field("name").max_length or 0
    if not all(0 < len(name) <= most for name, _x, _y in landmarks):
        raise ValidationError(_("地标的名称为1至%(n)d个字。") % {"n": most})
    if not all(_is_on_map(x, y) for _name, x, y in landmarks):
        raise ValidationError(_("地图上的位置应在0到1000之间。"))
    twice = [name for name, n in Counter(name for name, _x, _y in landmarks).items() if n > 1]
    if twice:
        raise ValidationError(_("地标“%(name)s”写了不止一次。") % {"name": twice[0]})


def _is_on_map(x: int, y: int) -> bool:
    return 0 <= x <= MOST and 0 <= y <= MOST
