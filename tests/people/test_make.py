"""The builders build."""

import pytest

from tests import make

pytestmark = pytest.mark.django_db


def test_a_poll_is_built_with_all_it_stands_on():
    poll = make.poll(make.meeting(deputies=3), options=("甲", "乙"))
    assert poll.meeting.voters.count() == 3
    assert [option.title for option in poll.options.all()] == ["甲", "乙"]
    assert poll.law.kind == "approve_each"
    assert len({make.invented(n) for n in range(600)}) == 600
