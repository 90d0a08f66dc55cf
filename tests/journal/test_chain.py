"""The chain finds every entry changed, removed, put elsewhere or slipped in, also behind the ORM."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import make
from yishi.journal.chain import SYSTEM, verify, write
from yishi.journal.models import Chain, Entry
from yishi.journal.moves import MoveError, move
from yishi.meetings.models import Meeting

pytestmark = pytest.mark.django_db


@pytest.fixture
def five():
    """Five entries in one chain and two in another."""
    user = make.user("somebody")
    for n in range(5):
        write("body:town", "test.done", user, by=user, at=make.NOW, why=f"理由{n}", n=n)
    write(SYSTEM, "test.done", user, by=None, at=make.NOW)
    write(SYSTEM, "test.done", "thing", by=None, at=make.NOW)


def sql(text, *values):
    with connection.cursor() as cursor:
        cursor.execute(text, values)


def numbers(chain="body:town"):
    return [fault.number for fault in verify(chain)]


def entry(number):
    return Entry.objects.get(chain__name="body:town", number=number)


def test_an_untouched_journal_has_no_fault(five):
    assert list(verify()) == []
    assert [e.number for e in Entry.objects.of("body:town").order_by("pk")] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("why", "另一个理由"),
        ("verb", "test.other"),
        ("thing", "people.user:99"),
        ("at", "2026-01-20 02:00:00+00:00"),
        ("by_id", None),
        ("data", '{"n": 9}'),
        ("digest", "f" * 64),
        ("previous", "f" * 64),
    ],
)
def test_any_field_changed_in_the_database_is_found_at_its_number(five, column, value):
    sql(f"UPDATE journal_entry SET {column} = %s WHERE id = %s", value, entry(3).pk)
    assert 3 in numbers()
    assert list(verify(SYSTEM)) == []


@pytest.mark.parametrize("number", [1, 3, 4])
def test_an_entry_removed_is_missed(five, number):
    sql("DELETE FROM journal_entry WHERE id = %s", entry(number).pk)
    assert numbers() == [number]


def test_the_tail_removed_is_missed_since_the_head_remembers(five):
    sql("DELETE FROM journal_entry WHERE id = %s", entry(5).pk)
    assert numbers() == [5]
    sql("DELETE FROM journal_entry WHERE id = %s", entry(4).pk)
    assert numbers() == [5]


def test_all_removed_is_missed(five):
    sql("DELETE FROM journal_entry WHERE chain_id = %s", entry(1).chain_id)
    assert numbers() == [5]


def test_two_entries_that_changed_places_are_found(five):
    one, other = entry(2), entry(3)
    sql("UPDATE journal_entry SET number = 99 WHERE id = %s", one.pk)
    sql("UPDATE journal_entry SET number = 2 WHERE id = %s", other.pk)
    sql("UPDATE journal_entry SET number = 3 WHERE id = %s", one.pk)
    assert {2, 3} <= set(numbers())


def test_an_entry_slipped_in_at_the_end_is_found(five):
    last = entry(5)
    slipped = Entry(
        chain=last.chain, number=6, at=make.NOW, verb="test.false", thing="x", previous=last.digest
    )
    slipped.digest = slipped.computed_digest()
    slipped.save(force_insert=True)
    assert numbers() == [5]


def test_an_entry_moved_to_another_chain_is_found_in_both(five):
    other = Chain.objects.get(name=SYSTEM)
    sql("UPDATE journal_entry SET chain_id = %s, number = 3 WHERE id = %s", other.pk, entry(5).pk)
    assert numbers() and numbers(SYSTEM)


def test_an_entry_cannot_be_changed_or_removed_through_the_models(five):
    found = entry(2)
    for act in (
        found.save,
        found.delete,
        lambda: Entry.objects.update(why=""),
        lambda: Entry.objects.filter(pk=found.pk).delete(),
    ):
        with pytest.raises(TypeError, match="只能追加"):
            act()
    assert list(verify()) == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40),
    st.dictionaries(st.sampled_from("abc"), st.integers() | st.none() | st.booleans(), max_size=3),
)
def test_whatever_is_written_reads_back_unbroken(db, why, data):
    write("body:any", "test.done", "x", by=None, at=make.NOW, why=why, **data)
    assert list(verify("body:any")) == []


# --- moves -------------------------------------------------------------------


def step(meeting, to, **kw):
    move(meeting, to, chain=meeting.chain, by=None, at=make.NOW, **kw)


def test_a_move_changes_the_state_and_writes_it_down():
    meeting = make.meeting()
    step(meeting, Meeting.State.CALLED, why="到期")
    assert Meeting.objects.get().state == "called"
    entry = Entry.objects.get()
    assert entry.data == {"from": "planned", "to": "called"} and entry.why == "到期"


def test_a_state_that_does_not_lead_there_is_refused_and_nothing_is_written():
    meeting = make.meeting()
    with pytest.raises(MoveError, match="不能改为"):
        step(meeting, Meeting.State.CLOSED)
    assert not Entry.objects.exists() and Meeting.objects.get().state == "planned"


def test_of_two_who_move_it_at_once_one_is_told():
    one = make.meeting()
    other = Meeting.objects.get()
    step(one, Meeting.State.OPEN)
    with pytest.raises(ValidationError, match="刚才已有人改动"):
        step(other, Meeting.State.CALLED)
    assert Meeting.objects.get().state == "open"
