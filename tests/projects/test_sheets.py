"""What is typed on a sheet, and what a sheet cannot say."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from tests import make
from yishi.projects.actions.sheets import rewrite
from yishi.projects.forms.sheets import SheetForm
from yishi.projects.models import SHEET, Version

pytestmark = pytest.mark.django_db


def sheet(call=None, **typed):
    return SheetForm({"title": "老小区加装电梯", **typed}, call=call or make.call())


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("120", 120_000_000),
        ("1,200.5", 1_200_500_000),
        ("1，200", 1_200_000_000),
        ("0", 0),
        ("0.000001", 1),
        ("12.345678", 12_345_678),
        (" 80 万元 ", 80_000_000),
    ],
)
def test_money_typed_in_ten_thousands_is_kept_to_the_fen(typed, fen):
    form = sheet(cost=typed)
    assert form.is_valid(), form.errors
    assert form.sheet["cost"] == fen


@pytest.mark.parametrize("typed", ["-1", "0.0000001", "NaN", "Infinity", "许多", "1e30", "100000001"])
def test_money_that_is_negative_finer_than_a_fen_or_no_number_is_refused_at_its_field(typed):
    form = sheet(cost=typed)
    assert not form.is_valid()
    assert list(form.errors) == ["cost"]


def test_a_sheet_gives_all_its_names_and_needs_only_a_title():
    form = sheet()
    assert form.is_valid()
    assert tuple(form.sheet) == SHEET
    assert form.sheet["cost"] is None
    assert form.sheet["content"] == ""
    assert not SheetForm({}, call=make.call()).is_valid()


def test_a_form_of_a_project_shows_its_sheet_and_gives_it_back_unchanged():
    project = make.project(cost=1_234_567_89)
    form = SheetForm(None, call=project.call, project=project)
    assert form["cost"].value() == "123.456789"
    typed = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    again = SheetForm(typed, call=project.call, project=project)
    assert again.is_valid(), again.errors
    assert rewrite(project, again.sheet, why="", by=make.user(), at=make.NOW) is None


def test_towns_are_those_of_the_call_and_units_are_governments_and_departments():
    county = make.body("county_congress")
    town, other = make.body(parent=county), make.body()
    unit = make.body("department")
    call = make.call(county)
    assert sheet(call, place=town.pk, unit=unit.pk).is_valid()
    assert "place" in sheet(call, place=other.pk).errors
    assert "unit" in sheet(call, unit=town.pk).errors


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("title", {"title": "已有的项目"}),
        ("title", {"title": "  "}),
        ("ends_on", {"starts_on": date(2026, 5, 1), "ends_on": date(2026, 4, 30)}),
        ("starts_on", {"starts_on": date(1, 1, 1)}),
        ("starts_on", {"starts_on": date(9999, 12, 31), "ends_on": date(9999, 12, 31)}),
        ("ends_on", {"ends_on": date(9999, 12, 31)}),
        ("y", {"x": 10, "y": None}),
        ("x", {"x": 1001, "y": 5}),
        ("funds", {"funds": "长" * 201}),
        ("cost", {"cost": -1}),
    ],
)
def test_what_a_sheet_cannot_say_is_refused_at_its_field_and_nothing_is_kept(name, wrong):
    project = make.project()
    make.project(project.call, "已有的项目")
    values = {one: getattr(project, one) for one in SHEET} | wrong
    with pytest.raises(ValidationError) as refused:
        rewrite(project, values, why="改", by=make.user(), at=make.NOW)
    assert name in refused.value.message_dict or name == "cost"
    assert Version.objects.filter(project=project).count() == 1


def test_a_place_of_another_county_is_refused():
    project = make.project()
    values = {one: getattr(project, one) for one in SHEET} | {"place": make.body()}
    with pytest.raises(ValidationError) as refused:
        rewrite(project, values, why="改", by=make.user(), at=make.NOW)
    assert "place" in refused.value.message_dict
