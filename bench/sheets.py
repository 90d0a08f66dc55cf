"""Ballot sheets made from seeds and read by `yishi.scan`: errors, doubts, speed, memory; others beside it.

    python3 run.py bench sheets                a twentieth of the sheets, a minute or two
    python3 run.py bench sheets --large        300,000 ovals on 5,000 sheets
    python3 run.py bench sheets-peers          the same pictures read by other programs, if they are here

The seeds are those for reporting (`tests.scan.synth`): no threshold was chosen on them.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import cv2
from PIL import Image

from bench import server
from tests.scan import synth
from tests.scan.synth.judge import Tally
from tests.scan.synth.run import Task, by_profile, report
from yishi.papers.sheets import sheet_pdf

ROOT = Path(__file__).parents[1]
PAGES = 400
FEEDERS = ("feeder200", "feeder150", "feeder300", "skewed200")
GEL = ("gel 0.5", "gel 0.7", "blue gel")
# profile, form, mix: sheets of the large figure, 300,000 ovals and a little more
MIX = (
    ("feeder200", "a4", "supplied", 1000),
    ("feeder200", "a4", "mixed", 1000),
    ("feeder200", "a5", "mixed", 200),
    ("feeder200", "choose", "mixed", 200),
    ("feeder200", "grades", "mixed", 200),
    ("feeder200", "elect", "mixed", 200),
    ("feeder200", "long", "mixed", 200),
    ("feeder150", "a4", "mixed", 500),
    ("feeder300", "a4", "mixed", 300),
    ("skewed200", "a4", "mixed", 400),
    ("folded200", "a4", "mixed", 300),
    ("dirty200", "a4", "mixed", 300),
    ("weak200", "a4", "mixed", 300),
    ("colour200", "a4", "mixed", 200),
    ("seal200", "a4", "mixed", 200),
    ("bilevel200", "a4", "mixed", 150),
    ("bilevel300", "a4", "mixed", 100),
    ("phone", "a4", "mixed", 100),
    ("shadow", "a4", "mixed", 100),
)
PART = 20  # the small figure takes one in so many


def tasks(large: bool) -> list[Task]:
    """The sheets of a figure, each with a seed of its own from the first for reporting."""
    found: list[Task] = []
    for profile, form, mix, sheets in MIX:
        pages = len(synth.plan(form)["pages"])
        for number in range(sheets if large else max(5, sheets // PART)):
            seed = synth.REPORTING + 20_000 * MIX.index((profile, form, mix, sheets)) + number
            found.append(Task(seed, profile, form, mix, 1 + number % pages))
    return found


class Figures(NamedTuple):
    all: Tally
    feeder: Tally  # upright paper on a clean feeder, grey
    supplied: Tally  # 200 dpi, the gel pens that lie on the table
    pens: Tally  # 200 dpi, all pens
    table: str


def figures(large: bool, jobs: int = 2) -> Figures:
    wanted = tasks(large)
    parts = (Tally(), Tally(), Tally(), Tally())
    groups: dict[str, Tally] = {}
    for mix in ("supplied", "mixed"):
        for form in synth.FORMS:
            chosen = [one for one in wanted if one.mix == mix and one.form == form]
            for profile, tally in by_profile(chosen, jobs).items() if chosen else ():
                groups.setdefault(f"{profile}, {form}, {mix}", Tally()).add(tally)
                parts[0].add(tally)
                if profile in FEEDERS:
                    parts[1].add(tally)
                if profile == "feeder200":
                    parts[2 if mix == "supplied" else 3].add(tally)
    return Figures(*parts, report(groups))


# --- a file of 400 pages -----------------------------------------------------------


class Run(NamedTuple):
    """A command to its end: seconds waited, of processor time, MB at the most of it and its children."""

    waited: float
    processor: float
    resident: float  # the sum over the processes; what they share counts in each
    proportional: float  # what they share counts once


def run(words: list[str]) -> Run:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    most = [0.0, 0.0]
    with tempfile.TemporaryFile() as said:
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        child = subprocess.Popen(words, cwd=ROOT, env=env, stdout=said, stderr=said)
        over = threading.Event()

        def watch() -> None:
            while not over.wait(0.2):
                most[0] = max(most[0], _resident(child.pid))
                most[1] = max(most[1], server.memory(child.pid))

        watcher = threading.Thread(target=watch)
        watcher.start()
        code = child.wait()
        waited = time.perf_counter() - began
        over.set()
        watcher.join()
        said.seek(0)
        if code not in (0, 1):  # 1: something was rejected or doubtful
            raise RuntimeError(said.read().decode("utf-8", "replace")[-800:])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(waited, used, *most)


def _resident(pid: int) -> float:
    total = 0
    for one in server.family(pid):
        try:
            total += int(Path(f"/proc/{one}/statm").read_text().split()[1])
        except OSError:
            continue
    return total * resource.getpagesize() / 1e6


@contextmanager
def scanned(pages: int = PAGES, different: int = 100) -> Iterator[tuple[Path, Path]]:
    """A PDF as a feeder writes it (200 dpi grey, a JPEG a page) and its layout."""
    with tempfile.TemporaryDirectory(prefix="yishi-bench-sheets-") as name:
        folder = Path(name)
        files = []
        for number in range(different):
            sheet = synth.make(synth.REPORTING + 900_000 + number, "feeder200", mix="supplied")
            files.append(folder / f"{number}.jpg")
            cv2.imwrite(str(files[-1]), sheet.grey, [cv2.IMWRITE_JPEG_QUALITY, 85])
        rest = (Image.open(files[n % different]) for n in range(1, pages))
        file, layout = folder / "scan.pdf", folder / "layout.json"
        with Image.open(files[0]) as first:
            first.save(file, "PDF", save_all=True, append_images=rest, resolution=200)
        layout.write_text(json.dumps(synth.plan("a4"), ensure_ascii=False), "utf-8")
        yield file, layout


def read_sheets(file: Path, layout: Path, jobs: int) -> Run:
    words = [sys.executable, "-m", "yishi.cli", "read-sheets", "--layout", str(layout), str(file)]
    return run([*words, "--json", str(file.with_suffix(".json")), "--jobs", str(jobs)])


def printing(copies: int = PAGES) -> float:
    """Seconds until the file of so many sheets is there."""
    began = time.perf_counter()
    sheet_pdf(synth.FORMS["a4"], copies)
    return time.perf_counter() - began
