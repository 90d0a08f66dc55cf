"""The law asked about one poll: a show of hands, a void vote, what comes after the result."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from yishi.law import pack
from yishi.law.decide import decide
from yishi.law.errors import InputError
from yishi.law.figures import Ballots, Body, Option
from yishi.people.models import Body as Organ
from yishi.voting.models import Figure, Poll, Tally

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yishi.law.rule import PollRule

Kind = Figure.Kind
STREET = (Organ.Kind.RESIDENTS_COUNCIL, Organ.Kind.STREET_COMMITTEE)


def in_words(error: InputError) -> str:
    """The law's own complaint in the language of the page."""
    return error.message_en if (get_language() or "").startswith("en") else error.message_zh


def adoption_rule(poll: Poll) -> PollRule:
    """How this body adopts a voting method: the pack's rule, with the poll's own quorum and voters."""
    street = poll.meeting.body.kind in STREET
    rule = pack.load(settings.PACK).polls["method.adoption.street" if street else "method.adoption"]
    law = poll.law
    names = ("voters_zh", "unit_zh", "all_zh", "present_zh", "voters_en")
    words = replace(rule.words, **{name: getattr(law.words, name) for name in names})
    return replace(rule, quorum=law.quorum, article_quorum=law.article_quorum, words=words)


def hands(poll: Poll, what: str, votes: Mapping[str, int] | None, why: str) -> dict[str, Any]:
    """The record of a show of hands that adopted `what`.

    {"for", "against", "abstain", "entitled", "present", "sentence"}, or {"otherwise": why} where it
    was adopted in another way. Raises ValidationError when the figures are wrong or the majority
    was not reached.
    """
    if votes is None:
        if not why.strip():
            raise ValidationError({"why": _("请写明是怎样通过的，或填写举手表决的票数。")}, code="reason")
        return {"otherwise": why.strip()}
    numbers = poll.meeting.voters.numbers()
    entitled, present = numbers["entitled"], numbers["present"]
    counts = {name: votes.get(name, 0) for name in ("for", "against", "abstain")}
    option = Option(what, for_=counts["for"], against=counts["against"], abstain=counts["abstain"])
    if option.total > present:
        raise ValidationError(
            {
                "for": _("举手%(total)s人，多于实到%(present)s人。")
                % {"total": option.total, "present": present}
            }
        )
    try:
        outcome = decide(adoption_rule(poll), Body(entitled, present), Ballots(present, present), [option])
    except InputError as error:
        raise ValidationError(in_words(error)) from error
    if not outcome.adopted:
        raise ValidationError({"for": _("没有通过：") + outcome.sentence_zh})
    return {**counts, "entitled": entitled, "present": present, "sentence": outcome.sentence_zh}


def void_by_law(poll: Poll, said: Mapping[str, int]) -> str:
    """The sentence of the law for more ballots returned than issued."""
    returned = said[Kind.RETURNED]
    # All of them uncounted: the sentence needs no line of any option.
    ballots = Ballots(said[Kind.ISSUED], returned, invalid=returned)
    options = [Option(option.title) for option in poll.options.all()]
    body = Body(said[Kind.ENTITLED], said[Kind.PRESENT])
    return decide(poll.law, body, ballots, options).sentence_zh


def follow(poll: Poll, tally: Tally | None) -> tuple[str, int | None, list[str]] | None:
    """What comes after: (Poll.After, places, titles on the next ballot), or None for nothing."""
    titles = [option.title for option in poll.options.all()]
    if poll.state == Poll.State.VOID:
        return Poll.After.REPEAT, poll.seats, titles
    if tally is None or poll.state != Poll.State.DECLARED:
        return None
    outcome = tally.outcome
    step = outcome["next"]
    if step == "none":
        return None
    if step == "repeat" and not outcome["valid"]:
        return Poll.After.REPEAT, poll.seats, titles
    left = None if poll.seats is None else poll.seats - len(outcome["adopted"])
    named = outcome["tied"] if step == "second_ballot" else outcome["not_adopted"]
    # The order of the ballot, never the order of votes.
    again = [title for title in titles if title in set(named)]
    return Poll.After(step), left, again


def result_rows(poll: Poll, tally: Tally) -> list[dict[str, Any]]:
    """The lines of a tally: adopted ones first in order of votes, the others by votes too.

    `place` is the number on the ballot (None for a person written in), never a rank: equal votes
    have no order. Grades stay in the order of the ballot and carry their `grade`.
    """
    outcome = tally.outcome
    places = {option.title: option.place for option in poll.options.all()}
    won = {title: rank for rank, title in enumerate(outcome["adopted"])}
    graded = {one["title"]: one for one in outcome.get("grades") or []}
    lines = tally.lines()
    if not graded:
        lines.sort(key=lambda line: (won.get(line["title"], len(won)), -line.get("for", 0)))
    return [
        {
            **line,
            "place": places.get(line["title"]),
            "adopted": line["title"] in won,
            "tied": line["title"] in outcome["tied"],
            **(
                {k: graded[line["title"]][k] for k in ("grade", "satisfied_rate")}
                if line["title"] in graded
                else {}
            ),
        }
        for line in lines
    ]
