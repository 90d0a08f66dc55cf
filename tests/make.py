"""Plain builders of what a test needs; every one makes rows directly and gives them back."""

from __future__ import annotations

from datetime import date, datetime
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.cache import cache
from django.test import Client

from yishi.law import pack
from yishi.meetings.models import Meeting, Voter
from yishi.people.models import Body, Office, Person, Role, Seat, Term, User
from yishi.projects.models import SHEET, Call, Contact, Milestone, Project, Proposal, Topic, Version
from yishi.publishing.models import Document
from yishi.voting.models import Figure, Official, Option, Poll

NOW = datetime(2026, 1, 20, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
BEGUN = date(2022, 1, 10)
PASSWORD = "wen-zhou-nan-xi-jiang"

_number = count(1)
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
_GIVEN = "安邦承德恩泰福海光明和平嘉木景行立本民生宁远启文清源荣春思远泰然文博晓舟永年振华"


def invented(n: int) -> str:
    """An invented name, another one for each n below 672."""
    given = _GIVEN[2 * (n // len(_SURNAMES)) % len(_GIVEN) :][:2]
    return _SURNAMES[n % len(_SURNAMES)] + given


# --- people ----------------------------------------------------------------


def body(
    kind: str = Body.Kind.TOWN_CONGRESS, name: str = "", parent: Body | None = None, **fields: Any
) -> Body:
    n = next(_number)
    name = name or f"枫溪镇{n}人民代表大会"
    fields.setdefault("code", f"body-{n}")
    fields.setdefault("short_name", name[:40])
    return Body.objects.create(kind=kind, name=name, parent=parent, **fields)


def term(of: Body, number: int = 17, begins: date = BEGUN, ends: date | None = None) -> Term:
    return Term.objects.create(body=of, number=number, begins=begins, ends=ends)


def person(name: str = "", **fields: Any) -> Person:
    return Person.objects.create(name=name or invented(next(_number)), **fields)


def seat(of: Body | None = None, who: Person | None = None, **fields: Any) -> Seat:
    fields.setdefault("begins", BEGUN)
    return Seat.objects.create(body=of or body(), person=who or person(), **fields)


def seats(of: Body, how_many: int, **fields: Any) -> list[Seat]:
    return [seat(of, **fields) for _ in range(how_many)]


def office(of: Body, who: Person | None = None, post: str = Office.Post.CHAIR, **fields: Any) -> Office:
    fields.setdefault("begins", BEGUN)
    return Office.objects.create(body=of, person=who or person(), post=post, **fields)


def user(
    username: str = "", *held: tuple[str, Body | None], password: str | None = None, **fields: Any
) -> User:
    """`user("clerk", ("clerk", town))`, `user("auditor", ("auditor", None))`: an account and its roles."""
    username = username or f"user-{next(_number)}"
    fields.setdefault("name", username)
    made = User.objects.create_user(username, password, **fields)
    for duty, of in held:
        Role.objects.create(user=made, body=of, duty=duty, begun=NOW)
    return made


def clerk(of: Body, username: str = "", **fields: Any) -> User:
    return user(username, ("clerk", of), **fields)


def chair(of: Body, username: str = "", **fields: Any) -> User:
    return user(username, ("chair", of), **fields)


def deputy_user(of: Seat, username: str = "", **fields: Any) -> User:
    """The account of the person who holds this seat."""
    return user(username, person=of.person, name=of.person.name, **fields)


def client(of: User | None = None) -> Client:
    """A browser of its own, signed in as this user; limits counted so far are forgotten."""
    cache.clear()
    opened = Client()
    if of is not None:
        opened.force_login(of, backend=settings.AUTHENTICATION_BACKENDS[0])
    return opened


# --- meetings --------------------------------------------------------------


def meeting(of: Body | None = None, deputies: int = 5, **fields: Any) -> Meeting:
    """A planned meeting of a body, with so many seats made and all of them entitled to vote."""
    of = of or body()
    fields.setdefault("title", "第十七届人民代表大会第五次会议")
    fields.setdefault("starts_at", NOW)
    fields.setdefault("term", of.terms.first() or term(of))
    made = Meeting.objects.create(body=of, **fields)
    voters(made, deputies)
    return made


def voters(of: Meeting, how_many: int, attendance: str = Voter.Attendance.EXPECTED) -> list[Voter]:
    """More seats in the meeting's body, entitled to vote in this meeting."""
    return [
        Voter.objects.create(meeting=of, seat=seat(of.body, term=of.term), attendance=attendance)
        for _ in range(how_many)
    ]


# --- voting ----------------------------------------------------------------


def poll(
    of: Meeting | None = None,
    options: tuple[str, ...] = ("甲", "乙", "丙"),
    rule_key: str = "projects.town.vote",
    **fields: Any,
) -> Poll:
    """A poll in draft with its options, by one rule of the default pack, for two places."""
    of = of or meeting()
    fields.setdefault("seats", 2)
    fields.setdefault("title", "民生实事项目票决")
    fields.setdefault("rule", pack.load("zhejiang").polls[rule_key].to_json())
    made = Poll.objects.create(meeting=of, rule_key=rule_key, **fields)
    for place, title in enumerate(options, start=1):
        Option.objects.create(poll=made, place=place, title=title)
    return made


# --- counting --------------------------------------------------------------


def returned(
    returned: int = 4,
    options: tuple[str, ...] = ("甲", "乙", "丙"),
    rule_key: str = "projects.town.vote",
    members: int | None = None,
    **fields: Any,
) -> Poll:
    """A poll closed with its ballots counted back, every figure said, and all its officials.

    Accounts: chief, watcher (scrutineer), one, two, three (tellers), caller, clerk, chair; find them
    by `official(poll, "one")`.
    """
    members = members or max(returned, 1)
    made = poll(
        meeting(deputies=0), options, rule_key, state=Poll.State.CLOSED, opened_at=NOW, closed_at=NOW,
        method_adopted_at=NOW, **fields,
    )  # fmt: skip
    town = made.meeting.body
    n = made.pk
    clerk(town, f"clerk-{n}")
    chair(town, f"chair-{n}")
    hats = ("chief_scrutineer", "scrutineer", "teller", "teller", "teller", "caller")
    for name, hat in zip(("chief", "watcher", "one", "two", "three", "caller"), hats, strict=True):
        Official.objects.create(poll=made, user=user(f"{name}-{n}"), hat=hat)
    by = official(made, "clerk")
    said = {"entitled": members, "present": members, "printed": members, "issued": members}
    for kind, value in {**said, "left_over": 0, "returned": returned}.items():
        Figure.objects.create(poll=made, kind=kind, value=value, at=NOW, by=by)
    return made


def official(of: Poll, name: str) -> User:
    return User.objects.get(username=f"{name}-{of.pk}")


# --- the hall --------------------------------------------------------------


def hall(
    upto: str = "sealed",
    options: tuple[str, ...] = ("甲", "乙", "丙"),
    rule_key: str = "projects.town.vote",
    entitled: int = 6,
    present: int = 5,
    **fields: Any,
) -> Poll:
    """A poll brought to a step by its own actions, that step done too; nothing is said for it.

    upto: form, method, officials, printed, quorum, issued, sealed, open, closed, returned. Accounts
    by `official(poll, name)`: clerk, chair, chief, watcher, one, two, caller.
    """
    from yishi.voting.actions import polls as do
    from yishi.voting.words import method

    made = poll(meeting(deputies=0), options, rule_key, **fields)
    town, n = made.meeting.body, made.pk
    voters(made.meeting, present, Voter.Attendance.PRESENT)
    voters(made.meeting, entitled - present)
    by, to = clerk(town, f"clerk-{n}"), chair(town, f"chair-{n}")
    hats = {"chief": "chief_scrutineer", "watcher": "scrutineer", "one": "teller", "two": "teller"}
    for name, hat in {**hats, "caller": "caller"}.items():
        Official.objects.create(poll=made, user=user(f"{name}-{n}"), hat=hat)
    made.method_text = method.draft(made)
    made.save()
    hands = {"for": present}

    def sealed() -> None:
        for name in ("chief", "watcher"):
            do.seal(made, by=official(made, name), at=NOW)

    steps = {
        "form": lambda: None,
        "method": lambda: do.adopt_method(made, hands, by=to, at=NOW),
        "officials": lambda: do.adopt_officials(made, hands, by=to, at=NOW),
        "printed": lambda: do.say(made, "printed", present + 3, by=by, at=NOW),
        "quorum": lambda: do.count_present(made, by=by, at=NOW),
        "issued": lambda: do.hand_out(made, present, 3, by=by, at=NOW),
        "sealed": sealed,
        "open": lambda: do.open_poll(made, by=to, at=NOW),
        "closed": lambda: do.close_poll(made, by=to, at=NOW),
        "returned": lambda: do.say(made, "returned", present, by=by, at=NOW),
    }
    for key, step in steps.items():
        step()
        if key == upto:
            break
    return made


def counted(of: Poll, ballots: list[list[str]]) -> Any:
    """Keyed alike by two tellers, tallied and confirmed; gives the tally."""
    from yishi.voting.actions import counting as do

    left = iter(ballots)
    chief = official(of, "chief")
    for batch in do.lay_out(of, by=chief, at=NOW):
        batch.poll = of
        sheets = [next(left) for _sheet in range(batch.size)]
        for name in ("one", "two"):
            teller = official(of, name)
            keying = do.begin(batch, by=teller, at=NOW)
            for number, marks in enumerate(sheets, start=1):
                do.key(keying, number, marks=marks, revision=1, complete=True, by=teller, at=NOW)
            do.finish(keying, by=teller, at=NOW)
    made = do.tally(of, by=chief, at=NOW)
    return do.confirm(made, by=chief, at=NOW)


# --- sealed voting ---------------------------------------------------------


def sealed_box(of: Poll | None = None, n: int = 5, **fields: Any) -> tuple[Any, list[str]]:
    """An electronic box under one key of the server, open, with n slips; gives it and their codes.

    The keys are `credentials.secret(box.uuid, code)`; one listing, no ceremony, no desk.
    """
    from yishi.ballot import credentials, elections, trustees
    from yishi.ballot.encoding import compact
    from yishi.ballot.group import g_power
    from yishi.voting.models import SealedBox, SealedSession, SlipLot
    from yishi.voting.rules.sealed_count import questions

    of = of or poll(doors="phone", state=Poll.State.OPEN, opened_at=NOW, **fields)
    uuid, secret = elections.new_uuid(), trustees.new_secret()
    keys = compact([trustees.single(secret)]).decode()
    session = SealedSession.objects.filter(meeting=of.meeting).first() or SealedSession.objects.create(
        meeting=of.meeting, uuid=elections.new_uuid(), uuids=[uuid], salt="salt", threshold=1,
        trustees=keys, at=NOW,
    )  # fmt: skip
    codes = [credentials.new_code() for _ in range(n)]
    publics = [credentials.public(uuid, code) for code in codes]
    by = User.objects.filter(username="slips").first() or user("slips")
    SlipLot.objects.create(session=session, size=n, listings={uuid: sorted(publics)}, at=NOW, by=by)
    election = elections.Election(uuid, of.meeting.title, "", g_power(secret), tuple(questions(of)))
    box = SealedBox.objects.create(
        poll=of, uuid=uuid, election=election.raw.decode(), trustees=keys, slips=n, sealed_at=NOW,
        listing=credentials.listing(publics).decode(),
    )  # fmt: skip
    return box, codes


def sealed_ballot(box: Any, code: str, choices: list[list[int]] | None = None) -> bytes:
    """A ballot of this slip as a phone seals it; without choices the fewest that may be chosen."""
    from yishi.ballot import credentials
    from yishi.ballot.elections import Election
    from yishi.ballot.sealing import seal

    election = Election.parse(box.election.encode())
    fewest = [[int(n < q.minimum) for n in range(len(q.answers))] for q in election.questions]
    return seal(election, credentials.secret(box.uuid, code), choices or fewest).raw


# --- livelihood projects ---------------------------------------------------


def call(of: Body | None = None, **fields: Any) -> Call:
    """A published call that is open at NOW."""
    fields = {
        "year": 2026,
        "title": "2026年民生实事项目征集公告",
        "opens_on": date(2026, 1, 1),
        "closes_on": date(2099, 12, 31),
        "erase_on": date(2100, 12, 31),
        "state": Call.State.PUBLISHED,
        "published_at": NOW,
        **fields,
    }
    return Call.objects.create(body=of or body(), **fields)


def topic(of: Call | None = None, title: str = "老小区加装电梯", **fields: Any) -> Topic:
    return Topic.objects.create(call=of or call(), title=title, **fields)


def proposal(
    of: Call | None = None, what: str = "老小区加装电梯", name: str = "", phone: str = "", **fields: Any
) -> Proposal:
    """A proposal in a topic of its own (or in `topic`), the voice another one each time."""
    of = of or (fields["topic"].call if "topic" in fields else call())
    people = fields.setdefault("people", 1)
    if "topic" not in fields:
        fields["topic"] = topic(of, what, posts=1, people=people)
    fields = {"where": "枫溪村", "source": Proposal.Source.RESIDENT, "at": NOW, **fields}
    fields.setdefault("voice", f"{next(_number):064x}")
    made = Proposal.objects.create(call=of, what=what, **fields)
    if name or phone:
        Contact.objects.create(proposal=made, name=name, phone=phone)
    return made


def project(of: Call | None = None, title: str = "老小区加装电梯", **fields: Any) -> Project:
    """A candidate with a whole sheet and its first version; `state="adopted"` for one under way.

    The unit is a department with a clerk to be made by `clerk(project.unit)`.
    """
    of = of or call(candidates_at=NOW)
    sheet = {
        "number": of.projects.count() + 1,
        "content": "为六层以上老小区加装电梯30台",
        "where": "枫溪村",
        "cost": 1_200_000_00,
        "funds": "县财政80万元，业主自筹40万元",
        "starts_on": date(of.year, 3, 1),
        "ends_on": date(of.year, 11, 30),
        **fields,
    }
    if "unit" not in sheet:
        sheet["unit"] = body("department", name=f"枫溪县建设局{next(_number)}")
    if sheet.get("state") in Project.DELIVERED:
        sheet.setdefault("adopted_at", NOW)
    made = Project.objects.create(call=of, title=title, **sheet)
    kept = {name: getattr(made, name) for name in SHEET}
    for name in ("starts_on", "ends_on"):
        kept[name] = kept[name] and kept[name].isoformat()
    for name in ("place", "unit"):
        kept[name] = getattr(made, f"{name}_id")
    Version.objects.create(project=made, number=1, sheet=kept, at=NOW, by=user())
    return made


def milestone(of: Project | None = None, title: str = "完成主体施工", **fields: Any) -> Milestone:
    of = of or project(state="adopted")
    fields = {"due_on": date(of.call.year, 6, 30), "percent": 50, **fields}
    return Milestone.objects.create(project=of, title=title, **fields)


# --- publishing --------------------------------------------------------------


def document(of: Body | None = None, title: str = "关于征集民生实事项目的公告", **fields: Any) -> Document:
    """A draft as a body's clerk left it."""
    fields.setdefault("text", "<p>请大家说说想法。</p>")
    fields.setdefault("dated", NOW.date())
    return Document.objects.create(body=of or body(), title=title, **fields)
