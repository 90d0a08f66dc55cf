"""`yishi decide FILE.json`: what it prints, what it refuses, how it exits."""

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from yishi.law.command import LARGEST_FILE, main

KEYS = [
    "valid",
    "reason",
    "adopted",
    "not_adopted",
    "tied",
    "vacant",
    "next",
    "sentence_zh",
    "sentence_en",
    "articles",
]


def vote() -> dict[str, Any]:
    return {
        "rule": {
            "kind": "approve_each",
            "seats": 10,
            "base": "all_members",
            "threshold": "more_than_half",
            "quorum": "two_thirds",
        },
        "body": {"members": 327, "present": 314},
        "ballots": {"issued": 314, "returned": 314, "invalid": 0},
        "options": [{"title": f"项目{n}", "for": 300 - n, "against": 10, "abstain": 4 + n}
                    for n in range(12)],
    }  # fmt: skip


Run = tuple[int, str, str]


@pytest.fixture
def decide(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(data: object) -> Run:
        path = tmp_path / "vote.json"
        raw = data if isinstance(data, bytes) else json.dumps(data, ensure_ascii=False).encode()
        path.write_bytes(raw)
        code = main([str(path)])
        return (code, *capsys.readouterr())

    return run


def refused(result: Run, field: str) -> None:
    code, out, err = result
    assert (code, out) == (2, "")
    zh, en = err.splitlines()
    assert zh.startswith(f"{field}：") and en.startswith(f"{field}: ")


def test_twelve_candidates_for_ten_places_come_out_in_order(decide: Any) -> None:
    code, out, err = decide(vote())
    result = json.loads(out)
    assert (code, err) == (0, "")
    assert list(result) == KEYS
    assert result["adopted"] == [f"项目{n}" for n in range(10)]
    assert result["not_adopted"] == ["项目10", "项目11"]
    assert (result["valid"], result["reason"], result["tied"]) == (True, None, [])
    assert (result["vacant"], result["next"]) == (0, "none")
    assert "应到代表327名，实到314名" in result["sentence_zh"]
    assert result["articles"] == ["《组织法》第十四条", "《组织法》第二十五条"]


def test_a_void_vote_is_a_decision_and_not_an_error(decide: Any) -> None:
    data = vote()
    data["ballots"] = {"issued": 313, "returned": 314, "invalid": 0}
    code, out, _ = decide(data)
    result = json.loads(out)
    assert (code, result["valid"], result["next"]) == (0, False, "repeat")
    assert result["reason"] == "returned_over_issued"
    data = vote()
    data["body"]["present"] = data["ballots"]["issued"] = data["ballots"]["returned"] = 217
    data["options"] = [{"title": "甲", "for": 217, "against": 0, "abstain": 0}]
    assert json.loads(decide(data)[1])["reason"] == "no_quorum"


def test_grades_are_told_with_their_rate(decide: Any) -> None:
    line = {"title": "甲", "satisfied": 25, "basically": 3, "dissatisfied": 0, "abstain": 0}
    data = {
        "rule": {"kind": "grades", "base": "returned", "quorum": "none", "threshold": "at_least_half"},
        "body": {"members": 28, "present": 28},
        "ballots": {"issued": 28, "returned": 28, "invalid": 0},
        "options": [line],
    }  # fmt: skip
    result = json.loads(decide(data)[1])
    expected = {"title": "甲", "grade": "satisfied", "satisfied_rate": 0.8929}
    assert result["grades"] == [expected]
    del line["dissatisfied"]
    refused(decide(data), "options[0].dissatisfied")


def test_persons_with_a_write_in_and_ticks_with_votes_for_only(decide: Any) -> None:
    data = vote()
    data["rule"] |= {"kind": "elect", "seats": 1}
    data["options"] = [
        {"title": "甲", "for": 200, "against": 100, "abstain": 14},
        {"title": "王某", "for": 90, "write_in": True},
    ]
    assert json.loads(decide(data)[1])["adopted"] == ["甲"]
    data["rule"]["kind"] = "choose_up_to"
    data["options"] = [{"title": "甲", "for": 200}, {"title": "乙", "for": 100}]
    assert json.loads(decide(data)[1])["not_adopted"] == ["乙"]
    data["options"][1]["for"] = 115
    refused(decide(data), "options")


@pytest.mark.parametrize(
    "path",
    [
        "rule", "body", "ballots", "options", "rule.kind", "rule.base", "rule.threshold",
        "rule.quorum", "body.members", "body.present", "ballots.issued", "ballots.returned",
        "ballots.invalid", "options[0].title", "options[0].for", "options[0].against",
        "options[0].abstain",
    ],
)  # fmt: skip
@pytest.mark.parametrize("null", [True, False])
def test_a_missing_field_is_named(decide: Any, path: str, null: bool) -> None:
    data: Any = vote()
    *way, last = path.replace("[0]", ".0").split(".")
    at = data
    for step in way:
        at = at[0] if step == "0" else at[step]
    if null:
        at[last] = None
    else:
        del at[last]
    refused(decide(data), path)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("rule.kind", "guess"),
        ("rule.base", "everybody"),
        ("rule.threshold", "most"),
        ("rule.quorum", 2),
        ("rule.seats", 0),
        ("rule.seats", 1.5),
        ("rule.sets", 1),
        ("body.present", 328),
        ("body.present", -1),
        ("body.members", True),
        ("body.members", "327"),
        ("body.members", 327.0),
        ("body.members", 1e999),
        ("body.members", 10**400),
        ("ballots.issued", 315),
        ("ballots.invalid", 315),
        ("ballots.invalid", False),
        ("ballots.spoilt", 0),
        ("body", []),
        ("options", {}),
        ("options", []),
        ("options[0]", "甲"),
        ("options[0].for", -1),
        ("options[0].title", 3),
        ("options[0].title", ""),
        ("options[0].title", "a\nb"),
        ("options[0].title", "\ud800"),
        ("options[0].title", "长" * 501),
        ("options[0].not_pressed", "x"),
        ("options[0].write_in", True),
        ("options[0].satisfied", 1),
    ],
)
def test_wrong_input_is_refused_naming_the_field(decide: Any, path: str, value: object) -> None:
    data: Any = vote()
    *way, last = path.replace("[0]", ".0").split(".")
    at = data
    for step in way:
        at = at[0] if step == "0" else at[step]
    at[0 if last == "0" else last] = value
    raw = json.dumps(data).replace("Infinity", "1e999").encode()
    code, out, err = decide(raw)
    place = "options[0].title" if path.endswith("title") else path
    refused((code, out, err), place)


def test_one_line_over_the_valid_ballots_is_refused(decide: Any) -> None:
    data = vote()
    data["options"][3]["abstain"] += 1
    refused(decide(data), "options[3]")
    data = vote()
    data["ballots"]["invalid"] = 1
    refused(decide(data), "options[0]")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[1]",
        b"3",
        b"\xff\xfe{",
        b'{"rule": NaN}',
        b'{"rule": -Infinity}',
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b"{}" + b" " * LARGEST_FILE,
        b'{"options": []} {}',
    ],
)
def test_what_is_no_vote_at_all_is_refused(decide: Any, raw: bytes) -> None:
    refused(decide(raw), "file")


def test_the_same_field_twice_is_refused_and_an_unknown_one_too(decide: Any) -> None:
    refused(decide(b'{"rule": {"kind": "elect", "kind": "grades"}}'), "kind")
    refused(decide(vote() | {"colour": 1}), "colour")


def test_a_file_from_notepad_with_a_mark_at_its_start_is_read(decide: Any) -> None:
    assert decide(b"\xef\xbb\xbf" + json.dumps(vote()).encode())[0] == 0


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in (tmp_path, tmp_path / "none.json", "a\0b"):
        assert main([str(path)]) == 2
        assert capsys.readouterr().err.startswith("file：")


def test_a_dash_reads_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = io.BytesIO(json.dumps(vote()).encode())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(raw, encoding="ascii"))
    assert main(["-"]) == 0
    assert json.loads(capsys.readouterr().out)["valid"] is True


def test_help_is_no_error_and_nothing_named_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "yishi decide FILE.json" in capsys.readouterr().out
    assert main([]) == 2
    assert main(["a", "b"]) == 2
    assert "usage" in capsys.readouterr().err


def test_it_runs_alone_without_django_and_in_any_locale(tmp_path: Path) -> None:
    path = tmp_path / "vote.json"
    path.write_text(json.dumps(vote(), ensure_ascii=False), "utf-8")
    script = (
        "import sys; from yishi.law.command import main; code = main(sys.argv[1:]);"
        "assert not any(name.split('.')[0] == 'django' for name in sys.modules); sys.exit(code)"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        capture_output=True,
        cwd=root,
        env={"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "应到代表327名" in json.loads(done.stdout.decode())["sentence_zh"]
