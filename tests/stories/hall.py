"""A hall to tell stories in: a town, its deputies and officials, and the way of one vote, by actions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from tests import make
from yishi.meetings import actions as meetings
from yishi.meetings.models import Meeting
from yishi.people.models import Body, Seat, User
from yishi.voting.actions import counting, polls, setup
from yishi.voting.models import Figure, Poll, Tally
from yishi.voting.words import method

Kind = Figure.Kind
RULE = "projects.town.vote"
OFFICIALS = {
    "chief": "chief_scrutineer",
    "watch": "scrutineer",
    "one": "teller",
    "two": "teller",
}


@dataclass
class Hall:
    """Who is in the hall; the clock goes on a minute with every tick."""

    town: Body
    clerk: User
    chair: User
    officials: dict[str, User]
    seats: list[Seat]
    meeting: Meeting
    minutes: int = field(default=0)

    def tick(self):
        self.minutes += 1
        return make.NOW + timedelta(minutes=self.minutes)


def hall(deputies: int = 60, present: int = 55) -> Hall:
    """A meeting called in time, opened with a quorum."""
    town = make.body(name="枫溪镇人民代表大会")
    make.term(town)
    seats = make.seats(town, deputies, term=town.terms.get())
    clerk, chair = make.clerk(town), make.chair(town)
    officials = {key: make.user(f"{town.code}-{key}", name=key) for key in OFFICIALS}
    early = make.NOW - timedelta(days=10)
    meeting = meetings.plan(town, title="第五次会议", starts_at=make.NOW, by=clerk, at=early)
    meetings.entitle(meeting, by=clerk, at=early)
    meetings.call(meeting, by=clerk, at=early)
    meetings.open_sign_in(meeting, by=clerk, at=early)
    for voter in list(meeting.voters.all())[:present]:
        meetings.sign_in(voter, "list", by=clerk, at=make.NOW)
    meetings.open_meeting(meeting, by=chair, at=make.NOW)
    return Hall(town, clerk, chair, officials, seats, meeting)


def planned(h: Hall, titles: list[str], seats: int | None, rule: str = RULE) -> Poll:
    """A poll with its method drafted and its officials named."""
    poll = setup.plan(
        h.meeting,
        title="民生实事项目票决",
        rule_key=rule,
        seats=seats,
        options=titles,
        by=h.clerk,
        at=h.tick(),
    )
    setup.draft_method(poll, method.draft(poll), by=h.clerk, at=h.tick())
    for key, hat in OFFICIALS.items():
        setup.name_official(poll, h.officials[key], hat, by=h.clerk, at=h.tick())
    return poll


def adopted(h: Hall, poll: Poll) -> None:
    """Method and list passed by show of hands."""
    present = poll.meeting.voters.numbers()["present"]
    polls.adopt_method(poll, {"for": present}, by=h.chair, at=h.tick())
    polls.adopt_officials(poll, {"for": present}, by=h.chair, at=h.tick())


def voted(h: Hall, poll: Poll, issued: int, returned: int) -> None:
    """From the printed papers to the number returned, which is said last."""
    poll.refresh_from_db()
    polls.say(poll, Kind.PRINTED, issued + 5, by=h.clerk, at=h.tick())
    polls.count_present(poll, by=h.clerk, at=h.tick())
    polls.hand_out(poll, issued, 5, by=h.clerk, at=h.tick())
    for key in ("chief", "watch"):
        polls.seal(poll, by=h.officials[key], at=h.tick())
    polls.open_poll(poll, by=h.chair, at=h.tick())
    polls.close_poll(poll, by=h.chair, at=h.tick())
    polls.say(poll, Kind.RETURNED, returned, by=h.clerk, at=h.tick())


def counted(h: Hall, poll: Poll, ballots: list[list[str]]) -> Tally:
    """Keyed by both tellers, tallied and confirmed."""
    left = iter(ballots)
    for batch in counting.lay_out(poll, by=h.clerk, at=h.tick()):
        batch.poll = poll
        sheets = [next(left) for _sheet in range(batch.size)]
        for teller in (h.officials["one"], h.officials["two"]):
            keying = counting.begin(batch, by=teller, at=h.tick())
            for number, marks in enumerate(sheets, start=1):
                counting.key(keying, number, marks=marks, revision=1, complete=True, by=teller, at=h.tick())
            counting.finish(keying, by=teller, at=h.tick())
    return confirmed(h, poll)


def confirmed(h: Hall, poll: Poll, why: str = "") -> Tally:
    tally = counting.tally(poll, by=h.officials["chief"], at=h.tick(), why=why)
    return counting.confirm(tally, by=h.officials["chief"], at=h.tick())


def declared(h: Hall, poll: Poll) -> str:
    """Declared by the chair; gives the sentence."""
    poll.refresh_from_db()
    polls.declare(poll, by=h.chair, at=h.tick())
    tally = poll.tallies.current()
    assert tally is not None
    return tally.outcome["sentence_zh"]


def ballots(votes: list[int], how_many: int) -> list[list[str]]:
    """Sheets that give each line its votes, none with more choices than it must have; the rest against."""
    sheets: list[list[str]] = [[] for _sheet in range(how_many)]
    for n in votes:
        ordered = sorted(sheets, key=lambda one: one.count("f"))
        for i, sheet in enumerate(ordered):
            sheet.append("f" if i < n else "a")
    return sheets
