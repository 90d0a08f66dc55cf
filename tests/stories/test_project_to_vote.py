"""From the call to the projects adopted, through the pages alone, by those who do it; a town and a street."""

import json
from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests import make
from yishi.meetings.models import Meeting
from yishi.people.models import Body
from yishi.projects.models import Call, Comment, Project, Proposal
from yishi.projects.rules.topics import asked
from yishi.voting.models import Batch, Poll
from yishi.voting.words import report

pytestmark = pytest.mark.django_db

TITLES = ("老小区加装电梯", "村道路灯", "养老食堂")


class Clock:
    """The time of the house; a second goes by with every look."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at

    def to(self, month: int, day: int, hour: int = 9) -> None:
        self.at = self.at.replace(month=month, day=day, hour=hour, minute=0, second=0)


@pytest.fixture
def clock(monkeypatch, settings):
    # Days go by in this story: nobody is signed out meanwhile.
    settings.SESSION_IDLE_SECONDS = settings.SESSION_COOKIE_AGE = 10**7
    made = Clock(make.NOW)
    monkeypatch.setattr(timezone, "now", made)
    return made


class People:
    """Who signs in, each in a browser of their own, and the addresses they go to."""

    def __init__(self, **accounts) -> None:
        self.browsers = {name: make.client(user) for name, user in accounts.items()}
        self.browsers["resident"] = make.client()

    def press(self, who, name, *args, **typed):
        """One form sent: it must have been taken."""
        answer = self.browsers[who].post(reverse(name, args=args), typed)
        form = (answer.context or {}).get("form") if answer.context else None
        assert answer.status_code == 302, (name, form.errors if form else answer.status_code)
        assert "/login/" not in answer.url, name
        return answer

    def read(self, who, name, *args):
        answer = self.browsers[who].get(reverse(name, args=args), follow=True)
        assert answer.status_code == 200, (name, answer.status_code)
        return answer.content.decode()


HATS = {"chief": "chief_scrutineer", "watcher": "scrutineer", "one": "teller", "two": "teller"}


def folk(calls: Body, votes: Body, seats: int):
    """The clerk of who calls and votes, the chair, tellers, and deputies."""
    make.term(votes)
    sitting = make.seats(votes, seats, term=votes.terms.get())
    clerk = make.user("clerk", *{("clerk", calls): 1, ("clerk", votes): 1})
    people = People(
        clerk=clerk,
        chair=make.chair(votes, "chair"),
        deputy=make.deputy_user(sitting[0], "deputy"),
        **{name: make.user(name) for name in HATS},
    )
    return people, make.body("department", name="枫溪镇建设办")


def called(people, calls: Body, clock) -> Call:
    days = {"opens_on": "2026-01-20", "closes_on": "2026-01-25", "erase_on": "2027-01-31"}
    people.press("clerk", "call_new", calls.pk, year=2026, title="2026年征集", text="请提", **days)
    call = Call.objects.get()
    people.press("clerk", "call_publish", call.pk)
    for title in TITLES:
        typed = {"source": "in_person", "what": title, "where": "枫溪村", "people": 1}
        people.press("clerk", "hand_in", call.pk, **typed)
    clock.to(1, 26)
    for topic in call.topics.all():
        answers = {f"{key}_met": "yes" for key in asked().criteria}
        answers |= {f"{key}_why": "已落实" for key in asked().criteria}
        people.press("clerk", "topic_decide", topic.pk, to="shortlisted", reason="", **answers)
    return call


SHEET = {"content": "建成并投用", "where": "枫溪村", "cost": "120", "funds": "镇财政"}
DAYS = {"starts_on": "2026-03-01", "ends_on": "2026-11-30"}


def put_forward(people, call: Call, unit: Body) -> None:
    people.press("clerk", "candidates_pick", call.pk, topics=[one.pk for one in call.topics.all()])
    for one in call.projects.all():
        people.press("clerk", "candidate_change", one.pk, title=one.title, unit=unit.pk, **SHEET, **DAYS)
    people.press("clerk", "candidates_seats", call.pk, seats=2)
    people.press("clerk", "candidates_publish", call.pk)


def convened(people, votes: Body, quorum: str) -> Meeting:
    typed = {"title": "第五次会议", "starts_at": "2026-02-10T09:00", "quorum": quorum}
    people.press("clerk", "meeting_new", votes.pk, **typed)
    meeting = Meeting.objects.get()
    people.press("clerk", "entitled", meeting.pk)
    people.press("clerk", "agenda", meeting.pk, titles="票决民生实事项目")
    people.press("clerk", "meeting_step", meeting.pk, verb="call", why="已另行通知")
    meeting.refresh_from_db()
    assert meeting.state == "called"
    return meeting


def opened(people, meeting: Meeting) -> None:
    people.press("chair", "meeting_step", meeting.pk, verb="open_sign_in")
    for voter in meeting.voters.all():
        people.press("clerk", "attendance", meeting.pk, voter=voter.pk)
    people.press("chair", "meeting_step", meeting.pk, verb="open_meeting")


def prepared(people, poll: Poll, present: int) -> None:
    """From the drafted method to the sealed box."""
    page = people.browsers["clerk"].get(reverse("poll_method", args=[poll.pk]))
    people.press("clerk", "poll_method", poll.pk, method_text=page.context["form"].initial["method_text"])
    for name, hat in HATS.items():
        people.press("clerk", "poll_officials", poll.pk, user=name, hat=hat)
    for verb in ("method", "officials"):
        people.press("chair", "chair_do", poll.pk, verb, **{"for": present})


def papers_out(people, poll: Poll, present: int) -> None:
    people.press("clerk", "chair_do", poll.pk, "printed", value=present + 1)
    people.press("clerk", "chair_do", poll.pk, "quorum")
    people.press("clerk", "chair_do", poll.pk, "issued", issued=present, left_over=1, replaced=0)
    for name in ("chief", "watcher"):
        people.press(name, "chair_do", poll.pk, "sealed")


def counted(people, poll: Poll, ballots) -> None:
    """From the open vote to the declared result."""
    people.press("chair", "chair_do", poll.pk, "closed")
    people.press("watcher", "chair_do", poll.pk, "returned", value=len(ballots))
    people.press("chief", "lay_out", poll.pk)
    batch = Batch.objects.get(poll=poll)
    for name in ("one", "two"):
        people.press(name, "begin_keying", batch.pk)
        for number, marks in enumerate(ballots, start=1):
            said = {"marks": marks, "write_ins": [], "doubt": "", "complete": True, "revision": 1}
            address = reverse("key", args=[batch.pk, number])
            sent = people.browsers[name].post(address, json.dumps(said), content_type="application/json")
            assert sent.status_code == 200, sent.content.decode()
        people.press(name, "finish_keying", batch.pk)
    people.press("chief", "tally", poll.pk, why="")
    people.press("chief", "confirm_tally", poll.pk, tally=poll.tallies.get().pk)
    people.press("chair", "chair_do", poll.pk, "declared")
    poll.refresh_from_db()
    assert poll.state == "declared"


def put(people, call: Call, meeting: Meeting) -> Poll:
    form = people.browsers["clerk"].get(reverse("vote_new", args=[call.pk])).context["form"]
    answers = {name: form.fields[name].initial for name in form.points}
    answers |= {name: "none" for name, point in form.points.items() if point.key == "projects.over_choice"}
    typed = {"meeting": meeting.pk, "title": "2026年民生实事项目票决", "size": "A4", "batch_size": 50}
    keys = [one.pk for one in call.projects.candidates()]
    people.press("clerk", "vote_new", call.pk, projects=keys, **typed, **answers)
    return Poll.objects.get()


def states(call: Call) -> dict[str, str]:
    return dict(call.projects.values_list("title", "state"))


def test_a_town_goes_from_the_call_to_the_adopted_projects(clock):
    town = make.body(name="枫溪镇人民代表大会")
    people, unit = folk(town, town, 6)
    call = called(people, town, clock)
    put_forward(people, call, unit)
    meeting = convened(people, town, "congress")

    # The booklet comes on the very day: the chair will have to say why.
    lift = call.projects.get(title=TITLES[0])
    clock.to(2, 9)
    people.press("clerk", "booklet_deliver", call.pk, meeting=meeting.pk)
    clock.to(2, 10)
    people.press("clerk", "material", meeting.materials.get().pk, all="1")
    opened(people, meeting)

    # Explained, spoken of, and one sheet changed because of what a deputy said.
    said = {"meeting": meeting.pk, "speaker": "林镇长", "post": "镇长", "text": "三个候选项目的由来。"}
    held_at = timezone.localtime(clock.at).strftime("%Y-%m-%dT%H:%M")
    people.press("clerk", "explain", call.pk, held_at=held_at, **said)
    assert "对候选项目提意见" in people.read("deputy", "comment", call.pk)
    people.press("deputy", "comment_on", lift.pk, text="投资偏高，应公开测算。")
    people.press("deputy", "comment_all", call.pk, text="总体赞成。")
    specific, general = Comment.objects.get(project=lift), Comment.objects.get(project=None)
    poll = put(people, call, meeting)
    prepared(people, poll, 6)
    poll.refresh_from_db()
    assert poll.state == "ready"
    late = people.browsers["clerk"].get(reverse("comment_amend", args=[specific.pk]))
    assert late.status_code == 403  # the ballot was adopted: back to the draft first
    people.press("clerk", "poll_reopen", poll.pk, why="项目表要改")
    typed = {**SHEET, **DAYS, "cost": "100", "title": lift.title, "unit": unit.pk, "why": "核减投资"}
    people.press("clerk", "comment_amend", specific.pk, **typed)
    people.press("clerk", "vote_renew", poll.pk)
    people.press("chair", "chair_do", poll.pk, "method", **{"for": 6})
    assert "投资100万元" in poll.options.get(title=lift.title).detail
    assert "核减投资" in people.read("deputy", "comment", call.pk)

    # What is lacking is told, opening is refused, then done or passed with a reason.
    papers_out(people, poll, 6)
    page = people.read("chair", "chair", poll.pk)
    assert "收到晚了6人" in page and "材料不是最新稿" in page and "还有1条审议意见没有答复" in page
    people.browsers["chair"].post(reverse("chair_do", args=[poll.pk, "open"]))
    poll.refresh_from_db()
    assert poll.state == "ready"
    people.press("clerk", "comment_note", general.pk, text="")
    people.press("clerk", "booklet_deliver", call.pk, meeting=meeting.pk, why="核减投资")
    newest = meeting.materials.current().get()
    people.press("clerk", "material", newest.pk, all="1")
    people.press("chair", "gate_override", poll.pk, "projects_papers", why="大会同意当日印发")
    people.press("chair", "chair_do", poll.pk, "open")
    poll.refresh_from_db()
    assert poll.state == "open"
    assert people.browsers["deputy"].post(reverse("comment_on", args=[lift.pk])).status_code == 403

    # Two with equal votes for the second place: a second ballot between them.
    counted(people, poll, [["f", "f", "f"]] * 5 + [["f", "a", "a"]])
    printed = " ".join(report.remarks(poll, poll.tallies.get()))
    assert "“候选项目材料已按时送达全体应到人员”未满足时继续，理由：大会同意当日印发" in printed
    people.press("clerk", "vote_read", poll.pk)
    assert states(call) == {TITLES[0]: "adopted", TITLES[1]: "candidate", TITLES[2]: "candidate"}
    people.press("chair", "chair_do", poll.pk, "next")
    second = Poll.objects.get(previous=poll)
    papers_out(people, second, 6)
    people.press("chair", "chair_do", second.pk, "open")
    counted(people, second, [["a", "f"]] * 4 + [["f", "a"]] * 2)
    assert "按宣布的结果确定项目" in people.read("clerk", "vote", call.pk)
    people.press("clerk", "vote_read", poll.pk)
    assert states(call) == {TITLES[0]: "adopted", TITLES[1]: "not_adopted", TITLES[2]: "adopted"}
    lost = call.projects.get(title=TITLES[1])
    assert "同意2票" in lost.reason and lost.reason in people.read("clerk", "vote", call.pk)
    assert Proposal.objects.filter(topic__project__state="adopted").count() == 2


def test_a_street_recommends_and_its_party_committee_confirms(clock):
    street = make.body(Body.Kind.STREET_COMMITTEE, name="枫溪街道人大工委")
    council = make.body(Body.Kind.RESIDENTS_COUNCIL, name="枫溪街道居民议事会", parent=street)
    people, unit = folk(street, council, 5)
    call = called(people, street, clock)
    put_forward(people, call, unit)
    meeting = convened(people, council, "street_council")
    people.press("clerk", "booklet_deliver", call.pk, meeting=meeting.pk)
    people.press("clerk", "material", meeting.materials.get().pk, all="1")
    clock.to(2, 10)
    opened(people, meeting)
    said = {"meeting": meeting.pk, "speaker": "林主任", "post": "街道办事处主任", "text": "由来。"}
    held_at = timezone.localtime(clock.at).strftime("%Y-%m-%dT%H:%M")
    people.press("clerk", "explain", call.pk, held_at=held_at, **said)
    poll = put(people, call, meeting)
    assert poll.rule_key == "projects.street.recommendation"
    prepared(people, poll, 5)
    papers_out(people, poll, 5)
    people.press("chair", "chair_do", poll.pk, "open")
    counted(people, poll, [["f", "f", ""]] * 5)
    people.press("clerk", "vote_read", poll.pk)
    assert states(call) == {TITLES[0]: "recommended", TITLES[1]: "recommended", TITLES[2]: "not_adopted"}
    first, second = call.projects.get(title=TITLES[0]), call.projects.get(title=TITLES[1])
    clock.to(2, 12)
    typed = {"projects": [first.pk], "on": "2026-02-11", "paper": "街道党工委第3次会议"}
    early = people.browsers["clerk"].post(
        reverse("vote_confirm", args=[call.pk]), {**typed, "on": "2026-02-09"}
    )
    assert "早于票选推荐" in early.content.decode()
    people.press("clerk", "vote_confirm", call.pk, **typed)
    people.press("clerk", "vote_not_confirm", second.pk, why="土地没有落实")
    assert states(call) == {TITLES[0]: "adopted", TITLES[1]: "not_adopted", TITLES[2]: "not_adopted"}
    assert Project.objects.get(pk=second.pk).reason == "土地没有落实"
