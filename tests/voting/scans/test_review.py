"""What an independent review found, each as it was shown: it must not come back."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from tests import make
from tests.make import NOW
from tests.voting.scans import deck, feeder, pictures
from yishi.journal.models import Entry
from yishi.voting import apart
from yishi.voting.actions import counting, polls, scan_files, scans
from yishi.voting.models import Batch, Figure, Poll, ScanDecision
from yishi.voting.rules import scans as rules
from yishi.web.access import Refused

pytestmark = pytest.mark.django_db


def test_dividing_again_leaves_a_batch_alone_that_went_to_the_hand_without_a_file():
    poll = deck.poll(60, batch_size=50)
    batch = deck.batch(poll)
    chief, clerk = make.official(poll, "chief"), make.official(poll, "clerk")
    scans.close(scans.to_hand(batch, by=chief, at=NOW, why="扫描仪坏了"), by=chief, at=NOW)
    rest = poll.batches.get(way=Batch.Way.REST)
    polls.say(poll, Figure.Kind.RETURNED, 59, by=clerk, at=NOW, why="重新清点")
    counting.lay_out(Poll.objects.whole().get(pk=poll.pk), by=clerk, at=NOW)
    assert Batch.objects.filter(pk__in=[batch.pk, rest.pk], agreed_at__isnull=False).count() == 1
    assert Batch.objects.filter(pk=rest.pk).exists()


def test_a_tally_is_not_confirmed_while_a_check_by_hand_is_open(monkeypatch):
    poll = make.returned(1)
    chief = make.official(poll, "chief")
    tally = make.counted(poll, [["f", "a", "x"]])
    type(tally).objects.update(confirmed_at=None, confirmed_by=None)
    monkeypatch.setattr("yishi.voting.rules.counting.open_problems", lambda _poll: ["人工复核没有完"])
    with pytest.raises(ValidationError, match="人工复核没有完"):
        counting.confirm(tally, by=chief, at=NOW)


def test_only_a_batch_for_the_scanner_is_judged_or_closed():
    poll = deck.poll(2)
    batch = deck.batch(poll)
    rest = Batch.objects.create(poll=poll, number=9, size=1, way=Batch.Way.REST, source=batch)
    rest.poll = poll
    chief = make.official(poll, "chief")
    assert rules.may_judge(chief, batch, NOW) and not rules.may_judge(chief, rest, NOW)
    assert rules.may_close(chief, batch, NOW) and not rules.may_close(chief, rest, NOW)
    with pytest.raises(Refused):
        scans.set_unscanned(rest, 1, by=chief, at=NOW, why="试")


def test_whoever_checks_the_machine_by_hand_does_not_calibrate_it():
    poll = deck.poll(2)
    may = {
        name: rules.may_calibrate(make.official(poll, name), poll, NOW) for name in ("chief", "clerk", "one")
    }
    assert may == {"chief": True, "clerk": True, "one": False}


def test_the_journal_does_not_tell_what_one_scrutineer_said_and_the_closing_attests_it():
    poll = deck.poll(1)
    batch = deck.scanned(poll, [["f", "a", "x"]], {(1, 0): "faint"}, looked=True)
    page = deck.leaf(batch, 1)
    for name in ("chief", "watcher"):
        scans.decide(page, 0, "f", by=make.official(poll, name), at=NOW)
    said = Entry.objects.filter(verb="voting.scan_decided")
    assert len(said) == 2 and all("value" not in one.data for one in said)
    scans.close(batch, by=make.official(poll, "chief"), at=NOW)
    attested = Entry.objects.get(verb="voting.scan_closed").data["decisions"]
    ScanDecision.objects.filter(by=make.official(poll, "watcher")).update(value="a")
    assert len(attested) == 64 and attested != scans._digest(batch)


def test_a_file_nobody_may_read_does_not_stop_those_behind_it(tmp_path, settings, monkeypatch):
    settings.SCAN_FOLDER = str(tmp_path)
    batch = deck.batch(deck.poll(2))
    clerk = make.official(batch.poll, "clerk")
    scan_files.watch(batch, True, by=clerk, at=NOW)
    first, second = tmp_path / "a.pdf", tmp_path / "b.pdf"
    for path in (first, second):
        path.write_bytes(b"%PDF-1.4 nothing %%EOF")
    monkeypatch.setattr(scan_files, "_settled_files", lambda _place: [first, second])
    taken = []

    def upload(_batch, file, **_how):
        if file.name.startswith("a"):
            raise PermissionError(file.name)
        taken.append(file.name)

    monkeypatch.setattr(scan_files, "upload", upload)
    scan_files.take_from_folder(batch, by=clerk, at=NOW + timedelta(seconds=9))
    assert taken == ["b.pdf"] and first.exists()


def test_a_marked_sheet_that_is_uploaded_is_no_blank_one(monkeypatch, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(apart.Beside, "ask", lambda _self, what, *given: what(*given))
    poll = deck.poll(1)
    chief = make.official(poll, "chief")
    marked = pictures.file([pictures.marked(poll, ["", "a", ""], 1)])
    with pytest.raises(ValidationError) as raised:
        scans.calibrate(poll, marked, by=chief, at=NOW)
    assert raised.value.code == "not_blank" and not Poll.objects.get(pk=poll.pk).calibration
    scans.calibrate(poll, pictures.file(pictures.printed(poll)), by=chief, at=NOW)
    assert Poll.objects.get(pk=poll.pk).calibration["pages"] == [1]


def test_the_blank_sheet_is_not_replaced_once_ballots_were_scanned():
    poll = deck.poll(1)
    batch = deck.scanned(poll, [["f", "a", "x"]])
    chief = make.official(poll, "chief")
    with pytest.raises(ValidationError) as raised:
        scans.calibrate(poll, pictures.file(pictures.printed(poll)), by=chief, at=NOW)
    assert raised.value.code == "begun" and not Poll.objects.get(pk=poll.pk).calibration
    batch.files.update(withdrawn_at=NOW)
    with pytest.raises(ValidationError) as raised:
        scans.calibrate(poll, feeder.stack(), by=chief, at=NOW)
    assert raised.value.code != "begun"
