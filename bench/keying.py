"""Two tellers key 400 ballots of 15 lines at once against the real server: how long until a key is saved.

`python -m bench.keying [BALLOTS]`. The limit is 100 ms at p95, from the key to the answer.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from tests.hall import Hall, Teller

LINES = 15
LIMIT = 0.100  # seconds at p95


def measure(ballots: int = 400) -> dict[str, Any]:
    """{"keys", "keys_per_second", "p50_ms", "p95_ms", "p99_ms", "most_ms", "within"}."""
    with tempfile.TemporaryDirectory(prefix="yishi-bench-") as folder:
        hall = Hall(Path(folder), workers=2)
        seeded = hall.seed(ballots, LINES)
        tellers = [Teller(hall, seeded[name]) for name in ("one", "two")]
        hall.start()
        try:
            began = time.perf_counter()
            threads = [
                threading.Thread(target=_key, args=(teller, seeded["batches"], seed))
                for seed, teller in enumerate(tellers)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            whole = time.perf_counter() - began
        finally:
            hall.kill()
            for teller in tellers:
                teller.hang_up()
    took = sorted(one for teller in tellers for one in teller.took)

    def ms(part: float) -> float:
        return round(1000 * took[min(len(took) - 1, int(part * len(took)))], 1)

    return {
        "keys": len(took),
        "keys_per_second": round(len(took) / whole),
        "p50_ms": ms(0.50),
        "p95_ms": ms(0.95),
        "p99_ms": ms(0.99),
        "most_ms": ms(1),
        "within": ms(0.95) < 1000 * LIMIT,
    }


def _key(teller: Teller, batches: list[tuple[int, int]], seed: int) -> None:
    """One message for each line and one for Enter, without a pause: far faster than any hand."""
    dice = random.Random(seed)
    for batch, size in batches:
        for number in range(1, size + 1):
            marks: list[str] = []
            for _ in range(LINES):
                marks.append(dice.choice("ffffax"))
                teller.key(batch, number, marks)
            teller.key(batch, number, marks, complete=True)


if __name__ == "__main__":
    found = measure(int(sys.argv[1]) if len(sys.argv) > 1 else 400)
    print(json.dumps(found))
    sys.exit(0 if found["within"] else 1)
