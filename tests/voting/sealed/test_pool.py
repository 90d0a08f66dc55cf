"""Ballots are verified in processes of their own, which know no Django and never outlive their server."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from yishi.ballot import credentials
from yishi.ballot.elections import Election, Question, new_uuid
from yishi.ballot.group import g_power
from yishi.ballot.sealing import seal, tracker
from yishi.voting import pool

ROOT = Path(__file__).parents[3]
ELECTION = Election(new_uuid(), "会议", "", g_power(7), (Question("甲？", ("赞成", "反对"), 0, 1),))
CODE = credentials.new_code()


@pytest.fixture
def started(monkeypatch):
    """A pool of one worker for this test, gone afterwards."""
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    pool._forget(pool._started())
    yield
    pool._forget(pool._started())


def ballot():
    return seal(ELECTION, credentials.secret(ELECTION.uuid, CODE), [[0, 1]]).raw


def ask(raw):
    return pool.check(ELECTION.raw.decode(), raw)


def workers():
    return list(pool._started()._processes)


def test_a_ballot_is_verified_or_its_fault_is_named(started):
    raw = ballot()
    assert ask(raw) == (credentials.public(ELECTION.uuid, CODE), tracker(raw), "")
    assert ask(raw[:-9]).fault == "BadJson"
    assert ask(raw.replace(b'"response":"', b'"response":"1', 1)).fault
    assert ask(raw) == ask(raw)


def test_an_open_vote_is_prepared_once_and_ballots_are_verified_as_ever(started):
    for _time in range(3):
        pool.prepare(ELECTION.raw.decode())
    assert len(workers()) == 1 and not ask(ballot()).fault
    for pid in workers():
        os.kill(pid, signal.SIGKILL)
    pool.prepare(ELECTION.raw.decode() + " ")
    assert not ask(ballot()).fault


def test_when_the_workers_were_killed_others_take_their_place(started):
    ask(ballot())
    first = workers()
    for pid in first:
        os.kill(pid, signal.SIGKILL)
    assert not ask(ballot()).fault
    assert workers() and not set(workers()) & set(first)


def test_the_worker_has_no_django_and_ends_when_its_server_is_killed():
    """A server of its own, killed without a chance to tidy up."""
    program = (
        "import time\n"
        "from yishi.voting import pool\n"
        "if __name__ == '__main__':\n"
        f"    print(pool.check({ELECTION.raw.decode()!r}, {ballot()!r}).fault or 'in', flush=True)\n"
        "    told = pool._started().submit(eval, \"'django' in __import__('sys').modules\")\n"
        "    print(told.result(), *pool._started()._processes, flush=True)\n"
        "    time.sleep(60)\n"
    )
    server = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        assert server.stdout.readline() == "in\n"
        django, *pids = server.stdout.readline().split()
        assert django == "False" and pids
    finally:
        server.kill()
        server.wait()
        server.stdout.close()
    until = time.monotonic() + 10
    while any(map(alive, pids)) and time.monotonic() < until:
        time.sleep(0.02)
    assert not any(map(alive, pids))


def alive(pid):
    """A process that ended and was not waited for by anybody is no longer alive."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
