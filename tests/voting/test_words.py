"""What the papers of a vote say: the rule in the method, every correction in the report."""

import pytest

from tests import make
from tests.make import NOW
from yishi.law import pack
from yishi.papers.documents import Paragraph, Signatures, Spoken, Table
from yishi.voting.actions import polls
from yishi.voting.models import Poll
from yishi.voting.words import method, report, results, script, sheet

pytestmark = pytest.mark.django_db

RULES = [key for key in pack.load("zhejiang").polls if not key.startswith("method.")]


def text_of(blocks: object) -> str:
    found = []
    for block in blocks:
        if isinstance(block, Paragraph | Spoken):
            found.append(block.text)
        elif isinstance(block, Table):
            found += [" ".join(row) for row in (block.header, *block.rows)]
        elif isinstance(block, Signatures):
            found.append(" ".join(block.labels))
        else:
            found.append(getattr(block, "text", ""))
    return "\n".join(found)


def ended(**fields: object) -> tuple[Poll, object]:
    poll = make.hall("returned", **fields)
    tally = make.counted(poll, [["f", "f", "a"]] * 5)
    polls.declare(Poll.objects.whole().get(pk=poll.pk), by=make.official(poll, "chair"), at=NOW)
    return Poll.objects.whole().get(pk=poll.pk), tally


@pytest.mark.parametrize("key", RULES)
def test_a_method_is_drafted_for_every_rule_of_the_pack(key: str) -> None:
    graded = pack.load("zhejiang").polls[key].kind == "grades"
    text = method.draft(make.poll(rule_key=key, seats=None if graded else 2))
    lines = text.splitlines()
    assert lines[0].startswith("第一条　") and lines[-1].startswith("第十条　")
    assert "None" not in text and "无记名" in text and "重新投票" in text


def test_the_method_says_what_the_county_chose() -> None:
    rule = pack.load("zhejiang").polls["projects.town.vote"].to_json()
    strict = method.draft(make.poll(rule=rule))
    free = method.draft(make.poll(rule={**rule, "limit": "none", "overvote": "ballot", "tie": "vacant"}))
    assert "多于应选数2个的，整张票无效" in strict and "多于应选数" not in free.split("获得")[0]
    assert "该项无效" in strict and "同一栏选两种以上的，整张票无效" in free
    assert "再次投票" in strict and "均不通过" in free


def test_the_method_names_the_majority_and_its_articles() -> None:
    text = method.draft(make.poll())
    assert "获得全体代表过半数同意票的项目，始得通过" in text
    assert "《组织法》第二十五条" in text and "参照《选举法》第四十四条" in text
    assert "应选2个，实行差额投票" in text
    assert "等额" in method.draft(make.poll(options=("甲", "乙")))


def test_a_name_that_is_a_vote_already_makes_no_double_word() -> None:
    assert method.name(make.poll(title="民生实事项目票决")) == "民生实事项目票决办法"
    assert method.name(make.poll(title="民生实事项目")) == "民生实事项目票决办法"
    assert method.name(make.poll(title="副镇长", rule_key="election.officials")) == "副镇长选举办法"


def test_the_chair_is_given_the_figures_that_were_said() -> None:
    poll = make.hall("issued")
    assert "应到代表6名，实到5名" in script.words(poll, "quorum")
    assert "发出表决票5张" in script.words(poll, "issued")
    assert "收回＿＿＿张" in script.words(poll, "returned")
    poll, _tally = ended()
    assert "2个项目通过" in text_of(script.document(poll).blocks)
    assert script.document(poll).large


def test_the_report_holds_every_figure_correction_and_gate_passed() -> None:
    poll = make.hall("quorum")
    clerk, chair = make.official(poll, "clerk"), make.official(poll, "chair")
    polls.hand_out(poll, 5, 3, by=clerk, at=NOW)
    polls.say(poll, "printed", 9, by=clerk, at=NOW, why="漏数一张")
    polls.override(poll, "printed_balance", by=chair, at=NOW, why="一张当众销毁")
    for name in ("chief", "watcher"):
        polls.seal(poll, by=make.official(poll, name), at=NOW)
    polls.open_poll(poll, by=chair, at=NOW)
    polls.close_poll(poll, by=chair, at=NOW)
    polls.say(poll, "returned", 5, by=clerk, at=NOW)
    tally = make.counted(poll, [["f", "f", "a"]] * 5)
    text = text_of(report.document(Poll.objects.whole().get(pk=poll.pk), tally).blocks)
    assert "由8改为9，理由：漏数一张" in text
    assert "一张当众销毁" in text
    assert "6 5 9 5 0 3 5 5 0" in text
    assert text.count("计票人") >= 3 and "总监票人" in text


def test_a_report_without_incidents_says_so() -> None:
    poll, tally = ended()
    assert "没有无效票、更正、认定和例外情况" in text_of(report.document(poll, tally).blocks)


def test_the_report_says_why_ballots_are_invalid_by_the_rule() -> None:
    poll = make.returned(3)  # three options for two places
    tally = make.counted(poll, [["f", "f", "f"], ["f", "f", "a"], ["f", "f", "f"]])
    text = text_of(report.document(poll, tally).blocks)
    assert "按规定无效2张：选择的数目多于应选数2，整张票作废" in text
    assert "没有无效票" not in text


def test_the_report_is_anchored_in_the_journal() -> None:
    from yishi.journal.models import Chain

    poll, tally = ended()
    head = Chain.objects.get(name=poll.chain)
    assert head.digest in report.document(poll, tally).page_footer


def test_the_announcement_in_both_languages() -> None:
    poll, tally = ended()
    assert "2个项目通过" in text_of(results.announcement(poll, tally).blocks)
    english = results.announcement(poll, tally, "en")
    assert english.lang == "en" and "2 projects" in text_of(english.blocks)


def test_the_minutes_tell_declared_and_void_votes_and_no_others() -> None:
    poll, _tally = ended()
    void = make.poll(poll.meeting, title="另一事项", state="void", void_reason="停电")
    make.poll(poll.meeting, title="未表决的")
    text = text_of(results.minutes(poll.meeting))
    assert "2个项目通过" in text and "停电" in text and void.title in text and "未表决的" not in text


def test_a_rehearsal_is_stamped_on_every_paper() -> None:
    poll, tally = ended()
    poll.meeting.rehearsal_of = make.meeting(poll.meeting.body)
    poll.meeting.save()
    made = [
        method.document(poll),
        script.document(poll),
        report.document(poll, tally),
        results.announcement(poll, tally),
        results.officials(poll),
    ]
    assert {document.stamp for document in made} == {"演练"}
    assert results.announcement(poll, tally, "en").stamp == "REHEARSAL"
    assert sheet.form(poll).stamp == "演练"


def test_the_sheet_says_that_too_many_makes_it_void_and_nothing_of_any_voter() -> None:
    form = sheet.form(make.hall("form"))
    assert "最多2个" in form.instructions[0]
    assert form.page_note == ""
    elect = sheet.form(make.hall("form", rule_key="election.officials"))
    assert elect.write_ins is None and elect.instructions == ()
    assert sheet.form(make.hall("form", rule_key="appointment.standing_committee")).write_ins == 0
