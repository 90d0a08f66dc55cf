"""Looking the installation over: what is wrong, and what to do about it."""

import os
import shutil
import stat
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.mail import get_connection
from django.db import DatabaseError, connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yishi.ballot import fast
from yishi.cli import serve
from yishi.journal.models import Entry
from yishi.papers import fonts

OK, WARN, FAIL = "✓", "!", "✗"
Finding = tuple[str, str]

LOW_DISK, NO_DISK = 2e9, 2e8  # bytes free
MAIL_SECONDS = 5


def doctor(options: Namespace) -> int:
    """Print one line for each finding; 1 if anything must be put right before use."""
    failed = False
    for name, check in CHECKS.items():
        try:
            findings = list(check())
        except (DatabaseError, OSError) as error:
            findings = [(FAIL, _("读不出：%(why)s") % {"why": str(error).strip()})]
        for level, words in findings:
            failed |= level == FAIL
            print(f"{level} {name}：{words}")
    print(_("有不合格的项，请按上面的话处理。") if failed else _("可以使用。"))
    return int(failed)


def database() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA quick_check(1)")
            found = cursor.fetchone()[0]
            if found != "ok":
                yield (
                    FAIL,
                    _("文件已损坏（%(why)s）：请用 yishi restore 恢复最近的备份。") % {"why": found},
                )
                return
            cursor.execute("SELECT sqlite_version()")
        else:
            cursor.execute("SHOW server_version")
        yield OK, f"{connection.vendor} {cursor.fetchone()[0]}"


def migrations() -> Iterator[Finding]:
    waiting = len(serve.pending())
    if waiting:
        yield FAIL, _("还有%(n)s步升级没有做：请运行 yishi migrate。") % {"n": waiting}
    else:
        yield OK, _("数据库与程序是同一版。")


def folder() -> Iterator[Finding]:
    data = Path(settings.DATA)
    if not os.access(data, os.W_OK | os.X_OK):
        yield FAIL, _("不能写 %(folder)s：请改为运行服务的用户所有。") % {"folder": data}
        return
    if os.name != "nt" and stat.S_IMODE(data.stat().st_mode) & 0o007:
        yield WARN, _("别的用户能看到 %(folder)s：请运行 chmod 700。") % {"folder": data}
    else:
        yield OK, str(data)


def disk() -> Iterator[Finding]:
    free = shutil.disk_usage(settings.DATA).free
    words = _("剩余 %(n).1f GB。") % {"n": free / 1e9}
    if free < NO_DISK:
        yield FAIL, words + _("请立即腾出空间，否则无法保存。")
    elif free < LOW_DISK:
        yield WARN, words + _("请腾出空间或扩容。")
    else:
        yield OK, words


def clock() -> Iterator[Finding]:
    """Against the journal: what was written cannot lie in the future; and against itself."""
    now = timezone.now()
    zone = timezone.localtime(now).strftime("%Y-%m-%d %H:%M %Z (UTC%z)")
    last: datetime | None = Entry.objects.order_by("-at").values_list("at", flat=True).first()
    if last and last > now + timedelta(seconds=5):
        yield (
            FAIL,
            _("比日志最后一条（%(at)s）还早：请校准时钟（如启用 chrony）再使用。")
            % {"at": timezone.localtime(last).strftime("%Y-%m-%d %H:%M:%S")},
        )
        return
    wall, steady = time.time(), time.monotonic()
    time.sleep(0.05)
    drift = abs((time.time() - wall) - (time.monotonic() - steady))
    if drift > 0.02:
        yield WARN, _("时钟正在跳动：请检查对时服务。")
    else:
        yield OK, zone


def secret_key() -> Iterator[Finding]:
    file = Path(settings.DATA) / "secret.key"
    if len(settings.SECRET_KEY) < 32 or len(set(settings.SECRET_KEY)) < 8:
        yield FAIL, _("太短或太简单：请换成随机的 50 位（改后所有人要重新登录）。")
    elif not os.environ.get("YISHI_SECRET_KEY") and stat.S_IMODE(file.stat().st_mode) & 0o077:
        yield FAIL, _("别的用户能读 %(file)s：请运行 chmod 600。") % {"file": file}
    else:
        yield OK, _("已设置。")


def debug() -> Iterator[Finding]:
    if settings.DEBUG:
        yield FAIL, _("调试方式开着，出错时会泄露数据：请去掉 YISHI_DEBUG。")
    else:
        yield OK, _("调试方式已关闭。")


def address() -> Iterator[Finding]:
    if settings.YISHI_URL.startswith("https://") and not settings.HTTPS:
        yield FAIL, _("地址是 https，却没有设 YISHI_HTTPS=1：登录凭据可能走明文。")
    elif settings.HTTPS:
        yield OK, settings.YISHI_URL
    elif "//127.0.0.1" in settings.YISHI_URL or "//localhost" in settings.YISHI_URL:
        yield OK, _("%(url)s（只在本机可用）") % {"url": settings.YISHI_URL}
    else:
        yield (
            WARN,
            _("%(url)s 没有加密：请配置 HTTPS 并设 YISHI_HTTPS=1。") % {"url": settings.YISHI_URL},
        )


def typefaces() -> Iterator[Finding]:
    files = sorted(path.name for path in fonts.folder().glob("*.ttf"))
    if files:
        yield OK, "、".join(files)
    else:
        yield FAIL, _("没有解开的字体，PDF 无法生成：请运行 yishi migrate。")


def mail() -> Iterator[Finding]:
    if "smtp" not in settings.EMAIL_BACKEND:
        yield WARN, _("没有设 YISHI_MAIL_URL，邮件只显示在终端里；不用邮件可以不管。")
        return
    server = get_connection(fail_silently=False, timeout=MAIL_SECONDS)
    try:
        server.open()
        server.close()
    except OSError as error:  # smtplib's errors are OSErrors too
        yield (
            FAIL,
            _("连不上 %(host)s:%(port)s（%(why)s）：请核对 YISHI_MAIL_URL。")
            % {
                "host": settings.EMAIL_HOST,
                "port": settings.EMAIL_PORT,
                "why": error,
            },
        )
    else:
        yield OK, f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"


def arithmetic() -> Iterator[Finding]:
    """Checking sealed ballots works either way: this is for who wonders why it takes long."""
    yield OK, fast.state()


CHECKS: dict[object, Callable[[], Iterator[Finding]]] = {
    gettext_lazy("数据库"): database,
    gettext_lazy("升级"): migrations,
    gettext_lazy("数据文件夹"): folder,
    gettext_lazy("磁盘"): disk,
    gettext_lazy("时钟"): clock,
    gettext_lazy("密钥"): secret_key,
    gettext_lazy("调试"): debug,
    gettext_lazy("网址"): address,
    gettext_lazy("字体"): typefaces,
    gettext_lazy("邮件"): mail,
    gettext_lazy("验票的运算"): arithmetic,
}
