"""Pages without an account: what a resident sees, says, and reads about it later."""

import io

import pytest
from django.core import signing
from django.utils import timezone

from tests import make
from yishi.people.models import Body
from yishi.projects.models import Proposal, Topic
from yishi.projects.views.public import SEAL, plain_receipt

pytestmark = pytest.mark.django_db


@pytest.fixture
def call():
    return make.call(opens_on="2020-01-01", closes_on="2099-01-01", erase_on="2099-06-01")


def seal(seconds=60):
    return signing.dumps(timezone.now().timestamp() - seconds, salt=SEAL)


def typed(**also):
    return {"what": "老小区加装电梯", "where": "枫溪村", "seal": seal(), "website": "", **also}


def test_only_published_calls_are_public(call):
    hidden = make.call(title="还没有发布的", state="draft")
    client = make.client()
    page = client.get("/calls/").text
    assert call.title in page and "还没有发布的" not in page
    assert client.get(f"/calls/{call.pk}/").status_code == 200
    for address in ("", "propose/"):
        assert client.get(f"/calls/{hidden.pk}/{address}").status_code == 404
    assert client.post(f"/calls/{hidden.pk}/similar/").status_code == 404
    assert client.post(f"/calls/{hidden.pk}/propose/", typed()).status_code == 404


def test_a_resident_proposes_without_an_account_and_holds_a_receipt(call):
    client = make.client()
    page = client.get(f"/calls/{call.pk}/propose/").text
    assert "经办人员能看到" in page and "2099年6月1日删除" in page
    answer = client.post(f"/calls/{call.pk}/propose/", typed(name="林阿婆", phone="13800000001"))
    made = Proposal.objects.get()
    assert answer.url == f"/receipts/{made.receipt}/" and made.by is None
    receipt = client.get(answer.url)
    assert receipt["Cache-Control"] == "no-store" and receipt["X-Robots-Tag"] == "noindex"
    assert "老小区加装电梯" in receipt.text and "已收到" in receipt.text
    assert "林阿婆" not in receipt.text and "13800000001" not in receipt.text
    assert client.post(f"/calls/{call.pk}/propose/", typed(phone="13800000001")).url == answer.url


def test_a_closed_call_stays_to_be_read_and_takes_nothing(call):
    make.call(title="去年的", year=2025, opens_on="2025-01-01", closes_on="2025-02-01")
    closed = type(call).objects.get(title="去年的")
    client = make.client()
    assert "不接受建议" in client.get(f"/calls/{closed.pk}/").text
    assert client.post(f"/calls/{closed.pk}/propose/", typed()).status_code == 302
    assert not Proposal.objects.exists()


def test_towns_are_chosen_in_a_county_and_not_asked_in_a_town(call):
    assert 'name="place"' not in make.client().get(f"/calls/{call.pk}/propose/").text
    town = make.body(Body.Kind.TOWN_CONGRESS, "枫溪镇人民代表大会", call.body)
    client = make.client()
    assert ">枫溪镇<" in client.get(f"/calls/{call.pk}/propose/").text
    client.post(f"/calls/{call.pk}/propose/", typed(place=town.pk))
    assert Proposal.objects.get().place == town
    answer = client.post(f"/calls/{call.pk}/propose/", typed(what="修路", place=make.body().pk))
    assert answer.status_code == 200 and Proposal.objects.count() == 1


def test_what_is_too_long_is_refused_and_still_stands_in_the_form(call):
    answer = make.client().post(f"/calls/{call.pk}/propose/", typed(why="很长" * 10_000))
    assert "现在有20000字" in answer.text and "很长" * 10_000 in answer.text
    assert not Proposal.objects.exists()


def test_html_is_only_text_and_rare_characters_stay(call):
    client = make.client()
    text = "<script>alert(1)</script>𠮷㙍🏞️"
    page = client.post(f"/calls/{call.pk}/propose/", typed(what=text, why=text), follow=True).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;𠮷㙍🏞️" in page and "<script>alert" not in page
    assert Proposal.objects.get().what == text


@pytest.mark.parametrize("by_machine", [{"website": "http://spam"}, {"seal": ""}, {"seal": "x:y"}])
def test_a_machine_is_asked_to_press_again_and_a_person_loses_nothing(call, by_machine):
    client = make.client()
    answer = client.post(f"/calls/{call.pk}/propose/", typed(**by_machine))
    assert "再按一次" in answer.text and "老小区加装电梯" in answer.text
    assert not Proposal.objects.exists()
    again = client.post(f"/calls/{call.pk}/propose/", typed(seal=answer.context["seal"]))
    assert again.status_code == 302


def test_a_form_sent_too_soon_or_a_day_later_is_sent_again(call):
    client = make.client()
    soon = seal(0)
    assert "再按一次" in client.post(f"/calls/{call.pk}/propose/", typed(seal=soon)).text
    late = client.post(f"/calls/{call.pk}/propose/", typed(seal=seal(25 * 3600)))
    assert "再按一次" in late.text
    assert client.post(f"/calls/{call.pk}/propose/", typed(seal=late.context["seal"])).status_code == 302


def test_the_honeypot_is_hidden_from_people_and_from_screen_readers(call):
    page = make.client().get(f"/calls/{call.pk}/propose/").text
    assert '<div class="nobody" aria-hidden="true">' in page
    assert 'name="website" autocomplete="off" tabindex="-1"' in page


def test_one_address_proposes_five_times_a_minute(call):
    client = make.client()
    statuses = [
        client.post(f"/calls/{call.pk}/propose/", typed(what=f"第{n}件事")).status_code for n in range(12)
    ]
    assert statuses[0] == 302 and statuses[-1] == 429
    assert client.get(f"/calls/{call.pk}/propose/").status_code == 200


def test_a_receipt_is_found_however_it_is_typed(call):
    said = make.proposal(call, receipt="ABCD-EFGH-2345")
    client = make.client()
    for number in ("abcd efgh 2345", "ABCDEFGH2345", " ａbcd-efgh-2345".replace("ａ", "a"), "abcd—efgh—2345"):
        assert client.post("/receipts/", {"receipt": number}).url == f"/receipts/{said.receipt}/"
    assert "没有这个回执号" in client.post("/receipts/", {"receipt": "ZZZZ-ZZZZ-ZZZZ"}).text
    assert client.get("/receipts/ZZZZ-ZZZZ-ZZZZ/").status_code == 404
    assert plain_receipt("") == "--"


def test_receipts_are_not_to_be_tried_out(call):
    client = make.client()
    statuses = [client.post("/receipts/", {"receipt": "AAAA"}).status_code for _ in range(45)]
    assert statuses[-1] == 429


@pytest.mark.parametrize(
    ("state", "words"),
    [("shortlisted", "已列入候选项目"), ("reserved", "储备库"), ("declined", "没有列入候选项目")],
)
def test_the_receipt_says_in_plain_words_what_became_of_it(call, state, words):
    topic = make.topic(call, people=8, state=state, reason="已有同类工程在建。")
    said = make.proposal(call, topic=topic)
    page = make.client().get(f"/receipts/{said.receipt}/").text
    assert words in page and "已有同类工程在建。" in page and "另有7人" in page


def test_merged_into_another_topic_the_receipt_follows_it(call):
    lead = make.topic(call, "各村装路灯", people=9, state="reserved")
    said = make.proposal(call, "村口装灯")
    Topic.objects.filter(pk=said.topic_id).update(state="merged", merged_into=lead)
    page = make.client().get(f"/receipts/{said.receipt}/").text
    assert "各村装路灯" in page and "储备库" in page and "另有8人" in page


def test_while_typing_one_reads_how_many_said_the_same_and_no_name(call):
    make.proposal(call, name="林阿婆", phone="13800000001", people=3)
    client, address = make.client(), f"/calls/{call.pk}/similar/"
    page = client.post(address, {"what": "小区加装电梯", "where": "枫溪村"}).text
    assert "已有3人提过类似的" in page and "林阿婆" not in page
    assert "提过" not in client.post(address, {"what": "建游泳馆"}).text
    assert client.post(address, {"what": "\x00", "place": "x"}).status_code == 200
    assert [client.post(address).status_code for _ in range(125)][-1] == 429


def test_what_is_typed_never_stands_in_an_address(call):
    assert make.client().get(f"/calls/{call.pk}/similar/", {"what": "装电梯"}).status_code == 405


def test_who_chose_a_photo_and_must_correct_something_is_told_to_choose_it_again(call):
    client = make.client()
    long = typed(what="很长" * 100, photo=io.BytesIO(b"a photo"))
    assert "照片要重新选一次" in client.post(f"/calls/{call.pk}/propose/", long).text
    assert "照片要重新选一次" not in client.post(f"/calls/{call.pk}/propose/", typed(what="")).text
