"""Doing things to the register, to accounts and roles, and to the links deputies come in by."""

from yishi.people.actions.accounts import (
    add_user,
    change_user,
    end_role,
    grant,
    reset_password,
    start_user,
    stop_user,
    tie,
)
from yishi.people.actions.links import make_link, make_links, revoke_link, use_link
from yishi.people.actions.register import (
    add_body,
    add_office,
    add_seat,
    add_term,
    change_body,
    change_seat,
    change_term,
    end_office,
    end_seat,
    reopen_seat,
    restore_seat,
    suspend_seat,
)
from yishi.people.actions.sheet import Import, check_sheet, take_in

__all__ = [
    "Import",
    "add_body",
    "add_office",
    "add_seat",
    "add_term",
    "add_user",
    "change_body",
    "change_seat",
    "change_term",
    "change_user",
    "check_sheet",
    "end_office",
    "end_role",
    "end_seat",
    "grant",
    "make_link",
    "make_links",
    "reopen_seat",
    "reset_password",
    "restore_seat",
    "revoke_link",
    "start_user",
    "stop_user",
    "suspend_seat",
    "take_in",
    "tie",
    "use_link",
]
