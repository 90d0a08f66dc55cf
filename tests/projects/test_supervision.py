"""Supervision notices and inspections: issued, answered, sent back, closed; and who may."""

import io
from datetime import date, datetime

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.urls import reverse
from docx import Document
from PIL import Image

from tests import make
from yishi.journal.models import Entry
from yishi.projects.actions import supervision as actions
from yishi.projects.models import Inspection, Milestone, Photo, Project, Supervision
from yishi.projects.words.delivery import supervision_document
from yishi.web.access import Refused

pytestmark = pytest.mark.django_db

AT = datetime(2026, 7, 10, 9, 0, tzinfo=make.NOW.tzinfo)


@pytest.fixture
def project():
    made = make.project(state="adopted")
    make.milestone(made)
    return made


@pytest.fixture
def unit(project):
    return make.clerk(project.unit)


@pytest.fixture
def body(project):
    return make.clerk(project.call.body)


def issue(project, by, **said):
    said = {"text": "请说明进度。", "due_on": date(2026, 7, 20), **said}
    return actions.supervise(project, **said, by=by, at=AT)


def see(project, by, **said):
    said = {"held_on": date(2026, 7, 9), "deputies": "林代表、陈代表", "text": "看了工地。", **said}
    return actions.inspect(project, **said, by=by, at=AT)


NOTICES = {
    "notice": lambda project, by: issue(project, by),
    "findings": lambda project, by: see(project, by, findings="围挡破损", due_on=date(2026, 8, 1)),
}


# --- notices -----------------------------------------------------------------


def test_clerk_and_chair_of_the_body_issue_numbered_notices_and_the_unit_does_not(project, unit, body):
    both = make.user("both", ("clerk", project.call.body), ("clerk", project.unit))
    for by in (unit, both, make.clerk(make.body()), make.user()):
        with pytest.raises(Refused):
            issue(project, by)
    assert issue(project, body).number == 1
    assert issue(project, make.chair(project.call.body)).number == 2
    assert issue(make.project(project.call, "另一个", state="adopted"), body).number == 1


@pytest.mark.parametrize("state", [s for s in Project.State if s != "adopted"])
def test_only_a_project_under_way_is_supervised(state):
    project = make.project(state=state)
    with pytest.raises(Refused):
        issue(project, make.clerk(project.call.body))


@pytest.mark.parametrize(
    ("field", "said"),
    [("text", {"text": " "}), ("text", {"text": "长" * 1001}), ("due_on", {"due_on": date(2026, 7, 9)})],
)
def test_a_notice_that_will_not_do_is_refused_at_its_field(project, body, field, said):
    with pytest.raises(ValidationError) as refused:
        issue(project, body, **said)
    assert list(refused.value.message_dict) == [field]


def test_a_milestone_has_one_open_notice_and_is_one_of_the_project(project, body):
    stage = project.milestones.get()
    with pytest.raises(ValidationError):
        issue(project, body, milestone=make.milestone())
    notice = issue(project, body, milestone=stage)
    with pytest.raises(ValidationError):
        issue(project, body, milestone=stage)
    actions.close(notice, closing="已补上", by=body, at=AT)
    issue(project, body, milestone=stage)


def test_one_press_issues_a_notice_for_every_overdue_milestone_that_has_none(project, body):
    late = project.milestones.get()
    make.milestone(project, "竣工", due_on=date(2026, 11, 30), percent=100)
    make.milestone(project, "已经做完", due_on=date(2026, 5, 1), percent=10, done_on=date(2026, 5, 1))
    done = make.project(project.call, "已完工的", state="completed")
    make.milestone(done)
    elsewhere = make.milestone()
    [notice] = actions.supervise_overdue(project.call, by=body, at=AT)
    assert (notice.milestone, notice.number, notice.due_on) == (late, 1, date(2026, 7, 20))
    for told in (project.title, late.title, "2026年6月30日", "已超过10天", "2026年7月20日"):
        assert told in notice.text
    assert actions.supervise_overdue(project.call, by=body, at=AT) == []
    assert not elsewhere.supervisions.exists()
    assert Entry.objects.filter(verb="projects.supervised").count() == 1


def test_who_may_not_press_and_whoever_carries_it_out_issues_none_against_themselves(project, unit):
    for by in (unit, make.clerk(make.body()), make.user()):
        with pytest.raises(Refused):
            actions.supervise_overdue(project.call, by=by, at=AT)
    both = make.user("both", ("clerk", project.call.body), ("clerk", project.unit))
    assert actions.supervise_overdue(project.call, by=both, at=AT) == []


def test_a_notice_on_paper_says_from_whom_to_whom_what_and_by_when(project, body, unit):
    stage = project.milestones.get()
    notice = issue(project, body, milestone=stage, text="请查明原因。")
    client = make.client(unit)
    answer = client.get(reverse("supervision_pdf", args=[notice.pk]))
    assert answer.content[:5] == b"%PDF-"
    word = client.get(reverse("supervision_docx", args=[notice.pk])).content
    written = Document(io.BytesIO(word))
    text = "\n".join(p.text for p in written.paragraphs)
    text += "\n".join(c.text for t in written.tables for row in t.rows for c in row.cells)
    told = (
        project.call.body.name,
        project.unit.name,
        project.title,
        stage.title,
        "请查明原因",
        "2026年7月20日",
    )
    assert all(one in text for one in told)
    actions.answer(notice, answer="已增派人手。", by=unit, at=AT)
    actions.close(notice, closing="已核实。", by=body, at=AT)
    blocks = str(supervision_document(notice).blocks)
    assert "已增派人手" in blocks and "已核实" in blocks
    assert (
        make.client(make.clerk(make.body())).get(reverse("supervision_pdf", args=[notice.pk])).status_code
        == 403
    )


# --- inspections -------------------------------------------------------------


def test_an_inspection_without_findings_is_closed_at_once_and_one_with_findings_waits(project, body):
    good = see(project, body)
    assert (good.state, good.closed_at) == ("closed", AT)
    bad = see(project, body, findings="围挡破损", due_on=date(2026, 8, 1))
    assert (bad.state, bad.closed_at) == ("open", None)


def test_only_the_clerk_of_the_body_records_an_inspection(project, unit, body):
    for by in (unit, make.chair(project.call.body), make.clerk(make.body()), make.user()):
        with pytest.raises(Refused):
            see(project, by)
    see(project, body)
    Project.objects.filter(pk=project.pk).update(state="completed")
    see(Project.objects.get(pk=project.pk), body)


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("held_on", {"held_on": date(2026, 7, 11)}),
        ("deputies", {"deputies": " "}),
        ("text", {"text": ""}),
        ("findings", {"findings": "长" * 2001, "due_on": date(2026, 8, 1)}),
        ("due_on", {"findings": "围挡破损"}),
        ("due_on", {"findings": "围挡破损", "due_on": date(2026, 7, 1)}),
        ("photos", {"photos": [ContentFile(b"PK no photo", name="x.jpg")]}),
    ],
)
def test_an_inspection_that_will_not_do_is_refused_at_its_field(project, body, field, said):
    with pytest.raises(ValidationError) as refused:
        see(project, body, **said)
    assert list(refused.value.message_dict) == [field]
    assert not Inspection.objects.exists()


def test_photos_of_an_inspection_are_kept_beside_it(project, body):
    out = io.BytesIO()
    Image.new("RGB", (50, 40), "red").save(out, "PNG")
    made = see(project, body, photos=[ContentFile(out.getvalue(), name="x.png")])
    assert Photo.objects.get().inspection == made


# --- both --------------------------------------------------------------------


@pytest.mark.parametrize("kind", NOTICES)
def test_the_unit_answers_the_body_sends_back_and_closes(project, unit, body, kind):
    thing = NOTICES[kind](project, body)
    for by in (make.clerk(make.project(state="adopted").unit), make.chair(project.unit), make.user()):
        with pytest.raises(Refused):
            actions.answer(thing, answer="好的", by=by, at=AT)
    for wrong in (" ", "长" * 2001):
        with pytest.raises(ValidationError):
            actions.answer(thing, answer=wrong, by=unit, at=AT)
    actions.answer(thing, answer="已整改", by=unit, at=AT)
    assert (thing.state, thing.answer) == ("answered", "已整改")
    for by in (unit, make.user()):
        with pytest.raises(Refused):
            actions.send_back(thing, why="不实", by=by, at=AT)
        with pytest.raises(Refused):
            actions.close(thing, closing="好", by=by, at=AT)
    with pytest.raises(ValidationError):
        actions.send_back(thing, why="", by=body, at=AT)
    with pytest.raises(ValidationError):
        actions.send_back(thing, why="不实", due_on=date(2026, 7, 1), by=body, at=AT)
    actions.send_back(thing, why="不实", due_on=date(2026, 8, 15), by=body, at=AT)
    assert (thing.due_on, thing.answered_at) == (date(2026, 8, 15), None)
    assert (
        Entry.objects.get(verb=f"projects.{thing._meta.model_name}.{thing.state}").data["answer"] == "已整改"
    )
    actions.answer(thing, answer="真的整改了", by=unit, at=AT)
    with pytest.raises(ValidationError):
        actions.close(thing, closing=" ", by=body, at=AT)
    actions.close(thing, closing="核实完毕", by=body, at=AT)
    thing.refresh_from_db()
    assert (thing.state, thing.closed_at) == ("closed", AT)


@pytest.mark.parametrize("state", ["first", "answered", "closed"])
@pytest.mark.parametrize("to", ["first", "answered", "closed"])
@pytest.mark.parametrize("kind", NOTICES)
def test_every_pair_of_states_goes_where_the_table_says(project, body, kind, state, to):
    thing = NOTICES[kind](project, body)
    first, model = thing.state, type(thing)
    state, to = (first if one == "first" else one for one in (state, to))
    model.objects.filter(pk=thing.pk).update(state=state)
    thing.refresh_from_db()
    act = {
        first: lambda: actions.send_back(thing, why="退", by=body, at=AT),
        "answered": lambda: actions.answer(thing, answer="答", by=body, at=AT),
        "closed": lambda: actions.close(thing, closing="销", by=body, at=AT),
    }[to]
    if to in model.MOVES[state]:
        act()
        assert model.objects.get(pk=thing.pk).state == to
    else:
        with pytest.raises(ValidationError):
            act()
        assert model.objects.get(pk=thing.pk).state == state


# --- pages -------------------------------------------------------------------


def test_one_press_on_the_list_issues_the_notices(project, body, unit):
    Milestone.objects.update(due_on=date(2025, 6, 30))
    address = reverse("supervise_overdue", args=[project.call_id])
    listed = reverse("call_delivery", args=[project.call_id])
    assert address in make.client(body).get(listed).content.decode()
    assert make.client(unit).post(address).status_code == 403
    assert make.client(body).get(address).status_code == 405
    assert "已发出1份" in make.client(body).post(address, follow=True).content.decode()
    assert Supervision.objects.count() == 1
    assert address not in make.client(body).get(listed).content.decode()


def test_the_pages_of_notices_and_inspections_do_what_they_say(project, body, unit):
    ours, theirs = make.client(unit), make.client(body)
    page = theirs.get(reverse("supervise", args=[project.pk])).content.decode()
    assert "已超过" in page  # the text for the overdue milestone stands there already
    sent = {"text": "请说明", "due_on": "2099-01-01", "milestone": project.milestones.get().pk}
    assert theirs.post(reverse("supervise", args=[project.pk]), sent).status_code == 302
    notice = Supervision.objects.get()
    found = {
        "held_on": "2026-01-05",
        "deputies": "林代表",
        "text": "看了",
        "findings": "破损",
        "due_on": "2026-02-01",
    }
    assert theirs.get(reverse("inspect", args=[project.pk])).status_code == 200
    assert theirs.post(reverse("inspect", args=[project.pk]), found).status_code == 302
    seen = Inspection.objects.get()
    for name, thing in (("supervision", notice), ("inspection", seen)):
        assert ours.post(reverse(f"{name}_answer", args=[thing.pk]), {"answer": "在办"}).status_code == 302
        assert ours.get(reverse(f"{name}_close", args=[thing.pk])).status_code == 403
        assert "在办" in theirs.get(reverse(f"{name}_back", args=[thing.pk])).content.decode()
        assert theirs.post(reverse(f"{name}_back", args=[thing.pk]), {"why": "不够"}).status_code == 302
        assert "在办" in ours.get(reverse(f"{name}_answer", args=[thing.pk])).content.decode()
        assert theirs.post(reverse(f"{name}_close", args=[thing.pk]), {"closing": "好"}).status_code == 302
        thing.refresh_from_db()
        assert thing.state == "closed"
    whole = theirs.get(reverse("project_delivery", args=[project.pk])).content.decode()
    assert "请说明" in whole and "破损" in whole
