"""What is broken, hostile or no scan: a named reason for every page, nothing raised, nothing waited for."""

from __future__ import annotations

import os
import struct
import threading
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.scan.files import image, many, pdf, saved, scanned, sheet, stream, tiff
from yishi.scan.pages import MOST_LISTED, listing, picture
from yishi.scan.picture import Picture
from yishi.scan.reasons import REASONS, Rejected

LOCKED = b"/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>/ID[<00><00>]" % (b"11" * 32, b"22" * 32)


@pytest.fixture
def put(tmp_path):
    def write(raw: bytes, name: str = "scan") -> Path:
        file = tmp_path / name
        file.write_bytes(raw)
        return file

    return write


def verdicts(file: Path) -> list[str | None]:
    """For each page of the file the reason why it is not read."""
    found: list[str | None] = []
    for page in listing(file):
        code = page.rejected
        if code is None:
            try:
                assert isinstance(picture(file, page.page), Picture)
            except Rejected as rejected:
                code = rejected.code
        found.append(code)
    return found


def test_an_empty_file(put):
    pages = listing(put(b""))
    assert [(one.page, one.rejected) for one in pages] == [(1, "empty_file")]
    assert pages[0].sha256.startswith("e3b0c442")


def test_a_letter_whose_name_says_pdf(put):
    file = put(b"", "letter.pdf")
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("word/document.xml", "<w:document/>")
    page = listing(file)[0]
    assert (page.rejected, page.detail) == ("kind", "ZIP (docx, xlsx)")
    with pytest.raises(Rejected, match="kind"):
        picture(file, 1)


def test_a_text_whose_name_says_pdf(put):
    assert verdicts(put("同意\n".encode() * 900, "票.pdf")) == ["kind"]


@pytest.mark.parametrize("kind", ["GIF", "WebP", "BMP", "JPEG2000"])
def test_other_kinds_of_picture_are_refused_by_their_name(put, kind):
    page = listing(put(saved(sheet(), kind)))[0]
    assert page.rejected == "kind"
    assert page.detail.replace(" ", "").lower() == kind.lower()


def test_a_folder_is_no_file(tmp_path):
    page = listing(tmp_path)[0]
    assert (page.rejected, page.sha256, page.page) == ("not_a_file", "", 1)
    with pytest.raises(Rejected, match="not_a_file"):
        picture(tmp_path, 1)


@pytest.mark.parametrize("name", ["missing.pdf", "nul\0byte.pdf", "x" * 300])
def test_a_file_that_is_not_there(tmp_path, name):
    assert [one.rejected for one in listing(tmp_path / name)] == ["not_a_file"]
    with pytest.raises(Rejected, match="not_a_file"):
        picture(tmp_path / name, 1)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are of POSIX")
def test_a_pipe_is_not_waited_for(tmp_path):
    pipe = tmp_path / "pipe.pdf"
    os.mkfifo(pipe)
    found: list[str | None] = []
    waiting = threading.Thread(target=lambda: found.extend(verdicts(pipe)), daemon=True)
    waiting.start()
    waiting.join(20)
    assert found == ["not_a_file"]


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="no devices")
def test_a_device_is_not_read():
    assert verdicts(Path("/dev/zero")) == ["not_a_file"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(put):
    file = put(saved(sheet(), "PNG"))
    file.chmod(0)
    assert verdicts(file) == ["not_a_file"]


# --- PDF ---------------------------------------------------------------------


def test_a_pdf_with_a_password(put):
    assert verdicts(put(scanned([image(sheet())], trailer=LOCKED))) == ["password"]


def test_ten_thousand_pages_are_ten_thousand_entries(put):
    pages = listing(put(many(10_000)))
    assert len(pages) == 10_000
    assert {one.rejected for one in pages} == {"too_many_pages"}
    assert pages[-1].page == 10_000


def test_a_pdf_that_only_says_it_has_a_million_pages(put):
    pages = listing(put(many(1, 1_000_000)))
    assert len(pages) == MOST_LISTED
    assert pages[-1].rejected == "too_many_pages"


def test_pages_that_a_pdf_only_says_it_has_are_unreadable(put):
    raw = scanned([image(sheet())] * 2).replace(b"/Count 2", b"/Count 4")
    assert verdicts(put(raw)) == [None, None, "unreadable", "unreadable"]


@pytest.mark.parametrize("part", [0.02, 0.5, 0.9])
def test_a_pdf_cut_off_says_so_on_what_is_missing(put, part):
    noise = np.random.default_rng(3).integers(0, 256, (400, 620), np.uint8)
    whole = scanned([image(noise)] * 2)
    found = verdicts(put(whole[: int(len(whole) * part)]))
    assert found and found[-1] in ("truncated", "unreadable")


def test_a_bomb_in_a_pdf_is_not_decoded(put):
    bomb = image(sheet()).replace(b"/Width 620/Height 877", b"/Width 60000/Height 60000")
    assert verdicts(put(scanned([bomb]))) == ["too_large"]
    assert verdicts(put(scanned([bomb], more=b"0 0 0 rg 9 9 90 90 re f"))) == ["too_large"]


def test_a_small_picture_that_swells_in_a_pdf(put):
    """Ten thousand times smaller than what it unpacks to, within the limits: read or refused, not more."""
    zeros = zlib.compress(bytes(7000 * 7000), 9)
    about = b"/Type/XObject/Subtype/Image/Width 7000/Height 7000/BitsPerComponent 8"
    raw = scanned([stream(about + b"/ColorSpace/DeviceGray/Filter/FlateDecode", zeros)])
    assert verdicts(put(raw)) == ["unreadable"]  # all black


PLACE = b"/Type/XObject/Subtype/Image/Width 1240/Height 1754/BitsPerComponent 8/ColorSpace/DeviceGray"
JPEG = saved(sheet(1240, 1754), "JPEG")


@pytest.mark.parametrize(
    ("about", "data", "code"),
    [
        (b"/Filter/DCTDecode", JPEG[:400], "truncated"),
        (b"/Filter/DCTDecode", JPEG[: len(JPEG) // 2], "truncated"),
        (b"/Filter/DCTDecode", b"", "unreadable"),
        (b"/Filter/DCTDecode", b"rubbish" * 99, "unreadable"),
        (b"/Filter/FlateDecode", b"", "unreadable"),
        (b"/Filter/FlateDecode", b"rubbish" * 99, "unreadable"),
        (b"/Filter/JPXDecode", b"rubbish" * 99, "unreadable"),
        (b"/Filter/CCITTFaxDecode", b"", "unreadable"),
    ],
)
def test_a_damaged_picture_in_a_pdf_is_no_empty_page(put, about, data, code):
    """PDFium shows white where it cannot decode: a ballot would pass for the back of one."""
    assert verdicts(put(scanned([stream(PLACE + about, data)]))) == [code]


def test_the_white_back_of_a_sheet_is_a_picture(put):
    assert verdicts(put(scanned([image(np.full((1754, 1240), 255, np.uint8))]))) == [None]


def test_a_page_of_a_pdf_with_nothing_on_it_is_not_taken_for_a_scan(put):
    assert verdicts(put(many(1))) == ["unreadable"]


def test_a_page_as_large_as_a_house(put):
    assert verdicts(put(scanned([image(sheet())], box=b"0 0 14400 14400"))) == ["too_large"]


def test_a_page_without_size(put):
    """PDFium takes it for a letter; what matters is that it is named or read."""
    assert len(verdicts(put(scanned([image(sheet())], box=b"0 0 0 0")))) == 1


def test_a_pdf_whose_pages_go_round_in_a_circle(put):
    raw = pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R]/Count 3>>"])
    assert verdicts(put(raw)) == ["unreadable"] * 3


# --- TIFF --------------------------------------------------------------------


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "group4"])
def test_the_pages_before_the_cut_are_read(put, compression):
    one = Image.fromarray(sheet()).convert("1" if compression == "group4" else "L")
    whole = tiff([one] * 4, compression=compression)
    file = put(whole[: int(len(whole) * 0.6)])
    found = verdicts(file)
    assert found[:2] == [None, None]
    assert found[-1] == "truncated"
    assert set(found) == {None, "truncated"}


def test_a_tiff_cut_in_its_first_bytes(put):
    whole = tiff([sheet()])
    for length in range(1, 12):
        assert verdicts(put(whole[:length]))[0] in ("truncated", "kind", "unreadable")


def test_a_tiff_cut_at_every_hundredth_part_is_never_read_as_whole(put):
    whole = tiff([sheet(600, 600)] * 2, compression="tiff_lzw")
    for length in range(8, len(whole) - 8, len(whole) // 60):
        file = put(whole[:length])
        found = verdicts(file)
        if found[-1] is None:  # only its resolution was lost
            assert np.array_equal(picture(file, len(found)).grey, sheet(600, 600)), length


def test_a_tiff_whose_pages_go_round_in_a_circle(put):
    raw = bytearray(saved(sheet(), "TIFF"))
    (first,) = struct.unpack_from("<I", raw, 4)
    (entries,) = struct.unpack_from("<H", raw, first)
    struct.pack_into("<I", raw, first + 2 + 12 * entries, first)
    assert verdicts(put(bytes(raw))) == [None, "unreadable"]


def test_a_bomb_in_a_tiff_is_not_decoded(put):
    raw = bytearray(saved(sheet(), "TIFF"))
    (first,) = struct.unpack_from("<I", raw, 4)
    for at in range(first + 2, first + 2 + 12 * 5, 12):
        tag, kind = struct.unpack_from("<HH", raw, at)
        if tag in (256, 257):
            struct.pack_into("<HHII", raw, at, tag, 4, 1, 200_000)
    assert kind and verdicts(put(bytes(raw))) == ["too_large"]


def test_a_tiff_of_real_numbers(put):
    assert verdicts(put(saved(Image.fromarray(sheet().astype(np.float32)), "TIFF"))) == ["unreadable"]


# --- JPEG and PNG ------------------------------------------------------------


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
def test_a_picture_cut_off(put, kind, part):
    noise = np.random.default_rng(5).integers(0, 256, (700, 620), np.uint8)
    whole = saved(noise, kind)
    assert verdicts(put(whole[: int(len(whole) * part)])) == ["truncated"]


def test_a_bomb_in_a_png_is_not_decoded(put):
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    raw = b"\x89PNG\r\n\x1a\n"
    for name, data in ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(60_000))), (b"IEND", b"")):
        raw += struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    assert verdicts(put(raw)) == ["too_large"]


def test_a_bomb_in_a_jpeg_is_not_decoded(put):
    raw = bytearray(saved(sheet(), "JPEG"))
    at = raw.index(b"\xff\xc0")
    struct.pack_into(">HH", raw, at + 5, 60_000, 60_000)
    assert verdicts(put(bytes(raw))) == ["too_large"]


def test_a_bomb_in_the_words_of_a_png(put):
    """A comment that unpacks to 100 MB."""
    raw = saved(sheet(), "PNG")
    data = b"Comment\0\0" + zlib.compress(bytes(100_000_000), 9)
    chunk = struct.pack(">I", len(data)) + b"zTXt" + data + struct.pack(">I", zlib.crc32(b"zTXt" + data))
    assert len(verdicts(put(raw[:33] + chunk + raw[33:]))) == 1


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_a_picture_as_coarse_as_a_stamp(put, kind):
    """An A5 sheet at 72 dpi."""
    assert verdicts(put(saved(sheet(420, 595), kind))) == ["resolution"]


def test_a_coarse_picture_in_a_pdf(put):
    assert verdicts(put(scanned([image(sheet(420, 595))]))) == ["resolution"]


# --- whatever else -----------------------------------------------------------

SMALL = {
    "pdf": scanned([image(sheet(600, 610))] * 2),
    "tiff": tiff([sheet(600, 610)] * 2, compression="tiff_lzw"),
    "group4": tiff([Image.fromarray(sheet(600, 610)).convert("1")] * 2, compression="group4"),
    "jpeg": saved(sheet(600, 610), "JPEG", quality=30),
    "png": saved(sheet(600, 610), "PNG"),
}


@pytest.mark.parametrize("kind", SMALL)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_change_of_bytes_raises_anything_but_a_reason(tmp_path, kind, data):
    raw = bytearray(SMALL[kind])
    places = st.integers(0, len(raw) - 1) | st.integers(0, min(400, len(raw) - 1))
    for at, value in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), max_size=12)):
        raw[at] = value
    cut = data.draw(st.integers(len(raw) // 2, len(raw)) | st.just(len(raw)))
    file = tmp_path / "mutated"
    file.write_bytes(raw[:cut])
    found = verdicts(file)
    assert found
    assert all(code is None or code in REASONS for code in found)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    head=st.sampled_from(
        [b"", b"%PDF-1.7\n", b"II*\0", b"MM\0*", b"II+\0", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"]
    ),
    rest=st.binary(max_size=300),
)
def test_no_rubbish_raises_anything_but_a_reason(tmp_path, head, rest):
    file = tmp_path / "rubbish"
    file.write_bytes(head + rest)
    assert all(code in REASONS for code in verdicts(file))
