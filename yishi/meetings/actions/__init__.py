"""What is done in a meeting: plain verbs that require, change, and write the journal."""

from yishi.meetings.actions.agenda import add_items, drop_item, finish_item, place_item, reopen_item
from yishi.meetings.actions.attendance import (
    close_sign_in,
    entitle,
    grant_leave,
    leave,
    open_sign_in,
    sign_in,
    undo_sign_in,
)
from yishi.meetings.actions.materials import add_material, deliver, deliver_on_paper, withdraw_material
from yishi.meetings.actions.meeting import (
    call,
    change,
    close_meeting,
    copy_as_rehearsal,
    open_meeting,
    plan,
    wipe_rehearsal,
)
from yishi.meetings.actions.screen import choose_scene, renew_screen_link, show, touch

__all__ = [
    "add_items",
    "add_material",
    "call",
    "change",
    "choose_scene",
    "close_meeting",
    "close_sign_in",
    "copy_as_rehearsal",
    "deliver",
    "deliver_on_paper",
    "drop_item",
    "entitle",
    "finish_item",
    "grant_leave",
    "leave",
    "open_meeting",
    "open_sign_in",
    "place_item",
    "plan",
    "renew_screen_link",
    "reopen_item",
    "show",
    "sign_in",
    "touch",
    "undo_sign_in",
    "wipe_rehearsal",
    "withdraw_material",
]
