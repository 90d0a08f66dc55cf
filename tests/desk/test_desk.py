"""The desk: each sees what is theirs to do and whom they wait for; every line leads where they may go."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import make
from tests.voting.scans import deck
from yishi.desk.lines import HEAPS, desk_of
from yishi.meetings import actions as meetings
from yishi.meetings.models import AgendaItem, Delivery, Material, Meeting, Voter
from yishi.people.models import User
from yishi.voting.actions import counting, polls, scans
from yishi.voting.models import Poll

pytestmark = pytest.mark.django_db
State = Meeting.State


def found(user, now=make.NOW):
    """heap -> what the lines say."""
    desk = desk_of(User.objects.get(pk=user.pk), now)
    return {heap: [line.do for line in getattr(desk, heap)] for heap in HEAPS}


def paper(of, **fields):
    return Material.objects.create(
        meeting=of, title="报告", file="materials/a.pdf", filename="报告.pdf", content_type="application/pdf",
        size=1, sha256="0" * 64, added_at=make.NOW, **fields,
    )  # fmt: skip


# --- the clerk and the chair before the meeting ------------------------------------


def test_a_planned_meeting_asks_the_clerk_for_the_one_next_thing_and_the_chair_waits():
    town = make.body()
    clerk, chair = make.clerk(town), make.chair(town)
    meeting = make.meeting(town, deputies=0, starts_at=make.NOW + timedelta(days=30))
    assert found(clerk)["to_come"] == ["安排议程"]
    assert found(chair)["waiting"] == ["等经办人员：安排议程"]
    AgendaItem.objects.create(meeting=meeting, place=1, title="工作报告")
    assert found(clerk)["to_come"] == ["生成应到名单"]
    make.voters(meeting, 3)
    assert found(clerk)["to_come"] == ["加入会议材料"]
    paper(meeting)
    assert found(clerk)["to_come"] == ["发出会议通知"]


@pytest.mark.parametrize(("days", "heap"), [(30, "to_come"), (8, "today"), (7, "today"), (6, "overdue")])
def test_a_notice_that_is_not_out_by_the_day_of_the_pack_is_overdue(days, heap):
    town = make.body()
    clerk = make.clerk(town)
    make.meeting(town, starts_at=make.NOW + timedelta(days=days))
    assert found(clerk)[heap]


def test_papers_that_did_not_reach_everybody_are_named_until_they_do():
    town = make.body()
    clerk = make.clerk(town)
    meeting = make.meeting(
        town, deputies=3, state=State.CALLED, called_at=make.NOW, starts_at=make.NOW + timedelta(days=9)
    )
    one, _two, _three = meeting.voters.all()
    first = paper(meeting)
    paper(meeting, withdrawn_at=make.NOW)
    word = "送达材料：还有2人没有收全"
    Delivery.objects.create(material=first, voter=one, how="paper", at=make.NOW, by=clerk)
    assert any(word in lines for lines in found(clerk).values())
    for voter in meeting.voters.exclude(pk=one.pk):
        Delivery.objects.create(material=first, voter=voter, how="paper", at=make.NOW, by=clerk)
    assert found(clerk) == {"overdue": [], "today": [], "to_come": ["准备开会"], "waiting": []}


def test_on_the_day_sign_in_and_opening_are_today_and_the_day_after_overdue():
    town = make.body()
    clerk = make.clerk(town)
    meeting = make.meeting(town, state=State.CALLED, called_at=make.NOW)
    assert found(clerk)["today"] == ["开始签到"]
    assert found(clerk, make.NOW + timedelta(days=1))["overdue"] == ["开始签到"]
    meetings.open_sign_in(meeting, by=clerk, at=make.NOW)
    assert found(clerk)["today"] == ["宣布开会"]
    assert found(clerk)["waiting"] == ["还有5人没有签到"]


def test_a_meeting_left_open_is_overdue_and_a_closed_one_is_gone():
    town = make.body()
    clerk = make.clerk(town)
    meeting = make.meeting(town, state=State.OPEN)
    assert found(clerk)["overdue"] == []
    assert found(clerk, make.NOW + timedelta(days=1))["overdue"] == ["会议还没有宣布闭会"]
    Meeting.objects.filter(pk=meeting.pk).update(state=State.CLOSED)
    assert not any(found(clerk, make.NOW + timedelta(days=1)).values())


# --- the deputy --------------------------------------------------------------------


def test_a_deputy_reads_papers_and_signs_in_and_then_has_nothing_to_do():
    meeting = make.meeting(deputies=1, state=State.OPEN, called_at=make.NOW, sign_in_opened=make.NOW)
    voter = meeting.voters.get()
    deputy = make.deputy_user(voter.seat)
    read = paper(meeting)
    assert found(deputy)["today"] == ["签到", "阅读会议材料（1份未看）"]
    Delivery.objects.create(material=read, voter=voter, how="screen", at=make.NOW, by=deputy)
    assert found(deputy)["today"] == ["签到"]
    meetings.sign_in(voter, Voter.How.SELF, by=deputy, at=make.NOW)
    assert found(deputy)["today"] == ["会议：查看议程和材料"]
    Meeting.objects.filter(pk=meeting.pk).update(state=State.CLOSED)
    assert not any(found(deputy).values())


def test_a_deputy_sees_nothing_of_a_meeting_that_was_not_called():
    meeting = make.meeting(deputies=1, state=State.PLANNED)
    assert not any(found(make.deputy_user(meeting.voters.get().seat)).values())


# --- the hall ----------------------------------------------------------------------

WHO = ("clerk", "chair", "chief", "watcher", "one")


@pytest.mark.parametrize(
    ("upto", "word", "who"),
    [
        ("form", "登记票决办法的通过", {"clerk", "chair"}),
        ("method", "登记监票、计票人员名单的通过", {"clerk", "chair"}),
        ("officials", "印制表决票，登记张数", {"clerk", "chief", "watcher"}),
        ("printed", "清点到会人数", {"clerk", "chair", "chief", "watcher"}),
        ("quorum", "发票，登记发出张数", {"clerk", "chief", "watcher"}),
        ("issued", "检查票箱并加封", {"chief", "watcher"}),
        ("sealed", "宣布开始投票", {"chair"}),
        ("open", "宣布投票截止", {"chair"}),
        ("closed", "清点收回的票", {"clerk", "chief", "watcher"}),
        ("returned", "把收回的票分批", {"clerk", "chief", "watcher"}),
    ],
)
def test_each_step_stands_on_the_desks_of_those_who_may_do_it_and_the_others_wait(upto, word, who):
    poll = make.hall(upto)
    Meeting.objects.update(state=State.OPEN, called_at=make.NOW)
    desks = {name: found(make.official(poll, name)) for name in WHO}
    assert {name for name in WHO if word in desks[name]["today"]} == who
    assert all(len(desks[name]["waiting"]) == 1 for name in set(WHO) - who)
    for name in WHO:
        user = make.official(poll, name)
        desk = desk_of(user, make.NOW)
        for line in [line for heap in HEAPS for line in getattr(desk, heap)]:
            assert make.client(user).get(line.url).status_code == 200, (name, line)


def test_who_has_sealed_the_box_waits_for_the_other():
    poll = make.hall("issued")
    chief, watcher = make.official(poll, "chief"), make.official(poll, "watcher")
    polls.seal(poll, by=chief, at=make.NOW)
    assert found(chief)["waiting"] == ["等监票人：检查票箱并加封"]
    assert found(watcher)["today"] == ["检查票箱并加封"]


def test_a_teller_is_led_to_the_batch_in_hand_and_then_waits():
    poll = make.hall("returned", entitled=3, present=2)
    one, two = make.official(poll, "one"), make.official(poll, "two")
    assert found(one)["waiting"] == ["等收回的票分批"]
    (batch,) = counting.lay_out(poll, by=make.official(poll, "clerk"), at=make.NOW)
    batch.poll = poll
    assert found(one)["today"] == ["录入第1批"]
    keying = counting.begin(batch, by=one, at=make.NOW)
    assert found(one)["today"] == ["继续录入第1批"]
    for number in (1, 2):
        counting.key(keying, number, marks=["f", "a", "x"], revision=1, complete=True, by=one, at=make.NOW)
    counting.finish(keying, by=one, at=make.NOW)
    assert found(one)["waiting"] == ["计票中：1批中0批已核对一致"]
    assert found(two)["today"] == ["录入第1批"]


def test_the_chief_scrutineer_settles_then_makes_and_confirms_the_tally_and_the_chair_declares():
    poll = make.hall("returned", entitled=1, present=1)
    chief = make.official(poll, "chief")
    (batch,) = counting.lay_out(poll, by=chief, at=make.NOW)
    batch.poll = poll
    for name in ("one", "two"):
        teller = make.official(poll, name)
        keying = counting.begin(batch, by=teller, at=make.NOW)
        sheet = {"marks": ["f", "f", "x"], "doubt": "torn", "revision": 1, "complete": True}
        counting.key(keying, 1, **sheet, by=teller, at=make.NOW)
        counting.finish(keying, by=teller, at=make.NOW)
    batch.refresh_from_db()
    assert found(chief)["today"] == ["认定1张存疑票"]
    counting.rule(
        batch, 1, "valid", marks=["f", "f", "x"], write_ins=[], why="意思清楚", by=chief, at=make.NOW
    )
    assert found(chief)["today"] == ["生成计票结果"]
    tally = counting.tally(poll, by=chief, at=make.NOW)
    assert found(chief)["today"] == ["确认计票结果"]
    assert found(make.official(poll, "chair"))["waiting"][0] == "等总监票人：确认计票结果"
    counting.confirm(tally, by=chief, at=make.NOW)
    assert "宣布结果" in found(make.official(poll, "chair"))["today"]
    assert found(make.official(poll, "clerk"))["waiting"][0] == "等主持人：宣布结果"


def test_scrutineers_are_led_through_a_scanned_batch_and_tellers_to_what_is_left_for_the_hand():
    poll = make.hall("returned", entitled=3, present=3, counting="scan")
    chief, watcher, one = (make.official(poll, name) for name in ("chief", "watcher", "one"))
    batch = deck.batch(poll)
    assert found(make.official(poll, "clerk"))["today"][0].startswith("第1批：请把这一批3张票放进扫描仪")
    assert found(one)["waiting"] == ["计票中：1批中0批已核对一致"]
    deck.scanned(poll, [["f", "a", "x"], ["f", "a", "a"]], {(1, 0): "faint"}, into=batch)
    assert found(watcher)["today"] == ["第1批：有1栏机器没有把握，请您判读"]
    deck.said(batch, 1, 0, "f")
    assert found(watcher)["today"][0].startswith("第1批：清点3张")
    scans.set_unscanned(batch, 1, by=chief, at=make.NOW, why="撕坏")
    assert found(watcher)["waiting"] == ["还有1批扫描没有核清"]
    assert found(chief)["today"] == ["第1批：3张都有着落，与清点一致，可以核清这一批"]
    scans.close(batch, by=chief, at=make.NOW)
    assert found(one)["today"] == ["录入第2批"]


def test_a_declared_vote_is_to_be_published_and_then_gone_unless_it_was_a_rehearsal():
    poll = make.hall("returned")
    Meeting.objects.update(state=State.OPEN)
    make.counted(poll, [["f", "f", "a"]] * 5)
    poll.refresh_from_db()
    polls.declare(poll, by=make.official(poll, "chair"), at=make.NOW)
    clerk = make.official(poll, "clerk")
    assert found(clerk)["today"] == ["公布结果"]
    polls.publish(Poll.objects.get(pk=poll.pk), by=clerk, at=make.NOW)
    assert found(clerk)["today"] == []


def test_a_void_vote_asks_for_its_repeat():
    poll = make.hall("closed")
    Meeting.objects.update(state=State.OPEN)
    polls.void(poll, by=make.official(poll, "chair"), at=make.NOW, why="票箱破损")
    assert found(make.official(poll, "clerk"))["today"] == ["安排重新投票"]


# --- others ------------------------------------------------------------------------


def test_the_clerk_of_another_town_and_an_administrator_see_nothing_of_it():
    make.hall("sealed")
    for user in (make.clerk(make.body()), make.user("xitong", ("system", None))):
        assert not any(found(user).values())


def test_the_auditor_is_asked_to_verify_until_it_is_done():
    from yishi.people.actions import verify_journal

    auditor = make.user("shenji", ("auditor", None))
    assert found(auditor)["today"] == ["核验日志"]
    verify_journal(by=auditor, at=make.NOW)
    assert found(auditor)["today"] == []
    assert found(auditor, make.NOW + timedelta(days=31))["today"] == ["核验日志"]


def test_nobody_enters_without_signing_in():
    assert make.client().get("/desk/").status_code == 302
    assert make.client(make.user()).get("/desk/").status_code == 200


def test_the_queries_of_the_desk_do_not_grow_with_meetings_and_votes():
    town = make.body()
    clerk = make.clerk(town)

    def queries(more):
        for _n in range(more):
            meeting = make.meeting(town, deputies=2, state=State.OPEN)
            paper(meeting)
            make.poll(meeting)
        fresh = User.objects.get(pk=clerk.pk)
        with CaptureQueriesContext(connection) as seen:
            lines = desk_of(fresh, make.NOW)
        return len(seen), len(lines.today)

    (few, short), (many, long) = queries(2), queries(10)
    assert long > short
    assert few == many
