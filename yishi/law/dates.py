"""Days before a day: until when something must have been given out."""

from datetime import date, timedelta
from typing import Literal

from yishi.law.errors import InputError
from yishi.law.pack import NoticeRule

Reckoning = Literal["counted", "clear"]


def days_before(anchor: date, n: int) -> date:
    """The calendar day `n` days before `anchor`. Raises InputError at `n` or `anchor`."""
    if n < 0:
        raise InputError("n", "天数不能为负", "must not be negative")
    try:
        return anchor - timedelta(days=n)
    except OverflowError as error:
        raise InputError("anchor", "日期太早", "the date is too early") from error


def latest(rule: NoticeRule, anchor: date, reckoning: Reckoning = "counted") -> date:
    """The last day on which the rule is kept.

    `counted`: "七日以前" is the day seven days before or earlier (以上、以下、以内 take in the number
    named, 民法典第一千二百五十九条). `clear`: seven whole days lie between; for a county that reads
    it so.
    """
    return days_before(anchor, rule.days + (reckoning == "clear"))


def in_time(rule: NoticeRule, given: date, anchor: date, reckoning: Reckoning = "counted") -> bool:
    return given <= latest(rule, anchor, reckoning)
