"""A server as it is used, with the demo county in it, and what it costs in memory and processor time."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


@contextmanager
def county(workers: int = 2) -> Iterator[Server]:
    """`yishi serve` on a demo county of its own; gone afterwards."""
    with TemporaryDirectory(prefix="yishi-bench-") as folder:
        env = {**os.environ, "YISHI_DATA": folder, "YISHI_SECRET_KEY": "only-for-this-measurement-" * 2}
        env |= {"DJANGO_SETTINGS_MODULE": "yishi.settings", "PYTHONPATH": str(ROOT)}
        env.pop("DATABASE_URL", None)
        for command in ("migrate", "demo"):
            subprocess.run(
                [sys.executable, "-m", "yishi.cli", command],
                cwd=ROOT,
                env=env,
                check=True,
                capture_output=True,
            )
        port = free_port()
        command = [sys.executable, "-m", "yishi.cli", "serve", "--port", str(port), "--workers", str(workers)]
        with running(command, env, port) as pid:
            yield Server(pid, port, env)


class Server:
    """One running server: its process group, its port, its settings."""

    def __init__(self, pid: int, port: int, env: dict[str, str]) -> None:
        self.pid, self.port, self.env = pid, port, env

    def ask(self, code: str) -> str:
        """Run a line of Python inside the same installation and give what it printed."""
        program = f"import django; django.setup()\n{code}"
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env=self.env,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def session(self, username: str) -> str:
        """The cookie of a signed-in user."""
        return self.ask(
            "from django.test import Client; from django.conf import settings\n"
            "from yishi.people.models import User\n"
            f"c = Client(); c.force_login(User.objects.get(username={username!r}),"
            " backend=settings.AUTHENTICATION_BACKENDS[0])\n"
            "print('sessionid=' + c.cookies['sessionid'].value)"
        )


@contextmanager
def running(command: list[str], env: dict[str, str], port: int) -> Iterator[int]:
    """The process until the block ends; it is there when its port answers."""
    process = subprocess.Popen(command, cwd=ROOT, env=env, start_new_session=True)
    try:
        await_answer(port, process)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def await_answer(port: int, process: subprocess.Popen[bytes], seconds: int = 60) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        try:
            line = HTTPConnection("127.0.0.1", port, timeout=5)
            line.request("GET", "/")
            line.getresponse().read()
            return
        except (OSError, HTTPException):
            time.sleep(0.1)
    raise TimeoutError(f"nothing answers on port {port}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def family(pid: int) -> list[int]:
    """The process and all below it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            children.setdefault(int(stat[1]), []).append(int(entry.name))
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += children.get(one, [])
    return found


def memory(pid: int) -> float:
    """Megabytes that would be free without it: proportional set size, so that shared pages count once."""
    total = 0
    for one in family(pid):
        try:
            text = Path(f"/proc/{one}/smaps_rollup").read_text()
            total += int(next(line for line in text.splitlines() if line.startswith("Pss:")).split()[1])
        except (OSError, StopIteration):
            total += int(Path(f"/proc/{one}/statm").read_text().split()[1]) * PAGE // 1024
    return total / 1024


def processor(pid: int) -> float:
    """Seconds of processor time it and its children have used so far."""
    total = 0
    for one in family(pid):
        fields = Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICK


def load(
    port: int, path: str, clients: int, requests: int, headers: dict[str, str] | None = None
) -> list[float]:
    """Seconds of each request, sorted: so many clients at once, each asking again as soon as it can."""
    took: list[float] = []
    failed: list[int] = []

    def client() -> None:
        line = HTTPConnection("127.0.0.1", port, timeout=30)
        for _n in range(requests):
            began = time.perf_counter()
            line.request("GET", path, headers=headers or {})
            answer = line.getresponse()
            answer.read()
            took.append(time.perf_counter() - began)
            if answer.status != 200:
                failed.append(answer.status)
        line.close()

    threads = [threading.Thread(target=client) for _n in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed or len(took) != clients * requests:
        raise RuntimeError(f"{path}: {failed[:3]} {len(took)} of {clients * requests} answered")
    return sorted(took)


def percentile(took: list[float], part: float) -> float:
    """Milliseconds below which so large a part of the requests lies."""
    return 1000 * took[min(len(took) - 1, int(part * len(took)))]
