"""400 ballots of 20 rows: from the scanner's file to the closed batch, the machine alone, on this server.

`python -m bench.scanning` builds the hall in a folder of its own, scans a poll's own sheets (marked
plainly, one row in twelve left blank, no doubts), takes the file in, reads it in two processes,
looks through the blank rows screen by screen, and closes the batch. It prints the seconds of each step as
JSON. What people take to look is not in it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
BALLOTS = 400
ROWS = 20
SCREEN = 120
LIMIT = 60  # seconds


def measure() -> dict[str, float]:
    """{"taken_s", "read_s", "looked_s", "closed_s", "total_s"}: one run in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="yishi-bench-") as folder:
        env = {**os.environ, "YISHI_DATA": folder, "YISHI_SECRET_KEY": "only-for-this-measurement-" * 2}
        env |= {"DJANGO_SETTINGS_MODULE": "yishi.settings", "PYTHONPATH": str(ROOT)}
        env.pop("DATABASE_URL", None)
        command = [sys.executable, "-m", "bench.scanning"]
        done = subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True, check=True)
        said: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        return said


def scan(form: Any, layout: dict[str, Any], file: Path) -> None:
    """The sheets as a feeder writes them: 200 dpi, grey, a JPEG a page, a little noise and skew."""
    import cv2
    import numpy as np
    import pypdfium2
    from PIL import Image

    from yishi.papers.sheets import sheet_pdf

    with pypdfium2.PdfDocument(sheet_pdf(form)) as document:
        blank = np.array(document[0].render(scale=200 / 72, grayscale=True).to_pil().convert("L"))
    height, width = blank.shape
    dice, pages = np.random.default_rng(5), []
    boxes = layout["pages"][0]["boxes"]
    for ballot in range(BALLOTS):
        sheet = blank.copy()
        for n, box in enumerate(boxes):
            if (box["row"] + ballot) % 12 and n % 3 == (box["row"] + ballot) % 3:
                middle = [
                    round((box[a] + box[b] / 2) * 200 / 25.4) for a, b in (("x_mm", "w_mm"), ("y_mm", "h_mm"))
                ]
                # Nobody fills two alike: equal ones would be one paper scanned twice.
                place = [at + int(dice.integers(-4, 5)) for at in middle]
                size = int(dice.integers(16, 23)), int(dice.integers(9, 14))
                cv2.ellipse(sheet, place, size, dice.uniform(-15, 15), 0, 360, 40, -1, cv2.LINE_AA)
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), dice.uniform(-0.6, 0.6), 1)
        sheet = cv2.warpAffine(sheet, turn, (width, height), borderValue=250)
        noisy = sheet * 0.92 + 12 + dice.normal(0, 2.5, sheet.shape)
        pages.append(Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)))
    pages[0].save(file, "PDF", save_all=True, append_images=pages[1:], resolution=200, quality=85)


def _run() -> dict[str, float]:
    import django

    django.setup()
    from django.core.files import File
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from tests import make
    from tests.make import NOW
    from tests.voting.scans import deck
    from yishi.voting import reader
    from yishi.voting.actions import scan_files, scans
    from yishi.voting.rules import scans as rules
    from yishi.voting.words import sheet

    # Read below, in this thread: what the uploading wakes would do the same beside it.
    scan_files.reader.wake = lambda *_: None  # type: ignore[assignment]
    titles = tuple(f"第{n}项民生实事工程" for n in range(1, ROWS + 1))
    poll = deck.poll(BALLOTS, options=titles, seats=10, batch_size=BALLOTS)
    batch = deck.batch(poll)
    by, steps = make.official(poll, "chief"), {}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "scan.pdf"
        scan(sheet.form(poll), poll.sheet_layout, file)

        def timed(name: str, step: Any) -> Any:
            began = time.perf_counter()
            made = step()
            steps[name] = time.perf_counter() - began
            return made

        with file.open("rb") as stream:
            given = File(stream, name="scan.pdf")
            taken = timed("taken_s", lambda: scans.upload(batch, given, by=by, at=NOW))
    timed("read_s", lambda: reader.read_now(taken, jobs=2))
    timed("looked_s", lambda: _look(batch, by))
    timed("closed_s", lambda: scans.close(batch, by=by, at=NOW))
    ledger = rules.ledger(batch)
    assert (ledger.read, ledger.doubts, ledger.hand) == (BALLOTS, 0, 0), ledger.problems
    return {**steps, "total_s": sum(steps.values())}


def _look(batch: Any, by: Any) -> None:
    from tests.make import NOW
    from yishi.voting.actions import scans
    from yishi.voting.rules import scans as rules

    blank = [
        (row.page.pk, row.row)
        for ballot in rules.ledger(batch).ballots
        for row in ballot.rows
        if row.state == "look"
    ]
    for first in range(0, len(blank), SCREEN):
        scans.look(batch, blank[first : first + SCREEN], [], by=by, at=NOW)


if __name__ == "__main__":
    print(json.dumps(_run()))
