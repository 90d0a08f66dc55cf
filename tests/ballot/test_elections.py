"""What is hashed is read and written in one spelling: JSON, elections, codes and their public list."""

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ballot import samples
from yishi.ballot import credentials
from yishi.ballot.elections import Election, Question, new_uuid
from yishi.ballot.encoding import ALPHABET, compact, fields, fingerprint, items, parse
from yishi.ballot.errors import BadCode, BadElection, BadFields, BadJson, BadListing, BadPoint, Fault
from yishi.ballot.group import IDENTITY, g_power, show_point

# --- JSON --------------------------------------------------------------------

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


@given(values)
def test_what_is_compact_comes_back(value: Any):
    assert parse(compact(value)) == value


@pytest.mark.parametrize("name", samples.GOOD)
def test_every_member_of_another_program_is_compact(name: str):
    for member in samples.members(name):
        assert compact(json.loads(member.content)) == member.content
        parse(member.content)


BAD_JSON = {
    "blank": b'{"a": 1}',
    "line": b'{"a":1}\n',
    "escaped": b'"\\u8d5e"',
    "escaped slash": b'"\\/"',
    "key twice": b'{"a":1,"a":1}',
    "zeros": b"[1.0e0]",
    "not a number": b"[NaN]",
    "half a character": b'"\\ud83d"',
    "not UTF-8": b'"\xff"',
    "byte order mark": b"\xef\xbb\xbf1",
    "cut off": b'{"a":',
    "nothing": b"",
    "deep": b"[" * 100_000,
    "a number without end": b"9" * 5000,
}


@pytest.mark.parametrize("name", BAD_JSON)
def test_any_other_spelling_is_refused(name: str):
    with pytest.raises(BadJson):
        parse(BAD_JSON[name])


def test_fields_and_items_are_those_and_no_others():
    assert fields({"a": 1, "b": 2}, "a", "b") == (1, 2) and items([1, 2], 2) == items([1, 2]) == [1, 2]
    for value in ({"b": 2, "a": 1}, {"a": 1}, {"a": 1, "b": 2, "c": 3}, [1, 2], None):
        with pytest.raises(BadFields):
            fields(value, "a", "b")
    for other in ([1], (1, 2), {"a": 1, "b": 2}, "ab", None):
        with pytest.raises(BadFields):
            items(other, 2)


# --- elections ---------------------------------------------------------------


@pytest.mark.parametrize("name", samples.GOOD)
def test_an_election_of_another_program_has_its_bytes_and_fingerprint(name: str):
    raw = samples.members(name)[1].content
    election = Election.parse(raw)
    assert election.raw == raw
    assert election.fingerprint == parse(samples.ballots(name)[0])["election_hash"] == fingerprint(raw)


KEY = g_power(7)
MADE = Election("1" * 14, "会议", "说明", KEY, (Question("问", ("甲", "乙"), 0, 1, blank=True),), "某人")


def test_an_election_comes_back_with_all_it_has():
    assert Election.parse(MADE.raw) == MADE
    plain = dataclasses.replace(MADE, administrator="", questions=(Question("问", ("甲",), 1, 1),))
    assert Election.parse(plain.raw) == plain and b"blank" not in plain.raw


@pytest.mark.parametrize("minimum, maximum, answers", [(-1, 1, "ab"), (2, 1, "ab"), (0, 3, "ab"), (0, 0, "")])
def test_a_question_that_cannot_be_is_refused(minimum: int, maximum: int, answers: str):
    with pytest.raises(BadElection):
        Question("?", tuple(answers), minimum, maximum)


def test_without_questions_or_with_a_key_that_everybody_has_there_is_no_election():
    for change in ({"questions": ()}, {"public_key": IDENTITY}, {"uuid": "1" * 13}, {"uuid": "0" * 14}):
        with pytest.raises(BadElection):
            dataclasses.replace(MADE, **change)


def _changed(**changes: Any) -> bytes:
    return compact(parse(MADE.raw) | changes)


def _question(**changes: Any) -> bytes:
    return _changed(questions=[parse(MADE.raw)["questions"][0] | changes])


BAD_ELECTIONS: dict[str, tuple[type[Fault], bytes]] = {
    "blanks": (BadJson, MADE.raw + b" "),
    "no object": (BadFields, b"[]"),
    "version": (BadElection, _changed(version=2)),
    "version true": (BadElection, _changed(version=True)),
    "group": (BadElection, _changed(group="RFC-3526-2048")),
    "another field": (BadFields, _changed(extra=1)),
    "order": (BadFields, compact(dict(sorted(parse(MADE.raw).items())))),
    "key": (BadPoint, _changed(public_key="00" * 32)),
    "identity": (BadElection, _changed(public_key=show_point(IDENTITY))),
    "name": (BadElection, _changed(name=None)),
    "empty administrator": (BadElection, _changed(administrator="")),
    "questions": (BadFields, _changed(questions={})),
    "a question of another kind": (BadFields, _changed(questions=[{"type": "NonHomomorphic", "value": {}}])),
    "blank false": (BadElection, _question(blank=False)),
    "min a text": (BadElection, _question(min="0")),
    "min a fraction": (BadElection, _question(min=0.0)),
    "min true": (BadElection, _question(min=True)),
    "max": (BadElection, _question(max=3)),
    "answer": (BadElection, _question(answers=["甲", 1])),
}


@pytest.mark.parametrize("name", BAD_ELECTIONS)
def test_an_election_that_is_not_as_it_must_be_is_refused(name: str):
    fault, raw = BAD_ELECTIONS[name]
    with pytest.raises(Fault) as caught:
        Election.parse(raw)
    assert type(caught.value) is fault


def test_names_of_elections_are_new_each_time():
    some = {new_uuid() for _n in range(50)}
    assert len(some) == 50 and all(dataclasses.replace(MADE, uuid=each).uuid == each for each in some)


# --- codes -------------------------------------------------------------------


def test_codes_of_another_program_have_the_keys_that_it_lists():
    uuid = samples.election("basic-20").uuid
    listed = credentials.parse_listing(samples.members("basic-20")[3].content)
    codes = samples.material()["codes"].values()
    assert {credentials.public(uuid, code) for code in codes} == set(listed)
    assert set(listed.values()) == {1}


def test_a_code_has_another_key_in_every_election():
    code = credentials.new_code()
    assert credentials.secret("1" * 14, code) != credentials.secret("2" * 14, code)


def test_new_codes_are_clean_and_new():
    codes = [credentials.new_code() for _n in range(200)]
    assert len(set(codes)) == 200 and [credentials.clean_code(code) for code in codes] == codes


@pytest.mark.parametrize("between", ["", " ", "-", "—", "\u3000", "\n"])
def test_blanks_and_dashes_of_a_code_do_not_matter(between: str):
    code = credentials.new_code()
    assert credentials.clean_code(f" {between.join(code.replace('-', ''))}\t") == code


def test_a_mistyped_code_is_refused():
    code = credentials.new_code()
    bare = code.replace("-", "")
    for place in range(22):
        near = ALPHABET[(ALPHABET.index(bare[place]) + 1) % 53]
        if near != bare[place]:
            with pytest.raises(BadCode):
                credentials.clean_code(bare[:place] + near + bare[place + 1 :])
    for other in ("", code[:-1], code + "1", code.replace(code[3], "0"), f"{bare[1:]}l", "一" * 22):
        with pytest.raises(BadCode):
            credentials.clean_code(other)


# --- the public list ---------------------------------------------------------


@pytest.mark.parametrize("name", samples.GOOD)
def test_a_list_of_another_program_is_written_alike(name: str):
    raw = samples.members(name)[3].content
    assert credentials.listing(reversed(credentials.parse_listing(raw))) == raw


ONE, TWO = json.loads(credentials.listing([show_point(g_power(3)), show_point(g_power(4))]))

BAD_LISTS: dict[str, tuple[type[Fault], Any]] = {
    "no list": (BadFields, {}),
    "unsorted": (BadListing, [TWO, ONE]),
    "twice": (BadListing, [ONE, ONE]),
    "twice with a weight": (BadListing, [ONE, f"{ONE},2"]),
    "weight of one": (BadListing, [f"{ONE},1"]),
    "weight of nought": (BadListing, [f"{ONE},0"]),
    "weight with a sign": (BadListing, [f"{ONE},+2"]),
    "capitals": (BadListing, [ONE.upper()]),
    "a number": (BadListing, [1]),
    "identity": (BadListing, [show_point(IDENTITY)]),
    "no point": (BadPoint, ["00" * 32]),
}


def test_weights_of_a_list_are_read():
    assert credentials.parse_listing(compact([ONE, f"{TWO},12"])) == {ONE: 1, TWO: 12}
    assert credentials.parse_listing(b"[]") == {}


@pytest.mark.parametrize("name", BAD_LISTS)
def test_a_list_that_is_not_as_it_must_be_is_refused(name: str):
    fault, value = BAD_LISTS[name]
    with pytest.raises(Fault) as caught:
        credentials.parse_listing(compact(value))
    assert type(caught.value) is fault


def test_a_credential_twice_is_not_listed():
    with pytest.raises(BadListing):
        credentials.listing([ONE, ONE])
