"""Slips: made, drawn, given back, struck, exchanged; every refusal beside its permission."""

import json

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import make
from tests.make import NOW
from yishi.ballot import credentials, elections
from yishi.ballot.group import IDENTITY, show_point
from yishi.journal.models import Entry
from yishi.meetings.models import Meeting, Screen, Voter
from yishi.people.models import Person, Seat, User
from yishi.voting.actions.sealed import slips as do
from yishi.voting.models import (
    CastBallot,
    Draw,
    ExchangedSlip,
    Official,
    Poll,
    SealedBox,
    SealedSession,
    SlipLot,
    StruckSlip,
)
from yishi.voting.rules import sealed as rules
from yishi.voting.rules import slips as more
from yishi.web.access import Refused

pytestmark = pytest.mark.django_db
At = Voter.Attendance


def codes(n):
    return [credentials.new_code() for _ in range(n)]


def listings(uuids, slips):
    return {uuid: sorted(credentials.public(uuid, code) for code in slips) for uuid in uuids}


class Desk:
    """A meeting of four here and one not, with a vote by both doors; `slips` are printed when asked."""

    def __init__(self, here=4, doors="both", votes=2):
        self.meeting = make.meeting(deputies=0, state="open")
        self.here = make.voters(self.meeting, here, At.PRESENT)
        self.absent = make.voters(self.meeting, 1)[0]
        self.poll = make.poll(self.meeting, doors=doors)
        self.clerk = make.clerk(self.meeting.body)
        self.session = SealedSession.objects.create(
            meeting=self.meeting, uuid=elections.new_uuid(), salt="salt", threshold=1, at=NOW,
            uuids=[elections.new_uuid() for _ in range(votes)],
        )  # fmt: skip
        self.who = {"by": self.clerk, "at": NOW}

    def print(self, n=6):
        slips = codes(n)
        do.add_lot(self.session, listings(more.unsealed(self.session), slips), **self.who)
        return slips

    def seal(self, slips, state=Poll.State.OPEN):
        """The first vote's box, by these slips."""
        Poll.objects.filter(pk=self.poll.pk).update(state=state, opened_at=NOW)
        uuid = self.session.uuids[0]
        listing = credentials.listing([credentials.public(uuid, code) for code in slips]).decode()
        box = SealedBox.objects.create(
            poll=self.poll, uuid=uuid, election="{}", trustees="[]", listing=listing, slips=len(slips),
            sealed_at=NOW,
        )  # fmt: skip
        return SealedBox.objects.get(pk=box.pk)


@pytest.fixture
def desk():
    return Desk()


def refused(act, *things, code=None, **who):
    with pytest.raises(ValidationError) as caught:
        act(*things, **who)
    if code:
        assert caught.value.code == code
    return " ".join(caught.value.messages)


# --- who may -----------------------------------------------------------------


def test_the_desk_is_for_the_clerk_and_the_officials_of_a_vote_and_nobody_else(desk):
    teller, stranger = make.user(), make.clerk(make.body())
    Official.objects.create(poll=desk.poll, user=teller, hat="teller")
    assert rules.may_desk(desk.clerk, desk.session, NOW) and rules.may_desk(teller, desk.session, NOW)
    box = desk.seal(codes(1))
    desk.print(1)
    lists = listings(more.unsealed(desk.session), codes(1))
    voter = desk.here[0]
    for other in (stranger, make.user(), make.deputy_user(voter.seat)):
        for act in (
            lambda by: do.add_lot(desk.session, lists, by=by, at=NOW),
            lambda by: do.strike(desk.session, lists, by=by, at=NOW),
            lambda by: do.discard(desk.session.lots.get(), by=by, at=NOW, why="印坏"),
            lambda by: do.draw(desk.session, voter, "paper", by=by, at=NOW),
            lambda by: do.undraw(desk.session, voter, by=by, at=NOW, why="错"),
            lambda by: do.exchange(box, "0" * 64, by=by, at=NOW),
        ):
            with pytest.raises(Refused):
                act(other)


def test_the_desk_is_closed_with_the_meeting(desk):
    Meeting.objects.filter(pk=desk.meeting.pk).update(state="closed")
    session = SealedSession.objects.get(pk=desk.session.pk)
    with pytest.raises(Refused):
        do.draw(session, desk.here[0], "slip", **desk.who)


# --- made --------------------------------------------------------------------


def test_a_lot_is_kept_by_its_public_keys_sorted_and_counted_in_the_journal(desk):
    desk.print(3)
    desk.print(2)
    assert rules.slips(desk.session) == rules.SlipNumbers(5, 0, 0, 0)
    for uuid in desk.session.uuids:
        assert len(rules.live(desk.session, uuid)) == 5
    said = Entry.objects.filter(verb="voting.slips_made").order_by("number")
    assert [entry.data for entry in said] == [{"size": 3}, {"size": 2}]


def test_the_file_of_a_lot_is_refused_where_it_is_not_whole(desk):
    one, two = desk.session.uuids
    good = listings(desk.session.uuids, codes(2))
    identity = [show_point(IDENTITY), good[one][0]]
    for name, bad, code in [
        ("nothing", {}, "uneven"),
        ("empty", {one: [], two: []}, "uneven"),
        ("uneven", {one: good[one], two: good[two][:1]}, "uneven"),
        ("a vote too few", {one: good[one]}, "session"),
        ("of another session", listings([elections.new_uuid(), two], codes(2)), "session"),
        ("twice the same", {one: [good[one][0]] * 2, two: good[two]}, "known"),
        ("no point", {one: ["f" * 64, good[one][0]], two: good[two]}, "point"),
        ("the identity", {one: identity, two: good[two]}, "point"),
        ("capitals", {one: [key.upper() for key in good[one]], two: good[two]}, "point"),
    ]:
        assert refused(do.add_lot, desk.session, bad, code=code, **desk.who), name
    assert not SlipLot.objects.exists()
    assert do.add_lot(desk.session, good, **desk.who).size == 2
    refused(do.add_lot, desk.session, good, code="known", **desk.who)


def test_a_lot_has_at_most_two_thousand(desk):
    assert more.MOST == 2000
    too_many = {uuid: ["0" * 64] * 2001 for uuid in desk.session.uuids}
    assert "2000" in refused(do.add_lot, desk.session, too_many, **desk.who)


def test_slips_are_made_only_for_votes_whose_box_is_not_sealed(desk):
    slips = desk.print(2)
    desk.seal(slips)
    refused(do.add_lot, desk.session, listings(desk.session.uuids, codes(1)), code="sealed", **desk.who)
    assert do.add_lot(desk.session, listings(desk.session.uuids[1:], codes(1)), **desk.who)
    desk.session.uuids = desk.session.uuids[:1]
    refused(do.add_lot, desk.session, listings(desk.session.uuids, codes(1)), code="sealed", **desk.who)


# --- doors -------------------------------------------------------------------


def test_who_is_here_takes_one_door_and_the_same_again_changes_nothing(desk):
    desk.print(2)
    a, b, *_rest = desk.here
    assert do.draw(desk.session, a, "slip", **desk.who)
    assert not do.draw(desk.session, a, "slip", **desk.who)
    assert do.draw(desk.session, b, "paper", **desk.who)
    assert "只能领一种" in refused(do.draw, desk.session, a, "paper", code="other", **desk.who)
    assert "只能领一种" in refused(do.draw, desk.session, b, "slip", code="other", **desk.who)
    assert rules.slips(desk.session) == rules.SlipNumbers(2, 0, 1, 1)
    stand = more.desk(desk.session)
    assert (stand.present, stand.without, stand.away, stand.even) == (4, 2, 0, False)
    for voter in desk.here[2:]:
        do.draw(desk.session, voter, "paper", **desk.who)
    assert more.desk(desk.session).even


def test_nobody_takes_a_door_who_is_not_here_or_not_of_this_meeting(desk):
    desk.print(2)
    assert "签到" in refused(do.draw, desk.session, desk.absent, "slip", code="absent", **desk.who)
    other = make.voters(make.meeting(), 1, At.PRESENT)[0]
    assert "应到名单" in refused(do.draw, desk.session, other, "slip", **desk.who)
    Voter.objects.filter(pk=desk.absent.pk).update(attendance=At.LATE)
    assert do.draw(desk.session, desk.absent, "slip", **desk.who)


def test_no_more_slips_go_out_than_there_are(desk):
    assert "加印" in refused(do.draw, desk.session, desk.here[0], "slip", code="none", **desk.who)
    slips = desk.print(2)
    do.strike(desk.session, listings(desk.session.uuids, slips[:1]), **desk.who)
    assert do.draw(desk.session, desk.here[0], "slip", **desk.who)
    refused(do.draw, desk.session, desk.here[1], "slip", code="none", **desk.who)


@pytest.mark.parametrize(
    ("doors", "offered"), [(["phone"], False), (["phone", "paper"], False), (["both", "phone"], True)]
)
def test_paper_is_a_door_where_a_vote_has_both(doors, offered):
    desk = Desk(doors=doors[0])
    for other in doors[1:]:
        make.poll(desk.meeting, doors=other, place=2)
    assert more.paper_offered(desk.meeting) is offered
    if offered:
        assert do.draw(desk.session, desk.here[0], "paper", **desk.who)
    else:
        assert "没有纸质票" in refused(do.draw, desk.session, desk.here[0], "paper", code="none", **desk.who)


def test_a_slip_given_back_is_left_over_until_it_is_struck(desk):
    slips = desk.print(1)
    voter = desk.here[0]
    do.draw(desk.session, voter, "slip", **desk.who)
    lists = listings(desk.session.uuids, slips)
    assert "退回" in refused(do.strike, desk.session, lists, code="out", **desk.who)
    assert "理由" in refused(do.undraw, desk.session, voter, why="  ", **desk.who)
    do.undraw(desk.session, voter, why="手机没电", **desk.who)
    assert rules.slips(desk.session).left == 1
    do.strike(desk.session, lists, **desk.who)
    assert rules.slips(desk.session) == rules.SlipNumbers(1, 1, 0, 0)
    assert do.draw(desk.session, voter, "paper", **desk.who)
    assert "没有领票" in refused(do.undraw, desk.session, desk.here[1], why="错", **desk.who)


def test_no_door_is_given_back_between_sealing_and_close(desk):
    slips = desk.print(1)
    voter = desk.here[0]
    do.draw(desk.session, voter, "slip", **desk.who)
    desk.seal(slips)
    refused(do.undraw, desk.session, voter, why="换", code="under_way", **desk.who)
    Poll.objects.filter(pk=desk.poll.pk).update(state="closed", closed_at=NOW)
    do.undraw(desk.session, voter, why="换", **desk.who)
    assert not Draw.objects.exists()


def test_two_desks_at_once_give_one_door(desk, monkeypatch):
    """The row of the other desk is there by the time ours is written."""
    desk.print(2)
    voter = desk.here[0]

    def meanwhile(*_args):
        Draw.objects.create(session=desk.session, voter=voter, door="paper", by=desk.clerk)

    monkeypatch.setattr(do, "_there_is", meanwhile)
    assert "另一台" in refused(do.draw, desk.session, voter, "slip", code="other", **desk.who)


def test_what_is_written_of_doors_names_no_slip(desk):
    slips = desk.print(3)
    do.draw(desk.session, desk.here[0], "slip", **desk.who)
    do.strike(desk.session, listings(desk.session.uuids, slips[1:]), **desk.who)
    box = desk.seal(slips[:1])
    do.exchange(box, credentials.public(box.uuid, slips[0]), **desk.who)
    told = json.dumps(list(Entry.objects.filter(verb__startswith="voting.").values("data", "thing", "why")))
    for code in slips:
        assert code not in told
        for uuid in desk.session.uuids:
            assert credentials.public(uuid, code) not in told
    fields = {field.name for field in Draw._meta.concrete_fields}
    assert fields == {"id", "session", "voter", "door", "by"}
    assert {field.name for field in ExchangedSlip._meta.concrete_fields} == {"id", "box", "credential"}


def test_who_took_a_slip_and_what_slips_there_are_share_nothing_but_the_session():
    def pointed_at(model):
        return {field.related_model for field in model._meta.get_fields() if field.is_relation}

    people = {Voter, Person, Seat, Draw}
    for model in (SlipLot, StruckSlip, ExchangedSlip, CastBallot):
        assert not pointed_at(model) & people
    assert pointed_at(Draw) == {SealedSession, Voter, User}


# --- struck ------------------------------------------------------------------


def test_a_leftover_is_struck_once_for_every_vote_to_come(desk):
    slips = desk.print(3)
    desk.seal(slips)
    rest = desk.session.uuids[1:]
    refused(do.strike, desk.session, listings(desk.session.uuids, slips[:1]), code="sealed", **desk.who)
    do.strike(desk.session, listings(rest, slips[:2]), why="剩余", **desk.who)
    assert len(rules.live(desk.session, rest[0])) == 1
    assert len(rules.live(desk.session, desk.session.uuids[0])) == 3
    refused(do.strike, desk.session, listings(rest, slips[:1]), code="struck", **desk.who)
    assert StruckSlip.objects.get().count == 2


def test_a_batch_that_was_spoilt_in_the_printer_is_struck_without_its_codes(desk):
    desk.print(3)
    spoilt = desk.session.lots.get()
    kept = desk.print(4)
    for voter in desk.here[:2]:
        do.draw(desk.session, voter, "slip", **desk.who)
    assert "理由" in refused(do.discard, spoilt, why=" ", **desk.who)
    client = make.client(desk.clerk)
    url = reverse("slip_discard", args=[desk.session.pk, spoilt.pk])
    assert "已经毁掉" in client.get(url).content.decode()
    assert client.post(url, {"why": "卡纸"}).url == reverse("slip_make", args=[desk.session.pk])
    for uuid in desk.session.uuids:
        assert rules.live(desk.session, uuid) == sorted(credentials.public(uuid, code) for code in kept)
    assert rules.slips(desk.session).left == 2
    refused(do.discard, spoilt, why="卡纸", code="struck", **desk.who)
    # Two of the other batch are out: it cannot be discarded whole.
    refused(do.discard, desk.session.lots.last(), why="卡纸", code="out", **desk.who)


def test_a_slip_that_nobody_made_is_not_struck(desk):
    slips = desk.print(2)
    refused(do.strike, desk.session, listings(desk.session.uuids, codes(1)), code="unknown", **desk.who)
    one, two = desk.session.uuids
    mixed = {one: [credentials.public(two, slips[0])], two: [credentials.public(one, slips[0])]}
    refused(do.strike, desk.session, mixed, code="unknown", **desk.who)
    double = {uuid: [credentials.public(uuid, slips[0])] * 2 for uuid in desk.session.uuids}
    refused(do.strike, desk.session, double, code="unknown", **desk.who)
    assert not StruckSlip.objects.exists()


# --- exchanged ---------------------------------------------------------------


def test_a_slip_without_a_ballot_is_exchanged_once(desk):
    slips = desk.print(2)
    box = desk.seal(slips)
    used, free = (credentials.public(box.uuid, code) for code in slips)
    CastBallot.objects.create(box=box, credential=used, tracker="a", content="{}")
    assert do.standing(box, free) == "free" and do.standing(box, used) == "in"
    refused(do.exchange, box, used, code="in", **desk.who)
    refused(do.exchange, box, credentials.public(box.uuid, codes(1)[0]), code="unknown", **desk.who)
    do.exchange(box, free, **desk.who)
    refused(do.exchange, box, free, code="exchanged", **desk.who)
    assert Entry.objects.get(verb="voting.slip_exchanged").data == {"count": 1}


@pytest.mark.parametrize("state", ["closed", "declared", "void"])
def test_after_the_close_nothing_is_exchanged(desk, state):
    slips = desk.print(1)
    box = desk.seal(slips, state=state)
    refused(do.exchange, box, credentials.public(box.uuid, slips[0]), code="closed", **desk.who)


@pytest.mark.parametrize(("doors", "offered"), [("phone", False), ("both", True)])
def test_a_vote_by_phone_alone_gives_paper_only_once_it_goes_on_with_paper(doors, offered):
    desk = Desk(doors="phone")
    slips = desk.print(1)
    box = desk.seal(slips)
    Poll.objects.update(failure="paper", doors=doors)
    box.refresh_from_db()
    public = credentials.public(box.uuid, slips[0])
    if offered:
        assert do.exchange(box, public, **desk.who)
    else:
        refused(do.exchange, box, public, code="paper", **desk.who)


# --- the wall ----------------------------------------------------------------


def test_the_wall_shows_signed_in_beside_what_went_out(desk):
    desk.print(4)
    for voter, door in zip(desk.here, ["slip", "slip", "slip", "paper"], strict=True):
        do.draw(desk.session, voter, door, **desk.who)
    screen = Screen.objects.get(meeting=desk.meeting)
    assert screen.data["sign_in"] == {"slips": 3, "papers": 1, "out": 4}
    Screen.objects.update(scene="sign_in")
    shown = make.client(desk.clerk).get(f"/screen/{desk.meeting.pk}/picture/").content.decode()
    assert "<b>4</b> = 投票码 <b>3</b> + 纸票 <b>1</b>" in shown
    Voter.objects.filter(pk=desk.absent.pk).update(attendance=At.LATE)
    shown = make.client(desk.clerk).get(f"/screen/{desk.meeting.pk}/picture/").content.decode()
    assert "<b>5</b> ≠ 投票码 <b>3</b>" in shown


def test_the_wall_of_a_meeting_without_slips_says_nothing_of_them():
    meeting = make.meeting()
    Screen.objects.create(meeting=meeting, scene="sign_in")
    shown = make.client(make.clerk(meeting.body)).get(f"/screen/{meeting.pk}/picture/").content.decode()
    assert "投票码" not in shown and "签到" in shown


# --- pages -------------------------------------------------------------------


def url(desk, rest=""):
    return f"/sealed/{desk.session.pk}/desk/{rest}"


def test_the_desk_lists_who_is_here_and_takes_a_door_by_one_button(desk):
    desk.print(4)
    client = make.client(desk.clerk)
    shown = client.get(url(desk)).content.decode()
    assert desk.here[0].seat.person.name in shown and desk.absent.seat.person.name not in shown
    assert "领投票码" in shown and "领纸质票" in shown
    told = client.post(url(desk), {"slip": desk.here[0].pk}, follow=True).content.decode()
    assert "已领投票码（手机）。" in told
    told = client.post(url(desk), {"slip": desk.here[0].pk}, follow=True).content.decode()
    assert "此前已经领过" in told
    told = client.post(url(desk), {"paper": desk.here[0].pk}, follow=True).content.decode()
    assert "只能领一种" in told
    for wrong in ({"slip": desk.absent.pk + 99}, {"slip": "x"}, {}):
        assert client.post(url(desk), wrong).status_code == 404
    only = client.get(url(desk, "?only=slip")).content.decode()
    assert desk.here[0].seat.person.name in only and desk.here[1].seat.person.name not in only
    assert "没有找到" in client.get(url(desk, "?q=无此人")).content.decode()


def test_who_left_with_a_slip_is_still_on_the_list(desk):
    desk.print(1)
    voter = desk.here[0]
    do.draw(desk.session, voter, "slip", **desk.who)
    Voter.objects.filter(pk=voter.pk).update(attendance=At.LEFT)
    shown = make.client(desk.clerk).get(url(desk)).content.decode()
    assert voter.seat.person.name in shown and "已不在会场" in shown
    assert "uneven" in make.client(desk.clerk).get(url(desk, "numbers/")).content.decode()


def test_paper_is_not_offered_where_all_vote_by_phone():
    desk = Desk(doors="phone")
    assert "领纸质票" not in make.client(desk.clerk).get(url(desk)).content.decode()


def test_the_desk_asks_the_database_as_often_for_many_as_for_few(desk, django_assert_num_queries):
    desk.print(60)
    client = make.client(desk.clerk)
    client.get(url(desk))
    with CaptureQueriesContext(connection) as few:
        client.get(url(desk))
    for voter in [*desk.here, *make.voters(desk.meeting, 40, At.PRESENT)][:30]:
        do.draw(desk.session, voter, "slip", **desk.who)
    with django_assert_num_queries(len(few)):
        client.get(url(desk))


def test_a_slip_is_given_back_on_a_page_of_its_own_with_a_reason(desk):
    slips = desk.print(1)
    do.draw(desk.session, desk.here[0], "slip", **desk.who)
    client = make.client(desk.clerk)
    back = url(desk, f"voters/{desk.here[0].pk}/back/")
    assert "当场收回" in client.get(back).content.decode()
    assert client.post(back, {"why": ""}).status_code == 200 and Draw.objects.exists()
    told = client.post(back, {"why": "点错"}, follow=True).content.decode()
    assert "请现在就注销" in told and not Draw.objects.exists()
    assert client.get(back).status_code == 404
    sent = {"listings": json.dumps(listings(desk.session.uuids, slips))}
    assert client.post(url(desk, "strike/"), sent).json()["state"] == "done"


def file(desk, said, session=None):
    content = said if isinstance(said, bytes) else json.dumps(
        {"session": session or desk.session.uuid, "listings": said}
    ).encode()  # fmt: skip
    return {"listings": SimpleUploadedFile("list.json", content)}


def test_the_public_list_is_uploaded_by_the_page_or_as_a_file(desk):
    client = make.client(desk.clerk)
    lists = listings(desk.session.uuids, codes(2))
    told = client.post(url(desk, "make/"), file(desk, lists), headers={"Accept": "application/json"}).json()
    assert told["state"] == "done" and "2张" in told["text"]
    told = client.post(url(desk, "make/"), file(desk, lists), headers={"Accept": "application/json"}).json()
    assert told["state"] == "refused" and "已经登记过" in told["text"]
    more_of_them = file(desk, listings(desk.session.uuids, codes(1)))
    assert "共印制3张" in client.post(url(desk, "make/"), more_of_them, follow=True).content.decode()


@pytest.mark.parametrize(
    "said",
    [
        b"", b"\xff", b"{", b"[" * 100_000, b"[]", b"null", b'{"session": 1}', b'{"listings": []}',
        b'{"listings": {"a": "b"}}', b'{"listings": {"a": ["b"]}}', b'{"listings": {"a": [[]]}}',
        b'{"listings": {"a": {"b": 1}}}',
    ],
)  # fmt: skip
def test_a_file_that_is_no_public_list_is_refused_in_words(desk, said):
    shown = make.client(desk.clerk).post(url(desk, "make/"), file(desk, said))
    assert shown.status_code == 200 and not SlipLot.objects.exists()
    assert "wrong" in shown.content.decode()


def test_the_public_list_of_another_session_is_refused(desk):
    lists = listings(desk.session.uuids, codes(1))
    shown = make.client(desk.clerk).post(url(desk, "make/"), file(desk, lists, "another"))
    assert "另一次会议" in shown.content.decode()
    shown = make.client(desk.clerk).post(url(desk, "make/"), file(desk, listings(["x" * 14], codes(1))))
    assert "不是本次会议" in shown.content.decode()


def test_a_list_made_before_a_box_was_sealed_counts_for_the_votes_to_come(desk):
    lists = listings(desk.session.uuids, codes(2))
    desk.seal(codes(1))
    make.client(desk.clerk).post(url(desk, "make/"), file(desk, lists))
    assert set(SlipLot.objects.get().listings) == set(desk.session.uuids[1:])


def test_the_strike_page_answers_what_is_left_and_why_not(desk):
    slips = desk.print(2)
    client = make.client(desk.clerk)
    assert 'data-number="left">2<' in client.get(url(desk, "strike/")).content.decode()
    sent = {"listings": json.dumps(listings(desk.session.uuids, slips[:1]))}
    assert client.post(url(desk, "strike/"), sent).json() == {
        "state": "done", "text": "已注销第1张。", "struck": 1, "left": 1,
    }  # fmt: skip
    told = client.post(url(desk, "strike/"), sent).json()
    assert told["state"] == "refused" and "已经注销过" in told["text"] and told["left"] == 1
    for wrong in ("", "{", "[]", '{"a": ["b"]}', "[" * 90_000):
        assert client.post(url(desk, "strike/"), {"listings": wrong}).json()["state"] == "refused"


def test_the_exchange_page_says_first_and_does_when_sure(desk):
    slips = desk.print(2)
    client = make.client(desk.clerk)
    assert "现在没有可以换" in client.get(url(desk, "exchange/")).content.decode()
    box = desk.seal(slips)
    assert desk.poll.title in client.get(url(desk, "exchange/")).content.decode()
    asked = {"box": box.uuid, "credential": credentials.public(box.uuid, slips[0])}

    def state(**also):
        return client.post(url(desk, "exchange/"), {**asked, **also}).json()["state"]

    assert state() == "free" and not ExchangedSlip.objects.exists()
    assert state(sure="on") == "done"
    assert state(sure="on") == state() == "exchanged"
    assert state(credential="x") == state(credential="0" * 64) == "unknown"
    assert state(box="another") == "closed"
    Poll.objects.update(state="closed", closed_at=NOW)
    assert state() == "closed"
