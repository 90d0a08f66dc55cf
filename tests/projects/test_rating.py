"""The year-end rating: the deputies' poll and what its grades mean, the residents' without an account."""

import re
from datetime import date, timedelta

import pytest
from django.core import signing
from django.core.exceptions import ValidationError
from django.utils import timezone

from tests import make
from tests.make import NOW
from yishi.journal.models import Entry
from yishi.meetings.models import Meeting
from yishi.people.models import Body
from yishi.projects.actions import calls, rating
from yishi.projects.models import Project, ResidentRating
from yishi.projects.rules import rating as rules
from yishi.projects.views.rating import SEAL
from yishi.voting.actions import polls
from yishi.voting.models import Option, Poll
from yishi.web.access import Refused

pytestmark = pytest.mark.django_db

State, Grade = Project.State, Project.Grade
TITLES = ("老小区加装电梯", "村道硬化", "建文化礼堂")
DAY = timedelta(days=1)


@pytest.fixture
def call():
    return make.call(candidates_at=NOW)


@pytest.fixture
def clerk(call):
    return make.clerk(call.body)


def projects(call, *states):
    return [
        make.project(call, title, state=state, completed_on=NOW.date() if state != "adopted" else None)
        for title, state in zip(TITLES, states, strict=False)
    ]


def rated(call, marks, *states):
    """Projects in these states, rated by these ballots (s, b, d, x for abstain), the result declared."""
    made = projects(call, *states)
    body = call.body
    poll = make.hall("returned", TITLES[: len(made)], "projects.rating", len(marks), len(marks), seats=None)
    Meeting.objects.filter(pk=poll.meeting_id).update(body=body)
    poll = Poll.objects.get(pk=poll.pk)
    make.counted(poll, marks)
    chair = make.chair(body)
    polls.declare(poll, by=chair, at=NOW)
    Project.objects.filter(pk__in=[one.pk for one in made]).update(rating_poll=poll)
    return Poll.objects.get(pk=poll.pk), made


def states(made):
    return [tuple(Project.objects.values_list("state", "grade").get(pk=one.pk)) for one in made]


# --- planning ------------------------------------------------------------------


def test_a_rating_is_a_poll_of_grades_with_the_projects_titles(call, clerk):
    made = projects(call, "completed", "adopted")
    stopped = make.project(call, "停了的", state="stopped")
    meeting = make.meeting(call.body)
    poll = rating.plan_rating(call, meeting, made, {"rating.base": "present"}, by=clerk, at=NOW)
    assert (poll.rule_key, poll.state, poll.seats) == ("projects.rating", "draft", None)
    assert poll.rule["base"] == "present"
    assert list(poll.options.values_list("title", flat=True)) == list(TITLES[:2])
    assert set(Project.objects.filter(rating_poll=poll)) == set(made)
    stopped.refresh_from_db()
    assert stopped.rating_poll is None
    assert Entry.objects.filter(verb="projects.rating_planned").count() == 1


def test_a_standing_committee_rates_by_its_own_rule(clerk):
    county = make.body(Body.Kind.COUNTY_CONGRESS, "枫溪县人民代表大会")
    committee = make.body(Body.Kind.STANDING_COMMITTEE, "枫溪县人大常委会", county)
    call = make.call(county, candidates_at=NOW)
    both = make.user("both", ("clerk", county), ("clerk", committee))
    poll = rating.plan_rating(call, make.meeting(committee), projects(call, "completed"), {}, by=both, at=NOW)
    assert poll.rule_key == "projects.rating.committee"


def test_a_street_is_rated_by_its_residents_council(clerk):
    street = make.body(Body.Kind.STREET_COMMITTEE, "枫溪街道人大工委")
    council = make.body(Body.Kind.RESIDENTS_COUNCIL, "枫溪街道居民议事会", street)
    call = make.call(street, candidates_at=NOW)
    both = make.user("both", ("clerk", street), ("clerk", council))
    made = projects(call, "completed")
    with pytest.raises(ValidationError):
        rating.plan_rating(call, make.meeting(street), made, {}, by=both, at=NOW)
    poll = rating.plan_rating(call, make.meeting(council), made, {}, by=both, at=NOW)
    assert poll.rule_key == "projects.rating.street" and poll.law.words.voters_zh == "居民议事会成员"


def test_only_what_was_adopted_and_not_stopped_is_rated(call, clerk):
    meeting = make.meeting(call.body)
    wrong = [make.project(call, state, state=state) for state in ("candidate", "not_adopted", "stopped")]
    good = make.project(call, "好的", state="closed")
    for chosen in ([], [wrong[0]], [good, wrong[2]], [make.project(state="completed")]):
        with pytest.raises(ValidationError) as refused:
            rating.plan_rating(call, meeting, chosen, {}, by=clerk, at=NOW)
        assert "projects" in refused.value.error_dict
    assert not Poll.objects.exists()
    assert rating.plan_rating(call, meeting, [good], {}, by=clerk, at=NOW)


def test_a_rehearsal_another_town_and_a_street_council_rate_nothing(call, clerk):
    made = projects(call, "completed")
    real = make.meeting(call.body)
    council = make.body(Body.Kind.RESIDENTS_COUNCIL, "枫溪街道居民议事会", call.body)
    for meeting in (make.meeting(call.body, rehearsal_of=real), make.meeting(), make.meeting(council)):
        with pytest.raises(ValidationError) as refused:
            rating.plan_rating(call, meeting, made, {}, by=clerk, at=NOW)
        assert "meeting" in refused.value.error_dict


def test_a_project_waits_for_one_rating_at_a_time(call, clerk):
    made, meeting = projects(call, "completed"), make.meeting(call.body)
    first = rating.plan_rating(call, meeting, made, {}, by=clerk, at=NOW)
    with pytest.raises(ValidationError) as refused:
        rating.plan_rating(call, meeting, made, {}, by=clerk, at=NOW)
    assert TITLES[0] in str(refused.value)
    Poll.objects.filter(pk=first.pk).update(state=Poll.State.VOID)
    assert rating.plan_rating(call, meeting, made, {}, by=clerk, at=NOW) != first


def test_only_the_clerk_of_the_call_plans_reads_and_opens(call):
    meeting, made = make.meeting(call.body), projects(call, "completed")
    for other in (make.clerk(make.body()), make.chair(call.body), make.user()):
        with pytest.raises(Refused):
            rating.plan_rating(call, meeting, made, {}, by=other, at=NOW)
        with pytest.raises(Refused):
            rating.open_rating(call, rating_from=NOW.date(), rating_until=NOW.date(), by=other, at=NOW)
        with pytest.raises(Refused):
            rating.forget_voices(call, by=other, at=NOW)


def test_a_draft_is_taken_back_and_the_projects_are_free_again(call, clerk):
    made, meeting = projects(call, "completed"), make.meeting(call.body)
    poll = rating.plan_rating(call, meeting, made, {}, by=clerk, at=NOW)
    own = f"/projects/calls/{call.pk}/rating/"
    client = make.client(clerk)
    assert f"{own}drop/{poll.pk}/" in client.get(own).text
    assert client.post(f"{own}drop/{poll.pk}/", {"why": ""}).status_code == 200
    assert client.post(f"{own}drop/{poll.pk}/", {"why": "会期改了"}).url == own
    assert not Poll.objects.exists() and Project.objects.get().rating_poll is None
    assert rating.plan_rating(call, meeting, made, {}, by=clerk, at=NOW)


def test_what_was_graded_before_keeps_its_grade_when_a_new_rating_is_taken_back(call, clerk):
    poll, made = rated(call, [["s"], ["s"]], "completed")
    rating.read_rating(poll, by=clerk, at=NOW)
    one = Project.objects.get(pk=made[0].pk)
    again = rating.plan_rating(call, make.meeting(call.body), [one], {}, by=clerk, at=NOW + DAY)
    rating.drop_rating(call, again, by=clerk, at=NOW + DAY, why="不再测评")
    one.refresh_from_db()
    assert (one.rating_poll, one.grade) == (poll, "satisfied")


def test_an_adopted_ballot_is_not_taken_back(call, clerk):
    poll = rating.plan_rating(
        call, make.meeting(call.body), projects(call, "completed"), {}, by=clerk, at=NOW
    )
    Poll.objects.filter(pk=poll.pk).update(state="ready")
    poll.refresh_from_db()
    with pytest.raises(ValidationError):
        rating.drop_rating(call, poll, by=clerk, at=NOW, why="不再测评")
    with pytest.raises(Refused):
        rating.drop_rating(call, poll, by=make.clerk(make.body()), at=NOW, why="不再测评")
    assert Project.objects.get().rating_poll == poll


# --- reading -------------------------------------------------------------------


def test_satisfied_and_basically_close_what_is_complete_and_dissatisfied_goes_on(call, clerk):
    marks = [["s", "b", "d"], ["s", "b", "d"], ["s", "s", "d"], ["d", "d", "s"]]
    poll, made = rated(call, marks, "completed", "completed", "completed")
    assert rating.read_rating(poll, by=clerk, at=NOW) == 3
    assert states(made) == [("closed", "satisfied"), ("closed", "basically"), ("adopted", "dissatisfied")]
    failed = Project.objects.get(pk=made[2].pk)
    assert failed.rated_at == NOW
    assert failed.reason == (
        "满意度测评满意1票、基本满意0票、不满意3票、弃权0票；以全体代表（4）为基数，"
        "满意和基本满意共1票，没有达到全体代表半数（即2票以上），测评为“不满意”。"
    )
    assert rating.read_rating(poll, by=clerk, at=NOW + DAY) == 0
    moved = Entry.objects.filter(verb="projects.project.adopted").latest("pk")
    assert moved.why == failed.reason
    assert Entry.objects.filter(verb="projects.rated").count() == 3


def test_exactly_half_is_said_as_the_rule_settles_it(call, clerk):
    poll, made = rated(call, [["b"], ["d"]], "completed")
    rating.read_rating(poll, by=clerk, at=NOW)
    assert states(made) == [("closed", "basically")]
    assert "恰为半数，按测评办法的规定" in Entry.objects.get(verb="projects.rated").why


def test_work_that_still_goes_on_keeps_its_state_and_gets_its_grade(call, clerk):
    poll, made = rated(call, [["s", "d"], ["s", "d"]], "adopted", "adopted")
    rating.read_rating(poll, by=clerk, at=NOW)
    assert states(made) == [("adopted", "satisfied"), ("adopted", "dissatisfied")]


def test_a_corrected_result_is_read_again(call, clerk):
    poll, made = rated(call, [["s", "d"], ["s", "d"], ["s", "d"]], "completed", "completed")
    rating.read_rating(poll, by=clerk, at=NOW)
    assert states(made) == [("closed", "satisfied"), ("adopted", "dissatisfied")]
    tally = poll.tallies.current()
    outcome = {**tally.outcome, "grades": [dict(one) for one in tally.outcome["grades"]]}
    outcome["grades"][0]["grade"], outcome["grades"][1]["grade"] = "dissatisfied", "satisfied"
    later = NOW + timedelta(hours=1)
    tally.pk = None
    tally.outcome, tally.confirmed_at, tally.replaces, tally.why = outcome, later, poll.tallies.get(), "抄错"
    tally.save()
    Poll.objects.filter(pk=poll.pk).update(declared_at=later)
    assert rating.read_rating(Poll.objects.get(pk=poll.pk), by=clerk, at=later) == 2
    assert states(made) == [("adopted", "dissatisfied"), ("closed", "satisfied")]
    assert Project.objects.get(pk=made[1].pk).reason == ""


def test_a_repeat_stands_for_the_void_rating(call, clerk):
    poll, made = rated(call, [["s"], ["s"]], "completed")
    void = make.poll(make.meeting(call.body), TITLES[:1], "projects.rating", seats=None, state="void")
    Project.objects.update(rating_poll=void)
    with pytest.raises(ValidationError, match="作废"):
        rating.read_rating(void, by=clerk, at=NOW)
    Poll.objects.filter(pk=poll.pk).update(previous=void, after="repeat")
    rating.read_rating(Poll.objects.get(pk=poll.pk), by=clerk, at=NOW)
    assert states(made) == [("closed", "satisfied")]
    assert Project.objects.get().rating_poll == poll


def test_what_is_not_declared_void_a_rehearsal_or_does_not_match_is_not_read(call, clerk):
    poll, made = rated(call, [["s"], ["s"]], "completed")
    before = states(made)

    def refused(words, **wrong):
        old = {name: getattr(poll, name) for name in wrong}
        Poll.objects.filter(pk=poll.pk).update(**wrong)
        with pytest.raises(ValidationError, match=words):
            rating.read_rating(Poll.objects.get(pk=poll.pk), by=clerk, at=NOW)
        Poll.objects.filter(pk=poll.pk).update(**old)

    refused("还没有宣布", state="closed", declared_at=None)
    refused("作废", state="void")
    real = make.meeting(call.body)
    Meeting.objects.filter(pk=poll.meeting_id).update(rehearsal_of=real)
    refused("演练")
    Meeting.objects.filter(pk=poll.meeting_id).update(rehearsal_of=None)
    tally = poll.tallies.get()
    tally.outcome["valid"] = False
    tally.save()
    refused("无效")
    tally.outcome["valid"] = True
    tally.save()
    Project.objects.update(title="改了名字")
    refused("改了名字")
    assert states(made) == before
    Project.objects.update(title=TITLES[0])
    assert rating.read_rating(Poll.objects.get(pk=poll.pk), by=clerk, at=NOW) == 1


def test_a_poll_that_rates_no_project_is_read_by_nobody(call, clerk):
    with pytest.raises(Refused):
        rating.read_rating(make.poll(make.meeting(call.body)), by=clerk, at=NOW)


# --- residents -----------------------------------------------------------------


def opened(call, **days):
    today = timezone.localdate()
    return (
        type(call)
        .objects.filter(pk=call.pk)
        .update(**{"rating_from": today - DAY, "rating_until": today + DAY, **days})
    )


def seal(seconds=60):
    return signing.dumps(timezone.now().timestamp() - seconds, salt=SEAL)


def typed(grade="satisfied", **also):
    return {"grade": grade, "text": "", "seal": seal(), "website": "", **also}


@pytest.fixture
def project(call):
    opened(call)
    return Project.objects.get(pk=make.project(call, state="completed", completed_on=date(2026, 1, 1)).pk)


def test_the_clerk_says_from_when_until_when(call, clerk):
    make.project(call, state="adopted")
    days = {"rating_from": NOW.date(), "rating_until": NOW.date() + 10 * DAY}
    rating.open_rating(call, **days, by=clerk, at=NOW)
    call.refresh_from_db()
    assert call.rating_until == days["rating_until"]
    assert Entry.objects.get(verb="projects.rating_opened").data["begins"] == "2026-01-20"


@pytest.mark.parametrize(
    ("days", "field"),
    [
        ((0, -1), "rating_until"),
        ((-9, -3), "rating_until"),
        ((0, 40_000), "rating_until"),
    ],
)
def test_days_that_make_no_sense_are_refused_at_their_field(call, clerk, days, field):
    make.project(call, state="adopted")
    begins, ends = (NOW.date() + n * DAY for n in days)
    with pytest.raises(ValidationError) as refused:
        rating.open_rating(call, rating_from=begins, rating_until=ends, by=clerk, at=NOW)
    assert field in refused.value.error_dict


def test_nothing_is_rated_before_there_is_something_public_to_rate(call, clerk):
    make.project(call, state="candidate")
    with pytest.raises(ValidationError):
        rating.open_rating(call, rating_from=NOW.date(), rating_until=NOW.date(), by=clerk, at=NOW)
    hidden = make.call(call.body, year=2027)
    make.project(hidden, state="adopted")
    with pytest.raises(ValidationError):
        rating.open_rating(hidden, rating_from=NOW.date(), rating_until=NOW.date(), by=clerk, at=NOW)


def test_a_rating_ends_before_the_day_of_erasure_or_begins_after_it(call, clerk):
    make.project(call, state="adopted")
    type(call).objects.filter(pk=call.pk).update(closes_on="2026-01-21", erase_on="2026-02-01")
    call.refresh_from_db()
    with pytest.raises(ValidationError) as refused:
        rating.open_rating(call, rating_from=NOW.date(), rating_until=date(2026, 2, 1), by=clerk, at=NOW)
    assert "rating_until" in refused.value.error_dict
    rating.open_rating(call, rating_from=NOW.date(), rating_until=date(2026, 1, 31), by=clerk, at=NOW)
    type(call).objects.filter(pk=call.pk).update(erased_at=NOW)
    rating.open_rating(call, rating_from=NOW.date(), rating_until=date(2026, 3, 1), by=clerk, at=NOW)


def test_a_resident_rates_without_an_account_and_changes_it_later(project):
    client = make.client()
    page = client.get(f"/rate/{project.pk}/")
    assert page.status_code == 200 and page.text.count('type="radio"') == 3
    answer = client.post(f"/rate/{project.pk}/", typed(text="很好"))
    assert answer.status_code == 302 and answer.url.startswith(f"/ledger/projects/{project.pk}/")
    assert client.post(f"/rate/{project.pk}/", typed("dissatisfied")).status_code == 302
    said = ResidentRating.objects.get()
    assert (said.grade, said.text, len(said.voice)) == ("dissatisfied", "", 64)
    other = client.post(f"/rate/{project.pk}/", typed("basically"), headers={"User-Agent": "另一部手机"})
    assert other.status_code == 302 and ResidentRating.objects.count() == 2
    verbs = Entry.objects.filter(verb__startswith="projects.resident_rated").order_by("pk")
    assert [one.verb.rpartition(".")[2] for one in verbs] == [
        "resident_rated",
        "resident_rated_again",
        "resident_rated",
    ]
    assert not any(one.by_id or "satisfied" in str(one.data) for one in verbs)


def test_the_same_person_is_another_voice_on_another_project(project):
    assert rating.voice(project, "address:1|x") != rating.voice(make.project(), "address:1|x")
    assert rating.voice(project, "address:1|x") == rating.voice(project, "address:1|x")


@pytest.mark.parametrize(
    "change",
    [
        {"state": "candidate"},
        {"state": "stopped"},
        {"call": {"rating_from": None, "rating_until": None}},
        {"call": {"rating_until": timezone.localdate() - DAY}},
        {"call": {"rating_from": timezone.localdate() + DAY}},
    ],
)
def test_outside_its_days_and_states_nothing_is_rated(project, change):
    if "state" in change:
        Project.objects.update(state=change["state"])
    else:
        type(project.call).objects.update(**change["call"])
    client = make.client()
    assert client.get(f"/rate/{project.pk}/").url == f"/ledger/projects/{project.pk}/"
    assert client.post(f"/rate/{project.pk}/", typed()).url == f"/ledger/projects/{project.pk}/"
    with pytest.raises(Refused):
        fresh = Project.objects.get(pk=project.pk)
        rating.rate(fresh, grade="satisfied", voice_of="x", at=timezone.now())
    assert not ResidentRating.objects.exists()


def test_a_project_that_is_not_public_has_no_page_to_rate_on(project):
    type(project.call).objects.update(candidates_at=None)
    assert make.client().get(f"/rate/{project.pk}/").status_code == 404
    type(project.call).objects.update(candidates_at=NOW, state="withdrawn")
    assert make.client().post(f"/rate/{project.pk}/", typed()).status_code == 404


def test_what_is_wrong_is_said_and_what_was_typed_stays(project):
    client = make.client()
    for bad in ({"grade": ""}, {"grade": "great"}, {"text": "长" * 301}):
        page = client.post(f"/rate/{project.pk}/", typed(**bad))
        assert page.status_code == 200 and 'class="error"' in page.text
    assert "长" * 301 in page.text and "现在有301字" in page.text
    assert not ResidentRating.objects.exists()


@pytest.mark.parametrize("by_machine", [{"website": "http://spam"}, {"seal": ""}, {"seal": "x:y"}])
def test_a_machine_is_asked_to_press_again_and_a_person_loses_nothing(project, by_machine):
    client = make.client()
    page = client.post(f"/rate/{project.pk}/", typed(text="路修得好", **by_machine))
    assert "再按一次" in page.text and "路修得好" in page.text and not ResidentRating.objects.exists()
    again = client.post(f"/rate/{project.pk}/", typed(seal=page.context["seal"]))
    assert again.status_code == 302


def test_one_address_rates_ten_times_a_minute(project):
    client = make.client()
    codes = [client.post(f"/rate/{project.pk}/", typed()).status_code for _n in range(11)]
    assert codes[0] == 302 and 429 in codes


def test_words_are_only_for_the_clerk_and_markup_in_them_is_text(project, clerk):
    words = "<script>alert(1)</script>"
    make.client().post(f"/rate/{project.pk}/", typed(text=words))
    page = make.client(clerk).get(f"/projects/{project.pk}/ratings/").text
    assert "&lt;script&gt;alert(1)" in page and words not in page
    public = make.client().get(f"/ledger/projects/{project.pk}/").text
    assert "alert(1)" not in public
    for other in (make.chair(project.call.body), make.clerk(make.body()), make.user()):
        assert make.client(other).get(f"/projects/{project.pk}/ratings/").status_code == 403


def test_shares_are_shown_from_the_least_number_on(project):
    least = rules.least()
    for n in range(least):
        said = rules.residents([project]).get(project.pk, rules.Residents())
        assert said.shares is None and said.total == n
        page = make.client().get(f"/ledger/projects/{project.pk}/").text
        assert ("满5人评价后显示比例" in page) is (n > 0) and "%）" not in page
        rating.rate(project, grade="satisfied", voice_of=str(n), at=timezone.now())
    said = rules.residents([project])[project.pk]
    assert said.shares == {"satisfied": 100.0, "basically": 0.0, "dissatisfied": 0.0}
    assert f"{least}（100%）" in make.client().get(f"/ledger/projects/{project.pk}/").text


def test_who_rated_is_erased_with_the_call_and_each_rating_stays_one(project, clerk):
    for n in range(3):
        rating.rate(project, grade="basically", text="好", voice_of=str(n), at=timezone.now())
    before = set(ResidentRating.objects.values_list("voice", flat=True))
    call = project.call
    type(call).objects.update(closes_on="2026-01-01", erase_on="2026-01-02")
    call.refresh_from_db()
    calls.erase(call, by=clerk, at=NOW)
    voices = set(ResidentRating.objects.values_list("voice", flat=True))
    assert len(voices) == 3 and not voices & before
    assert all(voice.startswith("erased-") for voice in voices)
    assert rules.residents([project])[project.pk].basically == 3


def test_a_rating_after_the_erasure_is_erased_when_it_is_over(project, clerk):
    rating.rate(project, grade="satisfied", voice_of="x", at=timezone.now())
    call = project.call
    type(call).objects.update(erased_at=NOW)
    call.refresh_from_db()
    with pytest.raises(ValidationError):
        rating.forget_voices(call, by=clerk, at=timezone.now())
    late = timezone.now() + 3 * DAY
    assert rules.to_forget(call, late) and not rules.to_forget(call, timezone.now())
    assert rating.forget_voices(call, by=clerk, at=late) == 1
    assert not rules.to_forget(call, late)
    assert ResidentRating.objects.get().voice.startswith("erased-")


def test_after_the_erasure_nobody_could_be_told_from_who_rated_before_so_it_does_not_open_again(
    project, clerk
):
    rating.rate(project, grade="satisfied", voice_of="x", at=timezone.now())
    call, late = project.call, timezone.now() + 3 * DAY
    days = {"rating_from": late.date(), "rating_until": late.date() + DAY}
    rating.open_rating(call, **days, by=clerk, at=late)
    rating.forget_voices(call, by=clerk, at=late + 3 * DAY)
    days["rating_until"] += 9 * DAY
    with pytest.raises(ValidationError, match="评两次"):
        rating.open_rating(call, **days, by=clerk, at=late + 3 * DAY)


# --- the clerk's pages ---------------------------------------------------------


def test_the_clerk_plans_reads_and_opens_on_the_pages(call, clerk):
    poll, made = rated(call, [["s", "d"], ["s", "d"]], "completed", "completed")
    client, own = make.client(clerk), f"/projects/calls/{call.pk}/rating/"
    assert "请读取" in client.get(own).text
    assert client.post(f"{own}read/{poll.pk}/").url == own
    page = client.get(own).text
    assert "测评结果已读取" in page and "已读取2个项目" in page
    assert states(made)[0] == ("closed", "satisfied")
    assert client.post(f"{own}read/{make.poll().pk}/").status_code == 404
    today = timezone.localdate()
    answer = client.post(f"{own}open/", {"rating_from": today, "rating_until": today})
    assert answer.status_code == 302
    poster = client.get(f"/projects/{made[0].pk}/rating-poster.pdf")
    assert poster["Content-Type"] == "application/pdf" and poster.content.startswith(b"%PDF")


def test_the_plan_form_lists_this_bodys_meetings_and_keeps_what_was_ticked(call, clerk):
    one = projects(call, "completed")[0]
    meeting, other = make.meeting(call.body), make.meeting(title="别处的会")
    client, own = make.client(clerk), f"/projects/calls/{call.pk}/rating/plan/"
    page = client.get(own).text
    assert meeting.title in page and other.title not in page and one.title in page
    choices = {name: page_choice(page, name) for name in [f"choice-{n}" for n in range(4)]}
    assert client.post(own, {"meeting": other.pk, "projects": [one.pk], **choices}).status_code == 200
    answer = client.post(own, {"meeting": meeting.pk, "projects": [one.pk], **choices})
    poll = Poll.objects.get()
    assert answer.url == f"/polls/{poll.pk}/" and Option.objects.get().title == one.title
    again = client.post(own, {"meeting": meeting.pk, "projects": [one.pk], **choices})
    assert again.status_code == 200 and "已列入另一次测评" in again.text


def page_choice(page, name):
    return re.search(rf'name="{name}" value="(\w+)"[^>]*checked', page).group(1)


def test_the_rating_page_asks_the_database_a_fixed_number_of_times(
    call, clerk, django_assert_max_num_queries
):
    client, own = make.client(clerk), f"/projects/calls/{call.pk}/rating/"
    client.get(own)
    counts = []
    for again in range(2):
        for n in range(5):
            one = make.project(call, f"项目{again}{n}", state="completed")
            ResidentRating.objects.create(project=one, grade="satisfied", voice=f"{n:064x}", at=NOW)
        with django_assert_max_num_queries(60) as asked:
            client.get(own)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_without_projects_the_page_says_what_to_do(call, clerk):
    assert "还没有票决通过的项目" in make.client(clerk).get(f"/projects/calls/{call.pk}/rating/").text


def test_the_chair_is_shown_no_link_to_the_words_that_only_the_clerk_reads(project, clerk):
    address, words = f"/projects/calls/{project.call_id}/rating/", f"/projects/{project.pk}/ratings/"
    assert words in make.client(clerk).get(address).text
    chair = make.client(make.chair(project.call.body))
    assert words not in chair.get(address).text and chair.get(words).status_code == 403
