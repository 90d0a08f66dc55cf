"""Candidates put forward, changed, reviewed, published, delivered: refusals beside permissions."""

from datetime import date

import pypdfium2
import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import override

from tests import make
from yishi.journal.models import Entry
from yishi.meetings.models import Material
from yishi.papers.documents import Drawing
from yishi.people.models import Body
from yishi.projects.actions import booklets, spots
from yishi.projects.actions import candidates as do
from yishi.projects.actions import topics as screening
from yishi.projects.models import SHEET, Booklet, Call, Landmark, Project, Spot, Topic, Version
from yishi.projects.rules import candidates as rules
from yishi.projects.words import candidates as words
from yishi.projects.words.booklet import booklet
from yishi.web.access import Refused

pytestmark = pytest.mark.django_db

NOW = make.NOW
WHY = "用地没有落实，改在明年研究。"
Kind = Body.Kind


@pytest.fixture
def call():
    return make.call()


@pytest.fixture
def clerk(call):
    return make.clerk(call.body)


@pytest.fixture
def county():
    congress = make.body(Kind.COUNTY_CONGRESS, "永嘉县人民代表大会")
    make.body(Kind.STANDING_COMMITTEE, "永嘉县人民代表大会常务委员会", congress)
    return congress


def committee(county):
    return Body.objects.get(parent=county, kind=Kind.STANDING_COMMITTEE)


def shortlisted(call, title="老小区加装电梯", **fields):
    return make.topic(call, title, state="shortlisted", **fields)


def sheet_of(project, **other):
    return {name: getattr(project, name) for name in SHEET} | other


def said(error):
    return " ".join(error.value.messages)


# --- put forward -------------------------------------------------------------


def test_a_shortlisted_topic_becomes_a_candidate_once_with_its_first_version(call, clerk):
    topic = shortlisted(call)
    made = do.put_forward(call, topic=topic, title="电梯", by=clerk, at=NOW)
    assert (made.number, made.state, made.topic) == (1, "candidate", topic)
    first = Version.objects.get(project=made)
    assert (first.number, first.sheet["title"], set(first.sheet)) == (1, "电梯", set(SHEET))
    assert "projects.put_forward" in [one.verb for one in Entry.objects.about(made)]
    with pytest.raises(ValidationError, match="已经列为候选项目"):
        do.put_forward(call, topic=topic, title="电梯二", by=clerk, at=NOW)


@pytest.mark.parametrize("state", ["open", "reserved", "declined"])
def test_a_topic_that_is_not_shortlisted_is_not_put_forward(call, clerk, state):
    topic = make.topic(call, state=state)
    with pytest.raises(ValidationError, match="列入候选"):
        do.put_forward(call, topic=topic, title="电梯", by=clerk, at=NOW)
    assert not Project.objects.exists()


def test_a_topic_of_another_call_is_not_put_forward(call, clerk):
    with pytest.raises(ValidationError):
        do.put_forward(call, topic=shortlisted(make.call()), title="电梯", by=clerk, at=NOW)


def test_the_government_proposes_of_its_own_and_numbers_go_on(call, clerk):
    do.put_forward(call, title="甲", by=clerk, at=NOW)
    assert do.put_forward(call, title="乙", cost=5, by=clerk, at=NOW).number == 2


@pytest.mark.parametrize("title", ["", "   ", "甲"])
def test_a_candidate_has_a_title_of_its_own(call, clerk, title):
    do.put_forward(call, title="甲", by=clerk, at=NOW)
    with pytest.raises(ValidationError) as refused:
        do.put_forward(call, title=title, by=clerk, at=NOW)
    assert "title" in refused.value.message_dict
    assert Project.objects.count() == 1


@pytest.mark.parametrize("who", ["chair", "clerk of another", "deputy"])
def test_only_the_clerk_of_the_body_puts_forward(call, who):
    users = {
        "chair": lambda: make.chair(call.body),
        "clerk of another": lambda: make.clerk(make.body()),
        "deputy": lambda: make.deputy_user(make.seat(call.body)),
    }
    with pytest.raises(Refused):
        do.put_forward(call, title="甲", by=users[who](), at=NOW)


def test_nothing_is_put_forward_in_a_call_that_is_not_public_or_was_voted_on(clerk, call):
    draft = make.call(call.body, year=2027, state=Call.State.DRAFT)
    with pytest.raises(ValidationError, match="征集还没有发布"):
        do.put_forward(draft, title="甲", by=clerk, at=NOW)
    make.project(call, state="adopted")
    with pytest.raises(ValidationError, match="付表决"):
        do.put_forward(call, title="甲", by=clerk, at=NOW)


def test_several_topics_are_put_forward_with_where_most_people_want_them(clerk):
    county = make.body(Kind.COUNTY_CONGRESS)
    town = make.body(parent=county, name="桥头镇人民代表大会")
    call, by = make.call(county), make.clerk(county)
    one, two = shortlisted(call, "甲"), shortlisted(call, "乙")
    for where in ("溪口", "桥南", "桥南"):
        make.proposal(topic=one, where=where, place=town if where == "桥南" else None)
    made = do.put_forward_topics(call, [one, two], by=by, at=NOW)
    assert [(p.title, p.where, p.place) for p in made] == [("甲", "桥南", town), ("乙", "", None)]
    with pytest.raises(ValidationError, match="至少勾选"):
        do.put_forward_topics(call, [], by=by, at=NOW)


def test_of_several_topics_all_are_put_forward_or_none(call, clerk):
    with pytest.raises(ValidationError):
        do.put_forward_topics(call, [shortlisted(call, "甲"), make.topic(call, "乙")], by=clerk, at=NOW)
    assert not Project.objects.exists()


# --- a topic that became a candidate -----------------------------------------


def test_a_topic_that_is_a_candidate_is_not_decided_reconsidered_merged_or_split(call, clerk):
    topic = shortlisted(call, posts=2)
    proposals = [make.proposal(topic=topic), make.proposal(topic=topic)]
    do.put_forward(call, topic=topic, title="甲", by=clerk, at=NOW)
    topic.refresh_from_db()
    other = make.topic(call, "别的")
    decided = {"criteria": {}, "exclusions": [], "reason": WHY}
    attempts = [
        lambda: screening.decide(topic, "declined", **decided, by=clerk, at=NOW),
        lambda: screening.reconsider(topic, by=clerk, at=NOW, why=WHY),
        lambda: screening.merge(topic, [other], by=clerk, at=NOW),
        lambda: screening.split(proposals[0], by=clerk, at=NOW, why=WHY),
    ]
    for attempt in attempts:
        with pytest.raises(ValidationError, match="已经列为候选项目第1号"):
            attempt()
    assert Topic.objects.get(pk=topic.pk).state == "shortlisted"


# --- the sheet ---------------------------------------------------------------


def test_a_sheet_is_changed_freely_at_first_and_with_a_reason_once_somebody_read_it(call, clerk):
    project = make.project(call)
    assert do.change_sheet(project, sheet_of(project, cost=1), by=clerk, at=NOW).number == 2
    call.candidates_at = NOW
    call.save()
    project = Project.objects.get(pk=project.pk)
    with pytest.raises(ValidationError) as refused:
        do.change_sheet(project, sheet_of(project, cost=2), by=clerk, at=NOW)
    assert "why" in refused.value.message_dict
    changed = do.change_sheet(project, sheet_of(project, cost=2), "概算核定", by=clerk, at=NOW)
    assert (changed.number, changed.why, changed.sheet["cost"]) == (3, "概算核定", 2)


def test_a_public_sheet_is_not_emptied_again(call, clerk):
    project = make.project(make.call(call.body, year=2027, candidates_at=NOW))
    with pytest.raises(ValidationError, match="还缺：建设内容"):
        do.change_sheet(project, sheet_of(project, content=""), "改", by=clerk, at=NOW)
    assert Version.objects.filter(project=project).count() == 1


@pytest.mark.parametrize("state", ["withdrawn", "adopted", "not_adopted", "recommended", "completed"])
def test_the_sheet_of_what_is_no_candidate_is_not_changed_here(call, clerk, state):
    project = make.project(call, state=state)
    with pytest.raises(ValidationError, match="不能再这样修改"):
        do.change_sheet(project, sheet_of(project, cost=1), "改", by=clerk, at=NOW)


@pytest.mark.parametrize(
    ("state", "may"), [("draft", True), ("ready", False), ("open", False), ("void", True)]
)
def test_a_sheet_on_a_ballot_past_draft_is_not_changed(call, clerk, state, may):
    project = make.project(call, poll=make.poll(state=state))
    if may:
        assert do.change_sheet(project, sheet_of(project, cost=1), "改", by=clerk, at=NOW)
    else:
        with pytest.raises(ValidationError, match="已过草拟阶段"):
            do.change_sheet(project, sheet_of(project, cost=1), "改", by=clerk, at=NOW)


def test_who_is_not_the_clerk_changes_no_sheet(call):
    project = make.project(call)
    for user in (make.chair(call.body), make.clerk(make.body()), make.clerk(project.unit)):
        with pytest.raises(Refused):
            do.change_sheet(project, sheet_of(project, cost=1), "改", by=user, at=NOW)


# --- taken out, put back, ordered --------------------------------------------


def test_a_candidate_leaves_with_a_reason_and_comes_back_with_one(call, clerk):
    project = make.project(call)
    with pytest.raises(ValidationError) as refused:
        do.withdraw(project, why="不行", by=clerk, at=NOW)
    assert "why" in refused.value.message_dict
    do.withdraw(project, why=WHY, by=clerk, at=NOW)
    fresh = Project.objects.get(pk=project.pk)
    assert (fresh.state, fresh.reason) == ("withdrawn", WHY)
    with pytest.raises(ValidationError):
        do.withdraw(fresh, why=WHY, by=clerk, at=NOW)
    with pytest.raises(ValidationError):
        do.put_back(fresh, why=" ", by=clerk, at=NOW)
    do.put_back(fresh, why="用地落实了", by=clerk, at=NOW)
    assert (Project.objects.get(pk=project.pk).state, fresh.reason) == ("candidate", "")


def test_nothing_leaves_or_comes_back_once_the_ballot_is_past_draft(call, clerk):
    poll = make.poll(state="open")
    on, out = make.project(call, poll=poll), make.project(call, "乙", state="withdrawn")
    with pytest.raises(ValidationError, match="已过草拟"):
        do.withdraw(on, why=WHY, by=clerk, at=NOW)
    with pytest.raises(ValidationError, match="付表决"):
        do.put_back(out, why="好了", by=clerk, at=NOW)


def test_others_take_nothing_out_and_put_nothing_back(call):
    project = make.project(call)
    for user in (make.chair(call.body), make.clerk(make.body())):
        with pytest.raises(Refused):
            do.withdraw(project, why=WHY, by=user, at=NOW)
        with pytest.raises(Refused):
            do.put_back(project, why=WHY, by=user, at=NOW)


def test_candidates_are_numbered_anew_each_number_once(call, clerk):
    one, two, three = (make.project(call, title) for title in "甲乙丙")
    do.order(call, {one.pk: 3, two.pk: 1, three.pk: 2}, by=clerk, at=NOW)
    assert list(call.projects.order_by("number").values_list("title", flat=True)) == ["乙", "丙", "甲"]
    for numbers in ({one.pk: 1, two.pk: 1, three.pk: 2}, {one.pk: 0, two.pk: 1, three.pk: 2}, {one.pk: 1}):
        with pytest.raises(ValidationError):
            do.order(call, numbers, by=clerk, at=NOW)
    with pytest.raises(Refused):
        do.order(call, {}, by=make.chair(call.body), at=NOW)


def test_numbers_stay_once_residents_read_them(clerk, call):
    call = make.call(call.body, year=2027, candidates_at=NOW)
    project = make.project(call)
    with pytest.raises(ValidationError, match="编号不能再改"):
        do.order(call, {project.pk: 2}, by=clerk, at=NOW)


# --- how many are chosen -----------------------------------------------------


@pytest.mark.parametrize(
    ("seats", "candidates", "told"),
    [
        (5, 6, []),
        (5, 5, ["差额不到20%"]),
        (10, 11, ["通常选3至5项", "差额不到20%"]),
        (10, 12, ["通常选3至5项"]),
        (4, 3, ["少于拟选的4项"]),
    ],
)
def test_unusual_numbers_are_remarked_on_with_their_source_and_not_refused(
    call, clerk, seats, candidates, told
):
    do.set_seats(call, seats=seats, by=clerk, at=NOW)
    found = words.remarks(call, candidates)
    assert len(found) == len(told)
    assert all(part in one for part, one in zip(told, found, strict=True))
    if "差额" in "".join(told):
        assert "本程序的默认值" in "".join(found)


def test_the_number_of_places_is_at_least_one_and_fixed_once_on_the_ballot(call, clerk):
    with pytest.raises(ValidationError):
        do.set_seats(call, seats=0, by=clerk, at=NOW)
    make.project(call, poll=make.poll(state="ready"))
    with pytest.raises(ValidationError, match="不能再改"):
        do.set_seats(call, seats=3, by=clerk, at=NOW)
    with pytest.raises(Refused):
        do.set_seats(call, seats=3, by=make.user(), at=NOW)


# --- the standing committee --------------------------------------------------


def test_a_county_goes_to_its_committee_first_whoever_called_and_towns_and_streets_do_not(county):
    assert rules.goes_to_committee(make.call(county))
    assert rules.goes_to_committee(make.call(committee(county)))
    assert not rules.goes_to_committee(make.call())
    assert not rules.goes_to_committee(make.call(make.body(Kind.STREET_COMMITTEE, parent=county)))


def test_the_bodies_that_vote_are_the_congress_or_the_streets_council(county):
    street = make.body(Kind.STREET_COMMITTEE, parent=county)
    council = make.body(Kind.RESIDENTS_COUNCIL, parent=street)
    town = make.body(parent=county)
    assert list(rules.voting_bodies(make.call(county))) == [county]
    assert list(rules.voting_bodies(make.call(committee(county)))) == [county]
    assert list(rules.voting_bodies(make.call(town))) == [town]
    assert list(rules.voting_bodies(make.call(street))) == [council]


def test_without_review_a_county_publishes_and_delivers_nothing_and_with_it_both(county):
    call, by = make.call(county), make.clerk(county)
    one, two = make.project(call, "甲"), make.project(call, "乙")
    meeting = make.meeting(county)
    with pytest.raises(ValidationError) as refused:
        do.publish_candidates(call, by=by, at=NOW)
    assert "第四条第三款" in said(refused) and "1. 甲；2. 乙" in said(refused)
    with pytest.raises(ValidationError, match="常委会审议"):
        booklets.deliver_booklet(call, meeting, by=by, at=NOW)
    held = {"held_on": date(2026, 1, 10), "text": "同意提请大会票决。"}
    do.review(call, [one, two], **held, by=make.clerk(committee(county)), at=NOW)
    assert not rules.awaits_committee(Project.objects.get(pk=one.pk))
    do.publish_candidates(call, by=by, at=NOW)
    assert Call.objects.get(pk=call.pk).candidates_at == NOW
    assert booklets.deliver_booklet(call, meeting, by=by, at=NOW).versions == {str(one.pk): 1, str(two.pk): 1}
    with pytest.raises(ValidationError, match="不能再直接增加"):
        do.put_forward(Call.objects.get(pk=call.pk), title="丙", by=by, at=NOW)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("held_on", {"held_on": date(2026, 1, 21)}),
        ("text", {"text": "  "}),
        ("projects", {"projects": []}),
        ("meeting", {"meeting": "congress"}),
    ],
)
def test_a_review_that_cannot_be_is_refused_at_its_field(county, field, wrong):
    call, by = make.call(county), make.clerk(county)
    given = {"projects": [make.project(call)], "held_on": date(2026, 1, 10), "text": "同意", **wrong}
    if given.get("meeting"):
        given["meeting"] = make.meeting(county)
    with pytest.raises(ValidationError) as refused:
        do.review(call, given.pop("projects"), **given, by=by, at=NOW)
    assert field in refused.value.message_dict


def test_a_review_is_recorded_by_the_clerks_concerned_and_not_in_a_town(county, call, clerk):
    own = make.call(county)
    held = {"held_on": date(2026, 1, 10), "text": "同意"}
    project = make.project(own)
    for user in (make.chair(county), make.clerk(make.body()), make.user()):
        with pytest.raises(Refused):
            do.review(own, [project], **held, by=user, at=NOW)
    with pytest.raises(ValidationError, match="只有县"):
        do.review(call, [make.project(call)], **held, by=clerk, at=NOW)
    meeting = make.meeting(committee(county))
    made = do.review(own, [project], meeting=meeting, **held, by=make.clerk(county), at=NOW)
    assert made.meeting == meeting and Project.objects.get(pk=project.pk).review == made


# --- published ---------------------------------------------------------------


def test_candidates_are_published_once_and_only_whole(call, clerk):
    with pytest.raises(ValidationError, match="还没有候选项目"):
        do.publish_candidates(call, by=clerk, at=NOW)
    make.project(call, "甲", content="", cost=None)
    make.project(call, "乙")
    with pytest.raises(ValidationError) as refused:
        do.publish_candidates(call, by=clerk, at=NOW)
    assert said(refused) == "1. 甲：还缺建设内容、投资"
    Project.objects.filter(title="甲").update(content="修路", cost=0)
    with pytest.raises(Refused):
        do.publish_candidates(call, by=make.chair(call.body), at=NOW)
    do.publish_candidates(call, by=clerk, at=NOW)
    with pytest.raises(ValidationError, match="已经公布"):
        do.publish_candidates(call, by=clerk, at=NOW)


def test_what_is_missing_is_named_by_its_field_and_nought_is_an_amount(call):
    bare = Project(call=call, title="甲", number=1)
    assert rules.missing(bare) == ["建设内容", "地点", "投资", "资金来源", "责任单位", "开工日期", "完成日期"]
    assert rules.missing(make.project(call, cost=0)) == []


# --- the booklet -------------------------------------------------------------


def text_of(material):
    with material.file.open() as file:
        document = pypdfium2.PdfDocument(file.read())
    return [page.get_textpage().get_text_range() for page in document]


def test_the_booklet_is_a_paper_of_the_meeting_with_a_page_for_each_candidate(call, clerk):
    topic = shortlisted(call, "甲", people=37)
    make.project(call, "加装电梯", topic=topic)
    make.project(call, "修桥", number=2)
    make.project(call, "退出的", number=3, state="withdrawn")
    made = booklets.deliver_booklet(call, make.meeting(call.body), by=clerk, at=NOW)
    pages = text_of(made.material)
    assert made.material.title == "2026年民生实事候选项目"
    assert len(pages) == 3
    assert "加装电梯" in pages[0] and "修桥" in pages[0] and "退出的" not in "".join(pages)
    assert "37人" in pages[1] and "120万元" in pages[1] and "县财政80万元" in pages[1]
    assert "2026年3月1日至2026年11月30日" in pages[1].replace("\r\n", "")
    assert "政府提出" in pages[2]


def test_a_changed_booklet_withdraws_the_former_with_the_reason(call, clerk):
    project, meeting = make.project(call), make.meeting(call.body)
    former = booklets.deliver_booklet(call, meeting, by=clerk, at=NOW)
    with pytest.raises(ValidationError, match="没有改动"):
        booklets.deliver_booklet(call, meeting, why="改", by=clerk, at=NOW)
    do.change_sheet(project, sheet_of(project, cost=2), "概算核定", by=clerk, at=NOW)
    with pytest.raises(ValidationError) as refused:
        booklets.deliver_booklet(call, meeting, by=clerk, at=NOW)
    assert "why" in refused.value.message_dict
    again = booklets.deliver_booklet(call, meeting, why="投资改为核定数", by=clerk, at=NOW)
    assert again.material.title.endswith("（修改稿）") and again.versions == {str(project.pk): 2}
    assert Material.objects.get(pk=former.material_id).withdrawn_at == NOW
    assert Booklet.objects.count() == 2
    assert booklets.current(call, meeting) == again


def test_a_booklet_goes_only_to_a_meeting_of_who_votes_that_is_not_over(call, clerk):
    make.project(call)
    elsewhere = make.body()
    double = make.user("both", ("clerk", call.body), ("clerk", elsewhere))
    closed = make.meeting(call.body, state="closed")
    drill = make.meeting(call.body, rehearsal_of=make.meeting(call.body))
    for meeting in (make.meeting(elsewhere), closed, drill):
        with pytest.raises(ValidationError) as refused:
            booklets.deliver_booklet(call, meeting, by=double, at=NOW)
        assert "meeting" in refused.value.message_dict
    with pytest.raises(Refused):
        booklets.deliver_booklet(call, make.meeting(call.body), by=make.chair(call.body), at=NOW)
    assert not Booklet.objects.exists()


def test_with_a_booklet_out_a_change_needs_its_reason_and_numbers_stay(call, clerk):
    project = make.project(call)
    booklets.deliver_booklet(call, make.meeting(call.body), by=clerk, at=NOW)
    with pytest.raises(ValidationError):
        do.change_sheet(project, sheet_of(project, cost=2), by=clerk, at=NOW)
    with pytest.raises(ValidationError):
        do.order(call, {project.pk: 4}, by=clerk, at=NOW)


# --- the map -----------------------------------------------------------------


def test_the_clerk_says_where_the_towns_stand(county):
    town = make.body(parent=county)
    spots.set_spots(county, {town.pk: (10, 990)}, by=make.clerk(county), at=NOW)
    assert Spot.objects.get(body=town).y == 990
    spots.set_spots(county, {town.pk: None}, by=make.clerk(county), at=NOW)
    assert not Spot.objects.exists()
    for wrong in ({town.pk: (10, 1001)}, {make.body().pk: (1, 1)}):
        with pytest.raises(ValidationError):
            spots.set_spots(county, wrong, by=make.clerk(county), at=NOW)
    with pytest.raises(Refused):
        spots.set_spots(county, {}, by=make.clerk(town), at=NOW)


def test_the_clerk_sets_landmarks_as_a_whole_and_what_stands_so_already_is_not_written_again(call, clerk):
    wanted = [("镇小学", 0, 1000), (" 老街 ", 5, 5)]
    for _again in range(2):
        spots.set_landmarks(call.body, wanted, by=clerk, at=NOW)
        assert list(call.body.landmarks.values_list("name", "x", "y")) == [
            ("镇小学", 0, 1000),
            ("老街", 5, 5),
        ]
        assert Entry.objects.filter(verb="projects.landmarks_set").count() == 1
    spots.set_landmarks(call.body, [("老街", 6, 6)], by=clerk, at=NOW)
    assert call.body.landmarks.get().x == 6


@pytest.mark.parametrize(
    "wrong",
    [
        [("", 1, 1)],
        [("  ", 1, 1)],
        [("小" * 13, 1, 1)],
        [("小学", 1001, 1)],
        [("小学", 1, -1)],
        [("小学", 1, 1), ("小学 ", 2, 2)],
        [(f"村{n}", n, n) for n in range(21)],
    ],
)
def test_landmarks_that_cannot_stand_are_refused_together(call, clerk, wrong):
    with pytest.raises(ValidationError):
        spots.set_map(call.body, {}, [("桥", 1, 1), *wrong], by=clerk, at=NOW)
    assert not Landmark.objects.exists()


def test_landmarks_are_set_by_the_clerk_of_the_body_that_calls_and_by_nobody_else(call):
    strangers = (make.chair(call.body), make.clerk(make.body()))
    for user in strangers:
        for act in (spots.set_landmarks, lambda body, marks, **who: spots.set_map(body, {}, marks, **who)):
            with pytest.raises(Refused):
                act(call.body, [("桥", 1, 1)], by=user, at=NOW)
    assert not Landmark.objects.exists()


def test_a_standing_committee_draws_on_the_map_of_its_congress(county):
    committee = make.body("standing_committee", parent=county)
    spots.set_landmarks(committee, [("县政府", 1, 1)], by=make.clerk(committee), at=NOW)
    assert county.landmarks.get().name == "县政府"
    assert ">县政府<" in words.map_of(make.call(committee))


def test_the_table_holds_no_landmark_off_the_map_and_none_twice(call):
    Landmark.objects.create(body=call.body, name="桥", x=1, y=1)
    for wrong in ({"name": "桥", "x": 2, "y": 2}, {"name": "塔", "x": 1001, "y": 2}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Landmark.objects.create(body=call.body, **wrong)


def test_the_map_of_a_call_without_towns_shows_landmarks_and_none_where_no_project_has_a_place(call):
    placed, lost = make.project(call, "甲", number=1, x=5, y=5), make.project(call, "乙", number=2)
    assert words.map_of(call, [placed]) == ""
    Landmark.objects.create(body=call.body, name="镇小学", x=9, y=9)
    drawing = words.map_of(call, [placed, lost])
    assert ">镇小学<" in drawing and ">1<" in drawing and ">2<" not in drawing
    assert words.map_of(call, [lost]) == ""
    assert words.map_of(call) and words.drawn(make.body(), blank=True)


def test_the_booklet_draws_a_map_only_for_a_project_that_has_a_place_on_one(call):
    projects = [make.project(call, "甲", number=1, x=5, y=5), make.project(call, "乙", number=2)]
    assert not [one for one in booklet(call, projects).blocks if isinstance(one, Drawing)]
    Landmark.objects.create(body=call.body, name="镇小学", x=9, y=9)
    (drawing,) = [one for one in booklet(call, projects).blocks if isinstance(one, Drawing)]
    assert drawing.caption == "第1号项目的位置（示意图，不按比例）"


def test_the_map_shows_the_towns_and_the_number_of_a_project(county):
    make.body(parent=county, name="桥头镇人民代表大会")
    call = make.call(county)
    town = Body.objects.get(name="桥头镇人民代表大会")
    drawing = words.map_of(call, [make.project(call, number=7, place=town)])
    assert ">桥头镇<" in drawing and ">7<" in drawing
    assert words.map_of(make.call(), []) == ""


# --- what became of it -------------------------------------------------------


@pytest.mark.parametrize("state", [state.value for state in Project.State])
def test_what_became_of_a_project_is_said_once_its_candidates_are_public_and_not_before(call, state):
    project = make.project(call, state=state, reason="没有用地")
    assert words.became_of(project) == ""
    call.candidates_at = NOW
    assert project.title in words.became_of(project)
    if state in ("withdrawn", "stopped"):
        assert "没有用地" in words.became_of(project)


def test_two_versions_are_compared_line_by_line(call, clerk):
    project = make.project(call)
    new = do.change_sheet(project, sheet_of(project, cost=1, unit=None), by=clerk, at=NOW)
    rows = words.compared(project.versions.get(number=1), new)
    changed = {row["label"]: (row["old"], row["new"]) for row in rows if row["changed"]}
    assert changed["投资"] == ("120万元", "0.000001万元")
    assert changed["责任单位"][1] == "" and len(changed) == 2


def test_money_is_said_to_the_fen_in_either_language():
    assert [words.wan(fen) for fen in (0, 1, 1_200_500_000)] == ["0万元", "0.000001万元", "1,200.5万元"]
    with override("en"):
        assert words.wan(1_200_500_001) == "CNY 12,005,000.01"
