"""A box of 400 ballots by phone, 15 choices each: from the close to the result, on this server.

`python -m bench.opening` builds the hall in a folder of its own, closes the vote, lets two of three
scrutineers give their shares, and prints how long each step took as JSON. What a scrutineer's page
checks in between runs on the scrutineer's device and is not in it.
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
CHOICES = 15
LIMIT = 5  # seconds


def measure() -> dict[str, float]:
    """{"close_s", "first_share_s", "result_s", "total_s"}: one run in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="yishi-bench-") as folder:
        env = {**os.environ, "YISHI_DATA": folder, "YISHI_SECRET_KEY": "only-for-this-measurement-" * 2}
        env |= {"DJANGO_SETTINGS_MODULE": "yishi.settings", "PYTHONPATH": str(ROOT)}
        env.pop("DATABASE_URL", None)
        command = [sys.executable, "-m", "bench.opening"]
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
        said: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        return said


def _run() -> dict[str, float]:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from tests.make import NOW
    from tests.voting.sealed.hall import hall
    from yishi.voting.actions import polls
    from yishi.voting.actions.sealed import box
    from yishi.voting.rules import sealed_count

    titles = tuple(f"第{n}项民生实事" for n in range(1, CHOICES + 1))
    made: Any = hall(slips=BALLOTS, options=titles, rule_key="projects.street.recommendation", seats=10)
    made.cast([[[int(n % 3 != ballot % 3) for n in range(CHOICES)]] for ballot in range(BALLOTS)])
    shares, steps = {}, {}

    def timed(name: str, step: Any) -> None:
        began = time.perf_counter()
        step()
        steps[name] = time.perf_counter() - began

    def give(name: str) -> None:
        box.give_share(made.fresh(), shares[name], by=made.user(name), at=NOW)

    timed("close_s", lambda: polls.close_poll(made.fresh(), by=made.user("chair"), at=NOW))
    shares = {name: made.share(name) for name in ("chief", "third")}
    timed("first_share_s", lambda: give("chief"))
    timed("result_s", lambda: give("third"))
    found = sealed_count.result(made.box)
    assert found is not None and sum(found[0]) == BALLOTS * 10
    return {**steps, "total_s": sum(steps.values())}


if __name__ == "__main__":
    print(json.dumps(_run()))
