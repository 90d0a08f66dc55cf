"""The pages of candidates: the list, one sheet, its versions, the booklet, the map, Excel out and in."""

import io
import re
from datetime import date

import docx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import make
from yishi.papers.tables import Sheet, read_xlsx, write_xlsx
from yishi.people.models import Body
from yishi.projects.actions import candidates as do
from yishi.projects.models import SHEET, Call, Landmark, Project, Spot, Version
from yishi.projects.words.candidates import COLUMNS

pytestmark = pytest.mark.django_db

NOW = make.NOW
WHY = "用地没有落实，改在明年研究。"
TYPED = {
    "title": "老小区加装电梯",
    "content": "加装30台",
    "where": "枫溪村",
    "cost": "120.5",
    "funds": "县财政",
    "starts_on": "2026-03-01",
    "ends_on": "2026-11-30",
}


@pytest.fixture
def call():
    return make.call()


@pytest.fixture
def clerk(call):
    return make.clerk(call.body)


@pytest.fixture
def browser(clerk):
    return make.client(clerk)


def url(name, *args):
    return reverse(name, args=args)


def text(response, status=200):
    assert response.status_code == status
    return re.sub(r"<svg.*?</svg>", "", response.content.decode(), flags=re.S)


# --- the list ----------------------------------------------------------------


def test_the_list_says_what_is_missing_and_what_comes_next(call, browser):
    assert "还没有初定列入候选的事项" in text(browser.get(url("candidates", call.pk)))
    make.topic(call, state="shortlisted")
    assert "从初定事项里选" in text(browser.get(url("candidates", call.pk)))
    project = make.project(call, "甲", content="", funds="")
    shown = text(browser.get(url("candidates", call.pk)))
    assert "建设内容、资金来源" in shown and "把项目表填完整" in shown
    Project.objects.filter(pk=project.pk).update(content="修路", funds="县财政")
    assert "填拟选项目数" in text(browser.get(url("candidates", call.pk)))
    Call.objects.update(seats=4)
    shown = text(browser.get(url("candidates", call.pk)))
    assert "可以向群众公布" in shown and "少于拟选的4项" in shown
    Call.objects.update(candidates_at=NOW)
    assert "送到每位代表手里" in text(browser.get(url("candidates", call.pk)))


def test_a_shortlisted_topic_that_is_left_out_is_not_forgotten(call, browser):
    make.project(call)
    for name in ("candidates", "candidates_publish"):
        assert "提出人还在等" not in text(browser.get(url(name, call.pk)))
    make.topic(call, state="shortlisted")
    for name in ("candidates", "candidates_publish"):
        assert "还有1个初定列入候选的事项没有列为候选项目" in text(browser.get(url(name, call.pk)))


def test_a_withdrawn_candidate_stays_in_the_list_with_its_reason(call, browser):
    make.project(call, "甲", state="withdrawn", reason=WHY)
    assert WHY in text(browser.get(url("candidates", call.pk)))


@pytest.mark.parametrize("kind", ["town_congress", "county_congress"])
def test_the_list_asks_the_database_as_often_for_many_as_for_few(kind):
    body = make.body(kind)
    make.body(parent=body)
    call = make.call(body, seats=2)
    browser = make.client(make.clerk(body))

    def more(n):
        for _n in range(n):
            topic = make.topic(call, state="shortlisted", people=3)
            make.project(call, f"项目{topic.pk}", topic=topic, place=Body.objects.filter(parent=body).first())

    def asked():
        with CaptureQueriesContext(connection) as found:
            assert browser.get(url("candidates", call.pk)).status_code == 200
        return len(found)

    more(2)
    browser.get(url("candidates", call.pk))
    few = asked()
    more(30)
    assert asked() == few


def test_fifty_a_page(call, browser):
    for n in range(51):
        make.project(call, f"项目{n:03}")
    assert "项目050" not in text(browser.get(url("candidates", call.pk)))
    assert "项目050" in text(browser.get(url("candidates", call.pk) + "?page=2"))


def test_a_chair_reads_and_changes_nothing_and_a_stranger_reads_nothing(call):
    project = make.project(call)
    chair = make.client(make.chair(call.body))
    assert "政府提出一项" not in text(chair.get(url("candidates", call.pk)))
    assert "修改项目表</a>" not in text(chair.get(url("candidate", project.pk)))
    assert chair.get(url("candidate_change", project.pk)).status_code == 403
    assert make.client(make.clerk(make.body())).get(url("candidates", call.pk)).status_code == 403


def test_the_committees_clerk_reads_the_countys_candidates_and_records_the_review():
    county = make.body("county_congress")
    committee = make.body("standing_committee", parent=county)
    call = make.call(county)
    project = make.project(call)
    browser = make.client(make.clerk(committee))
    assert "登记常委会审议" in text(browser.get(url("candidates", call.pk)))
    typed = {"projects": [project.pk], "held_on": "2026-01-10", "text": "同意提请票决"}
    assert browser.post(url("candidates_review", call.pk), typed).status_code == 302
    assert Project.objects.get(pk=project.pk).review.text == "同意提请票决"
    assert "同意提请票决" in text(browser.get(url("candidates", call.pk)))
    assert browser.post(url("candidates_publish", call.pk)).status_code == 403


# --- put forward -------------------------------------------------------------


def test_ticked_topics_become_candidates_and_nothing_ticked_says_so(call, browser):
    topic = make.topic(call, "修桥", state="shortlisted", people=9)
    assert "至少勾选一个" in text(browser.post(url("candidates_pick", call.pk)))
    browser.post(url("candidates_pick", call.pk), {"topics": [topic.pk, "x"]})
    made = Project.objects.get()
    assert (made.title, made.topic, made.people) == ("修桥", topic, 9)
    assert "修桥" not in text(browser.get(url("candidates_pick", call.pk)))
    shown = text(browser.get(url("topic", topic.pk)))
    assert "已列为候选项目" in shown and "改变意见" not in shown
    assert url("topic", topic.pk) in text(browser.get(url("candidate", made.pk)))


def test_the_governments_own_proposal_is_typed_and_what_is_wrong_loses_nothing(call, browser):
    wrong = {**TYPED, "cost": "-5"}
    shown = text(browser.post(url("candidate_new", call.pk), wrong))
    assert "有 1 处需要改正" in shown and "加装30台" in shown and 'value="-5"' in shown
    browser.post(url("candidate_new", call.pk), TYPED)
    made = Project.objects.get()
    assert (made.cost, made.topic, made.ends_on) == (120_500_000, None, date(2026, 11, 30))


# --- one sheet ---------------------------------------------------------------


def test_a_change_is_a_new_version_and_both_stand_side_by_side(call, browser):
    project = make.project(call)
    address = url("candidate_change", project.pk)
    assert "120" in text(browser.get(address))
    browser.post(address, {**TYPED, "unit": project.unit_id, "why": "核定概算"})
    assert Version.objects.filter(project=project).count() == 2
    shown = text(browser.get(url("candidate_versions", project.pk)))
    assert "120万元" in shown and "120.5万元" in shown and "有改动" in shown and "相同" in shown
    assert "核定概算" in shown
    assert "第2稿" in text(browser.get(url("candidate", project.pk)))
    for odd in ("?old=9&new=x", "?new=1", "?old=2&new=1"):
        assert browser.get(url("candidate_versions", project.pk) + odd).status_code == 200


def test_a_public_sheet_asks_why_at_its_field(browser, clerk, call):
    project = make.project(make.call(call.body, year=2027, candidates_at=NOW))
    typed = {**TYPED, "unit": project.unit_id}
    assert "请写明修改的理由" in text(browser.post(url("candidate_change", project.pk), typed))


def test_a_candidate_is_taken_out_and_put_back(call, browser):
    project = make.project(call)
    assert "至少10个字" in text(browser.post(url("candidate_withdraw", project.pk), {"why": "不行"}))
    browser.post(url("candidate_withdraw", project.pk), {"why": WHY})
    shown = text(browser.get(url("candidate", project.pk)))
    assert WHY in shown and "重新列为候选" in shown
    browser.post(url("candidate_put_back", project.pk), {"why": "用地落实"})
    assert Project.objects.get().state == "candidate"


def test_numbers_and_places_are_typed(call, browser):
    one, two = make.project(call, "甲"), make.project(call, "乙")
    numbers = {f"number_{one.pk}": 2, f"number_{two.pk}": 2}
    assert "不能重复" in text(browser.post(url("candidates_order", call.pk), numbers))
    browser.post(url("candidates_order", call.pk), {**numbers, f"number_{two.pk}": 1})
    assert [p.title for p in call.projects.order_by("number")] == ["乙", "甲"]
    assert "差额不到20%" in text(browser.post(url("candidates_seats", call.pk), {"seats": 2}, follow=True))
    assert Call.objects.get(pk=call.pk).seats == 2


def test_publishing_says_what_is_missing_or_lets_residents_read(call, browser):
    project = make.project(call, funds="")
    assert "还缺资金来源" in text(browser.post(url("candidates_publish", call.pk)))
    Project.objects.filter(pk=project.pk).update(funds="县财政")
    assert browser.post(url("candidates_publish", call.pk)).status_code == 302
    assert Call.objects.get(pk=call.pk).candidates_at is not None


# --- the receipt -------------------------------------------------------------


def test_the_receipt_tells_what_became_of_it_once_the_candidates_are_public(call, clerk):
    said = make.proposal(call, "修桥")
    topic = said.topic
    type(topic).objects.filter(pk=topic.pk).update(state="shortlisted")
    topic.refresh_from_db()
    project = do.put_forward(call, topic=topic, title="修枫溪桥", by=clerk, at=NOW)
    anybody = make.client()
    assert "修枫溪桥" not in text(anybody.get(url("receipt_public", said.receipt)))
    Call.objects.update(candidates_at=NOW)
    shown = text(anybody.get(url("receipt_public", said.receipt)))
    assert "已列为候选项目第1号“修枫溪桥”" in shown
    assert url("project_public", project.pk) in shown
    Project.objects.update(state="withdrawn", reason=WHY)
    assert WHY in text(anybody.get(url("receipt_public", said.receipt)))


# --- the booklet -------------------------------------------------------------


def test_the_booklet_is_printed_and_written_in_the_language_of_the_page(call, browser):
    make.project(call, "修桥", unit=None, cost=None, starts_on=None)
    assert browser.get(url("booklet_pdf", call.pk)).content.startswith(b"%PDF")
    paper = docx.Document(io.BytesIO(browser.get(url("booklet_docx", call.pk)).content))
    assert any("修桥" in one.text for one in paper.paragraphs)


def test_the_booklet_is_put_among_the_papers_of_a_meeting(call, browser):
    make.project(call)
    assert "没有可送的会议" in text(browser.get(url("booklet_deliver", call.pk)))
    meeting = make.meeting(call.body)
    assert meeting.title in text(browser.get(url("booklet_deliver", call.pk)))
    browser.post(url("booklet_deliver", call.pk), {"meeting": meeting.pk})
    assert meeting.materials.get().title == "2026年民生实事候选项目"
    assert "没有改动" in text(browser.post(url("booklet_deliver", call.pk), {"meeting": meeting.pk}))


# --- the map -----------------------------------------------------------------


def test_the_clerk_types_where_towns_stand_and_half_a_point_is_refused():
    county = make.body("county_congress")
    town = make.body(parent=county, name="桥头镇人民代表大会")
    browser = make.client(make.clerk(county))
    address = url("body_map", county.pk)
    assert ">桥头镇<" in browser.get(address).content.decode()
    assert "要一起填" in text(browser.post(address, {f"x_{town.pk}": "5", f"y_{town.pk}": ""}))
    browser.post(address, {f"x_{town.pk}": "5", f"y_{town.pk}": "990"})
    assert Spot.objects.get(body=town).x == 5


def test_the_clerk_of_a_town_types_landmarks_and_an_empty_name_takes_one_away(call, browser):
    address = url("body_map", call.body_id)
    page = browser.get(address).content.decode()
    assert "<svg" in page and page.count('name="name_') == 20 and 'scope="row"' not in page
    school = {"name_3": " 镇小学 ", "x_mark_3": "5", "y_mark_3": "990", "x_mark_4": "7"}
    browser.post(address, school)
    assert list(call.body.landmarks.values_list("name", "x", "y")) == [("镇小学", 5, 990)]
    assert ">镇小学<" in browser.get(address).content.decode()
    browser.post(address, {"name_0": "", "x_mark_0": "5", "y_mark_0": "990"})
    assert not call.body.landmarks.exists()


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"name_0": "小学", "x_mark_0": "5"}, "写明地标在图上的位置"),
        ({"name_0": "小学", "x_mark_0": "5", "y_mark_0": "1001"}, "1000"),
        ({"name_0": "小" * 13, "x_mark_0": "5", "y_mark_0": "5"}, "12"),
        (
            {n: v for k in "01" for n, v in ((f"name_{k}", "小学"), (f"x_mark_{k}", 5), (f"y_mark_{k}", 5))},
            "不止一次",
        ),
    ],
)
def test_a_landmark_that_cannot_stand_is_refused_and_what_was_typed_is_kept(call, browser, typed, told):
    page = text(browser.post(url("body_map", call.body_id), typed))
    assert told in page and f'value="{typed["name_0"]}"' in page
    assert not call.body.landmarks.exists()


def test_without_towns_and_landmarks_no_map_is_drawn_and_the_clerk_is_told_that_landmarks_help(call, browser):
    project = make.project(call, x=5, y=5)
    asked = "填几个地标"
    assert "<svg" not in browser.get(url("candidate", project.pk)).content.decode()
    assert asked in text(browser.get(url("candidates", call.pk)))
    chair = make.client(make.chair(call.body)).get(url("candidates", call.pk)).content.decode()
    assert asked not in chair and "<svg" not in chair
    Landmark.objects.create(body=call.body, name="镇小学", x=9, y=9)
    page = browser.get(url("candidates", call.pk)).content.decode()
    assert asked not in page and ">镇小学<" in page


def test_the_map_costs_the_same_number_of_queries_whatever_stands_on_it(call, browser):
    project = make.project(call, x=5, y=5)
    Landmark.objects.create(body=call.body, name="镇小学", x=9, y=9)
    browser.get(url("candidate", project.pk))
    with CaptureQueriesContext(connection) as few:
        browser.get(url("candidate", project.pk))
    for n in range(12):
        Landmark.objects.create(body=call.body, name=f"村{n}", x=9, y=9)
    with CaptureQueriesContext(connection) as many:
        browser.get(url("candidate", project.pk))
    assert len(few) == len(many)


def test_a_page_holds_no_style_and_no_script_of_its_own(call, browser):
    project = make.project(call, x=5, y=5)
    Landmark.objects.create(body=call.body, name="镇小学", x=9, y=9)
    for address in (url("candidates", call.pk), url("candidate", project.pk)):
        page = browser.get(address).content.decode()
        assert "<svg" in page and " style=" not in page


# --- Excel -------------------------------------------------------------------


def excel(call, browser, **cells):
    """The exported table with the first row's cells changed by the title of their column."""
    sent = browser.get(url("candidates_file", call.pk)).content
    first, *others = [dict(row.values) for row in read_xlsx(sent, COLUMNS).rows]
    names = {column.title: column.name for column in COLUMNS}
    first |= {names[title]: value for title, value in cells.items()}
    return SimpleUploadedFile("表.xlsx", write_xlsx([Sheet("表", COLUMNS, [first, *others])]))


def sealed(page):
    return re.search(r'name="rows" value="([^"]+)"', page).group(1)


def test_the_table_that_goes_out_comes_in_and_changes_nothing(call, browser):
    make.project(call, cost=1_234_567_89)
    shown = text(browser.post(url("candidates_import", call.pk), {"file": excel(call, browser)}))
    done = text(browser.post(url("candidates_take_in", call.pk), {"rows": sealed(shown)}, follow=True))
    assert "新列候选项目0项，修改0项" in done
    assert Version.objects.count() == 1


def test_a_changed_row_changes_its_candidate_and_a_row_without_number_is_a_new_one(call, browser):
    project = make.project(call)
    before = {name: getattr(project, name) for name in SHEET}
    file = excel(call, browser, **{"投资（万元）": "0.000001"})
    shown = text(browser.post(url("candidates_import", call.pk), {"file": file}))
    browser.post(url("candidates_take_in", call.pk), {"rows": sealed(shown)})
    after = Project.objects.get()
    assert {name for name in SHEET if getattr(after, name) != before[name]} == {"cost"}
    file = excel(call, browser, 编号=None, 项目名称="新的")
    shown = text(browser.post(url("candidates_import", call.pk), {"file": file}))
    browser.post(url("candidates_take_in", call.pk), {"rows": sealed(shown)})
    assert [p.title for p in Project.objects.order_by("number")] == ["老小区加装电梯", "新的"]


@pytest.mark.parametrize(
    ("title", "value"),
    [("投资（万元）", "-1"), ("责任单位", "无此局"), ("编号", 7), ("乡镇街道", "无此镇"), ("地图从左", 2000)],
)
def test_what_a_table_cannot_say_is_named_by_its_cell_and_nothing_is_taken_in(call, browser, title, value):
    make.project(call)
    shown = text(
        browser.post(url("candidates_import", call.pk), {"file": excel(call, browser, **{title: value})})
    )
    letter = "ABCDEFGHIJKL"[[one.title for one in COLUMNS].index(title)]
    assert f"<strong>{letter}2</strong>" in shown and 'name="rows"' not in shown


def test_a_seal_of_another_call_takes_nothing_in(call, browser, clerk):
    make.project(call)
    shown = text(browser.post(url("candidates_import", call.pk), {"file": excel(call, browser)}))
    other = make.call(call.body, year=2027)
    browser.post(url("candidates_take_in", other.pk), {"rows": sealed(shown)})
    assert not other.projects.exists()


def test_the_exported_table_is_read_by_its_own_columns(call, browser):
    make.project(call)
    read = read_xlsx(browser.get(url("candidates_file", call.pk)).content, COLUMNS)
    assert not read.errors and read.rows[0].values["cost"] == "120"
