"""The index holds what is public and follows it, in the same transaction, on both databases."""

import pytest
from django.db import connection, transaction

from tests import make
from tests.portal.test_portal import published
from yishi.meetings.models import Meeting
from yishi.publishing.actions import documents, index
from yishi.publishing.models import Page
from yishi.publishing.search import counts, find, snippet

pytestmark = pytest.mark.django_db


def put(address="/x/", title="道路", text="", **also):
    return index.put(address, kind="document", title=title, text=text, at=make.NOW, **also)


def addresses(query):
    return [page.address for page in find(query)]


def words():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM publishing_words")
        return cursor.fetchone()[0]


def test_an_address_stands_once_and_says_what_was_put_last():
    put(title="道路")
    put(title="桥梁")
    assert addresses("道路") == [] and addresses("桥梁") == ["/x/"] and words() == 1


def test_what_is_dropped_is_gone_and_dropping_nothing_is_no_fault():
    put()
    index.drop("/x/")
    index.drop("/x/")
    assert addresses("道路") == [] and words() == 0 == Page.objects.count()


def test_a_transaction_that_fails_leaves_the_index_as_it_was():
    put(title="道路")
    with pytest.raises(RuntimeError), transaction.atomic():
        put(title="桥梁")
        put("/y/", title="桥梁")
        raise RuntimeError
    assert addresses("道路") == ["/x/"] and addresses("桥梁") == [] and words() == 1


def test_a_longer_word_is_found_only_where_it_stands_in_a_row():
    put("/1/", "民生实事")
    put("/2/", "民生", "生实 实事")
    assert addresses("民生实事") == ["/1/"]
    assert set(addresses("民生 实事")) == {"/1/", "/2/"}


def test_one_character_is_found_at_the_beginning_in_the_middle_and_at_the_end():
    put(title="修路桥")
    assert [addresses(one) for one in "修路桥"] == [["/x/"]] * 3 and addresses("道") == []


def test_other_words_are_found_whole_in_any_writing():
    put(title="GDP 2026年度", text="ＡＢＣ")
    for query in ("gdp", "2026", "2026年", "2026年度", "abc", "年度"):
        assert addresses(query) == ["/x/"], query
    assert addresses("gd") == addresses("202") == []


def test_a_very_long_text_is_found_by_its_end_too():
    put(text="建设项目" * 8_000 + "末尾的古道")
    assert addresses("末尾的古道") == ["/x/"] and addresses("尾末") == []


def test_counts_are_by_kind():
    put("/1/", "道路")
    index.put("/2/", kind="result", title="道路", at=make.NOW)
    assert counts("道路") == {"document": 1, "result": 1} and counts("") == {}


def test_the_snippet_shows_the_first_hit():
    text = "甲" * 200 + "古道" + "乙" * 200
    assert snippet(text, ["古道"]) == "…" + "甲" * 30 + "古道" + "乙" * 118 + "…"
    assert snippet("短", ["古道"]) == snippet("短", []) == "短"


def test_every_room_gives_its_public_pages_when_the_index_is_made_anew():
    poll, call = published("道路票决"), make.call(title="道路征集")
    hidden = make.document(title="道路草稿")
    document = make.document(title="道路公告")
    documents.publish(document, by=make.clerk(document.body), at=make.NOW)
    put("/gone/", "道路")
    assert index.rebuild() == 3
    known = {f"/results/{poll.pk}/", f"/calls/{call.pk}/", f"/documents/{document.pk}/"}
    assert set(addresses("道路")) == known and f"/documents/{hidden.pk}/" not in known
    assert words() == 3


def test_an_older_installation_is_indexed_once():
    assert index.fill() == 0
    make.call(title="道路征集")
    assert index.fill() == 1 and index.fill() == 0


def test_a_rehearsal_is_never_found():
    poll = published("道路票决")
    Meeting.objects.filter(pk=poll.meeting_id).update(rehearsal_of=make.meeting(poll.meeting.body))
    assert index.rebuild() == 0 and addresses("道路") == []


def test_the_words_that_were_pushed_are_those_that_are_rebuilt():
    poll = published("道路票决")
    document = make.document(title="道路公告")
    documents.publish(document, by=make.clerk(document.body), at=make.NOW)
    pushed = list(Page.objects.order_by("address").values("address", "kind", "title", "text", "body", "at"))
    index.rebuild()
    assert pushed == list(
        Page.objects.order_by("address").values("address", "kind", "title", "text", "body", "at")
    )
    assert poll.title in [page["title"] for page in pushed]
