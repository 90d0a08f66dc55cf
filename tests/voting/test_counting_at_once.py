"""Two people at the same moment: handing in, taking a batch, keying one sheet, pressing tally."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from tests import make
from tests.make import NOW
from tests.voting.test_counting import counted, key_all, only_batch, sheet
from yishi.journal.chain import verify
from yishi.journal.models import Entry
from yishi.voting.actions import counting as do
from yishi.voting.models import Batch, Keying, Poll, Sheet, Tally

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Each act in its own thread and connection, begun together; what each gave or raised."""
    ready = threading.Barrier(len(acts))
    found: list[Any] = [None] * len(acts)

    def run(i: int, act: Callable[[], Any]) -> None:
        ready.wait(10)
        try:
            found[i] = act()
        except Exception as error:
            found[i] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(i, act)) for i, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return found


def test_two_tellers_hand_in_at_once_and_the_batch_is_compared_once() -> None:
    for right in (True, False):
        poll = make.returned(2)
        batch = only_batch(poll)
        keyings = [do.begin(batch, by=make.official(poll, name), at=NOW) for name in ("one", "two")]
        key_all(keyings[0], [sheet("f f x"), sheet("f a x")])
        key_all(keyings[1], [sheet("f f x"), sheet("f a x" if right else "f x x")])
        fresh = [Keying.objects.get(pk=keying.pk) for keying in keyings]
        found = at_once(*[lambda k=k: do.finish(k, by=k.teller, at=NOW) for k in fresh])
        assert all(isinstance(one, Batch) for one in found), found
        batch.refresh_from_db()
        assert batch.rounds == 1 and (batch.agreed_at is not None) is right
        assert Entry.objects.filter(verb="voting.keying_finished", data__sheets=2).count() == (
            2 if right else 4
        )
    assert list(verify()) == []


def test_three_tellers_take_a_batch_at_once_and_two_have_it() -> None:
    poll = make.returned(2)
    batch = only_batch(poll)
    batches = [Batch.objects.whole().get(pk=batch.pk) for _ in range(3)]
    acts = [
        lambda b=b, name=name: do.begin(b, by=make.official(poll, name), at=NOW)
        for b, name in zip(batches, ("one", "two", "three"), strict=True)
    ]
    found = at_once(*acts)
    assert sorted(one.place for one in found if isinstance(one, Keying)) == [1, 2]
    assert sum(isinstance(one, ValidationError) for one in found) == 1
    assert Sheet.objects.count() == 4


def test_one_sheet_keyed_in_two_windows_at_once_has_one_of_the_two() -> None:
    poll = make.returned(1)
    keying = do.begin(only_batch(poll), by=make.official(poll, "one"), at=NOW)
    copies = [Keying.objects.get(pk=keying.pk) for _ in range(2)]
    acts = [
        lambda k=k, mark=mark: do.key(k, 1, marks=[mark], revision=1, by=k.teller, at=NOW)
        for k, mark in zip(copies, "fa", strict=True)
    ]
    found = at_once(*acts)
    assert sum(isinstance(one, do.Stale) for one in found) == 1
    (kept,) = (one for one in found if isinstance(one, Sheet))
    assert Sheet.objects.get().marks == kept.marks


def test_a_key_and_handing_in_at_once_leave_no_sheet_changed_after_the_comparison() -> None:
    poll = make.returned(1)
    keying = do.begin(only_batch(poll), by=make.official(poll, "one"), at=NOW)
    key_all(keying, [sheet("f f x")])
    a, b = (Keying.objects.get(pk=keying.pk) for _ in range(2))
    found = at_once(
        lambda: do.finish(a, by=a.teller, at=NOW),
        lambda: do.key(b, 1, marks=["a"], revision=2, by=b.teller, at=NOW),
    )
    stored, finished = Sheet.objects.get(), Keying.objects.get().finished_at
    if finished:
        assert stored.marks == ["f", "f", "x"] and isinstance(found[1], ValidationError)
    else:
        assert stored.marks == ["a"] and isinstance(found[0], ValidationError)


def test_tally_pressed_by_two_at_once_is_one_tally() -> None:
    poll = make.returned(3)
    counted(poll, [sheet("f f x")] * 3)
    polls = [Poll.objects.whole().get(pk=poll.pk) for _ in range(2)]
    acts = [
        lambda p=p, name=name: do.tally(p, by=make.official(poll, name), at=NOW)
        for p, name in zip(polls, ("clerk", "watcher"), strict=True)
    ]
    found = at_once(*acts)
    assert found[0] == found[1], found
    assert Tally.objects.count() == 1
    assert Entry.objects.filter(verb="voting.tallied").count() == 1


def test_batches_laid_out_by_two_at_once_are_laid_out_once() -> None:
    poll = make.returned(5, batch_size=2)
    polls = [Poll.objects.whole().get(pk=poll.pk) for _ in range(2)]
    acts = [
        lambda p=p, name=name: do.lay_out(p, by=make.official(poll, name), at=NOW)
        for p, name in zip(polls, ("clerk", "watcher"), strict=True)
    ]
    found = at_once(*acts)
    assert [one.pk for one in found[0]] == [one.pk for one in found[1]]
    assert [batch.size for batch in poll.batches.all()] == [2, 2, 1]
