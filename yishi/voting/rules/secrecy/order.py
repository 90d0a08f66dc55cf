"""Orders that could say when a ballot came: of the record, of lists, of keys, on the disk."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING

from django.db import connection
from django.utils.translation import gettext as _

from yishi.voting.models import CastBallot, ExchangedSlip, SealedBox
from yishi.voting.rules.secrecy.needles import SMALL, recorded

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from yishi.meetings.models import Meeting


def unsorted(meeting: Meeting) -> int:
    """Ballots in the records that stand before one with a smaller tracker (each voter's last)."""
    n = 0
    for box in SealedBox.objects.filter(poll__meeting=meeting):
        rows = list(recorded(box))
        last = dict(rows)
        n += steps_down([last[credential] for credential, _tracker in rows])
    return n


def lists(meeting: Meeting) -> dict[str, int]:
    """Table -> lists of slips out of order, by the text of a key or by its bytes."""
    session = meeting.sealed
    found = {
        "voting_sliplot.listings": [one for lot in session.lots.all() for one in lot.listings.values()],
        "voting_struckslip.listings": [one for cut in session.struck.all() for one in cut.listings.values()],
        "voting_sealedbox.listing": [
            [entry.partition(",")[0] for entry in json.loads(box.listing)]
            for box in SealedBox.objects.filter(poll__meeting=meeting)
        ],
    }
    return {where: n for where, some in found.items() if (n := sum(not is_sorted(one) for one in some))}


def lone_lots(meeting: Meeting) -> int:
    """Slips registered all alone: whoever draws next holds that one."""
    return meeting.sealed.lots.filter(size=1).count()


def steps_down(values: Sequence[str]) -> int:
    return sum(one > other for one, other in pairwise(values))


def is_sorted(publics: Sequence[str]) -> bool:
    """By the text of the keys, or by their bytes."""
    turned = [bytes.fromhex(public)[::-1] for public in publics]
    return list(publics) == sorted(publics) or turned == sorted(turned)


def counted_keys(meeting: Meeting) -> dict[str, int]:
    """Table -> primary keys so small that somebody must have counted them up."""
    found = {}
    for model in (CastBallot, ExchangedSlip):
        n = model._default_manager.filter(box__poll__meeting=meeting, pk__lt=SMALL).count()
        if n:
            found[model._meta.db_table] = n
    return found


def in_the_box(meeting: Meeting) -> int:
    """Ballots in boxes not yet closed: the disk tells their order until the record is made."""
    return CastBallot.objects.filter(box__poll__meeting=meeting).count()


def not_wiped() -> str:
    """Why deleted rows might stay readable in the database's files; empty where they do not."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA secure_delete")
            return "" if cursor.fetchone()[0] == 1 else "PRAGMA secure_delete = 0"
        cursor.execute(
            "SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = 'voting_castballot'"
            " AND schemaname = current_schema()"
        )
        row = cursor.fetchone()
    dead = row[0] if row else 0
    return (
        _("voting_castballot里还有%(n)s行没有清除，请运行 VACUUM voting_castballot") % {"n": dead}
        if dead
        else ""
    )


def server_logs() -> list[str]:
    """Settings of PostgreSQL by which it writes ballots, or times of transactions, down elsewhere."""
    if connection.vendor == "sqlite":
        return []
    bad: dict[str, Iterable[str]] = {
        "log_statement": ("mod", "all"),
        "log_min_duration_statement": ("0",),
        "track_commit_timestamp": ("on",),
    }
    found = []
    with connection.cursor() as cursor:
        for name, values in bad.items():
            cursor.execute("SELECT current_setting(%s)", [name])
            value = cursor.fetchone()[0]
            if value in values:
                found.append(f"{name} = {value}")
    return found
