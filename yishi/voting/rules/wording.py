"""The rule of a poll said in plain words, in the language of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from yishi.law.sentence import base_en, base_zh

if TYPE_CHECKING:
    from yishi.law.rule import PollRule


def rule_title(key: str, rule: PollRule) -> str:
    """What a rule of the pack is for, with what decides it: one line to choose by."""
    names = {
        "projects.county.vote": _("县人代会票决民生实事项目"),
        "projects.town.vote": _("乡镇人代会票决民生实事项目"),
        "projects.street.recommendation": _("街道居民议事会票选推荐项目"),
        "projects.rating": _("项目满意度测评（人代会）"),
        "projects.rating.committee": _("项目满意度测评（常委会）"),
        "projects.rating.street": _("项目满意度测评（居民议事会）"),
        "appraisal.grades": _("工作评议测评（常委会）"),
        "appointment.standing_committee": _("常委会人事任免"),
        "election.officials": _("人代会选举国家机关工作人员"),
        "election.deputies": _("选民选举人大代表"),
    }
    return _("%(name)s：%(kind)s，%(majority)s") % {
        "name": names.get(key, key),
        "kind": kind(rule),
        "majority": majority(rule),
    }


def kind(rule: PollRule) -> str:
    return {
        "approve_each": _("逐项赞成、反对、弃权"),
        "choose_up_to": _("从中选出若干"),
        "grades": _("分等次测评"),
        "elect": _("选举，可以另选他人") if rule.write_ins != "no" else _("选举"),
    }[rule.kind]


def majority(rule: PollRule) -> str:
    """`以全体代表过半数为准`."""
    english = (get_language() or "").startswith("en")
    base = base_en(rule) if english else base_zh(rule)
    return {
        "more_than_half": _("须超过%(base)s的半数"),
        "at_least_half": _("须达到%(base)s的半数"),
        "two_thirds": _("须达到%(base)s的三分之二"),
        "one_third": _("须达到%(base)s的三分之一"),
        "most_votes": _("以得票多的为准"),
    }[rule.threshold] % {"base": base}


def known(rule: PollRule) -> str:
    """How sure the pack is of this rule."""
    return {
        "law": _("法律规定"),
        "practice": _("通行做法，须由县里确认"),
        "default": _("默认设置，须由县里确认"),
    }[rule.known]


def choice_value(value: str) -> str:
    """An answer to an open point of the pack."""
    return {
        "seats": _("该张票作废"),
        "none": _("不限"),
        "line": _("只该项无效"),
        "ballot": _("整张票无效"),
        "abstain": _("按弃权计"),
        "invalid": _("无效"),
        "second_ballot": _("再次投票"),
        "vacant": _("空缺"),
        "repeat": _("另行投票"),
        "most_votes": _("以得票多的为准"),
        "more_than_half": _("过半数"),
        "present": _("到会人员"),
        "all_members": _("全体人员"),
        "returned": _("收回票数"),
        "issued": _("发出票数"),
        "valid": _("有效票数"),
        "basically": _("基本满意"),
        "dissatisfied": _("不满意"),
        "undecided": _("不定等次"),
        "remainder": _("其余都为不满意"),
        "threshold": _("须达到同一标准"),
        "doubtful": _("作存疑票，由总监票人认定"),
    }.get(value, value)
