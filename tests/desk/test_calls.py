"""The desk and the calls: what the clerk must publish, what runs, what must be erased."""

from datetime import date, timedelta

import pytest

from tests import make
from yishi.desk.lines import HEAPS, desk_of
from yishi.people.models import User

pytestmark = pytest.mark.django_db
TODAY = make.NOW.date()


def found(user, now=make.NOW):
    desk = desk_of(User.objects.get(pk=user.pk), now)
    return {heap: [line.do for line in getattr(desk, heap)] for heap in HEAPS if getattr(desk, heap)}


@pytest.mark.parametrize("days, heap", [(-1, "overdue"), (0, "today"), (7, "today"), (8, "to_come")])
def test_a_draft_is_to_be_published_before_its_first_day(days, heap):
    town = make.body()
    make.call(town, state="draft", published_at=None, opens_on=TODAY + timedelta(days=days))
    assert found(make.clerk(town)) == {heap: ["发布征集公告"]}


def test_a_running_call_tells_how_many_matters_wait_and_the_last_day():
    town = make.body()
    call = make.call(town, closes_on=TODAY + timedelta(days=3))
    make.proposal(call)
    desk = desk_of(User.objects.get(pk=make.clerk(town).pk), make.NOW)
    assert [(line.do, line.due) for line in desk.to_come] == [("正在征集（1个事项）", "还有3天")]


@pytest.mark.parametrize("days, heap", [(0, "today"), (1, "overdue")])
def test_personal_data_is_to_be_erased_on_its_day_and_not_after(days, heap):
    town = make.body()
    make.call(
        town, opens_on=date(2025, 9, 1), closes_on=date(2025, 10, 1), erase_on=TODAY - timedelta(days=days)
    )
    assert found(make.clerk(town)) == {heap: ["删除征集的个人信息"]}


def test_what_was_collected_is_to_be_screened_once_the_call_is_closed():
    town = make.body()
    call = make.call(town, closes_on=TODAY - timedelta(days=1))
    clerk, said = make.clerk(town), make.proposal(call)
    assert found(clerk) == {"today": ["初定征集到的1个事项"]}
    type(said.topic).objects.update(state="declined")
    assert found(clerk) == {}


def test_chair_deputy_and_the_clerk_of_another_town_have_nothing_to_do_with_it():
    town = make.body()
    make.call(town, state="draft", published_at=None)
    for user in (make.chair(town), make.deputy_user(make.seat(town)), make.clerk(make.body())):
        assert found(user) == {}


def test_what_is_erased_or_withdrawn_asks_for_nothing():
    town = make.body()
    make.call(town, state="withdrawn")
    make.call(town, year=2025, erased_at=make.NOW)
    assert found(make.clerk(town)) == {}
