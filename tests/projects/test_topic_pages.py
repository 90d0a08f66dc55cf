"""The pages of topics: what the clerk sees, ticks and types, and what others do not."""

import pytest
from django.urls import reverse

from tests import make
from yishi.papers.tables import Column, read_xlsx
from yishi.projects.actions import topics as do
from yishi.projects.models import Topic
from yishi.projects.rules import topics as rules

pytestmark = pytest.mark.django_db

NOW = make.NOW
REASON = "资金还没有落实，明年预算编制时再研究。"
KEYS = list(rules.asked().criteria)


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


def text(response):
    assert response.status_code == 200
    return response.content.decode()


def queries(browser, address, counted):
    with counted as found:
        assert browser.get(address).status_code == 200
    return len(found)


@pytest.fixture
def counting():
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    return lambda: CaptureQueriesContext(connection)


# --- the list ----------------------------------------------------------------


def test_the_list_goes_by_people_fifty_a_page_and_warns_of_the_undecided(call, browser):
    for n in range(51):
        make.topic(call, f"事项{n}", people=n)
    shown = text(browser.get(url("topics", call.pk)))
    assert "还有51个事项没有初定" in shown
    assert shown.index("事项50") < shown.index("事项49") and ">事项0<" not in shown
    assert ">事项0<" in text(browser.get(url("topics", call.pk) + "?page=2"))


def test_the_list_is_filtered_by_state_and_a_state_that_is_none_shows_all(call, browser):
    make.topic(call, "甲事项")
    make.topic(call, "乙事项", state="declined")
    shown = text(browser.get(url("topics", call.pk) + "?state=declined"))
    assert "乙事项" in shown and "甲事项" not in shown
    assert "甲事项" in text(browser.get(url("topics", call.pk) + "?state=nonsense&page=x"))


def test_the_list_says_how_many_posts_came_from_whom(call, browser):
    topic = make.topic(call)
    for source in ("resident", "resident", "station"):
        make.proposal(topic=topic, source=source)
    shown = text(browser.get(url("topics", call.pk)))
    assert "群众网上提出 2，代表联络站 1" in shown


@pytest.mark.parametrize("name", ["topics", "topics_alike", "topics_file"])
def test_a_page_asks_the_database_as_often_for_many_topics_as_for_few(call, browser, counting, name):
    def more(n):
        for m in range(n):
            make.proposal(call, "老小区加装电梯", where=f"第{m}村")
            make.proposal(call, "老小区加装电梯", where=f"第{m}村")

    more(2)
    browser.get(url(name, call.pk))
    few = queries(browser, url(name, call.pk), counting())
    more(15)
    browser.get(url(name, call.pk))  # what is new is read once, in two queries more
    assert queries(browser, url(name, call.pk), counting()) == few


def test_the_reserve_and_a_topic_ask_as_often_for_many_as_for_few(call, browser, counting):
    topic = make.topic(call)
    addresses = (url("topic", topic.pk), url("reserve", call.body_id))

    def more(n):
        for _m in range(n):
            make.proposal(topic=topic)
            make.proposal(call)
            kept = make.topic(call, state="reserved")
            do.carry_over(call, later, [kept], by=clerk, at=NOW)

    later = make.call(call.body, year=2027)
    clerk = make.clerk(call.body)
    more(6)
    [browser.get(address) for address in addresses]
    few = [queries(browser, address, counting()) for address in addresses]
    more(12)
    [browser.get(address) for address in addresses]  # what is new is read once, in two queries more
    assert [queries(browser, address, counting()) for address in addresses] == few


def test_the_excel_file_holds_what_the_list_shows(call, browser):
    make.topic(call, "甲事项", people=3)
    make.topic(call, "乙事项", state="declined", reason=REASON)
    response = browser.get(url("topics_file", call.pk) + "?state=declined")
    assert 'filename="topics-2026.xlsx"' in response["Content-Disposition"]
    read = read_xlsx(response.content, [Column("事项", "title"), Column("答复提出人的话", "reason")])
    assert [row.values for row in read.rows] == [{"title": "乙事项", "reason": REASON}]


# --- merging -----------------------------------------------------------------


def test_of_what_was_merged_fifty_are_listed_and_the_others_counted(call, browser):
    topic = make.topic(call)
    for n in range(52):
        make.topic(call, f"并入{n}号", state="merged", merged_into=topic)
    shown = text(browser.get(url("topic", topic.pk)))
    assert shown.count("号</a>") == 50 and "另有2个" in shown


def test_the_suggestions_say_why_and_only_what_is_ticked_is_merged(call, browser):
    lead, ticked, left = (make.proposal(call, "老小区加装电梯", where="枫溪村").topic for _ in range(3))
    shown = text(browser.get(url("topics_alike", call.pk)))
    assert "都说到：" in shown and "同一地点" in shown and "checked" not in shown
    given = {"others": [ticked.pk, "x", "9" * 30], "back": "2"}
    assert browser.post(url("topic_merge", lead.pk), given).url == url("topics_alike", call.pk) + "?page=2"
    states = dict(Topic.objects.values_list("pk", "state"))
    assert (states[lead.pk], states[ticked.pk], states[left.pk]) == ("open", "merged", "open")


def test_merging_nothing_or_what_another_merged_meanwhile_is_said_and_changes_nothing(call, clerk, browser):
    lead, other, third = (make.proposal(call, t).topic for t in ("甲事项", "乙事项", "丙事项"))
    shown = text(browser.post(url("topic_merge", lead.pk), {}, follow=True))
    assert "请至少勾选一个要并入的事项。" in shown
    do.merge(third, [other], by=clerk, at=NOW)
    shown = text(browser.post(url("topic_merge", lead.pk), {"others": [other.pk]}, follow=True))
    assert "没有完成" in shown and Topic.objects.get(pk=other.pk).merged_into == third


def test_a_topic_shows_its_proposals_its_likes_and_its_history_and_a_proposal_is_split(call, clerk, browser):
    said = make.proposal(call, "老小区加装电梯", where="枫溪村")
    other = make.proposal(call, "给老小区加装电梯", where="枫溪村")
    assert "给老小区加装电梯" in text(browser.get(url("topic", said.topic_id)))
    do.merge(said.topic, [other.topic], by=clerk, at=NOW)
    shown = text(browser.get(url("topic", said.topic_id)))
    assert "合并同类" in shown and url("proposal_split", other.pk) in shown
    assert "已并入：" in text(browser.get(url("topic", other.topic_id)))
    page = text(browser.post(url("proposal_split", other.pk), {"why": ""}))
    assert "field" in page and Topic.objects.filter(state="merged").exists()
    assert browser.post(url("proposal_split", other.pk), {"why": "两个小区"}).status_code == 302
    assert not Topic.objects.filter(state="merged").exists()


# --- screening ---------------------------------------------------------------


def answers(met="yes", why="多数居民受益", **more):
    return {**{f"{k}_met": met for k in KEYS}, **{f"{k}_why": why for k in KEYS}, **more}


def test_a_topic_is_shortlisted_with_every_criterion_answered(call, browser):
    topic = make.topic(call)
    page = text(browser.get(url("topic_decide", topic.pk)))
    assert "普惠性" in page and "重大工程" in page
    given = answers(to="shortlisted")
    assert browser.post(url("topic_decide", topic.pk), given).url == url("topic", topic.pk)
    assert Topic.objects.get().state == "shortlisted"
    assert "多数居民受益" in text(browser.get(url("topic", topic.pk)))


def test_what_will_not_do_is_said_at_its_field_and_nothing_typed_is_lost(call, browser):
    topic = make.topic(call)
    given = answers(to="declined", why="写了很久的理由", reason="太短", exclusions=["burden"])
    response = browser.post(url("topic_decide", topic.pk), given)
    assert set(response.context["form"].errors) == {"reason"}
    shown = text(response)
    assert "写了很久的理由" in shown and "太短" in shown and "checked" in shown
    given = answers(to="shortlisted", benefit_met="", operability_why="")
    errors = browser.post(url("topic_decide", topic.pk), given).context["form"].errors
    assert set(errors) == {"benefit_met", "operability_why"}
    assert set(browser.post(url("topic_decide", topic.pk), {"reason": ""}).context["form"].errors) == {"to"}
    assert Topic.objects.get().state == "open"


def test_a_decision_is_taken_back_with_a_why_and_its_answers_wait_in_the_form(call, browser):
    topic = make.topic(call)
    given = answers(to="declined", reason=REASON, benefit_met="no", benefit_why="只有一户")
    browser.post(url("topic_decide", topic.pk), given)
    assert REASON in text(browser.get(url("topic", topic.pk)))
    assert browser.post(url("topic_reconsider", topic.pk), {"why": ""}).status_code == 200
    browser.post(url("topic_reconsider", topic.pk), {"why": "又有多户提出"})
    assert Topic.objects.get().state == "open"
    assert "只有一户" in text(browser.get(url("topic_decide", topic.pk)))


def test_several_ticked_topics_are_declined_with_the_same_words(call, browser):
    topics = [make.topic(call, title) for title in ("甲事项", "乙事项", "丙事项")]
    address, ticked = url("topics_decline", call.pk), {"topics": [topics[0].pk, topics[1].pk]}
    shown = text(browser.post(address, ticked))
    assert "甲事项" in shown and "丙事项" not in shown and not Topic.objects.filter(state="declined")
    response = browser.post(address, {**ticked, "decline": "1", "unmet": ["benefit"], "reason": "短"})
    assert "reason" in response.context["form"].errors
    given = {**ticked, "decline": "1", "unmet": ["benefit"], "reason": REASON}
    assert browser.post(address, given).status_code == 302
    assert [t.state for t in Topic.objects.order_by("pk")] == ["declined", "declined", "open"]
    assert "请至少勾选一个事项。" in text(browser.post(address, {}, follow=True))


# --- the reserve -------------------------------------------------------------


def test_the_reserve_shows_all_years_and_carries_what_is_ticked(call, browser):
    make.topic(make.call(call.body, year=2025), "旧储备", state="reserved", reason=REASON)
    kept = make.topic(call, "新储备", state="reserved")
    later = make.call(call.body, year=2027, title="2027年征集")
    address = url("reserve", call.body_id)
    shown = text(browser.get(address))
    assert "旧储备" in shown and "新储备" in shown and REASON in shown
    response = browser.post(address, {"topics": [kept.pk], "to_call": call.pk})
    assert "to_call" in response.context["form"].errors and " checked" in text(response)
    assert browser.post(address, {"topics": [kept.pk], "to_call": later.pk}).status_code == 302
    assert later.topics.get().carried_from == kept
    assert "2026年储备" in text(browser.get(url("topics", later.pk)))
    assert url("topic", later.topics.get().pk) in text(browser.get(address))


# --- who may -----------------------------------------------------------------


def test_the_chair_reads_and_changes_nothing_and_strangers_see_nothing(call, clerk):
    said = make.proposal(call)
    topic = said.topic
    reads = [url("topics", call.pk), url("topics_file", call.pk), url("topic", topic.pk)]
    reads.append(url("reserve", call.body_id))
    works = [url("topics_alike", call.pk), url("topic_decide", topic.pk), url("topic_reconsider", topic.pk)]
    works.append(url("proposal_split", said.pk))
    posts = [url("topic_merge", topic.pk), url("topics_decline", call.pk)]
    chair, stranger = make.client(make.chair(call.body)), make.client(make.clerk(make.body()))
    assert [chair.get(address).status_code for address in reads] == [200] * 4
    assert [chair.get(address).status_code for address in works] == [403] * 4
    assert [chair.post(address).status_code for address in posts] == [403] * 2
    assert "topics_decline" not in text(chair.get(reads[0])) and "勾选的" not in text(chair.get(reads[0]))
    assert {stranger.get(address).status_code for address in reads + works} == {403}
    assert {stranger.post(address).status_code for address in posts} == {403}
    assert {make.client().get(address).status_code for address in reads + works} == {302}


def test_a_hostile_title_is_only_text(call, browser):
    bad = "<script>alert(1)</script>"
    topic = make.proposal(call, bad).topic
    make.proposal(call, bad)
    Topic.objects.filter(pk=topic.pk).update(state="reserved", reason=bad)
    names = [("topics", call.pk), ("topic", topic.pk), ("reserve", call.body_id), ("topics_alike", call.pk)]
    for name, key in [*names, ("topic_decide", topic.pk), ("topic_reconsider", topic.pk)]:
        assert bad not in text(browser.get(url(name, key)))


def test_the_pages_are_said_in_english(call, browser):
    topic = make.proposal(call, "Lift").topic
    Topic.objects.filter(pk=topic.pk).update(title="Lift")
    for name, key in (("topics", call.pk), ("topic_decide", topic.pk)):
        shown = text(browser.get(url(name, key), headers={"accept-language": "en"}))
        assert "同类" not in shown
