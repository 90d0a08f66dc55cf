"""The command line: `yishi serve | migrate | demo | user | doctor | backup | restore | …`."""

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from yishi import __version__

Options = argparse.Namespace
# They need no database: the law answers where nothing is set up, a sceptic's laptop verifies, and
# sheets are printed and read on any.
ALONE = {
    "decide": "yishi.law.command",
    "verify": "yishi.ballot.command",
    "sheet": "yishi.papers.sheets.command",
    "read-sheets": "yishi.scan.command",
    "read-marks": "yishi.scan.marks_command",
}


class Refusal(Exception):
    """What was wrong and what to do about it, to be printed as it is; the command ends with 1."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 refused or failed, 2 wrongly asked."""
    args = list(sys.argv[1:] if argv is None else argv)
    if args and args[0] in ALONE:
        code: int = importlib.import_module(ALONE[args[0]]).main(args[1:])
        return code
    options = _parser().parse_args(args)
    try:
        return _with_django(options)
    except Refusal as refusal:
        print(f"✗ {refusal}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _with_django(options: Options) -> int:
    import django
    from django.core.exceptions import ImproperlyConfigured
    from django.db import OperationalError
    from django.utils import translation

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yishi.settings")
    try:
        django.setup()
    except ImproperlyConfigured as error:
        raise Refusal(str(error)) from None
    # Only now: the commands' modules import models.
    module, name = options.run.split(":")
    run: Callable[[Options], int] = getattr(importlib.import_module(f"yishi.cli.{module}"), name)
    with translation.override(_language()):
        try:
            return run(options)
        except OperationalError as error:
            raise Refusal(f"{translation.gettext('数据库用不了：')}{error}".strip()) from error


def _language() -> str:
    """`YISHI_LANG` (zh or en), else the terminal's own; Chinese where it says nothing."""
    wish = os.environ.get("YISHI_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "en" if wish.lower().startswith("en") else "zh-hans"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="yishi", description="议事：议事、表决、计票、公布。")
    parser.add_argument("--version", action="version", version=f"yishi {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    command = _add(commands, "serve", "serve:serve", "启动服务 / serve until stopped")
    command.add_argument("--host", default="127.0.0.1")
    command.add_argument("--port", type=int, default=os.environ.get("PORT") or "8000")
    command.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    _add(commands, "migrate", "serve:migrate", "建库或升级数据库 / make or upgrade the database")
    _add(commands, "reindex", "serve:reindex", "重建查找索引 / index the public pages anew")

    command = _add(commands, "demo", "county:demo", "装入演示县 / build the demo county")
    command.add_argument("--reset", action="store_true", help="先清空 / empty it first")
    command.add_argument("--if-empty", action="store_true", help="已有数据则不动 / only if empty")
    command.add_argument("--accounts", action="store_true", help="只列演示账号 / list the accounts")

    _user(_add(commands, "user", "users:listing", "账号 / accounts"))
    _add(commands, "doctor", "doctor:doctor", "体检：哪里不对，怎么办 / what is wrong, what to do")

    for name, text in (
        ("backup", "备份为一个文件 / back up into one file"),
        ("restore", "从备份文件恢复 / restore from a backup"),
    ):
        _add(commands, name, f"backup:{name}_command", text).add_argument("file", type=Path)

    command = _add(commands, "journal", "county:verify", "核验日志 / verify the journal")
    command.add_argument("what", choices=["verify"])
    command.add_argument("chain", nargs="?", help="只核验一条链 / one chain only")
    anchor = "计票报告单页脚的校验值 / the digest at the foot of a tally report"
    command.add_argument("--anchor", metavar="DIGEST", default="", help=anchor)
    text = "试着找出谁投了哪张票 / try to link persons to ballots"
    command = _add(commands, "secrecy-check", "secrecy:check", text)
    command.add_argument("meeting", type=int, help="会议编号（地址里的数字） / its number in addresses")
    for name, text in (
        ("logs", "另查这些日志 / logs as well"),
        ("backups", "另查这些备份 / backups as well"),
    ):
        command.add_argument(f"--{name}", type=Path, action="append", default=[], metavar="DIR", help=text)
    command.add_argument("--json", action="store_true", help="JSON")
    # Answered in main(), before this; here for the list of commands.
    _add(commands, "decide", "", "按法律判定结果（decide FILE.json） / decide an outcome")
    _add(commands, "verify", "", "核验无记名投票的记录（verify FILE.bel） / verify the record of a vote")
    _add(commands, "sheet", "", "印机器可读的表决票（sheet FORM.json） / print ballot sheets a machine reads")
    _add(commands, "read-sheets", "", "读扫描的表决票（read-sheets FILES） / read scanned ballot sheets")
    _add(commands, "read-marks", "", "读一张图上的划票（read-marks PICTURE） / read marks on one picture")
    return parser


def _add(commands: Any, name: str, run: str, text: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    command.set_defaults(run=run)
    return command


def _user(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(metavar="add | list | password | role")
    command = _add(commands, "add", "users:add", "新建账号 / a new account")
    command.add_argument("username")
    command.add_argument("--name", required=True, help="姓名 / the person's name")
    _add(commands, "list", "users:listing", "列出账号 / list the accounts")
    command = _add(commands, "password", "users:password", "重设密码 / set a new password")
    command.add_argument("username")
    command = _add(commands, "role", "users:role", "授予或收回角色 / grant or end a role")
    command.add_argument("username")
    command.add_argument("duty", help="clerk | chair | system | security | auditor")
    command.add_argument("--body", help="机关代号 / code of the body (clerk, chair)")
    command.add_argument("--end", action="store_true", help="收回 / end it")
