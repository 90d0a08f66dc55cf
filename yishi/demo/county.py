"""Builds the demo county: bodies, people and accounts, then a vote to be held and one that was held."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from yishi.demo import PASSWORD, cast, projects
from yishi.demo.calls import running_call
from yishi.demo.documents import told
from yishi.demo.votes import declared_meeting, ready_meeting
from yishi.journal.chain import SYSTEM, write
from yishi.people import actions as people
from yishi.people.models import Body, Office, Role, Seat, User
from yishi.projects.actions.spots import set_landmarks, set_spots
from yishi.projects.actions.vote import confirm
from yishi.projects.models import Call, Project

Kind = Body.Kind
Duty = Role.Duty
FACTS = tomllib.loads((Path(__file__).parent / "county.toml").read_text(encoding="utf-8"))


@dataclass
class County:
    """What the builders share: the hands that act, the next name, and the first day."""

    system: User
    security: User
    names: Iterator[str]
    password: str
    at: datetime
    bodies: dict[str, Body]

    @property
    def begins(self) -> date:
        return date(self.at.year - 3, 1, 10)

    def body(self, code: str, name: str, kind: str, parent: Body | None = None, short: str = "") -> Body:
        made = people.add_body(
            code=code,
            name=name,
            kind=kind,
            parent=parent,
            short_name=short,
            place=len(self.bodies),
            by=self.system,
            at=self.at,
        )
        self.bodies[code] = made
        return made

    def account(self, username: str, name: str, seat: Seat | None = None) -> User:
        user, _word = people.add_user(username=username, name=name, by=self.system, at=self.at)
        if seat is not None:
            people.tie(user, seat.person, by=self.system, at=self.at)
        # The demo's own shared password, in place of the slip of paper with the initial one.
        User.objects.filter(pk=user.pk).update(password=self.password, password_given=False)
        user.refresh_from_db()
        return user

    def grant(self, user: User, duty: str, body: Body | None) -> User:
        people.grant(user, duty, body, by=self.security, at=self.at)
        user.__dict__.pop("held", None)  # the roles it remembers are out of date now
        return user


@transaction.atomic
def build(at: datetime) -> None:
    """All of it, or nothing. `at` is now; what is past lies up to 500 days before it."""
    made = _administrators(at, at - timedelta(days=500))
    _bodies(made)
    clerks = _clerks(made)
    morning = datetime.combine(timezone.localdate(at), time(9, 0), tzinfo=timezone.get_current_timezone())
    _street(made, clerks, FACTS["street"], morning - timedelta(days=150), at)
    _town_with_a_year_behind_it(made, clerks, morning - timedelta(days=20), at)
    spec = FACTS["ready"]
    town, clerk = made.bodies[spec["town"]], clerks[spec["town"]]
    crew = _crew(made, town, clerk, deputies(made, town, clerk, spec))
    unit = made.bodies[f"{spec['town']}-government"]
    call = projects.candidates(town, unit, clerk, spec, morning.year, morning)
    ready_meeting(call, town, clerk, crew, spec, morning)
    congress = made.bodies[FACTS["code"]]
    spots = {made.bodies[key].pk: tuple(point) for key, point in FACTS["spots"].items()}
    set_spots(congress, spots, by=User.objects.get(username="xian"), at=at)
    for key, marks in FACTS["landmarks"].items():
        set_landmarks(made.bodies[key], [tuple(mark) for mark in marks], by=clerks[key], at=at)
    running_call(congress, User.objects.get(username="xian"), made.bodies, FACTS["call"], at)
    told(congress, User.objects.get(username="xian"), at)
    write(SYSTEM, "demo.built", "demo", by=None, at=at)


def _town_with_a_year_behind_it(
    made: County, clerks: dict[str, User], starts: datetime, at: datetime
) -> None:
    """Three projects chosen a year ago, finished and rated; five chosen now, just begun."""
    spec, before = FACTS["declared"], FACTS["before"]
    town, clerk = made.bodies[spec["town"]], clerks[spec["town"]]
    unit = made.bodies[f"{spec['town']}-government"]
    builder = _unit_clerk(made, unit, f"{spec['town']}-zhengfu", "岩头镇政府经办（演示）")
    crew = _crew(made, town, clerk, deputies(made, town, clerk, spec))
    then = starts - timedelta(days=365)
    first = projects.candidates(town, unit, clerk, before, starts.year - 1, then)
    declared_meeting(first, town, clerk, crew, before, then)
    for project in _adopted(first):
        projects.planned_stages(project, builder, then + timedelta(days=3))
        projects.carried_out(project, builder, 1.0, starts - timedelta(days=90))
        projects.finished(project, builder, starts - timedelta(days=80))
    projects.rated_by_residents(first, clerk, before, starts - timedelta(days=60))
    second = projects.candidates(town, unit, clerk, spec, starts.year, starts)
    declared_meeting(second, town, clerk, crew, spec, starts, before=(first, before))
    for project in _adopted(second):
        projects.planned_stages(project, builder, starts + timedelta(days=3))
        projects.carried_out(project, builder, 1.0, at)


def _street(
    made: County, clerks: dict[str, User], spec: dict[str, Any], starts: datetime, at: datetime
) -> None:
    """Recommended by the residents' council, confirmed, and half-way through the work."""
    council, street = made.bodies[spec["town"]], made.bodies[spec["call"]]
    clerk = made.grant(clerks[spec["call"]], Duty.CLERK, council)
    unit = made.bodies[spec["unit"]]
    builder = _unit_clerk(made, unit, f"{spec['call']}-jiedao", "瓯北街道办事处经办（演示）")
    crew = _crew(made, council, clerk, deputies(made, council, clerk, spec))
    call = projects.candidates(street, unit, clerk, spec, starts.year, starts)
    declared_meeting(call, council, clerk, crew, spec, starts)
    confirm(
        list(call.projects.filter(state=Project.State.RECOMMENDED)),
        timezone.localdate(starts + timedelta(days=2)),
        spec["paper"],
        by=clerk,
        at=starts + timedelta(days=2),
    )
    pace = {one["title"]: one.get("pace", 1.0) for one in spec["candidates"]}
    for project in _adopted(call):
        projects.planned_stages(project, builder, starts + timedelta(days=4))
        projects.carried_out(project, builder, pace[project.title], at)
        if all(one.done_on for one in project.milestones.all()):
            projects.finished(project, builder, at - timedelta(days=3))
    projects.watched(call, clerk, builder, at)


def _adopted(call: Call) -> list[Project]:
    return list(call.projects.whole().filter(state=Project.State.ADOPTED))


def _unit_clerk(made: County, unit: Body, username: str, name: str) -> User:
    return made.grant(made.account(username, name), Duty.CLERK, unit)


def _administrators(at: datetime, start: datetime) -> County:
    """The first two come from the machine itself, as with `yishi user add`; they make the rest."""
    password = make_password(PASSWORD)
    hands = {}
    for username, name, duty in (
        ("xitong", "系统管理员（演示）", Duty.SYSTEM),
        ("anquan", "安全管理员（演示）", Duty.SECURITY),
    ):
        user = User.objects.create(username=username, name=name, password=password)
        Role.objects.create(user=user, duty=duty, begun=start)
        write(SYSTEM, "people.user.add", user, by=None, at=start, why="演示数据")
        write(SYSTEM, "people.role.grant", user, by=None, at=start, why="演示数据", duty=duty)
        hands[username] = user
    made = County(hands["xitong"], hands["anquan"], cast.names(), password, start, {})
    made.grant(made.account("shenji", "审计员（演示）"), Duty.AUDITOR, None)
    return made


def _bodies(made: County) -> None:
    name, code = FACTS["name"], FACTS["code"]
    congress = made.body(code, f"{name}人民代表大会", Kind.COUNTY_CONGRESS, short=f"{name}人大")
    standing = made.body(
        f"{code}-standing",
        f"{name}人民代表大会常务委员会",
        Kind.STANDING_COMMITTEE,
        congress,
        short=f"{name}人大常委会",
    )
    government = made.body(f"{code}-government", f"{name}人民政府", Kind.GOVERNMENT)
    for key, office in FACTS["offices"]:
        made.body(f"{code}-{key}", f"{name}人大常委会{office}", Kind.OFFICE, standing, short=office)
    for key, department in FACTS["departments"]:
        made.body(f"{code}-{key}", f"{name}{department}", Kind.DEPARTMENT, government, short=department)
    for key, town in FACTS["towns"]:
        body = made.body(key, f"{town}人民代表大会", Kind.TOWN_CONGRESS, congress, short=f"{town}人大")
        made.body(f"{key}-presidium", f"{town}人民代表大会主席团", Kind.PRESIDIUM, body)
        made.body(f"{key}-government", f"{town}人民政府", Kind.GOVERNMENT, government)
    for key, street in FACTS["streets"]:
        body = made.body(
            key, f"{street}人大工作委员会", Kind.STREET_COMMITTEE, standing, short=f"{street}工委"
        )
        made.body(f"{key}-council", f"{street}居民议事会", Kind.RESIDENTS_COUNCIL, body)
        made.body(f"{key}-office", f"{street}办事处", Kind.GOVERNMENT, government)


def _clerks(made: County) -> dict[str, User]:
    """A clerk in the county and in every town and street."""
    standing = made.bodies[f"{FACTS['code']}-standing"]
    county_clerk = made.account("xian", "县常委会经办（演示）")
    made.grant(county_clerk, Duty.CLERK, standing)
    made.grant(county_clerk, Duty.CLERK, made.bodies[FACTS["code"]])
    clerks = {}
    for key, place in (*FACTS["towns"], *FACTS["streets"]):
        clerks[key] = made.grant(made.account(key, f"{place}经办（演示）"), Duty.CLERK, made.bodies[key])
    return clerks


def deputies(made: County, town: Body, clerk: User, spec: dict[str, Any]) -> list[Seat]:
    """The term and its deputies, spread over districts and delegations."""
    term = people.add_term(town, number=17, begins=made.begins, by=made.system, at=made.at)
    found = []
    for i in range(spec["deputies"]):
        found.append(
            people.add_seat(
                town,
                name=next(made.names),
                sex="female" if i % 3 == 1 else "male",
                district=f"第{i % spec['districts'] + 1}选区",
                delegation=spec["delegations"][i % len(spec["delegations"])],
                term=term,
                begins=made.begins,
                by=clerk,
                at=made.at,
            )
        )
    return found


def _crew(made: County, town: Body, clerk: User, seats: list[Seat]) -> dict[str, User]:
    """Chair, scrutineers and a deputy from among the deputies; tellers and caller from the staff."""
    chair_seat = seats[0]
    people.add_office(
        town, person=chair_seat.person, post=Office.Post.CHAIR, begins=made.begins, by=clerk, at=made.at
    )
    crew = {"chair": made.account(f"{town.code}-zhuxi", chair_seat.person.name, chair_seat)}
    made.grant(crew["chair"], Duty.CHAIR, town)
    for hat, key, place in (
        ("chief_scrutineer", "zongjian", 1),
        ("scrutineer", "jian", 2),
        ("deputy", "daibiao", 3),
    ):
        crew[hat] = made.account(f"{town.code}-{key}", seats[place].person.name, seats[place])
    for hat, key in (("teller_1", "ji1"), ("teller_2", "ji2"), ("caller", "chang")):
        crew[hat] = made.account(f"{town.code}-{key}", next(made.names))
    return crew
