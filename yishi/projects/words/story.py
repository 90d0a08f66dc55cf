"""The whole story of one project for everybody: stage by stage, each with what happened on which day.

No name of a resident, no word of theirs as they wrote it, no photo of theirs, no account of ours.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Max, Min, Q
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from yishi.people.models import Body
from yishi.projects.models import SHEET, Project, Proposal
from yishi.projects.rules import ledger as rules
from yishi.projects.rules.topics import asked
from yishi.projects.similar import public
from yishi.projects.words.calls import place_name
from yishi.projects.words.candidates import dates, label, shown, wan
from yishi.projects.words.delivered import Entry, day_of, delivered
from yishi.projects.words.topics import in_words
from yishi.voting.rules.box import declared
from yishi.voting.rules.outcomes import result_rows

if TYPE_CHECKING:
    from datetime import date

    from yishi.projects.models import Version
    from yishi.voting.models import Poll

MOST_TOWNS = 12


@dataclass
class Stage:
    """One of the stages of the year; empty ones say why."""

    key: str
    title: str
    entries: list[Entry] = field(default_factory=list)
    none: str = ""


def story(project: Project) -> list[Stage]:
    """Every stage of the project in the order of the year."""
    versions = list(project.versions.all())
    told = [
        Stage("asked", pgettext("一次", "征集"), _asked(project), _("由政府提出，没有对应的群众建议。")),
        Stage("screened", _("初定"), _screened(project)),
        Stage("deliberated", _("审议"), _deliberated(project, versions)),
        Stage("voted", _("票决"), *_voted(project, versions)),
    ]
    if rules.is_delivered(project):
        done = sorted([*delivered(project), *_approved(versions)], key=lambda one: one.day)
        told.append(Stage("delivered", _("实施"), done, _("还没有进展记录。")))
    return [stage for stage in told if stage.entries or stage.none]


# --- from what was asked to the sheet ------------------------------------------


def _asked(project: Project) -> list[Entry]:
    topic = project.topic
    if topic is None:
        return []
    said = Proposal.objects.filter(Q(topic=topic) | Q(topic__merged_into=topic)).order_by()
    span = said.aggregate(first=Min("at"), last=Max("at"))
    sources = said.values("source").annotate(n=Count("pk"))
    towns = said.filter(place__isnull=False).values_list("place", flat=True).distinct()
    facts = [
        (pgettext("一个", "事项"), public(topic.title)),
        (_("多少人提出"), _("%(people)d人，%(posts)d条") % {"people": topic.people, "posts": topic.posts}),
    ]
    words = dict(Proposal.Source.choices)
    if rows := sorted(sources, key=lambda row: (-row["n"], row["source"])):
        facts.append((_("来源"), " · ".join(f"{words[row['source']]} {row['n']}" for row in rows)))
    if span["first"]:
        facts.append((_("时间"), months(localdate(span["first"]), localdate(span["last"]))))
    named = [place_name(body) for body in Body.objects.filter(pk__in=towns)]
    if named:
        more = "……" if len(named) > MOST_TOWNS else ""
        facts.append((_("乡镇、街道"), "、".join(named[:MOST_TOWNS]) + more))
    return [entry(_("群众和代表提出"), facts=facts)]


def months(first: date, last: date) -> str:
    """2026年1月, or 2026年1月至2026年3月."""
    ends = [_("%(year)d年%(month)d月") % {"year": day.year, "month": day.month} for day in (first, last)]
    return ends[0] if ends[0] == ends[1] else _("%(a)s至%(b)s") % {"a": ends[0], "b": ends[1]}


def _screened(project: Project) -> list[Entry]:
    topic = project.topic
    if topic is None or topic.decided_at is None:
        return []
    lines = []
    for key, criterion in asked().criteria.items():
        if given := topic.criteria.get(key):
            word = _("符合") if given.get("met") else _("不符合")
            why = public(str(given.get("why", "")))
            lines.append(
                (in_words(criterion), (f"{word}: {why}" if _english() else f"{word}：{why}") if why else word)
            )
    return [entry(_("列入候选"), topic.decided_at, facts=lines)]


def _deliberated(project: Project, versions: list[Version]) -> list[Entry]:
    found = []
    if project.review is not None:
        title = _("县人大常委会审议")
        found.append(entry(title, project.review.held_on, text=project.review.text))
    if versions:
        found.append(entry(_("提出候选项目表"), versions[0].at))
    # Nobody asks a reason of a change while nobody has read the sheet: filling it in is not told.
    found += _changes([(a, b) for a, b in pairwise(versions) if b.why and not b.approved])
    for said in project.call.explanations.all():
        facts = [(_("说明人"), f"{said.post} {said.speaker}"), (pgettext("一次", "会议"), said.meeting.title)]
        found.append(entry(_("政府负责人作说明"), said.held_at, text=said.text, facts=facts))
    for comment in project.comments.all():
        facts = [(_("答复"), comment.answer)] if comment.answer else []
        if comment.version is not None:
            facts.append((_("结果"), _("据此改为第%(n)d稿") % {"n": comment.version.number}))
        title = _("%(who)s的审议意见") % {"who": comment.who}
        chip = ("ok" if comment.answer else "", comment.get_state_display())
        found.append(entry(title, comment.at, text=comment.text, facts=facts, chip=chip))
    return sorted(found, key=lambda one: one.day)


def _approved(versions: list[Version]) -> list[Entry]:
    """The sheets that were changed after the vote, with who agreed."""
    return _changes([(a, b) for a, b in pairwise(versions) if b.approved])


def _changes(pairs: list[tuple[Version, Version]]) -> list[Entry]:
    keys = {v.sheet[k] for pair in pairs for v in pair for k in ("place", "unit") if v.sheet.get(k)}
    names = Body.objects.in_bulk(keys) if keys else {}
    return [_changed(before, after, names) for before, after in pairs]


def _changed(before: Version, after: Version, names: dict[int, Body]) -> Entry:
    """What a new version of the sheet changed: old and new side by side, and why."""
    old, new = shown(before.sheet, names), shown(after.sheet, names)
    rows = [
        (label(name), old[name] or "—", new[name] or "—")
        for name in SHEET
        if before.sheet.get(name) != after.sheet.get(name)
    ]
    facts = [(_("同意修改"), after.approved)] if after.approved else []
    title = _("修改项目表，成为第%(n)d稿") % {"n": after.number}
    return entry(title, after.at, text=after.why, facts=facts, rows=rows)


def sheet(project: Project) -> list[tuple[str, str]]:
    """The sheet as it stands, in words."""
    rows = [
        (_("建设内容"), project.content),
        (_("地点"), " · ".join(filter(None, (place_name(project.place), project.where)))),
        (_("投资"), "" if project.cost is None else wan(project.cost)),
        (_("资金来源"), project.funds),
        (_("责任单位"), project.unit.name if project.unit else ""),
        (_("起止时间"), dates(project)),
        (_("多少人提出"), _("%(n)d人") % {"n": project.people} if project.people else ""),
    ]
    return [(name, value) for name, value in rows if value]


# --- the vote ------------------------------------------------------------------


def _voted(project: Project, versions: list[Version]) -> tuple[list[Entry], str]:
    found: list[Entry] = []
    if project.poll is not None:
        if not rules.is_published(project.poll):
            return [], _("还没有公布票决结果。")
        found += _result(project, project.poll, versions)
    if project.state == Project.State.WITHDRAWN:
        found.append(entry(_("退出候选"), text=project.reason))
    if project.confirmed_on:
        facts = [(_("会议或者文号"), project.confirmed_by)] if project.confirmed_by else []
        found.append(entry(_("街道党工委确认"), project.confirmed_on, facts=facts))
    return found, "" if found else _("还没有票决。")


def _result(project: Project, poll: Poll, versions: list[Version]) -> list[Entry]:
    tally = declared(poll)
    if tally is None:
        return []
    names = {" ".join(str(v.sheet.get("title", "")).split()) for v in versions} | {project.title}
    row = next((row for row in result_rows(poll, tally) if row["title"] in names), None)
    facts = [*figures(tally.figures)]
    if row is not None:
        facts.append((_("本项目得票"), _votes(row, poll.law.kind)))
    chip = _outcome(project)
    text = sentence(tally.outcome)
    link = (reverse("poll_public", args=[poll.pk]), _("看全部表决结果"))
    where = f"{poll.meeting.body.name} · {poll.meeting.title}"
    found = entry(where, poll.declared_at, text=text, facts=facts, link=link, chip=chip)
    if project.state == Project.State.NOT_ADOPTED and project.reason:
        found.facts.append((_("原因"), project.reason))
    return [found]


def figures(said: dict[str, Any]) -> list[tuple[str, str]]:
    names = {
        "members": _("应到"),
        "present": _("实到"),
        "issued": _("发出"),
        "returned": _("收回"),
        "valid": _("有效"),
    }
    return [(_("张数和人数"), " · ".join(f"{word} {said[name]}" for name, word in names.items()))]


def _votes(row: dict[str, Any], kind: str) -> str:
    if kind == "choose_up_to":
        return _("%(n)d票") % {"n": row.get("for", 0)}
    names = {"for": _("赞成"), "against": _("反对"), "abstain": _("弃权")}
    return " · ".join(f"{word} {row.get(name, 0)}" for name, word in names.items())


def _outcome(project: Project) -> tuple[str, str]:
    if project.state == Project.State.RECOMMENDED:
        return "info", str(project.get_state_display())
    if project.state in Project.DELIVERED:
        return "ok", _("票决通过")
    return "", str(project.get_state_display())


def graded(project: Project) -> tuple[list[tuple[str, str]], str] | None:
    """The figures and the votes behind the deputies' grade, and the address of the result."""
    poll = project.rating_poll
    tally = declared(poll) if poll is not None and rules.public_grade(project) else None
    if poll is None or tally is None:
        return None
    title = " ".join(project.title.split())
    row = next((line for line in tally.lines() if line["title"] == title), None)
    names = {
        "satisfied": _("满意"),
        "basically": _("基本满意"),
        "dissatisfied": _("不满意"),
        "abstain": _("弃权"),
    }
    facts = [
        (pgettext("一次", "会议"), f"{poll.meeting.body.name} · {poll.meeting.title}"),
        *figures(tally.figures),
    ]
    if row is not None:
        facts.append((_("票数"), " · ".join(f"{word} {row.get(key, 0)}" for key, word in names.items())))
    return facts, reverse("poll_public", args=[poll.pk])


def sentence(outcome: dict[str, Any]) -> str:
    return str(outcome["sentence_en" if _english() else "sentence_zh"])


def _english() -> bool:
    return (get_language() or "").startswith("en")


def entry(title: str, when: Any = None, **more: Any) -> Entry:
    return Entry(title=title, day=day_of(when), **more)
