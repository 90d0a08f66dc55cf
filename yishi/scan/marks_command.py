"""`yishi read-marks PICTURE --boxes BOXES.json --json OUT.json`: the mark core on any upright picture."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

DONE, REFUSED, WRONG = 0, 1, 2
LARGEST = 20_000_000  # bytes of a file of boxes
MOST_BOXES = 20_000
USUAL_DPI = 200.0


class Stop(Exception):
    """What is wrong, Chinese and English."""


def main(argv: Sequence[str]) -> int:
    """0: every box is measured; 1: a file cannot be used; 2: wrongly asked.

    BOXES.json: a list of {"x", "y", "w", "h", "option"?} (middle and outer size of each oval, px of the
    picture), or {"dpi", "pages": [{"file", "blank"?, "ovals": [the same]}]}, of which the page named like
    the picture is taken (the only one, if there is but one).
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that knows no Chinese
            stream.reconfigure(errors="backslashreplace")
    options = _parser().parse_args(argv)
    try:
        found = _read(options)
        options.json.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", "utf-8")
    except Stop as stop:
        print(f"✗ {stop}", file=sys.stderr)
        return REFUSED
    except OSError as error:
        print(f"✗ {error.filename}: {error.strerror or type(error).__name__}", file=sys.stderr)
        return REFUSED
    counts = {name: sum(one["class"] == name for one in found) for name in ("mark", "blank", "doubt")}
    zh = os.environ.get("YISHI_LANG", os.environ.get("LANG", "zh")).startswith("zh")
    words = ("划票 {mark}，空白 {blank}，存疑 {doubt}", "marks {mark}, blank {blank}, in doubt {doubt}")
    print(words[0 if zh else 1].format(**counts))
    return DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="yishi read-marks",
        description="读一张摆正的图上各椭圆里的墨迹 / how much ink lies in given ovals of an upright picture",
    )
    parser.add_argument("picture", type=Path, metavar="PICTURE")
    parser.add_argument("--boxes", type=Path, required=True, metavar="BOXES.json")
    parser.add_argument(
        "--blank", type=Path, help="同一页的空白扫描件 / the same page unmarked, registered alike"
    )
    parser.add_argument("--dpi", type=_dpi, help="图的分辨率 / of the picture (200)")
    parser.add_argument("--json", type=Path, required=True, metavar="OUT.json")
    return parser


def _dpi(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 50 <= value <= 2400:
        raise argparse.ArgumentTypeError("50–2400")
    return value


def _read(options: Any) -> list[dict[str, Any]]:
    from yishi.scan import marks  # only now: it brings the pictures' library

    raw = _boxes_json(options.boxes)
    page, dpi = _page(raw, options.picture.name)
    boxes = [_box(box, at) for at, box in enumerate(page)]
    picture, said_dpi = _picture(options.picture)
    blank = _picture(options.blank)[0] if options.blank else None
    use = options.dpi or dpi or said_dpi or USUAL_DPI
    inks = marks.measure(picture, [marks.Box(*box) for box in boxes], use / 25.4, blank=blank)
    return [
        {
            "option": item.get("option"),
            "class": ink.cls,
            "A": round(ink.A, 3),
            "M": round(ink.M, 4),
            "F": round(ink.F, 3),
            "dx": round(ink.dx, 2),
            "dy": round(ink.dy, 2),
        }
        for item, ink in zip(page, inks, strict=True)
    ]


def _picture(path: Path) -> tuple[Any, float | None]:
    from yishi.scan import pages
    from yishi.scan.reasons import REASONS, Rejected

    try:
        ref = pages.listing(path)[0]
        if ref.rejected:
            raise Rejected(ref.rejected, ref.detail)
        found = pages.picture(path, 1)
    except Rejected as refusal:
        zh, en = REASONS[refusal.code]
        raise Stop(f"{path}: {zh} / {en}") from None
    return found.grey, found.dpi


def _boxes_json(path: Path) -> Any:
    if path.stat().st_size > LARGEST:
        raise Stop(f"{path}: 文件过大 / the file is too large")
    try:
        return json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError):
        raise Stop(f"{path}: 不是 JSON / not JSON") from None


def _page(raw: Any, name: str) -> tuple[list[Mapping[str, Any]], float | None]:
    dpi = None
    if isinstance(raw, Mapping):
        dpi = raw.get("dpi") if isinstance(raw.get("dpi"), int | float) else None
        pages = raw.get("pages")
        if not isinstance(pages, list) or not all(isinstance(page, Mapping) for page in pages) or not pages:
            raise Stop("--boxes: 没有 pages / no list of pages")
        named = [page for page in pages if page.get("file") == name]
        if not named and len(pages) > 1:
            raise Stop(f"--boxes: 没有 {name} 这一页 / no page of that name")
        raw = (named or pages)[0].get("ovals")
    if not isinstance(raw, list) or not all(isinstance(box, Mapping) for box in raw):
        raise Stop("--boxes: 不是椭圆的列表 / not a list of ovals")
    if len(raw) > MOST_BOXES:
        raise Stop(f"--boxes: 最多 {MOST_BOXES} 个 / at most {MOST_BOXES}")
    return raw, dpi


def _box(raw: Mapping[str, Any], at: int) -> tuple[float, float, float, float]:
    values = [raw.get(key) for key in ("x", "y", "w", "h")]
    numbers = [float(v) for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    if len(numbers) != 4 or not all(abs(v) < 100_000 for v in numbers) or min(numbers[2:]) < 4:
        raise Stop(f"--boxes: [{at}] x, y, w, h")
    return numbers[0], numbers[1], numbers[2], numbers[3]
