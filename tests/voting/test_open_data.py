"""Open data of a published result: totals that everybody may take, in three formats, and no ballot."""

import csv
import io
import json

import pytest

from tests import make
from tests.portal.test_portal import published
from yishi.meetings.models import Meeting
from yishi.voting.actions import polls
from yishi.voting.models import Poll

pytestmark = pytest.mark.django_db
FILES = ("data.csv", "data.json", "votes.pb")


def taken(poll, name):
    answer = make.client().get(f"/results/{poll.pk}/{name}")
    assert answer.status_code == 200
    return answer


def lines(poll):
    return list(csv.DictReader(io.StringIO(taken(poll, "data.csv").content.decode("utf-8-sig"))))


def test_the_table_has_one_line_for_each_option_and_opens_in_a_spreadsheet():
    poll = published()
    assert taken(poll, "data.csv").content.startswith(b"\xef\xbb\xbf")
    first = lines(poll)[0]
    assert [row["选项"] for row in lines(poll)] == ["修路", "建桥", "种树"]
    assert first["赞成"] == "5" and first["通过"] == "是" and first["应到"] == "6" and first["有效"] == "5"


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "＝1", "\t=1"])
def test_a_title_is_never_a_formula(title):
    poll = published()
    Poll.objects.filter(pk=poll.pk).update(title=title)
    assert lines(poll)[0]["表决事项"].startswith("'")


def test_the_json_has_the_keys_that_the_page_about_it_names():
    data = json.loads(taken(published(), "data.json").content)
    assert list(data) == [
        "version", "url", "title", "body", "meeting", "kind", "declared_at", "published_at", "corrected",
        "figures", "sentence", "articles", "options",
    ]  # fmt: skip
    assert data["options"][0] == {
        "number": 1, "title": "修路", "votes": {"for": 5, "against": 0, "abstain": 0},
        "adopted": True, "tied": False, "grade": None,
    }  # fmt: skip
    assert data["figures"]["present"] == 5 and data["version"] == 1
    with open("docs/open-data.md", encoding="utf-8") as page:
        told = page.read()
    assert all(f"`{key}" in told for key in data)


def test_markup_in_a_title_is_escaped_in_json_and_only_kept_never_shown_elsewhere():
    poll = published()
    Poll.objects.filter(pk=poll.pk).update(title="<script>")
    told = taken(poll, "data.json")
    assert b"<" not in told.content and json.loads(told.content)["title"] == "<script>"
    for name in ("data.csv", "votes.pb"):
        answer = taken(poll, name)
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["X-Content-Type-Options"] == "nosniff"


def test_pabulib_has_projects_with_their_votes_and_no_ballot():
    poll = published()
    text = taken(poll, "votes.pb").content.decode()
    meta, rest = text.split("PROJECTS\n")
    projects, votes = rest.split("VOTES\n")
    assert meta.startswith("META\nkey;value\n") and "num_projects;3\nnum_votes;5\n" in meta
    assert "budget;" not in meta and "secret" in meta
    assert projects.splitlines()[:2] == ["project_id;cost;name;votes;selected", "1;;修路;5;1"]
    assert votes == "voter_id;vote\n"


def test_a_semicolon_in_a_title_breaks_no_line_of_pabulib():
    poll = published()
    Poll.objects.filter(pk=poll.pk).update(title="修路;\nVOTES")
    text = taken(poll, "votes.pb").content.decode()
    assert text.count("\nVOTES\n") == 1 and "修路； VOTES" in text


@pytest.mark.parametrize("name", FILES)
def test_what_is_not_published_has_no_data(name):
    poll = published()
    address = f"/results/{poll.pk}/{name}"
    real = make.meeting(poll.meeting.body)
    Meeting.objects.filter(pk=poll.meeting_id).update(rehearsal_of=real)
    assert make.client().get(address).status_code == 404
    Meeting.objects.filter(pk=poll.meeting_id).update(rehearsal_of=None)
    assert make.client().get(address).status_code == 200
    assert make.client().post(address).status_code == 405
    polls.withdraw(poll, by=make.official(poll, "clerk"), at=make.NOW, why="附件有误")
    assert make.client().get(address).status_code == 404


def test_grades_and_elections_are_no_projects():
    poll = published()
    Poll.objects.filter(pk=poll.pk).update(rule={**poll.rule, "kind": "elect"})
    assert make.client().get(f"/results/{poll.pk}/votes.pb").status_code == 404


def test_the_result_page_leads_to_its_data():
    poll = published()
    page = make.client().get(f"/results/{poll.pk}/").content.decode()
    assert all(f'href="/results/{poll.pk}/{name}"' in page for name in FILES)
