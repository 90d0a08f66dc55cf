"""Secrecy is a rule on tables: nothing that says who voted shares a key, a time or an order with a mark."""

import pytest
from django.db import models

from tests import make
from tests.voting.test_counting import counted, sheet
from yishi.journal.models import Entry
from yishi.meetings.models import Delivery, Voter
from yishi.people.models import Link, Person, Seat
from yishi.voting.models import (
    Audit,
    Batch,
    Figure,
    Keying,
    Ruling,
    ScanDecision,
    ScanFile,
    ScanLook,
    ScanPage,
    Sheet,
    Tally,
)

WHO = {Person, Seat, Voter, Delivery, Link}
SCANS = (ScanFile, ScanPage, ScanLook, ScanDecision, Audit)
WHAT = (Sheet, Keying, Batch, Ruling, Tally, Figure, *SCANS)


def pointed_at(model: type[models.Model]) -> set[type[models.Model]]:
    return {field.related_model for field in model._meta.get_fields() if field.is_relation}


@pytest.mark.parametrize("model", WHAT, ids=lambda model: model.__name__)
def test_what_is_marked_points_at_nobody_who_votes_and_nobody_points_back(model):
    assert not pointed_at(model) & WHO


def test_a_sheet_keeps_no_time_and_nothing_that_is_on_the_paper():
    kinds = {type(field) for field in Sheet._meta.concrete_fields}
    assert not kinds & {models.DateTimeField, models.DateField, models.TimeField}
    assert {field.name for field in Sheet._meta.concrete_fields} == {
        "id", "keying", "number", "marks", "write_ins", "doubt", "revision", "complete", "earlier",
    }  # fmt: skip


def test_a_scanned_page_keeps_its_place_in_a_handful_and_no_time():
    kinds = {type(field) for field in ScanPage._meta.concrete_fields}
    assert not kinds & {models.DateTimeField, models.DateField, models.TimeField}
    assert {field.name for field in ScanPage._meta.concrete_fields} == {
        "id", "file", "batch", "index", "state", "reason", "ballot", "side", "reading", "likeness", "picture",
    }  # fmt: skip


def test_a_voter_keeps_nothing_of_a_paper():
    names = {field.name for field in Voter._meta.concrete_fields}
    assert not {name for name in names if "paper" in name or "ballot" in name or "vote" in name}


@pytest.mark.django_db
def test_the_journal_of_a_count_holds_no_mark_of_any_sheet():
    poll = make.returned(3)
    counted(poll, [sheet("f f a"), sheet("a f x"), sheet("x a f")])
    for entry in Entry.objects.filter(verb__startswith="voting."):
        assert not {"marks", "write_ins"} & set(entry.data), entry.verb
