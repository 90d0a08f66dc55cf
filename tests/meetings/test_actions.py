"""What is done in a meeting, each refusal beside its permission."""

import zipfile
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile

from tests import make
from tests.make import NOW
from yishi.journal.chain import verify
from yishi.journal.models import Entry
from yishi.journal.moves import MoveError
from yishi.meetings import actions, words
from yishi.meetings.models import AgendaItem, Delivery, Material, Meeting, Screen, Voter
from yishi.meetings.rules import may_read_material, may_see, quorum
from yishi.web import files
from yishi.web.access import Refused

pytestmark = pytest.mark.django_db
At = Voter.Attendance
PDF = b"%PDF-1.7\nhello\n%%EOF\n"


def office(kind="docx", *, macro=False):
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
        archive.writestr({"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}[kind], "<x/>")
        if macro:
            archive.writestr("word/vbaProject.bin", "x")
    return out.getvalue()


def hall(deputies=6, **fields):
    """A called meeting with its clerk."""
    meeting = make.meeting(deputies=deputies, state=Meeting.State.CALLED, **fields)
    return meeting, make.clerk(meeting.body)


def ready(deputies=6):
    meeting, clerk = hall(deputies)
    actions.open_sign_in(meeting, by=clerk, at=NOW)
    return meeting, clerk, list(meeting.voters.select_related("seat__person", "meeting__body"))


def paper(meeting, clerk, data=PDF, name="预算草案.pdf", **more):
    return actions.add_material(meeting, ContentFile(data, name=name), by=clerk, at=NOW, **more)


# --- plan, call, open, close ------------------------------------------------


def test_a_clerk_plans_a_meeting_in_the_own_body_and_nowhere_else():
    town, other = make.body(), make.body()
    clerk = make.clerk(town)
    planned = actions.plan(town, title="第五次会议", starts_at=NOW, by=clerk, at=NOW)
    assert (planned.quorum, planned.screen.scene) == ("congress", "welcome")
    with pytest.raises(Refused):
        actions.plan(other, title="第五次会议", starts_at=NOW, by=clerk, at=NOW)
    with pytest.raises(Refused):
        actions.plan(town, title="第五次会议", starts_at=NOW, by=make.chair(town), at=NOW)


def test_of_two_clerks_changing_the_same_meeting_the_second_is_told():
    meeting, clerk = hall()
    actions.change(meeting, title="甲", revision=0, by=clerk, at=NOW)
    with pytest.raises(ValidationError, match="另一位"):
        actions.change(Meeting.objects.get(pk=meeting.pk), title="乙", revision=0, by=clerk, at=NOW)
    assert Meeting.objects.get(pk=meeting.pk).title == "甲"


def test_a_notice_in_time_needs_no_reason_and_a_late_one_keeps_its_reason():
    early = make.meeting(starts_at=NOW + timedelta(days=7))
    clerk = make.clerk(early.body)
    actions.call(early, by=clerk, at=NOW)
    assert early.state == "called"
    late = make.meeting(early.body, starts_at=NOW + timedelta(days=6))
    with pytest.raises(ValidationError, match="第二十条") as refused:
        actions.call(late, by=clerk, at=NOW)
    assert refused.value.code == "late"
    actions.call(late, by=clerk, at=NOW, why="台风延误")
    assert Entry.objects.about(late).last().why == "台风延误"


def test_nobody_is_called_without_an_entitled_list():
    meeting = make.meeting(deputies=0)
    with pytest.raises(ValidationError, match="应到名单"):
        actions.call(meeting, by=make.clerk(meeting.body), at=NOW)


def test_a_meeting_opens_at_two_thirds_and_below_only_with_a_reason():
    meeting, clerk, voters = ready()
    for voter in voters[:3]:
        actions.sign_in(voter, "list", by=clerk, at=NOW)
    with pytest.raises(ValidationError, match="尚差1名"):
        actions.open_meeting(meeting, by=clerk, at=NOW)
    actions.sign_in(voters[3], "list", by=clerk, at=NOW)
    assert quorum(meeting).met and "第十四条" in quorum(meeting).sentence_zh
    actions.open_meeting(meeting, by=make.chair(meeting.body), at=NOW)
    with pytest.raises(MoveError):
        actions.open_meeting(meeting, by=clerk, at=NOW)
    actions.close_meeting(meeting, by=clerk, at=NOW)
    assert meeting.sign_in_closed == NOW and not list(verify(meeting.chain))


def test_two_who_press_open_at_once_open_the_meeting_once():
    meeting, clerk, voters = ready()
    for voter in voters:
        actions.sign_in(voter, "list", by=clerk, at=NOW)
    twin = Meeting.objects.get(pk=meeting.pk)
    actions.open_meeting(meeting, by=clerk, at=NOW)
    with pytest.raises(MoveError, match="刷新"):
        actions.open_meeting(twin, by=clerk, at=NOW)


# --- agenda -----------------------------------------------------------------


def test_points_are_added_moved_done_and_dropped():
    meeting, clerk = hall()
    a, b, c = actions.add_items(meeting, ["听取报告", " ", "审查预算", "票决"], by=clerk, at=NOW)
    actions.place_item(c, 1, by=clerk, at=NOW)
    assert [i.title for i in meeting.agenda.all()] == ["票决", "听取报告", "审查预算"]
    assert [i.place for i in meeting.agenda.all()] == [1, 2, 3]
    actions.finish_item(a, by=clerk, at=NOW)
    with pytest.raises(ValidationError):
        actions.drop_item(a, by=clerk, at=NOW)
    actions.drop_item(b, by=clerk, at=NOW)
    assert AgendaItem.objects.count() == 2
    with pytest.raises(ValidationError):
        actions.add_items(meeting, ["长" * 201], by=clerk, at=NOW)


# --- who is entitled, who is here -------------------------------------------


def test_the_entitled_list_follows_the_register():
    meeting = make.meeting(deputies=0)
    clerk = make.clerk(meeting.body)
    with pytest.raises(ValidationError, match="没有在任代表"):
        actions.entitle(meeting, by=clerk, at=NOW)
    seats = make.seats(meeting.body, 3)
    make.seat(meeting.body, suspended=True)
    assert actions.entitle(meeting, by=clerk, at=NOW) == (3, 0)
    assert actions.entitle(meeting, by=clerk, at=NOW) == (0, 0)
    seats[0].ends, seats[0].end_reason = NOW.date(), "resigned"
    seats[0].save()
    make.seat(meeting.body)
    assert actions.entitle(meeting, by=clerk, at=NOW) == (1, 1)


def test_once_open_the_entitled_list_changes_only_with_a_reason():
    meeting = make.meeting(state="open")
    clerk = make.clerk(meeting.body)
    make.seat(meeting.body)
    with pytest.raises(ValidationError, match="理由"):
        actions.entitle(meeting, by=clerk, at=NOW)
    assert actions.entitle(meeting, by=clerk, at=NOW, why="补选代表到任").added == 1


def test_a_deputy_signs_in_alone_and_only_while_sign_in_is_open():
    meeting, clerk = hall()
    voter, other = meeting.voters.select_related("seat__person", "meeting__body")[:2]
    me = make.deputy_user(voter.seat)
    with pytest.raises(Refused, match="还没有开始"):
        actions.sign_in(voter, "self", by=me, at=NOW)
    actions.open_sign_in(meeting, by=clerk, at=NOW)
    voter.meeting = other.meeting = meeting
    with pytest.raises(Refused):
        actions.sign_in(other, "self", by=me, at=NOW)
    assert actions.sign_in(voter, "self", by=me, at=NOW)
    assert not actions.sign_in(voter, "self", by=me, at=NOW + timedelta(minutes=1))
    voter.refresh_from_db()
    assert (voter.attendance, voter.arrived_at, voter.how) == ("present", NOW, "self")
    with pytest.raises(Refused):
        actions.sign_in(other, "list", by=me, at=NOW)


def test_a_stale_copy_signs_nobody_in_twice():
    _meeting, clerk, voters = ready()
    twin = Voter.objects.select_related("meeting__body", "seat__person").get(pk=voters[0].pk)
    assert actions.sign_in(voters[0], "code", by=clerk, at=NOW)
    assert not actions.sign_in(twin, "list", by=clerk, at=NOW)
    assert Entry.objects.about(twin).count() == 1


def test_whoever_comes_when_the_meeting_has_begun_is_late_and_the_left_may_return():
    meeting, clerk, voters = ready()
    for voter in voters[:5]:
        actions.sign_in(voter, "list", by=clerk, at=NOW)
    actions.open_meeting(meeting, by=clerk, at=NOW)
    later = NOW + timedelta(minutes=20)
    actions.close_sign_in(meeting, by=clerk, at=later)
    last = Voter.objects.select_related("meeting__body", "seat__person").get(pk=voters[5].pk)
    actions.sign_in(last, "list", by=clerk, at=later)
    assert last.attendance == At.LATE
    actions.leave(last, by=clerk, at=later, why="身体不适")
    assert meeting.voters.numbers()["present"] == 5
    actions.sign_in(last, "list", by=clerk, at=later + timedelta(hours=1))
    assert (last.attendance, last.arrived_at) == (At.LATE, later)
    actions.undo_sign_in(last, by=clerk, at=later, why="认错了人")
    assert (last.attendance, last.arrived_at) == (At.EXPECTED, None)
    with pytest.raises(ValidationError, match="撤销"):
        actions.undo_sign_in(voters[0], by=clerk, at=later, why=" ")


def test_leave_is_granted_with_a_reason_before_somebody_is_here():
    _meeting, clerk, voters = ready()
    with pytest.raises(ValidationError):
        actions.grant_leave(voters[0], by=clerk, at=NOW, why="")
    actions.grant_leave(voters[0], by=clerk, at=NOW, why="住院")
    assert voters[0].attendance == At.ON_LEAVE
    actions.sign_in(voters[1], "list", by=clerk, at=NOW)
    with pytest.raises(MoveError):
        actions.grant_leave(voters[1], by=clerk, at=NOW, why="住院")


# --- papers -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "a.pdf", "empty"),
        (b"MZ\x90\x00" * 99, "a.pdf", "content"),
        (PDF[:12], "a.pdf", "damaged"),
        (PDF, "a.docx", "content"),
        (office()[:-30], "a.docx", "damaged"),
        (office("xlsx"), "a.docx", "content"),
        (office(macro=True), "a.docx", "content"),
        (b"\x89PNG\r\n\x1a\nxxxx", "a.png", "damaged"),
        (b"<script>", "a.html", "kind"),
        (b"a\0b", "a.txt", "content"),
        (PDF, "noname", "kind"),
    ],
)
def test_a_wrong_or_damaged_file_is_refused_by_its_content(data, name, code):
    meeting, clerk = hall()
    with pytest.raises(ValidationError) as refused:
        paper(meeting, clerk, data, name)
    assert refused.value.code == code
    assert not meeting.materials.exists()


def test_a_file_over_the_limit_is_refused(settings):
    settings.MAX_UPLOAD = 10
    meeting, clerk = hall()
    with pytest.raises(ValidationError) as refused:
        paper(meeting, clerk)
    assert refused.value.code == "size"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (PDF, "a.PDF"),
        (office(), "a.docx"),
        (office("xlsx"), "a.xlsx"),
        ("说明".encode("gb18030"), "a.txt"),
        (b"\xff\xd8\xff\xe0..\xff\xd9", "a.jpeg"),
        (b"\x89PNG\r\n\x1a\n..IEND....", "a.png"),
    ],
)
def test_a_right_file_is_kept_under_a_random_name(data, name):
    meeting, clerk = hall()
    kept = paper(meeting, clerk, data, name)
    assert kept.filename == name and len(kept.file.name) > len("materials/") + 32
    with Material.objects.get().file.open() as stored:
        assert stored.read() == data
    assert len(kept.sha256) == 64


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/预算.pdf", "预算.pdf"),
        ('C:\\x\\"预<算>.pdf', "预算.pdf"),
        ("a\r\nSet-Cookie: b.pdf", "aSet-Cookie b.pdf"),
        ("长" * 300 + ".pdf", "长" * 156 + ".pdf"),
    ],
)
def test_a_file_name_keeps_nothing_that_a_path_or_a_header_reads(given, kept):
    assert files.plain_name(given) == kept


def test_opening_a_paper_in_person_is_proof_and_the_first_proof_stays():
    meeting, clerk = hall()
    voter = meeting.voters.select_related("seat__person", "meeting__body").first()
    me = make.deputy_user(voter.seat)
    given = paper(meeting, clerk)
    assert actions.deliver(given, voter, by=me, at=NOW)
    assert not actions.deliver(given, voter, by=me, at=NOW + timedelta(hours=1))
    with pytest.raises(Refused):
        actions.deliver(given, voter, by=clerk, at=NOW)
    with pytest.raises(Refused):
        actions.deliver_on_paper(given, [voter], by=me, at=NOW)
    assert actions.deliver_on_paper(given, meeting.voters.all(), by=clerk, at=NOW) == 5
    proof = Delivery.objects.get(voter=voter)
    assert (proof.how, proof.at, proof.by) == ("screen", NOW, me)


def test_a_paper_is_read_by_the_entitled_of_its_body_until_it_is_withdrawn():
    meeting, clerk = hall()
    me = make.deputy_user(meeting.voters.first().seat)
    stranger = make.deputy_user(make.meeting(state="called").voters.first().seat)
    given = paper(meeting, clerk)
    assert may_read_material(me, given, NOW) and not may_read_material(stranger, given, NOW)
    assert may_see(me, meeting, NOW) and not may_see(stranger, meeting, NOW)
    with pytest.raises(ValidationError):
        actions.withdraw_material(given, by=clerk, at=NOW, why="")
    actions.withdraw_material(given, by=clerk, at=NOW, why="版本有误")
    assert not may_read_material(me, given, NOW) and may_read_material(clerk, given, NOW)


def test_before_the_notice_the_entitled_see_nothing():
    meeting = make.meeting()
    me = make.deputy_user(meeting.voters.first().seat)
    assert not may_see(me, meeting, NOW)
    meeting.state = "called"
    assert may_see(me, meeting, NOW)


# --- the screen, the rehearsal ----------------------------------------------


def test_a_scene_of_the_vote_is_chosen_only_after_the_vote_pushed_it():
    meeting, clerk = hall()
    with pytest.raises(ValidationError, match="还没有内容"):
        actions.choose_scene(meeting, "result", by=clerk, at=NOW)
    actions.show(meeting, "result", {"title": "票决"}, by=clerk, at=NOW, take=False)
    assert meeting.screen.scene == "welcome"
    actions.choose_scene(meeting, "result", by=clerk, at=NOW)
    screen = Screen.objects.get(meeting=meeting)
    assert (screen.scene, screen.data["result"]) == ("result", {"title": "票决"})
    with pytest.raises(ValidationError):
        actions.show(meeting, "partial", {}, by=clerk, at=NOW)
    with pytest.raises(Refused):
        actions.choose_scene(meeting, "blank", by=make.clerk(make.body()), at=NOW)


def test_every_sign_in_makes_the_screens_draw_again():
    meeting, clerk, voters = ready()
    actions.choose_scene(meeting, "sign_in", by=clerk, at=NOW)
    before = Screen.objects.get(meeting=meeting).version
    actions.sign_in(voters[0], "list", by=clerk, at=NOW)
    assert Screen.objects.get(meeting=meeting).version > before


def test_a_rehearsal_copies_agenda_and_voters_and_is_wiped_without_a_trace_in_the_real_one(
    django_capture_on_commit_callbacks,
):
    meeting, clerk, voters = ready()
    actions.add_items(meeting, ["票决"], by=clerk, at=NOW)
    actions.sign_in(voters[0], "list", by=clerk, at=NOW)
    paper(meeting, clerk)
    copy = actions.copy_as_rehearsal(meeting, by=clerk, at=NOW)
    assert copy.stamp == "演练" and copy.agenda.count() == 1 and not copy.materials.exists()
    assert copy.voters.numbers()["present"] == 0 and copy.voters.count() == 6
    with pytest.raises(ValidationError, match="正式会议"):
        actions.wipe_rehearsal(meeting, by=clerk, at=NOW)
    with pytest.raises(Refused):
        actions.wipe_rehearsal(copy, by=make.chair(meeting.body), at=NOW)
    practice = paper(copy, clerk).file
    with django_capture_on_commit_callbacks(execute=True):
        actions.wipe_rehearsal(copy, by=clerk, at=NOW)
    assert not practice.storage.exists(practice.name)
    assert list(Meeting.objects.all()) == [meeting] and meeting.voters.count() == 6


def test_delegations_stand_by_their_number_and_persons_by_strokes():
    meeting = make.meeting(deputies=0)
    for name, delegation in (
        ("王一", "第十一代表团"),
        ("丁一", "第三代表团"),
        ("魏一", "第二代表团"),
        ("丁二", "第二代表团"),
    ):
        seat = make.seat(meeting.body, make.person(name), delegation=delegation)
        Voter.objects.create(meeting=meeting, seat=seat)
    assert [str(v) for v in meeting.voters.in_order()] == ["丁二", "魏一", "丁一", "王一"]
    assert [g["entitled"] for g in meeting.voters.delegations()] == [2, 1, 1]


@pytest.mark.parametrize(
    ("body", "title", "whole"),
    [
        ("枫溪镇人民代表大会", "第十七届人民代表大会第五次会议", "枫溪镇第十七届人民代表大会第五次会议"),
        (
            "枫溪镇人民代表大会",
            "枫溪镇第十七届人民代表大会第五次会议",
            "枫溪镇第十七届人民代表大会第五次会议",
        ),
        ("县人大常委会", "第三十次会议", "县人大常委会第三十次会议"),
        ("县人大常委会", "县人大常委会第三十次会议", "县人大常委会第三十次会议"),
    ],
)
def test_a_body_is_not_named_twice_in_the_title_of_its_meeting(body, title, whole):
    assert words.whole_title(make.meeting(make.body(name=body), title=title)) == whole


def test_a_rehearsal_with_polls_is_not_wiped_before_they_are():
    meeting, clerk = hall()
    copy = actions.copy_as_rehearsal(meeting, by=clerk, at=NOW)
    poll = make.poll(copy)
    with pytest.raises(ValidationError, match="表决事项"):
        actions.wipe_rehearsal(copy, by=clerk, at=NOW)
    poll.options.all().delete()
    poll.delete()
    actions.wipe_rehearsal(Meeting.objects.get(pk=copy.pk), by=clerk, at=NOW)
    assert not Meeting.objects.filter(pk=copy.pk).exists()
