"""The server is killed twenty times while two tellers key: every key answered as saved is there."""

from __future__ import annotations

import json
import random
import threading
import time
from typing import TYPE_CHECKING

from tests.hall import Hall, Teller

if TYPE_CHECKING:
    from pathlib import Path

KILLS = 20
LINES = 6
RETURNED = 400


def key_all(teller: Teller, batches: list[tuple[int, int]], seed: int, stop: threading.Event) -> None:
    dice = random.Random(seed)
    for batch, size in batches:
        for number in range(1, size + 1):
            marks: list[str] = []
            for line in range(LINES):
                marks.append(dice.choice(["f", "a", "x", ""]))
                teller.key(batch, number, marks, complete=line == LINES - 1)
                if stop.is_set():
                    return


def lost(hall: Hall, tellers: list[Teller], known: list[dict]) -> list[str]:
    """Sheets of which less is stored than was acknowledged, in words."""
    stored = {
        (place, batch, number): (revision, json.loads(marks), bool(complete))
        for place, batch, number, revision, marks, complete in hall.rows(
            "select k.place, k.batch_id, s.number, s.revision, s.marks, s.complete"
            " from voting_sheet s join voting_keying k on k.id = s.keying_id"
        )
    }
    found = []
    for place, (_teller, said) in enumerate(zip(tellers, known, strict=True), start=1):
        for (batch, number), (revision, marks, complete) in said.items():
            there = stored[place, batch, number]
            if there[0] < revision or (there[0] == revision and there[1:] != (marks, complete)):
                found.append(f"{place}/{batch}/{number}: {revision} {marks} but {there}")
    return found


def test_no_key_shown_as_saved_is_lost_when_the_server_is_killed_twenty_times(tmp_path: Path) -> None:
    hall = Hall(tmp_path)
    seeded = hall.seed(RETURNED, LINES, batch_size=200)
    tellers = [Teller(hall, seeded[name]) for name in ("one", "two")]
    stop = threading.Event()
    threads = [
        threading.Thread(target=key_all, args=(teller, seeded["batches"], seed, stop), daemon=True)
        for seed, teller in enumerate(tellers)
    ]
    dice = random.Random(20)
    counts = []
    try:
        hall.start()
        for thread in threads:
            thread.start()
        for _ in range(KILLS):
            before = sum(len(teller.took) for teller in tellers)
            while sum(len(teller.took) for teller in tellers) < before + 10 and all(
                thread.is_alive() for thread in threads
            ):
                time.sleep(0.005)
            time.sleep(dice.uniform(0, 0.1))
            hall.kill()
            # What was acknowledged up to the kill, looked at in the file as the kill left it.
            known = [dict(teller.acknowledged) for teller in tellers]
            assert lost(hall, tellers, known) == []
            counts.append(sum(len(teller.took) for teller in tellers))
            hall.start()
        assert all(thread.is_alive() for thread in threads), "the tellers were done before the last kill"
        assert counts == sorted(set(counts)), "keys were saved between all kills"
        stop.set()
        for thread in threads:
            thread.join(10)
        assert lost(hall, tellers, [teller.acknowledged for teller in tellers]) == []
        assert hall.rows("pragma integrity_check") == [("ok",)]
    finally:
        stop.set()
        hall.kill()
        for teller in tellers:
            teller.hang_up()
