"""The pages of a meeting: who enters, what they say, what they refuse."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from docx import Document as Word

from tests import make
from tests.make import NOW
from yishi.meetings import actions, words
from yishi.meetings.models import Delivery, Meeting, Screen, Voter
from yishi.papers import tables

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\nhello\n%%EOF\n"
CLERKS = [
    "meeting",
    "meeting_change",
    "agenda",
    "entitled",
    "materials",
    "attendance",
    "attendance_numbers",
    "scan",
    "wall",
    "wall_qr",
    "attendance_xlsx",
    "delivery_xlsx",
    "sign_in_cards",
    "screen_control",
    "screen",
    "screen_picture",
]
DEPUTIES = ["meeting", "sign_in", "my_qr"]


def url(name, *args):
    return reverse(name, args=args)


@pytest.fixture
def hall():
    """A called meeting with sign-in open, agenda and a paper: (meeting, clerk, paper)."""
    meeting = make.meeting(state=Meeting.State.CALLED)
    clerk = make.clerk(meeting.body)
    actions.add_items(meeting, ["<script>alert(1)</script>", "票决"], by=clerk, at=NOW)
    paper = actions.add_material(meeting, ContentFile(PDF, name="草案.pdf"), by=clerk, at=NOW)
    actions.open_sign_in(meeting, by=clerk, at=NOW)
    actions.show(meeting, "welcome", by=clerk, at=NOW)
    return meeting, clerk, paper


def queries(client, address):
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


@pytest.mark.parametrize("name", CLERKS)
def test_the_clerk_enters_and_a_deputy_or_the_clerk_of_another_town_does_not(hall, name):
    meeting, clerk, _paper = hall
    assert make.client(clerk).get(url(name, meeting.pk)).status_code == 200
    assert make.client(make.clerk(make.body())).get(url(name, meeting.pk)).status_code == 403
    if name not in DEPUTIES:
        me = make.deputy_user(meeting.voters.first().seat)
        assert make.client(me).get(url(name, meeting.pk)).status_code == 403
    stranger = make.client().get(url(name, meeting.pk))
    assert stranger.status_code == (404 if name == "screen_picture" else 302)


@pytest.mark.parametrize("name", DEPUTIES)
def test_an_entitled_deputy_enters_and_one_of_another_town_does_not(hall, name):
    meeting, _clerk, _paper = hall
    me = make.deputy_user(meeting.voters.first().seat)
    other = make.deputy_user(make.meeting(state="called").voters.first().seat)
    assert make.client(me).get(url(name, meeting.pk)).status_code == 200
    assert make.client(other).get(url(name, meeting.pk)).status_code == 403


def test_script_in_a_title_is_only_text(hall):
    meeting, clerk, _paper = hall
    Meeting.objects.filter(pk=meeting.pk).update(title="<script>x</script>")
    actions.choose_scene(meeting, "agenda", by=clerk, at=NOW)
    for name in ("meeting", "agenda", "screen", "meetings"):
        page = make.client(clerk).get(url(name, *([meeting.pk] if name != "meetings" else [])))
        assert b"<script>alert" not in page.content and b"<script>x" not in page.content


def test_a_meeting_goes_from_the_plan_to_its_end_by_the_pages():
    town = make.body()
    make.seats(town, 3)
    clerk = make.clerk(town)
    browser = make.client(clerk)
    first = browser.get(url("meeting_new", town.pk))
    assert first.context["form"].initial["quorum"] == "congress"
    made = browser.post(
        url("meeting_new", town.pk),
        {"title": "第五次会议", "starts_at": "2020-01-20T09:00", "place": "会堂", "quorum": "congress"},
    )
    meeting = Meeting.objects.get()
    assert made.url == url("meeting", meeting.pk)
    Meeting.objects.update(starts_at=NOW)
    step = url("meeting_step", meeting.pk)
    assert "安排议程" in browser.get(made.url).content.decode()
    browser.post(url("agenda", meeting.pk), {"titles": "听取报告\n票决"})
    assert "生成应到名单" in browser.get(made.url).content.decode()
    browser.post(url("entitled", meeting.pk))
    assert meeting.voters.count() == 3
    file = SimpleUploadedFile("草案.pdf", PDF)
    browser.post(url("materials", meeting.pk), {"file": file})
    assert "发出通知" in browser.get(made.url).content.decode()
    late = browser.post(step, {"verb": "call"})
    assert late.status_code == 422 and "仍要发出的" in late.content.decode()
    browser.post(step, {"verb": "call", "why": "提前准备"})
    browser.post(step, {"verb": "open_sign_in"})
    none = browser.post(step, {"verb": "open_meeting"})
    assert none.status_code == 422 and "不能开会" in none.content.decode()
    for voter in meeting.voters.all():
        browser.post(url("attendance", meeting.pk), {"voter": voter.pk})
    assert "可以开会" in browser.get(url("attendance_numbers", meeting.pk)).content.decode()
    browser.post(step, {"verb": "open_meeting"})
    browser.post(step, {"verb": "close_meeting"})
    meeting.refresh_from_db()
    assert meeting.state == "closed"


def test_a_stale_form_keeps_what_was_typed_and_can_be_saved_again(hall):
    meeting, clerk, _paper = hall
    browser = make.client(clerk)
    typed = {
        "title": "我的标题",
        "starts_at": "2026-01-20T09:00",
        "place": "",
        "quorum": "congress",
        "revision": 0,
    }
    actions.change(meeting, title="别人的标题", by=clerk, at=NOW)
    page = browser.post(url("meeting_change", meeting.pk), typed)
    assert "另一位" in page.content.decode() and 'value="我的标题"' in page.content.decode()
    assert browser.post(url("meeting_change", meeting.pk), {**typed, "revision": 1}).status_code == 302


# --- the door ---------------------------------------------------------------


def test_the_list_is_searched_by_name_and_initials():
    meeting = make.meeting(deputies=0)
    for name in ("王小明", "单文", "吴国强"):
        Voter.objects.create(meeting=meeting, seat=make.seat(meeting.body, make.person(name)))
    browser = make.client(make.clerk(meeting.body))

    def found(asked):
        page = browser.get(url("attendance", meeting.pk), {"q": asked})
        return [str(v) for v in page.context["page"]]

    assert found("wxm") == ["王小明"] and found("sw") == ["单文"] and found("国") == ["吴国强"]
    assert set(found("w")) == {"王小明", "吴国强"} and found("q") == []


def test_a_scanned_code_signs_in_once_and_a_foreign_or_unknown_one_is_refused(hall):
    meeting, clerk, _paper = hall
    browser, voter = make.client(clerk), meeting.voters.first()
    other = make.meeting(meeting.body).voters.first()

    def scan(code):
        return browser.post(url("scan", meeting.pk), {"code": code}).context["answer"]["kind"]

    assert scan(f" http://127.0.0.1:8000/s/{voter.code}/ ") == "ok"
    assert scan(voter.code) == "warn"
    assert scan(other.code) == scan("nonsense") == "bad"
    assert [v.attendance for v in (*meeting.voters.present(), other)] == ["present", "expected"]


def test_an_own_code_leads_the_deputy_to_sign_in_the_clerk_to_a_button_and_others_nowhere(hall):
    meeting, clerk, _paper = hall
    mine, other = meeting.voters.all()[:2]
    me = make.deputy_user(mine.seat)
    assert make.client(me).get(url("code_use", mine.code)).url == url("sign_in", meeting.pk)
    assert make.client(me).get(url("code_use", other.code)).status_code == 403
    assert mine.code in make.client(clerk).get(url("code_use", mine.code)).content.decode()
    assert make.client().get(url("code_use", mine.code)).status_code == 302


def test_a_deputy_presses_one_button_and_reads_that_it_is_done(hall):
    meeting, clerk, _paper = hall
    browser = make.client(make.deputy_user(meeting.voters.first().seat))
    address = url("sign_in", meeting.pk)
    for _twice in range(2):
        page = browser.post(address, follow=True)
        assert "签到已完成" in page.content.decode()
    actions.close_sign_in(meeting, by=clerk, at=NOW)
    late = make.client(make.deputy_user(meeting.voters.last().seat))
    assert "签到已经结束" in late.post(address, follow=True).content.decode()
    assert meeting.voters.present().count() == 1


def test_leave_needs_its_reason_at_the_field(hall):
    meeting, clerk, _paper = hall
    browser, voter = make.client(clerk), meeting.voters.first()
    page = browser.post(url("voter", voter.pk), {"verb": "grant_leave", "why": ""})
    assert page.context["form"].errors["why"]
    browser.post(url("voter", voter.pk), {"verb": "grant_leave", "why": "住院"})
    voter.refresh_from_db()
    assert (voter.attendance, voter.note) == ("on_leave", "住院")
    assert make.client(make.clerk(make.body())).get(url("voter", voter.pk)).status_code == 403


# --- papers -----------------------------------------------------------------


def test_a_paper_opened_by_a_deputy_is_delivered_and_served_safely(hall):
    meeting, clerk, paper = hall
    me = make.client(make.deputy_user(meeting.voters.first().seat))
    address = url("material_file", paper.pk)
    assert me.head(address).status_code == 405 and not Delivery.objects.exists()
    answer = me.get(address)
    assert b"".join(answer.streaming_content) == PDF
    assert answer["X-Content-Type-Options"] == "nosniff" and answer["Content-Type"] == "application/pdf"
    assert Delivery.objects.get().how == "screen"
    stranger = make.client(make.deputy_user(make.meeting(state="called").voters.first().seat))
    assert stranger.get(address).status_code == 403
    actions.withdraw_material(paper, by=clerk, at=NOW, why="有误")
    assert me.get(address).status_code == 403


def test_what_is_no_picture_or_pdf_is_offered_to_be_saved(hall):
    meeting, clerk, _paper = hall
    text = actions.add_material(meeting, ContentFile("甲".encode(), name='说"明.txt'), by=clerk, at=NOW)
    answer = make.client(clerk).get(url("material_file", text.pk))
    answer.close()
    assert answer["Content-Disposition"].startswith("attachment")


def test_a_wrong_upload_is_refused_at_the_field_and_a_huge_one_before_it_is_read(hall):
    meeting, clerk, _paper = hall
    browser = make.client(clerk)
    bad = SimpleUploadedFile("草案.pdf", b"MZ" * 50)
    page = browser.post(url("materials", meeting.pk), {"file": bad, "title": "我写的名称"})
    assert page.context["form"].errors["file"] and "我写的名称" in page.content.decode()
    huge = SimpleUploadedFile("草案.pdf", b"%PDF-" + b"0" * (50 * 1024 * 1024))
    assert browser.post(url("materials", meeting.pk), {"file": huge}).status_code == 413


def test_the_clerk_ticks_paper_copies_one_by_one_or_all(hall):
    meeting, clerk, paper = hall
    browser = make.client(clerk)
    browser.post(url("material", paper.pk), {"voter": meeting.voters.first().pk})
    assert browser.get(url("material", paper.pk)).context["have"] == 1
    browser.post(url("material", paper.pk) + "?only=waiting", {"all": "1"})
    assert browser.get(url("material", paper.pk)).context["waiting"] == 0
    browser.post(url("material", paper.pk), {"voter": "１²"})
    assert Delivery.objects.count() == 5


def test_exports_and_papers_come_out(hall):
    meeting, clerk, _paper = hall
    browser = make.client(clerk)
    read = tables.read_xlsx(
        browser.get(url("attendance_xlsx", meeting.pk)).content, words.attendance_sheet(meeting).columns
    )
    assert not read.errors and len(read.rows) == 5
    assert browser.get(url("delivery_xlsx", meeting.pk)).content[:2] == b"PK"
    assert browser.get(url("sign_in_cards", meeting.pk)).content[:5] == b"%PDF-"
    for name in ("notice", "attendance", "minutes"):
        assert browser.get(url("meeting_paper", meeting.pk, name, "pdf")).content[:5] == b"%PDF-"
        word = Word(BytesIO(browser.get(url("meeting_paper", meeting.pk, name, "docx")).content))
        assert any("第五次会议" in p.text for p in word.paragraphs)
    assert browser.get(url("meeting_paper", meeting.pk, "budget", "pdf")).status_code == 404
    assert browser.get(url("meeting_paper", meeting.pk, "notice", "exe")).status_code == 404


def test_the_attendance_list_stands_by_delegation_in_order_of_strokes():
    meeting = make.meeting(deputies=0)
    for name, delegation in (("魏一", "甲团"), ("丁一", "甲团"), ("王一", "乙团")):
        Voter.objects.create(
            meeting=meeting, seat=make.seat(meeting.body, make.person(name), delegation=delegation)
        )
    names = [row["姓名"] for row in words.attendance_sheet(meeting).rows]
    assert names.index("丁一") < names.index("魏一")
    assert "应到代表3名" in words.attendance_list(meeting).blocks[0].text


# --- the big screen ---------------------------------------------------------


def test_a_screen_opened_by_its_link_costs_one_query_while_nothing_changes(hall, django_assert_num_queries):
    meeting, clerk, _paper = hall
    screen, hallpc = Screen.objects.get(meeting=meeting), make.client()
    assert hallpc.get(url("screen", meeting.pk) + f"?key={screen.key}").status_code == 200
    address = url("screen_picture", meeting.pk) + f"?key={screen.key}"
    etag = hallpc.get(address)["ETag"]
    with django_assert_num_queries(1):
        assert hallpc.get(address, headers={"if-none-match": etag}).status_code == 304
    actions.choose_scene(meeting, "sign_in", by=clerk, at=NOW)
    changed = hallpc.get(address, headers={"if-none-match": etag})
    assert changed.status_code == 200 and "应到" in changed.content.decode()
    make.client(clerk).post(url("screen_link", meeting.pk))
    assert hallpc.get(address).status_code == 404


DATA = {
    "method": {"title": "票决办法", "points": ["无记名投票"]},
    "voting": {"title": "票决", "entitled": 51, "present": 49, "issued": None},
    "sealed": {"title": "票决", "entitled": 51, "present": 49, "issued": 49, "returned": 0},
    "counting": {"title": "票决", "rows": [{"title": "公园", "strokes": 7}], "counted": 9},
    "result": {
        "title": "票决",
        "sentence": "通过。",
        "figures": [{"label": "应到", "value": 51}],
        "rows": [
            {"place": 1, "title": "公园", "for": 40, "against": 5, "abstain": 4, "adopted": True},
            {"place": 2, "title": "食堂", "satisfied": 1, "basically": 2, "dissatisfied": 3},
        ],
    },
    "adopted": {"title": "票决", "rows": [{"place": 1, "title": "公园", "for": 40}]},
}


@pytest.mark.parametrize("scene", Screen.Scene.values)
def test_every_scene_is_drawn(hall, scene):
    meeting, clerk, _paper = hall
    actions.show(meeting, scene, DATA.get(scene), by=clerk, at=NOW)
    page = make.client(clerk).get(url("screen_picture", meeting.pk)).content.decode()
    assert f'data-state="{scene}"' in page and "None" not in page


def test_the_control_page_switches_the_scene_and_says_what_is_not_ready(hall):
    meeting, clerk, _paper = hall
    browser = make.client(clerk)
    browser.post(url("screen_control", meeting.pk), {"scene": "agenda"})
    assert Screen.objects.get(meeting=meeting).scene == "agenda"
    page = browser.post(url("screen_control", meeting.pk), {"scene": "result"}, follow=True)
    assert "还没有内容" in page.content.decode()


# --- lists ------------------------------------------------------------------


@pytest.mark.parametrize("name", ["attendance", "entitled", "material", "materials", "meeting"])
def test_a_page_asks_no_more_for_thirty_than_for_three(hall, name):
    meeting, clerk, paper = hall
    browser = make.client(clerk)
    address = url(name, paper.pk if name == "material" else meeting.pk)
    few = queries(browser, address)
    make.voters(meeting, 30)
    for n in range(5):
        actions.add_material(meeting, ContentFile(PDF, name=f"{n}.pdf"), by=clerk, at=NOW)
    actions.deliver_on_paper(paper, meeting.voters.all(), by=clerk, at=NOW)
    assert queries(browser, address) <= few


def test_the_lists_of_meetings_ask_no_more_for_many(hall):
    meeting, clerk, _paper = hall
    me = make.deputy_user(meeting.voters.first().seat)
    for who, name in ((clerk, "meetings"), (me, "my_meetings")):
        browser = make.client(who)
        few = queries(browser, url(name))
        for _n in range(10):
            more = make.meeting(meeting.body, deputies=0, state="called", term=meeting.term)
            Voter.objects.create(meeting=more, seat=me.person.seats.get())
        assert queries(browser, url(name)) <= few
    assert make.client(me).get(url("meetings")).url == url("my_meetings")


def test_a_meeting_without_papers_can_still_be_called_from_its_page():
    meeting = make.meeting(deputies=3, starts_at=NOW + timedelta(days=30))
    meeting.agenda.create(place=1, title="选举")
    browser = make.client(make.clerk(meeting.body))
    page = browser.get(f"/meetings/{meeting.pk}/").content.decode()
    assert "不附材料，发出会议通知" in page
    browser.post(f"/meetings/{meeting.pk}/step/", {"verb": "call", "why": "当场发材料"})
    meeting.refresh_from_db()
    assert meeting.state == "called"
