"""400 deputies cast 15 choices each within a minute against the real server; their phones look for news.

`python -m bench.casting [DEPUTIES]`. The limit is one second at p95, from sending to "in the box". The
ballots are sealed before: that is the phones' work. Then all cast in the same moment, which is worse
than a hall can do: how long until the last is told.
"""

from __future__ import annotations

import http.client
import json
import random
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import server
from tests.booth import Booth, Phone

CHOICES = 15
WITHIN = 60  # seconds in which they cast
LIMIT = 1.0  # seconds at p95
LOOK = 8  # seconds between two looks of a phone for news while its ballot is filled in


def measure(deputies: int = 400) -> dict[str, Any]:
    """{"deputies", "lost", "double", "p50_ms", "p95_ms", "p99_ms", "most_ms", "looks",
    "processor_s", "burst_s"}

    processor_s: of all the server's processes from its start to the last ballot of the minute.
    """
    with tempfile.TemporaryDirectory(prefix="yishi-bench-") as folder:
        booth = Booth(Path(folder), workers=2)
        booth.seed_box(2 * deputies, CHOICES)
        ballots = [booth.seal(code) for code in booth.codes]
        session = booth.rows("select uuid from voting_sealedsession")[0][0]
        booth.start()
        try:
            spread, burst = Crowd(booth, session, WITHIN), Crowd(booth, session, 0)
            spread.cast(ballots[:deputies])
            work = server.processor(booth.process.pid) if booth.process else 0.0
            burst_seconds = burst.cast(ballots[deputies:])
        finally:
            booth.kill()
        lying = booth.lying()
    said = {one for crowd in (spread, burst) for phone in crowd.phones for one in phone.acknowledged}
    took = sorted(one for phone in spread.phones for one in phone.took)

    def ms(part: float) -> float:
        return round(1000 * took[min(len(took) - 1, int(part * len(took)))], 1)

    return {
        "deputies": deputies,
        "lost": 2 * deputies - len(said & set(lying)),
        "double": len(lying) - len(set(lying)),
        **{"p50_ms": ms(0.50), "p95_ms": ms(0.95), "p99_ms": ms(0.99), "most_ms": ms(1)},
        "looks": spread.looks,
        "processor_s": round(work, 1),
        "burst_s": round(burst_seconds, 1),
    }


@dataclass
class Crowd:
    """All the phones; `looks`: how often they asked for news while they waited."""

    booth: Booth
    session: str
    within: float
    phones: list[Phone] = field(default_factory=list)
    looks: int = 0

    def cast(self, ballots: list[bytes]) -> float:
        """Seconds until all were told that theirs is in."""
        began = time.monotonic()
        threads = [
            threading.Thread(target=self.deputy, args=(raw, began, seed)) for seed, raw in enumerate(ballots)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return time.monotonic() - began

    def deputy(self, raw: bytes, began: float, seed: int) -> None:
        dice, phone = random.Random(seed), Phone(self.booth)
        self.phones.append(phone)
        at = began + dice.uniform(0, self.within)
        look = began + dice.uniform(0, LOOK)
        etag = ""
        while (now := time.monotonic()) < at:
            if now >= look:
                etag, look = self._look(etag), look + LOOK
            time.sleep(max(0.0, min(at, look) - time.monotonic()))
        phone.cast(raw)
        phone.hang_up()

    def _look(self, etag: str) -> str:
        """A request of its own, as a phone that slept makes it."""
        line = http.client.HTTPConnection("127.0.0.1", self.booth.port, timeout=20)
        try:
            headers = {"If-None-Match": etag} if etag else {}
            line.request("GET", f"/booth/{self.session}/votes.json", headers=headers)
            answer = line.getresponse()
            answer.read()
            self.looks += 1
            return answer.headers["ETag"] or etag
        except (OSError, http.client.HTTPException):
            return etag
        finally:
            line.close()


if __name__ == "__main__":
    found = measure(int(sys.argv[1]) if len(sys.argv) > 1 else 400)
    print(json.dumps(found))
    sys.exit(0 if found["p95_ms"] < 1000 * LIMIT and not found["lost"] + found["double"] else 1)
