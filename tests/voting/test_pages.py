"""The pages of a vote: who gets in, what a press does, what is typed stays, what the public sees."""

import pytest
from django.urls import reverse

from tests import make
from tests.make import NOW
from yishi.journal.models import Entry
from yishi.voting.actions import polls, rehearsal
from yishi.voting.models import Poll
from yishi.voting.rules import box

pytestmark = pytest.mark.django_db

FOR_TWO = [["f", "f", "a"]] * 5


def as_(poll: Poll, name: str):
    return make.client(make.official(poll, name))


def at(name: str, poll: Poll, *more: object) -> str:
    return reverse(name, args=[poll.pk, *more])


def declared(**fields: object) -> Poll:
    poll = make.hall("returned", **fields)
    make.counted(poll, FOR_TWO)
    polls.declare(Poll.objects.whole().get(pk=poll.pk), by=make.official(poll, "chair"), at=NOW)
    return Poll.objects.whole().get(pk=poll.pk)


PAGES = ("poll", "chair", "poll_change", "poll_options", "poll_method", "poll_officials", "poll_drop")


@pytest.mark.parametrize("name", PAGES)
def test_the_clerk_gets_every_page_and_strangers_none(name: str) -> None:
    poll = make.hall("form")
    assert as_(poll, "clerk").get(at(name, poll)).status_code == 200
    deputy = make.deputy_user(make.seat(make.body()))
    for stranger in (deputy, make.clerk(make.body()), make.deputy_user(poll.meeting.voters.first().seat)):
        assert make.client(stranger).get(at(name, poll)).status_code == 403
    assert make.client().get(at(name, poll)).status_code == 302
    assert Entry.objects.filter(verb="people.refused").count() == 3


def test_the_list_of_polls_takes_the_same_queries_for_three_and_for_thirty(
    django_assert_max_num_queries,
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    poll = make.hall("returned")
    client = as_(poll, "clerk")
    url = reverse("polls", args=[poll.meeting_id])
    client.get(url)  # what a first visit writes
    taken = []
    for more in (2, 27):
        for _ in range(more):
            make.poll(poll.meeting, state="closed", closed_at=NOW)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(url).status_code == 200
        taken.append(len(queries))
    assert taken[0] == taken[1] < 25


def test_a_new_poll_from_its_form_with_options_pasted_from_excel() -> None:
    meeting = make.meeting()
    client = make.client(make.clerk(meeting.body))
    url = reverse("poll_new", args=[meeting.pk])
    assert client.get(url).status_code == 200
    typed = {
        "title": "民生实事项目票决", "rule_key": "projects.town.vote", "seats": "2", "size": "A4",
        "batch_size": "50", "colour": "浅红", "doors": "paper", "failure": "repeat", "counting": "scan",
        "options": "甲路改造\t投资100万元\r\n乙桥\r\n\r\n丙校\t扩建\t二期",
    }  # fmt: skip
    answer = client.post(url, typed)
    poll = Poll.objects.get()
    assert answer.url == reverse("poll", args=[poll.pk])
    assert list(poll.options.values_list("title", "detail")) == [
        ("甲路改造", "投资100万元"),
        ("乙桥", ""),
        ("丙校", "扩建 二期"),
    ]
    assert poll.counting == "scan" and poll.by_machine


def test_a_form_refused_keeps_what_was_typed_and_says_why_at_the_field() -> None:
    meeting = make.meeting()
    client = make.client(make.clerk(meeting.body))
    typed = {
        "title": "选举", "rule_key": "election.officials", "seats": "", "size": "A4", "batch_size": "50",
        "doors": "paper", "failure": "repeat", "counting": "hand", "options": "甲\n乙",
    }  # fmt: skip
    answer = client.post(reverse("poll_new", args=[meeting.pk]), typed)
    text = answer.content.decode()
    assert "请填写应选数" in text and "甲\n乙" in text.replace("\r", "")
    assert not Poll.objects.exists()


def test_changing_seats_and_answers_to_open_points() -> None:
    poll = make.hall("form")
    client = as_(poll, "clerk")
    page = client.get(at("poll_change", poll)).content.decode()
    assert "须由县里确认" in page
    form = client.get(at("poll_change", poll)).context["form"]
    typed = {name: form[name].value() for name in form.fields} | {"seats": "1", "open_count": ""}
    over = next(name for name, point in form.points.items() if point.key == "projects.over_choice")
    client.post(at("poll_change", poll), typed | {over: "none"})
    poll.refresh_from_db()
    assert poll.seats == 1 and poll.law.most is None


def test_script_in_a_title_is_shown_as_text() -> None:
    poll = make.hall("form", options=("<script>alert(1)</script>", "乙"), title="<b>票决</b>")
    for name in ("poll", "chair"):
        text = as_(poll, "clerk").get(at(name, poll)).content.decode()
        assert "<script>alert" not in text and "<b>票决" not in text
    assert "&lt;script&gt;" in as_(poll, "clerk").get(at("poll", poll)).content.decode()


def press(poll: Poll, name: str, verb: str, **typed: object):
    return as_(poll, name).post(at("chair_do", poll, verb), typed)


def test_the_whole_way_by_the_buttons_of_the_chairs_page() -> None:
    poll = make.hall("form")
    way = [
        ("chair", "method", {"for": 5, "against": 0, "abstain": 0}),
        ("chair", "officials", {"for": 5}),
        ("clerk", "printed", {"value": 8}),
        ("clerk", "quorum", {}),
        ("clerk", "issued", {"issued": 5, "left_over": 3, "replaced": ""}),
        ("chief", "sealed", {}),
        ("watcher", "sealed", {}),
        ("chair", "open", {}),
        ("chair", "closed", {}),
        ("watcher", "returned", {"value": 5}),
    ]
    for name, verb, typed in way:
        page = as_(poll, name).get(at("chair", poll))
        assert page.context["key"] == verb and page.context["task"] is not None
        assert press(poll, name, verb, **typed).status_code == 302
    make.counted(Poll.objects.whole().get(pk=poll.pk), FOR_TWO)
    assert press(poll, "chair", "declared").status_code == 302
    assert press(poll, "chair", "published").status_code == 302
    assert as_(poll, "chair").get(at("chair", poll)).context["key"] == "done"


def test_who_may_not_is_told_to_wait_and_refused_when_he_presses_all_the_same() -> None:
    poll = make.hall("sealed")
    page = as_(poll, "one").get(at("chair", poll))
    assert page.context["task"] is None and "由主持人办理" in page.content.decode()
    assert press(poll, "one", "open").status_code == 403
    assert Poll.objects.get(pk=poll.pk).state == "ready"


def test_more_returned_than_issued_is_asked_once_before_it_voids() -> None:
    poll = make.hall("closed")
    answer = press(poll, "watcher", "returned", value=6)
    text = answer.content.decode()
    assert answer.status_code == 200 and "再按一次" in text
    assert 'value="6"' in text and 'name="sure" value="on"' in text
    assert Poll.objects.get(pk=poll.pk).state == "closed"
    press(poll, "watcher", "returned", value=6, sure="on")
    assert Poll.objects.get(pk=poll.pk).state == "void"
    page = as_(poll, "chair").get(at("chair", poll)).content.decode()
    assert "收回多于发出" in page and "准备下一轮投票" in page
    answer = press(poll, "chair", "next")
    again = Poll.objects.get(previous=poll)
    assert answer.url == reverse("chair", args=[again.pk])


def test_a_correction_without_reason_keeps_what_was_typed() -> None:
    poll = make.hall("issued")
    answer = press(poll, "clerk", "correct", kind="printed", value=9, why="")
    assert answer.status_code == 200 and 'value="9"' in answer.content.decode()
    press(poll, "clerk", "correct", kind="printed", value=9, why="多印一张")
    assert box.figure(poll, "printed") == 9


def test_a_gate_is_passed_with_a_reason_from_the_page() -> None:
    poll = make.hall("issued")
    press(poll, "clerk", "correct", kind="printed", value=9, why="多印一张")
    assert "没有满足也要继续" in as_(poll, "chair").get(at("chair", poll)).content.decode()
    as_(poll, "chair").post(at("gate_override", poll, "printed_balance"), {"why": ""})
    assert not poll.overrides.exists()
    as_(poll, "chair").post(at("gate_override", poll, "printed_balance"), {"why": "当众销毁一张"})
    assert poll.overrides.get().why == "当众销毁一张"
    assert as_(poll, "clerk").post(at("gate_override", poll, "sealed"), {"why": "x"}).status_code == 403


def test_an_unknown_button_is_not_found() -> None:
    poll = make.hall("form")
    assert press(poll, "chair", "explode").status_code == 404


def test_officials_are_named_by_their_account() -> None:
    poll = make.hall("form")
    client = as_(poll, "clerk")
    url = at("poll_officials", poll)
    assert "没有这个账号" in client.post(url, {"user": "nobody-here", "hat": "teller"}).content.decode()
    made = make.user("ji-piao-yuan")
    assert client.post(url, {"user": made.username, "hat": "teller"}).status_code == 302
    one = poll.officials.get(user=made)
    assert client.post(reverse("official_remove", args=[one.pk])).status_code == 302
    assert not poll.officials.filter(user=made).exists()


def test_the_public_sees_a_result_only_once_it_is_published() -> None:
    poll = declared()
    public = make.client()
    assert public.get(at("poll_public", poll)).status_code == 404
    assert poll.title not in public.get("/results/").content.decode()
    polls.publish(poll, by=make.official(poll, "clerk"), at=NOW)
    page = public.get(at("poll_public", poll))
    text = page.content.decode()
    assert "甲" in text and "应到" in text and "第二十五条" in text
    assert len(page.content) < 60_000
    assert poll.title in public.get("/results/").content.decode()
    polls.withdraw(poll, by=make.official(poll, "clerk"), at=NOW, why="有误")
    assert public.get(at("poll_public", poll)).status_code == 404


def test_the_public_page_speaks_english_too() -> None:
    poll = declared()
    polls.publish(poll, by=make.official(poll, "clerk"), at=NOW)
    client = make.client()
    client.cookies["django_language"] = "en"
    text = client.get(at("poll_public", poll), HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert "entitled" in text and "Organic Law" in text


def test_a_rehearsal_is_stamped_and_its_result_never_public() -> None:
    poll = make.hall("form")
    clerk = make.official(poll, "clerk")
    copy = rehearsal.rehearse(poll.meeting, by=clerk, at=NOW)
    made = copy.polls.get()
    client = make.client(clerk)
    for url in (reverse("polls", args=[copy.pk]), at("poll", made), at("chair", made)):
        assert "不产生任何效力" in client.get(url).content.decode()
    Poll.objects.filter(pk=made.pk).update(published_at=NOW, declared_at=NOW, state="declared")
    assert make.client().get(at("poll_public", made)).status_code == 404
    assert client.get(reverse("rehearsal_wipe", args=[copy.pk])).status_code == 200
    assert client.post(reverse("rehearsal_wipe", args=[copy.pk])).status_code == 302
    assert not Poll.objects.filter(pk=made.pk).exists()


PAPERS = ("method", "officials", "script", "report", "announcement", "announcement-en")


@pytest.mark.parametrize("name", PAPERS)
def test_every_paper_as_pdf_and_as_word(name: str) -> None:
    poll = declared()
    client = as_(poll, "clerk")
    assert client.get(at("poll_paper", poll, name, "pdf")).content.startswith(b"%PDF")
    assert client.get(at("poll_paper", poll, name, "docx")).content.startswith(b"PK")
    assert client.get(at("poll_paper", poll, name, "exe")).status_code == 404
    assert make.client(make.user()).get(at("poll_paper", poll, name, "pdf")).status_code == 403


def test_no_report_before_there_is_a_tally_and_no_announcement_before_it_is_declared() -> None:
    poll = make.hall("returned")
    client = as_(poll, "clerk")
    assert client.get(at("poll_paper", poll, "report", "pdf")).status_code == 404
    make.counted(poll, FOR_TWO)
    assert client.get(at("poll_paper", poll, "report", "pdf")).status_code == 200
    assert client.get(at("poll_paper", poll, "announcement", "pdf")).status_code == 404


def test_the_ballot_sheet_is_printed_in_as_many_copies_as_asked() -> None:
    import pypdfium2

    poll = make.hall("form")
    client = as_(poll, "clerk")
    one = client.get(at("poll_sheet", poll)).content
    many = client.get(at("poll_sheet", poll) + "?copies=20").content
    pages = [len(pypdfium2.PdfDocument(data)) for data in (one, many)]
    assert pages[1] == 20 * pages[0]
    assert client.get(at("poll_sheet", poll) + "?copies=viele").status_code == 200
    empty = make.hall("form", options=())
    assert as_(empty, "clerk").get(at("poll_sheet", empty)).status_code == 409


def test_the_minutes_hold_what_was_decided() -> None:
    poll = declared()
    answer = as_(poll, "clerk").get(reverse("polls_minutes", args=[poll.meeting_id, "pdf"]))
    assert answer.content.startswith(b"%PDF")
