"""Finding everything public by Chinese words, in a constant number of queries and without running markup."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import make
from tests.portal.test_portal import published, text
from yishi.projects.actions import calls
from yishi.publishing.actions import documents, index
from yishi.publishing.search import asked, marked
from yishi.voting.actions import polls

pytestmark = pytest.mark.django_db


def found(query, **also):
    """The addresses of the hits."""
    answer = make.client().get("/search/", {"q": query, **also})
    assert answer.status_code == 200
    return [hit.address for hit in answer.context["hits"]]


def result(poll):
    return f"/results/{poll.pk}/"


def put(n, title, text="", kind="document", **also):
    return index.put(
        f"/documents/{n}/", kind=kind, title=title, text=text, at=make.NOW + timedelta(hours=n), **also
    )


def test_an_empty_query_says_what_can_be_searched():
    published()
    for address in ("/search/", "/search/?q=", "/search/?q=%20%00%20"):
        page = text(address)
        assert "可以查找已公布的表决结果" in page and "没有找到相符的内容" not in page


def test_a_word_is_found_in_title_option_meeting_and_body():
    poll = published("道路改造票决", ("修路", "建桥", "种树"))
    published("教育票决", ("学校", "幼儿园", "食堂"))
    assert found("道路") == [result(poll)] and found("建桥") == [result(poll)]
    meeting, body = poll.meeting.title, poll.meeting.body.name
    assert result(poll) in found(meeting.replace(" ", "")[:8]) and result(poll) in found(body)


def test_every_word_must_be_found_wherever_it_stands():
    poll = published("道路改造票决", ("修路", "建桥", "种树"))
    assert found("道路 建桥") == [result(poll)] and found("道路\u3000种树") == [result(poll)]
    assert found("道路 学校") == [] and "没有找到相符的内容" in text("/search/?q=道路 学校")


def test_what_was_taken_back_is_not_found():
    poll = published("道路改造票决")
    assert found("道路") == [result(poll)]
    polls.withdraw(poll, by=make.official(poll, "clerk"), at=make.NOW, why="附件有误")
    assert found("道路") == []


def test_a_call_is_found_from_its_publication_to_its_withdrawal():
    call = make.call(title="征集公告", text="请说说古道的事", state="draft", published_at=None)
    clerk = make.clerk(call.body)
    assert found("古道") == []
    calls.publish_call(call, by=clerk, at=make.NOW)
    assert found("古道") == [f"/calls/{call.pk}/"] == found("古道", kind="call")
    assert found("古道", kind="result") == []
    calls.change_call(call, text="请说说廊桥的事", by=clerk, at=make.NOW)
    assert found("古道") == [] and found("廊桥") == [f"/calls/{call.pk}/"]
    calls.withdraw_call(call, by=clerk, at=make.NOW, why="日期有误")
    assert found("廊桥") == []


def test_a_document_is_found_by_its_text_and_its_files():
    document = make.document(text="<h2>一、楠溪江</h2><p>岸线整治</p>")
    clerk = make.clerk(document.body)
    assert found("岸线") == []
    documents.publish(document, by=clerk, at=make.NOW)
    address = f"/documents/{document.pk}/"
    assert found("岸线 楠溪江") == [address] and found(document.body.name) == [address]


def test_titles_come_first_then_the_newest():
    put(1, "别的", "道路")
    put(2, "道路甲", "")
    put(3, "别的", "道路 道路 道路")
    put(4, "道路乙", "")
    assert found("道路") == [f"/documents/{n}/" for n in (4, 2, 3, 1)]


def test_the_kinds_that_were_found_are_offered_with_their_numbers():
    put(1, "道路")
    put(2, "道路", kind="project")
    put(3, "道路", kind="project")
    tabs = make.client().get("/search/?q=道路&kind=project").context["tabs"]
    assert [(tab["count"], tab["current"]) for tab in tabs] == [(3, False), (2, True), (1, False)]
    assert found("道路", kind="nonsense") == found("道路")


@pytest.mark.parametrize(
    "query",
    [
        *("%", "_", "\\", "'", '"', "(", ")", "[", "*", "^", "-", "+", ":", "&", "|", "!", "<->", "{{ x }}"),
        *("\0", "😀", "title:", "a" * 500, "xor AND", "xor OR NOT", "NEAR(修 2)", '"未完', "x' OR 1=1 --"),
        *("㙍", "𠮷", "éé", "＊", "/* */", "ﷺ", "İ", "ß" * 60, ". . . ."),
    ],
)
def test_a_sign_with_a_meaning_elsewhere_is_only_a_sign(query):
    published("道路改造票决")
    assert found(query) == []


def test_rare_characters_and_operators_are_found_as_words():
    put(1, "㙍坑村与𠮷祥桥", "NOT NEAR and or 100%")
    for query in ("㙍", "㙍坑", "𠮷", "𠮷祥", "not near", "AND", "OR", "100%", "100"):
        assert found(query) == ["/documents/1/"], query


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

    body = make.body()
    put(1, "道路一", body=body)
    few = queries()
    for n in range(2, 24):
        put(n, f"道路{n}", body=body)
    assert queries() == few and len(found("道路")) == 20
    assert text("/search/?q=道路&page=2").count("<mark>道路</mark>") == 3
    assert 'href="?q=%E9%81%93%E8%B7%AF&amp;page=2"' in text("/search/?q=道路")


def test_search_is_for_readers_and_not_for_search_engines():
    answer = make.client().get("/search/?q=道路")
    assert answer["X-Robots-Tag"] == "noindex" and "noindex" in answer.content.decode()
    assert make.client().post("/search/").status_code == 405
    assert 'action="/search/"' in text("/")
