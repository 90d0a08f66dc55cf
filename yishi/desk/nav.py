"""The links of the head of every page: where this person may go, and nothing else."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from yishi.people.rules import Duty

WORKS = {Duty.CLERK, Duty.CHAIR}
KEEPS = {Duty.SYSTEM, Duty.SECURITY}
READS = {*WORKS, Duty.AUDITOR}


def nav(request: Any) -> list[tuple[str, str]]:
    """settings.NAV; from the roles of the session alone, without a further query."""
    user = request.user
    if not user.is_authenticated:
        return [
            (reverse("home"), _("首页")),
            (reverse("calls_public"), _("项目征集")),
            (reverse("board"), _("民生实事进展")),
            (reverse("results"), _("表决结果")),
            (reverse("documents_public"), _("公告文件")),
        ]
    duties = {duty for _body, duty in user.held}
    found = [(reverse("desk"), _("工作台"))]
    if duties & WORKS:
        found.append((reverse("meetings"), _("会议")))
        found.append((reverse("calls"), _("民生实事")))
        found.append((reverse("documents"), _("公告文件")))
    if user.person_id is not None:
        found.append((reverse("my_meetings"), _("我的会议")))
    if duties & (WORKS | KEEPS):
        found.append((reverse("bodies"), _("机关和名册")))
    if duties & KEEPS:
        found.append((reverse("users"), _("账号")))
    if duties & READS:
        found.append((reverse("journal"), _("日志")))
    return [*found, (reverse("results"), _("表决结果"))]
