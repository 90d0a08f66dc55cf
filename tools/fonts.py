"""Makes the fonts checked in under yishi/papers/fonts from two published packages.

Run it from anywhere: `.venv/bin/python tools/fonts.py`. It needs pip and npm, fontTools, and
about a minute. The same packages give the same files, byte for byte; SHA256SUMS says so.
"""

from __future__ import annotations

import hashlib
import lzma
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

FOLDER = Path(__file__).resolve().parent.parent / "yishi" / "papers" / "fonts"
WHEEL = "justmytype-intl-cjk==0.1.0"
TARBALL = "@expo-google-fonts/noto-serif-sc@0.4.3"

# Rare characters of names and places which GBK lacks: the extension A part of 通用规范汉字表,
# and what parents and registrars have used besides.
RARE = (
    "㑇㑊㕮㘎㙍㙘㙦㛃㛚㛹㟃㠇㠓㤘㥄㧐㧑㧟㫰㬊㬎㬚㭎㭕㮾㰀㳇㳘㳚㴔㵐㶲㸆㸌㺄㻬㽏㿠䁖䂮䃅䃎䅟䌹䎃䎖䏝"
    "䏡䏲䐃䓖䓛䓨䓫䓬䗖䗛䗪䗴䜣䝙䢺䢼䣘䥽䦃䲟䲠䲢䴓䴔䴕䴖䴗䴘䴙䶮"
    "堃喆翀犇骉赟祎璟垚淼燊昇晖頔玥珺瑢翾彧劼昉铖翃𬭎𫍯叕昶骁弢勍奡媖婳嫄孖嶙崟巘庹旸昳晟暐曌杲枬"
    "棽楙榑樾橦櫆殳沄沚泇泂洺浠淏湉湜溍滢滪漪潆澔濛瀚炅炜烜焜煊煜熠燚爔珂玏玘玙玚玢玭珅珝珩琎琤瑀瑄瑨瑾璆璐璠瓅"
    "甯畲皓睿砉祺禛稷竑筠箐綦縠翊翚聿胤芃芮苒茗莀菁葳蒨蓁蔚薇蘅虓衎袆襄觐詠諲谞貽赟跹轶迦逄郦郯鄞"
    "鋆鑫钰铄锜镕镔闫阚陟隽霁霄霈韡顼飏馗骅骐骞髙鲲鸾麒麟黻龑龢𠅤𨱇𬴊𬸣𫓧"
)
SIGNS = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳○●◯□■☐△▲√✓×✗☆★→←↑↓—…·〇〔〕【】《》「」※℃㎡㎜№♀♂"


def charset(codec: str) -> set[int]:
    """The code points a two-byte Chinese codec can write, without its private-use ones."""
    found: set[int] = set()
    for lead in range(0x81, 0xFF):
        for trail in range(0x40, 0xFF):
            try:
                found.update(map(ord, bytes((lead, trail)).decode(codec)))
            except UnicodeDecodeError:
                continue
    return {code for code in found if not 0xE000 <= code < 0xF900}


def wanted(source: Path, codec: str) -> set[int]:
    """Latin, the codec's characters, the rare ones, and all the font has beyond plane 0."""
    with TTFont(source, lazy=True) as font:
        has = set(font.getBestCmap())
    small = set(range(0x20, 0x7F)) | set(range(0xA0, 0x250)) | set(range(0x2000, 0x2070))
    late = {code for code in has if code >= 0x20000 or 0x9FA6 <= code <= 0x9FFF}
    return (small | charset(codec) | set(map(ord, RARE + SIGNS)) | late) & has


def cut(source: Path, codec: str) -> bytes:
    """The font with only the wanted characters, without hints, as TrueType bytes."""
    options = subset.Options()
    options.layout_features = ["ccmp", "chws", "halt", "kern", "liga", "locl", "mark", "palt"]
    options.hinting = False
    options.notdef_outline = True
    options.glyph_names = False
    options.name_IDs = ["*"]
    options.recalc_timestamp = False
    font = subset.load_font(str(source), options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=wanted(source, codec))
    cutter.subset(font)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cut.ttf"
        subset.save_font(font, str(path), options)
        return path.read_bytes()


def fetch(folder: Path) -> dict[str, tuple[Path, str]]:
    """Download both packages into the folder: file name -> (font, character set)."""
    pip = [sys.executable, "-m", "pip"]
    if subprocess.run([*pip, "--version"], capture_output=True).returncode:
        pip = ["pip"]
    subprocess.run([*pip, "download", "-q", "--no-deps", "-d", str(folder), WHEEL], check=True)
    subprocess.run(["npm", "pack", "--silent", TARBALL], cwd=folder, check=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extractall(folder / "wheel")
    with tarfile.open(next(folder.glob("*.tgz"))) as tarball:
        tarball.extractall(folder / "npm", filter="data")
    sans = next((folder / "wheel").rglob("NotoSansSC*.ttf"))
    (FOLDER / "OFL-NotoSansSC.txt").write_bytes((sans.parent / "OFL.txt").read_bytes())
    npm = folder / "npm" / "package"
    (FOLDER / "OFL-NotoSerifSC.txt").write_bytes((npm / "LICENSE_FONT").read_bytes())
    # The weight of 小标宋 is nearest to SemiBold; titles keep to common characters, so that
    # GB 2312 is enough there (a rare one is drawn from Noto Sans SC).
    return {
        "NotoSansSC.ttf": (sans, "gbk"),
        "NotoSerifSC-Regular.ttf": (npm / "400Regular" / "NotoSerifSC_400Regular.ttf", "gbk"),
        "NotoSerifSC-SemiBold.ttf": (npm / "600SemiBold" / "NotoSerifSC_600SemiBold.ttf", "gb2312"),
    }


def main() -> None:
    os.environ.setdefault("SOURCE_DATE_EPOCH", "0")
    FOLDER.mkdir(parents=True, exist_ok=True)
    sums = []
    with tempfile.TemporaryDirectory() as folder:
        for name, (source, codec) in fetch(Path(folder)).items():
            font = cut(source, codec)
            packed = lzma.compress(font, preset=9 | lzma.PRESET_EXTREME)
            (FOLDER / f"{name}.xz").write_bytes(packed)
            sums.append(f"{hashlib.sha256(font).hexdigest()}  {len(font)}  {name}")
            print(f"{name}: {len(font) / 1e6:.1f} MB, packed {len(packed) / 1e6:.1f} MB")
    (FOLDER / "SHA256SUMS").write_text("\n".join(sums) + "\n")


if __name__ == "__main__":
    main()
