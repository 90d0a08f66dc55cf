"""Serving pages and bringing the database to this version."""

import os
import sys
from argparse import Namespace
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _

from yishi.cli import Refusal
from yishi.papers import fonts
from yishi.publishing.actions import index


def serve(options: Namespace) -> int:
    """Become the server: granian in this process's place, so that signals reach it directly.

    No access log: paths hold one-time codes, and who opened what is nobody's business.
    """
    if pending():
        raise Refusal(_("数据库还不是这一版：先运行 yishi migrate。"))
    call_command("collectstatic", interactive=False, verbosity=0)
    connection.close()
    sys.stdout.flush()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws"]
    command += ["--host", options.host, "--port", str(options.port)]
    command += ["--workers", str(max(1, options.workers)), "--blocking-threads", "4"]
    command += ["--respawn-failed-workers", "--workers-kill-timeout", "10"]
    command += ["--log-level", "warning", "--no-access-log", "yishi.wsgi:application"]
    # Four threads need no heap each: glibc would keep one per thread and core.
    os.environ.setdefault("MALLOC_ARENA_MAX", "2")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(settings.ROOT.parent), *_python_path()])
    os.execv(sys.executable, command)


def _python_path() -> list[str]:
    return [part for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part]


def migrate(options: Namespace | None = None) -> int:
    """Make the data folder, the tables and the cache table; unpack the fonts."""
    Path(settings.DATA).mkdir(parents=True, exist_ok=True, mode=0o700)
    waiting = len(pending())
    if waiting:
        call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    fonts.folder()
    index.fill()
    print(_("数据库已是这一版（新做%(n)s步）。") % {"n": waiting})
    return 0


def reindex(options: Namespace) -> int:
    """Index every public page anew, as the rooms say it now (a body or meeting was renamed, say)."""
    print(_("已重建查找索引：%(n)s页。") % {"n": index.rebuild()})
    return 0


def pending() -> list[str]:
    """The migrations this version has and the database has not, as `app.name`."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{step.app_label}.{step.name}" for step, _backwards in plan]
