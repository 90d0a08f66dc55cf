"""The auditor's lines: the journal to be verified, refusals since it last was."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _

from yishi.desk.line import Line
from yishi.journal.models import Entry
from yishi.people.rules import is_auditor
from yishi.web.templatetags.web import zhdate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

EVERY = timedelta(days=30)


def lines(user: Any, now: datetime) -> Iterator[Line]:
    """Two at most; both are done when the auditor verifies the journal."""
    if not is_auditor(user):
        return
    last = Entry.objects.filter(verb="journal.verified").values_list("at", flat=True).first()
    journal = reverse("journal")
    if last is None or now - last > EVERY:
        about = _("上次核验：%(day)s") % {"day": zhdate(last)} if last else _("还没有核验过")
        yield Line("today", _("核验日志"), about, journal, at=now)
    refused = Entry.objects.filter(verb="people.refused").between(last, None).count()
    if refused:
        word = _("查看被拒绝的访问（%(n)d次）") % {"n": refused}
        yield Line("today", word, _("上次核验以来"), f"{journal}?verb=people.refused", at=now)
