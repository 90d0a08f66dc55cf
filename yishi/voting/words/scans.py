"""What the pages of scanned ballots say: why a row is in doubt, what comes next and who does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from yishi.scan.reasons import REASONS
from yishi.voting.models import Official, Sheet
from yishi.voting.rules import scans as rules
from yishi.voting.rules.rights import SCRUTINEERS, hat

if TYPE_CHECKING:
    from yishi.voting.models import Batch, Poll, ScanPage

Hat = Official.Hat
# What `following` says of those who can only wait.
WAITING = ("reading", "wait_other", "wait_chief", "wait_close", "wait_scrutineers")
# Why a row is in doubt, as `scan.rows` names it; "flagged" and "name" are of people and of the form.
WHY = {
    "two_marks": gettext_lazy("一栏有两处标记"),
    "faint": gettext_lazy("标记很淡或很小"),
    "second": gettext_lazy("另一个椭圆里也有墨迹"),
    "cross": gettext_lazy("椭圆里像是画了×"),
    "scratched": gettext_lazy("像是涂改，或远远画出椭圆"),
    "shared": gettext_lazy("一笔画到另一个椭圆"),
    "bilevel": gettext_lazy("黑白扫描，淡的标记可能丢了"),
    "traces": gettext_lazy("有很淡的痕迹"),
    "beside": gettext_lazy("椭圆外有墨迹"),
    "label": gettext_lazy("字上有墨迹"),
    "name": gettext_lazy("名称栏里有墨迹"),
    "write_in": gettext_lazy("另选他人，请认姓名"),
    "red": gettext_lazy("有红色墨迹"),
    "row": gettext_lazy("这一栏看不清（折痕、遮挡）"),
    "flagged": gettext_lazy("浏览时标为存疑"),
}
OPTIONS = {
    "for": gettext_lazy("赞成"),
    "choice": gettext_lazy("选中"),
    "against": gettext_lazy("反对"),
    "abstain": gettext_lazy("弃权"),
    "satisfied": gettext_lazy("满意"),
    "basically": gettext_lazy("基本满意"),
    "dissatisfied": gettext_lazy("不满意"),
}


def why(row: rules.RowStand) -> str:
    """Why the row is shown to people, in words."""
    code = "write_in" if row.write_in and row.why == "name" else row.why
    return str(WHY.get(code, _("机器没有把握")))


def reason(code: str) -> str:
    """Why a page or a file was not read, with what to do, in the language of the page."""
    english = (get_language() or "").startswith("en")
    return REASONS.get(code, REASONS["machine"])[english]


def fates(*, readable: bool = False) -> list[tuple[str, str]]:
    """What can become of a page that was refused, or that somebody would not count as it was read."""
    return [
        *([(rules.KEEP, _("照机器读出的计"))] if readable else []),
        (rules.HAND, _("是这次的票，转人工计")),
        (rules.NO_BALLOT, _("不是票（背面、别的纸），不计")),
        (rules.DUPLICATE, _("同一张扫了两次，这一页不计")),
    ]


def twins() -> list[tuple[str, str]]:
    """What can be said of a page that looks like another."""
    return [
        (rules.DUPLICATE, _("是同一张纸，扫了两次，这一次不计")),
        (rules.KEEP, _("是两张不同的票，都计")),
    ]


def verdicts(ballot: rules.BallotStand) -> list[tuple[str, str]]:
    """What can be said of a whole ballot; what the law makes void cannot be said to be valid."""
    if ballot.proposed == rules.VOID:
        return [
            (rules.VOID, _("按规定无效")),
            (Sheet.Doubt.OTHER.value, _("说不准，请总监票人认定")),
        ]
    return [
        (rules.VALID, _("有效，不是记号")),
        (Sheet.Doubt.SIGNED.value, _("写有姓名或其他记号，请总监票人认定")),
        (Sheet.Doubt.TORN.value, _("破损或涂改，请总监票人认定")),
    ]


def page_name(page: ScanPage) -> str:
    """第12张, with its page where a ballot has several; a page without a place by its place in the file."""
    if page.ballot is None:
        return _("文件第%(n)d页") % {"n": page.index}
    several = rules.sides(page.batch.poll) > 1
    return (_("第%(n)d张第%(side)d页") if several else _("第%(n)d张")) % {
        "n": page.ballot,
        "side": page.side or 1,
    }


def kinds(poll: Poll) -> list[tuple[str, str, str]]:
    """(slug, letter, word) of everything a row can have been read as; blank first."""
    pages = (poll.sheet_layout or {}).get("pages", [])
    options = list(dict.fromkeys(box["option"] for page in pages for box in page["boxes"]))
    named = [(option, rules.LETTERS[option], str(OPTIONS[option])) for option in options]
    return [("blank", "", _("空白")), *named]


# --- what comes next --------------------------------------------------------


@dataclass(frozen=True)
class Work:
    """What lies before one person on one batch: rows, ballots and pages this person has still to judge.

    `differs`: rows two see differently, `twins`: pages that look like another.
    """

    rows: tuple[rules.RowStand, ...]
    differs: tuple[rules.RowStand, ...]
    ballots: tuple[rules.BallotStand, ...]
    pages: tuple[rules.PageStand, ...]
    twins: tuple[rules.PageStand, ...]
    judges: bool
    settles: bool


@dataclass(frozen=True)
class Next:
    """The one thing to do now. key: see `following`; `place`: the address it is done at, "" for none."""

    key: str
    sentence: str
    place: str = ""
    button: str = ""
    kind: str = ""


def work(user: Any, ledger: rules.Ledger) -> Work:
    """What this scrutineer has still to say; what two differ on is for the chief alone."""
    me, worn = user.pk, hat(user, ledger.batch.poll)
    judges, settles = worn in SCRUTINEERS, worn == Hat.CHIEF_SCRUTINEER
    rows = [row for one in ledger.ballots for row in one.rows]
    # A ballot is looked at as a whole once its rows are settled.
    whole = [one for one in ledger.ballots if one.reading is not None]

    def before(one: rules.BallotStand | rules.PageStand) -> bool:
        return (judges and one.state == "open" and me not in one.said) or (settles and one.state == "differs")

    pages = [one for one in ledger.pages if before(one)]
    return Work(
        rows=tuple(r for r in rows if judges and r.state == "open" and me not in r.said),
        differs=tuple(r for r in rows if settles and r.state == "differs"),
        ballots=tuple(filter(before, whole)),
        pages=tuple(one for one in pages if one.proposed != rules.DUPLICATE),
        twins=tuple(one for one in pages if one.proposed == rules.DUPLICATE),
        judges=judges,
        settles=settles,
    )


def address(step: Next, batch: Batch) -> str:
    """Where the step is done, "" where there is no place for it."""
    if not step.place:
        return ""
    also = {"kind": "blank"} if step.place == "scan_mosaic" else {}
    return reverse(step.place, kwargs={"batch": batch.pk, **also})


def following(user: Any, ledger: rules.Ledger) -> Next:
    """What this person does next with this batch, as one sentence and at most one button.

    key: closed | upload | reading | doubts | blank | whole | twins | wait_other | wait_chief | short |
    over | open | close | wait_close | wait_scrutineers.
    """
    batch = ledger.batch
    if batch.agreed_at:
        return Next("closed", _("这一批已经核清。"), kind="ok")
    if not ledger.rows - ledger.withdrawn and not ledger.waiting:
        text = _("请把这一批%(n)d张票放进扫描仪，扫成一个文件，再选中它上传。") % {"n": batch.size}
        return Next("upload", text)
    if ledger.waiting:
        return Next("reading", _("正在读票，读完会自动进入下一步，请稍候。"))
    mine = work(user, ledger)
    return (_judging(ledger, mine) if mine.judges else _watching(ledger)) or _closing(ledger, mine)


def _judging(ledger: rules.Ledger, mine: Work) -> Next | None:
    if mine.rows:
        text = _("有%(n)d栏机器没有把握，请您判读。") % {"n": len(mine.rows)}
        return Next("doubts", text, "scan_doubts", _("判读存疑栏"))
    if ledger.look:
        text = _("有%(n)d栏读成空白，请看一遍有没有漏看的墨迹。") % {"n": ledger.look}
        return Next("blank", text, "scan_mosaic", _("看空白栏"))
    if mine.pages or mine.ballots:
        text = _("有%(n)d张（页）要整张看：机器不能读，或可能无效，或可能有记号。") % {
            "n": len(mine.pages) + len(mine.ballots)
        }
        return Next("whole", text, "scan_whole", _("整张确认"))
    if mine.twins:
        text = _("有%(n)d张像是扫了两次，请对照确认。") % {"n": len(mine.twins)}
        return Next("twins", text, "scan_duplicates", _("看疑似重复"))
    if mine.differs:
        text = _("有%(n)d栏两人判读不一致，请总监票人认定。") % {"n": len(mine.differs)}
        return Next("doubts", text, "scan_doubts", _("认定不一致的栏"))
    if ledger.open:
        text = _("您的都判完了，还有%(n)d张等另一位监票人判读。") % {"n": ledger.open}
        return Next("wait_other", text)
    if ledger.differs:
        text = _("有%(n)d张两人判读不一致，正等总监票人认定。") % {"n": ledger.differs}
        return Next("wait_chief", text)
    return None


def _watching(ledger: rules.Ledger) -> Next | None:
    if ledger.open or ledger.look or ledger.differs:
        return Next("wait_scrutineers", _("读完了，正等两位监票人看存疑的和空白的。"))
    return None


def _closing(ledger: rules.Ledger, mine: Work) -> Next:
    n = ledger.box - ledger.difference
    if ledger.difference > 0:
        text = _("清点%(box)d张，查到%(n)d张，还差%(less)d张：请找出没有扫到的票补扫，或者转人工计。")
        return Next("short", text % {"box": ledger.box, "n": n, "less": ledger.difference}, kind="warn")
    if ledger.difference < 0:
        text = _("清点%(box)d张，查到%(n)d张，多了%(more)d张：可能有的票扫了两次，也可能清点有误。")
        text = text % {"box": ledger.box, "n": n, "more": -ledger.difference}
        place, button = ("scan_duplicates", _("看疑似重复")) if mine.judges else ("", "")
        return Next("over", text, place, button, kind="warn")
    if problems := ledger.problems:
        return Next("open", problems[0], kind="warn")
    if mine.settles:
        text = _("%(n)d张都有着落，与清点一致，可以核清这一批。") % {"n": ledger.box}
        return Next("close", text, "scan_close", _("核清这一批"), kind="ok")
    return Next(
        "wait_close", _("%(n)d张都有着落，与清点一致，等总监票人核清。") % {"n": ledger.box}, kind="ok"
    )
