"""Pages of the count: what each hat may open, the keypad's messages, the plain form, two apart."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import make
from tests.make import NOW
from tests.voting.test_counting import counted, key_all, only_batch, sheet, tally_of
from yishi.voting.actions import counting as do
from yishi.voting.models import Batch, Keying, Poll, Sheet

pytestmark = pytest.mark.django_db


def client(poll: Poll, name: str) -> Client:
    return make.client(make.official(poll, name))


def at(name: str, **where: int) -> str:
    return reverse(name, kwargs=where)


def send(who: Client, batch: Batch, number: int, **said: Any) -> Any:
    message = {"marks": [], "write_ins": [], "doubt": "", "complete": False, "revision": 1, **said}
    return who.post(at("key", batch=batch.pk, number=number), json.dumps(message), "application/json")


def begun(poll: Poll, *names: str) -> tuple[Batch, list[Keying]]:
    batch = only_batch(poll)
    batch.poll = poll
    return batch, [do.begin(batch, by=make.official(poll, name), at=NOW) for name in names]


# --- who may open what -----------------------------------------------------

PAGES = {
    "counting": {"chief", "watcher", "one", "caller", "clerk", "chair"},
    "counting_live": {"chief", "watcher", "one", "caller", "clerk", "chair"},
    "tally": {"chief", "watcher", "one", "caller", "clerk", "chair"},
    "rulings": {"chief", "watcher"},
}


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", ["chief", "watcher", "one", "caller", "clerk", "chair"])
def test_each_hat_opens_its_pages_and_no_others(page: str, name: str) -> None:
    poll = make.returned(1)
    counted(poll, [sheet("f f x", doubt="torn")])
    status = client(poll, name).get(at(page, poll=poll.pk)).status_code
    assert status == (200 if name in PAGES[page] else 403)


@pytest.mark.parametrize("name", ["chief", "watcher", "caller", "clerk", "chair"])
def test_only_tellers_open_the_keypad(name: str) -> None:
    poll = make.returned()
    batch, _ = begun(poll, "one")
    assert client(poll, name).get(at("keying", batch=batch.pk)).status_code == 403
    assert client(poll, "two").get(at("keying", batch=batch.pk)).status_code == 200


def test_officials_of_another_poll_are_refused() -> None:
    poll, other = make.returned(), make.returned()
    batch, _ = begun(poll, "one")
    for name in ("one", "chief", "clerk"):
        stranger = client(other, name)
        assert stranger.get(at("counting", poll=poll.pk)).status_code == 403
        assert stranger.get(at("keying", batch=batch.pk)).status_code == 403
        assert stranger.get(at("ruling", batch=batch.pk, number=1)).status_code == 403


def test_a_visitor_is_sent_to_sign_in() -> None:
    poll = make.returned()
    answer = make.client().get(at("counting", poll=poll.pk))
    assert answer.status_code == 302 and "login" in answer["Location"]


# --- apart -----------------------------------------------------------------


def test_no_address_shows_one_teller_what_the_other_keyed() -> None:
    poll = make.returned(2, options=("张安邦", "李承德"), rule_key="election.officials", seats=1)
    batch, (one, _two) = begun(poll, "one", "two")
    key_all(one, [sheet("a x", "欧阳密"), sheet("x a", doubt="torn")])
    do.finish(one, by=one.teller, at=NOW)
    two = client(poll, "two")
    for page in ("keying", "keying_live", "take_over"):
        assert "欧阳密" not in two.get(at(page, batch=batch.pk)).content.decode()
    for page in ("counting", "counting_live", "tally"):
        assert "欧阳密" not in two.get(at(page, poll=poll.pk)).content.decode()
    assert two.get(at("rulings", poll=poll.pk)).status_code == 403
    assert two.get(at("ruling", batch=batch.pk, number=1)).status_code == 403
    conflict = send(two, batch, 1, marks=["f"], revision=9)
    assert conflict.status_code == 409 and "欧阳密" not in conflict.content.decode()
    for name in ("chief", "watcher", "clerk", "chair"):
        who = client(poll, name)
        for page in ("counting", "tally"):
            assert "欧阳密" not in who.get(at(page, poll=poll.pk)).content.decode()
    assert "欧阳密" not in client(poll, "chief").get(at("rulings", poll=poll.pk)).content.decode()


def test_after_a_difference_each_is_told_sheets_and_lines_but_no_marks() -> None:
    poll = make.returned(2)
    counted(poll, [sheet("f f x"), sheet("a f x")], [sheet("f f x"), sheet("x f x")])
    batch = poll.batches.get()
    page = client(poll, "two").get(at("keying", batch=batch.pk)).content.decode()
    assert "第2张" in page and "留意第1栏" in page
    sheets = json.loads(client(poll, "two").get(at("keying", batch=batch.pk)).context["data_json"])["sheets"]
    assert [one["marks"] for one in sheets] == [["f", "f", "x"], []]


# --- the keypad's messages --------------------------------------------------


def test_a_key_is_saved_and_answered_with_its_revision() -> None:
    poll = make.returned()
    batch, (one,) = begun(poll, "one")
    teller = client(poll, "one")
    assert send(teller, batch, 1, marks=["f"]).json() == {"revision": 1, "warning": ""}
    assert send(teller, batch, 1, marks=["f"]).json() == {"revision": 1, "warning": ""}
    late = send(teller, batch, 1, marks=["x"], revision=1)
    assert late.status_code == 409 and late.json()["sheet"]["marks"] == ["f"]
    full = send(teller, batch, 1, marks=["f", "f", "f"], revision=2, complete=True).json()
    assert full["warning"].startswith("此票选了3项，超过2项，按规定无效。")
    assert Sheet.objects.get(keying=one, number=1).complete


@pytest.mark.parametrize(
    "body",
    [
        " ",
        "{",
        "[]",
        "null",
        '{"marks": "fff"}',
        "[" * 5000,
        '{"marks":[1],"write_ins":[],"doubt":"","complete":true,"revision":1}',
        '{"marks":[],"write_ins":[],"doubt":"","complete":true,"revision":true}',
        '{"marks":[],"write_ins":[],"doubt":"","complete":false,"revision":99999999999999999999}',
    ],
)
def test_a_message_that_is_none_is_refused_plainly(body: str) -> None:
    poll = make.returned()
    batch, _ = begun(poll, "one")
    answer = client(poll, "one").post(at("key", batch=batch.pk, number=1), body, "application/json")
    assert answer.status_code == 400 and "请刷新" in answer.json()["error"]


def test_marks_and_sheets_that_are_not_there_are_refused() -> None:
    poll = make.returned()
    batch, _ = begun(poll, "one")
    teller = client(poll, "one")
    assert send(teller, batch, 1, marks=["q"]).status_code == 400
    assert send(teller, batch, 99, marks=["f"]).status_code == 400
    assert send(client(poll, "three"), batch, 1, marks=["f"]).status_code == 404


def test_saving_a_key_takes_few_queries(django_assert_max_num_queries: Any) -> None:
    poll = make.returned()
    batch, _ = begun(poll, "one")
    teller = client(poll, "one")
    send(teller, batch, 1, marks=["f"])
    with django_assert_max_num_queries(14):
        send(teller, batch, 1, marks=["f", "f"], revision=2)


# --- the plain form ---------------------------------------------------------


def test_without_a_script_a_sheet_is_one_form() -> None:
    poll = make.returned(2)
    batch = only_batch(poll)
    teller = client(poll, "one")
    assert "开始录这一批" in teller.get(at("keying", batch=batch.pk)).content.decode()
    teller.post(at("begin_keying", batch=batch.pk))
    where = at("key", batch=batch.pk, number=1)
    gap = teller.post(where, {"revision": "1", "mark-1": "f", "mark-3": "-", "doubt": "torn"})
    page = gap.content.decode()
    assert gap.status_code == 400 and "第2栏" in page
    assert page.count("checked") == 3  # two lines and the doubt: nothing typed is lost
    said = {"revision": "1", "mark-1": "f", "mark-2": "fa", "mark-3": "-", "doubt": ""}
    assert teller.post(where, said)["Location"].endswith("?sheet=2")
    stored = Sheet.objects.get(number=1)
    assert (stored.marks, stored.complete, stored.revision) == (["f", "fa", ""], True, 1)
    teller.post(at("finish_keying", batch=batch.pk))
    assert "第2张" in teller.get(at("keying", batch=batch.pk)).content.decode()  # said as a message
    teller.post(at("key", batch=batch.pk, number=2), said)
    teller.post(at("finish_keying", batch=batch.pk))
    assert "还没有第二位计票人" in teller.get(at("keying", batch=batch.pk)).content.decode()


def test_names_written_in_are_parted_by_the_usual_signs() -> None:
    poll = make.returned(1, options=("张安邦", "李承德"), rule_key="election.officials", seats=2)
    batch, (one,) = begun(poll, "one")
    said = {"revision": "1", "mark-1": "a", "mark-2": "a", "doubt": "", "write_ins": "王恩泰、 赵 明，"}
    client(poll, "one").post(at("key", batch=batch.pk, number=1), said)
    assert one.sheets.get().write_ins == ["王恩泰", "赵明"]


# --- taking over, sizes, rulings, tally -------------------------------------


def test_a_third_teller_takes_over_on_a_page_that_asks_for_the_reason() -> None:
    poll = make.returned()
    batch, (one, _two) = begun(poll, "one", "two")
    three = client(poll, "three")
    assert "接替一位计票人" in three.get(at("keying", batch=batch.pk)).content.decode()
    where = at("take_over", batch=batch.pk)
    assert "必填" in three.post(where, {"keying": one.pk, "why": ""}).content.decode()
    assert three.post(where, {"keying": one.pk, "why": "身体不适"}).status_code == 302
    assert Keying.objects.get(teller=make.official(poll, "three")).place == 1


def test_the_chief_scrutineer_settles_a_sheet_and_is_told_what_cannot_be() -> None:
    poll = make.returned(1)
    counted(poll, [sheet("f a -", doubt="outside")], [sheet("f x -", doubt="torn")])
    batch = poll.batches.get()
    chief = client(poll, "chief")
    page = chief.get(at("ruling", batch=batch.pk, number=1)).content.decode()
    assert "划在栏外" in page and "破损" in page and "反对" in page
    where = at("ruling", batch=batch.pk, number=1)
    marks = {"mark-1": "f", "mark-2": "f", "mark-3": "f"}
    refused = chief.post(where, {"decision": "valid", "why": "看得清", **marks})
    assert "仍属无效" in refused.content.decode() and "看得清" in refused.content.decode()
    assert (
        chief.post(where, {"decision": "valid", "why": "看得清", **marks, "mark-3": "-"}).status_code == 302
    )
    assert batch.rulings.get().marks == ["f", "f", ""]
    assert chief.get(at("ruling", batch=batch.pk, number=2)).status_code == 404


def test_the_tally_is_made_and_confirmed_on_its_page() -> None:
    poll = make.returned(2)
    counted(poll, [sheet("f f x")] * 2)
    clerk, chief = client(poll, "clerk"), client(poll, "chief")
    where = at("tally", poll=poll.pk)
    assert clerk.post(where).status_code == 302
    made = poll.tallies.get()
    assert made.outcome["sentence_zh"] in clerk.get(where).content.decode()
    assert clerk.post(at("confirm_tally", poll=poll.pk), {"tally": made.pk}).status_code == 403
    assert chief.post(at("confirm_tally", poll=poll.pk), {"tally": "0"}).status_code == 404
    chief.post(at("confirm_tally", poll=poll.pk), {"tally": made.pk})
    made.refresh_from_db()
    assert made.confirmed_by == make.official(poll, "chief")
    assert "确认" in clerk.get(where).content.decode()


def test_what_stands_in_the_way_is_said_on_the_overview() -> None:
    poll = make.returned(3, batch_size=2)
    clerk = client(poll, "clerk")
    assert "还没有分批" in clerk.get(at("counting", poll=poll.pk)).content.decode()
    clerk.post(at("lay_out", poll=poll.pk))
    assert "还有2批没有录入完" in clerk.get(at("counting", poll=poll.pk)).content.decode()
    refused = clerk.post(at("tally", poll=poll.pk)).content.decode()
    assert "还有2批没有录入完" in refused and not poll.tallies.exists()


def test_the_overview_asks_as_often_for_thirty_batches_as_for_three() -> None:
    asked = []
    for size in (3, 30):
        poll = make.returned(size, batch_size=1)
        counted(poll, [sheet("f f x")] * size)
        who = client(poll, "watcher")
        who.get(at("counting", poll=poll.pk))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            who.get(at("counting", poll=poll.pk))
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_after_a_tally_a_later_ruling_is_said(client: Client) -> None:
    poll = make.returned(1)
    counted(poll, [sheet("f f f")])
    tally_of(poll)
    chief = make.official(poll, "chief")
    do.rule(poll.batches.get(), 1, "valid", marks=["f", "f", ""], by=chief, at=NOW, why="第三栏为污点")
    client.force_login(chief)
    assert "汇总以后又有更正或认定" in client.get(at("tally", poll=poll.pk)).content.decode()


def test_a_page_left_waiting_is_sent_to_the_overview_when_the_count_is_over():
    poll = make.returned(2)
    counted(poll, [sheet("f f a"), sheet("f a a")])
    tally = tally_of(poll)
    assert tally
    batch = poll.batches.get()
    teller = client(poll, "one")
    Poll.objects.filter(pk=poll.pk).update(state="declared")
    assert teller.get(at("keying_live", batch=batch.pk))["HX-Redirect"] == at("counting", poll=poll.pk)
    assert teller.get(at("keying", batch=batch.pk)).url == at("counting", poll=poll.pk)
    assert client(poll, "clerk").get(at("keying_live", batch=batch.pk)).status_code == 403
