"""Ballot sheets read by other programs: the same filled ovals, each with its own corner marks.

AMC_DETECT names the program AMC-detect of auto-multiple-choice (Debian: auto-multiple-choice; in
/usr/libexec/AMC/exec). OMR_CHECKER names a checkout of github.com/Udayraj123/OMRChecker, OMR_PYTHON a
Python that has its requirements. Where one is not there, nothing is compared. No line of theirs is here.

Each is run as its own documentation says, with its own thresholds; neither knows a doubt: two marks in
a row or none are what they can show to people.
"""

from __future__ import annotations

import csv
import json
import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import cv2
from PIL import Image

from tests.scan import synth
from tests.scan.synth.judge import Tally, weigh
from tests.scan.synth.paper import target

AMC = Path(os.environ.get("AMC_DETECT", "/usr/libexec/AMC/exec/AMC-detect"))
OMR = Path(os.environ.get("OMR_CHECKER", "/nowhere"))
OMR_PYTHON = os.environ.get("OMR_PYTHON", "python3")
TICKED = 0.15  # auto-multiple-choice's own default: the share of a box that is dark
SCREENINFO = "class M:\n    width, height = 1920, 1080\n\n\ndef get_monitors():\n    return [M()]\n"

Marked = dict[int, list[str]]  # by row: the options that are marked


class Told(NamedTuple):
    """What a program said of each picture, None where it refused it, and its CPU in seconds a page."""

    pages: list[Marked | None]
    processor: float


def children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def boxes(page: dict[str, Any]) -> dict[int, list[dict[str, Any]]]:
    rows: dict[int, list[dict[str, Any]]] = {}
    for box in page["boxes"]:
        rows.setdefault(box["row"], []).append(box)
    return rows


def middles(page: dict[str, Any]) -> list[tuple[float, float]]:
    """Of the corner marks: upper left, upper right, lower right, lower left."""
    at = {t["corner"]: (t["x_mm"] + t["size_mm"] / 2, t["y_mm"] + t["size_mm"] / 2) for t in page["tags"]}
    return [at[corner] for corner in ("tl", "tr", "br", "bl")]


# --- auto-multiple-choice --------------------------------------------------------


Dark = dict[tuple[int, str], float]  # the dark share of a box, by row and option


def amc(pictures: Sequence[Path], page: dict[str, Any]) -> Told:
    """With its own threshold."""
    dark, processor = darkness(pictures, page)
    return Told([ticked(one, TICKED) for one in dark], processor)


def ticked(dark: Dark | None, threshold: float) -> Marked | None:
    if dark is None:
        return None
    marked: Marked = {}
    for (row, option), share in dark.items():
        if share >= threshold:
            marked.setdefault(row, []).append(option)
    return marked


def darkness(pictures: Sequence[Path], page: dict[str, Any]) -> tuple[list[Dark | None], float]:
    """A process for each picture, as AMC-analyse.pl runs it; and its CPU in seconds a page."""
    unit = 200 / 25.4
    frame = " ".join(f"{x * unit:.2f},{y * unit:.2f}" for x, y in middles(page))
    order = [(row, box) for row, found in boxes(page).items() for box in found]
    asked = [f"optim {frame}", f"optim3 {frame}"]
    words = [
        str(AMC), "-x", f"{page['width_mm'] * unit:.1f}", "-y", f"{page['height_mm'] * unit:.1f}",
        "-d", f"{5.0 * unit:.1f}", "-p", "0.2", "-m", "0.2", "-c", "3", "-t", "0.6", "-o", "1",
    ]  # fmt: skip
    for _row, box in order:
        x, y = box["x_mm"] * unit, box["y_mm"] * unit
        edges = f"{x:.2f} {x + box['w_mm'] * unit:.2f} {y:.2f} {y + box['h_mm'] * unit:.2f}"
        asked.append(f"mesure0 0.8 oval {edges}")
    pages: list[Dark | None] = []
    began = children()
    for picture in pictures:
        said = ""
        for fit in asked[:2]:  # with four corners, then with three
            script = "\n".join([f"load {picture}", fit, *asked[2:], "quit"]) + "\n"
            ran = subprocess.run(words, input=script, capture_output=True, text=True, check=False)
            said = ran.stdout
            if "NMARKS" not in said:
                break
        dark = [part.split() for part in said.splitlines() if part.startswith("PIX ")]
        if len(dark) != len(order):
            pages.append(None)
            continue
        pages.append(
            {
                (row, box["option"]): int(black) / max(1, int(total))
                for (row, box), (_pix, black, total) in zip(order, dark, strict=True)
            }
        )
    return pages, (children() - began) / len(pictures)


# --- OMRChecker ------------------------------------------------------------------

SCALE = 10  # pixels of its template per mm


def omr(pictures: Sequence[Path], page: dict[str, Any]) -> Told:
    """Its command over a folder; the time it takes to start, measured with one picture, is taken off."""
    one = _omr(pictures[:1], page)[1]
    pages, all_of_them = _omr(pictures, page)
    return Told(pages, (all_of_them - one) / max(1, len(pictures) - 1))


def _omr(pictures: Sequence[Path], page: dict[str, Any]) -> tuple[list[Marked | None], float]:
    with tempfile.TemporaryDirectory(prefix="yishi-bench-omr-") as name:
        folder = Path(name)
        given, stub = folder / "in", folder / "stub"
        given.mkdir()
        stub.mkdir()
        (stub / "screeninfo.py").write_text(SCREENINFO)
        for number, picture in enumerate(pictures):
            (given / f"{number:06}.jpg").symlink_to(picture)
        cv2.imwrite(str(given / "marker.jpg"), target(220))
        letters = _template(given, page)
        began = children()
        ran = subprocess.run(
            [OMR_PYTHON, "main.py", "-i", str(given), "-o", str(folder / "out")],
            cwd=OMR,
            env={**os.environ, "PYTHONPATH": str(stub), "MPLBACKEND": "Agg"},
            capture_output=True,
            text=True,
            check=False,
        )
        used = children() - began
        if ran.returncode:
            raise RuntimeError(ran.stderr[-500:] or ran.stdout[-500:])
        found: dict[str, Marked] = {}
        for file in (folder / "out").rglob("Results_*.csv"):
            for line in csv.DictReader(file.open()):
                rows = {int(key[1:]): value for key, value in line.items() if key and key[0] == "r"}
                found[line["file_id"]] = {r: [letters[c] for c in v] for r, v in rows.items() if v}
    return [found.get(f"{number:06}.jpg") for number in range(len(pictures))], used


def _template(folder: Path, page: dict[str, Any]) -> dict[str, str]:
    """Its template and settings; the letter of each option."""
    (left, top), (right, _y), (_x, bottom), _bl = middles(page)
    rows = boxes(page)
    first = next(iter(rows.values()))
    letters = {"ABCDE"[n]: box["option"] for n, box in enumerate(first)}
    blocks = {}
    for row, found in rows.items():
        blocks[f"row{row}"] = {
            "origin": [round((found[0]["x_mm"] - left) * SCALE), round((found[0]["y_mm"] - top) * SCALE)],
            "bubblesGap": round((found[1]["x_mm"] - found[0]["x_mm"]) * SCALE),
            "labelsGap": 0,
            "direction": "horizontal",
            "bubbleValues": list(letters)[: len(found)],
            "fieldLabels": [f"r{row}"],
        }
    template = {
        "pageDimensions": [round((right - left) * SCALE), round((bottom - top) * SCALE)],
        "bubbleDimensions": [round(first[0]["w_mm"] * SCALE), round(first[0]["h_mm"] * SCALE)],
        "preProcessors": [
            {
                "name": "CropOnMarkers",
                "options": {
                    "relativePath": "marker.jpg",
                    "sheetToMarkerWidthRatio": round(page["width_mm"] / page["tags"][0]["size_mm"]),
                },
            }
        ],
        "fieldBlocks": blocks,
    }
    (folder / "template.json").write_text(json.dumps(template))
    sizes = {"processing_width": 666, "processing_height": 942}
    (folder / "config.json").write_text(
        json.dumps({"dimensions": {"display_height": 1000, "display_width": 700, **sizes}})
    )
    return letters


# --- the same pictures -----------------------------------------------------------


class Score(NamedTuple):
    """Of rows that mean one thing: votes turned or lost unseen, doubts; ticks lost; CPU in ms a page."""

    rows: int
    errors: int
    doubts: int
    ticks: int
    ticks_lost: int
    refused: int
    processor: float


def score(sheets: Sequence[synth.Sheet], told: Told) -> Score:
    """Two marks in a row are shown to people and so a doubt; none where there was one is a lost vote."""
    rows = errors = doubts = ticks = lost = refused = 0
    for sheet, marked in zip(sheets, told.pages, strict=True):
        if marked is None:
            refused += 1
            continue
        for truth in sheet.truths:
            if truth.kind == "odd":
                continue
            found = marked.get(truth.row, [])
            rows += 1
            doubts += len(found) > 1
            errors += len(found) <= 1 and found != ([truth.option] if truth.option else [])
            if truth.mark == "tick":
                ticks += 1
                lost += not found
    return Score(rows, errors, doubts, ticks, lost, refused, 1000 * told.processor)


Program = Callable[[Sequence[Path], dict[str, Any]], Told]
PEERS: dict[str, tuple[str, Program, Callable[[], bool]]] = {
    "AMC-detect": ("disc", amc, AMC.exists),
    "AMC-detect, best threshold": ("disc", amc, AMC.exists),
    "OMRChecker": ("target", omr, (OMR / "main.py").exists),
}
PROGRAMS = ("AMC-detect", "OMRChecker")  # whose CPU is compared
KINDS = ("feeder200", "feeder150", "folded200", "dirty200", "weak200", "skewed200")


def pictures(large: bool) -> list[tuple[int, str]]:
    """Seed and profile of each picture; the seeds are those for reporting."""
    each = 90 if large else 15
    first = synth.REPORTING + 700_000
    return [(first + number, profile) for profile in KINDS for number in range(each)]


def files(
    tasks: Sequence[tuple[int, str]], corners: str, folder: Path
) -> tuple[list[synth.Sheet], list[Path]]:
    """The pictures as JPEG files that lose next to nothing, and what they say."""
    sheets, written = [], []
    for number, (seed, profile) in enumerate(tasks):
        sheet = synth.make(seed, profile, corners=corners, upright=True)
        written.append(folder / f"{number}.jpg")
        picture = Image.fromarray(sheet.grey)
        picture.save(written[-1], quality=95, dpi=(sheet.dpi, sheet.dpi))
        sheet.grey, sheet.colour = sheet.grey[:1, :1], None  # only the truth is needed from here
        sheets.append(sheet)
    return sheets, written


def compare(name: str, tasks: Sequence[tuple[int, str]]) -> Score | None:
    """A peer on these pictures; None where it is not installed."""
    corners, run, there = PEERS[name]
    if not there():
        return None
    with tempfile.TemporaryDirectory(prefix="yishi-bench-sheets-") as folder:
        sheets, written = files(tasks, corners, Path(folder))
        if "best" not in name:
            return score(sheets, run(written, sheets[0].page))
        # In its favour: the threshold that has the fewest errors on these very pictures.
        dark, used = darkness(written, sheets[0].page)
        tried = [Told([ticked(one, n / 100) for one in dark], used) for n in range(1, 16)]
        return min((score(sheets, told) for told in tried), key=lambda found: (found.errors, found.doubts))


def ours(tasks: Sequence[tuple[int, str]]) -> Score:
    """The same pictures by `yishi.scan`, from the file on."""
    from tests.scan.synth.run import layout
    from yishi.scan.pages import listing, picture
    from yishi.scan.reading import read

    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory(prefix="yishi-bench-sheets-") as folder:
        sheets, written = files(tasks, "", Path(folder))
        plan = layout("a4")
        read(picture(written[0], 1), plan)  # what is loaded once is not the page's
        tally, refused, used = Tally(), 0, 0.0
        for sheet, file in zip(sheets, written, strict=True):
            began = time.process_time()
            (found,) = listing(file)
            reading = read(picture(found.file, found.page), plan)
            used += time.process_time() - began
            refused += reading.rejected is not None
            tally.add(weigh(sheet, reading))
    plain = ["vote", "blank", "rest"]
    lost = sum(n for key, n in tally.rows.items() if key[1] == "tick" and key[3] == "error")
    return Score(
        tally.count(kinds=plain), tally.errors, tally.count("doubt", plain),
        tally.count(kinds=plain, mark="tick"), lost, refused, 1000 * used / len(sheets),
    )  # fmt: skip


def measures(name: str, s: Score) -> list[tuple[str, float, str, float | None, str]]:
    """Name, value, unit, limit (ours only) and note of each figure."""
    mine = name == "ours"
    doubts = 100 * s.doubts / max(1, s.rows)
    of = f"of {s.rows} rows; {s.refused} sheets refused"
    return [
        (f"sheets, {name}: errors nobody would see", s.errors, "", 0 if mine else None, of),
        (f"sheets, {name}: ticks lost", s.ticks_lost, "", 0 if mine else None, f"of {s.ticks}"),
        (f"sheets, {name}: doubts", doubts, "%", None, ""),
        (f"sheets, {name}: processor time of a page", s.processor, "ms", None, ""),
    ]
