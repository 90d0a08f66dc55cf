"""How far a project is: its plan, the month's report, the five states, its end, and who may."""

import io
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests import make
from yishi.journal.models import Entry
from yishi.projects.actions import delivery as actions
from yishi.projects.actions import supervision
from yishi.projects.models import Milestone, Photo, Project, Report, Slip
from yishi.projects.rules import delivery as rules
from yishi.projects.words.delivery import delivery_sheet
from yishi.web.access import Refused

pytestmark = pytest.mark.django_db

State = Project.State
PLAN = [
    {"title": "完成招标", "due_on": date(2026, 4, 30), "percent": 20},
    {"title": "完成主体施工", "due_on": date(2026, 8, 31), "percent": 60},
    {"title": "竣工验收", "due_on": date(2026, 11, 30), "percent": 100},
]


def on(year, month, day, hour=9):
    return datetime(year, month, day, hour, tzinfo=make.NOW.tzinfo)


def photo(fmt="JPEG", gps=False, size=(80, 60)):
    image, out = Image.new("RGB", size, "green"), io.BytesIO()
    exif = Image.Exif()
    if gps:
        exif[0x010F] = "PhoneMaker"
        exif.get_ifd(0x8825)[2] = (28.0, 9.0, 11.0)
        exif.get_ifd(0x8825)[1] = "N"
    image.save(out, fmt, exif=exif)
    return ContentFile(out.getvalue(), name="路.jpg")


@pytest.fixture
def project():
    return make.project(state="adopted")


@pytest.fixture
def unit(project):
    return make.clerk(project.unit)


@pytest.fixture
def body(project):
    return make.clerk(project.call.body)


@pytest.fixture
def planned(project, unit):
    actions.set_milestones(project, PLAN, by=unit, at=make.NOW)
    return Project.objects.with_delivery().get(pk=project.pk)


def again(project):
    return Project.objects.with_delivery().get(pk=project.pk)


def say(project, by, at=None, **said):
    said = {"month": date(2026, 3, 1), "percent": 10, "text": "完成招标文件。", **said}
    return actions.report(again(project), **said, by=by, at=at or on(2026, 3, 20))


# --- the plan ----------------------------------------------------------------


def test_the_unit_or_the_body_for_it_writes_the_plan_and_nobody_else(project, unit, body):
    other = make.clerk(make.project(state="adopted").unit)
    for by in (other, make.chair(project.call.body), make.chair(project.unit), make.user()):
        with pytest.raises(Refused):
            actions.set_milestones(project, PLAN, by=by, at=make.NOW)
    actions.set_milestones(project, PLAN, by=unit, at=make.NOW)
    assert [one.percent for one in project.milestones.all()] == [20, 60, 100]
    assert Entry.objects.filter(verb="projects.milestones_set").count() == 1
    second = make.project(project.call, "第二个", state="adopted")
    actions.set_milestones(second, PLAN, by=body, at=make.NOW)
    assert second.milestones.count() == 3


@pytest.mark.parametrize("state", [s for s in State if s != State.ADOPTED])
def test_only_a_project_under_way_is_planned_and_reported(state):
    project = make.project(state=state)
    unit = make.clerk(project.unit)
    with pytest.raises(Refused):
        actions.set_milestones(project, PLAN, by=unit, at=make.NOW)
    with pytest.raises(Refused):
        say(project, unit)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([], "至少"),
        ([{**PLAN[0], "title": " "}, PLAN[2]], "名称"),
        ([{**PLAN[0], "title": "长" * 81}, PLAN[2]], "名称"),
        ([PLAN[0], {**PLAN[1], "percent": 20}, PLAN[2]], "比前一个节点高"),
        ([PLAN[0], {**PLAN[1], "percent": 10}, PLAN[2]], "比前一个节点高"),
        ([PLAN[0], {**PLAN[2], "percent": 101}], "最多100"),
        ([PLAN[0]], "要写100"),
        ([{**PLAN[0], "due_on": date(2026, 2, 28)}, PLAN[2]], "早于项目的开工日期"),
        ([PLAN[0], {**PLAN[2], "due_on": date(2026, 12, 1)}], "晚于项目的完成日期"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_and_nothing_is_written(project, unit, rows, told):
    with pytest.raises(ValidationError) as refused:
        actions.set_milestones(project, rows, by=unit, at=make.NOW)
    assert told in " ".join(refused.value.messages)
    assert not project.milestones.exists()


def test_a_project_over_several_years_needs_a_stage_in_each():
    project = make.project(state="adopted", ends_on=date(2028, 6, 30))
    unit = make.clerk(project.unit)
    rows = [PLAN[0], {**PLAN[2], "due_on": date(2028, 6, 1)}]
    with pytest.raises(ValidationError, match="2027"):
        actions.set_milestones(project, rows, by=unit, at=make.NOW)
    rows.append({"title": "过半", "due_on": date(2027, 5, 1), "percent": 50})
    actions.set_milestones(project, rows, by=unit, at=make.NOW)


def test_after_the_first_plan_days_move_back_only_by_a_slip(planned, unit):
    kept = [
        {"key": one.pk, "title": one.title, "due_on": one.due_on, "percent": one.percent}
        for one in planned.milestones.all()
    ]
    for wrong in (kept[1:], [{**kept[0], "due_on": date(2026, 5, 1)}, *kept[1:]]):
        with pytest.raises(ValidationError):
            actions.set_milestones(planned, wrong, by=unit, at=make.NOW)
    better = [{**kept[0], "due_on": date(2026, 4, 1), "title": "招标完成"}, *kept[1:]]
    better.append({"title": "中期检查", "due_on": date(2026, 6, 1), "percent": 40})
    actions.set_milestones(planned, better, by=unit, at=make.NOW)
    assert [one.percent for one in again(planned).milestones.all()] == [20, 40, 60, 100]
    actions.set_milestones(again(planned), better[:3] + _key_of(planned, 40), by=unit, at=make.NOW)
    assert Entry.objects.filter(verb="projects.milestones_set").count() == 2


def _key_of(project, percent):
    one = project.milestones.get(percent=percent)
    return [{"key": one.pk, "title": one.title, "due_on": one.due_on, "percent": one.percent}]


def test_a_stage_of_another_project_or_a_done_one_is_not_changed(planned, unit):
    foreign = make.milestone()
    kept = [{**row, "key": one.pk} for row, one in zip(PLAN, planned.milestones.all(), strict=True)]
    with pytest.raises(ValidationError):
        actions.set_milestones(planned, [{**kept[0], "key": foreign.pk}, *kept[1:]], by=unit, at=make.NOW)
    planned.milestones.filter(pk=kept[0]["key"]).update(done_on=date(2026, 4, 1))
    with pytest.raises(ValidationError, match="已经完成"):
        moved = [{**kept[0], "due_on": date(2026, 4, 2)}, *kept[1:]]
        actions.set_milestones(again(planned), moved, by=unit, at=make.NOW)


def test_a_plan_sent_twice_is_written_once(project, unit):
    first, second = again(project), again(project)
    for one in (first, second):
        assert not one.milestones.all()  # fetched, as the page does
    actions.set_milestones(first, PLAN, by=unit, at=make.NOW)
    with pytest.raises(ValidationError):
        actions.set_milestones(second, PLAN, by=unit, at=make.NOW)
    assert Milestone.objects.filter(project=project).count() == 3


def test_a_plan_typed_before_a_slip_was_accepted_says_so_by_the_journal(planned, unit, body):
    stage = planned.milestones.all()[0]
    slip = actions.ask_slip(stage, to=date(2026, 5, 20), why="招标流标", by=unit, at=make.NOW)
    old = again(planned)
    kept = [{**row, "key": one.pk} for row, one in zip(PLAN, old.milestones.all(), strict=True)]
    actions.accept_slip(slip, accepted_by="主席团", by=body, at=make.NOW)
    actions.set_milestones(old, kept, by=unit, at=make.NOW)
    said = Entry.objects.filter(verb="projects.milestones_set").order_by("pk").last()
    assert said.data["before"][0][1] == "2026-05-20" and said.data["after"][0][1] == "2026-04-30"


# --- the month's report ------------------------------------------------------


def test_a_unit_reports_a_month_with_photos_and_the_stages_it_reached(planned, unit):
    first = planned.milestones.first()
    made = say(planned, unit, percent=25, photos=[photo(), photo("PNG")], milestones_done=[first], spent=5_00)
    assert (made.month, made.percent, made.spent) == (date(2026, 3, 1), 25, 500)
    assert made.photos.count() == 2
    first.refresh_from_db()
    assert first.done_on == date(2026, 3, 20)
    verbs = set(Entry.objects.values_list("verb", flat=True))
    assert {"projects.reported", "projects.milestone_reached"} <= verbs


def test_a_report_of_a_past_month_ticks_its_stage_at_the_end_of_that_month(planned, unit):
    first = planned.milestones.first()
    say(planned, unit, percent=20, milestones_done=[first], at=on(2026, 4, 3))
    first.refresh_from_db()
    assert first.done_on == date(2026, 3, 31)


def test_who_belongs_to_another_project_or_to_no_unit_does_not_report(project):
    for by in (make.clerk(make.project(state="adopted").unit), make.chair(project.unit), make.user()):
        with pytest.raises(Refused):
            say(project, by)
    assert not Report.objects.exists()


def test_the_clerk_of_the_body_reports_for_the_unit(project, body):
    assert say(project, body).by == body


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("text", {"text": "  \n"}),
        ("text", {"text": "长" * 1001}),
        ("trouble", {"trouble": "长" * 1001}),
        ("percent", {"percent": -1}),
        ("percent", {"percent": 101}),
        ("spent", {"spent": -1}),
        ("month", {"month": date(2026, 4, 1)}),
        ("month", {"month": date(2025, 12, 1)}),
    ],
)
def test_a_report_that_will_not_do_is_refused_at_its_field(project, unit, field, said):
    with pytest.raises(ValidationError) as refused:
        say(project, unit, **said)
    assert list(refused.value.message_dict) == [field]
    assert not Report.objects.exists()


def test_less_than_the_month_before_needs_a_word_about_why(project, unit):
    say(project, unit, percent=40)
    less = {"month": date(2026, 4, 1), "percent": 30, "at": on(2026, 4, 20)}
    with pytest.raises(ValidationError) as refused:
        say(project, unit, **less)
    assert list(refused.value.message_dict) == ["trouble"]
    say(project, unit, **less, trouble="洪水冲毁了围挡，返工。")
    assert rules.last_report(again(project)).percent == 30


def test_the_same_month_again_is_a_correction_with_a_reason_and_the_old_one_stays_readable(project, unit):
    say(project, unit, percent=40, text="写错了")
    with pytest.raises(ValidationError) as refused:
        say(project, unit, percent=30, text="改正")
    assert list(refused.value.message_dict) == ["why"]
    say(project, unit, percent=30, text="改正", why="数字填错")
    assert Report.objects.get().percent == 30
    entry = Entry.objects.get(verb="projects.report_corrected")
    assert entry.why == "数字填错"
    assert entry.data["before"]["percent"] == 40 and entry.data["before"]["text"] == "写错了"


def test_a_corrected_month_is_not_further_than_the_month_after_it(project, unit):
    say(project, unit, percent=10)
    say(project, unit, percent=20, month=date(2026, 4, 1), at=on(2026, 4, 20))
    with pytest.raises(ValidationError) as refused:
        say(project, unit, percent=30, why="更正", at=on(2026, 4, 21))
    assert list(refused.value.message_dict) == ["percent"]


def test_a_stage_of_another_project_a_done_one_or_one_further_than_reported_is_refused(planned, unit):
    first, second, _last = planned.milestones.all()
    for stages in ([make.milestone()], [second]):
        with pytest.raises(ValidationError) as refused:
            say(planned, unit, percent=25, milestones_done=stages)
        assert list(refused.value.message_dict) == ["milestones_done"]
    say(planned, unit, percent=25, milestones_done=[first])
    with pytest.raises(ValidationError):
        later = {"month": date(2026, 4, 1), "at": on(2026, 4, 20)}
        say(planned, unit, percent=25, milestones_done=list(planned.milestones.filter(pk=first.pk)), **later)


def test_a_photo_is_kept_without_the_place_and_the_camera(project, unit):
    say(project, unit, photos=[photo(gps=True)])
    with Photo.objects.get().file.open("rb") as file, Image.open(file) as kept:
        assert kept.format == "JPEG" and not kept.getexif() and not kept.info.get("exif")


@pytest.mark.parametrize(
    "data", [b"PK\x03\x04 no picture", b"", b"<svg xmlns='x'><script/></svg>", photo().read()[:200]]
)
def test_what_is_no_photo_is_refused_and_nothing_is_written(project, unit, data):
    with pytest.raises(ValidationError) as refused:
        say(project, unit, photos=[photo(), ContentFile(data, name="x.jpg")])
    assert list(refused.value.message_dict) == ["photos"]
    assert not Report.objects.exists() and not Photo.objects.exists()


def test_a_bomb_of_pixels_is_refused(project, unit):
    out = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(out, "PNG")
    assert len(out.getvalue()) < 1_000_000
    with pytest.raises(ValidationError) as refused:
        say(project, unit, photos=[ContentFile(out.getvalue(), name="bomb.png")])
    assert list(refused.value.message_dict) == ["photos"]


def test_nine_photos_are_kept_and_a_tenth_is_refused_also_by_a_correction(project, unit):
    with pytest.raises(ValidationError):
        say(project, unit, photos=[photo() for _n in range(10)])
    say(project, unit, photos=[photo() for _n in range(9)])
    with pytest.raises(ValidationError):
        say(project, unit, photos=[photo()], why="再加一张")
    assert Photo.objects.count() == 9


# --- the five states ---------------------------------------------------------


def standing(project, day):
    return rules.standing(again(project), day)


def test_a_project_before_its_day_has_not_begun_unless_it_was_reported(planned, unit):
    told = standing(planned, date(2026, 2, 10))
    assert (told.key, told.word) == ("not_begun", "未开工")
    assert "2026年3月1日" in told.why
    say(planned, unit, month=date(2026, 2, 1), percent=5, at=on(2026, 2, 8))
    assert standing(planned, date(2026, 2, 10)).key == "on_time"


def test_on_time_near_late_and_done_follow_the_days(planned, unit):
    say(planned, unit, percent=12, at=on(2026, 3, 24))
    told = standing(planned, date(2026, 3, 26))
    assert (told.key, told.chip) == ("on_time", "info")
    assert "12%" in told.why
    near = standing(planned, date(2026, 4, 15))
    assert (near.key, near.word) == ("near", "临近节点") and "完成招标" in near.why
    assert standing(planned, date(2026, 4, 30)).key == "near"
    late = standing(planned, date(2026, 5, 1))
    assert (late.key, late.word, late.chip) == ("late", "已逾期", "bad")
    assert "已超过1天" in late.why
    planned.milestones.update(done_on=date(2026, 4, 30))
    assert "项目应于" in standing(planned, date(2026, 12, 1)).why
    Project.objects.filter(pk=planned.pk).update(state="completed", completed_on=date(2026, 11, 1))
    assert standing(planned, date(2026, 12, 1)).key == "done"


def test_a_report_past_its_day_is_said(planned):
    assert standing(planned, date(2026, 3, 25)).key == "on_time"
    told = standing(planned, date(2026, 3, 26))
    assert told.key == "near" and "3月的月报还没有报" in told.why
    # Begun after the day of the report: the first one is next month's.
    Project.objects.filter(pk=planned.pk).update(starts_on=date(2026, 3, 26))
    assert standing(planned, date(2026, 3, 31)).key == "on_time"


def test_a_lag_behind_the_plan_is_said_with_both_figures(planned, unit):
    planned.milestones.filter(percent=20).update(done_on=date(2026, 4, 1))
    say(planned, unit, month=date(2026, 6, 1), percent=21, at=on(2026, 6, 24))
    told = standing(planned, date(2026, 6, 26))
    assert told.key == "near" and "21%" in told.why and "按计划" in told.why
    say(planned, unit, month=date(2026, 6, 1), percent=35, why="更正", at=on(2026, 6, 25))
    assert standing(planned, date(2026, 6, 26)).key == "on_time"


def test_a_stopped_project_has_a_word_of_its_own(planned):
    Project.objects.filter(pk=planned.pk).update(state="stopped", reason="规划调整")
    told = standing(planned, date(2027, 1, 1))
    assert (told.key, told.word, told.why) == ("stopped", "已终止", "规划调整")


def test_a_standing_asks_nothing_of_the_database(planned, unit, django_assert_num_queries):
    say(planned, unit)
    held = again(planned)
    with django_assert_num_queries(0):
        for month in range(1, 13):
            rules.standing(held, date(2026, month, 28))


@given(
    st.lists(st.tuples(st.integers(0, 900), st.integers(1, 100)), max_size=8),
    st.integers(0, 900),
    st.integers(-50, 950),
    st.integers(0, 400),
)
def test_the_plan_never_goes_back_and_stays_between_nothing_and_all(stages, ends, day, step):
    start = date(2026, 1, 1)
    project = Project(pk=1, starts_on=start, ends_on=start + timedelta(days=ends))
    rows = [Milestone(due_on=start + timedelta(days=d), percent=p) for d, p in stages]
    project._prefetched_objects_cache = {"milestones": rows}  # what with_delivery() would have fetched
    first = rules.planned(project, start + timedelta(days=day))
    later = rules.planned(project, start + timedelta(days=day + step))
    assert 0 <= first <= later <= 100
    if not rows or max(rows, key=lambda one: (one.due_on, one.percent)).percent == 100:
        last = max([project.ends_on, *(one.due_on for one in rows)])
        assert rules.planned(project, last) == 100


# --- the end -----------------------------------------------------------------


def finish(project, by):
    stages = list(project.milestones.filter(done_on=None))
    said = {"month": date(2026, 11, 1), "percent": 100, "milestones_done": stages}
    say(project, by, at=on(2026, 11, 20), **said)


def test_a_project_is_finished_when_all_stages_are_and_reopened_by_the_body(planned, unit, body):
    at = on(2026, 11, 28)
    with pytest.raises(ValidationError, match="还有节点没有完成"):
        actions.complete(again(planned), on=at.date(), why="验收合格", by=unit, at=at)
    finish(planned, unit)
    for wrong in ({"on": date(2026, 11, 29)}, {"on": date(2026, 2, 1)}, {"why": ""}):
        with pytest.raises(ValidationError) as refused:
            actions.complete(again(planned), **{"on": at.date(), "why": "验收合格", **wrong}, by=unit, at=at)
        assert list(refused.value.message_dict) == list(wrong)
    project = again(planned)
    with pytest.raises(Refused):
        actions.complete(project, on=at.date(), why="验收合格", by=make.user(), at=at)
    actions.complete(project, on=at.date(), why="验收合格", by=unit, at=at)
    assert again(planned).completed_on == at.date()
    with pytest.raises(Refused):
        actions.reopen(project, why="漏水", by=unit, at=at)
    with pytest.raises(ValidationError):
        actions.reopen(project, why=" ", by=body, at=at)
    actions.reopen(project, why="漏水", by=body, at=at)
    assert (project.state, again(planned).completed_on) == ("adopted", None)
    last = planned.milestones.last()
    with pytest.raises(ValidationError):
        actions.undo_milestone(last, why="", by=unit, at=at)
    actions.undo_milestone(last, why="漏水要返工", by=unit, at=at)
    assert Milestone.objects.get(pk=last.pk).done_on is None
    with pytest.raises(ValidationError):
        actions.undo_milestone(last, why="再来", by=unit, at=at)


def test_a_stage_undone_while_the_end_was_typed_keeps_it_open(planned, unit):
    stages = list(planned.milestones.all())
    say(planned, unit, percent=100, milestones_done=stages)
    old = Project.objects.with_delivery().get(pk=planned.pk)
    assert all(one.done_on for one in old.milestones.all())
    actions.undo_milestone(Milestone.objects.get(pk=stages[0].pk), why="没有做完", by=unit, at=make.NOW)
    with pytest.raises(ValidationError, match="还有节点没有完成"):
        actions.complete(old, on=date(2026, 3, 20), why="验收", by=unit, at=on(2026, 3, 21))


def test_all_stages_but_not_all_reported_is_not_finished(planned, unit):
    planned.milestones.update(done_on=date(2026, 11, 1))
    say(planned, unit, percent=99, month=date(2026, 11, 1), at=on(2026, 11, 20))
    with pytest.raises(ValidationError, match="100"):
        actions.complete(again(planned), on=date(2026, 11, 20), why="好", by=unit, at=on(2026, 11, 20))


# --- days that slip ----------------------------------------------------------


@pytest.fixture
def stage(planned):
    return planned.milestones.get(percent=20)


def ask(stage, by, to=date(2026, 5, 31), why="连续下雨"):
    return actions.ask_slip(stage, to=to, why=why, by=by, at=make.NOW)


def test_a_slip_has_its_reason_and_who_accepted_it_and_moves_the_day(stage, unit, body):
    slip = ask(stage, unit)
    assert Milestone.objects.get(pk=stage.pk).due_on == date(2026, 4, 30)
    with pytest.raises(ValidationError) as refused:
        actions.accept_slip(slip, accepted_by=" ", by=body, at=make.NOW)
    assert list(refused.value.message_dict) == ["accepted_by"]
    actions.accept_slip(slip, accepted_by="镇人大主席团会议", said="抓紧", by=body, at=make.NOW)
    slip.refresh_from_db()
    assert (slip.state, slip.accepted_by, slip.due_before) == (
        "accepted",
        "镇人大主席团会议",
        date(2026, 4, 30),
    )
    assert Milestone.objects.get(pk=stage.pk).due_on == date(2026, 5, 31)


def test_the_unit_does_not_accept_its_own_slip_and_a_stranger_asks_none(stage, unit, body):
    with pytest.raises(Refused):
        ask(stage, make.clerk(make.body("department")))
    slip = ask(stage, unit)
    both = make.user("both", ("clerk", stage.project.call.body), ("clerk", stage.project.unit))
    for by in (unit, both, make.user()):
        with pytest.raises(Refused):
            actions.accept_slip(slip, accepted_by="自己", by=by, at=make.NOW)
        with pytest.raises(Refused):
            actions.refuse_slip(slip, said="不", by=by, at=make.NOW)
    actions.accept_slip(slip, accepted_by="主席", by=make.chair(stage.project.call.body), at=make.NOW)


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("to", {"to": date(2026, 4, 30)}),
        ("to", {"to": date(2026, 9, 1)}),
        ("to", {"to": date(2027, 1, 1)}),
        ("why", {"why": " "}),
    ],
)
def test_a_slip_that_will_not_do_is_refused_at_its_field(stage, unit, field, said):
    with pytest.raises(ValidationError) as refused:
        ask(stage, unit, **said)
    assert list(refused.value.message_dict) == [field]


def test_one_slip_at_a_time_and_none_for_what_is_done(stage, unit, body):
    slip = ask(stage, unit)
    with pytest.raises(ValidationError):
        ask(stage, unit)
    with pytest.raises(ValidationError):
        actions.refuse_slip(slip, said="", by=body, at=make.NOW)
    actions.refuse_slip(slip, said="理由不充分", by=body, at=make.NOW)
    ask(stage, unit)
    Slip.objects.filter(state="asked").update(state="refused")
    Milestone.objects.filter(pk=stage.pk).update(done_on=date(2026, 4, 1))
    with pytest.raises(ValidationError):
        ask(Milestone.objects.get(pk=stage.pk), unit)


def test_a_slip_asked_before_the_stage_was_reached_is_not_accepted_any_more(stage, unit, body):
    slip = ask(stage, unit)
    Milestone.objects.filter(pk=stage.pk).update(done_on=date(2026, 4, 1))
    with pytest.raises(ValidationError):
        actions.accept_slip(slip, accepted_by="主席团", by=body, at=make.NOW)


@pytest.mark.parametrize("state", Slip.State)
@pytest.mark.parametrize("to", ["accepted", "refused"])
def test_a_slip_is_decided_once(stage, unit, body, state, to):
    slip = ask(stage, unit)
    Slip.objects.filter(pk=slip.pk).update(state=state)
    slip.refresh_from_db()
    decide = {
        "accepted": lambda: actions.accept_slip(slip, accepted_by="主席团", by=body, at=make.NOW),
        "refused": lambda: actions.refuse_slip(slip, said="不行", by=body, at=make.NOW),
    }[to]
    if to in Slip.MOVES[state]:
        decide()
        assert Slip.objects.get(pk=slip.pk).state == to
    else:
        with pytest.raises(ValidationError):
            decide()


# --- pages -------------------------------------------------------------------


def test_a_unit_finds_its_projects_and_the_report_in_two_taps(planned, unit):
    make.project(state="adopted", title="别的单位的项目")
    client = make.client(unit)
    page = client.get(reverse("unit_projects"))
    assert planned.title in page.content.decode() and "别的单位" not in page.content.decode()
    assert reverse("report_new", args=[planned.pk]) in page.content.decode()
    assert make.client(make.user()).get(reverse("unit_projects")).status_code == 403


def queries(user, address):
    client = make.client(user)
    with CaptureQueriesContext(connection) as found:
        assert client.get(address).status_code == 200
    return len(found)


def test_lists_take_the_same_number_of_queries_for_more_projects(planned, unit, body):
    lists = [
        (unit, reverse("unit_projects")),
        (body, reverse("call_delivery", args=[planned.call_id])),
        (body, reverse("call_delivery_file", args=[planned.call_id])),
        (unit, reverse("project_delivery", args=[planned.pk])),
    ]
    say(planned, unit, month=date(2026, 1, 1), percent=0, photos=[photo()], at=on(2026, 1, 20))
    queries(*lists[0])  # what a process asks once, such as whether this is the demo
    before = [queries(*one) for one in lists]
    for n in range(8):
        more = make.project(planned.call, f"项目{n}", state="adopted", unit=planned.unit)
        make.milestone(more)
        say(more, unit)
    for month in (2, 3):
        say(planned, unit, month=date(2026, month, 1), percent=month, photos=[photo(), photo()])
    assert [queries(*one) for one in lists] == before


def test_the_list_of_the_body_is_filtered_by_state_and_unit(planned, body):
    Milestone.objects.update(due_on=date(2098, 1, 1))
    Project.objects.filter(pk=planned.pk).update(starts_on=date(2097, 1, 1), ends_on=date(2098, 6, 1))
    other = make.project(planned.call, "学校食堂", state="adopted")
    make.milestone(other, due_on=date(2025, 1, 1))
    client = make.client(body)
    address = reverse("call_delivery", args=[planned.call_id])
    late = client.get(address, {"standing": "late"}).content.decode()
    assert "学校食堂" in late and planned.title not in late.split("<main")[1]
    mine = client.get(address, {"unit": planned.unit_id}).content.decode().split("<main")[1]
    assert planned.title in mine and "学校食堂" not in mine
    assert client.get(address, {"standing": "无", "unit": "x"}).status_code == 200


def test_a_report_is_sent_from_the_page_prefilled_with_the_last_one(planned, unit, monkeypatch):
    say(planned, unit, month=date(2026, 1, 1), percent=15, at=on(2026, 1, 20), spent=1_000_000)
    client = make.client(unit)
    address = reverse("report_new", args=[planned.pk]) + "?month=2026-02"
    page = client.get(address).content.decode()
    assert 'value="15"' in page
    first = planned.milestones.first()
    sent = {"percent": "30", "text": "主体开工", "milestones_done": [first.pk], "photos": [photo(), photo()]}
    answer = client.post(address, sent)
    assert answer.status_code == 302, answer.content.decode()
    made = Report.objects.get(month=date(2026, 2, 1))
    assert (made.percent, made.photos.count()) == (30, 2)
    assert Milestone.objects.get(pk=first.pk).done_on


def test_a_wrong_report_keeps_what_was_typed_and_says_the_photos_are_lost(planned, unit):
    client = make.client(unit)
    address = reverse("report_new", args=[planned.pk]) + "?month=2026-02"
    sent = {"percent": "300", "text": "主体开工", "trouble": "缺钱", "photos": [photo()]}
    page = client.post(address, sent).content.decode()
    for kept in ("主体开工", "缺钱", "300", "照片要重新选一次"):
        assert kept in page
    assert not Report.objects.exists()
    assert client.get(reverse("report_new", args=[planned.pk]) + "?month=无").status_code == 200


def test_a_plan_is_written_on_its_page_and_nothing_typed_is_lost(project, unit):
    client = make.client(unit)
    address = reverse("milestones", args=[project.pk])
    assert client.get(address).status_code == 200
    sent = {"stage-TOTAL_FORMS": "6", "stage-INITIAL_FORMS": "0"}
    for n, row in enumerate(PLAN):
        sent |= {f"stage-{n}-title": row["title"], f"stage-{n}-due_on": row["due_on"].isoformat()}
        sent[f"stage-{n}-percent"] = row["percent"]
    wrong = client.post(address, {**sent, "stage-2-percent": "90"})
    assert "要写100" in wrong.content.decode() and "竣工验收" in wrong.content.decode()
    assert "2026-08-31" in wrong.content.decode()
    assert client.post(address, sent).status_code == 302
    assert project.milestones.count() == 3
    assert client.get(address).status_code == 200
    rows = {"stage-TOTAL_FORMS": "3", "stage-INITIAL_FORMS": "3"}
    for n, one in enumerate(project.milestones.all()):
        rows |= {f"stage-{n}-key": one.pk, f"stage-{n}-title": one.title + "了"}
        rows |= {f"stage-{n}-due_on": one.due_on.isoformat(), f"stage-{n}-percent": one.percent}
    assert client.post(address, rows).status_code == 302
    assert project.milestones.first().title == "完成招标了"


def test_a_photo_is_public_once_the_project_is(planned, unit):
    say(planned, unit, photos=[photo()])
    address = reverse("delivery_photo", args=[Photo.objects.get().pk])
    answer = make.client().get(address)
    assert answer.status_code == 200 and answer["Content-Type"] == "image/jpeg"
    assert answer.getvalue()[:2] == b"\xff\xd8"
    planned.call.candidates_at = None
    planned.call.save()
    assert make.client().get(address).status_code == 302
    assert make.client(make.clerk(make.body("department"))).get(address).status_code == 403
    inside = make.client(unit).get(address)
    assert inside.status_code == 200 and "no-store" in inside["Cache-Control"]
    inside.close()


def test_the_page_of_a_project_opens_for_unit_body_and_chair_and_nobody_else(planned, unit, body):
    address = reverse("project_delivery", args=[planned.pk])
    for user in (unit, body, make.chair(planned.call.body), make.chair(planned.unit)):
        assert make.client(user).get(address).status_code == 200
    for user in (make.clerk(make.body()), make.clerk(make.body("department")), make.user()):
        assert make.client(user).get(address).status_code == 403


def test_slips_and_the_end_have_their_pages(planned, unit, body):
    stage = planned.milestones.first()
    ours, theirs = make.client(unit), make.client(body)
    sent = {"to": "2026-05-31", "why": "下雨"}
    assert ours.post(reverse("slip_ask", args=[stage.pk]), sent).status_code == 302
    slip = Slip.objects.get()
    assert ours.get(reverse("slip_accept", args=[slip.pk])).status_code == 403
    page = theirs.get(reverse("slip_accept", args=[slip.pk])).content.decode()
    assert "下雨" in page and reverse("slip_refuse", args=[slip.pk]) in page
    assert theirs.get(reverse("slip_refuse", args=[slip.pk])).status_code == 200
    assert theirs.post(reverse("slip_accept", args=[slip.pk]), {"accepted_by": "主席团"}).status_code == 302
    assert Milestone.objects.get(pk=stage.pk).due_on == date(2026, 5, 31)
    assert ours.get(reverse("project_complete", args=[planned.pk])).status_code == 200
    refused = ours.post(reverse("project_complete", args=[planned.pk]), {"on": "2026-11-01", "why": "合格"})
    assert refused.status_code == 200
    Project.objects.filter(pk=planned.pk).update(state="completed", completed_on=date(2026, 11, 1))
    assert theirs.get(reverse("project_reopen", args=[planned.pk])).status_code == 200
    assert theirs.post(reverse("project_reopen", args=[planned.pk]), {"why": "漏水"}).status_code == 302


def test_the_page_leads_each_to_what_they_do_next(planned, unit, body):
    address = reverse("project_delivery", args=[planned.pk])

    def leads(user):
        return make.client(user).get(address).context["next"]

    assert leads(unit)[0] == reverse("report_new", args=[planned.pk])
    stage = planned.milestones.first()
    slip = ask(stage, unit)
    assert leads(body)[0] == reverse("slip_accept", args=[slip.pk])
    assert leads(make.chair(planned.unit)) is None
    actions.refuse_slip(slip, said="不行", by=body, at=make.NOW)
    notice = supervision.supervise(planned, text="请说明", due_on=date(2026, 2, 1), by=body, at=make.NOW)
    assert leads(unit)[0] == reverse("supervision_answer", args=[notice.pk])
    supervision.answer(notice, answer="在办", by=unit, at=make.NOW)
    assert leads(body)[0] == reverse("supervision_close", args=[notice.pk])
    fresh = make.project(planned.call, "没有计划的", state="adopted", unit=planned.unit)
    assert make.client(unit).get(reverse("project_delivery", args=[fresh.pk])).context["next"][0] == reverse(
        "milestones", args=[fresh.pk]
    )


def test_the_list_as_excel_says_state_and_why(planned, unit):
    say(planned, unit, percent=12)
    [row] = delivery_sheet(planned.call, [again(planned)], date(2026, 5, 1)).rows
    assert (row["standing"], row["percent"], row["month"]) == ("已逾期", 12, "2026年3月")
    assert row["stage"] == "完成招标" and "已超过1天" in row["why"]


# --- a photo taken away ---------------------------------------------------------


def test_a_photo_is_taken_away_for_good_with_a_reason_and_only_by_the_clerks_concerned(
    django_capture_on_commit_callbacks,
):
    project = make.project(state="adopted")
    unit, clerk = make.clerk(project.unit), make.clerk(project.call.body)
    first, second = (
        Photo.objects.create(project=project, file=ContentFile(b"x", name="a.jpg"), at=make.NOW, by=unit)
        for _n in range(2)
    )
    for who in (make.clerk(make.body("department")), make.chair(project.call.body), make.clerk(make.body())):
        with pytest.raises(Refused):
            actions.remove_photo(first, why="有人脸", by=who, at=make.NOW)
    with pytest.raises(ValidationError):
        actions.remove_photo(first, why=" ", by=unit, at=make.NOW)
    path = first.file.path
    with django_capture_on_commit_callbacks(execute=True):
        actions.remove_photo(first, why="有人脸", by=unit, at=make.NOW)
    assert not Path(path).exists() and project.photos.get() == second
    assert (
        make.client(clerk).post(f"/projects/photos/{second.pk}/remove/", {"why": "拍错了"}).status_code == 302
    )
    assert not project.photos.exists() and Entry.objects.filter(verb="projects.photo_removed").count() == 2
