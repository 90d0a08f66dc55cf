"""The hand count from batches to the confirmed tally: two tellers apart, doubts, corrections, refusals."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from tests import make
from tests.make import NOW
from yishi.journal.chain import verify
from yishi.journal.models import Entry
from yishi.meetings.models import Screen
from yishi.voting.actions import counting as do
from yishi.voting.models import Batch, Figure, Keying, Poll, Sheet
from yishi.voting.rules import counting as rules
from yishi.voting.rules import marking
from yishi.web.access import Refused

pytestmark = pytest.mark.django_db

Ballot = tuple[list[str], list[str], str]


def sheet(marks: str, *write_ins: str, doubt: str = "") -> Ballot:
    """`sheet("f a x - fa")`: one ballot, `-` for a blank line."""
    return ["" if mark == "-" else mark for mark in marks.split()], list(write_ins), doubt


def key_all(keying: Keying, ballots: list[Ballot], only: set[int] | None = None) -> None:
    for number, (marks, write_ins, doubt) in enumerate(ballots, start=1):
        if only is None or number in only:
            now = Sheet.objects.get(keying=keying, number=number)
            do.key(
                keying, number, marks=marks, write_ins=write_ins, doubt=doubt, complete=True,
                revision=now.revision + 1, by=keying.teller, at=NOW,
            )  # fmt: skip


def keyed_by(batch: Batch, name: str, ballots: list[Ballot]) -> Keying:
    """Begun, keyed and handed in by one teller."""
    who = make.official(batch.poll, name)
    keying = do.begin(batch, by=who, at=NOW)
    key_all(keying, ballots)
    do.finish(keying, by=who, at=NOW)
    return keying


def counted(poll: Poll, ballots: list[Ballot], other: list[Ballot] | None = None) -> None:
    """All batches keyed by `one` and `two`; the second may see other marks."""
    done = 0
    for batch in do.lay_out(poll, by=make.official(poll, "clerk"), at=NOW):
        batch.poll = poll
        here = slice(done, done + batch.size)
        keyed_by(batch, "one", ballots[here])
        keyed_by(batch, "two", (other or ballots)[here])
        done += batch.size


def tally_of(poll: Poll, why: str = "") -> Any:
    return do.tally(poll, by=make.official(poll, "clerk"), at=NOW, why=why)


def only_batch(poll: Poll) -> Batch:
    (batch,) = do.lay_out(poll, by=make.official(poll, "clerk"), at=NOW)
    return batch


# --- batches ---------------------------------------------------------------


def test_batches_hold_all_returned_ballots_and_the_last_is_smaller() -> None:
    poll = make.returned(314, batch_size=50)
    batches = do.lay_out(poll, by=make.official(poll, "clerk"), at=NOW)
    assert [batch.size for batch in batches] == [50] * 6 + [14]
    again = do.lay_out(poll, by=make.official(poll, "watcher"), at=NOW)
    assert [batch.pk for batch in again] == [batch.pk for batch in batches]


def test_nothing_is_laid_out_before_the_returned_ballots_are_counted() -> None:
    poll = make.returned(3)
    Figure.objects.filter(kind="returned").delete()
    with pytest.raises(ValidationError, match="收回票数"):
        do.lay_out(poll, by=make.official(poll, "clerk"), at=NOW)


@pytest.mark.parametrize("name", ["one", "caller", "chair"])
def test_tellers_and_the_chair_do_not_lay_out(name: str) -> None:
    poll = make.returned(3)
    with pytest.raises(Refused):
        do.lay_out(poll, by=make.official(poll, name), at=NOW)


def test_a_corrected_number_keeps_the_batches_that_were_begun() -> None:
    poll = make.returned(10, batch_size=4, members=12)
    first = do.lay_out(poll, by=make.official(poll, "clerk"), at=NOW)[0]
    do.begin(first, by=make.official(poll, "one"), at=NOW)
    clerk = make.official(poll, "clerk")
    Figure.objects.create(poll=poll, kind="returned", value=11, at=NOW, by=clerk, why="漏数一张")
    batches = do.lay_out(poll, by=clerk, at=NOW)
    assert batches[0].pk == first.pk
    assert [batch.size for batch in batches] == [4, 4, 3]


def test_the_chief_scrutineer_corrects_the_size_of_a_batch_with_a_reason() -> None:
    poll = make.returned(4, members=5)
    batch = only_batch(poll)
    keying = do.begin(batch, by=make.official(poll, "one"), at=NOW)
    key_all(keying, [sheet("f f x")] * 3)
    chief = make.official(poll, "chief")
    with pytest.raises(Refused):
        do.resize(batch, 3, by=make.official(poll, "watcher"), at=NOW, why="少一张")
    with pytest.raises(ValidationError, match="理由"):
        do.resize(batch, 3, by=chief, at=NOW, why=" ")
    with pytest.raises(ValidationError, match="已有录入"):
        do.resize(batch, 2, by=chief, at=NOW, why="少两张")
    do.resize(batch, 3, by=chief, at=NOW, why="重数为三张")
    assert keying.sheets.count() == 3
    do.resize(Batch.objects.get(pk=batch.pk), 5, by=chief, at=NOW, why="又找到两张")
    assert keying.sheets.count() == 5
    assert any("各批合计5张，收回4张" in problem for problem in rules.open_problems(poll))


# --- keying ----------------------------------------------------------------


def test_two_tellers_take_a_batch_and_a_third_does_not() -> None:
    poll = make.returned()
    batch = only_batch(poll)
    one = do.begin(batch, by=make.official(poll, "one"), at=NOW)
    assert do.begin(batch, by=make.official(poll, "one"), at=NOW) == one
    two = do.begin(batch, by=make.official(poll, "two"), at=NOW)
    assert (one.place, two.place) == (1, 2)
    with pytest.raises(ValidationError, match="两位计票人"):
        do.begin(batch, by=make.official(poll, "three"), at=NOW)


@pytest.mark.parametrize("name", ["chief", "watcher", "caller", "clerk", "chair"])
def test_only_tellers_key(name: str) -> None:
    poll = make.returned()
    with pytest.raises(Refused):
        do.begin(only_batch(poll), by=make.official(poll, name), at=NOW)


def test_a_third_teller_takes_over_with_a_reason_and_keys_anew() -> None:
    poll = make.returned()
    batch = only_batch(poll)
    one = do.begin(batch, by=make.official(poll, "one"), at=NOW)
    key_all(one, [sheet("f f x")] * 2)
    three = make.official(poll, "three")
    with pytest.raises(ValidationError, match="理由"):
        do.take_over(one, by=three, at=NOW, why="")
    new = do.take_over(one, by=three, at=NOW, why="身体不适")
    assert new.place == 1 and not new.sheets.exclude(marks=[]).exists()
    assert one.sheets.filter(complete=True).count() == 2
    with pytest.raises(ValidationError, match="接替"):
        key_all(one, [sheet("f f x")] * 3)
    with pytest.raises(ValidationError, match="接替"):
        do.begin(batch, by=one.teller, at=NOW)
    with pytest.raises(ValidationError, match="刚才已有人接替"):
        make.Official.objects.create(poll=poll, user=make.user("four"), hat="teller")
        poll = Poll.objects.get(pk=poll.pk)
        do.take_over(
            Keying.objects.get(pk=one.pk), by=make.User.objects.get(username="four"), at=NOW, why="x"
        )


def test_one_teller_cannot_key_into_the_keying_of_the_other() -> None:
    poll = make.returned()
    one = do.begin(only_batch(poll), by=make.official(poll, "one"), at=NOW)
    with pytest.raises(Refused):
        do.key(one, 1, marks=["f"], revision=1, by=make.official(poll, "two"), at=NOW)
    with pytest.raises(Refused):
        do.finish(one, by=make.official(poll, "two"), at=NOW)


def test_the_same_key_sent_again_is_answered_and_an_older_one_changes_nothing() -> None:
    poll = make.returned()
    one = do.begin(only_batch(poll), by=make.official(poll, "one"), at=NOW)

    def send(marks: list[str], revision: int) -> Sheet:
        return do.key(one, 1, marks=marks, revision=revision, by=one.teller, at=NOW)

    send(["f"], 1)
    assert send(["f"], 1).marks == ["f"]
    send(["f", "a"], 2)
    with pytest.raises(do.Stale) as late:
        send(["f"], 1)
    assert late.value.sheet.marks == ["f", "a"]
    with pytest.raises(do.Stale):
        send(["x"], 2)  # another window
    with pytest.raises(do.Stale):
        send(["f", "a", "f"], 4)  # a key between was never seen
    assert Sheet.objects.get(keying=one, number=1).marks == ["f", "a"]


@pytest.mark.parametrize(
    ("marks", "more", "said"),
    [
        (["s", "f", "f"], {}, "只认识标记"),
        (["f"] * 4, {}, "栏"),
        (["f", "f"], {"complete": True}, "空白的栏请按0"),
        (["f"], {"doubt": "bored"}, "存疑理由"),
        (["f"], {"write_ins": ["丁"]}, "没有另选他人"),
    ],
)
def test_marks_that_cannot_be_are_refused(marks: list[str], more: dict[str, Any], said: str) -> None:
    poll = make.returned()
    one = do.begin(only_batch(poll), by=make.official(poll, "one"), at=NOW)
    with pytest.raises(ValidationError, match=said):
        do.key(one, 1, marks=marks, revision=1, by=one.teller, at=NOW, **more)


def test_a_batch_is_handed_in_only_when_every_sheet_is_complete() -> None:
    poll = make.returned()
    one = do.begin(only_batch(poll), by=make.official(poll, "one"), at=NOW)
    key_all(one, [sheet("f f x")] * 3)
    with pytest.raises(ValidationError, match="第4张"):
        do.finish(one, by=one.teller, at=NOW)
    key_all(one, [sheet("f f x")] * 4, only={4})
    do.finish(one, by=one.teller, at=NOW)
    do.finish(one, by=one.teller, at=NOW)
    with pytest.raises(ValidationError, match="已交核对"):
        key_all(one, [sheet("a a a")], only={1})
    assert Entry.objects.filter(verb="voting.keying_finished").count() == 1


# --- comparing -------------------------------------------------------------


def test_the_same_from_both_is_agreed() -> None:
    poll = make.returned()
    counted(poll, [sheet("f f x")] * 4)
    batch = poll.batches.get()
    assert batch.agreed_at and batch.rounds == 1 and batch.differences == {}


def test_a_difference_stops_the_batch_until_both_agree_and_tells_no_mark() -> None:
    poll = make.returned()
    right = [sheet("f f x"), sheet("a f f"), sheet("x x x"), sheet("f - f")]
    wrong = [right[0], sheet("f f a"), *right[2:]]
    counted(poll, right, wrong)
    batch = poll.batches.get()
    assert batch.agreed_at is None and batch.differences == {"2": [1, 3]}
    one, two = batch.keyings.all()
    for keying in (one, two):
        again = keying.sheets.get(number=2)
        assert (again.marks, again.complete, keying.finished_at) == ([], False, None)
        assert again.earlier[0]["marks"] == (right if keying == one else wrong)[1][0]
    entry = Entry.objects.get(verb="voting.batch_differs")
    assert entry.data == {"sheets": [2], "round": 1}
    with pytest.raises(ValidationError, match="核对不一致"):
        tally_of(poll)
    for keying in (one, two):
        key_all(keying, right, only={2})
        do.finish(keying, by=keying.teller, at=NOW)
    batch.refresh_from_db()
    assert batch.agreed_at and batch.rounds == 2


def test_with_ticks_only_no_line_is_named_since_that_would_tell_the_mark() -> None:
    poll = make.returned(1, rule_key="projects.street.recommendation")
    counted(poll, [sheet("f f -")], [sheet("f - -")])
    assert poll.batches.get().differences == {"1": []}


def test_a_sheet_doubtful_for_one_only_is_a_difference() -> None:
    poll = make.returned(1)
    counted(poll, [sheet("f f x", doubt="torn")], [sheet("f f x")])
    assert poll.batches.get().differences == {"1": []}


def test_after_three_rounds_the_chief_scrutineer_settles_the_sheet() -> None:
    poll = make.returned(2)
    batch = only_batch(poll)
    one, two = (do.begin(batch, by=make.official(poll, name), at=NOW) for name in ("one", "two"))
    chief = make.official(poll, "chief")
    for turn in range(rules.CALL_CHIEF):
        if turn:
            with pytest.raises(ValidationError, match="不需要认定"):
                do.rule(batch, 2, "invalid", by=chief, at=NOW, why="看不清")
        key_all(one, [sheet("f f x"), sheet("f a x")])
        key_all(two, [sheet("f f x"), sheet("f x x")])
        do.finish(one, by=one.teller, at=NOW)
        do.finish(two, by=two.teller, at=NOW)
    assert any("请总监票人认定" in problem for problem in rules.open_problems(poll))
    (case,) = rules.cases(poll)
    assert (case.one[0], case.two[0]) == (["f", "a", "x"], ["f", "x", "x"])
    do.rule(batch, 2, "valid", marks=["f", "a", "x"], by=chief, at=NOW, why="第二栏为反对")
    assert poll.batches.get().agreed_at
    assert tally_of(poll).figures["options"][1] == {
        "title": "乙", "for": 1, "against": 1, "abstain": 0, "void": 0,
    }  # fmt: skip


# --- doubts ----------------------------------------------------------------


def test_a_doubtful_sheet_waits_for_the_chief_scrutineer() -> None:
    poll = make.returned(2)
    counted(
        poll,
        [sheet("f f x"), sheet("f a -", doubt="outside")],
        [sheet("f f x"), sheet("f - -", doubt="torn")],
    )
    with pytest.raises(ValidationError, match="1张存疑票"):
        tally_of(poll)
    batch = poll.batches.get()
    for name in ("watcher", "one", "clerk", "chair"):
        with pytest.raises(Refused):
            do.rule(batch, 2, "invalid", by=make.official(poll, name), at=NOW, why="x")
    chief = make.official(poll, "chief")
    with pytest.raises(ValidationError, match="理由"):
        do.rule(batch, 2, "invalid", by=chief, at=NOW, why="")
    with pytest.raises(ValidationError, match="不需要认定"):
        do.rule(batch, 1, "invalid", by=chief, at=NOW, why="x")
    with pytest.raises(ValidationError, match="仍属无效"):
        do.rule(batch, 2, "valid", marks=["f", "f", "f"], by=chief, at=NOW, why="三项都算")
    do.rule(batch, 2, "invalid", by=chief, at=NOW, why="无法辨认")
    first = tally_of(poll)
    assert (first.figures["valid"], first.figures["invalid"]) == (1, 1)
    do.rule(batch, 2, "valid", marks=["f", "a", ""], by=chief, at=NOW, why="复看后可以辨认")
    assert batch.rulings.count() == 2
    with pytest.raises(ValidationError, match="重新汇总"):
        do.confirm(first, by=chief, at=NOW)
    second = tally_of(poll, why="改认一张存疑票")
    assert second.replaces == first and second.figures["valid"] == 2


def test_an_overvoted_sheet_is_void_by_the_rule_without_a_ruling() -> None:
    poll = make.returned(2)
    counted(poll, [sheet("f f f"), sheet("f fa x")])
    figures = tally_of(poll).figures
    assert (figures["valid"], figures["invalid"]) == (1, 1)
    assert figures["options"][1]["void"] == 1


def test_a_teller_is_told_why_a_sheet_is_void() -> None:
    poll = make.returned(rule_key="projects.street.recommendation")
    law = poll.law
    assert marking.warning(law, marking.read_sheet(law, "甲乙丙", ["f", "f", "f"])).startswith(
        "此票选了3项，超过2项，按规定无效。"
    )
    assert marking.warning(law, marking.read_sheet(law, "甲乙丙", ["f", "f"])) == ""


def test_a_listed_candidate_written_in_is_doubtful() -> None:
    poll = make.returned(1, options=("张安邦", "李承德"), rule_key="election.officials", seats=1)
    reading = marking.read_sheet(poll.law, ["张安邦", "李承德"], ["a", "x"], ["张 安邦"])
    assert reading.valid is None and reading.reason_code == "write_in_unclear"


# --- the tally -------------------------------------------------------------


def test_the_tally_pressed_twice_is_one_tally() -> None:
    poll = make.returned()
    counted(poll, [sheet("f f x")] * 4)
    assert tally_of(poll) == tally_of(poll)
    assert Entry.objects.filter(verb="voting.tallied").count() == 1


def test_another_tally_needs_a_reason_and_keeps_the_old_one() -> None:
    poll = make.returned(3, members=4)
    counted(poll, [sheet("f f x")] * 3)
    first = tally_of(poll)
    clerk = make.official(poll, "clerk")
    Figure.objects.create(poll=poll, kind="present", value=3, at=NOW, by=clerk, why="数错")
    Figure.objects.create(poll=poll, kind="issued", value=3, at=NOW, by=clerk, why="数错")
    Figure.objects.create(poll=poll, kind="printed", value=3, at=NOW, by=clerk, why="数错")
    poll = Poll.objects.get(pk=poll.pk)
    with pytest.raises(ValidationError, match="更正理由"):
        tally_of(poll)
    second = tally_of(poll, why="实到更正")
    assert second.replaces == first and second.why == "实到更正"
    assert poll.tallies.count() == 2


def test_only_the_chief_scrutineer_confirms_and_only_the_current_tally() -> None:
    poll = make.returned()
    counted(poll, [sheet("f f x")] * 4)
    made = tally_of(poll)
    for name in ("watcher", "one", "clerk", "chair", "caller"):
        with pytest.raises(Refused):
            do.confirm(made, by=make.official(poll, name), at=NOW)
    chief = make.official(poll, "chief")
    do.confirm(made, by=chief, at=NOW)
    assert do.confirm(made, by=chief, at=NOW).confirmed_by == chief
    assert Entry.objects.filter(verb="voting.tally_confirmed").count() == 1
    assert list(verify()) == []


@pytest.mark.parametrize("name", ["one", "caller", "chair"])
def test_tellers_and_the_chair_do_not_tally(name: str) -> None:
    poll = make.returned()
    counted(poll, [sheet("f f x")] * 4)
    with pytest.raises(Refused):
        do.tally(poll, by=make.official(poll, name), at=NOW)


def test_sheets_that_are_not_all_keyed_stop_the_tally() -> None:
    poll = make.returned(4, batch_size=2)
    first = do.lay_out(poll, by=make.official(poll, "clerk"), at=NOW)[0]
    keyed_by(first, "one", [sheet("f f x")] * 2)
    keyed_by(first, "two", [sheet("f f x")] * 2)
    with pytest.raises(ValidationError, match="还有1批没有录入完"):
        tally_of(poll)


def test_an_equation_that_does_not_balance_stops_the_tally() -> None:
    poll = make.returned()
    counted(poll, [sheet("f f x")] * 4)
    by = make.official(poll, "clerk")
    Figure.objects.create(poll=poll, kind="left_over", value=1, at=NOW, by=by, why="又找到一张")
    with pytest.raises(ValidationError, match="印制"):
        tally_of(Poll.objects.get(pk=poll.pk))


def test_a_vote_that_nobody_returned_can_be_tallied() -> None:
    poll = make.returned(0, members=3)
    assert do.lay_out(poll, by=make.official(poll, "clerk"), at=NOW) == []
    assert tally_of(poll).figures["valid"] == 0


def test_persons_are_elected_with_names_written_in() -> None:
    poll = make.returned(3, options=("张安邦", "李承德"), rule_key="election.officials", seats=1)
    counted(poll, [sheet("a a", "王恩泰"), sheet("a x", " 王恩泰 "), sheet("f a")])
    made = tally_of(poll)
    assert made.figures["options"][2] == {
        "title": "王恩泰", "for": 2, "against": 0, "abstain": 0, "write_in": True,
    }  # fmt: skip
    assert made.outcome["adopted"] == ["王恩泰"]


def test_grades_are_counted() -> None:
    poll = make.returned(3, options=("甲", "乙"), rule_key="projects.rating", seats=None)
    counted(poll, [sheet("s d"), sheet("s b"), sheet("x -")])
    made = tally_of(poll)
    assert made.figures["options"] == [
        {"title": "甲", "satisfied": 2, "basically": 0, "dissatisfied": 0, "abstain": 1, "void": 0},
        {"title": "乙", "satisfied": 0, "basically": 1, "dissatisfied": 1, "abstain": 0, "void": 1},
    ]
    assert made.outcome["grades"][0]["grade"] == "satisfied"


# --- the screen ------------------------------------------------------------


def test_the_big_screen_shows_strokes_of_agreed_batches_only() -> None:
    poll = make.returned(4, batch_size=2, open_count=True)
    first = do.lay_out(poll, by=make.official(poll, "clerk"), at=NOW)[0]
    keyed_by(first, "one", [sheet("f f x"), sheet("a f x")])

    def shown() -> dict[str, Any]:
        return Screen.objects.get(meeting=poll.meeting).data["counting"]

    assert shown()["counted"] == 0 and not any(row["strokes"] for row in shown()["rows"])
    keyed_by(first, "two", [sheet("f f x"), sheet("a f x")])
    assert shown()["counted"] == 2
    assert [row["strokes"] for row in shown()["rows"]] == [1, 2, 0]


def test_without_open_counting_the_screen_shows_no_partial_result() -> None:
    poll = make.returned(1)
    counted(poll, [sheet("f f x")])
    assert Screen.objects.get(meeting=poll.meeting).data["counting"] == {
        "title": poll.title, "rows": [], "counted": 1, "of": 1,
    }  # fmt: skip
