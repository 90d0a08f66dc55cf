"""What the papers say of a count by scanner: the method, the script, the tally report."""

from __future__ import annotations

import re

import pytest

from tests import make
from tests.voting.scans import deck
from tests.voting.scans.test_audits import PLAIN, SEED, chief, draw, key, read, settle, stand
from yishi.papers.documents import Heading, Paragraph
from yishi.voting.actions import counting, setup
from yishi.voting.models import Batch, Poll
from yishi.voting.rules import audits as rules
from yishi.voting.rules import polls
from yishi.voting.words import check, method, report, script

pytestmark = pytest.mark.django_db


# --- the method ----------------------------------------------------------------


def test_the_method_of_a_count_by_hand_is_as_it_was() -> None:
    text = method.draft(make.poll())
    assert "扫描" not in text and "每批由两名计票人各自录入" in text


def test_the_method_says_how_the_machine_reads_who_decides_and_how_it_is_checked() -> None:
    text = method.draft(make.poll(counting="scan"))
    for said in (
        "扫描读票",
        "由两名监票人各自判读",
        "十分之一、至少二十张",
        "种子",
        "以所在的椭圆为准",
        "以原票为准",
    ):
        assert said in text
    assert "再抽同样张数复核" in text
    every = method.draft(make.poll(counting="both"))
    assert "对照原票全部人工复核" in every and "种子" not in every and "再抽" not in every


def test_a_vote_by_phone_alone_has_nothing_to_scan() -> None:
    assert "扫描读票" not in method.draft(make.poll(counting="scan", doors="phone"))


def test_another_way_of_counting_drafts_the_method_anew_or_stops_at_its_gate() -> None:
    poll = make.poll()
    clerk = make.clerk(poll.meeting.body)
    poll.method_text = method.draft(poll)
    poll.save()
    setup.change(poll, counting="scan", by=clerk, at=make.NOW)
    poll.refresh_from_db()
    assert "扫描读票" in poll.method_text and polls.method_fits(poll)
    poll.method_text += "\n第二十条　另有规定。"
    poll.save()
    setup.change(poll, counting="hand", by=clerk, at=make.NOW)
    poll.refresh_from_db()
    assert not polls.method_fits(poll)
    step = next(one for one in polls.steps(poll, make.NOW) if one.key == "method")
    gate = next(one for one in step.gates if one.key == "method_counting")
    assert not gate.met and not gate.soft and "扫描读票" in gate.why
    assert next(one for one in step.gates if one.key == "method_doors").met


# --- the script ----------------------------------------------------------------


def test_the_script_gives_the_pen_and_asks_for_the_seed() -> None:
    poll = make.poll(counting="scan")
    assert "黑色签字笔" in script.words(poll, "issued")
    assert "各报一个数字" in script.words(poll, "counted")
    every = make.poll(counting="both")
    assert "各报一个数字" not in script.words(every, "counted")
    by_hand = make.poll()
    assert "扫描" not in script.words(by_hand, "counted") and "签字笔" not in script.words(by_hand, "issued")


# --- the tally report ------------------------------------------------------------


def reported(poll: Poll) -> str:
    tally = counting.tally(poll, by=chief(poll), at=make.NOW)
    blocks = report.document(poll, tally).blocks
    return "\n".join(one.text for one in blocks if isinstance(one, Heading | Paragraph))


def test_the_report_of_a_count_by_hand_says_nothing_of_it() -> None:
    poll = make.returned(1)
    assert check.paragraphs(poll) == []
    tally = make.counted(poll, [PLAIN])
    headings = [one.text for one in report.document(poll, tally).blocks if isinstance(one, Heading)]
    assert headings == ["一、计票结果", "二、说明", "三、签字"]


def test_the_report_has_all_that_somebody_needs_to_draw_again() -> None:
    poll = read(45, size=15)
    draw(poll)
    key(poll)
    text = reported(poll)
    assert "三、扫描读票和人工复核" in text and "四、签字" in text
    assert "扫描读票3批，事先手工清点共45张：机器读定45张" in text
    found = re.search(r"种子：“(.+?)”。读票校验值：(\w{64})。可抽的票：(.+?)。抽中：(.+?)。", text)
    assert found is not None
    seed, ledger, could, drawn = found.groups()
    assert seed == SEED and could == "第1批第1—15张，第2批第1—15张，第3批第1—15张"
    assert numbers(drawn) == again(seed, ledger, numbers(could), 20)
    assert "与读票一致20张，不一致0张" in text


def numbers(text: str) -> list[tuple[int, int]]:
    """The sheets as they are printed: "第1批第3、5—9张，第2批第1张"."""
    found = []
    for part in text.split("，"):
        batch, listed = re.fullmatch(r"第(\d+)批第(.+)张", part).groups()
        for run in listed.split("、"):
            first, _dash, last = run.partition("—")
            found += [(int(batch), n) for n in range(int(first), int(last or first) + 1)]
    return found


def again(seed: str, ledger: str, sheets: list[tuple[int, int]], size: int) -> list[tuple[int, int]]:
    return sorted(sorted(sheets, key=lambda s: rules.weight(seed, ledger, *s))[:size])


def test_the_report_says_what_differed_how_it_was_settled_and_the_second_draw() -> None:
    poll = read(60)
    draw(poll)
    number = stand(poll).draws[0].sheets[4].number
    key(poll, {(1, number): ["a", "a", "x"]})
    settle(poll, number, ["a", "a", "x"])
    draw(poll, "另一个种子九", why="第1次复核发现读错的票")
    key(poll)
    text = reported(poll)
    who = chief(poll)
    assert (
        f"第1批第{number}张：甲，机器和判读为赞成，计票人为反对。"
        f"{who}对照原票认定为有效票，机器读错，理由：对照原票。"
    ) in text
    assert "与读票一致19张，不一致1张" in text
    second = re.search(
        r"第2次人工复核20张，理由：第1次复核发现读错的票。.+?可抽的票：(.+?)。抽中：(.+?)。", text
    )
    assert second is not None
    first = {(one.batch, one.place) for one in stand(poll).draws[0].sheets}
    assert not first & set(numbers(second[1])) and len(numbers(second[1])) == 40
    assert text.count("认定为有效票") == 1  # not among the doubtful ballots too


def test_the_report_says_why_all_were_checked() -> None:
    every = read(5, counting="both")
    draw(every, "")
    key(every)
    assert "第1次人工复核5张。全部复核，没有抽票：票决办法所定。" in reported(every)
    near = read(24, members=44, doubts=2)
    draw(near, "")
    key(near)
    text = reported(near)
    assert "可能改变结果的栏数不多于存疑栏数" in text and "交人判读的2栏，由两名监票人各自判读" in text
    assert "抽法" not in text


def test_the_report_says_what_was_left_out_and_what_went_to_the_hand() -> None:
    poll = deck.poll(5)
    batch = deck.scanned(poll, [PLAIN] * 6, refused={4: "blank"})
    deck.said(batch, 2, None, "duplicate")
    deck.said(batch, 3, None, "hand")
    page = batch.leaves.get(reason="blank")
    for name in ("chief", "watcher"):
        page.decisions.create(value="not_a_ballot", by=make.official(poll, name), at=make.NOW)
    Batch.objects.filter(pk=batch.pk).update(agreed_at=make.NOW)
    text = "\n".join(check.paragraphs(poll))
    assert "清点共5张：机器读定4张，监票人判读后计入0张，转人工录入1张。" in text
    assert "同一张扫了两次的1页，不是票的1页（空白背面、别的纸）。" in text


def test_piles_are_said_in_runs() -> None:
    sheets = [rules.Pick(1, n, n) for n in (3, 5, 6, 8, 9, 10)] + [rules.Pick(2, 1, 1)]
    assert check.piles(sheets) == "第1批第3、5、6、8—10张，第2批第1张"
    assert numbers(check.piles(sheets)) == [(one.batch, one.place) for one in sheets]
