"""What is said of a declared result: the announcement in both languages, the minutes' insert, the list
of officials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from yishi.papers.documents import Block, Document, Heading, Paragraph, Table
from yishi.voting.rules.box import declared
from yishi.voting.words.names import HATS
from yishi.voting.words.report import lines

if TYPE_CHECKING:
    from yishi.meetings.models import Meeting
    from yishi.voting.models import Poll, Tally


def announcement(poll: Poll, tally: Tally, lang: str = "zh") -> Document:
    """公告, or its English version."""
    at = timezone.localtime(poll.declared_at or tally.at).date()
    body = poll.meeting.body.name
    if lang == "en":
        adopted = [[str(n), title] for n, title in enumerate(tally.outcome["adopted"], start=1)]
        return Document(
            title="Announcement",
            subtitle=f"{body} — {poll.title}",
            blocks=[
                Paragraph(tally.outcome["sentence_en"]),
                *([Table(["No.", "Title"], adopted, widths=[1, 8])] if adopted else []),
            ],
            stamp=poll.meeting.stamp and "REHEARSAL",
            issuer=body,
            date=at,
            lang="en",
        )
    return Document(
        title=f"{body}公告",
        subtitle=poll.title,
        blocks=[
            Paragraph(f"{body}{poll.meeting.title}对{poll.title}进行了无记名投票。"),
            Paragraph(tally.outcome["sentence_zh"]),
            lines(poll, tally),
            Paragraph("现予公告。"),
        ],
        stamp=poll.meeting.stamp,
        issuer=body,
        date=at,
    )


def minutes(meeting: Meeting) -> list[Block]:
    """What the minutes of a meeting say of its declared and void polls: blocks to put in."""
    found: list[Block] = []
    for poll in meeting.polls.order_by("place"):
        tally = declared(poll)
        if tally is None and poll.state != poll.State.VOID:
            continue
        found.append(Heading(poll.title, level=2))
        if tally is not None:
            found.append(Paragraph(f"会议以无记名投票方式进行表决。{tally.outcome['sentence_zh']}"))
        else:
            found.append(Paragraph(f"本次投票作废：{poll.void_reason}"))
    return found


def officials(poll: Poll) -> Document:
    """The list of scrutineers and tellers, to be passed by the meeting."""
    named: dict[str, list[str]] = {hat: [] for hat in HATS}
    for one in poll.officials.select_related("user"):
        named[one.hat].append(str(one.user))
    rows = [[label, "、".join(named[hat])] for hat, label in HATS.items() if named[hat]]
    draft = "" if poll.officials_adopted_at else "（草案）"
    how = poll.officials_votes.get("sentence") or poll.officials_votes.get("otherwise") or ""
    return Document(
        title=f"总监票人、监票人、计票人名单{draft}",
        subtitle=f"{poll.meeting.body.name}　{poll.title}",
        blocks=[
            Table(["职责", "姓名"], rows, widths=[2, 6]),
            *([Paragraph(f"（表决情况：{how}）")] if how else []),
        ],
        stamp=poll.meeting.stamp,
    )
