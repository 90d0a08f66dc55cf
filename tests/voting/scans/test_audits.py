"""The check by hand: drawn in the open over closed readings, keyed by two, compared, settled, drawn again."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from tests import make
from tests.make import NOW
from tests.voting.scans import deck
from yishi.journal.chain import verify
from yishi.journal.models import Entry
from yishi.voting.actions import audits as do
from yishi.voting.actions import counting
from yishi.voting.models import Audit, Batch, Keying, Poll, Ruling, Sheet
from yishi.voting.rules import audits as rules
from yishi.voting.rules import counting as count
from yishi.web.access import Refused

pytestmark = pytest.mark.django_db

SEED = "桥头3141592"
PLAIN = ["f", "a", "x"]


def read(n: int, *, counting: str = "scan", size: int = 50, doubts: int = 0, **fields: Any) -> Poll:
    """A poll of n ballots all read alike and closed; `doubts` rows of the first were decided by people."""
    poll = deck.poll(n, counting, batch_size=size, **fields)
    left = n
    while left:
        here = min(size, left)
        asked = {(1, row): "faint" for row in range(doubts)} if left == n else {}
        batch = deck.scanned(poll, [PLAIN] * here, asked)
        for (ballot, row), _why in asked.items():
            deck.said(batch, ballot, row, PLAIN[row])
        Batch.objects.filter(pk=batch.pk).update(agreed_at=NOW)
        left -= here
    return poll


def stand(poll: Poll) -> rules.Standing:
    found = count.progress(poll).check
    assert found is not None
    return found


def chief(poll: Poll) -> Any:
    return make.official(poll, "chief")


def draw(poll: Poll, seed: str = SEED, why: str = "") -> Audit:
    return do.draw(poll, seed, ledger=stand(poll).ledger, by=chief(poll), at=NOW, why=why)


def key(poll: Poll, other: dict[tuple[int, int], list[str]] | None = None, doubtful: Any = ()) -> None:
    """All that was drawn is keyed by both tellers as the machine read it, but for `other` sheets."""
    for batch in poll.batches.filter(way=Batch.Way.AUDIT, agreed_at__isnull=True):
        batch.poll = poll
        for name in ("one", "two"):
            keying = counting.begin(batch, by=make.official(poll, name), at=NOW)
            _mark(keying, batch, other or {}, doubtful)
            counting.finish(keying, by=keying.teller, at=NOW)


def _mark(keying: Keying, batch: Batch, other: dict[tuple[int, int], list[str]], doubtful: Any) -> None:
    sheets = list(keying.sheets.all())
    for one in sheets:
        at = tuple(batch.picked[one.number - 1])
        one.marks, one.complete = other.get(at, PLAIN), True
        one.doubt = "torn" if at in doubtful else ""
    Sheet.objects.bulk_update(sheets, ["marks", "complete", "doubt"])


def scan_batch(poll: Poll, number: int = 1) -> Batch:
    found = poll.batches.get(number=number)
    found.poll = poll
    return found


# --- how many ----------------------------------------------------------------


def test_a_poll_counted_by_hand_has_no_check() -> None:
    assert count.progress(make.returned(3)).check is None


def test_before_the_other_batches_are_done_nothing_is_drawn() -> None:
    poll = deck.poll(30)
    deck.scanned(poll, [PLAIN] * 30)
    found = stand(poll)
    assert (found.todo, found.sheets) == ("wait", ())
    with pytest.raises(ValidationError, match="请先办完"):
        draw(poll)


def test_a_sample_is_enough_where_the_result_is_far_from_the_doubts() -> None:
    found = stand(read(30))
    assert (found.todo, found.whole, found.size, found.doubts, found.margin) == ("draw", "", 20, 0, 15)
    assert count.open_problems(read(30)) == ["读票还要人工复核20张：请总监票人抽票。"]


def test_all_are_checked_where_as_many_rows_were_in_doubt_as_would_change_the_result() -> None:
    near = {"members": 44}  # the first option has 24 of 23 needed
    poll = read(24, **near, doubts=1)
    assert (stand(poll).margin, stand(poll).doubts, stand(poll).whole) == (2, 1, "")
    poll = read(24, **near, doubts=2)
    assert (stand(poll).margin, stand(poll).doubts, stand(poll).whole) == (2, 2, "margin")
    assert stand(poll).size == 24


def test_all_are_checked_where_the_method_says_so() -> None:
    poll = read(30, counting="both")
    assert (stand(poll).whole, stand(poll).size) == ("method", 30)


def test_all_are_checked_where_phones_are_still_closed_and_nobody_knows_how_near_it_is() -> None:
    poll = read(30)
    assert rules._whole(poll, 0, None) == "unknown"


def test_sheets_left_to_the_hand_or_left_out_are_not_drawn_and_places_are_those_of_the_pile() -> None:
    poll = deck.poll(4)
    batch = deck.scanned(poll, [PLAIN] * 5)
    deck.said(batch, 2, None, "duplicate")
    deck.said(batch, 3, None, "hand")
    Batch.objects.filter(pk=batch.pk).update(agreed_at=NOW)
    read_by_machine = count.closed_ledgers(poll, list(poll.batches.all()))
    found = rules.frame(read_by_machine.values())
    assert found == [(1, 1, 1), (1, 4, 3), (1, 5, 4)]
    assert rules.places(read_by_machine.values()) == {(1, 1): 1, (1, 3): 2, (1, 4): 3, (1, 5): 4}


def test_a_page_that_nobody_could_read_and_that_is_a_ballot_has_its_place_in_the_pile() -> None:
    poll = deck.poll(4)
    batch = deck.scanned(poll, [PLAIN] * 3, refused={2: "not_a_ballot", 3: "blank"})
    page = batch.leaves.get(reason="not_a_ballot")
    page.decisions.create(value="hand", by=chief(poll), at=NOW)
    blank = batch.leaves.get(reason="blank")
    for name in ("chief", "watcher"):
        blank.decisions.create(value="not_a_ballot", by=make.official(poll, name), at=NOW)
    Batch.objects.filter(pk=batch.pk).update(agreed_at=NOW)
    read_by_machine = count.closed_ledgers(poll, list(poll.batches.all()))
    assert rules.frame(read_by_machine.values()) == [(1, 1, 1), (1, 2, 3), (1, 3, 4)]


# --- the draw ----------------------------------------------------------------


def test_a_draw_makes_batches_in_the_order_of_the_piles_and_the_journal_can_draw_it_again() -> None:
    poll = read(45, size=15)
    ledger = stand(poll).ledger
    audit = draw(poll, f"  {SEED} ")
    batches = list(poll.batches.filter(way=Batch.Way.AUDIT))
    picked = [tuple(one) for batch in batches for one in batch.picked]
    assert picked == sorted(picked) and len(picked) == 20 == audit.size
    assert [batch.size for batch in batches] == [15, 5]
    assert (audit.seed, audit.ledger, audit.whole, audit.number) == (SEED, ledger, False, 1)
    said = Entry.objects.get(verb="voting.audit_drawn").data
    frame = [rules.Pick(b, n, n) for b in (1, 2, 3) for n in range(1, 16)]
    again = rules.drawn(said["seed"], said["ledger"], frame, said["size"])
    assert [(int(b), n) for b, places in said["sheets"].items() for n in places] == [s[:2] for s in again]
    assert list(verify()) == []


def test_a_whole_check_takes_no_seed_and_keeps_a_pile_together() -> None:
    poll = read(12, counting="both", size=5)
    audit = draw(poll, "")
    assert (audit.seed, audit.whole, audit.size) == ("", True, 12)
    picked = [batch.picked for batch in poll.batches.filter(way=Batch.Way.AUDIT)]
    assert picked == [[[1, n] for n in range(1, 6)], [[2, n] for n in range(1, 6)], [[3, 1], [3, 2]]]


def test_the_meeting_may_have_all_checked_with_its_reason() -> None:
    poll = read(30)
    with pytest.raises(ValidationError) as refused:
        do.draw(poll, "", ledger=stand(poll).ledger, by=chief(poll), at=NOW, whole=True)
    assert "why" in refused.value.message_dict
    audit = do.draw(
        poll, "", ledger=stand(poll).ledger, by=chief(poll), at=NOW, whole=True, why="代表要求全部复核"
    )
    assert (audit.seed, audit.whole, audit.size, audit.why) == ("", True, 30, "代表要求全部复核")


def test_the_ledger_is_what_was_on_the_page_when_the_seed_was_said() -> None:
    poll = read(30)
    with pytest.raises(ValidationError, match="读票结果刚有变动") as refused:
        do.draw(poll, SEED, ledger="0" * 64, by=chief(poll), at=NOW)
    assert refused.value.code == "stale" and not Audit.objects.exists()


def test_the_hash_changes_with_any_mark_and_any_file() -> None:
    poll = read(30)
    before = stand(poll).ledger
    page = deck.leaf(scan_batch(poll), 17)
    page.reading["rows"][2]["option"] = "for"
    page.save()
    changed = stand(poll).ledger
    page.file.sha256 = "f" * 64
    page.file.save()
    assert len({before, changed, stand(poll).ledger}) == 3


@pytest.mark.parametrize("seed", ["", "12345", "  1 2 3 ", "长" * 61, "三一四\x00一五九"])
def test_a_seed_must_be_long_enough_to_be_said_and_plain(seed: str) -> None:
    poll = read(25)
    with pytest.raises(ValidationError) as refused:
        draw(poll, seed)
    assert "seed" in refused.value.message_dict and not Audit.objects.exists()


def test_a_second_draw_needs_its_reason_another_seed_and_adds_sheets() -> None:
    poll = read(60)
    first = draw(poll)
    key(poll)
    assert stand(poll).todo == "done"
    with pytest.raises(ValidationError) as refused:
        draw(poll, "另一个种子九")
    assert "why" in refused.value.message_dict
    with pytest.raises(ValidationError, match="用过了"):
        draw(poll, SEED, why="代表要求再抽一次")
    second = draw(poll, "另一个种子九", why="代表要求再抽一次")
    sheets = [{tuple(one) for b in audit.batches.all() for one in b.picked} for audit in (first, second)]
    assert not sheets[0] & sheets[1] and second.why == "代表要求再抽一次"
    assert stand(poll).todo == "key"
    with pytest.raises(ValidationError, match="还没有录完"):
        draw(poll, "第三个种子八", why="再来")


def test_nothing_is_left_once_all_were_checked() -> None:
    poll = read(8)
    draw(poll)
    key(poll)
    assert (stand(poll).todo, stand(poll).left) == ("done", [])
    with pytest.raises(ValidationError, match="已全部复核"):
        draw(poll, "另一个种子九", why="再抽")


@pytest.mark.parametrize("name", ["watcher", "one", "caller", "clerk", "chair"])
def test_only_the_chief_scrutineer_draws(name: str) -> None:
    poll = read(8)
    with pytest.raises(Refused):
        do.draw(poll, SEED, ledger=stand(poll).ledger, by=make.official(poll, name), at=NOW)


def test_nothing_is_drawn_in_a_count_by_hand_or_once_it_is_declared() -> None:
    by_hand = make.returned(3)
    with pytest.raises(Refused):
        do.draw(by_hand, SEED, ledger="", by=chief(by_hand), at=NOW)
    poll = read(8)
    Poll.objects.filter(pk=poll.pk).update(state="declared")
    poll.refresh_from_db()
    with pytest.raises(Refused):
        draw(poll)
    assert count.progress(poll).check.todo == "done"


# --- what it shows -------------------------------------------------------------


def test_a_check_that_agrees_lets_the_count_be_made_and_adds_nothing_to_it() -> None:
    poll = read(30)
    draw(poll)
    assert count.open_problems(poll) == ["还有1批没有录入完。"]
    key(poll)
    assert stand(poll).todo == "done" and count.open_problems(poll) == []
    tally = counting.tally(poll, by=chief(poll), at=NOW)
    assert (tally.figures["valid"], tally.figures["options"][0]["for"]) == (30, 30)


def test_a_sheet_that_was_misread_is_settled_by_the_chief_and_another_draw_follows() -> None:
    poll = read(60)
    draw(poll)
    number = stand(poll).draws[0].sheets[4].number
    key(poll, {(1, number): ["a", "a", "x"]})
    [check] = stand(poll).open
    assert (check.pick.number, check.machine[0], check.people[0]) == (number, PLAIN, ["a", "a", "x"])
    assert count.open_problems(poll) == ["人工复核有1张与读票不一致，请总监票人认定。"]
    with pytest.raises(ValidationError, match="请先认定"):
        draw(poll, "另一个种子九", why="有读错的")
    settle(poll, number, ["a", "a", "x"])
    assert stand(poll).todo == "again" and count.open_problems(poll) == [
        "人工复核发现读错的票，须再抽20张复核。"
    ]
    draw(poll, "另一个种子九", why="第1次复核发现读错的票")
    key(poll)
    assert stand(poll).todo == "done"
    tally = counting.tally(poll, by=chief(poll), at=NOW)
    assert tally.figures["options"][0] == {"title": "甲", "for": 59, "against": 1, "abstain": 0, "void": 0}


def settle(poll: Poll, number: int, marks: list[str], decision: str = "valid", by: str = "chief") -> Ruling:
    return do.settle(
        scan_batch(poll), number, decision, marks=marks, by=make.official(poll, by), at=NOW, why="对照原票"
    )


def test_tellers_who_took_another_sheet_do_not_call_for_another_draw() -> None:
    poll = read(60)
    draw(poll)
    number = stand(poll).draws[0].sheets[0].number
    key(poll, {(1, number): ["x", "x", "x"]})
    settle(poll, number, PLAIN)
    [check] = stand(poll).draws[0].differences
    assert not check.misread and stand(poll).todo == "done" and count.open_problems(poll) == []


def test_draws_go_on_until_one_shows_nothing_or_all_were_checked() -> None:
    poll = read(45)
    for turn in range(3):
        draw(poll, f"第{turn}个种子九", why="上一次有读错的")
        number = stand(poll).draws[turn].sheets[0].number
        key(poll, {(1, number): ["x", "a", "x"]})
        settle(poll, number, ["x", "a", "x"])
        assert stand(poll).todo == ("done" if turn == 2 else "again")
    assert [len(one.sheets) for one in stand(poll).draws] == [20, 20, 5]


def test_misread_sheets_that_bring_the_result_near_have_all_checked() -> None:
    poll = read(30, members=54, doubts=2)  # 30 of 28 needed: the margin is 3
    assert (stand(poll).margin, stand(poll).whole) == (3, "")
    draw(poll)
    number = stand(poll).draws[0].sheets[0].number
    key(poll, {(1, number): ["x", "a", "x"]})
    settle(poll, number, ["x", "a", "x"])
    assert (stand(poll).todo, stand(poll).whole, stand(poll).size) == ("draw", "margin", 10)
    assert count.open_problems(poll) == ["差距不大于存疑栏数，其余10张也要人工复核：请总监票人抽票。"]
    audit = draw(poll, "", why="差距小")
    assert audit.whole and audit.size == 10
    key(poll)
    assert stand(poll).todo == "done"


def test_what_both_tellers_doubt_and_the_machine_does_not_is_for_the_chief() -> None:
    poll = read(25)
    draw(poll)
    number = stand(poll).draws[0].sheets[0].number
    key(poll, doubtful={(1, number)})
    assert [one.pick.number for one in stand(poll).open] == [number]
    assert count.progress(poll).doubtful == 0  # not a doubt of the count itself
    settle(poll, number, [], "invalid")
    assert stand(poll).todo in ("again", "done") and stand(poll).checks[0].misread
    assert count.total(poll).invalid == 1


def test_tellers_who_differ_three_times_are_settled_by_the_chief_on_the_check_itself() -> None:
    poll = read(8)
    draw(poll)
    batch = poll.batches.get(way=Batch.Way.AUDIT)
    batch.poll = poll
    ones = [counting.begin(batch, by=make.official(poll, name), at=NOW) for name in ("one", "two")]
    for _turn in range(3):
        for one, marks in zip(ones, (PLAIN, ["x", "a", "x"]), strict=True):
            Sheet.objects.filter(keying=one).update(marks=PLAIN, complete=True)
            Sheet.objects.filter(keying=one, number=3).update(marks=marks)
            counting.finish(one, by=one.teller, at=NOW)
    batch.refresh_from_db()
    batch.poll = poll
    counting.rule(batch, 3, "valid", marks=PLAIN, by=chief(poll), at=NOW, why="对照原票")
    assert stand(poll).todo == "done" and [one.same for one in stand(poll).checks] == [True] * 8


def test_two_readings_are_alike_by_marks_and_names_and_both_in_doubt_are_alike() -> None:
    poll = make.poll()
    assert rules.alike(poll.law.kind, (["fa"], [], ""), (["af"], [], ""))
    assert not rules.alike(poll.law.kind, (["f"], [], ""), (["f"], ["甲"], ""))
    assert rules.alike(poll.law.kind, ([""], [], "torn"), (["f"], [], "signed"))


def test_what_was_drawn_out_of_the_piles_has_the_size_it_has() -> None:
    poll = read(8)
    draw(poll)
    beside = poll.batches.get(way=Batch.Way.AUDIT)
    beside.poll = poll
    with pytest.raises(Refused):
        counting.resize(beside, 9, by=chief(poll), at=NOW, why="多了一张")


def test_a_teller_who_is_done_is_sent_to_the_next_that_is_keyed_and_to_none_that_is_scanned() -> None:
    poll = read(30, size=10)
    Batch.objects.filter(poll=poll, number=3).update(agreed_at=None)
    rest = Batch.objects.create(poll=poll, number=9, size=1, way="rest", source=scan_batch(poll), picked=[2])
    rest.poll = poll
    keying = counting.begin(rest, by=make.official(poll, "one"), at=NOW)
    Sheet.objects.filter(keying=keying).update(marks=PLAIN, complete=True)
    counting.finish(keying, by=keying.teller, at=NOW)
    page = make.client(keying.teller).get(f"/voting/batches/{rest.pk}/")
    assert page.context["next"] is None


def test_where_nothing_differs_there_is_nothing_to_settle() -> None:
    poll = read(8)
    draw(poll)
    key(poll)
    with pytest.raises(ValidationError, match="不需要认定"):
        settle(poll, 3, PLAIN)


def test_settling_asks_the_chief_a_reason_and_marks_that_can_be() -> None:
    poll = read(8)
    draw(poll)
    key(poll, {(1, 3): ["x", "a", "x"]})
    with pytest.raises(Refused):
        settle(poll, 3, PLAIN, by="watcher")
    with pytest.raises(ValidationError, match="理由"):
        do.settle(scan_batch(poll), 3, "valid", marks=PLAIN, by=chief(poll), at=NOW, why=" ")
    with pytest.raises(ValidationError, match="这样认定仍属无效"):
        settle(poll, 3, ["f", "f", "f"])
    settle(poll, 3, ["x", "a", "x"])
    assert Entry.objects.get(verb="voting.audit_settled").data["number"] == 3
    assert "marks" not in Entry.objects.get(verb="voting.audit_settled").data


def test_a_batch_scanned_after_the_draw_wants_a_draw_over_all() -> None:
    poll = read(25)
    draw(poll)
    key(poll)
    page = deck.leaf(scan_batch(poll), 1)
    page.file.sha256 = "e" * 64
    page.file.save()
    assert stand(poll).todo == "draw"


def test_where_the_check_stands_costs_the_same_queries_for_any_number_of_sheets(
    django_assert_max_num_queries: Any,
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    taken = []
    for n, size in ((24, 50), (60, 20)):
        poll = read(n, size=size)
        draw(poll)
        key(poll)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            stand(Poll.objects.with_records().get(pk=poll.pk))
        taken.append(len(queries))
    assert taken[0] == taken[1]


def test_a_sheet_ruled_void_on_the_check_agrees_where_the_machine_has_it_void_too() -> None:
    poll = deck.poll(3)
    batch = deck.scanned(poll, [PLAIN, PLAIN, ["f", "f", "f"]])
    deck.said(batch, 3, None, "void")
    Batch.objects.filter(pk=batch.pk).update(agreed_at=NOW)
    draw(poll)
    key(poll, {(1, 3): ["f", "f", "f"]})
    assert stand(poll).todo == "done" and all(one.same for one in stand(poll).checks)
    beside = poll.batches.get(way=Batch.Way.AUDIT)
    Ruling.objects.create(
        batch=beside, number=3, decision="invalid", why="多选", by=chief(poll), at=NOW, reason_code="x"
    )
    assert stand(poll).todo == "done" and all(one.same for one in stand(poll).checks)
    Ruling.objects.create(batch=beside, number=2, decision="invalid", why="写有姓名", by=chief(poll), at=NOW)
    assert [one.pick.number for one in stand(poll).open] == [2]
