"""The journal's page: who reads which chain, filters, words for verbs, constant queries, proof."""

import ast
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

import yishi
from tests import make
from yishi.journal.chain import SYSTEM, write
from yishi.journal.models import Entry
from yishi.journal.words import VERBS, say

ROOT = Path(yishi.__file__).parent


@pytest.fixture
def house(db):
    town, other = make.body(), make.body()
    seat = make.seat(town)
    clerk = make.clerk(town, "clerk")
    write(town.chain, "people.seat.add", seat, by=clerk, at=make.NOW)
    write(town.chain, "people.seat.end", seat, by=clerk, at=make.NOW + timedelta(days=1), why="调离本镇")
    write(other.chain, "people.term.add", "people.term:9", by=None, at=make.NOW)
    write(SYSTEM, "strange.verb", "thing", by=None, at=make.NOW)
    return town, other, seat, clerk


def read(user, **asked):
    """(status, verbs shown) of the journal's page for this user."""
    answer = make.client(user).get(reverse("journal"), asked)
    lines = answer.context["lines"] if answer.status_code == 200 else []
    return answer.status_code, [line["entry"].verb for line in lines]


def test_the_auditor_reads_all_and_a_clerk_their_own_body(house):
    _town, other, _seat, clerk = house
    auditor = make.user("auditor", ("auditor", None))
    assert len(read(auditor)[1]) == 4
    assert read(clerk)[1] == ["people.seat.end", "people.seat.add"]
    assert read(make.chair(other))[1] == ["people.term.add"]
    assert read(clerk, chain=other.chain)[0] == 403
    assert read(clerk, chain=SYSTEM)[0] == 403
    assert read(auditor, chain=other.chain)[1] == ["people.term.add"]


def test_filters_by_day_person_verb_and_thing(house):
    _town, _other, seat, clerk = house
    auditor = make.user("auditor", ("auditor", None))
    day = make.NOW.date()
    assert len(read(auditor, last=day)[1]) == 3
    assert read(auditor, first=day + timedelta(days=1))[1] == ["people.seat.end"]
    assert len(read(auditor, by=clerk.pk)[1]) == 2
    assert read(auditor, verb="people.seat.add")[1] == ["people.seat.add"]
    assert len(read(auditor, thing=f"people.seat:{seat.pk}")[1]) == 2
    assert len(read(auditor, first="not a day", by="x", verb="?", page="y")[1]) == 4


def test_entries_read_as_sentences_and_an_unknown_verb_is_shown_as_it_is(house):
    _town, _other, seat, clerk = house
    client = make.client(make.user("auditor", ("auditor", None)))
    page = client.get(reverse("journal")).content.decode()
    for words in ("终止席位", "调离本镇", seat.person.name, str(clerk), "strange.verb"):
        assert words in page
    paper = client.get(reverse("journal_print")).content.decode()
    assert "共 4 条" in paper and "终止席位" in paper


def test_the_page_asks_as_much_for_three_entries_as_for_thirty(house, django_assert_num_queries):
    town, _other, _seat, _clerk = house
    client = make.client(make.user("auditor", ("auditor", None)))
    client.get(reverse("journal"))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("journal"))
    for _n in range(30):
        one = make.seat(town)
        write(town.chain, "people.seat.add", one, by=make.user(), at=make.NOW)
    with django_assert_num_queries(len(few)):
        client.get(reverse("journal"))


def test_the_auditor_proves_the_journal_on_the_page(house):
    client = make.client(make.user("auditor", ("auditor", None)))
    assert "日志完整" in client.post(reverse("journal_verify")).content.decode()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE journal_entry SET why = 'x' WHERE verb = 'people.seat.end'")
    page = client.post(reverse("journal_verify")).content.decode()
    assert "第2条内容被改动" in page
    assert Entry.objects.filter(verb="journal.verified").count() == 2


def written():
    """Every verb that the sources write down, where it stands there as a plain string."""
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or getattr(node.func, "id", "") != "write":
                continue
            if len(node.args) > 1 and isinstance(node.args[1], ast.Constant):
                yield node.args[1].value


def test_every_verb_that_is_written_has_words():
    verbs = set(written())
    assert len(verbs) > 20
    assert sorted(verbs - set(VERBS)) == []


def test_every_move_of_a_state_has_words():
    from django.apps import apps

    moves = [
        f"{model._meta.label_lower}.{state}"
        for model in apps.get_models()
        for ways in getattr(model, "MOVES", {}).values()
        for state in ways
    ]
    assert moves and sorted(set(moves) - set(VERBS)) == []
    assert say("no.such") == "no.such"
