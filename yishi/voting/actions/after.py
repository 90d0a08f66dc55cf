"""What follows a vote: a repeat, a second ballot among the tied, a further election."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from yishi.journal.chain import write
from yishi.journal.moves import move
from yishi.meetings.models import Meeting
from yishi.voting.actions.polls import printed_sheet
from yishi.voting.models import Official, Option, Poll
from yishi.voting.rules import rights
from yishi.voting.rules.box import declared
from yishi.voting.rules.outcomes import follow
from yishi.web.access import require

if TYPE_CHECKING:
    from datetime import datetime

After = Poll.After
# Printed on the ballots, so that it is not in the language of the page.
AFTER = {After.SECOND_BALLOT: "再次投票", After.FURTHER_ELECTION: "另行选举", After.REPEAT: "重新投票"}
COPIED = (
    "rule_key",
    "size",
    "colour",
    "batch_size",
    "open_count",
    "method_text",
    "doors",
    "failure",
    "revote",
    "counting",
)


@transaction.atomic
def set_up_next(poll: Poll, *, by: Any, at: datetime) -> Poll:
    """The poll that follows a void or unsettled one, linked to it, for the places left.

    Method and officials were adopted once and carry over; a repeat and a second ballot are ready
    at once, a further election stays a draft, because its candidates may be named anew.
    Raises ValidationError when nothing follows, or when it is there already.
    """
    require(rights.may_follow(by, poll, at))
    Meeting.objects.select_for_update().get(pk=poll.meeting_id)
    next_step = follow(poll, declared(poll))
    if next_step is None:
        raise ValidationError(_("结果已定，没有下一轮投票。"))
    if poll.followed_by.exists():
        raise ValidationError(_("下一轮投票已经建好。"))
    after, seats, titles = next_step
    made = _made(poll, after, seats)
    _options(poll, made, titles)
    Official.objects.bulk_create(
        Official(poll=made, user_id=one.user_id, hat=one.hat) for one in poll.officials.all()
    )
    write(made.chain, "voting.planned", made, by=by, at=at, title=made.title, after=after, previous=poll.pk)
    if after != After.FURTHER_ELECTION and poll.method_adopted_at:
        # Its sheet is another one: a ballot of the first vote must not be read as one of this.
        also = {"sheet_layout": printed_sheet(made)}
        move(made, Poll.State.READY, chain=made.chain, by=by, at=at, why=_carried(poll), also=also)
    return made


def _made(poll: Poll, after: str, seats: int | None) -> Poll:
    law = poll.law
    if after == After.SECOND_BALLOT and seats is not None:
        law = law.second_ballot(seats)
    elif after == After.FURTHER_ELECTION and seats is not None:
        law = law.further_election(seats)
    last = poll.meeting.polls.aggregate(last=Max("place"))["last"]
    further = after == After.FURTHER_ELECTION
    return Poll.objects.create(
        meeting=poll.meeting,
        place=last + 1,
        title=_title(poll, After(after)),
        seats=seats,
        rule=law.to_json(),
        previous=poll,
        after=after,
        officials_adopted_at=poll.officials_adopted_at,
        officials_votes={"otherwise": _carried(poll)} if poll.officials_adopted_at else {},
        # Adopted with the first ballot; the record says so.
        method_adopted_at=None if further else poll.method_adopted_at,
        method_votes={} if further else {"otherwise": _carried(poll)},
        **{name: getattr(poll, name) for name in COPIED},
    )


def _title(poll: Poll, after: Poll.After) -> str:
    first = poll
    while first.previous is not None:
        first = first.previous
    return f"{first.title}（{AFTER[after]}）"[:120]


def _carried(poll: Poll) -> str:
    # Printed on Chinese papers, so that it is not in the language of the page.
    return f"沿用“{poll.title}”已通过的办法和名单"


def _options(poll: Poll, made: Poll, titles: list[str]) -> None:
    old = {option.title: option for option in poll.options.all()}
    Option.objects.bulk_create(
        Option(
            poll=made,
            place=place,
            title=title,
            detail=old[title].detail,
            person_id=old[title].person_id,
        )
        for place, title in enumerate(titles, start=1)
    )
