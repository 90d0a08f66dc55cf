"""How long the law takes over the vote of 327 deputies, 12 projects for 10 places."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from yishi.law import pack
from yishi.law.command import run

ROOT = Path(__file__).parents[1]
TIMES = 200
VOTES = (312, 309, 305, 301, 298, 290, 281, 277, 240, 201, 96, 30)


def figures() -> dict[str, Any]:
    rule = pack.load("zhejiang").polls["projects.county.vote"].to_json()
    return {
        "rule": {**rule, "seats": 10},
        "body": {"members": 327, "present": 314},
        "ballots": {"issued": 314, "returned": 314, "invalid": 0},
        "options": [
            {"title": f"项目{n}", "for": votes, "against": 314 - votes, "abstain": 0}
            for n, votes in enumerate(VOTES, start=1)
        ],
    }


def seconds() -> float:
    """The mean of many, from the bytes of the file to the sentence."""
    raw = json.dumps(figures(), ensure_ascii=False).encode()
    outcome = run(raw)
    if len(outcome.adopted) != 10:
        raise RuntimeError(outcome.sentence_zh)
    began = time.perf_counter()
    for _n in range(TIMES):
        run(raw)
    return (time.perf_counter() - began) / TIMES


def command_seconds() -> float:
    """`yishi decide FILE` from nothing to its answer."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(figures(), file, ensure_ascii=False)
        file.flush()
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "yishi.cli", "decide", file.name],
            cwd=ROOT,
            check=True,
            capture_output=True,
        )
        return time.perf_counter() - began
