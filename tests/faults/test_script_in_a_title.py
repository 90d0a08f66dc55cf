"""Script, markup and formulas in every name and title: on every page and paper they are only text."""

import io
import re
import zipfile
from pathlib import Path

import pypdfium2
import pytest
from django.core.files.base import ContentFile

from tests import make
from tests.faults.town import PDF, let_go, patterns
from tests.stories import hall as story
from yishi.meetings import actions as meetings
from yishi.meetings.models import AgendaItem, Meeting, Voter
from yishi.people.models import Body, Person, Seat, User
from yishi.voting.actions import polls
from yishi.voting.models import Batch, Option, Poll

pytestmark = pytest.mark.django_db

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
# What no page may hold as it stands: our own pages have neither.
LIVE = (b"<script>alert", b"<img src=x", b"onerror=alert(2)>")
PAPERS = {
    "name": ("method", "officials", "script", "report", "announcement", "announcement-en"),
    "kind": ("pdf", "docx"),
}


class Everything:
    """A declared and published vote in which every name and title is hostile."""

    def __init__(self):
        told = story.hall(deputies=9, present=9)
        poll = story.planned(told, [f"甲{EVIL}", f"乙{EVIL}", f"丙{EVIL}"], 2)
        story.adopted(told, poll)
        story.voted(told, poll, 9, 9)
        story.counted(told, poll, story.ballots([7, 6, 2], 9))
        story.declared(told, poll)
        polls.publish(poll, by=told.clerk, at=told.tick())
        self.hall, self.poll, self.meeting = told, poll, told.meeting
        meetings.add_items(told.meeting, [EVIL], by=told.clerk, at=told.tick())
        self.paper = meetings.add_material(
            told.meeting, ContentFile(PDF, name="草案.pdf"), title=EVIL, by=told.clerk, at=told.tick()
        )
        meetings.grant_leave(make.voters(told.meeting, 1)[0], by=told.clerk, at=told.tick(), why=EVIL)
        self.office = make.office(told.town, post="chair")
        self.voter = told.meeting.voters.select_related("seat").first()
        self.deputy = make.deputy_user(self.voter.seat)
        self.spoil()

    def spoil(self):
        """What our own forms would refuse too: rows may have come by another way."""
        Body.objects.update(name=EVIL, short_name=EVIL[:40])
        Meeting.objects.update(title=EVIL, place=EVIL)
        Poll.objects.update(title=EVIL, void_reason=EVIL)
        Option.objects.update(detail=EVIL)
        Person.objects.update(name=EVIL[:40])
        User.objects.update(name=EVIL[:40])
        Seat.objects.update(delegation=EVIL[:60], district=EVIL[:60], title=EVIL[:40])
        Voter.objects.update(note=EVIL)
        self.paper.filename = f"{EVIL}.pdf"
        self.paper.save()

    def people(self):
        yield self.hall.clerk
        yield self.hall.chair
        yield self.deputy
        yield from self.hall.officials.values()
        for duty in ("system", "security", "auditor"):
            yield make.user("", (duty, None))

    def addresses(self):
        known = {
            "body": self.hall.town.pk,
            "meeting": self.meeting.pk,
            "material": self.paper.pk,
            "seat": self.voter.seat_id,
            "office": self.office.pk,
            "term": self.meeting.term_id,
            "role": self.hall.clerk.roles.get().pk,
            "voter": self.voter.pk,
            "account": self.deputy.pk,
            "poll": self.poll.pk,
            "batch": Batch.objects.first().pk,
            "number": 1,
            "code": self.voter.code,
        }
        for name, pattern in patterns():
            path = "/" + prefixed(name, pattern)
            for key, value in known.items():
                path = re.sub(rf"<\w+:{key}>", str(value), path)
            options = [path]
            for key, values in PAPERS.items():
                if f"<slug:{key}>" in path:
                    options = [o.replace(f"<slug:{key}>", v) for o in options for v in values]
            yield from (o for o in options if "<" not in o)


def prefixed(name, pattern):
    return f"desk/{pattern.pattern}" if name == "desk" else str(pattern.pattern)


def text_of(answer):
    """What a reader sees of a PDF, Word or Excel file."""
    kind, data = answer["Content-Type"], answer.content
    if kind == "application/pdf":
        with pypdfium2.PdfDocument(data) as pdf:
            return "".join(page.get_textpage().get_text_bounded() for page in pdf)
    with zipfile.ZipFile(io.BytesIO(data)) as pack:
        parts = [pack.read(name).decode() for name in pack.namelist() if name.endswith(".xml")]
    return "".join(parts)


@pytest.fixture
def everything():
    return Everything()


def test_on_every_page_and_paper_a_hostile_title_is_only_text(everything):
    live, seen, files = [], set(), {}
    for user in everything.people():
        client = make.client(user)
        for address in everything.addresses():
            if "logout" in address or address in files:
                continue
            answer = client.get(address)
            if answer.streaming:
                let_go(answer)
                continue
            page = answer.content
            if answer["Content-Type"].startswith("text/html"):
                live += [(address, mark) for mark in LIVE if mark in page]
                if b"&lt;script&gt;alert" in page:
                    seen.add(address)
            elif answer["Content-Type"].startswith(("application/pdf", "application/vnd.")):
                files[address] = answer
            elif answer.get("Content-Disposition", "").startswith("attachment"):
                # Plain data to keep, as written: no browser shows it, and none may guess at it.
                assert answer["Content-Type"].startswith(("text/csv", "text/plain")), address
                assert answer["X-Content-Type-Options"] == "nosniff"
            else:
                live += [(address, mark) for mark in LIVE if mark in page]
    assert live == []
    assert len(seen) > 40, sorted(seen)
    assert len(files) > 12, sorted(files)
    for address, answer in files.items():
        text = text_of(answer)
        if answer["Content-Type"] == "application/pdf":
            # As it was typed, over however many lines.
            assert "<script>alert" in re.sub(r"\s", "", text) or "method" in address, address
        else:
            assert not any(mark.decode() in text for mark in LIVE), address
        assert not any(mark in answer["Content-Disposition"].encode() for mark in LIVE)


def test_the_public_result_and_every_scene_of_the_screen_show_it_as_text(everything):
    client = make.client()
    for address in ("/", "/results/", f"/results/{everything.poll.pk}/", "/sitemap.xml"):
        page = client.get(address).content
        assert not any(mark in page for mark in LIVE), address
    assert b"&lt;script&gt;alert" in client.get(f"/results/{everything.poll.pk}/").content
    screen = everything.meeting.screen
    screen.refresh_from_db()
    hostile = {
        "title": EVIL, "points": [EVIL], "sentence": EVIL, "counted": 1, "entitled": 1, "present": 1,
        "issued": 1, "returned": 1, "figures": [{"label": EVIL, "value": 1}],
        "rows": [{"title": EVIL, "strokes": 6, "place": 1, "for": 1, "against": 1, "abstain": 1,
                  "adopted": True}],
    }  # fmt: skip
    for scene in type(screen).Scene.values:
        screen.scene, screen.data = scene, {**screen.data, scene: hostile}
        screen.version += 1
        screen.save()
        for address in (f"/screen/{screen.meeting_id}/", f"/screen/{screen.meeting_id}/picture/"):
            answer = client.get(f"{address}?key={screen.key}")
            assert answer.status_code == 200, (scene, answer.content)
            assert not any(mark in answer.content for mark in LIVE), scene
            assert scene == "blank" or b"&lt;script&gt;alert" in answer.content, scene


def test_a_paper_cannot_read_a_file_of_the_server(everything):
    """Typst code in a title stays text: `#read` would else print a file."""
    evil = '#read("/etc/passwd") #import "x.typ" $x$ *b* `c` <l> @r \\ #[#v(9cm)] {{7*7}} {% now %}'
    Meeting.objects.update(title=evil)
    AgendaItem.objects.update(title=evil)
    answer = make.client(everything.hall.clerk).get(f"/meetings/{everything.meeting.pk}/papers/notice.pdf")
    text = re.sub(r"\s", "", text_of(answer))
    assert "root:" not in text and re.sub(r"\s", "", evil)[:30] in text and "{{7*7}}" in text


def test_help_texts_hold_no_word_of_a_user():
    """The one place where the frame trusts markup: nothing typed may ever come into it."""
    sources = Path("yishi").rglob("*.py")
    helps = [
        (f, line) for f in sources for line in f.read_text().splitlines() if re.search(r"help_text\s*=", line)
    ]
    assert helps
    loose = [
        (str(f), line) for f, line in helps if ('f"' in line or "% {" in line) and "default_title" not in line
    ]
    assert loose == []


def test_in_a_browser_no_script_of_a_title_runs(everything, open_browser, live_server, settings):
    # As in tests/browser: the test server knows no hashed names.
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    page = open_browser()
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    cookie = make.client(everything.hall.clerk).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    m, p = everything.meeting.pk, everything.poll.pk
    pages = [f"/meetings/{m}/", f"/meetings/{m}/attendance/", f"/meetings/{m}/materials/", f"/screen/{m}/"]
    pages += [f"/polls/{p}/", f"/voting/{p}/chair/", f"/results/{p}/", "/bodies/", "/journal/", "/desk/"]
    for address in pages:
        page.goto(address)
        page.wait_for_load_state("networkidle") if "screen" not in address else page.wait_for_timeout(2500)
        assert "<script>alert(1)" in page.inner_text("body"), address
        assert page.locator("img[src='x']").count() == 0
    assert asked == []
