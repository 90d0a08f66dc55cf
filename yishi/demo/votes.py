"""The votes of the demo: one ready to be held today, others held and declared."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core.files.base import ContentFile

from yishi.demo import projects
from yishi.demo.phones import held_by_phone
from yishi.meetings import actions as meetings
from yishi.meetings.models import Voter
from yishi.papers.documents import Document, Paragraph, pdf
from yishi.people.models import Office
from yishi.projects.actions.booklets import deliver_booklet
from yishi.projects.actions.rating import plan_rating, read_rating
from yishi.projects.actions.vote import adopt, put_to_vote
from yishi.voting.actions import counting, polls, setup
from yishi.voting.models import Figure
from yishi.voting.words import method

if TYPE_CHECKING:
    from collections.abc import Sequence

    from yishi.meetings.models import Meeting
    from yishi.people.models import Body, User
    from yishi.projects.models import Call
    from yishi.voting.models import Poll

NOTICE = timedelta(days=10)
MINUTE = timedelta(minutes=1)
HATS = {
    "chief_scrutineer": "chief_scrutineer",
    "scrutineer": "scrutineer",
    "teller_1": "teller",
    "teller_2": "teller",
    "caller": "caller",
}
AGENDA = (
    "听取和审议镇人民政府工作报告",
    "审议民生实事候选项目",
    "通过票决办法和监票、计票人员名单",
    "票决民生实事项目",
)


def ready_meeting(
    call: Call, town: Body, clerk: User, crew: dict[str, User], spec: dict[str, Any], starts: datetime
) -> Meeting:
    """Called, papers delivered, most signed in, the poll with its method drafted: the hall can begin."""
    meeting = _called(call, town, clerk, crew, spec, starts)
    _signed_in(meeting, clerk, crew, spec["present"], starts)
    projects.deliberated(call, meeting, clerk, spec, starts + 5 * MINUTE)
    poll = _poll(call, meeting, clerk, spec, starts - timedelta(days=9))
    _officials(poll, clerk, crew, starts - timedelta(days=8))
    return meeting


def declared_meeting(
    call: Call,
    town: Body,
    clerk: User,
    crew: dict[str, User],
    spec: dict[str, Any],
    starts: datetime,
    before: tuple[Call, dict[str, Any]] | None = None,
) -> Meeting:
    """The whole way to the published result, and to the rating of the projects of the year before."""
    meeting = _called(call, town, clerk, crew, spec, starts)
    _signed_in(meeting, clerk, crew, spec["present"], starts)
    poll = _poll(call, meeting, clerk, spec, starts - timedelta(days=9))
    projects.deliberated(call, meeting, clerk, spec, starts + 5 * MINUTE)
    votes: Sequence[tuple[int, ...]] = [(one["for"], one["against"]) for one in spec["candidates"]]
    ballots = _ballots(votes, "fa", spec["present"])
    if poll.law.kind == "choose_up_to":
        chosen_only = _ballots([(yes,) for yes, _no in votes], "f", spec["present"])
        ballots = [[mark.strip("x") for mark in sheet] for sheet in chosen_only]
    _officials(poll, clerk, crew, starts - timedelta(days=8))
    hall = held_by_phone if spec.get("phone") else _hall
    at = hall(poll, clerk, crew, ballots, starts + 10 * MINUTE)
    adopt(poll, by=clerk, at=at)
    if before:
        earlier, said = before
        chosen = [one for one in said["candidates"] if "rated" in one]
        rated = list(earlier.projects.filter(title__in=[one["title"] for one in chosen]))
        rating = plan_rating(earlier, meeting, rated, by=clerk, at=starts - timedelta(days=9))
        setup.change(rating, colour="浅黄", by=clerk, at=starts - timedelta(days=9))
        setup.draft_method(rating, method.draft(rating), by=clerk, at=starts - timedelta(days=9))
        _officials(rating, clerk, crew, starts - timedelta(days=8))
        grades = _ballots([tuple(one["rated"]) for one in chosen], "sbd", spec["present"])
        at = _hall(rating, clerk, crew, grades, at)
        read_rating(rating, by=clerk, at=at)
    meetings.close_meeting(meeting, by=crew["chair"], at=at + 5 * MINUTE)
    return meeting


def _called(
    call: Call, town: Body, clerk: User, crew: dict[str, User], spec: dict[str, Any], starts: datetime
) -> Meeting:
    """Everybody has the candidates in time; the deputy whose phone is to be tried has a report to read."""
    called = starts - NOTICE
    chair = town.offices.get(post=Office.Post.CHAIR).person
    meeting = meetings.plan(
        town,
        title=spec["session"],
        starts_at=starts,
        place=spec["place"],
        presiding=chair,
        by=clerk,
        at=called,
    )
    meetings.add_items(meeting, spec.get("agenda", AGENDA), by=clerk, at=called)
    meetings.entitle(meeting, by=clerk, at=called)
    booklet = deliver_booklet(call, meeting, by=clerk, at=called)
    report = meetings.add_material(
        meeting,
        ContentFile(pdf(_report(town)), name="工作报告.pdf"),
        title="工作报告（演示）",
        by=clerk,
        at=called,
    )
    meetings.call(meeting, by=clerk, at=called)
    handed = called + timedelta(days=2)
    meetings.deliver_on_paper(booklet.material, list(meeting.voters.all()), by=clerk, at=handed)
    others = meeting.voters.exclude(seat__person=crew["deputy"].person_id)
    meetings.deliver_on_paper(report, list(others), by=clerk, at=handed)
    return meeting


def _report(town: Body) -> Document:
    told = "本报告为演示数据，不是真实报告。过去一年票决的民生实事项目已全部完成。"
    return Document(title="工作报告（演示）", subtitle=town.name, blocks=(Paragraph(told),))


def _signed_in(meeting: Meeting, clerk: User, crew: dict[str, User], present: int, starts: datetime) -> None:
    """The crew's own seats are among those who came; the deputy's phone is left to be tried."""
    opened = starts - 40 * MINUTE
    meetings.open_sign_in(meeting, by=clerk, at=opened)
    waiting = crew["deputy"].person_id
    voters = [v for v in meeting.voters.select_related("seat") if v.seat.person_id != waiting]
    own = {crew[hat].person_id for hat in ("chair", "chief_scrutineer", "scrutineer")}
    voters.sort(key=lambda v: (v.seat.person_id not in own, v.pk))
    for i, voter in enumerate(voters[:present]):
        how = Voter.How.CODE if i % 2 else Voter.How.LIST
        meetings.sign_in(voter, how, by=clerk, at=opened + i * MINUTE / 2)
    if len(voters) > present:
        meetings.grant_leave(voters[-1], by=clerk, at=opened, why="病假")
    meetings.open_meeting(meeting, by=clerk, at=starts)
    meeting.refresh_from_db()


def _poll(call: Call, meeting: Meeting, clerk: User, spec: dict[str, Any], at: datetime) -> Poll:
    poll = put_to_vote(
        call,
        meeting,
        call.projects.candidates(),
        title=f"{call.year}年民生实事项目票决",
        colour=spec["colour"],
        batch_size=20,
        by=clerk,
        at=at,
    )
    if spec.get("phone"):
        setup.change(poll, doors=poll.Doors.PHONE, by=clerk, at=at)
    setup.draft_method(poll, method.draft(poll), by=clerk, at=at)
    return poll


def _officials(poll: Poll, clerk: User, crew: dict[str, User], at: datetime) -> None:
    for key, hat in HATS.items():
        setup.name_official(poll, crew[key], hat, by=clerk, at=at)


def _hall(poll: Poll, clerk: User, crew: dict[str, User], ballots: list[list[str]], at: datetime) -> datetime:
    """From the show of hands to the published result; gives the time it was declared."""
    chair, chief = crew["chair"], crew["chief_scrutineer"]
    issued = len(ballots)
    hands = {"for": issued, "against": 0, "abstain": 0}
    polls.adopt_method(poll, hands, by=chair, at=at)
    polls.adopt_officials(poll, hands, by=chair, at=at + MINUTE)
    polls.say(poll, Figure.Kind.PRINTED, issued + 12, by=clerk, at=at + 2 * MINUTE)
    polls.count_present(poll, by=clerk, at=at + 3 * MINUTE)
    polls.hand_out(poll, issued, 12, by=clerk, at=at + 6 * MINUTE)
    for hat in ("chief_scrutineer", "scrutineer"):
        polls.seal(poll, by=crew[hat], at=at + 8 * MINUTE)
    polls.open_poll(poll, by=chair, at=at + 9 * MINUTE)
    polls.close_poll(poll, by=chair, at=at + 20 * MINUTE)
    polls.say(poll, Figure.Kind.RETURNED, issued, by=clerk, at=at + 24 * MINUTE)
    _count(poll, clerk, crew, ballots, at + 25 * MINUTE)
    tally = counting.tally(poll, by=clerk, at=at + 45 * MINUTE)
    counting.confirm(tally, by=chief, at=at + 47 * MINUTE)
    poll.refresh_from_db()
    polls.declare(poll, by=chair, at=at + 50 * MINUTE)
    polls.publish(poll, by=clerk, at=at + 55 * MINUTE)
    return at + 60 * MINUTE


def _count(poll: Poll, clerk: User, crew: dict[str, User], ballots: list[list[str]], at: datetime) -> None:
    left = iter(ballots)
    for batch in counting.lay_out(poll, by=clerk, at=at):
        batch.poll = poll
        sheets = [next(left) for _number in range(batch.size)]
        for teller in (crew["teller_1"], crew["teller_2"]):
            keying = counting.begin(batch, by=teller, at=at)
            for number, marks in enumerate(sheets, start=1):
                counting.key(
                    keying, number, marks=marks, revision=1, complete=True, by=teller, at=at + MINUTE
                )
            counting.finish(keying, by=teller, at=at + 5 * MINUTE)


def _ballots(votes: Sequence[tuple[int, ...]], letters: str, how_many: int) -> list[list[str]]:
    """Sheets that add up to the votes of each line, none with more choices than it must have."""
    sheets: list[list[str]] = [[] for _sheet in range(how_many)]
    for counts in votes:
        column = "".join(letter * n for letter, n in zip(letters, counts, strict=True)).ljust(how_many, "x")
        # The first letters go to the sheets that have chosen least so far.
        for sheet, mark in zip(sorted(sheets, key=lambda one: one.count("f")), column, strict=True):
            sheet.append(mark)
    return [sheets[i * 7 % how_many] for i in range(how_many)] if how_many % 7 else sheets
