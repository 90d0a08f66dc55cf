"""Bodies, terms, seats and offices: every refusal beside its permission, every change in the journal."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from tests import make
from yishi.journal.models import Entry
from yishi.people import actions
from yishi.people.models import Body, Person, Seat
from yishi.web.access import Refused

pytestmark = pytest.mark.django_db

NOW = make.NOW
TODAY = NOW.date()


@pytest.fixture
def town():
    return make.body()


@pytest.fixture
def clerk(town):
    return make.clerk(town)


def add(town, clerk, **fields):
    fields = {"name": "林文清", "begins": make.BEGUN, **fields}
    return actions.add_seat(town, **fields, by=clerk, at=NOW)


def last():
    return Entry.objects.first()


# --- bodies ------------------------------------------------------------------


def test_the_system_administrator_makes_bodies_and_nobody_else(town, clerk):
    said = {"code": "qiaotou", "name": "桥头镇人民代表大会", "kind": "town_congress", "at": NOW}
    for who in (clerk, make.user("a", ("security", None)), make.user("b", ("auditor", None))):
        with pytest.raises(Refused):
            actions.add_body(**said, by=who)
    made = actions.add_body(**said, by=make.user("s", ("system", None)))
    assert last().chain.name == made.chain and last().verb == "people.body.add"


def test_a_body_cannot_stand_under_what_stands_under_it(town):
    system = make.user("s", ("system", None))
    below = make.body(kind=Body.Kind.PRESIDIUM, parent=town)
    with pytest.raises(ValidationError, match="下级"):
        actions.change_body(town, parent=below, by=system, at=NOW)
    with pytest.raises(ValidationError, match="下级"):
        actions.change_body(town, parent=town, by=system, at=NOW)
    actions.change_body(below, name="桥头镇主席团", by=system, at=NOW)
    assert last().data["changes"]["name"][1] == "桥头镇主席团"


def test_two_bodies_have_not_one_code(town):
    with pytest.raises(ValidationError):
        actions.add_body(
            code=town.code, name="甲", kind="office", by=make.user("s", ("system", None)), at=NOW
        )


def test_a_term_ends_after_it_begins_and_its_number_is_given_once(town, clerk):
    actions.add_term(town, number=17, begins=date(2022, 1, 1), by=clerk, at=NOW)
    with pytest.raises(ValidationError, match="第17届"):
        actions.add_term(town, number=17, begins=date(2022, 1, 1), by=clerk, at=NOW)
    with pytest.raises(ValidationError, match="之后"):
        day = date(2027, 1, 1)
        actions.add_term(town, number=18, begins=day, ends=day, by=clerk, at=NOW)


# --- seats -------------------------------------------------------------------


def test_the_clerk_of_the_body_adds_seats_and_nobody_else(town, clerk):
    others = [make.clerk(make.body()), make.chair(town), make.user("s", ("system", None))]
    for who in others:
        with pytest.raises(Refused):
            add(town, who)
    seat = add(town, clerk)
    assert (seat.title, last().verb, last().thing) == ("代表", "people.seat.add", f"people.seat:{seat.pk}")


def test_nobody_sits_twice_in_one_body(town, clerk):
    seat = add(town, clerk)
    with pytest.raises(ValidationError, match="不能重复"):
        add(town, clerk, person=seat.person)
    actions.end_seat(seat, ends=date(2024, 3, 1), reason="resigned", by=clerk, at=NOW)
    with pytest.raises(ValidationError, match="不能重复"):
        add(town, clerk, person=seat.person, begins=date(2024, 2, 1))
    add(town, clerk, person=seat.person, begins=date(2024, 3, 1))


def test_a_deputy_may_sit_above_and_below_but_not_in_two_towns(town, clerk):
    county = make.body(kind=Body.Kind.COUNTY_CONGRESS)
    Body.objects.filter(pk=town.pk).update(parent=county)
    town.refresh_from_db()
    seat = make.seat(county)
    assert add(town, clerk, person=seat.person).pk
    other = make.seat(make.body(parent=county))
    with pytest.raises(ValidationError, match="无隶属关系"):
        add(town, clerk, person=other.person)


@pytest.mark.parametrize("reason", ["", "unknown", "left"])
def test_a_deputys_seat_ends_only_for_a_reason_of_the_law(town, clerk, reason):
    seat = add(town, clerk)
    with pytest.raises(ValidationError, match="原因"):
        actions.end_seat(seat, ends=TODAY, reason=reason, by=clerk, at=NOW)
    actions.end_seat(seat, ends=TODAY, reason="moved", by=clerk, at=NOW)
    assert Seat.objects.get().standing(TODAY) == "ended"
    assert last().data == {"ends": str(TODAY), "reason": "moved"}


@pytest.mark.parametrize(
    ("ends", "reason", "good"),
    [
        (make.BEGUN - timedelta(days=1), "moved", False),
        (make.BEGUN, "moved", True),
        (TODAY, "moved", True),
        (TODAY + timedelta(days=1), "moved", False),
        (TODAY + timedelta(days=400), "term", True),
    ],
)
def test_the_day_a_seat_ends_is_checked(town, clerk, ends, reason, good):
    seat = add(town, clerk)
    if good:
        actions.end_seat(seat, ends=ends, reason=reason, by=clerk, at=NOW)
    else:
        with pytest.raises(ValidationError):
            actions.end_seat(seat, ends=ends, reason=reason, by=clerk, at=NOW)
    assert Seat.objects.filter(ends__isnull=True).exists() is not good


def test_of_two_clerks_who_end_a_seat_at_once_one_is_told(town, clerk):
    one = add(town, clerk)
    other = Seat.objects.get()
    actions.end_seat(one, ends=TODAY, reason="moved", by=clerk, at=NOW)
    with pytest.raises(ValidationError, match="刚才已有人改动"):
        actions.end_seat(other, ends=TODAY, reason="death", by=clerk, at=NOW)
    assert Seat.objects.get().end_reason == "moved"


def test_a_wrong_end_is_taken_back_with_a_reason_unless_somebody_sits_there_anew(town, clerk):
    seat = add(town, clerk)
    actions.end_seat(seat, ends=TODAY, reason="moved", by=clerk, at=NOW)
    with pytest.raises(ValidationError, match="理由"):
        actions.reopen_seat(seat, why=" ", by=clerk, at=NOW)
    actions.reopen_seat(seat, why="误登", by=clerk, at=NOW)
    assert Seat.objects.get().ends is None and last().data["before"]["reason"] == "moved"
    actions.end_seat(seat, ends=TODAY, reason="moved", by=clerk, at=NOW)
    add(town, clerk, person=seat.person, begins=TODAY)
    with pytest.raises(ValidationError, match="不能重复"):
        actions.reopen_seat(seat, why="误登", by=clerk, at=NOW)


def test_suspended_is_not_sitting_until_restored(town, clerk):
    seat = add(town, clerk)
    with pytest.raises(ValidationError):
        actions.suspend_seat(seat, why="", by=clerk, at=NOW)
    actions.suspend_seat(seat, why="因刑事案件被羁押", by=clerk, at=NOW)
    assert not Seat.objects.sitting(TODAY).exists()
    with pytest.raises(ValidationError, match="刚才"):
        actions.suspend_seat(seat, why="再次", by=clerk, at=NOW)
    actions.restore_seat(seat, why="已结案", by=clerk, at=NOW)
    assert Seat.objects.sitting(TODAY).exists()


@pytest.mark.parametrize("name", ["end_seat", "reopen_seat", "suspend_seat", "restore_seat", "change_seat"])
def test_the_clerk_of_another_body_changes_no_seat(town, clerk, name):
    seat = add(town, clerk)
    said = {"end_seat": {"ends": TODAY, "reason": "moved"}, "change_seat": {"district": "甲"}}
    with pytest.raises(Refused):
        getattr(actions, name)(seat, **said.get(name, {"why": "理由"}), by=make.clerk(make.body()), at=NOW)


def test_the_journal_keeps_which_personal_data_changed_and_not_the_data(town, clerk):
    seat = add(town, clerk)
    actions.change_seat(seat, phone="138 0000 0000", district="第3选区", by=clerk, at=NOW)
    assert last().data["personal"] == ["phone"]
    assert "13800000000" not in str(last().data)
    assert Person.objects.get(pk=seat.person_id).phone == "13800000000"
    before = Entry.objects.count()
    actions.change_seat(seat, phone="13800000000", by=clerk, at=NOW)
    assert Entry.objects.count() == before


@pytest.mark.parametrize("name", ["", "  ", "王<b>", "=1+1", "甲" * 41, "王1"])
def test_what_cannot_be_a_name_is_refused(town, clerk, name):
    with pytest.raises(ValidationError):
        add(town, clerk, name=name)
    assert not Person.objects.exists()


def test_a_seat_begins_within_its_term_and_not_years_ahead(town, clerk):
    term = make.term(town, begins=date(2022, 1, 1), ends=date(2027, 1, 1))
    add(town, clerk, term=term)
    for fields in (
        {"term": term, "begins": date(2021, 12, 31)},
        {"term": term, "begins": date(2027, 1, 1)},
        {"begins": TODAY + timedelta(days=400)},
        {"term": make.term(make.body())},
    ):
        with pytest.raises(ValidationError):
            add(town, clerk, name="王安邦", **fields)


@given(st.text(max_size=60))
def test_a_tidied_name_is_tidy(text):
    tidy = actions.plain_name(text)
    assert tidy == tidy.strip() and actions.plain_name(tidy) == tidy


def test_spaces_that_line_up_names_go_and_those_of_other_names_stay():
    assert actions.plain_name(" 王　芳 ") == "王芳"
    assert actions.plain_name("Ann  Lee") == "Ann Lee"


# --- offices -----------------------------------------------------------------


def test_an_office_is_held_once_and_ends_with_a_reason(town, clerk):
    seat = add(town, clerk)
    said = {"post": "chair", "begins": make.BEGUN, "person": seat.person, "by": clerk, "at": NOW}
    office = actions.add_office(town, **said)
    with pytest.raises(ValidationError, match="已任此职"):
        actions.add_office(town, **said)
    with pytest.raises(Refused):
        actions.add_office(town, **{**said, "by": make.chair(town)})
    with pytest.raises(ValidationError):
        actions.end_office(office, ends=TODAY, why="", by=clerk, at=NOW)
    actions.end_office(office, ends=TODAY, why="辞职", by=clerk, at=NOW)
    assert not town.offices.held(TODAY).exists()


# --- pages -------------------------------------------------------------------


def test_a_form_refused_loses_nothing_that_was_typed(town, clerk):
    client = make.client(clerk)
    said = {"name": "林文清", "phone": "call me", "district": "第3选区", "begins": "2022-01-10"}
    page = client.post(reverse("seat_add", args=[town.pk]), said).content.decode()
    assert "手机号应为" in page and "第3选区" in page and not Seat.objects.exists()
    assert client.post(reverse("seat_add", args=[town.pk]), {**said, "phone": ""}).status_code == 302
    assert Seat.objects.get().district == "第3选区"


def test_a_known_name_is_asked_about_and_not_doubled_unseen(town, clerk):
    known = make.seat(make.body(kind=Body.Kind.COUNTY_CONGRESS), make.person("林文清", phone="13811112222"))
    Body.objects.filter(pk=town.pk).update(parent=known.body)
    client = make.client(clerk)
    address = reverse("seat_add", args=[town.pk])
    said = {"name": "林 文清", "begins": "2022-01-10"}
    page = client.post(address, said).content.decode()
    assert "是同一个人吗" in page and "2222" in page and "13811112222" not in page
    assert client.post(address, {**said, "same": known.person_id}).status_code == 302
    assert town.seats.get().person == known.person
    assert client.post(address, {**said, "same": 0}).status_code == 302
    assert Person.objects.count() == 2


def test_a_script_in_a_name_of_a_body_is_only_text(clerk):
    town = make.body(name="<script>alert(1)</script>")
    page = make.client(make.clerk(town)).get(reverse("body", args=[town.pk])).content.decode()
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page


def test_seats_are_sorted_by_strokes_or_pinyin_and_filtered(town, clerk):
    for name, delegation in (("张三", "一"), ("丁四", "二"), ("安五", "一")):
        make.seat(town, make.person(name), delegation=delegation)
    make.seat(town, make.person("王六"), ends=TODAY, end_reason="moved")
    client = make.client(clerk)

    def names(**asked):
        page = client.get(reverse("seats", args=[town.pk]), asked)
        return [seat.person.name for seat in page.context["page"]]

    assert names() == ["丁四", "安五", "张三"]
    assert names(order="pinyin") == ["安五", "丁四", "张三"]
    assert names(delegation="一") == ["安五", "张三"]
    assert names(standing="ended") == ["王六"]
    assert len(names(standing="all")) == 4
    assert len(names(delegation="nowhere", order="x")) == 3


def test_the_list_of_seats_asks_as_much_for_three_as_for_forty(town, clerk, django_assert_num_queries):
    client = make.client(clerk)
    address = reverse("seats", args=[town.pk])
    make.seats(town, 3)
    client.get(address)

    with CaptureQueriesContext(connection) as few:
        client.get(address)
    make.seats(town, 37)
    with django_assert_num_queries(len(few)):
        client.get(address)


def test_the_tree_asks_as_much_for_three_bodies_as_for_thirty(django_assert_num_queries):
    client = make.client(make.user("s", ("system", None)))
    county = make.body(kind=Body.Kind.COUNTY_CONGRESS)
    make.body(parent=county)
    client.get(reverse("bodies"))  # the first request notes the session, which is a write
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("bodies"))
    for _n in range(30):
        make.body(parent=county)
    with django_assert_num_queries(len(few)):
        client.get(reverse("bodies"))
