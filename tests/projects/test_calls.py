"""A call from draft to the day its personal data is erased: each refusal beside its permission."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from pypdfium2 import PdfDocument

from tests import make
from yishi.journal.models import Entry
from yishi.people.models import Body
from yishi.projects.actions import calls as do
from yishi.projects.models import Call, Contact, Proposal
from yishi.web.access import Refused

pytestmark = pytest.mark.django_db

NOW = make.NOW
DAYS = {"opens_on": date(2026, 1, 20), "closes_on": date(2026, 2, 28), "erase_on": date(2026, 6, 30)}
TYPED = {"year": 2026, "title": "征集公告", "text": "说说您的想法", **DAYS}


@pytest.fixture
def town():
    return make.body()


def test_the_clerk_plans_publishes_and_withdraws_a_call_and_the_journal_says_so(town):
    clerk = make.clerk(town)
    made = do.plan_call(town, **TYPED, by=clerk, at=NOW)
    assert made.state == "draft" and not made.is_open(NOW)
    do.publish_call(made, by=clerk, at=NOW)
    assert Call.objects.get().is_open(NOW)
    do.withdraw_call(made, by=clerk, at=NOW, why="日期有误")
    assert not Call.objects.get().is_open(NOW)
    verbs = [entry.verb for entry in Entry.objects.filter(chain__name=town.chain).order_by("number")]
    assert verbs == ["projects.call_planned", "projects.call.published", "projects.call.withdrawn"]


def test_who_is_not_the_clerk_of_the_body_does_nothing_with_its_call(town):
    made = make.call(town, state="draft")
    for user in (make.chair(town), make.clerk(make.body()), make.deputy_user(make.seat(town))):
        with pytest.raises(Refused):
            do.plan_call(town, **TYPED, by=user, at=NOW)
        with pytest.raises(Refused):
            do.change_call(made, title="别的", by=user, at=NOW)
        with pytest.raises(Refused):
            do.publish_call(made, by=user, at=NOW)
        with pytest.raises(Refused):
            do.withdraw_call(made, by=user, at=NOW, why="试")
        with pytest.raises(Refused):
            do.erase(made, by=user, at=NOW + timedelta(days=1000))


def test_a_department_calls_for_nothing():
    office = make.body(Body.Kind.DEPARTMENT)
    with pytest.raises(Refused):
        do.plan_call(office, **TYPED, by=make.clerk(office), at=NOW)


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("closes_on", {"closes_on": date(2026, 1, 19)}),
        ("erase_on", {"erase_on": date(2026, 2, 28)}),
        ("year", {"year": 202}),
        ("opens_on", {"opens_on": date(1, 1, 1)}),
        ("title", {"title": " "}),
    ],
)
def test_what_is_wrong_in_a_call_is_said_at_its_field(town, field, typed):
    with pytest.raises(ValidationError) as told:
        do.plan_call(town, **{**TYPED, **typed}, by=make.clerk(town), at=NOW)
    assert list(told.value.message_dict) == [field]
    assert not Call.objects.exists()


def test_a_body_calls_once_a_year(town):
    clerk = make.clerk(town)
    make.call(town)
    with pytest.raises(ValidationError, match="已经有征集"):
        do.plan_call(town, **TYPED, by=clerk, at=NOW)
    do.plan_call(town, **{**TYPED, "year": 2027}, by=clerk, at=NOW)


def test_the_day_of_erasure_people_were_told_comes_sooner_but_never_later(town):
    clerk = make.clerk(town)
    made = make.call(town, closes_on=date(2026, 12, 31), erase_on=date(2027, 12, 31))
    with pytest.raises(ValidationError, match="只能提前"):
        do.change_call(made, erase_on=date(2028, 1, 1), by=clerk, at=NOW)
    do.change_call(made, erase_on=date(2027, 6, 1), by=clerk, at=NOW)
    assert Call.objects.get().erase_on == date(2027, 6, 1)


def test_the_day_of_erasure_does_not_come_before_the_end_of_the_residents_rating(town):
    made = make.call(town, rating_from=date(2026, 12, 1), rating_until=date(2026, 12, 31))
    made.closes_on = date(2026, 2, 28)
    made.save()
    with pytest.raises(ValidationError) as told:
        do.change_call(made, erase_on=date(2026, 12, 31), by=make.clerk(town), at=NOW)
    assert list(told.value.message_dict) == ["erase_on"]
    do.change_call(Call.objects.get(), erase_on=date(2027, 1, 1), by=make.clerk(town), at=NOW)


def test_a_call_whose_time_is_over_is_not_published(town):
    made = make.call(town, state="draft", closes_on=date(2026, 1, 2))
    with pytest.raises(ValidationError, match="截止日期"):
        do.publish_call(made, by=make.clerk(town), at=NOW)


def test_a_call_is_not_withdrawn_without_a_reason(town):
    made = make.call(town)
    with pytest.raises(ValidationError, match="理由"):
        do.withdraw_call(made, by=make.clerk(town), at=NOW, why=" ")
    assert Call.objects.get().state == "published"


def test_erasing_takes_names_phones_and_who_spoke_and_leaves_what_was_said(town):
    clerk, made = make.clerk(town), make.call(town, closes_on=date(2026, 12, 31), erase_on=date(2027, 1, 1))
    for what in ("修路", "装灯"):
        make.proposal(made, what, name="林阿婆", phone="13800000001", voice="a" * 64)
    make.proposal(made, "建公园", voice="b" * 64, by=make.user())
    with pytest.raises(ValidationError, match="还没有到"):
        do.erase(made, by=clerk, at=NOW)
    assert Contact.objects.count() == 2
    late = NOW + timedelta(days=346)
    assert do.erase(made, by=clerk, at=late) == 2
    assert not Contact.objects.exists()
    assert not Proposal.objects.filter(by__isnull=False).exists()
    voices = dict(Proposal.objects.values_list("what", "voice"))
    assert voices["修路"] == voices["装灯"] != voices["建公园"]
    assert not {"a" * 64, "b" * 64} & set(voices.values())
    entry = Entry.objects.get(verb="projects.call_erased")
    assert entry.data == {"number": 2}
    with pytest.raises(ValidationError, match="已经删除过"):
        do.erase(made, by=clerk, at=late)


# --- pages -------------------------------------------------------------------


def test_a_clerk_goes_from_an_empty_list_to_a_published_call(town):
    client = make.client(make.clerk(town))
    assert "还没有征集" in client.get("/projects/calls/").text
    typed = {**TYPED, **{day: value.isoformat() for day, value in DAYS.items()}}
    typed["closes_on"] = "2025-01-01"
    assert "不能早于" in client.post(f"/projects/calls/new/{town.pk}/", typed).text
    typed |= {"closes_on": "2099-01-01", "erase_on": "2099-06-01"}
    assert client.post(f"/projects/calls/new/{town.pk}/", typed).status_code == 302
    made = Call.objects.get()
    address = f"/projects/calls/{made.pk}/"
    assert "发布征集" in client.get(address).text
    client.post(f"{address}publish/")
    assert "群众看到的页面" in client.get(address).text
    assert client.post(f"{address}withdraw/", {"why": ""}).status_code == 200
    client.post(f"{address}withdraw/", {"why": "有误"})
    assert Call.objects.get().state == "withdrawn"
    typed["title"] = "改过的公告"
    assert client.post(f"{address}change/", typed).status_code == 302
    assert "改过的公告" in client.get("/projects/calls/").text


def test_the_erase_button_comes_on_its_day(town):
    client = make.client(make.clerk(town))
    made = make.call(town, closes_on=date(2026, 1, 2), erase_on=date(2026, 1, 3))
    make.proposal(made, name="林阿婆")
    assert f"/projects/calls/{made.pk}/erase/" in client.get(f"/projects/calls/{made.pk}/").text
    assert "不能恢复" in client.get(f"/projects/calls/{made.pk}/erase/").text
    client.post(f"/projects/calls/{made.pk}/erase/")
    assert not Contact.objects.exists()
    other = make.call(make.body())
    mine = make.client(make.clerk(other.body))
    assert "/erase/" not in mine.get(f"/projects/calls/{other.pk}/").text
    assert "还没有到" in mine.post(f"/projects/calls/{other.pk}/erase/", follow=True).text


def test_the_chair_sees_the_numbers_and_no_contact(town):
    made = make.call(town)
    said = make.proposal(made, name="林阿婆", phone="13800000001")
    for user, reads in ((make.clerk(town), True), (make.chair(town), False)):
        client = make.client(user)
        assert client.get(f"/projects/calls/{made.pk}/").status_code == 200
        page = client.get(f"/projects/proposals/{said.pk}/").text
        assert ("林阿婆" in page) is reads and ("13800000001" in page) is reads
        assert "林阿婆" not in client.get(f"/projects/calls/{made.pk}/proposals/").text
    assert make.client(make.clerk(make.body())).get(f"/projects/proposals/{said.pk}/").status_code == 403
    assert make.client().get(f"/projects/proposals/{said.pk}/").status_code == 302


def test_poster_and_form_are_printed(town):
    made = make.call(town, text="说说\n您的想法" * 400, title="长" * 120)
    client = make.client(make.clerk(town))
    for name in ("poster", "form"):
        answer = client.get(f"/projects/calls/{made.pk}/{name}.pdf")
        assert answer.content.startswith(b"%PDF-")
        assert len(PdfDocument(answer.content)) == 1


def test_the_lists_cost_the_same_queries_however_long(town):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    made = make.call(town)
    client = make.client(make.clerk(town))
    addresses = (f"/projects/calls/{made.pk}/proposals/", f"/projects/calls/{made.pk}/", "/projects/calls/")
    numbers: list[int] = []
    client.get("/projects/calls/")  # the first visit renews the session
    for wanted in (3, 40):
        for n in range(wanted):
            make.proposal(made, f"事{n}", name="某某", source="station" if n % 2 else "resident")
        for address in addresses:
            with CaptureQueriesContext(connection) as seen:
                assert client.get(address).status_code == 200
            numbers.append(len(seen))
    assert numbers[:3] == numbers[3:]


def test_who_works_for_a_building_unit_only_comes_to_its_projects():
    unit = make.body("department")
    answer = make.client(make.clerk(unit)).get("/projects/calls/")
    assert answer.status_code == 302 and answer.url == "/projects/units/"
    both = make.user("", ("clerk", unit), ("clerk", make.body()))
    assert "/projects/units/" in make.client(both).get("/projects/calls/").content.decode()
    assert (
        "/projects/units/"
        not in make.client(make.clerk(make.body())).get("/projects/calls/").content.decode()
    )
