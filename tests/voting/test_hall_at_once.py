"""Two people press at the same moment: one figure, one opening, one next vote."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from tests import make
from tests.make import NOW
from tests.voting.test_counting_at_once import at_once
from yishi.journal.chain import verify
from yishi.voting.actions import after, polls
from yishi.voting.models import Figure, Official, Poll

pytestmark = pytest.mark.django_db(transaction=True)


def fresh(poll: Poll) -> Poll:
    return Poll.objects.whole().get(pk=poll.pk)


def kinds(found: list[Any]) -> list[bool]:
    return sorted(isinstance(one, ValidationError) for one in found)


def test_two_say_different_figures_and_the_second_is_asked_for_a_reason() -> None:
    poll = make.hall("closed")
    watcher, clerk = make.official(poll, "watcher"), make.official(poll, "clerk")
    found = at_once(
        lambda: polls.say(fresh(poll), "returned", 5, by=watcher, at=NOW),
        lambda: polls.say(fresh(poll), "returned", 4, by=clerk, at=NOW),
    )
    assert kinds(found) == [False, True], found
    assert Figure.objects.filter(kind="returned").count() == 1
    assert list(verify()) == []


def test_two_say_the_same_figure_and_it_stands_once() -> None:
    poll = make.hall("closed")
    watcher, clerk = make.official(poll, "watcher"), make.official(poll, "clerk")
    found = at_once(
        lambda: polls.say(fresh(poll), "returned", 5, by=watcher, at=NOW),
        lambda: polls.say(fresh(poll), "returned", 5, by=clerk, at=NOW),
    )
    assert kinds(found) == [False, False], found
    assert Figure.objects.filter(kind="returned").count() == 1


def test_two_open_at_once_and_it_is_opened_once() -> None:
    poll = make.hall("sealed")
    chair = make.official(poll, "chair")
    copies = [fresh(poll), fresh(poll)]
    found = at_once(*[lambda p=p: polls.open_poll(p, by=chair, at=NOW) for p in copies])
    assert kinds(found) == [False, True], found
    assert fresh(poll).state == "open"


def test_two_set_up_the_next_vote_at_once_and_there_is_one() -> None:
    poll = make.hall("open")
    chair, clerk = make.official(poll, "chair"), make.official(poll, "clerk")
    polls.void(poll, by=chair, at=NOW, why="停电")
    found = at_once(
        *[lambda who=who: after.set_up_next(fresh(poll), by=who, at=NOW) for who in (chair, clerk)]
    )
    assert kinds(found) == [False, True], found
    assert Poll.objects.filter(previous=poll).count() == 1


def test_both_scrutineers_seal_at_once() -> None:
    poll = make.hall("issued")
    found = at_once(
        *[
            lambda name=name: polls.seal(fresh(poll), by=make.official(poll, name), at=NOW)
            for name in ("chief", "watcher", "watcher")
        ]
    )
    assert kinds(found) == [False, False, False], found
    assert poll.seals.count() == 2


def test_a_chief_is_named_once_by_two_who_name_at_once() -> None:
    from yishi.voting.actions import setup

    poll = make.hall("form")
    clerk = make.official(poll, "clerk")
    Official.objects.filter(poll=poll, hat="chief_scrutineer").delete()
    users = [make.user(), make.user()]
    found = at_once(
        *[
            lambda u=u: setup.name_official(fresh(poll), u, "chief_scrutineer", by=clerk, at=NOW)
            for u in users
        ]
    )
    assert kinds(found) == [False, True], found
    assert poll.officials.filter(hat="chief_scrutineer").count() == 1
