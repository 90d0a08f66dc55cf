"""The public ledger: years, one year, the story of one project, the candidates, feed and open data."""

import csv
import io
import json
import xml.etree.ElementTree as ET
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.urls import get_resolver

from tests import make
from tests.make import NOW
from yishi.people.models import Body
from yishi.projects.actions import calls, candidates, sheets
from yishi.projects.models import (
    SHEET,
    Change,
    Comment,
    CommitteeReview,
    Explanation,
    Inspection,
    Photo,
    Project,
    Proposal,
    Report,
    ResidentRating,
    Slip,
    Supervision,
    Topic,
    Version,
)
from yishi.projects.rules import ledger as rules
from yishi.projects.words import ledger as words
from yishi.projects.words import ledger_feed
from yishi.projects.words.open_projects import COLUMNS
from yishi.publishing.actions import index
from yishi.publishing.models import Page
from yishi.voting.actions import polls
from yishi.voting.models import Poll

pytestmark = pytest.mark.django_db

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
MOST = 60_000  # bytes of HTML
LATER = NOW + timedelta(days=20)


class Parts(HTMLParser):
    """What a page is made of: its headings, what it fetches, what it may do, what it calls itself."""

    def __init__(self, text):
        super().__init__()
        self.h1, self.fetched, self.inline, self.described, self.images, self.ids = 0, [], [], False, [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.h1 += tag == "h1"
        self.ids += [found["id"]] if "id" in found else []
        if tag in ("script", "img", "iframe", "source"):
            self.fetched.append(found.get("src") or "")
        if tag == "link" and found.get("rel") in ("stylesheet", "icon"):
            self.fetched.append(found["href"])
        if tag == "img":
            self.images.append(found.get("alt"))
        if tag == "script" and not found.get("src"):
            self.inline.append("script")
        self.inline += [name for name in found if name == "style" or name.startswith("on")]
        self.described |= tag == "meta" and found.get("name") == "description" and bool(found.get("content"))


def has_photos():
    return "delivery_photo" in {getattr(one, "name", "") for one in get_resolver().url_patterns}


@pytest.fixture
def call():
    county = make.body(Body.Kind.COUNTY_CONGRESS, "枫溪县人民代表大会", short_name="县人大")
    return make.call(county, candidates_at=NOW, title="2026年民生实事项目征集公告", seats=1)


def voted(call, titles, marks=("f", "f", "f"), seats=1):
    """Candidates put to a vote that was declared and published; the first of them adopted."""
    poll = make.hall("returned", titles, entitled=3, present=3, seats=seats)
    make.counted(poll, [list(one) for one in marks])
    polls.declare(poll, by=make.official(poll, "chair"), at=NOW)
    polls.publish(poll, by=make.official(poll, "clerk"), at=NOW)
    return Poll.objects.get(pk=poll.pk)


def whole(call, word="老小区加装电梯"):
    """An adopted project with one of everything that may be told, and what must never be."""
    town = make.body(Body.Kind.TOWN_CONGRESS, "枫溪镇人民代表大会", call.body)
    topic = make.topic(
        call, word, posts=2, people=7, state="shortlisted", decided_at=NOW, reason="列入候选项目"
    )
    topic.criteria = {"benefit": {"met": True, "why": "全镇三千户受益"}}
    topic.save()
    make.proposal(
        call, word, topic=topic, people=6, place=town, why="我家在三楼", name="林阿婆", phone="13800000001"
    )
    make.proposal(call, f"{word}吧", topic=topic, where="林家门口")
    poll = voted(call, (word, "修路"), ("fa", "fa", "af"))
    who = {"at": NOW, "by": make.user("secret-account", name="何经办")}
    review = CommitteeReview.objects.create(call=call, held_on=NOW.date(), text="建议先做管线", **who)
    made = make.project(
        call,
        word,
        state="closed",
        topic=topic,
        place=town,
        poll=poll,
        review=review,
        completed_on=date(2026, 11, 20),
        grade="satisfied",
        rated_at=NOW,
    )
    first = made.versions.get()
    second = Version.objects.create(
        project=made, number=2, sheet={**first.sheet, "cost": 999_00}, why="审议后压缩投资", **who
    )
    Version.objects.create(
        project=made,
        number=3,
        sheet={**first.sheet, "where": "别处"},
        why="管线冲突",
        approved="县人大常委会第九次会议",
        **{**who, "at": LATER},
    )
    meeting = make.meeting(call.body, title="第五次会议")
    Explanation.objects.create(
        call=call, meeting=meeting, speaker="周为民", post="县长", held_at=NOW, text="资金已经落实", **who
    )
    Comment.objects.create(
        call=call,
        project=made,
        who="第三代表团",
        text="造价偏高",
        answer="已压缩",
        state="answered",
        answered_at=NOW,
        version=second,
        **who,
    )
    stage = make.milestone(made, "完成主体施工", done_on=date(2026, 7, 20))
    Slip.objects.create(
        milestone=stage,
        due_before=date(2026, 6, 30),
        due_after=date(2026, 7, 31),
        why="梅雨停工",
        state="accepted",
        accepted_by="县人大财经工委",
        decided_at=LATER,
        **who,
    )
    Slip.objects.create(
        milestone=stage, due_before=date(2026, 7, 31), due_after=date(2026, 8, 31), why="还没批的", **who
    )
    report = Report.objects.create(
        project=made,
        month=date(2026, 4, 1),
        percent=30,
        spent=400_000_00,
        text="完成基础",
        trouble="管线未迁",
        **who,
    )
    if has_photos():
        file = ContentFile(b"no picture", name="photo.jpg")
        Photo.objects.create(project=made, report=report, file=file, caption="基坑", **who)
    Supervision.objects.create(
        project=made,
        number=1,
        text="请说明逾期",
        due_on=date(2026, 7, 10),
        answer="已加派人手",
        state="closed",
        closing="核实无误",
        **who,
    )
    Inspection.objects.create(
        project=made,
        held_on=date(2026, 8, 1),
        deputies="林公、陈公",
        text="看了两处",
        findings="扶手松动",
        answer="已拧紧",
        state="closed",
        **who,
    )
    Change.objects.create(
        project=made,
        sheet=first.sheet,
        why="管线冲突要改址",
        state="approved",
        decided_by="常委会第九次会议",
        decided_on=date(2026, 5, 5),
        said="同意",
        **who,
    )
    ResidentRating.objects.create(project=made, grade="basically", text="还不错", voice="0" * 64, at=NOW)
    return made


def test_the_story_tells_everything_from_the_residents_to_the_grade(call):
    made = whole(call)
    page = make.client().get(f"/ledger/projects/{made.pk}/?all=1").text
    told = [
        "7人，2条",
        "枫溪镇",
        "全镇三千户受益",
        "建议先做管线",
        "审议后压缩投资",
        "县长 周为民",
        "资金已经落实",
        "第三代表团的审议意见",
        "造价偏高",
        "已压缩",
        "据此改为第2稿",
        "赞成 2 · 反对 1 · 弃权 0",
        "看全部表决结果",
        "完成主体施工",
        "梅雨停工",
        "县人大财经工委",
        "2026年4月的月报",
        "完成基础",
        "管线未迁",
        "第1号督办单",
        "已加派人手",
        "林公、陈公",
        "扶手松动",
        "已拧紧",
        "管线冲突要改址",
        "常委会第九次会议",
        "县人大常委会第九次会议",
        "2026年11月20日",
        "1人评价",
    ]
    assert [one for one in told if one not in page] == []
    tally = made.poll.tallies.get()
    assert tally.outcome["sentence_zh"] in page
    assert page.index("造价偏高") < page.index("赞成 2") < page.index("完成基础")


def test_how_a_sheet_was_filled_in_before_anybody_read_it_is_not_told(call):
    made = make.project(call, "加装电梯")
    for number, why, title in ((2, "", "没写完的名称"), (3, "", "加装电梯"), (4, "核减投资", "加装电梯")):
        sheet = {**made.versions.get(number=1).sheet, "title": title, "cost": number * 1_000_000_00}
        made.versions.create(number=number, sheet=sheet, why=why, at=NOW, by=make.user())
    page = make.client().get(f"/ledger/projects/{made.pk}/?all=1").text
    assert "没写完的名称" not in page and "成为第3稿" not in page
    assert "成为第4稿" in page and "核减投资" in page


def test_nothing_a_resident_wrote_and_no_account_of_ours_is_public(call):
    made = whole(call)
    for address in (
        f"/ledger/projects/{made.pk}/?all=1",
        f"/ledger/{call.pk}/",
        f"/ledger/{call.pk}/projects.json",
    ):
        page = make.client().get(address).text
        for secret in (
            "林阿婆",
            "13800000001",
            "我家在三楼",
            "林家门口",
            "何经办",
            "secret-account",
            "还不错",
            "还没批的",
        ):
            assert secret not in page, (address, secret)


def test_a_phone_number_in_a_title_is_left_out(call):
    made = make.project(call, "电梯", topic=make.topic(call, "加装电梯请打13800000001"))
    declined = make.topic(call, "修路13900000002", state="declined", reason="请问13700000003，不在权限内")
    page = make.client().get(f"/ledger/projects/{made.pk}/").text
    assert "13800000001" not in page and "加装电梯请打……" in page
    year = make.client().get(f"/ledger/{call.pk}/").text
    assert "修路……" in year and "13900000002" not in year and "13700000003" not in year and declined


def test_a_project_is_public_from_the_day_its_candidates_are(call):
    made = make.project(call)
    client = make.client()
    assert client.get(f"/ledger/projects/{made.pk}/").status_code == 200
    for hidden in ({"candidates_at": None}, {"state": "withdrawn"}, {"state": "draft"}):
        type(call).objects.update(**{"candidates_at": NOW, "state": "published", **hidden})
        for address in (
            f"/ledger/projects/{made.pk}/",
            f"/candidates/{call.pk}/",
            f"/ledger/{call.pk}/projects.csv",
        ):
            assert client.get(address).status_code == 404, (hidden, address)


def test_until_the_result_is_published_a_project_is_a_candidate(call):
    made = whole(call)
    Poll.objects.update(published_at=None)
    client = make.client()
    page = client.get(f"/ledger/projects/{made.pk}/?all=1").text
    if photo := Photo.objects.first():
        assert client.get(f"/projects/photos/{photo.pk}/").status_code == 302
    for secret in ("已办结", "赞成 2", "完成基础", "已完工", "管线冲突", "县人大常委会第九次会议"):
        assert secret not in page, secret
    assert "还没有公布票决结果" in page and "候选" in page
    row = json.loads(client.get(f"/ledger/{call.pk}/projects.json").text)["projects"][0]
    assert (row["state"], row["adopted_on"], row["standing"], row["vote_url"]) == (
        "candidate",
        None,
        None,
        None,
    )
    assert "已办结" not in client.get(f"/candidates/{call.pk}/").text
    assert made.title not in client.get("/board/").text
    assert "开始实施" not in client.get("/ledger/rss.xml").text
    Poll.objects.update(published_at=NOW, state="declared")
    assert "已办结" in client.get(f"/ledger/projects/{made.pk}/").text


def test_a_receipt_tells_no_more_than_is_published(call):
    whole(call)
    receipt = Proposal.objects.order_by("pk").first().receipt
    client = make.client()
    assert "已办结" in client.get(f"/receipts/{receipt}/").text
    Poll.objects.update(published_at=None)
    page = client.get(f"/receipts/{receipt}/").text
    assert "等待表决" in page and "已办结" not in page
    type(call).objects.update(state="withdrawn")
    assert "/ledger/projects/" not in client.get(f"/receipts/{receipt}/").text


def test_a_vote_in_a_rehearsal_reveals_nothing(call):
    made = whole(call)
    type(made.poll.meeting).objects.filter(pk=made.poll.meeting_id).update(
        rehearsal_of=make.meeting(call.body)
    )
    fresh = rules.PUBLIC.get(pk=made.pk)
    assert rules.public_state(fresh) == "candidate"
    assert not rules.PUBLIC.filter(rules.REVEALED, pk=made.pk).exists()


def test_the_grade_is_public_with_its_result(call):
    made = whole(call)
    rating = make.hall("returned", (made.title,), "projects.rating", 2, 2, seats=None)
    make.counted(rating, [["s"], ["b"]])
    polls.declare(rating, by=make.official(rating, "chair"), at=NOW)
    Project.objects.filter(pk=made.pk).update(rating_poll=rating, rated_at=NOW)
    client = make.client()
    assert "还没有公布代表测评结果" in client.get(f"/ledger/projects/{made.pk}/").text
    polls.publish(Poll.objects.get(pk=rating.pk), by=make.official(rating, "clerk"), at=NOW)
    page = client.get(f"/ledger/projects/{made.pk}/").text
    assert "满意 1 · 基本满意 1 · 不满意 0 · 弃权 0" in page and f"/results/{rating.pk}/" in page


def test_a_street_tells_of_its_confirmation(call):
    made = make.project(
        call, state="adopted", confirmed_on=date(2026, 2, 3), confirmed_by="街道党工委第三次会议"
    )
    page = make.client().get(f"/ledger/projects/{made.pk}/").text
    assert "街道党工委确认" in page and "街道党工委第三次会议" in page and "2026年2月3日" in page


def test_one_year_counts_what_became_of_what_was_proposed(call):
    whole(call)
    Topic.objects.filter(call=call).exclude(state="shortlisted").delete()
    make.topic(call, "修水渠", state="declined", people=3, reason="土地没有落实，明年再研究")
    make.topic(call, "建停车场", state="reserved", people=2, reason="列入储备")
    lead = make.topic(call, "装路灯", people=4)
    make.topic(call, "路灯", state="merged", merged_into=lead, people=4)
    page = make.client().get(f"/ledger/{call.pk}/").text
    for told in (
        "2条，16人",
        "4个",
        "列入候选 1",
        "不列入 1",
        "土地没有落实",
        "建停车场",
        "已办结 1",
        "已完成 1",
    ):
        assert told in page, told
    assert "装路灯" not in page  # still open: nothing was decided


def test_topics_are_told_with_the_candidates_and_not_before(call):
    make.topic(call, "修水渠", state="declined", reason="土地没有落实")
    type(call).objects.update(candidates_at=None)
    page = make.client().get(f"/ledger/{call.pk}/").text
    assert "修水渠" not in page and "候选项目公布后" in page and "不列入 1" in page


def test_declined_topics_come_page_by_page(call):
    for n in range(23):
        make.topic(call, f"事项{n:02}", state="declined", people=100 - n, reason="理由" * 20)
    client = make.client()
    first, last = client.get(f"/ledger/{call.pk}/").text, client.get(f"/ledger/{call.pk}/?declined=3").text
    assert "事项00" in first and "事项22" not in first and "事项22" in last
    assert client.get(f"/ledger/{call.pk}/?declined=nonsense&page=-4").status_code == 200


def test_the_page_of_a_call_leads_to_what_became_of_it(call):
    client = make.client()
    page = client.get(f"/calls/{call.pk}/").text
    assert f"/ledger/{call.pk}/" in page and f"/candidates/{call.pk}/" in page
    type(call).objects.update(candidates_at=None)
    assert f"/candidates/{call.pk}/" not in client.get(f"/calls/{call.pk}/").text


def test_the_ledger_lists_years_and_bodies_that_have_begun(call):
    make.call(call.body, year=2027, title="2027年的", opens_on="2098-01-01", closes_on="2098-02-01")
    make.call(make.body(name="桥头镇人民代表大会"), year=2025, title="2025年的")
    make.call(make.body(name="藏着镇人民代表大会"), state="draft", title="没发布的")
    page = make.client().get("/ledger/").text
    assert page.index("2026年") < page.index("2025年") and "桥头镇人民代表大会" in page
    assert "2027年的" not in page and "没发布的" not in page


def test_empty_pages_say_what_will_be_there():
    client = make.client()
    assert "还没有可以公开的年度" in client.get("/ledger/").text
    assert "还没有正在实施的项目" in client.get("/board/").text
    call = make.call(candidates_at=NOW)
    assert "没有候选项目" in client.get(f"/candidates/{call.pk}/").text
    assert client.get(f"/ledger/{call.pk}/").status_code == 200


def test_the_candidates_are_listed_with_map_costs_and_dates(call):
    made = whole(call)
    make.project(
        call,
        "修路",
        state="candidate",
        place=make.body(Body.Kind.TOWN_CONGRESS, "溪口镇人民代表大会", call.body),
    )
    make.project(call, "退出的", state="withdrawn")
    client = make.client()
    page = client.get(f"/candidates/{call.pk}/").text
    for told in ("<svg", "120万元", "2026年11月30日", made.unit.name, "枫溪镇", "修路", "拟选1项"):
        assert told in page, told
    assert "退出的" not in page
    paper = client.get(f"/candidates/{call.pk}/candidates.pdf")
    assert paper.content.startswith(b"%PDF") and paper["Content-Type"] == "application/pdf"


def test_papers_are_made_ten_times_a_minute_for_one_address(call):
    make.project(call)
    client = make.client()
    codes = [client.get(f"/candidates/{call.pk}/candidates.pdf").status_code for _n in range(11)]
    assert codes[0] == 200 and 429 in codes


# --- data ----------------------------------------------------------------------


def test_csv_and_json_say_the_same_in_the_same_columns(call):
    made = whole(call)
    make.project(call, '=HYPERLINK("x")', state="candidate", cost=None, unit=None, starts_on=None)
    client = make.client()
    data = json.loads(client.get(f"/ledger/{call.pk}/projects.json").text)
    rows = list(
        csv.reader(io.StringIO(client.get(f"/ledger/{call.pk}/projects.csv").content.decode("utf-8-sig")))
    )
    assert rows[0] == list(COLUMNS.values())
    assert [list(one) for one in data["projects"]] == [list(COLUMNS)] * 2
    first = data["projects"][0]
    assert (first["cost_yuan"], first["starts_on"], first["people"], first["town"]) == (
        "1200000.00",
        "2026-03-01",
        7,
        "枫溪镇",
    )
    assert first["adopted_on"] == "2026-01-20" and first["standing"] == "done" and first["state"] == "closed"
    assert first["url"].endswith(f"/ledger/projects/{made.pk}/") and first["vote_url"].endswith(
        f"/results/{made.poll_id}/"
    )
    for row, one in zip(rows[1:], data["projects"], strict=True):
        for said, value in zip(row, one.values(), strict=True):
            assert said.lstrip("'") == ("" if value is None else str(value))
    assert rows[2][1] == '\'=HYPERLINK("x")' and data["projects"][1]["cost_yuan"] is None


def test_the_documentation_names_every_column():
    text = Path("docs/open-data.md").read_text("utf-8")
    assert [f"`{key}`" for key, word in COLUMNS.items() if f"| `{key}` | {word} |" not in text] == []


def test_the_feed_tells_of_candidates_votes_completion_and_grades(call):
    made = whole(call)
    root = ET.fromstring(make.client().get("/ledger/rss.xml").content)
    titles = [one.findtext("title") for one in root.iter("item")]
    assert titles == [
        f"{made.title}：已完工",
        "2026年民生实事候选项目公布",
        f"{made.title}：票决通过，开始实施",
    ]
    links = {one.findtext("link") for one in root.iter("item")}
    assert any(link.endswith(f"/ledger/projects/{made.pk}/") for link in links)
    assert len({one.findtext("guid") for one in root.iter("item")}) == 3


def test_the_feed_and_the_data_hold_what_xml_and_a_browser_may_hold(call):
    whole(call)
    Project.objects.update(title=f"a\x0b{EVIL}"[:80])
    client = make.client()
    assert "\x0b" not in ET.fromstring(client.get("/ledger/rss.xml").content).findtext("channel/item/title")
    assert "<script" not in client.get(f"/ledger/{call.pk}/projects.json").text


def test_the_index_holds_a_project_while_it_is_public(call):
    made = make.project(call)
    words.to_index(made)
    found = Page.objects.get()
    assert (found.address, found.kind, found.title) == (f"/ledger/projects/{made.pk}/", "project", made.title)
    assert [one["address"] for one in words.pages()] == [found.address]
    type(call).objects.update(candidates_at=None)
    words.to_index(made)
    assert not Page.objects.exists() and list(words.pages()) == []


def test_actions_keep_the_index_right(call):
    clerk = make.clerk(call.body)
    town = make.call(make.body(name="枫溪镇人民代表大会"))
    town_clerk = make.clerk(town.body)
    made = make.project(town)
    candidates.publish_candidates(town, by=town_clerk, at=NOW)
    found = Page.objects.filter(kind="project")
    assert [one.title for one in found] == [made.title]
    sheets.rewrite(made, {**sheets.opened(sheets.of(made)), "title": "换了名字"}, why="x", by=clerk, at=NOW)
    assert found.get().title == "换了名字"
    calls.withdraw_call(town, by=town_clerk, at=NOW, why="写错了")
    assert not found.all().exists()
    calls.publish_call(town, by=town_clerk, at=NOW)
    assert found.get().address == f"/ledger/projects/{made.pk}/"
    assert index.rebuild() and found.all().count() == 1


# --- every page ----------------------------------------------------------------


def public_pages(call, made):
    return [
        "/ledger/",
        f"/ledger/{call.pk}/",
        f"/ledger/projects/{made.pk}/",
        f"/candidates/{call.pk}/",
        "/board/",
        "/board/?year=2026&state=done",
    ]


def test_public_pages_are_small_fetch_nothing_from_elsewhere_and_work_without_scripts(call):
    made = whole(call)
    for n in range(40):
        make.project(
            call, f"第{n}个民生实事项目，名称写得长一些好看看", state="adopted", content="内容" * 100
        )
        make.topic(call, f"没有列入的事项{n}", state="declined", reason="理由" * 120)
        make.topic(call, f"储备的事项{n}", state="reserved", reason="理由" * 120)
    for n in range(1, 13):
        Report.objects.create(
            project=made,
            month=date(2027, n, 1),
            percent=40,
            text="进展" * 60,
            trouble="困难" * 30,
            at=NOW,
            by=make.user(),
        )
    client = make.client()
    for address in public_pages(call, made):
        answer = client.get(address)
        page = Parts(answer.text)
        assert len(answer.content) < MOST, (address, len(answer.content))
        assert page.h1 == 1 and page.described, address
        assert all(one.startswith("/") and not one.startswith("//") for one in page.fetched), page.fetched
        assert page.inline == [] and all(page.images), address
        assert len(page.ids) == len(set(page.ids)), address


def test_a_hostile_title_is_only_text_on_every_page(call):
    made = whole(call)
    Project.objects.update(
        title=EVIL,
        content=EVIL,
        where=EVIL[:80],
        funds=EVIL,
        reason=EVIL,
        confirmed_by=EVIL,
        confirmed_on=NOW.date(),
    )
    for model in (
        Report,
        Comment,
        Slip,
        Supervision,
        Inspection,
        Change,
        Explanation,
        CommitteeReview,
        Version,
    ):
        names = [
            one.name
            for one in model._meta.fields
            if one.get_internal_type() in ("TextField", "CharField") and one.name not in ("state", "kind")
        ]
        model.objects.update(**{name: EVIL for name in names})
    Version.objects.update(sheet={**dict.fromkeys(SHEET), "title": EVIL, "content": EVIL})
    Version.objects.filter(number=2).update(sheet={**dict.fromkeys(SHEET), "title": "别的"})
    Topic.objects.update(title=EVIL[:80], reason=EVIL)
    Topic.objects.update(criteria={"benefit": {"met": True, "why": EVIL}})
    Body.objects.update(name=EVIL[:80], short_name=EVIL[:40])
    make.topic(call, EVIL, state="declined", reason=EVIL)
    client = make.client()
    for address in [*public_pages(call, made), f"/ledger/projects/{made.pk}/?all=1"]:
        page = client.get(address).text
        assert not any(live in page for live in ("<script>alert", "<img src=x", "onerror=alert(2)>")), address
    assert "&lt;script&gt;alert" in client.get(f"/ledger/projects/{made.pk}/").text


@pytest.mark.parametrize(
    "address",
    [
        "/ledger/",
        "/ledger/{call}/",
        "/candidates/{call}/",
        "/board/",
        "/ledger/rss.xml",
        "/ledger/{call}/projects.json",
    ],
)
def test_lists_ask_the_database_a_fixed_number_of_times(call, address, django_assert_max_num_queries):
    client = make.client()
    told = address.format(call=call.pk)
    poll = voted(call, ("甲", "乙"), ("fa", "fa", "fa"))
    counts = []
    for again in range(2):
        for n in range(6):
            town = make.body(Body.Kind.TOWN_CONGRESS, parent=call.body)
            made = make.project(
                call,
                f"项目{again}{n}",
                state="completed",
                poll=poll,
                place=town,
                rating_poll=poll,
                grade="satisfied",
                completed_on=NOW.date(),
                rated_at=NOW,
            )
            make.milestone(made)
            make.topic(call, f"事项{again}{n}", state="declined", reason="x")
            make.call(town, candidates_at=NOW)
        client.get(told)
        with django_assert_max_num_queries(40) as asked:
            assert client.get(told).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1], address


def test_a_longer_story_asks_no_more_queries(call, django_assert_max_num_queries):
    made = whole(call)
    client, counts = make.client(), []
    for again in range(2):
        for n in range(4):
            stage = make.milestone(made, f"节点{again}{n}")
            who = {"at": NOW, "by": make.user()}
            Report.objects.create(
                project=made, month=date(2027 + again, n + 1, 1), percent=40, text="进展", **who
            )
            Supervision.objects.create(
                project=made, number=10 + 4 * again + n, text="x", due_on=NOW.date(), **who
            )
            Comment.objects.create(call=call, project=made, who="代表团", text="意见", **who)
            Slip.objects.create(
                milestone=stage,
                due_before=NOW.date(),
                due_after=date(2027, 1, 1),
                why="x",
                state="refused",
                **who,
            )
            Version.objects.create(
                project=made,
                number=10 + 4 * again + n,
                why="x",
                sheet={**made.versions.first().sheet, "place": make.body().pk},
                **who,
            )
        with django_assert_max_num_queries(45) as asked:
            assert client.get(f"/ledger/projects/{made.pk}/?all=1").status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_long_stages_come_page_by_page_and_whole_for_the_printer(call):
    made = whole(call)
    for n in range(1, 13):
        Report.objects.create(
            project=made,
            month=date(2027, n, 1),
            percent=40,
            text=f"进展{n}。",
            at=NOW + timedelta(days=400 + n),
            by=make.user(),
        )
    client, own = make.client(), f"/ledger/projects/{made.pk}/"
    assert "进展12。" not in client.get(own).text and "?all=1" in client.get(own).text
    assert "进展12。" in client.get(f"{own}?delivered=2").text
    whole_page = client.get(f"{own}?all=1").text
    assert "进展1。" in whole_page and "进展12。" in whole_page


def test_in_english_the_pages_speak_english(call):
    made = whole(call)
    client = make.client()
    client.cookies["django_language"] = "en"
    for address in public_pages(call, made):
        page = client.get(address, headers={"Accept-Language": "en"}).text
        assert 'lang="en"' in page, address
    assert ledger_feed.events()
