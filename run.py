#!/usr/bin/env python3
"""The one door: set up, run, test, check. Needs Python >= 3.11 and nothing else.

python3 run.py                 准备环境，建库，装入演示县，启动     set up, migrate, demo, serve
python3 run.py serve           同上，不装演示数据                   the same without the demo
python3 run.py setup           只准备 .venv 和 yishi 命令           only .venv with `yishi`
python3 run.py demo --reset    重建演示县                           build the demo county anew
python3 run.py test [...]      检查加全部测试；参数交给 pytest      checks and tests
python3 run.py test --postgres 在临时的 PostgreSQL 上跑测试         the tests on PostgreSQL
python3 run.py check | fmt     检查 | 排版                          checks | formatting
python3 run.py bench [...]     测速                                 measurements
python3 run.py lock            按 pyproject.toml 重算锁定文件       lock dependencies anew
"""

import contextlib
import hashlib
import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
LOCKS = {"run": ROOT / "requirements.lock", "dev": ROOT / "requirements-dev.lock"}
FIRST_PAGE_SECONDS = 60
Command = Sequence[str | Path]
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class Stop(Exception):
    """What went wrong and what to do about it, to be printed as it is."""


def main(argv: Sequence[str]) -> int:
    name, *rest = argv or ["start"]
    command = COMMANDS.get(name)
    if command is None:
        print(__doc__)
        return 0 if name in ("-h", "--help", "help") else 2
    try:
        if sys.version_info < (3, 11):  # noqa: UP036 (the very reason for the message)
            raise Stop("需要 Python 3.11 或更新的版本。 Python 3.11 or newer is needed.")
        return command(rest)
    except Stop as stop:
        print(f"\n✗ {stop}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


# --- the environment ---------------------------------------------------------


def setup(kind: str = "run") -> None:
    """Make `.venv` hold exactly what the lock says, the `yishi` command, and the compiled arithmetic."""
    _environment(kind)
    _compile()


def _environment(kind: str) -> None:
    """Do nothing where all is there already."""
    stamp = VENV / f"yishi-{kind}.stamp"
    wanted = _fingerprint(LOCKS[kind])
    if stamp.is_file() and stamp.read_text("utf-8") == wanted and _works(PYTHON):
        return
    uv = shutil.which("uv")
    if not _works(PYTHON) or not (uv or _works(PYTHON, "import pip")):
        _make_venv(uv)
    say("安装锁定的依赖……", "installing the locked dependencies…")
    _install(LOCKS[kind], uv)
    _write_command()
    stamp.write_text(wanted, "utf-8")


def _compile() -> None:
    """The C arithmetic of sealed ballots, where there is a compiler; without it all works, slower."""
    source = ROOT / "yishi" / "ballot" / "fast.c"
    if os.name == "nt" or not source.exists() or not any(map(shutil.which, ("cc", "gcc", "clang"))):
        return
    mark = hashlib.sha256(source.read_bytes()).hexdigest()[:12]
    if any(source.parent.glob(f"_fast-*-{mark}.so")):
        return
    say("编译验票的运算……", "compiling the arithmetic of sealed ballots…")
    command: Command = [PYTHON, "-m", "yishi.ballot.fast", "build"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if done.returncode:
        print(done.stderr.decode("utf-8", "replace")[-1000:], file=sys.stderr)
        say("没有编译成，照常使用，只是验票慢些。", "not compiled: all works, checking ballots is slower.")


def _fingerprint(lock: Path) -> str:
    """Changes with the lock, the Python, and the place (scripts hold absolute paths)."""
    about = f"{sys.version_info[:2]} {ROOT} ".encode() + lock.read_bytes()
    return hashlib.sha256(about).hexdigest()


def _works(python: Path, code: str = "import sys; assert sys.version_info >= (3, 11)") -> bool:
    if not python.exists():
        return False
    return subprocess.run([python, "-c", code], capture_output=True).returncode == 0


def _make_venv(uv: str | None) -> None:
    say("准备 .venv ……", "making .venv…")
    if uv:
        run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, VENV])
        return
    if importlib.util.find_spec("ensurepip") is None:
        package = f"python3.{sys.version_info.minor}-venv"
        if not apt_install(package):
            raise Stop(
                f"这台机器的 Python 不带 venv：请先安装 {package}"
                f"（如 sudo apt-get install {package}），再运行一次。"
                f" This Python has no venv: install {package}, then run again."
            )
    run([sys.executable, "-m", "venv", "--clear", VENV])


def _install(lock: Path, uv: str | None) -> None:
    tool: Command = [uv, "pip", "install", "--quiet", "--python", PYTHON] if uv else PIP
    try:
        run([*tool, "--require-hashes", "--only-binary", ":all:", "-r", lock])
    except Stop as stop:
        raise Stop(
            f"依赖没有装成（{stop}）。请检查网络，再运行一次；已下载的不会重来。"
            " The dependencies could not be installed; check the network and run again."
        ) from None


PIP: Command = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]


def _write_command() -> None:
    """Put this folder on the environment's path, and `yishi` beside its Python.

    Written by hand, since an editable install would download a build backend. The path file is
    relative, and the script goes through sh: both bear spaces and Chinese in the folder's name.
    """
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(run([PYTHON, "-X", "utf8", "-c", ask], capture=True).strip())
    up = os.path.relpath(ROOT, packages)
    (packages / "yishi.pth").write_text(up + "\n", "utf-8")
    if os.name == "nt":
        (BIN / "yishi.cmd").write_text('@"%~dp0python.exe" -m yishi.cli %*\n', "utf-8")
        return
    script = BIN / "yishi"
    script.write_text(
        '#!/bin/sh\nexec "$(dirname "$(readlink -f "$0")")/python" -m yishi.cli "$@"\n', "utf-8"
    )
    script.chmod(0o755)


def apt_install(*packages: str) -> bool:
    """Install Debian packages where we may (root, or sudo without a password); True if done."""
    apt = shutil.which("apt-get")
    if apt is None:
        return False
    sudo: list[str] = []
    if os.geteuid() != 0:
        if not shutil.which("sudo") or subprocess.run(["sudo", "-n", "true"]).returncode:
            return False
        sudo = ["sudo", "-n"]
    say(f"用 apt 安装 {' '.join(packages)} ……", "installing through apt…")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    steps = (["update", "-q"], ["install", "-y", "-q", "--no-install-recommends", *packages])
    return all(
        subprocess.run([*sudo, apt, *step], env=env, stdout=subprocess.DEVNULL).returncode == 0
        for step in steps
    )


# --- running -----------------------------------------------------------------


def start(rest: Sequence[str], *, demo: bool = True) -> int:
    """Set up, migrate, build the demo county where nothing is yet, and serve until stopped."""
    port = _port()
    setup()
    env = yishi_env()
    yishi(["migrate"], env)
    if demo:
        yishi(["demo", "--if-empty"], env)
    command: Command = [PYTHON, "-m", "yishi.cli", "serve", "--port", str(port), *rest]
    server = subprocess.Popen(command, env=env, cwd=ROOT, start_new_session=True)
    # Ctrl-C, a service manager, a closed terminal: each lets the server finish what it is doing.
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: server.terminate())
    if not _first_page(server, f"http://127.0.0.1:{port}/"):
        if server.poll() is None:
            server.terminate()
        return server.wait() and 1
    say(f"请用浏览器打开 http://127.0.0.1:{port}/ （Ctrl-C 停止）", "open it; Ctrl-C stops")
    if demo:
        yishi(["demo", "--accounts"], env)
    code = server.wait()
    say("已停止，数据都在。", "stopped; the data are kept.")
    return 0 if code in (0, -signal.SIGTERM, -signal.SIGINT) else code


def _port() -> int:
    text = os.environ.get("PORT") or "8000"
    if not (text.isascii() and text.isdecimal()) or not 0 < int(text) < 65536:
        raise Stop(f"PORT={text} 不是端口号（1-65535）。 PORT is not a port number.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(text)))
        except PermissionError:
            raise Stop(
                f"没有权限用端口 {text}：换一个大于 1023 的，如 PORT=8001 python3 run.py。"
                f" No permission for port {text}; choose one above 1023."
            ) from None
        except OSError:
            raise Stop(
                f"端口 {text} 已被占用：可能已在运行，先看 http://127.0.0.1:{text}/ ；"
                f"或换一个：PORT=8001 python3 run.py。"
                f" Port {text} is taken: perhaps it is running already, or choose another."
            ) from None
    return int(text)


def _first_page(server: subprocess.Popen[bytes], address: str) -> bool:
    """Wait until the first page answers; False if the server ended or took too long."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = time.monotonic() + FIRST_PAGE_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            opener.open(address, timeout=10).close()
            return True
        except urllib.error.HTTPError as error:
            if error.code < 500:
                return True
            print(f"✗ {address} 回答 {error.code}", file=sys.stderr)
            return False
        except OSError:
            time.sleep(0.1)
    return False


def yishi_env() -> dict[str, str]:
    """The laptop's settings: data beside the program, with a key made once for this machine."""
    env = {"YISHI_DATA": str(ROOT / "data"), **os.environ, "PYTHONUNBUFFERED": "1"}
    folder = Path(env["YISHI_DATA"])
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / "secret.key"
    if "YISHI_SECRET_KEY" not in env and not file.exists():
        new = folder / f"secret.key.{os.getpid()}"
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(secrets.token_urlsafe(48))
        new.replace(file)
    return env


def yishi(args: Sequence[str], env: Mapping[str, str]) -> None:
    run([PYTHON, "-m", "yishi.cli", *args], env=env)


def demo(rest: Sequence[str]) -> int:
    setup()
    env = yishi_env()
    yishi(["migrate"], env)
    yishi(["demo", *rest], env)
    return 0


# --- testing -----------------------------------------------------------------


def test(rest: Sequence[str]) -> int:
    """The checks, then pytest; `--postgres`: pytest without the browser, on a PostgreSQL of its own."""
    setup("dev")
    args = [arg for arg in rest if arg != "--postgres"]
    browser = any(map(shutil.which, CHROMIUM)) or "YISHI_CHROMIUM" in os.environ
    if not browser and not apt_install("chromium"):
        say(
            "没有 Chromium，也不能用 apt 安装：浏览器测试将跳过（apt-get install chromium）。",
            "no Chromium and apt is not allowed: the browser tests will be skipped.",
        )
    if "--postgres" in rest:
        with postgres() as url:
            return _pytest(args, {"DATABASE_URL": url}, ONCE)
    failed = check([])
    return _pytest(args, {}) or failed


# What needs no database, or one of its own, or asks the database nothing that others do not ask, is
# run once, on SQLite: CI has half an hour for both.
ALONE = (
    *("alike", "ballot", "cli", "demo", "law", "papers", "scan", "web", "test_run.py"),
    *("stories/test_published_votes.py", "faults/test_sheets.py", "faults/test_uploads.py"),
    *("faults/test_script_in_a_title.py", "faults/test_strangers.py", "voting/scans/test_apart.py"),
    *("voting/scans/test_crops.py", "voting/scans/test_draw.py", "voting/scans/test_true_path.py"),
    *("voting/test_counting_killed.py", "voting/sealed/test_cast_killed.py", "voting/sealed/test_pool.py"),
)
ONCE = ["-m", "not browser", *(f"--ignore=tests/{name}" for name in ALONE)]


def _pytest(args: Sequence[str], env: Mapping[str, str], less: Sequence[str] = ()) -> int:
    """All tests (without `less`) on two workers; what was named is run in this order, in one."""
    workers = [] if args else ["-n", "2", *less]
    command: Command = [PYTHON, "-m", "pytest", *workers, *args]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **env}).returncode


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """A PostgreSQL in a temporary folder, on a free local port, gone afterwards; its URL."""
    programs = _postgres_programs()
    folder = Path(tempfile.mkdtemp(prefix="yishi-pg-"))
    # The server refuses to run as root.
    who = _not_root()
    if who:
        shutil.chown(folder, who["user"], who["group"])
    password, port = secrets.token_hex(16), _free_port()
    secret = folder / "password"
    secret.write_text(password)
    secret.chmod(0o644)
    data = folder / "data"
    server = None
    try:
        make: list[str | Path] = [
            programs / "initdb",
            "-D",
            data,
            "-U",
            "yishi",
            f"--pwfile={secret}",
            "--no-sync",
        ]
        make += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"]
        run(make, cwd=folder, capture=True, who=who)
        # Test data may be lost with the machine: no need to wait for the disk.
        options = f"listen_addresses=127.0.0.1 port={port} unix_socket_directories={folder} "
        options += "fsync=off full_page_writes=off synchronous_commit=off max_connections=200"
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, *_pairs(options)],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=(folder / "log").open("wb"),
            start_new_session=True,
            **who,
        )
        _await_port(port, server, folder / "log")
        yield f"postgres://yishi:{password}@127.0.0.1:{port}/postgres"
    finally:
        if server:
            server.send_signal(signal.SIGINT)  # "fast": sessions are cut, files closed
            server.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _pairs(options: str) -> list[str]:
    return [word for option in options.split() for word in ("-c", option)]


def _postgres_programs() -> Path:
    """The folder of `initdb` and `postgres`: on the PATH, Debian's, or installed through apt."""
    for attempt in (True, False):
        found = shutil.which("initdb")
        places = [Path(found).resolve().parent] if found else []
        places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
        for place in places:
            if (place / "initdb").exists() and (place / "postgres").exists():
                return place
        if attempt and not apt_install("postgresql"):
            break
    raise Stop(
        "没有 PostgreSQL 服务器程序：请安装 postgresql（如 sudo apt-get install postgresql）。"
        " No PostgreSQL server was found; install postgresql."
    )


def _not_root() -> dict[str, Any]:
    if os.name == "nt" or os.geteuid() != 0:
        return {}
    import grp
    import pwd

    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            person = pwd.getpwnam(name)
            group = grp.getgrgid(person.pw_gid).gr_name
            return {"user": name, "group": group, "extra_groups": []}
    raise Stop("没有可用来运行 PostgreSQL 的普通用户。 No ordinary user to run PostgreSQL as.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_port(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until and server.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise Stop("PostgreSQL 没有启动： did not start:\n" + log.read_text(errors="replace")[-2000:])


# --- checking ----------------------------------------------------------------


def check(rest: Sequence[str]) -> int:
    """Form, types, the stairs of the house, templates, migrations, words, vendored files."""
    setup("dev")
    module: Command = [PYTHON, "-m"]
    checks: dict[str, Command] = {
        "mypy": [*module, "mypy"],
        "ruff check": [*module, "ruff", "check", "."],
        "ruff format": [*module, "ruff", "format", "--check", "."],
        "import-linter": [BIN / "lint-imports", "--no-cache"],
        "djlint": [*module, "djlint", "--lint", "--quiet", "yishi"],
        "migrations": [*module, "django", "makemigrations", "--check", "--dry-run"],
        "translations": [PYTHON, "tools/messages.py", "check"],
        "vendored files": [PYTHON, "tools/vendor.py", "--check"],
    }
    with ThreadPoolExecutor(2) as pool, tempfile.TemporaryDirectory(prefix="yishi-check-") as data:
        env = {**os.environ, "DJANGO_SETTINGS_MODULE": "yishi.settings", "YISHI_DATA": data}
        env |= {"PYTHONPATH": str(ROOT), "YISHI_SECRET_KEY": "only for checks"}
        results = list(pool.map(lambda command: _quietly(command, env), checks.values()))
    for name, (code, output) in zip(checks, results, strict=True):
        print(f"{'✗' if code else '✓'} {name}", flush=True)
        if code:
            print(output, flush=True)
    return int(any(code for code, _ in results))


def _quietly(command: Command, env: Mapping[str, str]) -> tuple[int, str]:
    done = subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout.decode("utf-8", "replace")


def fmt(rest: Sequence[str]) -> int:
    setup("dev")
    fixed = subprocess.run([PYTHON, "-m", "ruff", "check", "--fix", "."], cwd=ROOT).returncode
    return subprocess.run([PYTHON, "-m", "ruff", "format", "."], cwd=ROOT).returncode or fixed


def bench(rest: Sequence[str]) -> int:
    setup("dev")
    return subprocess.run([PYTHON, "-m", "bench", *rest], cwd=ROOT).returncode


def lock(rest: Sequence[str]) -> int:
    """Resolve both locks for every platform; the second holds to the first's versions."""
    uv = shutil.which("uv")
    if uv is None:
        raise Stop("重算锁定文件要用 uv（pip install uv）。 uv is needed to lock.")
    compile_ = [uv, "pip", "compile", "--quiet", "--universal", "--generate-hashes"]
    compile_ += ["--python-version", "3.11", "--no-header", "--no-annotate", *rest]
    run([*compile_, "pyproject.toml", "-o", LOCKS["run"].name])
    dev = ["--group", "dev", "-c", LOCKS["run"].name, "-o", LOCKS["dev"].name]
    run([*compile_, "pyproject.toml", *dev])
    return 0


# --- words and processes -----------------------------------------------------


def say(chinese: str, english: str) -> None:
    print(f"{chinese} {english}", flush=True)


def run(
    command: Command,
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
    capture: bool = False,
    who: Mapping[str, Any] | None = None,
) -> str:
    """Run it to its end; raise `Stop` with the program's name and last words if it failed."""
    pipe = subprocess.PIPE if capture else None
    done = subprocess.run(command, env=env, cwd=cwd, stdout=pipe, stderr=pipe, **(who or {}))
    if done.returncode:
        words = (done.stderr or b"").decode("utf-8", "replace")[-2000:]
        name = " ".join(Path(part).name for part in command[:4])
        raise Stop(f"{name} 没有成功（{done.returncode}） failed\n{words}".rstrip())
    return (done.stdout or b"").decode("utf-8", "replace")


def only_setup(rest: Sequence[str]) -> int:
    setup()
    yishi_env()
    say(f"已就绪：{BIN / 'yishi'}", "is ready")
    return 0


COMMANDS = {
    "start": start,
    "serve": lambda rest: start(rest, demo=False),
    "setup": only_setup,
    "demo": demo,
    "test": test,
    "check": check,
    "fmt": fmt,
    "bench": bench,
    "lock": lock,
}

if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    sys.exit(main(sys.argv[1:]))
