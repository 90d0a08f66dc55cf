"""The fonts unpack whole, once, and hold the names of real people."""

import multiprocessing
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from yishi.papers import fonts

NAMES = "堃喆翀犇骉赟祎璟垚淼燊昇頔玥珺翾彧劼昉铖翃㛃䶮𬭎𫍯𬴊〇"


def test_the_fonts_unpack_into_the_data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("YISHI_DATA", str(tmp_path))
    folder = fonts.folder()
    assert folder.parent == tmp_path / "fonts"
    assert sorted(file.name for file in folder.iterdir()) == [
        "NotoSansSC.ttf",
        "NotoSerifSC-Regular.ttf",
        "NotoSerifSC-SemiBold.ttf",
    ]


def test_a_second_call_leaves_the_files_alone(tmp_path):
    before = {file: file.stat().st_mtime_ns for file in fonts.folder(tmp_path).iterdir()}
    after = {file: file.stat().st_mtime_ns for file in fonts.folder(tmp_path).iterdir()}
    assert before == after


def test_a_font_cut_short_is_unpacked_again(tmp_path):
    font = fonts.folder(tmp_path) / "NotoSerifSC-SemiBold.ttf"
    whole = font.read_bytes()
    font.write_bytes(whole[:1000])
    assert (fonts.folder(tmp_path) / font.name).read_bytes() == whole


def test_two_processes_at_once_leave_only_whole_files(tmp_path):
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        first, second = pool.map(fonts.folder, [tmp_path, tmp_path])
    assert first == second
    assert len(list(first.iterdir())) == 3


def test_a_damaged_package_is_refused_by_name(tmp_path, monkeypatch):
    packed = tmp_path / "packed"
    packed.mkdir()
    (packed / "SHA256SUMS").write_text(f"{'0' * 64}  10  Gone.ttf\n")
    monkeypatch.setattr(fonts, "PACKED", packed)
    with pytest.raises(fonts.FontsDamaged, match=r"Gone\.ttf"):
        fonts.folder(tmp_path / "out")
    assert not list((tmp_path / "out").rglob("*.ttf"))


@pytest.mark.parametrize("name", ["NotoSansSC.ttf", "NotoSerifSC-Regular.ttf"])
def test_rare_characters_of_names_are_there(name):
    with TTFont(fonts.folder() / name, lazy=True) as font:
        has = font.getBestCmap()
    assert [character for character in NAMES if ord(character) not in has] == []


def test_the_licences_lie_beside_the_fonts():
    for name in ("OFL-NotoSansSC.txt", "OFL-NotoSerifSC.txt"):
        assert "SIL Open Font License" in (Path(fonts.PACKED) / name).read_text("utf-8").replace(
            "SIL OPEN FONT LICENSE", "SIL Open Font License"
        )
