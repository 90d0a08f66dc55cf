"""Real hand-marked scans through the mark core alone; they lie outside and are never committed."""

import json
from pathlib import Path

import pytest

from yishi.scan import marks, pages

REAL = Path("/work/shared/data/sheets/real")

pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="the real scans are not on this machine")


def test_no_real_mark_is_lost_and_at_most_two_ovals_are_in_doubt():
    truth = json.loads((REAL / "truth.json").read_text())
    wrong, doubts, count = [], 0, 0
    for page in truth["pages"]:
        grey, blank = (pages.picture(REAL / page[key], 1).grey for key in ("file", "blank"))
        boxes = [marks.Box(oval["x"], oval["y"], oval["w"], oval["h"]) for oval in page["ovals"]]
        inks = marks.measure(grey, boxes, truth["dpi"] / 25.4, blank=blank)
        for oval, ink in zip(page["ovals"], inks, strict=True):
            count += 1
            doubts += ink.cls == marks.DOUBT
            if ink.cls != marks.DOUBT and (ink.cls == marks.MARK) != oval["marked"]:
                wrong.append((page["file"], oval["option"], ink))
    assert count == 228
    assert wrong == []
    assert doubts <= 2


def test_without_a_blank_to_take_away_no_real_mark_is_lost_either():
    truth = json.loads((REAL / "truth.json").read_text())
    for page in truth["pages"]:
        grey = pages.picture(REAL / page["file"], 1).grey
        boxes = [marks.Box(oval["x"], oval["y"], oval["w"], oval["h"]) for oval in page["ovals"]]
        for oval, ink in zip(page["ovals"], marks.measure(grey, boxes, truth["dpi"] / 25.4), strict=True):
            assert ink.cls == marks.DOUBT or (ink.cls == marks.MARK) == oval["marked"]
