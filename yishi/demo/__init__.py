"""The demo county: Yongjia as the facts of 2019 state it, with invented persons and votes."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.core.management import call_command

if TYPE_CHECKING:
    from datetime import datetime

PASSWORD = "yongjia-demo-2019"


class Account(NamedTuple):
    """A way to sign in to the demo."""

    username: str
    password: str
    what: str


def is_empty() -> bool:
    """Nothing is in yet: no account."""
    from yishi.people.models import User

    return not User.objects.exists()


@cache
def is_demo() -> bool:
    """The demo county is in: its journal says so. Asked once by each process."""
    from yishi.journal.models import Entry

    return Entry.objects.filter(verb="demo.built").exists()


def build(at: datetime) -> None:
    """Build the county through the rooms' own actions, all or nothing; `at` is today."""
    from yishi.demo import county

    county.build(at)
    is_demo.cache_clear()


def wipe() -> None:
    """Empty the database and the uploads of a demo. The caller has asked `is_demo`."""
    call_command("flush", interactive=False, verbosity=0)
    shutil.rmtree(Path(settings.MEDIA_ROOT), ignore_errors=True)
    is_demo.cache_clear()


def accounts() -> list[Account]:
    from yishi.demo.cast import LISTED

    return [Account(username, PASSWORD, what) for username, what in LISTED]
