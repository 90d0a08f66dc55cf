"""The pictures of the README, taken from the demo county when YISHI_PICTURES=1.

`YISHI_PICTURES` may also name another folder than docs/pictures. Without it nothing is taken.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from tests import make
from yishi import demo
from yishi.meetings import actions as meetings
from yishi.people.models import User
from yishi.projects.models import Project
from yishi.voting.actions import counting, polls
from yishi.voting.models import Figure, Poll

if TYPE_CHECKING:
    from playwright.sync_api import Page

WANTED = os.environ.get("YISHI_PICTURES", "")
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not WANTED, reason="只在设了 YISHI_PICTURES 时拍 README 的图"),
]
FOLDER = Path(__file__).parents[2] / "docs" / "pictures" if WANTED == "1" else Path(WANTED)
DESK = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2}
HALL = {"viewport": {"width": 1280, "height": 720}}


@pytest.fixture
def seat(open_browser: Any, live_server: Any) -> Any:
    """`seat("qiaotou", **options)`: this account's own browser, signed in; "" is the public."""

    def sit(username: str, **options: Any) -> Page:
        page = open_browser(**options)
        if username:
            value = make.client(User.objects.get(username=username)).cookies["sessionid"].value
            page.context.add_cookies([{"name": "sessionid", "value": value, "url": live_server.url}])
        return page

    return sit


def take(page: Page, address: str, name: str) -> None:
    page.goto(address)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=FOLDER / f"{name}.png")


def test_the_pictures_of_the_readme(seat: Any) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    now = timezone.now()
    demo.build(now)
    poll = Poll.objects.get(meeting__body__code="qiaotou")
    who = {name: User.objects.get(username=f"qiaotou{name}") for name in ("", "-zhuxi", "-zongjian", "-jian")}
    clerk, chair, chief = who[""], who["-zhuxi"], who["-zongjian"]
    take(seat("", **DESK), "/", "front")
    take(seat("qiaotou-daibiao", **PHONE), "/desk/", "phone")
    take(seat("qiaotou", **DESK), "/desk/", "desk")

    hands = {"for": 58, "against": 0, "abstain": 0}
    polls.adopt_method(poll, hands, by=chair, at=now)
    polls.adopt_officials(poll, hands, by=chair, at=now)
    polls.say(poll, Figure.Kind.PRINTED, 70, by=clerk, at=now)
    polls.count_present(poll, by=clerk, at=now)
    polls.hand_out(poll, 58, 12, by=clerk, at=now)
    for one in (chief, who["-jian"]):
        polls.seal(poll, by=one, at=now)
    take(seat("qiaotou-zhuxi", **DESK), f"/voting/{poll.pk}/chair/", "chair")

    polls.open_poll(poll, by=chair, at=now)
    polls.close_poll(poll, by=chair, at=now + timedelta(minutes=9))
    polls.say(poll, Figure.Kind.RETURNED, 58, by=clerk, at=now)
    batch = counting.lay_out(poll, by=clerk, at=now)[0]
    batch.poll = poll
    teller = User.objects.get(username="qiaotou-ji1")
    keying = counting.begin(batch, by=teller, at=now)
    for number in range(1, 8):
        marks = [*"fffaf", "x"]
        counting.key(keying, number, marks=marks, revision=1, complete=True, by=teller, at=now)
    page = seat("qiaotou-ji1", **DESK)
    page.goto(f"/voting/batches/{batch.pk}/?sheet=8")
    page.wait_for_load_state("networkidle")
    for key in "1113":
        page.keyboard.press(key)
    page.locator("#saved[data-state=saved]").wait_for()
    page.screenshot(path=FOLDER / "keying.png")

    held = Poll.objects.filter(meeting__body__code="yantou").order_by("-meeting__starts_at", "place").first()
    assert held is not None
    meetings.choose_scene(held.meeting, "result", by=User.objects.get(username="yantou"), at=now)
    take(seat("yantou", **HALL), f"/screen/{held.meeting_id}/", "screen")

    projects = Project.objects.filter(call__body__code="oubei").order_by("number")
    take(seat("", **DESK), "/board/", "board")
    take(seat("", **PHONE), f"/ledger/projects/{projects[0].pk}/", "story")
    take(seat("oubei-jiedao", **PHONE), f"/projects/delivery/{projects[3].pk}/report/", "report")
    taken = ("front", "phone", "desk", "chair", "keying", "screen", "board", "story", "report")
    assert {path.name for path in FOLDER.glob("*.png")} >= {f"{name}.png" for name in taken}


def test_the_pictures_of_the_booth(open_browser: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ballot on a deputy's phone, and the one end that it has."""
    from tests.browser import test_booth as booth
    from yishi.voting import pool

    monkeypatch.setattr(pool, "check", pool.verdict)
    booth.forget()
    FOLDER.mkdir(parents=True, exist_ok=True)
    meeting = make.meeting(
        make.body(name="枫溪镇人民代表大会"), deputies=0, title="第十七届人民代表大会第五次会议"
    )
    poll = make.poll(
        meeting, booth.TITLES, doors="phone", state=Poll.State.OPEN, opened_at=make.NOW,
        title="2027年民生实事项目票决",
    )  # fmt: skip
    box, codes = make.sealed_box(poll)
    page = open_browser(**PHONE)
    page.goto(f"/booth/#{booth.session(box)}.{codes[0]}")
    page.wait_for_selector("html[data-booth=started]")
    booth.begin(page)
    booth.answer(page, "001")
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=FOLDER / "ballot.png")
    booth.answer(page, "0012")
    booth.check(page)
    booth.cast(page)
    page.screenshot(path=FOLDER / "in.png")
    booth.forget()
    assert all((FOLDER / f"{name}.png").is_file() for name in ("ballot", "in"))


def test_the_pictures_of_the_scanner(seat: Any, tmp_path: Path, settings: Any) -> None:
    """Sheets of many hands in a scanner's file: the rows for people, and the blank ones by the screen."""
    import io

    from django.core.files.uploadedfile import SimpleUploadedFile
    from PIL import Image

    from tests.scan import synth
    from tests.voting.scans import deck
    from yishi.voting import reader
    from yishi.voting.actions import scan_files

    settings.MEDIA_ROOT = tmp_path
    FOLDER.mkdir(parents=True, exist_ok=True)
    form = synth.FORMS["a4"]
    poll = deck.poll(24, options=tuple(one.title for one in form.options), seats=None)
    poll.sheet_layout = synth.plan("a4")
    poll.save()
    batch = deck.batch(poll)
    first, *others = (Image.fromarray(synth.make(500 + n, "feeder200").grey) for n in range(24))
    out = io.BytesIO()
    first.save(out, "PDF", save_all=True, append_images=others, resolution=200)
    reader_wake, scan_files.reader.wake = scan_files.reader.wake, lambda *_: None
    try:
        given = SimpleUploadedFile("scan.pdf", out.getvalue())
        file = scan_files.upload(batch, given, by=make.official(poll, "chief"), at=make.NOW)
    finally:
        scan_files.reader.wake = reader_wake
    reader.read_now(file, jobs=0)
    page = seat(make.official(poll, "watcher").username, **DESK)
    for name, where in (("doubts", "doubts/"), ("mosaic", "mosaic/blank/")):
        take(page, f"/voting/batches/{batch.pk}/scan/{where}", name)
    assert all((FOLDER / f"{name}.png").is_file() for name in ("doubts", "mosaic"))
