"""Tries to say who cast which ballot of a meeting's votes by phone, by all that is kept anywhere.

Nothing that is found is ever named: only where it lies, and how many.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection
from django.utils.translation import gettext as _

from yishi.journal.models import Entry
from yishi.voting.rules.secrecy import disk, order, tables
from yishi.voting.rules.secrecy.needles import needles

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from yishi.meetings.models import Meeting
    from yishi.voting.rules.secrecy.needles import Needles
    from yishi.voting.rules.secrecy.tables import Hit


@dataclass(frozen=True)
class Attempt:
    """tried: what, as a sentence. found: where -> how many. left: what is known to remain for now."""

    key: str
    tried: str
    found: Mapping[str, int]
    left: str = ""


def attempts(
    meeting: Meeting, *, logs: Iterable[Path] = (), backups: Iterable[Path] = ()
) -> Iterator[Attempt]:
    """One after the other; the meeting must have sealed voting. Reads everything, changes nothing."""
    wanted = needles(meeting)
    yield from _schema()
    with connection.cursor() as cursor:
        hits = tables.search(cursor, connection.vendor, wanted)
    yield from _values(hits)
    yield from _order(meeting, wanted)
    yield _times(hits)
    yield Attempt(
        "logs",
        _("日志文件和数据文件夹里找公钥、回执号、投票码和带地址的投票请求（只找明文）"),
        disk.logs(logs, wanted),
    )
    yield _backups(disk.backups(backups), wanted)


# --- tables --------------------------------------------------------------------


def _schema() -> Iterator[Attempt]:
    with connection.cursor() as cursor:
        columns = tables.columns(cursor, connection.vendor)
        triggers = tables.triggers(cursor, connection.vendor)
    ways = tables.paths(tables.relations(connection))
    yield Attempt("relations", _("从人到票的表间关系，会议、表决、票箱除外"), Counter(ways))
    yield Attempt("columns", _("票和领票的表里多出来的列"), Counter(tables.unexpected(columns)))
    yield Attempt("time_columns", _("票的表里的时间列"), Counter(tables.times(columns)))
    yield Attempt("triggers", _("票的表上的触发器"), Counter(triggers))


def _values(hits: Mapping[Hit, int]) -> Iterator[Attempt]:
    said = {
        "credential": _("所有表里找投票码的公钥，名单和票除外"),
        "tracker": _("所有表里找回执号，票和记录除外"),
        "key": _("所有表里找票的主键"),
        "code": _("所有表里找投票码，包括会话、计数器、日志"),
    }
    for kind, tried in said.items():
        yield Attempt(kind, tried, {hit.where: n for hit, n in hits.items() if hit.kind == kind})


def _times(hits: Mapping[Hit, int]) -> Attempt:
    found = Counter({hit.where: n for hit, n in hits.items() if hit.timed})
    for model in ("voting.castballot", "voting.exchangedslip", "voting.recordentry"):
        if n := Entry.objects.filter(thing__startswith=f"{model}:").count():
            found["journal_entry.thing"] += n
    with connection.cursor() as cursor:
        # Counters are kept with a time; none may be kept of the booth.
        cursor.execute("SELECT count(*) FROM cache WHERE cache_key LIKE %s", ["%booth%"])
        if n := cursor.fetchone()[0]:
            found["cache.cache_key"] += n
    return Attempt("times", _("同一时刻写下的人和票：带时间的行里提到票的"), found)


# --- order ---------------------------------------------------------------------


def _order(meeting: Meeting, wanted: Needles) -> Iterator[Attempt]:
    n = order.unsorted(meeting)
    where = {"voting_recordentry": n} if n else {}
    yield Attempt("record_order", _("记录里的票不按回执号排列"), where)
    yield Attempt("list_order", _("投票码名单不按公钥排列"), order.lists(meeting))
    n = order.lone_lots(meeting)
    where = {"voting_sliplot": n} if n else {}
    yield Attempt("lone_slips", _("只登记一张投票码的批次"), where)
    yield Attempt("keys", _("票的主键按先后编号"), order.counted_keys(meeting))
    yield Attempt("server_log", _("数据库把语句或提交时间另外记下"), Counter(order.server_logs()))
    yield _disk(meeting, wanted)


def _disk(meeting: Meeting, wanted: Needles) -> Attempt:
    """Where the database puts rows one after the other, the place of a row tells when it came."""
    tried = _("数据库文件、空闲页和写前日志里已截止票箱的票，按投票先后")
    if connection.vendor != "sqlite":
        tried = _("数据库里已截止票箱的票的行（ctid、xmin），按投票先后")
    path = disk.live()
    found: Counter[str] = disk.beside(path, wanted) if path else Counter()
    why = order.not_wiped()
    if why:
        found[why] += 1
    left = ""
    if n := order.in_the_box(meeting):
        left = _(
            "票箱里还有%(n)s张票：合成记录以前，谁能读服务器的磁盘，谁就能看出先后（看不出是谁、投了什么）。"
        ) % {"n": n}
    elif found["wal"]:
        left = _("停一次服务，写前日志就会清掉；然后再查一遍。")
    return Attempt("disk", tried, found, left)


# --- backups -------------------------------------------------------------------


def _backups(files: Iterable[Path], wanted: Needles) -> Attempt:
    found: Counter[str] = Counter()
    unread = n = 0
    for n, path in enumerate(files, start=1):  # noqa: B007
        inside, whole = disk.in_backup(path, wanted)
        unread += not whole
        found.update({f"{path}: {where}": many for where, many in inside.items()})
    left = _("%(n)s份备份读不了：没有 pg_restore。") % {"n": unread} if unread else ""
    tried = _("备份里找同样的内容（%(n)s份）") % {"n": n}
    return Attempt("backups", tried, found, left)
