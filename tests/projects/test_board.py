"""The public board of delivery: how many projects stand in which state, filtered, page by page."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from tests import make
from yishi.people.models import Body
from yishi.projects.models import Report
from yishi.projects.views.board import PER_PAGE

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()
DAY = timedelta(days=1)


@pytest.fixture
def call():
    return make.call(make.body(name="枫溪镇人民代表大会"), candidates_at=make.NOW, year=TODAY.year)


def board(**asked):
    return make.client().get("/board/", asked)


def one_of_each(call):
    """A project in each state, and one stopped."""
    base = {"state": "adopted", "starts_on": TODAY - 90 * DAY, "ends_on": TODAY + 300 * DAY}
    late = make.project(call, "逾期的", **base)
    make.milestone(late, "主体", due_on=TODAY - 5 * DAY, percent=30)
    near = make.project(call, "临近的", **base)
    make.milestone(near, "验收", due_on=TODAY + 3 * DAY, percent=30)
    on_time = make.project(call, "正常的", **{**base, "adopted_at": timezone.now(), "starts_on": TODAY - DAY})
    make.milestone(on_time, "封顶", due_on=TODAY + 200 * DAY, percent=80)
    month = TODAY.replace(day=1)
    Report.objects.create(project=on_time, month=month, percent=45, text="好", at=make.NOW, by=make.user())
    make.project(call, "没开工的", **{**base, "starts_on": TODAY + 30 * DAY})
    make.project(call, "做完的", **{**base, "state": "completed"}, completed_on=TODAY)
    make.project(call, "停下的", **{**base, "state": "stopped"}, reason="改由省里建设")


def test_the_states_are_counted_and_the_projects_listed_with_what_comes_next(call):
    one_of_each(call)
    page = board().text
    for told in (
        "逾期的",
        "已逾期",
        "临近节点",
        "验收",
        "正常推进",
        "封顶",
        "45%",
        "未开工",
        "100%",
        "改由省里建设",
    ):
        assert told in page, told
    assert page.count('<th scope="row">') >= 6


@pytest.mark.parametrize(
    ("state", "title"),
    [
        ("late", "逾期的"),
        ("near", "临近的"),
        ("on_time", "正常的"),
        ("not_begun", "没开工的"),
        ("done", "做完的"),
        ("stopped", "停下的"),
    ],
)
def test_one_state_alone_is_shown(call, state, title):
    one_of_each(call)
    shown = [line.project.title for line, _next in board(state=state).context["page"]]
    assert shown == [title]


def test_by_body_and_by_year(call):
    make.project(call, "镇里的", state="adopted")
    county = make.call(
        make.body(Body.Kind.COUNTY_CONGRESS, "县人民代表大会"), year=2020, candidates_at=make.NOW
    )
    make.project(county, "早年的", state="closed", completed_on=date(2020, 12, 1))
    assert "早年的" not in board().text
    assert "早年的" in board(year=2020).text and "镇里的" not in board(year=2020).text
    assert "镇里的" in board(body=call.body_id).text
    empty = board(body=county.body_id).text
    assert "镇里的" not in empty and "没有符合的项目" in empty


@pytest.mark.parametrize(
    "asked", [{"year": "x"}, {"state": "x"}, {"body": "999999"}, {"page": "-3"}, {"year": "9" * 30}]
)
def test_odd_filters_show_everything_and_no_error(call, asked):
    make.project(call, "镇里的", state="adopted")
    answer = board(**asked)
    assert answer.status_code == 200 and "镇里的" in answer.text


def test_only_public_adopted_projects_stand_on_the_board(call):
    for state in ("candidate", "recommended", "not_adopted", "withdrawn"):
        make.project(call, f"不该在的{state}", state=state)
    hidden = make.call(call.body, year=call.year + 1)
    make.project(hidden, "还没公布的", state="adopted")
    make.project(call, "没公布结果的", state="adopted", poll=make.poll(state="declared"))
    page = board().text
    assert "不该在的" not in page and "还没公布的" not in page and "没公布结果的" not in page


def test_when_no_work_goes_on_the_newest_year_is_shown(call):
    make.project(call, "办结的", state="closed", completed_on=TODAY)
    assert "办结的" in board().text


def test_a_long_board_comes_page_by_page(call):
    for n in range(PER_PAGE + 2):
        make.project(call, f"第{n}号", state="adopted")
    first, second = board(), board(page=2)
    assert len(first.context["page"]) == PER_PAGE and len(second.context["page"]) == 2
    assert "第0号" in first.text and "第26号" in second.text
    assert "state=&amp;" not in first.text
    assert len(first.content) < 60_000
