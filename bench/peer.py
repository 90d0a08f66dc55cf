"""pretalx from PyPI, in a virtual environment of its own: its public list of talks, under our server."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

from bench import server

ENVIRONMENT = Path(gettempdir()) / "yishi-bench-peer"
PYTHON = ENVIRONMENT / "bin" / "python"
# faker and freezegun are what its own sample event is made with.
PACKAGES = ("pretalx", "granian", "faker", "freezegun")


def list_page(clients: int) -> list[float]:
    """Sorted seconds of its list of talks. Raises RuntimeError or OSError where it cannot be set up."""
    _install()
    with TemporaryDirectory(prefix="yishi-bench-peer-") as folder:
        env = _settings(Path(folder))
        for command in (
            ["migrate"],
            ["init", "--no-input"],
            ["collectstatic", "--no-input"],
            ["create_test_event", "--stage", "schedule", "--slug", "bench"],
        ):
            _run([str(PYTHON), "-m", "pretalx", *command], env)
        port = server.free_port()
        command = [str(PYTHON), "-m", "granian", "--interface", "wsgi", "--no-ws", "--host", "127.0.0.1"]
        command += ["--port", str(port), "--workers", "2", "--blocking-threads", "4"]
        command += ["--log-level", "warning", "--no-access-log", "pretalx.wsgi:application"]
        with server.running(command, env, port):
            server.load(port, "/bench/talk/", clients, 5)
            return server.load(port, "/bench/talk/", clients, 20)


def _install() -> None:
    """Once for the machine; the folder stays for the next run."""
    ready = ENVIRONMENT / "ready"
    if ready.exists():
        return
    print(f"- installing pretalx into {ENVIRONMENT} …", file=sys.stderr, flush=True)
    _run([sys.executable, "-m", "venv", str(ENVIRONMENT)], dict(os.environ))
    uv = shutil.which("uv")
    pip = [uv, "pip", "install", "--python", str(PYTHON)] if uv else [str(PYTHON), "-m", "pip", "install"]
    _run([*pip, *PACKAGES], dict(os.environ))
    ready.touch()


def _settings(folder: Path) -> dict[str, str]:
    config = folder / "pretalx.cfg"
    config.write_text(
        f"[filesystem]\ndata = {folder}\nstatic = {folder}/static\n"
        f"[database]\nbackend = sqlite3\nname = {folder}/db.sqlite3\n"
        "[django]\ndebug = False\nsecret = only-for-this-measurement\n"
        "[site]\nurl = http://127.0.0.1\n",
        "utf-8",
    )
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "YISHI_"))},
        "PRETALX_CONFIG_FILE": str(config),
        "DJANGO_SUPERUSER_EMAIL": "bench@example.org",
        "DJANGO_SUPERUSER_PASSWORD": "only-for-this-measurement",
        "PRETALX_INIT_ORGANISER_NAME": "Bench",
        "PRETALX_INIT_ORGANISER_SLUG": "bench",
    }


def _run(command: list[str], env: dict[str, str]) -> None:
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[-3:])}: {(done.stderr or done.stdout).strip()[-500:]}")
