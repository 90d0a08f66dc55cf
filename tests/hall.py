"""A real server on a database of its own, and tellers who key by HTTP: for the kill test and the bench."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
GRANIAN = ["granian", "--interface", "wsgi", "--no-ws", "--host", "127.0.0.1"]
GRANIAN += ["--blocking-threads", "4", "--log-level", "warning", "--no-access-log"]


class Hall:
    """A server process that can be killed and started again; the database stays."""

    def __init__(self, folder: Path, workers: int = 1) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.folder = folder
        self.workers = workers
        self.process: subprocess.Popen[bytes] | None = None
        self.env = {**os.environ, "YISHI_DATA": str(folder), "YISHI_SECRET_KEY": "only-for-this-hall" * 3}
        self.env |= {"DJANGO_SETTINGS_MODULE": "yishi.settings", "PYTHONPATH": str(ROOT)}
        self.env.pop("DATABASE_URL", None)

    def seed(self, returned: int, lines: int, batch_size: int = 50) -> dict[str, Any]:
        """{"batches": [(pk, size)], "one": [session, …], "two": …}: a poll ready to be keyed."""
        command = [sys.executable, "-m", "tests.hall", str(returned), str(lines), str(batch_size)]
        made = subprocess.run(command, cwd=ROOT, env=self.env, capture_output=True, check=True)
        return json.loads(made.stdout.splitlines()[-1])

    def start(self) -> None:
        command = [sys.executable, "-m", *GRANIAN, "--port", str(self.port), "--workers", str(self.workers)]
        self.process = subprocess.Popen(
            [*command, "yishi.wsgi:application"], cwd=ROOT, env=self.env, start_new_session=True
        )
        for _ in range(600):
            try:
                self.ask("GET", "/account/login/")
                return
            except OSError:
                time.sleep(0.05)
        raise TimeoutError("the server did not start")

    def kill(self) -> None:
        """SIGKILL for the server and all its workers: nothing is tidied up."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def ask(
        self, method: str, path: str, body: str = "", headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            line.request(method, path, body.encode(), headers or {})
            answer = line.getresponse()
            return answer.status, answer.read()
        finally:
            line.close()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        line = sqlite3.connect(self.folder / "yishi.sqlite3", timeout=20)
        try:
            return line.execute(query).fetchall()
        finally:
            line.close()


class Teller:
    """Keys sheets as the keypad does: one message at a time, sent again until it is answered."""

    def __init__(self, hall: Hall, session: str) -> None:
        token = "t" * 32
        self.hall = hall
        self.line: http.client.HTTPConnection | None = None
        self.headers = {
            "Cookie": f"sessionid={session}; csrftoken={token}",
            "X-CSRFToken": token,
            "Content-Type": "application/json",
        }
        self.acknowledged: dict[tuple[int, int], tuple[int, list[str], bool]] = {}
        self.took: list[float] = []

    def key(self, batch: int, number: int, marks: list[str], complete: bool = False) -> None:
        revision = self.acknowledged.get((batch, number), (0,))[0] + 1
        message = {"marks": marks, "write_ins": [], "doubt": "", "complete": complete, "revision": revision}
        started = time.perf_counter()
        status, said = self._until_answered(f"/voting/batches/{batch}/sheets/{number}/", json.dumps(message))
        self.took.append(time.perf_counter() - started)
        if status != 200:
            raise AssertionError(f"{status}: {said[:200]!r}")
        self.acknowledged[batch, number] = (revision, list(marks), complete)

    def _until_answered(self, path: str, body: str) -> tuple[int, bytes]:
        while True:
            try:
                # Kept open, as a browser keeps it.
                if self.line is None:
                    self.line = http.client.HTTPConnection("127.0.0.1", self.hall.port, timeout=5)
                self.line.request("POST", path, body.encode(), self.headers)
                answer = self.line.getresponse()
                said = answer.read()
                if answer.status < 500:
                    return answer.status, said
            except (OSError, http.client.HTTPException):
                self.hang_up()
            time.sleep(0.05)

    def hang_up(self) -> None:
        if self.line is not None:
            self.line.close()
        self.line = None


def _seed(returned: int, lines: int, batch_size: int) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.utils import timezone

    from tests import make
    from yishi.voting.actions import counting as do

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    titles = tuple(f"项目{n}" for n in range(1, lines + 1))
    poll = make.returned(returned, titles, batch_size=batch_size, seats=max(1, lines - 2))
    now = timezone.now()
    batches = do.lay_out(poll, by=make.official(poll, "clerk"), at=now)
    for batch in batches:
        batch.poll = poll
        for name in ("one", "two"):
            do.begin(batch, by=make.official(poll, name), at=now)
    sessions = {
        name: make.client(make.official(poll, name)).cookies["sessionid"].value for name in ("one", "two")
    }
    print(json.dumps({"poll": poll.pk, "batches": [(b.pk, b.size) for b in batches], **sessions}))


if __name__ == "__main__":
    _seed(*map(int, sys.argv[1:4]))
