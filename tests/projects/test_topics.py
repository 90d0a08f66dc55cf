"""Topics merged, split, screened and carried over: each refusal beside its permission."""

from itertools import product
from unittest.mock import Mock

import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import make
from yishi.alike import finder, groups_of
from yishi.journal.models import Entry
from yishi.journal.moves import MoveError
from yishi.projects import grouped
from yishi.projects.actions import topics as do
from yishi.projects.models import Proposal, Topic
from yishi.projects.rules import topics as rules
from yishi.projects.words.topics import fate, topics_sheet
from yishi.web.access import Refused

pytestmark = pytest.mark.django_db

NOW = make.NOW
REASON = "资金还没有落实，明年预算编制时再研究。"
MET = {key: {"met": True, "why": "多数居民受益"} for key in rules.asked().criteria}
UNMET = {**MET, "feasibility": {"met": False, "why": "一年内办不成"}}
GOOD = {
    "shortlisted": {"criteria": MET, "exclusions": [], "reason": ""},
    "reserved": {"criteria": UNMET, "exclusions": [], "reason": REASON},
    "declined": {"criteria": UNMET, "exclusions": [], "reason": REASON},
}
STATES = [state.value for state in Topic.State]


@pytest.fixture
def call():
    return make.call()


@pytest.fixture
def clerk(call):
    return make.clerk(call.body)


def one(call, state="open", title="老小区加装电梯", **fields):
    if state == "merged":
        fields.setdefault("merged_into", make.topic(call, "别的"))
    return make.topic(call, title, state=state, **fields)


def voices(call):
    return sorted(Proposal.objects.filter(call=call).values_list("pk", "what", "voice"))


# --- every pair of states ----------------------------------------------------


@pytest.mark.parametrize(("before", "to"), list(product(STATES, STATES)))
def test_a_decision_leads_only_where_the_moves_lead(call, clerk, before, to):
    topic = one(call, before)
    if before != to and before != "merged" and to in GOOD:
        do.decide(topic, to, **GOOD[to], by=clerk, at=NOW)
        fresh = Topic.objects.get(pk=topic.pk)
        assert (fresh.state, fresh.decided_at) == (to, NOW)
    else:
        with pytest.raises(ValidationError):
            do.decide(topic, to, **GOOD.get(to, GOOD["declined"]), by=clerk, at=NOW)
        assert Topic.objects.get(pk=topic.pk).state == before


@pytest.mark.parametrize("before", STATES)
def test_only_what_was_decided_is_reconsidered_and_its_words_go(call, clerk, before):
    topic = one(call, before, reason=REASON if before in Topic.DECIDED else "")
    if before in Topic.DECIDED:
        do.reconsider(topic, by=clerk, at=NOW, why="资金有了")
        fresh = Topic.objects.get(pk=topic.pk)
        assert (fresh.state, fresh.reason, fresh.decided_at) == ("open", "", None)
        assert Entry.objects.about(topic).last().data["said"] == REASON
    else:
        with pytest.raises(ValidationError):
            do.reconsider(topic, by=clerk, at=NOW, why="资金有了")
        assert Topic.objects.get(pk=topic.pk).state == before


@pytest.mark.parametrize("before", STATES)
def test_only_an_open_topic_is_merged_and_into_any_that_is_not_merged_itself(call, clerk, before):
    lead, other = make.topic(call, "甲"), one(call, before)
    if before == "open":
        do.merge(lead, [other], by=clerk, at=NOW)
        assert Topic.objects.get(pk=other.pk).merged_into == lead
    else:
        with pytest.raises(ValidationError):
            do.merge(lead, [other], by=clerk, at=NOW)
    into, third = one(call, before, "乙"), make.topic(call, "丙")
    if before == "merged":
        with pytest.raises(ValidationError):
            do.merge(into, [third], by=clerk, at=NOW)
        assert Topic.objects.get(pk=third.pk).state == "open"
    else:
        do.merge(into, [third], by=clerk, at=NOW)
        assert Topic.objects.get(pk=third.pk).state == "merged"


# --- deciding ----------------------------------------------------------------


def refused(topic, to, clerk, **given):
    with pytest.raises(ValidationError) as error:
        do.decide(topic, to, **{**GOOD[to], **given}, by=clerk, at=NOW)
    assert Topic.objects.get(pk=topic.pk).state == "open"
    return set(error.value.error_dict)


@pytest.mark.parametrize("key", list(MET))
def test_shortlisting_needs_every_criterion_met_with_a_why(call, clerk, key):
    topic = one(call)
    left_out = {name: answer for name, answer in MET.items() if name != key}
    assert refused(topic, "shortlisted", clerk, criteria=left_out) == {f"{key}_met"}
    unmet = {**MET, key: {"met": False, "why": "不符合"}}
    assert refused(topic, "shortlisted", clerk, criteria=unmet) == {f"{key}_met"}
    unsaid = {**MET, key: {"met": True, "why": "  "}}
    assert refused(topic, "shortlisted", clerk, criteria=unsaid) == {f"{key}_why"}


@pytest.mark.parametrize("key", list(rules.asked().exclusions))
def test_an_exclusion_stops_shortlisting_and_is_enough_to_decline(call, clerk, key):
    topic = one(call)
    assert refused(topic, "shortlisted", clerk, exclusions=[key]) == {"exclusions"}
    do.decide(topic, "declined", criteria=MET, exclusions=[key], reason=REASON, by=clerk, at=NOW)
    assert Topic.objects.get().exclusions == [key]


@pytest.mark.parametrize("to", ["reserved", "declined"])
def test_nobody_is_put_off_without_ten_characters_of_reason(call, clerk, to):
    topic = one(call)
    assert refused(topic, to, clerk, reason="一二三四五六七八九 ") == {"reason"}
    do.decide(topic, to, **{**GOOD[to], "reason": "一二三四五六七八九十"}, by=clerk, at=NOW)
    assert Topic.objects.get().state == to


def test_declining_needs_a_criterion_unmet_or_an_exclusion_and_reserving_does_not(call, clerk):
    topic = one(call)
    assert refused(topic, "declined", clerk, criteria=MET) == {"exclusions"}
    assert refused(topic, "declined", clerk, criteria={}) == {"exclusions"}
    do.decide(topic, "reserved", criteria={}, exclusions=[], reason=REASON, by=clerk, at=NOW)


def test_criteria_and_exclusions_that_the_pack_does_not_know_are_refused(call, clerk):
    topic = one(call)
    assert "exclusions" in refused(topic, "declined", clerk, exclusions=["invented"])
    more = {**UNMET, "invented": {"met": True, "why": "好"}}
    assert "exclusions" in refused(topic, "declined", clerk, criteria=more)


def test_the_journal_keeps_who_decided_when_and_why(call, clerk):
    topic = one(call)
    do.decide(topic, "declined", **GOOD["declined"], by=clerk, at=NOW)
    entry = Entry.objects.about(topic).get()
    assert (entry.verb, entry.by, entry.at, entry.why) == ("projects.topic.declined", clerk, NOW, REASON)
    assert entry.data["criteria"]["feasibility"]["met"] is False


def test_two_clerks_who_decide_at_once_do_not_overwrite_each_other(call, clerk):
    topic = one(call)
    stale = Topic.objects.get(pk=topic.pk)
    do.decide(topic, "shortlisted", **GOOD["shortlisted"], by=clerk, at=NOW)
    with pytest.raises(MoveError) as error:
        do.decide(stale, "declined", **GOOD["declined"], by=clerk, at=NOW)
    assert error.value.code == "stale" and Topic.objects.get().state == "shortlisted"


def test_many_are_declined_with_the_same_words_or_none(call, clerk):
    first, second, third = (one(call, title=t) for t in "甲乙丙")
    said = {"unmet": ["benefit"], "exclusions": [], "reason": REASON}
    assert do.decline_many([first, second], **said, by=clerk, at=NOW) == 2
    assert Topic.objects.filter(state="declined", reason=REASON).count() == 2
    with pytest.raises(ValidationError):
        do.decline_many([third, Topic.objects.get(pk=first.pk)], **said, by=clerk, at=NOW)
    assert Topic.objects.get(pk=third.pk).state == "open"
    with pytest.raises(ValidationError):
        do.decline_many([], **said, by=clerk, at=NOW)


def test_the_fate_says_the_state_and_the_reason_also_to_who_was_merged(call, clerk):
    topic, other = one(call), one(call, title="别的说法")
    do.merge(topic, [other], by=clerk, at=NOW)
    assert "还没有研究" in fate(other)
    do.decide(topic, "declined", **GOOD["declined"], by=clerk, at=NOW)
    assert fate(Topic.objects.get(pk=other.pk)).endswith(REASON)


# --- who may -----------------------------------------------------------------


def test_who_is_not_the_clerk_of_the_body_changes_nothing(call):
    topic, other = one(call), one(call, title="乙")
    said = make.proposal(topic=topic)
    kept = one(call, "reserved", "丙")
    later = make.call(call.body, year=2027)
    for who in (make.chair(call.body), make.clerk(make.body()), make.user(), None):
        by = {"by": who or make.user(), "at": NOW}
        for act in (
            lambda by=by: do.merge(topic, [other], **by),
            lambda by=by: do.split(said, **by, why="理由"),
            lambda by=by: do.decide(topic, "declined", **GOOD["declined"], **by),
            lambda by=by: do.decline_many([topic], unmet=["benefit"], exclusions=[], reason=REASON, **by),
            lambda by=by: do.reconsider(kept, **by, why="理由"),
            lambda by=by: do.carry_over(call, later, [kept], **by),
            lambda by=by: do.carry_reserve(later, [kept], **by),
        ):
            with pytest.raises(Refused):
                act()
    assert not Entry.objects.exists()


# --- merging and splitting ---------------------------------------------------


def test_people_are_counted_and_not_posts(call, clerk):
    lead = make.topic(call, "甲")
    make.proposal(topic=lead, voice="a" * 64, people=2)
    for people in (5, 3):
        make.proposal(topic=lead, voice="a" * 64, people=people)
    other = make.topic(call, "乙")
    make.proposal(topic=other, voice="b" * 64, people=12)
    make.proposal(topic=other, voice="a" * 64, people=1)
    do.merge(lead, [other], by=clerk, at=NOW)
    lead, other = Topic.objects.get(pk=lead.pk), Topic.objects.get(pk=other.pk)
    assert (lead.posts, lead.people) == (5, 17)
    assert (other.posts, other.people, other.proposals.count()) == (0, 0, 0)


def test_what_was_merged_into_the_merged_leads_to_the_last(call, clerk):
    a, b, c = (make.proposal(call, t).topic for t in "甲乙丙")
    do.merge(b, [c], by=clerk, at=NOW)
    do.merge(a, [Topic.objects.get(pk=b.pk)], by=clerk, at=NOW)
    assert {t.merged_into_id for t in Topic.objects.filter(state="merged")} == {a.pk}
    assert Topic.objects.get(pk=a.pk).posts == 3


def test_a_topic_is_merged_neither_with_itself_nor_with_another_call_nor_with_nothing(call, clerk):
    topic, elsewhere = one(call), one(make.call(call.body, year=2027))
    for others in ([topic], [elsewhere], []):
        with pytest.raises(ValidationError):
            do.merge(topic, others, by=clerk, at=NOW)
    assert not Topic.objects.filter(state="merged").exists()


def test_a_stale_merge_is_refused_whichever_side_moved(call, clerk):
    lead, other, third = (make.proposal(call, t).topic for t in "甲乙丙")
    stale_other, stale_lead = Topic.objects.get(pk=other.pk), Topic.objects.get(pk=lead.pk)
    do.decide(other, "declined", **GOOD["declined"], by=clerk, at=NOW)
    with pytest.raises(MoveError) as error:
        do.merge(lead, [third, stale_other], by=clerk, at=NOW)
    assert error.value.code == "stale" and Topic.objects.get(pk=third.pk).state == "open"
    assert Topic.objects.get(pk=third.pk).proposals.count() == 1
    do.merge(Topic.objects.get(pk=third.pk), [lead], by=clerk, at=NOW)
    with pytest.raises(MoveError) as error:
        do.merge(stale_lead, [Topic.objects.get(pk=third.pk)], by=clerk, at=NOW)
    assert error.value.code == "stale"


def test_a_split_reopens_the_topic_that_was_merged_or_makes_a_new_one(call, clerk):
    said, other = make.proposal(call, "甲"), make.proposal(call, "乙")
    lead, first = said.topic, other.topic
    do.merge(lead, [first], by=clerk, at=NOW)
    other.refresh_from_db()
    assert do.split(other, by=clerk, at=NOW, why="不是一件事") == first
    first = Topic.objects.get(pk=first.pk)
    assert (first.state, first.merged_into, first.posts, first.people) == ("open", None, 1, 1)
    verbs = [entry.verb for entry in Entry.objects.order_by("pk")]
    assert verbs[-2:] == ["projects.topic.open", "projects.proposal_split"]
    more = make.proposal(topic=lead, what="丁")
    new = do.split(more, by=clerk, at=NOW, why="不是一件事")
    assert new.pk not in (lead.pk, first.pk) and new.title == "丁" and new.posts == 1
    assert Topic.objects.get(pk=lead.pk).posts == 1


def test_a_split_needs_a_why_and_something_to_split_from_and_a_fresh_page(call, clerk):
    said, other = make.proposal(call, "甲"), make.proposal(call, "乙")
    with pytest.raises(ValidationError):
        do.split(said, by=clerk, at=NOW, why="只有一条")
    do.merge(said.topic, [other.topic], by=clerk, at=NOW)
    with pytest.raises(MoveError):
        do.split(other, by=clerk, at=NOW, why="页面旧了")
    other.refresh_from_db()
    with pytest.raises(ValidationError):
        do.split(other, by=clerk, at=NOW, why=" ")
    assert Proposal.objects.filter(topic=said.topic).count() == 2


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_merging_and_splitting_lose_no_proposal_and_leave_none_in_a_merged_topic(data):
    call = make.call()
    clerk = make.clerk(call.body)
    for n in range(5):
        who = data.draw(st.sampled_from("abc")) * 64
        make.proposal(call, "甲乙丙甲乙"[n], voice=who, people=data.draw(st.integers(1, 9)))
    before = voices(call)
    for _step in range(data.draw(st.integers(1, 8))):
        live = list(Topic.objects.filter(call=call, state="open"))
        try:
            if data.draw(st.booleans()) and len(live) > 1:
                lead, *others = data.draw(st.permutations(live))
                do.merge(lead, others[: data.draw(st.integers(1, 2))], by=clerk, at=NOW)
            else:
                said = data.draw(st.sampled_from(list(Proposal.objects.filter(call=call).order_by("pk"))))
                do.split(said, by=clerk, at=NOW, why="不是一件事")
        except ValidationError:
            pass
        assert voices(call) == before
        for topic in Topic.objects.filter(call=call):
            counted = rules.counted(topic)
            assert (topic.posts, topic.people) == (counted["posts"], counted["people"])
            assert (topic.posts == 0) == (topic.state == "merged")
            assert topic.merged_into is None or topic.merged_into.state == "open"


# --- the reserve -------------------------------------------------------------


def test_what_is_held_in_reserve_comes_before_a_later_call_once(call, clerk):
    topic = one(call, "reserved")
    later = make.call(call.body, year=2027)
    (new,) = do.carry_over(call, later, [topic], by=clerk, at=NOW)
    assert (new.title, new.state, new.call, new.carried_from) == (topic.title, "open", later, topic)
    assert Entry.objects.about(new).get().verb == "projects.topic_carried"
    with pytest.raises(ValidationError):
        do.carry_over(call, later, [topic], by=clerk, at=NOW)
    with pytest.raises(ValidationError):
        do.reconsider(topic, by=clerk, at=NOW, why="再研究")
    with pytest.raises(ValidationError):
        do.decide(topic, "shortlisted", **GOOD["shortlisted"], by=clerk, at=NOW)
    assert Topic.objects.get(pk=topic.pk).state == "reserved"


@pytest.mark.parametrize("state", [state for state in STATES if state != "reserved"])
def test_only_what_is_held_in_reserve_is_carried_over(call, clerk, state):
    later = make.call(call.body, year=2027)
    with pytest.raises(ValidationError):
        do.carry_over(call, later, [one(call, state)], by=clerk, at=NOW)
    assert not later.topics.exists()


def test_nothing_is_carried_back_or_within_a_year_or_to_another_body(call, clerk):
    topic = one(call, "reserved")
    elsewhere = make.call(year=2027)
    make.Role.objects.create(user=clerk, body=elsewhere.body, duty="clerk", begun=NOW)
    clerk = make.User.objects.get(pk=clerk.pk)
    for to in (call, make.call(call.body, year=2025), elsewhere):
        with pytest.raises(ValidationError):
            do.carry_over(call, to, [topic], by=clerk, at=NOW)
    later = make.call(call.body, year=2027)
    with pytest.raises(ValidationError):
        do.carry_over(call, later, [], by=clerk, at=NOW)
    with pytest.raises(ValidationError):
        do.carry_reserve(later, [], by=clerk, at=NOW)


def test_topics_of_several_years_are_carried_over_together_or_not_at_all(call, clerk):
    older = make.call(call.body, year=2025)
    later = make.call(call.body, year=2027)
    kept = [one(call, "reserved", "甲"), one(older, "reserved", "乙")]
    assert do.carry_reserve(later, kept, by=clerk, at=NOW) == 2
    more = one(call, "reserved", "丙")
    with pytest.raises(ValidationError):
        do.carry_reserve(later, [more, *kept], by=clerk, at=NOW)
    assert later.topics.count() == 2


def test_a_proposal_merged_into_a_carried_topic_can_be_split_out_again(call, clerk):
    later = make.call(call.body, year=2027)
    (new,) = do.carry_over(call, later, [one(call, "reserved", "甲")], by=clerk, at=NOW)
    said = make.proposal(later, "乙")
    own = said.topic
    do.merge(new, [own], by=clerk, at=NOW)
    said.refresh_from_db()
    assert do.split(said, by=clerk, at=NOW, why="不是一件事") == own


# --- lists -------------------------------------------------------------------


def test_the_undecided_are_counted(call, clerk):
    for state in STATES:
        one(call, state)
    assert rules.undecided(call) == 2


def test_suggestions_hold_open_topics_only_and_say_why(call, clerk):
    first = make.proposal(call, "老小区加装电梯", where="枫溪村")
    second = make.proposal(call, "给老小区加装电梯", where="枫溪村")
    make.proposal(call, "修建公共厕所", where="桥头村")
    done = make.proposal(call, "老小区加装电梯", where="枫溪村").topic
    do.decide(done, "declined", **GOOD["declined"], by=clerk, at=NOW)
    found = grouped.suggested(call)
    assert [sorted(keys) for keys in found] == [[first.topic_id, second.topic_id]]
    (group,) = grouped.explained(call, found)
    assert group.others[0].same_place and "电梯" in "".join(group.others[0].shared)
    beside = grouped.beside(first.topic)
    assert [like.topic for like in beside] == [second.topic]
    assert second.topic in [like.topic for like in grouped.beside(Topic.objects.get(pk=done.pk))]


def test_suggestions_follow_what_is_merged_and_proposed(call, clerk):
    first, second, third = (make.proposal(call, "老小区加装电梯", where="枫溪村") for _n in range(3))

    def found():
        return [set(keys) for keys in grouped.suggested(call)]

    assert found() == [{first.topic_id, second.topic_id, third.topic_id}]
    do.merge(first.topic, [second.topic], by=clerk, at=NOW)
    assert found() == [{first.topic_id, third.topic_id}]
    do.decide(first.topic, "declined", **GOOD["declined"], by=clerk, at=NOW)
    assert found() == []
    fourth = make.proposal(call, "老小区加装电梯", where="枫溪村")
    assert found() == [{third.topic_id, fourth.topic_id}]


def test_the_first_of_a_group_has_the_most_people_also_after_they_changed(call):
    first, second = (make.proposal(call, "老小区加装电梯", where="枫溪村").topic for _n in range(2))
    assert grouped.suggested(call) == [[first.pk, second.pk]]
    Topic.objects.filter(pk=second.pk).update(people=9)
    assert grouped.suggested(call) == [[second.pk, first.pk]]


def test_what_was_decided_while_the_page_was_made_is_left_out_of_its_groups(call, clerk):
    first, second, third = (make.proposal(call, "老小区加装电梯", where="枫溪村").topic for _n in range(3))
    found = grouped.suggested(call)
    do.decide(third, "declined", **GOOD["declined"], by=clerk, at=NOW)
    (group,) = grouped.explained(call, found)
    assert [group.lead.topic, *(like.topic for like in group.others)] == [first, second]
    do.decide(second, "declined", **GOOD["declined"], by=clerk, at=NOW)
    assert grouped.explained(call, found) == []


def test_suggestions_are_read_and_grouped_once_while_nothing_changes(call, monkeypatch):
    grouping = []
    monkeypatch.setattr(grouped, "groups_of", lambda said: grouping.append(said) or groups_of(said))
    for _n in range(3):
        make.proposal(call, "老小区加装电梯", where="枫溪村")
    assert grouped.suggested(call) == grouped.suggested(call)
    assert len(grouping) == 1
    monkeypatch.setattr(finder, "read", read := Mock(wraps=finder.read))
    make.proposal(call, "老小区加装电梯", where="枫溪村")
    assert [len(keys) for keys in grouped.suggested(call)] == [4]
    assert (len(grouping), read.call_count) == (2, 1)


def test_what_stands_beside_a_topic_follows_what_is_merged_split_and_decided(call, clerk):
    first, second, third = (make.proposal(call, "老小区加装电梯", where="枫溪村") for _n in range(3))

    def likes():
        return {like.topic.pk for like in grouped.beside(Topic.objects.get(pk=first.topic_id))}

    assert likes() == {second.topic_id, third.topic_id}
    do.merge(second.topic, [third.topic], by=clerk, at=NOW)
    assert likes() == {second.topic_id}
    third.refresh_from_db()
    reopened = do.split(third, by=clerk, at=NOW, why="不是一件事")
    assert likes() == {second.topic_id, reopened.pk}
    do.decide(Topic.objects.get(pk=second.topic_id), "declined", **GOOD["declined"], by=clerk, at=NOW)
    assert likes() == {reopened.pk}
    fourth = make.proposal(call, "老小区加装电梯", where="枫溪村")
    assert likes() == {reopened.pk, fourth.topic_id}


def test_the_sheet_holds_every_answer(call, clerk):
    topic = make.proposal(call, "甲").topic
    do.decide(topic, "declined", **{**GOOD["declined"], "exclusions": ["burden"]}, by=clerk, at=NOW)
    sheet = topics_sheet(call, Topic.objects.all(), {topic.pk: {"resident": 1}})
    (row,) = sheet.rows
    assert row["is_feasibility"] == "不符合：一年内办不成" and row["from_resident"] == 1
    assert row["exclusions"] == "增加群众负担或政府债务风险" and row["reason"] == REASON
