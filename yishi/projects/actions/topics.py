"""Topics merged and split, screened, and carried over from the reserve of an earlier year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from yishi.journal.chain import write
from yishi.journal.moves import MoveError, move
from yishi.projects.models import Call, Project, Proposal, Topic
from yishi.projects.rules.topics import LEAST_REASON, asked, counted, may_screen, may_screen_topic, may_split
from yishi.projects.words.topics import in_words
from yishi.web.access import require

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

State = Topic.State
Criteria = dict[str, dict[str, Any]]


def _held(topic: Topic) -> Topic:
    """The row as it stands, kept from others; refused where this copy of it is out of date."""
    held = Topic.objects.select_for_update().get(pk=topic.pk)
    if held.state != topic.state:
        raise MoveError(_("刚才已有人改动了它，请刷新页面再看。"), code="stale")
    return held


def _no_candidate(*topics: Topic) -> None:
    """Refuse where one of them stands among the candidates: what becomes of it is decided there."""
    found = Project.objects.filter(topic__in=topics).select_related("topic").first()
    if found is not None and found.topic is not None:
        told = _(
            "“%(title)s”已经列为候选项目第%(number)d号，不能再改；不办了，请在候选项目里写明退出的原因。"
        )
        raise ValidationError(told % {"title": found.topic.title, "number": found.number})


def _recount(*topics: Topic) -> None:
    for topic in topics:
        found = counted(topic)
        topic.posts, topic.people = found["posts"], found["people"]
        Topic.objects.filter(pk=topic.pk).update(**found)


# --- the same together -------------------------------------------------------


@transaction.atomic
def merge(topic: Topic, others: Iterable[Topic], *, by: Any, at: datetime) -> None:
    """Move all proposals of the others, which are still open, into this topic. A person says so."""
    require(may_screen_topic(by, topic, at))
    if _held(topic).state == State.MERGED:
        raise ValidationError(_("这个事项自己已并入别的事项。"))
    chosen = {other.pk: other for other in others}
    if not chosen:
        raise ValidationError(_("请至少勾选一个要并入的事项。"))
    if topic.pk in chosen or any(other.call_id != topic.call_id for other in chosen.values()):
        raise ValidationError(_("只能并入同一次征集的其他事项。"))
    _no_candidate(topic, *chosen.values())
    moved = 0
    for other in chosen.values():
        also = {"merged_into": topic, "posts": 0, "people": 0}
        move(other, State.MERGED, chain=topic.chain, by=by, at=at, also=also, into=topic.pk)
        moved += Proposal.objects.filter(topic=other).update(topic=topic)
    Topic.objects.filter(merged_into__in=chosen).update(merged_into=topic)
    _recount(topic)
    write(topic.chain, "projects.topics_merged", topic, by=by, at=at, others=list(chosen), number=moved)


@transaction.atomic
def split(proposal: Proposal, *, by: Any, at: datetime, why: str) -> Topic:
    """Take a proposal out of its topic again: to the topic it first had, reopened, or to a new one."""
    require(may_split(by, proposal, at))
    if not why.strip():
        raise ValidationError({"why": _("请写明拆出的理由。")})
    held = Proposal.objects.select_for_update().select_related("topic__call__body").get(pk=proposal.pk)
    source = held.topic
    if source.pk != proposal.topic_id:
        raise MoveError(_("刚才已有人改动了它，请刷新页面再看。"), code="stale")
    _no_candidate(source)
    if source.proposals.count() < 2 and source.carried_from_id is None:
        raise ValidationError(_("这个事项只有这一条建议，不用拆。"))
    into = source.merged.filter(title=held.what, carried_from=None).order_by("pk").first()
    if into is None:
        into = Topic.objects.create(call=source.call, title=held.what)
    else:
        also = {"merged_into": None}
        move(into, State.OPEN, chain=source.chain, by=by, at=at, why=why.strip(), also=also)
    Proposal.objects.filter(pk=held.pk).update(topic=into)
    _recount(source, into)
    data = {"proposal": held.receipt, "into": into.pk}
    write(source.chain, "projects.proposal_split", source, by=by, at=at, why=why.strip(), **data)
    proposal.topic = into
    return into


# --- screening ---------------------------------------------------------------


@transaction.atomic
def decide(
    topic: Topic,
    to: str,
    *,
    criteria: Criteria,
    exclusions: list[str],
    reason: str,
    by: Any,
    at: datetime,
) -> None:
    """Shortlist, reserve or decline a topic; every answer is refused at its field where it will not do.

    criteria: {"key": {"met": bool, "why": str}}, those not answered left out.
    """
    require(may_screen_topic(by, topic, at))
    _not_carried(topic)
    _no_candidate(topic)
    if to not in Topic.DECIDED:
        raise ValidationError({"to": _("请选择列入候选、列入储备或者不列入。")})
    rules = asked()
    kept = {
        key: {"met": bool(criteria[key]["met"]), "why": str(criteria[key].get("why", "")).strip()}
        for key in rules.criteria
        if key in criteria
    }
    wrong = _wrong(to, kept, exclusions, reason.strip())
    if set(criteria) - set(rules.criteria) or set(exclusions) - set(rules.exclusions):
        wrong["exclusions"] = _("请从列出的标准和情形里选择。")
    if wrong:
        raise ValidationError(wrong)
    named = [key for key in rules.exclusions if key in exclusions]
    also = {"criteria": kept, "exclusions": named, "reason": reason.strip(), "decided_at": at}
    data: dict[str, Any] = {"criteria": kept, "exclusions": named}
    move(topic, to, chain=topic.chain, by=by, at=at, why=reason.strip(), also=also, **data)


def _wrong(to: str, criteria: Criteria, exclusions: list[str], reason: str) -> dict[str, str]:
    """What will not do, by the name of its field."""
    wrong: dict[str, str] = {}
    if to == State.SHORTLISTED:
        for key, one in asked().criteria.items():
            given = criteria.get(key)
            if given is None or not given["met"]:
                wrong[f"{key}_met"] = _("列入候选须符合“%(what)s”。") % {"what": in_words(one)}
            elif not given["why"]:
                wrong[f"{key}_why"] = _("请写明为什么符合。")
        if exclusions:
            wrong["exclusions"] = _("有不宜列入的情形，就不能列入候选。")
        return wrong
    if len(reason) < LEAST_REASON:
        told = _("请用提出人看得懂的话写明原因，至少%(n)d个字。")
        wrong["reason"] = told % {"n": LEAST_REASON}
    unmet = any(not given["met"] for given in criteria.values())
    if to == State.DECLINED and not unmet and not exclusions:
        wrong["exclusions"] = _("不列入须指出至少一项不符合的标准，或者一种不宜列入的情形。")
    return wrong


def _not_carried(topic: Topic) -> None:
    if Topic.objects.filter(carried_from=topic).exists():
        raise ValidationError(_("这个事项已转入以后年度的征集，不能再改。"))


@transaction.atomic
def decline_many(
    topics: Iterable[Topic], *, unmet: list[str], exclusions: list[str], reason: str, by: Any, at: datetime
) -> int:
    """Decline several topics with the same words: all of them or none; returns how many."""
    chosen = list(topics)
    require(all(may_screen_topic(by, topic, at) for topic in chosen))
    if not chosen:
        raise ValidationError(_("请至少勾选一个事项。"))
    criteria = {key: {"met": False, "why": ""} for key in unmet}
    said: dict[str, Any] = {"criteria": criteria, "exclusions": exclusions, "reason": reason}
    for topic in chosen:
        decide(topic, State.DECLINED, **said, by=by, at=at)
    return len(chosen)


@transaction.atomic
def reconsider(topic: Topic, *, by: Any, at: datetime, why: str) -> None:
    """Take a decision back; its answers stay to be looked at again, its words to the proposer do not."""
    require(may_screen_topic(by, topic, at))
    if not why.strip():
        raise ValidationError({"why": _("请写明重新研究的理由。")})
    if topic.state not in Topic.DECIDED:
        raise ValidationError(_("只有已初定的事项可以重新研究。"))
    _not_carried(topic)
    _no_candidate(topic)
    also = {"reason": "", "decided_at": None}
    move(topic, State.OPEN, chain=topic.chain, by=by, at=at, why=why.strip(), also=also, said=topic.reason)


# --- the reserve -------------------------------------------------------------


@transaction.atomic
def carry_over(
    from_call: Call, to_call: Call, topics: Iterable[Topic], *, by: Any, at: datetime
) -> list[Topic]:
    """Put topics held in reserve before the call of a later year, each once."""
    require(may_screen(by, from_call, at) and may_screen(by, to_call, at))
    if from_call.body_id != to_call.body_id or from_call.year >= to_call.year:
        raise ValidationError({"to_call": _("只能转入本机关以后年度的征集。")})
    keys = {topic.pk for topic in topics}
    held = list(Topic.objects.select_for_update().filter(pk__in=keys, call=from_call).order_by("pk"))
    if not keys or len(held) != len(keys) or any(topic.state != State.RESERVED for topic in held):
        raise ValidationError(_("只能转入储备库里的事项。"))
    for topic in held:
        topic.call = from_call
        _not_carried(topic)
    made = []
    for topic in held:
        new = Topic.objects.create(call=to_call, title=topic.title, carried_from=topic)
        write(
            to_call.chain, "projects.topic_carried", new, by=by, at=at, before=topic.pk, year=from_call.year
        )
        made.append(new)
    return made


@transaction.atomic
def carry_reserve(to_call: Call, topics: Iterable[Topic], *, by: Any, at: datetime) -> int:
    """The same for topics of several earlier years: all of them or none; returns how many."""
    require(may_screen(by, to_call, at))
    by_call: dict[Call, list[Topic]] = {}
    for topic in topics:
        by_call.setdefault(topic.call, []).append(topic)
    if not by_call:
        raise ValidationError(_("请至少勾选一个事项。"))
    return sum(len(carry_over(call, to_call, own, by=by, at=at)) for call, own in by_call.items())
