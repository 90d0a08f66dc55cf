"""The public pages: what is published and nothing else, without signing in, light and findable."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import make
from yishi.meetings.models import Meeting
from yishi.portal.latest import latest
from yishi.voting.actions import polls
from yishi.voting.models import Poll, Tally

pytestmark = pytest.mark.django_db


def published(title="民生实事项目票决", options=("修路", "建桥", "种树")):
    poll = make.hall("returned", options, title=title)
    make.counted(poll, [["f", "f", "a"]] * 4 + [["f", "a", "a"]])
    poll.refresh_from_db()
    polls.declare(poll, by=make.official(poll, "chair"), at=make.NOW + timedelta(minutes=1))
    poll.refresh_from_db()
    polls.publish(poll, by=make.official(poll, "clerk"), at=make.NOW + timedelta(minutes=2))
    return Poll.objects.get(pk=poll.pk)


def text(address="/"):
    return make.client().get(address).content.decode()


def test_a_house_without_results_says_so():
    assert "还没有公布的结果" in text()
    assert "还没有公布的结果" in text("/results/")


def test_the_front_page_tells_what_was_adopted_with_its_votes():
    poll = published()
    (result,) = latest(6)
    assert result.lines == [("修路", "5票"), ("建桥", "4票")]
    page = text()
    assert f'href="/results/{poll.pk}/"' in page and "应到 6 · 实到 5 · 收回 5 · 有效 5" in page


def test_what_is_not_published_or_was_taken_back_is_nowhere():
    poll = make.hall("returned", title="还没有公布的票决")
    make.counted(poll, [["f", "f", "a"]] * 5)
    poll.refresh_from_db()
    polls.declare(poll, by=make.official(poll, "chair"), at=make.NOW + timedelta(minutes=1))
    taken = published("收回公布的票决")
    assert "收回公布的票决" in text()
    polls.withdraw(taken, by=make.official(taken, "clerk"), at=make.NOW, why="附件有误")
    for address in ("/", "/results/", "/sitemap.xml"):
        page = text(address)
        assert "还没有公布的票决" not in page and "收回公布的票决" not in page
        assert f"/results/{poll.pk}/" not in page and f"/results/{taken.pk}/" not in page


def test_a_rehearsal_is_never_told():
    poll = published()
    real = make.meeting(poll.meeting.body)
    Meeting.objects.filter(pk=poll.meeting_id).update(rehearsal_of=real)
    assert latest(6) == [] and f"/results/{poll.pk}/" not in text("/sitemap.xml")


def test_a_correction_is_told_only_when_it_was_declared_too():
    poll = published()
    tally = poll.tallies.get()
    wrong = {**tally.outcome, "adopted": ["种树"]}
    Tally.objects.create(
        poll=poll, figures=tally.figures, outcome=wrong, at=make.NOW, by=tally.by, why="漏计一批",
        replaces=tally, confirmed_by=tally.by, confirmed_at=make.NOW + timedelta(hours=1),
    )  # fmt: skip
    assert [title for title, _votes in latest(6)[0].lines] == ["修路", "建桥"]
    Poll.objects.filter(pk=poll.pk).update(declared_at=make.NOW + timedelta(hours=2))
    assert [title for title, _votes in latest(6)[0].lines] == ["种树"]


def test_a_title_with_markup_is_shown_as_text():
    published("<script>alert(1)</script>")
    assert "<script>alert" not in text() and "&lt;script&gt;alert" in text()


def test_public_pages_are_light_and_need_no_script_and_no_cookie():
    poll = published(options=tuple(f"项目{n}的名称比较长一些" for n in range(3)))
    for address in ("/", "/results/", f"/results/{poll.pk}/"):
        answer = make.client().get(address)
        assert len(answer.content) < 60_000
        assert "sessionid" not in answer.cookies


def test_queries_of_the_front_page_and_of_the_list_do_not_grow():
    def queries(address):
        with CaptureQueriesContext(connection) as seen:
            assert make.client().get(address).status_code == 200
        return len(seen)

    published("甲")
    few = [queries(address) for address in ("/", "/results/")]
    for n in range(4):
        published(f"乙{n}")
    assert [queries(address) for address in ("/", "/results/")] == few


def test_search_engines_are_told_what_they_may_read():
    poll = published()
    robots = text("/robots.txt")
    assert "Disallow: /\n" in robots and "Allow: /results/" in robots and "/sitemap.xml" in robots
    assert f"/results/{poll.pk}/</loc>" in text("/sitemap.xml")


def test_the_front_page_is_english_for_those_who_ask():
    published()
    page = make.client().get("/", headers={"accept-language": "en"}).content.decode()
    assert 'lang="en"' in page


def test_the_front_page_names_the_calls_that_are_open_and_no_others():
    make.call(title="正在进行的征集")
    make.call(title="还没有发布的征集", state="draft", published_at=None)
    make.call(title="已经结束的征集", closes_on=make.NOW.date().replace(day=2))
    make.call(title="已经撤回的征集", state="withdrawn")
    page = make.client().get("/").content.decode()
    assert page.count("的征集") == page.count("正在进行的征集") > 0


def test_search_engines_find_the_calls_that_were_published():
    call, draft = make.call(), make.call(state="draft", published_at=None)
    addresses = make.client().get("/sitemap.xml").content.decode()
    assert f"/calls/{call.pk}/" in addresses and f"/calls/{draft.pk}/" not in addresses
    assert "Allow: /calls/\n" in make.client().get("/robots.txt").content.decode()


def test_public_projects_stand_in_the_sitemap_and_others_do_not():
    shown = make.project(make.call(year=2025, candidates_at=make.NOW))
    hidden = make.project(make.call())
    addresses = text("/sitemap.xml")
    for page in (
        f"/ledger/projects/{shown.pk}/",
        f"/ledger/{shown.call_id}/",
        f"/candidates/{shown.call_id}/",
    ):
        assert f"{page}</loc>" in addresses
    assert f"/ledger/projects/{hidden.pk}/" not in addresses and "/board/</loc>" in addresses
    robots = text("/robots.txt")
    assert "Allow: /board/" in robots and "Allow: /ledger/" in robots and "Allow: /candidates/" in robots
