"""What a poll on projects asks for before it opens: settings.POLL_GATES names `gates`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Max
from django.utils.timezone import localdate
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from yishi.law.articles import english
from yishi.law.dates import in_time, latest
from yishi.meetings.models import Delivery, Meeting
from yishi.meetings.rules import papers_rule
from yishi.projects.models import Booklet, Comment, Explanation, Project
from yishi.projects.rules.ballot import detail
from yishi.projects.rules.candidates import goes_to_committee
from yishi.projects.rules.topics import asked
from yishi.voting.models import Override, Poll
from yishi.voting.rules.polls import Gate
from yishi.web.templatetags.web import zhdate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from yishi.law.pack import NoticeRule
    from yishi.projects.models import Call

# A session has no record of its own: meetings of a body and term that begin within so many days are one.
SESSION_DAYS = 15
# The first is the law; without the second the result could not be read back to the projects.
HARD = ("projects_committee", "projects_ballot")
# Sheets may change between a void vote and its repeat: what was passed of them is asked again.
OF_SHEETS = ("projects_newest", "projects_ballot")


def chain_of(poll: Poll) -> list[Poll]:
    """The poll and those it follows, the first ballot last."""
    found = [poll]
    while found[-1].previous is not None:
        found.append(found[-1].previous)
    return found


def on_ballot(poll: Poll) -> list[Project]:
    """The projects voted on in this poll, or in the one that it follows, with `newest`: their version."""
    keys = [one.pk for one in chain_of(poll)]
    tied = Project.objects.whole().filter(poll__in=keys).exclude(state=Project.State.WITHDRAWN)
    return list(tied.annotate(newest=Max("versions__number")))


def same(title: str) -> str:
    """A title as the ballot writes it: `set_options` joins what stands apart."""
    return " ".join(title.split())


def session_of(meeting: Meeting) -> Any:
    """The meeting and the earlier ones of its session; rehearsals are not among them."""
    since = meeting.starts_at - timedelta(days=SESSION_DAYS)
    found = Meeting.objects.real().filter(body=meeting.body_id, term=meeting.term_id)
    return found.filter(starts_at__gte=since, starts_at__lte=meeting.starts_at)


@dataclass(frozen=True)
class Papers:
    """Which papers of the candidates there are in this session, and whom they reached and when."""

    booklets: list[Booklet]
    seats: set[int]
    reached: dict[int, dict[int, datetime]]  # material -> seat -> moment
    rule: NoticeRule | None

    @classmethod
    def of(cls, call: Call, meeting: Meeting) -> Papers:
        booklets = Booklet.objects.filter(call=call, material__meeting__in=session_of(meeting))
        booklets = booklets.select_related("material__meeting").order_by("at", "pk")
        found = list(booklets)
        reached: dict[int, dict[int, datetime]] = {one.material_id: {} for one in found}
        rows = Delivery.objects.filter(material__in=list(reached))
        for material, seat, at in rows.values_list("material", "voter__seat", "at"):
            reached[material][seat] = at
        seats = set(meeting.voters.values_list("seat", flat=True))
        return cls(found, seats, reached, papers_rule(meeting))

    @property
    def newest(self) -> Booklet | None:
        """The one that counts now: the last that was not withdrawn."""
        return next((b for b in reversed(self.booklets) if b.material.withdrawn_at is None), None)

    def last_day(self, booklet: Booklet) -> date | None:
        day = localdate(booklet.material.meeting.starts_at)
        return latest(self.rule, day) if self.rule else None

    def in_time(self) -> set[int]:
        """The seats that one of the booklets reached as early as the pack asks."""
        return {
            seat
            for one in self.booklets
            for seat, at in self.reached[one.material_id].items()
            if self.rule is None
            or in_time(self.rule, localdate(at), localdate(one.material.meeting.starts_at))
        }

    def had(self) -> set[int]:
        return {seat for seats in self.reached.values() for seat in seats}


def gates(poll: Poll, now: datetime) -> Iterator[Gate]:
    """The gates of a poll on projects; none for any other poll. That a county's candidates go before the
    standing committee first is the law, and that the ballot is the sheets' makes the result readable:
    these cannot be passed; the others can, with a reason.

    What the chair passed before the first ballot stays passed for the ballots that follow it, but for
    what a void vote set free.
    """
    projects = on_ballot(poll)
    if not projects:
        return
    earlier = [one.pk for one in chain_of(poll)[1:]]
    found = Override.objects.filter(poll__in=earlier).exclude(poll__state=Poll.State.VOID, gate__in=OF_SHEETS)
    passed = dict(found.values_list("gate", "why")) if earlier else {}
    for gate in _all(poll, projects):
        yield replace(gate, overridden=passed.get(gate.key, ""), soft=gate.key not in HARD)


def _all(poll: Poll, projects: list[Project]) -> Iterator[Gate]:
    call, meeting = projects[0].call, poll.meeting
    if goes_to_committee(call):
        yield _committee(projects)
    papers = Papers.of(call, meeting)
    yield _delivered(papers)
    if papers.booklets:
        yield _newest(papers, projects)
    yield _explained(call, meeting)
    yield _answered(call)
    # A repeat has the lines of the void one; what follows a declared one has only the tied.
    if all(one.state == one.State.VOID for one in chain_of(poll)[1:]):
        yield _ballot(poll, projects)


def _gate(key: str, text: str, lacking: str, article: str = "") -> Gate:
    return Gate(f"projects_{key}", text, not lacking, lacking, article)


def _named(projects: list[Project]) -> str:
    return "、".join(f"“{one.title}”" for one in projects)


def _article(article: str) -> str:
    return english(article) if article and (get_language() or "").startswith("en") else article


def _committee(projects: list[Project]) -> Gate:
    left = [one for one in projects if one.review_id is None]
    why = _("还有%(n)d个项目没有登记常委会的审议：%(names)s。请在候选项目页登记审议意见。")
    lacking = why % {"n": len(left), "names": _named(left)} if left else ""
    rule = asked().committee_first
    return _gate("committee", _("候选项目已经常委会审议"), lacking, _article(rule.source if rule else ""))


def _delivered(papers: Papers) -> Gate:
    text = _("候选项目材料已按时送达全体应到人员")
    article = _article(papers.rule.article) if papers.rule else ""
    if not papers.booklets:
        why = _("会议材料里还没有候选项目材料。请在候选项目页生成，放入会议材料并送达。")
        return _gate("papers", text, why, article)
    late, never = papers.seats - papers.in_time(), papers.seats - papers.had()
    if not papers.seats:
        return _gate("papers", text, _("还没有应到名单，请先在会议里确定应到人员。"), article)
    if not late:
        return _gate("papers", text, "", article)
    day = papers.last_day(papers.booklets[0])
    why = _("应到%(all)d人，按时收到%(n)d人，收到晚了%(late)d人，没有收到%(never)d人。")
    numbers = {"all": len(papers.seats), "n": len(papers.seats) - len(late), "never": len(never)}
    said = why % {**numbers, "late": len(late - never)}
    if day:
        said += _("应在%(day)s以前（含当日）送达。") % {"day": zhdate(day)}
    return _gate("papers", text, said + _("请在会议材料页登记送达。"), article)


def _newest(papers: Papers, projects: list[Project]) -> Gate:
    text = _("送达的候选项目材料是最新稿")
    booklet = papers.newest
    if booklet is None:
        why = _("候选项目材料已撤回。请在候选项目页重新生成，放入会议材料并送达。")
        return _gate("newest", text, why)
    old = [one for one in projects if booklet.versions.get(str(one.pk)) != one.newest]  # type: ignore[attr-defined]
    if old:
        why = _("材料不是最新稿：%(names)s已经修改。请在候选项目页重新生成材料，投票以前送达。")
        return _gate("newest", text, why % {"names": _named(old)})
    named = [int(key) for key in booklet.versions]
    if gone := list(Project.objects.filter(pk__in=named, state=Project.State.WITHDRAWN)):
        why = _("材料里还有已退出候选的%(names)s。请在候选项目页重新生成材料，投票以前送达。")
        return _gate("newest", text, why % {"names": _named(gone)})
    left = papers.seats - set(papers.reached[booklet.material_id])
    why = _("最新稿还有%(n)d人没有收到，请在投票以前送达，并在会议材料页登记。")
    return _gate("newest", text, why % {"n": len(left)} if left else "")


def _explained(call: Call, meeting: Meeting) -> Gate:
    made = Explanation.objects.filter(call=call, meeting__in=session_of(meeting)).exists()
    why = _("还没有登记对候选项目的说明。请在审议页登记说明人、时间和要点。")
    return _gate("explained", _("已向会议作候选项目的说明"), "" if made else why)


def _answered(call: Call) -> Gate:
    left = Comment.objects.filter(call=call, state=Comment.State.OPEN).count()
    why = _("还有%(n)d条审议意见没有答复。请在审议页答复，或者记录备查。")
    return _gate("answered", _("审议意见都已答复或者记录备查"), why % {"n": left} if left else "")


def _ballot(poll: Poll, projects: list[Project]) -> Gate:
    text = _("票面上的项目与项目表一致")
    lines = {option.title: option.detail for option in poll.options.all()}
    if odd := set(lines) ^ {same(one.title) for one in projects}:
        why = _("票面与项目表的名称不一致：%(names)s。请退回修改票面，否则票决结果不能对应到项目。")
        return _gate("ballot", text, why % {"names": "、".join(f"“{one}”" for one in sorted(odd))})
    seats = projects[0].call.seats
    if poll.previous_id is None and poll.seats != seats:
        why = _("票面应选%(n)s个，候选项目页拟选%(m)s个。请退回草拟，按项目表更新票面。")
        return _gate("ballot", text, why % {"n": poll.seats or "—", "m": seats or "—"})
    # A ballot may say nothing but the names; what it says is what the sheet says.
    old = [one for one in projects if lines[same(one.title)] not in ("", same(detail(one)))]
    why = _("票面上的说明不是项目表现在的内容：%(names)s。请退回草拟，按项目表更新票面。")
    return _gate("ballot", text, why % {"names": _named(old)} if old else "")
