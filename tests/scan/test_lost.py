"""Where the printed outlines are gone, what was marked may be gone with them: never a blank."""

import numpy as np
import pytest

from tests.scan.test_red import FORM, MM, scanned, sheet
from yishi.papers.sheets import layout_json

__all__ = ["sheet"]


def covered(pixels: np.ndarray, row: int, side: int = 255) -> np.ndarray:
    """A slip of paper, or a strip the scanner lost, over one row from edge to edge."""
    place = next(one for one in layout_json(FORM)["pages"][0]["rows"] if one["row"] == row)
    out = pixels.copy()
    out[round((place["y_mm"] + 0.7) * MM) : round((place["y_mm"] + place["h_mm"] - 0.7) * MM)] = side
    return out


@pytest.mark.parametrize("shade", [255, 225])
def test_a_row_under_a_slip_of_paper_is_for_people(sheet, shade):
    rows = scanned(covered(sheet, 3, shade)).rows
    assert (rows[3].option, rows[3].doubt) == (None, True)
    assert [row.doubt for row in rows if row.row != 3] == [False] * 5
