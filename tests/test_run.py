"""The one door: what it sets up, what it refuses, and that the server starts and stops."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

import run

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small project of its own, in a folder with a space and Chinese in its name."""
    root = tmp_path / "议事 project"
    (root / "yishi").mkdir(parents=True)
    (root / "yishi" / "__init__.py").write_text("")
    (root / "yishi" / "cli.py").write_text("import sys; print('yishi', *sys.argv[1:])")
    (root / "requirements.lock").write_text("")
    _stand_in(root, monkeypatch)
    return root


def _stand_in(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "ROOT", root)
    monkeypatch.setattr(run, "VENV", root / ".venv")
    monkeypatch.setattr(run, "BIN", root / ".venv" / "bin")
    monkeypatch.setattr(run, "PYTHON", root / ".venv" / "bin" / "python")
    monkeypatch.setattr(run, "PIP", [root / ".venv" / "bin" / "python", *run.PIP[1:]])
    monkeypatch.setattr(run, "LOCKS", {"run": root / "requirements.lock"})


def _without_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    which = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "uv" else which(name))


# --- the environment ---------------------------------------------------------


@pytest.mark.parametrize("tool", ["uv", "pip"])
def test_setup_makes_a_yishi_command_that_works_from_anywhere(
    place: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tool: str
):
    if tool == "uv" and not shutil.which("uv"):
        pytest.skip("没有 uv")
    if tool == "pip":
        _without_uv(monkeypatch)
    run.setup()
    command = [place / ".venv" / "bin" / "yishi", "a b", "c"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("yishi a b c\n", "")


def test_setup_installs_again_only_when_the_lock_or_the_place_changed(
    place: Path, monkeypatch: pytest.MonkeyPatch
):
    installed: list[Path] = []
    install = run._install
    monkeypatch.setattr(run, "_install", lambda lock, uv: (installed.append(lock), install(lock, uv)))
    run.setup()
    run.setup()
    assert len(installed) == 1
    (place / "requirements.lock").write_text("# changed\n")
    run.setup()
    assert len(installed) == 2
    moved = place.rename(place.with_name("moved"))
    _stand_in(moved, monkeypatch)
    run.setup()
    assert len(installed) == 3


@pytest.fixture
def compiling(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project with a C source and a stand-in for what compiles it; what it compiled."""
    (place / "yishi" / "ballot").mkdir()
    (place / "yishi" / "ballot" / "__init__.py").write_text("")
    (place / "yishi" / "ballot" / "fast.c").write_text("int one;")
    (place / "yishi" / "ballot" / "fast.py").write_text(
        "import hashlib, pathlib, sys\n"
        "here = pathlib.Path(__file__).parent\n"
        "text = (here / 'fast.c').read_bytes()\n"
        "if text == b'wrong': sys.exit('error: wrong')\n"
        "(here / f'_fast-here-{hashlib.sha256(text).hexdigest()[:12]}.so').touch()\n"
    )
    which = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name: "/bin/true" if name == "cc" else which(name))
    return place / "yishi" / "ballot"


def test_setup_compiles_the_arithmetic_once_for_each_source(compiling: Path, capsys):
    run.setup()
    run.setup()
    assert len(list(compiling.glob("_fast-*.so"))) == 1
    assert capsys.readouterr().out.count("编译") == 1
    (compiling / "fast.c").write_text("int two;")
    run.setup()
    assert len(list(compiling.glob("_fast-*.so"))) == 2


def test_what_does_not_compile_fails_no_setup(compiling: Path, capsys):
    (compiling / "fast.c").write_text("wrong")
    assert run.main(["setup"]) == 0
    said = capsys.readouterr()
    assert "照常使用" in said.out and "error: wrong" in said.err


def test_without_a_compiler_nothing_is_compiled(compiling: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    which = shutil.which
    compilers = ("cc", "gcc", "clang")
    monkeypatch.setattr(shutil, "which", lambda name: None if name in compilers else which(name))
    run.setup()
    assert "编译" not in capsys.readouterr().out and not list(compiling.glob("_fast-*"))


def test_a_broken_environment_is_made_anew(place: Path):
    run.setup()
    (place / ".venv" / "bin" / "python").unlink()
    run.setup()
    assert run._works(place / ".venv" / "bin" / "python")


def test_a_python_without_venv_says_what_to_install(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    _without_uv(monkeypatch)
    monkeypatch.setattr(run.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(run, "apt_install", lambda *packages: False)
    assert run.main(["setup"]) == 1
    assert f"apt-get install python3.{sys.version_info.minor}-venv" in capsys.readouterr().err


def test_a_failed_installation_leaves_no_stamp_and_says_to_run_again(
    place: Path, capsys: pytest.CaptureFixture[str]
):
    (place / "requirements.lock").write_text("no-such-thing @ file:///nowhere --hash=sha256:00\n")
    assert run.main(["setup"]) == 1
    assert "再运行一次" in capsys.readouterr().err
    assert not list((place / ".venv").glob("*.stamp"))


def test_apt_is_used_only_where_we_may(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(shutil, "which", {"apt-get": "/usr/bin/apt-get"}.get)
    assert run.apt_install("chromium") is False  # no sudo
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert run.apt_install("chromium") is False  # no apt


def test_apt_runs_as_root_and_through_sudo_otherwise(monkeypatch: pytest.MonkeyPatch):
    ran: list[list[str]] = []

    def pretend(command: list[str], **_options: object) -> subprocess.CompletedProcess[bytes]:
        ran.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(shutil, "which", lambda name: name)
    monkeypatch.setattr(subprocess, "run", pretend)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert run.apt_install("chromium") is True
    assert ran[-1][:2] == ["apt-get", "install"] and "chromium" in ran[-1]
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert run.apt_install("chromium") is True
    assert ran[-1][:3] == ["sudo", "-n", "apt-get"]


def test_the_key_is_made_once_and_read_by_its_owner_only(place: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("YISHI_SECRET_KEY")
    monkeypatch.setenv("YISHI_DATA", str(place / "data"))
    run.yishi_env()
    file = place / "data" / "secret.key"
    key = file.read_text()
    run.yishi_env()
    assert file.read_text() == key and len(key) > 50
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


# --- the locks ---------------------------------------------------------------


def _locked(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==([^\s;]+)", (ROOT / name).read_text(), re.M))


@pytest.mark.parametrize("kind", ["run", "dev"])
def test_every_dependency_is_locked_with_hashes(kind: str):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = project["project"]["dependencies"]
    wanted = wanted + project["dependency-groups"]["dev"] if kind == "dev" else wanted
    text = (ROOT / run.LOCKS[kind].name).read_text()
    locked = _locked(run.LOCKS[kind].name)
    names = {re.split(r"[\[<>=~ ]", line)[0].lower().replace("_", "-") for line in wanted}
    assert names - set(locked) == set()
    assert len(re.findall(r"^[\w.-]+==[^\n]*\\\n    --hash=sha256:", text, re.M)) == len(locked)
    assert "index-url" not in text and "find-links" not in text and "file:" not in text


def test_the_tests_run_with_the_versions_that_serve():
    run_lock, dev_lock = _locked("requirements.lock"), _locked("requirements-dev.lock")
    assert run_lock.items() <= dev_lock.items()


def test_the_version_is_the_same_everywhere():
    from yishi import __version__

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == __version__


# --- what it refuses ---------------------------------------------------------


def test_an_unknown_command_shows_the_commands(capsys: pytest.CaptureFixture[str]):
    assert run.main(["strat"]) == 2
    assert "run.py test" in capsys.readouterr().out
    assert run.main(["--help"]) == 0


@pytest.mark.parametrize("port", ["web", "0", "65536", "-1", "８０"])
def test_a_port_that_is_none_is_named(port: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PORT", port)
    with pytest.raises(run.Stop, match=re.escape(f"PORT={port}")):
        run._port()


def test_a_taken_port_says_what_to_do(monkeypatch: pytest.MonkeyPatch):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        monkeypatch.setenv("PORT", str(other.getsockname()[1]))
        with pytest.raises(run.Stop, match=r"已被占用.*PORT=8001"):
            run._port()
    assert run._port()


def test_a_failed_check_fails_the_run_and_shows_its_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(run, "setup", lambda kind="run": None)
    monkeypatch.setattr(run, "_quietly", lambda command, env: (0, "fine"))
    assert run.main(["check"]) == 0
    assert "fine" not in capsys.readouterr().out
    monkeypatch.setattr(
        run, "_quietly", lambda command, env: (1, "bad words") if "mypy" in command else (0, "")
    )
    assert run.main(["check"]) == 1
    out = capsys.readouterr().out
    assert "✗ mypy\nbad words" in out and "✓ ruff check" in out


def test_a_failed_check_is_not_covered_by_green_tests(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(run, "setup", lambda kind="run": None)
    monkeypatch.setattr(run, "apt_install", lambda *packages: False)
    monkeypatch.setattr(run, "_pytest", lambda args, env: 0)
    monkeypatch.setattr(run, "check", lambda rest: 1)
    assert run.main(["test"]) == 1
    monkeypatch.setattr(run, "check", lambda rest: 0)
    assert run.main(["test"]) == 0
    monkeypatch.setattr(run, "_pytest", lambda args, env: 1)
    assert run.main(["test"]) == 1


# --- serving -----------------------------------------------------------------


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`run.py serve` on a fresh data folder, started from elsewhere, up to its first page."""
    port = run._free_port()
    env = {k: v for k, v in os.environ.items() if not k.startswith(("YISHI_", "DATABASE_URL"))}
    env |= {"PORT": str(port), "YISHI_DATA": str(tmp_path / "数据 data")}
    command = [sys.executable, str(ROOT / "run.py"), "serve"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(command, cwd=tmp_path, env=env, text=True, **pipes) as program:  # type: ignore[call-overload]
        said = ""
        for line in program.stdout:
            said += line
            if str(port) in line:
                break
        else:
            pytest.fail(said)
        yield program, f"http://127.0.0.1:{port}/"
        if program.poll() is None:
            program.terminate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_server_answers_and_stops_cleanly(
    served: tuple[subprocess.Popen[str], str], number: signal.Signals
):
    program, address = served
    with urllib.request.urlopen(address, timeout=10) as page:
        assert page.status == 200
    began = time.monotonic()
    program.send_signal(number)
    assert program.wait(20) == 0
    assert time.monotonic() - began < 15
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(address.rpartition(":")[2].rstrip("/")))) != 0
