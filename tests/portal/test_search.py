"""Finding published results by Chinese words, in a constant number of queries and without running markup."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import make
from tests.portal.test_portal import published, text
from yishi.portal.search import asked, marked
from yishi.voting.models import Poll

pytestmark = pytest.mark.django_db


def found(query):
    answer = make.client().get("/search/", {"q": query})
    assert answer.status_code == 200
    return [hit.pk for hit in answer.context["hits"]]


def test_an_empty_query_says_what_can_be_searched():
    published()
    for address in ("/search/", "/search/?q=", "/search/?q=%20%00%20"):
        page = text(address)
        assert "可以查找已公布的表决事项" in page and "没有找到相符的结果" not in page


def test_a_word_is_found_in_title_option_meeting_and_body():
    poll = published("道路改造票决", ("修路", "建桥", "种树"))
    published("教育票决", ("学校", "幼儿园", "食堂"))
    assert found("道路") == [poll.pk] and found("建桥") == [poll.pk]
    meeting, body = poll.meeting.title, poll.meeting.body.name
    assert poll.pk in found(meeting.replace(" ", "")[:8]) and poll.pk in found(body)


def test_every_word_must_be_found_wherever_it_stands():
    poll = published("道路改造票决", ("修路", "建桥", "种树"))
    assert found("道路 建桥") == [poll.pk] and found("道路\u3000种树") == [poll.pk]
    assert found("道路 学校") == [] and "没有找到相符的结果" in text("/search/?q=道路 学校")


def test_what_is_not_published_is_not_found():
    poll = published("道路改造票决")
    Poll.objects.filter(pk=poll.pk).update(published_at=None)
    assert found("道路") == []


def test_a_sign_with_a_meaning_elsewhere_is_only_a_sign():
    published("道路改造票决")
    for query in ("%", "_", "\\", "'", '"', "(", "[", "*", "a" * 500, "{{ x }}"):
        assert found(query) == []


def test_the_words_are_marked_and_markup_stays_text():
    poll = published("<b>道路</b>改造")
    page = text("/search/?q=道路")
    assert f'<a href="/results/{poll.pk}/">&lt;b&gt;<mark>道路</mark>&lt;/b&gt;改造</a>' in page
    assert "<script>x" not in text("/search/?q=<script>x</script>")
    assert marked("Road b&b ROAD", ["road", "b"]) == (
        "<mark>Road</mark> <mark>b</mark>&amp;<mark>b</mark> <mark>ROAD</mark>"
    )


def test_a_query_is_at_most_60_characters():
    assert asked("路" * 100) == "路" * 60 and asked("  修\x00路\n桥 ") == "修 路 桥" and asked(None) == ""


def test_queries_do_not_grow_and_a_page_holds_twenty():
    def queries():
        with CaptureQueriesContext(connection) as seen:
            found("道路")
        return len(seen)

    poll = published("道路一")
    few = queries()
    for n in range(2, 24):
        twin = Poll.objects.get(pk=poll.pk)
        twin.pk, twin.title, twin.place = None, f"道路{n}", n
        twin.save()
    assert queries() == few and len(found("道路")) == 20
    assert text("/search/?q=道路&page=2").count("<mark>道路</mark>") == 3
    assert 'href="?q=%E9%81%93%E8%B7%AF&amp;page=2"' in text("/search/?q=道路")


def test_search_is_for_readers_and_not_for_search_engines():
    answer = make.client().get("/search/?q=道路")
    assert answer["X-Robots-Tag"] == "noindex" and "noindex" in answer.content.decode()
    assert make.client().post("/search/").status_code == 405
    assert 'action="/search/"' in text("/")
