"""Papers of a meeting from its records: notice, attendance list, minutes, Excel, cards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from django.utils import timezone

from yishi.meetings.models import Meeting, Voter
from yishi.meetings.rules import quorum
from yishi.papers.cards import Card
from yishi.papers.documents import Block, Document, Heading, Paragraph, Signatures, Table, date_text
from yishi.papers.tables import Column, Sheet

At = Voter.Attendance
NUMERALS = "一二三四五六七八九十"
PERIODS = ((5, "凌晨"), (8, "早上"), (12, "上午"), (13, "中午"), (18, "下午"), (24, "晚上"))


def moment(at: datetime) -> str:
    """2026年1月20日上午9:00, local time."""
    local = timezone.localtime(at)
    period = next(word for until, word in PERIODS if local.hour < until)
    hour = local.hour - 12 if local.hour > 12 else local.hour
    return f"{date_text(local.date())}{period}{hour}:{local.minute:02d}"


def whole_title(meeting: Meeting) -> str:
    """The title with the name of the body before it, unless it already says so."""
    name = meeting.body.name
    if name in meeting.title:
        return meeting.title
    # 枫溪镇 + 第十七届人民代表大会第五次会议: the congress is not named twice.
    kind = "人民代表大会"
    place = name.removesuffix(kind) if kind in meeting.title else name
    return meeting.title if meeting.title.startswith(place) else f"{place}{meeting.title}"


def notice(meeting: Meeting) -> Document:
    """会议通知: when, where, agenda, papers."""
    agenda = [f"{n}. {item.title}" for n, item in enumerate(meeting.agenda.all(), 1)]
    papers = [f"{n}. {paper.title}" for n, paper in enumerate(meeting.materials.current(), 1)]
    blocks: list[Block] = [
        Paragraph("各位代表：" if meeting.body.is_congress else "各位组成人员：", indent=False),
        Paragraph(f"{whole_title(meeting)}定于{moment(meeting.starts_at)}召开。现将有关事项通知如下。"),
        Heading("一、时间和地点"),
        Paragraph(f"时间：{moment(meeting.starts_at)}"),
        Paragraph(f"地点：{meeting.place or '另行通知'}"),
        Heading("二、议程"),
        *[Paragraph(line) for line in agenda or ["另行通知"]],
        Heading("三、会议材料"),
        *[Paragraph(line) for line in papers or ["会前送达"]],
        Heading("四、有关要求"),
        Paragraph("请安排好工作，准时到会签到。因故不能出席的，请在会前书面请假。"),
    ]
    at = meeting.called_at
    return Document(
        title="关于召开" + whole_title(meeting) + "的通知",
        blocks=blocks,
        stamp=meeting.stamp,
        issuer=meeting.body.name,
        date=timezone.localtime(at).date() if at else None,
    )


def attendance_list(meeting: Meeting) -> Document:
    """出席名单: by delegation, in order of surname strokes."""
    voters = meeting.voters.in_order()
    enough = quorum(meeting)
    blocks: list[Block] = [Paragraph(enough.sentence_zh)]
    for delegation, members in groupby(voters, key=lambda v: v.seat.delegation):
        rows = [
            [str(n), v.seat.person.name, str(v.get_attendance_display()), _clock(v.arrived_at), v.note]
            for n, v in enumerate(members, 1)
        ]
        here = sum(row[2] in ("已到", "迟到") for row in rows)
        blocks += [
            Heading(f"{delegation or '全体'}（应到{len(rows)}名，实到{here}名）", 2),
            Table(["序号", "姓名", "出席", "到会时间", "备注"], rows, widths=[1, 2, 2, 2, 4]),
        ]
    return Document(
        title="出席名单",
        subtitle=whole_title(meeting),
        blocks=blocks,
        stamp=meeting.stamp,
        page_footer="各代表团内按姓名笔画排列",
    )


def minutes(meeting: Meeting, extra: Sequence[Block] = ()) -> Document:
    """会议纪要, to be completed in Word; `extra` are the outcomes of votes, put in by the room above."""
    enough = quorum(meeting)
    voters = meeting.voters.in_order()
    away = "、".join(v.seat.person.name for v in voters if v.attendance == At.ON_LEAVE) or "无"
    missing = "、".join(v.seat.person.name for v in voters if v.attendance == At.EXPECTED) or "无"
    agenda = list(meeting.agenda.all())
    blocks: list[Block] = [
        Paragraph(f"时间：{moment(meeting.opened_at or meeting.starts_at)}"
                  + (f"至{moment(meeting.closed_at)}" if meeting.closed_at else "")),
        Paragraph(f"地点：{meeting.place}"),
        Paragraph(f"主持人：{meeting.presiding or ''}"),
        Paragraph(f"出席：{enough.sentence_zh}"),
        Paragraph(f"请假：{away}"),
        Paragraph(f"缺席：{missing}"),
        Heading("一、议程"),
        *[
            Paragraph(f"{n}. {item.title}{'' if item.done_at else '（未进行）'}")
            for n, item in enumerate(agenda, 1)
        ],
    ]  # fmt: skip
    if extra:
        blocks += [Heading("二、表决情况"), *extra]
    blocks += [
        Heading("三、审议意见" if extra else "二、审议意见"),
        Paragraph("（请在此填写审议发言和形成的意见。）"),
        Signatures(["主持人", "记录人"]),
    ]
    at = meeting.closed_at or meeting.starts_at
    return Document(
        title="会议纪要",
        subtitle=whole_title(meeting),
        blocks=blocks,
        stamp=meeting.stamp,
        issuer=meeting.body.name,
        date=timezone.localtime(at).date(),
    )


def attendance_sheet(meeting: Meeting) -> Sheet:
    """The attendance list as a sheet of Excel."""
    columns = [
        Column(title) for title in ("序号", "代表团", "姓名", "出席", "到会时间", "离会时间", "方式", "备注")
    ]
    rows = [
        {
            "序号": str(n),
            "代表团": v.seat.delegation,
            "姓名": v.seat.person.name,
            "出席": str(v.get_attendance_display()),
            "到会时间": _clock(v.arrived_at),
            "离会时间": _clock(v.left_at),
            "方式": str(v.get_how_display()) if v.how else "",
            "备注": v.note,
        }
        for n, v in enumerate(meeting.voters.in_order(), 1)
    ]
    return Sheet("出席情况", columns, rows)


def delivery_sheets(meeting: Meeting) -> list[Sheet]:
    """Proof of delivery: one sheet a paper, who has it, how, when, noted by whom."""
    columns = [Column(title) for title in ("代表团", "姓名", "送达方式", "送达时间", "记录人")]
    voters = meeting.voters.in_order()
    sheets = []
    for n, paper in enumerate(meeting.materials.prefetch_related("deliveries__by"), 1):
        proofs = {d.voter_id: d for d in paper.deliveries.all()}
        rows = []
        for v in voters:
            proof = proofs.get(v.pk)
            rows.append({
                "代表团": v.seat.delegation,
                "姓名": v.seat.person.name,
                "送达方式": str(proof.get_how_display()) if proof else "未送达",
                "送达时间": _stamp(proof.at) if proof else "",
                "记录人": str(proof.by) if proof else "",
            })  # fmt: skip
        sheets.append(Sheet(f"{n}.{paper.title}"[:28], columns, rows))
    return sheets or [Sheet("送达记录", columns, [])]


def cards(meeting: Meeting, url: str) -> list[Card]:
    """A sign-in card for each of the entitled; `url` is the address a code is put behind."""
    return [
        Card(v.seat.person.name, v.seat.delegation, url + v.code, "到会时请出示扫码签到")
        for v in meeting.voters.in_order()
    ]


def _clock(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%H:%M}" if at else ""


def _stamp(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"
