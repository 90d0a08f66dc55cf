"""From the figures of a vote to its outcome, as the rule says and in exact integers."""

from collections.abc import Sequence
from dataclasses import replace

from yishi.law.errors import InputError
from yishi.law.figures import (
    Ballots,
    Body,
    Grade,
    GradeWord,
    Next,
    Option,
    Outcome,
    Reason,
)
from yishi.law.rule import PollRule, count, needed, reached
from yishi.law.sentence import relied_on, sentence

__all__ = ["Ballots", "Body", "Grade", "InputError", "Option", "Outcome", "decide", "grade"]

COUNTS = {
    "for_": "for",
    "against": "against",
    "abstain": "abstain",
    "not_pressed": "not_pressed",
    "satisfied": "satisfied",
    "basically": "basically",
    "dissatisfied": "dissatisfied",
}
GRADES = ("satisfied", "basically", "dissatisfied")


def decide(rule: PollRule, body: Body, ballots: Ballots, options: Sequence[Option]) -> Outcome:
    """Say what the vote decided.

    Order: the figures must be possible; the quorum (《组织法》第十四条); no more ballots back than
    issued (《选举法》第四十四条); then the majority, in order of votes up to the seats. A tie at the
    cut is never settled by the order of entry.
    Raises InputError naming the field.
    """
    check(rule, body, ballots, options)
    base = base_of(rule, body, ballots)
    outcome = replace(
        _outcome(rule, body, ballots, options, base),
        base=base,
        needed=needed(rule.threshold, base),
    )
    outcome = replace(outcome, articles=relied_on(rule, outcome))
    zh, en = sentence(rule, body, ballots, options, outcome)
    return replace(outcome, sentence_zh=zh, sentence_en=en)


def base_of(rule: PollRule, body: Body, ballots: Ballots) -> int:
    return {
        "all_members": body.members,
        "present": body.present,
        "issued": ballots.issued,
        "returned": ballots.returned,
        "valid": ballots.valid,
    }[rule.base]


def grade(rule: PollRule, option: Option, base: int) -> GradeWord:
    """满意 if satisfied reaches the threshold; 基本满意 if with the basically satisfied it does.

    Below that the rule says: `remainder`, all else is dissatisfied; `threshold`, only what as many
    call dissatisfied, and otherwise nothing is decided. Where at least half is asked and the two
    grades make exactly half, published texts contradict themselves: `exact_half` settles it.
    """
    pleased = option.satisfied + option.basically
    if reached(option.satisfied, rule.threshold, base):
        return "satisfied"
    if rule.threshold == "at_least_half" and pleased > 0 and 2 * pleased == base:
        return rule.exact_half
    if reached(pleased, rule.threshold, base):
        return "basically"
    if rule.dissatisfied == "remainder" and base > 0:
        return "dissatisfied"
    return "dissatisfied" if reached(option.dissatisfied, rule.threshold, base) else "undecided"


def void(rule: PollRule, body: Body, ballots: Ballots) -> Reason | None:
    """Why the whole vote does not count, if so."""
    if not reached(body.present, rule.quorum, body.members):
        return "no_quorum"
    return "returned_over_issued" if ballots.returned > ballots.issued else None


def _outcome(rule: PollRule, body: Body, ballots: Ballots, options: Sequence[Option], base: int) -> Outcome:
    reason = void(rule, body, ballots)
    if rule.kind == "grades":
        return Outcome(
            valid=reason is None,
            reason=reason,
            next="repeat" if reason else "none",
            grades=tuple(
                Grade(
                    option.title,
                    "undecided" if reason else grade(rule, option, base),
                    _rate(option.satisfied, base),
                )
                for option in options
            ),
        )
    if reason:
        return Outcome(valid=False, reason=reason, next="repeat")
    return _places(rule, options, base)


def _places(rule: PollRule, options: Sequence[Option], base: int) -> Outcome:
    over = [option for option in options if reached(option.for_, rule.threshold, base)]
    over.sort(key=lambda option: -option.for_)
    seats = len(over) if rule.seats is None else rule.seats
    tied: list[Option] = []
    won = over[:seats]
    if len(over) > seats and over[seats - 1].for_ == over[seats].for_:
        cut = over[seats].for_
        tied = [option for option in over if option.for_ == cut]
        won = [option for option in over if option.for_ > cut]
    left = seats - len(won)
    again = bool(tied) and rule.tie == "second_ballot"
    step: Next = "none"
    if again:
        step = "second_ballot"
    elif left and not tied and rule.short != "vacant":
        step = rule.short
    decided = {option.title for option in (*won, *tied)}
    rest = sorted((option for option in options if option.title not in decided), key=lambda o: -o.for_)
    return Outcome(
        valid=True,
        reason=None,
        adopted=tuple(option.title for option in won),
        not_adopted=tuple(option.title for option in rest),
        tied=tuple(option.title for option in tied),
        vacant=0 if again else left,
        open=left if again else 0,
        next=step,
    )


def _rate(votes: int, base: int) -> float | None:
    return (20_000 * votes + base) // (2 * base) / 10_000 if base else None


def check(rule: PollRule, body: Body, ballots: Ballots, options: Sequence[Option]) -> None:
    """Refuse figures that no vote can have. Raises InputError naming the field."""
    if rule.kind in ("choose_up_to", "elect") and rule.seats is None:
        raise InputError("rule.seats", "缺少应选名额，请填写", "is missing; please give it")
    if rule.seats is not None:
        count(rule.seats, "rule.seats", least=1)
    count(body.members, "body.members", least=1)
    count(body.present, "body.present")
    count(ballots.issued, "ballots.issued")
    count(ballots.returned, "ballots.returned")
    count(ballots.invalid, "ballots.invalid")
    _no_more(body.present, "body.present", "实到", body.members, "应到", "present", "members")
    _no_more(ballots.issued, "ballots.issued", "发出", body.present, "实到", "issued", "present")
    _no_more(
        ballots.invalid, "ballots.invalid", "无效票", ballots.returned, "收回",
        "invalid", "returned",
    )  # fmt: skip
    _check_options(rule, ballots.valid, options)


def _check_options(rule: PollRule, valid: int, options: Sequence[Option]) -> None:
    if not options:
        raise InputError("options", "至少要有一个选项", "give at least one option")
    seen: dict[str, int] = {}
    for i, option in enumerate(options):
        at = f"options[{i}]"
        title = option.title.strip()
        if not title:
            raise InputError(f"{at}.title", "名称不能为空", "must not be empty")
        if title in seen:
            j = seen[title]
            raise InputError(f"{at}.title", f"与options[{j}]同名，请区分", f"same title as options[{j}]")
        seen[title] = i
        _check_line(rule, valid, option, at)
    chosen = sum(option.for_ for option in options)
    if rule.most is not None and chosen > rule.most * valid:
        raise InputError(
            "options",
            f"得票合计{chosen}，超过{valid}张有效票每张至多选{rule.most}项所能有的{rule.most * valid}",
            f"{chosen} votes in all, but {valid} valid ballots with at most {rule.most} choices"
            f" each give no more than {rule.most * valid}",
        )


def _check_line(rule: PollRule, valid: int, option: Option, at: str) -> None:
    for name, word in COUNTS.items():
        value = count(getattr(option, name), f"{at}.{word}")
        graded = rule.kind == "grades"
        wrong = name in GRADES if not graded else name in ("for_", "against")
        if value and wrong:
            raise InputError(f"{at}.{word}", "这一表决方式没有这一项", f"{rule.kind} has no such count")
    if option.total > valid:
        raise InputError(
            at,
            f"各项合计{option.total}，多于有效票{valid}张",
            f"the counts add up to {option.total}, more than the {valid} valid ballots",
        )
    whole_lines = rule.overvote == "ballot" and rule.blank == "abstain"
    if whole_lines and rule.kind != "choose_up_to" and not option.write_in and option.total < valid:
        raise InputError(
            at,
            f"各项合计{option.total}，少于有效票{valid}张；空白应计入弃权",
            f"the counts add up to {option.total} of {valid} valid ballots; blank lines count as abstain",
        )


def _no_more(value: int, at: str, name_zh: str, most: int, most_zh: str, name_en: str, most_en: str) -> None:
    if value > most:
        raise InputError(
            at,
            f"{name_zh}{value}，不能多于{most_zh}{most}",
            f"{value} {name_en}, more than {most} {most_en}",
        )
