"""What people say, taken in once, whole and as plain text; lists by cell, photos as bare pictures."""

import io
import struct
import zlib

import pytest
import xlsxwriter
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from tests import make
from tests.faults.test_two_at_once import at_once
from tests.faults.town import let_go
from yishi.journal.models import Entry
from yishi.papers.tables import read_xlsx, write_xlsx
from yishi.people.models import Body
from yishi.projects import photos
from yishi.projects.actions import lists
from yishi.projects.actions import proposals as do
from yishi.projects.models import Call, Contact, Proposal, Topic
from yishi.projects.rules.calls import may_hand_in, sources
from yishi.projects.similar import public, similar
from yishi.projects.words.calls import COLUMNS, blank_sheet, place_name
from yishi.web.access import Refused

pytestmark = pytest.mark.django_db

NOW = make.NOW
SAID = {"source": "resident", "what": "老小区加装电梯", "where": "枫溪村", "at": NOW}


@pytest.fixture
def county():
    return make.body(Body.Kind.COUNTY_CONGRESS, "永嘉县人民代表大会")


@pytest.fixture
def town(county):
    return make.body(Body.Kind.TOWN_CONGRESS, "枫溪镇人民代表大会", county, short_name="枫溪镇人大")


@pytest.fixture
def call(county, town):
    return make.call(county)


def test_a_proposal_has_a_receipt_a_topic_of_its_own_and_an_entry_without_a_name(call, town):
    made = do.propose(call, **SAID, why="有老人", place=town, name="林阿婆", phone="138 0000 0001", people=3)
    assert (made.topic.title, made.topic.posts, made.topic.people) == ("老小区加装电梯", 1, 3)
    assert made.contact.phone == "138 0000 0001" and len(made.receipt) == 14
    entry = Entry.objects.get(verb="projects.proposed")
    assert "林" not in str(entry.data) and "138" not in str(entry.data)


@pytest.mark.parametrize("change", [{"state": "draft"}, {"state": "withdrawn"}, {"closes_on": NOW.date()}])
def test_residents_speak_only_while_the_call_is_open(call, change):
    from datetime import timedelta

    Call.objects.filter(pk=call.pk).update(**change)
    with pytest.raises(Refused):
        do.propose(call, **{**SAID, "at": NOW + timedelta(days=1)})
    assert not Proposal.objects.exists()


def test_the_same_text_of_the_same_voice_is_one_proposal(call):
    one = do.propose(call, **SAID, phone="13800000001")
    assert do.propose(call, **SAID, phone="138-0000-0001") == one
    assert do.propose(call, **SAID, phone="13800000002") != one
    assert do.propose(call, **{**SAID, "what": "修路"}, phone="13800000001").voice == one.voice
    near = do.propose(call, **SAID, voice_of="address:1.2.3.4")
    assert do.propose(call, **SAID, voice_of="address:1.2.3.4") == near
    assert do.propose(call, **SAID, voice_of="address:1.2.3.5") != near
    assert Contact.objects.count() == 3


def test_one_person_in_two_calls_is_two_voices(call):
    other = make.call(make.body())
    one, two = (do.propose(c, **SAID, phone="13800000001") for c in (call, other))
    assert one.voice != two.voice


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("what", {"what": "长" * 81}),
        ("what", {"what": " \u200b\x00 "}),
        ("where", {"where": ""}),
        ("why", {"why": "长" * 20_000}),
        ("name", {"name": "长" * 41}),
        ("people", {"people": 0}),
    ],
)
def test_what_is_wrong_is_said_at_its_field(call, field, typed):
    with pytest.raises(ValidationError) as told:
        do.propose(call, **{**SAID, **typed})
    assert list(told.value.message_dict) == [field]


def test_text_is_tidied_and_otherwise_left_as_it_was_written(call):
    made = do.propose(
        call,
        **{**SAID, "what": " 在𠮷㙍修\u3000公园🏞️\x07\u202e ", "where": "<b>村口</b>"},
        why="一\r\n\r\n\r\n\r\n二\x00",
    )
    assert made.what == "在𠮷㙍修 公园🏞️" and made.where == "<b>村口</b>" and made.why == "一\n\n二"


def test_a_town_of_another_county_is_no_place_of_the_call(call):
    with pytest.raises(ValidationError, match="列表"):
        do.propose(call, **SAID, place=make.body())


# --- for whom one may hand in ------------------------------------------------


def test_deputies_hand_in_above_and_below_and_clerks_for_their_station(county, town, call):
    deputy = make.deputy_user(make.seat(town))
    of_department = make.clerk(make.body(Body.Kind.DEPARTMENT, "交通局", county))
    own = make.clerk(county)
    assert sources(deputy, call, NOW) == ["deputy"]
    assert sources(of_department, call, NOW) == ["station", "department"]
    assert sources(own, call, NOW) == ["in_person", "deputy", "station", "department"]
    made = do.propose(call, **{**SAID, "source": "deputy"}, by=deputy)
    assert do.propose(call, **{**SAID, "source": "deputy"}, by=deputy) == made
    with pytest.raises(Refused):
        do.propose(call, **{**SAID, "source": "in_person"}, by=deputy)
    with pytest.raises(Refused):
        do.propose(call, **{**SAID, "source": "deputy"}, by=of_department)


def test_strangers_and_those_whose_seat_ended_hand_in_nothing(county, call):
    from datetime import date

    ended = make.deputy_user(make.seat(county, ends=date(2025, 1, 1), end_reason="resigned"))
    for user in (make.user(), make.clerk(make.body()), make.deputy_user(make.seat()), ended):
        assert not may_hand_in(user, call, NOW)
        with pytest.raises(Refused):
            do.propose(call, **{**SAID, "source": "deputy"}, by=user)


def test_paper_is_entered_after_the_last_day_and_never_after_the_day_of_erasure(county, town, call):
    from datetime import timedelta

    clerk, deputy = make.clerk(county), make.deputy_user(make.seat(town))
    Call.objects.filter(pk=call.pk).update(closes_on=NOW.date(), erase_on=NOW.date() + timedelta(days=9))
    later, too_late = NOW + timedelta(days=5), NOW + timedelta(days=9)
    do.propose(call, **{**SAID, "source": "in_person", "at": later}, by=clerk)
    with pytest.raises(Refused):
        do.propose(call, **{**SAID, "source": "deputy", "at": later}, by=deputy)
    with pytest.raises(Refused):
        do.propose(call, **{**SAID, "source": "in_person", "at": too_late}, by=clerk)


def test_two_who_came_in_person_are_two_and_a_button_pressed_twice_is_one(county, call):
    clerk = make.clerk(county)
    typed = {**SAID, "source": "in_person", "by": clerk}
    one = do.propose(call, **typed, name="林阿婆")
    assert do.propose(call, **typed, name="林阿婆") == one
    assert do.propose(call, **typed, name="陈阿公") != one
    assert do.propose(call, **typed) == do.propose(call, **typed)


# --- photos ------------------------------------------------------------------


def picture(size=(60, 40), kind="JPEG", mode="RGB", **also):
    out = io.BytesIO()
    Image.new(mode, size, "red" if mode == "RGB" else None).save(out, kind, **also)
    return out.getvalue()


def upload(data, name="照片.jpg"):
    return ContentFile(data, name=name)


def with_gps(**also):
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    exif[0x0112] = 6  # lies on its side
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (28.0, 9.0, 13.0)
    return picture(exif=exif, comment=b"secret comment", **also)


def test_a_photo_loses_place_camera_and_comment_and_stands_upright(call):
    before = Image.open(io.BytesIO(with_gps()))
    assert before.getexif().get_ifd(0x8825)
    made = do.propose(call, **SAID, photo=upload(with_gps(size=(4000, 2000))))
    with made.photo.open() as file:
        kept = file.read()
    image = Image.open(io.BytesIO(kept))
    assert image.format == "JPEG" and image.size == (800, 1600)
    assert not image.getexif() and "comment" not in image.info
    assert b"Secret" not in kept and b"secret" not in kept and b"Exif" not in kept
    assert "照片" not in made.photo.name


def test_a_telephone_s_fifty_megapixels_are_taken():
    kept = photos.stripped(upload(picture((8160, 6120)))).read()
    assert Image.open(io.BytesIO(kept)).size == (1600, 1200)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_other_pictures_become_jpeg_whatever_their_name(kind):
    kept = photos.stripped(upload(picture(kind=kind, mode="RGBA"), "a.pdf")).read()
    assert Image.open(io.BytesIO(kept)).format == "JPEG"


def bomb():
    """A PNG of a few bytes that says it is 30000 pixels square."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 100)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "不是照片"),
        (b"%PDF-1.7 hello", "不是照片"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "不是照片"),
        (picture()[:-300], "损坏"),
        (picture((6000, 4000), kind="PNG"), "2000万像素"),
        (picture((10_000, 8_010)), "8000万像素"),
        (bomb(), "2000万像素"),
        (b"\xff\xd8\xff" + b"0" * (10 * 1024 * 1024 + 1), "10MB"),
    ],
    ids=["empty", "pdf", "svg", "cut off", "24 megapixels", "80 megapixels", "bomb", "large"],
)
def test_what_is_no_photo_or_too_large_is_refused_at_its_field(call, data, words):
    with pytest.raises(ValidationError) as told:
        do.propose(call, **SAID, photo=upload(data or b" "))
    assert words in told.value.message_dict["photo"][0]
    assert not Proposal.objects.exists() and not Topic.objects.exists()


# --- lists -------------------------------------------------------------------

HEADER = [column.title for column in COLUMNS]
LINE = ["群众当面提出", "修桥", "枫溪村", "雨天过不去", "枫溪镇", 12, "林阿婆", "13800000001"]


def xlsx(*rows, header=HEADER):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        page = book.add_worksheet()
        for y, row in enumerate([header, *rows]):
            page.write_row(y, 0, row)
    return out.getvalue()


def test_a_list_is_taken_in_once_however_often_it_is_sent(county, town, call):
    clerk = make.clerk(county)
    read = lists.check_list(call, xlsx(LINE, [*LINE[:1], "装灯", *LINE[2:]]))
    assert read.errors == []
    assert do.take_in(call, read.rows, by=clerk, at=NOW) == do.Taken(2, 0)
    assert do.take_in(call, read.rows, by=clerk, at=NOW) == do.Taken(0, 2)
    made = Proposal.objects.select_related("topic", "contact", "place").get(what="修桥")
    assert (made.people, made.topic.people, made.place, made.contact.name) == (12, 12, town, "林阿婆")
    assert made.source == "in_person" and made.receipt
    one = do.propose(call, **{**SAID, "source": "in_person", "what": "修桥"}, why="雨天过不去",
                     phone="13800000001", by=clerk)  # fmt: skip
    assert one == made


def test_only_the_clerk_of_the_call_takes_a_list_in(county, town, call):
    rows = lists.check_list(call, xlsx(LINE)).rows
    for user in (make.chair(county), make.clerk(town), make.clerk(make.body())):
        with pytest.raises(Refused):
            do.take_in(call, rows, by=user, at=NOW)


def test_what_is_wrong_in_a_list_is_said_by_its_cell(call):
    bad = [
        ["路人", *LINE[1:]],
        [LINE[0], "", *LINE[2:]],
        [LINE[0], "长" * 81, *LINE[2:]],
        [*LINE[:4], "别的镇", *LINE[5:]],
        [*LINE[:5], 0, *LINE[6:]],
        [*LINE[:5], "许多", *LINE[6:]],
    ]
    read = lists.check_list(call, xlsx(*bad))
    assert {cell.place for cell in read.errors} == {"A2", "B3", "B4", "E5", "F6", "F7"}
    assert not read.is_good


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04broken", b"\x00" * 2000, b"%PDF-1.7"])
def test_what_is_no_table_is_refused_and_breaks_nothing(call, data):
    assert lists.check_list(call, data).errors


def test_pasted_lines_need_no_header_and_errors_name_the_line_as_pasted(call):
    with_tabs = "\n".join("\t".join(map(str, line)) for line in (LINE, LINE[:3]))
    read = lists.check_pasted(call, with_tabs)
    assert [row["what"] for row in read.rows] == ["修桥", "修桥"] and not read.errors
    assert lists.check_pasted(call, "来源,希望办什么事,在什么地方\n代表联络站,装灯,村口").is_good
    bad = lists.check_pasted(call, "代表联络站,装灯,村口\n谁,装灯,村口")
    assert [cell.place for cell in bad.errors] == ["A2"]
    assert lists.check_pasted(call, "   ").errors and lists.check_pasted(call, '"').errors


def test_the_template_is_read_by_its_own_columns(call, town):
    read = read_xlsx(write_xlsx([blank_sheet(call)]), COLUMNS)
    assert [cell.message_zh for cell in read.errors] == ["表里没有数据行。"]
    assert place_name(town) == "枫溪镇"


@pytest.mark.parametrize(
    ("name", "short", "place"),
    [
        ("瓯北街道人大工作委员会", "瓯北街道工委", "瓯北街道"),
        ("鹿城区人大常委会五马街道工作委员会", "五马街道人大工委", "五马街道"),
        ("桥头镇", "桥头镇人大", "桥头镇"),
        ("县教育局", "教育局", "教育局"),
        ("人大", "人大", "人大"),
    ],
)
def test_a_place_is_called_by_its_own_name_and_not_by_that_of_its_organ(name, short, place):
    assert place_name(Body(name=name, short_name=short)) == place
    assert place_name(None) == ""


def test_pages_of_the_list_show_errors_first_and_take_in_only_what_was_shown(county, call):
    client = make.client(make.clerk(county))
    address = f"/projects/calls/{call.pk}/import/"
    bad = SimpleUploadedFile("a.xlsx", xlsx([LINE[0], "", *LINE[2:]]))
    page = client.post(address, {"file": bad}).text
    assert "B2" in page and "take-in" not in page
    assert "二者选一" in client.post(address, {"pasted": " "}).text
    shown = client.post(address, {"pasted": "\t".join(map(str, LINE))})
    assert "可以导入 1 行" in shown.text and not Proposal.objects.exists()
    sealed = shown.context["sealed"]
    client.post(f"{address}take-in/", {"rows": sealed + "x"})
    assert not Proposal.objects.exists()
    answer = client.post(f"{address}take-in/", {"rows": sealed}, follow=True)
    assert "已导入1条" in answer.text and Proposal.objects.count() == 1
    assert "没有重复登记" in client.post(f"{address}take-in/", {"rows": sealed}, follow=True).text
    assert Proposal.objects.count() == 1


def test_out_goes_text_as_text_and_contacts_only_to_the_clerk(county, call):
    make.proposal(call, '=HYPERLINK("http://x")', name="林阿婆", phone="13800000001")
    for user, reads in ((make.clerk(county), True), (make.chair(county), False)):
        data = make.client(user).get(f"/projects/calls/{call.pk}/proposals.xlsx").content
        rows = read_xlsx(data, COLUMNS[1:]).rows
        assert rows[0].values["what"] == '=HYPERLINK("http://x")'
        assert (rows[0].values["name"] == "林阿婆") is reads


# --- pages of deputies and clerks --------------------------------------------


def test_a_deputy_hands_in_signed_in_and_reads_the_receipt(county, town, call):
    deputy = make.deputy_user(make.seat(town))
    client = make.client(deputy)
    assert "以代表" in client.get(f"/calls/{call.pk}/").text
    typed = {"source": "deputy", "what": "修路", "where": "村口", "people": 1}
    answer = client.post(f"/projects/calls/{call.pk}/hand-in/", typed)
    made = Proposal.objects.get()
    assert answer.url == f"/receipts/{made.receipt}/" and made.by == deputy
    assert "选择" in client.post(f"/projects/calls/{call.pk}/hand-in/", {**typed, "source": "station"}).text
    assert Proposal.objects.count() == 1


def test_the_list_is_found_by_source_state_and_words(county, call):
    make.proposal(call, "修路", source="station")
    said = make.proposal(call, "装灯", why="夜里太黑")
    client = make.client(make.clerk(county))
    address = f"/projects/calls/{call.pk}/proposals/"
    for query, found, lost in (
        ("source=station", "修路", "装灯"),
        ("q=太黑", "装灯", "修路"),
        (f"q={said.receipt}", "装灯", "修路"),
    ):
        page = client.get(f"{address}?{query}").text
        assert found in page and lost not in page
    assert "没有符合" in client.get(f"{address}?state=declined").text


def test_a_photo_is_for_those_who_work_in_the_body(county, call):
    made = do.propose(call, **SAID, photo=upload(picture()))
    address = f"/projects/proposals/{made.pk}/photo/"
    answer = make.client(make.clerk(county)).get(address)
    assert answer["Content-Type"] == "image/jpeg" and "no-store" in answer["Cache-Control"]
    let_go(answer)
    assert make.client().get(address).status_code == 302
    assert make.client(make.deputy_user(make.seat(county))).get(address).status_code == 403
    bare = make.proposal(call, "没有照片")
    assert make.client(make.clerk(county)).get(f"/projects/proposals/{bare.pk}/photo/").status_code == 404


# --- what others said --------------------------------------------------------


def test_similar_is_found_while_new_ones_come_in_and_tells_no_phone(call):
    do.propose(call, **SAID, people=4, phone="13800000001")
    assert similar(call, "小区加装电梯", "枫溪村").people == 4
    do.propose(call, **{**SAID, "what": "老小区加装电梯，电话13800000001"}, voice_of="a")
    found = similar(call, "小区加装电梯", "枫溪村")
    assert found.people == 5 and "138" not in "".join(found.titles)
    lead, other = Topic.objects.order_by("pk")
    Topic.objects.filter(pk=other.pk).update(state="merged", merged_into=lead)
    assert similar(call, "小区加装电梯", "枫溪村").titles == ["老小区加装电梯"]
    assert similar(call, "", "").titles == []
    assert public("打0577-6722 1234找我") == "打……找我"


@pytest.mark.django_db(transaction=True)
def test_a_button_pressed_twice_at_once_makes_one_proposal(call):
    def press():
        return do.propose(call, **SAID, voice_of="address:1.2.3.4").receipt

    one, other = at_once(press, press)
    assert one == other and Proposal.objects.count() == 1 and Topic.objects.count() == 1
