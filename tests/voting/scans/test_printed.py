"""The sheets of a poll: where everything stands is fixed with the method, and names this poll alone."""

import pytest
from django.core.exceptions import ValidationError

from tests import make
from tests.make import NOW
from yishi.journal.models import Entry
from yishi.papers.sheets import SheetError, layout_json
from yishi.voting.actions import polls
from yishi.voting.models import Poll
from yishi.voting.words import sheet

pytestmark = pytest.mark.django_db


def test_where_everything_stands_is_fixed_when_the_method_is_adopted():
    poll = make.hall("method", counting="scan")
    poll.refresh_from_db()
    assert poll.sheet_layout == layout_json(sheet.form(poll))
    assert Entry.objects.get(verb="voting.poll.ready").data["sheet"] == poll.sheet_layout["hash"]


def test_a_poll_counted_by_hand_keeps_no_layout():
    assert make.hall("method").sheet_layout is None


def test_reopened_the_layout_is_forgotten_with_the_form():
    poll = make.hall("method", counting="both")
    polls.reopen(poll, by=make.official(poll, "clerk"), at=NOW, why="改票面")
    poll.refresh_from_db()
    assert poll.state == Poll.State.DRAFT and poll.sheet_layout is None


def test_two_polls_alike_have_sheets_of_their_own():
    one, two = make.poll(), make.poll()
    assert sheet.form(one).code != sheet.form(two).code
    assert len(sheet.form(one).code) == 8


def test_a_sheet_printed_again_keeps_its_code_though_the_secret_changed(settings):
    poll = make.hall("method", counting="scan")
    poll.refresh_from_db()
    before = sheet.form(poll).code
    settings.SECRET_KEY = "another"
    assert sheet.form(poll).code == before


def test_a_form_that_cannot_be_printed_is_not_adopted(monkeypatch):
    poll = make.hall("form", counting="scan")

    def fails(_poll: Poll) -> None:
        raise SheetError("options", "第2项太长", "Option 2 is too long")

    monkeypatch.setattr(sheet, "layout", fails)
    with pytest.raises(ValidationError, match="第2项太长"):
        polls.adopt_method(poll, {"for": 5}, by=make.official(poll, "chair"), at=NOW)
    assert Poll.objects.get().state == Poll.State.DRAFT
