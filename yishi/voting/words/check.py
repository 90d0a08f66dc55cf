"""What the tally report says of a count by scanner: sums, every draw, what differed and its ruling."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yishi.voting.models import ScanDecision, ScanFile
from yishi.voting.rules import audits, counting, marking
from yishi.voting.words.names import DECISIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from yishi.voting.models import Poll

MARKS = {"f": "赞成", "a": "反对", "x": "弃权", "s": "满意", "b": "基本满意", "d": "不满意", "": "空白"}
TICKS = {"f": "选中", "": "未选"}
TITLE = "扫描读票和人工复核"


def paragraphs(poll: Poll) -> list[str]:
    """Numbered sentences; none for a poll that is counted by hand alone."""
    if not poll.by_machine:
        return []
    stand = counting.progress(poll).check
    assert stand is not None
    found = [*_sums(poll, stand.doubts), *_withdrawn(poll), *_draws(poll, stand)]
    return [f"{n}. {text}" for n, text in enumerate(found, start=1)]


def _sums(poll: Poll, doubts: int) -> Iterable[str]:
    of = list(counting.closed_ledgers(poll, poll.batches.all()).values())
    box, read, judged, hand, left = (
        sum(getattr(one, name) for one in of) for name in ("box", "read", "adjudicated", "hand", "unscanned")
    )
    yield (
        f"扫描读票{len(of)}批，事先手工清点共{box}张：机器读定{read}张，监票人判读后计入{judged}张，"
        f"转人工录入{hand + left}张{f'（其中没有扫描的{left}张）' if left else ''}。"
    )
    twice, other, gone = (sum(getattr(one, n) for one in of) for n in ("duplicates", "excluded", "withdrawn"))
    if twice or other or gone:
        said = [
            f"同一张扫了两次的{twice}页" if twice else "",
            f"不是票的{other}页（空白背面、别的纸）" if other else "",
            f"撤回重扫的{gone}页" if gone else "",
        ]
        yield f"没有计入的图像：{'，'.join(filter(None, said))}。前两类由两名监票人一致确认。"
    settled = ScanDecision.objects.filter(page__batch__poll=poll, page__file__withdrawn_at=None, settles=True)
    chief = settled.values("page", "row").distinct().count()
    yield (
        f"机器没有把握、交人判读的{doubts}栏，由两名监票人各自判读"
        f"{f'；两人不一致、由总监票人认定的{chief}处' if chief else ''}。"
        if doubts or chief
        else "没有机器没有把握的栏。"
    )


def _withdrawn(poll: Poll) -> Iterable[str]:
    files = ScanFile.objects.filter(batch__poll=poll, withdrawn_at__isnull=False)
    for file in files.select_related("batch", "withdrawn_by"):
        yield (
            f"第{file.batch.number}批的文件“{file.name}”由{file.withdrawn_by}撤回重扫，"
            f"理由：{file.withdrawn_why}。"
        )


def _draws(poll: Poll, stand: audits.Standing) -> Iterable[str]:
    if not stand.draws:
        yield "没有人工复核。"
        return
    gone: set[audits.Pick] = set()
    for draw in stand.draws:
        audit, left = draw.audit, [one for one in stand.sheets if one not in gone]
        gone |= set(draw.sheets)
        why = f"，理由：{audit.why}" if audit.why else ""
        head = f"第{audit.number}次人工复核{len(draw.sheets)}张{why}。"
        if audit.whole:
            yield f"{head}全部复核，没有抽票{'' if why else f'：{_whole(poll)}'}。"
        else:
            yield (
                f"{head}当众报出的种子：“{audit.seed}”。读票校验值：{audit.ledger}。可抽的票：{piles(left)}。"
                f"抽中：{piles(draw.sheets)}。"
            )
        differ = len(draw.differences)
        if draw.is_done:
            yield (
                f"第{audit.number}次复核由两名计票人对照原票录入，与读票一致{len(draw.checks) - differ}张，"
                f"不一致{differ}张。"
            )
        yield from (_difference(poll, one) for one in draw.differences)
    if any(not draw.audit.whole for draw in stand.draws):
        yield (
            "抽法：对每张可抽的票，算“种子|读票校验值|批号|第几张”的 SHA-256，从小到大取所需张数；"
            "凭以上所印，任何人都可以复算。"
        )


def _whole(poll: Poll) -> str:
    if poll.counting == poll.Counting.BOTH:
        return "票决办法所定"
    if poll.by_phone:
        return "手机票还没有打开，不知道差距"
    return "可能改变结果的栏数不多于存疑栏数"


def piles(sheets: Sequence[audits.Pick]) -> str:
    """`第1批第3、7张，第2批第1—50张`."""
    found: dict[int, list[int]] = {}
    for one in sheets:
        found.setdefault(one.batch, []).append(one.place)
    return "，".join(f"第{batch}批第{'、'.join(audits.runs(places))}张" for batch, places in found.items())


def _difference(poll: Poll, check: audits.Check) -> str:
    """The rows that differ and how it was settled; the rest of the sheet is nobody's business."""
    words = TICKS if poll.law.kind == "choose_up_to" else MARKS
    titles = [option.title for option in poll.options.all()]

    def rows(said: audits.Said) -> list[str]:
        marks = marking.plain(poll.law.kind, said[0])
        return [words.get(mark, "划了两种以上") for mark in [*marks, *[""] * (len(titles) - len(marks))]]

    differ = [
        f"{title}，机器和判读为{one}，计票人为{two}"
        for title, one, two in zip(titles, rows(check.machine), rows(check.people), strict=True)
        if one != two and not (check.machine[2] or check.people[2])
    ]
    if check.people[2] or check.machine[2]:
        differ.append("计票人认为存疑" if check.people[2] else "监票人认为存疑，计票人没有")
    if sorted(check.machine[1]) != sorted(check.people[1]):
        differ.append("另写的姓名不同")
    where = f"第{check.pick.batch}批第{check.pick.place}张：{'；'.join(differ) or '两种读法不同'}。"
    if check.ruling is None:
        return f"{where}还没有认定。"
    ruling = check.ruling
    how = "机器读错" if check.misread else "机器读得对"
    return f"{where}{ruling.by}对照原票认定为{DECISIONS[ruling.decision]}票，{how}，理由：{ruling.why}。"
