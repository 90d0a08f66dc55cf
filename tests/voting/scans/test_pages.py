"""Pages of scanned ballots: who may open what, judging apart, mosaics, whole ballots, files, closing."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from tests import make
from tests.make import NOW
from tests.voting.scans import deck, drawn
from yishi.voting.actions import scans as do
from yishi.voting.models import Batch, Poll, ScanDecision, ScanLook
from yishi.voting.rules import scans as rules

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db
EVERYBODY = ["chief", "watcher", "one", "caller", "clerk", "chair"]
F, A, X = "f", "a", "x"


def at(name: str, **where: Any) -> str:
    return reverse(name, kwargs=where)


def client(poll: Poll, name: str) -> Client:
    return make.client(make.official(poll, name))


def shown(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.fixture
def poll() -> Poll:
    return deck.poll(3)


@pytest.fixture
def doubtful(poll: Poll) -> Batch:
    """Three ballots of three rows: one row in doubt, the blank row of another seen."""
    return deck.scanned(poll, [[F, A, X], [F, F, ""], [A, A, F]], {(1, 2): "faint"}, looked=True)


# --- who may open what -----------------------------------------------------

OPEN = {
    "scans": {"chief", "watcher", "one", "caller", "clerk"},
    "scans_live": {"chief", "watcher", "one", "caller", "clerk"},
    "batch_scan": {"chief", "watcher", "one", "caller", "clerk"},
    "scan_doubts": {"chief", "watcher"},
    "scan_mosaic": {"chief", "watcher"},
    "scan_duplicates": {"chief", "watcher"},
    "scan_close": {"chief"},
    "scan_hand": {"chief"},
    "scan_unscanned": {"chief"},
    "scan_withdraw": {"chief"},
    "scan_page": {"chief", "watcher"},
    "scan_picture": {"chief", "watcher"},
    "scan_row": {"chief", "watcher"},
    "scan_ovals": {"chief", "watcher"},
}


def where(name: str, batch: Batch) -> str:
    page = batch.leaves.get(ballot=1)
    known = {"poll": batch.poll_id, "batch": batch.pk, "kind": "for", "page": page.pk, "row": 0}
    keys = {
        "scans": ("poll",), "scans_live": ("poll",), "scan_mosaic": ("batch", "kind"), "scan_page": ("page",),
        "scan_picture": ("page",), "scan_row": ("page", "row"), "scan_ovals": ("page", "row"),
    }  # fmt: skip
    if name == "scan_withdraw":
        return at(name, file=page.file_id)
    return at(name, **{key: known[key] for key in keys.get(name, ("batch",))})


def test_each_hat_opens_its_pages_and_no_others(doubtful: Batch) -> None:
    drawn.pictures(doubtful)
    for name in EVERYBODY:
        who = client(doubtful.poll, name)
        for page, may in OPEN.items():
            status = who.get(where(page, doubtful)).status_code
            assert status == (200 if name in may else 403), (name, page)


def test_a_batch_keyed_by_hand_has_no_page_of_scans() -> None:
    poll = make.returned(2)
    from yishi.voting.actions import counting

    (batch,) = counting.lay_out(poll, by=make.official(poll, "clerk"), at=NOW)
    assert client(poll, "chief").get(at("batch_scan", batch=batch.pk)).status_code == 403
    assert client(poll, "chief").get(at("scans", poll=poll.pk)).status_code == 403


# --- what to do now ----------------------------------------------------------


def step(batch: Batch, name: str) -> str:
    answer = client(batch.poll, name).get(at("batch_scan", batch=batch.pk))
    return str(answer.context["next"].key)


def test_every_step_of_a_batch_is_said_to_whoever_does_it(poll: Poll) -> None:
    batch = deck.batch(poll)
    assert {step(batch, name) for name in ("chief", "watcher", "clerk", "one")} == {"upload"}
    deck.scanned(poll, [[F, A, X], [F, F, ""], [A, A, F]], {(1, 2): "faint"}, into=batch)
    assert (step(batch, "watcher"), step(batch, "clerk")) == ("doubts", "wait_scrutineers")
    deck.said(batch, 1, 2, X, "watcher")
    assert (step(batch, "watcher"), step(batch, "chief")) == ("blank", "doubts")
    deck.look_at_blanks(batch)
    assert step(batch, "watcher") == "wait_other"
    deck.said(batch, 1, 2, F, "chief")
    assert (step(batch, "watcher"), step(batch, "chief")) == ("wait_chief", "doubts")
    ScanDecision.objects.filter(value=F).update(value=X)
    assert (step(batch, "watcher"), step(batch, "chief")) == ("wait_close", "close")
    do.close(batch, by=make.official(poll, "chief"), at=NOW)
    assert {step(batch, name) for name in ("chief", "one")} == {"closed"}


def test_a_sheet_too_few_and_one_too_many_are_said_with_what_to_do(poll: Poll) -> None:
    batch = deck.scanned(poll, [[F, A, X], [F, F, A]])
    assert step(batch, "chief") == "short"
    page = shown(client(poll, "chief").get(at("batch_scan", batch=batch.pk)))
    assert "还差1张" in page
    assert at("scan_unscanned", batch=batch.pk) in page
    deck.scanned(poll, [[F, A, X], [F, F, A]], into=batch)
    assert step(batch, "chief") == "over"


def test_the_live_part_sends_the_whole_page_when_there_is_something_else_to_do(doubtful: Batch) -> None:
    who = client(doubtful.poll, "chief")
    same = who.get(at("scan_live", batch=doubtful.pk) + "?step=doubts")
    assert "HX-Refresh" not in same.headers
    assert "现在要做的" in shown(same)
    assert who.get(at("scan_live", batch=doubtful.pk) + "?step=reading").headers["HX-Refresh"] == "true"


# --- rows in doubt ------------------------------------------------------------


def key_of(batch: Batch, ballot: int, row: int) -> str:
    return f"{deck.leaf(batch, ballot).pk}-{row}"


def test_two_scrutineers_judge_apart_and_neither_sees_the_other(doubtful: Batch) -> None:
    poll, key = doubtful.poll, key_of(doubtful, 1, 2)
    url = at("scan_doubts", batch=doubtful.pk)
    first = shown(client(poll, "watcher").get(url))
    assert "第1张" in first
    assert "标记很淡" in first
    client(poll, "watcher").post(url, {f"say-{key}": X})
    second = client(poll, "chief").get(url)
    assert "checked" not in shown(second)
    assert "王" not in shown(second)
    assert second.context["left"] == 1
    client(poll, "chief").post(url, {f"say-{key}": X})
    row = rules.ledger(doubtful).ballots[0].rows[2]
    assert (row.state, row.letters) == ("adjudicated", X)


def test_what_two_see_differently_the_chief_settles_with_a_reason(doubtful: Batch) -> None:
    deck.said(doubtful, 1, 2, X, "watcher")
    deck.said(doubtful, 1, 2, F, "chief")
    who, key = client(doubtful.poll, "chief"), key_of(doubtful, 1, 2)
    url = at("scan_doubts", batch=doubtful.pk)
    assert "两人不一致" in shown(who.get(url))
    refused = who.post(url, {f"say-{key}": X, f"settle-{key}": "1"}, follow=True)
    assert "请写明理由" in shown(refused)
    who.post(url, {f"say-{key}": X, f"settle-{key}": "1", f"why-{key}": "看原票是弃权"})
    assert rules.ledger(doubtful).ballots[0].rows[2].letters == X
    assert client(doubtful.poll, "watcher").get(url).status_code == 302


def test_one_key_is_saved_at_once_and_what_cannot_be_is_said(doubtful: Batch) -> None:
    who, key = client(doubtful.poll, "watcher"), key_of(doubtful, 1, 2)
    url = at("scan_doubts", batch=doubtful.pk)
    assert who.post(url, {"key": key, f"say-{key}": "-"}).json() == {"done": 1}
    assert ScanDecision.objects.get().value == ""
    # A key struck wrongly is put right at once.
    assert who.post(url, {"key": key, f"say-{key}": "fa"}).json() == {"done": 1}
    wrong = who.post(url, {"key": key, f"say-{key}": "zz"})
    assert (wrong.status_code, bool(wrong.json()["error"])) == (400, True)
    assert who.post(url, {"key": "1-99", "say-1-99": "f"}).json() == {"done": 0}


def test_an_empty_form_and_rubbish_change_nothing(doubtful: Batch) -> None:
    who, url = client(doubtful.poll, "watcher"), at("scan_doubts", batch=doubtful.pk)
    assert "还没有选" in shown(who.post(url, {}, follow=True))
    who.post(url, {"say-": "f", "say-x": "f", "key": ""})
    who.post(at("scan_mosaic", batch=doubtful.pk, kind="for"), {"seen": ["", "1", "-1-2", "9" * 40 + "-1"]})
    assert not ScanDecision.objects.exists()


def test_what_one_has_said_can_be_said_anew(doubtful: Batch) -> None:
    deck.said(doubtful, 1, 2, X, "watcher")
    who = client(doubtful.poll, "watcher")
    url = at("scan_doubts", batch=doubtful.pk) + "?mine=1"
    assert "checked" in shown(who.get(url))
    who.post(url, {f"say-{key_of(doubtful, 1, 2)}": F})
    assert rules.ledger(doubtful).ballots[0].rows[2].said == {
        make.official(doubtful.poll, "watcher").pk: (F, "")
    }


def test_each_person_has_an_order_of_their_own_and_always_the_same(poll: Poll) -> None:
    doubts = {(ballot, row): "faint" for ballot in (1, 2, 3) for row in (0, 1, 2)}
    batch = deck.scanned(poll, [[F, A, X]] * 3, doubts)
    orders = []
    for name in ("chief", "watcher", "chief"):
        rows = client(poll, name).get(at("scan_doubts", batch=batch.pk)).context["rows"]
        orders.append([row["key"] for row in rows])
    assert sorted(orders[0]) == sorted(orders[1])
    assert orders[0] != orders[1]
    assert orders[0] == orders[2]


def test_every_reason_to_doubt_that_the_reader_knows_has_its_words() -> None:
    from yishi.scan import rows
    from yishi.voting.words import scans as words

    assert set(rows.WHY) - {"", "blank"} <= set(words.WHY)


# --- mosaics -----------------------------------------------------------------


def test_a_screen_of_blanks_is_confirmed_with_one_press_and_a_click_puts_a_row_in_doubt(poll: Poll) -> None:
    batch = deck.scanned(poll, [["", "", F], ["", A, F], [F, A, ""]])
    who, url = client(poll, "watcher"), at("scan_mosaic", batch=batch.pk, kind="blank")
    page = who.get(url)
    assert "第1张第1栏" in shown(page)
    seen = [row["key"] for row in page.context["rows"]]
    assert len(seen) == 4
    who.post(url, {"seen": seen, "flag": key_of(batch, 3, 2)})
    ledger = rules.ledger(batch)
    assert (ledger.look, ledger.doubts) == (0, 1)
    assert ScanLook.objects.filter(flagged=True).get().row == 2
    assert who.get(url).status_code == 302


def test_a_screen_holds_120_pieces_and_the_next_the_others() -> None:
    poll = deck.poll(7, options=tuple(f"项目{n}" for n in range(20)))
    batch = deck.scanned(poll, [[""] * 20] * 7)
    who, url = client(poll, "watcher"), at("scan_mosaic", batch=batch.pk, kind="blank")
    page = who.get(url)
    assert (len(page.context["rows"]), page.context["left"], page.context["screens"]) == (120, 140, 2)
    who.post(url, {"seen": [row["key"] for row in page.context["rows"]]})
    assert len(who.get(url).context["rows"]) == 20


def test_marks_can_be_looked_through_by_each(poll: Poll) -> None:
    batch = deck.scanned(poll, [[F, A, X], [F, F, ""], [A, A, F]])
    url = at("scan_mosaic", batch=batch.pk, kind="for")
    who = client(poll, "watcher")
    seen = [row["key"] for row in who.get(url).context["rows"]]
    assert len(seen) == 4
    who.post(url, {"seen": seen})
    assert who.get(url).status_code == 302
    assert len(client(poll, "chief").get(url).context["rows"]) == 4
    assert who.get(at("scan_mosaic", batch=batch.pk, kind="maybe")).status_code == 404


def test_the_row_with_most_ink_comes_first_among_the_blanks(poll: Poll) -> None:
    batch = deck.scanned(poll, [["", "", ""], ["", "", ""], ["", "", ""]])
    page = deck.leaf(batch, 2)
    page.reading["rows"][1]["boxes"][0]["M"] = 0.05
    page.save()
    rows = client(poll, "watcher").get(at("scan_mosaic", batch=batch.pk, kind="blank")).context["rows"]
    assert rows[0]["key"] == f"{page.pk}-1"


def test_a_name_written_in_is_typed_and_a_row_left_empty_is_looked_at_as_a_whole() -> None:
    poll = deck.poll(2, options=("张安邦", "李承德"), rule_key="election.officials")
    batch = deck.scanned(poll, [[A, F, F], [F, A, ""]])
    page = deck.leaf(batch, 1)
    for name in ("watcher", "chief"):
        who, url = client(poll, name), at("scan_doubts", batch=batch.pk)
        assert "票上写的姓名" in shown(who.get(url))
        who.post(url, {f"say-{page.pk}-2": F, f"name-{page.pk}-2": "王恩泰"})
    assert rules.ledger(batch).ballots[0].write_ins == ["王恩泰"]
    (row,) = client(poll, "watcher").get(at("scan_mosaic", batch=batch.pk, kind="blank")).context["rows"]
    assert row["ovals_url"] == row["row_url"]
    client(poll, "watcher").post(at("scan_mosaic", batch=batch.pk, kind="blank"), {"seen": row["key"]})
    assert rules.ledger(batch).look == 0


# --- whole ballots --------------------------------------------------------------


def test_a_page_not_read_goes_to_the_hand_by_one_and_is_left_out_by_two(poll: Poll) -> None:
    batch = deck.scanned(poll, [[F, A, X], [F, F, A]], refused={2: "corner", 4: "not_a_ballot"})
    torn, other = (batch.leaves.get(reason=reason) for reason in ("corner", "not_a_ballot"))
    who, url = client(poll, "watcher"), at("scan_whole", batch=batch.pk)
    page = shown(who.get(url))
    assert "定位块少于三个" in page
    who.post(url, {f"say-p{torn.pk}": "hand", f"say-p{other.pk}": "not_a_ballot"})
    ledger = rules.ledger(batch)
    assert (ledger.hand, ledger.excluded, ledger.open) == (1, 0, 1)
    client(poll, "chief").post(url, {f"say-p{other.pk}": "not_a_ballot"})
    assert rules.ledger(batch).problems == []


def test_blank_backs_are_left_out_together(poll: Poll) -> None:
    batch = deck.scanned(
        poll, [[F, A, X], [F, F, A], [A, A, F]], refused={2: "blank", 4: "blank", 6: "blank"}
    )
    url = at("scan_whole", batch=batch.pk)
    for name in ("watcher", "chief"):
        who = client(poll, name)
        keys = [one["pk"] for one in who.get(url).context["blanks"]]
        assert len(keys) == 3
        who.post(url, {"blanks": "not_a_ballot", "blank": keys})
    assert (rules.ledger(batch).excluded, rules.ledger(batch).problems) == (3, [])


def test_a_void_ballot_is_confirmed_by_two_or_a_row_misread_is_put_right(poll: Poll) -> None:
    batch = deck.scanned(poll, [[F, F, F], [F, F, A], [A, A, F]])
    who, url = client(poll, "watcher"), at("scan_whole", batch=batch.pk)
    page = who.get(url)
    assert "此票选了3项，超过2项" in shown(page)
    key = f"say-b{deck.leaf(batch, 1).pk}"
    who.post(url, {key: "void"})
    client(poll, "chief").post(url, {key: "void"})
    assert rules.ledger(batch).ballots[0].verdict == "void"
    again = deck.scanned(deck.poll(1), [[F, F, F]])
    who = client(again.poll, "watcher")
    who.post(at("scan_whole", batch=again.pk), {"flag": key_of(again, 1, 0)})
    assert rules.ledger(again).ballots[0].rows[0].state == "open"


def test_ink_beside_the_table_is_a_mark_or_is_not(poll: Poll) -> None:
    batch = deck.scanned(poll, [[F, A, X], [F, F, A], [A, A, F]], elsewhere=[2])
    url, key = at("scan_whole", batch=batch.pk), f"say-b{deck.leaf(batch, 2).pk}"
    for name in ("watcher", "chief"):
        assert "可能写有姓名" in shown(client(poll, name).get(url))
        client(poll, name).post(url, {key: "signed"})
    assert rules.ledger(batch).ballots[1].doubt == "signed"


def test_a_picture_seen_twice_is_left_out_by_two(poll: Poll) -> None:
    batch = deck.scanned(poll, [[F, A, X], [F, F, A], [A, A, F], [A, A, F]], twins={4: 3})
    url, key = at("scan_duplicates", batch=batch.pk), f"say-t{deck.leaf(batch, 4).pk}"
    assert step(batch, "watcher") == "twins"
    for name in ("watcher", "chief"):
        assert "第3张" in shown(client(poll, name).get(url))
        client(poll, name).post(url, {key: "duplicate"})
    assert rules.ledger(batch).problems == []
    assert "已定" in shown(client(poll, "chief").get(url))


# --- files and the whole batch --------------------------------------------------


def test_files_are_given_to_the_action_one_by_one(poll: Poll, monkeypatch: pytest.MonkeyPatch) -> None:
    batch, given = deck.batch(poll), []

    def upload(to: Batch, file: Any, *, by: Any, at: Any) -> None:
        if file.name == "b.pdf":
            raise ValidationError("太大。")
        given.append((to.pk, file.name, file.size))

    monkeypatch.setattr(do, "upload", upload)
    files = [SimpleUploadedFile(name, b"x" * n) for name, n in (("a.pdf", 3), ("b.pdf", 1), ("c.tif", 0))]
    who = client(poll, "clerk")
    answer = who.post(at("scan_upload", batch=batch.pk), {"given": files}, follow=True)
    assert given == [(batch.pk, "a.pdf", 3), (batch.pk, "c.tif", 0)]
    assert "太大。" in shown(answer)
    refused = who.post(at("scan_upload", batch=batch.pk), {})
    assert (refused.status_code, "请先选中" in shown(refused)) == (400, True)


def test_who_does_not_count_brings_nothing_in(poll: Poll) -> None:
    batch = deck.batch(poll)
    file = SimpleUploadedFile("a.pdf", b"%PDF-")
    who = client(poll, "chair")
    assert who.post(at("scan_upload", batch=batch.pk), {"given": file}).status_code == 403
    assert who.post(at("scan_watch", batch=batch.pk), {"on": "1"}).status_code == 403
    assert who.post(at("scan_calibrate", poll=poll.pk), {"file": file}).status_code == 403


def test_a_refused_file_says_what_to_do(poll: Poll) -> None:
    batch = deck.batch(poll)
    batch.files.create(
        name="坏的.pdf", sha256="0" * 64, size=1, state="refused", reason="password", at=NOW,
        by=make.official(poll, "clerk"),
    )  # fmt: skip
    page = shown(client(poll, "clerk").get(at("batch_scan", batch=batch.pk)))
    assert "PDF 有密码" in page


def test_the_chief_closes_a_batch_that_agrees_and_no_other(doubtful: Batch) -> None:
    who, url = client(doubtful.poll, "chief"), at("scan_close", batch=doubtful.pk)
    assert "核清以前还要做的" in shown(who.get(url))
    who.post(url)
    doubtful.refresh_from_db()
    assert doubtful.agreed_at is None
    deck.said(doubtful, 1, 2, X)
    assert "不能再改判读" in shown(who.get(url))
    assert "这一批已经核清" in shown(who.post(url, follow=True))


def test_what_is_left_goes_to_the_hand_with_a_reason(doubtful: Batch) -> None:
    who, url = client(doubtful.poll, "chief"), at("scan_hand", batch=doubtful.pk)
    assert "这个字段" in shown(who.post(url, {})) or who.post(url, {}).status_code == 200
    who.post(url, {"why": "扫描仪坏了"})
    assert rules.ledger(doubtful).hand == 1


def test_sheets_without_a_picture_are_said_with_a_reason(poll: Poll) -> None:
    batch = deck.scanned(poll, [[F, A, X], [F, F, A]])
    who, url = client(poll, "chief"), at("scan_unscanned", batch=batch.pk)
    assert "请填0到3" in shown(who.post(url, {"n": "9", "why": "撕坏"}))
    who.post(url, {"n": "1", "why": "撕坏"})
    batch.refresh_from_db()
    assert batch.unscanned == 1


def test_a_file_is_taken_back_with_a_reason(doubtful: Batch) -> None:
    file = doubtful.files.get()
    who = client(doubtful.poll, "chief")
    assert "不再计入" in shown(who.get(at("scan_withdraw", file=file.pk)))
    who.post(at("scan_withdraw", file=file.pk), {"why": "扫成了彩色"})
    page = shown(who.get(at("batch_scan", batch=doubtful.pk)))
    assert "已撤回" in page
    assert "扫成了彩色" in page


# --- pictures ---------------------------------------------------------------------


def test_crops_show_the_row_and_no_browser_keeps_them(doubtful: Batch) -> None:
    drawn.pictures(doubtful)
    who = client(doubtful.poll, "watcher")
    answer = who.get(where("scan_row", doubtful))
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["Cache-Control"] == "private, no-store"
    wide = Image.open(BytesIO(answer.content))
    narrow = Image.open(BytesIO(who.get(where("scan_ovals", doubtful)).content))
    assert wide.width > 2 * narrow.width
    assert min(narrow.convert("L").tobytes()) < 60  # the mark and the oval
    page = deck.leaf(doubtful, 1)
    for url in (
        at("scan_row", page=page.pk, row=99),
        at("scan_ovals", page=page.pk, row=99),
        at("scan_row", page=page.pk + 999, row=0),
    ):
        assert who.get(url).status_code == 404


def test_a_ballot_that_was_read_can_be_sent_to_the_hand(poll: Poll) -> None:
    batch = deck.scanned(poll, [[F, A, X], [F, F, A], [A, A, F]])
    url = at("scan_page", page=deck.leaf(batch, 2).pk)
    who = client(poll, "watcher")
    assert "不该照读出的计" in shown(who.get(url))
    assert who.post(url, {"fate": "nonsense"}).status_code == 200
    who.post(url, {"fate": "hand"})
    assert (rules.ledger(batch).read, rules.ledger(batch).hand) == (2, 1)
    do.close(batch, by=make.official(poll, "chief"), at=NOW)
    assert "不该照读出的计" not in shown(who.get(url))


def test_a_page_without_a_picture_is_said(poll: Poll) -> None:
    batch = deck.scanned(poll, [[F, A, X]], refused={2: "unreadable"})
    page = batch.leaves.get(reason="unreadable")
    who = client(poll, "watcher")
    assert who.get(at("scan_picture", page=page.pk)).status_code == 404
    assert "没有图像" in shown(who.get(at("scan_page", page=page.pk)))
    assert "没有图像" in shown(who.get(at("scan_whole", batch=batch.pk)))


def test_the_chief_rules_on_a_closed_ballot_with_its_picture(poll: Poll) -> None:
    batch = deck.scanned(poll, [[F, A, X], [F, F, A], [A, A, F]], elsewhere=[2])
    drawn.pictures(batch)
    deck.said(batch, 2, None, "signed")
    do.close(batch, by=make.official(poll, "chief"), at=NOW)
    page = shown(client(poll, "chief").get(at("ruling", batch=batch.pk, number=2)))
    assert at("scan_picture", page=deck.leaf(batch, 2).pk) in page
    assert "两位计票人录入的" not in page


# --- the other pages of the count -----------------------------------------------


def test_the_overview_and_the_chair_see_how_far_the_machine_is(doubtful: Batch) -> None:
    poll = doubtful.poll
    page = shown(client(poll, "chief").get(at("counting", poll=poll.pk)))
    assert "已读 3 / 3 页" in page
    assert at("batch_scan", batch=doubtful.pk) in page
    assert at("scans", poll=poll.pk) in page
    assert "已读 3 页，共 3 页" in shown(client(poll, "chair").get(at("chair", poll=poll.pk)))


# --- queries ------------------------------------------------------------------------


def asked(who: Client, url: str) -> int:
    who.get(url)
    with CaptureQueriesContext(connection) as queries:
        assert who.get(url).status_code == 200
    return len(queries)


def test_pages_ask_as_much_for_many_ballots_as_for_few() -> None:
    few, many = (_busy(n) for n in (2, 12))
    parts = ("scan_doubts", "scan_mosaic", "scan_whole", "scan_duplicates")
    for name in ("batch_scan", *parts, "scans", "counting"):
        numbers = []
        for batch in (few, many):
            of_all = name in ("scans", "counting")
            keys: dict[str, Any] = {"poll": batch.poll_id} if of_all else {"batch": batch.pk}
            keys |= {"kind": "blank"} if name == "scan_mosaic" else {}
            numbers.append(asked(client(batch.poll, "watcher"), at(name, **keys)))
        assert numbers[0] == numbers[1], name


def _busy(n: int) -> Batch:
    """n ballots of each kind: in doubt, blank, void, written upon, torn, and seen twice."""
    poll = deck.poll(6 * n, batch_size=200)
    plain = [[F, A, X], [F, A, ""], [F, F, F], [A, A, F], [A, A, F]] * n
    doubts = {(5 * i + 1, 0): "faint" for i in range(n)}
    ink, twins = [5 * i + 4 for i in range(n)], {5 * i + 5: 5 * i + 4 for i in range(n)}
    batch = deck.scanned(
        poll, plain, doubts, elsewhere=ink, refused={2 * i + 2: "not_a_ballot" for i in range(n)}
    )
    for later, earlier in twins.items():
        page, other = (batch.leaves.filter(state="read").order_by("index")[i - 1] for i in (later, earlier))
        page.reading["twins"] = [[other.pk, 0.99]]
        page.save()
    for number in range(n):  # the same in two more batches, for the page of all
        ScanLook.objects.get_or_create(
            page=batch.leaves.filter(state="read").order_by("index")[5 * number], row=1,
            by=make.official(poll, "watcher"), defaults={"at": NOW},
        )  # fmt: skip
    return batch
