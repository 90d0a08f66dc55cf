"""Records of sealed votes checked by `yishi verify`, beside belenios-tool on the same file.

    python3 run.py bench verify             1,000 ballots of 15 choices
    python3 run.py bench verify --large     100,000 ballots of 3 choices too; they are made in minutes

BELENIOS_TOOL names the other program; without it nothing is compared.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from yishi.ballot import archive, ceremony, credentials, tally, trustees
from yishi.ballot.elections import Election, Question, new_uuid
from yishi.ballot.encoding import compact
from yishi.ballot.group import read_point
from yishi.ballot.record import Record
from yishi.ballot.sealing import seal

ROOT = Path(__file__).parents[1]
PEER = Path(os.environ.get("BELENIOS_TOOL", ROOT.parent / "shared" / "tools" / "belenios-tool"))
STAMP = 1795490106
TIMES = 3  # each is measured so often, the least counts: others may use the machine
Ciphertexts = tuple[tuple[tuple[bytes, bytes], ...], ...]


class Cost(NamedTuple):
    """One command: seconds of processor time of all its processes, seconds waited, MB of the largest."""

    processor: float
    waited: float
    memory: float


def command(words: list[str | Path], **env: str) -> Cost:
    """Run it to its end. Raises RuntimeError with its last words where it refuses the record."""
    with tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        child = subprocess.Popen(words, cwd=ROOT, env={**os.environ, **env}, stdout=said, stderr=said)
        _pid, status, used = os.wait4(child.pid, 0)
        waited = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        if child.returncode:
            raise RuntimeError(f"{words}: {said.read().decode('utf-8', 'replace')[-500:]}")
    return Cost(used.ru_utime + used.ru_stime, waited, used.ru_maxrss / 1024)


def least(words: list[str | Path], times: int = TIMES, **env: str) -> Cost:
    return Cost(*map(min, zip(*(command(words, **env) for _n in range(times)), strict=True)))


def ours(file: Path, *, jobs: int = 1, fast: bool = True, times: int = TIMES) -> Cost:
    words: list[str | Path] = [sys.executable, "-m", "yishi.cli", "verify", file, "--jobs", str(jobs)]
    return least(words, times, PYTHONPATH=str(ROOT), YISHI_FAST="1" if fast else "0")


def theirs(file: Path) -> Cost | None:
    """belenios-tool waits for its checks only with this variable; None where it is not there."""
    if not PEER.exists():
        return None
    with tempfile.TemporaryDirectory(prefix="yishi-bench-peer-") as folder:
        shutil.copy(file, folder)
        return least([PEER, "election", "verify", "--dir", folder], 1, LWT_ASYNC_METHOD="none")


# --- a record ------------------------------------------------------------------


@contextmanager
def record(ballots: int, answers: int, maximum: int) -> Iterator[Path]:
    """A whole record that is right, by one key that is always needed and two of three; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="yishi-bench-verify-") as folder:
        keys, secrets = _keys()
        question = Question("选谁", tuple(f"候选人{n}" for n in range(1, answers + 1)), 0, maximum)
        key = trustees.check(keys).election_key
        election = Election(new_uuid(), "测速", "", key, (question,))
        file = Path(folder) / f"{election.uuid}.bel"
        _write(file, election, keys, secrets, ballots)
        yield file


def _keys() -> tuple[bytes, dict[int, int]]:
    """The list of trustees and the secrets of owners who suffice."""
    single = trustees.new_secret()
    holders = [ceremony.Keyholder("bench", index, 3, 2, credentials.new_code()) for index in (1, 2, 3)]
    certs = [holder.certificate() for holder in holders]
    coefexps = [holder.coefexps() for holder in holders]
    sent = [{share["to"]: share for share in holder.shares(certs)} for holder in holders]
    secrets = [
        holder.decryption_key(coefexps, certs, [row.get(holder.index) for row in sent]) for holder in holders
    ]
    agreements = [holder.agreement(certs) for holder in holders]
    named = [holder.verification_key(secret) for holder, secret in zip(holders, secrets, strict=True)]
    group = ceremony.pedersen(2, certs, coefexps, agreements, named)
    return compact([trustees.single(single), group]), {1: single, 2: secrets[0], 4: secrets[2]}


def _write(file: Path, election: Election, keys: bytes, secrets: dict[int, int], ballots: int) -> None:
    chain, total = Record(), tally.Tally(election)
    codes = [credentials.new_code() for _n in range(ballots)]
    votes = [0] * len(election.questions[0].answers)
    processes = os.cpu_count() or 1
    with file.open("wb") as out, get_context("spawn").Pool(processes) as pool:

        def put(members: list[archive.Member]) -> None:
            for name, content in members:
                out.write(archive.member(name, content, STAMP))

        out.write(archive.opening(STAMP))
        publics = pool.map(partial(credentials.public, election.uuid), codes, 500)
        put(chain.setup(election.raw, keys, credentials.listing(publics)))
        waiting: list[tuple[Ciphertexts, int]] = []
        for raw, bits, ciphertexts in pool.imap(partial(_sealed, election), codes, 20):
            put(chain.ballot(raw))
            votes = [one + bit for one, bit in zip(votes, bits, strict=True)]
            waiting.append((ciphertexts, 1))
            if len(waiting) == 200:
                total.add(waiting)
                waiting = []
        total.add(waiting)
        put(chain.end())
        encrypted = tally.show_tally(total.ciphertexts)
        put(chain.encrypted_tally(encrypted, num_tallied=ballots, total_weight=ballots))
        for owner, secret in secrets.items():
            put(chain.partial(owner, tally.partial(election, encrypted, secret)))
        put(chain.result(tally.result([votes])))


def _sealed(election: Election, code: str) -> tuple[bytes, list[int], Ciphertexts]:
    """A ballot with a few random choices, what it says, and its ciphertexts."""
    question = election.questions[0]
    bits = [0] * len(question.answers)
    for choice in random.sample(range(len(bits)), random.randint(question.minimum, question.maximum)):
        bits[choice] = 1
    raw = seal(election, credentials.secret(election.uuid, code), [bits]).raw
    (answer,) = json.loads(raw)["answers"]
    pairs = ((read_point(choice["alpha"]), read_point(choice["beta"])) for choice in answer["choices"])
    return raw, bits, (tuple(pairs),)
