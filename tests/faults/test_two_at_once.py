"""Two clerks press at the same moment: one wins, the other is told, and no entry of the journal is lost."""

import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from tests import make
from tests.faults.town import PDF
from tests.make import NOW
from yishi.journal.chain import verify, write
from yishi.journal.models import Entry
from yishi.meetings import actions as meetings
from yishi.meetings.models import Delivery, Material, Meeting, Voter
from yishi.people import actions as people
from yishi.people.models import Link, Role, Seat

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts):
    """Each act in its own thread and connection, begun together; what each gave or raised."""
    ready = threading.Barrier(len(acts))
    found = [None] * len(acts)

    def run(i, act):
        try:
            connection.ensure_connection()
            ready.wait(10)
            found[i] = act()
        except Exception as error:
            found[i] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(i, act)) for i, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


@pytest.fixture
def hall():
    """A called meeting and the two clerks of its body."""
    meeting = make.meeting(state=Meeting.State.CALLED)
    return meeting, make.clerk(meeting.body), make.clerk(meeting.body)


def copies(meeting, n=2):
    return [Meeting.objects.select_related("body").get(pk=meeting.pk) for _ in range(n)]


def clerks_of(town):
    return [make.clerk(town) for _ in range(2)]


def one_told(found):
    """Exactly one of two was refused, in words; gives the words."""
    told = [one for one in found if isinstance(one, ValidationError)]
    assert len(told) == 1 and not [one for one in found if isinstance(one, Exception) and one not in told], (
        found
    )
    return " ".join(told[0].messages)


def test_a_meeting_is_opened_by_one_of_two(hall):
    meeting, *clerks = hall
    acts = [
        lambda m=m, c=c: meetings.open_meeting(m, by=c, at=NOW, why="到齐了")
        for m, c in zip(copies(meeting), clerks, strict=True)
    ]
    assert "刚才已有人改动了它" in one_told(at_once(*acts))
    assert Entry.objects.filter(verb="meetings.meeting.open").count() == 1


def test_of_two_who_change_a_meeting_the_second_reads_that_somebody_was_faster(hall):
    meeting, *clerks = hall
    acts = [
        lambda m=m, c=c, p=place: meetings.change(m, place=p, by=c, at=NOW)
        for m, c, place in zip(copies(meeting), clerks, ("一号厅", "二号厅"), strict=True)
    ]
    assert "另一位经办人员刚才改过" in one_told(at_once(*acts))
    meeting.refresh_from_db()
    assert meeting.revision == 1 and meeting.place in ("一号厅", "二号厅")


def test_sign_in_opened_by_two_is_opened_once(hall):
    meeting, *clerks = hall
    acts = [
        lambda m=m, c=c: meetings.open_sign_in(m, by=c, at=NOW)
        for m, c in zip(copies(meeting), clerks, strict=True)
    ]
    assert at_once(*acts) == [None, None]
    assert Entry.objects.filter(verb="meetings.sign_in_opened").count() == 1


def test_sign_in_does_not_open_in_a_meeting_that_was_closed_meanwhile(hall):
    meeting, one, other = hall
    stale = copies(meeting)[0]
    fresh = copies(meeting)[0]
    meetings.open_meeting(fresh, by=one, at=NOW, why="到齐了")
    meetings.close_meeting(fresh, by=one, at=NOW)
    with pytest.raises(ValidationError):
        meetings.open_sign_in(stale, by=other, at=NOW)


def test_a_deputy_scanned_at_two_doors_at_once_is_counted_once(hall):
    meeting, *clerks = hall
    meetings.open_sign_in(meeting, by=clerks[0], at=NOW)
    voters = [Voter.objects.select_related("meeting__body", "seat__person").first() for _ in clerks]
    acts = [
        lambda v=v, c=c: meetings.sign_in(v, "code", by=c, at=NOW)
        for v, c in zip(voters, clerks, strict=True)
    ]
    assert sorted(at_once(*acts)) == [False, True]
    assert meeting.voters.numbers()["present"] == 1
    assert Entry.objects.filter(verb="meetings.voter.present").count() == 1


def test_the_entitled_list_made_by_two_is_made_once(hall):
    meeting, *clerks = hall
    make.seats(meeting.body, 30)
    acts = [
        lambda m=m, c=c: meetings.entitle(m, by=c, at=NOW)
        for m, c in zip(copies(meeting), clerks, strict=True)
    ]
    assert sorted(found.added for found in at_once(*acts)) == [0, 30]
    assert meeting.voters.count() == 35


def test_a_paper_opened_twice_at_once_is_delivered_once(hall):
    from django.core.files.base import ContentFile

    meeting, clerk, _other = hall
    made = meetings.add_material(meeting, ContentFile(PDF, name="草案.pdf"), by=clerk, at=NOW)
    voter = meeting.voters.select_related("seat").first()
    me = make.deputy_user(voter.seat)
    acts = [
        lambda: meetings.deliver(
            Material.objects.select_related("meeting__body").get(pk=made.pk),
            Voter.objects.select_related("seat").get(pk=voter.pk),
            by=me,
            at=NOW,
        )
    ] * 2
    assert sorted(at_once(*acts)) == [False, True]
    assert Delivery.objects.count() == 1


def test_a_link_pressed_twice_at_once_lets_in_once():
    town = make.body()
    link, _code = people.make_link(make.seat(town), by=make.clerk(town), at=NOW)
    links = [Link.objects.select_related("user").get(pk=link.pk) for _ in range(2)]
    one_told(at_once(*[lambda k=k: people.use_link(k, at=NOW) for k in links]))
    assert Entry.objects.filter(verb="people.link.use").count() == 1


def test_a_seat_ended_by_two_is_ended_by_one():
    town = make.body()
    seat = make.seat(town)
    seats = [Seat.objects.select_related("body").get(pk=seat.pk) for _ in range(2)]
    acts = [
        lambda s=s, c=c, r=r: people.end_seat(s, ends=make.NOW.date(), reason=r, by=c, at=NOW)
        for s, c, r in zip(seats, clerks_of(town), ("resigned", "death"), strict=True)
    ]
    assert "刚才已有人改动了它" in one_told(at_once(*acts))
    assert Entry.objects.filter(verb="people.seat.end").count() == 1


def test_somebody_known_gets_one_seat_from_two_clerks():
    town, who = make.body(), make.person()
    acts = [
        lambda c=c: people.add_seat(town, person=who, begins=make.BEGUN, by=c, at=NOW)
        for c in clerks_of(town)
    ]
    one_told(at_once(*acts))
    assert Seat.objects.filter(person=who).count() == 1


def test_one_sheet_confirmed_by_two_clerks_is_taken_in_once():
    town = make.body()
    row = {"name": "王小明", "sex": "", "phone": "13800000001", "title": "", "district": "", "delegation": ""}
    row |= {"term": None, "begins": "2022-01-10", "ends": "", "reason": ""}
    acts = [lambda c=c: people.take_in(town, [row], by=c, at=NOW) for c in clerks_of(town)]
    one_told(at_once(*acts))
    assert Seat.objects.count() == 1


def test_no_two_offices_of_the_three_are_granted_at_once():
    guards = [make.user("", ("security", None)) for _ in range(2)]
    who = make.user()
    acts = [
        lambda g=g, d=d: people.grant(who, d, None, by=g, at=NOW)
        for g, d in zip(guards, ("system", "auditor"), strict=True)
    ]
    one_told(at_once(*acts))
    assert Role.objects.filter(user=who).count() == 1


def test_eight_writers_of_one_chain_leave_it_whole():
    def write_ten(n):
        for k in range(10):
            write("body:x", "test.written", f"t:{n}.{k}", by=None, at=NOW)

    assert at_once(*[lambda n=n: write_ten(n) for n in range(8)]) == [None] * 8
    assert list(Entry.objects.order_by("number").values_list("number", flat=True)) == list(range(1, 81))
    assert list(verify()) == []


def test_what_is_written_while_the_auditor_looks_is_no_fault():
    for n in range(50):
        write("body:x", "test.written", f"t:{n}", by=None, at=NOW)
    stop = threading.Event()

    def keep_writing():
        n = 0
        while not stop.is_set():
            write("body:x", "test.written", f"more:{n}", by=None, at=NOW)
            n += 1
        return n

    def look():
        try:
            return [fault for _ in range(60) for fault in verify()]
        finally:
            stop.set()

    faults, written = at_once(look, keep_writing)
    assert written > 0 and faults == []
