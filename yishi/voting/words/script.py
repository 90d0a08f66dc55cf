"""The chair's script (主持词): the words to say at each step, and the whole in large print."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yishi.papers.documents import Document, Heading, Paragraph, Spoken
from yishi.voting.models import Figure
from yishi.voting.rules.box import declared, totals
from yishi.voting.rules.polls import KEYS
from yishi.voting.words.method import name
from yishi.voting.words.names import HATS

if TYPE_CHECKING:
    from yishi.voting.models import Poll, Tally

Kind = Figure.Kind
TITLES = {
    "method": "通过票决办法",
    "officials": "通过监票、计票人员名单",
    "quorum": "报告到会人数",
    "issued": "发票",
    "sealed": "检查票箱",
    "open": "投票",
    "slips": "投票码",
    "boxed": "封电子票箱",
    "closed": "投票截止",
    "returned": "报告收回票数",
    "counted": "计票",
    "confirmed": "总监票人报告",
    "declared": "宣布结果",
}
PEN = "请用发的黑色签字笔，把所选的椭圆涂满或者划√。"
HANDS = "赞成的请举手。……请放下。反对的请举手。……弃权的请举手。……"


def words(poll: Poll, key: str, tally: Tally | None = None) -> str:
    """What the chair says at this step; empty where nothing is said. A figure not there yet is a line
    to fill in by hand."""
    w = poll.law.words
    said = totals(poll)

    def n(kind: str) -> str:
        return str(said.get(kind, "＿＿＿"))

    ballot, voters, unit = w.ballot_zh, w.voters_zh, w.unit_zh
    match key:
        case "method":
            return (
                f"各位{voters}：《{name(poll)}（草案）》已印发给大家，并进行了审议。"
                f"现在进行表决。{HANDS}\n通过。"
            )
        case "officials":
            return (
                f"下面通过总监票人、监票人、计票人名单。建议：{people(poll)}。\n现在进行表决。{HANDS}\n通过。"
            )
        case "quorum":
            return (
                f"现在报告到会人数。本次会议应到{voters}{n(Kind.ENTITLED)}{unit}，"
                f"实到{n(Kind.PRESENT)}{unit}，符合法定人数，可以进行投票。"
            )
        case "issued":
            colour = f"（{poll.colour}）" if poll.colour else ""
            return (
                f"请工作人员分发{ballot}{colour}。……{ballot}发完了没有？有没有多发、漏发的？"
                f"……请总监票人报告发出的张数。发出{ballot}{n(Kind.ISSUED)}张。\n"
                f"{PEN if poll.by_machine else ''}填写时以所在椭圆为准，写错了可以当场换票；请不要写姓名。"
            )
        case "slips":
            paper = "或者表决票" if poll.by_paper else ""
            return (
                f"请各位{voters}核对是否已领到投票码{paper}。……剩余的投票码已当众清点注销。"
                "投票码不要给别人看，也不要拍照。"
            )
        case "boxed":
            return "请总监票人、监票人封电子票箱。……电子票箱已封好，大屏上是封箱校验值。"
        case "open" if poll.by_phone:
            paper = "领纸质票的，请依次到票箱投票。" if poll.by_paper else ""
            return f"现在开始投票。请用手机扫投票码，选好以后核对、投出，看到“已入箱”就是投好了。{paper}"
        case "closed" if poll.by_phone:
            return "还有没有没投票的？……没有。投票结束。请总监票人、监票人打开电子票箱。"
        case "sealed":
            return "请总监票人和监票人检查票箱。……票箱是空的，现在加封。"
        case "open":
            return "现在开始投票。请总监票人、监票人先投票，随后请主席台成员、各代表团依次投票。"
        case "closed":
            return "还有没有没投票的？……没有。投票结束。请总监票人、监票人当众开箱，清点票数。"
        case "returned":
            return (
                f"现在报告收回的票数：发出{ballot}{n(Kind.ISSUED)}张，收回{n(Kind.RETURNED)}张。"
                "收回的票数没有多于发出的票数，投票有效。请计票人在监票人监督下计票。"
            )
        case "counted" if poll.by_machine:
            draw = (
                "读完以后，人工复核全部的票。"
                if poll.counting == poll.Counting.BOTH
                else f"读完以后要当众抽票复核：请六位{voters}各报一个数字，连起来就是抽票的种子。"
            )
            return (
                "现在计票。票分批清点，用扫描仪读票；机器没有把握的，由两名监票人判读。"
                f"{draw}请各位稍候（可以休会）。"
            )
        case "counted":
            return "现在计票，请各位稍候（可以休会）。"
        case "confirmed":
            return "计票已经结束。请总监票人报告计票结果。"
        case "declared":
            result = tally.outcome["sentence_zh"] if tally else "（计票结果）"
            return f"现在宣布结果：{result}"
    return ""


def people(poll: Poll) -> str:
    """`总监票人：甲；监票人：乙、丙；……`, in the order of the hats."""
    named: dict[str, list[str]] = {}
    for one in poll.officials.select_related("user"):
        named.setdefault(one.hat, []).append(str(one.user))
    return "；".join(f"{label}：{'、'.join(named[hat])}" for hat, label in HATS.items() if hat in named)


def document(poll: Poll) -> Document:
    """The whole script, to read standing."""
    tally = declared(poll) or poll.tallies.current()
    blocks: list[Heading | Spoken | Paragraph] = []
    for key in KEYS:
        if text := words(poll, key, tally):
            blocks += [Heading(TITLES[key]), Spoken(text)]
    return Document(
        title="主持词",
        subtitle=f"{poll.meeting.body.name}　{poll.title}",
        blocks=blocks,
        stamp=poll.meeting.stamp,
        large=True,
    )
