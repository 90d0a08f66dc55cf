"""The ballot sheet of a poll, as `papers.sheets` prints it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.crypto import salted_hmac

from yishi.papers.sheets import Option, SheetForm, layout_json
from yishi.papers.sheets.form import CODE_LETTERS

if TYPE_CHECKING:
    from yishi.voting.models import Poll


def form(poll: Poll) -> SheetForm:
    """Nothing on it that singles out a ballot: what is printed comes from the poll alone."""
    law = poll.law
    return SheetForm(
        title=poll.title,
        body=poll.meeting.body.name,
        kind=law.kind,
        options=[Option(option.title, option.detail) for option in poll.options.all()],
        seats=law.seats,
        size="A5" if poll.size == poll.Size.A5 else "A4",
        stamp=poll.meeting.stamp,
        option_word="" if law.kind == "elect" else law.words.matter_zh,
        write_ins=None if law.kind == "elect" and law.write_ins != "no" else 0,
        instructions=_limit(poll),
        code=_code(poll),
    )


def layout(poll: Poll) -> dict[str, Any]:
    """Where everything stands on this poll's sheets, for whoever reads them. Raises SheetError."""
    return layout_json(form(poll))


def _code(poll: Poll) -> str:
    """Names this poll's form and no other's, in this county and elsewhere; kept as it was printed first."""
    if poll.sheet_layout:
        return str(poll.sheet_layout["form"])
    number = int(salted_hmac("yishi.sheet", f"{poll.pk}", algorithm="sha256").hexdigest(), 16)
    return "".join(CODE_LETTERS[number >> 5 * place & 31] for place in range(8))


def _limit(poll: Poll) -> tuple[str, ...]:
    """Where a ballot for too many is void, the sheet says so; otherwise its usual words stand."""
    law = poll.law
    if law.kind != "approve_each" or law.most is None:
        return ()
    return (
        f"每行只选一个；赞成的最多{law.most}{law.words.count_zh}，多选的，整张票无效。",
        "以所在椭圆为准：在椭圆内涂满或画√。",
        "填错当场换票，不要涂改；不得写姓名。",
    )
