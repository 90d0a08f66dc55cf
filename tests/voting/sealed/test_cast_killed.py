"""The server is killed fifty times while phones cast: every ballot that was said to be in lies in the box."""

from __future__ import annotations

import random
import threading
import time
from typing import TYPE_CHECKING

from tests.booth import Phone, QuickBooth

if TYPE_CHECKING:
    from pathlib import Path

KILLS = 50
PHONES = 3
SLIPS = 2000


def cast_all(phone: Phone, codes: list[str], seed: int, stop: threading.Event) -> None:
    dice = random.Random(seed)
    for code in codes:
        if stop.is_set():
            return
        raw = phone.booth.seal(code)
        for _time in range(dice.choice([1, 1, 2])):  # a double tap now and then
            phone.cast(raw)


def test_no_ballot_said_to_be_in_is_lost_when_the_server_is_killed_fifty_times(tmp_path: Path) -> None:
    booth = QuickBooth(tmp_path)
    booth.seed_box(SLIPS, options=2)
    phones = [Phone(booth) for _ in range(PHONES)]
    stop = threading.Event()
    threads = [
        threading.Thread(target=cast_all, args=(phone, booth.codes[n::PHONES], n, stop), daemon=True)
        for n, phone in enumerate(phones)
    ]
    dice = random.Random(50)
    said: list[int] = []
    try:
        booth.start()
        for thread in threads:
            thread.start()
        for _ in range(KILLS):
            before = acknowledged(phones)
            while acknowledged(phones) == before and all(thread.is_alive() for thread in threads):
                time.sleep(0.002)
            time.sleep(dice.uniform(0, 0.1))
            booth.kill()
            # What was acknowledged up to the kill, looked for in the file as the kill left it.
            known = {one for phone in phones for one in phone.acknowledged}
            assert known <= set(booth.lying())
            said.append(acknowledged(phones))
            booth.start()
        assert all(thread.is_alive() for thread in threads), "the phones were done before the last kill"
        assert said == sorted(set(said)), "ballots went in between all kills"
        stop.set()
        for thread in threads:
            thread.join(20)
        known = {one for phone in phones for one in phone.acknowledged}
        lying = booth.lying()
        assert known == set(lying) and len(lying) == len(set(lying)), "each is in once, and nothing else is"
        assert booth.rows("select count(*), count(distinct credential) from voting_castballot") == [
            (len(lying), len(lying))
        ]
        assert booth.rows("pragma integrity_check") == [("ok",)]
    finally:
        stop.set()
        booth.close()
        for phone in phones:
            phone.hang_up()


def acknowledged(phones: list[Phone]) -> int:
    return sum(len(phone.acknowledged) for phone in phones)
