"""Are enough there: the number, the article, the sentence."""

from dataclasses import dataclass

from yishi.law.articles import english
from yishi.law.errors import InputError
from yishi.law.rule import QuorumRule, count, needed


@dataclass(frozen=True)
class Quorum:
    """`needed` is the least number of those present at which the meeting may be held."""

    met: bool
    needed: int
    members: int
    present: int
    article: str
    sentence_zh: str
    sentence_en: str


def quorum(rule: QuorumRule, members: int, present: int) -> Quorum:
    """Raises InputError at `members` or `present`."""
    count(members, "members", least=1)
    count(present, "present")
    if present > members:
        raise InputError(
            "present",
            f"实到{present}，不能多于应到{members}",
            f"{present} present, more than {members} entitled",
        )
    least = needed(rule.threshold, members)
    met = present >= least
    w = rule.words
    by_zh = f"（根据{rule.article}）" if rule.article else ""
    by_en = f" ({english(rule.article)})" if rule.article else ""
    zh = f"应到{w.voters_zh}{members}{w.unit_zh}，实到{present}{w.unit_zh}"
    en = f"{members} {w.voters_en} entitled, {present} present"
    if rule.threshold == "none":
        return Quorum(met, least, members, present, rule.article, f"{zh}。", f"{en}.")
    if met:
        zh += f"，达到法定人数{least}{w.unit_zh}，可以开会{by_zh}。"
        en += f": the quorum of {least} is met and the meeting may be held{by_en}."
    else:
        zh += f"，距法定人数{least}{w.unit_zh}尚差{least - present}{w.unit_zh}，不能开会{by_zh}。"
        en += f": {least - present} short of the quorum of {least}; no meeting may be held{by_en}."
    return Quorum(met, least, members, present, rule.article, zh, en)
