"""A process beside the server: it answers, dies or hangs, and the server goes on."""

import os
import time

import pytest

from yishi.voting.apart import Beside, Gone, alike


def test_it_answers_tells_what_went_wrong_and_is_begun_anew_when_it_died():
    with Beside() as beside:
        assert beside.ask(abs, -3) == 3
        with pytest.raises(RuntimeError, match="ValueError"):
            beside.ask(int, "x")
        assert beside.ask(alike, [], set()) == []
        with pytest.raises(Gone):
            beside.ask(os._exit, 9)
        assert beside.ask(abs, -3) == 3
        process = beside._process
    assert process.exitcode is not None


def test_one_that_never_ends_is_ended():
    with Beside(seconds=0.2) as beside, pytest.raises(Gone):
        beside.ask(time.sleep, 3600)
