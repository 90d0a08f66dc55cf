"""Every page of every file is listed, and its picture is what the scanner saw, the right way up."""

from __future__ import annotations

import hashlib
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.scan.files import corners, image, jpeg_image, many, pdf, saved, scanned, sheet, stream, tiff
from yishi.scan import picture as limits
from yishi.scan.pages import MOST_PAGES, Source, listing, picture
from yishi.scan.reasons import REASONS, Rejected


@pytest.fixture
def put(tmp_path):
    def write(raw: bytes, name: str = "scan") -> Path:
        file = tmp_path / name
        file.write_bytes(raw)
        return file

    return write


def test_every_page_is_listed_with_the_hash_of_the_file(put):
    raw = tiff([sheet()] * 3)
    pages = listing(put(raw, "三页.pdf"))
    assert [(one.page, one.kind, one.rejected) for one in pages] == [(n, "tiff", None) for n in (1, 2, 3)]
    assert {one.sha256 for one in pages} == {hashlib.sha256(raw).hexdigest()}


def test_the_pages_of_a_pdf_are_listed(put):
    assert [one.page for one in listing(put(scanned([image(sheet())] * 4)))] == [1, 2, 3, 4]


def test_the_limit_of_pages_is_read_and_one_more_is_not(put):
    assert not any(one.rejected for one in listing(put(many(MOST_PAGES))))
    over = listing(put(many(MOST_PAGES + 1)))
    assert len(over) == MOST_PAGES + 1
    assert {one.rejected for one in over} == {"too_many_pages"}


@pytest.mark.parametrize(
    ("options", "mode"),
    [
        ({}, "L"),
        ({"compression": "tiff_lzw"}, "L"),
        ({"compression": "tiff_deflate"}, "RGB"),
        ({"compression": "tiff_adobe_deflate"}, "L"),
        ({"compression": "jpeg"}, "L"),
        ({"compression": "packbits"}, "L"),
        ({"compression": "group4"}, "1"),
        ({"compression": "group3"}, "1"),
        ({}, "1"),
        ({"compression": "tiff_lzw"}, "I;16"),
        ({}, "CMYK"),
        ({}, "P"),
        ({}, "RGBA"),
    ],
)
def test_a_tiff_of_any_usual_kind_reads(put, options, mode):
    one = Image.fromarray(sheet())
    if mode == "I;16":
        one = Image.fromarray(sheet().astype(np.uint16) * 257)
    elif mode == "RGBA":
        one = one.convert("RGBA")
        one.putalpha(Image.fromarray((sheet() < 200).astype(np.uint8) * 255))
    else:
        one = one.convert(mode)
    file = put(tiff([one, one], dpi=(75, 75), **options))
    with Source(file) as source:
        second, first = source.picture(2), source.picture(1)
    for got in (first, second):
        assert got.grey.shape == (877, 620)
        assert got.grey[80, 70] < 30  # the block
        assert got.grey[400, 300] > 220
        assert got.colour is None
        assert got.dpi == pytest.approx(75, abs=0.1)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_a_turned_picture_is_put_upright(put, orientation, kind):
    back = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.T,
        6: lambda a: np.rot90(a),
        7: lambda a: a[::-1, ::-1].T,
        8: lambda a: np.rot90(a, -1),
    }[orientation](sheet())
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"tiffinfo": {274: orientation}} if kind == "TIFF" else {"exif": exif}
    got = picture(put(saved(np.ascontiguousarray(back), kind, dpi=(75, 75), **options)), 1)
    assert got.grey.shape == (877, 620)
    assert corners(got.grey) == "tl tr"


@pytest.mark.parametrize(
    ("mode", "shade"), [("L", 235), ("1", 255), ("P", 235), ("RGB", 235), ("RGBA", 235), ("LA", 235)]
)
def test_a_png_of_any_kind_reads(put, mode, shade):
    got = picture(put(saved(Image.fromarray(sheet()).convert(mode), "PNG")), 1)
    assert got.grey.shape == (877, 620)
    if mode == "1":
        assert got.grey[300, 300] in (0, 255)
    else:
        assert abs(int(got.grey[300, 300]) - shade) < 3


def test_sixteen_bits_become_eight(put):
    raw = saved(Image.fromarray(sheet().astype(np.uint16) * 256), "PNG")
    assert np.array_equal(picture(put(raw), 1).grey, sheet())


def test_what_is_see_through_lies_on_white(put):
    pixels = np.zeros((877, 620, 4), np.uint8)
    pixels[:100, :, 3] = 255
    got = picture(put(saved(pixels, "PNG")), 1)
    assert got.grey[50, 50] == 0
    assert got.grey[500, 50] == 255


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_reads(put, kind):
    got = picture(put(saved(Image.fromarray(sheet()).convert("CMYK"), kind)), 1)
    assert corners(got.grey) == "tl tr"
    assert got.colour is None


def test_colours_are_kept_only_where_there_are_some(put):
    rgb = np.dstack([sheet()] * 3)
    assert picture(put(saved(rgb, "JPEG")), 1).colour is None
    rgb[400:440, 200:240] = (200, 30, 30)
    got = picture(put(saved(rgb, "PNG")), 1)
    assert got.colour is not None
    assert tuple(got.colour[420, 220]) == (200, 30, 30)
    assert got.grey.shape == got.colour.shape[:2]


# --- PDF ---------------------------------------------------------------------


def test_the_picture_in_a_pdf_is_taken_as_it_is(put):
    noise = np.random.default_rng(1).integers(0, 256, (877, 620), np.uint8)
    got = picture(put(scanned([image(noise)])), 1)
    assert np.array_equal(got.grey, noise)
    assert got.dpi == pytest.approx(75, abs=0.1)
    assert got.colour is None


def test_text_that_a_scanner_hid_under_the_picture_does_not_count(put):
    noise = np.random.default_rng(1).integers(0, 256, (877, 620), np.uint8)
    raw = scanned([image(noise)], more=b"BT /F 12 Tf 3 Tr 100 100 Td (hidden) Tj ET")
    assert np.array_equal(picture(put(raw), 1).grey, noise)


def test_what_is_written_over_the_picture_is_seen(put):
    raw = scanned([image(sheet())], more=b"0 0 0 rg 200 300 100 100 re f")
    got = picture(put(raw), 1)
    height, width = got.grey.shape
    assert (width, height) == (1653, 2339)
    assert got.grey[int(height * (1 - 350 / 842)), int(width * 250 / 595)] < 30
    assert got.dpi == 200


@pytest.mark.parametrize(
    ("place", "rotate", "wanted"),
    [
        (b"595 0 0 842 0 0", 0, "tl tr"),
        (b"595 0 0 842 0 0", 90, "tr br"),
        (b"595 0 0 842 0 0", 180, "br bl"),
        (b"595 0 0 842 0 0", 270, "bl tl"),
        (b"595 0 0 -842 0 842", 0, "bl br"),
        (b"-595 0 0 842 595 0", 0, "tr tl"),
        (b"0 842 -595 0 595 0", 0, "bl tl"),
        (b"0 -842 595 0 0 842", 0, "tr br"),
        (b"0 842 595 0 0 0", 90, "bl br"),
        (b"0 -842 595 0 0 842", 270, "tl tr"),
        (b"0 842 -595 0 595 0", 180, "tr br"),
    ],
)
def test_the_picture_of_a_pdf_lies_as_the_page_shows_it(put, place, rotate, wanted):
    """Taken and rendered must agree: the second is what a person sees."""
    page = b"/Rotate %d" % rotate
    one = image(sheet(877, 620) if place.startswith(b"0") else sheet())
    taken = picture(put(scanned([one], place=place, page=page)), 1).grey
    dot = b"1 1 1 rg 0 0 1 1 re f"
    shown = picture(put(scanned([one], place=place, page=page, more=dot)), 1).grey
    small = Image.fromarray(shown).resize((taken.shape[1], taken.shape[0]))
    assert np.abs(np.asarray(small).astype(int) - taken).mean() < 6
    assert corners(taken) == wanted


@pytest.mark.parametrize(
    ("extra", "dark"),
    [(b"/ImageMask true", True), (b"/ImageMask true/Decode[1 0]", False)],
)
def test_a_stencil_is_rendered(put, extra, dark):
    bits = np.packbits(sheet(624) > 100, axis=1)
    about = b"/Type/XObject/Subtype/Image/Width 624/Height 877/BitsPerComponent 1/Filter/FlateDecode"
    raw = scanned([stream(about + extra, zlib.compress(bits.tobytes()))])
    got = picture(put(raw), 1).grey
    block = got[int(90 / 877 * got.shape[0]), int(70 / 624 * got.shape[1])]
    assert bool(block < 50) is dark


def test_a_page_in_strips_is_rendered_as_fine_as_it_was_scanned(put):
    upper = scanned(
        [image(sheet(2480, 1754))], place=b"595 0 0 421 0 421", more=b"q 595 0 0 421 0 0 cm /I Do Q"
    )
    got = picture(put(upper), 1)
    assert got.dpi == 300
    assert got.grey.shape == (3509, 2480)


@pytest.mark.parametrize("space", ["grey", "rgb", "cmyk"])
def test_colours_of_a_pdf_read(put, space):
    pixels = {
        "grey": sheet(),
        "rgb": np.dstack([sheet()] * 3),
        "cmyk": np.dstack([np.zeros_like(sheet())] * 3 + [255 - sheet()]),
    }[space]
    got = picture(put(scanned([image(np.ascontiguousarray(pixels))])), 1)
    assert got.grey[90, 70] < 70 and got.grey[300, 300] > 220
    assert got.colour is None


def test_a_jpeg_in_a_pdf_keeps_its_colours(put):
    rgb = np.dstack([sheet()] * 3)
    rgb[400:480, 200:280] = (220, 20, 20)
    got = picture(put(scanned([jpeg_image(rgb)])), 1)
    assert got.colour is not None
    red, green, blue = got.colour[440, 240]
    assert red > 180 and green < 80 and blue < 80


def test_a_pdf_of_more_pages_than_it_is_held_open_for(put):
    file = put(scanned([image(sheet(shade=200 + n)) for n in range(40)]))
    with Source(file) as source:
        assert [int(source.picture(n).grey[300, 300]) for n in range(1, 41)] == [200 + n for n in range(40)]


# --- fineness ----------------------------------------------------------------


def test_twice_too_fine_is_made_half_as_fine(put, monkeypatch):
    monkeypatch.setattr(limits, "FINE", 800)
    got = picture(put(saved(sheet(1240, 1754), "PNG", dpi=(600, 600))), 1)
    assert got.grey.shape == (877, 620)
    assert got.dpi == pytest.approx(300, abs=0.1)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_the_resolution_stands_in_the_file(put, kind):
    assert picture(put(saved(sheet(), kind, dpi=(75, 75))), 1).dpi == pytest.approx(75, abs=0.1)


def test_a_jpeg_drafted_smaller_knows_its_resolution(put):
    got = picture(put(saved(sheet(4960, 7016), "JPEG", dpi=(600, 600))), 1)
    assert got.grey.shape == (3508, 2480)
    assert got.dpi == pytest.approx(300, abs=0.1)


def test_a_camera_that_says_72_dpi_says_nothing(put):
    assert picture(put(saved(sheet(3000, 4000), "JPEG", dpi=(72, 72))), 1).dpi is None
    assert picture(put(saved(sheet(), "JPEG")), 1).dpi is None


def test_a_fax_is_stretched_to_squares(put):
    got = picture(put(saved(Image.fromarray(sheet(1728, 1145)).convert("1"), "TIFF", dpi=(204, 98))), 1)
    assert got.grey.shape == (2383, 1728)
    assert got.dpi == pytest.approx(204, abs=0.1)


def test_every_reason_says_in_both_languages_what_to_do():
    for code, (chinese, english) in REASONS.items():
        assert chinese.endswith("。") and english.endswith("."), code
    with pytest.raises(KeyError):
        Rejected("no such reason")


def test_a_pdf_needs_a_page(put):
    raw = pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>"])
    assert [one.rejected for one in listing(put(raw))] == ["unreadable"]
