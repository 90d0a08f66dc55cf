"""Try to say who cast which ballot of a meeting's votes by phone, and tell what was tried."""

import json
from argparse import Namespace

from django.utils.translation import gettext as _

from yishi.cli import Refusal
from yishi.meetings.models import Meeting
from yishi.voting.rules.secrecy import Attempt, attempts

WRONG = 2


def check(options: Namespace) -> int:
    """0: nothing found; 1: something found, named by its place and never by itself; 2: wrong meeting."""
    meeting = Meeting.objects.filter(pk=options.meeting).select_related("sealed", "body").first()
    if meeting is None or not hasattr(meeting, "sealed"):
        what = _("没有这次会议。") if meeting is None else _("这次会议没有手机投票。")
        print(f"✗ {what}")
        return WRONG
    for folder in (*options.logs, *options.backups):
        if not folder.exists():
            raise Refusal(_("没有 %(file)s 这个文件。") % {"file": folder})
    done = []
    if not options.json:
        print(
            _("%(body)s%(meeting)s：试着找出谁投了哪张票") % {"body": meeting.body, "meeting": meeting.title}
        )
    for attempt in attempts(meeting, logs=options.logs, backups=options.backups):
        done.append(attempt)
        if not options.json:
            _say(attempt)
    found = sum(bool(attempt.found) for attempt in done)
    if options.json:
        whole = {"meeting": meeting.pk, "found": found, "attempts": [vars(one) for one in done]}
        print(json.dumps(whole, ensure_ascii=False, indent=1))
    elif found:
        print(_("✗ 试了%(n)s种办法，%(found)s种找到了痕迹。") % {"n": len(done), "found": found})
    else:
        print(_("✓ 试了%(n)s种办法，没有找到。") % {"n": len(done)})
    return 1 if found else 0


def _say(attempt: Attempt) -> None:
    result = "; ".join(f"{where} × {n}" for where, n in attempt.found.items()) or _("没有")
    print(f"{'✗' if attempt.found else '✓'} {attempt.tried} / {result}")
    if attempt.left:
        print(f"  △ {attempt.left}")
