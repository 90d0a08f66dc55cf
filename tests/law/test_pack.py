"""The county pack: checked when loaded, open points as settings, rules frozen as JSON."""

import json
from pathlib import Path

import pytest

from tests.law.build import rule
from yishi.law.errors import InputError, PackError
from yishi.law.pack import PACKS, load
from yishi.law.rule import PollRule

PACK = load()
MINIMAL = """
name = "某县"
[words.projects]
matter_zh = "项目"
[quorums.congress]
threshold = "two_thirds"
words = "projects"
article = "《组织法》第十四条"
date = "2022-03-11"
known = "law"
[polls."projects.town.vote"]
kind = "approve_each"
base = "all_members"
threshold = "more_than_half"
quorum = "congress"
words = "projects"
article = "《组织法》第二十五条"
date = "2022-03-11"
known = "law"
[notice_days.papers]
days = 1
known = "default"
note_zh = "默认"
note_en = "default"
[choices.blank]
title_zh = "空白"
title_en = "blank"
default = "abstain"
allowed = ["abstain", "invalid"]
sets = ["projects.town.vote.blank"]
note_zh = "默认"
note_en = "default"
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "county.toml"
    path.write_text(text, "utf-8")
    return path


def test_the_default_pack_has_every_poll_that_the_rooms_use() -> None:
    wanted = (
        "projects.town.vote projects.county.vote projects.street.recommendation projects.rating"
        " appraisal.grades appointment.standing_committee election.officials election.deputies"
        " method.adoption"
    )
    assert set(wanted.split()) <= set(PACK.polls)
    assert {"congress", "standing_committee", "street_council"} <= set(PACK.quorums)
    assert PACK.notice_days["congress.town.notice"].days == 7
    assert PACK.notice_days["congress.town.papers"].days == 1
    assert PACK.polls["projects.town.vote"].key == "projects.town.vote"


def test_what_is_not_the_law_says_so_in_both_languages() -> None:
    for table in (PACK.polls, PACK.quorums, PACK.notice_days):
        for one in table.values():
            assert one.article and one.date if one.known == "law" else one.note_zh and one.note_en
    for choice in PACK.choices.values():
        assert "确认" in choice.note_zh and "confirmed" in choice.note_en


def test_every_rule_survives_being_frozen_as_json() -> None:
    for poll in PACK.polls.values():
        frozen = json.dumps(poll.with_seats(3).to_json(), ensure_ascii=False)
        assert PollRule.from_json(json.loads(frozen)) == poll.with_seats(3)


def test_a_setting_changes_every_poll_it_bears_on_and_nothing_else() -> None:
    changed = PACK.choose({"projects.blank": "invalid"})
    assert changed.polls["projects.town.vote"].blank == "invalid"
    assert changed.polls["projects.county.vote"].blank == "invalid"
    assert changed.polls["election.officials"] == PACK.polls["election.officials"]
    assert PACK.polls["projects.town.vote"].blank == "abstain"


def test_each_allowed_value_of_each_setting_can_be_chosen_and_no_other() -> None:
    for key, choice in PACK.choices.items():
        for value in choice.allowed:
            changed = PACK.choose({key: value})
            assert all(getattr(changed.polls[p], name) == value for p, name in choice.sets)
        with pytest.raises(InputError) as refused:
            PACK.choose({key: "whatever"})
        assert refused.value.field == f"choices.{key}"
    with pytest.raises(InputError):
        PACK.choose({"no.such": "x"})


def test_the_open_points_of_a_poll_are_those_that_touch_it() -> None:
    keys = {choice.key for choice in PACK.open_points("election.deputies")}
    assert keys == {"election.write_in", "election.deputies.base"}
    assert PACK.open_points("method.adoption") == []


def test_a_small_pack_is_enough(tmp_path: Path) -> None:
    pack = load(write(tmp_path, MINIMAL))
    assert pack.name == "某县"
    assert pack.polls["projects.town.vote"].quorum == "two_thirds"
    assert pack.polls["projects.town.vote"].article_quorum == "《组织法》第十四条"


@pytest.mark.parametrize(
    ("old", "new", "table", "key"),
    [
        ('base = "all_members"', 'base = "everybody"', "polls.projects.town.vote", "base"),
        ('base = "all_members"', "", "polls.projects.town.vote", "base"),
        ('kind = "approve_each"', 'knd = "approve_each"', "polls.projects.town.vote", "knd"),
        ('quorum = "congress"', 'quorum = "two_thirds"', "polls.projects.town.vote", "quorum"),
        ('article = "《组织法》第二十五条"', "", "polls.projects.town.vote", "article"),
        ('threshold = "two_thirds"', 'threshold = "third"', "quorums.congress", "threshold"),
        ('words = "projects"', 'words = "persons"', "quorums.congress", "words"),
        ('date = "2022-03-11"', 'date = "2022"', "quorums.congress", "date"),
        ('date = "2022-03-11"', "date = 2022-03-11", "quorums.congress", "date"),
        ('known = "law"', 'known = "rumour"', "quorums.congress", "known"),
        ("days = 1", "days = -1", "notice_days.papers", "days"),
        ("days = 1", "days = true", "notice_days.papers", "days"),
        ("days = 1\nknown", "days = 1\nday = 2\nknown", "notice_days.papers", "day"),
        ('default = "abstain"', 'default = "void"', "choices.blank", "default"),
        ('default = "abstain"', 'default = "invalid"', "choices.blank", "default"),
        ('["abstain", "invalid"]', '["abstain", "maybe"]', "choices.blank", "allowed"),
        ('["abstain", "invalid"]', "[]", "choices.blank", "allowed"),
        ("vote.blank", "vote.colour", "choices.blank", "sets"),
        ('sets = ["projects.town', 'sets = ["projects.moon', "choices.blank", "sets"),
        ('name = "某县"', "", "", "name"),
        ('name = "某县"', 'name = "某县"\ncolour = "red"', "", "colour"),
        ("[words.projects]\n", "words = 3\n[wrds.projects]\n", "", "wrds"),
    ],
)
def test_a_faulty_pack_is_refused_with_file_table_and_key(
    tmp_path: Path, old: str, new: str, table: str, key: str
) -> None:
    assert old in MINIMAL
    with pytest.raises(PackError) as refused:
        load(write(tmp_path, MINIMAL.replace(old, new, 1)))
    error = refused.value
    assert (error.file, error.table, error.key) == ("county.toml", table, key)
    assert error.message_zh and error.message_en


@pytest.mark.parametrize("raw", [b"name = ", b"\xff\xfe", b"a = " + b"[" * 5000])
def test_what_is_not_toml_is_refused(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "county.toml"
    path.write_bytes(raw)
    with pytest.raises(PackError, match=r"county\.toml"):
        load(path)


def test_a_missing_pack_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"atlantis\.toml"):
        load("atlantis")
    with pytest.raises(PackError):
        load(tmp_path)


def test_a_county_gives_only_what_differs(tmp_path: Path) -> None:
    text = 'name = "某县"\nbased_on = "zhejiang"\n[notice_days."street_council.notice"]\ndays = 5\n'
    pack = load(write(tmp_path, text))
    assert pack.notice_days["street_council.notice"].days == 5
    assert pack.notice_days["congress.town.notice"].days == 7
    assert pack.polls == PACK.polls
    for base in ('"atlantis"', '"../zhejiang"', "3"):
        with pytest.raises(PackError):
            load(write(tmp_path, f'name = "某县"\nbased_on = {base}\n'))


def test_the_shipped_packs_load() -> None:
    assert [load(path.stem).name for path in PACKS.glob("*.toml")]


def test_a_bare_rule_is_lent_articles_only_where_the_law_itself_says_so() -> None:
    congress = PACK.like(rule(quorum="two_thirds"))
    assert congress.article == "《组织法》第二十五条"
    assert PACK.like(rule("choose_up_to", seats=3, quorum="two_thirds")).article == congress.article
    committee = PACK.like(rule(quorum="more_than_half"))
    assert committee.article == "《组织法》第五十一条"
    assert committee.words.voters_zh == "常委会组成人员"
    assert committee.words.matter_zh == "项目"
    district = PACK.like(rule("elect", seats=1, base="returned", quorum="more_than_half"))
    assert district.article == "《选举法》第四十五条"
    officials = PACK.like(rule("elect", seats=1, quorum="two_thirds"))
    assert officials.article_tie == "《组织法》第二十九条"
    street = rule("choose_up_to", seats=1, base="present", quorum="more_than_half")
    assert PACK.like(street).article == ""
    own = PACK.like(rule(base="present", quorum="two_thirds"))
    assert (own.article, own.article_quorum) == ("", "《组织法》第十四条")
    assert PACK.like(rule("grades", quorum="two_thirds")).article == ""
    assert PACK.like(rule(base="valid")).article_quorum == ""


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"seats": 0}, "rule.seats"),
        ({"seats": True}, "rule.seats"),
        ({"seats": "3"}, "rule.seats"),
        ({"kind": "guess"}, "rule.kind"),
        ({"kind": 3}, "rule.kind"),
        ({"kind": "elect"}, "rule.seats"),
        ({"blank": "white"}, "rule.blank"),
        ({"colour": "red"}, "rule.colour"),
        ({"words": {"matter": "x"}}, "rule.words.matter"),
        ({"words": []}, "rule.words"),
        ({"article": 3}, "rule.article"),
        ({"note_zh": "a\nb"}, "rule.note_zh"),
        ({"base": None}, "rule.base"),
    ],
)
def test_a_wrong_rule_is_refused_at_its_field(given: dict[str, object], field: str) -> None:
    plain = {"kind": "approve_each", "base": "valid", "threshold": "two_thirds", "quorum": "none"}
    assert PollRule.from_json(plain).seats is None
    with pytest.raises(InputError) as refused:
        PollRule.from_json({**plain, **given})
    assert refused.value.field == field
    with pytest.raises(InputError):
        PollRule.from_json([])
