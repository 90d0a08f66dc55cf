"""`python -m tests.scan.synth.run`: read synthetic sheets and tell what was right, doubtful and wrong.

    --profiles feeder200,phone   --mix mixed|supplied   --forms a4,a5   --seeds 0:200   --jobs 1
    --out FOLDER    a report, and the crop of every error

Only tuning seeds (below 1,000,000) write crops: nobody tunes on the seeds for reporting.
"""

from __future__ import annotations

import argparse
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import cv2

from tests.scan import synth
from tests.scan.synth.judge import Tally, weigh
from yishi.scan.layout import Layout, parse
from yishi.scan.pages import Picture
from yishi.scan.reading import PageReading, read


class Task(NamedTuple):
    seed: int
    profile: str = "feeder200"
    form: str = "a4"
    mix: str = "mixed"
    number: int = 1
    odd: bool = True


@cache
def layout(form: str) -> Layout:
    return parse(synth.plan(form))


def one(task: Task) -> Tally:
    """Make one sheet, read it, weigh it."""
    began = time.process_time()
    sheet = synth.make(task.seed, task.profile, task.form, task.mix, odd=task.odd, number=task.number)
    made = time.process_time()
    try:
        reading = read(Picture(sheet.grey, sheet.colour, sheet.dpi), layout(task.form))
    except Exception as error:  # a bug of the reader: told with the others, and the figures go on
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(last.filename).name}:{last.lineno}"
        reading = PageReading(rejected=f"BUG {type(error).__name__} {where}", detail=str(error))
    done = time.process_time()
    tally = weigh(sheet, reading, task)
    tally.made_s, tally.read_s = made - began, done - made
    return tally


def _started() -> None:
    cv2.setNumThreads(1)


def tallies(tasks: Iterable[Task], jobs: int = 1) -> Iterator[tuple[Task, Tally]]:
    """Each task with its tally, in order."""
    tasks = list(tasks)
    if jobs == 1:
        _started()
        yield from ((task, one(task)) for task in tasks)
        return
    with get_context("spawn").Pool(jobs, _started) as pool:
        yield from zip(tasks, pool.imap(one, tasks, 8), strict=True)


def by_profile(tasks: Iterable[Task], jobs: int = 1) -> dict[str, Tally]:
    found: dict[str, Tally] = {}
    for task, tally in tallies(tasks, jobs):
        found.setdefault(task.profile, Tally()).add(tally)
    return found


# --- the report ----------------------------------------------------------------

HEAD = (
    "| | sheets | rejected | rows | errors | odd missed | doubts % (not odd) | to review % "
    "| make ms | read ms |"
)


def line(name: str, t: Tally) -> str:
    n = max(1, t.sheets)
    return (
        f"| {name} | {t.sheets} | {t.rejected.total()} {dict(t.rejected) or ''} | {t.count()} | {t.errors} | "
        f"{t.missed} of {t.count(kinds=['odd'])} | {t.doubts:.2f} | {t.review:.2f} | "
        f"{1000 * t.made_s / n:.0f} | {1000 * t.read_s / n:.0f} |"
    )


def report(found: dict[str, Tally]) -> str:
    total = Tally()
    for tally in found.values():
        total.add(tally)
    rows = [HEAD, "|---" * 10 + "|", *(line(name, t) for name, t in found.items()), line("all", total)]
    plain = ["vote", "blank", "rest"]
    parts = ["\n".join(rows), "Names outside the table: " + str(dict(total.names))
             + f"; ink said where none was written: {total.false_names} sheets"]  # fmt: skip
    for title, at in (("pen", 2), ("mark", 1), ("kind", 0)):
        seen: dict[str, Counter[str]] = {}
        whys: dict[str, Counter[str]] = {}
        for key, n in total.rows.items():
            if key[0] in plain:
                seen.setdefault(key[at], Counter())[key[3]] += n
                if key[3] == "doubt":
                    whys.setdefault(key[at], Counter())[key[4]] += n
        told = [f"| {title} | rows | errors | doubts % | why |", "|---|---|---|---|---|"]
        for name, c in sorted(seen.items(), key=lambda item: -item[1]["doubt"] / item[1].total()):
            share = 100 * c["doubt"] / c.total()
            why = ", ".join(f"{w} {n}" for w, n in whys.get(name, Counter()).most_common(6))
            told.append(f"| {name or '(blank)'} | {c.total()} | {c['error']} | {share:.2f} | {why} |")
        parts.append("\n".join(told))
    odd: dict[str, Counter[str]] = {}
    for key, n in total.rows.items():
        if key[0] == "odd":
            odd.setdefault(key[1], Counter())[key[3]] += n
    parts.append(
        "\n".join(
            ["| odd | rows | missed |", "|---|---|---|"]
            + [f"| {name} | {c.total()} | {c['missed']} |" for name, c in sorted(odd.items())]
        )
    )
    return "\n\n".join(parts)


def doubtful(tasks: Iterable[Task], out: Path, each: int = 12) -> None:
    """Pictures of rows in doubt that mean one thing, a file for each reason."""
    seen: dict[str, list[Any]] = {}
    for task in tasks:
        sheet = synth.make(task.seed, task.profile, task.form, task.mix, odd=task.odd, number=task.number)
        reading = read(Picture(sheet.grey, sheet.colour, sheet.dpi), layout(task.form))
        rows = {row.row: row for row in reading.rows}
        for truth in sheet.truths:
            row = rows.get(truth.row)
            if row is None or not row.doubt or truth.kind == "odd":
                continue
            mine = seen.setdefault(row.why, [])
            if len(mine) >= each or sum(1 for name, _c in mine if name == task) >= 3:
                continue
            crop = sheet.crop(truth.row)
            crop = crop if crop.ndim == 2 else cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
            crop = crop[:, -crop.shape[1] * 6 // 10 :].copy()
            told = (
                f"{task.profile} {task.seed} r{truth.row} {truth.mark or 'blank'} {truth.option} {truth.pen} "
            )
            told += " ".join(f"A{b.A:.1f}M{b.M:.3f}F{b.F:.1f}{b.cls[0]}" for b in row.boxes)
            cv2.putText(crop, told, (4, 13), cv2.FONT_HERSHEY_SIMPLEX, 0.42, 0, 1, cv2.LINE_AA)
            mine.append((task, crop))
    for why, mine in seen.items():
        width = max(c.shape[1] for _t, c in mine)
        cut = [cv2.copyMakeBorder(c, 0, 0, 0, width - c.shape[1], cv2.BORDER_CONSTANT) for _t, c in mine]
        cv2.imwrite(str(out / f"doubt-{why}.png"), cv2.vconcat(cut))


def crops(found: dict[str, Tally], out: Path, most: int = 80) -> list[str]:
    """The row of every error as a picture, with truth and reading in its name and in the list."""
    told = []
    bad = [one for tally in found.values() for one in tally.bad]
    bad.sort(key=lambda item: item[2].kind == "odd")
    for task, number, truth, row in bad[:most]:
        if task.seed >= synth.REPORTING:
            told.append("(reporting seed: no crop)")
            continue
        sheet = synth.make(task.seed, task.profile, task.form, task.mix, odd=task.odd, number=task.number)
        name = f"{task.profile}-{task.form}-{task.mix}-{task.seed}-{task.number}-row{number}.png"
        crop = sheet.crop(number)
        cv2.imwrite(str(out / name), crop[:, :, ::-1] if crop.ndim == 3 else crop)
        boxes = "; ".join(f"{b.option} A{b.A:.2f} M{b.M:.3f} F{b.F:.2f} {b.cls}" for b in row.boxes)
        told.append(
            f"- {name}: truth {truth.kind} {truth.option} ({truth.mark}, {truth.pen}), "
            f"read {row.option} conf {row.confidence:.2f} name_ink {row.name_ink:.2f} [{boxes}]"
        )
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--profiles", default=",".join(synth.scanners.PROFILES))
    parser.add_argument("--forms", default="a4")
    parser.add_argument("--mix", default="mixed")
    parser.add_argument("--seeds", default="0:50")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--doubts", type=int, default=0, help="of so many sheets, pictures of doubtful rows")
    asked: Any = parser.parse_args()
    first, end = map(int, asked.seeds.split(":"))
    tasks = [
        Task(seed, profile, form, asked.mix, 1 + seed % len(synth.plan(form)["pages"]))
        for profile in asked.profiles.split(",")
        for form in asked.forms.split(",")
        for seed in range(first, end)
    ]
    found = by_profile(tasks, asked.jobs)
    text = report(found)
    if asked.out:
        asked.out.mkdir(parents=True, exist_ok=True)
        refused = {
            code: f"- {tuple(task)}: {code} {why}" for t in found.values() for task, code, why in t.refused
        }
        text += "\n\n## Rejected, one of each\n\n" + "\n".join(refused.values())
        text += "\n\n## Errors\n\n" + "\n".join(crops(found, asked.out))
        doubtful(tasks[: asked.doubts], asked.out)
        (asked.out / "report.md").write_text(text + "\n", "utf-8")
    print(text)


if __name__ == "__main__":
    main()
