"""The voting method (票决办法): drafted from the poll's rule, edited by the clerk, printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yishi.law.sentence import base_zh
from yishi.papers.documents import Document, Paragraph
from yishi.people.order import numeral

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yishi.law.rule import PollRule
    from yishi.voting.models import Poll

QUORUM = {"two_thirds": "三分之二以上", "more_than_half": "过半数", "none": ""}
SHARE = {
    "more_than_half": "过半数",
    "at_least_half": "半数以上",
    "two_thirds": "三分之二以上",
    "one_third": "三分之一以上",
    "most_votes": "",
}


def name(poll: Poll) -> str:
    """`2026年民生实事项目票决办法`."""
    title = poll.title
    if title.endswith(("票决", "选举", "表决", "测评", "票选", "投票", "推荐")):
        return f"{title}办法"
    return title + {"elect": "选举办法", "grades": "测评办法"}.get(poll.law.kind, "票决办法")


def draft(poll: Poll) -> str:
    """The draft, an article a line, as the frozen rule has it: also the points the law leaves open."""
    law, options = poll.law, poll.options.count()
    articles = [
        f"为做好{poll.title}，{_by(law.article)}制定本办法。",
        _matter(law, options),
        _presence(law),
        *(_phones(poll) if poll.by_phone else ()),
        "".join(_marking(law)) + (OVALS if poll.by_machine else ""),
        _officials(law, paper=poll.by_paper),
        _valid(law),
        *(_counting(poll) if poll.by_paper else []),
        "".join(_won(law)),
        "计票完毕，由总监票人报告计票结果，会议主持人当场宣布，并予以公布。",
        "本办法经会议通过后施行。",
    ]
    return "\n".join(f"第{numeral(n)}条　{text}" for n, text in enumerate(articles, start=1))


BATCHES = (
    "计票分批进行，每批由两名计票人各自录入，核对一致后计入；不一致的，对照原票重新录入。"
    "有疑问的票由总监票人依照本办法认定。"
)


OVALS = "填写时在所选的椭圆内涂满或者划√，以所在的椭圆为准；填错的，当场换票，不要涂改。"
READING = (
    "计票采用扫描读票。收回的票分批，每批先由人清点张数，再用扫描仪扫描，由机器读票；清点的张数与扫描的张数相符，"
    "这一批才能计入。一栏内只有一个椭圆有明显墨迹的，由机器读定；空白的栏由监票人逐一看过；"
    "机器没有把握的栏、可能无效的票和写有文字的票，由两名监票人各自判读，一致的计入，不一致的由总监票人认定。"
    "认定以原票为准，图像只供查看。机器不能读的票，由两名计票人各自录入，核对一致后计入；"
    "机器或者扫描仪不能使用的，其余的票照此办理，已经读定和判读的有效。"
)


def _counting(poll: Poll) -> Iterator[str]:
    """By hand; or by a scanner, and then how what it read is checked."""
    if not poll.by_machine:
        yield BATCHES
        return
    yield READING
    drawn = (
        "读票以后，当众抽取机器所读票的十分之一、至少二十张，由两名计票人对照原票人工复核。"
        "抽票用的种子在读票结果定住以后由代表当众报出。"
        "再有若干栏读得不同就会改变结果，而这个栏数不多于存疑栏数的，全部复核。"
    )
    again = "发现机器读错的，再抽同样张数复核，直到没有读错的或者已经全部复核。"
    whole = "读票以后，机器所读的票由两名计票人对照原票全部人工复核。"
    yield (
        f"{whole if poll.counting == poll.Counting.BOTH else drawn}"
        "复核与读票不一致的，由总监票人对照原票认定。"
        f"{'' if poll.counting == poll.Counting.BOTH else again}复核的情况写入计票报告单。"
    )


def _phones(poll: Poll) -> Iterator[str]:
    """How voting by phone goes, and what is done when it fails: fixed before the opening."""
    voters, ballot = poll.law.words.voters_zh, poll.law.words.ballot_zh
    door = (
        f"{voters}签到时领取一张{ballot}或者抽取一张投票码，只能选一种。"
        if poll.by_paper
        else f"{voters}签到时抽取一张投票码。"
    )
    again = (
        "投票截止以前可以改投，以最后一次为准。"
        if poll.revote
        else "每张投票码对每一事项只能投一次，投出不能更改。"
    )
    yield (
        f"{door}投票码不记名，由{voters}随机抽取，凭投票码在手机上投票，{again}"
        "剩余的投票码在投票前清点注销。投票前封电子票箱，投票截止后由监票人共同打开，任何人不得单独打开。"
    )
    fails = {
        poll.Failure.REPEAT: "本次投票无效，用原投票码重新投票",
        poll.Failure.PAPER: "尚未投出的，凭投票码换领纸质票，已经入箱的电子票有效",
    }
    yield f"手机投票中断、不能继续的，由会议主持人宣布，{fails[poll.Failure(poll.failure)]}。"
    if poll.by_paper:
        yield "纸质票经核对后并入电子记录，两种方式合并计票，不分别公布。"


def document(poll: Poll) -> Document:
    """The method as a paper; 草案 until it is adopted."""
    draft_mark = "" if poll.method_adopted_at else "（草案）"
    how = poll.method_votes.get("sentence") or poll.method_votes.get("otherwise") or ""
    return Document(
        title=f"{poll.meeting.body.name}\n{name(poll)}{draft_mark}",
        subtitle=f"（{poll.meeting.title}{'通过' if poll.method_adopted_at else ''}）",
        blocks=[
            *[Paragraph(line) for line in (poll.method_text or draft(poll)).splitlines() if line.strip()],
            *([Paragraph(f"（表决情况：{how}）")] if how else []),
        ],
        stamp=poll.meeting.stamp,
    )


def _by(article: str) -> str:
    if not article:
        return "按照会议的有关规定，"
    return f"{article}，" if article.startswith("参照") else f"根据{article}，"


def _matter(law: PollRule, options: int) -> str:
    w = law.words
    many = f"{options}{w.count_zh}{w.matter_zh}"
    if law.kind == "grades":
        return f"本次会议对{many}进行测评，每{w.count_zh}分别评为满意、基本满意或者不满意，也可以弃权。"
    if law.seats is None:
        return f"提请表决的共{many}，逐{w.count_zh}表决。"
    sort = "差额" if options > law.seats else "等额"
    return f"提请表决的共{many}，应选{law.seats}{w.count_zh}，实行{sort}投票。"


def _presence(law: PollRule) -> str:
    by = f"（{law.article_quorum}）" if law.article_quorum else ""
    there = QUORUM[law.quorum]
    first = f"会议有{law.words.all_zh}的{there}出席，始得进行投票{by}。" if there else ""
    return f"{first}投票采用无记名方式，由{law.words.voters_zh}本人当场投票，不设流动票箱，不得委托他人投票。"


def _marking(law: PollRule) -> Iterator[str]:
    w = law.words
    line = "该项" if law.kind != "elect" else "对该候选人的一栏"
    if law.kind == "choose_up_to":
        yield f"在所选{w.matter_zh}的椭圆内涂满或者划√，最多选{law.most}{w.count_zh}。"
    elif law.kind == "grades":
        yield f"对票上每{w.count_zh}{w.matter_zh}，只能选一个等次或者弃权。"
    else:
        yield f"对票上每{w.count_zh}{w.matter_zh}，可以赞成，可以反对，也可以弃权，只能选一种。"
    if law.kind != "choose_up_to":
        both = f"{line}无效" if law.overvote == "line" else "整张票无效"
        yield f"同一栏选两种以上的，{both}。"
    if law.kind == "choose_up_to" and law.blank == "abstain":
        yield "一项也没有选的，视为弃权。"
    elif law.blank == "abstain":
        yield "没有作任何标记的，视为弃权。"
    else:
        yield f"没有作任何标记的，{line}无效。"
    if law.most is not None:
        yield f"赞成的多于应选数{law.most}{w.count_zh}的，整张票无效；等于或者少于的，有效。"
    if law.write_ins != "no":
        yield "反对某候选人的，可以另选他人，另选的人数不得多于反对的候选人数；弃权的不得另选。"


def _officials(law: PollRule, *, paper: bool) -> str:
    tellers = "、计票人两名以上" if paper else ""
    box = "投票前，总监票人和监票人当众检查票箱并加封。" if paper else ""
    work = "监票、计票工作" if paper else "监票工作"
    barred = f"候选人不得担任{work}。" if law.kind == "elect" else ""
    return f"投票设总监票人一名、监票人一名以上{tellers}，一人只任一职，名单由会议通过。{barred}{box}"


def _valid(law: PollRule) -> str:
    ballot = law.words.ballot_zh
    by = f"（{law.article_void}）" if law.article_void else ""
    return (
        f"收回的{ballot}等于或者少于发出的，投票有效；多于发出的，投票无效，重新投票{by}。"
        f"{ballot}以加盖印章的为准。"
    )


def _won(law: PollRule) -> Iterator[str]:
    w, share = law.words, SHARE[law.threshold]
    base = base_zh(law)
    if law.kind == "grades":
        yield f"满意票达到{base}{share}的，为满意；满意票与基本满意票之和达到{base}{share}的，为基本满意；"
        rest = f"不满意票达到{base}{share}的" if law.dissatisfied == "threshold" else "其余的"
        yield f"{rest}，为不满意。"
        return
    yield (
        f"获得{base}{share}{w.for_zh}的{w.matter_zh}，始得{w.won_zh}。"
        if share
        else f"以得票多的{w.matter_zh}{w.won_zh}。"
    )
    if law.seats is None:
        return
    if share:
        yield f"获得{share}{w.for_zh}的多于应选数时，以得票多的{w.won_zh}。"
    tie = "就票数相等的再次投票" if law.tie == "second_ballot" else f"票数相等的均不{w.won_zh}，名额空缺"
    yield f"票数相等不能确定的，{tie}{_in(law.article_tie)}。"
    step = {"vacant": "名额空缺", "further_election": "另行选举", "repeat": "另行投票"}[law.short]
    yield f"{w.won_zh}的少于应选数时，不足的{step}{_in(law.article_short)}。"


def _in(article: str) -> str:
    return f"（{article}）" if article else ""
