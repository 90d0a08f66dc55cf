"""A county's candidates go before its standing committee first, as the law says; one is withdrawn there."""

import pytest
from django.urls import reverse
from django.utils import timezone

from tests import make
from tests.stories.test_project_to_vote import (  # noqa: F401  (clock is a fixture)
    DAYS,
    SHEET,
    TITLES,
    called,
    clock,
    convened,
    counted,
    folk,
    opened,
    papers_out,
    prepared,
    put,
    states,
)
from yishi.people.models import Body
from yishi.projects.models import Proposal

pytestmark = pytest.mark.django_db


def test_a_county_goes_through_its_standing_committee_to_the_vote(clock):  # noqa: F811
    county = make.body(Body.Kind.COUNTY_CONGRESS, name="枫溪县人民代表大会")
    committee = make.body(Body.Kind.STANDING_COMMITTEE, name="枫溪县人大常委会", parent=county)
    people, unit = folk(county, county, 6)
    people.browsers["committee"] = make.client(make.clerk(committee))
    call = called(people, county, clock)
    people.press("clerk", "candidates_pick", call.pk, topics=[one.pk for one in call.topics.all()])
    for one in call.projects.all():
        people.press("clerk", "candidate_change", one.pk, title=one.title, unit=unit.pk, **SHEET, **DAYS)
    people.press("clerk", "candidates_seats", call.pk, seats=2)
    lift, lamps, canteen = call.projects.order_by("number")

    # Neither published nor delivered before the committee has spoken; the page names the article.
    said = people.browsers["clerk"].post(reverse("candidates_publish", args=[call.pk]))
    assert "第四条第三款" in said.content.decode()
    call.refresh_from_db()
    assert call.candidates_at is None
    assert people.browsers["resident"].get(reverse("candidates_public", args=[call.pk])).status_code == 404

    # The committee's clerk records what it said; what it did not pass leaves with its reason.
    clock.to(1, 28)
    typed = {"projects": [lift.pk, lamps.pk], "held_on": "2026-01-28", "text": "同意两项，第三项资金未落实。"}
    people.press("committee", "candidates_review", call.pk, **typed)
    still = people.browsers["clerk"].post(reverse("candidates_publish", args=[call.pk]))
    assert canteen.title in still.content.decode()
    people.press("clerk", "candidate_withdraw", canteen.pk, why="常委会审议认为资金没有落实，转入明年研究。")
    people.press("clerk", "candidates_publish", call.pk)
    assert "同意两项" in people.read("resident", "project_public", lift.pk)
    gone = people.read("resident", "project_public", canteen.pk)
    assert "退出候选" in gone and "资金没有落实" in gone
    receipt = Proposal.objects.get(topic__project=canteen).receipt
    assert "资金没有落实" in people.read("resident", "receipt_public", receipt)

    # The congress votes on the two by the county's own rule.
    meeting = convened(people, county, "congress")
    people.press("clerk", "booklet_deliver", call.pk, meeting=meeting.pk)
    people.press("clerk", "material", meeting.materials.get().pk, all="1")
    clock.to(2, 10)
    opened(people, meeting)
    said = {"meeting": meeting.pk, "speaker": "林县长", "post": "县长", "text": "两个候选项目的由来。"}
    held_at = timezone.localtime(clock.at).strftime("%Y-%m-%dT%H:%M")
    people.press("clerk", "explain", call.pk, held_at=held_at, **said)
    poll = put(people, call, meeting)
    assert poll.rule_key == "projects.county.vote"
    prepared(people, poll, 6)
    papers_out(people, poll, 6)
    people.press("chair", "chair_do", poll.pk, "open")
    counted(people, poll, [["f", "f"]] * 5 + [["f", "a"]])
    people.press("clerk", "vote_read", poll.pk)
    assert states(call) == {TITLES[0]: "adopted", TITLES[1]: "adopted", TITLES[2]: "withdrawn"}

    # Until the result is published, residents read of candidates.
    assert "实施中" not in people.read("resident", "project_public", lift.pk)
    people.press("clerk", "chair_do", poll.pk, "published")
    assert "实施中" in people.read("resident", "project_public", lift.pk)
