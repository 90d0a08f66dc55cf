"""A full disk: the step is refused in plain words, nothing is half saved, and the pages still open."""

import errno

import pytest
from django.db import OperationalError, connection, transaction

from tests import make
from yishi.people.models import Body, Role
from yishi.web.errors import is_full


@pytest.mark.parametrize(
    ("error", "full"),
    [
        (OperationalError("database or disk is full"), True),
        (OperationalError("database is locked"), False),
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (OSError(errno.EACCES, "Permission denied"), False),
        (ValueError("disk is full"), False),
        (None, False),
    ],
)
def test_only_a_full_disk_is_called_a_full_disk(error, full):
    assert is_full(error) is full


@pytest.fixture
def full_disk(transactional_db):
    """No page more may be written to the database."""
    if connection.vendor != "sqlite":
        pytest.skip("SQLite's own limit stands in for the disk here; PostgreSQL has none")

    def fill():
        with connection.cursor() as cursor:
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA page_count")
            pages = cursor.fetchone()[0]
            cursor.execute(f"PRAGMA max_page_count = {pages}")

    yield fill
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA max_page_count = 1073741823")


def test_a_step_on_a_full_disk_is_refused_whole_and_said_plainly(full_disk):
    system = make.user("system", (Role.Duty.SYSTEM, None))
    browser = make.client(system)
    browser.raise_request_exception = False
    form = {
        "code": "new",
        "name": "枫溪镇" * 20,
        "short_name": "枫",
        "kind": Body.Kind.TOWN_CONGRESS,
        "place": 0,
    }
    browser.get("/")
    full_disk()
    before = Body.objects.count()
    answers = []
    for n in range(200):  # until the last free page is used up
        answer = browser.post("/bodies/new/", {**form, "code": f"new-{n}", "name": f"{n}" + "枫溪镇" * 20})
        answers.append(answer.status_code)
        if answer.status_code == 507:
            break
    assert answers[-1] == 507, answers
    assert "磁盘已满" in answer.content.decode() and "disk is full" in answer.content.decode()
    assert Body.objects.count() == before + len(answers) - 1
    assert browser.get("/").status_code == 200
    with pytest.raises(OperationalError), transaction.atomic():
        for _more in range(500):
            make.body()
