"""Rows that were deleted are gone from the database's files too, as far as a program can see to it."""

from functools import partial

from django.db import connection, transaction

FLUSHED_SINCE = 150000  # version of PostgreSQL that can be asked to count its dead rows at once


def forget(table: str) -> None:
    """To be said where rows of `table` are deleted: once that is committed, no file is to show them.

    SQLite overwrites them (`secure_delete`) but keeps them in its log of writes, in the order they
    came: the log is cut, waiting two seconds for readers. PostgreSQL keeps dead rows until VACUUM.
    Should it fail, the deletion stands; `yishi secrecy-check` tells.
    """
    transaction.on_commit(partial(_wipe, table), robust=True)


def _wipe(table: str) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            waits = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
            cursor.execute("PRAGMA busy_timeout = 2000")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            cursor.execute(f"PRAGMA busy_timeout = {waits}")
            return
        if getattr(connection, "pg_version", 0) >= FLUSHED_SINCE:
            cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute(f"VACUUM {connection.ops.quote_name(table)}")
