"""What other places published is entered through the screens and comes out as it was published.

The figures are in tests/law/facts_votes.json, with their publishers. The sign-in of the voters is
made directly. From there on every step is a page and its form, pressed by the one who may: the poll,
its answers to the open points, method, officials, printed, quorum, issued, sealed, open, closed,
returned, every sheet keyed twice, tally, confirmed, declared, published; what is asserted is read from
the public page. Up to 60 sheets are keyed by one message a sheet, as the keypad sends it; in larger
sessions by the same action directly, since that is half the time.

What was not published is stood in for, and named so: those present for the size of the body, options
"（未公布）" for those whose figures are not known, the least number of votes that passes for those
that passed and one less for those that did not, one candidate more than places.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse
from django.utils import timezone

from tests import make
from yishi.meetings.models import Meeting, Voter
from yishi.people.models import Person, Seat
from yishi.voting.actions import counting

if TYPE_CHECKING:
    from django.test import Client

    from yishi.people.models import User
    from yishi.voting.models import Batch

pytestmark = pytest.mark.django_db

FACTS: dict[str, dict[str, Any]] = {
    record["id"]: record
    for record in json.loads((Path(__file__).parents[1] / "law/facts_votes.json").read_text("utf-8"))[
        "records"
    ]
}
# Published, but not to be entered as a vote of this program, each with why.
NOT_ENTERED = {
    "laian-zhangshan-2023": "得票只公布“97%以上”，未公布人数",
    "yongjia-2018": "未公布到会人数和票数",
    "ninghai-liyang-2010": "按轻重缓急标号的排序票：本程序没有这种计票方式；票数也未公布",
    "ninghai-2013": "未公布到会人数和票数",
    "hangzhou-binjiang-2017": "未公布到会人数和票数",
    "anxiang-guandang-2021": "未公布到会人数和票数",
    "zhuxi-xianhe-2023": "候选项目数只公布“20余件”，未公布到会人数",
    "chengxi-2024": "未公布到会人数和票数",
    "shangjie-gongyelu-2023": "未公布到会人数",
    "dongkou-wenchang-2025": "未公布选出几项",
    "yiyang-damatou-2025": "未公布选出几项",
    "xihu-zhuantang-2019": "未公布选出几项",
    "yinzhou-dongsheng-2020": "未公布到会人数",
    "xihu-2019": "10个街道的合计，不是一次表决",
    "chongqing-2024-total": "汇总，不是一次表决",
    "ninghai-2008-2016-total": "汇总，不是一次表决",
    "ningbo-2020-total": "汇总，不是一次表决",
    "ninghai-2014-sat": "只公布满意率，未公布票数",
    "huzhou-2026-sat": "只公布21个子项合计的总体满意率；本程序按项计满意率，不计总体",
    "huzhou-2025-sat": "只公布17个子项合计的总体满意率；本程序按项计满意率，不计总体",
    "hanyin-2021-sat": "只公布满意率，未公布票数",
}
HATS = {"chief": "chief_scrutineer", "watch": "scrutineer", "one": "teller", "two": "teller"}
CONGRESS = {
    "镇": "town",
    "乡": "town",
    "县": "county",
    "区": "county",
    "县级市": "county",
    "设区的市": "county",
}
MARKS = {
    "approve": "f",
    "oppose": "a",
    "abstain": "x",
    "satisfied": "s",
    "basically": "b",
    "dissatisfied": "d",
}


# --- the record as a poll -----------------------------------------------------


@dataclass
class Published:
    """One record as it is typed in: body, rule, who is there, options with their figures."""

    record: dict[str, Any]
    kind: str
    rule: str
    chosen: dict[str, str] = field(default_factory=dict)

    @property
    def present(self) -> int:
        names = ("deputies_present", "voters_present", "voters_counted", "ballots_returned")
        said = next((self.record[name] for name in names if name in self.record), None)
        # Dongyang published votes alone: as many as were cast on an item were there.
        return said or max(item["approve"] + item["oppose"] for item in self.record["items"])

    @property
    def members(self) -> int:
        return self.record.get("deputies_total", self.present)

    @property
    def seats(self) -> int | None:
        return self.record.get("selected")

    @property
    def items(self) -> list[dict[str, Any]]:
        """The published items, and as many stand-ins as make up candidates and places."""
        found = list(self.record["items"])
        if self.seats is None:
            return found
        least = self.members // 2 + 1
        passed = self.seats - sum(item["passed"] for item in found)
        lost = self.record.get("candidates", self.seats + 1) - self.seats
        lost -= sum(not item["passed"] for item in found)
        for n in range(passed + lost):
            votes = least if n < passed else least - 1
            stand_in = {"approve": votes, "oppose": self.present - votes, "passed": n < passed}
            found.append({"title": f"（未公布）第{n + 1}项", **stand_in})
        return found

    def sheets(self) -> list[list[str]]:
        """Ballots whose totals are the published ones; who chose least so far is for the next option.

        A line left over is blank: on a recommendation ballot one does not vote against.
        """
        made: list[list[str]] = [[] for _sheet in range(self.present)]
        for item in self.items:
            said = [mark for name, mark in MARKS.items() for _vote in range(item.get(name) or 0)]
            if self.rule == "projects.street.recommendation":
                said = [mark for mark in said if mark == "f"]
            said += [""] * (self.present - len(said))
            for sheet, mark in zip(sorted(made, key=lambda one: one.count("f")), said, strict=True):
                sheet.append(mark)
        return made


def published(name: str) -> Published:
    """Which body voted, and so by which rule of the pack."""
    record = FACTS[name]
    if record["kind"] == "街道票选":
        return Published(record, "residents_council", "projects.street.recommendation")
    level = CONGRESS[record["level"]]
    return Published(record, f"{level}_congress", f"projects.{level}.vote")


# --- the screens ---------------------------------------------------------------


@dataclass
class Screens:
    """Everybody at a machine of their own."""

    meeting: Meeting
    people: dict[str, Client]
    poll: int = 0

    def page(self, who: str, name: str, *args: int) -> Any:
        answer = self.people[who].get(reverse(name, args=args))
        assert answer.status_code == 200
        return answer

    def send(self, who: str, typed: dict[str, Any], name: str, *args: Any) -> str:
        """A form filled in and sent: it must lead on; gives where to."""
        answer = self.people[who].post(reverse(name, args=args), typed)
        assert answer.status_code == 302, answer.content.decode()
        return answer.url

    def press(self, who: str, step: str, **typed: Any) -> None:
        """The step the chair's page is at, its fields and its one button."""
        assert self.page(who, "chair", self.poll).context["key"] == step
        self.send(
            who, {name.rstrip("_"): value for name, value in typed.items()}, "chair_do", self.poll, step
        )


def assembled(of: Published) -> Screens:
    """An open meeting of the body with everybody signed in, its clerk, chair and four officials."""
    body = make.body(of.kind, name=of.record["place"])
    meeting = make.meeting(body, deputies=0, state=Meeting.State.OPEN, starts_at=timezone.now())
    who = Person.objects.bulk_create(Person(name=make.invented(n)) for n in range(of.members))
    seats = Seat.objects.bulk_create(
        Seat(body=body, person=one, term=meeting.term, begins=make.BEGUN) for one in who
    )
    Voter.objects.bulk_create(
        Voter(meeting=meeting, seat=seat, attendance="present" if n < of.present else "expected")
        for n, seat in enumerate(seats)
    )
    users: dict[str, User] = {"clerk": make.clerk(body), "chair": make.chair(body)}
    users |= {key: make.user(key) for key in HATS}
    return Screens(
        meeting, {key: make.client(user) for key, user in users.items()} | {"public": make.client()}
    )


def planned(screens: Screens, of: Published) -> None:
    """The form, the answers to the open points, the method, the officials."""
    made = {
        "title": "民生实事项目票决",
        "rule_key": of.rule,
        "seats": of.seats or "",
        "doors": "paper",
        "failure": "repeat",
        "counting": "hand",
        "size": "A4",
        "batch_size": 50,
        "open_count": "on",
        "options": "\n".join(item["title"] for item in of.items),
    }
    screens.send("clerk", made, "poll_new", screens.meeting.pk)
    screens.poll = screens.meeting.polls.get().pk
    form = screens.page("clerk", "poll_change", screens.poll).context["form"]
    points = {point.key: name for name, point in form.points.items()}
    kept = {name: form[name].value() for name in form.fields}
    typed = {name: value for name, value in kept.items() if value not in (None, False)}
    typed |= {points[key]: value for key, value in of.chosen.items()}
    screens.send("clerk", typed, "poll_change", screens.poll)
    draft = screens.page("clerk", "poll_method", screens.poll).context["form"]["method_text"].value()
    screens.send("clerk", {"method_text": draft}, "poll_method", screens.poll)
    for key, hat in HATS.items():
        screens.send("clerk", {"hat": hat, "user": key}, "poll_officials", screens.poll)


def voted(screens: Screens, of: Published) -> None:
    """From the show of hands to the papers counted back."""
    screens.press("chair", "method", for_=of.present)
    screens.press("chair", "officials", for_=of.present)
    screens.press("clerk", "printed", value=of.present + 10)
    screens.press("clerk", "quorum")
    screens.press("clerk", "issued", issued=of.present, left_over=10)
    screens.press("chief", "sealed")
    screens.press("watch", "sealed")
    screens.press("chair", "open")
    screens.press("chair", "closed")
    screens.press("clerk", "returned", value=of.present)


def counted(screens: Screens, of: Published) -> None:
    """Every sheet keyed by both tellers, tallied, confirmed by the chief scrutineer."""
    screens.send("clerk", {}, "lay_out", screens.poll)
    left = iter(of.sheets())
    for batch in screens.meeting.polls.get().batches.all():
        ballots = [next(left) for _sheet in range(batch.size)]
        for teller in ("one", "two"):
            screens.send(teller, {}, "begin_keying", batch.pk)
            if of.present > 60:
                key_directly(batch, teller, ballots)
            else:
                key_by_message(screens.people[teller], batch, ballots)
            screens.send(teller, {}, "finish_keying", batch.pk)
        batch.refresh_from_db()
        assert batch.agreed_at, batch
    screens.send("chief", {"why": ""}, "tally", screens.poll)
    tally = screens.page("chief", "tally", screens.poll).context["tally"]
    screens.send("chief", {"tally": tally.pk}, "confirm_tally", screens.poll)


def key_by_message(teller: Client, batch: Batch, ballots: list[list[str]]) -> None:
    for n, marks in enumerate(ballots, start=1):
        message = {"marks": marks, "write_ins": [], "doubt": "", "complete": True, "revision": 1}
        address = reverse("key", args=[batch.pk, n])
        answer = teller.post(address, json.dumps(message), content_type="application/json")
        assert answer.json() == {"revision": 1, "warning": ""}


def key_directly(batch: Batch, teller: str, ballots: list[list[str]]) -> None:
    keying, now = batch.keyings.get(teller__username=teller), timezone.now()
    for n, marks in enumerate(ballots, start=1):
        counting.key(keying, n, marks=marks, revision=1, complete=True, by=keying.teller, at=now)


def public_page(of: Published) -> Any:
    """The whole way; gives the answer of the public page."""
    screens = assembled(of)
    planned(screens, of)
    voted(screens, of)
    counted(screens, of)
    screens.press("chair", "declared")
    screens.press("clerk", "published")
    return screens.page("public", "poll_public", screens.poll)


# --- the records ---------------------------------------------------------------

VOTES = [name for name, record in FACTS.items() if record["kind"] in ("票决", "街道票选")]


@pytest.mark.parametrize("name", VOTES)
def test_a_published_vote_entered_on_the_screens_chooses_what_was_published(name: str) -> None:
    of = published(name)
    answer = public_page(of)
    rows = {row["title"]: row for row in answer.context["rows"]}
    assert {title for title, row in rows.items() if row["adopted"]} == {
        item["title"] for item in of.items if item["passed"]
    }
    for item in of.record["items"]:
        said = {"for": item["approve"], "against": item["oppose"]}
        if item["abstain"] is not None:
            said["abstain"] = item["abstain"]
        assert {name: rows[item["title"]][name] for name in said} == said
    sentence, n, seats = answer.context["sentence"], of.present, of.seats
    unit = "居民议事会成员" if of.kind == "residents_council" else "代表"
    ballots = "推荐票" if of.kind == "residents_council" else "表决票"
    won = "获得推荐" if of.kind == "residents_council" else "通过"
    assert f"应到{unit}{of.members}名，实到{n}名" in sentence
    assert f"发出{ballots}{n}张，收回{n}张，有效{n}张" in sentence
    assert f"{seats}个项目{won}" in sentence
    assert sentence in answer.content.decode()


def test_zhenhai_2022_by_its_published_thresholds_every_project_is_satisfied() -> None:
    """Half of all members is satisfied; at exactly half of both the text is read as it ends (含半数)."""
    chosen = {
        "rating.base": "all_members",
        "rating.exact_half": "dissatisfied",
        "rating.dissatisfied": "remainder",
    }
    of = Published(FACTS["zhenhai-2022"], "standing_committee", "projects.rating.committee", chosen)
    assert_graded(of, public_page(of), {"满意"})


def test_zhanyi_2019_by_ballots_returned_the_rates_are_those_published() -> None:
    of = Published(
        FACTS["zhanyi-2019"], "standing_committee", "appraisal.grades", {"rating.base": "returned"}
    )
    answer = public_page(of)
    assert_graded(of, answer, {"满意"})
    for row, item in zip(answer.context["rows"], of.items, strict=True):
        assert f"{item['satisfied_pct']:.2f}%" in [value for _label, value in row["cells"]]


def assert_graded(of: Published, answer: Any, results: set[str]) -> None:
    rows = answer.context["rows"]
    assert [row["title"] for row in rows] == [item["title"] for item in of.items]
    names = ("satisfied", "basically", "dissatisfied")
    for row, item in zip(rows, of.items, strict=True):
        assert [row[name] for name in names] == [item[name] for name in names]
    assert {row["result"] for row in rows} == results
    assert f"收回{of.present}张，有效{of.present}张" in answer.context["sentence"]
    assert answer.context["sentence"] in answer.content.decode()


def test_what_is_not_entered_is_said_with_the_reason_and_is_no_record_of_ours() -> None:
    assert not NOT_ENTERED.keys() & FACTS.keys()
