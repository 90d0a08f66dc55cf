"""The candidates explained, discussed and answered: who may, what is refused, what is kept."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import make
from tests.make import NOW
from tests.projects import hall
from yishi.journal.models import Entry
from yishi.journal.moves import MoveError
from yishi.papers.tables import read_xlsx
from yishi.people.models import Body
from yishi.projects.actions import deliberation as do
from yishi.projects.actions.sheets import of as sheet_of
from yishi.projects.actions.sheets import opened
from yishi.projects.models import Comment, Explanation, Project
from yishi.projects.rules import deliberation as rules
from yishi.projects.words.deliberation import COLUMNS
from yishi.voting.models import Poll
from yishi.web.access import Refused

pytestmark = pytest.mark.django_db

SAID = {"speaker": "林镇长", "post": "镇长", "held_at": NOW, "text": "从收到的建议中提出三个项目。"}


@pytest.fixture
def call():
    return hall.candidates()


@pytest.fixture
def clerk(call):
    return make.clerk(call.body)


@pytest.fixture
def meeting(call):
    return make.meeting(call.body, deputies=2, state="open")


@pytest.fixture
def deputy(meeting):
    return make.deputy_user(meeting.voters.first().seat)


@pytest.fixture
def project(call):
    return call.projects.first()


def seat_of(user):
    return user.person.seats.get()


def says(call, user, project=None, text="投资偏高", **fields):
    return do.comment(call, project, None, "", text, seat=seat_of(user), by=user, at=NOW, **fields)


def changed(project, **values):
    return {**opened(sheet_of(project)), **values}


# --- the explanation ---------------------------------------------------------


def test_the_clerk_records_who_explained_the_candidates(call, clerk, meeting):
    made = do.explain(call, meeting, **SAID, by=clerk, at=NOW)
    assert made.speaker == "林镇长" and Entry.objects.filter(verb="projects.explained").count() == 1


def test_a_correction_needs_its_reason_and_keeps_the_old_in_the_journal(call, clerk, meeting):
    do.explain(call, meeting, **SAID, by=clerk, at=NOW)
    with pytest.raises(ValidationError) as refused:
        do.explain(call, meeting, **{**SAID, "speaker": "陈镇长"}, by=clerk, at=NOW)
    assert set(refused.value.error_dict) == {"why"}
    do.explain(call, meeting, **{**SAID, "speaker": "陈镇长"}, by=clerk, at=NOW, why="姓名写错")
    assert Explanation.objects.get().speaker == "陈镇长"
    entry = Entry.objects.get(verb="projects.explanation_corrected")
    assert entry.data["before"] == {"speaker": "林镇长"} and entry.why == "姓名写错"


def test_the_same_again_changes_nothing(call, clerk, meeting):
    do.explain(call, meeting, **SAID, by=clerk, at=NOW)
    do.explain(call, meeting, **SAID, by=clerk, at=NOW)
    assert not Entry.objects.filter(verb="projects.explanation_corrected").exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("speaker", " "),
        ("post", ""),
        ("text", " "),
        ("held_at", NOW + timedelta(minutes=1)),
        ("held_at", NOW - timedelta(days=1)),
    ],
)
def test_what_is_wrong_with_an_explanation_is_said_at_its_field(call, clerk, meeting, field, value):
    with pytest.raises(ValidationError) as refused:
        do.explain(call, meeting, **{**SAID, field: value}, by=clerk, at=NOW)
    assert set(refused.value.error_dict) == {field}


def test_it_is_explained_where_it_is_voted_and_not_in_a_rehearsal(call, clerk, meeting):
    for wrong in (make.meeting(), make.meeting(call.body, rehearsal_of=meeting)):
        with pytest.raises(ValidationError) as refused:
            do.explain(call, wrong, **SAID, by=clerk, at=NOW)
        assert set(refused.value.error_dict) == {"meeting"}


def test_only_a_clerk_of_the_call_or_of_who_votes_records(call, meeting, deputy):
    for who in (make.clerk(make.body()), make.chair(call.body), deputy, make.user()):
        with pytest.raises(Refused):
            do.explain(call, meeting, **SAID, by=who, at=NOW)
        with pytest.raises(Refused):
            do.comment(call, None, None, "第一代表团", "意见", by=who, at=NOW)


def test_a_streets_council_clerk_records_for_the_street():
    street = make.body(Body.Kind.STREET_COMMITTEE)
    council = make.body(Body.Kind.RESIDENTS_COUNCIL, parent=street)
    call = hall.candidates(of=street)
    made = do.explain(call, make.meeting(council), **SAID, by=make.clerk(council), at=NOW)
    assert (made.call, made.meeting.body) == (call, council)


# --- what was said -----------------------------------------------------------


def test_the_clerk_writes_down_what_a_delegation_said(call, clerk, meeting, project):
    made = do.comment(call, project, meeting, " 第二代表团 ", "加装地点要公开", by=clerk, at=NOW)
    assert (made.who, made.state, made.seat, made.meeting) == ("第二代表团", "open", None, meeting)
    assert do.comment(call, None, None, "第一代表团", "总体同意", by=clerk, at=NOW).project is None


def test_a_deputy_speaks_with_their_own_name_and_seat(call, deputy, project):
    made = says(call, deputy, project)
    assert made.who == deputy.name and made.seat == seat_of(deputy)


def test_a_deputy_speaks_for_nobody_else(call, deputy, meeting, project):
    other = meeting.voters.last().seat
    with pytest.raises(Refused):
        do.comment(call, project, None, "", "意见", seat=other, by=deputy, at=NOW)


def test_a_deputy_speaks_once_the_candidates_are_known(call, deputy, meeting, project):
    call.candidates_at = None
    call.save()
    with pytest.raises(Refused):
        says(call, deputy, project)
    hall.deliver(hall.booklet(meeting, call, reached=None), NOW, [meeting.voters.last()])
    with pytest.raises(Refused):
        says(call, deputy, project)
    hall.booklet(meeting, call, reached=NOW)
    says(call, deputy, project)


def test_when_voting_has_begun_no_deputy_speaks_any_more(call, deputy, project, clerk):
    poll = make.poll(make.meeting(call.body), state="ready")
    call.projects.update(poll=poll)
    says(call, deputy, project)
    poll.state, poll.opened_at = "open", NOW
    poll.save()
    with pytest.raises(Refused):
        says(call, deputy, project)


def test_a_deputy_of_another_town_or_whose_seat_has_ended_does_not_speak(call, deputy, project):
    with pytest.raises(Refused):
        says(call, make.deputy_user(make.seat()), project)
    seat = seat_of(deputy)
    seat.ends, seat.end_reason = NOW.date(), "resigned"
    seat.save()
    with pytest.raises(Refused):
        says(call, deputy, project)


@pytest.mark.parametrize("text", ["", " \n", "长" * 2001])
def test_empty_and_too_long_words_are_refused_at_the_text(call, deputy, project, text):
    with pytest.raises(ValidationError) as refused:
        says(call, deputy, project, text)
    assert set(refused.value.error_dict) == {"text"}


def test_only_candidates_of_this_call_are_spoken_of(call, clerk, project):
    project.state = Project.State.WITHDRAWN
    project.save()
    for wrong in (project, make.project()):
        with pytest.raises(ValidationError) as refused:
            do.comment(call, wrong, None, "第一代表团", "意见", by=clerk, at=NOW)
        assert set(refused.value.error_dict) == {"project"}


# --- the answer --------------------------------------------------------------

STATES = Comment.State


def step(comment, to, by):
    return {
        "answered": lambda: do.answer(comment, "已改", by=by, at=NOW),
        "noted": lambda: do.note(comment, by=by, at=NOW),
        "open": lambda: do.reopen(comment, "答复不全", by=by, at=NOW),
    }[to]()


@pytest.mark.parametrize("start", list(STATES))
@pytest.mark.parametrize("to", list(STATES))
def test_a_comment_moves_only_along_its_table(call, clerk, start, to):
    comment = hall.comment(call, state=start)
    if to in Comment.MOVES[start]:
        step(comment, to, clerk)
        comment.refresh_from_db()
        assert comment.state == to and (comment.answered_at is None) is (to == "open")
    else:
        with pytest.raises(MoveError):
            step(comment, to, clerk)


def test_the_unit_answers_for_its_own_project_and_for_no_other(call, project):
    unit = make.clerk(project.unit)
    do.answer(hall.comment(call, project), "已核减投资", by=unit, at=NOW)
    for other in (hall.comment(call, call.projects.last()), hall.comment(call)):
        with pytest.raises(Refused):
            do.answer(other, "不归我管", by=unit, at=NOW)


def test_an_answer_needs_words_and_reopening_a_reason(call, clerk):
    comment = hall.comment(call)
    with pytest.raises(ValidationError):
        do.answer(comment, " ", by=clerk, at=NOW)
    do.answer(comment, "已改", by=clerk, at=NOW)
    with pytest.raises(ValidationError):
        do.reopen(comment, " ", by=clerk, at=NOW)
    do.reopen(comment, "答复不全", by=clerk, at=NOW)
    assert comment.answer == ""
    assert Entry.objects.get(verb="projects.comment.open").data["said"] == "已改"


def test_two_who_answer_at_once_are_told(call, clerk):
    comment = hall.comment(call)
    same = Comment.objects.get(pk=comment.pk)
    do.answer(comment, "已改", by=clerk, at=NOW)
    with pytest.raises(MoveError):
        do.answer(same, "没改", by=clerk, at=NOW)
    assert Comment.objects.get(pk=comment.pk).answer == "已改"


def test_a_comment_changes_the_sheet_and_is_answered_by_the_new_version(call, clerk, project):
    comment = hall.comment(call, project)
    do.amend(comment, changed(project, cost=1_000_000_00), "核减投资", by=clerk, at=NOW)
    comment.refresh_from_db()
    assert comment.state == "answered" and comment.version.number == 2 and "核减投资" in comment.answer
    assert comment.version.sheet["cost"] == 1_000_000_00
    assert Project.objects.get(pk=project.pk).cost == 1_000_000_00


def test_a_change_that_changes_nothing_or_has_no_reason_answers_nothing(call, clerk, project):
    comment = hall.comment(call, project)
    for sheet, why in ((changed(project), "没有变"), (changed(project, funds="县财政"), " ")):
        with pytest.raises(ValidationError):
            do.amend(comment, sheet, why, by=clerk, at=NOW)
    assert Comment.objects.get().state == "open" and project.versions.count() == 1


def test_once_the_ballot_is_adopted_no_sheet_is_changed(call, clerk, project):
    poll = make.poll(make.meeting(call.body))
    call.projects.update(poll=poll)
    comment = hall.comment(call, Project.objects.get(pk=project.pk))
    do.amend(comment, changed(project, funds="县财政"), "资金来源更清楚", by=clerk, at=NOW)
    poll.state = "ready"
    poll.save()
    late = Comment.objects.get(pk=hall.comment(call, project).pk)
    with pytest.raises(ValidationError):
        do.amend(late, changed(project, funds="镇财政"), "再改", by=clerk, at=NOW)


def test_a_change_leaves_no_gap_in_what_residents_read(call, clerk, project):
    with pytest.raises(ValidationError, match="不能缺项"):
        do.amend(hall.comment(call, project), changed(project, cost=None), "未定", by=clerk, at=NOW)
    assert project.versions.count() == 1


def test_a_ballot_adopted_while_the_change_was_typed_refuses_it(call, clerk, project):
    call.projects.update(poll=make.poll(make.meeting(call.body)))
    old = Comment.objects.select_related("project__poll", "call").get(pk=hall.comment(call, project).pk)
    assert old.project.poll.state == "draft"
    Poll.objects.update(state="ready")
    with pytest.raises(ValidationError, match="票面已随"):
        do.amend(old, changed(project, funds="镇财政"), "再改", by=clerk, at=NOW)


def test_a_general_comment_changes_no_sheet(call, clerk, project):
    with pytest.raises(ValidationError):
        do.amend(hall.comment(call), changed(project, funds="县财政"), "改", by=clerk, at=NOW)


# --- pages -------------------------------------------------------------------


def url(name, *args):
    return reverse(name, args=args)


def text(response):
    assert response.status_code == 200
    return response.content.decode()


def test_the_page_shows_explanation_and_comments_by_project(call, clerk, meeting, project):
    hall.explained(call, meeting)
    hall.comment(call, project, text="投资偏高", answer="已核减", state="answered")
    hall.comment(call, text="总体同意")
    page = text(make.client(clerk).get(url("deliberation", call.pk)))
    assert "林镇长（镇长）" in page and "1. 甲" in page and "全部候选项目" in page
    assert "还有1条审议意见没有答复" in page and "已核减" in page
    only = text(make.client(clerk).get(url("deliberation", call.pk) + "?state=open"))
    assert "总体同意" in only and "投资偏高" not in only


def test_an_empty_page_says_what_comes(call, clerk):
    assert "代表在手机上提出的" in text(make.client(clerk).get(url("deliberation", call.pk)))


@pytest.mark.parametrize("name", ["deliberation", "deliberation_print", "deliberation_file"])
def test_the_pages_cost_the_same_for_many_comments(call, clerk, project, name):
    browser = make.client(clerk)

    def cost():
        with CaptureQueriesContext(connection) as found:
            assert browser.get(url(name, call.pk)).status_code == 200
        return len(found)

    hall.comment(call, project)
    browser.get(url(name, call.pk))
    before = cost()
    for n in range(30):
        hall.comment(call, list(call.projects.all())[n % 3])
    assert cost() == before


def test_the_print_has_every_comment_and_no_page_of_it(call, clerk, project):
    for n in range(60):
        hall.comment(call, project, text=f"第{n}条意见。")
    page = text(make.client(clerk).get(url("deliberation_print", call.pk)))
    assert "第0条意见。" in page and "第59条意见。" in page


def test_the_excel_holds_comment_and_answer(call, clerk, project):
    hall.comment(call, project, state="answered", answer="已核减", answered_at=NOW)
    answer = make.client(clerk).get(url("deliberation_file", call.pk))
    row = read_xlsx(answer.content, COLUMNS).rows[0].values
    assert row["project"] == "甲" and row["state"] == "已答复" and row["answer"] == "已核减"


def test_the_clerk_records_on_the_pages_and_nothing_typed_is_lost(call, clerk, meeting, project):
    browser = make.client(clerk)
    typed = {
        "meeting": meeting.pk,
        "speaker": "林镇长",
        "post": "",
        "held_at": "2026-01-20T09:00",
        "text": "说明",
    }
    page = text(browser.post(url("explain", call.pk), typed))
    assert "林镇长" in page and not Explanation.objects.exists()
    assert browser.post(url("explain", call.pk), {**typed, "post": "镇长"}).status_code == 302
    said = {"project": project.pk, "meeting": meeting.pk, "who": "第一代表团", "text": "意见"}
    assert "意见" in text(browser.post(url("comment_add", call.pk), {**said, "who": ""}))
    assert browser.post(url("comment_add", call.pk), said).status_code == 302
    assert Comment.objects.get().who == "第一代表团"


def test_answer_note_reopen_and_amend_on_the_pages(call, clerk, project):
    browser = make.client(clerk)
    comment = hall.comment(call, project)
    assert "记录备查" in text(browser.get(url("comment_said", comment.pk)))
    browser.post(url("comment_said", comment.pk), {"text": "已核减"})
    browser.post(url("comment_reopen", comment.pk), {"why": "答复不全"})
    browser.post(url("comment_note", comment.pk), {"text": ""})
    comment.refresh_from_db()
    assert comment.state == "noted"
    browser.post(url("comment_reopen", comment.pk), {"why": "还要改"})
    page = browser.get(url("comment_amend", comment.pk))
    typed = {k: v for k, v in page.context["form"].initial.items() if v is not None}
    typed |= {"unit": project.unit_id, "cost": "100", "title": "甲", "why": "核减投资"}
    typed |= {"starts_on": "2026-03-01", "ends_on": "2026-11-30"}
    answer = browser.post(url("comment_amend", comment.pk), typed)
    assert answer.status_code == 302, answer.context["form"].errors
    comment.refresh_from_db()
    assert comment.state == "answered" and comment.version.number == 2
    page = text(browser.get(url("comment_said", comment.pk)))
    assert "第2稿" in page and url("candidate_versions", project.pk) in page
    page = text(make.client(make.clerk(project.unit)).get(url("comment_said", comment.pk)))
    assert "第2稿" in page and url("candidate_versions", project.pk) not in page


def test_the_units_clerk_finds_the_page_and_answers(call, project):
    browser = make.client(make.clerk(project.unit))
    comment = hall.comment(call, project)
    assert "投资偏高" in text(browser.get(url("deliberation", call.pk)))
    assert browser.post(url("comment_said", comment.pk), {"text": "已核减"}).status_code == 302
    other = hall.comment(call)
    assert browser.get(url("comment_said", other.pk)).status_code == 403


def test_a_deputy_speaks_on_the_phone_and_reads_the_answer(call, deputy, project, clerk):
    browser = make.client(deputy)
    page = text(browser.get(url("comment", call.pk)))
    assert url("comment_on", project.pk) in page
    assert "投资" in text(browser.get(url("comment_on", project.pk)))
    assert browser.post(url("comment_on", project.pk), {"text": ""}).context["form"].errors
    browser.post(url("comment_on", project.pk), {"text": "电梯要装在老楼"})
    browser.post(url("comment_all", call.pk), {"text": "总体同意"})
    made = Comment.objects.get(project=project)
    assert made.who == deputy.name and made.meeting is not None
    do.answer(made, "会优先装老楼", by=clerk, at=NOW)
    assert "会优先装老楼" in text(browser.get(url("comment", call.pk)))


def test_a_deputy_reads_only_their_own_comments(call, deputy, meeting, project):
    other = meeting.voters.last().seat
    hall.comment(call, project, text="别人的话", seat=other)
    assert "别人的话" not in text(make.client(deputy).get(url("comment", call.pk)))
    assert make.client(deputy).get(url("deliberation", call.pk)).status_code == 403


def test_after_voting_began_a_deputy_still_reads_and_no_longer_speaks(call, deputy, project):
    poll = make.poll(make.meeting(call.body), state="open", opened_at=NOW)
    call.projects.update(poll=poll)
    browser = make.client(deputy)
    assert "不能再提意见" in text(browser.get(url("comment", call.pk)))
    assert browser.post(url("comment_on", project.pk), {"text": "晚了"}).status_code == 403


def test_a_deputy_is_told_of_the_calls_to_speak_on(call, deputy):
    assert list(rules.calls_to_comment(deputy, NOW)) == [call]
    assert list(rules.calls_to_comment(make.deputy_user(make.seat()), NOW)) == []
    call.projects.update(poll=make.poll(make.meeting(call.body), state="open", opened_at=NOW))
    assert list(rules.calls_to_comment(deputy, NOW)) == []


def test_unpublished_candidates_are_spoken_of_by_those_whom_their_paper_reached(call, deputy, meeting):
    call.candidates_at = None
    call.save()
    assert list(rules.calls_to_comment(deputy, NOW)) == []
    hall.booklet(meeting, call)
    hall.booklet(meeting, call)
    assert list(rules.calls_to_comment(deputy, NOW)) == [call]


def test_the_way_to_the_comment_is_on_the_desk_and_on_the_meetings_page(call, deputy, meeting):
    browser, way = make.client(deputy), url("comment", call.pk)
    for page in (url("desk"), url("meeting", meeting.pk)):
        assert way in text(browser.get(page))
    call.projects.update(poll=make.poll(make.meeting(call.body), state="open", opened_at=NOW))
    for page in (url("desk"), url("meeting", meeting.pk)):
        assert way not in text(browser.get(page))


def test_a_street_councillor_and_a_county_deputy_are_told_too():
    street = make.body(Body.Kind.STREET_COMMITTEE)
    member = make.deputy_user(make.seat(make.body(Body.Kind.RESIDENTS_COUNCIL, parent=street)))
    county = make.body(Body.Kind.COUNTY_CONGRESS)
    deputy = make.deputy_user(make.seat(county))
    committee = make.body(Body.Kind.STANDING_COMMITTEE, parent=county)
    of_street, of_county = hall.candidates(of=street), hall.candidates(of=committee)
    assert list(rules.calls_to_comment(member, NOW)) == [of_street]
    assert list(rules.calls_to_comment(deputy, NOW)) == [of_county]
    assert rules.may_comment(member, of_street, NOW) and rules.may_comment(deputy, of_county, NOW)
