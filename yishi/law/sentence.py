"""The outcome of a vote said in one breath, in Chinese and in English, with the articles."""

from collections.abc import Iterable, Sequence

from yishi.law.articles import english
from yishi.law.figures import Ballots, Body, Grade, Option, Outcome
from yishi.law.rule import PollRule, needed

GRADES_ZH = {
    "satisfied": "满意",
    "basically": "基本满意",
    "dissatisfied": "不满意",
    "undecided": "未能确定等次",
}
GRADES_EN = {
    "satisfied": "satisfied",
    "basically": "basically satisfied",
    "dissatisfied": "dissatisfied",
    "undecided": "undecided",
}


def relied_on(rule: PollRule, outcome: Outcome) -> tuple[str, ...]:
    """The articles this outcome rests on, in the order in which they are used."""
    used = [rule.article_quorum if rule.quorum != "none" else ""]
    if outcome.reason == "returned_over_issued":
        used.append(rule.article_void)
    if outcome.valid:
        used.append(rule.article)
        used.append(rule.article_tie if outcome.tied else "")
        used.append(rule.article_short if outcome.vacant and not outcome.tied else "")
    return tuple(dict.fromkeys(article for article in used if article))


def sentence(
    rule: PollRule, body: Body, ballots: Ballots, options: Sequence[Option], outcome: Outcome
) -> tuple[str, str]:
    """(Chinese, English). Says what comes next where the vote did not settle everything."""
    zh, en = _head(rule, body, outcome)
    if outcome.reason == "no_quorum":
        return zh, en
    zh += _ballots_zh(rule, ballots)
    en += _ballots_en(rule, ballots)
    if outcome.reason == "returned_over_issued":
        return zh + _over_zh(rule), en + _over_en(rule)
    if outcome.grades is not None:
        zh += _grades_zh(rule, options, outcome.grades)
        en += _grades_en(rule, options, outcome.grades)
    else:
        zh += _result_zh(rule, options, outcome)
        en += _result_en(rule, options, outcome)
    missing_zh, missing_en = _uncounted(rule, ballots, options)
    after_zh, after_en = rule.words.after_zh, rule.words.after_en
    if not outcome.adopted:
        after_zh = after_en = ""
    return zh + missing_zh + after_zh, " ".join(f"{en}{missing_en} {after_en}".split())


def base_zh(rule: PollRule) -> str:
    w = rule.words
    return {
        "all_members": w.all_zh,
        "present": w.present_zh,
        "issued": f"发出{w.ballot_zh}",
        "returned": f"收回{w.ballot_zh}",
        "valid": "有效票",
    }[rule.base]


def base_en(rule: PollRule) -> str:
    w = rule.words
    return {
        "all_members": f"all {w.voters_en}",
        "present": f"the {w.voters_en} present",
        "issued": f"the {w.ballots_en} issued",
        "returned": f"the {w.ballots_en} returned",
        "valid": "the valid ballots",
    }[rule.base]


def threshold_zh(rule: PollRule, votes: int) -> str:
    """`超过全体代表半数(即164票以上)`; 以上 takes in the number named."""
    text = {
        "more_than_half": f"超过{base_zh(rule)}半数",
        "at_least_half": f"达到{base_zh(rule)}半数",
        "two_thirds": f"达到{base_zh(rule)}三分之二",
        "one_third": f"达到{base_zh(rule)}三分之一",
        "most_votes": "",
    }[rule.threshold]
    return f"{text}（即{votes}票以上）" if text else ""


def threshold_en(rule: PollRule, votes: int) -> str:
    text = {
        "more_than_half": f"more than half of {base_en(rule)}",
        "at_least_half": f"at least half of {base_en(rule)}",
        "two_thirds": f"at least two thirds of {base_en(rule)}",
        "one_third": f"at least one third of {base_en(rule)}",
        "most_votes": "",
    }[rule.threshold]
    return f"{text} ({votes} or more)" if text else ""


def _head(rule: PollRule, body: Body, outcome: Outcome) -> tuple[str, str]:
    w = rule.words
    least = needed(rule.quorum, body.members)
    zh = f"应到{w.voters_zh}{body.members}{w.unit_zh}，实到{body.present}{w.unit_zh}"
    en = f"Of {body.members} {w.voters_en} entitled, {body.present} were present"
    if rule.quorum == "none":
        return f"{zh}。", f"{en}. "
    by_zh = f"根据{rule.article_quorum}，" if rule.article_quorum else ""
    by_en = f" ({english(rule.article_quorum)})" if rule.article_quorum else ""
    if outcome.reason == "no_quorum":
        return (
            f"{zh}，不足法定人数{least}{w.unit_zh}。{by_zh}本次投票无效，达到法定人数后重新投票。",
            f"{en}, short of the quorum of {least}{by_en}. The vote is void and is to be"
            " repeated when the quorum is present.",
        )
    return f"{zh}，符合法定人数。", f"{en}; the quorum of {least} is met. "


def _ballots_zh(rule: PollRule, ballots: Ballots) -> str:
    if not rule.words.ballot_zh:
        return "以举手方式表决。"
    text = f"发出{rule.words.ballot_zh}{ballots.issued}张，收回{ballots.returned}张"
    if ballots.returned > ballots.issued:
        return text
    return f"{text}，有效{ballots.valid}张，无效{ballots.invalid}张。"


def _ballots_en(rule: PollRule, ballots: Ballots) -> str:
    if not rule.words.ballot_zh:
        return "The vote was by show of hands. "
    text = f"{ballots.issued} {rule.words.ballots_en} were issued and {ballots.returned} returned"
    if ballots.returned > ballots.issued:
        return text
    return f"{text}: {ballots.valid} valid, {ballots.invalid} invalid. "


def _over_zh(rule: PollRule) -> str:
    by = f"{_by_zh(rule.article_void)}，" if rule.article_void else ""
    return f"，收回多于发出。{by}本次投票无效，应当重新投票。"


def _over_en(rule: PollRule) -> str:
    by = f" ({english(rule.article_void)})" if rule.article_void else ""
    return f", more than were issued. The vote is void{by} and is to be repeated."


def _result_zh(rule: PollRule, options: Sequence[Option], outcome: Outcome) -> str:
    w = rule.words
    votes = {option.title: option for option in options}
    over = threshold_zh(rule, outcome.needed)
    by = f"{_by_zh(rule.article)}，" if rule.article else "按照本次表决规则，"
    won, many = outcome.adopted, f"{len(outcome.adopted)}{w.count_zh}{w.matter_zh}"
    reach = f"{w.for_zh}{over}" if over else "得票最多"
    more = _reached(rule, options, outcome)
    ordered = f"{w.matter_zh}有{more}{w.count_zh}，按得票多少，" if more else ""
    if won:
        listed = "、".join(_line_zh(votes[title], len(options) == 1) for title in won)
        text = f"{by}{reach}的{ordered}{many}{w.won_zh}：{listed}。"
    elif outcome.tied:
        text = f"{by}{reach}的{w.matter_zh}有{more}{w.count_zh}。" if more else ""
    else:
        text = f"{by}没有{w.matter_zh}的{w.for_zh}{over or '能使其' + w.won_zh}。"
    if outcome.tied:
        text += _tied_zh(rule, votes, outcome)
    if outcome.not_adopted:
        lost = "、".join(_line_zh(votes[t], len(options) == 1) for t in outcome.not_adopted)
        text += f"{w.lost_zh}：{lost}。"
    if outcome.vacant and not outcome.tied:
        text += _vacant_zh(rule, outcome)
    return text


def _reached(rule: PollRule, options: Sequence[Option], outcome: Outcome) -> int:
    """How many reached the threshold, where that is more than there are places; else 0."""
    over = sum(option.for_ >= outcome.needed for option in options)
    return over if over > (rule.seats or over) and rule.threshold != "most_votes" else 0


def _tied_zh(rule: PollRule, votes: dict[str, Option], outcome: Outcome) -> str:
    w = rule.words
    names = "、".join(outcome.tied)
    same = f"{names}得票相等（各{votes[outcome.tied[0]].for_}票），"
    by = f"{_by_zh(rule.article_tie)}，" if rule.article_tie else ""
    if outcome.next == "second_ballot":
        return (
            f"{same}尚有{outcome.open}个名额不能确定，{by}"
            f"应当就得票相等的{len(outcome.tied)}{w.count_zh}{w.matter_zh}再次投票。"
        )
    return f"{same}名额不足，均{w.lost_zh}，空缺{outcome.vacant}个名额。"


def _vacant_zh(rule: PollRule, outcome: Outcome) -> str:
    short = f"应选{rule.seats}{rule.words.count_zh}，不足{outcome.vacant}{rule.words.count_zh}"
    by = f"{_by_zh(rule.article_short)}，" if rule.article_short else ""
    step = {
        "further_election": f"{by}不足的名额另行选举",
        "repeat": f"{by}不足的名额另行投票",
    }.get(outcome.next, f"{by}不足的名额空缺")
    return f"{short}，{step}。"


def _result_en(rule: PollRule, options: Sequence[Option], outcome: Outcome) -> str:
    w = rule.words
    votes = {option.title: option for option in options}
    over = threshold_en(rule, outcome.needed)
    by = f"Under {english(rule.article)}, " if rule.article else "Under the rules of this vote, "
    won = outcome.adopted
    verb = "was" if len(won) == 1 else "were"
    noun = w.matter_en if len(won) == 1 else w.matters_en
    if won:
        listed = ", ".join(_line_en(votes[title], len(options) == 1) for title in won)
        with_ = f"with votes for from {over}" if over else "with the most votes"
        order = ", in order of votes," if _reached(rule, options, outcome) else ""
        text = f"{by}{len(won)} {noun} {with_}{order} {verb} {w.won_en}: {listed}. "
    elif outcome.tied:
        over_half = _reached(rule, options, outcome)
        text = f"{by}{over_half} {w.matters_en} had votes for from {over}. " if over_half else ""
    else:
        text = f"{by}no {w.matter_en} had votes for from {over or 'anyone'}. "
    if outcome.tied:
        text += _tied_en(rule, votes, outcome)
    if outcome.not_adopted:
        lost = ", ".join(_line_en(votes[t], len(options) == 1) for t in outcome.not_adopted)
        text += f"{w.lost_en.capitalize()}: {lost}. "
    if outcome.vacant and not outcome.tied:
        text += _vacant_en(rule, outcome)
    return text


def _tied_en(rule: PollRule, votes: dict[str, Option], outcome: Outcome) -> str:
    names = ", ".join(outcome.tied)
    same = f"{names} have equal votes ({votes[outcome.tied[0]].for_} each)"
    by = f" ({english(rule.article_tie)})" if rule.article_tie else ""
    if outcome.next == "second_ballot":
        return (
            f"{same} for the remaining {_places(outcome.open)}: a second ballot among them"
            f" is to be held{by}. "
        )
    return f"{same} and cannot all have a place: {_places(outcome.vacant)} left empty. "


def _vacant_en(rule: PollRule, outcome: Outcome) -> str:
    by = f" ({english(rule.article_short)})" if rule.article_short else ""
    step = {
        "further_election": "to be filled by a further election",
        "repeat": "to be voted on again",
    }.get(outcome.next, "left empty")
    verb = "is" if outcome.vacant == 1 else "are"
    return f"{outcome.vacant} of {_places(rule.seats or 0)} {verb} {step}{by}. "


def _grades_zh(rule: PollRule, options: Sequence[Option], grades: Iterable[Grade]) -> str:
    by = f"{_by_zh(rule.article)}，" if rule.article else "按照测评办法，"
    lines = []
    for option, given in zip(options, grades, strict=True):
        figures = (
            f"满意{option.satisfied}票、基本满意{option.basically}票、"
            f"不满意{option.dissatisfied}票、弃权{option.abstain}票"
        )
        if option.not_pressed:
            figures += f"、未按{option.not_pressed}票"
        lines.append(f"{option.title}为“{GRADES_ZH[given.grade]}”（{figures}）")
    return f"{by}以{base_zh(rule)}为基数，测评结果：{'；'.join(lines)}。"


def _grades_en(rule: PollRule, options: Sequence[Option], grades: Iterable[Grade]) -> str:
    by = f"Under {english(rule.article)}" if rule.article else "Under the rules of this rating"
    lines = []
    for option, given in zip(options, grades, strict=True):
        figures = (
            f"{option.satisfied} satisfied, {option.basically} basically satisfied,"
            f" {option.dissatisfied} dissatisfied, {option.abstain} abstained"
        )
        if option.not_pressed:
            figures += f", {option.not_pressed} not pressed"
        lines.append(f"{option.title}: {GRADES_EN[given.grade]} ({figures})")
    return f"{by}, reckoned from {base_en(rule)}: {'; '.join(lines)}. "


def _line_zh(option: Option, full: bool) -> str:
    if not full or option.write_in:
        return f"{option.title}（{option.for_}票）"
    rest = f"反对{option.against}票、弃权{option.abstain}票"
    pressed = f"、未按{option.not_pressed}票" if option.not_pressed else ""
    return f"{option.title}（赞成{option.for_}票、{rest}{pressed}）"


def _line_en(option: Option, full: bool) -> str:
    if not full or option.write_in:
        return f"{option.title} ({option.for_})"
    pressed = f", {option.not_pressed} not pressed" if option.not_pressed else ""
    return (
        f"{option.title} ({option.for_} for, {option.against} against, {option.abstain} abstained{pressed})"
    )


def _uncounted(rule: PollRule, ballots: Ballots, options: Sequence[Option]) -> tuple[str, str]:
    """Lines of valid ballots that went to no count: said, so that the equation stays visible."""
    if rule.kind == "choose_up_to":
        return "", ""
    gaps = [(o.title, ballots.valid - o.total) for o in options if not o.write_in]
    gaps = [(title, gap) for title, gap in gaps if gap]
    if not gaps:
        return "", ""
    zh = "、".join(f"{title}{gap}票" for title, gap in gaps)
    en = ", ".join(f"{title} {gap}" for title, gap in gaps)
    return (
        f"有效票中该项空白或无效、未计入的：{zh}。",
        f"Lines left blank or void on valid ballots, not counted: {en}. ",
    )


def _places(n: int) -> str:
    return f"{n} place{'' if n == 1 else 's'}"


def _by_zh(article: str) -> str:
    return article if article.startswith("参照") else f"根据{article}"
