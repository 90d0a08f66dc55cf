"""The electronic box from its sealing to the result, and what anybody can verify of it."""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError

from tests import make
from tests.make import NOW
from tests.voting.sealed.hall import PAGE, Hall, hall
from yishi.ballot import credentials, verify
from yishi.voting.actions import counting as count
from yishi.voting.actions import polls as do
from yishi.voting.actions import setup
from yishi.voting.actions.sealed import box as electronic
from yishi.voting.actions.sealed import slips
from yishi.voting.models import Poll, SealedSession, SlipLot
from yishi.voting.rules import box, rights, sealed_count
from yishi.voting.rules import polls as rules
from yishi.web.access import Refused

pytestmark = pytest.mark.django_db
ORACLE = Path("/work/shared/tools/belenios-tool")
# Columns 赞成, 反对, 弃权 of three projects, of which two may be approved.
FIRST = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
SECOND = [[0, 1, 0], [1, 0, 0], [0, 0, 1]]


def close(made: Hall) -> None:
    do.close_poll(made.fresh(), by=made.user("chair"), at=NOW)


def verified(made: Hall) -> verify.Report:
    return verify.verify(io.BytesIO(made.record()))


def test_a_vote_by_phone_from_the_sealing_to_the_declaration() -> None:
    made = hall(slips=5)
    made.cast([FIRST] * 3 + [SECOND])
    close(made)
    assert box.equation(made.fresh()).returned == 4
    assert sealed_count.problems(made.fresh())
    made.give("chief", "third")
    tally = made.fresh().tallies.current()
    assert tally is not None
    assert tally.figures["valid"] == 4 and tally.figures["invalid"] == 0 and tally.figures["issued"] == 5
    assert [line["for"] for line in tally.lines()] == [3, 1, 0]
    assert [line["against"] for line in tally.lines()] == [1, 3, 0]
    assert [line["abstain"] for line in tally.lines()] == [0, 0, 4]
    count.confirm(tally, by=made.user("chief"), at=NOW)
    do.declare(made.fresh(), by=made.user("chair"), at=NOW)
    assert made.fresh().state == "declared"
    assert verified(made).counted == 4
    assert not made.box.ballots.exists()


@pytest.mark.skipif(not ORACLE.exists(), reason="the independent program is not here")
def test_the_independent_program_accepts_the_record_of_our_hall_and_refuses_a_tampered_one(
    tmp_path: Path,
) -> None:
    made = hall(slips=3)
    made.cast([FIRST, SECOND])
    close(made)
    made.give("watcher", "third")
    record = made.record()
    assert oracle(tmp_path / "good", made, record) == 0
    cheated = electronic_with_another_result(record)
    assert oracle(tmp_path / "bad", made, cheated) != 0


def electronic_with_another_result(record: bytes) -> bytes:
    """The result says something else; the chain of hashes is made right again."""
    from yishi.ballot import archive
    from yishi.ballot.record import Record

    members = list(archive.read(io.BytesIO(record)))
    *kept, _result, _event = members
    last = next(member for member in reversed(kept) if member.is_event)
    height = sum(member.is_event for member in kept) - 1
    made = Record((height, last.hash)).result(b'{"result":[[2,0,0],[1,1,0],[0,0,2]]}')
    stamp = int(record[record.index(b"timestamp") + 12 :].split(b'"')[0])
    parts = [archive.opening(stamp), *(archive.member(m.name, m.content, stamp) for m in [*kept, *made])]
    return b"".join(parts)


def oracle(folder: Path, made: Hall, record: bytes) -> int:
    folder.mkdir()
    (folder / f"{made.box.uuid}.bel").write_bytes(record)
    bash = shutil.which("bash") or "bash"
    done = subprocess.run(
        [bash, ORACLE, "election", "verify", "--dir", str(folder)], capture_output=True, timeout=120
    )
    if done.returncode == 3:
        pytest.skip(done.stderr.decode())
    return done.returncode


def test_paper_and_phones_are_one_count_and_neither_stands_by_itself() -> None:
    made = hall("both", slips=3, papers=3)
    made.cast([FIRST, FIRST, SECOND])
    close(made)
    poll = made.fresh()
    do.say(poll, "returned", 3, by=made.user("clerk"), at=NOW)
    poll = made.fresh()
    with pytest.raises(ValidationError, match="分批"):
        electronic.open_record(poll, by=made.user("chief"), at=NOW)
    keyed(made, [["f", "a", "x"], ["fa", "x", "x"], ["f", "f", "f"]])
    poll = made.fresh()
    assert sealed_count.problems(poll) == ["纸质票核对后，还没有并入电子记录。"]
    electronic.open_record(poll, by=made.user("chief"), at=NOW)
    made.give("chief", "watcher")
    tally = made.fresh().tallies.current()
    assert tally is not None
    # The third paper approves three where two are the most: invalid, and in the equation only.
    assert tally.figures["returned"] == 6 and tally.figures["valid"] == 5 and tally.figures["invalid"] == 1
    assert [line["for"] for line in tally.lines()] == [3, 1, 0]
    assert [line["void"] for line in tally.lines()] == [1, 0, 0]
    report = verified(made)
    assert report.counted == 5 and report.credentials == 3 + 5
    with pytest.raises(Refused):
        count.rule(poll.batches.get(), 3, "invalid", by=made.user("chief"), at=NOW, why="迟了")


def keyed(made: Hall, sheets: list[list[str]]) -> None:
    """Both tellers key the same sheets."""
    (batch,) = count.lay_out(made.fresh(), by=made.user("chief"), at=NOW)
    for name in ("one", "two"):
        keying = count.begin(batch, by=made.user(name), at=NOW)
        for number, marks in enumerate(sheets, start=1):
            count.key(keying, number, marks=marks, revision=1, complete=True, by=made.user(name), at=NOW)
        count.finish(keying, by=made.user(name), at=NOW)


def test_grades_are_sealed_line_by_line() -> None:
    graded = hall(slips=2, options=("甲局", "乙局"), rule_key="appraisal.grades", seats=None)
    graded.cast([[[1, 0, 0, 0], [0, 0, 1, 0]], [[0, 1, 0, 0], [0, 0, 0, 1]]])
    close(graded)
    graded.give("chief", "watcher")
    tally = graded.fresh().tallies.current()
    assert tally is not None
    names = ("satisfied", "basically", "dissatisfied", "abstain")
    assert [[line[name] for name in names] for line in tally.lines()] == [[1, 1, 0, 0], [0, 0, 1, 1]]


def test_nobody_opens_the_box_alone_and_the_same_share_counts_once() -> None:
    made = hall(slips=2)
    made.cast([FIRST])
    close(made)
    made.give("chief")
    made.give("chief")
    assert sealed_count.result(made.box) is None
    with pytest.raises(Refused):
        electronic.give_share(made.fresh(), made.share("third"), by=made.user("chair"), at=NOW)
    forged = made.share("watcher").replace('"response":"1', '"response":"2', 1)
    with pytest.raises(ValidationError, match="核验"):
        electronic.give_share(made.fresh(), forged, by=made.user("third"), at=NOW)
    made.give("third")
    assert sealed_count.result(made.box) is not None


def test_a_box_nobody_voted_into_opens_to_nothing() -> None:
    made = hall(slips=2)
    close(made)
    made.give("chief", "watcher")
    assert sealed_count.result(made.box) == [[0, 0, 0]] * 3


def test_the_box_is_sealed_only_when_keys_slips_and_figures_are_there_and_only_once() -> None:
    made = hall(upto="ready")
    with pytest.raises(Refused):
        electronic.seal_box(made.poll, page_hash=PAGE, by=made.user("chair"), at=NOW)
    lot = made.session.lots.get()
    lot.size += 1
    lot.save()
    with pytest.raises(ValidationError, match="注销"):
        electronic.seal_box(made.fresh(), page_hash=PAGE, by=made.user("chief"), at=NOW)
    lot.size -= 1
    lot.save()
    electronic.seal_box(made.fresh(), page_hash=PAGE, by=made.user("chief"), at=NOW)
    with pytest.raises(ValidationError, match="已经封好"):
        electronic.seal_box(made.fresh(), page_hash=PAGE, by=made.user("chief"), at=NOW)
    assert made.fresh().box.election.count(PAGE) == 1


def test_a_box_is_not_sealed_when_the_keys_were_cleared_meanwhile() -> None:
    made = hall(upto="ready")
    read = made.fresh()
    assert read.meeting.sealed.trustees
    SealedSession.objects.filter(pk=made.session.pk).update(trustees="", salt="another")
    with pytest.raises(ValidationError, match="密钥"):
        electronic.seal_box(read, page_hash=PAGE, by=made.user("chief"), at=NOW)


def test_a_vote_taken_back_meanwhile_gets_no_box() -> None:
    made = hall(upto="ready")
    read = made.fresh()
    Poll.objects.filter(pk=read.pk).update(state="draft")
    with pytest.raises(Refused):
        electronic.seal_box(read, page_hash=PAGE, by=made.user("chief"), at=NOW)


def test_once_the_box_is_sealed_nothing_that_is_voted_on_can_be_changed() -> None:
    made = hall(upto="ready")
    assert rights.may_reopen(made.user("clerk"), made.fresh(), NOW)
    read = made.fresh()
    electronic.seal_box(made.fresh(), page_hash=PAGE, by=made.user("chief"), at=NOW)
    for poll in (read, made.fresh()):
        with pytest.raises(Refused):
            do.reopen(poll, by=made.user("clerk"), at=NOW, why="改名单")
    assert made.fresh().state == "ready"


def test_a_lost_slip_is_passed_with_a_reason_and_a_vote_with_it_voids_the_whole() -> None:
    made = hall(slips=2, upto="ready")
    lost = credentials.new_code()
    listings = {uuid: [credentials.public(uuid, lost)] for uuid in made.session.uuids}
    SlipLot.objects.create(session=made.session, size=1, listings=listings, at=NOW, by=made.user("clerk"))
    with pytest.raises(ValidationError, match="注销"):
        electronic.seal_box(made.fresh(), page_hash=PAGE, by=made.user("chief"), at=NOW)
    do.override(made.fresh(), "slips", by=made.user("chair"), at=NOW, why="一个信封找不到了")
    box_ = electronic.seal_box(made.fresh(), page_hash=PAGE, by=made.user("chief"), at=NOW)
    assert box_.slips == 2 and lost not in box_.listing and box_.listing.count('"') == 2 * 3
    do.open_poll(made.fresh(), by=made.user("chair"), at=NOW)
    made.codes.append(lost)
    made.cast([FIRST] * 3)
    close(made)
    assert made.fresh().state == "void"
    assert "无效" in made.fresh().void_reason


def test_fewer_than_ten_voters_need_a_reason() -> None:
    made = hall(upto="ready")
    made.poll.overrides.filter(gate="few").delete()
    with pytest.raises(ValidationError, match="每个人怎么投"):
        electronic.seal_box(made.fresh(), page_hash=PAGE, by=made.user("chief"), at=NOW)


def test_a_void_vote_is_never_opened_and_is_repeated_with_the_same_slips() -> None:
    from yishi.voting.actions import after

    made = hall(slips=2)
    made.cast([FIRST])
    do.void(made.fresh(), by=made.user("chair"), at=NOW, why="网络中断")
    assert not made.box.ballots.exists()
    again = after.set_up_next(made.fresh(), by=made.user("chair"), at=NOW)
    assert again.doors == "phone"
    do.count_present(again, by=made.user("clerk"), at=NOW)
    again = Poll.objects.whole().get(pk=again.pk)
    do.override(again, "few", by=made.user("chair"), at=NOW, why="同前")
    sealed = electronic.seal_box(again, page_hash=PAGE, by=made.user("chief"), at=NOW)
    assert sealed.uuid == made.session.uuids[1] != made.box.uuid
    assert sealed.slips == 2


def test_the_phones_fail_and_those_who_have_not_voted_take_paper() -> None:
    made = hall(slips=3, failure="paper")
    chair = made.user("chair")
    made.cast([FIRST])
    with pytest.raises(Refused):
        electronic.go_on_with_paper(made.fresh(), by=made.user("clerk"), at=NOW, why="断网")
    electronic.go_on_with_paper(made.fresh(), by=chair, at=NOW, why="断网")
    poll = made.fresh()
    assert poll.doors == "both" and rules.step(poll) == "officials"
    made.box.exchanged.create(credential="x")
    assert box.equation(made.fresh()).slips == 2
    repeat = hall(slips=2)
    with pytest.raises(Refused):
        electronic.go_on_with_paper(repeat.fresh(), by=repeat.user("chair"), at=NOW, why="断网")


def test_when_the_phones_fail_the_rest_is_cast_on_paper_and_counted_in_one() -> None:
    made = hall(slips=4, failure="paper")
    chair, clerk = made.user("chair"), made.user("clerk")
    made.cast([FIRST])
    electronic.go_on_with_paper(made.fresh(), by=chair, at=NOW, why="断网")
    for name in ("one", "two"):
        setup.name_official(
            made.fresh(), make.user(f"{name}-{made.poll.pk}"), "teller", by=chair, at=NOW, why="断网"
        )
    assert rules.step(made.fresh()) == "printed"
    do.say(made.fresh(), "printed", 5, by=clerk, at=NOW)
    for code in made.codes[1:3]:
        slips.exchange(made.box, credentials.public(made.box.uuid, code), by=clerk, at=NOW)
    do.hand_out(made.fresh(), 2, 3, by=clerk, at=NOW)
    for name in ("chief", "watcher"):
        do.seal(made.fresh(), by=made.user(name), at=NOW)
    assert rules.step(made.fresh()) == "closed"
    close(made)
    do.say(made.fresh(), "returned", 2, by=clerk, at=NOW)
    keyed(made, [["f", "a", "x"], ["a", "f", "x"]])
    electronic.open_record(made.fresh(), by=made.user("chief"), at=NOW)
    made.give("chief", "watcher")
    tally = made.fresh().tallies.current()
    assert tally is not None
    assert (tally.figures["issued"], tally.figures["returned"], tally.figures["valid"]) == (4, 3, 3)
    assert [line["for"] for line in tally.lines()] == [2, 1, 0]
    assert verified(made).counted == 3


def test_a_sheet_given_for_a_slip_is_one_more_issued_and_one_less_left_over() -> None:
    made = hall("both", slips=3, papers=2)
    clerk, slip = made.user("clerk"), credentials.public(made.box.uuid, made.codes[0])
    before = box.equation(made.fresh())
    slips.exchange(made.box, slip, by=clerk, at=NOW)
    after = box.equation(made.fresh())
    assert (before.issued, after.issued) == (5, 5) and after.paper_issued == 3 and after.slips == 2
    assert after.left_over == 1 and not after.problems
    slips.exchange(made.box, credentials.public(made.box.uuid, made.codes[1]), by=clerk, at=NOW)
    last = credentials.public(made.box.uuid, made.codes[2])
    with pytest.raises(ValidationError, match="没有剩余"):
        slips.exchange(made.box, last, by=clerk, at=NOW)
    assert made.box.exchanged.count() == 2


def test_elections_with_names_written_in_stay_on_paper() -> None:
    with pytest.raises(ValidationError, match="另选他人"):
        meeting = make.meeting(deputies=0)
        setup.plan(
            meeting, title="选举", rule_key="election.officials", seats=1, options=("甲",), doors="phone",
            by=make.clerk(meeting.body), at=NOW,
        )  # fmt: skip
