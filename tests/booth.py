"""A real server with an open electronic box, and phones that cast by HTTP: for kill test and bench."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from tests.hall import ROOT, Hall
from yishi.ballot import credentials
from yishi.ballot.elections import Election
from yishi.ballot.sealing import seal, tracker

PATIENCE = 20  # seconds until a phone asks again


class Booth(Hall):
    """A `Hall` whose box is open for so many slips; `election` and `codes` after `seed_box`."""

    election: Election
    codes: list[str]

    def seed_box(self, slips: int, options: int) -> None:
        command = [sys.executable, "-m", "tests.booth", str(slips), str(options)]
        made = subprocess.run(command, cwd=ROOT, env=self.env, capture_output=True, check=True)
        said: dict[str, Any] = json.loads(made.stdout.splitlines()[-1])
        self.election = Election.parse(said["election"].encode())
        self.codes = said["codes"]

    def seal(self, code: str) -> bytes:
        """As much chosen as may be."""
        bits = [[int(n < q.maximum) for n in range(len(q.answers))] for q in self.election.questions]
        return seal(self.election, credentials.secret(self.election.uuid, code), bits).raw

    def lying(self) -> list[str]:
        """The trackers in the box, as the file has them."""
        return [row[0] for row in self.rows("select tracker from voting_castballot")]


class QuickBooth(Booth):
    """The same server, granian and all its processes, forked from one that has imported it before.

    To start from nothing takes a second or more of processor time, fifty times over.
    """

    mother: subprocess.Popen[str] | None = None
    pid = 0

    def start(self) -> None:
        if self.mother is None:
            command = [sys.executable, "-m", "tests.booth", "mother", str(self.port)]
            self.mother = subprocess.Popen(
                command, cwd=ROOT, env=self.env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        self.pid = int(self._tell("start"))
        for _ in range(3000):
            try:
                self.ask("GET", "/booth/sessions.json")
                return
            except OSError:
                time.sleep(0.01)
        raise TimeoutError("the server did not start")

    def kill(self) -> None:
        if self.pid:
            os.killpg(self.pid, signal.SIGKILL)
            self.pid = 0
            self._tell("wait")

    def close(self) -> None:
        self.kill()
        if self.mother is not None:
            self.mother.communicate("end\n", timeout=20)

    def _tell(self, word: str) -> str:
        assert self.mother is not None and self.mother.stdin is not None and self.mother.stdout is not None
        self.mother.stdin.write(word + "\n")
        self.mother.stdin.flush()
        return self.mother.stdout.readline()


@dataclass
class Phone:
    """Sends a ballot until it is answered, as the booth does. `acknowledged`: trackers said to be in."""

    booth: Booth
    acknowledged: list[str] = field(default_factory=list)
    took: list[float] = field(default_factory=list)
    tries: int = 0
    _line: http.client.HTTPConnection | None = None

    def cast(self, raw: bytes) -> None:
        began = time.perf_counter()
        status, said = self._until_answered(f"/booth/{self.booth.election.uuid}/cast", raw)
        self.took.append(time.perf_counter() - began)
        answer = json.loads(said)
        if status != 200 or not answer["mine"] or answer["tracker"] != tracker(raw):
            raise AssertionError(f"{status}: {said[:200]!r}")
        self.acknowledged.append(answer["tracker"])

    def _until_answered(self, path: str, body: bytes) -> tuple[int, bytes]:
        while True:
            self.tries += 1
            try:
                if self._line is None:
                    self._line = http.client.HTTPConnection("127.0.0.1", self.booth.port, timeout=PATIENCE)
                self._line.request("POST", path, body, {"Content-Type": "application/json"})
                answer = self._line.getresponse()
                said = answer.read()
                if answer.status < 500:
                    return answer.status, said
            except (OSError, http.client.HTTPException):
                self.hang_up()
            time.sleep(0.05)

    def hang_up(self) -> None:
        if self._line is not None:
            self._line.close()
        self._line = None


def _seed(slips: int, options: int) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    from tests import make

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    poll = make.poll(
        options=tuple(f"项目{n}" for n in range(1, options + 1)),
        rule_key="projects.street.recommendation",
        seats=max(1, options - 2),
        doors="phone",
        state="open",
        opened_at=make.NOW,
    )
    box, codes = make.sealed_box(poll, slips)
    print(json.dumps({"election": box.election, "codes": codes}))


def _mother(port: int) -> None:
    """Forks a server at each `start` and says its process group; at `wait` it has ended."""
    from django.urls import get_resolver
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    import yishi.wsgi  # noqa: F401

    get_resolver().url_patterns  # noqa: B018  (all views are imported)
    for word in sys.stdin:
        if word == "start\n":
            pid = os.fork()
            if not pid:
                os.setsid()
                Granian(
                    "yishi.wsgi:application", address="127.0.0.1", port=port, interface=Interfaces.WSGI,
                    blocking_threads=4, websockets=False, log_access=False, log_level=LogLevels.warning,
                ).serve()  # fmt: skip
                os._exit(0)
            print(pid, flush=True)
        elif word == "wait\n":
            print(os.waitpid(pid, 0), flush=True)
        else:
            return


if __name__ == "__main__":
    if sys.argv[1] == "mother":
        _mother(int(sys.argv[2]))
    else:
        _seed(*map(int, sys.argv[1:3]))
