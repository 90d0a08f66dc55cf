"""What the big screen shows: pushed by the vote, or chosen on the control page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from yishi.journal.chain import write
from yishi.meetings.models import Meeting, Screen, new_code
from yishi.meetings.rules import may_show_screen
from yishi.web.access import require

if TYPE_CHECKING:
    from datetime import datetime

Scene = Screen.Scene
# These draw the meeting's own rows; the others draw what the vote pushed, and nothing before that.
OWN = (Scene.WELCOME, Scene.SIGN_IN, Scene.AGENDA, Scene.BLANK)


@transaction.atomic
def show(
    meeting: Meeting,
    scene: str,
    data: dict[str, Any] | None = None,
    *,
    by: Any,
    at: datetime,
    take: bool = True,
) -> None:
    """Push a scene and the data it draws; `take=False` keeps another scene that is being shown.

    The caller's own action has already required its right (a scrutineer seals the box, and the
    screen follows), so that nothing is required here. The data of each scene is kept, so that the
    control page can go back to it. Journalled when the scene changes. Data by scene, all plain JSON:

    method   {title, points: [str]}                          voting method, one line each
    voting   {title, entitled, present, issued}              never a partial result
    sealed   {title, entitled, present, issued, returned}
    counting {title, rows: [{title, strokes}], counted, of}  whole numbers
    result   {title, sentence, figures: [{label, value}],
              rows: [{place, title, for, against, abstain, adopted}]}
    adopted  {title, rows: [{place, title, for}]}
    sign_in  {slips, papers or null, out}                    which door they took, beside the meeting's own
    welcome, agenda, blank                                   drawn from the meeting, no data

    In rows of `result` further grades (satisfied, basically, dissatisfied) may stand for the three.
    Raises ValidationError for an unknown scene.
    """
    if scene not in Scene.values:
        raise ValidationError(_("大屏没有“%(scene)s”这个画面。") % {"scene": scene})
    Screen.objects.get_or_create(meeting=meeting)
    screen = Screen.objects.select_for_update().get(meeting=meeting)
    before = screen.scene
    if data is not None:
        screen.data = {**screen.data, scene: data}
    if take:
        screen.scene = scene
    screen.version += 1
    screen.at = at
    screen.save(update_fields=["data", "scene", "version", "at"])
    if screen.scene != before:
        write(meeting.chain, "meetings.screen", meeting, by=by, at=at, scene=scene)


def touch(meeting: Meeting) -> None:
    """Let the screens draw again: something they may be showing has changed. One statement."""
    Screen.objects.filter(meeting=meeting).update(version=F("version") + 1)


@transaction.atomic
def choose_scene(meeting: Meeting, scene: str, *, by: Any, at: datetime) -> None:
    """Switch the screen by hand. Raises ValidationError where the vote has not come to that scene."""
    require(may_show_screen(by, meeting, at))
    screen, _new = Screen.objects.get_or_create(meeting=meeting)
    if scene in Scene.values and scene not in OWN and scene not in screen.data:
        raise ValidationError(
            _("“%(scene)s”还没有内容，等表决进行到这一步再显示。") % {"scene": Scene(scene).label}
        )
    show(meeting, scene, by=by, at=at)


@transaction.atomic
def renew_screen_link(meeting: Meeting, *, by: Any, at: datetime) -> str:
    """Make the old link of the big screen void and give the key of the new one."""
    require(may_show_screen(by, meeting, at))
    key = new_code()
    Screen.objects.update_or_create(meeting=meeting, defaults={"key": key})
    write(meeting.chain, "meetings.screen_link_renewed", meeting, by=by, at=at)
    return key
