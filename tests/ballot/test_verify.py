import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ballot.votes import DATA, YES_NO, Keys, Vote, members, new_vote, steps, written
from yishi.ballot import archive, command, credentials, errors
from yishi.ballot.elections import Question
from yishi.ballot.encoding import compact
from yishi.ballot.verify import verify
from yishi.cli import main as yishi

SAMPLES = ["basic-20", "threshold-blank-revote-20", "yes-no-abstain-threshold-60"]
ORACLE = Path(__file__).parents[3] / "shared" / "tools" / "belenios-tool"
ROOT = Path(__file__).parents[2]


def _verify(raw: bytes, **options):
    return verify(io.BytesIO(raw), **options)


def _fault(raw: bytes, **options) -> errors.Fault:
    with pytest.raises(errors.Fault) as refused:
        _verify(raw, **options)
    return refused.value


@pytest.fixture(scope="module")
def vote() -> Vote:
    return new_vote()


@pytest.fixture(scope="module")
def done(vote) -> list:
    return steps(vote, [vote.ballot(n, [[n % 2, 1 - n % 2]]) for n in (0, 1, 3)])


# --- records of others, and forgeries ------------------------------------------


@pytest.mark.parametrize("name", SAMPLES)
def test_a_record_of_another_program_is_right(name):
    report = _verify((DATA / f"{name}.bel").read_bytes())
    assert report.state == "counted" and report.counted == report.credentials
    # One answer each, or a blank ballot.
    if "yes-no" in name:
        assert sum(report.result[0]) == report.counted == 60


def test_of_a_voter_who_voted_twice_the_last_ballot_counts():
    report = _verify((DATA / "threshold-blank-revote-20.bel").read_bytes())
    assert (report.ballots, report.counted) == (23, 20)
    assert report.plain()["questions"][1] == {
        "question": "Question 2?",
        "answers": ["Answer 1", "Answer 2"],
        "votes": [11, 9],
        "blank": 0,
    }


def test_one_flipped_bit_of_a_proof_is_refused_where_it_is():
    fault = _fault((DATA / "bad/flipped-proof.bel").read_bytes())
    assert fault.name == "BadSignature" and fault.where.startswith("event 11 Ballot")


def _with(raw: bytes, at: int, content: bytes) -> bytes:
    """A record with another content in one place, and every hash after it made to fit."""
    found = list(archive.read(io.BytesIO(raw)))
    assert content != found[at].content
    renamed = {found[at].hash: archive.data(content).hash}
    found[at] = archive.data(content)
    for n, member in enumerate(found[at + 1 :], at + 1):
        content = member.content
        for old, new in renamed.items():
            content = content.replace(old.encode(), new.encode())
        if content != member.content:
            found[n] = (archive.event if member.is_event else archive.data)(content)
            renamed[member.hash] = found[n].hash
    return written(found[1:])


def _contents(raw: bytes) -> list[bytes]:
    return [member.content for member in archive.read(io.BytesIO(raw))]


def test_votes_added_in_the_encrypted_tally_are_refused():
    raw = (DATA / "bad/cheat-tally.bel").read_bytes()
    assert _fault(raw).name == "BadListing"  # whoever forged it did not sort the list either
    fault = _fault(_with(raw, 3, credentials.listing(json.loads(_contents(raw)[3]))))
    assert (fault.name, fault.where) == ("WrongTally", "EncryptedTally")


# --- a whole vote of our own --------------------------------------------------


def test_a_whole_vote_is_right_and_told_in_words(vote, done):
    report = _verify(written(members(done)))
    assert (report.credentials, report.counted, report.result) == (4, 3, [[2, 1]])
    text = command.words(report)
    assert "赞成：2\n    反对：1" in text and "投票率 turnout：75.0%" in text
    assert vote.election.fingerprint in text and report.last_hash in text
    assert "1 把必需的密钥" in text and "2 把中任意 2 把" in text


def test_a_record_that_ends_earlier_is_right_as_far_as_it_goes(done):
    states = []
    for count in range(1, len(done) + 1):
        report = _verify(written(members(done[:count])))
        states.append(report.state)
        assert (report.result is None) == (count < len(done))
        assert "✓" in command.words(report)
    assert states == [*["open"] * 4, "closed", *["tallied"] * 4, "counted"]


def test_nobody_voted(vote):
    report = _verify(written(members(steps(vote, []))))
    assert (report.state, report.counted, report.result) == ("counted", 0, [[0, 0]])


def test_weights_count():
    vote = new_vote(Keys().single(), voters=3, weights=[1, 5, 7])
    raw = written(members(steps(vote, [vote.ballot(1, [[1, 0]]), vote.ballot(0, [[0, 1]])])))
    report = _verify(raw)
    assert (report.counted, report.counted_weight, report.weight, report.result) == (2, 6, 13, [[5, 1]])
    assert "权重 weight 6 / 13" in command.words(report)


def test_a_blank_ballot_is_counted_apart():
    vote = new_vote(Keys().single(), [Question("选一", ("甲", "乙"), 1, 1, blank=True)])
    bits = [[[1, 0, 0]], [[0, 1, 0]], [[1, 0, 0]], [[0, 0, 1]]]
    report = _verify(written(members(steps(vote, [vote.ballot(n, b) for n, b in enumerate(bits)]))))
    assert report.result == [[2, 1, 1]]
    assert "（空白票 blank）：2" in command.words(report)


@pytest.mark.parametrize("jobs", [1, 2])
def test_several_processes_find_the_same(jobs):
    seen = []
    with (DATA / "yes-no-abstain-threshold-60.bel").open("rb") as stream:
        report = verify(stream, jobs=jobs, progress=lambda *at: seen.append(at))
    assert report.result == [[10, 26, 24]]
    assert seen == [(32, 60), (60, 60)]


def test_a_process_of_the_pool_names_the_fault():
    raw = (DATA / "yes-no-abstain-threshold-60.bel").read_bytes()
    at = 6 + 2 * 40
    ballot = json.loads(_contents(raw)[at])
    ballot["answers"][0]["choices"].reverse()
    bent = _with(raw, at, compact(ballot))
    one, two = (_fault(bent, jobs=jobs) for jobs in (1, 2))
    assert str(one) == str(two) and one.where.startswith("event 41 Ballot")


def test_a_ballot_may_be_replaced_only_by_another(vote):
    first, second = vote.ballot(0, [[1, 0]]), vote.ballot(0, [[0, 1]])
    assert _verify(written(members(steps(vote, [first, second])))).result == [[0, 1]]
    wanted = steps(vote, [first, second])
    repeated = [*wanted[:3], wanted[1], *wanted[3:]]
    assert _fault(written(members(repeated))).name == "RepeatedBallot"


def test_somebody_who_is_not_on_the_list_does_not_vote(vote, done):
    stranger = Vote(vote.keys, vote.election, [credentials.new_code()], [1])
    fault = _fault(written(members([done[0], ("ballot", stranger.ballot(0, [[1, 0]]))])))
    assert (fault.name, fault.where) == ("UnknownCredential", "event 1 Ballot")


def test_a_ballot_of_another_vote_is_refused(vote, done):
    other = new_vote(vote.keys)
    other.codes = vote.codes
    raw = other.ballot(0, [[1, 0]])
    # One slip has another credential in every vote: nobody's ballot here.
    assert _fault(written(members([done[0], ("ballot", raw)]))).name == "UnknownCredential"
    bent = json.loads(raw) | {"credential": vote.publics[0]}
    fault = _fault(written(members([done[0], ("ballot", compact(bent))])))
    assert fault.name == "WrongElection"


def test_too_few_who_open_are_refused(vote, done):
    without = [step for step in done if step[:2] != ("partial", 3)]
    assert _fault(written(members(without))).name == "TooFewDecryptions"


@pytest.mark.parametrize("kind", ["Shuffle", "EndShuffles", "Setup2", "", 1, None, ["Ballot"]])
def test_an_event_that_is_not_known_here_is_refused(done, kind):
    found = members(done[:2])
    event = {"parent": found[-1].hash, "height": 2, "type": kind, "payload": "0" * 64}
    assert _fault(written([*found, archive.event(compact(event))])).name == "BadFields"


def test_the_first_event_has_no_parent_not_even_an_empty_one(done):
    *data, setup = members(done[:1])
    bent = {"parent": "", **json.loads(setup.content)}
    assert _fault(written([*data, archive.event(compact(bent))])).name == "BadFields"


def test_content_that_no_event_calls_for_is_refused(done):
    found = members(done)
    for at in (0, 5, 6, 8, len(found)):
        fault = _fault(written([*found[:at], archive.data(b'"more"'), *found[at:]]))
        assert fault.name == "StrayMember", at
    assert _fault(written([archive.data(b"%d" % n) for n in range(9)])).name == "StrayMember"


def test_a_record_without_a_setup_is_refused():
    assert _fault(archive.opening(1)).name == "WrongOrder"


def test_one_time_stands_in_all_headers(done):
    found = members(done)
    other = b"".join(archive.member(*member, 5) for member in found)
    assert _fault(archive.opening(6) + other).name == "BadHeader"


# --- the other program agrees --------------------------------------------------


@pytest.fixture(scope="session")
def oracle(tmp_path_factory):
    if not ORACLE.exists():
        pytest.skip("没有 ../shared/tools/belenios-tool")
    if subprocess.run([ORACLE, "--version"], capture_output=True).returncode:
        pytest.skip("belenios-tool 取不到或在此运行不了")

    def ask(vote: Vote, raw: bytes) -> bool:
        folder = tmp_path_factory.mktemp("oracle")
        (folder / f"{vote.election.uuid}.bel").write_bytes(raw)
        done = subprocess.run([ORACLE, "election", "verify", "--dir", folder], capture_output=True)
        return done.returncode == 0 and b"all checks passed" in done.stdout + done.stderr

    return ask


VOTES = {
    "one key": (Keys().single, (YES_NO,)),
    "one scrutineer": (lambda: Keys().single().pedersen(1, 1), (YES_NO,)),
    "two scrutineers": (lambda: Keys().single().pedersen(2, 2), (YES_NO,)),
    "three of five": (
        lambda: Keys().single().pedersen(3, 5),
        (Question("选", ("甲", "乙", "丙"), 0, 2), Question("可空白", ("丁", "戊"), 1, 1, blank=True)),
    ),
}


@pytest.mark.parametrize("name", VOTES)
def test_another_program_accepts_a_whole_vote_of_ours_and_refuses_it_bent(oracle, name):
    keys, questions = VOTES[name]
    vote = new_vote(keys(), questions)
    bits = [[[1] + [0] * (question.width - 1) for question in questions] for _n in range(4)]
    if len(questions) > 1:
        bits[1] = [[0, 1, 1], [0, 0, 1]]
    ballots = [vote.ballot(n, choices) for n, choices in enumerate(bits)]
    again = vote.ballot(0, bits[1])
    # Later members open, not the first; and one more than are needed.
    owners = [1, 6, 3, 4, 2] if name == "three of five" else None
    wanted = steps(vote, [*ballots, again], owners)
    raw = written(members(wanted))
    assert _verify(raw).state == "counted"
    assert oracle(vote, raw)

    result = json.loads(wanted[-1][1])
    result["result"][0][0] += 1
    bent = written(members([*wanted[:-1], ("result", compact(result))]))
    assert _fault(bent).name == "WrongResult"
    assert not oracle(vote, bent)


def test_another_program_refuses_a_bent_ballot_too(oracle, vote, done):
    bent = json.loads(done[1][1])
    proof = bent["answers"][0]["overall_proof"][0]
    proof["response"] = str(int(proof["response"]) ^ 1)
    raw = written(members([done[0], ("ballot", compact(bent)), *done[2:]]))
    assert _fault(raw).name == "BadSignature"
    assert not oracle(vote, raw)


def test_another_program_accepts_a_vote_in_which_nobody_voted(oracle, vote):
    assert oracle(vote, written(members(steps(vote, []))))


# --- the command ---------------------------------------------------------------


def test_the_command_tells_people_and_programs(capsys):
    path = str(DATA / "yes-no-abstain-threshold-60.bel")
    assert yishi(["verify", path]) == 0
    assert "反对：26" in capsys.readouterr().out
    assert yishi(["verify", path, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["ok"] is True and found["counted"] == 60
    assert found["questions"][0]["votes"] == [10, 26, 24]


def test_the_command_names_the_fault(capsys):
    path = str(DATA / "bad/flipped-proof.bel")
    assert yishi(["verify", path]) == 1
    said = capsys.readouterr().err
    assert "BadSignature" in said and "event 11 Ballot" in said
    assert yishi(["verify", path, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["ok"], found["fault"]) == (False, "BadSignature") and found["where"] and found["text"]


def test_what_is_no_record_is_told_plainly(tmp_path, capsys):
    (tmp_path / "empty.bel").write_bytes(b"")
    (tmp_path / "picture.bel").write_bytes(b"\x89PNG" + bytes(2000))
    (tmp_path / "short.bel").write_bytes(b"BELENIOS")
    for name in ("empty.bel", "picture.bel", "short.bel", "", "not-there.bel", "a\udc80b"):
        assert yishi(["verify", str(tmp_path / name)]) == 2, name
        captured = capsys.readouterr()
        assert captured.err.startswith("✗") and not captured.out
        assert yishi(["verify", str(tmp_path / name), "--json"]) == 2
        assert json.loads(capsys.readouterr().out)["ok"] is False


@pytest.mark.parametrize("jobs", ["0", "-1", "x", "1e3", "999999999999999999999"])
def test_a_number_of_processes_that_cannot_be_is_wrongly_asked(jobs, capsys):
    with pytest.raises(SystemExit) as refused:
        yishi(["verify", "x.bel", "--jobs", jobs])
    assert refused.value.code == 2


def test_what_stands_in_a_record_does_not_steer_the_terminal():
    vote = new_vote(Keys().single(), [Question("\x1b[2J问\r题\n✓ 假", ("甲\u202e", "乙"), 1, 1)])
    text = command.words(_verify(written(members(steps(vote, [])))))
    assert "\n✓ 假" not in text
    assert all(char.isprintable() or char == "\n" for char in text) and "问" in text


def test_neither_django_nor_a_database_is_needed(tmp_path):
    code = (
        "import sys; from yishi.cli import main; code = main(sys.argv[1:]);"
        "assert 'django' not in sys.modules; sys.exit(code)"
    )
    path = DATA / "basic-20.bel"
    for command_line in (["-c", code, "verify", path], ["-m", "yishi.ballot.verify", path]):
        clean = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LANG": "C"}
        done = subprocess.run(
            [sys.executable, *command_line], cwd=tmp_path, env=clean, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        assert not list(tmp_path.iterdir())
