"""How votes are cast is chosen while the poll is a draft, and the method follows."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from tests import make
from tests.make import NOW
from yishi.voting.actions import polls, setup
from yishi.voting.models import Poll
from yishi.voting.words import method

pytestmark = pytest.mark.django_db


def test_a_method_that_nobody_touched_is_drafted_anew_for_phones() -> None:
    poll = make.hall("form")
    clerk = make.official(poll, "clerk")
    assert "投票码" not in poll.method_text
    setup.change(poll, doors="both", by=clerk, at=NOW)
    assert poll.method_text == method.draft(poll) and "投票码" in poll.method_text
    setup.change(poll, doors="paper", by=clerk, at=NOW)
    assert "投票码" not in poll.method_text


def test_a_method_written_by_hand_stays_and_is_not_adopted_before_it_fits() -> None:
    poll = make.hall("form")
    clerk, chair = make.official(poll, "clerk"), make.official(poll, "chair")
    setup.draft_method(poll, "第一条　当场投票。", by=clerk, at=NOW)
    setup.change(poll, doors="phone", by=clerk, at=NOW)
    assert poll.method_text == "第一条　当场投票。"
    with pytest.raises(ValidationError, match="投票码"):
        polls.adopt_method(poll, {"for": 5}, by=chair, at=NOW)
    page = make.client(clerk).get(reverse("poll_method", args=[poll.pk])).content.decode()
    assert "保存后替换原稿" in page and "抽取一张投票码" in page
    setup.draft_method(poll, method.draft(poll), by=clerk, at=NOW)
    polls.adopt_method(poll, {"for": 5}, by=chair, at=NOW)
    assert Poll.objects.get(pk=poll.pk).state == "ready"
