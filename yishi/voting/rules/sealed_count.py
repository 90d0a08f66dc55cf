"""What the record of a sealed vote says: how far it is, who gave a share, the count in the end."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from yishi.ballot.elections import Election, Question
from yishi.law.count import Count, Line
from yishi.voting.models import SealedBox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from yishi.law.count import Reading
    from yishi.voting.models import Poll

EVENT = ".event.json"
# The answers to one line; below, in the same order, the marks on paper and the figures of a tally.
ANSWERS = {"approve_each": ("赞成", "反对", "弃权"), "grades": ("满意", "基本满意", "不满意", "弃权")}
LETTERS = {"approve_each": "fax", "grades": "sbdx"}
FIGURES = {
    "approve_each": ("for_", "against", "abstain"),
    "grades": ("satisfied", "basically", "dissatisfied", "abstain"),
}


def columns(poll: Poll) -> bool:
    """The rule limits how many lines one ballot may approve: that can be proved of a column only."""
    return poll.law.kind == "approve_each" and poll.law.most is not None


def questions(poll: Poll) -> list[Question]:
    """The ballot as the protocol has it.

    Ticks: one question. Approval with a limit: a question for each column (赞成, 反对, 弃权), so that
    every ballot proves that it approves at most that many. Else a question for each line, exactly
    one answer; none is possible where paper is sealed too, since two marks on one line of paper
    count for nothing on that line.
    """
    law, titles = poll.law, tuple(option.title for option in poll.options.all())
    if law.kind == "choose_up_to":
        least = 1 if law.blank == "invalid" else 0
        return [Question(poll.title, titles, least, min(law.most or 1, len(titles)))]
    answers = ANSWERS[law.kind]
    if columns(poll):
        most = min(law.most or 1, len(titles))
        limits = [most] + [len(titles)] * (len(answers) - 1)
        return [Question(answer, titles, 0, limit) for answer, limit in zip(answers, limits, strict=True)]
    least = 0 if takes_paper(poll) else 1
    return [Question(title, answers, least, 1) for title in titles]


def takes_paper(poll: Poll) -> bool:
    """Paper credentials are listed: a paper box stands beside, or may come if the phones fail."""
    return poll.by_paper or poll.failure == poll.Failure.PAPER


def choices(poll: Poll, reading: Reading) -> list[list[int]]:
    """One valid paper ballot as the numbers that are sealed: per question, per answer 0 or 1."""
    if poll.law.kind == "choose_up_to":
        return [[int(line == "f") for line in reading.lines]]
    letters = LETTERS[poll.law.kind]
    lines = [[int(line == letter) for letter in letters] for line in reading.lines]
    return [list(column) for column in zip(*lines, strict=True)] if columns(poll) else lines


def events(box: SealedBox, last: int = 100) -> list[tuple[str, str]]:
    """(type, content of the data before it) of the last events, oldest first."""
    found = list(box.entries.order_by("-place")[:last])[::-1]
    before, made = "", []
    for entry in found:
        if entry.name.endswith(EVENT):
            made.append((json.loads(entry.content)["type"], before))
        else:
            before = entry.content
    return made


def stage(box: SealedBox) -> str:
    """voting | opening | counted: ballots are still to come, shares are awaited, the result is there."""
    last = events(box, 1)[-1][0]
    return {"Setup": "voting", "Ballot": "voting", "Result": "counted"}.get(last, "opening")


def owners(box: SealedBox) -> list[int]:
    """Whose shares are in the record, by number: 1 the server, then the scrutineers in order."""
    return [json.loads(data)["owner"] for kind, data in events(box) if kind == "PartialDecryption"]


def result(box: SealedBox) -> list[list[int]] | None:
    """Votes by question and answer; None while it is not opened."""
    kind, data = events(box, 2)[-1]
    found: list[list[int]] | None = json.loads(data)["result"] if kind == "Result" else None
    return found


def total(poll: Poll, box: SealedBox, on_paper: Count) -> Count:
    """The count over both doors: valid ballots are those in the record, invalid ones are paper.

    `on_paper`: the paper sheets by themselves, of which only the number of invalid ones is used.
    """
    found = result(box)
    assert found is not None  # asked only once the box was opened
    valid = counted(box)
    return replace(on_paper, valid=valid, doubtful=0, lines=tuple(_lines(poll, found, valid)), write_ins=())


def _lines(poll: Poll, found: Sequence[Sequence[int]], valid: int) -> list[Line]:
    if poll.law.kind == "choose_up_to":
        return [Line(for_=votes) for votes in found[0]]
    names, made = FIGURES[poll.law.kind], []
    for votes in zip(*found, strict=True) if columns(poll) else found:
        said: dict[str, Any] = dict(zip(names, votes, strict=True))
        # A ballot made by somebody's own program may mark a line twice in columns; nobody can tell
        # whose, and it approves no more than any other: the line's blanks are then fewer by one.
        made.append(Line(**said, void=max(0, valid - sum(votes))))
    return made


def data_before(box: SealedBox, kind: str, back: int) -> str:
    """The content of the record `back` members before its newest event of this type."""
    events_of_kind = box.entries.filter(name__endswith=EVENT, content__contains=f'"type":"{kind}"')
    event = events_of_kind.order_by("-place")[0]
    return box.entries.get(place=event.place - back).content


def counted(box: SealedBox) -> int:
    """How many ballots the record adds up, paper ones among them."""
    said: int = json.loads(data_before(box, "EncryptedTally", 1))["num_tallied"]
    return said


def sealed_in(poll: Poll) -> bool:
    """The paper ballots lie in the electronic record: nothing of them can be changed any more."""
    box = getattr(poll, "box", None) if poll.by_phone else None
    return box is not None and stage(box) != "voting"


def problems(poll: Poll) -> list[str]:
    """What still stands between a sealed vote and its tally, beside the paper part."""
    box = getattr(poll, "box", None)
    if box is None:
        return [_("电子票箱还没有封。")]
    match stage(box):
        case "voting":
            return [_("纸质票核对后，还没有并入电子记录。")] if poll.by_paper else [_("电子票箱还没有合成。")]
        case "opening":
            given = len(set(owners(box)) - {1})
            need = poll.meeting.sealed.threshold
            return [
                _("等监票人打开电子票箱：已有%(given)d人，需要%(need)d人。") % {"given": given, "need": need}
            ]
    return []


def election_of(box: SealedBox) -> Election:
    return Election.parse(box.election.encode())


def head(box: SealedBox) -> tuple[int, str]:
    """Height and hash of the newest event."""
    event = box.entries.filter(name__endswith=EVENT).order_by("-place")[0]
    return json.loads(event.content)["height"], event.name.removesuffix(EVENT)


def last_hash(box: SealedBox) -> str:
    """The hash of the last event, printed on the tally report (anchor)."""
    return head(box)[1]
