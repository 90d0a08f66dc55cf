"""`python3 run.py bench [NAME ...]`: what was promised, measured on this machine, each beside its limit."""

from __future__ import annotations

import json
import os
import platform
import signal
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from bench import keying, peer, server

RESULTS = Path(__file__).with_name("results.json")
CLIENTS = 20
SCREENS = 50
# name: (address, who, limit in ms)
PAGES = {
    "public front page": ("/", None, 100),
    "list of results": ("/results/", None, 100),
    "one result": ("/results/1/", None, 100),
    "list of meetings": ("/meetings/", "qiaotou", 100),
    "desk (asks every room)": ("/desk/", "qiaotou", 250),
}


@dataclass(frozen=True)
class Measure:
    """One figure beside its limit; `limit` None where there is only something to compare with."""

    name: str
    value: float
    unit: str
    limit: float | None
    note: str = ""

    @property
    def within(self) -> bool:
        return self.limit is None or self.value <= self.limit

    def line(self) -> str:
        limit = "" if self.limit is None else f"  (limit {self.limit:g} {self.unit})"
        mark = "✓" if self.within else "✗"
        note = f"  {self.note}" if self.note else ""
        return f"{mark} {self.name}: {self.value:.4g} {self.unit}{limit}{note}"


def main(names: list[str]) -> int:
    # Told to stop, the server that is measured is stopped too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    wanted = [name for name in names if name != "--large"]
    chosen = [name for name in ALL if not wanted or name in wanted]
    if not chosen:
        print(f"python3 run.py bench [{' | '.join(ALL)}] [--large]")
        return 2
    found: list[Measure] = []
    for name in chosen:
        for measure in ALL[name]():
            print(measure.line(), flush=True)
            found.append(measure)
    kept = _others(found) if wanted else []
    RESULTS.write_text(json.dumps(_whole(found, kept), ensure_ascii=False, indent=1) + "\n", "utf-8")
    return int(not all(measure.within for measure in found))


def _others(found: list[Measure]) -> list[dict[str, object]]:
    """What was measured before and is not measured now."""
    names = {one.name for one in found}
    return [one for one in json.loads(RESULTS.read_text("utf-8"))["measures"] if one["name"] not in names]


def _whole(found: list[Measure], kept: list[dict[str, object]]) -> dict[str, object]:
    return {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
        "measures": kept
        + [{**asdict(one), "value": round(one.value, 4), "within": one.within} for one in found],
    }


def memory() -> list[Measure]:
    """Two workers that have each answered once, after ten seconds of rest."""
    with server.county() as county:
        server.load(county.port, "/results/", clients=4, requests=5)
        time.sleep(10)
        return [Measure("idle memory of the server", server.memory(county.pid), "MB", 200, "2 workers, PSS")]


def pages() -> list[Measure]:
    """p95 with 20 clients that ask without a pause: far more than 20 people."""
    found = []
    with server.county() as county:
        cookies = {who: county.session(who) for _path, who, _limit in PAGES.values() if who}
        for name, (path, who, limit) in PAGES.items():
            headers = {"Cookie": cookies[who]} if who else {}
            server.load(county.port, path, CLIENTS, 5, headers)
            took = server.load(county.port, path, CLIENTS, 50, headers)
            rate = len(took) / (sum(took) / CLIENTS)
            note = f"median {server.percentile(took, 0.5):.0f} ms, {rate:.0f} pages/s"
            p95 = server.percentile(took, 0.95)
            found.append(Measure(f"{name}, p95 at {CLIENTS} clients", p95, "ms", limit, note))
    return found


def screens() -> list[Measure]:
    """Fifty big screens asking every two seconds with their ETag, as the page does."""
    seconds = 20
    with server.county() as county:
        key, meeting = county.ask(
            "from yishi.meetings.models import Screen\n"
            "s = Screen.objects.get(meeting__body__code='qiaotou'); print(s.key, s.meeting_id)"
        ).split()
        path = f"/screen/{meeting}/picture/?key={key}"
        until = time.monotonic() + seconds
        threads = [
            threading.Thread(target=_screen, args=(county.port, path, until, n / SCREENS * 2))
            for n in range(SCREENS)
        ]
        for thread in threads:
            thread.start()
        time.sleep(3)
        before, began = server.processor(county.pid), time.monotonic()
        for thread in threads:
            thread.join()
        share = (server.processor(county.pid) - before) / (time.monotonic() - began)
    return [Measure(f"{SCREENS} big screens", 100 * share, "% of a core", 10, "polled every 2 s")]


def _screen(port: int, path: str, until: float, wait: float) -> None:
    line, etag = server.HTTPConnection("127.0.0.1", port, timeout=30), ""
    time.sleep(wait)
    while time.monotonic() < until:
        line.request("GET", path, headers={"If-None-Match": etag} if etag else {})
        answer = line.getresponse()
        answer.read()
        if answer.status not in (200, 304):
            raise RuntimeError(f"screen: {answer.status}")
        etag = answer.headers["ETag"] or ""
        time.sleep(2)


def two_tellers() -> list[Measure]:
    found = keying.measure()
    note = f"{found['keys']} keys, {found['keys_per_second']} each second"
    return [Measure("a key saved, p95", found["p95_ms"], "ms", 1000 * keying.LIMIT, note)]


def casting() -> list[Measure]:
    """400 deputies cast 15 choices within a minute on phones; then all in one moment."""
    from bench import casting as hall

    busy = os.getloadavg()[0] > 0.5
    said = hall.measure()
    name = f"{said['deputies']} phones, {hall.CHOICES} choices"
    note = f"p50 {said['p50_ms']:.0f}, p99 {said['p99_ms']:.0f}, longest {said['most_ms']:.0f} ms"
    note += f"; processor {said['processor_s']:.0f} s of {2 * hall.WITHIN}, {said['looks']} looks for news"
    note += "; others use this machine" if busy else ""
    wrong = said["lost"] + said["double"]
    return [
        Measure(f"{name} within a minute: in the box, p95", said["p95_ms"], "ms", 1000 * hall.LIMIT, note),
        Measure(f"{name}: lost or double", wrong, "", 0),
        Measure(f"{name} in one moment: the last is in", said["burst_s"], "s", hall.WITHIN),
    ]


def opening() -> list[Measure]:
    """The electronic box from the close to the result, the scrutineers' own devices not counted."""
    from bench import opening as hall

    said = hall.measure()
    parts = ("close", "first_share", "result")
    note = ", ".join(f"{name} {said[f'{name}_s']:.2f}" for name in parts)
    name = f"{hall.BALLOTS} ballots of {hall.CHOICES}: close to result"
    return [Measure(name, said["total_s"], "s", hall.LIMIT, note)]


def scanned() -> list[Measure]:
    """A scanner's file from its upload to the closed batch; the looking of people is not counted."""
    from bench import scanning

    said = scanning.measure()
    parts = ("taken", "read", "looked", "closed")
    note = ", ".join(f"{name} {said[f'{name}_s']:.1f}" for name in parts)
    name = f"{scanning.BALLOTS} ballots of {scanning.ROWS} rows: file to closed batch"
    return [Measure(name, said["total_s"], "s", scanning.LIMIT, note)]


def decide() -> list[Measure]:
    """The law asked about the 12-for-10 vote of 327 deputies, in this process and as a command."""
    from bench.decide import command_seconds, seconds

    return [
        Measure("law: one outcome", 1000 * seconds(), "ms", 5),
        Measure("law: `yishi decide`, started cold", command_seconds(), "s", 1),
    ]


def compared() -> list[Measure]:
    """A list page of ours and of pretalx, same server and clients, one after the other."""
    try:
        theirs = peer.list_page(CLIENTS)
    except (OSError, RuntimeError) as error:
        print(f"- pretalx could not be set up here: {error}", file=sys.stderr)
        return []
    with server.county() as county:
        server.load(county.port, "/results/", CLIENTS, 5)
        ours = server.load(county.port, "/results/", CLIENTS, 50)
    a, b = server.percentile(ours, 0.5), server.percentile(theirs, 0.5)
    note = f"ours {a:.0f} ms, pretalx {b:.0f} ms (median)"
    return [Measure("list page: ours over pretalx", a / b, "times", 1, note)]


def alike() -> list[Measure]:
    """Proposals that say the same, grouped at county scale; others beside, where they are installed."""
    from bench import alike as bench

    small, large = bench.grouping(10_000), bench.grouping(100_000)
    found = [
        Measure("alike: 10,000 proposals grouped", small, "s", 5),
        Measure("alike: 100,000 proposals grouped", large, "s", 60),
        Measure("alike: 100,000 over 10,000", large / small, "times", 15),
        Measure("alike: one search in 10,000", 1000 * bench.finding(10_000), "ms", 10),
    ]
    for name, peer_took in (
        ("scikit-learn, n-grams pairwise", bench.pairwise(10_000)),
        ("datasketch, MinHashLSH", bench.minhash(10_000)),
    ):
        if peer_took is not None:
            found.append(Measure(f"alike: 10,000 by {name}", peer_took, "s", None, f"ours {small:.2g} s"))
    return found


def ten_years() -> list[Measure]:
    """The list pages of a county with 35,000 proposals, one visit after the other."""
    from bench import county

    pages = county.measure()
    print(county.table(pages), file=sys.stderr)
    found = [
        Measure(
            f"county of 35,000: {one['name']}, p95", one["p95"], "ms", county.LIMIT,
            f"median {one['p50']:.0f} ms, processor {one['work']:.0f} ms, {one['queries']} queries",
        )
        for one in pages
    ]  # fmt: skip
    growing = [one["name"] for one in pages if county.grows(one)]
    note = "、".join(growing) or f"of {len(pages)}, beside a county of {county.SMALL}"
    return [*found, Measure("pages with more queries than in a small county", len(growing), "", 0, note)]


def searching() -> list[Measure]:
    """Public pages found by words, beside LIKE over the same rows."""
    from bench import search

    said = search.measure()
    note = f"median {said['ours_ms']} ms; LIKE {said['naive_ms']} ms, p95 {said['naive_p95_ms']} ms"
    name = f"search in {search.PAGES:,} pages"
    return [
        Measure(f"{name}, p95", said["ours_p95_ms"], "ms", 200, note),
        Measure(f"{name}: ours over LIKE, all queries", 1 / said["times"], "times", 1),
    ]


def verifying() -> list[Measure]:
    """Records of sealed votes checked, beside the program of other people."""
    from bench import verify
    from yishi.ballot import fast

    busy = os.getloadavg()[0] > 0.5
    with verify.record(1_000, 15, 10) as file:
        one, two = verify.ours(file), verify.ours(file, jobs=2)
        slow, peer = verify.ours(file, fast=False, times=1), verify.theirs(file)
    name = "verify: 1,000 ballots of 15"
    note = f"{fast.state()}; {one.processor:.2f} s, PyNaCl alone {slow.processor:.1f} s"
    waited = "others use this machine: no limit" if busy else ""
    found = [
        Measure(f"{name}, processor time of each", one.processor, "ms", None if busy else 5, note),
        Measure(f"{name}, memory", one.memory, "MB", 150),
        Measure(f"{name}: processor time, 2 processes over 1", two.processor / one.processor, "times", 1.3),
        Measure(
            f"{name}: waiting, 2 processes over 1",
            two.waited / one.waited, "times", None if busy else 0.65, waited,
        ),
    ]  # fmt: skip
    if peer:
        note = f"they {peer.processor:.1f} s, {peer.memory:.0f} MB"
        less = one.processor / peer.processor
        found += [
            Measure(f"{name}: processor time, ours over belenios-tool", less, "times", 0.25, note),
            Measure(f"{name}: the same, PyNaCl alone", slow.processor / peer.processor, "times", None),
            Measure(f"{name}: memory, ours over belenios-tool", one.memory / peer.memory, "times", 1),
        ]
    else:
        print(f"- belenios-tool is not here: {verify.PEER}", file=sys.stderr)
    return [*found, *_verifying_large()] if "--large" in sys.argv else found


def _verifying_large() -> list[Measure]:
    from bench import verify

    with verify.record(100_000, 3, 1) as file:
        print(f"- {file.stat().st_size / 1e6:.0f} MB made", file=sys.stderr, flush=True)
        one, two = verify.ours(file, times=1), verify.ours(file, jobs=2, times=1)
    note = f"waited {one.waited:.0f} s, with 2 processes {two.waited:.0f} s"
    return [
        Measure("verify: 100,000 ballots of 3, processor time", one.processor, "s", 180, note),
        Measure("verify: 100,000 ballots of 3, memory", max(one.memory, two.memory), "MB", 250),
    ]


def sheets() -> list[Measure]:
    """Ballots made from seeds, read by the machine: what nobody would notice is the first figure."""
    from bench import sheets as bench

    large = "--large" in sys.argv
    busy = os.getloadavg()[0] > 0.5
    found = bench.figures(large)
    print(found.table, file=sys.stderr, flush=True)
    every, feeder = found.all, found.feeder
    ovals = f"sheets, {300_000 if large else every.boxes // 1000 * 1000:,} ovals"
    odd = every.count(kinds=["odd"])
    rejected = 100 * feeder.rejected.total() / max(1, feeder.sheets)
    gel, pens = found.supplied, found.pens
    took = 1000 * every.read_s / max(1, every.sheets)
    measures = [
        Measure(f"{ovals}: errors nobody would see", every.errors, "", 0, f"{every.count():,} rows"),
        Measure(f"{ovals}: odd rows read as plain", every.missed, "", None, f"of {odd}"),
        Measure("sheets: doubts, gel pens, 200 dpi", gel.doubts, "%", 3, f"{gel.review:.2f} with odd rows"),
        Measure("sheets: doubts, all pens, 200 dpi", pens.doubts, "%", 5, f"{pens.review:.2f} with odd rows"),
        Measure("sheets: rejected on a feeder", rejected, "%", 0.1, f"of {feeder.sheets:,}"),
        Measure("sheets: processor time of a page, all kinds", took, "ms", None),
        Measure(f"sheets: {bench.PAGES} of them printed", bench.printing(), "s", 20),
    ]
    with bench.scanned() as (file, layout):
        two = bench.read_sheets(file, layout, 2)
    rate = two.waited / bench.PAGES
    note = f"{1 / rate:.1f} pages/s, processor {1000 * two.processor / bench.PAGES:.0f} ms a page"
    name = f"sheets: {bench.PAGES} pages of a PDF, 2 processes"
    slow = None if busy else 1000 / 15
    note += "; others use this machine: no limit" if busy else ""
    return [
        *measures,
        Measure(f"{name}, each", 1000 * rate, "ms", slow, note),
        Measure(f"{name}, memory", two.resident, "MB", 500, f"what they share once: {two.proportional:.0f}"),
    ]


def sheets_peers() -> list[Measure]:
    """The same filled ovals read by other programs, each by its own corner marks."""
    from bench import sheet_peers as peers

    chosen = peers.pictures(large="--large" in sys.argv)
    ours = peers.ours(chosen)
    found = peers.measures("ours", ours)
    for name in peers.PEERS:
        theirs = peers.compare(name, chosen)
        if theirs is None:
            print(f"- {name} is not installed (see bench/sheet_peers.py)", file=sys.stderr)
            continue
        found += peers.measures(name, theirs)
        if name in peers.PROGRAMS:
            times = ours.processor / theirs.processor
            found.append(Measure(f"sheets: processor time, ours over {name}", times, "times", 1))
    return [Measure(*one) if isinstance(one, tuple) else one for one in found]


ALL = {
    "memory": memory,
    "pages": pages,
    "screens": screens,
    "keying": two_tellers,
    "casting": casting,
    "opening": opening,
    "decide": decide,
    "peer": compared,
    "alike": alike,
    "search": searching,
    "county": ten_years,
    "verify": verifying,
    "scanning": scanned,
    "sheets": sheets,
    "sheets-peers": sheets_peers,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
