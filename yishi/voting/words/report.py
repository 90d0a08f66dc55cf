"""The tally report (计票报告单): every figure, correction, ruling and overridden gate, to be signed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from django.utils import timezone, translation

from yishi.journal.models import Chain
from yishi.law.sentence import GRADES_ZH
from yishi.papers.documents import Document, Heading, Paragraph, Signatures, Table
from yishi.people.order import numeral
from yishi.voting.models import Batch, Figure, Ruling
from yishi.voting.rules import audits, counting, sealed_count
from yishi.voting.rules.box import equation, figures
from yishi.voting.rules.outcomes import result_rows
from yishi.voting.rules.polls import told
from yishi.voting.words import check
from yishi.voting.words.names import DECISIONS, FIGURES, HATS
from yishi.voting.words.script import people

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from yishi.papers.documents.content import Align, Block
    from yishi.voting.models import Poll, Tally

# The names of gates as they are printed; papers are Chinese whatever the page's language.
GATES = {
    "officials_adopted": "监票、计票人员名单由会议通过",
    "printed": "登记印制张数",
    "printed_balance": "印制＝发出＋换票收回＋剩余",
    "sealed": "总监票人和监票人两人确认封箱",
    "slips": "剩余的投票码全部注销",
    "everybody": "到会的人都领了票",
    "few": "投票的不少于10人",
}
GRADE_COLUMNS = (("满意", "satisfied"), ("基本满意", "basically"), ("不满意", "dissatisfied"))


def document(poll: Poll, tally: Tally) -> Document:
    """The report of one tally, current or replaced."""
    parts: list[tuple[str, Sequence[Block]]] = [
        ("计票结果", [lines(poll, tally), Paragraph(tally.outcome["sentence_zh"])]),
        ("说明", [Paragraph(text) for text in remarks(poll, tally)]),
        (check.TITLE, [Paragraph(text) for text in check.paragraphs(poll)]),
        ("电子票箱", _sealed(poll)),
        ("签字", [Paragraph(f"{people(poll)}。"), Signatures(_labels(poll))]),
    ]
    numbered = enumerate(((title, blocks) for title, blocks in parts if blocks), start=1)
    return Document(
        title="计票报告单",
        subtitle=poll.title,
        blocks=[
            Paragraph(f"{poll.meeting.body.name}{poll.meeting.title}"),
            _equation(poll, tally),
            *[b for n, (title, blocks) in numbered for b in (Heading(f"{numeral(n)}、{title}"), *blocks)],
        ],
        stamp=poll.meeting.stamp,
        date=_day(tally.confirmed_at or tally.at),
        page_footer=anchor(poll),
    )


def anchor(poll: Poll) -> str:
    """The head of the journal at this moment: whoever keeps the paper can prove the journal later."""
    head = Chain.objects.filter(name=poll.chain).first()
    return f"日志第{head.length}条校验值\n{head.digest}" if head else ""


def lines(poll: Poll, tally: Tally) -> Table:
    """The result line by line, as the kind of poll has it."""
    rows = result_rows(poll, tally)
    if poll.law.kind == "grades":
        header = ["序号", "测评对象", *[name for name, _ in GRADE_COLUMNS], "弃权", "等次"]
        body = [
            [
                str(row["place"] or ""),
                row["title"],
                *[str(row.get(key, 0)) for _, key in GRADE_COLUMNS],
                str(row.get("abstain", 0)),
                GRADES_ZH[row["grade"]],
            ]
            for row in rows
        ]
        return Table(header, body, widths=[1, 5, 1.4, 1.6, 1.5, 1.3, 1.8], align=_align(4))
    if poll.law.kind == "choose_up_to":
        header = ["序号", poll.law.words.matter_zh, "得票", "结果"]
        body = [[str(r["place"] or ""), r["title"], str(r.get("for", 0)), _result(poll, r)] for r in rows]
        return Table(header, body, widths=[1, 6, 1.5, 2], align=_align(1))
    header = ["序号", poll.law.words.matter_zh, "赞成", "反对", "弃权", "结果"]
    body = [
        [
            str(r["place"] or "另选"),
            r["title"],
            *[str(r.get(key, 0)) for key in ("for", "against", "abstain")],
            _result(poll, r),
        ]
        for r in rows
    ]
    return Table(header, body, widths=[1.1, 5, 1.3, 1.3, 1.3, 1.8], align=_align(3))


def remarks(poll: Poll, tally: Tally) -> list[str]:
    """Why ballots are invalid, corrections, tallies replaced, rulings, gates passed unmet; or none."""
    found = [
        *_invalid(poll),
        *_corrections(poll),
        *_replaced(tally),
        *_rulings(poll),
        *_overrides(poll),
    ]
    return [f"{n}. {text}" for n, text in enumerate(found, start=1)] or ["没有无效票、更正、认定和例外情况。"]


def _equation(poll: Poll, tally: Tally) -> Table:
    """Over both doors; with phones a row for each door, since invalid ballots are of paper alone."""
    said, counted = figures(poll), tally.figures
    if poll.by_phone:
        return _doors(poll, tally)
    kind = Figure.Kind
    return Table(
        ["应到", "实到", "印制", "发出", "换票收回", "剩余", "收回", "有效", "无效"],
        [
            [
                str(counted["members"]),
                str(counted["present"]),
                str(said.get(kind.PRINTED, "—")),
                str(counted["issued"]),
                str(said.get(kind.REPLACED, "—")),
                str(said.get(kind.LEFT_OVER, "—")),
                str(counted["returned"]),
                str(counted["valid"]),
                str(counted["invalid"]),
            ]
        ],
        align=["center"] * 9,
    )


def _doors(poll: Poll, tally: Tally) -> Table:
    e, counted = equation(poll), tally.figures
    rows = [["投票码（手机）", *map(_said, (e.slips, e.cast, e.cast, 0))]]
    if poll.by_paper:
        paper = (e.paper_issued, e.paper_returned, counted["valid"] - (e.cast or 0), counted["invalid"])
        rows.append(["纸质票", *map(_said, paper)])
    issued = [str(counted[name]) for name in ("issued", "returned", "valid", "invalid")]
    header = [f"应到{counted['members']}，实到{counted['present']}", "发出", "收回", "有效", "无效"]
    middle: list[Align] = ["center"] * 4
    return Table(header, [*rows, ["合计", *issued]], widths=[3, 1, 1, 1, 1], align=["left", *middle])


def _said(value: int | None) -> str:
    return "—" if value is None else str(value)


def _sealed(poll: Poll) -> list[Paragraph]:
    """What is compared with the published record: whoever keeps this paper can prove it later."""
    box = getattr(poll, "box", None) if poll.by_phone else None
    if box is None:
        return []
    slips = f"发出投票码{box.slips}张，换领纸质票{box.exchanged.count()}张，收到电子票{box.cast or 0}张。"
    papers = f"可并入的纸质票名额{box.papers}个。" if box.papers else ""
    said = [
        f"{slips}{papers}",
        f"封箱校验值：{sealed_count.election_of(box).fingerprint}",
        f"投票记录末条校验值：{sealed_count.last_hash(box)}",
        f"记录文件：{box.uuid}.bel，公布后人人可以核验。",
    ]
    return list(map(Paragraph, said))


def _result(poll: Poll, row: dict[str, object]) -> str:
    w = poll.law.words
    if row["tied"]:
        return "票数相等"
    return w.won_zh if row["adopted"] else w.lost_zh


def _align(numbers: int) -> list[Align]:
    right: list[Align] = ["right"] * numbers
    return ["center", "left", *right, "center"]


def _labels(poll: Poll) -> list[str]:
    hats = [one.hat for one in poll.officials.all()]
    return [label for hat, label in HATS.items() for _ in range(hats.count(hat))]


def _invalid(poll: Poll) -> list[str]:
    """Ballots void by the rule itself, by reason; those settled by a ruling are listed one by one."""
    void = (case.reading for case in counting.cases(poll) if case.ruling is None)
    reasons = Counter((one.reason_zh, one.article) for one in void if one.valid is False)
    return [
        f"按规定无效{n}张：{why}{f'（{article}）' if article else ''}。"
        for (why, article), n in reasons.most_common()
    ]


def _corrections(poll: Poll) -> list[str]:
    before: dict[str, int] = {}
    found = []
    for one in poll.figures.select_related("by"):
        if one.kind in before:
            found.append(
                f"{_moment(one.at)}，{one.by}更正{FIGURES[one.kind]}：由{before[one.kind]}改为{one.value}"
                + (f"，理由：{one.why}" if one.why else "")
                + "。"
            )
        before[one.kind] = one.value
    return found


def _replaced(tally: Tally) -> list[str]:
    if tally.replaces is None:
        return []
    old = tally.replaces
    return [
        f"{_moment(tally.at)}，{tally.by}更正计票结果，理由：{tally.why}。"
        f"原计票结果（{_moment(old.at)}）：{old.outcome['sentence_zh']}"
    ]


def _rulings(poll: Poll) -> list[str]:
    newest = {
        (one.batch.number, one.number): one
        for one in Ruling.objects.filter(batch__poll=poll).select_related("batch", "by")
    }
    # What the check by hand found, and what tellers differed in there, is told with it.
    return [
        f"第{batch}批第{number}张：{one.by}认定为{DECISIONS[one.decision]}票，理由：{one.why}。"
        for (batch, number), one in sorted(newest.items())
        if one.batch.way != Batch.Way.AUDIT and one.reason_code != audits.REASON
    ]


def _overrides(poll: Poll) -> list[str]:
    passed = list(poll.overrides.select_related("by"))
    names = dict(GATES)
    if any(one.gate not in names for one in passed):
        # Chinese whatever the page's language, as the paper is.
        with translation.override("zh-hans"):
            names |= {gate.key: gate.text for gate in told(poll, passed[-1].at)}
    return [
        f"{_moment(one.at)}，{one.by}决定在“{names.get(one.gate, one.gate)}”未满足时继续，理由：{one.why}。"
        for one in passed
    ]


def _moment(at: datetime) -> str:
    local = timezone.localtime(at)
    return f"{local.month}月{local.day}日{local.hour}时{local.minute:02}分"


def _day(at: datetime) -> date:
    return timezone.localtime(at).date()
