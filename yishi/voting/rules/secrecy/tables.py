"""Every table of a database, ours or of a backup: relations, columns, and each value in turn."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from yishi.voting.rules.secrecy.needles import unfold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from yishi.voting.rules.secrecy.needles import Needles

    Columns = dict[str, dict[str, str]]  # table -> column -> its type

# What the tables of ballots are made of; one column more is a finding.
BALLOT: Mapping[str, frozenset[str]] = {
    "voting_castballot": frozenset({"id", "box_id", "credential", "turn", "tracker", "content"}),
    "voting_exchangedslip": frozenset({"id", "box_id", "credential"}),
    "voting_recordentry": frozenset({"id", "box_id", "place", "name", "content"}),
}
DRAW = frozenset({"id", "session_id", "voter_id", "door", "by_id"})
PERSONS = ("voting_draw", "meetings_voter", "people_user", "people_person", "people_seat")
# A meeting, its votes and their boxes are common to all who vote: through them nobody is told apart.
COMMON = frozenset({"meetings_meeting", "voting_poll", "voting_sealedsession", "voting_sealedbox"})
# Where the names of ballots and slips belong.
HOME: Mapping[str, frozenset[str]] = {
    "voting_castballot": frozenset({"id", "credential", "tracker", "content"}),
    "voting_exchangedslip": frozenset({"credential"}),
    "voting_recordentry": frozenset({"name", "content"}),
    "voting_sealedbox": frozenset({"listing"}),
    "voting_sliplot": frozenset({"listings"}),
    "voting_struckslip": frozenset({"listings"}),
}
SQLITE_COLUMNS = (
    "SELECT m.name, p.name, p.type FROM sqlite_master m JOIN pragma_table_info(m.name) p"
    " WHERE m.type = 'table'"
)
POSTGRES_COLUMNS = (
    "SELECT table_name, column_name, data_type FROM information_schema.columns"
    " WHERE table_schema = current_schema()"
    " AND table_name IN (SELECT tablename FROM pg_tables WHERE schemaname = current_schema())"
)


@dataclass(frozen=True)
class Hit:
    """kind: credential | tracker | code | key. `timed`: the row has a time as well."""

    kind: str
    where: str
    timed: bool


def columns(cursor: Any, vendor: str) -> Columns:
    cursor.execute(SQLITE_COLUMNS if vendor == "sqlite" else POSTGRES_COLUMNS)
    found: Columns = {}
    for table, column, kind in cursor.fetchall():
        found.setdefault(table, {})[column] = kind.lower()
    return found


def is_time(kind: str) -> bool:
    return kind.startswith(("date", "time"))


def search(cursor: Any, vendor: str, needles: Needles) -> Counter[Hit]:
    """How many rows of each column hold a needle that does not belong there."""
    hits: Counter[Hit] = Counter()
    for table, kinds in columns(cursor, vendor).items():
        cursor.execute(f'SELECT * FROM "{table}"')
        names = [one[0] for one in cursor.description]
        timed = any(map(is_time, kinds.values()))
        while rows := cursor.fetchmany(500):
            for row in rows:
                hits.update(in_row(table, zip(names, row, strict=True), needles, timed))
    return hits


def in_row(
    table: str, row: Iterable[tuple[str, Any]], needles: Needles, timed: bool = False
) -> Iterator[Hit]:
    home = HOME.get(table, frozenset())
    for column, value in row:
        if column in home or value is None or isinstance(value, (bool, float)):
            continue
        if isinstance(value, int):
            kinds = {"key"} if str(value) in needles.keys else set()
        else:
            kinds = {kind for text in unfold(value) for kind in needles.kinds(text)}
        for kind in kinds:
            yield Hit(kind, f"{table}.{column}", timed)


# --- the plan of the tables ----------------------------------------------------


def unexpected(found: Columns) -> list[str]:
    """Columns that the tables of ballots, or of doors taken, should not have."""
    wanted = {**BALLOT, "voting_draw": DRAW}
    return [
        f"{table}.{column}"
        for table, expected in wanted.items()
        for column in found.get(table, {})
        if column not in expected
    ]


def times(found: Columns) -> list[str]:
    """Columns of a time on a ballot or on an exchanged slip."""
    return [f"{t}.{c}" for t in BALLOT for c, kind in found.get(t, {}).items() if is_time(kind)]


def relations(connection: Any) -> set[tuple[str, str]]:
    """(table, the table that it points at) of every foreign key, as the database has them."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        return {
            (table, target[1])
            for table in tables
            for target in connection.introspection.get_relations(cursor, table).values()
        }


def paths(edges: set[tuple[str, str]]) -> list[str]:
    """Ways from a person to a ballot, either direction of a relation, that avoid what is common."""
    beside: dict[str, set[str]] = {}
    for one, other in edges:
        beside.setdefault(one, set()).add(other)
        beside.setdefault(other, set()).add(one)
    ways: dict[str, str] = {table: table for table in PERSONS}
    waiting = list(PERSONS)
    while waiting:
        here = waiting.pop(0)
        for other in sorted(beside.get(here, set()) - COMMON - set(ways)):
            ways[other] = f"{ways[here]} – {other}"
            waiting.append(other)
    return [ways[table] for table in BALLOT if table in ways]


def triggers(cursor: Any, vendor: str) -> list[str]:
    """Triggers on the tables of ballots: they could note a time elsewhere."""
    if vendor == "sqlite":
        cursor.execute("SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'")
    else:
        cursor.execute(
            "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE NOT t.tgisinternal"
        )
    return [f"{table}: {name}" for table, name in cursor.fetchall() if table in BALLOT]
