"""What a blank sheet shows is not taken for ink, and only what it shows."""

import pytest

from tests.scan.drawn import Sheet, layout
from yishi.scan.calibrate import calibrate
from yishi.scan.layout import parse
from yishi.scan.reading import read
from yishi.scan.reasons import Rejected

PLAN = layout(rows=8)
LAYOUT = parse(PLAN)


def spotted():
    """A sheet whose printer leaves a stain in an oval, over a word, and in the margin."""
    sheet = Sheet(PLAN)
    x, y = sheet.oval(2, "against")
    sheet.ring(x - 1.4, y - 1, 2.8, 2, None)
    sheet.line([(x + 6, y + 2), (x + 12, y - 2)], 0.8)
    sheet.line([(60, 200), (70, 205)], 1.0)
    return sheet


def test_with_a_blank_sheet_its_stains_are_no_ink():
    stained = spotted()
    stained.tick(2, "for")
    stained.tick(5, "against")
    plain = read(stained.picture(noise=3), LAYOUT)
    assert plain.rows[2].doubt and plain.elsewhere > 0
    known = calibrate([spotted().picture(0.8, noise=3, seed=2)], LAYOUT)
    with_blank = read(stained.picture(-1.0, noise=3), LAYOUT, known)
    assert with_blank.rows[2].option == "for"
    assert with_blank.rows[5].option == "against"
    assert with_blank.elsewhere == 0


def test_with_a_blank_sheet_writing_over_a_name_is_seen():
    known = calibrate([Sheet(PLAN).picture()], LAYOUT)
    sheet = Sheet(PLAN)
    sheet.tick(3, "for")
    sheet.word(75, PLAN["pages"][0]["rows"][3]["y_mm"] + 7, "LI", 4)
    assert read(sheet.picture(noise=2), LAYOUT, known).rows[3].why == "name"
    assert read(Sheet(PLAN).picture(noise=2), LAYOUT, known).rows[3].why == "blank"


def test_a_page_without_its_blank_is_read_without():
    two = layout(rows=4, pages=2)
    known = calibrate([Sheet(two, 0).picture()], parse(two))
    assert sorted(known.pages) == [1]
    sheet = Sheet(two, 1)
    sheet.tick(5, "for")
    assert read(sheet.picture(), parse(two), known).rows[1].option == "for"


def test_a_blank_of_another_form_is_refused():
    with pytest.raises(Rejected) as refusal:
        calibrate([Sheet(layout(rows=8, form="ZZZZZZZ9")).picture()], LAYOUT)
    assert refusal.value.code == "other_form"
